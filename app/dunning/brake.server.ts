/**
 * The store-wide brake in the database: engaged once when failures show a fault of the shop or its processor, released
 * by staff or by a payment that goes through. What it means for a case is `decide`'s word (`switches.brake`); here the
 * cases are only woken, a few at once, so that neither end of a brake is a burst.
 */
import { randomUUID } from 'node:crypto'
import { pool } from '../db.server.ts'
import { log } from '../log.server.ts'
import { count } from '../metrics.server.ts'
import {
  type Alarm,
  alarmFor,
  BANKS_ANSWERS,
  couldEngage,
  goesThroughAgain,
  isBanksAnswer,
  probeAfterMinutes,
  type SeenCharge,
  SHOP_WIDE_CODES,
  SHOP_WIDE_WINDOW_HOURS,
} from './brake.ts'
import { brakeOfShop } from './brake-switch.server.ts'
import { WOKEN } from './cases.server.ts'
import { CHARGES_PER_MINUTE, MISSED_AT_ONCE, RAMP_HOURS } from './ramp.server.ts'
import { addHours } from './schedule.ts'
import type { Decision, DeclineClass, RecoveryCase, Switches } from './types.ts'

/** Of the shop's last failures and payments, so many each are looked at; with more, the look goes back less far. */
const LOOKED_AT = 500

/** A brake that engages again so soon goes on with its probes where it was. Hours; ours. */
const AGAIN_WITHIN_HOURS = 24

const SUCCESS = 'subscription_billing_attempts/success'

// ---------------------------------------------------------------- what was just learned

type Decided = { shop: string; case: RecoveryCase; switches: Switches }

/** Whether `noteCharges` has anything to do after this decision. Most say nothing of the brake. */
export function concernsBrake({ case: before, switches }: Decided, decision: Decision): boolean {
  if (!switches.brake) return declinesOf(decision).some(couldEngage)
  return isHeldNow(before, decision) || whyOver(before, decision, switches.brake.since) !== null
}

/**
 * After a decision was saved: a new failure may engage the brake; under the brake, a payment that went all the way to
 * a bank ends it. Costs nothing for a failure that could not count.
 */
export async function noteCharges(
  { shop, case: before, switches }: Decided,
  decision: Decision,
  now: Date,
): Promise<void> {
  if (!switches.brake) {
    if (declinesOf(decision).some(couldEngage)) await engageIfNeeded(shop, before.id, now)
    return
  }
  const because = whyOver(before, decision, switches.brake.since)
  if (because) await releaseBrake(shop, 'engine', because, now)
  else if (isHeldNow(before, decision)) await askOnceForTheShop(now, before.id)
}

/** The brake found a case on its way: what it asked of staff by itself is asked for the shop by now. */
function isHeldNow({ state: before }: RecoveryCase, { state }: Decision): boolean {
  const isHeld = (one: RecoveryCase['state']) => one.status === 'held' && one.reason === 'brake'
  return isHeld(state) && !isHeld(before)
}

function declinesOf({ attempts, foreignAttempts }: Decision) {
  return [
    ...attempts.flatMap(({ to, decline }) => (to === 'failed' && decline ? [decline] : [])),
    ...foreignAttempts.flatMap(({ outcome }) =>
      outcome.type === 'failed' ? [outcome.decline] : [],
    ),
  ]
}

/** The same, seen later: whoever learned of it was killed before the brake heard. */
export async function releaseIfAnswered(
  { shop, engagedAt }: { shop: string; engagedAt: Date },
  now: Date,
): Promise<boolean> {
  const { rows } = await pool.query<{ state: string }>({
    name: 'answered-under-brake',
    text: `(SELECT a.state FROM "Attempt" a JOIN "RecoveryCase" c ON c.id = a."caseId"
             WHERE c.shop = $1 AND c."closedAt" > $2 AND a.state = 'succeeded' AND a.trigger <> 'external'
               AND a."intendedAt" > $2 LIMIT 1)
           UNION ALL
           (SELECT a.state FROM "Attempt" a WHERE a.shop = $1 AND a.state = 'failed' AND a."intendedAt" > $2
               AND a.trigger <> 'external' AND a.class = ANY ($3) LIMIT 1)`,
    values: [shop, engagedAt, BANKS_ANSWERS],
  })
  const [answered] = rows
  if (!answered) return false
  await releaseBrake(shop, 'engine', answered.state === 'succeeded' ? PAID : ANSWERED, now)
  return true
}

const PAID = 'a payment went through, so the shop is held back no longer'
const ANSWERED = 'a bank answered a payment, so the shop is held back no longer'

/** Only charges that were made under the brake say anything: a probe, or one that a person asked for. */
function whyOver(before: RecoveryCase, { attempts }: Decision, since: Date): string | null {
  for (const { attemptId, to, decline } of attempts) {
    const made = before.attempts.find(({ id }) => id === attemptId)?.intendedAt
    if (!made || made <= since) continue
    if (to === 'succeeded') return PAID
    if (to === 'failed' && decline && isBanksAnswer(decline.class)) return ANSWERED
  }
  return null
}

/** Another biller's payment went through, or ours, as Shopify says: perhaps the fault is over. */
export async function noteSuccess(shop: string, now: Date): Promise<void> {
  const { brake } = await brakeOfShop(shop)
  if (!brake || !goesThroughAgain(await seenCharges(shop, now), brake.since, now)) return
  const because = 'payments of this shop go through again, so it is held back no longer'
  await releaseBrake(shop, 'engine', because, now)
}

/** Which charges of the shop ended lately, ours and other billers'. Successes are known by their webhooks only. */
async function seenCharges(shop: string, now: Date): Promise<SeenCharge[]> {
  const { rows } = await pool.query<{
    at: Date
    code: string | null
    class: DeclineClass | null
    methodId: string | null
    customerId: string | null
  }>({
    name: 'seen-charges',
    text: `(SELECT a."intendedAt" AS at, a."rawCode" AS code, a.class, a."methodId", c."customerId"
              FROM "Attempt" a JOIN "RecoveryCase" c ON c.id = a."caseId"
             WHERE a.shop = $1 AND a.state = 'failed' AND a."intendedAt" > $2 AND a."intendedAt" <= $3
             ORDER BY a."intendedAt" DESC LIMIT ${LOOKED_AT})
           UNION ALL
           (SELECT coalesce(e."triggeredAt", e."receivedAt"), NULL, NULL, NULL, NULL FROM "WebhookEvent" e
             WHERE e.shop = $1 AND e.topic = '${SUCCESS}' AND e."receivedAt" > $2
             ORDER BY e."receivedAt" DESC LIMIT ${LOOKED_AT})`,
    values: [shop, addHours(now, -SHOP_WIDE_WINDOW_HOURS), now],
  })
  const failed = rows.filter((row) => row.code !== null)
  const paid = rows.filter((row) => row.code === null)
  const from = Math.max(...[failed, paid].map(reachesBackTo))
  return rows
    .filter(({ at }) => at.getTime() >= from)
    .map(({ at, code, class: group, methodId, customerId }) => ({
      at,
      outcome:
        code === null || group === null
          ? { type: 'paid' }
          : { type: 'failed', code, class: group, methodId, customerId },
    }))
}

/** A list that was cut short says nothing of what came before its last row. */
function reachesBackTo(rows: { at: Date }[]): number {
  return rows.length < LOOKED_AT ? 0 : Math.min(...rows.map(({ at }) => at.getTime()))
}

// ---------------------------------------------------------------- engage

async function engageIfNeeded(shop: string, caseId: string, now: Date): Promise<void> {
  const { rows } = await pool.query<{ releasedAt: Date | null; probes: number }>({
    name: 'last-brake',
    text: 'SELECT "releasedAt", probes FROM "Brake" WHERE shop = $1 ORDER BY "engagedAt" DESC LIMIT 1',
    values: [shop],
  })
  const [last] = rows
  // Engaged while this case was decided on: it is looked at once more.
  if (last && !last.releasedAt) return wake(caseId, now)
  // Staff who released it know what had failed: only what fails since then counts.
  const since = last?.releasedAt ?? null
  const seen = (await seenCharges(shop, now)).filter(({ at }) => !since || at > since)
  const alarm = alarmFor(seen, now)
  const isAgain = since !== null && addHours(since, AGAIN_WITHIN_HOURS) > now
  const probes = isAgain ? (last?.probes ?? 0) : 0
  if (!alarm) return
  if (!(await engage(shop, alarm, probes, now))) return wake(caseId, now)
  count('brakes_total', { change: 'engaged' })
  log.warn({ shop, ...alarm }, 'the store-wide brake engages')
  await askOnceForTheShop(now)
}

async function wake(caseId: string, now: Date): Promise<void> {
  await pool.query({
    name: 'wake-for-brake',
    text: `UPDATE "RecoveryCase" c SET ${WOKEN('$2::timestamptz')} WHERE id = $1 AND "closedAt" IS NULL`,
    values: [caseId, now],
  })
  await askOnceForTheShop(now)
}

/** A case goes on being worked on by nobody for so long at most: those that come next are woken one by one. */
const APART = `interval '${60_000 / CHARGES_PER_MINUTE} milliseconds'`
const AT_ONCE = MISSED_AT_ONCE

/** One statement: whoever comes second finds the row of the first and does nothing. */
async function engage(shop: string, alarm: Alarm, probes: number, now: Date): Promise<boolean> {
  const [title, body] = wordsFor(alarm)
  const { rows } = await pool.query<{ engaged: number; missed: string[] | null }>({
    name: 'engage-brake',
    text: `
      WITH engaged AS (
        INSERT INTO "Brake" (id, shop, "engagedAt", fault, code, cards, because, probes, "nextProbeAt")
        VALUES ($3, $1, $2, $4, $5, $6, $7, $12, $8)
        ON CONFLICT DO NOTHING RETURNING id
      ), told AS (
        INSERT INTO "StaffTask" (id, shop, kind, title, body, "createdAt", subject)
        SELECT gen_random_uuid(), $1, 'brake', $9, $10, $2, id::text FROM engaged ON CONFLICT DO NOTHING
      ), looked AS (
        INSERT INTO "ShopClock" (shop, job, "nextRunAt") SELECT $1, 'brake', $8 FROM engaged
        ON CONFLICT (shop, job) DO UPDATE SET "nextRunAt" = excluded."nextRunAt", cursor = NULL, "startedAt" = NULL
      ), audited AS (
        INSERT INTO "AuditEntry" (id, shop, actor, action, target, data, at)
        SELECT gen_random_uuid(), $1, 'engine', 'brake.engaged', id::text, $11::jsonb, $2 FROM engaged
      ), open AS MATERIALIZED (
        SELECT c.id, row_number() OVER (ORDER BY c."nextActionAt", c.id) - ${AT_ONCE} AS place
          FROM "RecoveryCase" c, engaged
         WHERE c.shop = $1 AND c.status IN ('open', 'retrying', 'awaiting_customer', 'awaiting_merchant')
           AND c."deadReason" IS NULL
      ), free AS MATERIALIZED (
        SELECT c.id FROM "RecoveryCase" c WHERE c.id IN (SELECT id FROM open) FOR UPDATE SKIP LOCKED
      ), woken AS (
        UPDATE "RecoveryCase" c SET ${WOKEN(`$2::timestamptz + greatest(0, open.place) * ${APART}`)}
          FROM open, free WHERE c.id = open.id AND c.id = free.id
      )
      SELECT (SELECT count(*) FROM engaged)::int AS engaged,
             (SELECT array_agg(id) FROM open WHERE id NOT IN (SELECT id FROM free)) AS missed`,
    values: [
      shop,
      now,
      randomUUID(),
      alarm.fault,
      alarm.code,
      alarm.cards,
      alarm.because,
      new Date(now.getTime() + probeAfterMinutes(probes) * 60_000),
      title,
      body,
      JSON.stringify({ fault: alarm.fault, code: alarm.code, cards: alarm.cards }),
      probes,
    ],
  })
  // Whoever was being saved just then is woken afterwards, one at a time: two locks at once could wait for each other.
  for (const missed of rows[0]?.missed ?? []) await wake(missed, now)
  return rows[0]?.engaged === 1
}

/** What staff are told, once. */
function wordsFor({ fault, because }: Alarm): [title: string, body: string] {
  const held =
    'Until payments go through again nothing is charged by itself and no shopper is written to; dates and deadlines wait.'
  return fault === 'shop'
    ? [
        'This shop cannot charge anybody: recovery is held back',
        `Seen: ${because}. ${held} Open Settings › Payments in Shopify and put the provider right. Then press “Retry now” on one of the recoveries: when it passes, the others go on by themselves. Or release all of them on Home.`,
      ]
    : [
        'Payments of unlike cards fail together: recovery is held back',
        `Seen: ${because}. ${held} Ask your payment provider whether it has an outage. One payment is tried from time to time; when it passes, the others go on by themselves. You can also release all of them on Home.`,
      ]
}

// ---------------------------------------------------------------- release

/**
 * Ends the shop's brake: its cases are woken, the nearest deadline first, and go on with their dates moved; what then
 * falls due at once is spread by the ramp. Answers how many, or null: no brake was on.
 */
export async function releaseBrake(
  shop: string,
  actor: string,
  because: string,
  now: Date,
): Promise<number | null> {
  const { rows } = await pool.query<{ released: number; cases: number }>({
    name: 'release-brake',
    text: `
      WITH released AS (
        UPDATE "Brake" SET "releasedAt" = $2, "releasedBy" = $3, "releasedBecause" = $4, "nextProbeAt" = NULL
         WHERE shop = $1 AND "releasedAt" IS NULL RETURNING id
      ), ramp AS (
        UPDATE "Shop" s SET "rampUntil" = greatest(s."rampUntil", $5) FROM released WHERE s.shop = $1
      ), told AS (
        UPDATE "StaffTask" t SET "doneAt" = $2, "doneBy" = $3 FROM released
         WHERE t.shop = $1 AND t.kind = 'brake' AND t."doneAt" IS NULL
      ), looked AS (
        UPDATE "ShopClock" k SET "nextRunAt" = NULL FROM released WHERE k.shop = $1 AND k.job = 'brake'
      ), audited AS (
        INSERT INTO "AuditEntry" (id, shop, actor, action, target, data, at)
        SELECT gen_random_uuid(), $1, $3, 'brake.released', id::text, jsonb_build_object('because', $4::text), $2 FROM released
      ), held AS MATERIALIZED (
        SELECT c.id, row_number() OVER (ORDER BY c."deadlineAt", c.id) - ${AT_ONCE} AS place
          FROM "RecoveryCase" c, released
         WHERE c.shop = $1 AND c.status = 'held' AND c.reason = 'brake' AND c."deadReason" IS NULL
      ), free AS MATERIALIZED (
        SELECT c.id FROM "RecoveryCase" c WHERE c.id IN (SELECT id FROM held) FOR UPDATE SKIP LOCKED
      ), woken AS (
        UPDATE "RecoveryCase" c SET ${WOKEN(`$2::timestamptz + greatest(0, held.place) * ${APART}`)}
          FROM held, free WHERE c.id = held.id AND c.id = free.id
      )
      SELECT (SELECT count(*) FROM released)::int AS released, (SELECT count(*) FROM held)::int AS cases`,
    values: [shop, now, actor, because, addHours(now, RAMP_HOURS)],
  })
  if (rows[0]?.released !== 1) return null
  count('brakes_total', { change: 'released' })
  log.info({ shop, actor, because, cases: rows[0].cases }, 'the store-wide brake is released')
  return rows[0].cases
}

/** The app was removed: whatever comes after it is not this brake's any more. */
export async function forgetBrake(shop: string, now: Date): Promise<void> {
  await pool.query(
    `UPDATE "Brake" SET "releasedAt" = $2, "releasedBy" = 'engine', "releasedBecause" = 'the app was uninstalled',
            "nextProbeAt" = NULL WHERE shop = $1 AND "releasedAt" IS NULL`,
    [shop, now],
  )
}

/** What the two statements above missed, because the decision on a case crossed with the brake's beginning or end. */
export async function tidyBrakes(now: Date): Promise<void> {
  await pool.query({
    name: 'wake-left-behind',
    text: `UPDATE "RecoveryCase" c SET ${WOKEN('$1::timestamptz')}
            WHERE c.status = 'held' AND c.reason = 'brake' AND c."deadReason" IS NULL
              AND (c."nextActionAt" IS NULL OR c."nextActionAt" > $1::timestamptz + interval '12 hours')
              AND NOT EXISTS (SELECT FROM "Brake" b WHERE b.shop = c.shop AND b."releasedAt" IS NULL)`,
    values: [now],
  })
  await pool.query({
    name: 'wake-not-yet-held',
    text: `UPDATE "RecoveryCase" c SET ${WOKEN('$1::timestamptz')} FROM "Brake" b
            WHERE b."releasedAt" IS NULL AND c.shop = b.shop AND c."deadReason" IS NULL
              AND c.status IN ('open', 'retrying', 'awaiting_customer')
              AND c."nextActionAt" > $1::timestamptz + interval '1 hour'`,
    values: [now],
  })
  await askOnceForTheShop(now)
}

/** Staff are told of the fault once for the shop, not for each case that met it before the brake engaged. */
async function askOnceForTheShop(now: Date, caseId: string | null = null): Promise<void> {
  await pool.query({
    name: 'ask-once-for-the-shop',
    text: `UPDATE "StaffTask" t SET "doneAt" = $1, "doneBy" = 'engine'
             FROM "Brake" b, "RecoveryCase" c
            WHERE b."releasedAt" IS NULL AND t.shop = b.shop AND t."doneAt" IS NULL AND c.id = t."caseId"
              AND ($3::uuid IS NULL OR c.id = $3)
              AND (t.kind LIKE 'tech.%' AND c."lastClass" = 'TECH'
                   OR t.kind LIKE 'merchant.%' AND c."lastCode" = ANY ($2))`,
    values: [now, SHOP_WIDE_CODES, caseId],
  })
}
