import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { unpaid } from '../../../test/shopper/unpaid.ts'
import { languageFor } from '../../messages/default-templates/languages.ts'
import { LANGUAGES, type LanguageTag } from '../../messages/formats.ts'
import { toneOf } from '../../messages/tone.ts'
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

  test('is calm and plain on the page and in the account, as in the mails', () => {
    for (const [key, text] of [...sentences(PAGE_WORDS[tag]), ...textsOfAccount(tag)]) {
      const found = toneOf(text, tag).filter(({ rule }) => rule !== 'urgency' || !ACTS_AT_ONCE(key))
      expect(found, key).toEqual([])
      for (const sentence of sentencesIn(text))
        expect(lengthOf(sentence, tag), `${key}: ${sentence}`).toBeLessThanOrEqual(
          tag === 'ja' ? 55 : 22,
        )
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

/** What a press does at once has to be said before it: "right away" speaks of us here, and urges nobody. */
const ACTS_AT_ONCE = (key: string) => ['pay', 'payNote', 'useMethodNote', 'do.pay'].includes(key)

const EXTENSIONS = ['recovery-page', 'recovery-blocks', 'recovery-order-action']

/** Every text of the extensions by its key, the forms of a plural one by one. */
function textsOfAccount(tag: LanguageTag): [key: string, text: string][] {
  return EXTENSIONS.flatMap((extension) => {
    const name = `extensions/${extension}/locales/${tag === 'en' ? 'en.default' : tag}.json`
    return flat(JSON.parse(readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8')))
  })
}

type Tree = { [key: string]: string | Tree }

function flat(tree: Tree, path = ''): [key: string, text: string][] {
  return Object.entries(tree).flatMap(([key, one]): [string, string][] =>
    typeof one === 'string' ? [[path + key, one]] : flat(one, `${path}${key}.`),
  )
}

/** A value counts as one small word. */
const sentencesIn = (text: string) =>
  text.replaceAll(/\{\{.*?\}\}/g, 'x').split(/(?<=[.!?:؟])\s+|[。！？\n]+/u)

/** Words; letters, in Japanese. */
function lengthOf(sentence: string, tag: LanguageTag): number {
  const parts = tag === 'ja' ? /\S/gu : /[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N}’'-]*/gu
  return sentence.match(parts)?.length ?? 0
}

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
