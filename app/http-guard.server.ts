/** What every request passes before a page of ours sees it: sizes, rates, and the headers of the answer. */
import { randomBytes } from 'node:crypto'
import type { NextFunction, Request, Response } from 'express'
import { realNow } from './clock.server.ts'
import { env } from './env.server.ts'
import { pagePolicy } from './page-policy.ts'
import { rateLimit } from './rate-limit.server.ts'

/** Largest form or query that is read. Bytes. Our largest form is a message's template (MAX_TEMPLATE_FORM). */
export const MAX_FORM_BYTES = 64_000
const MAX_URL_LENGTH = 8_000

/**
 * Requests of one address and web process to what anybody may call. A shop's whole staff, or a mobile network's
 * subscribers, may share one address. Ours.
 */
const PUBLIC: { path: RegExp; limit: ReturnType<typeof rateLimit> }[] = [
  { path: /^\/[ru]\//, limit: rateLimit({ times: 600, perMs: 60_000 }) },
  { path: /^\/ext\//, limit: rateLimit({ times: 1_200, perMs: 60_000 }) },
  { path: /^\/auth(\/|$)/, limit: rateLimit({ times: 300, perMs: 60_000 }) },
]

/**
 * Refuses what no page of ours sends, so that it costs nothing and is no error of ours. Forms of the admin come by
 * script, with the session token in a header that no other site can set (CSRF); the shopper's page checks its own.
 */
export function limitKind(req: Request, res: Response, next: NextFunction): void {
  const isForm = req.method === 'POST'
  // Browsers resolve these before they ask; the router would, after what follows has judged another path.
  if (/\/(\.|%2e){1,2}(\/|$)/i.test(req.path)) refuse(req, res, 400)
  // The extensions speak JSON from an origin of their own, and their door says no by itself.
  else if (isExtension(req) && (isForm || req.method === 'OPTIONS')) next()
  else if (!isForm && req.method !== 'GET' && req.method !== 'HEAD') refuse(req, res, 405)
  // An older way of asking for data, which the router answers with an error.
  else if (req.query._data !== undefined) refuse(req, res, 400)
  else if (!isForm || /^\/[ru]\//.test(req.path)) next()
  else if (!/^\/app([/.]|$)/.test(req.path)) refuse(req, res, 405)
  else if (!req.headers.authorization?.startsWith('Bearer ')) refuse(req, res, 401)
  // Nothing of ours is sent as anything else; what cannot be read as a form would count as a fault of ours.
  else if (!/^application\/x-www-form-urlencoded *(;|$)/i.test(req.headers['content-type'] ?? ''))
    refuse(req, res, 415)
  else next()
}

/** Refuses what is too large to be one of ours, before a byte of it is read. */
export function limitSize(req: Request, res: Response, next: NextFunction): void {
  const { 'content-length': length, 'transfer-encoding': chunked } = req.headers
  if (req.originalUrl.length > MAX_URL_LENGTH) refuse(req, res, 414)
  // Browsers name the length of every form; a body without one could go on for ever.
  else if (chunked !== undefined && req.method !== 'GET') refuse(req, res, 411)
  else if (Number(length ?? 0) > MAX_FORM_BYTES) refuse(req, res, 413)
  else next()
}

export function limitRate(req: Request, res: Response, next: NextFunction): void {
  const address = clientAddress(req)
  const found = PUBLIC.find(({ path }) => path.test(req.path))
  if (!found || found.limit.allows(address, realNow().getTime())) next()
  else refuse(req, res.set('retry-after', '60'), 429)
}

/** Sets the policy of an HTML answer at the moment it is sent, whoever made it: our pages, or Shopify's library. */
export function guardDocuments(dev: boolean) {
  return (req: Request, res: Response, next: NextFunction): void => {
    const nonce = randomBytes(16).toString('base64')
    res.locals.nonce = nonce
    const writeHead = res.writeHead
    res.writeHead = ((...head: Parameters<typeof writeHead>) => {
      // A page that says it too wins over the rule for all; said twice, browsers would have to choose.
      for (const name of SAID_ONCE) {
        const said = res.getHeader(name)
        if (Array.isArray(said)) res.setHeader(name, said.at(-1) ?? '')
      }
      if (isHtml(res) && !hasOwnPolicy(req, res)) {
        const given = res.getHeader('content-security-policy')
        const policy = pagePolicy({
          url: req.originalUrl,
          nonce,
          fromLibrary: typeof given === 'string' ? given : null,
          appBridgeUrl: env().APP_BRIDGE_URL,
          dev,
        })
        res.setHeader('content-security-policy', policy)
        if (policy.includes("frame-ancestors 'none'")) res.setHeader('x-frame-options', 'DENY')
      }
      return Reflect.apply(writeHead, res, head)
    }) as typeof writeHead
    next()
  }
}

const SAID_ONCE = ['x-content-type-options', 'referrer-policy', 'x-frame-options']

/** Headers that fit every answer. */
export function securityHeaders(_req: Request, res: Response, next: NextFunction): void {
  res.set('x-content-type-options', 'nosniff')
  res.set('referrer-policy', 'strict-origin-when-cross-origin')
  res.set('permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=()')
  res.set('cross-origin-resource-policy', 'same-origin')
  if (env().NODE_ENV === 'production') res.set('strict-transport-security', 'max-age=31536000')
  next()
}

function isHtml(res: Response): boolean {
  return /^text\/html\b/i.test(String(res.getHeader('content-type') ?? ''))
}

/** The shopper's page answers with a stricter policy than this one. */
function hasOwnPolicy(req: Request, res: Response): boolean {
  const policy = res.getHeader('content-security-policy')
  return /^\/[ru]\//.test(req.path) && String(policy ?? '').startsWith("default-src 'none'")
}

function isExtension(req: Request): boolean {
  return /^\/ext\/v1\//.test(req.path)
}

function refuse(req: Request, res: Response, status: keyof typeof WORDS): void {
  // What follows on this connection would be the body that nobody reads.
  if (req.method !== 'GET' && req.method !== 'HEAD') res.set('connection', 'close')
  // Without this header an extension sees a network error in place of a refusal.
  if (isExtension(req)) res.set('access-control-allow-origin', '*')
  res.status(status).type('text').send(WORDS[status])
}

const WORDS = {
  400: 'This is no request of ours.',
  401: 'Open Reprise from your Shopify admin, and try again there.',
  405: 'This address takes no such request.',
  411: 'This request does not say how long it is.',
  413: 'This form is larger than any of ours.',
  414: 'This address is longer than any of ours.',
  415: 'This is not sent as a form.',
  429: 'Too many requests from your address. Wait a minute, then try again.',
}

/**
 * Who asks. A load balancer in front speaks from a private address and adds the caller's to X-Forwarded-For, last; what
 * stands before that, anybody may have written. Called from outside directly, the header counts for nothing.
 */
export function clientAddress(req: Pick<Request, 'headers' | 'socket'>): string {
  const direct = (req.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  const forwarded = req.headers['x-forwarded-for']
  if (forwarded === undefined || !PRIVATE.test(direct)) return direct
  const last = String(forwarded).split(',').at(-1)?.trim()
  return last ? last : direct
}

/** Loopback, private and link-local addresses. RFC 1918, RFC 4193, RFC 3927, RFC 6598. */
const PRIVATE =
  /^(127\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|::1$|f[cd]|fe[89ab])/i
