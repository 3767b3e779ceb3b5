import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decideNotice,
  kindsToLookAt,
  LEAST_HOURS_BEFORE,
  type ListedContract,
  leadDays,
  type NoticeFacts,
  type PlannedNotice,
  plannedNotices,
  readPreDunning,
  USUAL_PRE_DUNNING,
} from './before-failure.ts'
import { addHours, localHour } from './schedule.ts'
import type { PaymentMethod } from './types.ts'

const ZONE = 'Europe/Berlin'
const WINDOW = { fromHour: 8, untilHour: 20 }
const PLACE = { zone: ZONE, window: WINDOW }
const NOW = new Date('2026-11-27T03:00:00+01:00')
const CHARGE = new Date('2026-12-02T09:00:00+01:00')
const ALL_ON = readPreDunning({ renewal: { on: true, plans: 'all' } })

const method = (changes: Partial<PaymentMethod> = {}): PaymentMethod => ({
  id: 'method-1',
  instrument: 'card',
  label: 'Visa ···· 4242',
  fingerprint: 'method-1 4242 2026-11',
  revokedAt: null,
  revokedReason: null,
  expiresAt: new Date('2026-11-30T23:59:59.999Z'),
  ...changes,
})

const contract = (changes: Partial<ListedContract> = {}): ListedContract => ({
  id: 'contract-1',
  customerId: 'customer-1',
  interval: { unit: 'MONTH', count: 1 },
  nextBillingDate: CHARGE,
  method: method(),
  ...changes,
})

describe('how long before its charge a plan is told', () => {
  test.each([
    ['card_expires', 'MONTH', 1, 5],
    ['card_expires', 'WEEK', 1, 5],
    ['card_expires', 'DAY', 1, null],
    ['card_expires', 'DAY', 4, 3],
    ['renewal', 'MONTH', 1, 3],
    ['renewal', 'YEAR', 1, 30],
    ['renewal', 'MONTH', 12, 30],
    ['renewal', 'DAY', 1, null],
  ] as const)('%s of %s × %d: %s days', (kind, unit, count, days) => {
    expect(leadDays(kind, { unit, count }, ALL_ON)).toBe(days)
  })

  test('a renewal is the merchant’s choice, and then of yearly plans alone', () => {
    expect(leadDays('renewal', { unit: 'YEAR', count: 1 }, USUAL_PRE_DUNNING)).toBeNull()
    const chosen = readPreDunning({ renewal: { on: true } })
    expect(leadDays('renewal', { unit: 'YEAR', count: 1 }, chosen)).toBe(30)
    expect(leadDays('renewal', { unit: 'MONTH', count: 3 }, chosen)).toBeNull()
  })

  test('what cannot be read is the usual: days outside the law’s are not taken', () => {
    expect(readPreDunning(null)).toEqual(USUAL_PRE_DUNNING)
    expect(
      readPreDunning({ cardExpires: 'x', renewal: { yearlyDaysBefore: 3, plans: 'none' } }),
    ).toEqual(USUAL_PRE_DUNNING)
  })
})

describe('whom to look at', () => {
  const looks = (changes: Partial<ListedContract>, settings = USUAL_PRE_DUNNING) =>
    kindsToLookAt(contract(changes), settings, NOW)

  test('a card that ends before a charge that is near', () => {
    expect(looks({})).toEqual(['card_expires'])
  })

  test.each([
    ['a card that is good for years', { method: method({ expiresAt: new Date('2031-01-31') }) }],
    ['a method without an end', { method: method({ instrument: 'paypal', expiresAt: null }) }],
    ['a method that was revoked', { method: method({ revokedAt: NOW }) }],
    ['no method', { method: null }],
    ['nobody to write to', { customerId: null }],
    ['a charge that is far away', { nextBillingDate: new Date('2027-01-15') }],
  ])('not %s', (_, changes) => {
    expect(looks(changes)).toEqual([])
  })

  test('a biller that keeps no date, or an old one, hides nothing', () => {
    expect(looks({ nextBillingDate: null })).toEqual(['card_expires'])
    expect(looks({ nextBillingDate: new Date('2025-01-01') })).toEqual(['card_expires'])
  })
})

describe('when it is told', () => {
  const plan = (chargeAt: Date, changes: Partial<ListedContract> = {}, now = NOW) =>
    plannedNotices(contract(changes), { cycleIndex: 3, expectedAt: chargeAt }, ALL_ON, PLACE, now)

  test('on its day, in the forenoon of the shopper', () => {
    const [card] = plan(CHARGE)
    expect(card?.kind).toBe('card_expires')
    expect(card?.dueAt.toISOString()).toMatch(/^2026-11-27T(08:[3-5]|09:[0-2])/)
  })

  test('once for a card and its end, whatever it pays; once for a renewal', () => {
    const yearly = { interval: { unit: 'YEAR' as const, count: 1 } }
    const [card] = plan(CHARGE)
    const [other] = plan(CHARGE, { id: 'contract-2' })
    expect(other?.period).toBe(card?.period)
    const [renewal] = plan(new Date('2026-12-27T09:00:00+01:00'), { ...yearly, method: null })
    expect(renewal).toMatchObject({ kind: 'renewal', period: 'contract-1 3' })
  })

  test('not yet, when the next look is early enough; not any more, when it would come too late', () => {
    expect(plan(new Date('2026-12-05T09:00:00+01:00'))).toEqual([])
    expect(plan(addHours(NOW, LEAST_HOURS_BEFORE))).toEqual([])
  })

  test('a card that is good on the day of the charge is left alone', () => {
    const good = method({ expiresAt: new Date('2026-12-31T23:59:59.999Z') })
    expect(plan(CHARGE, { method: good })).toEqual([])
  })
})

describe('as it comes due', () => {
  const AT = new Date('2026-11-27T10:00:00+01:00')
  const notice: PlannedNotice = {
    kind: 'card_expires',
    contractId: 'contract-1',
    cycleIndex: 3,
    chargeAt: CHARGE,
    methodFingerprint: method().fingerprint,
    zone: ZONE,
  }
  const facts = (changes: Partial<NoticeFacts> = {}): NoticeFacts => ({
    contract: { status: 'ACTIVE', interval: { unit: 'MONTH', count: 1 }, method: method() },
    charges: [{ cycleIndex: 3, expectedAt: CHARGE }],
    hasOpenCase: false,
    suppressed: null,
    stopped: null,
    lastMessageAt: null,
    ...changes,
  })
  const decide = (changes: Partial<NoticeFacts> = {}, now = AT, settings = ALL_ON) =>
    decideNotice(notice, facts(changes), settings, WINDOW, now)
  const active = facts().contract

  test('it is sent', () => {
    expect(decide()).toEqual({ type: 'send' })
  })

  test.each<[string, Partial<NoticeFacts>, RegExp]>([
    ['the contract is gone', { contract: null }, /does not show/],
    ['it was paused', { contract: active && { ...active, status: 'PAUSED' } }, /is paused/],
    ['the order was skipped', { charges: [] }, /paid, skipped or gone/],
    [
      'the card was changed',
      {
        contract: active && { ...active, method: method({ fingerprint: 'method-1 4242 2031-1' }) },
      },
      /method was changed/,
    ],
    [
      'the method was removed',
      { contract: active && { ...active, method: null } },
      /no payment method/,
    ],
    ['a payment has failed', { hasOpenCase: true }, /has failed, and they hear of that/],
    ['they said stop', { suppressed: 'the shopper asked us to stop' }, /asked us to stop/],
  ])('%s: not sent, and it says why', (_, changes, because) => {
    expect(decide(changes)).toEqual({ type: 'skip', because: expect.stringMatching(because) })
  })

  test('one message in 24 hours, over everything', () => {
    const decision = decide({ lastMessageAt: new Date('2026-11-26T15:00:00+01:00') })
    expect(decision).toMatchObject({ type: 'wait', until: new Date('2026-11-27T15:00:00+01:00') })
  })

  test('a wait that leaves no time to act ends it', () => {
    const late = addHours(CHARGE, -30)
    const decision = decide({ lastMessageAt: addHours(late, -2) }, late)
    expect(decision).toMatchObject({ type: 'skip', because: expect.stringMatching(/24 hours/) })
  })

  test('a stopped shop holds it back and loses none', () => {
    expect(decide({ stopped: 'the shop has stopped all notices' })).toMatchObject({ type: 'wait' })
  })

  test('a charge that was moved takes its notice along', () => {
    const expectedAt = new Date('2026-12-09T09:00:00+01:00')
    const decision = decide({ charges: [{ cycleIndex: 3, expectedAt }] })
    expect(decision).toMatchObject({ type: 'wait', chargeAt: expectedAt })
  })

  test('what was switched off meanwhile is not sent', () => {
    expect(decide({}, AT, readPreDunning({ cardExpires: { on: false } }))).toMatchObject({
      type: 'skip',
      because: expect.stringMatching(/switched off/),
    })
  })

  test('whatever happens: only inside the hours, 24 h apart, with time left, and no one waits for ever', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -300, max: 48 }),
        fc.option(fc.integer({ min: 0, max: 72 }), { nil: null }),
        fc.integer({ min: 0, max: 12 }),
        fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Tokyo'),
        (hours, heardHoursAgo, fromHour, zone) => {
          const now = addHours(CHARGE, hours)
          const window = { fromHour, untilHour: fromHour + 8 }
          const lastMessageAt = heardHoursAgo === null ? null : addHours(now, -heardHoursAgo)
          const decision = decideNotice(
            { ...notice, zone },
            facts({ lastMessageAt }),
            ALL_ON,
            window,
            now,
          )
          if (decision.type === 'wait') {
            expect(decision.until > now).toBe(true)
            expect(addHours(decision.until, LEAST_HOURS_BEFORE) <= CHARGE).toBe(true)
          }
          if (decision.type === 'send') {
            expect(hours).toBeLessThanOrEqual(-LEAST_HOURS_BEFORE)
            expect(heardHoursAgo ?? 24).toBeGreaterThanOrEqual(24)
            expect(localHour(now, zone)).toBeGreaterThanOrEqual(fromHour)
            expect(localHour(now, zone)).toBeLessThan(fromHour + 8)
          }
        },
      ),
    )
  })
})
