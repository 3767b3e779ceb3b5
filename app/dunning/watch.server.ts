/**
 * The watch over stuck cases: an open case that nothing will move, or that is due and that nobody touches, is a defect
 * or a dead engine, and its shopper would be forgotten without a word. Invariant I3.
 */
import { pool } from '../db.server.ts'
import { log } from '../log.server.ts'
import { shopsOf } from './sweep.server.ts'

/** A case that is due so long and was not touched is stuck. Minutes, world time. */
export const UNTOUCHED_MINUTES = 15

/** Of one shop, so many are shown one by one: an engine that stands still is seen elsewhere. */
const SHOWN_OF_ONE_SHOP = 20

/** What one look saw, as "case version due time". */
export type Sightings = ReadonlySet<string>

/**
 * Looks for stuck cases and tells staff of those that the look before saw just the same: a worker that has just come
 * back is given a minute. Answers what it saw. Tasks whose case moves again are closed.
 */
export async function watchCases(now: Date, realNow: Date, before: Sightings): Promise<Sightings> {
  const { rows } = await pool.query<{ id: string; seen: string; because: string }>({
    name: 'watch-cases',
    text: `
      WITH RECURSIVE ${shopsOf('RecoveryCase', '"nextActionAt" IS NOT NULL')}
      SELECT c.id, c.id || ' ' || c.version || ' adrift' AS seen,
             'It has no next action and waits for nothing that is known.' AS because
        FROM "RecoveryCase" c
       WHERE c."nextActionAt" IS NULL AND c."closedAt" IS NULL AND c."deadReason" IS NULL
         AND (c.status <> 'held' OR coalesce(c.reason, '') NOT IN ('paused', 'uninstalled'))
         AND (c."leaseUntil" IS NULL OR c."leaseUntil" < $3)
      UNION ALL
      SELECT late.id, late.id || ' ' || late.version || ' ' || late."nextActionAt", 'It has been due for more than ${UNTOUCHED_MINUTES} minutes, and no worker takes it.'
        FROM shops s CROSS JOIN LATERAL (
          SELECT c.id, c.version, c."nextActionAt" FROM "RecoveryCase" c
           WHERE c.shop = s.shop AND c."nextActionAt" <= $1::timestamptz - interval '${UNTOUCHED_MINUTES} minutes'
             AND (c."leaseUntil" IS NULL OR c."leaseUntil" < $3)
           ORDER BY c."nextActionAt" LIMIT $2) AS late`,
    values: [now, SHOWN_OF_ONE_SHOP, realNow],
  })
  const stuck = rows.filter(({ seen }) => before.has(seen))
  await tellStaff(stuck, now)
  return new Set(rows.map(({ seen }) => seen))
}

async function tellStaff(stuck: { id: string; because: string }[], now: Date): Promise<void> {
  const ids = stuck.map(({ id }) => id)
  const { rows: told } = await pool.query<{ caseId: string }>({
    name: 'tell-stuck',
    text: `INSERT INTO "StaffTask" (id, shop, "caseId", kind, title, body, "createdAt", subject)
           SELECT gen_random_uuid(), c.shop, c.id, 'case_stuck', 'A recovery stands still', s.because
                    || ' Nothing is charged or sent for it. The operator of this app was told.', $3, c.id::text
             FROM unnest($1::uuid[], $2::text[]) AS s(id, because) JOIN "RecoveryCase" c USING (id)
           ON CONFLICT DO NOTHING RETURNING "caseId"`,
    values: [ids, stuck.map(({ because }) => because), now],
  })
  for (const { caseId } of told) log.error({ caseId }, 'a case stands still')
  // Moving again, over, or set aside, which has a task of its own; and set aside no more.
  await pool.query({
    name: 'untell-stuck',
    text: `UPDATE "StaffTask" t SET "doneAt" = $2, "doneBy" = 'engine' FROM "RecoveryCase" c
            WHERE t."doneAt" IS NULL AND c.id = t."caseId"
              AND (t.kind = 'case_stuck' AND NOT t."caseId" = ANY ($1::uuid[])
                     AND (c."nextActionAt" > $2 OR c."closedAt" IS NOT NULL OR c."deadReason" IS NOT NULL)
                   OR t.kind = 'case_set_aside' AND (c."deadReason" IS NULL OR c."closedAt" IS NOT NULL))`,
    values: [ids, now],
  })
}
