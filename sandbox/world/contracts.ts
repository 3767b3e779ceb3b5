/** Contracts: made, paused, activated, ended; and their cycles skipped, unskipped, moved. */
import { planBiller } from './biller.ts'
import { cycleBodyOf } from './bodies.ts'
import { changed, type StatusChange, tellContract, touch } from './contract-news.ts'
import { cycleOf, noteOf } from './cycles.ts'
import { saveMethod } from './methods.ts'
import { makeOrder } from './orders.ts'
import {
  type Address,
  type Card,
  type Contract,
  type ContractStatus,
  type Customer,
  type CycleNote,
  type IntervalUnit,
  type Line,
  type Method,
  NotPossible,
  newId,
  type Shop,
  type Variant,
  type World,
} from './world.ts'

export type NewContract = {
  customer: Pick<
    Customer,
    | 'firstName'
    | 'lastName'
    | 'email'
    | 'locale'
    | 'country'
    | 'province'
    | 'city'
    | 'phone'
    | 'acceptsTexts'
    | 'past'
  >
  card: Card
  interval: IntervalUnit
  intervalCount: number
  firstChargeAt: number
  price: string
  quantity: number
  deliveryPrice: string
  shipsTo?: Address | null
  taxRate: number
  productTitle: string
  stock: number | null
  pictureUrl?: string | null
  /** Further lines. */
  also?: Pick<Line, 'title' | 'price' | 'quantity'>[]
  /** Whether the biller states the cycle's date with its charges. Both happen in the field. */
  billerStatesOrigin: boolean
  /** An existing customer and saved method to use instead of new ones. */
  sharing: Method | null
}

export type MadeContract = {
  contract: Contract
  customer: Customer
  method: Method
  variant: Variant
}

export function makeContract(world: World, shop: Shop, wanted: NewContract): MadeContract {
  const customer = wanted.sharing
    ? known(world.customers.get(wanted.sharing.customerId), 'The customer of that method is gone.')
    : makeCustomer(world, shop, wanted.customer)
  const { productTitle: title, stock, pictureUrl = null } = wanted
  const variant = makeVariant(world, shop, { title, stock, pictureUrl })
  const method = wanted.sharing ?? saveMethod(world, customer, wanted.card)
  const contract: Contract = {
    id: newId(world, 'SubscriptionContract'),
    shop: shop.domain,
    customerId: customer.id,
    methodId: method.id,
    status: 'ACTIVE',
    interval: wanted.interval,
    intervalCount: wanted.intervalCount,
    firstChargeAt: wanted.firstChargeAt,
    nextBillingDate: wanted.firstChargeAt,
    price: wanted.price,
    quantity: wanted.quantity,
    deliveryPrice: wanted.deliveryPrice,
    shipsTo: wanted.shipsTo ?? null,
    taxRate: wanted.taxRate,
    productTitle: wanted.productTitle,
    variantId: variant.id,
    also: (wanted.also ?? []).map((line) => ({
      id: newId(world, 'SubscriptionLine'),
      variantId: makeVariant(world, shop, { ...line, stock: null, pictureUrl: null }).id,
      ...line,
    })),
    originOrderId: '',
    underReview: false,
    cycles: new Map(),
    lastPaymentStatus: null,
    lastErrorType: null,
    createdAt: Math.min(world.now, wanted.firstChargeAt),
    updatedAt: world.now,
    revision: 1,
    mendedAt: null,
  }
  world.contracts.set(contract.id, contract)
  contract.originOrderId = makeOrder(world, contract, null, 'PAID')
  tellContract(world, contract, 'create')
  planBiller(world, contract, 1, wanted.billerStatesOrigin)
  return { contract, customer, method, variant }
}

function makeVariant(
  world: World,
  shop: Shop,
  { title, stock, pictureUrl }: Pick<Variant, 'title' | 'stock' | 'pictureUrl'>,
): Variant {
  const variant: Variant = {
    id: newId(world, 'ProductVariant'),
    productId: newId(world, 'Product'),
    shop: shop.domain,
    title,
    stock,
    pictureUrl,
  }
  world.variants.set(variant.id, variant)
  return variant
}

function makeCustomer(world: World, shop: Shop, wanted: NewContract['customer']): Customer {
  const customer: Customer = {
    id: newId(world, 'Customer'),
    shop: shop.domain,
    ...wanted,
    createdAt: world.now,
  }
  world.customers.set(customer.id, customer)
  return customer
}

const TO: Record<StatusChange, ContractStatus> = {
  pause: 'PAUSED',
  activate: 'ACTIVE',
  cancel: 'CANCELLED',
  expire: 'EXPIRED',
  fail: 'FAILED',
}

/** Changes the status, or says with Shopify's code why not. */
export function setStatus(
  world: World,
  contract: Contract,
  change: StatusChange,
): { code: 'CONTRACT_TERMINATED' | 'INVALID'; message: string } | null {
  if (contract.status === 'CANCELLED' || contract.status === 'EXPIRED')
    return { code: 'CONTRACT_TERMINATED', message: 'Contract has been terminated' }
  if (change === 'pause' && contract.status !== 'ACTIVE' && contract.status !== 'PAUSED')
    return { code: 'INVALID', message: `A ${contract.status} contract cannot be paused` }
  if (contract.status === TO[change]) return null
  contract.status = TO[change]
  touch(world, contract)
  tellContract(world, contract, change)
  return null
}

/** The merchant or the shopper changes what is shipped where. The oracle learns which cause that may have ended. */
export function editContract(
  world: World,
  contract: Contract,
  {
    price,
    shipsTo,
    without,
  }: {
    price?: string | undefined
    shipsTo?: Address | undefined
    /** The title of a further line, which is taken out. */
    without?: string | undefined
  },
): void {
  const clears = [
    ...(shipsTo ? ['INVALID_SHIPPING_ADDRESS'] : []),
    ...(price ? ['INVALID_AMOUNT', 'AMOUNT_TOO_SMALL', 'FREE_GIFT_CARD_NOT_ALLOWED'] : []),
  ]
  if (shipsTo) contract.shipsTo = shipsTo
  if (price) contract.price = price
  if (without) contract.also = contract.also.filter(({ title }) => title !== without)
  const last = world.attempts.of('contract', contract.id).at(-1)
  if (last?.outcome.type === 'failed' && clears.includes(last.outcome.code))
    contract.mendedAt = world.now
  changed(world, contract)
}

/** The saved payment method is taken off the contract, and none is left. */
export function removeMethod(world: World, contract: Contract): void {
  contract.methodId = null
  changed(world, contract)
}

/** An attempt of this cycle that has no result yet. */
export const underWay = (world: World, contract: Contract, index: number): boolean =>
  world.attempts
    .of('contract', contract.id)
    .some(
      ({ cycleIndex, outcome }) =>
        cycleIndex === index && (outcome.type === 'pending' || outcome.type === 'action_required'),
    )

export function setSkipped(
  world: World,
  contract: Contract,
  index: number,
  skipped: boolean,
): void {
  const note = noteOf(contract, index)
  if (note.skipped === skipped) return
  if (note.billedBy) throw new NotPossible(`Cycle ${index} is billed: it cannot be skipped.`)
  note.skipped = skipped
  touch(world, contract)
  world.tell({
    topic: `subscription_billing_cycles/${skipped ? 'skip' : 'unskip'}`,
    shop: contract.shop,
    body: cycleBodyOf(world, contract, index),
  })
}

/** Moves the date of one cycle; null takes it back to the plain date. */
export function moveCycle(
  world: World,
  contract: Contract,
  index: number,
  to: number | null,
): void {
  editCycle(world, contract, index, { billingDate: to })
}

/** What one cycle ships, and that one only. The contract stays as it is. */
export function editOrder(world: World, contract: Contract, index: number, lines: Line[]): void {
  editCycle(world, contract, index, { lines })
}

/** The cycle's own date and order are the contract's again, and it is skipped no more: that is an edit of its schedule. */
export function forgetEdits(world: World, contract: Contract, index: number): void {
  setSkipped(world, contract, index, false)
  editCycle(world, contract, index, { billingDate: null, lines: null })
}

/** Whether Shopify would change nothing of this contract, because an order that is not billed yet was edited. */
export const hasFutureEdits = (world: World, contract: Contract): boolean =>
  [...contract.cycles].some(
    ([index, { lines, billedBy }]) =>
      lines !== null && billedBy === null && cycleOf(world, contract, index).endAt > world.now,
  )

function editCycle(
  world: World,
  contract: Contract,
  index: number,
  edit: Partial<Pick<CycleNote, 'billingDate' | 'lines'>>,
): void {
  const note = noteOf(contract, index)
  const wasEdited = note.edited
  Object.assign(note, edit)
  note.edited = note.billingDate !== null || note.lines !== null
  touch(world, contract)
  world.tell({
    topic: `subscription_billing_cycle_edits/${!note.edited ? 'delete' : wasEdited ? 'update' : 'create'}`,
    shop: contract.shop,
    body: cycleBodyOf(world, contract, index),
  })
}

function known<T>(value: T | undefined, otherwise: string): T {
  if (value === undefined) throw new NotPossible(otherwise)
  return value
}
