/**
 * The preload that puts Reprise into the local Shopify: `node --import ./sandbox/register.ts server.ts`.
 *
 * Outgoing calls to Shopify, SendGrid and Twilio go to the sandbox, every other host is refused, and the world's clock stands
 * where the app's clock looks for it. No app code knows of this file. Production refuses to start with it.
 *
 * Reads SANDBOX_URL (http://localhost:4600 when unset) and SANDBOX_CLOCK_FILE.
 */
import { readFileSync } from 'node:fs'
import http, { type RequestOptions } from 'node:http'
import https from 'node:https'
import { syncBuiltinESMExports } from 'node:module'
import { Agent, type Dispatcher, setGlobalDispatcher } from 'undici'

if (process.env.NODE_ENV === 'production')
  throw new Error(
    'sandbox/register.ts replaces Shopify by a local stand-in and must not be loaded in production. ' +
      'Start the process without --import ./sandbox/register.ts.',
  )

const sandbox = new URL(process.env.SANDBOX_URL ?? 'http://localhost:4600')
const clockFile = process.env.SANDBOX_CLOCK_FILE ?? '.data/sandbox-clock'

/** Hosts that the sandbox answers for. */
const PLAYED = [
  /\.myshopify\.com$/i,
  /^admin\.shopify\.com$/i,
  /^api\.sendgrid\.com$/i,
  /^api\.twilio\.com$/i,
]
/** How often the clock file is looked at for jumps. Real time; reading the time itself needs no watching. */
const LOOK_EVERY_MS = 25

const isLoopback = (host: string): boolean =>
  ['localhost', '127.0.0.1', '::1', '[::1]'].includes(host)

if (!isLoopback(sandbox.hostname))
  throw new Error(`SANDBOX_URL must be on this machine, not on ${sandbox.hostname}.`)

function route(host: string): 'direct' | 'sandbox' {
  if (isLoopback(host)) return 'direct'
  if (PLAYED.some((pattern) => pattern.test(host))) return 'sandbox'
  throw new Error(`The sandbox preload refused a call to ${host}: nothing may leave this machine.`)
}

redirectFetch()
redirectHttp()
rewriteAnswers()
hangUpClock()

/** fetch: Node's own and npm's undici read the same global dispatcher, whichever is imported first. */
function redirectFetch(): void {
  setGlobalDispatcher(
    new Agent().compose((dispatch) => (options, handler) => {
      const origin = new URL(String(options.origin))
      if (route(origin.hostname) === 'direct') return dispatch(options, handler)
      const headers = withHeader(options.headers, 'x-standin-host', origin.host)
      return dispatch({ ...options, origin: sandbox.origin, headers }, handler)
    }),
  )
}

type Headers = Dispatcher.DispatchOptions['headers']

/** undici passes headers as a flat list, as pairs or as an object. */
function withHeader(headers: Headers, name: string, value: string): NonNullable<Headers> {
  if (!headers) return { [name]: value }
  if (Array.isArray(headers)) return [...headers, name, value]
  if (Symbol.iterator in headers) return [...pairsOf(headers), name, value]
  return { ...headers, [name]: value }
}

function pairsOf(headers: Iterable<[string, string | string[] | undefined]>): string[] {
  return [...headers].flatMap(([name, value]) => (value === undefined ? [] : [name, String(value)]))
}

/** node:http and node:https: axios, inside SendGrid's client, uses neither fetch nor undici. */
function redirectHttp(): void {
  const plainRequest = http.request
  for (const module of [http, https]) {
    const real = module.request
    const request = (...given: unknown[]) => {
      const { options, callback } = argumentsOf(given)
      const host = (options.hostname ?? options.host ?? 'localhost').replace(/:\d+$/, '')
      if (options.socketPath || route(host) === 'direct') return Reflect.apply(real, module, given)
      const { agent: _agent, defaultPort: _port, ...rest } = options
      return plainRequest(
        {
          ...rest,
          protocol: 'http:',
          host: sandbox.hostname,
          hostname: sandbox.hostname,
          port: sandbox.port,
          headers: { ...options.headers, 'x-standin-host': host } as http.OutgoingHttpHeaders,
        },
        callback,
      )
    }
    const get = (...given: unknown[]) => {
      const sent = request(...given)
      sent.end()
      return sent
    }
    Object.assign(module, { request, get })
  }
  syncBuiltinESMExports()
}

type Callback = (response: http.IncomingMessage) => void

/** The three ways of calling http.request, as one. */
function argumentsOf([input, second, third]: unknown[]): {
  options: RequestOptions
  callback?: Callback
} {
  const asCallback = (value: unknown) =>
    typeof value === 'function' ? { callback: value as Callback } : {}
  if (typeof input !== 'string' && !(input instanceof URL))
    return { options: { ...(input as RequestOptions) }, ...asCallback(second) }
  const url = new URL(input)
  const fromUrl: RequestOptions = {
    protocol: url.protocol,
    hostname: url.hostname,
    port: url.port,
    path: url.pathname + url.search,
  }
  if (typeof second === 'function') return { options: fromUrl, ...asCallback(second) }
  return { options: { ...fromUrl, ...(second as RequestOptions) }, ...asCallback(third) }
}

/** The app's own answers: lets the sandbox's admin frame the app, and leads redirects to it. */
function rewriteAnswers(): void {
  const { writeHead } = http.ServerResponse.prototype
  const cdn = 'https://cdn.shopify.com/shopifycloud/app-bridge.js'
  const bridge = process.env.APP_BRIDGE_URL
  http.ServerResponse.prototype.writeHead = function (this: http.ServerResponse, ...args: never[]) {
    rewrite(this, 'content-security-policy', (policy) =>
      policy.replace(/frame-ancestors\s+(?=https:)/, `frame-ancestors ${sandbox.origin} `),
    )
    rewrite(this, 'location', (url) =>
      url.replace(/^https:\/\/admin\.shopify\.com/, sandbox.origin),
    )
    if (bridge) rewrite(this, 'link', (link) => link.replaceAll(cdn, bridge))
    return Reflect.apply(writeHead, this, args)
  } as typeof writeHead
}

function rewrite(
  response: http.ServerResponse,
  name: string,
  change: (text: string) => string,
): void {
  const value = response.getHeader(name)
  if (typeof value === 'string') response.setHeader(name, change(value))
}

/** The world's clock, where app/clock.server.ts looks for it. Every process reads the same file, so all agree. */
function hangUpClock(): void {
  const listeners = new Set<() => void>()
  const now = (): number => {
    const at = Number(readFileSync(clockFile, 'utf8'))
    if (!Number.isFinite(at)) throw new Error(`${clockFile} holds no time. Is the sandbox running?`)
    return at
  }
  let watching: NodeJS.Timeout | null = null
  let seen = 0
  const look = () => {
    const at = now()
    if (at === seen) return
    seen = at
    for (const listener of listeners) listener()
  }
  const clock = {
    now,
    onJump: (listener: () => void): void => {
      listeners.add(listener)
      if (watching) return
      seen = now()
      watching = setInterval(look, LOOK_EVERY_MS)
      watching.unref()
    },
  }
  Object.assign(globalThis, { __repriseClock: clock })
}
