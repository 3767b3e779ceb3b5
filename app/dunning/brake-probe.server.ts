/**
 * The brake's own look, by the clock: one payment of the shop is tried to see whether they go through again, after ever
 * longer waits and under every cap. What becomes of it reaches the brake like any other charge (`noteCharges`).
 */
import type { Brake } from '@prisma/client'
import { now } from '../clock.server.ts'
import { db, pool } from '../db.server.ts'
import { log } from '../log.server.ts'
import { releaseIfAnswered, tidyBrakes } from './brake.server.ts'
import { LONG_BRAKE_HOURS, probeAfterMinutes } from './brake.ts'
import type { Turn, TurnEnd } from './clocks.server.ts'
import { handleEvent } from './handle-event.server.ts'
import { ATTEMPTS_PER_CYCLE, HOURS_BETWEEN_ATTEMPTS } from './limits.ts'
import { addHours } from './schedule.ts'

/** The caps may stand in the way of the case that looked fit: so many are asked before the probe is put off. */
const CASES_ASKED = 5

/** With nothing that may be tried, it is looked again after so long. Hours; ours. */
const NOTHING_TO_TRY_HOURS = 4

export async function probeBrake({ shop: { shop }, correlationId }: Turn): Promise<TurnEnd> {
  const brake = await db.brake.findFirst({ where: { shop, releasedAt: null } })
  if (!brake) return { type: 'next', at: null }
  const at = now()
  if (await releaseIfAnswered(brake, at)) return { type: 'next', at: null }
  await tidyBrakes(at)
  if (at >= addHours(brake.engagedAt, LONG_BRAKE_HOURS)) await tellAgain(brake, at)
  const tried = await tryOne(shop, correlationId, at)
  const probes = brake.probes + (tried ? 1 : 0)
  const soonest = new Date(at.getTime() + probeAfterMinutes(probes) * 60_000)
  const allowedAt = tried ? soonest : await nextAllowedAt(shop, at)
  const nextProbeAt = allowedAt > soonest ? allowedAt : soonest
  await db.brake.updateMany({
    where: { id: brake.id, releasedAt: null },
    data: {
      probes,
      nextProbeAt,
      probeNote: tried
        ? null
        : 'No payment may be tried yet: each on hold was tried less than a day ago, or only you or its shopper can start it.',
      ...(tried ? { lastProbeAt: at, lastProbeCaseId: tried } : {}),
    },
  })
  // Released meanwhile: by the probe itself, or by staff.
  const isOn = await db.brake.findFirst({ where: { id: brake.id, releasedAt: null } })
  return { type: 'next', at: isOn ? nextProbeAt : null }
}

/** The case that was charged; null when none may be. */
async function tryOne(shop: string, correlationId: string, at: Date): Promise<string | null> {
  for (const { id, allowedAt } of await candidates(shop, at)) {
    if (allowedAt > at) continue
    const outcome = await handleEvent({
      shop,
      caseId: id,
      event: { type: 'brake_probe' },
      actor: 'engine',
      correlationId,
    })
    const made = await db.attempt.count({ where: { caseId: id, intendedAt: { gte: at } } })
    log.info(
      { shop, caseId: id, correlationId, charged: made > 0, ...outcome },
      'the brake asked for a probe',
    )
    if (made > 0) return id
  }
  return null
}

async function nextAllowedAt(shop: string, at: Date): Promise<Date> {
  const [first] = await candidates(shop, at)
  return first && first.allowedAt > at ? first.allowedAt : addHours(at, NOTHING_TO_TRY_HOURS)
}

/**
 * Held cases that could be charged, those first that may be charged soonest, then those whose charge was due anyway,
 * then the youngest. `decide` has the last word, with the facts.
 */
async function candidates(shop: string, at: Date): Promise<{ id: string; allowedAt: Date }[]> {
  const { rows } = await pool.query<{ id: string; allowedAt: Date }>({
    name: 'probe-candidates',
    text: `
      SELECT c.id, greatest(last.at + interval '${HOURS_BETWEEN_ATTEMPTS} hours', $2) AS "allowedAt"
        FROM "RecoveryCase" c CROSS JOIN LATERAL (
          SELECT max(a."intendedAt") AS at, count(*) AS attempts,
                 bool_or(a.state IN ('intended', 'submitted', 'action_required', 'unknown')) AS "isLive"
            FROM "Attempt" a WHERE a.shop = c.shop AND a."contractId" = c."contractId" AND a."cycleIndex" = c."cycleIndex"
             AND a.state NOT IN ('refused', 'abandoned')) AS last
       WHERE c.shop = $1 AND c.status = 'held' AND c.reason = 'brake' AND c."deadReason" IS NULL
         AND c."lastClass" IN ('TECH', 'FUNDS', 'ISSUER') AND c."deadlineAt" > $2
         AND last.attempts < ${ATTEMPTS_PER_CYCLE} AND NOT coalesce(last."isLive", false)
         AND extract(hour FROM $2::timestamptz AT TIME ZONE c.zone) >= 6
       ORDER BY 2, (SELECT min(r."dueAt") FROM "StepRun" r WHERE r."caseId" = c.id AND r.state = 'scheduled' AND r.kind = 'retry'),
                c."openedAt" DESC
       LIMIT ${CASES_ASKED}`,
    values: [shop, at],
  })
  return rows
}

/** Nothing is held for ever without a word: once a day, unless the last word still stands unread. */
async function tellAgain({ id, shop, engagedAt, because }: Brake, at: Date): Promise<void> {
  const hours = Math.round((at.getTime() - engagedAt.getTime()) / 3_600_000)
  log.warn({ shop, hours }, 'the store-wide brake is still on')
  await pool.query(
    `INSERT INTO "StaffTask" (id, shop, kind, title, body, "createdAt", subject)
     SELECT gen_random_uuid(), $1, 'brake', $2, $3, $4, $5
      WHERE NOT EXISTS (SELECT FROM "StaffTask" WHERE shop = $1 AND kind = 'brake'
                           AND "createdAt" > $4::timestamptz - interval '${LONG_BRAKE_HOURS} hours')
     ON CONFLICT DO NOTHING`,
    [
      shop,
      'Recovery is still held back',
      `For ${hours} hours nothing has been charged by itself and no shopper was written to. It began when ${because}. Check your payment provider, try one payment with “Retry now”, or release all of them on Home.`,
      at,
      id,
    ],
  )
}
