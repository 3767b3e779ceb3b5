/**
 * What a sequence would have done for failures of the past, beside what was done. It plays the preview (and so `decide`)
 * over what is known of each: zone, plan, amount, decline, dates. Every charge is taken to fail until the day on which
 * the money really came, because nobody knows what a bank would have said on another day. So it tells of attempts,
 * messages and dates, and never of money.
 */

import type { Traits } from './conditions.ts'
import { type CapName, type ImaginedShopper, type Preview, previewCase } from './preview.ts'
import type { CaseState, Instrument, Money, Sequence } from './types.ts'

/** A case as it is replayed. */
export type PastCase = {
  id: string
  /** When its plan began: the first failure or, of an old failure, the day on which it was started. */
  failedAt: Date
  zone: string
  /** With which the first charge failed. */
  code: string
  instrument: Instrument
  interval: ImaginedShopper['interval']
  nextExpectedAt: Date | null
  amount: Money
  traits: Traits
  /** What was done: our own charges, messages but thanks and answers to a click, steps that were not run. */
  happened: { charges: number; messages: number; skipped: number }
  status: CaseState['status']
  /** Null: it is open. */
  closedAt: Date | null
}

export type Replayed = {
  caseId: string
  failedAt: Date
  code: string
  /** `at`: when it ended; null: it is open. */
  happened: PastCase['happened'] & { status: CaseState['status']; at: Date | null }
  would: {
    charges: number
    messages: number
    skipped: number
    /** How it would have ended by now; null: it would be open still. */
    status: CaseState['status'] | null
    at: Date | null
    firstMessageAt: Date | null
    /** What the limits would have held back or moved, the most frequent first. */
    capped: { cap: CapName; count: number }[]
  }
}

export type ReplayPlace = Pick<ImaginedShopper, 'emailWindow' | 'smsReady'>

/** One case under `sequence`, as far as it would have come by `now`. */
export function replay(
  sequence: Sequence,
  past: PastCase,
  place: ReplayPlace,
  now: Date,
): Replayed {
  const { failedAt, closedAt, status } = past
  const played = previewCase(sequence, {
    ...place,
    zone: past.zone,
    code: past.code,
    instrument: past.instrument,
    interval: past.interval,
    nextExpectedAt: past.nextExpectedAt,
    amount: past.amount,
    traits: past.traits,
    agreedToTexts: past.traits.consent.sms,
    failedAt,
    events: outside(past),
  })
  const lines = played.lines.filter(({ at }) => at <= now)
  const end = lines.findLast(({ kind }) => kind === 'end')
  const told = lines.filter(({ kind }) => kind === 'email' || kind === 'sms')
  return {
    caseId: past.id,
    failedAt,
    code: past.code,
    happened: { ...past.happened, status, at: closedAt },
    would: {
      charges: lines.filter(({ kind }) => kind === 'retry').length,
      messages: told.length,
      skipped: lines.filter(({ kind }) => kind === 'skipped').length,
      status: end ? played.ended : null,
      at: end?.at ?? null,
      firstMessageAt: told[0]?.at ?? null,
      capped: capsOf(lines),
    },
  }
}

/** What did not hang on our plan: the money came, the shopper went. */
function outside({ status, closedAt, failedAt }: PastCase): ImaginedShopper['events'] & object {
  if (!closedAt) return []
  const afterDays = Math.max(0, (closedAt.getTime() - failedAt.getTime()) / 86_400_000)
  if (status === 'recovered' || status === 'paid_elsewhere') return [{ afterDays, type: 'pays' }]
  if (status === 'cancelled') return [{ afterDays, type: 'contract_cancelled' }]
  return []
}

function capsOf(lines: Preview['lines']): Replayed['would']['capped'] {
  const counts = new Map<CapName, number>()
  for (const { capped } of lines) if (capped) counts.set(capped, (counts.get(capped) ?? 0) + 1)
  return [...counts]
    .map(([cap, count]) => ({ cap, count }))
    .sort((a, b) => b.count - a.count || a.cap.localeCompare(b.cap))
}

export type ReplaySum = {
  cases: number
  happened: { charges: number; messages: number; skipped: number }
  would: { charges: number; messages: number; skipped: number }
  /** Shoppers who were written to, and would not have been; and the other way round. */
  silent: number
  newlyTold: number
  capped: Replayed['would']['capped']
}

export function sumUp(all: readonly Replayed[]): ReplaySum {
  const sum = (of: (one: Replayed) => number) => all.reduce((total, one) => total + of(one), 0)
  const counts = new Map<CapName, number>()
  for (const { would } of all)
    for (const { cap, count } of would.capped) counts.set(cap, (counts.get(cap) ?? 0) + count)
  return {
    cases: all.length,
    happened: {
      charges: sum(({ happened }) => happened.charges),
      messages: sum(({ happened }) => happened.messages),
      skipped: sum(({ happened }) => happened.skipped),
    },
    would: {
      charges: sum(({ would }) => would.charges),
      messages: sum(({ would }) => would.messages),
      skipped: sum(({ would }) => would.skipped),
    },
    silent: all.filter(({ happened, would }) => happened.messages > 0 && would.messages === 0)
      .length,
    newlyTold: all.filter(({ happened, would }) => happened.messages === 0 && would.messages > 0)
      .length,
    capped: [...counts]
      .map(([cap, count]) => ({ cap, count }))
      .sort((a, b) => b.count - a.count || a.cap.localeCompare(b.cap)),
  }
}
