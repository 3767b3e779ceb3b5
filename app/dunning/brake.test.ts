/** When the store-wide brake engages, and above all when not. S13. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Alarm,
  alarmFor,
  couldEngage,
  goesThroughAgain,
  PROBE_AFTER_MINUTES,
  probeAfterMinutes,
  type SeenCharge,
  SHOP_WIDE_CODES,
} from './brake.ts'
import { classOfCode, codesOfClass, KNOWN_CODES } from './declines.ts'

const now = new Date('2026-11-16T09:30:00+01:00')
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000)

const paid = (minutes = 10): SeenCharge => ({ at: ago(minutes), outcome: { type: 'paid' } })

/** A charge of shopper number `who` that failed; their card is theirs alone, unless said otherwise. */
function failed(code: string, who: number, minutes = 10, card = who): SeenCharge {
  const group = classOfCode(code)
  if (!group) throw new Error(`${code} is no code of ours`)
  const people = { methodId: `method-${card}`, customerId: `customer-${who}` }
  return { at: ago(minutes), outcome: { type: 'failed', code, class: group, ...people } }
}

const many = (count: number, make: (i: number) => SeenCharge) =>
  Array.from({ length: count }, (_, i) => make(i))
const fault = (seen: SeenCharge[]): Alarm['fault'] | null => alarmFor(seen, now)?.fault ?? null

/** So many charges at nine on a payday Monday: one in ten fails, half of those for want of money. */
function payday(charges: number): SeenCharge[] {
  const declines = ['INSUFFICIENT_FUNDS', 'CARD_DECLINED', 'INSUFFICIENT_FUNDS', 'EXPIRED_CARD']
  const others = ['INSUFFICIENT_FUNDS', 'DO_NOT_HONOR', 'INSUFFICIENT_FUNDS', 'PROCESSING_ERROR']
  return many(charges, (i) => {
    const minutes = (i * 59) / charges
    if (i % 10 !== 0) return paid(minutes)
    const code = [...declines, ...others][(i / 10) % 8] ?? 'INSUFFICIENT_FUNDS'
    return failed(code, i, minutes)
  })
}

describe('no alarm', () => {
  test.each<[what: string, seen: SeenCharge[]]>([
    ['nothing has failed', many(50, () => paid())],
    ['a payday Monday of 20 charges', payday(20)],
    ['a payday Monday of 500 charges', payday(500)],
    ['a payday Monday of 5,000 charges', payday(5_000)],
    ['three subscribers, none with money', many(3, (i) => failed('INSUFFICIENT_FUNDS', i))],
    ['two hundred cards without money', many(200, (i) => failed('INSUFFICIENT_FUNDS', i))],
    ['fifty cards that expired together', many(50, (i) => failed('EXPIRED_CARD', i))],
    ['fifty declines of one bank', many(50, (i) => failed('DO_NOT_HONOR', i))],
    [
      'one customer with five subscriptions on one card',
      many(5, () => failed('PAYMENT_PROVIDER_ERROR', 1)),
    ],
    ['one customer with six cards', many(6, (i) => failed('PAYMENT_PROVIDER_ERROR', 1, 10, i))],
    ['four cards that met a fault', many(4, (i) => failed('PROCESSING_ERROR', i))],
    [
      'six cards that met a fault among as many that paid',
      [...many(6, (i) => failed('PROCESSING_ERROR', i)), ...many(6, () => paid())],
    ],
    ['an outage that was over an hour ago', many(9, (i) => failed('TRANSIENT_ERROR', i, 61))],
    ['a fault that one card met in test mode', [failed('TEST_MODE', 1), failed('TEST_MODE', 1)]],
    [
      'a second provider that works while one is not set up',
      [...many(9, (i) => failed('MERCHANT_ACCOUNT_ERROR', i, 20)), paid(10)],
    ],
    [
      'a bank that has answered since',
      [...many(9, (i) => failed('TEST_MODE', i, 20)), failed('INSUFFICIENT_FUNDS', 20, 10)],
    ],
    ['nine products that are sold out', many(9, (i) => failed('INSUFFICIENT_INVENTORY', i))],
  ])('%s', (_, seen) => {
    expect(alarmFor(seen, now)).toBeNull()
  })

  test('whatever banks say of cards, in any number and mixture', () => {
    const cards = ['FUNDS', 'ISSUER', 'CARD', 'AUTH', 'STOP'] as const
    const code = fc.constantFrom(...cards.flatMap(codesOfClass))
    const charge = fc
      .record({ code, who: fc.nat(300), minutes: fc.double({ min: 0, max: 59, noNaN: true }) })
      .map(({ code, who, minutes }) => failed(code, who, minutes))
    fc.assert(
      fc.property(fc.array(charge, { maxLength: 300 }), (seen) => fault(seen) === null),
      { numRuns: 200 },
    )
  })

  test('on any busy day on which the processor fails one charge in twenty', () => {
    const outcome = fc.nat(99).map((n) => (n < 5 ? 'PROCESSING_ERROR' : n < 15 ? 'FUNDS' : 'paid'))
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 100, maxLength: 500 }), (day) => {
        // Spaced as they come; the property is about chance runs, so the seed is fixed.
        const seen = day.map((each, i) => {
          const minutes = (i * 59) / day.length
          if (each === 'paid') return paid(minutes)
          return failed(each === 'FUNDS' ? 'INSUFFICIENT_FUNDS' : each, i, minutes)
        })
        return fault(seen) === null
      }),
      { numRuns: 100, seed: 13 },
    )
  })
})

describe('alarm', () => {
  test.each<[what: string, seen: SeenCharge[], kind: Alarm['fault']]>([
    [
      'five unlike cards that met a fault, and nobody who paid',
      many(5, (i) => failed('PAYMENT_PROVIDER_ERROR', i)),
      'processor',
    ],
    [
      'faults of several names: a processor that is down answers as it can',
      many(6, (i) => failed(['PROCESSING_ERROR', 'TRANSIENT_ERROR'][i % 2] ?? '', i)),
      'processor',
    ],
    [
      'a fault in the middle of a payday Monday, although hundreds had paid before',
      [
        ...payday(500).map((one) => ({ ...one, at: ago(20) })),
        ...many(9, (i) => failed('PROCESSING_ERROR', 900 + i, 2)),
      ],
      'processor',
    ],
    [
      'twelve faults, and a few whom the processor still answers',
      [...many(12, (i) => failed('TRANSIENT_ERROR', i)), paid(), failed('INSUFFICIENT_FUNDS', 40)],
      'processor',
    ],
    ...SHOP_WIDE_CODES.map((code): [string, SeenCharge[], Alarm['fault']] => [
      `two unlike cards answered with ${code}`,
      [failed(code, 1, 600), failed(code, 2)],
      'shop',
    ]),
    [
      'the provider was switched off after a morning on which all had paid',
      [
        ...many(40, () => paid(50)),
        failed('PAYMENT_PROVIDER_IS_NOT_ENABLED', 1),
        failed('PAYMENT_PROVIDER_IS_NOT_ENABLED', 2),
      ],
      'shop',
    ],
  ])('%s', (_, seen, kind) => {
    expect(fault(seen)).toBe(kind)
  })

  test('whatever else fails, a processor that answers nobody is seen; the order of the news does not matter', () => {
    const code = fc.constantFrom(...codesOfClass('TECH'))
    fc.assert(
      fc.property(fc.array(code, { minLength: 5, maxLength: 60 }), fc.nat(), (codes, seed) => {
        const seen = codes.map((each, i) => failed(each, i, (i * 59) / codes.length))
        const shuffled = seen.toSorted((a, b) => mix(a.at, seed) - mix(b.at, seed))
        expect(alarmFor(seen, now)).toMatchObject({ fault: 'processor', cards: codes.length })
        expect(alarmFor(shuffled, now)).toEqual(alarmFor(seen, now))
      }),
      { numRuns: 100 },
    )
  })

  test('says what was seen', () => {
    const seen = [...many(8, (i) => failed('PROCESSING_ERROR', i)), paid()]
    expect(alarmFor(seen, now)?.because).toBe(
      '8 unlike cards failed by the payment processor’s fault within an hour (mostly PROCESSING_ERROR), while 1 other charge was answered',
    )
  })
})

const mix = (at: Date, seed: number) => (at.getTime() * 7919 + seed * 104_729) % 10_007

describe('what could never count is not looked up', () => {
  test('a code that cannot engage the brake alone cannot in any number', () => {
    for (const code of KNOWN_CODES) {
      const group = classOfCode(code)
      if (!group) continue
      const alone = many(30, (i) => failed(code, i))
      expect([code, fault(alone) !== null]).toEqual([code, couldEngage({ code, class: group })])
    }
  })
})

describe('payments go through again', () => {
  const engagedAt = ago(120)
  test.each<[what: string, seen: SeenCharge[], over: boolean]>([
    ['nobody has paid', [failed('PROCESSING_ERROR', 1)], false],
    ['one has paid', [paid(5)], true],
    ['a payment of before the brake', [paid(125)], false],
    ['a payment that was under way when it engaged', [paid(119.5)], false],
    [
      'one has paid, and three failed as before',
      [paid(5), ...many(3, (i) => failed('PROCESSING_ERROR', i, 5))],
      false,
    ],
    [
      'as many paid as failed',
      [paid(5), paid(4), ...many(2, (i) => failed('TEST_MODE', i, 5))],
      true,
    ],
    [
      'one has paid, others have no money',
      [paid(5), ...many(9, (i) => failed('INSUFFICIENT_FUNDS', i, 5))],
      true,
    ],
  ])('%s', (_, seen, over) => {
    expect(goesThroughAgain(seen, engagedAt, now)).toBe(over)
  })
})

test('probes come after ever longer waits, and never stop', () => {
  expect([0, 1, 2, 3, 4, 50].map(probeAfterMinutes)).toEqual([...PROBE_AFTER_MINUTES, 240, 240])
})
