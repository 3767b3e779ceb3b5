import { describe, expect, test } from 'vitest'
import { goodTimeToCall, outcomeOf, snoozeUntil } from './task-rules.ts'

const BERLIN = 'Europe/Berlin'
/** Friday, 10:00 in Berlin; the clocks go back on the Sunday after. */
const FRIDAY = new Date('2026-10-23T08:00:00Z')
const until = (choice: string, date?: string) => snoozeUntil({ choice, date }, BERLIN, FRIDAY)

describe('a snoozed task comes back at 8:00 of the shop', () => {
  test.each([
    ['tomorrow', undefined, '2026-10-24T06:00:00Z'],
    ['three_days', undefined, '2026-10-26T07:00:00Z'], // an hour later by UTC: winter time
    ['date', '2026-11-02', '2026-11-02T07:00:00Z'],
  ])('%s %s', (choice, date, at) => {
    expect(until(choice, date)).toEqual({ until: new Date(at) })
  })

  test.each([
    ['date', undefined, /Enter a date/],
    ['date', '2026-02-30', /Enter a date/],
    ['date', '2026-10-23', /after today/],
    ['date', '2027-10-23', /within 90 days/],
    ['whenever', '2026-11-02', /Choose until when/],
  ])('%s %s is refused', (choice, date, why) => {
    expect(until(choice, date)).toEqual({ error: expect.stringMatching(why) })
  })
})

test('a call has outcomes of its own', () => {
  expect(outcomeOf(true, 'not_reached')).toBe('not_reached')
  expect(outcomeOf(false, 'not_reached')).toBeNull()
  expect(outcomeOf(true, 'done')).toBeNull()
  expect(outcomeOf(false, 'not_needed')).toBe('not_needed')
})

describe('a call is welcome from 9 to 20 by the shopper’s clock, on Sunday from 12', () => {
  test.each([
    ['2026-10-23T06:59:00Z', '2026-10-23T07:00:00Z'], // 8:59
    ['2026-10-23T07:00:00Z', null],
    ['2026-10-23T17:59:00Z', null],
    ['2026-10-23T18:00:00Z', '2026-10-24T07:00:00Z'], // 20:00
    ['2026-10-25T10:30:00Z', '2026-10-25T11:00:00Z'], // Sunday, 11:30 in winter time
  ])('%s', (at, from) => {
    expect(goodTimeToCall(new Date(at), BERLIN)).toEqual(from && new Date(from))
  })
})
