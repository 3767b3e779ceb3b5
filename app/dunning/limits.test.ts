import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { emptyTraits } from './conditions.ts'
import { declineFrom, isStockCode, KNOWN_CODES } from './declines.ts'
import { ATTEMPTS_PER_CYCLE, ATTEMPTS_PER_METHOD, whyNoAttempt } from './limits.ts'
import type {
  Attempt,
  AttemptFact,
  AttemptTrigger,
  Budget,
  Decline,
  Facts,
  Instrument,
  PaymentMethod,
  RecoveryCase,
} from './types.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** The day of the cycle and of its first failure. */
const DAY_0 = new Date('2026-11-12T08:00:00Z')
const hoursIn = (hours: number) => new Date(DAY_0.getTime() + hours * HOUR)
const NOW = hoursIn(4 * 24)

const INSTRUMENTS: Instrument[] = ['card', 'shop_pay', 'paypal', 'bank_account', 'other']
const TRIGGERS: AttemptTrigger[] = [
  'scheduled',
  'cause_cleared',
  'method_updated',
  'shopper',
  'merchant',
  'native',
  'external',
]

describe('when nothing stands against it', () => {
  test('a card that was short of money four days ago may be charged', () => {
    expect(why('INSUFFICIENT_FUNDS')).toBeNull()
  })
})

describe('H1: one live attempt on a cycle', () => {
  test.each(['intended', 'submitted', 'action_required', 'unknown'] as const)(
    '%s is live',
    (state) => {
      const c = caseWith([attempt({ state, code: null, class: null })])
      expect(whyNoAttempt(c, facts(), budget(), 'scheduled', NOW)).toMatchObject({
        cap: 'H1',
        allowedAt: null,
      })
    },
  )

  test('an outcome that is not known is named so', () => {
    const c = caseWith([attempt({ state: 'unknown', code: null, class: null })])
    expect(whyNoAttempt(c, facts(), budget(), 'scheduled', NOW)?.because).toMatch(/not known/)
  })

  test("another biller's pending attempt is live too", () => {
    const read = facts({ attempts: [fact({ outcome: { type: 'pending' } })] })
    expect(whyNoAttempt(caseWith([]), read, budget(), 'scheduled', NOW)?.cap).toBe('H1')
  })

  test('what Shopify says of an attempt wins over our row', () => {
    const row = attempt({ state: 'submitted', code: null, class: null, shopifyId: 'gid/1' })
    const settled = fact({
      shopifyId: 'gid/1',
      outcome: { type: 'failed', decline: declineFrom('INSUFFICIENT_FUNDS', 'payment') },
    })
    expect(
      whyNoAttempt(caseWith([row]), facts({ attempts: [settled] }), budget(), 'scheduled', NOW),
    ).toBeNull()
  })
})

describe('H2: a day between two attempts', () => {
  const yesterday = attempt({ intendedAt: new Date(NOW.getTime() - 23 * HOUR) })

  test('less than 24 hours: it says when', () => {
    expect(whyNoAttempt(caseWith([yesterday]), facts(), budget(), 'scheduled', NOW)).toEqual({
      cap: 'H2',
      because: 'less than 24 hours since the last attempt on this cycle',
      allowedAt: new Date(NOW.getTime() + HOUR),
    })
  })

  test('exactly 24 hours is enough', () => {
    const c = caseWith([attempt({ intendedAt: new Date(NOW.getTime() - DAY) })])
    expect(whyNoAttempt(c, facts(), budget(), 'scheduled', NOW)).toBeNull()
  })

  test('an attempt of somebody else counts', () => {
    const foreign = fact({
      createdAt: new Date(NOW.getTime() - HOUR),
      outcome: { type: 'failed', decline: declineFrom('CARD_DECLINED', 'payment') },
    })
    const c = caseWith([attempt({})])
    expect(whyNoAttempt(c, facts({ attempts: [foreign] }), budget(), 'scheduled', NOW)?.cap).toBe(
      'H2',
    )
  })

  test('a changed method may be tried at once', () => {
    const read = facts({ method: method('new') })
    expect(whyNoAttempt(caseWith([yesterday]), read, budget(), 'method_updated', NOW)).toBeNull()
  })

  test('but only once a day, also when the old card comes back', () => {
    const tried = attempt({
      id: 'b',
      key: 'b',
      methodFingerprint: 'new',
      intendedAt: new Date(NOW.getTime() - HOUR),
    })
    const c = caseWith([yesterday, tried])
    for (const fingerprint of ['old', 'new']) {
      const read = facts({ method: method(fingerprint) })
      expect(whyNoAttempt(c, read, budget(), 'method_updated', NOW)?.cap).toBe('H2')
    }
    expect(
      whyNoAttempt(c, facts({ method: method('third') }), budget(), 'method_updated', NOW),
    ).toBeNull()
  })

  test('an attempt with a method we do not know allows no exception', () => {
    const blind = attempt({ methodFingerprint: null, intendedAt: new Date(NOW.getTime() - HOUR) })
    const read = facts({ method: method('new') })
    expect(whyNoAttempt(caseWith([blind]), read, budget(), 'method_updated', NOW)?.cap).toBe('H2')
  })
})

describe('H5: a code that nobody knows', () => {
  const declined = (hoursAgo: number, more: Partial<Attempt> = {}) =>
    caseWith([
      attempt({
        code: 'MARTIAN_ERROR',
        class: 'ISSUER',
        intendedAt: new Date(NOW.getTime() - hoursAgo * HOUR),
        ...more,
      }),
    ])

  test('the same card rests for three days, whoever asks', () => {
    for (const trigger of ['scheduled', 'merchant', 'shopper'] as const) {
      expect(whyNoAttempt(declined(71), facts(), budget(), trigger, NOW)).toMatchObject({
        cap: 'H5',
        allowedAt: new Date(NOW.getTime() + HOUR),
      })
      expect(whyNoAttempt(declined(72), facts(), budget(), trigger, NOW)).toBeNull()
    }
  })

  test('another card is not meant', () => {
    const read = facts({ method: method('new') })
    expect(whyNoAttempt(declined(1), read, budget(), 'method_updated', NOW)).toBeNull()
  })

  test('neither is the processor, whose faults are not the card’s', () => {
    const c = declined(25, { code: 'PLUTO_IS_DOWN', class: 'TECH' })
    expect(whyNoAttempt(c, facts(), budget(), 'scheduled', NOW)).toBeNull()
  })
})

describe('H3: eight attempts on a cycle', () => {
  const rows = (count: number) =>
    Array.from({ length: count }, (_, i) =>
      attempt({ id: `${i}`, key: `${i}`, intendedAt: hoursIn(i * 2) }),
    )

  test('the eighth is allowed, a ninth is not', () => {
    const seven = caseWith(rows(ATTEMPTS_PER_CYCLE - 1))
    const eight = caseWith(rows(ATTEMPTS_PER_CYCLE))
    expect(whyNoAttempt(seven, facts(), budget(), 'scheduled', NOW)).toBeNull()
    expect(whyNoAttempt(eight, facts(), budget(), 'merchant', NOW)).toMatchObject({ cap: 'H3' })
  })

  test('refused attempts never reached a bank and do not count', () => {
    const c = caseWith([
      ...rows(7),
      attempt({ id: 'r', key: 'r', state: 'refused', code: null, class: null }),
    ])
    expect(whyNoAttempt(c, facts(), budget(), 'scheduled', NOW)).toBeNull()
  })

  test('attempts of others count, and our own are not counted twice', () => {
    const own = rows(6)
    const ours = own.map((row) =>
      fact({ key: row.key, shopifyId: `gid/${row.key}`, createdAt: row.intendedAt }),
    )
    const foreign = ['x', 'y'].map((key) =>
      fact({ key, shopifyId: `gid/${key}`, createdAt: DAY_0 }),
    )
    const c = caseWith(own)
    expect(whyNoAttempt(c, facts({ attempts: ours }), budget(), 'scheduled', NOW)).toBeNull()
    expect(
      whyNoAttempt(c, facts({ attempts: [...ours, ...foreign] }), budget(), 'scheduled', NOW)?.cap,
    ).toBe('H3')
  })
})

describe('H4: ten attempts on a method in 30 days', () => {
  test('the tenth is allowed, an eleventh is not', () => {
    const nine = budget({ methodAttempts30d: ATTEMPTS_PER_METHOD - 1 })
    const ten = budget({ methodAttempts30d: ATTEMPTS_PER_METHOD })
    expect(whyNoAttempt(caseWith([]), facts(), nine, 'scheduled', NOW)).toBeNull()
    expect(whyNoAttempt(caseWith([]), facts(), ten, 'merchant', NOW)).toMatchObject({ cap: 'H4' })
  })

  test('it says when the oldest attempts leave the window', () => {
    const methodFreeAt = new Date(NOW.getTime() + 3 * DAY)
    const full = budget({ methodAttempts30d: ATTEMPTS_PER_METHOD + 4, methodFreeAt })
    expect(whyNoAttempt(caseWith([]), facts(), full, 'scheduled', NOW)).toMatchObject({
      cap: 'H4',
      allowedAt: methodFreeAt,
    })
  })

  test('a method that rests says until when', () => {
    const methodStopUntil = new Date(NOW.getTime() + DAY)
    expect(
      whyNoAttempt(caseWith([]), facts(), budget({ methodStopUntil }), 'scheduled', NOW),
    ).toMatchObject({ cap: 'H4', allowedAt: methodStopUntil })
    expect(
      whyNoAttempt(
        caseWith([]),
        facts(),
        budget({ methodStopUntil }),
        'scheduled',
        methodStopUntil,
      ),
    ).toBeNull()
  })
})

describe('H5: what cannot pass is not tried', () => {
  test('CARD: the same method never, a changed one at once', () => {
    expect(why('EXPIRED_CARD')).toMatchObject({ cap: 'H5', allowedAt: null })
    expect(why('EXPIRED_CARD', { trigger: 'merchant' })?.cap).toBe('H5')
    expect(why('EXPIRED_CARD', { trigger: 'shopper' })?.cap).toBe('H5')
    expect(why('EXPIRED_CARD', { fingerprint: 'new', trigger: 'method_updated' })).toBeNull()
  })

  test('AUTH: only the shopper, or a changed method', () => {
    expect(why('AUTHENTICATION_REQUIRED')?.cap).toBe('H5')
    expect(why('AUTHENTICATION_REQUIRED', { trigger: 'merchant' })?.cap).toBe('H5')
    expect(why('AUTHENTICATION_REQUIRED', { trigger: 'shopper' })).toBeNull()
    expect(why('AUTHENTICATION_REQUIRED', { fingerprint: 'new' })).toBeNull()
  })

  test('MERCHANT: only when staff say that the cause is cleared', () => {
    expect(why('MERCHANT_RULE')?.cap).toBe('H5')
    expect(why('MERCHANT_RULE', { trigger: 'shopper' })?.cap).toBe('H5')
    expect(why('MERCHANT_RULE', { trigger: 'merchant' })).toBeNull()
  })

  test('stock-outs are retried', () => {
    expect(why('INSUFFICIENT_INVENTORY')).toBeNull()
  })

  test('PAID: never', () => {
    for (const trigger of TRIGGERS) {
      expect(why('INVOICE_ALREADY_PAID', { trigger, fingerprint: 'new' })?.cap).toBe('H5')
    }
  })

  test('a method that was once stopped stays finished, even after another was tried in between', () => {
    const c = caseWith([
      attempt({
        id: 'a',
        key: 'a',
        code: 'FRAUD_SUSPECTED',
        class: 'STOP',
        methodFingerprint: 'old',
      }),
      attempt({
        id: 'b',
        key: 'b',
        code: 'INSUFFICIENT_FUNDS',
        class: 'FUNDS',
        methodFingerprint: 'new',
        intendedAt: hoursIn(30),
      }),
    ])
    const read = facts({ method: method('old') })
    expect(whyNoAttempt(c, read, budget(), 'method_updated', NOW)?.cap).toBe('H5')
  })

  describe('a security code or an address that was entered again', () => {
    const wrong = (code: string, over: Partial<Attempt> = {}) =>
      attempt({ code, class: 'CARD', settledAt: hoursIn(1), ...over })
    const capOf = (attempts: Attempt[], savedAt: Date, how: Partial<Budget> = {}, at = NOW) =>
      whyNoAttempt(
        { ...caseWith(attempts), methodSavedAt: savedAt },
        facts(),
        budget(how),
        'method_updated',
        at,
      )?.cap ?? null

    test.each([
      'INCORRECT_CVC',
      'INVALID_CVC',
      'INCORRECT_ZIP',
      'INCORRECT_ADDRESS',
      'INVALID_BILLING_ADDRESS',
    ])('%s: the same method may be tried, on the day after', (code) => {
      expect(capOf([wrong(code)], hoursIn(2))).toBeNull()
      expect(capOf([wrong(code)], hoursIn(2), {}, hoursIn(3))).toBe('H2')
    })

    test('a notice from before the failure lifts nothing', () => {
      expect(capOf([wrong('INCORRECT_CVC')], hoursIn(0.5))).toBe('H5')
      expect(capOf([wrong('INCORRECT_CVC')], hoursIn(1))).toBe('H5')
    })

    test('one attempt for each time', () => {
      const second = wrong('INCORRECT_CVC', {
        id: 'b',
        key: 'b',
        intendedAt: hoursIn(30),
        settledAt: hoursIn(30),
      })
      const both = [wrong('INCORRECT_CVC'), second]
      expect(capOf(both, hoursIn(2))).toBe('H5')
      expect(capOf(both, hoursIn(31))).toBeNull()
    })

    test('no other code of the class, and no card that is finished', () => {
      expect(capOf([wrong('EXPIRED_CARD')], hoursIn(2))).toBe('H5')
      const expired = wrong('EXPIRED_CARD', { id: 'b', key: 'b' })
      expect(capOf([expired, wrong('INCORRECT_CVC')], hoursIn(2))).toBe('H5')
      expect(capOf([wrong('INCORRECT_CVC')], hoursIn(2), { methodStops: ['old'] })).toBe('H5')
    })
  })

  test('a method that another contract has finished: nobody charges it, and time does not help', () => {
    const stopped = budget({ methodStops: ['old'] })
    for (const trigger of TRIGGERS)
      expect(whyNoAttempt(caseWith([attempt({})]), facts(), stopped, trigger, NOW)).toEqual({
        cap: 'H5',
        because: 'this payment method is finished: another try is forbidden by the card networks',
        allowedAt: null,
      })
    const read = facts({ method: method('new') })
    expect(whyNoAttempt(caseWith([attempt({})]), read, stopped, 'method_updated', NOW)).toBeNull()
  })

  test('without a payment method there is nothing to charge', () => {
    expect(
      whyNoAttempt(caseWith([]), facts({ method: null }), budget(), 'scheduled', NOW)?.cap,
    ).toBe('H5')
    const revoked = { ...method('old'), revokedAt: DAY_0 }
    expect(
      whyNoAttempt(caseWith([]), facts({ method: revoked }), budget(), 'scheduled', NOW)?.cap,
    ).toBe('H5')
  })

  test('there was no method at all: the first one that is saved is tried at once, and only once a day', () => {
    const none = { code: 'PAYMENT_METHOD_NOT_SPECIFIED', class: 'CARD', methodId: null } as const
    const today = new Date(NOW.getTime() - HOUR)
    const without = attempt({ ...none, methodFingerprint: null, intendedAt: today })
    for (const trigger of ['method_updated', 'shopper', 'merchant'] as const)
      expect(whyNoAttempt(caseWith([without]), facts(), budget(), trigger, NOW)).toBeNull()

    const tried = attempt({ id: 'b', key: 'b', methodFingerprint: 'old', intendedAt: today })
    const both = caseWith([without, tried])
    expect(whyNoAttempt(both, facts(), budget(), 'method_updated', NOW)?.cap).toBe('H2')

    const unlike = attempt({ ...none, methodFingerprint: 'old' })
    expect(whyNoAttempt(caseWith([unlike]), facts(), budget(), 'method_updated', NOW)?.cap).toBe(
      'H5',
    )
  })

  test('an unknown code of the payment family may be retried, of any other it waits for staff', () => {
    expect(whyFor(declineFrom('martian_error', 'payment'))).toBeNull()
    expect(whyFor(declineFrom('martian_error', 'general'))?.cap).toBe('H5')
    expect(whyFor(declineFrom('martian_error', null))?.cap).toBe('H5')
    expect(whyFor(declineFrom('martian_error', null), { trigger: 'merchant' })).toBeNull()
  })

  test('every code, instrument and trigger: nothing automatic that the class forbids', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...KNOWN_CODES, 'MARTIAN_ERROR'),
        fc.constantFrom(...INSTRUMENTS),
        fc.constantFrom(...TRIGGERS),
        fc.boolean(),
        fc.integer({ min: 0, max: 20 * 24 }),
        (code, instrument, trigger, changed, hours) => {
          const decline = declineFrom(code, code === 'MARTIAN_ERROR' ? 'general' : null)
          const row = attempt({ code, class: decline.class })
          const c = { ...caseWith([row]), lastDecline: decline }
          const read = facts({
            method: { ...method(changed ? 'new' : 'old'), instrument },
          })
          const obstacle = whyNoAttempt(c, read, budget(), trigger, hoursIn(hours))
          const forbidden =
            ['CARD', 'AUTH', 'STOP', 'PAID', 'MERCHANT'].includes(decline.class) &&
            !isStockCode(code)
          const isAutomatic = trigger !== 'shopper' && trigger !== 'merchant'
          if (forbidden && isAutomatic && !changed) expect(obstacle?.cap).toBe('H5')
          if (['CARD', 'STOP'].includes(decline.class) && !changed) expect(obstacle?.cap).toBe('H5')
          if (!changed && hours < 24) expect(obstacle).not.toBeNull()
          if (!forbidden && hours >= 24) expect(obstacle).toBeNull()
        },
      ),
      { numRuns: 1000 },
    )
  })
})

describe('H6: only an open cycle between its date and the deadline', () => {
  const c = caseWith([])

  test('before the expected date: it says when', () => {
    const expectedAt = new Date(NOW.getTime() + DAY)
    const read = facts({ cycle: { status: 'UNBILLED', skipped: false, expectedAt } })
    expect(whyNoAttempt(c, read, budget(), 'scheduled', NOW)).toMatchObject({
      cap: 'H6',
      allowedAt: expectedAt,
    })
  })

  test('at the deadline and after it', () => {
    expect(whyNoAttempt(c, facts(), budget(), 'merchant', c.deadlineAt)?.cap).toBe('H6')
    expect(
      whyNoAttempt(c, facts(), budget(), 'merchant', new Date(c.deadlineAt.getTime() - 1)),
    ).toBeNull()
  })

  test('from the next expected date on, however far the deadline was moved', () => {
    const moved = { ...c, deadlineAt: new Date('2027-02-01T08:00:00Z') }
    const next = facts().nextExpectedAt ?? NOW
    const justBefore = new Date(next.getTime() - 1)
    expect(whyNoAttempt(moved, facts(), budget(), 'merchant', justBefore)).toBeNull()
    expect(whyNoAttempt(moved, facts(), budget(), 'merchant', next)).toMatchObject({
      cap: 'H6',
      allowedAt: null,
    })
    // A cycle that failed only after that date owes its own time.
    const late = { ...moved, anchorAt: next }
    expect(whyNoAttempt(late, facts(), budget(), 'merchant', next)).toBeNull()
  })

  test.each([
    ['billed', { status: 'BILLED', skipped: false, expectedAt: DAY_0 }],
    ['skipped', { status: 'UNBILLED', skipped: true, expectedAt: DAY_0 }],
    ['gone', null],
  ] as const)('a cycle that is %s', (_name, cycle) => {
    expect(whyNoAttempt(c, facts({ cycle }), budget(), 'shopper', NOW)).toMatchObject({
      cap: 'H6',
      allowedAt: null,
    })
  })

  test.each(['PAUSED', 'CANCELLED', 'EXPIRED'] as const)('a contract that is %s', (status) => {
    const read = facts({ contract: { status } })
    expect(whyNoAttempt(c, read, budget(), 'merchant', NOW)?.cap).toBe('H6')
  })

  test('a contract that FAILED goes on', () => {
    const read = facts({ contract: { status: 'FAILED' } })
    expect(whyNoAttempt(c, read, budget(), 'scheduled', NOW)).toBeNull()
  })
})

describe('F5: any rules, any triggers, any hours', () => {
  test('whoever keeps asking, the caps hold', () => {
    const ask = fc.record({
      hours: fc.integer({ min: 0, max: 30 }),
      trigger: fc.constantFrom(...TRIGGERS),
      fingerprint: fc.constantFrom('old', 'new', 'third'),
      code: fc.constantFrom(...KNOWN_CODES),
    })
    fc.assert(
      fc.property(fc.array(ask, { maxLength: 60 }), (asks) => {
        const rows: Attempt[] = []
        let now = DAY_0
        for (const { hours, trigger, fingerprint, code } of asks) {
          now = new Date(now.getTime() + hours * HOUR)
          const c = { ...caseWith(rows), deadlineAt: new Date(DAY_0.getTime() + 90 * DAY) }
          const since = now.getTime() - 30 * DAY
          const methodAttempts30d = rows.filter(
            (row) => row.methodFingerprint === fingerprint && row.intendedAt.getTime() > since,
          ).length
          const read = facts({ method: method(fingerprint) })
          if (whyNoAttempt(c, read, budget({ methodAttempts30d }), trigger, now)) continue
          const decline = declineFrom(code, null)
          rows.push(
            attempt({
              id: `${rows.length}`,
              key: `${rows.length}`,
              code,
              class: decline.class,
              trigger,
              methodFingerprint: fingerprint,
              intendedAt: now,
            }),
          )
        }
        expect(rows.length).toBeLessThanOrEqual(ATTEMPTS_PER_CYCLE)
        rows.forEach((row, i) => {
          const before = rows[i - 1]
          if (!before) return
          const gap = row.intendedAt.getTime() - before.intendedAt.getTime()
          const isChanged = row.methodFingerprint !== before.methodFingerprint
          expect(gap >= DAY || isChanged).toBe(true)
          // Never twice on one method within a day, whatever came between.
          const sameDay = rows
            .slice(0, i)
            .filter(
              (other) =>
                other.methodFingerprint === row.methodFingerprint &&
                row.intendedAt.getTime() - other.intendedAt.getTime() < DAY,
            )
          expect(sameDay).toEqual([])
          const stopped = rows
            .slice(0, i)
            .some(
              (other) =>
                other.methodFingerprint === row.methodFingerprint &&
                (other.class === 'STOP' || other.class === 'CARD'),
            )
          expect(stopped).toBe(false)
        })
      }),
      { numRuns: 300 },
    )
  })
})

// ---------------------------------------------------------------- building

function why(code: string, how: { trigger?: AttemptTrigger; fingerprint?: string } = {}) {
  return whyFor(declineFrom(code, null), how)
}

function whyFor(
  decline: Decline,
  {
    trigger = 'scheduled',
    fingerprint = 'old',
  }: { trigger?: AttemptTrigger; fingerprint?: string } = {},
) {
  const c = caseWith([attempt({ code: decline.code, class: decline.class })])
  return whyNoAttempt(
    { ...c, lastDecline: decline },
    facts({ method: method(fingerprint) }),
    budget(),
    trigger,
    NOW,
  )
}

function attempt(over: Partial<Attempt>): Attempt {
  return {
    id: 'a',
    number: 1,
    trigger: 'native',
    stepKey: null,
    countsTowardLadder: false,
    key: 'key-a',
    state: 'failed',
    code: 'INSUFFICIENT_FUNDS',
    class: 'FUNDS',
    methodId: 'method',
    methodFingerprint: 'old',
    shopifyId: null,
    intendedAt: DAY_0,
    settledAt: null,
    ...over,
  }
}

function fact(over: Partial<AttemptFact>): AttemptFact {
  return {
    shopifyId: 'gid/foreign',
    key: 'foreign',
    createdAt: DAY_0,
    completedAt: null,
    originTime: null,
    outcome: { type: 'failed', decline: declineFrom('INSUFFICIENT_FUNDS', 'payment') },
    ...over,
  }
}

function method(fingerprint: string): PaymentMethod {
  return {
    id: 'method',
    instrument: 'card',
    label: 'Visa ···· 4242',
    fingerprint,
    revokedAt: null,
    revokedReason: null,
    expiresAt: null,
  }
}

function facts(over: Partial<Facts> = {}): Facts {
  return {
    readAt: NOW,
    contract: { status: 'ACTIVE' },
    cycle: { status: 'UNBILLED', skipped: false, expectedAt: DAY_0 },
    nextExpectedAt: new Date('2026-12-12T08:00:00Z'),
    method: method('old'),
    attempts: [],
    inStock: null,
    ...over,
  }
}

function budget(over: Partial<Budget> = {}): Budget {
  return {
    methodAttempts30d: 0,
    methodFreeAt: null,
    methodStopUntil: null,
    lastMessageAt: null,
    ...over,
  }
}

function caseWith(attempts: Attempt[]): RecoveryCase {
  return {
    id: 'case',
    state: { status: 'retrying' },
    lane: 'FUNDS',
    laneEnteredAt: DAY_0,
    anchorAt: DAY_0,
    expectedAt: DAY_0,
    nextExpectedAt: new Date('2026-12-12T08:00:00Z'),
    deadlineAt: new Date('2026-12-03T08:00:00Z'),
    graceEndsAt: new Date('2026-12-03T08:00:00Z'),
    graceEnded: false,
    zone: 'Europe/Berlin',
    lastDecline: null,
    attempts,
    steps: [],
    messages: [],
    weDid: [],
    traits: emptyTraits({ amount: '24.90', currency: 'EUR' }),
    happenings: [],
    emailWindow: { fromHour: 8, untilHour: 20 },
  }
}
