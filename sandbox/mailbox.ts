/**
 * The mailbox: takes what SendGrid's v3 mail/send would take, refuses what it would refuse, and keeps all of it.
 * Shopify's own mails land here too.
 */
import { randomBytes } from 'node:crypto'
import { pick, type Random, randomFrom } from './random.ts'
import { maySendFrom, newSenderDomains, type SenderDomain } from './sender-domains.ts'

export type Mail = {
  id: string
  /** World time, ISO. */
  at: string
  /** The address; several are joined by commas. */
  to: string
  /** `Name <address>`, or `Shopify` for a mail that Shopify sent itself. */
  from: string
  replyTo: string | null
  subject: string
  html: string | null
  text: string | null
  customArgs: Record<string, string>
  categories: string[]
  headers: Record<string, string>
  /** What the sender was told. `silent`: taken, and never answered; `cut`: taken, and the line broke. */
  answer: number | 'silent' | 'cut'
}

export type MailAnswer = 202 | 400 | 413 | 429 | 500 | 'silent' | 'cut'
export type MailBehaviour =
  | { answer: MailAnswer; times: number }
  | { answer: 'random'; probability: number; random: Random }
/**
 * What becomes of a mail that was taken, told by events (mail-events.ts). `quiet`: nothing is told; `messy`: delivered,
 * told in the wrong order and three times each.
 */
export const FATES = [
  'quiet',
  'deliver',
  'defer',
  'bounce',
  'soft_bounce',
  'complain',
  'drop',
  'messy',
] as const
export type Fate = (typeof FATES)[number]

export type Mailbox = {
  messages: Mail[]
  behaviour: MailBehaviour | null
  /** By address; `*` for all others. */
  fates: Map<string, Fate>
  /** Domains that the app asked to have authenticated. */
  domains: SenderDomain[]
  /** False: of texts only the links are kept, so that tens of thousands of mails fit into memory. */
  keepTexts: boolean
}

export const newMailbox = (keepTexts = true, fate: Fate = 'quiet'): Mailbox => ({
  messages: [],
  behaviour: null,
  fates: new Map([['*', fate]]),
  domains: newSenderDomains(),
  keepTexts,
})

/** What goes wrong by chance. Half of it is taken and half is not, so that a sender has to tell them apart. */
const BY_CHANCE: [MailAnswer, number][] = [
  [500, 0.35],
  [429, 0.15],
  ['cut', 0.5],
]

/** Mails go wrong as often as this says. */
export const mailByChance = (probability: number, seed: number): MailBehaviour => ({
  answer: 'random',
  probability,
  random: randomFrom(seed),
})

type MailError = { message: string; field: string | null; help: string | null }
export type SendAnswer = {
  answer: number | 'silent' | 'cut'
  id: string | null
  errors: MailError[]
  /** What was taken and goes out, whatever the sender was told. */
  taken?: Mail[]
}

/** SendGrid takes no message over 30 MB. Source: its v3 reference, "Limitations". */
export const MAIL_LIMIT_BYTES = 30 * 1024 * 1024

/** Answers POST /v3/mail/send. `at`: world time, ISO. */
export function takeMail(
  mailbox: Mailbox,
  at: string,
  authorization: string | undefined,
  body: string,
): SendAnswer {
  const refuse = (answer: number, message: string, field: string | null = null): SendAnswer => ({
    answer,
    id: null,
    errors: [{ message, field, help: null }],
  })
  if (!/^Bearer \S+/.test(authorization ?? ''))
    return refuse(401, 'The provided authorization grant is invalid, expired, or revoked')
  if (Buffer.byteLength(body) > MAIL_LIMIT_BYTES) return refuse(413, 'The message is too large')
  let given: unknown
  try {
    given = JSON.parse(body)
  } catch {
    return refuse(400, 'Bad Request')
  }
  const errors = problemsOf(given)
  if (errors.length > 0) return { answer: 400, id: null, errors }

  const sent = given as MailSend
  if (!maySendFrom(mailbox.domains, sent.from.email)) return refuse(403, NO_SENDER, 'from')
  const answer = takeBehaviour(mailbox)
  const taken = sent.personalizations.map((personalization) => {
    const mail = asMail(sent, personalization, at, answer)
    mailbox.messages.push(mailbox.keepTexts ? mail : withLinksOnly(mail))
    return mail
  })
  const id = taken[0]?.id ?? null
  if (typeof answer === 'string' || answer === 202) return { answer, id, errors: [], taken }
  return refuse(answer, FAULTS[answer] ?? 'Internal Server Error')
}

const NO_SENDER =
  'The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved.'

const FAULTS: Record<number, string> = {
  400: 'Bad Request',
  413: 'The message is too large',
  429: 'too many requests',
  500: 'Internal Server Error',
}

function takeBehaviour(mailbox: Mailbox): MailAnswer {
  const { behaviour } = mailbox
  if (!behaviour) return 202
  if (behaviour.answer === 'random')
    return behaviour.random() < behaviour.probability ? pick(behaviour.random, BY_CHANCE) : 202
  behaviour.times -= 1
  if (behaviour.times <= 0) mailbox.behaviour = null
  return behaviour.answer
}

const withLinksOnly = (mail: Mail): Mail => ({
  ...mail,
  html: null,
  text: (mail.text?.match(/https?:\/\/\S+/g) ?? []).join('\n'),
})

/** A mail that Shopify sends itself. */
export function keepShopifyMail(
  mailbox: Mailbox,
  at: string,
  mail: { to: string; subject: string; text: string; link: string },
): void {
  const escaped = mail.text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  mailbox.messages.push({
    id: newMailId(),
    at,
    to: mail.to,
    from: 'Shopify',
    replyTo: null,
    subject: mail.subject,
    html: `<p>${escaped}</p><p><a href="${mail.link}">Update payment method</a></p>`,
    text: `${mail.text}\n\n${mail.link}`,
    customArgs: {},
    categories: [],
    headers: {},
    answer: 202,
  })
}

type RawAddress = { email: string; name?: string }
type Personalization = {
  to: RawAddress[]
  subject?: string
  custom_args?: Record<string, string>
  headers?: Record<string, string>
}
type MailSend = {
  personalizations: Personalization[]
  from: RawAddress
  reply_to?: RawAddress
  subject?: string
  content: { type: string; value: string }[]
  custom_args?: Record<string, string>
  categories?: string[]
  headers?: Record<string, string>
}

function asMail(
  sent: MailSend,
  personalization: Personalization,
  at: string,
  answer: MailAnswer,
): Mail {
  const part = (type: string) => sent.content.find((each) => each.type === type)?.value ?? null
  return {
    id: newMailId(),
    at,
    to: personalization.to.map(({ email }) => email).join(', '),
    from: sent.from.name ? `${sent.from.name} <${sent.from.email}>` : sent.from.email,
    replyTo: sent.reply_to?.email ?? null,
    subject: personalization.subject ?? sent.subject ?? '',
    html: part('text/html'),
    text: part('text/plain'),
    customArgs: { ...sent.custom_args, ...personalization.custom_args },
    categories: sent.categories ?? [],
    headers: { ...sent.headers, ...personalization.headers },
    answer,
  }
}

const newMailId = (): string => randomBytes(11).toString('base64url')

/** What SendGrid would complain of. */
function problemsOf(given: unknown): MailError[] {
  const errors: MailError[] = []
  const say = (message: string, field: string) =>
    errors.push({
      message,
      field,
      help: 'http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html',
    })
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
  const isAddress = (value: unknown): boolean =>
    isObject(value) && /^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/.test(String(value.email ?? ''))

  if (!isObject(given)) return [{ message: 'Bad Request', field: null, help: null }]
  if (!isObject(given.from) || !given.from.email)
    say(
      'The from object must be provided for every email send. It is an object that requires the email parameter.',
      'from.email',
    )
  else if (!isAddress(given.from))
    say('The from email does not contain a valid address.', 'from.email')
  if (given.reply_to !== undefined && !isAddress(given.reply_to))
    say('The reply_to email does not contain a valid address.', 'reply_to.email')

  const personalizations = given.personalizations
  if (!Array.isArray(personalizations) || personalizations.length === 0)
    say(
      'The personalizations field is required and must have at least one personalization.',
      'personalizations',
    )
  else {
    if (personalizations.length > 1000)
      say('There is a limit of 1000 personalizations per request.', 'personalizations')
    personalizations.forEach((each: unknown, index) => {
      const to = isObject(each) ? each.to : undefined
      if (!Array.isArray(to) || to.length === 0)
        say(
          'The to array is required for all personalization objects, and must have at least one email object with a valid email address.',
          `personalizations.${index}.to`,
        )
      else
        to.forEach((address: unknown, place) => {
          if (!isAddress(address))
            say('Does not contain a valid address.', `personalizations.${index}.to.${place}.email`)
        })
      if (!given.subject && !(isObject(each) && each.subject))
        say(
          'The subject is required. You can get around this requirement if you use a template with a subject defined or if every personalization has a subject defined.',
          'subject',
        )
    })
  }

  const { content } = given
  if (!Array.isArray(content) || content.length === 0)
    say(
      'Unless a valid template_id is provided, the content parameter is required. There must be at least one defined content block.',
      'content',
    )
  else {
    const types = content.map((each: unknown) => (isObject(each) ? String(each.type) : ''))
    content.forEach((each: unknown, index) => {
      if (!isObject(each) || typeof each.value !== 'string' || each.value === '')
        say(
          'The content value must be a string at least one character in length.',
          `content.${index}.value`,
        )
    })
    if (types.includes('text/plain') && types.indexOf('text/plain') > 0)
      say(
        'If present, text/plain and text/html may only be provided once, with text/plain first.',
        'content',
      )
  }
  const { categories } = given
  if (categories !== undefined && (!Array.isArray(categories) || categories.length > 10))
    say('There is a limit of 10 categories per email.', 'categories')
  return errors
}
