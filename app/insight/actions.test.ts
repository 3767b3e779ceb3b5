import { describe, expect, test } from 'vitest'
import { type ActionFacts, staffActions } from './actions.ts'

const now = new Date('2026-11-14T09:00:00Z')
const facts = (over: Partial<ActionFacts>): ActionFacts => ({
  status: 'retrying',
  reason: null,
  deadReason: null,
  lastClass: 'FUNDS',
  stopped: null,
  attempts: [{ state: 'failed', intendedAt: new Date('2026-11-12T08:00:00Z') }],
  usedOnCycle: 1,
  usedOnMethod: 1,
  methodFreeAt: null,
  expectedAt: new Date('2026-11-12T08:00:00Z'),
  deadlineAt: new Date('2026-12-03T08:00:00Z'),
  place: { zone: 'Europe/Berlin', locale: 'en' },
  ...over,
})

describe('retry now', () => {
  test.each(['FUNDS', 'ISSUER', 'TECH', 'MERCHANT'] as const)('works after %s', (lastClass) => {
    expect(staffActions(facts({ lastClass }), now).retry).toBeNull()
  })

  test.each(['CARD', 'AUTH', 'STOP', 'PAID'] as const)(
    'waits for the outside event after %s, and says so',
    (lastClass) => {
      expect(staffActions(facts({ lastClass }), now).retry).toMatch(/\.$/)
    },
  )

  test('names the moment from which the 24-hour rule allows it, in the shopper’s zone', () => {
    const attempts = [{ state: 'failed', intendedAt: new Date('2026-11-13T10:00:00Z') }]
    expect(staffActions(facts({ attempts }), now).retry).toMatch(
      /card-network rule.*Sat, Nov 14.*11:00.*Berlin time/,
    )
  })

  test('a refused request reached no bank, so it starts no 24 hours', () => {
    const attempts = [{ state: 'refused', intendedAt: new Date('2026-11-14T08:00:00Z') }]
    expect(staffActions(facts({ attempts }), now).retry).toBeNull()
  })

  test('stops at eight attempts on the cycle and ten on the method', () => {
    expect(staffActions(facts({ usedOnCycle: 8 }), now).retry).toMatch(/all 8 attempts/)
    expect(staffActions(facts({ usedOnMethod: 10 }), now).retry).toMatch(/in 30 days/)
  })

  test('is not offered while a charge is unsettled', () => {
    const attempts = [{ state: 'submitted', intendedAt: new Date('2026-11-12T08:00:00Z') }]
    expect(staffActions(facts({ attempts }), now).retry).toMatch(/not settled/)
  })
})

test('an ended case offers nothing', () => {
  expect(new Set(Object.values(staffActions(facts({ status: 'recovered' }), now)))).toEqual(
    new Set(['This case has ended.']),
  )
})

test('a case that was set aside is driven again, neither held nor released', () => {
  const { hold, release } = staffActions(facts({ deadReason: 'Error: access denied' }), now)
  expect(hold).not.toBeNull()
  expect(release).toMatch(/Drive again/)
})

test('a case held by a pause goes on when the subscription is resumed, not by a button', () => {
  expect(staffActions(facts({ status: 'held', reason: 'paused' }), now).release).toMatch(/Resume/)
  expect(staffActions(facts({ status: 'held', reason: 'merchant' }), now).release).toBeNull()
})

test('a case under the store-wide brake may be tried by hand, and is released with all others only', () => {
  const actions = staffActions(facts({ status: 'held', reason: 'brake' }), now)
  expect(actions.retry).toBeNull()
  expect(actions.release).toMatch(/on Home/)
})
