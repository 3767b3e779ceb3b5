import { describe, expect, test } from 'vitest'
import { emptyTraits } from './conditions.ts'
import { decide, EMAILS_PER_CASE } from './decide.ts'
import { declineFrom, KNOWN_CODES } from './declines.ts'
import { nextActionAt } from './due.ts'
import { openCase } from './open-case.ts'
import { defaultSequence } from './sequence.ts'
import type {
  Attempt,
  AttemptFact,
  Budget,
  CaseState,
  Decision,
  DunningEvent,
  Facts,
  PaymentMethod,
  RecoveryCase,
  StepRun,
  Switches,
} from './types.ts'

const BERLIN = 'Europe/Berlin'
const day = (n: number, time = '09:00') =>
  new Date(`2026-11-${String(n).padStart(2, '0')}T${time}:00+01:00`)
const anchor = day(12)
const sequence = defaultSequence()
const nobody: Budget = {
  methodAttempts30d: 1,
  methodFreeAt: null,
  methodStopUntil: null,
  lastMessageAt: null,
}
const on: Switches = { stopped: null, uninstalled: false, suppressed: null, smsReady: false }

const visa: PaymentMethod = {
  id: 'gid://shopify/CustomerPaymentMethod/a',
  instrument: 'card',
  label: 'Visa ···· 4242',
  fingerprint: 'a/4242/2030-01',
  revokedAt: null,
  revokedReason: null,
  expiresAt: null,
}
const newVisa: PaymentMethod = { ...visa, label: 'Visa ···· 1111', fingerprint: 'a/1111/2031-01' }

function failedFact(code: string, at = anchor, id = 'native-1'): AttemptFact {
  return {
    shopifyId: `gid://shopify/SubscriptionBillingAttempt/${id}`,
    key: id,
    createdAt: at,
    completedAt: at,
    originTime: at,
    outcome: { type: 'failed', decline: declineFrom(code, null) },
  }
}

function facts(over: Partial<Facts> = {}): Facts {
  return {
    readAt: anchor,
    contract: { status: 'ACTIVE' },
    cycle: { status: 'UNBILLED', skipped: false, expectedAt: anchor },
    nextExpectedAt: new Date('2026-12-12T08:00:00Z'),
    method: visa,
    attempts: [],
    inStock: null,
    ...over,
  }
}

/** A case that a first failure with this code has just opened, with its steps dated. */
function caseAfter(code: string): RecoveryCase {
  const seen = facts({ attempts: [failedFact(code)] })
  const fresh = freshCase(seen)
  return applied(fresh, run(fresh, { type: 'facts_read' }, { facts: seen, now: anchor }), anchor)
}

/** A case as `openCase` makes it, before its first decision. */
function freshCase(seen: Facts): RecoveryCase {
  const fresh = openCase({
    id: '0b7f2a54-5a3c-4c35-9a53-0d8c1f4be001',
    facts: seen,
    sequence,
    zone: BERLIN,
    emailWindow: { fromHour: 8, untilHour: 20 },
    traits: emptyTraits({ amount: '24.90', currency: 'EUR' }),
    known: [],
  })
  if (!fresh) throw new Error('no case')
  return fresh
}

function run(
  c: RecoveryCase,
  event: DunningEvent,
  more: { facts?: Facts; now?: Date; budget?: Budget; switches?: Switches } = {},
): Decision {
  return decide({
    case: c,
    event,
    facts: more.facts ?? facts(),
    sequence,
    budget: more.budget ?? nobody,
    switches: more.switches ?? on,
    now: more.now ?? anchor,
  })
}

/** What the shell does with a decision, in memory. */
function applied(c: RecoveryCase, d: Decision, now: Date): RecoveryCase {
  const attempts: Attempt[] = c.attempts.map((a) => {
    const change = d.attempts.find((one) => one.attemptId === a.id)
    return change
      ? {
          ...a,
          state: change.to,
          code: change.decline?.code ?? a.code,
          class: change.decline?.class ?? a.class,
        }
      : a
  })
  for (const fact of d.foreignAttempts) {
    attempts.push({
      ...ownAttempt(attempts.length + 1, fact.createdAt),
      trigger: 'external',
      key: `external/${fact.shopifyId}`,
      shopifyId: fact.shopifyId,
      state: fact.outcome.type === 'pending' ? 'submitted' : fact.outcome.type,
      code: fact.outcome.type === 'failed' ? fact.outcome.decline.code : null,
      class: fact.outcome.type === 'failed' ? fact.outcome.decline.class : null,
    })
  }
  for (const command of d.commands) {
    if (command.type === 'attempt_billing')
      attempts.push({
        ...ownAttempt(attempts.length + 1, now),
        trigger: command.trigger,
        stepKey: command.stepKey,
      })
  }
  return {
    ...c,
    state: d.state,
    lane: d.lane?.to ?? c.lane,
    lastDecline: d.lastDecline ?? c.lastDecline,
    deadlineAt: d.deadlineAt ?? c.deadlineAt,
    graceEnded: d.graceEnded ?? c.graceEnded,
    attempts,
    steps: [
      ...c.steps.map((step) => {
        const change = d.steps.find((one) => one.stepRunId === step.id)
        if (!change) return step
        return {
          ...step,
          state: change.to,
          dueAt: change.to === 'scheduled' ? change.dueAt : step.dueAt,
        }
      }),
      ...d.newSteps.map(
        (step): StepRun => ({
          ...step,
          id: `${step.stepKey}#${step.occurrence}`,
          state: 'scheduled',
        }),
      ),
    ],
  }
}

function ownAttempt(number: number, at: Date): Attempt {
  return {
    id: `attempt-${number}`,
    number,
    trigger: 'scheduled',
    stepKey: null,
    countsTowardLadder: true,
    key: `reprise-${number}`,
    state: 'intended',
    code: null,
    class: null,
    methodId: visa.id,
    methodFingerprint: visa.fingerprint,
    shopifyId: null,
    intendedAt: at,
    settledAt: null,
  }
}

function steps(c: RecoveryCase, kind: StepRun['kind']): StepRun[] {
  return c.steps
    .filter((step) => step.kind === kind && step.state === 'scheduled')
    .sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime())
}

function firstRetry(c: RecoveryCase): StepRun {
  const [step] = steps(c, 'retry')
  if (!step) throw new Error('no retry is scheduled')
  return step
}

/** The first retry of this case as it comes due. */
function retryDue(c: RecoveryCase, more: Parameters<typeof run>[2] = {}): Decision {
  const step = firstRetry(c)
  return run(c, { type: 'step_due', stepRunId: step.id }, { now: step.dueAt, ...more })
}

function settledAs(code: string, c: RecoveryCase, at: Date): AttemptFact[] {
  return c.attempts
    .filter((a) => a.state === 'intended' || a.state === 'submitted')
    .map((a) => ({ ...failedFact(code, at, a.key), key: a.key }))
}

describe('when the first failure opens a case', () => {
  test('a card without money is retried by the calendar, the shopper hears nothing yet', () => {
    const c = caseAfter('INSUFFICIENT_FUNDS')
    expect(c.state).toEqual({ status: 'retrying' })
    expect(c.lane).toBe('FUNDS')
    expect(steps(c, 'retry').map((step) => step.dueAt.toISOString().slice(0, 10))).toEqual([
      '2026-11-13',
      '2026-11-15', // payday, not the 16th
      '2026-11-20',
      '2026-11-24',
    ])
    expect(steps(c, 'email')[0]?.dueAt.getTime()).toBeGreaterThan(firstRetry(c).dueAt.getTime())
  })

  test('an expired card gets no retry; the shopper is asked at once', () => {
    const c = caseAfter('EXPIRED_CARD')
    expect(c.state).toEqual({ status: 'awaiting_customer', reason: 'method' })
    expect(steps(c, 'retry')).toEqual([])
    expect(steps(c, 'email')[0]?.dueAt).toEqual(anchor)
  })

  test('a paused contract is held, with no step at all, and goes on when it is activated', () => {
    const seen = facts({
      attempts: [failedFact('INSUFFICIENT_FUNDS')],
      contract: { status: 'PAUSED' },
    })
    const fresh = openCase({
      id: 'x',
      facts: seen,
      sequence,
      zone: BERLIN,
      emailWindow: { fromHour: 8, untilHour: 20 },
      traits: emptyTraits({ amount: '24.90', currency: 'EUR' }),
      known: [],
    })
    if (!fresh) throw new Error('no case')
    const held = applied(fresh, run(fresh, { type: 'facts_read' }, { facts: seen }), anchor)
    expect(held.state).toMatchObject({ status: 'held', reason: 'paused' })
    expect(held.steps).toEqual([])
    const resumed = applied(held, run(held, { type: 'facts_read' }, { now: day(14) }), day(14))
    expect(resumed.state).toEqual({ status: 'retrying' })
    expect(firstRetry(resumed).dueAt.getTime()).toBeGreaterThan(day(14).getTime())
  })

  test.each(['PAUSED', 'FAILED'] as const)(
    '%s for ten days before we read it: all its steps, each ten days later',
    (status) => {
      const seen = facts({
        attempts: [failedFact('INSUFFICIENT_FUNDS')],
        contract: { status },
        nextExpectedAt: new Date('2027-11-12T08:00:00Z'),
      })
      const sooner = { ...seen, contract: { status: 'ACTIVE' as const } }
      const fresh = freshCase(seen)
      const prompt = applied(fresh, run(fresh, { type: 'facts_read' }, { facts: sooner }), anchor)
      const held = applied(fresh, run(fresh, { type: 'facts_read' }, { facts: seen }), anchor)
      const resumed = run(held, { type: 'facts_read' }, { facts: sooner, now: day(22) })
      const c = applied(held, resumed, day(22))
      expect(c.deadlineAt.getTime() - prompt.deadlineAt.getTime()).toBe(10 * 86_400_000)
      expect(c.anchorAt).toEqual(anchor)
      const dates = (one: RecoveryCase, daysLater: number) =>
        one.steps
          .filter(({ stepKey }) => stepKey !== 'funds.r2') // it goes to a payday
          .map(({ stepKey, dueAt }) => `${stepKey} ${+dueAt + daysLater * 86_400_000}`)
      expect(steps(c, 'retry')).toHaveLength(4)
      expect(dates(c, 0).filter((one) => one.includes('.r'))).toEqual(
        dates(prompt, 10).filter((one) => one.includes('.r')),
      )
      expect(c.steps.map(({ stepKey }) => stepKey).sort()).toEqual(
        prompt.steps.map(({ stepKey }) => stepKey).sort(),
      )
      expect(c.steps.every(({ dueAt }) => dueAt > day(22) && dueAt < c.deadlineAt)).toBe(true)
    },
  )

  test('another kind of failure while it was held: the rungs of its plan come later by as long', () => {
    const seen = facts({ nextExpectedAt: new Date('2027-11-12T08:00:00Z') })
    const held: RecoveryCase = {
      ...caseAfter('INSUFFICIENT_FUNDS'),
      state: { status: 'held', reason: 'merchant', frozenAt: day(13) },
      lastDecline: declineFrom('CARD_DECLINED', null),
      deadlineAt: new Date('2026-12-03T08:00:00Z'),
    }
    const released = run(held, { type: 'staff_release', by: 'Ada' }, { facts: seen, now: day(27) })
    expect(released.lane).toEqual({ to: 'ISSUER', at: day(27) })
    expect(released.newSteps.filter(({ kind }) => kind === 'retry')).toHaveLength(4)
    expect(released.newSteps.every(({ dueAt }) => dueAt > day(27))).toBe(true)
  })

  test('a cycle that failed after the date of the next one goes on after a hold', () => {
    const seen = facts({
      attempts: [failedFact('INSUFFICIENT_FUNDS')],
      cycle: { status: 'UNBILLED', skipped: false, expectedAt: new Date('2026-10-01T08:00:00Z') },
      nextExpectedAt: new Date('2026-11-01T08:00:00Z'),
    })
    const fresh = freshCase(seen)
    const opened = applied(fresh, run(fresh, { type: 'facts_read' }, { facts: seen }), anchor)
    const held = applied(
      opened,
      run(opened, { type: 'staff_hold', by: 'Ada' }, { facts: seen, now: day(20) }),
      day(20),
    )
    const released = run(
      held,
      { type: 'staff_release', by: 'Ada' },
      { facts: seen, now: day(20, '10:00') },
    )
    expect(released.state).toEqual({ status: 'retrying' })
    expect((released.deadlineAt?.getTime() ?? 0) - opened.deadlineAt.getTime()).toBe(3_600_000)
  })

  test.each(KNOWN_CODES)('%s: a plan, a state and a reason', (code) => {
    const seen = facts({ attempts: [failedFact(code)] })
    const fresh = openCase({
      id: 'x',
      facts: seen,
      sequence,
      zone: BERLIN,
      emailWindow: { fromHour: 8, untilHour: 20 },
      traits: emptyTraits({ amount: '24.90', currency: 'EUR' }),
      known: [],
    })
    if (!fresh) throw new Error('no case')
    const decision = run(fresh, { type: 'facts_read' }, { facts: seen })
    expect(decision.because).toContain(code)
    expect(decision.commands.filter((one) => one.type === 'attempt_billing')).toEqual([])
    const klass = declineFrom(code, null).class
    const retries = decision.newSteps.filter((step) => step.kind === 'retry').length
    if (['CARD', 'AUTH', 'STOP', 'PAID'].includes(klass)) expect(retries).toBe(0)
    if (['FUNDS', 'ISSUER', 'TECH'].includes(klass)) expect(retries).toBeGreaterThan(0)
  })
})

describe('when a retry comes due', () => {
  test('the card is charged, once, and the step is done', () => {
    const c = caseAfter('INSUFFICIENT_FUNDS')
    const decision = retryDue(c)
    expect(decision.commands).toEqual([
      { type: 'attempt_billing', trigger: 'scheduled', stepKey: firstRetry(c).stepKey },
    ])
    expect(decision.steps).toMatchObject([{ stepRunId: firstRetry(c).id, to: 'done' }])
  })

  test.each([
    ['paid', { cycle: { status: 'BILLED', skipped: false, expectedAt: anchor } }, 'paid_elsewhere'],
    ['skipped', { cycle: { status: 'UNBILLED', skipped: true, expectedAt: anchor } }, 'skipped'],
    ['gone', { cycle: null }, 'superseded'],
  ] as const)('a cycle that is %s by then is not charged', (_, change, status) => {
    const decision = retryDue(caseAfter('INSUFFICIENT_FUNDS'), {
      facts: facts(change as Partial<Facts>),
    })
    expect(decision.state.status).toBe(status)
    expect(decision.commands.filter((one) => one.type === 'attempt_billing')).toEqual([])
    expect(decision.steps.every((step) => step.to === 'cancelled')).toBe(true)
  })

  test.each(['CANCELLED', 'EXPIRED'] as const)('a contract that is %s ends the case', (status) => {
    const decision = retryDue(caseAfter('INSUFFICIENT_FUNDS'), {
      facts: facts({ contract: { status } }),
    })
    expect(decision.state.status).toBe('cancelled')
  })

  test('a contract paused by a person freezes the case', () => {
    const decision = retryDue(caseAfter('INSUFFICIENT_FUNDS'), {
      facts: facts({ contract: { status: 'PAUSED' } }),
    })
    expect(decision.state).toMatchObject({ status: 'held', reason: 'paused' })
    expect(decision.commands).toEqual([])
  })

  test('the stop switch moves it by a day and loses nothing', () => {
    const c = caseAfter('INSUFFICIENT_FUNDS')
    const decision = retryDue(c, {
      switches: { ...on, stopped: 'Ada stopped recovery for this shop' },
    })
    expect(decision.commands).toEqual([])
    expect(decision.because).toMatch(/Ada stopped/)
    const after = applied(c, decision, firstRetry(c).dueAt)
    expect(steps(after, 'retry')).toHaveLength(4)
  })

  test('the method budget of all contracts together forbids it, and says so', () => {
    const decision = retryDue(caseAfter('INSUFFICIENT_FUNDS'), {
      budget: { ...nobody, methodAttempts30d: 10 },
    })
    expect(decision.commands).toEqual([])
    expect(decision.because).toMatch(/H4/)
  })

  test('a rung that comes too close to an attempt by hand moves, and none is lost', () => {
    const c = caseAfter('INSUFFICIENT_FUNDS')
    const due = firstRetry(c).dueAt
    const byHand = {
      ...ownAttempt(2, new Date(due.getTime() - 3_600_000)),
      trigger: 'merchant' as const,
      state: 'failed' as const,
      code: 'INSUFFICIENT_FUNDS',
      class: 'FUNDS' as const,
    }
    const decision = retryDue({ ...c, attempts: [...c.attempts, byHand] })
    expect(decision.commands).toEqual([])
    expect(decision.because).toMatch(/H2/)
    const after = applied(c, decision, due)
    expect(steps(after, 'retry')).toHaveLength(4)
    expect(firstRetry(after).dueAt.getTime()).toBeGreaterThan(due.getTime())
  })
})

describe('R5: when a paused contract is paid', () => {
  const billed = facts({
    contract: { status: 'PAUSED' },
    cycle: { status: 'BILLED', skipped: false, expectedAt: anchor },
  })
  const activations = (c: RecoveryCase) =>
    run(c, { type: 'facts_read' }, { facts: billed }).commands.filter(
      (one) => one.type === 'activate_contract',
    )

  test('our own pause is lifted, once', () => {
    const c: RecoveryCase = { ...caseAfter('EXPIRED_CARD'), weDid: ['pause'] }
    expect(activations(c)).toHaveLength(1)
    const closed = applied(c, run(c, { type: 'facts_read' }, { facts: billed }), anchor)
    expect(activations(closed)).toEqual([])
  })

  test("somebody else's pause stays", () => {
    expect(activations(caseAfter('EXPIRED_CARD'))).toEqual([])
  })
})

describe('when a charge by hand is still under way', () => {
  test('the rung that comes due waits for its result and is not lost', () => {
    const c = caseAfter('INSUFFICIENT_FUNDS')
    const due = firstRetry(c).dueAt
    const underWay = {
      ...ownAttempt(2, new Date(due.getTime() - 60_000)),
      trigger: 'merchant' as const,
      state: 'submitted' as const,
    }
    const decision = retryDue({ ...c, attempts: [...c.attempts, underWay] })
    expect(decision.commands).toEqual([])
    expect(decision.because).toMatch(/H1/)
    expect(steps(applied(c, decision, due), 'retry')).toHaveLength(4)
  })
})

describe('when an outage outlasts its ladder', () => {
  test('it becomes the issuer’s and gets no second technical ladder', () => {
    let c = caseAfter('PROCESSING_ERROR')
    let technical = 0
    for (let i = 0; i < 12 && steps(c, 'retry').length > 0; i++) {
      const at = firstRetry(c).dueAt
      if (firstRetry(c).lane === 'TECH') technical++
      c = applied(c, retryDue(c), at)
      const failed = run(
        c,
        { type: 'facts_read' },
        { facts: facts({ attempts: settledAs('PROCESSING_ERROR', c, at) }), now: at },
      )
      c = applied(c, failed, at)
    }
    expect(technical).toBe(3)
    expect(c.lane).toBe('ISSUER')
  })
})

describe('when an answer is lost', () => {
  const charging = () => {
    const c = caseAfter('INSUFFICIENT_FUNDS')
    const at = firstRetry(c).dueAt
    return { c: applied(c, retryDue(c), at), at }
  }

  test('nothing else is charged until it is settled, and the same key is sent again', () => {
    const { c, at } = charging()
    const lost = run(
      c,
      { type: 'attempt_unanswered', attemptId: 'attempt-2', because: 'timeout' },
      { now: at },
    )
    expect(lost.state).toEqual({ status: 'in_doubt' })
    const doubtful = applied(c, lost, at)
    const byHand = run(doubtful, { type: 'staff_retry', by: 'Ada' }, { now: at })
    expect(byHand.commands).toEqual([])
    const asked = run(doubtful, { type: 'facts_read' }, { now: new Date(at.getTime() + 60_000) })
    expect(asked.commands).toEqual([{ type: 'resend_attempt', attemptId: 'attempt-2' }])
  })

  test('Shopify had it after all: the case goes on with what Shopify says', () => {
    const { c, at } = charging()
    const doubtful = applied(
      c,
      run(
        c,
        { type: 'attempt_unanswered', attemptId: 'attempt-2', because: 'timeout' },
        { now: at },
      ),
      at,
    )
    const seen: AttemptFact = {
      ...failedFact('', at, 'ours'),
      key: 'reprise-2',
      outcome: {
        type: 'succeeded',
        orderId: 'gid://shopify/Order/1',
        total: { amount: '24.90', currency: 'EUR' },
      },
    }
    const decision = run(
      doubtful,
      { type: 'facts_read' },
      { facts: facts({ attempts: [seen] }), now: at },
    )
    expect(decision.state).toMatchObject({ status: 'recovered', orderId: 'gid://shopify/Order/1' })
    expect(decision.attempts).toMatchObject([{ attemptId: 'attempt-2', to: 'succeeded' }])
    expect(decision.commands.filter(({ type }) => type === 'open_staff_task')).toEqual([])

    const another = { ...seen, shopifyId: 'gid://shopify/SubscriptionBillingAttempt/99', key: 'x' }
    const twice = run(
      doubtful,
      { type: 'facts_read' },
      { facts: facts({ attempts: [seen, another] }), now: at },
    )
    expect(twice.commands).toContainEqual(
      expect.objectContaining({ type: 'open_staff_task', kind: 'paid_twice' }),
    )
  })

  test('after a day it is for staff, never a new key', () => {
    const { c, at } = charging()
    const doubtful = applied(
      c,
      run(
        c,
        { type: 'attempt_unanswered', attemptId: 'attempt-2', because: 'timeout' },
        { now: at },
      ),
      at,
    )
    const decision = run(
      doubtful,
      { type: 'facts_read' },
      { now: new Date(at.getTime() + 25 * 3_600_000) },
    )
    expect(decision.commands).toMatchObject([{ type: 'open_staff_task', kind: 'in_doubt' }])
    expect(decision.lookAgainAt?.getTime()).toBeGreaterThan(at.getTime() + 36 * 3_600_000)
  })

  test.each<[string, Partial<Facts>]>([
    ['the payment method is gone', { method: null }],
    ['the payment method was revoked', { method: { ...visa, revokedAt: anchor } }],
    ['another biller has charged since', { attempts: [failedFact('EXPIRED_CARD', day(14), 'x')] }],
  ])('the caps hold for sending again, too: %s', (_, changed) => {
    const { c, at } = charging()
    const settled = run(c, { type: 'facts_read' }, { facts: facts(changed), now: at })
    expect(settled.commands.map(({ type }) => type)).not.toContain('resend_attempt')
    const again = run(
      applied(c, settled, at),
      { type: 'facts_read' },
      {
        facts: facts(changed),
        now: new Date(at.getTime() + 3_600_000),
      },
    )
    expect(again.commands.map(({ type }) => type)).not.toContain('resend_attempt')
  })

  test('an answer that comes after Shopify has told of the charge says nothing any more', () => {
    const { c, at } = charging()
    const failed = { ...failedFact('EXPIRED_CARD', at, 'attempt-2'), key: 'reprise-2' }
    const seen = facts({ attempts: [failed] })
    const told = applied(c, run(c, { type: 'facts_read' }, { facts: seen, now: at }), at)
    const late = run(
      told,
      { type: 'attempt_unanswered', attemptId: 'attempt-2', because: 'timeout' },
      { facts: seen, now: at },
    )
    expect(late.state).toEqual(told.state)
    expect(late.attempts).toEqual([])
  })
})

describe('when a retry fails again', () => {
  test('the same class keeps its plan', () => {
    const c = caseAfter('INSUFFICIENT_FUNDS')
    const at = firstRetry(c).dueAt
    const charged = applied(c, retryDue(c), at)
    const decision = run(
      charged,
      { type: 'facts_read' },
      { facts: facts({ attempts: settledAs('INSUFFICIENT_FUNDS', charged, at) }), now: at },
    )
    expect(decision.lane).toBeUndefined()
    expect(decision.steps).toEqual([])
  })

  test('another class changes the lane and drops what is past', () => {
    const c = caseAfter('INSUFFICIENT_FUNDS')
    const at = firstRetry(c).dueAt
    const charged = applied(c, retryDue(c), at)
    const decision = run(
      charged,
      { type: 'facts_read' },
      { facts: facts({ attempts: settledAs('EXPIRED_CARD', charged, at) }), now: at },
    )
    expect(decision.lane?.to).toBe('CARD')
    expect(decision.steps.every((step) => step.to === 'cancelled')).toBe(true)
    expect(decision.newSteps.every((step) => step.dueAt >= at && step.kind !== 'retry')).toBe(true)
  })
})

describe('when the payment method changes', () => {
  test('a truly new card is tried once, at once', () => {
    const c = caseAfter('EXPIRED_CARD')
    const decision = run(
      c,
      { type: 'facts_read' },
      { facts: facts({ method: newVisa }), now: day(14) },
    )
    expect(decision.commands).toEqual([
      { type: 'attempt_billing', trigger: 'method_updated', stepKey: null },
    ])
  })

  test('the same card told again is not', () => {
    const c = caseAfter('EXPIRED_CARD')
    expect(run(c, { type: 'facts_read' }, { now: day(14) }).commands).toEqual([])
  })

  test('nothing is tried while a charge is under way', () => {
    const c = caseAfter('INSUFFICIENT_FUNDS')
    const charged = applied(c, retryDue(c), firstRetry(c).dueAt)
    const sent = {
      ...charged,
      attempts: charged.attempts.map((a) =>
        a.state === 'intended' ? { ...a, state: 'submitted' as const } : a,
      ),
    }
    const decision = run(
      sent,
      { type: 'facts_read' },
      { facts: facts({ method: newVisa }), now: day(14) },
    )
    expect(decision.commands).toEqual([])
  })

  test('a revoked method turns retries into a request to the shopper; MERGED does not', () => {
    const c = caseAfter('INSUFFICIENT_FUNDS')
    const revoked = { ...visa, revokedAt: day(13), revokedReason: 'TOO_MANY_CONSECUTIVE_FAILURES' }
    expect(run(c, { type: 'facts_read' }, { facts: facts({ method: revoked }) }).lane?.to).toBe(
      'CARD',
    )
    const merged = { ...visa, revokedAt: day(13), revokedReason: 'MERGED' }
    expect(
      run(c, { type: 'facts_read' }, { facts: facts({ method: merged }) }).lane,
    ).toBeUndefined()
  })
})

describe('when a message comes due', () => {
  const emailDue = (c: RecoveryCase, more: Parameters<typeof run>[2] = {}) => {
    const [step] = steps(c, 'email')
    if (!step) throw new Error('no e-mail is scheduled')
    return {
      step,
      decision: run(c, { type: 'step_due', stepRunId: step.id }, { now: step.dueAt, ...more }),
    }
  }

  test('it is sent', () => {
    const { decision } = emailDue(caseAfter('EXPIRED_CARD'))
    expect(decision.commands).toMatchObject([{ type: 'send_message', countsTowardCap: true }])
  })

  test('a shopper who heard from us today waits a day', () => {
    const c = caseAfter('EXPIRED_CARD')
    const { step, decision } = emailDue(c, {
      budget: { ...nobody, lastMessageAt: new Date(anchor.getTime() - 3_600_000) },
    })
    expect(decision.commands).toEqual([])
    expect(decision.steps).toMatchObject([{ stepRunId: step.id, to: 'scheduled' }])
  })

  test('a suppressed address is not written to, and the step says why', () => {
    const { decision } = emailDue(caseAfter('EXPIRED_CARD'), {
      switches: { ...on, suppressed: 'the address bounced' },
    })
    expect(decision.commands).toEqual([])
    expect(decision.because).toMatch(/bounced/)
  })

  test('the sixth e-mail of a case is not sent', () => {
    const c = caseAfter('EXPIRED_CARD')
    const messages = Array.from({ length: EMAILS_PER_CASE }, (_, i) => ({
      triggerKey: `m${i}`,
      stage: 'first' as const,
      channel: 'email' as const,
      state: 'sent',
      countsTowardCap: true,
      createdAt: anchor,
    }))
    expect(emailDue({ ...c, messages }).decision.commands).toEqual([])
  })

  test('an SMS is skipped and says so', () => {
    const c = caseAfter('INSUFFICIENT_FUNDS')
    const sms = steps(c, 'sms')[0]
    if (!sms) throw new Error('no SMS is scheduled')
    expect(run(c, { type: 'step_due', stepRunId: sms.id }, { now: sms.dueAt }).steps).toMatchObject(
      [{ to: 'skipped', because: 'SMS is not set up' }],
    )
  })
})

describe('when steps are late', () => {
  test('eight days down: the rest is missed, one charge at most', () => {
    let c = caseAfter('INSUFFICIENT_FUNDS')
    const back = day(24, '12:00')
    let charges = 0
    let mails = 0
    for (let i = 0; i < 20; i++) {
      const due = c.steps
        .filter((s) => s.state === 'scheduled' && s.dueAt <= back)
        .sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime())[0]
      if (!due) break
      const decision = run(
        c,
        { type: 'step_due', stepRunId: due.id },
        { now: back, facts: facts({ readAt: back }) },
      )
      charges += decision.commands.filter((one) => one.type === 'attempt_billing').length
      mails += decision.commands.filter((one) => one.type === 'send_message').length
      c = applied(c, decision, back)
      c = { ...c, attempts: c.attempts.filter((a) => a.state !== 'intended') }
    }
    expect(charges).toBeLessThanOrEqual(1)
    expect(mails).toBe(1)
    expect(c.steps.filter((s) => s.state === 'missed').length).toBeGreaterThanOrEqual(3)
  })
})

describe('when the deadline comes', () => {
  test('the final action is applied, and the case ends only when it is done', () => {
    const c = caseAfter('EXPIRED_CARD')
    const reached = run(c, { type: 'deadline_reached' }, { now: c.deadlineAt })
    expect(reached.state).toEqual(c.state)
    expect(reached.commands).toEqual([{ type: 'apply_final_action', action: 'pause' }])
    const done = run(c, { type: 'final_action_done', action: 'pause' }, { now: c.deadlineAt })
    expect(done.state).toEqual({ status: 'exhausted' })
    expect(done.commands).toMatchObject([{ type: 'send_message', stage: 'ended' }])
  })

  test('a case that waits for staff is written off, and nothing is done to the subscriber', () => {
    const c = caseAfter('MERCHANT_ACCOUNT_ERROR')
    const decision = run(c, { type: 'deadline_reached' }, { now: new Date('2026-12-12T08:00:00Z') })
    expect(decision.state).toEqual({ status: 'written_off' })
    expect(decision.commands).toEqual([])
  })

  test('grace ends benefits, never the case', () => {
    const c = caseAfter('INSUFFICIENT_FUNDS')
    const decision = run(c, { type: 'grace_ended' }, { now: c.graceEndsAt })
    expect(decision.state).toEqual(c.state)
    expect(decision.graceEnded).toBe(true)
  })
})

describe('when staff or the shopper act', () => {
  test('"retry now" works for a soft decline and uses no rung', () => {
    const c = caseAfter('INSUFFICIENT_FUNDS')
    const decision = run(c, { type: 'staff_retry', by: 'Ada' }, { now: day(14) })
    expect(decision.commands).toEqual([
      { type: 'attempt_billing', trigger: 'merchant', stepKey: null },
    ])
    expect(decision.steps).toEqual([])
  })

  test('"retry now" on an expired card is refused with the reason', () => {
    const decision = run(
      caseAfter('EXPIRED_CARD'),
      { type: 'staff_retry', by: 'Ada' },
      { now: day(14) },
    )
    expect(decision.commands).toEqual([])
    expect(decision.because).toMatch(/H5/)
  })

  test('"already cancelled / not me" ends charging and writing, and asks staff', () => {
    const c = caseAfter('INSUFFICIENT_FUNDS')
    const decision = run(c, { type: 'shopper_stop' }, { now: day(14) })
    expect(decision.state).toMatchObject({ status: 'held', reason: 'shopper_stop' })
    expect(decision.steps.every((step) => step.to === 'cancelled')).toBe(true)
    expect(decision.commands).toMatchObject([{ type: 'open_staff_task', kind: 'shopper_stop' }])
  })

  test('a hold freezes the clock and a release moves the dates by the time it stood still', () => {
    const c = caseAfter('INSUFFICIENT_FUNDS')
    const held = applied(c, run(c, { type: 'staff_hold', by: 'Ada' }, { now: anchor }), anchor)
    const released = run(held, { type: 'staff_release', by: 'Ada' }, { now: day(15) })
    const after = applied(held, released, day(15))
    expect(after.state).toEqual({ status: 'retrying' })
    expect(firstRetry(after).dueAt.getTime() - firstRetry(c).dueAt.getTime()).toBe(3 * 86_400_000)
  })
})

describe('what must move on by itself, or must not', () => {
  const seenAs = (
    id: string,
    outcome: AttemptFact['outcome'],
    more: Partial<AttemptFact> = {},
  ): AttemptFact => ({ ...failedFact('', anchor, id), ...more, outcome })
  const waitingChallenge = () => {
    const seen = facts({ attempts: [seenAs('native-1', { type: 'action_required' })] })
    const fresh = openCase({
      id: 'x',
      facts: seen,
      sequence,
      zone: BERLIN,
      emailWindow: { fromHour: 8, untilHour: 20 },
      traits: emptyTraits({ amount: '24.90', currency: 'EUR' }),
      known: [],
    })
    if (!fresh) throw new Error('no case')
    return { c: applied(fresh, run(fresh, { type: 'facts_read' }, { facts: seen }), anchor), seen }
  }

  test('a charge that is written down and not sent yet is due at once, also for the next worker', () => {
    const c = caseAfter('INSUFFICIENT_FUNDS')
    const { dueAt } = firstRetry(c)
    expect(retryDue(c).lookAgainAt).toEqual(dueAt)
  })

  test('the end of grace is noted while a charge is in doubt, and so is not due for ever', () => {
    const c = caseAfter('INSUFFICIENT_FUNDS')
    const at = firstRetry(c).dueAt
    const charged = applied(c, retryDue(c), at)
    const decision = run(charged, { type: 'grace_ended' }, { now: at })
    expect(decision.graceEnded).toBe(true)
  })

  test('a challenge that nobody ever answers does not keep the case open past its deadline', () => {
    const { c, seen } = waitingChallenge()
    const decision = run(c, { type: 'deadline_reached' }, { facts: seen, now: c.deadlineAt })
    expect(decision.commands).toEqual([{ type: 'apply_final_action', action: 'pause' }])
  })

  test.each([
    ['paid', facts({ cycle: { status: 'BILLED', skipped: false, expectedAt: anchor } })],
    ['skipped', facts({ cycle: { status: 'UNBILLED', skipped: true, expectedAt: anchor } })],
    ['cancelled', facts({ contract: { status: 'CANCELLED' } })],
  ])('nobody is asked to confirm with the bank what is %s already', (_, changed) => {
    const { c, seen } = waitingChallenge()
    const [step] = steps(c, 'email')
    if (!step) throw new Error('no e-mail is scheduled')
    const decision = run(
      c,
      { type: 'step_due', stepRunId: step.id },
      { facts: { ...changed, attempts: seen.attempts }, now: step.dueAt },
    )
    expect(decision.commands).toEqual([])
    expect(decision.steps).toMatchObject([{ stepRunId: step.id, to: 'skipped' }])
  })

  test('a case that waits for staff moves on when its end comes during a charge', () => {
    const c = caseAfter('MERCHANT_ACCOUNT_ERROR')
    const end = new Date('2026-12-12T08:00:00Z')
    const createdAt = new Date('2026-12-12T07:00:00Z')
    const seen = facts({ attempts: [seenAs('native-2', { type: 'pending' }, { createdAt })] })
    const decision = run(c, { type: 'deadline_reached' }, { facts: seen, now: end })
    const after = { ...applied(c, decision, end), steps: [], graceEnded: true }
    expect(nextActionAt(after, null)?.getTime()).toBeGreaterThan(end.getTime())
  })

  test.each(['submitted', 'unknown', 'intended'] as const)(
    'S15: a charge that stays %s is waited for past the deadline, for a week; then staff look, and nothing is done',
    (state) => {
      const c = caseAfter('INSUFFICIENT_FUNDS')
      const at = day(30)
      const charged: RecoveryCase = {
        ...c,
        attempts: [...c.attempts, { ...ownAttempt(2, at), state }],
        steps: [],
        graceEnded: true,
      }
      const until = new Date(at.getTime() + 7 * 24 * 3_600_000)
      expect(nextActionAt(charged, null)).toEqual(until)
      const atDeadline = run(charged, { type: 'deadline_reached' }, { now: c.deadlineAt })
      expect(atDeadline.state.status).not.toBe('written_off')
      expect(atDeadline.deadlineAt).toBeUndefined()
      expect(atDeadline.commands).toEqual([])
      const decision = run(charged, { type: 'deadline_reached' }, { now: until })
      expect(decision.state).toEqual({ status: 'written_off' })
      expect(decision.commands).toMatchObject([{ type: 'open_staff_task', kind: 'in_doubt' }])
      // It stays live: nobody charges beside it, and a late success opens a linked case.
      expect(decision.attempts).toEqual([])
    },
  )

  test('once its result is known, the deadline that was waited past comes at once', () => {
    const c = caseAfter('INSUFFICIENT_FUNDS')
    const failed: RecoveryCase = {
      ...c,
      attempts: [...c.attempts, { ...ownAttempt(2, day(30)), state: 'failed' }],
    }
    expect(nextActionAt({ ...failed, steps: [], graceEnded: true }, null)).toEqual(c.deadlineAt)
  })

  test('a final action that must wait leaves the deadline where it was, so nothing is charged meanwhile', () => {
    const c = caseAfter('INSUFFICIENT_FUNDS')
    const retryAt = new Date(c.deadlineAt.getTime() + 15 * 60_000)
    const decision = run(
      c,
      { type: 'final_action_delayed', action: 'pause', retryAt, because: 'no answer' },
      { now: c.deadlineAt },
    )
    expect(decision.deadlineAt).toBeUndefined()
    expect(decision.lookAgainAt).toEqual(retryAt)
    const pressed = run(
      applied(c, decision, c.deadlineAt),
      { type: 'staff_retry', by: 'Ada' },
      {
        now: c.deadlineAt,
      },
    )
    expect(pressed.commands).toEqual([])
  })

  test('what Shopify throttles is not asked again before the wait is over, and then it is', () => {
    const c = applied(
      caseAfter('EXPIRED_CARD'),
      run(
        caseAfter('EXPIRED_CARD'),
        { type: 'facts_read' },
        { facts: facts({ method: newVisa }), now: day(14) },
      ),
      day(14),
    )
    const refused = run(
      c,
      { type: 'attempt_refused', attemptId: 'attempt-2', code: 'THROTTLED' },
      { facts: facts({ method: newVisa }), now: day(14) },
    )
    expect(refused.lookAgainAt).toEqual(day(14, '10:00'))
    const after = applied(c, refused, day(14))
    const [email] = steps(after, 'email')
    if (!email) throw new Error('no e-mail is scheduled')
    const soon = { facts: facts({ method: newVisa }), now: day(14, '09:30') }
    const due = { ...email, dueAt: day(14, '09:20') }
    const waiting = run({ ...after, steps: [due] }, { type: 'step_due', stepRunId: due.id }, soon)
    expect(waiting.commands.map((one) => one.type)).toEqual(['send_message'])
    const looked = run(after, { type: 'facts_read' }, soon)
    expect(looked.commands).toEqual([])
    expect(looked.lookAgainAt).toEqual(day(14, '10:00'))
    const later = run(after, { type: 'facts_read' }, { ...soon, now: day(14, '10:00') })
    expect(later.commands).toEqual([
      { type: 'attempt_billing', trigger: 'method_updated', stepKey: null },
    ])
  })

  test('a request that was our defect is not made again by the next rung', () => {
    const c = caseAfter('INSUFFICIENT_FUNDS')
    const at = firstRetry(c).dueAt
    const charged = applied(c, retryDue(c), at)
    const refused = run(
      charged,
      { type: 'attempt_refused', attemptId: 'attempt-2', code: 'INVALID' },
      { now: at },
    )
    expect(steps(applied(charged, refused, at), 'retry')).toEqual([])
  })

  test('a refusal of the request that was in doubt settles the doubt', () => {
    const c = caseAfter('INSUFFICIENT_FUNDS')
    const at = firstRetry(c).dueAt
    const doubtful: RecoveryCase = {
      ...applied(c, retryDue(c), at),
      state: { status: 'in_doubt' },
    }
    const refused = run(
      doubtful,
      { type: 'attempt_refused', attemptId: 'attempt-2', code: 'THROTTLED' },
      { now: at },
    )
    expect(refused.state).toEqual({ status: 'retrying' })
  })

  test('a subscription activated after its next charge was due is not paused again at once', () => {
    const c = caseAfter('INSUFFICIENT_FUNDS')
    const paused = facts({ contract: { status: 'PAUSED' } })
    const held = applied(
      c,
      run(c, { type: 'facts_read' }, { facts: paused, now: day(14) }),
      day(14),
    )
    const january = new Date('2027-01-20T08:00:00Z')
    const decision = run(held, { type: 'facts_read' }, { now: january })
    expect(decision.state).toEqual({ status: 'written_off' })
    expect(decision.commands).toEqual([])
  })

  test('our own cancellation ends the case as exhausted, and the shopper is told', () => {
    const c = caseAfter('EXPIRED_CARD')
    const done = run(
      c,
      { type: 'final_action_done', action: 'cancel' },
      { facts: facts({ contract: { status: 'CANCELLED' } }), now: c.deadlineAt },
    )
    expect(done.state).toEqual({ status: 'exhausted' })
    expect(done.commands).toMatchObject([{ type: 'send_message', stage: 'ended' }])
  })
})

describe('a person who says stop is heard, whatever else is new', () => {
  const c = caseAfter('INSUFFICIENT_FUNDS')
  const at = firstRetry(c).dueAt
  const inDoubt = applied(
    applied(c, retryDue(c), at),
    run(
      applied(c, retryDue(c), at),
      { type: 'attempt_unanswered', attemptId: 'attempt-2', because: 'timeout' },
      { now: at },
    ),
    at,
  )
  const revoked = { ...visa, revokedAt: at, revokedReason: 'CUSTOMER_REDACTED' }
  const pausedNow = facts({ contract: { status: 'PAUSED' } })
  const held = applied(c, run(c, { type: 'facts_read' }, { facts: pausedNow, now: at }), at)
  const cases: [string, RecoveryCase, Facts][] = [
    ['a charge is in doubt', inDoubt, facts()],
    ['the method was revoked', c, facts({ method: revoked })],
    ['the method changed', c, facts({ method: newVisa })],
    ['another failure came', c, facts({ attempts: [failedFact('EXPIRED_CARD', at, 'native-9')] })],
    ['the contract was paused', c, pausedNow],
    ['the case is held for the pause', held, pausedNow],
  ]

  test.each(cases)('"not me" while %s', (_, before, seen) => {
    const decision = run(before, { type: 'shopper_stop' }, { facts: seen, now: at })
    expect(decision.state).toMatchObject({ status: 'held', reason: 'shopper_stop' })
    expect(steps(applied(before, decision, at), 'email')).toEqual([])
    expect(decision.commands.map((one) => one.type)).toEqual(['open_staff_task'])
  })

  test.each(cases)('"hold" while %s', (_, before, seen) => {
    const decision = run(before, { type: 'staff_hold', by: 'Ada' }, { facts: seen, now: at })
    expect(decision.state).toMatchObject({ status: 'held', reason: 'merchant' })
    expect(decision.commands).toEqual([])
  })

  test.each(cases)('"close" while %s', (_, before, seen) => {
    const decision = run(before, { type: 'staff_close', by: 'Ada' }, { facts: seen, now: at })
    expect(decision.state).toEqual({ status: 'written_off' })
  })

  test('a case that an uninstall froze can be released once the app is back', () => {
    const gone = applied(
      c,
      run(c, { type: 'facts_read' }, { switches: { ...on, uninstalled: true }, now: at }),
      at,
    )
    expect(gone.state).toMatchObject({ status: 'held', reason: 'uninstalled' })
    const back = run(gone, { type: 'staff_release', by: 'Ada' }, { now: day(15) })
    expect(back.state).toEqual({ status: 'retrying' })
  })
})

describe('a method that is full, a stop that lasts, a plan that renews often', () => {
  const c = caseAfter('INSUFFICIENT_FUNDS')
  const step = firstRetry(c)
  const due = { type: 'step_due', stepRunId: step.id } as const
  const full = (methodFreeAt: Date) => ({
    now: step.dueAt,
    budget: { ...nobody, methodAttempts30d: 12, methodFreeAt },
  })

  test('a retry waits for room on the method, and the messages do not', () => {
    const decision = run(c, due, full(day(20, '12:00')))
    expect(decision.commands).toEqual([])
    expect(decision.because).toMatch(/moves: .* \(H4\)/)
    const moved = steps(applied(c, decision, step.dueAt), 'retry')
    expect(moved[0]?.dueAt.getTime()).toBeGreaterThan(day(20, '12:00').getTime())
    expect(steps(applied(c, decision, step.dueAt), 'email')).toEqual(steps(c, 'email'))
  })

  test('a retry for which there is no room before the deadline is skipped, and says so', () => {
    const decision = run(c, due, full(new Date(c.deadlineAt.getTime() + 1)))
    expect(decision.steps).toMatchObject([{ stepRunId: step.id, to: 'skipped' }])
    expect(decision.because).toMatch(/\(H4\), and that lasts until after the deadline/)
  })

  test('a stop moves the deadline day by day, up to the next charge and no further', () => {
    const stopped = { ...on, stopped: 'Ada stopped recovery' }
    const next = new Date('2026-12-12T08:00:00Z')
    const evening = new Date(next.getTime() - 5 * 3_600_000)
    const waits = run(
      c,
      { type: 'deadline_reached' },
      { switches: stopped, now: evening, facts: facts({ nextExpectedAt: next }) },
    )
    expect(waits).toMatchObject({ deadlineAt: next, commands: [] })
    const over = run(
      c,
      { type: 'deadline_reached' },
      { switches: stopped, now: next, facts: facts({ nextExpectedAt: next }) },
    )
    expect(over).toMatchObject({ state: { status: 'written_off' }, commands: [] })
  })

  test('a plan that renews daily loses the cycle instead of being paused', () => {
    const daily = { ...c, nextExpectedAt: new Date(c.expectedAt.getTime() + 24 * 3_600_000) }
    const decision = run(daily, { type: 'deadline_reached' }, { now: c.deadlineAt })
    expect(decision.commands).toEqual([{ type: 'apply_final_action', action: 'skip' }])
  })

  test('a rung that Shopify refused was not run', () => {
    const charged = applied(c, retryDue(c), step.dueAt)
    const refused = run(
      charged,
      { type: 'attempt_refused', attemptId: 'attempt-2', code: 'BILLING_CYCLE_SKIPPED' },
      { now: step.dueAt },
    )
    expect(refused.steps).toContainEqual({
      stepRunId: step.id,
      to: 'skipped',
      because: refused.because,
    })
  })
})

describe('when the case is over', () => {
  const ends: CaseState[] = [
    { status: 'recovered', source: 'silent_retry', orderId: null, total: null },
    { status: 'paid_elsewhere', orderId: null, total: null },
    { status: 'exhausted' },
    { status: 'skipped' },
    { status: 'cancelled' },
    { status: 'superseded' },
    { status: 'written_off' },
  ]
  const events: DunningEvent[] = [
    { type: 'facts_read' },
    { type: 'deadline_reached' },
    { type: 'grace_ended' },
    { type: 'attempt_accepted', attemptId: 'attempt-1', shopifyId: 'x' },
    { type: 'attempt_refused', attemptId: 'attempt-1', code: 'CONTRACT_PAUSED' },
    { type: 'attempt_unanswered', attemptId: 'attempt-1', because: 'timeout' },
    { type: 'final_action_done', action: 'pause' },
    { type: 'staff_retry', by: 'Ada' },
    { type: 'staff_release', by: 'Ada' },
    { type: 'staff_hold', by: 'Ada' },
    { type: 'staff_close', by: 'Ada' },
    { type: 'shopper_stop' },
    { type: 'shopper_pay' },
    { type: 'shopper_method' },
    { type: 'shopper_day', day: '2026-11-20' },
    { type: 'shopper_smaller', smaller: { lines: [], amount: '12.00' } },
    { type: 'shopper_whole' },
    { type: 'order_not_changed', attemptId: 'attempt-1', because: 'it is shut' },
    { type: 'shopper_skip' },
    { type: 'shopper_pause' },
    { type: 'shopper_resume' },
  ]
  test.each(
    ends.flatMap((state) =>
      events.map((event) => [state.status, event.type, state, event] as const),
    ),
  )('%s stays so on %s', (_, __, state, event) => {
    const decision = run({ ...caseAfter('INSUFFICIENT_FUNDS'), state }, event, {
      facts: facts({ method: newVisa }),
    })
    expect(decision.state).toEqual(state)
    expect(decision.commands).toEqual([])
    expect(decision.newSteps).toEqual([])
  })
})

describe('the store-wide brake (S13)', () => {
  const braked: Switches = { ...on, brake: { since: day(12, '10:00'), because: 'seen' } }
  const over: Switches = { ...on, brake: null, brakeEnded: 'a payment went through' }
  const heldAt = (since: Date): CaseState => ({ status: 'held', reason: 'brake', frozenAt: since })

  test('holds a case whose rung is due, from the moment at which it engaged, and charges nothing', () => {
    const c = caseAfter('INSUFFICIENT_FUNDS')
    const rung = c.steps.find(({ kind }) => kind === 'retry')
    if (!rung) throw new Error('no rung')
    const event = { type: 'step_due', stepRunId: rung.id } as const
    const decision = run(c, event, { now: rung.dueAt, switches: braked })
    expect(decision.state).toEqual(heldAt(day(12, '10:00')))
    expect([...decision.commands, ...decision.steps]).toEqual([])
  })

  test('holds a case that opens under it before it has a plan, and tells staff nothing more', () => {
    const seen = facts({ attempts: [failedFact('PAYMENT_PROVIDER_IS_NOT_ENABLED')] })
    const fresh = openCase({
      id: '0b7f2a54-5a3c-4c35-9a53-0d8c1f4be002',
      facts: seen,
      sequence,
      zone: BERLIN,
      emailWindow: { fromHour: 8, untilHour: 20 },
      traits: emptyTraits({ amount: '24.90', currency: 'EUR' }),
      known: [],
    })
    if (!fresh) throw new Error('no case')
    const opened = run(
      fresh,
      { type: 'facts_read' },
      { facts: seen, now: anchor, switches: braked },
    )
    expect(opened.state).toEqual(heldAt(anchor))
    expect([...opened.commands, ...opened.newSteps]).toEqual([])
    const held = applied(fresh, opened, anchor)
    const resumed = run(held, { type: 'facts_read' }, { now: day(12, '11:00'), switches: over })
    expect(resumed.state).toEqual({ status: 'awaiting_merchant', reason: 'config' })
  })

  test('leaves to staff what waits for them, and a charge in doubt to its settling', () => {
    const config = caseAfter('MERCHANT_RULE')
    const asked = { ...config, steps: [] }
    const look = { now: day(12, '12:00'), switches: braked }
    expect(run(asked, { type: 'facts_read' }, look).state).toEqual(config.state)
    const c = caseAfter('INSUFFICIENT_FUNDS')
    const sent = { ...ownAttempt(2, day(12, '09:30')), state: 'unknown' as const }
    const doubtful: RecoveryCase = {
      ...c,
      state: { status: 'in_doubt' },
      attempts: [...c.attempts, sent],
    }
    const decision = run(doubtful, { type: 'facts_read' }, look)
    expect(decision.state).toEqual({ status: 'in_doubt' })
    expect(decision.commands).toEqual([])
  })

  test('lets one payment be tried: by staff, or as a probe that uses up a rung; never within a day', () => {
    const c: RecoveryCase = {
      ...caseAfter('INSUFFICIENT_FUNDS'),
      state: heldAt(day(12, '10:00')),
    }
    const early = run(c, { type: 'brake_probe' }, { now: day(12, '20:00'), switches: braked })
    expect(early.commands).toEqual([])
    expect(early.because).toMatch(/24 hours/)
    const night = run(c, { type: 'brake_probe' }, { now: day(13, '23:30'), switches: braked })
    expect(night.commands).toHaveLength(1)
    const later = { now: day(13, '11:00'), switches: braked }
    const probe = run(c, { type: 'brake_probe' }, later)
    expect(probe.commands).toEqual([
      { type: 'attempt_billing', trigger: 'scheduled', stepKey: 'funds.r1' },
    ])
    expect(probe.steps).toMatchObject([{ to: 'done' }])
    expect(probe.state).toEqual(c.state)
    const byHand = run(c, { type: 'staff_retry', by: 'Ada' }, later)
    expect(byHand.commands).toMatchObject([{ trigger: 'merchant', stepKey: null }])
    for (const type of ['shopper_pay', 'facts_read'] as const)
      expect(run(c, { type }, later).commands).toEqual([])
    const alone = run(c, { type: 'staff_release', by: 'Ada' }, later)
    expect(alone.state).toEqual(c.state)
    expect(alone.because).toMatch(/released on Home/)
  })

  test('when it is over, the dates move by the time that it was on, and the timeline says why it ended', () => {
    const c = caseAfter('INSUFFICIENT_FUNDS')
    const held = { ...c, state: heldAt(day(12, '10:00')) }
    const decision = run(held, { type: 'facts_read' }, { now: day(14, '10:00'), switches: over })
    expect(decision.state).toEqual({ status: 'retrying' })
    expect(decision.deadlineAt).toEqual(new Date(c.deadlineAt.getTime() + 2 * 86_400_000))
    expect(decision.because).toMatch(/a payment went through: dates moved/)
  })

  test('a pause, a way out and a shopper who says stop go before it', () => {
    const c: RecoveryCase = {
      ...caseAfter('INSUFFICIENT_FUNDS'),
      state: heldAt(day(12, '10:00')),
    }
    const look = { now: day(12, '12:00'), switches: braked }
    const paused = facts({ contract: { status: 'PAUSED' } })
    expect(run(c, { type: 'facts_read' }, { ...look, facts: paused }).state).toMatchObject({
      reason: 'paused',
      frozenAt: day(12, '10:00'),
    })
    const gone = facts({ contract: { status: 'CANCELLED' } })
    expect(run(c, { type: 'facts_read' }, { ...look, facts: gone }).state.status).toBe('cancelled')
    expect(run(c, { type: 'shopper_stop' }, look).state).toMatchObject({ reason: 'shopper_stop' })
  })
})

describe('what a shopper asks for', () => {
  const c = caseAfter('INSUFFICIENT_FUNDS')

  test('another day moves the next try there, and is counted', () => {
    const decision = run(c, { type: 'shopper_day', day: '2026-11-20' }, { now: day(13) })
    const [moved] = decision.steps
    expect(moved).toMatchObject({ to: 'scheduled' })
    expect(moved?.to === 'scheduled' && moved.dueAt.toISOString()).toMatch(/^2026-11-20T/)
    expect(decision).toMatchObject({ dayMoved: true, commands: [] })
  })

  test('a third day, a day past the deadline, or one too soon after a charge is refused', () => {
    const refused = [
      run({ ...c, dayMoves: 2 }, { type: 'shopper_day', day: '2026-11-20' }, { now: day(13) }),
      run(c, { type: 'shopper_day', day: '2027-01-01' }, { now: day(13) }),
      run(c, { type: 'shopper_day', day: '2026-11-12' }, { now: day(12, '12:00') }),
      run(c, { type: 'shopper_day', day: 'soon' }, { now: day(13) }),
    ]
    for (const decision of refused) {
      expect(decision.steps).toEqual([])
      expect(decision.dayMoved).toBeUndefined()
      expect(decision.because).toMatch(/^the day was not changed/)
    }
  })

  const smaller = { lines: [{ id: 'line-1', title: 'Roast', quantity: 1 }], amount: '12.40' }
  const takesLess = { type: 'shopper_smaller', smaller } as const

  test('less of this order is kept for the next charge; nothing is charged or changed by it', () => {
    const decision = run(c, takesLess, { now: day(13) })
    expect(decision).toMatchObject({
      smaller,
      commands: [],
      steps: [],
      state: { status: 'retrying' },
    })
    expect(decision.because).toBe(
      'the shopper takes less of this order: 12.40 EUR instead of 24.90 EUR, before tax',
    )
    const again = run({ ...c, smaller }, { type: 'shopper_whole' }, { now: day(13) })
    expect(again.smaller).toBeNull()
    expect(run(c, { type: 'shopper_whole' }, { now: day(13) }).smaller).toBeUndefined()
  })

  test('less is refused beside a charge, while recovery stands still, for another want, or where it is not less', () => {
    const busy = c.attempts.map((one) => ({ ...one, state: 'submitted' as const }))
    const stopped = { ...on, stopped: 'Ada stopped recovery' }
    const refused = [
      run({ ...c, attempts: busy }, takesLess, { now: day(12, '10:00') }),
      run({ ...c, smaller, attempts: busy }, { type: 'shopper_whole' }, { now: day(12, '10:00') }),
      run(c, takesLess, { now: day(13), switches: stopped }),
      run(caseAfter('EXPIRED_CARD'), takesLess, { now: day(13) }),
      ...['24.90', '30.00', '0.00'].map((amount) =>
        run(c, { type: 'shopper_smaller', smaller: { ...smaller, amount } }, { now: day(13) }),
      ),
    ]
    for (const { smaller: kept, because } of refused) {
      expect(kept).toBeUndefined()
      expect(because).toMatch(/^the order was not made (smaller|whole): /)
    }
  })

  test('a smaller order stands in place for its charge only, and is taken back once that has failed', () => {
    const inPlace: RecoveryCase = { ...c, smaller, weDid: ['smaller_order'] }
    expect(run(inPlace, { type: 'facts_read' }, { now: day(13) }).commands).toEqual([
      { type: 'restore_order' },
    ])
    const live = c.attempts.map((one) => ({ ...one, state: 'submitted' as const }))
    const waits = run({ ...inPlace, attempts: live }, { type: 'facts_read' }, { now: day(13) })
    expect(waits.commands).toEqual([])
    const charged = run(inPlace, { type: 'shopper_pay' }, { now: day(14) })
    expect(charged.commands.map(({ type }) => type)).toEqual(['attempt_billing'])
    const billed = facts({ cycle: { status: 'BILLED', skipped: false, expectedAt: anchor } })
    const paid = run(inPlace, { type: 'facts_read' }, { now: day(14), facts: billed })
    expect(paid.commands).not.toContainEqual({ type: 'restore_order' })
  })

  test('where Shopify will not make it smaller, nothing is charged, and staff decide', () => {
    const rung = c.steps.find(({ kind }) => kind === 'retry')
    if (!rung) throw new Error('no rung')
    const intended: Attempt = {
      ...(c.attempts[0] as Attempt),
      id: 'attempt-2',
      state: 'intended',
      trigger: 'scheduled',
      stepKey: rung.stepKey,
      intendedAt: rung.dueAt,
    }
    const steps = c.steps.map((one) => (one === rung ? { ...one, state: 'done' as const } : one))
    const decision = run(
      { ...c, smaller, steps, weDid: ['smaller_order'], attempts: [...c.attempts, intended] },
      { type: 'order_not_changed', attemptId: 'attempt-2', because: 'it is shut' },
      { now: rung.dueAt },
    )
    expect(decision.attempts).toEqual([
      { attemptId: 'attempt-2', to: 'refused', refusal: 'ORDER_NOT_CHANGED' },
    ])
    expect(decision.state).toMatchObject({ status: 'held', reason: 'merchant' })
    expect(decision.smaller).toBeNull()
    expect(decision.commands.map((one) => ('kind' in one ? one.kind : one.type))).toEqual([
      'smaller_order',
      'restore_order',
    ])
    expect(decision.steps).toMatchObject([{ stepRunId: rung.id, to: 'skipped' }])
    expect(decision.newSteps).toMatchObject([{ stepKey: rung.stepKey, occurrence: 1 }])

    const notMade = {
      type: 'order_not_changed',
      attemptId: 'attempt-2',
      because: 'it is shut',
    } as const
    const charging = { ...c, smaller, steps, attempts: [...c.attempts, intended] }
    const whole = run({ ...charging, smaller: null }, notMade, { now: rung.dueAt })
    expect(whole.because).toMatch(/^not charged: the whole order, which the shopper takes again/)
    // Tried under the brake: the clock has stood still since before.
    const braked = { status: 'held', reason: 'brake', frozenAt: day(12) } as const
    const tried = run({ ...charging, state: braked }, notMade, { now: rung.dueAt })
    expect(tried.state).toEqual({ status: 'held', reason: 'merchant', frozenAt: day(12) })
    // Sent before, perhaps: no other key is ever used, so it stays in doubt.
    const doubted = run({ ...charging, state: { status: 'in_doubt' } }, notMade, {
      now: rung.dueAt,
    })
    expect(doubted.attempts).toEqual([{ attemptId: 'attempt-2', to: 'unknown' }])
    expect(doubted).toMatchObject({
      state: { status: 'in_doubt' },
      commands: [{ kind: 'in_doubt' }],
    })
    expect(doubted.smaller).toBeUndefined()
  })

  test('skip, pause and resume touch the subscription, and never beside a charge', () => {
    for (const action of ['skip', 'pause'] as const) {
      const { commands } = run(c, { type: `shopper_${action}` }, { now: day(13) })
      expect(commands).toEqual([{ type: 'shopper_contract', action }])
      const attempts = c.attempts.map((one) => ({ ...one, state: 'submitted' as const }))
      const busy = run({ ...c, attempts }, { type: `shopper_${action}` }, { now: day(12, '10:00') })
      expect(busy.commands).toEqual([])
    }
    const paused = { facts: facts({ contract: { status: 'PAUSED' as const } }), now: day(13) }
    expect(run(c, { type: 'shopper_resume' }, paused).commands).toEqual([])
    expect(run({ ...c, shopperPaused: true }, { type: 'shopper_resume' }, paused).commands).toEqual(
      [{ type: 'shopper_contract', action: 'resume' }],
    )
  })

  test('the shopper’s own pause is over as soon as the subscription is active again, whatever comes of it', () => {
    const own = { ...c, shopperPaused: true }
    const over = { pauseOver: true, entries: [{ type: 'pause_over' }] }
    const held = { status: 'held', reason: 'paused', frozenAt: day(12) } as const
    for (const state of [c.state, held, { ...held, reason: 'merchant' } as const])
      expect(run({ ...own, state }, { type: 'facts_read' }, { now: day(13) })).toMatchObject(over)
    const paused = { facts: facts({ contract: { status: 'PAUSED' as const } }), now: day(13) }
    expect(run(own, { type: 'facts_read' }, paused).pauseOver).toBeUndefined()
    const again = run(own, { type: 'shopper_pause' }, { now: day(13) })
    expect(again.commands).toEqual([{ type: 'shopper_contract', action: 'pause' }])
    expect(again.pauseOver).toBeUndefined()
  })
})
