/**
 * Cases in the database: the only file that knows how a case looks in its tables. A case is claimed and loaded with
 * one statement and a decision saved with one, because these two carry the engine's whole load.
 */
import { createHash, randomUUID } from 'node:crypto'
import pg from 'pg'
import { pool } from '../db.server.ts'
import { env } from '../env.server.ts'
import { smsIsSetUp } from '../messages/sms.server.ts'
import { operatorStop } from '../place.server.ts'
import { together } from '../together.ts'
import { afterDecision } from './after-decision.ts'
import { BRAKE_OF_CASE, type BrakeOfCase, brakeSwitches } from './brake-switch.server.ts'
import { parseTraits } from './conditions.ts'
import { stateOf } from './decide.ts'
import { declineFrom } from './declines.ts'
import { DOUBT_HOURS, isLive, nextActionAt } from './due.ts'
import { ATTEMPTS_PER_METHOD, chargedMethod, METHOD_WINDOW_DAYS } from './limits.ts'
import { anchorOf } from './open-case.ts'
import { wallTime } from './schedule.ts'
import { parseSequence } from './sequence.ts'
import type {
  Attempt,
  AttemptFact,
  Budget,
  CaseState,
  Decision,
  DeclineFamily,
  DunningEvent,
  Entry,
  FinalAction,
  Happening,
  HoldReason,
  MessageStage,
  Money,
  RecoveryCase,
  RecoverySource,
  Sequence,
  ShopperAction,
  SmallerOrder,
  StepRun,
  Switches,
} from './types.ts'

/**
 * How long a claim on a case holds without being renewed. Real milliseconds. Longer than one call to Shopify may
 * take (10 s), short enough that a killed worker's cases are taken over soon. Source: rulings.md 6.
 */
export const LEASE_MS = 30_000

/** The window of H4 in hours: a day of PostgreSQL's may have 23 or 25. */
const WINDOW_HOURS = METHOD_WINDOW_DAYS * 24

/** Somebody saved this case first: load it again and decide anew. */
export class StaleCase extends Error {
  override name = 'StaleCase'
}

/** Somebody else works on this case now. */
export class CaseBusy extends Error {
  override name = 'CaseBusy'
  constructor(caseId: string) {
    super(`somebody else works on the case ${caseId} now`)
  }
}

/** An effect that is written down and not finished. */
export type Intent =
  | {
      type: 'message'
      id: string
      channel: 'email' | 'sms'
      stage: MessageStage
      stepRunId: string | null
      state: string
      createdAt: Date
    }
  | {
      type: 'action'
      kind: FinalAction | 'activate' | 'staff_pause' | 'whole_order' | `shopper_${ShopperAction}`
      before: string
      /** Shopify was asked at least once, and its answer did not come. */
      asked: boolean
    }

/** Kept in `ContractAction.after` from before the request until its answer. */
export const ASKED = 'asked'

export type LoadedCase = {
  shop: string
  contractId: string
  cycleIndex: number
  version: number
  case: RecoveryCase
  sequence: Sequence
  switches: Switches
  budget: Budget
  intents: Intent[]
  /** How often running Shopify's trust limit has paused new attempts of the shop. */
  attemptPauses: number
  /** Attempts that are written down under another cycle of this contract. */
  elsewhere: string[]
  lookAgainAt: Date | null
  /** How often the case was woken from outside (`WOKEN`). */
  wakes: number
  customerId: string | null
  customerLocale: string | null
  productTitle: string | null
  methodId: string | null
  methodFingerprint: string | null
  methodLabel: string | null
  instrument: string | null
  /** Null: the method is live, or there is none. */
  methodRevokedAt: Date | null
  sequenceVersionId: string
  /** Of the whole order, before tax; frozen. */
  amount: Money
  /** The smaller order that we put in place for a charge and have not taken back; null: none. */
  orderInPlace: SmallerOrder | null
  tries: number
  correlationId: string
  shopName: string
  /** Serves where we have no words in the shopper's language. */
  shopLocale: string
  replyTo: string | null
  /** Our page in the shop's customer account, where it is known. */
  accountPage: string | null
  /** How often the link of its page was withdrawn. */
  linkTurn: number
}

/**
 * Makes a case `c` due at a time of its own, whatever its steps say. Counted, so that a decision which is being made
 * meanwhile, and is saved afterwards, does not put the look off.
 */
export const WOKEN = (at: string) =>
  `"nextActionAt" = least(c."nextActionAt", ${at}), "lookAgainAt" = least(c."lookAgainAt", ${at}), wakes = c.wakes + 1`

/** What the shopper owes now: the smaller order that they chose, else the whole one. Before tax. */
export function owedNow({ case: { smaller }, amount }: Pick<LoadedCase, 'case' | 'amount'>): Money {
  return smaller ? { ...amount, amount: smaller.amount } : amount
}

/** What the order is called: by the first of its lines that is taken. */
export function orderTitle({ case: { smaller }, productTitle }: Titled): string | null {
  return smaller?.lines.find(({ quantity }) => quantity > 0)?.title ?? productTitle
}

type Titled = Pick<LoadedCase, 'case' | 'productTitle'>

// ---------------------------------------------------------------- claim and load

/**
 * When Shopify made an attempt, or the latest it can have been: one that it would not take at once was sent again for up
 * to a day, and the networks count from when it came.
 */
const MADE_AT = (a: string) => `coalesce(${a}."submittedAt", ${a}."settledAt", ${a}."intendedAt")`

/** Made in the window of H4 before `now`. The plain column leads to the index. */
const inWindow = (a: string, now: string) =>
  `${a}."intendedAt" > ${now}::timestamptz - interval '${WINDOW_HOURS + DOUBT_HOURS} hours'
     AND ${MADE_AT(a)} > ${now}::timestamptz - interval '${WINDOW_HOURS} hours'`

/** What a method looked like when a STOP decline finished it, on any contract. The index leads to its few attempts. */
const STOPS_OF = (shop: string, methodId: string) =>
  `SELECT coalesce(jsonb_agg(DISTINCT a."methodFingerprint"), '[]') FROM "Attempt" a
    WHERE a.shop = ${shop} AND a."methodId" = ${methodId} AND a.class = 'STOP' AND a."methodFingerprint" IS NOT NULL`

const SELECTED = `
  c.*,
  c.amount::text AS "amountText", c."smallerAmount"::text AS "smallerText",
  s.name AS "shopName", s.locale AS "shopLocale", s."senderName", coalesce(s."replyTo", s.email) AS "replyTo", s."accountPage", s."stoppedAt", s."stoppedBy", s."uninstalledAt", s."recoveryStartedAt",
  s."attemptsPausedUntil", s."attemptPauses",
  ${BRAKE_OF_CASE},
  s."emailFromHour", s."emailUntilHour", s."smsOn",
  (SELECT coalesce(jsonb_agg(a ORDER BY a."intendedAt", a.number), '[]') FROM "Attempt" a
    WHERE a.shop = c.shop AND a."contractId" = c."contractId" AND a."cycleIndex" = c."cycleIndex") AS attempts,
  (SELECT coalesce(jsonb_agg(a."shopifyId"), '[]') FROM "Attempt" a WHERE a.shop = c.shop AND a."contractId" = c."contractId"
    AND a."cycleIndex" <> c."cycleIndex" AND a."shopifyId" IS NOT NULL) AS elsewhere,
  (SELECT coalesce(jsonb_agg(r ORDER BY r."dueAt"), '[]') FROM "StepRun" r WHERE r."caseId" = c.id) AS steps,
  (SELECT coalesce(jsonb_agg(m ORDER BY m."createdAt"), '[]') FROM "Message" m WHERE m."caseId" = c.id) AS messages,
  (SELECT coalesce(jsonb_agg(x), '[]') FROM "ContractAction" x WHERE x."caseId" = c.id) AS actions,
  -- Perhaps an earlier case of this debt put it there.
  (SELECT x.after FROM "RecoveryCase" p JOIN "ContractAction" x ON x."caseId" = p.id AND x.kind = 'smaller_order' AND x.state = 'done'
    WHERE p.shop = c.shop AND p."contractId" = c."contractId" AND p."cycleIndex" = c."cycleIndex" LIMIT 1) AS "orderInPlace",
  (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', t.kind, 'doneAt', t."doneAt")), '[]') FROM "StaffTask" t
    WHERE t."caseId" = c.id AND t."doneAt" IS NOT NULL) AS "doneTasks",
  (SELECT reason FROM "Suppression" p WHERE p.shop = c.shop AND p.recipient = c."customerId" AND p.channel = 'all') AS suppressed,
  (SELECT count(*)::int FROM "Attempt" a WHERE a.shop = c.shop AND a."methodId" = c."methodId"
     AND a.state NOT IN ('refused', 'abandoned') AND ${inWindow('a', '$1')}) AS "methodAttempts",
  (SELECT ${MADE_AT('a')} + interval '${WINDOW_HOURS} hours' FROM "Attempt" a WHERE a.shop = c.shop AND a."methodId" = c."methodId"
     AND a.state NOT IN ('refused', 'abandoned') AND ${inWindow('a', '$1')}
   ORDER BY ${MADE_AT('a')} DESC OFFSET ${ATTEMPTS_PER_METHOD - 1} LIMIT 1) AS "methodFreeAt",
  (SELECT "stopUntil" FROM "MethodBudget" b WHERE b.shop = c.shop AND b."methodId" = c."methodId") AS "methodStopUntil",
  (${STOPS_OF('c.shop', 'c."methodId"')}) AS "methodStops",
  (SELECT max(coalesce(m."sentAt", m."createdAt")) FROM "Message" m WHERE m.shop = c.shop AND m."customerId" = c."customerId"
     AND m."countsTowardCap" AND m.state NOT IN ('suppressed', 'failed')) AS "lastMessageAt"`

const FROM = `"RecoveryCase" c JOIN "Shop" s ON s.shop = c.shop`

/** A case as it is now, without a claim on it; null when this shop has no such case. */
export async function loadCase(shop: string, id: string, now: Date): Promise<LoadedCase | null> {
  const { rows } = await pool.query<CaseRow>({
    name: 'load-case',
    text: `SELECT ${SELECTED} FROM ${FROM} WHERE c.id = $2 AND c.shop = $3`,
    values: [now, id, shop],
  })
  return rows[0] ? toLoaded(rows[0]) : null
}

/**
 * Claims a case for `worker` until `realNow` + LEASE_MS and loads it. Throws CaseBusy when somebody else holds it;
 * answers null when there is no such case. `handOver` is the lease that the sweep took on our behalf.
 */
export async function claimCase(
  id: string,
  worker: string,
  handOver: string | null,
  now: Date,
  realNow: Date,
): Promise<LoadedCase | null> {
  const claim = { id, worker, handOver, now, realNow }
  // Cases that the sweep hands over come ten at a time.
  const row = handOver ? await claimRow(claim) : (await claimRows([claim])).get(claim)
  if (row) return toLoaded(row)
  const { rowCount } = await pool.query('SELECT FROM "RecoveryCase" WHERE id = $1', [id])
  if (rowCount === 0) return null
  throw new CaseBusy(id)
}

type Claim = {
  id: string
  worker: string
  handOver: string | null
  now: Date
  realNow: Date
}

/** One statement for many, unless it fails: then it is told which of them is the broken one. */
const claimTogether = together<Claim, CaseRow>(claimRows)
async function claimRow(claim: Claim): Promise<CaseRow | undefined> {
  return claimTogether(claim).catch(async () => (await claimRows([claim])).get(claim))
}

async function claimRows(claims: Claim[]): Promise<Map<Claim, CaseRow>> {
  const [first] = claims
  if (!first) return new Map()
  const { rows } = await pool.query<CaseRow & { claimedBy: string }>({
    name: 'claim-cases',
    text: `UPDATE "RecoveryCase" t SET "leaseUntil" = $3, "leaseBy" = claim.worker
             FROM ${FROM}, unnest($2::uuid[], $4::text[], $6::text[]) AS claim(id, worker, "handOver")
            WHERE t.id = ANY ($2::uuid[]) AND claim.id = t.id AND c.id = t.id AND c.id = ANY ($2::uuid[])
              AND (t."leaseUntil" IS NULL OR t."leaseUntil" < $5 OR t."leaseBy" IN (claim.worker, claim."handOver"))
        RETURNING t."leaseBy" AS "claimedBy", ${SELECTED}`,
    values: [
      first.now,
      claims.map(({ id }) => id),
      new Date(first.realNow.getTime() + LEASE_MS),
      claims.map(({ worker }) => worker),
      first.realNow,
      claims.map(({ handOver }) => handOver),
    ],
  })
  // Not by case: of two who ask for the same one at once, one gets it.
  const byWorker = new Map(rows.map((row) => [row.claimedBy, row]))
  return new Map(
    claims.flatMap((claim) => {
      const row = byWorker.get(claim.worker)
      return row?.id === claim.id ? [[claim, row] as const] : []
    }),
  )
}

/** Keeps a claim alive before a call that may take long. Throws StaleCase when the claim was lost. */
export async function renewLease(id: string, worker: string, realNow: Date): Promise<void> {
  const { rowCount } = await pool.query({
    name: 'renew-lease',
    text: 'UPDATE "RecoveryCase" SET "leaseUntil" = $3 WHERE id = $1 AND "leaseBy" = $2',
    values: [id, worker, new Date(realNow.getTime() + LEASE_MS)],
  })
  if (rowCount === 0) throw new StaleCase(`${id}: the lease was lost`)
}

/**
 * Gives a case back, with the time at which it is next looked at; null: an outside event must come. Whoever woke it
 * since it was loaded is not overruled.
 */
export async function releaseCase(
  { case: { id }, wakes }: LoadedCase,
  worker: string,
  next: { at: Date | null; tries: number; deadReason: string | null },
): Promise<void> {
  await pool.query({
    name: 'release-case',
    text: `UPDATE "RecoveryCase" SET "leaseUntil" = NULL, "leaseBy" = NULL,
             "nextActionAt" = CASE WHEN wakes = $6 OR $5::text IS NOT NULL THEN $3::timestamptz
                                   ELSE least($3::timestamptz, "lookAgainAt") END,
             tries = $4, "deadReason" = $5
           WHERE id = $1 AND "leaseBy" = $2`,
    values: [id, worker, next.at, next.tries, next.deadReason, wakes],
  })
}

/** Gives a case back as it stands in its row. */
export async function giveBack(id: string, worker: string): Promise<void> {
  await pool.query({
    name: 'give-back',
    text: `UPDATE "RecoveryCase" SET "leaseUntil" = NULL, "leaseBy" = NULL WHERE id = $1 AND "leaseBy" = $2`,
    values: [id, worker],
  })
}

/**
 * Gives back a case that could not even be read, a little later each time; set aside after `triesBeforeDead`, so that
 * one broken row does not stand in front of the others for ever.
 */
export async function releaseUnread(
  id: string,
  worker: string,
  { now, triesBeforeDead, because }: { now: Date; triesBeforeDead: number; because: string },
): Promise<void> {
  await pool.query({
    name: 'release-unread',
    text: `UPDATE "RecoveryCase" SET "leaseUntil" = NULL, "leaseBy" = NULL, tries = tries + 1,
             "nextActionAt" = CASE WHEN tries + 1 < $4 THEN $3::timestamptz + least(power(2, tries), 60) * interval '1 minute' END,
             "deadReason" = CASE WHEN tries + 1 < $4 THEN "deadReason" ELSE $5 END
           WHERE id = $1 AND "leaseBy" = $2`,
    values: [id, worker, now, triesBeforeDead, because],
  })
}

/**
 * Gives a case back as it was just saved, unless something of it is due or unfinished still. One statement in place of
 * loading it once more, which is what most steps need.
 */
export async function releaseIfDone(id: string, worker: string, now: Date): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'release-if-done',
    text: `UPDATE "RecoveryCase" c SET "leaseUntil" = NULL, "leaseBy" = NULL, tries = 0, "deadReason" = NULL
            WHERE id = $1 AND "leaseBy" = $2 AND ("nextActionAt" IS NULL OR "nextActionAt" > $3)
              AND NOT EXISTS (SELECT FROM "Message" m WHERE m."caseId" = c.id AND m.state IN ('intended', 'sending'))
              AND NOT EXISTS (SELECT FROM "ContractAction" x WHERE x."caseId" = c.id AND x.state = 'intended')`,
    values: [id, worker, now],
  })
  return rowCount === 1
}

/** Cases of this contract or method that are not over. */
export async function openCasesOf(
  shop: string,
  by: { contractId: string } | { methodId: string; customerId: string | null },
): Promise<string[]> {
  const open = `"shop" = $1 AND status NOT IN (${TERMINAL_SQL})`
  const { rows } =
    'contractId' in by
      ? await pool.query(`SELECT id FROM "RecoveryCase" WHERE ${open} AND "contractId" = $2`, [
          shop,
          by.contractId,
        ])
      : await pool.query(
          `SELECT id FROM "RecoveryCase" WHERE ${open} AND ("methodId" = $2 OR "customerId" = $3)`,
          [shop, by.methodId, by.customerId],
        )
  return rows.map((row: { id: string }) => row.id)
}

/** Shopify says that this method was saved again. The newest word counts: notices come twice, and in any order. */
export async function noteMethodSaved(shop: string, methodId: string, at: Date): Promise<void> {
  await pool.query({
    name: 'note-method-saved',
    text: `UPDATE "RecoveryCase" SET "methodSavedAt" = greatest("methodSavedAt", $3)
            WHERE shop = $1 AND "methodId" = $2 AND "closedAt" IS NULL`,
    values: [shop, methodId, at],
  })
}

/** The case that has the debt of attempt `a`. */
const NEWEST_CASE = `
  SELECT id, status FROM "RecoveryCase" c
   WHERE c.shop = a.shop AND c."contractId" = a."contractId" AND c."cycleIndex" = a."cycleIndex"
   ORDER BY c."closedAt" DESC NULLS FIRST, c."openedAt" DESC LIMIT 1`

/** Cases whose debt this order would pay: of each of its cycles the open one, else the newest, unless it was paid. */
export async function casesOfOrder(shop: string, orderId: string): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>({
    name: 'cases-of-order',
    text: `SELECT DISTINCT c.id FROM "Attempt" a CROSS JOIN LATERAL (${NEWEST_CASE}) c
            WHERE a.shop = $1 AND a."orderId" = $2 AND c.status NOT IN ('recovered', 'paid_elsewhere')`,
    values: [shop, orderId],
  })
  return rows.map(({ id }) => id)
}

/** The case that an attempt belongs to: the open one of its cycle, else the newest. */
export async function caseOfAttempt(
  shop: string,
  attempt: { shopifyId: string } | { key: string },
) {
  const { rows } =
    'key' in attempt
      ? await pool.query(`${CASE_OF_ATTEMPT} a.key = $2`, [shop, attempt.key])
      : await pool.query(`${CASE_OF_ATTEMPT} a."shopifyId" = $2`, [shop, attempt.shopifyId])
  return (rows[0]?.caseId as string | undefined) ?? null
}

const CASE_OF_ATTEMPT = `
  SELECT c.id AS "caseId" FROM "Attempt" a CROSS JOIN LATERAL (${NEWEST_CASE}) c WHERE a.shop = $1 AND `

/** Whether any new case gets a plan: the merchant may have switched all sequences off. */
export async function opensCases(shop: string): Promise<boolean> {
  const { rows } = await pool.query('SELECT FROM "Sequence" WHERE shop = $1 AND "isOn" LIMIT 1', [
    shop,
  ])
  return rows.length > 0
}

/** The newest version of a sequence; `sequenceId` null: of the default one. `isOn` false: it opens no case. */
export async function planForNewCase(
  shop: string,
  sequenceId: string | null,
): Promise<{ id: string; sequence: Sequence; name: string; isOn: boolean } | null> {
  const { rows } = await pool.query<{ id: string; body: unknown; name: string; isOn: boolean }>(
    `SELECT v.id, v.body, q.name, q."isOn" FROM "Sequence" q JOIN "SequenceVersion" v ON v."sequenceId" = q.id
      WHERE q.shop = $1 AND CASE WHEN $2::uuid IS NULL THEN q."isDefault" ELSE q.id = $2 END
      ORDER BY v.number DESC LIMIT 1`,
    [shop, sequenceId],
  )
  const [row] = rows
  return row
    ? { id: row.id, sequence: sequenceOf(row.id, row.body), name: row.name, isOn: row.isOn }
    : null
}

/** How many cases of this customer have ended in a recovery. */
export async function earlierRecoveries(shop: string, customerId: string | null): Promise<number> {
  if (!customerId) return 0
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM "RecoveryCase"
      WHERE shop = $1 AND "customerId" = $2 AND status = 'recovered'`,
    [shop, customerId],
  )
  return rows[0]?.count ?? 0
}

/** Cycles of a contract whose last case ended because they were skipped, while the next one is not due yet. */
export async function skippedCyclesOf(
  shop: string,
  contractId: string,
  now: Date,
): Promise<number[]> {
  const { rows } = await pool.query<{ cycleIndex: number }>({
    name: 'skipped-cycles',
    text: `SELECT "cycleIndex" FROM "RecoveryCase"
            WHERE shop = $1 AND "contractId" = $2 AND status = 'skipped' AND "successorId" IS NULL
              AND ("nextExpectedAt" IS NULL OR "nextExpectedAt" > $3)`,
    values: [shop, contractId, now],
  })
  return rows.map(({ cycleIndex }) => cycleIndex)
}

/** What keeps a cycle from being charged again by itself once it is unskipped. */
export type WordBeforeSkip = 'stop' | 'hold' | 'smaller'

/** What shopper or staff had said of the recovery of this cycle, and nobody has taken back; the gravest of it. */
export async function wordBeforeSkip(
  shop: string,
  { contractId, cycleIndex }: { contractId: string; cycleIndex: number },
): Promise<WordBeforeSkip | null> {
  const { rows } = await pool.query<{ word: WordBeforeSkip }>({
    name: 'word-before-skip',
    text: `WITH cases AS (
             SELECT id, "smallerAmount" FROM "RecoveryCase" WHERE shop = $1 AND "contractId" = $2 AND "cycleIndex" = $3
           )
           SELECT CASE e.type WHEN 'shopper_stop' THEN 'stop' ELSE 'hold' END AS word
             FROM cases c JOIN "CaseEvent" e ON e."caseId" = c.id AND e.type IN ('shopper_stop', 'staff_hold')
            WHERE NOT EXISTS (SELECT FROM "CaseEvent" r
                               WHERE r."caseId" = c.id AND r.type = 'staff_release' AND r.seq > e.seq)
           UNION
           SELECT 'smaller' FROM cases WHERE "smallerAmount" IS NOT NULL`,
    values: [shop, contractId, cycleIndex],
  })
  const said = rows.map(({ word }) => word)
  return (['stop', 'hold', 'smaller'] as const).find((word) => said.includes(word)) ?? null
}

/** The case of this cycle that is not over, and what earlier cases of it have attempted. */
export async function casesOfCycle(shop: string, contractId: string, cycleIndex: number) {
  const { rows } = await pool.query(
    `SELECT id, status IN (${TERMINAL_SQL}) AS over FROM "RecoveryCase"
      WHERE shop = $1 AND "contractId" = $2 AND "cycleIndex" = $3 ORDER BY "openedAt" DESC`,
    [shop, contractId, cycleIndex],
  )
  const { rows: attempts } = await pool.query(
    `SELECT to_jsonb(a) AS a, "cycleIndex" = $3 AS here FROM "Attempt" a WHERE shop = $1 AND "contractId" = $2
      ORDER BY "intendedAt"`,
    [shop, contractId, cycleIndex],
  )
  return {
    open: (rows.find((row) => !row.over)?.id as string | undefined) ?? null,
    predecessor: (rows.find((row) => row.over)?.id as string | undefined) ?? null,
    attempts: attempts.filter(({ here }) => here).map(({ a }) => toAttempt(a)),
    elsewhere: attempts.flatMap(({ a, here }) => (here || !a.shopifyId ? [] : [a.shopifyId])),
  }
}

const TERMINAL_SQL = `'recovered','paid_elsewhere','exhausted','skipped','cancelled','superseded','written_off'`

// ---------------------------------------------------------------- save

/** What saving needs to know beside the decision. */
export type Saving = {
  event: DunningEvent | { type: 'moved_to_version' | 'ended_on_publish' }
  actor: string
  correlationId: string
  now: Date
  /** Lines of ours that follow that of the decision, whoever it answers. */
  afterwards?: Entry[]
  /** Kept for the next effect, or given back. */
  lease: { by: string; until: Date } | null
  /** Gives the case back even so when nothing of it is due or unfinished after this. */
  releaseIfDone?: boolean
  /** Something that was written down before waits for this decision, and is done next. */
  keepsDue?: boolean
  facts: {
    methodId: string | null
    methodFingerprint: string | null
    methodLabel: string | null
    instrument: string | null
    methodRevokedAt: Date | null
  } | null
}

export type Saved = {
  /** The case was given back: nothing of it is due or unfinished. */
  released: boolean
  /** The case as it now stands, where that is plain; null: load it again. */
  after: LoadedCase | null
}

/**
 * Saves a decision whole, or nothing of it: state, attempts, steps, intents and timeline, in one statement.
 * Throws StaleCase when somebody saved the case first.
 */
export async function saveDecision(
  client: pg.Pool | pg.PoolClient,
  loaded: LoadedCase,
  decision: Decision,
  saving: Saving,
): Promise<Saved> {
  const rows = rowsFor(loaded, decision, saving)
  const saved = client.query({
    name: 'save-decision',
    text: `
      WITH saved AS (
        UPDATE "RecoveryCase" c
           SET (status, reason, version, lane, "laneEnteredAt", "lastCode", "lastClass", "methodId", "methodFingerprint",
                "methodLabel", instrument, "methodRevokedAt", "nextActionAt", "lookAgainAt", "deadlineAt", "graceEndsAt", "graceEndedAt",
                "frozenAt", "lastFamily", "nextExpectedAt", "closedAt", "recoveredAmount", "recoveredCurrency", "recoverySource", "orderId",
                "methodSavedAt", "causePrint", "sequenceVersionId", "correlationId", "dayMoves", "smallerLines", "smallerAmount", tries, "deadReason",
                "leaseUntil", "leaseBy")
             = (SELECT r.status, r.reason, r.version + 1, r.lane, r."laneEnteredAt", r."lastCode", r."lastClass",
                r."methodId", r."methodFingerprint", r."methodLabel", r.instrument, r."methodRevokedAt",
                CASE WHEN c.wakes = r.wakes OR r."closedAt" IS NOT NULL THEN r."nextActionAt"
                     ELSE least(r."nextActionAt", c."lookAgainAt") END,
                CASE WHEN c.wakes = r.wakes OR r."closedAt" IS NOT NULL THEN r."lookAgainAt"
                     ELSE least(r."lookAgainAt", c."lookAgainAt") END,
                r."deadlineAt", r."graceEndsAt", coalesce(c."graceEndedAt", r."graceEndedAt"), r."frozenAt", r."lastFamily", r."nextExpectedAt",
                coalesce(c."closedAt", r."closedAt"), r."recoveredAmount",
                r."recoveredCurrency", r."recoverySource", r."orderId",
                CASE WHEN c."methodId" = r."methodId" THEN c."methodSavedAt" END, r."causePrint", r."sequenceVersionId", r."correlationId", r."dayMoves",
                r."smallerLines", r."smallerAmount", 0, NULL,
                r."leaseUntil", r."leaseBy"
                FROM jsonb_populate_record(NULL::"RecoveryCase", $3::jsonb) r)
         WHERE c.id = $1 AND c.version = $2
        RETURNING c.id
      ), ${WRITES}
      SELECT id FROM saved`,
    values: [loaded.case.id, loaded.version, JSON.stringify(rows.case), ...rows.rest],
  })
  const { rowCount } = await saved.catch((error: unknown) => {
    // A line from outside (a press, a task) took the timeline's next number while this statement waited for the row.
    if (error instanceof pg.DatabaseError && error.constraint === 'CaseEvent_pkey')
      throw new StaleCase(`${loaded.case.id} was written to meanwhile`, { cause: error })
    throw error
  })
  if (rowCount === 0) throw new StaleCase(`${loaded.case.id} was saved by somebody else`)
  return { released: rows.case.leaseBy === null, after: afterCharge(loaded, decision, rows) }
}

/**
 * The case after the one decision that every retry makes: a charge was written down, and steps were done with.
 * Everything else is loaded again.
 */
function afterCharge(
  loaded: LoadedCase,
  d: Decision,
  rows: ReturnType<typeof rowsFor>,
): LoadedCase | null {
  const { attempt } = rows
  const others =
    d.commands.length - 1 + d.newSteps.length + d.attempts.length + d.foreignAttempts.length
  const isPlain =
    others === 0 &&
    !d.lane &&
    d.causePrint === undefined &&
    d.takenBack === undefined &&
    d.steps.every(({ to }) => to !== 'scheduled')
  if (!attempt || !isPlain) return null
  const { methodId, methodFingerprint, methodLabel, instrument, methodRevokedAt } = rows.case
  const { lookAgainAt, correlationId, version } = rows.case
  return {
    ...loaded,
    version: version + 1,
    case: {
      ...afterDecision(loaded.case, d, attempt.intendedAt),
      lastDecline: d.lastDecline ?? loaded.case.lastDecline,
      attempts: [...loaded.case.attempts, attempt],
    },
    budget: { ...loaded.budget, methodAttempts30d: loaded.budget.methodAttempts30d + 1 },
    lookAgainAt,
    methodId,
    methodFingerprint,
    methodLabel,
    instrument,
    methodRevokedAt,
    correlationId,
    tries: 0,
  }
}

/** Makes the case together with its first decision. False when this cycle has an open case already. */
export async function saveOpening(
  opening: LoadedCase & {
    zoneSource: string
    /** The segment that chose the sequence; null: it is the default one. */
    segmentRule: string | null
    source: string
    predecessorId: string | null
    customerName: string | null
    variantIds: string[]
    /** Time of the first failure. */
    failedAt: Date
    /** Money came for the earlier case: what its timeline says of it. Staff need not wait for that order any more. */
    paidLate?: string
  },
  decision: Decision,
  saving: Saving,
): Promise<boolean> {
  const rows = rowsFor(opening, decision, saving)
  const row = {
    ...rows.case,
    id: opening.case.id,
    shop: opening.shop,
    contractId: opening.contractId,
    cycleIndex: opening.cycleIndex,
    expectedAt: opening.case.expectedAt,
    anchorAt: opening.failedAt,
    openedAt: saving.now,
    amount: opening.amount.amount,
    currency: opening.amount.currency,
    zone: opening.case.zone,
    zoneSource: opening.zoneSource,
    customerId: opening.customerId,
    customerName: opening.customerName,
    customerLocale: opening.customerLocale,
    productTitle: opening.productTitle,
    variantIds: opening.variantIds,
    sequenceVersionId: opening.sequenceVersionId,
    segmentRule: opening.segmentRule,
    traits: opening.case.traits,
    source: opening.source,
    predecessorId: opening.predecessorId,
    version: 1,
    tries: 0,
    linkTurn: opening.linkTurn,
  }
  const { rowCount } = await pool.query(
    `WITH saved AS (
       INSERT INTO "RecoveryCase" SELECT r.* FROM jsonb_populate_record(NULL::"RecoveryCase", $3::jsonb) r
       WHERE $1::uuid IS NOT NULL AND $2::int IS NOT NULL
       ON CONFLICT DO NOTHING RETURNING id
     ), linked AS (
       UPDATE "RecoveryCase" p SET "successorId" = saved.id FROM saved
        WHERE p.id = ($3::jsonb->>'predecessorId')::uuid RETURNING p.id
     ), paid_late AS (
       UPDATE "StaffTask" t SET "doneAt" = $13::timestamptz, "doneBy" = 'the order was paid' FROM linked
        WHERE $16::text IS NOT NULL AND t."caseId" = linked.id AND t.kind = 'order_unpaid' AND t."doneAt" IS NULL RETURNING 1
     ), told AS (
       INSERT INTO "CaseEvent" ("caseId", seq, type, actor, because, at, "correlationId")
       SELECT linked.id, (SELECT coalesce(max(seq), 0) + 1 FROM "CaseEvent" e WHERE e."caseId" = linked.id),
              'linked_case', 'shopify', $16, $13::timestamptz, $17 FROM linked
        WHERE $16::text IS NOT NULL RETURNING 1
     ), ${WRITES}
     SELECT id FROM saved`,
    [
      opening.case.id,
      0,
      JSON.stringify(row),
      ...rows.rest,
      opening.paidLate ?? null,
      saving.correlationId,
    ],
  )
  return rowCount === 1
}

/** The planner takes any JSON for a hundred rows and reads the whole table; a short list of ids leads it to the index. */
const idsIn = (rows: string) =>
  `ARRAY(SELECT (one->>'id')::uuid FROM jsonb_array_elements(${rows}::jsonb) AS one)`

/** Everything beside the case row itself; each part writes only if the case row was saved. */
const WRITES = `
  new_attempts AS (
    -- A second live attempt on the cycle breaks the unique index, and with it the whole statement (H1).
    INSERT INTO "Attempt" SELECT r.* FROM jsonb_populate_recordset(NULL::"Attempt", $4::jsonb) r, saved
     WHERE r.trigger <> 'external' RETURNING 1
  ), foreign_attempts AS (
    INSERT INTO "Attempt" SELECT r.* FROM jsonb_populate_recordset(NULL::"Attempt", $4::jsonb) r, saved
     WHERE r.trigger = 'external' ON CONFLICT DO NOTHING RETURNING 1
  ), changed_attempts AS (
    UPDATE "Attempt" a SET state = r.state, "shopifyId" = coalesce(r."shopifyId", a."shopifyId"),
           "rawCode" = coalesce(r."rawCode", a."rawCode"), class = coalesce(r.class, a.class),
           refusal = coalesce(r.refusal, a.refusal), "orderId" = coalesce(r."orderId", a."orderId"),
           "submittedAt" = coalesce(a."submittedAt", r."submittedAt"), "settledAt" = r."settledAt"
      FROM jsonb_populate_recordset(NULL::"Attempt", $5::jsonb) r, saved
     WHERE a.id = r.id AND a.id = ANY (${idsIn('$5')}) RETURNING 1
  ), new_steps AS (
    INSERT INTO "StepRun" SELECT r.* FROM jsonb_populate_recordset(NULL::"StepRun", $6::jsonb) r, saved
    RETURNING 1
  ), changed_steps AS (
    UPDATE "StepRun" t SET state = r.state, reason = coalesce(r.reason, t.reason), "dueAt" = coalesce(r."dueAt", t."dueAt"),
           "wallTime" = coalesce(r."wallTime", t."wallTime"), "settledAt" = r."settledAt"
      FROM jsonb_populate_recordset(NULL::"StepRun", $7::jsonb) r, saved
     WHERE t.id = r.id AND t.id = ANY (${idsIn('$7')}) RETURNING 1
  ), new_messages AS (
    INSERT INTO "Message" SELECT r.* FROM jsonb_populate_recordset(NULL::"Message", $8::jsonb) r, saved
    ON CONFLICT DO NOTHING RETURNING 1
  ), actions AS (
    INSERT INTO "ContractAction" SELECT r.* FROM jsonb_populate_recordset(NULL::"ContractAction", $9::jsonb) r, saved
    ON CONFLICT ("caseId", kind) DO UPDATE SET state = 'intended', before = excluded.before, at = excluded.at, after = NULL, "undoneAt" = NULL
      -- Ours are done once. Staff and the shopper may pause a subscription again that was activated since.
      WHERE "ContractAction".state IN ('dropped', 'undone')
         OR ("ContractAction".state = 'done' AND excluded.kind IN ('staff_pause', 'shopper_pause', 'shopper_resume', 'whole_order')) RETURNING 1
  ), settled_actions AS (
    UPDATE "ContractAction" x SET state = r.state, after = coalesce(r.after, x.after), "undoneAt" = coalesce(r."undoneAt", x."undoneAt")
      FROM jsonb_populate_recordset(NULL::"ContractAction", $10::jsonb) r, saved
     WHERE x."caseId" = r."caseId" AND x.kind = r.kind
       -- A choice of the shopper's that Shopify may have heard of by now is not taken back.
       AND NOT (r.state = 'dropped' AND r.kind LIKE 'shopper~_%' ESCAPE '~' AND (x.state <> 'intended' OR x.after IS NOT NULL))
    RETURNING 1
  ), tasks AS (
    INSERT INTO "StaffTask" SELECT r.* FROM jsonb_populate_recordset(NULL::"StaffTask", $11::jsonb) r, saved
    ON CONFLICT DO NOTHING RETURNING 1
  ), closed_tasks AS (
    UPDATE "StaffTask" t SET "doneAt" = $13::timestamptz, "doneBy" = 'case closed' FROM saved
     -- Somebody who wrote to us waits for an answer, whatever became of their payment.
     WHERE $14::boolean AND t."caseId" = saved.id AND t."doneAt" IS NULL AND t.kind <> 'text_answer' RETURNING 1
  ), timeline AS (
    INSERT INTO "CaseEvent" ("caseId", seq, type, actor, because, data, at, "correlationId")
    SELECT saved.id, coalesce(last.seq, 0) + r.seq, r.type, r.actor, r.because, r.data, r.at, r."correlationId"
      FROM saved
      LEFT JOIN LATERAL (SELECT seq, because FROM "CaseEvent" e WHERE e."caseId" = saved.id
                          ORDER BY seq DESC LIMIT 1) last ON true
     CROSS JOIN jsonb_populate_recordset(NULL::"CaseEvent", $12::jsonb) r
     -- Nothing new, and the last line says just that: it is not said again.
     WHERE NOT $15::boolean OR r.because IS DISTINCT FROM last.because RETURNING 1
  )`

function rowsFor(loaded: LoadedCase, d: Decision, saving: Saving) {
  const { case: c, shop, contractId, cycleIndex } = loaded
  const { now, facts, event } = saving
  const id = c.id
  // Not their count: a row that was there already leaves a gap.
  const base = Math.max(0, ...c.attempts.map(({ number }) => number))
  const foreign = d.foreignAttempts.map((fact, i) => foreignRow(loaded, fact, base + i + 1, facts))
  const numbered = base + foreign.length
  const own = d.commands.flatMap((command, i) =>
    command.type === 'attempt_billing'
      ? [
          {
            id: randomUUID(),
            caseId: id,
            shop,
            contractId,
            cycleIndex,
            number: numbered + i + 1,
            trigger: command.trigger,
            stepKey: command.stepKey,
            countsTowardLadder: command.trigger === 'scheduled',
            key: `reprise-${randomUUID()}`,
            methodId: facts?.methodId ?? loaded.methodId,
            methodFingerprint: facts?.methodFingerprint ?? null,
            state: 'intended' as const,
            intendedAt: now,
          },
        ]
      : [],
  )
  const messages = d.commands.flatMap((command) =>
    command.type === 'send_message'
      ? [
          {
            id: randomUUID(),
            caseId: id,
            shop,
            customerId: loaded.customerId,
            stepRunId: command.stepRunId,
            triggerKey: command.triggerKey,
            recipientHash: loaded.customerId ? recipientOf(loaded.customerId) : 'none',
            channel: command.channel,
            template: command.stage,
            locale: loaded.customerLocale ?? 'en',
            state: command.mergedInto ? 'merged' : 'intended',
            mergedInto: command.mergedInto ?? null,
            countsTowardCap: command.countsTowardCap,
            createdAt: now,
          },
        ]
      : [],
  )
  const actions = d.commands.flatMap((command) => {
    const kind =
      command.type === 'apply_final_action'
        ? command.action
        : command.type === 'activate_contract'
          ? 'activate'
          : command.type === 'pause_contract'
            ? 'staff_pause'
            : command.type === 'shopper_contract'
              ? `shopper_${command.action}`
              : command.type === 'restore_order'
                ? 'whole_order'
                : null
    return kind
      ? [{ id: randomUUID(), caseId: id, kind, before: 'ACTIVE', state: 'intended', at: now }]
      : []
  })
  const settledActions = [
    ...(event.type === 'final_action_done'
      ? [{ id, caseId: id, kind: event.action, state: 'done', after: event.action }]
      : event.type === 'final_action_dropped'
        ? [{ id, caseId: id, kind: event.action, state: 'dropped', after: event.because }]
        : []),
    ...(d.pauseOver
      ? [{ id, caseId: id, kind: 'shopper_pause', state: 'undone', after: null, undoneAt: now }]
      : []),
    ...(d.takenBack ?? []).map((kind) => ({
      id,
      caseId: id,
      kind,
      state: 'dropped',
      after: 'the shopper chose otherwise',
    })),
  ]
  const tasks = d.commands.flatMap((command) =>
    command.type === 'open_staff_task'
      ? [
          {
            id: randomUUID(),
            shop,
            caseId: command.subject ? null : id,
            kind: command.kind,
            title: command.title,
            body: command.body,
            createdAt: now,
            subject: command.subject ?? id,
            // After the deadline there is nothing left to save.
            dueAt: !command.subject && c.deadlineAt > now ? c.deadlineAt : null,
            phone: command.phone !== undefined,
            script: command.phone?.script ?? null,
          },
        ]
      : [],
  )
  const newSteps = d.newSteps.map((step) => ({
    id: randomUUID(),
    caseId: id,
    versionId: loaded.sequenceVersionId,
    stepKey: step.stepKey,
    occurrence: step.occurrence,
    lane: step.lane,
    kind: step.kind,
    template: step.stage,
    dueAt: step.dueAt,
    wallTime: wallTime(step.dueAt, c.zone),
    zone: c.zone,
    state: 'scheduled',
  }))
  const changedSteps = d.steps.map((change) => ({
    id: change.stepRunId,
    state: change.to,
    reason: change.because,
    dueAt: change.to === 'scheduled' ? change.dueAt : null,
    wallTime: change.to === 'scheduled' ? wallTime(change.dueAt, c.zone) : null,
    settledAt: change.to === 'scheduled' ? null : now,
  }))
  const after = afterDecision(c, d, now, (_, i) => newSteps[i]?.id ?? '')
  const dueNext = nextActionAt(after, d.lookAgainAt)
  const over = isOver(d.state)
  const intents =
    saving.keepsDue ||
    own.length + actions.length > 0 ||
    messages.some(({ state }) => state === 'intended') ||
    d.commands.some((x) => x.type === 'resend_attempt')
  const isDone =
    saving.releaseIfDone &&
    !intents &&
    loaded.intents.length === 0 &&
    (dueNext === null || dueNext > now)
  const lease = isDone ? null : saving.lease
  const changed = hasEffect(d) || event.type !== 'facts_read'
  const line = ({ type, because, data }: Entry, actor: string) => ({
    type,
    because,
    data: data ?? null,
    actor,
  })
  const decided = { type: event.type, because: d.because, data: timelineData(d, loaded) }
  const entries = [
    ...[...d.entries, ...(changed ? [decided] : [])].map((entry) => line(entry, saving.actor)),
    ...(saving.afterwards ?? []).map((entry) => line(entry, 'engine')),
  ].map((entry, i) => ({
    ...entry,
    caseId: id,
    seq: i + 1,
    at: now,
    correlationId: saving.correlationId,
  }))
  const total =
    d.state.status === 'recovered' || d.state.status === 'paid_elsewhere' ? d.state.total : null
  return {
    /** The charge that this writes down, as it is loaded again. */
    attempt: own[0]
      ? toAttempt({ ...NO_ANSWER_YET, ...own[0], intendedAt: now.toISOString() })
      : null,
    case: {
      status: d.state.status,
      reason: 'reason' in d.state ? d.state.reason : null,
      version: loaded.version,
      wakes: loaded.wakes,
      lane: d.lane?.to ?? c.lane,
      laneEnteredAt: d.lane?.at ?? c.laneEnteredAt,
      lastCode: d.lastDecline?.code ?? c.lastDecline?.code ?? null,
      lastClass: d.lastDecline?.class ?? c.lastDecline?.class ?? null,
      lastFamily: d.lastDecline?.family ?? c.lastDecline?.family ?? null,
      causePrint: d.causePrint ?? c.causePrint ?? null,
      sequenceVersionId: loaded.sequenceVersionId,
      methodId: facts ? facts.methodId : loaded.methodId,
      methodFingerprint: facts ? facts.methodFingerprint : loaded.methodFingerprint,
      methodLabel: facts ? facts.methodLabel : loaded.methodLabel,
      instrument: facts ? facts.instrument : loaded.instrument,
      methodRevokedAt: facts ? facts.methodRevokedAt : loaded.methodRevokedAt,
      // An intent that is not finished keeps the case due, so that a killed worker's work is taken up.
      nextActionAt: intents ? now : dueNext,
      lookAgainAt: d.lookAgainAt,
      deadlineAt: after.deadlineAt,
      graceEndsAt: after.graceEndsAt,
      graceEndedAt: after.graceEnded ? now : null,
      dayMoves: after.dayMoves ?? 0,
      smallerLines: after.smaller?.lines ?? null,
      smallerAmount: after.smaller?.amount ?? null,
      frozenAt: d.state.status === 'held' ? d.state.frozenAt : null,
      nextExpectedAt: after.nextExpectedAt,
      closedAt: over ? now : null,
      recoveredAmount: total?.amount ?? null,
      recoveredCurrency: total?.currency ?? null,
      recoverySource:
        d.state.status === 'recovered'
          ? d.state.source
          : d.state.status === 'paid_elsewhere'
            ? 'elsewhere'
            : null,
      orderId: 'orderId' in d.state ? d.state.orderId : null,
      correlationId: saving.correlationId,
      leaseUntil: lease?.until ?? null,
      leaseBy: lease?.by ?? null,
    },
    rest: [
      ...[
        [...foreign, ...own],
        d.attempts.map((change) => attemptChangeRow(change, now)),
        newSteps,
        changedSteps,
        messages,
        actions,
        settledActions,
        tasks,
        entries,
      ].map((part) => JSON.stringify(part)),
      now,
      over,
      isRepeatable(c, d, saving),
    ],
  }
}

/** Whether the line of this decision may be left out when it says what the last one said: it did nothing new. */
function isRepeatable(c: RecoveryCase, d: Decision, { actor }: Saving): boolean {
  const changes = d.attempts.length + d.foreignAttempts.length + d.newSteps.length
  return (
    (actor === 'engine' || actor === 'shopify') &&
    d.state.status === c.state.status &&
    changes === 0 &&
    d.commands.every(({ type }) => type === 'open_staff_task')
  )
}

/** Whether a decision changed anything that the timeline should tell. */
export function hasEffect(d: Decision): boolean {
  return (
    d.commands.length +
      d.steps.length +
      d.newSteps.length +
      d.attempts.length +
      d.foreignAttempts.length +
      d.entries.length >
      0 || d.because !== 'nothing new'
  )
}

function isOver(state: CaseState): boolean {
  return TERMINAL_SQL.includes(`'${state.status}'`)
}

function timelineData(d: Decision, loaded: LoadedCase) {
  const decline = d.lastDecline
  return {
    status: d.state.status,
    ...(decline ? { code: decline.code, class: decline.class } : {}),
    ...(d.lane ? { lane: d.lane.to } : {}),
    ...(d.commands.length ? { commands: d.commands.map((command) => command.type) } : {}),
    from: loaded.case.state.status,
  }
}

function attemptChangeRow(change: Decision['attempts'][number], now: Date) {
  const open = ['intended', 'submitted', 'action_required', 'unknown'].includes(change.to)
  return {
    id: change.attemptId,
    state: change.to,
    shopifyId: change.shopifyId ?? null,
    rawCode: change.decline?.code ?? null,
    class: change.decline?.class ?? null,
    refusal: change.refusal ?? null,
    orderId: change.orderId ?? null,
    submittedAt: change.to === 'submitted' ? now : null,
    settledAt: open ? null : now,
  }
}

function foreignRow(loaded: LoadedCase, fact: AttemptFact, number: number, facts: Saving['facts']) {
  const failed = fact.outcome.type === 'failed' ? fact.outcome.decline : null
  return {
    id: randomUUID(),
    caseId: loaded.case.id,
    shop: loaded.shop,
    contractId: loaded.contractId,
    cycleIndex: loaded.cycleIndex,
    number,
    trigger: 'external',
    countsTowardLadder: false,
    key: `external/${fact.shopifyId}`,
    ...chargedMethod(fact, facts),
    state: stateOf(fact),
    rawCode: failed?.code ?? null,
    class: failed?.class ?? null,
    shopifyId: fact.shopifyId,
    orderId: fact.outcome.type === 'succeeded' ? fact.outcome.orderId : null,
    intendedAt: fact.createdAt,
    submittedAt: fact.createdAt,
    settledAt: isLive({ state: stateOf(fact) }) ? null : (fact.completedAt ?? fact.createdAt),
  }
}

/** Who a message is for, without saying who: a changed address is not a second recipient. */
function recipientOf(customerId: string): string {
  return createHash('sha256')
    .update(`${env().SHOPIFY_API_SECRET}:${customerId}`)
    .digest('hex')
    .slice(0, 32)
}

// ---------------------------------------------------------------- locks and budget

/**
 * Opens a transaction that locks the cycle, the method and the customer, so that no other case can charge or write to
 * them meanwhile, and counts again what they have used up.
 */
export async function beginWithBudget(
  client: pg.PoolClient,
  loaded: LoadedCase,
  methodId: string | null,
  now: Date,
): Promise<Budget> {
  const locks = [
    `cycle ${loaded.shop} ${loaded.contractId} ${loaded.cycleIndex}`,
    `method ${loaded.shop} ${methodId}`,
    `customer ${loaded.shop} ${loaded.customerId}`,
  ].sort() // one order for everybody, or two workers wait for each other for ever
  // The counting needs a statement, and so a snapshot, of its own; both are sent at once.
  const locked = client.query(
    `BEGIN; SELECT pg_advisory_xact_lock(hashtextextended(name, 0))
              FROM unnest(ARRAY[${locks.map((name) => client.escapeLiteral(name)).join(', ')}]) AS name`,
  )
  const counted = client.query({
    name: 'read-budget',
    text: `WITH counted AS (
             SELECT count(*) FILTER (WHERE ${inWindow('a', '$4')})::int AS attempts,
                    -- The tenth newest makes room by leaving the window.
                    (array_agg(${MADE_AT('a')} ORDER BY ${MADE_AT('a')} DESC)
                       FILTER (WHERE ${inWindow('a', '$4')}))[${ATTEMPTS_PER_METHOD}]
                      + interval '${WINDOW_HOURS} hours' AS "freeAt",
                    count(*) FILTER (WHERE state = 'failed')::int AS failures
               FROM "Attempt" a WHERE shop = $1 AND "methodId" = $2 AND state NOT IN ('refused', 'abandoned')
                AND "intendedAt" > $4::timestamptz - interval '35 days'
           ), kept AS (
             INSERT INTO "MethodBudget" (shop, "methodId", "attempts30d", "failures35d", "countedAt")
             SELECT $1, $2, attempts, failures, $4 FROM counted WHERE $2::text IS NOT NULL
             ON CONFLICT (shop, "methodId") DO UPDATE
               SET "attempts30d" = excluded."attempts30d", "failures35d" = excluded."failures35d", "countedAt" = excluded."countedAt"
             RETURNING "stopUntil"
           )
           SELECT attempts, "freeAt", (SELECT "stopUntil" FROM kept) AS "stopUntil", (${STOPS_OF('$1', '$2')}) AS stops,
                  (SELECT max(coalesce("sentAt", "createdAt")) FROM "Message" WHERE shop = $1 AND "customerId" = $3
                      AND "countsTowardCap" AND state NOT IN ('suppressed', 'failed')) AS "lastMessageAt"
             FROM counted`,
    values: [loaded.shop, methodId, loaded.customerId, now],
  })
  const [, { rows }] = await Promise.all([locked, counted])
  const [row] = rows
  return {
    methodAttempts30d: row?.attempts ?? 0,
    methodFreeAt: row?.freeAt ?? null,
    methodStopUntil: row?.stopUntil ?? null,
    methodStops: row?.stops ?? [],
    lastMessageAt: row?.lastMessageAt ?? null,
  }
}

// ---------------------------------------------------------------- rows to words

type CaseRow = {
  id: string
  shop: string
  contractId: string
  cycleIndex: number
  version: number
  dayMoves: number
  smallerLines: SmallerOrder['lines'] | null
  smallerText: string | null
  wakes: number
  status: string
  reason: string | null
  amountText: string
  currency: string
  expectedAt: Date
  nextExpectedAt: Date | null
  anchorAt: Date
  openedAt: Date
  source: string
  zone: string
  lane: string | null
  laneEnteredAt: Date
  lastCode: string | null
  lastFamily: DeclineFamily
  causePrint: string | null
  methodSavedAt: Date | null
  lookAgainAt: Date | null
  customerId: string | null
  customerLocale: string | null
  productTitle: string | null
  methodId: string | null
  methodFingerprint: string | null
  methodLabel: string | null
  instrument: string | null
  methodRevokedAt: Date | null
  deadlineAt: Date
  graceEndsAt: Date
  graceEndedAt: Date | null
  frozenAt: Date | null
  successorId: string | null
  recoverySource: string | null
  recoveredAmount: string | null
  recoveredCurrency: string | null
  orderId: string | null
  sequenceVersionId: string
  correlationId: string
  tries: number
  shopName: string
  shopLocale: string
  senderName: string | null
  replyTo: string | null
  accountPage: string | null
  linkTurn: number
  stoppedAt: Date | null
  recoveryStartedAt: Date | null
  stoppedBy: string | null
  uninstalledAt: Date | null
  attemptsPausedUntil: Date | null
  attemptPauses: number
  brake: BrakeOfCase
  emailFromHour: number
  emailUntilHour: number
  smsOn: boolean
  attempts: AttemptRow[]
  steps: StepRow[]
  messages: MessageRow[]
  actions: { kind: string; state: string; before: string; after: string | null }[]
  orderInPlace: string | null
  doneTasks: { kind: string; doneAt: string }[]
  traits: unknown
  elsewhere: string[]
  suppressed: string | null
  methodAttempts: number
  methodFreeAt: Date | null
  methodStopUntil: Date | null
  methodStops: string[]
  lastMessageAt: Date | null
}

type AttemptRow = {
  id: string
  number: number
  trigger: Attempt['trigger']
  stepKey: string | null
  countsTowardLadder: boolean
  key: string
  state: Attempt['state']
  rawCode: string | null
  class: Attempt['class']
  refusal?: string | null
  methodId: string | null
  methodFingerprint: string | null
  shopifyId: string | null
  intendedAt: string
  settledAt: string | null
}

const NO_ANSWER_YET = { rawCode: null, class: null, shopifyId: null, settledAt: null }

type StepRow = {
  id: string
  stepKey: string
  occurrence: number
  lane: StepRun['lane']
  kind: StepRun['kind']
  template: MessageStage | null
  dueAt: string
  state: StepRun['state']
}

type MessageRow = {
  id: string
  triggerKey: string
  template: MessageStage
  channel: 'email' | 'sms'
  state: string
  countsTowardCap: boolean
  createdAt: string
  stepRunId: string | null
  clickedAt?: string | null
}

async function toLoaded(row: CaseRow): Promise<LoadedCase> {
  const unfinished = row.messages.filter((m) => m.state === 'intended' || m.state === 'sending')
  return {
    shop: row.shop,
    contractId: row.contractId,
    cycleIndex: row.cycleIndex,
    version: row.version,
    case: {
      id: row.id,
      state: toState(row),
      lane: row.lane as RecoveryCase['lane'],
      laneEnteredAt: row.laneEnteredAt,
      anchorAt: anchorOf(row),
      expectedAt: row.expectedAt,
      nextExpectedAt: row.nextExpectedAt,
      deadlineAt: row.deadlineAt,
      graceEndsAt: row.graceEndsAt,
      graceEnded: row.graceEndedAt !== null,
      zone: row.zone,
      lastDecline: row.lastCode ? declineFrom(row.lastCode, row.lastFamily) : null,
      causePrint: row.causePrint,
      methodSavedAt: row.methodSavedAt,
      attempts: row.attempts.map(toAttempt),
      steps: row.steps.map((step) => ({
        id: step.id,
        stepKey: step.stepKey,
        occurrence: step.occurrence,
        lane: step.lane,
        kind: step.kind,
        stage: step.template,
        dueAt: new Date(step.dueAt),
        state: step.state,
      })),
      messages: row.messages.map((m) => ({
        triggerKey: m.triggerKey,
        stage: m.template,
        channel: m.channel,
        state: m.state,
        countsTowardCap: m.countsTowardCap,
        createdAt: new Date(m.createdAt),
      })),
      weDid: [
        ...row.actions
          .filter((x) => x.state === 'done')
          .map((x) => x.kind)
          .filter((kind) => kind === 'pause' || kind === 'skip' || kind === 'cancel'),
        ...(row.orderInPlace ? (['smaller_order'] as const) : []),
      ],
      hasSuccessor: row.successorId !== null,
      shopperPaused: row.actions.some((x) => x.kind === 'shopper_pause' && x.state === 'done'),
      dayMoves: row.dayMoves,
      smaller:
        row.smallerLines && row.smallerText !== null
          ? { lines: row.smallerLines, amount: row.smallerText }
          : null,
      traits: parseTraits(row.traits, { amount: row.amountText, currency: row.currency }),
      happenings: happeningsOf(row),
      emailWindow: { fromHour: row.emailFromHour, untilHour: row.emailUntilHour },
    },
    sequence: await sequenceOfVersion(row.sequenceVersionId),
    sequenceVersionId: row.sequenceVersionId,
    switches: {
      stopped:
        operatorStop() ??
        (row.stoppedAt
          ? `${row.stoppedBy ?? 'staff'} stopped recovery for this shop`
          : row.recoveryStartedAt
            ? null
            : 'recovery has not been started for this shop'),
      uninstalled: row.uninstalledAt !== null,
      attemptsPausedUntil: row.attemptsPausedUntil,
      ...brakeSwitches(row.brake),
      suppressed: row.suppressed,
      smsReady: row.smsOn && smsIsSetUp(),
    },
    budget: {
      methodAttempts30d: row.methodAttempts,
      methodFreeAt: row.methodFreeAt,
      methodStopUntil: row.methodStopUntil,
      methodStops: row.methodStops,
      lastMessageAt: row.lastMessageAt,
    },
    intents: [
      ...unfinished.map(
        (m): Intent => ({
          type: 'message',
          id: m.id,
          channel: m.channel,
          stage: m.template,
          stepRunId: m.stepRunId,
          state: m.state,
          createdAt: new Date(m.createdAt),
        }),
      ),
      ...row.actions
        .filter((x) => x.state === 'intended')
        .map(
          (x): Intent => ({
            type: 'action',
            kind: x.kind as FinalAction,
            before: x.before,
            asked: x.after === ASKED,
          }),
        ),
    ],
    attemptPauses: row.attemptPauses,
    elsewhere: row.elsewhere,
    lookAgainAt: row.lookAgainAt,
    customerId: row.customerId,
    customerLocale: row.customerLocale,
    productTitle: row.productTitle,
    methodId: row.methodId,
    methodFingerprint: row.methodFingerprint,
    methodLabel: row.methodLabel,
    instrument: row.instrument,
    methodRevokedAt: row.methodRevokedAt,
    amount: { amount: row.amountText, currency: row.currency },
    orderInPlace: row.orderInPlace ? (JSON.parse(row.orderInPlace) as SmallerOrder) : null,
    tries: row.tries,
    wakes: row.wakes,
    correlationId: row.correlationId,
    shopName: row.senderName ?? row.shopName,
    shopLocale: row.shopLocale,
    replyTo: row.replyTo,
    accountPage: row.accountPage,
    linkTurn: row.linkTurn,
  }
}

/** What staff and the shopper did: tasks that are done, links that were followed. */
function happeningsOf({ doneTasks, messages }: CaseRow): Happening[] {
  const done = doneTasks.map(
    ({ kind, doneAt }): Happening => ({ event: 'task_done', at: new Date(doneAt), stepKey: kind }),
  )
  const clicked = messages.flatMap(({ clickedAt }): Happening[] =>
    clickedAt ? [{ event: 'clicked', at: new Date(clickedAt) }] : [],
  )
  return [...done, ...clicked].sort((a, b) => a.at.getTime() - b.at.getTime())
}

function toState(row: CaseRow): CaseState {
  const total =
    row.recoveredAmount && row.recoveredCurrency
      ? { amount: row.recoveredAmount, currency: row.recoveredCurrency }
      : null
  const { orderId } = row
  const open = openState({ ...row, frozenAt: row.frozenAt ?? row.anchorAt })
  if (open) return open
  switch (row.status) {
    case 'recovered':
      return {
        status: 'recovered',
        source: (row.recoverySource ?? 'elsewhere') as RecoverySource,
        orderId,
        total,
      }
    case 'paid_elsewhere':
      return { status: 'paid_elsewhere', orderId, total }
    case 'exhausted':
    case 'skipped':
    case 'cancelled':
    case 'superseded':
    case 'written_off':
      return { status: row.status }
    default:
      throw new Error(
        `Case ${row.id} has the status "${row.status}", which this version does not know.`,
      )
  }
}

/** What an open case waits for; null: it is over. */
export function openState({
  status,
  reason,
  frozenAt,
}: Pick<CaseRow, 'status' | 'reason'> & { frozenAt: Date }): CaseState | null {
  switch (status) {
    case 'awaiting_customer':
      return { status, reason: reason === 'challenge' || reason === 'order' ? reason : 'method' }
    case 'awaiting_merchant':
      return { status, reason: reason === 'stock' || reason === 'review' ? reason : 'config' }
    case 'held':
      return { status, reason: holdReason(reason), frozenAt }
    case 'open':
    case 'retrying':
    case 'in_doubt':
      return { status }
    default:
      return null
  }
}

function holdReason(reason: string | null): HoldReason {
  if (
    reason === 'merchant' ||
    reason === 'brake' ||
    reason === 'shopper_stop' ||
    reason === 'uninstalled'
  )
    return reason
  return 'paused'
}

function toAttempt(row: AttemptRow): Attempt {
  return {
    id: row.id,
    number: row.number,
    trigger: row.trigger,
    stepKey: row.stepKey,
    countsTowardLadder: row.countsTowardLadder,
    key: row.key,
    state: row.state,
    code: row.rawCode,
    class: row.class,
    refusal: row.refusal ?? null,
    methodId: row.methodId,
    methodFingerprint: row.methodFingerprint,
    shopifyId: row.shopifyId,
    intendedAt: new Date(row.intendedAt),
    settledAt: row.settledAt ? new Date(row.settledAt) : null,
  }
}

/** Versions never change, so a process reads and checks each once. */
const checkedSequences = new Map<string, Sequence>()

export async function sequenceOfVersion(versionId: string): Promise<Sequence> {
  const known = checkedSequences.get(versionId)
  if (known) return known
  const { rows } = await pool.query('SELECT body FROM "SequenceVersion" WHERE id = $1', [versionId])
  return sequenceOf(versionId, rows[0]?.body)
}

function sequenceOf(versionId: string, body: unknown): Sequence {
  let sequence = checkedSequences.get(versionId)
  if (!sequence) {
    sequence = parseSequence(body)
    checkedSequences.set(versionId, sequence)
  }
  return sequence
}
