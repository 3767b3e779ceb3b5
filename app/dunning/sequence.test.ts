import { describe, expect, test } from 'vitest'
import {
  checkSequence,
  defaultSequence,
  LANES,
  parseSequence,
  retriesInLane,
  type SequenceDraft,
} from './sequence.ts'
import type { Lane, Sequence, Step } from './types.ts'

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
  ])('%s is refused', (_name, say, step) => {
    const problems = problemsOf({ ...defaultSequence(), steps: [...defaultSequence().steps, step] })
    expect(problems.map((problem) => problem.say).join('\n')).toMatch(say)
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

  test.each([
    [null, /not an object/],
    [[], /not an object/],
    [{}, /steps is not a list/],
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

function retry(key: string, lane: Lane, days: number): Step {
  return { key, lane, kind: 'retry', offset: { from: 'anchor', days }, ifMissed: 'next_window' }
}

function mail(key: string, lane: Lane, offset: Sequence['steps'][number]['offset']): Step {
  return { key, lane, kind: 'email', offset, ifMissed: 'merge', stage: 'options' }
}
