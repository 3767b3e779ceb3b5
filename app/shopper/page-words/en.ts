/** The English words of the signed page. */
import type { PageWords } from './words.ts'

export const en: PageWords = {
  secureLink: 'Send me the secure link',
  secureLinkNote:
    'Shopify, which runs the checkout of this shop, e-mails you a link to update your payment method. It asks for your details there, never here.',
  paypalNote:
    'Shopify, which runs the checkout of this shop, e-mails you a link to approve the payment in PayPal.',
  shopPay: 'Update in Shop Pay',
  shopPayNote: 'This takes you to Shop Pay.',
  openAccount: 'Open your account',
  openAccountNote:
    'After you have signed in at {{ shop }}, Shopify’s own window takes the new payment details.',
  useMethod: 'Use another saved payment method',
  useMethodNote:
    'The payment is made with it once, right away, and your subscription uses it from now on.',
  confirm: 'Confirm with your bank',
  confirmNote: 'This takes you to your bank’s confirmation. Come back here afterwards if you like.',
  start: 'Start the confirmation',
  startNote: 'The payment is started once more, and your bank may then ask you to confirm it.',
  otherWays: 'Other ways to go on',
  pay: 'Pay now',
  payNote: 'We try the payment once more right away, with the same payment method.',
  day: 'Pick another day',
  dayNote: {
    one: 'We try the payment on the day you pick. You can change it {{ count }} more time.',
    other: 'We try the payment on the day you pick. You can change it {{ count }} more times.',
  },
  smaller: 'Take less this time',
  smallerNote:
    'Only this order gets smaller; the next one is whole again. Nothing is charged now: the smaller amount is charged at the next try.',
  smallerLine: '{{ title }}, {{ price }} each',
  smallerNone: 'None this time',
  smallerPress: 'Make this order smaller',
  smallerChosen: 'You chose a smaller order: {{ amount }} instead of {{ whole }}.',
  whole: 'Take the whole order again',
  wholeNote:
    'This order becomes whole again, and the whole amount is charged at the next try. Nothing is charged now.',
  skip: 'Skip this order',
  skipNote: 'This order is not sent and not charged. Your subscription goes on with the next one.',
  pause: 'Pause the subscription',
  pauseNote: 'Nothing is sent and nothing is charged until you resume it. You can do that here.',
  resume: 'Resume the subscription',
  resumeNote: 'Your subscription goes on, and the next order is charged as usual.',
  resumeOpenNote: 'Your subscription goes on, and the payment for {{ product }} is tried again.',
  resumeOwedNote:
    'Your subscription goes on. The payment for {{ product }} is still open, and this page then shows what comes next.',
  stopSummary: 'Already cancelled, or not you?',
  stopNote:
    'Press the button, and we stop: nothing more is charged for this order, you get no further message about this or any other payment, and {{ shop }} is told. The subscription itself stays as it is until they have looked at it.',
  stopNoteBefore:
    'Press the button, and you get no further message about this or any other payment, and {{ shop }} is told. The subscription itself stays as it is until they have looked at it.',
  stop: 'Please stop',

  recovered: 'Thank you, it worked',
  recoveredPaid: 'The payment has gone through, and {{ order }} is on its way.',
  recoveredTotal: 'The payment of {{ total }} has gone through, and {{ order }} is on its way.',
  goodNews: 'Good news',
  onItsWay: '{{ order }} is on its way.',
  nothingElse: 'You do not have to do anything else. Your subscription goes on as before.',
  nextOrder: 'Your next order is planned for {{ day }}.',
  settled: 'This is settled',
  settledPaid: '{{ order }} is paid. There is nothing left to do.',
  settledOther: '{{ order }} is settled. There is nothing left to do.',
  skipped: 'This order was skipped',
  skippedOrder: '{{ order }} was skipped.',
  skippedUnpaid:
    'The payment for {{ product }} has not gone through, so this order was skipped. You will not be charged for it.',
  goesOn: 'Your subscription goes on with the next order.',
  ended: 'Your subscription has ended',
  endedBody: 'The subscription has ended: {{ product }}.',
  endedUnpaid:
    'The payment for {{ product }} has not gone through, and the subscription has ended. Nothing more will be charged.',
  welcomeBack: 'You are welcome back any time.',
  nothingHere: 'There is nothing to do here any more',
  replaced: '{{ order }} was replaced by a newer one.',
  closed: 'This order is closed',
  closedBody: '{{ shop }} has closed {{ order }}.',
  noCharge: 'Nothing more will be charged for it.',
  paused: 'Your subscription is paused',
  pausedUnpaid:
    'The payment for {{ product }} has not gone through, so the subscription is paused. Nothing will be charged while it is paused.',
  resumeAnyTime: 'You can resume it any time.',
  resumeUntil: 'You can resume it here until {{ day }}.',
  resumed: 'Your subscription goes on',
  resumedBody:
    'The payment for {{ product }} that had not gone through is not tried again. The next order is charged as usual.',
  pausedHeld: 'This subscription is paused',
  pausedHeldBody:
    'Nothing is charged for {{ product }} while it is paused, and the dates stand still.',
  keptOpen: 'Your order is kept open',
  keptOpenBody: '{{ shop }} keeps {{ order }} open, and nothing more is charged by itself.',
  stillOpen: 'This payment is still open',
  stillOpenBody:
    'The payment for {{ product }} has not gone through, and we will not try it again by ourselves.',
  stopped: 'We have stopped',
  stoppedBody:
    'You told us that you have cancelled, or that this is not you. No payment for {{ product }} is tried any more, and no further message is sent.',
  shopWillLook: '{{ shop }} has been told and will look at it.',
  looking: '{{ shop }} is looking into this',
  lookingBody:
    '{{ shop }} is checking something about {{ order }}. Nothing happens to it until they are done.',
  nothingToDo: 'You do not have to do anything.',
  checking: 'We are checking a payment',
  checkingBody:
    'A payment for {{ product }} was started, and we are making sure what became of it.',
  checkingRest:
    'Nothing else is charged until that is clear, so you cannot be charged twice. You do not have to do anything.',
  orderWaits: 'Your order waits to be paid',
  orderWaitsBody:
    'An order was made for {{ product }}, and its payment has not arrived yet. Nothing else is charged for it.',
  underWay: 'A payment is under way',
  underWayBody:
    'We have just started the payment for {{ product }}. It usually takes less than a minute.',
  bankDebit:
    'The payment for {{ product }} is on its way from your bank. That can take a few days.',
  loadAgain: 'Load this page again to see how it went.',
  ofShop: '{{ shop }} is taking care of this',
  ofShopBody: '{{ shop }} is sorting something out for {{ order }}.',
  address: 'Could you check your shipping address?',
  addressBody:
    '{{ shop }} would like to send you {{ order }}, but something seems to be missing in your shipping address.',
  addressWrite:
    'Please write your full address to {{ contact }}, and your order goes on as soon as it is complete.',
  addressTell:
    'Please tell {{ shop }} your full address, and your order goes on as soon as it is complete.',
  writeTo: 'Write to {{ contact }}, and {{ shop }} will help you.',
  askShop: 'Ask {{ shop }}, and they will help you.',
  ranOut: 'The last confirmation has run out.',
  notPassed: 'The last confirmation did not succeed.',
  noMoreTries: 'It cannot be started again for this order. Please use another payment method.',
  againNow: 'You can start it again now.',
  againFrom: 'You can start it again from {{ at }}, or use another payment method before that.',
  secureMailSent:
    'Shopify’s secure link is on its way to the e-mail address of your subscription (asked for on {{ at }}). Please also look among unwanted mail.',
  askTomorrow: 'You can ask for another one a day later.',
  thanks: 'Thank you for telling {{ shop }} how it was.',

  plannedFor: 'Planned for',
  beforeTax: '{{ amount }} before tax',
  wasPlanned: 'This was about an order that was planned for {{ day }}.',
  heardStop:
    'You told us that you have cancelled, or that this is not you. You get no further message about your payments.',
  howToChange:
    'You do not have to do anything. To change, skip or cancel it before then, open your account at {{ shop }} with the link below.',
  orWriteTo: 'You can also write to {{ contact }}.',

  person: 'A person at {{ shop }} reads your mail:',
  account: 'Your account at {{ shop }}',
  terms: 'Payment terms of {{ shop }}',
  neverCards: 'This page never asks for card details.',
  notices: {
    challenge_gone:
      'The confirmation of your bank has run out, or was used already. How things stand now is shown below.',
    not_now:
      'That did not work just now, and nothing was changed. Please try again in a few minutes.',
    going_on:
      'Shopify does not answer at the moment. We go on trying, and you do not have to press again. How things stand now is shown below.',
    not_possible: 'That is not possible any more. How things stand now is shown below.',
    mail_refused:
      'The secure link could not be sent. Please write to the shop, and they will help you.',
    not_started: 'The payment could not be started now. How things stand is shown below.',
    not_stopped:
      'This could not be stopped just now, because a payment is being checked. Please try again later, or write to the shop.',
    nothing_less:
      'Nothing was changed. Choose less than the whole order, and keep at least one piece.',
  },
  plain: {
    nowhere: 'This link does not lead anywhere any more',
    nowhereBody:
      'It may be too old, or a part of it may be missing. Please open the newest e-mail about your subscription, or write to the shop directly.',
    withdrawn: 'This link was withdrawn',
    withdrawnBody:
      'Please use the link in the newest e-mail about your subscription, or write to the shop directly.',
    failed: 'This did not work',
    goBack: 'Please go back, load the page again and press the button there.',
    openAgain: 'Please open the link from your e-mail again.',
    often: 'One moment, please',
    oftenBody:
      'This page was opened very often just now. Please wait a few minutes and load it again.',
    broken: 'This page cannot be shown at the moment',
    brokenBody: 'Nothing was changed. Please try again in a few minutes.',
  },
  unsubscribed: 'No more offers from {{ shop }}',
  unsubscribedBody:
    'You get no more offers by e-mail. Notices about the payment of your subscription go on.',
  unsubscribeNote: 'Notices about the payment of your subscription go on.',
  tooOld: 'This link is too old',
  tooOldBody:
    'We no longer keep whom this e-mail went to, so it cannot end offers any more. Use the link in a newer e-mail from {{ shop }}, or write to the shop.',
}
