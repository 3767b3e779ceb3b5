/** Ready-made sequences to begin with. Each is one that a merchant could publish as it is. */

import { after, anchorDay, defaultSequence, email, laneDay, retry, sms, task } from './sequence.ts'
import type { Lane, Sequence, Step } from './types.ts'

export type PresetKey = 'gentle' | 'standard' | 'compact' | 'high_value' | 'annual'

export type Preset = { key: PresetKey; name: string; sentence: string; sequence: Sequence }

export function presets(): Preset[] {
  return [
    {
      key: 'gentle',
      name: 'Gentle',
      sentence:
        'Three charges, three e-mails and a closing mail over three weeks, no texts, and the subscription is paused at the end: for shops that would rather wait than press.',
      sequence: gentle(),
    },
    {
      key: 'standard',
      name: 'Standard',
      sentence:
        'Four charges on the days on which they pass most often, five e-mails, two texts and a closing mail, and a pause after 21 days: what suits most monthly plans.',
      sequence: defaultSequence(),
    },
    {
      key: 'compact',
      name: 'Compact',
      sentence:
        'Three charges and two e-mails within five days; then this delivery is skipped, a closing mail says so, and the next one comes as usual: for plans that renew weekly.',
      sequence: compact(),
    },
    {
      key: 'high_value',
      name: 'High value',
      sentence:
        'Fewer e-mails and a phone call on the sixth day, after which nothing else goes out for three days unless its outcome is noted: for your most valuable customers.',
      sequence: highValue(),
    },
    {
      key: 'annual',
      name: 'Annual plans',
      sentence:
        'Five charges, five e-mails, a text and a closing mail over three weeks, a task for staff before the end, and thirty days of grace: for a year of loyalty at stake.',
      sequence: annual(),
    },
  ]
}

/** The default sequence with the lanes of `steps` in place of its own. */
function withLanes(steps: readonly Step[], settings: Partial<Sequence> = {}): Sequence {
  const base = defaultSequence()
  const lanes = new Set<Lane>(steps.map(({ lane }) => lane))
  return {
    ...base,
    ...settings,
    steps: [...steps, ...base.steps.filter(({ lane }) => !lanes.has(lane))],
  }
}

function gentle(): Sequence {
  return withLanes([
    retry('funds.r1', anchorDay(2)),
    { ...retry('funds.r2', anchorDay(7)), payday: true },
    retry('funds.r3', anchorDay(14)),
    email('funds.e1', after('funds.r1', 2), 'first'),
    email('funds.e2', after('funds.r2', 2), 'options'),
    email('funds.e3', anchorDay(18), 'last'),
    retry('issuer.r1', anchorDay(2)),
    retry('issuer.r2', anchorDay(7)),
    retry('issuer.r3', anchorDay(14)),
    email('issuer.e1', after('issuer.r1', 2), 'first'),
    email('issuer.e2', anchorDay(9), 'options'),
    email('issuer.e3', anchorDay(18), 'last'),
    email('card.e1', laneDay(0), 'first'),
    email('card.e2', laneDay(7), 'reminder'),
    email('card.e3', laneDay(16), 'last'),
    email('auth.e1', laneDay(0), 'first'),
    email('auth.e2', laneDay(4), 'plan'),
  ])
}

/** Offsets are written for 21 days; five days draw them together to the days in the comments. */
function compact(): Sequence {
  return withLanes(
    [
      retry('funds.r1', anchorDay(4)), // day 1
      retry('funds.r2', anchorDay(9)), // day 2
      retry('funds.r3', anchorDay(17)), // day 4
      email('funds.e1', after('funds.r1', 2), 'first'),
      email('funds.e2', anchorDay(9), 'last'), // day 2
      retry('issuer.r1', anchorDay(4)),
      retry('issuer.r2', anchorDay(13)), // day 3
      email('issuer.e1', after('issuer.r1', 2), 'first'),
      email('issuer.e2', anchorDay(9), 'last'),
      task('tech.alert', laneDay(0), 'The payment provider had a fault; we try again by ourselves'),
      retry('tech.r1', laneDay(4)),
      retry('tech.r2', laneDay(9)),
      email('card.e1', laneDay(0), 'first'),
      email('card.e2', laneDay(9), 'last'),
      email('auth.e1', laneDay(0), 'first'),
      email('auth.e2', laneDay(9), 'plan'),
      task(
        'stock.task',
        laneDay(0),
        'Out of stock: restock, and the renewal goes through by itself',
      ),
      retry('stock.r1', laneDay(4)),
      retry('stock.r2', laneDay(9)),
      retry('stock.r3', laneDay(13)),
      retry('unknown.r1', laneDay(13)),
      email('unknown.e1', anchorDay(4), 'first'),
      email('unknown.e2', anchorDay(9), 'last'),
      task('merchant.task', laneDay(0), 'Clear what stops the charge, then press "retry now"'),
      task('merchant.reminder', laneDay(6), 'Still waiting: clear what stops the charge'),
      {
        ...email('merchant.address', laneDay(0), 'address'),
        onlyForCodes: ['INVALID_SHIPPING_ADDRESS'],
      },
    ],
    { deadlineDays: 5, graceDays: 7, finalAction: 'skip' },
  )
}

/** What to say on the phone. Practice, section 10: the fact first, no blame, one action, what happens next. */
const CALL = `Hello, this is … from … . I am calling about your subscription, and it takes a minute.
Your last renewal could not be charged. Nothing has changed yet, and nothing is added to the price.
You can update your payment method in your account, or I can send you the link again.
If you would like to skip this delivery, wait, or stop, I will note it right now.`

function call(lane: 'funds' | 'issuer' | 'card', day: number): Step[] {
  const offset = lane === 'card' ? laneDay(day) : anchorDay(day)
  return [
    {
      ...task(`${lane}.call`, offset, 'Call this customer, and note the outcome when you are done'),
      window: { fromHour: 9, untilHour: 11 },
      phone: { script: CALL },
    },
    {
      key: `${lane}.wait`,
      lane: task(`${lane}.x`, offset, '').lane,
      kind: 'wait',
      offset: lane === 'card' ? laneDay(day + 1) : anchorDay(day + 1),
      ifMissed: 'next_window',
      until: { event: 'task_done', days: 3 },
    },
  ]
}

function highValue(): Sequence {
  return withLanes([
    retry('funds.r1', anchorDay(1)),
    { ...retry('funds.r2', anchorDay(4)), payday: true },
    retry('funds.r3', anchorDay(11)),
    retry('funds.r4', anchorDay(15)),
    email('funds.e1', after('funds.r1', 2), 'first'),
    ...call('funds', 6),
    email('funds.e2', anchorDay(8), 'options'),
    email('funds.e3', anchorDay(12), 'plan'),
    email('funds.e4', anchorDay(18), 'last'),
    retry('issuer.r1', anchorDay(1)),
    retry('issuer.r2', anchorDay(4)),
    retry('issuer.r3', anchorDay(11)),
    retry('issuer.r4', anchorDay(15)),
    email('issuer.e1', after('issuer.r1', 2), 'first'),
    ...call('issuer', 6),
    email('issuer.e2', anchorDay(8), 'options'),
    email('issuer.e3', anchorDay(12), 'plan'),
    email('issuer.e4', anchorDay(18), 'last'),
    email('card.e1', laneDay(0), 'first'),
    ...call('card', 4),
    email('card.e2', laneDay(6), 'reminder'),
    email('card.e3', laneDay(10), 'plan'),
    email('card.e4', laneDay(16), 'last'),
  ])
}

function annual(): Sequence {
  const review = (lane: 'funds' | 'issuer' | 'card', offset: Step['offset']) =>
    task(
      `${lane}.review`,
      offset,
      'A yearly plan is about to end unpaid: look at it, and write to the customer yourself',
    )
  return withLanes(
    [
      retry('funds.r1', anchorDay(1)),
      { ...retry('funds.r2', anchorDay(4)), payday: true },
      retry('funds.r3', anchorDay(8)),
      retry('funds.r4', anchorDay(12)),
      retry('funds.r5', anchorDay(16)),
      email('funds.e1', after('funds.r1', 2), 'first'),
      email('funds.e2', after('funds.r2', 2), 'reminder'),
      email('funds.e3', after('funds.r3', 2), 'options'),
      email('funds.e4', after('funds.r4', 2), 'plan'),
      email('funds.e5', anchorDay(18), 'last'),
      sms('funds.s1', anchorDay(10), 'reminder'),
      review('funds', anchorDay(14)),
      retry('issuer.r1', anchorDay(1)),
      retry('issuer.r2', anchorDay(4)),
      retry('issuer.r3', anchorDay(10)),
      retry('issuer.r4', anchorDay(16)),
      email('issuer.e1', after('issuer.r1', 2), 'first'),
      email('issuer.e2', anchorDay(5), 'reminder'),
      email('issuer.e3', anchorDay(8), 'options'),
      email('issuer.e4', anchorDay(12), 'plan'),
      email('issuer.e5', anchorDay(18), 'last'),
      review('issuer', anchorDay(14)),
      email('card.e1', laneDay(0), 'first'),
      email('card.e2', laneDay(3), 'reminder'),
      email('card.e3', laneDay(7), 'options'),
      email('card.e4', laneDay(12), 'plan'),
      email('card.e5', laneDay(17), 'last'),
      review('card', laneDay(14)),
    ],
    { graceDays: 30 },
  )
}
