/**
 * Whether this process stands where its database belongs. The first process to start writes its public address down.
 * A copy of production that is started under another address must not charge or mail: its attempts, outbox and tokens
 * are true ones. It stays stopped, like under the operator's own switch, until an operator says REPRISE_HOST_MOVED=1.
 *
 * A database that only developers have used follows them: a tunnel has another address every day.
 */
import process from 'node:process'
import { realNow } from './clock.server.ts'
import { pool } from './db.server.ts'
import { env } from './env.server.ts'
import { log } from './log.server.ts'

/** How soon a database that did not answer is asked again. Milliseconds, real time. */
const ASK_AGAIN_MS = 2_000

/** Why nobody is charged or written to by this process, for any shop; null: it may act. */
export function operatorStop(): string | null {
  if (env().REPRISE_STOP) return 'the operator has stopped all recovery'
  return kept.__reprisePlace ?? null
}

/**
 * Looks where the database belongs. Called once by each process before it works; until the answer is there, the
 * process counts as stopped.
 */
export async function findPlace(): Promise<void> {
  kept.__reprisePlace = 'this process does not know yet whether its database belongs to its address'
  try {
    kept.__reprisePlace = await whyNotHere(new URL(env().SHOPIFY_APP_URL).origin)
  } catch (error) {
    log.warn(
      { error },
      'the database could not be asked where it belongs; nothing is done until then',
    )
    setTimeout(() => void findPlace(), ASK_AGAIN_MS).unref()
  }
}

/** On `globalThis`, because the web process holds this module twice: natively, and inside the Remix build. */
const kept = globalThis as { __reprisePlace?: string | null }

async function whyNotHere(origin: string): Promise<string | null> {
  const production = process.env.NODE_ENV === 'production'
  const { rows } = await pool.query<{ origin: string }>({
    text: `INSERT INTO "Deployment" (id, origin, production, since) VALUES (1, $1, $2, $3)
           ON CONFLICT (id) DO UPDATE
             SET origin = excluded.origin, production = excluded.production OR "Deployment".production,
                 since = CASE WHEN "Deployment".origin = excluded.origin THEN "Deployment".since ELSE excluded.since END
             WHERE $4 OR NOT "Deployment".production OR "Deployment".origin = excluded.origin
           RETURNING origin`,
    values: [origin, production, realNow(), env().REPRISE_HOST_MOVED],
  })
  if (rows.length > 0) return null
  const { rows: found } = await pool.query<{ origin: string }>('SELECT origin FROM "Deployment"')
  const because =
    `this database belongs to ${found[0]?.origin ?? 'another address'} and this process to ${origin}: ` +
    'it may be a copy. If the app moved, start it once with REPRISE_HOST_MOVED=1'
  log.error({ because }, 'nothing is charged and nothing is mailed by this process')
  return because
}
