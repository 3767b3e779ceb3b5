import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSandbox, START, type TestSandbox } from '../test-sandbox.ts'

let sandbox: TestSandbox
beforeAll(async () => {
  sandbox = await openSandbox()
})
afterAll(() => sandbox.close())

type Started = { story: string; shop: string; contractId: string; now: string }
type Oracle = { charges: { result: string; by: string }[]; flags: unknown[] }

test('every story has a name, a title and a teaser of its own', async () => {
  const stories = await sandbox.get<{ name: string; title: string; teaser: string }[]>('stories')
  expect(stories).toHaveLength(21)
  for (const key of ['name', 'title', 'teaser'] as const)
    expect(new Set(stories.map((story) => story[key])).size).toBe(stories.length)
})

test('every story begins with a first charge that does not pass, and none with a flag', async () => {
  const stories = await sandbox.get<{ name: string }[]>('stories')
  for (const { name } of stories) {
    await sandbox.post('reset', { now: START })
    const started = await sandbox.post<Started>(`stories/${name}`)
    const query = `contract=${encodeURIComponent(started.contractId)}`
    const { charges, flags } = await sandbox.get<Oracle>(`oracle?${query}`)
    expect([name, charges.length, charges[0]?.by]).toEqual([name, 1, 'biller'])
    expect([name, charges[0]?.result]).not.toEqual([name, 'paid'])
    expect(flags).toEqual([])
  }
})

test('no money until payday: charged at nine on the 12th in Berlin, money on the 15th at midnight', async () => {
  await sandbox.post('reset', { now: START })
  await sandbox.post('stories/no-money-until-payday')
  const { contracts } = await sandbox.get<{
    contracts: { card: { script: { at: string } }; cycles: { expectedAt: string }[] }[]
  }>('state')
  expect(contracts[0]?.cycles[0]?.expectedAt).toBe('2026-11-12T08:00:00Z')
  expect(contracts[0]?.card.script.at).toBe('2026-11-14T23:00:00Z')
})

test('a story played twice writes to another address', async () => {
  await sandbox.post('reset', { now: START })
  await sandbox.post('stories/expired-card')
  await sandbox.post('stories/expired-card')
  const { contracts } = await sandbox.get<{ contracts: { customer: { email: string } }[] }>('state')
  expect(contracts.map(({ customer }) => customer.email)).toEqual([
    'jonas.weber@example.com',
    'jonas.weber+2@example.com',
  ])
})
