/** What an imaginary shopper would get, made by what makes the real one. Pure; the editor runs it in the browser. */
import { exampleNotice, SHOPPERS, type Shopper } from './example.ts'
import { TemplateFault } from './liquid.ts'
import { type Notice, type NoticeInput, renderNotice } from './render.ts'
import { type AccountNotice, renderAccountNotice } from './render-account.ts'
import { renderSms, type Sms } from './render-sms.ts'
import {
  type Brand,
  isBeforeFailure,
  type Problem,
  type Template,
  type TemplateKey,
} from './template.ts'

export type PreviewShop = {
  name: string
  replyTo: string | null
  /** Our page in the shop's customer account; null or absent: none is known. */
  accountPage?: string | null
}

export type Preview =
  | { type: 'email'; notice: Notice }
  | { type: 'sms'; sms: Sms }
  | { type: 'account'; notice: AccountNotice }
  /** It cannot be made; the reason names what to change. */
  | { type: 'fault'; because: string }

/** Stands for a product's picture; the preview draws it, nobody fetches it. */
export const EXAMPLE_PICTURE = 'https://cdn.shopify.com/example-product.svg'

export function previewOf(
  template: Template,
  key: TemplateKey,
  shopper: Shopper,
  shop: PreviewShop,
  brand: Brand,
): Preview {
  const input = inputFor(key, shopper, shop)
  try {
    if (key.channel === 'sms') {
      return { type: 'sms', sms: renderSms(input, template) }
    }
    if (key.channel === 'account') {
      return { type: 'account', notice: renderAccountNotice(input, template) }
    }
    return { type: 'email', notice: renderNotice({ ...input, template, brand }) }
  } catch (error) {
    if (error instanceof TemplateFault) return { type: 'fault', because: error.message }
    throw error
  }
}

/** A shopper in the case that these words are for, reading their language. */
export function inputFor(
  { stage, lane, tag }: Pick<TemplateKey, 'stage' | 'lane' | 'tag'>,
  { changes }: Shopper,
  { name, replyTo, accountPage = null }: PreviewShop,
): NoticeInput {
  const given = exampleNotice({ stage, ...changes })
  const amount = given.amount
  return {
    ...given,
    // Their own reason where the words are for every one; else the reason that the words are for.
    ...(lane === '*' || lane === given.lane
      ? {}
      : { lane, code: null, nextTryAt: mayRetry(lane) ? exampleNotice().nextTryAt : null }),
    ...(isBeforeFailure(stage) ? { nextTryAt: null } : {}),
    recovered: stage === 'recovered' ? { total: amount } : null,
    shopName: name,
    replyTo,
    accountPage,
    // As Shopify names a customer's language: bare. So days and digits are those that will be mailed.
    locale: tag,
    unsubscribeLink: 'https://app.example/u/AbCdEfGhIjKlMnOp',
    items: given.productTitle
      ? [{ title: given.productTitle, quantity: 1, pictureUrl: EXAMPLE_PICTURE }]
      : [],
  }
}

/** The shoppers that a template can be tried on: with words for one lane, all of them are moved there. */
export function shopperBy(key: string): Shopper {
  return SHOPPERS.find((one) => one.key === key) ?? SHOPPERS[0]
}

/**
 * What stands in the way of sending although every text is right by itself: tried on every imaginary shopper, and
 * told once. So a mail that Gmail would cut, or a text of too many segments, is refused before it is saved.
 */
export function problemsInMails(template: Template, key: TemplateKey, brand: Brand): Problem[] {
  const shop = { name: 'Bean & Bloom Coffee', replyTo: 'hello@beanandbloom.example' }
  for (const shopper of SHOPPERS) {
    const preview = previewOf(template, key, shopper, shop, brand)
    if (preview.type !== 'fault') continue
    const [say = '', ...mend] = preview.because.split(/(?<=[.]) /)
    const who = `Tried on “${shopper.label}”.`
    return [{ where: 'blocks', line: null, say, mend: [...mend, who].join(' '), stops: true }]
  }
  return []
}

function mayRetry(lane: string): boolean {
  return lane === 'FUNDS' || lane === 'ISSUER' || lane === 'TECH' || lane === 'UNKNOWN'
}

/** An HTML part with the example picture drawn into it. */
export function withDrawnPicture(html: string): string {
  return html.replaceAll(EXAMPLE_PICTURE, DRAWN)
}

const DRAWN =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 64 64%22%3E%3Crect width=%2264%22 height=%2264%22 fill=%22%23e3dccf%22/%3E%3Cpath d=%22M20 16h24l4 34H16z%22 fill=%22%23876b4d%22/%3E%3C/svg%3E'
