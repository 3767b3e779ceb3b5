/** The figures and lists of the admin screens, read from a real database. */
import { randomUUID } from 'node:crypto'
import type { Prisma } from '@prisma/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase } from './database.ts'

const database = await freshDatabase()
Object.assign(process.env, {
  DATABASE_URL: database.url,
  SHOPIFY_API_KEY: 'insight-test-key',
  SHOPIFY_API_SECRET: 'insight-test-secret',
  SHOPIFY_APP_URL: 'http://localhost:3000',
  SCOPES: 'read_orders',
})
const { db, disconnect } = await import('../app/db.server.ts')
const { installShop, renameSequence, turnSequence } = await import(
  '../app/dunning/sequences.server.ts'
)
const { homePage } = await import('../app/insight/home.server.ts')
const { recoveriesPage, recoveriesQuery } = await import('../app/insight/recoveries.server.ts')
const { recoveryPage } = await import('../app/insight/recovery.server.ts')
const { usedStepKeys } = await import('../app/insight/sequence-editor.server.ts')

const NOW = new Date('2026-11-20T09:00:00Z')
const SHOP = 'figures.myshopify.com'
const OTHER = 'neighbour.myshopify.com'

let versionId: string

beforeAll(async () => {
  for (const shop of [SHOP, OTHER]) await install(shop)
  const version = await db.sequenceVersion.findFirstOrThrow({ where: { sequence: { shop: SHOP } } })
  versionId = version.id
})
afterAll(async () => {
  await disconnect()
  await database.drop()
})

const install = (shop: string, more: { email?: string } = {}) =>
  installShop(
    db,
    {
      shop,
      name: 'Figures',
      email: null,
      zone: 'Europe/Berlin',
      currency: 'EUR',
      locale: 'en',
      ownsContracts: true,
      ...more,
    },
    NOW,
  )

async function addCase(
  over: Partial<Prisma.RecoveryCaseUncheckedCreateInput> = {},
): Promise<string> {
  const id = randomUUID()
  const openedAt = over.openedAt ?? new Date('2026-11-12T08:00:00Z')
  await db.recoveryCase.create({
    data: {
      id,
      shop: SHOP,
      contractId: `gid://shopify/SubscriptionContract/${Math.floor(Math.random() * 1e12)}`,
      cycleIndex: 1,
      expectedAt: openedAt,
      anchorAt: openedAt,
      openedAt,
      status: 'retrying',
      amount: '24.90',
      currency: 'EUR',
      zone: 'Europe/Berlin',
      zoneSource: 'delivery address',
      lane: 'FUNDS',
      laneEnteredAt: openedAt,
      lastCode: 'INSUFFICIENT_FUNDS',
      lastClass: 'FUNDS',
      customerName: 'Mara Lindqvist',
      productTitle: 'Morning Roast',
      sequenceVersionId: versionId,
      deadlineAt: new Date('2026-12-03T08:00:00Z'),
      graceEndsAt: new Date('2026-12-03T08:00:00Z'),
      source: 'webhook',
      correlationId: 'test',
      ...over,
    },
  })
  return id
}

const shopRow = (shop = SHOP) => db.shop.findUniqueOrThrow({ where: { shop } })

test('Home counts each currency by itself, and a month begins at the shop’s midnight', async () => {
  const open = await addCase()
  const recovered = {
    status: 'recovered',
    recoveredAmount: '26.64',
    recoveredCurrency: 'EUR',
    recoverySource: 'silent_retry',
  }
  // 00:30 on 1 November in Berlin, still October in UTC; half an hour earlier it is October there too.
  const first = await addCase({
    ...recovered,
    refundedAmount: '6.64',
    closedAt: new Date('2026-10-31T23:30:00Z'),
  })
  const before = await addCase({ ...recovered, closedAt: new Date('2026-10-31T22:30:00Z') })
  const dollars = await addCase({ currency: 'USD', amount: '9.99' })
  // It ended unpaid, and `first` took its debt up again: one debt, counted once.
  const ended = await addCase({
    status: 'exhausted',
    closedAt: new Date('2026-10-31T20:00:00Z'),
    successorId: first,
  })
  const foreign = await addCase({ shop: OTHER })

  const { tiles, waiting, empty } = await homePage(db, await shopRow(), NOW, NOW)
  const tile = (title: string) => tiles.find((one) => one.title === title)?.lines
  expect(empty).toBe(false)
  expect(tile('At risk now')).toEqual([
    { value: '€24.90', detail: '1 case' },
    { value: '$9.99', detail: '1 case' },
  ])
  expect(tile('Recovered this month')).toEqual([
    { value: '€20.00', detail: '1 case, after €6.64 of refunds' },
  ])
  expect(tile('Recovery rate, November 2026')).toEqual([
    { value: '67%', detail: '2 of 3 cases in EUR, 1 still open; 67% by value' },
    { value: '0%', detail: '0 of 1 case in USD, 1 still open; 0% by value' },
  ])
  expect(waiting).toEqual({ shopper: 0, staff: 0, stuck: 0, held: 0 })
  await db.recoveryCase.deleteMany({
    where: { id: { in: [open, first, before, dollars, ended, foreign] } },
  })
})

test('Home speaks of the smaller order where a shopper takes less: in what comes up, and in the share recovered', async () => {
  const smaller = { amount: '40.00', smallerLines: [], smallerAmount: '10.00' }
  const open = await addCase({ ...smaller, nextActionAt: NOW })
  const closed = { status: 'recovered', recoverySource: 'shopper_retry', closedAt: NOW }
  const paid = await addCase({ ...smaller, ...closed })
  const { tiles, upcoming } = await homePage(db, await shopRow(), NOW, NOW)
  const tile = (title: string) => tiles.find((one) => one.title === title)?.lines
  expect(upcoming.map(({ amount }) => amount)).toEqual(['€10.00'])
  expect(tile('At risk now')).toEqual([{ value: '€40.00', detail: '1 case' }])
  expect(tile('Recovery rate, November 2026')).toEqual([
    { value: '50%', detail: '1 of 2 cases in EUR, 1 still open; 13% by value' },
  ])
  await db.recoveryCase.deleteMany({ where: { id: { in: [open, paid] } } })
})

test('the list is walked to its end and back, each case once, also where many opened in one moment', async () => {
  const moment = new Date('2026-11-01T10:00:00Z')
  const made: string[] = []
  for (let i = 0; i < 60; i++) {
    // Twenty share one instant: the id decides among them.
    const openedAt = i < 20 ? moment : new Date(moment.getTime() + i * 60_000)
    made.push(await addCase({ openedAt, anchorAt: openedAt }))
  }
  const shop = await shopRow()
  const read = (said: Record<string, string>) =>
    recoveriesPage(db, shop, recoveriesQuery(new URLSearchParams(said)), NOW)

  const seen: string[] = []
  let page = await read({})
  expect(page.newer).toBeNull()
  for (;;) {
    seen.push(...page.rows.map(({ id }) => id))
    if (!page.older) break
    page = await read({ after: page.older })
  }
  expect([...seen].sort()).toEqual([...made].sort())
  const back = await read({ before: page.newer ?? '' })
  expect(back.rows.map(({ id }) => id)).toEqual(seen.slice(25, 50))

  expect((await read({ search: 'lindqvist', from: '24,90', to: '25' })).rows).toHaveLength(25)
  expect((await read({ from: '25' })).rows).toEqual([])
  expect((await read({ state: 'recovered' })).rows).toEqual([])
  expect((await read({ class: 'CARD' })).rows).toEqual([])
  await db.recoveryCase.deleteMany({ where: { id: { in: made } } })
})

test('nonsense in the address is read as if nothing had been said', () => {
  const said = new URLSearchParams({ state: 'x', from: 'DROP', after: 'x_y', currency: 'euro' })
  expect(recoveriesQuery(said)).toMatchObject({
    state: 'all',
    from: '',
    after: null,
    currency: 'all',
  })
})

test('S14 a case names the other unpaid cycles of its subscription, and adds nothing up', async () => {
  const contractId = 'gid://shopify/SubscriptionContract/14'
  const first = await addCase({ contractId })
  const openedAt = new Date('2026-11-16T08:00:00Z')
  const second = await addCase({ contractId, cycleIndex: 2, amount: '19.90', openedAt })
  const page = await recoveryPage(db, await shopRow(), first, null, NOW)
  const also = page?.facts.find(({ term }) => term === 'Also unpaid')
  expect(also?.text).toMatch(/^€19\.90 due .*Nov 16.*a case of its own/)
  expect(page?.amount).toBe('€24.90')
  await db.recoveryCase.deleteMany({ where: { id: { in: [first, second] } } })
})

test('a case says what of its order the shopper takes, unless it ended and that was not paid', async () => {
  const line = (title: string, quantity: number) => ({ id: `line of ${title}`, title, quantity })
  const smaller = {
    smallerLines: [line('Morning Roast', 1), line('Paper filters', 0)],
    smallerAmount: '14.50',
  }
  const text =
    '€14.50 before tax, for this order only: 1\u00a0× Morning Roast. Left out: Paper filters'
  const cases = [
    [await addCase(smaller), { term: 'Shopper takes less', text }],
    [
      await addCase({
        ...smaller,
        status: 'recovered',
        recoverySource: 'shopper_retry',
        closedAt: NOW,
      }),
      { term: 'Shopper took less', text },
    ],
    [await addCase({ ...smaller, status: 'exhausted', closedAt: NOW }), undefined],
    [await addCase(), undefined],
  ] as const
  for (const [id, said] of cases) {
    const facts = (await recoveryPage(db, await shopRow(), id, null, NOW))?.facts ?? []
    expect(facts[0]?.text).toBe('€24.90 before tax')
    expect(facts.find((fact) => fact.term.startsWith('Shopper'))).toEqual(said)
  }
  await db.recoveryCase.deleteMany({ where: { id: { in: cases.map(([id]) => id) } } })
})

test('a case of one shop is not to be had from another', async () => {
  const id = await addCase()
  expect(await recoveryPage(db, await shopRow(OTHER), id, null, NOW)).toBeNull()
  expect((await recoveryPage(db, await shopRow(), id, null, NOW))?.customer).toBe('Mara Lindqvist')
  await db.recoveryCase.delete({ where: { id } })
})

test('installing again, twice at once, keeps the merchant’s answers and makes one sequence', async () => {
  await db.shop.update({
    where: { shop: OTHER },
    data: { recoveryStartedAt: NOW, senderName: 'Our own name' },
  })
  await Promise.all([install(OTHER, { email: 'new@example.com' }), install(OTHER)])
  expect(await shopRow(OTHER)).toMatchObject({
    recoveryStartedAt: NOW,
    senderName: 'Our own name',
  })
  expect(await db.sequence.count({ where: { shop: OTHER } })).toBe(1)
})

test('a sequence is renamed and turned off by the staff of its own shop, which is written down', async () => {
  const { id, name } = await db.sequence.findFirstOrThrow({ where: { shop: OTHER } })
  const of = (shop: string) => ({ shop, sequenceId: id, actor: 'staff:1' })
  expect(await renameSequence(db, { ...of(SHOP), name: 'Theirs' }, NOW)).toBeNull()
  expect(await turnSequence(db, { ...of(SHOP), isOn: false }, NOW)).toBeNull()
  expect(await renameSequence(db, { ...of(OTHER), name: '  ' }, NOW)).toEqual({ name })
  expect(await renameSequence(db, { ...of(OTHER), name: ' Weekly boxes ' }, NOW)).toEqual({
    name: 'Weekly boxes',
  })
  expect(await turnSequence(db, { ...of(OTHER), isOn: false }, NOW)).toEqual({ isOn: false })
  expect(await turnSequence(db, { ...of(OTHER), isOn: false }, NOW)).toEqual({ isOn: false })
  expect(await db.sequence.findUniqueOrThrow({ where: { id } })).toMatchObject({
    name: 'Weekly boxes',
    isOn: false,
  })
  expect(await usedStepKeys(db, id)).toContain('funds.r1')
  const trail = await db.auditEntry.findMany({ where: { shop: OTHER, target: id } })
  expect(trail.map(({ action }) => action).sort()).toEqual([
    'sequence.renamed',
    'sequence.turned_off',
  ])
})
