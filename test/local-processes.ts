/** Sandbox, web and workers with a database of their own: what a stack runs on, in whichever process launched it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../scripts/embedded-postgres.mjs'
import { launchLocalStack } from '../scripts/local-stack.mjs'
import { freshDatabase } from './database.ts'

/** Where they listen, and what the system calls them. */
export type Addresses = {
  sandboxUrl: string
  appUrl: string
  databaseUrl: string
  /** Of the web process and of each worker that was there at first. */
  pids: Record<string, number>
}

export type Processes = Addresses & {
  kill9Worker(index: number): Promise<void>
  stopWorker(index: number): Promise<void>
  /** One more worker; its index. */
  startWorker(): number
  /** The last lines of every process. */
  tail(lines: number): string
  stop(): Promise<void>
}

export type Launched = Awaited<ReturnType<typeof launchLocalStack>>
export type OwnProcesses = Processes & { launched: Launched }

export const pidsOf = ({ web, workers }: Launched): Record<string, number> => ({
  web: web.pid,
  ...Object.fromEntries(workers.map((each, at) => [`worker ${at}`, each.pid])),
})

export async function launchProcesses({
  workers,
  env,
  onLine,
}: {
  workers: number
  env: Record<string, string>
  /** Told of each line of output, with the name of the process. */
  onLine?: (name: string, line: string) => void
}): Promise<OwnProcesses> {
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
    ...(onLine ? { onLine } : {}),
  }).catch(async (error: unknown) => {
    await removeTraces()
    throw error
  })
  const workerAt = (index: number) => {
    const worker = launched.workers[index]
    if (!worker)
      throw new Error(`There is no worker ${index}: ${launched.workers.length} were started.`)
    return worker
  }
  return {
    launched,
    sandboxUrl: launched.sandboxUrl,
    appUrl: launched.appUrl,
    databaseUrl: database.url,
    pids: pidsOf(launched),
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
    tail: (lines) =>
      launched.started
        .map(
          (each) =>
            `--- ${each.name} (${each.isRunning() ? 'running' : 'ended'})\n${each.tail(lines).join('\n')}`,
        )
        .join('\n'),
    async stop() {
      await launched.stop()
      await removeTraces()
    },
  }
}
