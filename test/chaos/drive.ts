/**
 * Plays a plan against the whole app: web and workers in processes of their own, a database of their own, the local
 * Shopify. The calendar goes in hops of an hour or more; in each of them people act, and what the plan breaks is broken while the app works.
 *
 * What is repeatable is the plan: who, what, in which hop. How real processes interleave within a hop is not.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { freePort, startEmbedded } from '../../scripts/embedded-postgres.mjs'
import { launchLocalStack, USER_AGENT } from '../../scripts/local-stack.mjs'
import { connected, migrate } from '../../scripts/migrate.mjs'
import type { launch } from '../../scripts/processes.mjs'
import { SandboxClient } from '../sandbox-client.ts'
import { BEGINS, type ChaosOptions } from './options.ts'
import {
  type Deed,
  type Kill,
  type Plan,
  type PlannedShop,
  planChaos,
  type Restart,
} from './plan.ts'
import { judge, type Verdict } from './verdict.ts'

export type Played = {
  plan: Plan
  verdict: Verdict
  /** What the run itself did. */
  kills: number
  /** Kills that hit a worker with claims in its hands. */
  killsAtWork: number
  restarts: number
  deeds: { done: number; refused: number }
  minutes: number
}

type Process = ReturnType<typeof launch>

/** How long a killer waits for a worker to be at work. Milliseconds, real time. */
const LOOK_FOR_WORK_MS = 1_500
/** A worker that begins while the database is away ends at once, and so does one whose database goes in that moment. */
const EXCUSED_MS = 15_000

/** Plays and judges. `folder` keeps the database for a look afterwards; the next run makes it anew. */
export async function playChaos(
  options: ChaosOptions,
  folder: string,
  say: (line: string) => void,
): Promise<Played> {
  const startedAt = performance.now()
  const plan = planChaos(options)
  const database = await freshServer(folder)
  const traces = mkdtempSync(join(tmpdir(), 'reprise-chaos-'))
  const pool = new pg.Pool({ connectionString: database.url, max: 3 })
  pool.on('error', () => {}) // it goes away on purpose
  const stack = await launchLocalStack({
    databaseUrl: database.url,
    folder: traces,
    appPort: await freePort(),
    workers: options.workers,
    nodeEnv: 'test',
    env: { LOG_LEVEL: 'error' },
  })
  const sandbox = new SandboxClient(stack.sandboxUrl)
  const crew = keepStaffed(stack)
  const done = { kills: 0, killsAtWork: 0, restarts: 0, deeds: { done: 0, refused: 0 } }
  try {
    const contracts = await populate(plan, sandbox, stack.appUrl, pool)
    say(`${contracts.length} subscribers of ${plan.shops.length} shops; ${seconds(startedAt)} s`)
    const people = newPeople(sandbox, stack.appUrl, pool, contracts, done.deeds)
    const kill = async ({ afterMs, worker }: Kill) => {
      const owner = await workerAtWork(pool)
      await wait(afterMs)
      done.killsAtWork += (await crew.kill(owner, worker)) ? 1 : 0
      done.kills += 1
    }
    const restart = async ({ afterMs, downMs, how }: Restart) => {
      await wait(afterMs)
      crew.databaseLeaves()
      await database.restart(how, downMs)
      crew.databaseIsBack()
      done.restarts += 1
    }
    const { seed, faults: probability } = options
    await sandbox.fault({ operation: '*', mode: 'random', probability, seed })
    await sandbox.webhookPolicy({ topic: '*', mode: 'random', probability, seed })
    await sandbox.mailByChance({ probability, seed })
    const hopLength = `PT${options.hop}H`
    const hopsADay = 24 / options.hop
    for (let hop = 0; hop < plan.hops; hop++) {
      if (hop === plan.calmFrom) await calm(sandbox)
      const deeds = plan.deeds.get(hop) ?? []
      await people.act(deeds.filter(isForAQuietMoment))
      const broken = [
        ...(plan.kills.get(hop) ?? []).map(kill),
        ...[plan.restarts.get(hop) ?? []].flat().map(restart),
        people.act(deeds.filter((deed) => !isForAQuietMoment(deed))),
      ]
      // Both, whatever becomes of either: nothing may go on in the background of the next hop.
      const [moved, ...others] = await Promise.allSettled([
        sandbox.moveClock({ by: hopLength, hop: hopLength }),
        ...broken,
      ])
      for (const one of [moved, ...others]) if (one.status === 'rejected') throw one.reason
      if ((hop + 1) % hopsADay === 0)
        say(await dayLine((hop + 1) / hopsADay, options.days, startedAt, pool, done))
    }
    // No clock stops in real life: what met its case in other hands at the end is taken up again half a minute later.
    await sandbox.moveClock({ by: 'PT15M', hop: 'PT5M' })
    crew.goHome()
    const verdict = await judge(options, { sandbox, pool, ended: crew.ended, ...done })
    return { plan, verdict, ...done, minutes: (performance.now() - startedAt) / 60_000 }
  } catch (error) {
    const words = stack.started.filter((each) => each.isRunning())
    throw new Error(
      `The run broke off (seed ${options.seed}). ${error instanceof Error ? error.message : error}\n` +
        words.map((each) => `--- ${each.name}\n${each.tail(15).join('\n')}`).join('\n'),
      { cause: error },
    )
  } finally {
    crew.goHome()
    await stack.stop()
    await pool.end()
    await database.stop()
    rmSync(traces, { recursive: true, force: true })
  }
}

/** A server that nobody else uses, since it will be stopped under everybody, with one database of today's tables. */
async function freshServer(dir: string) {
  const server = await startEmbedded({
    dir,
    database: 'postgres',
    // A crash of the server loses nothing that it has answered for; only a crash of the machine would.
    settings: { fsync: 'off', full_page_writes: 'off' },
  })
  const url = new URL(server.url)
  await connected(url.href, async (client: pg.Client) => {
    await client.query('drop database if exists chaos with (force)')
    await client.query('create database chaos')
  })
  url.pathname = '/chaos'
  await migrate(url.href)
  return { ...server, url: url.href }
}

// ---------------------------------------------------------------- the world at its beginning

/** Shops that use the app already, and their subscribers from before. Answers the contracts in the plan's order. */
async function populate(
  plan: Plan,
  sandbox: SandboxClient,
  appUrl: string,
  pool: pg.Pool,
): Promise<Subscriber[]> {
  await sandbox.reset(new Date(BEGINS), true)
  for (const shop of plan.shops) await openShop(shop, sandbox, appUrl, pool)
  // Nobody was told of them: they are older than the app.
  await sandbox.webhookPolicy({ topic: '*', mode: 'lost' })
  const made: Subscriber[] = []
  for (const { contract, shares } of plan.contracts) {
    const sibling = shares === null ? undefined : made[shares]
    const subscriber = await sandbox.createContract({
      ...contract,
      ...(sibling ? { methodId: sibling.methodId } : {}),
    })
    made.push({
      shop: contract.shop,
      email: sibling ? sibling.email : contract.customer.email,
      ...subscriber,
    })
  }
  await sandbox.webhookPolicy({ topic: '*', mode: 'normal' })
  return made
}

type Subscriber = {
  shop: string
  email: string | null
  contractId: string
  methodId: string
  productVariantId: string
}

async function openShop(
  { finalAction, ...shop }: PlannedShop,
  sandbox: SandboxClient,
  appUrl: string,
  pool: pg.Pool,
): Promise<void> {
  await sandbox.createShop(shop)
  const page = await fetch(await sandbox.launchUrl(shop.domain), {
    headers: { 'user-agent': USER_AGENT, accept: 'text/html' },
  })
  if (!page.ok)
    throw new Error(`The app at ${appUrl} answered ${page.status}: ${await page.text()}`)
  await page.arrayBuffer()
  await pool.query(
    'UPDATE "Shop" SET "recoveryStartedAt" = $2, "smallerOrders" = true WHERE shop = $1',
    [shop.domain, new Date(BEGINS)],
  )
  // What its merchant chose.
  await pool.query(
    `INSERT INTO "SequenceVersion" (id, "sequenceId", number, body, hash, "publishedAt", "publishedBy")
     SELECT gen_random_uuid(), v."sequenceId", v.number + 1, jsonb_set(v.body, '{finalAction}', to_jsonb($2::text)),
            v.hash || $2, v."publishedAt", 'chaos'
       FROM "SequenceVersion" v JOIN "Sequence" q ON q.id = v."sequenceId" WHERE q.shop = $1`,
    [shop.domain, finalAction],
  )
}

async function calm(sandbox: SandboxClient): Promise<void> {
  await sandbox.fault({ operation: '*', mode: 'random', probability: 0, seed: 1 })
  await sandbox.webhookPolicy({ topic: '*', mode: 'normal' })
  await sandbox.mailBehaviour(202)
}

// ---------------------------------------------------------------- workers, and who replaces them

/** Plays the platform: a worker that has ended is replaced at once. Whoever ends unasked is remembered. */
function keepStaffed(stack: Awaited<ReturnType<typeof launchLocalStack>>) {
  const killed = new Set<Process>()
  const ended: string[] = []
  let closing = false
  let away = false
  let lastAway = Number.NEGATIVE_INFINITY
  const databaseWasAway = () => away || performance.now() - lastAway < EXCUSED_MS
  const watch = (worker: Process) => {
    const since = performance.now()
    void worker.ended.then(async (how) => {
      if (closing) return
      const beginner = performance.now() - since < EXCUSED_MS && databaseWasAway()
      if (!killed.has(worker) && !beginner)
        ended.push(`a worker ended with ${how}:\n${worker.tail(10).join('\n')}`)
      if (!killed.has(worker)) await wait(300)
      if (!closing) watch(stack.addWorker())
    })
  }
  for (const worker of stack.workers) watch(worker)
  for (const each of [stack.web, stack.sandbox])
    void each.ended.then((how) => {
      if (!closing) ended.push(`${each.name} ended with ${how}:\n${each.tail(10).join('\n')}`)
    })
  return {
    ended,
    /** Kills the worker of this name, else one of those that run. Answers whether it was at work. */
    async kill(owner: string | null, otherwise: number): Promise<boolean> {
      const running = stack.workers.filter((each) => each.isRunning())
      const busy = running.find(({ pid }) => owner?.startsWith(`worker-${pid}-`))
      const victim = busy ?? running[otherwise % Math.max(1, running.length)]
      if (!victim) return false
      killed.add(victim)
      await victim.kill9()
      return busy !== undefined
    },
    databaseLeaves() {
      away = true
    },
    databaseIsBack() {
      away = false
      lastAway = performance.now()
    },
    goHome() {
      closing = true
    },
  }
}

/** Somebody who holds a claim at this moment; null when nobody does for a while, or the database is away. */
async function workerAtWork(pool: pg.Pool): Promise<string | null> {
  const until = performance.now() + LOOK_FOR_WORK_MS
  while (performance.now() < until) {
    const found = await pool
      .query<{ owner: string }>(
        `SELECT "leaseBy" AS owner FROM "RecoveryCase" WHERE "leaseUntil" >= $1 AND "leaseBy" LIKE 'worker-%'
         UNION ALL SELECT "leaseBy" FROM "WebhookEvent"
          WHERE state IN ('received', 'failed') AND "leaseUntil" >= $1 AND "leaseBy" LIKE 'worker-%' LIMIT 1`,
        [new Date()],
      )
      .catch(() => null)
    const owner = found?.rows[0]?.owner
    if (owner) return owner
    await wait(15)
  }
  return null
}

// ---------------------------------------------------------------- people

/**
 * What Shopify itself does not refuse is done while the app stands still: between an app's reading and its charge lie
 * milliseconds that no app can guard, and the judge would blame it for them. A pause, a skip, a cancellation is refused
 * by Shopify, so these may come at any moment.
 */
function isForAQuietMoment({ type }: Deed): boolean {
  return ['pay_elsewhere', 'replace_card', 'update_card', 'revoke_method'].includes(type)
}

function newPeople(
  sandbox: SandboxClient,
  appUrl: string,
  pool: pg.Pool,
  subscribers: Subscriber[],
  counts: Played['deeds'],
) {
  /** The case that is open on a contract, else nothing: people act on what they see. */
  const openCase = async (contractId: string) => {
    const { rows } = await pool.query<{ id: string; cycleIndex: number }>(
      `SELECT id, "cycleIndex" FROM "RecoveryCase" WHERE "contractId" = $1 AND "closedAt" IS NULL ORDER BY "openedAt" DESC LIMIT 1`,
      [contractId],
    )
    return rows[0] ?? null
  }
  const postForm = async (url: string, form: Record<string, string>, headers: object = {}) => {
    const answer = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'user-agent': USER_AGENT,
        origin: 'null',
        'sec-fetch-site': 'same-origin',
        ...headers,
      },
      body: new URLSearchParams(form),
    })
    await answer.arrayBuffer()
    if (answer.status >= 400) throw new Error(`${url} answered ${answer.status}`)
  }
  const pressStaff = async ({ shop, contractId }: Subscriber, intent: string) => {
    const found = await openCase(contractId)
    if (!found) return
    const authorization = `Bearer ${await sandbox.idToken(shop)}`
    await postForm(`${appUrl}/app/recoveries/${found.id}.data`, { intent }, { authorization })
  }
  const pressShopper = async ({ email }: Subscriber, form: Record<string, string>) => {
    if (!email) return
    const mails = await sandbox.mailbox(email)
    const link = mails.findLast(({ text }) => text?.includes('/r/'))?.text
    const first = link?.split('\n').find((one) => one.includes('/r/'))
    if (first) await postForm(first, form)
  }
  const act = async (deed: Deed): Promise<void> => {
    const who = subscribers[deed.contract]
    if (!who) throw new Error(`Nobody has the place ${deed.contract}.`)
    const { contractId } = who
    switch (deed.type) {
      case 'replace_card':
      case 'update_card':
        await sandbox.changeMethod(
          contractId,
          deed.card,
          deed.type === 'replace_card' ? 'replace' : 'update',
        )
        return
      case 'revoke_method':
        return sandbox.revokeMethod(who.methodId, deed.reason)
      case 'pause':
      case 'activate':
      case 'cancel':
        return sandbox.changeContract(contractId, deed.type)
      case 'skip':
      case 'pay_elsewhere': {
        const { cycleIndex } = (await openCase(contractId)) ?? { cycleIndex: 1 }
        const what = deed.type === 'skip' ? 'skip' : 'bill-elsewhere'
        return sandbox.changeCycle(contractId, cycleIndex, what)
      }
      case 'restock':
        return sandbox.setStock(who.productVariantId, 100)
      case 'mend':
        await sandbox.mend(contractId)
        return pressStaff(who, 'retry')
      case 'meet_bank':
        return sandbox.meetBank(contractId, deed.result)
      case 'shopper_presses':
        return pressShopper(who, { press: deed.press })
      case 'shopper_takes_less':
        return pressShopper(who, {
          press: 'smaller',
          [`line.${contractId.split('/').at(-1)}`]: '1',
        })
      case 'staff_presses':
        return pressStaff(who, deed.intent)
    }
  }
  return {
    /** One after the other. What is refused is refused: a contract may have ended, the database may be away. */
    async act(deeds: Deed[]): Promise<void> {
      for (const deed of deeds) {
        const did = await act(deed).then(
          () => true,
          () => false,
        )
        counts[did ? 'done' : 'refused'] += 1
      }
    },
  }
}

// ---------------------------------------------------------------- telling

async function dayLine(
  day: number,
  days: number,
  startedAt: number,
  pool: pg.Pool,
  done: { kills: number; restarts: number },
): Promise<string> {
  const { rows } = await pool.query<{ cases: number; open: number }>(
    `SELECT count(*)::int AS cases, count(*) FILTER (WHERE "closedAt" IS NULL)::int AS open FROM "RecoveryCase"`,
  )
  const { cases = 0, open = 0 } = rows[0] ?? {}
  return (
    `day ${String(day).padStart(2)} of ${days}: ${cases} cases, ${open} open; ` +
    `${done.kills} kills, ${done.restarts} restarts; ${seconds(startedAt)} s`
  )
}

const seconds = (since: number): number => Math.round((performance.now() - since) / 1_000)
