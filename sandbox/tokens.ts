/**
 * Tokens: the id tokens that the admin hands to the app's page, and the tokens given for them: the shop's own (offline),
 * or a person's (online).
 *
 * All of it runs on real time. An access token lives an hour; its refresh token 90 days, and is replaced at each use.
 * The one before stays valid until its successor is used. Source: shopify-platform.md, section 7.
 */
import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import type { Settings } from './settings.ts'

const ACCESS_SECONDS = 3600
const REFRESH_SECONDS = 90 * 24 * 3600
const ID_TOKEN_SECONDS = 60
/** Of the token that a customer account hands to an extension. */
const CUSTOMER_TOKEN_SECONDS = 300

type Access = { shop: string; expiresAt: number | null }
type Refresh = { shop: string; expiresAt: number; before: string | null }

export type Tokens = {
  access: Map<string, Access>
  refresh: Map<string, Refresh>
  counts: { exchanged: number; refreshed: number; refused: number }
}

export const newTokens = (): Tokens => ({
  access: new Map(),
  refresh: new Map(),
  counts: { exchanged: 0, refreshed: 0, refused: 0 },
})

export type TokenAnswer = { status: number; body: Record<string, unknown> }

export type TokenRequest = {
  shop: { domain: string; installed: boolean; scopes: string[] } | null
  asked: Record<string, unknown>
}

/** Answers POST /admin/oauth/access_token: a token exchange, or a refresh. */
export function giveToken(
  tokens: Tokens,
  settings: Settings,
  { shop, asked }: TokenRequest,
): TokenAnswer {
  const refuse = (error: string, error_description: string, status = 400): TokenAnswer => {
    tokens.counts.refused += 1
    return { status, body: { error, error_description } }
  }
  if (asked.client_id !== settings.apiKey || asked.client_secret !== settings.apiSecret)
    return refuse(
      'application_cannot_be_found',
      'Oauth error: no application with this id and secret',
    )
  if (!shop?.installed)
    return refuse('app_not_installed', 'The application is not installed on this shop')

  if (asked.grant_type === 'refresh_token') {
    const given = String(asked.refresh_token ?? '')
    const known = tokens.refresh.get(given)
    if (!known || known.shop !== shop.domain || known.expiresAt < Date.now())
      return refuse('invalid_grant', 'This refresh token has expired or was used', 401)
    if (known.before) tokens.refresh.delete(known.before)
    tokens.counts.refreshed += 1
    return { status: 200, body: mint(tokens, shop, { expiring: true, before: given }) }
  }
  if (asked.grant_type !== 'urn:ietf:params:oauth:grant-type:token-exchange')
    return refuse('unsupported_grant_type', `Unknown grant type ${String(asked.grant_type)}`)
  const claims = readIdToken(settings, String(asked.subject_token ?? ''))
  if (!claims || claims.dest !== `https://${shop.domain}`)
    return refuse('invalid_subject_token', 'The id token is invalid, expired or of another shop')
  if (asked.requested_token_type === 'urn:shopify:params:oauth:token-type:online-access-token')
    return { status: 200, body: { ...mint(tokens, shop, OF_A_PERSON), ...personOf(shop.domain) } }
  if (asked.requested_token_type !== 'urn:shopify:params:oauth:token-type:offline-access-token')
    return refuse('invalid_request', 'Ask for an offline or an online access token')
  tokens.counts.exchanged += 1
  const expiring = String(asked.expiring ?? '') === '1'
  return { status: 200, body: mint(tokens, shop, { expiring, before: null }) }
}

const OF_A_PERSON = { expiring: false, before: null }

/** Who is at the admin: the person of every id token. */
function personOf(domain: string): Record<string, unknown> {
  return {
    expires_in: 86_399,
    associated_user_scope: '',
    associated_user: {
      id: 42,
      first_name: 'Ada',
      last_name: 'Brooks',
      email: `ada@${domain.replace('.myshopify.com', '')}.example`,
      email_verified: true,
      account_owner: false,
      locale: 'en',
      collaborator: false,
    },
  }
}

function mint(
  tokens: Tokens,
  shop: { domain: string; scopes: string[] },
  { expiring, before }: { expiring: boolean; before: string | null },
): Record<string, unknown> {
  const access = `shpua_${randomBytes(16).toString('hex')}`
  const now = Date.now()
  tokens.access.set(access, {
    shop: shop.domain,
    expiresAt: expiring ? now + ACCESS_SECONDS * 1000 : null,
  })
  const plain = { access_token: access, scope: shop.scopes.join(',') }
  if (!expiring) return plain
  const refresh = `shprt_${randomBytes(16).toString('hex')}`
  tokens.refresh.set(refresh, {
    shop: shop.domain,
    expiresAt: now + REFRESH_SECONDS * 1000,
    before,
  })
  return {
    ...plain,
    expires_in: ACCESS_SECONDS,
    refresh_token: refresh,
    refresh_token_expires_in: REFRESH_SECONDS,
  }
}

/** Whose token this is; null when it is unknown, expired or revoked. */
export function shopOfToken(tokens: Tokens, token: string): string | null {
  const known = tokens.access.get(token)
  if (!known) return null
  return known.expiresAt === null || known.expiresAt > Date.now() ? known.shop : null
}

/** What an uninstall does. */
export function revokeTokens(tokens: Tokens, shop: string): void {
  for (const all of [tokens.access, tokens.refresh]) {
    for (const [token, { shop: of }] of all) if (of === shop) all.delete(token)
  }
}

/** Lets a shop's access tokens run out at once; the refresh tokens stay. */
export function expireAccess(tokens: Tokens, shop: string): void {
  for (const access of tokens.access.values()) if (access.shop === shop) access.expiresAt = 0
}

/** The token that App Bridge hands to the page: signed with the app's secret, good for a minute. */
export function idToken(settings: Settings, shop: string): string {
  const now = Math.floor(Date.now() / 1000)
  return signed(settings, {
    iss: `https://${shop}/admin`,
    dest: `https://${shop}`,
    aud: settings.apiKey,
    sub: '42',
    exp: now + ID_TOKEN_SECONDS,
    nbf: now - 1,
    iat: now,
    jti: randomUUID(),
    sid: randomUUID(),
  })
}

/** What `sessionToken.get()` gives an extension in a customer account: about this customer, for the app's own server. */
export function customerToken(settings: Settings, shop: string, customerId: string): string {
  const now = Math.floor(Date.now() / 1000)
  return signed(settings, {
    dest: shop,
    aud: settings.apiKey,
    sub: customerId,
    iat: now,
    nbf: now,
    exp: now + CUSTOMER_TOKEN_SECONDS,
    jti: randomUUID(),
  })
}

/** The address the admin puts in its frame: the app's path with a signed query. */
export function launchUrl(settings: Settings, shop: string, path: string): string {
  const wanted = new URL(path, settings.appUrl ?? 'http://localhost:3000')
  const query: Record<string, string> = {
    ...Object.fromEntries(wanted.searchParams),
    embedded: '1',
    host: Buffer.from(`admin.shopify.com/store/${shop.replace('.myshopify.com', '')}`)
      .toString('base64')
      .replace(/=+$/, ''),
    id_token: idToken(settings, shop),
    locale: 'en',
    session: randomBytes(8).toString('hex'),
    shop,
    timestamp: String(Math.floor(Date.now() / 1000)),
  }
  const text = Object.keys(query)
    .sort()
    .map((key) => `${key}=${query[key]}`)
    .join('&')
  const hmac = createHmac('sha256', settings.apiSecret).update(text).digest('hex')
  wanted.search = new URLSearchParams({ ...query, hmac }).toString()
  return wanted.href
}

function signed(settings: Settings, claims: object): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${text}.${createHmac('sha256', settings.apiSecret).update(text).digest('base64url')}`
}

function readIdToken(settings: Settings, token: string): { dest: string } | null {
  const [head, body, signature] = token.split('.')
  if (!head || !body || !signature) return null
  const expected = createHmac('sha256', settings.apiSecret).update(`${head}.${body}`).digest()
  const given = Buffer.from(signature, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as {
    dest: string
    aud: string
    exp: number
  }
  return claims.aud === settings.apiKey && claims.exp > Date.now() / 1000 ? claims : null
}
