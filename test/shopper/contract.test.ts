/**
 * The server's half of the contract with the extensions: what it says is, letter for letter, the answer that the
 * extensions' tests read (snapshot.json), and it says every code that they have words for, and no other.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { CaseState, Instrument, Lane, Money } from '../../app/dunning/types.ts'
import {
  type Case,
  type Choosable,
  caseFor,
  NOTHING_TO_CHOOSE,
  type OrderLine,
  type SavedMethod,
  type Snapshot,
} from '../../app/shopper/snapshot.ts'
import { termsIn } from '../../app/shopper/terms.ts'
import { FEEDBACK_ANSWERS, type ShopperSnapshot, viewOf } from '../../app/shopper/view.ts'
import { unpaid } from './unpaid.ts'

const agreed = JSON.parse(
  readFileSync(new URL('snapshot.json', import.meta.url), 'utf8'),
) as Snapshot

const theirs = readFileSync(new URL('../../extensions/shared/src/api.ts', import.meta.url), 'utf8')

/** A list of the extensions' own, read from its source: neither side imports the other. */
function listOf(name: string): string[] {
  const [, list] = new RegExp(`export const ${name} = \\[([^\\]]*)\\] as const`).exec(theirs) ?? []
  if (list === undefined) throw new Error(`The extensions have no list ${name} any more.`)
  return [...list.matchAll(/'(\w+)'/g)].map(([, code = '']) => code).sort()
}

const texts = JSON.parse(
  readFileSync(
    new URL('../../extensions/recovery-page/locales/en.default.json', import.meta.url),
    'utf8',
  ),
) as { story: Record<string, string> }

/** What makes an end this one, in the title of the page and in the account. */
const SAID_BY_BOTH: Record<string, RegExp> = {
  settled: /is settled/,
  cancelled: /subscription has ended/,
  left_open: /is still open/,
  kept_open: /order (is kept )?open/,
  stopped: /We have stopped/,
  closed: /order is closed|closed this order/,
}

/** The first case of the agreed answer, as our rows know it. */
function known(changes: Partial<ShopperSnapshot> = {}): ShopperSnapshot {
  return unpaid({
    caseId: 'case-1',
    contractId: 'gid://shopify/SubscriptionContract/1',
    failedAt: new Date('2026-11-12T09:00:00Z'),
    nextOrderAt: new Date('2026-12-12T09:00:00Z'),
    days: { earliest: '2026-11-17', latest: '2026-12-02', movesLeft: 2 },
    methodLabel: 'Visa 4242',
    productTitle: 'Coffee, monthly',
    amount: euro('24.00'),
    wholeAmount: euro('24.00'),
    shopName: 'Kaffeehaus',
    contact: 'help@kaffeehaus.example',
    accountUrl: 'https://kaffeehaus.myshopify.com/account',
    nextTryAt: new Date('2026-11-16T09:00:00Z'),
    deadlineAt: new Date('2026-12-03T09:00:00Z'),
    ...changes,
  })
}

const method = (id: string, label: string, current: boolean): SavedMethod => ({
  id: `gid://shopify/CustomerPaymentMethod/${id}`,
  label,
  current,
  usable: true,
})
const withMethods = (...methods: SavedMethod[]): Choosable => ({ methods, order: null })
const MINE = method('a1', 'Visa 4242', true)
const OTHER = method('b2', 'Mastercard 4444', false)

const euro = (amount: string) => ({ amount, currency: 'EUR' })
const lineId = (number: number) => `gid://shopify/SubscriptionLine/${number}`
const line = (
  number: number,
  title: string,
  [quantity, chosen]: [number, number],
  price: Money,
): OrderLine => ({ id: lineId(number), title, quantity, chosen, price })

const of = (number: number, productTitle: string): Partial<ShopperSnapshot> => ({
  caseId: `case-${number}`,
  contractId: `gid://shopify/SubscriptionContract/${number}`,
  productTitle,
})

describe('the answer that the extensions read', () => {
  const said: [string, ShopperSnapshot, Choosable][] = [
    [
      'a payment that has failed',
      known({
        offersSmaller: true,
        accountNotice: {
          stage: 'reminder',
          at: new Date('2026-11-14T09:00:00Z'),
          own: {
            subject: 'A short reminder',
            preview: '',
            blocks: [{ type: 'text', text: 'The payment is still open.' }],
            commercial: false,
          },
        },
      }),
      {
        methods: [MINE, OTHER],
        order: {
          lines: [
            line(11, 'House espresso 250 g', [2, 2], euro('8.00')),
            line(12, 'Paper filters', [1, 1], euro('4.00')),
          ],
          whole: euro('24.00'),
        },
      },
    ],
    [
      'a bank that waits',
      known({
        ...of(2, 'Tea, weekly'),
        amount: { amount: '1200', currency: 'JPY' },
        lane: 'AUTH',
        challengeOpen: true,
        nextTryAt: null,
      }),
      withMethods(MINE),
    ],
    [
      'a payment under way',
      known({ ...of(3, 'Cocoa'), instrument: 'bank_account', underWay: true }),
      withMethods(MINE),
    ],
    [
      'a payment that went through',
      known({
        ...of(4, 'Biscuits'),
        status: 'recovered',
        lane: 'ISSUER',
        recovered: euro('26.40'),
      }),
      NOTHING_TO_CHOOSE,
    ],
    [
      'a subscription that we paused',
      known({
        ...of(5, 'Honey'),
        status: 'exhausted',
        done: 'pause',
        mayResume: true,
        answersUntil: new Date('2027-03-03T09:00:00Z'),
        lane: 'CARD',
        instrument: 'paypal',
        methodLabel: null,
        feedback: 'easy',
      }),
      NOTHING_TO_CHOOSE,
    ],
    [
      'one that has ended',
      known({
        ...of(6, 'Jam'),
        status: 'cancelled',
        lane: 'CARD',
        hasMethod: false,
        instrument: 'other',
        methodLabel: null,
        finalAction: 'unpaid_order',
        feedback: 'other',
      }),
      NOTHING_TO_CHOOSE,
    ],
    [
      'an order that was skipped',
      known({ ...of(7, 'Juice'), status: 'skipped', feedback: 'other' }),
      NOTHING_TO_CHOOSE,
    ],
    [
      'an order of which the shopper takes less',
      known({
        ...of(8, 'Muesli'),
        offersSmaller: true,
        amount: euro('10.00'),
        smaller: {
          lines: [
            { id: lineId(81), title: 'Berry muesli', quantity: 1 },
            { id: lineId(82), title: 'Oat biscuits', quantity: 0 },
          ],
          amount: euro('10.00'),
        },
      }),
      {
        methods: [MINE],
        order: {
          lines: [
            line(81, 'Berry muesli', [3, 1], euro('6.00')),
            line(82, 'Oat biscuits', [1, 0], euro('2.00')),
          ],
          whole: euro('24.00'),
        },
      },
    ],
    [
      'a subscription that was resumed after its end',
      known({
        ...of(9, 'Oats'),
        status: 'exhausted',
        resumed: true,
        answersUntil: new Date('2027-03-03T09:00:00Z'),
        lane: 'CARD',
        instrument: 'paypal',
        methodLabel: null,
        feedback: 'easy',
      }),
      NOTHING_TO_CHOOSE,
    ],
  ]

  test.each(said.map(([name, row, choosable], at) => [name, row, choosable, at] as const))(
    'about %s is the server’s own, in every field',
    (_, row, choosable, at) => {
      // As it travels: what JSON drops would not arrive.
      expect(JSON.parse(JSON.stringify(caseFor(row, choosable)))).toEqual(agreed.cases[at])
    },
  )

  test('speaks of no other case', () => {
    expect(agreed.cases).toHaveLength(said.length)
    expect(agreed.version).toBe(1)
  })

  test('has payment terms as the brand’s one field holds them: an address, or words', () => {
    expect(termsIn('https://kaffeehaus.example/payment')).toEqual(agreed.policy)
    expect(termsIn('Changes until noon.')).toEqual({ text: 'Changes until noon.' })
    expect(theirs).toContain('policy: { url: string } | { text: string } | null')
  })
})

describe('the codes', () => {
  const STATES: CaseState['status'][] = [
    'open',
    'retrying',
    'awaiting_customer',
    'awaiting_merchant',
    'held',
    'in_doubt',
    'recovered',
    'paid_elsewhere',
    'exhausted',
    'skipped',
    'cancelled',
    'superseded',
    'written_off',
  ]
  const LANES: Lane[] = [
    'FUNDS',
    'ISSUER',
    'TECH',
    'CARD',
    'AUTH',
    'STOP',
    'MERCHANT',
    'STOCK',
    'UNKNOWN',
  ]
  const PAID_WITH: Instrument[] = ['card', 'shop_pay', 'paypal', 'bank_account', 'other']
  const WAITS = [null, 'paused', 'shopper_stop', 'order', 'merchant']
  const CIRCUMSTANCES: Partial<ShopperSnapshot>[] = [
    {},
    { hasMethod: false },
    { hasMethod: false, methodLabel: null },
    { challengeOpen: true },
    { underWay: true },
    { halted: true },
    { tryAgainFrom: new Date('2026-11-13T09:00:00Z') },
    { tryAgainFrom: new Date('2026-11-15T09:00:00Z'), restsLonger: true },
    { canTryAgain: false },
    { canTryAgain: false, triesUsedUp: true },
    { secureMailAt: new Date('2026-11-13T09:00:00Z') },
    { days: null },
    { days: { earliest: '2026-11-17', latest: '2026-12-02', movesLeft: 0 } },
    { mayResume: true, done: 'pause' },
    { resumed: true },
    { feedback: 'easy' },
    { offersSmaller: true },
    { done: 'skip' },
    { done: 'cancel' },
    { done: 'unpaid_order' },
    { finalAction: 'skip' },
    { finalAction: 'cancel' },
    { finalAction: 'leave' },
    { finalAction: 'unpaid_order' },
  ]

  /** Whatever the server can say of a case. */
  const all: Case[] = STATES.flatMap((status) =>
    LANES.flatMap((lane) =>
      PAID_WITH.flatMap((instrument) =>
        WAITS.flatMap((reason) =>
          CIRCUMSTANCES.flatMap(
            (more) =>
              caseFor(
                known({ status, lane, instrument, reason, ...more }),
                withMethods(MINE, OTHER),
              ) ?? [],
          ),
        ),
      ),
    ),
  )
  const every = (pick: (one: Case) => unknown) => [...new Set(all.map(pick))].sort()

  test('of status, reason, instrument, ending, way and action are those of the extensions', () => {
    expect(every(({ status }) => status)).toEqual(listOf('STATUSES'))
    expect(every(({ reason }) => reason)).toEqual(listOf('REASONS'))
    // The extensions have no words for a failed payment that waits for the shop.
    const failing = all.filter(({ status }) => status === 'failing')
    expect(failing.filter(({ reason }) => reason === 'merchant')).toEqual([])
    expect(every(({ ending }) => ending).filter(Boolean)).toEqual(listOf('ENDINGS'))
    expect(every(({ instrument }) => instrument)).toEqual(listOf('INSTRUMENTS'))
    expect(every(({ finalAction }) => finalAction)).toEqual(listOf('FINAL_ACTIONS'))
    // A new card in the profile: the extensions could lead there, and until a store shows that Shopify's dialog fails
    // for a lost method (docs/verify-on-a-store.md) the server never sends anybody.
    expect([...every(({ updateRoute }) => updateRoute), 'add_card'].sort()).toEqual(
      listOf('UPDATE_ROUTES'),
    )
    const names = new Set(all.flatMap(({ actions }) => Object.keys(actions)))
    expect([...names].sort()).toEqual(listOf('ACTION_NAMES'))
  })

  test('that say why something is not allowed are these', () => {
    const why = new Set(
      all.flatMap(({ actions }) => Object.values(actions).map(({ because }) => because)),
    )
    expect([...why].map(String).sort()).toEqual([
      'answered',
      'bank_first',
      'mail_sent',
      'method_first',
      'moved_twice',
      'no_challenge',
      'no_method',
      'no_more_tries',
      'no_try_planned',
      'not_offered',
      'not_paused',
      'not_smaller',
      'not_supported',
      'not_yet',
      'nothing_smaller',
      'null',
      'order',
      'over',
      'paused',
      'shop',
      'stopped',
      'tries_used_up',
      'under_way',
      'wait_a_day',
    ])
    const alone = caseFor(known(), withMethods(MINE))?.actions.use_method
    expect(alone).toEqual({ allowed: false, because: 'no_other_method' })
  })

  test('of a confirmation that is over say how, and from when it can be started again', () => {
    const over = (changes: Partial<ShopperSnapshot>) =>
      caseFor(known({ lane: 'AUTH', ...changes }), NOTHING_TO_CHOOSE)
    const tryAgainFrom = new Date('2026-11-13T09:00:00Z')
    expect(over({ code: 'EXPIRED_BUYER_ACTION', tryAgainFrom })).toMatchObject({
      status: 'failing',
      confirmation: { ranOut: true, from: '2026-11-13T09:00:00.000Z' },
      actions: { pay: { because: 'wait_a_day' } },
    })
    expect(over({ code: 'AUTHENTICATION_ERROR' })?.confirmation).toEqual({
      ranOut: false,
      from: null,
    })
    expect(over({ challengeOpen: true })?.confirmation).toBeNull()
    expect(over({ lane: 'FUNDS', tryAgainFrom })?.confirmation).toBeNull()
  })

  test('of an end say what the signed page says', () => {
    const ends: [string, Partial<ShopperSnapshot>][] = [
      ['settled', { status: 'paid_elsewhere' }],
      ['cancelled', { status: 'cancelled' }],
      ['cancelled', { status: 'exhausted', done: 'cancel' }],
      ['left_open', { status: 'exhausted', done: null }],
      ['left_open', { status: 'exhausted', done: 'leave' }],
      ['kept_open', { status: 'exhausted', done: 'unpaid_order' }],
      ['stopped', { status: 'held', reason: 'shopper_stop' }],
      ['closed', { status: 'written_off' }],
    ]
    const titles = new Map<string, string>()
    for (const [ending, changes] of ends) {
      expect(caseFor(known(changes), NOTHING_TO_CHOOSE)?.ending, ending).toBe(ending)
      const { title } = viewOf(known(changes))
      expect(titles.get(ending) ?? title, ending).toBe(title)
      titles.set(ending, title)
      const said = texts.story[ending]
      expect(said, ending).toMatch(SAID_BY_BOTH[ending] ?? /^$/)
      expect(title, ending).toMatch(SAID_BY_BOTH[ending] ?? /^$/)
    }
    expect([...titles.keys()].sort()).toEqual(listOf('ENDINGS'))
    expect(new Set(titles.values()).size).toBe(titles.size)
  })

  test('of the question at the end are those that the page knows', () => {
    const [asked] = all.flatMap(({ feedback }) => feedback ?? [])
    expect(asked).toEqual({ reasons: [...FEEDBACK_ANSWERS] })
    expect(agreed.cases.find(({ feedback }) => feedback)?.feedback).toEqual(asked)
  })
})
