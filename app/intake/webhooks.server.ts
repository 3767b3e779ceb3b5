/**
 * Webhook intake: check the signature, commit one row, answer. Everything else happens later in a worker
 * (process.server.ts), because Shopify waits five seconds and counts anything but 2xx as lost.
 *
 * Written for node:http, so that server.ts can call it before Express: most of a sale day's load passes here.
 */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { Pool } from 'pg'
import { now, realNow } from '../clock.server.ts'
import { pool } from '../db.server.ts'
import { env } from '../env.server.ts'
import { log } from '../log.server.ts'
import { count } from '../metrics.server.ts'
import { rateLimit } from '../rate-limit.server.ts'
import { isKnownTopic } from './topics.ts'

/** Where a worker LISTENs. Only a hint: what is due is found by asking the table. */
export const WEBHOOK_CHANNEL = 'webhook_event'

/** Largest body that is read, whatever Content-Length says. Bytes. Shopify's own payloads stay far below. */
export const MAX_BODY_BYTES = 1_000_000

/** A sender of more than this is cut off instead of being read to its end. Bytes. */
const MAX_DISCARDED_BYTES = 8_000_000

/**
 * Signed deliveries of one shop that one web process takes in. 1,000 a second for ten seconds: a shop with 100,000
 * renewals on one day comes to a tenth of that. More is a loop; Shopify delivers again what was refused. Ours.
 */
export const deliveriesOfShop = rateLimit({ times: 10_000, perMs: 10_000 })

/** Longest header that is stored; Shopify's are under 100. Longer values do not fit the unique index. */
const MAX_HEADER_LENGTH = 255

/** One delivery whose signature is good. */
type Delivery = {
  shop: string
  topic: string
  /** The event's id, the same through two subscriptions; else the delivery's. */
  eventId: string
  webhookId: string
  apiVersion: string
  triggeredAt: Date | null
  body: string
  /** Stored without effect, and why. */
  flag: 'broken JSON' | 'unknown topic' | null
}

/** Answers `POST /webhooks`: 200 stored, 400 headers missing, 401 bad signature, 413 too large, 429 too many, 503 try again. */
export function receiveWebhook(req: IncomingMessage, res: ServerResponse): void {
  receiveRaw(req, res, takeIn, answer)
}

/** Reads a body as it came, up to MAX_BODY_BYTES, and answers what `take` says: 413 too large, 503 it threw. */
export function receiveRaw(
  req: IncomingMessage,
  res: ServerResponse,
  take: (headers: IncomingHttpHeaders, body: Buffer) => Promise<number>,
  answer: (res: ServerResponse, status: number) => void,
): void {
  const chunks: Buffer[] = []
  let bytes = 0
  if (Number(req.headers['content-length'] ?? 0) > MAX_BODY_BYTES) answer(res, 413)

  req.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk)
    else {
      chunks.length = 0
      answer(res, 413)
      if (bytes > MAX_DISCARDED_BYTES) req.destroy()
    }
  })
  req.on('end', () => {
    if (res.writableEnded) return
    const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
    take(req.headers, body).then(
      (status) => answer(res, status),
      (error: unknown) => {
        log.error(
          { error },
          'a webhook could not be stored; its sender is asked to deliver it again',
        )
        answer(res, 503)
      },
    )
  })
  req.on('error', () => {}) // the sender went away; it has no answer to wait for
}

/** Shopify signs the raw body: base64 of its HMAC-SHA256 with the client secret. */
export function isSignedBy(secret: string, body: Buffer, signature: string): boolean {
  const expected = createHmac('sha256', secret).update(body).digest()
  const given = Buffer.from(signature, 'base64')
  return given.length === expected.length && timingSafeEqual(given, expected)
}

async function takeIn(headers: IncomingHttpHeaders, body: Buffer): Promise<200 | 400 | 401 | 429> {
  const signature = header(headers, 'x-shopify-hmac-sha256')
  const shop = header(headers, 'x-shopify-shop-domain')
  const topic = header(headers, 'x-shopify-topic')
  const webhookId = header(headers, 'x-shopify-webhook-id')
  if (signature === null || shop === null || topic === null || webhookId === null) return 400
  if (!isSignedBy(env().SHOPIFY_API_SECRET, body, signature)) return 401
  if (!deliveriesOfShop.allows(shop.toLowerCase(), realNow().getTime())) return 429

  const text = body.toString('utf8')
  await save(pool, {
    shop: shop.toLowerCase(),
    topic,
    eventId: header(headers, 'x-shopify-event-id') ?? webhookId,
    webhookId,
    apiVersion: header(headers, 'x-shopify-api-version') ?? '',
    triggeredAt: instant(header(headers, 'x-shopify-triggered-at')),
    body: text.replaceAll('\0', '\ufffd'), // PostgreSQL's text holds no NUL; JSON never has one
    flag: isJsonObject(text) ? (isKnownTopic(topic) ? null : 'unknown topic') : 'broken JSON',
  })
  return 200
}

const INSERT = {
  name: 'webhook_event_insert', // prepared once for each connection
  text: `INSERT INTO "WebhookEvent"
    ("id", "shop", "topic", "eventId", "webhookId", "apiVersion", "triggeredAt", "receivedAt", "body", "flag",
     "state", "nextTryAt", "doneAt", "correlationId")
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
    ON CONFLICT DO NOTHING`,
}

/** The one write. A redelivery of a known event changes nothing. */
async function save(pool: Pool, delivery: Delivery): Promise<void> {
  const receivedAt = now().toISOString()
  const flagged = delivery.flag !== null
  const id = randomUUID()
  const { rowCount } = await pool.query({
    ...INSERT,
    values: [
      id,
      delivery.shop,
      delivery.topic,
      delivery.eventId,
      delivery.webhookId,
      delivery.apiVersion,
      delivery.triggeredAt?.toISOString() ?? null,
      receivedAt,
      delivery.body,
      delivery.flag,
      flagged ? 'done' : 'received',
      flagged ? null : receivedAt,
      flagged ? receivedAt : null,
      id, // the correlation id: from here to the charge, every row and log line carries it
    ],
  })
  if (flagged) {
    log.warn({ shop: delivery.shop, topic: delivery.topic, flag: delivery.flag }, 'webhook flagged')
  } else if (rowCount === 1) hint()
}

/**
 * Least time between two hints. Milliseconds, real time. Under load one hint then stands for many deliveries; a lone
 * delivery is told of at once.
 */
const HINT_GAP_MS = 10

let hinting = false
let hintAgain = false

/**
 * Wakes a waiting worker. After the commit and at most one at a time: NOTIFY inside the insert would make
 * PostgreSQL commit one delivery after the other, since notifying transactions take a lock over the database.
 */
function hint(): void {
  hintAgain = true
  if (hinting) return
  hinting = true
  void (async () => {
    while (hintAgain) {
      hintAgain = false
      await pool
        .query({ name: 'webhook_event_hint', text: `NOTIFY ${WEBHOOK_CHANNEL}` })
        .catch((error: unknown) => log.warn({ error }, 'workers were not woken; they poll anyway'))
      await wait(HINT_GAP_MS)
    }
    hinting = false
  })()
}

export function header(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name]
  if (typeof value !== 'string') return null
  const trimmed = value.trim()
  return trimmed === '' || trimmed.length > MAX_HEADER_LENGTH ? null : trimmed
}

function instant(text: string | null): Date | null {
  const date = text === null ? null : new Date(text)
  return date && !Number.isNaN(date.getTime()) ? date : null
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null
  } catch {
    return false
  }
}

function answer(res: ServerResponse, status: number): void {
  count('webhooks_received_total', { answer: String(status) })
  if (res.headersSent) return
  res.writeHead(status, { 'content-length': 0 }).end()
}
