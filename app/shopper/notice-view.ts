/** What the page of a notice before a charge says. Pure. The same sentences as in the mail. */
import type { NoticeKind } from '../dunning/before-failure.ts'
import type { Instrument, Money } from '../dunning/types.ts'
import { languageFor } from '../messages/default-templates/languages.ts'
import {
  directionOf,
  formatDay,
  formatMoment,
  formatMoney,
  inEnglish,
  wordsLocale,
} from '../messages/formats.ts'
import { spokenMethod, wordsFor } from '../messages/render.ts'
import { type ShopperView, updateAction } from './view.ts'

export type NoticeSnapshot = {
  kind: NoticeKind
  instrument: Instrument
  methodLabel: string | null
  methodExpiresAt: Date | null
  productTitle: string | null
  /** Before tax. */
  amount: Money
  chargeAt: Date
  zone: string
  locale: string
  shopName: string
  contact: string | null
  accountUrl: string
  /** When Shopify's secure mail was last asked for, within the last 24 hours. */
  secureMailAt: Date | null
  canUpdate: boolean
  /** This customer asked us to stop. */
  hasStopped: boolean
}

export function noticeView(snapshot: NoticeSnapshot, now: Date): ShopperView {
  const { kind, zone, shopName, contact, methodLabel, chargeAt, secureMailAt } = snapshot
  const { tag, formats } = wordsLocale(inEnglish(snapshot.locale), zone)
  const isOver = now >= chargeAt
  const words = wordsFor({
    ...snapshot,
    stage: kind,
    lane: 'UNKNOWN',
    code: null,
    firstName: null,
    nextTryAt: null,
    deadlineAt: chargeAt,
    finalAction: 'leave',
    recovered: null,
    locale: inEnglish(snapshot.locale),
    replyTo: contact,
    link: '',
  }).variables
  const paragraphs = (words.body ?? '').split('\n\n')
  const method = spokenMethod(languageFor('en'), methodLabel)
  // Shopify mails its link for cards and PayPal; other methods have no page of their own.
  const canBeMailed = ['card', 'shop_pay', 'paypal'].includes(snapshot.instrument)
  const asked = secureMailAt !== null && snapshot.instrument !== 'shop_pay'
  const isOpen = !isOver && !snapshot.hasStopped
  return {
    lang: tag,
    dir: directionOf(tag),
    shopName,
    title: isOver ? 'There is nothing to do here any more' : (words.title ?? ''),
    paragraphs: snapshot.hasStopped
      ? [
          `You told us that you have cancelled, or that this is not you. You get no further message about it. ${shopName} has been told and will look at it.`,
        ]
      : isOver
        ? [`This was about an order that was planned for ${formatDay(chargeAt, zone, formats)}.`]
        : kind === 'card_expires'
          ? paragraphs
          : [paragraphs[0] ?? '', howToChange(snapshot)],
    facts: isOver
      ? []
      : [
          ...(snapshot.productTitle ? [{ name: 'Order', value: snapshot.productTitle }] : []),
          { name: 'Planned for', value: formatDay(chargeAt, zone, formats) },
          { name: 'Amount', value: `${formatMoney(snapshot.amount, formats)} before tax` },
          ...(method ? [{ name: 'Payment method', value: method }] : []),
        ],
    action:
      isOpen && snapshot.canUpdate && canBeMailed && !asked
        ? updateAction(snapshot.instrument)
        : null,
    aside: [],
    sent:
      isOpen && asked
        ? `Shopify’s secure link is on its way to the e-mail address of your subscription (asked for on ${formatMoment(secureMailAt, zone, formats)}). Please also look among unwanted mail.`
        : null,
    canStop: isOpen,
    stopNote: `Press the button, and you get no further message about this subscription, and ${shopName} is told. The subscription itself stays as it is until they have looked at it.`,
    question: null,
    contact,
    accountUrl: snapshot.accountUrl,
  }
}

function howToChange({ shopName, contact }: NoticeSnapshot): string {
  return contact
    ? `You do not have to do anything. To change, skip or cancel it before then, open your account at ${shopName} with the link below, or write to ${contact}.`
    : `You do not have to do anything. To change, skip or cancel it before then, open your account at ${shopName} with the link below.`
}
