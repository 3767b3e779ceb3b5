import { describe, expect, test } from 'vitest'
import { unpaid } from '../../test/shopper/unpaid.ts'
import { MOST_LINES, MOST_PIECES } from './chosen-lines.ts'
import { permissions } from './permissions.ts'
import type { OrderInParts } from './snapshot.ts'
import type { ShopperSnapshot } from './view.ts'

const euro = (amount: string) => ({ amount, currency: 'EUR' })

/** In a shop that lets shoppers take less. */
const snapshot = (changes: Partial<ShopperSnapshot> = {}) =>
  unpaid({ offersSmaller: true, ...changes })

function order(...pieces: [quantity: number, chosen?: number][]): OrderInParts {
  return {
    lines: pieces.map(([quantity, chosen = quantity], i) => ({
      id: `gid://shopify/SubscriptionLine/${i}`,
      title: 'Morning Roast',
      quantity,
      chosen,
      price: euro('12.45'),
    })),
    whole: euro('24.90'),
  }
}

describe('taking less of this order', () => {
  const smaller = (
    changes: Partial<ShopperSnapshot> = {},
    held: OrderInParts | null = order([2]),
  ) => permissions(snapshot(changes), { methods: [], order: held }).smaller.because

  test.each<[string, OrderInParts]>([
    ['two pieces of one line', order([2])],
    ['two lines of one piece', order([1], [1])],
    [
      'an order that was made as small as can be: the choice can still be changed',
      order([2, 1], [1, 0]),
    ],
  ])('is allowed for %s', (_, held) => expect(smaller({}, held)).toBeNull())

  test.each<[string, OrderInParts | null]>([
    ['one piece is all there is', order([1])],
    ['nobody knows what the order holds', null],
    ['the order holds nothing', order()],
    [
      'more lines than a form can send',
      order(...Array.from({ length: MOST_LINES + 1 }, (): [number] => [1])),
    ],
    ['more pieces than a form can send', order([MOST_PIECES + 1])],
  ])('is not where %s', (_, held) => expect(smaller({}, held)).toBe('nothing_smaller'))

  test.each(['ISSUER', 'TECH', 'CARD', 'AUTH', 'STOP', 'UNKNOWN'] as const)(
    'is not for another cause: %s',
    (lane) => expect(smaller({ lane })).toBe('not_offered'),
  )

  test('is not where the merchant does not offer it', () => {
    expect(smaller({ offersSmaller: false })).toBe('not_offered')
  })
})

describe('taking the whole order again', () => {
  const less = { lines: [], amount: euro('12.45') }
  const whole = (changes: Partial<ShopperSnapshot> = {}) =>
    permissions(snapshot(changes)).whole.because

  test('is allowed once less was chosen, whatever came after: another cause, the switch turned off', () => {
    expect(whole({ smaller: less })).toBeNull()
    expect(whole({ smaller: less, lane: 'CARD', offersSmaller: false })).toBeNull()
    expect(whole()).toBe('not_smaller')
  })
})

test('neither is allowed while a charge is under way, while the bank waits, and once it is over', () => {
  const changes: [Partial<ShopperSnapshot>, string][] = [
    [{ underWay: true }, 'under_way'],
    [{ status: 'in_doubt' }, 'under_way'],
    [{ challengeOpen: true }, 'bank_first'],
    [{ reason: 'order' }, 'order'],
    [{ halted: true }, 'stopped'],
    [{ status: 'recovered' }, 'over'],
    [{ status: 'held', reason: 'paused' }, 'paused'],
    [{ lane: 'STOCK' }, 'shop'],
  ]
  for (const [change, because] of changes) {
    const smaller = { lines: [], amount: euro('12.45') }
    const may = permissions(snapshot({ ...change, smaller }), { methods: [], order: order([2]) })
    expect(may.smaller, because).toEqual({ allowed: false, because })
    expect(may.whole, because).toEqual({ allowed: false, because })
  }
})

test.each([
  ['a revoked one is replaced', 'Visa ···· 4242', 'method_first'],
  ['where there never was one, it is added', null, 'no_method'],
])('nothing is paid without a live method: %s', (_, methodLabel, because) => {
  expect(permissions(snapshot({ hasMethod: false, methodLabel })).pay).toEqual({
    allowed: false,
    because,
  })
})
