/**
 * One lane of a plan as the editor draws it: marks on an axis of days, and its steps in the order of their days, those of
 * a branch under their side. Pure. The axis is as long as plans are written for; a shorter deadline renames its days.
 */

import { SEQUENCE_DAYS } from '../dunning/schedule.ts'
import type { BranchSide, Lane, Sequence, Step, StepKind } from '../dunning/types.ts'
import { writtenDay } from './sequence-edits.ts'
import { stepTitle } from './step-words.ts'
import { markWord } from './words.ts'

export type AxisMark = {
  key: string
  kind: StepKind
  /** R1, E2, Call. */
  short: string
  title: string
  /** On the axis, in days from its beginning. */
  at: number
  /** From 0: those that would cover each other lie below each other. */
  row: number
  when: string
}

export type Track = { name: string; marks: AxisMark[]; rows: number }

export type LaneAxis = {
  tracks: Track[]
  ticks: { at: number; label: string }[]
  days: number
}

/** The place of one step in the list of its lane. */
export type LaneRow = { step: Step; depth: number; side: BranchSide | null; when: string }

const TRACKS: { name: string; kinds: readonly StepKind[] }[] = [
  { name: 'Charges', kinds: ['retry'] },
  { name: 'E-mails', kinds: ['email'] },
  { name: 'Texts', kinds: ['sms'] },
  { name: 'Account', kinds: ['account_notice'] },
  { name: 'Staff', kinds: ['staff_task'] },
  { name: 'Logic', kinds: ['wait', 'branch', 'contract_action', 'end'] },
]

/** Marks nearer than this would cover each other on a phone. Days. */
const MARK_DAYS = 2.2

export function laneAxis(plan: Sequence, lane: Lane): LaneAxis {
  const steps = plan.steps.filter((step) => step.lane === lane)
  const marks = steps
    .map((step) => markOf(step, plan))
    .sort((one, other) => one.at - other.at || (one.key < other.key ? -1 : 1))
  return {
    tracks: TRACKS.map(({ name, kinds }) =>
      track(
        name,
        marks.filter(({ kind }) => kinds.includes(kind)),
      ),
    ).filter((one) => one.marks.length > 0),
    ticks: [0, 7, 14, SEQUENCE_DAYS].map((day) => ({
      at: day,
      label: day === 0 ? 'Start' : `Day ${realDay(day, plan)}`,
    })),
    days: SEQUENCE_DAYS,
  }
}

function track(name: string, marks: Omit<AxisMark, 'row'>[]): Track {
  const ends: number[] = []
  const placed = marks.map((mark) => {
    const free = ends.findIndex((end) => mark.at - end >= MARK_DAYS)
    const row = free === -1 ? ends.length : free
    ends[row] = mark.at
    return { ...mark, row }
  })
  return { name, marks: placed, rows: ends.length }
}

function markOf(step: Step, plan: Sequence): Omit<AxisMark, 'row'> {
  const at = writtenDay(step, plan.steps)
  return {
    key: step.key,
    kind: step.kind,
    short: markWord(step.key),
    title: stepTitle(step),
    at: Number.isFinite(at) ? Math.min(SEQUENCE_DAYS, Math.max(0, at)) : 0,
    when: whenWord(step, plan),
  }
}

/** Days that a plan is written in, as a case counts them under this deadline (ruling 10). */
export function realDay(written: number, { deadlineDays }: Pick<Sequence, 'deadlineDays'>): number {
  if (written <= 0) return 0
  const share = Number.isFinite(deadlineDays) ? Math.min(1, deadlineDays / SEQUENCE_DAYS) : 1
  return Math.max(1, Math.round(written * share))
}

/** "At once", "Day 4", "Day 1, 2 hours after R1". */
export function whenWord(step: Step, plan: Sequence): string {
  const { offset } = step
  if (offset.from === 'step') {
    const other = plan.steps.find(({ key }) => key === offset.stepKey)
    const hours = Number.isFinite(offset.hours) ? offset.hours : '…'
    const after = `${hours} ${offset.hours === 1 ? 'hour' : 'hours'} after ${markWord(offset.stepKey)}`
    if (!other || other.offset.from === 'step') return after
    const day = realDay(other.offset.days, plan) + Math.floor((Number(offset.hours) || 0) / 24)
    return `Day ${day}, ${after}`
  }
  if (!Number.isFinite(offset.days)) return 'No day yet'
  return offset.days === 0 ? 'At once' : `Day ${realDay(offset.days, plan)}`
}

/** The steps of a lane from the first to the last; what stands on the sides of a branch comes right after it. */
export function laneRows(plan: Sequence, lane: Lane): LaneRow[] {
  const steps = plan.steps.filter((step) => step.lane === lane)
  const day = (step: Step) => {
    const at = writtenDay(step, plan.steps)
    return Number.isFinite(at) ? at : 0
  }
  const inOrder = [...steps].sort((one, other) => day(one) - day(other))
  const rows: LaneRow[] = []
  const put = (step: Step, depth: number) => {
    if (rows.some((row) => row.step === step)) return
    rows.push({ step, depth, side: step.branch?.side ?? null, when: whenWord(step, plan) })
    for (const side of ['yes', 'no'] as const)
      for (const child of inOrder)
        if (child.branch?.stepKey === step.key && child.branch.side === side) put(child, depth + 1)
  }
  const keys = new Set(steps.map(({ key }) => key))
  for (const step of inOrder) if (!step.branch || !keys.has(step.branch.stepKey)) put(step, 0)
  // Branches that stand on each other have no beginning: they are shown all the same, and said to be wrong.
  for (const step of inOrder) put(step, 0)
  return rows
}
