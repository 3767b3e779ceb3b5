/** A lane of a sequence as marks on a days axis, and the same in words. Pure. */

import { SEQUENCE_DAYS } from '../dunning/schedule.ts'
import type { Lane, Sequence, Step, StepKind } from '../dunning/types.ts'
import { markWord, STEP_WORDS, stepWord } from './words.ts'

export type Mark = {
  key: string
  kind: StepKind
  /** R1, E2, Task. */
  short: string
  /** Days from the start of the axis, 0 to the deadline. */
  day: number
  /** "R2 · Day 4: charge, moved to a payday within two days". */
  text: string
}

export type LaneDrawing = {
  tracks: { kind: StepKind; name: string; marks: Mark[] }[]
  marks: Mark[]
  ticks: number[]
  deadlineDays: number
}

const TRACKS: { kind: StepKind; name: string }[] = [
  { kind: 'retry', name: 'Charges' },
  { kind: 'email', name: 'E-mails' },
  { kind: 'sms', name: 'Texts' },
  { kind: 'staff_task', name: 'Staff' },
]

/** Draws one lane for a plan long enough to use the whole deadline. Null: the lane has no step. */
export function drawLane(sequence: Sequence, lane: Lane): LaneDrawing | null {
  const { deadlineDays } = sequence
  const marks = sequence.steps
    .filter((step) => step.lane === lane)
    .map((step) => markOf(step, sequence))
    .filter((mark) => mark.day <= deadlineDays)
    .sort((left, right) => left.day - right.day)
  if (marks.length === 0) return null
  return {
    tracks: TRACKS.map((track) => ({
      ...track,
      marks: marks.filter(({ kind }) => kind === track.kind),
    })).filter((track) => track.marks.length > 0),
    marks,
    ticks: weeks(deadlineDays),
    deadlineDays,
  }
}

function markOf(step: Step, sequence: Sequence): Mark {
  const day = dayOf(step, sequence)
  const whole = Math.floor(day)
  const when =
    step.offset.from === 'step'
      ? `${whole === 0 ? 'At once' : `Day ${whole}`}, ${step.offset.hours} hours after ${markWord(step.offset.stepKey)}`
      : whole === 0
        ? 'At once'
        : `Day ${whole}`
  return {
    key: step.key,
    kind: step.kind,
    short: markWord(step.key),
    day,
    text: `${markWord(step.key)} · ${when}: ${whatOf(step)}`,
  }
}

function whatOf(step: Step): string {
  if (step.kind === 'retry') {
    return step.payday ? 'charge, moved to a payday within two days' : 'charge'
  }
  const what =
    step.kind === 'staff_task'
      ? (step.task ?? STEP_WORDS.staff_task)
      : stepWord({ kind: step.kind, stage: step.stage ?? null })
  const only = step.onlyForCodes?.length ? `, only for ${step.onlyForCodes.join(', ')}` : ''
  return what.charAt(0).toLowerCase() + what.slice(1) + only
}

/** A shorter deadline draws the offsets together; a longer one leaves them (rulings.md 10). */
function dayOf(step: Step, sequence: Sequence): number {
  const { offset } = step
  if (offset.from !== 'step') {
    const scale = Math.min(1, sequence.deadlineDays / SEQUENCE_DAYS)
    return Math.round(offset.days * scale)
  }
  const other = sequence.steps.find(({ key }) => key === offset.stepKey && key !== step.key)
  return (other ? dayOf(other, sequence) : 0) + offset.hours / 24
}

function weeks(deadlineDays: number): number[] {
  const every = deadlineDays <= 10 ? 2 : 7
  const ticks: number[] = []
  for (let day = 0; day < deadlineDays - every / 3; day += every) ticks.push(day)
  return ticks
}
