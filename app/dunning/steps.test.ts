/** What each kind of step does when it comes due, played over an imagined shopper whose card keeps failing. */
import { describe, expect, test } from 'vitest'
import type { Condition } from './conditions.ts'
import { emptyTraits } from './conditions.ts'
import { decide, type Situation } from './decide.ts'
import { scheduled } from './due.ts'
import { openCase } from './open-case.ts'
import { type ImaginedShopper, type PreviewLine, previewCase } from './preview.ts'
import { wallTime } from './schedule.ts'
import { checkSequence, defaultSequence, parseSequence } from './sequence.ts'
import type { Facts, RecoveryCase, Sequence, Step, StepKind } from './types.ts'

const BERLIN = 'Europe/Berlin'
const ada: ImaginedShopper = {
  code: 'INSUFFICIENT_FUNDS',
  zone: BERLIN,
  interval: { unit: 'MONTH', count: 3 },
  amount: { amount: '80.00', currency: 'EUR' },
  failedAt: new Date('2026-11-02T08:00:00Z'),
}

/** A plan of these steps in the FUNDS lane, and the default ones elsewhere; it must be one that can be published. */
function plan(...steps: Step[]): Sequence {
  const base = defaultSequence()
  const made = { ...base, steps: [...steps, ...base.steps.filter(({ lane }) => lane !== 'FUNDS')] }
  const checked = checkSequence(made)
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems))
  // What is stored comes back as it was.
  return parseSequence(JSON.parse(JSON.stringify(checked.sequence)))
}

function step(key: string, kind: StepKind, day: number, more: Partial<Step> = {}): Step {
  const offset = { from: 'anchor' as const, days: day }
  return { key: `funds.${key}`, lane: 'FUNDS', kind, offset, ifMissed: 'next_window', ...more }
}
const retry = (key: string, day: number, more: Partial<Step> = {}) => step(key, 'retry', day, more)
const mail = (key: string, day: number, more: Partial<Step> = {}) =>
  step(key, 'email', day, { stage: 'reminder', ...more })
const rich: Condition = { fact: 'amount', is: 'at_least', value: 50 }
const poor: Condition = { fact: 'amount', is: 'at_most', value: 49 }

/** "3 email funds.e1" for what was run, "3 skipped funds.e1: why" for what was not. */
function story(sequence: Sequence, who: ImaginedShopper = ada): string[] {
  return previewCase(sequence, who)
    .lines.filter(({ stepKey, kind }) => stepKey !== null || kind === 'end')
    .map(({ day, kind, stepKey, because }) =>
      [`${day} ${kind}`, stepKey, kind === 'skipped' ? because : null].filter(Boolean).join(' '),
    )
}

describe('hours of its own', () => {
  const linesOf = (sequence: Sequence, who = ada) =>
    previewCase(sequence, who).lines.filter(({ stepKey }) => stepKey !== null)
  const times = (lines: PreviewLine[]) =>
    lines.map(({ stepKey, at }) => `${stepKey} ${wallTime(at, BERLIN)}`)

  test('a retry fires in the middle of them, a mail and a text inside them', () => {
    const sequence = plan(
      retry('r1', 2, { window: { fromHour: 18, untilHour: 20 } }),
      mail('e1', 4, { window: { fromHour: 17, untilHour: 19 } }),
      step('s1', 'sms', 6, { stage: 'first', window: { fromHour: 14, untilHour: 16 } }),
      step('t1', 'staff_task', 7, { task: 'Call', window: { fromHour: 10, untilHour: 12 } }),
    )
    expect(times(linesOf(sequence)).slice(0, 4)).toEqual([
      'funds.r1 2026-11-04T19:00',
      'funds.e1 2026-11-06T18:00',
      'funds.s1 2026-11-08T15:00',
      'funds.t1 2026-11-09T11:00',
    ])
  })

  test('a text for the mornings waits on a Sunday for Monday', () => {
    const sequence = plan(
      step('s1', 'sms', 6, { stage: 'first', window: { fromHour: 9, untilHour: 11 } }),
    )
    expect(wallTime(new Date('2026-11-08T10:00:00Z'), BERLIN)).toBe('2026-11-08T11:00')
    expect(times(linesOf(sequence))[0]).toBe('funds.s1 2026-11-09T09:00')
  })

  test('a mail that hangs on a retry waits for them', () => {
    const sequence = plan(
      retry('r1', 2),
      mail('e1', 0, {
        offset: { from: 'step', stepKey: 'funds.r1', hours: 2 },
        window: { fromHour: 17, untilHour: 19 },
      }),
    )
    expect(times(linesOf(sequence))[1]).toBe('funds.e1 2026-11-04T17:00')
    expect(linesOf(sequence)[1]?.capped).toBeNull()
  })

  test('they never widen the hours for mail', () => {
    const sequence = plan(mail('e1', 4, { window: { fromHour: 5, untilHour: 9 } }))
    expect(times(linesOf(sequence))[0]).toBe('funds.e1 2026-11-06T08:00')
  })
})

describe('conditions', () => {
  test('what they do not allow is skipped, and says by which fact', () => {
    expect(
      story(plan(mail('e1', 2, { when: [poor] }), mail('e2', 4, { stage: 'options' }))),
    ).toEqual([
      '2 skipped funds.e1 funds.e1 is not run: the amount is 80.00 EUR, not at most 49',
      '4 email funds.e2',
      '21 end',
    ])
  })

  test('they see what has happened in the case', () => {
    const twice: Condition = { fact: 'attempts', is: 'at_least', value: 3 }
    const sequence = plan(
      retry('r1', 1),
      mail('e1', 3, { when: [twice] }),
      retry('r2', 5),
      mail('e2', 7, { stage: 'plan', when: [twice] }),
    )
    expect(story(sequence).filter((line) => line.includes('.e'))).toEqual([
      '3 skipped funds.e1 funds.e1 is not run: the number of charges so far is 2, not at least 3',
      '7 email funds.e2',
    ])
  })

  test('an offer needs consent to offers', () => {
    const offer = plan(mail('e1', 2, { stage: 'options', commercial: true }))
    expect(story(offer)[0]).toMatch(/has not agreed to offers/)
    const agreed = { ...ada, traits: { consent: { email: true, sms: false } } }
    expect(story(offer, agreed)[0]).toBe('2 email funds.e1')
  })
})

describe('a branch', () => {
  const sequence = plan(
    step('b1', 'branch', 3, { when: [rich] }),
    retry('r1', 1),
    retry('r2', 5, { branch: { stepKey: 'funds.b1', side: 'yes' } }),
    step('b2', 'branch', 6, {
      when: [{ fact: 'country', is: 'one_of', value: ['DE'] }],
      branch: { stepKey: 'funds.b1', side: 'yes' },
    }),
    mail('e1', 7, { stage: 'plan', branch: { stepKey: 'funds.b2', side: 'yes' } }),
    mail('e2', 7, { stage: 'options', branch: { stepKey: 'funds.b2', side: 'no' } }),
    mail('e3', 5, { stage: 'last', branch: { stepKey: 'funds.b1', side: 'no' } }),
  )

  test('runs one side and cancels the other, with the branches below it', () => {
    expect(story(sequence)).toEqual([
      '1 retry funds.r1',
      '3 branch funds.b1',
      '5 retry funds.r2',
      '6 branch funds.b2',
      '7 email funds.e2',
      '21 end',
    ])
    const small = { ...ada, amount: { amount: '9.00', currency: 'EUR' } }
    expect(story(sequence, small)).toEqual([
      '1 retry funds.r1',
      '3 branch funds.b1',
      '5 email funds.e3',
      '21 end',
    ])
  })

  test('says by which fact it took its side', () => {
    const line = previewCase(sequence, ada).lines.find(({ stepKey }) => stepKey === 'funds.b1')
    expect(line?.because).toBe('funds.b1: the amount is 80.00 EUR, so the side "yes" is taken')
    expect(line && wallTime(line.at, BERLIN)).toBe('2026-11-05T00:00')
  })

  test('its two sides keep no distance from each other, and share the caps', () => {
    const sides = STAGES.flatMap((stage, i) => [
      mail(`y${i + 1}`, 3 * i + 3, { stage, branch: { stepKey: 'funds.b1', side: 'yes' } }),
      mail(`n${i + 1}`, 3 * i + 3, { stage, branch: { stepKey: 'funds.b1', side: 'no' } }),
    ])
    const both = plan(step('b1', 'branch', 1, { when: [rich] }), ...sides)
    expect(story(both).filter((line) => line.includes('email'))).toEqual([
      '3 email funds.y1',
      '6 email funds.y2',
      '9 email funds.y3',
      '12 email funds.y4',
      '15 email funds.y5',
    ])
  })

  test('of several steps at one moment it comes first, and an end last', () => {
    const { c } = opened(
      plan(
        step('n1', 'account_notice', 0, { stage: 'first' }),
        step('b1', 'branch', 0, { when: [rich] }),
      ),
    )
    const at = ada.failedAt
    const runs = c.steps.map((run) => ({ ...run, dueAt: at }))
    const end = { ...(runs[0] ?? never()), id: 'end', kind: 'end' as const }
    expect(scheduled({ steps: [end, ...runs] }).map(({ kind }) => kind)).toEqual([
      'branch',
      'account_notice',
      'end',
    ])
  })

  test.each([
    ['yes', 'done'],
    ['no', 'skipped'],
  ] as const)('where its own day had passed, a step on its side "%s" is %s', (side, to) => {
    const { c, facts } = opened(
      plan(
        step('b1', 'branch', 3, { when: [rich] }),
        step('n1', 'account_notice', 5, {
          stage: 'first',
          branch: { stepKey: 'funds.b1', side },
        }),
      ),
    )
    const late = { ...c, steps: c.steps.filter(({ kind }) => kind !== 'branch') }
    const run = late.steps[0] ?? never()
    const { steps } = decide({ ...situationOf(late, facts, run.dueAt), event: due(run.id) })
    expect(steps).toMatchObject([{ stepRunId: run.id, to }])
  })

  test('decides even while recovery is stopped, so that its steps find their side', () => {
    const { c, facts } = opened(plan(step('b1', 'branch', 1, { when: [rich] })))
    const run = c.steps.find(({ kind }) => kind === 'branch')
    if (!run) throw new Error('no branch')
    const situation = { ...situationOf(c, facts, run.dueAt), event: due(run.id) }
    const { steps } = decide({ ...situation, switches: { ...ON, stopped: 'Ada stopped it' } })
    expect(steps).toMatchObject([{ stepRunId: run.id, to: 'done' }])
  })
})

const STAGES = ['first', 'reminder', 'options', 'plan', 'last'] as const

describe('a wait', () => {
  const call = step('call', 'staff_task', 4, { task: 'Call', phone: { script: 'Hello' } })
  const wait = step('w1', 'wait', 5, { until: { event: 'task_done', days: 3 } })
  const rest = [
    mail('e1', 6),
    mail('e2', 8, { stage: 'options' }),
    mail('e3', 10, { stage: 'plan' }),
  ]

  test('what comes due in its days is skipped until staff have noted the outcome of their call', () => {
    expect(story(plan(call, wait, ...rest))).toEqual([
      '4 staff_task funds.call',
      '5 wait funds.w1',
      "6 skipped funds.e1 funds.e1 is not run: we wait for the outcome of the staff's task",
      '8 email funds.e2',
      '10 email funds.e3',
      '21 end',
    ])
  })

  test('once noted, the plan goes on', () => {
    const noted = { ...ada, events: [{ afterDays: 5.2, type: 'task_done' as const }] }
    expect(story(plan(call, wait, ...rest), noted)).toContain('6 email funds.e1')
  })

  test('without a task there is nothing to wait for', () => {
    const small = { ...call, when: [poor] }
    expect(story(plan(small, wait, ...rest))).toEqual([
      expect.stringMatching(/^4 skipped funds.call/),
      expect.stringMatching(/^5 skipped funds.w1 .*staff were not asked/),
      '6 email funds.e1',
      '8 email funds.e2',
      '10 email funds.e3',
      '21 end',
    ])
  })

  test('for a click', () => {
    const clicks = step('w1', 'wait', 5, { until: { event: 'clicked', days: 2 } })
    const sequence = plan(clicks, ...rest)
    expect(story(sequence)[1]).toMatch(/skipped funds.e1 .*wait for the shopper to follow a link/)
    const clicked = { ...ada, events: [{ afterDays: 2, type: 'clicked' as const }] }
    expect(story(sequence, clicked)[1]).toBe('6 email funds.e1')
  })

  test('for another method, which is charged at once', () => {
    const method = step('w1', 'wait', 5, { until: { event: 'method_changed', days: 5 } })
    const changed = { ...ada, events: [{ afterDays: 6, type: 'method_changed' as const }] }
    const lines = previewCase(plan(method, retry('r1', 6), ...rest), changed).lines
    expect(lines.at(-1)?.because).toBe('the charge went through')
    expect(lines.some(({ stepKey, kind }) => stepKey === 'funds.r1' && kind === 'retry')).toBe(
      false,
    )
  })
})

describe('a phone call', () => {
  test('is a task with a script', () => {
    const script = 'Hello, it is about your coffee.'
    const { c, facts } = opened(
      plan(step('call', 'staff_task', 2, { task: 'Call her', phone: { script } })),
    )
    const run = c.steps[0]
    if (!run) throw new Error('no task')
    const { commands } = decide({ ...situationOf(c, facts, run.dueAt), event: due(run.id) })
    expect(commands).toEqual([
      expect.objectContaining({ type: 'open_staff_task', body: 'Call her', phone: { script } }),
    ])
  })
})

describe('an early end', () => {
  test('the final action of the plan comes before the deadline', () => {
    const sequence = plan(
      mail('e1', 2, { stage: 'plan' }),
      step('a1', 'contract_action', 6, { action: 'skip' }),
      mail('e2', 8),
    )
    const { lines, ended } = previewCase(sequence, ada)
    expect(story(sequence).slice(0, 2)).toEqual(['2 email funds.e1', '6 contract_action funds.a1'])
    expect(lines.at(-1)).toMatchObject({ day: 6, kind: 'end', because: 'this cycle was skipped' })
    expect(ended).toBe('exhausted')
  })

  test('the plan ends without touching the subscription', () => {
    const { lines, ended } = previewCase(plan(mail('e1', 2), step('x', 'end', 6)), ada)
    expect(lines.at(-1)).toMatchObject({
      day: 6,
      kind: 'end',
      stepKey: 'funds.x',
      because: 'the plan ends here unpaid: the subscription was left as it is',
    })
    expect(ended).toBe('exhausted')
  })

  test('nothing ends while a charge is under way', () => {
    const { c, facts } = opened(plan(step('a1', 'contract_action', 6, { action: 'cancel' })))
    const run = c.steps[0]
    if (!run) throw new Error('no action')
    const pending = { ...facts, attempts: facts.attempts.map((one) => ({ ...one, ...PENDING })) }
    const live = { ...c, attempts: c.attempts.map((a) => ({ ...a, state: 'submitted' as const })) }
    const now = run.dueAt
    const { commands, steps } = decide({ ...situationOf(live, pending, now), event: due(run.id) })
    expect(commands).toEqual([])
    expect(steps).toMatchObject([{ stepRunId: run.id, to: 'scheduled' }])
  })

  test('nothing is done to a subscription whose cause lies with the shop', () => {
    const { c, facts } = opened(plan(step('a1', 'contract_action', 6, { action: 'cancel' })))
    const run = c.steps[0]
    if (!run) throw new Error('no action')
    const waiting: RecoveryCase = { ...c, state: { status: 'awaiting_merchant', reason: 'review' } }
    const { commands, because } = decide({
      ...situationOf(waiting, facts, run.dueAt),
      event: due(run.id),
    })
    expect(commands).toEqual([])
    expect(because).toMatch(/not the shopper's/)
  })
})

describe('a notice on the account page', () => {
  test('is no message, so no cap counts it', () => {
    const sequence = plan(
      step('n1', 'account_notice', 0, { stage: 'first' }),
      mail('e1', 0),
      step('n2', 'account_notice', 1, { stage: 'last' }),
    )
    expect(story(sequence).slice(0, 3)).toEqual([
      '0 account_notice funds.n1',
      '0 email funds.e1',
      '1 account_notice funds.n2',
    ])
    // The e-mail, and how it ended.
    expect(previewCase(sequence, ada).messages).toBe(2)
  })
})

describe('texts', () => {
  test('are sent where they are set up and the shopper may get them', () => {
    const sequence = plan(step('s1', 'sms', 2, { stage: 'reminder' }))
    expect(story(sequence)[0]).toBe('2 sms funds.s1')
    expect(story(sequence, { ...ada, smsReady: false })[0]).toMatch(/SMS is not set up/)
    const { c, facts } = opened(sequence)
    const run = c.steps[0]
    if (!run) throw new Error('no text')
    const situation = { ...situationOf(c, facts, run.dueAt), event: due(run.id) }
    const stop = { ...ON, smsReady: true, smsForbidden: 'the shopper answered STOP' }
    expect(decide({ ...situation, switches: stop }).because).toBe(
      'funds.s1: not sent: the shopper answered STOP',
    )
  })
})

describe('what gets no date', () => {
  test('is told once, with its reason', () => {
    const weekly = { ...ada, interval: { unit: 'WEEK' as const, count: 1 } }
    const lines = previewCase(defaultSequence(), weekly).lines.filter(
      ({ kind }) => kind === 'skipped',
    )
    expect(lines.map(({ stepKey, capped }) => `${stepKey} ${capped}`)).toEqual([
      'funds.e2 one message in 24 h',
      'funds.e3 one message in 24 h',
      'funds.e4 one message in 24 h',
      'funds.s1 after the last notice',
      'funds.s2 after the last notice',
    ])
  })
})

// ---------------------------------------------------------------- a case that was just opened

function never(): never {
  throw new Error('the plan has no such step')
}

const ON = { stopped: null, uninstalled: false, suppressed: null, smsReady: false }
const PENDING = { outcome: { type: 'pending' as const }, completedAt: null }
const due = (stepRunId: string) => ({ type: 'step_due' as const, stepRunId })

function situationOf(c: RecoveryCase, facts: Facts, now: Date): Omit<Situation, 'event'> {
  return {
    case: c,
    facts,
    sequence: sequences.get(c.id) ?? defaultSequence(),
    budget: {
      methodAttempts30d: 1,
      methodFreeAt: null,
      methodStopUntil: null,
      lastMessageAt: null,
    },
    switches: ON,
    now,
  }
}

const sequences = new Map<string, Sequence>()

function opened(sequence: Sequence): { c: RecoveryCase; facts: Facts } {
  const at = ada.failedAt
  const attempt = { shopifyId: 'a1', key: 'k1', createdAt: at, completedAt: at, originTime: null }
  const decline = { code: ada.code, family: 'payment', class: 'FUNDS', unknown: false } as const
  const facts: Facts = {
    readAt: at,
    contract: { status: 'ACTIVE' },
    cycle: { status: 'UNBILLED', skipped: false, expectedAt: at },
    nextExpectedAt: new Date('2027-02-02T08:00:00Z'),
    method: null,
    attempts: [{ ...attempt, outcome: { type: 'failed', decline } }],
    inStock: null,
  }
  const fresh = openCase({
    id: 'case',
    facts: { ...facts, method: CARD },
    sequence,
    zone: BERLIN,
    emailWindow: { fromHour: 8, untilHour: 20 },
    traits: emptyTraits({ amount: '24.90', currency: 'EUR' }),
    known: [],
  })
  if (!fresh) throw new Error('no case was opened')
  sequences.set(fresh.id, sequence)
  const read = { ...facts, method: CARD }
  const decision = decide({ ...situationOf(fresh, read, at), event: { type: 'facts_read' } })
  const c: RecoveryCase = {
    ...fresh,
    state: decision.state,
    lane: decision.lane?.to ?? null,
    lastDecline: decline,
    traits: { ...fresh.traits, amount: { amount: '80.00', currency: 'EUR' } },
    attempts: [
      {
        id: 'a1',
        number: 1,
        trigger: 'external',
        stepKey: null,
        countsTowardLadder: false,
        key: 'k1',
        state: 'failed',
        code: ada.code,
        class: 'FUNDS',
        methodId: CARD.id,
        methodFingerprint: CARD.fingerprint,
        shopifyId: 'a1',
        intendedAt: at,
        settledAt: at,
      },
    ],
    steps: decision.newSteps.map((one) => ({ ...one, id: one.stepKey, state: 'scheduled' })),
  }
  return { c, facts: read }
}

const CARD = {
  id: 'card',
  instrument: 'card' as const,
  label: 'Visa ···· 4242',
  fingerprint: 'card 1',
  revokedAt: null,
  revokedReason: null,
  expiresAt: null,
}
