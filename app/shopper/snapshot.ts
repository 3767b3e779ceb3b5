/**
 * What the extensions are told: the JSON of `GET /ext/v1/state`. Its twin is `extensions/shared/src/api.ts`; a test on
 * each side reads `test/shopper/snapshot.json`. Codes, amounts and instants only: the extension has the words.
 */
import type { Instrument, Lane, Money } from '../dunning/types.ts'
import { isPaymentLane } from '../messages/default-templates/language.ts'
import { languageFor } from '../messages/default-templates/languages.ts'
import { wordsLocale } from '../messages/formats.ts'
import {
  type ActionName,
  mayAnswer,
  NOTHING_TO_CHOOSE,
  type Permission,
  permissions,
  updateRouteOf,
} from './permissions.ts'
import type { Terms } from './terms.ts'
import { FEEDBACK_ANSWERS, goesOnAgain, noticeOf, RAN_OUT, type ShopperSnapshot } from './view.ts'

/**
 * How long after its end a case still tells how it ended. Days. A paused subscription can be resumed that long, and
 * the mails say so.
 * Source: dunning-practice, section 7.
 */
export const DAYS_AFTER_END = 90

export type Snapshot = {
  version: 1
  shopName: string
  /** BCP 47: the language of our words for this shopper. */
  locale: string
  /** Where a person of the shop reads mail; null: unknown. */
  contact: string | null
  /** The merchant's payment terms, the address of a page or the words; null: none given. */
  policy: Terms | null
  /** ISO 8601, the server's clock. */
  now: string
  cases: Case[]
}

export type Case = {
  id: string
  contractId: string
  title: string
  /** What will be charged: the smaller amount while less was chosen, else the whole one. */
  amount: Money
  status:
    | 'failing'
    | 'confirm'
    | 'pending'
    | 'recovered'
    | 'paused'
    | 'resumed'
    | 'skipped'
    | 'ended'
  reason: ReasonCode
  /** How it ended, where the status alone does not say. */
  ending: Ending | null
  instrument: Instrument
  method: { label: string | null }
  /** IANA: the zone that its days are told in, here as in the mails. */
  zone: string
  failedAt: string
  nextRetryAt: string | null
  deadlineAt: string
  finalAction: 'pause' | 'skip' | 'cancel' | 'leave'
  /** What the sequence says on this page, in the shopper's language. */
  notice: string | null
  /** The last confirmation that a bank asked for, where it is over: how, and from when it can be started again. */
  confirmation: { ranOut: boolean; from: string | null } | null
  /** Always null: the bank's address runs out, so it is read at the press (POST confirm). */
  confirmUrl: null
  methods: SavedMethod[]
  updateRoute: UpdateRoute
  actions: Record<ActionName, Permission>
  /** Days, YYYY-MM-DD in the shopper's zone. */
  day: { earliest: string; latest: string; movesLeft: number } | null
  feedback: { reasons: string[] } | null
  /** What this order holds, where less of it may be taken or was; null: neither. */
  order: OrderInParts | null
  /** Where a pause can be lifted until then; null: it cannot, or no end is set. */
  resumeUntil: string | null
  /** Where the subscription goes on: when the next order is due. */
  shipsNext: string | null
}

/**
 * - `settled`: paid by another way than ours; its status is `recovered`.
 * - `cancelled`: the subscription has ended.
 * - `left_open`: nothing is tried any more, and the order is not settled.
 * - `kept_open`: the shop keeps the order open.
 * - `stopped`: by the shopper.
 * - `closed`: the shop has closed the order.
 */
export type Ending = 'settled' | 'cancelled' | 'left_open' | 'kept_open' | 'stopped' | 'closed'

export type ReasonCode =
  | 'funds'
  | 'issuer'
  | 'card'
  | 'auth'
  | 'revoked'
  | 'tech'
  | 'merchant'
  | 'unknown'

export type UpdateRoute = 'intent' | 'shop_pay_url' | 'email' | 'add_card' | 'none'
export type SavedMethod = { id: string; label: string; current: boolean; usable: boolean }

/** `price`: of one piece, before tax, discounts in it. `chosen`: pieces that are taken; all where nothing was changed. */
export type OrderLine = {
  id: string
  title: string
  quantity: number
  chosen: number
  price: Money
}

/** `whole`: what the whole order costs, before tax. */
export type OrderInParts = { lines: OrderLine[]; whole: Money }

/** What Shopify is asked for when a page is shown; empty and null: nothing, or it did not say. */
export type Choosable = { methods: readonly SavedMethod[]; order: OrderInParts | null }

export { NOTHING_TO_CHOOSE }

/** One case for its shopper; null: it is no affair of theirs (the shop's own causes, a cycle that was replaced). */
export function caseFor(s: ShopperSnapshot, choosable: Choosable): Case | null {
  const status = statusFor(s)
  if (status === null) return null
  const asked = status === 'failing' || status === 'confirm'
  const mine = asked ? choosable : NOTHING_TO_CHOOSE
  const allowed = permissions(s, mine)
  const { tag } = wordsLocale(s.locale, s.zone, s.shopLocale)
  return {
    id: s.caseId,
    contractId: s.contractId,
    title: s.productTitle ?? languageFor(tag).names.subscription,
    amount: s.recovered ?? s.amount,
    status,
    reason: s.status === 'held' && s.reason !== 'paused' ? 'merchant' : reasonFor(s),
    ending: endingOf(s, status),
    instrument: s.instrument,
    method: { label: s.methodLabel },
    zone: s.zone,
    failedAt: s.failedAt.toISOString(),
    nextRetryAt: status === 'failing' ? (s.nextTryAt?.toISOString() ?? null) : null,
    deadlineAt: s.deadlineAt.toISOString(),
    finalAction: s.finalAction === 'unpaid_order' ? 'leave' : s.finalAction,
    notice: asked ? noticeOf(s) : null,
    confirmation: status === 'failing' && s.lane === 'AUTH' ? confirmationOf(s) : null,
    confirmUrl: null,
    methods: [...mine.methods],
    updateRoute: asked ? updateRouteOf(s) : 'none',
    actions: allowed,
    day: allowed.day.allowed ? s.days : null,
    feedback: mayAnswer(s) ? { reasons: [...FEEDBACK_ANSWERS] } : null,
    order: allowed.smaller.allowed || s.smaller !== null ? mine.order : null,
    resumeUntil: allowed.resume.allowed ? (s.answersUntil?.toISOString() ?? null) : null,
    shipsNext: GOES_ON.has(status) ? (s.nextOrderAt?.toISOString() ?? null) : null,
  }
}

const GOES_ON = new Set<Case['status']>(['recovered', 'resumed', 'skipped'])

function statusFor(s: ShopperSnapshot): Case['status'] | null {
  // Nobody hears of a payment while the shop's own affairs are waited for (I8).
  if (!isPaymentLane(s.lane)) return null
  switch (s.status) {
    case 'open':
    case 'retrying':
    case 'awaiting_customer':
      if (s.underWay || s.reason === 'order') return 'pending'
      return s.challengeOpen ? 'confirm' : 'failing'
    case 'in_doubt':
      return 'pending'
    case 'held':
      return s.reason === 'paused' ? 'paused' : s.reason === 'shopper_stop' ? 'ended' : 'pending'
    case 'recovered':
    case 'paid_elsewhere':
      return 'recovered'
    case 'exhausted':
      if (goesOnAgain(s)) return 'resumed'
      if (s.done === 'pause') return 'paused'
      return s.done === 'skip' ? 'skipped' : 'ended'
    case 'skipped':
      return 'skipped'
    case 'written_off':
      return goesOnAgain(s) ? 'resumed' : 'ended'
    case 'cancelled':
      return 'ended'
    case 'awaiting_merchant':
    case 'superseded':
      return null
  }
}

function confirmationOf({ code, tryAgainFrom }: ShopperSnapshot): Case['confirmation'] {
  return { ranOut: code === RAN_OUT, from: tryAgainFrom?.toISOString() ?? null }
}

function endingOf({ status, done }: ShopperSnapshot, said: Case['status']): Ending | null {
  if (said === 'recovered') return status === 'paid_elsewhere' ? 'settled' : null
  if (said !== 'ended') return null
  if (status === 'held') return 'stopped'
  if (status === 'written_off') return 'closed'
  if (status === 'cancelled' || done === 'cancel') return 'cancelled'
  return done === 'unpaid_order' ? 'kept_open' : 'left_open'
}

const REASONS: Record<Lane, ReasonCode> = {
  FUNDS: 'funds',
  ISSUER: 'issuer',
  TECH: 'tech',
  CARD: 'card',
  AUTH: 'auth',
  STOP: 'revoked',
  MERCHANT: 'merchant',
  STOCK: 'merchant',
  UNKNOWN: 'unknown',
}

function reasonFor({ lane, hasMethod }: ShopperSnapshot): ReasonCode {
  return lane === 'CARD' && !hasMethod ? 'revoked' : REASONS[lane]
}
