import { deadlineFor, graceEndFor } from './schedule.ts'
import type { AttemptFact, Facts, RecoveryCase, Sequence } from './types.ts'

/**
 * A case as it stands before its first decision: anchored at the first failure, with no lane and no steps yet.
 * `decide` then reads the same facts, names the failure, and dates the steps of its lane.
 *
 * Answers null where there is nothing to recover: nobody's charge failed and no bank asked for anything.
 * `known` are the attempts that a closed case of this cycle has written down: only a new failure opens a linked case.
 */
export function openCase(input: {
  id: string
  facts: Facts
  sequence: Sequence
  zone: string
  emailWindow: { fromHour: number; untilHour: number }
  known: RecoveryCase['attempts']
}): RecoveryCase | null {
  const { id, facts, sequence, zone, emailWindow, known } = input
  if (!facts.cycle) return null
  const first = facts.attempts
    .filter((fact) => isTrouble(fact) && !known.some((a) => a.shopifyId === fact.shopifyId))
    .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime())[0]
  if (!first) return null

  // The time of the failure itself, not of its webhook, which can be a day late.
  const anchorAt = first.completedAt ?? first.createdAt
  const { expectedAt } = facts.cycle
  const { nextExpectedAt } = facts
  return {
    id,
    state: { status: 'open' },
    lane: null,
    laneEnteredAt: anchorAt,
    anchorAt,
    expectedAt,
    nextExpectedAt,
    deadlineAt: deadlineFor({
      anchorAt,
      expectedAt,
      nextExpectedAt,
      deadlineDays: sequence.deadlineDays,
      zone,
    }),
    graceEndsAt: graceEndFor({ anchorAt, graceDays: sequence.graceDays, zone }),
    graceEnded: false,
    zone,
    lastDecline: null,
    attempts: known,
    steps: [],
    messages: [],
    weDid: [],
    emailWindow,
  }
}

function isTrouble({ outcome }: AttemptFact): boolean {
  return outcome.type === 'failed' || outcome.type === 'action_required'
}
