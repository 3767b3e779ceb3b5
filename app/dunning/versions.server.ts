/** The versions of a sequence. None is ever changed: what is published or brought back is the next number. */

import { db, pool, type Tx } from '../db.server.ts'
import { smsIsSetUp } from '../messages/sms.server.ts'
import { audit } from './audit.server.ts'
import type { GuardRailContext } from './guard-rails.ts'
import { type InFlightPolicy, inFlightOf, startMeeting } from './in-flight.server.ts'
import { parseSequence } from './sequence.ts'
import { lockSequence, versionRow } from './sequences.server.ts'
import type { Sequence } from './types.ts'

/** One version as its page lists it. */
export type Version = {
  number: number
  body: Sequence
  publishedAt: Date
  /** engine, or staff:<id>. */
  publishedBy: string
  note: string | null
  inFlight: InFlightPolicy
  /** The version that it brought back; null: it was new. */
  restores: number | null
  /** Cases that are open on it. */
  open: number
}

/** Most versions that one page shows. Ours. */
const MOST_VERSIONS = 100

/** Newest first; null: this shop has no such sequence. */
export async function loadVersions(
  shop: string,
  sequenceId: string,
): Promise<{ id: string; name: string; hasDraft: boolean; versions: Version[] } | null> {
  const row = await db.sequence.findFirst({
    where: { id: sequenceId, shop },
    include: { versions: { orderBy: { number: 'desc' }, take: MOST_VERSIONS } },
  })
  if (!row) return null
  const open = await db.recoveryCase.groupBy({
    by: ['sequenceVersionId'],
    where: { shop, closedAt: null, version_: { sequenceId } },
    _count: { _all: true },
  })
  const openOn = new Map(open.map((group) => [group.sequenceVersionId, group._count._all]))
  return {
    id: row.id,
    name: row.name,
    hasDraft: row.draftSavedAt !== null,
    versions: row.versions.map((version) => ({
      number: version.number,
      body: parseSequence(version.body),
      publishedAt: version.publishedAt,
      publishedBy: version.publishedBy,
      note: version.note,
      inFlight: version.inFlightPolicy as InFlightPolicy,
      restores: version.restores,
      open: openOn.get(version.id) ?? 0,
    })),
  }
}

export type RolledBack =
  | { type: 'published'; version: number; moved: number; left: number; ended: number }
  /** Somebody published since the page was opened. */
  | { type: 'outdated' }
  /** The plan in force is that one already. */
  | { type: 'nothing_to_publish' }

/**
 * Brings an earlier version back, as a new one. `seen`: the newest version that the page showed. A draft stays, and who
 * has it open is told to look again. Null: no such sequence, or no such version.
 */
export async function rollBack(
  {
    shop,
    sequenceId,
    to,
    seen,
    note,
    inFlight,
    actor,
  }: {
    shop: string
    sequenceId: string
    to: number
    seen: number
    note: string | null
    inFlight: InFlightPolicy
    actor: string
  },
  now: Date,
): Promise<RolledBack | null> {
  return db.$transaction(async (tx) => {
    const found = await lockSequence(tx, shop, sequenceId)
    const wanted = await tx.sequenceVersion.findUnique({
      where: { sequenceId_number: { sequenceId, number: to } },
    })
    if (!found || !wanted) return null
    const { row, newest } = found
    if (newest.number !== seen) return { type: 'outdated' }
    if (wanted.hash === newest.hash) return { type: 'nothing_to_publish' }
    const body = parseSequence(wanted.body)
    const version = newest.number + 1
    const becomes = await publishVersion(
      tx,
      { shop, sequenceId, body, number: version, note, inFlight, actor, restores: to },
      now,
    )
    if (row.draftSavedAt)
      await tx.sequence.update({
        where: { id: sequenceId },
        data: { draftSavedAt: new Date(Math.max(now.getTime(), row.draftSavedAt.getTime() + 1)) },
      })
    return { type: 'published', version, ...becomes }
  })
}

/** Writes the next version down, and has the open cases meet it. Answers what becomes of them, as they stand now. */
export async function publishVersion(
  tx: Tx,
  version: {
    shop: string
    sequenceId: string
    body: Sequence
    number: number
    note: string | null
    inFlight: InFlightPolicy
    actor: string
    restores?: number
  },
  now: Date,
): Promise<{ moved: number; left: number; ended: number }> {
  const { shop, sequenceId, body, number, note, inFlight, actor, restores } = version
  const { open, mayMove } = await inFlightOf(shop, sequenceId)
  await tx.sequenceVersion.create({
    data: {
      sequenceId,
      ...versionRow(body, number, actor, now),
      inFlightPolicy: inFlight,
      note,
      restores: restores ?? null,
    },
  })
  if (inFlight !== 'leave') await startMeeting(tx, shop, now)
  const data = { version: number, inFlight, ...(restores ? { restores } : {}) }
  await audit(tx, { shop, actor, action: 'sequence.published', target: sequenceId, data }, now)
  const moved = inFlight === 'move' ? mayMove : 0
  const ended = inFlight === 'end' ? open : 0
  return { moved, ended, left: open - moved - ended }
}

/** How far back cases are looked at to tell which plans a sequence serves. Days: a quarter. */
const PLANS_SEEN_DAYS = 90

/** What the guard rails must know of the shop: the plan that renews most often of those that this sequence serves. */
export async function guardRailContextOf(
  shop: string,
  sequenceId: string,
  now: Date,
): Promise<GuardRailContext> {
  const { rows } = await pool.query<{
    unit: NonNullable<GuardRailContext['interval']>['unit'] | null
    count: number | null
    emailFromHour: number
    emailUntilHour: number
    smsOn: boolean
  }>({
    name: 'guard-rail-context',
    text: `
      SELECT s."emailFromHour", s."emailUntilHour", s."smsOn", plan.unit, plan.count
        FROM "Shop" s
        LEFT JOIN LATERAL (
          SELECT c.traits->'interval'->>'unit' AS unit, (c.traits->'interval'->>'count')::int AS count
            FROM "RecoveryCase" c JOIN "SequenceVersion" v ON v.id = c."sequenceVersionId"
           WHERE c.shop = s.shop AND v."sequenceId" = $2 AND c."openedAt" > $3
             AND jsonb_typeof(c.traits->'interval') = 'object'
           ORDER BY (c.traits->'interval'->>'count')::int
                    * (CASE c.traits->'interval'->>'unit' WHEN 'DAY' THEN 1 WHEN 'WEEK' THEN 7 WHEN 'MONTH' THEN 30 ELSE 365 END)
           LIMIT 1) plan ON true
       WHERE s.shop = $1`,
    values: [shop, sequenceId, new Date(now.getTime() - PLANS_SEEN_DAYS * 86_400_000)],
  })
  const [row] = rows
  return {
    interval: row?.unit && row.count ? { unit: row.unit, count: row.count } : null,
    emailWindow: { fromHour: row?.emailFromHour ?? 8, untilHour: row?.emailUntilHour ?? 20 },
    smsReady: row?.smsOn === true && smsIsSetUp(),
  }
}
