import { describe, expect, test } from 'vitest'
import { afterDecision } from './after-decision.ts'
import { emptyTraits } from './conditions.ts'
import { decide } from './decide.ts'
import { declineFrom } from './declines.ts'
import { anchorOf, openCase } from './open-case.ts'
import { defaultSequence } from './sequence.ts'
import type { AttemptFact, Facts, RecoveryCase } from './types.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const failedAt = new Date('2026-11-12T08:00:00Z')
const days = (n: number) => new Date(failedAt.getTime() + n * DAY)
const sequence = defaultSequence()

const failure = (at: Date): AttemptFact => ({
  shopifyId: `gid://shopify/SubscriptionBillingAttempt/${at.getTime()}`,
  key: `native-${at.getTime()}`,
  createdAt: at,
  completedAt: at,
  originTime: failedAt,
  outcome: { type: 'failed', decline: declineFrom('INSUFFICIENT_FUNDS', null) },
})

function facts(intervalDays: number, failures: Date[], over: Partial<Facts> = {}): Facts {
  return {
    readAt: failedAt,
    contract: { status: 'ACTIVE' },
    cycle: { status: 'UNBILLED', skipped: false, expectedAt: failedAt },
    nextExpectedAt: days(intervalDays),
    method: {
      id: 'gid://shopify/CustomerPaymentMethod/a',
      instrument: 'card',
      label: 'Visa ···· 4242',
      fingerprint: 'a/4242/2030-01',
      revokedAt: null,
      revokedReason: null,
      expiresAt: null,
    },
    attempts: failures.map(failure),
    inStock: null,
    ...over,
  }
}

/** `unskipped`: the attempts of the case that ended when its cycle was skipped. */
const open = (
  seen: Facts,
  seenAt: Date,
  unskipped: RecoveryCase['attempts'] | null = null,
): RecoveryCase | null =>
  openCase({
    id: '0b7f2a54-5a3c-4c35-9a53-0d8c1f4be001',
    facts: seen,
    sequence,
    zone: 'Europe/Berlin',
    emailWindow: { fromHour: 8, untilHour: 20 },
    known: unskipped ?? [],
    unskipped: unskipped !== null,
    startedAt: unskipped ? seenAt : null,
    seenAt,
    traits: emptyTraits({ amount: '24.90', currency: 'EUR' }),
  })

/** The case with its first decision. */
function started(
  seen: Facts,
  at: Date,
  unskipped: RecoveryCase['attempts'] | null = null,
): RecoveryCase {
  const fresh = open(seen, at, unskipped)
  if (!fresh) throw new Error('no case')
  return decided(fresh, seen, at)
}

function decided(c: RecoveryCase, seen: Facts, at: Date): RecoveryCase {
  const decision = decide({
    case: c,
    event: { type: 'facts_read' },
    facts: seen,
    sequence,
    budget: {
      methodAttempts30d: 1,
      methodFreeAt: null,
      methodStopUntil: null,
      lastMessageAt: null,
    },
    switches: { stopped: null, uninstalled: false, suppressed: null, smsReady: false },
    now: at,
  })
  expect(decision.commands).toEqual([])
  return afterDecision(c, decision, at)
}

const rungs = ({ steps }: RecoveryCase) => steps.filter(({ kind }) => kind === 'retry')

describe('a failure that is learned of late', () => {
  test('an old debt of a yearly plan that fails once more gets its whole plan, from now', () => {
    const at = days(60)
    const c = started(facts(365, [failedAt, at]), at)
    expect(c.state).toEqual({ status: 'retrying' })
    expect(c.anchorAt).toEqual(at)
    expect(c.deadlineAt).toEqual(days(81))
    expect(c.graceEndsAt > at).toBe(true)
    expect(rungs(c)).toHaveLength(4)
    expect(c.steps.some(({ stage }) => stage === 'first')).toBe(true)
    expect(c.steps.every(({ dueAt }) => dueAt > at && dueAt < c.deadlineAt)).toBe(true)
  })

  test.each([0, 5, 11, 17, 23])(
    'a weekly one that is told of on its fourth day (and %i h) has until the day before its next charge',
    (hours) => {
      const at = new Date(days(3).getTime() + hours * HOUR)
      const c = started(facts(7, [failedAt]), at)
      expect(c.anchorAt).toEqual(at)
      expect(c.deadlineAt).toEqual(days(6))
      expect(rungs(c)).toHaveLength(1)
    },
  )

  test('a weekly one that is told of after a day and 23 hours keeps all that its days allow', () => {
    const c = started(facts(7, [failedAt]), new Date(days(2).getTime() - HOUR))
    expect(c.deadlineAt).toEqual(days(6))
    expect(rungs(c).length).toBeGreaterThan(0)
  })

  test.each([
    ['half an hour late', 30, 0.02],
    ['a day and 23 hours late', 30, 1.95],
    ['of a plan that renews each day', 1, 0.02],
    ['of a plan that renews every fourth day', 4, 0.02],
  ])('%s: its plan counts from the failure', (_, interval, late) => {
    expect(open(facts(interval, [failedAt]), days(late))?.anchorAt).toEqual(failedAt)
  })

  test.each([
    ['the next charge comes tomorrow', 7, 6],
    ['a weekly one that is told of five days late', 7, 5],
    ['the next charge has come already', 30, 60],
    ['a daily plan whose day is over', 1, 0.9],
  ])('%s: two debts must not meet, so there is no case', (_, interval, late) => {
    expect(open(facts(interval, [failedAt]), days(late))).toBeNull()
  })

  test('one that failed after the date of the next cycle is not put off by that date', () => {
    const expectedAt = new Date(failedAt.getTime() - 40 * DAY)
    const seen = facts(-10, [failedAt], {
      cycle: { status: 'UNBILLED', skipped: false, expectedAt },
    })
    expect(open(seen, days(3))).toMatchObject({ anchorAt: days(3), deadlineAt: days(24) })
  })

  test('a saved case keeps the day from which its plan counts', () => {
    const row = { anchorAt: failedAt, openedAt: days(60) }
    expect(anchorOf({ ...row, source: 'late' })).toEqual(days(60))
    expect(anchorOf({ ...row, source: 'backfill' })).toEqual(days(60))
    expect(anchorOf({ ...row, source: 'webhook' })).toEqual(failedAt)
  })
})

describe('a cycle that was skipped and is to be paid after all', () => {
  const attempts: RecoveryCase['attempts'] = [
    {
      id: 'row 1',
      number: 1,
      trigger: 'external',
      stepKey: null,
      countsTowardLadder: false,
      key: 'external/1',
      state: 'failed',
      code: 'INSUFFICIENT_FUNDS',
      class: 'FUNDS',
      methodId: 'gid://shopify/CustomerPaymentMethod/a',
      methodFingerprint: 'a/4242/2030-01',
      shopifyId: failure(failedAt).shopifyId,
      intendedAt: failedAt,
      settledAt: failedAt,
    },
  ]

  test('gets the plan of its known failure, from now; the attempts that it had count', () => {
    const c = started(facts(30, [failedAt]), days(5), attempts)
    expect(c).toMatchObject({
      state: { status: 'retrying' },
      lane: 'FUNDS',
      anchorAt: days(5),
      lastDecline: { code: 'INSUFFICIENT_FUNDS' },
    })
    expect(rungs(c)).toHaveLength(4)
    expect(c.attempts).toEqual(attempts)
  })

  test('on a paused contract it waits, and has its whole plan when that goes on', () => {
    const paused = facts(30, [failedAt], { contract: { status: 'PAUSED' } })
    const c = started(paused, days(2), attempts)
    expect(c.state).toMatchObject({ status: 'held', reason: 'paused' })
    const on = decided(c, facts(30, [failedAt]), days(4))
    expect(rungs(on)).toHaveLength(4)
  })

  test.each([
    ['it never failed', facts(30, [])],
    [
      'Shopify calls it paid',
      facts(30, [], {
        attempts: [
          {
            ...failure(failedAt),
            outcome: { type: 'failed', decline: declineFrom('INVOICE_ALREADY_PAID', null) },
          },
        ],
      }),
    ],
  ])('%s: no case', (_, seen) => {
    expect(open(seen, days(5), attempts)).toBeNull()
  })
})
