/** What the process says about itself at `/health`: to a load balancer, to an operator and to the sandbox's calendar. */
import { now, realNow } from './clock.server.ts'
import { pool } from './db.server.ts'
import { LONG_BRAKE_HOURS } from './dunning/brake.ts'
import { RUNS } from './dunning/clocks.server.ts'
import { shopsOf } from './dunning/sweep.server.ts'
import { env } from './env.server.ts'
import { log } from './log.server.ts'
import { operatorStop } from './place.server.ts'

/** A worker whose last sign is older than this counts as gone. Seconds of real time. rulings.md 4. */
const HEARTBEAT_SECONDS = 60

/** Work that has been due for longer than this is a problem. Seconds, world time. */
const LAG_SECONDS = 15 * 60

/**
 * A look that failed three times in a row is told of: what no webhook told stays unfound meanwhile. Not one whose shop
 * gives us no access: that is for the merchant, and its cases say so.
 */
const FAILING = `(c.tries >= 3 AND coalesce(c.error, '') NOT LIKE 'ShopUnreachable%')`

type Queue = 'webhooks' | 'cases' | 'looks'

export type Health = {
  /** The process answers. */
  live: boolean
  /** The database answers and a worker is alive: what comes in is also worked on. */
  ready: boolean
  /** World time. */
  now: string
  /** Things that are due and not finished; null: the database does not answer, so nobody knows. */
  pending: number | null
  /** When the next thing becomes due, world time; null: nothing is planned. */
  nextDueAt: string | null
  /** When Shopify is next asked by the clock whether anything has happened; null: no shop is looked at. */
  nextLookAt: string | null
  /** What is due and not done, by who works on it. Lag: how long the oldest has been due, world time. */
  queues: { queue: Queue; due: number; lagSeconds: number }[]
  /** Looks by the clock that are due and not done, or failed three times and more in a row, by job; in numbers of shops. */
  looks: { job: string; due: number; lagSeconds: number; failing: number }[]
  /** What nobody works on any more: cases that stand still, cases and webhook events that were given up. */
  stuck: { still: number; aside: number; events: number }
  /** Shops that are held back: by Shopify's trust limit, on the ramp after an outage, or by the store-wide brake. */
  slow: { paused: number; ramp: number; braked: number }
  heartbeats: { job: string; ageSeconds: number }[]
  /** For people: what to look at. */
  problems: string[]
}

export async function readHealth(): Promise<Health> {
  const health: Health = {
    live: true,
    ready: false,
    now: now().toISOString(),
    pending: null,
    nextDueAt: null,
    nextLookAt: null,
    queues: [],
    looks: [],
    stuck: { still: 0, aside: 0, events: 0 },
    slow: { paused: 0, ramp: 0, braked: 0 },
    heartbeats: [],
    problems: [],
  }
  try {
    const found = await look(health.now)
    health.pending = found.pending
    health.nextDueAt = found.nextDueAt?.toISOString() ?? null
    health.nextLookAt = found.nextLookAt?.toISOString() ?? null
    health.queues = [
      queue('webhooks', found.dueEvents, found.oldestEventAt),
      queue('cases', found.dueCases, found.oldestCaseAt),
      queue('looks', found.dueLooks, oldest(found.looks.map(({ oldestAt }) => oldestAt))),
    ]
    health.looks = found.looks.map(({ job, due, oldestAt, failing }) => ({
      job,
      due,
      lagSeconds: lagSeconds(oldestAt ? new Date(oldestAt) : null),
      failing,
    }))
    health.stuck = {
      still: found.stuckCases,
      aside: found.deadCases,
      events: found.deadEvents,
    }
    health.slow = {
      paused: found.pausedShops,
      ramp: found.rampShops,
      braked: found.brakedShops,
    }
    health.heartbeats = found.heartbeats.map(({ job, lastRunAt }) => ({
      job,
      ageSeconds: Math.max(0, Math.round((realNow().getTime() - Date.parse(lastRunAt)) / 1_000)),
    }))
    health.ready = health.heartbeats.some(
      ({ job, ageSeconds }) => job === 'sweep' && ageSeconds < HEARTBEAT_SECONDS,
    )
    health.problems = problems(health, found)
  } catch (error) {
    log.error({ error }, 'the database does not answer')
    health.problems.push(
      'The database does not answer. Check DATABASE_URL and the server behind it.',
    )
  }
  return health
}

function queue(name: Queue, due: number, oldestAt: Date | null) {
  return { queue: name, due, lagSeconds: lagSeconds(oldestAt) }
}

function lagSeconds(oldestAt: Date | null): number {
  const ms = oldestAt ? now().getTime() - oldestAt.getTime() : 0
  return Math.max(0, Math.round(ms / 1_000))
}

/** Of instants as the database writes them. */
function oldest(instants: (string | null)[]): Date | null {
  const times = instants.flatMap((each) => (each === null ? [] : [Date.parse(each)]))
  return times.length === 0 ? null : new Date(Math.min(...times))
}

/** How long each job may be silent while a worker is alive. Seconds, real time. */
const SILENT_SECONDS: Record<string, number> = { watch: 300, retention: 2 * 3_600 }

function problems(health: Health, found: Found): string[] {
  const list: string[] = []
  if (!health.ready)
    list.push('No worker has given a sign for a minute: start one with `npm run start:worker`.')
  if (env().REPRISE_STOP)
    list.push('REPRISE_STOP is set: nothing is charged and nothing is mailed.')
  else {
    const stop = operatorStop()
    if (stop !== null) list.push(`Nothing is charged and nothing is mailed: ${stop}.`)
  }
  for (const { job, ageSeconds } of health.ready ? health.heartbeats : []) {
    if (ageSeconds > (SILENT_SECONDS[job] ?? Number.POSITIVE_INFINITY))
      list.push(`The job "${job}" has not run for ${Math.round(ageSeconds / 60)} minutes.`)
  }
  for (const { queue, due, lagSeconds } of health.queues) {
    if (lagSeconds > LAG_SECONDS)
      list.push(`${due} ${queue} are due, the oldest for ${Math.round(lagSeconds / 60)} minutes.`)
  }
  for (const { job, failing } of health.looks) {
    if (failing > 0)
      list.push(`The look "${job}" keeps failing for ${failing} shop(s): see the worker's log.`)
  }
  if (found.oldestBrakeAt) {
    const hours = Math.round((now().getTime() - found.oldestBrakeAt.getTime()) / 3_600_000)
    if (hours >= LONG_BRAKE_HOURS)
      list.push(
        `The store-wide brake holds back ${found.brakedShops} shop(s), the longest for ${hours} hours: see Home in its admin.`,
      )
  }
  if (found.stuckCases > 0)
    list.push(`${found.stuckCases} recoveries stand still: see "stuck" on Home in the admin.`)
  if (found.deadEvents > 0)
    list.push(`${found.deadEvents} webhooks could not be handled: see Home in the admin.`)
  if (found.deadCases > 0)
    list.push(`${found.deadCases} recoveries were set aside: see "stuck" on Home in the admin.`)
  return list
}

type Found = {
  pending: number
  dueEvents: number
  dueCases: number
  dueLooks: number
  looks: { job: string; due: number; oldestAt: string | null; failing: number }[]
  oldestEventAt: Date | null
  oldestCaseAt: Date | null
  stuckCases: number
  pausedShops: number
  rampShops: number
  brakedShops: number
  oldestBrakeAt: Date | null
  nextDueAt: Date | null
  nextLookAt: Date | null
  deadEvents: number
  deadCases: number
  heartbeats: { job: string; lastRunAt: string }[]
}

/** One round trip, by the partial indexes: the sandbox's calendar asks some sixty times a second. */
async function look(at: string): Promise<Found> {
  const { rows } = await pool.query<Found>({
    name: 'health',
    text: `
      WITH RECURSIVE ${shopsOf('RecoveryCase', '"nextActionAt" IS NOT NULL', 'case_shops')},
      ${shopsOf('WebhookEvent', `state IN ('received', 'failed')`, 'event_shops')},
      cases AS MATERIALIZED (
        SELECT sum((SELECT count(*) FROM "RecoveryCase" c WHERE c.shop = s.shop AND c."nextActionAt" <= $1))::int AS due,
               min((SELECT min("nextActionAt") FROM "RecoveryCase" c WHERE c.shop = s.shop AND c."nextActionAt" <= $1)) AS oldest,
               min((SELECT min("nextActionAt") FROM "RecoveryCase" c WHERE c.shop = s.shop AND c."nextActionAt" > $1)) AS next
          FROM case_shops s WHERE s.shop IS NOT NULL
      ), events AS MATERIALIZED (
        SELECT sum((SELECT count(*) FROM "WebhookEvent" e WHERE e.shop = s.shop AND state IN ('received', 'failed') AND "nextTryAt" <= $1))::int AS due,
               min((SELECT min("nextTryAt") FROM "WebhookEvent" e WHERE e.shop = s.shop AND state IN ('received', 'failed') AND "nextTryAt" <= $1)) AS oldest,
               min((SELECT min("nextTryAt") FROM "WebhookEvent" e WHERE e.shop = s.shop AND state IN ('received', 'failed') AND "nextTryAt" > $1)) AS next
          FROM event_shops s WHERE s.shop IS NOT NULL
      ), looks AS MATERIALIZED (
        SELECT c.job, count(*) FILTER (WHERE c."nextRunAt" <= $1)::int AS due,
               min(c."nextRunAt") FILTER (WHERE c."nextRunAt" <= $1) AS "oldestAt",
               count(*) FILTER (WHERE ${FAILING})::int AS failing
          FROM "ShopClock" c JOIN "Shop" s USING (shop)
         WHERE (c."nextRunAt" <= $1 OR ${FAILING}) AND ${RUNS} GROUP BY c.job
      )
      SELECT
        coalesce((SELECT due FROM events), 0) AS "dueEvents",
        coalesce((SELECT due FROM cases), 0) AS "dueCases",
        (SELECT oldest FROM events) AS "oldestEventAt",
        (SELECT oldest FROM cases) AS "oldestCaseAt",
        (SELECT count(*) FROM "StaffTask" WHERE kind = 'case_stuck' AND "doneAt" IS NULL)::int AS "stuckCases",
        (SELECT count(*) FROM "Shop" WHERE "attemptsPausedUntil" > $1)::int AS "pausedShops",
        (SELECT count(*) FROM "Shop" WHERE "rampUntil" > $1)::int AS "rampShops",
        (SELECT count(*) FROM "Brake" WHERE "releasedAt" IS NULL)::int AS "brakedShops",
        (SELECT min("engagedAt") FROM "Brake" WHERE "releasedAt" IS NULL) AS "oldestBrakeAt",
        coalesce((SELECT due FROM events), 0) + coalesce((SELECT due FROM cases), 0)
        + (SELECT count(*) FROM "RecoveryCase"
            WHERE "leaseUntil" > $2 AND ("nextActionAt" IS NULL OR "nextActionAt" > $1))::int
        + (SELECT coalesce(sum(due), 0) FROM looks)::int AS "pending",
        (SELECT coalesce(sum(due), 0) FROM looks)::int AS "dueLooks",
        (SELECT coalesce(json_agg(looks ORDER BY job), '[]') FROM looks) AS "looks",
        LEAST(
          (SELECT next FROM events),
          (SELECT next FROM cases),
          (SELECT min("nextRunAt") FROM "ShopClock" c JOIN "Shop" s USING (shop)
            WHERE c."nextRunAt" > $1 AND c.job IN ('backfill', 'brake') AND ${RUNS})
        ) AS "nextDueAt",
        (SELECT min("nextRunAt") FROM "ShopClock" c JOIN "Shop" s USING (shop)
          WHERE c."nextRunAt" > $1 AND c.job NOT IN ('backfill', 'brake') AND ${RUNS}) AS "nextLookAt",
        (SELECT count(*) FROM "WebhookEvent" WHERE "state" = 'dead')::int AS "deadEvents",
        (SELECT count(*) FROM "RecoveryCase" WHERE "deadReason" IS NOT NULL AND "closedAt" IS NULL)::int AS "deadCases",
        (SELECT coalesce(json_agg(json_build_object('job', "job", 'lastRunAt', "lastRunAt") ORDER BY "job"), '[]')
           FROM "JobHeartbeat") AS "heartbeats"`,
    values: [at, realNow().toISOString()],
  })
  const [row] = rows
  if (!row) throw new Error('the health query gave no row')
  return row
}
