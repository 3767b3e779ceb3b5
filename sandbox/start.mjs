#!/usr/bin/env node
/**
 * `npm run demo`: from a fresh clone to Reprise at work beside a local Shopify, with one command. It installs,
 * generates, migrates, seeds and starts everything on this machine only, and prints what to open.
 *
 *   npm run demo -- --port 3100 --sandbox-port 4700      (or PORT and SANDBOX_PORT)
 *
 * Each start begins with a new world: the local Shopify keeps it in memory, so the app's tables are emptied to match.
 * Plain JavaScript, because it runs before anything is installed.
 */

import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  ensureInstalled,
  onNode22,
  projectFolder,
  SetUpFailed,
  setUp,
  whenNpmIsGone,
} from '../scripts/setup.mjs'

/** The shops of prisma/seed.ts. A database with any other shop is not the demo's to empty. */
const DEMO_SHOPS = ['bean-and-bloom.myshopify.com', 'tideline-tea.myshopify.com']

const dataFolder = join(projectFolder, '.data')
// Kept where the script goes on under another Node. Milliseconds since the epoch.
process.env.DEMO_STARTED_AT ??= String(Date.now())
const startedAt = Number(process.env.DEMO_STARTED_AT)
/** What must be ended, last started first. */
const undo = []
let ready = false
let leaving = false

try {
  await ensureInstalled(say)
  await onNode22(import.meta.url)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => leave(0))
  whenNpmIsGone(() => leave(0))
  await demo(options())
} catch (error) {
  if (!leaving) {
    console.error(`\n${error instanceof SetUpFailed ? error.message : error.stack}`)
    await leave(1)
  }
}

async function demo({ port, sandboxPort }) {
  await refuseTakenPorts({ port, sandboxPort })
  await setUp({ log: say })

  const databaseUrl = await prepareDatabase(sandboxPort)
  const { launchLocalStack } = await import('../scripts/local-stack.mjs')
  // Clock and log of this demo; another on other ports has its own.
  const folder = join(dataFolder, `demo-${sandboxPort}`)
  mkdirSync(folder, { recursive: true })
  const logFile = join(folder, 'demo.log')
  const log = createWriteStream(logFile)
  say('starting the local Shopify, the web process and a worker')
  const stack = await launchLocalStack({
    databaseUrl,
    folder,
    appPort: port,
    sandboxPort,
    nodeEnv: 'development',
    alongside: seed,
    onLine: (name, line) => log.write(`${name}: ${line}\n`),
    onStart: (each) => {
      undo.push(() => each.stop())
      each.ended.then((how) => {
        // Until all is ready whoever waits for it complains; and the front page may kill the worker.
        if (ready && !leaving && !each.wasAskedToEnd()) return leaveAfter(each, how)
      })
    },
  })
  ready = true
  say('ready')
  console.log(`
  Open   ${stack.sandboxUrl}            stories to start, the calendar, things to break
         ${stack.sandboxUrl}/admin      Reprise inside the merchant's admin
         ${stack.sandboxUrl}/account    a shopper's account, with Reprise's extensions in it
         ${stack.sandboxUrl}/mailbox    the mails that shoppers got, and ${stack.sandboxUrl}/phone their texts

  The app itself listens on ${stack.appUrl}. Its log: ${logFile}
  Ctrl-C stops everything.
`)
}

function options() {
  const { values } = readArguments()
  return {
    port: portFrom('--port', values.port ?? process.env.PORT ?? '3000'),
    sandboxPort: portFrom(
      '--sandbox-port',
      values['sandbox-port'] ?? process.env.SANDBOX_PORT ?? '4600',
    ),
  }
}

function readArguments() {
  try {
    return parseArgs({
      options: { port: { type: 'string' }, 'sandbox-port': { type: 'string' } },
    })
  } catch (cause) {
    throw new SetUpFailed(
      `${cause.message}. The demo takes --port (the app's) and --sandbox-port.`,
      { cause },
    )
  }
}

function portFrom(name, text) {
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new SetUpFailed(`${name} is "${text}". Give a port number from 1 to 65535.`)
}

async function refuseTakenPorts({ port, sandboxPort }) {
  const { isFree } = await import('../scripts/processes.mjs')
  for (const [taken, option] of [
    [port, '--port'],
    [sandboxPort, '--sandbox-port'],
  ]) {
    if (await isFree(taken)) continue
    throw new SetUpFailed(
      `Port ${taken} is taken, perhaps by another demo. Stop that, or choose another: npm run demo -- ${option} ${taken + 100}`,
    )
  }
}

/** All tables, none of their rows: DATABASE_URL when it is set, else a database of the demo's own. */
async function prepareDatabase(sandboxPort) {
  const { connected, emptyTables, migrate } = await import('../scripts/migrate.mjs')
  let url = process.env.DATABASE_URL
  if (url) {
    say('using the database of DATABASE_URL')
  } else {
    const { startEmbedded } = await import('../scripts/embedded-postgres.mjs')
    // Two demos on different ports share the server, not the tables.
    const database = `demo_${sandboxPort}`
    const server = await startEmbedded({ dir: join(dataFolder, 'postgres'), database, log: say })
    undo.push(() => server.stop())
    say(`PostgreSQL ${server.adopted ? 'was running' : 'started'} on port ${server.port}`)
    url = server.url
  }
  if (await migrate(url)) say('migrated the database')
  await connected(url, async (client) => {
    const { rows } = await client.query('select shop from "Shop" where shop <> all($1)', [
      DEMO_SHOPS,
    ])
    if (rows.length === 0) return
    throw new SetUpFailed(
      `The database of DATABASE_URL knows ${rows[0].shop}, which is not a demo shop, and the demo would delete its rows. Unset DATABASE_URL or name another database.`,
    )
  })
  await emptyTables(url)
  return url
}

async function seed(env) {
  const { launch } = await import('../scripts/processes.mjs')
  const seeding = launch('seed', ['--import', './sandbox/register.ts', 'prisma/seed.ts'], {
    ...env,
    NODE_ENV: 'development',
  })
  const how = await seeding.ended
  if (how !== 'status 0')
    throw new Error(`prisma/seed.ts ended with ${how}:\n${seeding.tail().join('\n')}`)
  say('seeded the demo shops')
}

function leaveAfter(each, how) {
  const words = each.tail(20).join('\n')
  console.error(`\nThe ${each.name} process ended with ${how}. Its last words:\n${words}`)
  return leave(1)
}

async function leave(status) {
  if (leaving) return
  leaving = true
  for (const step of undo.reverse()) await step()
  process.exit(status)
}

function say(text) {
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1)
  console.log(`${seconds.padStart(6)} s  ${text}`)
}
