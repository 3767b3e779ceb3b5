// Webhook deliveries, newest first: each with its tries and the app's answers.
import { control } from '../page-parts/control.js'
import { el } from '../page-parts/el.js'
import { keepShowing } from '../page-parts/live.js'
import { drawSiteHead } from '../page-parts/site-head.js'
import { STANDINGS, TOPICS } from '../page-parts/topics.js'
import { count, moment } from '../page-parts/words.js'

const $ = (id) => document.getElementById(id)

const answered = ({ tries }) => tries.some(({ status }) => status >= 200 && status < 300)

function draw(deliveries, state) {
  if (deliveries.length === 0) {
    $('verdict').replaceChildren()
    $('list').replaceChildren(el('p', { class: 'empty card' }, 'No webhook has been sent yet.'))
    return
  }
  const good = deliveries.filter(answered).length
  const others = Map.groupBy(
    deliveries.filter((delivery) => !answered(delivery)),
    ({ state: standing, tries }) => (tries.length ? 'answered badly' : standing),
  )
  $('verdict').replaceChildren(
    el(
      'div',
      { class: 'verdict card' },
      el('span', { class: 'pill good' }, `${good} answered 2xx`),
      ...[...others].map(([standing, found]) =>
        el(
          'span',
          {
            class: ['lost', 'given_up', 'answered badly'].includes(standing) ? 'pill warn' : 'pill',
          },
          `${found.length} ${STANDINGS[standing] ?? standing}`,
        ),
      ),
      el(
        'span',
        { class: 'quiet' },
        `${count(deliveries.length, 'delivery', 'deliveries')} in all`,
      ),
    ),
  )
  $('list').replaceChildren(
    el(
      'div',
      { class: 'group card table', role: 'region', tabindex: 0, 'aria-label': 'Deliveries' },
      el(
        'table',
        {},
        el(
          'thead',
          {},
          el(
            'tr',
            {},
            el('th', {}, 'When'),
            el('th', {}, 'Topic'),
            el('th', {}, 'Tries'),
            el('th', { class: 'narrow-away' }, 'Shop'),
            el('th', { class: 'narrow-away' }, 'Event'),
          ),
        ),
        el('tbody', {}, ...[...deliveries].reverse().map((delivery) => row(delivery, state))),
      ),
    ),
  )
}

function row({ at, topic, shop, eventId, tries, state: standing }, state) {
  const zone = state.shops?.find(({ domain }) => domain === shop)?.zone ?? 'UTC'
  return el(
    'tr',
    {},
    el('td', { class: 'when' }, moment(at, zone)),
    el('td', {}, el('span', { class: 'means' }, TOPICS[topic] ?? ''), el('code', {}, topic)),
    el(
      'td',
      {},
      el(
        'span',
        { class: 'tries' },
        ...(tries.length
          ? tries.map((one) => tryPill(one, zone))
          : [el('span', { class: 'pill' }, STANDINGS[standing] ?? standing ?? 'waiting')]),
      ),
    ),
    el('td', { class: 'narrow-away quiet' }, shop.replace(/\.myshopify\.com$/, '')),
    el('td', { class: 'narrow-away' }, el('code', {}, eventId)),
  )
}

function tryPill({ at, status, ms }, zone) {
  const good = status >= 200 && status < 300
  const took = ms === undefined || ms === null ? '' : `, ${Math.round(ms)} ms`
  return el(
    'span',
    { class: good ? 'pill good' : 'pill bad', title: `${moment(at, zone)}${took}` },
    status || 'no answer',
  )
}

drawSiteHead($('site'))
keepShowing(
  () => Promise.all([control('/deliveries'), control('/state')]),
  ([{ deliveries }, state]) => draw(deliveries, state),
)
