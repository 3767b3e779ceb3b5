/** Calendar months on the shop's wall clock, as the instants that bound them. */

import { Temporal } from 'temporal-polyfill'

export type Month = { from: Date; until: Date }

/** The month that `at` falls in, in `zone`; `until` is the first instant of the next one. */
export function monthOf(at: Date, zone: string): Month {
  const first = Temporal.Instant.fromEpochMilliseconds(at.getTime())
    .toZonedDateTimeISO(zone)
    .with({ day: 1 })
    .startOfDay()
  return {
    from: new Date(first.epochMilliseconds),
    until: new Date(first.add({ months: 1 }).epochMilliseconds),
  }
}

/** The month before the one that `at` falls in. */
export function monthBefore(at: Date, zone: string): Month {
  return monthOf(new Date(monthOf(at, zone).from.getTime() - 1), zone)
}
