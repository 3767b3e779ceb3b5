/**
 * One mail for several debts of one customer. When a notice is about to leave, the customer's other open cases are looked
 * at: what each of them would say within a day is said in this mail, and its own is not sent. Cases stay separate; so do
 * their dates, charges and outcomes.
 *
 * Called inside the claim on the case that writes. Another case that is being worked on is waited for; whoever holds it
 * does not wait for us, because a customer has one message at a time. Is it busy still, the mail is written a minute
 * later, and after some minutes without it: its own notice then comes a day later.
 */
import { randomUUID } from 'node:crypto'
import type { PoolClient } from 'pg'
import { now, realNow } from '../clock.server.ts'
import { db, inTransaction, pool } from '../db.server.ts'
import { log } from '../log.server.ts'
import { isPaymentLane } from '../messages/default-templates/language.ts'
import { caseLink } from '../messages/links.server.ts'
import type { OtherDebt } from '../messages/render.ts'
import { type Admin, adminFor } from '../shopify/admin.server.ts'
import { readFacts, readOwed } from '../shopify/facts.server.ts'
import {
  CaseBusy,
  claimCase,
  type Intent,
  type LoadedCase,
  loadCase,
  orderTitle,
  owedNow,
  releaseCase,
  type Saving,
  StaleCase,
  saveDecision,
  WOKEN,
} from './cases.server.ts'
import { newClaimant } from './claims.server.ts'
import {
  decide,
  MESSAGE_GAP_HOURS,
  nothingOwed,
  ONE_MESSAGE_A_DAY,
  type Situation,
} from './decide.ts'
import { isTerminal, nextActionAt, scheduled } from './due.ts'
import { wallTime } from './schedule.ts'
import { tellCase } from './timeline.server.ts'
import type { Decision, DunningEvent, Facts, MessageStage, StepRun } from './types.ts'

export type Together = {
  others: OtherDebt[]
  /** Somebody works on another case of the customer, so it is not known whether it belongs here. */
  isBusy: boolean
  /** Writes on the other cases that they are told of here: before the mail leaves, and after it can no longer be held. */
  tell(): Promise<void>
  /** Gives the other cases back as they were, unless they were told. */
  giveBack(): Promise<void>
}

type MessageIntent = Extract<Intent, { type: 'message' }>
export type Gather = (loaded: LoadedCase, intent: MessageIntent) => Promise<Together>

type How = {
  /** Brings a case up to date; throws when somebody else works on it. */
  look: (caseId: string) => Promise<void>
  situation: (loaded: LoadedCase, facts: Facts, event: DunningEvent, at: Date) => Situation
  saving: (event: DunningEvent, at: Date, facts: Facts) => Omit<Saving, 'lease'>
}

const ALONE: Together = {
  others: [],
  isBusy: false,
  tell: async () => {},
  giveBack: async () => {},
}

/** Stages that speak of a debt and may speak of several. */
const NOTICES: readonly MessageStage[] = ['first', 'reminder', 'options', 'plan', 'last']

/** Cases of one customer that are looked at for one mail. Ours: nobody has more subscriptions that fail at once. */
const MOST_CASES = 12

/** All cases that somebody works on are waited for so long together. Real milliseconds; a tenth of a claim. Ours. */
const BUSY_WAIT_MS = 3_000

const isBusyError = (error: unknown) => error instanceof CaseBusy || error instanceof StaleCase

async function whenFree<T>(untilMs: number, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isBusyError(error) || realNow().getTime() > untilMs) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export async function gatherDebts(
  loaded: LoadedCase,
  intent: MessageIntent,
  how: How,
): Promise<Together> {
  const { lane } = loaded.case
  if (intent.channel !== 'email' || !NOTICES.includes(intent.stage)) return ALONE
  if (!loaded.customerId || lane === null || !isPaymentLane(lane)) return ALONE
  const { rows: found } = await pool.query<{ id: string; isTold: boolean }>({
    name: 'other-debts',
    text: `SELECT c.id, EXISTS (SELECT FROM "Message" m WHERE m."caseId" = c.id AND m."mergedInto" = $4) AS "isTold"
             FROM "RecoveryCase" c
            WHERE c.shop = $1 AND c."customerId" = $2 AND c.id <> $3 AND c."closedAt" IS NULL AND c."deadReason" IS NULL
            ORDER BY c."openedAt" LIMIT ${MOST_CASES}`,
    values: [loaded.shop, loaded.customerId, loaded.case.id, intent.id],
  })
  if (found.length === 0) return ALONE
  const admin = await adminFor(loaded.shop)
  const others: OtherDebt[] = []
  const joining: Joining[] = []
  let isBusy = false
  const untilMs = realNow().getTime() + BUSY_WAIT_MS
  for (const { id, isTold } of found) {
    try {
      // Told of already, by a try that SendGrid did not take.
      if (isTold) {
        const again = await loadCase(loaded.shop, id, now())
        if (again && !nothingOwed(await readOwed(admin, again))) others.push(debtOf(again))
        continue
      }
      await whenFree(untilMs, () => how.look(id))
      const joins = await whenFree(untilMs, () => join(admin, id, loaded, intent, how))
      if (!joins) continue
      joining.push(joins)
      others.push(debtOf(joins.loaded))
    } catch (error) {
      isBusy ||= isBusyError(error)
      // Shopify is slow: this mail does not wait for it.
      log.info({ error, caseId: id }, 'another debt of the customer is not told of in this mail')
    }
  }
  return {
    others,
    isBusy,
    async tell() {
      for (const one of joining.splice(0)) {
        await saveDecision(pool, one.loaded, one.decision, { ...one.saving, lease: null }).catch(
          (error: unknown) => log.warn({ error }, 'a case could not note where it was told of'),
        )
      }
    },
    async giveBack() {
      for (const { loaded: other, worker } of joining.splice(0)) await release(other, worker)
    },
  }
}

type Joining = {
  loaded: LoadedCase
  worker: string
  decision: Decision
  saving: Omit<Saving, 'lease'>
}

/** Claims the case if its own notice of this kind would go out now, were it alone; else null, and it is free again. */
async function join(
  admin: Admin,
  id: string,
  teller: LoadedCase,
  intent: MessageIntent,
  how: How,
): Promise<Joining | null> {
  const worker = newClaimant()
  const loaded = await claimCase(id, worker, null, now(), realNow())
  if (!loaded) return null
  let joins: Joining | null = null
  try {
    const run = await soonDue(loaded, intent.stage)
    if (run) joins = await decideAlone(admin, loaded, run, worker, teller, intent, how)
    return joins
  } finally {
    if (!joins) await release(loaded, worker)
  }
}

/** Its e-mail of this stage that is due within a day, with no charge before it that may make it needless. */
async function soonDue({ case: c }: LoadedCase, stage: MessageStage): Promise<StepRun | null> {
  if (isTerminal(c.state) || c.lane === null || !isPaymentLane(c.lane)) return null
  const run = scheduled(c).find((one) => one.kind === 'email' && one.stage === stage)
  if (!run) return null
  if (scheduled(c).some(({ kind, dueAt }) => kind === 'retry' && dueAt <= run.dueAt)) return null
  if (run.dueAt.getTime() - now().getTime() <= MESSAGE_GAP_HOURS * 3_600_000) return run
  // Put off only because the customer hears of the other debt now.
  const row = await db.stepRun.findUnique({ where: { id: run.id }, select: { reason: true } })
  return row?.reason === ONE_MESSAGE_A_DAY ? run : null
}

async function decideAlone(
  admin: Admin,
  loaded: LoadedCase,
  run: StepRun,
  worker: string,
  teller: LoadedCase,
  intent: MessageIntent,
  how: How,
): Promise<Joining | null> {
  const at = now()
  const facts = await readFacts(admin, loaded)
  const dueNow = loaded.case.steps.map((step) =>
    step.id === run.id ? { ...step, dueAt: at } : step,
  )
  const event: DunningEvent = { type: 'step_due', stepRunId: run.id }
  const alone = {
    ...loaded,
    case: { ...loaded.case, steps: dueNow },
    budget: { ...loaded.budget, lastMessageAt: null },
  }
  const decision = decide(how.situation(alone, facts, event, at))
  const sends = decision.commands.some(
    (command) => command.type === 'send_message' && command.stepRunId === run.id,
  )
  if (!sends) return null
  const because = `told in the mail about ${teller.productTitle ?? 'another subscription'}`
  return {
    loaded,
    worker,
    saving: how.saving(event, at, facts),
    decision: {
      ...decision,
      because: `${run.stepKey} is not sent by itself: ${because}`,
      steps: decision.steps.map((change) =>
        change.stepRunId === run.id ? { stepRunId: run.id, to: 'skipped', because } : change,
      ),
      commands: decision.commands.map((command) =>
        command.type === 'send_message' && command.stepRunId === run.id
          ? { ...command, mergedInto: intent.id }
          : command,
      ),
    },
  }
}

function release(loaded: LoadedCase, worker: string): Promise<void> {
  const at = nextActionAt(loaded.case, loaded.lookAgainAt)
  return releaseCase(loaded, worker, { at, tries: loaded.tries, deadReason: null })
}

function debtOf(loaded: LoadedCase): OtherDebt {
  const link = caseLink(loaded.case.id, loaded.linkTurn)
  return { productTitle: orderTitle(loaded), amount: owedNow(loaded), link }
}

/** The mail did not go out after all, so nobody was told in it either. */
export async function forgetMerged(messageId: string, because: string): Promise<void> {
  if ((await db.message.count({ where: { mergedInto: messageId, state: 'merged' } })) === 0) return
  await inTransaction(async (client) => {
    await client.query(
      `SELECT FROM "RecoveryCase" WHERE id IN (
         SELECT "caseId" FROM "Message" WHERE "mergedInto" = $1 AND state = 'merged') ORDER BY id FOR UPDATE`,
      [messageId],
    )
    await tellByThemselves(client, messageId, because)
  })
}

type Untold = {
  caseId: string
  /** Null: its notice does not fit any more, or must not be sent. */
  stepRunId: string | null
  zone: string
}

/**
 * What a mail was to tell of other debts, and did not: each case says so, and its notice comes due once more, now, under
 * all rules that hold for a notice. Not where the case has ended, changed its lane or written since, and not to somebody
 * who is not written to. Their cases are locked.
 */
export async function tellByThemselves(
  client: PoolClient,
  messageId: string,
  because: string,
): Promise<void> {
  const { rows } = await client.query<Untold>(
    `WITH untold AS (
       UPDATE "Message" SET state = 'failed', reason = $2 WHERE "mergedInto" = $1 AND state = 'merged' RETURNING *
     )
     SELECT u."caseId", r.id AS "stepRunId", c.zone
       FROM untold u
       JOIN "RecoveryCase" c ON c.id = u."caseId"
       LEFT JOIN "StepRun" r ON r.id = u."stepRunId" AND r.lane = c.lane AND c."closedAt" IS NULL
         AND NOT EXISTS (SELECT FROM "StepRun" x WHERE x."caseId" = c.id AND x."stepKey" = r."stepKey" AND x.state = 'scheduled')
         AND NOT EXISTS (SELECT FROM "Message" x WHERE x."caseId" = c.id AND x."createdAt" > u."createdAt"
                            AND x."countsTowardCap" AND x.state NOT IN ('suppressed', 'failed'))
         AND NOT EXISTS (SELECT FROM "Suppression" p JOIN "Message" teller ON teller.id = $1
                          WHERE p.shop = c.shop AND (p.recipient = teller."addressHash" AND p.channel IN ('email', 'all')
                                                  OR p.recipient = c."customerId" AND p.channel = 'all'))`,
    [messageId, because],
  )
  const at = now()
  for (const { caseId, stepRunId, zone } of rows) {
    const said = `the mail that told of it was not sent: ${because}`
    if (stepRunId === null) {
      await tellCase(client, caseId, 'message_failed', said)
      continue
    }
    await client.query(
      `INSERT INTO "StepRun" (id, "caseId", "versionId", "stepKey", occurrence, lane, kind, template, "dueAt", "wallTime", zone, state)
       SELECT $2, "caseId", "versionId", "stepKey",
              (SELECT max(x.occurrence) + 1 FROM "StepRun" x WHERE x."caseId" = r."caseId" AND x."stepKey" = r."stepKey"),
              lane, kind, template, $3, $4, $5, 'scheduled'
         FROM "StepRun" r WHERE id = $1`,
      [stepRunId, randomUUID(), at, wallTime(at, zone), zone],
    )
    await client.query(`UPDATE "RecoveryCase" c SET ${WOKEN('$2')} WHERE id = $1`, [caseId, at])
    await tellCase(client, caseId, 'message_failed', `${said}; its own notice is due now`)
  }
}
