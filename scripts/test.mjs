#!/usr/bin/env node
/**
 * `npm test`: set-up, lint, type check and every test. The last line is "N passed, N failed"; lint and type check
 * count as one test each. Ends with 1 when anything failed or did not run.
 *
 * What follows goes to vitest: `npm test -- test/scenarios` runs those files only.
 */

import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import {
  endWith,
  ensureInstalled,
  installedBin,
  onNode22,
  projectFolder,
  setUp,
  toolEnvironment,
} from './setup.mjs'

const report = join(projectFolder, '.cache', 'test-report.json')
const say = (text) => console.log(`\n=== ${text}`)

try {
  await ensureInstalled(say)
  await onNode22(import.meta.url)
  await setUp({ log: say })
} catch (error) {
  endWith(error)
}

const environment = { ...toolEnvironment(), NODE_ENV: 'test' }
// The browser tests report it themselves when there is none; here it is only found, or installed, ahead of time.
const { ensureChromium } = await import('./chromium.mjs')
await ensureChromium({ log: say }).then(
  (path) => {
    environment.CHROMIUM = path
  },
  (error) => say(error.message),
)

// The checks take the moments in which the tests wait; what they say is shown when both are done.
const checked = inTheBackground([
  ['lint', 'npm', ['run', '--silent', 'lint']],
  ['type check', process.execPath, ['scripts/typecheck.mjs']],
])
const tested = await tests()
const outcomes = [tested, ...(await checked).map(told)]
const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0)
const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0)
console.log(`\n${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)

/** One after the other, each with all that it said. */
async function inTheBackground(checks) {
  const results = []
  for (const [name, program, args] of checks) {
    const said = []
    const good = await run(program, args, { said })
    results.push({ name, good, said: Buffer.concat(said).toString() })
  }
  return results
}

function told({ name, good, said }) {
  say(name)
  process.stdout.write(said)
  console.log(good ? `${name}: passed` : `${name}: FAILED`)
  return { passed: good ? 1 : 0, failed: good ? 0 : 1 }
}

/** A file that does not load and a test that is skipped count as failed: nothing is proved by what did not run. */
async function tests() {
  say('tests')
  mkdirSync(join(projectFolder, '.cache'), { recursive: true })
  rmSync(report, { force: true })
  const ended = await run(installedBin('vitest'), [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ])
  if (!existsSync(report)) return { passed: 0, failed: 1 }
  const { numPassedTests, numTotalTests, testResults } = JSON.parse(readFileSync(report, 'utf8'))
  const brokenFiles = testResults.filter(
    (file) =>
      file.status === 'failed' && file.assertionResults.every((one) => one.status !== 'failed'),
  ).length
  const failed = numTotalTests - numPassedTests + brokenFiles
  // An error outside every test, or no test at all: vitest says so by its status alone.
  const unexplained = numTotalTests === 0 || (!ended && failed === 0) ? 1 : 0
  return { passed: numPassedTests, failed: failed + unexplained }
}

/** Whether it ended well. With `said`, its output goes there, and it runs behind everything else. */
async function run(program, args, { said } = {}) {
  const child = spawn(program, args, {
    cwd: projectFolder,
    env: environment,
    shell: process.platform === 'win32',
    stdio: ['ignore', said ? 'pipe' : 'inherit', said ? 'pipe' : 'inherit'],
  })
  if (said) {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => said.push(chunk))
    if (child.pid) setPriority(child.pid, constants.priority.PRIORITY_LOW)
  }
  return await new Promise((done) => {
    child.on('error', (error) => {
      console.error(error.message)
      done(false)
    })
    child.on('close', (status) => done(status === 0))
  })
}
