import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anySequence } from '../../test/any-sequence.ts'
import type { GuardRailContext } from '../dunning/guard-rails.ts'
import { presets } from '../dunning/presets.ts'
import { anchorDay, defaultSequence, email, LANES } from '../dunning/sequence.ts'
import type { Sequence, Step } from '../dunning/types.ts'
import {
  codesOfLane,
  factsAskedFor,
  firstShopper,
  imaginedFrom,
  inLane,
  laneOfCode,
} from './imagined-shopper.ts'
import { placeOf, remarksOn } from './plan-checks.ts'
import { played } from './played-plan.ts'

const NOW = new Date('2026-11-12T11:00:00Z')
const CONTEXT: GuardRailContext = {
  interval: { unit: 'MONTH', count: 1 },
  emailWindow: { fromHour: 8, untilHour: 20 },
  smsReady: true,
}
const PLACE = { locale: 'en', currency: 'EUR' }
const shopper = firstShopper('FUNDS', 'Europe/Berlin', NOW)
const withFirst = (plan: Sequence, change: object): Sequence => ({
  ...plan,
  steps: plan.steps.map((step, i) => (i === 0 ? { ...step, ...change } : step)),
})

test('each lane is played for a reason that leads into it', () => {
  for (const lane of LANES) {
    const form = inLane(shopper, lane)
    expect([lane, laneOfCode(form.code)]).toEqual([lane, lane])
    expect(codesOfLane(lane).every((code) => laneOfCode(code) === lane)).toBe(true)
    const steps = defaultSequence().steps.filter((step) => step.lane === lane)
    const { lines } = played(defaultSequence(), form, CONTEXT, PLACE) ?? { lines: [] }
    expect(lines.some(({ stepKey }) => steps.some(({ key }) => key === stepKey))).toBe(true)
  }
})

test('the first charge fails tomorrow morning by the shopper’s clock', () => {
  const imagined = imaginedFrom({ ...shopper, zone: 'America/New_York' }, CONTEXT, 'USD')
  expect(imagined?.failedAt.toISOString()).toBe('2026-11-13T12:00:00.000Z')
  expect(imagined?.amount).toEqual({ amount: '24.90', currency: 'USD' })
})

test('what the conditions look at is asked for, and decides the play', () => {
  const plan = withFirst(defaultSequence(), {
    when: [{ fact: 'country', is: 'one_of', value: ['AT'] }],
  })
  expect(factsAskedFor(plan).map(({ fact }) => fact)).toEqual(['country'])
  const capOf = (facts: object) =>
    played(plan, { ...shopper, facts }, CONTEXT, PLACE)?.lines.find(
      ({ stepKey }) => stepKey === 'funds.r1',
    )?.capped
  expect(capOf({})).toBe('condition')
  expect(capOf({ country: 'AT' })).toBeNull()
})

test('a number that is being typed plays nothing, and is asked for beside its input', () => {
  const plan = withFirst(defaultSequence(), { offset: anchorDay(Number.NaN) })
  expect(played(plan, shopper, CONTEXT, PLACE)).toBeNull()
  expect(played(defaultSequence(), { ...shopper, failedOn: '2026-1' }, CONTEXT, PLACE)).toBeNull()
  const [remark] = remarksOn(plan, CONTEXT)
  expect(remark).toMatchObject({ stepKey: 'funds.r1', input: 'offset', blocks: true })
})

test('the presets can be published as they are; what stands in the way is said with its place', () => {
  for (const { sequence } of presets())
    expect(remarksOn(sequence, CONTEXT).filter(({ blocks }) => blocks)).toEqual([])
  const late = {
    ...defaultSequence(),
    steps: [...defaultSequence().steps, email('card.e9', anchorDay(20), 'options')],
  }
  const [remark] = remarksOn(late, CONTEXT)
  expect(remark).toMatchObject({ stepKey: 'card.e9', lane: 'CARD', input: 'offset', blocks: true })
  expect(remark?.say).toMatch(/would never happen.*Move it to an earlier day/)
  expect(remark && placeOf(remark)).toBe('Payment details, E9')
})

/** Numbers that only somebody who is typing writes. */
const anyNumber = fc.oneof(
  fc.integer({ min: -5, max: 30 }),
  fc.constantFrom(Number.NaN, 1.5, 400, 1e12, 200_000, -1e9),
)

const anyMistake = fc.record({
  nth: fc.nat(60),
  what: fc.constantFrom('day', 'hours', 'window', 'until', 'deadline', 'grace', 'retryWindow'),
  one: anyNumber,
  other: anyNumber,
})

type Mistake = typeof anyMistake extends fc.Arbitrary<infer T> ? T : never

function withMistake(plan: Sequence, { nth, what, one, other }: Mistake): Sequence {
  const at = nth % Math.max(1, plan.steps.length)
  const change = (patch: (step: Step) => Partial<Step>): Sequence => ({
    ...plan,
    steps: plan.steps.map((step, i) => (i === at ? { ...step, ...patch(step) } : step)),
  })
  const hours = { fromHour: one, untilHour: other }
  switch (what) {
    case 'day':
      return change(() => ({ offset: { from: 'lane', days: one } }))
    case 'hours':
      return change(({ offset }) =>
        offset.from === 'step' ? { offset: { ...offset, hours: one } } : {},
      )
    case 'window':
      return change(() => ({ window: hours }))
    case 'until':
      return change(({ until }) => (until ? { until: { ...until, days: one } } : {}))
    case 'deadline':
      return { ...plan, deadlineDays: one }
    case 'grace':
      return { ...plan, graceDays: one }
    default:
      return { ...plan, retryWindow: hours }
  }
}

test('whatever the editor holds is played and judged without an error, and half a number too', () => {
  fc.assert(
    fc.property(
      anySequence({ most: 12 }),
      fc.array(anyMistake, { maxLength: 3 }),
      fc.constantFrom(...LANES),
      (right, mistakes, lane) => {
        const plan = mistakes.reduce(withMistake, right)
        const preview = played(plan, inLane(shopper, lane), CONTEXT, PLACE)
        if (mistakes.length === 0) expect(preview?.lines.length).toBeGreaterThan(0)
        for (const { stepKey } of remarksOn(plan, CONTEXT))
          if (stepKey) expect(plan.steps.map(({ key }) => key)).toContain(stepKey)
      },
    ),
    { numRuns: 30 },
  )
})
