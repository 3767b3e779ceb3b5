/**
 * The shopper's side as a shopper meets it: the stand-in account with the built bundles of extensions/, in a real
 * browser; and that the stand-in refuses what Shopify would refuse, or the first half would prove nothing.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { launch } from '../../scripts/processes.mjs'
import { DESKTOP, newVisitor, openBrowser, PHONE, screenshot } from '../browser.ts'
import { caseOf, cleanOracle, ledger, on, startedShop, subscription } from '../factories.ts'
import { type Stack, startStack } from '../stack.ts'
import { broken, faultsOn, overflow, pattern, words } from './account-page.ts'

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser?.close())

describe('with the app', () => {
  let stack: Stack
  beforeAll(async () => {
    stack = await startStack()
  })
  afterAll(() => stack?.stop())
  beforeEach(() => stack.reset())

  test('from the front page to the account: a new card, the payment goes through, the block vanishes', async () => {
    const shop = await startedShop(stack)
    const { contractId, customerId } = await subscription(stack, shop, { type: 'expired' })
    await stack.sandbox.moveClock(on('11-12'))
    const page = await (await newVisitor(browser, PHONE)).newPage()
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))

    await page.goto(stack.sandbox.url)
    await page.getByText('Others in this world').click()
    await page.getByRole('link', { name: 'open', exact: true }).click()
    const block = page.locator('[data-target="customer-account.order-index.block.render"]')
    const toPage = block.getByRole('link', { name: words('recovery-blocks')('do.open') })
    await toPage.waitFor()
    expect(await overflow(page)).toBeLessThanOrEqual(0)
    expect(await broken(page)).toEqual([])
    await screenshot(page, 'account-orders-phone')

    await toPage.click()
    const say = words('recovery-page')
    const replace = page.getByRole('button', { name: say('do.replace_intent') })
    await replace.waitFor()
    expect(await broken(page)).toEqual([])
    expect(await overflow(page)).toBeLessThanOrEqual(0)
    await screenshot(page, 'account-page-phone')

    const dialog = page.getByRole('dialog')
    await replace.click()
    await dialog.getByRole('button', { name: 'Close' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(await ledger(stack, contractId)).toEqual(['biller: EXPIRED_CARD'])

    await replace.click()
    expect(await broken(page)).toEqual([])
    await screenshot(page, 'account-dialog-phone')
    await dialog.getByRole('button', { name: /New card that works/ }).click()
    await page.getByText(pattern(say('story.recovered'))).waitFor()
    expect(await faultsOn(page)).toEqual([])
    await screenshot(page, 'account-recovered-phone')
    expect(await caseOf(stack, contractId)).toMatchObject({ status: 'recovered' })
    expect(await ledger(stack, contractId)).toEqual(['biller: EXPIRED_CARD', 'app: paid'])
    await cleanOracle(stack)

    await page.setViewportSize(DESKTOP)
    await page.goto(`${stack.sandbox.url}/account/${customerId.split('/').at(-1)}?language=ar`)
    await block.and(page.locator('[data-ready]')).waitFor({ state: 'attached' })
    await page.waitForLoadState('networkidle')
    expect(await block.innerText()).toBe('')
    expect(await broken(page)).toEqual([])
    await screenshot(page, 'account-orders-desktop-ar')
    expect(await page.locator('html').getAttribute('dir')).toBe('rtl')
    expect(await faultsOn(page)).toEqual([])
    expect(problems).toEqual([])
    await page.context().close()
  })
})

describe('without the app: what Shopify lacks is a fault', () => {
  let folder: string
  let sandbox: ReturnType<typeof launch>
  let base: string
  let customer: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'reprise-account-'))
    sandbox = launch('sandbox', ['sandbox/server.ts'], {
      SANDBOX_PORT: '0',
      SANDBOX_CLOCK_FILE: join(folder, 'clock'),
      SANDBOX_EXTENSIONS: join(folder, 'extensions'),
      APP_URL: '',
      SHOPIFY_API_KEY: 'key',
      SHOPIFY_API_SECRET: 'secret',
    })
    base = `http://localhost:${await sandbox.listening()}`
    const story = await fetch(`${base}/control/stories/expired-card`, { method: 'POST' })
    const { customerId } = (await story.json()) as { customerId: string }
    customer = customerId.split('/').at(-1) ?? ''
  })
  afterAll(async () => {
    await sandbox?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Extensions of one bundle each, drawn on the profile by plain DOM calls; the page's faults once all have run. */
  async function faultsOf(page: Page, bodies: string[], texts: object = {}): Promise<string[]> {
    rmSync(join(folder, 'extensions'), { recursive: true, force: true })
    bodies.forEach((body, index) => {
      const target = 'customer-account.profile.block.render'
      const handle = `drawn-${index}`
      const own = join(folder, 'extensions', handle)
      for (const part of ['dist', 'locales']) mkdirSync(join(own, part), { recursive: true })
      writeFileSync(
        join(own, 'shopify.extension.toml'),
        `api_version = "2026-07"\n[[extensions]]\nhandle = "${handle}"\ntype = "ui_extension"\n[[extensions.targeting]]\ntarget = "${target}"\n`,
      )
      writeFileSync(join(own, 'locales', 'en.default.json'), JSON.stringify(texts))
      writeFileSync(
        join(own, 'dist', `${handle}.js`),
        `shopify.extend('${target}', async () => { const add = (tag) => document.body.appendChild(document.createElement(tag)); ${body} })`,
      )
    })
    await page.goto(`${base}/account/${customer}/profile`)
    await page.waitForFunction(
      (count) => document.querySelectorAll('[data-ready]').length === count,
      bodies.length,
    )
    // A frame later all that was said has been drawn.
    await page.evaluate(
      () => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn))),
    )
    return faultsOn(page)
  }

  test('a property, a word, a kind, an event, an element, raw HTML, a text, a request, and what is not drawn', async () => {
    const wrong: [body: string, complaint: RegExp][] = [
      [`add('s-button').setAttribute('colour', 'red')`, /s-button has no property "colour"/],
      [`add('s-button').variant = 'huge'`, /takes no variant="huge"/],
      [`add('s-link').tone = 7`, /tone/],
      [`add('s-button').addEventListener('poke', () => {})`, /has no event "poke"/],
      [`add('s-unheard-of')`, /not allowed: s-unheard-of/],
      [`add('div')`, /not allowed: div/],
      [`shopify.i18n.translate('who.knows')`, /No text has the key "who.knows"/],
      [`await fetch('https://example.com/').catch(() => {})`, /reaches the app only/],
      [`add('s-map')`, /does not draw s-map/],
    ]
    const page = await (await newVisitor(browser, PHONE)).newPage()
    const faults = await faultsOf(
      page,
      wrong.map(([body]) => body),
    )
    expect(faults).toHaveLength(wrong.length)
    for (const [, complaint] of wrong)
      expect(
        faults.filter((fault) => complaint.test(fault)),
        String(complaint),
      ).toHaveLength(1)
    await page.context().close()
  })

  test('what is picked from a list and typed as a number is read back; options that come later, and what the extension sets, are shown', async () => {
    const page = await (await newVisitor(browser, PHONE)).newPage()
    const faults = await faultsOf(page, [
      `const say = (text) => { add('s-text').textContent = text }
       const option = (list, value, text) => {
         const one = document.createElement('s-option'); one.value = value; one.textContent = text; list.append(one)
         return one
       }
       const list = add('s-select'); list.label = 'Coffee'
       const none = option(list, '0', 'None'); option(list, '2', 'Two')
       list.value = '2'
       list.addEventListener('change', () => { say('picked ' + list.value); list.error = list.value === '0' ? 'Not none' : '' })
       const count = add('s-number-field'); count.label = 'Candles'
       Object.assign(count, { min: 0, max: 30, step: 1, value: '30', inputMode: 'numeric' })
       count.addEventListener('change', () => say('typed ' + count.value))
       const more = add('s-button'); more.textContent = 'More'
       more.addEventListener('click', () => {
         option(list, '3', 'Three'); none.firstChild.data = 'None of it'; list.value = '3'; count.value = '7'
       })`,
    ])
    const list = page.getByRole('combobox', { name: 'Coffee' })
    const options = () => list.getByRole('option').allTextContents()
    const count = page.getByRole('spinbutton', { name: 'Candles' })
    expect([await list.inputValue(), await options()]).toEqual(['2', ['None', 'Two']])
    await list.focus()
    await list.selectOption('0')
    await page.getByText('picked 0', { exact: true }).waitFor()
    await page.getByText('Not none', { exact: true }).waitFor()
    expect(await list.evaluate((one: HTMLElement) => one.getAttribute('aria-invalid'))).toBe('true')
    expect(await list.inputValue()).toBe('0')
    // Drawn anew with its error, it has kept the focus.
    expect(
      await list.evaluate((one) => (one.getRootNode() as ShadowRoot).activeElement === one),
    ).toBe(true)

    expect(
      await count.evaluate((one: HTMLInputElement) => [one.min, one.max, one.step, one.value]),
    ).toEqual(['0', '30', '1', '30'])
    await count.fill('12')
    await count.blur()
    await page.getByText('typed 12', { exact: true }).waitFor()

    await page.getByRole('button', { name: 'More' }).click()
    await expect.poll(() => list.inputValue()).toBe('3')
    expect(await options()).toEqual(['None of it', 'Two', 'Three'])
    expect(await count.inputValue()).toBe('7')
    expect(await broken(page)).toEqual([])
    expect(faults).toEqual([])
    expect(await faultsOn(page)).toEqual([])
    await page.context().close()
  })

  test('texts with plurals, letters typed and read back, and the intent’s every end', async () => {
    const page = await (await newVisitor(browser, PHONE)).newPage()
    const faults = await faultsOf(
      page,
      [
        `const { i18n } = shopify
       const say = (text) => { add('s-text').textContent = text }
       const field = add('s-text-field'); field.label = 'Note'
       field.addEventListener('change', () => say('typed ' + field.value))
       const open = async (value) => (await (await shopify.intents.invoke({ action: 'open',
         type: 'shopify/SubscriptionContract', value, data: { field: 'paymentMethod' } })).complete).code
       const other = add('s-button'); other.textContent = 'Not mine'
       other.addEventListener('click', async () => say('ended: ' + (await open('gid://shopify/SubscriptionContract/1'))))
       for (const count of [1, 2]) say(i18n.translate('cards', { count }))
       say(i18n.formatCurrency(24.9, { currency: 'EUR' }))`,
      ],
      { cards: { one: '{{count}} card', other: '{{count}} cards' } },
    )
    for (const text of ['1 card', '2 cards', '€24.90'])
      await page.getByText(text, { exact: true }).waitFor()
    await page.getByLabel('Note').fill('soon')
    await page.getByLabel('Note').blur()
    await page.getByText('typed soon').waitFor()
    await page.getByRole('button', { name: 'Not mine' }).click()
    await page.getByText('ended: error').waitFor()
    expect(faults).toEqual([])
    expect(await faultsOn(page)).toEqual([])
    await page.context().close()
  })
})
