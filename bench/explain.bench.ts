/**
 * `npm run bench:explain`: how PostgreSQL finds what the engine asks for all day, in a table of a million cases. The
 * app's own functions are called, each statement that they send is caught, and explained with the same values inside
 * a transaction that is rolled back. A statement that reads a big table from end to end fails the bench.
 *
 *     npm run bench:explain                         a million cases
 *     npm run bench:explain -- --plans yes          and the plans in full
 */
import process from 'node:process'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { launch } from '../scripts/processes.mjs'
import { freshDatabase } from '../test/database.ts'
import { makeCases, SHOPS } from './due-cases.ts'
import { machine, table, whole } from './machine.ts'

const { values: asked } = parseArgs({
  options: {
    cases: { type: 'string', default: '10000' },
    plans: { type: 'string', default: 'no' },
  },
})
const CASES = Number(asked.cases)
/** Due at once when the sweep looks. */
const DUE = 500
/** A table with more rows must never be read from end to end. */
const BIG = 5_000

console.log(machine())
const database = await freshDatabase()
const chargedAt = new Date(Date.now() - 30 * 3_600_000)
const shopify = launch('shopify', ['bench/instant-shopify.ts'], {
  CHARGED_AT: chargedAt.toISOString(),
})
const client = new pg.Client({ connectionString: database.url })

type Statement = { text: string; values: unknown[] }
type Plan = {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Actual Loops': number
  'Actual Rows': number
  Plans?: Plan[]
}
type Explained = {
  what: string
  ms: number
  pages: number
  scans: string[]
  wholeTables: string[]
  text: string
}

try {
  await client.connect()
  const began = performance.now()
  const pool = await makeCases(database.url, client, { cases: CASES, chargedAt })
  await pool.next(DUE)
  await makeEvents()
  const seconds = (performance.now() - began) / 1_000
  console.log(`a table of ${whole(CASES)} cases took ${whole(seconds)} s`)

  Object.assign(process.env, {
    NODE_ENV: 'production',
    LOG_LEVEL: 'silent',
    DATABASE_URL: database.url,
    SHOPIFY_URL: `http://127.0.0.1:${await shopify.listening()}`,
    SHOPIFY_API_KEY: 'bench-key',
    SHOPIFY_API_SECRET: 'bench-secret',
    SHOPIFY_APP_URL: 'https://reprise.example',
    TOKEN_KEYS: Buffer.alloc(32, 'bench').toString('base64'),
    SCOPES: 'read_own_subscription_contracts',
  })
  await report(await explainAll())
} finally {
  await shopify.stop()
  await client.end()
  await database.drop()
}

/** What came in lately, and is done with but for a few. */
async function makeEvents(): Promise<void> {
  await client.query(
    `INSERT INTO "WebhookEvent" (id, shop, topic, "eventId", "webhookId", "apiVersion", "receivedAt", body, state, "nextTryAt", "correlationId")
     SELECT gen_random_uuid(), ($1::text[])[1 + n % cardinality($1::text[])], 'subscription_billing_attempts/failure',
            'event-' || n, n::text, '2026-10', now() - n * interval '1 second', '{}',
            CASE WHEN n <= $2::int THEN 'received' ELSE 'done' END, now() - interval '1 second', n::text
       FROM generate_series(1, $3::int) AS n`,
    [SHOPS, DUE, Math.max(DUE, CASES / 5)],
  )
  await client.query('ANALYZE "WebhookEvent"')
}

async function explainAll(): Promise<Explained[]> {
  await import('./to-instant-shopify.ts')
  const { db, pool, disconnect } = await import('../app/db.server.ts')
  const { claimDueCases } = await import('../app/dunning/sweep.server.ts')
  const { claimDueLooks } = await import('../app/dunning/looks.server.ts')
  const { freeClaimsOfTheDead } = await import('../app/dunning/claims.server.ts')
  const { paceCharges, startRamps } = await import('../app/dunning/ramp.server.ts')
  const { watchCases } = await import('../app/dunning/watch.server.ts')
  const { handleDue } = await import('../app/dunning/handle-event.server.ts')
  const cases = await import('../app/dunning/cases.server.ts')
  const { claimWebhookEvents } = await import('../app/intake/process.server.ts')
  const { readHealth } = await import('../app/health.server.ts')
  const { homePage } = await import('../app/insight/home.server.ts')
  const { recoveriesPage, recoveriesQuery } = await import('../app/insight/recoveries.server.ts')
  const { loadSnapshot } = await import('../app/shopper/snapshot.server.ts')
  const shop = await db.shop.findFirstOrThrow({ where: { shop: SHOPS[0] ?? '' } })
  const now = new Date()
  const list = (search: string) =>
    recoveriesPage(db, shop, recoveriesQuery(new URLSearchParams(search)), now)
  const contractId = 'gid://shopify/SubscriptionContract/40'
  const attempt = (n: number) => `gid://shopify/SubscriptionBillingAttempt/1${n}`
  const customerId = 'gid://shopify/Customer/40'
  const owing = `gid://shopify/Customer/${SHOPS.indexOf(shop.shop) + SHOPS.length}`

  const runs: [string, () => Promise<unknown>][] = [
    [
      'a step: claim, budget, saves',
      async () => {
        const [due] = await claimDueCases(now, now)
        if (due) await handleDue(due.caseId, due.handOver)
      },
    ],
    ['the sweep: due webhook events', () => claimWebhookEvents(100, 'worker-bench')],
    ['the sweep: due looks', () => claimDueLooks(now, now)],
    ['the sweep: claims of the dead', () => freeClaimsOfTheDead(now)],
    ['the ramp: who is behind', () => startRamps(now)],
    ['the ramp: pace', () => paceCharges(now)],
    ['the watch: stuck cases', () => watchCases(now, now, new Set())],
    ['/health', () => readHealth()],
    [
      'a webhook: case of an attempt',
      () => cases.caseOfAttempt(shop.shop, { shopifyId: attempt(40) }),
    ],
    ['a webhook: case of a key', () => cases.caseOfAttempt(shop.shop, { key: 'reprise-1' })],
    ['a webhook: cases of a contract', () => cases.openCasesOf(shop.shop, { contractId })],
    [
      'a webhook: cases of a method',
      () =>
        cases.openCasesOf(shop.shop, {
          methodId: 'gid://shopify/CustomerPaymentMethod/m40',
          customerId,
        }),
    ],
    ['a webhook: cases of a cycle', () => cases.casesOfCycle(shop.shop, contractId, 3)],
    ['the account pages', () => loadSnapshot({ shop: shop.shop, customerId: owing }, now)],
    ['Home', () => homePage(db, shop, now, now)],
    ['recoveries: all', () => list('')],
    ['recoveries: active', () => list('state=active')],
    ['recoveries: by contract', () => list('search=%2340')],
  ]
  const found: Explained[] = []
  for (const [what, run] of runs) {
    const sent = await caught(run)
    for (const [i, statement] of sent.entries())
      found.push(await explained(sent.length > 1 ? `${what} (${i + 1})` : what, statement))
  }
  await disconnect()
  if (!pool.ended) await pool.end()
  return found
}

/** The statements that a function sends, each once: its SELECT, INSERT and UPDATE. */
async function caught(run: () => Promise<unknown>): Promise<Statement[]> {
  const sent = new Map<string, Statement>()
  const { query } = pg.Client.prototype
  pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
    const first = given[0] as { text?: string; values?: unknown[] } | string
    const text = typeof first === 'string' ? first : (first.text ?? '')
    const values = typeof first === 'string' ? (given[1] as unknown[]) : first.values
    if (/^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b/i.test(text) && !sent.has(text))
      sent.set(text, { text, values: Array.isArray(values) ? values : [] })
    return Reflect.apply(query, this, given)
  } as typeof query
  try {
    await run()
  } finally {
    pg.Client.prototype.query = query
  }
  return [...sent.values()]
}

async function explained(what: string, { text, values }: Statement): Promise<Explained> {
  const explain = async (options: string) => {
    await client.query('BEGIN; SET LOCAL jit = off')
    try {
      return (
        await client.query(`EXPLAIN (ANALYZE, BUFFERS, TIMING OFF${options}) ${text}`, values)
      ).rows
    } finally {
      await client.query('ROLLBACK')
    }
  }
  await explain('') // the pages are in memory, as those that are asked for all day are
  const lines = (await explain('')).map((row) => String(row['QUERY PLAN']))
  const [json] = await explain(', FORMAT JSON')
  const [top] = json['QUERY PLAN'] as [
    {
      Plan: Plan & Record<'Shared Hit Blocks' | 'Shared Read Blocks', number>
      'Execution Time': number
    },
  ]
  const scans = new Map<string, number>()
  const wholeTables: string[] = []
  const walk = (plan: Plan) => {
    const on = plan['Index Name'] ?? plan['Relation Name']
    if (on && plan['Actual Loops'] > 0 && plan['Node Type'] !== 'ModifyTable') {
      const name = plan['Node Type'] === 'Seq Scan' ? `${on} (whole)` : on
      scans.set(name, (scans.get(name) ?? 0) + plan['Actual Loops'])
      if (plan['Node Type'] === 'Seq Scan') wholeTables.push(on)
    }
    for (const each of plan.Plans ?? []) walk(each)
  }
  walk(top.Plan)
  const label = /(?:FROM|INTO|UPDATE)\s+(?:"?public"?\.)?"(\w+)"/i.exec(text)?.[1] ?? ''
  return {
    what: `${what} ${label}`.trim(),
    ms: top['Execution Time'],
    pages: top.Plan['Shared Hit Blocks'] + top.Plan['Shared Read Blocks'],
    scans: [...scans].map(([name, loops]) => (loops > 1 ? `${name} ×${loops}` : name)),
    wholeTables,
    text: lines.join('\n'),
  }
}

async function report(found: Explained[]): Promise<void> {
  const { rows } = await client.query<{ relname: string }>(
    'SELECT relname FROM pg_class WHERE relkind = $1 AND reltuples > $2',
    ['r', BIG],
  )
  const big = new Set(rows.map(({ relname }) => relname))
  console.log('')
  console.log(
    table([
      ['statement', 'ms', 'pages', 'by'],
      ...found.map(({ what, ms, pages, scans }) => [
        what,
        ms.toFixed(2),
        whole(pages),
        scans.slice(0, 6).join(', '),
      ]),
    ]),
  )
  if (asked.plans === 'yes')
    for (const { what, text } of found) console.log(`\n--- ${what}\n${text}`)
  const bad = found.filter(({ wholeTables }) => wholeTables.some((name) => big.has(name)))
  console.log(
    bad.length === 0
      ? '\nverdict: no big table is read from end to end'
      : `\nverdict: ${bad.map(({ what }) => what).join('; ')}: a big table is read from end to end`,
  )
  if (bad.length > 0) process.exitCode = 1
}
