import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BEAN_AND_BLOOM } from './factories.ts'
import { type Stack, startStack, WORLD_START } from './stack.ts'

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

  test('is given on as if new: one worker that no file has touched, an empty world, empty tables', async () => {
    await stack.sandbox.createShop(BEAN_AND_BLOOM)
    await stack.sandbox.moveClock({ by: 'P1D' })
    const before = stack.pids
    await stack.stop()
    stack = await startStack()
    expect(new Date((await stack.idle()).now)).toEqual(WORLD_START)
    expect((await stack.sandbox.state<{ shops: unknown[] }>()).shops).toEqual([])
    expect(await stack.db.shop.count()).toBe(0)
    expect(Object.keys(stack.pids)).toEqual(['web', 'worker 0'])
    // Worker 0 was killed above; the web process may be the same.
    expect(stack.pids['worker 0']).not.toBe(before['worker 0'])
  })
})
