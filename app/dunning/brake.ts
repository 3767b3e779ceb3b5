/**
 * The store-wide brake: when unlike cards fail in the same way, the fault is not the cards'. Then nobody is written to
 * and nothing is charged until payments go through again. Pure: what was seen comes in, an alarm or none goes out.
 *
 * Two kinds of fault. A processor that is down answers some charges and not others, so its failures are weighed against
 * everything else that happened meanwhile. A shop in test mode, or without a payment provider, can charge nobody, so
 * two unlike cards are enough. What a bank says of a card (no money, declined, expired, confirm) never counts, however
 * often it comes: a payday Monday is no outage.
 */
import type { DeclineClass } from './types.ts'

/**
 * Unlike cards (distinct payment methods of distinct customers) that must fail by the processor's fault. Ours: fewer
 * meet by chance in a busy hour; the TECH lane says nothing to shoppers for three days anyway.
 */
export const UNLIKE_CARDS = 5

/** Unlike cards that must meet a fault which by its nature is the whole shop's. Ours: one may be a stray test card. */
export const UNLIKE_CARDS_SHOP_WIDE = 2

/**
 * So many times more cards must fail by the processor's fault than charges got any other answer since it began. Ours:
 * three quarters of all. A processor that answers every second charge is ill, but reachable.
 */
export const TIMES_THE_ANSWERED = 3

/** A processor's fault is looked for in the last so many minutes. Source: issue 3, "within an hour". */
export const WINDOW_MINUTES = 60

/** A fault of the whole shop does not come and go, and a small shop has few charges a day. Hours; ours. */
export const SHOP_WIDE_WINDOW_HOURS = 24

/** Another biller's payments end the brake when, for so long, at least as many went through as failed. Minutes; ours. */
export const CALM_MINUTES = 15

/** A charge of before the brake may be answered after it: what was under way proves nothing. Minutes; ours. */
export const UNDER_WAY_MINUTES = 1

/** How long after the brake engaged, and then after each probe, the next payment is tried. Minutes; ours. */
export const PROBE_AFTER_MINUTES = [30, 60, 120, 240] as const

/** A brake that is on for so long is told of again: in /health, in the log, and to staff who ticked it off. Hours; ours. */
export const LONG_BRAKE_HOURS = 24

/** Codes that say something about the shop and nothing about a card. */
export const SHOP_WIDE_CODES: readonly string[] = [
  'TEST_MODE',
  'PAYMENT_PROVIDER_IS_NOT_ENABLED',
  'MERCHANT_ACCOUNT_ERROR',
  'NON_TEST_ORDER_LIMIT_REACHED',
]

/** Merchant codes that a misconfigured processor gives, too, though one card may have them by itself. */
const PROCESSOR_CODES: readonly string[] = ['PAYMENT_METHOD_INCOMPATIBLE_WITH_GATEWAY_CONFIG']

/** How one charge of the shop ended, ours or another biller's. */
export type SeenCharge = {
  at: Date
  outcome:
    | { type: 'paid' }
    | {
        type: 'failed'
        code: string
        class: DeclineClass
        methodId: string | null
        customerId: string | null
      }
}

export type Alarm = {
  /** `processor`: the payment processor does not work. `shop`: the shop cannot charge anybody. */
  fault: 'processor' | 'shop'
  /** The code that came most often. */
  code: string
  /** Unlike cards that failed so. */
  cards: number
  because: string
}

type Failure = { at: Date; code: string; methodId: string; customerId: string }

/** Whether the brake must engage now, and why; null when it must not. The order of `seen` does not matter. */
export function alarmFor(seen: readonly SeenCharge[], now: Date): Alarm | null {
  return shopWideFault(seen, now) ?? processorFault(seen, now)
}

/** Whether a failure with this code could ever engage the brake: most cannot, and then nothing is looked up. */
export function couldEngage({ code, class: group }: { code: string; class: DeclineClass }) {
  return isShopWide(code) || isProcessors(code, group)
}

export function isShopWide(code: string): boolean {
  return SHOP_WIDE_CODES.includes(code)
}

function isProcessors(code: string, group: DeclineClass): boolean {
  return group === 'TECH' || PROCESSOR_CODES.includes(code)
}

/** Declines that a bank gives: the charge went all the way, so the processor works. */
export const BANKS_ANSWERS: readonly DeclineClass[] = ['FUNDS', 'ISSUER', 'AUTH', 'STOP']

export function isBanksAnswer(group: DeclineClass): boolean {
  return BANKS_ANSWERS.includes(group)
}

/**
 * Whether payments go through again, seen by what others charged. `engagedAt`: when the brake engaged. A payment that
 * we tried ourselves for a probe needs no such weighing.
 */
export function goesThroughAgain(seen: readonly SeenCharge[], engagedAt: Date, now: Date): boolean {
  const from = Math.max(
    now.getTime() - CALM_MINUTES * 60_000,
    engagedAt.getTime() + UNDER_WAY_MINUTES * 60_000,
  )
  const lately = seen.filter(({ at }) => at.getTime() >= from && at <= now)
  const paid = lately.filter(({ outcome }) => outcome.type === 'paid').length
  const failed = lately.filter(
    ({ outcome }) => outcome.type === 'failed' && couldEngage(outcome),
  ).length
  return paid > 0 && paid >= failed
}

/** Minutes until the next probe, after so many. */
export function probeAfterMinutes(probes: number): number {
  return PROBE_AFTER_MINUTES[Math.min(probes, PROBE_AFTER_MINUTES.length - 1)] ?? 0
}

/** The newest charges, back to the first that went all the way: with one of them paid, the shop can charge. */
function shopWideFault(seen: readonly SeenCharge[], now: Date): Alarm | null {
  const since = now.getTime() - SHOP_WIDE_WINDOW_HOURS * 3_600_000
  const failures: Failure[] = []
  for (const charge of newestFirst(seen, since, now)) {
    const { outcome } = charge
    if (wentAllTheWay(charge)) break
    if (outcome.type === 'failed' && isShopWide(outcome.code)) failures.push(...asFailure(charge))
  }
  const cards = unlike(failures)
  if (cards < UNLIKE_CARDS_SHOP_WIDE) return null
  const code = mostFrequent(failures)
  return {
    fault: 'shop',
    code,
    cards,
    because: `${cards} unlike cards were answered with ${code}, and no payment went through meanwhile`,
  }
}

/** Looked for over every stretch that ends now, so that the good minutes before the fault do not hide it. */
function processorFault(seen: readonly SeenCharge[], now: Date): Alarm | null {
  const failures: Failure[] = []
  let answered = 0
  let found: Alarm | null = null
  for (const group of byInstant(newestFirst(seen, now.getTime() - WINDOW_MINUTES * 60_000, now))) {
    for (const charge of group) {
      const { outcome } = charge
      if (outcome.type === 'failed' && isProcessors(outcome.code, outcome.class))
        failures.push(...asFailure(charge))
      else answered++
    }
    const cards = unlike(failures)
    if (cards < UNLIKE_CARDS || cards < answered * TIMES_THE_ANSWERED) continue
    const code = mostFrequent(failures)
    const others =
      answered === 0
        ? 'no other charge was'
        : answered === 1
          ? '1 other charge was'
          : `${answered} other charges were`
    found = {
      fault: 'processor',
      code,
      cards,
      because: `${cards} unlike cards failed by the payment processor’s fault within an hour (mostly ${code}), while ${others} answered`,
    }
  }
  return found
}

function newestFirst(seen: readonly SeenCharge[], sinceMs: number, now: Date): SeenCharge[] {
  return (
    seen
      .filter(({ at }) => at.getTime() > sinceMs && at <= now)
      // Of the same instant, what went all the way counts as the newer: in doubt there is no alarm.
      .sort((a, b) => b.at.getTime() - a.at.getTime() || rank(a) - rank(b))
  )
}

const wentAllTheWay = ({ outcome }: SeenCharge) =>
  outcome.type === 'paid' || isBanksAnswer(outcome.class)

const rank = (charge: SeenCharge) => (wentAllTheWay(charge) ? 0 : 1)

/** Charges of one instant are weighed together: a biller's whole batch may carry the same second. */
function byInstant(charges: readonly SeenCharge[]): SeenCharge[][] {
  const groups: SeenCharge[][] = []
  for (const charge of charges) {
    const group = groups.at(-1)
    if (group?.[0]?.at.getTime() === charge.at.getTime()) group.push(charge)
    else groups.push([charge])
  }
  return groups
}

/** A failure of nobody's card tells nothing of how many cards there are. */
function asFailure({ at, outcome }: SeenCharge): Failure[] {
  if (outcome.type !== 'failed' || !outcome.methodId || !outcome.customerId) return []
  const { code, methodId, customerId } = outcome
  return [{ at, code, methodId, customerId }]
}

/** One customer with five subscriptions on one card is one card; so is one customer with five cards. */
function unlike(failures: readonly Failure[]): number {
  return Math.min(
    new Set(failures.map(({ methodId }) => methodId)).size,
    new Set(failures.map(({ customerId }) => customerId)).size,
  )
}

function mostFrequent(failures: readonly Failure[]): string {
  const counts = new Map<string, number>()
  for (const { code } of failures) counts.set(code, (counts.get(code) ?? 0) + 1)
  const [most] = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  return most?.[0] ?? ''
}
