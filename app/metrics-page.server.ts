/** What `/metrics` says, in the text format of Prometheus. docs/operations.md says what to do about each figure. */
import { timingSafeEqual } from 'node:crypto'
import { pool } from './db.server.ts'
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
    ...gauge('shops_on_ramp', 'Shops that make up missed charges slowly.', only(health.slow.ramp)),
  ].join('\n')}\n`
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
