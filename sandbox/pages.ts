import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** What an address shows: a document of this folder, always the same whatever the world holds. */
const DOCUMENTS: [address: RegExp, file: string][] = [
  [/^\/$/, 'front-page/front-page.html'],
  [/^\/mailbox(\/[^/]+)?$/, 'mailbox-page/mailbox.html'],
  [/^\/phone(\/[^/]+)?$/, 'phone-page/phone.html'],
  [/^\/oracle$/, 'ledger-pages/oracle.html'],
  [/^\/deliveries$/, 'ledger-pages/deliveries.html'],
  [/^\/challenge\/[^/]+$/, 'shopper-pages/challenge.html'],
  [/^\/payment-method\/[^/]+$/, 'shopper-pages/method.html'],
  [/^\/store\/[^/]+(\/.*)?$/, 'admin-frame/admin.html'],
]

/** Scripts, styles and pictures that the documents ask for. Nothing else of the folder is served. */
const PART =
  /^\/(?:admin-frame|front-page|ledger-pages|mailbox-page|page-parts|phone-page|shopper-pages)\/[a-z-]+\.(?:js|css|svg)$/

const TYPES: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
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
  _sandbox?: unknown,
): Promise<boolean> {
  if (req.method !== 'GET' && req.method !== 'HEAD') return false
  if (url.pathname === '/admin') {
    res.writeHead(302, { location: FIRST_ADMIN }).end()
    return true
  }
  const file = fileFor(url.pathname)
  if (!file) return false
  const body = await readFile(new URL(file, import.meta.url)).catch(() => null)
  if (!body) return false
  const ending = file.slice(file.lastIndexOf('.') + 1)
  res.writeHead(200, {
    'content-type': TYPES[ending] ?? 'application/octet-stream',
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  })
  res.end(req.method === 'HEAD' ? undefined : body)
  return true
}

/** The file behind an address, relative to this folder; null when the address is not a page. */
function fileFor(path: string): string | null {
  if (path === '/app-bridge.js') return 'admin-frame/app-bridge.js'
  if (path === '/favicon.ico') return 'page-parts/icon.svg'
  if (PART.test(path)) return path.slice(1)
  return DOCUMENTS.find(([address]) => address.test(path))?.[1] ?? null
}
