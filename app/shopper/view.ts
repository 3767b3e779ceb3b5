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
  formatMoney,
  type LanguageTag,
  wordsLocale,
} from '../messages/formats.ts'
import { type Sentences, sentencesFor, spokenMethod } from '../messages/render.ts'
import { renderAccountNotice } from '../messages/render-account.ts'
import { hasWords, type Template } from '../messages/template.ts'
import { fieldOf } from './chosen-lines.ts'
import { apart, formatTime, type Said, wordsIn } from './page-words/say.ts'
import type { PageWords } from './page-words/words.ts'
import { canStop, mayAnswer, NOTHING_TO_CHOOSE, permissions, updateRouteOf } from './permissions.ts'
import type { Choosable, OrderLine } from './snapshot.ts'

/** A case as its shopper may know it. */
export type ShopperSnapshot = {
  caseId: string
  contractId: string
  /** The first failure. */
  failedAt: Date
  /** The next cycle's date, while it lies ahead; null: none is known. */
  nextOrderAt: Date | null
  shopLocale: string
  /** The contract had a live payment method when it was last read. */
  hasMethod: boolean
  /** Recovery is stopped for the whole shop. */
  halted: boolean
  /** The pause is ours or the shopper's own, so the shopper may lift it. */
  mayResume: boolean
  /** Where the next try may be moved, days of the zone, YYYY-MM-DD; null: nothing to move. */
  days: { earliest: string; latest: string; movesLeft: number } | null
  status: CaseState['status']
  /** What it waits for, or why it is held. */
  reason: string | null
  lane: Lane
  code: string | null
  instrument: Instrument
  methodLabel: string | null
  productTitle: string | null
  /** What will be charged, before tax: the smaller amount where less was chosen, else the whole one. */
  amount: Money
  /** What the whole order costs, before tax. */
  wholeAmount: Money
  /** What the shopper takes of this order; null: all of it. */
  smaller: { lines: { id: string; title: string; quantity: number }[]; amount: Money } | null
  /** The merchant lets shoppers take less of one order. */
  offersSmaller: boolean
  /** The order's total, once paid. */
  recovered: Money | null
  shopName: string
  /** Where a person of the shop reads mail; null: unknown. */
  contact: string | null
  /** The shop's own account page, where many shops let subscriptions be managed. */
  accountUrl: string
  /** Our page there, in which Shopify's dialog replaces a payment method; null: there is none. */
  accountPage: string | null
  zone: string
  locale: string
  nextTryAt: Date | null
  deadlineAt: Date
  /** What the merchant chose to happen at the deadline. */
  finalAction: FinalAction
  /** What was truly done to the subscription and not undone. */
  done: FinalAction | null
  /** Since the end, a pause of ours or of the shopper's own was lifted. */
  resumed: boolean
  /** When a closed case stops answering, and with it the way to lift its pause; null: it is open. */
  answersUntil: Date | null
  /** The bank waits for the shopper on one attempt now. */
  challengeOpen: boolean
  /** An attempt has been sent and its result is not known yet. */
  underWay: boolean
  /** From when another attempt on this cycle is allowed, under every cap; null: now. */
  tryAgainFrom: Date | null
  /** Another attempt on this cycle will be allowed at all: before the deadline, and within the caps. */
  canTryAgain: boolean
  /** That is later than a day after the last attempt. */
  restsLonger: boolean
  /** The cycle has had all the attempts it may have, so another method helps this order no more (cap H3). */
  triesUsedUp: boolean
  /** When Shopify's secure mail was last asked for, within the last 24 hours. */
  secureMailAt: Date | null
  /** Shopify's own page or mail can mend the method: it is live, of a kind that has one, and nothing has been stopped. */
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
export type Press =
  | 'update'
  | 'challenge'
  | 'pay'
  | 'smaller'
  | 'whole'
  | 'skip'
  | 'pause'
  | 'resume'
  | 'stop'
  | `day:${string}`
  /** The last part of a saved payment method's id. */
  | `method:${string}`
  | `feedback:${FeedbackAnswer}`

/** Something else that may be chosen: one button, or one for each day; or fields, and the button that sends them. */
export type Choice = {
  label: string
  note: string
  fields?: Field[]
  presses: { press: Press; label: string }[]
}

/** How many pieces of a line: each number named, or, where they are many, any from 0 to `most`. */
export type Field = { name: string; label: string } & (
  | { options: { value: string; label: string; chosen: boolean }[] }
  | { most: number; chosen: number }
)

export type ShopperView = {
  lang: string
  dir: 'ltr' | 'rtl'
  shopName: string
  title: string
  paragraphs: string[]
  facts: { name: string; value: string }[]
  /** The one way to mend it; null: there is nothing to press. */
  action: { press: 'update' | 'challenge' | 'pay' | 'resume'; label: string; note: string } | null
  /** The shopper's account, where Shopify's dialog is; `isMain`: nothing else on this page brings new details. */
  account: { href: string; label: string; note: string; isMain: boolean } | null
  /** What else can be chosen, and the heading over it. */
  choices: Choice[]
  otherWays: string
  /** What the sequence put here: a polite reminder above all else. */
  aside: string[]
  /** Something that was just asked for and is on its way. */
  sent: string | null
  /** Whether "already cancelled, or not you" can be pressed. */
  canStop: boolean
  stopNote: string
  /** Asked once, after it is over. */
  question: { text: string; answers: { press: Press; label: string }[] } | null
  contact: string | null
  accountUrl: string | null
  /** Labels and notices around it all. */
  words: PageWords
}

export function viewOf(
  snapshot: ShopperSnapshot,
  choosable: Choosable = NOTHING_TO_CHOOSE,
): ShopperView {
  const { tag, formats, say, words } = voiceFor(snapshot)
  const told = wordsOf(snapshot)
  const inProgress = told.kind === 'payment'
  const action = actionOf(snapshot)
  return {
    lang: tag,
    dir: directionOf(tag),
    shopName: snapshot.shopName,
    title: told.title,
    paragraphs: told.paragraphs
      .toSpliced(1, 0, chosenOf(snapshot, told))
      .filter((each) => each !== ''),
    facts: factsOf(snapshot, inProgress, told.kind !== 'shop'),
    action,
    account: inProgress ? accountOf(snapshot) : null,
    choices: choicesOf(snapshot, choosable),
    otherWays: words.otherWays,
    aside: inProgress ? asideOf(snapshot, formats, told.title) : [],
    sent:
      snapshot.feedback !== null
        ? say('thanks')
        : inProgress && action === null
          ? secureMailSent(snapshot)
          : null,
    canStop: canStop(snapshot),
    stopNote: say('stopNote'),
    question: questionOf(snapshot),
    contact: snapshot.contact,
    accountUrl:
      snapshot.done === 'pause' || snapshot.reason === 'paused' ? snapshot.accountUrl : null,
    words,
  }
}

/** Language, formats and words for this shopper. */
function voiceFor(snapshot: ShopperSnapshot): {
  tag: LanguageTag
  formats: string
  say: Said
  words: PageWords
} {
  const { tag, formats } = wordsLocale(snapshot.locale, snapshot.zone, snapshot.shopLocale)
  return { tag, formats, ...wordsIn(tag, snapshot) }
}

/** The one thing that can be pressed now; also what a press is checked against. */
export function actionOf(snapshot: ShopperSnapshot): ShopperView['action'] {
  const { say, words } = voiceFor(snapshot)
  if (permissions(snapshot).resume.allowed) {
    const isTried = nextTryOf(snapshot) !== null
    const owedNote = say(isTried ? 'resumeOpenNote' : 'resumeOwedNote')
    const note = snapshot.status === 'held' ? owedNote : words.resumeNote
    return { press: 'resume', label: words.resume, note }
  }
  if (!isMendable(snapshot)) return null
  if (snapshot.challengeOpen)
    return { press: 'challenge', label: words.confirm, note: words.confirmNote }
  if (snapshot.lane === 'AUTH' && permissions(snapshot).pay.allowed)
    return { press: 'pay', label: words.start, note: words.startNote }
  if (!snapshot.canUpdate) return null
  if (snapshot.instrument !== 'shop_pay' && snapshot.secureMailAt !== null) return null
  return updateAction(snapshot.instrument, words)
}

/** The way to new payment details: Shop Pay's own page, or Shopify's secure mail. */
export function updateAction(
  instrument: Instrument,
  words: PageWords,
): NonNullable<ShopperView['action']> {
  if (instrument === 'shop_pay')
    return { press: 'update', label: words.shopPay, note: words.shopPayNote }
  return {
    press: 'update',
    label: words.secureLink,
    note: instrument === 'paypal' ? words.paypalNote : words.secureLinkNote,
  }
}

/** Details that Shopify asks for in its dialog, which opens in the account only. */
function accountOf(snapshot: ShopperSnapshot): ShopperView['account'] {
  const { accountPage, challengeOpen } = snapshot
  if (accountPage === null || challengeOpen || updateRouteOf(snapshot) !== 'intent') return null
  const { say, words } = voiceFor(snapshot)
  const isMain = actionOf(snapshot) === null
  return { href: accountPage, label: words.openAccount, note: say('openAccountNote'), isMain }
}

/** What else may be chosen now. The subscription itself is never ended here. */
export function choicesOf(
  snapshot: ShopperSnapshot,
  { methods, order }: Choosable = NOTHING_TO_CHOOSE,
): Choice[] {
  const { words, tag, formats } = voiceFor(snapshot)
  const may = permissions(snapshot, { methods, order })
  const one = (press: 'pay' | 'whole' | 'skip' | 'pause'): Choice => ({
    label: words[press],
    note: words[`${press}Note`],
    presses: [{ press, label: words[press] }],
  })
  const { days } = snapshot
  const pickDay = (): Choice[] => {
    if (!may.day.allowed || days === null) return []
    const plural = new Intl.PluralRules(tag).select(days.movesLeft)
    const note = words.dayNote[plural] ?? words.dayNote.other
    const count = new Intl.NumberFormat(formats).format(days.movesLeft)
    return [
      {
        label: words.day,
        note: note.replaceAll('{{ count }}', count),
        presses: daysBetween(days.earliest, days.latest).map((day) => ({
          press: `day:${day}` as const,
          label: formatDay(new Date(`${day}T12:00:00Z`), 'UTC', formats),
        })),
      },
    ]
  }
  const useMethod: Choice = {
    label: words.useMethod,
    note: words.useMethodNote,
    presses: methods.map(({ id, label }) => ({
      press: `method:${id.slice(id.lastIndexOf('/') + 1)}` as const,
      label: spokenMethod(languageFor(tag), label) ?? label,
    })),
  }
  const isShown = actionOf(snapshot)?.press === 'pay'
  return [
    ...(may.use_method.allowed ? [useMethod] : []),
    ...(may.pay.allowed && !isShown ? [one('pay')] : []),
    ...pickDay(),
    ...(may.smaller.allowed && order ? [takeLess(snapshot, order.lines)] : []),
    ...(may.whole.allowed ? [one('whole')] : []),
    ...(may.skip.allowed ? [one('skip')] : []),
    ...(may.pause.allowed ? [one('pause')] : []),
  ]
}

function takeLess(snapshot: ShopperSnapshot, lines: readonly OrderLine[]): Choice {
  const { words } = voiceFor(snapshot)
  return {
    label: words.smaller,
    note: words.smallerNote,
    fields: lines.map((line) => fieldFor(snapshot, line)),
    presses: [{ press: 'smaller', label: words.smallerPress }],
  }
}

/** Pieces of a line that are named one by one. More is a long way to scroll on a phone. Ours. */
const MOST_NAMED = 20

function fieldFor(snapshot: ShopperSnapshot, line: OrderLine): Field {
  const { words, say, formats } = voiceFor(snapshot)
  const { quantity, chosen } = line
  const about = {
    name: fieldOf(line.id),
    label: say('smallerLine', { title: line.title, price: formatMoney(line.price, formats) }),
  }
  if (quantity > MOST_NAMED) return { ...about, most: quantity, chosen }
  const count = new Intl.NumberFormat(formats)
  return {
    ...about,
    options: Array.from({ length: quantity + 1 }, (_, pieces) => ({
      value: String(pieces),
      label: pieces === 0 ? words.smallerNone : count.format(pieces),
      chosen: pieces === chosen,
    })),
  }
}

/** What was chosen, beside what it was before; empty: nothing was, or nothing is to be charged for it any more. */
function chosenOf(snapshot: ShopperSnapshot, { kind }: Words): string {
  if (snapshot.smaller === null || (kind !== 'payment' && kind !== 'waiting')) return ''
  const { say, formats } = voiceFor(snapshot)
  return say('smallerChosen', {
    amount: formatMoney(snapshot.smaller.amount, formats),
    whole: formatMoney(snapshot.wholeAmount, formats),
  })
}

/** Days offered at once. A deadline is 21 days after the failure at most. */
const MOST_DAYS = 21

function daysBetween(earliest: string, latest: string): string[] {
  const days: string[] = []
  for (let at = new Date(`${earliest}T00:00:00Z`); days.length < MOST_DAYS; ) {
    const day = at.toISOString().slice(0, 10)
    if (day > latest) break
    days.push(day)
    at = new Date(at.getTime() + 86_400_000)
  }
  return days
}

function questionOf(snapshot: ShopperSnapshot): ShopperView['question'] {
  if (!mayAnswer(snapshot)) return null
  const { question, answers } = languageFor(voiceFor(snapshot).tag).feedback
  return {
    text: question,
    answers: FEEDBACK_ANSWERS.map((answer) => ({
      press: `feedback:${answer}` as const,
      label: answers[answer],
    })),
  }
}

/** What the sequence says on the shopper's page: the merchant's own words, or the line of ours. */
export function noticeOf(snapshot: ShopperSnapshot): string | null {
  const { formats } = wordsLocale(snapshot.locale, snapshot.zone, snapshot.shopLocale)
  const lines = asideOf(snapshot, formats, '')
  return lines.length === 0 ? null : lines.join('\n')
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
  const shop = apart(shopName, directionOf(voiceFor(snapshot).tag))
  return [`${shop}, ${formatDay(at, zone, formats)}: ${said.title}`, ...paragraphs]
}

/** The case waits for a payment that the shopper may help along. */
function isMendable({ status, reason, lane, underWay }: ShopperSnapshot): boolean {
  if (underWay || reason === 'order' || !isPaymentLane(lane)) return false
  return status === 'open' || status === 'retrying' || status === 'awaiting_customer'
}

/** `shop`: something of the shop's own, so not a word about payment. `over`: nothing more is to come. */
type Words = { kind: 'payment' | 'shop' | 'over' | 'waiting'; title: string; paragraphs: string[] }

function wordsOf(snapshot: ShopperSnapshot): Words {
  const { status } = snapshot
  const { say, formats } = voiceFor(snapshot)
  const paid = isPaymentLane(snapshot.lane)
  const noCharge = paid ? say('noCharge') : ''
  switch (status) {
    case 'recovered': {
      const total = snapshot.recovered && formatMoney(snapshot.recovered, formats)
      const passed = total ? say('recoveredTotal', { total }) : say('recoveredPaid')
      return {
        kind: paid ? 'over' : 'shop',
        title: paid ? say('recovered') : say('goodNews'),
        paragraphs: [paid ? passed : say('onItsWay'), say('nothingElse'), nextOrder(snapshot)],
      }
    }
    case 'paid_elsewhere':
      return over(say('settled'), paid ? say('settledPaid') : say('settledOther'))
    case 'skipped':
      return over(say('skipped'), say('skippedOrder'), noCharge, say('goesOn'), nextOrder(snapshot))
    case 'cancelled':
      return over(say('ended'), say('endedBody'), noCharge)
    case 'superseded':
      return over(say('nothingHere'), say('replaced'))
    case 'written_off':
      if (goesOnAgain(snapshot)) return resumed(snapshot)
      return over(say('closed'), say('closedBody'), noCharge)
    case 'exhausted':
      return exhausted(snapshot)
    case 'held':
      return held(snapshot)
    case 'in_doubt':
      return {
        kind: 'waiting',
        title: say('checking'),
        paragraphs: [say('checkingBody'), say('checkingRest')],
      }
    case 'awaiting_merchant':
      return ofTheShop(snapshot)
    case 'open':
    case 'retrying':
    case 'awaiting_customer':
      if (isBankDebit(snapshot)) return bankDebit(snapshot)
      if (snapshot.reason === 'order')
        return {
          kind: 'waiting',
          title: say('orderWaits'),
          paragraphs: [say('orderWaitsBody'), helpFrom(snapshot)],
        }
      return paid ? unpaid(snapshot) : ofTheShop(snapshot)
    default:
      return unreachable(status)
  }
}

/** A debit that was sent, or taken and not booked yet. It takes days, and whoever pays meanwhile pays twice. */
function isBankDebit({ instrument, reason, underWay, lane }: ShopperSnapshot): boolean {
  return instrument === 'bank_account' && isPaymentLane(lane) && (underWay || reason === 'order')
}

function bankDebit(snapshot: ShopperSnapshot): Words {
  const { say } = voiceFor(snapshot)
  return {
    kind: 'waiting',
    title: say('underWay'),
    paragraphs: [say('bankDebit'), say('nothingToDo')],
  }
}

/** What happens next, and when; empty where no date is known that lies ahead. */
function nextOrder(snapshot: ShopperSnapshot): string {
  const { nextOrderAt, zone } = snapshot
  const { say, formats } = voiceFor(snapshot)
  return nextOrderAt ? say('nextOrder', { day: formatDay(nextOrderAt, zone, formats) }) : ''
}

function unpaid(snapshot: ShopperSnapshot): Words {
  const { say } = voiceFor(snapshot)
  if (snapshot.underWay)
    return {
      kind: 'waiting',
      title: say('underWay'),
      paragraphs: [say('underWayBody'), say('loadAgain')],
    }
  const says = sentences(snapshot)
  if (snapshot.lane === 'AUTH') return { kind: 'payment', ...confirmation(snapshot, says) }
  const next = nextTryOf(snapshot) === null ? '' : says.next
  const waysOn = hasWay(snapshot) ? says.doAndNext.split('\n\n') : [next, helpFrom(snapshot)]
  return {
    kind: 'payment',
    title: says.title,
    paragraphs: [says.happened, ...waysOn, says.willEnd],
  }
}

/** Shopify's code for a confirmation that nobody gave in time. */
export const RAN_OUT = 'EXPIRED_BUYER_ACTION'

/** Whether anything on this page brings new payment details, with which this order can still be paid. */
function hasWay(snapshot: ShopperSnapshot): boolean {
  return !snapshot.triesUsedUp && (snapshot.canUpdate || accountOf(snapshot) !== null)
}

/** No try of ours is told of where only the shopper can move it. */
function nextTryOf({ lane, nextTryAt }: ShopperSnapshot): Date | null {
  return lane === 'AUTH' || lane === 'CARD' || lane === 'STOP' ? null : nextTryAt
}

function confirmation(snapshot: ShopperSnapshot, says: Sentences) {
  if (snapshot.challengeOpen)
    return { title: says.title, paragraphs: [says.happened, says.doAndNext, says.willEnd] }
  const { say, tag, formats } = voiceFor(snapshot)
  const from = snapshot.tryAgainFrom
  const isOut = snapshot.code === RAN_OUT
  const next = !snapshot.canTryAgain
    ? say('noMoreTries')
    : from === null
      ? say('againNow')
      : say('againFrom', { at: formatTime(from, snapshot.zone, tag, formats) })
  const again =
    hasWay(snapshot) || permissions(snapshot).pay.allowed
      ? `${say(isOut ? 'ranOut' : 'notPassed')} ${next}`
      : helpFrom(snapshot)
  return { title: says.title, paragraphs: [says.happened, again, says.willEnd] }
}

/** It ended paused, and the pause has been lifted since. */
export function goesOnAgain({ status, done, resumed }: ShopperSnapshot): boolean {
  return resumed && done === null && (status === 'exhausted' || status === 'written_off')
}

function resumed(snapshot: ShopperSnapshot): Words {
  const { say } = voiceFor(snapshot)
  return over(say('resumed'), say('resumedBody'), nextOrder(snapshot))
}

function exhausted(snapshot: ShopperSnapshot): Words {
  if (goesOnAgain(snapshot)) return resumed(snapshot)
  const { say } = voiceFor(snapshot)
  switch (snapshot.done) {
    case 'pause':
      return over(
        say('paused'),
        say('pausedUnpaid'),
        snapshot.mayResume ? resumeUntil(snapshot) : helpFrom(snapshot),
      )
    case 'skip':
      return over(say('skipped'), say('skippedUnpaid'), say('goesOn'), nextOrder(snapshot))
    case 'cancel':
      return over(say('ended'), say('endedUnpaid'), say('welcomeBack'))
    case 'unpaid_order':
      return over(say('keptOpen'), say('keptOpenBody'), helpFrom(snapshot))
    case 'leave':
    case null:
      return over(say('stillOpen'), say('stillOpenBody'), helpFrom(snapshot))
  }
}

function resumeUntil(snapshot: ShopperSnapshot): string {
  const { answersUntil, zone } = snapshot
  const { say, formats } = voiceFor(snapshot)
  if (answersUntil === null) return say('resumeAnyTime')
  return say('resumeUntil', { day: formatDay(answersUntil, zone, formats) })
}

function held(snapshot: ShopperSnapshot): Words {
  const { say } = voiceFor(snapshot)
  if (snapshot.reason === 'shopper_stop')
    return over(say('stopped'), say('stoppedBody'), say('shopWillLook'))
  if (snapshot.reason === 'paused')
    return over(
      say('pausedHeld'),
      say('pausedHeldBody'),
      snapshot.mayResume ? say('resumeAnyTime') : helpFrom(snapshot),
    )
  return {
    kind: 'shop',
    title: say('looking'),
    paragraphs: [say('lookingBody'), say('nothingToDo')],
  }
}

function ofTheShop(snapshot: ShopperSnapshot): Words {
  const { say } = voiceFor(snapshot)
  if (snapshot.code === 'INVALID_SHIPPING_ADDRESS')
    return {
      kind: 'shop',
      title: say('address'),
      paragraphs: [say('addressBody'), say(snapshot.contact ? 'addressWrite' : 'addressTell')],
    }
  return { kind: 'shop', title: say('ofShop'), paragraphs: [say('ofShopBody'), say('nothingToDo')] }
}

function over(title: string, ...paragraphs: string[]): Words {
  return { kind: 'over', title, paragraphs }
}

function helpFrom(snapshot: ShopperSnapshot): string {
  return voiceFor(snapshot).say(snapshot.contact ? 'writeTo' : 'askShop')
}

function secureMailSent(snapshot: ShopperSnapshot): string | null {
  if (snapshot.secureMailAt === null || snapshot.instrument === 'shop_pay') return null
  if (!isMendable(snapshot) || snapshot.challengeOpen) return null
  const { say, tag, formats } = voiceFor(snapshot)
  const at = formatTime(snapshot.secureMailAt, snapshot.zone, tag, formats)
  return `${say('secureMailSent', { at })} ${say('askTomorrow')}`
}

function factsOf(
  snapshot: ShopperSnapshot,
  inProgress: boolean,
  speaksOfPayment: boolean,
): ShopperView['facts'] {
  const { tag, formats } = voiceFor(snapshot)
  const language = languageFor(tag)
  const { foot } = language
  const ordered = takenOf(snapshot, formats) ?? snapshot.productTitle
  const order = ordered ? [{ name: foot.order, value: ordered }] : []
  if (!speaksOfPayment || !isPaymentLane(snapshot.lane)) return order
  const method = spokenMethod(language, snapshot.methodLabel)
  const amount = snapshot.recovered ?? snapshot.amount
  const nextTry = inProgress ? nextTryOf(snapshot) : null
  return [
    ...order,
    { name: foot.amount, value: formatMoney(amount, formats) },
    ...(method ? [{ name: foot.method, value: method }] : []),
    ...(nextTry ? [{ name: foot.nextTry, value: formatDay(nextTry, snapshot.zone, formats) }] : []),
  ]
}

/** "2 × Morning Roast and 1 × Filters", where less than the whole was chosen. */
function takenOf({ smaller }: ShopperSnapshot, formats: string): string | null {
  if (smaller === null) return null
  const count = new Intl.NumberFormat(formats)
  const pieces = smaller.lines
    .filter(({ quantity }) => quantity > 0)
    .map(({ quantity, title }) => `${count.format(quantity)} × ${title}`)
  return pieces.length > 0 ? new Intl.ListFormat(formats).format(pieces) : null
}

function sentences(snapshot: ShopperSnapshot): Sentences {
  // What failed was the whole order, whatever is to be charged next. A bank asks about what it was asked for last.
  const amount = snapshot.lane === 'AUTH' ? snapshot.amount : snapshot.wholeAmount
  return sentencesFor({ ...noticeInput(snapshot), amount })
}

function noticeInput(snapshot: ShopperSnapshot): Parameters<typeof sentencesFor>[0] {
  return {
    lane: snapshot.lane,
    code: snapshot.code,
    // What can no longer be used is not mended by its own page: another method is asked for.
    instrument: snapshot.hasMethod ? snapshot.instrument : 'other',
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
    locale: snapshot.locale,
    shopLocale: snapshot.shopLocale,
    replyTo: snapshot.contact,
  }
}

function unreachable(value: never): never {
  throw new Error(`No words for ${JSON.stringify(value)}.`)
}
