import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Stack, startStack } from './stack.ts'

let stack: Stack

beforeAll(async () => {
  stack = await startStack({ workers: 2 })
})

afterAll(() => stack.stop())

describe('the stack that the scenario tests run on', () => {
  test('is ready, has nothing to do, and its world stands at its start', async () => {
    await stack.reset()
    const health = await stack.health()
    expect(health).toMatchObject({ live: true, ready: true, pending: 0 })
    expect(new Date(health.now)).toEqual(await stack.sandbox.now())
  })

  test('has one clock: the app is wherever the sandbox moves it', async () => {
    await stack.sandbox.moveClock({ by: 'P1D' })
    const health = await stack.idle()
    expect(new Date(health.now)).toEqual(await stack.sandbox.now())
    expect(health.now).toContain('2026-11-10')
  })

  test('goes on with the other worker when one is killed, and takes a new one', async () => {
    await stack.kill9Worker(0)
    const added = stack.startWorker()
    expect(added).toBe(2)
    expect(await stack.idle()).toMatchObject({ ready: true, pending: 0 })
  })
})
