/**
 * The money oracle: every charge that was asked for, and what was wrong with it.
 *
 * It believes nothing that the app says of itself. It sees what Shopify and the bank see: who asked, when, for which
 * cycle, with which card, and how contract and cycle stood at that moment. Its table of classes is its own.
 */
import { cycleOf } from './cycles.ts'
import { type Charge, type Contract, type Method, tail, type World } from './world.ts'

export type FlagKind =
  | 'double_charge'
  | 'closed_cycle'
  | 'before_date'
  | 'after_next_date'
  | 'live_attempt'
  | 'within_24h'
  | 'over_8_on_cycle'
  | 'over_10_on_method'
  | 'forbidden_class'

export type Flag = {
  kind: FlagKind
  at: number
  contractId: string
  cycleIndex: number
  /** Who made the charge. Another biller's, made while one of ours was under way, is nothing that we could prevent. */
  by: Charge['by']
  detail: string
}

const DAY_MS = 24 * 3600 * 1000

/** The shortest gap between two attempts on one cycle with one card. Source: dunning-practice.md, H2. */
const GAP_MS = DAY_MS
/** The most attempts on one cycle, anyone's counted. Source: dunning-practice.md, H3. */
const MOST_ON_CYCLE = 8
/** The most attempts on one payment method in any 30 days, over all contracts. Source: dunning-practice.md, H4. */
const MOST_ON_METHOD = 10
const METHOD_WINDOW_MS = 30 * DAY_MS
/** The one retry of a payment code that nobody knows waits this long. Source: dunning-practice.md, section 3. */
const UNKNOWN_GAP_MS = 3 * DAY_MS

/** Notes a request at the moment when Shopify took it. */
export function noteCharge(
  world: World,
  contract: Contract,
  charge: Pick<Charge, 'cycleIndex' | 'attemptId' | 'key' | 'amount' | 'currency' | 'by' | 'actor'>,
): Charge {
  const cycle = cycleOf(world, contract, charge.cycleIndex)
  const method = contract.methodId ? (world.methods.get(contract.methodId) ?? null) : null
  const noted: Charge = {
    ...charge,
    at: world.now,
    shop: contract.shop,
    contractId: contract.id,
    methodId: contract.methodId,
    result: 'pending',
    family: null,
    reachedBank: false,
    settledAt: null,
    seen: {
      status: contract.status,
      skipped: cycle.skipped,
      billed: cycle.billedBy !== null,
      expectedAt: cycle.expectedAt,
      nextExpectedAt: cycleOf(world, contract, charge.cycleIndex + 1).expectedAt,
      live: liveOn(world, contract, charge),
      card: method ? cardPrint(method) : null,
      savedAt: method?.changedAt ?? null,
      mendedAt: contract.mendedAt,
    },
  }
  world.charges.push(noted)
  world.chargeOf.set(noted.attemptId, noted)
  return noted
}

/** The key of another attempt on the cycle whose money may still move; null: there is none. */
function liveOn(
  world: World,
  contract: Contract,
  { cycleIndex, attemptId }: Pick<Charge, 'cycleIndex' | 'attemptId'>,
): string | null {
  const live = world.attempts
    .of('contract', contract.id)
    .find(
      (each) =>
        each.cycleIndex === cycleIndex &&
        each.id !== attemptId &&
        (each.outcome.type === 'pending' || each.outcome.type === 'action_required'),
    )
  return live?.key ?? null
}

/** What tells one card from another, and an agreement that had ended from the one approved since. */
export const cardPrint = (method: Method): string =>
  `${tail(method.id)} ${method.last4} ${method.expiryMonth}/${method.expiryYear}${method.inactive ? ' ended' : ''}`

/** Everything that was wrong, oldest first. Pure. */
export function flagsOf(charges: Charge[]): Flag[] {
  const flags: Flag[] = []
  const cycles = new Map<string, Charge[]>()
  const methods = new Map<string, Charge[]>()
  const lastPaid = new Map<string, number>()
  for (const charge of charges) {
    const id = `${charge.contractId} ${charge.cycleIndex}`
    const earlier = cycles.get(id) ?? []
    const onMethod = charge.methodId ? (methods.get(charge.methodId) ?? []) : []
    const shopPaidAt = lastPaid.get(charge.shop) ?? null
    const found = [...wrongs(charge, earlier, shopPaidAt), ...overuse(charge, onMethod)]
    for (const [kind, detail] of found)
      flags.push({
        kind,
        detail,
        at: charge.at,
        contractId: charge.contractId,
        cycleIndex: charge.cycleIndex,
        by: charge.by,
      })
    cycles.set(id, [...earlier, charge])
    if (charge.methodId) methods.set(charge.methodId, [...onMethod, charge])
    if (charge.result === 'paid') lastPaid.set(charge.shop, charge.at)
  }
  return flags
}

/**
 * H4. A payment that went through is no attempt that a card network would hold against anybody, and nobody tells us of
 * another biller's: what was declined counts, whoever asked.
 */
function overuse(charge: Charge, onMethod: Charge[]): [FlagKind, string][] {
  if (charge.by === 'biller') return []
  const since = charge.at - METHOD_WINDOW_MS
  const used = onMethod.filter(({ at, result }) => at > since && result !== 'paid').length
  if (used < MOST_ON_METHOD) return []
  return [['over_10_on_method', `${charge.key}: ${used} attempts on this method in 30 days before`]]
}

function wrongs(
  charge: Charge,
  earlier: Charge[],
  shopPaidAt: number | null,
): [FlagKind, string][] {
  const found: [FlagKind, string][] = []
  const say = (kind: FlagKind, detail: string) => found.push([kind, `${charge.key}: ${detail}`])

  const paid = earlier.find((each) => each.result === 'paid')
  if (charge.result === 'paid' && paid) say('double_charge', `${paid.key} had paid this cycle`)
  if (charge.by === 'biller') return found

  const { seen } = charge
  if (seen.billed) say('closed_cycle', 'the cycle was billed already')
  if (seen.skipped) say('closed_cycle', 'the cycle was skipped')
  if (seen.status !== 'ACTIVE' && seen.status !== 'FAILED')
    say('closed_cycle', `the contract was ${seen.status}`)
  if (charge.at < seen.expectedAt)
    say('before_date', `the cycle is due ${new Date(seen.expectedAt).toISOString()}`)
  if (seen.nextExpectedAt > seen.expectedAt && charge.at >= seen.nextExpectedAt)
    say('after_next_date', 'the following cycle was due by then')
  if (seen.live) say('live_attempt', `${seen.live} had no result yet`)
  if (earlier.length >= MOST_ON_CYCLE)
    say('over_8_on_cycle', `${earlier.length} attempts on this cycle before`)

  const last = earlier.at(-1)
  if (!last) return found
  const sameCard = last.seen.card === seen.card
  // Another card in between is no excuse: each card is tried once a day.
  const recent = earlier.findLast(
    (each) => each.seen.card === seen.card && charge.at - each.at < GAP_MS,
  )
  if (recent)
    say(
      'within_24h',
      `${recent.key} was ${hours(charge.at - recent.at)} h before, with the same card`,
    )
  const providerIsBack = shopPaidAt !== null && shopPaidAt > last.at
  const forbidden = whyForbidden(charge, last, sameCard, providerIsBack)
  if (forbidden) say('forbidden_class', forbidden)
  return found
}

/** Why the answer to the attempt before forbids this one; null when it does not. */
function whyForbidden(
  charge: Charge,
  last: Charge,
  sameCard: boolean,
  providerIsBack: boolean,
): string | null {
  const mended = charge.seen.mendedAt !== null && charge.seen.mendedAt >= last.at
  switch (classOf(last)) {
    case 'FREE':
      return null
    case 'PAID':
      return `${last.result} says the money was there already`
    case 'MERCHANT':
      if (providerIsBack && OF_THE_PROVIDER.includes(last.result)) return null
      return mended || !sameCard || charge.actor === 'MERCHANT'
        ? null
        : `nobody had cleared the cause of ${last.result}`
    case 'AUTH':
      return mended || !sameCard || charge.actor === 'CUSTOMER'
        ? null
        : `only the shopper can pass ${last.result}`
    case 'CARD':
      if (ENTERED_AGAIN.includes(last.result) && (charge.seen.savedAt ?? 0) > last.at) return null
      return sameCard ? `${last.result} asks for another card first` : null
    case 'STOP':
      return sameCard ? `${last.result} asks for another card first` : null
    case 'UNKNOWN':
      return sameCard && charge.at - last.at < UNKNOWN_GAP_MS
        ? `${last.result} is a code nobody knows: one retry, no sooner than 72 h`
        : null
  }
}

const hours = (ms: number): string => (ms / 3_600_000).toFixed(1)

/** The same card can pass once its code or its address was entered again. */
const ENTERED_AGAIN = [
  'INVALID_CVC',
  'INCORRECT_CVC',
  'INCORRECT_ZIP',
  'INCORRECT_ADDRESS',
  'INVALID_BILLING_ADDRESS',
]

/** Merchant's codes that blame the shop's payment set-up: a charge that passes elsewhere in the shop clears them. */
const OF_THE_PROVIDER = [
  'MERCHANT_ACCOUNT_ERROR',
  'PAYMENT_PROVIDER_IS_NOT_ENABLED',
  'NON_TEST_ORDER_LIMIT_REACHED',
  'INVALID_CURRENCY',
  'PURCHASE_TYPE_NOT_SUPPORTED',
  'TEST_MODE',
  'PAYMENT_METHOD_INCOMPATIBLE_WITH_GATEWAY_CONFIG',
]

type OracleClass = 'FREE' | 'CARD' | 'AUTH' | 'STOP' | 'PAID' | 'MERCHANT' | 'UNKNOWN'

function classOf({ result, family }: Charge): OracleClass {
  if (['paid', 'pending', 'unpaid_order'].includes(result)) return 'FREE'
  if (result === 'action_required') return 'FREE' // flagged as a live attempt
  for (const [name, codes] of Object.entries(CLASSES)) {
    if (codes.includes(result)) return name as OracleClass
  }
  if (family === 'unexpected') return 'FREE'
  return family === 'payment' ? 'UNKNOWN' : 'MERCHANT'
}

/**
 * Codes by what a retry of them means. FREE: may be retried after a day. Source: dunning-practice.md, section 3, read
 * on its own and not shared with the app.
 */
const CLASSES: Record<Exclude<OracleClass, 'UNKNOWN'>, string[]> = {
  FREE: [
    'INSUFFICIENT_FUNDS',
    'TRANSACTION_LIMIT_EXCEEDED',
    'CARD_DECLINED',
    'PAYMENT_METHOD_DECLINED',
    'DO_NOT_HONOR',
    'CALL_ISSUER',
    'GENERIC_ERROR',
    'PROCESSING_ERROR',
    'PAYMENT_PROVIDER_ERROR',
    'TRANSIENT_ERROR',
    'UNEXPECTED_ERROR',
    'PAYPAL_ERROR_GENERAL',
    'INSUFFICIENT_INVENTORY',
    'INVENTORY_ALLOCATIONS_NOT_FOUND',
  ],
  CARD: [
    'EXPIRED_CARD',
    'EXPIRED_PAYMENT_METHOD',
    'INVALID_EXPIRY_DATE',
    'INVALID_NUMBER',
    'INCORRECT_NUMBER',
    'CARD_NUMBER_INCORRECT',
    'INVALID_CVC',
    'INCORRECT_CVC',
    'INCORRECT_PIN',
    'INCORRECT_ZIP',
    'INCORRECT_ADDRESS',
    'INVALID_BILLING_ADDRESS',
    'INVALID_PAYMENT_METHOD',
    'PAYMENT_METHOD_NOT_FOUND',
    'PAYMENT_METHOD_NOT_SPECIFIED',
    'PAYMENT_METHOD_UNSUPPORTED',
    'BUYER_CANCELED_PAYMENT_METHOD',
    'INVALID_CUSTOMER_BILLING_AGREEMENT',
    'AMOUNT_TOO_LARGE',
  ],
  AUTH: [
    'AUTHENTICATION_REQUIRED',
    'AUTHENTICATION_FAILED',
    'AUTHENTICATION_ERROR',
    'OFF_SESSION_REJECTED',
    'EXPIRED_BUYER_ACTION',
    'CONFIRMATION_REJECTED',
  ],
  STOP: ['FRAUD_SUSPECTED', 'RETRY_DECLINED', 'CANCELLED_PAYMENT'],
  PAID: ['INVOICE_ALREADY_PAID'],
  MERCHANT: [
    'INVALID_SHIPPING_ADDRESS',
    'MERCHANT_ACCOUNT_ERROR',
    'MERCHANT_RULE',
    'PAYMENT_PROVIDER_IS_NOT_ENABLED',
    'PAYMENT_METHOD_INCOMPATIBLE_WITH_GATEWAY_CONFIG',
    'TEST_MODE',
    'NON_TEST_ORDER_LIMIT_REACHED',
    'INVALID_CURRENCY',
    'INVALID_AMOUNT',
    'AMOUNT_TOO_SMALL',
    'INVALID_REQUEST',
    'INVALID_PURCHASE_TYPE',
    'PURCHASE_TYPE_NOT_SUPPORTED',
    'FREE_GIFT_CARD_NOT_ALLOWED',
    'CUSTOMER_INVALID',
    'CUSTOMER_NOT_FOUND',
  ],
}
