/** One case as staff read it: what happens next, why everything so far happened, and what they may do. */

import type { CaseEvent, Message, Shop } from '@prisma/client'
import type { Db } from '../db.server.ts'
import { meaningOf } from '../dunning/declines.ts'
import { ATTEMPTS_PER_CYCLE, ATTEMPTS_PER_METHOD, METHOD_WINDOW_DAYS } from '../dunning/limits.ts'
import { finalActionFor } from '../dunning/sequence.ts'
import type { DeclineClass, Sequence } from '../dunning/types.ts'
import { smsIsSetUp } from '../messages/sms.server.ts'
import { countsAsAttempt, type StaffActions, staffActions } from './actions.ts'
import { formatDay, formatMoment, formatMoney, type Place, zoneWord } from './format.ts'
import { type Headline, headline } from './headline.ts'
import { smallerOrder } from './smaller-order.ts'
import {
  actorWord,
  attemptStateWord,
  classWord,
  laneWord,
  markWord,
  messageStateWord,
  statusWord,
  stepStateWord,
  stepWord,
  type Tone,
  triggerWord,
  withMarks,
} from './words.ts'

const METHOD_WINDOW_MS = METHOD_WINDOW_DAYS * 24 * 60 * 60 * 1000

export type RecoveryPage = {
  id: string
  customer: string
  product: string
  amount: string
  status: { label: string; tone: Tone }
  headline: Headline
  /** The zone that every time on the page is in, and where it came from. */
  zone: string
  facts: { term: string; text: string }[]
  links: { label: string; url: string }[]
  decline: { code: string; kind: string; meaning: string } | null
  next: { id: string; mark: string; what: string; when: string }[]
  past: {
    id: string
    mark: string
    what: string
    when: string
    state: string
    reason: string | null
  }[]
  attempts: { id: string; number: number; when: string; why: string; result: string }[]
  method: { label: string; onCycle: string; onMethod: string } | null
  messages: {
    id: string
    what: string
    when: string
    state: string
    tone: Tone
    reason: string | null
  }[]
  tasks: {
    id: string
    title: string
    body: string
    since: string
    done: string | null
    phone: boolean
  }[]
  timeline: TimelineEntry[]
  actions: StaffActions
  /** Given up after repeated errors: "Drive again" is offered. */
  setAside: boolean
  terminal: boolean
  /** On hold: what is planned moves by the time that it lasts. */
  frozen: boolean
}

export type TimelineEntry = { seq: number; when: string; who: string; because: string }

/** Null: this shop has no such case. */
export async function recoveryPage(
  db: Db,
  shop: Shop,
  caseId: string,
  operatorStop: string | null,
  now: Date,
): Promise<RecoveryPage | null> {
  const found = await db.recoveryCase.findFirst({
    where: { id: caseId, shop: shop.shop },
    include: {
      attempts: { orderBy: { number: 'asc' } },
      stepRuns: { orderBy: [{ dueAt: 'asc' }, { stepKey: 'asc' }] },
      messages: { orderBy: { createdAt: 'asc' } },
      events: { orderBy: { seq: 'desc' } },
      version_: { include: { sequence: true } },
    },
  })
  if (!found) return null

  const place: Place = { zone: found.zone, locale: shop.locale }
  const at = (instant: Date) => formatMoment(instant, place, now)
  const money = (amount: { toString(): string }, currency: string) =>
    formatMoney({ amount: amount.toString(), currency }, place)
  // Only `sequence.ts` makes these bodies, and only a checked one is published.
  const sequence = found.version_.body as unknown as Sequence

  const [also, tasks, onMethod] = await Promise.all([
    db.recoveryCase.findMany({
      where: {
        shop: shop.shop,
        contractId: found.contractId,
        closedAt: null,
        id: { not: found.id },
      },
      select: { amount: true, currency: true, expectedAt: true },
      orderBy: { cycleIndex: 'asc' },
    }),
    db.staffTask.findMany({
      where: { shop: shop.shop, caseId: found.id },
      orderBy: { createdAt: 'desc' },
    }),
    found.methodId === null
      ? []
      : db.attempt.findMany({
          where: {
            shop: shop.shop,
            methodId: found.methodId,
            intendedAt: { gt: new Date(now.getTime() - METHOD_WINDOW_MS) },
            state: { notIn: ['abandoned', 'refused'] },
          },
          select: { intendedAt: true },
          orderBy: { intendedAt: 'desc' },
        }),
  ])
  const usedOnMethod = onMethod.length
  const fillsMethod = onMethod[ATTEMPTS_PER_METHOD - 1]?.intendedAt ?? null
  const usedOnCycle = found.attempts.filter(({ state }) => countsAsAttempt(state)).length
  const stopped = whyStopped(shop, operatorStop)
  const planned = found.stepRuns.filter(({ state }) => state === 'scheduled')
  const soonest = (...kinds: string[]) =>
    planned.find(({ kind }) => kinds.includes(kind))?.dueAt ?? null
  const recovered =
    found.recoveredAmount && found.recoveredCurrency
      ? { amount: found.recoveredAmount.toString(), currency: found.recoveredCurrency }
      : null

  return {
    id: found.id,
    customer: found.customerName ?? 'Customer without a name',
    product: found.productTitle ?? 'Subscription',
    amount: money(found.amount, found.currency),
    status: found.deadReason ? { label: 'Set aside', tone: 'warning' } : statusWord(found.status),
    headline: headline(
      {
        status: found.status,
        reason: found.reason,
        deadReason: found.deadReason,
        customerName: found.customerName,
        instrument: found.instrument,
        nextRetryAt: soonest('retry'),
        nextNoticeAt: soonest('email', 'sms'),
        deadlineAt: found.deadlineAt,
        finalAction: finalActionFor(sequence, found),
        frozenAt: found.frozenAt,
        closedAt: found.closedAt,
        recovered,
        recoverySource: found.recoverySource,
        stopped,
        place,
      },
      now,
    ),
    zone: `Times are in ${zoneWord(found.zone)} (${found.zone}), from the ${found.zoneSource}.`,
    facts: [
      {
        term: recovered ? 'Was unpaid' : 'Unpaid',
        text: `${money(found.amount, found.currency)} before tax`,
      },
      ...smallerOrder(found, place),
      ...(recovered ? [{ term: 'Paid', text: formatMoney(recovered, place) }] : []),
      ...(found.refundedAmount && recovered
        ? [{ term: 'Refunded', text: money(found.refundedAmount, recovered.currency) }]
        : []),
      ...(also.length > 0
        ? [
            {
              term: 'Also unpaid',
              text: `${also.map((one) => `${money(one.amount, one.currency)} due ${at(one.expectedAt)}`).join('; ')}. Each is a debt and a case of its own: a payment settles only the cycle that it was made for.`,
            },
          ]
        : []),
      { term: 'Due', text: at(found.expectedAt) },
      { term: 'First failure', text: at(found.anchorAt) },
      {
        term: 'Deadline',
        text: at(found.deadlineAt),
      },
      {
        term: 'Benefits end',
        text: found.graceEndedAt
          ? `Ended on ${at(found.graceEndedAt)}`
          : formatDay(found.graceEndsAt, place, now),
      },
      {
        term: 'Plan',
        text: `${found.version_.sequence.name}, version ${found.version_.number}: ${laneWord(found.lane)}`,
      },
      ...(found.segmentRule ? [{ term: 'Segment', text: found.segmentRule }] : []),
    ],
    links: adminLinks(found),
    decline: found.lastCode
      ? {
          code: found.lastCode,
          kind: classWord(found.lastClass),
          meaning: meaningOf(found.lastCode),
        }
      : null,
    next: planned.map((step) => ({
      id: step.id,
      mark: markWord(step.stepKey),
      what:
        stepWord({ kind: step.kind, stage: step.template }) +
        (step.kind === 'sms' && !(shop.smsOn && smsIsSetUp())
          ? ' (will be skipped: SMS is not set up)'
          : ''),
      when: at(step.dueAt),
    })),
    past: found.stepRuns
      .filter(({ state }) => state !== 'scheduled')
      .map((step) => ({
        id: step.id,
        mark: markWord(step.stepKey),
        what: stepWord({ kind: step.kind, stage: step.template }),
        when: at(step.settledAt ?? step.dueAt),
        state: stepStateWord(step.state),
        reason: step.reason === null ? null : sentence(step.reason),
      })),
    attempts: found.attempts.map((attempt) => ({
      id: attempt.id,
      number: attempt.number,
      when: at(attempt.intendedAt),
      why: triggerWord(attempt.trigger),
      result:
        attemptStateWord(attempt.state) +
        (attempt.rawCode ? `: ${attempt.rawCode}` : attempt.refusal ? `: ${attempt.refusal}` : ''),
    })),
    method:
      found.methodLabel === null && found.methodId === null
        ? null
        : {
            label: found.methodLabel ?? 'Payment method',
            onCycle: `${left(ATTEMPTS_PER_CYCLE, usedOnCycle)} of ${ATTEMPTS_PER_CYCLE} attempts left on this cycle`,
            onMethod: `${left(ATTEMPTS_PER_METHOD, usedOnMethod)} of ${ATTEMPTS_PER_METHOD} attempts left on this payment method in ${METHOD_WINDOW_DAYS} days`,
          },
    messages: found.messages.map((message) => ({
      id: message.id,
      what: message.subject ?? stepWord({ kind: message.channel, stage: message.template }),
      when: at(message.sentAt ?? message.createdAt),
      state: messageStateWord(message.state).label,
      tone: messageStateWord(message.state).tone,
      reason: whatBecame(message, at),
    })),
    tasks: tasks.map((task) => ({
      id: task.id,
      title: task.title,
      body: task.body,
      since: at(task.createdAt),
      done: task.doneAt
        ? task.doneBy === 'case closed'
          ? `Closed with the case on ${at(task.doneAt)}`
          : `Done on ${at(task.doneAt)}${task.doneBy ? ` by ${actorWord(task.doneBy)}` : ''}`
        : null,
      phone: task.phone,
    })),
    timeline: found.events.map((event) => timelineEntry(event, at)),
    actions: staffActions(
      {
        status: found.status,
        reason: found.reason,
        deadReason: found.deadReason,
        lastClass: found.lastClass as DeclineClass | null,
        stopped,
        attempts: found.attempts,
        usedOnCycle,
        usedOnMethod,
        methodFreeAt: fillsMethod && new Date(fillsMethod.getTime() + METHOD_WINDOW_MS),
        expectedAt: found.expectedAt,
        deadlineAt: found.deadlineAt,
        place,
      },
      now,
    ),
    setAside: found.deadReason !== null && found.closedAt === null,
    terminal: found.closedAt !== null,
    frozen: found.status === 'held',
  }
}

/** Whether the case is this shop's. */
export async function hasCase(db: Db, shop: string, id: string): Promise<boolean> {
  return (await db.recoveryCase.count({ where: { id, shop } })) > 0
}

/** Why nothing goes out in the whole shop, or null. */
export function whyStopped(
  shop: Pick<Shop, 'recoveryStartedAt' | 'stoppedAt'>,
  /** Why the operator's side acts for no shop at all (place.server.ts). */
  operatorStop: string | null,
): string | null {
  if (operatorStop) return sentence(operatorStop)
  if (shop.stoppedAt) return 'The stop switch in Settings is on.'
  if (!shop.recoveryStartedAt) return 'Recovery has not been started yet.'
  return null
}

/** What SendGrid told last goes before what we knew when we sent it. */
function whatBecame(
  { reason, eventNote, deliveredAt }: Message,
  at: (instant: Date) => string,
): string | null {
  if (eventNote === null) return reason === null ? null : sentence(reason)
  const said = sentence(eventNote)
  return deliveredAt === null ? said : `${said} Delivered ${at(deliveredAt)}.`
}

function timelineEntry(event: CaseEvent, at: (instant: Date) => string): TimelineEntry {
  return {
    seq: event.seq,
    when: at(event.at),
    who: capital(actorWord(event.actor)),
    because: sentence(event.because),
  }
}

function adminLinks(found: {
  customerId: string | null
  contractId: string
  orderId: string | null
}): { label: string; url: string }[] {
  return [
    ...(found.customerId
      ? [{ label: 'Customer', url: `shopify:admin/customers/${tail(found.customerId)}` }]
      : []),
    { label: 'Subscription', url: `shopify:admin/subscriptions/${tail(found.contractId)}` },
    ...(found.orderId
      ? [{ label: 'Order', url: `shopify:admin/orders/${tail(found.orderId)}` }]
      : []),
  ]
}

/** "gid://shopify/Order/12" → "12". */
const tail = (gid: string) => gid.split('/').at(-1) ?? gid

const left = (max: number, used: number) => Math.max(0, max - used)

/** The engine writes its reasons as clauses; on the page they stand alone. */
function sentence(because: string): string {
  const words = withMarks(because)
  const text = capital(words)
  return /[.!?]$/.test(text) ? text : `${text}.`
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
