import { describe, expect, test } from 'vitest'
import { unpaid } from '../../../test/shopper/unpaid.ts'
import { languageFor } from '../../messages/default-templates/languages.ts'
import { LANGUAGES } from '../../messages/formats.ts'
import { DAYS_AFTER_END } from '../snapshot.ts'
import { type ShopperSnapshot, viewOf } from '../view.ts'
import { PAGE_WORDS, wordsIn } from './say.ts'
import type { PageWords } from './words.ts'

/** Every sentence by its key; the plural forms of one are counted as one. */
function sentences(words: PageWords): [key: string, text: string][] {
  const { dayNote, notices, plain, ...own } = words
  return [
    ...Object.entries(own),
    ...Object.entries({ ...notices, ...plain }),
    ...Object.values(dayNote).map((text): [string, string] => ['dayNote', text]),
  ]
}

const holes = (text: string) => [...new Set(text.match(/\{\{ \w+ \}\}/g))].sort()
/** What a language may say in another way: the product, alone or in a sentence about its order. */
const ABOUT = /\{\{ (product|order|subscription) \}\}/
const english = new Map(sentences(PAGE_WORDS.en))

describe.each(LANGUAGES)('%s', (tag) => {
  test('says everything, names the same things, and leaves no hole', () => {
    for (const [key, text] of sentences(PAGE_WORDS[tag])) {
      expect(text.trim(), key).not.toBe('')
      const others = (of: string) => holes(of).filter((hole) => !ABOUT.test(hole))
      expect(others(text), key).toEqual(others(english.get(key) ?? ''))
      expect(ABOUT.test(text), key).toBe(ABOUT.test(english.get(key) ?? ''))
      expect(text.replaceAll(/\{\{ \w+ \}\}/g, ''), key).not.toMatch(/[{}]/)
      if (tag !== 'en' && text.length > 30) expect(text, key).not.toBe(english.get(key))
    }
  })

  test('has a form for each of its plurals', () => {
    const { pluralCategories } = new Intl.PluralRules(tag).resolvedOptions()
    expect(Object.keys(PAGE_WORDS[tag].dayNote).sort()).toEqual([...pluralCategories].sort())
  })

  test('names in the mails how long a pause can be lifted, and never "any time"', () => {
    const { willEnd, ended, sms } = languageFor(tag)
    for (const text of [willEnd.pause, ended.pause.body, sms.last.pause])
      expect(text).toMatch(new RegExp(`(?<!\\d)${DAYS_AFTER_END}(?!\\d)`))
  })

  test('speaks of an order that has no name, too', () => {
    const { say } = wordsIn(tag, { shopName: 'Bean & Bloom', productTitle: null, contact: null })
    const said = say('skippedOrder')
    expect(said).not.toContain('{{')
    expect(said.charAt(0)).toBe(said.charAt(0).toLocaleUpperCase(tag))
  })

  test('runs its way on the page, with dates and amounts of the shopper’s region', () => {
    const view = viewOf(snapshot(tag), { methods: [], order: ORDER })
    expect(view.lang).toBe(tag)
    expect(view.dir).toBe(tag === 'ar' ? 'rtl' : 'ltr')
    expect(JSON.stringify(view.choices)).not.toContain('{{')
    expect(view.paragraphs.join('\n')).not.toContain('{{')
    expect(view.choices.map(({ presses }) => presses[0]?.press.split(':')[0])).toEqual([
      'pay',
      'day',
      'smaller',
      'whole',
      'skip',
      'pause',
    ])
    if (tag !== 'en') {
      const words = [view.title, ...view.paragraphs, view.otherWays, view.stopNote].join('\n')
      expect(words).not.toMatch(/\b(the|your|payment|order)\b/)
    }
  })
})

const euro = (amount: string) => ({ amount, currency: 'EUR' })
const LINE = { id: 'gid://shopify/SubscriptionLine/1', title: 'Kaffee', price: euro('12.45') }
const ORDER = { lines: [{ ...LINE, quantity: 2, chosen: 1 }], whole: euro('24.9') }

function snapshot(locale: string): ShopperSnapshot {
  return unpaid({
    days: { earliest: '2026-11-14', latest: '2026-11-16', movesLeft: 2 },
    productTitle: 'Kaffee',
    amount: euro('12.45'),
    smaller: { lines: [{ id: LINE.id, title: LINE.title, quantity: 1 }], amount: euro('12.45') },
    offersSmaller: true,
    shopName: 'Bean & Bloom',
    contact: null,
    locale,
  })
}
