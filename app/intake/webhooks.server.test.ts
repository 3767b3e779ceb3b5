import { createHmac, randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'

const SECRET = 'test-secret'
const database = await freshDatabase()
Object.assign(process.env, {
  DATABASE_URL: database.url,
  SHOPIFY_API_KEY: 'test-key',
  SHOPIFY_API_SECRET: SECRET,
  SHOPIFY_APP_URL: 'https://app.example.test',
  SCOPES: 'read_orders',
  LOG_LEVEL: 'silent',
})
const { db, disconnect, pool } = await import('../db.server.ts')
const { receiveWebhook, deliveriesOfShop } = await import('./webhooks.server.ts')

let server: Server
let url: string

beforeAll(async () => {
  server = createServer(receiveWebhook)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`
})
afterAll(async () => {
  await new Promise((closed) => server.close(closed))
  await disconnect()
  await database.drop()
})
beforeEach(() => db.webhookEvent.deleteMany())

type Headers = Record<string, string | null>

async function deliver(body: string, headers: Headers = {}, chunked = false): Promise<number> {
  const all: Headers = {
    'x-shopify-topic': 'subscription_billing_attempts/failure',
    'x-shopify-shop-domain': 'Demo.myshopify.com',
    'x-shopify-api-version': '2026-10',
    'x-shopify-webhook-id': randomUUID(),
    'x-shopify-event-id': randomUUID(),
    'x-shopify-triggered-at': '2026-11-12T08:00:05.000Z',
    'x-shopify-hmac-sha256': createHmac('sha256', SECRET).update(body).digest('base64'),
    ...headers,
  }
  const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null)
  const response = await fetch(url, {
    method: 'POST',
    headers: sent,
    ...(chunked ? { body: inChunks(body), duplex: 'half' } : { body }),
  })
  return response.status
}

/** A body whose length is not announced. */
function inChunks(body: string): ReadableStream {
  const bytes = Buffer.from(body)
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close()
      controller.enqueue(bytes.subarray(at, at + 65_536))
      at += 65_536
    },
  })
}

const rows = () => db.webhookEvent.findMany({ orderBy: { receivedAt: 'asc' } })

describe('a delivery with a good signature', () => {
  test('is stored as it was signed, due at once, under one correlation id', async () => {
    expect(await deliver('{"id": 1,  "x":"ü"}', { 'x-shopify-event-id': 'event-1' })).toBe(200)
    const [row] = await rows()
    expect(row).toMatchObject({
      shop: 'demo.myshopify.com',
      topic: 'subscription_billing_attempts/failure',
      eventId: 'event-1',
      apiVersion: '2026-10',
      triggeredAt: new Date('2026-11-12T08:00:05.000Z'),
      body: '{"id": 1,  "x":"ü"}',
      state: 'received',
      flag: null,
      tries: 0,
    })
    expect(row?.nextTryAt).toEqual(row?.receivedAt)
    expect(row?.correlationId).toBe(row?.id)
  })

  test('twenty copies at once make one row', async () => {
    const copies = Array.from({ length: 20 }, () =>
      deliver('{"id":1}', { 'x-shopify-event-id': 'event-1' }),
    )
    expect(await Promise.all(copies)).toEqual(Array(20).fill(200))
    expect(await rows()).toHaveLength(1)
  })

  test('one event through two subscriptions makes one row', async () => {
    await deliver('{"id":1}', { 'x-shopify-event-id': 'e', 'x-shopify-webhook-id': 'w1' })
    await deliver('{"id":1}', { 'x-shopify-event-id': 'e', 'x-shopify-webhook-id': 'w2' })
    expect(await rows()).toHaveLength(1)
  })

  test('the same event id on another topic or shop is another event', async () => {
    const event = { 'x-shopify-event-id': 'e' }
    await deliver('{"id":1}', event)
    await deliver('{"id":1}', { ...event, 'x-shopify-topic': 'subscription_contracts/update' })
    await deliver('{"id":1}', { ...event, 'x-shopify-shop-domain': 'other.myshopify.com' })
    expect(await rows()).toHaveLength(3)
  })

  test('without an event id the delivery id tells copies apart', async () => {
    const delivery = { 'x-shopify-event-id': null, 'x-shopify-webhook-id': 'w1' }
    await deliver('{"id":1}', delivery)
    await deliver('{"id":1}', delivery)
    expect((await rows()).map((row) => row.eventId)).toEqual(['w1'])
  })

  test.each([
    ['broken JSON', '{"id":', {}],
    ['broken JSON', '', {}],
    ['broken JSON', '"just text"', {}],
    ['broken JSON', 'with a \0 inside', {}],
    ['unknown topic', '{"id":1}', { 'x-shopify-topic': 'carts/create' }],
  ])('%s is stored, flagged and without effect: %j', async (flag, body, headers) => {
    expect(await deliver(body, headers)).toBe(200)
    expect(await rows()).toMatchObject([{ flag, state: 'done', nextTryAt: null }])
  })
})

describe('what is turned away', () => {
  test.each([
    ['a wrong signature', { 'x-shopify-hmac-sha256': 'AAAA' }, 401],
    [
      'a signature of another body',
      { 'x-shopify-hmac-sha256': createHmac('sha256', SECRET).update('x').digest('base64') },
      401,
    ],
    [
      'a signature in hex',
      { 'x-shopify-hmac-sha256': createHmac('sha256', SECRET).update('{}').digest('hex') },
      401,
    ],
    ['no signature', { 'x-shopify-hmac-sha256': null }, 400],
    ['no topic', { 'x-shopify-topic': null }, 400],
    ['no shop', { 'x-shopify-shop-domain': null }, 400],
    ['no delivery id', { 'x-shopify-webhook-id': null }, 400],
    ['a header too long to be kept', { 'x-shopify-topic': 't'.repeat(3_000) }, 400],
  ])('%s', async (_, headers, status) => {
    expect(await deliver('{}', headers)).toBe(status)
    expect(await rows()).toEqual([])
  })

  test('a body over 1 MB, announced', async () => {
    expect(await deliver('x'.repeat(1_000_001))).toBe(413)
    expect(await rows()).toEqual([])
  })

  test('a body over 1 MB, in chunks and not announced', async () => {
    expect(await deliver('x'.repeat(1_500_000), {}, true)).toBe(413)
    expect(await rows()).toEqual([])
  })

  test('a body of just 1 MB is taken', async () => {
    expect(await deliver(JSON.stringify({ a: 'x'.repeat(999_990) }), {}, true)).toBe(200)
  })
})

test('a shop that sends without end is put off; another shop, or a forger in its name, changes nothing', async () => {
  const loop = { 'x-shopify-shop-domain': 'loop.myshopify.com' }
  const now = Date.now()
  expect(await deliver('{"id":1}', { ...loop, 'x-shopify-hmac-sha256': 'forged' })).toBe(401)
  for (let n = 0; n < 10_000; n++) deliveriesOfShop.allows('loop.myshopify.com', now)
  expect(await deliver('{"id":1}', loop)).toBe(429)
  expect(await deliver('{"id":1}', { 'x-shopify-shop-domain': 'calm.myshopify.com' })).toBe(200)
})

describe('while the database is down', () => {
  test('Shopify is asked to deliver again, and its redelivery is stored', async () => {
    const event = { 'x-shopify-event-id': 'event-1' }
    await pool.query('ALTER TABLE "WebhookEvent" RENAME TO "Away"')
    try {
      expect(await deliver('{"id":1}', event)).toBe(503)
    } finally {
      await pool.query('ALTER TABLE "Away" RENAME TO "WebhookEvent"')
    }
    expect(await deliver('{"id":1}', event)).toBe(200)
    expect(await rows()).toHaveLength(1)
  })
})
