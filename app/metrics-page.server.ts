/** What `/metrics` says, in the text format of Prometheus. docs/operations.md says what to do about each figure. */
import { timingSafeEqual } from 'node:crypto'
import { pool } from './db.server.ts'
import { shopsOf } from './dunning/sweep.server.ts'
import type { OpenStatus } from './dunning/types.ts'
import { readHealth } from './health.server.ts'
import { COUNTERS, type Counter, flushCounts, labelText } from './metrics.server.ts'

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** Whoever sits on this machine may read; from elsewhere only with the token, and with none set, nobody. */
export function mayReadMetrics(
  asked: { address: string | undefined; forwarded: boolean; authorization: string | undefined },
  token: string | null,
): boolean {
  if (token !== null) {
    const given = Buffer.from(asked.authorization ?? '')
    const expected = Buffer.from(`Bearer ${token}`)
    return given.length === expected.length && timingSafeEqual(given, expected)
  }
  // A proxy on this machine brings the whole world in from loopback.
  return !asked.forwarded && /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(asked.address ?? '')
}

export async function readMetrics(): Promise<string> {
  await flushCounts()
  const health = await readHealth()
  const { rows } = await pool.query<{ name: string; labels: string; value: number }>(
    'SELECT name, labels, value FROM "Tally" ORDER BY name, labels',
  )
  const { cases, webhooks } = await readOpen()
  const counters = Object.entries(COUNTERS).flatMap(([name, help]) => {
    const found = rows.filter((row) => row.name === name)
    return family(name, help, 'counter', found.length > 0 ? found : [{ labels: '', value: 0 }])
  })
  const gauge = (name: string, help: string, samples: Sample[]) =>
    family(name, help, 'gauge', samples)
  const only = (value: number): Sample[] => [{ labels: '', value }]
  return `${[
    ...counters,
    ...gauge(
      'ready',
      '1 while the database answers and a worker lives.',
      only(Number(health.ready)),
    ),
    ...gauge(
      'queue_due',
      'Rows that are due and not done.',
      health.queues.map(({ queue, due }) => ({ labels: labelText({ queue }), value: due })),
    ),
    ...gauge(
      'queue_lag_seconds',
      'How long the oldest of them has been due.',
      health.queues.map(({ queue, lagSeconds }) => ({
        labels: labelText({ queue }),
        value: lagSeconds,
      })),
    ),
    ...gauge(
      'job_age_seconds',
      'Seconds since each job that runs by the clock was last done.',
      health.heartbeats.map(({ job, ageSeconds }) => ({
        labels: labelText({ job }),
        value: ageSeconds,
      })),
    ),
    ...gauge(
      'looks_failing',
      'Shops whose look by the clock failed three times and more in a row.',
      health.looks.map(({ job, failing }) => ({ labels: labelText({ job }), value: failing })),
    ),
    ...gauge(
      'cases_open',
      'Recoveries that are not over, by status.',
      Object.entries(cases).map(([status, value]) => ({ labels: labelText({ status }), value })),
    ),
    ...gauge('webhooks_open', 'Webhook events that were taken and are not done.', only(webhooks)),
    ...gauge('cases_stuck', 'Open cases that stand still.', only(health.stuck.still)),
    ...gauge('cases_set_aside', 'Cases given up after repeated errors.', only(health.stuck.aside)),
    ...gauge(
      'webhooks_dead',
      'Webhook events given up after eight tries.',
      only(health.stuck.events),
    ),
    ...gauge(
      'shops_paused',
      'Shops whose new charges Shopify refuses now.',
      only(health.slow.paused),
    ),
    ...gauge(
      'brake',
      'Shops whose recovery the store-wide brake holds back.',
      only(health.slow.braked),
    ),
    ...gauge('shops_on_ramp', 'Shops that make up missed charges slowly.', only(health.slow.ramp)),
  ].join('\n')}\n`
}

const OPEN_STATUSES: OpenStatus[] = [
  'open',
  'retrying',
  'awaiting_customer',
  'awaiting_merchant',
  'held',
  'in_doubt',
]

/** Each shop's open cases by one range of an index: what is over, which is nearly all, costs nothing. */
async function readOpen(): Promise<{ cases: Record<string, number>; webhooks: number }> {
  const open = OPEN_STATUSES.map((status) => `'${status}'`).join(', ')
  const { rows } = await pool.query<{ cases: Record<string, number>; webhooks: number }>({
    name: 'metrics-open',
    text: `
      WITH RECURSIVE ${shopsOf('RecoveryCase', 'true')}, counted AS (
        SELECT each.status, (SELECT coalesce(sum((SELECT count(*) FROM "RecoveryCase" c
                               WHERE c.shop = s.shop AND c.status = each.status)), 0)::int
                               FROM shops s WHERE s.shop IS NOT NULL) AS cases
          FROM unnest(ARRAY[${open}]) AS each(status))
      SELECT (SELECT json_object_agg(status, cases) FROM counted) AS cases,
             (SELECT count(*) FROM "WebhookEvent" WHERE state IN ('received', 'failed'))::int AS webhooks`,
  })
  const [row] = rows
  if (!row) throw new Error('the query for open cases gave no row')
  return row
}

type Sample = { labels: string; value: number }

function family(
  name: Counter | string,
  help: string,
  type: 'counter' | 'gauge',
  samples: Sample[],
): string[] {
  const full = `reprise_${name}`
  return [
    `# HELP ${full} ${help}`,
    `# TYPE ${full} ${type}`,
    ...samples.map(({ labels, value }) => `${full}${labels ? `{${labels}}` : ''} ${value}`),
  ]
}
