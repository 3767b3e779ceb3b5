/** The short form of `npm run chaos`: the same code, the same promises, a fixed seed. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectFolder } from '../../scripts/setup.mjs'
import { playChaos } from '../chaos/drive.ts'
import { type ChaosOptions, FULL } from '../chaos/options.ts'
import { planChaos } from '../chaos/plan.ts'

const SHORT: ChaosOptions = {
  ...FULL,
  seed: 7,
  cases: 24,
  days: 14,
  hop: 8,
  kills: 3,
  restarts: 1,
  faults: 0.1,
}

test('the plan is drawn from the seed alone, and breaks do not move the people', () => {
  expect(planChaos(SHORT)).toEqual(planChaos(SHORT))
  const { contracts, deeds } = planChaos({ ...SHORT, kills: 0, restarts: 0 })
  expect({ contracts, deeds }).toEqual({
    contracts: planChaos(SHORT).contracts,
    deeds: planChaos(SHORT).deeds,
  })
  expect(planChaos({ ...SHORT, seed: 8 }).contracts).not.toEqual(contracts)
})

test('F1 F3 F12 F13 R3 R8 S22 workers killed, the database restarted, one in ten things wrong: every promise is kept', async () => {
  const lines: string[] = []
  const { verdict, kills } = await playChaos(
    SHORT,
    join(projectFolder, '.data', 'chaos-test-postgres'),
    (line) => lines.push(line),
  )
  const broken = verdict.checks.filter(({ found }) => found.length > 0)
  expect(broken, `${lines.join('\n')}\n${verdict.story}`).toEqual([])
  expect(kills).toBe(SHORT.kills)
}, 240_000)
