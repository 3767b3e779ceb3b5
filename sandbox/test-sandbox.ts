/** A sandbox of its own for one test file, with a small app that answers as a test tells it to. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import type { Listening } from './server.ts'
import { startSandbox } from './server.ts'
import { settingsFrom } from './settings.ts'
import { launchUrl } from './tokens.ts'

// Real HTTP, and processes of their own: on a busy machine five seconds are too few.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

export const KEY = 'test-key'
export const SECRET = 'test-secret'
export const SHOP = 'test-shop.myshopify.com'
/** Monday, 9 November 2026, 08:00 in Berlin. */
export const START = '2026-11-09T07:00:00Z'

export type Received = { path: string; headers: IncomingHttpHeaders; body: string; at: string }

export type FakeApp = {
  url: string
  /** Webhooks, oldest first. */
  received: Received[]
  /** What the next webhooks are answered; 200 when the list is empty. `silent`: never. */
  answers: (number | 'silent')[]
  /** What /health says. */
  pending: () => number
  nextDueAt: () => string | null
  nextLookAt: () => string | null
  close: () => Promise<void>
}

export type TestSandbox = Listening & {
  app: FakeApp
  get: <T>(path: string) => Promise<T>
  post: <T>(path: string, body?: object) => Promise<T>
  /** An Admin API call with a token of the test shop, over HTTP. */
  admin: (query: string, variables?: object) => Promise<AdminAnswer>
  /** A token for the test shop, by token exchange. */
  token: (kind?: 'offline' | 'online') => Promise<Record<string, string>>
  exchange: (
    asked: Record<string, unknown>,
  ) => Promise<{ status: number; body: Record<string, string> }>
}

/** An answer of the Admin API. */
export type AdminAnswer = {
  status: number
  data: Record<string, unknown> | undefined
  /** A field of the data by its path, e.g. `shop.name`. */
  at: (path: string) => unknown
  errors: { message: string; path?: string[]; extensions?: Record<string, unknown> }[] | undefined
  extensions: { cost: Cost } | undefined
}
type Cost = {
  requestedQueryCost: number
  actualQueryCost: number | null
  throttleStatus: { maximumAvailable: number; currentlyAvailable: number; restoreRate: number }
}

/** Starts both; the world holds one shop. */
export async function openSandbox(env: Record<string, string> = {}): Promise<TestSandbox> {
  const folder = mkdtempSync(join(tmpdir(), 'reprise-sandbox-'))
  let clock = () => START
  const app = await openFakeApp(() => clock())
  const settings = settingsFrom({
    APP_URL: app.url,
    SHOPIFY_API_KEY: KEY,
    SHOPIFY_API_SECRET: SECRET,
    SANDBOX_CLOCK_FILE: join(folder, 'clock'),
    ...env,
  })
  const listening = await startSandbox(settings, 0)
  clock = () => new Date(listening.sandbox.world.now).toISOString()
  const call = async <T>(path: string, request: RequestInit): Promise<T> => {
    const answer = await fetch(`${listening.url}/control/${path}`, request)
    const body = (await answer.json()) as T & { error?: string }
    if (!answer.ok) throw new Error(`${answer.status} ${body.error}`)
    return body
  }
  const post: TestSandbox['post'] = (path, body = {}) =>
    call(path, { method: 'POST', body: JSON.stringify(body) })
  const exchange: TestSandbox['exchange'] = async (asked) => {
    const answer = await fetch(`${listening.url}/admin/oauth/access_token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-standin-host': SHOP },
      body: JSON.stringify({ client_id: KEY, client_secret: SECRET, ...asked }),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, string> }
  }
  const token = async (kind = 'offline'): Promise<Record<string, string>> => {
    const launched = new URL(launchUrl(settings, SHOP, '/app'))
    const { body } = await exchange({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: launched.searchParams.get('id_token'),
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      requested_token_type: `urn:shopify:params:oauth:token-type:${kind}-access-token`,
      expiring: '1',
    })
    return body
  }
  const sandbox: TestSandbox = {
    ...listening,
    app,
    post,
    exchange,
    token,
    get: (path) => call(path, { method: 'GET' }),
    async admin(query, variables = {}) {
      const { access_token = '' } = await token()
      const answer = await fetch(`${listening.url}/admin/api/2026-10/graphql.json`, {
        method: 'POST',
        headers: { 'x-standin-host': SHOP, 'x-shopify-access-token': access_token },
        body: JSON.stringify({ query, variables }),
      })
      const said = (await answer.json()) as Omit<AdminAnswer, 'status' | 'at'>
      return { status: answer.status, ...said, at: (path) => dig(said.data, path) }
    },
    async close() {
      await listening.close()
      await app.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await freshWorld(sandbox)
  return sandbox
}

const dig = (value: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce((each: unknown, field) => (each as Record<string, unknown> | null)?.[field], value)

/** An empty world with the test shop, and an app that has heard nothing. */
export async function freshWorld(sandbox: TestSandbox): Promise<void> {
  await sandbox.post('reset', { now: START })
  await sandbox.post('shops', {
    domain: SHOP,
    name: 'Test Shop',
    zone: 'Europe/Berlin',
    currency: 'EUR',
    country: 'DE',
  })
  sandbox.app.received.length = 0
  sandbox.app.answers.length = 0
  sandbox.app.pending = () => 0
  sandbox.app.nextDueAt = () => null
  sandbox.app.nextLookAt = () => null
}

async function openFakeApp(now: () => string): Promise<FakeApp> {
  const silent: ServerResponse[] = []
  const server = createServer((req, res) => {
    if (req.url === '/health') {
      res.end(
        JSON.stringify({
          now: now(),
          pending: app.pending(),
          nextDueAt: app.nextDueAt(),
          nextLookAt: app.nextLookAt(),
        }),
      )
      return
    }
    let body = ''
    req.on('data', (chunk) => {
      body += chunk
    })
    req.on('end', () => {
      app.received.push({ path: req.url ?? '', headers: req.headers, body, at: now() })
      const answer = app.answers.shift() ?? 200
      if (answer === 'silent') silent.push(res)
      else res.writeHead(answer).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const app: FakeApp = {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    received: [],
    answers: [],
    pending: () => 0,
    nextDueAt: () => null,
    nextLookAt: () => null,
    close: () =>
      new Promise((resolve) => {
        for (const res of silent) res.destroy()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return app
}

/** A monthly contract of the test shop that is first charged on the 12th at 09:00 in Berlin. */
export const plainContract = {
  shop: SHOP,
  customer: {
    firstName: 'Mara',
    lastName: 'Lindqvist',
    email: 'mara@example.com',
    locale: 'de',
    country: 'DE',
  },
  interval: 'MONTH',
  intervalCount: 1,
  firstChargeAt: '2026-11-12T08:00:00Z',
  price: '24.90',
  productTitle: 'House espresso',
}

export type Made = {
  contractId: string
  customerId: string
  methodId: string
  productVariantId: string
}
