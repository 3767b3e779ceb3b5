// The demo's first page: the clock of the world, the stories, and what has happened since one began.
import { control, explain } from '../page-parts/control.js'
import { el } from '../page-parts/el.js'
import { keepShowing } from '../page-parts/live.js'
import { drawSiteHead } from '../page-parts/site-head.js'
import { city, count, leaf, moment } from '../page-parts/words.js'
import { watchBreakage } from './breaking.js'
import { otherPeople } from './people.js'
import { storyLane } from './story-lane.js'

const $ = (id) => document.getElementById(id)

/** While the calendar works, the leaf follows it this often. Milliseconds, real time. */
const TICK_MS = 350

/** Stories by what they are about. A story that is named nowhere here goes to the last group. */
const GROUPS = [
  [
    'The card says no',
    ['no-money-until-payday', 'expired-card', 'issuer-moody', 'unknown-code', 'bank-challenge'],
  ],
  [
    'The machinery lets you down',
    [
      'processor-outage',
      'everybody-fails',
      'lost-answer',
      'webhook-twice',
      'webhook-late',
      'webhook-lost-success',
      'out-of-stock',
    ],
  ],
  [
    'Somebody acts in the middle',
    ['paid-elsewhere', 'paused-midway', 'skipped-midway', 'cancelled-midway', 'uninstalled-midway'],
  ],
  ['To the end, and side by side', ['deadline-and-pause', 'two-shops']],
]

let busy = false
let zone = 'UTC'
let stories = []
/** The shop whose story is on, else the first one. */
let home

// ---------------------------------------------------------------- the world

async function load() {
  const state = await control('/state')
  const [{ messages }, oracle, { deliveries }] = await Promise.all([
    control('/mailbox'),
    control('/oracle'),
    control('/deliveries'),
  ])
  return { state, messages, oracle, deliveries }
}

function draw(world) {
  const { state, messages } = world
  home = state.shops.find(({ domain }) => domain === state.story?.shop) ?? state.shops[0]
  zone = home?.zone ?? 'UTC'
  drawLeaf(state.now)
  $('mail-count').textContent = String(messages.length)
  $('text-count').textContent = String(state.counts.texts)
  const lane = storyLane(world, stories)
  $('playing').hidden = !lane
  if (lane) $('playing').replaceChildren(lane)
  const others = otherPeople(world)
  if (others && $('people').querySelector('details')?.open) others.open = true
  $('people').replaceChildren(others ?? '')
  for (const tile of document.querySelectorAll('.tiles li')) {
    const on = tile.dataset.story === state.story?.name
    tile.classList.toggle('on', on)
    tile.querySelector('button').textContent = on ? 'Play again' : 'Play'
  }
}

function drawLeaf(now) {
  const { weekday, day, month, time } = leaf(now, zone)
  $('weekday').textContent = weekday
  $('day').textContent = day
  $('month').textContent = month
  $('time').textContent = time
  $('zone').textContent = `in ${city(zone)}`
}

// ---------------------------------------------------------------- doing something

/** Runs one thing at a time; meanwhile every button waits and the leaf follows the calendar. */
async function doing(words, act) {
  if (busy) return
  setBusy(true)
  $('refusal').hidden = true
  $('working').textContent = words
  const ticking = setInterval(tick, TICK_MS)
  try {
    $('working').textContent = await act()
  } catch (error) {
    $('working').textContent = ''
    $('refusal').textContent = explain(error)
    $('refusal').hidden = false
  } finally {
    clearInterval(ticking)
    await refresh()
    setBusy(false)
  }
}

function setBusy(on) {
  busy = on
  document.querySelector('.clock').setAttribute('aria-busy', String(on))
  for (const button of document.querySelectorAll('.moves button, .tiles button')) {
    button.disabled = on
  }
}

async function tick() {
  const clock = await control('/clock').catch(() => null)
  if (clock && busy) drawLeaf(clock.now)
}

for (const button of document.querySelectorAll('.moves button')) {
  button.addEventListener('click', async () => {
    const { by, until } = button.dataset
    await doing('The calendar is moving, and waits for Reprise at every stop…', async () => {
      const { now, stops } = await control('/clock', by ? { by } : { until })
      const made = Array.isArray(stops) ? stops.length : (stops ?? 0)
      const way = made
        ? `with ${count(made, 'stop')} on the way`
        : 'and nothing happened on the way'
      return `It is now ${moment(now, zone)}, ${way}.`
    })
    button.focus({ preventScroll: true })
  })
}

async function play({ name, title }) {
  await doing(`Playing “${title}” up to its first failure…`, async () => {
    const { now } = await control(`/stories/${name}`, {})
    return `“${title}” is on. It is ${moment(now, zone)}; now move the clock.`
  })
  if (!$('playing').hidden && $('refusal').hidden) {
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches
    document
      .querySelector('.clock')
      .scrollIntoView({ behavior: calm ? 'auto' : 'smooth', block: 'start' })
    document.querySelector('.moves button').focus({ preventScroll: true })
  }
}

// ---------------------------------------------------------------- the stories

function drawStories() {
  const named = GROUPS.flatMap(([, names]) => names)
  const rest = stories.map(({ name }) => name).filter((name) => !named.includes(name))
  const groups = GROUPS.map(([title, names], at) => [
    title,
    at === GROUPS.length - 1 ? [...names, ...rest] : names,
  ])
  $('groups').replaceChildren(
    ...groups.map(([title, names]) => {
      const found = names.flatMap((name) => stories.filter((story) => story.name === name))
      if (found.length === 0) return ''
      return el(
        'section',
        { class: 'group' },
        el('h3', {}, title),
        el('ul', { class: 'tiles' }, ...found.map(tile)),
      )
    }),
  )
}

const tile = (story) =>
  el(
    'li',
    { class: 'card', 'data-story': story.name },
    el('h4', { id: `story-${story.name}` }, story.title),
    el('p', {}, story.teaser),
    el(
      'button',
      {
        type: 'button',
        onclick: () => play(story),
        'aria-describedby': `story-${story.name}`,
      },
      'Play',
    ),
  )

drawSiteHead($('site'))
try {
  const answer = await control('/stories')
  stories = Array.isArray(answer) ? answer : answer.stories
  drawStories()
} catch (error) {
  $('groups').replaceChildren(el('p', { class: 'empty' }, explain(error)))
}
const refresh = keepShowing(load, draw)
void watchBreakage(() => home)
