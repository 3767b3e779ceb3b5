#!/usr/bin/env node
/**
 * Starts the demo on free ports, plays "No money until payday" day by day over HTTP, asks the money oracle what
 * happened, and stops the demo. Ends with 0 when the one charge went through and nothing was flagged.
 */

import { spawn } from 'node:child_process'
import {
  endWith,
  ensureInstalled,
  nodeProgram,
  onNode22,
  projectFolder,
  SetUpFailed,
} from './setup.mjs'

const STORY = 'no-money-until-payday'
/** A case must end within its deadline of 21 days. */
const MOST_DAYS = 22
const READY_TIMEOUT_MS = 120_000

try {
  await ensureInstalled(console.log)
  await onNode22(import.meta.url)
  await driveDemo()
} catch (error) {
  endWith(error)
}

async function driveDemo() {
  const appPort = await firstFree(3960)
  const sandboxPort = await firstFree(4960)
  const demo = spawn(
    nodeProgram(),
    ['sandbox/start.mjs', `--port=${appPort}`, `--sandbox-port=${sandboxPort}`],
    { cwd: projectFolder, stdio: ['ignore', 'inherit', 'inherit'] },
  )
  const ended = new Promise((done) => demo.on('exit', (code, signal) => done(signal ?? code)))
  process.on('exit', () => demo.kill('SIGKILL'))
  try {
    await untilHealthy(`http://localhost:${appPort}/health`, ended)
    await playStory(`http://localhost:${sandboxPort}/control`)
  } finally {
    demo.kill('SIGTERM')
    const how = await ended
    console.log(`the demo ended with ${how}`)
  }
}

async function firstFree(from) {
  const { isFree } = await import('./processes.mjs')
  let port = from
  while (!(await isFree(port))) port++
  return port
}

async function untilHealthy(url, ended) {
  const { askUntil } = await import('./processes.mjs')
  const healthy = askUntil(async () => (await fetch(url)).ok || undefined, {
    timeoutMs: READY_TIMEOUT_MS,
    otherwise: () => `The demo was not ready within ${READY_TIMEOUT_MS / 1000} s.`,
  })
  const gone = ended.then((how) => {
    throw new SetUpFailed(`The demo ended with ${how} before it was ready.`)
  })
  await Promise.race([healthy, gone])
}

async function playStory(control) {
  const { contractId, now } = await post(`${control}/stories/${STORY}`)
  console.log(`${now}  "${STORY}" has begun: the renewal failed`)
  const ofContract = new URLSearchParams({ contract: contractId })
  for (let day = 1; day <= MOST_DAYS; day++) {
    const clock = await post(`${control}/clock`, { by: 'P1D' })
    const { charges, flags } = await get(`${control}/oracle?${ofContract}`)
    const results = charges.map(({ result, by }) => `${result} (${by})`).join(', ')
    console.log(`${clock.now}  the bank saw: ${results}`)
    if (flags.length > 0) throw new SetUpFailed(`The oracle objects: ${JSON.stringify(flags)}`)
    const paid = charges.filter(({ result }) => result === 'paid')
    if (paid.length > 1) throw new SetUpFailed('The cycle was paid more than once.')
    if (paid.length === 1) {
      const { messages } = await get(`${control}/mailbox`)
      console.log(
        `recovered after ${day} days, ${charges.length} requests, ${messages.length} mails`,
      )
      return
    }
  }
  throw new SetUpFailed(`The cycle is still unpaid after ${MOST_DAYS} days.`)
}

function get(url) {
  return call(url, {})
}

function post(url, body = {}) {
  return call(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

async function call(url, request) {
  const answer = await fetch(url, request)
  if (!answer.ok) throw new SetUpFailed(`${url}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}
