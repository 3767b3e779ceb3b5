/**
 * Everything that exists in the local Shopify: shops, customers, cards, contracts, attempts, orders, stock.
 *
 * Plain data. Instants are milliseconds since the epoch, in world time. Ids are Shopify gids, as the Admin API
 * shows them. The files beside this one hold what can happen to it.
 */
import { createHash } from 'node:crypto'
import { type Agenda, newAgenda } from './agenda.ts'
import { Indexed } from './indexed.ts'

export type World = {
  now: number
  shops: Map<string, Shop>
  customers: Map<string, Customer>
  methods: Indexed<Method, 'customer'>
  contracts: Indexed<Contract, 'shop' | 'customer'>
  attempts: Indexed<BillingAttempt, 'shop' | 'contract' | 'key'>
  orders: Indexed<Order, 'shop' | 'contract' | 'customer'>
  variants: Map<string, Variant>
  drafts: Map<string, Draft>
  /** What the money oracle has seen. */
  charges: Charge[]
  /** The same, by attempt. */
  chargeOf: Map<string, Charge>
  refusals: Refusal[]
  /** What will happen by itself, and when. */
  agenda: Agenda
  /** Where news goes: the webhooks. */
  tell: (news: News) => unknown
  /** Where a mail of Shopify's own goes: the mailbox. */
  mail: (mail: ShopifyMail) => unknown
  lastId: number
  /** When an attempt or a contract last changed. */
  changedAt: number
}

export type News = { topic: string; shop: string; body: unknown }
export type ShopifyMail = { shop: string; to: string; subject: string; text: string; link: string }

export type Plan = 'standard' | 'advanced' | 'plus'

export type Shop = {
  id: string
  domain: string
  name: string
  email: string
  /** IANA zone: cycles are dated in it. */
  zone: string
  currency: string
  country: string
  /** Sets the restore rate of the query budget. */
  plan: Plan
  installed: boolean
  /** Scopes granted at install; changes when shopify.app.toml changes and the merchant approves. */
  scopes: string[]
  createdAt: number
  /** Until then Shopify refuses new attempts of this shop with THROTTLED. */
  throttledUntil: number | null
  /** While set, the payment processor of the shop is down and every charge is answered with this. */
  processorFault: Answer | null
}

export type Customer = {
  id: string
  shop: string
  firstName: string
  lastName: string
  email: string | null
  locale: string
  country: string
  province: string | null
  city: string | null
  /** E.164; null or absent: Shopify has none. */
  phone?: string | null
  /** They agreed to texts of the shop. */
  acceptsTexts?: boolean
  createdAt: number
  /** What the shop knows of them from before this world; nothing unless given. */
  past?: CustomerPast
}

export type CustomerPast = {
  tags?: string[]
  /** Spent before, in the shop's currency, and in how many orders. */
  spent?: string
  orders?: number
  /** Consents to marketing by e-mail. */
  acceptsEmail?: boolean
}

export type Instrument = 'card' | 'shop_pay' | 'paypal' | 'bank_account'

/** One answer of the bank. A code may carry its family: `general:MARTIAN_ERROR`. */
export type Answer = string

export type CardScript =
  | { type: 'ok' }
  | { type: 'code'; code: Answer }
  | { type: 'codes'; codes: Answer[] }
  | { type: 'code_a_day'; codes: Answer[] }
  | { type: 'no_money_until'; at: string }
  /** Decimal string: that much is on it, and no more. */
  | { type: 'no_money_above'; amount: string }
  | { type: 'expired' }
  | { type: 'moody'; codes: Answer[]; okOnAttempt: number }
  | { type: 'processor_down'; until: string }
  | { type: 'challenge'; then: Answer }

export type Card = {
  instrument: Instrument
  brand: string
  last4: string
  expiryMonth: number
  expiryYear: number
  script: CardScript
}

/** A saved payment method. */
export type Method = Card & {
  id: string
  token: string
  shop: string
  customerId: string
  createdAt: number
  /** When the card behind it changed: last four or expiry. */
  changedAt: number
  revokedAt: number | null
  revokedReason: string | null
  /** How often the bank was asked for this card, and on which local days first. */
  asked: number
  askedOnDays: string[]
  /** The shopper passed the bank's challenge for this card. */
  authenticated: boolean
  /** PayPal and Shop Pay: the shopper ended the agreement behind it, and Shopify knows. */
  inactive: boolean
  /** Instants of failures since the last success. */
  failures: number[]
}

export type ContractStatus = 'ACTIVE' | 'PAUSED' | 'CANCELLED' | 'EXPIRED' | 'FAILED'
export type IntervalUnit = 'DAY' | 'WEEK' | 'MONTH' | 'YEAR'

/** What is not the plain rule about one cycle. A cycle without an entry is plain. */
export type CycleNote = {
  skipped: boolean
  edited: boolean
  /** The moved date, when the schedule was edited. */
  billingDate: number | null
  /** What it ships, when its order was edited. */
  lines: Line[] | null
  /** The order that billed it. */
  billedBy: string | null
}

export type Line = {
  id: string
  variantId: string
  title: string
  /** Of one unit, major units as a decimal string. */
  price: string
  quantity: number
}

export type Contract = {
  id: string
  shop: string
  customerId: string
  methodId: string | null
  status: ContractStatus
  interval: IntervalUnit
  intervalCount: number
  /** When cycle 1 is expected to be charged. */
  firstChargeAt: number
  nextBillingDate: number | null
  /** Price of one unit, major units as a decimal string. */
  price: string
  quantity: number
  deliveryPrice: string
  /** Where it ships to when that is not the customer's own address. */
  shipsTo: Address | null
  /** Added to the order's total, not to the line's price. 0.19 means 19 %. */
  taxRate: number
  productTitle: string
  variantId: string
  /** What it ships beside that. */
  also: Line[]
  originOrderId: string
  underReview: boolean
  cycles: Map<number, CycleNote>
  lastPaymentStatus: 'SUCCEEDED' | 'FAILED' | null
  lastErrorType: 'CUSTOMER_ERROR' | 'INVENTORY_ERROR' | 'OTHER' | 'PAYMENT_ERROR' | null
  createdAt: number
  updatedAt: number
  revision: number
  /** When somebody told the oracle that the cause of the last failure is gone. */
  mendedAt: number | null
}

export type Address = {
  address1: string
  city: string | null
  zip: string | null
  /** False: Shopify cannot ship there and answers INVALID_SHIPPING_ADDRESS. */
  accepted: boolean
}

export type AttemptOutcome =
  | { type: 'pending' }
  | { type: 'action_required'; status: 'OFF_SESSION_REJECTED' | 'ON_SESSION_CHALLENGED' }
  | { type: 'succeeded'; orderId: string }
  | { type: 'failed'; code: string; family: Family }

export type Family = 'payment' | 'inventory' | 'general' | 'unexpected'

export type BillingAttempt = {
  id: string
  shop: string
  contractId: string
  cycleIndex: number
  methodId: string | null
  key: string
  originTime: number | null
  allowOverselling: boolean
  createUnpaidOrder: boolean
  createdAt: number
  completedAt: number | null
  outcome: AttemptOutcome
  by: 'app' | 'biller'
  /** What the bank was asked about, as the record of the payment keeps it; absent: it never came to a payment. */
  charged?: Pick<Card, 'instrument' | 'brand' | 'last4' | 'expiryMonth' | 'expiryYear'>
  /** Its cycle's list leaves it out, as has been seen in the field; the contract's list shows it. */
  unlisted?: boolean
}

export type Order = {
  id: string
  shop: string
  contractId: string
  customerId: string
  name: string
  total: string
  currency: string
  financialStatus: 'PAID' | 'PENDING'
  /** Given back so far, major units as a decimal string. */
  refunded: string
  createdAt: number
}

export type Variant = {
  id: string
  productId: string
  shop: string
  title: string
  /** Null: stock is not tracked. */
  stock: number | null
  /** On the CDN; null: the product has none. */
  pictureUrl: string | null
}

export type Draft = {
  id: string
  contractId: string
  /** The cycle whose order it edits; null: it edits the contract. */
  cycleIndex: number | null
  /** Of the cycle's order, as they are to be. */
  lines: Line[] | null
  revision: number
  committed: boolean
  paymentMethodId: string | null
  status: ContractStatus | null
  nextBillingDate: number | null
}

/** One accepted request for money. */
export type Charge = {
  at: number
  shop: string
  contractId: string
  cycleIndex: number
  attemptId: string
  key: string
  methodId: string | null
  amount: string
  currency: string
  /** `paid`, a decline code, or for the moment `pending` or `action_required`; `unpaid_order` takes no money. */
  result: string
  /** The member of the error union that carried the code. */
  family: string | null
  by: 'app' | 'biller'
  /** On whose behalf Shopify was told it was: CUSTOMER, MERCHANT or PARTNER. */
  actor?: string | null
  /** False: it failed before the bank, for want of stock or of a card. */
  reachedBank: boolean
  /** When its result came; null: there is none yet. */
  settledAt: number | null
  /** How things stood when it was asked for. */
  seen: {
    status: ContractStatus
    skipped: boolean
    billed: boolean
    expectedAt: number
    nextExpectedAt: number
    /** Another attempt on this cycle that had no result yet, by its key. */
    live: string | null
    /** Id, last four and expiry: another value means another card. */
    card: string | null
    /** When it was last saved. */
    savedAt: number | null
    /** When the cause of an earlier failure was last said or seen to be gone. */
    mendedAt: number | null
  }
}

/** A request that Shopify would not take. No money moved. */
export type Refusal = {
  at: number
  shop: string
  contractId: string
  cycleIndex: number | null
  key: string
  code: string
}

export function emptyWorld(now: number, tell: World['tell'], mail: World['mail']): World {
  return {
    now,
    shops: new Map(),
    customers: new Map(),
    methods: new Indexed({ customer: ({ customerId }) => customerId }),
    contracts: new Indexed({ shop: ({ shop }) => shop, customer: ({ customerId }) => customerId }),
    attempts: new Indexed({
      shop: ({ shop }) => shop,
      contract: ({ contractId }) => contractId,
      key: ({ shop, key }) => `${shop} ${key}`,
    }),
    orders: new Indexed({
      shop: ({ shop }) => shop,
      contract: ({ contractId }) => contractId,
      customer: ({ customerId }) => customerId,
    }),
    variants: new Map(),
    drafts: new Map(),
    charges: [],
    chargeOf: new Map(),
    refusals: [],
    agenda: newAgenda(),
    tell,
    mail,
    lastId: 1000,
    changedAt: now,
  }
}

/** `gid://shopify/<type>/<number>`, the next free one. */
export function newId(world: World, type: string): string {
  world.lastId += 1
  return `gid://shopify/${type}/${world.lastId}`
}

/** Payment methods have a token for an id, not a number. */
export function newMethodId(world: World): { id: string; token: string } {
  world.lastId += 1
  const token = createHash('sha256').update(`method ${world.lastId}`).digest('hex').slice(0, 32)
  return { id: `gid://shopify/CustomerPaymentMethod/${token}`, token }
}

/** The last part of a gid. */
export const tail = (id: string): string => id.slice(id.lastIndexOf('/') + 1)

/** What the world was asked to do and cannot. The message says what to do instead. */
export class NotPossible extends Error {
  readonly status: number
  constructor(message: string, status = 409) {
    super(message)
    this.status = status
  }
}

/** Looks up what must exist: `find(world.contracts, id, 'contract')`. Takes a gid or its last part. */
export function find<T extends { id: string }>(all: Map<string, T>, id: string, what: string): T {
  const found = all.get(id) ?? (id.includes('/') ? undefined : byTail(all, id))
  if (!found) throw new NotPossible(`There is no ${what} ${id} in this world.`, 404)
  return found
}

function byTail<T extends { id: string }>(all: Map<string, T>, id: string): T | undefined {
  for (const each of all.values()) if (tail(each.id) === id) return each
  return undefined
}

export function shopOf(world: World, domain: string): Shop {
  const shop = world.shops.get(domain)
  if (!shop)
    throw new NotPossible(`There is no shop ${domain}. Create it with POST /control/shops.`, 404)
  return shop
}
