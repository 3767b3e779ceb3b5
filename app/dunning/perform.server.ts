/**
 * One command, one effect. Each is written down as an intent before the call and settled after it, so that a worker
 * killed in between is followed by one that knows what was begun.
 */
import { now, realNow } from '../clock.server.ts'
import { db } from '../db.server.ts'
import { log } from '../log.server.ts'
import { sendEmail } from '../messages/email.server.ts'
import { wordsLocale } from '../messages/formats.ts'
import { caseLink } from '../messages/links.server.ts'
import { TemplateFault } from '../messages/liquid.ts'
import { recipientHash } from '../messages/recipients.server.ts'
import { type NoticeInput, renderNotice } from '../messages/render.ts'
import { loadBrand, templateFor } from '../messages/templates.server.ts'
import { count } from '../metrics.server.ts'
import { type Admin, adminFor, ShopifyUnavailable } from '../shopify/admin.server.ts'
import { createAttempt } from '../shopify/billing.server.ts'
import {
  activateContract,
  cancelContract,
  pauseContract,
  skipCycle,
} from '../shopify/contracts.server.ts'
import { type Recipient, readFacts, readRecipient } from '../shopify/facts.server.ts'
import { ASKED, type Intent, type LoadedCase, renewLease } from './cases.server.ts'
import { isTerminal, scheduled } from './due.ts'
import { nextChargeAt } from './limits.ts'
import { finalActionFor } from './sequence.ts'
import type {
  AttemptTrigger,
  DunningEvent,
  Facts,
  FinalAction,
  Instrument,
  MessageStage,
  RecoveryCase,
} from './types.ts'

/** A mail that SendGrid would not take is tried again after so long, for a day. Minutes, world time. */
const MAIL_RETRY_MINUTES = 10
const MAIL_GIVE_UP_HOURS = 24

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
): Promise<DunningEvent | null> {
  const attempt = loaded.case.attempts.find((a) =>
    resend ? a.id === resend : a.state === 'intended',
  )
  if (!attempt) return null
  const { contractId, cycleIndex } = loaded
  const attemptId = attempt.id
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
): Promise<EffectDelayed | null> {
  let delayed: EffectDelayed | null = null
  for (const intent of loaded.intents) {
    await renewLease(loaded.case.id, worker, realNow())
    if (intent.type === 'message') delayed = (await performMessage(loaded, intent, who)) ?? delayed
    else await performAction(loaded, intent, who, answer)
  }
  return delayed
}

// ---------------------------------------------------------------- messages

async function performMessage(
  loaded: LoadedCase,
  intent: Extract<Intent, { type: 'message' }>,
  who: Who,
): Promise<EffectDelayed | null> {
  const { id } = intent
  // Begun before a crash, and nobody knows how it ended: never sent again blindly.
  if (intent.state === 'sending') {
    return settleMessage(
      loaded,
      id,
      who,
      'uncertain',
      'the worker stopped while this message was being sent',
    )
  }
  const { switches } = loaded
  const halt = switches.uninstalled
    ? 'the app was uninstalled'
    : (switches.stopped ?? switches.suppressed)
  const unfit = halt ?? whyUnfit(loaded.case, intent.stage, switches)
  if (unfit) return settleMessage(loaded, id, who, 'suppressed', `not sent: ${unfit}`)
  if (!loaded.customerId)
    return settleMessage(loaded, id, who, 'suppressed', 'not sent: the contract has no customer')

  const admin = await adminFor(loaded.shop)
  const { contractId, cycleIndex } = loaded
  const recipient = await readRecipient(admin, loaded.customerId, { contractId, cycleIndex })
  if (!recipient.email) {
    await noticeMissingAddress(loaded)
    return settleMessage(
      loaded,
      id,
      who,
      'suppressed',
      'not sent: Shopify gives no e-mail address for this customer',
    )
  }
  const addressHash = recipientHash(recipient.email)
  const blocked = await db.suppression.findFirst({
    where: { shop: loaded.shop, recipient: addressHash, channel: { in: ['email', 'all'] } },
  })
  if (blocked) return settleMessage(loaded, id, who, 'suppressed', `not sent: ${blocked.reason}`)

  const notice = await noticeFor(loaded, intent, recipient)
  if (notice.lacks.length > 0) {
    const missing = notice.lacks.join(' and ')
    return settleMessage(
      loaded,
      id,
      who,
      'suppressed',
      `not sent: the offer in it needs ${missing}`,
    )
  }
  // Recorded before sending, not after: mail/send takes no idempotency key, and one reminder lost is better than
  // the same reminder twice.
  const { count } = await db.message.updateMany({
    where: { id, state: 'intended' },
    data: {
      state: 'sending',
      subject: notice.subject,
      template: intent.stage,
      locale: notice.locale,
      addressHash,
    },
  })
  if (count === 0) return null
  const result = await sendEmail({
    to: recipient.email,
    fromName: loaded.shopName,
    replyTo: loaded.replyTo,
    subject: notice.subject,
    html: notice.html,
    text: notice.text,
    customArgs: { message_id: id },
    categories: ['payment-notice', `stage-${intent.stage}`],
  })
  switch (result.state) {
    case 'sent':
      return settleMessage(
        loaded,
        id,
        who,
        'sent',
        `e-mail sent: "${notice.subject}"`,
        result.providerId,
      )
    case 'uncertain':
      return settleMessage(
        loaded,
        id,
        who,
        'uncertain',
        `nobody knows whether the e-mail went out: ${result.because}`,
      )
    case 'failed':
      return settleMessage(loaded, id, who, 'failed', `the e-mail was not sent: ${result.because}`)
    case 'try_later':
      return tryMessageLater(loaded, intent, who, result.because)
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

async function noticeFor(
  loaded: LoadedCase,
  intent: Extract<Intent, { type: 'message' }>,
  recipient: Recipient,
) {
  const { case: c } = loaded
  const lane = c.lane ?? 'UNKNOWN'
  // Empty: nobody knows, so the shop's language serves.
  const locale = recipient.locale ?? loaded.customerLocale ?? ''
  const { tag } = wordsLocale(locale, c.zone, loaded.shopLocale)
  const [found, brand] = await Promise.all([
    templateFor(db, loaded.shop, { stage: intent.stage, lane, channel: 'email', tag }),
    loadBrand(db, loaded.shop),
  ])
  const { state } = c
  const paid = state.status === 'recovered' || state.status === 'paid_elsewhere'
  const input: NoticeInput = {
    stage: intent.stage,
    lane,
    code: c.lastDecline?.code ?? null,
    instrument: (loaded.instrument ?? 'other') as Instrument,
    shopName: loaded.shopName,
    firstName: recipient.firstName,
    productTitle: loaded.productTitle,
    amount: loaded.amount,
    methodLabel: loaded.methodLabel,
    nextTryAt: scheduled(c).find((step) => step.kind === 'retry')?.dueAt ?? null,
    deadlineAt: c.deadlineAt,
    finalAction: finalActionFor(loaded.sequence, c),
    recovered: paid ? { total: state.total } : null,
    zone: c.zone,
    locale,
    shopLocale: loaded.shopLocale,
    items: recipient.items,
    link: caseLink(c.id),
    replyTo: loaded.replyTo,
  }
  if (!found || found.source === 'default') return renderNotice({ ...input, brand })
  try {
    return renderNotice({ ...input, brand, template: found.template })
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error
    // Checked when it was saved; with this shopper's values it became too long, say. Our words serve instead.
    log.warn({ error, caseId: c.id, stage: intent.stage, lane }, "a shop's own template failed")
    return renderNotice({ ...input, brand })
  }
}

/** Not taken, and surely not sent: the same row is tried again later, until the message would come too late. */
async function tryMessageLater(
  loaded: LoadedCase,
  intent: Extract<Intent, { type: 'message' }>,
  who: Who,
  because: string,
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
    where: { id: intent.id, state: 'sending' },
    data: { state: 'intended', reason: because },
  })
  log.warn(
    { caseId: loaded.case.id, correlationId: who.correlationId, because },
    'mail was not accepted; it is tried again',
  )
  return new EffectDelayed(`mail was not accepted: ${because}`, MAIL_RETRY_MINUTES * 60_000)
}

async function settleMessage(
  loaded: LoadedCase,
  id: string,
  who: Who,
  state: 'sent' | 'uncertain' | 'suppressed' | 'failed',
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

/**
 * Intent, act, verify, log, close, then message. The contract is read again first: whoever changed it meanwhile is
 * right, and our action is dropped.
 */
async function performAction(
  loaded: LoadedCase,
  intent: Extract<Intent, { type: 'action' }>,
  who: Who,
  answer: Answer,
): Promise<void> {
  const admin = await adminFor(loaded.shop)
  const { contractId, cycleIndex } = loaded
  if (intent.kind === 'activate' || intent.kind === 'staff_pause') {
    const act = intent.kind === 'activate' ? activateContract : pauseContract
    const result = await act(admin, contractId)
    return settleSideAction(loaded, intent.kind, who, result.ok ? null : result.message)
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

async function settleSideAction(
  loaded: LoadedCase,
  kind: 'activate' | 'staff_pause',
  who: Who,
  refusal: string | null,
): Promise<void> {
  const caseId = loaded.case.id
  const said =
    kind === 'activate'
      ? 'the pause that we had made was lifted'
      : 'the subscription was paused for staff'
  const at = now()
  await db.$transaction(async (tx) => {
    await tx.contractAction.updateMany({
      where: { caseId, kind },
      data: { state: refusal ? 'dropped' : 'done', after: refusal },
    })
    if (kind === 'activate' && !refusal) {
      // The pause may be that of an earlier case of this debt, whose linked case this is.
      const { shop, contractId, cycleIndex } = loaded
      await tx.contractAction.updateMany({
        where: { case: { shop, contractId, cycleIndex }, kind: 'pause', state: 'done' },
        data: { state: 'undone', undoneAt: at },
      })
    }
  })
  await timelineEntry(
    caseId,
    `contract_${kind}`,
    who,
    refusal ? `Shopify refused: ${refusal}` : said,
    at,
  )
}
