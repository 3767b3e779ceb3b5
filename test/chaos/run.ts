/** `npm run chaos`: plays a chaos run and prints its verdict. Ends with 1 when a promise was broken. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { projectFolder } from '../../scripts/setup.mjs'
import { playChaos } from './drive.ts'
import { type ChaosOptions, FULL } from './options.ts'
import { planChaos } from './plan.ts'
import type { Verdict } from './verdict.ts'

/** Of a check that failed, and of what is uncertain, so many are printed. */
const SHOWN = 10

const options = fromArguments()
const plan = planChaos(options)
const digest = createHash('sha256')
  .update(JSON.stringify([plan.contracts, [...plan.deeds], [...plan.kills], [...plan.restarts]]))
  .digest('hex')
  .slice(0, 12)
console.log(
  `seed ${options.seed}: ${options.cases} cases over ${options.days} days, ${options.workers} workers, ` +
    `${options.kills} kills, ${options.restarts} restarts of the database, ${options.faults * 100} % faults. ` +
    `Plan ${digest}.`,
)
const played = await playChaos(options, join(projectFolder, '.data', 'chaos-postgres'), console.log)
print(played.verdict)
console.log(`\n${played.minutes.toFixed(1)} min. Again: npm run chaos -- ${again(options)}`)
console.log(played.verdict.passed ? 'Every promise was kept.' : 'A promise was BROKEN.')
process.exit(played.verdict.passed ? 0 : 1)

function fromArguments(): ChaosOptions {
  const { values } = parseArgs({
    options: Object.fromEntries(
      Object.entries(FULL).map(([name, value]) => [
        name,
        { type: 'string' as const, default: String(value) },
      ]),
    ),
  })
  const asked = Object.fromEntries(
    Object.entries(values).map(([name, text]) => [name, Number(text)]),
  ) as ChaosOptions
  for (const [name, value] of Object.entries(asked)) {
    if (!Number.isFinite(value) || value < 0)
      throw new Error(`--${name} must be a number from 0 on. See docs/performance.md.`)
  }
  if (asked.days < 4) throw new Error('--days must be 4 or more: the last day and a half are calm.')
  if (24 % asked.hop !== 0) throw new Error('--hop must divide a day: 1, 2, 3, 4, 6 hours.')
  return asked
}

function again(asked: ChaosOptions): string {
  return Object.entries(asked)
    .filter(([name, value]) => FULL[name as keyof ChaosOptions] !== value || name === 'seed')
    .map(([name, value]) => `--${name} ${value}`)
    .join(' ')
}

function print({ checks, figures, uncertain, story }: Verdict): void {
  console.log('\nWhat happened')
  for (const [name, value] of figures) console.log(`${String(value).padStart(8)}  ${name}`)
  console.log(`\nUncertain: ${uncertain.length}`)
  for (const line of uncertain.slice(0, SHOWN)) console.log(`          ${line}`)
  console.log('\nMust be 0')
  for (const { name, found } of checks) {
    console.log(`${String(found.length).padStart(8)}  ${name}`)
    for (const { what } of found.slice(0, SHOWN)) console.log(`          ${what}`)
  }
  if (story) console.log(`\nThe first of them: ${story}`)
}
