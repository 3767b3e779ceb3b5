/** Payment methods: saved, changed, replaced, revoked. */
import { methodBody } from './bodies.ts'
import { changed } from './contract-news.ts'
import {
  type Card,
  type Contract,
  type Customer,
  type Method,
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
  tell(world, method, 'update')
}

/**
 * Takes a method out of use. MERGED moves its contracts to a copy, as when Shopify merges two of one customer's;
 * every other reason leaves them without a live method.
 */
export function revokeMethod(world: World, method: Method, reason: string): void {
  method.revokedAt = world.now
  method.revokedReason = reason
  if (reason === 'MERGED') {
    const customer = world.customers.get(method.customerId)
    const contracts = [...world.contracts.values()].filter((each) => each.methodId === method.id)
    if (customer && contracts.length > 0) {
      const { instrument, brand, last4, expiryMonth, expiryYear, script } = method
      const other = saveMethod(world, customer, {
        instrument,
        brand,
        last4,
        expiryMonth,
        expiryYear,
        script,
      })
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
