/**
 * The whole app against the sandbox, in processes of its own and on a database of its own, for one test file.
 * `start` it in `beforeAll`, `stop` it in `afterAll`; nothing outlives the file, however it ends.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '@prisma/client'
import { freePort } from '../scripts/embedded-postgres.mjs'
import { launchLocalStack } from '../scripts/local-stack.mjs'
import { emptyTables } from '../scripts/migrate.mjs'
import { freshDatabase } from './database.ts'
import { SandboxClient } from './sandbox-client.ts'

/** Real time within which the app must have done all that is due. Milliseconds. */
const IDLE_TIMEOUT_MS = 30_000

export type Stack = {
  /** The local Shopify's control API. */
  sandbox: SandboxClient
  appUrl: string
  databaseUrl: string
  db: PrismaClient
  /** What the app says about itself. */
  health(): Promise<Health>
  /** Waits until the app has nothing left to do at the present world time. */
  idle(): Promise<Health>
  /** Ends a worker as a crash would, and answers when it is gone. */
  kill9Worker(index: number): Promise<void>
  /** Ends a worker as a deploy would. */
  stopWorker(index: number): Promise<void>
  /** One more worker; its index. */
  startWorker(): number
  /** An empty world and empty tables; the processes go on. */
  reset(at?: Date): Promise<void>
  /** The last lines of every process. */
  tail(lines?: number): string
  stop(): Promise<void>
}

export type Health = {
  live: boolean
  ready: boolean
  now: string
  pending: number
  nextDueAt: string | null
  queues: { queue: string; due: number; lagSeconds: number }[]
  stuck: { still: number; aside: number; events: number }
  slow: { paused: number; ramp: number }
  heartbeats: { job: string; ageSeconds: number }[]
  problems: string[]
}

/** The stacks of this test file, for the tail that is printed when a test fails. */
export const runningStacks = new Set<Stack>()

/** Monday, 9 November 2026, 08:00 in Berlin: where the demo's world starts too. */
export const WORLD_START = new Date('2026-11-09T07:00:00Z')

export async function startStack({
  workers = 1,
  env = {},
}: {
  workers?: number
  /** Settings of web and workers on top of the usual ones. */
  env?: Record<string, string>
} = {}): Promise<Stack> {
  const database = await freshDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'reprise-test-'))
  const removeTraces = async () => {
    rmSync(folder, { recursive: true, force: true })
    await database.drop()
  }
  const launched = await launchLocalStack({
    databaseUrl: database.url,
    folder,
    appPort: await freePort(),
    workers,
    nodeEnv: 'test',
    env,
  }).catch(async (error: unknown) => {
    await removeTraces()
    throw error
  })
  const db = new PrismaClient({
    adapter: new PrismaPg({ connectionString: database.url, max: 4 }),
  })
  const sandbox = new SandboxClient(launched.sandboxUrl)

  const workerAt = (index: number) => {
    const worker = launched.workers[index]
    if (!worker)
      throw new Error(`There is no worker ${index}: ${launched.workers.length} were started.`)
    return worker
  }
  const health = async (): Promise<Health> => {
    const answer = await fetch(`${launched.appUrl}/health`)
    return (await answer.json()) as Health
  }

  const stack: Stack = {
    sandbox,
    appUrl: launched.appUrl,
    databaseUrl: database.url,
    db,
    health,
    async idle() {
      const until = performance.now() + IDLE_TIMEOUT_MS
      for (;;) {
        const state = await health()
        if (state.pending === 0) return state
        if (performance.now() > until) {
          throw new Error(
            `The app is still busy after ${IDLE_TIMEOUT_MS / 1000} s: ${JSON.stringify(state)}`,
          )
        }
      }
    },
    async kill9Worker(index) {
      await workerAt(index).kill9()
    },
    async stopWorker(index) {
      await workerAt(index).stop()
    },
    startWorker() {
      launched.addWorker()
      return launched.workers.length - 1
    },
    async reset(at = WORLD_START) {
      await sandbox.reset(at)
      // The workers are alive still, and the app is ready only while it knows that.
      await emptyTables(database.url, { keep: ['JobHeartbeat'] })
    },
    tail: (lines = 25) =>
      launched.started
        .map(
          (each) =>
            `--- ${each.name} (${each.isRunning() ? 'running' : 'ended'})\n${each.tail(lines).join('\n')}`,
        )
        .join('\n'),
    async stop() {
      runningStacks.delete(stack)
      await launched.stop()
      await db.$disconnect()
      await removeTraces()
    },
  }
  runningStacks.add(stack)
  return stack
}
