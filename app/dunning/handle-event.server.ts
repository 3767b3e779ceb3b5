/**
 * The shell around the policy: claim a case, read the facts again, decide, save decision and intents together, act,
 * write down the answer. Whatever woke the case (a webhook, a due step, a button) goes this one way.
 */
import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { now, realNow } from '../clock.server.ts'
import { db, pool } from '../db.server.ts'
import { log } from '../log.server.ts'
import {
  type Admin,
  adminFor,
  ShopifyUnavailable,
  ShopUnreachable,
} from '../shopify/admin.server.ts'
import {
  findCycleOfAttempt,
  readAttempt,
  readFacts,
  readForOpening,
} from '../shopify/facts.server.ts'
import {
  beginWithBudget,
  CaseBusy,
  caseOfAttempt,
  casesOfCycle,
  claimCase,
  hasEffect,
  LEASE_MS,
  type LoadedCase,
  loadCase,
  openCasesOf,
  planForNewCase,
  releaseCase,
  releaseIfDone,
  type Saving,
  StaleCase,
  saveDecision,
  saveOpening,
} from './cases.server.ts'
import { newClaimant } from './claims.server.ts'
import { decide } from './decide.ts'
import { dueEvent, isTerminal, nextActionAt } from './due.ts'
import { openCase } from './open-case.ts'
import { EffectDelayed, performAttempt, performIntents } from './perform.server.ts'
import { zoneFor } from './schedule.ts'
import type { Decision, DunningEvent, Facts } from './types.ts'

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
  try {
    const because = await waitForTurn(() =>
      drive(input.caseId, { ...input, handOver: null, event: input.event }),
    )
    return { because: because ?? 'nothing to do' }
  } catch (error) {
    if (error instanceof CaseBusy)
      return { error: 'This case is being worked on right now. Try again in a moment.' }
    if (error instanceof ShopifyUnavailable)
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

/** What the sweep found due. Never throws: a case that does not get through is put back, or set aside. */
export async function handleDue(caseId: string, handOver: string): Promise<void> {
  const correlationId = randomUUID()
  try {
    await drive(caseId, { actor: 'engine', correlationId, handOver, event: null })
  } catch (error) {
    if (error instanceof CaseBusy || error instanceof StaleCase) return // whoever holds it goes on
    log.error({ error, caseId, correlationId }, 'a due case could not be handled')
  }
}

// ---------------------------------------------------------------- what webhooks lead to

type Told = { shop: string; correlationId: string }

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
  const opened = await openFor(admin, row, read.contractId, cycle.cycleIndex, cases, told)
  if (opened === 'raced') {
    const again = await casesOfCycle(shop, read.contractId, cycle.cycleIndex)
    if (again.open) await lookAgain(again.open, told)
  }
}

/** The contract, one of its cycles or their edits changed. */
export async function lookAtContract(told: Told & { contractId: string }): Promise<void> {
  for (const id of await openCasesOf(told.shop, told)) await lookAgain(id, told)
}

/** A payment method was made, updated or revoked: every open case that uses it or could. */
export async function lookAtPaymentMethod(
  told: Told & { methodId: string; customerId: string | null },
): Promise<void> {
  for (const id of await openCasesOf(told.shop, told)) await lookAgain(id, told)
}

/** After an uninstall: every open case of the shop stands still, in one statement. */
export async function freezeShop({ shop, correlationId }: Told): Promise<number> {
  const { rowCount } = await pool.query(
    `WITH frozen AS (
       UPDATE "RecoveryCase" SET status = 'held', reason = 'uninstalled', "frozenAt" = $2, "nextActionAt" = NULL,
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
  await pool.query(
    `INSERT INTO "StaffTask" (id, shop, kind, title, body, "createdAt", subject)
     VALUES ($1, $2, 'unknown_cycle', $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
    [
      randomUUID(),
      shop,
      'A failed charge fits no billing cycle',
      `Another biller's charge ${attemptId} of ${contractId} failed, and Shopify does not say for which cycle. We never guess: check this subscription in Shopify.`,
      now(),
      attemptId,
    ],
  )
}

// ---------------------------------------------------------------- opening

type ShopRow = {
  shop: string
  zone: string
  emailFromHour: number
  emailUntilHour: number
  name: string
  senderName: string | null
  replyTo: string | null
  email: string | null
  stoppedAt: Date | null
  stoppedBy: string | null
}

async function openFor(
  admin: Admin,
  shop: ShopRow,
  contractId: string,
  cycleIndex: number,
  earlier: Awaited<ReturnType<typeof casesOfCycle>>,
  told: Told,
): Promise<'opened' | 'nothing to open' | 'raced'> {
  const plan = await planForNewCase(shop.shop)
  if (!plan) return 'nothing to open'
  const read = await readForOpening(admin, { contractId, cycleIndex })
  const { facts, customer } = read
  const { zone, source: zoneSource } = zoneFor(
    customer?.country ?? null,
    customer?.province ?? null,
    shop.zone,
  )
  const emailWindow = { fromHour: shop.emailFromHour, untilHour: shop.emailUntilHour }
  const fresh = openCase({
    id: randomUUID(),
    facts,
    sequence: plan.sequence,
    zone,
    emailWindow,
    known: earlier.attempts,
  })
  if (!fresh) return 'nothing to open'
  const at = now()
  const opening: LoadedCase = {
    shop: shop.shop,
    contractId,
    cycleIndex,
    version: 0,
    case: fresh,
    sequence: plan.sequence,
    sequenceVersionId: plan.id,
    switches: {
      stopped: shop.stoppedAt
        ? `${shop.stoppedBy ?? 'staff'} stopped recovery for this shop`
        : null,
      uninstalled: false,
      suppressed: null,
      smsReady: false,
    },
    budget: { methodAttempts30d: 0, methodStopUntil: null, lastMessageAt: null },
    intents: [],
    lookAgainAt: null,
    customerId: customer?.id ?? null,
    customerLocale: customer?.locale ?? null,
    productTitle: read.productTitle,
    methodId: facts.method?.id ?? null,
    methodLabel: facts.method?.label ?? null,
    instrument: facts.method?.instrument ?? null,
    amount: read.amount,
    tries: 0,
    correlationId: told.correlationId,
    shopName: shop.senderName ?? shop.name,
    replyTo: shop.replyTo ?? shop.email,
  }
  const decision = decide(situation(opening, facts, { type: 'facts_read' }, at))
  if (isTerminal(decision.state)) return 'nothing to open' // paid, skipped or cancelled before we looked
  const saved = await saveOpening(
    {
      ...opening,
      zoneSource,
      source: 'webhook',
      predecessorId: earlier.predecessor,
      customerName: customer?.name ?? null,
    },
    { ...decision, because: `a payment failed and the case was opened: ${decision.because}` },
    { ...saving(told, { type: 'facts_read' }, at, facts), lease: null },
  )
  return saved ? 'opened' : 'raced'
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
async function drive(caseId: string, how: Drive): Promise<string | null> {
  const worker = newClaimant()
  const claimed = await claimCase(caseId, worker, how.handOver, now(), realNow())
  if (!claimed) return null
  let loaded: LoadedCase = claimed
  let event = how.event
  let first: string | null = null
  try {
    for (let round = 0; ; round++) {
      if (round === ROUNDS)
        throw new Error(`The case still has something due after ${ROUNDS} rounds.`)
      if (loaded.intents.length > 0) {
        await performIntents(loaded, worker, how, (done, facts) =>
          answer(loaded, worker, done, facts, how),
        )
        loaded = await reload(loaded, worker)
        continue // an effect may have led to another: a pause to the message that tells of it
      }
      const due = nextActionAt(loaded.case, loaded.lookAgainAt)
      if (!event && !(due && due <= now())) break
      const decided = event ?? dueEvent(loaded.case, now())
      const because = await decideAndAct(loaded, decided, worker, how)
      first ??= because
      event = null
      // Only a look may save nothing; every other event has just saved when the case is next due.
      if (decided.type !== 'facts_read' && (await releaseIfDone(caseId, worker, now()))) return first
      loaded = await reload(loaded, worker)
    }
    const at = nextActionAt(loaded.case, loaded.lookAgainAt)
    await releaseCase(caseId, worker, { at, tries: 0, deadReason: null })
    return first
  } catch (error) {
    await putBack(loaded, worker, error)
    throw error
  }
}

async function decideAndAct(
  loaded: LoadedCase,
  event: DunningEvent,
  worker: string,
  how: Drive,
): Promise<string> {
  const admin = await adminFor(loaded.shop)
  const facts = await readFacts(admin, loaded)
  const { because, commands } = await decideAndSave(loaded, event, facts, worker, how)
  const resend = commands.find((command) => command.type === 'resend_attempt')?.attemptId ?? null
  if (resend || commands.some((command) => command.type === 'attempt_billing')) {
    const current = await reload(loaded, worker)
    const answered = await performAttempt(admin, current, resend)
    if (answered) await decideAndSave(current, answered, facts, worker, how)
  }
  return because
}

/** What became of a contract action goes back to the policy. */
async function answer(
  loaded: LoadedCase,
  worker: string,
  event: DunningEvent,
  facts: Facts,
  how: Drive,
): Promise<void> {
  await decideAndSave(await reload(loaded, worker), event, facts, worker, how)
}

/**
 * Decides and saves. What charges or writes is decided a second time under the locks on cycle, method and customer,
 * with what they have used up counted anew: two cases of one card cannot both take its last attempt.
 */
async function decideAndSave(
  loaded: LoadedCase,
  event: DunningEvent,
  facts: Facts,
  worker: string,
  how: { actor: string; correlationId: string },
): Promise<Decision> {
  const at = now()
  const decision = decide(situation(loaded, facts, event, at))
  const lease = { by: worker, until: new Date(realNow().getTime() + LEASE_MS) }
  const save = { ...saving(how, event, at, facts), lease }
  const needsBudget = decision.commands.some(
    (command) => command.type === 'attempt_billing' || command.type === 'send_message',
  )
  if (!needsBudget) {
    const sameLook = decision.lookAgainAt?.getTime() === loaded.lookAgainAt?.getTime()
    if (hasEffect(decision) || event.type !== 'facts_read' || !sameLook)
      await saveDecision(pool, loaded, decision, save)
    return decision
  }
  return inTransaction(async (client) => {
    const budget = await beginWithBudget(client, loaded, facts.method?.id ?? null, at)
    const underLock = decide(situation({ ...loaded, budget }, facts, event, at))
    await saveDecision(client, loaded, underLock, save)
    return underLock
  })
}

function situation(loaded: LoadedCase, facts: Facts, event: DunningEvent, at: Date) {
  const { case: c, sequence, budget, switches } = loaded
  return { case: c, event, facts, sequence, budget, switches, now: at }
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
    return releaseCase(id, worker, { at: now(), tries, deadReason: null })
  if (error instanceof ShopifyUnavailable || error instanceof EffectDelayed)
    return releaseCase(id, worker, {
      at: inMs(Math.max(error.retryAfterMs, minute)),
      tries,
      deadReason: null,
    })
  if (error instanceof ShopUnreachable)
    return releaseCase(id, worker, { at: inMs(6 * 60 * minute), tries, deadReason: null })
  const dead = tries + 1 >= TRIES_BEFORE_DEAD
  await releaseCase(id, worker, {
    at: dead ? null : inMs(Math.min(2 ** tries, 60) * minute),
    tries: tries + 1,
    deadReason: dead ? String(error) : null,
  })
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

/** `work` begins the transaction itself, together with its first statement. */
async function inTransaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    const result = await work(client)
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch((broken) => log.warn({ error: broken }, 'rollback failed'))
    throw error
  } finally {
    client.release()
  }
}
