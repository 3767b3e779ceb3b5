/**
 * The whole of Reprise on this machine against the sandbox: local Shopify, web process and workers. The demo and the
 * tests run the same one.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { mailEventKeys } from '../sandbox/mail-event-keys.ts'
import { twilioAccount } from '../sandbox/twilio-account.ts'
import { askUntil, launch } from './processes.mjs'
import { projectFolder } from './setup.mjs'
import { keepWorkers } from './worker-keeper.mjs'

/** Credentials of the app at the local Shopify. They open nothing else. */
export const API_KEY = '5f1d0c6e8b7a49d2a3c4e5f60718293a'
export const API_SECRET = 'local-shopify-secret-5f1d0c6e8b7a49d2'

/** How long the web process may take to call itself ready, worker included. Milliseconds. */
const READY_TIMEOUT_MS = 90_000

/** A browser's: Remix answers 410 to what looks like a robot. */
export const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

/**
 * Starts sandbox, web and workers, and answers once /health is ready.
 *
 * @param {object} options
 * @param {string} options.databaseUrl migrated
 * @param {string} options.folder for the clock file; it must exist
 * @param {number} options.appPort
 * @param {number} [options.sandboxPort] 0: any free one
 * @param {number} [options.workers]
 * @param {'development' | 'test'} options.nodeEnv
 * @param {Record<string, string>} [options.env] on top, for web and workers
 * @param {(env: Record<string, string>) => Promise<void>} [options.alongside] run while the app starts, with its
 *   environment; awaited too
 * @param {(name: string, line: string) => void} [options.onLine]
 * @param {(started: ReturnType<typeof launch>) => void} [options.onStart] told of each process at once
 */
export async function launchLocalStack({
  databaseUrl,
  folder,
  appPort,
  sandboxPort = 0,
  workers: workerCount = 1,
  nodeEnv,
  env = {},
  alongside = async () => {},
  onLine = () => {},
  onStart = () => {},
}) {
  const clockFile = join(folder, 'clock')
  const appUrl = `http://localhost:${appPort}`
  /** @type {ReturnType<typeof launch>[]} */
  const started = []
  const start = (name, args, own) => {
    const each = launch(name, args, { NODE_ENV: nodeEnv, ...own }, (line) => onLine(name, line))
    started.push(each)
    onStart(each)
    return each
  }

  const sandbox = start('sandbox', ['sandbox/server.ts'], {
    SANDBOX_PORT: String(sandboxPort),
    SANDBOX_CLOCK_FILE: clockFile,
    APP_URL: appUrl,
    SHOPIFY_API_KEY: API_KEY,
    SHOPIFY_API_SECRET: API_SECRET,
    // Tests tell what becomes of a mail; in the demo it is delivered unless told otherwise.
    SANDBOX_MAIL_EVENTS: nodeEnv === 'development' ? '1' : '',
  })
  let keeper = { close() {} }
  const stop = async () => {
    keeper.close()
    // The app first, so that it does not complain about a Shopify that went away.
    await Promise.all(started.filter((each) => each !== sandbox).map((each) => each.stop()))
    await sandbox.stop()
  }

  try {
    const sandboxUrl = `http://localhost:${await sandbox.listening()}`
    const twilio = twilioAccount(API_SECRET)
    const appEnvironment = {
      DATABASE_URL: databaseUrl,
      HOST: '127.0.0.1',
      PORT: String(appPort),
      SHOPIFY_API_KEY: API_KEY,
      SHOPIFY_API_SECRET: API_SECRET,
      SHOPIFY_APP_URL: appUrl,
      SCOPES: declaredScopes(),
      SENDGRID_API_KEY: 'SG.local',
      MAIL_FROM: 'billing@reprise.example',
      SENDGRID_EVENT_KEY: mailEventKeys(API_SECRET).publicKey,
      TWILIO_ACCOUNT_SID: twilio.sid,
      TWILIO_AUTH_TOKEN: twilio.token,
      TWILIO_FROM: twilio.from,
      APP_BRIDGE_URL: `${sandboxUrl}/app-bridge.js`,
      REPRISE_STOP: '',
      SANDBOX_URL: sandboxUrl,
      SANDBOX_CLOCK_FILE: clockFile,
      ...env,
    }
    const preload = ['--import', './sandbox/register.ts']
    const addWorker = () => {
      const worker = start('worker', [...preload, 'worker.ts'], appEnvironment)
      workers.push(worker)
      return worker
    }
    /** @type {ReturnType<typeof launch>[]} */
    const workers = []
    const web = start('web', [...preload, 'server.ts'], appEnvironment)
    for (let n = 0; n < workerCount; n++) addWorker()
    await Promise.all([web.listening(), alongside(appEnvironment)])
    if (workerCount > 0) await untilReady(appUrl, started)
    keeper = keepWorkers(sandbox, workers, addWorker)
    return { sandbox, web, workers, sandboxUrl, appUrl, addWorker, started, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/**
 * Waits until /health answers 200: the database answers and a worker is at work.
 *
 * @param {string} appUrl
 * @param {ReturnType<typeof launch>[]} processes whose end ends the waiting
 */
export async function untilReady(appUrl, processes) {
  let lastAnswer = 'no answer'
  let over = false
  const ready = askUntil(
    async () => {
      if (over) return true
      const answer = await fetch(`${appUrl}/health`, { headers: { 'user-agent': USER_AGENT } })
      lastAnswer = `${answer.status} ${await answer.text()}`
      return answer.ok || undefined
    },
    { timeoutMs: READY_TIMEOUT_MS, otherwise: () => `no after ${READY_TIMEOUT_MS / 1000} s` },
  ).catch((error) => error.message)
  const outcome = await Promise.race([
    ready,
    ...processes.map((each) =>
      each.ended.then((how) => `the ${each.name} process ended with ${how}`),
    ),
  ])
  over = true
  if (outcome === true) return
  const words = processes.map((each) => `--- ${each.name}\n${each.tail(20).join('\n')}`)
  throw new Error(`The app is not ready: ${outcome}. /health: ${lastAnswer}\n${words.join('\n')}`)
}

/** The scopes that a deploy would grant, from shopify.app.toml. */
function declaredScopes() {
  const config = parse(readFileSync(join(projectFolder, 'shopify.app.toml'), 'utf8'))
  const { scopes } = /** @type {{ scopes: string }} */ (config.access_scopes)
  return scopes
}
