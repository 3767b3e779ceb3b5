#!/usr/bin/env node
/**
 * `npm start`: web process and one worker, for one machine. Without DATABASE_URL it brings the embedded database,
 * except in production. Larger installations run `npm run start:web` and `npm run start:worker` instead.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  endWith,
  ensureInstalled,
  onNode22,
  projectFolder,
  SetUpFailed,
  setUp,
  whenNpmIsGone,
} from './setup.mjs'

const production = process.env.NODE_ENV === 'production'
const say = (text) => console.log(text)

try {
  // Production images are built beforehand and may lack the tools; only a working copy sets itself up.
  if (!production) await ensureInstalled(say)
  await onNode22(import.meta.url)
  const settings = join(projectFolder, '.env')
  if (existsSync(settings)) process.loadEnvFile(settings)
  if (!production) await setUp({ log: say })
  await start()
} catch (error) {
  endWith(error)
}

async function start() {
  const { HEAP, launch } = await import('./processes.mjs')
  const database = await findDatabase()
  const env = { NODE_ENV: process.env.NODE_ENV ?? 'development', DATABASE_URL: database.url }
  const processes = [
    launch('web', [...HEAP, 'server.ts'], env, (line) => console.log(line)),
    launch('worker', [...HEAP, 'worker.ts'], env, (line) => console.log(line)),
  ]

  let leaving = false
  const leave = async (status) => {
    if (leaving) return
    leaving = true
    await Promise.all(processes.map((each) => each.stop()))
    await database.stop()
    process.exit(status)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => leave(0))
  whenNpmIsGone(() => leave(0))
  for (const each of processes) {
    each.ended.then((how) => {
      if (leaving) return
      console.error(`The ${each.name} process ended with ${how}; everything is stopped.`)
      leave(1)
    })
  }
}

async function findDatabase() {
  const given = process.env.DATABASE_URL
  if (!given) {
    const { startEmbedded } = await import('./embedded-postgres.mjs')
    const { migrate } = await import('./migrate.mjs')
    const server = await startEmbedded({ dir: join(projectFolder, '.data', 'postgres'), log: say })
    await migrate(server.url)
    return server
  }
  const { migrate, pendingMigrations } = await import('./migrate.mjs')
  if (!production) await migrate(given)
  const pending = await pendingMigrations(given)
  if (pending.length > 0) {
    throw new SetUpFailed(
      `The database lacks ${pending.join(', ')}. Run \`npm run migrate\` with the same DATABASE_URL, then start again.`,
    )
  }
  return { url: given, stop: async () => {} }
}
