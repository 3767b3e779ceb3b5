/** What the process says about itself at `/health`: to a load balancer, to an operator and to the sandbox's calendar. */
import { now, realNow } from './clock.server.ts'
import { pool } from './db.server.ts'
import { env } from './env.server.ts'
import { log } from './log.server.ts'

/** A worker whose last sign is older than this counts as gone. Seconds of real time. rulings.md 4. */
const HEARTBEAT_SECONDS = 60

export type Health = {
  /** The process answers. */
  live: boolean
  /** The database answers and a worker is alive: what comes in is also worked on. */
  ready: boolean
  /** World time. */
  now: string
  /** Things that are due and not finished. */
  pending: number
  /** When the next thing becomes due, world time; null: nothing is planned. */
  nextDueAt: string | null
  heartbeats: { job: string; ageSeconds: number }[]
  /** For people: what to look at. */
  problems: string[]
}

export async function readHealth(): Promise<Health> {
  const health: Health = {
    live: true,
    ready: false,
    now: now().toISOString(),
    pending: 0,
    nextDueAt: null,
    heartbeats: [],
    problems: [],
  }
  try {
    const found = await look(health.now)
    health.pending = found.pending
    health.nextDueAt = found.nextDueAt?.toISOString() ?? null
    health.heartbeats = found.heartbeats.map(({ job, lastRunAt }) => ({
      job,
      ageSeconds: Math.max(0, Math.round((realNow().getTime() - Date.parse(lastRunAt)) / 1_000)),
    }))
    health.ready = health.heartbeats.some(({ ageSeconds }) => ageSeconds < HEARTBEAT_SECONDS)
    health.problems = problems(health, found)
  } catch (error) {
    log.error({ error }, 'the database does not answer')
    health.problems.push(
      'The database does not answer. Check DATABASE_URL and the server behind it.',
    )
  }
  return health
}

function problems(health: Health, found: Found): string[] {
  const list: string[] = []
  if (!health.ready)
    list.push('No worker has given a sign for a minute: start one with `npm run start:worker`.')
  if (env().REPRISE_STOP)
    list.push('REPRISE_STOP is set: nothing is charged and nothing is mailed.')
  if (found.deadEvents > 0)
    list.push(`${found.deadEvents} webhooks could not be handled: see Home in the admin.`)
  if (found.deadCases > 0)
    list.push(`${found.deadCases} recoveries were set aside: see "stuck" on Home in the admin.`)
  return list
}

type Found = {
  pending: number
  nextDueAt: Date | null
  deadEvents: number
  deadCases: number
  heartbeats: { job: string; lastRunAt: string }[]
}

/** One round trip, by the partial indexes: the sandbox's calendar asks some sixty times a second. */
async function look(at: string): Promise<Found> {
  const { rows } = await pool.query<Found>({
    name: 'health',
    text: `
      SELECT
        (SELECT count(*) FROM "WebhookEvent" WHERE "state" IN ('received', 'failed') AND "nextTryAt" <= $1)::int
        + (SELECT count(*) FROM "RecoveryCase" WHERE "nextActionAt" <= $1)::int
        + (SELECT count(*) FROM "RecoveryCase"
            WHERE "leaseUntil" > $2 AND ("nextActionAt" IS NULL OR "nextActionAt" > $1))::int AS "pending",
        LEAST(
          (SELECT min("nextTryAt") FROM "WebhookEvent" WHERE "state" IN ('received', 'failed') AND "nextTryAt" > $1),
          (SELECT min("nextActionAt") FROM "RecoveryCase" WHERE "nextActionAt" > $1)
        ) AS "nextDueAt",
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
