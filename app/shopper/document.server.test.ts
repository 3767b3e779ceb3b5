import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
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
  choices: [],
  otherWays: '',
  words: en,
  question: null,
  contact: 'hello@beanandbloom.example',
  accountUrl: null,
}

describe('the page of a case', () => {
  test('is one document without script, picture or anything from elsewhere', async () => {
    const html = await casePage(view, null).text()
    expect(html).toMatch(/^<!doctype html><html lang="en" dir="ltr">/)
    expect(html).not.toMatch(/<(script|img|iframe|link|object)\b/i)
    expect(html).not.toMatch(/<[^>]* src=|https?:/)
  })

  test('asks for no card, and for nothing else either', async () => {
    expect(await casePage(view, null).text()).not.toMatch(/<(input|select|textarea)\b/i)
  })

  test('forbids being stored, found, framed and leaked', () => {
    const { headers } = casePage(view, null)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-robots-tag')).toContain('noindex')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  test('allows its own style by a hash that is right', async () => {
    const response = casePage(view, null)
    const css = /<style>([\s\S]*)<\/style>/.exec(await response.text())?.[1] ?? ''
    const hash = createHash('sha256').update(css).digest('base64')
    expect(response.headers.get('content-security-policy')).toContain(`'sha256-${hash}'`)
  })

  test('presses by POST only', async () => {
    const html = await casePage(view, null).text()
    expect(html.match(/<form /g)).toHaveLength(2)
    expect(html.match(/<form method="post"/g)).toHaveLength(2)
  })
})

test.each([400, 404, 405, 410, 429, 503] as const)(
  '%i tells nothing of any case',
  async (status) => {
    const response = plainPage(status)
    expect(response.status).toBe(status)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const seen = (await response.text()).replace(/<style>[\s\S]*<\/style>/, '')
    expect(seen).not.toMatch(/Bean|Morning|€|@|<script/)
  },
)
