import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { contrast, READABLE } from '../messages/colours.ts'
import { DEFAULT_BRAND } from '../messages/template.ts'
import { casePage, plainPage } from './document.server.tsx'
import { en } from './page-words/en.ts'
import type { ShopperView } from './view.ts'

beforeAll(() => {
  Object.assign(process.env, {
    DATABASE_URL: 'postgresql://nobody@localhost/none',
    SHOPIFY_API_KEY: 'key',
    SHOPIFY_API_SECRET: 'a secret of the tests',
    SHOPIFY_APP_URL: 'https://app.example',
    SCOPES: 'read_customers',
  })
})

const view: ShopperView = {
  lang: 'en',
  dir: 'ltr',
  shopName: 'Bean & Bloom Coffee',
  title: 'Please update your payment method for <script>alert(1)</script>',
  paragraphs: ['One', 'Two'],
  facts: [{ name: 'Order', value: '"><img src=x>' }],
  action: { press: 'update', label: 'Send me the secure link', note: 'Shopify mails it.' },
  aside: [],
  sent: null,
  canStop: true,
  stopNote: 'We stop.',
  account: null,
  choices: [],
  otherWays: '',
  words: en,
  question: null,
  contact: 'hello@beanandbloom.example',
  accountUrl: null,
}

describe('the page of a case', () => {
  test('is one document without script, picture or anything from elsewhere', async () => {
    const html = await casePage(view, DEFAULT_BRAND, null).text()
    expect(html).toMatch(/^<!doctype html><html lang="en" dir="ltr">/)
    expect(html).not.toMatch(/<(script|img|iframe|link|object)\b/i)
    expect(html).not.toMatch(/<[^>]* src=|https?:/)
  })

  test('asks for no card, and for nothing else either', async () => {
    expect(await casePage(view, DEFAULT_BRAND, null).text()).not.toMatch(
      /<(input|select|textarea)\b/i,
    )
  })

  test('forbids being stored, found, framed and leaked', () => {
    const { headers } = casePage(view, DEFAULT_BRAND, null)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-robots-tag')).toContain('noindex')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  test('allows its own style by a hash that is right', async () => {
    const response = casePage(view, DEFAULT_BRAND, null)
    const css = /<style>([\s\S]*)<\/style>/.exec(await response.text())?.[1] ?? ''
    const hash = createHash('sha256').update(css).digest('base64')
    expect(response.headers.get('content-security-policy')).toContain(`'sha256-${hash}'`)
  })

  test('presses by POST only', async () => {
    const html = await casePage(view, DEFAULT_BRAND, null).text()
    expect(html.match(/<form /g)).toHaveLength(2)
    expect(html.match(/<form method="post"/g)).toHaveLength(2)
  })
})

describe('an order of which less may be taken', () => {
  const option = (value: string, label: string, chosen = false) => ({ value, label, chosen })
  const choosing = (more: Partial<ShopperView> = {}) =>
    casePage(
      {
        ...view,
        otherWays: 'Other ways to go on',
        choices: [
          {
            label: 'Take less this time',
            note: 'Only this order.',
            fields: [
              {
                name: 'line.a1-b',
                label: 'Roast <1 kg>, €12.45 each',
                options: [option('0', 'None this time'), option('1', '1', true), option('2', '2')],
              },
              { name: 'line.c3', label: 'Capsules, €0.50 each', most: 200, chosen: 40 },
            ],
            presses: [{ press: 'smaller', label: 'Make this order smaller' }],
          },
        ],
        ...more,
      },
      DEFAULT_BRAND,
      null,
    ).text()

  test('has a labelled field for each line and one button, in one form', async () => {
    const html = await choosing()
    const form = /<form method="post">(<p class="field">.*?)<\/form>/.exec(html)?.[1] ?? ''
    expect(form).toContain('<label for="line.a1-b">Roast &lt;1 kg&gt;, €12.45 each</label>')
    expect(form).toContain('<select id="line.a1-b" name="line.a1-b">')
    expect(form).toContain('<label for="line.c3">Capsules, €0.50 each</label>')
    expect(form.match(/<button /g)).toHaveLength(1)
    expect(form).toContain('name="press" value="smaller"')
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('shows what is chosen now, and every other number', async () => {
    const options = [...(await choosing()).matchAll(/<option ([^>]*)>([^<]*)</g)]
    expect(options.map(([, about, label]) => [about, label])).toEqual([
      ['value="0"', 'None this time'],
      ['value="1" selected=""', '1'],
      ['value="2"', '2'],
    ])
    const [, number] = /<input ([^>]*)>/.exec(await choosing()) ?? []
    for (const about of ['type="number"', 'min="0"', 'max="200"', 'value="40"', 'required=""'])
      expect(number).toContain(about)
  })

  test('needs no script, and runs from right to left', async () => {
    const html = await choosing({ lang: 'ar', dir: 'rtl' })
    expect(html).toMatch(/^<!doctype html><html lang="ar" dir="rtl">/)
    expect(html).not.toMatch(/<script|\son[a-z]+=/i)
    // What is laid out from the start of the line needs no other side for another direction.
    expect(/<style>([\s\S]*)<\/style>/.exec(html)?.[1]).not.toMatch(/\b(left|right)\b/)
  })
})

describe('a shop’s own look', () => {
  const brand = {
    ...DEFAULT_BRAND,
    accent: '#ffe600',
    background: '#102030',
    ink: '#dddddd',
    logoUrl: 'https://cdn.shopify.com/s/files/1/logo.png',
    logoAlt: 'Bean & Bloom',
  }

  test('colours the page, readably by day and by night, under a hash that is right', async () => {
    const response = casePage(view, brand, null)
    const css = /<style>([\s\S]*)<\/style>/.exec(await response.text())?.[1] ?? ''
    const hash = createHash('sha256').update(css).digest('base64')
    expect(response.headers.get('content-security-policy')).toContain(`'sha256-${hash}'`)
    const [day, night] = css
      .split('@media')
      .slice(0, 2)
      .map(
        (part) =>
          new Map([...part.matchAll(/--([a-z-]+): (#[0-9a-f]{6})/g)].map(([, n, v]) => [n, v])),
      )
    expect(day?.get('button')).toBe('#ffe600')
    expect(day?.get('ground')).toBe('#102030')
    for (const colours of [day, night]) {
      for (const [ink, ground] of [
        ['ink', 'card'],
        ['soft', 'card'],
        ['link', 'card'],
        ['soft-outside', 'ground'],
        ['link-outside', 'ground'],
        ['on-button', 'button'],
        ['on-button', 'button-over'],
        ['told', 'tell'],
        ['told', 'warn'],
      ]) {
        const [one, other] = [colours?.get(ink) ?? '', colours?.get(ground) ?? '']
        expect(contrast(one, other), `${ink} ${one} on ${ground} ${other}`).toBeGreaterThanOrEqual(
          READABLE,
        )
      }
    }
  })

  test('shows the logo from Shopify’s CDN, and no picture from elsewhere', async () => {
    const response = casePage(view, brand, null)
    expect(await response.text()).toMatch(
      /<img src="https:\/\/cdn\.shopify\.com\/[^>]*alt="Bean &amp; Bloom"/,
    )
    const policy = response.headers.get('content-security-policy')
    expect(policy).toContain('img-src https://cdn.shopify.com;')
    const elsewhere = casePage(view, { ...brand, logoUrl: 'https://evil.example/x.png' }, null)
    expect(await elsewhere.text()).not.toContain('<img')
    expect(elsewhere.headers.get('content-security-policy')).not.toContain('img-src')
  })

  test('that is no look at all is left out', async () => {
    const broken = {
      ...brand,
      accent: 'red;}</style>',
      background: 'url(x)',
      ink: '',
      logoUrl: null,
    }
    const html = await casePage(view, broken, null).text()
    expect(html).toBe(await casePage(view, DEFAULT_BRAND, null).text())
  })
})

describe('a shop’s payment terms', () => {
  const footer = async (policy: string | null) => {
    const html = await casePage(view, { ...DEFAULT_BRAND, policy }, null).text()
    return /<footer>(.*)<\/footer>/s.exec(html)?.[1] ?? ''
  }

  test('are a link, where they are the address of a page', async () => {
    expect(await footer('https://beanandbloom.example/terms')).toContain(
      '<a href="https://beanandbloom.example/terms">Payment terms of Bean &amp; Bloom Coffee</a>',
    )
  })

  test('are shown as they were written, where they are words', async () => {
    const said = await footer('Changes until noon.\njavascript:alert(1) <b>')
    expect(said).toContain('Payment terms of Bean &amp; Bloom Coffee')
    expect(said).toContain('Changes until noon.\njavascript:alert(1) &lt;b&gt;</p>')
    expect(said.match(/<a /g)).toHaveLength(1)
  })

  test('are not spoken of where there are none', async () => {
    expect(await footer(null)).not.toContain('terms')
  })
})

test.each([400, 404, 405, 410, 429, 503, 'withdrawn'] as const)(
  '%s tells nothing of any case',
  async (status) => {
    const response = plainPage(status)
    expect(response.status).toBe(status === 'withdrawn' ? 410 : status)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const seen = (await response.text()).replace(/<style>[\s\S]*<\/style>/, '')
    expect(seen).not.toMatch(/Bean|Morning|€|@|<script/)
  },
)
