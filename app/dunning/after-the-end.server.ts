/**
 * The shell around after-the-end.ts: what is written down, and opened, when the bank's answer comes after a case has
 * ended. Called inside the claim on that case.
 */
import { randomUUID } from 'node:crypto'
import { now } from '../clock.server.ts'
import { db, pool } from '../db.server.ts'
import { log } from '../log.server.ts'
import { adminFor } from '../shopify/admin.server.ts'
import { activateContract } from '../shopify/contracts.server.ts'
import { readFacts } from '../shopify/facts.server.ts'
import { afterTheEnd, mayStillBePaid, UNPAID } from './after-the-end.ts'
import { type LoadedCase, type Saving, saveDecision, saveOpening } from './cases.server.ts'
import type { Situation } from './decide.ts'
import type { DunningEvent, Facts } from './types.ts'

/** For so long an ended case is looked at by the clock for money that may come yet. Days. Ours: Shopify names no limit. */
export const WAITS_AFTER_END_DAYS = 30

type How = {
  correlationId: string
  situation: (loaded: LoadedCase, facts: Facts, event: DunningEvent, at: Date) => Situation
  saving: (event: DunningEvent, at: Date, facts: Facts) => Saving
}

export async function lookAfterTheEnd(loaded: LoadedCase, how: How): Promise<void> {
  if (loaded.switches.uninstalled || !mayStillBePaid(loaded.case)) return
  const facts = await readFacts(await adminFor(loaded.shop), loaded)
  const at = now()
  const event: DunningEvent = { type: 'facts_read' }
  const found = afterTheEnd(how.situation(loaded, facts, event, at), randomUUID())
  const saving = how.saving(event, at, facts)
  if (found.type === 'note') await saveDecision(pool, loaded, found.decision, saving)
  if (found.type !== 'linked_case') return
  const ended = await db.recoveryCase.findUniqueOrThrow({
    where: { id: loaded.case.id },
    select: {
      zoneSource: true,
      customerName: true,
      anchorAt: true,
      source: true,
      variantIds: true,
      segmentRule: true,
    },
  })
  const opening = {
    ...loaded,
    ...ended,
    case: found.case,
    version: 0,
    intents: [],
    predecessorId: loaded.case.id,
    // A debt is counted in the month of its first failure, whichever case it ends in.
    failedAt: ended.anchorAt,
    paidLate: 'money came after the end: a linked case counts it',
  }
  if (!(await saveOpening(opening, found.decision, { ...saving, lease: null }))) return
  const { shop } = loaded
  const caseId = loaded.case.id
  log.info(
    { shop, caseId, correlationId: how.correlationId, linkedCaseId: found.case.id },
    'money came after a case had ended',
  )
}

/**
 * The shopper goes on with a subscription that we, or they, had paused. What was owed then stays as the case ended; the
 * next cycle is charged as usual. Called inside the claim on that case.
 */
export async function resumeAfterTheEnd(
  { shop, contractId, cycleIndex, switches, case: c }: LoadedCase,
  correlationId: string,
): Promise<string> {
  const said = await resume()
  const at = now()
  await db.$transaction(async (tx) => {
    if (said.lifted)
      await tx.contractAction.updateMany({
        where: { caseId: c.id, kind: { in: ['pause', 'shopper_pause'] }, state: 'done' },
        data: { state: 'undone', undoneAt: at },
      })
    await tx.$executeRaw`
      INSERT INTO "CaseEvent" ("caseId", seq, type, actor, because, at, "correlationId")
      SELECT ${c.id}::uuid, coalesce(max(seq), 0) + 1, 'shopper_resume', 'shopper', ${said.because}, ${at}, ${correlationId}
        FROM "CaseEvent" WHERE "caseId" = ${c.id}::uuid`
  })
  return said.because

  async function resume(): Promise<{ lifted: boolean; because: string }> {
    const halt = switches.uninstalled ? 'the app was uninstalled' : switches.stopped
    if (halt) return { lifted: false, because: `not resumed: ${halt}` }
    if (!c.weDid.includes('pause') && !c.shopperPaused)
      return { lifted: false, because: 'not resumed: the pause is somebody else’s' }
    const admin = await adminFor(shop)
    const { contract } = await readFacts(admin, { contractId, cycleIndex })
    if (contract?.status === 'ACTIVE')
      return { lifted: true, because: 'the subscription is active already' }
    if (contract?.status !== 'PAUSED')
      return { lifted: false, because: 'not resumed: the subscription has ended' }
    const result = await activateContract(admin, contractId)
    return result.ok
      ? { lifted: true, because: 'the shopper resumed the subscription' }
      : { lifted: false, because: `not resumed, Shopify refused: ${result.message}` }
  }
}

/** Cases of a shop that have ended while the bank still waits for their shopper, or an order for its money. */
export async function endedButWaiting(shop: string, at: Date): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>({
    name: 'ended-but-waiting',
    text: `SELECT c.id FROM "Attempt" a JOIN "RecoveryCase" c USING (shop, "contractId", "cycleIndex")
            WHERE shop = $1 AND a.state IN ('intended', 'submitted', 'action_required', 'unknown')
              AND c."closedAt" > $2 AND c."successorId" IS NULL
           UNION
           SELECT c.id FROM "RecoveryCase" c JOIN "Attempt" a USING (shop, "contractId", "cycleIndex")
            WHERE shop = $1 AND a.state = 'succeeded'
              AND c."closedAt" > $2 AND c."successorId" IS NULL AND c.status = ANY ($3)`,
    values: [shop, since(at), UNPAID],
  })
  return rows.map(({ id }) => id)
}

/** Which of these contracts have a debt that ended unpaid, and lately. */
export async function endedUnpaid(
  shop: string,
  contractIds: string[],
  at: Date,
): Promise<Set<string>> {
  const found = await db.recoveryCase.findMany({
    where: {
      shop,
      contractId: { in: contractIds },
      status: { in: [...UNPAID] },
      successorId: null,
      closedAt: { gt: since(at) },
    },
    distinct: ['contractId'],
    select: { contractId: true },
  })
  return new Set(found.map(({ contractId }) => contractId))
}

/** Contracts of which a cycle may be unskipped yet whose case ended as it was skipped. */
export async function skippedLately(shop: string, at: Date): Promise<string[]> {
  const found = await db.recoveryCase.findMany({
    where: {
      shop,
      status: 'skipped',
      successorId: null,
      closedAt: { gt: since(at) },
      OR: [{ nextExpectedAt: null }, { nextExpectedAt: { gt: at } }],
    },
    distinct: ['contractId'],
    select: { contractId: true },
  })
  return found.map(({ contractId }) => contractId)
}

const since = (at: Date) => new Date(at.getTime() - WAITS_AFTER_END_DAYS * 86_400_000)

/**
 * Somebody else has lifted a pause of ours or the shopper's: it is no longer ours to lift, and the shopper's page no
 * longer tells of it. The contract is asked for only where a case that has ended had paused it.
 */
export async function forgetLiftedPauses(shop: string, contractId: string): Promise<void> {
  const ours = await db.contractAction.findMany({
    where: {
      kind: { in: ['pause', 'shopper_pause'] },
      state: 'done',
      case: { shop, contractId, closedAt: { not: null } },
    },
    select: { id: true, caseId: true, case: { select: { cycleIndex: true } } },
  })
  const [first] = ours
  if (!first) return
  const { cycleIndex } = first.case
  const { contract } = await readFacts(await adminFor(shop), { contractId, cycleIndex })
  if (contract?.status !== 'ACTIVE') return
  await db.contractAction.updateMany({
    where: { id: { in: ours.map(({ id }) => id) }, state: 'done' },
    data: { state: 'undone', undoneAt: now() },
  })
}
