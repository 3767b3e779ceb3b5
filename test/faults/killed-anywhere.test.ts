/**
 * A worker killed at every line (F3, F12, R8): before and after each statement and each request of one charge and of one
 * message, in the middle of a sweep and of a batch of webhooks. Another worker follows, at once.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { caseOf, cleanOracle, on, reminders, subscription } from '../factories.ts'
import { type HandDriven, handDriven, killAt } from '../hand-driven.ts'
import type { CardScript, MadeContract, NewContract } from '../sandbox-client.ts'

let place: HandDriven
beforeAll(async () => {
  place = await handDriven()
})
afterAll(() => place.stop())
beforeEach(() => place.reset())

const payLater: CardScript = { type: 'codes', codes: ['INSUFFICIENT_FUNDS', 'OK'] }

/** So many subscriptions whose first charge failed early on the 12th; yearly, so that no other charge falls due. */
async function failed(
  script: CardScript,
  howMany: number,
  order: Partial<NewContract> = {},
): Promise<MadeContract[]> {
  const shop = await place.startedShop()
  const made: MadeContract[] = []
  for (let n = 0; n < howMany; n++) {
    const email = `shopper${n}@example.com`
    const customer = { firstName: 'Shopper', lastName: `${n}`, email, locale: 'en', country: 'DE' }
    const when = { interval: 'YEAR', firstChargeAt: '2026-11-12T04:00:00Z' } as const
    made.push(await subscription(place, shop, script, { ...order, ...when, customer }))
  }
  return made
}

/**
 * Kills a new worker at its first point on the first case, at its second on the next, until one gets through. After
 * each a new worker finds the case free at once and handles it.
 */
async function killedAtEachPoint(caseIds: string[]): Promise<Map<string, string>> {
  const where = new Map<string, string>()
  const next = await place.worker()
  for (const [i, caseId] of caseIds.entries()) {
    const doomed = await place.worker()
    const died = await killAt(doomed, i + 1, () => doomed.handle(caseId))
    if (died === null) {
      await Promise.all([doomed.stop(), next.stop()])
      return where
    }
    where.set(caseId, died)
    await next.freeClaims()
    const left = await place.db.recoveryCase.findUniqueOrThrow({ where: { id: caseId } })
    expect(left, died).toMatchObject({ leaseBy: null, deadReason: null, tries: 0 })
    expect(left.nextActionAt, died).not.toBeNull()
    await next.handle(caseId)
  }
  throw new Error(`${caseIds.length} cases are too few: ${[...where.values()].join('\n')}`)
}

const idsOf = (made: MadeContract[]) =>
  Promise.all(made.map(async ({ contractId }) => (await caseOf(place, contractId)).id))

test('F3: killed at every line of a charge: charged once, under one key, for what was chosen, and nothing stays behind', async () => {
  // For less than the whole order: all that a charge asks and writes, and the order that is made for it.
  const made = await failed(payLater, 36, { quantity: 2, deliveryPrice: '3.00' })
  const opener = await place.worker()
  place.onDuty.add(opener)
  await place.sandbox.moveClock(on('11-13', '08:59'))
  place.onDuty.clear()
  const caseIds = await idsOf(made)
  for (const [i, { contractId }] of made.entries()) {
    const id = contractId.replace('SubscriptionContract', 'SubscriptionLine')
    const smaller = { lines: [{ id, title: 'Morning Roast', quantity: 1 }], amount: '27.90' }
    await opener.press(caseIds[i] ?? '', { type: 'shopper_smaller', smaller }, 'shopper')
  }
  await place.sandbox.moveClock(on('11-13', '10:05'))
  const where = await killedAtEachPoint(caseIds)
  expect(where.size).toBeGreaterThan(18)

  // Nobody waits for a message of the past: what Shopify took before the kill counts as it stands.
  for (const [caseId, died] of where) {
    const attempts = await place.db.attempt.findMany({ where: { caseId, trigger: 'scheduled' } })
    expect(attempts, died).toMatchObject([{ state: 'submitted' }])
  }
  place.onDuty.add(opener)
  await place.sandbox.moveClock(on('11-13', '20:00'))
  const { charges } = await cleanOracle(place)
  for (const { contractId } of made) {
    const { status, id } = await caseOf(place, contractId)
    expect(status, where.get(id)).toBe('recovered')
    const made = charges.filter((charge) => charge.contractId === contractId)
    expect(
      made.map(({ by, result, amount }) => `${by}: ${result} ${amount}`),
      where.get(id),
    ).toEqual(['biller: INSUFFICIENT_FUNDS 52.80', 'app: paid 27.90'])
  }
  expect(new Set(charges.map(({ key }) => key)).size).toBe(charges.length)
})

test('F3, F12: killed at every line of a message: nobody is mailed twice, and what nobody knows is said', async () => {
  const made = await failed({ type: 'expired' }, 60)
  const opener = await place.worker()
  place.onDuty.add(opener)
  // At night, so that the notice of each waits for the morning.
  await place.sandbox.moveClock(on('11-12', '07:59'))
  place.onDuty.clear()
  await place.sandbox.moveClock(on('11-12', '08:01'))
  const where = await killedAtEachPoint(await idsOf(made))
  expect(where.size).toBeGreaterThan(10)

  const mails = await reminders(place)
  const ends = new Set<string>()
  for (const [n, { contractId }] of made.entries()) {
    const { id, messages } = await caseOf(place, contractId)
    const died = where.get(id)
    if (!died) continue
    const sent = mails.filter(({ to }) => to === `shopper${n}@example.com`).length
    expect(messages, died).toHaveLength(1)
    const [message] = messages
    ends.add(`${message?.state}, ${sent} sent`)
    if (message?.state === 'sent') expect(sent, died).toBe(1)
    else {
      expect(message?.state, died).toBe('uncertain')
      expect(sent, died).toBeLessThanOrEqual(1)
    }
  }
  // Killed before SendGrid had it, after it, and at any other time.
  expect([...ends].sort()).toEqual(['sent, 1 sent', 'uncertain, 0 sent', 'uncertain, 1 sent'])
  place.onDuty.add(opener)
  await place.sandbox.moveClock(on('11-12', '20:00'))
  expect((await reminders(place)).length).toBeLessThanOrEqual(made.length)
  await cleanOracle(place)
})
