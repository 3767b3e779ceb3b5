/**
 * What SendGrid's events mean, without a database: which of them we read, what a message becomes by one, and when an
 * address is not written to any more. Source: SendGrid's Event Webhook reference; dunning-practice 11.
 */

/** `blocked`: a bounce that SendGrid calls a block, because it may pass. All others carry SendGrid's own name. */
export type MailEvent = {
  /** sg_event_id: the same for every copy. */
  id: string
  kind: string
  /** What we put into custom_args; null: no message of ours. */
  messageId: string | null
  at: Date
  /** The server's words, without addresses. */
  reason: string | null
}

/** Events that change something. Opens and clicks are switched off, and would decide nothing. */
export const KNOWN_KINDS = [
  'processed',
  'deferred',
  'delivered',
  'bounce',
  'blocked',
  'dropped',
  'spamreport',
  'unsubscribe',
  'group_unsubscribe',
] as const

const MAX_ID_LENGTH = 255
const MAX_KIND_LENGTH = 40
const MAX_REASON_LENGTH = 200
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** The body of one delivery: an array. Null: it is none. What has no id or no name is left out. */
export function readMailEvents(body: string, receivedAt: Date): MailEvent[] | null {
  let given: unknown
  try {
    given = JSON.parse(body)
  } catch {
    return null
  }
  if (!Array.isArray(given)) return null
  return given.flatMap((each: unknown) => readMailEvent(each, receivedAt) ?? [])
}

function readMailEvent(given: unknown, receivedAt: Date): MailEvent | null {
  if (typeof given !== 'object' || given === null) return null
  const raw = given as Record<string, unknown>
  const id = word(raw.sg_event_id, MAX_ID_LENGTH)
  const event = word(raw.event, MAX_KIND_LENGTH)
  if (id === null || event === null) return null
  const messageId = typeof raw.message_id === 'string' ? raw.message_id : ''
  return {
    id,
    kind: event === 'bounce' && raw.type === 'blocked' ? 'blocked' : event,
    messageId: UUID.test(messageId) ? messageId.toLowerCase() : null,
    at: instant(raw.timestamp) ?? receivedAt,
    reason: withoutAddresses(raw.reason ?? raw.response),
  }
}

function word(given: unknown, maxLength: number): string | null {
  // PostgreSQL's text holds no NUL, and no word of SendGrid's does.
  if (typeof given !== 'string' || given === '' || given.includes('\0')) return null
  return given.length <= maxLength ? given : null
}

/** Seconds since the epoch, as SendGrid counts. Nothing before 2009, when it began, and nothing after 2100. */
function instant(given: unknown): Date | null {
  const isDate = typeof given === 'number' && given > 1_230_768_000 && given < 4_102_444_800
  return isDate ? new Date(Math.floor(given) * 1000) : null
}

function withoutAddresses(given: unknown): string | null {
  if (typeof given !== 'string') return null
  const said = given
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .replace(/\S+@\S+/g, '[address]')
    .trim()
  return said === '' ? null : said.slice(0, MAX_REASON_LENGTH)
}

/** How much is known of a message, from "may have gone out" to "came back". */
const KNOWLEDGE: Record<string, number> = {
  intended: 0,
  sending: 0,
  failed: 0,
  uncertain: 0,
  sent: 1,
  delivered: 2,
  dropped: 3,
  bounced: 3,
}

/** What an event shows of a message. */
export type Shown = 'sent' | 'delivered' | 'bounced' | 'dropped'

const SHOWS: Record<string, Shown> = {
  processed: 'sent',
  deferred: 'sent',
  delivered: 'delivered',
  // Only who has a mail can complain of it.
  spamreport: 'delivered',
  unsubscribe: 'delivered',
  group_unsubscribe: 'delivered',
  bounce: 'bounced',
  blocked: 'bounced',
  dropped: 'dropped',
}

/** What a message becomes by an event; null: it stays. Forward only, in whatever order the events come (S17). */
export function stateAfter(state: string, kind: string): string | null {
  const shown = SHOWS[kind]
  return shown === undefined ? null : stateShown(state, shown)
}

export function stateShown(state: string, shown: Shown): string | null {
  const known = KNOWLEDGE[state]
  if (known === undefined) return null
  if (shown === 'dropped' && state === 'delivered') return null // it was not the same copy
  return (KNOWLEDGE[shown] ?? 0) > known ? shown : null
}

/** Soft bounces in a row that are waited out: full mailboxes are emptied, and servers come back. Source: dunning-practice 11. */
export const SOFT_BOUNCES_WAITED_OUT = 2

/** Why this address gets no e-mail any more, or null. `softBounces`: those in a row, this one included. */
export function whyBlocked(
  { kind, reason }: Pick<MailEvent, 'kind' | 'reason'>,
  softBounces: number,
): string | null {
  switch (kind) {
    case 'bounce':
      return 'an e-mail to this address came back for good'
    case 'blocked':
      return softBounces > SOFT_BOUNCES_WAITED_OUT
        ? `${softBounces} e-mails in a row to this address came back`
        : null
    case 'spamreport':
      return 'the shopper reported a notice as spam'
    case 'unsubscribe':
    case 'group_unsubscribe':
      return 'the shopper unsubscribed from our e-mails'
    case 'dropped':
      return DROPPED_FOR_ADDRESS.test(reason ?? '')
        ? `SendGrid sends nothing to this address (${reason})`
        : null
    default:
      return null
  }
}

/** Reasons of a drop that lie in the address; others lie in the mail or in the account. */
const DROPPED_FOR_ADDRESS = /^(bounced|spam reporting|unsubscribed|invalid)\b/i
