/**
 * A plan changes while cases are under way (S19): each finishes what it was told, moves, or ends, as the merchant chose,
 * also when a worker is killed in the middle of it. And which plan a case gets at all.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { parseTraits } from '../../app/dunning/conditions.ts'
import { anchorDay, defaultSequence, email, retry } from '../../app/dunning/sequence.ts'
import type { Sequence } from '../../app/dunning/types.ts'
import { caseOf, cleanOracle, ledger, on, reminders, subscription } from '../factories.ts'
import { type HandDriven, handDriven, killAt, type Worker } from '../hand-driven.ts'
import type { NewContract } from '../sandbox-client.ts'

let place: HandDriven
let web: Awaited<ReturnType<typeof modules>>
beforeAll(async () => {
  place = await handDriven()
  web = await modules()
})
afterAll(() => place.stop())
beforeEach(() => place.reset())

/** What the routes call, on the connections of the web process. */
async function modules() {
  const drafts = await import('../../app/dunning/drafts.server.ts')
  const versions = await import('../../app/dunning/versions.server.ts')
  const segments = await import('../../app/dunning/segments.server.ts')
  const sequences = await import('../../app/dunning/sequences.server.ts')
  const replays = await import('../../app/dunning/replay.server.ts')
  const { now } = await import('../../app/clock.server.ts')
  const { db } = await import('../../app/db.server.ts')
  return { db, now, ...drafts, ...versions, ...segments, ...sequences, ...replays }
}

const never = { type: 'code', code: 'INSUFFICIENT_FUNDS' } as const
const ada = 'staff:ada'

/** The first retry two days later, another mail, and one retry fewer. */
const changed: Sequence = {
  ...defaultSequence(),
  steps: [
    retry('funds.r1', anchorDay(3)),
    retry('funds.r2', anchorDay(6)),
    email('funds.e9', anchorDay(5), 'options'),
    ...defaultSequence().steps.filter(({ lane }) => lane !== 'FUNDS'),
  ],
}

async function sequenceOf(shop: string) {
  return place.db.sequence.findFirstOrThrow({ where: { shop, isDefault: true } })
}

/** Saves a draft and publishes it. */
async function publish(shop: string, body: Sequence, inFlight: 'leave' | 'move' | 'end') {
  const { id: sequenceId } = await sequenceOf(shop)
  const which = { shop, sequenceId, actor: ada }
  const saved = await web.saveDraft({ ...which, json: body, seen: '' }, web.now())
  if (saved?.type !== 'saved') throw new Error(`not saved: ${JSON.stringify(saved)}`)
  const seen = saved.savedAt.toISOString()
  return web.publishDraft({ ...which, note: 'a try', inFlight, seen }, web.now())
}

const yearly = { interval: 'YEAR', firstChargeAt: '2026-11-12T04:00:00Z' } as const

function subscribe(shop: string, n: number, more: Partial<NewContract> = {}) {
  const customer = {
    firstName: 'Shopper',
    lastName: `${n}`,
    email: `shopper${n}@example.com`,
    locale: 'en',
    country: 'DE',
  }
  return subscription(place, shop, never, { ...yearly, customer, ...more })
}

async function onDuty(): Promise<Worker> {
  const worker = await place.worker()
  place.onDuty.add(worker)
  return worker
}

test('S19: a case finishes the version that it was opened with, and the next one gets the new one', async () => {
  const shop = await place.startedShop()
  await onDuty()
  const first = await subscribe(shop, 1)
  await place.sandbox.moveClock(on('11-12'))
  expect(await publish(shop, changed, 'leave')).toMatchObject({ version: 2, left: 1, moved: 0 })
  const second = await subscribe(shop, 2, { firstChargeAt: '2026-11-12T20:00:00Z' })
  await place.sandbox.moveClock(on('11-14'))
  expect((await ledger(place, first.contractId)).length).toBe(2) // charged again on day 1
  expect((await ledger(place, second.contractId)).length).toBe(1) // not before day 3
  await place.sandbox.moveClock(on('11-16'))
  expect((await ledger(place, second.contractId)).length).toBe(2)
  await cleanOracle(place, { shop })
})

test('S19: publishing moves what still waits, once, though workers are killed in the middle of it', async () => {
  const shop = await place.startedShop()
  const opener = await onDuty()
  const made = []
  for (let n = 0; n < 24; n++) made.push(await subscribe(shop, n))
  await place.sandbox.moveClock(on('11-12'))
  const cases = await place.db.recoveryCase.findMany({ where: { shop }, orderBy: { id: 'asc' } })
  expect(cases).toHaveLength(24)
  const [held] = cases
  if (!held) throw new Error('no case')
  await opener.press(held.id, { type: 'staff_hold', by: 'Ada' })
  place.onDuty.clear()

  expect(await publish(shop, changed, 'move')).toMatchObject({ version: 2, moved: 23, left: 1 })
  // Each killed a little later than the one before: in the first batch, between two, in the second.
  const deaths: (string | null)[] = []
  for (const point of [12, 60, 150, 260]) {
    const doomed = await place.worker()
    deaths.push(await killAt(doomed, point, () => doomed.work()))
    await opener.freeClaims()
  }
  expect(deaths.filter((death) => death !== null).length).toBeGreaterThan(1)
  const movedBefore = await place.db.caseEvent.count({ where: { type: 'moved_to_version' } })
  expect(movedBefore).toBeGreaterThan(0)
  await opener.work()

  const newest = await place.db.sequenceVersion.findFirstOrThrow({ where: { number: 2 } })
  for (const { id, contractId } of cases) {
    const { events, stepRuns, ...after } = await caseOf(place, contractId)
    const told = (type: string) => events.filter((event) => event.type === type)
    if (id === held.id) {
      expect(after.sequenceVersionId).toBe(held.sequenceVersionId)
      expect(told('left_on_version')).toMatchObject([{ because: expect.stringMatching(/is held/) }])
      continue
    }
    expect(after.sequenceVersionId).toBe(newest.id)
    expect(told('moved_to_version')).toMatchObject([
      { actor: ada, because: expect.stringMatching(/^version 2 was published: moved/) },
    ])
    const ahead = stepRuns.filter(({ state }) => state === 'scheduled').map((run) => run.stepKey)
    expect(ahead).toEqual(['funds.r1', 'funds.e9', 'funds.r2'])
    expect(after.methodFingerprint).not.toBeNull()
  }
  const clock = await place.db.shopClock.findFirstOrThrow({ where: { job: 'versions' } })
  expect(clock.nextRunAt).toBeNull()

  // And the moved plan is what happens.
  place.onDuty.add(opener)
  await place.sandbox.moveClock(on('11-15', '20:00'))
  const moved = made.filter(({ contractId }) => contractId !== held.contractId)
  for (const { contractId } of moved)
    expect((await ledger(place, contractId)).length, contractId).toBe(2)
  await cleanOracle(place, { shop })
})

test('S19: publishing ends what is open where the merchant says so, and a charge under way is awaited', async () => {
  const shop = await place.startedShop()
  await onDuty()
  const waiting = await subscribe(shop, 1)
  const challenged = await subscription(
    place,
    shop,
    { type: 'challenge', then: 'OK' },
    { ...yearly, productTitle: 'Slow Roast' },
  )
  const strange = await subscribe(shop, 3)
  await place.sandbox.moveClock(on('11-12'))
  expect(await publish(shop, changed, 'end')).toMatchObject({ ended: 3, left: 0 })
  // Its plan was written by a version of the app that we do not know.
  const { id, sequenceVersionId } = await caseOf(place, strange.contractId)
  const known = await place.db.sequenceVersion.findUniqueOrThrow({
    where: { id: sequenceVersionId },
  })
  const unknown = { ...known, id: randomUUID(), number: 0, body: {}, hash: 'unknown' }
  await place.db.sequenceVersion.create({ data: unknown })
  await place.db.recoveryCase.update({
    where: { id },
    data: { sequenceVersionId: unknown.id },
  })
  await place.sandbox.moveClock(on('11-12', '12:01'))
  const ended = await caseOf(place, waiting.contractId)
  expect(ended.status).toBe('written_off')
  expect(ended.stepRuns.every(({ state }) => state === 'cancelled')).toBe(true)
  expect(ended.events.at(-1)).toMatchObject({ type: 'ended_on_publish', actor: ada })
  expect((await caseOf(place, challenged.contractId)).closedAt).toBeNull()
  await place.sandbox.moveClock(on('11-15'))
  expect((await ledger(place, waiting.contractId)).length).toBe(1)

  // What cannot be read is asked for a day, then left to staff; once the bank is met, nothing is asked any more.
  const left = { caseId: id, type: 'left_on_version' }
  expect(await place.db.caseEvent.findMany({ where: left })).toMatchObject([
    { because: expect.stringMatching(/keeps its version: it could not be read or saved/) },
  ])
  expect(await place.db.staffTask.findMany({ where: { kind: 'left_on_version' } })).toMatchObject([
    { caseId: id, body: expect.stringMatching(/close it by hand/) },
  ])
})

test('a segment chooses the sequence, the case says so, and what is off is not worked', async () => {
  const shop = await place.startedShop()
  await onDuty()
  const high = await web.createSequence(
    web.db,
    { shop, preset: 'high_value', actor: ada },
    web.now(),
  )
  if (high.type !== 'made') throw new Error(high.say)
  const rule = (name: string, sequenceId: string, conditions: unknown) =>
    web.saveRule({ shop, id: null, name, sequenceId, conditions, actor: ada }, web.now())
  const off = await web.duplicateSequence(
    web.db,
    { shop, sequenceId: high.id, actor: ada },
    web.now(),
  )
  if (off?.type !== 'made') throw new Error('not copied')
  await place.db.sequence.update({ where: { id: off.id }, data: { isOn: false } })
  await rule('Loyal', high.id, [{ fact: 'orders', is: 'at_least', value: 10 }])
  await rule('Wholesale', off.id, [{ fact: 'tag', is: 'one_of', value: ['wholesale'] }])
  const customer = {
    firstName: 'Mara',
    lastName: 'Lindqvist',
    email: 'mara@example.com',
    locale: 'en',
    country: 'DE',
  }
  const loyal = { ...customer, orders: 12, spent: '480.00', tags: ['VIP'], acceptsEmail: true }
  const [first, second, third] = [
    await subscribe(shop, 1, { customer: loyal }),
    await subscribe(shop, 2, { customer: { ...customer, tags: ['Wholesale'] } }),
    await subscribe(shop, 3),
  ]
  await place.sandbox.moveClock(on('11-12'))

  const chosen = await caseOf(place, first.contractId)
  expect(chosen).toMatchObject({
    segmentRule: 'Loyal',
    traits: {
      orders: 13,
      lifetimeValue: { amount: '504.9', currency: 'EUR' },
      tags: ['VIP'],
      country: 'DE',
      interval: { unit: 'YEAR', count: 1 },
      cycleNumber: 1,
      class: 'FUNDS',
      code: 'INSUFFICIENT_FUNDS',
      instrument: 'card',
      earlierRecoveries: 0,
      consent: { email: true, sms: false },
    },
  })
  const [opened, told] = chosen.events
  expect(opened?.because).toMatch(/^a payment failed/)
  expect(told).toMatchObject({ type: 'sequence_chosen', actor: 'engine' })
  expect(told?.because).toMatch(/"High value".*segment "Loyal".*number of orders is 13/)
  expect(await place.db.recoveryCase.count({ where: { contractId: second.contractId } })).toBe(0)
  const other = await caseOf(place, third.contractId)
  expect(other.segmentRule).toBeNull()
  expect(other.events.find(({ type }) => type === 'sequence_chosen')?.because).toMatch(
    /belongs to no segment/,
  )

  // Who would match now: the first rule that fits takes the case, whatever else fits it.
  const rules = await web.loadRules(shop)
  expect(await web.whoWouldMatch(shop, rules, web.now())).toMatchObject({
    cases: 2,
    byRule: [{ chosen: 1, fits: 1 }, { chosen: 0 }],
    byDefault: 1,
  })
  const [loyalRule, wholesale] = rules
  if (!loyalRule || !wholesale) throw new Error('no rules')
  await web.moveRule({ shop, id: wholesale.id, by: -1, actor: ada }, web.now())
  expect((await web.loadRules(shop)).map(({ name }) => name)).toEqual(['Wholesale', 'Loyal'])
  await web.deleteRule({ shop, id: wholesale.id, actor: ada }, web.now())
  expect((await web.loadRules(shop)).map(({ name }) => name)).toEqual(['Loyal'])

  // Written by a version that we do not know: the case gets what comes after it, and the page can say so.
  const conditions = [{ fact: 'mood', is: 'good' }]
  await place.db.segmentRule.updateMany({ where: { name: 'Loyal' }, data: { conditions } })
  expect(await web.loadRules(shop)).toMatchObject([
    { name: 'Loyal', unreadable: expect.any(String) },
  ])
  const traits = parseTraits(chosen.traits, { amount: '24.90', currency: 'EUR' })
  expect(await web.planFor(shop, traits)).toMatchObject({ segmentRule: null })
})

test('drafts are nobody else’s to overwrite, versions come back, and what is in use is not put away', async () => {
  const shop = await place.startedShop()
  const { id: sequenceId } = await sequenceOf(shop)
  const which = { shop, sequenceId, actor: ada }
  const { db } = web
  const at = web.now()

  expect(await web.saveDraft({ ...which, json: { steps: 'none' }, seen: '' }, at)).toMatchObject({
    type: 'refused',
  })
  const saved = await web.saveDraft({ ...which, json: changed, seen: '' }, at)
  expect(await web.saveDraft({ ...which, json: changed, seen: '' }, at)).toEqual({
    type: 'outdated',
  })
  const seen = saved?.type === 'saved' ? saved.savedAt.toISOString() : ''
  const impossible = { ...changed, deadlineDays: 90 }
  const again = await web.saveDraft({ ...which, json: impossible, seen }, at)
  const now = again?.type === 'saved' ? again.savedAt.toISOString() : ''
  const how = { ...which, note: null, inFlight: 'leave' as const }
  expect(await web.publishDraft({ ...how, seen }, at)).toEqual({ type: 'outdated' })
  expect(await web.publishDraft({ ...how, seen: now }, at)).toMatchObject({ type: 'refused' })
  await web.discardDraft(which, at)
  expect((await web.loadForEditing(shop, sequenceId, at))?.draft).toBeNull()
  expect(await web.publishDraft({ ...how, seen: '' }, at)).toEqual({ type: 'nothing_to_publish' })

  expect(await publish(shop, changed, 'leave')).toMatchObject({ version: 2 })
  const back = { ...which, to: 1, note: 'it was better', inFlight: 'leave' as const }
  expect(await web.rollBack({ ...back, seen: 1 }, at)).toEqual({ type: 'outdated' })
  expect(await web.rollBack({ ...back, seen: 2 }, at)).toMatchObject({ version: 3 })
  expect(await web.loadVersions(shop, sequenceId)).toMatchObject({
    versions: [{ number: 3, restores: 1, note: 'it was better' }, { number: 2 }, { number: 1 }],
  })
  expect(await web.loadForEditing(shop, sequenceId, at)).toMatchObject({
    version: 3,
    published: defaultSequence(),
    context: { interval: null, emailWindow: { fromHour: 8, untilHour: 20 } },
  })

  expect(await web.archiveSequence(db, which, at)).toMatchObject({ type: 'refused' })
  const copy = await web.duplicateSequence(db, which, at)
  if (copy?.type !== 'made') throw new Error('not copied')
  await web.makeDefault(db, { ...which, sequenceId: copy.id }, at)
  expect(await web.archiveSequence(db, which, at)).toEqual({ type: 'archived' })
  expect((await web.listSequences(db, shop)).map(({ name }) => name)).toEqual([
    'Copy of Default sequence',
  ])
  expect(await web.loadForEditing(shop, sequenceId, at)).toBeNull()
  expect(await reminders(place)).toEqual([])
})

test('past failures are replayed in portions, beside what was done', async () => {
  const shop = await place.startedShop()
  const worker = await onDuty()
  const { id: sequenceId } = await sequenceOf(shop)
  for (let n = 0; n < 3; n++) await subscribe(shop, n)
  await place.sandbox.moveClock(on('11-14'))
  place.onDuty.delete(worker)
  await web.saveDraft({ shop, sequenceId, json: changed, seen: '', actor: ada }, web.now())
  const chunk = await web.replayChunk({ shop, sequenceId, skip: 1 }, web.now())
  expect(chunk).toMatchObject({ type: 'replayed', total: 3, next: null })
  if (chunk?.type !== 'replayed') throw new Error('not replayed')
  expect(chunk.cases).toHaveLength(2)
  for (const { happened, would } of chunk.cases) {
    expect(happened).toMatchObject({ charges: 1, status: 'retrying' })
    // The draft charges on day 3, which has not come.
    expect(would).toMatchObject({ charges: 0, status: null })
  }
})
