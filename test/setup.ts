/** Once per run and project, before its first file: everything that the tests need and do not test. */
import type { TestProject } from 'vitest/node'
import { setUp } from '../scripts/setup.mjs'
import { startTestServer } from './database.ts'
import { startStackPool } from './stack-pool.ts'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const log = (text: string) => console.log(`set-up: ${text}`)
  await setUp({ build: ['alone', 'stack'].includes(project.name), log })
  const server = await startTestServer()
  const pool = project.name === 'stack' ? await startStackPool() : null
  return async () => {
    await pool?.stop()
    await server.stop()
  }
}
