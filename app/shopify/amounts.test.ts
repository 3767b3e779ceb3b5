import { expect, test } from 'vitest'
import { sumOfDecimals } from './amounts.ts'

test.each([
  [['19.90', '5'], '24.90'],
  [['0.1', '0.2'], '0.3'],
  [['1200', '300'], '1500'],
  [['0.005', '0.005'], '0.010'],
  [['9999999999999.99', '0.01'], '10000000000000.00'],
  [['5.00', '-7.50'], '-2.50'],
  [[], '0'],
])('%j is %s', (amounts, total) => {
  expect(sumOfDecimals(amounts)).toBe(total)
})

test('what is no decimal is refused', () => {
  expect(() => sumOfDecimals(['1e3'])).toThrow(/no decimal amount/)
})
