/** What only the shopper can mend: a dead card, a bank that wants to be asked, "that was not me". */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  card,
  caseOf,
  cleanOracle,
  ledger,
  newCard,
  on,
  reminders,
  stages,
  startedShop,
  subscription,
  THE_12TH,
  tasksOf,
} from '../factories.ts'
import type { MadeContract } from '../sandbox-client.ts'
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

describe('F6 the bank wants the shopper', () => {
  const challenge = { type: 'challenge', then: 'OK' } as const
  const answered = async (contractId: string, how: 'pass' | 'fail' | 'expire' | 'abandon') => {
    const { attempts } = await caseOf(stack, contractId)
    await stack.sandbox.answerChallenge(attempts.at(-1)?.shopifyId ?? '', how)
  }
  const statusOf = async (contractId: string) => {
    const { contracts } = await stack.sandbox.state<{
      contracts: { id: string; status: string }[]
    }>()
    return contracts.find(({ id }) => id === contractId)?.status
  }

  test('no charge while the challenge lives, paid when it is passed', async () => {
    const shop = await startedShop(stack)
    const { contractId } = await subscription(stack, shop, challenge)
    await stack.sandbox.moveClock(on('11-12'))
    expect(await caseOf(stack, contractId)).toMatchObject({
      status: 'awaiting_customer',
      reason: 'challenge',
    })
    expect(await stages(stack)).toEqual(['first'])

    await stack.sandbox.moveClock(on('11-12', '18:00'))
    expect(await ledger(stack, contractId)).toHaveLength(1)
    await answered(contractId, 'pass')
    await stack.sandbox.moveClock({ by: 'PT10M' })
    // The biller's own charge went through, but it was our mail that brought the shopper to the bank.
    expect(await caseOf(stack, contractId)).toMatchObject({
      status: 'recovered',
      recoverySource: 'paid_by_link',
    })
    expect(await ledger(stack, contractId)).toEqual(['biller: paid'])
    expect(await stages(stack)).toEqual(['first', 'recovered'])
  })

  test('failed, left, run out, or never told of: a named state until the deadline, which ends it', async () => {
    const shop = await startedShop(stack)
    // A weekly plan: what takes three weeks for a monthly one is over in five days.
    const ask = async (firstChargeAt = THE_12TH) =>
      (await subscription(stack, shop, challenge, { firstChargeAt, interval: 'WEEK' })).contractId
    const [failed, left, ranOut] = [await ask(), await ask(), await ask()]
    const [leftQuietly, pausedAgain] = [await ask(), await ask()]
    const untold = await ask('2026-11-12T08:05:00Z')
    const all = [failed, left, ranOut, leftQuietly, pausedAgain, untold]
    await stack.sandbox.moveClock(on('11-12', '09:04'))
    await stack.sandbox.webhookPolicy({
      topic: 'subscription_billing_attempts/challenged',
      mode: 'lost',
    })
    // Shopify is asked by itself within a quarter of an hour.
    await stack.sandbox.moveClock(on('11-12', '09:25'))
    expect(await caseOf(stack, untold)).toMatchObject({ source: 'reconcile' })
    await answered(failed, 'fail')
    for (const contractId of [left, leftQuietly, pausedAgain]) await answered(contractId, 'abandon')

    // Whoever left the bank may come back; the charge that lives forbids any other.
    await stack.sandbox.moveClock(on('11-15'))
    for (const contractId of all) {
      const waiting = await caseOf(stack, contractId)
      expect(waiting).toMatchObject({ status: 'awaiting_customer', reason: 'challenge' })
      expect(waiting.nextActionAt).not.toBeNull()
    }
    expect((await caseOf(stack, failed)).lastCode).toBe('AUTHENTICATION_FAILED')
    expect((await caseOf(stack, ranOut)).lastCode).toBe('EXPIRED_BUYER_ACTION')
    expect((await caseOf(stack, left)).attempts).toMatchObject([{ state: 'action_required' }])

    const { deadlineAt } = await caseOf(stack, untold)
    expect(deadlineAt.getTime()).toBeLessThan(Date.parse('2026-11-17T12:00:00Z'))
    await stack.sandbox.moveClock(on('11-17', '14:00'))
    for (const contractId of all) {
      expect(await caseOf(stack, contractId)).toMatchObject({ status: 'exhausted' })
      expect((await ledger(stack, contractId)).filter((line) => line.startsWith('app'))).toEqual([])
      expect(await statusOf(contractId)).toBe('PAUSED')
    }

    // Then three of them confirm after all. One was paused anew by the merchant; of one we are not told.
    await stack.sandbox.changeContract(pausedAgain, 'activate')
    await stack.sandbox.moveClock(on('11-17', '14:10'))
    await stack.sandbox.changeContract(pausedAgain, 'pause')
    const ended = await caseOf(stack, left)
    await answered(left, 'pass')
    await answered(pausedAgain, 'pass')
    await stack.sandbox.moveClock(on('11-17', '14:30'))
    await stack.sandbox.webhookPolicy({ topic: '*', mode: 'lost' })
    await answered(leftQuietly, 'pass')
    await stack.sandbox.moveClock(on('11-18', '10:00'))

    for (const [contractId, status] of [
      [left, 'ACTIVE'],
      [leftQuietly, 'ACTIVE'],
      [pausedAgain, 'PAUSED'],
    ] as const) {
      const [before, after, ...more] = await stack.db.recoveryCase.findMany({
        where: { contractId },
        orderBy: { openedAt: 'asc' },
        include: { actions: true, attempts: true },
      })
      expect(more).toEqual([])
      expect(before).toMatchObject({ status: 'exhausted', successorId: after?.id })
      expect(before?.actions).toMatchObject([{ kind: 'pause', state: 'undone' }])
      expect(before?.attempts).toMatchObject([{ state: 'succeeded' }])
      expect(after).toMatchObject({
        status: 'recovered',
        recoverySource: 'paid_by_link',
        predecessorId: before?.id,
        anchorAt: before?.anchorAt,
      })
      expect(after?.orderId).not.toBeNull()
      expect(await statusOf(contractId)).toBe(status)
      expect(await ledger(stack, contractId)).toEqual(['biller: paid'])
    }
    expect((await tasksOf(stack, shop)).filter((kind) => kind === 'paid_late')).toHaveLength(3)
    // What had ended is as it was, but for what is known of its attempt and its pause.
    const still = await stack.db.recoveryCase.findUniqueOrThrow({ where: { id: ended.id } })
    expect(still).toMatchObject({ status: ended.status, closedAt: ended.closedAt })
    expect((await stack.health()).pending).toBe(0)
  })

  test('F8 a new card while the bank waits: not a second charge, but at once when the bank says no', async () => {
    const shop = await startedShop(stack)
    const { contractId } = await subscription(stack, shop, challenge)
    await stack.sandbox.moveClock(on('11-12'))
    await stack.sandbox.changeMethod(contractId, newCard)
    await stack.sandbox.moveClock(on('11-12', '18:00'))
    expect(await ledger(stack, contractId)).toEqual(['biller: action_required'])
    await answered(contractId, 'fail')
    await stack.sandbox.moveClock({ by: 'PT10M' })
    expect(await ledger(stack, contractId)).toEqual(['biller: AUTHENTICATION_FAILED', 'app: paid'])
    expect(await caseOf(stack, contractId)).toMatchObject({
      status: 'recovered',
      recoverySource: 'method_updated',
    })
  })
})

describe('F8 the payment method', () => {
  const noMoney = { type: 'code', code: 'INSUFFICIENT_FUNDS' } as const

  test('saved again with the same digits, then replaced within the hour: each is tried once, on the owed cycle', async () => {
    const shop = await startedShop(stack)
    const { contractId } = await subscription(stack, shop, { type: 'expired' })
    await stack.sandbox.moveClock(on('11-14'))
    await stack.sandbox.changeMethod(contractId, card(noMoney))
    await stack.sandbox.moveClock({ by: 'PT30M' })
    // It failed, too: its own lane applies, and the same card is not tried again within a day.
    expect(await ledger(stack, contractId)).toHaveLength(2)
    expect(await caseOf(stack, contractId)).toMatchObject({ status: 'retrying', lane: 'FUNDS' })
    await stack.sandbox.changeMethod(contractId, newCard)
    await stack.sandbox.moveClock({ by: 'PT30M' })
    expect(await ledger(stack, contractId)).toEqual([
      'biller: EXPIRED_CARD',
      'app: INSUFFICIENT_FUNDS',
      'app: paid',
    ])
    const { charges } = await stack.sandbox.oracle({ contract: contractId })
    expect(charges.map(({ cycleIndex }) => cycleIndex)).toEqual([1, 1, 1])
    expect(new Set(charges.map(({ methodId }) => methodId)).size).toBe(3)
  })

  test('another biller’s failure on the old card, heard of after the new one: the new one is charged', async () => {
    const shop = await startedShop(stack)
    const { contractId, methodId } = await subscription(stack, shop, {
      type: 'codes',
      codes: ['INSUFFICIENT_FUNDS', 'EXPIRED_CARD'],
    })
    await stack.sandbox.moveClock(on('11-12'))
    const topic = 'subscription_billing_attempts/failure'
    await stack.sandbox.webhookPolicy({ topic, mode: 'late', delay: 'P1D', times: 1 })
    await stack.sandbox.changeCycle(contractId, 1, 'charge')
    await stack.sandbox.moveClock({ by: 'PT30S' })
    await stack.sandbox.changeMethod(contractId, newCard)
    await stack.sandbox.moveClock({ by: 'PT10M' })
    expect(await ledger(stack, contractId)).toEqual([
      'biller: INSUFFICIENT_FUNDS',
      'biller: EXPIRED_CARD',
      'app: paid',
    ])
    const { status, attempts } = await caseOf(stack, contractId)
    expect(status).toBe('recovered')
    // The failure stays with the card that had it.
    expect(attempts[1]).toMatchObject({ rawCode: 'EXPIRED_CARD', methodId })
  })

  test('a failure that finished the old card, first seen with one on the new: the new one is not finished, on any subscription', async () => {
    const shop = await startedShop(stack)
    const { contractId } = await subscription(stack, shop, {
      type: 'code',
      code: 'FRAUD_SUSPECTED',
    })
    const topic = 'subscription_billing_attempts/failure'
    await stack.sandbox.webhookPolicy({ topic, mode: 'lost', times: 1 })
    await stack.sandbox.moveClock(on('11-12', '09:02'))
    const payday = { type: 'no_money_until', at: '2026-11-15T00:00:00+01:00' } as const
    await stack.sandbox.changeMethod(contractId, card(payday, { last4: '1111' }))
    await stack.sandbox.changeCycle(contractId, 1, 'charge')
    await stack.sandbox.moveClock({ by: 'PT2M' })
    const { source, lane, methodId, attempts } = await caseOf(stack, contractId)
    expect({ source, lane }).toEqual({ source: 'webhook', lane: 'FUNDS' })
    expect(attempts).toMatchObject([
      { rawCode: 'FRAUD_SUSPECTED', methodId: null },
      { rawCode: 'INSUFFICIENT_FUNDS', methodId },
    ])

    const other = await subscription(stack, shop, payday, {
      methodId: methodId ?? '',
      firstChargeAt: '2026-11-12T12:00:00Z',
    })
    await stack.sandbox.moveClock(on('11-12', '14:00'))
    expect(await caseOf(stack, other.contractId)).toMatchObject({ lane: 'FUNDS' })
    await stack.sandbox.moveClock(on('11-17'))
    expect(await caseOf(stack, other.contractId)).toMatchObject({ status: 'recovered' })
    expect(await caseOf(stack, contractId)).toMatchObject({ status: 'recovered' })
    const charges = await ledger(stack, contractId)
    expect(charges.slice(0, 2)).toEqual(['biller: FRAUD_SUSPECTED', 'biller: INSUFFICIENT_FUNDS'])
    expect(charges.at(-1)).toBe('app: paid')
  })

  test('the security code entered again on the same card: charged once, and not again when it fails', async () => {
    const shop = await startedShop(stack)
    const wrong = { type: 'code', code: 'INCORRECT_CVC' } as const
    const right = await subscription(stack, shop, wrong)
    const stillWrong = await subscription(stack, shop, wrong)
    const late = await subscription(stack, shop, wrong)
    // The notice of an update from before the failure comes a day late, and says nothing.
    const topic = 'customer_payment_methods/update'
    await stack.sandbox.webhookPolicy({ topic, mode: 'late', delay: 'P2D', times: 1 })
    await stack.sandbox.changeMethod(late.contractId, card(wrong), 'update')
    await stack.sandbox.moveClock(on('11-12'))
    expect(await caseOf(stack, right.contractId)).toMatchObject({ lane: 'CARD' })

    await stack.sandbox.webhookPolicy({ topic, mode: 'twice' })
    await stack.sandbox.changeMethod(right.contractId, card({ type: 'ok' }), 'update')
    await stack.sandbox.changeMethod(stillWrong.contractId, card(wrong), 'update')
    await stack.sandbox.moveClock(on('11-12', '18:00'))
    expect(await ledger(stack, right.contractId)).toHaveLength(1) // H2
    await stack.sandbox.moveClock(on('11-16'))
    expect(await caseOf(stack, right.contractId)).toMatchObject({
      status: 'recovered',
      recoverySource: 'method_updated',
    })
    expect(await ledger(stack, right.contractId)).toEqual(['biller: INCORRECT_CVC', 'app: paid'])
    expect(await ledger(stack, stillWrong.contractId)).toEqual([
      'biller: INCORRECT_CVC',
      'app: INCORRECT_CVC',
    ])
    expect(await ledger(stack, late.contractId)).toEqual(['biller: INCORRECT_CVC'])
  })

  test('S8 revoked: MERGED is followed without a word, a lost one is asked for, the shop’s own fault is the shop’s', async () => {
    const shop = await startedShop(stack)
    const made = await Promise.all([1, 2, 3].map(() => subscription(stack, shop, noMoney)))
    const [merged, lost, misconfigured] = made as [MadeContract, MadeContract, MadeContract]
    await stack.sandbox.moveClock(on('11-12'))
    expect(await stages(stack)).toEqual([])
    await stack.sandbox.revokeMethod(merged.methodId, 'MERGED')
    await stack.sandbox.revokeMethod(lost.methodId, 'CUSTOMER_REDACTED')
    await stack.sandbox.revokeMethod(misconfigured.methodId, 'STRIPE_GATEWAY_NOT_ENABLED')
    await stack.sandbox.moveClock({ by: 'PT30M' })

    const followed = await caseOf(stack, merged.contractId)
    expect(followed).toMatchObject({ status: 'retrying', lane: 'FUNDS', messages: [] })
    expect(followed.methodId).not.toBe(merged.methodId)
    const { charges } = await stack.sandbox.oracle({ contract: merged.contractId })
    expect(charges.at(-1)).toMatchObject({ cycleIndex: 1, methodId: followed.methodId })
    const asked = await caseOf(stack, lost.contractId)
    expect(asked).toMatchObject({ status: 'awaiting_customer', reason: 'method', lane: 'CARD' })
    expect(asked.messages).toMatchObject([{ template: 'first', state: 'sent' }])
    expect(await caseOf(stack, misconfigured.contractId)).toMatchObject({
      status: 'awaiting_merchant',
      reason: 'config',
      messages: [],
    })
    expect(await tasksOf(stack, shop)).toEqual(['merchant.task'])

    for (const { contractId } of [lost, misconfigured])
      await stack.sandbox.changeMethod(contractId, newCard)
    await stack.sandbox.moveClock({ by: 'PT10M' })
    for (const { contractId } of [lost, misconfigured]) {
      expect(await caseOf(stack, contractId)).toMatchObject({ status: 'recovered' })
      expect((await ledger(stack, contractId)).at(-1)).toBe('app: paid')
    }
    expect(await stages(stack)).toEqual(['first', 'recovered'])
    await cleanOracle(stack)
  })

  test('mended before we hear of the failure: charged at once, and nobody is asked for a card', async () => {
    const shop = await startedShop(stack)
    const { contractId } = await subscription(stack, shop, { type: 'expired' })
    const paypal = await subscription(
      stack,
      shop,
      { type: 'ok' },
      { card: card({ type: 'ok' }, { instrument: 'paypal' }) },
    )
    await stack.sandbox.changeAgreement(paypal.methodId, false)
    await stack.sandbox.webhookPolicy({
      topic: 'subscription_billing_attempts/failure',
      mode: 'late',
      delay: 'PT6M',
      times: 1,
    })
    await stack.sandbox.moveClock(on('11-12', '09:03'))
    await stack.sandbox.changeMethod(contractId, newCard, 'update')
    await stack.sandbox.moveClock(on('11-12', '09:30'))
    expect(await ledger(stack, contractId)).toEqual(['biller: EXPIRED_CARD', 'app: paid'])
    expect((await caseOf(stack, contractId)).messages).toEqual([])

    // An agreement with PayPal has no digits: approved again, it can be charged again.
    expect(await caseOf(stack, paypal.contractId)).toMatchObject({
      status: 'awaiting_customer',
      lastCode: 'INVALID_CUSTOMER_BILLING_AGREEMENT',
    })
    await stack.sandbox.changeAgreement(paypal.methodId, true)
    await stack.sandbox.moveClock({ by: 'PT10M' })
    expect(await ledger(stack, paypal.contractId)).toEqual([
      'biller: INVALID_CUSTOMER_BILLING_AGREEMENT',
      'app: paid',
    ])
  })
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
