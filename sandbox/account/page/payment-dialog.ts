/**
 * Stand-in for the dialog in which Shopify lets a shopper replace the payment method of a subscription: the one intent
 * that customer accounts know. What is chosen happens in the world as it would at Shopify: the customer has a new saved
 * method, the contract moves to it, and both are told by webhook.
 */
import { control } from '../../page-parts/control.js'
import { el } from '../../page-parts/el.js'
import { cardName } from '../../page-parts/words.js'
import type { Subscription } from './account-data.ts'
import { own, ownLanguage } from './words.ts'

type Answer =
  | { code: 'ok'; data: object }
  | { code: 'closed' }
  | { code?: 'error'; message: string }
type Query = { action?: string; type?: string; value?: string; data?: { field?: string } }

const CARDS = [
  { name: 'New card that works', brand: 'visa', last4: '1111', script: { type: 'ok' } },
  {
    name: 'New card that fails',
    brand: 'visa',
    last4: '0002',
    script: { type: 'code', code: 'INSUFFICIENT_FUNDS' },
  },
  {
    name: 'New card whose bank asks the shopper',
    brand: 'mastercard',
    last4: '3155',
    script: { type: 'challenge', then: 'OK' },
  },
]

/** How long a new card lasts. Years. */
const GOOD_FOR_YEARS = 4

/** Answers an intent. Only what customer accounts know of is opened; everything else is an error, as at Shopify. */
export async function openIntent(
  asked: unknown,
  more: unknown,
  { subscriptions, now }: { subscriptions: Subscription[]; now: string },
): Promise<Answer> {
  const { action, type, value, data } = asQuery(asked, more)
  if (action !== 'open' || type !== 'shopify/SubscriptionContract')
    return { code: 'error', message: `No intent is called ${action}:${type}.` }
  if (data?.field !== 'paymentMethod')
    return { code: 'error', message: 'The data of this intent is {field: "paymentMethod"}.' }
  const contract = subscriptions.find(({ id }) => id === value)
  if (!contract) return { code: 'error', message: `This customer has no subscription ${value}.` }
  return show(contract, now)
}

/** The object form, or `open:shopify/SubscriptionContract,<id>?field=paymentMethod`. */
function asQuery(asked: unknown, more: unknown): Query {
  if (typeof asked !== 'string') return (asked ?? {}) as Query
  const [, action, type, value, query] =
    /^([^:]+):([^,?]+)(?:,([^?]+))?(?:\?(.*))?$/.exec(asked) ?? []
  const fromUrl = { action, type, value, data: Object.fromEntries(new URLSearchParams(query)) }
  return { ...fromUrl, ...(more as object) } as Query
}

function show(contract: Subscription, now: string): Promise<Answer> {
  return new Promise((resolve) => {
    const trouble = el('p', { class: 'trouble', role: 'alert', hidden: true })
    const leave = (answer: Answer) => {
      // Closed before it goes: that gives the focus back to the button that opened it.
      dialog.close()
      dialog.remove()
      resolve(answer)
    }
    const save = async ({ name: _, ...card }: (typeof CARDS)[number]) => {
      for (const button of dialog.querySelectorAll('button')) button.disabled = true
      try {
        const expiryYear = new Date(now).getUTCFullYear() + GOOD_FOR_YEARS
        await control(`/contracts/${encodeURIComponent(contract.id)}/method`, {
          mode: 'replace',
          card: { ...card, instrument: 'card', expiryMonth: 12, expiryYear },
        })
        leave({ code: 'ok', data: {} })
      } catch (error) {
        trouble.textContent = String(error)
        trouble.hidden = false
        for (const button of dialog.querySelectorAll('button')) button.disabled = false
      }
    }
    const press = (words: string, onclick: () => void, more = '') =>
      el('button', { type: 'button', onclick }, words, more && el('small', {}, more))

    const dialog = el(
      'dialog',
      { class: 'payment', 'aria-labelledby': 'payment-title', lang: 'en', dir: 'ltr' },
      el('p', { class: 'mark' }, 'Stand-in for Shopify’s own dialog'),
      el('h2', { id: 'payment-title', ...ownLanguage() }, own('replace')),
      el('p', { class: 'quiet' }, `${contract.productTitle}. Now: ${cardName(contract.card)}`),
      trouble,
      ...CARDS.map((card) => press(card.name, () => void save(card), cardName(card))),
      el(
        'footer',
        {},
        press('Something goes wrong', () => leave({ message: 'The stand-in was told to fail.' })),
        el(
          'button',
          { type: 'button', ...ownLanguage(), onclick: () => leave({ code: 'closed' }) },
          own('close'),
        ),
      ),
    ) as HTMLDialogElement
    dialog.addEventListener('cancel', () => leave({ code: 'closed' }))
    document.body.append(dialog)
    dialog.showModal()
  })
}
