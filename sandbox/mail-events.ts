/**
 * SendGrid's event webhook: tells the app what became of a mail, signed as SendGrid signs, and as often and as late as
 * the story wants. Delays go by world time. Source: SendGrid's Event Webhook reference.
 */
import { randomUUID, sign } from 'node:crypto'
import { mailEventKeys } from './mail-event-keys.ts'
import type { Fate, Mail } from './mailbox.ts'
import type { Sandbox } from './sandbox.ts'
import { plan } from './world/agenda.ts'
import { NotPossible } from './world/world.ts'

export const EVENTS = [
  'processed',
  'deferred',
  'delivered',
  'bounce',
  'blocked',
  'dropped',
  'spamreport',
  'unsubscribe',
  'open',
] as const
export type EventName = (typeof EVENTS)[number]

/** How long the app may take to answer. Real time. Ours: SendGrid states no figure. */
const ANSWER_WITHIN_MS = 5_000
/** World minutes from the first try to the next ones, over a day. The steps are ours. */
const RETRY_MINUTES = [5, 30, 120, 480, 1_440]

const SECOND = 1_000
const MINUTE = 60 * SECOND

/** When what is told of a mail of each fate. World time after it was sent. */
const STORY: Record<Fate, { afterMs: number; events: EventName[]; copies?: number }[]> = {
  quiet: [],
  deliver: [{ afterMs: 3 * SECOND, events: ['processed', 'delivered'] }],
  defer: [
    { afterMs: 3 * SECOND, events: ['processed', 'deferred'] },
    { afterMs: 30 * MINUTE, events: ['delivered'] },
  ],
  bounce: [{ afterMs: 4 * SECOND, events: ['processed', 'bounce'] }],
  soft_bounce: [{ afterMs: 4 * SECOND, events: ['processed', 'blocked'] }],
  complain: [
    { afterMs: 3 * SECOND, events: ['processed', 'delivered'] },
    { afterMs: 60 * MINUTE, events: ['spamreport'] },
  ],
  drop: [{ afterMs: SECOND, events: ['dropped'] }],
  messy: [
    { afterMs: 3 * SECOND, events: ['delivered'], copies: 3 },
    { afterMs: 10 * MINUTE, events: ['deferred', 'processed'], copies: 3 },
  ],
}

/** A mail was taken: plans what is told of it. */
export function tellFate(sandbox: Sandbox, mail: Mail): void {
  const { mailbox, settings, world } = sandbox
  const fate = mailbox.fates.get(mail.to) ?? mailbox.fates.get('*') ?? 'quiet'
  if (!settings.appUrl) return
  for (const { afterMs, events, copies = 1 } of STORY[fate])
    plan(world.agenda, world.now + afterMs, `SendGrid tells: ${events.join(', ')}`, () => {
      const body = JSON.stringify(events.map((event) => payload(mail, event, world.now)))
      for (let n = 0; n < copies; n++) send(sandbox, body)
    })
}

type Telling = { event: EventName; copies: number; lateMs: number; signature: 'good' | 'bad' }

/** One event, told at once or late; all copies carry the same id. Answers the statuses of those told at once. */
export async function tellMailEvent(
  sandbox: Sandbox,
  mail: Mail,
  { event, copies, lateMs, signature }: Telling,
): Promise<number[]> {
  const { settings, world } = sandbox
  if (!settings.appUrl) throw new NotPossible('APP_URL is not set: there is no app to tell.')
  const body = JSON.stringify([payload(mail, event, world.now)])
  if (lateMs > 0) {
    plan(world.agenda, world.now + lateMs, `SendGrid tells late: ${event}`, () => {
      for (let n = 0; n < copies; n++) send(sandbox, body)
    })
    return []
  }
  return Promise.all(Array.from({ length: copies }, () => post(sandbox, body, signature)))
}

function payload(mail: Mail, event: EventName, now: number): object {
  const to = mail.to
  return {
    email: to,
    timestamp: Math.floor(now / 1000),
    'smtp-id': `<${mail.id}@sandbox>`,
    event: event === 'blocked' ? 'bounce' : event,
    category: mail.categories,
    sg_event_id: randomUUID(),
    sg_message_id: `${mail.id}.filter0001`,
    ...DETAILS[event]?.(to),
    ...mail.customArgs,
  }
}

const DETAILS: Partial<Record<EventName, (to: string) => object>> = {
  delivered: () => ({ response: '250 OK', tls: 1 }),
  deferred: () => ({ response: '451 4.7.1 greylisted, try again later', attempt: '3' }),
  bounce: (to) => ({
    type: 'bounce',
    status: '5.1.1',
    reason: `550 5.1.1 <${to}>: no such mailbox here`,
  }),
  blocked: () => ({ type: 'blocked', status: '4.2.2', reason: '452 4.2.2 mailbox full' }),
  dropped: () => ({ reason: 'Bounced Address', status: '5.0.0' }),
}

/** One delivery of the webhook. Anything but 2xx is tried again for a day. */
function send(sandbox: Sandbox, body: string, tries = 0): void {
  const { webhooks, world } = sandbox
  const trying = post(sandbox, body, 'good')
    .then((status) => {
      const wait = RETRY_MINUTES[tries]
      if ((status >= 200 && status < 300) || wait === undefined) return
      plan(world.agenda, world.now + wait * MINUTE, 'SendGrid tells again', () =>
        send(sandbox, body, tries + 1),
      )
    })
    .finally(() => webhooks.underWay.delete(trying))
  webhooks.underWay.add(trying)
}

async function post(
  { settings, world }: Sandbox,
  body: string,
  signature: 'good' | 'bad',
): Promise<number> {
  const timestamp = String(Math.floor(world.now / 1000))
  const { privateKey } = mailEventKeys(settings.apiSecret)
  const signed = signature === 'good' ? `${timestamp}${body}` : `${timestamp}${body} `
  try {
    const answer = await fetch(new URL('/events/sendgrid', settings.appUrl ?? ''), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'SendGrid Event API',
        'x-twilio-email-event-webhook-signature': sign(
          'sha256',
          Buffer.from(signed),
          privateKey,
        ).toString('base64'),
        'x-twilio-email-event-webhook-timestamp': timestamp,
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    await answer.arrayBuffer()
    return answer.status
  } catch {
    return 0 // no answer, or none in time
  }
}
