/** The store-wide brake: the shop or its payment processor is broken, and no card is to blame (S13). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  BROWSER,
  card,
  cleanOracle,
  on,
  press,
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

/** So many shoppers, each with a card of their own that is good. Their contracts. */
async function shoppers(shop: string, count: number, more: { firstChargeAt?: string } = {}) {
  const contracts: string[] = []
  for (let i = 1; i <= count; i++) {
    const firstName = `Shopper ${i}`
    const customer = {
      firstName,
      lastName: 'X',
      email: `s${i}@example.com`,
      locale: 'en',
      country: 'DE',
    }
    const made = await subscription(stack, shop, { type: 'ok' }, { customer, ...more })
    contracts.push(made.contractId)
  }
  return contracts
}

const brakes = () => stack.db.brake.findMany({ orderBy: { engagedAt: 'asc' } })

async function statuses(contractIds: string[]): Promise<Record<string, number>> {
  const cases = await stack.db.recoveryCase.findMany({ where: { contractId: { in: contractIds } } })
  const counts: Record<string, number> = {}
  for (const { status, reason } of cases) {
    const name = reason && status !== 'recovered' ? `${status}: ${reason}` : status
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

async function openTasks(): Promise<string[]> {
  const tasks = await stack.db.staffTask.findMany({ where: { doneAt: null } })
  return tasks.map(({ kind }) => kind)
}

/** What staff press on Home. */
async function pressRelease(shop: string): Promise<void> {
  const answer = await fetch(`${stack.appUrl}/app.data?index`, {
    method: 'POST',
    headers: {
      'user-agent': BROWSER,
      'sec-fetch-site': 'same-origin',
      authorization: `Bearer ${await stack.sandbox.idToken(shop)}`,
    },
    body: new URLSearchParams({ intent: 'release_brake' }),
  })
  if (!answer.ok) throw new Error(`The app answered ${answer.status}: ${await answer.text()}`)
}

/** Of our own charges: how many at the busiest minute. */
async function busiestMinute(shop: string): Promise<number> {
  const { charges } = await cleanOracle(stack, { shop })
  const minutes = new Map<string, number>()
  for (const { at, by } of charges)
    if (by === 'app') minutes.set(at.slice(0, 16), (minutes.get(at.slice(0, 16)) ?? 0) + 1)
  return Math.max(0, ...minutes.values())
}

describe('a provider that is not enabled (S13)', () => {
  test('twenty shoppers fail: everything is held, staff are told once, no shopper hears of it', async () => {
    const shop = await startedShop(stack)
    await stack.sandbox.processor(shop, 'PAYMENT_PROVIDER_IS_NOT_ENABLED')
    const contracts = await shoppers(shop, 20)
    await stack.sandbox.moveClock(on('11-12'))

    expect(await brakes()).toMatchObject([
      { shop, fault: 'shop', code: 'PAYMENT_PROVIDER_IS_NOT_ENABLED', releasedAt: null },
    ])
    // Who waited for staff already, and is charged by nobody, goes on waiting for them.
    const { 'held: brake': held = 0, 'awaiting_merchant: config': asked = 0 } =
      await statuses(contracts)
    expect(held + asked).toBe(20)
    expect(await openTasks()).toEqual(['brake'])
    expect((await stack.health()).slow.braked).toBe(1)

    await stack.sandbox.moveClock(on('11-13', '09:05'))
    expect(await brakes()).toMatchObject([{ releasedAt: null, probes: 0 }])
    expect((await stack.health()).problems.join()).toMatch(/store-wide brake holds back 1 shop/)

    // Staff mend it and try one of them; it passes, so the others follow.
    await stack.sandbox.processor(shop, null)
    const one = await stack.db.recoveryCase.findFirstOrThrow({
      where: { contractId: { in: contracts } },
      orderBy: { reason: 'desc' }, // one that waits for staff, if any does: their try counts like any other
    })
    await press(stack, shop, one.id, 'retry')
    await stack.sandbox.moveClock(on('11-13', '09:07'))
    expect(await brakes()).toMatchObject([{ releasedBy: 'engine' }])
    await stack.sandbox.moveClock(on('11-13', '09:30'))

    expect(await statuses(contracts)).toEqual({ recovered: 20 })
    expect(await openTasks()).toEqual([])
    expect(await reminders(stack)).toEqual([])
    await cleanOracle(stack, { shop })
  })
})

describe('a payment processor that is down', () => {
  test('unlike cards fail: held, tried from time to time, gone on with by itself when one passes', async () => {
    const shop = await startedShop(stack)
    // Two failed the day before, for want of money: their retry is due while the processor is down.
    const broke = []
    for (const last4 of ['0001', '0002'])
      broke.push(
        await subscription(
          stack,
          shop,
          { type: 'ok' },
          {
            firstChargeAt: '2026-11-11T08:10:00Z',
            card: card({ type: 'codes', codes: ['INSUFFICIENT_FUNDS', 'OK'] }, { last4 }),
          },
        ),
      )
    const contracts = await shoppers(shop, 12)
    await stack.sandbox.moveClock(on('11-12', '08:50'))
    await stack.sandbox.processor(shop, 'PAYMENT_PROVIDER_ERROR')
    await stack.sandbox.moveClock(on('11-12', '09:05'))
    expect(await brakes()).toMatchObject([{ fault: 'processor', releasedAt: null }])
    expect(await statuses(contracts)).toEqual({ 'held: brake': 12 })
    expect(await openTasks()).toEqual(['brake'])

    await stack.sandbox.moveClock(on('11-12', '11:00'))
    const [tried] = await brakes()
    expect(tried?.probes).toBe(2)
    expect(tried?.releasedAt).toBeNull()
    await stack.sandbox.processor(shop, null)
    await stack.sandbox.moveClock(on('11-17'))

    const [brake] = await brakes()
    expect(brake).toMatchObject({ releasedBy: 'engine' })
    const ours = broke.map(({ contractId }) => contractId)
    expect(await statuses([...contracts, ...ours])).toEqual({ recovered: 14 })
    expect(await busiestMinute(shop)).toBeLessThanOrEqual(3)
    expect(await reminders(stack)).toEqual([])
    const told = await stack.db.caseEvent.findMany({
      where: { case: { contractId: { in: contracts } } },
    })
    expect(told.map(({ because }) => because).join('\n')).toMatch(/went through.*dates moved/)
  })

  test('staff release it: named on the timeline and in the audit, held again only by what fails after', async () => {
    const shop = await startedShop(stack)
    await stack.sandbox.processor(shop, 'TRANSIENT_ERROR')
    const contracts = await shoppers(shop, 6)
    await stack.sandbox.moveClock(on('11-12'))
    expect(await statuses(contracts)).toEqual({ 'held: brake': 6 })
    await pressRelease(shop)
    await stack.sandbox.moveClock(on('11-12', '12:10'))

    expect(await statuses(contracts)).toEqual({ retrying: 6 })
    const [brake] = await brakes()
    expect(brake?.releasedBy).toMatch(/^staff:/)
    expect(
      await stack.db.auditEntry.findMany({
        where: { action: { startsWith: 'brake.' } },
        orderBy: { at: 'asc' },
      }),
    ).toMatchObject([
      { action: 'brake.engaged', actor: 'engine' },
      { action: 'brake.released', actor: brake?.releasedBy },
    ])
    const events = await stack.db.caseEvent.findMany({
      where: { because: { contains: 'let go on by staff member' } },
    })
    expect(events).toHaveLength(6)
    // The processor is still down when they are tried next: five of them are enough.
    await stack.sandbox.moveClock(on('11-14'))
    expect(await brakes()).toHaveLength(2)
    expect(await openTasks()).toEqual(['brake'])
    await cleanOracle(stack, { shop })
  })
})
