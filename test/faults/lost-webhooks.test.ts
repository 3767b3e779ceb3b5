/** S22: webhooks that are lost or very late. Shopify is asked by the clock, and what it says counts. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  BEAN_AND_BLOOM,
  caseOf,
  cleanOracle,
  on,
  startedShop,
  subscription,
  THE_12TH,
  TIDELINE_TEA,
  tasksOf,
} from '../factories.ts'
import { type Stack, startStack } from '../stack.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.stop())
beforeEach(() => stack.reset())

const noMoney = { type: 'code', code: 'INSUFFICIENT_FUNDS' } as const
const WEEKLY = { interval: 'WEEK', intervalCount: 1 } as const
const failure = 'subscription_billing_attempts/failure'
const minutesAfter = (start: string, minutes: number) =>
  new Date(Date.parse(start) + minutes * 60_000).toISOString()

describe('S22 a failure whose webhook never comes', () => {
  test('is found within a quarter of an hour and opens its case once, anchored at the failure', async () => {
    const shop = await startedShop(stack)
    await stack.sandbox.webhookPolicy({ topic: failure, mode: 'lost' })
    const { contractId } = await subscription(stack, shop, noMoney)
    await stack.sandbox.moveClock({ to: minutesAfter(THE_12TH, 17) })
    const found = await caseOf(stack, contractId)
    expect(found).toMatchObject({
      source: 'reconcile',
      status: 'retrying',
      lastCode: 'INSUFFICIENT_FUNDS',
    })
    expect(found.anchorAt.toISOString()).toBe('2026-11-12T08:00:08.000Z')
    expect(found.events[0]?.because).toMatch(/found by asking Shopify/)

    await stack.sandbox.moveClock(on('11-13'))
    expect((await caseOf(stack, contractId)).id).toBe(found.id)
    await cleanOracle(stack)
  })

  test('one in ten of forty, at random: every missing case is opened once', async () => {
    const shop = await startedShop(stack)
    const random = seeded(20_261_112)
    const made: { contractId: string; lost: boolean }[] = []
    for (let n = 0; n < 40; n++) {
      const { contractId } = await subscription(stack, shop, noMoney, {
        firstChargeAt: minutesAfter(THE_12TH, n * 5),
      })
      made.push({ contractId, lost: random() < 0.1 })
    }
    for (const [n, { lost }] of made.entries()) {
      if (!lost) continue
      await stack.sandbox.moveClock({ to: minutesAfter(THE_12TH, n * 5 - 1) })
      await stack.sandbox.webhookPolicy({ topic: failure, mode: 'lost', times: 1 })
    }
    await stack.sandbox.moveClock({ to: minutesAfter(THE_12TH, 40 * 5 + 17) })

    const lost = made.filter((one) => one.lost).map(({ contractId }) => contractId)
    expect(lost.length).toBeGreaterThan(1)
    const cases = await stack.db.recoveryCase.findMany({ where: { shop } })
    expect(cases.map(({ contractId }) => contractId).sort()).toEqual(
      made.map(({ contractId }) => contractId).sort(),
    )
    expect(
      cases
        .filter(({ source }) => source === 'reconcile')
        .map(({ contractId }) => contractId)
        .sort(),
    ).toEqual(lost.sort())
    await cleanOracle(stack)
  })

  test('is found after Shopify was away for a while', async () => {
    const shop = await startedShop(stack)
    await stack.sandbox.webhookPolicy({ topic: '*', mode: 'lost' })
    const { contractId } = await subscription(stack, shop, noMoney)
    await stack.sandbox.fault({ operation: '*', mode: 'http_500', times: 12 })
    await stack.sandbox.moveClock({ to: minutesAfter(THE_12TH, 4) })
    expect(await stack.db.recoveryCase.count()).toBe(0)
    await stack.sandbox.moveClock({ to: minutesAfter(THE_12TH, 60) })
    expect(await caseOf(stack, contractId)).toMatchObject({ source: 'reconcile' })
  })

  test('a success that is lost, too, closes the case when somebody else was paid', async () => {
    const shop = await startedShop(stack)
    const { contractId } = await subscription(stack, shop, noMoney)
    await stack.sandbox.moveClock({ to: minutesAfter(THE_12TH, 5) })
    await stack.sandbox.webhookPolicy({ topic: '*', mode: 'lost' })
    await stack.sandbox.changeCycle(contractId, 1, 'bill-elsewhere')
    await stack.sandbox.moveClock({ to: minutesAfter(THE_12TH, 35) })
    expect(await caseOf(stack, contractId)).toMatchObject({ status: 'paid_elsewhere' })
  })

  test('a contract that was cancelled unheard is noticed by the nightly sweep', async () => {
    const shop = await startedShop(stack)
    const { contractId } = await subscription(stack, shop, { type: 'expired' })
    await stack.sandbox.moveClock({ to: minutesAfter(THE_12TH, 5) })
    await stack.sandbox.webhookPolicy({ topic: '*', mode: 'lost' })
    await stack.sandbox.changeContract(contractId, 'cancel')
    await stack.sandbox.moveClock(on('11-13', '06:00'))
    expect(await caseOf(stack, contractId)).toMatchObject({ status: 'cancelled' })
  })
})

describe('S22 a webhook that comes a day late', () => {
  test('opens nothing when the cycle has been paid meanwhile', async () => {
    const shop = await startedShop(stack)
    await stack.sandbox.webhookPolicy({ topic: failure, mode: 'late', delay: 'P1D' })
    const { contractId } = await subscription(stack, shop, noMoney)
    await stack.sandbox.moveClock({ to: '2026-11-12T08:00:20Z' })
    await stack.sandbox.changeCycle(contractId, 1, 'bill-elsewhere')
    await stack.sandbox.moveClock(on('11-14'))
    expect(await stack.db.recoveryCase.count()).toBe(0)
    const late = await stack.db.webhookEvent.findFirst({ where: { topic: failure } })
    expect(late).toMatchObject({ state: 'done' })
  })

  test('changes nothing of what was read since', async () => {
    const shop = await startedShop(stack)
    await stack.sandbox.webhookPolicy({ topic: failure, mode: 'late', delay: 'P2D', times: 1 })
    const { contractId } = await subscription(stack, shop, {
      type: 'codes',
      codes: ['INSUFFICIENT_FUNDS', 'EXPIRED_CARD'],
    })
    await stack.sandbox.moveClock(on('11-14', '08:59'))
    const before = await caseOf(stack, contractId)
    expect(before).toMatchObject({ source: 'reconcile', lane: 'CARD', lastCode: 'EXPIRED_CARD' })
    await stack.sandbox.moveClock(on('11-14', '09:01'))
    const delivered = await stack.db.webhookEvent.count({
      where: { topic: failure, state: 'done' },
    })
    expect(delivered).toBe(2)
    const { version, lane, lastCode, attempts } = await caseOf(stack, contractId)
    expect({ version, lane, lastCode }).toEqual({
      version: before.version,
      lane: 'CARD',
      lastCode: 'EXPIRED_CARD',
    })
    expect(attempts).toEqual(before.attempts)
  })
})

describe('a failed charge of another biller belongs to the cycle', () => {
  const opened = async (more: { billerStatesOrigin?: boolean }) => {
    const shop = await startedShop(stack)
    const { contractId } = await subscription(stack, shop, noMoney, more)
    await stack.sandbox.moveClock({ to: minutesAfter(THE_12TH, 5) })
    return caseOf(stack, contractId)
  }

  test('that its origin time names', async () => {
    expect(await opened({})).toMatchObject({ cycleIndex: 1 })
  })

  test('in whose list it stands, when there is no origin time', async () => {
    expect(await opened({ billerStatesOrigin: false })).toMatchObject({ cycleIndex: 1 })
    expect(await tasksOf(stack, BEAN_AND_BLOOM.domain)).not.toContain('unknown_cycle')
  })

  test('in whose list it stands, though it was charged the evening before the first date', async () => {
    const shop = await startedShop(stack)
    const { contractId } = await subscription(stack, shop, noMoney)
    await stack.sandbox.moveClock({ to: minutesAfter(THE_12TH, -12 * 60) })
    await stack.sandbox.changeCycle(contractId, 1, 'charge')
    await stack.sandbox.moveClock({ to: minutesAfter(THE_12TH, -11 * 60) })
    expect(await caseOf(stack, contractId)).toMatchObject({ cycleIndex: 1 })
  })

  test('that was due when it was made, when no list shows it', async () => {
    const shop = await startedShop(stack)
    const { contractId } = await subscription(stack, shop, noMoney)
    await stack.sandbox.changeCycle(contractId, 1, 'skip')
    await stack.sandbox.moveClock({ to: minutesAfter(THE_12TH, 5) })
    await stack.sandbox.changeCycle(contractId, 1, 'unskip')
    await stack.sandbox.changeCycle(contractId, 1, 'charge', { unlisted: true })
    await stack.sandbox.moveClock({ to: minutesAfter(THE_12TH, 10) })
    expect(await caseOf(stack, contractId)).toMatchObject({ cycleIndex: 1 })
  })

  test.each([
    ['the day before its own charge', '2026-11-25T12:00:00Z'],
    ['when its own has failed', '2026-11-26T12:00:00Z'],
  ])('and not that of an older debt, paid by hand %s', async (_, paidAt) => {
    const shop = await startedShop(stack)
    const codes = ['OK', 'INSUFFICIENT_FUNDS']
    const { contractId } = await subscription(stack, shop, { type: 'codes', codes }, WEEKLY)
    await stack.sandbox.changeCycle(contractId, 1, 'skip')
    await stack.sandbox.moveClock(on('11-13'))
    await stack.sandbox.changeCycle(contractId, 1, 'unskip')
    await stack.sandbox.moveClock({ to: paidAt })
    await stack.sandbox.changeCycle(contractId, 1, 'bill-elsewhere')
    await stack.sandbox.moveClock(on('11-29', '13:00'))
    const found = await caseOf(stack, contractId)
    expect(found).toMatchObject({ cycleIndex: 3, status: 'retrying' })
    expect(found.attempts.filter(({ trigger }) => trigger === 'scheduled')).not.toEqual([])
    await cleanOracle(stack)
  })

  test('of nobody knows what, when nothing tells: staff are asked, and no case is guessed', async () => {
    const shop = await startedShop(stack)
    const { contractId } = await subscription(stack, shop, noMoney)
    await stack.sandbox.moveClock({ to: minutesAfter(THE_12TH, -12 * 60) })
    await stack.sandbox.changeCycle(contractId, 1, 'charge', { unlisted: true })
    await stack.sandbox.moveClock({ to: minutesAfter(THE_12TH, -11 * 60) })
    expect(await stack.db.recoveryCase.count()).toBe(0)
    expect(await tasksOf(stack, shop)).toContain('unknown_cycle')
  })
})

test('a shop that has not started, or has left, is not asked', async () => {
  const tea = await startedShop(stack, TIDELINE_TEA)
  await stack.sandbox.moveClock({ by: 'PT1H' })
  const before = await stack.db.shopClock.findMany({ where: { shop: tea, job: 'reconcile' } })
  expect(before[0]?.lastRunAt).not.toBeNull()
  await stack.sandbox.uninstall(tea)
  await stack.sandbox.moveClock({ by: 'PT6H' })
  const later = await stack.db.shopClock.findMany({ where: { shop: tea, job: 'reconcile' } })
  expect(later[0]?.lastRunAt).toEqual(before[0]?.lastRunAt)
})

/** Mulberry32: the same seed gives the same order. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
