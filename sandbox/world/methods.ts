/** Payment methods: saved, changed, replaced, revoked. */
import { methodBody } from './bodies.ts'
import { changed } from './contract-news.ts'
import {
  type Card,
  type Contract,
  type Customer,
  type Method,
  NotPossible,
  newMethodId,
  type World,
} from './world.ts'

export function saveMethod(world: World, customer: Customer, card: Card): Method {
  const method: Method = {
    ...card,
    ...newMethodId(world),
    shop: customer.shop,
    customerId: customer.id,
    createdAt: world.now,
    changedAt: world.now,
    revokedAt: null,
    revokedReason: null,
    asked: 0,
    askedOnDays: [],
    authenticated: false,
    inactive: false,
    failures: [],
  }
  world.methods.set(method.id, method)
  tell(world, method, 'create')
  return method
}

/** The shopper gives another card for this contract, as through Shopify's own dialog. */
export function replaceMethod(
  world: World,
  contract: Contract,
  customer: Customer,
  card: Card,
): Method {
  const method = saveMethod(world, customer, card)
  contract.methodId = method.id
  changed(world, contract)
  return method
}

/** The card behind a saved method changes: the same id, other digits or expiry. */
export function updateMethod(world: World, method: Method, card: Card): void {
  Object.assign(method, card, { changedAt: world.now, asked: 0, askedOnDays: [], failures: [] })
  method.authenticated = false
  method.inactive = false
  tell(world, method, 'update')
}

/** The shopper ends the agreement with PayPal or Shop Pay, or approves it again. The method and its id stay. */
export function setAgreement(world: World, method: Method, active: boolean): void {
  if (method.instrument !== 'paypal' && method.instrument !== 'shop_pay')
    throw new NotPossible('Only PayPal and Shop Pay have an agreement behind them.', 400)
  method.inactive = !active
  tell(world, method, 'update')
}

/**
 * Takes a method out of use. MERGED moves its contracts to another method of the customer, or to a copy where none is
 * named; every other reason leaves them without a live method.
 */
export function revokeMethod(
  world: World,
  method: Method,
  reason: string,
  into: Method | null = null,
): void {
  method.revokedAt = world.now
  method.revokedReason = reason
  if (reason === 'MERGED') {
    const customer = world.customers.get(method.customerId)
    const contracts = world.contracts
      .of('customer', method.customerId)
      .filter((each) => each.methodId === method.id)
    if (customer && contracts.length > 0) {
      const { instrument, brand, last4, expiryMonth, expiryYear, script } = method
      const copy = { instrument, brand, last4, expiryMonth, expiryYear, script }
      const other = into ?? saveMethod(world, customer, copy)
      for (const contract of contracts) {
        contract.methodId = other.id
        changed(world, contract)
      }
    }
  }
  tell(world, method, 'revoke')
}

function tell(world: World, method: Method, what: 'create' | 'update' | 'revoke'): void {
  world.tell({
    topic: `customer_payment_methods/${what}`,
    shop: method.shop,
    body: methodBody(method),
  })
}
