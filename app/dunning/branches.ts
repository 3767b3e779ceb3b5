/**
 * Branches of a lane: which steps stand on which side, and which of them can never run in the same case. A step names
 * the branch that it belongs to; that branch may itself stand on a side of another.
 */

import type { BranchSide, RecoveryCase, Step, StepRun } from './types.ts'

/** Every side that must have been taken for a step to run, by the key of the branch. */
export type Path = ReadonlyMap<string, BranchSide>

/** The paths of all steps of a lane. A branch that leads back to itself is followed once. */
export function pathsOf(steps: readonly Step[]): (step: Pick<Step, 'key' | 'branch'>) => Path {
  const known = new Map<string, Path>()
  const byKey = new Map(steps.map((step) => [step.key, step]))
  return (step) => {
    const found = known.get(step.key)
    if (found) return found
    const path = new Map<string, BranchSide>()
    let { branch } = step
    while (branch && !path.has(branch.stepKey)) {
      path.set(branch.stepKey, branch.side)
      branch = byKey.get(branch.stepKey)?.branch
    }
    known.set(step.key, path)
    return path
  }
}

/** Whether one case can never come to both. */
export function exclude(one: Path, other: Path): boolean {
  for (const [key, side] of one) {
    const theirs = other.get(key)
    if (theirs !== undefined && theirs !== side) return true
  }
  return false
}

/** How many of these steps one case can come to at most, whichever sides its branches take. */
export function mostOnOnePath(steps: readonly Step[], counted: (step: Step) => boolean): number {
  const pathOf = pathsOf(steps)
  const branches = steps.filter(({ kind }) => kind === 'branch').map(({ key }) => key)
  const most = (key: string | null, side: BranchSide | null, depth: number): number => {
    const here = steps.filter(
      ({ branch }) => (branch?.stepKey ?? null) === key && (branch?.side ?? null) === side,
    )
    const own = here.filter(counted).length
    if (depth > branches.length) return own
    const below = here
      .filter(({ kind }) => kind === 'branch')
      .map(({ key: of }) => Math.max(most(of, 'yes', depth + 1), most(of, 'no', depth + 1)))
    return own + below.reduce((sum, one) => sum + one, 0)
  }
  // A step whose branch is not there is counted as if it always ran.
  const lost = steps.filter(
    (step) => counted(step) && [...pathOf(step).keys()].some((key) => !branches.includes(key)),
  )
  return most(null, null, 0) + lost.length
}

/** Scheduled runs that a branch rules out by taking `side`, with those of branches further down. */
export function ruledOut(
  runs: readonly StepRun[],
  steps: readonly Step[],
  branchKey: string,
  side: BranchSide,
): StepRun[] {
  const pathOf = pathsOf(steps)
  const byKey = new Map(steps.map((step) => [step.key, step]))
  return runs.filter((run) => {
    const step = byKey.get(run.stepKey)
    if (run.state !== 'scheduled' || !step) return false
    const asked = pathOf(step).get(branchKey)
    return asked !== undefined && asked !== side
  })
}

/**
 * The side that a branch has taken in this case, as its runs show it; null: it has not been decided, or nothing shows
 * how. What was cancelled stands on the other side.
 */
export function takenSide(
  c: Pick<RecoveryCase, 'steps'>,
  steps: readonly Step[],
  branchKey: string,
): BranchSide | null {
  const run = c.steps.findLast(({ stepKey }) => stepKey === branchKey)
  if (run?.state !== 'done') return null
  const sideOf = (key: string) => {
    const branch = steps.find((step) => step.key === key)?.branch
    return branch?.stepKey === branchKey ? branch.side : null
  }
  const later = c.steps.filter((one) => one.occurrence >= run.occurrence)
  const sides = (state: StepRun['state']) =>
    new Set(later.filter((one) => one.state === state).map((one) => sideOf(one.stepKey)))
  const [done, cancelled] = [sides('done'), sides('cancelled')]
  if (done.has('yes') !== done.has('no')) return done.has('yes') ? 'yes' : 'no'
  if (cancelled.has('yes') !== cancelled.has('no')) return cancelled.has('yes') ? 'no' : 'yes'
  return null
}
