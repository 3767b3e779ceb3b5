/**
 * `npm run bench:render`: notices rendered one after another on one core, every stage, lane and language in turn and
 * each for another shopper, beside the least that any renderer must do: put the same words together and escape them.
 *
 *     npm run bench:render -- --seconds 4
 */
import { parseArgs } from 'node:util'
import type { Lane } from '../app/dunning/types.ts'
import { exampleNotice } from '../app/messages/example.ts'
import { LANGUAGES } from '../app/messages/formats.ts'
import { escaped } from '../app/messages/html.ts'
import { type NoticeInput, renderNotice } from '../app/messages/render.ts'
import { renderSms } from '../app/messages/render-sms.ts'
import {
  DEFAULT_BRAND,
  hasWords,
  type Template,
  type TemplateStage,
} from '../app/messages/template.ts'
import { machine, median, percent, table, watchMachine, whole } from './machine.ts'

const { values: asked } = parseArgs({ options: { seconds: { type: 'string', default: '2' } } })
const SECONDS = Number(asked.seconds)
const ROUNDS = 3

/** Issue 4: messages a second on one core. */
const AIM = 1_000

const stages: TemplateStage[] = [
  'first',
  'reminder',
  'options',
  'plan',
  'last',
  'recovered',
  'ended',
]
const lanes: Lane[] = ['FUNDS', 'ISSUER', 'TECH', 'CARD', 'AUTH', 'STOP', 'STOCK', 'UNKNOWN']
const own: Template = {
  subject: '{{ product | upcase }}: {{ title }}',
  preview: '{{ happened }}',
  blocks: [
    { type: 'heading', text: 'Hello from {{ shop_name }}' },
    {
      type: 'text',
      text: '{{ greeting }}\n\n{{ happened }}\n\n{% if next_try %}- {{ next }}\n{% endif %}- {{ will_end }}\n\n{{ do }}',
    },
    { type: 'button', label: '{{ button }}' },
    { type: 'order', pictures: true },
    { type: 'method' },
    { type: 'dates' },
    { type: 'policy', text: 'Orders can be changed until they ship.' },
  ],
  commercial: false,
}

/** Shoppers that all differ, so that nothing can be kept from the one before. */
const inputs: NoticeInput[] = []
for (const locale of LANGUAGES) {
  for (const stage of stages) {
    for (const lane of lanes.filter((each) => hasWords(stage, each))) {
      const n = inputs.length
      inputs.push(
        exampleNotice({
          stage,
          lane,
          locale,
          firstName: `Mara ${'abcdefgh'[n % 8]}`,
          productTitle: `Roast <${n}> & more`,
          amount: { amount: `${n}.90`, currency: 'EUR' },
          link: `https://app.example/r/${n}`,
        }),
      )
    }
  }
}

/** The words of a finished mail, in pieces as they came, to be escaped and joined again. */
const pieces = inputs.map((input) => renderNotice(input).html.split('>'))

type Figure = { name: string; perSecond: number; cpuMs: number; busy: number }

console.log(machine())
const runs: Record<string, (n: number) => unknown> = {
  'floor: escape and join the same letters': (n) => (pieces[n] ?? []).map(escaped).join('>'),
  'our words, every stage, lane and language': (n) => renderNotice(input(n)),
  'a shop’s own template and brand': (n) =>
    renderNotice({ ...input(n), ...(hasFacts(n) ? { template: own } : {}), brand }),
  'text messages': (n) =>
    renderSms({ ...input(n), stage: 'reminder', lane: 'FUNDS', isFirst: true }),
}
const brand = { ...DEFAULT_BRAND, accent: '#aa0055' }
const rounds: Record<string, Figure[]> = {}
// The rounds alternate, so that a busy moment falls on all of them.
for (let round = 0; round <= ROUNDS; round++) {
  for (const [name, run] of Object.entries(runs)) {
    const figure = measure(name, run, round === 0 ? SECONDS / 4 : SECONDS)
    if (round > 0) {
      rounds[name] ??= []
      rounds[name].push(figure)
    }
  }
}
report(Object.values(rounds).map((all) => median(all, ({ cpuMs }) => cpuMs)))

function measure(name: string, run: (n: number) => unknown, seconds: number): Figure {
  const watch = watchMachine()
  const began = performance.now()
  let done = 0
  while (performance.now() - began < seconds * 1_000) {
    for (let i = 0; i < 20; i++) run(done++ % inputs.length)
  }
  const { busy, ownCpuMs } = watch.stop()
  const wall = performance.now() - began
  return { name, perSecond: (done / wall) * 1_000, cpuMs: ownCpuMs / done, busy }
}

function report(figures: Figure[]): void {
  const rows = figures.map(({ name, perSecond, cpuMs }) => [
    name,
    whole(1_000 / cpuMs),
    whole(perSecond),
    cpuMs.toFixed(3),
  ])
  console.log(table([['', 'a second of CPU', 'a second here', 'CPU ms'], ...rows]))
  console.log(`the machine was ${percent(Math.max(...figures.map(({ busy }) => busy)))} busy`)
  const slowest = Math.min(...figures.slice(1).map(({ cpuMs }) => 1_000 / cpuMs))
  const verdict = slowest >= AIM ? 'met' : 'NOT met'
  console.log(
    `aim ${verdict}: ${whole(slowest)} messages a second of one core; ${whole(AIM)} asked`,
  )
}

function input(n: number): NoticeInput {
  return inputs[n] ?? exampleNotice()
}

function hasFacts(n: number): boolean {
  return input(n).lane !== 'STOCK'
}
