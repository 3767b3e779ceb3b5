/**
 * Who holds a claim, and whether they still live. A claim ends by itself after 30 seconds; the claims of a worker that
 * was killed are freed at once, because PostgreSQL drops the lock that the worker held for as long as it lived.
 */
import { randomUUID } from 'node:crypto'
import process from 'node:process'
import type pg from 'pg'
import { pool } from '../db.server.ts'

/** The web process claims cases, too, while staff or a shopper wait; it holds no lock, so its claims only expire. */
let owner = `web-${process.pid}`

/** A name for one claim: whose it is, and which of theirs. */
export function newClaimant(): string {
  return `${owner}/${randomUUID()}`
}

/**
 * From here on this process is a worker, alive for as long as `connection` is. Call it again with a new connection
 * when the old one was lost. Answers the worker's name.
 */
export async function becomeWorker(connection: pg.Client): Promise<string> {
  if (!owner.startsWith('worker-')) owner = `worker-${process.pid}-${randomUUID().slice(0, 8)}`
  await connection.query('SELECT pg_try_advisory_lock(hashtextextended($1, 0))', [owner])
  return owner
}

/**
 * Frees what workers that are gone had claimed. A worker that only lost its connection may lose its claims, too: that
 * is safe, because whoever takes the case finds the intent and sends the same key.
 */
export async function freeClaimsOfTheDead(realNow: Date): Promise<number> {
  const { rows } = await pool.query<{ freed: number }>({
    name: 'free-claims',
    text: `
      WITH owners AS (
        SELECT DISTINCT split_part("leaseBy", '/', 1) AS owner FROM "RecoveryCase" WHERE "leaseUntil" >= $1
        UNION
        SELECT DISTINCT split_part("leaseBy", '/', 1) FROM "WebhookEvent"
         WHERE state IN ('received', 'failed') AND "leaseUntil" >= $1
        UNION
        SELECT DISTINCT split_part("leaseBy", '/', 1) FROM "ShopClock" WHERE "leaseUntil" >= $1
      ), dead AS MATERIALIZED (
        SELECT owner FROM owners
         WHERE owner LIKE 'worker-%' AND owner <> $2 AND pg_try_advisory_xact_lock(hashtextextended(owner, 0))
      ), cases AS (
        UPDATE "RecoveryCase" SET "leaseUntil" = NULL, "leaseBy" = NULL
         WHERE "leaseUntil" >= $1 AND split_part("leaseBy", '/', 1) IN (SELECT owner FROM dead) RETURNING 1
      ), events AS (
        UPDATE "WebhookEvent" SET "leaseUntil" = NULL, "leaseBy" = NULL
         WHERE state IN ('received', 'failed') AND "leaseUntil" >= $1
           AND split_part("leaseBy", '/', 1) IN (SELECT owner FROM dead) RETURNING 1
      ), looks AS (
        UPDATE "ShopClock" SET "leaseUntil" = NULL, "leaseBy" = NULL
         WHERE "leaseUntil" >= $1 AND split_part("leaseBy", '/', 1) IN (SELECT owner FROM dead) RETURNING 1
      )
      SELECT ((SELECT count(*) FROM cases) + (SELECT count(*) FROM events) + (SELECT count(*) FROM looks))::int AS freed`,
    values: [realNow, owner],
  })
  return rows[0]?.freed ?? 0
}

/** A worker that ends gives back what it had claimed and not finished. Answers how many rows. */
export async function releaseClaimsOf(worker: string): Promise<number> {
  const { rows } = await pool.query<{ released: number }>(
    `WITH cases AS (
       UPDATE "RecoveryCase" SET "leaseUntil" = NULL, "leaseBy" = NULL
        WHERE "leaseUntil" IS NOT NULL AND split_part("leaseBy", '/', 1) = $1 RETURNING 1
     ), events AS (
       UPDATE "WebhookEvent" SET "leaseUntil" = NULL, "leaseBy" = NULL
        WHERE "leaseUntil" IS NOT NULL AND split_part("leaseBy", '/', 1) = $1 RETURNING 1
     ), looks AS (
       UPDATE "ShopClock" SET "leaseUntil" = NULL, "leaseBy" = NULL
        WHERE "leaseUntil" IS NOT NULL AND split_part("leaseBy", '/', 1) = $1 RETURNING 1
     )
     SELECT ((SELECT count(*) FROM cases) + (SELECT count(*) FROM events) + (SELECT count(*) FROM looks))::int AS released`,
    [worker],
  )
  return rows[0]?.released ?? 0
}
