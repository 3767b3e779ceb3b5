#!/usr/bin/env node
/**
 * `npm run bench [name ...] [-- options]`: runs bench/<name>.bench.ts, each with the options; without a name, all of
 * them. DATABASE_URL names the server that they make their databases on: the one given, else the embedded one with its
 * usual durability.
 */

import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  endWith,
  ensureInstalled,
  nodeProgram,
  onNode22,
  projectFolder,
  SetUpFailed,
  setUp,
  toolEnvironment,
} from './setup.mjs'

try {
  await ensureInstalled(console.log)
  await onNode22(import.meta.url)
  await setUp({ log: console.log })
  process.exitCode = await bench(process.argv.slice(2))
} catch (error) {
  endWith(error)
}

async function bench(given) {
  const firstOption = given.findIndex((word) => word.startsWith('-'))
  const asked = firstOption < 0 ? given : given.slice(0, firstOption)
  const options = firstOption < 0 ? [] : given.slice(firstOption)
  const names = readdirSync(join(projectFolder, 'bench'))
    .filter((file) => file.endsWith('.bench.ts'))
    .map((file) => file.replace(/\.bench\.ts$/, ''))
  const unknown = asked.filter((name) => !names.includes(name))
  if (unknown.length > 0) {
    throw new SetUpFailed(
      `There is no bench "${unknown.join('", "')}". There are: ${names.join(', ')}.`,
    )
  }

  const database = await findDatabase()
  let failed = 0
  for (const name of asked.length > 0 ? asked : names) {
    console.log(`\n=== ${name}`)
    const { status } = spawnSync(nodeProgram(), [join('bench', `${name}.bench.ts`), ...options], {
      cwd: projectFolder,
      env: { ...toolEnvironment(), DATABASE_URL: database.url },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    if (status !== 0) failed++
  }
  await database.stop()
  return failed === 0 ? 0 : 1
}

async function findDatabase() {
  if (process.env.DATABASE_URL) return { url: process.env.DATABASE_URL, stop: async () => {} }
  const { startEmbedded } = await import('./embedded-postgres.mjs')
  return startEmbedded({ dir: join(projectFolder, '.data', 'bench-postgres'), log: console.log })
}
