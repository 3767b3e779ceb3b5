/**
 * The shell around the policy: claim a case, read the facts again, decide, save decision and intents together, act,
 * write down the answer. Whatever woke the case (a webhook, a due step, a button) goes this one way.
 */
import { randomUUID } from 'node:crypto'
import { now, realNow } from '../clock.server.ts'
import { db, pool } from '../db.server.ts'
import { log } from '../log.server.ts'
import { count } from '../metrics.server.ts'
import { operatorStop } from '../place.server.ts'
import {
  type Admin,
  adminFor,
  ShopifyUnavailable,
  ShopUnreachable,
} from '../shopify/admin.server.ts'
import { readCause } from '../shopify/causes.server.ts'
import {
  findCycleOfAttempt,
  readAttempt,
  readFacts,
  readForOpening,
  readOwed,
} from '../shopify/facts.server.ts'
import { knownAs } from '../shopify/methods.ts'
import { forgetLiftedPauses, lookAfterTheEnd, resumeAfterTheEnd } from './after-the-end.server.ts'
import { noteAttemptAnswer } from './attempt-pause.server.ts'
import { concernsBrake, forgetBrake, noteCharges } from './brake.server.ts'
import { brakeOfShop } from './brake-switch.server.ts'
import {
  beginWithBudget,
  CaseBusy,
  caseOfAttempt,
  casesOfCycle,
  casesOfOrder,
  claimCase,
  hasEffect,
  LEASE_MS,
  type LoadedCase,
  loadCase,
  noteMethodSaved,
  openCasesOf,
  opensCases,
  releaseCase,
  releaseIfDone,
  releaseUnread,
  type Saved,
  type Saving,
  StaleCase,
  saveDecision,
  saveOpening,
  skippedCyclesOf,
  type WordBeforeSkip,
  wordBeforeSkip,
} from './cases.server.ts'
import { evidenceFor } from './causes.ts'
import { newClaimant } from './claims.server.ts'
import { decide } from './decide.ts'
import { dueEvent, isTerminal, nextActionAt } from './due.ts'
import { gatherDebts } from './one-mail.server.ts'
import { failureToRecover, leavesTime, openCase } from './open-case.ts'
import {
  chosenBefore,
  EffectDelayed,
  performAttempt,
  performIntents,
  withTakenBack,
} from './perform.server.ts'
import { zoneFor } from './schedule.ts'
import { planFor, traitsAtOpening } from './segments.server.ts'
import { tellIfSetAside } from './set-aside.server.ts'
import { withTexting } from './texts.server.ts'
import type { Attempt, AttemptFact, Decision, DunningEvent, Facts, Instrument } from './types.ts'
import { wakeForStop } from './wake.server.ts'

/** A case that fails in our own hands this often is set aside for a person, with its reason on screen. */
export const TRIES_BEFORE_DEAD = 8

/** A case may have this many things due at once; more means that a rule does not move it on. */
const ROUNDS = 25

/** How long somebody else's claim is waited for, real milliseconds, before the work is put back. */
const BUSY_WAIT_MS = 8_000

export type Outcome = { because: string } | { error: string }

/** One event of a person (staff, shopper) on one case of this shop. Answers what was decided and why. */
export async function handleEvent(input: {
  shop: string
  caseId: string
  event: DunningEvent
  actor: string
  correlationId: string
}): Promise<Outcome> {
  const found = await loadCase(input.shop, input.caseId, now())
  if (!found) return { error: 'This shop has no such case.' }
  if (input.event.type === 'shopper_stop') await writeNoMore(found)
  try {
    const because = await waitForTurn(() =>
      drive(input.caseId, { ...input, handOver: null, event: input.event }),
    )
    return { because: because ?? 'nothing to do' }
  } catch (error) {
    if (error instanceof CaseBusy)
      return { error: 'This case is being worked on right now. Try again in a moment.' }
    if (error instanceof ShopifyUnavailable || error instanceof EffectDelayed)
      return {
        error: 'Shopify does not answer at the moment, so nothing was done. Try again in a minute.',
      }
    if (error instanceof ShopUnreachable)
      return {
        error:
          'Shopify refuses this app access to the shop. Open the app in the Shopify admin once, then try again.',
      }
    throw error
  }
}

const STOP = 'the shopper asked us to stop'

/**
 * Who said stop is not written to any more, about this cycle or a later one, also when Shopify is down just now. The row
 * has the case's own id: whoever releases that case lifts it, and no other stop.
 */
async function writeNoMore({ shop, customerId, case: { id } }: LoadedCase): Promise<void> {
  if (!customerId) return
  await pool.query(
    `INSERT INTO "Suppression" (id, shop, recipient, reason, at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT DO NOTHING`,
    [id, shop, customerId, STOP, now()],
  )
}

/**
 * Staff have released what a shopper had stopped, by mistake or for somebody else: what that stop had silenced may be
 * written again. Where the same shopper stopped another case, or answered a notice with it, that stop holds, as theirs
 * from now on. A second release makes up for one that was cut short before this.
 */
async function writeAgain(
  { shop, customerId, case: { id } }: LoadedCase,
  correlationId: string,
): Promise<void> {
  if (!customerId) return
  const at = now()
  await db.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT FROM "RecoveryCase" WHERE id = ${id}::uuid FOR UPDATE`
    const [released] = await tx.$queryRaw<{ id: string }[]>`
      SELECT c.id FROM "RecoveryCase" c
       WHERE c.id = ${id}::uuid AND (c.status <> 'held' OR c.reason IS DISTINCT FROM 'shopper_stop')
         AND (SELECT max(seq) FROM "CaseEvent" r WHERE r."caseId" = c.id AND r.type = 'staff_release')
           > (SELECT max(seq) FROM "CaseEvent" e WHERE e."caseId" = c.id AND e.type = 'shopper_stop')`
    if (!released) return
    const [other] = await tx.$queryRaw<{ id: string }[]>`
      SELECT c.id FROM "RecoveryCase" c JOIN "CaseEvent" e ON e."caseId" = c.id AND e.type = 'shopper_stop'
       WHERE c.shop = ${shop} AND c."customerId" = ${customerId} AND c.id <> ${id}::uuid
         AND NOT EXISTS (SELECT FROM "CaseEvent" r WHERE r."caseId" = c.id AND r.type = 'staff_release' AND r.seq > e.seq)
       UNION ALL
      SELECT t.id FROM "StaffTask" t WHERE t.shop = ${shop} AND t.kind = 'shopper_stop' AND t.subject = ${customerId}
       LIMIT 1`
    const mine = { id, shop, recipient: customerId }
    if (other) {
      await tx.suppression.updateMany({ where: mine, data: { id: other.id } })
      return
    }
    const { count } = await tx.suppression.deleteMany({ where: mine })
    if (count === 0) return
    await tx.$executeRaw`
      INSERT INTO "CaseEvent" ("caseId", seq, type, actor, because, at, "correlationId")
      SELECT ${id}::uuid, coalesce(max(seq), 0) + 1, 'stop_lifted', 'engine',
             'the shopper may be written to again: staff release what the shopper had stopped', ${at}, ${correlationId}
        FROM "CaseEvent" WHERE "caseId" = ${id}::uuid`
  })
}

/** What the sweep found due. Never throws: a case that does not get through is put back, or set aside. */
export async function handleDue(caseId: string, handOver: string): Promise<void> {
  const correlationId = randomUUID()
  try {
    await drive(caseId, { actor: 'engine', correlationId, handOver, event: null })
  } catch (error) {
    if (error instanceof CaseBusy || error instanceof StaleCase) return // whoever holds it goes on
    if (error instanceof EffectDelayed) return // put back for later, and told already
    log.error({ error, caseId, correlationId }, 'a due case could not be handled')
  }
}

// ---------------------------------------------------------------- what webhooks lead to

type Told = {
  shop: string
  correlationId: string
  /** How we learned of it; a webhook, unless said otherwise. */
  source?: 'webhook' | 'reconcile'
}

/** An attempt changed: ours, or another biller's. The first failure of an unpaid cycle opens its case. */
export async function lookAtAttempt(
  told: Told & { attemptId: string; contractId: string },
): Promise<void> {
  const { shop, attemptId, correlationId } = told
  const ours = await caseOfAttempt(shop, { shopifyId: attemptId })
  if (ours) return lookAgain(ours, told)

  const row = await db.shop.findUnique({ where: { shop } })
  if (!row || row.uninstalledAt || !row.recoveryStartedAt) {
    log.info(
      { shop, correlationId },
      'recovery has not been started for this shop: no case is opened',
    )
    return
  }
  const admin = await adminFor(shop)
  const read = await readAttempt(admin, attemptId)
  if (!read) return
  const known = await caseOfAttempt(shop, { key: read.attempt.key })
  if (known) return lookAgain(known, told)

  const cycle = await findCycleOfAttempt(admin, read.contractId, read.attempt)
  if (!cycle) return askStaffForCycle(told, read.contractId)
  const cases = await casesOfCycle(shop, read.contractId, cycle.cycleIndex)
  if (cases.open) return lookAgain(cases.open, told)
  if ((read.attempt.completedAt ?? read.attempt.createdAt) < row.recoveryStartedAt) {
    log.info({ shop, correlationId }, 'it failed before recovery was started: the merchant decides')
    return
  }
  const { outcome } = read.attempt
  const isPaid = outcome.type === 'succeeded' && !outcome.unpaid
  if (isPaid && !cases.predecessor) return // a renewal that nobody had to recover
  const opened = await openFor(admin, row, read, cycle.cycleIndex, cases, told)
  if (opened === 'not of this cycle') return askStaffForCycle(told, read.contractId)
  // Nothing to recover any more: if the debt of an ended case was paid, that case must hear of it.
  const isOfEnded = opened === 'nothing to open' || opened === 'not worked'
  if (isOfEnded && cases.predecessor) await lookAgain(cases.predecessor, told)
  if (opened === 'raced') {
    const again = await casesOfCycle(shop, read.contractId, cycle.cycleIndex)
    if (again.open) await lookAgain(again.open, told)
  }
}

/**
 * A payment that had failed before recovery was started, now that the merchant wants it recovered. Answers its case,
 * or why there is none to open: it may have been paid, skipped or cancelled since.
 */
export async function openOldFailure(
  told: Told & { attemptId: string; contractId: string; cycleIndex: number },
): Promise<{ caseId: string } | { because: string }> {
  const { shop, attemptId, contractId, cycleIndex } = told
  const row = await db.shop.findUniqueOrThrow({ where: { shop } })
  const admin = await adminFor(shop)
  const read = await readAttempt(admin, attemptId)
  if (!read) return { because: 'Shopify no longer shows the failed charge.' }
  const cases = await casesOfCycle(shop, contractId, cycleIndex)
  if (cases.open || cases.predecessor) return { because: 'It has a case already.' }
  const opened = await openFor(admin, row, read, cycleIndex, cases, told, now())
  if (opened === 'not worked') return { because: 'The sequence that it would get is off.' }
  const { open, predecessor } = await casesOfCycle(shop, contractId, cycleIndex)
  const caseId = open ?? predecessor
  return caseId
    ? { caseId }
    : { because: 'It is not owed any more, or the next charge of its subscription is too near.' }
}

/** The contract, one of its cycles or their edits changed. */
export async function lookAtContract(told: Told & { contractId: string }): Promise<void> {
  await lookAtEach(await openCasesOf(told.shop, told), told)
  await forgetLiftedPauses(told.shop, told.contractId)
  await reopenUnskipped(told)
}

/**
 * A cycle whose case ended when it was skipped is to be paid after all: a linked case, whose plan counts from now. Its
 * biller charges a cycle once only, so nobody else would. Where a person had stopped or changed its recovery, staff decide.
 */
async function reopenUnskipped(told: Told & { contractId: string }): Promise<void> {
  const { shop, contractId } = told
  const cycles = await skippedCyclesOf(shop, contractId, now())
  if (cycles.length === 0) return
  const row = await db.shop.findUniqueOrThrow({ where: { shop } })
  if (row.uninstalledAt || !row.recoveryStartedAt) return
  const admin = await adminFor(shop)
  for (const cycleIndex of cycles) {
    const { cycle } = await readOwed(admin, { contractId, cycleIndex })
    if (cycle?.status !== 'UNBILLED' || cycle.skipped) continue
    const cases = await casesOfCycle(shop, contractId, cycleIndex)
    if (cases.open) continue
    await openFor(admin, row, { attempt: null, contractId }, cycleIndex, cases, told, now())
  }
}

/** One case, open or ended: an ended one only where money may come for it yet. */
export async function lookAtCase(told: Told & { caseId: string }): Promise<void> {
  await lookAgain(told.caseId, told)
}

/** A payment method was made, updated or revoked: every open case that uses it or could. */
export async function lookAtPaymentMethod(
  told: Told & {
    methodId: string
    customerId: string | null
    /** When this very method was saved again, by Shopify's clock; null: it was not, or nobody says when. */
    savedAt: Date | null
  },
): Promise<void> {
  if (told.savedAt) await noteMethodSaved(told.shop, told.methodId, told.savedAt)
  await lookAtEach(await openCasesOf(told.shop, told), told)
}

/** An order was paid. Of all orders of a shop, only those concern us that a case waits for, or one that ended unpaid. */
export async function lookAtOrder(told: Told & { orderId: string }): Promise<void> {
  await lookAtEach(await casesOfOrder(told.shop, told.orderId), told)
}

/** One case that fails keeps nothing from the others; the first failure is thrown at the end, so that all is retried. */
async function lookAtEach(caseIds: string[], told: Told): Promise<void> {
  const failures: unknown[] = []
  for (const id of caseIds)
    await lookAgain(id, told).catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}

/** After an uninstall: every open case of the shop stands still, in one statement. */
export async function freezeShop({ shop, correlationId }: Told): Promise<number> {
  await forgetBrake(shop, now())
  const { rowCount } = await pool.query(
    `WITH frozen AS (
       UPDATE "RecoveryCase" SET status = 'held', reason = 'uninstalled', "frozenAt" = coalesce("frozenAt", $2), "nextActionAt" = NULL,
              version = version + 1, "leaseUntil" = NULL, "leaseBy" = NULL
        WHERE shop = $1 AND "closedAt" IS NULL AND NOT (status = 'held' AND reason = 'uninstalled')
       RETURNING id
     )
     INSERT INTO "CaseEvent" ("caseId", seq, type, actor, because, at, "correlationId")
     SELECT id, (SELECT coalesce(max(seq), 0) + 1 FROM "CaseEvent" e WHERE e."caseId" = frozen.id), 'shop_uninstalled',
            'shopify', 'the app was uninstalled: nothing is charged or sent any more', $2, $3 FROM frozen`,
    [shop, now(), correlationId],
  )
  return rowCount ?? 0
}

async function lookAgain(caseId: string, { correlationId }: Told): Promise<void> {
  await waitForTurn(() =>
    drive(caseId, {
      actor: 'shopify',
      correlationId,
      handOver: null,
      event: { type: 'facts_read' },
    }),
  )
}

async function askStaffForCycle(
  { shop, attemptId }: Told & { attemptId: string },
  contractId: string,
) {
  await askStaff(shop, {
    kind: 'unknown_cycle',
    title: 'A failed charge fits no billing cycle',
    body: `Another biller's charge ${attemptId} of ${contractId} failed, and Shopify does not say for which cycle. We never guess: check this subscription in Shopify.`,
    subject: attemptId,
  })
}

/** No case is opened for it, so nobody else would ever hear of this debt. */
async function tellOfLateFailure(
  shop: string,
  cycle: { contractId: string; cycleIndex: number },
  failedAt: Date,
) {
  await askStaff(shop, {
    kind: 'known_too_late',
    title: 'A failed payment came to light too late',
    body: `The payment of cycle ${cycle.cycleIndex} of ${cycle.contractId} failed on ${failedAt.toISOString().slice(0, 10)} (UTC), and we learned of it when its next charge was too near to try again. The subscription goes on, and this order stays unpaid: charge or skip it in Shopify.`,
    subject: `${cycle.contractId} ${cycle.cycleIndex}`,
  })
}

/** It is left to staff: what was said before the skip stands, or else the next charge is too near. */
async function tellOfUnskipped(
  shop: string,
  { contractId, cycleIndex }: { contractId: string; cycleIndex: number },
  word: WordBeforeSkip | null,
) {
  const why = {
    stop: 'its shopper had pressed "already cancelled / not me" before it was skipped',
    hold: 'staff had held its recovery before it was skipped',
    smaller: 'its shopper had chosen to take less of it before it was skipped',
    near: 'it was unskipped when its next charge was too near to try again',
  }[word ?? 'near']
  await askStaff(shop, {
    kind: 'unskipped',
    title: 'An order that is no longer skipped needs you',
    body: `The order of cycle ${cycleIndex} of ${contractId} is no longer skipped, and its payment had failed. Reprise charges and writes nothing for it: ${why}. Decide what is to become of it, then charge or skip it in Shopify.`,
    subject: `${contractId} ${cycleIndex}`,
  })
}

/** Once for each subject: what staff have finished does not come back with the next sweep. */
async function askStaff(
  shop: string,
  task: { kind: string; title: string; body: string; subject: string },
) {
  await pool.query(
    `INSERT INTO "StaffTask" (id, shop, kind, title, body, "createdAt", subject)
     SELECT $1::uuid, $2, $3, $4, $5, $6::timestamptz, $7
      WHERE NOT EXISTS (SELECT FROM "StaffTask" WHERE shop = $2 AND kind = $3 AND subject = $7)
     ON CONFLICT DO NOTHING`,
    [randomUUID(), shop, task.kind, task.title, task.body, now(), task.subject],
  )
}

// ---------------------------------------------------------------- opening

type ShopRow = {
  shop: string
  zone: string
  emailFromHour: number
  emailUntilHour: number
  name: string
  locale: string
  senderName: string | null
  replyTo: string | null
  accountPage: string | null
  email: string | null
  stoppedAt: Date | null
  stoppedBy: string | null
}

async function openFor(
  admin: Admin,
  shop: ShopRow,
  /** `attempt` null: the cycle was skipped and is to be paid after all. */
  { attempt, contractId }: { attempt: AttemptFact | null; contractId: string },
  cycleIndex: number,
  earlier: Awaited<ReturnType<typeof casesOfCycle>>,
  told: Told,
  /** When this old failure was started, by the merchant's word or as the cycle was unskipped; null: it is a fresh one. */
  startedAt: Date | null = null,
): Promise<'opened' | 'nothing to open' | 'not worked' | 'not of this cycle' | 'raced'> {
  if (!(await opensCases(shop.shop))) return 'not worked'
  const read = await readForOpening(admin, { contractId, cycleIndex })
  const { customer } = read
  const unskipped = attempt === null
  const listed = factsOfCycle(read.facts, earlier.elsewhere)
  const facts = attempt ? withCard(listed, attempt) : listed
  const failedAt = failureToRecover(facts, earlier.attempts, unskipped)
  const isOwed = facts.cycle?.status === 'UNBILLED' && !facts.cycle.skipped
  const isTooNear = startedAt !== null && !leavesTime(facts.nextExpectedAt, startedAt)
  if (unskipped && failedAt && isOwed) {
    const cycle = { contractId, cycleIndex }
    const word = await wordBeforeSkip(shop.shop, cycle)
    const isOver = facts.contract?.status === 'CANCELLED' || facts.contract?.status === 'EXPIRED'
    if ((word || isTooNear) && facts.contract && !isOver)
      await tellOfUnskipped(shop.shop, cycle, word)
    if (word) return 'nothing to open'
  }
  if (isTooNear) return 'nothing to open'
  const { zone, source: zoneSource } = zoneFor(
    customer?.country ?? null,
    customer?.province ?? null,
    shop.zone,
  )
  const emailWindow = { fromHour: shop.emailFromHour, untilHour: shop.emailUntilHour }
  const at = now()
  const traits = await traitsAtOpening(
    shop.shop,
    { ...read, customerId: customer?.id ?? null, cycleIndex },
    facts,
    at,
  )
  const plan = await planFor(shop.shop, traits)
  if (plan.type === 'off') {
    const { because } = plan
    log.info({ shop: shop.shop, contractId, cycleIndex, because }, 'a failed payment is not worked')
    return 'not worked'
  }
  const fresh = openCase({
    id: randomUUID(),
    facts,
    sequence: plan.sequence,
    zone,
    emailWindow,
    known: earlier.attempts,
    startedAt,
    seenAt: at,
    unskipped,
    traits,
  })
  if (!fresh && failedAt && isOwed && facts.contract?.status === 'ACTIVE')
    await tellOfLateFailure(shop.shop, { contractId, cycleIndex }, failedAt)
  if (!fresh || !failedAt) {
    if (!attempt) return 'nothing to open'
    const isListed = facts.attempts.some(({ shopifyId }) => shopifyId === attempt.shopifyId)
    const isLost = attempt.outcome.type === 'failed' && facts.cycle?.status === 'UNBILLED'
    return isLost && !isListed ? 'not of this cycle' : 'nothing to open'
  }
  const opening: LoadedCase = {
    shop: shop.shop,
    contractId,
    cycleIndex,
    version: 0,
    case: fresh,
    sequence: plan.sequence,
    sequenceVersionId: plan.versionId,
    switches: {
      stopped:
        operatorStop() ??
        (shop.stoppedAt ? `${shop.stoppedBy ?? 'staff'} stopped recovery for this shop` : null),
      uninstalled: false,
      ...(await brakeOfShop(shop.shop)),
      suppressed: null,
      smsReady: false,
    },
    budget: {
      methodAttempts30d: 0,
      methodFreeAt: null,
      methodStopUntil: null,
      lastMessageAt: null,
    },
    intents: [],
    attemptPauses: 0,
    elsewhere: earlier.elsewhere,
    lookAgainAt: null,
    wakes: 0,
    customerId: customer?.id ?? null,
    customerLocale: customer?.locale ?? null,
    productTitle: read.productTitle,
    methodId: facts.method?.id ?? null,
    methodFingerprint: facts.method?.fingerprint ?? null,
    methodLabel: facts.method?.label ?? null,
    instrument: facts.method?.instrument ?? null,
    methodRevokedAt: facts.method?.revokedAt ?? null,
    amount: read.amount,
    orderInPlace: null,
    tries: 0,
    correlationId: told.correlationId,
    shopName: shop.senderName ?? shop.name,
    shopLocale: shop.locale,
    replyTo: shop.replyTo ?? shop.email,
    accountPage: shop.accountPage,
    linkTurn: 0,
  }
  const known = [...earlier.elsewhere, ...(attempt ? [attempt.shopifyId] : [])]
  const cards = await withOwnCards(admin, facts, earlier.attempts, known)
  const seen = await withCause(admin, opening, cards)
  const decision = decide(situation(opening, seen, { type: 'facts_read' }, at))
  if (isTerminal(decision.state)) return 'nothing to open' // paid, skipped or cancelled before we looked
  const isLate = fresh.anchorAt > failedAt
  const started = unskipped ? 'unskipped' : startedAt ? 'backfill' : null
  const source = started ?? (isLate ? 'late' : (told.source ?? 'webhook'))
  const saved = await saveOpening(
    {
      ...opening,
      zoneSource,
      source,
      failedAt,
      predecessorId: earlier.predecessor,
      customerName: customer?.name ?? null,
      variantIds: read.variantIds,
      segmentRule: plan.segmentRule,
    },
    {
      ...decision,
      because: `${openedBecause(source)}: ${decision.because}`,
    },
    {
      ...saving(told, { type: 'facts_read' }, at, facts),
      afterwards: plan.because ? [{ type: 'sequence_chosen', because: plan.because }] : [],
      lease: null,
    },
  )
  if (saved) {
    await noteCharges(opening, decision, at)
    await wakeOthersOf(opening, facts, decision)
  }
  return saved ? 'opened' : 'raced'
}

/** Which card another biller charged is read with its attempt alone; the lists do not tell. */
function withCard(facts: Facts, { shopifyId, chargedWith }: AttemptFact): Facts {
  if (!chargedWith) return facts
  const attempts = facts.attempts.map((one) =>
    one.shopifyId === shopifyId ? { ...one, chargedWith } : one,
  )
  return { ...facts, attempts }
}

function openedBecause(source: string): string {
  if (source === 'backfill')
    return 'a payment that had failed earlier is started; its plan counts from today'
  if (source === 'unskipped')
    return 'the order is no longer skipped and its payment had failed; its plan counts from today'
  if (source === 'late')
    return 'a payment that had failed earlier failed again, or is known only now; its plan counts from today'
  if (source === 'reconcile')
    return 'a failed payment was found by asking Shopify; no notice of it came'
  return 'a payment failed and the case was opened'
}

// ---------------------------------------------------------------- driving one case

type Drive = {
  actor: string
  correlationId: string
  /** The lease that the sweep took for us. */
  handOver: string | null
  /** Null: whatever is due. */
  event: DunningEvent | null
}

/** Works on one case until nothing of it is due. Answers the reason of the first decision. */
async function drive(caseId: string, asked: Drive): Promise<string | null> {
  const worker = newClaimant()
  const claimed = await claimCase(caseId, worker, asked.handOver, now(), realNow()).catch(
    async (error: unknown) => {
      if (!(error instanceof CaseBusy)) {
        await releaseUnread(caseId, worker, {
          now: now(),
          triesBeforeDead: TRIES_BEFORE_DEAD,
          because: String(error),
        })
        await tellIfSetAside(caseId, now())
      }
      throw error
    },
  )
  if (!claimed) return null
  // What falls due by itself goes on under the id of the webhook or click that the case last heard.
  const how = asked.handOver ? { ...asked, correlationId: claimed.correlationId } : asked
  let loaded: LoadedCase = claimed
  let event = how.event
  let first: string | null = null
  let delayed: EffectDelayed | null = null
  // A message that an earlier claim left behind may not fit any more: the facts come first.
  if (!event && isOnlyMessages(loaded) && !isTerminal(loaded.case.state))
    event = { type: 'facts_read' }
  try {
    for (let round = 0; ; round++) {
      if (round === ROUNDS)
        throw new Error(`The case still has something due after ${ROUNDS} rounds.`)
      // What the shopper chose before waits until it is known whether their new choice takes its place.
      const waiting = new Set<string>(chosenBefore(loaded, event))
      const intents = loaded.intents.filter(
        (one) => one.type !== 'action' || !waiting.has(one.kind),
      )
      const isEventFirst = event !== null && isOnlyMessages({ ...loaded, intents })
      if (intents.length > 0 && !delayed && !isEventFirst) {
        delayed = await performIntents(
          { ...loaded, intents },
          worker,
          byEngine(how),
          (done, facts) => answer(loaded, worker, done, facts, how),
          (writing, intent) => gatherDebts(writing, intent, lookingAtOthers(how)),
        )
        loaded = await reload(loaded, worker)
        continue // an effect may have led to another: a pause to the message that tells of it
      }
      if (event?.type === 'shopper_resume' && isTerminal(loaded.case.state)) {
        first ??= await resumeAfterTheEnd(loaded, how.correlationId)
        event = null
        continue
      }
      if (event && isTerminal(loaded.case.state)) {
        first ??= `the case is already ${loaded.case.state.status}`
        if (event.type === 'facts_read')
          await lookAfterTheEnd(loaded, {
            correlationId: how.correlationId,
            situation,
            saving: (looked, at, facts) => ({
              ...saving(how, looked, at, facts),
              lease: { by: worker, until: new Date(realNow().getTime() + LEASE_MS) },
            }),
          })
        event = null
        loaded = await reload(loaded, worker) // an effect may follow: an order that is made whole again
        continue
      }
      const due = nextActionAt(loaded.case, loaded.lookAgainAt)
      if (!event && !(due && due <= now())) break
      const decided = event ?? dueEvent(loaded.case, now())
      const { because, released } = await decideAndAct(loaded, decided, worker, how)
      if (decided.type === 'staff_release') await writeAgain(loaded, how.correlationId)
      first ??= because
      event = null
      if (released) return first
      // Only a look may save nothing; every other event has just saved when the case is next due.
      if (decided.type !== 'facts_read' && (await releaseIfDone(caseId, worker, now())))
        return first
      loaded = await reload(loaded, worker)
    }
    const next = nextActionAt(loaded.case, loaded.lookAgainAt)
    const again = delayed && new Date(now().getTime() + delayed.retryAfterMs)
    const at = again && (!next || again < next) ? again : next
    await releaseCase(loaded, worker, { at, tries: 0, deadReason: null })
    return first
  } catch (error) {
    await putBack(loaded, worker, error)
    throw error
  }
}

/** How a mail finds out what else its reader would hear of. Whoever works on another case meanwhile is not waited for. */
function lookingAtOthers({ correlationId }: Drive) {
  const how = { actor: 'engine', correlationId }
  return {
    look: async (caseId: string) => {
      await drive(caseId, { ...how, handOver: null, event: { type: 'facts_read' } })
    },
    situation,
    saving: (event: DunningEvent, at: Date, facts: Facts) => saving(how, event, at, facts),
  }
}

/** Something is to be sent and nothing to be done to the contract. An uninstalled shop cannot be asked for facts. */
function isOnlyMessages({ intents, switches }: LoadedCase): boolean {
  return (
    intents.length > 0 && !switches.uninstalled && intents.every(({ type }) => type === 'message')
  )
}

async function decideAndAct(
  claimed: LoadedCase,
  event: DunningEvent,
  worker: string,
  how: Drive,
): Promise<{ because: string; released: boolean }> {
  const admin = await adminFor(claimed.shop)
  const loaded = await withTexting(admin, claimed, now())
  const read = await readFacts(admin, loaded)
  const facts = await withCause(admin, loaded, await withCards(admin, loaded, read))
  const first = await decideAndSave(loaded, event, facts, worker, how)
  const { because, commands } = first.decision
  const resend = commands.find((command) => command.type === 'resend_attempt')?.attemptId ?? null
  if (resend || commands.some((command) => command.type === 'attempt_billing')) {
    const current = first.after ?? (await reload(loaded, worker))
    const answered = await performAttempt(admin, current, resend, worker)
    if (answered) {
      log.info(
        {
          shop: loaded.shop,
          caseId: loaded.case.id,
          correlationId: how.correlationId,
          answer: answered.type,
        },
        'Shopify was asked for a charge',
      )
      await noteAttemptAnswer(current.shop, current.attemptPauses, answered, now())
      // A smaller order may stand in place by now: what follows must know, to take it back.
      const standing = current.case.smaller ? await reload(current, worker) : current
      const { released } = await decideAndSave(standing, answered, facts, worker, byEngine(how))
      return { because, released }
    }
  }
  return { because, released: first.released }
}

/**
 * Another biller's attempts that nobody has written down yet, each with its own card, where the contract shows another
 * by now: the failure of the old one must not bar the new one.
 */
async function withOwnCards(
  admin: Admin,
  facts: Facts,
  rows: readonly CardRow[],
  known: readonly string[],
): Promise<Facts> {
  const isNew = ({ shopifyId, key }: AttemptFact) =>
    !known.includes(shopifyId) &&
    !rows.some((row) => row.shopifyId === shopifyId || row.key === key)
  let seen = facts
  for (const { shopifyId } of facts.attempts.filter(isNew)) {
    const read = await readAttempt(admin, shopifyId)
    const chargedWith = read?.attempt.chargedWith
    if (read && chargedWith)
      seen = withCard(seen, { ...read.attempt, chargedWith: knownAs(chargedWith, rows) })
  }
  return seen
}

/** An attempt that is written down, or the case itself with the card that it was last seen with. */
type CardRow = Pick<Attempt, 'methodId' | 'methodFingerprint'> &
  Partial<Pick<Attempt, 'shopifyId' | 'key'>>

/** The same for a case in hand, where the contract shows another card than its rows. */
async function withCards(admin: Admin, loaded: LoadedCase, facts: Facts): Promise<Facts> {
  const rows = [...loaded.case.attempts, loaded]
  const present = facts.method?.fingerprint
  if (rows.every(({ methodFingerprint }) => methodFingerprint === present)) return facts
  return withOwnCards(admin, facts, rows, loaded.elsewhere)
}

/** Whose side a failure is on decides what else must be read: only a cause of the shop's can go by itself. */
async function withCause(
  admin: Admin,
  { contractId, cycleIndex, instrument, amount: { currency } }: CauseOf,
  facts: Facts,
): Promise<Facts> {
  const last = facts.attempts.at(-1)
  if (last?.outcome.type !== 'failed') return facts
  const evidence = evidenceFor(last.outcome.decline.code)
  if (evidence.length === 0) return facts
  const asked = {
    evidence,
    failedAt: last.createdAt,
    instrument: facts.method?.instrument ?? (instrument as Instrument | null),
    currency,
  }
  return { ...facts, ...(await readCause(admin, { contractId, cycleIndex }, asked)) }
}

type CauseOf = Pick<LoadedCase, 'contractId' | 'cycleIndex' | 'instrument' | 'amount'>

/** What became of a contract action goes back to the policy. */
async function answer(
  loaded: LoadedCase,
  worker: string,
  event: DunningEvent,
  facts: Facts,
  how: Drive,
): Promise<void> {
  await decideAndSave(await reload(loaded, worker), event, facts, worker, byEngine(how))
}

/** What follows from somebody's event is the engine's doing, on the timeline too. */
function byEngine(how: Drive): Drive {
  return { ...how, actor: 'engine' }
}

/** Decides and saves; what became of a charge may then engage or end the store-wide brake. */
async function decideAndSave(
  loaded: LoadedCase,
  event: DunningEvent,
  facts: Facts,
  worker: string,
  how: { actor: string; correlationId: string },
): Promise<Saved & { decision: Decision }> {
  const saved = await saveWhatIsDecided(loaded, event, facts, worker, how)
  await noteCharges(loaded, saved.decision, now())
  await wakeOthersOf(loaded, facts, saved.decision)
  return saved
}

/** Where this decline finishes the method, it does so for every contract that the method pays. */
async function wakeOthersOf({ shop }: LoadedCase, { method }: Facts, d: Decision): Promise<void> {
  const declines = [
    ...d.attempts.map((change) => change.decline),
    ...d.foreignAttempts.map(({ outcome }) => (outcome.type === 'failed' ? outcome.decline : null)),
  ]
  if (method && declines.some((decline) => decline?.class === 'STOP'))
    await wakeForStop(shop, method.id, now())
}

/**
 * Decides and saves, and gives the case back when nothing of it is left to do. What charges or writes is decided a
 * second time under the locks on cycle, method and customer, with what they have used up counted anew: two cases of one
 * card cannot both take its last attempt.
 */
async function saveWhatIsDecided(
  loaded: LoadedCase,
  event: DunningEvent,
  facts: Facts,
  worker: string,
  how: { actor: string; correlationId: string },
): Promise<Saved & { decision: Decision }> {
  const at = now()
  const before = chosenBefore(loaded, event)
  const decideOn = (known: LoadedCase) =>
    withTakenBack(known, event, decide(situation(known, facts, event, at)), before, at)
  const decision = decideOn(loaded)
  const lease = { by: worker, until: new Date(realNow().getTime() + LEASE_MS) }
  // What moves the brake is done with the case in hand, so that nobody sees it idle before the brake has heard of it.
  const save = (d: Decision): Saving => ({
    ...saving(how, event, at, facts),
    lease,
    releaseIfDone: !concernsBrake(loaded, d),
    keepsDue: before.length > 0 && d.takenBack === undefined,
  })
  // What was loaded counts for the method that the case knew; another method has a budget of its own.
  const isOtherMethod = facts.method !== null && facts.method.id !== loaded.methodId
  const needsBudget =
    isOtherMethod ||
    decision.commands.some(
      (command) => command.type === 'attempt_billing' || command.type === 'send_message',
    )
  if (!needsBudget) {
    const sameLook = decision.lookAgainAt?.getTime() === loaded.lookAgainAt?.getTime()
    const isRevoked = facts.method !== null && facts.method.revokedAt !== null
    const sameMethod = isRevoked === (loaded.methodRevokedAt !== null)
    const hasNews = hasEffect(decision) || event.type !== 'facts_read' || !sameLook || !sameMethod
    const saved = hasNews
      ? await saveDecision(pool, loaded, decision, save(decision))
      : { released: false, after: null }
    countAttempts(decision)
    return { ...saved, decision }
  }
  const client = await pool.connect()
  try {
    const budget = await beginWithBudget(client, loaded, facts.method?.id ?? null, at)
    const underLock = decideOn({ ...loaded, budget })
    // Sent together. When nothing was saved, there is nothing to commit.
    const [saved] = await Promise.all([
      saveDecision(client, { ...loaded, budget }, underLock, save(underLock)),
      client.query('COMMIT'),
    ])
    countAttempts(underLock)
    return { ...saved, decision: underLock }
  } catch (error) {
    await client.query('ROLLBACK').catch((broken) => log.warn({ error: broken }, 'rollback failed'))
    throw error
  } finally {
    client.release()
  }
}

function countAttempts({ attempts }: Decision): void {
  for (const { to } of attempts) count('attempts_total', { result: to })
}

function situation(loaded: LoadedCase, facts: Facts, event: DunningEvent, at: Date) {
  const { case: c, sequence, budget, switches, elsewhere } = loaded
  const own = factsOfCycle(facts, elsewhere)
  return { case: c, event, facts: own, sequence, budget, switches, now: at }
}

/**
 * Without the settled attempts that belong to another cycle: Shopify's lists may leave the cycle open to doubt, and
 * what counts for one debt must not end or steer another. A live one still blocks.
 */
function factsOfCycle(facts: Facts, elsewhere: readonly string[]): Facts {
  const isOurs = ({ shopifyId, outcome }: AttemptFact) =>
    !elsewhere.includes(shopifyId) ||
    outcome.type === 'pending' ||
    outcome.type === 'action_required'
  return elsewhere.length === 0 ? facts : { ...facts, attempts: facts.attempts.filter(isOurs) }
}

function saving(
  how: { actor?: string; correlationId: string },
  event: DunningEvent,
  at: Date,
  facts: Facts,
): Omit<Saving, 'lease'> {
  return {
    event,
    actor: how.actor ?? 'shopify',
    correlationId: how.correlationId,
    now: at,
    facts: {
      methodId: facts.method?.id ?? null,
      methodFingerprint: facts.method?.fingerprint ?? null,
      methodLabel: facts.method?.label ?? null,
      instrument: facts.method?.instrument ?? null,
      methodRevokedAt: facts.method?.revokedAt ?? null,
    },
  }
}

async function reload(loaded: LoadedCase, worker: string): Promise<LoadedCase> {
  const again = await claimCase(loaded.case.id, worker, null, now(), realNow())
  if (!again) throw new StaleCase(`${loaded.case.id} is gone`)
  return again
}

/** A try that did not get through: later again. Only our own faults count toward the cap, never an outage. */
async function putBack(loaded: LoadedCase, worker: string, error: unknown): Promise<void> {
  const { id } = loaded.case
  const { tries } = loaded
  const inMs = (ms: number) => new Date(now().getTime() + ms)
  const minute = 60_000
  if (error instanceof StaleCase)
    return releaseCase(loaded, worker, { at: now(), tries, deadReason: null })
  if (error instanceof ShopifyUnavailable || error instanceof EffectDelayed)
    return releaseCase(loaded, worker, {
      at: inMs(Math.max(error.retryAfterMs, outageWaitMs(loaded, now()))),
      tries,
      deadReason: null,
    })
  const dead = tries + 1 >= TRIES_BEFORE_DEAD
  await releaseCase(loaded, worker, {
    // Only the merchant can let us in again, so a shop that refuses us is asked for two days and then left.
    at: dead
      ? null
      : inMs(
          error instanceof ShopUnreachable ? 6 * 60 * minute : Math.min(2 ** tries, 60) * minute,
        ),
    tries: tries + 1,
    deadReason: dead ? String(error) : null,
  })
  if (dead) await tellIfSetAside(id, now())
}

/**
 * How long an outage is waited out before the next try: a quarter of the time that the case has been due, from a minute
 * to an hour. Days of outage then cost some tens of requests a case.
 */
function outageWaitMs({ case: c, lookAgainAt }: LoadedCase, at: Date): number {
  const dueMs = at.getTime() - (nextActionAt(c, lookAgainAt) ?? at).getTime()
  return Math.min(Math.max(dueMs / 4, 60_000), 3_600_000)
}

/** Waits for somebody else's claim to end. Real time: a claim lasts as long as a call to Shopify. */
async function waitForTurn<T>(work: () => Promise<T>): Promise<T> {
  const until = realNow().getTime() + BUSY_WAIT_MS
  for (let pause = 20; ; pause = Math.min(pause * 2, 400)) {
    try {
      return await work()
    } catch (error) {
      const again = error instanceof CaseBusy || error instanceof StaleCase
      if (!again || realNow().getTime() > until) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}
