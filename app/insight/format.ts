/**
 * Money and moments as staff read them. Strings are made on the server, so that the page and its hydration agree.
 * The words around them are English; numbers and dates follow the shop's locale.
 */

import type { Money } from '../dunning/types.ts'

/** Whose calendar and number style: an IANA zone and a BCP 47 locale. */
export type Place = { zone: string; locale: string }

/** Takes an amount in major units: "24.90" EUR → "€24.90". */
export function formatMoney(
  { amount, currency }: Money,
  { locale }: Pick<Place, 'locale'>,
): string {
  return numberFormat(locale, { style: 'currency', currency }).format(Number(amount))
}

/** "23.3" EUR → "23.30", "2490" JPY → "2490": as a file for another program has it. Nothing is rounded away. */
export function plainAmount({ amount, currency }: Money): string {
  const { maximumFractionDigits: places = 2 } = numberFormat('en', {
    style: 'currency',
    currency,
  }).resolvedOptions()
  const [whole = '0', fraction = ''] = amount.split('.')
  const digits = fraction.replace(/0+$/, '').padEnd(places, '0')
  return digits === '' ? whole : `${whole}.${digits}`
}

/** Day and time: "Sun, Nov 15, 9:14 AM". With the year when it is not the present one. */
export function formatMoment(at: Date, place: Place, now: Date): string {
  return dateFormat(place, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: 'numeric',
    minute: '2-digit',
    ...yearUnless(at, now, place),
  }).format(at)
}

/** The day alone: "Sunday, November 15". */
export function formatDay(at: Date, place: Place, now: Date): string {
  return dateFormat(place, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...yearUnless(at, now, place),
  }).format(at)
}

/** "Nov 15": for lists, where the column says what it is. */
export function formatShortDay(at: Date, place: Place, now: Date): string {
  return dateFormat(place, {
    day: 'numeric',
    month: 'short',
    ...yearUnless(at, now, place),
  }).format(at)
}

/** "November 2026": the name of a cohort. */
export function formatMonth(at: Date, place: Place): string {
  return dateFormat(place, { month: 'long', year: 'numeric' }).format(at)
}

/** "Berlin time" for Europe/Berlin: a name that a person recognises, unlike "GMT+1". */
export function zoneWord(zone: string): string {
  const city = zone.split('/').at(-1) ?? zone
  return zone === 'UTC' || zone === 'Etc/UTC' ? 'UTC' : `${city.replaceAll('_', ' ')} time`
}

/** 0.3333 → "33%"; null, when nothing was counted, → "–". */
export function formatRate(rate: number | null, { locale }: Pick<Place, 'locale'>): string {
  if (rate === null) return '–'
  return numberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(rate)
}

function yearUnless(at: Date, now: Date, place: Place): { year?: 'numeric' } {
  const year = (instant: Date) => dateFormat(place, { year: 'numeric' }).format(instant)
  return year(at) === year(now) ? {} : { year: 'numeric' }
}

// Intl formatters cost far more to make than to use; a process meets few locales and zones.
const dateFormats = new Map<string, Intl.DateTimeFormat>()
const numberFormats = new Map<string, Intl.NumberFormat>()

function dateFormat(
  { zone, locale }: Place,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  const key = JSON.stringify([zone, locale, options])
  let found = dateFormats.get(key)
  if (!found) {
    found = new Intl.DateTimeFormat(known(locale), { ...options, timeZone: zone })
    dateFormats.set(key, found)
  }
  return found
}

function numberFormat(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = JSON.stringify([locale, options])
  let found = numberFormats.get(key)
  if (!found) {
    found = new Intl.NumberFormat(known(locale), options)
    numberFormats.set(key, found)
  }
  return found
}

/** Shopify's locales are BCP 47 already; anything else reads as English rather than failing the page. */
function known(locale: string): string {
  try {
    return Intl.getCanonicalLocales(locale)[0] ?? 'en'
  } catch {
    return 'en'
  }
}
