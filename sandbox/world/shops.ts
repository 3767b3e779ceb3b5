/** Shops: opened, installed, uninstalled, and what Shopify owes the customers afterwards. */
import { plan } from './agenda.ts'
import { type ComplianceTopic, complianceBody, shopBody } from './bodies.ts'
import { answer } from './cards.ts'
import { iso } from './instants.ts'
import {
  type Answer,
  find,
  NotPossible,
  newId,
  type Plan,
  type Shop,
  tail,
  type World,
} from './world.ts'

/** From uninstall to `shop/redact`. Source: shopify-platform.md, 6.2. */
const REDACT_AFTER_MS = 48 * 3_600_000

export type NewShop = Pick<Shop, 'domain' | 'name' | 'zone' | 'currency' | 'country' | 'email'> & {
  plan: Plan
  scopes: string[]
}

export function openShop(world: World, wanted: NewShop): Shop {
  if (!/^[a-z0-9-]+\.myshopify\.com$/.test(wanted.domain))
    throw new NotPossible(
      `A shop's domain ends in .myshopify.com; "${wanted.domain}" does not.`,
      400,
    )
  if (world.shops.has(wanted.domain)) throw new NotPossible(`${wanted.domain} exists already.`)
  const shop: Shop = {
    ...wanted,
    id: newId(world, 'Shop'),
    installed: true,
    createdAt: world.now,
    throttledUntil: null,
    processorFault: null,
  }
  world.shops.set(shop.domain, shop)
  return shop
}

/** The payment processor breaks for the whole shop: no bank is asked, every charge is answered with this code. */
export function breakProcessor(shop: Shop, code: Answer): void {
  if (code === 'OK')
    throw new NotPossible('A processor that answers OK is up: say state "up".', 400)
  answer(code) // refuses a family that there is not
  shop.processorFault = code
}

/** The processor is back. What it had refused failed for a cause that is gone now, and the oracle knows it. */
export function mendProcessor(world: World, shop: Shop): void {
  const { processorFault } = shop
  shop.processorFault = null
  const fault = processorFault === null ? null : answer(processorFault)
  if (fault?.type !== 'declined') return
  const last = new Map([...world.attempts.values()].map((each) => [each.contractId, each]))
  for (const { contractId, shop: domain, outcome } of last.values()) {
    if (domain !== shop.domain || outcome.type !== 'failed' || outcome.code !== fault.code) continue
    find(world.contracts, contractId, 'contract').mendedAt = world.now
  }
}

/** The merchant removes the app. Tokens die at once (tokens.ts); the shop's data is to be erased two days later. */
export function uninstall(world: World, shop: Shop): void {
  if (!shop.installed) throw new NotPossible(`${shop.domain} has no app to uninstall.`)
  world.tell({ topic: 'app/uninstalled', shop: shop.domain, body: shopBody(shop) })
  shop.installed = false
  plan(world.agenda, world.now + REDACT_AFTER_MS, `shop/redact of ${shop.domain}`, () => {
    if (!shop.installed) askForPrivacy(world, shop, 'shop/redact', null)
  })
}

export function askForPrivacy(
  world: World,
  shop: Shop,
  topic: ComplianceTopic,
  customerId: string | null,
): void {
  const topics: string[] = ['customers/data_request', 'customers/redact', 'shop/redact']
  if (!topics.includes(topic))
    throw new NotPossible(`${topic} is none of ${topics.join(', ')}.`, 400)
  if (topic !== 'shop/redact' && !customerId)
    throw new NotPossible(`${topic} is about one customer: say customerId.`, 400)
  const customer = customerId ? find(world.customers, customerId, 'customer') : null
  world.tell({ topic, shop: shop.domain, body: complianceBody(world, shop, topic, customer) })
}

/** The merchant approves other scopes than before. */
export function grantScopes(world: World, shop: Shop, scopes: string[]): void {
  const previous = shop.scopes
  shop.scopes = scopes
  world.tell({
    topic: 'app/scopes_update',
    shop: shop.domain,
    body: { id: Number(tail(shop.id)), previous, current: scopes, updated_at: iso(world.now) },
  })
}
