/**
 * The sandbox's own pages in a real browser. Without the app, because the first thing a visitor sees must work by itself;
 * and with it, where something is broken on purpose.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { launch } from '../../scripts/processes.mjs'
import { DESKTOP, newVisitor, openBrowser, PHONE, screenshot } from '../browser.ts'
import { cleanOracle, on, startedShop, subscription } from '../factories.ts'
import { startStack } from '../stack.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let folder: string
let sandbox: ReturnType<typeof launch>
let base: string
let browser: Browser
let page: Page
let problems: string[]

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reprise-pages-'))
  sandbox = launch('sandbox', ['sandbox/server.ts'], {
    SANDBOX_PORT: '0',
    SANDBOX_CLOCK_FILE: join(folder, 'clock'),
    APP_URL: '',
    SHOPIFY_API_KEY: 'key',
    SHOPIFY_API_SECRET: 'secret',
  })
  base = `http://localhost:${await sandbox.listening()}`
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  await sandbox?.stop()
  rmSync(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  page = await (await newVisitor(browser)).newPage()
  problems = []
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  page.on('pageerror', (error) => problems.push(error.message))
})

afterEach(async () => {
  await page.context().close()
  expect(problems, 'what the browser complained of').toEqual([])
})

async function post(path: string, body: object): Promise<void> {
  const answer = await fetch(`${base}/control${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(answer.status, await answer.text()).toBe(200)
}

const clock = () => page.getByRole('region', { name: 'The clock of the world' })
const idle = () => page.locator('.clock[aria-busy=false]').waitFor()

async function seriousFaults(): Promise<string[]> {
  await page.evaluate(axe)
  return page.evaluate(async () => {
    type Axe = { run: (options: object) => Promise<{ violations: Violation[] }> }
    type Violation = { id: string; impact: string; nodes: { html: string }[] }
    const { violations } = await (window as unknown as { axe: Axe }).axe.run({ iframes: false })
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
  })
}

describe('the front page', () => {
  test('plays a story up to its first failure and moves the clock', async () => {
    await page.goto(base)
    const story = page.getByRole('listitem').filter({ hasText: 'No money until payday' })
    await story.getByRole('button', { name: 'Play' }).click()
    await page.getByText(/bank said: insufficient funds/).waitFor()
    await idle()
    expect(await page.locator('#day').innerText()).toBe('12')
    expect(await page.locator('.lane .verdict').innerText()).toMatch(/1 decline\s+no flags/)
    expect(await page.locator('.script').innerText()).toMatch(/No money on it until Sun,? 15 Nov/)
    await screenshot(page, 'sandbox-front-page')

    await clock().getByRole('button', { name: 'Next day' }).click()
    await page.locator('#day', { hasText: '13' }).waitFor()
    await idle()
  })

  test('says plainly what went wrong, and lets the visitor go on', async () => {
    await page.goto(base)
    const error = 'The app still has 1 thing to do after 60 s. Look at its log.'
    await page.route('**/control/clock', (route) =>
      route.request().method() === 'POST'
        ? route.fulfill({ status: 504, json: { error } })
        : route.continue(),
    )
    await page.getByRole('button', { name: 'Next week' }).click()
    await page.getByRole('alert').filter({ hasText: error }).waitFor()
    await idle()
    expect(await page.getByRole('button', { name: 'Next week' }).isEnabled()).toBe(true)
    // Chromium logs every answer of 500 and above.
    problems = problems.filter((problem) => !problem.includes('504'))
  })
})

const PAGES = ['/', '/mailbox', '/phone', '/oracle', '/deliveries', '/challenge/1']

test.each([
  ['desktop', DESKTOP],
  ['phone', PHONE],
])('every page fits and is accessible: %s', async (width, viewport) => {
  await page.setViewportSize(viewport)
  for (const path of PAGES) {
    await page.goto(base + path)
    await page.locator('h1:visible').waitFor()
    await page.locator('.card:not([aria-busy=true]), .lane').first().waitFor()
    const overflow = () => document.documentElement.scrollWidth - window.innerWidth
    expect(await page.evaluate(overflow), path).toBeLessThanOrEqual(0)
    expect(await seriousFaults(), path).toEqual([])
    await screenshot(page, `sandbox${path.replaceAll('/', '-')}-${width}`)
  }
})

test('a mail is read without its scripts, and as plain text', async () => {
  const sent = await fetch(`${base}/v3/mail/send`, {
    method: 'POST',
    headers: { 'x-standin-host': 'api.sendgrid.com', authorization: 'Bearer SG.local' },
    body: JSON.stringify({
      personalizations: [{ to: [{ email: 'mara@example.com' }] }],
      from: { email: 'billing@reprise.example', name: 'Bean & Bloom' },
      subject: 'A payment did not go through',
      content: [
        { type: 'text/plain', value: 'Hello Mara, in plain text.' },
        { type: 'text/html', value: '<h1>Hello Mara</h1><a href="/oracle">your options</a>' },
      ],
    }),
  })
  expect(sent.status).toBe(202)
  await page.goto(`${base}/mailbox`)
  const message = page.frameLocator('#message iframe')
  await message.getByRole('heading', { name: 'Hello Mara' }).waitFor()
  const [opened] = await Promise.all([
    page.context().waitForEvent('page'),
    message.getByRole('link').click(),
  ])
  expect(opened.url()).toBe(`${base}/oracle`)
  expect(await page.locator('#message iframe').getAttribute('sandbox')).not.toMatch(
    /scripts|same-origin/,
  )
  await page.getByRole('tab', { name: 'Plain text' }).click()
  await page.getByText('Hello Mara, in plain text.').waitFor()
})

test('the shopper’s new card reaches the contract through Shopify’s page', async () => {
  await post('/stories/expired-card', {})
  const state = (await (await fetch(`${base}/control/state`)).json()) as {
    story: { contractId: string }
    contracts: { id: string; methodId: string; card: { last4: string } }[]
  }
  const contract = state.contracts.find(({ id }) => id === state.story.contractId)
  await page.goto(`${base}/payment-method/${contract?.methodId.split('/').at(-1)}`)
  await page.getByRole('button', { name: /Mastercard •••• 4444/ }).click()
  await page.getByRole('heading', { name: 'Saved' }).waitFor()
  await page.goto(base)
  await page.getByText('Mastercard •••• 4444').waitFor()
})

test('F3: the worker is killed in the middle of a charge by a button, comes back, and one charge was made', async () => {
  const stack = await startStack()
  try {
    await stack.reset()
    const shop = await startedShop(stack)
    const codes = ['INSUFFICIENT_FUNDS', 'OK']
    const { contractId } = await subscription(stack, shop, { type: 'codes', codes })
    await stack.sandbox.moveClock(on('11-12'))

    await page.goto(`${stack.sandbox.url}/#break`)
    const worker = page.locator('#worker-pill')
    await worker.filter({ hasText: 'running' }).waitFor()
    await page.getByLabel('Come twice').check()
    await page.getByRole('button', { name: 'Kill it in the middle of a charge' }).click()
    await page.getByText('the worker dies at its next charge').waitFor()
    await page.locator('#break').getByRole('button', { name: 'Next day' }).click()
    await worker.filter({ hasText: 'gone' }).waitFor()
    await page.getByText(/^No worker; \d things? waits?/).waitFor()
    const asked = await stack.sandbox.oracle({ contract: contractId })
    expect(asked.charges).toHaveLength(2) // the biller's, and ours that nobody heard the answer of
    await page.getByRole('button', { name: 'Start it again' }).click()
    await worker.filter({ hasText: 'running' }).waitFor()
    await idle()

    await page.getByText('webhooks come twice. Move the clock').waitFor()
    await page.getByLabel('Arrive').check()
    await page.getByText('All that came in is done, and nothing was done twice.').waitFor()
    expect(await page.locator('#figures').innerText()).toMatch(
      /Charged twice\s+0\s.*Mailed twice\s+0\s/s,
    )
    await screenshot(page, 'sandbox-broken-and-whole')
    const { charges } = await cleanOracle(stack, { contract: contractId })
    expect(charges.filter(({ result }) => result === 'paid')).toHaveLength(1)
    expect(charges).toHaveLength(2)
  } finally {
    await stack.stop()
  }
})
