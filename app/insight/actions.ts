/**
 * Which buttons of a case work now, and if not, why: the reason is shown beside the button.
 * The engine decides again inside its claim; this only spares staff a click that it would refuse (rulings.md 15).
 */

import {
  ATTEMPTS_PER_CYCLE,
  ATTEMPTS_PER_METHOD,
  HOURS_BETWEEN_ATTEMPTS,
} from '../dunning/limits.ts'
import type { DeclineClass } from '../dunning/types.ts'
import { formatMoment, type Place, zoneWord } from './format.ts'
import { isOpen } from './metrics.ts'

export const STAFF_ACTIONS = ['retry', 'hold', 'release', 'close', 'pause'] as const
export type StaffAction = (typeof STAFF_ACTIONS)[number]

/** Null: the button works. Otherwise what stands in the way. */
export type StaffActions = Record<StaffAction, string | null>

export type ActionFacts = {
  status: string
  reason: string | null
  deadReason: string | null
  lastClass: DeclineClass | null
  stopped: string | null
  attempts: { state: string; intendedAt: Date }[]
  /** Attempts on the cycle (H3) and on the payment method in 30 days (H4) that count. */
  usedOnCycle: number
  usedOnMethod: number
  /** When the method has room again; null: it has room. */
  methodFreeAt: Date | null
  expectedAt: Date
  deadlineAt: Date
  place: Place
}

const BETWEEN_ATTEMPTS_MS = HOURS_BETWEEN_ATTEMPTS * 60 * 60 * 1000
const LIVE = new Set(['intended', 'submitted', 'action_required', 'unknown'])
/** Nothing reached a bank in these, so they do not count toward a cap. */
const UNCOUNTED = new Set(['abandoned', 'refused'])

export function countsAsAttempt(state: string): boolean {
  return !UNCOUNTED.has(state)
}

export function staffActions(facts: ActionFacts, now: Date): StaffActions {
  if (!isOpen(facts.status)) {
    const ended = 'This case has ended.'
    return { retry: ended, hold: ended, release: ended, close: ended, pause: ended }
  }
  const live = facts.attempts.some((attempt) => LIVE.has(attempt.state))
  const unsettled =
    live || facts.status === 'in_doubt'
      ? 'A charge is not settled yet. Wait until Shopify has told its result.'
      : null
  const held = facts.status === 'held'
  return {
    retry: unsettled ?? whyNoRetry(facts, now),
    hold: held
      ? 'The case is on hold already.'
      : facts.deadReason
        ? 'The case is set aside: drive it again first.'
        : null,
    release: whyNoRelease(facts),
    close: unsettled,
    pause: held && facts.reason === 'paused' ? 'The subscription is paused already.' : unsettled,
  }
}

function whyNoRetry(facts: ActionFacts, now: Date): string | null {
  if (facts.stopped) return facts.stopped
  if (facts.deadReason) return 'The case is set aside: drive it again first.'
  // Under the brake, one payment by hand shows whether they go through again.
  if (facts.status === 'held' && facts.reason !== 'brake') return 'Release the case first.'
  if (facts.reason === 'order') return 'An order of this cycle waits to be paid.'
  const byClass = facts.lastClass === null ? null : NOT_BY_HAND[facts.lastClass]
  if (byClass) return byClass
  if (facts.usedOnCycle >= ATTEMPTS_PER_CYCLE) {
    return `Capped by card-network rule: all ${ATTEMPTS_PER_CYCLE} attempts on this cycle are used.`
  }
  if (facts.usedOnMethod >= ATTEMPTS_PER_METHOD) {
    const used = `Capped by card-network rule: ${ATTEMPTS_PER_METHOD} attempts on this payment method in 30 days are used.`
    const { methodFreeAt: freeAt, deadlineAt, place } = facts
    return freeAt && freeAt < deadlineAt
      ? `${used} Possible from ${formatMoment(freeAt, place, now)} (${zoneWord(place.zone)}).`
      : used
  }
  const last = facts.attempts
    .filter((attempt) => countsAsAttempt(attempt.state))
    .reduce((latest, attempt) => Math.max(latest, attempt.intendedAt.getTime()), 0)
  const from = new Date(last + BETWEEN_ATTEMPTS_MS)
  if (now < from) {
    return `Capped by card-network rule: ${HOURS_BETWEEN_ATTEMPTS} hours between attempts. Possible from ${formatMoment(from, facts.place, now)} (${zoneWord(facts.place.zone)}).`
  }
  if (now < facts.expectedAt) return 'The cycle is not due yet.'
  if (now >= facts.deadlineAt) return 'The deadline has passed.'
  return null
}

const NOT_BY_HAND: Partial<Record<DeclineClass, string>> = {
  CARD: 'The same details would fail again. A changed payment method is charged at once.',
  AUTH: 'Only the shopper can confirm with the bank.',
  STOP: 'The bank forbids another try on this payment method. Another one is needed.',
  PAID: 'Shopify says this cycle is already paid.',
}

function whyNoRelease({ status, reason, deadReason }: ActionFacts): string | null {
  if (deadReason) return 'The case is set aside: “Drive again” is what it needs.'
  if (status !== 'held') return 'The case is not on hold.'
  if (reason === 'brake') return 'All payments of the shop are held back: release them on Home.'
  if (reason === 'paused') return 'Resume the subscription, and the case goes on by itself.'
  return null
}
