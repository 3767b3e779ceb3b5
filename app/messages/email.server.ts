/**
 * SendGrid, in our words. `mail/send` takes no idempotency key, so the caller writes its outbox row first and this file
 * keeps four answers apart: taken, surely not taken (for good, or for now), and nobody knows.
 */
import sendgrid from '@sendgrid/mail'
import { env } from '../env.server.ts'

export type Email = {
  to: string
  /** Of the shop's own authenticated domain; absent: ours. */
  from?: string
  /** What the reader sees beside our own sender address. */
  fromName: string
  replyTo: string | null
  subject: string
  html: string
  text: string
  /** Commercial mail: where one press of the mail program unsubscribes (RFC 8058). */
  unsubscribeLink?: string
  /** Opaque ids only: SendGrid shows and exports them. */
  customArgs: Record<string, string>
  /** For SendGrid's own counts; never anything personal. */
  categories: string[]
}

export type SendResult =
  | { state: 'sent'; providerId: string | null }
  /** It may have gone out. Never sent again by guess. */
  | { state: 'uncertain'; because: string }
  /** It did not go out, and sending the same again will not help. */
  | {
      state: 'failed'
      because: string
      /** SendGrid does not know the domain of `from`. */
      senderRefused?: boolean
    }
  /** It did not go out; the same may go out later. */
  | { state: 'try_later'; because: string }

/** How long SendGrid may stay silent before the outcome counts as unknown. Milliseconds. Ours: SendGrid states no figure. */
export const SEND_TIMEOUT_MS = 10_000

export async function sendEmail(
  email: Email,
  { timeoutMs = SEND_TIMEOUT_MS }: { timeoutMs?: number } = {},
): Promise<SendResult> {
  const { SENDGRID_API_KEY, MAIL_FROM } = env()
  if (SENDGRID_API_KEY === null || MAIL_FROM === null) {
    const missing = SENDGRID_API_KEY === null ? 'SENDGRID_API_KEY' : 'MAIL_FROM'
    return {
      state: 'failed',
      because: `${missing} is not set, so nothing can be mailed. Add it to the environment and restart.`,
    }
  }
  setKeyOnce(SENDGRID_API_KEY)
  sendgrid.setTimeout(timeoutMs)
  try {
    const [response] = await sendgrid.send({
      to: email.to,
      from: { email: email.from ?? MAIL_FROM, name: headerText(email.fromName) },
      ...(email.replyTo === null ? {} : { replyTo: email.replyTo }),
      subject: headerText(email.subject),
      text: email.text,
      html: email.html,
      headers: {
        // Stops auto-replies from answering us (RFC 3834).
        'Auto-Submitted': 'auto-generated',
        ...(email.unsubscribeLink
          ? {
              'List-Unsubscribe': `<${email.unsubscribeLink}>`,
              'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
            }
          : {}),
      },
      customArgs: email.customArgs,
      categories: email.categories,
      // SendGrid rewrites links and adds a pixel unless told otherwise; payment links must stay as they are.
      trackingSettings: {
        clickTracking: { enable: false, enableText: false },
        openTracking: { enable: false },
        subscriptionTracking: { enable: false },
        ganalytics: { enable: false },
      },
    })
    if (response.statusCode === 202)
      return { state: 'sent', providerId: messageId(response.headers) }
    return {
      state: 'uncertain',
      because: `SendGrid answered ${response.statusCode} instead of 202, so it may or may not have taken the mail`,
    }
  } catch (error) {
    return readFailure(error)
  }
}

/** One client for the process, set up once for a key: each `setApiKey` resets its base address and more. */
function setKeyOnce(key: string): void {
  if (keyInUse === key) return
  sendgrid.setApiKey(key)
  keyInUse = key
}

let keyInUse: string | undefined

/** A refusal with a status, or a connection that broke. */
function readFailure(error: unknown): SendResult {
  const { code, response } = error as { code?: unknown; response?: { body?: unknown } }
  if (response === undefined) return readBrokenConnection(String(code ?? ''), error)
  const status = Number(code)
  if (status === 401) {
    return {
      state: 'failed',
      because:
        'SendGrid does not accept the API key (401). Put a valid key with the permission "Mail Send" into SENDGRID_API_KEY and restart.',
    }
  }
  if (status === 403) {
    return {
      state: 'failed',
      // Its word for it, "... does not match a verified Sender Identity"; a 403 may lie in the key as well.
      ...(/verified sender identity/i.test(reasonsIn(response.body))
        ? { senderRefused: true }
        : {}),
      because:
        'SendGrid does not let us send (403). Verify the domain of MAIL_FROM under Sender Authentication, and check that the API key has the permission "Mail Send".',
    }
  }
  if (status === 429 || status >= 500) {
    return { state: 'try_later', because: `SendGrid could not take the mail now (${status})` }
  }
  const reasons = reasonsIn(response.body)
  return {
    state: 'failed',
    because: `SendGrid refused the mail (${status})${reasons === '' ? '' : `: ${reasons}`}`,
  }
}

/** Errors of a connection that never came about: no byte of the mail left this machine. */
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
])

function readBrokenConnection(code: string, error: unknown): SendResult {
  if (NEVER_CONNECTED.has(code) || /^(CERT_|ERR_TLS_|UNABLE_TO_|SELF_SIGNED)/.test(code)) {
    return { state: 'try_later', because: `SendGrid could not be reached (${code})` }
  }
  const why =
    code === 'ECONNABORTED' || code === 'ETIMEDOUT'
      ? 'SendGrid did not answer in time'
      : `the connection to SendGrid broke (${code || (error instanceof Error ? error.name : 'no reason given')})`
  return { state: 'uncertain', because: `${why}, so it may or may not have taken the mail` }
}

/** SendGrid's own words, without any address that they quote. */
function reasonsIn(body: unknown): string {
  const errors = (body as { errors?: { message?: unknown }[] } | undefined)?.errors
  if (!Array.isArray(errors)) return ''
  return errors
    .map((each) => (typeof each.message === 'string' ? each.message : ''))
    .filter((message) => message !== '')
    .join(' ')
    .replace(/\S+@\S+/g, '[address]')
    .slice(0, 300)
}

function messageId(headers: unknown): string | null {
  const id = (headers as Record<string, unknown>)['x-message-id']
  return typeof id === 'string' && id !== '' ? id : null
}

/** Names and subjects are one line: a line break must not start another header. */
function headerText(value: string): string {
  return value.replace(/[\p{Cc}\s]+/gu, ' ').trim()
}
