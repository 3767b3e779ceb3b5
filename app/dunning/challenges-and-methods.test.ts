/** The bank's challenge and the payment method, in the policy: F6, F8, S8. The stories are in test/scenarios. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { afterDecision } from './after-decision.ts'
import { afterTheEnd } from './after-the-end.ts'
import { emptyTraits } from './conditions.ts'
import { decide } from './decide.ts'
import { declineFrom } from './declines.ts'
import { CHALLENGE_HOURS, endsAt } from './due.ts'
import { chargedMethod } from './limits.ts'
import { openCase } from './open-case.ts'
import { REVOCATIONS } from './revocations.ts'
import { defaultSequence } from './sequence.ts'
import type {
  AttemptFact,
  CaseState,
  Decision,
  DunningEvent,
  Facts,
  PaymentMethod,
  RecoveryCase,
} from './types.ts'

const HOUR = 3_600_000
const anchor = new Date('2026-11-12T08:00:00Z')
const hoursIn = (hours: number) => new Date(anchor.getTime() + hours * HOUR)
const sequence = defaultSequence()

const visa: PaymentMethod = {
  id: 'gid://shopify/CustomerPaymentMethod/a',
  instrument: 'card',
  label: 'Visa ···· 4242',
  fingerprint: 'a 4242 2030-1',
  revokedAt: null,
  revokedReason: null,
  expiresAt: null,
}
const newVisa: PaymentMethod = { ...visa, label: 'Visa ···· 1111', fingerprint: 'a 1111 2031-1' }
const revoked = (revokedReason: string): PaymentMethod => ({
  ...visa,
  revokedAt: anchor,
  revokedReason,
})

const native = (outcome: AttemptFact['outcome'], more: Partial<AttemptFact> = {}): AttemptFact => ({
  shopifyId: 'gid://shopify/SubscriptionBillingAttempt/1',
  key: 'native-1',
  createdAt: anchor,
  completedAt: null,
  originTime: anchor,
  outcome,
  ...more,
})
const asked = native({ type: 'action_required' })
const failed = (code: string) =>
  native({ type: 'failed', decline: declineFrom(code, null) }, { completedAt: anchor })
const paid = native({ type: 'succeeded', orderId: 'gid://shopify/Order/1', total: null })

const facts = (over: Partial<Facts> = {}): Facts => ({
  readAt: anchor,
  contract: { status: 'ACTIVE' },
  cycle: { status: 'UNBILLED', skipped: false, expectedAt: anchor },
  nextExpectedAt: new Date('2026-12-12T08:00:00Z'),
  method: visa,
  attempts: [],
  inStock: null,
  ...over,
})

const situation = (c: RecoveryCase, seen: Facts, now: Date, event: DunningEvent) => ({
  case: c,
  event,
  facts: seen,
  sequence,
  budget: {
    methodAttempts30d: 1,
    methodFreeAt: null,
    methodStopUntil: null,
    lastMessageAt: null,
  },
  switches: { stopped: null, uninstalled: false, suppressed: null, smsReady: false },
  now,
})
const run = (
  c: RecoveryCase,
  seen: Facts,
  now: Date,
  event: DunningEvent = { type: 'facts_read' },
): Decision => decide(situation(c, seen, now, event))

/** A case that this first attempt of another biller has opened. */
function opened(first: AttemptFact, method: PaymentMethod = visa): RecoveryCase {
  const seen = facts({ attempts: [first], method })
  const fresh = openCase({
    id: '0b7f2a54-5a3c-4c35-9a53-0d8c1f4be001',
    facts: seen,
    sequence,
    zone: 'Europe/Berlin',
    emailWindow: { fromHour: 8, untilHour: 20 },
    traits: emptyTraits({ amount: '24.90', currency: 'EUR' }),
    known: [],
  })
  if (!fresh) throw new Error('no case')
  const decision = run(fresh, seen, anchor)
  const rows = decision.foreignAttempts.map((fact): RecoveryCase['attempts'][number] => ({
    id: fact.shopifyId,
    number: 1,
    trigger: 'external',
    stepKey: null,
    countsTowardLadder: false,
    key: `external/${fact.shopifyId}`,
    state: fact.outcome.type === 'pending' ? 'submitted' : fact.outcome.type,
    code: fact.outcome.type === 'failed' ? fact.outcome.decline.code : null,
    class: fact.outcome.type === 'failed' ? fact.outcome.decline.class : null,
    ...chargedMethod(fact, { methodId: method.id, methodFingerprint: method.fingerprint }),
    shopifyId: fact.shopifyId,
    intendedAt: fact.createdAt,
    settledAt: fact.completedAt,
  }))
  return { ...afterDecision(fresh, decision, anchor), attempts: rows }
}

const charges = ({ commands }: Decision) =>
  commands.filter((one) => one.type === 'attempt_billing' || one.type === 'resend_attempt')

describe('F6 while the bank waits for the shopper', () => {
  const waiting = opened(asked)

  test('whoever asks, whatever else changes, whenever: no second charge', () => {
    const events: fc.Arbitrary<DunningEvent> = fc.oneof(
      fc.constantFrom<DunningEvent>(
        { type: 'facts_read' },
        { type: 'deadline_reached' },
        { type: 'grace_ended' },
        { type: 'staff_retry', by: 'Ada' },
        { type: 'staff_release', by: 'Ada' },
        { type: 'shopper_pay' },
        { type: 'final_action_delayed', action: 'pause', retryAt: hoursIn(600), because: 'x' },
      ),
      fc.constantFrom(...waiting.steps).map(({ id }) => ({
        type: 'step_due' as const,
        stepRunId: id,
      })),
    )
    const methods = [visa, newVisa, null, ...Object.keys(REVOCATIONS).map(revoked)]
    fc.assert(
      fc.property(
        fc.array(fc.tuple(events, fc.constantFrom(...methods), fc.integer({ min: 0, max: 30 }))),
        (story) => {
          let c = waiting
          let hours = 0
          for (const [event, method, later] of story) {
            hours += later
            const decision = run(c, facts({ attempts: [asked], method }), hoursIn(hours), event)
            expect(charges(decision)).toEqual([])
            c = afterDecision(c, decision, hoursIn(hours))
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  test('the case looks again by itself, and never only then when its deadline comes', () => {
    for (const hours of [0, 1, 5, 30, 200]) {
      const { lookAgainAt } = run(waiting, facts({ attempts: [asked] }), hoursIn(hours))
      const inHours = ((lookAgainAt?.getTime() ?? 0) - hoursIn(hours).getTime()) / HOUR
      expect(inHours).toBeGreaterThanOrEqual(1)
      expect(inHours).toBeLessThanOrEqual(12)
    }
  })

  test('the deadline leaves it a day from its beginning, and no more', () => {
    const begun = new Date(waiting.deadlineAt.getTime() - 3 * HOUR)
    const fact = { ...asked, createdAt: begun }
    const c = {
      ...waiting,
      attempts: waiting.attempts.map((a) => ({ ...a, intendedAt: begun })),
    }
    const seen = facts({ attempts: [fact] })
    expect(run(c, seen, c.deadlineAt, { type: 'deadline_reached' }).commands).toEqual([])
    const until = new Date(begun.getTime() + CHALLENGE_HOURS * HOUR)
    expect(endsAt(c)).toEqual(until)
    expect(run(c, seen, until, { type: 'deadline_reached' }).commands).toEqual([
      { type: 'apply_final_action', action: 'pause' },
    ])
  })

  test.each([
    ['skipped', facts({ cycle: { status: 'UNBILLED', skipped: true, expectedAt: anchor } })],
    ['cancelled', facts({ contract: { status: 'CANCELLED' } })],
    ['paid_elsewhere', facts({ cycle: { status: 'BILLED', skipped: false, expectedAt: anchor } })],
  ] as const)('left for a day it does not keep open what is %s', (status, seen) => {
    const now = { ...seen, attempts: [asked] }
    expect(run(waiting, now, hoursIn(CHALLENGE_HOURS - 1)).state.status).toBe('awaiting_customer')
    expect(run(waiting, now, hoursIn(CHALLENGE_HOURS)).state.status).toBe(status)
  })

  test('a new card is charged as soon as the bank has said no', () => {
    const seen = facts({ attempts: [failed('AUTHENTICATION_FAILED')], method: newVisa })
    const told = run(waiting, seen, hoursIn(5))
    expect(told.state).toEqual({ status: 'awaiting_customer', reason: 'challenge' })
    expect(told.lookAgainAt).toEqual(hoursIn(5))
    const next = run(afterDecision(waiting, told, hoursIn(5)), seen, hoursIn(5))
    expect(charges(next)).toMatchObject([{ trigger: 'method_updated' }])
  })
})

describe('F6 after the end', () => {
  const ended = (state: CaseState, more: Partial<RecoveryCase> = {}): RecoveryCase => ({
    ...opened(asked),
    state,
    steps: [],
    messages: [
      {
        triggerKey: 'auth.e1#0',
        stage: 'first',
        channel: 'email',
        state: 'sent',
        countsTowardCap: true,
        createdAt: anchor,
      },
    ],
    ...more,
  })
  const look = (c: RecoveryCase, over: Partial<Facts>) =>
    afterTheEnd(situation(c, facts(over), hoursIn(600), { type: 'facts_read' }), 'linked')
  const kinds = (decision: Decision) =>
    decision.commands.map((one) => (one.type === 'open_staff_task' ? one.kind : one.type))

  test('passed: a linked case is paid, lifts our pause, thanks, and tells staff', () => {
    const c = ended({ status: 'exhausted' }, { weDid: ['pause'] })
    const found = look(c, { attempts: [paid], contract: { status: 'PAUSED' } })
    if (found.type !== 'linked_case') throw new Error(found.type)
    expect(found.case).toMatchObject({ id: 'linked', anchorAt: c.anchorAt, steps: [] })
    expect(found.decision.state).toMatchObject({ status: 'recovered', source: 'paid_by_link' })
    expect(found.decision.attempts).toMatchObject([{ to: 'succeeded' }])
    expect(kinds(found.decision)).toEqual(['activate_contract', 'send_message', 'paid_late'])
  })

  test.each([
    ["somebody else's pause stays", { weDid: [] }, 'PAUSED', ['paid_late']],
    ['what runs again is not activated', { weDid: ['pause'] }, 'ACTIVE', ['send_message']],
    ['what was cancelled stays so', { weDid: ['cancel'] }, 'CANCELLED', ['paid_late']],
    ['what was skipped is for staff', { weDid: ['skip'] }, 'ACTIVE', ['send_message', 'paid_late']],
  ] as const)('passed: %s', (_, { weDid }, status, expected) => {
    const c = ended({ status: 'exhausted' }, { weDid: [...weDid] })
    const found = look(c, { attempts: [paid], contract: { status } })
    if (found.type !== 'linked_case') throw new Error(found.type)
    expect(kinds(found.decision)).toEqual(expected)
  })

  const elsewhere = native(
    { type: 'succeeded', orderId: 'gid://shopify/Order/2', total: null },
    { shopifyId: 'gid://shopify/SubscriptionBillingAttempt/2', key: 'native-2' },
  )
  const unpaidOrder = native(
    { type: 'succeeded', orderId: 'gid://shopify/Order/2', total: null, unpaid: true },
    { shopifyId: 'gid://shopify/SubscriptionBillingAttempt/2', key: 'native-2' },
  )
  const failedEnd = (more: Partial<RecoveryCase> = {}): RecoveryCase => ({
    ...opened(failed('INSUFFICIENT_FUNDS')),
    state: { status: 'exhausted' },
    steps: [],
    ...more,
  })

  test('another biller is paid after the end: a linked case counts it, and the subscription is left alone', () => {
    const found = look(failedEnd(), { attempts: [failed('INSUFFICIENT_FUNDS'), elsewhere] })
    if (found.type !== 'linked_case') throw new Error(found.type)
    expect(found.decision.state).toMatchObject({ status: 'paid_elsewhere' })
    expect(found.decision.because).toMatch(/money came after/)
    expect(kinds(found.decision)).toEqual([])
  })

  test('and where we had paused it: staff hear of the money, not of a bank that nobody met', () => {
    const found = look(failedEnd({ weDid: ['pause'] }), {
      attempts: [failed('INSUFFICIENT_FUNDS'), elsewhere],
      contract: { status: 'PAUSED' },
    })
    if (found.type !== 'linked_case') throw new Error(found.type)
    expect(kinds(found.decision)).toEqual(['activate_contract', 'paid_late'])
    expect(JSON.stringify(found.decision.commands)).not.toContain('bank')
  })

  test('an order that is made after the end is noted once, and counts when it is paid', () => {
    const made = look(failedEnd(), { attempts: [failed('INSUFFICIENT_FUNDS'), unpaidOrder] })
    if (made.type !== 'note') throw new Error(made.type)
    expect(made.decision.foreignAttempts).toEqual([unpaidOrder])
    const row = { ...unpaidOrder, id: 'row', state: 'succeeded' as const }
    const [first] = failedEnd().attempts
    if (!first) throw new Error('no attempt')
    const noted = failedEnd({
      attempts: [first, { ...first, id: row.id, state: row.state, shopifyId: row.shopifyId }],
    })
    const attempts = [failed('INSUFFICIENT_FUNDS'), unpaidOrder]
    expect(look(noted, { attempts })).toEqual({ type: 'nothing' })
    expect(look(noted, { attempts: [failed('INSUFFICIENT_FUNDS'), elsewhere] }).type).toBe(
      'linked_case',
    )
  })

  test('what a linked case has taken up is not taken up twice', () => {
    const attempts = [failed('INSUFFICIENT_FUNDS'), elsewhere]
    expect(look(failedEnd({ hasSuccessor: true }), { attempts })).toEqual({ type: 'nothing' })
  })

  test.each([
    ['an order that nobody paid beside a payment', unpaidOrder, []],
    ['two payments', elsewhere, ['paid_twice']],
  ])('%s: paid twice only when money came twice', (_, other, expected) => {
    const c = opened(failed('INSUFFICIENT_FUNDS'))
    const first = {
      ...paid,
      shopifyId: 'gid://shopify/SubscriptionBillingAttempt/3',
      key: 'native-3',
    }
    const decision = run(c, facts({ attempts: [other, first] }), hoursIn(30))
    expect(decision.state.status).toBe('paid_elsewhere')
    expect(kinds(decision)).toEqual(expected)
  })

  test('passed though it was paid before: staff are told to refund one', () => {
    const c = ended({ status: 'paid_elsewhere', orderId: null, total: null })
    const found = look(c, { attempts: [paid] })
    if (found.type !== 'note') throw new Error(found.type)
    expect(found.decision.state).toEqual(c.state)
    expect(kinds(found.decision)).toEqual(['paid_twice'])
  })

  test('failed: it is written down, and nothing else', () => {
    const c = ended({ status: 'exhausted' }, { weDid: ['pause'] })
    const found = look(c, { attempts: [failed('EXPIRED_BUYER_ACTION')] })
    if (found.type !== 'note') throw new Error(found.type)
    expect(found.decision).toMatchObject({ state: c.state, commands: [] })
    expect(found.decision.attempts).toMatchObject([{ to: 'failed' }])
  })

  test('given up by staff while in doubt, and paid after all: the money is counted', () => {
    const c = ended({ status: 'written_off' })
    const givenUp = {
      ...c,
      attempts: c.attempts.map((a) => ({ ...a, state: 'abandoned' as const })),
    }
    expect(look(givenUp, { attempts: [paid] }).type).toBe('linked_case')
  })

  test('nothing new, nothing live, or not over: nothing', () => {
    const c = ended({ status: 'exhausted' })
    expect(look(c, { attempts: [asked] }).type).toBe('nothing')
    const settled: CaseState = { status: 'paid_elsewhere', orderId: null, total: null }
    expect(look({ ...c, state: settled, attempts: [] }, { attempts: [paid] }).type).toBe('nothing')
    expect(look(opened(asked), { attempts: [paid] }).type).toBe('nothing')
  })
})

describe('F8 the payment method', () => {
  test.each(Object.keys(REVOCATIONS))('revoked for %s: whose turn it is', (reason) => {
    const c = opened(failed('INSUFFICIENT_FUNDS'))
    const decision = run(c, facts({ method: revoked(reason) }), hoursIn(2))
    expect(charges(decision)).toEqual([])
    const turn = REVOCATIONS[reason]?.turn
    expect(decision.lane?.to).toBe(
      turn === 'nobody' ? undefined : turn === 'shop' ? 'MERCHANT' : 'CARD',
    )
    if (turn === 'shop') {
      expect(decision.commands).toMatchObject([{ type: 'open_staff_task', kind: 'merchant.task' }])
      expect(decision.newSteps.filter(({ kind }) => kind === 'email')).toEqual([])
    } else expect(decision.commands).toEqual([])
  })

  test('a security code entered again on the same card: tried once, and a day after the failure at the earliest', () => {
    const seen = facts({ attempts: [failed('INCORRECT_CVC')] })
    const c = opened(failed('INCORRECT_CVC'))
    expect(charges(run(c, seen, hoursIn(30)))).toEqual([])

    const saved = { ...c, methodSavedAt: hoursIn(3) }
    const early = run(saved, seen, hoursIn(3), { type: 'shopper_method' })
    expect(charges(early)).toEqual([])
    expect(early.lookAgainAt).toEqual(hoursIn(24))
    // Whatever else happens meanwhile does not put that look off.
    expect(run(saved, seen, hoursIn(5), { type: 'shopper_pay' }).lookAgainAt).toEqual(hoursIn(24))
    expect(charges(run(saved, seen, hoursIn(24)))).toMatchObject([{ trigger: 'method_updated' }])
  })

  test('finished by a decline on another contract: the shopper is asked for another one, which is charged', () => {
    const c = opened(failed('INSUFFICIENT_FUNDS'))
    const seen = facts({ attempts: [failed('INSUFFICIENT_FUNDS')] })
    const rung = c.steps.find(({ kind }) => kind === 'retry')
    if (!rung) throw new Error('no rung')
    const stops = (at: Date, event: DunningEvent, method = visa) => {
      const asked = situation(c, { ...seen, method }, at, event)
      return decide({ ...asked, budget: { ...asked.budget, methodStops: [visa.fingerprint] } })
    }
    const due = stops(rung.dueAt, { type: 'step_due', stepRunId: rung.id })
    expect(charges(due)).toEqual([])
    expect(due.lane?.to).toBe('STOP')
    expect(due.state).toEqual({ status: 'awaiting_customer', reason: 'method' })
    expect(due.newSteps.map(({ kind }) => kind)).toContain('email')
    expect(charges(stops(hoursIn(30), { type: 'staff_retry', by: 'Ada' }))).toEqual([])
    expect(charges(stops(hoursIn(30), { type: 'facts_read' }, newVisa))).toMatchObject([
      { trigger: 'method_updated' },
    ])
  })

  test('S8 a rung that comes due between a merge and its new method waits an hour, and is not lost', () => {
    const c = opened(failed('INSUFFICIENT_FUNDS'))
    const rung = c.steps.find(({ kind }) => kind === 'retry')
    if (!rung) throw new Error('no retry is planned')
    const due: DunningEvent = { type: 'step_due', stepRunId: rung.id }
    const decision = run(c, facts({ method: revoked('MERGED') }), rung.dueAt, due)
    expect(charges(decision)).toEqual([])
    expect(decision.steps.find(({ stepRunId }) => stepRunId === rung.id)?.to).toBe('scheduled')
  })

  test('a method that the shop lost is charged as soon as another is there', () => {
    const c = opened(failed('INSUFFICIENT_FUNDS'))
    const lost = afterDecision(
      c,
      run(c, facts({ method: revoked('STRIPE_GATEWAY_NOT_ENABLED') }), hoursIn(2)),
      hoursIn(2),
    )
    expect(lost.state).toEqual({ status: 'awaiting_merchant', reason: 'config' })
    const back = run(lost, facts({ method: newVisa }), hoursIn(3))
    expect(charges(back)).toMatchObject([{ trigger: 'method_updated' }])
    // For a fault of the shop's own that a code named, another card clears nothing.
    const fault = opened(failed('MERCHANT_ACCOUNT_ERROR'))
    expect(charges(run(fault, facts({ method: newVisa }), hoursIn(3)))).toEqual([])
  })

  test('a charge that failed on a method lost meanwhile is not left to its rungs', () => {
    const seen = facts({
      attempts: [failed('INSUFFICIENT_FUNDS')],
      method: revoked('TOO_MANY_CONSECUTIVE_FAILURES'),
    })
    const c = opened(native({ type: 'action_required' }))
    const told = run(c, seen, hoursIn(1))
    expect(told.lookAgainAt).toEqual(hoursIn(1))
    const next = run(afterDecision(c, told, hoursIn(1)), seen, hoursIn(1))
    expect(next.lane?.to).toBe('CARD')
  })

  test('a case opened late, on a card that was replaced since, charges the present one at once', () => {
    const chargedWith = { methodId: null, fingerprint: 'another 0002 2024-1' }
    const c = opened({ ...failed('EXPIRED_CARD'), chargedWith })
    const decision = run(c, facts({ attempts: [failed('EXPIRED_CARD')] }), hoursIn(1))
    expect(charges(decision)).toMatchObject([{ trigger: 'method_updated' }])
    const without = failed('PAYMENT_METHOD_NOT_SPECIFIED')
    const told = run(opened(without), facts({ attempts: [without] }), hoursIn(1))
    expect(charges(told)).toMatchObject([{ trigger: 'method_updated' }])
    const same = opened(failed('EXPIRED_CARD'))
    expect(charges(run(same, facts({ attempts: [failed('EXPIRED_CARD')] }), hoursIn(1)))).toEqual(
      [],
    )
  })
})
