/**
 * What a shopper may do, done: the same functions serve the signed page and the extensions. Each is checked here, and
 * whatever charges or touches the subscription goes through the engine, its caps and the timeline.
 */
import { randomUUID } from 'node:crypto'
import { inSandbox, now } from '../clock.server.ts'
import { db } from '../db.server.ts'
import { handleEvent, lookAtCase } from '../dunning/handle-event.server.ts'
import { localDate } from '../dunning/schedule.ts'
import type { DunningEvent } from '../dunning/types.ts'
import { wakeCase } from '../dunning/wake.server.ts'
import { log } from '../log.server.ts'
import { languageFor } from '../messages/default-templates/languages.ts'
import { adminFor, ShopifyUnavailable } from '../shopify/admin.server.ts'
import { setPaymentMethod } from '../shopify/contracts.server.ts'
import { readChallengeUrl } from '../shopify/facts.server.ts'
import { priceSmaller, readOrder, type WholeOrder } from '../shopify/order-edits.server.ts'
import { readSavedMethods, shopPayUpdateUrl } from '../shopify/payment-methods.server.ts'
import type { ChosenLine } from './chosen-lines.ts'
import { onwardAddress } from './onward.ts'
import { canStop, mayAnswer, permissions } from './permissions.ts'
import { isShopifyTrouble, mailSecureLink } from './secure-mail.server.ts'
import { type Found, forgetMethods, forgetOrder } from './snapshot.server.ts'
import type { FeedbackAnswer } from './view.ts'

export type Action =
  /** Shopify's own dialog was finished in the account; it tells nothing that can be trusted. */
  | { type: 'replaced' }
  | { type: 'update' }
  | { type: 'use_method'; methodId: string }
  | { type: 'challenge' }
  | { type: 'pay' }
  /** `day`: YYYY-MM-DD in the zone of the case. */
  | { type: 'day'; day: string }
  /** `lines`: all of the order's, each with the pieces that are taken. */
  | { type: 'smaller'; lines: ChosenLine[] }
  | { type: 'whole' }
  | { type: 'skip' }
  | { type: 'pause' }
  | { type: 'resume' }
  | { type: 'stop' }
  | { type: 'feedback'; answer: FeedbackAnswer; note: string | null }

/** What could not be done; the page has words for each, and so have the extensions. */
export type ShopperNotice =
  | 'challenge_gone'
  | 'not_now'
  /** Shopify does not answer; it is kept, and done by itself later. */
  | 'going_on'
  | 'not_possible'
  | 'mail_refused'
  | 'not_started'
  | 'not_stopped'
  /** As much as the whole order, or nothing at all. */
  | 'nothing_less'

export type Acted =
  | { type: 'done' }
  | { type: 'not_done'; notice: ShopperNotice }
  /** On to Shopify's own page, or the bank's. */
  | { type: 'onward'; to: URL }

/** Everything is checked again; doing it twice does nothing twice. */
export async function act(found: Found, action: Action, now: Date): Promise<Acted> {
  if (action.type === 'feedback') return keepFeedback(found, action, now)
  if (!isAllowed(found, action)) return holdsAlready(found, action) ? done : notDone('not_possible')
  if (action.type !== 'stop') await noteClick(found.row.id, now)
  try {
    switch (action.type) {
      case 'replaced':
        return await lookAtMethod(found)
      case 'update':
        return await update(found, now)
      case 'use_method':
        return await takeMethod(found, action.methodId, now)
      case 'challenge':
        return await challenge(found, now)
      case 'pay':
        return await pay(found)
      case 'day':
        return await pickDay(found, action.day)
      case 'smaller':
        return await takeLess(found, action.lines)
      case 'whole':
        return await takeAll(found)
      case 'skip':
      case 'pause':
      case 'resume':
        return await ofSubscription(found, action.type)
      case 'stop':
        return await stop(found)
    }
  } catch (error) {
    if (!isShopifyTrouble(error)) throw error
    log.warn({ error, caseId: found.row.id }, 'what a shopper asked for could not be carried out')
    return notDone('not_now')
  }
}

/** Before the facts are read: what our own rows forbid already. */
function isAllowed({ snapshot }: Found, action: Action): boolean {
  const may = permissions(snapshot)
  switch (action.type) {
    // It may be done already, and the shopper must see what came of it.
    case 'replaced':
      return true
    case 'stop':
      return canStop(snapshot)
    case 'update':
      return snapshot.canUpdate && may.replace.allowed
    case 'use_method':
      return may.use_method.allowed || may.use_method.because === 'no_other_method'
    // What the order holds is asked of Shopify with the press.
    case 'smaller':
      return may.smaller.allowed || may.smaller.because === 'nothing_smaller'
    case 'challenge':
      return may.confirm.allowed
    case 'feedback':
      return may.feedback.allowed
    default:
      return may[action.type].allowed
  }
}

/**
 * What is asked for is so already: a second press. Nothing is done, and nobody is told that it is not possible. Whoever
 * would pay what is paid meanwhile is shown that.
 */
export function holdsAlready({ snapshot: s, row }: Found, action: Action): boolean {
  const isCharged = s.underWay || s.status === 'in_doubt'
  switch (action.type) {
    case 'pay':
      return isCharged
    case 'use_method':
      return isCharged && row.methodId === action.methodId
    case 'update':
      return s.secureMailAt !== null
    case 'day':
      return s.nextTryAt !== null && localDate(s.nextTryAt, s.zone) === action.day
    case 'skip':
      return s.status === 'skipped' || s.done === 'skip'
    case 'pause':
      return (s.status === 'held' && s.reason === 'paused') || s.done === 'pause'
    case 'resume':
      return s.status === 'exhausted' ? s.done === null : isUnpaid(s)
    case 'stop':
      return s.status === 'held' && s.reason === 'shopper_stop'
    default:
      return false
  }
}

function isUnpaid({ status }: Found['snapshot']): boolean {
  return status === 'open' || status === 'retrying' || status === 'awaiting_customer'
}

/** The last notice led here. Looks at the page do not count: scanners of mailboxes follow every link, and press nothing. */
async function noteClick(caseId: string, now: Date): Promise<void> {
  await db.$executeRaw`
    UPDATE "Message" SET "clickedAt" = ${now}
     WHERE "clickedAt" IS NULL AND id = (
       SELECT id FROM "Message" WHERE "caseId" = ${caseId}::uuid AND "sentAt" IS NOT NULL AND template <> 'update_link'
        ORDER BY "sentAt" DESC LIMIT 1)`
}

// ---------------------------------------------------------------- the payment method

async function update({ row, snapshot }: Found, now: Date): Promise<Acted> {
  if (row.methodId === null || !snapshot.hasMethod) return notDone('not_possible')
  const admin = await adminFor(row.shop)
  if (snapshot.instrument === 'shop_pay') {
    const url = outside(await shopPayUpdateUrl(admin, row.methodId))
    if (url) {
      const because = 'the shopper was led to Shop Pay, to update the payment method'
      await onTimeline(row, 'shopper_update', because, now)
      return { type: 'onward', to: url }
    }
    // Shopify gave no page for it: its mail serves every method.
  }
  const answer = await mailSecureLink(admin, row.methodId, { ...row, caseId: row.id }, now)
  return answer === 'refused' ? notDone('mail_refused') : done
}

async function takeMethod(found: Found, methodId: string, now: Date): Promise<Acted> {
  const { row } = found
  const { shop, contractId, customerId } = row
  if (customerId === null) return notDone('not_possible')
  const admin = await adminFor(shop)
  const saved = await readSavedMethods(admin, customerId)
  const method = saved.find(({ id }) => id === methodId)
  if (!method || method.revokedAt !== null || method.isInactive) return notDone('not_possible')
  if (method.id !== row.methodId) {
    const changed = await setPaymentMethod(admin, contractId, method.id).catch(unlessAnswerLost)
    if (changed === null) return lookWhetherItTook(found, method.id)
    const because = changed.ok
      ? `the shopper chose another saved method: ${method.label}`
      : `the shopper chose another saved method, and Shopify refused it: ${changed.message}`
    await onTimeline(row, 'shopper_method', because, now)
    if (!changed.ok) return notDone('not_possible')
  }
  return lookAtMethod(found)
}

function unlessAnswerLost(error: unknown): null {
  if (error instanceof ShopifyUnavailable && error.mayHaveActed) return null
  throw error
}

/** Nobody knows whether Shopify changed it: the contract says. */
async function lookWhetherItTook(found: Found, methodId: string): Promise<Acted> {
  const looked = await lookAtMethod(found)
  if (looked.type !== 'done') return looked
  return (await standing(found))?.methodId === methodId ? done : notDone('not_now')
}

/**
 * The contract is read again: a method that truly changed is charged once, at once, under every cap. It is saved at
 * Shopify by now, so when that does not answer, the look is made up for.
 */
async function lookAtMethod(found: Found): Promise<Acted> {
  const { id, shop, customerId } = found.row
  if (customerId !== null) forgetMethods({ shop, customerId })
  const told = await tell(found, { type: 'shopper_method' })
  if (told.type === 'done') return told
  await wakeCase(id, now())
  return notDone('going_on')
}

async function challenge({ row, waiting }: Found, now: Date): Promise<Acted> {
  if (waiting === null) return notDone('challenge_gone')
  const admin = await adminFor(row.shop)
  // Read at the press and passed on at once: it runs out, so it is never stored and never mailed.
  const url = outside(await readChallengeUrl(admin, waiting))
  if (url) {
    const because = 'the shopper was led to the confirmation of their bank'
    await onTimeline(row, 'shopper_challenge', because, now)
    return { type: 'onward', to: url }
  }
  // It was answered or ran out, and nobody has told us: the page must not lead there a second time.
  await lookAtCase({ shop: row.shop, caseId: row.id, correlationId: randomUUID() })
  return notDone('challenge_gone')
}

// ---------------------------------------------------------------- through the engine

async function pay(found: Found): Promise<Acted> {
  const told = await tell(found, { type: 'shopper_pay' })
  if (told.type !== 'done') return told
  const after = await standing(found)
  // One that Shopify would not take is written down, too.
  return madeOf(after?.attempts) > madeOf(found.row.attempts) ? done : notDone('not_started')
}

function madeOf(attempts: readonly { state: string }[] = []): number {
  return attempts.filter(({ state }) => state !== 'refused' && state !== 'abandoned').length
}

async function stop(found: Found): Promise<Acted> {
  const told = await tell(found, { type: 'shopper_stop' })
  if (told.type !== 'done') return told
  const after = await standing(found)
  return after?.reason === 'shopper_stop' || after?.status !== found.row.status
    ? done
    : notDone('not_stopped')
}

async function pickDay(found: Found, day: string): Promise<Acted> {
  const told = await tell(found, { type: 'shopper_day', day })
  if (told.type !== 'done') return told
  const [next] = (await standing(found))?.stepRuns ?? []
  const isThere = next !== undefined && localDate(next.dueAt, found.row.zone) === day
  return isThere ? done : notDone('not_possible')
}

/**
 * Shopify says what less of the order costs, and nothing is changed there until it is charged. Where the order is another
 * than the page showed, nothing is taken.
 */
async function takeLess(found: Found, chosen: readonly ChosenLine[]): Promise<Acted> {
  const { row } = found
  const admin = await adminFor(row.shop)
  const order = await readOrder(admin, row)
  if (!order || order.isEdited) return changedSince(found)
  const titles = new Map(order.lines.map(({ id, title }) => [id, title]))
  const lines = chosen.map((line) => ({ ...line, title: titles.get(line.id) ?? '' }))
  if (isWhole(order, lines)) return notDone('nothing_less')
  const priced = await priceSmaller(admin, row, lines)
  if (!priced.ok) {
    log.warn({ caseId: row.id, because: priced.message }, 'an order could not be made smaller')
    return changedSince(found)
  }
  const smaller = { lines, amount: priced.amount }
  const told = await tell(found, { type: 'shopper_smaller', smaller })
  if (told.type !== 'done') return told
  const kept = (await standing(found))?.smallerAmount
  return kept?.equals(priced.amount) ? done : notDone('not_possible')
}

function isWhole(order: WholeOrder, lines: readonly ChosenLine[]): boolean {
  return order.lines.every(({ id, quantity }) =>
    lines.some((line) => line.id === id && line.quantity === quantity),
  )
}

/** The next page asks anew what the order holds. */
function changedSince({ row }: Found): Acted {
  forgetOrder(row)
  return notDone('not_possible')
}

async function takeAll(found: Found): Promise<Acted> {
  const told = await tell(found, { type: 'shopper_whole' })
  if (told.type !== 'done') return told
  const after = await standing(found)
  return after?.smallerAmount === null ? done : notDone('not_possible')
}

/** The engine acts on the subscription; the facts, read again, then say what that means for the case. */
async function ofSubscription(found: Found, action: 'skip' | 'pause' | 'resume'): Promise<Acted> {
  const told = await tell(found, { type: `shopper_${action}` })
  const kind = `shopper_${action}`
  const begun = await standing(found)
  const isKept = begun?.actions.some((one) => one.kind === kind && one.state === 'intended')
  // Written down before Shopify was asked: whoever has the case next goes on with it.
  if (isKept) return notDone('going_on')
  if (told.type !== 'done') return told
  const { shop, id } = found.row
  try {
    await lookAtCase({ shop, caseId: id, correlationId: randomUUID() })
  } catch (error) {
    if (!isShopifyTrouble(error)) throw error
    await wakeCase(id, now())
    return notDone('going_on')
  }
  const after = await standing(found)
  const kinds = after?.actions.flatMap((one) => (one.state === 'done' ? [one.kind] : [])) ?? []
  const isDone =
    action === 'skip'
      ? after?.status === 'skipped'
      : action === 'pause'
        ? kinds.includes('shopper_pause')
        : !kinds.includes('shopper_pause') && !kinds.includes('pause')
  return isDone ? done : notDone('not_possible')
}

async function tell({ row }: Found, event: DunningEvent): Promise<Acted> {
  const outcome = await handleEvent({
    shop: row.shop,
    caseId: row.id,
    event,
    actor: 'shopper',
    correlationId: randomUUID(),
  })
  return 'error' in outcome ? notDone('not_now') : done
}

function standing({ row }: Found) {
  return db.recoveryCase.findUnique({
    where: { id: row.id },
    select: {
      status: true,
      reason: true,
      stepRuns: {
        where: { kind: 'retry', state: 'scheduled' },
        orderBy: { dueAt: 'asc' },
        take: 1,
        select: { dueAt: true },
      },
      smallerAmount: true,
      attempts: { select: { state: true } },
      methodId: true,
      actions: {
        where: { state: { in: ['intended', 'done'] } },
        select: { kind: true, state: true },
      },
    },
  })
}

// ---------------------------------------------------------------- after it is over

/** One answer for a case, the first one; the timeline says it. */
async function keepFeedback(
  { row, snapshot }: Found,
  { answer, note }: Extract<Action, { type: 'feedback' }>,
  now: Date,
): Promise<Acted> {
  if (!mayAnswer(snapshot)) return snapshot.feedback === null ? notDone('not_possible') : done
  const said = `“${languageFor('en').feedback.answers[answer]}”${note ? `, and adds: “${note}”` : ''}`
  const because = `asked how it was, the shopper said: ${said}`
  await db.$transaction([
    // Waits for whoever writes to this case now, so that two lines never claim one number.
    db.$executeRaw`SELECT FROM "RecoveryCase" WHERE id = ${row.id}::uuid FOR UPDATE`,
    db.$executeRaw`
      WITH kept AS (
        UPDATE "RecoveryCase" SET feedback = ${answer}, "feedbackNote" = ${note}, "feedbackAt" = ${now}
         WHERE id = ${row.id}::uuid AND feedback IS NULL AND "closedAt" IS NOT NULL RETURNING id
      )
      INSERT INTO "CaseEvent" ("caseId", seq, type, actor, because, at, "correlationId")
      SELECT id, (SELECT coalesce(max(seq), 0) + 1 FROM "CaseEvent" e WHERE e."caseId" = kept.id),
             'feedback', 'shopper', ${because}, ${now}, ${row.correlationId} FROM kept`,
  ])
  return done
}

async function onTimeline(
  { id, correlationId }: Found['row'],
  type: `shopper_${'method' | 'challenge' | 'update'}`,
  because: string,
  now: Date,
): Promise<void> {
  await db.$transaction([
    db.$executeRaw`SELECT FROM "RecoveryCase" WHERE id = ${id}::uuid FOR UPDATE`,
    db.$executeRaw`
      INSERT INTO "CaseEvent" ("caseId", seq, type, actor, because, at, "correlationId")
      SELECT ${id}::uuid, coalesce(max(seq), 0) + 1, ${type}, 'shopper', ${because}, ${now}, ${correlationId}
        FROM "CaseEvent" WHERE "caseId" = ${id}::uuid`,
  ])
}

const done: Acted = { type: 'done' }

function notDone(notice: ShopperNotice): Acted {
  return { type: 'not_done', notice }
}

function outside(address: string | null): URL | null {
  return onwardAddress(address, { sandbox: inSandbox() })
}
