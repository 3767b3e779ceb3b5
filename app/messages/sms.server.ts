/**
 * Text messages: one small port, and Twilio behind it. Sending takes no idempotency key, so the caller writes its outbox
 * row first and this file keeps the same four answers apart as email.server.ts.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { env } from '../env.server.ts'
import type { SendResult } from './email.server.ts'
import { textErrorWords, whyNumberBlocked } from './text-events.ts'

export type TextMessage = {
  /** E.164, e.g. +4930123456. */
  to: string
  text: string
  /** Our own id of it. Twilio hands it back with each status. */
  messageId: string
}

/** `block`: why this number gets no text any more. */
export type TextResult = SendResult & { block?: string | null }

/** How long Twilio may stay silent before the outcome counts as unknown. Milliseconds. Ours: Twilio states no figure. */
export const TEXT_TIMEOUT_MS = 10_000

const API = 'https://api.twilio.com/2010-04-01'

/** Where Twilio tells what became of a text, and what shoppers answer. Beneath our public address. */
export const TEXT_STATUS_PATH = '/events/twilio/status'
export const TEXT_ANSWER_PATH = '/events/twilio/answer'

export function smsIsSetUp(): boolean {
  return env().TWILIO_ACCOUNT_SID !== null
}

/** Whether our sender may write to this number at all, by its calling code. */
export function isServed(number: string): boolean {
  return env().SMS_COUNTRY_CODES.some((code) => number.startsWith(`+${code}`))
}

export async function sendText(
  { to, text, messageId }: TextMessage,
  { timeoutMs = TEXT_TIMEOUT_MS }: { timeoutMs?: number } = {},
): Promise<TextResult> {
  const { TWILIO_ACCOUNT_SID: account, TWILIO_AUTH_TOKEN: token, ...settings } = env()
  if (account === null || token === null)
    return {
      state: 'failed',
      because: 'TWILIO_ACCOUNT_SID is not set, so no text can be sent. Add it and restart.',
    }
  const form = new URLSearchParams({
    To: to,
    Body: text,
    StatusCallback: `${settings.SHOPIFY_APP_URL}${TEXT_STATUS_PATH}?message=${messageId}`,
  })
  if (settings.TWILIO_MESSAGING_SERVICE_SID)
    form.set('MessagingServiceSid', settings.TWILIO_MESSAGING_SERVICE_SID)
  else form.set('From', settings.TWILIO_FROM ?? '')
  try {
    const answer = await fetch(`${API}/Accounts/${account}/Messages.json`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${account}:${token}`).toString('base64')}` },
      body: form,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
    return readAnswer(answer.status, await answer.json().catch(() => null))
  } catch (error) {
    return readBrokenConnection(error)
  }
}

function readAnswer(status: number, body: unknown): TextResult {
  const said = (body ?? {}) as { sid?: unknown; code?: unknown }
  if (status === 201) {
    return typeof said.sid === 'string'
      ? { state: 'sent', providerId: said.sid }
      : { state: 'uncertain', because: 'Twilio took the text and did not name it' }
  }
  const code = typeof said.code === 'number' ? String(said.code) : null
  if (status === 401 || status === 403) {
    return {
      state: 'failed',
      because: `Twilio does not accept our credentials (${status}). Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN and restart.`,
    }
  }
  if (status === 429 || status === 503)
    return { state: 'try_later', because: `Twilio could not take the text now (${status})` }
  if (status >= 400 && status < 500) {
    const because = `Twilio refused the text: ${textErrorWords(code)}`
    return { state: 'failed', because, block: whyNumberBlocked(code) }
  }
  return {
    state: 'uncertain',
    because: `Twilio answered ${status} instead of 201, so it may or may not have taken the text`,
  }
}

/** Errors of a connection that never came about: no byte of the text left this machine. */
const NEVER_CONNECTED =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_.*|ERR_TLS_.*|UNABLE_TO_.*|SELF_SIGNED.*)$/

function readBrokenConnection(error: unknown): TextResult {
  const { name, cause } = error as { name?: string; cause?: { code?: unknown } }
  const code = String(cause?.code ?? '')
  if (NEVER_CONNECTED.test(code))
    return { state: 'try_later', because: `Twilio could not be reached (${code})` }
  const why =
    name === 'TimeoutError'
      ? 'Twilio did not answer in time'
      : `the connection to Twilio broke (${code || name || 'no reason given'})`
  return { state: 'uncertain', because: `${why}, so it may or may not have taken the text` }
}

/**
 * Twilio signs the whole address that it was told to call, followed by every field of the form, sorted by name: base64 of
 * HMAC-SHA1 with the account's token. Source: Twilio, "Webhooks security".
 */
export function isSignedByTwilio(
  token: string,
  { url, form, signature }: { url: string; form: URLSearchParams; signature: string },
): boolean {
  const names = [...new Set(form.keys())].sort()
  const fields = names.flatMap((name) =>
    [...new Set(form.getAll(name))].sort().map((value) => `${name}${value}`),
  )
  const expected = createHmac('sha1', token)
    .update(`${url}${fields.join('')}`)
    .digest()
  const given = Buffer.from(signature, 'base64')
  return given.length === expected.length && timingSafeEqual(given, expected)
}

/** What Twilio is answered with: a text of ours to the shopper, or nothing. */
export function twiml(text: string | null): string {
  const escaped = text?.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`)
  const message = escaped ? `<Message>${escaped}</Message>` : ''
  return `<?xml version="1.0" encoding="UTF-8"?><Response>${message}</Response>`
}
