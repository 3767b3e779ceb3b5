/**
 * Shopify's trust limit: since 2026-01 it refuses new billing attempts of a shop that makes too many hopeless ones
 * (`THROTTLED` as a user error). It speaks of the shop and not of the case, so every case of the shop waits.
 * Source: dunning-practice 4; https://shopify.dev/changelog/subscription-billing-attempts-throttling
 */
import { pool } from '../db.server.ts'
import { log } from '../log.server.ts'
import { THROTTLED_HOURS } from './decide.ts'
import type { DunningEvent } from './types.ts'

/**
 * Takes in what Shopify said to a new attempt. `pauses` is how often running the shop has been paused before: the
 * first acceptance ends that.
 */
export async function noteAttemptAnswer(
  shop: string,
  pauses: number,
  answer: DunningEvent,
  now: Date,
): Promise<void> {
  if (answer.type === 'attempt_accepted' && pauses > 0) {
    await pool.query(
      `UPDATE "Shop" SET "attemptPauses" = 0, "attemptsPausedUntil" = NULL
        WHERE shop = $1 AND ("attemptsPausedUntil" IS NULL OR "attemptsPausedUntil" <= $2)`,
      [shop, now],
    )
  }
  if (answer.type !== 'attempt_refused' || answer.code !== 'THROTTLED') return
  // Attempts that were under way when the pause began belong to the same refusal.
  const { rows } = await pool.query<{ until: Date }>(
    `UPDATE "Shop" SET "attemptPauses" = "attemptPauses" + 1,
            "attemptsPausedUntil" = $2::timestamptz
              + ($3::int[])[least("attemptPauses" + 1, cardinality($3::int[]))] * interval '1 hour'
      WHERE shop = $1 AND ("attemptsPausedUntil" IS NULL OR "attemptsPausedUntil" <= $2)
      RETURNING "attemptsPausedUntil" AS until`,
    [shop, now, [...THROTTLED_HOURS]],
  )
  if (rows[0])
    log.warn({ shop, until: rows[0].until }, 'Shopify refuses new attempts of this shop for now')
}
