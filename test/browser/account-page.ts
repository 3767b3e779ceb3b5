/** What every test of the stand-in customer account asks of a page, and the words that it must show. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { projectFolder } from '../../scripts/setup.mjs'
import { DESKTOP, PHONE, screenshot } from '../browser.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What Shopify would have refused, as the account page tells it. */
export const faultsOn = (page: Page) =>
  page.evaluate(() => (globalThis as unknown as { standIn: { faults: string[] } }).standIn.faults)

/** Rules of axe that are broken, each with the first element that breaks it. */
export async function broken(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe)
  type Axe = { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: Axe }).axe.run(),
  )
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
}

/** Pixels by which the page is wider than its window. */
export const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)

/** One state of the page: usable by everybody, nothing that Shopify would refuse, and a picture at both widths. */
export async function look(page: Page, name: string): Promise<void> {
  const own = page.viewportSize() ?? PHONE
  expect(await broken(page), name).toEqual([])
  expect(await faultsOn(page), name).toEqual([])
  for (const [width, size] of [
    ['phone', PHONE],
    ['desktop', DESKTOP],
  ] as const) {
    await page.setViewportSize(size)
    expect(await overflow(page), `${name} at ${width} width`).toBeLessThanOrEqual(0)
    await screenshot(page, `account-${name}-${width}`)
  }
  await page.setViewportSize(own)
}

/** The words of an extension, by the end of its locale file's name. */
export function words(handle: string, locale = 'en.default') {
  const file = join(projectFolder, 'extensions', handle, 'locales', `${locale}.json`)
  const tree = JSON.parse(readFileSync(file, 'utf8')) as object
  return (key: string): string =>
    key
      .split('.')
      .reduce((at: unknown, part) => (at as Record<string, unknown>)[part], tree) as string
}

/** A text with its `{{values}}` filled; those that are not named are open. */
export function pattern(text: string, values: Record<string, string> = {}): RegExp {
  const literal = (words: string) => words.replace(/[.*+?^$()|[\]\\]/g, '\\$&')
  return new RegExp(
    literal(text).replace(/{{\s*(\w+)\s*}}/g, (_, name: string) =>
      values[name] === undefined ? '.+' : literal(values[name]),
    ),
  )
}
