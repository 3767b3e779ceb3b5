/**
 * One command, one effect. Each is written down as an intent before the call and settled after it, so that a worker
 * killed in between is followed by one that knows what was begun.
 */
import { randomUUID } from 'node:crypto'
import { now, realNow } from '../clock.server.ts'
import { db, pool } from '../db.server.ts'
import { log } from '../log.server.ts'
import { unsubscribeLink } from '../messages/links.server.ts'
import { noticeMail } from '../messages/notice-mail.server.ts'
import { recipientHash } from '../messages/recipients.server.ts'
import type { OtherDebt } from '../messages/render.ts'
import { sendForShop } from '../messages/sender-domain.server.ts'
import { count } from '../metrics.server.ts'
import { type Admin, adminFor, ShopifyUnavailable } from '../shopify/admin.server.ts'
import { createAttempt } from '../shopify/billing.server.ts'
import {
  activateContract,
  cancelContract,
  type Done,
  pauseContract,
  skipCycle,
} from '../shopify/contracts.server.ts'
import { type Recipient, readFacts, readOwed, readRecipient } from '../shopify/facts.server.ts'
import { NOT_OURS, putSmaller, putWhole, SKIPPED } from '../shopify/order-edits.server.ts'
import { afterDecision } from './after-decision.ts'
import { ASKED, type Intent, type LoadedCase, renewLease } from './cases.server.ts'
import { nothingOwed } from './decide.ts'
import { isLive, isTerminal } from './due.ts'
import { nextChargeAt } from './limits.ts'
import { noticeInput, type Prepared } from './notice-input.server.ts'
import { forgetMerged, type Gather } from './one-mail.server.ts'
import { localDate } from './schedule.ts'
import { isOfferStep } from './sequence.ts'
import { prepareText } from './texts.server.ts'
import type {
  Attempt,
  AttemptTrigger,
  Decision,
  DunningEvent,
  Facts,
  FinalAction,
  MessageStage,
  RecoveryCase,
  SmallerOrder,
} from './types.ts'

/** A mail that SendGrid would not take is tried again after so long, for a day. Minutes, world time. */
const MAIL_RETRY_MINUTES = 10
const MAIL_GIVE_UP_HOURS = 24

/** A message waits so long for what becomes of a charge, and then again. Minutes, world time. */
const CHARGE_MINUTES = 30

/** A final action that did not get through is tried again after so long. Minutes, world time. */
const ACTION_RETRY_MINUTES = 15

type Who = { actor: string; correlationId: string }

/** An effect did not get through and surely did not happen: the case is taken up again later. */
export class EffectDelayed extends Error {
  override name = 'EffectDelayed'
  readonly retryAfterMs: number
  constructor(message: string, retryAfterMs: number) {
    super(message)
    this.retryAfterMs = retryAfterMs
  }
}

/**
 * Sends the charge that was just written down, or, with `resend`, one in doubt again under its same key. Answers what
 * Shopify said; null when there is nothing to send.
 */
export async function performAttempt(
  admin: Admin,
  loaded: LoadedCase,
  resend: string | null,
  worker: string,
): Promise<DunningEvent | null> {
  const attempt = loaded.case.attempts.find((a) =>
    resend ? a.id === resend : a.state === 'intended',
  )
  if (!attempt) return null
  const { contractId, cycleIndex } = loaded
  const attemptId = attempt.id
  const unlike = await putOrder(admin, loaded, { attemptId, worker, isAgain: resend !== null })
  if (unlike) return unlike
  const result = await createAttempt(admin, {
    contractId,
    cycleIndex,
    key: attempt.key,
    actor: ASKED_BY[attempt.trigger] ?? 'PARTNER',
  })
  switch (result.type) {
    case 'accepted':
      return { type: 'attempt_accepted', attemptId, shopifyId: result.attempt.shopifyId }
    case 'refused':
      return { type: 'attempt_refused', attemptId, code: result.code }
    case 'not_accepted': {
      const retryAt = new Date(now().getTime() + Math.max(result.retryAfterMs, 60_000))
      return { type: 'attempt_not_accepted', attemptId, retryAt, because: result.because }
    }
    case 'unknown':
      return { type: 'attempt_unanswered', attemptId, because: result.because }
  }
}

/**
 * Makes the cycle's order what the shopper chose, before it is charged; null: so it is. Written down first, so that it
 * is taken back whatever becomes of this worker.
 */
async function putOrder(
  admin: Admin,
  loaded: LoadedCase,
  { attemptId, worker, isAgain }: { attemptId: string; worker: string; isAgain: boolean },
): Promise<DunningEvent | null> {
  const { orderInPlace } = loaded
  const { id, smaller } = loaded.case
  if (!smaller && !orderInPlace) return null
  // An order takes many requests. Whoever has lost the case meanwhile changes nothing any more.
  const hold = () => renewLease(id, worker, realNow())
  const held = beforeEachRequest(admin, hold)
  try {
    const isSame = orderInPlace && JSON.stringify(orderInPlace) === JSON.stringify(smaller)
    // One of an earlier charge that could not be taken back is made anew: its payment method may be that of then.
    const whole =
      orderInPlace && !(isSame && isAgain)
        ? await putWhole(held, loaded, orderInPlace, now())
        : DONE
    if (whole.ok && smaller) await keepInPlace(id, smaller)
    const put = whole.ok && smaller ? await putSmaller(held, loaded, smaller) : whole
    await hold()
    return put.ok ? null : { type: 'order_not_changed', attemptId, because: put.message }
  } catch (error) {
    if (!(error instanceof ShopifyUnavailable)) throw error
    const retryAt = new Date(now().getTime() + Math.max(error.retryAfterMs, 60_000))
    return { type: 'attempt_not_accepted', attemptId, retryAt, because: error.message }
  }
}

const DONE = { ok: true } as const

function beforeEachRequest(admin: Admin, first: () => Promise<void>): Admin {
  return {
    ...admin,
    async request<T>(document: string, variables?: object) {
      await first()
      return admin.request<T>(document, variables)
    },
  }
}

async function keepInPlace(caseId: string, smaller: SmallerOrder): Promise<void> {
  await pool.query({
    name: 'keep-smaller-order',
    text: `INSERT INTO "ContractAction" (id, "caseId", kind, before, after, state, at)
           VALUES ($1, $2, 'smaller_order', 'whole', $3, 'done', $4)
           ON CONFLICT ("caseId", kind) DO UPDATE
             SET state = 'done', after = excluded.after, at = excluded.at, "undoneAt" = NULL`,
    values: [randomUUID(), caseId, JSON.stringify(smaller), now()],
  })
}

/** Whose press a charge answers. A schedule is ours: the app partner's. */
const ASKED_BY: Partial<Record<AttemptTrigger, 'CUSTOMER' | 'MERCHANT'>> = {
  shopper: 'CUSTOMER',
  merchant: 'MERCHANT',
}

type Answer = (event: DunningEvent, facts: Facts) => Promise<void>

/**
 * Messages and contract actions that are written down and not finished. A message that must wait stops nothing else of
 * its case, and is answered; a final action that must wait is thrown, because nothing may overtake it.
 */
export async function performIntents(
  loaded: LoadedCase,
  worker: string,
  who: Who,
  answer: Answer,
  gather: Gather,
): Promise<EffectDelayed | null> {
  let delayed: EffectDelayed | null = null
  for (const intent of loaded.intents) {
    await renewLease(loaded.case.id, worker, realNow())
    if (intent.type === 'message')
      delayed = (await performMessage(loaded, intent, worker, who, gather)) ?? delayed
    else await performAction(loaded, intent, who, answer)
  }
  return delayed
}

// ---------------------------------------------------------------- messages

type MessageIntent = Extract<Intent, { type: 'message' }>

async function performMessage(
  loaded: LoadedCase,
  intent: MessageIntent,
  worker: string,
  who: Who,
  gather: Gather,
): Promise<EffectDelayed | null> {
  const { id } = intent
  const settle = (state: Settled, because: string, providerId: string | null = null) =>
    settleMessage(loaded, id, who, state, because, providerId)
  // Begun before a crash, and nobody knows how it ended: never sent again blindly.
  if (intent.state === 'sending')
    return settle('uncertain', 'the worker stopped while this message was being sent')
  const { switches } = loaded
  const halt = switches.uninstalled
    ? 'the app was uninstalled'
    : (switches.stopped ?? switches.suppressed)
  const unfit = halt ?? whyUnfit(loaded.case, intent.stage, switches)
  if (unfit) return settle('suppressed', `not sent: ${unfit}`)
  if (!loaded.customerId) return settle('suppressed', 'not sent: the contract has no customer')
  // Paid in a moment, perhaps: a reminder beside a charge would ask for what has just been given.
  if (!isReceipt(intent) && loaded.case.attempts.some(isUnsettled))
    return tryMessageLater(loaded, intent, who, CHARGE_UNDER_WAY, later(CHARGE_MINUTES))

  const admin = await adminFor(loaded.shop)
  const together = await gather(loaded, intent)
  const age = now().getTime() - intent.createdAt.getTime()
  try {
    // Looking at many cases may have taken long.
    if (together.others.length > 0) await renewLease(loaded.case.id, worker, realNow())
    if (together.isBusy && age < OTHERS_MINUTES * 60_000)
      return await tryMessageLater(
        loaded,
        intent,
        who,
        OTHERS_BUSY,
        new Date(now().getTime() + 60_000),
      )
    const prepared =
      intent.channel === 'sms'
        ? await prepareText(loaded, intent)
        : await prepareMail(admin, loaded, intent, together.others)
    if (prepared.type === 'wait')
      return tryMessageLater(loaded, intent, who, prepared.because, prepared.until)
    if (prepared.type === 'not_sent') return settle('suppressed', prepared.because)
    // The facts are as old as the words by now.
    const unowed = isReceipt(intent) ? null : nothingOwed(await readOwed(admin, loaded))
    if (unowed) return settle('suppressed', unowed)
    // Recorded before sending, not after: sending takes no idempotency key, and one reminder lost is better than the
    // same reminder twice.
    const begun = await beginMessage(loaded, intent, worker, prepared)
    if (begun !== 'begun') return begun === null ? null : settle('suppressed', begun)
    await together.tell()
    const result = await prepared.send()
    const what = intent.channel === 'sms' ? 'text' : 'e-mail'
    switch (result.state) {
      case 'sent':
        return settle('sent', prepared.sentAs, result.providerId)
      case 'uncertain':
        return settle('uncertain', `nobody knows whether the ${what} went out: ${result.because}`)
      case 'failed':
        if (result.block) await blockNumber(loaded.shop, prepared.message.addressHash, result.block)
        return settle('failed', `the ${what} was not sent: ${result.because}`)
      case 'try_later':
        return tryMessageLater(loaded, intent, who, result.because)
    }
  } finally {
    await together.giveBack()
  }
}

/** Asked of Shopify, and without a result. A bank's challenge is none: the shopper must hear of it. */
function isUnsettled(attempt: Attempt): boolean {
  return isLive(attempt) && attempt.state !== 'action_required'
}

const CHARGE_UNDER_WAY = 'a charge is under way'

function later(minutes: number): Date {
  return new Date(now().getTime() + minutes * 60_000)
}

/** It tells how things ended, so it goes out although nothing is owed any more. */
function isReceipt({ stage }: { stage: MessageStage }): boolean {
  return stage === 'recovered' || stage === 'ended'
}

/**
 * The last look, under the lock on the case: who said stop, was erased or was stopped since hears nothing. Answers why it
 * is not sent, or null when somebody else has the message or the case.
 */
async function beginMessage(
  loaded: LoadedCase,
  intent: MessageIntent,
  worker: string,
  { message, isOffer }: Extract<Prepared, { type: 'ready' }>,
): Promise<'begun' | string | null> {
  const { shop, customerId } = loaded
  const client = await pool.connect()
  try {
    // A snapshot of its own for each: what was written while we waited for the lock is seen.
    const locked = client.query(
      `BEGIN; SELECT FROM "RecoveryCase" WHERE id = ${client.escapeLiteral(loaded.case.id)}::uuid FOR UPDATE`,
    )
    const asked = client.query<LastLook>({
      name: 'last-look',
      text: `SELECT c.status, c."closedAt", c."leaseBy", s."stoppedAt", s."uninstalledAt",
                    (SELECT reason FROM "Suppression" p WHERE p.shop = $2
                        AND (p.recipient = $3 AND p.channel IN ($4, 'all') OR p.recipient = $5 AND p.channel = 'all') LIMIT 1) AS blocked,
                    (SELECT reason FROM "Suppression" p WHERE p.shop = $2
                        AND p.recipient IN ($3, $5) AND p.channel = 'offers' LIMIT 1) AS "noOffers"
               FROM "RecoveryCase" c JOIN "Shop" s ON s.shop = c.shop WHERE c.id = $1`,
      values: [loaded.case.id, shop, message.addressHash, intent.channel, customerId],
    })
    const [, { rows }] = await Promise.all([locked, asked])
    const row = rows[0]
    if (row?.leaseBy !== worker) {
      await client.query('ROLLBACK')
      return null
    }
    const why =
      (row.uninstalledAt && 'the app was uninstalled') ??
      (row.stoppedAt && 'recovery was stopped for this shop') ??
      (row.closedAt && !isReceipt(intent) ? `the case is ${row.status} by now` : null) ??
      row.blocked ??
      (isOffer ? row.noOffers : null)
    const begun = client.query({
      name: 'begin-message',
      text: `UPDATE "Message" SET state = 'sending', subject = $2, template = $3, locale = $4, "addressHash" = $5, "smsSegments" = $6
              WHERE id = $1 AND state = 'intended' AND $7::text IS NULL`,
      values: [
        intent.id,
        message.subject,
        intent.stage,
        message.locale,
        message.addressHash,
        message.smsSegments,
        why,
      ],
    })
    const [{ rowCount }] = await Promise.all([begun, client.query('COMMIT')])
    if (why !== null) return `not sent: ${why}`
    return rowCount === 1 ? 'begun' : null
  } catch (error) {
    await client.query('ROLLBACK').catch((broken) => log.warn({ error: broken }, 'rollback failed'))
    throw error
  } finally {
    client.release()
  }
}

type LastLook = {
  status: string
  closedAt: Date | null
  leaseBy: string | null
  stoppedAt: Date | null
  uninstalledAt: Date | null
  blocked: string | null
  noOffers: string | null
}

/** Twilio says at once that a number can or may get no text: none is sent there again. */
async function blockNumber(shop: string, recipient: string, reason: string): Promise<void> {
  await db.suppression.createMany({
    data: [{ id: randomUUID(), shop, recipient, channel: 'sms', reason, at: now() }],
    skipDuplicates: true,
  })
}

async function prepareMail(
  admin: Admin,
  loaded: LoadedCase,
  intent: MessageIntent,
  others: readonly OtherDebt[],
): Promise<Prepared> {
  const { contractId, cycleIndex, customerId } = loaded
  const recipient = await readRecipient(admin, customerId ?? '', { contractId, cycleIndex })
  if (!recipient.email) {
    await noticeMissingAddress(loaded)
    return {
      type: 'not_sent',
      because: 'not sent: Shopify gives no e-mail address for this customer',
    }
  }
  const to = recipient.email
  const notice = await noticeFor(loaded, intent, recipient, others)
  const isOffer = notice.commercial || isOfferStep(loaded.sequence, loaded.case, intent.stepRunId)
  if (isOffer && !recipient.takesOffers)
    return { type: 'not_sent', because: 'not sent: the shopper has not agreed to offers' }
  if (notice.lacks.length > 0) {
    const missing = notice.lacks.join(' and ')
    return { type: 'not_sent', because: `not sent: the offer in it needs ${missing}` }
  }
  return {
    type: 'ready',
    message: {
      subject: notice.subject,
      locale: notice.locale,
      addressHash: recipientHash(to),
      smsSegments: null,
    },
    isOffer,
    send: () =>
      sendForShop(loaded.shop, {
        to,
        fromName: loaded.shopName,
        replyTo: loaded.replyTo,
        subject: notice.subject,
        html: notice.html,
        text: notice.text,
        customArgs: { message_id: intent.id },
        categories: [isOffer ? 'offer' : 'payment-notice', `stage-${intent.stage}`],
        ...(isOffer ? { unsubscribeLink: unsubscribeLink(loaded.case.id) } : {}),
      }),
    sentAs: `e-mail sent: "${notice.subject}"${others.length > 0 ? `, with ${others.length === 1 ? 'another order' : `${others.length} other orders`} of this customer in it` : ''}`,
  }
}

/** Why a message that was decided on earlier does not fit any more: it waited, and the case went on. */
function whyUnfit(
  { state }: RecoveryCase,
  stage: MessageStage,
  { brake }: LoadedCase['switches'],
): string | null {
  if (stage === 'recovered' || stage === 'ended') return null
  if (brake && stage !== 'address')
    return 'payments of the whole shop fail, so nobody is asked to pay'
  if (isTerminal(state)) return `the case is ${state.status} by now`
  if (state.status === 'held') return 'the case is held by now'
  if (state.status === 'awaiting_merchant' && stage !== 'address')
    return "the cause is not the shopper's: nothing is said about payment"
  return null
}

function noticeFor(
  loaded: LoadedCase,
  { stage }: MessageIntent,
  recipient: Recipient,
  others: readonly OtherDebt[],
) {
  const { id } = loaded.case
  const said = noticeInput(loaded, stage, recipient)
  const link = unsubscribeLink(id)
  const items = itemsTaken(recipient.items, loaded.case.smaller)
  const input = { ...said, items, unsubscribeLink: link, others }
  return noticeMail(loaded.shop, input, said.lane, { caseId: id })
}

/** What the shopper takes of the order. A smaller one that stands in place already names its lines by other ids. */
function itemsTaken(items: Recipient['items'], smaller: SmallerOrder | null | undefined) {
  const taken = new Map(smaller?.lines.map(({ id, quantity }) => [id, quantity]))
  return items
    .map((item) => ({ ...item, quantity: taken.get(item.id) ?? item.quantity }))
    .filter(({ quantity }) => quantity > 0)
}

/** A message waits so long at most until it is known whether it speaks of the customer's other debts. Minutes; ours. */
const OTHERS_MINUTES = 5
const OTHERS_BUSY = 'another recovery of this customer is being worked on'

/** Not taken, and surely not sent: the same row is tried again later, until the message would come too late. */
async function tryMessageLater(
  loaded: LoadedCase,
  intent: MessageIntent,
  who: Who,
  because: string,
  until: Date | null = null,
): Promise<EffectDelayed | null> {
  if (now().getTime() - intent.createdAt.getTime() >= MAIL_GIVE_UP_HOURS * 3_600_000)
    return settleMessage(
      loaded,
      intent.id,
      who,
      'failed',
      `given up after ${MAIL_GIVE_UP_HOURS} h: ${because}`,
    )
  await db.message.updateMany({
    where: { id: intent.id, state: { in: ['intended', 'sending'] } },
    data: { state: 'intended', reason: because },
  })
  log.warn(
    { caseId: loaded.case.id, correlationId: who.correlationId, because },
    'a message could not leave; it is tried again',
  )
  const waitMs = until ? until.getTime() - now().getTime() : MAIL_RETRY_MINUTES * 60_000
  return new EffectDelayed(`a message waits: ${because}`, waitMs)
}

type Settled = 'sent' | 'uncertain' | 'suppressed' | 'failed'

async function settleMessage(
  loaded: LoadedCase,
  id: string,
  who: Who,
  state: Settled,
  because: string,
  providerId: string | null = null,
): Promise<null> {
  const at = now()
  const caseId = loaded.case.id
  // The next message counts its day from here, however long this one was put off.
  const sentAt = wentOut(state) ? at : null
  const [, settled] = await db.$transaction([
    // Waits for whoever writes to this case now, so that two lines never claim one number.
    db.$executeRaw`SELECT FROM "RecoveryCase" WHERE id = ${caseId}::uuid FOR UPDATE`,
    // SendGrid's events may have come before its answer (intake/mail-events.server.ts); they know more.
    db.$executeRaw`
      WITH settled AS (
        UPDATE "Message" SET state = ${state}, reason = ${because}, "providerId" = ${providerId}, "sentAt" = ${sentAt}
         WHERE id = ${id}::uuid AND state IN ('intended', 'sending') RETURNING "caseId"
      )
      INSERT INTO "CaseEvent" ("caseId", seq, type, actor, because, at, "correlationId")
      SELECT "caseId", (SELECT coalesce(max(seq), 0) + 1 FROM "CaseEvent" e WHERE e."caseId" = settled."caseId"),
             ${`message_${state}`}, ${who.actor}, ${because}, ${at}, ${who.correlationId} FROM settled`,
  ])
  if (settled === 1) count('messages_total', { state })
  if (!wentOut(state)) await forgetMerged(id, because)
  return null
}

/** It reached the shopper, or may have. */
function wentOut(state: string): boolean {
  return state === 'sent' || state === 'uncertain'
}

function timelineEntry(caseId: string, type: string, who: Who, because: string, at: Date) {
  return db.$executeRaw`
    INSERT INTO "CaseEvent" ("caseId", seq, type, actor, because, at, "correlationId")
    SELECT ${caseId}::uuid, coalesce(max(seq), 0) + 1, ${type}, ${who.actor}, ${because}, ${at}, ${who.correlationId}
      FROM "CaseEvent" WHERE "caseId" = ${caseId}::uuid`
}

/** Live stores answer null for fields that Shopify has not approved: staff are told once for a shop. */
async function noticeMissingAddress({ shop }: LoadedCase): Promise<void> {
  await db.$executeRaw`
    INSERT INTO "StaffTask" (id, shop, kind, title, body, "createdAt", subject)
    VALUES (gen_random_uuid(), ${shop}, 'no_address', 'Shoppers cannot be written to',
            'Shopify gives no e-mail address for a shopper of a failed payment. Either the customer has none, or this app is not approved for the e-mail field (protected customer data). Retries go on.',
            ${now()}, 'e-mail') ON CONFLICT DO NOTHING`
}

// ---------------------------------------------------------------- contract actions

type ActionIntent = Extract<Intent, { type: 'action' }>

/**
 * Intent, act, verify, log, close, then message. The contract is read again first: whoever changed it meanwhile is
 * right, and our action is dropped.
 */
async function performAction(
  loaded: LoadedCase,
  intent: ActionIntent,
  who: Who,
  answer: Answer,
): Promise<void> {
  const admin = await adminFor(loaded.shop)
  const { contractId, cycleIndex } = loaded
  if (intent.kind === 'whole_order') {
    const { orderInPlace } = loaded
    // A charge was begun since this was decided: when it has failed, that is decided anew.
    if (loaded.case.attempts.some(isLive)) return dropAction(loaded, intent.kind)
    const result = orderInPlace ? await putWhole(admin, loaded, orderInPlace, now()) : DONE
    return settleSideAction(loaded, intent.kind, who, result)
  }
  if (isSideAction(intent.kind)) {
    const result = await askedFor(loaded, intent, () =>
      intent.kind === 'shopper_skip'
        ? skipCycle(admin, contractId, cycleIndex)
        : intent.kind === 'activate' || intent.kind === 'shopper_resume'
          ? activateContract(admin, contractId)
          : pauseContract(admin, contractId),
    )
    return settleSideAction(loaded, intent.kind, who, result)
  }
  const facts = await readFacts(admin, { contractId, cycleIndex })
  const event = await finalAction(
    admin,
    loaded,
    { action: intent.kind, asked: intent.asked },
    facts,
  )
  await answer(event, facts)
  if (event.type === 'final_action_delayed')
    throw new EffectDelayed(event.because, ACTION_RETRY_MINUTES * 60_000)
}

/** Written down with the action while Shopify may have heard of it: until then the shopper may choose otherwise. */
async function askedFor(
  { case: { id: caseId } }: LoadedCase,
  { kind, asked }: ActionIntent,
  ask: () => Promise<Done>,
): Promise<Done> {
  const note = (after: string | null) =>
    db.contractAction.updateMany({ where: { caseId, kind, state: 'intended' }, data: { after } })
  await note(ASKED)
  try {
    return await ask()
  } catch (error) {
    const surelyNot = error instanceof ShopifyUnavailable && !error.mayHaveActed
    if (surelyNot && !asked) await note(null)
    throw error
  }
}

/** What a choice of the shopper's is instead of: an order that is paid, moved or made smaller is not skipped or paused. */
const INSTEAD_OF_SKIPPING: ReadonlySet<DunningEvent['type']> = new Set([
  'shopper_pay',
  'shopper_day',
  'shopper_smaller',
  'shopper_whole',
])

type Choice = 'shopper_skip' | 'shopper_pause'

/** What the shopper chose before and this event is instead of, where Shopify has surely not heard of it. */
export function chosenBefore({ intents }: LoadedCase, event: DunningEvent | null): Choice[] {
  if (!event || !INSTEAD_OF_SKIPPING.has(event.type)) return []
  return intents.flatMap((intent) => {
    if (intent.type !== 'action' || intent.asked) return []
    return intent.kind === 'shopper_skip' || intent.kind === 'shopper_pause' ? [intent.kind] : []
  })
}

/** Takes back what the shopper chose before, in the very decision that does what they choose now. */
export function withTakenBack(
  { case: c }: LoadedCase,
  event: DunningEvent,
  d: Decision,
  before: readonly Choice[],
  at: Date,
): Decision {
  if (before.length === 0 || !holdsNow(c, event, d, at)) return d
  const entries = before.map((kind) => ({
    type: `contract_${kind}`,
    because: `${kind === 'shopper_skip' ? 'not skipped' : 'not paused'} after all: the shopper chose otherwise before Shopify was reached`,
  }))
  return { ...d, takenBack: [...before], entries: [...d.entries, ...entries] }
}

/** Whether what the shopper chooses now is so after this decision: caps may refuse it, or something else come first. */
function holdsNow(c: RecoveryCase, event: DunningEvent, d: Decision, at: Date): boolean {
  if (event.type === 'shopper_day') {
    const [next] = afterDecision(c, d, at)
      .steps.filter(({ kind, state }) => kind === 'retry' && state === 'scheduled')
      .sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime())
    return next !== undefined && localDate(next.dueAt, c.zone) === event.day
  }
  return d.smaller !== undefined || d.commands.some(({ type }) => type === 'attempt_billing')
}

async function dropAction({ case: { id: caseId } }: LoadedCase, kind: SideAction): Promise<void> {
  await db.contractAction.updateMany({
    where: { caseId, kind, state: 'intended' },
    data: { state: 'dropped', after: 'a charge was under way' },
  })
}

async function finalAction(
  admin: Admin,
  loaded: LoadedCase,
  { action, asked }: { action: FinalAction; asked: boolean },
  facts: Facts,
): Promise<DunningEvent> {
  const { contractId, cycleIndex } = loaded
  const delayed = (because: string): DunningEvent => ({
    type: 'final_action_delayed',
    action,
    retryAt: new Date(now().getTime() + ACTION_RETRY_MINUTES * 60_000),
    because,
  })
  const dropped = (because: string): DunningEvent => ({
    type: 'final_action_dropped',
    action,
    because,
  })
  const status = facts.contract?.status
  // Asked before, and the answer was lost: what we asked for is there, so it is taken for ours.
  if (asked && shows(facts, action)) return { type: 'final_action_done', action }
  if (isTerminal(loaded.case.state))
    return dropped(`the case is ${loaded.case.state.status} already: nothing is done any more`)
  const isPaid = facts.attempts.some(({ outcome }) => outcome.type === 'succeeded')
  if (isPaid || facts.cycle?.status !== 'UNBILLED' || facts.cycle.skipped)
    return dropped('the billing cycle is not open any more: nothing was done to the subscription')
  if (action === 'unpaid_order')
    return dropped('nothing makes an unpaid order yet: the subscription was left as it is')
  const nextAt = nextChargeAt(loaded.case, facts)
  if (nextAt && now() >= nextAt && (action === 'pause' || action === 'cancel'))
    return dropped('the next charge is due by now: nothing was done to the subscription')
  const halt =
    loaded.switches.stopped ?? (loaded.switches.brake && 'payments of the whole shop fail')
  if (halt) return delayed(`the final action waits: ${halt}`)
  if (facts.attempts.some(({ outcome }) => outcome.type === 'pending'))
    return delayed('the final action waits for the result of a charge')
  if (status !== 'ACTIVE')
    return dropped(
      `the contract is ${status?.toLowerCase() ?? 'gone'} already: nothing was done to it`,
    )
  await db.contractAction.updateMany({
    where: { caseId: loaded.case.id, kind: action, state: 'intended' },
    data: { after: ASKED },
  })
  try {
    const result =
      action === 'pause'
        ? await pauseContract(admin, contractId)
        : action === 'cancel'
          ? await cancelContract(admin, contractId)
          : action === 'skip'
            ? await skipCycle(admin, contractId, cycleIndex)
            : { ok: true as const }
    return result.ok
      ? { type: 'final_action_done', action }
      : dropped(`Shopify refused to ${action}: ${result.message}`)
  } catch (error) {
    if (!(error instanceof ShopifyUnavailable)) throw error
    log.warn({ error, action }, 'a final action did not get through; it is tried again')
    return delayed(`Shopify did not answer, so the final action (${action}) is tried again`)
  }
}

/** Whether Shopify shows the contract or cycle as this action leaves it. */
function shows({ contract, cycle }: Facts, action: FinalAction): boolean {
  if (action === 'pause') return contract?.status === 'PAUSED'
  if (action === 'cancel') return contract?.status === 'CANCELLED'
  return action === 'skip' && cycle?.skipped === true
}

/** What is done beside the plan, and ends no case by itself: the facts say what follows. */
const SIDE_ACTIONS = {
  activate: 'the pause that we had made was lifted',
  staff_pause: 'the subscription was paused for staff',
  shopper_skip: 'this order was skipped for the shopper',
  shopper_pause: 'the subscription was paused for the shopper',
  shopper_resume: 'the subscription was resumed for the shopper',
  whole_order: 'the order holds everything again: the smaller one stood there for the charge only',
}

type SideAction = keyof typeof SIDE_ACTIONS

function isSideAction(kind: ActionIntent['kind']): kind is SideAction {
  return Object.hasOwn(SIDE_ACTIONS, kind)
}

async function settleSideAction(
  loaded: LoadedCase,
  kind: SideAction,
  who: Who,
  result: Done,
): Promise<void> {
  const refusal = result.ok ? null : result.message
  const caseId = loaded.case.id
  const { shop, contractId, cycleIndex } = loaded
  const said = SIDE_ACTIONS[kind]
  const at = now()
  await db.$transaction(async (tx) => {
    await tx.contractAction.updateMany({
      where: { caseId, kind },
      data: { state: refusal ? 'dropped' : 'done', after: refusal },
    })
    if (kind === 'activate' && !refusal) {
      // The pause may be that of an earlier case of this debt, whose linked case this is.
      await tx.contractAction.updateMany({
        where: { case: { shop, contractId, cycleIndex }, kind: 'pause', state: 'done' },
        data: { state: 'undone', undoneAt: at },
      })
    }
    if (kind === 'whole_order') {
      const left = { shop, kind: 'order_left_smaller', subject: caseId }
      const isLeftToShop = !result.ok && result.code === NOT_OURS
      // Where the shop has changed the order itself, it is not ours to take back. A case of a skipped order is over, and
      // another one would take the order as it finds it.
      if (result.ok || isLeftToShop || result.code === SKIPPED)
        await tx.contractAction.updateMany({
          where: { case: { shop, contractId, cycleIndex }, kind: 'smaller_order', state: 'done' },
          data: { state: 'undone', undoneAt: at },
        })
      if (result.ok || isLeftToShop)
        await tx.staffTask.updateMany({ where: { ...left, doneAt: null }, data: { doneAt: at } })
      else
        await tx.staffTask.createMany({
          data: {
            ...left,
            id: randomUUID(),
            caseId,
            title: 'An order is still smaller than it should be',
            body: `The shopper had chosen to take less of this order. It was made smaller for a charge that did not go through, and it could not be made whole again: ${result.message}. Until it is, whoever charges this order charges the smaller one, and Shopify may refuse another payment method for this subscription. Look at this order in Shopify.`,
            createdAt: at,
          },
          skipDuplicates: true,
        })
    }
    if (kind === 'shopper_resume' && !refusal)
      await tx.contractAction.updateMany({
        where: { caseId, kind: 'shopper_pause', state: 'done' },
        data: { state: 'undone', undoneAt: at },
      })
  })
  await timelineEntry(
    caseId,
    `contract_${kind}`,
    who,
    refusal ? `Shopify refused: ${refusal}` : said,
    at,
  )
}
