// The mailbox: what the mail provider would have sent out, and Shopify's own mails, as a mail client shows them.
import { control } from '../page-parts/control.js'
import { el } from '../page-parts/el.js'
import { keepShowing } from '../page-parts/live.js'
import { drawSiteHead } from '../page-parts/site-head.js'
import { clockTime, dayKey, dayName, moment, tail } from '../page-parts/words.js'

const $ = (id) => document.getElementById(id)
const wide = matchMedia('(min-width: 761px)')

let messages = []
let zone = 'UTC'
let contracts = []
let openId = null
let openTab = 'html'

const idInAddress = () => decodeURIComponent(/^\/mailbox\/(.+)$/.exec(location.pathname)?.[1] ?? '')
const address = (id) => `/mailbox/${encodeURIComponent(id)}`

function draw([mailbox, state]) {
  zone = state.shops?.[0]?.zone ?? 'UTC'
  contracts = state.contracts ?? []
  messages = [...mailbox.messages].reverse()
  drawInbox()
  openFromAddress()
  $('mail').ariaBusy = 'false'
}

function drawInbox() {
  if (messages.length === 0) {
    $('inbox').replaceChildren(
      el('p', { class: 'empty' }, 'No mail yet. Play a story and move the clock.'),
    )
    return
  }
  const drawn = []
  let day = ''
  for (const message of messages) {
    if (dayKey(message.at, zone) !== day) {
      day = dayKey(message.at, zone)
      drawn.push(el('h2', {}, dayName(message.at, zone)))
    }
    drawn.push(inboxLine(message))
  }
  $('inbox').replaceChildren(...drawn)
}

function inboxLine(message) {
  return el(
    'a',
    { href: address(message.id), 'data-id': message.id, onclick: openInPlace },
    el('span', { class: 'who' }, nameOf(message.from)),
    el('time', {}, clockTime(message.at, zone)),
    el('span', { class: 'subject' }, message.subject),
    el('span', { class: 'to' }, `to ${addressOf(message.to)}`, answerPill(message)),
  )
}

function answerWords(answer) {
  if (answer === 202) return 'accepted (202)'
  return answer === 'silent' ? 'took it, never answered' : `refused (${answer})`
}

/** Only an answer other than "accepted" is worth a word. */
function answerPill({ answer }) {
  if (answer === undefined || answer === null || answer === 202) return null
  return el('span', { class: 'pill bad' }, answerWords(answer))
}

function openInPlace(event) {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return
  event.preventDefault()
  history.pushState(null, '', event.currentTarget.href)
  openFromAddress()
  if (!wide.matches) scrollTo(0, 0)
  $('message').focus({ preventScroll: true })
}

function openFromAddress() {
  const wanted = idInAddress()
  const message = messages.find(({ id }) => String(id) === wanted)
  const shown = message ?? (wanted === '' && wide.matches ? messages[0] : undefined)
  $('mail').classList.toggle('reading', message !== undefined)
  for (const line of $('inbox').querySelectorAll('a')) {
    line.setAttribute('aria-current', String(line.dataset.id === String(shown?.id)))
  }
  if (shown && shown.id === openId) return
  openId = shown?.id ?? null
  if (shown) drawMessage(shown)
  else {
    const words = wanted
      ? 'This message is not here: the world may have been reset.'
      : 'Choose a message.'
    $('message').replaceChildren(el('p', { class: 'empty' }, words))
  }
}

function drawMessage(message) {
  document.title = `${message.subject} · Mailbox`
  $('message').replaceChildren(
    el('a', { class: 'back', href: '/mailbox' }, '← All messages'),
    el('h2', {}, message.subject),
    el(
      'dl',
      {},
      ...line('From', written(message.from)),
      ...line('To', written(message.to)),
      ...line('Reply to', written(message.replyTo)),
      ...line('Sent', moment(message.at, zone)),
      ...line('Provider', message.answer === undefined ? null : answerWords(message.answer)),
      ...accountLine(message),
    ),
    tabs(message),
    el('div', {
      class: 'panel',
      role: 'tabpanel',
      id: 'panel',
      'aria-labelledby': `tab-${openTab}`,
    }),
  )
  showTab(message, message.html ? openTab : 'text')
}

const line = (name, value) => (value ? [el('dt', {}, name), el('dd', {}, String(value))] : [])

/** A shopper reads their mail where they are logged in: their account's page about payments is one tap away. */
function accountLine({ to }) {
  const customer = contracts.find((each) => each.customer.email === addressOf(to))?.customer
  if (!customer) return []
  const page = `/account/${tail(customer.id)}/pages/recovery-page`
  return [
    el('dt', {}, 'Account'),
    el('dd', {}, el('a', { href: page }, 'Subscription payments, logged in')),
  ]
}

const TABS = [
  ['html', 'Message'],
  ['text', 'Plain text'],
  ['headers', 'Headers'],
]

function tabs(message) {
  const list = el(
    'div',
    { class: 'tabs', role: 'tablist', 'aria-label': 'Ways to read this message' },
    ...TABS.map(([name, label]) =>
      el(
        'button',
        {
          type: 'button',
          role: 'tab',
          id: `tab-${name}`,
          'aria-controls': 'panel',
          onclick: () => showTab(message, name),
        },
        label,
      ),
    ),
  )
  list.onkeydown = ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key]
    if (!step) return
    const at = TABS.findIndex(([name]) => name === openTab)
    const [next] = TABS[(at + step + TABS.length) % TABS.length]
    showTab(message, next)
    $(`tab-${next}`).focus()
  }
  return list
}

function showTab(message, name) {
  openTab = name
  for (const [other] of TABS) {
    $(`tab-${other}`).setAttribute('aria-selected', String(other === name))
    $(`tab-${other}`).tabIndex = other === name ? 0 : -1
  }
  $('panel').setAttribute('aria-labelledby', `tab-${name}`)
  const panels = { html: asSeen, text: asText, headers: asHeaders }
  $('panel').replaceChildren(panels[name](message))
}

/** In a frame without scripts; its links open in a new tab, as a mail client's do. */
function asSeen({ html, subject }) {
  const frame = el('iframe', {
    title: `Message: ${subject}`,
    sandbox: 'allow-popups allow-popups-to-escape-sandbox',
    referrerpolicy: 'no-referrer',
  })
  frame.srcdoc = `<base target="_blank">${html ?? '<p>This message has no HTML part.</p>'}`
  return frame
}

const asText = ({ text }) => el('pre', { tabindex: 0 }, text || 'This message has no text part.')

function asHeaders({ headers, customArgs, categories }) {
  const all = { headers: headers ?? {}, customArgs: customArgs ?? {}, categories: categories ?? [] }
  return el('pre', { tabindex: 0 }, JSON.stringify(all, null, 2))
}

// An address is text, or an object with e-mail and name, or a list of these.
const first = (who) => (Array.isArray(who) ? who[0] : who)
const addressOf = (who) => (typeof first(who) === 'string' ? first(who) : first(who)?.email) ?? ''
const nameOf = (who) => first(who)?.name || addressOf(who).replace(/\s*<.*$/, '')
const written = (who) => {
  if (!who) return ''
  const name = first(who)?.name
  return name ? `${name} <${addressOf(who)}>` : addressOf(who)
}

addEventListener('popstate', openFromAddress)
wide.addEventListener('change', openFromAddress)
drawSiteHead($('site'))
keepShowing(() => Promise.all([control('/mailbox'), control('/state')]), draw)
