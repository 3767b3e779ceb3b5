/**
 * What will happen in a chaos run, drawn from its seed: who subscribes with which card, what shoppers, merchants and
 * staff do and when, which worker is killed and when the database goes away. Pure: the same options give the same plan.
 */
import { pick, type Random, randomFrom } from '../../sandbox/random.ts'
import type { Card, CardScript, NewContract, NewShop } from '../sandbox-client.ts'
import { BEGINS, CALM_HOURS, type ChaosOptions, DAY_MS, HOUR_MS } from './options.ts'

export type Plan = {
  shops: PlannedShop[]
  /** In the order in which they are made. */
  contracts: PlannedContract[]
  /** Jumps of the calendar, the calm ones at the end included. */
  hops: number
  /** The first hop in which nothing goes wrong any more. */
  calmFrom: number
  /** By hop. */
  deeds: Map<number, Deed[]>
  kills: Map<number, Kill[]>
  restarts: Map<number, Restart>
}

export type PlannedShop = NewShop & { finalAction: 'pause' | 'skip' | 'cancel' | 'leave' }

export type PlannedContract = {
  cause: Cause
  contract: NewContract
  /** The place of an earlier contract whose customer and card this one shares. */
  shares: number | null
}

/** What a person does about one contract. */
export type Deed = { contract: number } & (
  | { type: 'replace_card' | 'update_card'; card: Card }
  | { type: PlainDeed }
  | { type: 'revoke_method'; reason: string }
  | { type: 'meet_bank'; result: 'pass' | 'fail' | 'abandon' }
  | { type: 'shopper_presses'; press: 'pay' | 'stop' | 'whole' }
  | { type: 'shopper_takes_less' }
  | { type: 'staff_presses'; intent: 'retry' | 'hold' | 'release' | 'close' }
)

type PlainDeed = 'pause' | 'activate' | 'cancel' | 'skip' | 'pay_elsewhere' | 'restock' | 'mend'

/** `afterMs`: real time, from the moment when a worker is seen at work; `worker`: who dies if none is. */
export type Kill = { afterMs: number; worker: number }
/** `afterMs`: real time, from the beginning of the hop. */
export type Restart = { afterMs: number; downMs: number; how: 'fast' | 'immediate' }

/** A contract's first charge fails; in a run of so many days there are later ones, too. At least so many in all. */
const LATER_ONES_FROM = 45
const CASES_A_CONTRACT = 1.3
/** In a shorter one a few come to nothing: skipped or cancelled before the charge, paid before anybody looked. */
const CASES_A_CONTRACT_WHEN_SHORT = 0.85

export function planChaos(options: ChaosOptions): Plan {
  // Streams of their own: another number of kills leaves the people as they are.
  const people = randomFrom(options.seed)
  const hopOf = (at: number) => Math.floor((at - BEGINS) / HOUR_MS / options.hop)
  const hops = Math.ceil((options.days * 24) / options.hop)
  const calmFrom = hops - Math.ceil(CALM_HOURS / options.hop)
  const shops = planShops(options)
  const count = Math.ceil(
    options.cases /
      (options.days < LATER_ONES_FROM ? CASES_A_CONTRACT_WHEN_SHORT : CASES_A_CONTRACT),
  )
  const contracts: PlannedContract[] = []
  const deeds = new Map<number, Deed[]>()
  for (let place = 0; place < count; place++) {
    const planned = planContract(people, shops, contracts, options)
    contracts.push(planned)
    for (const { at, deed } of planDeeds(people, place, planned)) {
      const hop = hopOf(at)
      if (hop < calmFrom) deeds.set(hop, [...(deeds.get(hop) ?? []), deed])
    }
  }
  return { shops, contracts, hops, calmFrom, deeds, ...planBreaks(options, calmFrom) }
}

// ---------------------------------------------------------------- shops and subscribers

const PLACES = [
  { zone: 'Europe/Berlin', currency: 'EUR', country: 'DE' },
  { zone: 'America/New_York', currency: 'USD', country: 'US' },
  { zone: 'Asia/Kathmandu', currency: 'NPR', country: 'NP' },
  { zone: 'Australia/Sydney', currency: 'AUD', country: 'AU' },
  { zone: 'America/Los_Angeles', currency: 'USD', country: 'US' },
  { zone: 'Europe/London', currency: 'GBP', country: 'GB' },
  { zone: 'America/Sao_Paulo', currency: 'BRL', country: 'BR' },
  { zone: 'Asia/Tokyo', currency: 'JPY', country: 'JP' },
] as const

const FINAL_ACTIONS = ['pause', 'skip', 'cancel', 'leave'] as const

/** From three to eight; a shop then has some thousand cases at most. */
function planShops({ cases }: ChaosOptions): PlannedShop[] {
  const count = Math.min(PLACES.length, Math.max(3, Math.ceil(cases / 800)))
  return PLACES.slice(0, count).map((place, at) => ({
    ...place,
    domain: `chaos-${at + 1}.myshopify.com`,
    name: `Chaos ${at + 1}`,
    email: `owner@chaos-${at + 1}.example`,
    finalAction: FINAL_ACTIONS[at % FINAL_ACTIONS.length] ?? 'pause',
  }))
}

export type Cause =
  | 'funds'
  | 'limit'
  | 'issuer'
  | 'card'
  | 'tech'
  | 'challenge'
  | 'auth'
  | 'stop'
  | 'merchant'
  | 'stock'
  | 'unknown'

/** Why renewals fail. Source: dunning-practice 16 (NSF .44, issuer .22, credential .11, …), with a share for rare ones. */
const CAUSES: [Cause, number][] = [
  ['funds', 0.4],
  ['issuer', 0.2],
  ['card', 0.16],
  ['limit', 0.05],
  ['tech', 0.04],
  ['challenge', 0.04],
  ['auth', 0.01],
  ['merchant', 0.03],
  ['stock', 0.03],
  ['stop', 0.02],
  ['unknown', 0.02],
]

const INTERVALS: [Pick<NewContract, 'interval' | 'intervalCount'>, number][] = [
  [{ interval: 'MONTH', intervalCount: 1 }, 0.75],
  [{ interval: 'WEEK', intervalCount: 1 }, 0.15],
  [{ interval: 'WEEK', intervalCount: 2 }, 0.1],
]

const NAMES = ['Mara', 'Jonas', 'Ada', 'Kemal', 'Ines', 'Tariq', 'Wen', 'Olu']

/** First charges fall into this part of the run, so that most cases come to their end within it. */
const FIRST_CHARGES_UNTIL = 0.6

function planContract(
  random: Random,
  shops: PlannedShop[],
  before: PlannedContract[],
  { days }: ChaosOptions,
): PlannedContract {
  const cause = pick(random, CAUSES)
  const place = before.length
  const shares = before.length > 20 && random() < 0.05 ? Math.floor(random() * place) : null
  const sibling = shares === null ? undefined : before[shares]
  const shop = sibling
    ? shops.find(({ domain }) => domain === sibling.contract.shop)
    : shops[Math.floor(random() * shops.length)]
  if (!shop) throw new Error('A shop that nobody planned.')
  const firstChargeAt = new Date(
    BEGINS + Math.floor((0.1 + random() * (days * FIRST_CHARGES_UNTIL - 0.1)) * 1_440) * 60_000,
  )
  return {
    cause,
    shares,
    contract: {
      shop: shop.domain,
      customer: {
        firstName: NAMES[place % NAMES.length] ?? 'Mara',
        lastName: `Case ${place}`,
        email: random() < 0.02 ? null : `shopper-${place}@chaos.example`,
        locale: random() < 0.2 ? 'de' : 'en',
        country: shop.country,
      },
      card: cardFor(random, cause, firstChargeAt),
      ...pick(random, INTERVALS),
      firstChargeAt: firstChargeAt.toISOString(),
      price: (5 + Math.floor(random() * 9_000) / 100).toFixed(2),
      quantity: place % 3 === 0 ? 2 : 1,
      productTitle: 'Chaos, 1 kg',
      ...(cause === 'stock' ? { stock: 0 } : {}),
      billerStatesOrigin: random() < 0.8,
    },
  }
}

function cardFor(random: Random, cause: Cause, firstChargeAt: Date): Card {
  return {
    instrument: pick(random, [
      ['card', 0.8],
      ['shop_pay', 0.12],
      ['paypal', 0.08],
    ]),
    brand: 'visa',
    last4: String(1000 + Math.floor(random() * 9_000)),
    expiryMonth: 1 + Math.floor(random() * 12),
    expiryYear: 2028 + Math.floor(random() * 4),
    script: scriptFor(random, cause, firstChargeAt),
  }
}

/** Two in five of those short of money are told otherwise by their bank. Source: dunning-practice 16, "code noise". */
const SHORT_OF_MONEY: [string, number][] = [
  ['INSUFFICIENT_FUNDS', 0.6],
  ['CARD_DECLINED', 0.2],
  ['DO_NOT_HONOR', 0.2],
]
const ISSUERS: [string, number][] = [
  ['DO_NOT_HONOR', 0.35],
  ['CARD_DECLINED', 0.3],
  ['GENERIC_ERROR', 0.15],
  ['PAYMENT_METHOD_DECLINED', 0.1],
  ['CALL_ISSUER', 0.1],
]
const TECHNICAL: [string, number][] = [
  ['PROCESSING_ERROR', 0.4],
  ['TRANSIENT_ERROR', 0.4],
  ['UNEXPECTED_ERROR', 0.2],
]
const DEAD_CARDS: [string, number][] = [
  ['EXPIRED_CARD', 0.5],
  ['INCORRECT_CVC', 0.2],
  ['INVALID_NUMBER', 0.15],
  ['EXPIRED_PAYMENT_METHOD', 0.15],
]
const SHOPS_OWN: [string, number][] = [
  ['INVALID_SHIPPING_ADDRESS', 0.5],
  ['MERCHANT_RULE', 0.3],
  ['INVALID_CURRENCY', 0.2],
]
const NEVER_AGAIN: [string, number][] = [
  ['FRAUD_SUSPECTED', 0.5],
  ['RETRY_DECLINED', 0.3],
  ['CANCELLED_PAYMENT', 0.2],
]
const NEW_CODES: [string, number][] = [
  ['payment:MARTIAN_ERROR', 0.6],
  ['general:VENUSIAN_ERROR', 0.4],
]

function scriptFor(random: Random, cause: Cause, firstChargeAt: Date): CardScript {
  switch (cause) {
    case 'funds':
      return random() < 0.3
        ? {
            type: 'no_money_until',
            at: new Date(firstChargeAt.getTime() + random() * 16 * DAY_MS).toISOString(),
          }
        : answers(random, SHORT_OF_MONEY, 0.35)
    case 'limit':
      return answers(random, [['TRANSACTION_LIMIT_EXCEEDED', 1]], 0.5)
    case 'issuer':
      return answers(random, ISSUERS, 0.2)
    case 'tech':
      return answers(random, TECHNICAL, 0.6)
    case 'card':
      return { type: 'code', code: pick(random, DEAD_CARDS) }
    case 'challenge':
      return { type: 'challenge', then: random() < 0.8 ? 'OK' : 'INSUFFICIENT_FUNDS' }
    case 'auth':
      return { type: 'codes', codes: ['AUTHENTICATION_REQUIRED', 'OK'] }
    case 'stop':
      return { type: 'code', code: pick(random, NEVER_AGAIN) }
    case 'merchant':
      return { type: 'codes', codes: [pick(random, SHOPS_OWN), 'OK'] }
    case 'stock':
      return { type: 'ok' }
    case 'unknown':
      return {
        type: 'codes',
        codes: [pick(random, NEW_CODES), random() < 0.5 ? 'OK' : 'payment:MARTIAN_ERROR'],
      }
  }
}

/** A dozen answers of one bank, the first a no. */
function answers(random: Random, codes: [string, number][], paid: number): CardScript {
  const rest = Array.from({ length: 11 }, () => (random() < paid ? 'OK' : pick(random, codes)))
  return { type: 'codes', codes: [pick(random, codes), ...rest] }
}

// ---------------------------------------------------------------- what people do

function planDeeds(
  random: Random,
  contract: number,
  { cause, contract: { firstChargeAt, card, quantity = 1 } }: PlannedContract,
): { at: number; deed: Deed }[] {
  const first = Date.parse(firstChargeAt)
  const found: { at: number; deed: Deed }[] = []
  const maybe = (chance: number, fromDay: number, days: number, deed: () => Deed) => {
    // Drawn whether or not it happens, so that one more chance here does not move all the others.
    const [lot, when] = [random(), random()]
    const at = first + (fromDay + when * days) * DAY_MS
    if (lot < chance) found.push({ at, deed: deed() })
  }
  const plain = (type: PlainDeed) => (): Deed => ({ contract, type })
  const another = (): Card => ({
    ...card,
    last4: String(1000 + Math.floor(random() * 9_000)),
    script: random() < 0.75 ? { type: 'ok' } : answers(random, SHORT_OF_MONEY, 0.4),
  })
  const dead = cause === 'card' || cause === 'stop'
  maybe(dead ? 0.4 : 0.08, 0.1, 12, () => ({ contract, type: 'replace_card', card: another() }))
  maybe(dead ? 0.1 : 0.03, 0.1, 12, () => ({ contract, type: 'update_card', card: another() }))
  const pauses = random() < 0.05
  const pausedAt = random() * 15
  if (pauses) {
    found.push({ at: first + pausedAt * DAY_MS, deed: { contract, type: 'pause' } })
    maybe(0.7, pausedAt, 15, plain('activate'))
  }
  maybe(0.04, -0.5, 18, plain('cancel'))
  maybe(0.04, -0.5, 12, plain('skip'))
  maybe(0.05, 0.1, 14, plain('pay_elsewhere'))
  maybe(0.015, 0, 14, () => ({
    contract,
    type: 'revoke_method',
    reason: pick(random, [
      ['MERGED', 0.4],
      ['CUSTOMER_REDACTED', 0.2],
      ['MANUALLY_REVOKED', 0.4],
    ]),
  }))
  maybe(cause === 'stock' ? 0.6 : 0, 0.2, 6, plain('restock'))
  maybe(cause === 'merchant' ? 0.6 : 0, 0.2, 10, plain('mend'))
  for (const result of ['pass', 'fail', 'abandon'] as const)
    maybe(cause === 'challenge' ? 0.3 : 0, 0.05, 3.2, () => ({
      contract,
      type: 'meet_bank',
      result,
    }))
  maybe(0.06, 0.1, 12, () => ({ contract, type: 'shopper_presses', press: 'pay' }))
  maybe(0.01, 0.1, 12, () => ({ contract, type: 'shopper_presses', press: 'stop' }))
  maybe(0.06, 0.1, 12, () => ({ contract, type: 'staff_presses', intent: 'retry' }))
  const holds = random() < 0.03
  const heldAt = random() * 10
  if (holds) {
    const held = { contract, type: 'staff_presses', intent: 'hold' } as const
    found.push({ at: first + heldAt * DAY_MS, deed: held })
    maybe(0.7, heldAt, 8, () => ({ contract, type: 'staff_presses', intent: 'release' }))
  }
  maybe(0.01, 0.5, 12, () => ({ contract, type: 'staff_presses', intent: 'close' }))
  const isMany = quantity > 1
  maybe(isMany ? 0.4 : 0, 0.1, 6, () => ({ contract, type: 'shopper_takes_less' }))
  maybe(isMany ? 0.1 : 0, 2, 8, () => ({ contract, type: 'shopper_presses', press: 'whole' }))
  maybe(isMany ? 0.1 : 0, 4, 8, () => ({ contract, type: 'shopper_takes_less' }))
  return found
}

// ---------------------------------------------------------------- what breaks

/** A seed that is not the people's. */
const OF_THE_BREAKS = 0x9e3779b9

/** Spread evenly over the hops before the calm, each at a random one of its stretch. */
function planBreaks(
  { seed, kills, restarts, workers, hop: hopHours }: ChaosOptions,
  calmFrom: number,
): Pick<Plan, 'kills' | 'restarts'> {
  const random = randomFrom(seed ^ OF_THE_BREAKS)
  const first = Math.ceil(6 / hopHours) // the first failures have come by then
  const hopOf = (place: number, of: number) =>
    Math.floor(first + ((place + random()) / of) * (calmFrom - first))
  const plan = { kills: new Map<number, Kill[]>(), restarts: new Map<number, Restart>() }
  for (let place = 0; place < kills; place++) {
    const hop = hopOf(place, kills)
    const kill = { afterMs: Math.floor(random() * 40), worker: Math.floor(random() * workers) }
    plan.kills.set(hop, [...(plan.kills.get(hop) ?? []), kill])
  }
  for (let place = 0; place < restarts; place++) {
    plan.restarts.set(hopOf(place, restarts), {
      afterMs: Math.floor(random() * 300),
      downMs: Math.floor(random() * 1_500),
      how: random() < 0.5 ? 'fast' : 'immediate',
    })
  }
  return plan
}
