/**
 * One connection pool and one Prisma client per process, both on DATABASE_URL. Kept on `globalThis`, because
 * the process holds this module twice (natively in server.ts, and inside the Remix build) and Vite evaluates
 * it again after each edit: the connections must not multiply.
 */
import { PrismaPg } from '@prisma/adapter-pg'
import { type Prisma, PrismaClient } from '@prisma/client'
import pg from 'pg'
import { env } from './env.server.ts'
import { log } from './log.server.ts'

/**
 * Connections of one process for its own queries; pg-boss and LISTEN come on top. A web process and two
 * workers stay far below PostgreSQL's default of 100.
 */
const MAX_CONNECTIONS = 10

/**
 * How long a query waits for a free connection. Milliseconds. Below Shopify's limit of 5 s for a webhook, so
 * that a database that is down is answered with 503 and Shopify delivers again.
 */
const CONNECT_TIMEOUT_MS = 4_000

const kept = globalThis as { __repriseDb?: { pool: pg.Pool; db: PrismaClient } }
kept.__repriseDb ??= connect()

/** For the few statements that are ours alone, such as webhook intake. */
export const pool: pg.Pool = kept.__repriseDb.pool

export const db: PrismaClient = kept.__repriseDb.db

/** A client inside a transaction. */
export type Tx = Prisma.TransactionClient

/** A client, inside a transaction or not. */
export type Db = PrismaClient | Tx

/**
 * Statements of our own that hold together, or none of them. Of two that wait for each other PostgreSQL ends one: that
 * one is done once more, when the other is through.
 */
export async function inTransaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return attempt(work).catch((error: unknown) => {
    if (!isDeadlock(error)) throw error
    log.warn({ error }, 'a transaction met another and is done once more')
    return attempt(work)
  })
}

function isDeadlock(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '40P01'
}

async function attempt<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const done = await work(client)
    await client.query('COMMIT')
    return done
  } catch (error) {
    await client.query('ROLLBACK').catch((broken) => log.warn({ error: broken }, 'rollback failed'))
    throw error
  } finally {
    client.release()
  }
}

/** Lets a process end: closes every connection of this module. */
export async function disconnect(): Promise<void> {
  await db.$disconnect()
  if (!pool.ended) await pool.end()
}

function connect(): { pool: pg.Pool; db: PrismaClient } {
  const pool = new pg.Pool({
    connectionString: env().DATABASE_URL,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    // Statements of one transaction that need nothing of each other's answers go out together.
    pipeline: true,
    // Our statements touch few rows; with a million cases their guessed cost alone would have PostgreSQL compile them.
    onConnect: async (client) => {
      await client.query('SET jit = off')
    },
  })
  // A connection that breaks must not end the process, idle or lent out: its query fails, and the next opens another.
  pool.on('error', (error) => log.warn({ error }, 'an idle database connection was lost'))
  pool.on('connect', (client) => {
    client.on('error', (error) => log.warn({ error }, 'a database connection was lost'))
  })
  return { pool, db: new PrismaClient({ adapter: new PrismaPg(pool) }) }
}
