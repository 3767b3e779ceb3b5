import { beforeEach, describe, expect, test } from 'vitest'
import { requestAttempt } from './attempts.ts'
import { asCard } from './cards.ts'
import { setStatus } from './contracts.ts'
import { revokeMethod, updateMethod } from './methods.ts'
import { DOMAIN, DUE, goTo, HOUR, subscribe, testWorld } from './test-world.ts'
import { type Contract, shopOf } from './world.ts'

let world: ReturnType<typeof testWorld>
beforeEach(() => {
  world = testWorld()
})

const charge = (contract: Contract, key: string, more: object = {}) =>
  requestAttempt(world, shopOf(world, DOMAIN), {
    contractId: contract.id,
    key,
    selector: { index: 1 },
    originTime: null,
    allowOverselling: false,
    createUnpaidOrder: false,
    by: 'app',
    ...more,
  })
const topics = () => world.news.map(({ topic }) => topic)
const results = () => world.charges.map(({ result }) => result)

describe('the biller', () => {
  test('charges each cycle once on its date, with keys of its own', () => {
    subscribe(world, { type: 'code', code: 'DO_NOT_HONOR' })
    goTo(world, DUE + 40 * 24 * HOUR)
    expect(world.charges.map(({ at, by, cycleIndex }) => [at, by, cycleIndex])).toEqual([
      [DUE, 'biller', 1],
      [Date.parse('2026-12-12T08:00:00Z'), 'biller', 2],
    ])
    expect(world.charges.every(({ key }) => key.startsWith('native-'))).toBe(true)
  })

  test('leaves a paused contract alone and goes on after it', () => {
    const { contract } = subscribe(world, { type: 'ok' })
    setStatus(world, contract, 'pause')
    goTo(world, DUE + HOUR)
    setStatus(world, contract, 'activate')
    goTo(world, DUE + 40 * 24 * HOUR)
    expect(world.charges.map(({ cycleIndex }) => cycleIndex)).toEqual([2])
  })
})

describe('an attempt that succeeds', () => {
  test('makes an order with tax and delivery, bills the cycle and takes the goods', () => {
    const { contract, variant } = subscribe(
      world,
      { type: 'ok' },
      { quantity: 2, deliveryPrice: '3.00', taxRate: 0.1, stock: 5 },
    )
    goTo(world, DUE + HOUR)
    const orderId = contract.cycles.get(1)?.billedBy ?? ''
    expect(world.orders.get(orderId)).toMatchObject({ total: '58.08', financialStatus: 'PAID' })
    expect(variant.stock).toBe(3)
    expect(topics()).toContain('orders/paid')
  })

  test('may make an unpaid order, for which nobody is charged', () => {
    const { contract } = subscribe(world, { type: 'code', code: 'INSUFFICIENT_FUNDS' })
    goTo(world, DUE + 25 * HOUR)
    charge(contract, 'unpaid', { createUnpaidOrder: true })
    goTo(world, DUE + 26 * HOUR)
    const orderId = contract.cycles.get(1)?.billedBy ?? ''
    expect(world.orders.get(orderId)?.financialStatus).toBe('PENDING')
    expect(results()).toEqual(['INSUFFICIENT_FUNDS', 'unpaid_order'])
    expect(world.charges[1]?.reachedBank).toBe(false)
  })
})

describe('a payment method', () => {
  test('is revoked after 30 consecutive failures within 35 days', () => {
    const { contract, method } = subscribe(
      world,
      { type: 'code', code: 'DO_NOT_HONOR' },
      { interval: 'DAY' },
    )
    goTo(world, DUE + 28 * 24 * HOUR + HOUR)
    expect(method.revokedReason).toBeNull()
    goTo(world, DUE + 29 * 24 * HOUR + HOUR)
    expect(method.revokedReason).toBe('TOO_MANY_CONSECUTIVE_FAILURES')
    expect(topics()).toContain('customer_payment_methods/revoke')
    goTo(world, DUE + 30 * 24 * HOUR + HOUR)
    expect(results().at(-1)).toBe('PAYMENT_METHOD_NOT_FOUND')
    expect(contract.status).toBe('ACTIVE')
  })

  test('that is merged hands its contracts to another', () => {
    const { contract, method } = subscribe(world, { type: 'ok' })
    revokeMethod(world, method, 'MERGED')
    expect(contract.methodId).not.toBe(method.id)
    goTo(world, DUE + HOUR)
    expect(results()).toEqual(['paid'])
  })

  test('that is updated keeps its id and tells of it', () => {
    const { contract, method } = subscribe(world, { type: 'expired' })
    updateMethod(world, method, asCard({ last4: '1111' }))
    expect(contract.methodId).toBe(method.id)
    expect(topics().at(-1)).toBe('customer_payment_methods/update')
  })
})

test('a challenge that nobody meets runs out after three days', () => {
  subscribe(world, { type: 'challenge', then: 'OK' })
  goTo(world, DUE + 71 * HOUR)
  expect(results()).toEqual(['action_required'])
  expect(topics()).toContain('subscription_billing_attempts/challenged')
  goTo(world, DUE + 73 * HOUR)
  expect(results()).toEqual(['EXPIRED_BUYER_ACTION'])
  expect(topics().at(-1)).toBe('subscription_billing_attempts/failure')
})
