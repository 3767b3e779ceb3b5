/**
 * What Twilio tells us: what became of a text, and what a shopper answered. The signature is checked over the address and
 * the form; each event counts once; a message's state only moves forward. Nothing of a payload is stored but Twilio's id
 * and the status, and the words of an answer that a person must read.
 *
 * Written for node:http, like webhooks.server.ts.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { PoolClient } from 'pg'
import { now, realNow } from '../clock.server.ts'
import { inTransaction } from '../db.server.ts'
import { tellCase } from '../dunning/timeline.server.ts'
import { env } from '../env.server.ts'
import { log } from '../log.server.ts'
import { recipientHash } from '../messages/recipients.server.ts'
import { renderSmsAnswer } from '../messages/render-sms.ts'
import { isSignedByTwilio, twiml } from '../messages/sms.server.ts'
import {
  isKnownTextStatus,
  keywordIn,
  readTextEvent,
  STOPPED_BY_TEXT,
  type TextEvent,
  textErrorWords,
  textStateAfter,
  whyNumberBlocked,
} from '../messages/text-events.ts'
import { count } from '../metrics.server.ts'
import { rateLimit } from '../rate-limit.server.ts'
import { receiveRaw } from './webhooks.server.ts'

/** Answers of ours to one number. Two machines that answer each other would never end. Ours. */
const answersTo = rateLimit({ times: 5, perMs: 3_600_000 })

/** Characters of an answer that staff get to read. */
const MAX_WORDS = 500

/** Characters of earlier answers that are kept beside a newer one while nobody has read them. */
const MAX_ANSWERS = 3_000

/** `POST /events/twilio/status`: 200 kept, 400 unreadable, 401 bad signature, 413 too large, 503 not set up, or try again. */
export function receiveTextEvent(req: IncomingMessage, res: ServerResponse): void {
  receiveRaw(
    req,
    res,
    (headers, body) => takeTextEvent(req.url ?? '', headers, body),
    (_, status) => answer(res, status, null),
  )
}

/** `POST /events/twilio/answer`: a text of a shopper's. What we say to it goes back with the 200. */
export function receiveTextAnswer(req: IncomingMessage, res: ServerResponse): void {
  let reply: string | null = null
  receiveRaw(
    req,
    res,
    async (headers, body) => {
      const taken = await takeTextAnswer(req.url ?? '', headers, body)
      reply = taken.reply
      return taken.status
    },
    (_, status) => answer(res, status, status === 200 ? twiml(reply) : null),
  )
}

export async function takeTextEvent(
  path: string,
  headers: IncomingHttpHeaders,
  body: Buffer,
): Promise<200 | 400 | 401 | 503> {
  const form = signedForm(path, headers, body)
  if (typeof form === 'number') return form
  const query = new URL(path, env().SHOPIFY_APP_URL).searchParams
  const event = readTextEvent(form, query.get('message'))
  if (!event) return 400
  await inTransaction((client) => keepEvent(client, event))
  return 200
}

export async function takeTextAnswer(
  path: string,
  headers: IncomingHttpHeaders,
  body: Buffer,
): Promise<{ status: 200 | 400 | 401 | 503; reply: string | null }> {
  const form = signedForm(path, headers, body)
  if (typeof form === 'number') return { status: form, reply: null }
  const sid = form.get('MessageSid') ?? ''
  const from = form.get('From') ?? ''
  if (!/^(SM|MM)[0-9a-f]{32}$/i.test(sid) || !/^\+?\d{3,15}$/.test(from))
    return { status: 400, reply: null }
  const words = form.get('Body') ?? ''
  // Where Twilio manages opting out, it has answered already and says what it understood.
  const theirs = form.get('OptOutType')?.toLowerCase() ?? null
  const keyword = KEYWORDS.find((one) => one === theirs) ?? keywordIn(words)
  const reply = await inTransaction((client) =>
    keepAnswer(client, { id: `${sid}:answer`, number: recipientHash(from), keyword, words }),
  )
  const isSilent = theirs !== null || !answersTo.allows(recipientHash(from), realNow().getTime())
  return { status: 200, reply: isSilent ? null : reply }
}

const KEYWORDS = ['stop', 'start', 'help'] as const

let saidThatTwilioIsMissing = false

/** The form, or why it is not read. */
function signedForm(
  path: string,
  headers: IncomingHttpHeaders,
  body: Buffer,
): URLSearchParams | 401 | 503 {
  const { TWILIO_AUTH_TOKEN: token, SHOPIFY_APP_URL } = env()
  if (token === null) {
    if (!saidThatTwilioIsMissing)
      log.error(
        'Twilio’s requests are refused: TWILIO_AUTH_TOKEN is not set, so nobody can tell whether they are its own. Set it and restart.',
      )
    saidThatTwilioIsMissing = true
    return 503
  }
  const signature = headers['x-twilio-signature']
  if (typeof signature !== 'string') return 401
  // PostgreSQL's text holds no NUL, and no text of a phone does.
  const form = new URLSearchParams(body.toString('utf8'))
  if (!isSignedByTwilio(token, { url: `${SHOPIFY_APP_URL}${path}`, form, signature })) return 401
  return new URLSearchParams(
    [...form].map(([name, value]): [string, string] => [name, value.replaceAll('\0', ' ')]),
  )
}

// ---------------------------------------------------------------- what became of a text

type Found = {
  id: string
  shop: string
  caseId: string
  addressHash: string | null
  state: string
}

/** The event's row and what follows from it are one transaction. */
async function keepEvent(client: PoolClient, event: TextEvent): Promise<void> {
  const message = event.messageId === null ? null : await lockText(client, event)
  if (!(await isNew(client, event.id, message?.id ?? null, event.status))) return
  count('text_events_total', { status: isKnownTextStatus(event.status) ? event.status : 'other' })
  if (!message) return
  const state = textStateAfter(message.state, event.status)
  const isBad = state === 'bounced' || state === 'dropped'
  const why = isBad ? textErrorWords(event.code) : null
  const at = now()
  await client.query(
    `UPDATE "Message"
        SET state = coalesce($2::text, state),
            "sentAt" = coalesce("sentAt", CASE WHEN $2 IS NOT NULL THEN $3::timestamptz END),
            "deliveredAt" = CASE WHEN $2 = 'delivered' THEN $3::timestamptz ELSE "deliveredAt" END,
            "lastEventAt" = greatest("lastEventAt", $3), "eventNote" = coalesce($4, "eventNote")
      WHERE id = $1 AND state <> 'suppressed'`,
    [message.id, state, at, why ?? (state === 'delivered' ? 'reached the phone' : null)],
  )
  if (state !== null) count('messages_total', { state })
  if (isBad) {
    const did = state === 'bounced' ? 'did not reach the phone' : 'was not sent by Twilio'
    await tellCase(client, message.caseId, `message_${state}`, `the text ${did}: ${why}`)
  } else if (state !== null && ['uncertain', 'failed'].includes(message.state)) {
    // In doubt until now: only events settle it (F12).
    await tellCase(client, message.caseId, `message_${state}`, 'the text did go out: Twilio has it')
  }
  const block = isBad ? whyNumberBlocked(event.code) : null
  if (block && message.addressHash)
    await blockNumber(client, message.shop, message.addressHash, block)
}

/**
 * Cases first, in one order, then the message, as everybody does. An error may block the number, which concerns all open
 * cases that write to it.
 */
async function lockText(
  client: PoolClient,
  { messageId: id, code }: TextEvent,
): Promise<Found | null> {
  await client.query(
    `SELECT FROM "RecoveryCase" WHERE id IN (
       SELECT "caseId" FROM "Message" WHERE id = $1
       UNION ALL SELECT c.id FROM "Message" m, LATERAL (${OPEN_CASES_OF_NUMBER('m.shop', 'm."addressHash"')}) c
                  WHERE m.id = $1 AND $2::boolean
     ) ORDER BY id FOR UPDATE`,
    [id, whyNumberBlocked(code) !== null],
  )
  const { rows } = await client.query<Found>(
    `SELECT id, shop, "caseId", "addressHash", state FROM "Message" WHERE id = $1 AND channel = 'sms' FOR UPDATE`,
    [id],
  )
  return rows[0] ?? null
}

async function isNew(
  client: PoolClient,
  id: string,
  messageId: string | null,
  type: string,
): Promise<boolean> {
  const at = now()
  const { rowCount } = await client.query(
    `INSERT INTO "MessageEvent" (id, "messageId", type, at, "receivedAt") VALUES ($1, $2, $3, $4, $4)
     ON CONFLICT DO NOTHING`,
    [id, messageId, type, at],
  )
  return rowCount === 1
}

/** Ends texts to a number, cancels what was planned for it, and says so on the cases that it concerns. */
async function blockNumber(
  client: PoolClient,
  shop: string,
  number: string,
  because: string,
): Promise<void> {
  const at = now()
  // Before the row that says it, which another may be about to write while it holds one of them.
  const open = await lockOpenCases(client, shop, number)
  const { rowCount } = await client.query(
    `INSERT INTO "Suppression" (id, shop, recipient, channel, reason, at) VALUES ($1, $2, $3, 'sms', $4, $5)
     ON CONFLICT (shop, recipient, channel) DO NOTHING`,
    [randomUUID(), shop, number, because, at],
  )
  if (rowCount === 0) return
  const { rows: cancelled } = await client.query<{ caseId: string }>(
    `UPDATE "StepRun" SET state = 'cancelled', reason = $2, "settledAt" = $3
      WHERE "caseId" = ANY ($1::uuid[]) AND kind = 'sms' AND state = 'scheduled' RETURNING "caseId"`,
    [open, `not sent: ${because}`, at],
  )
  for (const caseId of open) {
    const planned = cancelled.filter((each) => each.caseId === caseId).length
    const gone =
      planned === 0
        ? ''
        : `; ${planned} planned ${planned === 1 ? 'text was' : 'texts were'} cancelled`
    await tellCase(
      client,
      caseId,
      'number_blocked',
      `no more texts go to this number: ${because}${gone}`,
    )
  }
}

const OPEN_CASES_OF_NUMBER = (shop: string, number: string) =>
  `SELECT c.id FROM "RecoveryCase" c
    WHERE c.shop = ${shop} AND c."closedAt" IS NULL AND c."customerId" IN (
      SELECT "customerId" FROM "Message" WHERE shop = ${shop} AND "addressHash" = ${number} AND channel = 'sms')`

/** In one order for everybody. */
async function lockOpenCases(client: PoolClient, shop: string, number: string): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `${OPEN_CASES_OF_NUMBER('$1', '$2')} ORDER BY c.id FOR UPDATE`,
    [shop, number],
  )
  return rows.map(({ id }) => id)
}

// ---------------------------------------------------------------- what a shopper answered

type ShopOfNumber = {
  shop: string
  caseId: string
  locale: string
  name: string
  replyTo: string | null
  shopLocale: string
  zone: string
}

type Answer = {
  id: string
  /** HMAC of it, as the outbox keeps it. */
  number: string
  keyword: (typeof KEYWORDS)[number] | null
  words: string
}

/** Answers what we say to it; null: nothing. A number may have had texts of several shops: a STOP ends them all. */
async function keepAnswer(client: PoolClient, given: Answer): Promise<string | null> {
  if (!(await isNew(client, given.id, null, `answer_${given.keyword ?? 'words'}`))) return null
  count('text_answers_total', { keyword: given.keyword ?? 'other' })
  const { rows: shops } = await client.query<ShopOfNumber>(
    `SELECT DISTINCT ON (m.shop) m.shop, m."caseId", m.locale, coalesce(s."senderName", s.name) AS name,
            coalesce(s."replyTo", s.email) AS "replyTo", s.locale AS "shopLocale", s.zone
       FROM "Message" m JOIN "Shop" s ON s.shop = m.shop
      WHERE m."addressHash" = $1 AND m.channel = 'sms' AND m."sentAt" IS NOT NULL AND s."redactedAt" IS NULL
      ORDER BY m.shop, m."sentAt" DESC`,
    [given.number],
  )
  const [first] = shops
  // Somebody whom we never wrote to.
  if (!first) return null
  const say = (what: 'stopped' | 'started' | 'help') =>
    renderSmsAnswer(what, { ...first, shopName: first.name }).text
  switch (given.keyword) {
    case 'stop':
      for (const { shop } of shops) await blockNumber(client, shop, given.number, STOPPED_BY_TEXT)
      return say('stopped')
    case 'start':
      for (const { shop } of shops) await allowAgain(client, shop, given.number)
      return say('started')
    case 'help':
      return say('help')
    case null:
      for (const one of shops) await askStaff(client, one, given.words)
      return null
  }
}

/** Only a STOP is taken back by START; a number that cannot take texts stays as it is. */
async function allowAgain(client: PoolClient, shop: string, number: string): Promise<void> {
  const open = await lockOpenCases(client, shop, number)
  const { rowCount } = await client.query(
    `DELETE FROM "Suppression" WHERE shop = $1 AND recipient = $2 AND channel = 'sms' AND reason = $3`,
    [shop, number, STOPPED_BY_TEXT],
  )
  if (rowCount === 0) return
  for (const caseId of open)
    await tellCase(
      client,
      caseId,
      'number_allowed',
      'the shopper answered START: texts may go again',
    )
}

/** What no rule understands is read by a person. */
async function askStaff(
  client: PoolClient,
  { shop, caseId }: ShopOfNumber,
  words: string,
): Promise<void> {
  const quoted = words
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_WORDS)
  await client.query(
    `INSERT INTO "StaffTask" (id, shop, "caseId", kind, title, body, "createdAt", subject)
     VALUES ($1, $2, $3, 'text_answer', 'A shopper answered a text', $4 || ' ' || $7, $5, $6)
     ON CONFLICT (shop, kind, subject) WHERE "doneAt" IS NULL
     DO UPDATE SET body = $4 || ' ' || left("StaffTask".body, ${MAX_ANSWERS})`,
    [
      randomUUID(),
      shop,
      caseId,
      `“${quoted}”`,
      now(),
      caseId,
      'Answer them by e-mail or phone: an answer by text is not possible from here.',
    ],
  )
}

function answer(res: ServerResponse, status: number, xml: string | null): void {
  count('text_events_received_total', { answer: String(status) })
  if (res.headersSent) return
  if (xml === null) res.writeHead(status, { 'content-length': 0 }).end()
  else res.writeHead(status, { 'content-type': 'text/xml; charset=utf-8' }).end(xml)
}
