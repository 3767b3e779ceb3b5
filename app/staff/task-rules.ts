/** What staff may say about a task, and what that means. Pure: the page and the server read the same words. */

import { addLocalDays, localDate, localSlot, nextSmsTime } from '../dunning/schedule.ts'

export type Outcome = 'reached' | 'not_reached' | 'solved' | 'no_more_calls' | 'done' | 'not_needed'

const OF_CALL: { value: Outcome; label: string }[] = [
  { value: 'reached', label: 'Called: reached, the shopper will see to it' },
  { value: 'solved', label: 'Called: solved on the phone' },
  { value: 'not_reached', label: 'Called: not reached' },
  { value: 'no_more_calls', label: 'Called: wants no more calls' },
  { value: 'not_needed', label: 'Not called: not needed any more' },
]
const OF_WORK: { value: Outcome; label: string }[] = [
  { value: 'done', label: 'Done' },
  { value: 'not_needed', label: 'Not needed' },
]

/** How a task may have gone: a phone call has answers of its own. */
export function outcomesOf(phone: boolean): { value: Outcome; label: string }[] {
  return phone ? OF_CALL : OF_WORK
}

export function outcomeOf(phone: boolean, said: unknown): Outcome | null {
  return outcomesOf(phone).find(({ value }) => value === said)?.value ?? null
}

export function outcomeWord(outcome: string): string {
  return [...OF_CALL, ...OF_WORK].find(({ value }) => value === outcome)?.label ?? outcome
}

export const SNOOZES = [
  { value: 'tomorrow', label: 'Tomorrow' },
  { value: 'three_days', label: 'In 3 days' },
  { value: 'date', label: 'On a date' },
] as const

/** A snoozed task comes back at the begin of the working day. Minutes after midnight, shop's zone. */
const BACK_AT_MINUTE = 8 * 60

/** A task that sleeps longer is forgotten. Days. */
export const MAX_SNOOZE_DAYS = 90

/** Until when a task is put off: an instant, or what is wrong with what was said. */
export function snoozeUntil(
  { choice, date }: { choice: unknown; date: unknown },
  zone: string,
  now: Date,
): { until: Date } | { error: string } {
  const days = choice === 'tomorrow' ? 1 : choice === 'three_days' ? 3 : null
  const day = days === null ? date : localDate(addLocalDays(now, days, zone), zone)
  if (days === null && choice !== 'date') return { error: 'Choose until when.' }
  if (!isDay(day)) return { error: 'Enter a date.' }
  const until = localSlot(zone, day, BACK_AT_MINUTE)
  if (until <= now) return { error: 'Choose a day after today.' }
  if (until > addLocalDays(now, MAX_SNOOZE_DAYS, zone))
    return { error: `Choose a day within ${MAX_SNOOZE_DAYS} days.` }
  return { until }
}

/** YYYY-MM-DD, and a day that exists. */
function isDay(text: unknown): text is string {
  if (typeof text !== 'string' || !/^20\d\d-\d\d-\d\d$/.test(text)) return false
  const day = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}

/** Characters that staff may write down about a task. */
export const NOTE_LENGTH = 1_000

/**
 * Null: a call is welcome now. Otherwise when it is again. The hours of text messages: the narrowest that we know of
 * (dunning practice, section 9).
 */
export function goodTimeToCall(now: Date, zone: string): Date | null {
  const at = nextSmsTime(now, zone)
  return at > now ? at : null
}

/** A task that runs out so soon stands on top. Hours. */
export const URGENT_HOURS = 48
