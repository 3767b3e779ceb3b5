/**
 * Every stage of every language as a real browser shows it, by day and by night, judged by axe: contrast, language,
 * direction, names of links and pictures. One page for all; what is not there cannot be fetched.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Lane } from '../../app/dunning/types.ts'
import { exampleNotice } from '../../app/messages/example.ts'
import { LANGUAGES, type LanguageTag } from '../../app/messages/formats.ts'
import { renderNotice } from '../../app/messages/render.ts'
import {
  type Block,
  type Brand,
  DEFAULT_BRAND,
  hasWords,
  type TemplateStage,
} from '../../app/messages/template.ts'
import { openBrowser, PHONE, screenshot } from '../browser.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const stages: TemplateStage[] = [
  'first',
  'reminder',
  'options',
  'plan',
  'last',
  'address',
  'recovered',
  'ended',
  'update_link',
  'card_expires',
  'renewal',
]
const lanes: Lane[] = ['FUNDS', 'ISSUER', 'TECH', 'CARD', 'AUTH', 'STOP', 'MERCHANT', 'UNKNOWN']

const EVERY_BLOCK: Block[] = [
  { type: 'heading', text: '{{ title }}' },
  { type: 'text', text: '{{ greeting }}\n\n- {{ next }}\n- {{ will_end }}' },
  { type: 'button', label: '{{ button }}' },
  { type: 'order', pictures: true },
  { type: 'method' },
  { type: 'dates' },
  { type: 'divider' },
  { type: 'heading', text: 'More' },
  { type: 'picture', url: 'https://cdn.shopify.com/s/files/1/beans.jpg', alt: 'Fresh beans' },
  { type: 'policy', text: 'Orders can be changed until they ship.' },
  { type: 'feedback' },
]

/** Colours that no mail can keep as they are. */
const HARD: Partial<Brand>[] = [
  { accent: '#ffe600', background: '#777777', ink: '#cccccc' },
  { accent: '#111111', background: '#000000', ink: '#888888' },
  { accent: '#ffffff', background: '#ff0000', ink: '#ff0000' },
]

let browser: Browser
let page: Page
beforeAll(async () => {
  browser = await openBrowser()
  page = await browser.newPage({ viewport: PHONE })
  await page.route('**', (route) => route.abort())
  await page.setContent('<!doctype html><title>mails</title>')
  await page.evaluate(axe)
})
afterAll(() => browser?.close())

/** Puts each mail into the page in turn; answers what axe finds, and how far a mail is wider than the phone. */
async function judge(mails: { name: string; html: string }[]): Promise<string[]> {
  return page.evaluate(async (all) => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(
          what: Document,
          how: object,
        ): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>
      }
    }
    const found: string[] = []
    for (const { name, html } of all) {
      const mail = new DOMParser().parseFromString(html, 'text/html')
      for (const attribute of ['lang', 'dir']) {
        document.documentElement.setAttribute(
          attribute,
          mail.documentElement.getAttribute(attribute) ?? '',
        )
      }
      document.head.innerHTML = mail.head.innerHTML
      document.body.innerHTML = mail.body.innerHTML
      const { violations } = await axe.run(document, { resultTypes: ['violations'] })
      for (const { id, nodes } of violations) found.push(`${name}: ${id} ${nodes[0]?.html}`)
      if (document.documentElement.scrollWidth > innerWidth) found.push(`${name}: too wide`)
    }
    return found
  }, mails)
}

/** Every stage once, each in another lane, so that all lanes are seen in every language. */
function mailsIn(tag: LanguageTag, first: number) {
  return stages.map((stage, i) => {
    const fitting = lanes.filter((lane) => hasWords(stage, lane))
    const lane = fitting[(first + i) % fitting.length] ?? 'FUNDS'
    const { html } = renderNotice(exampleNotice({ stage, lane, code: null, locale: tag }))
    return { name: `${stage} in ${lane}, ${tag}`, html }
  })
}

test('every stage in every language, on a phone by day', async () => {
  const mails = LANGUAGES.flatMap((tag, i) => mailsIn(tag, i))
  expect(mails).toHaveLength(LANGUAGES.length * stages.length)
  expect(await judge(mails)).toEqual([])
})

test('the same at night, with every block and with colours that are hard to read', async () => {
  const full = (brand: Partial<Brand>, locale: string) =>
    renderNotice({
      ...exampleNotice({
        stage: 'ended',
        locale,
        unsubscribeLink: 'https://app.example/u/x',
        items: [
          {
            title: 'Morning Roast',
            quantity: 2,
            pictureUrl: 'https://cdn.shopify.com/s/files/1/roast.jpg',
          },
        ],
      }),
      template: { subject: '{{ title }}', preview: '', blocks: EVERY_BLOCK, commercial: true },
      brand: { ...DEFAULT_BRAND, postalAddress: 'Lindenstr. 1\nBerlin', ...brand },
      others: [
        {
          productTitle: 'Evening Tea',
          amount: { amount: '9.00', currency: 'EUR' },
          link: 'https://app.example/r/tea',
        },
      ],
    }).html
  const hard = [{}, ...HARD].flatMap((brand, i) =>
    ['en', 'ar'].map((tag) => ({ name: `colours ${i}, ${tag}`, html: full(brand, tag) })),
  )
  expect(await judge(hard)).toEqual([])
  await page.emulateMedia({ colorScheme: 'dark' })
  expect(await judge([...hard, ...mailsIn('en', 0), ...mailsIn('ar', 1)])).toEqual([])
  await screenshot(page, 'mail-arabic-phone-dark')
})
