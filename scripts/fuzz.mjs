#!/usr/bin/env node
/**
 * `npm run fuzz [-- --seed 7 --inputs 100000]`: test/faults/fuzz.test.ts in its long form. Ends with 1 when the app gave
 * way.
 */

import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { HEAP } from './processes.mjs'
import {
  endWith,
  ensureInstalled,
  installedBin,
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
  process.exitCode = fuzz()
} catch (error) {
  endWith(error)
}

function fuzz() {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '20261122' },
      inputs: { type: 'string', default: '100000' },
    },
  })
  for (const [name, value] of Object.entries(values)) {
    if (!/^[1-9]\d{0,8}$/.test(value))
      throw new SetUpFailed(`--${name} must be a whole number from 1 on.`)
  }
  const { status } = spawnSync(
    installedBin('vitest'),
    ['run', '--project', 'stack', 'test/faults/fuzz.test.ts'],
    {
      cwd: projectFolder,
      env: {
        ...toolEnvironment(),
        NODE_ENV: 'test',
        FUZZ_SEED: values.seed,
        FUZZ_INPUTS: values.inputs,
        // Node with room to spare has no reason to collect, and garbage would be taken for growth.
        NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} ${HEAP.join(' ')}`.trim(),
      },
      shell: process.platform === 'win32',
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  )
  return status ?? 1
}
