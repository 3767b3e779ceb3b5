/**
 * Billing attempts: what Shopify takes, what it refuses, and how one ends.
 *
 * An attempt is created at once and answered later: some world seconds after, or when the shopper has met the bank.
 */
import { plan } from './agenda.ts'
import { attemptBody, orderBody } from './bodies.ts'
import { answer, askCard, type BankAnswer } from './cards.ts'
import { touch } from './contract-news.ts'
import { cycleOf, indexAt, lastIndex, linesOf, noteOf } from './cycles.ts'
import { revokeMethod } from './methods.ts'
import { noteCharge } from './oracle.ts'
import { makeOrder, orderTotal } from './orders.ts'
import {
  type Answer,
  type BillingAttempt,
  type Contract,
  type Family,
  find,
  NotPossible,
  newId,
  type Shop,
  shopOf,
  type World,
} from './world.ts'

/** From acceptance to the result. Source: about 8 s in the field (shopify-platform.md, 3.3). */
const RESULT_AFTER_MS = 8_000
/** How long the bank waits for the shopper. Ours: Shopify publishes no figure. */
const CHALLENGE_OPEN_MS = 72 * 3_600_000
/** A charge may be asked for this long before its date. Source: BILLING_CYCLE_CHARGE_BEFORE_EXPECTED_DATE. */
const EARLY_MS = 24 * 3_600_000
/** Consecutive failures, and the window in which they must lie, until a method is revoked. Source: changelog 2025-04. */
const FAILURES_TO_REVOKE = 30
const FAILURE_WINDOW_MS = 35 * 86_400_000

export type AttemptRequest = {
  contractId: string
  key: string
  /** Neither: the cycle of today. */
  selector: { index?: number | null; date?: number | null }
  originTime: number | null
  allowOverselling: boolean
  createUnpaidOrder: boolean
  by: 'app' | 'biller'
  /** SubscriptionActor; nobody said: the app itself. */
  actor?: string | null
}

export type Accepted = { type: 'accepted'; attempt: BillingAttempt; again: boolean }
export type Refused = { type: 'refused'; code: string; message: string; field: string[] | null }

/** Takes a request for money, or says why not. The same key gives the same attempt and asks nobody for money. */
export function requestAttempt(
  world: World,
  shop: Shop,
  request: AttemptRequest,
): Accepted | Refused {
  const [known] = world.attempts.of('key', `${shop.domain} ${request.key}`)
  if (known) return { type: 'accepted', attempt: known, again: true }

  const index = chooseCycle(world, shop, request)
  if (typeof index !== 'number') {
    world.refusals.push({
      at: world.now,
      shop: shop.domain,
      contractId: request.contractId,
      cycleIndex: request.selector.index ?? null,
      key: request.key,
      code: index.code,
    })
    return index
  }
  const contract = find(world.contracts, request.contractId, 'contract')
  const attempt: BillingAttempt = {
    id: newId(world, 'SubscriptionBillingAttempt'),
    shop: shop.domain,
    contractId: contract.id,
    cycleIndex: index,
    methodId: contract.methodId,
    key: request.key,
    originTime: request.originTime,
    allowOverselling: request.allowOverselling,
    createUnpaidOrder: request.createUnpaidOrder,
    createdAt: world.now,
    completedAt: null,
    outcome: { type: 'pending' },
    by: request.by,
  }
  world.attempts.set(attempt.id, attempt)
  world.changedAt = world.now
  noteCharge(world, contract, {
    cycleIndex: index,
    attemptId: attempt.id,
    key: attempt.key,
    amount: orderTotal(contract, index),
    currency: shop.currency,
    by: attempt.by,
    actor: request.actor ?? null,
  })
  plan(world.agenda, world.now + RESULT_AFTER_MS, `result of ${attempt.key}`, () =>
    settle(world, attempt),
  )
  return { type: 'accepted', attempt, again: false }
}

/** The index of the cycle to be billed, or the refusal. In the order in which Shopify would notice. */
function chooseCycle(world: World, shop: Shop, request: AttemptRequest): number | Refused {
  const no = (code: string, message: string, field: string[] | null = null): Refused => ({
    type: 'refused',
    code,
    message,
    field,
  })
  const input = ['subscriptionBillingAttemptInput']
  if (request.key.trim() === '')
    return no('BLANK', "Idempotency key can't be blank", [...input, 'idempotencyKey'])
  if (shop.throttledUntil !== null && world.now < shop.throttledUntil)
    return no('THROTTLED', 'The shop has too many billing attempts. Try again later.')

  const contract = world.contracts.get(request.contractId)
  if (!contract || contract.shop !== shop.domain)
    return no('CONTRACT_NOT_FOUND', 'Subscription contract does not exist', [
      'subscriptionContractId',
    ])
  if (contract.status === 'PAUSED') return no('CONTRACT_PAUSED', 'Subscription contract is paused')
  if (contract.status === 'CANCELLED' || contract.status === 'EXPIRED')
    return no('CONTRACT_TERMINATED', 'Subscription contract has been terminated')
  if (contract.underReview)
    return no('CONTRACT_UNDER_REVIEW', 'Subscription contract is under review')

  const { index, date } = request.selector
  const selector = [...input, 'billingCycleSelector']
  if (index != null && date != null)
    return no('INVALID', 'Select a billing cycle by index or by date', selector)
  const chosen = index ?? indexAt(world, contract, date ?? world.now)
  if (index != null && index < 1)
    return no('CYCLE_INDEX_OUT_OF_RANGE', 'Billing cycle index must be 1 or more', [
      ...selector,
      'index',
    ])
  if (chosen < 1)
    return no('CYCLE_START_DATE_OUT_OF_RANGE', 'Date is before the first billing cycle', [
      ...selector,
      'date',
    ])
  if (chosen > lastIndex(world, contract))
    return no('UPCOMING_CYCLE_LIMIT_EXCEEDED', 'Billing cycle is too far in the future', selector)

  if (request.originTime !== null) {
    const field = [...input, 'originTime']
    if (request.originTime < contract.createdAt)
      return no('ORIGIN_TIME_BEFORE_CONTRACT_CREATION', 'Origin time is before the contract', field)
    const cycle = cycleOf(world, contract, chosen)
    if (request.originTime > Math.max(cycle.endAt, world.now + EARLY_MS))
      return no('ORIGIN_TIME_OUT_OF_RANGE', 'Origin time lies outside of the cycle', field)
  }
  const cycle = cycleOf(world, contract, chosen)
  if (cycle.skipped) return no('BILLING_CYCLE_SKIPPED', 'Billing cycle is skipped')
  if (world.now < cycle.expectedAt - EARLY_MS)
    return no(
      'BILLING_CYCLE_CHARGE_BEFORE_EXPECTED_DATE',
      'Billing cycle cannot be charged more than 24 hours before its expected date',
    )
  return chosen
}

/** The result of an accepted attempt. */
function settle(world: World, attempt: BillingAttempt): void {
  const contract = find(world.contracts, attempt.contractId, 'contract')
  const short = shipped(world, attempt).some(
    ({ variant, quantity }) => variant.stock !== null && variant.stock < quantity,
  )
  const method = attempt.methodId ? world.methods.get(attempt.methodId) : undefined
  const shop = shopOf(world, attempt.shop)
  if (contract.shipsTo?.accepted === false) {
    fail(world, attempt, 'INVALID_SHIPPING_ADDRESS', 'payment')
  } else if (short && !attempt.allowOverselling) {
    fail(world, attempt, 'INSUFFICIENT_INVENTORY', 'inventory')
  } else if (attempt.createUnpaidOrder) {
    succeed(world, attempt, 'PENDING')
  } else if (!method) {
    fail(world, attempt, 'PAYMENT_METHOD_NOT_SPECIFIED', 'general')
  } else if (method.revokedAt !== null) {
    fail(world, attempt, 'PAYMENT_METHOD_NOT_FOUND', 'general')
  } else if (method.inactive) {
    fail(world, attempt, 'INVALID_CUSTOMER_BILLING_AGREEMENT', 'payment')
  } else if (shop.processorFault !== null) {
    takeAnswer(world, attempt, answer(shop.processorFault))
  } else {
    chargeOf(world, attempt).reachedBank = true
    const { instrument, brand, last4, expiryMonth, expiryYear } = method
    attempt.charged = { instrument, brand, last4, expiryMonth, expiryYear }
    takeAnswer(
      world,
      attempt,
      askCard(method, orderTotal(contract, attempt.cycleIndex), shop.zone, world.now),
    )
  }
}

/** What its order takes out of stock. */
function shipped(world: World, { contractId, cycleIndex }: BillingAttempt) {
  const contract = find(world.contracts, contractId, 'contract')
  return linesOf(contract, cycleIndex).map(({ variantId, quantity }) => ({
    variant: find(world.variants, variantId, 'product'),
    quantity,
  }))
}

function takeAnswer(world: World, attempt: BillingAttempt, given: BankAnswer): void {
  if (given.type === 'paid') succeed(world, attempt, 'PAID')
  else if (given.type === 'declined') fail(world, attempt, given.code, given.family)
  else challenge(world, attempt)
}

function succeed(world: World, attempt: BillingAttempt, financialStatus: 'PAID' | 'PENDING'): void {
  const contract = find(world.contracts, attempt.contractId, 'contract')
  const orderId = makeOrder(world, contract, attempt.cycleIndex, financialStatus)
  for (const { variant, quantity } of shipped(world, attempt))
    if (variant.stock !== null) variant.stock = Math.max(0, variant.stock - quantity)
  attempt.completedAt = world.now
  attempt.outcome = { type: 'succeeded', orderId }
  const charge = chargeOf(world, attempt)
  charge.result = financialStatus === 'PAID' ? 'paid' : 'unpaid_order'
  charge.settledAt = world.now
  noteOf(contract, attempt.cycleIndex).billedBy = orderId
  contract.lastPaymentStatus = 'SUCCEEDED'
  contract.lastErrorType = null
  touch(world, contract)
  const method = attempt.methodId ? world.methods.get(attempt.methodId) : undefined
  if (method) method.failures = []
  tellOf(world, attempt, 'success')
  if (financialStatus === 'PAID')
    world.tell({ topic: 'orders/paid', shop: attempt.shop, body: orderBody(world, orderId) })
}

function fail(world: World, attempt: BillingAttempt, code: string, family: Family): void {
  const contract = find(world.contracts, attempt.contractId, 'contract')
  attempt.completedAt = world.now
  attempt.outcome = { type: 'failed', code, family }
  const charge = chargeOf(world, attempt)
  charge.result = code
  charge.family = family
  charge.settledAt = world.now
  contract.lastPaymentStatus = 'FAILED'
  contract.lastErrorType = ERROR_TYPES[family]
  touch(world, contract)
  tellOf(world, attempt, 'failure')

  const method = attempt.methodId ? world.methods.get(attempt.methodId) : undefined
  if (!method || family !== 'payment' || method.revokedAt !== null) return
  method.failures = [...method.failures, world.now].filter(
    (at) => at > world.now - FAILURE_WINDOW_MS,
  )
  if (method.failures.length >= FAILURES_TO_REVOKE)
    revokeMethod(world, method, 'TOO_MANY_CONSECUTIVE_FAILURES')
}

const ERROR_TYPES: Record<Family, Contract['lastErrorType']> = {
  inventory: 'INVENTORY_ERROR',
  payment: 'PAYMENT_ERROR',
  general: 'OTHER',
  unexpected: 'OTHER',
}

function challenge(world: World, attempt: BillingAttempt): void {
  attempt.outcome = { type: 'action_required', status: 'OFF_SESSION_REJECTED' }
  chargeOf(world, attempt).result = 'action_required'
  world.changedAt = world.now
  tellOf(world, attempt, 'challenged')
  plan(world.agenda, world.now + CHALLENGE_OPEN_MS, `challenge of ${attempt.key} runs out`, () => {
    const { outcome } = attempt
    if (outcome.type === 'action_required' && outcome.status === 'OFF_SESSION_REJECTED')
      fail(world, attempt, 'EXPIRED_BUYER_ACTION', 'payment')
  })
}

/**
 * What came of the bank's challenge. `abandon`: the shopper looked and left, and nobody ever hears of it again.
 * The others are answered at once.
 */
export function answerChallenge(
  world: World,
  attempt: BillingAttempt,
  result: 'pass' | 'fail' | 'expire' | 'abandon',
): void {
  if (attempt.outcome.type !== 'action_required')
    throw new NotPossible(
      `Attempt ${attempt.id} waits for no challenge: it is ${attempt.outcome.type}.`,
    )
  const method = attempt.methodId ? world.methods.get(attempt.methodId) : undefined
  switch (result) {
    case 'pass': {
      if (!method) throw new NotPossible('The method of this attempt is gone.')
      method.authenticated = true
      const then: Answer = method.script.type === 'challenge' ? method.script.then : 'OK'
      takeAnswer(world, attempt, answer(then))
      break
    }
    case 'fail':
      fail(world, attempt, 'AUTHENTICATION_FAILED', 'payment')
      break
    case 'expire':
      fail(world, attempt, 'EXPIRED_BUYER_ACTION', 'payment')
      break
    case 'abandon':
      attempt.outcome = { type: 'action_required', status: 'ON_SESSION_CHALLENGED' }
  }
}

/**
 * Somebody else takes the money for a cycle, outside of every app: by hand, or by another biller. `PENDING`: only an
 * order is made, and whoever owes it has still to pay it.
 */
export function billElsewhere(
  world: World,
  contract: Contract,
  index: number,
  financialStatus: 'PAID' | 'PENDING' = 'PAID',
): BillingAttempt {
  if (cycleOf(world, contract, index).billedBy)
    throw new NotPossible(`Cycle ${index} is billed already.`)
  const shop = shopOf(world, contract.shop)
  const attempt: BillingAttempt = {
    id: newId(world, 'SubscriptionBillingAttempt'),
    shop: shop.domain,
    contractId: contract.id,
    cycleIndex: index,
    methodId: null,
    key: `native-by-hand-${world.lastId}`,
    originTime: null,
    allowOverselling: true,
    createUnpaidOrder: financialStatus === 'PENDING',
    createdAt: world.now,
    completedAt: null,
    outcome: { type: 'pending' },
    by: 'biller',
  }
  world.attempts.set(attempt.id, attempt)
  const charge = noteCharge(world, contract, {
    cycleIndex: index,
    attemptId: attempt.id,
    key: attempt.key,
    amount: orderTotal(contract, index),
    currency: shop.currency,
    by: 'biller',
  })
  charge.reachedBank = financialStatus === 'PAID'
  succeed(world, attempt, financialStatus)
  return attempt
}

function chargeOf(world: World, attempt: BillingAttempt) {
  const charge = world.chargeOf.get(attempt.id)
  if (!charge) throw new Error(`The oracle has not seen attempt ${attempt.id}.`)
  return charge
}

function tellOf(
  world: World,
  attempt: BillingAttempt,
  what: 'success' | 'failure' | 'challenged',
): void {
  world.tell({
    topic: `subscription_billing_attempts/${what}`,
    shop: attempt.shop,
    body: attemptBody(attempt),
  })
}
