import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { accountPages, bundleOf } from './account/extensions.ts'
import type { Sandbox } from './sandbox.ts'
import { tail } from './world/world.ts'

/** What an address shows: a document of this folder, always the same whatever the world holds. */
const DOCUMENTS: [address: RegExp, file: string][] = [
  [/^\/$/, 'front-page/front-page.html'],
  [/^\/mailbox(\/[^/]+)?$/, 'mailbox-page/mailbox.html'],
  [/^\/phone(\/[^/]+)?$/, 'phone-page/phone.html'],
  [/^\/oracle$/, 'ledger-pages/oracle.html'],
  [/^\/deliveries$/, 'ledger-pages/deliveries.html'],
  [/^\/challenge\/[^/]+$/, 'shopper-pages/challenge.html'],
  [/^\/payment-method\/[^/]+$/, 'shopper-pages/method.html'],
  [/^\/account\/[^/]+(\/.*)?$/, 'account/page/account.html'],
  [/^\/store\/[^/]+(\/.*)?$/, 'admin-frame/admin.html'],
]

/** Scripts, styles and pictures that the documents ask for. Nothing else of the folder is served. */
const PART =
  /^\/(?:admin-frame|front-page|ledger-pages|mailbox-page|page-parts|phone-page|shopper-pages)\/[a-z-]+\.(?:js|css|svg)$/

/** What `npm run setup` makes of account/page/ and of the types of @shopify/ui-extensions (scripts/build-account.mjs). */
const MADE = /^\/account-parts\/((?:account|worker)\.js|elements\.json)$/
const MADE_FOLDER = new URL('../.cache/account/', import.meta.url)

const TYPES: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  json: 'application/json',
}

/** The shop whose admin `/admin` opens: the first demo shop (stories/). */
const FIRST_ADMIN = '/store/bean-and-bloom/apps/reprise/app'

/**
 * The pages a person looks at: front page, admin frame, mailbox, phone, oracle, deliveries, and the two
 * that a shopper would meet at the bank and at Shopify.
 * They are plain files; what they show they read from the control API, as any other client would.
 * Answers true when the request was one of these.
 */
export async function pages(
  req: IncomingMessage,
  res: ServerResponse,
  url: URL,
  sandbox?: Sandbox,
): Promise<boolean> {
  if (req.method !== 'GET' && req.method !== 'HEAD') return false
  if (url.pathname === '/admin') {
    res.writeHead(302, { location: FIRST_ADMIN }).end()
    return true
  }
  if (url.pathname === '/account') {
    res.writeHead(302, { location: firstAccount(sandbox) }).end()
    return true
  }
  const door = /^\/account\/of\/([^/]+)(?:\/pages\/([^/]+))?\/?$/.exec(url.pathname)
  if (door && sandbox) {
    res.writeHead(302, { location: afterLogin(sandbox, door[1] ?? '', door[2]) }).end()
    return true
  }
  const file = fileFor(url.pathname, sandbox?.settings.extensions ?? 'extensions')
  if (!file) return false
  const body = await readFile(file).catch(() => null)
  if (!body) return false
  const ending = String(file).slice(String(file).lastIndexOf('.') + 1)
  res.writeHead(200, {
    'content-type': TYPES[ending] ?? 'application/octet-stream',
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  })
  res.end(req.method === 'HEAD' ? undefined : body)
  return true
}

/** The account of the shopper whose story is on, else of anybody; the front page where there is nobody. */
function firstAccount(sandbox: Sandbox | undefined): string {
  const id = sandbox?.story?.customerId ?? sandbox?.world.customers.keys().next().value
  return id ? `/account/${tail(id)}` : '/'
}

/**
 * Where a shop's account leads who follows a link to it. Shopify would mail them a code; here whoever was mailed last
 * by this shop is taken to be the one who reads.
 */
function afterLogin(sandbox: Sandbox, domain: string, page: string | undefined): string {
  const { world, mailbox, settings } = sandbox
  const customers = [...world.customers.values()].filter(({ shop }) => shop === domain)
  const mailed = mailbox.messages.findLast(({ to }) => customers.some(({ email }) => email === to))
  const reader = customers.find(({ email }) => email === mailed?.to) ?? customers[0]
  if (!reader) return '/'
  const shown = accountPages(settings.extensions).find(({ uid }) => uid === page)
  return `/account/${tail(reader.id)}${shown ? `/pages/${shown.handle}` : ''}`
}

/** The file behind an address; null when the address is not a page. */
function fileFor(path: string, extensions: string): URL | string | null {
  const bundle = /^\/extension-bundles\/([a-z0-9-]+)\.js$/.exec(path)?.[1]
  if (bundle) return bundleOf(extensions, bundle)
  const made = MADE.exec(path)?.[1]
  if (made) return new URL(made, MADE_FOLDER)
  const ours = fileOfOurs(path)
  return ours === null ? null : new URL(ours, import.meta.url)
}

/** Relative to this folder. */
function fileOfOurs(path: string): string | null {
  if (path === '/app-bridge.js') return 'admin-frame/app-bridge.js'
  if (path === '/favicon.ico') return 'page-parts/icon.svg'
  if (path === '/account-parts/account.css') return 'account/page/account.css'
  if (PART.test(path)) return path.slice(1)
  return DOCUMENTS.find(([address]) => address.test(path))?.[1] ?? null
}
