/** What we keep about a shop itself. */
import { type Admin, ShopifyRejected } from './admin.server.ts'

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
  /** Our page in the customer account; null: none can be seen. */
  accountPage: string | null
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
    accountPage: await readAccountPage(admin),
  }
}

/**
 * Where our full-page extension (extensions/recovery-page) stands in this shop's customer account. Null: the shop keeps
 * the classic accounts, the page is not published, or the app may not read it.
 */
export async function readAccountPage(admin: Admin): Promise<string | null> {
  try {
    const { shop, customerAccountPages } = await admin.request<AccountPages>(ACCOUNT_PAGES)
    const { customerAccountsVersion, url } = shop.customerAccountsV2
    const ours = customerAccountPages?.nodes.find(({ handle }) => handle === PAGE_HANDLE)
    if (customerAccountsVersion !== 'NEW_CUSTOMER_ACCOUNTS' || !url || !ours?.appExtensionUuid)
      return null
    return `${url.replace(/\/$/, '')}/pages/${ours.appExtensionUuid}`
  } catch (error) {
    // Shops that installed before `read_content` was asked for go without the link.
    if (error instanceof ShopifyRejected) return null
    throw error
  }
}

/** As extensions/recovery-page/shopify.extension.toml names it. */
const PAGE_HANDLE = 'recovery-page'

type AccountPages = {
  shop: { customerAccountsV2: { customerAccountsVersion: string; url: string | null } }
  customerAccountPages: {
    nodes: { handle: string; appExtensionUuid?: string | null }[]
  } | null
}

const ACCOUNT_PAGES = `#graphql
  query AccountPages {
    shop {
      customerAccountsV2 {
        customerAccountsVersion
        url
      }
    }
    customerAccountPages(first: 50) {
      nodes {
        handle
        ... on CustomerAccountAppExtensionPage {
          appExtensionUuid
        }
      }
    }
  }
`

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
