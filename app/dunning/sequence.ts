/**
 * The merchant's plan: the default sequence, and the check that turns what a form sent into a `Sequence`.
 *
 * Days are written for a deadline of 21 days; a shorter deadline draws them together (schedule.ts). "Day 4" counts
 * from the first failure or from entering the lane, never from the step before.
 */

import { exclude, mostOnOnePath, pathsOf } from './branches.ts'
import { MOST_CONDITIONS, parseConditions, wrongWithCondition } from './conditions.ts'
import { ATTEMPTS_PER_CYCLE } from './limits.ts'
import { SEQUENCE_DAYS } from './schedule.ts'
import type {
  FinalAction,
  Hours,
  IfMissed,
  Lane,
  MessageStage,
  Sequence,
  Step,
  StepKind,
  StepOffset,
  StepRun,
  WaitEvent,
} from './types.ts'

/**
 * The sequence that every shop starts with. Source: dunning practice, section 7; rulings 10 and 11. A fifth retry of
 * the FUNDS lane is left out until its chance of success has been measured.
 */
export function defaultSequence(): Sequence {
  return {
    steps: [
      ...fundsLane(),
      ...issuerLane(),
      ...techLane(),
      ...cardLane(),
      ...authLane(),
      ...stopLane(),
      ...merchantLane(),
      ...stockLane(),
      ...unknownLane(),
    ],
    finalAction: 'pause',
    deadlineDays: SEQUENCE_DAYS,
    graceDays: SEQUENCE_DAYS,
    stockFinalAction: 'skip',
    retryWindow: { fromHour: 9, untilHour: 10 },
  }
}

/** A plan renews often below this: from one charge to the next. Milliseconds: a week, less the hour of a clock change. */
const OFTEN_MS = 7 * 24 * 3_600_000 - 3_600_000

type Dates = { expectedAt: Date; nextExpectedAt: Date | null }

/** Whether the subscription renews more often than weekly. */
export function renewsOften({ expectedAt, nextExpectedAt }: Dates): boolean {
  return nextExpectedAt !== null && nextExpectedAt.getTime() - expectedAt.getTime() < OFTEN_MS
}

/** Whether the step that wrote a message down is said to carry an offer, whatever the words say of themselves. */
export function isOfferStep(
  { steps }: Sequence,
  c: { steps: readonly Pick<StepRun, 'id' | 'stepKey'>[] },
  stepRunId: string | null,
): boolean {
  const run = c.steps.find(({ id }) => id === stepRunId)
  return steps.some(({ key, commercial }) => key === run?.stepKey && commercial === true)
}

/**
 * What ends a case of this subscription unpaid. One that renews more often than weekly loses the cycle and goes on:
 * pausing it after one failed day would cost the merchant more than the day. Source: dunning-practice 7.
 */
export function finalActionFor({ finalAction }: Pick<Sequence, 'finalAction'>, dates: Dates) {
  return renewsOften(dates) && finalAction !== 'leave' ? 'skip' : finalAction
}

/** About a fifth of recoveries need no contact, so the first retry comes before any word. */
function fundsLane(): Step[] {
  return [
    retry('funds.r1', anchorDay(1)),
    { ...retry('funds.r2', anchorDay(4)), payday: true },
    retry('funds.r3', anchorDay(8)),
    retry('funds.r4', anchorDay(12)),
    email('funds.e1', after('funds.r1', 2), 'first'),
    email('funds.e2', after('funds.r2', 2), 'reminder'),
    email('funds.e3', after('funds.r3', 2), 'options'),
    email('funds.e4', after('funds.r4', 2), 'plan'),
    email('funds.e5', anchorDay(18), 'last'),
    sms('funds.s1', anchorDay(5), 'reminder'),
    sms('funds.s2', anchorDay(13), 'plan'),
  ]
}

function issuerLane(): Step[] {
  return [
    retry('issuer.r1', anchorDay(1)),
    retry('issuer.r2', anchorDay(3)),
    retry('issuer.r3', anchorDay(7)),
    retry('issuer.r4', anchorDay(14)),
    { ...email('issuer.e0', laneDay(0), 'first'), onlyForCodes: ['CALL_ISSUER'] },
    email('issuer.e1', after('issuer.r1', 2), 'first'),
    email('issuer.e2', anchorDay(4), 'reminder'),
    email('issuer.e3', anchorDay(8), 'options'),
    email('issuer.e4', anchorDay(12), 'plan'),
    email('issuer.e5', anchorDay(18), 'last'),
    sms('issuer.s1', anchorDay(5), 'reminder'),
    sms('issuer.s2', anchorDay(13), 'plan'),
  ]
}

/** An outage clears itself: nothing for the shopper, a word to staff. */
function techLane(): Step[] {
  return [
    task('tech.alert', laneDay(0), 'The payment provider had a fault; we try again by ourselves'),
    retry('tech.r1', laneDay(1)),
    retry('tech.r2', laneDay(2)),
    retry('tech.r3', laneDay(4)),
  ]
}

/** No retry can pass: the one attempt comes when the method changes. */
function cardLane(): Step[] {
  return [
    email('card.e1', laneDay(0), 'first'),
    email('card.e2', laneDay(3), 'reminder'),
    email('card.e3', laneDay(7), 'plan'),
    email('card.e4', laneDay(14), 'last'),
    sms('card.s1', laneDay(4), 'reminder'),
  ]
}

/** Only the shopper can pass it. Three texts would be one over the cap of two for a case. */
function authLane(): Step[] {
  return [
    email('auth.e1', laneDay(0), 'first'),
    email('auth.e2', laneDay(1), 'reminder'),
    email('auth.e3', laneDay(3), 'plan'),
    sms('auth.s1', laneDay(2), 'first'),
    sms('auth.s2', laneDay(4), 'reminder'),
  ]
}

function stopLane(): Step[] {
  return [
    email('stop.e1', laneDay(0), 'first'),
    task('stop.review', laneDay(0), 'Look at a payment that must not be tried again'),
  ]
}

/** The shopper cannot help, and hears nothing about payment; a wrong delivery address is asked for kindly. */
function merchantLane(): Step[] {
  return [
    task('merchant.task', laneDay(0), 'Clear what stops the charge, then press "retry now"'),
    task('merchant.reminder', laneDay(2), 'Still waiting: clear what stops the charge'),
    {
      ...email('merchant.address', laneDay(0), 'address'),
      onlyForCodes: ['INVALID_SHIPPING_ADDRESS'],
    },
  ]
}

/** Five days of stock checks, each a real attempt, then the cycle is skipped or left to staff. */
function stockLane(): Step[] {
  return [
    task('stock.task', laneDay(0), 'Out of stock: restock, and the renewal goes through by itself'),
    ...[1, 2, 3, 4, 5].map((day) => retry(`stock.r${day}`, laneDay(day))),
  ]
}

/** A code that is new to us: one late try in neutral words, then another method is asked for. */
function unknownLane(): Step[] {
  return [
    retry('unknown.r1', laneDay(3)),
    email('unknown.e1', after('unknown.r1', 2), 'first'),
    email('unknown.e2', laneDay(8), 'reminder'),
    email('unknown.e3', laneDay(14), 'last'),
  ]
}

/** The retries of a lane in the order of their days. */
export function retriesInLane(sequence: Sequence, lane: Lane): Step[] {
  return sequence.steps
    .filter((step) => step.lane === lane && step.kind === 'retry')
    .sort((a, b) => daysOf(a) - daysOf(b))
}

// ---------------------------------------------------------------- from a form to a sequence

/** What the editor's form holds: numbers may still be text, and nothing has been checked. */
export type SequenceDraft = {
  steps: Step[]
  finalAction: string
  deadlineDays: string | number
  graceDays: string | number
  stockFinalAction: string
  retryWindow: { fromHour: string | number; untilHour: string | number }
}

/**
 * `field` names the input, e.g. "deadlineDays" or a step's key; `say` tells the merchant what to do. `input`: which
 * input of the step, where it is one.
 */
export type SequenceProblem = { field: string; say: string; input?: StepInput }

/** The inputs of a step; a guard rail stands beside the same ones (guard-rails.ts). */
export type StepInput =
  | 'offset'
  | 'payday'
  | 'stage'
  | 'commercial'
  | 'task'
  | 'phone'
  | 'window'
  | 'when'
  | 'branch'
  | 'until'
  | 'action'
  | 'kind'

export type CheckedSequence =
  | { ok: true; sequence: Sequence }
  | { ok: false; problems: SequenceProblem[] }

/** Most e-mails and texts that one lane may hold. Dunning practice, section 9. */
export const EMAILS_PER_LANE = 5
export const TEXTS_PER_LANE = 2

/** Fewer days than this leave no room for two retries and a last notice. */
export const LEAST_DEADLINE_DAYS = 5

/** A merchant may let benefits outlast the case by as much as a quarter. */
export const MOST_GRACE_DAYS = 90

/** A lane may hold so many steps, and a sequence so many in all. Ours: more is a mistake. */
export const STEPS_PER_LANE = 30
export const STEPS_PER_SEQUENCE = 120

/** Longest script for a phone call, and longest task. Characters. */
export const SCRIPT_LENGTH = 2000
export const TASK_LENGTH = 500

/** A draft is either a sequence or a list of everything that is wrong with it. */
export function checkSequence(draft: SequenceDraft): CheckedSequence {
  const problems: SequenceProblem[] = []
  const whole = (
    field: string,
    value: string | number,
    least: number,
    most: number,
    what: string,
  ) => {
    const number =
      typeof value === 'number' ? value : value.trim() === '' ? Number.NaN : Number(value)
    if (!Number.isInteger(number) || number < least || number > most) {
      problems.push({ field, say: `${what} must be a whole number from ${least} to ${most}.` })
    }
    return number
  }

  const deadlineDays = whole(
    'deadlineDays',
    draft.deadlineDays,
    LEAST_DEADLINE_DAYS,
    SEQUENCE_DAYS,
    'The days until the deadline',
  )
  const graceDays = whole('graceDays', draft.graceDays, 0, MOST_GRACE_DAYS, 'The days of grace')
  // Never between midnight and six, whatever else is set.
  const fromHour = whole(
    'retryWindow',
    draft.retryWindow.fromHour,
    6,
    22,
    'The first hour for retries',
  )
  const untilHour = whole(
    'retryWindow',
    draft.retryWindow.untilHour,
    7,
    23,
    'The last hour for retries',
  )
  if (untilHour <= fromHour) {
    problems.push({ field: 'retryWindow', say: 'The hours for retries must end after they begin.' })
  }
  const finalAction = FINAL_ACTIONS.find((one) => one === draft.finalAction)
  if (!finalAction) {
    problems.push({ field: 'finalAction', say: 'Choose what happens when the deadline comes.' })
  }
  const stockFinalAction = STOCK_ACTIONS.find((one) => one === draft.stockFinalAction)
  if (!stockFinalAction) {
    problems.push({
      field: 'stockFinalAction',
      say: 'Choose what happens when the product stays out of stock.',
    })
  }

  checkSteps(draft.steps, problems)
  if (problems.length > 0 || !finalAction || !stockFinalAction) return { ok: false, problems }
  return {
    ok: true,
    sequence: {
      steps: draft.steps,
      finalAction,
      deadlineDays,
      graceDays,
      stockFinalAction,
      retryWindow: { fromHour, untilHour },
    },
  }
}

function checkSteps(steps: readonly Step[], problems: SequenceProblem[]): void {
  const keys = new Set<string>()
  if (steps.length > STEPS_PER_SEQUENCE)
    problems.push({
      field: 'steps',
      say: `A sequence holds at most ${STEPS_PER_SEQUENCE} steps; this one has ${steps.length}.`,
    })
  for (const step of steps) {
    if (!STEP_KEY.test(step.key))
      problems.push({
        field: step.key,
        say: 'The name of a step is made of letters, digits, dots and dashes, 60 at most.',
      })
    if (keys.has(step.key)) {
      problems.push({
        field: step.key,
        say: `Two steps are called ${step.key}; each needs a name of its own.`,
      })
    }
    keys.add(step.key)
    for (const wrong of wrongWith(step, steps)) problems.push({ field: step.key, ...wrong })
  }
  for (const lane of LANES)
    checkLane(
      lane,
      steps.filter((step) => step.lane === lane),
      problems,
    )
}

type Wrong = { input: StepInput; say: string }

function wrongWith(step: Step, steps: readonly Step[]): Wrong[] {
  const wrong: Wrong[] = wrongWithOffset(step, steps).map((say) => ({ input: 'offset', say }))
  const add = (input: StepInput, says: readonly string[]) => {
    for (const say of says) wrong.push({ input, say })
  }
  const refused = whyNoRetry(step.lane)
  if (step.kind === 'retry' && refused) add('kind', [refused])
  if (step.payday && step.kind !== 'retry') add('payday', ['Only a retry can look for a payday.'])
  const isMessage = step.kind === 'email' || step.kind === 'sms' || step.kind === 'account_notice'
  if (isMessage && !step.stage) add('stage', ['Choose what the message says.'])
  if (step.commercial && !isMessage) add('commercial', ['Only a message can carry an offer.'])
  const isAboutPayment = step.stage !== 'address'
  if (isSilentLane(step.lane) && isMessage && isAboutPayment) {
    add('stage', ['The shopper cannot help here, so nothing is written about the payment.'])
  }
  if (step.kind === 'staff_task' && !step.task?.trim()) add('task', ['Say what staff should do.'])
  if (step.task && step.task.length > TASK_LENGTH)
    add('task', [`What staff should do must fit into ${TASK_LENGTH} characters.`])
  if (step.phone) add('phone', wrongWithCall(step.kind, step.phone.script))
  if (step.window) add('window', wrongWithHours(step.kind, step.window))
  if (step.when) add('when', wrongWithConditions(step.when))
  if (step.kind === 'branch' && !step.when?.length)
    add('when', ['Say what the branch looks at: without a condition it has only one side.'])
  if (step.branch) add('branch', wrongWithBranch(step, steps))
  add('until', wrongWithWait(step))
  add('action', wrongWithEnding(step))
  return wrong
}

function wrongWithOffset(step: Step, steps: readonly Step[]): string[] {
  const wrong: string[] = []
  const { offset } = step
  if (offset.from === 'step') {
    const other = steps.find(({ key }) => key === offset.stepKey)
    if (!other || other.lane !== step.lane || other.kind !== 'retry') {
      wrong.push(`It follows ${offset.stepKey}, which is not a retry of the same lane.`)
    }
    if (step.kind === 'retry')
      wrong.push('A retry needs a day of its own; it cannot follow another step.')
    if (!Number.isFinite(offset.hours) || offset.hours < 0 || offset.hours > MOST_HOURS_AFTER) {
      wrong.push(`It may follow a retry by 0 to ${MOST_HOURS_AFTER} hours.`)
    }
    return wrong
  }
  const least = leastDay(step.kind)
  if (!Number.isInteger(offset.days) || offset.days < least || offset.days > LAST_STEP_DAY) {
    wrong.push(`Its day must be a whole number from ${least} to ${LAST_STEP_DAY}.`)
  }
  return wrong
}

function wrongWithCall(kind: StepKind, script: string): string[] {
  if (kind !== 'staff_task') return ['Only a task for staff can be a phone call.']
  if (!script.trim()) return ['Write what staff should say on the phone.']
  return script.length > SCRIPT_LENGTH
    ? [`The script must fit into ${SCRIPT_LENGTH} characters.`]
    : []
}

function wrongWithHours(kind: StepKind, { fromHour, untilHour }: Hours): string[] {
  const isWhole = Number.isInteger(fromHour) && Number.isInteger(untilHour)
  if (!isWhole || fromHour < 0 || untilHour > 24) return ['Hours are whole numbers from 0 to 24.']
  if (untilHour <= fromHour) return ['The hours must end after they begin.']
  // Never between midnight and six, whatever else is set.
  if (kind === 'retry' && (fromHour < 6 || untilHour > 23))
    return ['A retry may fire from 6 to 23 only.']
  return kind === 'wait' || kind === 'branch'
    ? ['It begins with its day, so it has no hours of its own.']
    : []
}

function wrongWithConditions(conditions: NonNullable<Step['when']>): string[] {
  const wrong = conditions.flatMap((one) => wrongWithCondition(one) ?? [])
  if (conditions.length > MOST_CONDITIONS)
    wrong.push(`A step looks at ${MOST_CONDITIONS} conditions at most.`)
  return wrong
}

function wrongWithBranch({ key, lane, branch }: Step, steps: readonly Step[]): string[] {
  const of = steps.find((one) => one.key === branch?.stepKey)
  if (of?.kind !== 'branch' || of.lane !== lane)
    return [`It belongs to ${branch?.stepKey}, which is not a branch of the same lane.`]
  const seen = new Set([key])
  for (let at: Step | undefined = of; at; ) {
    if (seen.has(at.key)) return ['It belongs to a branch that belongs to itself.']
    seen.add(at.key)
    const above: string | undefined = at.branch?.stepKey
    at = steps.find((one) => one.key === above)
  }
  return []
}

function wrongWithWait({ kind, until }: Step): string[] {
  if (kind !== 'wait') return until ? ['Only a wait can wait for something.'] : []
  if (!until) return ['Say what is waited for.']
  return Number.isInteger(until.days) && until.days >= 1 && until.days < SEQUENCE_DAYS
    ? []
    : [`It may wait for 1 to ${SEQUENCE_DAYS - 1} days.`]
}

function wrongWithEnding({ kind, action, lane }: Step): string[] {
  if (kind !== 'contract_action' && action) return ['Only a contract action can have an action.']
  if (kind === 'contract_action' && !action)
    return ['Choose what happens to the subscription: pause, skip or cancel.']
  const refused = kind === 'retry' ? null : whyNotIn(lane, kind)
  return refused ? [refused] : []
}

/** Last day on which a step can stand, and most hours by which it can follow a retry. */
export const LAST_STEP_DAY = SEQUENCE_DAYS - 1
export const MOST_HOURS_AFTER = 72

/** Some steps may not happen in the very moment in which a charge failed. */
export function leastDay(kind: StepKind): number {
  return kind === 'retry' || kind === 'contract_action' || kind === 'end' ? 1 : 0
}

/** Why a lane can hold no step of this kind at all; null: it can. */
export function whyNotIn(lane: Lane, kind: StepKind): string | null {
  if (kind === 'retry') return whyNoRetry(lane)
  const isEnding = kind === 'contract_action' || kind === 'end'
  return isEnding && isSilentLane(lane)
    ? "The cause is not the shopper's, so nothing ends here before staff have looked."
    : null
}

const STEP_KEY = /^[\w.-]{1,60}$/

function checkLane(lane: Lane, steps: readonly Step[], problems: SequenceProblem[]): void {
  const of = (kind: StepKind) => steps.filter((step) => step.kind === kind)
  const field = `lane.${lane}`
  const retries = of('retry')
  if (steps.length > STEPS_PER_LANE)
    problems.push({ field, say: `A lane holds at most ${STEPS_PER_LANE} steps.` })
  // Of the two sides of a branch a case comes to one.
  const most = (counted: (step: Step) => boolean) => mostOnOnePath(steps, counted)
  const mostRetries = mostRetriesIn(lane)
  if (!RETRY_REFUSED[lane] && most(({ kind }) => kind === 'retry') > mostRetries) {
    problems.push({ field, say: `At most ${mostRetries} retries are possible in this lane.` })
  }
  const pathOf = pathsOf(steps)
  const isSameDay = retries.some((one, i) =>
    retries
      .slice(i + 1)
      .some((other) => dayName(one) === dayName(other) && !exclude(pathOf(one), pathOf(other))),
  )
  if (isSameDay) {
    problems.push({
      field,
      say: 'Two retries share a day; at least 24 hours must lie between them.',
    })
  }
  if (lane === 'UNKNOWN' && retries.some((step) => daysOf(step) < 3)) {
    problems.push({ field, say: 'After a code that nobody knows, wait three days at least.' })
  }
  // A first notice for one code stands in for the common one, so it is not counted beside it.
  if (most((step) => step.kind === 'email' && !step.onlyForCodes) > EMAILS_PER_LANE) {
    problems.push({
      field,
      say: `At most ${EMAILS_PER_LANE} e-mails are sent for one failed renewal.`,
    })
  }
  if (most(({ kind }) => kind === 'sms') > TEXTS_PER_LANE) {
    problems.push({
      field,
      say: `At most ${TEXTS_PER_LANE} texts are sent for one failed renewal.`,
    })
  }
}

/** The first charge is one of the attempts that the cap counts. */
export function mostRetriesIn(lane: Lane): number {
  if (RETRY_REFUSED[lane]) return 0
  return lane === 'UNKNOWN' ? 1 : lane === 'ISSUER' ? 4 : ATTEMPTS_PER_CYCLE - 1
}

function dayName({ offset }: Step): string {
  return `${offset.from} ${offset.from === 'step' ? '' : offset.days}`
}

/** Retries under cap H5 would never run, so the editor does not offer them. */
const RETRY_REFUSED: Partial<Record<Lane, string>> = {
  CARD: 'A retry cannot pass until the payment method changes; that attempt is made by itself.',
  AUTH: 'Only the shopper can pass this; a retry without them is refused.',
  STOP: 'Another try with this method is forbidden by the card networks.',
  MERCHANT: 'A retry cannot pass until staff have cleared the cause.',
}

function whyNoRetry(lane: Lane): string | null {
  return RETRY_REFUSED[lane] ?? null
}

/** The shopper cannot help in this lane: a delivery address is all that is asked for. */
export function isSilentLane(lane: Lane): boolean {
  return lane === 'MERCHANT' || lane === 'STOCK' || lane === 'TECH'
}

// ---------------------------------------------------------------- from stored JSON

/**
 * Reads a stored sequence. Throws when it is not one: a case must never run on half a plan.
 */
export function parseSequence(json: unknown): Sequence {
  const read = readSequence(json)
  const checked = read.ok ? checkSequence(read.sequence) : read
  if (checked.ok) return checked.sequence
  const problems = checked.problems.map(({ field, say }) => `${field}: ${say}`)
  throw new Error(
    `The stored sequence cannot be used (${problems.join('; ')}). Publish a corrected version of it.`,
  )
}

/** A draft has the form of a sequence, whose rules it may still break; else what cannot be read of it. */
export function readSequence(json: unknown): CheckedSequence {
  if (!isRecord(json))
    return { ok: false, problems: [{ field: 'steps', say: 'This is not a sequence.' }] }
  const problems: SequenceProblem[] = []
  const steps: Step[] = []
  if (Array.isArray(json.steps)) {
    for (const [i, raw] of json.steps.entries()) {
      const step = stepFrom(raw)
      if (typeof step !== 'string') steps.push(step)
      else problems.push({ field: fieldOf(raw, i), say: `A step cannot be read: ${step}.` })
    }
  } else problems.push({ field: 'steps', say: 'The steps are not a list.' })
  const number = (field: string, value: unknown) => {
    if (typeof value === 'number' && Number.isFinite(value)) return value
    problems.push({ field, say: 'Enter a whole number.' })
    return Number.NaN
  }
  const choice = <T>(field: string, offered: readonly T[], value: unknown) => {
    const chosen = offered.find((one) => one === value)
    if (!chosen) problems.push({ field, say: 'Choose one of those that are offered.' })
    return chosen
  }
  const { fromHour, untilHour } = isRecord(json.retryWindow) ? json.retryWindow : {}
  const deadlineDays = number('deadlineDays', json.deadlineDays)
  const graceDays = number('graceDays', json.graceDays)
  const retryWindow = {
    fromHour: number('retryWindow', fromHour),
    untilHour: number('retryWindow', untilHour),
  }
  const finalAction = choice('finalAction', FINAL_ACTIONS, json.finalAction)
  const stockFinalAction = choice('stockFinalAction', STOCK_ACTIONS, json.stockFinalAction)
  if (problems.length > 0 || !finalAction || !stockFinalAction) return { ok: false, problems }
  const sequence = { steps, finalAction, deadlineDays, graceDays, stockFinalAction, retryWindow }
  return { ok: true, sequence }
}

function fieldOf(raw: unknown, i: number): string {
  return isRecord(raw) && typeof raw.key === 'string' && raw.key !== '' ? raw.key : `steps.${i}`
}

/** A step, or what is wrong with it. Unknown properties are dropped. */
function stepFrom(raw: unknown): Step | string {
  if (!isRecord(raw)) return 'it is not an object'
  const key = raw.key
  if (typeof key !== 'string' || key === '') return 'it has no key'
  const lane = LANES.find((one) => one === raw.lane)
  if (!lane) return `${key} has no lane that we know`
  const kind = STEP_KINDS.find((one) => one === raw.kind)
  if (!kind) return `${key} has no kind that we know`
  const ifMissed = IF_MISSED.find((one) => one === raw.ifMissed)
  if (!ifMissed) return `${key} does not say what happens when it is missed`
  const offset = offsetFrom(raw.offset)
  if (!offset) return `${key} has no offset that we can read`
  const step: Step = { key, lane, kind, offset, ifMissed }
  if (raw.payday === true) step.payday = true
  if (raw.stage !== undefined) {
    const stage = STAGES.find((one) => one === raw.stage)
    if (!stage) return `${key} has no stage that we know`
    step.stage = stage
  }
  if (typeof raw.task === 'string') step.task = raw.task
  const codes = raw.onlyForCodes
  if (codes !== undefined) {
    if (!Array.isArray(codes) || !codes.every((code) => typeof code === 'string')) {
      return `${key} has codes that are not text`
    }
    step.onlyForCodes = codes
  }
  const wrong = readRest(step, raw)
  return wrong ?? step
}

/** Reads what only some kinds have into `step`; answers what cannot be read. */
function readRest(step: Step, raw: Record<string, unknown>): string | null {
  const { key } = step
  if (raw.window !== undefined) {
    const { fromHour, untilHour } = isRecord(raw.window) ? raw.window : {}
    if (typeof fromHour !== 'number' || typeof untilHour !== 'number')
      return `${key} has hours that are not numbers`
    step.window = { fromHour, untilHour }
  }
  if (raw.when !== undefined) {
    const when = parseConditions(raw.when)
    if (typeof when === 'string') return `${key}: ${when}`
    step.when = when
  }
  if (raw.phone !== undefined) {
    const script = isRecord(raw.phone) ? raw.phone.script : null
    if (typeof script !== 'string') return `${key} has a phone call without a script`
    step.phone = { script }
  }
  if (raw.until !== undefined) {
    const { event, days } = isRecord(raw.until) ? raw.until : {}
    const known = WAIT_EVENTS.find((one) => one === event)
    if (!known || typeof days !== 'number') return `${key} waits for nothing that we know`
    step.until = { event: known, days }
  }
  if (raw.branch !== undefined) {
    const { stepKey, side } = isRecord(raw.branch) ? raw.branch : {}
    if (typeof stepKey !== 'string' || (side !== 'yes' && side !== 'no'))
      return `${key} has a branch that we cannot read`
    step.branch = { stepKey, side }
  }
  if (raw.action !== undefined) {
    const action = CONTRACT_ACTIONS.find((one) => one === raw.action)
    if (!action) return `${key} has an action that we do not know`
    step.action = action
  }
  if (raw.commercial === true) step.commercial = true
  return null
}

function offsetFrom(raw: unknown): StepOffset | null {
  if (!isRecord(raw)) return null
  const { from, days, stepKey, hours } = raw
  if ((from === 'anchor' || from === 'lane') && typeof days === 'number') return { from, days }
  if (from === 'step' && typeof stepKey === 'string' && typeof hours === 'number') {
    return { from, stepKey, hours }
  }
  return null
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// ---------------------------------------------------------------- the words a sequence may use

export const LANES: readonly Lane[] = [
  'FUNDS',
  'ISSUER',
  'TECH',
  'CARD',
  'AUTH',
  'STOP',
  'MERCHANT',
  'STOCK',
  'UNKNOWN',
]
export const FINAL_ACTIONS: readonly FinalAction[] = [
  'pause',
  'skip',
  'leave',
  'unpaid_order',
  'cancel',
]
export const STOCK_ACTIONS: readonly Sequence['stockFinalAction'][] = ['skip', 'leave']
export const STEP_KINDS: readonly StepKind[] = [
  'retry',
  'email',
  'sms',
  'account_notice',
  'staff_task',
  'wait',
  'branch',
  'contract_action',
  'end',
]
export const WAIT_EVENTS: readonly WaitEvent[] = ['method_changed', 'task_done', 'clicked']
export const CONTRACT_ACTIONS: readonly NonNullable<Step['action']>[] = ['pause', 'skip', 'cancel']
const IF_MISSED: readonly IfMissed[] = ['skip', 'next_window', 'merge']
const STAGES: readonly MessageStage[] = [
  'first',
  'reminder',
  'options',
  'plan',
  'last',
  'address',
  'recovered',
  'ended',
  'update_link',
]

// ---------------------------------------------------------------- how steps are written

/** A retry that was missed runs in the next window: an outage of ours must not cost a rung. */
export function retry(key: string, offset: StepOffset): Step {
  return { key, lane: laneOf(key), kind: 'retry', offset, ifMissed: 'next_window' }
}

/** Several mails that were missed become one, the latest. */
export function email(key: string, offset: StepOffset, stage: MessageStage): Step {
  return { key, lane: laneOf(key), kind: 'email', offset, ifMissed: 'merge', stage }
}

export function sms(key: string, offset: StepOffset, stage: MessageStage): Step {
  return { key, lane: laneOf(key), kind: 'sms', offset, ifMissed: 'skip', stage }
}

export function task(key: string, offset: StepOffset, what: string): Step {
  return { key, lane: laneOf(key), kind: 'staff_task', offset, ifMissed: 'next_window', task: what }
}

/** `funds.r1` is a step of the FUNDS lane. */
function laneOf(key: string): Lane {
  const name = key.slice(0, key.indexOf('.')).toUpperCase()
  const lane = LANES.find((one) => one === name)
  if (!lane) throw new Error(`${key} does not begin with the name of a lane`)
  return lane
}

export function anchorDay(days: number): StepOffset {
  return { from: 'anchor', days }
}

export function laneDay(days: number): StepOffset {
  return { from: 'lane', days }
}

export function after(stepKey: string, hours: number): StepOffset {
  return { from: 'step', stepKey, hours }
}

function daysOf({ offset }: Step): number {
  return offset.from === 'step' ? 0 : offset.days
}
