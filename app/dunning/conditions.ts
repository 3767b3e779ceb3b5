/**
 * Conditions on facts of a case: what a step, a branch or a segment asks for, and whether it is so. One vocabulary
 * for all three, so that "orders above 100" means the same wherever a merchant writes it.
 */

import type { DeclineClass, Instrument, Money } from './types.ts'

/** What is known of the shopper and the subscription. Read once, when the case opens; null: not known. */
export type Traits = {
  /** The frozen amount of the cycle. */
  amount: Money
  /** All that this customer has spent in the shop so far, in its currency. */
  lifetimeValue: Money | null
  orders: number | null
  /** Whole days since the subscription began. */
  tenureDays: number | null
  /** Which charge of the subscription this is, the first being 1; 0: not known. */
  cycleNumber: number
  interval: { unit: IntervalUnit; count: number } | null
  /** Titles and Shopify ids of what the subscription ships. */
  products: string[]
  /** Of the delivery address, ISO 3166-1, upper case. */
  country: string | null
  /** Of the delivery address, as Shopify codes it; texts keep the hours of the state. Absent: not known. */
  province?: string | null
  /** BCP 47, e.g. "de" or "pt-BR". */
  language: string | null
  /** The customer's tags in the shop; none is known as such. */
  tags: string[] | null
  class: DeclineClass | null
  code: string | null
  instrument: Instrument | null
  /** Cases of this customer that ended in a recovery before. */
  earlierRecoveries: number
  /** To commercial messages: notices about the payment itself need none. */
  consent: { email: boolean; sms: boolean }
}

export type IntervalUnit = 'DAY' | 'WEEK' | 'MONTH' | 'YEAR'

/** A case of which nothing but its amount is known: one that was opened before these facts were read. */
export function emptyTraits(amount: Money): Traits {
  return {
    amount,
    lifetimeValue: null,
    orders: null,
    tenureDays: null,
    cycleNumber: 0,
    interval: null,
    products: [],
    country: null,
    language: null,
    tags: null,
    class: null,
    code: null,
    instrument: null,
    earlierRecoveries: 0,
    consent: { email: false, sms: false },
  }
}

export type ConditionFact =
  | 'amount'
  | 'lifetime_value'
  | 'orders'
  | 'tenure_days'
  | 'cycle_number'
  | 'interval'
  | 'product'
  | 'country'
  | 'language'
  | 'tag'
  | 'class'
  | 'code'
  | 'instrument'
  | 'earlier_recoveries'
  | 'attempts'
  | 'messages'
  | 'clicked'

/** Numbers take `at_least` and `at_most`; everything else takes `one_of` and `none_of` with a list. */
export type Condition = {
  fact: ConditionFact
  is: 'at_least' | 'at_most' | 'one_of' | 'none_of'
  value: number | string[]
}

/** What a condition can look at: the traits, and what has happened in the case so far. */
export type ConditionFacts = Traits & {
  /** Charges on this cycle so far, the first one included. */
  attempts: number
  /** Messages that the shopper was sent in this case. */
  messages: number
  /** Whether the shopper followed the link of a message; null: nobody knows. */
  clicked: boolean | null
}

export type Verdict = { holds: boolean; because: string }

/** Whether a condition holds, and in what words. A fact that nobody knows never holds, not even as "none of". */
export function holds(condition: Condition, facts: ConditionFacts): Verdict {
  const { label } = FACTS[condition.fact]
  const known = KNOWN[condition.fact](facts)
  if (known === null) return { holds: false, because: `${label} is not known` }
  if (typeof known === 'object' && 'number' in known) {
    const { number, said } = known
    const asked = typeof condition.value === 'number' ? condition.value : Number.NaN
    const isSo = condition.is === 'at_least' ? number >= asked : number <= asked
    return verdict(isSo, `${label} is ${said}`, condition)
  }
  const list = typeof condition.value === 'number' ? [] : condition.value.map(plain)
  const hit = known.find((one) => list.includes(plain(one)))
  const isSo = condition.is === 'one_of' ? hit !== undefined : hit === undefined
  const said = hit ?? (known.length > 0 ? known.join(', ') : 'none')
  return verdict(isSo, `${label} is ${said}`, condition)
}

function verdict(isSo: boolean, because: string, condition: Condition): Verdict {
  return { holds: isSo, because: isSo ? because : `${because}, not ${asks(condition)}` }
}

/** Whether all hold; of several that do not the first says why. None asked for: it holds. */
export function allHold(conditions: readonly Condition[], facts: ConditionFacts): Verdict {
  const verdicts = conditions.map((condition) => holds(condition, facts))
  const failed = verdicts.find((one) => !one.holds)
  if (failed) return failed
  return { holds: true, because: verdicts.map(({ because }) => because).join(', and ') }
}

/** "the amount is at least 50" */
export function sayCondition(condition: Condition): string {
  return `${FACTS[condition.fact].label} is ${asks(condition)}`
}

/** "at least 50", "one of DE, AT" */
function asks({ is, value }: Condition): string {
  const words = { at_least: 'at least', at_most: 'at most', one_of: 'one of', none_of: 'none of' }
  return `${words[is]} ${typeof value === 'number' ? value : value.join(', ')}`
}

function plain(text: string): string {
  return text.trim().toLowerCase()
}

// ---------------------------------------------------------------- the facts, one by one

type Known = { number: number; said: string } | string[] | null

const KNOWN: Record<ConditionFact, (facts: ConditionFacts) => Known> = {
  amount: ({ amount }) => money(amount),
  lifetime_value: ({ lifetimeValue }) => money(lifetimeValue),
  orders: ({ orders }) => count(orders),
  tenure_days: ({ tenureDays }) => count(tenureDays),
  cycle_number: ({ cycleNumber }) => (cycleNumber > 0 ? count(cycleNumber) : null),
  interval: ({ interval }) => (interval ? [`${interval.count} ${interval.unit}`] : null),
  product: ({ products }) => (products.length > 0 ? products : null),
  country: ({ country }) => text(country),
  language: ({ language }) => languages(language),
  tag: ({ tags }) => tags,
  class: (facts) => text(facts.class),
  code: ({ code }) => text(code),
  instrument: ({ instrument }) => text(instrument),
  earlier_recoveries: ({ earlierRecoveries }) => count(earlierRecoveries),
  attempts: ({ attempts }) => count(attempts),
  messages: ({ messages }) => count(messages),
  clicked: ({ clicked }) => (clicked === null ? null : [clicked ? 'yes' : 'no']),
}

function money(of: Money | null): Known {
  const number = of ? Number(of.amount) : Number.NaN
  return of && Number.isFinite(number) ? { number, said: sayMoney(of) } : null
}

/** "29.00 EUR", which Shopify writes as "29.0" and our database as "29.0000"; "1800 JPY" for "1800.0". */
export function sayMoney({ amount, currency }: Money): string {
  const [whole = '0', fraction = ''] = amount.split('.')
  const digits = fraction.replace(/0+$/, '').padEnd(placesOf(currency), '0')
  return `${digits === '' ? whole : `${whole}.${digits}`} ${currency}`
}

const places = new Map<string, number>()

/** Digits after the point in a currency: 2 in EUR, none in JPY. */
function placesOf(currency: string): number {
  const known = places.get(currency)
  if (known !== undefined) return known
  const isCurrency = /^[A-Z]{3}$/.test(currency)
  const format = isCurrency && new Intl.NumberFormat('en', { style: 'currency', currency })
  const found = format ? (format.resolvedOptions().maximumFractionDigits ?? 2) : 2
  places.set(currency, found)
  return found
}

function count(of: number | null): Known {
  return of === null ? null : { number: of, said: String(of) }
}

function text(of: string | null): Known {
  return of === null || of === '' ? null : [of]
}

/** "pt-BR" is Portuguese, too. */
function languages(of: string | null): Known {
  const [base] = (of ?? '').split('-')
  if (!of || !base) return null
  return of === base ? [of] : [of, base]
}

/** How the editor offers a fact. `hint`: what to write there. */
export type FactOffer = {
  fact: ConditionFact
  label: string
  takes: 'number' | 'list'
  unit?: string
  /** Where the list can only hold these. */
  choices?: readonly string[]
  hint: string
}

const CLASSES: readonly DeclineClass[] = [
  'FUNDS',
  'ISSUER',
  'TECH',
  'CARD',
  'AUTH',
  'STOP',
  'MERCHANT',
  'PAID',
]
const INSTRUMENTS: readonly Instrument[] = ['card', 'shop_pay', 'paypal', 'bank_account', 'other']

const FACTS: Record<ConditionFact, Omit<FactOffer, 'fact'>> = {
  amount: {
    label: 'the amount',
    takes: 'number',
    unit: "the order's currency",
    hint: 'What this renewal costs, e.g. 50',
  },
  lifetime_value: {
    label: 'the lifetime value',
    takes: 'number',
    unit: "the shop's currency",
    hint: 'What the customer has spent so far, e.g. 500',
  },
  orders: { label: 'the number of orders', takes: 'number', hint: 'Orders so far, e.g. 10' },
  tenure_days: {
    label: 'the age of the subscription in days',
    takes: 'number',
    unit: 'days',
    hint: 'Days since it began, e.g. 365',
  },
  cycle_number: {
    label: 'the number of this renewal',
    takes: 'number',
    hint: 'The first charge is 1',
  },
  interval: {
    label: 'the billing interval',
    takes: 'list',
    hint: 'E.g. 1 WEEK, 1 MONTH, 3 MONTH, 1 YEAR',
  },
  product: { label: 'the product', takes: 'list', hint: 'Titles of products' },
  country: { label: 'the country', takes: 'list', hint: 'Two letters each, e.g. DE, AT' },
  language: { label: 'the language', takes: 'list', hint: 'E.g. en, pt-BR' },
  tag: { label: 'the customer tag', takes: 'list', hint: 'Tags of the customer, e.g. VIP' },
  class: {
    label: 'the kind of decline',
    takes: 'list',
    choices: CLASSES,
    hint: 'The group of the last decline',
  },
  code: { label: 'the decline code', takes: 'list', hint: 'E.g. INSUFFICIENT_FUNDS' },
  instrument: {
    label: 'the payment method',
    takes: 'list',
    choices: INSTRUMENTS,
    hint: 'What the shopper pays with',
  },
  earlier_recoveries: {
    label: 'the number of earlier recoveries',
    takes: 'number',
    hint: 'Renewals of this customer that were recovered before',
  },
  attempts: {
    label: 'the number of charges so far',
    takes: 'number',
    hint: 'The first charge included',
  },
  messages: {
    label: 'the number of messages so far',
    takes: 'number',
    hint: 'Sent in this case',
  },
  clicked: {
    label: 'whether a link was followed',
    takes: 'list',
    choices: ['yes', 'no'],
    hint: 'The link of any message of this case',
  },
}

/** Every fact, as the editor lists them. */
export const CONDITION_FACTS: readonly FactOffer[] = (Object.keys(FACTS) as ConditionFact[]).map(
  (fact) => ({ fact, ...FACTS[fact] }),
)

/** Facts that are known when a case opens, and so can choose its sequence. */
export const SEGMENT_FACTS: readonly FactOffer[] = CONDITION_FACTS.filter(
  ({ fact }) => fact !== 'attempts' && fact !== 'messages' && fact !== 'clicked',
)

// ---------------------------------------------------------------- is it a condition at all

/** Most conditions that one step or segment may hold, and most values in one list. Ours: more is a mistake. */
export const MOST_CONDITIONS = 10
const MOST_VALUES = 100

/** What is wrong with a condition, as a sentence for the merchant; null: nothing. */
export function wrongWithCondition(condition: Condition): string | null {
  const offer = FACTS[condition.fact]
  const { is, value } = condition
  if (offer.takes === 'number') {
    if (is !== 'at_least' && is !== 'at_most')
      return `For ${offer.label} choose "at least" or "at most".`
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
      return `For ${offer.label} write a number that is not below nought.`
    return null
  }
  if (is !== 'one_of' && is !== 'none_of') return `For ${offer.label} choose "one of" or "none of".`
  if (typeof value === 'number' || value.length === 0 || value.some((one) => one.trim() === ''))
    return `For ${offer.label} name at least one value.`
  if (value.length > MOST_VALUES) return `Name at most ${MOST_VALUES} values for ${offer.label}.`
  const unknown = value.find(
    (one) => offer.choices && !offer.choices.map(plain).includes(plain(one)),
  )
  if (unknown !== undefined)
    return `${unknown} is none of ${offer.choices?.join(', ')}, which ${offer.label} can be.`
  if (condition.fact === 'interval' && !value.every((one) => INTERVAL.test(one.trim())))
    return 'Write an interval as a number and a unit, e.g. 1 WEEK or 3 MONTH.'
  return null
}

const INTERVAL = /^[1-9]\d{0,2} (DAY|WEEK|MONTH|YEAR)$/i

/** Conditions that cannot all hold at once: which two, in words; null: they can. */
export function contradiction(conditions: readonly Condition[]): string | null {
  for (const [i, one] of conditions.entries()) {
    for (const other of conditions.slice(i + 1)) {
      if (one.fact === other.fact && exclude(one, other))
        return `${sayCondition(one)}, and ${asks(other)}`
    }
  }
  return null
}

function exclude(one: Condition, other: Condition): boolean {
  const isMany = one.fact === 'tag' || one.fact === 'product' || one.fact === 'language'
  if (typeof one.value === 'number' || typeof other.value === 'number') {
    if (typeof one.value !== 'number' || typeof other.value !== 'number') return false
    if (one.is === other.is) return false
    const [least, most] =
      one.is === 'at_least' ? [one.value, other.value] : [other.value, one.value]
    return least > most
  }
  const theirs = other.value.map(plain)
  const shared = one.value.filter((value) => theirs.includes(plain(value))).length
  if (one.is === 'one_of' && other.is === 'one_of') return !isMany && shared === 0
  if (one.is === 'one_of' && other.is === 'none_of') return shared === one.value.length
  if (one.is === 'none_of' && other.is === 'one_of') return shared === theirs.length
  return false
}

/** Reads stored conditions; a text says what is wrong with them. */
export function parseConditions(json: unknown): Condition[] | string {
  if (!Array.isArray(json)) return 'the conditions are not a list'
  if (json.length > MOST_CONDITIONS) return `there are more than ${MOST_CONDITIONS} conditions`
  const conditions: Condition[] = []
  for (const raw of json as unknown[]) {
    const condition = conditionFrom(raw)
    if (typeof condition === 'string') return condition
    const wrong = wrongWithCondition(condition)
    if (wrong) return wrong
    conditions.push(condition)
  }
  return conditions
}

function conditionFrom(raw: unknown): Condition | string {
  if (typeof raw !== 'object' || raw === null) return 'a condition is not an object'
  const { fact, is, value } = raw as Record<string, unknown>
  const known = CONDITION_FACTS.find((one) => one.fact === fact)
  if (!known) return 'a condition asks for a fact that we do not know'
  const how = COMPARISONS.find((one) => one === is)
  if (!how) return 'a condition compares in a way that we do not know'
  if (typeof value === 'number') return { fact: known.fact, is: how, value }
  if (Array.isArray(value) && value.every((one) => typeof one === 'string'))
    return { fact: known.fact, is: how, value }
  return 'a condition has neither a number nor a list of texts'
}

const COMPARISONS: readonly Condition['is'][] = ['at_least', 'at_most', 'one_of', 'none_of']

/** Reads stored traits; whatever is not there, or not of its kind, is not known. */
export function parseTraits(json: unknown, amount: Money): Traits {
  const empty = emptyTraits(amount)
  if (typeof json !== 'object' || json === null) return empty
  const raw = json as Record<string, unknown>
  const number = (value: unknown) =>
    typeof value === 'number' && Number.isFinite(value) ? value : null
  const words = (value: unknown) =>
    typeof value === 'string' && value.trim() !== '' ? value : null
  const list = (value: unknown) =>
    Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
  const consent = isRecord(raw.consent) ? raw.consent : {}
  return {
    amount: moneyFrom(raw.amount) ?? amount,
    lifetimeValue: moneyFrom(raw.lifetimeValue),
    orders: number(raw.orders),
    tenureDays: number(raw.tenureDays),
    cycleNumber: number(raw.cycleNumber) ?? 0,
    interval: intervalFrom(raw.interval),
    products: list(raw.products),
    country: words(raw.country),
    ...(words(raw.province) === null ? {} : { province: words(raw.province) }),
    language: words(raw.language),
    tags: Array.isArray(raw.tags) ? list(raw.tags) : null,
    class: CLASSES.find((one) => one === raw.class) ?? null,
    code: words(raw.code),
    instrument: INSTRUMENTS.find((one) => one === raw.instrument) ?? null,
    earlierRecoveries: number(raw.earlierRecoveries) ?? 0,
    consent: { email: consent.email === true, sms: consent.sms === true },
  }
}

function moneyFrom(raw: unknown): Money | null {
  if (!isRecord(raw)) return null
  const { amount, currency } = raw
  return typeof amount === 'string' && typeof currency === 'string' ? { amount, currency } : null
}

function intervalFrom(raw: unknown): Traits['interval'] {
  if (!isRecord(raw)) return null
  const unit = (['DAY', 'WEEK', 'MONTH', 'YEAR'] as const).find((one) => one === raw.unit)
  return unit && typeof raw.count === 'number' ? { unit, count: raw.count } : null
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
