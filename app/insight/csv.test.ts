import { describe, expect, test } from 'vitest'
import { csvOf } from './csv.ts'
import { plainAmount } from './format.ts'

describe('a table for spreadsheets', () => {
  test('quotes every cell, and doubles what would end one', () => {
    expect(csvOf(['name', 'amount'], [['Mara "M" Lindqvist, Kiel', '24.90']])).toBe(
      '\uFEFF"name","amount"\r\n"Mara ""M"" Lindqvist, Kiel","24.90"\r\n',
    )
  })

  test.each([
    '=HYPERLINK("http://evil.example","Mara")',
    '+1+1',
    '-2+3',
    '@SUM(A1)',
    '  =1+1',
    '\t=1+1',
    '\r=1+1',
    '\n=1+1',
    '＝1+1',
  ])('%j is text and never a formula', (name) => {
    const [, row = ''] = csvOf(['name'], [[name]]).split('\r\n')
    expect(row).toMatch(/^"'/)
  })

  test('a line break in a name does not begin another row', () => {
    expect(
      csvOf(['name'], [['Mara\r\nLindqvist']])
        .trimEnd()
        .split('\r\n'),
    ).toHaveLength(2)
  })
})

test('an amount is written with the places of its currency', () => {
  const plain = (amount: string, currency: string) => plainAmount({ amount, currency })
  expect(plain('23.3', 'EUR')).toBe('23.30')
  expect(plain('23.3000', 'EUR')).toBe('23.30')
  expect(plain('23', 'USD')).toBe('23.00')
  expect(plain('2490.0000', 'JPY')).toBe('2490')
  expect(plain('1.5', 'KWD')).toBe('1.500')
  expect(plain('0.1234', 'EUR')).toBe('0.1234')
})
