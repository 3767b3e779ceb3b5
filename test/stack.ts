/**
 * The whole app against the sandbox, on a database that nobody else uses, for one test file. `start` it in `beforeAll`,
 * `stop` it in `afterAll`. With the usual settings it is lent by the pool of this run (stack-pool.ts), else started for
 * the file; nothing outlives the run, however it ends.
 */
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '@prisma/client'
import { emptyTables } from '../scripts/migrate.mjs'
import { launchProcesses } from './local-processes.ts'
import { SandboxClient } from './sandbox-client.ts'
import { borrowProcesses } from './stack-pool.ts'

/** Real time within which the app must have done all that is due. Milliseconds. */
const IDLE_TIMEOUT_MS = 30_000

export type Stack = {
  /** The local Shopify's control API. */
  sandbox: SandboxClient
  appUrl: string
  databaseUrl: string
  /** The system's numbers of the web process and the workers. */
  pids: Record<string, number>
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
  /** A test failed on it: no other file gets it. */
  spoil(): void
  stop(): Promise<void>
}

export type Health = {
  live: boolean
  ready: boolean
  now: string
  pending: number | null
  nextDueAt: string | null
  queues: { queue: string; due: number; lagSeconds: number }[]
  stuck: { still: number; aside: number; events: number }
  slow: { paused: number; ramp: number; braked: number }
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
  // Settings are read at the start of a process, so they need processes of their own.
  const borrowed = Object.keys(env).length === 0 && (await borrowProcesses(workers, WORLD_START))
  const processes = borrowed || (await launchProcesses({ workers, env }))
  const { sandboxUrl, appUrl, databaseUrl, pids } = processes
  const db = new PrismaClient({
    adapter: new PrismaPg({ connectionString: databaseUrl, max: 4 }),
  })
  const sandbox = new SandboxClient(sandboxUrl)
  const health = async (): Promise<Health> => {
    const answer = await fetch(`${appUrl}/health`)
    return (await answer.json()) as Health
  }

  const stack: Stack = {
    sandbox,
    appUrl,
    databaseUrl,
    pids,
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
    kill9Worker: processes.kill9Worker,
    stopWorker: processes.stopWorker,
    startWorker: processes.startWorker,
    async reset(at = WORLD_START) {
      await sandbox.reset(at)
      // The workers are alive still, and the app is ready only while it knows that.
      await emptyTables(databaseUrl, { keep: ['JobHeartbeat'] })
    },
    tail: (lines = 25) => processes.tail(lines),
    spoil() {
      if (borrowed) borrowed.spoil()
    },
    async stop() {
      runningStacks.delete(stack)
      await db.$disconnect()
      await processes.stop()
    },
  }
  runningStacks.add(stack)
  return stack
}
