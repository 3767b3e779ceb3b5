import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freshWorld, openSandbox, plainContract, START, type TestSandbox } from './test-sandbox.ts'

let sandbox: TestSandbox
beforeAll(async () => {
  sandbox = await openSandbox()
})
afterAll(() => sandbox.close())
beforeEach(() => freshWorld(sandbox))

type Moved = { now: string; stops: { at: string; what: string[] }[] }
const move = (to: object): Promise<Moved> => sandbox.post('clock', to)
const clockFile = () => Number(readFileSync(sandbox.sandbox.settings.clockFile, 'utf8'))

describe('the calendar', () => {
  test('stands still until it is moved, and writes the time for the app to read', async () => {
    expect(clockFile()).toBe(Date.parse(START))
    await move({ to: '2026-11-10T00:00:00Z' })
    expect(clockFile()).toBe(Date.parse('2026-11-10T00:00:00Z'))
  })

  test('stops at everything that happens on the way', async () => {
    await sandbox.post('contracts', plainContract)
    const { now, stops } = await move({ to: '2026-11-12T09:00:00Z' })
    expect(now).toBe('2026-11-12T09:00:00Z')
    expect(stops.map(({ at }) => at)).toEqual([
      '2026-11-09T07:00:02Z',
      '2026-11-12T08:00:00Z',
      '2026-11-12T08:00:08Z',
      '2026-11-12T08:00:10Z',
    ])
  })

  test('moves to the next thing and no further', async () => {
    await sandbox.post('contracts', plainContract)
    await move({ to: '2026-11-10T00:00:00Z' })
    expect((await move({ until: 'next' })).now).toBe('2026-11-12T08:00:00Z')
  })

  test('stops when the app has something due, and waits until the app has done it', async () => {
    const due = '2026-11-10T09:30:00Z'
    let asked = 0
    let finished = false
    const isDue = () => sandbox.sandbox.world.now >= Date.parse(due)
    sandbox.app.nextDueAt = () => (finished ? null : due)
    sandbox.app.pending = () => {
      if (!isDue() || finished) return 0
      asked += 1
      finished = asked > 3
      return 1
    }
    const { stops } = await move({ to: '2026-11-11T00:00:00Z' })
    expect(asked).toBe(4)
    expect(stops).toEqual([{ at: due, what: ['the app has something due'] }])
  })

  test('stops at a look by the clock only while there may be something to find', async () => {
    const quarter = 15 * 60_000
    sandbox.app.nextLookAt = () => {
      const { now } = sandbox.sandbox.world
      return new Date(Math.floor(now / quarter + 1) * quarter).toISOString()
    }
    await sandbox.post('contracts', plainContract)
    const { stops } = await move({ to: '2026-11-13T09:00:00Z' })
    const looks = stops.filter(({ what }) => what.includes('the app asks Shopify by the clock'))
    expect(looks.map(({ at }) => at)).toEqual([
      '2026-11-09T07:15:00Z',
      '2026-11-09T07:30:00Z',
      '2026-11-12T08:15:00Z',
      '2026-11-12T08:30:00Z',
    ])
    expect((await move({ until: 'next' })).now).toBe('2026-12-12T08:00:00Z')
  })

  test('in hops it plays the world in order and waits for the app at the end of each only', async () => {
    await sandbox.post('contracts', plainContract)
    const seen: string[] = []
    sandbox.app.pending = () => {
      seen.push(new Date(sandbox.sandbox.world.now).toISOString())
      return 0
    }
    const { now, stops } = await sandbox.post<Moved>('clock', {
      to: '2026-11-13T07:00:00Z',
      hop: 'P1D',
    })
    const nights = ['10', '11', '12', '13'].map((day) => `2026-11-${day}T07:00:00`)
    expect(now).toBe(`${nights.at(-1)}Z`)
    expect(stops.map(({ at }) => at)).toEqual(nights.map((at) => `${at}Z`))
    expect([...new Set(seen)]).toEqual(nights.map((at) => `${at}.000Z`))
    const charged = await sandbox.get<{ charges: { at: string }[] }>('oracle')
    expect(charged.charges.map(({ at }) => at)).toEqual(['2026-11-12T08:00:00Z'])
    expect(sandbox.app.received.map(({ at }) => at).toSorted()).toEqual(
      sandbox.app.received.map(({ at }) => at),
    )
  })

  test('"next day" keeps the shop’s local time when its clocks change', async () => {
    await sandbox.post('reset', { now: '2026-10-24T07:00:00Z' })
    await sandbox.post('shops', {
      domain: 'berlin.myshopify.com',
      name: 'Berlin',
      zone: 'Europe/Berlin',
      currency: 'EUR',
      country: 'DE',
    })
    expect((await move({ by: 'P1D' })).now).toBe('2026-10-25T08:00:00Z')
  })

  test('does not go back', async () => {
    await expect(move({ to: '2026-11-01T00:00:00Z' })).rejects.toThrow('time does not go back')
  })
})
