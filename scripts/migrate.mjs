/** Brings a database to the newest tables. Prisma's CLI is started only when there is something to do. */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { installedBin, projectFolder, SetUpFailed, toolEnvironment } from './setup.mjs'

const migrationsFolder = join(projectFolder, 'prisma', 'migrations')

/**
 * Applies what is missing, as `prisma migrate deploy` does (it is what runs).
 *
 * @param {string} url
 * @returns {Promise<boolean>} whether there was anything to do
 */
export async function migrate(url) {
  if ((await pendingMigrations(url)).length === 0) return false
  try {
    await promisify(execFile)(installedBin('prisma'), ['migrate', 'deploy'], {
      cwd: projectFolder,
      env: { ...toolEnvironment(), DATABASE_URL: url },
      shell: process.platform === 'win32',
    })
  } catch (cause) {
    throw new SetUpFailed(`prisma migrate deploy failed:\n${cause.stdout}\n${cause.stderr}`, {
      cause,
    })
  }
  return true
}

/**
 * The names of the migrations that this database has not got in their present form.
 *
 * @param {string} url
 * @returns {Promise<string[]>}
 */
export async function pendingMigrations(url) {
  const applied = await appliedMigrations(url)
  return ourMigrations()
    .filter(({ name, checksum }) => applied.get(name) !== checksum)
    .map(({ name }) => name)
}

/** PostgreSQL's code for a deadlock that it broke up by ending one of the two. */
const DEADLOCK = '40P01'
const EMPTY_TRIES = 5

/**
 * Deletes all rows of ours and all jobs; tables, indexes and queues stay. For the demo and the tests.
 *
 * @param {string} url
 * @param {{ keep?: string[] }} [options] tables that are left alone
 */
export async function emptyTables(url, { keep = [] } = {}) {
  await connected(url, async (client) => {
    const { rows } = await client.query(
      `select format('%I.%I', schemaname, tablename) as name, rolsuper as may_delete
         from pg_tables, pg_roles
        where rolname = current_user
          and ((schemaname = 'public' and tablename <> all($1))
            or (schemaname = 'pgboss' and tablename = 'job'))`,
      [['_prisma_migrations', ...keep]],
    )
    if (rows.length === 0) return
    const names = rows.map(({ name }) => name)
    const statement = rows[0].may_delete ? deletion(names) : `truncate ${names.join(', ')} cascade`
    for (let tries = 1; ; tries++) {
      try {
        return await client.query(statement)
      } catch (error) {
        // A worker that sweeps at this moment holds some of the tables in another order; PostgreSQL ends one of the two.
        if (error.code !== DEADLOCK || tries === EMPTY_TRIES) throw error
      }
    }
  })
}

/**
 * As truncate, and several times cheaper where there are few rows: the files stay, and no other session has to learn
 * the tables and plan its statements anew. Keys and triggers, which would ask for an order, are only left unasked by
 * a superuser; nobody else writes meanwhile, so they hold again when it is over.
 */
const deletion = (names) =>
  // One message is one transaction.
  [
    `lock table ${names.join(', ')} in share row exclusive mode`,
    'set local session_replication_role = replica',
    ...names.map((name) => `delete from ${name}`),
  ].join('; ')

/** Changes when any migration does. Template databases of tests carry it in their name. */
export const migrationsHash = () =>
  createHash('sha256').update(JSON.stringify(ourMigrations())).digest('hex').slice(0, 12)

function ourMigrations() {
  return readdirSync(migrationsFolder)
    .sort()
    .map((name) => ({ name, file: join(migrationsFolder, name, 'migration.sql') }))
    .filter(({ file }) => existsSync(file))
    .map(({ name, file }) => ({
      name,
      checksum: createHash('sha256').update(readFileSync(file)).digest('hex'),
    }))
}

async function appliedMigrations(url) {
  return connected(url, async (client) => {
    try {
      const { rows } = await client.query(
        'select migration_name, checksum from _prisma_migrations where finished_at is not null and rolled_back_at is null',
      )
      return new Map(rows.map((row) => [row.migration_name, row.checksum]))
    } catch (error) {
      if (error.code === '42P01') return new Map() // no such table: an empty database
      throw error
    }
  })
}

/**
 * One connection for one piece of work.
 *
 * @template T
 * @param {string} url
 * @param {(client: pg.Client) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function connected(url, work) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
