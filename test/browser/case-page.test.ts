/** The shopper's way in a real browser: from the mail to the page, to Shopify's secure page, and to "thank you". */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { languageFor } from '../../app/messages/default-templates/languages.ts'
import { PAGE_WORDS } from '../../app/shopper/page-words/say.ts'
import { DESKTOP, newVisitor, openBrowser, PHONE, screenshot } from '../browser.ts'
import {
  caseOf,
  cleanOracle,
  ledger,
  on,
  reminders,
  startedShop,
  subscription,
} from '../factories.ts'
import { type Stack, startStack } from '../stack.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const noMoney = { type: 'code', code: 'INSUFFICIENT_FUNDS' } as const

let stack: Stack
let browser: Browser
beforeAll(async () => {
  ;[stack, browser] = await Promise.all([startStack(), openBrowser()])
})
afterAll(async () => {
  await browser?.close()
  await stack?.stop()
})
beforeEach(() => stack.reset())

/** A visitor whose browser runs no script at all. */
function withoutScript(viewport = PHONE): Promise<BrowserContext> {
  return browser.newContext({ viewport, javaScriptEnabled: false })
}

async function linkInLastMail(): Promise<string> {
  const text = (await reminders(stack)).at(-1)?.text ?? ''
  return /https?:\/\/\S+\/r\/\S+/.exec(text)?.[0] ?? 'no link'
}

/** Rules that axe finds broken. It is handed in from outside, where the page's own rules do not reach. */
async function violationsIn(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const found = await page.evaluate(() =>
    (
      globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } }
    ).axe.run(),
  )
  return found.violations.map(({ id }) => id)
}

/** The page with all that can be unfolded. */
async function lookAtBothWidths(link: string, name: string): Promise<void> {
  const visitor = await browser.newContext({ viewport: PHONE, bypassCSP: true })
  const page = await visitor.newPage()
  await page.goto(link)
  for (const fold of await page.locator('summary').all()) await fold.click()
  for (const [width, viewport] of [
    ['phone', PHONE],
    ['desktop', DESKTOP],
  ] as const) {
    await page.setViewportSize(viewport)
    expect(await violationsIn(page), `${name} at ${width} width`).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width)
    await screenshot(page, `${name}-${width}`)
  }
  await visitor.close()
}

test('an expired card: mail, page, Shopify’s secure link, new card, thanks; no script needed on our side', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, { type: 'expired' })
  await stack.sandbox.moveClock(on('11-12'))
  const link = await linkInLastMail()

  const shopper = await withoutScript()
  const page = await shopper.newPage()
  const outside: string[] = []
  page.on('request', (request) => {
    if (!request.url().startsWith(stack.appUrl)) outside.push(request.url())
  })
  await page.goto(link)
  expect(await page.textContent('h1')).toBe(
    'Please update your payment method for Morning Roast 1 kg',
  )
  await screenshot(page, 'case-page-phone')
  await page.click('button[value=update]')
  expect(page.url()).toBe(link)
  expect(await page.textContent('[role=status]')).toContain('on its way')
  await screenshot(page, 'case-page-link-sent-phone')
  expect(outside).toEqual([])

  const secure = (await stack.sandbox.mailbox()).findLast((mail) => mail.from.includes('Shopify'))
  const atShopify = /https?:\/\/\S+/.exec(secure?.text ?? '')?.[0] ?? 'no link'
  const buyer = await newVisitor(browser, PHONE)
  const secureMail = await buyer.newPage()
  await secureMail.goto(atShopify)
  await secureMail.getByRole('button', { name: /works/ }).first().click()
  await secureMail.getByRole('heading', { name: 'Saved' }).waitFor()
  await stack.sandbox.moveClock({ by: 'PT10M' })

  await page.goto(link)
  expect(await page.textContent('h1')).toBe('Thank you, it worked')
  await screenshot(page, 'case-page-thanks-phone')
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'recovered' })
  await cleanOracle(stack)
  await Promise.all([shopper.close(), buyer.close()])
})

test('a bank’s challenge: the press leads through to the bank', async () => {
  const shop = await startedShop(stack)
  await subscription(stack, shop, { type: 'challenge', then: 'OK' })
  await stack.sandbox.moveClock(on('11-12'))
  const shopper = await newVisitor(browser, DESKTOP)
  const page = await shopper.newPage()
  await page.goto(await linkInLastMail())
  await screenshot(page, 'case-page-challenge-desktop')
  await page.getByRole('button', { name: 'Confirm with your bank' }).click()
  await page.waitForURL((url) => url.origin === new URL(stack.sandbox.url).origin)
  await shopper.close()
})

test('less of one order, no script needed: chosen from lists, told in the next mail, taken back, and chosen again', async () => {
  const shop = await startedShop(stack)
  await stack.db.shop.update({ where: { shop }, data: { smallerOrders: true } })
  const { contractId } = await subscription(
    stack,
    shop,
    { type: 'no_money_above', amount: '20.00' },
    {
      price: '14.50',
      quantity: 3,
      pictureUrl: 'https://cdn.shopify.com/s/files/1/roast.jpg',
      also: [{ title: 'Paper filters', price: '4.90', quantity: 1 }],
    },
  )
  await stack.sandbox.moveClock(on('11-14', '18:00'))
  const link = await linkInLastMail()
  const shopper = await withoutScript()
  const page = await shopper.newPage()
  await page.goto(link)

  const lists = page.locator('summary', { hasText: 'Take less this time' })
  const roast = page.getByLabel('Morning Roast 1 kg, €14.50 each')
  const filters = page.getByLabel('Paper filters, €4.90 each')
  const shown = async () => [await roast.inputValue(), await filters.inputValue()]
  const take = async (bags: string, packs: string) => {
    await roast.selectOption(bags)
    await filters.selectOption(packs)
    await page.getByRole('button', { name: 'Make this order smaller' }).click()
  }
  const chosen = page.getByText('You chose a smaller order')
  await lists.click()
  expect(await shown()).toEqual(['3', '1'])
  await take('0', '0')
  await page.getByRole('alert').filter({ hasText: 'Nothing was changed' }).waitFor()
  await lists.click()
  await take('2', '0')
  await page.getByText('You chose a smaller order: €29.00 instead of €48.40.').waitFor()
  expect(await page.textContent('dl')).toContain('€29.00')
  await lists.click()
  expect(await shown()).toEqual(['2', '0'])
  await lookAtBothWidths(link, 'case-page-smaller')

  await stack.sandbox.moveClock(on('11-16', '18:00'))
  const mails = (await reminders(stack)).slice(-2)
  expect(mails.map(({ text }) => /^Amount: .*$/m.exec(text)?.[0])).toEqual([
    'Amount: €48.40',
    'Amount: €29.00',
  ])
  expect(mails.map(({ html }) => /\d × Morning Roast/.exec(html)?.[0])).toEqual([
    '3 × Morning Roast',
    '2 × Morning Roast',
  ])
  await page.goto(link)
  await page.locator('summary', { hasText: 'Take the whole order again' }).click()
  await page.getByRole('button', { name: 'Take the whole order again' }).click()
  await chosen.waitFor({ state: 'detached' })
  expect(await caseOf(stack, contractId)).toMatchObject({ smallerAmount: null })
  await lookAtBothWidths(link, 'case-page-whole-again')

  await lists.click()
  await take('1', '0')
  await chosen.waitFor()
  await page.locator('summary', { hasText: 'Pay now' }).click()
  await page.getByRole('button', { name: 'Pay now' }).click()
  await page.getByRole('heading', { name: 'A payment is under way' }).waitFor()
  await screenshot(page, 'case-page-smaller-under-way-phone')
  await stack.sandbox.moveClock({ by: 'PT1M' })
  await page.goto(link)
  await page.getByRole('heading', { name: 'Thank you, it worked' }).waitFor()
  await screenshot(page, 'case-page-smaller-thanks-phone')
  const { charges } = await cleanOracle(stack, { contract: contractId })
  expect(charges.map(({ result, amount }) => `${result} ${amount}`)).toEqual([
    'INSUFFICIENT_FUNDS 48.40',
    'INSUFFICIENT_FUNDS 48.40',
    'INSUFFICIENT_FUNDS 29.00',
    'paid 14.50',
  ])
  await shopper.close()
})

describe.each([
  ['de', PHONE, 'ltr'],
  ['ar', DESKTOP, 'rtl'],
] as const)('in %s, without a script', (locale, viewport, dir) => {
  const words = PAGE_WORDS[locale]
  const customer = {
    firstName: 'Mara',
    lastName: 'Lindqvist',
    email: 'mara@example.com',
    locale,
    country: 'DE',
  }

  /** The page that the last mail leads to, and how its reader chooses on it. */
  async function reader() {
    const link = await linkInLastMail()
    const page = await (await withoutScript(viewport)).newPage()
    await page.goto(link)
    expect(await page.locator('html').getAttribute('dir')).toBe(dir)
    return {
      page,
      link,
      /** One of the other ways: unfolded, and its button pressed. */
      choose: async (way: string, button: string | RegExp) => {
        const fold = page.locator('details').filter({ has: page.getByText(way, { exact: true }) })
        await fold.locator('summary').click()
        await fold.getByRole('button', { name: button }).first().click()
      },
      isTitled: async (title: 'pausedHeld' | 'skipped' | 'recovered') => {
        await page.getByRole('heading', { level: 1, name: words[title] }).waitFor()
        await lookAtBothWidths(link, `case-page-${locale}-${title}`)
      },
    }
  }

  test('another day, paused, resumed, skipped: each said on the page, and nothing is charged', async () => {
    const shop = await startedShop(stack)
    const { contractId } = await subscription(stack, shop, noMoney, { customer })
    await stack.sandbox.moveClock(on('11-14', '18:00'))
    const { page, choose, isTitled } = await reader()

    await choose(words.day, /24/)
    await page.locator('dl, p').filter({ hasText: /24/ }).first().waitFor()
    await choose(words.pause, words.pause)
    await isTitled('pausedHeld')
    await page.getByRole('button', { name: words.resume }).click()
    await page
      .getByRole('heading', { level: 1, name: words.pausedHeld })
      .waitFor({ state: 'detached' })
    expect(await caseOf(stack, contractId)).toMatchObject({ status: 'retrying', dayMoves: 1 })

    await choose(words.skip, words.skip)
    await isTitled('skipped')
    await stack.sandbox.moveClock(on('11-26'))
    expect(await ledger(stack, contractId)).toEqual([
      'biller: INSUFFICIENT_FUNDS',
      'app: INSUFFICIENT_FUNDS',
    ])
    await page.context().close()
  })

  test('a bank that asks, then thanks, and one question answered', async () => {
    const shop = await startedShop(stack)
    const { contractId } = await subscription(
      stack,
      shop,
      { type: 'challenge', then: 'OK' },
      { customer },
    )
    await stack.sandbox.moveClock(on('11-12'))
    const { page, link, isTitled } = await reader()
    await lookAtBothWidths(link, `case-page-${locale}-challenge`)
    await page.getByRole('button', { name: words.confirm }).click()
    await page.waitForURL((url) => url.origin === new URL(stack.sandbox.url).origin)
    // The bank is a stand-in that needs a script.
    const bank = await (await newVisitor(browser, viewport)).newPage()
    await bank.goto(page.url())
    await bank.getByRole('button', { name: /approve/ }).click()
    await bank.getByRole('heading', { name: 'Approved' }).waitFor()
    await stack.sandbox.moveClock({ by: 'PT1M' })

    await page.goto(link)
    await isTitled('recovered')
    await page.getByRole('button', { name: languageFor(locale).feedback.answers.easy }).click()
    await page.getByRole('button').first().waitFor({ state: 'detached' })
    await lookAtBothWidths(link, `case-page-${locale}-answered`)
    expect(await caseOf(stack, contractId)).toMatchObject({ status: 'recovered', feedback: 'easy' })
    await cleanOracle(stack)
    await Promise.all([page.context().close(), bank.context().close()])
  })
})

test('"not you": stops with the keyboard alone', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, { type: 'expired' })
  await stack.sandbox.moveClock(on('11-12'))
  const shopper = await newVisitor(browser, DESKTOP)
  const page = await shopper.newPage()
  await page.goto(await linkInLastMail())
  await page.getByText('Already cancelled, or not you?').focus()
  await page.keyboard.press('Enter')
  await screenshot(page, 'case-page-stop-desktop')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'We have stopped' }).waitFor()
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'held', reason: 'shopper_stop' })
  await shopper.close()
})

test('page and mail are accessible, in light and dark, at phone and desktop width', async () => {
  const shop = await startedShop(stack)
  await subscription(stack, shop, { type: 'expired' })
  await stack.sandbox.moveClock(on('11-12'))
  const link = await linkInLastMail()
  const mail = (await reminders(stack)).at(-1)
  for (const [size, viewport] of [
    ['desktop', DESKTOP],
    ['phone', PHONE],
  ] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const visitor = await browser.newContext({ viewport, colorScheme, bypassCSP: true })
      const page = await visitor.newPage()
      await page.goto(link)
      expect(await violationsIn(page)).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width)
      await screenshot(page, `case-page-${size}-${colorScheme}`)

      const letter = await visitor.newPage()
      await letter.setContent(mail?.html ?? '')
      // A mail has no landmarks: its readers bring their own frame.
      const forPages = new Set(['landmark-one-main', 'region'])
      expect((await violationsIn(letter)).filter((id) => !forPages.has(id))).toEqual([])
      expect(await letter.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width)
      await screenshot(letter, `mail-${size}-${colorScheme}`)
      await visitor.close()
    }
  }
})
