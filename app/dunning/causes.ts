/**
 * Failures whose cause lies with the shop, and what shows that such a cause is gone, so that the cycle is charged again
 * by itself. Nothing here is a guess: each rule names what Shopify must show, and a code without a rule waits for a
 * person. The cap H5 asks the same function, so that a charge without its evidence cannot be made.
 */
import { isTerminal } from './due.ts'
import type { Attempt, Evidence, Facts, RecoveryCase } from './types.ts'

/**
 * Codes that are not listed clear by hand only ("retry now", rulings.md 15): MERCHANT_RULE (nobody shows us the shop's
 * rules), INVALID_REQUEST, CUSTOMER_INVALID, CUSTOMER_NOT_FOUND, and every code that is new to us. Meanings:
 * https://shopify.dev/docs/api/admin-graphql/2026-10/enums/SubscriptionBillingAttemptErrorCode
 */
const EVIDENCE: Record<string, readonly Evidence[]> = {
  INSUFFICIENT_INVENTORY: ['stock'],
  INVENTORY_ALLOCATIONS_NOT_FOUND: ['stock'],
  INVALID_SHIPPING_ADDRESS: ['address'],
  INVALID_AMOUNT: ['amount'],
  AMOUNT_TOO_SMALL: ['amount'],
  FREE_GIFT_CARD_NOT_ALLOWED: ['amount'],
  MERCHANT_ACCOUNT_ERROR: ['provider'],
  PAYMENT_PROVIDER_IS_NOT_ENABLED: ['provider'],
  NON_TEST_ORDER_LIMIT_REACHED: ['provider'],
  INVALID_CURRENCY: ['provider'],
  PURCHASE_TYPE_NOT_SUPPORTED: ['provider'],
  // A provider in test mode takes test methods: only a real order or another method says anything.
  TEST_MODE: ['provider', 'method'],
  PAYMENT_METHOD_INCOMPATIBLE_WITH_GATEWAY_CONFIG: ['provider', 'method'],
  INVALID_PURCHASE_TYPE: ['method'],
}

/** What may show that this code's cause is gone; none: only a person can say so. */
export function evidenceFor(code: string | null | undefined): readonly Evidence[] {
  return (code && Object.hasOwn(EVIDENCE, code) ? EVIDENCE[code] : undefined) ?? []
}

/** Codes that a charge passing elsewhere in the shop may clear: their cases are woken when one does. */
export const CLEARED_BY_A_CHARGE: readonly string[] = Object.keys(EVIDENCE).filter((code) =>
  evidenceFor(code).includes('provider'),
)

/** Hours after which a contract under review is tried again: a refusal costs nothing. Source: dunning-practice 4. */
export const REVIEW_HOURS = 24

/** Why the cause of the last failure counts as gone, or null. */
export function causeCleared(c: RecoveryCase, facts: Facts, now: Date): string | null {
  const last = newest(c.attempts)
  if (last && isUnderReview(last)) {
    // A rung that the refusal gave back asks by itself.
    if (c.steps.some((step) => step.kind === 'retry' && step.state === 'scheduled')) return null
    const waited = now.getTime() - last.intendedAt.getTime() >= REVIEW_HOURS * 3_600_000
    return waited ? 'the review may be over: Shopify is asked once a day' : null
  }
  for (const evidence of evidenceFor(c.lastDecline?.code)) {
    const because = SHOWS[evidence](c, facts)
    if (because) return because
  }
  return null
}

/** Whether the cause may go without anybody telling us, so that a daily look is worth its request. */
export function mayClearByItself(c: RecoveryCase): boolean {
  if (isTerminal(c.state) || c.state.status !== 'awaiting_merchant') return false
  return c.state.reason === 'review' || evidenceFor(c.lastDecline?.code).length > 0
}

const SHOWS: Record<Evidence, (c: RecoveryCase, facts: Facts) => string | null> = {
  stock: (_, { inStock }) => (inStock ? 'the product is back in stock' : null),
  address: (c, facts) => (differs(c, facts) ? 'the delivery address was changed' : null),
  amount: (c, facts) => (differs(c, facts) ? 'the amount was changed' : null),
  provider: (_, { cause }) =>
    cause?.paidSince ? 'another charge in this shop passed since: the provider is back' : null,
  method: ({ attempts }, { method }) => {
    const failed = attempts
      .filter((a) => a.state === 'failed')
      .reduce<Attempt | null>((a, b) => (a && a.intendedAt > b.intendedAt ? a : b), null)
    const isOther =
      method !== null &&
      method.revokedAt === null &&
      failed?.methodFingerprint != null &&
      failed.methodFingerprint !== method.fingerprint
    return isOther ? `the payment method was changed to ${method.label}` : null
  },
}

function differs({ causePrint }: RecoveryCase, { cause }: Facts): boolean {
  return causePrint != null && cause?.print != null && cause.print !== causePrint
}

function isUnderReview({ state, refusal }: Attempt): boolean {
  return state === 'refused' && refusal === 'CONTRACT_UNDER_REVIEW'
}

function newest(attempts: readonly Attempt[]): Attempt | undefined {
  return (
    attempts
      // Whoever was only asked to come later has said nothing of the review.
      .filter((a) => a.state !== 'abandoned' && a.refusal !== 'THROTTLED')
      .reduce<Attempt | undefined>((a, b) => (a && a.intendedAt > b.intendedAt ? a : b), undefined)
  )
}
