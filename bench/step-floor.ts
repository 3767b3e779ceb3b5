/**
 * The least that a step could do: claim a row and finish it, each with one single-row UPDATE; then the same with two
 * bare requests to Shopify between. Twenty at a time, as one worker process does.
 *
 * Reads DATABASE_URL, SHOPIFY_URL and STEPS; prints one JSON line.
 */
import process from 'node:process'
import pg from 'pg'
import { request } from 'undici'

const AT_ONCE = 20
const STEPS = Number(process.env.STEPS)
const { DATABASE_URL, SHOPIFY_URL } = process.env

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 })
await pool.query(
  'CREATE TABLE floor (id int PRIMARY KEY, state text NOT NULL, "leaseUntil" timestamptz)',
)
await pool.query(`INSERT INTO floor SELECT n, 'due', NULL FROM generate_series(1, $1::int) AS n`, [
  STEPS,
])

const ask = async (query: string) => {
  const answer = await request(`${SHOPIFY_URL}/admin/api/graphql.json`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      query,
      variables: { contractId: 'gid://shopify/SubscriptionContract/1' },
    }),
  })
  await answer.body.json()
}
const claim = (id: number) =>
  pool.query({
    name: 'claim',
    text: `UPDATE floor SET state = 'claimed', "leaseUntil" = $2 WHERE id = $1 AND "leaseUntil" IS NULL RETURNING id`,
    values: [id, new Date(Date.now() + 30_000)],
  })
const finish = (id: number) =>
  pool.query({
    name: 'finish',
    text: `UPDATE floor SET state = 'done', "leaseUntil" = NULL WHERE id = $1`,
    values: [id],
  })

const rows = async (id: number) => {
  await claim(id)
  await finish(id)
}
const rowsAndRequests = async (id: number) => {
  await claim(id)
  await ask('query CycleFacts(')
  await ask('mutation { subscriptionBillingAttemptCreate( }')
  await finish(id)
}

await measure(rowsAndRequests, STEPS) // warm
await pool.query(`UPDATE floor SET state = 'due'`)
const floor = {
  rows: await measure(rows, STEPS),
  rowsAndRequests: await measure(rowsAndRequests, STEPS),
}
process.stdout.write(`${JSON.stringify({ floor })}\n`)
await pool.end()

async function measure(step: (id: number) => Promise<void>, steps: number) {
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  let next = 1
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next <= steps) await step(next++)
    }),
  )
  const { user, system } = process.cpuUsage(cpu)
  return {
    cpuMs: (user + system) / 1_000 / steps,
    perSecond: steps / ((performance.now() - startedAt) / 1_000),
  }
}
