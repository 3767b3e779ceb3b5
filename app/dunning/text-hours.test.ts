import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { localHour, localSlot, nextSmsTime, wallTime } from './schedule.ts'
import { STATE_HOURS, textHours, textZones } from './text-hours.ts'
import { singleZone } from './zones.ts'

const us = (province: string | null) => ({ country: 'US', province })
const SHOP_ZONE = 'Europe/Berlin'

/** What clocks at the place show when a text that is ready at this local time goes out. */
function goesOut(province: string, date: string, hour: number): string {
  const zone = textZones(us(province), SHOP_ZONE)[0] ?? ''
  return wallTime(
    nextSmsTime(localSlot(zone, date, hour * 60), SHOP_ZONE, undefined, us(province)),
    zone,
  )
}

describe('a text that is ready too early or too late', () => {
  test.each([
    // Thursday 12, Saturday 14, Sunday 15 November 2026
    ['NY', '2026-11-12', 7, '2026-11-12T09:00'],
    ['NY', '2026-11-12', 20, '2026-11-13T09:00'],
    ['NY', '2026-11-15', 9, '2026-11-15T12:00'],
    ['CA', '2026-11-12', 19, '2026-11-12T19:00'],
    ['KY', '2026-11-12', 8, '2026-11-12T11:00'], // ten in its west
    ['NV', '2026-11-12', 8, '2026-11-12T09:00'],
    ['RI', '2026-11-12', 18, '2026-11-13T09:00'],
    ['RI', '2026-11-14', 9, '2026-11-14T10:00'],
    ['RI', '2026-11-14', 17, '2026-11-16T09:00'],
    ['AL', '2026-11-15', 13, '2026-11-16T09:00'],
    ['UT', '2026-11-15', 13, '2026-11-16T09:00'],
    ['TX', '2026-11-15', 11, '2026-11-15T13:00'], // noon in El Paso
    ['FL', '2026-11-12', 8, '2026-11-12T10:00'], // nine in Pensacola
    ['FL', '2026-11-12', 20, '2026-11-13T10:00'],
  ])('%s, %s at %i: goes out at %s', (state, date, hour, expected) => {
    expect(goesOut(state, date, hour)).toBe(expected)
  })

  test.each([
    ['before the clocks go forward', '2027-03-13', 21, '2027-03-14T12:00'],
    ['before they go back', '2026-10-31', 21, '2026-11-01T12:00'],
    ['in the hour that comes twice', '2026-11-01', 1, '2026-11-01T12:00'],
  ])('%s', (_, date, hour, expected) => {
    expect(goesOut('NY', date, hour)).toBe(expected)
  })
})

test('no text reaches any phone of a state outside our hours and its own, on any hour of a year', () => {
  const states = [...Object.keys(STATE_HOURS), 'NY', 'CA', 'HI', 'AK', 'IN', 'TN', 'ID']
  fc.assert(
    fc.property(
      fc.constantFrom(...states),
      fc.date({ min: new Date('2026-01-01'), max: new Date('2027-12-31'), noInvalidDate: true }),
      fc.option(
        fc.record({
          fromHour: fc.integer({ min: 0, max: 22 }),
          untilHour: fc.integer({ min: 1, max: 24 }),
        }),
        { nil: undefined },
      ),
      (state, at, window) => {
        const chosen = window && window.fromHour < window.untilHour ? window : undefined
        const sent = nextSmsTime(at, SHOP_ZONE, chosen, us(state))
        expect(sent >= at).toBe(true)
        for (const zone of textZones(us(state), SHOP_ZONE)) {
          const day = new Date(`${wallTime(sent, zone).slice(0, 10)}T12:00Z`).getUTCDay() || 7
          const hour = localHour(sent, zone)
          const hours = textHours(us(state))(day)
          expect(hours).not.toBeNull()
          expect(hour).toBeGreaterThanOrEqual(Math.max(9, hours?.fromHour ?? 24))
          expect(hour).toBeLessThan(Math.min(20, hours?.untilHour ?? 0))
        }
      },
    ),
    { numRuns: 150 },
  )
})

test('a place of several zones is open only where all of them are', () => {
  const noonInNewYork = localSlot('America/New_York', '2026-11-12', 9 * 60)
  // Nobody knows the state: it is four in the morning in Honolulu.
  const sent = nextSmsTime(noonInNewYork, SHOP_ZONE, undefined, us(null))
  expect(wallTime(sent, 'Pacific/Honolulu')).toBe('2026-11-12T09:00')
  expect(textZones({ country: 'ES', province: null }, SHOP_ZONE)).toHaveLength(2)
  expect(textZones({ country: 'DE', province: null }, 'America/New_York')).toEqual([
    'Europe/Berlin',
  ])
  expect(textZones({ country: null, province: null }, SHOP_ZONE)).toEqual([SHOP_ZONE])
})

/** Where an address may lie, as Shopify codes countries; uninhabited ones left out. */
const COUNTRIES =
  'AC AD AE AF AG AI AL AM AO AR AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GW GY HK HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MK ML MM MN MO MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PS PT PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VN VU WF WS XK YE YT ZA ZM ZW'

test('no country is served by the clock of the shop: its own zone, or all that it has', () => {
  for (const country of COUNTRIES.split(' ')) {
    const zones = textZones({ country, province: null }, 'the shop’s')
    expect(zones, country).not.toContain('the shop’s')
    if (zones.length === 1) continue
    const place = { country, province: null }
    const sent = nextSmsTime(localSlot('UTC', '2026-11-12', 0), 'UTC', undefined, place)
    for (const zone of zones) {
      expect(localHour(sent, zone), country).toBeGreaterThanOrEqual(9)
      expect(localHour(sent, zone), country).toBeLessThan(20)
    }
  }
})

test('every state has zones of its own', () => {
  const all =
    'AL AK AZ AR CA CO CT DC DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY'
  for (const state of all.split(' ')) {
    const zones = textZones(us(state), SHOP_ZONE)
    expect(zones.every((zone) => zone.startsWith('America/') || zone === 'Pacific/Honolulu')).toBe(
      true,
    )
    expect(zones.length === 1).toBe(singleZone('US', state) !== null)
  }
})
