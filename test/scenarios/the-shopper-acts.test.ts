/** What only the shopper can mend: a dead card, a bank that wants to be asked, "that was not me". */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  caseOf,
  ledger,
  newCard,
  on,
  reminders,
  stages,
  startedShop,
  subscription,
  tasksOf,
} from '../factories.ts'
import { type Stack, startStack } from '../stack.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.stop())
beforeEach(() => stack.reset())

test('an expired card is never retried; a new one is charged at once, on the owed cycle', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, { type: 'expired' })
  await stack.sandbox.moveClock(on('11-12'))
  expect(await caseOf(stack, contractId)).toMatchObject({
    status: 'awaiting_customer',
    reason: 'method',
  })
  expect(await stages(stack)).toEqual(['first'])

  await stack.sandbox.moveClock(on('11-16'))
  expect(await ledger(stack, contractId)).toEqual(['biller: EXPIRED_CARD'])

  await stack.sandbox.changeMethod(contractId, newCard)
  await stack.sandbox.moveClock({ by: 'PT10M' })
  expect(await ledger(stack, contractId)).toEqual(['biller: EXPIRED_CARD', 'app: paid'])
  const closed = await caseOf(stack, contractId)
  expect(closed).toMatchObject({
    status: 'recovered',
    recoverySource: 'method_updated',
    cycleIndex: 1,
  })
  expect((await stages(stack)).at(-1)).toBe('recovered')
})

test('a new card that fails too is not tried again within a day', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, { type: 'expired' })
  await stack.sandbox.moveClock(on('11-14'))
  await stack.sandbox.changeMethod(contractId, {
    ...newCard,
    script: { type: 'code', code: 'INSUFFICIENT_FUNDS' },
  })
  await stack.sandbox.moveClock({ by: 'PT12H' })
  expect(await ledger(stack, contractId)).toEqual([
    'biller: EXPIRED_CARD',
    'app: INSUFFICIENT_FUNDS',
  ])
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'retrying', lane: 'FUNDS' })
})

test('the bank wants the shopper: no charge while the challenge lives, paid when it is passed', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, { type: 'challenge', then: 'OK' })
  await stack.sandbox.moveClock(on('11-12'))
  const waiting = await caseOf(stack, contractId)
  expect(waiting).toMatchObject({ status: 'awaiting_customer', reason: 'challenge' })
  expect(await stages(stack)).toEqual(['first'])

  await stack.sandbox.moveClock(on('11-12', '18:00'))
  expect(await ledger(stack, contractId)).toHaveLength(1)
  const challenged = waiting.attempts.at(-1)?.shopifyId ?? ''
  await stack.sandbox.answerChallenge(challenged, 'pass')
  await stack.sandbox.moveClock({ by: 'PT10M' })
  // The biller's own charge went through, but it was our mail that brought the shopper to the bank.
  expect(await caseOf(stack, contractId)).toMatchObject({
    status: 'recovered',
    recoverySource: 'paid_by_link',
  })
  expect(await ledger(stack, contractId)).toEqual(['biller: paid'])
  expect(await stages(stack)).toEqual(['first', 'recovered'])
})

test('a challenge that nobody passed costs nothing and ends with the deadline', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, { type: 'challenge', then: 'OK' })
  await stack.sandbox.moveClock(on('11-13'))
  const waiting = await caseOf(stack, contractId)
  await stack.sandbox.answerChallenge(waiting.attempts.at(-1)?.shopifyId ?? '', 'expire')
  await stack.sandbox.moveClock(on('12-10'))
  expect((await ledger(stack, contractId)).filter((line) => line.startsWith('app'))).toEqual([])
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'exhausted' })
})

test('"already cancelled / not me" on the page of the mail: nothing is charged or sent any more', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, {
    type: 'code',
    code: 'INSUFFICIENT_FUNDS',
  })
  await stack.sandbox.moveClock(on('11-13', '13:00'))
  const [mail] = await reminders(stack)
  const link = /https?:\/\/[^\s"<]+\/r\/[^\s"<]+/.exec(mail?.text ?? '')?.[0] ?? ''
  const page = await (await fetch(link)).text()
  const stop = /name="([^"]+)" value="(stop)"|value="(stop)"[^>]* name="([^"]+)"/.exec(page)
  const field = stop?.[1] ?? stop?.[4] ?? 'action'
  const answer = await fetch(link, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: new URL(link).origin },
    body: new URLSearchParams({ [field]: 'stop' }),
  })
  expect(answer.status).toBeLessThan(400)
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'held', reason: 'shopper_stop' })
  expect(await tasksOf(stack, shop)).toContain('shopper_stop')
  expect(await stack.db.suppression.count({ where: { shop } })).toBe(1)
  await stack.sandbox.moveClock(on('12-10'))
  expect(await ledger(stack, contractId)).toHaveLength(2)
  expect(await stages(stack)).toEqual(['first'])
})
