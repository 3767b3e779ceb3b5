/**
 * The worker process: finds what is due, and does it. As many may run as wanted, on one machine or several.
 *
 * Our own dated rows say what is due (webhook events, cases); pg-boss carries each claimed row to a free worker.
 * What pg-boss loses, the sweep finds again as soon as the row's lease has run out.
 */
import process from 'node:process'
import pg from 'pg'
import { PgBoss } from 'pg-boss'
import { inSandbox, now, onClockJump, realNow } from './app/clock.server.ts'
import { db, disconnect } from './app/db.server.ts'
import { becomeWorker, freeClaimsOfTheDead } from './app/dunning/claims.server.ts'
import { handleDue } from './app/dunning/handle-event.server.ts'
import { beat, claimDueCases, type DueCase } from './app/dunning/sweep.server.ts'
import { env } from './app/env.server.ts'
import {
  claimWebhookEvents,
  forgetOldWebhookEvents,
  processWebhookEvent,
} from './app/intake/process.server.ts'
import { WEBHOOK_CHANNEL } from './app/intake/webhooks.server.ts'
import { log } from './app/log.server.ts'

/** The sweep looks this often without being woken. Milliseconds, real time. */
const SWEEP_EVERY_MS = 1_000
/** A heartbeat at least this often, also when nothing is due. Home warns after 60 s. Milliseconds, real time. */
const BEAT_EVERY_MS = 5_000
/** Workers that are gone are looked for this often. Milliseconds, real time. */
const FREE_EVERY_MS = 1_000
/** How soon a lost wake-up connection is opened again. Milliseconds, real time. */
const RECONNECT_MS = 1_000
/** Webhook events that one sweep claims. */
const EVENTS_AT_ONCE = 100
/** Jobs that one worker process runs side by side: they mostly wait for Shopify. */
const BATCH = 10
const LOOPS = 2
/** Old webhook events are forgotten once an hour. Milliseconds, real time. */
const HOUSEKEEPING_MS = 3_600_000

const { NODE_ENV, DATABASE_URL } = env()
if (NODE_ENV === 'production' && inSandbox()) {
  throw new Error(
    'The sandbox preload is loaded. Production must never run with it: start `node worker.ts` without --import.',
  )
}

// Everything that a wake-up touches is here before the first one can come.
let stopping = false
let started = false
let sweeping = false
let again = false
let lastBeat = 0
let lastFreed = 0
let listener: pg.Client
const me = await listen()
const boss = new PgBoss({ connectionString: DATABASE_URL, max: 4, useListenNotify: true })
boss.on('error', (error) => log.error({ error }, 'the queue reported an error'))
await boss.start()
for (const name of ['webhook', 'case']) {
  await boss.createQueue(name, {
    policy: 'standard',
    // The rows are the record and are claimed again when a lease runs out; the queue itself repeats nothing.
    retryLimit: 0,
    notify: true,
    deleteAfterSeconds: 3_600,
    expireInSeconds: 120,
  })
}

const work = {
  batchSize: BATCH,
  localConcurrency: LOOPS,
  burstWhenBatchFull: true,
  pollingIntervalSeconds: 1,
}
await boss.work<{ id: string }>('webhook', work, async (jobs) => {
  await Promise.all(
    jobs.map(async ({ data }) => {
      const row = await db.webhookEvent.findUnique({ where: { id: data.id } })
      if (row) await processWebhookEvent(row)
    }),
  )
  sweepSoon()
})
await boss.work<DueCase>('case', work, async (jobs) => {
  await Promise.all(jobs.map(({ data }) => handleDue(data.caseId, data.handOver)))
  sweepSoon()
})

/** One sweep at a time; a wake-up during it makes another follow at once. */
function sweepSoon(): void {
  if (!started || stopping) return
  again = true
  if (sweeping) return
  sweeping = true
  void (async () => {
    while (again && !stopping) {
      again = false
      await sweep().catch((error: unknown) =>
        log.error({ error }, 'a sweep failed; the next one follows'),
      )
    }
    sweeping = false
  })()
}

async function sweep(): Promise<void> {
  const startedAt = realNow().getTime()
  if (startedAt - lastFreed >= FREE_EVERY_MS) {
    lastFreed = startedAt
    const freed = await freeClaimsOfTheDead(realNow())
    if (freed > 0) log.warn({ freed }, 'a worker is gone; what it had claimed is taken over')
  }
  const events = await claimWebhookEvents(EVENTS_AT_ONCE, me)
  if (events.length > 0)
    await boss.insert(
      'webhook',
      events.map(({ id }) => ({ data: { id } })),
    )
  const due = await claimDueCases(now(), realNow())
  if (due.length > 0)
    await boss.insert(
      'case',
      due.map((data) => ({ data })),
    )
  if (startedAt - lastBeat >= BEAT_EVERY_MS) {
    lastBeat = startedAt
    await beat('sweep', me, realNow(), realNow().getTime() - startedAt)
  }
}

started = true
onClockJump(sweepSoon)
const ticker = setInterval(sweepSoon, SWEEP_EVERY_MS)
const housekeeping = setInterval(() => {
  forgetOldWebhookEvents().catch((error: unknown) => log.error({ error }, 'housekeeping failed'))
}, HOUSEKEEPING_MS)
sweepSoon()
console.log(JSON.stringify({ working: me }))

/**
 * One connection for two things: NOTIFY, which is only a hint (the ticker finds the same rows a second later), and the
 * lock that says this worker lives.
 */
async function listen(): Promise<string> {
  listener = new pg.Client({ connectionString: DATABASE_URL })
  listener.on('notification', sweepSoon)
  listener.on('error', (error) => log.warn({ error }, 'the wake-up connection broke'))
  listener.on('end', () => {
    if (!stopping) setTimeout(listenAgain, RECONNECT_MS)
  })
  await listener.connect()
  await listener.query(`LISTEN ${WEBHOOK_CHANNEL}`)
  return becomeWorker(listener)
}

function listenAgain(): void {
  listen().catch((error: unknown) => {
    log.warn({ error }, 'the wake-up connection cannot be opened yet; sweeps go on by the clock')
    if (!stopping) setTimeout(listenAgain, RECONNECT_MS)
  })
}

/** Finishes what is under way, claims nothing new. */
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  clearInterval(ticker)
  clearInterval(housekeeping)
  await boss.stop({ graceful: true, timeout: 20_000 })
  await listener.end().catch(() => undefined)
  await disconnect()
  process.exit(0)
}
process.once('SIGINT', () => void stop())
process.once('SIGTERM', () => void stop())
