/** What differs between two versions of a sequence, in plain sentences: settings first, then lane by lane. Pure. */

import type { Lane, Sequence, Step, StepOffset } from '../dunning/types.ts'
import {
  conditionsWord,
  hoursWord,
  kindWord,
  stepName,
  stepTitle,
  WAIT_EVENTS,
} from './step-words.ts'
import { FINAL_ACTIONS, LANES, markWord, stageWord } from './words.ts'

export type Difference = {
  /** Null: a setting of the whole sequence. */
  lane: Lane | null
  kind: 'added' | 'removed' | 'changed'
  stepKey: string | null
  say: string
}

export function differences(before: Sequence, after: Sequence): Difference[] {
  return [
    ...settings(before, after),
    ...LANES.flatMap(({ lane }) => stepsOfLane(before, after, lane)),
  ]
}

function settings(before: Sequence, after: Sequence): Difference[] {
  const found: Difference[] = []
  const compare = (what: string, was: string, is: string) => {
    if (was !== is)
      found.push({ lane: null, kind: 'changed', stepKey: null, say: `${what}: ${is}, not ${was}.` })
  }
  compare('The deadline', daysWord(before.deadlineDays), daysWord(after.deadlineDays))
  compare('Grace', daysWord(before.graceDays), daysWord(after.graceDays))
  compare('At the deadline', endWord(before.finalAction), endWord(after.finalAction))
  compare('After five stock-outs', STOCK[before.stockFinalAction], STOCK[after.stockFinalAction])
  compare('Hours for charges', hoursWord(before.retryWindow), hoursWord(after.retryWindow))
  return found
}

const STOCK = { skip: 'skip the cycle', leave: 'leave it to your staff' }

function endWord(action: Sequence['finalAction']): string {
  const label = FINAL_ACTIONS.find(({ value }) => value === action)?.label ?? action
  return label.charAt(0).toLowerCase() + label.slice(1)
}

function stepsOfLane(before: Sequence, after: Sequence, lane: Lane): Difference[] {
  const old = before.steps.filter((step) => step.lane === lane)
  const now = after.steps.filter((step) => step.lane === lane)
  const at = (key: string) => (step: Step) => step.key === key
  return [
    ...old
      .filter(({ key }) => !now.some(at(key)))
      .map((step) => difference(step, 'removed', `${stepName(step)} is gone: ${whole(step)}.`)),
    ...now.flatMap((step) => {
      const was = old.find(at(step.key))
      if (!was) return [difference(step, 'added', `${stepName(step)} is new: ${whole(step)}.`)]
      return changesOf(was, step).map((change) =>
        difference(step, 'changed', `${stepName(step)}: ${change}.`),
      )
    }),
  ]
}

const difference = (step: Step, kind: Difference['kind'], say: string): Difference => ({
  lane: step.lane,
  kind,
  stepKey: step.key,
  say,
})

const whole = (step: Step) => `${lowerFirst(stepTitle(step))}, ${offsetWord(step.offset)}`

/** One sentence for each property that differs; a property is said as it is now, and as it was. */
function changesOf(was: Step, is: Step): string[] {
  const changes: string[] = []
  for (const [name, said] of Object.entries(SAID)) {
    const [old, now] = [said(was), said(is)]
    if (old !== now) changes.push(`${name} ${now}, not ${old}`)
  }
  return changes
}

/** Every property of a step but its name and lane, which make it another step. */
const SAID: Record<string, (step: Step) => string> = {
  'it is': (step) =>
    step.kind === 'contract_action' ? `"${lowerFirst(stepTitle(step))}"` : kindWord(step.kind),
  'it comes': ({ offset }) => offsetWord(offset),
  'it says': ({ stage, task }) => {
    const said = stageWord(stage ?? null) ?? task?.trim()
    return said ? `"${said}"` : 'nothing'
  },
  'near a payday:': ({ payday }) => yesNo(payday),
  'its hours are': ({ window }) => (window ? hoursWord(window) : 'the usual ones'),
  'its condition is': ({ when }) => (when?.length ? `"${conditionsWord(when)}"` : 'none'),
  'it is only for': ({ onlyForCodes }) => onlyForCodes?.join(', ') || 'every code of its lane',
  'when it is missed:': ({ ifMissed }) => MISSED[ifMissed],
  'it waits for': ({ until }) =>
    until ? `${WAIT_EVENTS[until.event]}, up to ${daysWord(until.days)}` : 'nothing',
  'it stands on': ({ branch }) =>
    branch ? `the "${branch.side}" side of ${markWord(branch.stepKey)}` : 'no side of a branch',
  'as a phone call:': ({ phone }) => yesNo(phone),
  'its script reads': ({ phone }) => (phone ? `"${phone.script.trim()}"` : 'nothing'),
  'carries an offer:': ({ commercial }) => yesNo(commercial),
}

const MISSED: Record<Step['ifMissed'], string> = {
  skip: 'left out',
  next_window: 'made up for at its next hour',
  merge: 'made up for together with the next one',
}

const yesNo = (value: unknown) => (value ? 'yes' : 'no')

export function offsetWord(offset: StepOffset): string {
  switch (offset.from) {
    case 'anchor':
      return `on day ${offset.days} after the first failure`
    case 'lane':
      return offset.days === 0 ? 'at once in its lane' : `on day ${offset.days} in its lane`
    case 'step':
      return `${offset.hours} h after ${markWord(offset.stepKey)}`
  }
}

const daysWord = (count: number) => (count === 1 ? '1 day' : `${count} days`)

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)
