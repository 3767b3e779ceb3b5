import { describe, expect, test } from 'vitest'
import { emptyTraits } from './conditions.ts'
import { presets } from './presets.ts'
import { type PastCase, replay, sumUp } from './replay.ts'
import { defaultSequence } from './sequence.ts'

const failedAt = new Date('2026-10-05T09:00:00Z')
const later = new Date('2026-12-31T00:00:00Z')
const amount = { amount: '24.90', currency: 'EUR' }
const place = { emailWindow: { fromHour: 8, untilHour: 20 }, smsReady: true }

const paidOnDay = (day: number): Partial<PastCase> => ({
  status: 'recovered',
  closedAt: new Date(failedAt.getTime() + day * 86_400_000),
})

function past(more: Partial<PastCase> = {}): PastCase {
  return {
    id: 'a case',
    failedAt,
    zone: 'Europe/Berlin',
    code: 'INSUFFICIENT_FUNDS',
    instrument: 'card',
    interval: { unit: 'MONTH', count: 1 },
    nextExpectedAt: new Date('2026-11-05T09:00:00Z'),
    amount,
    traits: emptyTraits(amount),
    happened: { charges: 1, messages: 0, skipped: 0 },
    status: 'exhausted',
    closedAt: new Date('2026-10-26T09:00:00Z'),
    ...more,
  }
}

const preset = (key: string) => {
  const found = presets().find((one) => one.key === key)
  if (!found) throw new Error(key)
  return found.sequence
}

describe('a failure of the past under another plan', () => {
  test('is played to its own end where the money never came', () => {
    const { would } = replay(defaultSequence(), past(), place, later)
    expect(would).toMatchObject({ charges: 4, status: 'exhausted' })
    expect(would.messages).toBeGreaterThan(4)
    expect(would.at?.toISOString().slice(0, 10)).toBe('2026-10-26')
  })

  test('stops on the day on which the money really came, and never claims an earlier one', () => {
    const { would } = replay(defaultSequence(), past(paidOnDay(2)), place, later)
    expect(would).toMatchObject({ charges: 1, status: 'paid_elsewhere' })
    expect(would.at).toEqual(paidOnDay(2).closedAt)
  })

  test('that is open still is played until now, not into the future', () => {
    const now = new Date('2026-10-07T12:00:00Z')
    const open = past({ status: 'retrying', closedAt: null })
    const { would } = replay(defaultSequence(), open, place, now)
    expect(would).toMatchObject({ charges: 1, status: null, at: null })
  })

  test('whose subscription was cancelled is left alone from that day on', () => {
    const closedAt = new Date('2026-10-06T08:00:00Z')
    const { would } = replay(
      defaultSequence(),
      past({ status: 'cancelled', closedAt }),
      place,
      later,
    )
    expect(would).toMatchObject({ charges: 0, messages: 0, status: 'cancelled' })
  })

  test('says which limits would have held steps back', () => {
    const weekly = past({
      interval: { unit: 'WEEK', count: 1 },
      nextExpectedAt: new Date('2026-10-12T09:00:00Z'),
    })
    const { would } = replay(defaultSequence(), weekly, place, later)
    expect(would.capped.length).toBeGreaterThan(0)
    expect(would.skipped).toBeGreaterThan(0)
  })
})

test('many failures are summed up beside what was done', () => {
  const cases = [
    past({ happened: { charges: 3, messages: 4, skipped: 1 } }),
    past({ ...paidOnDay(1), happened: { charges: 1, messages: 1, skipped: 0 } }),
  ]
  const sum = sumUp(cases.map((one) => replay(preset('gentle'), one, place, later)))
  expect(sum).toMatchObject({
    cases: 2,
    happened: { charges: 4, messages: 5, skipped: 1 },
    would: { charges: 3, messages: 4 },
    silent: 1,
    newlyTold: 0,
  })
})
