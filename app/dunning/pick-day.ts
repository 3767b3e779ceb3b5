/** Between which days a shopper may put the next try. Pure; used to offer the days, and again to check the choice. */
import { addLocalDays, localDate, localSlot, slotOnOrAfter } from './schedule.ts'
import type { Hours } from './types.ts'

/** How often a shopper may change the day of a case. Count. Ours: a date that moves for ever is no date. */
export const DAY_MOVES = 2

export type DayPlace = {
  caseId: string
  zone: string
  /** Local hours in which a retry may fire. */
  window: Hours
  deadlineAt: Date
  /** When the next cycle is owed (H6); null: never. */
  nextChargeAt: Date | null
  /** From when on the caps allow the try. */
  freeFrom: Date
}

/** The first and the last day, YYYY-MM-DD in the zone of the case; null: there is none left. */
export function dayBounds(place: DayPlace, now: Date): { earliest: string; latest: string } | null {
  const { caseId, zone, window, deadlineAt, nextChargeAt, freeFrom } = place
  const first = slotOnOrAfter(freeFrom > now ? freeFrom : now, caseId, zone, window)
  const end = nextChargeAt && nextChargeAt < deadlineAt ? nextChargeAt : deadlineAt
  const sameDay = slotOn(localDate(end, zone), place)
  const last = sameDay < end ? sameDay : slotOn(localDate(addLocalDays(end, -1, zone), zone), place)
  return first <= last ? { earliest: localDate(first, zone), latest: localDate(last, zone) } : null
}

/** The moment of that day at which this case is charged. */
export function slotOn(day: string, { caseId, zone, window }: Omit<DayPlace, 'now'>): Date {
  return slotOnOrAfter(localSlot(zone, day, 0), caseId, zone, window)
}
