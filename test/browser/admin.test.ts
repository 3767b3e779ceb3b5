/** The merchant's screens in a real browser, inside the stand-in admin's frame: first run, one recovery, the forms. */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, Frame, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { DESKTOP, newVisitor, openBrowser, PHONE, screenshot } from '../browser.ts'
import { BEAN_AND_BLOOM, caseOf, cleanOracle, on, startedShop, subscription } from '../factories.ts'
import { type Stack, startStack } from '../stack.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

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

type Staff = { page: Page; app: Frame }

/** Opens a page of the app as the admin does, and waits until its buttons work. */
async function openInAdmin(path = '/app', viewport = DESKTOP): Promise<Staff> {
  const context = await newVisitor(browser, viewport)
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  return { page, app: await goTo(page, path) }
}

async function goTo(page: Page, path: string): Promise<Frame> {
  await page.goto(`${stack.sandbox.url}/store/bean-and-bloom/apps/reprise${path}`)
  const app = await (await page.waitForSelector('iframe#app')).contentFrame()
  if (!app) throw new Error('The admin has no frame for the app.')
  await app.waitForFunction(() => document.documentElement.dataset.hydrated === 'true')
  return app
}

/** A phone and a desk alike: nothing reaches past the edge. */
async function expectNoSidewaysScroll(app: Frame): Promise<void> {
  const beyond = await app.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect(beyond).toBeLessThanOrEqual(0)
}

/** What every screen owes everybody: no rule of axe broken at AA, and no sideways scrolling. */
async function expectUsable(app: Frame): Promise<void> {
  await expectNoSidewaysScroll(app)
  await app.evaluate(axe)
  const broken = await app.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(on: Document, options: object): Promise<{ violations: { id: string }[] }>
      }
    }
    const { violations } = await axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'],
    })
    return violations.map(({ id }) => id)
  })
  expect(broken).toEqual([])
}

async function contract(script: Parameters<typeof subscription>[2]): Promise<string> {
  const { contractId } = await subscription(stack, BEAN_AND_BLOOM.domain, script)
  return contractId
}

test('first run: nothing moves before "Start recovering", and each missing answer is named', async () => {
  await stack.sandbox.createShop(BEAN_AND_BLOOM)
  const contractId = await contract({ type: 'code', code: 'INSUFFICIENT_FUNDS' })
  const { page, app } = await openInAdmin()
  await app.getByRole('heading', { name: 'Set up Reprise' }).waitFor()
  await expectUsable(app)
  await screenshot(page, 'welcome-desktop')

  const start = app.getByRole('button', { name: 'Start recovering' })
  expect(await start.isDisabled()).toBe(true)
  await app.getByText('Say first whether other failure notices are turned off.').waitFor()
  await app.getByText('Yes, they are turned off').click()

  const sender = app.getByRole('button', { name: 'Save sender' })
  await app.getByLabel('Reply-to address').fill('not an address')
  await sender.click()
  await app.getByText(/Enter an e-mail address that a person reads/).waitFor()
  await app.getByLabel('Reply-to address').fill('help@beanandbloom.example')
  await sender.click()
  await app.getByText('None was sent so far.').waitFor()

  // A failure before the start is received, and left alone.
  await stack.sandbox.moveClock(on('11-12'))
  expect(await stack.db.recoveryCase.count()).toBe(0)

  await app.getByRole('button', { name: 'Send a test mail' }).click()
  await app.getByText(/Last sent/).waitFor()
  const mails = await stack.sandbox.mailbox()
  expect(mails.map(({ to }) => to)).toEqual([BEAN_AND_BLOOM.email])

  await start.click()
  await app.getByRole('heading', { name: 'At risk now' }).waitFor()
  const shop = await stack.db.shop.findUniqueOrThrow({ where: { shop: BEAN_AND_BLOOM.domain } })
  expect(shop.recoveryStartedAt).not.toBeNull()
  const trail = await stack.db.auditEntry.findMany({ where: { shop: shop.shop } })
  expect(trail.map(({ action }) => action)).toEqual(
    expect.arrayContaining(['other_notices.off', 'settings.saved', 'recovery.started']),
  )
  expect((await cleanOracle(stack, { contract: contractId })).charges).toHaveLength(1)
})

test('without a subscription of our own, the page says so and offers nothing to start', async () => {
  await stack.sandbox.createShop(BEAN_AND_BLOOM)
  const { page, app } = await openInAdmin()
  await app.getByText(/cannot recover payments in this shop/).waitFor()
  expect(await app.getByRole('button', { name: 'Start recovering' }).count()).toBe(0)
  await app.getByRole('button', { name: 'Check again' }).click()
  await app.getByText('Shopify still shows this app no subscription of this shop.').waitFor()
  await screenshot(page, 'welcome-not-allowed')
})

test('a failed renewal shows with its next step, the clock moves, and it shows as recovered', async () => {
  const domain = await startedShop(stack)
  const { contractId } = await subscription(stack, domain, {
    type: 'no_money_until',
    at: '2026-11-15T00:00:00+01:00',
  })
  await stack.sandbox.moveClock(on('11-12'))
  const { page, app } = await openInAdmin('/app')
  await app.getByText('€24.90').first().waitFor()
  await expectUsable(app)
  await screenshot(page, 'home-desktop')

  await app.getByRole('link', { name: 'Mara Lindqvist' }).click()
  await app.getByRole('heading', { name: /^Next charge on Fri, Nov 13/ }).waitFor()
  await app.getByText('7 of 8 attempts left on this cycle').waitFor()
  const retry = app.getByRole('button', { name: /^Retry now: not possible/ })
  expect(await retry.isDisabled()).toBe(true)
  await app
    .getByText(/24 hours between attempts/)
    .first()
    .waitFor()
  await expectUsable(app)
  await screenshot(page, 'recovery-open-desktop')

  await stack.sandbox.moveClock(on('11-15'))
  const { id } = await caseOf(stack, contractId)
  const later = await goTo(page, `/app/recoveries/${id}`)
  await later.getByRole('heading', { name: /^Recovered on Sun, Nov 15/ }).waitFor()
  await later.getByText('None: this case has ended.').waitFor()
  await screenshot(page, 'recovery-recovered-desktop')
  await cleanOracle(stack, { contract: contractId })

  const home = await goTo(page, '/app')
  await home.getByText('1 of 1 case in EUR, 0 still open; 100% by value').waitFor()
})

test('the store-wide brake stands on Home with what was seen; its release asks first (S13)', async () => {
  const domain = await startedShop(stack)
  await stack.sandbox.processor(domain, 'TEST_MODE')
  for (const email of ['a@example.com', 'b@example.com', 'c@example.com']) {
    const customer = { firstName: 'Mara', lastName: 'L', email, locale: 'en', country: 'DE' }
    await subscription(stack, domain, { type: 'ok' }, { customer })
  }
  await stack.sandbox.moveClock(on('11-12'))
  const { page, app } = await openInAdmin('/app')
  await app.getByText('Payments fail for everyone: recovery is held back').waitFor()
  await app
    .getByText(/unlike cards were answered with TEST_MODE/)
    .first()
    .waitFor()
  await expectUsable(app)
  await screenshot(page, 'home-brake-desktop')
  await app.getByRole('button', { name: /^Release/ }).click()
  await app.getByText('Go on with all recoveries?').waitFor()
  expect(await stack.db.brake.count({ where: { releasedAt: null } })).toBe(1)
  await screenshot(page, 'home-brake-release-desktop')
  await app.getByRole('dialog').getByRole('button', { name: 'Release' }).click()
  await app
    .getByText('Payments fail for everyone: recovery is held back')
    .waitFor({ state: 'hidden' })
  expect(await stack.db.brake.count({ where: { releasedAt: null } })).toBe(0)
})

test('staff take back the link of a forwarded notice, once they were asked', async () => {
  const domain = await startedShop(stack)
  const { contractId } = await subscription(stack, domain, { type: 'expired' })
  await stack.sandbox.moveClock(on('11-12'))
  const { id } = await caseOf(stack, contractId)
  const { page, app } = await openInAdmin(`/app/recoveries/${id}`, PHONE)
  await app.getByRole('button', { name: 'Withdraw the link in these notices' }).click()
  await app.getByText('Withdraw the link?').waitFor()
  expect((await caseOf(stack, contractId)).linkTurn).toBe(0)
  await expectUsable(app)
  await screenshot(page, 'withdraw-asked-phone')
  await app.getByRole('dialog').getByRole('button', { name: 'Withdraw the link' }).click()
  await app
    .getByText(/it opens nothing any more/)
    .first()
    .waitFor()
  expect((await caseOf(stack, contractId)).linkTurn).toBe(1)
  await screenshot(page, 'withdrawn-phone')
})

test('staff hold and release a case; closing asks first', async () => {
  const domain = await startedShop(stack)
  const { contractId } = await subscription(stack, domain, {
    type: 'code',
    code: 'INSUFFICIENT_FUNDS',
  })
  await stack.sandbox.moveClock(on('11-12'))
  const { id } = await caseOf(stack, contractId)
  const { app } = await openInAdmin(`/app/recoveries/${id}`)

  await app.getByRole('button', { name: 'Put on hold' }).click()
  await app.getByRole('heading', { name: 'On hold: your staff stopped it' }).waitFor()
  await app.getByRole('button', { name: 'Release', exact: true }).click()
  await app.getByRole('heading', { name: /^Next charge on/ }).waitFor()

  await app.getByRole('button', { name: 'Close case' }).click()
  await app.getByText('Close this case?').waitFor()
  expect((await caseOf(stack, contractId)).closedAt).toBeNull()
  await app.getByRole('dialog').getByRole('button', { name: 'Close case' }).click()
  await app.getByText('Closed', { exact: false }).first().waitFor()
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'written_off' })
})

test('tasks: a call stands on top with script and hours; staff take it, note, and say how it went', async () => {
  const domain = await startedShop(stack)
  const { contractId } = await subscription(stack, domain, { type: 'expired' })
  await stack.sandbox.moveClock(on('11-12'))
  const { id: caseId } = await caseOf(stack, contractId)
  const [call, other] = [randomUUID(), randomUUID()]
  const rows = [
    { id: other, title: 'A webhook is dead', body: 'It can be tried again.' },
    { id: call, caseId, title: 'Call this shopper', body: 'Two notices went unread.', phone: true },
  ]
  for (const row of rows)
    await stack.db.staffTask.create({
      data: {
        ...row,
        shop: domain,
        kind: 'test',
        subject: row.id,
        createdAt: await stack.sandbox.now(),
        script: row.phone ? 'Good morning, this is Bean & Bloom.\nYour card has expired.' : null,
      },
    })
  const { page, app } = await openInAdmin('/app/tasks')
  const listed = app.getByRole('list', { name: /^Open tasks/ }).getByRole('link')
  expect(await listed.first().textContent()).toContain('Call this shopper')
  await expectUsable(app)
  await screenshot(page, 'tasks-desktop')

  // By keyboard, as staff who do many a day would.
  await listed.first().focus()
  await page.keyboard.press('Enter')
  await app.getByText('Good morning, this is Bean & Bloom.').waitFor()
  await app.getByText(/ood time to call/).waitFor()
  await app.getByText(/Shopify gives no phone number/).waitFor()
  await expectUsable(app)
  await screenshot(page, 'task-call-desktop')
  await app.getByRole('button', { name: 'Assign to me' }).click()
  await app.getByText('Taken by you.').waitFor()
  await app.getByLabel('Note for your staff').fill('Asked to call again on Friday')
  await app.getByRole('button', { name: 'Save note' }).click()
  await app.getByLabel('How did it go?').selectOption('not_reached')
  await app.getByRole('button', { name: 'Mark as done' }).click()
  await app.getByRole('button', { name: 'Open again' }).waitFor()
  expect(await stack.db.staffTask.findUniqueOrThrow({ where: { id: call } })).toMatchObject({
    outcome: 'not_reached',
    note: 'Asked to call again on Friday',
  })

  const waits = await goTo(page, `/app/tasks/${other}`)
  await waits.getByRole('button', { name: 'Snooze', exact: true }).click()
  await waits.getByRole('button', { name: 'Bring it back now' }).waitFor()
  const empty = await goTo(page, '/app/tasks')
  await empty.getByRole('link', { name: 'Snoozed (1)' }).click()
  await empty.getByText(/Comes back on/).waitFor()
  await empty.getByRole('link', { name: 'Done' }).click()
  await empty.getByText(/Called: not reached/).waitFor()
})

test('settings: the save bar comes with the first change, errors stand beside their field', async () => {
  await startedShop(stack)
  const { page, app } = await openInAdmin('/app/settings')
  const bar = page.locator('#save-bar')
  expect(await bar.isVisible()).toBe(false)
  await expectUsable(app)

  const replyTo = app.getByLabel('Reply-to address')
  await replyTo.fill('nobody')
  await bar.waitFor({ state: 'visible' })
  await bar.getByRole('button', { name: 'Save' }).click()
  await app.getByText(/Enter an e-mail address that a person reads/).waitFor()

  // Leaving asks first; staying keeps what was typed.
  await page.getByRole('link', { name: 'Sequences' }).click()
  await page.getByRole('button', { name: 'Stay' }).click()
  expect(await replyTo.inputValue()).toBe('nobody')

  await replyTo.fill('care@beanandbloom.example')
  await app.getByLabel('Shoppers may take less of one order').selectOption('on')
  await bar.getByRole('button', { name: 'Save' }).click()
  await bar.waitFor({ state: 'hidden' })
  await page.getByText('Settings saved').waitFor()
  const saved = await stack.db.shop.findUniqueOrThrow({ where: { shop: BEAN_AND_BLOOM.domain } })
  expect(saved).toMatchObject({ replyTo: 'care@beanandbloom.example', smallerOrders: true })
  const trail = await stack.db.auditEntry.findMany({ where: { action: { contains: 'smaller' } } })
  expect(trail).toMatchObject([
    { action: 'smaller_orders.on', actor: expect.stringMatching(/^staff:/) },
  ])
  await screenshot(page, 'settings-desktop')

  const sending = await goTo(page, '/app/settings/sending')
  await sending.getByLabel('Domain', { exact: true }).fill('gmail.com')
  await sending.getByRole('button', { name: 'Show the DNS entries' }).click()
  await sending.getByText(/belongs to a mail provider/).waitFor()
  await sending.getByLabel('Domain', { exact: true }).fill('notices.beanandbloom.example')
  await sending.getByRole('button', { name: 'Show the DNS entries' }).click()
  await sending.getByText('Waiting for its DNS entries').waitFor()
  await sending.getByRole('button', { name: 'Check now' }).click()
  await sending.getByText('Not found').first().waitFor()
  await expectUsable(sending)
  await screenshot(page, 'sending-desktop')
  await sending.getByRole('button', { name: 'Check now' }).click()
  await sending.getByText('In use').waitFor()
  const again = await goTo(page, '/app/settings')

  await again.getByRole('button', { name: 'Stop all charges and notices' }).click()
  await again.getByRole('heading', { name: 'Stopped: nothing is charged or sent' }).waitFor()
  const home = await goTo(page, '/app')
  await home.getByText('Everything is stopped').waitFor()
})

test('a sequence: a step is added, moved by keyboard, mended, undone, saved and published', async () => {
  const domain = await startedShop(stack)
  const { contractId } = await subscription(stack, domain, { type: 'expired' })
  await stack.sandbox.moveClock(on('11-12'))
  const { id } = await stack.db.sequence.findFirstOrThrow({ where: { shop: domain } })
  const { page, app } = await openInAdmin(`/app/sequences/${id}`)
  const story = app.getByRole('list', { name: 'What will happen, step by step' })
  const publish = app.getByRole('button', { name: /^Publish/ })
  await app.getByRole('button', { name: 'Publish: not possible. Nothing has changed' }).waitFor()
  await story.getByText('The first charge fails').waitFor()
  await expectUsable(app)
  await screenshot(page, 'sequence-desktop')

  await app.getByRole('tab', { name: 'Payment details' }).click()
  await app.getByRole('button', { name: 'Add step' }).click()
  await app.getByRole('menuitem', { name: /^E-mail/ }).click()
  const mark = app.getByRole('slider', { name: 'E5, E-mail: ways to wait, skip or pay' })
  expect(await mark.getAttribute('aria-valuetext')).toBe('Day 10')
  const line = story.locator('li', { hasText: 'E5 · The shopper may skip' })
  await line.getByText('Mon, Nov 23').waitFor()
  await mark.press('ArrowRight')
  await app.getByText('E5 (e-mail) moved to day 11').waitFor()
  await line.getByText('Tue, Nov 24').waitFor()
  await app.getByLabel('If it was missed by more than a day').waitFor()
  await expectUsable(app)
  await screenshot(page, 'sequence-step-desktop')

  // It cannot be right where nothing is sent any more: said beside it, with the way to mend it.
  await mark.press('End')
  await app.getByText('One thing keeps this plan from being published').waitFor()
  expect(await publish.isDisabled()).toBe(true)
  await app
    .getByText(/This message would never happen:.* Move it to an earlier day/)
    .first()
    .waitFor()
  await screenshot(page, 'sequence-guard-rail-desktop')
  await app.getByLabel('Day', { exact: true }).fill('9')
  await app.getByText('One thing keeps this plan').waitFor({ state: 'hidden' })
  await line.getByText('Sun, Nov 22').waitFor()
  await app.getByRole('button', { name: 'Undo' }).click()
  await app.getByText('One thing keeps this plan').waitFor()
  await app.getByRole('button', { name: 'Redo' }).click()
  await line.getByText('Sun, Nov 22').waitFor()

  // The shopper of a real case, by what failed and when; nothing names them.
  await app
    .getByLabel('Shopper', { exact: true })
    .selectOption({ label: 'Nov 12: payment details, monthly, card, Berlin time' })
  await line.getByText('Sat, Nov 21').waitFor()

  const bar = page.locator('#save-bar')
  await bar.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Draft saved').waitFor()
  await bar.waitFor({ state: 'hidden' })
  expect(await stack.db.sequenceVersion.count({ where: { sequenceId: id } })).toBe(1)

  await page.setViewportSize(PHONE)
  const again = await goTo(page, `/app/sequences/${id}`)
  await again.getByText(/You are looking at a draft, saved/).waitFor()
  await again.getByRole('button', { name: 'Publish', exact: true }).click()
  await again.getByLabel('What changed, and why').fill('One more chance to wait')
  await again.getByText('Move those that still wait (1)').waitFor()
  await screenshot(page, 'sequence-publish-phone')
  await again.getByRole('dialog').getByRole('button', { name: 'Publish' }).click()
  await page.getByText('Version 2 published').waitFor()
  await again.getByText(/Version 2 is in force .“One more chance to wait”/).waitFor()
  await expectUsable(again)
  await screenshot(page, 'sequence-phone')

  const { sequenceVersionId } = await caseOf(stack, contractId)
  const kept = await stack.db.sequenceVersion.findUniqueOrThrow({
    where: { id: sequenceVersionId },
  })
  expect(kept.number).toBe(1)
})

test('words of one’s own: what is wrong is named, the preview follows, and they are mailed as they were shown', async () => {
  await startedShop(stack)
  const { page, app } = await openInAdmin('/app/messages')
  await app.getByText('None so far: every message has our words.', { exact: false }).waitFor()
  await expectUsable(app)
  await screenshot(page, 'messages-desktop')
  await app.getByRole('link', { name: 'First notice: E-mail' }).click()

  const mail = app.frameLocator('iframe[title^="The e-mail"]')
  await mail.getByRole('heading', { level: 1 }).waitFor()
  const subject = app.getByLabel('Subject', { exact: true })
  await subject.fill('A word about {{ produkt }}')
  await app.getByText('{{ produkt }} does not exist. Did you mean {{ product }}?').waitFor()

  // Through the menu, where the cursor is, by keyboard.
  await subject.fill('A word about ')
  await subject.press('End')
  await app.getByRole('button', { name: 'Insert a variable into: Subject' }).press('Enter')
  await app.getByPlaceholder('Search variables').fill('product')
  await app.getByRole('menuitem', { name: /^product / }).press('Enter')
  expect(await subject.inputValue()).toBe('A word about {{ product }}')
  await app.getByText('A word about Morning Roast').waitFor()

  const text = app.getByLabel('Text', { exact: true })
  await text.fill('FINAL WARNING: pay now or lose everything!!!')
  await app.getByText('Sounds like a threat:').waitFor()
  await app.getByText('Sounds like shouting:').first().waitFor()
  await mail.locator('p', { hasText: 'FINAL WARNING' }).waitFor()
  await text.fill('{{ happened }}\n\n<b>Kind</b> regards, {{ shop_name }}')
  await mail.locator('p', { hasText: '<b>Kind</b> regards, Bean & Bloom' }).waitFor()
  await app.getByText('HTML is shown as it is written here.', { exact: false }).waitFor()

  // A block moves by keyboard and keeps the focus; undo brings it back.
  const down = app.getByRole('button', { name: 'Move down: Heading, 1 of 6' })
  await down.focus()
  await page.keyboard.press('Enter')
  await app.getByText('Heading is now 2 of 6.').waitFor()
  const focused = () => app.evaluate(() => document.activeElement?.getAttribute('aria-label'))
  expect(await focused()).toBe('Move down: Heading, 2 of 6')
  // By hand, too; and undo brings both back.
  const dataTransfer = await app.evaluateHandle(() => new DataTransfer())
  await app.locator('.block-handle').nth(3).dispatchEvent('dragstart', { dataTransfer })
  for (const event of ['dragover', 'drop'])
    await app.locator('.block-row').nth(0).dispatchEvent(event, { dataTransfer })
  await app.getByRole('button', { name: 'Move down: Order, 1 of 6' }).waitFor()
  for (let i = 0; i < 2; i++) await app.getByRole('button', { name: 'Undo' }).click()
  await down.waitFor()

  await app.getByRole('button', { name: 'Dark' }).click()
  const ground = () =>
    mail.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor)
  await expect.poll(ground).toBe('rgb(22, 26, 25)')
  await screenshot(page, 'message-dark-desktop')
  await app.getByRole('button', { name: 'Plain text' }).click()
  await app.locator('.preview-plain').getByText('<b>Kind</b> regards').waitFor()
  await expectUsable(app)

  const bar = page.locator('#save-bar')
  await bar.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Words saved').waitFor()
  await app.getByText('Your words', { exact: true }).waitFor()
  await bar.waitFor({ state: 'hidden' })
  await app.getByRole('button', { name: 'Send a test to me' }).click()
  await app.getByText('Sent to ada@bean-and-bloom.example.').waitFor()
  const [test] = await stack.sandbox.mailbox()
  expect([test?.to, test?.subject]).toEqual([
    'ada@bean-and-bloom.example',
    '[Test] A word about Morning Roast',
  ])
  // What is mailed is what was shown; a test's link alone leads nowhere.
  const shown = await app.locator('.preview-plain').textContent()
  const links = /https?:\S+/g
  expect(test?.text.replace(links, '')).toBe(shown?.replace(links, ''))
  const trail = await stack.db.auditEntry.findMany({
    where: { action: { startsWith: 'template' } },
  })
  expect(trail.map(({ action, target }) => `${action} ${target}`).sort()).toEqual([
    'template.saved email/first/*/en',
    'template.tested email/first/*/en',
  ])

  // Somebody else saves while one edits: nothing is overwritten unseen.
  await subject.fill('Mine')
  await stack.db.messageTemplate.updateMany({ data: { subject: 'Theirs', version: 2 } })
  await bar.getByRole('button', { name: 'Save' }).click()
  await app.getByText('Somebody else saved these words meanwhile').waitFor()
  await app.getByRole('button', { name: 'Look at theirs' }).click()
  expect(await subject.inputValue()).toBe('Theirs')

  // A shopper of another language, on a phone.
  await app.getByLabel('Language of the shopper').selectOption('ar')
  await app.getByRole('button', { name: 'Phone' }).click()
  await mail.locator('html[dir="rtl"] h1').waitFor()
  await screenshot(page, 'message-arabic-desktop')
})

test('every screen fits a phone', async () => {
  const domain = await startedShop(stack)
  const { contractId } = await subscription(stack, domain, { type: 'expired' })
  await stack.sandbox.moveClock(on('11-12'))
  const { id } = await caseOf(stack, contractId)
  const { id: sequence } = await stack.db.sequence.findFirstOrThrow({ where: { shop: domain } })
  const task = randomUUID()
  await stack.db.staffTask.create({
    data: {
      id: task,
      shop: domain,
      caseId: id,
      kind: 'test',
      subject: task,
      title: 'Call this shopper',
      body: 'Two notices went unread.',
      phone: true,
      script: 'Good morning.',
      createdAt: await stack.sandbox.now(),
    },
  })
  const { page } = await openInAdmin('/app', PHONE)
  const screens = {
    home: '/app',
    recoveries: '/app/recoveries',
    recovery: `/app/recoveries/${id}`,
    tasks: '/app/tasks?show=open',
    task: `/app/tasks/${task}`,
    sequences: '/app/sequences',
    sequence: `/app/sequences/${sequence}`,
    versions: `/app/sequences/${sequence}/versions`,
    replay: `/app/sequences/${sequence}/replay`,
    segments: '/app/segments',
    messages: '/app/messages',
    message: '/app/messages/last?language=ar',
    brand: '/app/messages/brand',
    settings: '/app/settings',
    sending: '/app/settings/sending',
    notices: '/app/settings/notices',
    welcome: '/app/welcome',
  }
  for (const [name, path] of Object.entries(screens)) {
    const app = await goTo(page, path)
    await expectNoSidewaysScroll(app)
    await screenshot(page, `${name}-phone`)
  }
})

test('a preset becomes a sequence, a segment chooses it, a version comes back, and the past is replayed', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, {
    type: 'code',
    code: 'INSUFFICIENT_FUNDS',
  })
  await stack.sandbox.moveClock(on('11-13', '20:00'))
  const { page, app } = await openInAdmin('/app/sequences')
  await app.getByRole('button', { name: 'New sequence' }).click()
  await app.getByText(/a phone call on the sixth day/).waitFor()
  await screenshot(page, 'sequences-new-desktop')
  await app.getByText('High value', { exact: true }).click()
  await app.getByRole('dialog').getByRole('button', { name: 'Create' }).click()
  await app.getByRole('heading', { name: 'High value' }).waitFor()

  const segments = await goTo(page, '/app/segments')
  const bar = page.locator('#save-bar')
  const add = async (name: string, least: string) => {
    await segments.getByRole('button', { name: 'Add segment' }).click()
    await segments.getByLabel('Name', { exact: true }).fill(name)
    await segments.getByRole('button', { name: 'Add a condition' }).click()
    await segments.getByLabel('Value of condition 1').fill(least)
    await segments.getByLabel('Its cases get').selectOption({ label: 'High value' })
    await segments.getByText(/Who would match now: \d of 1 recent failure/).waitFor()
    await bar.getByRole('button', { name: 'Save' }).click()
    await segments.getByRole('heading', { name: new RegExp(`\\d\\. ${name}`) }).waitFor()
  }
  await add('Dear ones', '100')
  await segments.getByText('0 of 1 recent failure').waitFor()
  await add('Everyone', '5')
  await expectUsable(segments)
  await segments.getByRole('button', { name: 'Move Everyone up' }).press('Enter')
  await segments.getByRole('heading', { name: '1. Everyone' }).waitFor()
  await screenshot(page, 'segments-desktop')
  expect(
    await stack.db.segmentRule.findMany({ orderBy: { position: 'asc' }, select: { name: true } }),
  ).toEqual([{ name: 'Everyone' }, { name: 'Dear ones' }])

  // What a later version of the app may have written is passed over, and the page says so.
  const conditions = [{ fact: 'mood', is: 'one_of', value: ['good'] }]
  await stack.db.segmentRule.updateMany({ where: { name: 'Dear ones' }, data: { conditions } })
  const reread = await goTo(page, '/app/segments')
  await reread.getByText('Cannot be read: skipped').waitFor()
  await expectUsable(reread)
  await screenshot(page, 'segments-skipped-desktop')

  // A second version, as the editor publishes it, and back again.
  const sequence = await stack.db.sequence.findFirstOrThrow({
    where: { shop, isDefault: true },
    include: { versions: true },
  })
  const [first] = sequence.versions
  if (!first) throw new Error('no version')
  const body = { ...(first.body as object), deadlineDays: 14 }
  await stack.db.sequenceVersion.create({
    data: { ...first, id: randomUUID(), number: 2, hash: 'another', body },
  })
  const versions = await goTo(page, `/app/sequences/${sequence.id}/versions`)
  await versions.getByRole('button', { name: 'What changed in version 2' }).click()
  await versions.getByText('The deadline: 14 days, not 21 days.').waitFor()
  await expectUsable(versions)
  await screenshot(page, 'versions-desktop')
  await versions.getByRole('button', { name: 'Bring version 1 back' }).click()
  await versions.getByLabel('Why it is brought back').fill('Two weeks were too short')
  await versions.getByText('Move those that still wait (1)').click()
  await versions.getByRole('dialog').getByRole('button', { name: 'Bring back' }).click()
  await versions.getByText('Brings back version 1').waitFor()
  await stack.idle()
  const moved = await caseOf(stack, contractId)
  expect(moved.events.at(-1)).toMatchObject({ type: 'moved_to_version' })

  const replay = await goTo(page, `/app/sequences/${sequence.id}/replay`)
  await replay.getByText('What this cannot say').waitFor()
  await replay.getByRole('rowheader', { name: /INSUFFICIENT_FUNDS/ }).waitFor()
  await expectUsable(replay)
  await screenshot(page, 'replay-desktop')

  const list = await goTo(page, '/app/sequences')
  await list.getByText('2 segments').waitFor()
  await expectUsable(list)
  await list.getByRole('button', { name: 'More for High value' }).click()
  await list.getByRole('menuitem', { name: 'Archive' }).click()
  await list.getByRole('dialog').getByRole('button', { name: 'Archive' }).click()
  await list.getByText(/The segment “Everyone” chooses it/).waitFor()
  await screenshot(page, 'sequences-desktop')
})

test('old failures: their money and age on Home, and nothing starts before the merchant says how many a day', async () => {
  await stack.sandbox.createShop(BEAN_AND_BLOOM)
  for (const [day, price] of [
    ['10T09:00', '24.90'],
    ['21T09:00', '18.00'],
    ['28T09:00', '32.50'],
  ]) {
    await subscription(
      stack,
      BEAN_AND_BLOOM.domain,
      { type: 'expired' },
      {
        firstChargeAt: `2026-11-${day}:00+01:00`,
        price: price ?? '',
      },
    )
  }
  await stack.sandbox.moveClock(on('11-30'))
  const { page } = await openInAdmin('/app?later=1')
  await stack.idle()
  const again = await goTo(page, '/app/welcome')
  await again.getByText('You decide what becomes of them once recovery is started.').waitFor()
  await screenshot(page, 'old-failures-first-run')
  await stack.db.shop.update({
    where: { shop: BEAN_AND_BLOOM.domain },
    data: { recoveryStartedAt: await stack.sandbox.now() },
  })
  await stack.idle()

  const home = await goTo(page, '/app')
  await home.getByText('Two weeks to a month ago: 1 payment').waitFor()
  await home.getByText(/€75\.40 before tax/).waitFor()
  await expectUsable(home)
  await screenshot(page, 'old-failures-home')
  const small = await openInAdmin('/app/old-failures', PHONE)
  await small.app.getByRole('button', { name: 'Start 10 a day' }).waitFor()
  await expectUsable(small.app)
  await screenshot(small.page, 'old-failures-phone')

  await home.locator('label', { hasText: 'Start 25 a day' }).click()
  await home.getByRole('button', { name: 'Start 25 a day' }).click()
  await expect.poll(() => stack.db.recoveryCase.count(), { timeout: 15_000 }).toBe(3)
  const after = await goTo(page, '/app/old-failures')
  await after.getByText('So far').waitFor()
  await screenshot(page, 'old-failures-started')
})
