/** Finds what is due. The dated rows decide; the queue only carries the work to whichever worker is free. */
import { pool } from '../db.server.ts'
import { LEASE_MS } from './cases.server.ts'
import { newClaimant } from './claims.server.ts'

/**
 * So many cases may be claimed at once, by all workers together. What is claimed must be worked on before its lease
 * runs out: at 30 s and a slow Shopify (1 s a call) one worker manages several hundred.
 */
const CLAIMED_AT_ONCE = 200

export type DueCase = { caseId: string; handOver: string }

/** Claims due cases, the longest due first, and hands each over with its lease. */
export async function claimDueCases(now: Date, realNow: Date): Promise<DueCase[]> {
  const handOver = newClaimant()
  const { rows } = await pool.query<{ id: string }>({
    name: 'claim-due-cases',
    text: `UPDATE "RecoveryCase" SET "leaseUntil" = $2, "leaseBy" = $3
            WHERE id IN (
              SELECT id FROM "RecoveryCase"
               WHERE "nextActionAt" <= $1 AND ("leaseUntil" IS NULL OR "leaseUntil" < $4)
               ORDER BY "nextActionAt"
               LIMIT greatest(0, $5 - (SELECT count(*) FROM "RecoveryCase" WHERE "leaseUntil" >= $4))
               FOR UPDATE SKIP LOCKED)
        RETURNING id`,
    values: [now, new Date(realNow.getTime() + LEASE_MS), handOver, realNow, CLAIMED_AT_ONCE],
  })
  return rows.map(({ id }) => ({ caseId: id, handOver }))
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
