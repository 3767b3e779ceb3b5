import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addHours,
  addLocalDays,
  deadlineFor,
  graceEndFor,
  jitterMinutes,
  type LaneContext,
  localHour,
  localSlot,
  materialise,
  moveRung,
  nextEmailTime,
  nextSmsTime,
  paydayNear,
  planLane,
  pushLater,
  shiftBy,
  slotOnOrAfter,
  wallTime,
  zoneFor,
} from './schedule.ts'
import { defaultSequence } from './sequence.ts'
import type { Lane, NewStepRun, Sequence, Step, StepRun } from './types.ts'

const BERLIN = 'Europe/Berlin'
const DAY_HOURS = { fromHour: 8, untilHour: 20 }
const RETRY_HOURS = { fromHour: 9, untilHour: 10 }
const HOUR = 3_600_000
const DAY = 24 * HOUR

/** A case whose jitter is nought, so that the tables below show round times. */
const ON_THE_HALF_HOUR = 'case-91'

const at = (text: string) => new Date(text)

type Opening = {
  anchor: string
  next: string | null
  now?: string
  enteredAt?: string
  lastAttempt?: string
  zone?: string
  code?: string
  sent?: LaneContext['sentStages']
  sequence?: Sequence
}

function contextOf({
  anchor,
  next,
  now,
  enteredAt,
  lastAttempt,
  zone = BERLIN,
  code,
  sent,
}: Opening) {
  return {
    caseId: ON_THE_HALF_HOUR,
    anchorAt: at(anchor),
    laneEnteredAt: at(enteredAt ?? anchor),
    now: at(now ?? anchor),
    deadlineAt: deadlineFor({
      anchorAt: at(anchor),
      expectedAt: at(anchor),
      nextExpectedAt: next ? at(next) : null,
      deadlineDays: 21,
      zone,
    }),
    zone,
    emailWindow: DAY_HOURS,
    lastAttemptAt: at(lastAttempt ?? anchor),
    sentStages: sent ?? [],
    lastCode: code ?? null,
  } satisfies LaneContext
}

/** "funds.r1 2026-11-13T09:30", in order of time. Texts are left out: they have tests of their own. */
function timetable(lane: Lane, opening: Opening): string[] {
  const { zone = BERLIN, sequence = defaultSequence() } = opening
  return materialise(sequence, lane, contextOf(opening))
    .filter(({ kind }) => kind !== 'sms')
    .map((run) => `${run.stepKey} ${wallTime(run.dueAt, zone)}`)
}

const monthly: Opening = { anchor: '2026-11-12T08:00:00Z', next: '2026-12-12T08:00:00Z' }
const weekly: Opening = { anchor: '2026-11-09T08:00:00Z', next: '2026-11-16T08:00:00Z' }

describe('the golden table of due times', () => {
  test('FUNDS, monthly, failed at nine: the second retry meets the 15th', () => {
    expect(timetable('FUNDS', monthly)).toEqual([
      'funds.r1 2026-11-13T09:30',
      'funds.e1 2026-11-13T11:30',
      'funds.r2 2026-11-15T09:30',
      'funds.e2 2026-11-15T11:30',
      'funds.r3 2026-11-20T09:30',
      'funds.e3 2026-11-20T11:30',
      'funds.r4 2026-11-24T09:30',
      'funds.e4 2026-11-24T11:30',
      'funds.e5 2026-11-30T11:30',
    ])
  })

  test('a failure in the afternoon: the first retry waits for the window after 24 hours', () => {
    expect(
      timetable('FUNDS', { anchor: '2026-11-12T13:00:00Z', next: '2026-12-12T13:00:00Z' }).slice(
        0,
        3,
      ),
    ).toEqual([
      'funds.r1 2026-11-14T09:30',
      'funds.e1 2026-11-14T11:30',
      // The 15th begins the fourth window after the failure and is a day after the first retry.
      'funds.r2 2026-11-15T09:30',
    ])
  })

  test('ISSUER, monthly', () => {
    expect(timetable('ISSUER', monthly)).toEqual([
      'issuer.r1 2026-11-13T09:30',
      'issuer.e1 2026-11-13T11:30',
      'issuer.r2 2026-11-15T09:30',
      'issuer.e2 2026-11-16T11:30',
      'issuer.r3 2026-11-19T09:30',
      'issuer.e3 2026-11-20T11:30',
      'issuer.e4 2026-11-24T11:30',
      'issuer.r4 2026-11-26T09:30',
      'issuer.e5 2026-11-30T11:30',
    ])
  })

  test('CALL_ISSUER: the first mail goes out at once and is not said twice', () => {
    const times = timetable('ISSUER', { ...monthly, code: 'CALL_ISSUER' })
    expect(times[0]).toBe('issuer.e0 2026-11-12T09:00')
    expect(times.join()).not.toContain('issuer.e1')
  })

  test('CARD: no retry, four mails', () => {
    expect(timetable('CARD', monthly)).toEqual([
      'card.e1 2026-11-12T09:00',
      'card.e2 2026-11-15T11:30',
      'card.e3 2026-11-19T11:30',
      'card.e4 2026-11-26T11:30',
    ])
  })

  test('CARD at ten in the evening: the first mail waits for eight', () => {
    expect(
      timetable('CARD', { anchor: '2026-11-12T21:00:00Z', next: '2026-12-12T21:00:00Z' })[0],
    ).toBe('card.e1 2026-11-13T08:00')
  })

  test('AUTH, STOP, MERCHANT', () => {
    expect(timetable('AUTH', monthly)).toEqual([
      'auth.e1 2026-11-12T09:00',
      'auth.e2 2026-11-13T11:30',
      'auth.e3 2026-11-15T11:30',
    ])
    expect(timetable('STOP', monthly)).toEqual([
      'stop.review 2026-11-12T09:00',
      'stop.e1 2026-11-12T09:00',
    ])
    expect(timetable('MERCHANT', monthly)).toEqual([
      'merchant.task 2026-11-12T09:00',
      'merchant.reminder 2026-11-14T09:30',
    ])
    expect(timetable('MERCHANT', { ...monthly, code: 'INVALID_SHIPPING_ADDRESS' })).toContain(
      'merchant.address 2026-11-12T09:00',
    )
  })

  test('STOCK: five days running', () => {
    expect(timetable('STOCK', monthly).slice(1)).toEqual([
      'stock.r1 2026-11-13T09:30',
      'stock.r2 2026-11-14T09:30',
      'stock.r3 2026-11-15T09:30',
      'stock.r4 2026-11-16T09:30',
      'stock.r5 2026-11-17T09:30',
    ])
  })

  test('UNKNOWN: three days mean 72 hours', () => {
    expect(
      timetable('UNKNOWN', { anchor: '2026-11-12T17:00:00Z', next: '2026-12-12T17:00:00Z' }),
    ).toEqual([
      'unknown.r1 2026-11-16T09:30',
      'unknown.e1 2026-11-16T11:30',
      'unknown.e2 2026-11-20T11:30',
      'unknown.e3 2026-11-26T11:30',
    ])
  })

  test('TECH: short steps, and no word to the shopper', () => {
    expect(timetable('TECH', monthly)).toEqual([
      'tech.alert 2026-11-12T09:00',
      'tech.r1 2026-11-13T09:30',
      'tech.r2 2026-11-14T09:30',
      'tech.r3 2026-11-16T09:30',
    ])
  })

  test('a lane entered on day 4 has only what is still to come, and begins with a first notice', () => {
    const opening = {
      ...monthly,
      now: '2026-11-16T08:31:00Z',
      enteredAt: '2026-11-16T08:31:00Z',
      lastAttempt: '2026-11-16T08:30:00Z',
    }
    expect(timetable('ISSUER', opening)).toEqual([
      'issuer.e2 2026-11-16T11:30',
      'issuer.r3 2026-11-19T09:30',
      'issuer.e3 2026-11-20T11:30',
      'issuer.e4 2026-11-24T11:30',
      'issuer.r4 2026-11-26T09:30',
      'issuer.e5 2026-11-30T11:30',
    ])
    const [mail] = materialise(defaultSequence(), 'ISSUER', contextOf(opening))
    expect(mail?.stage).toBe('first')
  })

  test('the engine was down for eight days: past days are dropped with a reason, never fired', () => {
    const plan = planLane(
      defaultSequence(),
      'FUNDS',
      contextOf({ ...monthly, now: '2026-11-20T10:00:00Z' }),
    )
    expect(plan.runs.filter(({ kind }) => kind === 'retry').map(({ stepKey }) => stepKey)).toEqual([
      'funds.r4',
    ])
    expect(
      plan.dropped
        .filter(({ kind }) => kind === 'retry')
        .map((step) => [step.stepKey, step.because]),
    ).toEqual(
      ['funds.r1', 'funds.r2', 'funds.r3'].map((key) => [
        key,
        'its day had passed when the case came to this lane',
      ]),
    )
  })

  test('a webhook that comes a day late still has its first retry when the window allows', () => {
    const late = {
      anchor: '2026-11-12T13:00:00Z',
      next: '2026-12-12T13:00:00Z',
      now: '2026-11-13T12:00:00Z',
    }
    expect(timetable('FUNDS', late)[0]).toBe('funds.r1 2026-11-14T09:30')
  })

  test('a weekly plan is drawn together: all rungs, a day apart, and a last notice in time', () => {
    expect(timetable('FUNDS', weekly)).toEqual([
      'funds.r1 2026-11-10T09:30',
      'funds.e1 2026-11-10T11:30',
      'funds.r2 2026-11-11T09:30',
      'funds.e5 2026-11-11T11:30',
      'funds.r3 2026-11-12T09:30',
      'funds.r4 2026-11-13T09:30',
    ])
  })

  test('a plan of three days gets one retry', () => {
    const opening = { anchor: '2026-11-09T08:00:00Z', next: '2026-11-12T08:00:00Z' }
    const plan = planLane(defaultSequence(), 'FUNDS', contextOf(opening))
    expect(plan.runs.filter(({ kind }) => kind === 'retry').map(({ stepKey }) => stepKey)).toEqual([
      'funds.r1',
    ])
    expect(plan.dropped.filter(({ kind }) => kind === 'retry')).toHaveLength(3)
  })

  test('what was said is not said again, but entering a lane speaks', () => {
    const sent = { ...monthly, sent: ['first', 'reminder'] as const }
    expect(timetable('FUNDS', sent).join()).not.toMatch(/funds\.e[12]/)
    expect(timetable('CARD', sent)[0]).toBe('card.e1 2026-11-12T09:00')
  })

  test('texts keep a day from every mail', () => {
    const runs = materialise(defaultSequence(), 'AUTH', contextOf(monthly))
    expect(
      runs.filter(({ kind }) => kind === 'sms').map((run) => wallTime(run.dueAt, BERLIN)),
    ).toEqual(['2026-11-14T11:30', '2026-11-16T11:30'])
  })
})

describe('the deadline', () => {
  const deadline = (anchor: string, next: string | null, expected = anchor, zone = BERLIN) =>
    wallTime(
      deadlineFor({
        anchorAt: at(anchor),
        expectedAt: at(expected),
        nextExpectedAt: next ? at(next) : null,
        deadlineDays: 21,
        zone,
      }),
      zone,
    )

  test.each([
    ['a year', '2026-11-12T08:00:00Z', '2027-11-12T08:00:00Z', '2026-12-03T09:00'],
    ['no next charge', '2026-11-12T08:00:00Z', null, '2026-12-03T09:00'],
    ['a month of 30 days', '2026-11-12T08:00:00Z', '2026-12-12T08:00:00Z', '2026-12-03T09:00'],
    [
      'February: 70 % of 28 days',
      '2027-02-01T08:00:00Z',
      '2027-03-01T08:00:00Z',
      '2027-02-20T23:24',
    ],
    ['a week: 70 % of 7 days', '2026-11-09T08:00:00Z', '2026-11-16T08:00:00Z', '2026-11-14T06:36'],
    [
      'three days: one day before',
      '2026-11-09T08:00:00Z',
      '2026-11-12T08:00:00Z',
      '2026-11-11T09:00',
    ],
    ['a day', '2026-11-09T08:00:00Z', '2026-11-10T08:00:00Z', '2026-11-10T01:48'],
  ])('%s', (_name, anchor, next, expected) => {
    expect(deadline(anchor, next)).toBe(expected)
  })

  test('counted in calendar days over the end of summer time', () => {
    expect(deadline('2026-10-12T07:00:00Z', '2026-11-12T08:00:00Z')).toBe('2026-11-02T09:00')
  })

  test('a failure found late ends a day before the next charge', () => {
    expect(deadline('2026-12-05T08:00:00Z', '2026-12-12T08:00:00Z', '2026-11-12T08:00:00Z')).toBe(
      '2026-12-11T09:00',
    )
  })

  test('always after the anchor and before the next charge', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 400 * 24 }),
        fc.integer({ min: 0, max: 60 * 24 }),
        fc.integer({ min: 1, max: 366 }),
        (start, delay, intervalDays) => {
          const expectedAt = new Date(Date.UTC(2026, 0, 1) + start * HOUR)
          const nextExpectedAt = new Date(expectedAt.getTime() + intervalDays * DAY)
          const anchorAt = new Date(expectedAt.getTime() + delay * HOUR)
          const end = deadlineFor({
            anchorAt,
            expectedAt,
            nextExpectedAt,
            deadlineDays: 21,
            zone: BERLIN,
          })
          expect(end > anchorAt).toBe(true)
          if (anchorAt.getTime() < nextExpectedAt.getTime() - 2 * HOUR) {
            expect(end < nextExpectedAt).toBe(true)
          }
          expect(end.getTime() - anchorAt.getTime()).toBeLessThanOrEqual(21 * DAY + HOUR)
        },
      ),
    )
  })

  test('grace is counted by itself', () => {
    const end = graceEndFor({ anchorAt: at('2026-10-12T07:00:00Z'), graceDays: 30, zone: BERLIN })
    expect(wallTime(end, BERLIN)).toBe('2026-11-11T09:00')
  })
})

describe('any ladder on any plan', () => {
  const anyCase = fc.record({
    days: fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { maxLength: 7 }),
    payday: fc.boolean(),
    anchorHour: fc.integer({ min: 0, max: 366 * 24 }),
    intervalDays: fc.constantFrom(1, 2, 3, 5, 6, 7, 10, 14, 28, 30, 31, 90, 365),
    lateHours: fc.integer({ min: 0, max: 40 }),
    attemptHours: fc.integer({ min: 0, max: 40 }),
    zone: fc.constantFrom(BERLIN, 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'),
    caseId: fc.uuid(),
    window: fc.constantFrom(
      RETRY_HOURS,
      { fromHour: 8, untilHour: 20 },
      { fromHour: 6, untilHour: 7 },
    ),
    emailWindow: fc.constantFrom(
      DAY_HOURS,
      { fromHour: 20, untilHour: 4 },
      { fromHour: 0, untilHour: 0 },
    ),
  })

  test('each rung is dated or reported, 24 hours apart, in the window, before the deadline', () => {
    fc.assert(
      fc.property(anyCase, (drawn) => {
        const sequence = ladder(drawn.days, drawn.payday, drawn.window)
        const anchorAt = new Date(Date.UTC(2026, 0, 1) + drawn.anchorHour * HOUR)
        const nextExpectedAt = new Date(anchorAt.getTime() + drawn.intervalDays * DAY)
        const deadlineAt = deadlineFor({
          anchorAt,
          expectedAt: anchorAt,
          nextExpectedAt,
          deadlineDays: 21,
          zone: drawn.zone,
        })
        const now = addHours(anchorAt, drawn.lateHours)
        const lastAttemptAt = addHours(anchorAt, Math.min(drawn.attemptHours, drawn.lateHours))
        const plan = planLane(sequence, 'FUNDS', {
          caseId: drawn.caseId,
          anchorAt,
          laneEnteredAt: anchorAt,
          now,
          deadlineAt,
          zone: drawn.zone,
          emailWindow: drawn.emailWindow,
          lastAttemptAt,
          sentStages: [],
          lastCode: null,
        })
        const rungs = plan.runs.filter(({ kind }) => kind === 'retry')
        const dropped = plan.dropped.filter(({ kind }) => kind === 'retry')
        expect(rungs.length + dropped.length).toBe(drawn.days.length)
        expect(rungs.map(({ stepKey }) => stepKey)).toEqual(
          rungs.map(({ stepKey }) => stepKey).toSorted(),
        )
        let before = lastAttemptAt
        for (const rung of rungs) {
          expect(rung.dueAt.getTime() - before.getTime()).toBeGreaterThanOrEqual(DAY)
          expect(rung.dueAt > now && rung.dueAt < deadlineAt).toBe(true)
          const hour = localHour(rung.dueAt, drawn.zone)
          expect(hour >= drawn.window.fromHour && hour < drawn.window.untilHour).toBe(true)
          before = rung.dueAt
        }
        if (drawn.lateHours < 24 && drawn.intervalDays >= 30) expect(dropped).toEqual([])
        expectMailsInOrder(plan.runs, drawn.zone, drawn.emailWindow, deadlineAt)
      }),
      { numRuns: 300 },
    )
  })

  test('every lane of the default sequence, on every day of a year', () => {
    const sequence = defaultSequence()
    fc.assert(
      fc.property(
        anyCase,
        fc.constantFrom<Lane>(
          'FUNDS',
          'ISSUER',
          'TECH',
          'CARD',
          'AUTH',
          'STOP',
          'STOCK',
          'UNKNOWN',
        ),
        (drawn, lane) => {
          const anchorAt = new Date(Date.UTC(2026, 0, 1) + drawn.anchorHour * HOUR)
          const deadlineAt = deadlineFor({
            anchorAt,
            expectedAt: anchorAt,
            nextExpectedAt: new Date(anchorAt.getTime() + drawn.intervalDays * DAY),
            deadlineDays: 21,
            zone: drawn.zone,
          })
          const runs = materialise(sequence, lane, {
            caseId: drawn.caseId,
            anchorAt,
            laneEnteredAt: anchorAt,
            now: anchorAt,
            deadlineAt,
            zone: drawn.zone,
            emailWindow: drawn.emailWindow,
            lastAttemptAt: anchorAt,
            sentStages: [],
            lastCode: null,
          })
          expectMailsInOrder(runs, drawn.zone, drawn.emailWindow, deadlineAt)
          if (drawn.intervalDays >= 30) {
            const wanted = sequence.steps.filter(
              (step) => step.lane === lane && step.kind === 'retry',
            )
            expect(runs.filter(({ kind }) => kind === 'retry')).toHaveLength(wanted.length)
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('the days on which the clock changes', () => {
  /** Both such days of each zone; Kathmandu has none and lends its odd offset. */
  const days = [
    [BERLIN, '2026-10-25', '2027-03-28'],
    ['America/New_York', '2026-11-01', '2027-03-14'],
    ['Australia/Lord_Howe', '2026-10-04', '2027-04-04'],
    ['Asia/Kathmandu', '2026-10-25', '2027-03-28'],
    ['Pacific/Auckland', '2026-09-27', '2027-04-04'],
    ['America/St_Johns', '2026-11-01', '2027-03-14'],
  ].flatMap(([zone = '', ...dates]) => dates.map((date) => [zone, date] as const))

  /** Every half hour from the midnight before to the midnight after. */
  function momentsOf(zone: string, date: string): Date[] {
    const start = localSlot(zone, date, 0).getTime() - 12 * HOUR
    return Array.from({ length: 2 * 50 }, (_, i) => new Date(start + (i * HOUR) / 2))
  }

  test.each(days)('%s on %s: no slot comes twice or runs backwards', (zone, date) => {
    let before = 0
    for (let minute = 0; minute < 24 * 60; minute += 15) {
      const slot = localSlot(zone, date, minute).getTime()
      expect(slot).toBeGreaterThanOrEqual(before)
      before = slot
    }
    const retries = [9 * 60, 9 * 60 + 15, 9 * 60 + 59].map((minute) =>
      localSlot(zone, date, minute),
    )
    expect(retries.map((slot) => wallTime(slot, zone))).toEqual(
      ['09:00', '09:15', '09:59'].map((time) => `${date}T${time}`),
    )
  })

  test.each(days)(
    '%s on %s: a failure in any hour leads to retries by day, a day apart',
    (zone, date) => {
      for (const anchorAt of momentsOf(zone, date)) {
        const deadlineAt = deadlineFor({
          anchorAt,
          expectedAt: anchorAt,
          nextExpectedAt: new Date(anchorAt.getTime() + 30 * DAY),
          deadlineDays: 21,
          zone,
        })
        for (const lane of ['FUNDS', 'STOCK'] as const) {
          const runs = materialise(defaultSequence(), lane, {
            caseId: 'a-case',
            anchorAt,
            laneEnteredAt: anchorAt,
            now: anchorAt,
            deadlineAt,
            zone,
            emailWindow: DAY_HOURS,
            lastAttemptAt: anchorAt,
            sentStages: [],
            lastCode: null,
          })
          const rungs = runs.filter(({ kind }) => kind === 'retry')
          expect(rungs).toHaveLength(lane === 'STOCK' ? 5 : 4)
          let before = anchorAt.getTime()
          for (const { dueAt } of rungs) {
            expect(localHour(dueAt, zone)).toBe(9)
            expect(dueAt.getTime() - before).toBeGreaterThanOrEqual(DAY)
            before = dueAt.getTime()
          }
          const dates = rungs.map(({ dueAt }) => wallTime(dueAt, zone).slice(0, 10))
          expect(new Set(dates).size).toBe(dates.length)
        }
      }
    },
  )

  test.each(days)('%s on %s: mail keeps its hours, also over midnight', (zone, date) => {
    for (const window of [
      DAY_HOURS,
      { fromHour: 22, untilHour: 3 },
      { fromHour: 2, untilHour: 3 },
    ]) {
      let before = 0
      for (const moment of momentsOf(zone, date)) {
        const open = nextEmailTime(moment, zone, window)
        expect(open >= moment).toBe(true)
        expect(open.getTime()).toBeGreaterThanOrEqual(before)
        expect(isIn(localHour(open, zone), window)).toBe(true)
        expect(nextEmailTime(open, zone, window)).toEqual(open)
        before = open.getTime()
      }
    }
  })

  test.each(days)('%s on %s: moving a rung keeps it in the window', (zone, date) => {
    const dueAt = addLocalDays(localSlot(zone, date, 9 * 60 + 20), -2, zone)
    for (const moment of momentsOf(zone, date)) {
      const moved = moveRung(dueAt, moment, zone, RETRY_HOURS)
      expect(moved >= moment).toBe(true)
      expect(localHour(moved, zone)).toBe(9)
      expect(moved.getTime() - moment.getTime()).toBeLessThanOrEqual(25 * HOUR)
    }
  })
})

describe('the hours for mail and texts', () => {
  test.each([
    ['2026-11-12T07:00:00Z', '2026-11-12T08:00', 'at eight it is open'],
    ['2026-11-12T06:59:00Z', '2026-11-12T08:00', 'before eight it waits'],
    ['2026-11-12T18:59:00Z', '2026-11-12T19:59', 'the last minute counts'],
    ['2026-11-12T19:00:00Z', '2026-11-13T08:00', 'at eight in the evening it is closed'],
  ])('%s goes out at %s: %s', (moment, wall) => {
    expect(wallTime(nextEmailTime(at(moment), BERLIN, DAY_HOURS), BERLIN)).toBe(wall)
  })

  test('a text on a Sunday waits for noon', () => {
    expect(wallTime(nextSmsTime(at('2026-11-15T08:30:00Z'), BERLIN), BERLIN)).toBe(
      '2026-11-15T12:00',
    )
    expect(wallTime(nextSmsTime(at('2026-11-16T08:30:00Z'), BERLIN), BERLIN)).toBe(
      '2026-11-16T09:30',
    )
  })
})

describe('paydays', () => {
  test.each([
    ['2026-11-16', '2026-11-15'],
    ['2026-11-13', '2026-11-15'],
    ['2026-11-18', null],
    ['2026-11-29', '2026-11-30'],
    // The 31st is a Saturday: the last working day is the 30th, as near as the 1st, and the later one wins.
    ['2026-10-31', '2026-11-01'],
    ['2027-01-30', '2027-01-29'],
    ['2026-12-02', '2026-12-01'],
    ['2026-12-03', '2026-12-01'],
  ])('near %s is %s', (date, payday) => {
    expect(paydayNear(date)).toBe(payday)
  })

  test('without a payday in reach the plain day holds', () => {
    const times = timetable('FUNDS', {
      anchor: '2026-11-03T08:00:00Z',
      next: '2026-12-03T08:00:00Z',
    })
    expect(times).toContain('funds.r2 2026-11-07T09:30')
  })

  test('a payday never lets two rungs change places', () => {
    const sequence = ladder([1, 2, 3], true, RETRY_HOURS)
    const times = timetable('FUNDS', { ...monthly, sequence }).filter((line) => line.includes('.r'))
    expect(times).toEqual([
      'funds.r1 2026-11-13T09:30',
      'funds.r2 2026-11-14T09:30',
      'funds.r3 2026-11-15T09:30',
    ])
  })
})

describe('jitter and zone', () => {
  test('the same case always has the same minutes, from -30 to 29', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        expect(jitterMinutes(id)).toBe(jitterMinutes(id))
        expect(jitterMinutes(id)).toBeGreaterThanOrEqual(-30)
        expect(jitterMinutes(id)).toBeLessThanOrEqual(29)
      }),
    )
  })

  test('many cases spread over the hour', () => {
    const minutes = new Set(Array.from({ length: 600 }, (_, i) => jitterMinutes(`case-${i}`)))
    expect(minutes.size).toBeGreaterThan(55)
  })

  test("the delivery address decides where it can, else the shop's zone", () => {
    expect(zoneFor('US', 'NY', BERLIN)).toEqual({
      zone: 'America/New_York',
      source: 'delivery address',
    })
    expect(zoneFor('US', 'TX', BERLIN)).toEqual({ zone: BERLIN, source: 'shop' })
    expect(zoneFor(null, null, BERLIN)).toEqual({ zone: BERLIN, source: 'shop' })
  })

  test('the next slot of a case is today or tomorrow', () => {
    const slot = (moment: string) =>
      wallTime(slotOnOrAfter(at(moment), ON_THE_HALF_HOUR, BERLIN, RETRY_HOURS), BERLIN)
    expect(slot('2026-11-12T03:00:00Z')).toBe('2026-11-12T09:30')
    expect(slot('2026-11-12T08:30:00Z')).toBe('2026-11-12T09:30')
    expect(slot('2026-11-12T08:31:00Z')).toBe('2026-11-13T09:30')
  })
})

describe('moving what is scheduled', () => {
  const sequence = defaultSequence()
  const context = contextOf(monthly)
  const runs = asRuns(materialise(sequence, 'FUNDS', context))
  const windows = { sequence: defaultSequence(), emailWindow: DAY_HOURS }

  test('a rung moved past the next one pushes it, and its message goes along', () => {
    const changes = pushLater(runs, 'funds.r1', at('2026-11-15T08:30:00Z'), {
      sequence,
      deadlineAt: context.deadlineAt,
      zone: BERLIN,
      emailWindow: DAY_HOURS,
    })
    expect(
      changes.map((change) => [
        change.stepRunId,
        change.to === 'scheduled' ? wallTime(change.dueAt, BERLIN) : change.to,
      ]),
    ).toEqual([
      ['funds.r1', '2026-11-15T09:30'],
      ['funds.e1', '2026-11-15T11:30'],
      ['funds.r2', '2026-11-16T09:30'],
      ['funds.e2', '2026-11-16T11:30'],
    ])
  })

  test('a rung pushed over the deadline is skipped, and says so', () => {
    const changes = pushLater(runs, 'funds.r4', at('2026-12-03T08:30:00Z'), {
      sequence,
      deadlineAt: context.deadlineAt,
      zone: BERLIN,
      emailWindow: DAY_HOURS,
    })
    expect(changes[0]).toMatchObject({ stepRunId: 'funds.r4', to: 'skipped' })
    expect(changes[0]?.because).toMatch(/deadline/)
  })

  test('N rungs stay N, 24 hours apart, wherever one is moved', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('funds.r1', 'funds.r2', 'funds.r3', 'funds.r4'),
        fc.integer({ min: 0, max: 12 * 24 }),
        (id, hours) => {
          const moved = runs.find((run) => run.id === id)
          if (!moved) throw new Error(id)
          const dueAt = moveRung(moved.dueAt, addHours(moved.dueAt, hours), BERLIN, RETRY_HOURS)
          const changes = pushLater(runs, id, dueAt, {
            sequence,
            deadlineAt: context.deadlineAt,
            zone: BERLIN,
            emailWindow: DAY_HOURS,
          })
          const rungs = runs.filter(({ kind }) => kind === 'retry')
          const times = rungs.flatMap((rung) => {
            const change = changes.find(({ stepRunId }) => stepRunId === rung.id)
            if (!change) return [rung.dueAt]
            return change.to === 'scheduled' ? [change.dueAt] : []
          })
          const skipped = changes.filter(
            ({ to, stepRunId }) => to === 'skipped' && stepRunId.includes('.r'),
          )
          expect(times.length + skipped.length).toBe(4)
          times.reduce((before, time) => {
            expect(time.getTime() - before.getTime()).toBeGreaterThanOrEqual(DAY)
            return time
          })
          for (const time of times) expect(time < context.deadlineAt).toBe(true)
        },
      ),
    )
  })

  test('a pause of three and a half days moves everything by as much, at its time of day', () => {
    const shifted = shiftBy(
      runs,
      context.deadlineAt,
      3.5 * DAY,
      at(monthly.next ?? ''),
      BERLIN,
      windows,
    )
    expect(wallTime(shifted.deadlineAt, BERLIN)).toBe('2026-12-06T21:00')
    const times = new Map(
      shifted.steps.map((change) => [
        change.stepRunId,
        change.to === 'scheduled' ? wallTime(change.dueAt, BERLIN) : change.to,
      ]),
    )
    expect(times.get('funds.r1')).toBe('2026-11-17T09:30')
    expect(times.get('funds.e1')).toBe('2026-11-17T11:30')
    expect(times.get('funds.e5')).toBe('2026-12-04T11:30')
  })

  test('the deadline never passes the next charge, and what lies beyond is skipped', () => {
    const next = at(monthly.next ?? '')
    const shifted = shiftBy(runs, context.deadlineAt, 20 * DAY, next, BERLIN, windows)
    expect(shifted.deadlineAt).toEqual(next)
    for (const change of shifted.steps) {
      if (change.to === 'scheduled') expect(change.dueAt < next).toBe(true)
      else expect(change.because).toMatch(/deadline/)
    }
    expect(shifted.steps).toHaveLength(runs.length)
  })
})

// ---------------------------------------------------------------- building and checking

/** A sequence with these retries in the FUNDS lane, each with a mail two hours later, and a last notice. */
function ladder(days: number[], payday: boolean, retryWindow: Sequence['retryWindow']): Sequence {
  const stages = ['first', 'reminder', 'options', 'plan'] as const
  const steps = days
    .toSorted((a, b) => a - b)
    .flatMap((day, i): Step[] => {
      const key = `funds.r${i + 1}`
      const stage = stages[i]
      const retry: Step = {
        key,
        lane: 'FUNDS',
        kind: 'retry',
        offset: { from: 'anchor', days: day },
        ifMissed: 'next_window',
        payday,
      }
      if (!stage) return [retry]
      return [
        retry,
        {
          key: `funds.e${i + 1}`,
          lane: 'FUNDS',
          kind: 'email',
          offset: { from: 'step', stepKey: key, hours: 2 },
          ifMissed: 'merge',
          stage,
        },
      ]
    })
  const last: Step = {
    key: 'funds.last',
    lane: 'FUNDS',
    kind: 'email',
    offset: { from: 'anchor', days: 18 },
    ifMissed: 'merge',
    stage: 'last',
  }
  return { ...defaultSequence(), steps: [...steps, last], retryWindow }
}

function asRuns(runs: NewStepRun[]): StepRun[] {
  return runs.map((run) => ({ ...run, id: run.stepKey, state: 'scheduled' }))
}

function expectMailsInOrder(
  runs: NewStepRun[],
  zone: string,
  window: { fromHour: number; untilHour: number },
  deadlineAt: Date,
): void {
  const mails = runs.filter(({ kind }) => kind === 'email')
  mails.forEach((mail, i) => {
    expect(isIn(localHour(mail.dueAt, zone), window)).toBe(true)
    expect(mail.dueAt < deadlineAt).toBe(true)
    if (mail.stage === 'last') {
      expect(deadlineAt.getTime() - mail.dueAt.getTime()).toBeGreaterThanOrEqual(2 * DAY - HOUR)
      expect(i).toBe(mails.length - 1)
    }
    const before = mails[i - 1]
    if (before) expect(mail.dueAt.getTime() - before.dueAt.getTime()).toBeGreaterThanOrEqual(DAY)
  })
  const stages = mails.map(({ stage }) => stage)
  expect(new Set(stages).size).toBe(stages.length)
}

function isIn(
  hour: number,
  { fromHour, untilHour }: { fromHour: number; untilHour: number },
): boolean {
  if (fromHour === untilHour) return true
  return fromHour < untilHour
    ? hour >= fromHour && hour < untilHour
    : hour >= fromHour || hour < untilHour
}
