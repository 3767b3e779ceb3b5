/** What the page of a notice before a charge says. Pure. The same sentences as in the mail. */
import type { NoticeKind } from '../dunning/before-failure.ts'
import type { Instrument, Money } from '../dunning/types.ts'
import { languageFor } from '../messages/default-templates/languages.ts'
import { directionOf, formatDay, formatMoney, wordsLocale } from '../messages/formats.ts'
import { spokenMethod, wordsFor } from '../messages/render.ts'
import { formatTime, wordsIn } from './page-words/say.ts'
import { hasUpdatePage } from './permissions.ts'
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
  shopLocale: string
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
  const { tag, formats } = wordsLocale(snapshot.locale, zone, snapshot.shopLocale)
  const { say, words } = wordsIn(tag, snapshot)
  const language = languageFor(tag)
  const isOver = now >= chargeAt
  const told = wordsFor({
    ...snapshot,
    stage: kind,
    lane: 'UNKNOWN',
    code: null,
    firstName: null,
    nextTryAt: null,
    deadlineAt: chargeAt,
    finalAction: 'leave',
    recovered: null,
    replyTo: contact,
    link: '',
  }).variables
  const paragraphs = (told.body ?? '').split('\n\n')
  const method = spokenMethod(language, methodLabel)
  const canBeMailed = hasUpdatePage(snapshot.instrument)
  const asked = secureMailAt !== null && snapshot.instrument !== 'shop_pay'
  const isOpen = !isOver && !snapshot.hasStopped
  return {
    lang: tag,
    dir: directionOf(tag),
    shopName,
    title: isOver ? say('nothingHere') : (told.title ?? ''),
    paragraphs: snapshot.hasStopped
      ? [`${say('heardStop')} ${say('shopWillLook')}`]
      : isOver
        ? [say('wasPlanned', { day: formatDay(chargeAt, zone, formats) })]
        : kind === 'card_expires'
          ? paragraphs
          : [paragraphs[0] ?? '', `${say('howToChange')}${contact ? ` ${say('orWriteTo')}` : ''}`],
    facts: isOver
      ? []
      : [
          ...(snapshot.productTitle
            ? [{ name: language.foot.order, value: snapshot.productTitle }]
            : []),
          { name: words.plannedFor, value: formatDay(chargeAt, zone, formats) },
          {
            name: language.foot.amount,
            value: say('beforeTax', { amount: formatMoney(snapshot.amount, formats) }),
          },
          ...(method ? [{ name: language.foot.method, value: method }] : []),
        ],
    action:
      isOpen && snapshot.canUpdate && canBeMailed && !asked
        ? updateAction(snapshot.instrument, words)
        : null,
    account: null,
    choices: [],
    otherWays: words.otherWays,
    aside: [],
    sent:
      isOpen && asked
        ? say('secureMailSent', { at: formatTime(secureMailAt, zone, tag, formats) })
        : null,
    canStop: isOpen,
    stopNote: say('stopNoteBefore'),
    question: null,
    contact,
    accountUrl: snapshot.accountUrl,
    words,
  }
}
