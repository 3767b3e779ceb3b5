/**
 * Finds what is due. The dated rows decide; the queue only carries the work to whichever worker is free.
 *
 * Fair between shops: each gets its turn, so that one with a hundred thousand due cases delays another by the little
 * that is under way already.
 */
import { pool } from '../db.server.ts'
import { LEASE_MS } from './cases.server.ts'
import { newClaimant } from './claims.server.ts'

/**
 * So many cases may be claimed at once, by all workers together. What is claimed must be worked on before its lease
 * runs out: at 30 s and a slow Shopify (1 s a call) one worker manages several hundred.
 */
export const CLAIMED_AT_ONCE = 200

/** Of these, so many of one shop: somebody else's case always finds room at once. */
export const CLAIMED_OF_ONE_SHOP = 100

export type DueCase = { caseId: string; handOver: string }

/**
 * The shops of an index, one probe for each, however many rows it has. `due` is the partial index's own condition.
 * Also for webhook events.
 */
export const shopsOf = (table: string, due: string, name = 'shops') => `${name} AS (
    (SELECT shop FROM "${table}" WHERE ${due} ORDER BY shop LIMIT 1)
    UNION ALL
    SELECT (SELECT t.shop FROM "${table}" t WHERE t.shop > s.shop AND ${due} ORDER BY t.shop LIMIT 1)
      FROM ${name} s WHERE s.shop IS NOT NULL
  )`

/** $1 world time, $2 lease until, $3 by whom, $4 real time, $5 at once, $6 of one shop. */
export const CLAIM_DUE_CASES = `
  WITH RECURSIVE ${shopsOf('RecoveryCase', '"nextActionAt" IS NOT NULL')}, held AS (
    SELECT shop, count(*)::int AS cases FROM "RecoveryCase" WHERE "leaseUntil" >= $4 GROUP BY shop
  ), waiting AS MATERIALIZED (
    SELECT s.shop, coalesce(h.cases, 0) AS held FROM shops s LEFT JOIN held h USING (shop)
     WHERE coalesce(h.cases, 0) < $6::int
       AND EXISTS (SELECT FROM "RecoveryCase" c WHERE c.shop = s.shop AND c."nextActionAt" <= $1)
  ), room AS (
    SELECT greatest(0, $5::int - (SELECT coalesce(sum(cases), 0) FROM held)) AS cases,
           (SELECT greatest(1, count(*)) FROM waiting) AS shops
  ), turns AS MATERIALIZED (
    SELECT due.id, due."nextActionAt", w.held + row_number() OVER (PARTITION BY w.shop ORDER BY due."nextActionAt") AS turn
      FROM waiting w CROSS JOIN room CROSS JOIN LATERAL (
        SELECT c.id, c."nextActionAt" FROM "RecoveryCase" c
         WHERE c.shop = w.shop AND c."nextActionAt" <= $1 AND (c."leaseUntil" IS NULL OR c."leaseUntil" < $4)
         ORDER BY c."nextActionAt"
         LIMIT greatest(0, least($6::int - w.held, (room.cases + room.shops - 1) / room.shops))) AS due
     ORDER BY turn, due."nextActionAt"
     LIMIT (SELECT cases FROM room)
  ), free AS MATERIALIZED (
    -- A list of ids leads the planner to the primary key; a join could make it read the whole table.
    SELECT c.id FROM "RecoveryCase" c WHERE c.id = ANY (ARRAY(SELECT id FROM turns))
       AND c."nextActionAt" <= $1 AND (c."leaseUntil" IS NULL OR c."leaseUntil" < $4)
       FOR UPDATE SKIP LOCKED
  )
  UPDATE "RecoveryCase" c SET "leaseUntil" = $2, "leaseBy" = $3 WHERE c.id = ANY (ARRAY(SELECT id FROM free))
  RETURNING c.id, (SELECT turn::int FROM turns WHERE turns.id = c.id) AS turn, c."nextActionAt" AS "dueAt"`

/** Claims due cases, each shop's longest due first and shop after shop, and hands each over with its lease. */
export async function claimDueCases(now: Date, realNow: Date): Promise<DueCase[]> {
  const handOver = newClaimant()
  const { rows } = await pool.query<{ id: string; turn: number; dueAt: Date }>({
    name: 'claim-due-cases',
    text: CLAIM_DUE_CASES,
    values: [
      now,
      new Date(realNow.getTime() + LEASE_MS),
      handOver,
      realNow,
      CLAIMED_AT_ONCE,
      CLAIMED_OF_ONE_SHOP,
    ],
  })
  return rows
    .sort((a, b) => a.turn - b.turn || a.dueAt.getTime() - b.dueAt.getTime())
    .map(({ id }) => ({ caseId: id, handOver }))
}

/** The engine's pulse, which /health and Home watch. Real time. */
export async function beat(
  job: string,
  worker: string,
  realNow: Date,
  lagMs: number,
): Promise<void> {
  await pool.query({
    name: 'beat',
    text: `INSERT INTO "JobHeartbeat" (job, "lastRunAt", "lagMs", worker) VALUES ($1, $2, $3, $4)
           ON CONFLICT (job) DO UPDATE SET "lastRunAt" = excluded."lastRunAt", "lagMs" = excluded."lagMs", worker = excluded.worker`,
    values: [job, realNow, lagMs, worker],
  })
}
