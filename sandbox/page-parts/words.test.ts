import { describe, expect, test } from 'vitest'
import * as words from './words.js'

const nineInBerlin = '2026-11-12T08:00:00Z'

describe('dates', () => {
  test('are told in the zone of the shop', () => {
    expect(words.clockTime(nineInBerlin, 'Europe/Berlin')).toBe('09:00')
    expect(words.clockTime(nineInBerlin, 'America/New_York')).toBe('03:00')
  })

  test('an evening instant belongs to the next day further east', () => {
    expect(words.dayKey('2026-11-14T23:30:00Z', 'Europe/Berlin')).toBe('2026-11-15')
    expect(words.dayKey('2026-11-14T23:30:00Z', 'UTC')).toBe('2026-11-14')
  })
})

describe('a card in plain words', () => {
  test('says when its money comes, in the zone of the shop', () => {
    const script = { type: 'no_money_until', at: '2026-11-14T23:00:00Z' }
    expect(words.scriptWords(script, 'Europe/Berlin')).toMatch(/until Sun 15 Nov,? (at )?00:00/)
  })

  test('tells its answers one by one', () => {
    const script = { type: 'codes', codes: ['INSUFFICIENT_FUNDS', 'OK'] }
    expect(words.scriptWords(script, 'UTC')).toBe(
      'One answer per charge: insufficient funds, then approved.',
    )
  })

  test('a code of nobody’s is told without its family', () => {
    expect(words.codeWords('general:MARTIAN_ERROR')).toBe('martian error')
  })

  test('a script that is not known here is not guessed', () => {
    expect(words.scriptWords({ type: 'coin_toss' }, 'UTC')).toBe('No script is told for this card.')
  })
})

test('counted things agree in number', () => {
  expect(words.count(1, 'success', 'successes')).toBe('1 success')
  expect(words.count(2, 'decline')).toBe('2 declines')
})
