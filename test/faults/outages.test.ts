/**
 * After an outage of ours, Shopify's or SendGrid's, of any length: no burst of charges, no second message within a day,
 * no rung lost to somebody else's fault (S16, S18, R3).
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  caseOf,
  cleanOracle,
  ledger,
  newCard,
  on,
  reminders,
  startedShop,
  subscription,
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
const DAY_MS = 86_400_000

/** Least time between two messages of ours to the one shopper of these stories. */
async function mailsAreADayApart(): Promise<number> {
  const at = (await reminders(stack)).map((mail) => Date.parse(mail.at))
  for (const [i, time] of at.entries())
    if (i > 0) expect(time - (at[i - 1] ?? 0)).toBeGreaterThanOrEqual(DAY_MS)
  return at.length
}

describe('our worker is down for eight days (S18)', () => {
  test('several steps are overdue: one charge and one mail at most, the rest is missed', async () => {
    const shop = await startedShop(stack)
    const { contractId } = await subscription(stack, shop, noMoney)
    await stack.sandbox.moveClock(on('11-12'))
    const planned = (await caseOf(stack, contractId)).stepRuns.filter(
      ({ dueAt }) => dueAt < new Date('2026-11-21T12:00:00+01:00'),
    )
    expect(planned.length).toBeGreaterThanOrEqual(5)

    await stack.stopWorker(0)
    // The calendar waits for whatever is due; a worker that is down leaves it lying.
    await stack.db.recoveryCase.updateMany({ data: { nextActionAt: null } })
    await stack.db.shopClock.updateMany({ data: { nextRunAt: null } })
    await stack.sandbox.moveClock(on('11-21'))
    await stack.db.shopClock.updateMany({ data: { nextRunAt: await stack.sandbox.now() } })
    await stack.db.$executeRaw`
      UPDATE "RecoveryCase" c SET "nextActionAt" = (SELECT min("dueAt") FROM "StepRun" WHERE "caseId" = c.id AND state = 'scheduled')`
    stack.startWorker()
    await stack.idle()
    await stack.sandbox.moveClock(on('11-22', '11:00'))

    expect((await ledger(stack, contractId)).length).toBeLessThanOrEqual(2)
    expect(await mailsAreADayApart()).toBeLessThanOrEqual(1)
    const { stepRuns } = await caseOf(stack, contractId)
    expect(stepRuns.filter(({ state }) => state === 'missed').length).toBeGreaterThanOrEqual(3)
    await stack.sandbox.moveClock(on('11-24'))
    await mailsAreADayApart()
    await cleanOracle(stack)
  })
})

describe('SendGrid is down', () => {
  test('F12, S17: first it fails, then it says nothing: charging goes on, nothing is sent twice or within a day, and its events settle what was in doubt', async () => {
    const shop = await startedShop(stack)
    const { contractId } = await subscription(stack, shop, noMoney)
    await stack.sandbox.moveClock(on('11-12'))
    await stack.sandbox.mailBehaviour(500, 12) // two hours of tries, ten minutes apart
    await stack.sandbox.moveClock(on('11-13', '12:45'))
    expect(await caseOf(stack, contractId)).toMatchObject({ messages: [{ state: 'intended' }] })
    await stack.sandbox.mailBehaviour('silent', 1)
    await stack.sandbox.moveClock(on('11-14'))
    await stack.sandbox.mailBehaviour(202)
    await stack.sandbox.mailFate('messy')
    await stack.sandbox.moveClock(on('11-19'))
    expect((await ledger(stack, contractId)).length).toBeGreaterThanOrEqual(2)
    const { messages } = await caseOf(stack, contractId)
    // Nobody knows whether it went out: it is never sent again, and it counts as sent.
    expect(messages[0]).toMatchObject({ state: 'uncertain' })
    expect(messages.length).toBeGreaterThanOrEqual(2)
    expect(messages[1]).toMatchObject({ state: 'delivered' })
    for (const [i, { createdAt }] of messages.entries())
      if (i > 0)
        expect(
          createdAt.getTime() - (messages[i - 1]?.createdAt.getTime() ?? 0),
        ).toBeGreaterThanOrEqual(DAY_MS)
    await cleanOracle(stack)

    // Its events come at last, three copies each and in the wrong order: they settle the one in doubt (F12, S17).
    const [inDoubt, second] = messages.map(({ id }) => id)
    if (!inDoubt || !second) throw new Error('two messages were sent')
    const { sandbox } = stack
    expect(await sandbox.mailEvent(inDoubt, 'delivered', { signature: 'bad' })).toEqual([401])
    expect(await sandbox.mailEvent(inDoubt, 'delivered', { copies: 3 })).toEqual([200, 200, 200])
    await sandbox.mailEvent(inDoubt, 'deferred', { copies: 3, late: 'PT10M' })
    await sandbox.moveClock(on('11-19', '12:30'))
    expect((await caseOf(stack, contractId)).messages[0]).toMatchObject({ state: 'delivered' })

    // A complaint in the middle of the sequence: no further e-mail, and every one of them says why.
    await sandbox.mailEvent(second, 'spamreport')
    const before = (await reminders(stack)).length
    await sandbox.moveClock(on('12-06'))
    const ended = await caseOf(stack, contractId)
    expect((await reminders(stack)).length).toBe(before)
    expect(ended.events.map(({ type }) => type)).toContain('address_blocked')
    const planned = ended.stepRuns.filter(({ kind, state }) => kind === 'email' && state !== 'done')
    expect(planned.every(({ reason }) => reason !== null)).toBe(true)
    expect(planned.some(({ reason }) => reason?.includes('reported a notice as spam'))).toBe(true)
    expect(await tasksOf(stack, shop)).toContain('address_blocked')
    await cleanOracle(stack)
  })
})

describe('Shopify is down', () => {
  test('for two days: webhooks and cases wait, nothing is given up, and then one charge follows', async () => {
    const shop = await startedShop(stack)
    const { contractId } = await subscription(stack, shop, noMoney)
    const late = await subscription(stack, shop, noMoney, {
      firstChargeAt: '2026-11-13T08:00:00Z',
      customer: {
        firstName: 'Ida',
        lastName: 'Holm',
        email: 'ida@example.com',
        locale: 'en',
        country: 'DE',
      },
    })
    await stack.sandbox.moveClock(on('11-12'))
    await stack.sandbox.fault({ operation: '*', mode: 'http_500', times: 100_000 })
    await stack.sandbox.moveClock(on('11-15', '13:00'))
    expect(await caseOf(stack, contractId)).toMatchObject({ deadReason: null, tries: 0 })
    expect(await stack.db.webhookEvent.count({ where: { state: 'dead' } })).toBe(0)
    expect(await stack.db.recoveryCase.count({ where: { contractId: late.contractId } })).toBe(0)
    expect(await ledger(stack, contractId)).toHaveLength(1)

    await stack.sandbox.fault({ operation: '*', mode: 'http_500', times: 0 })
    await stack.sandbox.moveClock(on('11-16', '13:00'))
    expect((await ledger(stack, contractId)).length).toBeLessThanOrEqual(3)
    expect(await stack.db.recoveryCase.count({ where: { contractId: late.contractId } })).toBe(1)
    await mailsOfEachAreADayApart()
    await cleanOracle(stack)
  })

  async function mailsOfEachAreADayApart(): Promise<void> {
    const last = new Map<string, number>()
    for (const { to, at } of await reminders(stack)) {
      const before = last.get(to)
      if (before !== undefined) expect(Date.parse(at) - before).toBeGreaterThanOrEqual(DAY_MS)
      last.set(to, Date.parse(at))
    }
  }
})

describe('Shopify throttles (S16)', () => {
  test('its trust limit makes the whole shop wait, 1, 4, 12 hours, with no rung used and nobody told', async () => {
    const shop = await startedShop(stack)
    const first = await subscription(stack, shop, { type: 'codes', codes: ['EXPIRED_CARD', 'OK'] })
    const second = await subscription(stack, shop, { type: 'codes', codes: ['EXPIRED_CARD', 'OK'] })
    await stack.sandbox.moveClock(on('11-12', '10:00'))
    const mailed = (await reminders(stack)).length
    await stack.sandbox.fault({
      operation: 'subscriptionBillingAttemptCreate',
      mode: 'refuse',
      code: 'THROTTLED',
      times: 2,
    })
    await stack.sandbox.changeMethod(first.contractId, newCard)
    await stack.sandbox.moveClock({ by: 'PT1M' })
    const paused = await stack.db.shop.findUniqueOrThrow({ where: { shop } })
    expect(paused.attemptPauses).toBe(1)
    const firstRefusal = new Date('2026-11-12T10:00:00+01:00')
    expect(paused.attemptsPausedUntil?.getTime()).toBeGreaterThanOrEqual(
      firstRefusal.getTime() + 3_600_000,
    )

    // Another case of the shop does not ask meanwhile, though its own card is as new.
    await stack.sandbox.changeMethod(second.contractId, newCard)
    await stack.sandbox.moveClock({ by: 'PT10M' })
    expect(
      (await caseOf(stack, second.contractId)).attempts.filter(
        ({ trigger }) => trigger !== 'external',
      ),
    ).toEqual([])
    expect((await stack.health()).slow).toMatchObject({ paused: 1 })

    await stack.sandbox.moveClock({ by: 'PT2H' })
    expect(await stack.db.shop.findUniqueOrThrow({ where: { shop } })).toMatchObject({
      attemptPauses: 2,
    })
    await stack.sandbox.moveClock({ by: 'P1D' })
    for (const { contractId } of [first, second]) {
      const paid = await caseOf(stack, contractId)
      expect(paid).toMatchObject({ status: 'recovered' })
      expect(
        paid.stepRuns.filter(({ kind, state }) => kind === 'retry' && state === 'done'),
      ).toEqual([])
    }
    expect(await stack.db.shop.findUniqueOrThrow({ where: { shop } })).toMatchObject({
      attemptPauses: 0,
      attemptsPausedUntil: null,
    })
    expect(
      (await reminders(stack)).filter((mail) => !mail.categories.includes('stage-recovered')),
    ).toHaveLength(mailed)
    expect(await tasksOf(stack, shop)).not.toContain('our_defect')
    await cleanOracle(stack)
  })

  test('its query limit makes a case wait a little: the same attempt goes through, no rung is lost', async () => {
    const shop = await startedShop(stack)
    const { contractId } = await subscription(stack, shop, {
      type: 'codes',
      codes: ['INSUFFICIENT_FUNDS', 'OK'],
    })
    await stack.sandbox.moveClock(on('11-12'))
    await stack.sandbox.fault({
      operation: 'subscriptionBillingAttemptCreate',
      mode: 'throttled',
      times: 3,
    })
    await stack.sandbox.moveClock(on('11-13', '12:00'))
    const paid = await caseOf(stack, contractId)
    expect(paid).toMatchObject({ status: 'recovered' })
    expect(paid.attempts.filter(({ trigger }) => trigger === 'scheduled')).toHaveLength(1)
    expect(await ledger(stack, contractId)).toEqual(['biller: INSUFFICIENT_FUNDS', 'app: paid'])
  })
})
