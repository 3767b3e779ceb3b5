/** Cases whose first retry can be made due, written straight into the tables: opening them is not what is measured. */
import { randomUUID } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '@prisma/client'
import type pg from 'pg'
import { defaultSequence } from '../app/dunning/sequence.ts'
import { installShop } from '../app/dunning/sequences.server.ts'

export const CYCLE_INDEX = 3

/** The cases lie in so many shops: no shop's own limits are what is measured. */
export const SHOPS = Array.from({ length: 20 }, (_, n) => `shop-${n + 1}.myshopify.com`)

/** These cases can be made due; whatever else a big table holds is history, or has time. */
const POOL = 10_000

/** What instant-shopify.ts says of a contract and what the tables hold must be the same. */
export const methodId = (contractId: string) =>
  `gid://shopify/CustomerPaymentMethod/m${contractId.split('/').at(-1)}`
export const firstAttemptId = (contractId: string) =>
  `gid://shopify/SubscriptionBillingAttempt/1${contractId.split('/').at(-1)}`

/**
 * So many cases in started shops with tokens, of which none is due. A million takes minutes. `next` makes
 * some of the pool due, each once.
 */
export async function makeCases(
  databaseUrl: string,
  client: pg.Client,
  { cases, chargedAt }: { cases: number; chargedAt: Date },
): Promise<{ next(count: number): Promise<void> }> {
  const at = new Date()
  await makeShops(databaseUrl, chargedAt)
  // What is done by the clock (reconcile, the nightly sweep) is no part of a step.
  await client.query('DELETE FROM "ShopClock"')
  // The rows fit together by how they are made; checking eight million references would take most of the time.
  await client.query(
    `SET session_replication_role = replica; SET synchronous_commit = off; SET maintenance_work_mem = '256MB'`,
  )
  const rebuildIndexes = await dropIndexes(client)
  await client.query(
    `CREATE TABLE "benchCases" AS
     SELECT n, gen_random_uuid() AS id, 'gid://shopify/SubscriptionContract/' || n AS contract,
            ($1::text[])[1 + n % cardinality($1::text[])] AS shop, n > $2::int AND n % 10 > 0 AS closed,
            CASE WHEN n <= $2::int THEN $3::timestamptz ELSE $3::timestamptz - n % 365 * interval '1 day' END AS charged
       FROM generate_series(1, $4::int) AS n`,
    [SHOPS, POOL, chargedAt, cases],
  )
  await client.query('CREATE INDEX ON "benchCases" (n)')
  await client.query(
    `INSERT INTO "RecoveryCase"
       (id, shop, "contractId", "cycleIndex", "expectedAt", "nextExpectedAt", "anchorAt", "openedAt", status, version,
        amount, currency, zone, "zoneSource", lane, "laneEnteredAt", "lastCode", "lastClass", "lastFamily",
        "customerId", "customerName", "customerLocale", "productTitle", "methodId", "methodFingerprint", "methodLabel",
        instrument, "sequenceVersionId", "nextActionAt", "deadlineAt", "graceEndsAt", source, "correlationId",
        "closedAt", "recoveredAmount", "recoveredCurrency", "recoverySource")
     SELECT b.id, b.shop, b.contract, $1::int, b.charged, b.charged + interval '30 days', b.charged, b.charged,
            CASE WHEN NOT closed THEN 'retrying' WHEN n % 10 < 7 THEN 'recovered' ELSE 'exhausted' END,
            1, 24.90, 'EUR', $2, 'delivery address', 'FUNDS', b.charged, 'INSUFFICIENT_FUNDS', 'FUNDS',
            'payment', 'gid://shopify/Customer/' || n, 'Mara Lindqvist', 'en', 'Morning Roast 1 kg',
            'gid://shopify/CustomerPaymentMethod/m' || n,
            'gid://shopify/CustomerPaymentMethod/m' || n || ' 4242 2030-1', 'Visa ···· 4242', 'card', v.id,
            CASE WHEN NOT closed THEN $3::timestamptz + interval '1 day' + n % 28800 * interval '1 minute' END,
            greatest(b.charged, $4::timestamptz) + interval '20 days', greatest(b.charged, $4::timestamptz) + interval '20 days', 'webhook', b.id::text,
            CASE WHEN closed THEN b.charged + interval '9 days' END, CASE WHEN closed AND n % 10 < 7 THEN 24.90 END,
            CASE WHEN closed AND n % 10 < 7 THEN 'EUR' END, CASE WHEN closed AND n % 10 < 7 THEN 'silent_retry' END
       FROM "benchCases" b JOIN "Sequence" q ON q.shop = b.shop JOIN "SequenceVersion" v ON v."sequenceId" = q.id`,
    [CYCLE_INDEX, zoneWhereItIsNoon(at), at, chargedAt],
  )
  // The other biller's charge, and for what is over the one of ours that ended it.
  await client.query(
    `INSERT INTO "Attempt"
       (id, "caseId", shop, "contractId", "cycleIndex", number, trigger, "countsTowardLadder", key, "methodId",
        "methodFingerprint", state, "rawCode", class, "shopifyId", "intendedAt", "submittedAt", "settledAt")
     SELECT gen_random_uuid(), b.id, b.shop, b.contract, $1::int, 1, 'external', false,
            'external/gid://shopify/SubscriptionBillingAttempt/1' || n, 'gid://shopify/CustomerPaymentMethod/m' || n,
            'gid://shopify/CustomerPaymentMethod/m' || n || ' 4242 2030-1', 'failed', 'INSUFFICIENT_FUNDS', 'FUNDS',
            'gid://shopify/SubscriptionBillingAttempt/1' || n, b.charged, b.charged, b.charged
       FROM "benchCases" b
      UNION ALL
     SELECT gen_random_uuid(), b.id, b.shop, b.contract, $1::int, 2, 'scheduled', true, 'reprise-' || b.id,
            'gid://shopify/CustomerPaymentMethod/m' || n, 'gid://shopify/CustomerPaymentMethod/m' || n || ' 4242 2030-1',
            CASE WHEN n % 10 < 7 THEN 'succeeded' ELSE 'failed' END, NULL, NULL,
            'gid://shopify/SubscriptionBillingAttempt/2' || n, b.charged + interval '4 days', b.charged + interval '4 days', b.charged + interval '4 days'
       FROM "benchCases" b WHERE b.closed`,
    [CYCLE_INDEX],
  )
  await client.query(
    `INSERT INTO "StepRun"
       (id, "caseId", "versionId", "stepKey", lane, kind, template, "dueAt", "wallTime", zone, state, "settledAt")
     SELECT gen_random_uuid(), c.id, c."sequenceVersionId", s.key, 'FUNDS', s.kind, s.stage, c."anchorAt" + s.days * interval '1 day',
            to_char((c."anchorAt" + s.days * interval '1 day') AT TIME ZONE c.zone, 'YYYY-MM-DD"T"HH24:MI'), c.zone,
            CASE WHEN c."closedAt" IS NULL THEN 'scheduled' ELSE 'done' END, c."closedAt"
       FROM "RecoveryCase" c,
            jsonb_to_recordset($1::jsonb) AS s(key text, kind text, stage text, days float8)
      WHERE c."closedAt" IS NULL OR s.days < 4`,
    [JSON.stringify(fundsSteps())],
  )
  await client.query(
    `INSERT INTO "Message"
       (id, "caseId", shop, "customerId", "triggerKey", "recipientHash", channel, template, locale, state, "createdAt", "sentAt")
     SELECT gen_random_uuid(), b.id, b.shop, 'gid://shopify/Customer/' || n, 'funds.m1', md5(n::text), 'email', 'first', 'en',
            'sent', b.charged + interval '3 days', b.charged + interval '3 days'
       FROM "benchCases" b WHERE b.closed`,
  )
  await client.query(
    `INSERT INTO "CaseEvent" ("caseId", seq, type, actor, because, at, "correlationId")
     SELECT id, seq, 'facts_read', 'shopify', 'a payment failed and the case was opened: declined: INSUFFICIENT_FUNDS',
            charged, id::text
       FROM "benchCases" b, generate_series(1, CASE WHEN closed THEN 3 ELSE 1 END) AS seq`,
  )
  await rebuildIndexes()
  await client.query(
    'SET session_replication_role = DEFAULT; RESET synchronous_commit; RESET maintenance_work_mem',
  )
  await client.query('VACUUM ANALYZE')

  let taken = 0
  return {
    async next(count) {
      const { rowCount } = await client.query(
        `WITH chosen AS (
           UPDATE "RecoveryCase" c SET "nextActionAt" = now()
             FROM "benchCases" b WHERE c.id = b.id AND b.n > $1 AND b.n <= $2 AND b.n <= $3 RETURNING c.id
         )
         UPDATE "StepRun" r SET "dueAt" = now() FROM chosen WHERE r."caseId" = chosen.id AND r."stepKey" = 'funds.r1'`,
        [taken, taken + count, POOL],
      )
      taken += count
      if (rowCount !== count)
        throw new Error(`Of ${POOL} cases that can be made due, no ${count} are left.`)
    },
  }
}

/** An index is built in one go in a fraction of the time that it takes to grow row by row. */
async function dropIndexes(client: pg.Client): Promise<() => Promise<void>> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `SELECT quote_ident(i.indexname) AS name, i.indexdef AS definition FROM pg_indexes i
      WHERE i.schemaname = current_schema() AND i.tablename IN ('RecoveryCase', 'Attempt', 'StepRun', 'Message')
        AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = (quote_ident(i.indexname))::regclass)`,
  )
  for (const { name } of rows) await client.query(`DROP INDEX ${name}`)
  return async () => {
    for (const { definition } of rows) await client.query(definition)
  }
}

/** A retry waits for the morning while it is night for the shopper, and a bench runs at any hour. */
function zoneWhereItIsNoon(at: Date): string {
  const ahead = 12 - at.getUTCHours()
  return ahead < 0 ? `Etc/GMT+${-ahead}` : `Etc/GMT-${ahead}` // the signs of these names are turned round
}

/** The default plan of the FUNDS lane. Days after the failure; the first retry is later than any other until it is made due. */
function fundsSteps() {
  const retries = new Map<string, number>()
  return defaultSequence()
    .steps.filter((step) => step.lane === 'FUNDS')
    .map(({ key, kind, stage, offset }) => {
      const days =
        offset.from === 'step'
          ? (retries.get(offset.stepKey) ?? 0) + offset.hours / 24
          : offset.days
      const after = Math.max(days, 2)
      if (kind === 'retry') retries.set(key, after)
      return { key, kind, stage: stage ?? null, days: after }
    })
}

async function makeShops(databaseUrl: string, at: Date): Promise<void> {
  const db = new PrismaClient({ adapter: new PrismaPg({ connectionString: databaseUrl, max: 1 }) })
  for (const shop of SHOPS) {
    await installShop(
      db,
      {
        shop,
        name: 'Bean & Bloom Coffee',
        email: null,
        zone: 'Europe/Berlin',
        currency: 'EUR',
        locale: 'en',
        ownsContracts: true,
      },
      at,
    )
    await db.shop.update({ where: { shop }, data: { recoveryStartedAt: at } })
    await db.session.create({
      data: {
        id: `offline_${shop}`,
        shop,
        state: '',
        accessToken: `token-${randomUUID()}`,
        refreshToken: `refresh-${randomUUID()}`,
        expires: new Date(Date.now() + 12 * 3_600_000),
      },
    })
  }
  await db.$disconnect()
}
