/**
 * Open cases meet a new version of their sequence: they keep the one that they have, move to it, or end (publish.ts).
 * The merchant chooses when publishing; it is then done case by case under the claim of each, a few in a turn of the
 * clock, so that a worker that is killed loses one turn and no case is moved twice. Each case says what became of it.
 */

import { now, realNow } from '../clock.server.ts'
import { db, pool, type Tx } from '../db.server.ts'
import { log } from '../log.server.ts'
import { audit } from './audit.server.ts'
import {
  CaseBusy,
  claimCase,
  giveBack,
  LEASE_MS,
  type LoadedCase,
  openState,
  StaleCase,
  saveDecision,
  sequenceOfVersion,
} from './cases.server.ts'
import { newClaimant } from './claims.server.ts'
import type { Turn, TurnEnd } from './clocks.server.ts'
import { isLive } from './due.ts'
import { decisionOfEnd, decisionOfMove, mayMove, moveToVersion } from './publish.ts'
import { addHours } from './schedule.ts'
import type { Decision, Lane } from './types.ts'

/** What becomes of open cases on older versions when a new one is published. */
export type InFlightPolicy = 'leave' | 'move' | 'end'

export const IN_FLIGHT_POLICIES: readonly InFlightPolicy[] = ['leave', 'move', 'end']

/** Cases of one turn; each costs two statements. */
const CASES_A_TURN = 20

/** A case that was busy, or whose charge has no answer yet, is asked again after so long. Hours, world time. */
const AGAIN_HOURS = 1

/** A case that cannot be read or saved is left as it is so long after the publication. Hours, world time; ours. */
const GIVE_UP_HOURS = 24

/** Open cases of a sequence: all, those on older versions than the newest, and those that could move now. */
export async function inFlightOf(
  shop: string,
  sequenceId: string,
): Promise<{ open: number; onOlder: number; mayMove: number }> {
  const { rows } = await pool.query<Alike>({
    name: 'in-flight',
    text: `
      SELECT c.status, c.reason, c."lane", c.older, c.live, count(*)::int AS count
        FROM (SELECT c.status, c.reason, c.lane,
                     v.number < (SELECT max(n.number) FROM "SequenceVersion" n WHERE n."sequenceId" = $2) AS older,
                     EXISTS (SELECT FROM "Attempt" a WHERE a."caseId" = c.id
                                AND a.state IN ('intended', 'submitted', 'action_required', 'unknown')) AS live
                FROM "RecoveryCase" c JOIN "SequenceVersion" v ON v.id = c."sequenceVersionId"
               WHERE c.shop = $1 AND v."sequenceId" = $2 AND c."closedAt" IS NULL) c
       GROUP BY 1, 2, 3, 4, 5`,
    values: [shop, sequenceId],
  })
  const sum = (some: Alike[]) => some.reduce((total, { count }) => total + count, 0)
  return {
    open: sum(rows),
    onOlder: sum(rows.filter(({ older }) => older)),
    mayMove: sum(rows.filter((row) => mayMove(movable(row)).may)),
  }
}

type Alike = {
  status: string
  reason: string | null
  lane: Lane | null
  older: boolean
  live: boolean
  count: number
}

function movable({ status, reason, lane, live }: Alike) {
  // When it froze says nothing about whether it can move.
  const state = openState({ status, reason, frozenAt: new Date(0) })
  if (!state)
    throw new Error(`An open case has the status "${status}", which this version does not know.`)
  return { state, lane, attempts: live ? [{ state: 'submitted' as const }] : [] }
}

/** Has the open cases of this shop meet its newest versions at once. Whoever is at it begins anew. */
export async function startMeeting(tx: Tx, shop: string, at: Date): Promise<void> {
  const afresh = { nextRunAt: at, cursor: null, startedAt: null, leaseBy: null, leaseUntil: null }
  await tx.shopClock.upsert({
    where: { shop_job: { shop, job: 'versions' } },
    create: { shop, job: 'versions', ...afresh },
    update: afresh,
  })
}

/** One turn: the next few cases that have not met the newest version of their sequence. */
export async function meetNewVersions(turn: Turn): Promise<TurnEnd> {
  const { cursor, startedAt, correlationId } = turn
  const { shop } = turn.shop
  const batch = await yetToMeet(shop, cursor, CASES_A_TURN)
  const met = { moved: 0, ended: 0, left: 0, later: 0 }
  for (const meeting of batch) {
    await turn.stillMine()
    met[await meet(meeting, correlationId)] += 1
  }
  if (batch.length > met.later)
    await audit(db, { shop, actor: 'engine', action: 'cases.met_new_version', data: met }, now())
  const last = batch.at(-1)
  if (last && batch.length === CASES_A_TURN) return { type: 'go_on', cursor: last.caseId }
  const left = await yetToMeet(shop, null, 1)
  return { type: 'next', at: left.length > 0 ? addHours(startedAt, AGAIN_HOURS) : null }
}

type Meeting = {
  caseId: string
  isSetAside: boolean
  /** The newest version of its sequence. */
  versionId: string
  number: number
  policy: Exclude<InFlightPolicy, 'leave'>
  publishedAt: Date
  /** Who published it. */
  by: string
}

/** How the timeline names a case that could not move; it is asked once for each version. */
const LEFT = 'left_on_version'

async function yetToMeet(shop: string, after: string | null, most: number): Promise<Meeting[]> {
  const { rows } = await pool.query<Meeting>({
    name: 'yet-to-meet',
    text: `
      SELECT c.id AS "caseId", c."deadReason" IS NOT NULL AS "isSetAside", n.id AS "versionId", n.number,
             n."inFlightPolicy" AS policy, n."publishedAt", n."publishedBy" AS by
        FROM "RecoveryCase" c JOIN "SequenceVersion" v ON v.id = c."sequenceVersionId"
        JOIN LATERAL (SELECT * FROM "SequenceVersion" n WHERE n."sequenceId" = v."sequenceId"
                       ORDER BY n.number DESC LIMIT 1) n ON n.id <> v.id
       WHERE c.shop = $1 AND c."closedAt" IS NULL AND n."inFlightPolicy" IN ('move', 'end')
         AND ($2::uuid IS NULL OR c.id > $2)
         AND NOT EXISTS (SELECT FROM "CaseEvent" e WHERE e."caseId" = c.id AND e.type = '${LEFT}'
                            AND e.data->>'version' = n.number::text)
       ORDER BY c.id LIMIT $3`,
    values: [shop, after, most],
  })
  return rows
}

type SavedAs = 'moved_to_version' | 'ended_on_publish'

type Met = 'moved' | 'ended' | 'left' | 'later'

/**
 * One case under its claim. Never throws: a case that cannot be read or saved now is asked again later, and after a day
 * left to staff.
 */
async function meet(meeting: Meeting, correlationId: string): Promise<Met> {
  const { caseId } = meeting
  const worker = newClaimant()
  try {
    const loaded = await claimCase(caseId, worker, null, now(), realNow())
    if (!loaded) return 'later'
    const met = await decideMeeting(loaded, meeting, worker, correlationId)
    await giveBack(caseId, worker)
    return met
  } catch (error) {
    const met = await failed(error, meeting, correlationId)
    await giveBack(caseId, worker)
    return met
  }
}

async function failed(error: unknown, meeting: Meeting, correlationId: string): Promise<Met> {
  if (error instanceof CaseBusy || error instanceof StaleCase) return 'later'
  const { caseId, publishedAt } = meeting
  log.error({ error, caseId, correlationId }, 'a case could not meet the new version')
  if (addHours(publishedAt, GIVE_UP_HOURS) > now()) return 'later'
  await leave(meeting, `it could not be read or saved: ${error}`, correlationId)
  await askStaff(meeting)
  return 'left'
}

/** The timeline says why a case keeps its version; it is asked no more. */
async function leave(
  { caseId, number, by }: Meeting,
  why: string,
  correlationId: string,
): Promise<void> {
  const because = `version ${number} was published, and this case keeps its version: ${why}`
  await pool.query({
    name: 'left-on-version',
    text: `INSERT INTO "CaseEvent" ("caseId", seq, type, actor, because, data, at, "correlationId")
           SELECT $1, coalesce(max(seq), 0) + 1, '${LEFT}', $2, $3, jsonb_build_object('version', $4::int), $5, $6
             FROM "CaseEvent" WHERE "caseId" = $1`,
    values: [caseId, by, because, number, now(), correlationId],
  })
}

/** The page of a case that cannot be read may say nothing. */
async function askStaff({ caseId, number, policy }: Meeting): Promise<void> {
  await pool.query({
    name: 'tell-left-on-version',
    text: `INSERT INTO "StaffTask" (id, shop, "caseId", kind, title, body, "createdAt", subject)
           SELECT gen_random_uuid(), shop, id, '${LEFT}', 'A recovery could not meet the new version', $2, $3, id::text
             FROM "RecoveryCase" WHERE id = $1
           ON CONFLICT DO NOTHING`,
    values: [
      caseId,
      `Version ${number} of its sequence was published to ${policy} the cases under way. This one could not be read or saved for ${GIVE_UP_HOURS} hours, so it keeps the version that it had. Look at its page, and close it by hand if it should end. Should the page not open either, tell whoever runs the app: its log has the error.`,
      now(),
    ],
  })
}

async function decideMeeting(
  loaded: LoadedCase,
  meeting: Meeting,
  worker: string,
  correlationId: string,
): Promise<Met> {
  const { versionId, number, policy, by, isSetAside } = meeting
  const { case: c, lookAgainAt } = loaded
  // What is under way is finished first: it belongs to the plan under which it began.
  if (loaded.intents.length > 0 || c.attempts.some(isLive)) return 'later'
  const at = now()
  const save = (into: LoadedCase, type: SavedAs, decision: Decision) =>
    saveDecision(pool, into, decision, {
      event: { type },
      actor: by,
      correlationId,
      now: at,
      lease: { by: worker, until: new Date(realNow().getTime() + LEASE_MS) },
      releaseIfDone: true,
      facts: null,
    })

  if (policy === 'end') {
    const decision = decisionOfEnd(c)
    if (!decision) return 'later'
    await save(loaded, 'ended_on_publish', decision)
    return 'ended'
  }
  const possible = isSetAside
    ? { may: false, because: 'it was set aside after errors' }
    : mayMove(c)
  if (!possible.may) {
    await leave(meeting, possible.because, correlationId)
    return 'left'
  }
  const sequence = await sequenceOfVersion(versionId)
  const move = moveToVersion(c, loaded.sequence, sequence, at)
  await save({ ...loaded, sequence, sequenceVersionId: versionId }, 'moved_to_version', {
    ...decisionOfMove(c, { ...move, because: `version ${number} was published: ${move.because}` }),
    lookAgainAt,
  })
  return 'moved'
}
