#!/usr/bin/env node
/** `npm run typecheck`: the database client is generated first when the tables changed. */

import { spawnSync } from 'node:child_process'
import { endWith, ensureClient, installedBin, projectFolder, toolEnvironment } from './setup.mjs'

await ensureClient().catch(endWith)
const { status } = spawnSync(installedBin('tsc'), ['--project', 'tsconfig.json'], {
  cwd: projectFolder,
  env: toolEnvironment(),
  shell: process.platform === 'win32',
  stdio: 'inherit',
})
process.exit(status ?? 1)
