/** What the shopper cannot help: no stock, a shop that is misconfigured. The shopper hears nothing about payment. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { caseOf, ledger, on, stages, startedShop, subscription, tasksOf } from '../factories.ts'
import { type Stack, startStack } from '../stack.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.stop())
beforeEach(() => stack.reset())

test('out of stock: tried each day, paid when the coffee is back', async () => {
  const shop = await startedShop(stack)
  const { contractId, productVariantId } = await subscription(
    stack,
    shop,
    { type: 'ok' },
    { stock: 0 },
  )
  await stack.sandbox.moveClock(on('11-12'))
  expect(await caseOf(stack, contractId)).toMatchObject({
    status: 'awaiting_merchant',
    reason: 'stock',
  })
  await stack.sandbox.moveClock(on('11-14'))
  expect(await ledger(stack, contractId)).not.toContain('app: paid')
  await stack.sandbox.setStock(productVariantId, 10)
  await stack.sandbox.moveClock(on('11-15'))
  expect((await ledger(stack, contractId)).at(-1)).toBe('app: paid')
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'recovered' })
  expect(await stages(stack)).toEqual([])
})

test('out of stock for good: five tries, then the cycle is skipped and the subscription lives on', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, { type: 'ok' }, { stock: 0 })
  await stack.sandbox.moveClock(on('11-25'))
  const closed = await caseOf(stack, contractId)
  expect(closed).toMatchObject({ status: 'skipped' })
  expect(closed.attempts.filter((a) => a.trigger === 'scheduled')).toHaveLength(5)
  expect(closed.actions).toMatchObject([{ kind: 'skip', state: 'done' }])
  expect(await ledger(stack, contractId)).not.toContain('app: paid')
  expect(await stages(stack)).toEqual([])
})

test('a misconfigured shop: staff are asked, nothing is charged, nobody is paused', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, {
    type: 'code',
    code: 'MERCHANT_ACCOUNT_ERROR',
  })
  await stack.sandbox.moveClock(on('11-20'))
  expect(await caseOf(stack, contractId)).toMatchObject({
    status: 'awaiting_merchant',
    reason: 'config',
  })
  expect((await tasksOf(stack, shop)).length).toBeGreaterThan(0)
  await stack.sandbox.moveClock(on('12-11', '23:00'))
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'awaiting_merchant' })
  await stack.sandbox.moveClock(on('12-12', '08:59'))
  expect(await ledger(stack, contractId)).toEqual(['biller: MERCHANT_ACCOUNT_ERROR'])
  expect(await stages(stack)).toEqual([])
})
