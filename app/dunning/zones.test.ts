import { describe, expect, test } from 'vitest'
import { placesWithOneZone, singleZone } from './zones.ts'

describe('the zone of an address', () => {
  test.each([
    ['DE', null, 'Europe/Berlin'],
    ['de', 'BY', 'Europe/Berlin'],
    ['US', 'NY', 'America/New_York'],
    ['US', 'US-CA', 'America/Los_Angeles'],
    ['US', 'AZ', 'America/Phoenix'],
    ['CA', 'NL', 'America/St_Johns'],
    ['AU', 'SA', 'Australia/Adelaide'],
    ['BR', 'SP', 'America/Sao_Paulo'],
    ['MX', 'Q ROO', 'America/Cancun'],
    ['ES', 'TF', 'Atlantic/Canary'],
    ['ES', 'M', 'Europe/Madrid'],
    ['PT', 'PT-20', 'Atlantic/Azores'],
    ['NP', null, 'Asia/Kathmandu'],
  ])('%s %s is %s', (country, province, zone) => {
    expect(singleZone(country, province)).toBe(zone)
  })

  test.each([
    ['US', null],
    ['US', 'FL'],
    ['US', 'TX'],
    ['BR', 'AM'],
    ['RU', 'MOW'],
    ['XX', null],
    [null, null],
    ['constructor', null],
  ])('%s %s has none', (country, province) => {
    expect(singleZone(country, province)).toBeNull()
  })

  test('every zone in the table is one that this machine knows', () => {
    const zones = new Set(placesWithOneZone().map(({ zone }) => zone))
    for (const zone of zones) {
      expect(() => new Intl.DateTimeFormat('en', { timeZone: zone })).not.toThrow()
    }
  })
})
