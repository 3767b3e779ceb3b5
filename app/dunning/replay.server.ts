/** Past failures of a shop for replay.ts, a few at a time, so that no request takes long. */

import { db, pool } from '../db.server.ts'
import { parseTraits } from './conditions.ts'
import { anchorOf } from './open-case.ts'
import { type PastCase, type Replayed, replay } from './replay.ts'
import { addHours } from './schedule.ts'
import { checkSequence, parseSequence, readSequence, type SequenceProblem } from './sequence.ts'
import type { CaseState, Instrument } from './types.ts'
import { guardRailContextOf } from './versions.server.ts'

/** How far back failures are replayed, and how many at most. Ours: a quarter, newest first. */
export const REPLAY_DAYS = 90
export const REPLAY_CASES = 200

/** Cases of one request; each takes some milliseconds of the processor. */
export const REPLAY_AT_ONCE = 25

/** However slow the machine, a request stops adding cases after so long. Milliseconds. */
const BUDGET_MS = 1_000

export type ReplayChunk =
  | {
      type: 'replayed'
      cases: Replayed[]
      /** How many failures there are to replay. */
      total: number
      /** How many to skip in the next request; null: this was the last. */
      next: number | null
    }
  /** The draft breaks rules: it has to be mended before it can be played. */
  | { type: 'refused'; problems: SequenceProblem[] }

/** The cases after the first `skip` ones, played under the draft or, without one, the newest version. */
export async function replayChunk(
  { shop, sequenceId, skip }: { shop: string; sequenceId: string; skip: number },
  now: Date,
): Promise<ReplayChunk | null> {
  const row = await db.sequence.findFirst({
    where: { id: sequenceId, shop },
    include: { versions: { orderBy: { number: 'desc' }, take: 1 } },
  })
  const newest = row?.versions[0]
  if (!row || !newest) return null
  const checked = planOf(row.draft, newest.body)
  if (!checked.ok) return { type: 'refused', problems: checked.problems }
  const [{ total, cases: past }, { emailWindow, smsReady }] = await Promise.all([
    pastCases(shop, skip, now),
    guardRailContextOf(shop, sequenceId, now),
  ])
  const cases: Replayed[] = []
  const until = performance.now() + BUDGET_MS
  for (const one of past) {
    cases.push(replay(checked.sequence, one, { emailWindow, smsReady }, now))
    if (performance.now() > until) break
  }
  const done = skip + cases.length
  return { type: 'replayed', cases, total, next: done < total && cases.length > 0 ? done : null }
}

function planOf(draft: unknown, published: unknown) {
  const read = draft === null ? null : readSequence(draft)
  if (!read) return { ok: true as const, sequence: parseSequence(published) }
  return read.ok ? checkSequence(read.sequence) : read
}

async function pastCases(
  shop: string,
  skip: number,
  now: Date,
): Promise<{ total: number; cases: PastCase[] }> {
  const where = `c.shop = $1 AND c."openedAt" > $2 AND c.lane IS NOT NULL AND c."lastCode" IS NOT NULL`
  const since = addHours(now, -REPLAY_DAYS * 24)
  const [{ rows: counted }, { rows }] = await Promise.all([
    pool.query<{ total: number }>(
      `SELECT least(count(*), ${REPLAY_CASES})::int AS total FROM "RecoveryCase" c WHERE ${where}`,
      [shop, since],
    ),
    pool.query<PastRow>(
      `SELECT c.id, c.source, c."anchorAt", c."openedAt", c.zone, c."lastCode", c.instrument, c."expectedAt",
              c."nextExpectedAt", c.amount::text AS amount, c.currency, c.traits, c.status, c."closedAt",
              (SELECT a."rawCode" FROM "Attempt" a WHERE a.shop = c.shop AND a."contractId" = c."contractId"
                  AND a."cycleIndex" = c."cycleIndex" AND a."rawCode" IS NOT NULL ORDER BY a."intendedAt" LIMIT 1) AS "firstCode",
              (SELECT count(*)::int FROM "Attempt" a WHERE a."caseId" = c.id AND a.trigger NOT IN ('native', 'external')
                  AND a.state NOT IN ('refused', 'abandoned')) AS charges,
              (SELECT count(*)::int FROM "Message" m WHERE m."caseId" = c.id
                  AND m.template NOT IN ('recovered', 'update_link') AND m.state NOT IN ('intended', 'suppressed', 'failed', 'dropped')) AS messages,
              (SELECT count(*)::int FROM "StepRun" r WHERE r."caseId" = c.id AND r.state IN ('skipped', 'missed')) AS skipped
         FROM "RecoveryCase" c WHERE ${where}
        ORDER BY c."openedAt" DESC, c.id OFFSET $3 LIMIT $4`,
      [shop, since, skip, Math.max(0, Math.min(REPLAY_AT_ONCE, REPLAY_CASES - skip))],
    ),
  ])
  return { total: counted[0]?.total ?? 0, cases: rows.map(pastCase) }
}

type PastRow = {
  id: string
  source: string
  anchorAt: Date
  openedAt: Date
  zone: string
  lastCode: string
  firstCode: string | null
  instrument: Instrument | null
  expectedAt: Date
  nextExpectedAt: Date | null
  amount: string
  currency: string
  traits: unknown
  status: CaseState['status']
  closedAt: Date | null
  charges: number
  messages: number
  skipped: number
}

function pastCase(row: PastRow): PastCase {
  const amount = { amount: row.amount, currency: row.currency }
  const traits = parseTraits(row.traits, amount)
  const { charges, messages, skipped } = row
  return {
    id: row.id,
    failedAt: anchorOf(row),
    zone: row.zone,
    code: row.firstCode ?? row.lastCode,
    instrument: row.instrument ?? 'card',
    interval: traits.interval ?? { unit: 'DAY', count: daysBetween(row) },
    nextExpectedAt: row.nextExpectedAt,
    amount,
    traits,
    happened: { charges, messages, skipped },
    status: row.status,
    closedAt: row.closedAt,
  }
}

/** A month where there is no next charge. */
function daysBetween({ expectedAt, nextExpectedAt }: PastRow): number {
  if (!nextExpectedAt) return 30
  return Math.max(1, Math.round((nextExpectedAt.getTime() - expectedAt.getTime()) / 86_400_000))
}
