/**
 * What the editor holds between two versions. A sequence has one draft, kept beside its versions: it may break the
 * rules while it is worked on, and is checked when it is published. Nobody's newer draft is ever overwritten.
 */

import type { Prisma } from '@prisma/client'
import { db } from '../db.server.ts'
import { audit } from './audit.server.ts'
import { type GuardRail, type GuardRailContext, guardRails } from './guard-rails.ts'
import { type InFlightPolicy, inFlightOf } from './in-flight.server.ts'
import { checkSequence, parseSequence, readSequence, type SequenceProblem } from './sequence.ts'
import { hashOf, lockSequence, NO_DRAFT } from './sequences.server.ts'
import type { Sequence } from './types.ts'
import { guardRailContextOf, publishVersion } from './versions.server.ts'

export type Editing = {
  id: string
  name: string
  isOn: boolean
  isDefault: boolean
  /** The newest version, which new cases get. */
  version: number
  published: Sequence
  publishedAt: Date
  /** engine, or staff:<id>. */
  publishedBy: string
  note: string | null
  /** `basedOn`: the version that it began from. */
  draft: { sequence: Sequence; savedAt: Date; savedBy: string; basedOn: number } | null
  /** Open cases of this sequence: all, those on older versions than the newest, and those that could move now. */
  inFlight: { open: number; onOlder: number; mayMove: number }
  context: GuardRailContext
}

/** A sequence as the editor opens it; null: this shop has no such sequence, or put it away. */
export async function loadForEditing(
  shop: string,
  sequenceId: string,
  now: Date,
): Promise<Editing | null> {
  const row = await db.sequence.findFirst({
    where: { id: sequenceId, shop, archivedAt: null },
    include: { versions: { orderBy: { number: 'desc' }, take: 1 } },
  })
  const newest = row?.versions[0]
  if (!row || !newest) return null
  const [{ open, onOlder, mayMove }, context] = await Promise.all([
    inFlightOf(shop, sequenceId),
    guardRailContextOf(shop, sequenceId, now),
  ])
  return {
    id: row.id,
    name: row.name,
    isOn: row.isOn,
    isDefault: row.isDefault,
    version: newest.number,
    published: parseSequence(newest.body),
    publishedAt: newest.publishedAt,
    publishedBy: newest.publishedBy,
    note: newest.note,
    draft: draftOf(row),
    inFlight: { open, onOlder, mayMove },
    context,
  }
}

type DraftRow = Prisma.SequenceGetPayload<object>

function seenOf({ draftSavedAt }: DraftRow): string {
  return draftSavedAt?.toISOString() ?? ''
}

/** What was saved by a version of the app that knew other words is no draft any more. */
function draftOf({ draft, draftSavedAt, draftSavedBy, draftBasedOn }: DraftRow): Editing['draft'] {
  const read = draft === null ? null : readSequence(draft)
  if (!read?.ok || !draftSavedAt || !draftSavedBy || draftBasedOn === null) return null
  return {
    sequence: read.sequence,
    savedAt: draftSavedAt,
    savedBy: draftSavedBy,
    basedOn: draftBasedOn,
  }
}

export type DraftSaved =
  | { type: 'saved'; savedAt: Date }
  /** Somebody saved, published or discarded since the page was opened. */
  | { type: 'outdated' }
  | { type: 'refused'; problems: SequenceProblem[] }

/**
 * Keeps what the editor holds. `seen`: when the draft that the page shows was saved (ISO 8601), or '' when it shows
 * the published version; `version`, where the page tells it, is the newest one that it knew. Null: no such sequence.
 */
export async function saveDraft(
  {
    shop,
    sequenceId,
    json,
    seen,
    version,
    actor,
  }: {
    shop: string
    sequenceId: string
    json: unknown
    seen: string
    version?: number
    actor: string
  },
  now: Date,
): Promise<DraftSaved | null> {
  const read = readSequence(json)
  if (!read.ok) return { type: 'refused', problems: read.problems }
  return db.$transaction(async (tx) => {
    const found = await lockSequence(tx, shop, sequenceId)
    if (!found) return null
    const { row, newest } = found
    if (seenOf(row) !== seen || (version !== undefined && version !== newest.number))
      return { type: 'outdated' }
    // Two savings within one millisecond must still differ, or the second could not be told from the first.
    const before = row.draftSavedAt?.getTime() ?? 0
    const savedAt = new Date(Math.max(now.getTime(), before + 1))
    await tx.sequence.update({
      where: { id: sequenceId },
      data: {
        draft: read.sequence as unknown as Prisma.InputJsonObject,
        draftSavedAt: savedAt,
        draftSavedBy: actor,
        draftBasedOn: row.draftBasedOn ?? newest.number,
      },
    })
    return { type: 'saved', savedAt }
  })
}

/** Throws the draft away; the published version stays in force. */
export async function discardDraft(
  { shop, sequenceId, actor }: { shop: string; sequenceId: string; actor: string },
  now: Date,
): Promise<true | null> {
  return db.$transaction(async (tx) => {
    if ((await tx.sequence.count({ where: { id: sequenceId, shop } })) === 0) return null
    const { count } = await tx.sequence.updateMany({
      where: { id: sequenceId, shop, draftSavedAt: { not: null } },
      data: NO_DRAFT,
    })
    if (count > 0)
      await audit(tx, { shop, actor, action: 'sequence.draft_discarded', target: sequenceId }, now)
    return true
  })
}

export type DraftPublished =
  /**
   * `moved`, `left`, `ended`: what becomes of the open cases, as they stand now. It is done case by case in the
   * background (in-flight.server.ts), and told on the timeline of each.
   */
  | { type: 'published'; version: number; moved: number; left: number; ended: number }
  | { type: 'outdated' }
  | { type: 'refused'; rails: GuardRail[]; problems: SequenceProblem[] }
  /** There is no draft, or it says what the newest version says. */
  | { type: 'nothing_to_publish' }

/** Makes the draft the next version, unless it cannot be right. `seen`: as in `saveDraft`. Null: no such sequence. */
export async function publishDraft(
  {
    shop,
    sequenceId,
    note,
    inFlight,
    seen,
    actor,
  }: {
    shop: string
    sequenceId: string
    note: string | null
    inFlight: InFlightPolicy
    seen: string
    actor: string
  },
  now: Date,
): Promise<DraftPublished | null> {
  const context = await guardRailContextOf(shop, sequenceId, now)
  return db.$transaction(async (tx) => {
    const found = await lockSequence(tx, shop, sequenceId)
    if (!found) return null
    const { row, newest } = found
    if (seenOf(row) !== seen) return { type: 'outdated' }
    const draft = draftOf(row)
    if (!draft) return { type: 'nothing_to_publish' }
    const checked = checkSequence(draft.sequence)
    if (!checked.ok) return { type: 'refused', rails: [], problems: checked.problems }
    const rails = guardRails(checked.sequence, context).filter(({ blocks }) => blocks)
    if (rails.length > 0) return { type: 'refused', rails, problems: [] }
    if (hashOf(checked.sequence) === newest.hash) return { type: 'nothing_to_publish' }

    const version = newest.number + 1
    const becomes = await publishVersion(
      tx,
      { shop, sequenceId, body: checked.sequence, number: version, note, inFlight, actor },
      now,
    )
    await tx.sequence.update({ where: { id: sequenceId }, data: NO_DRAFT })
    return { type: 'published', version, ...becomes }
  })
}
