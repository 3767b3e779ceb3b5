/**
 * The local Shopify, as a process: `node sandbox/server.ts`.
 *
 * Answers the Admin API and token endpoint of every shop, SendGrid's mail/send, Twilio's messages, the control API and the pages.
 * Listens on this machine only. Reads SANDBOX_PORT (4600 when unset, 0 for any free one), SANDBOX_CLOCK_FILE,
 * APP_URL, SHOPIFY_API_KEY, SHOPIFY_API_SECRET, SANDBOX_STRICT, SANDBOX_MAIL_EVENTS. Prints {"listening": port} when it is ready.
 */

import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { accountPages } from './account/extensions.ts'
import { answerGraphql, type GraphqlRequest, rootFieldsOf, THROTTLED } from './admin-api/execute.ts'
import { control } from './control.ts'
import { type Fault, takeFault } from './faults.ts'
import { keeperOfParent } from './keeper.ts'
import { tellFate } from './mail-events.ts'
import { MAIL_LIMIT_BYTES, takeMail } from './mailbox.ts'
import { pages } from './pages.ts'
import { takeText } from './phones.ts'
import { newSandbox, type Sandbox } from './sandbox.ts'
import { answerDomains } from './sender-domains.ts'
import { type Settings, settingsFrom } from './settings.ts'
import { giveToken, shopOfToken } from './tokens.ts'
import { iso } from './world/instants.ts'
import { NotPossible } from './world/world.ts'

/** The version that the schema in the cache is of. */
const API_VERSION = '2026-10'

export type Listening = {
  sandbox: Sandbox
  url: string
  port: number
  /** The control API without HTTP. */
  control: (method: string, path: string, body?: unknown) => Promise<unknown>
  close: () => Promise<void>
}

export async function startSandbox(settings: Settings, port: number): Promise<Listening> {
  const sandbox = newSandbox(settings)
  const server = createServer((req, res) => {
    answer(sandbox, req, res).catch((error: unknown) => complain(res, error))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE'
      reject(
        taken ? new Error(`Port ${port} is taken. Set SANDBOX_PORT to another.`, { cause }) : cause,
      )
    })
    server.listen(port, '127.0.0.1', resolve)
  })
  const { port: taken } = server.address() as AddressInfo
  settings.ownUrl = `http://localhost:${taken}`
  return {
    sandbox,
    url: settings.ownUrl,
    port: taken,
    control: (method, path, body) => control(sandbox, method, path, body),
    close: () => close(server),
  }
}

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

async function answer(sandbox: Sandbox, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const url = new URL(req.url ?? '/', sandbox.settings.ownUrl)
  // The preload says which host was meant; without it, the sandbox was meant itself.
  const host = String(req.headers['x-standin-host'] ?? '')
  if (host !== '') {
    if (host === 'api.sendgrid.com' && url.pathname === '/v3/mail/send')
      return answerMail(sandbox, req, res)
    if (host === 'api.sendgrid.com' && /^\/v3\/whitelabel\/domains(\/|$)/.test(url.pathname))
      return answerDomainRequest(sandbox, url.pathname, req, res)
    const account = /^\/2010-04-01\/Accounts\/([^/]+)\/Messages\.json$/.exec(url.pathname)?.[1]
    if (host === 'api.twilio.com' && account) return answerText(sandbox, account, req, res)
    if (url.pathname === '/admin/oauth/access_token') return answerToken(sandbox, host, req, res)
    const version = /^\/admin\/api\/([^/]+)\/graphql\.json$/.exec(url.pathname)?.[1]
    if (version) return answerAdmin(sandbox, host, version, req, res)
    return json(res, 404, { errors: `The sandbox does not play ${host}${url.pathname}.` })
  }
  if (url.pathname.startsWith('/control/')) return answerControl(sandbox, url, req, res)
  if (await pages(req, res, url, sandbox)) return
  json(res, 404, { error: `Nothing is at ${url.pathname}. The front page is at /.` })
}

async function answerControl(
  sandbox: Sandbox,
  url: URL,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const text = await bodyOf(req)
  let body: unknown
  try {
    body = text === '' ? {} : JSON.parse(text)
  } catch {
    throw new NotPossible('The body is not JSON.', 400)
  }
  const done = await control(sandbox, req.method ?? 'GET', url.pathname + url.search, body)
  json(res, 200, done)
}

async function answerToken(
  sandbox: Sandbox,
  host: string,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const text = await bodyOf(req)
  const fault = takeFault(sandbox.faults, ['access_token'], host)
  if (fault && !actsFirst(fault)) return strike(res, req, fault)
  const asked = readForm(text, String(req.headers['content-type'] ?? ''))
  const shop = sandbox.world.shops.get(host) ?? null
  const { status, body } = giveToken(sandbox.tokens, sandbox.settings, { shop, asked })
  if (fault?.mode === 'lose_answer') return strike(res, req, fault)
  if (fault) await wait(fault.lateMs)
  json(res, status, body)
}

function readForm(text: string, type: string): Record<string, unknown> {
  if (type.includes('json')) return JSON.parse(text) as Record<string, unknown>
  return Object.fromEntries(new URLSearchParams(text))
}

async function answerAdmin(
  sandbox: Sandbox,
  host: string,
  version: string,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const text = await bodyOf(req)
  const { world, api, settings, tokens, faults } = sandbox
  const headers = { 'x-shopify-api-version': version, 'x-request-id': randomUUID() }
  const domain = shopOfToken(tokens, String(req.headers['x-shopify-access-token'] ?? ''))
  const shop = domain === host ? world.shops.get(host) : undefined
  if (!shop?.installed)
    return json(
      res,
      401,
      { errors: '[API] Invalid API key or access token (unrecognized login or wrong password)' },
      headers,
    )
  if (version !== API_VERSION)
    return json(
      res,
      404,
      { errors: `The sandbox plays ${API_VERSION} only, not ${version}.` },
      headers,
    )
  const request = JSON.parse(text) as GraphqlRequest
  const roots = rootFieldsOf(api, request)
  const fault = takeFault(faults, roots, shop.domain)
  if (fault && !actsFirst(fault) && fault.mode !== 'refuse') return strike(res, req, fault)

  const view = {
    world,
    shop,
    ownUrl: settings.ownUrl,
    apiKey: settings.apiKey,
    accountPages: () => accountPages(settings.extensions),
    refuse: fault?.mode === 'refuse' ? (fault.code ?? 'INVALID') : null,
  }
  const result = await answerGraphql(api, view, request, settings.strict)
  if (fault?.mode === 'lose_answer') return strike(res, req, fault)
  if (fault?.mode === 'late') await wait(fault.lateMs)
  if (fault?.mode === 'then') await control(sandbox, 'POST', `/control/${fault.path}`, fault.body)
  json(res, 200, result, headers)
}

/** The work is done; only the answer suffers. */
const actsFirst = ({ mode }: Fault): boolean => ['lose_answer', 'late', 'then'].includes(mode)

/** A planned fault: silence, a cut line or an error. */
function strike(res: ServerResponse, req: IncomingMessage, fault: Fault): void {
  switch (fault.mode) {
    case 'timeout':
      return // the socket stays open until the app gives up
    case 'lose_answer':
      req.socket.destroy()
      return
    case 'throttled':
      json(res, 200, { errors: [THROTTLED] })
      return
    default:
      json(res, 500, { errors: 'Internal Server Error' })
  }
}

async function answerMail(
  sandbox: Sandbox,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const text = await bodyOf(req, MAIL_LIMIT_BYTES + 1)
  const { mailbox, world } = sandbox
  const taken = takeMail(mailbox, iso(world.now), req.headers.authorization, text)
  for (const mail of taken.taken ?? []) tellFate(sandbox, mail)
  if (taken.answer === 'silent') return
  if (taken.answer === 'cut') {
    req.socket.destroy()
    return
  }
  if (taken.answer === 202) {
    res.writeHead(202, { 'x-message-id': taken.id ?? '' }).end()
    return
  }
  json(res, taken.answer, { errors: taken.errors })
}

async function answerDomainRequest(
  { mailbox }: Sandbox,
  path: string,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const text = await bodyOf(req)
  if (!/^Bearer \S+/.test(req.headers.authorization ?? ''))
    return json(res, 401, { errors: [{ message: 'authorization required', field: null }] })
  const { status, body } = answerDomains(mailbox.domains, req.method ?? 'GET', path, text)
  if (status === 204) res.writeHead(204).end()
  else json(res, status, body)
}

async function answerText(
  sandbox: Sandbox,
  account: string,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const form = await bodyOf(req)
  const { answer, body } = takeText(sandbox, account, req.headers.authorization, form)
  if (answer === 'silent') return
  if (answer === 'cut') req.socket.destroy()
  else json(res, answer, body)
}

async function bodyOf(req: IncomingMessage, limit = 10 * 1024 * 1024): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of req) {
    size += (chunk as Buffer).length
    if (size <= limit) chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks).toString()
}

function json(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  res
    .writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      ...headers,
    })
    .end(JSON.stringify(body))
}

function complain(res: ServerResponse, error: unknown): void {
  if (res.headersSent) {
    res.end()
    return
  }
  if (error instanceof NotPossible) {
    json(res, error.status, { error: error.message })
    return
  }
  console.error(error)
  json(res, 500, { error: error instanceof Error ? error.message : String(error) })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const {
    sandbox,
    port,
    close: stop,
  } = await startSandbox(settingsFrom(process.env), Number(process.env.SANDBOX_PORT ?? 4600))
  sandbox.keeper = keeperOfParent(process)
  console.log(JSON.stringify({ listening: port }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      stop().then(() => process.exit(0))
    })
}
