/**
 * Several hands on one debt in one second (F2), the world changing between a look and the charge that follows it (F4),
 * a hundred cases of which four cannot go on (F13), and one card under four subscriptions (S7).
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  caseOf,
  cleanOracle,
  ledger,
  on,
  reminders,
  subscription,
  TIDELINE_TEA,
  tasksOf,
} from '../factories.ts'
import { type HandDriven, handDriven, killAt, type Worker } from '../hand-driven.ts'
import type { Card, CardScript, Charge } from '../sandbox-client.ts'

let place: HandDriven
beforeAll(async () => {
  place = await handDriven()
})
afterAll(() => place.stop())
beforeEach(() => place.reset())

const payLater: CardScript = { type: 'codes', codes: ['INSUFFICIENT_FUNDS', 'OK'] }
const yearly = { interval: 'YEAR', firstChargeAt: '2026-11-12T04:00:00Z' } as const
const newCard: Card = {
  instrument: 'card',
  brand: 'Visa',
  last4: '1111',
  expiryMonth: 1,
  expiryYear: 2031,
  // Whoever asks first is paid; the other biller's own second charge is not ours to prevent.
  script: { type: 'codes', codes: ['OK', 'INSUFFICIENT_FUNDS'] },
}

/** Cases whose first retry is due now, and nobody has touched it: 10:05 in Berlin on the 13th. */
async function dueNow(
  howMany: number,
  order: { quantity?: number } = {},
): Promise<{ contractId: string; caseId: string }[]> {
  const shop = await place.startedShop()
  const made: string[] = []
  for (let n = 0; n < howMany; n++) {
    const email = `shopper${n}@example.com`
    const customer = { firstName: 'Shopper', lastName: `${n}`, email, locale: 'en', country: 'DE' }
    const more = { ...yearly, ...order, customer }
    made.push((await subscription(place, shop, payLater, more)).contractId)
  }
  const opener = await place.worker()
  place.onDuty.add(opener)
  await place.sandbox.moveClock(on('11-13', '08:59'))
  await opener.stop()
  await place.sandbox.moveClock(on('11-13', '10:05'))
  return Promise.all(
    made.map(async (contractId) => ({ contractId, caseId: (await caseOf(place, contractId)).id })),
  )
}

/** Everybody goes on until the evening. */
async function untilTheEvening(): Promise<void> {
  const worker = await place.worker()
  place.onDuty.add(worker)
  await place.sandbox.moveClock(on('11-13', '20:00'))
  await worker.stop()
}

const byUs = (charges: Charge[]) => charges.filter(({ by }) => by === 'app')

test('a reminder that could not leave is not sent beside the charge of a new card, nor after it', async () => {
  const shop = await place.startedShop()
  const { contractId } = await subscription(place, shop, { type: 'expired' }, yearly)
  const worker = await place.worker()
  place.onDuty.add(worker)
  await place.sandbox.moveClock(on('11-12', '07:59'))
  await place.sandbox.mailBehaviour(500, 1)
  await place.sandbox.moveClock(on('11-12', '08:05'))
  const { id, messages } = await caseOf(place, contractId)
  expect(messages).toMatchObject([{ state: 'intended' }])
  place.onDuty.clear()
  await place.sandbox.moveClock(on('11-12', '08:20'))
  await place.sandbox.changeMethod(contractId, newCard)
  await worker.handle(id)
  expect(await caseOf(place, contractId)).toMatchObject({
    attempts: [{}, { state: 'submitted', trigger: 'method_updated' }],
    messages: [{ state: 'intended', reason: 'a charge is under way' }],
  })
  place.onDuty.add(worker)
  await place.sandbox.moveClock(on('11-12', '12:00'))
  expect((await caseOf(place, contractId)).status).toBe('recovered')
  // One was turned away; no other has left.
  expect((await reminders(place)).map(({ answer }) => answer)).toEqual([500])
  await worker.stop()
})

describe('F2: card, shopper, staff, sweep and another biller in one second, two workers', () => {
  /** All five at once; the other biller is first or last. Answers what the bank was asked for in that second. */
  async function allAtOnce(
    workers: Worker[],
    web: Worker,
    { contractId, caseId }: { contractId: string; caseId: string },
    biller: 'first' | 'last',
  ): Promise<Charge[]> {
    const before = (await place.sandbox.oracle({ contract: contractId })).charges.length
    if (biller === 'first') await place.sandbox.changeCycle(contractId, 1, 'charge')
    await place.sandbox.changeMethod(contractId, newCard)
    await Promise.all([
      ...workers.map((worker) => worker.handle(caseId)),
      web.press(caseId, { type: 'shopper_pay' }, 'shopper'),
      web.press(caseId, { type: 'staff_retry', by: 'Ada' }),
      web.press(caseId, { type: 'facts_read' }, 'shopify'), // the webhook of the new card
    ])
    if (biller === 'last') await place.sandbox.changeCycle(contractId, 1, 'charge')
    return (await place.sandbox.oracle({ contract: contractId })).charges.slice(before)
  }

  test('one live attempt, on the cycle of the case', async () => {
    const cases = await dueNow(4)
    const workers = [await place.worker(), await place.worker()]
    const web = await place.worker()
    for (const [i, one] of cases.entries()) {
      const biller = i < 2 ? 'first' : 'last'
      const charges = await allAtOnce(workers, web, one, biller)
      expect(charges.map(({ cycleIndex }) => cycleIndex)).toEqual(charges.map(() => 1))
      expect(byUs(charges), `the biller was ${biller}`).toHaveLength(biller === 'first' ? 0 : 1)
      const live = await place.db.attempt.count({
        where: { caseId: one.caseId, state: { in: ['intended', 'submitted', 'unknown'] } },
      })
      expect(live).toBe(1)
    }
    await Promise.all([...workers, web].map((worker) => worker.stop()))
    await untilTheEvening()
    await cleanOracle(place)
  })
})

describe('F4: the world changes after our look and before our charge', () => {
  const cycle = (contractId: string, what: string) => `${at(contractId)}/cycles/1/${what}`
  const at = (contractId: string) => `contracts/${encodeURIComponent(contractId)}`
  const changes: [
    what: string,
    path: (contractId: string) => string,
    body: object,
    ends: object,
  ][] = [
    ['cancelled', (id) => `${at(id)}/cancel`, {}, { status: 'cancelled' }],
    ['expired', (id) => `${at(id)}/expire`, {}, { status: 'cancelled' }],
    ['paused', (id) => `${at(id)}/pause`, {}, { status: 'held', reason: 'paused' }],
    ['skipped', (id) => cycle(id, 'skip'), {}, { status: 'skipped' }],
    ['moved', (id) => cycle(id, 'move'), { to: '2026-11-17T09:00:00Z' }, { status: 'retrying' }],
  ]

  test('cancelled, expired, paused, skipped or moved: no charge, and the retry is skipped with its reason', async () => {
    const cases = await dueNow(changes.length)
    const worker = await place.worker()
    for (const [i, [what, path, body, ends]] of changes.entries()) {
      const { contractId, caseId } = cases[i] ?? { contractId: '', caseId: '' }
      await place.sandbox.fault({
        operation: 'subscriptionContract',
        mode: 'then',
        path: path(contractId),
        body,
        times: 1,
      })
      await worker.handle(caseId)
      expect(byUs((await place.sandbox.oracle({ contract: contractId })).charges), what).toEqual([])
      const after = await caseOf(place, contractId)
      expect(after, what).toMatchObject(ends)
      const { tries, nextActionAt } = after
      const told = await place.db.caseEvent.findMany({ where: { caseId }, orderBy: { seq: 'asc' } })
      const story = JSON.stringify({ what, tries, nextActionAt, told: told.slice(-4) })
      expect(after.attempts.at(-1), story).toMatchObject({ trigger: 'scheduled', state: 'refused' })
      const [rung] = after.stepRuns.filter(({ stepKey }) => stepKey === 'funds.r1')
      expect(rung?.state, what).toBe('skipped')
      expect(rung?.reason, what).toMatch(/^Shopify would not create the charge/)
    }
    // The one that was moved is charged on its new date, by the same rung.
    place.onDuty.add(worker)
    await place.sandbox.moveClock(on('11-18', '20:00'))
    const moved = await caseOf(place, cases.at(-1)?.contractId ?? '')
    expect(moved.attempts.at(-1)).toMatchObject({ stepKey: 'funds.r1', trigger: 'scheduled' })
    const charged = byUs((await place.sandbox.oracle({ contract: moved.contractId })).charges)
    expect(charged.length).toBeGreaterThan(0)
    expect(Date.parse(charged[0]?.at ?? '')).toBeGreaterThanOrEqual(
      Date.parse('2026-11-17T09:00:00Z'),
    )
    await worker.stop()
    await cleanOracle(place)
  })

  test('a smaller order that Shopify does not charge is taken back at once, and what others did stays', async () => {
    const happens: [what: string, path: (id: string) => string, ends: object, did: object][] = [
      [
        'paused',
        (id) => `${at(id)}/pause`,
        { status: 'held', reason: 'paused' },
        { smaller_order: 'undone', whole_order: 'done' },
      ],
      // Shopify would take the skip back with it.
      [
        'skipped',
        (id) => cycle(id, 'skip'),
        { status: 'skipped' },
        { smaller_order: 'undone', whole_order: 'dropped' },
      ],
    ]
    const cases = await dueNow(happens.length, { quantity: 2 })
    const worker = await place.worker()
    for (const [i, [what, path, ends, did]] of happens.entries()) {
      const { contractId, caseId } = cases[i] ?? { contractId: '', caseId: '' }
      const id = contractId.replace('SubscriptionContract', 'SubscriptionLine')
      const lines = [{ id, title: 'Morning Roast', quantity: 1 }]
      const smaller = { lines, amount: '24.90' }
      await place.sandbox.fault({
        operation: 'subscriptionBillingCycleContractDraftCommit',
        mode: 'then',
        path: path(contractId),
        body: {},
        times: 1,
      })
      // The retry is due, and follows at once.
      await worker.press(caseId, { type: 'shopper_smaller', smaller }, 'shopper')
      expect(byUs((await place.sandbox.oracle({ contract: contractId })).charges), what).toEqual([])
      expect(await caseOf(place, contractId), what).toMatchObject(ends)
      const actions = await place.db.contractAction.findMany({ where: { caseId } })
      expect(Object.fromEntries(actions.map(({ kind, state }) => [kind, state])), what).toEqual(did)
    }
    // Only where it could not be taken back do staff hear of it.
    const left = await place.db.staffTask.findMany({ where: { kind: 'order_left_smaller' } })
    expect(left).toMatchObject([
      { caseId: cases[1]?.caseId, body: /this order was skipped meanwhile/ },
    ])
    await worker.stop()
  })

  test('skipped and taken back, moved, paused and activated before the day: what holds on the day counts', async () => {
    const shop = await place.startedShop()
    const worker = await place.worker()
    place.onDuty.add(worker)
    const [back, away, again] = await Promise.all(
      [0, 1, 2].map(() => subscription(place, shop, payLater, yearly)),
    )
    if (!back || !away || !again) throw new Error('three subscriptions')
    await place.sandbox.moveClock(on('11-12'))
    await place.sandbox.changeCycle(back.contractId, 1, 'skip')
    await place.sandbox.changeCycle(back.contractId, 1, 'unskip')
    await place.sandbox.moveCycle(away.contractId, 1, '2026-11-17T09:00:00Z')
    await place.sandbox.changeContract(again.contractId, 'pause')
    await place.sandbox.changeContract(again.contractId, 'activate')
    await place.sandbox.moveClock(on('11-14'))
    expect(await ledger(place, again.contractId)).toEqual([
      'biller: INSUFFICIENT_FUNDS',
      'app: paid',
    ])
    expect(await ledger(place, back.contractId)).toEqual([
      'biller: INSUFFICIENT_FUNDS',
      'app: paid',
    ])
    expect(await ledger(place, away.contractId)).toEqual(['biller: INSUFFICIENT_FUNDS'])
    await place.sandbox.moveClock(on('11-19'))
    expect(await ledger(place, away.contractId)).toEqual([
      'biller: INSUFFICIENT_FUNDS',
      'app: paid',
    ])
    await worker.stop()
    await cleanOracle(place)
  })
})

describe('F13: four of a hundred cannot go on', () => {
  test('96 are charged; the four wait or are set aside with a reason, and go on by a click', async () => {
    const shop = await place.startedShop()
    const revoked = await place.startedShop(TIDELINE_TEA)
    const gone = await place.startedShop({
      ...TIDELINE_TEA,
      domain: 'gone-fishing.myshopify.com',
    })
    const make = (of: string, n: number, email: string | null) =>
      subscription(place, of, payLater, {
        ...yearly,
        customer: { firstName: 'Shopper', lastName: `${n}`, email, locale: 'en', country: 'DE' },
      })
    const good: string[] = []
    for (let n = 0; n < 96; n++)
      good.push((await make(shop, n, `shopper${n}@example.com`)).contractId)
    const badAddress = await make(shop, 96, 'nobody@@nowhere')
    const noCustomer = await make(shop, 97, null)
    const noAccess = await make(revoked, 98, 'shopper98@example.com')
    const noShop = await make(gone, 99, 'shopper99@example.com')
    const opener = await place.worker()
    place.onDuty.add(opener)
    await place.sandbox.moveClock(on('11-12'))
    expect(await place.db.recoveryCase.count()).toBe(100)

    // In the middle of it one worker is killed, another is asked to end, a third does the rest.
    place.onDuty.clear()
    await place.setAccess(revoked, false)
    await place.sandbox.uninstall(gone)
    await place.sandbox.moveClock(on('11-13', '10:05'))
    const doomed = await place.worker()
    expect(await killAt(doomed, 150, () => doomed.work())).not.toBeNull()
    const leaving = await place.worker()
    await Promise.all([leaving.work(), leaving.stop()])
    expect(
      await place.db.recoveryCase.count({ where: { leaseBy: { startsWith: leaving.name } } }),
    ).toBe(0)
    place.onDuty.add(opener)
    await place.sandbox.moveClock(on('11-13', '20:00'))
    const recovered = await place.db.recoveryCase.findMany({ where: { status: 'recovered' } })
    const paid = new Set(recovered.map(({ contractId }) => contractId))
    expect(good.filter((contractId) => !paid.has(contractId))).toEqual([])
    for (const { contractId } of [badAddress, noCustomer])
      expect((await caseOf(place, contractId)).deadReason).toBeNull()

    expect(await caseOf(place, noShop.contractId)).toMatchObject({
      status: 'held',
      reason: 'uninstalled',
    })

    await place.sandbox.moveClock(on('11-16'))
    const aside = await caseOf(place, noAccess.contractId)
    expect(aside).toMatchObject({ nextActionAt: null, deadReason: /^ShopUnreachable: / })
    expect(await tasksOf(place, revoked)).toContain('case_set_aside')
    // The merchant lets us in again, and staff press the button.
    await place.setAccess(revoked, true)
    expect(await opener.driveAgain(aside.id)).toBe(true)
    await place.sandbox.moveClock(on('11-18'))
    expect(await caseOf(place, noAccess.contractId)).toMatchObject({
      status: 'recovered',
      deadReason: null,
    })
    await opener.stop()
    await cleanOracle(place)
  })
})

describe('S7: three daily subscriptions and a monthly one on one card, for forty days', () => {
  test("at most ten attempts on the card, anybody's counted; when Shopify revokes it, one message", async () => {
    const shop = await place.startedShop()
    const noMoney: CardScript = { type: 'code', code: 'INSUFFICIENT_FUNDS' }
    const firstChargeAt = '2026-11-12T08:00:00Z'
    const monthly = await subscription(place, shop, noMoney, { firstChargeAt })
    const daily = await Promise.all(
      [1, 2, 3].map(() =>
        subscription(place, shop, noMoney, {
          firstChargeAt,
          interval: 'DAY',
          methodId: monthly.methodId,
        }),
      ),
    )
    const firstCaseOf = (contractId: string) =>
      place.db.recoveryCase.findFirst({
        where: { contractId, cycleIndex: 1 },
        include: { stepRuns: true },
      })
    const worker = await place.worker()
    place.onDuty.add(worker)
    // Each day somebody presses "retry now", too.
    await place.sandbox.moveClock(on('11-11', '14:00'))
    for (let day = 1; day <= 40; day++) {
      await place.sandbox.moveClock({ by: 'P1D', hop: 'P1D' })
      const first = await firstCaseOf(monthly.contractId)
      if (first && !first.closedAt) await worker.press(first.id, { type: 'staff_retry', by: 'Ada' })
    }
    await worker.stop()

    // The oracle counts the other biller's declines, too.
    const { charges } = await cleanOracle(place)
    expect(byUs(charges).length).toBeGreaterThan(0)
    expect(charges.length).toBeGreaterThan(100)
    const capped = (await firstCaseOf(monthly.contractId))?.stepRuns.filter(({ reason }) =>
      /at most 10 are allowed \(H4\)/.test(reason ?? ''),
    )
    expect(capped?.map(({ state }) => state)).toContain('skipped')

    const lost = await place.db.caseEvent.findFirstOrThrow({
      where: { because: { contains: 'TOO_MANY_CONSECUTIVE_FAILURES' } },
      orderBy: { at: 'asc' },
    })
    const revokedAt = lost.at
    const open = await place.db.recoveryCase.findMany({
      where: { openedAt: { lte: revokedAt }, closedAt: { gt: revokedAt } },
    })
    expect(open.map(({ contractId }) => contractId).sort()).toEqual(
      [monthly, ...daily].map(({ contractId }) => contractId).sort(),
    )
    expect(open.map(({ lane }) => lane)).toEqual(['CARD', 'CARD', 'CARD', 'CARD'])
    const mails = (await reminders(place))
      .filter(({ categories }) => !categories.includes('stage-ended')) // receipts do not count
      .map(({ at }) => Date.parse(at))
    const dayAfter = revokedAt.getTime() + 24 * 3_600_000
    expect(mails.filter((at) => at >= revokedAt.getTime() && at < dayAfter)).toHaveLength(1)
    mails.slice(1).forEach((at, i) => {
      expect(at - (mails[i] ?? 0)).toBeGreaterThanOrEqual(24 * 3_600_000)
    })
  })
})
