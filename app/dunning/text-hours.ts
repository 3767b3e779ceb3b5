/**
 * When a text may reach a phone, by the place that it is sent to. Pure.
 *
 * Our own hours hold everywhere: 09:00 to 20:00, on Sunday from 12:00. They lie inside the federal ones of the USA (08:00
 * to 21:00, 47 CFR 64.1200(c)(1)) and inside those of most states; where a state is stricter still, its hours are taken
 * with ours. Notices about a payment are hardly what these laws mean by a sales call, but their hours are a fair measure
 * of when people want to be left alone, and a mistake costs $500 to $1,500. Legal holidays are not looked at.
 * Source: dunning-practice, section 9; compared with two published tables of state calling hours (November 2025).
 */
import type { Hours } from './types.ts'
import { singleZone } from './zones.ts'

/** Where a text goes, by its delivery address. ISO 3166-1 and Shopify's code of the province; null: not known. */
export type Place = { country: string | null; province: string | null }

/** Monday 1 to Sunday 7. Null: nothing on that day. */
export type HoursOfDay = (weekday: number) => Hours | null

const SUNDAY = 7
const SATURDAY = 6

const OURS: HoursOfDay = (weekday) => ({ fromHour: weekday === SUNDAY ? 12 : 9, untilHour: 20 })

const daily =
  (fromHour: number, untilHour: number): HoursOfDay =>
  () => ({ fromHour, untilHour })
const notOnSunday =
  (fromHour: number, untilHour: number): HoursOfDay =>
  (weekday) =>
    weekday === SUNDAY ? null : { fromHour, untilHour }

/** States of the USA whose hours are narrower than the federal ones. */
export const STATE_HOURS: Readonly<Record<string, HoursOfDay>> = {
  AL: notOnSunday(8, 20),
  CT: daily(9, 20),
  FL: daily(8, 20), // Fla. Stat. 501.616(6)
  KY: daily(10, 21),
  LA: notOnSunday(8, 20),
  MA: daily(8, 20),
  MD: daily(8, 20),
  MI: daily(9, 21),
  MN: daily(9, 21),
  MS: notOnSunday(8, 20),
  NJ: daily(8, 20),
  NM: daily(9, 21),
  NV: daily(9, 20),
  OK: daily(8, 20), // Okla. Stat. tit. 15, 775C.4
  RI: (weekday) =>
    weekday === SUNDAY
      ? null
      : weekday === SATURDAY
        ? { fromHour: 10, untilHour: 17 }
        : { fromHour: 9, untilHour: 18 }, // R.I. Gen. Laws 5-61-3.6
  TX: (weekday) => ({ fromHour: weekday === SUNDAY ? 12 : 9, untilHour: 21 }), // Bus. & Com. Code 301.051
  UT: notOnSunday(8, 21),
  WA: daily(8, 20), // RCW 80.36.390
}

/** The hours of a place: ours, and those of its state with them. Null: nothing on that day. */
export function textHours(place: Place | null): HoursOfDay {
  const state = stateOf(place)
  const law = state !== null && Object.hasOwn(STATE_HOURS, state) ? STATE_HOURS[state] : undefined
  if (!law) return OURS
  return (weekday) => overlap(OURS(weekday), law(weekday))
}

function overlap(one: Hours | null, other: Hours | null): Hours | null {
  if (!one || !other) return null
  const fromHour = Math.max(one.fromHour, other.fromHour)
  const untilHour = Math.min(one.untilHour, other.untilHour)
  return fromHour < untilHour ? { fromHour, untilHour } : null
}

/**
 * The zones in which a phone at this place may lie: a text has to fit them all. The place's own where it has one; all of
 * a state or country that has several; without a country, the zone in which the case is counted.
 */
export function textZones(place: Place | null, zone: string): readonly string[] {
  const { country, province } = place ?? { country: null, province: null }
  const single = singleZone(country, province)
  if (single) return [single]
  const land = country?.trim().toUpperCase() ?? ''
  const state = land === 'US' ? stateOf(place) : null
  if (state !== null && Object.hasOwn(STATE_ZONES, state)) return STATE_ZONES[state] ?? [zone]
  return Object.hasOwn(COUNTRY_ZONES, land) ? (COUNTRY_ZONES[land] ?? [zone]) : [zone]
}

/** States with two zones. Source: as zones.ts, which leaves them out. */
const STATE_ZONES: Record<string, readonly string[]> = {
  FL: ['America/New_York', 'America/Chicago'],
  ID: ['America/Boise', 'America/Los_Angeles'],
  IN: ['America/Indiana/Indianapolis', 'America/Chicago'],
  KY: ['America/New_York', 'America/Chicago'],
  ND: ['America/Chicago', 'America/Denver'],
  NE: ['America/Chicago', 'America/Denver'],
  SD: ['America/Chicago', 'America/Denver'],
  TN: ['America/New_York', 'America/Chicago'],
  TX: ['America/Chicago', 'America/Denver'],
}

/** The outermost zones of countries that have several, where the province is not known or has several itself. */
const COUNTRY_ZONES: Record<string, readonly string[]> = {
  US: ['America/Puerto_Rico', 'America/New_York', 'America/Los_Angeles', 'Pacific/Honolulu'],
  CA: ['America/St_Johns', 'America/Toronto', 'America/Vancouver'],
  MX: ['America/Cancun', 'America/Mexico_City', 'America/Tijuana'],
  BR: ['America/Noronha', 'America/Sao_Paulo', 'America/Rio_Branco'],
  AU: ['Australia/Sydney', 'Australia/Adelaide', 'Australia/Perth'],
  ES: ['Europe/Madrid', 'Atlantic/Canary'],
  PT: ['Europe/Lisbon', 'Atlantic/Azores'],
  CD: ['Africa/Kinshasa', 'Africa/Lubumbashi'],
  CL: ['America/Santiago', 'America/Punta_Arenas', 'Pacific/Easter'],
  FM: ['Pacific/Chuuk', 'Pacific/Pohnpei'],
  ID: ['Asia/Jakarta', 'Asia/Makassar', 'Asia/Jayapura'],
  KI: ['Pacific/Tarawa', 'Pacific/Kiritimati'],
  MN: ['Asia/Hovd', 'Asia/Ulaanbaatar'],
  MY: ['Asia/Kuala_Lumpur', 'Asia/Kuching'],
  RU: ['Europe/Kaliningrad', 'Europe/Moscow', 'Asia/Kamchatka'],
}

function stateOf(place: Place | null): string | null {
  if (place?.country?.trim().toUpperCase() !== 'US' || place.province === null) return null
  return place.province.trim().toUpperCase().replace(/^US-/, '')
}
