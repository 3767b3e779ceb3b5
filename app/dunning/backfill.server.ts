/**
 * Payments that had failed before recovery was started. Installing looks for them and does nothing else; the merchant
 * sees the money and decides. Then so many a day become cases, the newest first, so that neither the bank nor the
 * merchant's inbox meets them all at once.
 */
import type { PrismaClient } from '@prisma/client'
import { db } from '../db.server.ts'
import { operatorStop } from '../place.server.ts'
import { findCycleOfAttempt, readAttempt, readForOpening } from '../shopify/facts.server.ts'
import { ERROR_TYPES, failingContracts, type SeenAttempt } from '../shopify/news.server.ts'
import { audit } from './audit.server.ts'
import { casesOfCycle, opensCases } from './cases.server.ts'
import type { Turn, TurnEnd } from './clocks.server.ts'
import { openOldFailure } from './handle-event.server.ts'
import { leavesTime } from './open-case.ts'
import { addHours, addLocalDays } from './schedule.ts'

/** What a merchant may choose: cases a day. */
export const RAMPS = [10, 25, 50] as const
export type Ramp = (typeof RAMPS)[number]

/** Cases that one turn opens: about four requests each. */
const CASES_A_TURN = 5

/** How soon a stopped shop is asked again whether it goes on. Hours. */
const STOPPED_HOURS = 1

// ---------------------------------------------------------------- looking for them

/**
 * Active contracts whose last charge failed, page by page and error by error; each whose cycle is unpaid still is
 * written down with its amount. Once a night until recovery is started, then once more, so that nothing that failed in
 * between is forgotten. Reads only.
 */
export async function scanForOldFailures(turn: Turn): Promise<TurnEnd> {
  const { admin, cursor, startedAt, shop } = turn
  const [kind, after] = cursor?.split('|') ?? []
  const type = ERROR_TYPES.find((one) => one === kind) ?? ERROR_TYPES[0]
  const page = await failingContracts(admin, type, null, after || null)
  for (const { attempts } of page.items) {
    const [newest] = attempts
    if (newest?.outcome !== 'failed') continue
    await turn.stillMine()
    await writeDown(turn, newest)
  }
  if (page.after) return { type: 'go_on', cursor: `${type}|${page.after}` }
  const next = ERROR_TYPES[ERROR_TYPES.indexOf(type) + 1]
  if (next) return scanForOldFailures({ ...turn, cursor: `${next}|` })

  await db.oldFailure.updateMany({
    where: { shop: shop.shop, state: 'found', seenAt: { lt: startedAt } },
    data: { state: 'gone', because: 'It is not owed any more.' },
  })
  await db.backfill.upsert({
    where: { shop: shop.shop },
    create: { shop: shop.shop, scannedAt: startedAt },
    update: { scannedAt: startedAt },
  })
  const isLast = shop.recoveryStartedAt !== null && startedAt >= shop.recoveryStartedAt
  return isLast ? { type: 'next', at: null } : { type: 'done' }
}

async function writeDown({ admin, shop, startedAt }: Turn, newest: SeenAttempt): Promise<void> {
  // From there on a failure opens its case at once.
  if (shop.recoveryStartedAt && newest.at >= shop.recoveryStartedAt) return
  const read = await readAttempt(admin, newest.id)
  const cycle = read && (await findCycleOfAttempt(admin, read.contractId, read.attempt))
  if (!cycle) return
  const { contractId } = read
  const { cycleIndex } = cycle
  const { facts, amount } = await readForOpening(admin, { contractId, cycleIndex })
  const isOwed = facts.cycle?.status === 'UNBILLED' && !facts.cycle.skipped
  const isListed = facts.attempts.some(({ shopifyId }) => shopifyId === newest.id)
  if (!isOwed || !isListed || facts.contract?.status !== 'ACTIVE') return
  if (!leavesTime(facts.nextExpectedAt, startedAt)) return
  const cases = await casesOfCycle(shop.shop, contractId, cycleIndex)
  if (cases.open || cases.predecessor) return
  const seen = {
    attemptId: newest.id,
    failedAt: newest.at,
    amount: amount.amount,
    currency: amount.currency,
    seenAt: startedAt,
  }
  const id = { shop: shop.shop, contractId, cycleIndex }
  await db.oldFailure.upsert({
    where: { shop_contractId_cycleIndex: id },
    create: { ...id, ...seen, state: 'found' },
    update: seen,
  })
  await db.oldFailure.updateMany({
    where: { ...id, state: 'gone' },
    data: { state: 'found', because: null },
  })
}

// ---------------------------------------------------------------- the merchant's word

/** So many a day, or null: leave them alone. May be changed later; cases that were started go on. */
export async function decideOldFailures(
  client: PrismaClient,
  shop: string,
  actor: string,
  perDay: Ramp | null,
  at: Date,
): Promise<void> {
  await client.$transaction(async (tx) => {
    const decision = { decidedAt: at, decidedBy: actor, perDay }
    const { decidedAt: before } = (await tx.backfill.findUnique({ where: { shop } })) ?? {
      decidedAt: null,
    }
    await tx.backfill.upsert({
      where: { shop },
      create: { shop, ...decision },
      update: decision,
    })
    const { count } = await tx.oldFailure.updateMany({
      where: { shop, state: perDay === null ? { in: ['found', 'picked'] } : 'left' },
      data: { state: perDay === null ? 'left' : 'found', pickedAt: null },
    })
    // Started once already, the day's batch is not followed by a second one on the same day.
    const clock = { shop, job: 'backfill' }
    const known = await tx.shopClock.findUnique({ where: { shop_job: clock } })
    const nextRunAt = perDay === null ? null : (known?.nextRunAt ?? nextDay(known?.lastRunAt, at))
    await tx.shopClock.upsert({
      where: { shop_job: clock },
      create: { ...clock, nextRunAt },
      update: { nextRunAt },
    })
    const action = perDay === null ? 'old_failures.left' : 'old_failures.started'
    const data = { perDay, first: before === null, count }
    await audit(tx, { shop, actor, action, data }, at)
  })
}

function nextDay(lastRunAt: Date | null | undefined, at: Date): Date {
  const dayAfter = lastRunAt ? addHours(lastRunAt, 24) : at
  return dayAfter > at ? dayAfter : at
}

// ---------------------------------------------------------------- starting them

/**
 * One day's batch, the newest first, a few cases a turn. Each is read again when its turn comes: what was paid, skipped
 * or cancelled meanwhile gets no case. Its plan and deadline count from today, its caps from its true attempts.
 */
export async function startOldFailures(turn: Turn): Promise<TurnEnd> {
  const { shop, startedAt } = turn
  const decision = await db.backfill.findUnique({ where: { shop: shop.shop } })
  if (!decision?.perDay) return { type: 'next', at: null }
  if (shop.stoppedAt || operatorStop() || !(await opensCases(shop.shop)))
    return { type: 'next', at: addHours(startedAt, STOPPED_HOURS) }

  if (turn.cursor === null) await pick(shop.shop, decision.perDay, startedAt)
  const batch = await db.oldFailure.findMany({
    where: { shop: shop.shop, state: 'picked' },
    orderBy: NEWEST_FIRST,
    take: CASES_A_TURN,
  })
  for (const failure of batch) await start(turn, failure)
  const left = await db.oldFailure.groupBy({
    by: ['state'],
    where: { shop: shop.shop, state: { in: ['picked', 'found'] } },
  })
  if (left.some(({ state }) => state === 'picked')) return { type: 'go_on', cursor: 'picked' }
  return { type: 'next', at: left.length > 0 ? addLocalDays(startedAt, 1, shop.zone) : null }
}

const NEWEST_FIRST = [{ failedAt: 'desc' as const }, { contractId: 'asc' as const }]

/** Today's batch. A run that was broken off finds its batch picked already. */
async function pick(shop: string, perDay: number, startedAt: Date): Promise<void> {
  const already = await db.oldFailure.count({ where: { shop, pickedAt: startedAt } })
  const next = await db.oldFailure.findMany({
    where: { shop, state: 'found' },
    orderBy: NEWEST_FIRST,
    take: Math.max(0, perDay - already),
    select: { contractId: true, cycleIndex: true },
  })
  if (next.length === 0) return
  await db.oldFailure.updateMany({
    where: { shop, state: 'found', OR: next },
    data: { state: 'picked', pickedAt: startedAt },
  })
}

async function start(
  turn: Turn,
  failure: { shop: string; contractId: string; cycleIndex: number; attemptId: string },
): Promise<void> {
  const { shop, contractId, cycleIndex, attemptId } = failure
  await turn.stillMine()
  const { correlationId } = turn
  const outcome = await openOldFailure({ shop, correlationId, contractId, cycleIndex, attemptId })
  await db.oldFailure.updateMany({
    where: { shop, contractId, cycleIndex, state: 'picked' },
    data:
      'caseId' in outcome
        ? { state: 'started', caseId: outcome.caseId }
        : { state: 'gone', because: outcome.because },
  })
}
