/**
 * The hard caps on charging. They sit below the merchant's settings, the buttons and any learned policy, and are
 * checked inside the claim with facts just read: no setting may raise them. Shopify hides the raw codes of the card
 * networks, so the worst is assumed.
 */

import { causeCleared } from './causes.ts'
import { classOfCode, isStockCode } from './declines.ts'
import { isBeingReplaced, isUsable } from './revocations.ts'
import type {
  Attempt,
  AttemptFact,
  AttemptTrigger,
  Budget,
  Decline,
  DeclineClass,
  Facts,
  PaymentMethod,
  RecoveryCase,
} from './types.ts'

/**
 * Least time between two attempts on one cycle, whoever made them. Hours; cap H2.
 * Mastercard counts declines per card within 24 hours; banks judge a repeat on the same day as a storm. Our ruling.
 */
export const HOURS_BETWEEN_ATTEMPTS = 24

/**
 * Least time from a decline with an unknown code to its single retry. Hours.
 * Mastercard's advice for unclear declines asks for about 72 hours (advice code 02).
 */
export const UNKNOWN_RETRY_HOURS = 72

/**
 * Attempts on one cycle, with the first charge and anybody else's. Count; cap H3.
 * Our ruling, half of the 15 reattempts in 30 days that Visa's older rule allowed.
 */
export const ATTEMPTS_PER_CYCLE = 8

/**
 * Attempts on one payment method in any 30 days, over all contracts. Count; cap H4.
 * Under Visa's 20 reattempts (since 25 May 2025), Mastercard's 35, and the 30 failures in 35 days after which Shopify
 * revokes the method. Sources: https://docs.cielo.com.br/ecommerce-cielo-en/changelog/new-limit-for-visa-retries-starting-may-25-2025
 * and https://shopify.dev/changelog/add-new-customerpaymentmethodrevocationreasons
 */
export const ATTEMPTS_PER_METHOD = 10

/** The rolling window of H4. Days. */
export const METHOD_WINDOW_DAYS = 30

/** A method that Shopify merges is gone and its contract not moved yet: looked at again after so long. Hours. Ours. */
const MERGE_HOURS = 1

export type Cap = 'H1' | 'H2' | 'H3' | 'H4' | 'H5' | 'H6'

/** `allowedAt`: when this very obstacle is gone by itself; null: only an outside event removes it. */
export type Obstacle = { cap: Cap; because: string; allowedAt: Date | null }

/**
 * Why no attempt may be made now, or null when one may. Obstacles that only an outside event removes come before those
 * that time removes, so that nobody waits for a day that brings nothing.
 *
 * To send the same key again after a lost answer, pass the case without that attempt: it is live by itself.
 */
export function whyNoAttempt(
  c: RecoveryCase,
  facts: Facts,
  budget: Budget,
  trigger: AttemptTrigger,
  now: Date,
): Obstacle | null {
  const tries = triesOf(c.attempts, facts.attempts)
  return (
    cycleMustBeOpen(c, facts, now) ??
    noneMayBeLive(tries) ??
    classMustAllow(c, facts, tries, budget, trigger, now) ??
    cycleMustHaveRoom(tries) ??
    methodMustHaveRoom(budget, now) ??
    dateMustHaveCome(facts, now) ??
    anUnknownCodeMustRest(tries, facts, now) ??
    aDayMustHavePassed(tries, facts, now)
  )
}

/** H6: nothing after the deadline or the next expected date, on a cycle that is not unbilled, or on a contract that is not running. */
function cycleMustBeOpen(c: RecoveryCase, facts: Facts, now: Date): Obstacle | null {
  const stop = (because: string): Obstacle => ({ cap: 'H6', because, allowedAt: null })
  if (!facts.contract) return stop('Shopify no longer shows the subscription')
  const { status } = facts.contract
  // FAILED only says that the last charge failed; the subscription goes on.
  if (status !== 'ACTIVE' && status !== 'FAILED') {
    return stop(`the subscription is ${status.toLowerCase()}`)
  }
  if (!facts.cycle) return stop('Shopify no longer shows the billing cycle')
  if (facts.cycle.status !== 'UNBILLED') return stop('the billing cycle is billed already')
  if (facts.cycle.skipped) return stop('the billing cycle was skipped')
  if (facts.attempts.some(({ outcome }) => outcome.type === 'succeeded'))
    return stop('an order was made for the billing cycle already')
  if (now >= c.deadlineAt) return stop('the deadline of the case has passed')
  const nextAt = nextChargeAt(c, facts)
  if (nextAt && now >= nextAt) return stop('the next charge of the subscription is due by now')
  return null
}

/**
 * From when on the subscription owes its next cycle, and this one is not charged any more. A deadline may move, while
 * a charge is under way or recovery is stopped, but it never takes a debt past this (H6). Null: never, or the cycle
 * failed after that date only.
 */
export function nextChargeAt(
  { anchorAt }: Pick<RecoveryCase, 'anchorAt'>,
  { nextExpectedAt }: Pick<Facts, 'nextExpectedAt'>,
): Date | null {
  return nextExpectedAt && nextExpectedAt > anchorAt ? nextExpectedAt : null
}

/** H6: nothing before the cycle's date. */
function dateMustHaveCome(facts: Facts, now: Date): Obstacle | null {
  if (!facts.cycle || now >= facts.cycle.expectedAt) return null
  return {
    cap: 'H6',
    because: 'the date of the billing cycle has not come',
    allowedAt: facts.cycle.expectedAt,
  }
}

/** H1: one live attempt on a cycle. An attempt whose outcome is unknown is live. */
function noneMayBeLive(tries: readonly Try[]): Obstacle | null {
  const live = tries.find((one) => one.isLive)
  if (!live) return null
  return {
    cap: 'H1',
    because:
      live.outcome === 'unknown'
        ? 'it is not known yet what became of the last attempt'
        : 'an attempt on this cycle is still under way',
    allowedAt: null,
  }
}

/** H5: what cannot pass, or is forbidden, is not tried until something outside has changed. */
function classMustAllow(
  c: RecoveryCase,
  facts: Facts,
  tries: readonly Try[],
  budget: Budget,
  trigger: AttemptTrigger,
  now: Date,
): Obstacle | null {
  const stop = (because: string): Obstacle => ({ cap: 'H5', because, allowedAt: null })
  const { method } = facts
  if (isBeingReplaced(method)) {
    const because = 'the payment method is being merged into another one of the same customer'
    return { cap: 'H5', because, allowedAt: new Date(now.getTime() + MERGE_HOURS * 3_600_000) }
  }
  if (!isUsable(method)) return stop('there is no payment method that could be charged')

  if (isStopped(method, budget)) return stop(FORBIDS.STOP ?? '')
  const finished = tries.find(
    (one) =>
      one.fingerprint === method.fingerprint &&
      (one.decline?.class === 'CARD' || one.decline?.class === 'STOP') &&
      !wasGivenAgain(c, one),
  )
  if (finished?.decline) return stop(FORBIDS[finished.decline.class] ?? '')

  const decline = lastDecline(c, tries)
  if (!decline) return null
  const because = FORBIDS[decline.class]
  if (!because || isStockCode(decline.code)) return null
  if (decline.class === 'PAID') return stop(because)
  if (decline.class === 'AUTH' && trigger === 'shopper') return null
  if (decline.class === 'MERCHANT' && trigger === 'merchant') return null
  // The claim is checked here once more: without the evidence in the facts it is no outside event.
  if (decline.class === 'MERCHANT' && trigger === 'cause_cleared' && causeCleared(c, facts, now))
    return null
  return hasNewMethod(tries, facts) || lastWasGivenAgain(c, tries, facts) ? null : stop(because)
}

/** They ask for what a fingerprint does not show: the shopper enters it again, and the digits stay. */
const GIVEN_AGAIN: readonly string[] = [
  'INCORRECT_CVC',
  'INVALID_CVC',
  'INCORRECT_ZIP',
  'INCORRECT_ADDRESS',
  'INVALID_BILLING_ADDRESS',
]

/**
 * The method was saved again since the last attempt on it failed for such a code: that is the outside event, and it is
 * good for one attempt. A notice from before that failure says nothing.
 */
export function isGivenAgain(c: RecoveryCase, facts: Facts): boolean {
  return c.methodSavedAt != null && lastWasGivenAgain(c, triesOf(c.attempts, facts.attempts), facts)
}

function lastWasGivenAgain(c: RecoveryCase, tries: readonly Try[], { method }: Facts): boolean {
  const last = tries.at(-1)
  return last !== undefined && last.fingerprint === method?.fingerprint && wasGivenAgain(c, last)
}

function wasGivenAgain({ methodSavedAt }: RecoveryCase, { decline, endedAt }: Try): boolean {
  return (
    methodSavedAt != null &&
    methodSavedAt > endedAt &&
    decline !== null &&
    GIVEN_AGAIN.includes(decline.code)
  )
}

/** A STOP decline finishes a method for every contract that it pays, until its number or date is another. */
export function isStopped({ fingerprint }: PaymentMethod, { methodStops }: Budget): boolean {
  return methodStops?.includes(fingerprint) ?? false
}

/** The classes under H5, and what is said about each. The two stock codes of MERCHANT are exempt. */
const FORBIDS: Partial<Record<DeclineClass, string>> = {
  CARD: 'the payment method must change first: the same one would fail again',
  AUTH: 'the bank wants the shopper to confirm: only the shopper can start this charge',
  STOP: 'this payment method is finished: another try is forbidden by the card networks',
  MERCHANT: 'the cause lies with the shop: it must be cleared first',
  PAID: 'Shopify says this cycle is paid already',
}

/** H3: so many attempts on a cycle and no more. */
function cycleMustHaveRoom(tries: readonly Try[]): Obstacle | null {
  if (tries.length < ATTEMPTS_PER_CYCLE) return null
  return {
    cap: 'H3',
    because: `capped by card-network rule: ${tries.length} attempts on this cycle, at most ${ATTEMPTS_PER_CYCLE} are allowed`,
    allowedAt: null,
  }
}

/** H4: so many attempts on a payment method in 30 days, over all contracts. The oldest leave the window in time. */
function methodMustHaveRoom(budget: Budget, now: Date): Obstacle | null {
  const until =
    budget.methodStopUntil && budget.methodStopUntil > now ? budget.methodStopUntil : null
  if (until) {
    return {
      cap: 'H4',
      because: 'capped by card-network rule: this payment method rests for now',
      allowedAt: until,
    }
  }
  if (budget.methodAttempts30d < ATTEMPTS_PER_METHOD) return null
  return {
    cap: 'H4',
    because: `capped by card-network rule: ${budget.methodAttempts30d} attempts on this payment method in ${METHOD_WINDOW_DAYS} days, at most ${ATTEMPTS_PER_METHOD} are allowed`,
    allowedAt: budget.methodFreeAt,
  }
}

/** H5: nobody knows what the code forbids, so the same method rests for three days. Another one is not meant. */
function anUnknownCodeMustRest(tries: readonly Try[], facts: Facts, now: Date): Obstacle | null {
  const last = tries.at(-1)
  if (!last?.decline || hasNewMethod(tries, facts)) return null
  // Of an unknown code only the family is known; a fault of the processor is not the card's.
  if (last.decline.class !== 'ISSUER' || classOfCode(last.decline.code) !== null) return null
  const allowedAt = new Date(last.at.getTime() + UNKNOWN_RETRY_HOURS * 3_600_000)
  if (now >= allowedAt) return null
  return {
    cap: 'H5',
    because: `${last.decline.code} is a code that nobody knows: no other try within ${UNKNOWN_RETRY_HOURS} hours`,
    allowedAt,
  }
}

/** H2: a day between two attempts. A method that truly changed is tried once at once, and that counts too. */
function aDayMustHavePassed(tries: readonly Try[], facts: Facts, now: Date): Obstacle | null {
  const last = tries.at(-1)
  if (!last) return null
  const allowedAt = new Date(last.at.getTime() + HOURS_BETWEEN_ATTEMPTS * 3_600_000)
  if (now >= allowedAt) return null
  if (hasNewMethod(tries, facts)) {
    const since = now.getTime() - HOURS_BETWEEN_ATTEMPTS * 3_600_000
    const today = tries.filter(({ at }) => at.getTime() > since)
    // An attempt whose method we do not know may have been on this very one.
    const isFresh = today.every(
      ({ fingerprint }) => fingerprint !== null && fingerprint !== facts.method?.fingerprint,
    )
    if (isFresh) return null
  }
  return {
    cap: 'H2',
    because: `less than ${HOURS_BETWEEN_ATTEMPTS} hours since the last attempt on this cycle`,
    allowedAt,
  }
}

/** The method is another than the one last charged: new id, last four or expiry. */
function hasNewMethod(tries: readonly Try[], facts: Facts): boolean {
  const last = tries.at(-1)
  const present = facts.method?.fingerprint
  return (
    present !== undefined &&
    last !== undefined &&
    last.fingerprint !== null &&
    last.fingerprint !== present
  )
}

// ---------------------------------------------------------------- what was tried

/** Stands for the method of an attempt that was made without any: another than every method. */
export const NO_METHOD = 'none'

/** What an attempt was made with, as far as its row tells; null: nobody knows. */
export function chargedFingerprint({
  code,
  methodFingerprint,
}: Pick<Attempt, 'code' | 'methodFingerprint'>): string | null {
  return methodFingerprint ?? (code === WITHOUT_METHOD ? NO_METHOD : null)
}

type MethodOfAttempt = Pick<Attempt, 'methodId' | 'methodFingerprint'>

/**
 * The method that another biller's attempt is written down with: `present`, unless it is known to have been another, or
 * none at all. One that was saved since is not to blame.
 */
export function chargedMethod(
  { chargedWith, outcome }: AttemptFact,
  present: MethodOfAttempt | null,
): MethodOfAttempt {
  if (chargedWith)
    return { methodId: chargedWith.methodId, methodFingerprint: chargedWith.fingerprint }
  const wasWithout = outcome.type === 'failed' && outcome.decline.code === WITHOUT_METHOD
  if (wasWithout || !present) return { methodId: null, methodFingerprint: null }
  return { methodId: present.methodId, methodFingerprint: present.methodFingerprint }
}

const WITHOUT_METHOD = 'PAYMENT_METHOD_NOT_SPECIFIED'

/** One attempt that reached Shopify or may have, from our rows and Shopify's lists together. */
type Try = {
  at: Date
  /** When its answer came, as near as is known. */
  endedAt: Date
  isLive: boolean
  outcome: 'unknown' | 'other'
  decline: Pick<Decline, 'code' | 'class'> | null
  fingerprint: string | null
}

/** Every attempt on the cycle once, oldest first. What Shopify says of one wins over our row. */
function triesOf(rows: readonly Attempt[], facts: readonly AttemptFact[]): Try[] {
  const seen = new Set<AttemptFact>()
  const tries: Try[] = []
  for (const row of rows) {
    const fact = facts.find((one) => one.shopifyId === row.shopifyId || one.key === row.key)
    if (fact) seen.add(fact)
    // Refused and abandoned attempts never reached a bank, unless Shopify shows that they did.
    if (!fact && (row.state === 'refused' || row.state === 'abandoned')) continue
    tries.push(fact ? tryOfFact(fact, row) : tryOfRow(row))
  }
  for (const fact of facts) if (!seen.has(fact)) tries.push(tryOfFact(fact, null))
  return tries.sort((a, b) => a.at.getTime() - b.at.getTime())
}

function tryOfRow(row: Attempt): Try {
  return {
    at: row.intendedAt,
    endedAt: row.settledAt ?? row.intendedAt,
    isLive:
      row.state === 'intended' ||
      row.state === 'submitted' ||
      row.state === 'action_required' ||
      row.state === 'unknown',
    outcome: row.state === 'unknown' ? 'unknown' : 'other',
    decline: row.code && row.class ? { code: row.code, class: row.class } : null,
    fingerprint: chargedFingerprint(row),
  }
}

function tryOfFact(fact: AttemptFact, row: Attempt | null): Try {
  const at = row && row.intendedAt > fact.createdAt ? row.intendedAt : fact.createdAt
  const decline = fact.outcome.type === 'failed' ? fact.outcome.decline : null
  return {
    at,
    endedAt: fact.completedAt ?? row?.settledAt ?? at,
    isLive: fact.outcome.type === 'pending' || fact.outcome.type === 'action_required',
    outcome: 'other',
    decline,
    fingerprint: chargedFingerprint({
      code: decline?.code ?? null,
      methodFingerprint: row?.methodFingerprint ?? null,
    }),
  }
}

/** The newest decline; the case's own word where no attempt tells one. */
function lastDecline(
  c: RecoveryCase,
  tries: readonly Try[],
): Pick<Decline, 'code' | 'class'> | null {
  return tries.findLast(({ decline }) => decline !== null)?.decline ?? c.lastDecline
}
