/**
 * The English words. Fact first, no blame, one action, what happens next and when.
 *
 * A notice is built from sentences (what happened, what we do next, what the shopper can do, how it ends) that depend
 * on lane, code and instrument, and from one text per stage that puts them in order. Everything is Liquid over the
 * variables of `render.ts`. A blank line parts paragraphs; lines that begin with "- " are a list.
 *
 * Lanes MERCHANT and STOCK have no payment words at all: what they wait for is the shop's own affair.
 */
import type { FinalAction, Instrument, Lane, MessageStage } from '../../dunning/types.ts'

/** Lanes where the shopper has something to do, or to know, about a payment. */
export type PaymentLane = Exclude<Lane, 'MERCHANT' | 'STOCK'>

export type Words = { subject: string; body: string }

// ---------------------------------------------------------------- what happened

/** One sentence by lane, where no code below says it better. */
export const happened: Record<PaymentLane, string> = {
  FUNDS: 'We could not process the payment of {{ amount }} for {{ product }}.',
  ISSUER: 'Your bank did not approve the payment of {{ amount }} for {{ product }}.',
  TECH: 'A technical problem stopped the payment of {{ amount }} for {{ product }}.',
  CARD: '{{ method_start }} can no longer be used, so the payment of {{ amount }} for {{ product }} could not be made.',
  AUTH: 'Your bank wants you to confirm the payment of {{ amount }} for {{ product }}.',
  STOP: 'The payment of {{ amount }} for {{ product }} could not be made with {{ method }}.',
  UNKNOWN: 'We could not process the payment of {{ amount }} for {{ product }}.',
}

const NUMBER = 'The card number of {{ method }} does not seem right'
const CODE = 'The security code of {{ method }} needs to be entered again'
const ADDRESS = 'The billing address of {{ method }} does not match the one that your bank has'
const EXPIRED = '{{ method_start }} has expired'
const ENDED = 'The agreement to pay with {{ method }} has ended'
const NONE = 'There is no payment method on your subscription at the moment'
const SO = ', so the payment of {{ amount }} for {{ product }} could not be made.'

/** What is to be updated, named. */
export const happenedByCode: Record<string, string> = {
  CALL_ISSUER: `${happened.ISSUER} They can tell you why.`,
  EXPIRED_CARD: EXPIRED + SO,
  EXPIRED_PAYMENT_METHOD: EXPIRED + SO,
  INVALID_EXPIRY_DATE: `The expiry date of {{ method }} does not seem right${SO}`,
  INVALID_NUMBER: NUMBER + SO,
  INCORRECT_NUMBER: NUMBER + SO,
  CARD_NUMBER_INCORRECT: NUMBER + SO,
  INVALID_CVC: CODE + SO,
  INCORRECT_CVC: CODE + SO,
  INCORRECT_PIN: `Your bank could not verify {{ method }}${SO}`,
  INCORRECT_ZIP: ADDRESS + SO,
  INCORRECT_ADDRESS: ADDRESS + SO,
  INVALID_BILLING_ADDRESS: ADDRESS + SO,
  AMOUNT_TOO_LARGE:
    '{{ method_start }} does not allow a payment of {{ amount }} for {{ product }}.',
  BUYER_CANCELED_PAYMENT_METHOD: ENDED + SO,
  INVALID_CUSTOMER_BILLING_AGREEMENT: ENDED + SO,
  PAYMENT_METHOD_NOT_FOUND: NONE + SO,
  PAYMENT_METHOD_NOT_SPECIFIED: NONE + SO,
  PAYMENT_METHOD_UNSUPPORTED: `{{ method_start }} cannot be used for this subscription${SO}`,
}

/** PayPal is the one that answers, not a bank. */
export const happenedWithPaypal: Partial<Record<PaymentLane, string>> = {
  ISSUER: 'PayPal did not approve the payment of {{ amount }} for {{ product }}.',
  AUTH: 'PayPal wants you to confirm the payment of {{ amount }} for {{ product }}.',
}

// ---------------------------------------------------------------- what we do next

/** When a further try is planned. */
export const nextTry = 'We will try again on {{ next_try }}.'

/** When none is. */
export const noNextTry: Record<PaymentLane, string> = {
  FUNDS: 'We have no further try planned, so please choose how you would like to pay.',
  ISSUER: 'We have no further try planned, so please choose how you would like to pay.',
  TECH: 'We are looking into it. You do not have to do anything right now.',
  CARD: 'As soon as that is done, we make the payment once and your order goes on.',
  AUTH: 'As soon as you have confirmed it, your order goes on.',
  STOP: 'As soon as you have chosen it, we make the payment once and your order goes on.',
  UNKNOWN: 'We have no further try planned, so please choose how you would like to pay.',
}

// ---------------------------------------------------------------- what the shopper can do

/** Lanes where a try may pass without the shopper: an offer, not a request. */
export const mayChange =
  'If you would rather pay another way, you can update your payment method at any time.'

/** Lane CARD: a request. */
export const pleaseUpdate: Record<Instrument, string> = {
  card: 'Please update your card.',
  shop_pay: 'Please update your payment method in Shop Pay.',
  paypal: 'Please approve the payment again in PayPal: we send you a secure link for it.',
  bank_account: 'Please check your bank account, or choose another payment method.',
  other: 'Please choose another payment method.',
}

export const pleaseConfirm = 'It takes a minute, and only you can do it.'

export const pleaseReplace = 'Please use another payment method for this subscription.'

/** What the button says; it always leads to the case's page. */
export const button = {
  update: 'Update payment method',
  update_card: 'Update your card',
  update_shop_pay: 'Update in Shop Pay',
  update_paypal: 'Approve in PayPal',
  replace: 'Use another payment method',
  confirm: 'Confirm the payment',
  options: 'See your options',
  details: 'See the details',
  resume: 'See how to resume',
} as const

// ---------------------------------------------------------------- how it ends

/** What the merchant chose to happen at the deadline. */
export const willEnd: Record<FinalAction, string> = {
  pause:
    'If nothing changes, we will pause {{ subscription }} on {{ deadline }}. You can resume it any time.',
  skip: 'If nothing changes, we will skip this order on {{ deadline }}. Your subscription goes on with the next one.',
  leave:
    'Until {{ deadline }} you can sort it out yourself. After that {{ shop_name }} will get in touch about this order.',
  unpaid_order:
    'If nothing changes, {{ shop_name }} will keep this order open for you from {{ deadline }}, and you can pay it when it suits you.',
  cancel:
    'If nothing changes, {{ subscription }} will end on {{ deadline }}. You can start a new one any time.',
}

// ---------------------------------------------------------------- the notices

/** The first notice has a subject of its own in each lane; the page of the case uses it as its title. */
export const firstSubject: Record<PaymentLane, string> = {
  FUNDS: 'The payment for {{ product }} has not gone through yet',
  ISSUER: 'The payment for {{ product }} was not approved',
  TECH: 'The payment for {{ product }} has not gone through yet',
  CARD: 'Please update your payment method for {{ product }}',
  AUTH: 'Please confirm the payment for {{ product }}',
  STOP: 'Please use another payment method for {{ product }}',
  UNKNOWN: 'The payment for {{ product }} has not gone through yet',
}

const lastSubject: Record<FinalAction, string> = {
  pause: 'We will pause {{ subscription }} on {{ deadline }}',
  skip: 'We will skip your next order of {{ product }} on {{ deadline }}',
  leave: 'A last reminder about the payment for {{ product }}',
  unpaid_order: 'Your order of {{ product }} stays open from {{ deadline }}',
  cancel: 'Your subscription ends on {{ deadline }}',
}

/** The stages that speak of a payment. `{{ do_and_next }}` is the request and what follows it, in the lane's order. */
export const paymentNotices: Record<
  Exclude<MessageStage, 'address' | 'recovered' | 'ended'>,
  (lane: PaymentLane, finalAction: FinalAction) => Words
> = {
  first: (lane) => ({
    subject: firstSubject[lane],
    body: `{{ happened }} Nothing has changed for your subscription so far.

{{ do_and_next }}`,
  }),
  reminder: () => ({
    subject: 'A short reminder: {{ product }} is still waiting for its payment',
    body: `This is a short reminder. {{ happened }}

{{ do_and_next }}

There is time until {{ deadline }}.`,
  }),
  options: () => ({
    subject: 'Some ways to go on with {{ product }}',
    body: `{{ happened }}

You can go on in whichever way suits you:

{% if next_try %}- Wait: we will try again on {{ next_try }}, and you need not do anything.
{% endif %}- Pay another way: choose another payment method on the page below.
- Skip this order, make it smaller, or pick another day: just reply to this e-mail.

{{ will_end }}`,
  }),
  plan: () => ({
    subject: 'What happens next with {{ product }}',
    body: `{{ happened }} This is what happens next:

- {{ next }}
- {{ will_end }}

{{ do }}`,
  }),
  last: (_lane, finalAction) => ({
    subject: lastSubject[finalAction],
    body: `{{ happened }}

{{ will_end }}

{{ do_and_next }}`,
  }),
  update_link: () => ({
    subject: 'Your way to update the payment method for {{ product }}',
    body: `You asked for a way to update your payment method for {{ product }}. The page below shows it.

If you did not ask for this, you can leave this e-mail alone: nothing changes.`,
  }),
}

/** A friendly request; not a word about money. */
export const addressNotice: Words = {
  subject: 'Could you check your shipping address for {{ product }}?',
  body: `We would like to send you {{ product }}, but something seems to be missing in your shipping address.

Please reply to this e-mail with your full address, and {{ shop_name }} will put it right. Your order goes on as soon as it is complete.`,
}

export const recoveredNotice: Words = {
  subject: 'It worked: {{ product }} is on its way',
  body: `Thank you: {% if total %}the payment of {{ total }} has gone through{% else %}the payment has gone through{% endif %}, and your order of {{ product }} is on its way.

You do not have to do anything else. Your subscription goes on as before.`,
}

/** After the shop cleared something on its own side: the shopper never heard of a payment. */
export const recoveredNoticeOfShop: Words = {
  subject: 'Good news: {{ product }} is on its way',
  body: `Your order of {{ product }} is on its way. Thank you for your patience.

You do not have to do anything. Your subscription goes on as before.`,
}

export const endedNotices: Record<FinalAction, Words> = {
  pause: {
    subject: 'Your subscription is paused',
    body: `We have paused {{ subscription }}, because the payment of {{ amount }} has not gone through. Nothing will be charged while it is paused.

You can resume it any time: update your payment method, or reply to this e-mail and {{ shop_name }} will help you.`,
  },
  skip: {
    subject: 'We have skipped this order of {{ product }}',
    body: `The payment of {{ amount }} has not gone through, so we have skipped this order of {{ product }}. You will not be charged for it.

Your subscription stays as it is and goes on with the next order. To be ready for it, you can update your payment method any time.`,
  },
  leave: {
    subject: 'Your order of {{ product }} is still open',
    body: `The payment of {{ amount }} for {{ product }} has not gone through, and we will not try it again by ourselves. Your subscription stays active.

Please reply to this e-mail, and {{ shop_name }} will find a way with you.`,
  },
  unpaid_order: {
    subject: 'Your order of {{ product }} is kept open',
    body: `The payment of {{ amount }} for {{ product }} has not gone through. {{ shop_name }} keeps the order open for you, and nothing more is charged by itself.

You can pay it when it suits you. Reply to this e-mail if you would like any help.`,
  },
  cancel: {
    subject: 'Your subscription has ended',
    body: `The payment of {{ amount }} has not gone through, and {{ subscription }} has ended. Nothing more will be charged.

You are welcome back any time: you can start a new subscription whenever you like.`,
  },
}

/** How a case of the shop's own lanes ends: still no payment words. */
export const endedNoticeOfShop: Words = {
  subject: 'About this order of {{ product }}',
  body: `We could not send you {{ product }} this time, and we are sorry about that. Your subscription stays as it is.

Reply to this e-mail if you have any question.`,
}

/** Below every notice, as a link and as text. */
export const foot = {
  hello: 'Hello {{ first_name }},',
  helloNobody: 'Hello,',
  copyLink: 'Or open this address:',
  stop: 'Already cancelled, or not you?',
  stopLink: 'Tell us here',
  reply: 'A person at {{ shop_name }} reads your reply',
  why: 'You receive this because of your subscription with {{ shop_name }}.',
  order: 'Order',
  amount: 'Amount',
  method: 'Payment method',
  nextTry: 'Next try',
} as const
