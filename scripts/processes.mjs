/** Child processes that say when they are ready, are told when to stop, and never outlive the one who started them. */

import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { nodeProgram, projectFolder, toolEnvironment } from './setup.mjs'

/** How long a process may take to say that it listens, and to end when asked to. Milliseconds. */
const READY_TIMEOUT_MS = 90_000
const STOP_TIMEOUT_MS = 5_000
/** How many lines of each process are kept to be shown when something fails. */
const KEPT_LINES = 400

/** The app's processes, as `start:web` and `start:worker` have it: each stays under 200 MB (docs/performance.md). */
export const HEAP = ['--max-semi-space-size=8', '--max-old-space-size=512']

const preloads = ['leave-with-parent.mjs', 'keep-stripped.mjs'].flatMap((file) => [
  '--import',
  new URL(file, import.meta.url).href,
])
const compileCache = join(projectFolder, '.cache', 'node')
const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * Starts one of our Node processes.
 *
 * @param {string} name for people: the first word of each line of its output
 * @param {string[]} args for Node
 * @param {Record<string, string>} env what it gets besides our own environment
 * @param {(line: string) => void} [onLine] each line of its output
 */
export function launch(name, args, env, onLine = () => {}) {
  const child = spawn(
    nodeProgram(),
    ['--disable-warning=ExperimentalWarning', ...preloads, ...args],
    {
      cwd: projectFolder,
      // Node keeps what it compiled; later starts take about a quarter less.
      env: { ...toolEnvironment(), NODE_COMPILE_CACHE: compileCache, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  )
  running.add(child)
  // The channel is only there to be cut when we die; it does not keep us alive.
  child.channel?.unref()

  /** @type {string[]} */
  const lines = []
  /** @type {(port: number) => void} */
  let isListening = () => {}
  /** @type {Promise<number>} */
  const listening = new Promise((done) => {
    isListening = done
  })
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      if (lines.length > KEPT_LINES) lines.shift()
      const ready = /^\{"listening":(\d+)\}$/.exec(line.trim())
      if (ready) isListening(Number(ready[1]))
      else onLine(line)
    })
  }

  /** @type {Promise<string>} */
  const ended = new Promise((done) => {
    child.on('error', (error) => done(String(error)))
    child.on('exit', (code, signal) => done(signal ?? `status ${code}`))
  }).finally(() => running.delete(child))
  let asked = false

  return {
    name,
    pid: /** @type {number} */ (child.pid),
    /** Fulfilled with how it ended: "status 0", "SIGKILL". */
    ended,
    /** Its last lines. */
    tail: (count = 40) => lines.slice(-count),

    /** Its port, once it says so; throws with its output when it ends or says nothing. */
    async listening() {
      const first = await Promise.race([
        listening,
        ended.then((how) => `ended with ${how} before it was ready`),
        wait(READY_TIMEOUT_MS, `was not ready within ${READY_TIMEOUT_MS / 1000} s`, { ref: false }),
      ])
      if (typeof first === 'number') return first
      throw new Error(`${name} ${first}. Its last words:\n${lines.slice(-30).join('\n')}`)
    },

    isRunning: () => running.has(child),
    /** Whether somebody here wanted it to end. */
    wasAskedToEnd: () => asked,

    /**
     * Says something to it over the channel between us.
     *
     * @param {object} message
     */
    tell(message) {
      if (child.connected) child.send(message, () => {})
    },
    /** @param {(message: unknown) => void} hear told of what it says over that channel */
    onTold(hear) {
      child.on('message', hear)
    },

    /** Ends it at once, as a crash would. */
    async kill9() {
      asked = true
      child.kill('SIGKILL')
      return await ended
    },

    /** Asks it to end; a process that does not listen is ended. */
    async stop() {
      asked = true
      child.kill('SIGTERM')
      const how = await Promise.race([ended, wait(STOP_TIMEOUT_MS, null, { ref: false })])
      if (how !== null) return how
      child.kill('SIGKILL')
      return await ended
    },
  }
}

/** Whether nobody listens on this port, on any address that `localhost` may mean. */
export async function isFree(port) {
  for (const host of ['127.0.0.1', '::1']) {
    const free = await new Promise((done) => {
      const probe = createServer()
      probe.on('error', (error) => done(error.code !== 'EADDRINUSE'))
      probe.listen(port, host, () => probe.close(() => done(true)))
    })
    if (!free) return false
  }
  return true
}

/**
 * Asks again, a few times a second, until `question` answers something other than undefined.
 *
 * @template T
 * @param {() => Promise<T | undefined>} question
 * @param {{ timeoutMs: number, otherwise: (lastError: unknown) => string }} options
 * @returns {Promise<T>}
 */
export async function askUntil(question, { timeoutMs, otherwise }) {
  const until = performance.now() + timeoutMs
  let lastError
  for (;;) {
    const answer = await question().catch((error) => {
      lastError = error
      return undefined
    })
    if (answer !== undefined) return answer
    if (performance.now() > until) throw new Error(otherwise(lastError), { cause: lastError })
    await wait(40)
  }
}
