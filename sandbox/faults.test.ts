import { describe, expect, test } from 'vitest'
import { asFault, endFaults, type Fault, isEnd, takeFault } from './faults.ts'

const byChance = (seed: number, probability = 0.05) =>
  asFault({ operation: '*', mode: 'random', probability, seed })
const strikes = (faults: Fault[], times: number) =>
  Array.from({ length: times }, () => takeFault(faults, ['shop'], 'a.myshopify.com')?.mode ?? null)

describe('faults by chance', () => {
  test('strike as often as asked, of every kind, and the same again from the same seed', () => {
    const once = strikes([byChance(3)], 20_000)
    const hits = once.filter((mode) => mode !== null)
    expect(hits.length).toBeGreaterThan(900)
    expect(hits.length).toBeLessThan(1_100)
    expect(new Set(hits)).toEqual(
      new Set(['http_500', 'throttled', 'lose_answer', 'late', 'timeout']),
    )
    expect(hits.filter((mode) => mode === 'timeout').length).toBeLessThan(10)
    expect(strikes([byChance(3)], 20_000)).toEqual(once)
    expect(strikes([byChance(4)], 20_000)).not.toEqual(once)
  })

  test('leave the token endpoint alone, and let what was planned come first', () => {
    const faults = [byChance(1, 1), asFault({ operation: 'shop', mode: 'refuse', code: 'X' })]
    expect(takeFault(faults, ['access_token'], null)).toBeNull()
    expect(takeFault(faults, ['shop'], null)?.mode).toBe('refuse')
    expect(takeFault(faults, ['shop'], null)?.mode).not.toBe('refuse')
  })

  test('end with a probability of 0, and take nothing planned with them', () => {
    const faults = [byChance(1), asFault({ operation: '*', mode: 'http_500' })]
    const over = byChance(9, 0)
    expect(isEnd(over)).toBe(true)
    endFaults(faults, over)
    expect(faults.map(({ chance }) => chance)).toEqual([null])
  })
})
