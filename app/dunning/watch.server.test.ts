import { randomUUID } from 'node:crypto'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'

const NOW = new Date('2026-11-12T12:00:00Z')
const SHOP = 'demo.myshopify.com'
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
const { db, disconnect } = await import('../db.server.ts')
const { readHealth } = await import('../health.server.ts')
const { mayReadMetrics, readMetrics } = await import('../metrics-page.server.ts')
const { watchCases } = await import('./watch.server.ts')
const { driveAgainWithAccess, driveCaseAgain, tellIfSetAside } = await import(
  './set-aside.server.ts'
)
const { beat } = await import('./sweep.server.ts')

const versionId = randomUUID()
await db.shop.create({
  data: { shop: SHOP, name: 'Demo', zone: 'UTC', currency: 'EUR', installedAt: NOW },
})
await db.sequence.create({
  data: {
    id: randomUUID(),
    shop: SHOP,
    name: 'plan',
    createdAt: NOW,
    versions: {
      create: {
        id: versionId,
        number: 1,
        body: {},
        hash: '',
        publishedAt: NOW,
        publishedBy: 'test',
      },
    },
  },
})
afterAll(async () => {
  await disconnect()
  await database.drop()
})
beforeEach(async () => {
  await db.staffTask.deleteMany()
  await db.recoveryCase.deleteMany()
})

type Changes = Partial<{
  status: string
  reason: string
  nextActionAt: Date | null
  deadReason: string
  leaseUntil: Date
  leaseBy: string
}>

async function addCase(changes: Changes): Promise<string> {
  const id = randomUUID()
  await db.recoveryCase.create({
    data: {
      id,
      shop: SHOP,
      contractId: id,
      cycleIndex: 1,
      expectedAt: NOW,
      anchorAt: NOW,
      openedAt: NOW,
      status: 'retrying',
      amount: 1,
      currency: 'EUR',
      zone: 'UTC',
      zoneSource: 'shop',
      laneEnteredAt: NOW,
      sequenceVersionId: versionId,
      deadlineAt: NOW,
      graceEndsAt: NOW,
      source: 'test',
      correlationId: 'c',
      frozenAt: changes.status === 'held' ? NOW : null,
      ...changes,
    },
  })
  return id
}

const ago = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000)
const lookTwice = async () =>
  watchCases(NOW, new Date(), await watchCases(NOW, new Date(), new Set()))
const told = async () =>
  (await db.staffTask.findMany({ where: { kind: 'case_stuck', doneAt: null } })).map(
    ({ caseId }) => caseId,
  )

describe('the watch', () => {
  test('tells of a case that nothing will move, once two looks have seen it, and /health says so', async () => {
    const id = await addCase({ nextActionAt: null })
    const first = await watchCases(NOW, new Date(), new Set())
    expect(await told()).toEqual([])
    await watchCases(NOW, new Date(), first)
    expect(await told()).toEqual([id])
    await lookTwice()
    expect(await told()).toEqual([id]) // once
    await beat('sweep', 'worker', new Date(), 0)
    const health = await readHealth()
    expect(health.stuck.still).toBe(1)
    expect(health.problems.join()).toMatch(/stand still/)
  })

  test('tells of a case that is due and untouched for a quarter of an hour', async () => {
    const late = await addCase({ nextActionAt: ago(16) })
    await addCase({ nextActionAt: ago(14) })
    await addCase({
      nextActionAt: ago(60),
      leaseUntil: new Date(Date.now() + 30_000),
      leaseBy: 'worker-1/x',
    })
    await lookTwice()
    expect(await told()).toEqual([late])
    expect((await readHealth()).queues).toContainEqual({
      queue: 'cases',
      due: 3,
      lagSeconds: 3_600,
    })
  })

  test('is content with cases that wait for a known outside event, and takes back what moves again', async () => {
    await addCase({ status: 'held', reason: 'paused', nextActionAt: null })
    await addCase({ status: 'held', reason: 'uninstalled', nextActionAt: null })
    await addCase({ nextActionAt: null, deadReason: 'Error: x' })
    const moved = await addCase({ status: 'held', reason: 'merchant', nextActionAt: null })
    await lookTwice()
    expect(await told()).toEqual([moved])
    await db.recoveryCase.update({
      where: { id: moved },
      data: { nextActionAt: new Date(NOW.getTime() + 1) },
    })
    await lookTwice()
    expect(await told()).toEqual([])
  })
})

test('a heartbeat that has gone stale is a problem by name (S20)', async () => {
  await beat('sweep', 'worker', new Date(), 0)
  await beat('watch', 'worker', new Date(Date.now() - 10 * 60_000), 0)
  expect((await readHealth()).problems).toContainEqual(expect.stringMatching(/"watch" has not run/))
  await beat('watch', 'worker', new Date(), 0)
  await beat('sweep', 'worker', new Date(Date.now() - 61_000), 0)
  const health = await readHealth()
  expect(health.ready).toBe(false)
  expect(health.problems.join()).toMatch(/No worker/)
})

test('looks by the clock that are late or keep failing are told of by job; those that do not run are not', async () => {
  const clock = (job: string, minutesAgo: number, tries = 0, error = 'Error: x') => ({
    shop: SHOP,
    job,
    nextRunAt: ago(minutesAgo),
    tries,
    error,
  })
  await db.shop.update({ where: { shop: SHOP }, data: { recoveryStartedAt: NOW } })
  await db.shopClock.createMany({
    data: [
      clock('reconcile', 20),
      clock('sweep', -60, 3),
      clock('scan', -60, 9, 'ShopUnreachable: x'),
    ],
  })
  const health = await readHealth()
  expect(health.looks).toEqual([
    { job: 'reconcile', due: 1, lagSeconds: 1_200, failing: 0 },
    { job: 'sweep', due: 0, lagSeconds: 0, failing: 1 },
  ])
  expect(health.queues).toContainEqual({ queue: 'looks', due: 1, lagSeconds: 1_200 })
  expect(health.problems.join()).toMatch(/1 looks are due.*"sweep" keeps failing for 1 shop/)
  await db.shop.update({ where: { shop: SHOP }, data: { recoveryStartedAt: null } })
  expect((await readHealth()).looks).toEqual([])
  await db.shopClock.deleteMany()
})

describe('/metrics', () => {
  const from = (address: string, more: { forwarded?: boolean; authorization?: string } = {}) => ({
    address,
    forwarded: false,
    authorization: undefined,
    ...more,
  })

  test.each([
    ['this machine', from('127.0.0.1'), null, true],
    ['this machine by IPv6', from('::ffff:127.0.0.1'), null, true],
    ['another machine', from('10.0.0.7'), null, false],
    ['anybody through a proxy', from('127.0.0.1', { forwarded: true }), null, false],
    ['this machine, when a token is asked for', from('127.0.0.1'), 's3cret', false],
    ['the token', from('10.0.0.7', { authorization: 'Bearer s3cret' }), 's3cret', true],
    ['a wrong token', from('127.0.0.1', { authorization: 'Bearer s3creT' }), 's3cret', false],
  ])('is read by %s: %#', (_who, asked, token, may) => {
    expect(mayReadMetrics(asked, token)).toBe(may)
  })

  test('is text that Prometheus reads: help, type and one value a line', async () => {
    await addCase({ nextActionAt: null, deadReason: 'Error: x' })
    await addCase({ status: 'held', reason: 'paused', nextActionAt: null })
    const lines = (await readMetrics()).trimEnd().split('\n')
    expect(lines).toContain('reprise_cases_set_aside 1')
    expect(lines).toContain('reprise_cases_open{status="retrying"} 1')
    expect(lines).toContain('reprise_cases_open{status="held"} 1')
    expect(lines).toContain('reprise_webhooks_open 0')
    expect(lines).toContain('# TYPE reprise_attempts_total counter')
    for (const line of lines)
      expect(line).toMatch(/^(# (HELP|TYPE) reprise_\w+ .+|reprise_\w+(\{\w+="[^"]*"\})? [\d.]+)$/)
  })
})

describe('a case that was set aside', () => {
  test('is a task for staff; "Drive again" takes it up at once and leaves an audit row', async () => {
    const id = await addCase({ nextActionAt: null, deadReason: 'Error: bad data' })
    await tellIfSetAside(id, NOW)
    await tellIfSetAside(id, NOW)
    expect(await db.staffTask.findMany()).toMatchObject([
      { kind: 'case_set_aside', caseId: id, body: expect.stringContaining('bad data') },
    ])
    expect(await driveCaseAgain('other.myshopify.com', id, 'staff:1', NOW)).toBe(false)
    expect(await driveCaseAgain(SHOP, id, 'staff:1', NOW)).toBe(true)
    expect(await driveCaseAgain(SHOP, id, 'staff:1', NOW)).toBe(false)
    const driven = await db.recoveryCase.findUniqueOrThrow({
      where: { id },
      include: { events: true },
    })
    expect(driven).toMatchObject({ deadReason: null, tries: 0, nextActionAt: NOW })
    expect(driven.events).toMatchObject([{ type: 'driven_again', actor: 'staff:1' }])
    expect(await db.auditEntry.findMany({ where: { target: id } })).toMatchObject([
      { actor: 'staff:1', action: 'case.driven_again' },
    ])
    expect(await db.staffTask.count({ where: { doneAt: null } })).toBe(0)
  })

  test('for lack of access only goes on by itself when the access is back', async () => {
    const other = await addCase({ nextActionAt: null, deadReason: 'Error: bad data' })
    const id = await addCase({ nextActionAt: null, deadReason: 'ShopUnreachable: refused (401)' })
    expect(await driveAgainWithAccess(SHOP, NOW)).toBe(1)
    expect(await db.recoveryCase.findUnique({ where: { id } })).toMatchObject({ nextActionAt: NOW })
    expect(await db.recoveryCase.findUnique({ where: { id: other } })).toMatchObject({
      nextActionAt: null,
    })
  })
})
