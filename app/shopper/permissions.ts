/**
 * What a shopper may do about a case now, and if not, why: one table for the signed page, the extensions and the check
 * of each press. Pure. The engine checks all of it again with fresh facts, so it may refuse more than this.
 */
import type { Instrument } from '../dunning/types.ts'
import { isPaymentLane } from '../messages/default-templates/language.ts'
import { MOST_LINES, MOST_PIECES } from './chosen-lines.ts'
import type { Choosable, OrderInParts, UpdateRoute } from './snapshot.ts'
import type { ShopperSnapshot } from './view.ts'

export type ActionName =
  | 'replace'
  | 'use_method'
  | 'confirm'
  | 'pay'
  | 'day'
  | 'skip'
  | 'smaller'
  | 'whole'
  | 'pause'
  | 'resume'
  | 'stop'
  | 'feedback'

/** What is not allowed says why, as a code. */
export type Permission = { allowed: true; because: null } | { allowed: false; because: Refusal }

export type Refusal =
  /** Closed, or stopped by the shopper. */
  | 'over'
  | 'paused'
  /** The shop looks into it, or its own cause is waited for. */
  | 'shop'
  | 'under_way'
  /** An order waits for its payment. */
  | 'order'
  /** Recovery is stopped for the whole shop. */
  | 'stopped'
  | 'bank_first'
  | 'method_first'
  | 'mail_sent'
  | 'no_method'
  | 'no_other_method'
  | 'no_challenge'
  | 'wait_a_day'
  /** The method rests longer than a day, or Shopify takes no charges of this shop for now. */
  | 'not_yet'
  | 'no_more_tries'
  /** The cycle has had all the attempts it may have, with whatever method. */
  | 'tries_used_up'
  | 'no_try_planned'
  | 'moved_twice'
  | 'not_paused'
  /** The merchant does not offer it, or the cause is another than money. */
  | 'not_offered'
  /** One piece only, or nobody knows what the order holds. */
  | 'nothing_smaller'
  /** Nothing was taken out of the order. */
  | 'not_smaller'
  | 'answered'
  /** The subscription cannot do that yet. */
  | 'not_supported'

/** What the rows alone know: nothing that Shopify would have to be asked for. */
export const NOTHING_TO_CHOOSE: Choosable = { methods: [], order: null }

export function permissions(
  s: ShopperSnapshot,
  { methods, order }: Choosable = NOTHING_TO_CHOOSE,
): Record<ActionName, Permission> {
  const closed = whyClosed(s)
  const bank = closed ?? (s.challengeOpen ? 'bank_first' : null)
  return {
    replace: unless(closed ?? whyNotReplaced(s)),
    use_method: unless(
      bank ??
        (s.triesUsedUp ? 'tries_used_up' : null) ??
        (methods.some((one) => one.usable && !one.current) ? null : 'no_other_method'),
    ),
    confirm: unless(closed ?? (s.challengeOpen ? null : 'no_challenge')),
    pay: unless(bank ?? whyNotCharged(s)),
    day: unless(bank ?? whyNoDay(s)),
    skip: unless(bank),
    smaller: unless(bank ?? whyNotSmaller(s, order)),
    whole: unless(bank ?? (s.smaller === null ? 'not_smaller' : null)),
    pause: unless(bank),
    resume: unless(s.halted ? 'stopped' : s.mayResume ? null : 'not_paused'),
    stop: unless(canStop(s) ? null : s.underWay ? 'under_way' : 'over'),
    feedback: unless(mayAnswer(s) ? null : s.feedback !== null ? 'answered' : 'not_supported'),
  }
}

/**
 * Methods that Shopify mends by itself, while they are live: Shop Pay on a page of its own, the others by its mail.
 * A bank account, and whatever else there is, has neither.
 */
export function hasUpdatePage(instrument: Instrument): boolean {
  return instrument === 'card' || instrument === 'shop_pay' || instrument === 'paypal'
}

/** How new payment details reach this contract. Shopify's dialog serves every kind of method, and a lost one. */
export function updateRouteOf(s: ShopperSnapshot): UpdateRoute {
  if (whyClosed(s) !== null) return 'none'
  if (!s.hasMethod) return 'intent'
  if (s.instrument === 'shop_pay') return 'shop_pay_url'
  return s.instrument === 'paypal' ? 'email' : 'intent'
}

function unless(because: Refusal | null): Permission {
  return because === null ? { allowed: true, because } : { allowed: false, because }
}

/** Why nothing can be done about the payment at all. A shopper who wants no messages may still pay. */
function whyClosed({ status, reason, lane, underWay, halted }: ShopperSnapshot): Refusal | null {
  if (status === 'held') {
    if (reason === 'shopper_stop') return 'over'
    return reason === 'paused' ? 'paused' : 'shop'
  }
  if (status === 'in_doubt') return 'under_way'
  if (status === 'awaiting_merchant') return 'shop'
  if (status !== 'open' && status !== 'retrying' && status !== 'awaiting_customer') return 'over'
  if (!isPaymentLane(lane)) return 'shop'
  if (underWay) return 'under_way'
  if (reason === 'order') return 'order'
  return halted ? 'stopped' : null
}

function whyNotReplaced(s: ShopperSnapshot): Refusal | null {
  return updateRouteOf(s) === 'email' && s.secureMailAt !== null ? 'mail_sent' : null
}

function whyNotCharged(s: ShopperSnapshot): Refusal | null {
  // One that was revoked is still named on the page: it can be replaced.
  if (!s.hasMethod && s.methodLabel === null) return 'no_method'
  if (!s.hasMethod) return 'method_first'
  if (s.lane === 'CARD' || s.lane === 'STOP') return 'method_first'
  if (s.triesUsedUp) return 'tries_used_up'
  if (!s.canTryAgain) return 'no_more_tries'
  if (s.tryAgainFrom === null) return null
  return s.restsLonger ? 'not_yet' : 'wait_a_day'
}

function whyNoDay({ days }: ShopperSnapshot): Refusal | null {
  if (days === null) return 'no_try_planned'
  return days.movesLeft > 0 ? null : 'moved_twice'
}

/** Only for want of money: whatever else the cause is, a smaller order would fail for it, too. */
function whyNotSmaller(
  { offersSmaller, lane }: ShopperSnapshot,
  order: OrderInParts | null,
): Refusal | null {
  if (!offersSmaller || lane !== 'FUNDS') return 'not_offered'
  return order !== null && hasPiecesToSpare(order) ? null : 'nothing_smaller'
}

/** One piece at least stays, and the choice must be one that can be sent. */
function hasPiecesToSpare({ lines }: OrderInParts): boolean {
  const pieces = lines.reduce((sum, { quantity }) => sum + quantity, 0)
  const isSendable =
    lines.length <= MOST_LINES && lines.every(({ quantity }) => quantity <= MOST_PIECES)
  return pieces > 1 && isSendable
}

/** One question after recovery, pause, skip or cancellation, never before. Source: dunning-practice, section 12. */
export function mayAnswer({ status, feedback }: ShopperSnapshot): boolean {
  return feedback === null && ASKED_AFTER.has(status)
}

const ASKED_AFTER = new Set<ShopperSnapshot['status']>([
  'recovered',
  'exhausted',
  'skipped',
  'cancelled',
])

/** Whether "already cancelled, or not you" has anything to stop. */
export function canStop({ status, reason, underWay }: ShopperSnapshot): boolean {
  if (underWay) return false
  if (status === 'held') return reason !== 'shopper_stop'
  return ['open', 'retrying', 'awaiting_customer', 'awaiting_merchant'].includes(status)
}
