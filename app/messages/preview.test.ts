import { describe, expect, test } from 'vitest'
import { addressOf, CHANNELS, lanesOf, readKey, STAGE_GROUPS, startingWords } from './catalogue.ts'
import { SHOPPERS } from './example.ts'
import { LANGUAGES } from './formats.ts'
import { inScheme } from './mail-html.ts'
import { EXAMPLE_PICTURE, previewOf, problemsInMails, withDrawnPicture } from './preview.ts'
import { DEFAULT_BRAND, problemsOf, type Template, type TemplateKey } from './template.ts'

const SHOP = { name: 'Bean & Bloom Coffee', replyTo: null }
const KEY: TemplateKey = { stage: 'first', lane: '*', channel: 'email', tag: 'en' }
const first = SHOPPERS[0]

const keys: TemplateKey[] = STAGE_GROUPS.flatMap(({ stages }) =>
  stages.flatMap(({ stage }) =>
    CHANNELS.flatMap((channel) =>
      lanesOf(stage, channel).flatMap((lane) =>
        LANGUAGES.map((tag) => ({ stage, lane, channel, tag })),
      ),
    ),
  ),
)

test('every stage, channel, lane and language starts from words that can be saved and shown', () => {
  expect(keys.length).toBeGreaterThan(1_000)
  for (const [i, key] of keys.entries()) {
    const template = startingWords(key)
    const name = addressOf(key)
    expect(problemsOf(template, key.channel), name).toEqual([])
    const shopper = SHOPPERS[i % SHOPPERS.length] ?? first
    const preview = previewOf(template, key, shopper, SHOP, DEFAULT_BRAND)
    expect(preview.type, name).toBe(key.channel)
    if (preview.type === 'account') {
      expect(preview.notice.title, name).not.toMatch(/^$|\{\{/)
      expect(preview.notice.pieces.length, name).toBeGreaterThan(0)
    }
    const url = new URL(name, 'https://app.example')
    expect(readKey(key.stage, url.searchParams, 'en')).toEqual(key)
  }
})

test('an address names words of ours, or none', () => {
  const read = (stage: string, query: string) => readKey(stage, new URLSearchParams(query), 'de')
  expect(read('first', '')).toEqual({ ...KEY, tag: 'de' })
  for (const query of ['lane=STOCK', 'lane=x', 'channel=fax', 'language=xx', 'language='])
    expect(read('first', query), query).toBeNull()
  expect(read('__proto__', '')).toBeNull()
  expect(read('recovered', 'lane=STOCK')).toMatchObject({ lane: 'STOCK' })
})

describe('a shopper', () => {
  const text = (changes: Partial<TemplateKey>, key: string) => {
    const whole = { ...KEY, ...changes }
    const shopper = SHOPPERS.find((one) => one.key === key) ?? first
    const preview = previewOf(startingWords(whole), whole, shopper, SHOP, DEFAULT_BRAND)
    return preview.type === 'email' ? preview.notice : null
  }

  test('reads the language asked for, with days and amounts as they are mailed to whoever speaks it', () => {
    expect(text({}, 'sam')?.text).toContain('$32.00')
    expect(text({ tag: 'de' }, 'mara')?.text).toContain('24,90')
    const arabic = text({ tag: 'ar' }, 'noor')
    expect(arabic?.html).toContain('dir="rtl"')
    expect(text({ tag: 'ar' }, 'mara')?.text).toMatch(/24[.,]90/)
    expect(text({ tag: 'pt-BR' }, 'mara')?.locale).toBe('pt-BR')
  })

  test('is in the case that the words are for, else in their own', () => {
    expect(text({}, 'ken')?.subject).toMatch(/update your payment method/)
    expect(text({ lane: 'AUTH' }, 'ken')?.subject).toMatch(/confirm/)
  })
})

test('a text is counted with an address as long as a real one', () => {
  const key = { ...KEY, channel: 'sms' as const }
  const preview = previewOf(startingWords(key), key, first, SHOP, DEFAULT_BRAND)
  const text = preview.type === 'sms' ? preview.sms.text : ''
  expect(text).toMatch(/\/r\/[\w-]{43}(?= |$)/)
})

describe('problems of the whole', () => {
  const texts = (...blocks: string[]): Template => ({
    subject: 'Hello',
    preview: '',
    blocks: blocks.map((text) => ({ type: 'text', text })),
    commercial: false,
  })

  test('a mail that would be cut, and a text of too many segments, name who it was tried on', () => {
    const huge = texts(...Array.from({ length: 8 }, () => '{{ body }} '.repeat(150)))
    expect(problemsOf(huge)).toEqual([])
    expect(problemsInMails(huge, KEY, DEFAULT_BRAND)).toMatchObject([
      { where: 'blocks', stops: true, say: expect.stringMatching(/95 KB/) },
    ])
    const sms = texts(`{{ shop_name }} ${'word '.repeat(200)}`)
    const [problem] = problemsInMails(sms, { ...KEY, channel: 'sms' }, DEFAULT_BRAND)
    expect(problem?.say).toMatch(/segments, and 6 is the limit/)
    expect(problem?.mend).toMatch(/Make it shorter.*Tried on/)
  })

  test('what no form could carry is said before it is sent', () => {
    const say = ({ blocks }: { blocks: number }) =>
      problemsOf(texts(...Array.from({ length: blocks }, () => 'お'.repeat(900)))).map(
        (one) => one.say,
      )
    expect(say({ blocks: 8 })).toEqual(['The message is far too long.'])
    expect(say({ blocks: 5 })).toEqual([])
  })
})

describe('the frame of the preview', () => {
  const words = '<style>@media (prefers-color-scheme: dark){}</style>'
  const template: Template = {
    subject: words,
    preview: '',
    blocks: [
      { type: 'text', text: words },
      { type: 'order', pictures: true },
    ],
    commercial: false,
  }
  const preview = previewOf(template, KEY, first, SHOP, DEFAULT_BRAND)
  const html = preview.type === 'email' ? preview.notice.html : ''

  test('shows day or night whatever the device of the staff is set to', () => {
    const night = inScheme(html, 'dark')
    const day = inScheme(html, 'light')
    expect(night).toContain('@media all {')
    expect(day).toContain('@media not all {')
    // The merchant's own words are not touched.
    for (const page of [night, day])
      expect(page.split('@media (prefers-color-scheme: dark)')).toHaveLength(
        html.split('@media (prefers-color-scheme: dark)').length - 1,
      )
  })

  test('draws the product instead of asking anybody for its picture', () => {
    expect(html).toContain(EXAMPLE_PICTURE)
    expect(withDrawnPicture(html)).not.toMatch(/src="https?:/)
  })
})

test('a shop with an account page sees the link to it, as its shoppers will', () => {
  const accountPage = 'https://shopify.com/7/account/pages/810b'
  const preview = previewOf(startingWords(KEY), KEY, first, { ...SHOP, accountPage }, DEFAULT_BRAND)
  expect(preview.type === 'email' && preview.notice.html).toContain(`href="${accountPage}"`)
})
