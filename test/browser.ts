/** Chromium for the browser tests: started once per file, without a look at the outside world. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { ensureChromium } from '../scripts/chromium.mjs'
import { USER_AGENT } from '../scripts/local-stack.mjs'
import { projectFolder } from '../scripts/setup.mjs'

export const DESKTOP = { width: 1280, height: 900 }
export const PHONE = { width: 390, height: 844 }

const screenshotFolder = join(projectFolder, '.screenshots')

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await ensureChromium(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** A visitor of their own, with nothing stored. */
export function newVisitor(
  browser: Browser,
  viewport: { width: number; height: number } = DESKTOP,
): Promise<BrowserContext> {
  return browser.newContext({ viewport, userAgent: USER_AGENT, locale: 'en-GB', timezoneId: 'UTC' })
}

/** With PICTURES=1, into .screenshots/, which git ignores: to be looked at. Nothing is compared, and they take their time. */
export async function screenshot(page: Page, name: string): Promise<void> {
  if (process.env.PICTURES !== '1') return
  mkdirSync(screenshotFolder, { recursive: true })
  await page.screenshot({
    path: join(screenshotFolder, `${name}.png`),
    fullPage: true,
    // Hiding the caret would alter inputs under React.
    caret: 'initial',
  })
}
