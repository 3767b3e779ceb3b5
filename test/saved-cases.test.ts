/** How cases are claimed together and saved without being read again: what a step saves must be what it would load. */
import pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { makeCases } from '../bench/due-cases.ts'
import { freshDatabase } from './database.ts'

const database = await freshDatabase()
Object.assign(process.env, {
  DATABASE_URL: database.url,
  SHOPIFY_API_KEY: 'test-key',
  SHOPIFY_API_SECRET: 'test-secret',
  SHOPIFY_APP_URL: 'https://app.example.test',
  SCOPES: 'read_orders',
  LOG_LEVEL: 'silent',
})
const { disconnect, pool } = await import('../app/db.server.ts')
const cases = await import('../app/dunning/cases.server.ts')
const { decide } = await import('../app/dunning/decide.ts')

const HOUR_MS = 3_600_000
const chargedAt = new Date(Date.now() - 30 * HOUR_MS)
const client = new pg.Client({ connectionString: database.url })
await client.connect()
const due = await makeCases(database.url, client, { cases: 12, chargedAt })
await due.next(12)
const { rows } = await client.query<{ id: string }>('SELECT id FROM "RecoveryCase" ORDER BY id')
const ids = rows.map(({ id }) => id)

afterAll(async () => {
  await client.end()
  await disconnect()
  await database.drop()
})

const now = new Date()
const claim = (id: string, worker: string, handOver: string | null) =>
  cases.claimCase(id, worker, handOver, now, now)
const idOf = (n: number) => ids[n] ?? ''

describe('cases that are claimed at once, in one statement', () => {
  test('each goes to the one who asked for it', async () => {
    const loaded = await Promise.all([0, 1, 2].map((n) => claim(idOf(n), `worker ${n}`, 'sweep')))
    expect(loaded.map((one) => one?.case.id)).toEqual([idOf(0), idOf(1), idOf(2)])
    const { rows: held } = await client.query(
      'SELECT "leaseBy" FROM "RecoveryCase" WHERE id = ANY ($1) ORDER BY id',
      [ids.slice(0, 3)],
    )
    expect(held.map(({ leaseBy }) => leaseBy)).toEqual(['worker 0', 'worker 1', 'worker 2'])
  })

  test('of two who want the same case one gets it; what is missing is missing', async () => {
    const results = await Promise.allSettled([
      claim(idOf(3), 'one', 'sweep'),
      claim(idOf(3), 'other', 'sweep'),
      claim('00000000-0000-4000-8000-000000000000', 'nobody', 'sweep'),
    ])
    const got = results.slice(0, 2).filter(({ status }) => status === 'fulfilled')
    expect(got).toHaveLength(1)
    expect(results.slice(0, 2).find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { name: 'CaseBusy' },
    })
    expect(results[2]).toMatchObject({ status: 'fulfilled', value: null })
  })
})

describe('a charge that was written down', () => {
  const facts = {
    readAt: now,
    contract: { status: 'ACTIVE' as const },
    cycle: { status: 'UNBILLED' as const, skipped: false, expectedAt: chargedAt },
    nextExpectedAt: new Date(chargedAt.getTime() + 30 * 24 * HOUR_MS),
    method: null,
    attempts: [],
    inStock: null,
  }

  /** What the first retry of a case leads to. */
  async function decided(n: number) {
    const before = await claim(idOf(n), 'me', null)
    const step = before?.case.steps.find(({ stepKey }) => stepKey === 'funds.r1')
    if (!before || !step) throw new Error('no such case')
    const known = {
      ...facts,
      method: {
        id: before.methodId ?? '',
        fingerprint: before.case.attempts[0]?.methodFingerprint ?? '',
        label: before.methodLabel ?? '',
        instrument: 'card' as const,
        revokedAt: null,
        revokedReason: null,
        expiresAt: null,
      },
    }
    const event = { type: 'step_due' as const, stepRunId: step.id }
    const { case: c, sequence, budget, switches } = before
    const decision = decide({ case: c, event, facts: known, sequence, budget, switches, now })
    expect(decision.commands).toMatchObject([{ type: 'attempt_billing' }])
    const saving = {
      event,
      actor: 'engine',
      correlationId: 'test',
      now,
      lease: { by: 'me', until: new Date(now.getTime() + HOUR_MS) },
      releaseIfDone: true,
      facts: {
        methodId: known.method.id,
        methodFingerprint: known.method.fingerprint,
        methodLabel: known.method.label,
        instrument: known.method.instrument,
        methodRevokedAt: null,
      },
    }
    return { id: idOf(n), before, decision, known, saving }
  }

  /** The same, saved. */
  async function charge(n: number) {
    const { before, decision, ...rest } = await decided(n)
    return { ...rest, ...(await cases.saveDecision(pool, before, decision, rest.saving)) }
  }

  test('the case is known without being loaded again, in every field', async () => {
    const { released, after, id } = await charge(4)
    expect(released).toBe(false) // the charge is still to be sent
    const again = await claim(id, 'me', null)
    expect(after).toEqual(again)
  })

  test("with Shopify's answer the case is given back in the same statement", async () => {
    const { after, id, known, saving } = await charge(5)
    const attempt = after?.case.attempts.at(-1)
    if (!after || !attempt) throw new Error('the case must be known')
    const event = {
      type: 'attempt_accepted' as const,
      attemptId: attempt.id,
      shopifyId: 'gid://shopify/SubscriptionBillingAttempt/77',
    }
    const { case: c, sequence, budget, switches } = after
    const decision = decide({ case: c, event, facts: known, sequence, budget, switches, now })
    const saved = await cases.saveDecision(pool, after, decision, { ...saving, event })
    expect(saved.released).toBe(true)
    const { rows: left } = await client.query(
      'SELECT "leaseBy", "nextActionAt" > $2 AS later FROM "RecoveryCase" WHERE id = $1',
      [id, now],
    )
    expect(left).toEqual([{ leaseBy: null, later: true }])
  })

  test('is decided anew when somebody wrote a line to the case in the same moment', async () => {
    const { id, before, decision, saving } = await decided(6)
    await client.query('BEGIN')
    await client.query('SELECT FROM "RecoveryCase" WHERE id = $1 FOR UPDATE', [id])
    await client.query(
      `INSERT INTO "CaseEvent" ("caseId", seq, type, actor, because, at, "correlationId")
       SELECT $1, coalesce(max(seq), 0) + 1, 'shopper_method', 'shopper', 'another card', $2, 'test'
         FROM "CaseEvent" WHERE "caseId" = $1`,
      [id, now],
    )
    const saved = cases.saveDecision(pool, before, decision, saving).catch((error) => error)
    for (let waits = 0; waits === 0; ) {
      const { rows: found } = await client.query<{ waits: number }>(
        `SELECT count(*)::int AS waits FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
      )
      waits = found[0]?.waits ?? 0
    }
    await client.query('COMMIT')
    expect(await saved).toMatchObject({ name: 'StaleCase' })
    const again = await claim(id, 'me', null)
    expect(again?.case).toEqual(before.case)
    expect((await cases.saveDecision(pool, before, decision, saving)).released).toBe(false)
  })
})

test('H4 counts an attempt from when Shopify took it, not from when it was meant', async () => {
  const DAYS_30 = 30 * 24 * HOUR_MS
  const before = await claim(idOf(10), 'me', null)
  const counted = async () => {
    const db = await pool.connect()
    try {
      if (!before) throw new Error('no case')
      const locked = await cases.beginWithBudget(db, before, before.methodId, now)
      const loaded = (await claim(idOf(10), 'me', null))?.budget
      expect(loaded?.methodAttempts30d).toBe(locked.methodAttempts30d)
      return locked.methodAttempts30d
    } finally {
      await db.query('ROLLBACK')
      db.release()
    }
  }
  // Meant three hours before the window begins: Shopify would not take it then.
  const meantAt = new Date(now.getTime() - DAYS_30 - 3 * HOUR_MS)
  const takenAt = new Date(now.getTime() - DAYS_30 + 3 * HOUR_MS)
  const first = await counted()
  const attempt = { case: idOf(10), method: before?.methodId, meantAt }
  const { rows: made } = await client.query<{ id: string }>(
    `INSERT INTO "Attempt" (id, "caseId", shop, "contractId", "cycleIndex", number, trigger, "countsTowardLadder", key, "methodId", state, "intendedAt", "settledAt")
     SELECT gen_random_uuid(), id, shop, "contractId", "cycleIndex", 77, 'scheduled', true, 'meant earlier', $2, 'failed', $3, $3
       FROM "RecoveryCase" WHERE id = $1 RETURNING id`,
    Object.values(attempt),
  )
  expect(await counted()).toBe(first)
  await client.query('UPDATE "Attempt" SET "submittedAt" = $2 WHERE id = $1', [
    made[0]?.id,
    takenAt,
  ])
  expect(await counted()).toBe(first + 1)
})
