import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { declineFrom, isStockCode, KNOWN_CODES } from './declines.ts'
import { type ImaginedShopper, previewCase } from './preview.ts'
import { planLane, wallTime } from './schedule.ts'
import {
  after,
  anchorDay,
  checkSequence,
  defaultSequence,
  email,
  retriesInLane,
  retry,
  sms,
} from './sequence.ts'
import type { Sequence, Step } from './types.ts'

const BERLIN = 'Europe/Berlin'
const monthly: ImaginedShopper = {
  code: 'INSUFFICIENT_FUNDS',
  zone: BERLIN,
  interval: { unit: 'MONTH', count: 1 },
  failedAt: new Date('2026-11-12T08:00:00Z'),
}

/** "retry funds.r1 2026-11-13T09:30" */
function played(sequence: Sequence, input: ImaginedShopper): string[] {
  return previewCase(sequence, input).lines.map(
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
      'sms funds.s1 2026-11-17T11:30',
      'retry funds.r3 2026-11-20T09:30',
      'email funds.e3 2026-11-20T11:30',
      'retry funds.r4 2026-11-24T09:30',
      'email funds.e4 2026-11-24T11:30',
      'sms funds.s2 2026-11-25T11:30',
      'email funds.e5 2026-11-30T11:30',
      'contract_action - 2026-12-03T09:00',
      'email - 2026-12-03T09:00',
      'end - 2026-12-03T09:00',
    ])
  })

  test('an expired card is never charged again, and its owner hears at once', () => {
    const { lines } = previewCase(defaultSequence(), { ...monthly, code: 'expired_card' })
    expect(lines.some(({ kind }) => kind === 'retry')).toBe(false)
    expect(lines[1]).toMatchObject({ kind: 'email', stepKey: 'card.e1', at: monthly.failedAt })
  })

  test('out of stock: five tries, no word to the shopper, then the cycle is skipped', () => {
    const { lines } = previewCase(defaultSequence(), { ...monthly, code: 'INSUFFICIENT_INVENTORY' })
    expect(lines.filter(({ kind }) => kind === 'retry')).toHaveLength(5)
    expect(lines.some(({ kind }) => kind === 'email')).toBe(false)
    expect(lines.at(-1)?.kind).toBe('end')
  })

  test('a code that is new to us: one try after three days', () => {
    const { lines } = previewCase(defaultSequence(), { ...monthly, code: 'martian_error' })
    const retries = lines.filter(({ kind }) => kind === 'retry')
    expect(retries.map(({ at }) => wallTime(at, BERLIN))).toEqual(['2026-11-15T09:30'])
  })

  test('every line says why', () => {
    for (const code of KNOWN_CODES) {
      for (const line of previewCase(defaultSequence(), { ...monthly, code }).lines) {
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
      anchorAt: monthly.failedAt,
      laneEnteredAt: monthly.failedAt,
      now: monthly.failedAt,
      deadlineAt: new Date('2026-12-03T08:00:00Z'),
      zone: BERLIN,
      emailWindow: { fromHour: 8, untilHour: 20 },
      lastAttemptAt: monthly.failedAt,
      sentStages: [],
      lastCode: 'INSUFFICIENT_FUNDS',
    })
    expect(plan.runs.filter(({ kind }) => kind === 'retry')).toHaveLength(count)
    const { lines } = previewCase(sequence, monthly)
    expect(lines.filter(({ kind }) => kind === 'retry')).toHaveLength(count)
  })

  test('any days on any long plan, opened at any hour', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 18 }), { maxLength: 7 }),
        fc.integer({ min: 0, max: 366 * 24 }),
        fc.constantFrom(BERLIN, 'America/New_York', 'Asia/Kathmandu', 'Pacific/Auckland'),
        (days, hour, zone) => {
          const failedAt = new Date(Date.UTC(2026, 0, 1) + hour * 3_600_000)
          const { lines } = previewCase(withRetries(days), {
            ...monthly,
            zone,
            failedAt,
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
        fc.constantFrom<ImaginedShopper['interval']>(
          { unit: 'DAY', count: 1 },
          { unit: 'DAY', count: 3 },
          { unit: 'WEEK', count: 1 },
          { unit: 'MONTH', count: 1 },
          { unit: 'YEAR', count: 1 },
        ),
        (code, hour, interval) => {
          const failedAt = new Date(Date.UTC(2026, 0, 1) + hour * 3_600_000)
          const { lines } = previewCase(defaultSequence(), { ...monthly, code, interval, failedAt })
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

describe('over a clock change', () => {
  // A branch begins with its day, a retry keeps to hours of its own, a text keeps away from Sunday mornings.
  const branch: Step = {
    key: 'funds.b1',
    lane: 'FUNDS',
    kind: 'branch',
    offset: anchorDay(3),
    ifMissed: 'next_window',
    when: [{ fact: 'amount', is: 'at_least', value: 1 }],
  }
  const base = defaultSequence()
  const sequence: Sequence = {
    ...base,
    steps: [
      retry('funds.r1', anchorDay(1)),
      email('funds.e1', after('funds.r1', 24), 'first'),
      branch,
      { ...retry('funds.r2', anchorDay(3)), window: { fromHour: 6, untilHour: 7 } },
      sms('funds.s1', anchorDay(4), 'reminder'),
      retry('funds.r3', anchorDay(5)),
      ...base.steps.filter(({ lane }) => lane !== 'FUNDS'),
    ],
  }

  // The shopper's clock, then UTC. The end comes after whole days, so at the hour of the failure.
  test.each([
    [
      'Europe/Berlin',
      '2026-10-22T21:30Z',
      'an hour longer',
      [
        'failure 2026-10-22T23:30 10-22T21:30',
        'funds.r1 2026-10-24T09:30 10-24T07:30',
        'funds.b1 2026-10-25T00:00 10-24T22:00',
        'funds.e1 2026-10-25T08:30 10-25T07:30',
        'funds.r2 2026-10-26T06:30 10-26T05:30',
        'funds.s1 2026-10-26T11:30 10-26T10:30',
        'funds.r3 2026-10-27T09:30 10-27T08:30',
        'end 2026-11-12T23:30 11-12T22:30',
      ],
    ],
    [
      'America/New_York',
      '2027-03-11T04:30Z',
      'an hour shorter, on a Sunday',
      [
        'failure 2027-03-10T23:30 03-11T04:30',
        'funds.r1 2027-03-12T09:30 03-12T14:30',
        'funds.b1 2027-03-13T00:00 03-13T05:00',
        'funds.e1 2027-03-13T09:30 03-13T14:30',
        'funds.r2 2027-03-14T06:30 03-14T10:30',
        'funds.s1 2027-03-14T12:00 03-14T16:00',
        'funds.r3 2027-03-15T09:30 03-15T13:30',
        'end 2027-03-31T23:30 04-01T03:30',
      ],
    ],
    [
      'Australia/Lord_Howe',
      '2026-10-01T12:00Z',
      'half an hour shorter',
      [
        'failure 2026-10-01T22:30 10-01T12:00',
        'funds.r1 2026-10-03T09:30 10-02T23:00',
        'funds.b1 2026-10-04T00:00 10-03T13:30',
        'funds.e1 2026-10-04T10:00 10-03T23:00',
        'funds.r2 2026-10-05T06:30 10-04T19:30',
        'funds.s1 2026-10-05T11:30 10-05T00:30',
        'funds.r3 2026-10-06T09:30 10-05T22:30',
        'end 2026-10-22T22:30 10-22T11:30',
      ],
    ],
    [
      'America/Havana',
      '2027-03-11T06:00Z',
      'a day without a midnight',
      [
        'failure 2027-03-11T01:00 03-11T06:00',
        'funds.r1 2027-03-12T09:30 03-12T14:30',
        'funds.e1 2027-03-13T09:30 03-13T14:30',
        'funds.b1 2027-03-14T01:00 03-14T05:00',
        'funds.r2 2027-03-14T06:30 03-14T10:30',
        'funds.s1 2027-03-15T11:30 03-15T15:30',
        'funds.r3 2027-03-16T09:30 03-16T13:30',
        'end 2027-04-01T01:00 04-01T05:00',
      ],
    ],
  ])('%s, %s: %s', (zone, at, _what, golden) => {
    expect(checkSequence(sequence).ok).toBe(true)
    const { lines } = previewCase(sequence, {
      ...monthly,
      zone,
      interval: { unit: 'MONTH', count: 3 },
      failedAt: new Date(at),
    })
    const told = lines
      .filter(({ stepKey, kind }) => stepKey !== null || kind === 'failure' || kind === 'end')
      .map((line) => {
        const utc = line.at.toISOString().slice(5, 16)
        return `${line.stepKey ?? line.kind} ${wallTime(line.at, zone)} ${utc}`
      })
    expect(told).toEqual(golden)
  })
})

describe('what the editor shows beside the dates', () => {
  const shown = (more: Partial<ImaginedShopper>) =>
    previewCase(defaultSequence(), { ...monthly, ...more })

  test('the hour on the shopper’s clock in their language, the day of the plan, and the deadline', () => {
    const { lines, deadlineAt, ended, endedAt, attempts, messages } = shown({ locale: 'de' })
    expect(lines[1]).toMatchObject({ local: 'Fr., 13. Nov., 09:30', day: 1, capped: null })
    expect(wallTime(deadlineAt, BERLIN)).toBe('2026-12-03T09:00')
    expect([ended, attempts, messages]).toEqual(['exhausted', 5, 8])
    expect(endedAt).toEqual(lines.at(-1)?.at)
  })

  test('whoever has not agreed to texts is sent none, and it says so', () => {
    const { lines, messages } = shown({ agreedToTexts: false })
    const texts = lines.filter(({ stepKey }) => /\.s\d$/.test(stepKey ?? ''))
    expect(texts.map(({ kind, capped, because }) => [kind, capped, because])).toEqual([
      ['skipped', 'consent', 'not sent: the shopper has not agreed to texts'],
      ['skipped', 'consent', 'not sent: the shopper has not agreed to texts'],
    ])
    expect(messages).toBe(6)
  })

  test('a text that is planned after the last notice is left out, and not for the sake of 24 hours', () => {
    const { steps } = defaultSequence()
    const late = { ...defaultSequence(), steps: [...steps, sms('card.s9', anchorDay(19), 'plan')] }
    const { lines } = previewCase(late, { ...monthly, code: 'EXPIRED_CARD' })
    expect(lines.find(({ stepKey }) => stepKey === 'card.s9')).toMatchObject({
      kind: 'skipped',
      capped: 'after the last notice',
    })
  })

  test('what a cap forbids, and which', () => {
    const twice: Step = { ...email('card.e9', { from: 'lane', days: 1 }, 'options') }
    const { steps } = defaultSequence()
    const hasty = { ...defaultSequence(), steps: [...steps, twice] }
    const late = new Date('2026-11-12T18:30:00Z')
    const { lines } = previewCase(hasty, { ...monthly, code: 'EXPIRED_CARD', failedAt: late })
    const line = lines.find(({ stepKey }) => stepKey === 'card.e9')
    // The first notice went out in the evening: the next one waits for a day to pass.
    expect(line).toMatchObject({ kind: 'email', day: 1 })
    expect(line && line.at.getTime() - late.getTime()).toBe(24 * 3_600_000)
    const weekly = shown({ interval: { unit: 'DAY', count: 3 } })
    expect(weekly.lines.filter(({ capped }) => capped === 'deadline').length).toBeGreaterThan(0)
  })

  test.each<[NonNullable<ImaginedShopper['events']>[number]['type'], string, RegExp]>([
    ['method_changed', 'recovered', /the charge went through/],
    ['pays', 'paid_elsewhere', /billed/],
    ['stops', 'written_off', /nobody released/],
    ['contract_paused', '', /clock stands still/],
    ['contract_cancelled', 'cancelled', /cancelled/],
    ['clicked', 'exhausted', /deadline/],
    ['task_done', 'exhausted', /deadline/],
  ])('a shopper of whom %s is imagined', (type, ended, because) => {
    const played = shown({ events: [{ afterDays: 6, type }] })
    expect(played.lines.filter(({ kind }) => kind === 'happening')).toHaveLength(1)
    expect(played.ended ?? '').toBe(ended)
    if (ended) expect(played.lines.at(-1)?.because).toMatch(because)
  })

  test('in time: sixty steps in less than 50 ms', () => {
    const tasks = Array.from(
      { length: 15 },
      (_, i): Step => ({
        key: `funds.t${i}`,
        lane: 'FUNDS',
        kind: 'staff_task',
        offset: anchorDay(1 + i),
        ifMissed: 'skip',
        task: 'Look at it',
      }),
    )
    const long = { ...defaultSequence(), steps: [...defaultSequence().steps, ...tasks] }
    expect(long.steps.length).toBeGreaterThanOrEqual(60)
    expect(checkSequence(long).ok).toBe(true)
    const times = Array.from({ length: 12 }, () => {
      const from = performance.now()
      previewCase(long, monthly)
      return performance.now() - from
    })
    // The quickest: others may be at work on this machine.
    expect(Math.min(...times)).toBeLessThan(50)
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
