/**
 * From "day 4 of the sequence" to an instant. All wall-clock time of the domain lives here: the shopper's zone, the
 * hours in which a card may be charged and a mail may be sent, daylight saving, paydays, and the deadline.
 *
 * Every instant is an argument. Day n is n calendar days in the shopper's zone.
 */

import { Temporal } from 'temporal-polyfill'
import { exclude, pathsOf } from './branches.ts'
import { UNKNOWN_RETRY_HOURS } from './limits.ts'
import { type HoursOfDay, type Place, textHours, textZones } from './text-hours.ts'
import type {
  Hours,
  Lane,
  MessageStage,
  NewStepRun,
  Sequence,
  Step,
  StepChange,
  StepKind,
  StepRun,
} from './types.ts'
import { singleZone } from './zones.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const MINUTES_A_DAY = 24 * 60

/**
 * Least time between two attempts on one cycle. Hours; cap H2 (limits.ts).
 * It also spaces the messages of a case: one a day for a customer.
 */
const SPACING_MS = 24 * HOUR_MS

/** Days from the anchor for which the offsets of a sequence are written; a shorter deadline draws them together. */
export const SEQUENCE_DAYS = 21

/** Share of the billing interval that a case may take. Ruling 10: a debt must not meet the next charge. */
export const INTERVAL_SHARE = 0.7

/**
 * Below this much time from anchor to deadline there is one retry only: the plan renews more often than weekly, or the
 * first failure came late in its cycle. Milliseconds: 70 % of a week, less the hour that a clock change may take.
 */
const ONE_RETRY_BELOW_MS = INTERVAL_SHARE * 7 * DAY_MS - HOUR_MS

/** The last notice leaves the shopper at least this long. Days; ruling 10. */
export const LAST_NOTICE_DAYS = 2

/** How far a retry may move to meet a payday. Days either way; ruling 11. */
export const PAYDAY_REACH_DAYS = 2

/** Messages that hang on a day, not on a rung, go out two hours after the middle of the retry window. */
const MESSAGE_AFTER_RUNG_MINUTES = 120

/** Local hours from `fromHour` up to, not including, `untilHour`. `fromHour` above `untilHour`: over midnight. */
export type HourWindow = { fromHour: number; untilHour: number }

// ---------------------------------------------------------------- zone and jitter

/** The zone in which a shopper's days are counted, and where it came from, as printed on the case. */
export function zoneFor(
  country: string | null,
  province: string | null,
  shopZone: string,
): { zone: string; source: 'delivery address' | 'shop' } {
  const zone = singleZone(country, province)
  return zone ? { zone, source: 'delivery address' } : { zone: shopZone, source: 'shop' }
}

/**
 * Minutes from -30 to 29 by which all times of one case are moved, so that the cases of a day do not all charge in the
 * same minute. Hashed (FNV-1a) from the id: the same case always has the same offset.
 */
export function jitterMinutes(caseId: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < caseId.length; i++) {
    hash = Math.imul(hash ^ caseId.charCodeAt(i), 0x01000193) >>> 0
  }
  return (hash % 60) - 30
}

// ---------------------------------------------------------------- local time

/**
 * The instant of a wall-clock time. `date` is YYYY-MM-DD, `minuteOfDay` counts from midnight; from 1440 on it is a time
 * of the next day. A time that the clock skips in spring is the moment of the jump; one that comes twice in autumn is
 * the first.
 */
export function localSlot(zone: string, date: string, minuteOfDay: number): Date {
  const days = Math.floor(minuteOfDay / MINUTES_A_DAY)
  const time = timeOf(minuteOfDay - days * MINUTES_A_DAY)
  return instantOf(Temporal.PlainDate.from(date).add({ days }), time, zone)
}

/** The calendar day in the zone, YYYY-MM-DD. */
export function localDate(at: Date, zone: string): string {
  return local(at, zone).toPlainDate().toString()
}

/** What the shopper's clock showed, e.g. 2026-11-15T09:14. */
export function wallTime(at: Date, zone: string): string {
  return local(at, zone).toPlainDateTime().toString({ smallestUnit: 'minute' })
}

/** The hour that the shopper's clock shows, 0 to 23. */
export function localHour(at: Date, zone: string): number {
  return local(at, zone).hour
}

/** Elapsed hours, whatever the clock on the wall does. */
export function addHours(at: Date, hours: number): Date {
  return later(at, hours * HOUR_MS)
}

/** The same time of day, whole calendar days later (or earlier) in the zone. */
export function addLocalDays(at: Date, days: number, zone: string): Date {
  return toDate(local(at, zone).add({ days }))
}

/** `at` when mail may go out then, else the start of the next window. */
export function nextEmailTime(at: Date, zone: string, window: HourWindow): Date {
  return nextOpening(at, zone, () => window)
}

/** The hours that a merchant chose for a step, as far as the usual ones allow them; the usual ones where none is left. */
export function hoursWithin(chosen: Hours | undefined, usual: HourWindow): HourWindow {
  return common(chosen, usual) ?? usual
}

function common(chosen: Hours | undefined, usual: HourWindow): HourWindow | null {
  if (!chosen) return usual
  let { fromHour } = chosen
  while (fromHour < chosen.untilHour && !isInside(fromHour, usual)) fromHour++
  let untilHour = fromHour
  while (untilHour < chosen.untilHour && isInside(untilHour, usual)) untilHour++
  return fromHour < untilHour ? { fromHour, untilHour } : null
}

/** The hours for a retry of this key: its own, else those of the sequence. */
export function retryHours({ steps, retryWindow }: Sequence, stepKey: string): HourWindow {
  return steps.find(({ key }) => key === stepKey)?.window ?? retryWindow
}

/**
 * The same for text messages: the first moment from `at` on at which a text may reach every zone that the place may lie
 * in (text-hours.ts). Hours that the merchant chose are taken with them, unless that leaves none.
 */
export function nextSmsTime(
  at: Date,
  zone: string,
  chosen?: Hours,
  place: Place | null = null,
): Date {
  const allowed = textHours(place)
  const zones = textZones(place, zone)
  const within: HoursOfDay = (weekday) => {
    const hours = allowed(weekday)
    return hours && common(chosen, hours)
  }
  return openingInAll(at, zones, within) ?? openingInAll(at, zones, allowed) ?? at
}

/** Days within which a text must find an hour that suits all zones; a week, and one for a clock change. */
const TEXT_HORIZON_MS = 8 * DAY_MS

/** Null: there is no such hour. */
function openingInAll(at: Date, zones: readonly string[], hoursOf: HoursOfDay): Date | null {
  let found = at
  // Each round goes on to the next opening of a zone that is closed.
  while (found.getTime() - at.getTime() <= TEXT_HORIZON_MS) {
    const closed = zones.find((zone) => !isOpen(found, zone, hoursOf))
    if (!closed) return found
    const next = nextOpening(found, closed, hoursOf)
    if (next <= found) return null
    found = next
  }
  return null
}

function isOpen(at: Date, zone: string, hoursOf: HoursOfDay): boolean {
  const { hour, dayOfWeek } = local(at, zone)
  const hours = hoursOf(dayOfWeek)
  return hours !== null && isInside(hour, hours)
}

/** `windowOf` gets the day of the week, Monday 1 to Sunday 7, and answers null for a day on which nothing opens. */
function nextOpening(
  at: Date,
  zone: string,
  windowOf: (weekday: number) => HourWindow | null,
): Date {
  const here = local(at, zone)
  const now = windowOf(here.dayOfWeek)
  if (now && isInside(here.hour, now)) return at
  const today = here.toPlainDate()
  // A clock change can swallow an opening, and hours of the merchant's may leave one day of the week.
  for (let days = 0; days <= 8; days++) {
    const date = today.add({ days })
    const window = windowOf(date.dayOfWeek)
    if (!window) continue
    const opensAt = instantOf(date, timeOf(window.fromHour * 60), zone)
    if (opensAt > at && isInside(localHour(opensAt, zone), window)) return opensAt
  }
  return at
}

function isInside(hour: number, { fromHour, untilHour }: HourWindow): boolean {
  if (fromHour === untilHour) return true
  if (fromHour < untilHour) return hour >= fromHour && hour < untilHour
  return hour >= fromHour || hour < untilHour
}

/**
 * When a rung may fire that must not fire before `notBefore`: as planned, or at `notBefore` while the window of that
 * day is open, else at the same time of day on the next day that allows it.
 */
export function moveRung(dueAt: Date, notBefore: Date, zone: string, window: HourWindow): Date {
  if (dueAt >= notBefore) return dueAt
  if (isInside(local(notBefore, zone).hour, window)) return notBefore
  return sameTimeOn(notBefore, dueAt, zone)
}

/** The first slot for a retry of this case at or after `at`: its own minute of the retry window. */
export function slotOnOrAfter(at: Date, caseId: string, zone: string, window: HourWindow): Date {
  const minute = slotMinute(window, caseId)
  const today = localSlot(zone, localDate(at, zone), minute)
  if (today >= at) return today
  return localSlot(zone, localDate(addLocalDays(at, 1, zone), zone), minute)
}

/**
 * The nearest 1st, 15th or last working day (Monday to Friday) of a month, at most two days from `date`, or null.
 * Of two that are equally near the later one: by then both have paid. Dates are YYYY-MM-DD.
 */
export function paydayNear(date: string): string | null {
  const day = Temporal.PlainDate.from(date)
  for (let distance = 0; distance <= PAYDAY_REACH_DAYS; distance++) {
    const later = day.add({ days: distance })
    if (isPayday(later)) return later.toString()
    const earlier = day.subtract({ days: distance })
    if (isPayday(earlier)) return earlier.toString()
  }
  return null
}

function isPayday(date: Temporal.PlainDate): boolean {
  if (date.day === 1 || date.day === 15) return true
  const last = date.with({ day: date.daysInMonth })
  const lastWorking = last.subtract({ days: Math.max(0, last.dayOfWeek - 5) })
  return date.equals(lastWorking)
}

// ---------------------------------------------------------------- deadline and grace

/**
 * When an unpaid case ends: the earliest of `deadlineDays` after the anchor, 70 % of the billing interval, and one day
 * before the next expected charge (ruling 10). Plans that renew daily leave no such day: an hour before, then. The
 * result is always after the anchor, so that a failure which is found late still gets its ending.
 */
export function deadlineFor({
  anchorAt,
  expectedAt,
  nextExpectedAt,
  deadlineDays,
  zone,
}: {
  anchorAt: Date
  expectedAt: Date
  /** When the following cycle is to be charged; null when there is none. */
  nextExpectedAt: Date | null
  /** Days from the anchor, from the sequence; 21 unless the merchant chose fewer. */
  deadlineDays: number
  zone: string
}): Date {
  const days = Math.min(deadlineDays, SEQUENCE_DAYS)
  const ends = [addLocalDays(anchorAt, days, zone)]
  if (nextExpectedAt && nextExpectedAt > anchorAt) {
    const intervalMs = nextExpectedAt.getTime() - expectedAt.getTime()
    if (intervalMs > 0) ends.push(later(anchorAt, intervalMs * INTERVAL_SHARE))
    const dayBefore = addLocalDays(nextExpectedAt, -1, zone)
    ends.push(dayBefore > later(anchorAt, HOUR_MS) ? dayBefore : later(nextExpectedAt, -HOUR_MS))
  }
  return latestOf(earliestOf(ends), later(anchorAt, HOUR_MS))
}

/** When benefits are withdrawn: whole days after the anchor in the shopper's zone. It never ends a case. */
export function graceEndFor({
  anchorAt,
  graceDays,
  zone,
}: {
  anchorAt: Date
  graceDays: number
  zone: string
}): Date {
  return addLocalDays(anchorAt, graceDays, zone)
}

// ---------------------------------------------------------------- a lane, dated

export type LaneContext = {
  caseId: string
  anchorAt: Date
  laneEnteredAt: Date
  now: Date
  deadlineAt: Date
  zone: string
  emailWindow: HourWindow
  /** The latest attempt of anyone on this cycle; null: none yet. */
  lastAttemptAt: Date | null
  /** Stages that the shopper was already sent and that need not be said again. */
  sentStages: readonly MessageStage[]
  /** The code that led into the lane, upper case. */
  lastCode: string | null
}

/** A step that gets no date, and why; printed on the case. */
export type DroppedStep = { stepKey: string; lane: Lane; kind: Step['kind']; because: string }

export type LanePlan = { runs: NewStepRun[]; dropped: DroppedStep[] }

/** The dated step runs of one lane, earliest first. See `planLane` for what was left out. */
export function materialise(sequence: Sequence, lane: Lane, ctx: LaneContext): NewStepRun[] {
  return planLane(sequence, lane, ctx).runs
}

/**
 * Dates every step of a lane, once, when the case opens or enters the lane.
 *
 * Retries first: each on its day at the case's minute of the retry window, at least 24 hours after the last attempt
 * and after the rung before it; a rung that must wait pushes the later ones and is never merged with them. Then the
 * messages: on their day, or so many hours after another step, inside the hours for mail, a day apart. What lies in
 * the past or beyond the deadline is dropped, with its reason.
 */
export function planLane(sequence: Sequence, lane: Lane, ctx: LaneContext): LanePlan {
  const ofLane = sequence.steps.filter((step) => step.lane === lane)
  const steps = ofLane.filter((step) => isMeant(step, ctx))
  const pathOf = pathsOf(ofLane)
  const lanePlan: Planning = {
    window: sequence.retryWindow,
    steps,
    due: new Map(),
    ctx,
    plan: { runs: [], dropped: [] },
    together: (one, other) => !exclude(pathOf(one), pathOf(other)),
  }
  planRetries(lanePlan)
  planTheRest(lanePlan)
  planMessages(lanePlan)
  const { plan } = lanePlan
  plan.runs.sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime())
  return plan
}

/** What the parts of planning a lane share. */
type Planning = {
  /** The retry window of the sequence. */
  window: HourWindow
  steps: readonly Step[]
  /** When each retry is due, or would have been, for what hangs on it. */
  due: Map<string, Date>
  ctx: LaneContext
  plan: LanePlan
  /** Whether one case can come to both: the two sides of a branch keep no distance. */
  together: (one: Step, other: Step) => boolean
}

function isMeant(step: Step, { lastCode }: LaneContext): boolean {
  return !step.onlyForCodes || (lastCode !== null && step.onlyForCodes.includes(lastCode))
}

type Placed = { step: Step; at: Date }

function planRetries({ window: usual, steps, due, ctx, plan, together }: Planning): void {
  const rungs = steps
    .filter((step) => step.kind === 'retry')
    .map((step) => ({ step, date: dateOf(step, ctx) }))
    .sort((a, b) => Temporal.PlainDate.compare(a.date, b.date))
  const onlyOne = allowsOneRetryOnly(ctx)

  // As the lane was meant to run. The anchor is an attempt, so even the first rung keeps its distance.
  const meant: Placed[] = []
  for (const [i, { step, date }] of rungs.entries()) {
    const window = step.window ?? usual
    const minute = slotMinute(window, ctx.caseId)
    const start = step.offset.from === 'anchor' ? ctx.anchorAt : attemptBeforeLane(ctx)
    const before = lastOf(meant, step, together) ?? start
    const earliest = before ? later(before, SPACING_MS) : null
    const next = rungs.slice(i + 1).find((other) => together(other.step, step))?.date ?? null
    const on = step.payday ? paydayFor(date, earliest, next, minute, ctx) : date
    const slot = localSlot(ctx.zone, on.toString(), minute)
    meant.push({ step, at: earliest ? moveRung(slot, earliest, ctx.zone, window) : slot })
  }

  // As it still can run: after the last attempt, whoever made it, and after the rung before.
  const kept: Placed[] = []
  for (const { step, at } of meant) {
    due.set(step.key, at)
    if (at <= ctx.now) {
      drop(plan, step, 'its day had passed when the case came to this lane')
      continue
    }
    const last = lastOf(kept, step, together) ?? ctx.lastAttemptAt
    const spacing = step.lane === 'UNKNOWN' ? UNKNOWN_RETRY_HOURS * HOUR_MS : SPACING_MS
    const dueAt = last ? moveRung(at, later(last, spacing), ctx.zone, step.window ?? usual) : at
    due.set(step.key, dueAt)
    if (onlyOne && kept.some((one) => together(one.step, step))) {
      drop(plan, step, 'the time to the next charge allows one retry only')
    } else if (dueAt >= ctx.deadlineAt) {
      drop(plan, step, 'it would come after the deadline')
    } else {
      add(plan, step, dueAt)
      kept.push({ step, at: dueAt })
    }
  }
}

/** When the latest of those was placed that can run in the same case as `step`. */
function lastOf(
  placed: readonly Placed[],
  step: Step,
  together: Planning['together'],
): Date | undefined {
  return placed
    .filter((one) => together(one.step, step))
    .reduce<Date | undefined>((last, { at }) => (last && last > at ? last : at), undefined)
}

/** Whether the plan renews so often, or the failure came so late, that one retry is all there is time for. */
export function allowsOneRetryOnly({
  anchorAt,
  deadlineAt,
}: Pick<LaneContext, 'anchorAt' | 'deadlineAt'>): boolean {
  return deadlineAt.getTime() - anchorAt.getTime() < ONE_RETRY_BELOW_MS
}

/** The attempt that led into the lane. */
function attemptBeforeLane({ lastAttemptAt, laneEnteredAt }: LaneContext): Date | null {
  return lastAttemptAt && lastAttemptAt <= laneEnteredAt ? lastAttemptAt : null
}

/** The payday near a rung's day if the rungs keep their order, 24 hours and the deadline; else the plain day. */
function paydayFor(
  date: Temporal.PlainDate,
  earliest: Date | null,
  next: Temporal.PlainDate | null,
  minute: number,
  ctx: LaneContext,
): Temporal.PlainDate {
  const near = paydayNear(date.toString())
  if (!near) return date
  const payday = Temporal.PlainDate.from(near)
  const slot = localSlot(ctx.zone, near, minute)
  const isAfterEarlier = !earliest || slot >= earliest
  const isBeforeNext = !next || Temporal.PlainDate.compare(payday, next) < 0
  return isAfterEarlier && isBeforeNext && slot < ctx.deadlineAt ? payday : date
}

/** What is neither a charge nor a message: nothing is kept apart from it. */
function planTheRest({ steps, window, due, ctx, plan }: Planning): void {
  const rest = steps.filter(({ kind }) => kind !== 'retry' && kind !== 'email' && kind !== 'sms')
  for (const step of rest) {
    const after = step.offset.from === 'step' ? due.get(step.offset.stepKey) : undefined
    const dueAt = isEntry(step)
      ? ctx.now
      : step.offset.from === 'step' && after
        ? openForStep(step, later(after, step.offset.hours * HOUR_MS), ctx.zone, ctx.emailWindow)
        : localSlot(ctx.zone, dateOf(step, ctx).toString(), minuteOfRest(step, window, ctx))
    if (dueAt < ctx.now) drop(plan, step, 'its day had passed when the case came to this lane')
    else if (dueAt >= ctx.deadlineAt && !isEntry(step))
      drop(plan, step, 'it would come after the deadline')
    else add(plan, step, dueAt)
  }
}

/** A wait and a branch come before anything else of their day. */
function minuteOfRest(step: Step, window: HourWindow, { caseId }: LaneContext): number {
  if (step.kind === 'wait' || step.kind === 'branch') return 0
  if (step.window) return slotMinute(step.window, caseId)
  return slotMinute(window, caseId) + (step.kind === 'staff_task' ? 0 : MESSAGE_AFTER_RUNG_MINUTES)
}

function planMessages(planning: Planning): void {
  const wanted = (kind: 'email' | 'sms'): Placed[] =>
    planning.steps
      .filter((step) => step.kind === kind)
      .map((step) => ({ step, at: messageTime(step, planning) }))
      .sort((a, b) => a.at.getTime() - b.at.getTime())
  const sent = planEmails(wanted('email'), planning)
  planTexts(wanted('sms'), sent, planning)
}

/** The minute of the day for a message that hangs on no rung. */
function messageMinute(step: Step, { window, ctx }: Planning): number {
  return step.window
    ? slotMinute(step.window, ctx.caseId)
    : slotMinute(window, ctx.caseId) + MESSAGE_AFTER_RUNG_MINUTES
}

function planEmails(emails: Placed[], planning: Planning): Placed[] {
  const { ctx, plan, together } = planning
  const lastCall = addLocalDays(ctx.deadlineAt, -LAST_NOTICE_DAYS, ctx.zone)
  const sent: Placed[] = []
  const missedFirst: Step[] = []

  // What is said on entering comes first, then the last notice takes its place; milder words must fit between.
  const weight = ({ step }: Placed) => (isEntry(step) ? 0 : step.stage === 'last' ? 1 : 2)
  for (const { step, at } of emails.sort((a, b) => weight(a) - weight(b))) {
    const isLast = step.stage === 'last'
    const beside = sent.filter((one) => together(one.step, step))
    const said = new Set([...ctx.sentStages, ...beside.map((one) => one.step.stage)])
    // The mail on entering a lane always says something new: what is asked of the shopper now.
    if (step.stage && said.has(step.stage) && !(isEntry(step) && beside.length === 0)) {
      drop(plan, step, 'the shopper was already told so')
      continue
    }
    if (isPast(step, at, ctx)) {
      drop(plan, step, 'its day had passed when the case came to this lane')
      if (step.stage === 'first') missedFirst.push(step)
      continue
    }
    const window = hoursWithin(step.window, ctx.emailWindow)
    const best: Date = isLast ? atMost(at, lastCall, step, planning) : at
    const before = lastOf(beside.filter(isNoLastNotice), step, together)
    const earliest: Date = before ? latestOf(best, later(before, SPACING_MS)) : best
    const dueAt: Date = nextEmailTime(earliest, ctx.zone, window)
    const lastNoticeAt = lastNotice(beside)
    if (isLast && (dueAt > lastCall || dueAt <= ctx.now)) {
      drop(plan, step, 'less than two days would be left after the last notice')
    } else if (lastNoticeAt && later(dueAt, SPACING_MS) > lastNoticeAt) {
      drop(plan, step, 'it would come less than a day before the last notice, or after it')
    } else if (dueAt >= ctx.deadlineAt) {
      drop(plan, step, 'it would come after the deadline')
    } else {
      // The first words a shopper reads are those of a first notice, also when the case came late to the lane.
      const isMissing = missedFirst.some((one) => together(one, step)) && !said.has('first')
      const stage = isMissing && !isLast ? 'first' : step.stage
      const placed = stage ? { ...step, stage } : step
      add(plan, placed, dueAt)
      sent.push({ step: placed, at: dueAt })
    }
  }
  return sent
}

const isNoLastNotice = ({ step }: Placed) => step.stage !== 'last'

/** When the first of the last notices goes out. */
function lastNotice(sent: readonly Placed[]): Date | null {
  const times = sent.filter((one) => !isNoLastNotice(one)).map(({ at }) => at)
  return times.length > 0 ? earliestOf(times) : null
}

/** Text messages fill the gaps: never within a day of a mail or of each other, and not after the last notice. */
function planTexts(texts: readonly Placed[], mails: readonly Placed[], planning: Planning): void {
  const { ctx, plan, together } = planning
  const taken = [...mails]
  for (const { step, at } of texts) {
    const beside = taken.filter((one) => together(one.step, step))
    const dueAt = freeSmsTime(
      at,
      beside.map((one) => one.at),
      ctx.zone,
      step.window,
    )
    const lastNoticeAt = lastNotice(beside.filter((one) => one.step.kind === 'email'))
    if (isPast(step, at, ctx)) {
      drop(plan, step, 'its day had passed when the case came to this lane')
    } else if (lastNoticeAt && dueAt > lastNoticeAt) {
      drop(plan, step, 'it would come after the last notice')
    } else if (dueAt >= ctx.deadlineAt) {
      drop(plan, step, 'it would come after the deadline')
    } else {
      taken.push({ step, at: dueAt })
      add(plan, step, dueAt)
    }
  }
}

function isPast(step: Step, at: Date, { now }: LaneContext): boolean {
  return isEntry(step) ? at < now : at <= now
}

/** When a message is wanted, before hours and distances are looked at. */
function messageTime(step: Step, planning: Planning): Date {
  const { ctx, due } = planning
  const window = hoursWithin(step.window, ctx.emailWindow)
  const openFrom = (at: Date) => (step.kind === 'sms' ? at : nextEmailTime(at, ctx.zone, window))
  if (isEntry(step)) return openFrom(ctx.now)
  const { offset } = step
  const after = offset.from === 'step' ? due.get(offset.stepKey) : undefined
  return openFrom(
    offset.from === 'step' && after
      ? later(after, offset.hours * HOUR_MS)
      : localSlot(ctx.zone, dateOf(step, ctx).toString(), messageMinute(step, planning)),
  )
}

/** The given time, or the same minute of the latest day that is not after `limit`. */
function atMost(at: Date, limit: Date, step: Step, planning: Planning): Date {
  if (at <= limit) return at
  const { ctx } = planning
  const minute = messageMinute(step, planning)
  const lastDay = Temporal.PlainDate.from(localDate(limit, ctx.zone))
  for (let back = 0; back <= 2; back++) {
    const slot = localSlot(ctx.zone, lastDay.subtract({ days: back }).toString(), minute)
    const open = nextEmailTime(slot, ctx.zone, hoursWithin(step.window, ctx.emailWindow))
    if (open <= limit) return open
  }
  return limit
}

function freeSmsTime(at: Date, taken: readonly Date[], zone: string, chosen?: Hours): Date {
  let free = nextSmsTime(at, zone, chosen)
  for (const other of [...taken].sort((a, b) => a.getTime() - b.getTime())) {
    if (Math.abs(free.getTime() - other.getTime()) < SPACING_MS) {
      free = nextSmsTime(later(other, SPACING_MS), zone, chosen)
    }
  }
  return free
}

/** Day 0 of a lane or of the case: it happens on entering, not at a time of day. */
function isEntry({ offset }: Step): boolean {
  return offset.from !== 'step' && offset.days === 0
}

/**
 * The calendar day of a step: its offset, drawn together when the deadline is short, in whole days. What was not meant
 * for the first day does not land on it.
 */
function dateOf(step: Step, ctx: LaneContext): Temporal.PlainDate {
  const { offset } = step
  const from = offset.from === 'anchor' ? ctx.anchorAt : ctx.laneEnteredAt
  const days = offset.from === 'step' ? 0 : offset.days
  const leastDays = days > 0 || step.kind === 'retry' ? 1 : 0
  const scaled = Math.max(leastDays, Math.round(days * scaleOf(ctx)))
  return local(from, ctx.zone).toPlainDate().add({ days: scaled })
}

/** Days of the plan as this case counts them: drawn together by a short deadline, one at least. */
export function scaledDays(days: number, c: Pick<LaneContext, 'anchorAt' | 'deadlineAt'>): number {
  return Math.max(1, Math.round(days * scaleOf(c)))
}

/** How much a short deadline draws the offsets together: 1 for the full 21 days (ruling 10). */
function scaleOf({ anchorAt, deadlineAt }: Pick<LaneContext, 'anchorAt' | 'deadlineAt'>): number {
  return Math.min(1, (deadlineAt.getTime() - anchorAt.getTime()) / (SEQUENCE_DAYS * DAY_MS))
}

/** The case's minute of the day for retries: the middle of the window, moved by the jitter, inside the window. */
function slotMinute({ fromHour, untilHour }: HourWindow, caseId: string): number {
  return (fromHour + untilHour) * 30 + jitterMinutes(caseId)
}

function add(plan: LanePlan, step: Step, dueAt: Date): void {
  plan.runs.push({
    stepKey: step.key,
    occurrence: 0,
    lane: step.lane,
    kind: step.kind,
    stage: step.stage ?? null,
    dueAt,
  })
}

function drop(plan: LanePlan, step: Step, because: string): void {
  plan.dropped.push({ stepKey: step.key, lane: step.lane, kind: step.kind, because })
}

// ---------------------------------------------------------------- moving what is scheduled

/**
 * Moves one rung to `dueAt` and keeps the rest of the case in order: later rungs stay at least 24 hours apart and are
 * never merged, messages that hang on a moved rung go with it, and what then lies beyond the deadline is skipped.
 * Answers the changes, the moved rung's own first.
 */
export function pushLater(
  steps: readonly StepRun[],
  stepRunId: string,
  dueAt: Date,
  ctx: { sequence: Sequence; deadlineAt: Date; zone: string; emailWindow: HourWindow },
): StepChange[] {
  const run = steps.find(({ id }) => id === stepRunId)
  if (!run) return []
  const changes = moveWithMessages(
    steps,
    run,
    dueAt,
    'moved to the next window that allows it',
    ctx,
  )
  let before = dueAt
  for (const rung of scheduledRetries(steps)) {
    if (rung.id === run.id || rung.dueAt < run.dueAt) continue
    const window = retryHours(ctx.sequence, rung.stepKey)
    const at = moveRung(rung.dueAt, later(before, SPACING_MS), ctx.zone, window)
    if (at.getTime() !== rung.dueAt.getTime()) {
      const because = 'the retry before it moved, and 24 hours must lie between two'
      changes.push(...moveWithMessages(steps, rung, at, because, ctx))
    }
    before = at
  }
  return changes
}

function moveWithMessages(
  steps: readonly StepRun[],
  rung: StepRun,
  dueAt: Date,
  because: string,
  ctx: { sequence: Sequence; deadlineAt: Date; zone: string; emailWindow: HourWindow },
): StepChange[] {
  const changes = [rescheduled(rung, dueAt, because, ctx.deadlineAt)]
  for (const step of steps) {
    if (step.state !== 'scheduled' || step.lane !== rung.lane) continue
    const meant = ctx.sequence.steps.find(({ key }) => key === step.stepKey)
    const offset = meant?.offset
    if (offset?.from !== 'step' || offset.stepKey !== rung.stepKey) continue
    const at = openForStep(meant ?? step, addHours(dueAt, offset.hours), ctx.zone, ctx.emailWindow)
    if (at.getTime() !== step.dueAt.getTime()) {
      const why = 'the retry that it follows has moved'
      changes.push(rescheduled(step, at, why, ctx.deadlineAt))
    }
  }
  return changes
}

/**
 * Resumes a case whose clock stood still for `frozenMs` milliseconds: every scheduled step and the deadline move by as
 * much. Steps keep their time of day; the deadline never passes `neverPast`, the next expected charge. What then lies
 * beyond the deadline is skipped.
 */
export function shiftBy(
  steps: readonly StepRun[],
  deadlineAt: Date,
  frozenMs: number,
  neverPast: Date | null,
  zone: string,
  { sequence, emailWindow }: { sequence: Sequence; emailWindow: HourWindow },
): { deadlineAt: Date; steps: StepChange[] } {
  const byMs = Math.max(0, frozenMs)
  const shifted = later(deadlineAt, byMs)
  const newDeadline = neverPast ? earliestOf([shifted, neverPast]) : shifted
  const because = 'the clock of the case stood still for as long'
  const changes: StepChange[] = []

  let before: Date | null = null
  for (const rung of scheduledRetries(steps)) {
    const slot = sameTimeOn(later(rung.dueAt, byMs), rung.dueAt, zone)
    const window = retryHours(sequence, rung.stepKey)
    const at: Date = before ? moveRung(slot, later(before, SPACING_MS), zone, window) : slot
    changes.push(rescheduled(rung, at, because, newDeadline))
    before = at
  }
  for (const step of steps) {
    if (step.state !== 'scheduled' || step.kind === 'retry') continue
    const slot = sameTimeOn(later(step.dueAt, byMs), step.dueAt, zone)
    const meant = sequence.steps.find(({ key }) => key === step.stepKey)
    const at = openForStep(meant ?? step, slot, zone, emailWindow)
    changes.push(rescheduled(step, at, because, newDeadline))
  }
  return { deadlineAt: newDeadline, steps: changes }
}

/** The first time at or after `at` at which a step may happen. */
function openForStep(
  { kind, window }: { kind: StepKind; window?: Hours },
  at: Date,
  zone: string,
  emailWindow: HourWindow,
): Date {
  if (kind === 'email') return nextEmailTime(at, zone, hoursWithin(window, emailWindow))
  if (kind === 'sms') return nextSmsTime(at, zone, window)
  return window && kind !== 'retry' ? nextOpening(at, zone, () => window) : at
}

function scheduledRetries(steps: readonly StepRun[]): StepRun[] {
  return steps
    .filter((step) => step.state === 'scheduled' && step.kind === 'retry')
    .sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime())
}

function rescheduled(step: StepRun, dueAt: Date, because: string, deadlineAt: Date): StepChange {
  return dueAt >= deadlineAt
    ? { stepRunId: step.id, to: 'skipped', because: `${because}; that would be after the deadline` }
    : { stepRunId: step.id, to: 'scheduled', dueAt, because }
}

/** The first time at or after `notBefore` at which the clock shows what it shows at `like`. */
function sameTimeOn(notBefore: Date, like: Date, zone: string): Date {
  const time = local(like, zone).toPlainTime()
  const day = local(notBefore, zone).toPlainDate()
  const today = instantOf(day, time, zone)
  return today >= notBefore ? today : instantOf(day.add({ days: 1 }), time, zone)
}

// ---------------------------------------------------------------- small pieces

function local(at: Date, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(zone)
}

function instantOf(date: Temporal.PlainDate, time: Temporal.PlainTime, zone: string): Date {
  const wanted = date.toPlainDateTime(time)
  const found = wanted.toZonedDateTime(zone, { disambiguation: 'earlier' })
  if (found.toPlainDateTime().equals(wanted)) return toDate(found)
  // The clock skips this time: `found` lies before the jump.
  return toDate(found.getTimeZoneTransition('next') ?? found)
}

function toDate(at: Temporal.ZonedDateTime): Date {
  return new Date(at.epochMilliseconds)
}

function timeOf(minuteOfDay: number): Temporal.PlainTime {
  return new Temporal.PlainTime(Math.floor(minuteOfDay / 60), minuteOfDay % 60)
}

function later(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms)
}

function earliestOf(times: readonly Date[]): Date {
  return new Date(Math.min(...times.map((at) => at.getTime())))
}

function latestOf(a: Date, b: Date): Date {
  return a > b ? a : b
}
