import { describe, expect, test } from 'vitest'
import { type GuardRailContext, guardRails } from './guard-rails.ts'
import { type PresetKey, presets } from './presets.ts'
import { previewCase } from './preview.ts'
import {
  after,
  anchorDay,
  checkSequence,
  defaultSequence,
  email,
  laneDay,
  retry,
  sms,
  task,
} from './sequence.ts'
import type { Lane, Sequence, Step } from './types.ts'

const monthly: GuardRailContext = {
  interval: { unit: 'MONTH', count: 1 },
  emailWindow: { fromHour: 8, untilHour: 20 },
  smsReady: true,
}
const weekly: GuardRailContext = { ...monthly, interval: { unit: 'WEEK', count: 1 } }
const yearly: GuardRailContext = { ...monthly, interval: { unit: 'YEAR', count: 1 } }

/** The default sequence with these steps in place of those of their lane. */
function plan(steps: Step[], settings: Partial<Sequence> = {}): Sequence {
  const base = defaultSequence()
  const lane = steps[0]?.lane ?? 'FUNDS'
  return {
    ...base,
    ...settings,
    steps: [...steps, ...base.steps.filter((step) => step.lane !== lane)],
  }
}

/** A sound lane: one charge, a word, and a last word. */
const sound = () => [
  retry('funds.r1', anchorDay(2)),
  email('funds.e1', anchorDay(3), 'first'),
  email('funds.e9', anchorDay(17), 'last'),
]
const withStep = (...more: Step[]) => plan([...sound(), ...more])
const other = (key: string, kind: Step['kind'], day: number, more: Partial<Step> = {}): Step => ({
  ...email(key, anchorDay(day), 'reminder'),
  kind,
  ...more,
})

describe('the presets', () => {
  const contexts: Record<PresetKey, GuardRailContext> = {
    gentle: monthly,
    standard: monthly,
    compact: weekly,
    high_value: monthly,
    annual: yearly,
  }

  test.each(presets().map((preset) => [preset.key, preset] as const))(
    '%s: can be published, says itself in one sentence, and has nothing to mend',
    (key, { sentence, sequence }) => {
      expect(checkSequence(sequence).ok).toBe(true)
      expect(sentence).toMatch(/^[A-Z].{40,200}\.$/)
      expect(sentence.match(/\.( |$)/g)).toHaveLength(1)
      expect(guardRails(sequence, contexts[key])).toEqual([])
    },
  )

  test('what their sentences promise is what happens', () => {
    const counts = presets().map(({ key, sentence, sequence }) => {
      const { lines, attempts, messages } = previewCase(sequence, {
        code: 'INSUFFICIENT_FUNDS',
        zone: 'Europe/Berlin',
        interval: contexts[key].interval ?? { unit: 'MONTH', count: 1 },
        failedAt: new Date('2026-11-02T08:00:00Z'),
        events: [{ afterDays: 6.5, type: 'task_done' }],
      })
      const last = lines.filter(({ kind }) => kind === 'contract_action').at(-1)
      const mails = lines.filter(({ kind }) => kind === 'email')
      const [closing] = mails.filter(({ stepKey }) => stepKey === null)
      const promised = /(two|three|five) e-mails/.exec(sentence)?.[1]
      if (promised) {
        expect({ two: 2, three: 3, five: 5 }[promised], key).toBe(mails.length - 1)
        expect(closing?.what, key).toBe('The shopper learns how it ended')
        expect(sentence).toContain('a closing mail')
      }
      return `${key}: ${attempts - 1} charges, ${messages} messages, day ${last?.day}: ${last?.what}`
    })
    expect(counts).toEqual([
      'gentle: 3 charges, 4 messages, day 21: The subscription is paused',
      'standard: 4 charges, 8 messages, day 21: The subscription is paused',
      'compact: 3 charges, 3 messages, day 5: This cycle is skipped',
      'high_value: 4 charges, 5 messages, day 21: The subscription is paused',
      'annual: 5 charges, 7 messages, day 21: The subscription is paused',
    ])
  })

  test('High value: nothing else goes out until the call has its outcome, or three days have passed', () => {
    const sequence = presets().find(({ key }) => key === 'high_value')?.sequence
    if (!sequence) throw new Error('no such preset')
    const { lines } = previewCase(sequence, {
      code: 'INSUFFICIENT_FUNDS',
      zone: 'Europe/Berlin',
      interval: { unit: 'MONTH', count: 1 },
      failedAt: new Date('2026-11-02T08:00:00Z'),
    })
    const held = lines.filter(({ capped }) => capped === 'wait')
    expect(held.map(({ stepKey, day }) => `${stepKey} ${day}`)).toEqual(['funds.e2 8'])
  })
})

describe('a guard rail', () => {
  test.each<[string, Sequence, GuardRailContext, string | null, string, RegExp, boolean]>([
    [
      'a message after the deadline',
      withStep(retry('funds.r2', anchorDay(20)), email('funds.e2', after('funds.r2', 72), 'plan')),
      yearly,
      'funds.e2',
      'offset',
      /would never happen/,
      true,
    ],
    [
      'a ladder longer than 70 % of the interval',
      defaultSequence(),
      weekly,
      null,
      'deadlineDays',
      /every 7 days.*5 days at the latest/,
      false,
    ],
    [
      'an offer in a payment notice',
      withStep(other('funds.e2', 'email', 9, { commercial: true })),
      monthly,
      'funds.e2',
      'commercial',
      /advertising/,
      true,
    ],
    [
      'charges without a word: no way to stop',
      plan([retry('funds.r1', anchorDay(2))]),
      monthly,
      null,
      'lane.FUNDS',
      /no way to stop/,
      true,
    ],
    [
      'a lane without anything',
      {
        ...defaultSequence(),
        steps: defaultSequence().steps.filter(({ lane }) => lane !== 'CARD'),
      },
      monthly,
      null,
      'lane.CARD',
      /Nothing happens in this lane/,
      true,
    ],
    [
      'a silent lane without anything',
      {
        ...defaultSequence(),
        steps: defaultSequence().steps.filter(({ lane }) => lane !== 'MERCHANT'),
      },
      monthly,
      null,
      'lane.MERCHANT',
      /nobody is told/,
      false,
    ],
    [
      'conditions that contradict each other',
      withStep(
        other('funds.e2', 'email', 9, {
          when: [
            { fact: 'amount', is: 'at_least', value: 50 },
            { fact: 'amount', is: 'at_most', value: 40 },
          ],
        }),
      ),
      monthly,
      'funds.e2',
      'when',
      /never run/,
      true,
    ],
    [
      'a kind of decline that has a lane of its own',
      withStep(
        other('funds.e2', 'email', 9, { when: [{ fact: 'class', is: 'one_of', value: ['CARD'] }] }),
      ),
      monthly,
      'funds.e2',
      'when',
      /kind of decline/,
      true,
    ],
    [
      'more charges than are made',
      withStep(
        other('funds.e2', 'email', 9, { when: [{ fact: 'attempts', is: 'at_least', value: 4 }] }),
      ),
      monthly,
      'funds.e2',
      'when',
      /at most 2 charges/,
      true,
    ],
    [
      'codes of another lane',
      withStep(other('funds.e2', 'email', 9, { onlyForCodes: ['EXPIRED_CARD'] })),
      monthly,
      'funds.e2',
      'onlyForCodes',
      /none of its codes/,
      true,
    ],
    [
      'a step behind the end',
      withStep(other('funds.x', 'end', 8), other('funds.t', 'staff_task', 9, { task: 'Look' })),
      monthly,
      'funds.t',
      'offset',
      /funds.x has ended/,
      true,
    ],
    [
      'the same said twice',
      withStep(email('funds.e2', anchorDay(9), 'first')),
      monthly,
      'funds.e2',
      'offset',
      /already told/,
      true,
    ],
    [
      'a branch decided after its steps',
      withStep(
        other('funds.b', 'branch', 9, { when: [{ fact: 'orders', is: 'at_least', value: 3 }] }),
        other('funds.e2', 'email', 7, { branch: { stepKey: 'funds.b', side: 'yes' } }),
      ),
      monthly,
      'funds.e2',
      'offset',
      /decided only after/,
      true,
    ],
    [
      'a branch that decides nothing',
      withStep(
        other('funds.b', 'branch', 9, { when: [{ fact: 'orders', is: 'at_least', value: 3 }] }),
      ),
      monthly,
      'funds.b',
      'branch',
      /decides nothing/,
      false,
    ],
    [
      'a wait for nobody',
      withStep(
        other('funds.w', 'wait', 6, { until: { event: 'task_done', days: 3 } }),
        email('funds.e2', anchorDay(8), 'plan'),
      ),
      monthly,
      'funds.w',
      'until',
      /no task comes before/,
      true,
    ],
    [
      'a wait that holds nothing back',
      withStep(other('funds.w', 'wait', 6, { until: { event: 'clicked', days: 3 } })),
      monthly,
      'funds.w',
      'until',
      /changes nothing/,
      false,
    ],
    [
      'a wait that may keep back the last notice',
      withStep(other('funds.w', 'wait', 15, { until: { event: 'clicked', days: 4 } })),
      monthly,
      'funds.w',
      'until',
      /funds\.e9 is not sent either: .*last notice/,
      false,
    ],
    [
      'the same before a cancellation',
      plan([...sound(), other('funds.w', 'wait', 15, { until: { event: 'clicked', days: 4 } })], {
        finalAction: 'cancel',
      }),
      monthly,
      'funds.w',
      'until',
      /funds\.e9 is not sent either/,
      true,
    ],
    [
      'two messages in 24 hours',
      withStep(email('funds.e2', anchorDay(9), 'plan'), sms('funds.s1', anchorDay(9), 'plan')),
      monthly,
      'funds.s1',
      'offset',
      /funds.e2 within 24 hours/,
      false,
    ],
    [
      'two charges in 24 hours',
      withStep(
        { ...retry('funds.r2', anchorDay(5)), window: { fromHour: 20, untilHour: 22 } },
        { ...retry('funds.r3', anchorDay(6)), window: { fromHour: 7, untilHour: 8 } },
      ),
      monthly,
      'funds.r3',
      'offset',
      /no second try/,
      false,
    ],
    [
      'more charges than the networks allow',
      withStep(...[3, 4, 5, 6, 7, 8, 9].map((day) => retry(`funds.q${day}`, anchorDay(day)))),
      monthly,
      null,
      'lane.FUNDS',
      /8 retries.*allow 7/,
      true,
    ],
    [
      'hours in the quiet hours',
      withStep(other('funds.e2', 'email', 9, { window: { fromHour: 21, untilHour: 23 } })),
      monthly,
      'funds.e2',
      'window',
      /quiet hours/,
      true,
    ],
    [
      'hours that lie partly in the quiet hours',
      withStep(other('funds.e2', 'email', 9, { window: { fromHour: 18, untilHour: 22 } })),
      monthly,
      'funds.e2',
      'window',
      /18:00 to 20:00/,
      false,
    ],
    [
      'a text before nine',
      withStep(other('funds.s1', 'sms', 9, { window: { fromHour: 7, untilHour: 9 } })),
      monthly,
      'funds.s1',
      'window',
      /09:00 to 20:00/,
      true,
    ],
    [
      'texts that are not set up',
      defaultSequence(),
      { ...monthly, smsReady: false },
      'funds.s1',
      'kind',
      /not set up/,
      false,
    ],
    [
      'a last notice in the last two days',
      plan([email('funds.e1', anchorDay(3), 'first'), email('funds.e9', anchorDay(20), 'last')]),
      monthly,
      'funds.e9',
      'offset',
      /less than 2 days/,
      false,
    ],
    [
      'a pause without a last notice',
      plan([email('funds.e1', anchorDay(3), 'first')]),
      monthly,
      null,
      'lane.FUNDS',
      /paused at the deadline, and no message/,
      false,
    ],
    [
      'a cancellation without a last notice',
      plan([email('funds.e1', anchorDay(3), 'first')], { finalAction: 'cancel' }),
      monthly,
      null,
      'lane.FUNDS',
      /cancelled at the deadline/,
      true,
    ],
    [
      'an early cancellation without a last notice before it',
      withStep(other('funds.x', 'contract_action', 10, { action: 'cancel' })),
      monthly,
      'funds.x',
      'action',
      /No message tells/,
      true,
    ],
    [
      'benefits that end before the first word',
      { ...defaultSequence(), graceDays: 0 },
      monthly,
      null,
      'graceDays',
      /before the shopper has heard/,
      false,
    ],
  ])('%s', (_name, sequence, context, stepKey, field, say, blocks) => {
    const rails = guardRails(sequence, context)
    const found = rails.find(
      (rail) => rail.stepKey === stepKey && rail.field === field && say.test(rail.say),
    )
    expect(found ?? rails).toMatchObject({ stepKey, field, blocks })
    expect(found?.mend).toMatch(/^[A-Z].*\.$/)
  })

  test('a sound plan has none, and neither have two sides of a branch that share their days', () => {
    expect(guardRails(withStep(), monthly)).toEqual([])
    const side = (key: string, kind: 'yes' | 'no') =>
      other(key, 'email', 9, { stage: 'plan', branch: { stepKey: 'funds.b', side: kind } })
    const forked = withStep(
      other('funds.b', 'branch', 8, { when: [{ fact: 'orders', is: 'at_least', value: 3 }] }),
      side('funds.y', 'yes'),
      side('funds.n', 'no'),
      task('funds.t', laneDay(4), 'Look'),
    )
    expect(guardRails(forked, monthly)).toEqual([])
    // A plan that names the end comes after the wait.
    const waited = withStep(
      other('funds.w', 'wait', 8, { until: { event: 'clicked', days: 4 } }),
      email('funds.e2', anchorDay(10), 'plan'),
    )
    expect(guardRails(waited, monthly)).toEqual([])
  })

  test('of the default sequence none, whatever else the shop sells monthly or more rarely', () => {
    const lanes: Lane[] = defaultSequence().steps.map(({ lane }) => lane)
    expect(new Set(lanes).size).toBe(9)
    for (const context of [monthly, yearly, { ...monthly, interval: null }])
      expect(guardRails(defaultSequence(), context)).toEqual([])
  })
})
