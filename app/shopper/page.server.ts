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
import type { CaseState, FinalAction, Instrument, Lane, MessageStage } from '../dunning/types.ts'
import { log } from '../log.server.ts'
import { languageFor } from '../messages/default-templates/languages.ts'
import { readCaseToken } from '../messages/links.server.ts'
import type { Template } from '../messages/template.ts'
import { templateFor } from '../messages/templates.server.ts'
import { operatorStop } from '../place.server.ts'
import { adminFor } from '../shopify/admin.server.ts'
import { readChallengeUrl } from '../shopify/facts.server.ts'
import { shopPayUpdateUrl } from '../shopify/payment-methods.server.ts'
import { onwardAddress } from './onward.ts'
import { isShopifyTrouble, mailSecureLink, SECURE_MAIL_HOURS } from './secure-mail.server.ts'
import {
  actionOf,
  canStop,
  type FeedbackAnswer,
  mayAnswer,
  type Press,
  type ShopperSnapshot,
} from './view.ts'

/**
 * How long the link of a closed case still tells how it ended. Days. A paused subscription can be resumed that long
 * through it. Source: dunning-practice, section 7.
 */
export const LINK_DAYS_AFTER_END = 90

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
  const answer = FEEDBACK.exec(what)?.[1] as FeedbackAnswer | undefined
  if (answer) return keepFeedback(found, answer, now)
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
      default:
        return back('not_possible')
    }
  } catch (error) {
    if (!isShopifyTrouble(error)) throw error
    log.warn({ error, caseId: found.row.id }, 'a press on a case page could not be carried out')
    return back('not_now')
  }
}

const FEEDBACK = /^feedback:(\w+)$/

/** One answer for a case, the first one; the timeline says it. */
async function keepFeedback(
  { row, snapshot }: Found,
  answer: FeedbackAnswer,
  now: Date,
): Promise<PressResult> {
  if (!mayAnswer(snapshot)) return back(snapshot.feedback === null ? 'not_possible' : null)
  const because = `asked how it was, the shopper said: “${languageFor('en').feedback.answers[answer]}”`
  await db.$transaction([
    // Waits for whoever writes to this case now, so that two lines never claim one number.
    db.$executeRaw`SELECT FROM "RecoveryCase" WHERE id = ${row.id}::uuid FOR UPDATE`,
    db.$executeRaw`
      WITH kept AS (
        UPDATE "RecoveryCase" SET feedback = ${answer}, "feedbackAt" = ${now}
         WHERE id = ${row.id}::uuid AND feedback IS NULL AND "closedAt" IS NOT NULL RETURNING id
      )
      INSERT INTO "CaseEvent" ("caseId", seq, type, actor, because, at, "correlationId")
      SELECT id, (SELECT coalesce(max(seq), 0) + 1 FROM "CaseEvent" e WHERE e."caseId" = kept.id),
             'feedback', 'shopper', ${because}, ${now}, ${row.correlationId} FROM kept`,
  ])
  return back(null)
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
  return { status: 200, row, ...snapshotOf(row, silenced, await ownNotice(row), now) }
}

/** The newest notice that the sequence put here. */
function noticeShown({ stepRuns }: CaseRow) {
  return stepRuns.findLast(({ kind }) => kind === 'account_notice')
}

/** The merchant's own words for it; null: ours serve. The page's words are English so far. */
async function ownNotice(row: CaseRow): Promise<Template | null> {
  const stage = noticeShown(row)?.template as MessageStage | null | undefined
  if (!stage || row.lane === null) return null
  const key = { stage, lane: row.lane as Lane, channel: 'account', tag: 'en' } as const
  const found = await templateFor(db, row.shop, key)
  return found && found.source !== 'default' ? found.template : null
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
        where: {
          OR: [
            { kind: 'retry', state: 'scheduled' },
            { kind: 'account_notice', state: 'done' },
          ],
        },
        orderBy: { dueAt: 'asc' },
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

function snapshotOf(row: CaseRow, silenced: boolean, own: Template | null, now: Date) {
  const { shopRow, attempts } = row
  // What Shopify refused, or what was given up, is no attempt.
  const made = attempts.filter(({ state }) => state !== 'refused' && state !== 'abandoned')
  const latest = made.at(-1)
  const waiting = attempts.findLast(({ state }) => state === 'action_required')?.shopifyId ?? null
  const again = latest ? latest.intendedAt.getTime() + HOURS_BETWEEN_ATTEMPTS * HOUR_MS : 0
  const secureMailAt = row.messages[0]?.createdAt ?? null
  const shown = noticeShown(row)
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
    nextTryAt: row.stepRuns.find(({ kind }) => kind === 'retry')?.dueAt ?? null,
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
    accountNotice: shown?.template
      ? { stage: shown.template as MessageStage, at: shown.settledAt ?? shown.dueAt, own }
      : null,
    feedback: row.feedback as FeedbackAnswer | null,
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
  const answer = await mailSecureLink(admin, row.methodId, { ...row, caseId: row.id }, now)
  return back(answer === 'refused' ? 'mail_refused' : null)
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
