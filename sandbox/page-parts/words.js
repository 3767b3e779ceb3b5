// Dates, money, cards and codes in plain words. Dates are shown in the shop's zone, never the browser's.

const formats = new Map()

function format(zone, options) {
  const key = zone + JSON.stringify(options)
  if (!formats.has(key)) {
    formats.set(key, new Intl.DateTimeFormat('en-GB', { timeZone: zone || 'UTC', ...options }))
  }
  return formats.get(key)
}

const CLOCK = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }

/** "Mon 9 Nov, 08:00" */
export const moment = (at, zone) =>
  format(zone, { weekday: 'short', day: 'numeric', month: 'short', ...CLOCK }).format(new Date(at))

/** "08:00" */
export const clockTime = (at, zone) => format(zone, CLOCK).format(new Date(at))

/** "Monday 9 November 2026" */
export const dayName = (at, zone) =>
  format(zone, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).format(
    new Date(at),
  )

/** "9 Nov 2026" */
export const dateOnly = (at, zone) =>
  format(zone, { day: 'numeric', month: 'short', year: 'numeric' }).format(new Date(at))

/** "2026-11-09", to group by local day. */
export const dayKey = (at, zone) => {
  const parts = format(zone, { year: 'numeric', month: '2-digit', day: '2-digit' }).formatToParts(
    new Date(at),
  )
  const part = (type) => parts.find((found) => found.type === type)?.value
  return `${part('year')}-${part('month')}-${part('day')}`
}

/** "Monday" and "9 Nov" */
export const dayParts = (at, zone) => ({
  weekday: format(zone, { weekday: 'long' }).format(new Date(at)),
  dayMonth: format(zone, { day: 'numeric', month: 'short' }).format(new Date(at)),
})

/** The pieces of a calendar leaf. */
export const leaf = (at, zone) => ({
  weekday: format(zone, { weekday: 'long' }).format(new Date(at)),
  day: format(zone, { day: 'numeric' }).format(new Date(at)),
  month: format(zone, { month: 'long', year: 'numeric' }).format(new Date(at)),
  time: clockTime(at, zone),
})

/** "Europe/Berlin" -> "Berlin" */
export const city = (zone) => (zone ?? 'UTC').split('/').at(-1).replaceAll('_', ' ')

/** "€24.90": an amount of major units and its currency. */
export function money(amount, currency) {
  const number = Number(amount)
  if (!currency || Number.isNaN(number)) return `${amount ?? ''} ${currency ?? ''}`.trim()
  return new Intl.NumberFormat('en-GB', { style: 'currency', currency }).format(number)
}

/** "2 declines", "1 success" */
export const count = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`

/** "gid://shopify/SubscriptionContract/1001" -> "1001" */
export const tail = (gid) =>
  String(gid ?? '')
    .split('/')
    .at(-1)

/** A code of Shopify's as words: "INSUFFICIENT_FUNDS" -> "insufficient funds" */
export const codeWords = (code) =>
  String(code ?? '')
    .split(':')
    .at(-1)
    .toLowerCase()
    .replaceAll('_', ' ')

/** "Visa •••• 4242" */
export function cardName(card) {
  if (!card) return 'No card any more'
  const { brand, last4 } = card
  const name = brand ? brand[0].toUpperCase() + brand.slice(1) : 'Card'
  return last4 ? `${name} •••• ${last4}` : name
}

/** How a scripted card will answer, for someone who has not read the script. */
export function scriptWords(script, zone) {
  const answers = (codes) =>
    codes.map((code) => (code === 'OK' ? 'approved' : codeWords(code))).join(', then ')
  switch (script?.type) {
    case 'ok':
      return 'Every charge is approved.'
    case 'code':
      return `Every charge is declined: ${codeWords(script.code)}.`
    case 'codes':
      return `One answer per charge: ${answers(script.codes)}.`
    case 'code_a_day':
      return `One answer per day: ${answers(script.codes)}.`
    case 'no_money_until':
      return `No money on it until ${moment(script.at, zone)}.`
    case 'no_money_above':
      return `There is ${script.amount} on it, and no more.`
    case 'expired':
      return 'The card has expired: it will not work again until it is changed.'
    case 'moody':
      return `The bank says no for no clear reason, then approves attempt ${script.okOnAttempt}.`
    case 'processor_down':
      return `The payment processor is down until ${moment(script.until, zone)}.`
    case 'challenge':
      return `The bank asks the shopper to confirm, then answers: ${answers([script.then])}.`
    default:
      return 'No script is told for this card.'
  }
}
