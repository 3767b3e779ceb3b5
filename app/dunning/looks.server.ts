/**
 * What is looked at by the clock and not because a webhook came. Each shop has a dated row for each job; a worker claims
 * what is due, does one turn of it, and writes down when the next one is. A turn is short: a long job goes on where its
 * cursor stands, so that a big shop holds nobody up and a killed worker loses one page.
 */
import { randomUUID } from 'node:crypto'
import type { Shop, ShopClock } from '@prisma/client'
import { now, realNow } from '../clock.server.ts'
import { db, pool } from '../db.server.ts'
import { log } from '../log.server.ts'
import { lookAtDomain } from '../messages/sender-domain.server.ts'
import { adminFor, ShopifyUnavailable, ShopUnreachable } from '../shopify/admin.server.ts'
import { readAccountPage } from '../shopify/shops.server.ts'
import { scanForOldFailures, startOldFailures } from './backfill.server.ts'
import { probeBrake } from './brake-probe.server.ts'
import { LEASE_MS } from './cases.server.ts'
import { newClaimant } from './claims.server.ts'
import { type LookJob, RUNS, type Turn, type TurnEnd } from './clocks.server.ts'
import { meetNewVersions } from './in-flight.server.ts'
import { planNotices, sendNotices } from './notices.server.ts'
import { reconcile, sweepEverything } from './reconcile.server.ts'
import { addHours, addLocalDays, jitterMinutes, localDate, localSlot } from './schedule.ts'

/** How often a shop is asked what has happened lately. Minutes of world time. Source: dunning-practice 17. */
export const RECONCILE_MINUTES = 15

/** The daily jobs begin at a shop's own minute of these hours of its night. */
const NIGHT_FROM_MINUTE = 2 * 60
const NIGHT_MINUTES_A_STEP = 3

/** Turns that may be claimed at once, by all workers together. */
const CLAIMED_AT_ONCE = 20

/** A shop that gives us no access is tried again after so long. Hours: only the merchant can change that. */
const UNREACHABLE_HOURS = 1

const MINUTE_MS = 60_000

const TURNS: Record<LookJob, (turn: Turn) => Promise<TurnEnd>> = {
  reconcile,
  sweep: async (turn) => {
    if (turn.cursor === null) await lookForAccountPage(turn)
    return sweepEverything(turn)
  },
  scan: scanForOldFailures,
  backfill: startOldFailures,
  brake: probeBrake,
  versions: meetNewVersions,
  upcoming: planNotices,
  notices: sendNotices,
  domain: async ({ shop }) => ({ type: 'next', at: await lookAtDomain(shop.shop, now()) }),
}

/** A merchant may publish our page in the customer account at any time, or take it away. */
async function lookForAccountPage({ shop, admin }: Turn): Promise<void> {
  const accountPage = await readAccountPage(admin)
  if (accountPage !== shop.accountPage)
    await db.shop.update({ where: { shop: shop.shop }, data: { accountPage } })
}

export type DueLook = { shop: string; job: LookJob; handOver: string }

/** Takes turns that are due under a lease. Several workers never get the same one. */
export async function claimDueLooks(now: Date, realNow: Date): Promise<DueLook[]> {
  const handOver = newClaimant()
  const { rows } = await pool.query<{ shop: string; job: LookJob }>({
    name: 'claim-due-looks',
    text: `
      UPDATE "ShopClock" t SET "leaseUntil" = $2, "leaseBy" = $3
        FROM (SELECT c.shop, c.job FROM "ShopClock" c JOIN "Shop" s USING (shop)
               WHERE c."nextRunAt" <= $1 AND (c."leaseUntil" IS NULL OR c."leaseUntil" < $4) AND ${RUNS}
               ORDER BY c."nextRunAt"
               LIMIT greatest(0, $5 - (SELECT count(*) FROM "ShopClock" WHERE "leaseUntil" >= $4))
                 FOR UPDATE OF c SKIP LOCKED) due
       WHERE t.shop = due.shop AND t.job = due.job
      RETURNING t.shop, t.job`,
    values: [now, new Date(realNow.getTime() + LEASE_MS), handOver, realNow, CLAIMED_AT_ONCE],
  })
  return rows.map((row) => ({ ...row, handOver }))
}

/**
 * Does one claimed turn and answers whether it got through. Whatever happens in it, the row says when it is looked at
 * next.
 */
export async function takeTurn({ shop, job, handOver }: DueLook): Promise<boolean> {
  const correlationId = randomUUID()
  const row = await db.shopClock.findUnique({
    where: { shop_job: { shop, job } },
    include: { shopRow: true },
  })
  if (row?.leaseBy !== handOver) return false // it ran out, and somebody else has it
  const startedAt = row.startedAt ?? now()
  const claim = { shop, job, leaseBy: handOver }
  try {
    const end = await TURNS[job]({
      shop: row.shopRow,
      admin: await adminFor(shop),
      startedAt,
      lastRunAt: row.lastRunAt,
      cursor: row.cursor,
      correlationId,
      async stillMine() {
        const leaseUntil = new Date(realNow().getTime() + LEASE_MS)
        const { count } = await db.shopClock.updateMany({ where: claim, data: { leaseUntil } })
        if (count === 0) throw new LostClaim(`${shop} ${job}: the claim was lost`)
      },
    })
    const ended =
      end.type === 'go_on'
        ? { cursor: end.cursor, startedAt, nextRunAt: now() }
        : {
            cursor: null,
            startedAt: null,
            lastRunAt: startedAt,
            nextRunAt: end.type === 'next' ? end.at : nextRun(job, row.shopRow, now()),
          }
    await db.shopClock.updateMany({
      where: claim,
      data: { ...ended, tries: 0, error: null, leaseUntil: null, leaseBy: null },
    })
    return true
  } catch (error) {
    if (!(error instanceof LostClaim)) await putOff(row, claim, error)
    return false
  }
}

class LostClaim extends Error {
  override name = 'LostClaim'
}

/** The run goes on later, where it was. What it would have found stays findable: it looks back to its last good run. */
async function putOff(
  row: ShopClock,
  claim: { shop: string; job: string; leaseBy: string },
  error: unknown,
): Promise<void> {
  const tries = row.tries + 1
  const backOffMs = Math.min(2 ** tries, 60) * MINUTE_MS
  const waitMs =
    error instanceof ShopUnreachable
      ? UNREACHABLE_HOURS * 60 * MINUTE_MS
      : error instanceof ShopifyUnavailable
        ? Math.max(error.retryAfterMs, MINUTE_MS)
        : backOffMs
  const { shop, job } = row
  if (error instanceof ShopifyUnavailable || error instanceof ShopUnreachable)
    log.info({ shop, job, because: error.message }, 'a look is put off')
  else log.error({ shop, job, tries, error }, 'a look failed')
  await db.shopClock.updateMany({
    where: claim,
    data: {
      nextRunAt: new Date(now().getTime() + waitMs),
      tries,
      error: String(error).slice(0, 1_000),
      leaseUntil: null,
      leaseBy: null,
    },
  })
}

/** Shops take their turns at minutes of their own, so that they do not all ask at once. */
function nextRun(job: LookJob, { shop, zone }: Shop, at: Date): Date {
  const own = jitterMinutes(shop) + 30
  if (job === 'reconcile') {
    const everyMs = RECONCILE_MINUTES * MINUTE_MS
    const offsetMs = (own % RECONCILE_MINUTES) * MINUTE_MS
    return new Date(Math.floor((at.getTime() - offsetMs) / everyMs) * everyMs + offsetMs + everyMs)
  }
  const minute = NIGHT_FROM_MINUTE + own * NIGHT_MINUTES_A_STEP
  const tonight = localSlot(zone, localDate(at, zone), minute)
  if (tonight > at) return tonight
  const tomorrow = localSlot(zone, localDate(addLocalDays(at, 1, zone), zone), minute)
  return tomorrow > at ? tomorrow : addHours(at, 24)
}
