/**
 * Dates and amounts as a shopper reads them. Pure.
 *
 * The language of a date is always the language of the words around it; the order of day and month, and the shape of
 * an amount, follow the shopper's own region. So a shopper from Berlin who gets our English words reads
 * "Sunday, 15 November" and "€24.90", one from Boston "Sunday, November 15".
 */
import type { Money } from '../dunning/types.ts'

/** Languages that we have words in; the first one is used for everybody else. */
export const LANGUAGES = ['en', 'de', 'fr', 'es', 'nl', 'pt-BR', 'ja', 'ar'] as const
export type LanguageTag = (typeof LANGUAGES)[number]

/**
 * The shopper's locale, e.g. "de-AT" -> the language of our words, and the locale that dates and amounts in them are
 * formatted in, e.g. "de-AT". Without words in the shopper's language, the shop's language serves, and else English:
 * "fi-FI" at a German shop -> German words, "de-FI"; elsewhere "en-FI". A bare "en" is spoken everywhere and says
 * nothing of where: there the zone decides between American and other habits. Nor does a bare "ar", whose numerals are
 * those of Shopify's account pages. Portugal reads Brazil's words rather than English.
 */
export function wordsLocale(
  locale: string | null,
  zone: string,
  shopLocale: string | null = null,
): { tag: LanguageTag; formats: string } {
  const key = `${locale} ${zone} ${shopLocale}`
  const kept = wordsLocales.get(key)
  if (kept) return kept
  const wanted = readLocale(locale || shopLocale)
  const tag = languageIn(wanted) ?? languageIn(readLocale(shopLocale)) ?? LANGUAGES[0]
  const region = wanted.region ?? likelyRegion(wanted, zone)
  const fresh = { tag, formats: region ? `${new Intl.Locale(tag).language}-${region}` : tag }
  if (wordsLocales.size >= 2_000) wordsLocales.clear()
  wordsLocales.set(key, fresh)
  return fresh
}

function likelyRegion(locale: Intl.Locale, zone: string): string | undefined {
  if (locale.language === 'en') return zone.startsWith('America/') ? 'US' : 'GB'
  // The likeliest would be Egypt, with numerals of its own.
  return locale.language === 'ar' ? undefined : locale.maximize().region
}

/** Reading a locale costs as much as filling a text. Locales and zones are few, yet shoppers' browsers name them. */
const wordsLocales = new Map<string, { tag: LanguageTag; formats: string }>()

function languageIn(locale: Intl.Locale): LanguageTag | undefined {
  return LANGUAGES.find((one) => one === locale.language || one.split('-')[0] === locale.language)
}

/** The same region in English, for a page that has no other words yet: "de-AT" -> "en-AT". */
export function inEnglish(locale: string): string {
  const wanted = readLocale(locale)
  if (wanted.language === 'en') return locale
  const { region } = wanted.maximize()
  return region ? `en-${region}` : 'en'
}

/** Which way the language runs, for the `dir` attribute. */
export function directionOf(language: string): 'ltr' | 'rtl' {
  return ['ar', 'dv', 'fa', 'he', 'ku', 'ps', 'ur', 'yi'].includes(language) ? 'rtl' : 'ltr'
}

/**
 * The day in the shopper's zone: "Sunday, 15 November". Portuguese goes without the weekday, which would ask for an
 * article of its own gender in the sentence around it. The first of a month is "1er" in French and "1º" in Portuguese,
 * which `Intl` does not write.
 */
export function formatDay(at: Date, zone: string, formats: string): string {
  const day = kept(
    `day ${zone} ${formats}`,
    () =>
      new Intl.DateTimeFormat(formats, {
        ...(formats.startsWith('pt') ? {} : { weekday: 'long' as const }),
        day: 'numeric',
        month: 'long',
        timeZone: zone,
      }),
  ).format(at)
  if (formats.startsWith('fr')) return day.replace(/\b1 (?=\p{L})/u, '1er ')
  return formats.startsWith('pt') ? day.replace(/^1 /, '1º ') : day
}

/** The day and the hour in the shopper's zone: "Sunday, 15 November at 10:14". */
export function formatMoment(at: Date, zone: string, formats: string): string {
  const time = new Intl.DateTimeFormat(formats, { timeStyle: 'short', timeZone: zone }).format(at)
  return `${formatDay(at, zone, formats)} at ${time}`
}

/** "€24.90". The decimal string is formatted as it is: it never becomes a binary number. */
export function formatMoney(money: Money, formats: string): string {
  const { amount, currency } = money
  return kept(
    `money ${currency} ${formats}`,
    () => new Intl.NumberFormat(formats, { style: 'currency', currency }),
  ).format(amount as `${number}`)
}

/** Making a formatter costs a hundred times what using it does. Zones, currencies and regions are few. */
const formatters = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat>()

function kept<F extends Intl.DateTimeFormat | Intl.NumberFormat>(key: string, make: () => F): F {
  const known = formatters.get(key) as F | undefined
  if (known) return known
  const formatter = make()
  formatters.set(key, formatter)
  return formatter
}

/** Shopify's locales come as "pt-BR", seldom as "pt_BR"; what cannot be read counts as English. */
function readLocale(locale: string | null): Intl.Locale {
  try {
    return new Intl.Locale((locale ?? '').replaceAll('_', '-'))
  } catch {
    return new Intl.Locale('en')
  }
}
