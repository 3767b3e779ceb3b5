#!/usr/bin/env node
/**
 * `npm run typecheck`: the database client is generated first when the tables changed. The extensions are a program of
 * their own: they run in a browser's worker, on Preact.
 */

import { spawnSync } from 'node:child_process'
import { endWith, ensureClient, installedBin, projectFolder, toolEnvironment } from './setup.mjs'

await ensureClient().catch(endWith)
const statuses = ['tsconfig.json', 'extensions/tsconfig.json'].map((project) => {
  const { status } = spawnSync(installedBin('tsc'), ['--project', project], {
    cwd: projectFolder,
    env: toolEnvironment(),
    shell: process.platform === 'win32',
    stdio: 'inherit',
  })
  return status ?? 1
})
process.exit(Math.max(...statuses))
