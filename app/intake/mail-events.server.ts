/**
 * SendGrid's event webhook: check the signature over the raw body, keep each event once, and carry it into its message.
 * All of it before the answer: an event that could not be carried over comes again, as SendGrid repeats for a day.
 *
 * Written for node:http, like webhooks.server.ts. Nothing of a payload is stored but ids, kinds and times.
 */
import { type KeyObject, randomUUID, verify } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { PoolClient } from 'pg'
import { now } from '../clock.server.ts'
import { inTransaction, pool } from '../db.server.ts'
import { tellByThemselves } from '../dunning/one-mail.server.ts'
import { tellCase } from '../dunning/timeline.server.ts'
import { env } from '../env.server.ts'
import { log } from '../log.server.ts'
import {
  KNOWN_KINDS,
  type MailEvent,
  readMailEvents,
  stateAfter,
  whyBlocked,
} from '../messages/mail-events.ts'
import { count } from '../metrics.server.ts'
import { receiveRaw } from './webhooks.server.ts'

/** Past this age a delivery is told of in the log, and taken all the same: SendGrid does not say what a repetition carries. */
const OLD_SECONDS = 300

/** Answers `POST /events/sendgrid`: 200 kept, 401 bad signature, 413 too large, 503 no key is set, or try again. */
export function receiveMailEvents(req: IncomingMessage, res: ServerResponse): void {
  receiveRaw(req, res, takeMailEvents, answer)
}

/** SendGrid signs timestamp and raw body: base64 of an ECDSA signature in DER, over SHA-256. */
export function isSignedByKey(
  key: KeyObject,
  { timestamp, signature, body }: { timestamp: string; signature: string; body: Buffer },
): boolean {
  const signed = Buffer.concat([Buffer.from(timestamp), body])
  return verify('sha256', signed, key, Buffer.from(signature, 'base64'))
}

let saidThatKeyIsMissing = false

export async function takeMailEvents(
  headers: IncomingHttpHeaders,
  body: Buffer,
): Promise<200 | 401 | 503> {
  const key = env().SENDGRID_EVENT_KEY
  if (key === null) {
    if (!saidThatKeyIsMissing)
      log.error(
        'SendGrid events are refused: SENDGRID_EVENT_KEY is not set, so nobody can tell whether they are its own. Set it and restart.',
      )
    saidThatKeyIsMissing = true
    return 503
  }
  const signature = headers['x-twilio-email-event-webhook-signature']
  const timestamp = headers['x-twilio-email-event-webhook-timestamp']
  if (typeof signature !== 'string' || typeof timestamp !== 'string') return 401
  if (!isSignedByKey(key, { timestamp, signature, body })) return 401

  const receivedAt = now()
  const age = receivedAt.getTime() / 1000 - Number(timestamp)
  if (!(Math.abs(age) <= OLD_SECONDS)) log.info({ age }, 'an old delivery of SendGrid events')
  const events = readMailEvents(body.toString('utf8'), receivedAt)
  // Signed, so it is SendGrid's; repeated, it would not read better.
  if (events === null) log.warn('SendGrid sent something else than a list of events')
  else await takeEach(events, receivedAt)
  return 200
}

async function takeEach(events: MailEvent[], receivedAt: Date): Promise<void> {
  if (events.length === 0) return
  const { rows } = await pool.query<{ id: string }>({
    name: 'known-mail-events',
    text: 'SELECT id FROM "MessageEvent" WHERE id = ANY ($1::text[])',
    values: [events.map(({ id }) => id)],
  })
  const known = new Set(rows.map(({ id }) => id))
  // In the order in which they happened, whatever order they came in.
  const news = events
    .filter(({ id }) => !known.has(id))
    .sort((a, b) => a.at.getTime() - b.at.getTime())
  for (const event of news) await takeOne(event, receivedAt)
}

type Found = {
  id: string
  shop: string
  /** Null: a notice before a charge, of which no case tells. */
  caseId: string | null
  customerId: string | null
  addressHash: string | null
  subject: string | null
  template: string
  state: string
}

/** One event, once: its row and what follows from it are one transaction. */
async function takeOne(event: MailEvent, receivedAt: Date): Promise<void> {
  const taken = await inTransaction(async (client) => {
    const message = event.messageId === null ? null : await lockMessage(client, event)
    const { rowCount } = await client.query({
      name: 'keep-mail-event',
      text: `INSERT INTO "MessageEvent" (id, "messageId", type, at, "receivedAt") VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT DO NOTHING`,
      values: [event.id, message?.id ?? null, event.kind, event.at, receivedAt],
    })
    if (rowCount !== 1) return null
    return { state: message ? await carryOver(client, message, event) : null }
  })
  if (!taken) return
  const kind = KNOWN_KINDS.find((each) => each === event.kind) ?? 'other'
  count('mail_events_total', { kind })
  if (taken.state !== null) count('messages_total', { state: taken.state })
}

/**
 * Cases first, in one order, then the message, as everybody does: two who wait for each other would wait for ever. What
 * went wrong concerns all open cases of the customer, and those that the mail told of.
 */
async function lockMessage(
  client: PoolClient,
  { messageId, kind }: MailEvent,
): Promise<Found | null> {
  await client.query({
    name: 'lock-cases-of-message',
    text: `SELECT FROM "RecoveryCase" WHERE id IN (
             SELECT "caseId" FROM "Message" WHERE id = $1
             UNION ALL SELECT "caseId" FROM "Message" WHERE "mergedInto" = $1 AND state = 'merged' AND $2::boolean
             UNION ALL SELECT c.id FROM "Message" m JOIN "RecoveryCase" c ON c.shop = m.shop AND c."customerId" = m."customerId"
                        WHERE m.id = $1 AND c."closedAt" IS NULL AND $2::boolean
           ) ORDER BY id FOR UPDATE`,
    values: [messageId, !ARRIVES.includes(kind)],
  })
  const { rows } = await client.query<Found>({
    name: 'lock-message',
    text: `SELECT id, shop, "caseId", "customerId", "addressHash", subject, template, state FROM "Message"
            WHERE id = $1 AND channel = 'email' FOR UPDATE`,
    values: [messageId],
  })
  return rows[0] ?? null
}

/** These say nothing about the address, and lead to nothing on another case. */
const ARRIVES: readonly string[] = ['processed', 'deferred', 'delivered']

/** Answers the message's new state; null when it stays. */
async function carryOver(
  client: PoolClient,
  message: Found,
  event: MailEvent,
): Promise<string | null> {
  if (!KNOWN_KINDS.some((each) => each === event.kind)) return null
  const state = stateAfter(message.state, event.kind)
  await client.query({
    name: 'carry-mail-event',
    text: `UPDATE "Message"
              SET state = coalesce($2::text, state),
                  "sentAt" = coalesce("sentAt", CASE WHEN $2 IS NOT NULL THEN $3::timestamptz END),
                  "deliveredAt" = CASE WHEN $2 = 'delivered' THEN $3::timestamptz ELSE "deliveredAt" END,
                  "lastEventAt" = greatest("lastEventAt", $3), "eventNote" = coalesce($4, "eventNote")
            WHERE id = $1 AND state <> 'suppressed'`,
    values: [message.id, state, event.at, noteOf(event, state)],
  })
  const lines = state === null ? [] : linesFor(message, state, event)
  lines.push(...(await blockAddress(client, message, event)))
  if (message.caseId) await tell(client, message.caseId, lines)
  if (state === 'bounced' || state === 'dropped')
    await tellByThemselves(client, message.id, noteOf(event, state) ?? state)
  return state
}

/** What the case page says of the message beside its state. */
function noteOf({ kind, reason }: MailEvent, state: string | null): string | null {
  const said = reason ? `: ${reason}` : ''
  if (kind === 'spamreport') return 'the shopper reported it as spam'
  if (kind === 'unsubscribe' || kind === 'group_unsubscribe') return 'the shopper unsubscribed'
  if (kind === 'deferred' && state !== null)
    return `the mailbox's server put it off, and SendGrid tries again for up to three days${said}`
  switch (state) {
    case 'delivered':
      return "taken by the mailbox's server"
    case 'bounced':
      return `it came back${said}`
    case 'dropped':
      return `SendGrid did not send it${said}`
    default:
      return null
  }
}

type Line = { type: string; because: string }

function linesFor(message: Found, state: string, event: MailEvent): Line[] {
  const name = `"${message.subject ?? message.template}"`
  const said = event.reason ? `: ${event.reason}` : ''
  if (state === 'bounced')
    return [{ type: 'message_bounced', because: `the e-mail ${name} came back${said}` }]
  if (state === 'dropped')
    return [{ type: 'message_dropped', because: `SendGrid did not send the e-mail ${name}${said}` }]
  // A mail in doubt is settled by events alone (F12). One that was just sent needs no further line.
  if (message.state === 'sending' || message.state === 'sent' || message.state === 'delivered')
    return []
  return [
    {
      type: `message_${state}`,
      because:
        state === 'delivered'
          ? `the e-mail ${name} did go out: SendGrid has delivered it`
          : `the e-mail ${name} did go out: SendGrid has it`,
    },
  ]
}

/** Ends e-mail to an address, cancels what was planned for it and tells staff, once. */
async function blockAddress(client: PoolClient, message: Found, event: MailEvent): Promise<Line[]> {
  const { shop, addressHash, caseId, customerId } = message
  if (addressHash === null) return []
  const softBounces =
    event.kind === 'blocked' ? await softBouncesInARow(client, shop, addressHash) : 0
  const because = whyBlocked(event, softBounces)
  if (because === null) return []
  const at = now()
  const { rowCount } = await client.query(
    `INSERT INTO "Suppression" (id, shop, recipient, channel, reason, at) VALUES ($1, $2, $3, 'email', $4, $5)
     ON CONFLICT (shop, recipient, channel) DO NOTHING`,
    [randomUUID(), shop, addressHash, because, at],
  )
  if (rowCount === 0) return []
  const { rows: cancelled } = await client.query<{ caseId: string }>(
    `UPDATE "StepRun" t SET state = 'cancelled', reason = $4, "settledAt" = $5
       FROM "RecoveryCase" c
      WHERE c.id = t."caseId" AND c.shop = $1 AND (c.id = $2 OR c."customerId" = $3) AND c."closedAt" IS NULL
        AND t.kind = 'email' AND t.state = 'scheduled'
      RETURNING t."caseId"`,
    [shop, caseId, customerId, `not sent: ${because}`, at],
  )
  await client.query(
    `INSERT INTO "StaffTask" (id, shop, "caseId", kind, title, body, "createdAt", subject)
     VALUES ($1, $2, $3, 'address_blocked', 'A shopper cannot be reached by e-mail', $4, $5, $6) ON CONFLICT DO NOTHING`,
    [
      randomUUID(),
      shop,
      caseId,
      `No more e-mail goes to this address: ${because}. Ask the shopper another way, and let them correct the address in Shopify. Retries go on.`,
      at,
      addressHash,
    ],
  )
  const line = (planned: number): Line => ({
    type: 'address_blocked',
    because: `no more e-mail goes to this address: ${because}${planned === 0 ? '' : `; ${planned} planned ${planned === 1 ? 'e-mail was' : 'e-mails were'} cancelled`}`,
  })
  const planned = (id: string) => cancelled.filter((each) => each.caseId === id).length
  for (const id of new Set(cancelled.map((each) => each.caseId)))
    if (id !== caseId) await tell(client, id, [line(planned(id))])
  return caseId === null ? [] : [line(planned(caseId))]
}

/** Since the last mail that came through. The event at hand has its row already. */
async function softBouncesInARow(
  client: PoolClient,
  shop: string,
  addressHash: string,
): Promise<number> {
  const { rows } = await client.query<{ bounces: number }>(
    `WITH told AS (
       SELECT e.type, e.at FROM "MessageEvent" e JOIN "Message" m ON m.id = e."messageId"
        WHERE m.shop = $1 AND m."addressHash" = $2 AND e.type IN ('blocked', 'delivered')
     )
     SELECT count(*)::int AS bounces FROM told
      WHERE type = 'blocked' AND at > coalesce((SELECT max(at) FROM told WHERE type = 'delivered'), '-infinity')`,
    [shop, addressHash],
  )
  return rows[0]?.bounces ?? 0
}

async function tell(client: PoolClient, caseId: string, lines: Line[]): Promise<void> {
  for (const { type, because } of lines) await tellCase(client, caseId, type, because)
}

function answer(res: ServerResponse, status: number): void {
  count('mail_events_received_total', { answer: String(status) })
  if (res.headersSent) return
  res.writeHead(status, { 'content-length': 0 }).end()
}
