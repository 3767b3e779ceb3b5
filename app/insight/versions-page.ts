/** The versions of a sequence as staff read them. Pure. */

import type { Lane, Sequence } from '../dunning/types.ts'
import { differences } from './difference.ts'
import { formatMoment, type Place } from './format.ts'
import { actorWord, laneWord } from './words.ts'

type Version = {
  number: number
  body: Sequence
  publishedAt: Date
  publishedBy: string
  note: string | null
  inFlight: 'leave' | 'move' | 'end'
  restores: number | null
  open: number
}

type Found = { id: string; name: string; hasDraft: boolean; versions: Version[] }

export function versionsPage({ id, name, hasDraft, versions }: Found, place: Place, now: Date) {
  const newest = Math.max(0, ...versions.map(({ number }) => number))
  return {
    id,
    name,
    hasDraft,
    newest,
    versions: versions.map(
      ({ number, publishedAt, publishedBy, note, inFlight, restores, open }) => ({
        number,
        badge: number === newest ? 'In force' : null,
        published: `Published ${formatMoment(publishedAt, place, now)} by ${actorWord(publishedBy)}`,
        note,
        restores,
        cases: open === 1 ? '1 open case on it' : `${open} open cases on it`,
        policy: number > 1 ? POLICIES[inFlight] : null,
      }),
    ),
  }
}

const POLICIES = {
  leave: 'open cases were left on their versions',
  move: 'open cases that still waited were moved to it',
  end: 'older open cases were ended',
}

/** One version beside the one before it; null: there is no such pair. */
export function comparedWith(versions: readonly Version[], number: number) {
  const after = versions.find((one) => one.number === number)
  const before = versions.find((one) => one.number === number - 1)
  if (!after || !before) return null
  const found = differences(before.body, after.body)
  const lanes: (Lane | null)[] = [...new Set(found.map(({ lane }) => lane))]
  return {
    number,
    before: before.number,
    groups: lanes.map((lane) => ({
      title: lane === null ? 'The whole sequence' : laneWord(lane),
      says: found.filter((one) => one.lane === lane).map(({ say }) => say),
    })),
  }
}
