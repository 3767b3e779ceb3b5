/**
 * Stacks that outlive a test file. Booting one costs five seconds of a processor, and most files want the same, so the
 * global set-up keeps those that were started and lends them: to one file at a time, with an empty world and empty
 * tables.
 *
 * A loan is one connection, with JSON lines in both directions. When it ends without a goodbye (the file crashed), or a
 * test failed on it, the stack is thrown away. Workers that a file killed, stopped or added are replaced by fresh ones.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect as connectTo, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { untilReady } from '../scripts/local-stack.mjs'
import { emptyTables } from '../scripts/migrate.mjs'
import {
  type Addresses,
  launchProcesses,
  type OwnProcesses,
  type Processes,
  pidsOf,
} from './local-processes.ts'
import { SandboxClient } from './sandbox-client.ts'

/** Where the global set-up leaves the pool's port for the test files. */
const POOL_VARIABLE = 'TEST_STACK_POOL'

/** How many lines of a process a borrower keeps to be shown when a test fails. */
const KEPT_LINES = 400

type Request = { call: number } & (
  | { ask: 'lend'; workers: number; at: string }
  | { ask: 'kill9Worker' | 'stopWorker'; index: number }
  | { ask: 'startWorker' }
  | { ask: 'takeBack'; reusable: boolean }
)
type Answer =
  | { call: number; addresses?: Addresses; error?: string }
  | { from: string; line: string }

type Kept = {
  processes: OwnProcesses
  /** The workers that no file has touched. */
  fresh: Set<Worker>
  /** Where the output goes. */
  borrower: Socket | null
}
type Worker = OwnProcesses['launched']['workers'][number]

export async function startStackPool(): Promise<{ stop(): Promise<void> }> {
  const idle: Kept[] = []
  const leaving = new Set<Promise<void>>()
  let stopping = false

  const discard = (kept: Kept) => {
    const gone: Promise<void> = kept.processes.stop().finally(() => leaving.delete(gone))
    leaving.add(gone)
  }

  const server = createServer((socket) => {
    let lent: Kept | null = null
    const say = (answer: Answer) => socket.writable && socket.write(`${JSON.stringify(answer)}\n`)
    const answer = async (request: Request): Promise<Addresses | undefined> => {
      if (request.ask === 'lend') {
        lent = await prepared(idle.pop() ?? (await launch()), request.workers, new Date(request.at))
        // The borrower may have gone meanwhile.
        if (socket.destroyed) giveBack(false)
        else lent.borrower = socket
        const { sandboxUrl, appUrl, databaseUrl, launched } = lent?.processes ?? noLoan()
        return { sandboxUrl, appUrl, databaseUrl, pids: pidsOf(launched) }
      }
      const { processes, fresh } = lent ?? noLoan()
      if (request.ask === 'takeBack') giveBack(request.reusable)
      else if (request.ask === 'startWorker') processes.startWorker()
      else {
        for (const worker of processes.launched.workers.slice(request.index, request.index + 1))
          fresh.delete(worker)
        await processes[request.ask](request.index)
      }
      return undefined
    }
    const giveBack = (reusable: boolean) => {
      if (!lent) return
      const { web, sandbox } = lent.processes.launched
      lent.borrower = null
      if (reusable && !stopping && web.isRunning() && sandbox.isRunning()) idle.push(lent)
      else discard(lent)
      lent = null
    }
    createInterface({ input: socket }).on('line', (line) => {
      const request: Request = JSON.parse(line)
      answer(request).then(
        (addresses) => say({ call: request.call, ...(addresses ? { addresses } : {}) }),
        (error: unknown) => say({ call: request.call, error: String(error) }),
      )
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => giveBack(false))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  process.env[POOL_VARIABLE] = String((server.address() as AddressInfo).port)
  return {
    async stop() {
      delete process.env[POOL_VARIABLE]
      stopping = true
      server.close()
      for (const kept of idle.splice(0)) discard(kept)
      await Promise.all(leaving)
    },
  }
}

const noLoan = (): never => {
  throw new Error('Nothing is lent on this connection.')
}

async function launch(): Promise<Kept> {
  let kept: Kept | null = null
  const processes = await launchProcesses({
    workers: 1,
    env: {},
    onLine: (from, line) => kept?.borrower?.write(`${JSON.stringify({ from, line })}\n`),
  })
  kept = { processes, fresh: new Set(processes.launched.workers), borrower: null }
  return kept
}

/** As if it had just been started: an empty world, empty tables, and so many workers that know of nothing before. */
async function prepared(kept: Kept, workers: number, at: Date): Promise<Kept> {
  const { launched, databaseUrl } = kept.processes
  const spent = launched.workers.filter((each) => !kept.fresh.has(each) || !each.isRunning())
  const spare = launched.workers.filter((each) => !spent.includes(each)).slice(workers)
  await Promise.all([...spent, ...spare].map((each) => each.stop()))
  const gone = new Set([...spent, ...spare])
  for (const list of [launched.workers, launched.started])
    list.splice(0, list.length, ...list.filter((each) => !gone.has(each)))

  const missing = workers - launched.workers.length
  await new SandboxClient(launched.sandboxUrl).reset(at)
  // A worker's sign of life stays only while that worker lives.
  await emptyTables(databaseUrl, { keep: missing > 0 ? [] : ['JobHeartbeat'] })
  for (let n = 0; n < missing; n++) launched.addWorker()
  kept.fresh = new Set(launched.workers)
  await untilReady(launched.appUrl, launched.started)
  return kept
}

/** A stack of the pool, for this file alone; null: there is no pool (a bench). */
export async function borrowProcesses(workers: number, at: Date): Promise<Borrowed | null> {
  const port = process.env[POOL_VARIABLE]
  if (!port) return null
  const socket = connectTo(Number(port), '127.0.0.1')
  await once(socket, 'connect')

  type Waiting = {
    resolve: (answer: Addresses | undefined) => void
    reject: (error: Error) => void
  }
  const waiting = new Map<number, Waiting>()
  const said = new Map<string, string[]>()
  let calls = 0
  const call = (
    request: Request extends infer R ? (R extends Request ? Omit<R, 'call'> : never) : never,
  ) =>
    new Promise<Addresses | undefined>((resolve, reject) => {
      calls += 1
      waiting.set(calls, { resolve, reject })
      socket.write(`${JSON.stringify({ ...request, call: calls })}\n`)
    })
  createInterface({ input: socket }).on('line', (text) => {
    const answer: Answer = JSON.parse(text)
    if ('line' in answer) {
      const lines = said.get(answer.from) ?? []
      said.set(answer.from, [...lines, answer.line].slice(-KEPT_LINES))
      return
    }
    const { resolve, reject } = waiting.get(answer.call) ?? noLoan()
    if (answer.error) reject(new Error(answer.error))
    else resolve(answer.addresses)
  })
  const lost = () => {
    for (const { reject } of waiting.values()) reject(new Error('The pool of stacks is gone.'))
  }
  socket.on('error', lost)
  socket.on('close', lost)

  const addresses = (await call({ ask: 'lend', workers, at: at.toISOString() })) ?? noLoan()
  let started = workers
  const one = (ask: 'kill9Worker' | 'stopWorker') => async (index: number) => {
    await call({ ask, index })
  }
  let reusable = true
  return {
    ...addresses,
    kill9Worker: one('kill9Worker'),
    stopWorker: one('stopWorker'),
    startWorker() {
      call({ ask: 'startWorker' }).catch((error: unknown) => console.error(error))
      started += 1
      return started - 1
    },
    tail: (lines) =>
      [...said].map(([from, all]) => `--- ${from}\n${all.slice(-lines).join('\n')}`).join('\n'),
    spoil() {
      reusable = false
    },
    async stop() {
      await call({ ask: 'takeBack', reusable })
      socket.end()
    },
  }
}

export type Borrowed = Processes & {
  /** Nobody else gets it after this file: who knows what it is still doing. */
  spoil(): void
}
