/**
 * Counters that survive a restart and are added up over all processes: each keeps its own for a few seconds, then adds
 * them to the table `Tally`. A process that is killed loses the last of them, so they are for watching, not for books.
 */
import { pool } from './db.server.ts'
import { log } from './log.server.ts'

/** Milliseconds, real time. */
const FLUSH_EVERY_MS = 5_000

/** Everything that is counted, with what it means: the HELP line of /metrics. Names carry the prefix `reprise_`. */
export const COUNTERS = {
  webhooks_received_total: 'Webhook deliveries by our answer.',
  webhooks_handled_total: 'Webhook events worked on, by how that ended.',
  attempts_total: 'Billing attempts, by what Shopify or the bank said.',
  messages_total: 'Notices to shoppers, by what became of them.',
  mail_events_received_total: "Deliveries of SendGrid's event webhook by our answer.",
  mail_events_total:
    'Events that SendGrid told of our mails, by kind; each once, however often it came.',
  text_events_received_total: 'Requests of Twilio by our answer.',
  text_events_total: 'Statuses that Twilio told of our texts; each once, however often it came.',
  text_answers_total: 'Texts of shoppers, by what they asked for.',
  api_cost_points: 'Points of the Admin API that our requests used.',
  api_throttled_total:
    'Requests that were put off for lack of points, by who noticed: us, or Shopify.',
  brakes_total: 'Store-wide brakes, by what changed: engaged or released.',
  cases_set_aside_total: 'Cases that were given up after repeated errors.',
} as const

export type Counter = keyof typeof COUNTERS

/** On `globalThis`, because the web process holds this module twice. */
const kept = globalThis as { __repriseTally?: { counts: Map<string, number>; timer: boolean } }
kept.__repriseTally ??= { counts: new Map(), timer: false }
const tally = kept.__repriseTally

/** Labels are words of ours, never a shop, a person or anything with many values. */
export function count(name: Counter, labels: Record<string, string> = {}, by = 1): void {
  const key = `${name} ${labelText(labels)}`
  tally.counts.set(key, (tally.counts.get(key) ?? 0) + by)
  if (tally.timer) return
  tally.timer = true
  setTimeout(() => {
    tally.timer = false
    void flushCounts()
  }, FLUSH_EVERY_MS).unref()
}

/** Adds what this process has counted to the table. What does not get through is kept for the next time. */
export async function flushCounts(): Promise<void> {
  const counted = [...tally.counts].sort(([a], [b]) => (a < b ? -1 : 1)) // one order for all, or they wait in a circle
  if (counted.length === 0) return
  tally.counts.clear()
  try {
    await pool.query({
      name: 'add-tally',
      text: `INSERT INTO "Tally" AS t (name, labels, value)
             SELECT * FROM unnest($1::text[], $2::text[], $3::float8[])
             ON CONFLICT (name, labels) DO UPDATE SET value = t.value + excluded.value`,
      values: [
        counted.map(([key]) => key.slice(0, key.indexOf(' '))),
        counted.map(([key]) => key.slice(key.indexOf(' ') + 1)),
        counted.map(([, value]) => value),
      ],
    })
  } catch (error) {
    for (const [key, value] of counted) tally.counts.set(key, (tally.counts.get(key) ?? 0) + value)
    log.warn({ error }, 'counters could not be saved; they are kept')
  }
}

/** As Prometheus writes them: `answer="200",topic="x"`. */
export function labelText(labels: Record<string, string>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, '_')}"`)
    .join(',')
}
