/**
 * One shop's Admin API. A thin request of our own: no silent retry, a timeout, and three kinds of failure kept
 * apart, because what may be done next depends on whether Shopify may have acted. undici's own `request`, on the
 * connections that it keeps open, takes a third of the CPU of Node's `fetch`, and there are two in every step.
 */
import { EventEmitter } from 'node:events'
import type { Session } from '@prisma/client'
import { type Dispatcher, request } from 'undici'
import { realNow } from '../clock.server.ts'
import { db, pool, type Tx } from '../db.server.ts'
import { log } from '../log.server.ts'
import { count } from '../metrics.server.ts'
import { isShopDomain } from '../page-policy.ts'
import { together } from '../together.ts'
import { type Cost, noteCost, withinBudget } from './query-budget.server.ts'
import { openToken, sealToken, type TokenColumn, UnreadableToken } from './token-seal.server.ts'
import { refreshOfflineToken } from './tokens.server.ts'
import { API_VERSION } from './version.ts'

/** How long a request may take. Milliseconds. Shopify answers a billing attempt in about half a second. */
const REQUEST_TIMEOUT_MS = 10_000

/**
 * A token with less than this left is renewed before it is used. Milliseconds. The library's own margin; tokens
 * live 60 minutes (reference: offline access tokens, since 2026-04).
 */
const TOKEN_MARGIN_MS = 5 * 60_000

/** First wait after a failure that named none. Milliseconds. */
const DEFAULT_RETRY_MS = 5_000

export type Admin = {
  shop: string
  /** Runs one whole document. Throws only the three errors below. */
  request<T>(document: string, variables?: object): Promise<T>
}

/** Shopify did not answer, or not now: outage, network, timeout, throttling. Try again later. */
export class ShopifyUnavailable extends Error {
  override name = 'ShopifyUnavailable'
  /** Milliseconds to wait at least. */
  readonly retryAfterMs: number
  /** False only when Shopify surely did nothing. A mutation that may have acted must not be repeated blindly. */
  readonly mayHaveActed: boolean

  constructor(
    message: string,
    options: { retryAfterMs?: number; mayHaveActed: boolean; cause?: unknown },
  ) {
    super(message, { cause: options.cause })
    this.retryAfterMs = options.retryAfterMs ?? DEFAULT_RETRY_MS
    this.mayHaveActed = options.mayHaveActed
  }
}

/** We have no access to this shop: it uninstalled, or its tokens died. Only the merchant can change that. */
export class ShopUnreachable extends Error {
  override name = 'ShopUnreachable'
}

/** Shopify would not run the document: our defect, or a permission that the shop did not give. */
export class ShopifyRejected extends Error {
  override name = 'ShopifyRejected'
}

/**
 * The Admin API of a shop, with a token that lives at least five more minutes. Take one for each unit of work:
 * it holds its token.
 */
export async function adminFor(shop: string): Promise<Admin> {
  return adminWith(shop, await tokenFor(shop))
}

/** For the moment of installation, when the token is in hand. */
export function adminWith(shop: string, accessToken: string): Admin {
  return {
    shop,
    async request<T>(document: string, variables?: object) {
      const result = await withinBudget(shop, document, () =>
        send<T>(shop, accessToken, document, variables),
      )
      if ('done' in result) return result.done
      count('api_throttled_total', { by: 'us' })
      throw new ShopifyUnavailable(`The query points of ${shop} are used up for the moment.`, {
        mayHaveActed: false, // nothing was sent
        retryAfterMs: result.waitMs,
      })
    },
  }
}

async function tokenFor(shop: string): Promise<string> {
  // The name becomes the host of a request that carries the shop's token.
  if (!isShopDomain(shop)) throw noToken(shop)
  const session = await readSession(offlineId(shop))
  if (!session?.accessToken) throw noToken(shop)
  if (isFresh(session)) return opened(shop, session.accessToken, 'accessToken')
  // One refresh at a time for a shop: the first to hold the lock does it, the others find its token.
  return db.$transaction(
    async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`token:${shop}`}, 0))`
      const current = await tx.session.findUnique({ where: { id: offlineId(shop) } })
      if (!current?.accessToken) throw noToken(shop)
      return isFresh(current)
        ? opened(shop, current.accessToken, 'accessToken')
        : refresh(tx, shop, current)
    },
    { maxWait: REQUEST_TIMEOUT_MS, timeout: 2 * REQUEST_TIMEOUT_MS },
  )
}

/** Every step asks for its token, so that a revoked one is never used from memory; many at once ask together. */
const readSession = together<string, Pick<Session, 'accessToken' | 'expires'>>(async (ids) => {
  const { rows } = await pool.query<Pick<Session, 'id' | 'accessToken' | 'expires'>>({
    name: 'offline-tokens',
    text: `SELECT id, "accessToken", expires AT TIME ZONE 'UTC' AS expires FROM "Session" WHERE id = ANY ($1)`,
    values: [ids],
  })
  return new Map(rows.map((row) => [row.id, row]))
})

async function refresh(tx: Tx, shop: string, session: Session): Promise<string> {
  if (!session.refreshToken) {
    throw new ShopUnreachable(
      `The access token of ${shop} ran out and cannot be renewed. The merchant must open Reprise once.`,
    )
  }
  const refreshToken = opened(shop, session.refreshToken, 'refreshToken')
  const result = await refreshOfflineToken(shop, refreshToken, REQUEST_TIMEOUT_MS)
  switch (result.type) {
    case 'renewed':
      await tx.session.update({
        where: { id: session.id },
        data: {
          ...result.token,
          accessToken: sealToken(result.token.accessToken, placeOf(shop, 'accessToken')),
          refreshToken: sealToken(result.token.refreshToken, placeOf(shop, 'refreshToken')),
        },
      })
      return result.token.accessToken
    case 'refused':
      throw new ShopUnreachable(
        `Shopify no longer renews the access token of ${shop} (${result.because}): the app was uninstalled, ` +
          'or nobody used it for 90 days. The merchant must open Reprise once.',
      )
    case 'no_answer':
      throw new ShopifyUnavailable(`Shopify did not renew the access token of ${shop}.`, {
        mayHaveActed: false, // the request itself was never sent
        cause: result.cause,
      })
  }
}

/** Not the epoch itself, which Shopify's library reads as "never". */
const LONG_AGO = '2000-01-01'

/**
 * Shopify does not know the token any more, whatever its date says. As one that has run out it is renewed before the
 * next request or, when that is refused, exchanged for another as soon as the merchant opens the app.
 */
async function expireToken(shop: string): Promise<void> {
  await pool
    .query('UPDATE "Session" SET expires = $2 WHERE id = $1', [offlineId(shop), LONG_AGO])
    .catch((error: unknown) => log.warn({ error, shop }, 'a dead token could not be marked'))
}

function opened(shop: string, stored: string, column: TokenColumn): string {
  try {
    return openToken(stored, placeOf(shop, column))
  } catch (error) {
    if (!(error instanceof UnreadableToken)) throw error
    throw new ShopUnreachable(error.message, { cause: error })
  }
}

function placeOf(shop: string, column: TokenColumn) {
  return { id: offlineId(shop), column }
}

function noToken(shop: string): ShopUnreachable {
  return new ShopUnreachable(
    `There is no access token for ${shop}: it uninstalled Reprise or never opened it.`,
  )
}

/** How Shopify's library names the session of a shop, as against one of a staff member. */
function offlineId(shop: string): string {
  return `offline_${shop}`
}

function isFresh(session: Pick<Session, 'expires'>): boolean {
  return !session.expires || session.expires.getTime() - realNow().getTime() > TOKEN_MARGIN_MS
}

async function send<T>(
  shop: string,
  accessToken: string,
  document: string,
  variables: object | undefined,
): Promise<T> {
  let response: Dispatcher.ResponseData
  let text: string
  const signal = new EventEmitter()
  const timer = setTimeout(() => signal.emit('abort'), REQUEST_TIMEOUT_MS)
  try {
    // A redirect is not followed: it would carry the token to wherever it points.
    response = await request(`https://${shop}/admin/api/${API_VERSION}/graphql.json`, {
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        'x-shopify-access-token': accessToken,
      },
      body: JSON.stringify({ query: document, variables }),
      signal,
    })
    text = await response.body.text()
  } catch (error) {
    throw new ShopifyUnavailable(`Shopify did not answer for ${shop}.`, {
      mayHaveActed: !neverConnected(error),
      cause: error,
    })
  } finally {
    clearTimeout(timer)
  }
  if (response.statusCode === 401) await expireToken(shop)
  const body = parse(text)
  await noteCost(shop, document, body?.extensions?.cost)
  return readAnswer<T>(shop, response, body)
}

/** Pure apart from its log line: what an answer of Shopify's means. */
function readAnswer<T>(shop: string, response: Dispatcher.ResponseData, body: Answer | null): T {
  const { statusCode: status } = response
  if (status === 401 || status === 403) {
    throw new ShopUnreachable(`Shopify refused our token for ${shop} (${status}).`)
  }
  if (status === 402 || status === 404 || status === 423) {
    throw new ShopUnreachable(`The shop ${shop} is closed, frozen or gone (${status}).`)
  }
  if (status === 429) {
    throw new ShopifyUnavailable(`Shopify has too many requests from us for ${shop}.`, {
      mayHaveActed: false,
      ...retryAfter(response),
    })
  }
  if (status >= 500) {
    throw new ShopifyUnavailable(`Shopify answered ${status} for ${shop}.`, {
      mayHaveActed: true,
      ...retryAfter(response),
    })
  }
  if (status !== 200 || body === null) {
    throw new ShopifyUnavailable(
      `Shopify answered ${status} for ${shop}, without an answer we can read.`,
      {
        mayHaveActed: true,
      },
    )
  }
  const errors = Array.isArray(body.errors) ? body.errors : []
  if (errors.length > 0) judge(shop, errors, body)
  return body.data as T
}

type Answer = {
  data?: Record<string, unknown> | null
  errors?: GraphqlError[]
  extensions?: Extensions
}
type GraphqlError = {
  message?: string
  path?: (string | number)[]
  extensions?: { code?: string }
}
type Extensions = { cost?: Cost }

/** Throws, unless what is missing is only personal data that the shop's plan or approval keeps from us. */
function judge(shop: string, errors: GraphqlError[], body: Answer): void {
  const code = (error: GraphqlError) => error.extensions?.code
  const said = errors.map((error) => error.message ?? code(error) ?? 'no reason').join('; ')
  if (errors.some((error) => code(error) === 'THROTTLED')) {
    count('api_throttled_total', { by: 'shopify' })
    throw new ShopifyUnavailable(`Shopify throttled our requests for ${shop}.`, {
      mayHaveActed: false,
      retryAfterMs: waitForCost(body.extensions),
    })
  }
  if (errors.some((error) => ['INTERNAL_SERVER_ERROR', 'TIMEOUT'].includes(code(error) ?? ''))) {
    throw new ShopifyUnavailable(`Shopify failed inside for ${shop}: ${said}`, {
      mayHaveActed: true,
    })
  }
  const { data } = body
  const partial =
    data !== null &&
    data !== undefined &&
    errors.every(
      (error) =>
        code(error) === 'ACCESS_DENIED' &&
        error.path !== undefined &&
        data[String(error.path[0])] !== null,
    )
  if (!partial) throw new ShopifyRejected(`Shopify did not run our request for ${shop}: ${said}`)
  log.warn(
    { shop, paths: errors.map((error) => error.path?.join('.')) },
    'Shopify held back protected data',
  )
}

/**
 * How long until the query's cost is available again. Milliseconds. Shopify gives points back at a steady rate
 * (100 to 2,000 points per second by plan); half a second more, since others of our workers want them too.
 */
export function waitForCost(extensions: Extensions | undefined): number {
  const { requestedQueryCost: cost, throttleStatus } = extensions?.cost ?? {}
  const { currentlyAvailable: available, restoreRate: rate } = throttleStatus ?? {}
  if (cost === undefined || available === undefined || !rate) return DEFAULT_RETRY_MS
  return Math.ceil((Math.max(0, cost - available) / rate) * 1_000) + 500
}

function retryAfter({ headers }: Dispatcher.ResponseData): { retryAfterMs?: number } {
  const seconds = Number(headers['retry-after'] ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? { retryAfterMs: seconds * 1_000 } : {}
}

function parse(text: string): Answer | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && ('data' in value || 'errors' in value)
      ? (value as Answer)
      : null
  } catch {
    return null
  }
}

/** Refused or never reached: the request did not leave this machine, so Shopify did nothing. */
function neverConnected(error: unknown): boolean {
  const codes = [
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'UND_ERR_CONNECT_TIMEOUT',
  ]
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && codes.includes(String(at.code))) return true
  }
  return false
}
