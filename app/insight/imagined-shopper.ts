/**
 * The shopper for whom the editor plays a plan: what its inputs hold, and what they mean to the preview. Pure. A real
 * shopper lends a zone, a reason, an interval and a kind of payment method; nothing that names a person comes along.
 */

import { CONDITION_FACTS, type ConditionFact, type FactOffer } from '../dunning/conditions.ts'
import { declineFrom, familyOf, KNOWN_CODES, laneFor } from '../dunning/declines.ts'
import type { GuardRailContext } from '../dunning/guard-rails.ts'
import type { ImaginedEvent, ImaginedShopper } from '../dunning/preview.ts'
import { localDate, localSlot } from '../dunning/schedule.ts'
import type { Instrument, Lane, Sequence } from '../dunning/types.ts'

export type ShopperForm = {
  /** The case of a real shopper, or null. */
  caseId: string | null
  zone: string
  code: string
  instrument: Instrument
  /** "1 MONTH" */
  interval: string
  /** The shopper's calendar, "2026-11-23". */
  failedOn: string
  /** Minute of the shopper's day in which the first charge fails. */
  failedMinute: number
  events: ImaginedEvent[]
  /** What the conditions of the plan look at, as typed; absent: not known. */
  facts: Partial<Record<ConditionFact, string>>
  /** Agreed to offers. */
  consent: boolean
  agreedToTexts: boolean
}

/** A shopper of a recent case, as the loader gives it. */
export type RealShopper = {
  caseId: string
  label: string
  zone: string
  code: string
  instrument: Instrument
  interval: string
  failedOn: string
  failedMinute: number
  /** As it was when the case was opened. */
  agreedToTexts: boolean
}

export const INTERVALS: readonly { value: string; label: string }[] = [
  { value: '1 DAY', label: 'Daily' },
  { value: '1 WEEK', label: 'Weekly' },
  { value: '2 WEEK', label: 'Every two weeks' },
  { value: '1 MONTH', label: 'Monthly' },
  { value: '2 MONTH', label: 'Every two months' },
  { value: '3 MONTH', label: 'Quarterly' },
  { value: '6 MONTH', label: 'Twice a year' },
  { value: '1 YEAR', label: 'Yearly' },
]

export const INSTRUMENTS: Record<Instrument, string> = {
  card: 'Card',
  shop_pay: 'Shop Pay',
  paypal: 'PayPal',
  bank_account: 'Bank account',
  other: 'Something else',
}

export const HAPPENINGS: Record<ImaginedEvent['type'], string> = {
  pays: 'pays by other means',
  method_changed: 'gives another payment method',
  clicked: 'follows the link of a message',
  task_done: 'is spoken to by staff',
  stops: 'says: cancelled, or not me',
  contract_paused: 'pauses the subscription',
  contract_cancelled: 'cancels the subscription',
}

/** Where shoppers live most often; the shop's own zone and those of its cases are added. */
const ZONES = [
  'Europe/London',
  'Europe/Berlin',
  'Europe/Lisbon',
  'America/New_York',
  'America/Chicago',
  'America/Denver',
  'America/Los_Angeles',
  'America/Sao_Paulo',
  'Asia/Tokyo',
  'Asia/Dubai',
  'Australia/Sydney',
]

export function zonesWith(...own: string[]): string[] {
  return [...new Set([...own, ...ZONES])]
}

/** Most renewals are charged in the morning. Minutes. */
const MORNING = 7 * 60

/** Whom the editor shows first: in the shop's zone, tomorrow, for the lane that is open. */
export function firstShopper(lane: Lane, shopZone: string, now: Date): ShopperForm {
  const tomorrow = new Date(now.getTime() + 24 * 3_600_000)
  return {
    caseId: null,
    zone: shopZone,
    code: codesOfLane(lane)[0] ?? 'INSUFFICIENT_FUNDS',
    instrument: 'card',
    interval: '1 MONTH',
    failedOn: localDate(tomorrow, shopZone),
    failedMinute: MORNING,
    events: [],
    facts: { amount: '24.90' },
    consent: false,
    agreedToTexts: true,
  }
}

/** The same shopper, with a reason of another lane; nobody real any more. */
export function inLane(form: ShopperForm, lane: Lane): ShopperForm {
  if (laneOfCode(form.code) === lane) return form
  return { ...form, caseId: null, code: codesOfLane(lane)[0] ?? form.code }
}

export function likeReal(form: ShopperForm, { label: _, ...real }: RealShopper): ShopperForm {
  return { ...form, ...real }
}

export function laneOfCode(code: string): Lane {
  return laneFor(declineFrom(code, familyOf(code) ?? 'payment'))
}

/** Reasons that lead into a lane, the usual one first. */
export function codesOfLane(lane: Lane): readonly string[] {
  const known = CODES.get(lane)
  if (known) return known
  const found =
    lane === 'UNKNOWN' ? ['A_NEW_CODE'] : KNOWN_CODES.filter((code) => laneOfCode(code) === lane)
  const usual = USUAL[lane]
  const codes = usual ? [usual, ...found.filter((code) => code !== usual)] : found
  CODES.set(lane, codes)
  return codes
}

const CODES = new Map<Lane, readonly string[]>()

const USUAL: Partial<Record<Lane, string>> = {
  FUNDS: 'INSUFFICIENT_FUNDS',
  ISSUER: 'CARD_DECLINED',
  CARD: 'EXPIRED_PAYMENT_METHOD',
  STOCK: 'INSUFFICIENT_INVENTORY',
}

/** Facts of the shopper that the conditions of a plan look at: what the preview asks for. */
export function factsAskedFor({ steps }: Sequence): FactOffer[] {
  const asked = new Set(steps.flatMap(({ when }) => (when ?? []).map(({ fact }) => fact)))
  return CONDITION_FACTS.filter(({ fact }) => asked.has(fact) && !DERIVED.includes(fact))
}

/** Known from the other inputs, or counted while the plan is played. */
const DERIVED: readonly ConditionFact[] = [
  'class',
  'code',
  'instrument',
  'interval',
  'attempts',
  'messages',
  'clicked',
]

/** Null: an input cannot be read yet, e.g. a date that is being typed. */
export function imaginedFrom(
  form: ShopperForm,
  context: GuardRailContext,
  currency: string,
): ImaginedShopper | null {
  const interval = intervalFrom(form.interval)
  const isDate =
    /^\d{4}-\d{2}-\d{2}$/.test(form.failedOn) && !Number.isNaN(Date.parse(form.failedOn))
  const isDone = form.events.every(({ afterDays }) => Number.isFinite(afterDays) && afterDays >= 0)
  if (!interval || !isDate || !isDone) return null
  const { facts } = form
  const number = (fact: ConditionFact) => {
    const value = Number(facts[fact]?.trim() || Number.NaN)
    return Number.isFinite(value) ? value : null
  }
  const list = (fact: ConditionFact) =>
    (facts[fact] ?? '').split(',').flatMap((one) => (one.trim() ? [one.trim()] : []))
  const isAmount = number('amount') !== null
  const amount = { amount: (isAmount && facts.amount?.trim()) || '24.90', currency }
  const lifetime = number('lifetime_value')
  const decline = declineFrom(form.code, familyOf(form.code) ?? 'payment')
  return {
    zone: form.zone,
    code: form.code,
    instrument: form.instrument,
    interval,
    amount,
    failedAt: localSlot(form.zone, form.failedOn, form.failedMinute),
    events: form.events,
    emailWindow: context.emailWindow,
    smsReady: context.smsReady,
    agreedToTexts: form.agreedToTexts,
    traits: {
      amount,
      lifetimeValue: lifetime === null ? null : { amount: String(lifetime), currency },
      orders: number('orders'),
      tenureDays: number('tenure_days'),
      cycleNumber: number('cycle_number') ?? 0,
      products: list('product'),
      country: list('country')[0] ?? null,
      language: list('language')[0] ?? null,
      tags: list('tag'),
      class: decline.class,
      code: form.code,
      earlierRecoveries: number('earlier_recoveries') ?? 0,
      consent: { email: form.consent, sms: form.consent },
    },
  }
}

function intervalFrom(text: string): ImaginedShopper['interval'] | null {
  const [, count, unit] = /^(\d{1,3}) (DAY|WEEK|MONTH|YEAR)$/.exec(text) ?? []
  if (!count || !unit) return null
  return { count: Number(count), unit: unit as ImaginedShopper['interval']['unit'] }
}
