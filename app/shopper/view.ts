/**
 * What the page of a case says, from what is known about the case. Pure. The same facts and the same sentences as in
 * the mails, so that page and mail never disagree.
 */
import type {
  CaseState,
  FinalAction,
  Instrument,
  Lane,
  MessageStage,
  Money,
} from '../dunning/types.ts'
import { isPaymentLane } from '../messages/default-templates/language.ts'
import { languageFor } from '../messages/default-templates/languages.ts'
import {
  directionOf,
  formatDay,
  formatMoment,
  formatMoney,
  inEnglish,
  wordsLocale,
} from '../messages/formats.ts'
import { type Sentences, sentencesFor, spokenMethod } from '../messages/render.ts'
import { renderAccountNotice } from '../messages/render-account.ts'
import { hasWords, type Template } from '../messages/template.ts'

/** A case as its shopper may know it. */
export type ShopperSnapshot = {
  status: CaseState['status']
  /** What it waits for, or why it is held. */
  reason: string | null
  lane: Lane
  code: string | null
  instrument: Instrument
  methodLabel: string | null
  productTitle: string | null
  amount: Money
  /** The order's total, once paid. */
  recovered: Money | null
  shopName: string
  /** Where a person of the shop reads mail; null: unknown. */
  contact: string | null
  /** The shop's own account page, where many shops let subscriptions be managed. */
  accountUrl: string
  zone: string
  locale: string
  nextTryAt: Date | null
  deadlineAt: Date
  /** What the merchant chose to happen at the deadline. */
  finalAction: FinalAction
  /** What was truly done to the subscription and not undone. */
  done: FinalAction | null
  /** The bank waits for the shopper on one attempt now. */
  challengeOpen: boolean
  /** An attempt has been sent and its result is not known yet. */
  underWay: boolean
  /** From when another attempt on this cycle is allowed (cap H2); null: now. */
  tryAgainFrom: Date | null
  /** Another attempt on this cycle will be allowed at all: before the deadline, and within the caps. */
  canTryAgain: boolean
  /** When Shopify's secure mail was last asked for, within the last 24 hours. */
  secureMailAt: Date | null
  /** Payment details can be changed: there is a method to change, and nothing has been stopped. */
  canUpdate: boolean
  /** The newest notice that the sequence put onto the shopper's page; null: none. */
  accountNotice: {
    stage: MessageStage
    at: Date
    /** The merchant's own words for it; null: ours. */
    own: Template | null
  } | null
  /** The shopper's answer to the one question at the end; null: none yet. */
  feedback: FeedbackAnswer | null
}

export const FEEDBACK_ANSWERS = ['easy', 'unclear', 'too_many', 'other'] as const
export type FeedbackAnswer = (typeof FEEDBACK_ANSWERS)[number]

/** What a press of the button asks for. */
export type Press = 'update' | 'challenge' | 'pay' | 'stop' | `feedback:${FeedbackAnswer}`

export type ShopperView = {
  lang: string
  dir: 'ltr' | 'rtl'
  shopName: string
  title: string
  paragraphs: string[]
  facts: { name: string; value: string }[]
  /** The one way to mend it; null: there is nothing to press. */
  action: { press: 'update' | 'challenge' | 'pay'; label: string; note: string } | null
  /** What the sequence put here: a polite reminder above all else. */
  aside: string[]
  /** Something that was just asked for and is on its way. */
  sent: string | null
  /** Whether "already cancelled, or not you" can be pressed. */
  canStop: boolean
  /** What that leads to; null: the usual, for an unpaid order. */
  stopNote: string | null
  /** Asked once, after it is over. */
  question: { text: string; answers: { press: Press; label: string }[] } | null
  contact: string | null
  accountUrl: string | null
}

export function viewOf(snapshot: ShopperSnapshot): ShopperView {
  // The page's own words are English so far, and so are the sentences that it shares with the mails.
  const { tag, formats } = wordsLocale(inEnglish(snapshot.locale), snapshot.zone)
  const words = wordsOf(snapshot, formats)
  const inProgress = words.kind === 'payment'
  const action = inProgress ? actionOf(snapshot) : null
  const speaksOfPayment = words.kind !== 'shop'
  return {
    lang: tag,
    dir: directionOf(tag),
    shopName: snapshot.shopName,
    title: words.title,
    paragraphs: words.paragraphs.filter((each) => each !== ''),
    facts: factsOf(snapshot, formats, inProgress, speaksOfPayment),
    action,
    aside: inProgress ? asideOf(snapshot, formats, words.title) : [],
    sent:
      snapshot.feedback !== null
        ? `Thank you for telling ${snapshot.shopName} how it was.`
        : inProgress && action === null
          ? secureMailSent(snapshot, formats)
          : null,
    canStop: canStop(snapshot),
    stopNote: null,
    question: questionOf(snapshot),
    contact: snapshot.contact,
    accountUrl:
      snapshot.done === 'pause' || snapshot.reason === 'paused' ? snapshot.accountUrl : null,
  }
}

/** The one thing that can be pressed now; also what a press is checked against. */
export function actionOf(snapshot: ShopperSnapshot): ShopperView['action'] {
  if (!isMendable(snapshot)) return null
  if (snapshot.challengeOpen) {
    return {
      press: 'challenge',
      label: 'Confirm with your bank',
      note: 'This takes you to your bank’s confirmation. Come back here afterwards if you like.',
    }
  }
  if (!snapshot.canUpdate) return null
  if (snapshot.lane === 'AUTH' && snapshot.tryAgainFrom === null && snapshot.canTryAgain) {
    return {
      press: 'pay',
      label: 'Start the confirmation',
      note: 'The payment is started once more, and your bank may then ask you to confirm it.',
    }
  }
  if (snapshot.instrument !== 'shop_pay' && snapshot.secureMailAt !== null) return null
  return updateAction(snapshot.instrument)
}

/** The way to new payment details: Shop Pay's own page, or Shopify's secure mail. */
export function updateAction(instrument: Instrument): NonNullable<ShopperView['action']> {
  if (instrument === 'shop_pay') {
    return { press: 'update', label: 'Update in Shop Pay', note: 'This takes you to Shop Pay.' }
  }
  return {
    press: 'update',
    label: 'Send me the secure link',
    note:
      instrument === 'paypal'
        ? 'Shopify, which runs the checkout of this shop, e-mails you a link to approve the payment in PayPal.'
        : 'Shopify, which runs the checkout of this shop, e-mails you a link to update your payment method. It asks for your details there, never here.',
  }
}

/** One question after recovery, pause, skip or cancellation, never before. Source: dunning-practice, section 12. */
export function mayAnswer({ status, feedback }: ShopperSnapshot): boolean {
  return feedback === null && ASKED_AFTER.has(status)
}

const ASKED_AFTER = new Set<ShopperSnapshot['status']>([
  'recovered',
  'exhausted',
  'skipped',
  'cancelled',
])

function questionOf(snapshot: ShopperSnapshot): ShopperView['question'] {
  if (!mayAnswer(snapshot)) return null
  const { question, answers } = languageFor('en').feedback
  return {
    text: question,
    answers: FEEDBACK_ANSWERS.map((answer) => ({
      press: `feedback:${answer}` as const,
      label: answers[answer],
    })),
  }
}

/**
 * Our words say in one line what the page itself tells; a merchant's own are shown whole. What the page says already is
 * not said twice.
 */
function asideOf(snapshot: ShopperSnapshot, formats: string, title: string): string[] {
  const { accountNotice, lane, zone, shopName } = snapshot
  if (accountNotice === null || !hasWords(accountNotice.stage, lane)) return []
  const { stage, at, own } = accountNotice
  const said = renderAccountNotice(
    { ...noticeInput(snapshot), stage, link: '' },
    ...(own ? [own] : []),
  )
  const paragraphs = own
    ? said.pieces.flatMap((piece) => (piece.type === 'list' ? piece.items : [piece.text]))
    : []
  if (paragraphs.length === 0 && (said.title === '' || said.title === title)) return []
  return [`${shopName}, ${formatDay(at, zone, formats)}: ${said.title}`, ...paragraphs]
}

/** Whether "already cancelled, or not you" has anything to stop. */
export function canStop({ status, reason, underWay }: ShopperSnapshot): boolean {
  if (underWay) return false
  if (status === 'held') return reason !== 'shopper_stop'
  return ['open', 'retrying', 'awaiting_customer', 'awaiting_merchant'].includes(status)
}

/** The case waits for a payment that the shopper may help along. */
function isMendable({ status, reason, lane, underWay }: ShopperSnapshot): boolean {
  if (underWay || reason === 'order' || !isPaymentLane(lane)) return false
  return status === 'open' || status === 'retrying' || status === 'awaiting_customer'
}

/** `shop`: something of the shop's own, so not a word about payment. `over`: nothing more is to come. */
type Words = { kind: 'payment' | 'shop' | 'over' | 'waiting'; title: string; paragraphs: string[] }

function wordsOf(snapshot: ShopperSnapshot, formats: string): Words {
  const { status, shopName } = snapshot
  const product = productOf(snapshot)
  const paid = isPaymentLane(snapshot.lane)
  const noCharge = paid ? ', and nothing more will be charged for it' : ''
  switch (status) {
    case 'recovered': {
      const total = snapshot.recovered ? ` of ${formatMoney(snapshot.recovered, formats)}` : ''
      return {
        kind: paid ? 'over' : 'shop',
        title: paid ? 'Thank you, it worked' : 'Good news',
        paragraphs: [
          paid
            ? `The payment${total} has gone through, and your order of ${product} is on its way.`
            : `Your order of ${product} is on its way.`,
          'You do not have to do anything else. Your subscription goes on as before.',
        ],
      }
    }
    case 'paid_elsewhere':
      return over(
        'This is settled',
        `Your order of ${product} is ${paid ? 'paid' : 'settled'}. There is nothing left to do.`,
      )
    case 'skipped':
      return over(
        'This order was skipped',
        `Your order of ${product} was skipped${noCharge}.`,
        'Your subscription goes on with the next order.',
      )
    case 'cancelled':
      return over(
        'This subscription has ended',
        `The subscription to ${product} has ended${noCharge}.`,
      )
    case 'superseded':
      return over(
        'There is nothing to do here any more',
        `This order of ${product} was replaced by a newer one.`,
      )
    case 'written_off':
      return over(
        'This order is closed',
        `${shopName} has closed this order of ${product}${noCharge}.`,
      )
    case 'exhausted':
      return exhausted(snapshot, product)
    case 'held':
      return held(snapshot, product)
    case 'in_doubt':
      return {
        kind: 'waiting',
        title: 'We are checking a payment',
        paragraphs: [
          `A payment for ${product} was started, and we are making sure what became of it.`,
          'Nothing else is charged until that is clear, so you cannot be charged twice. You do not have to do anything.',
        ],
      }
    case 'awaiting_merchant':
      return ofTheShop(snapshot, product)
    case 'open':
    case 'retrying':
    case 'awaiting_customer':
      if (snapshot.reason === 'order')
        return {
          kind: 'waiting',
          title: 'Your order waits to be paid',
          paragraphs: [
            `An order was made for ${product}, and its payment has not arrived yet. Nothing else is charged for it.`,
            helpFrom(snapshot),
          ],
        }
      return paid ? unpaid(snapshot, product, formats) : ofTheShop(snapshot, product)
    default:
      return unreachable(status)
  }
}

function unpaid(snapshot: ShopperSnapshot, product: string, formats: string): Words {
  if (snapshot.underWay) {
    return {
      kind: 'waiting',
      title: 'A payment is under way',
      paragraphs: [
        `We have just started the payment for ${product}. It usually takes less than a minute.`,
        'Load this page again to see how it went.',
      ],
    }
  }
  const says = sentences(snapshot)
  if (snapshot.lane === 'AUTH') return { kind: 'payment', ...confirmation(snapshot, says, formats) }
  const stuck = !snapshot.canUpdate && snapshot.nextTryAt === null
  return {
    kind: 'payment',
    title: says.title,
    paragraphs: [
      says.happened,
      ...(stuck ? [helpFrom(snapshot)] : says.doAndNext.split('\n\n')),
      says.willEnd,
    ],
  }
}

function confirmation(snapshot: ShopperSnapshot, says: Sentences, formats: string) {
  if (snapshot.challengeOpen) {
    return { title: says.title, paragraphs: [says.happened, says.doAndNext, says.willEnd] }
  }
  const from = snapshot.tryAgainFrom
  const ended =
    snapshot.code === 'EXPIRED_BUYER_ACTION'
      ? 'The last confirmation has run out.'
      : 'The last confirmation did not succeed.'
  const again = !snapshot.canUpdate
    ? helpFrom(snapshot)
    : !snapshot.canTryAgain
      ? `${ended} It cannot be started again for this order. Please use another payment method.`
      : from === null
        ? `${ended} You can start it again now.`
        : `${ended} You can start it again from ${formatMoment(from, snapshot.zone, formats)}, or use another payment method right away.`
  return { title: says.title, paragraphs: [says.happened, again, says.willEnd] }
}

function exhausted(snapshot: ShopperSnapshot, product: string): Words {
  const { shopName } = snapshot
  switch (snapshot.done) {
    case 'pause':
      return over(
        'Your subscription is paused',
        `The payment for ${product} has not gone through, so the subscription is paused. Nothing will be charged while it is paused.`,
        'You can resume it any time.',
        helpFrom(snapshot),
      )
    case 'skip':
      return over(
        'This order was skipped',
        `The payment for ${product} has not gone through, so this order was skipped. You will not be charged for it.`,
        'Your subscription goes on with the next order.',
      )
    case 'cancel':
      return over(
        'Your subscription has ended',
        `The payment for ${product} has not gone through, and the subscription has ended. Nothing more will be charged.`,
        'You are welcome back any time.',
      )
    case 'unpaid_order':
      return over(
        'Your order is kept open',
        `${shopName} keeps your order of ${product} open, and nothing more is charged by itself.`,
        helpFrom(snapshot),
      )
    case 'leave':
    case null:
      return over(
        'This payment is still open',
        `The payment for ${product} has not gone through, and we will not try it again by ourselves.`,
        helpFrom(snapshot),
      )
  }
}

function held(snapshot: ShopperSnapshot, product: string): Words {
  const { shopName, reason } = snapshot
  if (reason === 'shopper_stop') {
    return over(
      'We have stopped',
      `You told us that you have cancelled, or that this is not you. No payment for ${product} is tried any more, and no further message is sent.`,
      `${shopName} has been told and will look at it.`,
    )
  }
  if (reason === 'paused') {
    return over(
      'This subscription is paused',
      `Nothing is charged for ${product} while it is paused, and the dates stand still.`,
      `Would you like to resume it? ${helpFrom(snapshot)}`,
    )
  }
  return {
    kind: 'shop',
    title: `${shopName} is looking into this`,
    paragraphs: [
      `${shopName} is checking something about your order of ${product}. Nothing happens to it until they are done.`,
      'You do not have to do anything.',
    ],
  }
}

function ofTheShop(snapshot: ShopperSnapshot, product: string): Words {
  const { shopName, contact } = snapshot
  if (snapshot.code === 'INVALID_SHIPPING_ADDRESS') {
    return {
      kind: 'shop',
      title: 'Could you check your shipping address?',
      paragraphs: [
        `${shopName} would like to send you ${product}, but something seems to be missing in your shipping address.`,
        contact
          ? `Please write your full address to ${contact}, and your order goes on as soon as it is complete.`
          : `Please tell ${shopName} your full address, and your order goes on as soon as it is complete.`,
      ],
    }
  }
  return {
    kind: 'shop',
    title: `${shopName} is taking care of this`,
    paragraphs: [
      `${shopName} is sorting something out for your order of ${product}.`,
      'You do not have to do anything.',
    ],
  }
}

function over(title: string, ...paragraphs: string[]): Words {
  return { kind: 'over', title, paragraphs }
}

function helpFrom({ shopName, contact }: ShopperSnapshot): string {
  return contact
    ? `Write to ${contact}, and ${shopName} will help you.`
    : `Ask ${shopName}, and they will help you.`
}

function secureMailSent(snapshot: ShopperSnapshot, formats: string): string | null {
  if (snapshot.secureMailAt === null || snapshot.instrument === 'shop_pay') return null
  if (!isMendable(snapshot) || snapshot.challengeOpen) return null
  const at = formatMoment(snapshot.secureMailAt, snapshot.zone, formats)
  return `Shopify’s secure link is on its way to the e-mail address of your subscription (asked for on ${at}). Please also look among unwanted mail. You can ask for another one a day later.`
}

function factsOf(
  snapshot: ShopperSnapshot,
  formats: string,
  inProgress: boolean,
  speaksOfPayment: boolean,
): ShopperView['facts'] {
  const order = snapshot.productTitle ? [{ name: 'Order', value: snapshot.productTitle }] : []
  if (!speaksOfPayment || !isPaymentLane(snapshot.lane)) return order
  const method = spokenMethod(languageFor('en'), snapshot.methodLabel)
  const amount = snapshot.recovered ?? snapshot.amount
  const nextTry =
    inProgress && snapshot.lane !== 'AUTH' && snapshot.lane !== 'CARD' && snapshot.lane !== 'STOP'
      ? snapshot.nextTryAt
      : null
  return [
    ...order,
    { name: 'Amount', value: formatMoney(amount, formats) },
    ...(method ? [{ name: 'Payment method', value: method }] : []),
    ...(nextTry ? [{ name: 'Next try', value: formatDay(nextTry, snapshot.zone, formats) }] : []),
  ]
}

function sentences(snapshot: ShopperSnapshot): Sentences {
  return sentencesFor(noticeInput(snapshot))
}

function noticeInput(snapshot: ShopperSnapshot): Parameters<typeof sentencesFor>[0] {
  return {
    lane: snapshot.lane,
    code: snapshot.code,
    instrument: snapshot.instrument,
    shopName: snapshot.shopName,
    firstName: null,
    productTitle: snapshot.productTitle,
    amount: snapshot.amount,
    methodLabel: snapshot.methodLabel,
    nextTryAt: snapshot.nextTryAt,
    deadlineAt: snapshot.deadlineAt,
    finalAction: snapshot.finalAction,
    recovered: null,
    zone: snapshot.zone,
    locale: inEnglish(snapshot.locale),
    replyTo: snapshot.contact,
  }
}

function productOf({ productTitle }: ShopperSnapshot): string {
  return productTitle ?? 'your subscription'
}

function unreachable(value: never): never {
  throw new Error(`No words for ${JSON.stringify(value)}.`)
}
