// The money oracle: every charge per contract and cycle, with the flags that the sandbox raised.
import { control } from '../page-parts/control.js'
import { el } from '../page-parts/el.js'
import { keepShowing } from '../page-parts/live.js'
import { drawSiteHead } from '../page-parts/site-head.js'
import { flagWords, verdictPills } from '../page-parts/verdict.js'
import { codeWords, moment, money, tail } from '../page-parts/words.js'

const $ = (id) => document.getElementById(id)
const asked = new URLSearchParams(location.search)

function draw({ charges, flags }, state) {
  $('verdict').replaceChildren(
    el(
      'div',
      { class: 'verdict card' },
      ...verdictPills({ charges, flags }),
      asked.size ? el('a', { href: '/oracle' }, 'Show every contract') : null,
    ),
    ...(flags.length
      ? [el('ul', { class: 'flags' }, ...flags.map((flag) => flagLine(flag, state)))]
      : []),
  )
  const groups = Map.groupBy(charges, ({ contractId }) => contractId)
  $('list').replaceChildren(
    ...(groups.size
      ? [...groups]
          .reverse()
          .map(([contractId, found]) => contractCard(contractId, found, flags, state))
      : [el('p', { class: 'empty card' }, 'Nobody has asked the bank for money yet.')]),
  )
}

const zoneOf = (state, domain) => state.shops?.find((shop) => shop.domain === domain)?.zone ?? 'UTC'

function flagLine(flag, state) {
  const contract = state.contracts?.find(({ id }) => id === flag.contractId)
  const when = moment(flag.at, zoneOf(state, contract?.shop))
  return el(
    'li',
    {},
    el('strong', {}, flagWords(flag.kind)),
    `${when}, contract ${tail(flag.contractId)}, cycle ${flag.cycleIndex}. ${flag.detail ?? ''}`,
  )
}

function contractCard(contractId, charges, flags, state) {
  const contract = state.contracts?.find(({ id }) => id === contractId)
  const shop = charges[0].shop
  const person = contract?.customer
  const cycles = [...Map.groupBy(charges, ({ cycleIndex }) => cycleIndex)].sort(([a], [b]) => b - a)
  const own = flags.filter((flag) => flag.contractId === contractId)
  return el(
    'section',
    { class: 'group card' },
    el(
      'header',
      {},
      el(
        'h2',
        {},
        person ? `${person.firstName} ${person.lastName}` : `Contract ${tail(contractId)}`,
      ),
      el('span', { class: 'quiet' }, `contract ${tail(contractId)} · ${shop}`),
      el(
        'span',
        { class: own.length ? 'pill bad' : 'pill good' },
        own.length ? `${own.length} flagged` : 'no flags',
      ),
    ),
    ...cycles.flatMap(([cycle, found]) => [
      el('h3', {}, `Cycle ${cycle}`),
      el(
        'div',
        { class: 'table', role: 'region', tabindex: 0, 'aria-label': `Charges of cycle ${cycle}` },
        chargeTable(found, zoneOf(state, shop)),
      ),
    ]),
  )
}

function chargeTable(charges, zone) {
  return el(
    'table',
    {},
    el(
      'thead',
      {},
      el(
        'tr',
        {},
        el('th', {}, 'When'),
        el('th', {}, 'Answer'),
        el('th', {}, 'Asked by'),
        el('th', { class: 'narrow-away' }, 'Key'),
        el('th', { class: 'amount' }, 'Amount'),
      ),
    ),
    el(
      'tbody',
      {},
      ...charges.map((charge) =>
        el(
          'tr',
          {},
          el('td', { class: 'when' }, moment(charge.at, zone)),
          el(
            'td',
            {},
            resultPill(charge.result),
            charge.reachedBank === false && charge.result !== 'pending'
              ? el('span', { class: 'quiet' }, ' never reached the bank')
              : null,
          ),
          el('td', {}, charge.by === 'app' ? 'Reprise' : 'the merchant’s biller'),
          el('td', { class: 'narrow-away' }, el('code', {}, charge.key)),
          el('td', { class: 'amount' }, money(charge.amount, charge.currency)),
        ),
      ),
    ),
  )
}

const resultPill = (result) =>
  result === 'paid'
    ? el('span', { class: 'pill good' }, '✓ paid')
    : el('span', { class: 'pill warn', title: result }, codeWords(result))

drawSiteHead($('site'))
keepShowing(
  () => Promise.all([control(`/oracle${location.search}`), control('/state')]),
  ([oracle, state]) => draw(oracle, state),
)
