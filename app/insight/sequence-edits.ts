/**
 * What the editor does to a plan: each edit gives a new plan, and every one can be undone. Pure; the plan may break its
 * rules meanwhile (an empty number is NaN), which `checkSequence` and `guardRails` say.
 *
 * Days are those of the plan as it is written, for 21 days; a shorter deadline draws them together (schedule.ts).
 */

import { pathsOf } from '../dunning/branches.ts'
import { isSilentLane, LAST_STEP_DAY, leastDay, MOST_HOURS_AFTER } from '../dunning/sequence.ts'
import type { BranchSide, IfMissed, Lane, Sequence, Step, StepKind } from '../dunning/types.ts'
import { stepName } from './step-words.ts'

export type Edit =
  | { type: 'settings'; patch: Partial<Omit<Sequence, 'steps'>> }
  /** `branch`: on that side of it. */
  | { type: 'add'; lane: Lane; kind: StepKind; branch?: { stepKey: string; side: BranchSide } }
  /** `gesture`: what belongs together is undone together, e.g. one drag. */
  | { type: 'move'; key: string; days: number; gesture?: string }
  /** The step as it should be; `input` names what was changed. */
  | { type: 'change'; step: Step; input: string }
  | { type: 'duplicate'; key: string }
  | { type: 'remove'; key: string }

export type EditorAction =
  | Edit
  | { type: 'undo' }
  | { type: 'redo' }
  /** Begins anew with another plan. */
  | { type: 'begin'; plan: Sequence }
  | { type: 'open_step'; key: string | null }

export type EditorState = {
  plan: Sequence
  /** The step whose inputs are shown. */
  openStep: string | null
  past: Kept[]
  future: Kept[]
  /** Keys that are or were in use: a new step never takes over the past of another. */
  taken: readonly string[]
  /** What was done last, for those who cannot see it. `count` tells the same words said twice apart. */
  said: { text: string; count: number }
}

/** A plan as it was, `what` changed it, and the gesture that it belongs to. */
type Kept = { plan: Sequence; what: string; gesture: string | null }

/** Steps back that are kept. Ours: an hour of work. */
const MOST_KEPT = 200

export function editorFor(plan: Sequence, taken: readonly string[] = []): EditorState {
  const keys = plan.steps.map(({ key }) => key)
  return {
    plan,
    openStep: null,
    past: [],
    future: [],
    taken: [...new Set([...taken, ...keys])],
    said: { text: '', count: 0 },
  }
}

export function edited(state: EditorState, action: EditorAction): EditorState {
  switch (action.type) {
    case 'begin':
      return { ...editorFor(action.plan, state.taken), said: state.said }
    case 'open_step':
      return { ...state, openStep: action.key }
    case 'undo':
      return stepped(state, 'past', 'future', 'Undone')
    case 'redo':
      return stepped(state, 'future', 'past', 'Done again')
    default: {
      const made = make(state, action)
      if (!made) return state
      return made.plan === state.plan
        ? { ...state, said: say(state, made.text) }
        : withEdit(state, action, made)
    }
  }
}

/** Whether two plans say the same, whatever order their properties stand in. */
export function isSamePlan(one: Sequence, other: Sequence): boolean {
  return planText(one) === planText(other)
}

/** The same text for the same plan. */
export function planText(plan: Sequence): string {
  return JSON.stringify(plan, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}

/** The day of a step as the plan is written, in days and parts of a day after the case came to the lane. */
export function writtenDay({ offset }: Step, steps: readonly Step[]): number {
  if (offset.from !== 'step') return offset.days
  const other = steps.find(({ key }) => key === offset.stepKey)
  const day = other && other.offset.from !== 'step' ? other.offset.days : 0
  return day + offset.hours / 24
}

/** A branch and all that stands on its sides, directly or further down; any other step alone. */
export function withChildren(key: string, steps: readonly Step[]): Step[] {
  const lane = steps.find((step) => step.key === key)?.lane
  const here = steps.filter((step) => step.lane === lane)
  const pathOf = pathsOf(here)
  return here.filter((step) => step.key === key || pathOf(step).has(key))
}

// ---------------------------------------------------------------- history

type Made = { plan: Sequence; openStep?: string | null; text: string }

function withEdit(state: EditorState, edit: Edit, made: Made): EditorState {
  const gesture = gestureOf(edit)
  const last = state.past.at(-1)
  const isSame = gesture !== null && last?.gesture === gesture
  const kept: Kept = { plan: state.plan, what: made.text, gesture }
  return {
    plan: made.plan,
    openStep: made.openStep === undefined ? state.openStep : made.openStep,
    past: isSame
      ? [...state.past.slice(0, -1), { ...last, what: made.text }]
      : [...state.past, kept].slice(-MOST_KEPT),
    future: [],
    taken: [...new Set([...state.taken, ...made.plan.steps.map(({ key }) => key)])],
    said: say(state, made.text),
  }
}

/** Typing into one input is undone as a whole, and so is one drag. */
function gestureOf(edit: Edit): string | null {
  switch (edit.type) {
    case 'settings':
      return `settings ${Object.keys(edit.patch).join()}`
    case 'change':
      return `${edit.step.key} ${edit.input}`
    case 'move':
      return edit.gesture ?? null
    default:
      return null
  }
}

function stepped(
  state: EditorState,
  from: 'past' | 'future',
  to: 'past' | 'future',
  word: string,
): EditorState {
  const back = state[from].at(-1)
  if (!back)
    return { ...state, said: say(state, `Nothing to ${from === 'past' ? 'undo' : 'redo'}`) }
  const left: Kept = { plan: state.plan, what: back.what, gesture: null }
  const isThere = back.plan.steps.some(({ key }) => key === state.openStep)
  return {
    ...state,
    plan: back.plan,
    openStep: isThere ? state.openStep : null,
    [from]: state[from].slice(0, -1),
    [to]: [...state[to], left],
    said: say(state, `${word}: ${back.what}`),
  }
}

function say({ said }: EditorState, text: string): EditorState['said'] {
  return { text, count: said.count + 1 }
}

// ---------------------------------------------------------------- the edits

/** Null: there is nothing to change. */
function make(state: EditorState, edit: Edit): Made | null {
  const { plan } = state
  switch (edit.type) {
    case 'settings': {
      const next = { ...plan, ...edit.patch }
      return isSamePlan(next, plan) ? null : { plan: next, text: 'the settings of the plan' }
    }
    case 'change':
      return change(plan, edit.step)
    case 'move':
      return move(plan, edit.key, edit.days)
    case 'add': {
      const step = newStep(state, edit)
      return {
        plan: { ...plan, steps: [...plan.steps, step] },
        openStep: step.key,
        text: `${stepName(step)} added on ${dayWord(step, plan.steps)}`,
      }
    }
    case 'duplicate':
      return duplicate(state, edit.key)
    case 'remove':
      return remove(plan, edit.key)
  }
}

function change(plan: Sequence, step: Step): Made | null {
  const before = plan.steps.find(({ key }) => key === step.key)
  if (!before) return null
  const steps = plan.steps.map((one) => (one === before ? step : one))
  const next = { ...plan, steps }
  return isSamePlan(next, plan) ? null : { plan: next, text: `${stepName(step)} changed` }
}

/**
 * Moves a step by whole days, as far as the plan goes; what stands on the sides of a branch goes with it, and so do
 * messages that follow a retry by hours. One that follows a retry keeps following within 72 hours, then gets a day of
 * its own.
 */
function move(plan: Sequence, key: string, days: number): Made | null {
  const group = withChildren(key, plan.steps)
  const step = group.find((one) => one.key === key)
  if (!step || !Number.isFinite(days)) return null
  const by = Math.max(
    ...group.map((one) => least(one) - wholeDay(one, plan.steps)),
    Math.min(...group.map((one) => LAST_STEP_DAY - wholeDay(one, plan.steps)), Math.trunc(days)),
  )
  const moved = new Map(
    group
      .filter((one) => one === step || !followsOneOf(one, group))
      .map((one) => [one.key, shifted(one, by, plan.steps)]),
  )
  const next = { ...plan, steps: plan.steps.map((one) => moved.get(one.key) ?? one) }
  if (isSamePlan(next, plan))
    return {
      plan,
      text: `${stepName(step)} stays on ${dayWord(step, plan.steps)}: it can go no further`,
    }
  const now = moved.get(key) ?? step
  const others = group.length - 1
  return {
    plan: next,
    text: `${stepName(now)} moved to ${dayWord(now, next.steps)}${others > 0 ? `, with ${count(others)} on its sides` : ''}`,
  }
}

function shifted(step: Step, by: number, steps: readonly Step[]): Step {
  const { offset } = step
  if (offset.from !== 'step')
    return { ...step, offset: { ...offset, days: wholeDay(step, steps) + by } }
  const hours = offset.hours + by * 24
  if (hours >= 0 && hours <= MOST_HOURS_AFTER) return { ...step, offset: { ...offset, hours } }
  return withOwnDay(step, steps, by)
}

/** A step that followed a retry, on the day on which it stood. */
function withOwnDay(step: Step, steps: readonly Step[], by = 0): Step {
  const { offset } = step
  if (offset.from !== 'step') return step
  const other = steps.find(({ key }) => key === offset.stepKey)
  const from = other?.offset.from === 'anchor' ? 'anchor' : 'lane'
  const days = Math.min(LAST_STEP_DAY, Math.max(least(step), wholeDay(step, steps) + by))
  return { ...step, offset: { from, days } }
}

function followsOneOf({ offset }: Step, group: readonly Step[]): boolean {
  return offset.from === 'step' && group.some(({ key }) => key === offset.stepKey)
}

const least = ({ kind }: Step) => leastDay(kind)

/** A day that is being typed stands at the beginning until it is one. */
function wholeDay(step: Step, steps: readonly Step[]): number {
  const day = Math.floor(writtenDay(step, steps))
  return Number.isFinite(day) ? day : least(step)
}

function dayWord(step: Step, steps: readonly Step[]): string {
  return `day ${wholeDay(step, steps)}`
}

const count = (steps: number) => (steps === 1 ? '1 step' : `${steps} steps`)

/** Copies of a step and of what stands on its sides, under new names, a day later where two would be too close. */
function duplicate({ plan, taken }: EditorState, key: string): Made | null {
  const group = withChildren(key, plan.steps)
  const step = group.find((one) => one.key === key)
  if (!step) return null
  const names = new Map<string, string>()
  for (const one of group)
    names.set(one.key, freeKey(one.lane, one.kind, [...taken, ...names.values()]))
  const name = (of: string) => names.get(of) ?? of
  const copies = group.map((one): Step => {
    const { offset, branch } = one
    return {
      ...one,
      key: name(one.key),
      offset: offset.from === 'step' ? { ...offset, stepKey: name(offset.stepKey) } : offset,
      ...(branch ? { branch: { ...branch, stepKey: name(branch.stepKey) } } : {}),
    }
  })
  const at = plan.steps.indexOf(step) + 1
  const steps = [...plan.steps.slice(0, at), ...copies, ...plan.steps.slice(at)]
  const copied = { ...plan, steps }
  const copy = name(key)
  const later = isKeptApart(step.kind) ? move(copied, copy, daysToFree(step, plan.steps)) : null
  const next = later?.plan ?? copied
  return { plan: next, openStep: copy, text: `${stepName(step)} copied` }
}

/** How many days later no step of its sort stands in the lane; earlier, when there is no such day. */
function daysToFree(step: Step, steps: readonly Step[]): number {
  const full = new Set(alike(step.kind, step.lane, steps).map((one) => wholeDay(one, steps)))
  const day = wholeDay(step, steps)
  for (let to = day + 1; to <= LAST_STEP_DAY; to++) if (!full.has(to)) return to - day
  for (let to = day - 1; to >= least(step); to--) if (!full.has(to)) return to - day
  return 0
}

/** Removes a step, and with a branch what stands on its sides. What followed a removed retry keeps its day. */
function remove(plan: Sequence, key: string): Made | null {
  const group = withChildren(key, plan.steps)
  const step = group.find((one) => one.key === key)
  if (!step) return null
  const gone = new Set(group.map((one) => one.key))
  const steps = plan.steps
    .filter((one) => !gone.has(one.key))
    .map((one) => (followsOneOf(one, group) ? withOwnDay(one, plan.steps) : one))
  const others = group.length - 1
  return {
    plan: { ...plan, steps },
    openStep: null,
    text: `${stepName(step)} removed${others > 0 ? `, with ${count(others)} on its sides` : ''}`,
  }
}

// ---------------------------------------------------------------- a new step

/** Letters of new names: `funds.r5` is a retry, and the screens call it R5. */
const LETTERS: Record<StepKind, string> = {
  retry: 'r',
  email: 'e',
  sms: 's',
  account_notice: 'n',
  staff_task: 't',
  wait: 'w',
  branch: 'b',
  contract_action: 'a',
  end: 'x',
}

function freeKey(lane: Lane, kind: StepKind, taken: readonly string[]): string {
  const stem = `${lane.toLowerCase()}.${LETTERS[kind]}`
  const inUse = new Set(taken)
  let number = 1
  while (inUse.has(`${stem}${number}`)) number++
  return `${stem}${number}`
}

const IF_MISSED: Record<StepKind, IfMissed> = {
  retry: 'next_window',
  email: 'merge',
  sms: 'skip',
  account_notice: 'next_window',
  staff_task: 'next_window',
  wait: 'next_window',
  branch: 'next_window',
  contract_action: 'next_window',
  end: 'next_window',
}

/** In the middle of the longest stretch without a step of its sort, and right as it is. */
function newStep({ plan, taken }: EditorState, edit: Extract<Edit, { type: 'add' }>): Step {
  const { lane, kind, branch } = edit
  const fork = branch && plan.steps.find(({ key }) => key === branch.stepKey)
  const from = lane === 'FUNDS' || lane === 'ISSUER' ? 'anchor' : 'lane'
  const earliest = fork
    ? wholeDay(fork, plan.steps)
    : lane === 'UNKNOWN' && kind === 'retry'
      ? 3
      : 0
  return {
    key: freeKey(lane, kind, taken),
    lane,
    kind,
    offset: { from, days: roomyDay(kind, lane, plan.steps, earliest) },
    ifMissed: IF_MISSED[kind],
    ...contentOf(kind, lane, plan.steps),
    ...(branch ? { branch } : {}),
  }
}

/** What a shopper hears from notice to notice; nothing is said twice. */
const TOLD_IN_TURN = ['first', 'reminder', 'options', 'plan', 'last'] as const

function contentOf(kind: StepKind, lane: Lane, steps: readonly Step[]): Partial<Step> {
  switch (kind) {
    case 'email':
    case 'sms':
    case 'account_notice': {
      if (isSilentLane(lane)) return { stage: 'address' }
      const told = new Set(
        steps.filter((step) => step.lane === lane && step.kind === kind).map(({ stage }) => stage),
      )
      return { stage: TOLD_IN_TURN.find((stage) => !told.has(stage)) ?? 'reminder' }
    }
    case 'staff_task':
      return { task: 'Look at this case, and write to the customer yourself' }
    case 'wait':
      return { until: { event: 'method_changed', days: 3 } }
    case 'branch':
      return { when: [{ fact: 'amount', is: 'at_least', value: 50 }] }
    case 'contract_action':
      return { action: 'pause' }
    default:
      return {}
  }
}

/** Charges keep a day apart, and so do words to the shopper. */
function isKeptApart(kind: StepKind): boolean {
  return kind === 'retry' || kind === 'email' || kind === 'sms'
}

function alike(kind: StepKind, lane: Lane, steps: readonly Step[]): Step[] {
  const isMessage = (of: StepKind) => of === 'email' || of === 'sms'
  return steps.filter(
    (step) => step.lane === lane && (isMessage(kind) ? isMessage(step.kind) : step.kind === kind),
  )
}

function roomyDay(kind: StepKind, lane: Lane, steps: readonly Step[], earliest: number): number {
  const from = Math.max(leastDay(kind), earliest)
  if (kind === 'contract_action' || kind === 'end') return LAST_STEP_DAY
  if (!isKeptApart(kind)) return Math.max(from, Math.min(LAST_STEP_DAY, from + 3))
  const days = alike(kind, lane, steps)
    .map((step) => wholeDay(step, steps))
    .filter((day) => day >= from)
  const full = [...new Set([from - 1, ...days, LAST_STEP_DAY + 1])].sort((a, b) => a - b)
  let best = { from, days: 0 }
  for (const [i, day] of full.entries()) {
    const next = full[i + 1]
    if (next !== undefined && next - day > best.days) best = { from: day, days: next - day }
  }
  return Math.min(LAST_STEP_DAY, Math.max(from, best.from + Math.floor(best.days / 2)))
}
