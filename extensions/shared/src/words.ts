/** How texts, money and days are written, all in the language of the extension's own words. */
import type { StandardApi } from '@shopify/ui-extensions/customer-account'
import type { Money } from './api.ts'

declare const shopify: Pick<StandardApi, 'i18n'>

export function t(key: string, values?: Record<string, string | number>): string {
  return shopify.i18n.translate(key, values) as string
}

export function money({ amount, currency }: Money): string {
  return shopify.i18n.formatCurrency(Number(amount), { currency, inExtensionLocale: true })
}

/** An instant is said as the day it falls on in the case's zone; a plain day (YYYY-MM-DD) stays that day. */
export function day(at: string, zone: string): string {
  const isPlainDay = at.length === 10
  return formatIn(isPlainDay ? 'UTC' : zone, new Date(at), { dateStyle: 'long' })
}

/** The day and the hour. */
export function moment(at: string, zone: string): string {
  return formatIn(zone, new Date(at), { dateStyle: 'long', timeStyle: 'short' })
}

function formatIn(timeZone: string, at: Date, style: Intl.DateTimeFormatOptions): string {
  const options = { inExtensionLocale: true, ...style }
  try {
    return shopify.i18n.formatDate(at, { ...options, timeZone })
  } catch {
    // An old browser does not know the newer names of some zones: its own zone is better than no page.
    return shopify.i18n.formatDate(at, options)
  }
}
