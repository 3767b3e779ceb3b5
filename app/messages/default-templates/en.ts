/** The English words. */
import type { Language } from './language.ts'

const ISSUER = 'Your bank did not approve the payment of {{ amount }} for {{ product }}.'
const NUMBER = 'The card number of {{ method }} does not seem right'
const CODE = 'The security code of {{ method }} needs to be entered again'
const ADDRESS = 'The billing address of {{ method }} does not match the one that your bank has'
const EXPIRED = '{{ method_start }} has expired'
const ENDED = 'The agreement to pay with {{ method }} has ended'
const NONE = 'There is no payment method on your subscription at the moment'
const SO = ', so the payment of {{ amount }} for {{ product }} could not be made.'

export const en: Language = {
  tag: 'en',
  name: 'English',
  names: {
    product: 'your subscription',
    subscription: 'your subscription',
    subscriptionTo: 'your subscription to {{ product }}',
    order: 'your order',
    orderOf: 'your order of {{ product }}',
    method: 'your payment method',
    methodStart: 'Your payment method',
    ending: '{{ brand }} ending in {{ digits }}',
    at: '{{ day }} at {{ time }}',
  },
  happened: {
    FUNDS: 'We could not process the payment of {{ amount }} for {{ product }}.',
    ISSUER: ISSUER,
    TECH: 'A technical problem stopped the payment of {{ amount }} for {{ product }}.',
    CARD: '{{ method_start }} can no longer be used, so the payment of {{ amount }} for {{ product }} could not be made.',
    AUTH: 'Your bank wants you to confirm the payment of {{ amount }} for {{ product }}.',
    STOP: 'The payment of {{ amount }} for {{ product }} could not be made with {{ method }}.',
    UNKNOWN: 'We could not process the payment of {{ amount }} for {{ product }}.',
  },
  happenedByCode: {
    CALL_ISSUER: `${ISSUER} They can tell you why.`,
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
  },
  happenedWithPaypal: {
    ISSUER: 'PayPal did not approve the payment of {{ amount }} for {{ product }}.',
    AUTH: 'PayPal wants you to confirm the payment of {{ amount }} for {{ product }}.',
  },
  nextTry: 'We will try again on {{ next_try }}.',
  noNextTry: {
    FUNDS: 'We have no further try planned, so please choose how you would like to pay.',
    ISSUER: 'We have no further try planned, so please choose how you would like to pay.',
    TECH: 'We are looking into it. You do not have to do anything right now.',
    CARD: 'As soon as that is done, we make the payment once and your order goes on.',
    AUTH: 'As soon as you have confirmed it, your order goes on.',
    STOP: 'As soon as you have chosen it, we make the payment once and your order goes on.',
    UNKNOWN: 'We have no further try planned, so please choose how you would like to pay.',
  },
  mayChange: 'If you would rather pay another way, you can update your payment method at any time.',
  pleaseUpdate: {
    card: 'Please update your card.',
    shop_pay: 'Please update your payment method in Shop Pay.',
    paypal: 'Please approve the payment again in PayPal: we send you a secure link for it.',
    bank_account: 'Please check your bank account, or choose another payment method.',
    other: 'Please choose another payment method.',
  },
  pleaseConfirm: 'Confirming takes a minute, and only you can do it.',
  pleaseReplace: 'Please use another payment method for this subscription.',
  button: {
    update: 'Update payment method',
    update_card: 'Update your card',
    update_shop_pay: 'Update in Shop Pay',
    update_paypal: 'Approve in PayPal',
    replace: 'Use another payment method',
    confirm: 'Confirm the payment',
    options: 'See your options',
    details: 'See the details',
    resume: 'See how to resume',
  },
  willEnd: {
    pause:
      'If nothing changes, we will pause {{ subscription }} on {{ deadline }}. You can resume it for 90 days after that.',
    skip: 'If nothing changes, we will skip this order on {{ deadline }}. Your subscription goes on with the next one.',
    leave:
      'Until {{ deadline }} you can sort it out yourself. After that {{ shop_name }} will get in touch about this order.',
    unpaid_order:
      'If nothing changes, {{ shop_name }} will keep this order open for you from {{ deadline }}, and you can pay it when it suits you.',
    cancel:
      'If nothing changes, {{ subscription }} will end on {{ deadline }}. You can start a new one any time.',
  },
  firstSubject: {
    FUNDS: 'The payment for {{ product }} has not gone through yet',
    ISSUER: 'The payment for {{ product }} was not approved',
    TECH: 'The payment for {{ product }} has not gone through yet',
    CARD: 'Please update your payment method for {{ product }}',
    AUTH: 'Please confirm the payment for {{ product }}',
    STOP: 'Please use another payment method for {{ product }}',
    UNKNOWN: 'The payment for {{ product }} has not gone through yet',
  },
  lastSubject: {
    pause: 'We will pause {{ subscription }} on {{ deadline }}',
    skip: 'We will skip {{ order }} on {{ deadline }}',
    leave: 'A last reminder about the payment for {{ product }}',
    unpaid_order: '{{ order_start }} stays open from {{ deadline }}',
    cancel: 'Your subscription ends on {{ deadline }}',
  },
  first: {
    body: `{{ happened }} Nothing has changed for your subscription so far.

{{ do_and_next }}`,
  },
  reminder: {
    subject: 'A short reminder: {{ product }} is still waiting for its payment',
    body: `This is a short reminder. {{ happened }}

{{ do_and_next }}

There is time until {{ deadline }}.`,
  },
  options: {
    subject: 'Some ways to go on with {{ product }}',
    body: `{{ happened }}

You can go on in whichever way suits you:

{% if next_try %}- Wait: we will try again on {{ next_try }}, and you need not do anything.
{% endif %}- Pay another way: choose another payment method on the page below.
- Skip this order{% if next_try %} or pick another day{% endif %}: on the same page.
- Something else: just reply to this e-mail.

{{ will_end }}`,
  },
  plan: {
    subject: 'What happens next with {{ product }}',
    body: `{{ happened }} This is what happens next:

- {{ next }}
- {{ will_end }}

{{ do }}`,
  },
  last: {
    body: `{{ happened }}

{{ will_end }}

{{ do_and_next }}`,
  },
  updateLink: {
    subject: 'Your way to update the payment method for {{ product }}',
    body: `You asked for a way to update your payment method for {{ product }}. The page below shows it.

If you did not ask for this, you can leave this e-mail alone: nothing changes.`,
  },
  address: {
    subject: 'Could you check your shipping address for {{ order }}?',
    body: `We would like to send you {{ order }}, but something seems to be missing in your shipping address.

Please reply to this e-mail with your full address, and {{ shop_name }} will put it right. Your order goes on as soon as it is complete.`,
  },
  recovered: {
    subject: 'It worked: {{ order }} is on its way',
    body: `Thank you: {% if total %}the payment of {{ total }} has gone through{% else %}the payment has gone through{% endif %}, and {{ order }} is on its way.

You do not have to do anything else. Your subscription goes on as before.{% if charge_day %} Your next order is planned for {{ charge_day }}.{% endif %}`,
  },
  recoveredOfShop: {
    subject: 'Good news: {{ order }} is on its way',
    body: `{{ order_start }} is on its way. Thank you for your patience.

You do not have to do anything. Your subscription goes on as before.`,
  },
  ended: {
    pause: {
      subject: 'Your subscription is paused',
      body: `We have paused {{ subscription }}, because the payment of {{ amount }} has not gone through. Nothing will be charged while it is paused.

You can resume it for 90 days, with one press on the page below. If you would like any help, just reply to this e-mail.`,
    },
    skip: {
      subject: 'We have skipped {{ order }}',
      body: `The payment of {{ amount }} has not gone through, so we have skipped {{ order }}. You will not be charged for it.

Your subscription stays as it is and goes on with the next order. To be ready for it, you can update your payment method any time.`,
    },
    leave: {
      subject: '{{ order_start }} is still open',
      body: `The payment of {{ amount }} for {{ product }} has not gone through, and we will not try it again by ourselves. Your subscription stays active.

Please reply to this e-mail, and {{ shop_name }} will find a way with you.`,
    },
    unpaid_order: {
      subject: '{{ order_start }} is kept open',
      body: `The payment of {{ amount }} for {{ product }} has not gone through. {{ shop_name }} keeps the order open for you, and nothing more is charged by itself.

You can pay it when it suits you. Reply to this e-mail if you would like any help.`,
    },
    cancel: {
      subject: 'Your subscription has ended',
      body: `The payment of {{ amount }} has not gone through, and {{ subscription }} has ended. Nothing more will be charged.

You are welcome back any time: you can start a new subscription whenever you like.`,
    },
  },
  endedOfShop: {
    subject: 'About {{ order }}',
    body: `We could not send you {{ order }} this time, and we are sorry about that. Your subscription stays as it is.

Reply to this e-mail if you have any question.`,
  },
  cardExpires: {
    subject: '{{ method_start }} may not be valid for your next order',
    body: `{{ order_start }} is planned for {{ charge_day }}. {{ method_start }} is valid until {{ method_expires }}, which is before that.

Please update it before {{ charge_day }}, when it suits you. On that day the payment is made with the method that is saved then, and your order goes on as usual.

If your bank has sent you a new card already, you may not have to do anything.`,
  },
  renewal: {
    subject: '{{ order_start }} is planned for {{ charge_day }}',
    body: `{{ order_start }} is planned for {{ charge_day }}. On that day {{ amount }} (before tax) will be paid with {{ method }}.

You do not have to do anything. If you would like to change, skip or cancel it before then, the page below shows how.`,
  },
  sms: {
    first: {
      FUNDS: '{{ shop_name }}: the payment for {{ product }} has not gone through yet. {{ link }}',
      ISSUER:
        '{{ shop_name }}: your bank did not approve the payment for {{ product }}. {{ link }}',
      TECH: '{{ shop_name }}: the payment for {{ product }} has not gone through yet. {{ link }}',
      CARD: '{{ shop_name }}: please update your payment method for {{ product }}. {{ link }}',
      AUTH: '{{ shop_name }}: your bank wants you to confirm the payment for {{ product }}. {{ link }}',
      STOP: '{{ shop_name }}: please use another payment method for {{ product }}. {{ link }}',
      UNKNOWN:
        '{{ shop_name }}: the payment for {{ product }} has not gone through yet. {{ link }}',
    },
    reminder: '{{ shop_name }}: {{ product }} is still waiting for its payment. {{ link }}',
    plan: '{{ shop_name }}: what happens next with {{ product }}, and what you can do: {{ link }}',
    last: {
      pause:
        '{{ shop_name }}: we will pause your subscription on {{ deadline }}. You can resume it for 90 days. {{ link }}',
      skip: '{{ shop_name }}: we will skip {{ order }} on {{ deadline }}. {{ link }}',
      leave: '{{ shop_name }}: a last reminder about the payment for {{ product }}. {{ link }}',
      unpaid_order: '{{ shop_name }}: {{ order }} stays open from {{ deadline }}. {{ link }}',
      cancel: '{{ shop_name }}: your subscription ends on {{ deadline }}. {{ link }}',
    },
    stopHint: 'Reply STOP to end texts.',
    stopped: '{{ shop_name }}: you will get no more texts from us. Reply START to get them again.',
    started:
      '{{ shop_name }}: you will get texts about your subscription again. Reply STOP to end them.',
    help: '{{ shop_name }}: texts about your subscription. Write to {{ reply_to }} for help. Reply STOP to end texts.',
  },
  feedback: {
    question: 'How was it to sort this out?',
    answers: {
      easy: 'It was easy',
      unclear: 'I was not sure what to do',
      too_many: 'There were too many messages',
      other: 'Something else',
    },
  },
  foot: {
    hello: 'Hello {{ first_name }},',
    helloNobody: 'Hello,',
    copyLink: 'Or open this address:',
    inAccount: 'Or do it in your account at {{ shop_name }}',
    stop: 'Already cancelled, or not you?',
    stopLink: 'Tell us here',
    reply: 'A person at {{ shop_name }} reads your reply',
    why: 'You receive this because of your subscription with {{ shop_name }}.',
    order: 'Order',
    amount: 'Amount',
    method: 'Payment method',
    nextTry: 'Next try',
    deadline: 'Time until',
    also: 'Also waiting for payment',
    unsubscribe: 'Unsubscribe from offers',
  },
}
