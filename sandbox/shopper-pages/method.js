// Shopify's own secure page, where a shopper changes a payment method. A stand-in: the cards are made up.
import { control, explain } from '../page-parts/control.js'
import { el } from '../page-parts/el.js'
import { cardName, tail } from '../page-parts/words.js'

const $ = (id) => document.getElementById(id)
const method = decodeURIComponent(location.pathname.split('/').at(-1) ?? '')

/** Years by which a new card outlives the world's present. */
const GOOD_FOR_YEARS = 4

const CARDS = [
  { brand: 'visa', last4: '1111', script: { type: 'ok' }, note: 'works' },
  { brand: 'mastercard', last4: '4444', script: { type: 'ok' }, note: 'works' },
  {
    brand: 'visa',
    last4: '0002',
    script: { type: 'code', code: 'INSUFFICIENT_FUNDS' },
    note: 'has no money on it',
  },
]

async function ask() {
  const { now, contracts } = await control('/state')
  const contract = contracts.find(({ methodId, card }) => tail(methodId ?? card?.id) === method)
  if (!contract) {
    $('content').replaceChildren(
      el('h1', {}, 'This link leads nowhere any more'),
      el(
        'p',
        { class: 'quiet' },
        'The payment method is not used by a subscription. It may have been replaced since.',
      ),
    )
    return
  }
  $('content').replaceChildren(
    el('h1', {}, 'Change your payment method'),
    el(
      'p',
      { class: 'quiet' },
      `Now: ${cardName(contract.card)}. Choose what the shopper types in.`,
    ),
    el('div', { class: 'choices cards' }, ...CARDS.map((card) => choice(card, contract, now))),
    el(
      'p',
      { class: 'note' },
      'Only Shopify’s page ever sees a card number. Reprise hears that the method has changed, no more.',
    ),
  )
}

const choice = ({ note, ...card }, contract, now) =>
  el(
    'button',
    { type: 'button', onclick: () => choose(card, contract, now) },
    cardName(card),
    el('span', {}, note),
  )

async function choose(card, contract, now) {
  $('trouble').hidden = true
  for (const button of document.querySelectorAll('.choices button')) button.disabled = true
  try {
    await control(`/contracts/${encodeURIComponent(contract.id)}/method`, {
      mode: 'update',
      card: {
        ...card,
        instrument: contract.card?.instrument ?? 'card',
        expiryMonth: 12,
        expiryYear: new Date(now).getUTCFullYear() + GOOD_FOR_YEARS,
      },
    })
    $('content').replaceChildren(
      el('h1', {}, 'Saved'),
      el(
        'p',
        { class: 'quiet' },
        `${cardName(card)} is the payment method now. Shopify tells the app when the clock of the world next moves.`,
      ),
    )
  } catch (error) {
    showTrouble(error)
    await ask().catch(showTrouble)
  }
}

function showTrouble(error) {
  $('trouble').textContent = explain(error)
  $('trouble').hidden = false
}

$('kind').textContent = 'Shopify’s secure payment page'
ask().catch(showTrouble)
