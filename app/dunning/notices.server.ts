/**
 * Notices before a charge: found once a night, written down as rows, sent at their hour. Each row is told once or says
 * why it was not; the facts are read again before it goes out. The policy is before-failure.ts.
 */
import { randomUUID } from 'node:crypto'
import type { EarlyNotice, Message, Shop } from '@prisma/client'
import { now } from '../clock.server.ts'
import { db } from '../db.server.ts'
import { log } from '../log.server.ts'
import type { SendResult } from '../messages/email.server.ts'
import { noticeLink } from '../messages/links.server.ts'
import { noticeMail } from '../messages/notice-mail.server.ts'
import { recipientHash } from '../messages/recipients.server.ts'
import type { Notice, NoticeInput } from '../messages/render.ts'
import { sendForShop } from '../messages/sender-domain.server.ts'
import { count } from '../metrics.server.ts'
import { operatorStop } from '../place.server.ts'
import { ShopifyUnavailable, ShopUnreachable } from '../shopify/admin.server.ts'
import { type Recipient, readRecipient } from '../shopify/facts.server.ts'
import {
  type ActiveContract,
  type ContractBeforeCharge,
  listActiveContracts,
  readBeforeCharge,
} from '../shopify/upcoming.server.ts'
import {
  DAYS_BEFORE,
  decideNotice,
  isAnyOn,
  kindsToLookAt,
  type NoticeKind,
  periodOf,
  plannedNotices,
  readPreDunning,
} from './before-failure.ts'
import type { Turn, TurnEnd } from './clocks.server.ts'
import { addHours, zoneFor } from './schedule.ts'
import type { Instrument } from './types.ts'

/** Notices that one turn sends: three requests each. */
const NOTICES_A_TURN = 10

/** SendGrid, or something of ours, could not take one: it is tried again. Minutes. */
const TRY_AGAIN_MINUTES = 10

/** Charges are read as far ahead as any notice may be due. */
const REACH_HOURS = (DAYS_BEFORE.yearly[1] + 3) * 24

// ---------------------------------------------------------------- finding whom to tell

/** Nightly: one page of the shop's active contracts. What can be ruled out by the list costs no further request. */
export async function planNotices(turn: Turn): Promise<TurnEnd> {
  const { shop, admin, cursor } = turn
  const settings = readPreDunning(shop.preDunning)
  if (!isAnyOn(settings)) return { type: 'next', at: null }
  const page = await listActiveContracts(admin, cursor)
  const at = now()
  const known = await knownNotices(shop.shop, page.items, at)
  for (const contract of page.items) {
    const kinds = kindsToLookAt(contract, settings, at).filter((kind) => !known(kind, contract))
    if (kinds.length === 0) continue
    await turn.stillMine()
    try {
      await planFor(turn, contract)
    } catch (error) {
      if (error instanceof ShopifyUnavailable || error instanceof ShopUnreachable) throw error
      log.error(
        { error, shop: shop.shop, contractId: contract.id },
        'a notice could not be planned',
      )
    }
  }
  if (page.after) return { type: 'go_on', cursor: page.after }
  await wakeSender(shop.shop)
  return { type: 'done' }
}

/** What has been written down already of the contracts of a page. */
async function knownNotices(shop: string, contracts: ActiveContract[], at: Date) {
  const periods = contracts.map((contract) => periodOf('card_expires', contract, { cycleIndex: 0 }))
  const rows = await db.earlyNotice.findMany({
    where: {
      shop,
      OR: [
        { kind: 'card_expires', period: { in: periods } },
        {
          kind: 'renewal',
          contractId: { in: contracts.map(({ id }) => id) },
          chargeAt: { gt: at },
        },
      ],
    },
    select: { kind: true, period: true, contractId: true },
  })
  const keys = new Set(
    rows.map(
      ({ kind, period, contractId }) => `${kind} ${kind === 'renewal' ? contractId : period}`,
    ),
  )
  return (kind: NoticeKind, contract: ActiveContract) =>
    keys.has(
      `${kind} ${kind === 'renewal' ? contract.id : periodOf(kind, contract, { cycleIndex: 0 })}`,
    )
}

async function planFor({ shop, admin }: Turn, { id }: ActiveContract): Promise<void> {
  const at = now()
  const contract = await readUpcoming(admin, id, at)
  const charge = contract?.charges[0]
  if (!contract?.customer || !charge || contract.status !== 'ACTIVE') return
  const { method, customer } = contract
  const { zone } = zoneFor(contract.country, contract.province, shop.zone)
  const planned = plannedNotices(
    { id, interval: contract.interval, method },
    charge,
    readPreDunning(shop.preDunning),
    { zone, window: hoursOf(shop) },
    at,
  )
  await db.earlyNotice.createMany({
    data: planned.map(({ kind, period, dueAt }) => ({
      id: randomUUID(),
      shop: shop.shop,
      kind,
      period,
      contractId: id,
      cycleIndex: charge.cycleIndex,
      customerId: customer.id,
      customerLocale: customer.locale,
      methodId: method?.id ?? null,
      methodFingerprint: method?.fingerprint ?? null,
      methodLabel: method?.label ?? null,
      methodExpiresAt: method?.expiresAt ?? null,
      instrument: method?.instrument ?? 'other',
      productTitle: charge.productTitle,
      amount: charge.amount.amount,
      currency: charge.amount.currency,
      zone,
      chargeAt: charge.expectedAt,
      dueAt,
      state: 'planned',
      createdAt: at,
    })),
    skipDuplicates: true,
  })
}

function readUpcoming(admin: Turn['admin'], contractId: string, at: Date) {
  return readBeforeCharge(admin, contractId, { from: at, until: addHours(at, REACH_HOURS) })
}

function hoursOf({ emailFromHour, emailUntilHour }: Shop) {
  return { fromHour: emailFromHour, untilHour: emailUntilHour }
}

/** The sender's clock stands at the first notice that is planned. */
async function wakeSender(shop: string): Promise<void> {
  const nextRunAt = await firstDue(shop)
  if (nextRunAt === null) return
  await db.shopClock.upsert({
    where: { shop_job: { shop, job: 'notices' } },
    create: { shop, job: 'notices', nextRunAt },
    update: { nextRunAt },
  })
}

async function firstDue(shop: string): Promise<Date | null> {
  const first = await db.earlyNotice.findFirst({
    where: { shop, state: 'planned' },
    orderBy: { dueAt: 'asc' },
    select: { dueAt: true },
  })
  return first?.dueAt ?? null
}

// ---------------------------------------------------------------- telling

/** Sends what is due. One that fails in our hands keeps nothing from the others. */
export async function sendNotices(turn: Turn): Promise<TurnEnd> {
  const { shop } = turn
  const due = await db.earlyNotice.findMany({
    where: { shop: shop.shop, state: 'planned', dueAt: { lte: now() } },
    include: { messages: { where: { template: { not: 'update_link' } } } },
    orderBy: { dueAt: 'asc' },
    take: NOTICES_A_TURN,
  })
  for (const notice of due) {
    await turn.stillMine()
    try {
      await tell(turn, notice)
    } catch (error) {
      if (error instanceof ShopifyUnavailable || error instanceof ShopUnreachable) throw error
      log.error({ error, shop: shop.shop, noticeId: notice.id }, 'a notice could not be sent')
      await tryAgain(notice, 'something went wrong in Reprise')
    }
  }
  if (due.length === NOTICES_A_TURN) return { type: 'go_on', cursor: 'more' }
  return { type: 'next', at: await firstDue(shop.shop) }
}

async function tell(
  { shop, admin }: Turn,
  notice: EarlyNotice & { messages: Message[] },
): Promise<void> {
  const [message] = notice.messages
  // Begun before a crash: never sent again blindly. SendGrid's events may have told since how it ended.
  if (message && message.state !== 'intended') {
    const because = 'the worker stopped while this notice was being sent'
    const { id, state, providerId } = message
    return settle(
      notice,
      id,
      state === 'sending' ? { state: 'uncertain', because } : { state: 'sent', providerId },
    )
  }
  const at = now()
  const contract = await readUpcoming(admin, notice.contractId, at)
  const decision = decideNotice(
    { ...notice, kind: notice.kind as NoticeKind },
    { contract, charges: contract?.charges ?? [], ...(await whatWeKnow(shop, notice)) },
    readPreDunning(shop.preDunning),
    hoursOf(shop),
    at,
  )
  if (decision.type === 'skip') return leaveOut(notice, decision.because)
  if (decision.type === 'wait') {
    const { until: dueAt, chargeAt, because: reason } = decision
    await db.earlyNotice.updateMany({
      where: { id: notice.id, state: 'planned' },
      data: { dueAt, chargeAt, reason },
    })
    return
  }
  const { contractId, cycleIndex } = notice
  const recipient = await readRecipient(admin, notice.customerId, { contractId, cycleIndex })
  if (!recipient.email) {
    return leaveOut(notice, 'not sent: Shopify gives no e-mail address for this customer')
  }
  const addressHash = recipientHash(recipient.email)
  const blocked = await db.suppression.findFirst({
    where: { shop: shop.shop, recipient: addressHash, channel: { in: ['email', 'all'] } },
  })
  if (blocked) return leaveOut(notice, `not sent: ${blocked.reason}`)
  const mail = await mailFor(shop, notice, contract, recipient)
  if (mail.lacks.length > 0) {
    return leaveOut(notice, `not sent: the offer in it needs ${mail.lacks.join(' and ')}`)
  }
  const id = await beginMessage(notice, message ?? null, mail, addressHash)
  if (id === null) return
  const result = await sendForShop(shop.shop, {
    to: recipient.email,
    fromName: shop.senderName ?? shop.name,
    replyTo: shop.replyTo,
    subject: mail.subject,
    html: mail.html,
    text: mail.text,
    customArgs: { message_id: id },
    categories: ['payment-notice', `stage-${notice.kind}`],
  })
  if (result.state !== 'try_later') return settle(notice, id, result)
  await db.message.updateMany({
    where: { id, state: 'sending' },
    data: { state: 'intended', reason: result.because },
  })
  await tryAgain(notice, result.because)
}

async function whatWeKnow(shop: Shop, { customerId }: EarlyNotice) {
  const [stops, openCases, suppression, last] = await Promise.all([
    // Of a turn's notices the last goes out long after the first.
    db.shop.count({ where: { shop: shop.shop, NOT: { stoppedAt: null, uninstalledAt: null } } }),
    db.recoveryCase.count({ where: { shop: shop.shop, customerId, closedAt: null } }),
    db.suppression.findUnique({
      where: { shop_recipient_channel: { shop: shop.shop, recipient: customerId, channel: 'all' } },
    }),
    db.message.findMany({
      where: {
        shop: shop.shop,
        customerId,
        countsTowardCap: true,
        state: { notIn: ['suppressed', 'failed', 'intended'] },
      },
      orderBy: { createdAt: 'desc' },
      take: 5,
      select: { sentAt: true, createdAt: true },
    }),
  ])
  const heard = last.map(({ sentAt, createdAt }) => (sentAt ?? createdAt).getTime())
  return {
    hasOpenCase: openCases > 0,
    suppressed: suppression?.reason ?? null,
    stopped: operatorStop() ?? (stops > 0 ? 'the shop has stopped all notices' : null),
    lastMessageAt: heard.length > 0 ? new Date(Math.max(...heard)) : null,
  }
}

function mailFor(
  shop: Shop,
  notice: EarlyNotice,
  contract: ContractBeforeCharge | null,
  recipient: Recipient,
): Promise<Notice> {
  const charge = contract?.charges.find(({ cycleIndex }) => cycleIndex === notice.cycleIndex)
  const method = contract?.method ?? null
  const locale = recipient.locale ?? notice.customerLocale ?? ''
  const chargeAt = charge?.expectedAt ?? notice.chargeAt
  const stage = notice.kind as NoticeKind
  const input: NoticeInput = {
    stage,
    lane: 'UNKNOWN',
    code: null,
    instrument: method?.instrument ?? (notice.instrument as Instrument),
    shopName: shop.senderName ?? shop.name,
    firstName: recipient.firstName,
    productTitle: charge?.productTitle ?? notice.productTitle,
    amount: charge?.amount ?? { amount: notice.amount.toString(), currency: notice.currency },
    methodLabel: method?.label ?? notice.methodLabel,
    nextTryAt: null,
    deadlineAt: chargeAt,
    finalAction: 'leave',
    recovered: null,
    zone: notice.zone,
    locale,
    shopLocale: shop.locale,
    items: recipient.items,
    link: noticeLink(notice.id),
    replyTo: shop.replyTo,
    chargeAt,
    methodExpiresAt: method?.expiresAt ?? notice.methodExpiresAt,
  }
  return noticeMail(shop.shop, input, '*', { noticeId: notice.id })
}

/**
 * The outbox row, written before the call: mail/send takes no idempotency key, and one notice lost is better than the
 * same twice. Null: another worker has it.
 */
async function beginMessage(
  notice: EarlyNotice,
  tried: Message | null,
  mail: Notice,
  addressHash: string,
): Promise<string | null> {
  const said = { subject: mail.subject, locale: mail.locale, addressHash, state: 'sending' }
  if (tried) {
    const { count: taken } = await db.message.updateMany({
      where: { id: tried.id, state: 'intended' },
      data: said,
    })
    return taken === 1 ? tried.id : null
  }
  const id = randomUUID()
  const { count: taken } = await db.message.createMany({
    data: {
      ...said,
      id,
      noticeId: notice.id,
      shop: notice.shop,
      customerId: notice.customerId,
      triggerKey: notice.kind,
      recipientHash: recipientHash(notice.customerId),
      channel: 'email',
      template: notice.kind,
      createdAt: now(),
    },
    skipDuplicates: true,
  })
  return taken === 1 ? id : null
}

type Settled = Exclude<SendResult, { state: 'try_later' }>

async function settle(notice: EarlyNotice, messageId: string, result: Settled): Promise<void> {
  const at = now()
  const because = result.state === 'sent' ? null : result.because
  await db.$transaction([
    // SendGrid's events may have come before its answer (intake/mail-events.server.ts); they know more.
    db.message.updateMany({
      where: { id: messageId, state: 'sending' },
      data: {
        state: result.state,
        reason: because,
        providerId: result.state === 'sent' ? result.providerId : null,
        sentAt: result.state === 'failed' ? null : at,
      },
    }),
    db.earlyNotice.updateMany({
      where: { id: notice.id, state: 'planned' },
      data: { state: result.state, reason: because, settledAt: at },
    }),
  ])
  count('messages_total', { state: result.state })
}

async function leaveOut(notice: EarlyNotice, because: string): Promise<void> {
  await db.$transaction([
    // Tried and not taken: it counts as heard no longer.
    db.message.updateMany({
      where: { noticeId: notice.id, state: 'intended' },
      data: { state: 'suppressed', reason: because },
    }),
    db.earlyNotice.updateMany({
      where: { id: notice.id, state: 'planned' },
      data: { state: 'skipped', reason: because, settledAt: now() },
    }),
  ])
}

async function tryAgain(notice: EarlyNotice, because: string): Promise<void> {
  await db.earlyNotice.updateMany({
    where: { id: notice.id, state: 'planned' },
    data: { dueAt: addHours(now(), TRY_AGAIN_MINUTES / 60), reason: because },
  })
}
