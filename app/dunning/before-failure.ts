/**
 * Notices before a charge, while nothing has failed: a card that ends before its next charge, and a renewal that comes
 * up. What is told, when, and why not. Pure.
 */
import type { Traits } from './conditions.ts'
import {
  addHours,
  addLocalDays,
  type HourWindow,
  jitterMinutes,
  localDate,
  localSlot,
  nextEmailTime,
} from './schedule.ts'
import type { ContractStatus, PaymentMethod } from './types.ts'

export type NoticeKind = 'card_expires' | 'renewal'

type Interval = NonNullable<Traits['interval']>

/** Which plans are told of a renewal: those that renew so rarely, or all. */
export const RENEWAL_PLANS = ['yearly', 'quarterly', 'monthly', 'all'] as const
export type RenewalPlans = (typeof RENEWAL_PLANS)[number]

export type PreDunning = {
  cardExpires: { on: boolean; daysBefore: number }
  renewal: {
    on: boolean
    plans: RenewalPlans
    daysBefore: number
    /** For plans that renew yearly or less often. */
    yearlyDaysBefore: number
  }
}

/**
 * The card's notice is on, because it is rare: only where the card ends before the charge. The renewal's is the
 * merchant's choice. Days: dunning-practice, section 12.
 */
export const USUAL_PRE_DUNNING: PreDunning = {
  cardExpires: { on: true, daysBefore: 5 },
  renewal: { on: false, plans: 'yearly', daysBefore: 3, yearlyDaysBefore: 30 },
}

/**
 * Days before the charge that may be chosen. Yearly plans: California's law asks for 15 to 45 days before the renewal
 * of a plan of a year or more (Business and Professions Code 17602(b)); other laws lie within. To be checked by counsel.
 */
export const DAYS_BEFORE = { card: [2, 30], renewal: [2, 14], yearly: [15, 45] } as const

/** A notice that leaves less time than this before the charge helps nobody. Hours; ours. */
export const LEAST_HOURS_BEFORE = 24

/** One message for a customer in this time, over everything. Hours. Source: dunning-practice, section 9. */
const MESSAGE_GAP_HOURS = 24

/** Rows are planned this long before they are due: the list is read once a day. Hours. */
const PLANNED_AHEAD_HOURS = 36

/** Local hour of a notice, where the shop's hours allow it. */
const NOTICE_HOUR = 10

/** How soon a stopped shop is asked again whether it goes on. Hours. */
const STOPPED_HOURS = 6

/** What the database or a form says; whatever cannot be read is the usual. */
export function readPreDunning(json: unknown): PreDunning {
  const { cardExpires: card, renewal } = USUAL_PRE_DUNNING
  const saidCard = recordIn(json, 'cardExpires')
  const saidRenewal = recordIn(json, 'renewal')
  const plans = RENEWAL_PLANS.find((one) => one === saidRenewal.plans) ?? renewal.plans
  return {
    cardExpires: {
      on: bool(saidCard.on, card.on),
      daysBefore: days(saidCard.daysBefore, DAYS_BEFORE.card, card.daysBefore),
    },
    renewal: {
      on: bool(saidRenewal.on, renewal.on),
      plans,
      daysBefore: days(saidRenewal.daysBefore, DAYS_BEFORE.renewal, renewal.daysBefore),
      yearlyDaysBefore: days(
        saidRenewal.yearlyDaysBefore,
        DAYS_BEFORE.yearly,
        renewal.yearlyDaysBefore,
      ),
    },
  }
}

function recordIn(json: unknown, name: string): Record<string, unknown> {
  const value = (json as Record<string, unknown> | null)?.[name]
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

const bool = (value: unknown, usual: boolean) => (typeof value === 'boolean' ? value : usual)

function days(value: unknown, [least, most]: readonly [number, number], usual: number): number {
  return Number.isInteger(value) && Number(value) >= least && Number(value) <= most
    ? Number(value)
    : usual
}

export function isAnyOn({ cardExpires, renewal }: PreDunning): boolean {
  return cardExpires.on || renewal.on
}

const UNIT_DAYS = { DAY: 1, WEEK: 7, MONTH: 30, YEAR: 365 }
const YEAR_DAYS = 360
const LEAST_INTERVAL_DAYS: Record<RenewalPlans, number> = {
  yearly: YEAR_DAYS,
  quarterly: 84,
  monthly: 28,
  all: 0,
}

/** How many days before its charge a plan is told; null: it is not. */
export function leadDays(
  kind: NoticeKind,
  interval: Interval,
  { cardExpires, renewal }: PreDunning,
): number | null {
  const between = UNIT_DAYS[interval.unit] * interval.count
  // Before the charge that went before, it would be news of another order.
  const room = between - 1
  if (room < DAYS_BEFORE.card[0]) return null
  if (kind === 'card_expires') return cardExpires.on ? Math.min(cardExpires.daysBefore, room) : null
  if (!renewal.on || between < LEAST_INTERVAL_DAYS[renewal.plans]) return null
  return between >= YEAR_DAYS ? renewal.yearlyDaysBefore : Math.min(renewal.daysBefore, room)
}

// ---------------------------------------------------------------- finding whom to tell

/** A contract as the list shows it. */
export type ListedContract = {
  id: string
  customerId: string | null
  interval: Interval
  /** The biller's own note; may be missing or old, so it only rules out what is far away. */
  nextBillingDate: Date | null
  method: PaymentMethod | null
}

/** What could have to be told of a contract by now, before its cycles are read. */
export function kindsToLookAt(
  contract: ListedContract,
  settings: PreDunning,
  now: Date,
): NoticeKind[] {
  if (contract.customerId === null) return []
  const { nextBillingDate, interval, method } = contract
  return (['card_expires', 'renewal'] as const).filter((kind) => {
    const lead = leadDays(kind, interval, settings)
    if (lead === null) return false
    const latestCharge = addHours(now, lead * 24 + PLANNED_AHEAD_HOURS)
    if (nextBillingDate !== null && nextBillingDate > latestCharge) return false
    return kind === 'renewal' || endsBefore(method, latestCharge)
  })
}

function endsBefore(method: PaymentMethod | null, chargeAt: Date): method is PaymentMethod {
  if (method === null || method.revokedAt !== null || method.isInactive) return false
  const isCard = method.instrument === 'card' || method.instrument === 'shop_pay'
  return isCard && method.expiresAt !== null && method.expiresAt < chargeAt
}

/** A charge that comes up, as read with its cycle. */
export type UpcomingCharge = { cycleIndex: number; expectedAt: Date }

export type Planned = { kind: NoticeKind; period: string; dueAt: Date }

/** What is to be told of one charge, soon enough to be written down now. */
export function plannedNotices(
  contract: Pick<ListedContract, 'id' | 'interval' | 'method'>,
  charge: UpcomingCharge,
  settings: PreDunning,
  place: { zone: string; window: HourWindow },
  now: Date,
): Planned[] {
  return (['card_expires', 'renewal'] as const).flatMap((kind) => {
    const lead = leadDays(kind, contract.interval, settings)
    if (lead === null) return []
    if (kind === 'card_expires' && !endsBefore(contract.method, charge.expectedAt)) return []
    const dueAt = noticeTime(contract.id, charge.expectedAt, lead, place, now)
    if (dueAt > addHours(now, PLANNED_AHEAD_HOURS) || isTooLate(dueAt, charge.expectedAt)) return []
    return [{ kind, period: periodOf(kind, contract, charge), dueAt }]
  })
}

/** Once for a method and the month of its end, over all its subscriptions; once for a renewal. */
export function periodOf(
  kind: NoticeKind,
  { id, method }: Pick<ListedContract, 'id' | 'method'>,
  { cycleIndex }: Pick<UpcomingCharge, 'cycleIndex'>,
): string {
  return kind === 'renewal'
    ? `${id} ${cycleIndex}`
    : `${method?.id} ${method?.expiresAt?.toISOString().slice(0, 7)}`
}

/** The notice's hour on its day by the shopper's clock; when that has passed, as soon as mail may go out. */
function noticeTime(
  contractId: string,
  chargeAt: Date,
  lead: number,
  { zone, window }: { zone: string; window: HourWindow },
  now: Date,
): Date {
  const day = localDate(addLocalDays(chargeAt, -lead, zone), zone)
  const slot = localSlot(zone, day, NOTICE_HOUR * 60 + jitterMinutes(contractId))
  return nextEmailTime(slot > now ? slot : now, zone, window)
}

function isTooLate(at: Date, chargeAt: Date): boolean {
  return addHours(at, LEAST_HOURS_BEFORE) > chargeAt
}

// ---------------------------------------------------------------- telling

export type PlannedNotice = {
  kind: NoticeKind
  contractId: string
  cycleIndex: number
  chargeAt: Date
  methodFingerprint: string | null
  zone: string
}

/** As everything stands when the notice is due, read just now. */
export type NoticeFacts = {
  contract: { status: ContractStatus; interval: Interval; method: PaymentMethod | null } | null
  /** Charges that come up and are neither paid nor skipped. */
  charges: UpcomingCharge[]
  /** A payment of this customer has failed and is not settled. */
  hasOpenCase: boolean
  /** Why this customer is not written to any more, or null. */
  suppressed: string | null
  /** Why nothing goes out at the moment, or null. */
  stopped: string | null
  /** When this customer last got a message that counts. */
  lastMessageAt: Date | null
}

export type NoticeDecision =
  | { type: 'send' }
  | { type: 'wait'; until: Date; chargeAt: Date; because: string }
  | { type: 'skip'; because: string }

export function decideNotice(
  notice: PlannedNotice,
  facts: NoticeFacts,
  settings: PreDunning,
  window: HourWindow,
  now: Date,
): NoticeDecision {
  const { contract } = facts
  if (contract === null) return skip('Shopify does not show the subscription any more')
  if (contract.status !== 'ACTIVE') {
    return skip(`the subscription is ${contract.status.toLowerCase()} by now`)
  }
  const charge = facts.charges.find(({ cycleIndex }) => cycleIndex === notice.cycleIndex)
  if (!charge) return skip('that order is paid, skipped or gone by now')
  const chargeAt = charge.expectedAt
  const lead = leadDays(notice.kind, contract.interval, settings)
  if (lead === null) return skip('this notice was switched off for such plans')
  const wrong =
    notice.kind === 'card_expires' ? wrongWithMethod(notice, contract.method, chargeAt) : null
  if (wrong) return skip(wrong)
  if (facts.hasOpenCase) {
    return skip('a payment of this customer has failed, and they hear of that')
  }
  if (facts.suppressed) return skip(facts.suppressed)
  if (isTooLate(now, chargeAt)) {
    return skip(`less than ${LEAST_HOURS_BEFORE} hours were left before the charge`)
  }
  const wait = (until: Date, because: string): NoticeDecision =>
    isTooLate(until, chargeAt)
      ? skip(`${because}, and then less than ${LEAST_HOURS_BEFORE} hours would be left`)
      : { type: 'wait', until, chargeAt, because }
  const wanted = noticeTime(notice.contractId, chargeAt, lead, { zone: notice.zone, window }, now)
  if (chargeAt > notice.chargeAt && wanted > now) return wait(wanted, 'the charge was moved')
  if (facts.stopped) return wait(addHours(now, STOPPED_HOURS), facts.stopped)
  const { lastMessageAt } = facts
  const free = lastMessageAt ? addHours(lastMessageAt, MESSAGE_GAP_HOURS) : now
  if (free > now) {
    const until = nextEmailTime(free, notice.zone, window)
    return wait(until, 'this customer had another message within 24 hours')
  }
  const open = nextEmailTime(now, notice.zone, window)
  if (open > now) return wait(open, 'it is outside the hours for e-mail')
  return { type: 'send' }
}

function wrongWithMethod(
  { methodFingerprint }: PlannedNotice,
  method: PaymentMethod | null,
  chargeAt: Date,
): string | null {
  if (method === null) return 'the subscription has no payment method by now'
  if (method.fingerprint !== methodFingerprint) return 'the payment method was changed meanwhile'
  return endsBefore(method, chargeAt) ? null : 'the payment method does not end before the charge'
}

function skip(because: string): NoticeDecision {
  return { type: 'skip', because: `not sent: ${because}` }
}
