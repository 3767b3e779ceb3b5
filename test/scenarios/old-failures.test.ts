/** The app is installed in a shop whose payments have been failing for weeks. Nothing moves until the merchant says so. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  BEAN_AND_BLOOM,
  BROWSER,
  caseOf,
  cleanOracle,
  installedShop,
  ledger,
  on,
  openApp,
  reminders,
  startedShop,
  subscription,
} from '../factories.ts'
import { type Stack, startStack } from '../stack.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.stop())
beforeEach(() => stack.reset())

const HOUR_MS = 3_600_000
const WORLD_START_MS = Date.parse('2026-11-09T07:00:00Z')
const noMoney = { type: 'codes', codes: ['INSUFFICIENT_FUNDS', 'OK'] } as const

/** Monthly subscriptions that fail 16 hours apart, the first one an hour after the start. Oldest first. */
async function failing(count: number): Promise<string[]> {
  const ids: string[] = []
  for (let n = 0; n < count; n++) {
    const { contractId } = await subscription(
      stack,
      BEAN_AND_BLOOM.domain,
      { type: 'codes', codes: [...noMoney.codes] },
      { firstChargeAt: new Date(WORLD_START_MS + (1 + 16 * n) * HOUR_MS).toISOString() },
    )
    ids.push(contractId)
  }
  return ids
}

/** What the merchant's browser posts, with the session token of the frame. */
async function decide(perDay: string): Promise<void> {
  const answer = await fetch(`${stack.appUrl}/app/old-failures.data`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await stack.sandbox.idToken(BEAN_AND_BLOOM.domain)}`,
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': BROWSER,
    },
    body: new URLSearchParams({ perDay }),
  })
  expect(answer.status).toBe(200)
  expect(await answer.text()).not.toContain('Start recovering first')
}

const startRecovery = async () =>
  stack.db.shop.update({
    where: { shop: BEAN_AND_BLOOM.domain },
    data: { recoveryStartedAt: await stack.sandbox.now() },
  })
const states = async () => {
  const found = await stack.db.oldFailure.groupBy({ by: ['state'], _count: { _all: true } })
  return Object.fromEntries(found.map(({ state, _count }) => [state, _count._all]))
}
const chargedByUs = async () =>
  (await cleanOracle(stack)).charges.filter((charge) => charge.by === 'app')

test('thirty old failures: found, left alone, then ten a day, the newest first, none charged twice', async () => {
  await stack.sandbox.createShop(BEAN_AND_BLOOM)
  const contracts = await failing(30)
  await stack.sandbox.moveClock(on('11-29'))

  await openApp(stack, BEAN_AND_BLOOM.domain)
  await startRecovery()
  await stack.sandbox.moveClock(on('11-30'))
  expect(await states()).toEqual({ found: 30 })
  expect(await stack.db.recoveryCase.count()).toBe(0)
  expect(await chargedByUs()).toEqual([])
  expect(await reminders(stack)).toEqual([])

  await decide('10')
  await stack.idle()
  const newestFirst = [...contracts].reverse()
  for (const day of [1, 2, 3]) {
    const cases = await stack.db.recoveryCase.findMany({ select: { contractId: true } })
    expect(cases.map(({ contractId }) => contractId).sort()).toEqual(
      newestFirst.slice(0, day * 10).sort(),
    )
    if (day < 3) await stack.sandbox.moveClock({ by: 'P1D' })
  }
  expect(await states()).toEqual({ started: 30 })
  for (const one of await stack.db.recoveryCase.findMany()) {
    expect(one.source).toBe('backfill')
    expect(one.anchorAt < one.openedAt).toBe(true)
    expect(one.deadlineAt > one.openedAt).toBe(true)
  }
  const audited = await stack.db.auditEntry.findMany({ where: { action: 'old_failures.started' } })
  expect(audited).toMatchObject([{ data: { perDay: 10, first: true } }])

  await stack.sandbox.moveClock(on('12-05'))
  const charges = await chargedByUs()
  expect(charges.length).toBeGreaterThan(10)
  const paid = charges.filter(({ result }) => result === 'paid')
  expect(new Set(paid.map(({ contractId }) => contractId)).size).toBe(paid.length)
}, 120_000)

test('what was paid or cancelled meanwhile, or is too near its next charge, gets no case', async () => {
  await stack.sandbox.createShop(BEAN_AND_BLOOM)
  const [cancelled = '', paid = '', owed = ''] = await failing(3)
  // Its next charge comes the day after: too late for this one.
  await subscription(
    stack,
    BEAN_AND_BLOOM.domain,
    { type: 'code', code: 'INSUFFICIENT_FUNDS' },
    {
      firstChargeAt: new Date(WORLD_START_MS + HOUR_MS).toISOString(),
      interval: 'DAY',
      intervalCount: 3,
    },
  )
  await stack.sandbox.moveClock({ to: new Date(WORLD_START_MS + 48 * HOUR_MS).toISOString() })
  await openApp(stack, BEAN_AND_BLOOM.domain)
  await startRecovery()
  await stack.sandbox.moveClock({ by: 'PT30M' })
  expect(await states()).toEqual({ found: 3 })

  await stack.sandbox.changeCycle(paid, 1, 'bill-elsewhere')
  await stack.sandbox.changeContract(cancelled, 'cancel')
  await decide('25')
  await stack.idle()
  expect(await states()).toEqual({ gone: 2, started: 1 })
  expect(await caseOf(stack, owed)).toMatchObject({ source: 'backfill', status: 'retrying' })
})

test('left alone, they stay so; a new failure opens its case all the same', async () => {
  const shop = await installedShop(stack)
  const [old = ''] = await failing(1)
  await stack.sandbox.moveClock({ by: 'P1D' })
  await startRecovery()
  await stack.sandbox.moveClock({ by: 'P1D' })
  expect(await states()).toEqual({ found: 1 })
  await decide('leave')
  const fresh = await subscription(stack, shop, { type: 'code', code: 'INSUFFICIENT_FUNDS' })
  await stack.sandbox.moveClock(on('11-13'))
  expect(await states()).toEqual({ left: 1 })
  const cases = await stack.db.recoveryCase.findMany({ select: { contractId: true } })
  expect(cases).toEqual([{ contractId: fresh.contractId }])
  expect((await chargedByUs()).map(({ contractId }) => contractId)).not.toContain(old)

  // A change of mind.
  await decide('50')
  await stack.idle()
  expect(await caseOf(stack, old)).toMatchObject({ source: 'backfill' })
})

test('left alone for two months, it fails once more: its plan counts from that day, and its subscription goes on', async () => {
  const shop = await installedShop(stack)
  const script = {
    type: 'codes' as const,
    codes: ['INSUFFICIENT_FUNDS', 'INSUFFICIENT_FUNDS', 'OK'],
  }
  const { contractId } = await subscription(stack, shop, script, { interval: 'YEAR' })
  await stack.sandbox.moveClock({ to: '2027-01-11T12:00:00+01:00', hop: 'P5D' })
  await startRecovery()
  await stack.sandbox.changeCycle(contractId, 1, 'charge')
  await stack.sandbox.moveClock({ by: 'PT10M' })
  const found = await caseOf(stack, contractId)
  expect(found).toMatchObject({ source: 'late', status: 'retrying', actions: [] })
  expect(found.anchorAt.toISOString()).toBe('2026-11-12T08:00:08.000Z')
  expect(found.deadlineAt > new Date('2027-02-01T00:00:00Z')).toBe(true)
  const planned = found.stepRuns.map(({ kind, state }) => `${kind} ${state}`)
  expect(planned.filter((one) => one === 'retry scheduled')).toHaveLength(4)
  expect(planned).toContain('email scheduled')
  const { contracts } = await stack.sandbox.state<{ contracts: { status: string }[] }>()
  expect(contracts).toMatchObject([{ status: 'ACTIVE' }])

  await stack.sandbox.moveClock({ to: '2027-01-13T12:00:00+01:00' })
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'recovered' })
  expect((await chargedByUs()).map(({ result }) => result)).toEqual(['paid'])
})

test('told of when its next charge is near: no case, the subscription goes on, and staff hear of the debt', async () => {
  const shop = await startedShop(stack)
  const topic = 'subscription_billing_attempts/failure'
  await stack.sandbox.webhookPolicy({ topic, mode: 'late', delay: 'P5D', times: 1 })
  await stack.db.sequence.updateMany({ data: { isOn: false } }) // so that nobody finds it before
  const script = { type: 'codes' as const, codes: ['INSUFFICIENT_FUNDS', 'OK'] }
  const weekly = { interval: 'WEEK', intervalCount: 1 } as const
  const { contractId } = await subscription(stack, shop, script, weekly)
  await stack.sandbox.moveClock(on('11-17', '08:00'))
  await stack.db.sequence.updateMany({ data: { isOn: true } })
  await stack.sandbox.moveClock(on('11-17', '12:00'))
  expect(await stack.db.recoveryCase.count()).toBe(0)
  expect(await stack.db.staffTask.findMany()).toMatchObject([
    { kind: 'known_too_late', body: expect.stringContaining(`cycle 1 of ${contractId}`) },
  ])
  await stack.sandbox.moveClock(on('11-20'))
  expect(await ledger(stack, contractId)).toEqual(['biller: INSUFFICIENT_FUNDS', 'biller: paid'])
})
