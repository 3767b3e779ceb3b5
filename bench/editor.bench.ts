/**
 * `npm run bench:editor`: how soon the sequence editor answers a hand, in Chromium inside the stand-in admin's frame, with
 * a sequence of 60 steps and the preview beside it; and what the preview alone takes.
 *
 * An interaction counts from the key or choice to the second frame after it, by which its changes are painted. The floor is
 * a key that changes nothing: two frames of 16.7 ms.
 *
 *     npm run bench:editor -- --times 30
 */
import { parseArgs } from 'node:util'
import type { Frame } from 'playwright-core'
import { previewCase } from '../app/dunning/preview.ts'
import { defaultSequence, parseSequence } from '../app/dunning/sequence.ts'
import { USER_AGENT } from '../scripts/local-stack.mjs'
import { DESKTOP, newVisitor, openBrowser } from '../test/browser.ts'
import { type Stack, startStack } from '../test/stack.ts'
import { machine, percent, percentile, table, watchMachine } from './machine.ts'

const { values: asked } = parseArgs({ options: { times: { type: 'string', default: '30' } } })
const TIMES = Number(asked.times)
const STEPS = 60
const WARM_UP = 5

/** Issue 4. Milliseconds. */
const AIM = { interactionMs: 100, previewMs: 50 }

const SHOP = 'editor.myshopify.com'

console.log(machine())
const plan = longPlan()
const preview = timePreview()
const stack = await startStack()
const browser = await openBrowser()
try {
  const id = await sequenceOf(stack)
  const visitor = await newVisitor(browser, DESKTOP)
  const page = await visitor.newPage()
  await page.goto(`${stack.sandbox.url}/store/editor/apps/reprise/app/sequences/${id}`)
  const app = await (await page.waitForSelector('iframe#app')).contentFrame()
  if (!app) throw new Error('The admin has no frame for the app.')
  await app.waitForFunction(() => document.documentElement.dataset.hydrated === 'true')
  const marks = app.getByRole('slider')
  await marks.first().waitFor()
  const day = app.getByLabel('Day', { exact: true })
  await marks.nth(1).click()
  await day.waitFor()

  const move = async (n: number) => {
    await marks.nth(1).press(n % 2 ? 'ArrowLeft' : 'ArrowRight')
  }
  const nothing = () => marks.nth(1).press('Shift')
  const type = async (n: number) => {
    await day.fill(String(3 + (n % 2)))
  }
  const watch = watchMachine()
  const rows: [string, Float64Array][] = []
  for (const [name, act] of [
    ['a step moved by keyboard', move],
    ['a day typed', type],
    ['floor: a key that changes nothing', nothing],
  ] as const) {
    await timed(app, act, WARM_UP)
    rows.push([name, await timed(app, act, TIMES)])
  }
  report([...rows, ['the preview alone', preview]], watch.stop().busy)
} finally {
  await browser.close()
  await stack.stop()
}

/** Milliseconds of each, by the frame's own clock: from just before the event to the frame after its last change. */
async function timed(app: Frame, act: (n: number) => Promise<unknown>, times: number) {
  const took = new Float64Array(times)
  for (let n = 0; n < times; n++) {
    await app.evaluate(() => {
      const types = ['keydown', 'input', 'change']
      const took = new Promise<number>((done) => {
        const begin = ({ timeStamp }: Event) => {
          for (const type of types) document.removeEventListener(type, begin, true)
          requestAnimationFrame(() => requestAnimationFrame((at) => done(at - timeStamp)))
        }
        for (const type of types) document.addEventListener(type, begin, true)
      })
      Object.assign(globalThis, { took })
    })
    await act(n)
    took[n] = await app.evaluate(() => (globalThis as unknown as { took: Promise<number> }).took)
  }
  return took
}

/** The default plan, with notices in the account, of which a plan may have many, on day after day. */
function longPlan() {
  const { steps, ...rest } = defaultSequence()
  const notices = steps.filter(({ kind, offset }) => kind === 'email' && offset.from === 'anchor')
  const more = Array.from({ length: STEPS - steps.length }, (_, n) => {
    const { lane, stage } = notices[n % notices.length] ?? { lane: 'FUNDS', stage: 'first' }
    const offset = { from: 'anchor', days: 1 + Math.floor(n / 4) } as const
    return { key: `notice.${n}`, lane, kind: 'account_notice', stage, offset, ifMissed: 'skip' }
  })
  return parseSequence({ ...rest, steps: [...steps, ...more] })
}

function timePreview(): Float64Array {
  const imagined = {
    zone: 'Europe/Berlin',
    code: 'INSUFFICIENT_FUNDS',
    interval: { unit: 'MONTH', count: 1 },
    failedAt: new Date('2026-11-12T08:00:00Z'),
  } as const
  for (let n = 0; n < WARM_UP; n++) previewCase(plan, imagined)
  return Float64Array.from({ length: TIMES }, () => {
    const at = performance.now()
    previewCase(plan, imagined)
    return performance.now() - at
  })
}

/** A started shop whose plan waits as a draft; answers its id. */
async function sequenceOf({ sandbox, db }: Stack): Promise<string> {
  await sandbox.createShop({
    domain: SHOP,
    name: 'Bean & Bloom Coffee',
    zone: 'Europe/Berlin',
    currency: 'EUR',
    country: 'DE',
  })
  const headers = { 'user-agent': USER_AGENT, accept: 'text/html' }
  const opened = await fetch(await sandbox.launchUrl(SHOP), { headers })
  if (!opened.ok) throw new Error(`The app answered ${opened.status}: ${await opened.text()}`)
  const at = await sandbox.now()
  await db.shop.update({ where: { shop: SHOP }, data: { recoveryStartedAt: at } })
  const { id } = await db.sequence.findFirstOrThrow({ where: { shop: SHOP } })
  const draft = JSON.parse(JSON.stringify(plan))
  const saved = { draft, draftSavedAt: at, draftSavedBy: 'Ada', draftBasedOn: 1 }
  await db.sequence.update({ where: { id }, data: saved })
  return id
}

function report(rows: [string, Float64Array][], busy: number): void {
  const ms = (of: Float64Array, share: number) => percentile(of, share).toFixed(1)
  console.log(
    table([
      [`${STEPS} steps, ${TIMES} times each`, 'median ms', 'p95 ms'],
      ...rows.map(([name, of]) => [name, ms(of, 0.5), ms(of, 0.95)]),
    ]),
  )
  console.log(`the machine was ${percent(busy)} busy`)
  const misses = rows.filter(([name, of]) => {
    const aim = name === 'the preview alone' ? AIM.previewMs : AIM.interactionMs
    return percentile(of, 0.95) >= aim
  })
  console.log(
    misses.length === 0
      ? 'verdict: every aim is met'
      : `verdict: over the aim at p95: ${misses.map(([name]) => name).join(', ')}`,
  )
}
