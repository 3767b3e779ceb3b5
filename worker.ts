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
import { tidyBrakes } from './app/dunning/brake.server.ts'
import { becomeWorker, freeClaimsOfTheDead, releaseClaimsOf } from './app/dunning/claims.server.ts'
import { handleDue } from './app/dunning/handle-event.server.ts'
import { claimDueLooks, type DueLook, takeTurn } from './app/dunning/looks.server.ts'
import { paceCharges, startRamps } from './app/dunning/ramp.server.ts'
import { beat, claimDueCases, type DueCase } from './app/dunning/sweep.server.ts'
import { type Sightings, watchCases } from './app/dunning/watch.server.ts'
import { env } from './app/env.server.ts'
import { claimWebhookEvents, processWebhookEvent } from './app/intake/process.server.ts'
import { WEBHOOK_CHANNEL } from './app/intake/webhooks.server.ts'
import { log } from './app/log.server.ts'
import { flushCounts } from './app/metrics.server.ts'
import { findPlace } from './app/place.server.ts'
import { enforceRetention } from './app/retention.server.ts'
import { sendStaffMail } from './app/staff/staff-mail.server.ts'

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
/** Jobs that are fetched from the queue together; a batch waits for its slowest. */
const EVENT_BATCH = 10
const EVENT_BATCHES = 2
const CASE_BATCH = 20
/** What is past its time is erased at the start and once an hour. Milliseconds, real time. */
const HOUSEKEEPING_MS = 3_600_000
/** Stuck cases are looked for once a minute; a case is told of when two looks saw it. Milliseconds, real time. */
const WATCH_EVERY_MS = 60_000
/** Digests and alerts to staff are looked for once a minute. Milliseconds, real time. */
const STAFF_MAIL_EVERY_MS = 60_000
/** Missed charges are looked for, and those of shops on the ramp spread, this often. Milliseconds, world time. */
const LOOK_FOR_MISSED_MS = 30_000
const PACE_EVERY_MS = 1_000
/**
 * How long work that is under way may take to finish when the worker is asked to end. Milliseconds, real time. One
 * call to Shopify takes 10 s at most; platforms kill after 20 or 30 s.
 */
const FINISH_MS = 15_000

const { NODE_ENV, DATABASE_URL, WORKER_CASES_AT_ONCE } = env()
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
let lastPaced = 0
let lastLookForMissed = 0
let lastSweep = Promise.resolve()
let sightings: Sightings = new Set()
let listener: pg.Client
await findPlace()
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

const inBatches = (batchSize: number, sideBySide: number) => ({
  batchSize,
  localConcurrency: sideBySide,
  burstWhenBatchFull: true,
  pollingIntervalSeconds: 1,
})
await boss.work<{ id: string }>('webhook', inBatches(EVENT_BATCH, EVENT_BATCHES), async (jobs) => {
  await Promise.all(
    jobs.map(async ({ data }) => {
      const row = await db.webhookEvent.findUnique({ where: { id: data.id } })
      if (row) await processWebhookEvent(row)
    }),
  )
  sweepSoon()
})
const caseBatch = Math.min(CASE_BATCH, WORKER_CASES_AT_ONCE)
const caseBatches = Math.ceil(WORKER_CASES_AT_ONCE / caseBatch)
await boss.work<DueCase>('case', inBatches(caseBatch, caseBatches), async (jobs) => {
  await Promise.all(jobs.map(({ data }) => handleDue(data.caseId, data.handOver)))
  sweepSoon()
})

/** Looks by the clock are few and short: whoever claims one does it, without the queue. */
const looking = new Set<Promise<void>>()
function look(due: DueLook): void {
  const startedAt = realNow().getTime()
  const turn = takeTurn(due)
    .then(async (gotThrough) => {
      const tookMs = realNow().getTime() - startedAt
      if (gotThrough) await beat(`look_${due.job}`, me, realNow(), tookMs)
    })
    .catch((error: unknown) => log.error({ error, ...due }, 'a look by the clock broke off'))
    .finally(() => {
      looking.delete(turn)
      sweepSoon()
    })
  looking.add(turn)
}

/** Before each claim: what was missed in an outage must not be charged all at once. */
async function makeUpSlowly(): Promise<void> {
  const at = now()
  // A clock that is set back must not silence either until it has caught up.
  if (Math.abs(at.getTime() - lastLookForMissed) >= LOOK_FOR_MISSED_MS) {
    lastLookForMissed = at.getTime()
    const shops = await startRamps(at)
    if (shops.length > 0) log.warn({ shops }, 'charges were missed: they are made up slowly')
  }
  if (Math.abs(at.getTime() - lastPaced) < PACE_EVERY_MS) return
  lastPaced = at.getTime()
  await paceCharges(at)
}

/** Runs a job now and then again and again, one run at a time; its heartbeat tells that it got through. */
function byTheClock(job: string, everyMs: number, run: () => Promise<unknown>): NodeJS.Timeout {
  let running = false
  const once = async () => {
    if (running || stopping) return
    running = true
    const startedAt = realNow().getTime()
    try {
      await run()
      await beat(job, me, realNow(), realNow().getTime() - startedAt)
    } catch (error) {
      log.error({ error, job }, 'a job that runs by the clock failed; it runs again in its time')
    }
    running = false
  }
  void once()
  return setInterval(once, everyMs)
}

/** One sweep at a time; a wake-up during it makes another follow at once. */
function sweepSoon(): void {
  if (!started || stopping) return
  again = true
  if (sweeping) return
  sweeping = true
  lastSweep = (async () => {
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
  await makeUpSlowly()
  const due = await claimDueCases(now(), realNow())
  if (due.length > 0)
    await boss.insert(
      'case',
      due.map((data) => ({ data })),
    )
  for (const one of await claimDueLooks(now(), realNow())) look(one)
  if (startedAt - lastBeat >= BEAT_EVERY_MS) {
    lastBeat = startedAt
    await beat('sweep', me, realNow(), realNow().getTime() - startedAt)
  }
}

started = true
onClockJump(sweepSoon)
const ticker = setInterval(sweepSoon, SWEEP_EVERY_MS)
const clockwork = [
  byTheClock('watch', WATCH_EVERY_MS, async () => {
    sightings = await watchCases(now(), realNow(), sightings)
    await tidyBrakes(now())
  }),
  byTheClock('retention', HOUSEKEEPING_MS, () => enforceRetention()),
  byTheClock('staff_mail', STAFF_MAIL_EVERY_MS, () => sendStaffMail(now())),
]
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

/** Finishes what is under way, claims nothing new, and gives back what it had claimed and not begun. */
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  log.info('the worker ends')
  clearInterval(ticker)
  for (const timer of clockwork) clearInterval(timer)
  await lastSweep
  const looked = Promise.allSettled(looking)
  await boss.stop({ graceful: true, timeout: FINISH_MS })
  await Promise.race([looked, new Promise((resolve) => setTimeout(resolve, FINISH_MS))])
  const released = await releaseClaimsOf(me)
  if (released > 0) log.info({ released }, 'what was claimed and not begun is given back')
  await flushCounts()
  await listener.end().catch(() => undefined)
  await disconnect()
  process.exit(0)
}
process.once('SIGINT', () => void stop())
process.once('SIGTERM', () => void stop())
