/** Declines that may pass later: no money yet, a moody issuer, a processor that is down, a code nobody knows. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  caseOf,
  cleanOracle,
  ledger,
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

test('no money until payday: a silent retry, one mail, then the money is there', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, {
    type: 'no_money_until',
    at: '2026-11-15T00:00:00+01:00',
  })

  // 12 November, 09:00: the merchant's biller fails, a case opens. Nobody is written to.
  await stack.sandbox.moveClock(on('11-12'))
  expect(await caseOf(stack, contractId)).toMatchObject({
    status: 'retrying',
    lane: 'FUNDS',
    currency: 'EUR',
  })
  expect(await stages(stack)).toEqual([])

  // 13 November: R1 fails between nine and ten; two hours later the first mail goes out.
  await stack.sandbox.moveClock(on('11-13', '10:30'))
  expect(await ledger(stack, contractId)).toEqual([
    'biller: INSUFFICIENT_FUNDS',
    'app: INSUFFICIENT_FUNDS',
  ])
  expect(await stages(stack)).toEqual([])
  await stack.sandbox.moveClock(on('11-13', '13:00'))
  expect(await stages(stack)).toEqual(['first'])

  // 14 November: a quiet day.
  await stack.sandbox.moveClock(on('11-14', '20:00'))
  expect(await ledger(stack, contractId)).toHaveLength(2)

  // 15 November, payday: R2 goes through, the case closes, the shopper is thanked.
  await stack.sandbox.moveClock(on('11-15'))
  expect(await ledger(stack, contractId)).toEqual([
    'biller: INSUFFICIENT_FUNDS',
    'app: INSUFFICIENT_FUNDS',
    'app: paid',
  ])
  const closed = await caseOf(stack, contractId)
  expect(closed).toMatchObject({ status: 'recovered', recoverySource: 'retry_after_message' })
  expect(closed.recoveredAmount?.toString()).toBe('24.9')
  expect(closed.stepRuns.filter((step) => step.state === 'scheduled')).toEqual([])
  expect(await stages(stack)).toEqual(['first', 'recovered'])

  // Nothing more happens, also after the deadline.
  await stack.sandbox.moveClock(on('12-11'))
  expect(await ledger(stack, contractId)).toHaveLength(3)
  expect(await stages(stack)).toEqual(['first', 'recovered'])
  expect(closed.events.every((event) => event.because.length > 0)).toBe(true)
  // What Shopify told us is Shopify's on the timeline; what we did about it is ours, whatever woke us.
  const ours = closed.events.filter(({ type }) => /^message_|^attempt_accepted$/.test(type))
  expect(ours.map(({ type, actor }) => `${type} by ${actor}`)).toEqual([
    'attempt_accepted by engine',
    'message_sent by engine',
    'attempt_accepted by engine',
    'message_sent by engine',
  ])
})

test('each mail leads to one signed page, and opening it changes nothing', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, {
    type: 'code',
    code: 'INSUFFICIENT_FUNDS',
  })
  await stack.sandbox.moveClock(on('11-13', '13:00'))
  const [mail] = await reminders(stack)
  const link = /https?:\/\/[^\s"<]+\/r\/[^\s"<]+/.exec(mail?.text ?? '')?.[0]
  expect(link).toBeDefined()
  const before = await caseOf(stack, contractId)
  for (let i = 0; i < 3; i++) expect((await fetch(link ?? '')).status).toBe(200)
  const after = await caseOf(stack, contractId)
  expect(after.version).toBe(before.version)
  expect(after.events).toHaveLength(before.events.length)
  expect(await ledger(stack, contractId)).toHaveLength(2)
})

test('a moody issuer: no more than four retries, spaced, until it agrees', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, {
    type: 'moody',
    codes: ['DO_NOT_HONOR', 'CARD_DECLINED'],
    okOnAttempt: 4,
  })
  await stack.sandbox.moveClock(on('11-25'))
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'recovered', lane: 'ISSUER' })
  const charges = (await cleanOracle(stack, { contract: contractId })).charges
  expect(charges.map((charge) => charge.result)).toEqual([
    'DO_NOT_HONOR',
    'CARD_DECLINED',
    'DO_NOT_HONOR',
    'paid',
  ])
})

test('an issuer that gives the same answer three times running is asked no more', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, { type: 'code', code: 'DO_NOT_HONOR' })
  await stack.sandbox.moveClock(on('11-30'))
  expect(await ledger(stack, contractId)).toEqual([
    'biller: DO_NOT_HONOR',
    'app: DO_NOT_HONOR',
    'app: DO_NOT_HONOR',
  ])
  expect(await caseOf(stack, contractId)).toMatchObject({
    status: 'awaiting_customer',
    reason: 'method',
  })
})

test('a processor that is down for two days: silent retries, the shopper hears nothing', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, {
    type: 'processor_down',
    until: '2026-11-14T00:00:00+01:00',
  })
  await stack.sandbox.moveClock(on('11-15'))
  expect(await caseOf(stack, contractId)).toMatchObject({
    status: 'recovered',
    recoverySource: 'silent_retry',
  })
  expect((await ledger(stack, contractId)).at(-1)).toBe('app: paid')
  expect(await stages(stack)).toEqual([])
})

test('Shopify gives no address: retries go on, nothing is sent, staff are told once', async () => {
  const shop = await startedShop(stack)
  const unknown = { firstName: 'Mara', lastName: 'L', email: null, locale: 'en', country: 'DE' }
  const script = {
    type: 'codes' as const,
    codes: ['INSUFFICIENT_FUNDS', 'INSUFFICIENT_FUNDS', 'OK'],
  }
  const first = await subscription(stack, shop, script, { customer: unknown })
  const second = await subscription(stack, shop, script, { customer: unknown })
  await stack.sandbox.moveClock(on('11-16'))
  for (const { contractId } of [first, second]) {
    const recovered = await caseOf(stack, contractId)
    expect(recovered).toMatchObject({ status: 'recovered', recoverySource: 'silent_retry' })
    expect(recovered.messages).toMatchObject([{ template: 'first', state: 'suppressed' }])
  }
  expect(await stages(stack)).toEqual([])
  expect((await tasksOf(stack, shop)).filter((kind) => kind === 'no_address')).toHaveLength(1)
})

test('a code nobody knows: one late retry, then neutral words, and engineering is told', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, { type: 'code', code: 'MARTIAN_ERROR' })
  await stack.sandbox.moveClock(on('11-14', '20:00'))
  expect(await ledger(stack, contractId)).toHaveLength(1)
  await stack.sandbox.moveClock(on('11-20'))
  expect(await ledger(stack, contractId)).toHaveLength(2)
  expect(await tasksOf(stack, shop)).toContain('unknown_code')
  expect((await caseOf(stack, contractId)).status).toBe('awaiting_customer')
  expect((await stages(stack)).length).toBeGreaterThan(0)
})
