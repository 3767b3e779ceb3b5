import { isLive } from './due.ts'
import type {
  Attempt,
  AttemptChange,
  Decision,
  NewStepRun,
  RecoveryCase,
  StepRun,
} from './types.ts'

/**
 * The case as a decision leaves it. The attempts and messages that it orders are not in it: the shell writes those
 * rows, with ids of their own. `idOf` names the step runs that the decision makes.
 */
export function afterDecision(
  c: RecoveryCase,
  d: Decision,
  at: Date,
  idOf: (step: NewStepRun, i: number) => string = (step) => `${step.stepKey}#${step.occurrence}`,
): RecoveryCase {
  const made = d.newSteps.map(
    (step, i): StepRun => ({ ...step, id: idOf(step, i), state: 'scheduled' }),
  )
  return {
    ...c,
    state: d.state,
    lane: d.lane?.to ?? c.lane,
    laneEnteredAt: d.lane?.at ?? c.laneEnteredAt,
    lastDecline: d.lastDecline ?? c.lastDecline,
    ...(d.causePrint === undefined ? {} : { causePrint: d.causePrint }),
    deadlineAt: d.deadlineAt ?? c.deadlineAt,
    graceEndsAt: d.graceEndsAt ?? c.graceEndsAt,
    graceEnded: d.graceEnded ?? c.graceEnded,
    ...(d.smaller === undefined ? {} : { smaller: d.smaller }),
    ...(d.dayMoved ? { dayMoves: (c.dayMoves ?? 0) + 1 } : {}),
    ...(d.pauseOver ? { shopperPaused: false } : {}),
    nextExpectedAt: d.nextExpectedAt === undefined ? c.nextExpectedAt : d.nextExpectedAt,
    attempts: withChanges(c.attempts, d.attempts, at),
    steps: [...c.steps.map((step) => changed(step, d)), ...made],
  }
}

/** Attempts as Shopify's answers leave them. `at`: when those answers were read. */
export function withChanges(
  attempts: readonly Attempt[],
  changes: readonly AttemptChange[],
  at: Date,
): Attempt[] {
  return attempts.map((a) => {
    const change = changes.find(({ attemptId }) => attemptId === a.id)
    if (!change) return a
    return {
      ...a,
      state: change.to,
      shopifyId: change.shopifyId ?? a.shopifyId,
      code: change.decline?.code ?? a.code,
      class: change.decline?.class ?? a.class,
      ...(change.refusal === undefined ? {} : { refusal: change.refusal }),
      settledAt: isLive({ state: change.to }) ? null : at,
    }
  })
}

function changed(step: StepRun, { steps }: Decision): StepRun {
  const change = steps.find(({ stepRunId }) => stepRunId === step.id)
  if (!change) return step
  return change.to === 'scheduled'
    ? { ...step, state: 'scheduled', dueAt: change.dueAt }
    : { ...step, state: change.to }
}
