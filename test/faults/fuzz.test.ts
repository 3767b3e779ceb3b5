/** Spoilt input of every kind. Short in `npm test`; `npm run fuzz` plays the long form, with memory watched. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { projectFolder } from '../../scripts/setup.mjs'
import { fuzz, told } from '../fuzz/attack.ts'
import { memoryOf } from '../fuzz/memory.ts'
import { aimedAt } from '../fuzz/targets.ts'
import { type Stack, startStack } from '../stack.ts'

const seed = Number(process.env.FUZZ_SEED ?? 1)
const inputs = Number(process.env.FUZZ_INPUTS ?? 600)
const isLong = inputs > 5_000
/** Real time; generous, because the machine may be busy with other things. */
const TIMEOUT_MS = 120_000 + inputs * 100

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.stop())

test('every route that takes forms is aimed at', () => {
  const folder = join(projectFolder, 'app', 'routes')
  const takers = readdirSync(folder)
    .filter((file) =>
      /export (async )?function action/.test(readFileSync(join(folder, file), 'utf8')),
    )
    .map((file) => file.replace(/\.tsx?$/, ''))
  expect(aimedAt().sort()).toEqual(takers.sort())
})

test(
  `${inputs} spoilt webhooks, tokens, links and forms, seed ${seed}: no answer of 500, no effect`,
  async () => {
    await stack.reset()
    const memory = memoryOf(stack)
    const verdict = await fuzz(stack, { seed, inputs }, (done) => {
      const line = isLong ? memory.look(done) : ''
      if (isLong && done % 5_000 === 0) console.log(line)
    })
    if (isLong) {
      for (const [name, times] of [...verdict.answers].sort()) console.log(`${times} × ${name}`)
    }
    expect(told(verdict)).toEqual([])
    expect(verdict.after).toEqual(verdict.before)
    expect(verdict.unhandled).toEqual([])
    expect(verdict.health).toMatchObject({ ready: true, pending: 0 })
    expect(memory.growth()).toEqual([])
    // They came through: something was taken, something refused.
    const statuses = [...verdict.answers.keys()].map((name) => name.split(': ').at(-1))
    for (const status of ['200', '400', '401', '404']) expect(statuses).toContain(status)
  },
  TIMEOUT_MS,
)
