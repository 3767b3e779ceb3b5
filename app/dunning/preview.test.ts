import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { declineFrom, isStockCode, KNOWN_CODES } from './declines.ts'
import { type PreviewInput, preview } from './preview.ts'
import { planLane, wallTime } from './schedule.ts'
import { checkSequence, defaultSequence, retriesInLane } from './sequence.ts'
import type { Sequence, Step } from './types.ts'

const BERLIN = 'Europe/Berlin'
const monthly: PreviewInput = {
  code: 'INSUFFICIENT_FUNDS',
  zone: BERLIN,
  interval: { unit: 'MONTH', count: 1 },
  openedAt: new Date('2026-11-12T08:00:00Z'),
}

/** "retry funds.r1 2026-11-13T09:30" */
function played(sequence: Sequence, input: PreviewInput): string[] {
  return preview(sequence, input).map(
    ({ kind, stepKey, at }) => `${kind} ${stepKey ?? '-'} ${wallTime(at, input.zone)}`,
  )
}

describe('the default sequence, played', () => {
  test('short of money for a whole month', () => {
    expect(played(defaultSequence(), monthly)).toEqual([
      'failure - 2026-11-12T09:00',
      'retry funds.r1 2026-11-13T09:30',
      'email funds.e1 2026-11-13T11:30',
      'retry funds.r2 2026-11-15T09:30',
      'email funds.e2 2026-11-15T11:30',
      'retry funds.r3 2026-11-20T09:30',
      'email funds.e3 2026-11-20T11:30',
      'retry funds.r4 2026-11-24T09:30',
      'email funds.e4 2026-11-24T11:30',
      'email funds.e5 2026-11-30T11:30',
      'email - 2026-12-03T09:00',
      'end - 2026-12-03T09:00',
    ])
  })

  test('an expired card is never charged again, and its owner hears at once', () => {
    const lines = preview(defaultSequence(), { ...monthly, code: 'expired_card' })
    expect(lines.some(({ kind }) => kind === 'retry')).toBe(false)
    expect(lines[1]).toMatchObject({ kind: 'email', stepKey: 'card.e1', at: monthly.openedAt })
  })

  test('out of stock: five tries, no word to the shopper, then the cycle is skipped', () => {
    const lines = preview(defaultSequence(), { ...monthly, code: 'INSUFFICIENT_INVENTORY' })
    expect(lines.filter(({ kind }) => kind === 'retry')).toHaveLength(5)
    expect(lines.some(({ kind }) => kind === 'email')).toBe(false)
    expect(lines.at(-1)?.kind).toBe('end')
  })

  test('a code that is new to us: one try after three days', () => {
    const lines = preview(defaultSequence(), { ...monthly, code: 'martian_error' })
    const retries = lines.filter(({ kind }) => kind === 'retry')
    expect(retries.map(({ at }) => wallTime(at, BERLIN))).toEqual(['2026-11-15T09:30'])
  })

  test('every line says why', () => {
    for (const code of KNOWN_CODES) {
      for (const line of preview(defaultSequence(), { ...monthly, code })) {
        expect(line.because).not.toBe('')
        expect(line.what).not.toBe('')
      }
    }
  })
})

describe('R7: N retries means N', () => {
  test.each([0, 1, 2, 3, 4, 5, 6, 7])('%i: dated, and played', (count) => {
    const sequence = withRetries(Array.from({ length: count }, (_, i) => 1 + 2 * i))
    expect(checkSequence(sequence).ok).toBe(true)
    expect(retriesInLane(sequence, 'FUNDS')).toHaveLength(count)

    const plan = planLane(sequence, 'FUNDS', {
      caseId: 'any',
      anchorAt: monthly.openedAt,
      laneEnteredAt: monthly.openedAt,
      now: monthly.openedAt,
      deadlineAt: new Date('2026-12-03T08:00:00Z'),
      zone: BERLIN,
      emailWindow: { fromHour: 8, untilHour: 20 },
      lastAttemptAt: monthly.openedAt,
      sentStages: [],
      lastCode: 'INSUFFICIENT_FUNDS',
    })
    expect(plan.runs.filter(({ kind }) => kind === 'retry')).toHaveLength(count)
    expect(preview(sequence, monthly).filter(({ kind }) => kind === 'retry')).toHaveLength(count)
  })

  test('any days on any long plan, opened at any hour', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 18 }), { maxLength: 7 }),
        fc.integer({ min: 0, max: 366 * 24 }),
        fc.constantFrom(BERLIN, 'America/New_York', 'Asia/Kathmandu', 'Pacific/Auckland'),
        (days, hour, zone) => {
          const openedAt = new Date(Date.UTC(2026, 0, 1) + hour * 3_600_000)
          const lines = preview(withRetries(days), {
            ...monthly,
            zone,
            openedAt,
            interval: { unit: 'MONTH', count: 3 },
          })
          expect(lines.filter(({ kind }) => kind === 'retry')).toHaveLength(days.length)
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('whatever fails, the caps hold', () => {
  test('no automatic charge that the class forbids, a day between two, eight at most, and an end', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...KNOWN_CODES, 'MARTIAN_ERROR'),
        fc.integer({ min: 0, max: 366 * 24 }),
        fc.constantFrom<PreviewInput['interval']>(
          { unit: 'DAY', count: 1 },
          { unit: 'DAY', count: 3 },
          { unit: 'WEEK', count: 1 },
          { unit: 'MONTH', count: 1 },
          { unit: 'YEAR', count: 1 },
        ),
        (code, hour, interval) => {
          const openedAt = new Date(Date.UTC(2026, 0, 1) + hour * 3_600_000)
          const lines = preview(defaultSequence(), { ...monthly, code, interval, openedAt })
          const charges = lines.filter(({ kind }) => kind === 'failure' || kind === 'retry')
          const { class: ofClass } = declineFrom(code, 'payment')
          if (
            ['CARD', 'AUTH', 'STOP', 'MERCHANT', 'PAID'].includes(ofClass) &&
            !isStockCode(code)
          ) {
            expect(charges).toHaveLength(1)
          }
          expect(charges.length).toBeLessThanOrEqual(8)
          charges.reduce((before, charge) => {
            expect(charge.at.getTime() - before.at.getTime()).toBeGreaterThanOrEqual(24 * 3_600_000)
            return charge
          })
          expect(lines.at(-1)?.kind).toBe('end')
          const mails = lines.filter(({ kind, stepKey }) => kind === 'email' && stepKey !== null)
          expect(mails.length).toBeLessThanOrEqual(5)
        },
      ),
      { numRuns: 150 },
    )
  })
})

/** The default sequence with other retries in the FUNDS lane, and only its last notice. */
function withRetries(days: number[]): Sequence {
  const base = defaultSequence()
  const retries = days.map(
    (day, i): Step => ({
      key: `funds.n${i}`,
      lane: 'FUNDS',
      kind: 'retry',
      offset: { from: 'anchor', days: day },
      ifMissed: 'next_window',
    }),
  )
  const others = base.steps.filter((step) => step.lane !== 'FUNDS' || step.key === 'funds.e5')
  return { ...base, steps: [...retries, ...others] }
}
