import { randomUUID } from 'node:crypto'
import type { Prisma } from '@prisma/client'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'

const SHOP = 'demo.myshopify.com'
const NOW = new Date('2026-11-12T08:00:00Z')
const hours = (count: number) => new Date(NOW.getTime() + count * 3_600_000)

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
const tasks = await import('./tasks.server.ts')
const { inbox, taskPage } = await import('./inbox.server.ts')

const ADA = { shop: SHOP, actor: 'staff:1' }
const BEN = { shop: SHOP, actor: 'staff:2' }

afterAll(async () => {
  await disconnect()
  await database.drop()
})
beforeEach(async () => {
  await db.staffTask.deleteMany()
  await db.auditEntry.deleteMany()
  await db.recoveryCase.deleteMany()
  for (const shop of [SHOP, 'other.myshopify.com'])
    await installShop(
      db,
      {
        shop,
        name: 'Demo Coffee',
        email: 'owner@demo.example.test',
        zone: 'Europe/Berlin',
        currency: 'EUR',
        locale: 'en',
        ownsContracts: true,
      },
      NOW,
    )
  await db.auditEntry.deleteMany()
})

async function task(changes: Partial<Prisma.StaffTaskUncheckedCreateInput> = {}): Promise<string> {
  const id = randomUUID()
  await db.staffTask.create({
    data: {
      id,
      shop: SHOP,
      kind: 'review',
      title: 'Look at this',
      body: 'It happened.',
      subject: id,
      createdAt: NOW,
      ...changes,
    },
  })
  return id
}

async function openCase(): Promise<string> {
  const id = randomUUID()
  const version = await db.sequenceVersion.findFirstOrThrow({ where: { sequence: { shop: SHOP } } })
  await db.recoveryCase.create({
    data: {
      id,
      shop: SHOP,
      contractId: 'gid://shopify/SubscriptionContract/1',
      cycleIndex: 1,
      expectedAt: NOW,
      anchorAt: NOW,
      openedAt: NOW,
      status: 'retrying',
      amount: '24.90',
      currency: 'EUR',
      zone: 'America/New_York',
      zoneSource: 'delivery address',
      lane: 'FUNDS',
      laneEnteredAt: NOW,
      customerId: 'gid://shopify/Customer/1',
      customerName: 'Mara Lindqvist',
      sequenceVersionId: version.id,
      nextActionAt: hours(24),
      deadlineAt: hours(400),
      graceEndsAt: hours(500),
      source: 'webhook',
      correlationId: id,
      events: {
        create: { seq: 1, type: 'opened', actor: 'engine', because: 'it failed', at: NOW },
      },
    },
  })
  return id
}

const read = (id: string) => db.staffTask.findUniqueOrThrow({ where: { id } })
const trail = async () =>
  (await db.auditEntry.findMany({ orderBy: { at: 'asc' } })).map(({ actor, action }) => [
    actor,
    action,
  ])
const list = async (filter: Parameters<typeof inbox>[3], now = NOW, actor = ADA.actor) => {
  const shop = await db.shop.findUniqueOrThrow({ where: { shop: SHOP } })
  return inbox(db, shop, actor, filter, now)
}
const titles = async (...said: Parameters<typeof list>) =>
  (await list(...said)).rows.map(({ title }) => title)

describe('what staff do with a task', () => {
  test('each change is kept and audited with who made it; the text of a note is not audited', async () => {
    const id = await task()
    expect(await tasks.assignTask(db, ADA, id, 'me', NOW)).toBeNull()
    expect(await tasks.noteOnTask(db, ADA, id, ' Mara\0 is away\n', hours(1))).toBeNull()
    expect(await tasks.snoozeTask(db, BEN, id, hours(24), hours(2))).toBeNull()
    expect(await read(id)).toMatchObject({
      assignee: 'staff:1',
      note: 'Mara is away',
      snoozedUntil: hours(24),
    })
    expect(await tasks.assignTask(db, BEN, id, 'nobody', hours(3))).toBeNull()
    expect(await tasks.finishTask(db, BEN, id, 'not_needed', hours(4))).toBeNull()
    expect(await tasks.reopenTask(db, ADA, id, hours(5))).toBeNull()
    expect(await read(id)).toMatchObject({ assignee: null, doneAt: null, outcome: null })
    expect(await trail()).toEqual([
      ['staff:1', 'task.assigned'],
      ['staff:1', 'task.noted'],
      ['staff:2', 'task.snoozed'],
      ['staff:2', 'task.unassigned'],
      ['staff:2', 'task.done'],
      ['staff:1', 'task.reopened'],
    ])
    expect(JSON.stringify(await db.auditEntry.findMany())).not.toContain('Mara')
  })

  test('two who finish it at once: one does, and the other is told', async () => {
    const id = await task()
    // Whoever holds the row lets both come as far as they can before either goes on.
    const holder = await pool.connect()
    await holder.query('BEGIN')
    await holder.query('SELECT FROM "StaffTask" WHERE id = $1 FOR UPDATE', [id])
    const both = [ADA, BEN].map((who) => tasks.finishTask(db, who, id, 'done', NOW))
    const waiting = async () =>
      (
        await pool.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        )
      ).rowCount
    await expect.poll(waiting).toBe(2)
    await holder.query('COMMIT')
    holder.release()
    expect((await Promise.all(both)).sort()).toEqual([expect.stringMatching(/done already/), null])
    expect(await trail()).toHaveLength(1)
  })

  test('a call ends with how it went, and the timeline of its case says so', async () => {
    const caseId = await openCase()
    const id = await task({ caseId, phone: true, script: 'Hello', title: 'Call a shopper' })
    expect(await tasks.finishTask(db, ADA, id, 'done', NOW)).toMatch(/how it went/)
    expect(await tasks.finishTask(db, ADA, id, 'not_reached', NOW)).toBeNull()
    expect(await read(id)).toMatchObject({ outcome: 'not_reached', doneBy: 'staff:1' })
    expect(await db.caseEvent.findMany({ where: { caseId, seq: 2 } })).toMatchObject([
      { actor: 'staff:1', because: '“Call a shopper”: called: not reached' },
    ])
  })

  test('what Reprise closed, or asked again meanwhile, is not opened again', async () => {
    const closed = await task({ doneAt: NOW, doneBy: 'case closed' })
    expect(await tasks.reopenTask(db, ADA, closed, NOW)).toMatch(/Reprise closed/)
    const old = await task({ subject: 'same', doneAt: NOW, doneBy: 'staff:1', outcome: 'done' })
    await task({ subject: 'same' })
    expect(await tasks.reopenTask(db, ADA, old, NOW)).toMatch(/asked again/)
  })

  test('a task of another shop, or none, is left alone', async () => {
    const id = await task({ shop: 'other.myshopify.com' })
    for (const said of [id, randomUUID(), "' OR 1=1 --", '\0']) {
      expect(await tasks.finishTask(db, ADA, said, 'done', NOW)).toMatch(/does not exist/)
      expect(await tasks.noteOnTask(db, ADA, said, 'x', NOW)).toMatch(/does not exist/)
    }
    expect(await read(id)).toMatchObject({ doneAt: null, note: null })
    expect(await trail()).toEqual([])
    const shop = await db.shop.findUniqueOrThrow({ where: { shop: SHOP } })
    expect(await taskPage(db, shop, ADA.actor, id, NOW)).toBeNull()
  })
})

describe('the inbox', () => {
  test('shows calls and what runs out first, then the newest', async () => {
    await task({ title: 'old', createdAt: hours(-9) })
    await task({ title: 'new', createdAt: hours(-1) })
    await task({ title: 'far', createdAt: hours(-5), dueAt: hours(300) })
    await task({ title: 'runs out', createdAt: hours(-8), dueAt: hours(20) })
    await task({ title: 'call', createdAt: hours(-7), phone: true })
    expect(await titles('open')).toEqual(['runs out', 'call', 'new', 'far', 'old'])
  })

  test('a snoozed task is away until its time, and then comes back by itself', async () => {
    await task({ title: 'put off', snoozedUntil: hours(24), assignee: ADA.actor })
    expect(await list('open')).toMatchObject({
      rows: [],
      counts: { open: 0, mine: 0, snoozed: 1 },
    })
    expect(await titles('snoozed')).toEqual(['put off'])
    expect(await titles('open', hours(24))).toEqual(['put off'])
    expect(await titles('mine', hours(24))).toEqual(['put off'])
    expect(await titles('mine', hours(24), BEN.actor)).toEqual([])
    expect(await titles('snoozed', hours(24))).toEqual([])
  })

  test('says whose payment it is, and the time there', async () => {
    const caseId = await openCase()
    await task({ caseId })
    expect((await list('open')).rows[0]).toMatchObject({
      about: 'Mara Lindqvist · €24.90',
      localTime: 'Thu, Nov 12, 3:00 AM (New York time)',
    })
    const smallerLines = [{ id: 'line-1', title: 'Morning Roast', quantity: 1 }]
    const less = { smallerLines, smallerAmount: '12.40' }
    await db.recoveryCase.update({ where: { id: caseId }, data: less })
    expect((await list('open')).rows[0]?.about).toBe('Mara Lindqvist · €12.40')
  })

  test('a phone task says when a call is welcome and what less the shopper takes, and keeps no number', async () => {
    const caseId = await openCase()
    await db.recoveryCase.update({
      where: { id: caseId },
      data: {
        smallerLines: [{ id: 'line-1', title: 'Morning Roast', quantity: 1 }],
        smallerAmount: '5.00',
      },
    })
    const id = await task({ caseId, phone: true, script: 'Say hello' })
    const shop = await db.shop.findUniqueOrThrow({ where: { shop: SHOP } })
    const page = (now: Date) => taskPage(db, shop, ADA.actor, id, now)
    expect((await page(NOW))?.call).toMatchObject({
      good: false,
      script: 'Say hello',
      when: expect.stringMatching(/9:00.AM \(New York time\)/),
    })
    expect((await page(hours(7)))?.call).toMatchObject({ good: true })
    expect((await page(NOW))?.case?.facts).toContainEqual({
      term: 'Shopper takes less',
      text: '€5.00 before tax, for this order only: 1\u00a0× Morning Roast',
    })
    expect(Object.keys(await read(id))).not.toContain('number')
  })
})
