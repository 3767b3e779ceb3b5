/** What we keep about a shop itself. */
import type { Admin } from './admin.server.ts'

export type ShopFacts = {
  name: string
  /** Where staff alerts go. */
  email: string | null
  /** IANA, e.g. Europe/Berlin. */
  zone: string
  /** The shop's own currency; contracts may have another. */
  currency: string
  locale: string
  /** Shopify shows an app only the contracts that it made itself: false means that nothing can be charged here. */
  ownsContracts: boolean
}

export async function readShop(admin: Admin): Promise<ShopFacts> {
  const { shop, subscriptionContracts } = await admin.request<{
    shop: { name: string; email: string | null; ianaTimezone: string; currencyCode: string }
    subscriptionContracts: { nodes: { id: string }[] }
  }>(SHOP)
  return {
    name: shop.name,
    email: shop.email,
    zone: shop.ianaTimezone,
    currency: shop.currencyCode,
    // The shop's languages would take one more scope (read_locales), and all our words are English for now.
    locale: 'en',
    ownsContracts: subscriptionContracts.nodes.length > 0,
  }
}

const SHOP = `#graphql
  query ShopFacts {
    shop {
      name
      email
      ianaTimezone
      currencyCode
    }
    subscriptionContracts(first: 1) {
      nodes {
        id
      }
    }
  }
`
