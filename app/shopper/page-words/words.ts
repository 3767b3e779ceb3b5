/**
 * The words of the signed page beside those that it shares with the mails. Every language fills the whole type; a test
 * holds all of them to the same holes. `{{ product }}`, `{{ order }}` and `{{ subscription }}` are as in the mails.
 */
export type PageWords = {
  // What can be pressed, and what follows.
  secureLink: string
  secureLinkNote: string
  paypalNote: string
  shopPay: string
  shopPayNote: string
  openAccount: string
  openAccountNote: string
  useMethod: string
  useMethodNote: string
  confirm: string
  confirmNote: string
  start: string
  startNote: string
  /** Over everything else that can be chosen. */
  otherWays: string
  pay: string
  payNote: string
  day: string
  /** By how often it may still be changed, `{{ count }}`: a form for each plural of the language. */
  dayNote: Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }
  smaller: string
  smallerNote: string
  /** A line of the order and what one piece of it costs. */
  smallerLine: string
  /** Instead of a number of pieces: the line is left out. */
  smallerNone: string
  smallerPress: string
  smallerChosen: string
  whole: string
  wholeNote: string
  skip: string
  skipNote: string
  pause: string
  pauseNote: string
  resume: string
  resumeNote: string
  /** Where the order is still owed: the pause came in the middle of its recovery. */
  resumeOpenNote: string
  /** The same, where no try of ours is planned: only the shopper can move it. */
  resumeOwedNote: string
  stopSummary: string
  stopNote: string
  stopNoteBefore: string
  stop: string

  // How things stand. A title, then sentences.
  recovered: string
  recoveredPaid: string
  recoveredTotal: string
  goodNews: string
  onItsWay: string
  nothingElse: string
  nextOrder: string
  settled: string
  settledPaid: string
  settledOther: string
  skipped: string
  skippedOrder: string
  skippedUnpaid: string
  goesOn: string
  ended: string
  endedBody: string
  endedUnpaid: string
  welcomeBack: string
  nothingHere: string
  replaced: string
  closed: string
  closedBody: string
  /** Follows a sentence about an order of which a payment was spoken. */
  noCharge: string
  paused: string
  pausedUnpaid: string
  resumeAnyTime: string
  resumeUntil: string
  resumed: string
  resumedBody: string
  pausedHeld: string
  pausedHeldBody: string
  keptOpen: string
  keptOpenBody: string
  stillOpen: string
  stillOpenBody: string
  stopped: string
  stoppedBody: string
  shopWillLook: string
  looking: string
  lookingBody: string
  nothingToDo: string
  checking: string
  checkingBody: string
  checkingRest: string
  orderWaits: string
  orderWaitsBody: string
  underWay: string
  underWayBody: string
  /** Instead, where the bank takes days. */
  bankDebit: string
  loadAgain: string
  ofShop: string
  ofShopBody: string
  address: string
  addressBody: string
  addressWrite: string
  addressTell: string
  writeTo: string
  askShop: string
  ranOut: string
  notPassed: string
  noMoreTries: string
  againNow: string
  againFrom: string
  secureMailSent: string
  askTomorrow: string
  thanks: string

  // Before a charge.
  plannedFor: string
  beforeTax: string
  wasPlanned: string
  heardStop: string
  howToChange: string
  orWriteTo: string

  // Around it all.
  person: string
  account: string
  terms: string
  neverCards: string
  notices: {
    challenge_gone: string
    not_now: string
    going_on: string
    not_possible: string
    mail_refused: string
    not_started: string
    not_stopped: string
    nothing_less: string
  }
  /** Links that lead nowhere, and what could not be shown. */
  plain: {
    nowhere: string
    nowhereBody: string
    withdrawn: string
    withdrawnBody: string
    failed: string
    goBack: string
    openAgain: string
    often: string
    oftenBody: string
    broken: string
    brokenBody: string
  }
  unsubscribed: string
  unsubscribedBody: string
  unsubscribeNote: string
  tooOld: string
  tooOldBody: string
}
