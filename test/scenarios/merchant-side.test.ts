/**
 * What the shopper cannot help: no stock, a wrong address, a shop that is misconfigured, an order under review. The
 * shopper hears nothing about payment, and the cycle is charged by itself once the cause is gone.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  caseOf,
  cleanOracle,
  ledger,
  on,
  press,
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

const paypal = {
  instrument: 'paypal',
  brand: '',
  last4: '',
  expiryMonth: 1,
  expiryYear: 2030,
  script: { type: 'ok' },
} as const

test('out of stock: looked at each day, charged in the hour in which the coffee is back', async () => {
  const shop = await startedShop(stack)
  const { contractId, productVariantId } = await subscription(
    stack,
    shop,
    { type: 'ok' },
    { stock: 0 },
  )
  await stack.sandbox.moveClock(on('11-14'))
  expect(await caseOf(stack, contractId)).toMatchObject({
    status: 'awaiting_merchant',
    reason: 'stock',
  })
  await stack.sandbox.moveClock(on('11-14', '15:00'))
  await stack.sandbox.setStock(productVariantId, 10)
  await stack.sandbox.moveClock(on('11-14', '15:10'))
  expect(await ledger(stack, contractId)).toEqual(['biller: INSUFFICIENT_INVENTORY', 'app: paid'])
  const recovered = await caseOf(stack, contractId)
  expect(recovered).toMatchObject({ status: 'recovered' })
  expect(recovered.attempts.at(-1)).toMatchObject({ trigger: 'cause_cleared' })
  expect(await stages(stack)).toEqual([])
})

test('Shopify throttles the charge that follows: the shop is waited for on, and charged an hour later', async () => {
  const shop = await startedShop(stack)
  const wrong = { shipsTo: { address1: 'Nowhere', accepted: false } }
  const { contractId } = await subscription(stack, shop, { type: 'ok' }, wrong)
  await stack.sandbox.moveClock(on('11-14'))
  const operation = 'subscriptionBillingAttemptCreate'
  await stack.sandbox.fault({ operation, mode: 'refuse', code: 'THROTTLED', times: 1 })
  await stack.sandbox.editContract(contractId, { shipsTo: { address1: 'Ackerstrasse 12' } })
  await stack.sandbox.moveClock(on('11-14', '12:30'))
  const waiting = await caseOf(stack, contractId)
  expect(waiting).toMatchObject({ status: 'awaiting_merchant', reason: 'config' })
  expect(waiting.attempts.at(-1)).toMatchObject({ trigger: 'cause_cleared', state: 'refused' })
  await stack.sandbox.moveClock(on('11-14', '13:10'))
  expect(await ledger(stack, contractId)).toEqual(['biller: INVALID_SHIPPING_ADDRESS', 'app: paid'])
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'recovered' })
})

test('out of stock for good: the fifth day is a real charge, then the cycle is skipped and the subscription lives on', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, { type: 'ok' }, { stock: 0 })
  await stack.sandbox.moveClock(on('11-18'))
  const closed = await caseOf(stack, contractId)
  expect(closed).toMatchObject({ status: 'skipped' })
  const rungs = closed.stepRuns.filter(({ kind }) => kind === 'retry')
  expect(rungs.map(({ state }) => state)).toEqual([...Array(4).fill('skipped'), 'done'])
  expect(closed.actions).toMatchObject([{ kind: 'skip', state: 'done' }])
  expect(await ledger(stack, contractId)).toEqual([
    'biller: INSUFFICIENT_INVENTORY',
    'app: INSUFFICIENT_INVENTORY',
  ])
  expect(await stages(stack)).toEqual([])
})

test('a shop that has not granted read_products: the five days are real charges, as stock cannot be read', async () => {
  const shop = await startedShop(stack)
  const { contractId, productVariantId } = await subscription(
    stack,
    shop,
    { type: 'ok' },
    { stock: 0 },
  )
  await stack.sandbox.withholdScope(shop, 'read_products')
  await stack.sandbox.moveClock(on('11-14'))
  await stack.sandbox.setStock(productVariantId, 10)
  await stack.sandbox.moveClock(on('11-15'))
  const lines = await ledger(stack, contractId)
  expect(lines.filter((line) => line === 'app: INSUFFICIENT_INVENTORY')).toHaveLength(2)
  expect(lines.at(-1)).toBe('app: paid')
})

test('a delivery address that Shopify refuses: asked for kindly, and charged once when it was changed', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(
    stack,
    shop,
    { type: 'ok' },
    { shipsTo: { address1: 'Nowhere', accepted: false } },
  )
  await stack.sandbox.moveClock(on('11-14'))
  expect(await caseOf(stack, contractId)).toMatchObject({
    status: 'awaiting_merchant',
    reason: 'config',
  })
  expect(await tasksOf(stack, shop)).toEqual(['merchant.task', 'merchant.reminder'])
  expect(await stages(stack)).toEqual(['address'])

  await stack.sandbox.editContract(contractId, { price: '19.90' }) // not what the code is about
  await stack.sandbox.moveClock(on('11-14', '13:00'))
  expect(await ledger(stack, contractId)).toHaveLength(1)

  await stack.sandbox.editContract(contractId, { shipsTo: { address1: 'Lindenweg 4' } })
  await stack.sandbox.moveClock(on('11-14', '14:00'))
  expect(await ledger(stack, contractId)).toEqual(['biller: INVALID_SHIPPING_ADDRESS', 'app: paid'])
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'recovered' })
})

test('a payment provider that is back: shown by another card’s charge, not by PayPal’s', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, {
    type: 'codes',
    codes: ['PAYMENT_PROVIDER_IS_NOT_ENABLED', 'OK'],
  })
  const others = { firstChargeAt: '2026-11-14T08:00:00Z' }
  await subscription(stack, shop, { type: 'ok' }, { ...others, card: paypal })
  const byCard = { firstChargeAt: '2026-11-16T14:00:00Z' }
  await subscription(stack, shop, { type: 'ok' }, byCard)

  await stack.sandbox.moveClock(on('11-16', '14:00'))
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'awaiting_merchant' })
  expect(await ledger(stack, contractId)).toHaveLength(1)

  await stack.sandbox.mended(contractId)
  await stack.sandbox.moveClock(on('11-16', '15:05'))
  expect(await ledger(stack, contractId)).toEqual([
    'biller: PAYMENT_PROVIDER_IS_NOT_ENABLED',
    'app: paid',
  ])
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'recovered' })
  expect(await stages(stack)).toEqual([])
})

test('an order under review: asked about once a day, charged on the day after it is over', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, {
    type: 'codes',
    codes: ['INSUFFICIENT_FUNDS', 'OK'],
  })
  await stack.sandbox.moveClock(on('11-12'))
  await stack.sandbox.putUnderReview(contractId, true)
  await stack.sandbox.moveClock(on('11-14'))
  expect(await caseOf(stack, contractId)).toMatchObject({
    status: 'awaiting_merchant',
    reason: 'review',
  })
  expect(await stack.db.attempt.count({ where: { contractId, state: 'refused' } })).toBe(2)
  await stack.sandbox.putUnderReview(contractId, false)
  await stack.sandbox.moveClock(on('11-15'))
  expect(await ledger(stack, contractId)).toEqual(['biller: INSUFFICIENT_FUNDS', 'app: paid'])
  expect(await stages(stack)).toEqual([])
})

test('a cause that only staff can clear: reminded, never charged, written off when the next charge is due', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, {
    type: 'code',
    code: 'CUSTOMER_INVALID',
  })
  await stack.sandbox.moveClock(on('12-12', '08:59'))
  expect(await tasksOf(stack, shop)).toEqual(['merchant.task', 'merchant.reminder'])
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'awaiting_merchant' })
  await stack.sandbox.moveClock(on('12-12', '09:30'))
  const [first] = await stack.db.recoveryCase.findMany({
    where: { contractId, cycleIndex: 1 },
    include: { actions: true, events: { orderBy: { seq: 'desc' }, take: 1 } },
  })
  expect(first).toMatchObject({ status: 'written_off', actions: [] })
  expect(first?.events[0]?.because).toMatch(/not cleared before the next charge/)
  expect(await ledger(stack, contractId)).toEqual(Array(2).fill('biller: CUSTOMER_INVALID'))
  expect(await stages(stack)).toEqual([])
})

test('staff say that it is cleared: their word is enough, and charged as theirs', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, {
    type: 'codes',
    codes: ['CUSTOMER_INVALID', 'OK'],
  })
  await stack.sandbox.moveClock(on('11-14'))
  await press(stack, shop, (await caseOf(stack, contractId)).id, 'retry')
  await stack.sandbox.moveClock(on('11-14', '12:10'))
  const { charges } = await cleanOracle(stack, { contract: contractId })
  expect(charges.at(-1)).toMatchObject({ result: 'paid', actor: 'MERCHANT' })
})
