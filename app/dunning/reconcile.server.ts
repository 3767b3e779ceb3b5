/**
 * Shopify is asked what has happened, in case nobody told us: a webhook is tried for four hours and then never again.
 * What is found goes the way of any webhook: as a hint, after which the facts are read.
 */
import { db, pool } from '../db.server.ts'
import { log } from '../log.server.ts'
import { ShopifyUnavailable, ShopUnreachable } from '../shopify/admin.server.ts'
import {
  activeContracts,
  attemptsSince,
  ERROR_TYPES,
  failingContracts,
  readNews,
  type SeenAttempt,
} from '../shopify/news.server.ts'
import { endedButWaiting, endedUnpaid, skippedLately } from './after-the-end.server.ts'
import { CaseBusy } from './cases.server.ts'
import type { Turn, TurnEnd } from './clocks.server.ts'
import { lookAtAttempt, lookAtCase, lookAtContract } from './handle-event.server.ts'
import { addHours } from './schedule.ts'

/** How far back attempts are listed at least, whenever the last look was. Hours. Source: dunning-practice 17. */
const WINDOW_HOURS = 2
/** What the last look may just have missed is looked at once more. Hours. */
const OVERLAP_HOURS = 0.25
/** A webhook has so long to come before we ask about its attempt ourselves. Hours: one minute. */
const GRACE_HOURS = 1 / 60
/** The daily sweep looks at failures since the last one, and at those of two days before it once more. Hours. */
const SWEEP_OVERLAP_HOURS = 48
/** Open cases that one turn of the sweep looks at. */
const CASES_A_TURN = 25

/**
 * Attempts of the last two hours, and contracts whose last charge failed: whatever no row of ours knows is looked at.
 * After an outage it looks back to the last look that got through. With nothing new it is one request.
 */
export async function reconcile(turn: Turn): Promise<TurnEnd> {
  const { admin, startedAt, lastRunAt, shop } = turn
  const started = shop.recoveryStartedAt ?? startedAt
  const lookedUntil = lastRunAt ? latest(started, addHours(lastRunAt, -OVERLAP_HOURS)) : started
  const attempts = latest(started, earliest(lookedUntil, addHours(startedAt, -WINDOW_HOURS)))
  const news = await readNews(admin, { attempts, contracts: lookedUntil })

  let page = news.attempts
  for (;;) {
    await lookAtStrangers(turn, page.items, lookedUntil)
    if (!page.after) break
    page = await attemptsSince(admin, attempts, page.after)
  }
  for (const type of ERROR_TYPES) {
    let failing = news.contracts[type]
    for (;;) {
      const newest = failing.items.flatMap((contract) => contract.attempts)
      await lookAtStrangers(turn, newest, lookedUntil)
      if (!failing.after) break
      failing = await failingContracts(admin, type, lookedUntil, failing.after)
    }
  }
  return { type: 'done' }
}

/**
 * Once a day: every active contract's newest attempts, then every open case. Ten contracts or 25 cases a turn; a shop
 * with 100,000 contracts takes 10,000 requests of about 70 points, two hours on the smallest plan.
 */
export async function sweepEverything(turn: Turn): Promise<TurnEnd> {
  const { admin, startedAt, lastRunAt, shop, cursor } = turn
  const casesAfter = cursor?.startsWith(CASES) ? cursor.slice(CASES.length) : null
  if (casesAfter !== null) return sweepCases(turn, casesAfter)
  const started = shop.recoveryStartedAt ?? startedAt
  const since = lastRunAt ? latest(started, addHours(lastRunAt, -SWEEP_OVERLAP_HOURS)) : started
  const page = await activeContracts(admin, cursor)
  await lookAtStrangers(
    turn,
    page.items.flatMap((contract) => contract.attempts),
    since,
  )
  return page.after ? { type: 'go_on', cursor: page.after } : sweepCases(turn, '')
}

/** A cursor that begins like this stands in the open cases, behind the id that follows. */
const CASES = 'cases after '

async function sweepCases(turn: Turn, after: string): Promise<TurnEnd> {
  const cases = await db.recoveryCase.findMany({
    where: {
      shop: turn.shop.shop,
      closedAt: null,
      deadReason: null,
      ...(after === '' ? {} : { id: { gt: after } }),
    },
    orderBy: { id: 'asc' },
    take: CASES_A_TURN,
    select: { id: true, contractId: true },
  })
  for (const contractId of new Set(cases.map((one) => one.contractId))) {
    await attend(turn, contractId, (told) => lookAtContract({ ...told, contractId }))
  }
  const last = cases.length === CASES_A_TURN ? cases.at(-1) : undefined
  if (!last) await lookAtEnded(turn)
  return last ? { type: 'go_on', cursor: CASES + last.id } : { type: 'done' }
}

/** A shopper may meet their bank or pay an order after the case has ended, or unskip a cycle, and the notice of it may be lost. */
async function lookAtEnded(turn: Turn): Promise<void> {
  for (const caseId of await endedButWaiting(turn.shop.shop, turn.startedAt))
    await attend(turn, caseId, (told) => lookAtCase({ ...told, caseId }))
  for (const contractId of await skippedLately(turn.shop.shop, turn.startedAt))
    await attend(turn, contractId, (told) => lookAtContract({ ...told, contractId }))
}

/**
 * Of these attempts, those that ended since `lookedUntil` and that nobody told us of. A failure may need a case; a
 * payment concerns us only when its contract has one, or had one that ended unpaid.
 */
async function lookAtStrangers(turn: Turn, seen: SeenAttempt[], lookedUntil: Date): Promise<void> {
  const until = addHours(turn.startedAt, -GRACE_HOURS)
  const fresh = seen.filter((one) => one.at >= lookedUntil && one.at <= until)
  if (fresh.length === 0) return
  const strangers = await unknown(turn.shop.shop, fresh)
  for (const { id: attemptId, contractId, outcome } of strangers) {
    if (outcome === 'failed' || outcome === 'action_required')
      await attend(turn, attemptId, (told) => lookAtAttempt({ ...told, attemptId, contractId }))
  }
  const paid = strangers.filter(({ outcome }) => outcome === 'succeeded')
  if (paid.length === 0) return
  const open = await db.recoveryCase.findMany({
    where: {
      shop: turn.shop.shop,
      contractId: { in: paid.map(({ contractId }) => contractId) },
      closedAt: null,
    },
    distinct: ['contractId'],
    select: { contractId: true },
  })
  for (const { contractId } of open)
    await attend(turn, contractId, (told) => lookAtContract({ ...told, contractId }))
  const contracts = paid.map(({ contractId }) => contractId)
  const owed = await endedUnpaid(turn.shop.shop, contracts, turn.startedAt)
  for (const { id: attemptId, contractId } of paid.filter((one) => owed.has(one.contractId)))
    await attend(turn, attemptId, (told) => lookAtAttempt({ ...told, attemptId, contractId }))
}

async function unknown(shop: string, seen: SeenAttempt[]): Promise<SeenAttempt[]> {
  const { rows } = await pool.query<{ shopifyId: string | null; key: string }>({
    name: 'known-attempts',
    text: `SELECT "shopifyId", key FROM "Attempt" WHERE "shopifyId" = ANY ($2) AND shop = $1
           UNION SELECT "shopifyId", key FROM "Attempt" WHERE key = ANY ($3) AND shop = $1`,
    values: [shop, seen.map(({ id }) => id), seen.map(({ key }) => key)],
  })
  const ids = new Set(rows.map(({ shopifyId }) => shopifyId))
  const keys = new Set(rows.map(({ key }) => key))
  return seen.filter(({ id, key }) => !ids.has(id) && !keys.has(key))
}

/** One that cannot be looked at keeps nothing from the others; only a Shopify that is away ends the turn. */
async function attend(
  { shop, correlationId, stillMine }: Turn,
  what: string,
  look: (told: { shop: string; correlationId: string; source: 'reconcile' }) => Promise<void>,
): Promise<void> {
  await stillMine()
  try {
    await look({ shop: shop.shop, correlationId, source: 'reconcile' })
  } catch (error) {
    if (error instanceof ShopifyUnavailable || error instanceof ShopUnreachable) throw error
    if (error instanceof CaseBusy) return // whoever works on it reads the same facts
    log.error({ error, shop: shop.shop, what, correlationId }, 'a look by the clock failed')
  }
}

function latest(a: Date, b: Date): Date {
  return a > b ? a : b
}

function earliest(a: Date, b: Date): Date {
  return a < b ? a : b
}
