/**
 * What is known of a shopper's cases, from our own rows: for the signed page one case, for the extensions all of one
 * customer. Looking has no effect.
 */
import type { Prisma } from '@prisma/client'
import { db } from '../db.server.ts'
import { type LoadedCase, loadCase, sequenceOfVersion } from '../dunning/cases.server.ts'
import { DAY_MOVES } from '../dunning/pick-day.ts'
import { finalActionFor } from '../dunning/sequence.ts'
import type {
  CaseState,
  FinalAction,
  Instrument,
  Lane,
  MessageStage,
  Sequence,
  SmallerOrder,
} from '../dunning/types.ts'
import { log } from '../log.server.ts'
import { wordsLocale } from '../messages/formats.ts'
import type { Template } from '../messages/template.ts'
import { templateFor } from '../messages/templates.server.ts'
import { operatorStop } from '../place.server.ts'
import { adminFor } from '../shopify/admin.server.ts'
import { readOrder, type WholeOrder } from '../shopify/order-edits.server.ts'
import { readSavedMethods } from '../shopify/payment-methods.server.ts'
import { askedOnceAMinute } from './asked.server.ts'
import { hasUpdatePage, permissions } from './permissions.ts'
import { isShopifyTrouble, SECURE_MAIL_HOURS } from './secure-mail.server.ts'
import {
  type Case,
  type Choosable,
  caseFor,
  DAYS_AFTER_END,
  NOTHING_TO_CHOOSE,
  type OrderInParts,
  type SavedMethod,
  type Snapshot,
} from './snapshot.ts'
import { termsIn } from './terms.ts'
import { NO_TRIES, triesOf } from './tries.ts'
import type { FeedbackAnswer, ShopperSnapshot } from './view.ts'

/** How long the account pages tell of an end that asks for nothing more. Days. Ours: by then the next order is near. */
const TELLS_DAYS = 14

/** Cases of one customer that are told of. More subscriptions failing at once are nobody's. */
const MOST_CASES = 20

export type Found = { status: 200; snapshot: ShopperSnapshot; row: CaseRow; waiting: string | null }
export type CaseRow = NonNullable<Awaited<ReturnType<typeof readCase>>>

/** 404: there is none. 410: it is over for good, or the shop left. Staff may have withdrawn the link that led there. */
export type Nowhere = { status: 404 | 410 | 'withdrawn' }

/** The case behind a signed link. */
export async function findCase(
  { caseId, turn }: { caseId: string; turn: number },
  now: Date,
): Promise<Found | Nowhere> {
  let row = await readCase(caseId)
  if (row && row.linkTurn !== turn) return { status: 'withdrawn' }
  // The link is the debt's: where a linked case took it up again, that one tells how things stand.
  for (let next = row?.successorId; next; next = row?.successorId) row = await readCase(next)
  return row ? found(row, now) : { status: 404 }
}

/** A case of this customer of this shop, and of nobody else. */
export async function findCaseOf(
  { shop, customerId }: Shopper,
  caseId: string,
  now: Date,
): Promise<Found | { status: 404 | 410 }> {
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(caseId)
  const row = isId ? await readCase(caseId) : null
  return row && row.shop === shop && row.customerId === customerId
    ? found(row, now)
    : { status: 404 }
}

export type Shopper = { shop: string; customerId: string }

/** Everything that concerns this customer now; null: the shop is not one of ours any more. */
export async function loadSnapshot(shopper: Shopper, now: Date): Promise<Snapshot | null> {
  const { shop, customerId } = shopper
  const since = (days: number) => new Date(now.getTime() - days * DAY_MS)
  const pausedByUs = { kind: { in: PAUSES }, state: 'done' }
  const liftedLately = {
    kind: { in: PAUSES },
    state: 'undone',
    undoneAt: { gt: since(TELLS_DAYS) },
  }
  const [shopRow, brand, rows] = await Promise.all([
    db.shop.findUnique({ where: { shop } }),
    db.brand.findUnique({ where: { shop }, select: { policy: true } }),
    db.recoveryCase.findMany({
      where: {
        shop,
        customerId,
        successorId: null,
        OR: [
          { closedAt: null },
          { closedAt: { gt: since(TELLS_DAYS) } },
          {
            closedAt: { gt: since(DAYS_AFTER_END) },
            status: { notIn: WITHOUT_PAUSE },
            actions: { some: { OR: [pausedByUs, liftedLately] } },
          },
        ],
      },
      include: PARTS,
      orderBy: [{ openedAt: 'desc' }, { id: 'asc' }],
      take: MOST_CASES,
    }),
  ])
  if (!shopRow || shopRow.uninstalledAt || shopRow.redactedAt) return null
  const looked = (await Promise.all(rows.map((row) => found(row, now)))).flatMap((one) =>
    one.status === 200 ? [one] : [],
  )
  const told = looked.flatMap((one) => {
    const shown = caseFor(one.snapshot, NOTHING_TO_CHOOSE)
    return shown ? [{ ...one, shown }] : []
  })
  const asked = told.filter(({ shown }) => ASKED.has(shown.status))
  const known = told.map(({ row }) => `${row.id} ${row.methodId}`).join()
  const [saved, ...orders] = await Promise.all([
    asked.length > 0 ? savedMethods(shopper, known) : [],
    ...asked.map(orderInParts),
  ])
  const locale = told[0]?.snapshot.locale ?? shopRow.locale
  return {
    version: 1,
    shopName: shopRow.senderName ?? shopRow.name,
    locale: wordsLocale(locale, shopRow.zone, shopRow.locale).tag,
    contact: shopRow.replyTo ?? shopRow.email,
    policy: termsIn(brand?.policy ?? null),
    now: now.toISOString(),
    cases: told.flatMap((one) => {
      const { snapshot, row, shown } = one
      const order = orders[asked.indexOf(one)] ?? null
      if (saved.length === 0 && order === null) return [shown]
      const methods = saved.map((each) => ({ ...each, current: each.id === row.methodId }))
      return caseFor(snapshot, { methods, order }) ?? []
    }),
  }
}

const ASKED = new Set<Case['status']>(['failing', 'confirm'])

// ---------------------------------------------------------------- what Shopify is asked for

/** A customer's saved payment methods, and what an order holds. */
const methodsOf = askedOnceAMinute<SavedMethod[]>([])
const orders = askedOnceAMinute<WholeOrder | null>(null)

/** What this shopper may choose from, as far as it may be chosen now. */
export async function choosableFor(found: Found): Promise<Choosable> {
  const [methods, order] = await Promise.all([otherMethods(found), orderInParts(found)])
  return { methods, order }
}

async function otherMethods({ row, snapshot }: Found): Promise<SavedMethod[]> {
  const { shop, customerId, id, methodId } = row
  const may = permissions(snapshot).use_method
  if (customerId === null || (!may.allowed && may.because !== 'no_other_method')) return []
  const saved = await savedMethods({ shop, customerId }, `${id} ${methodId}`)
  return saved.filter((one) => one.usable && one.id !== methodId)
}

function savedMethods(shopper: Shopper, known: string): Promise<SavedMethod[]> {
  return methodsOf.read(customerKey(shopper), known, () => askForMethods(shopper))
}

/** After a change of theirs the list is read anew. */
export function forgetMethods(shopper: Shopper): void {
  methodsOf.forget(customerKey(shopper))
}

function customerKey({ shop, customerId }: Shopper): string {
  return `${shop} ${customerId}`
}

/** Null: less of it may not be taken, or the shop has changed the order itself, or Shopify did not say. */
async function orderInParts({ row, snapshot }: Found): Promise<OrderInParts | null> {
  const { smaller, wholeAmount } = snapshot
  if (smaller === null && permissions(snapshot).smaller.because !== 'nothing_smaller') return null
  const order = await orders.read(orderKey(row), row.id, () => askForOrder(row))
  if (!order || order.isEdited) return null
  const chosen = new Map(smaller?.lines.map(({ id, quantity }) => [id, quantity]))
  const lines = order.lines.map((line) => ({
    ...line,
    chosen: chosen.get(line.id) ?? line.quantity,
  }))
  return { lines, whole: wholeAmount }
}

/** The shop may have changed it: the next page asks anew. */
export function forgetOrder(row: CaseRow): void {
  orders.forget(orderKey(row))
}

function orderKey({ shop, contractId, cycleIndex }: CaseRow): string {
  return `${shop} ${contractId} ${cycleIndex}`
}

async function askForOrder(row: CaseRow): Promise<WholeOrder | null> {
  try {
    return await readOrder(await adminFor(row.shop), row)
  } catch (error) {
    forgetOrder(row)
    if (!isShopifyTrouble(error)) throw error
    log.warn({ error, caseId: row.id }, 'what an order holds could not be read')
    return null
  }
}

async function askForMethods(shopper: Shopper): Promise<SavedMethod[]> {
  try {
    const methods = await readSavedMethods(await adminFor(shopper.shop), shopper.customerId)
    return methods.map(({ id, label, revokedAt, isInactive }) => ({
      id,
      label,
      current: false,
      usable: revokedAt === null && !isInactive,
    }))
  } catch (error) {
    forgetMethods(shopper)
    if (!isShopifyTrouble(error)) throw error
    log.warn({ error, shop: shopper.shop }, 'the saved payment methods could not be read')
    return []
  }
}

// ---------------------------------------------------------------- one case

async function found(row: CaseRow, now: Date): Promise<Found | { status: 410 }> {
  const { shopRow } = row
  if (shopRow.uninstalledAt || shopRow.redactedAt) return { status: 410 }
  if (row.closedAt && now.getTime() - row.closedAt.getTime() > DAYS_AFTER_END * DAY_MS)
    return { status: 410 }
  const halted = operatorStop() !== null || shopRow.stoppedAt !== null
  const [loaded, own, sequence] = await Promise.all([
    row.closedAt ? null : loadCase(row.shop, row.id, now),
    ownNotice(row),
    sequenceOfVersion(row.sequenceVersionId),
  ])
  return { status: 200, row, ...snapshotOf(row, { halted, loaded, own, sequence }, now) }
}

/** The newest notice that the sequence put here. */
function noticeShown({ stepRuns }: CaseRow) {
  return stepRuns.findLast(({ kind }) => kind === 'account_notice')
}

/** The merchant's own words for it; null: ours serve. */
async function ownNotice(row: CaseRow): Promise<Template | null> {
  const stage = noticeShown(row)?.template as MessageStage | null | undefined
  if (!stage || row.lane === null) return null
  const { tag } = wordsLocale(row.customerLocale, row.zone, row.shopRow.locale)
  const key = { stage, lane: row.lane as Lane, channel: 'account', tag } as const
  const own = await templateFor(db, row.shop, key)
  return own && own.source !== 'default' ? own.template : null
}

function readCase(id: string) {
  return db.recoveryCase.findUnique({ where: { id }, include: PARTS })
}

const PAUSES = ['pause', 'shopper_pause']

const PARTS = {
  shopRow: true,
  attempts: { orderBy: { intendedAt: 'asc' } },
  actions: {
    where: {
      OR: [
        { state: 'done', undoneAt: null },
        { state: 'undone', kind: { in: PAUSES } },
      ],
    },
  },
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
} satisfies Prisma.RecoveryCaseInclude

/** What is read beside the case's own row. */
type Read = {
  halted: boolean
  /** Null: it is over. */
  loaded: LoadedCase | null
  own: Template | null
  sequence: Sequence
}

function snapshotOf(row: CaseRow, { halted, loaded, own, sequence }: Read, now: Date) {
  const { shopRow, attempts } = row
  const waiting = attempts.findLast(({ state }) => state === 'action_required')?.shopifyId ?? null
  const secureMailAt = row.messages[0]?.createdAt ?? null
  const shown = noticeShown(row)
  const money = (amount: { toString(): string }, currency: string) => ({
    amount: amount.toString(),
    currency,
  })
  const smallerLines = (row.smallerLines ?? []) as SmallerOrder['lines']
  const nextRetry = row.stepRuns.find(({ kind }) => kind === 'retry')
  const instrument = (row.instrument ?? 'other') as Instrument
  // A revoked method keeps its id.
  const hasMethod = row.methodId !== null && row.methodRevokedAt === null
  const method =
    row.methodId === null || row.methodFingerprint === null
      ? null
      : {
          id: row.methodId,
          fingerprint: row.methodFingerprint,
          instrument,
          revokedAt: row.methodRevokedAt,
        }
  const tries = loaded ? triesOf({ ...loaded, method }, now) : NO_TRIES
  const isBraked = loaded !== null && isHeldBack(loaded)
  const { closedAt } = row
  const standing = row.actions.filter(({ state }) => state === 'done')
  const isPausedByUs = row.status === 'exhausted' && standing.some(({ kind }) => kind === 'pause')
  const isPausedByShopper = standing.some(({ kind }) => kind === 'shopper_pause')
  const snapshot: ShopperSnapshot = {
    caseId: row.id,
    contractId: row.contractId,
    failedAt: row.anchorAt,
    nextOrderAt: row.nextExpectedAt && row.nextExpectedAt > now ? row.nextExpectedAt : null,
    shopLocale: shopRow.locale,
    hasMethod,
    halted,
    mayResume:
      isPausedByUs ||
      (isPausedByShopper &&
        (closedAt !== null
          ? !WITHOUT_PAUSE.includes(row.status)
          : row.status === 'held' && row.reason === 'paused')),
    days: tries.days && { ...tries.days, movesLeft: DAY_MOVES - row.dayMoves },
    status: isBraked ? 'held' : (row.status as CaseState['status']),
    reason: isBraked ? 'brake' : row.reason,
    lane: row.lane as Lane,
    code: row.lastCode,
    instrument,
    methodLabel: row.methodLabel,
    productTitle: smallerLines.find(({ quantity }) => quantity > 0)?.title ?? row.productTitle,
    amount: money(row.smallerAmount ?? row.amount, row.currency),
    wholeAmount: money(row.amount, row.currency),
    smaller:
      row.smallerAmount === null
        ? null
        : {
            lines: smallerLines,
            amount: money(row.smallerAmount, row.currency),
          },
    offersSmaller: shopRow.smallerOrders,
    recovered:
      row.recoveredAmount !== null && row.recoveredCurrency !== null
        ? money(row.recoveredAmount, row.recoveredCurrency)
        : null,
    shopName: shopRow.senderName ?? shopRow.name,
    contact: shopRow.replyTo ?? shopRow.email,
    accountUrl: shopRow.accountPage ?? `https://${row.shop}/account`,
    accountPage: shopRow.accountPage,
    zone: row.zone,
    locale: row.customerLocale ?? shopRow.locale,
    nextTryAt: nextRetry?.dueAt ?? null,
    deadlineAt: row.deadlineAt,
    finalAction: finalActionFor(sequence, row),
    done: (standing.find(({ kind }) => FINAL_ACTIONS.has(kind))?.kind ??
      null) as FinalAction | null,
    resumed:
      closedAt !== null && row.actions.some(({ undoneAt }) => undoneAt && undoneAt >= closedAt),
    answersUntil: closedAt && new Date(closedAt.getTime() + DAYS_AFTER_END * DAY_MS),
    challengeOpen: waiting !== null,
    underWay: attempts.some(({ state }) => state === 'intended' || state === 'submitted'),
    tryAgainFrom: tries.tryAgainFrom,
    canTryAgain: tries.canTryAgain,
    restsLonger: tries.restsLonger,
    triesUsedUp: tries.triesUsedUp,
    secureMailAt:
      secureMailAt && now.getTime() - secureMailAt.getTime() < SECURE_MAIL_HOURS * HOUR_MS
        ? secureMailAt
        : null,
    canUpdate: hasMethod && hasUpdatePage(instrument) && !halted,
    accountNotice: shown?.template
      ? { stage: shown.template as MessageStage, at: shown.settledAt ?? shown.dueAt, own }
      : null,
    feedback: row.feedback as FeedbackAnswer | null,
  }
  return { snapshot, waiting }
}

/** The store-wide brake is on, and the next that happens to this case is that it is held: nothing can be paid. */
function isHeldBack({ switches, case: { state, attempts } }: LoadedCase): boolean {
  const isUnpaid = ['open', 'retrying', 'awaiting_customer'].includes(state.status)
  const isAsked = attempts.some((one) => one.state === 'intended' || one.state === 'unknown')
  return Boolean(switches.brake) && isUnpaid && !isAsked
}

/** Ends after which there is no pause to lift: the order was paid, or the subscription is no more. */
const WITHOUT_PAUSE = ['recovered', 'paid_elsewhere', 'cancelled']
const FINAL_ACTIONS = new Set(['pause', 'skip', 'cancel', 'unpaid_order'])
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
