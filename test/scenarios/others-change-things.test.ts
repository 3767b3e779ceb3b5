/** The world goes on in mid-case: paid by somebody else, paused, cancelled, skipped, uninstalled. And how it ends. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  BEAN_AND_BLOOM,
  caseOf,
  cleanOracle,
  ledger,
  on,
  openApp,
  stages,
  startedShop,
  subscription,
  TIDELINE_TEA,
} from '../factories.ts'
import { type Stack, startStack } from '../stack.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.stop())
beforeEach(() => stack.reset())

const noMoney = { type: 'code', code: 'INSUFFICIENT_FUNDS' } as const
const chargedByUs = (lines: string[]) => lines.filter((line) => line.startsWith('app'))

test('paid by somebody else: the case closes and nothing is charged', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, noMoney)
  await stack.sandbox.moveClock(on('11-12'))
  await stack.sandbox.changeCycle(contractId, 1, 'bill-elsewhere')
  await stack.sandbox.moveClock(on('11-20'))
  expect(await caseOf(stack, contractId)).toMatchObject({
    status: 'paid_elsewhere',
    recoverySource: 'elsewhere',
  })
  expect(chargedByUs(await ledger(stack, contractId))).toEqual([])
})

test('paused in mid-case: the clock stands still, and goes on when the contract is activated', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, {
    type: 'codes',
    codes: ['INSUFFICIENT_FUNDS', 'OK'],
  })
  await stack.sandbox.moveClock(on('11-12'))
  await stack.sandbox.changeContract(contractId, 'pause')
  await stack.sandbox.moveClock(on('11-18'))
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'held', reason: 'paused' })
  expect(chargedByUs(await ledger(stack, contractId))).toEqual([])

  await stack.sandbox.changeContract(contractId, 'activate')
  await stack.sandbox.moveClock(on('11-20', '20:00'))
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'recovered' })
  expect(chargedByUs(await ledger(stack, contractId))).toEqual(['app: paid'])
})

test('cancelled in mid-case: the case closes, nothing is charged or said', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, noMoney)
  await stack.sandbox.moveClock(on('11-12'))
  await stack.sandbox.changeContract(contractId, 'cancel')
  await stack.sandbox.moveClock(on('11-20'))
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'cancelled' })
  expect(chargedByUs(await ledger(stack, contractId))).toEqual([])
  expect(await stages(stack)).toEqual([])
})

test('skipped in mid-case: the case closes', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, noMoney)
  await stack.sandbox.moveClock(on('11-12'))
  await stack.sandbox.changeCycle(contractId, 1, 'skip')
  await stack.sandbox.moveClock(on('11-20'))
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'skipped' })
  expect(chargedByUs(await ledger(stack, contractId))).toEqual([])
})

test('uninstalled in mid-case: every case stands still, nothing is charged or sent', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, noMoney)
  await stack.sandbox.moveClock(on('11-12'))
  await stack.sandbox.uninstall(shop)
  await stack.sandbox.moveClock(on('11-13', '20:00'))
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'held', reason: 'uninstalled' })
  expect(chargedByUs(await ledger(stack, contractId))).toEqual([])
  expect(await stages(stack)).toEqual([])
  expect(await stack.db.session.count({ where: { shop } })).toBe(0)

  // Two days later Shopify asks for erasure; nothing personal is left, and still nothing is charged.
  await stack.sandbox.moveClock(on('12-10'))
  expect(chargedByUs(await ledger(stack, contractId))).toEqual([])
  expect(await stack.db.recoveryCase.count({ where: { shop, customerName: { not: null } } })).toBe(
    0,
  )
})

test('installed again: nothing resumes by itself', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, noMoney)
  await stack.sandbox.moveClock(on('11-12'))
  await stack.sandbox.uninstall(shop)
  await stack.sandbox.moveClock(on('11-13', '20:00'))
  await openApp(stack, shop)
  const second = await subscription(stack, shop, noMoney, { firstChargeAt: '2026-11-16T08:00:00Z' })
  await stack.sandbox.moveClock(on('11-25'))
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'held', reason: 'uninstalled' })
  expect(chargedByUs(await ledger(stack, contractId))).toEqual([])
  expect(chargedByUs(await ledger(stack, second.contractId))).toEqual([])
  expect(await stages(stack)).toEqual([])
})

test('the deadline: paused, then said so, with every promised rung before it', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, noMoney)
  await stack.sandbox.moveClock(on('12-08'))
  const closed = await caseOf(stack, contractId)
  expect(closed).toMatchObject({ status: 'exhausted' })
  expect(closed.attempts.filter((a) => a.countsTowardLadder)).toHaveLength(4)
  expect(chargedByUs(await ledger(stack, contractId))).toHaveLength(4)
  expect(closed.actions).toMatchObject([{ kind: 'pause', state: 'done' }])
  const sent = await stages(stack)
  expect(sent.at(-1)).toBe('ended')
  expect(sent.filter((stage) => stage !== 'ended').length).toBeLessThanOrEqual(5)
})

test('two shops at once, in two zones: each at nine in its own morning, each in its own money', async () => {
  const berlin = await startedShop(stack, BEAN_AND_BLOOM)
  const boston = await startedShop(stack, TIDELINE_TEA)
  const script = { type: 'codes' as const, codes: ['INSUFFICIENT_FUNDS', 'OK'] }
  const coffee = await subscription(stack, berlin, script)
  const tea = await subscription(stack, boston, script, {
    customer: {
      firstName: 'Ann',
      lastName: 'Doe',
      email: 'ann@example.com',
      locale: 'en-US',
      country: 'US',
      province: 'MA',
    },
  })
  await stack.sandbox.moveClock(on('11-15'))
  const zones: [string, string, string][] = [
    [coffee.contractId, 'Europe/Berlin', 'EUR'],
    [tea.contractId, 'America/New_York', 'USD'],
  ]
  for (const [contractId, zone, currency] of zones) {
    const recovered = await caseOf(stack, contractId)
    expect(recovered).toMatchObject({ status: 'recovered', zone, recoveredCurrency: currency })
    const rung = recovered.stepRuns.find((step) => step.kind === 'retry' && step.state === 'done')
    expect(rung?.wallTime).toMatch(/T09:/)
  }
  await cleanOracle(stack)
})
