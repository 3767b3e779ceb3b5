/**
 * The page of a case, for the person who pays. Whoever holds the link may look and press; looking has no effect at all,
 * because mail scanners open every link.
 */
import { randomUUID } from 'node:crypto'
import { inSandbox } from '../clock.server.ts'
import { db } from '../db.server.ts'
import { handleEvent, lookAtCase } from '../dunning/handle-event.server.ts'
import { ATTEMPTS_PER_CYCLE, HOURS_BETWEEN_ATTEMPTS } from '../dunning/limits.ts'
import { finalActionFor, parseSequence } from '../dunning/sequence.ts'
import type { CaseState, FinalAction, Instrument, Lane } from '../dunning/types.ts'
import { log } from '../log.server.ts'
import { readCaseToken } from '../messages/links.server.ts'
import { operatorStop } from '../place.server.ts'
import {
  adminFor,
  ShopifyRejected,
  ShopifyUnavailable,
  ShopUnreachable,
} from '../shopify/admin.server.ts'
import { readChallengeUrl } from '../shopify/facts.server.ts'
import { sendUpdateEmail, shopPayUpdateUrl } from '../shopify/payment-methods.server.ts'
import { onwardAddress } from './onward.ts'
import { actionOf, canStop, type Press, type ShopperSnapshot } from './view.ts'

/**
 * How long the link of a closed case still tells how it ended. Days. A paused subscription can be resumed that long
 * through it. Source: dunning-practice, section 7.
 */
export const LINK_DAYS_AFTER_END = 90

/** Hours for which a second press says "already on its way" instead of having Shopify send another mail. Ours. */
const SECURE_MAIL_HOURS = 24

export type ShopperPage =
  | { status: 200; snapshot: ShopperSnapshot }
  /** 404: we never signed this, or the case was erased. 410: it is over for good, or the shop left. */
  | { status: 404 | 410 }

/** What is to be shown. Reads our own rows only. */
export async function loadShopperPage(token: string, now: Date): Promise<ShopperPage> {
  const found = await find(token, now)
  return found.status === 200 ? { status: 200, snapshot: found.snapshot } : found
}

/** What could not be done, shown above the page; the words are in document.server.tsx. */
export type ShopperNotice =
  | 'challenge_gone'
  | 'not_now'
  | 'not_possible'
  | 'mail_refused'
  | 'not_started'
  | 'not_stopped'

export type PressResult =
  | { status: 404 | 410 }
  /** Somewhere else: Shopify's own page or the bank's. */
  | { status: 303; to: URL }
  /** Back to the page, which tells how things stand now. */
  | { status: 303; notice: ShopperNotice | null }

/** One press of a button. Everything is checked again; pressing twice does nothing twice. */
export async function press(token: string, what: Press, now: Date): Promise<PressResult> {
  const found = await find(token, now)
  if (found.status !== 200) return found
  const wanted =
    what === 'stop' ? canStop(found.snapshot) : actionOf(found.snapshot)?.press === what
  if (!wanted) return back(found.snapshot.secureMailAt && what === 'update' ? null : 'not_possible')
  if (what !== 'stop') await noteClick(found.row.id, now)
  try {
    switch (what) {
      case 'update':
        return await update(found, now)
      case 'challenge':
        return await challenge(found)
      case 'pay':
        return await tell(found, 'shopper_pay')
      case 'stop':
        return await tell(found, 'shopper_stop')
    }
  } catch (error) {
    if (!isShopifyTrouble(error)) throw error
    log.warn({ error, caseId: found.row.id }, 'a press on a case page could not be carried out')
    return back('not_now')
  }
}

/** The last notice led here. Looks at the page do not count: scanners of mailboxes follow every link, and press nothing. */
async function noteClick(caseId: string, now: Date): Promise<void> {
  await db.$executeRaw`
    UPDATE "Message" SET "clickedAt" = ${now}
     WHERE "clickedAt" IS NULL AND id = (
       SELECT id FROM "Message" WHERE "caseId" = ${caseId}::uuid AND "sentAt" IS NOT NULL AND template <> 'update_link'
        ORDER BY "sentAt" DESC LIMIT 1)`
}

// ---------------------------------------------------------------- finding the case

type Found = { status: 200; snapshot: ShopperSnapshot; row: CaseRow; waiting: string | null }
type CaseRow = NonNullable<Awaited<ReturnType<typeof readCase>>>

async function find(token: string, now: Date): Promise<Found | { status: 404 | 410 }> {
  const read = readCaseToken(token)
  if (!read) return { status: 404 }
  let row = await readCase(read.caseId)
  // The link is the debt's: where a linked case took it up again, that one tells how things stand.
  for (let next = row?.successorId; next; next = row?.successorId) row = await readCase(next)
  if (!row) return { status: 404 }
  const { shopRow } = row
  if (shopRow.uninstalledAt || shopRow.redactedAt) return { status: 410 }
  if (row.closedAt && now.getTime() - row.closedAt.getTime() > LINK_DAYS_AFTER_END * DAY_MS) {
    return { status: 410 }
  }
  const silenced =
    operatorStop() !== null ||
    shopRow.stoppedAt !== null ||
    (await isSuppressed(row.shop, row.customerId))
  return { status: 200, row, ...snapshotOf(row, silenced, now) }
}

function readCase(id: string) {
  return db.recoveryCase.findUnique({
    where: { id },
    include: {
      shopRow: true,
      version_: { select: { body: true } },
      attempts: { orderBy: { intendedAt: 'asc' } },
      actions: { where: { state: 'done', undoneAt: null } },
      stepRuns: {
        where: { kind: 'retry', state: 'scheduled' },
        orderBy: { dueAt: 'asc' },
        take: 1,
      },
      messages: {
        where: { template: 'update_link', state: { in: ['sending', 'sent', 'uncertain'] } },
        orderBy: { createdAt: 'desc' },
        take: 1,
      },
    },
  })
}

async function isSuppressed(shop: string, customerId: string | null): Promise<boolean> {
  if (customerId === null) return false
  const where = { shop_recipient_channel: { shop, recipient: customerId, channel: 'all' } }
  return (await db.suppression.findUnique({ where })) !== null
}

function snapshotOf(row: CaseRow, silenced: boolean, now: Date) {
  const { shopRow, attempts } = row
  // What Shopify refused, or what was given up, is no attempt.
  const made = attempts.filter(({ state }) => state !== 'refused' && state !== 'abandoned')
  const latest = made.at(-1)
  const waiting = attempts.findLast(({ state }) => state === 'action_required')?.shopifyId ?? null
  const again = latest ? latest.intendedAt.getTime() + HOURS_BETWEEN_ATTEMPTS * HOUR_MS : 0
  const secureMailAt = row.messages[0]?.createdAt ?? null
  const money = (amount: { toString(): string }, currency: string) => ({
    amount: amount.toString(),
    currency,
  })
  const snapshot: ShopperSnapshot = {
    status: row.status as CaseState['status'],
    reason: row.reason,
    lane: row.lane as Lane,
    code: row.lastCode,
    instrument: (row.instrument ?? 'other') as Instrument,
    methodLabel: row.methodLabel,
    productTitle: row.productTitle,
    amount: money(row.amount, row.currency),
    recovered:
      row.recoveredAmount !== null && row.recoveredCurrency !== null
        ? money(row.recoveredAmount, row.recoveredCurrency)
        : null,
    shopName: shopRow.senderName ?? shopRow.name,
    contact: shopRow.replyTo ?? shopRow.email,
    accountUrl: `https://${row.shop}/account`,
    zone: row.zone,
    locale: row.customerLocale ?? 'en',
    nextTryAt: row.stepRuns[0]?.dueAt ?? null,
    deadlineAt: row.deadlineAt,
    finalAction: finalActionFor(parseSequence(row.version_.body), row),
    done: (row.actions.find(({ kind }) => FINAL_ACTIONS.has(kind))?.kind ??
      null) as FinalAction | null,
    challengeOpen: waiting !== null,
    underWay: attempts.some(({ state }) => state === 'intended' || state === 'submitted'),
    tryAgainFrom: again > now.getTime() ? new Date(again) : null,
    canTryAgain:
      made.length < ATTEMPTS_PER_CYCLE && Math.max(again, now.getTime()) < row.deadlineAt.getTime(),
    secureMailAt:
      secureMailAt && now.getTime() - secureMailAt.getTime() < SECURE_MAIL_HOURS * HOUR_MS
        ? secureMailAt
        : null,
    canUpdate: row.methodId !== null && !silenced,
  }
  return { snapshot, waiting }
}

const FINAL_ACTIONS = new Set(['pause', 'skip', 'cancel', 'unpaid_order'])
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

// ---------------------------------------------------------------- what a press does

async function update({ row, snapshot }: Found, now: Date): Promise<PressResult> {
  if (row.methodId === null) return back('not_possible')
  const admin = await adminFor(row.shop)
  if (snapshot.instrument === 'shop_pay') {
    const url = outside(await shopPayUpdateUrl(admin, row.methodId))
    if (url) return { status: 303, to: url }
    // Shopify gave no page for it: its mail serves every method.
  }
  // The row comes before the call: an answer that is lost must not lead to a second mail.
  const message = await beginSecureMail(row, now)
  if (message === null) return back(null)
  try {
    const result = await sendUpdateEmail(admin, row.methodId)
    if (result.ok) {
      await settleSecureMail(
        row,
        message,
        'sent',
        'Shopify mailed its secure link, asked for by the shopper',
        now,
      )
      return back(null)
    }
    const because = `Shopify would not mail its secure link: ${result.message}`
    await settleSecureMail(row, message, 'failed', because, now)
    return back('mail_refused')
  } catch (error) {
    const unsure =
      error instanceof ShopifyUnavailable ? error.mayHaveActed : !isShopifyTrouble(error)
    const because = unsure
      ? 'nobody knows whether Shopify mailed its secure link: the answer was lost'
      : 'Shopify could not be asked for its secure link'
    await settleSecureMail(row, message, unsure ? 'uncertain' : 'failed', because, now)
    if (unsure && isShopifyTrouble(error)) return back(null)
    throw error
  }
}

/** The outbox row of a press; null when one is on its way already. One a day for a case, however often it is pressed. */
async function beginSecureMail(row: CaseRow, now: Date): Promise<string | null> {
  const triggerKey = `shopper:update_link:${now.toISOString().slice(0, 10)}`
  const key = { caseId: row.id, triggerKey, recipientHash: TO_WHOM_SHOPIFY_KNOWS, channel: 'email' }
  const id = randomUUID()
  const { count } = await db.message.createMany({
    data: {
      ...key,
      id,
      shop: row.shop,
      customerId: row.customerId,
      template: 'update_link',
      locale: row.customerLocale ?? 'en',
      state: 'sending',
      // Shopify's own mail counts like one of ours (dunning-practice, section 9).
      countsTowardCap: true,
      createdAt: now,
    },
    skipDuplicates: true,
  })
  if (count === 1) return id
  // A press that surely came to nothing may be made again the same day; only one presser gets the row.
  const again = await db.message.updateManyAndReturn({
    where: { ...key, state: 'failed' },
    data: { state: 'sending', createdAt: now, reason: null },
  })
  return again[0]?.id ?? null
}

/** Shopify addresses this mail itself; we do not read the address for it. */
const TO_WHOM_SHOPIFY_KNOWS = 'none'

async function settleSecureMail(
  row: CaseRow,
  id: string,
  state: 'sent' | 'failed' | 'uncertain',
  because: string,
  now: Date,
): Promise<void> {
  await db.$transaction([
    db.message.update({
      where: { id },
      data: { state, reason: because, sentAt: state === 'sent' ? now : null },
    }),
    // Waits for whoever writes to this case now, so that two lines never claim one number.
    db.$executeRaw`SELECT FROM "RecoveryCase" WHERE id = ${row.id}::uuid FOR UPDATE`,
    db.$executeRaw`
      INSERT INTO "CaseEvent" ("caseId", seq, type, actor, because, at, "correlationId")
      SELECT ${row.id}::uuid, coalesce(max(seq), 0) + 1, ${`message_${state}`}, 'shopper', ${because}, ${now}, ${row.correlationId}
        FROM "CaseEvent" WHERE "caseId" = ${row.id}::uuid`,
  ])
}

async function challenge({ row, waiting }: Found): Promise<PressResult> {
  if (waiting === null) return back('challenge_gone')
  const admin = await adminFor(row.shop)
  // Read at the press and passed on at once: it runs out, so it is never stored and never mailed.
  const url = outside(await readChallengeUrl(admin, waiting))
  if (url) return { status: 303, to: url }
  // It was answered or ran out, and nobody has told us: the page must not lead there a second time.
  await lookAtCase({ shop: row.shop, caseId: row.id, correlationId: randomUUID() })
  return back('challenge_gone')
}

async function tell({ row }: Found, type: 'shopper_pay' | 'shopper_stop'): Promise<PressResult> {
  const outcome = await handleEvent({
    shop: row.shop,
    caseId: row.id,
    event: { type },
    actor: 'shopper',
    correlationId: randomUUID(),
  })
  if ('error' in outcome) return back('not_now')
  const after = await db.recoveryCase.findUnique({
    where: { id: row.id },
    select: { status: true, reason: true, attempts: { select: { id: true } } },
  })
  if (type === 'shopper_stop') {
    return back(
      after?.reason === 'shopper_stop' || after?.status !== row.status ? null : 'not_stopped',
    )
  }
  return back((after?.attempts.length ?? 0) > row.attempts.length ? null : 'not_started')
}

function back(notice: ShopperNotice | null): PressResult {
  return { status: 303, notice }
}

function outside(address: string | null): URL | null {
  return onwardAddress(address, { sandbox: inSandbox() })
}

function isShopifyTrouble(error: unknown): boolean {
  return (
    error instanceof ShopifyUnavailable ||
    error instanceof ShopUnreachable ||
    error instanceof ShopifyRejected
  )
}
