// Everyone in this world but the one whose story is on: a line per subscription.
import { el } from '../page-parts/el.js'
import { cardName, codeWords, moment, money, tail } from '../page-parts/words.js'
import { contractsOfStory } from './story-lane.js'

/** A section with a line per subscription; null when there is nobody else. */
export function otherPeople(world) {
  const { state, oracle } = world
  const onStage = contractsOfStory(world)
  const others = state.contracts.filter(({ id }) => !onStage.includes(id))
  if (others.length === 0) return null
  return el(
    'details',
    { class: 'people card' },
    el('summary', {}, `Others in this world (${others.length})`),
    el(
      'div',
      { class: 'table', role: 'region', tabindex: 0, 'aria-label': 'Others in this world' },
      el(
        'table',
        {},
        el(
          'thead',
          {},
          el(
            'tr',
            {},
            ...['Subscriber', 'Plan', 'Card', 'The bank’s last word', 'Account'].map((name) =>
              el('th', {}, name),
            ),
          ),
        ),
        el('tbody', {}, ...others.map((contract) => line(contract, state, oracle))),
      ),
    ),
  )
}

function line(contract, state, oracle) {
  const { customer } = contract
  const shop = state.shops.find(({ domain }) => domain === contract.shop)
  const last = oracle.charges.filter(({ contractId }) => contractId === contract.id).at(-1)
  return el(
    'tr',
    {},
    el(
      'td',
      {},
      el(
        'a',
        { href: `/oracle?contract=${encodeURIComponent(contract.id)}` },
        `${customer.firstName} ${customer.lastName}`,
      ),
      el(
        'span',
        { class: 'quiet' },
        ` contract ${tail(contract.id)}, ${codeWords(contract.status)}`,
      ),
    ),
    el(
      'td',
      {},
      `${contract.productTitle}, ${money(contract.price, shop?.currency)}`,
      el('span', { class: 'quiet' }, ` ${shop?.name ?? ''}`),
    ),
    el('td', {}, cardName(contract.card)),
    el(
      'td',
      {},
      last ? lastWord(last, shop?.zone) : el('span', { class: 'quiet' }, 'not asked yet'),
    ),
    el('td', {}, el('a', { href: `/account/${tail(customer.id)}` }, 'open')),
  )
}

const lastWord = ({ result, at }, zone) => [
  el(
    'span',
    { class: result === 'paid' ? 'pill good' : 'pill warn' },
    result === 'paid' ? '✓ paid' : codeWords(result),
  ),
  el('span', { class: 'quiet' }, ` ${moment(at, zone)}`),
]
