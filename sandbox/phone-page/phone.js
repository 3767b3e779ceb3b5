// The shoppers' phones: what they got, and a box to answer from.
import { control, explain } from '../page-parts/control.js'
import { el } from '../page-parts/el.js'
import { keepShowing } from '../page-parts/live.js'
import { drawSiteHead } from '../page-parts/site-head.js'
import { moment } from '../page-parts/words.js'

const $ = (id) => document.getElementById(id)

let people = []
let texts = []
let zone = 'UTC'
/** The number that shows. */
let open = null
/** What was begun in the box, kept while the page draws itself anew. */
let begun = ''

const numberInAddress = () =>
  decodeURIComponent(/^\/phone\/(.+)$/.exec(location.pathname)?.[1] ?? '')
const address = (number) => `/phone/${encodeURIComponent(number)}`

function draw([phones, state]) {
  zone = state.shops?.[0]?.zone ?? 'UTC'
  texts = phones.texts
  const lastAt = (number) => texts.findLast((one) => one.number === number)?.at ?? ''
  people = [...phones.people].sort((a, b) => (lastAt(a.number) < lastAt(b.number) ? 1 : -1))
  $('phones').ariaBusy = 'false'
  show()
}

function show() {
  const wanted = numberInAddress()
  open = people.find(({ number }) => number === wanted)?.number ?? people[0]?.number ?? null
  if (people.length === 0) {
    $('people').replaceChildren()
    $('talk').replaceChildren(
      el('p', { class: 'empty' }, 'Nobody has a phone yet. Play a story and move the clock.'),
    )
    return
  }
  $('people').replaceChildren(...people.map(personLine))
  drawTalk(people.find(({ number }) => number === open))
}

function personLine({ number, name, acceptsTexts }) {
  const count = texts.filter((one) => one.number === number).length
  return el(
    'a',
    { href: address(number), 'aria-current': String(number === open), onclick: openInPlace },
    el('span', { class: 'who' }, name),
    el('span', { class: 'number' }, `${number} · ${count === 1 ? '1 text' : `${count} texts`}`),
    acceptsTexts ? null : el('span', { class: 'pill' }, 'has not agreed to texts'),
  )
}

function openInPlace(event) {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return
  event.preventDefault()
  history.pushState(null, '', event.currentTarget.href)
  begun = ''
  show()
  $('talk').focus({ preventScroll: true })
}

function drawTalk(person) {
  const own = texts.filter(({ number }) => number === person.number)
  const hadFocus = document.activeElement?.id === 'answer'
  $('talk').replaceChildren(
    el('h2', {}, person.name),
    own.length === 0
      ? el('p', { class: 'empty' }, 'No text has reached this phone.')
      : el('ol', {}, ...own.map(bubble)),
    own.some(({ way }) => way === 'in') ? answerBox(person) : '',
    fateBox(person),
  )
  if (hadFocus) $('answer')?.focus()
}

const bubble = ({ way, text, at, status, answer }) =>
  el(
    'li',
    { class: way },
    el('p', { class: 'bubble', dir: 'auto' }, ...withLinks(text)),
    el(
      'time',
      {},
      `${moment(at, zone)}${way === 'in' ? ` · ${status}` : ''}${answer === 201 ? '' : ' · the sender got no good answer'}`,
    ),
  )

const withLinks = (text) =>
  text
    .split(/(https?:\/\/\S+)/)
    .map((part) =>
      part.startsWith('http')
        ? el('a', { href: part, target: '_blank', rel: 'noopener' }, part)
        : part,
    )

function answerBox({ number }) {
  const input = el('input', {
    id: 'answer',
    name: 'text',
    autocomplete: 'off',
    required: true,
    maxlength: 1600,
    placeholder: 'STOP',
    oninput: () => {
      begun = input.value
    },
  })
  input.value = begun
  return el(
    'form',
    {
      onsubmit: async (event) => {
        event.preventDefault()
        const text = input.value
        begun = ''
        await doing(() => control('/phones/reply', { number, text }))
      },
    },
    el('label', {}, 'Answer as the shopper', input),
    el('button', { class: 'button primary', type: 'submit' }, 'Send'),
  )
}

const FATES = [
  ['deliver', 'arrive'],
  ['undelivered', 'not reach the phone: no such number'],
  ['fail', 'be refused on the way'],
  ['messy', 'arrive, told three times and in the wrong order'],
  ['refuse', 'be refused at once: the number has stopped texts'],
  ['quiet', 'leave, and nobody hears of it again'],
]

function fateBox({ number, fate }) {
  const select = el(
    'select',
    {
      onchange: () => doing(() => control('/phones/fate', { number, fate: select.value })),
    },
    ...FATES.map(([value, words]) => el('option', { value, selected: value === fate }, words)),
  )
  select.value = fate
  return el('form', {}, el('label', {}, 'The next texts to this phone shall', select))
}

async function doing(act) {
  try {
    await act()
    await ask()
  } catch (error) {
    $('trouble').textContent = explain(error)
    $('trouble').hidden = false
  }
}

addEventListener('popstate', show)
drawSiteHead($('site'))
const ask = keepShowing(() => Promise.all([control('/phones'), control('/state')]), draw)
