/**
 * The least that intake could do: node:http, one HMAC, one insert into the same table, 200. What the app does beyond
 * it (headers checked and trimmed, JSON parsed, topic known, workers woken, a log) is the price that is measured.
 *
 * Reads DATABASE_URL and SECRET.
 */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import pg from 'pg'

const { DATABASE_URL, SECRET = '' } = process.env
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 }) // as many as the app's own

const INSERT = {
  name: 'insert',
  text: `INSERT INTO "WebhookEvent"
    ("id", "shop", "topic", "eventId", "webhookId", "apiVersion", "triggeredAt", "receivedAt", "body", "flag",
     "state", "nextTryAt", "doneAt", "correlationId")
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
    ON CONFLICT DO NOTHING`,
}

const server = createServer((req, res) => {
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.on('end', () => {
    const body = Buffer.concat(chunks)
    const { headers } = req
    const given = Buffer.from(String(headers['x-shopify-hmac-sha256']), 'base64')
    const expected = createHmac('sha256', SECRET).update(body).digest()
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      res.writeHead(401, { 'content-length': 0 }).end()
      return
    }
    const id = randomUUID()
    const at = new Date().toISOString()
    const values = [
      id,
      headers['x-shopify-shop-domain'],
      headers['x-shopify-topic'],
      headers['x-shopify-event-id'],
      headers['x-shopify-webhook-id'],
      headers['x-shopify-api-version'],
      headers['x-shopify-triggered-at'],
      at,
      body.toString('utf8'),
      null,
      'received',
      at,
      null,
      id,
    ]
    pool.query({ ...INSERT, values }).then(
      () => res.writeHead(200, { 'content-length': 0 }).end(),
      () => res.writeHead(503, { 'content-length': 0 }).end(),
    )
  })
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.stdout.write(`${JSON.stringify({ listening: port })}\n`)
})
