/**
 * The merchant's plan: the default sequence, and the check that turns what a form sent into a `Sequence`.
 *
 * Days are written for a deadline of 21 days; a shorter deadline draws them together (schedule.ts). "Day 4" counts
 * from the first failure or from entering the lane, never from the step before.
 */

import { ATTEMPTS_PER_CYCLE } from './limits.ts'
import { SEQUENCE_DAYS } from './schedule.ts'
import type {
  FinalAction,
  IfMissed,
  Lane,
  MessageStage,
  Sequence,
  Step,
  StepKind,
  StepOffset,
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
    sms('funds.s1', anchorDay(4), 'reminder'),
    sms('funds.s2', anchorDay(12), 'plan'),
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
    sms('issuer.s1', anchorDay(4), 'reminder'),
    sms('issuer.s2', anchorDay(12), 'plan'),
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
    sms('card.s1', laneDay(3), 'reminder'),
  ]
}

/** Only the shopper can pass it. Three texts would be one over the cap of two for a case. */
function authLane(): Step[] {
  return [
    email('auth.e1', laneDay(0), 'first'),
    email('auth.e2', laneDay(1), 'reminder'),
    email('auth.e3', laneDay(3), 'plan'),
    sms('auth.s1', laneDay(0), 'first'),
    sms('auth.s2', laneDay(3), 'reminder'),
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

/** `field` names the input, e.g. "deadlineDays" or a step's key; `say` tells the merchant what to do. */
export type SequenceProblem = { field: string; say: string }

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
  for (const step of steps) {
    if (keys.has(step.key)) {
      problems.push({
        field: step.key,
        say: `Two steps are called ${step.key}; each needs a name of its own.`,
      })
    }
    keys.add(step.key)
    for (const say of wrongWith(step, steps)) problems.push({ field: step.key, say })
  }
  for (const lane of LANES)
    checkLane(
      lane,
      steps.filter((step) => step.lane === lane),
      problems,
    )
}

function wrongWith(step: Step, steps: readonly Step[]): string[] {
  const wrong: string[] = []
  const { offset } = step
  if (offset.from === 'step') {
    const other = steps.find(({ key }) => key === offset.stepKey)
    if (!other || other.lane !== step.lane || other.kind !== 'retry') {
      wrong.push(`It follows ${offset.stepKey}, which is not a retry of the same lane.`)
    }
    if (step.kind === 'retry')
      wrong.push('A retry needs a day of its own; it cannot follow another step.')
    if (!Number.isFinite(offset.hours) || offset.hours < 0 || offset.hours > 72) {
      wrong.push('It may follow a retry by 0 to 72 hours.')
    }
  } else {
    const least = step.kind === 'retry' ? 1 : 0
    if (!Number.isInteger(offset.days) || offset.days < least || offset.days >= SEQUENCE_DAYS) {
      wrong.push(`Its day must be a whole number from ${least} to ${SEQUENCE_DAYS - 1}.`)
    }
  }
  if (step.kind === 'retry' && RETRY_REFUSED[step.lane]) wrong.push(RETRY_REFUSED[step.lane] ?? '')
  if (step.payday && step.kind !== 'retry') wrong.push('Only a retry can look for a payday.')
  if ((step.kind === 'email' || step.kind === 'sms') && !step.stage) {
    wrong.push('Choose what the message says.')
  }
  if (step.kind === 'staff_task' && !step.task?.trim()) wrong.push('Say what staff should do.')
  const isAboutPayment = step.stage !== 'address'
  if (
    SILENT_LANES.includes(step.lane) &&
    (step.kind === 'email' || step.kind === 'sms') &&
    isAboutPayment
  ) {
    wrong.push('The shopper cannot help here, so nothing is written about the payment.')
  }
  return wrong
}

function checkLane(lane: Lane, steps: readonly Step[], problems: SequenceProblem[]): void {
  const of = (kind: StepKind) => steps.filter((step) => step.kind === kind)
  const field = `lane.${lane}`
  const retries = of('retry')
  // The first charge is one of the attempts that the cap counts.
  const mostRetries = lane === 'UNKNOWN' ? 1 : lane === 'ISSUER' ? 4 : ATTEMPTS_PER_CYCLE - 1
  if (retries.length > mostRetries) {
    problems.push({ field, say: `At most ${mostRetries} retries are possible in this lane.` })
  }
  const days = retries.map(
    ({ offset }) => `${offset.from} ${offset.from === 'step' ? '' : offset.days}`,
  )
  if (new Set(days).size < days.length) {
    problems.push({
      field,
      say: 'Two retries share a day; at least 24 hours must lie between them.',
    })
  }
  if (lane === 'UNKNOWN' && retries.some((step) => daysOf(step) < 3)) {
    problems.push({ field, say: 'After a code that nobody knows, wait three days at least.' })
  }
  // A first notice for one code stands in for the common one, so it is not counted beside it.
  if (of('email').filter((step) => !step.onlyForCodes).length > EMAILS_PER_LANE) {
    problems.push({
      field,
      say: `At most ${EMAILS_PER_LANE} e-mails are sent for one failed renewal.`,
    })
  }
  if (of('sms').length > TEXTS_PER_LANE) {
    problems.push({
      field,
      say: `At most ${TEXTS_PER_LANE} texts are sent for one failed renewal.`,
    })
  }
}

/** Retries under cap H5 would never run, so the editor does not offer them. */
const RETRY_REFUSED: Partial<Record<Lane, string>> = {
  CARD: 'A retry cannot pass until the payment method changes; that attempt is made by itself.',
  AUTH: 'Only the shopper can pass this; a retry without them is refused.',
  STOP: 'Another try with this method is forbidden by the card networks.',
  MERCHANT: 'A retry cannot pass until staff have cleared the cause.',
}

const SILENT_LANES: readonly Lane[] = ['MERCHANT', 'STOCK', 'TECH']

// ---------------------------------------------------------------- from stored JSON

/**
 * Reads a stored sequence. Throws when it is not one: a case must never run on half a plan.
 */
export function parseSequence(json: unknown): Sequence {
  const problems: string[] = []
  const steps: Step[] = []
  const body = isRecord(json) ? json : {}
  if (!isRecord(json)) problems.push('it is not an object')
  if (Array.isArray(body.steps)) {
    for (const [i, raw] of body.steps.entries()) {
      const step = stepFrom(raw)
      if (typeof step === 'string') problems.push(`step ${i}: ${step}`)
      else steps.push(step)
    }
  } else if (isRecord(json)) problems.push('steps is not a list')

  if (problems.length === 0) {
    const window = isRecord(body.retryWindow) ? body.retryWindow : {}
    const checked = checkSequence({
      steps,
      finalAction: textOf(body.finalAction),
      deadlineDays: numberOf(body.deadlineDays),
      graceDays: numberOf(body.graceDays),
      stockFinalAction: textOf(body.stockFinalAction),
      retryWindow: {
        fromHour: numberOf(window.fromHour),
        untilHour: numberOf(window.untilHour),
      },
    })
    if (checked.ok) return checked.sequence
    problems.push(...checked.problems.map(({ field, say }) => `${field}: ${say}`))
  }
  throw new Error(
    `The stored sequence cannot be used (${problems.join('; ')}). Publish a corrected version of it.`,
  )
}

/** A step, or what is wrong with it. Unknown properties are dropped. */
function stepFrom(raw: unknown): Step | string {
  if (!isRecord(raw)) return 'it is not an object'
  const key = raw.key
  if (typeof key !== 'string' || key === '') return 'it has no key'
  const lane = LANES.find((one) => one === raw.lane)
  if (!lane) return `${key} has no lane that we know`
  const kind = KINDS.find((one) => one === raw.kind)
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
  return step
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

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN
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
const KINDS: readonly StepKind[] = ['retry', 'email', 'sms', 'staff_task']
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
function retry(key: string, offset: StepOffset): Step {
  return { key, lane: laneOf(key), kind: 'retry', offset, ifMissed: 'next_window' }
}

/** Several mails that were missed become one, the latest. */
function email(key: string, offset: StepOffset, stage: MessageStage): Step {
  return { key, lane: laneOf(key), kind: 'email', offset, ifMissed: 'merge', stage }
}

function sms(key: string, offset: StepOffset, stage: MessageStage): Step {
  return { key, lane: laneOf(key), kind: 'sms', offset, ifMissed: 'skip', stage }
}

function task(key: string, offset: StepOffset, what: string): Step {
  return { key, lane: laneOf(key), kind: 'staff_task', offset, ifMissed: 'next_window', task: what }
}

/** `funds.r1` is a step of the FUNDS lane. */
function laneOf(key: string): Lane {
  const name = key.slice(0, key.indexOf('.')).toUpperCase()
  const lane = LANES.find((one) => one === name)
  if (!lane) throw new Error(`${key} does not begin with the name of a lane`)
  return lane
}

function anchorDay(days: number): StepOffset {
  return { from: 'anchor', days }
}

function laneDay(days: number): StepOffset {
  return { from: 'lane', days }
}

function after(stepKey: string, hours: number): StepOffset {
  return { from: 'step', stepKey, hours }
}

function daysOf({ offset }: Step): number {
  return offset.from === 'step' ? 0 : offset.days
}
