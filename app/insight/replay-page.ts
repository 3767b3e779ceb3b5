/** A replay as staff read it: what was done beside what the draft would have done. Pure. */

import type { Replayed, ReplaySum } from '../dunning/replay.ts'
import { formatMoment, type Place } from './format.ts'
import { statusWord } from './words.ts'

export type ReplayRow = {
  caseId: string
  failed: string
  code: string
  happened: string
  would: string
  held: string
}

export function replayRow(
  { caseId, failedAt, code, happened, would }: Replayed,
  place: Place,
  now: Date,
): ReplayRow {
  return {
    caseId,
    failed: formatMoment(failedAt, place, now),
    code,
    happened: [
      counts(happened),
      happened.at
        ? `${statusWord(happened.status).label} ${formatMoment(happened.at, place, now)}`
        : 'open still',
    ].join('; '),
    would: [
      counts(would),
      would.firstMessageAt
        ? `first message ${formatMoment(would.firstMessageAt, place, now)}`
        : null,
      would.at && would.status
        ? `${endWord(would.status)} ${formatMoment(would.at, place, now)}`
        : 'open still',
    ]
      .filter(Boolean)
      .join('; '),
    held: heldWords(would.capped),
  }
}

/** The day of the money is the real one: the replay does not know a better one. */
function endWord(status: string): string {
  return status === 'paid_elsewhere' ? 'stops with the payment that came' : statusWord(status).label
}

function counts({ charges, messages }: { charges: number; messages: number }): string {
  return `${many(charges, 'charge')}, ${many(messages, 'message')}`
}

/** "one message in 24 h (2), deadline (1)" */
function heldWords(capped: Replayed['would']['capped']): string {
  if (capped.length === 0) return 'nothing'
  return capped.map(({ cap, count }) => `${cap} (${count})`).join(', ')
}

export function replayTerms(sum: ReplaySum): { term: string; text: string }[] {
  const { happened, would, silent, newlyTold, capped } = sum
  return [
    { term: 'Failures', text: String(sum.cases) },
    { term: 'Charges', text: beside(happened.charges, would.charges) },
    { term: 'Messages', text: beside(happened.messages, would.messages) },
    { term: 'Steps not run', text: beside(happened.skipped, would.skipped) },
    {
      term: 'Shoppers',
      text: `${silent} who were written to would not have been; ${newlyTold} who were not would have been`,
    },
    { term: 'Held back by', text: heldWords(capped) },
  ]
}

const beside = (was: number, would: number) => `${was} in fact, ${would} under this plan`

const many = (count: number, what: string) => `${count} ${count === 1 ? what : `${what}s`}`
