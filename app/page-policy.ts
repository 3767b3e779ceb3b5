/**
 * The content security policy of every HTML answer but the shopper's page, which has a stricter one of its own
 * (shopper/document.server.tsx). Pure.
 */

export type PolicyInput = {
  /** Path and query as they were asked for. */
  url: string
  /** Allows the scripts of this one answer. */
  nonce: string
  /** The policy that Shopify's library set, if any; only its frame-ancestors are kept. */
  fromLibrary: string | null
  /** Where App Bridge comes from when it is not Shopify's CDN; null in production. */
  appBridgeUrl: string | null
  /** Vite's development server injects scripts and opens a socket. */
  dev: boolean
}

export function pagePolicy({ url, nonce, fromLibrary, appBridgeUrl, dev }: PolicyInput): string {
  const bridge = appBridgeUrl === null ? [] : [new URL(appBridgeUrl).origin]
  const scripts = dev ? ["'unsafe-inline'", "'unsafe-eval'"] : [`'nonce-${nonce}'`]
  const directives: Record<string, string[]> = {
    'default-src': ["'self'"],
    // App Bridge stands in the page without a nonce (Shopify's component), so its host is named.
    'script-src': ["'self'", ...scripts, SHOPIFY_CDN, ...bridge],
    // Polaris sets its variables and widths in style attributes, which no nonce can allow.
    'style-src': ["'self'", "'unsafe-inline'", SHOPIFY_CDN],
    'img-src': ["'self'", 'data:', SHOPIFY_CDN],
    'font-src': ["'self'", 'data:', SHOPIFY_CDN],
    // App Bridge reports to the admin and to Shopify's own telemetry.
    'connect-src': [
      "'self'",
      'https://admin.shopify.com',
      'https://*.shopifysvc.com',
      SHOPIFY_CDN,
      ...bridge,
      ...(dev ? ['ws:', 'wss:'] : []),
    ],
    'frame-src': ["'self'", 'https://admin.shopify.com', ...bridge],
    'form-action': ["'self'"],
    'base-uri': ["'none'"],
    'object-src': ["'none'"],
    'frame-ancestors': frameAncestors(url, fromLibrary),
  }
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(' ')}`)
    .join('; ')
}

const SHOPIFY_CDN = 'https://cdn.shopify.com'
const ADMIN = 'https://admin.shopify.com'

/**
 * The admin may frame the app's screens; nobody may frame anything else. The library names the shop of the query, on
 * its bounce page without looking at it, so its list counts only when that shop is one.
 */
function frameAncestors(url: string, fromLibrary: string | null): string[] {
  const { pathname, searchParams } = new URL(url, 'http://app')
  if (!/^\/(app|auth)(\/|$)/.test(pathname)) return ["'none'"]
  const listed = /^frame-ancestors ([^;,]+);?$/.exec(fromLibrary ?? '')?.[1]?.trim()
  const isAboutShop = isShopDomain(searchParams.get('shop'))
  return listed && isAboutShop ? listed.split(/\s+/) : [ADMIN]
}

/** A shop's permanent domain, in the one spelling that Shopify uses. */
export function isShopDomain(text: string | null): text is string {
  return text !== null && /^[a-z0-9][a-z0-9-]{0,62}\.myshopify\.com$/.test(text)
}
