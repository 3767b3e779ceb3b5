/**
 * PostgreSQL for the tests: one server for the run, one template with all tables, and a copy of it for each file.
 * With DATABASE_URL set, that server is used; its user must be allowed to create databases.
 */
import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type pg from 'pg'
import { PgBoss } from 'pg-boss'
import { startEmbedded } from '../scripts/embedded-postgres.mjs'
import { connected, migrate, migrationsHash } from '../scripts/migrate.mjs'
import { projectFolder } from '../scripts/setup.mjs'

/** Where the global set-up leaves the server's address for the test files. */
const SERVER_VARIABLE = 'TEST_DATABASE_SERVER'

/** Advisory lock of whoever makes the template. */
const TEMPLATE_LOCK = 7_204_632

export type FreshDatabase = {
  url: string
  name: string
  /** Disconnects whoever is left and deletes it. */
  drop(): Promise<void>
}

/** A database of its own with all tables and no rows. Takes tens of milliseconds. */
export async function freshDatabase(): Promise<FreshDatabase> {
  // A bench has no global set-up, but it has DATABASE_URL.
  if (!process.env[SERVER_VARIABLE] && process.env.DATABASE_URL) await startTestServer()
  const server = process.env[SERVER_VARIABLE]
  if (!server) {
    throw new Error(
      'There is no database server for this test: its file must belong to a project of vitest.config.ts, which has test/setup.ts.',
    )
  }
  const name = `t_${process.pid}_${randomUUID().slice(0, 8)}`
  await as(server, (client) =>
    client.query(`create database ${name} template ${templateName()} strategy file_copy`),
  )
  return {
    name,
    url: withName(server, name),
    async drop() {
      await as(server, (client) => client.query(`drop database if exists ${name} with (force)`))
    },
  }
}

/** Starts or joins the server and makes the template. Called once per run; `stop` ends what it started. */
export async function startTestServer(): Promise<{ stop(): Promise<void> }> {
  const given = process.env.DATABASE_URL
  if (given) {
    process.env[SERVER_VARIABLE] = given
    await ensureTemplate(given)
    return { stop: async () => {} }
  }
  const server = await startEmbedded({
    dir: join(projectFolder, '.data', 'test-postgres'),
    // Nothing here outlives the machine, so nothing waits for its disk.
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      // It would go round a dozen databases that live for a minute.
      autovacuum: 'off',
      max_connections: '300',
    },
  })
  process.env[SERVER_VARIABLE] = server.url
  await dropLeftovers(server.url)
  await ensureTemplate(server.url)
  return {
    async stop() {
      delete process.env[SERVER_VARIABLE]
      await server.stop()
    },
  }
}

async function ensureTemplate(server: string): Promise<void> {
  const name = templateName()
  await as(server, async (client) => {
    await client.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK])
    const found = await client.query(
      'select from pg_database where datname = $1 and datistemplate',
      [name],
    )
    if (found.rowCount) return
    await client.query(`drop database if exists ${name} with (force)`)
    await client.query(`create database ${name}`)
    const url = withName(server, name)
    await migrate(url)
    await createQueueTables(url)
    // Marked last: a template that is not marked was left half done.
    await client.query(`alter database ${name} with is_template true`)
  })
}

async function createQueueTables(url: string): Promise<void> {
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false })
  boss.on('error', () => {}) // start() throws it too
  await boss.start()
  await boss.stop({ graceful: false })
}

/** Databases of runs that were killed, and templates of older migrations. Only on our own server. */
async function dropLeftovers(server: string): Promise<void> {
  await as(server, async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      String.raw`select datname from pg_database where datname ~ '^(t_\d+_|template_)' and datname !~ '^template\d$'`,
    )
    for (const { datname } of rows) {
      const owner = /^t_(\d+)_/.exec(datname)?.[1]
      if (owner ? isAlive(Number(owner)) : datname === templateName()) continue
      await client.query(`alter database ${datname} with is_template false`)
      await client.query(`drop database if exists ${datname} with (force)`)
    }
  })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function templateName(): string {
  const queue: { version: string } = createRequire(import.meta.url)('pg-boss/package.json')
  return `template_${migrationsHash()}_${queue.version.replaceAll(/\W/g, '_')}`
}

function as(server: string, work: (client: pg.Client) => Promise<unknown>): Promise<unknown> {
  return connected(withName(server, 'postgres'), work)
}

function withName(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}
