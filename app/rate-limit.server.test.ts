import { expect, test } from 'vitest'
import { rateLimit } from './rate-limit.server.ts'

test('a key may be used so often in its time, and again afterwards', () => {
  const limit = rateLimit({ times: 2, perMs: 1_000 })
  expect([0, 1, 2, 999].map((at) => limit.allows('a', at))).toEqual([true, true, false, false])
  expect(limit.allows('b', 2)).toBe(true)
  expect(limit.allows('a', 1_000)).toBe(true)
})

test('many keys cost a bounded memory, and the newest still count', () => {
  const limit = rateLimit({ times: 1, perMs: 1_000_000 })
  for (let key = 0; key < 25_000; key++) limit.allows(String(key), key)
  expect(limit.allows('24999', 25_000)).toBe(false)
})
