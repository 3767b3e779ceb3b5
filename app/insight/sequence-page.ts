/** A sequence as staff read it: a summary for the list, and every lane drawn for its page. Pure. */

import type { Sequence } from '../dunning/types.ts'
import { formatMoment } from './format.ts'
import { drawLane, type LaneDrawing } from './lane-drawing.ts'
import { actorWord, FINAL_ACTIONS, LANES } from './words.ts'

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
  facts: { term: string; text: string }[]
}

export function sequenceSummary(
  overview: Overview,
  place: { zone: string; locale: string },
  now: Date,
): SequenceSummary {
  const { id, name, isOn, body } = overview
  return {
    id,
    name,
    isOn,
    facts: [
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

export function lanesOf(
  body: Sequence,
): { lane: string; title: string; about: string; drawing: LaneDrawing }[] {
  return LANES.flatMap(({ lane, title, about }) => {
    const drawing = drawLane(body, lane)
    return drawing ? [{ lane, title, about, drawing }] : []
  })
}

export function versionWords(
  { version, publishedAt, publishedBy }: Overview,
  place: { zone: string; locale: string },
  now: Date,
): string {
  return `${version}, published ${formatMoment(publishedAt, place, now)} by ${actorWord(publishedBy)}`
}

/** Running cases keep the version that they were opened with, and the page says so. */
export function runningWords({ running, version }: Overview): string {
  const { here, older } = running
  if (here + older === 0) return 'None'
  return `${here} on version ${version}${older > 0 ? `, ${older} on earlier ones` : ''}`
}

const days = (count: number) => (count === 1 ? '1 day' : `${count} days`)
