/**
 * Fair between shops: whoever has a hundred thousand due rows delays the others by what is under way already. Asserted
 * on the order of the claims and on the plans of PostgreSQL, never on time. The tables are filled by SQL alone.
 */
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase } from '../database.ts'

const NOW = new Date('2026-11-12T12:00:00Z')
const HOUR = 3_600_000
const BIG = 'a-big.myshopify.com'
const SMALL = 'small.myshopify.com'
const OTHER = 'z-other.myshopify.com'

Object.assign(globalThis, { __repriseClock: { now: () => NOW.getTime(), onJump: () => {} } })
const database = await freshDatabase()
Object.assign(process.env, {
  DATABASE_URL: database.url,
  SHOPIFY_API_KEY: 'test-key',
  SHOPIFY_API_SECRET: 'test-secret',
  SHOPIFY_APP_URL: 'https://app.example.test',
  SCOPES: 'read_orders',
  LOG_LEVEL: 'silent',
})
const { disconnect } = await import('../../app/db.server.ts')
const { CLAIM_DUE_CASES, CLAIMED_AT_ONCE, CLAIMED_OF_ONE_SHOP, claimDueCases } = await import(
  '../../app/dunning/sweep.server.ts'
)
const { CHARGES_PER_MINUTE, MISSED_AT_ONCE, paceCharges, START_RAMPS, startRamps } = await import(
  '../../app/dunning/ramp.server.ts'
)
const { CLAIM_WEBHOOK_EVENTS, claimWebhookEvents } = await import(
  '../../app/intake/process.server.ts'
)

const client = new pg.Client({ connectionString: database.url })
beforeAll(async () => {
  await client.connect()
  for (const shop of [BIG, SMALL, OTHER]) {
    await client.query(
      `INSERT INTO "Shop" (shop, name, zone, currency, "installedAt") VALUES ($1, $1, 'UTC', 'EUR', $2)`,
      [shop, NOW],
    )
  }
  await client.query(
    `INSERT INTO "Sequence" (id, shop, name, "createdAt") VALUES (gen_random_uuid(), $1, 'plan', $2)`,
    [BIG, NOW],
  )
  await client.query(
    `INSERT INTO "SequenceVersion" (id, "sequenceId", number, body, hash, "publishedAt", "publishedBy")
     SELECT gen_random_uuid(), id, 1, '{}', '', $1, 'test' FROM "Sequence"`,
    [NOW],
  )
})
beforeEach(async () => {
  await client.query('TRUNCATE "RecoveryCase", "WebhookEvent" CASCADE')
  await client.query('UPDATE "Shop" SET "rampUntil" = NULL, "pacedUntil" = NULL')
})
afterAll(async () => {
  await client.end()
  await disconnect()
  await database.drop()
})

/** So many retrying cases of a shop, each with a retry that was due `lateMs` ago. */
async function dueCases(shop: string, count: number, lateMs: number): Promise<void> {
  const dueAt = new Date(NOW.getTime() - lateMs)
  await client.query(
    `INSERT INTO "RecoveryCase"
       (id, shop, "contractId", "cycleIndex", "expectedAt", "anchorAt", "openedAt", status, amount, currency, zone,
        "zoneSource", lane, "laneEnteredAt", "sequenceVersionId", "nextActionAt", "deadlineAt", "graceEndsAt", source, "correlationId")
     SELECT gen_random_uuid(), $1, 'contract ' || n, 1, $2, $2, $2, 'retrying', 1, 'EUR', 'UTC', 'shop', 'FUNDS', $2,
            (SELECT id FROM "SequenceVersion" LIMIT 1), $3, $2::timestamptz + (30 * 1440 - n % 1000) * interval '1 minute',
            $2, 'test', 'c'
       FROM generate_series(1, $4::int) AS n`,
    [shop, new Date(NOW.getTime() - 10 * 24 * HOUR), dueAt, count],
  )
  await client.query(
    `INSERT INTO "StepRun" (id, "caseId", "versionId", "stepKey", lane, kind, "dueAt", "wallTime", zone, state)
     SELECT gen_random_uuid(), id, "sequenceVersionId", 'funds.r1', 'FUNDS', 'retry', $2, '', 'UTC', 'scheduled'
       FROM "RecoveryCase" WHERE shop = $1`,
    [shop, dueAt],
  )
}

async function dueEvents(shop: string, count: number, lateMs: number): Promise<void> {
  await client.query(
    `INSERT INTO "WebhookEvent"
       (id, shop, topic, "eventId", "webhookId", "apiVersion", "receivedAt", body, state, "nextTryAt", "correlationId")
     SELECT gen_random_uuid(), $1, 't', n::text, n::text, '2026-10', $2, '{}', 'received', $2, 'c'
       FROM generate_series(1, $3::int) AS n`,
    [shop, new Date(NOW.getTime() - lateMs), count],
  )
}

async function shopsIn(table: string, ids: string[]): Promise<Record<string, number>> {
  const { rows } = await client.query<{ shop: string; count: number }>(
    `SELECT shop, count(*)::int AS count FROM "${table}" WHERE id = ANY ($1::uuid[]) GROUP BY shop`,
    [ids],
  )
  return Object.fromEntries(rows.map(({ shop, count }) => [shop, count]))
}

async function plan(query: string, values: string[]): Promise<string> {
  await client.query('VACUUM ANALYZE')
  const filled = query.replaceAll(/\$(\d)/g, (_, n: string) => `'${values[Number(n) - 1]}'`)
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${filled}`)
  return rows.map((row) => row['QUERY PLAN']).join('\n')
}

const claimValues = [
  NOW.toISOString(),
  new Date().toISOString(),
  'worker',
  new Date().toISOString(),
  '200',
  '100',
]
const claim = async () => (await claimDueCases(NOW, new Date())).map(({ caseId }) => caseId)

describe('due cases', () => {
  test('one shop has 30,000 and another three that came later: the three are in the first claim', async () => {
    await dueCases(BIG, 30_000, 10 * 60_000)
    await dueCases(SMALL, 3, 1_000)
    const ids = await claim()
    expect(await shopsIn('RecoveryCase', ids)).toEqual({ [BIG]: CLAIMED_OF_ONE_SHOP, [SMALL]: 3 })
    // Turn by turn: the small shop's cases are not behind the big one's hundred in the queue either.
    expect((await shopsIn('RecoveryCase', ids.slice(0, 6)))[SMALL]).toBe(3)

    const again = await claim()
    expect(again).toEqual([]) // the big shop has its share until it gives some back
    await dueCases(OTHER, 40, 0)
    expect(await shopsIn('RecoveryCase', await claim())).toEqual({ [OTHER]: 40 })
    await client.query(
      `UPDATE "RecoveryCase" SET "leaseUntil" = NULL, "nextActionAt" = NULL WHERE "leaseUntil" IS NOT NULL AND shop = $1`,
      [BIG],
    )
    expect(await shopsIn('RecoveryCase', await claim())).toEqual({ [BIG]: expect.any(Number) })
    const { rows } = await client.query(
      'SELECT count(*)::int AS held FROM "RecoveryCase" WHERE "leaseUntil" > now()',
    )
    expect(rows[0].held).toBeLessThanOrEqual(CLAIMED_AT_ONCE)

    const explained = await plan(CLAIM_DUE_CASES, claimValues)
    expect(explained).not.toContain('Seq Scan on "RecoveryCase"')
    expect(explained).toContain('RecoveryCase_due_by_shop')
  })

  test('three big shops share what can be claimed, and what two sweeps at once take is never the same', async () => {
    for (const shop of [BIG, SMALL, OTHER]) await dueCases(shop, 2_000, 60_000)
    const [one, two] = await Promise.all([claim(), claim()])
    expect(new Set([...one, ...two]).size).toBe(one.length + two.length)
    const shares = Object.values(await shopsIn('RecoveryCase', one.length > two.length ? one : two))
    expect(shares).toHaveLength(3)
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1)
  })
})

test('webhook events: the flood of one shop leaves room for another, by the index', async () => {
  await dueEvents(BIG, 30_000, 60_000)
  await dueEvents(SMALL, 2, 0)
  const claimed = await claimWebhookEvents(100, 'worker')
  expect(
    await shopsIn(
      'WebhookEvent',
      claimed.map(({ id }) => id),
    ),
  ).toEqual({ [BIG]: 50, [SMALL]: 2 })
  expect(claimed.slice(0, 4).filter(({ shop }) => shop === SMALL)).toHaveLength(2)
  expect(await claimWebhookEvents(100, 'worker')).toEqual([])
  const explained = await plan(CLAIM_WEBHOOK_EVENTS, claimValues)
  expect(explained).not.toContain('Seq Scan on "WebhookEvent"')
  expect(explained).toContain('WebhookEvent_due_by_shop')
})

describe('after an outage', () => {
  test('missed charges are spread at the stated rate, the nearest deadline first, and each once', async () => {
    await dueCases(BIG, 600, 8 * 24 * HOUR)
    await dueCases(SMALL, MISSED_AT_ONCE, 8 * 24 * HOUR)
    expect(await startRamps(NOW)).toEqual([BIG])
    await paceCharges(NOW)
    const { rows } = await client.query<{ at: Date; deadlineAt: Date }>(
      `SELECT "nextActionAt" AS at, "deadlineAt" FROM "RecoveryCase" WHERE shop = $1 ORDER BY "nextActionAt"`,
      [BIG],
    )
    const minutes = rows.map(({ at }) => Math.floor((at.getTime() - NOW.getTime()) / 60_000))
    const perMinute = new Map<number, number>()
    for (const minute of minutes) perMinute.set(minute, (perMinute.get(minute) ?? 0) + 1)
    expect([...perMinute.values()]).toEqual(Array(10).fill(CHARGES_PER_MINUTE))
    const deadlines = rows.map(({ deadlineAt }) => deadlineAt.getTime())
    expect(deadlines).toEqual([...deadlines].sort((a, b) => a - b))

    // A minute later those that came due are claimed; none is put off a second time.
    const later = new Date(NOW.getTime() + 60_000)
    expect(await startRamps(later)).toEqual([])
    await paceCharges(later)
    const { rows: due } = await client.query(
      'SELECT count(*)::int AS cases FROM "RecoveryCase" WHERE shop = $1 AND "nextActionAt" <= $2',
      [BIG, later],
    )
    expect(due[0].cases).toBe(CHARGES_PER_MINUTE + 1)
    // A handful is simply made.
    const { rows: small } = await client.query(
      'SELECT count(*)::int AS cases FROM "RecoveryCase" WHERE shop = $1 AND "nextActionAt" <= $2',
      [SMALL, NOW],
    )
    expect(small[0].cases).toBe(MISSED_AT_ONCE)
  })

  test('those that meet again at the next morning stay on the ramp, behind the ones before', async () => {
    await dueCases(BIG, 100, HOUR)
    await startRamps(NOW)
    await paceCharges(NOW)
    const morning = new Date(NOW.getTime() + 21 * HOUR)
    await client.query('UPDATE "RecoveryCase" SET "nextActionAt" = $1', [morning])
    await paceCharges(morning)
    const { rows } = await client.query(
      'SELECT count(*)::int AS cases FROM "RecoveryCase" WHERE "nextActionAt" < $1',
      [new Date(morning.getTime() + 60_000)],
    )
    expect(rows[0].cases).toBe(CHARGES_PER_MINUTE)
  })

  test('charges that wait because Shopify is down count, too: they are due again within the hour', async () => {
    await dueCases(BIG, 100, 8 * HOUR)
    await client.query('UPDATE "RecoveryCase" SET "nextActionAt" = $1', [
      new Date(NOW.getTime() + 40 * 60_000),
    ])
    expect(await startRamps(NOW)).toEqual([BIG])
  })

  test('a sale day is no outage: 1,000 charges that have just come due are not held up', async () => {
    await dueCases(BIG, 1_000, 60_000)
    expect(await startRamps(NOW)).toEqual([])
    await paceCharges(NOW)
    expect(await claim()).toHaveLength(CLAIMED_OF_ONE_SHOP)
  })

  test('looking for shops that are behind reads no whole table', async () => {
    await dueCases(BIG, 5_000, 60_000)
    const explained = await plan(START_RAMPS, [
      NOW.toISOString(),
      new Date(NOW.getTime() - 900_000).toISOString(),
      '60',
      NOW.toISOString(),
    ])
    expect(explained).not.toMatch(/Seq Scan on "(RecoveryCase|StepRun)"/)
  })
})
