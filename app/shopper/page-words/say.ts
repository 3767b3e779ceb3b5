/** The page's words with their holes filled. Pure. */
import { languageFor } from '../../messages/default-templates/languages.ts'
import { directionOf, formatDay, type LanguageTag } from '../../messages/formats.ts'
import { ar } from './ar.ts'
import { de } from './de.ts'
import { en } from './en.ts'
import { es } from './es.ts'
import { fr } from './fr.ts'
import { ja } from './ja.ts'
import { nl } from './nl.ts'
import { ptBR } from './pt-br.ts'
import type { PageWords } from './words.ts'

export const PAGE_WORDS: Record<LanguageTag, PageWords> = {
  en,
  de,
  fr,
  es,
  nl,
  'pt-BR': ptBR,
  ja,
  ar,
}

/** A sentence that has no group of its own. */
type Key = { [K in keyof PageWords]: PageWords[K] extends string ? K : never }[keyof PageWords]
export type Said = (key: Key, more?: Record<string, string>) => string

/** What every sentence may name. */
type About = { shopName: string; productTitle: string | null; contact: string | null }

export function wordsIn(tag: LanguageTag, about: About): { say: Said; words: PageWords } {
  const words = PAGE_WORDS[tag]
  const { names } = languageFor(tag)
  const dir = directionOf(tag)
  const { productTitle, contact } = about
  const product = productTitle === null ? null : apart(productTitle, dir)
  const shop = apart(about.shopName, dir)
  const named = (text: string) => fill(text, { product: product ?? '' })
  const values = {
    shop,
    contact: contact ?? '',
    product: product ?? names.product,
    order: product === null ? names.order : named(names.orderOf),
    subscription: product === null ? names.subscription : named(names.subscriptionTo),
  }
  const say: Said = (key, more) => {
    const text = words[key]
    const inserted = Object.entries(more ?? {}).map(([name, one]) => [name, apart(one, dir)])
    const said = fill(text, { ...values, ...Object.fromEntries(inserted) })
    return /^\{\{ (order|subscription) \}\}/.test(text) ? capital(said, tag) : said
  }
  return { say, words }
}

/** Between words that run from right to left, a name in other letters keeps its own order (Unicode's FSI and PDI). */
export function apart(text: string, dir: 'ltr' | 'rtl'): string {
  return dir === 'rtl' ? `\u2068${text}\u2069` : text
}

/** The day and the hour in the shopper's zone: "Sunday, 15 November at 10:14". */
export function formatTime(at: Date, zone: string, tag: LanguageTag, formats: string): string {
  const time = new Intl.DateTimeFormat(formats, { timeStyle: 'short', timeZone: zone }).format(at)
  return fill(languageFor(tag).names.at, { day: formatDay(at, zone, formats), time })
}

export function fill(text: string, values: Record<string, string>): string {
  return text.replace(/\{\{ (\w+) \}\}/g, (hole, name: string) => values[name] ?? hole)
}

function capital(text: string, tag: LanguageTag): string {
  return text.charAt(0).toLocaleUpperCase(tag) + text.slice(1)
}
