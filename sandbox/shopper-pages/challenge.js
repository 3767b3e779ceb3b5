// The bank's page: the shopper confirms a charge, refuses it, or leaves it be. A stand-in for 3-D Secure.
import { control, explain } from '../page-parts/control.js'
import { el } from '../page-parts/el.js'

const $ = (id) => document.getElementById(id)
const attempt = decodeURIComponent(location.pathname.split('/').at(-1) ?? '')

/** What the shopper may do, as the control API calls it. */
const CHOICES = [
  ['pass', 'Yes, this is me: approve', 'Approved', 'primary'],
  ['fail', 'No: refuse the payment', 'Refused', ''],
  ['abandon', 'Close without an answer', 'Left without an answer', ''],
]

function ask() {
  $('content').replaceChildren(
    el('h1', {}, 'Your bank asks: is this payment yours?'),
    el(
      'p',
      { class: 'quiet' },
      `Charge attempt ${attempt}. A real bank would send a code or a question to the phone.`,
    ),
    el(
      'div',
      { class: 'choices' },
      ...CHOICES.map(([result, label, done, kind]) =>
        el('button', { type: 'button', class: kind, onclick: () => choose(result, done) }, label),
      ),
    ),
  )
}

async function choose(result, done) {
  $('trouble').hidden = true
  for (const button of document.querySelectorAll('.choices button')) button.disabled = true
  try {
    await control(`/attempts/${encodeURIComponent(attempt)}/challenge`, { result })
    $('content').replaceChildren(
      el('h1', {}, done),
      el(
        'p',
        { class: 'quiet' },
        'Shopify hears of it when the clock of the world next moves. This page may be closed.',
      ),
    )
  } catch (error) {
    $('trouble').textContent = explain(error)
    $('trouble').hidden = false
    ask()
  }
}

$('kind').textContent = 'A bank’s confirmation page'
ask()
