import { beforeEach, describe, expect, test } from 'vitest'
import { answerChallenge, billElsewhere, requestAttempt } from './attempts.ts'
import { asCard } from './cards.ts'
import { setStatus } from './contracts.ts'
import { replaceMethod, updateMethod } from './methods.ts'
import { type FlagKind, flagsOf, noteCharge } from './oracle.ts'
import {
  DOMAIN,
  DUE,
  goTo as goToIn,
  HOUR,
  subscribe as subscribeIn,
  testWorld,
} from './test-world.ts'
import { type CardScript, type Contract, shopOf, type World } from './world.ts'

let world: World
beforeEach(() => {
  world = testWorld()
})

const subscribe = (script: CardScript): Contract => subscribeIn(world, script).contract
const goTo = (at: number): void => goToIn(world, at)

let keys = 0
/** The app charges, and a minute passes. */
function charge(contract: Contract, actor: string | null = null): void {
  keys += 1
  const taken = requestAttempt(world, shopOf(world, DOMAIN), {
    contractId: contract.id,
    key: `app-${keys}`,
    selector: { index: 1 },
    originTime: null,
    allowOverselling: false,
    createUnpaidOrder: false,
    by: 'app',
    actor,
  })
  expect(taken.type).toBe('accepted')
  goTo(world.now + 60_000)
}

const kinds = (): FlagKind[] => flagsOf(world.charges).map(({ kind }) => kind)

describe('a well-behaved app', () => {
  test('retries a day apart and is paid once: no flag', () => {
    const contract = subscribe({
      type: 'codes',
      codes: ['INSUFFICIENT_FUNDS', 'DO_NOT_HONOR', 'OK'],
    })
    goTo(DUE + HOUR)
    goTo(DUE + 25 * HOUR)
    charge(contract)
    goTo(DUE + 50 * HOUR)
    charge(contract)
    expect(world.charges.map(({ result }) => result)).toEqual([
      'INSUFFICIENT_FUNDS',
      'DO_NOT_HONOR',
      'paid',
    ])
    expect(kinds()).toEqual([])
  })

  test('charges a new card at once', () => {
    const contract = subscribe({ type: 'expired' })
    goTo(DUE + HOUR)
    const customer = world.customers.get(contract.customerId)
    if (customer) replaceMethod(world, contract, customer, asCard({ last4: '1111' }))
    charge(contract)
    expect(kinds()).toEqual([])
  })

  test('tries once more when the merchant has cleared the cause', () => {
    const contract = subscribe({ type: 'codes', codes: ['PAYMENT_PROVIDER_IS_NOT_ENABLED', 'OK'] })
    goTo(DUE + 30 * HOUR)
    contract.mendedAt = world.now
    charge(contract)
    expect(kinds()).toEqual([])
  })
})

test('a merchant’s code of the provider is cleared by a charge that passes elsewhere in the shop', () => {
  const contract = subscribe({ type: 'codes', codes: ['INVALID_CURRENCY', 'OK'] })
  goTo(DUE + HOUR)
  subscribeIn(world, { type: 'ok' }, { firstChargeAt: DUE + 2 * HOUR })
  goTo(DUE + 30 * HOUR)
  charge(contract)
  expect(kinds()).toEqual([])
})

describe('a flag is raised', () => {
  test('for a second payment of one cycle', () => {
    const contract = subscribe({ type: 'ok' })
    goTo(DUE + 30 * HOUR)
    charge(contract)
    expect(kinds()).toEqual(['double_charge', 'closed_cycle'])
  })

  test('for a charge on a cycle that somebody else had billed', () => {
    const contract = subscribe({ type: 'code', code: 'INSUFFICIENT_FUNDS' })
    goTo(DUE + HOUR)
    billElsewhere(world, contract, 1)
    goTo(DUE + 30 * HOUR)
    charge(contract)
    expect(kinds()).toEqual(['closed_cycle'])
  })

  test.each(['pause', 'cancel'] as const)(
    'for a charge after a %s, should Shopify let it pass',
    (change) => {
      const contract = subscribe({ type: 'code', code: 'INSUFFICIENT_FUNDS' })
      goTo(DUE + 30 * HOUR)
      setStatus(world, contract, change)
      noteCharge(world, contract, {
        cycleIndex: 1,
        attemptId: 'gid://shopify/SubscriptionBillingAttempt/1',
        key: 'app-x',
        amount: '24.90',
        currency: 'EUR',
        by: 'app',
      })
      expect(kinds()).toEqual(['closed_cycle'])
    },
  )

  test('for a charge before its date', () => {
    const contract = subscribe({ type: 'ok' })
    goTo(DUE - 2 * HOUR)
    charge(contract)
    expect(kinds()).toEqual(['before_date'])
  })

  test('for two attempts within a day with the same card', () => {
    const contract = subscribe({ type: 'code', code: 'INSUFFICIENT_FUNDS' })
    goTo(DUE + 24 * HOUR - 1)
    charge(contract)
    expect(kinds()).toEqual(['within_24h'])
  })

  test.each([
    'EXPIRED_CARD',
    'FRAUD_SUSPECTED',
    'INVOICE_ALREADY_PAID',
    'AUTHENTICATION_REQUIRED',
    'MERCHANT_ACCOUNT_ERROR',
    'general:MARTIAN_ERROR',
  ])('for a retry of %s', (code) => {
    const contract = subscribe({ type: 'code', code })
    goTo(DUE + 30 * HOUR)
    charge(contract)
    expect(kinds()).toEqual(['forbidden_class'])
  })

  test.each([
    ['AUTHENTICATION_REQUIRED', 'CUSTOMER', []],
    ['AUTHENTICATION_REQUIRED', 'MERCHANT', ['forbidden_class']],
    ['MERCHANT_ACCOUNT_ERROR', 'MERCHANT', []],
    ['MERCHANT_ACCOUNT_ERROR', 'CUSTOMER', ['forbidden_class']],
    ['EXPIRED_CARD', 'CUSTOMER', ['forbidden_class']],
  ])('for a retry of %s that %s asked for: %j', (code, actor, expected) => {
    const contract = subscribe({ type: 'code', code })
    goTo(DUE + 30 * HOUR)
    charge(contract, actor)
    expect(kinds()).toEqual(expected)
  })

  test.each([
    ['INCORRECT_CVC', []],
    ['EXPIRED_CARD', ['forbidden_class']],
    ['FRAUD_SUSPECTED', ['forbidden_class']],
  ])(
    'for a retry of %s on a card that was saved again with the same digits: %j',
    (code, expected) => {
      const contract = subscribe({ type: 'code', code })
      goTo(DUE + 2 * HOUR)
      const method = world.methods.get(contract.methodId ?? '')
      if (method) updateMethod(world, method, asCard({ script: { type: 'code', code } }))
      goTo(DUE + 30 * HOUR)
      charge(contract)
      expect(kinds()).toEqual(expected)
      goTo(DUE + 60 * HOUR)
      charge(contract)
      expect(kinds()).toEqual([...expected, 'forbidden_class'])
    },
  )

  test.each([null, 'CUSTOMER'])(
    'for a charge while the bank still waits for the shopper (%s)',
    (actor) => {
      const contract = subscribe({ type: 'challenge', then: 'OK' })
      goTo(DUE + 30 * HOUR)
      charge(contract, actor)
      expect(kinds()).toEqual(['live_attempt'])
    },
  )

  test('for a charge while another one has no result yet', () => {
    const contract = subscribe({ type: 'code', code: 'INSUFFICIENT_FUNDS' })
    goTo(DUE)
    charge(contract)
    expect(kinds()).toEqual(['live_attempt', 'within_24h'])
  })

  test('for the same card again within a day, with another card tried in between', () => {
    const contract = subscribe({ type: 'code', code: 'DO_NOT_HONOR' })
    goTo(DUE + 25 * HOUR)
    charge(contract)
    const customer = world.customers.get(contract.customerId)
    const first = contract.methodId
    if (customer)
      replaceMethod(
        world,
        contract,
        customer,
        asCard({ last4: '1111', script: { type: 'code', code: 'DO_NOT_HONOR' } }),
      )
    charge(contract)
    expect(kinds()).toEqual([])
    contract.methodId = first
    charge(contract)
    expect(kinds()).toEqual(['within_24h'])
  })

  test('for the ninth attempt on a cycle, anyone’s counted', () => {
    const contract = subscribe({ type: 'code', code: 'INSUFFICIENT_FUNDS' })
    for (let day = 1; day <= 7; day++) {
      goTo(DUE + day * 25 * HOUR)
      charge(contract)
    }
    expect(kinds()).toEqual([])
    goTo(DUE + 8 * 25 * HOUR)
    charge(contract)
    expect(kinds()).toEqual(['over_8_on_cycle'])
  })

  test('for the eleventh declined attempt on a method in 30 days, over all contracts', () => {
    const contract = subscribe({ type: 'code', code: 'INSUFFICIENT_FUNDS' })
    const method = world.methods.get(contract.methodId ?? '') ?? null
    const others = [1, 2].map(
      () => subscribeIn(world, { type: 'ok' }, { sharing: method }).contract,
    )
    for (let day = 1; day <= 7; day++) {
      goTo(DUE + day * 25 * HOUR)
      charge(contract)
    }
    expect(kinds()).toEqual([]) // ten, with the first charges of the three
    for (const other of others) charge(other)
    expect(kinds()).toEqual(['over_10_on_method', 'over_10_on_method'])
  })

  test('for a charge once the following cycle is due', () => {
    const contract = subscribe({ type: 'code', code: 'INSUFFICIENT_FUNDS' })
    goTo(Date.parse('2026-12-12T08:00:00Z'))
    charge(contract)
    expect(kinds()).toEqual(['after_next_date'])
  })

  test('for a hasty retry of a code nobody knows, but not after 72 h', () => {
    const hasty = subscribe({ type: 'code', code: 'MARTIAN_ERROR' })
    const patient = subscribe({ type: 'code', code: 'MARTIAN_ERROR' })
    goTo(DUE + 48 * HOUR)
    charge(hasty)
    goTo(DUE + 73 * HOUR)
    charge(patient)
    expect(flagsOf(world.charges).map(({ contractId }) => contractId)).toEqual([hasty.id])
  })
})

test('a passed challenge takes the money without a new charge', () => {
  const contract = subscribe({ type: 'challenge', then: 'OK' })
  goTo(DUE + HOUR)
  const [attempt] = [...world.attempts.values()].filter((each) => each.contractId === contract.id)
  if (attempt) answerChallenge(world, attempt, 'pass')
  expect(world.charges.map(({ result }) => result)).toEqual(['paid'])
  expect(kinds()).toEqual([])
})
