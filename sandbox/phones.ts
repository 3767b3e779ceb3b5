/**
 * Every shopper's phone: takes what Twilio's Messages resource would take, refuses what it would refuse, tells the app
 * what became of each text, and lets a person answer. Delays go by world time. Source: Twilio's reference on messages,
 * their status and its webhooks' signatures.
 */
import { createHmac, randomBytes } from 'node:crypto'
import type { Sandbox } from './sandbox.ts'
import { twilioAccount } from './twilio-account.ts'
import { plan } from './world/agenda.ts'
import { iso } from './world/instants.ts'
import { NotPossible } from './world/world.ts'

export type Text = {
  /** Twilio's id. */
  sid: string
  /** World time, ISO. */
  at: string
  /** The shopper's number. */
  number: string
  /** `in`: what the phone got; `out`: what the shopper wrote. */
  way: 'in' | 'out'
  text: string
  /** Whom the phone shows as the sender. */
  from: string
  /** Twilio's last word on it. */
  status: string
  /** Where Twilio tells what becomes of it; null: nowhere. */
  callback: string | null
  /** What the sender was told. */
  answer: TextAnswer
}

export type TextAnswer = 201 | 400 | 429 | 500 | 503 | 'silent' | 'cut'

/** What becomes of a text that was taken. `messy`: told in the wrong order and three times each. */
export const TEXT_FATES = ['quiet', 'deliver', 'undelivered', 'fail', 'messy', 'refuse'] as const
export type TextFate = (typeof TEXT_FATES)[number]

export type Phones = {
  texts: Text[]
  behaviour: { answer: TextAnswer; times: number } | null
  /** By number; `*` for all others. */
  fates: Map<string, TextFate>
}

export const newPhones = (fate: TextFate = 'quiet'): Phones => ({
  texts: [],
  behaviour: null,
  fates: new Map([['*', fate]]),
})

export const newSid = (): string => `SM${randomBytes(16).toString('hex')}`

export type TextSendAnswer = { answer: TextAnswer | 401; body: object }

/** Answers `POST /2010-04-01/Accounts/{sid}/Messages.json`. */
export function takeText(
  sandbox: Sandbox,
  account: string,
  authorization: string | undefined,
  body: string,
): TextSendAnswer {
  const { phones, world, settings } = sandbox
  const known = twilioAccount(settings.apiSecret)
  const expected = `Basic ${Buffer.from(`${known.sid}:${known.token}`).toString('base64')}`
  if (account !== known.sid || authorization !== expected)
    return { answer: 401, body: { code: 20003, message: 'Authenticate', status: 401 } }
  const refuse = (code: number, message: string): TextSendAnswer => ({
    answer: 400,
    body: { code, message, status: 400 },
  })
  const form = new URLSearchParams(body)
  const to = form.get('To') ?? ''
  const text = form.get('Body') ?? ''
  const from = form.get('From') ?? (form.get('MessagingServiceSid') ? known.from : '')
  if (!/^\+[1-9]\d{6,14}$/.test(to)) return refuse(21211, `The 'To' number ${to} is not valid.`)
  if (from === '') return refuse(21603, "A 'From' or 'MessagingServiceSid' is required.")
  if (text === '') return refuse(21602, 'Message body is required.')
  if (text.length > 1600) return refuse(21617, 'The message body exceeds 1600 characters.')
  const fate = phones.fates.get(to) ?? phones.fates.get('*') ?? 'quiet'
  if (fate === 'refuse') return refuse(21610, 'Attempt to send to unsubscribed recipient')

  const answer = takeBehaviour(phones)
  if (typeof answer === 'number' && answer !== 201)
    return { answer, body: { code: answer, message: 'Not now', status: answer } }
  const taken: Text = {
    sid: newSid(),
    at: iso(world.now),
    number: to,
    way: 'in',
    text,
    from,
    status: 'queued',
    callback: form.get('StatusCallback'),
    answer,
  }
  phones.texts.push(taken)
  tellStory(sandbox, taken, fate)
  return { answer, body: { sid: taken.sid, status: 'queued', error_code: null } }
}

function takeBehaviour(phones: Phones): TextAnswer {
  const { behaviour } = phones
  if (!behaviour) return 201
  behaviour.times -= 1
  if (behaviour.times <= 0) phones.behaviour = null
  return behaviour.answer
}

const SECOND = 1_000
const MINUTE = 60 * SECOND

type Telling = { afterMs: number; status: string; code?: string; copies?: number }

const STORY: Record<Exclude<TextFate, 'refuse'>, Telling[]> = {
  quiet: [],
  deliver: [
    { afterMs: SECOND, status: 'sent' },
    { afterMs: 4 * SECOND, status: 'delivered' },
  ],
  undelivered: [
    { afterMs: SECOND, status: 'sent' },
    { afterMs: 20 * SECOND, status: 'undelivered', code: '30005' },
  ],
  fail: [{ afterMs: SECOND, status: 'failed', code: '30034' }],
  messy: [
    { afterMs: SECOND, status: 'delivered', copies: 3 },
    { afterMs: MINUTE, status: 'sent', copies: 3 },
  ],
}

function tellStory(sandbox: Sandbox, text: Text, fate: Exclude<TextFate, 'refuse'>): void {
  const { world } = sandbox
  for (const { afterMs, status, code, copies = 1 } of STORY[fate])
    plan(world.agenda, world.now + afterMs, `Twilio tells: ${status}`, () => {
      for (let n = 0; n < copies; n++)
        inBackground(sandbox, tellStatus(sandbox, text, status, { code }))
    })
}

/** The calendar waits for what is under way. */
function inBackground({ webhooks }: Sandbox, telling: Promise<unknown>): void {
  const going = telling.catch(() => undefined).finally(() => webhooks.underWay.delete(going))
  webhooks.underWay.add(going)
}

type How = { code?: string | undefined; signature?: 'good' | 'bad' }

/** One status callback; answers what the app answered. */
export async function tellStatus(
  sandbox: Sandbox,
  text: Text,
  status: string,
  { code, signature = 'good' }: How = {},
): Promise<number> {
  if (status !== 'sent' || text.status === 'queued') text.status = status
  if (!text.callback) return 0
  const form = new URLSearchParams({
    MessageSid: text.sid,
    MessageStatus: status,
    To: text.number,
    From: text.from,
    AccountSid: twilioAccount(sandbox.settings.apiSecret).sid,
    ApiVersion: '2010-04-01',
    ...(code ? { ErrorCode: code } : {}),
  })
  return (await post(sandbox, text.callback, form, signature)).status
}

/** The shopper writes back. What the app says to it reaches the phone at once. */
export async function reply(
  sandbox: Sandbox,
  {
    number,
    text,
    copies,
    signature,
  }: { number: string; text: string; copies: number; signature: 'good' | 'bad' },
): Promise<number[]> {
  const { phones, world, settings } = sandbox
  const last = phones.texts.findLast((one) => one.number === number && one.way === 'in')
  if (!last) throw new NotPossible(`The phone ${number} has had no text to answer.`, 404)
  if (!settings.appUrl) throw new NotPossible('APP_URL is not set: there is no app to tell.')
  const sid = newSid()
  const line = { number, from: last.from, callback: null, answer: 201 as const }
  phones.texts.push({ ...line, sid, at: iso(world.now), way: 'out', text, status: 'received' })
  const form = new URLSearchParams({
    MessageSid: sid,
    AccountSid: twilioAccount(settings.apiSecret).sid,
    From: number,
    To: last.from,
    Body: text,
    NumSegments: '1',
    NumMedia: '0',
  })
  const statuses: number[] = []
  for (let n = 0; n < copies; n++) {
    const answer = await post(sandbox, `${settings.appUrl}/events/twilio/answer`, form, signature)
    statuses.push(answer.status)
    const said = /<Message>([\s\S]*?)<\/Message>/.exec(answer.text)?.[1]
    if (said)
      phones.texts.push({
        ...line,
        sid: newSid(),
        at: iso(world.now),
        way: 'in',
        text: said.replace(/&#(\d+);/g, (_, sign: string) => String.fromCharCode(Number(sign))),
        status: 'delivered',
      })
  }
  return statuses
}

/** The same by a story: whoever never got a text has nothing to answer. */
export function replyInBackground(sandbox: Sandbox, number: string, text: string): void {
  inBackground(sandbox, reply(sandbox, { number, text, copies: 1, signature: 'good' }))
}

/** How long the app may take to answer. Real time. Twilio waits 15 s. */
const ANSWER_WITHIN_MS = 15_000

async function post(
  { settings }: Sandbox,
  url: string,
  form: URLSearchParams,
  signature: 'good' | 'bad',
): Promise<{ status: number; text: string }> {
  const { token } = twilioAccount(settings.apiSecret)
  const signed = [...form]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flat()
    .join('')
  const spoilt = signature === 'good' ? '' : ' '
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'user-agent': 'TwilioProxy/1.1',
        'x-twilio-signature': createHmac('sha1', token)
          .update(`${url}${signed}${spoilt}`)
          .digest('base64'),
      },
      body: form,
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    return { status: answer.status, text: await answer.text() }
  } catch {
    return { status: 0, text: '' } // no answer, or none in time
  }
}
