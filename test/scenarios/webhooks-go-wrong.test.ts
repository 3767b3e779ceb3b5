/** Webhooks that come twice, late, out of order or never, and an answer that is lost on its way. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { caseOf, ledger, on, startedShop, subscription } from '../factories.ts'
import { type Stack, startStack } from '../stack.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.stop())
beforeEach(() => stack.reset())

const payday = { type: 'no_money_until', at: '2026-11-15T00:00:00+01:00' } as const
const wholeStory = ['biller: INSUFFICIENT_FUNDS', 'app: INSUFFICIENT_FUNDS', 'app: paid']

test('every webhook twice: one case, the same charges', async () => {
  const shop = await startedShop(stack)
  await stack.sandbox.webhookPolicy({ topic: '*', mode: 'twice' })
  const { contractId } = await subscription(stack, shop, payday)
  await stack.sandbox.moveClock(on('11-16'))
  expect(await ledger(stack, contractId)).toEqual(wholeStory)
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'recovered' })
})

test('every webhook six hours late: the day still counts from the failure itself', async () => {
  const shop = await startedShop(stack)
  await stack.sandbox.webhookPolicy({ topic: '*', mode: 'late', delay: 'PT6H' })
  const { contractId } = await subscription(stack, shop, payday)
  await stack.sandbox.moveClock(on('11-16'))
  expect(await ledger(stack, contractId)).toEqual(wholeStory)
  const closed = await caseOf(stack, contractId)
  expect(closed.status).toBe('recovered')
  expect(closed.anchorAt.getTime() - Date.parse('2026-11-12T08:00:00Z')).toBeLessThan(120_000)
})

test('webhooks out of order: the facts decide', async () => {
  const shop = await startedShop(stack)
  await stack.sandbox.webhookPolicy({ topic: '*', mode: 'out_of_order' })
  const { contractId } = await subscription(stack, shop, payday)
  await stack.sandbox.moveClock(on('11-17'))
  expect(await ledger(stack, contractId)).toEqual(wholeStory)
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'recovered' })
})

test('the success webhook is lost: the case asks by itself', async () => {
  const shop = await startedShop(stack)
  await stack.sandbox.webhookPolicy({
    topic: 'subscription_billing_attempts/success',
    mode: 'lost',
  })
  const { contractId } = await subscription(stack, shop, payday)
  await stack.sandbox.moveClock(on('11-16'))
  expect(await ledger(stack, contractId)).toEqual(wholeStory)
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'recovered' })
})

test('a failure told a day late, for a cycle that is paid by then, opens nothing', async () => {
  const shop = await startedShop(stack)
  await stack.sandbox.webhookPolicy({
    topic: 'subscription_billing_attempts/failure',
    mode: 'late',
    delay: 'PT23H',
  })
  const { contractId } = await subscription(stack, shop, payday)
  await stack.sandbox.moveClock({ to: '2026-11-12T08:00:30Z' }) // before Reprise asks by itself
  await stack.sandbox.changeCycle(contractId, 1, 'bill-elsewhere')
  await stack.sandbox.moveClock(on('11-14'))
  expect(await stack.db.recoveryCase.count()).toBe(0)
  await ledger(stack, contractId)
})

test('the answer to a charge is lost after Shopify took it: in doubt, then paid, never charged twice', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, {
    type: 'codes',
    codes: ['INSUFFICIENT_FUNDS', 'OK'],
  })
  await stack.sandbox.moveClock(on('11-12'))
  await stack.sandbox.fault({
    operation: 'subscriptionBillingAttemptCreate',
    mode: 'lose_answer',
    times: 1,
  })
  await stack.sandbox.moveClock(on('11-14'))
  expect(await ledger(stack, contractId)).toEqual(['biller: INSUFFICIENT_FUNDS', 'app: paid'])
  const closed = await caseOf(stack, contractId)
  expect(closed).toMatchObject({ status: 'recovered' })
  expect(closed.events.some((event) => event.type === 'attempt_unanswered')).toBe(true)
})

test('a request that Shopify never got is sent again under its own key', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, {
    type: 'codes',
    codes: ['INSUFFICIENT_FUNDS', 'OK'],
  })
  await stack.sandbox.moveClock(on('11-12'))
  await stack.sandbox.fault({
    operation: 'subscriptionBillingAttemptCreate',
    mode: 'timeout',
    times: 1,
  })
  await stack.sandbox.moveClock(on('11-14'))
  const closed = await caseOf(stack, contractId)
  expect(closed).toMatchObject({ status: 'recovered' })
  expect(closed.attempts.filter((a) => a.trigger === 'scheduled')).toHaveLength(1)
  expect(await ledger(stack, contractId)).toEqual(['biller: INSUFFICIENT_FUNDS', 'app: paid'])
})
