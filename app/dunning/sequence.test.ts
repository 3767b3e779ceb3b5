import { describe, expect, test } from 'vitest'
import type { Condition } from './conditions.ts'
import {
  checkSequence,
  defaultSequence,
  isOfferStep,
  LANES,
  parseSequence,
  retriesInLane,
  type SequenceDraft,
} from './sequence.ts'
import type { Lane, Sequence, Step, StepKind } from './types.ts'

test('a message carries an offer when its step says so, whatever its words are', () => {
  const { steps, ...settings } = defaultSequence()
  const sold = {
    ...settings,
    steps: steps.map((one) => ({ ...one, commercial: one.stage === 'options' })),
  }
  const runs = [
    { id: '1', stepKey: 'funds.e3' },
    { id: '2', stepKey: 'funds.e1' },
  ]
  const isOffer = (id: string | null) => isOfferStep(sold, { steps: runs }, id)
  expect([isOffer('1'), isOffer('2'), isOffer(null)]).toEqual([true, false, false])
})

describe('the default sequence', () => {
  test('passes its own check', () => {
    expect(checkSequence(defaultSequence())).toEqual({ ok: true, sequence: defaultSequence() })
  })

  test('pauses after 21 days, with as much grace', () => {
    const { steps: _steps, ...settings } = defaultSequence()
    expect(settings).toEqual({
      finalAction: 'pause',
      deadlineDays: 21,
      graceDays: 21,
      stockFinalAction: 'skip',
      retryWindow: { fromHour: 9, untilHour: 10 },
    })
  })

  test.each([
    ['FUNDS', [1, 4, 8, 12]],
    ['ISSUER', [1, 3, 7, 14]],
    ['TECH', [1, 2, 4]],
    ['CARD', []],
    ['AUTH', []],
    ['STOP', []],
    ['MERCHANT', []],
    ['STOCK', [1, 2, 3, 4, 5]],
    ['UNKNOWN', [3]],
  ] as [Lane, number[]][])('%s retries on the days %j', (lane, days) => {
    const retries = retriesInLane(defaultSequence(), lane)
    expect(retries.map(({ offset }) => (offset.from === 'step' ? null : offset.days))).toEqual(days)
  })

  test('every lane has steps, and the lanes of the shop say nothing about payment', () => {
    const { steps } = defaultSequence()
    for (const lane of LANES) expect(steps.some((step) => step.lane === lane)).toBe(true)
    const words = steps.filter(
      (step) => ['MERCHANT', 'STOCK', 'TECH'].includes(step.lane) && step.stage !== undefined,
    )
    expect(words.map(({ stage }) => stage)).toEqual(['address'])
  })

  test('only the second retry of FUNDS looks for a payday', () => {
    expect(
      defaultSequence()
        .steps.filter(({ payday }) => payday)
        .map(({ key }) => key),
    ).toEqual(['funds.r2'])
  })
})

describe('a draft from the form', () => {
  test('numbers may come as text', () => {
    const draft: SequenceDraft = { ...defaultSequence(), deadlineDays: '14', graceDays: ' 30 ' }
    const checked = checkSequence(draft)
    expect(checked.ok && [checked.sequence.deadlineDays, checked.sequence.graceDays]).toEqual([
      14, 30,
    ])
  })

  test.each([
    ['deadlineDays', { deadlineDays: '40' }],
    ['deadlineDays', { deadlineDays: '' }],
    ['deadlineDays', { deadlineDays: '7.5' }],
    ['graceDays', { graceDays: -1 }],
    ['retryWindow', { retryWindow: { fromHour: 3, untilHour: 8 } }],
    ['retryWindow', { retryWindow: { fromHour: 10, untilHour: 10 } }],
    ['finalAction', { finalAction: 'shout' }],
    ['stockFinalAction', { stockFinalAction: '' }],
  ] as [string, Partial<SequenceDraft>][])('%s is refused in %j', (field, over) => {
    const fields = problemsOf({ ...defaultSequence(), ...over }).map((problem) => problem.field)
    expect(fields).toContain(field)
  })

  test.each<[string, RegExp, Step]>([
    ['a retry in CARD', /until the payment method changes/, retry('card.r1', 'CARD', 5)],
    ['a retry in STOP', /forbidden/, retry('stop.r1', 'STOP', 5)],
    ['a retry on day 0', /from 1 to 20/, retry('funds.r9', 'FUNDS', 0)],
    ['a retry on day 21', /from 1 to 20/, retry('funds.r9', 'FUNDS', 21)],
    ['two retries on one day', /share a day/, retry('funds.r9', 'FUNDS', 4)],
    ['two steps of one name', /called funds.r1/, retry('funds.r1', 'FUNDS', 15)],
    ['a fifth retry of ISSUER', /At most 4 retries/, retry('issuer.r5', 'ISSUER', 16)],
    [
      'a mail about payment to a shopper who cannot help',
      /nothing is written/,
      mail('stock.e1', 'STOCK', { from: 'lane', days: 1 }),
    ],
    [
      'a mail after a step that is not there',
      /not a retry/,
      mail('card.e9', 'CARD', { from: 'step', stepKey: 'card.r1', hours: 2 }),
    ],
    ['a sixth mail', /At most 5 e-mails/, mail('funds.e6', 'FUNDS', { from: 'anchor', days: 19 })],
    ['a branch without a condition', /only one side/, step('branch')],
    ['a wait for nothing', /what is waited for/, step('wait')],
    ['a wait of no day', /1 to 20 days/, step('wait', { until: { event: 'clicked', days: 0 } })],
    ['an action that is none', /pause, skip or cancel/, step('contract_action')],
    [
      'an action on the first day',
      /from 1 to 20/,
      step('end', { offset: { from: 'anchor', days: 0 } }),
    ],
    [
      'an end where the shop is at fault',
      /before staff have looked/,
      { ...step('end'), key: 'stock.x', lane: 'STOCK' },
    ],
    ['a notice without words', /what the message says/, step('account_notice')],
    ['a call without a script', /on the phone/, step('staff_task', { phone: { script: ' ' } })],
    ['a call by mail', /can be a phone call/, step('email', { phone: { script: 'Hello' } })],
    ['hours that end first', /must end after/, step('email', hours(12, 9))],
    ['hours of no clock', /from 0 to 24/, step('email', hours(9, 25))],
    ['a retry at night', /from 6 to 23/, step('retry', hours(2, 7))],
    ['a wait with hours', /no hours of its own/, step('wait', hours(9, 10))],
    ['a condition that cannot be', /below nought/, step('email', { when: [BAD] })],
    ['an offer in a task', /carry an offer/, step('staff_task', { commercial: true })],
    [
      'the side of a branch that is not there',
      /not a branch of the same lane/,
      step('email', { branch: { stepKey: 'funds.e1', side: 'yes' } }),
    ],
    [
      'a branch on a side of its own',
      /belongs to itself/,
      step('branch', { when: [GOOD], branch: { stepKey: 'funds.x', side: 'yes' } }),
    ],
    ['a name with a blank', /letters, digits/, { ...step('email'), key: 'funds x' }],
  ])('%s is refused', (_name, say, step) => {
    const problems = problemsOf({ ...defaultSequence(), steps: [...defaultSequence().steps, step] })
    expect(problems.map((problem) => problem.say).join('\n')).toMatch(say)
  })

  test('the two sides of a branch share the caps and their days; one side alone does not', () => {
    const fork = step('branch', { key: 'funds.b', when: [GOOD] })
    const on = (side: 'yes' | 'no', count: number) =>
      Array.from({ length: count }, (_, i) =>
        retry(`funds.${side}${i}`, 'FUNDS', 2 + i, { branch: { stepKey: 'funds.b', side } }),
      )
    const others = defaultSequence().steps.filter(({ lane }) => lane !== 'FUNDS')
    const plan = (...steps: Step[]) => ({
      ...defaultSequence(),
      steps: [...others, fork, ...steps],
    })
    expect(problemsOf(plan(...on('yes', 7), ...on('no', 7)))).toEqual([])
    expect(problemsOf(plan(...on('yes', 8)))[0]?.say).toMatch(/At most 7/)
    expect(problemsOf(plan(...on('yes', 7), retry('funds.r', 'FUNDS', 15)))[0]?.say).toMatch(
      /At most 7/,
    )
  })

  test('a lane of thirty-one steps, and one of too many in all', () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, i) => step('staff_task', { key: `funds.t${i}`, task: 'x' }))
    expect(problemsOf({ ...defaultSequence(), steps: many(31) })[0]?.say).toMatch(
      /at most 30 steps/,
    )
    expect(problemsOf({ ...defaultSequence(), steps: many(121) })[0]?.say).toMatch(/120 steps/)
  })

  test('everything that is wrong is said at once', () => {
    const draft = { ...defaultSequence(), deadlineDays: 0, graceDays: 500, finalAction: '' }
    expect(problemsOf(draft)).toHaveLength(3)
  })
})

describe('a stored sequence', () => {
  test('comes back as it was', () => {
    const stored: unknown = JSON.parse(JSON.stringify(defaultSequence()))
    expect(parseSequence(stored)).toEqual(defaultSequence())
  })

  test('with every kind of step', () => {
    const steps: Step[] = [
      step('branch', { key: 'funds.b', when: [GOOD] }),
      step('email', {
        stage: 'plan',
        commercial: true,
        branch: { stepKey: 'funds.b', side: 'no' },
      }),
      step('wait', { key: 'funds.w', until: { event: 'task_done', days: 3 } }),
      step('staff_task', {
        key: 'funds.c',
        task: 'Call',
        phone: { script: 'Hello' },
        ...hours(9, 12),
      }),
      step('account_notice', { key: 'funds.n', stage: 'first' }),
      step('contract_action', { key: 'funds.a', action: 'cancel' }),
      step('end', { key: 'funds.z' }),
    ]
    const stored: unknown = JSON.parse(JSON.stringify({ ...defaultSequence(), steps }))
    expect(parseSequence(stored)).toEqual({ ...defaultSequence(), steps })
  })

  test.each([
    ['window', { fromHour: '9' }],
    ['when', 'always'],
    ['when', [{ fact: 'luck', is: 'at_least', value: 1 }]],
    ['phone', {}],
    ['until', { event: 'luck', days: 3 }],
    ['branch', { stepKey: 'funds.b', side: 'left' }],
    ['action', 'shout'],
  ])('with a %s that cannot be read is refused', (name, value) => {
    const steps = [{ ...step('email', { stage: 'first' }), [name]: value }]
    expect(() => parseSequence({ ...defaultSequence(), steps })).toThrow(/funds.x/)
  })

  test.each([
    [null, /not a sequence/],
    [[], /not a sequence/],
    [{}, /steps are not a list/],
    [{ ...defaultSequence(), steps: [{ key: 'x' }] }, /x has no lane/],
    [
      { ...defaultSequence(), steps: [{ ...retry('a.r1', 'FUNDS', 2), offset: { from: 'moon' } }] },
      /offset/,
    ],
    [{ ...defaultSequence(), deadlineDays: '21' }, /deadlineDays/],
  ])('%j is refused with what to do', (json, message) => {
    expect(() => parseSequence(json)).toThrow(message)
    expect(() => parseSequence(json)).toThrow(/Publish a corrected version/)
  })
})

function problemsOf(draft: SequenceDraft) {
  const checked = checkSequence(draft)
  return checked.ok ? [] : checked.problems
}

function retry(key: string, lane: Lane, days: number, more: Partial<Step> = {}): Step {
  const offset = { from: 'anchor' as const, days }
  return { key, lane, kind: 'retry', offset, ifMissed: 'next_window', ...more }
}

/** A step of the FUNDS lane on a day of its own. */
function step(kind: StepKind, more: Partial<Step> = {}): Step {
  const offset = { from: 'anchor' as const, days: 6 }
  return { key: 'funds.x', lane: 'FUNDS', kind, offset, ifMissed: 'next_window', ...more }
}

function hours(fromHour: number, untilHour: number): Pick<Step, 'window'> {
  return { window: { fromHour, untilHour } }
}

const GOOD: Condition = { fact: 'amount', is: 'at_least', value: 50 }
const BAD: Condition = { fact: 'amount', is: 'at_least', value: -1 }

function mail(key: string, lane: Lane, offset: Sequence['steps'][number]['offset']): Step {
  return { key, lane, kind: 'email', offset, ifMissed: 'merge', stage: 'options' }
}
