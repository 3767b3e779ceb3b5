/** Cases whose first retry has come due, written straight into the tables: opening them is not what is measured. */
import { randomUUID } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '@prisma/client'
import type pg from 'pg'
import { defaultSequence } from '../app/dunning/sequence.ts'
import { installShop } from '../app/dunning/sequences.server.ts'

export const SHOP = 'bean-and-bloom.myshopify.com'
export const CYCLE_INDEX = 3

/** What instant-shopify.ts says of a contract and what the tables hold must be the same. */
export const methodId = (contractId: string) =>
  `gid://shopify/CustomerPaymentMethod/m${contractId.split('/').at(-1)}`
export const firstAttemptId = (contractId: string) =>
  `gid://shopify/SubscriptionBillingAttempt/1${contractId.split('/').at(-1)}`

/** One started shop with a token, and so many cases that nobody looks at until `nextActionAt` is set. */
export async function makeCases(
  databaseUrl: string,
  client: pg.Client,
  { cases, chargedAt, dueAt }: { cases: number; chargedAt: Date; dueAt: Date },
): Promise<void> {
  await makeShop(databaseUrl, chargedAt)
  // What is done by the clock (reconcile, the nightly sweep) is no part of a step.
  await client.query('DELETE FROM "ShopClock"')
  await client.query(
    `INSERT INTO "RecoveryCase"
       (id, shop, "contractId", "cycleIndex", "expectedAt", "nextExpectedAt", "anchorAt", "openedAt", status, version,
        amount, currency, zone, "zoneSource", lane, "laneEnteredAt", "lastCode", "lastClass", "lastFamily",
        "customerId", "customerName", "customerLocale", "productTitle", "methodId", "methodFingerprint", "methodLabel",
        instrument, "sequenceVersionId", "deadlineAt", "graceEndsAt", source, "correlationId")
     SELECT gen_random_uuid(), $1, 'gid://shopify/SubscriptionContract/' || n, $2, $3::timestamptz, $3::timestamptz + interval '30 days', $3::timestamptz, $3::timestamptz,
            'retrying', 1, 24.90, 'EUR', $5, 'delivery address', 'FUNDS', $3::timestamptz, 'INSUFFICIENT_FUNDS', 'FUNDS',
            'payment', 'gid://shopify/Customer/' || n, 'Mara Lindqvist', 'en', 'Morning Roast 1 kg',
            'gid://shopify/CustomerPaymentMethod/m' || n,
            'gid://shopify/CustomerPaymentMethod/m' || n || ' 4242 2030-1', 'Visa ···· 4242', 'card',
            (SELECT id FROM "SequenceVersion" LIMIT 1), $3::timestamptz + interval '20 days', $3::timestamptz + interval '20 days', 'webhook',
            gen_random_uuid()::text
       FROM generate_series(1, $4::int) AS n`,
    [SHOP, CYCLE_INDEX, chargedAt, cases, zoneWhereItIsNoon(dueAt)],
  )
  await client.query(
    `INSERT INTO "Attempt"
       (id, "caseId", shop, "contractId", "cycleIndex", number, trigger, "countsTowardLadder", key, "methodId",
        "methodFingerprint", state, "rawCode", class, "shopifyId", "intendedAt", "submittedAt", "settledAt")
     SELECT gen_random_uuid(), id, shop, "contractId", "cycleIndex", 1, 'external', false,
            'external/gid://shopify/SubscriptionBillingAttempt/1' || split_part("contractId", '/', 5), "methodId",
            "methodFingerprint", 'failed', 'INSUFFICIENT_FUNDS', 'FUNDS',
            'gid://shopify/SubscriptionBillingAttempt/1' || split_part("contractId", '/', 5), $1, $1, $1
       FROM "RecoveryCase"`,
    [chargedAt],
  )
  await client.query(
    `INSERT INTO "StepRun"
       (id, "caseId", "versionId", "stepKey", lane, kind, template, "dueAt", "wallTime", zone, state)
     SELECT gen_random_uuid(), c.id, c."sequenceVersionId", s.key, 'FUNDS', s.kind, s.stage, s."dueAt",
            to_char(s."dueAt" AT TIME ZONE c.zone, 'YYYY-MM-DD"T"HH24:MI'), c.zone, 'scheduled'
       FROM "RecoveryCase" c,
            jsonb_to_recordset($1::jsonb) AS s(key text, kind text, stage text, "dueAt" timestamptz)`,
    [JSON.stringify(fundsSteps(chargedAt, dueAt))],
  )
  await client.query(
    `INSERT INTO "CaseEvent" ("caseId", seq, type, actor, because, at, "correlationId")
     SELECT id, 1, 'facts_read', 'shopify', 'a payment failed and the case was opened: declined: INSUFFICIENT_FUNDS',
            $1, "correlationId" FROM "RecoveryCase"`,
    [chargedAt],
  )
  await client.query('VACUUM ANALYZE')
}

/** A retry waits for the morning while it is night for the shopper, and a bench runs at any hour. */
function zoneWhereItIsNoon(at: Date): string {
  const ahead = 12 - at.getUTCHours()
  return ahead < 0 ? `Etc/GMT+${-ahead}` : `Etc/GMT-${ahead}` // the signs of these names are turned round
}

/** The default plan of the FUNDS lane, its first retry due at `dueAt`, everything else later. */
function fundsSteps(chargedAt: Date, dueAt: Date) {
  const later = (from: Date, hours: number) => new Date(from.getTime() + hours * 3_600_000)
  const retries = new Map<string, Date>()
  return defaultSequence()
    .steps.filter((step) => step.lane === 'FUNDS')
    .map(({ key, kind, stage, offset }) => {
      const at =
        key === 'funds.r1'
          ? dueAt
          : offset.from === 'step'
            ? later(retries.get(offset.stepKey) ?? chargedAt, offset.hours)
            : later(chargedAt, 24 * offset.days)
      if (kind === 'retry') retries.set(key, at)
      return { key, kind, stage: stage ?? null, dueAt: at }
    })
}

async function makeShop(databaseUrl: string, at: Date): Promise<void> {
  const db = new PrismaClient({ adapter: new PrismaPg({ connectionString: databaseUrl, max: 1 }) })
  await installShop(
    db,
    {
      shop: SHOP,
      name: 'Bean & Bloom Coffee',
      email: null,
      zone: 'Europe/Berlin',
      currency: 'EUR',
      locale: 'en',
      ownsContracts: true,
    },
    at,
  )
  await db.shop.update({ where: { shop: SHOP }, data: { recoveryStartedAt: at } })
  await db.session.create({
    data: {
      id: `offline_${SHOP}`,
      shop: SHOP,
      state: '',
      accessToken: `token-${randomUUID()}`,
      refreshToken: `refresh-${randomUUID()}`,
      expires: new Date(Date.now() + 3_600_000),
    },
  })
  await db.$disconnect()
}
