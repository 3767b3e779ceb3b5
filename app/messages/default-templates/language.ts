/**
 * What a language must have words for. Every language file fills the whole of this type, so none can lack a sentence
 * that another has.
 *
 * A notice is built from sentences (what happened, what we do next, what the shopper can do, how it ends) that depend
 * on lane, code and instrument, and from one text per stage that puts them in order. Everything is Liquid over the
 * variables of `render.ts`. A blank line parts paragraphs; lines that begin with "- " are a list.
 *
 * Tone: fact first, no blame, one action, what happens next and when. Lanes MERCHANT and STOCK have no payment words
 * at all: what they wait for is the shop's own affair.
 */
import type { FinalAction, Instrument, Lane } from '../../dunning/types.ts'

/** Lanes where the shopper has something to do, or to know, about a payment. */
export type PaymentLane = Exclude<Lane, 'MERCHANT' | 'STOCK'>

export function isPaymentLane(lane: Lane): lane is PaymentLane {
  return lane !== 'MERCHANT' && lane !== 'STOCK'
}

export type Words = { subject: string; body: string }

/** Codes with a sentence of their own: what is to be updated, named. */
export const NAMED_CODES = [
  'CALL_ISSUER',
  'EXPIRED_CARD',
  'EXPIRED_PAYMENT_METHOD',
  'INVALID_EXPIRY_DATE',
  'INVALID_NUMBER',
  'INCORRECT_NUMBER',
  'CARD_NUMBER_INCORRECT',
  'INVALID_CVC',
  'INCORRECT_CVC',
  'INCORRECT_PIN',
  'INCORRECT_ZIP',
  'INCORRECT_ADDRESS',
  'INVALID_BILLING_ADDRESS',
  'AMOUNT_TOO_LARGE',
  'BUYER_CANCELED_PAYMENT_METHOD',
  'INVALID_CUSTOMER_BILLING_AGREEMENT',
  'PAYMENT_METHOD_NOT_FOUND',
  'PAYMENT_METHOD_NOT_SPECIFIED',
  'PAYMENT_METHOD_UNSUPPORTED',
] as const

export type NamedCode = (typeof NAMED_CODES)[number]

export type Language = {
  /** BCP 47, e.g. "pt-BR". */
  tag: string
  /** As its speakers write it; the editor shows it. */
  name: string
  /** Said where a name is missing, and how names are joined. */
  names: {
    /** In the middle of a sentence, e.g. "your subscription". */
    product: string
    subscription: string
    /** With `{{ product }}`. */
    subscriptionTo: string
    /** In the middle of a sentence, e.g. "your order", and with `{{ product }}`. */
    order: string
    orderOf: string
    method: string
    /** The same at the start of a sentence. */
    methodStart: string
    /** With `{{ brand }}` and `{{ digits }}`: to be read aloud. */
    ending: string
    /** With `{{ day }}` and `{{ time }}`. */
    at: string
  }

  /** One sentence by lane, where no code says it better. */
  happened: Record<PaymentLane, string>
  happenedByCode: Record<NamedCode, string>
  /** PayPal is the one that answers, not a bank. */
  happenedWithPaypal: { ISSUER: string; AUTH: string }

  /** When a further try is planned: `{{ next_try }}`. */
  nextTry: string
  /** When none is. */
  noNextTry: Record<PaymentLane, string>

  /** Lanes where a try may pass without the shopper: an offer, not a request. */
  mayChange: string
  /** Lane CARD: a request. */
  pleaseUpdate: Record<Instrument, string>
  pleaseConfirm: string
  pleaseReplace: string
  /** What the button says; it always leads to the case's page. */
  button: {
    update: string
    update_card: string
    update_shop_pay: string
    update_paypal: string
    replace: string
    confirm: string
    options: string
    details: string
    resume: string
  }

  /** What the merchant chose to happen at the deadline. */
  willEnd: Record<FinalAction, string>

  /** The first notice has a subject of its own in each lane; the page of the case uses it as its title. */
  firstSubject: Record<PaymentLane, string>
  lastSubject: Record<FinalAction, string>
  /** The stages that speak of a payment. `{{ do_and_next }}` is the request and what follows it, in the lane's order. */
  first: { body: string }
  reminder: Words
  options: Words
  plan: Words
  last: { body: string }
  /** Answers a shopper who asked for it. */
  updateLink: Words
  /** A friendly request; not a word about money. */
  address: Words
  recovered: Words
  /** After the shop cleared something on its own side: the shopper never heard of a payment. */
  recoveredOfShop: Words
  ended: Record<FinalAction, Words>
  /** How a case of the shop's own lanes ends: still no payment words. */
  endedOfShop: Words
  /** Before anything failed: the card expires before the next charge. `{{ charge_day }}`, `{{ method_expires }}`. */
  cardExpires: Words
  /** Before a renewal, where the shop chose to tell: `{{ charge_day }}`. */
  renewal: Words

  /** Texts: the shop's name first, one sentence, one link. `stopHint` ends the first one. */
  sms: {
    first: Record<PaymentLane, string>
    reminder: string
    plan: string
    last: Record<FinalAction, string>
    stopHint: string
    /** Answers to STOP, START and HELP. */
    stopped: string
    started: string
    help: string
  }

  /** Asked once, after it is over. */
  feedback: {
    question: string
    answers: { easy: string; unclear: string; too_many: string; other: string }
  }

  /** Around every notice, as a link and as text. */
  foot: {
    hello: string
    helloNobody: string
    copyLink: string
    /** Under the button: the shop's own account page does the same, for who is logged in there. */
    inAccount: string
    stop: string
    stopLink: string
    reply: string
    why: string
    order: string
    amount: string
    method: string
    nextTry: string
    deadline: string
    /** Over the same customer's further orders that were not paid, where one mail speaks of several. */
    also: string
    unsubscribe: string
  }
}
