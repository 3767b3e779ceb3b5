/**
 * A notice as the shopper gets it: subject, HTML part and text part. Pure: the same input gives the same words.
 *
 * The words are Liquid that yields plain text; the layout then escapes every piece of it. So no name, no product title
 * and no merchant's template can bring markup into a mail.
 */
import { Liquid } from 'liquidjs'
import type { FinalAction, Instrument, Lane, MessageStage, Money } from '../dunning/types.ts'
import {
  type Language,
  NAMED_CODES,
  type NamedCode,
  type PaymentLane,
  type Words,
} from './default-templates/language.ts'
import { languageFor } from './default-templates/languages.ts'
import { layout } from './default-templates/layout.ts'
import { directionOf, formatDay, formatMoney, wordsLocale } from './formats.ts'

/** Everything that a notice may speak of. */
export type NoticeInput = {
  stage: MessageStage
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
  /** The case's page (links.server.ts). */
  link: string
  replyTo: string | null
  /** The merchant's own words; Liquid, plain text, a blank line between paragraphs. */
  ownTemplate?: { subject: string; body: string }
}

export type Notice = {
  subject: string
  html: string
  text: string
  /** Which words were used: stage, lane, and whose. */
  template: string
  /** The language of the words. */
  locale: string
}

/** The words cannot be used, and what to change. */
export class TemplateFault extends Error {
  override name = 'TemplateFault'
}

export function renderNotice(input: NoticeInput): Notice {
  if (!hasWords(input.stage, input.lane)) {
    throw new TemplateFault(
      `There is no "${input.stage}" notice for lane ${input.lane}: the shopper cannot help there, ` +
        'so a sequence must not write to them about a payment.',
    )
  }
  const { tag } = wordsLocale(input.locale, input.zone)
  const language = languageFor(tag)
  const { foot } = language
  const { variables, sentences } = wordsFor(input)
  const words = input.ownTemplate ?? defaultWords(language, input)
  const all = { ...variables, ...sentenceVariables(sentences) }
  const subject = oneLine(fill(words.subject, all), MAX_SUBJECT)
  const blocks = blocksOf(fill(words.body, all))
  const hello = fill(variables.first_name ? foot.hello : foot.helloNobody, variables)
  const facts = factsOf(language, input, variables)
  const action = buttonFor(language, input)

  const page = {
    lang: tag,
    dir: directionOf(tag),
    subject,
    heading: subject,
    preview: firstParagraph(blocks),
    shop_name: variables.shop_name,
    blocks: [{ paragraph: hello }, ...blocks],
    action,
    link: input.link,
    copy_link: foot.copyLink,
    facts,
    reply: fill(foot.reply, variables),
    reply_to: variables.reply_to,
    stop: foot.stop,
    stop_link: foot.stopLink,
    why: fill(foot.why, variables),
  }
  return {
    subject,
    html: html.renderSync(parsedLayout, page),
    text: textPart(page),
    template: `${input.stage}/${input.lane}${input.ownTemplate ? '/own' : ''}`,
    locale: tag,
  }
}

/** Whether a stage may be sent in a lane at all. MERCHANT and STOCK know no payment notice (F15, S13). */
export function hasWords(stage: MessageStage, lane: Lane): boolean {
  return isPaymentLane(lane) || stage === 'address' || stage === 'recovered' || stage === 'ended'
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

export function sentencesFor(
  input: Omit<NoticeInput, 'stage' | 'link' | 'ownTemplate'>,
): Sentences {
  return wordsFor({ ...input, stage: 'first', link: '' }).sentences
}

/** What the one button says; null: the notice asks for nothing. */
export function buttonFor(
  { button }: Language,
  input: Pick<NoticeInput, 'stage' | 'lane' | 'instrument' | 'finalAction'>,
): string | null {
  const { stage, lane, instrument, finalAction } = input
  if (stage === 'recovered') return null
  if (stage === 'address' || !isPaymentLane(lane)) return button.details
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

export function isPaymentLane(lane: Lane): lane is PaymentLane {
  return lane !== 'MERCHANT' && lane !== 'STOCK'
}

/** Only brand and last four, in words that can be read aloud: "Visa ending in 4242". */
export function spokenMethod({ names }: Language, label: string | null): string | null {
  const plain = label === null ? '' : oneLine(label, 60)
  const [, brand, digits] = /^(.*?)\s*[·•*.…]{2,}\s*(\d{2,4})$/.exec(plain) ?? []
  if (brand && digits) return fill(names.ending, { brand, digits })
  return plain === '' ? null : plain
}

// ---------------------------------------------------------------- limits

/** Characters of a subject line: mail clients show fewer, headers take no more than about a thousand. */
const MAX_SUBJECT = 150

/** Characters of one template's source. Ours have under 700. */
const MAX_SOURCE = 10_000

/** Milliseconds that one template may take; ours take under one. */
const MAX_RENDER_MS = 200

/** Characters that one template may yield, far above any letter. */
const MAX_OUTPUT = 50_000

const limits = {
  parseLimit: MAX_SOURCE,
  renderLimit: MAX_RENDER_MS,
  memoryLimit: 1_000_000,
  strictVariables: true,
  strictFilters: true,
  ownPropertyOnly: true,
  // No file is ever read: `include`, `render` and `layout` find nothing.
  templates: {},
}

/** Words in, plain text out. */
const plain = new Liquid(limits)

/** Plain text in, HTML out: every value is escaped. */
const html = new Liquid({ ...limits, lenientIf: true, outputEscape: 'escape' })
const parsedLayout = html.parse(layout)

/** Fills one text; an unknown variable, also in a branch not taken, is an error that names it. */
function fill(source: string, variables: Record<string, string | null>): string {
  try {
    const { parsed, names } = parse(source)
    for (const name of names) {
      if (!Object.hasOwn(variables, name)) {
        throw new TemplateFault(
          `The template uses {{ ${name} }}, which does not exist. It can use: ${Object.keys(variables).sort().join(', ')}.`,
        )
      }
    }
    const filled: string = plain.renderSync(parsed, variables)
    if (filled.length <= MAX_OUTPUT) return filled
    throw new TemplateFault(`The template yields over ${MAX_OUTPUT} characters. Make it shorter.`)
  } catch (error) {
    if (error instanceof TemplateFault) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new TemplateFault(`The template cannot be used: ${reason}.`, { cause: error })
  }
}

function parse(source: string) {
  const known = parsedSources.get(source)
  if (known) return known
  const parsed = plain.parse(source)
  const fresh = { parsed, names: plain.globalVariablesSync(parsed) }
  if (parsedSources.size >= MAX_PARSED) parsedSources.clear()
  parsedSources.set(source, fresh)
  return fresh
}

/** Parsing costs ten times what filling does. Our own texts are under 200; the rest is for merchants' words. */
const MAX_PARSED = 1_000
const parsedSources = new Map<string, { parsed: ReturnType<typeof plain.parse>; names: string[] }>()

// ---------------------------------------------------------------- words

type Variables = ReturnType<typeof variablesOf>

function wordsFor(input: NoticeInput): { variables: Variables; sentences: Sentences } {
  const language = languageFor(wordsLocale(input.locale, input.zone).tag)
  const variables = variablesOf(language, input)
  if (!isPaymentLane(input.lane)) {
    return {
      variables,
      sentences: { title: '', happened: '', next: '', do: '', doAndNext: '', willEnd: '' },
    }
  }
  const lane = input.lane
  const mayPassByItself = variables.next_try !== null
  const next = fill(mayPassByItself ? language.nextTry : language.noNextTry[lane], variables)
  const request = requestIn(language, lane, input.instrument, mayPassByItself)
  return {
    variables,
    sentences: {
      title: fill(language.firstSubject[lane], variables),
      happened: fill(happenedIn(language, lane, input.code, input.instrument), variables),
      next,
      do: request,
      doAndNext: asksFirst(lane) ? `${request} ${next}` : [next, request].join('\n\n').trim(),
      willEnd: fill(language.willEnd[input.finalAction], variables),
    },
  }
}

/** The values that a template may use. A value is one line, whatever a shopper or a merchant typed. */
function variablesOf(language: Language, input: NoticeInput) {
  const { formats } = wordsLocale(input.locale, input.zone)
  const { names } = language
  const product = oneLine(input.productTitle ?? '', MAX_PRODUCT) || null
  const method = spokenMethod(language, input.methodLabel)
  const showsNextTry = input.nextTryAt !== null && !asksFirst(input.lane)
  return {
    shop_name: oneLine(input.shopName, MAX_NAME),
    first_name: greetable(input.firstName),
    product: product ?? names.product,
    subscription: product ? fill(names.subscriptionTo, { product }) : names.subscription,
    amount: formatMoney(input.amount, formats),
    method: method ?? names.method,
    method_start: method ?? names.methodStart,
    next_try:
      showsNextTry && input.nextTryAt ? formatDay(input.nextTryAt, input.zone, formats) : null,
    deadline: formatDay(input.deadlineAt, input.zone, formats),
    total: input.recovered?.total ? formatMoney(input.recovered.total, formats) : null,
    link: input.link,
    reply_to: input.replyTo,
  }
}

/** Characters of a product's title in a sentence. */
const MAX_PRODUCT = 70

/** Characters of a shop's name. */
const MAX_NAME = 60

function sentenceVariables(sentences: Sentences): Record<string, string> {
  return {
    happened: sentences.happened,
    next: sentences.next,
    do: sentences.do,
    do_and_next: sentences.doAndNext,
    will_end: sentences.willEnd,
  }
}

function defaultWords(language: Language, { stage, lane, finalAction }: NoticeInput): Words {
  if (stage === 'address') return language.address
  if (!isPaymentLane(lane)) {
    return stage === 'recovered' ? language.recoveredOfShop : language.endedOfShop
  }
  switch (stage) {
    case 'first':
      return { subject: language.firstSubject[lane], ...language.first }
    case 'last':
      return { subject: language.lastSubject[finalAction], ...language.last }
    case 'ended':
      return language.ended[finalAction]
    case 'update_link':
      return language.updateLink
    default:
      return language[stage]
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

/** The small table below the words; a notice without payment words has none. */
function factsOf(
  language: Language,
  input: NoticeInput,
  variables: Variables,
): { name: string; value: string }[] {
  if (input.stage === 'address' || !isPaymentLane(input.lane)) return []
  const method = spokenMethod(language, input.methodLabel)
  const running = input.stage !== 'recovered' && input.stage !== 'ended'
  const { foot } = language
  return [
    input.productTitle ? { name: foot.order, value: variables.product } : null,
    { name: foot.amount, value: variables.total ?? variables.amount },
    method ? { name: foot.method, value: method } : null,
    running && variables.next_try ? { name: foot.nextTry, value: variables.next_try } : null,
  ].filter((fact) => fact !== null)
}

// ---------------------------------------------------------------- parts

type Block = { paragraph: string } | { list: string[] }

/** Paragraphs and lists of a filled text. */
function blocksOf(text: string): Block[] {
  const blocks: Block[] = []
  let open: Block | undefined
  const start = <B extends Block>(block: B): B => {
    blocks.push(block)
    open = block
    return block
  }
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '') {
      open = undefined
    } else if (line.startsWith('- ')) {
      const list = open && 'list' in open ? open : start({ list: [] })
      list.list.push(line.slice(2))
    } else if (open && 'paragraph' in open) {
      open.paragraph += ` ${line}`
    } else {
      start({ paragraph: line })
    }
  }
  return blocks
}

function firstParagraph(blocks: Block[]): string {
  const first = blocks.find((block) => 'paragraph' in block)
  return first && 'paragraph' in first ? first.paragraph : ''
}

/** Written for a reader without HTML, not stripped from it. */
function textPart(page: {
  shop_name: string
  heading: string
  blocks: Block[]
  action: string | null
  link: string
  facts: { name: string; value: string }[]
  reply: string
  reply_to: string | null
  stop: string
  stop_link: string
  why: string
}): string {
  const parts = [
    page.shop_name,
    page.heading,
    ...page.blocks.map((block) =>
      'list' in block ? block.list.map((item) => `- ${item}`).join('\n') : block.paragraph,
    ),
    page.action ? `${page.action}:\n${page.link}` : null,
    page.facts.map((fact) => `${fact.name}: ${fact.value}`).join('\n') || null,
    [
      '--',
      page.reply_to ? `${page.reply}: ${page.reply_to}` : null,
      `${page.stop} ${page.stop_link}: ${page.link}`,
      page.why,
    ]
      .filter((line) => line !== null)
      .join('\n'),
  ]
  return `${parts.filter((part) => part !== null).join('\n\n')}\n`
}

/** Control characters, line breaks and direction overrides become a space; what is too long is cut. */
function oneLine(value: string, max: number): string {
  const line = value
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  const letters = Array.from(line)
  return letters.length <= max
    ? line
    : `${letters
        .slice(0, max - 1)
        .join('')
        .trimEnd()}…`
}

/**
 * A first name that may stand in a greeting. People put addresses there to have strangers mailed by shops; such a
 * "name" is left out, because mail clients turn it into a link.
 */
function greetable(name: string | null): string | null {
  const line = oneLine(name ?? '', 40)
  return line === '' || /[@/\\<>]|:|www\.|\.\p{L}{2,}/iu.test(line) ? null : line
}
