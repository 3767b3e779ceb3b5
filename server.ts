/**
 * The web process: webhook intake, `/health`, the browser's files and the pages of the app.
 *
 *   node server.ts          the build of `npm run build`
 *   node server.ts --dev    Vite in front of the sources
 *
 * Prints {"listening": port} when it takes requests.
 */
import './app/node-version.server.ts' // first
import { existsSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRequestHandler } from '@remix-run/express'
import type { ServerBuild } from '@remix-run/node'
import express, { type NextFunction, type Request, type Response } from 'express'
import type { ViteDevServer } from 'vite'
import { inSandbox } from './app/clock.server.ts'
import { env, MissingSetting } from './app/env.server.ts'
import { log } from './app/log.server.ts'

/** How long open requests may take when the process is asked to end. Milliseconds. */
const SHUTDOWN_MS = 10_000

const BUILD = new URL('./build/server/index.js', import.meta.url)
const dev = process.argv.includes('--dev')
const settings = checkedSettings()

// Only now: these open the database.
const { disconnect } = await import('./app/db.server.ts')
const { readHealth } = await import('./app/health.server.ts')
const { receiveMailEvents } = await import('./app/intake/mail-events.server.ts')
const { receiveTextAnswer, receiveTextEvent } = await import('./app/intake/text-events.server.ts')
const { receiveWebhook } = await import('./app/intake/webhooks.server.ts')
const { TEXT_ANSWER_PATH, TEXT_STATUS_PATH } = await import('./app/messages/sms.server.ts')
const { guardDocuments, limitKind, limitRate, limitSize, securityHeaders } = await import(
  './app/http-guard.server.ts'
)
const { mayReadMetrics, METRICS_TYPE, readMetrics } = await import('./app/metrics-page.server.ts')
const { findPlace } = await import('./app/place.server.ts')
await findPlace()

const app = express()
const server = createServer((req, res) => {
  // Before Express and its middleware: most of a sale day's load, and the raw body is needed.
  if (isPostTo(req, '/webhooks')) receiveWebhook(req, res)
  else if (isPostTo(req, '/events/sendgrid')) receiveMailEvents(req, res)
  else if (isPostTo(req, TEXT_STATUS_PATH)) receiveTextEvent(req, res)
  else if (isPostTo(req, TEXT_ANSWER_PATH)) receiveTextAnswer(req, res)
  else app(req, res)
})
server.requestTimeout = 30_000

app.disable('x-powered-by')
app.use(logRequest)
app.use(securityHeaders, guardDocuments(dev), limitSize, limitKind, limitRate)
app.all(['/webhooks', '/events/sendgrid', TEXT_STATUS_PATH, TEXT_ANSWER_PATH], (_req, res) =>
  res.status(405).set('allow', 'POST').end(),
)
app.get('/health', (_req, res, next) => {
  readHealth().then(
    (health) =>
      res
        .status(health.ready ? 200 : 503)
        .set('cache-control', 'no-store')
        .json(health),
    next,
  )
})

app.get('/metrics', (req, res, next) => {
  const asked = {
    address: req.socket.remoteAddress,
    forwarded: req.headers['x-forwarded-for'] !== undefined || req.headers.forwarded !== undefined,
    authorization: req.headers.authorization,
  }
  if (!mayReadMetrics(asked, settings.METRICS_TOKEN)) res.status(404).end()
  else
    readMetrics().then(
      (text) => res.status(200).set('cache-control', 'no-store').type(METRICS_TYPE).send(text),
      next,
    )
})

const vite = dev ? await startVite() : undefined
if (vite) app.use(vite.middlewares)
else {
  // File names carry a hash of their content, so a browser may keep them for good.
  app.use('/assets', express.static('build/client/assets', { immutable: true, maxAge: '1y' }))
  app.use(express.static('build/client', { maxAge: '1h' }))
}
app.all(
  '*',
  createRequestHandler({
    build: vite
      ? () => vite.ssrLoadModule('virtual:remix/server-build') as Promise<ServerBuild>
      : ((await import(BUILD.href)) as ServerBuild),
    mode: dev ? 'development' : 'production',
    getLoadContext: (_req, res) => ({ nonce: String(res.locals.nonce) }),
  }),
)
app.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
  // A path that cannot be decoded is the caller's mistake; Express says so in `status`.
  const isTheirs = error instanceof URIError
  if (!isTheirs) log.error({ error }, 'a request failed')
  if (res.headersSent) next(error)
  else if (isTheirs) res.status(400).type('text').send('This address cannot be read.')
  else res.status(500).type('text').send('Something went wrong on our side. Try again in a minute.')
})

server.on('error', (error) => {
  log.fatal({ error }, 'the web process cannot listen')
  process.exit(1)
})
server.listen(settings.PORT, settings.HOST, () => {
  const { port } = server.address() as AddressInfo
  process.stdout.write(`${JSON.stringify({ listening: port })}\n`)
})

// Libraries print to the console, with what a stranger asked for in it: one redacted line each, like all others.
for (const level of ['warn', 'error'] as const)
  console[level] = (...said: unknown[]) => log[level](said.map(String).join(' '))
process.on('unhandledRejection', (error) => log.error({ error }, 'a promise was left alone'))
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void shutDown(signal))

/** Takes no new request, lets the open ones finish, and ends. */
async function shutDown(signal: string): Promise<void> {
  log.info({ signal }, 'the web process ends')
  setTimeout(() => process.exit(1), SHUTDOWN_MS).unref()
  await Promise.all([
    new Promise((closed) => {
      server.close(closed)
      server.closeIdleConnections()
    }),
    vite?.close(),
  ])
  await disconnect()
  process.exit(0)
}

/** Ends the process with one sentence that says what to do, before anything is opened. */
function checkedSettings() {
  try {
    const settings = env()
    if (settings.NODE_ENV === 'production' && inSandbox()) {
      throw new MissingSetting(
        'The sandbox preload plays Shopify and cannot run in production. ' +
          'Start without `--import ./sandbox/register.ts`, or with NODE_ENV=development.',
      )
    }
    if (!dev && !existsSync(BUILD))
      throw new MissingSetting('The app is not built. Run `npm run build` first, or use --dev.')
    return settings
  } catch (error) {
    if (!(error instanceof MissingSetting)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}

async function startVite(): Promise<ViteDevServer> {
  const { createServer: createVite } = await import('vite')
  const { protocol, hostname } = new URL(settings.SHOPIFY_APP_URL)
  const tunnel = protocol === 'https:' ? { protocol: 'wss', clientPort: 443 } : {}
  return createVite({
    server: { middlewareMode: true, hmr: { server, ...tunnel }, allowedHosts: [hostname] },
  })
}

function isPostTo({ method, url }: IncomingMessage, path: string): boolean {
  return method === 'POST' && (url === path || (url?.startsWith(`${path}?`) ?? false))
}

/** Method, path and status. Never the query: it carries id_token and hmac. */
function logRequest(req: Request, res: Response, next: NextFunction): void {
  const startedAt = performance.now()
  const path = (req.originalUrl.split('?')[0] ?? '').replace(/^\/([ru])\/.+/, '/$1/[hidden]')
  res.on('finish', () => {
    const level = path === '/health' || path.startsWith('/assets/') ? 'debug' : 'info'
    const ms = Math.round(performance.now() - startedAt)
    log[level]({ method: req.method, path, status: res.statusCode, ms }, 'request')
  })
  next()
}
