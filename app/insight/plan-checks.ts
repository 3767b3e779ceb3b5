/** Everything that is wrong with a plan, or worth knowing, at the place where it is mended. Pure. */

import { type GuardRailContext, guardRails } from '../dunning/guard-rails.ts'
import { checkSequence } from '../dunning/sequence.ts'
import type { Lane, Sequence } from '../dunning/types.ts'
import { LANES, markWord, withMarks } from './words.ts'

export type Remark = {
  /** Null: it is about the plan or a lane. */
  stepKey: string | null
  lane: Lane | null
  /** The input that it stands beside: one of the step, "lane", or the setting. */
  input: string
  say: string
  /** Nothing can be published while it is there. */
  blocks: boolean
}

/** What blocks comes first, then in the order of the lanes. */
export function remarksOn(plan: Sequence, context: GuardRailContext): Remark[] {
  const checked = checkSequence(plan)
  const problems = checked.ok ? [] : checked.problems
  const hard = problems.map(({ field, input, say }) => remark(plan, field, input, say, true))
  const rails = isPlayable(plan)
    ? guardRails(plan, context).map(({ stepKey, field, say, mend, blocks }) =>
        remark(plan, stepKey ?? field, stepKey ? field : undefined, `${say} ${mend}`, blocks),
      )
    : []
  // The form's check and the guard rails both know how many retries a lane may hold: it is said once.
  const said = new Set(hard.filter(({ input }) => input === 'lane').map(({ lane }) => lane))
  const soft = rails.filter(({ input, lane, say }) => {
    return !(input === 'lane' && said.has(lane) && say.includes('retries in one case'))
  })
  return [...hard, ...soft].sort((one, other) => Number(other.blocks) - Number(one.blocks))
}

/** Whether every number is one that can be planned with: whole, and no further off than a year. */
export function isPlayable({ steps, deadlineDays, graceDays, retryWindow }: Sequence): boolean {
  const numbers = [deadlineDays, graceDays, retryWindow.fromHour, retryWindow.untilHour]
  for (const { offset, window, until } of steps) {
    numbers.push(offset.from === 'step' ? Math.trunc(offset.hours / 24) : offset.days)
    if (window) numbers.push(window.fromHour, window.untilHour)
    if (until) numbers.push(until.days)
  }
  return deadlineDays > 0 && numbers.every((one) => Number.isInteger(one) && one >= 0 && one <= 366)
}

/** "Short of money, E5", as a way to it. */
export function placeOf({ stepKey, lane }: Remark): string {
  const title = LANES.find((known) => known.lane === lane)?.title
  if (!title) return 'How it runs and how it ends'
  return stepKey ? `${title}, ${markWord(stepKey)}` : title
}

function remark(
  plan: Sequence,
  field: string,
  input: string | undefined,
  say: string,
  blocks: boolean,
): Remark {
  const step = plan.steps.find(({ key }) => key === field)
  const text = withMarks(say)
  if (step) return { stepKey: step.key, lane: step.lane, input: input ?? 'kind', say: text, blocks }
  const lane = LANES.find((known) => field === `lane.${known.lane}`)?.lane ?? null
  return { stepKey: null, lane, input: lane ? 'lane' : field, say: text, blocks }
}
