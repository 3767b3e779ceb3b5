/**
 * A text message as the shopper gets it. Pure. The shop's name, one sentence, one link; the first text to a person also
 * says how to end them. Phones show no markup, so nothing is escaped: every value is one line of harmless letters.
 */
import { languageFor } from './default-templates/languages.ts'
import { type LanguageTag, wordsLocale } from './formats.ts'
import { fill, TemplateFault } from './liquid.ts'
import { type NoticeInput, oneLine, wordsFor } from './render.ts'
import { countSegments, type Encoding, inPlainSigns } from './sms-segments.ts'
import { defaultSms, type Template } from './template.ts'

export type Sms = {
  text: string
  /** What the carrier counts and bills. */
  segments: number
  encoding: Encoding
  /** The language of the words. */
  locale: string
}

/** Segments of one text, far above any notice; ours take one to three. */
export const MAX_SEGMENTS = 6

/** Characters of names in a text message, where each letter costs. */
const MAX_PRODUCT = 40
const MAX_NAME = 30

/** `isFirst`: nobody at this number had a text from the shop before, so it says how to end them. */
export function renderSms(input: NoticeInput & { isFirst?: boolean }, template?: Template): Sms {
  const { tag, variables } = wordsFor({
    ...input,
    shopName: oneLine(input.shopName, MAX_NAME),
    productTitle: input.productTitle && oneLine(input.productTitle, MAX_PRODUCT),
  })
  const words = template ?? defaultSms(tag, input.stage, input.lane, input.finalAction)
  if (words === null) {
    throw new TemplateFault(
      `There is no text message for "${input.stage}" in lane ${input.lane}. Send an e-mail there, or write a text of your own.`,
    )
  }
  const body = words.blocks
    .map((block) => (block.type === 'text' ? oneLine(fill(block.text, variables), 2_000) : ''))
    .filter((text) => text !== '')
    .join(' ')
  const stopHint = input.isFirst ? languageFor(tag).sms.stopHint : ''
  return finished([body, stopHint].filter((text) => text !== '').join(' '), tag)
}

/** Our answer to STOP, START or HELP; it is always sent, whatever the person has opted out of. */
export function renderSmsAnswer(
  answer: 'stopped' | 'started' | 'help',
  input: Pick<NoticeInput, 'shopName' | 'replyTo' | 'locale' | 'zone'> & {
    shopLocale?: string | null
  },
): Sms {
  const { tag } = wordsLocale(input.locale, input.zone, input.shopLocale ?? null)
  const shopName = oneLine(input.shopName, MAX_NAME)
  const text = fill(languageFor(tag).sms[answer], {
    shop_name: shopName,
    reply_to: oneLine(input.replyTo ?? shopName, 80),
  })
  return finished(text, tag)
}

function finished(written: string, tag: LanguageTag): Sms {
  const text = inPlainSigns(written).trim()
  const { segments, encoding } = countSegments(text)
  if (segments > MAX_SEGMENTS) {
    throw new TemplateFault(
      `The text takes ${segments} segments, and ${MAX_SEGMENTS} is the limit. Make it shorter.`,
    )
  }
  return { text, segments, encoding, locale: tag }
}
