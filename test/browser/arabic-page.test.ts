/** The signed page in Arabic, where names in other letters stand between words that run from right to left. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DEFAULT_BRAND } from '../../app/messages/template.ts'
import { casePage } from '../../app/shopper/document.server.tsx'
import { type ShopperSnapshot, viewOf } from '../../app/shopper/view.ts'
import { newVisitor, openBrowser, PHONE, screenshot } from '../browser.ts'
import { unpaid } from '../shopper/unpaid.ts'

let browser: Browser
beforeAll(async () => {
  Object.assign(process.env, {
    DATABASE_URL: 'postgresql://nobody@localhost/none',
    SHOPIFY_API_KEY: 'key',
    SHOPIFY_API_SECRET: 'a secret of the tests',
    SHOPIFY_APP_URL: 'https://app.example',
    SCOPES: 'read_customers',
  })
  browser = await openBrowser()
})
afterAll(() => browser?.close())

async function shown(changes: Partial<ShopperSnapshot>): Promise<Page> {
  const visitor = await newVisitor(browser, PHONE)
  const page = await visitor.newPage()
  const view = viewOf(unpaid({ locale: 'ar-EG', shopName: 'Bean & Bloom', ...changes }))
  await page.setContent(await casePage(view, DEFAULT_BRAND, null).text())
  return page
}

/** Every sentence of ours on the page, with the direction that it is laid out in. */
const sentencesOn = (page: Page) =>
  page
    .locator('h1, main p, footer p')
    .evaluateAll((all) =>
      all.map((one) => [one.textContent ?? '', getComputedStyle(one).direction]),
    )

const own: ShopperSnapshot['accountNotice'] = {
  stage: 'last',
  at: new Date('2026-11-14T09:00:00Z'),
  own: null,
}

test.each<[string, Partial<ShopperSnapshot>]>([
  ['a title that begins with the shop', { status: 'held', reason: 'merchant' }],
  ['a notice that begins with the shop', { accountNotice: own }],
  ['an end, and the way to help', { status: 'exhausted' }],
])('%s runs from right to left', async (name, changes) => {
  const page = await shown(changes)
  const sentences = await sentencesOn(page)
  expect(sentences.some(([text]) => /^\P{L}*Bean & Bloom/u.test(text ?? ''))).toBe(
    name !== 'an end, and the way to help',
  )
  expect(sentences.length).toBeGreaterThan(2)
  for (const [text, direction] of sentences) expect(direction, text).toBe('rtl')
  await screenshot(page, `case-page-arabic-${changes.status ?? 'notice'}-phone`)
  await page.context().close()
})

test('a name in other letters keeps its own order, the full stop after it stays on the left', async () => {
  const page = await shown({ status: 'exhausted', shopName: 'Bean & Bloom (1)' })
  const at = (part: string) =>
    page.evaluate((wanted) => {
      for (const one of document.querySelectorAll('main p')) {
        const text = one.firstChild
        const from = text?.nodeValue?.indexOf(wanted) ?? -1
        if (!text || from < 0) continue
        const range = document.createRange()
        const leftOf = (offset: number) => {
          range.setStart(text, offset)
          range.setEnd(text, offset + 1)
          return range.getBoundingClientRect().left
        }
        // The name's first letter, its last sign, and what comes behind it and its closing mark.
        return [from, from + wanted.length - 1, from + wanted.length + 1].map(leftOf)
      }
      return []
    }, part)
  const [first = 0, last = 0, stop = 0] = await at('Bean & Bloom (1)')
  expect(last).toBeGreaterThan(first)
  expect(stop).toBeLessThan(first)
  await page.context().close()
})
