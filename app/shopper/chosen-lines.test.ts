import { describe, expect, test } from 'vitest'
import { fieldOf, linesOfBody, linesOfForm, MOST_LINES } from './chosen-lines.ts'

const id = (tail: string) => `gid://shopify/SubscriptionLine/${tail}`
const many = (count: number) => Array.from({ length: count }, (_, i) => `l-${i}`)

describe('the form of the signed page', () => {
  const read = (form: string) => linesOfForm(new URLSearchParams(form))

  test('names each line by its id’s last part', () => {
    expect(fieldOf(id('a1-B_2'))).toBe('line.a1-B_2')
    expect(read('press=smaller&line.a1-B_2=0&line.c3=12')).toEqual([
      { id: id('a1-B_2'), quantity: 0 },
      { id: id('c3'), quantity: 12 },
    ])
  })

  test('may take nothing at all: the page answers that in words', () => {
    expect(read('line.a=0')).toEqual([{ id: id('a'), quantity: 0 }])
  })

  test('has up to fifty lines of up to a thousand pieces', () => {
    const form = (count: number) =>
      read(
        many(count)
          .map((tail) => `line.${tail}=1`)
          .join('&'),
      )
    expect(form(MOST_LINES)).toHaveLength(50)
    expect(form(MOST_LINES + 1)).toBeNull()
    expect(read('line.a=1000')).toEqual([{ id: id('a'), quantity: 1_000 }])
    expect(read('line.a=1001')).toBeNull()
  })

  test.each([
    ['without a line', 'press=smaller'],
    ['with a line twice', 'line.a=1&line.a=0'],
    ['with no number', 'line.a='],
    ['with a negative number', 'line.a=-1'],
    ['with a fraction', 'line.a=1.5'],
    ['with a number in another notation', 'line.a=1e1'],
    ['with blanks', 'line.a=%201'],
    ['with digits of another script', 'line.a=%D9%A1'],
    ['with a line that has no id', 'line.=1'],
    ['with an id of other letters', 'line.a%2Fb=1'],
    ['with an id that is too long', `line.${'a'.repeat(101)}=1`],
    ['with a field that is none of ours', 'line.a=1&price=0'],
  ])('%s cannot be read', (_, form) => expect(read(form)).toBeNull())
})

describe('the JSON of the extensions', () => {
  const of = (...lines: [string, number][]) =>
    lines.map(([tail, quantity]) => ({ id: id(tail), quantity }))

  test('is read, and only what belongs there', () => {
    const said = of(['a-1', 0], ['b_2', 3]).map((line) => ({ ...line, price: '0.01' }))
    expect(linesOfBody(said)).toEqual(of(['a-1', 0], ['b_2', 3]))
    expect(
      linesOfBody(of(...many(MOST_LINES).map((tail): [string, number] => [tail, 1_000]))),
    ).toHaveLength(50)
  })

  test.each<[string, unknown]>([
    ['no list', { 0: { id: id('a'), quantity: 1 } }],
    ['nothing', undefined],
    ['an empty list', []],
    ['too many lines', of(...many(MOST_LINES + 1).map((tail): [string, number] => [tail, 1]))],
    ['a line twice', of(['a', 1], ['a', 0])],
    ['no piece at all', of(['a', 0], ['b', 0])],
    ['too many pieces', of(['a', 1_001])],
    ['fewer than none', of(['a', 1], ['b', -1])],
    ['a fraction', of(['a', 0.5])],
    ['a number in quotes', [{ id: id('a'), quantity: '1' }]],
    ['no number', [{ id: id('a') }]],
    ['no id', [{ quantity: 1 }]],
    ['an id of something else', [{ id: 'gid://shopify/ProductVariant/1', quantity: 1 }]],
    ['an id with more behind it', [{ id: `${id('a')}?x`, quantity: 1 }]],
    ['an id that is too long', of(['a'.repeat(101), 1])],
    ['a line that is none', [null]],
  ])('%s cannot be read', (_, lines) => expect(linesOfBody(lines)).toBeNull())
})
