import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pendingMigrations } from '../scripts/migrate.mjs'
import { installedBin, projectFolder, toolEnvironment } from '../scripts/setup.mjs'
import { type FreshDatabase, freshDatabase } from './database.ts'

let database: FreshDatabase
let client: pg.Client

beforeAll(async () => {
  database = await freshDatabase()
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
})

afterAll(async () => {
  await client.end()
  await database.drop()
})

describe('the migrations', () => {
  test('bring a database to exactly the tables of schema.prisma', async () => {
    const { stdout } = await promisify(execFile)(
      installedBin('prisma'),
      ['migrate', 'diff', '--from-config-datasource', '--to-schema', 'prisma/schema.prisma'],
      { cwd: projectFolder, env: { ...toolEnvironment(), DATABASE_URL: database.url } },
    )
    expect(stdout).toContain('No difference detected')
  })

  test('are all applied', async () => {
    expect(await pendingMigrations(database.url)).toEqual([])
  })

  test.each([
    'RecoveryCase_open_cycle',
    'Attempt_live_cycle',
    'Attempt_shopifyId',
    'StaffTask_open',
    'Sequence_default',
    'RecoveryCase_successor',
  ])('hold the rule of %s by an index that is unique and partial', async (name) => {
    const { rows } = await client.query<{ indexdef: string }>(
      'select indexdef from pg_indexes where indexname = $1',
      [name],
    )
    expect(rows[0]?.indexdef).toMatch(/^CREATE UNIQUE INDEX .* WHERE /)
  })

  test('let no word into a state column that is not one of its states', async () => {
    const insert = (state: string) =>
      client.query(
        `insert into "WebhookEvent" (id, shop, topic, "eventId", "webhookId", "apiVersion", "receivedAt", body, state, "correlationId")
         values (gen_random_uuid(), 's', 't', $1, 'w', '2026-10', '2026-11-09T07:00:00Z', '{}', $1, 'c')`,
        [state],
      )
    await insert('received')
    await expect(insert('recieved')).rejects.toThrow(/WebhookEvent_state_known/)
  })
})
