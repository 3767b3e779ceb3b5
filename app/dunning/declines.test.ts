import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  classOfCode,
  codesOfClass,
  declineFrom,
  isStockCode,
  KNOWN_CODES,
  KNOWN_REFUSALS,
  laneFor,
  meaningOf,
  refusalMeaning,
} from './declines.ts'
import type { DeclineFamily } from './types.ts'

/** Shopify's published schema. `npm run schema` fetches it; without it this file fails, as it should. */
const schema = readFileSync('.cache/shopify-schema/admin-2026-10.graphql', 'utf8')

/** The values of one enum of the schema. */
function valuesOf(name: string): string[] {
  const body = new RegExp(`^enum ${name} \\{\\n([\\s\\S]*?)^\\}`, 'm').exec(schema)?.[1]
  if (!body) throw new Error(`Shopify's schema no longer has the enum ${name}.`)
  const withoutDescriptions = body.replace(/"""[\s\S]*?"""/g, '')
  return [...withoutDescriptions.matchAll(/^ {2}([A-Z][A-Z0-9_]*)/gm)].map(
    (match) => match[1] ?? '',
  )
}

const allCodes = valuesOf('SubscriptionBillingAttemptErrorCode')

describe('every code that Shopify can send', () => {
  test('there are 59 of them', () => {
    expect(allCodes).toHaveLength(59)
  })

  test.each(allCodes)('%s has a class, a lane and a meaning', (code) => {
    const decline = declineFrom(code, null)
    expect(decline.unknown).toBe(false)
    expect(classOfCode(code)).toBe(decline.class)
    expect(laneFor(decline)).toBeTruthy()
    expect(meaningOf(code)).toMatch(/^[A-Z].*\.$/)
  })

  test.each([
    ['SubscriptionBillingAttemptPaymentErrorCode', 'payment', 46],
    ['SubscriptionBillingAttemptGeneralErrorCode', 'general', 10],
    ['SubscriptionBillingAttemptInventoryErrorCode', 'inventory', 2],
  ] as const)('the %s enum holds the codes that we count to its family', (name, family, count) => {
    const codes = valuesOf(name)
    expect(codes).toHaveLength(count)
    for (const code of codes) expect([code, declineFrom(code, null).family]).toEqual([code, family])
  })

  test('we know no code that Shopify does not have', () => {
    expect([...KNOWN_CODES].sort()).toEqual([...allCodes].sort())
  })

  test('the classes have the sizes of the ruling', () => {
    const sizes = (
      ['FUNDS', 'ISSUER', 'TECH', 'CARD', 'AUTH', 'STOP', 'MERCHANT', 'PAID'] as const
    ).map((one) => codesOfClass(one).length)
    expect(sizes).toEqual([2, 5, 5, 19, 6, 3, 18, 1])
  })
})

describe('how a code is read', () => {
  test('webhooks write it in lower snake case', () => {
    expect(declineFrom('insufficient_funds', 'payment')).toEqual({
      code: 'INSUFFICIENT_FUNDS',
      family: 'payment',
      class: 'FUNDS',
      unknown: false,
    })
  })

  test('the unexpected family has no code and is technical', () => {
    expect(declineFrom(null, 'unexpected')).toEqual({
      code: 'UNEXPECTED_ERROR',
      family: 'unexpected',
      class: 'TECH',
      unknown: false,
    })
  })

  test.each([
    ['unexpected', 'TECH', 'TECH'],
    ['general', 'MERCHANT', 'MERCHANT'],
    ['inventory', 'MERCHANT', 'MERCHANT'],
    ['payment', 'ISSUER', 'UNKNOWN'],
    [null, 'MERCHANT', 'MERCHANT'],
  ] as const)('martian_error of the family %s is %s in the lane %s', (family, ofClass, lane) => {
    const decline = declineFrom('martian_error', family)
    expect(decline).toEqual({ code: 'MARTIAN_ERROR', family, class: ofClass, unknown: true })
    expect(laneFor(decline)).toBe(lane)
    expect(meaningOf(decline.code)).toContain('MARTIAN_ERROR')
  })

  test.each([null, '', '  '])('an empty code %j without a family waits for staff', (code) => {
    expect(declineFrom(code, null)).toMatchObject({ class: 'MERCHANT', unknown: true })
  })

  test.each(['constructor', '__proto__', 'toString'])('%s is no code', (code) => {
    expect(declineFrom(code, 'payment').unknown).toBe(true)
    expect(refusalMeaning(code).effect).toBe('our_defect')
  })

  test.each(['payment', 'unexpected', 'general', null] as DeclineFamily[])(
    'a stored unknown code of the family %s keeps its lane',
    (family) => {
      const decline = declineFrom('martian_error', family)
      expect(laneFor(declineFrom(decline.code, decline.family))).toBe(laneFor(decline))
    },
  )
})

describe('lanes', () => {
  test('stock-outs have their own', () => {
    expect(allCodes.filter(isStockCode)).toEqual([
      'INSUFFICIENT_INVENTORY',
      'INVENTORY_ALLOCATIONS_NOT_FOUND',
    ])
    expect(laneFor(declineFrom('insufficient_inventory', 'inventory'))).toBe('STOCK')
  })

  test.each(allCodes.filter((code) => !isStockCode(code) && code !== 'INVOICE_ALREADY_PAID'))(
    '%s goes to the lane of its class',
    (code) => {
      const decline = declineFrom(code, null)
      expect(laneFor(decline)).toBe(decline.class)
    },
  )
})

describe('refusals', () => {
  test('all of the schema have a meaning, and no others', () => {
    expect([...KNOWN_REFUSALS].sort()).toEqual(valuesOf('BillingAttemptUserErrorCode').sort())
    expect(KNOWN_REFUSALS).toHaveLength(15)
  })

  test.each([
    ['BILLING_CYCLE_CHARGE_BEFORE_EXPECTED_DATE', 'move_to_expected_date'],
    ['BILLING_CYCLE_SKIPPED', 'close_skipped'],
    ['CONTRACT_PAUSED', 'hold_paused'],
    ['CONTRACT_TERMINATED', 'close_cancelled'],
    ['CONTRACT_NOT_FOUND', 'close_cancelled'],
    ['CONTRACT_UNDER_REVIEW', 'await_review'],
    ['THROTTLED', 'back_off_shop'],
    ['PROCESSING_FAILED', 'look_again'],
    ['BLANK', 'our_defect'],
    ['MARTIAN_REFUSAL', 'our_defect'],
  ])('%s: %s', (code, effect) => {
    const meaning = refusalMeaning(code)
    expect(meaning.effect).toBe(effect)
    expect(meaning.because).not.toBe('')
  })
})
