import { describe, expect, test } from 'vitest'
import { cycleOf, indexAt } from './cycles.ts'
import { iso } from './instants.ts'
import { subscribe, testWorld } from './test-world.ts'
import type { Contract, IntervalUnit, World } from './world.ts'

function contractIn(zone: string, first: string, interval: IntervalUnit): [World, Contract] {
  const world = testWorld(zone, Date.parse('2026-01-01T00:00:00Z'))
  const firstChargeAt = Date.parse(first)
  return [world, subscribe(world, { type: 'ok' }, { firstChargeAt, interval }).contract]
}

const dates = (world: World, contract: Contract, indexes: number[]): string[] =>
  indexes.map((index) => iso(cycleOf(world, contract, index).expectedAt))

describe('cycle dates', () => {
  test('keep the local hour when the clocks change', () => {
    // Nine in the morning in Berlin: 07:00 UTC in summer, 08:00 UTC from 25 October 2026.
    const [world, contract] = contractIn('Europe/Berlin', '2026-10-12T07:00:00Z', 'MONTH')
    expect(dates(world, contract, [1, 2])).toEqual(['2026-10-12T07:00:00Z', '2026-11-12T08:00:00Z'])
  })

  test('that fall into the missing hour of spring move past it', () => {
    // 02:30 does not exist in Berlin on 28 March 2027.
    const [world, contract] = contractIn('Europe/Berlin', '2027-03-27T01:30:00Z', 'DAY')
    expect(dates(world, contract, [1, 2, 3])).toEqual([
      '2027-03-27T01:30:00Z',
      '2027-03-28T01:30:00Z',
      '2027-03-29T00:30:00Z',
    ])
  })

  test('on the 31st come back to it after a short month', () => {
    const [world, contract] = contractIn('UTC', '2026-01-31T09:00:00Z', 'MONTH')
    expect(dates(world, contract, [2, 3])).toEqual(['2026-02-28T09:00:00Z', '2026-03-31T09:00:00Z'])
  })

  test('an instant lies in the cycle that has begun and not ended', () => {
    const [world, contract] = contractIn('Europe/Berlin', '2026-10-12T07:00:00Z', 'MONTH')
    const at = (text: string) => indexAt(world, contract, Date.parse(text))
    expect(at('2026-10-12T06:59:59Z')).toBe(0)
    expect(at('2026-10-12T07:00:00Z')).toBe(1)
    expect(at('2026-11-12T07:59:59Z')).toBe(1)
    expect(at('2026-11-12T08:00:00Z')).toBe(2)
    expect(at('2030-11-13T08:00:00Z')).toBe(50)
  })
})
