import { afterAll, beforeEach, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'

const START = new Date('2026-11-12T08:00:00Z')
let worldNow = START
Object.assign(globalThis, { __repriseClock: { now: () => worldNow.getTime(), onJump: () => {} } })
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
const { noteCost, withinBudget } = await import('./query-budget.server.ts')

afterAll(async () => {
  await disconnect()
  await database.drop()
})
let shop: string
beforeEach(() => {
  worldNow = START
  shop = `${crypto.randomUUID()}.myshopify.com` // what a process has seen of a shop, it keeps
})

const DOCUMENT = '{ shop { name } }'
const left = (currentlyAvailable: number, requestedQueryCost = 100) =>
  noteCost(shop, DOCUMENT, {
    requestedQueryCost,
    actualQueryCost: requestedQueryCost,
    throttleStatus: { maximumAvailable: 2_000, currentlyAvailable, restoreRate: 100 },
  })
const ask = () => withinBudget(shop, DOCUMENT, async () => 'answer')
const row = () => db.queryBudget.findUnique({ where: { shop } })

test('while there are plenty of points, the database is not asked', async () => {
  await left(1_900)
  expect(await ask()).toEqual({ done: 'answer' })
  expect(pool.totalCount).toBe(0) // not even a connection was opened
  expect(await row()).toBeNull()
})

test('when they run low, all workers take from one row', async () => {
  await left(400)
  await Promise.all([ask(), ask(), ask()])
  const after = await row()
  expect(after?.available).toBeGreaterThanOrEqual(100)
  expect(after?.available).toBeLessThan(200)
})

test('before the bucket is empty the work is put off, with the time until there are enough', async () => {
  await left(20)
  // 100 for the request and 50 that are never taken, at 100 a second: 1.3 s, too long to stand and wait.
  const result = await ask()
  expect(result).toEqual({ waitMs: expect.any(Number) })
  expect('waitMs' in result && result.waitMs).toBeGreaterThan(1_000)
  expect('waitMs' in result && result.waitMs).toBeLessThanOrEqual(1_300)
  worldNow = new Date(START.getTime() + 2_000)
  expect(await ask()).toEqual({ done: 'answer' })
})

test('a short wait is waited out', async () => {
  await left(130)
  expect(await ask()).toEqual({ done: 'answer' })
})

test('what Shopify says wins over what was reckoned', async () => {
  await left(900)
  await left(300)
  expect((await row())?.available).toBe(300)
})
