import { describe, expect, test } from 'vitest'
import { csvOf } from './csv.ts'

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
