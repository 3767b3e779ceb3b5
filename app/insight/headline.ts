/** What a case is about to do, or how it ended, in one or two plain sentences. Pure. */

import type { FinalAction, Money } from '../dunning/types.ts'
import { formatDay, formatMoment, formatMoney, type Place, zoneWord } from './format.ts'
import { finalActionEnds, sourceWord } from './words.ts'

export type HeadlineFacts = {
  status: string
  reason: string | null
  deadReason: string | null
  customerName: string | null
  instrument: string | null
  /** The soonest planned steps; null when none is planned. */
  nextRetryAt: Date | null
  nextNoticeAt: Date | null
  deadlineAt: Date
  finalAction: FinalAction
  frozenAt: Date | null
  closedAt: Date | null
  recovered: Money | null
  recoverySource: string | null
  /** Why nothing goes out in the whole shop, or null. */
  stopped: string | null
  /** The shopper's zone; the locale is the shop's, because staff read this. */
  place: Place
}

export type Headline = { title: string; detail: string }

export function headline(facts: HeadlineFacts, now: Date): Headline {
  const { place, nextRetryAt, nextNoticeAt } = facts
  const who = facts.customerName ?? 'the shopper'
  const at = (instant: Date) => `${formatMoment(instant, place, now)} (${zoneWord(place.zone)})`
  const otherwise = `If it is still unpaid on ${formatDay(facts.deadlineAt, place, now)}, ${finalActionEnds(facts.finalAction)}.`
  const ended = facts.closedAt ? ` on ${at(facts.closedAt)}` : ''

  if (facts.deadReason) {
    return {
      title: 'Set aside after repeated errors',
      detail: `Nothing is charged or sent until it is driven again. The reason: ${facts.deadReason}`,
    }
  }
  if (facts.stopped && !isTerminal(facts.status)) {
    return {
      title: 'Stopped: nothing is charged or sent',
      detail: `${facts.stopped} The case goes on where it stands once that is lifted.`,
    }
  }

  switch (facts.status) {
    case 'open':
    case 'retrying':
      if (nextRetryAt && nextNoticeAt && nextNoticeAt < nextRetryAt) {
        return {
          title: `${who} gets a notice next, on ${at(nextNoticeAt)}`,
          detail: `${capital(payWord(facts.instrument))} is charged again on ${at(nextRetryAt)}. ${otherwise}`,
        }
      }
      if (nextRetryAt) {
        return {
          title: `Next charge on ${at(nextRetryAt)}`,
          detail: `${capital(payWord(facts.instrument))} is tried again by itself. ${otherwise}`,
        }
      }
      return {
        title: 'No further charge is planned',
        detail: nextNoticeAt
          ? `${capital(who)} gets a notice on ${at(nextNoticeAt)}. ${otherwise}`
          : otherwise,
      }
    case 'awaiting_customer': {
      if (facts.reason === 'order')
        return {
          title: 'Waiting for the order of this cycle to be paid',
          detail: `An order was made without taking the money, so nothing else is charged and ${who} is not asked for another payment method. The case ends when the order is paid. If it is still unpaid on ${formatDay(facts.deadlineAt, place, now)}, your staff are told.`,
        }
      const notice = nextNoticeAt ? ` The next notice goes out on ${at(nextNoticeAt)}.` : ''
      return facts.reason === 'challenge'
        ? {
            title: `Waiting for ${who} to confirm with the bank`,
            detail: `The bank asks for it, so nothing is charged meanwhile.${notice} ${otherwise}`,
          }
        : {
            title: `Waiting for ${who} to update the payment method`,
            detail: `The same details would fail again. A change is charged at once.${notice} ${otherwise}`,
          }
    }
    case 'awaiting_merchant':
      return {
        title: MERCHANT_TITLES[facts.reason ?? ''] ?? 'Waiting for your staff',
        detail: `${capital(who)} cannot help here and is not written to about payment. Nothing pauses or cancels the subscription meanwhile.`,
      }
    case 'held':
      return {
        title: HELD_TITLES[facts.reason ?? ''] ?? 'On hold',
        detail: `The clock has stood still${facts.frozenAt ? ` since ${at(facts.frozenAt)}` : ''}. Nothing is charged or sent, and the deadline moves by the time on hold.`,
      }
    case 'in_doubt':
      return {
        title: 'A charge was sent and its answer was lost',
        detail:
          'Reprise is asking Shopify what became of it. Nothing else is charged until that is settled.',
      }
    case 'recovered': {
      const sum = facts.recovered ? formatMoney(facts.recovered, place) : 'The cycle'
      const how = sourceWord(facts.recoverySource)
      return {
        title: `Recovered${ended}`,
        detail: `${sum} was paid${how ? `, ${how}` : ''}. Nothing more is charged for this cycle.`,
      }
    }
    case 'paid_elsewhere':
      return {
        title: `Paid another way${ended}`,
        detail: 'Shopify shows this cycle as billed, so Reprise stopped.',
      }
    case 'exhausted':
      return {
        title: `Ended unpaid${ended}`,
        detail: `The deadline came and the cycle was still unpaid: ${finalActionEnds(facts.finalAction)}.`,
      }
    case 'skipped':
      return {
        title: `The cycle was skipped${ended}`,
        detail: 'There is nothing left to pay for it.',
      }
    case 'cancelled':
      return {
        title: `The subscription was cancelled${ended}`,
        detail: 'Nothing more is charged or sent.',
      }
    case 'superseded':
      return {
        title: `The cycle was replaced${ended}`,
        detail: 'Its charge moved to another cycle, so this case ended.',
      }
    default:
      return {
        title: `Closed${ended}`,
        detail: 'Nothing more is charged or sent for this cycle.',
      }
  }
}

const MERCHANT_TITLES: Record<string, string> = {
  stock: 'Waiting for stock',
  config: 'Waiting for your staff: the shop’s side has to be put right',
  review: 'Waiting for your staff to review this case',
}

const HELD_TITLES: Record<string, string> = {
  paused: 'On hold: the subscription is paused',
  merchant: 'On hold: your staff stopped it',
  brake: 'On hold: many unlike payments failed together',
  shopper_stop: 'On hold: the shopper asked to stop',
  uninstalled: 'On hold: the app was removed from the shop',
}

const TERMINAL = new Set([
  'recovered',
  'paid_elsewhere',
  'exhausted',
  'skipped',
  'cancelled',
  'superseded',
  'written_off',
])

const isTerminal = (status: string) => TERMINAL.has(status)

function payWord(instrument: string | null): string {
  if (instrument === 'card') return 'the card'
  if (instrument === 'bank_account') return 'the bank account'
  if (instrument === 'paypal') return 'PayPal'
  if (instrument === 'shop_pay') return 'the card in Shop Pay'
  return 'the payment method'
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
