// One story as it stands: who and what it is about, and what happened outside the app, day by day.
import { el } from '../page-parts/el.js'
import { verdictPills } from '../page-parts/verdict.js'
import {
  cardName,
  clockTime,
  codeWords,
  dateOnly,
  dayKey,
  dayParts,
  money,
  scriptWords,
  tail,
} from '../page-parts/words.js'
import { happenings } from './happenings.js'

/** The lane of the story that is on: one side by side per subscription that it began. Null when none is on. */
export function storyLane(world, stories) {
  const { state, oracle } = world
  const { story } = state
  const ids = contractsOfStory(world)
  const contracts = ids.flatMap((id) => state.contracts.filter((contract) => contract.id === id))
  if (contracts.length === 0) return null
  const about = ({ contractId }) => ids.includes(contractId)
  const asked = { charges: oracle.charges.filter(about), flags: oracle.flags.filter(about) }
  return el(
    'article',
    { class: 'lane card' },
    laneHead(story, stories, contracts, asked),
    removalNote(contracts, state.shops),
    ...contracts.map((contract) => sides(contract, world)),
  )
}

/** The story's own contract first, then those that began with it: a story may be about two shops. Ids. */
export function contractsOfStory({ state: { story }, deliveries }) {
  if (!story) return []
  const begun = deliveries
    .filter(({ topic }) => topic === 'subscription_contracts/create')
    .filter(({ triggeredAt }) => new Date(triggeredAt) >= new Date(story.startedAt))
    .map(({ contractId }) => contractId)
  return [...new Set([story.contractId, ...begun])]
}

function sides(contract, { state, oracle, messages, deliveries }) {
  const shop = state.shops.find(({ domain }) => domain === contract.shop)
  const own = ({ contractId }) => contractId === contract.id
  const { methodId } = contract
  const things = happenings({
    charges: oracle.charges.filter(own),
    flags: oracle.flags.filter(own),
    messages: messages.filter((message) => isTo(message, contract.customer)),
    deliveries: deliveries.filter(
      (delivery) =>
        own(delivery) ||
        delivery.body?.admin_graphql_api_id === methodId ||
        isAboutShop(delivery, contract.shop, state.story.startedAt),
    ),
  })
  return el(
    'div',
    { class: 'sides' },
    facts(contract, shop, state.now),
    outside(things, shop?.zone),
  )
}

/** News of the whole shop since the story began: the app was removed, its permissions changed. */
const isAboutShop = ({ topic, shop, triggeredAt }, domain, startedAt) =>
  topic.startsWith('app/') && shop === domain && new Date(triggeredAt) >= new Date(startedAt)

const addresses = (who) => (Array.isArray(who) ? who : [who]).map((one) => one?.email ?? one)
const isTo = ({ to }, { email }) => email !== null && addresses(to).includes(email)

/** After an uninstall the next story would meet an app that was installed afresh and waits for its owner. */
function removalNote(contracts, shops) {
  const gone = shops.filter(
    ({ domain, installed }) => !installed && contracts.some(({ shop }) => shop === domain),
  )
  return gone.length === 0
    ? null
    : el(
        'p',
        { class: 'note' },
        `${gone.map(({ name }) => name).join(' and ')} removed Reprise. To play on with this shop, open it in the admin and press “Start recovering”: a fresh install does nothing by itself.`,
      )
}

function laneHead(story, stories, contracts, seen) {
  const told = stories.find(({ name }) => name === story.name)
  return el(
    'header',
    {},
    el('p', { class: 'kind' }, 'Now playing'),
    el('h2', { id: 'playing-title' }, story.title ?? told?.title ?? story.name),
    el(
      'div',
      { class: 'verdict' },
      ...verdictPills(seen),
      el('a', { class: 'pill', href: oracleOf(contracts) }, 'ask the oracle →'),
    ),
  )
}

const oracleOf = ([first, second]) =>
  second ? '/oracle' : `/oracle?contract=${encodeURIComponent(first.id)}`

// ---------------------------------------------------------------- who and what

function facts(contract, shop, now) {
  const { customer } = contract
  const zone = shop?.zone
  const store = contract.shop.replace(/\.myshopify\.com$/, '')
  const place = [customer.city, customer.country].filter(Boolean).join(', ')
  return el(
    'div',
    { class: 'facts' },
    el(
      'dl',
      {},
      fact('Subscriber', `${customer.firstName} ${customer.lastName}`, place),
      fact(
        'Shop',
        shop?.name ?? contract.shop,
        shop?.installed === false ? 'has uninstalled Reprise' : null,
      ),
      fact(
        'Plan',
        `${contract.productTitle}, ${money(contract.price, shop?.currency)}`,
        `${everyWords(contract)} · contract ${tail(contract.id)}, ${codeWords(contract.status)}`,
      ),
      fact(
        'Card',
        cardName(contract.card),
        el('span', { class: 'script' }, scriptWords(contract.card?.script, zone)),
      ),
      fact(
        'Cycles',
        el(
          'ol',
          { class: 'cycles' },
          ...(contract.cycles ?? []).map((cycle) => cycleLine(cycle, zone, now)),
        ),
      ),
    ),
    el(
      'p',
      { class: 'doors' },
      el(
        'a',
        { class: 'button', href: `/store/${store}/apps/reprise/app/recoveries` },
        'See it in the admin',
      ),
      el('a', { class: 'button', href: `/account/${tail(customer.id)}` }, 'See it as the shopper'),
    ),
  )
}

const fact = (name, value, more = null) =>
  el(
    'div',
    {},
    el('dt', {}, name),
    el(
      'dd',
      {},
      value,
      typeof more === 'string' && more ? el('span', { class: 'quiet' }, more) : more || null,
    ),
  )

function everyWords({ interval, intervalCount = 1 }) {
  const unit = String(interval ?? '').toLowerCase()
  return intervalCount === 1 ? `every ${unit}` : `every ${intervalCount} ${unit}s`
}

function cycleLine({ index, expectedAt, status, skipped }, zone, now) {
  const due = new Date(expectedAt) <= new Date(now)
  const [kind, words] = skipped
    ? ['', 'skipped']
    : status === 'BILLED'
      ? ['good', 'paid']
      : due
        ? ['warn', 'unpaid']
        : ['', 'to come']
  return el(
    'li',
    {},
    el('span', { class: 'numbers' }, `${index}. ${dateOnly(expectedAt, zone)}`),
    el('span', { class: `pill ${kind}` }, words),
  )
}

// ---------------------------------------------------------------- what happened outside

function outside(things, zone) {
  const days = Map.groupBy(things, ({ at }) => dayKey(at, zone))
  return el(
    'div',
    { class: 'outside' },
    el('h3', {}, 'What happened outside the app'),
    days.size
      ? el('ol', { class: 'days' }, ...[...days.values()].map((found) => dayLine(found, zone)))
      : el('p', { class: 'empty' }, 'Nothing yet. Move the clock.'),
  )
}

function dayLine(things, zone) {
  const { weekday, dayMonth } = dayParts(things[0].at, zone)
  return el(
    'li',
    {},
    el('p', { class: 'date' }, `${dayMonth} `, el('span', { class: 'quiet' }, weekday)),
    el('ul', { class: 'things' }, ...things.map((thing) => thingLine(thing, zone))),
  )
}

const thingLine = ({ at, kind, sign, words, href, detail }, zone) =>
  el(
    'li',
    { class: kind },
    el('span', { class: 'sign', 'aria-hidden': 'true' }, sign),
    el('time', {}, clockTime(at, zone)),
    el(
      'span',
      {},
      href ? el('a', { href }, words) : words,
      detail ? el('span', { class: 'detail' }, ' ', detail) : null,
    ),
  )
