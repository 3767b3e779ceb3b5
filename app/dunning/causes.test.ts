import { describe, expect, test } from 'vitest'
import { afterDecision } from './after-decision.ts'
import { CLEARED_BY_A_CHARGE, causeCleared, evidenceFor, mayClearByItself } from './causes.ts'
import { emptyTraits } from './conditions.ts'
import { decide } from './decide.ts'
import { codesOfClass, declineFrom } from './declines.ts'
import { whyNoAttempt } from './limits.ts'
import { openCase } from './open-case.ts'
import { previewCase } from './preview.ts'
import { defaultSequence } from './sequence.ts'
import type {
  Attempt,
  AttemptFact,
  Budget,
  DunningEvent,
  Facts,
  PaymentMethod,
  RecoveryCase,
  Switches,
} from './types.ts'

const MERCHANT_CODES = codesOfClass('MERCHANT')
const HOUR = 3_600_000
const DUE = new Date('2026-11-12T08:00:00Z')
const in_ = (hours: number) => new Date(DUE.getTime() + hours * HOUR)
const visa: PaymentMethod = {
  id: 'a',
  instrument: 'card',
  label: 'Visa ···· 4242',
  fingerprint: 'a 4242 2030-1',
  revokedAt: null,
  revokedReason: null,
  expiresAt: null,
}
const lost: PaymentMethod = { ...visa, revokedAt: in_(2), revokedReason: 'MANUALLY_REVOKED' }
const sequence = defaultSequence()
const switches: Switches = { stopped: null, uninstalled: false, suppressed: null, smsReady: false }
const budget: Budget = {
  methodAttempts30d: 1,
  methodFreeAt: null,
  methodStopUntil: null,
  lastMessageAt: null,
}

describe('a cause of the shop’s that has gone', () => {
  const shown: [code: string, what: string, seen: Partial<Facts>][] = [
    ['INSUFFICIENT_INVENTORY', 'stock', { inStock: true }],
    ['INVALID_SHIPPING_ADDRESS', 'another address', { cause: { print: 'new', paidSince: null } }],
    ['AMOUNT_TOO_SMALL', 'another amount', { cause: { print: 'new', paidSince: null } }],
    [
      'PAYMENT_PROVIDER_IS_NOT_ENABLED',
      'a charge elsewhere',
      { cause: { print: null, paidSince: in_(20) } },
    ],
    ['TEST_MODE', 'a real charge elsewhere', { cause: { print: null, paidSince: in_(20) } }],
    ['INVALID_PURCHASE_TYPE', 'another method', { method: { ...visa, fingerprint: 'b 1111' } }],
  ]

  test.each(shown)('%s, and Shopify shows %s: one charge by itself', (code, _, seen) => {
    const { c, decision } = look(code, seen)
    expect(decision.commands).toEqual([
      { type: 'attempt_billing', trigger: 'cause_cleared', stepKey: null },
    ])
    expect(decision.because).toMatch(/charged again/)
    // Charged, and waiting for the result: the same evidence charges nothing more.
    const charged: RecoveryCase = { ...c, attempts: [...c.attempts, ours(in_(25))] }
    expect(decideOn(charged, seen, in_(26)).commands).toEqual([])
  })

  test.each(shown)('%s, and nothing is shown: no charge, and a look a day later', (code) => {
    const { decision } = look(code, { cause: { print: 'old', paidSince: null } })
    expect(decision.commands).toEqual([])
    expect(decision.lookAgainAt).toEqual(in_(49))
  })

  test.each(shown)('%s an hour after the failure: it waits for H2', (code, _, seen) => {
    const { decision } = look(code, seen, in_(1))
    const isOtherMethod = seen.method !== undefined // which H2 lets be tried at once
    expect(decision.commands).toHaveLength(isOtherMethod ? 1 : 0)
    if (!isOtherMethod) expect(decision.lookAgainAt).toEqual(in_(24))
  })

  test.each(shown)(
    '%s, and Shopify throttles that charge: the shop is still waited for',
    (code, _, seen) => {
      const { c, decision } = look(code, seen)
      const charging: RecoveryCase = {
        ...c,
        state: decision.state,
        attempts: [...c.attempts, { ...ours(in_(25)), state: 'intended' }],
      }
      const event = {
        type: 'attempt_refused',
        attemptId: ours(in_(25)).id,
        code: 'THROTTLED',
      } as const
      const refused = decideOn(charging, seen, in_(25), undefined, event)
      expect(refused.state).toEqual(c.state)
      expect(refused.lookAgainAt).toEqual(in_(26))

      const waiting = afterDecision(charging, refused, in_(25))
      const charged = (now: Date) => decideOn(waiting, seen, now).commands
      expect(charged(in_(25.5))).toEqual([])
      expect(charged(in_(26))).toMatchObject([{ trigger: 'cause_cleared' }])
      const ended = decideOn(waiting, seen, c.deadlineAt, undefined, { type: 'deadline_reached' })
      expect(ended.state).toEqual({ status: 'written_off' })
      expect(ended.commands).toEqual([])
    },
  )

  test.each<[code: string, seen: Partial<Facts>, stops: string[], lane: string]>([
    ['INSUFFICIENT_INVENTORY', { inStock: true }, [visa.fingerprint], 'STOP'],
    [
      'MERCHANT_ACCOUNT_ERROR',
      { cause: { print: null, paidSince: in_(20) } },
      [visa.fingerprint],
      'STOP',
    ],
    ['INSUFFICIENT_INVENTORY', { inStock: true, method: null }, [], 'CARD'],
    [
      'MERCHANT_ACCOUNT_ERROR',
      { cause: { print: null, paidSince: in_(20) }, method: lost },
      [],
      'CARD',
    ],
  ])(
    '%s, and the method is gone by then: the shopper is asked for another',
    (code, seen, methodStops, lane) => {
      const { c } = look(code, {})
      const used = { ...budget, methodStops }
      const decision = decideOn(c, seen, in_(25), code, { type: 'facts_read' }, used)
      expect(decision).toMatchObject({
        commands: [],
        state: { status: 'awaiting_customer', reason: 'method' },
        lane: { to: lane },
      })
      expect(decision.newSteps.some(({ kind }) => kind === 'email')).toBe(true)
      // As long as the cause is there, it is the shop's alone; so is a method that the shop itself lost.
      expect(
        decideOn(
          c,
          { ...seen, inStock: null, cause: { print: 'old', paidSince: null } },
          in_(25),
          code,
          undefined,
          used,
        ).lane,
      ).toBeUndefined()
      const byShop = { ...lost, revokedReason: 'STRIPE_GATEWAY_NOT_ENABLED' }
      expect(decideOn(c, { ...seen, method: byShop }, in_(25), code).lane).toBeUndefined()
      // Another one, once saved, is charged.
      const waiting = afterDecision(c, decision, in_(25))
      const other = { ...visa, fingerprint: 'b 1111' }
      expect(
        decideOn(waiting, { ...seen, method: other }, in_(30), code, undefined, used).commands,
      ).toMatchObject([{ trigger: 'method_updated' }])
    },
  )

  test('not after the deadline (H6)', () => {
    const { decision } = look('INSUFFICIENT_INVENTORY', { inStock: true }, in_(23 * 24))
    expect(decision.commands).toEqual([])
  })
})

describe('what only a person can say', () => {
  const byHand = MERCHANT_CODES.filter((code) => evidenceFor(code).length === 0)

  test('is a short list', () => {
    expect(byHand.sort()).toEqual([
      'CUSTOMER_INVALID',
      'CUSTOMER_NOT_FOUND',
      'INVALID_REQUEST',
      'MERCHANT_RULE',
    ])
  })

  test.each(byHand)('%s: whatever else Shopify shows, nothing is charged', (code) => {
    const everything: Partial<Facts> = {
      inStock: true,
      cause: { print: 'new', paidSince: in_(20) },
      method: { ...visa, fingerprint: 'b 1111' },
    }
    const { c, decision } = look(code, everything)
    expect(decision.commands).toEqual([])
    expect(mayClearByItself(c)).toBe(false)
    expect(causeCleared(c, facts(code, everything), in_(25))).toBeNull()
  })
})

test('codes that a passing charge clears are woken by one', () => {
  expect(CLEARED_BY_A_CHARGE).toContain('PAYMENT_PROVIDER_IS_NOT_ENABLED')
  expect(CLEARED_BY_A_CHARGE).not.toContain('INVALID_SHIPPING_ADDRESS')
})

test('the cap asks for the evidence itself: a charge that only claims it is refused', () => {
  const seen = { cause: { print: 'old', paidSince: null } }
  const code = 'INVALID_SHIPPING_ADDRESS'
  const { c } = look(code, seen)
  const cap = (over: Partial<Facts>) =>
    whyNoAttempt(c, facts(code, over), budget, 'cause_cleared', in_(25))?.cap ?? null
  expect(cap(seen)).toBe('H5')
  expect(cap({})).toBe('H5')
  expect(cap({ cause: { print: 'new', paidSince: null } })).toBeNull()
})

describe('a contract under review', () => {
  const refused: Attempt = {
    ...ours(in_(30)),
    state: 'refused',
    refusal: 'CONTRACT_UNDER_REVIEW',
  }

  test('is asked about once a day', () => {
    const { c } = look('MERCHANT_RULE', {})
    const waiting: RecoveryCase = {
      ...c,
      state: { status: 'awaiting_merchant', reason: 'review' },
      attempts: [...c.attempts, refused],
    }
    expect(causeCleared(waiting, facts('MERCHANT_RULE'), in_(53))).toBeNull()
    expect(causeCleared(waiting, facts('MERCHANT_RULE'), in_(54))).toMatch(/once a day/)
  })

  test('is asked about again when Shopify throttled the request, and pauses nobody', () => {
    const { c } = look('MERCHANT_RULE', {})
    const asked: RecoveryCase = {
      ...c,
      lane: 'FUNDS',
      lastDecline: declineFrom('INSUFFICIENT_FUNDS', null),
      state: { status: 'retrying' },
      attempts: [refused, { ...ours(in_(54)), state: 'intended' }],
    }
    const event = {
      type: 'attempt_refused',
      attemptId: ours(in_(54)).id,
      code: 'THROTTLED',
    } as const
    const throttled = decideOn(asked, {}, in_(54), 'INSUFFICIENT_FUNDS', event)
    expect(throttled.state).toEqual({ status: 'awaiting_merchant', reason: 'review' })
    expect(throttled.lookAgainAt).toEqual(in_(58))
    const waiting = afterDecision(asked, throttled, in_(54))
    expect(decideOn(waiting, {}, in_(58), 'INSUFFICIENT_FUNDS').commands).toHaveLength(1)
  })
})

test.each(MERCHANT_CODES)('S13: %s, never cleared: not a word about payment', (code) => {
  const { lines } = previewCase(sequence, {
    code,
    zone: 'Europe/Berlin',
    interval: { unit: 'MONTH', count: 1 },
    failedAt: DUE,
  })
  const words = lines
    .filter(({ kind }) => kind === 'email' || kind === 'sms')
    .map(({ stepKey }) => stepKey)
  expect(words).toEqual(code === 'INVALID_SHIPPING_ADDRESS' ? ['merchant.address'] : [])
})

// ---------------------------------------------------------------- a case that waits, and a look at it

/** A case that has waited since its first failure, and what a look at it decides, a day and an hour later. */
function look(code: string, seen: Partial<Facts>, now = in_(25)) {
  const fresh = openCase({
    id: '0b7f2a54-5a3c-4c35-9a53-0d8c1f4be001',
    facts: facts(code),
    sequence,
    zone: 'Europe/Berlin',
    emailWindow: { fromHour: 8, untilHour: 20 },
    traits: emptyTraits({ amount: '24.90', currency: 'EUR' }),
    known: [],
  })
  if (!fresh) throw new Error('no case')
  const opened = decide({
    case: fresh,
    event: { type: 'facts_read' },
    facts: facts(code, { cause: { print: 'old', paidSince: null } }),
    sequence,
    budget,
    switches,
    now: DUE,
  })
  const c: RecoveryCase = {
    ...fresh,
    state: opened.state,
    lane: opened.lane?.to ?? null,
    lastDecline: opened.lastDecline ?? null,
    causePrint: opened.causePrint ?? null,
    attempts: [
      {
        ...ours(DUE),
        trigger: 'external',
        key: 'native-1',
        shopifyId: 'native-1',
        state: 'failed',
        code,
        class: 'MERCHANT',
        settledAt: DUE,
      },
    ],
  }
  return { c, decision: decideOn(c, seen, now, code) }
}

function decideOn(
  c: RecoveryCase,
  seen: Partial<Facts>,
  now: Date,
  code?: string,
  event: DunningEvent = { type: 'facts_read' },
  used: Budget = budget,
) {
  return decide({
    case: c,
    event,
    facts: facts(code ?? c.lastDecline?.code ?? '', seen),
    sequence,
    budget: used,
    switches,
    now,
  })
}

function facts(code: string, over: Partial<Facts> = {}): Facts {
  const failed: AttemptFact = {
    shopifyId: 'native-1',
    key: 'native-1',
    createdAt: DUE,
    completedAt: DUE,
    originTime: DUE,
    outcome: { type: 'failed', decline: declineFrom(code, null) },
  }
  return {
    readAt: DUE,
    contract: { status: 'ACTIVE' },
    cycle: { status: 'UNBILLED', skipped: false, expectedAt: DUE },
    nextExpectedAt: new Date('2026-12-12T08:00:00Z'),
    method: visa,
    attempts: [failed],
    inStock: null,
    ...over,
  }
}

function ours(at: Date): Attempt {
  return {
    id: `ours ${at.getTime()}`,
    number: 2,
    trigger: 'cause_cleared',
    stepKey: null,
    countsTowardLadder: false,
    key: 'ours',
    state: 'submitted',
    code: null,
    class: null,
    methodId: 'a',
    methodFingerprint: visa.fingerprint,
    shopifyId: null,
    intendedAt: at,
    settledAt: null,
  }
}
