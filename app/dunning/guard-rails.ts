/**
 * What is wrong with a sequence that its form cannot see: steps that can never run, words that would break a cap, a law
 * or Shopify's review. Each is said beside its step, with the way to mend it. The engine keeps its caps whatever is
 * published; the guard rails keep a merchant from counting on what will not happen.
 */

import { exclude, mostOnOnePath, pathsOf } from './branches.ts'
import { type Condition, contradiction, type IntervalUnit } from './conditions.ts'
import { declineFrom, familyOf, laneFor } from './declines.ts'
import {
  addLocalDays,
  type DroppedStep,
  deadlineFor,
  hoursWithin,
  INTERVAL_SHARE,
  LAST_NOTICE_DAYS,
  planLane,
  scaledDays,
} from './schedule.ts'
import { LANES, mostRetriesIn } from './sequence.ts'
import type { Hours, Lane, NewStepRun, Sequence, Step, StepKind } from './types.ts'

export type GuardRail = {
  /** The step that it stands beside; null: the sequence itself. */
  stepKey: string | null
  /** The input that it stands beside, e.g. "offset", "window", "finalAction" or "lane.FUNDS". */
  field: string
  say: string
  mend: string
  /** It cannot be right: nothing is published while it is there. */
  blocks: boolean
}

export type GuardRailContext = {
  /** How often the plan renews that renews most often; null: not known, and a month is taken. */
  interval: { unit: IntervalUnit; count: number } | null
  /** The shop's local hours for e-mail. */
  emailWindow: Hours
  smsReady: boolean
}

/** Everything that a merchant should know before this sequence is published, lane by lane. */
export function guardRails(sequence: Sequence, context: GuardRailContext): GuardRail[] {
  const found: GuardRail[] = []
  const view = viewOf(sequence, context, found)
  wholeSequence(view)
  for (const lane of LANES) {
    const here = laneOf(view, lane)
    emptyLane(here)
    for (const step of here.steps) {
      hours(here, step)
      neverRuns(here, step)
      branches(here, step)
      waits(here, step)
      offers(here, step)
    }
    plannedAway(here)
    distances(here)
    notices(here)
    tooMany(here)
  }
  return found
}

type View = {
  sequence: Sequence
  context: GuardRailContext
  /** Days between two charges of the plan. */
  intervalDays: number
  say: (rail: Omit<GuardRail, 'blocks'> & { blocks?: boolean }) => void
}

type LaneView = View & {
  lane: Lane
  steps: Step[]
  /** When each step is meant to happen in days after the case came here, before anything is kept apart. */
  dayOf: (step: Step) => number
  /** When the engine will run it. */
  runs: Map<string, NewStepRun>
  dropped: DroppedStep[]
  deadlineAt: Date
  together: (one: Step, other: Step) => boolean
}

const DAY_MS = 24 * 3_600_000

/** An imagined first failure on a Monday morning far from any clock change. UTC is its zone: only distances count. */
const FAILED_AT = new Date('2026-06-01T09:00:00Z')
const ZONE = 'UTC'
const CASE = 'preview-26'

const DAYS: Record<IntervalUnit, number> = { DAY: 1, WEEK: 7, MONTH: 30, YEAR: 365 }

function viewOf(sequence: Sequence, context: GuardRailContext, found: GuardRail[]): View {
  const { unit, count } = context.interval ?? { unit: 'MONTH', count: 1 }
  return {
    sequence,
    context,
    intervalDays: DAYS[unit] * count,
    say: (rail) => found.push({ blocks: false, ...rail }),
  }
}

function laneOf(view: View, lane: Lane): LaneView {
  const { sequence, context } = view
  const steps = sequence.steps.filter((step) => step.lane === lane)
  const deadlineAt = deadlineFor({
    anchorAt: FAILED_AT,
    expectedAt: FAILED_AT,
    nextExpectedAt: new Date(FAILED_AT.getTime() + view.intervalDays * DAY_MS),
    deadlineDays: sequence.deadlineDays,
    zone: ZONE,
  })
  const codes = [...new Set([null, ...steps.flatMap((step) => step.onlyForCodes?.[0] ?? [])])]
  const runs = new Map<string, NewStepRun>()
  const dropped = new Map<string, DroppedStep>()
  for (const lastCode of codes) {
    const plan = planLane(sequence, lane, {
      caseId: CASE,
      anchorAt: FAILED_AT,
      laneEnteredAt: FAILED_AT,
      now: FAILED_AT,
      deadlineAt,
      zone: ZONE,
      emailWindow: context.emailWindow,
      lastAttemptAt: FAILED_AT,
      sentStages: [],
      lastCode,
    })
    for (const run of plan.runs) runs.set(run.stepKey, runs.get(run.stepKey) ?? run)
    for (const one of plan.dropped) dropped.set(one.stepKey, one)
  }
  const pathOf = pathsOf(steps)
  return {
    ...view,
    lane,
    steps,
    runs,
    // A step that stands in for another with some codes only is there with the others.
    dropped: [...dropped.values()].filter(({ stepKey }) => !runs.has(stepKey)),
    deadlineAt,
    dayOf: (step) => meantDay(step, steps, deadlineAt),
    together: (one, other) => !exclude(pathOf(one), pathOf(other)),
  }
}

/** In days and parts of a day. A wait and a branch begin with their day, a retry comes before the messages. */
function meantDay(step: Step, steps: readonly Step[], deadlineAt: Date): number {
  const { offset } = step
  if (offset.from === 'step') {
    const other = steps.find(({ key }) => key === offset.stepKey)
    const day = other && other.offset.from !== 'step' ? meantDay(other, steps, deadlineAt) : 0
    return day + offset.hours / 24
  }
  if (offset.days === 0) return 0
  const scaled = scaledDays(offset.days, { anchorAt: FAILED_AT, deadlineAt })
  const hour = step.window
    ? (step.window.fromHour + step.window.untilHour) / 2
    : step.kind === 'retry'
      ? 9.5
      : 11.5
  return scaled + (step.kind === 'wait' || step.kind === 'branch' ? 0 : hour / 24)
}

// ---------------------------------------------------------------- the sequence as a whole

function wholeSequence({ sequence, intervalDays, context, say }: View): void {
  const most = Math.ceil(intervalDays * INTERVAL_SHARE)
  if (sequence.deadlineDays > most)
    say({
      stepKey: null,
      field: 'deadlineDays',
      say: `Some plans renew every ${intervalDays} days. Their cases end after ${most} days at the latest, so all steps are drawn together and some fall away.`,
      mend:
        most >= 5
          ? `Set the deadline to ${most} days, or serve these plans with a sequence of their own.`
          : 'Serve these plans with a sequence of their own: they get one retry at most.',
    })
  const firstWord = Math.min(
    ...sequence.steps
      .filter(({ lane, kind }) => lane === 'FUNDS' && (kind === 'email' || kind === 'sms'))
      .map((step) => meantDay(step, sequence.steps, addLocalDays(FAILED_AT, 21, ZONE))),
  )
  if (Number.isFinite(firstWord) && sequence.graceDays < firstWord)
    say({
      stepKey: null,
      field: 'graceDays',
      say: `Benefits end after ${sequence.graceDays} days, before the shopper has heard of the failed payment.`,
      mend: `Give at least ${Math.ceil(firstWord) + 1} days of grace.`,
    })
  const firstText = sequence.steps.find(({ kind }) => kind === 'sms')
  if (firstText && !context.smsReady)
    say({
      stepKey: firstText.key,
      field: 'kind',
      say: 'Text messages are not set up, so the texts of this sequence are skipped.',
      mend: 'Set up text messages in Settings, or take the texts out.',
    })
}

/** Lanes in which the shopper is asked to do something, and the subscription may be lost. */
const ASKING: readonly Lane[] = ['FUNDS', 'ISSUER', 'CARD', 'AUTH', 'STOP', 'UNKNOWN']

function emptyLane({ lane, steps, sequence, say }: LaneView): void {
  if (steps.length > 0) return
  const isAsking = ASKING.includes(lane)
  say({
    stepKey: null,
    field: `lane.${lane}`,
    say: isAsking
      ? `Nothing happens in this lane until the deadline${sequence.finalAction === 'leave' ? '' : ', when the final action comes without a word'}.`
      : 'Nothing happens in this lane, and nobody is told.',
    mend: isAsking ? 'Add a message to the shopper.' : 'Add a task for staff.',
    blocks: isAsking,
  })
}

// ---------------------------------------------------------------- one step

const MESSAGES: readonly StepKind[] = ['email', 'sms']

/** Texts: the narrowest common hours of the laws on them (schedule.ts). */
const TEXT_HOURS = { fromHour: 9, untilHour: 20 }

function hours({ context, say }: LaneView, { key, kind, window }: Step): void {
  if (!window || !MESSAGES.includes(kind)) return
  const usual = kind === 'sms' ? TEXT_HOURS : context.emailWindow
  const left = hoursWithin(window, usual)
  const isNone =
    left === usual && !(window.fromHour <= usual.fromHour && window.untilHour >= usual.untilHour)
  const isLess = left.fromHour > window.fromHour || left.untilHour < window.untilHour
  const what = kind === 'sms' ? 'texts' : 'e-mails'
  if (isNone)
    say({
      stepKey: key,
      field: 'window',
      say: `These hours lie in the quiet hours: ${what} go out from ${clock(usual.fromHour)} to ${clock(usual.untilHour)} only.`,
      mend: `Choose hours between ${clock(usual.fromHour)} and ${clock(usual.untilHour)}.`,
      blocks: true,
    })
  else if (isLess)
    say({
      stepKey: key,
      field: 'window',
      say: `Part of these hours lies in the quiet hours; it will go out from ${clock(left.fromHour)} to ${clock(left.untilHour)}.`,
      mend: `Choose ${clock(left.fromHour)} to ${clock(left.untilHour)}.`,
    })
}

const clock = (hour: number) => `${String(hour).padStart(2, '0')}:00`

function neverRuns(view: LaneView, step: Step): void {
  const { lane, steps, say, dayOf } = view
  const never = (field: string, why: string, mend: string) =>
    say({ stepKey: step.key, field, say: `It can never run: ${why}.`, mend, blocks: true })
  const clash = contradiction([...(step.when ?? []), ...sidesOf(step, steps)])
  if (clash) never('when', clash, 'Change one of the two conditions.')
  for (const { fact, is, value } of step.when ?? []) {
    if (fact === 'class' && is === 'one_of' && typeof value !== 'number' && !classIn(lane, value))
      never('when', `in this lane the kind of decline is another`, 'Take the condition out.')
    if (fact === 'attempts' && is === 'at_least' && typeof value === 'number') {
      const most = 1 + mostOnOnePath(steps, ({ kind }) => kind === 'retry')
      if (value > most)
        never('when', `at most ${most} charges are made in this lane`, `Ask for ${most} at most.`)
    }
  }
  const codes = step.onlyForCodes
  if (codes && codes.length > 0 && !codes.some((code) => isCodeOf(lane, code)))
    never('onlyForCodes', `none of its codes belongs to this lane`, 'Name codes of this lane.')
  const end = steps.find(
    (other) =>
      (other.kind === 'end' || other.kind === 'contract_action') &&
      other.key !== step.key &&
      !other.when?.length &&
      isSurer(other, step) &&
      dayOf(other) < dayOf(step),
  )
  if (end) never('offset', `${end.key} has ended the case by then`, `Move it before ${end.key}.`)
}

/** What must hold for a step to be reached, so far as it can be told: the "yes" sides above it. */
function sidesOf(step: Step, steps: readonly Step[]): Condition[] {
  const found: Condition[] = []
  for (const [key, side] of pathsOf(steps)(step)) {
    if (side === 'yes') found.push(...(steps.find((one) => one.key === key)?.when ?? []))
  }
  return found
}

/** Whoever comes to `step` has come to `other`, too. */
function isSurer(other: Step, step: Step): boolean {
  if (!other.branch) return true
  return other.branch.stepKey === step.branch?.stepKey && other.branch.side === step.branch.side
}

function classIn(lane: Lane, classes: readonly string[]): boolean {
  if (lane === 'STOCK') return classes.some((one) => one.toUpperCase() === 'MERCHANT')
  // A code that is new to us may be of any class.
  return lane === 'UNKNOWN' || classes.some((one) => one.toUpperCase() === lane)
}

function isCodeOf(lane: Lane, code: string): boolean {
  const known = code.toUpperCase()
  return lane === 'UNKNOWN' || laneFor(declineFrom(known, familyOf(known) ?? 'payment')) === lane
}

function branches(view: LaneView, step: Step): void {
  const { steps, say, dayOf } = view
  if (step.kind === 'branch' && !steps.some(({ branch }) => branch?.stepKey === step.key))
    say({
      stepKey: step.key,
      field: 'branch',
      say: 'No step stands on either of its sides, so it decides nothing.',
      mend: 'Put a step on one of its sides, or take the branch out.',
    })
  const of = step.branch && steps.find(({ key }) => key === step.branch?.stepKey)
  if (of && dayOf(of) > dayOf(step))
    say({
      stepKey: step.key,
      field: 'offset',
      say: `${of.key} is decided only after this step, so it would be skipped.`,
      mend: `Move it after ${of.key}, or decide ${of.key} earlier.`,
      blocks: true,
    })
}

function waits(view: LaneView, step: Step): void {
  const { steps, say, dayOf, together, deadlineAt, runs, lane, sequence } = view
  const { until } = step
  if (step.kind !== 'wait' || !until) return
  const from = dayOf(step)
  const to = from + scaledDays(until.days, { anchorAt: FAILED_AT, deadlineAt })
  const asks = steps.some(
    (one) => one.kind === 'staff_task' && together(one, step) && dayOf(one) <= from,
  )
  if (until.event === 'task_done' && !asks)
    say({
      stepKey: step.key,
      field: 'until',
      say: 'It waits for the outcome of a task, and no task comes before it.',
      mend: 'Put a task for staff before it, e.g. a phone call.',
      blocks: true,
    })
  const covered = steps.filter(
    (one) =>
      one.kind !== 'wait' &&
      one.kind !== 'branch' &&
      one.key !== step.key &&
      together(one, step) &&
      dayOf(one) >= from &&
      dayOf(one) <= to,
  )
  const finals = steps.filter(
    (one) => isFinalNotice(one) && runs.has(one.key) && together(one, step),
  )
  const [last] = finals
  if (last && ASKING.includes(lane) && finals.every((one) => covered.includes(one)))
    say({
      stepKey: step.key,
      field: 'until',
      say: `Where that does not come, ${last.key} is not sent either: it is the last notice before the deadline, and the shopper would not hear what happens then.`,
      mend: `Let it wait for fewer days, or put ${last.key} after it.`,
      blocks: sequence.finalAction === 'cancel',
    })
  if (covered.length === 0)
    say({
      stepKey: step.key,
      field: 'until',
      say: 'No step comes due in the days for which it waits, so it changes nothing.',
      mend: 'Let it wait longer, or take it out.',
    })
}

/** Words about the payment itself. An offer in them makes the whole notice advertising (15 USC 7702(17)(A)). */
const NOTICES: readonly Step['stage'][] = ['first', 'reminder', 'plan', 'last', 'address']

function offers({ say }: LaneView, { key, commercial, stage }: Step): void {
  if (!commercial || !NOTICES.includes(stage)) return
  say({
    stepKey: key,
    field: 'commercial',
    say: 'An offer in a payment notice makes it advertising: only shoppers who agreed to offers would get it, and the others would never hear of the failed payment.',
    mend: 'Keep the notice free of offers, and put the offer into a message of its own.',
    blocks: true,
  })
}

// ---------------------------------------------------------------- what the schedule leaves out or moves

function plannedAway({ dropped, steps, say, sequence, intervalDays }: LaneView): void {
  for (const { stepKey, because, kind } of dropped) {
    const step = steps.find(({ key }) => key === stepKey)
    if (!step) continue
    const isShort = intervalDays * INTERVAL_SHARE < sequence.deadlineDays
    const isLate = because.includes('after the deadline')
    say({
      stepKey,
      field: 'offset',
      say: `${kind === 'email' || kind === 'sms' ? 'This message' : 'This step'} would never ${kind === 'retry' ? 'run' : 'happen'}: ${because}.`,
      mend: isLate
        ? 'Move it to an earlier day, or set a later deadline.'
        : because.includes('already told')
          ? 'Let it say something else than the message before it.'
          : because.includes('last notice')
            ? 'Move it to an earlier day, at least a day before the last notice.'
            : 'Move it to another day, or take it out.',
      blocks: !isShort,
    })
  }
}

function distances({ steps, say, dayOf, together }: LaneView): void {
  const ofKinds = (kinds: readonly StepKind[]) =>
    steps
      .filter(({ kind, onlyForCodes }) => kinds.includes(kind) && !onlyForCodes)
      .map((step) => ({ step, day: dayOf(step) }))
      .sort((a, b) => a.day - b.day)
  const tooClose = (kinds: readonly StepKind[]) => {
    const ordered = ofKinds(kinds)
    return ordered.flatMap(({ step, day }, i) => {
      const before = ordered.slice(0, i).findLast((one) => together(one.step, step))
      // A little grace: an hour of a window is no promise.
      return before && day - before.day < 1 - 1 / 24 ? [{ step, before: before.step }] : []
    })
  }
  for (const { step, before } of tooClose(MESSAGES))
    say({
      stepKey: step.key,
      field: 'offset',
      say: `It follows ${before.key} within 24 hours. A shopper gets one message in 24 hours, so it goes out later, or not at all.`,
      mend: `Move it to a day after ${before.key}.`,
    })
  for (const { step, before } of tooClose(['retry']))
    say({
      stepKey: step.key,
      field: 'offset',
      say: `It follows ${before.key} within 24 hours. Card networks allow no second try in that time, so it is moved.`,
      mend: `Leave a day between it and ${before.key}.`,
    })
}

// ---------------------------------------------------------------- what the shopper must have heard

/** It says what happens at the end; in the lane STOP, where little is written, any message does. */
function isFinalNotice({ kind, commercial, lane, stage }: Step): boolean {
  const saysTheEnd = lane === 'STOP' || stage === 'last' || stage === 'plan'
  return MESSAGES.includes(kind) && !commercial && saysTheEnd
}

function notices(view: LaneView): void {
  const { lane, steps, say, dayOf, together, sequence, deadlineAt, runs } = view
  if (!ASKING.includes(lane) || steps.length === 0) return
  const words = steps.filter(({ kind }) => MESSAGES.includes(kind))
  const retries = steps.filter(({ kind }) => kind === 'retry')
  if (words.length === 0) {
    say({
      stepKey: null,
      field: `lane.${lane}`,
      say:
        retries.length > 0
          ? `The shopper is charged ${retries.length === 1 ? 'once more' : `${retries.length} times more`} and never told: there is no way to stop it.`
          : 'The shopper is never told, and has no way to act or to stop it.',
      mend: 'Add a message: every message has a link to pay, to change the method, and to stop.',
      blocks: true,
    })
    return
  }
  const endDays = (deadlineAt.getTime() - FAILED_AT.getTime()) / DAY_MS + 9 / 24
  const warned = (before: number, step: Step | null) =>
    steps.some(
      (one) =>
        isFinalNotice(one) &&
        runs.has(one.key) &&
        (!step || together(one, step)) &&
        (dayOf(one) <= before - LAST_NOTICE_DAYS || !step),
    )
  const action = sequence.finalAction
  if ((action === 'pause' || action === 'cancel') && !warned(endDays, null))
    say({
      stepKey: null,
      field: `lane.${lane}`,
      say: `The subscription is ${action === 'pause' ? 'paused' : 'cancelled'} at the deadline, and no message says so before.`,
      mend: `Add a last notice at least ${LAST_NOTICE_DAYS} days before the deadline.`,
      blocks: action === 'cancel',
    })
  for (const step of steps.filter(({ kind }) => kind === 'contract_action')) {
    if (!warned(dayOf(step), step))
      say({
        stepKey: step.key,
        field: 'action',
        say: 'No message tells the shopper of it two days before.',
        mend: `Put a last notice at least ${LAST_NOTICE_DAYS} days before it.`,
        blocks: step.action === 'cancel',
      })
  }
  for (const step of words.filter(({ stage }) => stage === 'last')) {
    if (dayOf(step) > endDays - LAST_NOTICE_DAYS && step.kind === 'email')
      say({
        stepKey: step.key,
        field: 'offset',
        say: `It leaves the shopper less than ${LAST_NOTICE_DAYS} days until the deadline, so it goes out earlier.`,
        mend: `Move it at least ${LAST_NOTICE_DAYS} days before the deadline.`,
      })
  }
}

/** Also refused by the check of the form; said here for a draft that is still being written. */
function tooMany({ lane, steps, say }: LaneView): void {
  const most = mostRetriesIn(lane)
  const retries = mostOnOnePath(steps, ({ kind }) => kind === 'retry')
  if (most === 0 || retries <= most) return
  say({
    stepKey: null,
    field: `lane.${lane}`,
    say: `${retries} retries in one case: card networks allow ${most} here.`,
    mend: `Take ${retries - most} of them out.`,
    blocks: true,
  })
}
