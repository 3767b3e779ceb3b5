/**
 * `npm run bench:step`: due retries through one real worker process, from claim to the charge's answer written down,
 * beside the least that any worker could do. Shopify answers at once (instant-shopify.ts); the database is real.
 */
import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { launch } from '../scripts/processes.mjs'
import { freshDatabase } from '../test/database.ts'
import { makeCases } from './due-cases.ts'
import { machine, median, percent, table, watchMachine, whole } from './machine.ts'
import { between, launchMeasured, type Usage } from './measured.ts'

const STEPS = Number(process.env.BENCH_STEPS ?? 2_000)
const ROUNDS = 3
/** Long enough for the compiler to have seen every path. */
const WARM_UP_STEPS = 600
/** A round that takes longer is stuck. Real milliseconds. */
const ROUND_TIMEOUT_MS = 120_000
/** The first charge failed so long ago that a second one is allowed (H2). Hours. */
const CHARGED_HOURS_AGO = 30

/** Issue 2: under 2 ms of our CPU for a step, with one read and one write at Shopify. */
const AIM = { cpuMs: 2, reads: 1, writes: 1 }

type Counts = { reads: number; writes: number; others: number }
type Floor = Record<'rows' | 'rowsAndRequests', { cpuMs: number; perSecond: number }>
type Measured = { steps: number; seconds: number; used: Usage; shopify: Counts; busy: number }

console.log(machine())
const database = await freshDatabase()
const chargedAt = new Date(Date.now() - CHARGED_HOURS_AGO * 3_600_000)
const shopify = launch('shopify', ['bench/instant-shopify.ts'], {
  CHARGED_AT: chargedAt.toISOString(),
})
const client = new pg.Client({ connectionString: database.url })
const running = [shopify]

try {
  await client.connect()
  const shopifyUrl = `http://127.0.0.1:${await shopify.listening()}`
  await makeCases(database.url, client, {
    cases: WARM_UP_STEPS + ROUNDS * STEPS,
    chargedAt,
    dueAt: new Date(Date.now() - 60_000),
  })

  const floor = await measureFloor(shopifyUrl)

  let isWorking = () => {}
  const working = new Promise<void>((done) => {
    isWorking = done
  })
  const worker = launchMeasured(
    'worker',
    ['--import', './bench/to-instant-shopify.ts', 'worker.ts'],
    {
      NODE_ENV: 'production',
      LOG_LEVEL: 'warn',
      DATABASE_URL: database.url,
      SHOPIFY_URL: shopifyUrl,
      SHOPIFY_API_KEY: 'bench-key',
      SHOPIFY_API_SECRET: 'bench-secret',
      SHOPIFY_APP_URL: 'https://reprise.example',
      TOKEN_KEYS: Buffer.alloc(32, 'bench').toString('base64'),
      SCOPES: 'read_own_subscription_contracts',
    },
    (line) => (line.startsWith('{"working"') ? isWorking() : console.log(`worker: ${line}`)),
  )
  running.push(worker)
  await Promise.race([working, worker.ended])

  const counts = async () => (await (await fetch(shopifyUrl)).json()) as Counts
  const run = async (steps: number): Promise<Measured> => {
    const asked = await counts()
    const before = await worker.usage()
    const watch = watchMachine()
    const startedAt = performance.now()
    await makeDue(steps)
    await untilDone(() => `${worker.tail().join('\n')}`)
    const seconds = (performance.now() - startedAt) / 1_000
    const { busy } = watch.stop()
    const used = between(before, await worker.usage())
    const after = await counts()
    return {
      steps,
      seconds,
      used,
      busy,
      shopify: {
        reads: after.reads - asked.reads,
        writes: after.writes - asked.writes,
        others: after.others - asked.others,
      },
    }
  }

  await run(WARM_UP_STEPS)
  const rounds: Measured[] = []
  for (let n = 0; n < ROUNDS; n++) rounds.push(await run(STEPS))
  await checkEveryStep(WARM_UP_STEPS + ROUNDS * STEPS)
  report(
    median(rounds, (round) => round.used.cpuMs / round.steps),
    floor,
  )
} finally {
  for (const each of running.reverse()) await each.stop()
  await client.end()
  await database.drop()
}

async function measureFloor(shopifyUrl: string): Promise<Floor> {
  let told: Floor | null = null
  const process = launch(
    'floor',
    ['bench/step-floor.ts'],
    { DATABASE_URL: database.url, SHOPIFY_URL: shopifyUrl, STEPS: String(STEPS) },
    (line) => {
      if (line.startsWith('{"floor":')) told = (JSON.parse(line) as { floor: Floor }).floor
    },
  )
  const how = await process.ended
  if (!told) throw new Error(`The floor ended with ${how}:\n${process.tail().join('\n')}`)
  return told
}

async function makeDue(steps: number): Promise<void> {
  const { rowCount } = await client.query(
    `UPDATE "RecoveryCase" SET "nextActionAt" = now()
      WHERE id IN (SELECT id FROM "RecoveryCase" WHERE "nextActionAt" IS NULL AND version = 1 LIMIT $1)`,
    [steps],
  )
  if (rowCount !== steps) throw new Error(`${rowCount} cases were left, ${steps} are wanted`)
}

/** Asks the table now and then: no case is due and none is in hand. */
async function untilDone(tail: () => string): Promise<void> {
  const until = performance.now() + ROUND_TIMEOUT_MS
  for (;;) {
    const { rows } = await client.query<{ left: number }>({
      name: 'left',
      text: `SELECT count(*)::int AS left FROM "RecoveryCase" WHERE "nextActionAt" <= now() OR "leaseUntil" IS NOT NULL`,
    })
    const left = rows[0]?.left ?? 0
    if (left === 0) return
    if (performance.now() > until)
      throw new Error(`${left} cases are still due after ${ROUND_TIMEOUT_MS / 1_000} s.\n${tail()}`)
    await wait(50)
  }
}

/** A step that was put off would be cheap: each must have led to one charge that Shopify took. */
async function checkEveryStep(steps: number): Promise<void> {
  const { rows } = await client.query(
    `SELECT count(*)::int AS charged, count(DISTINCT "caseId")::int AS cases FROM "Attempt"
      WHERE trigger = 'scheduled' AND state = 'submitted'`,
  )
  const { charged, cases } = rows[0] as { charged: number; cases: number }
  if (charged !== steps || cases !== steps)
    throw new Error(`${steps} steps were due; ${charged} charges of ${cases} cases were taken.`)
}

function report({ steps, seconds, used, shopify: asked, busy }: Measured, floor: Floor): void {
  const cpuMs = used.cpuMs / steps
  const each = (count: number) => (count / steps).toFixed(2)
  const { 'pg-boss': queue = 0, ...ours } = used.statements
  const sent = Object.values(ours).reduce((sum, count) => sum + count, 0)
  const most = Object.entries(ours)
    .filter(([, count]) => count / steps >= 0.05)
    .sort(([, a], [, b]) => b - a)
    .map(([label, count]) => `${label} ${each(count)}`)
  console.log('')
  console.log(
    table([
      [`${whole(steps)} due retries`, 'CPU ms a step', 'steps/s'],
      ['Reprise, one worker', cpuMs.toFixed(2), whole(steps / seconds)],
      ['floor: two updates', floor.rows.cpuMs.toFixed(2), whole(floor.rows.perSecond)],
      [
        'floor: two updates, two requests',
        floor.rowsAndRequests.cpuMs.toFixed(2),
        whole(floor.rowsAndRequests.perSecond),
      ],
      [
        'Reprise : floor with requests',
        (cpuMs / floor.rowsAndRequests.cpuMs).toFixed(1),
        (steps / seconds / floor.rowsAndRequests.perSecond).toFixed(2),
      ],
    ]),
  )
  console.log(
    `\nat Shopify, a step: ${each(asked.reads)} reads, ${each(asked.writes)} writes, ${each(asked.others)} others`,
  )
  console.log(`database statements, a step: ${each(sent)} of ours, ${each(queue)} of the queue`)
  console.log(`  ${most.join(' · ')}`)
  console.log(`worker ${whole(used.rssMb)} MB, machine ${percent(busy)} busy`)
  const misses = [
    ...(cpuMs >= AIM.cpuMs
      ? [`${cpuMs.toFixed(2)} ms of CPU a step, the aim is under ${AIM.cpuMs} ms`]
      : []),
    ...(asked.reads > steps * AIM.reads
      ? [`${each(asked.reads)} reads a step, the aim is ${AIM.reads}`]
      : []),
    ...(asked.writes > steps * AIM.writes
      ? [`${each(asked.writes)} writes a step, the aim is ${AIM.writes}`]
      : []),
  ]
  console.log(misses.length === 0 ? 'verdict: every aim is met' : `verdict: ${misses.join('; ')}`)
}
