/**
 * The ramp after an outage. A shop whose charges were not made in time makes them up at a steady rate, in place of all
 * at once: a burst looks like card testing to issuers, empties the shop's query points and trips Shopify's trust limit.
 */
import { pool } from '../db.server.ts'
import { shopsOf } from './sweep.server.ts'

/** A charge that is later than this was missed, by an outage of ours or of Shopify's. Minutes, world time. */
export const MISSED_AFTER_MINUTES = 15

/** More missed charges than this in one shop are spread; a handful is simply made. Cases. */
export const MISSED_AT_ONCE = 60

/** So many charges a minute, world time, while a shop catches up. Ours; a standard shop's query points allow 120. */
export const CHARGES_PER_MINUTE = 60

/**
 * For so long the shop stays on the ramp. Hours, world time. A charge over a day late moves to its usual hour of the
 * next morning, where all of them would meet again.
 */
export const RAMP_HOURS = 48

/** Of a shop's overdue cases, so many are looked at to see whether charges were missed. */
const LOOKED_AT = 1_000

const SLOT_MS = 60_000 / CHARGES_PER_MINUTE

/** A scalar, not EXISTS: a semi-join could make PostgreSQL read every step of every case. */
const hasRetryDueBy = (
  at: string,
) => `(SELECT true FROM "StepRun" r WHERE r."caseId" = c.id AND r.state = 'scheduled'
    AND r.kind = 'retry' AND r."dueAt" <= ${at} LIMIT 1)`

/**
 * A case that waits because Shopify is down is due again within the hour, and its charge is as late as any other.
 * $1 world time, $2 missed before, $3 how many at once, $4 ramp until.
 */
export const START_RAMPS = `
  WITH RECURSIVE ${shopsOf('RecoveryCase', '"nextActionAt" IS NOT NULL')}, behind AS MATERIALIZED (
    SELECT s.shop FROM shops s
     WHERE (SELECT count(*) FROM (
             SELECT FROM (
                SELECT id FROM "RecoveryCase" c WHERE c.shop = s.shop AND c."nextActionAt" <= $1::timestamptz + interval '1 hour'
                   AND c."pacedAt" IS DISTINCT FROM c."nextActionAt" ORDER BY c."nextActionAt" LIMIT ${LOOKED_AT}) AS c
              WHERE ${hasRetryDueBy('$2')}
              LIMIT $3::int + 1) AS missed) > $3::int
  )
  UPDATE "Shop" s SET "rampUntil" = $4 FROM behind JOIN "Shop" before USING (shop) WHERE s.shop = behind.shop
  RETURNING s.shop, before."rampUntil" IS NULL OR before."rampUntil" <= $1 AS fresh`

/** Puts shops that have missed charges on the ramp. Answers those that were not on it. */
export async function startRamps(now: Date): Promise<string[]> {
  const at = now.getTime()
  const { rows } = await pool.query<{ shop: string; fresh: boolean }>({
    name: 'start-ramps',
    text: START_RAMPS,
    values: [
      now,
      new Date(at - MISSED_AFTER_MINUTES * 60_000),
      MISSED_AT_ONCE,
      new Date(at + RAMP_HOURS * 3_600_000),
    ],
  })
  return rows.filter(({ fresh }) => fresh).map(({ shop }) => shop)
}

/**
 * Gives every due charge of the shops on the ramp its own instant, the nearest deadline first. A case keeps the
 * instant that it was given. Before each claim.
 */
export async function paceCharges(now: Date): Promise<void> {
  const { rows: onRamp } = await pool.query<{ shop: string }>({
    name: 'shops-on-ramp',
    text: 'SELECT shop FROM "Shop" WHERE "rampUntil" > $1',
    values: [now],
  })
  for (const { shop } of onRamp) await spread(shop, now)
}

/** One statement; the lock on the shop's row makes two workers give out instants one after the other. */
async function spread(shop: string, now: Date): Promise<void> {
  await pool.query({
    name: 'spread-charges',
    text: `
      WITH ramp AS MATERIALIZED (
        SELECT shop, greatest(coalesce("pacedUntil", $2), $2) AS free FROM "Shop" WHERE shop = $1 FOR UPDATE
      ), slots AS MATERIALIZED (
        SELECT c.id, ramp.free + (row_number() OVER (ORDER BY c."deadlineAt", c.id) - 1) * interval '${SLOT_MS} milliseconds' AS slot
          FROM ramp JOIN "RecoveryCase" c ON c.shop = ramp.shop
         WHERE c."nextActionAt" <= $2 AND c."pacedAt" IS DISTINCT FROM c."nextActionAt" AND c."leaseBy" IS NULL
           AND ${hasRetryDueBy('$2')}
      ), paced AS (
        UPDATE "RecoveryCase" c SET "nextActionAt" = slots.slot, "pacedAt" = slots.slot FROM slots
         WHERE c.id = slots.id AND c."leaseBy" IS NULL RETURNING c."pacedAt"
      )
      UPDATE "Shop" SET "pacedUntil" = (SELECT max("pacedAt") FROM paced) + interval '${SLOT_MS} milliseconds'
       WHERE shop = $1 AND EXISTS (SELECT FROM paced)`,
    values: [shop, now],
  })
}
