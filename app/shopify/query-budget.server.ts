/**
 * A shop's query points at Shopify, as a governor of our own: a request waits, or is put off, before the bucket is
 * empty, so that THROTTLED stays rare and never costs a try.
 *
 * Every answer says what is left (`extensions.cost.throttleStatus`), whichever worker used it. While that is plenty,
 * nothing else is asked. When it runs low, all workers take their points from one row, so that together they do not
 * spend what each of them sees.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { now, realNow } from '../clock.server.ts'
import { pool } from '../db.server.ts'
import { log } from '../log.server.ts'
import { count } from '../metrics.server.ts'

/** Above this share of the bucket, points are not counted together: workers at full load use less in one second. */
const PLENTY = 0.5

/** Points that are never taken: what a request costs is known only once it was made. */
const KEPT_POINTS = 50

/** What a request is taken to cost before it was made once. Points. */
const UNKNOWN_COST = 100

/** A request waits this long for its points, this often; then its case is put off, and other shops get the worker. */
const LONGEST_WAIT_MS = 500
const WAITS = 2

export type Cost = {
  requestedQueryCost?: number
  actualQueryCost?: number | null
  throttleStatus?: { maximumAvailable?: number; currentlyAvailable?: number; restoreRate?: number }
}

type Seen = {
  available: number
  maximum: number
  /** Points per second. */
  restoreRate: number
  at: number
  realAt: number
}

const seen = new Map<string, Seen>()
/** Points of requests that this process has under way, by shop. */
const underWay = new Map<string, number>()
/** What each document cost last. There are some twenty. */
const costs = new Map<string, number>()

/**
 * Runs a request once there are points for it. Answers the milliseconds to wait in place of running it, when that is
 * too long to stand and wait.
 */
export async function withinBudget<T>(
  shop: string,
  document: string,
  run: () => Promise<T>,
): Promise<{ done: T } | { waitMs: number }> {
  const points = costs.get(document) ?? UNKNOWN_COST
  for (let waits = 0; ; waits++) {
    const waitMs = isPlenty(shop, points) ? 0 : await takeFromRow(shop, points)
    if (waitMs === 0) break
    if (waitMs > LONGEST_WAIT_MS || waits === WAITS) return { waitMs }
    await wait(waitMs)
  }
  underWay.set(shop, (underWay.get(shop) ?? 0) + points)
  try {
    return { done: await run() }
  } finally {
    const left = (underWay.get(shop) ?? points) - points
    if (left > 0) underWay.set(shop, left)
    else underWay.delete(shop)
  }
}

/** Takes in what an answer says. Never throws: the answer counts, whatever becomes of this note. */
export async function noteCost(
  shop: string,
  document: string,
  cost: Cost | undefined,
): Promise<void> {
  const { requestedQueryCost: asked, actualQueryCost: used, throttleStatus: status } = cost ?? {}
  if (asked !== undefined) costs.set(document, asked)
  if (used) count('api_cost_points', {}, used)
  const { maximumAvailable: maximum, currentlyAvailable: available, restoreRate } = status ?? {}
  if (available === undefined || !maximum || !restoreRate) return
  const at = now()
  const realAt = realNow()
  seen.set(shop, { available, maximum, restoreRate, at: at.getTime(), realAt: realAt.getTime() })
  if (available >= maximum * PLENTY) return
  const unused = asked !== undefined && used ? Math.max(0, asked - used) : 0
  await pool
    .query({
      name: 'note-query-budget',
      text: `INSERT INTO "QueryBudget" AS b (shop, available, maximum, "restoreRate", at, "realAt")
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (shop) DO UPDATE SET available = least(${levelAt('$5', '$6')} + $7, $2), maximum = $3, "restoreRate" = $4,
               at = $5, "realAt" = $6`,
      values: [shop, available, maximum, restoreRate, at, realAt, unused],
    })
    .catch((error: unknown) => log.warn({ error, shop }, 'query points could not be noted'))
}

/**
 * What the row stands at by now. Shopify gives points back by real time; in the sandbox hours of world time pass in a
 * second of it, and outside they are the same.
 */
function levelAt(at: string, realAt: string): string {
  return `least(b.maximum, b.available + b."restoreRate" * greatest(0, extract(epoch FROM ${at}::timestamptz - b.at),
    extract(epoch FROM ${realAt}::timestamptz - b."realAt"))::float8)`
}

function isPlenty(shop: string, points: number): boolean {
  const last = seen.get(shop)
  if (!last) return true // the first answer will tell
  const seconds = Math.max(0, now().getTime() - last.at, realNow().getTime() - last.realAt) / 1_000
  const level = Math.min(last.maximum, last.available + seconds * last.restoreRate)
  return level - (underWay.get(shop) ?? 0) - points >= last.maximum * PLENTY
}

/** Milliseconds until the row holds enough; 0: the points are taken. */
async function takeFromRow(shop: string, points: number): Promise<number> {
  const { rows } = await pool.query<{ taken: boolean; level: number; restoreRate: number }>({
    name: 'take-query-points',
    text: `WITH before AS MATERIALIZED (
             SELECT b.shop, b."restoreRate", ${levelAt('$4', '$5')} AS level FROM "QueryBudget" b WHERE b.shop = $1 FOR UPDATE
           ), taken AS (
             UPDATE "QueryBudget" q SET available = before.level - $2::float8, at = $4, "realAt" = $5 FROM before
              WHERE q.shop = before.shop AND before.level >= $2::float8 + $3::float8 RETURNING 1
           )
           SELECT level, "restoreRate", EXISTS (SELECT FROM taken) AS taken FROM before`,
    values: [shop, points, KEPT_POINTS, now(), realNow()],
  })
  const [row] = rows
  if (!row || row.taken) return 0
  return Math.ceil(((points + KEPT_POINTS - row.level) / row.restoreRate) * 1_000)
}
