#!/usr/bin/env node
/** `npm run chaos`: sets up what is missing, then plays test/chaos/run.ts with the arguments given. */

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import {
  endWith,
  ensureInstalled,
  nodeProgram,
  onNode22,
  projectFolder,
  setUp,
  toolEnvironment,
} from './setup.mjs'

try {
  await ensureInstalled(console.log)
  await onNode22(import.meta.url)
  await setUp({ log: console.log })
} catch (error) {
  endWith(error)
}
const { status } = spawnSync(
  nodeProgram(),
  [join('test', 'chaos', 'run.ts'), ...process.argv.slice(2)],
  {
    cwd: projectFolder,
    env: { ...toolEnvironment(), NODE_ENV: 'test' },
    stdio: ['ignore', 'inherit', 'inherit'],
  },
)
process.exit(status ?? 1)
