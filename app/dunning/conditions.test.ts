import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  allHold,
  CONDITION_FACTS,
  type Condition,
  type ConditionFacts,
  contradiction,
  emptyTraits,
  holds,
  parseConditions,
  parseTraits,
  sayCondition,
  sayMoney,
  wrongWithCondition,
} from './conditions.ts'

const ada: ConditionFacts = {
  ...emptyTraits({ amount: '24.90', currency: 'EUR' }),
  lifetimeValue: { amount: '612.00', currency: 'EUR' },
  orders: 25,
  tenureDays: 400,
  cycleNumber: 13,
  interval: { unit: 'MONTH', count: 1 },
  products: ['House blend', 'gid://shopify/Product/7'],
  country: 'DE',
  language: 'pt-BR',
  tags: ['VIP', 'wholesale'],
  class: 'FUNDS',
  code: 'INSUFFICIENT_FUNDS',
  instrument: 'card',
  earlierRecoveries: 1,
  attempts: 2,
  messages: 1,
  clicked: true,
}
const nobody: ConditionFacts = {
  ...emptyTraits({ amount: '24.90', currency: 'EUR' }),
  attempts: 1,
  messages: 0,
  clicked: null,
}

const when = (fact: Condition['fact'], is: Condition['is'], value: Condition['value']) => ({
  fact,
  is,
  value,
})

describe('a condition', () => {
  test.each([
    [when('amount', 'at_least', 24.9), true, 'the amount is 24.90 EUR'],
    [when('amount', 'at_least', 25), false, 'the amount is 24.90 EUR, not at least 25'],
    [
      when('lifetime_value', 'at_most', 600),
      false,
      'the lifetime value is 612.00 EUR, not at most 600',
    ],
    [when('orders', 'at_least', 25), true, 'the number of orders is 25'],
    [when('tenure_days', 'at_most', 400), true, 'the age of the subscription in days is 400'],
    [when('cycle_number', 'at_most', 3), false, 'the number of this renewal is 13, not at most 3'],
    [when('interval', 'one_of', ['1 week', '1 month']), true, 'the billing interval is 1 MONTH'],
    [when('product', 'one_of', ['house BLEND']), true, 'the product is House blend'],
    [when('country', 'none_of', ['DE', 'AT']), false, 'the country is DE, not none of DE, AT'],
    [when('language', 'one_of', ['pt']), true, 'the language is pt'],
    [when('tag', 'one_of', ['vip']), true, 'the customer tag is VIP'],
    [when('tag', 'none_of', ['b2b']), true, 'the customer tag is VIP, wholesale'],
    [when('class', 'one_of', ['FUNDS']), true, 'the kind of decline is FUNDS'],
    [
      when('code', 'one_of', ['DO_NOT_HONOR']),
      false,
      'the decline code is INSUFFICIENT_FUNDS, not one of DO_NOT_HONOR',
    ],
    [when('instrument', 'none_of', ['paypal']), true, 'the payment method is card'],
    [when('earlier_recoveries', 'at_least', 1), true, 'the number of earlier recoveries is 1'],
    [when('attempts', 'at_least', 3), false, 'the number of charges so far is 2, not at least 3'],
    [when('messages', 'at_most', 1), true, 'the number of messages so far is 1'],
    [when('clicked', 'one_of', ['no']), false, 'whether a link was followed is yes, not one of no'],
  ] as [Condition, boolean, string][])('%j', (condition, isSo, because) => {
    expect(wrongWithCondition(condition)).toBeNull()
    expect(holds(condition, ada)).toEqual({ holds: isSo, because })
  })

  test.each([
    ['29', 'EUR', '29.00 EUR'],
    ['29.0', 'EUR', '29.00 EUR'],
    ['23.3', 'EUR', '23.30 EUR'],
    ['23.3000', 'EUR', '23.30 EUR'],
    ['0.125', 'EUR', '0.125 EUR'],
    ['1800.0', 'JPY', '1800 JPY'],
    ['1.5', 'KWD', '1.500 KWD'],
    ['10.0', 'no currency', '10.00 no currency'],
  ])('%s %s is said as %s', (amount, currency, said) => {
    expect(sayMoney({ amount, currency })).toBe(said)
  })

  test('every fact has a case above', () => {
    expect(CONDITION_FACTS).toHaveLength(17)
  })

  test('what nobody knows never holds, and says so', () => {
    for (const { fact, takes, choices } of CONDITION_FACTS) {
      if (['amount', 'tag', 'earlier_recoveries', 'attempts', 'messages'].includes(fact)) continue
      const values = [...(choices ?? ['1 WEEK'])]
      const conditions: Condition[] =
        takes === 'number'
          ? [when(fact, 'at_least', 0), when(fact, 'at_most', 1e9)]
          : [when(fact, 'one_of', values), when(fact, 'none_of', ['1 YEAR'])]
      for (const condition of conditions) {
        const { holds: isSo, because } = holds(condition, nobody)
        expect([fact, isSo]).toEqual([fact, false])
        expect(because).toMatch(/is not known$/)
      }
    }
  })

  test('several must all hold, and the first that does not says why', () => {
    const rich = when('lifetime_value', 'at_least', 500)
    const abroad = when('country', 'one_of', ['FR'])
    expect(allHold([], ada)).toEqual({ holds: true, because: '' })
    expect(allHold([rich], ada).holds).toBe(true)
    expect(allHold([rich, abroad], ada)).toEqual({
      holds: false,
      because: 'the country is DE, not one of FR',
    })
  })

  test('is said in words', () => {
    expect(sayCondition(when('country', 'none_of', ['DE', 'AT']))).toBe(
      'the country is none of DE, AT',
    )
  })
})

describe('a condition that cannot be right', () => {
  test.each([
    [when('amount', 'one_of', ['50']), /at least/],
    [when('amount', 'at_least', Number.NaN), /number/],
    [when('amount', 'at_least', -1), /below nought/],
    [when('country', 'at_least', 3), /one of/],
    [when('country', 'one_of', []), /at least one value/],
    [when('country', 'one_of', [' ']), /at least one value/],
    [when('class', 'one_of', ['LUCK']), /LUCK is none of FUNDS/],
    [when('interval', 'one_of', ['monthly']), /1 WEEK/],
  ] as [Condition, RegExp][])('%j', (condition, say) => {
    expect(wrongWithCondition(condition)).toMatch(say)
  })

  test.each([
    [[when('amount', 'at_least', 50), when('amount', 'at_most', 40)]],
    [[when('country', 'one_of', ['DE']), when('country', 'one_of', ['FR'])]],
    [[when('country', 'one_of', ['DE']), when('country', 'none_of', ['de', 'at'])]],
  ])('%j contradict each other', (conditions) => {
    expect(contradiction(conditions)).not.toBeNull()
  })

  test.each([
    [[when('amount', 'at_least', 50), when('amount', 'at_most', 50)]],
    [[when('tag', 'one_of', ['a']), when('tag', 'one_of', ['b'])]],
    [[when('country', 'one_of', ['DE', 'FR']), when('country', 'none_of', ['FR'])]],
    [[when('amount', 'at_least', 50), when('orders', 'at_most', 1)]],
  ])('%j can all hold', (conditions) => {
    expect(contradiction(conditions)).toBeNull()
  })
})

describe('what was stored', () => {
  test('conditions come back as they were', () => {
    const conditions = [when('amount', 'at_least', 50), when('tag', 'none_of', ['VIP'])]
    expect(parseConditions(JSON.parse(JSON.stringify(conditions)))).toEqual(conditions)
  })

  test.each([
    [null, /not a list/],
    [[null], /not an object/],
    [[{ fact: 'luck', is: 'at_least', value: 1 }], /do not know/],
    [[{ fact: 'amount', is: 'about', value: 1 }], /do not know/],
    [[{ fact: 'amount', is: 'at_least', value: '1' }], /neither a number/],
    [[{ fact: 'amount', is: 'at_least', value: -1 }], /below nought/],
    [Array.from({ length: 11 }, () => when('amount', 'at_least', 1)), /more than 10/],
  ])('%j is refused', (json, say) => {
    expect(parseConditions(json)).toMatch(say)
  })

  test('traits come back as they were, and nonsense is merely not known', () => {
    const { attempts: _a, messages: _m, clicked: _c, ...traits } = ada
    const amount = { amount: '9.00', currency: 'USD' }
    expect(parseTraits(JSON.parse(JSON.stringify(traits)), amount)).toEqual(traits)
    expect(parseTraits(null, amount)).toEqual(emptyTraits(amount))
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const parsed = parseTraits(json, amount)
        for (const { fact } of CONDITION_FACTS)
          holds(when(fact, 'one_of', ['x']), { ...parsed, attempts: 1, messages: 0, clicked: null })
        expect(parsed.amount).toBeDefined()
      }),
    )
  })
})
