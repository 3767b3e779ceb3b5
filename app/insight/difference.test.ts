import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anySequence } from '../../test/any-sequence.ts'
import { presets } from '../dunning/presets.ts'
import { anchorDay, defaultSequence, email } from '../dunning/sequence.ts'
import type { Sequence, Step } from '../dunning/types.ts'
import { differences } from './difference.ts'

const before = defaultSequence()
const said = (after: Sequence) => differences(before, after).map(({ say }) => say)
const withStep = (key: string, more: Partial<Step>): Sequence => ({
  ...before,
  steps: before.steps.map((step) => (step.key === key ? { ...step, ...more } : step)),
})

describe('two versions', () => {
  test('that are the same differ in nothing, in whatever order their steps stand', () => {
    expect(said(structuredClone(before))).toEqual([])
    expect(said({ ...before, steps: [...before.steps].reverse() })).toEqual([])
  })

  test('differ in a step that is new, gone or moved', () => {
    expect(
      said({ ...before, steps: [...before.steps, email('funds.e9', anchorDay(10), 'plan')] }),
    ).toEqual([
      'E9 (e-mail) is new: e-mail: what happens next and when, on day 10 after the first failure.',
    ])
    expect(
      said({ ...before, steps: before.steps.filter(({ key }) => key !== 'funds.s1') }),
    ).toEqual([
      'S1 (text message) is gone: text message: reminder, on day 5 after the first failure.',
    ])
    expect(said(withStep('funds.r1', { offset: anchorDay(2) }))).toEqual([
      'R1 (charge): it comes on day 2 after the first failure, not on day 1 after the first failure.',
    ])
  })

  test('differ in hours, conditions and words, one sentence each', () => {
    const after = withStep('funds.e5', {
      window: { fromHour: 9, untilHour: 11 },
      when: [{ fact: 'amount', is: 'at_least', value: 50 }],
      stage: 'plan',
    })
    expect(said(after)).toEqual([
      'E5 (e-mail): it says "what happens next and when", not "last notice".',
      'E5 (e-mail): its hours are 09:00–11:00, not the usual ones.',
      'E5 (e-mail): its condition is "the amount is at least 50", not none.',
    ])
  })

  test('differ in their settings', () => {
    expect(said({ ...before, deadlineDays: 14, finalAction: 'cancel' })).toEqual([
      'The deadline: 14 days, not 21 days.',
      'At the deadline: cancel the subscription, not pause the subscription.',
    ])
  })

  test('with any difference never read the same: every property that the editor can change is told', () => {
    fc.assert(
      fc.property(anySequence(), anySequence(), (one, other) => {
        const byKey = (plan: Sequence) => ({
          ...plan,
          steps: [...plan.steps].sort((a, b) => (a.key < b.key ? -1 : 1)),
        })
        const isSame = inOrder(byKey(one)) === inOrder(byKey(other))
        expect(differences(one, other).length === 0).toBe(isSame)
        // There and back: what is new one way is gone the other way.
        const kinds = (kind: string, of: ReturnType<typeof differences>) =>
          of.flatMap((found) => (found.kind === kind ? [found.stepKey] : [])).sort()
        expect(kinds('added', differences(one, other))).toEqual(
          kinds('removed', differences(other, one)),
        )
      }),
      { numRuns: 30 },
    )
  })

  test('of one step differ whichever of its properties is another', () => {
    for (const { sequence } of presets())
      for (const step of sequence.steps)
        for (const change of CHANGES) {
          const other = { ...step, ...change }
          if (inOrder(other) === inOrder(step)) continue
          const found = differences({ ...sequence, steps: [step] }, { ...sequence, steps: [other] })
          expect(found.length, `${step.key} ${inOrder(change)}`).toBeGreaterThan(0)
        }
  })
})

const CHANGES: Partial<Step>[] = [
  { offset: { from: 'anchor', days: 9 } },
  { ifMissed: 'merge' },
  { payday: true },
  { onlyForCodes: ['CALL_ISSUER'] },
  { window: { fromHour: 10, untilHour: 12 } },
  { when: [{ fact: 'orders', is: 'at_least', value: 3 }] },
  { phone: { script: 'Hello' } },
  { until: { event: 'clicked', days: 2 } },
  { branch: { stepKey: 'funds.b1', side: 'no' } },
  { commercial: true },
]

function inOrder(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
