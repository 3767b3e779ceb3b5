/**
 * A notice before it is filled: blocks of Liquid text, as the editor shows them and as the database keeps them. Pure;
 * the editor runs it in the browser.
 *
 * Every language has one default template for a stage and lane, made of its words (default-templates/). A template of
 * the merchant's own uses the same variables, so it keeps what depends on the reason and on the payment method:
 * `{{ happened }}` is another sentence for an expired card than for a PayPal agreement that ended.
 */
import type { FinalAction, Lane, MessageStage } from '../dunning/types.ts'
import { contrast, READABLE, readColour } from './colours.ts'
import { isPaymentLane, type Language, type Words } from './default-templates/language.ts'
import { languageFor } from './default-templates/languages.ts'
import type { LanguageTag } from './formats.ts'
import { problemsInText } from './liquid.ts'

/** What can be said, and when: the stages of a recovery, and the two notices before anything failed. */
export type TemplateStage = MessageStage | 'card_expires' | 'renewal'

export type Block =
  | { type: 'heading'; text: string }
  /** A blank line parts paragraphs; lines that begin with "- " are a list. */
  | { type: 'text'; text: string }
  /** Leads to the page of the case. */
  | { type: 'button'; label: string }
  /** Product and amount; further orders of the same customer follow here. */
  | { type: 'order'; pictures: boolean }
  | { type: 'method' }
  | { type: 'dates' }
  /** Empty: the shop's own policy, from its brand. */
  | { type: 'policy'; text: string }
  | { type: 'divider' }
  | { type: 'picture'; url: string; alt: string }
  /** Shown once it is over, never before. */
  | { type: 'feedback' }

export type Template = {
  subject: string
  /** What mail programs show beside the subject; empty: the first sentence. */
  preview: string
  blocks: Block[]
  /** It carries an offer, so it needs consent, a way to unsubscribe and a postal address. */
  commercial: boolean
}

/** Where a notice appears: a mail, a text message, or the shopper's account page. */
export type Channel = 'email' | 'sms' | 'account'

/** `*`: every lane of a payment without a template of its own. */
export type TemplateKey = {
  stage: TemplateStage
  lane: Lane | '*'
  channel: Channel
  tag: LanguageTag
}

export type Brand = {
  /** On Shopify's CDN; null: the shop's name in letters. */
  logoUrl: string | null
  logoAlt: string
  /** Colours are "#rrggbb". The button and the links. */
  accent: string
  /** Around the card; the card itself is white. */
  background: string
  ink: string
  policy: string | null
  postalAddress: string | null
}

export const DEFAULT_BRAND: Brand = {
  logoUrl: null,
  logoAlt: '',
  accent: '#0f5c4d',
  background: '#f4f5f3',
  ink: '#1d2624',
  policy: null,
  postalAddress: null,
}

/** What one template may hold. Ours have 7 blocks. */
export const MAX_BLOCKS = 40

/** Letters of all its words as a form sends them (a Japanese one takes nine). The server reads forms up to 64,000. */
export const MAX_TEMPLATE_FORM = 60_000

/** Characters of a subject line: mail clients show fewer, headers take no more than about a thousand. */
export const MAX_SUBJECT = 150

/** Characters of the preview text; mail programs show 35 to 140. */
export const MAX_PREVIEW = 200

/**
 * Our words for a stage in a lane. Without a final action (null), the words follow whatever the case's sequence has
 * chosen: that is what an editor must start from, because one template serves all of a shop's sequences. Lane `*`
 * serves every lane without a template of its own.
 */
export function defaultTemplate(
  tag: LanguageTag,
  stage: TemplateStage,
  lane: Lane | '*',
  finalAction: FinalAction | null,
): Template {
  const key = `${tag} ${stage} ${lane} ${finalAction}`
  const known = defaults.get(key)
  if (known) return known
  const words = wordsOf(languageFor(tag), stage, lane, finalAction)
  const saysPayment = stage !== 'address' && (lane === '*' || isPaymentLane(lane))
  const template: Template = {
    subject: words.subject,
    preview: '',
    blocks: [
      { type: 'heading', text: words.subject },
      { type: 'text', text: `{{ greeting }}\n\n${words.body}` },
      { type: 'button', label: '{{ button }}' },
      ...(saysPayment ? PAYMENT_FACTS : []),
    ],
    commercial: false,
  }
  defaults.set(key, template)
  return template
}

const PAYMENT_FACTS: Block[] = [
  { type: 'order', pictures: true },
  { type: 'method' },
  { type: 'dates' },
]

/** A few hundred at most: languages × stages × lanes × final actions. */
const defaults = new Map<string, Template>()

/** A text message of ours as a template: one text. Null: there is none for this stage. */
export function defaultSms(
  tag: LanguageTag,
  stage: TemplateStage,
  lane: Lane | '*',
  finalAction: FinalAction | null,
): Template | null {
  const { sms } = languageFor(tag)
  const text =
    lane === 'MERCHANT' || lane === 'STOCK'
      ? null
      : stage === 'first'
        ? lane === '*'
          ? SMS_FOLLOWS
          : sms.first[lane]
        : stage === 'last'
          ? finalAction === null
            ? SMS_FOLLOWS
            : sms.last[finalAction]
          : stage === 'reminder' || stage === 'plan'
            ? sms[stage]
            : null
  return text === null
    ? null
    : { subject: '', preview: '', blocks: [{ type: 'text', text }], commercial: false }
}

/** Our subject as a text message, where the words depend on what the editor does not know. */
export const SMS_FOLLOWS = '{{ shop_name }}: {{ title }} {{ link }}'

/** What the account page says: a title (the subject), a few sentences of the same words, one button. */
export function defaultAccount(
  tag: LanguageTag,
  stage: TemplateStage,
  lane: Lane | '*',
  finalAction: FinalAction | null,
): Template {
  const { subject } = wordsOf(languageFor(tag), stage, lane, finalAction)
  const text =
    lane === '*' || isPaymentLane(lane) ? (ACCOUNT_TEXTS[stage] ?? '{{ body }}') : '{{ body }}'
  return {
    subject,
    preview: '',
    blocks: [
      { type: 'text', text },
      { type: 'button', label: '{{ button }}' },
    ],
    commercial: false,
  }
}

/** Shorter than the mail: the page shows order, amount and dates beside it. */
const ACCOUNT_TEXTS: Partial<Record<TemplateStage, string>> = {
  first: '{{ happened }}\n\n{{ do_and_next }}',
  reminder: '{{ happened }}\n\n{{ do_and_next }}',
  options: '{{ happened }}\n\n{{ do_and_next }}',
  plan: '{{ do_and_next }}\n\n{{ will_end }}',
  last: '{{ happened }}\n\n{{ will_end }}',
}

/** Our words for a channel; null: this channel has none for this stage and lane. */
export function defaultFor(
  { tag, stage, lane, channel }: TemplateKey,
  finalAction: FinalAction | null,
): Template | null {
  if (channel === 'email') return defaultTemplate(tag, stage, lane, finalAction)
  if (channel === 'sms') return defaultSms(tag, stage, lane, finalAction)
  return defaultAccount(tag, stage, lane, finalAction)
}

/** Whether a stage may be sent in a lane at all. MERCHANT and STOCK know no payment notice (F15, S13). */
export function hasWords(stage: TemplateStage, lane: Lane): boolean {
  return (
    isPaymentLane(lane) ||
    isBeforeFailure(stage) ||
    stage === 'address' ||
    stage === 'recovered' ||
    stage === 'ended'
  )
}

/** Nothing has failed yet: no word about a payment that did not go through. */
export function isBeforeFailure(stage: TemplateStage): stage is 'card_expires' | 'renewal' {
  return stage === 'card_expires' || stage === 'renewal'
}

/** Subject and body of our own words. */
export function wordsOf(
  language: Language,
  stage: TemplateStage,
  lane: Lane | '*',
  finalAction: FinalAction | null,
): Words {
  switch (stage) {
    case 'address':
      return language.address
    case 'card_expires':
      return language.cardExpires
    case 'renewal':
      return language.renewal
    case 'recovered':
      if (lane === '*') return FOLLOWS
      return isPaymentLane(lane) ? language.recovered : language.recoveredOfShop
    case 'ended':
      if (lane !== '*' && !isPaymentLane(lane)) return language.endedOfShop
      return lane === '*' || finalAction === null ? FOLLOWS : language.ended[finalAction]
    case 'first':
      return {
        subject:
          lane !== '*' && isPaymentLane(lane) ? language.firstSubject[lane] : FOLLOWS.subject,
        ...language.first,
      }
    case 'last':
      return {
        subject: finalAction === null ? FOLLOWS.subject : language.lastSubject[finalAction],
        ...language.last,
      }
    case 'update_link':
      return language.updateLink
    default:
      return language[stage]
  }
}

/** The words that fit the case, found when the notice is made. */
const FOLLOWS: Words = { subject: '{{ title }}', body: '{{ body }}' }

// ---------------------------------------------------------------- variables

export type Variable = { name: string; says: string; example: string }

/** Everything that a template may use. All are plain text of one line, unless said otherwise. */
export const VARIABLES: readonly Variable[] = [
  {
    name: 'greeting',
    says: 'A greeting, with the first name where it is known.',
    example: 'Hello Mara,',
  },
  { name: 'first_name', says: 'The first name; empty where it is not known.', example: 'Mara' },
  { name: 'shop_name', says: 'The name of your shop.', example: 'Bean & Bloom Coffee' },
  {
    name: 'product',
    says: 'What was ordered; "your subscription" where it is not known.',
    example: 'Morning Roast',
  },
  {
    name: 'order',
    says: 'The order, in the middle of a sentence.',
    example: 'your order of Morning Roast',
  },
  {
    name: 'order_start',
    says: 'The same at the start of a sentence.',
    example: 'Your order of Morning Roast',
  },
  {
    name: 'subscription',
    says: 'The subscription, in the middle of a sentence.',
    example: 'your subscription to Morning Roast',
  },
  {
    name: 'amount',
    says: 'What the order costs, before tax, as the shopper writes amounts.',
    example: '€24.90',
  },
  {
    name: 'total',
    says: 'What was paid in the end; empty until then.',
    example: '€26.63',
  },
  {
    name: 'method',
    says: 'The payment method, in the middle of a sentence: brand and last four at most.',
    example: 'Visa ending in 4242',
  },
  {
    name: 'method_start',
    says: 'The same at the start of a sentence.',
    example: 'Visa ending in 4242',
  },
  {
    name: 'happened',
    says: 'What happened, in a sentence that fits the reason and the payment method.',
    example: 'We could not process the payment of €24.90 for Morning Roast.',
  },
  {
    name: 'next',
    says: 'What happens next, and when.',
    example: 'We will try again on Sunday, 15 November.',
  },
  {
    name: 'do',
    says: 'What the shopper can do, fitting reason and payment method; may be empty.',
    example: 'If you would rather pay another way, you can update your payment method at any time.',
  },
  {
    name: 'do_and_next',
    says: 'Both, in the order that suits the reason. May be two paragraphs.',
    example:
      'We will try again on Sunday, 15 November.\n\nIf you would rather pay another way, you can update your payment method at any time.',
  },
  {
    name: 'will_end',
    says: 'What happens on the last day, as the sequence has it.',
    example:
      'If nothing changes, we will pause your subscription to Morning Roast on Thursday, 3 December. You can resume it for 90 days after that.',
  },
  {
    name: 'title',
    says: 'Our own subject for this notice.',
    example: 'The payment for Morning Roast has not gone through yet',
  },
  {
    name: 'body',
    says: 'Our own words for this notice, whole. Several paragraphs.',
    example:
      'We could not process the payment of €24.90 for Morning Roast. Nothing has changed for your subscription so far.',
  },
  {
    name: 'button',
    says: 'What the button says, fitting reason and payment method.',
    example: 'Update your card',
  },
  {
    name: 'next_try',
    says: 'The day of the next try, in the shopper’s time; empty where none is planned.',
    example: 'Sunday, 15 November',
  },
  {
    name: 'deadline',
    says: 'The last day, in the shopper’s time.',
    example: 'Thursday, 3 December',
  },
  {
    name: 'charge_day',
    says: 'The day of the next order; in notices before a charge, and once the payment has gone through.',
    example: 'Friday, 4 December',
  },
  {
    name: 'method_expires',
    says: 'The day on which the payment method ends; only in the notice about that.',
    example: 'Monday, 30 November',
  },
  {
    name: 'link',
    says: 'The address of the shopper’s own page. Buttons have it already.',
    example: 'https://app.example/r/AbCdEfGhIjKlMnOpQrStUvWxYz0123456789_-AbCdE',
  },
  {
    name: 'reply_to',
    says: 'The address that replies go to; empty where there is none.',
    example: 'hello@beanandbloom.example',
  },
]

/** Example values by name, for checks and for the insert menu. */
export const EXAMPLES: Readonly<Record<string, string>> = Object.fromEntries(
  VARIABLES.map(({ name, example }) => [name, example]),
)

// ---------------------------------------------------------------- problems

export type Problem = {
  /** `subject`, `preview`, `blocks`, `blocks.0` (the first) … or a field of the brand, e.g. `accent`. */
  where: string
  /** Counted from 1 within that text; null: the text as a whole. */
  line: number | null
  say: string
  mend: string
  /** It cannot be saved like this. Otherwise it is advice. */
  stops: boolean
}

/** Everything that is wrong with a template, in its order. */
export function problemsOf(template: Template, channel: Channel = 'email'): Problem[] {
  const { subject, preview, blocks } = template
  const found: Problem[] = []
  if (channel !== 'sms') {
    const name = channel === 'email' ? 'subject' : 'title'
    if (subject.trim() === '') {
      found.push(stops('subject', `The ${name} is empty.`, 'Say in a few words what it is about.'))
    } else if (subject.includes('\n')) {
      found.push(stops('subject', `The ${name} has several lines.`, 'Put it into one line.'))
    } else if (lettersOf(subject) > MAX_SUBJECT) {
      found.push(
        stops(
          'subject',
          `The ${name} is longer than ${MAX_SUBJECT} characters.`,
          'Keep it under 60, so that phones show all of it.',
        ),
      )
    }
    found.push(...inText('subject', subject), ...inText('preview', preview))
    if (lettersOf(preview) > MAX_PREVIEW) {
      found.push(
        advice('preview', 'The preview text is very long.', 'Keep it under 140 characters.'),
      )
    }
  }
  if (formLength(template) > MAX_TEMPLATE_FORM) {
    found.push(stops('blocks', 'The message is far too long.', 'Say it in a tenth of that.'))
  }
  if (blocks.length === 0) {
    found.push(stops('blocks', 'The message is empty.', 'Add a text.'))
  }
  if (blocks.length > MAX_BLOCKS) {
    found.push(
      stops('blocks', `There are more than ${MAX_BLOCKS} blocks.`, 'Join or delete some of them.'),
    )
  }
  if (channel === 'sms') {
    if (blocks.some(({ type }) => type !== 'text')) {
      found.push(stops('blocks', 'A text message is text alone.', 'Delete every other block.'))
    }
    if (!blocks.some((block) => block.type === 'text' && block.text.includes('shop_name'))) {
      found.push(
        stops(
          'blocks',
          'The text does not say who it is from.',
          'Begin with {{ shop_name }}: the law asks for it.',
        ),
      )
    }
  } else {
    if (channel === 'account' && blocks.some(({ type }) => type !== 'text' && type !== 'button')) {
      found.push(
        stops(
          'blocks',
          'A notice on the account page is text and a button.',
          'Delete every other block: the page shows order, amount and dates beside it.',
        ),
      )
    }
    const buttons = blocks.filter(({ type }) => type === 'button').length
    if (buttons > 1) {
      found.push(
        advice('blocks', `There are ${buttons} buttons.`, 'Ask for one thing: keep one of them.'),
      )
    }
  }
  for (const [i, block] of blocks.entries()) found.push(...inBlock(`blocks.${i}`, block))
  return found
}

function inBlock(where: string, block: Block): Problem[] {
  switch (block.type) {
    case 'heading':
      return [
        ...(block.text.trim() === ''
          ? [stops(where, 'The heading is empty.', 'Write one, or delete the block.')]
          : []),
        ...inText(where, block.text),
      ]
    case 'text':
      return [
        ...(block.text.trim() === ''
          ? [stops(where, 'The text is empty.', 'Write something, or delete the block.')]
          : []),
        ...inText(where, block.text),
      ]
    case 'policy':
      return inText(where, block.text)
    case 'button':
      return [
        ...(block.label.trim() === ''
          ? [stops(where, 'The button says nothing.', 'Use {{ button }}, or say what it does.')]
          : []),
        ...inText(where, block.label),
      ]
    case 'picture':
      return [
        ...(pictureAddress(block.url)
          ? []
          : [
              stops(
                where,
                'The picture’s address is not one of Shopify’s CDN.',
                'Upload it in Shopify under Content › Files and copy its address: https://cdn.shopify.com/…',
              ),
            ]),
        ...(block.alt.trim() === ''
          ? [
              stops(
                where,
                'The picture has no description.',
                'Say what it shows: many people see mails without pictures.',
              ),
            ]
          : []),
      ]
    default:
      return []
  }
}

function inText(where: string, source: string): Problem[] {
  const found: Problem[] = problemsInText(source, EXAMPLES).map((problem) => ({
    where,
    ...problem,
    stops: true,
  }))
  const lines = source.split('\n')
  const tagged = lines.findIndex((line) => /<\/?[a-z][^<>]*>/i.test(line))
  if (tagged >= 0) {
    found.push({
      ...advice(
        where,
        'HTML is shown as it is written here.',
        'Delete the tags, and use blocks for headings, buttons and pictures.',
      ),
      line: tagged + 1,
    })
  }
  return found
}

/** What is wrong with a brand: colours that cannot be read are mended in the mail, and said here. */
export function problemsOfBrand(brand: Brand): Problem[] {
  const found: Problem[] = []
  for (const field of ['accent', 'background', 'ink'] as const) {
    if (readColour(brand[field]) === null) {
      found.push(stops(field, 'This is not a colour.', 'Write it as #rrggbb, e.g. #0f5c4d.'))
    }
  }
  if (brand.logoUrl !== null && !pictureAddress(brand.logoUrl)) {
    found.push(
      stops(
        'logoUrl',
        'The logo’s address is not one of Shopify’s CDN.',
        'Upload it in Shopify under Content › Files and copy its address: https://cdn.shopify.com/…',
      ),
    )
  }
  if (brand.logoUrl !== null && brand.logoAlt.trim() === '') {
    found.push(stops('logoAlt', 'The logo has no description.', 'The name of your shop is enough.'))
  }
  const ink = readColour(brand.ink)
  if (ink && contrast(ink, '#ffffff') < READABLE) {
    found.push(
      advice(
        'ink',
        `Text in this colour has a contrast of ${ratio(ink)} on white; ${READABLE} is needed.`,
        'Choose a darker colour. Until then, mails use the nearest shade that can be read.',
      ),
    )
  }
  const accent = readColour(brand.accent)
  if (accent && contrast(accent, '#ffffff') < READABLE) {
    found.push(
      advice(
        'accent',
        `Links in this colour have a contrast of ${ratio(accent)} on white; ${READABLE} is needed.`,
        'Choose a darker colour. Until then, links use the nearest shade that can be read; the button keeps yours, with dark letters where they read better.',
      ),
    )
  }
  for (const field of ['policy', 'postalAddress'] as const) {
    if ((brand[field]?.length ?? 0) > 2_000) {
      found.push(stops(field, 'This is longer than 2,000 characters.', 'Make it shorter.'))
    }
  }
  return found
}

/**
 * The address of a picture that a mail may show; null for any other. Shopify's CDN alone: nobody else learns who
 * opened a mail, and when.
 */
export function pictureAddress(url: string | null): string | null {
  if (url === null || !URL.canParse(url)) return null
  const { protocol, host, username, password, href } = new URL(url)
  const isTheirs = protocol === 'https:' && host === 'cdn.shopify.com'
  return isTheirs && username === '' && password === '' ? href : null
}

function ratio(colour: string): string {
  return (Math.floor(contrast(colour, '#ffffff') * 10) / 10).toFixed(1)
}

function formLength(template: Template): number {
  return new URLSearchParams({ template: JSON.stringify(template) }).toString().length
}

function lettersOf(source: string): number {
  // A variable stands for words of its own length.
  return Array.from(source.replace(/\{\{.*?\}\}|\{%.*?%\}/gs, '')).length
}

function stops(where: string, say: string, mend: string): Problem {
  return { where, line: null, say, mend, stops: true }
}

function advice(where: string, say: string, mend: string): Problem {
  return { where, line: null, say, mend, stops: false }
}

// ---------------------------------------------------------------- reading

/** A brand as its form says it: what is empty there is not set. A NUL, which nobody types, cannot be stored. */
export function brandFrom(form: Readonly<Record<string, unknown>>): Brand {
  const said = (name: keyof Brand) => {
    const given = form[name]
    return typeof given === 'string' ? given.replaceAll('\0', '').trim() : ''
  }
  return {
    logoUrl: said('logoUrl') || null,
    logoAlt: said('logoAlt'),
    accent: said('accent'),
    background: said('background'),
    ink: said('ink'),
    policy: said('policy') || null,
    postalAddress: said('postalAddress') || null,
  }
}

/** A template from a form or from the database; null: it is none. Unknown fields are dropped. */
export function readTemplate(value: unknown): Template | null {
  if (!isRecord(value) || !Array.isArray(value.blocks)) return null
  const { subject, preview = '', commercial = false } = value
  if (typeof subject !== 'string' || typeof preview !== 'string') return null
  if (typeof commercial !== 'boolean') return null
  // Far above the limit that `problemsOf` tells of, so that it can.
  if (value.blocks.length > 10 * MAX_BLOCKS) return null
  const blocks = value.blocks.map(readBlock).filter((block) => block !== null)
  return blocks.length === value.blocks.length ? { subject, preview, blocks, commercial } : null
}

function readBlock(value: unknown): Block | null {
  if (!isRecord(value)) return null
  const { type, text, label, pictures, url, alt } = value
  switch (type) {
    case 'heading':
    case 'text':
    case 'policy':
      return typeof text === 'string' ? { type, text } : null
    case 'button':
      return typeof label === 'string' ? { type, label } : null
    case 'order':
      return typeof pictures === 'boolean' ? { type, pictures } : null
    case 'picture':
      return typeof url === 'string' && typeof alt === 'string' ? { type, url, alt } : null
    case 'method':
    case 'dates':
    case 'divider':
    case 'feedback':
      return { type }
    default:
      return null
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
