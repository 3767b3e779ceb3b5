// One story as it stands: who and what it is about, and what happened outside the app, day by day.
import { el } from '/page-parts/el.js'
import { STANDINGS, TOPICS } from '/page-parts/topics.js'
import { verdictPills } from '/page-parts/verdict.js'
import {
  cardName,
  clockTime,
  codeWords,
  count,
  dateOnly,
  dayKey,
  dayParts,
  money,
  scriptWords,
  tail,
} from '/page-parts/words.js'

/** The lane of the story that is on; null when none is. */
export function storyLane({ state, oracle, messages, deliveries }, stories) {
  const { story } = state
  const contract = state.contracts.find(({ id }) => id === story?.contractId)
  if (!story || !contract) return null
  const shop = state.shops.find(({ domain }) => domain === contract.shop)
  const own = ({ contractId }) => contractId === contract.id
  const seen = {
    charges: oracle.charges.filter(own),
    flags: oracle.flags.filter(own),
    messages: messages.filter((message) => isTo(message, contract.customer)),
    deliveries: deliveries.filter((delivery) => isAbout(delivery, contract, story)),
  }
  return el(
    'article',
    { class: 'lane card' },
    laneHead(story, stories, contract, seen),
    el('div', { class: 'sides' }, facts(contract, shop, state.now), outside(seen, shop?.zone)),
  )
}

const addresses = (who) => (Array.isArray(who) ? who : [who]).map((one) => one?.email ?? one)
const isTo = ({ to }, { email }) => email !== null && addresses(to).includes(email)
const isAbout = ({ shop, at, contractId }, contract, story) =>
  contractId
    ? contractId === contract.id
    : shop === contract.shop && new Date(at) >= new Date(story.startedAt ?? 0)

function laneHead(story, stories, contract, seen) {
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
      el(
        'a',
        { class: 'pill', href: `/oracle?contract=${encodeURIComponent(contract.id)}` },
        'ask the oracle →',
      ),
    ),
  )
}

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
      'a',
      { class: 'button', href: `/store/${store}/apps/reprise/app/recoveries` },
      'See it as the merchant does',
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

function outside(seen, zone) {
  const things = [
    ...seen.charges.map(chargeThing),
    ...webhookThings(seen.deliveries),
    ...seen.messages.map(mailThing),
    ...seen.flags.map(flagThing),
  ]
  things.sort((a, b) => new Date(a.at) - new Date(b.at) || a.order - b.order)
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

const thingLine = ({ at, kind, sign, words, detail }, zone) =>
  el(
    'li',
    { class: kind },
    el('span', { class: 'sign', 'aria-hidden': 'true' }, sign),
    el('time', {}, clockTime(at, zone)),
    el('span', {}, words, detail ? el('span', { class: 'detail' }, ' ', detail) : null),
  )

function chargeThing({ at, result, amount, currency, by, cycleIndex, reachedBank = true }) {
  const who = by === 'app' ? 'Reprise' : 'The merchant’s biller'
  const sum = money(amount, currency)
  const paid = result === 'paid'
  return {
    at,
    order: 1,
    kind: paid ? 'good' : 'bad',
    sign: paid ? '✓' : '✕',
    words: paid
      ? `${who} charged ${sum} and the bank paid.`
      : `${who} tried to charge ${sum}; ${reachedBank ? 'the bank' : 'Shopify'} said: ${codeWords(result)}.`,
    detail: `cycle ${cycleIndex}`,
  }
}

/** Webhooks of one instant and topic are one line: a story may send the same one twice. */
function webhookThings(deliveries) {
  const sent = deliveries
    .filter(({ state }) => state !== 'not_subscribed')
    .map((delivery) => ({ ...delivery, at: delivery.tries[0]?.at ?? delivery.at }))
  const together = Map.groupBy(sent, ({ at, topic, state }) => `${at} ${topic} ${state}`)
  return [...together.values()].map((same) => {
    const { at, topic, state } = same[0]
    const answers = same.flatMap(({ tries }) => tries.map(({ status }) => status || 'nothing'))
    const good = answers.some((status) => status >= 200 && status < 300)
    const again = same.length > 1 ? `, ${count(same.length, 'time')}` : ''
    const standing = STANDINGS[state] ?? state ?? 'on its way'
    return {
      at,
      order: 2,
      kind: `hook${state === 'lost' || (answers.length && !good) ? ' warn' : ''}`,
      sign: state === 'lost' ? '?' : '→',
      words: `Shopify told the app: ${TOPICS[topic] ?? topic}${again}.`,
      detail: answers.length ? `webhook answered ${answers.join(', ')}` : `webhook ${standing}`,
    }
  })
}

const mailThing = ({ at, id, subject, from }) => ({
  at,
  order: 3,
  kind: 'mail',
  sign: '✉',
  words: el('a', { href: `/mailbox/${encodeURIComponent(id)}` }, subject),
  detail: String(from?.email ?? from).startsWith('Shopify') ? 'sent by Shopify' : 'sent by Reprise',
})

const flagThing = ({ at, kind, detail }) => ({
  at,
  order: 4,
  kind: 'bad',
  sign: '!',
  words: `The money oracle raised a flag: ${codeWords(kind)}.`,
  detail,
})
