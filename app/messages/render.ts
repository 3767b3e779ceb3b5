/**
 * A notice as the shopper gets it: subject, HTML part and text part. Pure: the same input gives the same words.
 *
 * The words are Liquid that yields plain text (liquid.ts); mail-html.ts then escapes every piece of it. So no name, no
 * product title and no merchant's template can bring markup into a mail.
 */
import type { FinalAction, Instrument, Lane, Money } from '../dunning/types.ts'
import {
  isPaymentLane,
  type Language,
  NAMED_CODES,
  type NamedCode,
  type PaymentLane,
} from './default-templates/language.ts'
import { languageFor } from './default-templates/languages.ts'
import { directionOf, formatDay, formatMoney, type LanguageTag, wordsLocale } from './formats.ts'
import { fill, TemplateFault } from './liquid.ts'
import { coloursOf, htmlPart, type Item, type Page, type Part, type Piece } from './mail-html.ts'
import {
  type Block,
  type Brand,
  DEFAULT_BRAND,
  defaultTemplate,
  hasWords,
  isBeforeFailure,
  MAX_BLOCKS,
  MAX_PREVIEW,
  MAX_SUBJECT,
  pictureAddress,
  type Template,
  type TemplateStage,
  wordsOf,
} from './template.ts'

/** Everything that a notice may speak of. */
export type NoticeInput = {
  stage: TemplateStage
  lane: Lane
  /** The last decline code, upper case; null: none, or unknown. */
  code: string | null
  instrument: Instrument
  shopName: string
  firstName: string | null
  productTitle: string | null
  amount: Money
  /** Brand and last four at most. */
  methodLabel: string | null
  /** When the next retry is planned; null: none is. */
  nextTryAt: Date | null
  deadlineAt: Date
  finalAction: FinalAction
  /** Stage `recovered` only: the order's total where it is known. */
  recovered: { total: Money | null } | null
  /** The shopper's IANA zone. */
  zone: string
  /** The shopper's locale, e.g. "de-AT". */
  locale: string
  /** The shop's locale: its language serves where we have no words in the shopper's. */
  shopLocale?: string | null
  /** The case's page (links.server.ts). */
  link: string
  /** Our page in the shop's customer account; null or absent: there is none, or nobody knows where. */
  accountPage?: string | null
  replyTo: string | null
  /** What the order holds, for its pictures; absent: the product's title alone. */
  items?: readonly OrderItem[]
  /** Stages `card_expires` and `renewal`: the next charge, and when the method ends. */
  chargeAt?: Date | null
  methodExpiresAt?: Date | null
  /** Commercial mail only: where one press unsubscribes. */
  unsubscribeLink?: string | null
}

export type OrderItem = {
  title: string
  quantity: number
  /** On Shopify's CDN; any other address is left out. */
  pictureUrl: string | null
}

/** A further failing order of the same customer, told in the same mail. */
export type OtherDebt = {
  productTitle: string | null
  amount: Money
  /** The page of its own case. */
  link: string
}

export type Notice = {
  subject: string
  preview: string
  html: string
  text: string
  /** Which words were used: stage, lane, and whose. */
  template: string
  /** The language of the words. */
  locale: string
  commercial: boolean
  /** What a commercial mail still needs before it may be sent; empty: nothing. */
  lacks: string[]
}

/** Bytes of the HTML part. Gmail hides what is beyond 102 KB. Source: what mail senders report; Google states no figure. */
export const MAX_HTML_BYTES = 95_000

export function renderNotice(
  input: NoticeInput & { template?: Template; brand?: Brand; others?: readonly OtherDebt[] },
): Notice {
  if (!hasWords(input.stage, input.lane)) {
    throw new TemplateFault(
      `There is no "${input.stage}" notice for lane ${input.lane}: the shopper cannot help there, ` +
        'so a sequence must not write to them about a payment.',
    )
  }
  const { tag, language, variables } = wordsFor(input)
  const { foot } = language
  const template =
    input.template ?? defaultTemplate(tag, input.stage, input.lane, input.finalAction)
  if (template.blocks.length > MAX_BLOCKS) {
    throw new TemplateFault(`The template has over ${MAX_BLOCKS} blocks. Make it shorter.`)
  }
  const brand = input.brand ?? DEFAULT_BRAND
  const link = webAddress(input.link)
  const dir = directionOf(tag)
  const shopName = oneLine(input.shopName, MAX_NAME)
  const write = (source: string) => fill(source, variables)

  const subject = oneLine(write(template.subject), MAX_SUBJECT)
  const parts = partsOf(template.blocks, { input, language, variables, brand, link, write })
  const preview = oneLine(write(template.preview), MAX_PREVIEW) || firstSentence(parts, variables)
  const replyTo = mailAddress(input.replyTo)
  const postalAddress = template.commercial ? linesOf(brand.postalAddress) : []
  const unsubscribe = template.commercial && input.unsubscribeLink ? input.unsubscribeLink : null
  const logoUrl = pictureAddress(brand.logoUrl)

  const page: Page = {
    lang: tag,
    dir,
    subject,
    preview,
    shopName,
    logo: logoUrl ? { url: logoUrl, alt: oneLine(brand.logoAlt, MAX_NAME) || shopName } : null,
    parts,
    reply: replyTo ? { text: write(foot.reply), address: replyTo } : null,
    stop: { text: foot.stop, label: foot.stopLink, link },
    why: write(foot.why),
    unsubscribe: unsubscribe ? { label: foot.unsubscribe, link: webAddress(unsubscribe) } : null,
    postalAddress,
  }
  const html = htmlPart(page, coloursOf(brand))
  if (bytesOf(html) > MAX_HTML_BYTES) {
    throw new TemplateFault(
      `The mail has over ${MAX_HTML_BYTES / 1_000} KB, and Gmail would hide its end. Make it shorter.`,
    )
  }
  return {
    subject,
    preview,
    html,
    text: textPart(page),
    template: `${input.stage}/${input.lane}${input.template ? '/own' : ''}`,
    locale: tag,
    commercial: template.commercial,
    lacks: template.commercial
      ? [
          unsubscribe ? null : 'a link to unsubscribe',
          postalAddress.length > 0 ? null : 'a postal address (Messages › Brand)',
        ].filter((each) => each !== null)
      : [],
  }
}

/** What happened, what comes next and what the shopper can do: one set of sentences for mail and page. */
export type Sentences = {
  title: string
  happened: string
  next: string
  do: string
  /** Both, in the order that suits the lane; paragraphs are parted by a blank line. */
  doAndNext: string
  willEnd: string
}

export function sentencesFor(input: Omit<NoticeInput, 'stage' | 'link'>): Sentences {
  const { variables: v } = wordsFor({ ...input, stage: 'first', link: '' })
  const saysPayment = isPaymentLane(input.lane)
  return {
    title: saysPayment ? (v.title ?? '') : '',
    happened: v.happened ?? '',
    next: v.next ?? '',
    do: v.do ?? '',
    doAndNext: v.do_and_next ?? '',
    willEnd: v.will_end ?? '',
  }
}

/** The values that a template may use, and the language that they are in. */
export function wordsFor(input: NoticeInput): {
  tag: LanguageTag
  language: Language
  variables: Variables
} {
  const { tag, formats } = wordsLocale(input.locale, input.zone, input.shopLocale ?? null)
  const language = languageFor(tag)
  const values = plainVariables(language, formats, input)
  const plain = directionOf(tag) === 'rtl' ? isolated(values) : values
  const sentences = sentenceVariables(language, input, plain)
  const known = { ...plain, ...sentences }
  const words = wordsOf(language, input.stage, input.lane, input.finalAction)
  return {
    tag,
    language,
    variables: {
      ...known,
      title: tidy(fill(words.subject, known), MAX_SUBJECT),
      body: fill(words.body, known),
    },
  }
}

export type Variables = Record<string, string | null>

/** What the one button says; null: the notice asks for nothing. */
export function buttonFor(
  { button }: Language,
  input: Pick<NoticeInput, 'stage' | 'lane' | 'instrument' | 'finalAction'>,
): string | null {
  const { stage, lane, instrument, finalAction } = input
  if (stage === 'recovered') return null
  if (stage === 'card_expires') return updateButton(button, instrument)
  if (stage === 'address' || stage === 'renewal' || !isPaymentLane(lane)) return button.details
  if (stage === 'ended') return finalAction === 'pause' ? button.resume : button.details
  if (lane === 'AUTH') return button.confirm
  if (lane === 'STOP') return button.replace
  if (stage === 'options') return button.options
  return updateButton(button, instrument)
}

/** What a button that leads to new payment details says. */
function updateButton(button: Language['button'], instrument: Instrument): string {
  if (instrument === 'card') return button.update_card
  if (instrument === 'shop_pay') return button.update_shop_pay
  if (instrument === 'paypal') return button.update_paypal
  return button.update
}

/** Only brand and last four, in words that can be read aloud: "Visa ending in 4242". */
export function spokenMethod({ names }: Language, label: string | null): string | null {
  const plain = label === null ? '' : oneLine(label, 60)
  const [, brand, digits] = /^(.*?)\s*[·•*.…]{2,}\s*(\d{2,4})$/.exec(plain) ?? []
  if (brand && digits) return fill(names.ending, { brand, digits })
  return plain === '' ? null : plain
}

// ---------------------------------------------------------------- words

/** Characters of a product's title in a sentence. */
const MAX_PRODUCT = 70

/** Characters of a shop's name. */
const MAX_NAME = 60

/** A value is one line, whatever a shopper or a merchant typed. */
function plainVariables(language: Language, formats: string, input: NoticeInput): Variables {
  const { names, foot } = language
  const { zone, stage } = input
  const product = oneLine(input.productTitle ?? '', MAX_PRODUCT) || null
  const method = spokenMethod(language, input.methodLabel)
  const firstName = greetable(input.firstName)
  const order = product ? fill(names.orderOf, { product }) : names.order
  const day = (at: Date | null | undefined) => (at ? formatDay(at, zone, formats) : null)
  const total = input.recovered?.total
  return {
    shop_name: oneLine(input.shopName, MAX_NAME),
    first_name: firstName,
    greeting: firstName ? fill(foot.hello, { first_name: firstName }) : foot.helloNobody,
    product: product ?? names.product,
    order,
    order_start: order.charAt(0).toLocaleUpperCase(formats) + order.slice(1),
    subscription: product ? fill(names.subscriptionTo, { product }) : names.subscription,
    amount: formatMoney(input.amount, formats),
    total: total ? formatMoney(total, formats) : null,
    method: method ?? names.method,
    method_start: method ?? names.methodStart,
    next_try: asksFirst(input.lane) || isBeforeFailure(stage) ? null : day(input.nextTryAt),
    deadline: day(input.deadlineAt),
    charge_day: day(input.chargeAt),
    method_expires: day(input.methodExpiresAt),
    link: input.link,
    reply_to: mailAddress(input.replyTo),
    button: buttonFor(language, input),
  }
}

const NO_SENTENCES: Variables = { happened: '', next: '', do: '', do_and_next: '', will_end: '' }

function sentenceVariables(
  language: Language,
  input: NoticeInput,
  variables: Variables,
): Variables {
  const { lane, code, instrument, finalAction, stage } = input
  if (!isPaymentLane(lane) || isBeforeFailure(stage)) return NO_SENTENCES
  const mayPassByItself = variables.next_try !== null
  const next = fill(mayPassByItself ? language.nextTry : language.noNextTry[lane], variables)
  const request = requestIn(language, lane, instrument, mayPassByItself)
  return {
    happened: fill(happenedIn(language, lane, code, instrument), variables),
    next,
    do: request,
    do_and_next: asksFirst(lane)
      ? `${request}${language.tag === 'ja' ? '' : ' '}${next}`
      : [next, request].join('\n\n').trim(),
    will_end: fill(language.willEnd[finalAction], variables),
  }
}

function happenedIn(
  language: Language,
  lane: PaymentLane,
  code: string | null,
  instrument: Instrument,
): string {
  // A code speaks only in its own lane: a case that was moved on must not repeat an older reason.
  const fits = lane === 'CARD' || (lane === 'ISSUER' && code === 'CALL_ISSUER')
  if (fits && isNamed(code)) return language.happenedByCode[code]
  if (instrument === 'paypal' && (lane === 'ISSUER' || lane === 'AUTH')) {
    return language.happenedWithPaypal[lane]
  }
  return language.happened[lane]
}

function isNamed(code: string | null): code is NamedCode {
  return (NAMED_CODES as readonly (string | null)[]).includes(code)
}

function requestIn(
  language: Language,
  lane: PaymentLane,
  instrument: Instrument,
  mayPassByItself: boolean,
): string {
  if (lane === 'CARD') return language.pleaseUpdate[instrument]
  if (lane === 'AUTH') return language.pleaseConfirm
  if (lane === 'STOP') return language.pleaseReplace
  return mayPassByItself ? language.mayChange : ''
}

/** Lanes that only the shopper can move: the request comes first, and no date of ours is named. */
function asksFirst(lane: Lane): boolean {
  return lane === 'CARD' || lane === 'AUTH' || lane === 'STOP'
}

// ---------------------------------------------------------------- parts

type Around = {
  input: NoticeInput & { others?: readonly OtherDebt[] }
  language: Language
  variables: Variables
  brand: Brand
  link: string
  write: (source: string) => string
}

function partsOf(blocks: readonly Block[], around: Around): Part[] {
  const parts: Part[] = []
  for (const block of blocks) {
    for (const part of partsOfBlock(block, around)) {
      const last = parts.at(-1)
      // Neighbours share one table.
      if (part.type === 'facts' && last?.type === 'facts') {
        parts[parts.length - 1] = { ...last, rows: [...last.rows, ...part.rows] }
      } else {
        parts.push(part)
      }
    }
  }
  const { input, language } = around
  if (input.others?.length && saysPayment(input)) {
    const at = parts.findLastIndex(({ type }) => type === 'facts')
    parts.splice(at < 0 ? parts.length : at + 1, 0, otherDebts(input, language, input.others))
  }
  return parts
}

function partsOfBlock(block: Block, around: Around): Part[] {
  const { input, language, variables, brand, link, write } = around
  const { foot } = language
  switch (block.type) {
    case 'heading': {
      const text = tidy(write(block.text), MAX_SUBJECT)
      return text === '' ? [] : [{ type: 'heading', text }]
    }
    case 'text':
      return textParts(write(block.text))
    case 'policy':
      return textParts(block.text.trim() === '' ? (brand.policy ?? '') : write(block.text), true)
    case 'button': {
      const label = tidy(write(block.label), MAX_NAME)
      return label === ''
        ? []
        : [{ type: 'button', label, link, copyLink: foot.copyLink, account: accountLink(around) }]
    }
    case 'order': {
      if (!saysPayment(input)) return []
      const rows = [
        input.productTitle ? { name: foot.order, value: variables.product ?? '' } : null,
        { name: foot.amount, value: variables.total ?? variables.amount ?? '' },
      ].filter((row) => row !== null)
      const items = block.pictures ? itemsOf(input) : []
      return [
        ...(items.length > 0 ? [{ type: 'items' as const, items }] : []),
        { type: 'facts', rows },
      ]
    }
    case 'method': {
      const method = spokenMethod(language, input.methodLabel)
      return method && saysPayment(input)
        ? [{ type: 'facts', rows: [{ name: foot.method, value: method }] }]
        : []
    }
    case 'dates':
      return datesOf(input, language, variables)
    case 'divider':
      return [{ type: 'divider' }]
    case 'picture': {
      const url = pictureAddress(block.url)
      return url ? [{ type: 'picture', url, alt: oneLine(block.alt, 200) }] : []
    }
    case 'feedback': {
      const isOver = input.stage === 'recovered' || input.stage === 'ended'
      return isOver
        ? [{ type: 'question', text: language.feedback.question, label: foot.stopLink, link }]
        : []
    }
  }
}

/** Beside the page of the case, which needs no login: the same on the account page, where payments are spoken of. */
function accountLink({ input, language, write }: Around): { label: string; link: string } | null {
  const { accountPage, stage } = input
  if (!accountPage || isBeforeFailure(stage) || stage === 'recovered' || !saysPayment(input))
    return null
  return { label: tidy(write(language.foot.inAccount), MAX_SUBJECT), link: webAddress(accountPage) }
}

/** Notices about an address or from the shop's own lanes have no payment facts. */
function saysPayment({ stage, lane }: NoticeInput): boolean {
  return isBeforeFailure(stage) || (stage !== 'address' && isPaymentLane(lane))
}

function datesOf(input: NoticeInput, { foot }: Language, variables: Variables): Part[] {
  const isRunning = input.stage !== 'recovered' && input.stage !== 'ended'
  if (!isRunning || !saysPayment(input) || isBeforeFailure(input.stage)) return []
  const rows = [
    variables.next_try ? { name: foot.nextTry, value: variables.next_try } : null,
    variables.deadline ? { name: foot.deadline, value: variables.deadline } : null,
  ].filter((row) => row !== null)
  return rows.length > 0 ? [{ type: 'facts', rows }] : []
}

function itemsOf({ items = [] }: NoticeInput): Item[] {
  return items.slice(0, MAX_PICTURES).flatMap(({ title, quantity, pictureUrl }) => {
    const url = pictureAddress(pictureUrl)
    const name = oneLine(title, MAX_PRODUCT)
    return url && name !== '' ? [{ url, title: quantity > 1 ? `${quantity} × ${name}` : name }] : []
  })
}

/** Pictures of products in one mail. */
const MAX_PICTURES = 4

/** Further orders named in one mail; who has more finds them on the page. */
const MAX_OTHERS = 20

function otherDebts(
  input: NoticeInput,
  { foot, names }: Language,
  others: readonly OtherDebt[],
): Part {
  const { formats } = wordsLocale(input.locale, input.zone, input.shopLocale ?? null)
  return {
    type: 'others',
    title: foot.also,
    rows: others.slice(0, MAX_OTHERS).map(({ productTitle, amount, link }) => ({
      name: oneLine(productTitle ?? '', MAX_PRODUCT) || names.product,
      value: formatMoney(amount, formats),
      link: webAddress(link),
    })),
  }
}

function textParts(text: string, isSmall = false): Part[] {
  const pieces = piecesOf(text)
  return pieces.length > 0 ? [{ type: 'text', pieces, isSmall }] : []
}

/** Paragraphs and lists of a filled text. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = []
  let open: Piece | undefined
  for (const line of text.split('\n').map((each) => tidy(each, MAX_LINE))) {
    if (line === '') {
      open = undefined
    } else if (line.startsWith('- ')) {
      if (open?.type !== 'list') {
        open = { type: 'list', items: [] }
        pieces.push(open)
      }
      open.items.push(line.slice(2))
    } else if (open?.type === 'paragraph') {
      open.text += ` ${line}`
    } else {
      open = { type: 'paragraph', text: line }
      pieces.push(open)
    }
  }
  return pieces
}

/** Characters of one line of a filled text. */
const MAX_LINE = 5_000

/** The first paragraph that is not the greeting. */
function firstSentence(parts: readonly Part[], { greeting }: Variables): string {
  for (const part of parts) {
    if (part.type !== 'text') continue
    for (const piece of part.pieces) {
      if (piece.type === 'paragraph' && piece.text !== greeting) {
        return oneLine(piece.text, MAX_PREVIEW)
      }
    }
  }
  return ''
}

/** Written for a reader without HTML, not stripped from it. */
function textPart(page: Page): string {
  const colon = COLON[page.lang] ?? ': '
  const parts = [
    page.shopName,
    ...page.parts.map((part) => textOf(part, colon)),
    [
      '--',
      page.reply ? `${page.reply.text}${colon}${page.reply.address}` : null,
      `${page.stop.text} ${page.stop.label}${colon}${page.stop.link}`,
      page.why,
      page.unsubscribe ? `${page.unsubscribe.label}${colon}${page.unsubscribe.link}` : null,
      ...page.postalAddress,
    ]
      .filter((line) => line !== null)
      .join('\n'),
  ]
  return `${parts.filter((part) => part !== null && part !== '').join('\n\n')}\n`
}

/** Between a label and what it says, where that is not an English colon. */
const COLON: Record<string, string> = { fr: ' : ', ja: '：' }

function textOf(part: Part, colon: string): string | null {
  switch (part.type) {
    case 'heading':
      return part.text
    case 'text':
      return part.pieces
        .map((piece) =>
          piece.type === 'list' ? piece.items.map((item) => `- ${item}`).join('\n') : piece.text,
        )
        .join('\n\n')
    case 'button':
      return [
        `${part.label}${colon.trimEnd()}\n${part.link}`,
        part.account ? `${part.account.label}${colon.trimEnd()}\n${part.account.link}` : null,
      ]
        .filter((each) => each !== null)
        .join('\n\n')
    case 'facts':
      return part.rows.map(({ name, value }) => `${name}${colon}${value}`).join('\n')
    case 'others':
      return [
        `${part.title}${colon.trimEnd()}`,
        ...part.rows.map(({ name, value, link }) => `- ${name}, ${value}${colon}${link}`),
      ].join('\n')
    case 'question':
      return `${part.text}\n${part.link}`
    case 'divider':
      return '* * *'
    case 'items':
      return null
    case 'picture':
      return part.alt === '' ? null : `[${part.alt}]`
  }
}

// ---------------------------------------------------------------- values

/**
 * One line of harmless letters: control characters, line breaks, direction overrides, letters that nobody sees and
 * halves of letters become a space or go; towers of accents are cut to four; what is too long is cut.
 */
export function oneLine(value: string, max: number): string {
  return tidy(value.replace(/[\u2066-\u2069]+/g, ''), max)
}

/** The same for a filled text, where the isolates are ours. */
function tidy(value: string, max: number): string {
  // Nearly every text is plain already, and looking is cheaper than replacing.
  const line = NOT_PLAIN.test(value)
    ? value
        .replace(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E]+/gu, ' ')
        .replace(/[\p{Cs}\u200B\u2060\uFEFF\u{E0000}-\u{E007F}]+/gu, '')
        .replace(/(\p{M}{4})\p{M}+/gu, '$1')
        .replace(/\s+/g, ' ')
        .trim()
    : value
  if (line.length <= max) return line
  const letters = Array.from(line)
  return letters.length <= max
    ? line
    : `${letters
        .slice(0, max - 1)
        .join('')
        .trimEnd()}…`
}

const NOT_PLAIN =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u200B\u2060\uFEFF\u202A-\u202E\u{E0000}-\u{E007F}]|\p{M}{5}|\s\s|^\s|\s$|[^\S ]/u

/**
 * A first name that may stand in a greeting. People put addresses there to have strangers mailed by shops; such a
 * "name" is left out, because mail clients turn it into a link.
 */
function greetable(name: string | null): string | null {
  const line = oneLine(name ?? '', 40)
  return line === '' || /[@/\\<>]|:|www\.|\.\p{L}{2,}/iu.test(line) ? null : line
}

/**
 * Between words that run from right to left, a name or an amount in other letters keeps its own order: each value is
 * isolated (Unicode's FSI and PDI). Subjects go without, because some lists of mails show the marks.
 */
function isolated(variables: Variables): Variables {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [
      name,
      value === null || NOT_ISOLATED.has(name) ? value : `\u2068${value}\u2069`,
    ]),
  )
}

/** Whole sentences of ours, and addresses that programs find by their letters. */
const NOT_ISOLATED = new Set(['greeting', 'button', 'link', 'reply_to'])

/** Our own addresses; anything but the web would be a defect of ours, and must not reach a reader. */
function webAddress(link: string): string {
  const address = URL.canParse(link) ? new URL(link) : null
  if (address?.protocol === 'https:' || address?.protocol === 'http:') return link
  throw new TemplateFault('The link of this notice is not a web address.')
}

/** An address that can stand behind "mailto:" and in a line of text; null: it is none. */
function mailAddress(address: string | null): string | null {
  return address !== null && /^[^\s@<>"'?&]+@[^\s@<>"'?&]+$/.test(address) ? address : null
}

function bytesOf(text: string): number {
  // A letter takes three bytes at most for each unit of its length.
  return text.length * 3 <= MAX_HTML_BYTES ? text.length : new TextEncoder().encode(text).length
}

function linesOf(text: string | null): string[] {
  return (text ?? '')
    .split('\n')
    .map((line) => oneLine(line, 200))
    .filter((line) => line !== '')
}
