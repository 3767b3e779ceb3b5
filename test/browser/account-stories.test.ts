/**
 * What a shopper lives through on their account's page, in a real browser, over the whole app: each way to pay or not to
 * pay, everything that can go wrong on the way, and what the bank, the shopper and staff know afterwards. English, German
 * and Arabic, phones and desks are spread over the stories; each state is looked at in both widths.
 */
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { DESKTOP, newVisitor, openBrowser, PHONE, screenshot } from '../browser.ts'
import {
  BEAN_AND_BLOOM,
  BROWSER,
  card,
  caseOf,
  cleanOracle,
  ledger,
  on,
  press as pressStaff,
  reminders,
  startedShop,
  subscription,
} from '../factories.ts'
import type { Card, CardScript, NewContract } from '../sandbox-client.ts'
import { type Stack, startStack } from '../stack.ts'
import { faultsOn, look, pattern, words } from './account-page.ts'

let stack: Stack
let browser: Browser
const visitors: BrowserContext[] = []
beforeAll(async () => {
  ;[stack, browser] = await Promise.all([startStack(), openBrowser()])
})
afterAll(async () => {
  await browser?.close()
  await stack?.stop()
})
beforeEach(() => stack.reset())
afterEach(async () => {
  await Promise.all(visitors.splice(0).map((each) => each.close()))
})

const NO_MONEY = { type: 'code', code: 'INSUFFICIENT_FUNDS' } as const
/** The first retry, on the 13th, finds no money; from the 14th there is some. */
const MONEY_FROM_THE_14TH = { type: 'no_money_until', at: '2026-11-14T00:00:00+01:00' } as const

let shops = 0

/** A subscriber of a shop of their own: presses are counted for each shopper, and every world numbers them alike. */
async function subscriber(
  script: CardScript,
  locale: 'en' | 'de' | 'ar' = 'en',
  more: Partial<NewContract> = {},
) {
  shops += 1
  const domain = `account-${shops}.myshopify.com`
  const shop = await startedShop(stack, { ...BEAN_AND_BLOOM, domain })
  const customer = {
    firstName: 'Mara',
    lastName: 'Lindqvist',
    email: 'mara@example.com',
    locale,
    country: 'DE',
  }
  return { shop, ...(await subscription(stack, shop, script, { customer, ...more })) }
}

async function newPage(viewport: typeof PHONE): Promise<Page> {
  const visitor = await newVisitor(browser, viewport)
  visitor.setDefaultTimeout(15_000)
  visitors.push(visitor)
  return visitor.newPage()
}

const accountOf = (customerId: string) =>
  `${stack.sandbox.url}/account/${customerId.split('/').at(-1)}`

async function openPayments(customerId: string, viewport: typeof PHONE): Promise<Page> {
  const page = await newPage(viewport)
  await page.goto(`${accountOf(customerId)}/pages/recovery-page`)
  return page
}

/** The half minute that a shopper waits for a result is over. */
async function waited(page: Page): Promise<void> {
  await page.locator('#time').waitFor({ state: 'hidden' })
}

const press = (on: Page | Locator, text: string) =>
  on.getByRole('button', { name: text, exact: true })
const heading = (page: Page, text: string) => page.getByRole('status').getByText(pattern(text))
const toast = (page: Page, text: string) => page.locator('#toasts').getByText(text)

/** The words of what has the focus: of an element of Shopify's, whose inner button has it. */
const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent ?? '')

/** What staff read on the case's page, as HTML. */
async function timeline(shop: string, contractId: string): Promise<string> {
  const { id } = await caseOf(stack, contractId)
  const answer = await fetch(await stack.sandbox.launchUrl(shop, `/app/recoveries/${id}`), {
    headers: { 'user-agent': BROWSER, accept: 'text/html' },
  })
  return answer.text()
}

/** What the shopper did, as it stands on the timeline. */
async function deeds(contractId: string): Promise<string[]> {
  const { events } = await caseOf(stack, contractId)
  return events.filter(({ actor }) => actor === 'shopper').map(({ type }) => type)
}

test('from the mail it is two taps to Shopify’s dialog; each pressed twice, paid once, and staff read the same', async () => {
  const { shop, contractId, customerId } = await subscriber({ type: 'expired' }, 'de')
  await stack.sandbox.moveClock(on('11-12'))
  const inbox = await newPage(PHONE)
  await inbox.goto(`${stack.sandbox.url}/mailbox`)
  const list = inbox.getByRole('navigation', { name: 'Messages, newest first' })
  await list.getByRole('link').first().click()
  const say = words('recovery-page', 'de')

  const opened = inbox.waitForEvent('popup')
  const mail = inbox.frameLocator('#message iframe')
  await mail.getByRole('link', { name: /^Oder in Ihrem Konto bei/ }).click()
  const page = await opened
  await press(page, say('do.replace_intent')).waitFor()
  await look(page, 'failing-de')
  await press(page, say('do.replace_intent')).dblclick()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: /New card that works/ }).waitFor()
  expect(await dialog.count()).toBe(1)
  await look(page, 'dialog-de')

  await dialog.getByRole('button', { name: /New card that works/ }).dblclick()
  await toast(page, say('done.replaced')).waitFor()
  await heading(page, say('story.recovered')).waitFor()
  await page.getByText(pattern(say('story.next'), { day: '12. Dezember 2026' })).waitFor()
  await waited(page)
  await look(page, 'recovered-de')
  expect(await ledger(stack, contractId)).toEqual(['biller: EXPIRED_CARD', 'app: paid'])
  expect(await deeds(contractId)).toContain('shopper_method')
  expect(await timeline(shop, contractId)).toMatch(/Shopper/)

  await page.goto(`${accountOf(customerId)}/profile`)
  const block = page.locator('[data-target="customer-account.profile.block.render"]')
  await block.and(page.locator('[data-ready]')).waitFor({ state: 'attached' })
  await page.waitForLoadState('networkidle')
  expect(await block.innerText()).toBe('')
})

test('the dialog closed, broken, with a card that fails, with one whose bank asks: said each time, and paid once', async () => {
  const { contractId, customerId } = await subscriber({ type: 'expired' })
  await stack.sandbox.moveClock(on('11-12'))
  const page = await openPayments(customerId, DESKTOP)
  const say = words('recovery-page')
  const replace = press(page, say('do.replace_intent'))
  const inDialog = (name: string | RegExp) =>
    page.getByRole('dialog').getByRole('button', { name }).click()

  await replace.click()
  await inDialog('Close')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  expect(await page.getByRole('status').getByText(/./).count()).toBe(0)
  expect(await focused(page)).toBe(say('do.replace_intent'))

  await replace.click()
  await inDialog('Something goes wrong')
  await heading(page, say('problem.intent')).waitFor()
  await look(page, 'dialog-broken')
  expect(await focused(page)).toBe(say('do.replace_intent'))
  expect(await ledger(stack, contractId)).toEqual(['biller: EXPIRED_CARD'])

  await replace.click()
  await inDialog(/New card that fails/)
  await heading(page, say('story.pending')).waitFor()
  await look(page, 'pending')
  await heading(page, say('problem.declined')).waitFor()
  await waited(page)
  await look(page, 'declined')
  expect(await ledger(stack, contractId)).toEqual([
    'biller: EXPIRED_CARD',
    'app: INSUFFICIENT_FUNDS',
  ])

  await replace.click()
  await inDialog(/New card whose bank asks/)
  await heading(page, say('happened.auth')).waitFor()
  await waited(page)
  await look(page, 'confirm')
  await press(page, say('do.confirm')).click()
  await page.getByRole('button', { name: /approve/ }).click()
  await page.getByRole('heading', { name: 'Approved' }).waitFor()
  await page.goBack()
  await heading(page, say('story.recovered')).waitFor()
  expect(await ledger(stack, contractId)).toEqual([
    'biller: EXPIRED_CARD',
    'app: INSUFFICIENT_FUNDS',
    'app: paid',
  ])

  await press(page, say('feedback.send')).click()
  await page.getByText(say('feedback.choose')).waitFor()
  await look(page, 'feedback')
  await page.getByText(say('feedback.answer.unclear')).click()
  await page.getByLabel(say('feedback.note')).fill('The bank took its time.')
  await press(page, say('feedback.send')).click()
  await toast(page, say('done.feedback')).waitFor()
  await page.getByText(say('feedback.question')).waitFor({ state: 'detached' })
  expect(await caseOf(stack, contractId)).toMatchObject({
    status: 'recovered',
    feedback: 'unclear',
    feedbackNote: 'The bank took its time.',
  })
})

test('another day, twice at most, in the shopper’s own words for it; then the order is skipped and never charged', async () => {
  const { contractId, customerId } = await subscriber(NO_MONEY, 'ar')
  await stack.sandbox.moveClock(on('11-12'))
  const page = await openPayments(customerId, PHONE)
  const say = words('recovery-page', 'ar')
  await page.getByText(say('why.wait_a_day')).waitFor()
  expect(await page.locator('html').getAttribute('dir')).toBe('rtl')

  const day = page.getByLabel(say('choice.day.label'))
  const pick = async (date: string) => {
    await day.fill(date)
    await press(page, say('choice.day.do')).click()
  }
  await page.getByText(say('choice.day.title')).click()
  await pick('2026-12-31')
  await page.getByText(pattern(say('choice.day.wrong'))).waitFor()
  await look(page, 'day-wrong-ar')
  await pick('2026-11-24')
  await toast(page, say('done.day')).waitFor()
  await page.getByText(pattern(say('ahead.retry'), { day: '24 نوفمبر 2026' })).waitFor()
  await waited(page)
  await look(page, 'day-set-ar')
  await pick('2026-11-20')
  await page.getByText(say('why.moved_twice')).waitFor()
  expect(await day.count()).toBe(0)
  await waited(page)

  await page.getByText(say('choice.skip.title')).first().click()
  await look(page, 'skip-ar')
  await press(page, say('choice.skip.do')).click()
  await page.getByText(pattern(say('story.skipped'))).waitFor()
  await waited(page)
  await look(page, 'skipped-ar')
  // Where the button was, the keyboard goes on.
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.closest('.extension') !== null)).toBe(
    true,
  )
  await stack.sandbox.moveClock(on('11-25'))
  expect(await ledger(stack, contractId)).toEqual(['biller: INSUFFICIENT_FUNDS'])
  expect(await deeds(contractId)).toEqual(['shopper_day', 'shopper_day', 'shopper_skip'])
})

test('two failing subscriptions on one calm page: a new card for one, which then serves the other, each paid once', async () => {
  const first = await subscriber({ type: 'expired' }, 'de')
  const { shop, methodId, customerId } = first
  const second = await subscription(
    stack,
    shop,
    { type: 'expired' },
    { methodId, productTitle: 'Abendtee 250 g', price: '12.50' },
  )
  await stack.sandbox.moveClock(on('11-12'))
  const page = await openPayments(customerId, DESKTOP)
  const say = words('recovery-page', 'de')
  await page.getByText(pattern(say('page.waiting.other'), { count: '2' })).waitFor()
  await look(page, 'two-de')

  const roast = page.locator('s-section').filter({ hasText: 'Morning Roast 1 kg' })
  const tea = page.locator('s-section').filter({ hasText: 'Abendtee 250 g' })
  await press(roast, say('do.replace_intent')).click()
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /New card that works/ })
    .click()
  await roast.getByText(pattern(say('story.recovered'))).waitFor()
  await waited(page)
  expect(await tea.getByText(pattern(say('happened.card'))).count()).toBe(1)

  await tea.getByText(say('choice.method.title')).click()
  await look(page, 'other-method-de')
  await press(tea, say('choice.method.do')).click()
  await tea.getByText(pattern(say('story.recovered'))).waitFor()
  await waited(page)
  await look(page, 'both-recovered-de')
  for (const { contractId } of [first, second])
    expect(await ledger(stack, contractId)).toEqual(['biller: EXPIRED_CARD', 'app: paid'])
})

test('a case that closes while the page is open: the next press tells how things stand, and does nothing', async () => {
  const { contractId, customerId } = await subscriber(NO_MONEY)
  await stack.sandbox.moveClock(on('11-12'))
  const page = await openPayments(customerId, PHONE)
  const say = words('recovery-page')
  await page.getByText(say('choice.skip.title')).first().click()
  await stack.sandbox.changeCycle(contractId, 1, 'bill-elsewhere')

  await press(page, say('choice.skip.do')).click()
  await heading(page, say('problem.stale')).waitFor()
  await heading(page, say('story.settled')).waitFor()
  await look(page, 'closed-meanwhile')
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'paid_elsewhere' })
  expect(await ledger(stack, contractId)).not.toContain('app: paid')
})

test('less of one order: chosen, taken back, overtaken by the shop, chosen again; paid for less, and the next one is whole', async () => {
  const { shop, contractId, customerId } = await subscriber(
    { type: 'no_money_above', amount: '20.00' },
    'de',
    {
      price: '14.50',
      quantity: 2,
      also: [{ title: 'Papierfilter', price: '4.90', quantity: 1 }],
      // Early, so that the day of rest is over before the first retry is due.
      firstChargeAt: '2026-11-12T04:00:00Z',
    },
  )
  await stack.db.shop.update({ where: { shop }, data: { smallerOrders: true } })
  await stack.sandbox.moveClock(on('11-12'))
  const page = await openPayments(customerId, PHONE)
  const say = words('recovery-page', 'de')
  const less = page.getByText(say('choice.smaller.title'))
  const of = (title: string) => page.getByRole('combobox', { name: title })
  const make = press(page, say('choice.smaller.do'))
  const whole = press(page, say('choice.smaller.whole'))
  const chosen = page.getByText(
    say('story.smaller').replace('{{amount}}', '14,50 €').replace('{{whole}}', '33,90 €'),
  )

  await less.click()
  await look(page, 'smaller-open-de')
  await make.click()
  await page.getByText(say('choice.smaller.nothing_less')).waitFor()
  await look(page, 'smaller-nothing-less-de')
  await of('Morning Roast').selectOption('0')
  await of('Papierfilter').selectOption('0')
  await page.getByText(say('choice.smaller.none_left')).waitFor()
  await look(page, 'smaller-none-left-de')
  await of('Morning Roast').selectOption('1')
  await make.click()
  await toast(page, say('done.smaller')).waitFor()
  await chosen.waitFor()
  await look(page, 'smaller-chosen-de')
  expect(await timeline(shop, contractId)).toMatch(/Shopper takes less.*€14\.50 before tax/s)
  await whole.click()
  await toast(page, say('done.whole')).waitFor()
  await chosen.waitFor({ state: 'detached' })
  await look(page, 'smaller-whole-again-de')

  await of('Morning Roast').selectOption('1')
  await of('Papierfilter').selectOption('0')
  await stack.sandbox.editContract(contractId, { without: 'Papierfilter' })
  await make.click()
  await heading(page, say('problem.stale')).waitFor()
  await of('Papierfilter').waitFor({ state: 'detached' })
  expect(await chosen.count()).toBe(0)
  await look(page, 'smaller-overtaken-de')
  expect(await caseOf(stack, contractId)).toMatchObject({ smallerAmount: null })
  await of('Morning Roast').selectOption('1')
  await make.click()
  await chosen.waitFor()

  await stack.sandbox.moveClock(on('11-13', '08:00'))
  await page.reload()
  const pay = press(page, say('do.pay').replace('{{amount}}', '14,50 €'))
  await pay.waitFor()
  await look(page, 'smaller-pay-de')
  await pay.click()
  await heading(page, say('story.recovered')).waitFor()
  await waited(page)
  await look(page, 'smaller-recovered-de')
  const charged = async () => {
    const { charges } = await cleanOracle(stack, { contract: contractId })
    return charges.map(({ by, result, amount }) => `${by}: ${result} ${amount}`)
  }
  const paid = ['biller: INSUFFICIENT_FUNDS 33.90', 'app: paid 14.50']
  expect(await charged()).toEqual(paid)
  expect(await deeds(contractId)).toEqual([
    'shopper_smaller',
    'shopper_whole',
    'shopper_smaller',
    'shopper_pay',
  ])
  expect(await timeline(shop, contractId)).toMatch(/Shopper took less.*€14\.50 before tax/s)
  await stack.sandbox.moveClock(on('12-12', '09:30'))
  expect(await charged()).toEqual([...paid, 'biller: INSUFFICIENT_FUNDS 29.00'])
})

test('two tabs and a double click: one charge, and the second tab tells how things stand', async () => {
  const { contractId, customerId } = await subscriber(MONEY_FROM_THE_14TH)
  await stack.sandbox.moveClock(on('11-14', '18:00'))
  const say = words('recovery-page')
  const pay = say('do.pay').replace('{{amount}}', '€24.90')
  const page = await openPayments(customerId, PHONE)
  await press(page, pay).waitFor()
  const other = await page.context().newPage()
  await other.goto(page.url())
  await press(other, pay).waitFor()
  await look(other, 'pay')

  await press(page, pay).dblclick()
  await heading(page, say('story.recovered')).waitFor()
  await press(other, pay).click()
  await heading(other, say('problem.stale')).waitFor()
  await heading(other, say('story.recovered')).waitFor()
  await look(other, 'second-tab')
  expect(await ledger(stack, contractId)).toEqual([
    'biller: INSUFFICIENT_FUNDS',
    'app: INSUFFICIENT_FUNDS',
    'app: paid',
  ])
  expect(await deeds(contractId)).toEqual(['shopper_pay'])
})

test('the app is down: kind words, nothing lost; an answer that never came is asked for again and paid once', async () => {
  const { contractId, customerId } = await subscriber({ type: 'expired' }, 'de')
  await stack.sandbox.moveClock(on('11-12'))
  const page = await newPage(PHONE)
  const say = words('recovery-page', 'de')
  const app = `${stack.appUrl}/**`
  await page.route(app, (route) => route.abort())
  await page.goto(accountOf(customerId))
  const block = page.locator('[data-target="customer-account.order-index.block.render"]')
  await block.and(page.locator('[data-ready]')).waitFor({ state: 'attached' })
  await page.waitForLoadState('networkidle')
  expect(await block.innerText()).toBe('')

  await page.goto(`${accountOf(customerId)}/pages/recovery-page`)
  await heading(page, say('error.load')).waitFor()
  await look(page, 'down-de')
  await page.unroute(app)
  await press(page, say('error.again')).click()
  const replace = press(page, say('do.replace_intent'))
  await replace.waitFor()

  // The app does it, and its answer is lost.
  let told = 0
  await page.route(app, async (route) => {
    if (route.request().method() === 'POST') {
      await route.fetch()
      told += 1
    }
    await route.abort()
  })
  await replace.click()
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /New card that works/ })
    .click()
  await heading(page, say('problem.network')).waitFor()
  await look(page, 'lost-answer-de')
  expect(told).toBe(1)
  await page.unroute(app)
  await replace.click()
  await heading(page, say('story.recovered')).waitFor()
  expect(await page.getByRole('dialog').count()).toBe(0)
  expect(await ledger(stack, contractId)).toEqual(['biller: EXPIRED_CARD', 'app: paid'])
  expect(await faultsOn(page)).toEqual([])
})

/** How else a payment may stand, and what brings it there. Each has one way on, or says whose turn it is. */
const STANDING: Record<
  string,
  { script: CardScript; more?: Partial<Card>; then?: (made: Made) => Promise<void>; offers: RegExp }
> = {
  paypal: {
    script: { type: 'expired' },
    more: { instrument: 'paypal' },
    offers: /PayPal|secure link/,
  },
  'shop-pay': { script: { type: 'expired' }, more: { instrument: 'shop_pay' }, offers: /Shop Pay/ },
  'bank-debit': { script: NO_MONEY, more: { instrument: 'bank_account' }, offers: /./ },
  revoked: {
    script: NO_MONEY,
    then: ({ methodId }) => stack.sandbox.revokeMethod(methodId, 'MANUALLY_REVOKED'),
    offers: /Replace payment method/,
  },
  'paused-by-staff': {
    script: NO_MONEY,
    then: ({ contractId }) => stack.sandbox.changeContract(contractId, 'pause'),
    offers: /is paused/,
  },
  'held-by-staff': {
    script: NO_MONEY,
    then: async ({ shop, contractId }) =>
      pressStaff(stack, shop, (await caseOf(stack, contractId)).id, 'hold'),
    offers: /looking into/,
  },
  cancelled: {
    script: NO_MONEY,
    then: ({ contractId }) => stack.sandbox.changeContract(contractId, 'cancel'),
    offers: /./,
  },
}
type Made = Awaited<ReturnType<typeof subscriber>>

test('however else a payment may stand: told plainly, with one way on at most', async () => {
  const all: [string, (typeof STANDING)[string], Made][] = []
  for (const [name, standing] of Object.entries(STANDING)) {
    const { script, more } = standing
    all.push([name, standing, await subscriber(script, 'en', { card: card(script, more) })])
  }
  await stack.sandbox.moveClock(on('11-12'))
  for (const [, { then }, made] of all) await then?.(made)
  await stack.sandbox.moveClock({ by: 'PT10M' })
  for (const [name, { offers }, { customerId }] of all) {
    const page = await openPayments(customerId, PHONE)
    const about = page.locator('s-section').first()
    await about.getByText(offers).first().waitFor()
    await look(page, `standing-${name}`)
    expect(await about.locator('s-button[variant="primary"]').count()).toBeLessThanOrEqual(1)
    await page.context().close()
  }
})

describe('without logging in', () => {
  test('from the mail to the signed page, no script needed: pay now, it worked, and staff read who did it', async () => {
    const { shop, contractId } = await subscriber(MONEY_FROM_THE_14TH)
    await stack.sandbox.moveClock(on('11-14', '18:00'))
    const mail = (await reminders(stack)).at(-1)
    const link = /https?:\/\/\S+\/r\/\S+/.exec(mail?.text ?? '')?.[0] ?? 'no link'
    const shopper = await browser.newContext({ viewport: PHONE, javaScriptEnabled: false })
    visitors.push(shopper)
    const page = await shopper.newPage()
    await page.goto(link)
    await page.locator('summary', { hasText: 'Pay now' }).click()
    await page.getByRole('button', { name: 'Pay now' }).click()
    await page.getByRole('heading', { name: 'A payment is under way' }).waitFor()
    await screenshot(page, 'case-page-under-way-phone')
    await stack.sandbox.moveClock({ by: 'PT1M' })
    await page.goto(link)
    await page.getByRole('heading', { name: 'Thank you, it worked' }).waitFor()
    expect(await ledger(stack, contractId)).toEqual([
      'biller: INSUFFICIENT_FUNDS',
      'app: INSUFFICIENT_FUNDS',
      'app: paid',
    ])
    expect(await deeds(contractId)).toEqual(['shopper_pay'])
    expect(await timeline(shop, contractId)).toMatch(/Shopper/)
  })
})
