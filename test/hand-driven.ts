/**
 * The engine without its processes: its shell, an intake and a sandbox inside the test's own process, against a real
 * database and over real HTTP. There is no queue and no timer, so a test can stop a worker between any two of its
 * statements, let something happen between a worker's question and its answer, and walk weeks in seconds.
 *
 * A worker here is a copy of the app's modules of its own, with its own connections and its own name. What `worker.ts`
 * adds (the queue, the clockwork) is tested in processes, by test/faults/reference-app.test.ts among others.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '@prisma/client'
import pg from 'pg'
import { vi } from 'vitest'
import type { DunningEvent } from '../app/dunning/types.ts'
import { startSandbox } from '../sandbox/server.ts'
import { settingsFrom } from '../sandbox/settings.ts'
import { connected, emptyTables } from '../scripts/migrate.mjs'
import { freshDatabase } from './database.ts'
import { BEAN_AND_BLOOM } from './factories.ts'
import { SandboxClient } from './sandbox-client.ts'
import { WORLD_START } from './stack.ts'

// A hundred cases or forty days in one process: on a busy machine a minute is too short.
vi.setConfig({ testTimeout: 240_000 })

const KEY = 'hand-driven-key'
const SECRET = 'hand-driven-secret'

/** More turns than anything in a test leads to: something is due again and again. */
const TURNS = 500

export type Worker = {
  name: string
  /** Does all that is due at this world time. */
  work(): Promise<void>
  /** Handles one due case, as the queue would hand it over. */
  handle(caseId: string): Promise<void>
  /** Frees what dead workers had claimed, as each worker does every second; how many rows. */
  freeClaims(): Promise<number>
  /** A click of staff or of the shopper. */
  press(caseId: string, event: DunningEvent, actor?: string): Promise<string>
  /** "Drive again" on the page of a case that was set aside. */
  driveAgain(caseId: string): Promise<boolean>
  /** Gives back what it had claimed, and ends. */
  stop(): Promise<void>
  /** Ends as by kill -9: nothing more of it runs, and its connections are gone. */
  kill(): Promise<void>
}

export type HandDriven = {
  sandbox: SandboxClient
  db: PrismaClient
  /** Those that work whenever the calendar asks whether the app is idle. Empty: time passes and nobody works. */
  onDuty: Set<Worker>
  worker(): Promise<Worker>
  /** A shop that has installed the app and started recovery. */
  startedShop(shop?: typeof BEAN_AND_BLOOM): Promise<string>
  /** Takes the shop's access away, though nobody tells us, or gives it back as when the merchant opens the app. */
  setAccess(shop: string, on: boolean): Promise<void>
  /** An empty world and empty tables. */
  reset(at?: Date): Promise<void>
  stop(): Promise<void>
}

export async function handDriven(): Promise<HandDriven> {
  const folder = mkdtempSync(join(tmpdir(), 'reprise-by-hand-'))
  const database = await freshDatabase()
  const onDuty = new Set<Worker>()
  const workers = new Set<Worker>()

  let intake: Web | null = null
  let asked: Promise<unknown> = Promise.resolve()
  const server = createServer((req, res) => {
    if (req.url !== '/health') {
      intake?.receiveWebhook(req, res)
      return
    }
    asked = asked
      .then(() => Promise.all([...onDuty].map((worker) => worker.work())))
      .then(async () => JSON.stringify(onDuty.size > 0 ? await intake?.readHealth() : AT_REST))
      .then(
        (health) => res.end(health),
        (error: unknown) => res.writeHead(500).end(String(error)),
      )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const appUrl = `http://localhost:${(server.address() as AddressInfo).port}`
  const clockFile = join(folder, 'clock')
  const settings = settingsFrom({
    APP_URL: appUrl,
    SHOPIFY_API_KEY: KEY,
    SHOPIFY_API_SECRET: SECRET,
    SANDBOX_CLOCK_FILE: clockFile,
  })
  const shopify = await startSandbox(settings, 0)
  const sandbox = new SandboxClient(shopify.url)

  Object.assign(process.env, {
    SANDBOX_URL: shopify.url,
    SANDBOX_CLOCK_FILE: clockFile,
    SHOPIFY_API_KEY: KEY,
    SHOPIFY_API_SECRET: SECRET,
    SHOPIFY_APP_URL: appUrl,
    SCOPES: settings.deployed().scopes.join(','),
    SENDGRID_API_KEY: 'SG.local',
    MAIL_FROM: 'billing@reprise.example',
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'silent',
  })
  await import('../sandbox/register.ts')
  watchStatements()
  intake = await loadWeb(named(database.url, 'web'))

  const db = new PrismaClient({ adapter: new PrismaPg({ connectionString: database.url, max: 4 }) })
  let made = 0
  return {
    sandbox,
    db,
    onDuty,
    async worker() {
      const name = `worker ${++made}`
      const worker = await loadWorker(name, named(database.url, name), database.url, () => {
        workers.delete(worker)
        onDuty.delete(worker)
      })
      workers.add(worker)
      return worker
    },
    async startedShop(shop = BEAN_AND_BLOOM) {
      await sandbox.createShop(shop)
      const token = tokenOf(shop.domain)
      const { tokens, world } = shopify.sandbox
      tokens.access.set(token, { shop: shop.domain, expiresAt: null })
      const installed = world.shops.get(shop.domain)
      if (installed) installed.installed = true
      const { domain, name, email, zone, currency } = shop
      const facts = { shop: domain, name, email, zone, currency, locale: 'en', ownsContracts: true }
      await intake?.install(facts, token)
      await db.shop.update({
        where: { shop: shop.domain },
        data: { recoveryStartedAt: await sandbox.now() },
      })
      return shop.domain
    },
    async setAccess(shop, on) {
      const { access } = shopify.sandbox.tokens
      if (on) access.set(tokenOf(shop), { shop, expiresAt: null })
      else access.delete(tokenOf(shop))
      if (on) await db.session.updateMany({ where: { shop }, data: { expires: null } })
    },
    async reset(at = WORLD_START) {
      await sandbox.reset(at)
      await emptyTables(database.url, { keep: [] })
    },
    async stop() {
      for (const worker of workers) await worker.stop()
      await intake?.end()
      await db.$disconnect()
      await shopify.close()
      await new Promise((closed) => {
        server.close(closed)
        server.closeAllConnections()
      })
      await database.drop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const tokenOf = (shop: string) => `token of ${shop}`

const AT_REST = { pending: 0, nextDueAt: null, nextLookAt: null }

/** The connections of one worker are known by their name, here and in PostgreSQL. */
function named(url: string, name: string): string {
  const with_ = new URL(url)
  with_.searchParams.set('application_name', name)
  return with_.href
}

// ---------------------------------------------------------------- copies of the app's modules

/** The next import of an app module begins a copy of its own, with its own connections. */
function forgetModules(databaseUrl: string): void {
  vi.resetModules()
  Object.assign(process.env, { DATABASE_URL: databaseUrl })
  Object.assign(globalThis, { __repriseDb: undefined, __reprisePlace: null })
}

type Web = Awaited<ReturnType<typeof loadWeb>>

async function loadWeb(databaseUrl: string) {
  forgetModules(databaseUrl)
  const { receiveWebhook } = await import('../app/intake/webhooks.server.ts')
  const { readHealth } = await import('../app/health.server.ts')
  const { db, disconnect } = await import('../app/db.server.ts')
  const { installShop } = await import('../app/dunning/sequences.server.ts')
  const { sealToken } = await import('../app/shopify/token-seal.server.ts')
  const { now } = await import('../app/clock.server.ts')
  return {
    receiveWebhook,
    readHealth,
    async install(facts: Parameters<typeof installShop>[1], token: string) {
      const { shop } = facts
      await installShop(db, facts, now())
      const id = `offline_${shop}`
      const accessToken = sealToken(token, { id, column: 'accessToken' })
      await db.session.create({ data: { id, shop, state: '', isOnline: false, accessToken } })
    },
    end: disconnect,
  }
}

async function loadWorker(
  name: string,
  databaseUrl: string,
  ownerUrl: string,
  gone: () => void,
): Promise<Worker> {
  forgetModules(databaseUrl)
  const { disconnect, db } = await import('../app/db.server.ts')
  const { now, realNow } = await import('../app/clock.server.ts')
  const claims = await import('../app/dunning/claims.server.ts')
  const { claimDueCases } = await import('../app/dunning/sweep.server.ts')
  const { claimDueLooks, takeTurn } = await import('../app/dunning/looks.server.ts')
  const intake = await import('../app/intake/process.server.ts')
  const { driveCaseAgain } = await import('../app/dunning/set-aside.server.ts')
  const shell = await import('../app/dunning/handle-event.server.ts')

  const alive = new pg.Client({ connectionString: databaseUrl })
  alive.on('error', () => {})
  await alive.connect()
  const me = await claims.becomeWorker(alive)
  let handed = 0
  let stopping = false
  const running = new Set<Promise<void>>()
  /** What is under way is finished before the worker ends, as in worker.ts. */
  const tracked = (work: Promise<void>) => {
    running.add(work)
    void work.finally(() => running.delete(work)).catch(() => {})
    return work
  }

  const workOn = async () => {
    for (let turn = 0; turn < TURNS; turn++) {
      await claims.freeClaimsOfTheDead(realNow())
      const events = await intake.claimWebhookEvents(100, me)
      const due = await claimDueCases(now(), realNow())
      const looks = await claimDueLooks(now(), realNow())
      if (events.length + due.length + looks.length === 0) return
      await Promise.all([
        ...events.map((event) => intake.processWebhookEvent(event)),
        ...due.map(({ caseId, handOver }) => shell.handleDue(caseId, handOver)),
        ...looks.map((look) => takeTurn(look)),
      ])
      if (stopping) return
    }
    throw new Error(`Something is still due after ${TURNS} turns.`)
  }

  return {
    name,
    work: () => tracked(workOn()),
    handle: (caseId) => tracked(shell.handleDue(caseId, `${me}/handed ${++handed}`)),
    freeClaims: () => claims.freeClaimsOfTheDead(realNow()),
    async press(caseId, event, actor = 'Ada') {
      const { shop } = await db.recoveryCase.findUniqueOrThrow({ where: { id: caseId } })
      const outcome = await shell.handleEvent({
        shop,
        caseId,
        event,
        actor,
        correlationId: `click on ${caseId}`,
      })
      return 'error' in outcome ? outcome.error : outcome.because
    },
    async driveAgain(caseId) {
      const { shop } = await db.recoveryCase.findUniqueOrThrow({ where: { id: caseId } })
      return driveCaseAgain(shop, caseId, 'Ada', now())
    },
    async stop() {
      gone()
      stopping = true
      await Promise.allSettled(running)
      await claims.releaseClaimsOf(me)
      await alive.end()
      await disconnect()
    },
    async kill() {
      gone()
      dead.add(name)
      await connected(ownerUrl, (client) =>
        client.query(
          'SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = $1',
          [name],
        ),
      )
    },
  }
}

// ---------------------------------------------------------------- stopping a worker between two lines

/** The worker that is to die, and at which of its points. */
type Doom = { worker: string; at: number; points: string[]; died: (where: string) => void }
let doom: Doom | null = null
/** Nothing of these runs any more, also when their cut connections wake something up. */
const dead = new Set<string>()

/**
 * Lets `worker` do `work` and kills it at its `at`-th point: before or after one of its statements. Every request to
 * Shopify and every mail lies between two of them. Answers where it died, or null when the work was done before.
 */
export async function killAt(
  worker: Worker,
  at: number,
  work: () => Promise<unknown>,
): Promise<string | null> {
  const where = await new Promise<string | null>((resolve, reject) => {
    doom = { worker: worker.name, at, points: [], died: resolve }
    work().then(() => resolve(null), reject)
  })
  if (where !== null) await worker.kill()
  doom = null
  return where
}

/** Passes a point. Never goes on once its worker is dead. */
async function point(worker: string, what: string): Promise<void> {
  if (dead.has(worker)) await forEver()
  if (doom?.worker !== worker) return
  doom.points.push(what)
  if (doom.points.length < doom.at) return
  dead.add(worker)
  doom.died(`${doom.at}: ${what}`)
  await forEver()
}

/** Its connection will be cut under it. */
const survive = () => {}

const forEver = () => new Promise<never>(() => {})

type Query = (this: pg.Client, ...given: unknown[]) => unknown

/** pg answers by promise, or by the last argument when that is a function. */
function watchStatements(): void {
  const client = pg.Client.prototype as unknown as { query: Query }
  const real = client.query
  client.query = function (...given) {
    const { application_name: worker } = (
      this as unknown as { connectionParameters: { application_name?: string } }
    ).connectionParameters
    if (!worker || (doom?.worker !== worker && !dead.has(worker))) return real.apply(this, given)
    if (this.listenerCount('error', survive) === 0) this.on('error', survive)
    const callback = typeof given.at(-1) === 'function' ? (given.pop() as Callback) : null
    const [asked] = given as [string | { text: string; name?: string }]
    const what = typeof asked === 'string' ? asked : (asked.name ?? asked.text)
    const run = async () => {
      await point(worker, `before ${brief(what)}`)
      const answer = await (real.apply(this, given) as Promise<unknown>)
      await point(worker, `after ${brief(what)}`)
      return answer
    }
    if (!callback) return run()
    run().then(
      (answer) => callback(null, answer),
      (error: unknown) => callback(error),
    )
  }
}

type Callback = (error: unknown, answer?: unknown) => void

const brief = (statement: string) => statement.trim().replaceAll(/\s+/g, ' ').slice(0, 60)
