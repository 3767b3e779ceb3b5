/** A sequence as staff read it: a summary for the list, and every lane drawn for its page. Pure. */

import type { Sequence } from '../dunning/types.ts'
import { formatMoment } from './format.ts'
import { actorWord, FINAL_ACTIONS, withMarks } from './words.ts'

type Overview = {
  id: string
  name: string
  isOn: boolean
  version: number
  publishedAt: Date
  publishedBy: string
  body: Sequence
  running: { here: number; older: number }
}

export type SequenceSummary = {
  id: string
  name: string
  isOn: boolean
  isDefault: boolean
  hasDraft: boolean
  segments: number
  facts: { term: string; text: string }[]
}

export function sequenceSummary(
  overview: Overview & { isDefault: boolean; hasDraft: boolean; segments: number },
  place: { zone: string; locale: string },
  now: Date,
): SequenceSummary {
  const { id, name, isOn, isDefault, hasDraft, segments, body } = overview
  return {
    id,
    name,
    isOn,
    isDefault,
    hasDraft,
    segments,
    facts: [
      { term: 'Serves', text: servesWords(overview) },
      { term: 'Deadline', text: days(body.deadlineDays) },
      {
        term: 'At the deadline',
        text:
          FINAL_ACTIONS.find(({ value }) => value === body.finalAction)?.label ?? body.finalAction,
      },
      { term: 'Grace', text: days(body.graceDays) },
      { term: 'Version', text: versionWords(overview, place, now) },
      { term: 'Open cases', text: runningWords(overview) },
    ],
  }
}

/** Whom it serves, and what its switch makes of that. */
function servesWords({
  isOn,
  isDefault,
  segments,
}: {
  isOn: boolean
  isDefault: boolean
  segments: number
}): string {
  const chosen = segments === 1 ? '1 segment' : `${segments} segments`
  const served = [
    ...(segments > 0 ? [chosen] : []),
    ...(isDefault ? [segments > 0 ? 'whatever belongs to none' : 'whatever no segment takes'] : []),
  ].join(', and ')
  if (served === '') return 'Nobody yet: choose it in a segment'
  return isOn
    ? served.charAt(0).toUpperCase() + served.slice(1)
    : `Nobody while it is off: ${served} open no case`
}

export function versionWords(
  { version, publishedAt, publishedBy }: Pick<Overview, 'version' | 'publishedAt' | 'publishedBy'>,
  place: { zone: string; locale: string },
  now: Date,
): string {
  return `${version}, published ${formatMoment(publishedAt, place, now)} by ${actorWord(publishedBy)}`
}

type Says = readonly { say: string; mend?: string }[]

type Outdated = { type: 'outdated' }

/** What the editor tells after saving a draft. */
export function draftSavedAnswer(
  saved: { type: 'saved' } | Outdated | { type: 'refused'; problems: Says },
): { type: 'saved'; text: string } | Outdated | { type: 'refused'; says: string[] } {
  if (saved.type === 'refused') return { type: 'refused', says: sentences(saved.problems) }
  return saved.type === 'outdated' ? { type: 'outdated' } : { type: 'saved', text: 'Draft saved' }
}

/** What the editor tells after publishing, and what becomes of the cases in flight. */
export function publishedAnswer(
  published:
    | { type: 'published'; version: number; moved: number; ended: number }
    | Outdated
    | { type: 'nothing_to_publish' }
    | { type: 'refused'; rails: Says; problems: Says },
): { type: 'published'; text: string } | Outdated | { type: 'refused'; says: string[] } {
  switch (published.type) {
    case 'published': {
      const { version, moved, ended } = published
      const cases = [
        moved > 0 ? `${moved} open moved to it` : null,
        ended > 0 ? `${ended} open ended` : null,
      ].filter(Boolean)
      return { type: 'published', text: [`Version ${version} published`, ...cases].join(', ') }
    }
    case 'refused':
      return { type: 'refused', says: sentences([...published.problems, ...published.rails]) }
    case 'nothing_to_publish':
      return { type: 'refused', says: ['Nothing has changed since the last version.'] }
    case 'outdated':
      return { type: 'outdated' }
  }
}

function sentences(says: Says): string[] {
  return says.map(({ say, mend }) => withMarks(mend ? `${say} ${mend}` : say))
}

/** Running cases keep the version that they were opened with, and the page says so. */
export function runningWords({ running, version }: Overview): string {
  const { here, older } = running
  if (here + older === 0) return 'None'
  return `${here} on version ${version}${older > 0 ? `, ${older} on earlier ones` : ''}`
}

const days = (count: number) => (count === 1 ? '1 day' : `${count} days`)
