import type { Traits } from './conditions.ts'
import { addHours, deadlineFor, graceEndFor } from './schedule.ts'
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
  /** Set where the merchant starts an old failure: its plan and its deadline count from here. */
  startedAt?: Date | null
  /** What is known of the shopper and the subscription. */
  traits: Traits
}): RecoveryCase | null {
  const { id, facts, sequence, zone, emailWindow, known, startedAt } = input
  if (!facts.cycle) return null
  const failedAt = firstFailureAt(facts, known)
  if (!failedAt) return null
  const anchorAt = startedAt ?? failedAt
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
    traits: input.traits,
    happenings: [],
    emailWindow,
  }
}

/**
 * An old debt must leave at least this long until the next charge of its subscription, or it is not started: there
 * would be no time to retry and to say so, and two debts must not meet. Hours.
 */
const LEAST_HOURS_LEFT = 48

/** Whether an old debt may still be started at `at`. */
export function leavesTime(nextExpectedAt: Date | null, at: Date): boolean {
  return !nextExpectedAt || nextExpectedAt >= addHours(at, LEAST_HOURS_LEFT)
}

/** The time of the first failure that is not `known`: its own, not its webhook's, which can be a day late. */
export function firstFailureAt(facts: Facts, known: RecoveryCase['attempts']): Date | null {
  const first = facts.attempts
    .filter((fact) => isTrouble(fact) && !known.some((a) => a.shopifyId === fact.shopifyId))
    .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime())[0]
  return first ? (first.completedAt ?? first.createdAt) : null
}

function isTrouble({ outcome }: AttemptFact): boolean {
  return outcome.type === 'failed' || outcome.type === 'action_required'
}
