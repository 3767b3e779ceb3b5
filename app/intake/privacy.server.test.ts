import { randomUUID } from 'node:crypto'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { emptyTables } from '../../scripts/migrate.mjs'
import { freshDatabase } from '../../test/database.ts'
import { caseRow, DEMO_COFFEE, stepRow } from '../../test/rows.ts'

const { shop: SHOP } = DEMO_COFFEE
const AT = new Date('2026-11-12T08:00:00Z')
/** Told apart from everything else that could be in a table. */
const PERSONAL = [
  '4711',
  'Anna Personal',
  'anna.personal@example.test',
  'method-of-anna',
  '···· 9876',
]

Object.assign(globalThis, { __repriseClock: { now: () => AT.getTime(), onJump: () => {} } })
const database = await freshDatabase()
Object.assign(process.env, {
  DATABASE_URL: database.url,
  SHOPIFY_API_KEY: 'test-key',
  SHOPIFY_API_SECRET: 'test-secret',
  SHOPIFY_APP_URL: 'https://app.example.test',
  SCOPES: 'read_orders',
  LOG_LEVEL: 'silent',
})
const { db, disconnect, pool } = await import('../db.server.ts')
const { installShop } = await import('../dunning/sequences.server.ts')
const { recipientHash } = await import('../messages/recipients.server.ts')
const { claimWebhookEvents, processWebhookEvent } = await import('./process.server.ts')

afterAll(async () => {
  await disconnect()
  await database.drop()
})
beforeEach(async () => {
  await emptyTables(database.url)
  await installShop(db, DEMO_COFFEE, new Date('2026-10-01T00:00:00Z'))
})

/** Every row of every table as text: what is personal must be in none, whatever tables there will be. */
async function everything(): Promise<string> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'`,
  )
  const texts = await Promise.all(
    tables.map(async ({ name }) => {
      const { rows } = await pool.query<{ text: string }>(`SELECT t::text AS text FROM "${name}" t`)
      return rows.map(({ text }) => `${name}: ${text}`).join('\n')
    }),
  )
  return texts.join('\n')
}

/** A case with rows in every table that hangs on it. */
async function caseOf(customer: {
  id: string
  name: string
  email: string
  method: string
  label: string
}) {
  const version = await db.sequenceVersion.findFirstOrThrow()
  const caseId = randomUUID()
  const customerId = `gid://shopify/Customer/${customer.id}`
  const contractId = `gid://shopify/SubscriptionContract/${customer.id.length}${customer.method.length}`
  await db.recoveryCase.create({
    data: {
      ...caseRow(AT, version.id, {
        id: caseId,
        contractId,
        customerId,
        customerName: customer.name,
        customerLocale: 'de',
        methodId: customer.method,
        methodFingerprint: `${customer.method} 9876`,
        methodLabel: customer.label,
        instrument: 'card',
        traits: { tags: [`wrote as ${customer.name}`], country: 'DE' },
      }),
      attempts: {
        create: {
          id: randomUUID(),
          shop: SHOP,
          contractId,
          cycleIndex: 1,
          number: 1,
          trigger: 'native',
          countsTowardLadder: false,
          key: `external/${caseId}`,
          methodId: customer.method,
          methodFingerprint: `${customer.method} 9876`,
          state: 'failed',
          settledAt: AT,
          intendedAt: AT,
        },
      },
      stepRuns: { create: stepRow(AT, version.id, { stepKey: 'funds.r1', kind: 'retry' }) },
      messages: {
        create: {
          id: randomUUID(),
          shop: SHOP,
          customerId,
          triggerKey: 'funds.m1#0',
          recipientHash: recipientHash(customer.email),
          channel: 'email',
          template: 'funds.first',
          locale: 'de',
          subject: `${customer.name}, your payment failed`,
          state: 'bounced',
          eventNote: `it came back: 550 ${customer.name}`,
          createdAt: AT,
          events: {
            create: { id: `event of ${customer.method}`, type: 'bounce', at: AT, receivedAt: AT },
          },
        },
      },
      events: {
        create: {
          seq: 1,
          type: 'opened',
          actor: 'engine',
          because: `declined: ${customer.label}`,
          at: AT,
        },
      },
    },
  })
  await db.earlyNotice.create({
    data: {
      id: randomUUID(),
      shop: SHOP,
      kind: 'card_expires',
      period: `${customer.method} 2026-11`,
      contractId,
      cycleIndex: 2,
      customerId,
      customerLocale: 'de',
      methodId: customer.method,
      methodFingerprint: `${customer.method} 9876`,
      methodLabel: customer.label,
      instrument: 'card',
      productTitle: 'Morning Roast',
      amount: '24.90',
      currency: 'EUR',
      zone: 'Europe/Berlin',
      chargeAt: AT,
      dueAt: AT,
      state: 'skipped',
      reason: 'not sent: the payment method was changed meanwhile',
      createdAt: AT,
      settledAt: AT,
      messages: {
        create: {
          id: randomUUID(),
          shop: SHOP,
          customerId,
          triggerKey: 'shopper:update_link:2026-11-12',
          recipientHash: 'none',
          channel: 'email',
          template: 'update_link',
          locale: 'de',
          state: 'sent',
          createdAt: AT,
        },
      },
    },
  })
  await db.methodBudget.create({ data: { shop: SHOP, methodId: customer.method, countedAt: AT } })
  await db.suppression.create({
    data: { id: randomUUID(), shop: SHOP, recipient: customerId, reason: 'asked to stop', at: AT },
  })
  await db.suppression.create({
    data: {
      id: randomUUID(),
      shop: SHOP,
      recipient: recipientHash(customer.email),
      reason: 'bounced',
      at: AT,
    },
  })
  await db.staffTask.create({
    data: {
      id: randomUUID(),
      shop: SHOP,
      caseId,
      kind: 'review',
      subject: caseId,
      title: 'Look at this',
      body: `${customer.name} wrote`,
      note: `${customer.name} is away`,
      createdAt: AT,
    },
  })
  await webhook('customer_payment_methods/update', {
    admin_graphql_api_id: customer.method,
    admin_graphql_api_customer_id: customerId,
    payment_instrument: { name: customer.name, last_digits: customer.label },
  })
  return { caseId, customerId }
}

async function webhook(topic: string, payload: object): Promise<void> {
  const id = randomUUID()
  await db.webhookEvent.create({
    data: {
      id,
      shop: SHOP,
      topic,
      eventId: id,
      webhookId: id,
      apiVersion: '2026-10',
      triggeredAt: AT,
      receivedAt: AT,
      nextTryAt: topic.startsWith('customer_payment') ? null : AT,
      body: JSON.stringify(payload),
      state: topic.startsWith('customer_payment') ? 'done' : 'received',
      correlationId: id,
    },
  })
}

async function workOff() {
  for (const row of await claimWebhookEvents(100, 'worker')) await processWebhookEvent(row)
  expect(await db.webhookEvent.findMany({ where: { state: 'failed' } })).toEqual([])
}

const anna = {
  id: '4711',
  name: 'Anna Personal',
  email: 'anna.personal@example.test',
  method: 'gid://shopify/CustomerPaymentMethod/method-of-anna',
  label: 'Visa ···· 9876',
}
const bob = {
  id: '471',
  name: 'Bob Other',
  email: 'bob@example.test',
  method: 'gid://shopify/CustomerPaymentMethod/method-of-bob',
  label: 'Visa ···· 1111',
}
const aboutAnna = {
  shop_id: 1,
  shop_domain: SHOP,
  customer: { id: 4711, email: anna.email, phone: '+49 30 1' },
}

describe('customers/redact', () => {
  test('leaves nothing in any table that tells who the customer was, and closes the case', async () => {
    const { caseId } = await caseOf(anna)
    await webhook('customers/data_request', { ...aboutAnna, data_request: { id: 99 } })
    await workOff()
    await webhook('customers/redact', { ...aboutAnna, orders_to_redact: [] })
    await workOff()

    const left = await everything()
    for (const trace of [...PERSONAL, recipientHash(anna.email)]) expect(left).not.toContain(trace)
    expect(await db.recoveryCase.findUnique({ where: { id: caseId } })).toMatchObject({
      status: 'written_off',
      nextActionAt: null,
      closedAt: AT,
    })
    expect(await db.stepRun.findFirst()).toMatchObject({ state: 'cancelled' })
  })

  test('keeps the sums: an amount without a person is no personal data', async () => {
    const { caseId } = await caseOf(anna)
    await webhook('customers/redact', aboutAnna)
    await workOff()
    const kept = await db.recoveryCase.findUniqueOrThrow({ where: { id: caseId } })
    expect(kept.amount.toString()).toBe('24.9')
    expect(await db.attempt.count()).toBe(1)
  })

  test('touches nobody else, also where one id begins like the other', async () => {
    await caseOf(anna)
    const other = await caseOf(bob)
    await webhook('customers/redact', aboutAnna)
    await workOff()
    expect(await db.recoveryCase.findUnique({ where: { id: other.caseId } })).toMatchObject({
      status: 'retrying',
      customerName: 'Bob Other',
    })
    expect(await db.message.count()).toBe(2)
    expect(await db.suppression.count()).toBe(2)
    expect(await db.webhookEvent.count({ where: { body: { contains: 'Bob Other' } } })).toBe(1)
  })

  test('still acts after an uninstall', async () => {
    await caseOf(anna)
    await webhook('app/uninstalled', { id: 1 })
    await webhook('customers/redact', aboutAnna)
    await workOff()
    expect(await everything()).not.toContain('Anna Personal')
  })
})

describe('shop/redact', () => {
  test('leaves one row that says so, and nothing personal', async () => {
    await caseOf(anna)
    await caseOf(bob)
    await db.shop.updateMany({
      data: { digest: 'daily', digestNextAt: AT, alertsTo: 'owner@demo.example.test' },
    })
    await db.staffMail.create({
      data: { id: randomUUID(), shop: SHOP, kind: 'digest', period: 'x', state: 'sent', at: AT },
    })
    await webhook('app/uninstalled', { id: 1 })
    await workOff()
    await webhook('shop/redact', { shop_id: 1, shop_domain: SHOP })
    await workOff()

    const left = await everything()
    for (const trace of [...PERSONAL, 'Bob Other', 'owner@demo.example.test', 'Demo Coffee'])
      expect(left).not.toContain(trace)
    expect(await db.shop.findMany()).toMatchObject([
      { shop: SHOP, redactedAt: AT, uninstalledAt: AT },
    ])
    // Counters are of nobody, and are saved every few seconds.
    const rows = left.split('\n').filter((line) => line !== '' && !line.startsWith('Tally: '))
    expect(rows).toHaveLength(2) // the shop and this event
  })

  test('is taken at its word when the uninstall itself was never delivered', async () => {
    await caseOf(anna)
    await webhook('shop/redact', { shop_id: 1, shop_domain: SHOP })
    await workOff()
    expect(await db.recoveryCase.count()).toBe(0)
    expect(await db.shop.findFirst()).toMatchObject({ uninstalledAt: AT })
  })

  test('from before a reinstall erases nothing', async () => {
    await caseOf(anna)
    await db.shop.updateMany({ data: { installedAt: new Date(AT.getTime() + 1) } })
    await webhook('shop/redact', { shop_id: 1, shop_domain: SHOP })
    await workOff()
    expect(await db.recoveryCase.count()).toBe(1)
  })
})

describe('customers/data_request', () => {
  test('becomes one task that says what is held and by when to answer', async () => {
    const { caseId } = await caseOf(anna)
    await webhook('customers/data_request', { ...aboutAnna, data_request: { id: 99 } })
    await webhook('customers/data_request', { ...aboutAnna, data_request: { id: 99 } })
    await workOff()
    const tasks = await db.staffTask.findMany({ where: { kind: 'data_request' } })
    expect(tasks).toHaveLength(1)
    expect(tasks[0]?.title).toBe('Customer 4711 asked for their data')
    expect(tasks[0]?.body).toContain(caseId)
    expect(tasks[0]?.body).toContain('within 30 days')
    expect(tasks[0]?.body).not.toContain(anna.email)
  })

  test('says so when nothing is held', async () => {
    await webhook('customers/data_request', { ...aboutAnna, data_request: { id: 99 } })
    await workOff()
    expect((await db.staffTask.findFirst())?.body).toMatch(/holds nothing/)
  })
})
