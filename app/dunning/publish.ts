/**
 * A new version of a sequence meets the cases that are under way: each stays on its old version, moves to the new one,
 * or ends. Moving keeps what is done, and leaves no step to come lost or doubled.
 */

import { ruledOut, takenSide } from './branches.ts'
import { laneContext, SAME_CODE_LIMIT, sameCodeRunning, withOccurrences } from './decide.ts'
import { isLive, isTerminal, scheduled } from './due.ts'
import {
  addHours,
  addLocalDays,
  allowsOneRetryOnly,
  deadlineFor,
  LAST_NOTICE_DAYS,
  planLane,
} from './schedule.ts'
import type {
  Attempt,
  CaseState,
  Decision,
  NewStepRun,
  RecoveryCase,
  Sequence,
  StepRun,
} from './types.ts'

/** What changes for a case that moves to another version. */
export type Move = {
  cancel: { stepRunId: string; because: string }[]
  add: NewStepRun[]
  because: string
  deadlineAt?: Date
  graceEndsAt?: Date
}

/** What decides whether a case can move; alike for all cases that are alike in it. */
export type Movable = Pick<RecoveryCase, 'state' | 'lane'> & {
  attempts: readonly Pick<Attempt, 'state'>[]
}

/** Whether a case can move to another version now, and in what words it cannot. */
export function mayMove(c: Movable): { may: boolean; because: string } {
  const no = (because: string) => ({ may: false, because })
  const { state } = c
  if (isTerminal(state)) return no('the case is over')
  if (c.lane === null) return no('the case is only being opened')
  if (state.status === 'held') return no('the case is held: its clock stands still')
  if (state.status === 'in_doubt' || c.attempts.some(isLive)) return no('a charge is under way')
  if (state.status === 'awaiting_customer' && state.reason === 'order')
    return no('an order waits to be paid')
  if (state.status === 'awaiting_merchant' && state.reason === 'review')
    return no('staff are looking at it')
  return { may: true, because: 'the case still waits' }
}

/**
 * Moves what is to come to a new version. Steps that are done, skipped or missed stay so, known by their keys. A step
 * that did not change keeps its date; one that changed gets its new date, and none where that date has passed. Where a
 * case cannot move now (`mayMove`), nothing changes.
 */
export function moveToVersion(
  c: RecoveryCase,
  oldSequence: Sequence,
  newSequence: Sequence,
  now: Date,
): Move {
  const possible = mayMove(c)
  if (!possible.may || c.lane === null)
    return { cancel: [], add: [], because: `not moved: ${possible.because}` }
  const ends = endsUnder(c, oldSequence, newSequence, now)
  const moved = { ...c, ...ends }
  const plan = planLane(newSequence, c.lane, laneContext(moved, now))
  const isSame = sameness(oldSequence, newSequence)
  const cancel: Move['cancel'] = []
  const add: NewStepRun[] = []

  for (const run of scheduled(c)) {
    const planned = plan.runs.find(({ stepKey }) => stepKey === run.stepKey)
    if (isSame(run.stepKey) === 'the same') continue
    if (planned && isAsPlanned(run, planned)) continue
    const reason = plan.dropped.find(({ stepKey }) => stepKey === run.stepKey)?.because
    // A cap had put it off; its day by the plan has passed, but it has not.
    const isPutOff = reason?.includes('had passed') === true
    if (isPutOff && isSame(run.stepKey) === 'the same but for the settings') continue
    const isThere = newSequence.steps.some(({ key }) => key === run.stepKey)
    const because = planned
      ? 'the new version has another day for it'
      : isThere
        ? `not in the new version: ${reason ?? 'it is not meant for this decline'}`
        : 'the new version does not have this step'
    cancel.push({ stepRunId: run.id, because })
    if (planned) add.push(planned)
  }
  for (const planned of plan.runs) {
    const runs = c.steps.filter(({ stepKey }) => stepKey === planned.stepKey)
    const isSettledOrPlanned = runs.some(({ state }) => state !== 'cancelled')
    if (isSettledOrPlanned || isSame(planned.stepKey) === 'the same') continue
    if (!isRuledOut(c, newSequence, planned)) add.push(planned)
  }
  return {
    cancel,
    add: withOccurrences(c, add),
    because: summary(cancel.length, add.length),
    ...ends,
  }
}

/** A move as `decide` would have decided it, so that it is saved in the same way. */
export function decisionOfMove(c: RecoveryCase, move: Move): Decision {
  return {
    state: c.state,
    because: move.because,
    commands: [],
    steps: move.cancel.map((one) => ({ ...one, to: 'cancelled' as const })),
    newSteps: move.add,
    attempts: [],
    foreignAttempts: [],
    entries: [],
    lookAgainAt: null,
    ...(move.deadlineAt ? { deadlineAt: move.deadlineAt } : {}),
    ...(move.graceEndsAt ? { graceEndsAt: move.graceEndsAt } : {}),
  }
}

function summary(cancelled: number, added: number): string {
  if (cancelled + added === 0) return 'moved to the new version: nothing of what is to come changes'
  const steps = (count: number) => `${count} ${count === 1 ? 'step' : 'steps'}`
  return `moved to the new version: ${steps(cancelled)} cancelled, ${steps(added)} planned; what is done stays done`
}

type Sameness = 'the same' | 'the same but for the settings' | 'another'

/** Whether a step, all that it hangs on and the settings that date it are the same in both versions. */
function sameness(before: Sequence, after: Sequence): (stepKey: string) => Sameness {
  const settings = ({ deadlineDays, retryWindow }: Sequence) =>
    JSON.stringify([deadlineDays, retryWindow])
  const haveSameSettings = settings(before) === settings(after)
  const text = ({ steps }: Sequence, stepKey: string): string => {
    const step = steps.find(({ key }) => key === stepKey)
    if (!step) return ''
    const { task: _task, phone: _phone, ...dated } = step
    const on = step.offset.from === 'step' ? text({ ...after, steps }, step.offset.stepKey) : ''
    return inOrder(dated) + on
  }
  return (stepKey) => {
    const now = text(after, stepKey)
    if (now === '' || now !== text(before, stepKey)) return 'another'
    return haveSameSettings ? 'the same' : 'the same but for the settings'
  }
}

/** The same text for the same content, in whatever order its properties were written. */
function inOrder(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}

function isAsPlanned(run: StepRun, planned: NewStepRun): boolean {
  return (
    run.dueAt.getTime() === planned.dueAt.getTime() &&
    run.kind === planned.kind &&
    run.stage === planned.stage
  )
}

/** What the case has left behind for good: the other side of a branch, a retry after the issuer has made up its mind. */
function isRuledOut(c: RecoveryCase, sequence: Sequence, planned: NewStepRun): boolean {
  const ofLane = sequence.steps.filter(({ lane }) => lane === c.lane)
  const isOnOtherSide = ofLane
    .filter(({ kind }) => kind === 'branch')
    .some(({ key }) => {
      const side = takenSide(c, ofLane, key)
      const asRun: StepRun = { ...planned, id: planned.stepKey, state: 'scheduled' }
      return side !== null && ruledOut([asRun], ofLane, key, side).length > 0
    })
  if (isOnOtherSide || planned.kind !== 'retry') return isOnOtherSide
  const code = c.lastDecline?.code
  if (c.lane === 'ISSUER' && code && sameCodeRunning(c, code) >= SAME_CODE_LIMIT) return true
  const hasRetried = c.steps.some(({ kind, state }) => kind === 'retry' && state === 'done')
  const isPlanned = scheduled(c).some(({ kind }) => kind === 'retry')
  return allowsOneRetryOnly(c) && (hasRetried || isPlanned)
}

/**
 * Deadline and grace move with the settings, from where they stand. Nobody's case ends sooner than three days from
 * now because of it, so that a last notice can still go out.
 */
function endsUnder(
  c: RecoveryCase,
  before: Sequence,
  after: Sequence,
  now: Date,
): Pick<Move, 'deadlineAt' | 'graceEndsAt'> {
  const { anchorAt, expectedAt, nextExpectedAt, zone } = c
  const deadlineOf = ({ deadlineDays }: Sequence) =>
    deadlineFor({ anchorAt, expectedAt, nextExpectedAt, deadlineDays, zone })
  const byMs = deadlineOf(after).getTime() - deadlineOf(before).getTime()
  const wanted = new Date(c.deadlineAt.getTime() + byMs)
  const latest = max(c.deadlineAt, deadlineOf(after))
  const earliest = min(c.deadlineAt, addHours(now, (LAST_NOTICE_DAYS + 1) * 24))
  const deadlineAt = min(max(wanted, earliest), latest)
  const graceAt = addLocalDays(c.graceEndsAt, after.graceDays - before.graceDays, zone)
  const graceEndsAt = max(graceAt, min(c.graceEndsAt, addHours(now, 24)))
  return {
    ...(deadlineAt.getTime() === c.deadlineAt.getTime() ? {} : { deadlineAt }),
    ...(c.graceEnded || graceEndsAt.getTime() === c.graceEndsAt.getTime() ? {} : { graceEndsAt }),
  }
}

function min(a: Date, b: Date): Date {
  return a < b ? a : b
}

function max(a: Date, b: Date): Date {
  return a > b ? a : b
}

/**
 * Ends a case because its version is given up: nothing more is charged or said, and the subscription is left as it is.
 * Null: not now, for a charge is under way or the case is over; it is asked again later.
 */
export function endOnPublish(
  c: RecoveryCase,
): { state: CaseState; cancel: Move['cancel']; because: string } | null {
  if (isTerminal(c.state) || c.attempts.some(isLive)) return null
  const because =
    'ended by staff when a new version was published: the subscription is left as it is'
  return {
    state: { status: 'written_off' },
    cancel: scheduled(c).map(({ id }) => ({ stepRunId: id, because })),
    because,
  }
}

/** The end as `decide` would have decided it; null: not now. */
export function decisionOfEnd(c: RecoveryCase): Decision | null {
  const end = endOnPublish(c)
  return (
    end && {
      ...decisionOfMove(c, { cancel: end.cancel, add: [], because: end.because }),
      state: end.state,
    }
  )
}
