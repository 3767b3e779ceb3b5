import type { Traits } from './conditions.ts'
import { nextChargeAt } from './limits.ts'
import { addHours, deadlineFor, graceEndFor } from './schedule.ts'
import type { AttemptFact, Decline, Facts, RecoveryCase, Sequence } from './types.ts'

/**
 * A case as it stands before its first decision: anchored at the first failure, with no lane and no steps yet.
 * `decide` then reads the same facts, names the failure, and dates the steps of its lane.
 *
 * Answers null where there is nothing to recover: nobody's charge failed and no bank asked for anything, or the failure
 * is known so late that the next charge of the subscription is too near.
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
  /** When we learn of the failure; absent: at once. */
  seenAt?: Date
  /** The cycle was skipped and is to be paid after all: the failure that is known already counts again. */
  unskipped?: boolean
  /** What is known of the shopper and the subscription. */
  traits: Traits
}): RecoveryCase | null {
  const { id, facts, sequence, zone, emailWindow, known, startedAt, unskipped } = input
  if (!facts.cycle) return null
  const failedAt = failureToRecover(facts, known, unskipped)
  if (!failedAt) return null
  const anchorAt = startedAt ?? anchorFor(failedAt, input)
  if (!anchorAt) return null
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
    deadlineAt: deadlineFrom(anchorAt, input, facts.cycle),
    graceEndsAt: graceEndFor({ anchorAt, graceDays: sequence.graceDays, zone }),
    graceEnded: false,
    zone,
    lastDecline: unskipped ? newestDecline(facts) : null,
    attempts: known,
    steps: [],
    messages: [],
    weDid: [],
    traits: input.traits,
    happenings: [],
    emailWindow,
  }
}

function deadlineFrom(
  anchorAt: Date,
  { facts: { nextExpectedAt }, sequence: { deadlineDays }, zone }: Dating,
  { expectedAt }: NonNullable<Facts['cycle']>,
): Date {
  return deadlineFor({ anchorAt, expectedAt, nextExpectedAt, deadlineDays, zone })
}

type Dating = { facts: Facts; sequence: Sequence; zone: string; seenAt?: Date }

/** A failure from so long ago is an old one, whoever tells of it. Hours; as far back as the daily sweep looks. */
const OLD_AFTER_HOURS = 48
/** Sooner than that where its plan would have less than so long left. Hours. */
const LATE_AFTER_HOURS = 24
const LEAST_HOURS_OF_PLAN = 72

/**
 * From when the plan of a failure counts: from the failure itself or, where we learn of it so late that its retries and
 * its words would lie in the past, from now. Null: for that the next charge is too near.
 */
function anchorFor(failedAt: Date, dating: Dating): Date | null {
  const { facts, seenAt } = dating
  if (!facts.cycle || !seenAt) return failedAt
  const deadlineAt = deadlineFrom(failedAt, dating, facts.cycle)
  const isSqueezed =
    addHours(failedAt, LATE_AFTER_HOURS) <= seenAt &&
    deadlineAt < addHours(seenAt, LEAST_HOURS_OF_PLAN)
  const isLate = addHours(failedAt, OLD_AFTER_HOURS) <= seenAt || isSqueezed || deadlineAt <= seenAt
  if (!isLate) return failedAt
  return leavesTime(nextChargeAt({ anchorAt: failedAt }, facts), seenAt) ? seenAt : null
}

/** Sources of a case whose plan counts from its opening: its first failure lies further back. */
const LATER_SOURCES: readonly string[] = ['backfill', 'late', 'unskipped']

/** From when the plan of a saved case counts. Its row keeps the first failure. */
export function anchorOf(row: { source: string; openedAt: Date; anchorAt: Date }): Date {
  return LATER_SOURCES.includes(row.source) ? row.openedAt : row.anchorAt
}

/**
 * An old debt must leave at least this long until the next charge of its subscription, or it is not started: its
 * deadline comes a day before that charge, and its first retry a day or two after the start. Hours.
 */
const LEAST_HOURS_LEFT = 72

/** Whether an old debt may still be started at `at`. */
export function leavesTime(nextExpectedAt: Date | null, at: Date): boolean {
  return !nextExpectedAt || nextExpectedAt >= addHours(at, LEAST_HOURS_LEFT)
}

/** When that failed for which a case may be opened; null: nothing did. */
export function failureToRecover(
  facts: Facts,
  known: RecoveryCase['attempts'],
  unskipped = false,
): Date | null {
  // What Shopify calls paid is left to those who were asked about it.
  if (unskipped && newestDecline(facts)?.class === 'PAID') return null
  return firstFailureAt(facts, unskipped ? [] : known)
}

/** The time of the first failure that is not `known`: its own, not its webhook's, which can be a day late. */
function firstFailureAt(facts: Facts, known: RecoveryCase['attempts']): Date | null {
  const first = facts.attempts
    .filter((fact) => isTrouble(fact) && !known.some((a) => a.shopifyId === fact.shopifyId))
    .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime())[0]
  return first ? (first.completedAt ?? first.createdAt) : null
}

function newestDecline({ attempts }: Facts): Decline | null {
  const newest = attempts
    .filter(isTrouble)
    .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())[0]
  return newest?.outcome.type === 'failed' ? newest.outcome.decline : null
}

function isTrouble({ outcome }: AttemptFact): boolean {
  return outcome.type === 'failed' || outcome.type === 'action_required'
}
