/** The shop's segments as staff read them, with whom each would choose now. Pure. */

import type { Condition } from '../dunning/conditions.ts'
import { type SegmentRule, sayRule } from '../dunning/segments.ts'

type Chosen = { id: string; name: string; isOn: boolean; isDefault: boolean }

type Matching = {
  cases: number
  unread: number
  byRule: { ruleId: string; chosen: number; fits: number }[]
  byDefault: number
}

export type SegmentRow = {
  id: string
  name: string
  sequenceId: string
  conditions: Condition[]
  says: string
  /** It is passed over, because what it asks for cannot be read. */
  isSkipped: boolean
  gets: string
  /** Why it opens no case; null: it does. */
  off: string | null
  matches: string
}

export function segmentRows(
  rules: readonly SegmentRule[],
  sequences: readonly Chosen[],
  matching: Matching,
): SegmentRow[] {
  return rules.map(({ id, name, sequenceId, conditions, unreadable }) => {
    const sequence = sequences.find((one) => one.id === sequenceId)
    const count = matching.byRule.find(({ ruleId }) => ruleId === id)
    return {
      id,
      name,
      sequenceId,
      conditions: [...conditions],
      says:
        unreadable === undefined
          ? `If ${sayRule({ conditions })}`
          : `What it asks for cannot be read: ${unreadable}. Failures go on to the next segment. Edit it to ask anew, or delete it.`,
      isSkipped: unreadable !== undefined,
      gets: sequence?.name ?? 'a sequence that is gone',
      off: offWord(sequence),
      matches: matchWord(count, matching.cases),
    }
  })
}

export function defaultRow(sequences: readonly Chosen[], { byDefault, cases }: Matching) {
  const sequence = sequences.find(({ isDefault }) => isDefault)
  return {
    gets: sequence?.name ?? 'no sequence',
    off: offWord(sequence),
    matches: cases === 0 ? NOBODY_YET : `${byDefault} of ${failures(cases)}`,
  }
}

const NOBODY_YET = 'there are no failures to count yet'

function offWord(sequence: Chosen | undefined): string | null {
  if (sequence?.isOn) return null
  return 'This sequence is off: such failures open no case, nothing is charged again and nobody is written to.'
}

/** "12 of 80 recent failures", and how many it loses to the rules above it. */
export function matchWord(
  count: { chosen: number; fits: number } | undefined,
  cases: number,
): string {
  if (!count || cases === 0) return NOBODY_YET
  const { chosen, fits } = count
  const taken = fits - chosen
  const lost = taken > 0 ? `; ${taken} more fit, and a segment above takes them` : ''
  return `${chosen} of ${failures(cases)}${lost}`
}

const failures = (count: number) => (count === 1 ? '1 recent failure' : `${count} recent failures`)

/** What the counts do not know. */
export function unreadWord({ unread, cases }: Matching): string | null {
  if (unread === 0) return null
  return `Of ${unread} of these ${cases} failures only the amount is known, because they were opened before segments were read.`
}
