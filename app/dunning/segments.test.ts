import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Condition, emptyTraits, SEGMENT_FACTS, type Traits } from './conditions.ts'
import { chooseSegment, problemsOfRule, type SegmentRule } from './segments.ts'

const known: Traits = {
  ...emptyTraits({ amount: '24.90', currency: 'EUR' }),
  country: 'DE',
  orders: 12,
  tags: ['VIP'],
}

const loyal = rule('Loyal', [{ fact: 'orders', is: 'at_least', value: 10 }])
const german = rule('German', [{ fact: 'country', is: 'one_of', value: ['DE'] }])

function rule(name: string, conditions: Condition[]): SegmentRule {
  return { id: name, name, sequenceId: `sequence of ${name}`, conditions }
}

describe('the sequence of a new case', () => {
  test('is that of the first segment that fits, and the reason says which and why', () => {
    const chosen = chooseSegment([loyal, german], known)
    expect(chosen.rule?.name).toBe('Loyal')
    expect(chosen.because).toMatch(/"Loyal".*number of orders is 12/)
    expect(chooseSegment([german, loyal], known).rule?.name).toBe('German')
  })

  test('is the default one where nothing fits, or there are no segments', () => {
    const french = rule('French', [{ fact: 'country', is: 'one_of', value: ['FR'] }])
    expect(chooseSegment([french], known)).toMatchObject({ rule: null })
    expect(chooseSegment([], known)).toMatchObject({ rule: null })
  })

  test('needs all conditions of a segment to hold', () => {
    const both = rule('Both', [...loyal.conditions, { fact: 'tag', is: 'one_of', value: ['gold'] }])
    expect(chooseSegment([both], known).rule).toBeNull()
  })

  test('is never chosen by what is not known, nor by a segment that asks for nothing', () => {
    const nobody = emptyTraits(known.amount)
    const anyone = rule('Anyone', [])
    for (const { fact, takes } of SEGMENT_FACTS) {
      if (fact === 'amount' || fact === 'earlier_recoveries') continue
      const asks: Condition =
        takes === 'number'
          ? { fact, is: 'at_most', value: 1e9 }
          : { fact, is: 'none_of', value: ['x'] }
      expect([fact, chooseSegment([rule(fact, [asks]), anyone], nobody).rule]).toEqual([fact, null])
    }
  })

  test('depends on nothing below the segment that was chosen', () => {
    const anyRule = fc
      .record({
        fact: fc.constantFrom('orders', 'amount', 'tenure_days' as const),
        is: fc.constantFrom('at_least', 'at_most' as const),
        value: fc.nat(40),
      })
      .map((one) => rule(JSON.stringify(one), [one as Condition]))
    fc.assert(
      fc.property(fc.array(anyRule, { maxLength: 8 }), fc.array(anyRule), (rules, more) => {
        const { rule: chosen } = chooseSegment(rules, known)
        const below = chosen ? rules.slice(0, rules.indexOf(chosen) + 1) : rules
        expect(chooseSegment(below, known).rule).toBe(chosen)
        if (chosen) expect(chooseSegment([...rules, ...more], known).rule).toBe(chosen)
      }),
      { numRuns: 200 },
    )
  })
})

describe('a segment is refused', () => {
  const fields = (more: Partial<SegmentRule>) =>
    problemsOfRule({ ...loyal, ...more }).map(({ field }) => field)

  test('without a name, a sequence or a condition, beside the field', () => {
    expect(fields({})).toEqual([])
    expect(fields({ name: ' ', sequenceId: '', conditions: [] })).toEqual([
      'name',
      'sequenceId',
      'conditions',
    ])
  })

  test('where it asks for what is not known yet when a case opens', () => {
    expect(fields({ conditions: [{ fact: 'attempts', is: 'at_least', value: 2 }] })).toEqual([
      'conditions.0',
    ])
  })

  test('where its conditions can never hold together', () => {
    const never: Condition[] = [
      { fact: 'orders', is: 'at_least', value: 10 },
      { fact: 'orders', is: 'at_most', value: 5 },
    ]
    expect(fields({ conditions: never })).toEqual(['conditions'])
  })
})
