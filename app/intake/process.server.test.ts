import { randomUUID } from 'node:crypto'
import type { Prisma } from '@prisma/client'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'

const SHOP = 'demo.myshopify.com'
const INSTALLED = new Date('2026-11-01T08:00:00Z')
const START = new Date('2026-11-12T08:00:00Z')

let worldNow = START
Object.assign(globalThis, {
  __repriseClock: { now: () => worldNow.getTime(), onJump: () => {} },
})
const database = await freshDatabase()
Object.assign(process.env, {
  DATABASE_URL: database.url,
  SHOPIFY_API_KEY: 'test-key',
  SHOPIFY_API_SECRET: 'test-secret',
  SHOPIFY_APP_URL: 'https://app.example.test',
  SCOPES: 'read_own_subscription_contracts,write_own_subscription_contracts,write_customers',
  LOG_LEVEL: 'silent',
})
const { db, disconnect } = await import('../db.server.ts')
const { claimWebhookEvents, forgetOldWebhookEvents, MAX_TRIES, processWebhookEvent } = await import(
  './process.server.ts'
)

afterAll(async () => {
  await disconnect()
  await database.drop()
})
beforeEach(async () => {
  worldNow = START
  await db.webhookEvent.deleteMany()
  await db.staffTask.deleteMany()
  await db.session.deleteMany()
  await db.shop.deleteMany()
})

async function makeShop(changes: Partial<Prisma.ShopCreateInput> = {}) {
  await db.shop.create({
    data: {
      shop: SHOP,
      name: 'Demo',
      zone: 'Europe/Berlin',
      currency: 'EUR',
      installedAt: INSTALLED,
      ...changes,
    },
  })
  await db.session.create({
    data: {
      id: `offline_${SHOP}`,
      shop: SHOP,
      state: '',
      accessToken: 'token',
      scope: 'read_orders',
    },
  })
}

async function received(
  topic: string,
  payload: object,
  changes: Partial<Prisma.WebhookEventCreateInput> = {},
) {
  const id = randomUUID()
  await db.webhookEvent.create({
    data: {
      id,
      shop: SHOP,
      topic,
      eventId: id,
      webhookId: id,
      apiVersion: '2026-10',
      triggeredAt: worldNow,
      receivedAt: worldNow,
      nextTryAt: worldNow,
      body: JSON.stringify(payload),
      state: 'received',
      correlationId: id,
      ...changes,
    },
  })
  return id
}

async function workOff() {
  for (const row of await claimWebhookEvents(100, 'worker-1')) await processWebhookEvent(row)
}

const event = (id: string) => db.webhookEvent.findUniqueOrThrow({ where: { id } })

const failure = {
  admin_graphql_api_id: 'gid://shopify/SubscriptionBillingAttempt/1',
  admin_graphql_api_subscription_contract_id: 'gid://shopify/SubscriptionContract/1',
}

describe('claiming', () => {
  test('two workers never get the same event', async () => {
    for (let i = 0; i < 30; i += 1) await received('subscription_contracts/update', { id: i })
    const claims = await Promise.all(
      ['a', 'b', 'c'].map((worker) => claimWebhookEvents(60, worker)),
    )
    const ids = claims.flat().map((row) => row.id)
    expect(ids).toHaveLength(30)
    expect(new Set(ids).size).toBe(30)
  })

  test('a claimed event is not claimed again until its lease runs out', async () => {
    const id = await received('subscription_contracts/update', { id: 1 })
    expect(await claimWebhookEvents(10, 'a')).toHaveLength(1)
    expect(await claimWebhookEvents(10, 'b')).toEqual([])
    await db.webhookEvent.update({ where: { id }, data: { leaseUntil: new Date(Date.now() - 1) } })
    expect(await claimWebhookEvents(10, 'b')).toHaveLength(1)
  })

  test('a retry that is due later is left alone', async () => {
    await received(
      'subscription_contracts/update',
      { id: 1 },
      { nextTryAt: new Date(START.getTime() + 1) },
    )
    expect(await claimWebhookEvents(10, 'a')).toEqual([])
  })
})

describe('an event without effect', () => {
  test('of a shop that was never seen', async () => {
    const id = await received('subscription_contracts/update', { id: 1 })
    await workOff()
    expect(await event(id)).toMatchObject({ state: 'done', flag: 'unknown shop' })
  })

  test('of a shop that has uninstalled', async () => {
    await makeShop({ uninstalledAt: START })
    const id = await received('subscription_billing_attempts/failure', failure)
    await workOff()
    expect(await event(id)).toMatchObject({
      state: 'done',
      flag: 'the shop has uninstalled Reprise',
    })
  })

  test('whose payload lacks its ids', async () => {
    await makeShop()
    const id = await received('subscription_billing_attempts/failure', { id: null })
    await workOff()
    expect(await event(id)).toMatchObject({
      state: 'done',
      flag: 'the payload lacks the ids it should have',
    })
  })

  test('before the merchant has started recovery', async () => {
    await makeShop()
    const id = await received('subscription_billing_attempts/failure', failure)
    await workOff()
    expect(await event(id)).toMatchObject({ state: 'done', flag: null })
    expect(await db.recoveryCase.count()).toBe(0)
  })
})

describe('an event that cannot be handled', () => {
  // Recovery is on and there is no token, so reading the attempt fails each time.
  const unreachable = async () => {
    await makeShop({ recoveryStartedAt: INSTALLED })
    await db.session.deleteMany()
    return received('subscription_billing_attempts/failure', failure)
  }

  test('is tried again later, with the reason kept', async () => {
    const id = await unreachable()
    await workOff()
    expect(await event(id)).toMatchObject({
      state: 'failed',
      tries: 1,
      error: expect.stringMatching(/no access token/),
      leaseUntil: null,
      nextTryAt: new Date(START.getTime() + 30_000),
    })
  })

  test('is dead after eight tries within a day, and staff are told once', async () => {
    const id = await unreachable()
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      await workOff()
      const { nextTryAt } = await event(id)
      if (nextTryAt) worldNow = nextTryAt
    }
    expect(await event(id)).toMatchObject({ state: 'dead', tries: MAX_TRIES, nextTryAt: null })
    expect(worldNow.getTime() - START.getTime()).toBeLessThan(24 * 3_600_000)
    expect(await db.staffTask.findMany()).toMatchObject([{ kind: 'webhook_dead', subject: id }])
  })

  test('does not stop the others', async () => {
    await unreachable()
    const good = await received('app/scopes_update', { current: [] })
    const wrong = [{ wrong: true }, { current: [null] }, { current: ['read_orders\0'] }]
    const broken = []
    for (const body of wrong) broken.push(await received('app/scopes_update', body))
    await workOff()
    expect(await event(good)).toMatchObject({ state: 'done' })
    // Nobody but the payload could have said it: trying again cannot help.
    for (const id of broken) expect(await event(id)).toMatchObject({ state: 'dead', tries: 1 })
    const subjects = (await db.staffTask.findMany({ where: { kind: 'webhook_dead' } })).map(
      ({ subject }) => subject,
    )
    expect(subjects.sort()).toEqual(broken.sort())
  })

  test.each(['1\0', 'gid://shopify/SubscriptionContract/', '1"){id}', 'x'.repeat(200), '٣'])(
    'an id like %j is none, and has no effect',
    async (id) => {
      await makeShop({ recoveryStartedAt: INSTALLED })
      const row = await received('subscription_contracts/update', { admin_graphql_api_id: id })
      await workOff()
      expect(await event(row)).toMatchObject({
        state: 'done',
        flag: 'the payload lacks the ids it should have',
      })
    },
  )
})

describe('app/uninstalled', () => {
  test('marks the shop and deletes its dead tokens, without asking Shopify anything', async () => {
    await makeShop()
    await db.session.updateMany({
      data: { expires: new Date(0), refreshToken: 'dead', refreshTokenExpires: new Date(0) },
    })
    const id = await received('app/uninstalled', { id: 1 })
    await workOff()
    expect(await event(id)).toMatchObject({ state: 'done', flag: null })
    expect(await db.shop.findUnique({ where: { shop: SHOP } })).toMatchObject({
      uninstalledAt: START,
    })
    expect(await db.session.count()).toBe(0)
  })

  test('from before a reinstall changes nothing', async () => {
    await makeShop({ installedAt: START })
    const id = await received('app/uninstalled', { id: 1 }, { triggeredAt: INSTALLED })
    await workOff()
    expect(await event(id)).toMatchObject({ flag: 'from before the shop installed again' })
    expect(await db.shop.findUnique({ where: { shop: SHOP } })).toMatchObject({
      uninstalledAt: null,
    })
    expect(await db.session.count()).toBe(1)
  })
})

describe('app/scopes_update', () => {
  test('tells staff what is missing, and stops telling once it is back', async () => {
    await makeShop()
    await received('app/scopes_update', { current: ['write_own_subscription_contracts'] })
    await workOff()
    expect(await db.staffTask.findMany()).toMatchObject([
      { kind: 'scopes_missing', doneAt: null, body: expect.stringContaining('write_customers') },
    ])
    await received('app/scopes_update', {
      current: ['write_own_subscription_contracts', 'write_customers'],
    })
    await workOff()
    expect(await db.staffTask.findMany()).toMatchObject([{ doneAt: START }])
    expect(await db.session.findFirst()).toMatchObject({
      scope: 'write_own_subscription_contracts,write_customers',
    })
  })
})

test('an older app/scopes_update that arrives late does not undo a newer one', async () => {
  await makeShop()
  await received('app/scopes_update', { current: ['write_customers'] })
  await workOff()
  const late = await received(
    'app/scopes_update',
    { current: [] },
    { triggeredAt: new Date(START.getTime() - 60_000) },
  )
  await workOff()
  expect(await event(late)).toMatchObject({ state: 'done', flag: 'older than what is known' })
  expect(await db.session.findFirst()).toMatchObject({ scope: 'write_customers' })
})

test('finished events are forgotten after thirty days, unfinished ones are not', async () => {
  await received('x/y', {}, { state: 'done', flag: 'unknown topic', nextTryAt: null })
  await received('subscription_contracts/update', { id: 1 })
  worldNow = new Date(START.getTime() + 29 * 86_400_000)
  expect(await forgetOldWebhookEvents()).toBe(0)
  worldNow = new Date(START.getTime() + 31 * 86_400_000)
  expect(await forgetOldWebhookEvents()).toBe(1)
  expect(await db.webhookEvent.count()).toBe(1)
})
