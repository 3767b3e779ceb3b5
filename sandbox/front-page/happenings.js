// What happened outside the app, as dated lines: charges, webhooks, mails and flags. Pure.
import { STANDINGS, TOPICS } from '../page-parts/topics.js'
import { flagWords } from '../page-parts/verdict.js'
import { codeWords, count, money } from '../page-parts/words.js'

/** At one instant the charge comes first, then the webhook about it, then the mail. */
const ORDER = { charge: 1, webhook: 2, mail: 3, flag: 4 }

/** Dated lines, oldest first: `{ at, kind, sign, words, href, detail }`. */
export function happenings({ charges, flags, messages, deliveries }) {
  const things = [
    ...charges.flatMap((charge) => chargeThings(charge, deliveries)),
    ...webhookThings(deliveries),
    ...messages.map(mailThing),
    ...flags.map(flagThing),
  ]
  return things.sort((a, b) => new Date(a.at) - new Date(b.at) || ORDER[a.of] - ORDER[b.of])
}

/** One line; two when the bank wanted the shopper in between: the question, and what came of it. */
function chargeThings(charge, deliveries) {
  const told = (what) =>
    deliveries.find(
      ({ topic, body }) =>
        topic === `subscription_billing_attempts/${what}` && body?.idempotency_key === charge.key,
    )
  if (charge.result === 'pending') return [askedThing(charge, 'the answer is still to come')]
  if (charge.result !== 'action_required' && !told('challenged')) return [resultThing(charge)]
  const question = askedThing(charge, 'the bank wants the shopper to confirm')
  const end = told('success') ?? told('failure')
  return end ? [question, { ...resultThing(charge), at: end.triggeredAt }] : [question]
}

const who = ({ by }) => (by === 'app' ? 'Reprise' : 'The merchant’s biller')
const sum = ({ amount, currency }) => money(amount, currency)

const askedThing = (charge, words) => ({
  of: 'charge',
  at: charge.at,
  kind: 'warn',
  sign: '…',
  words: `${who(charge)} asked for ${sum(charge)}; ${words}.`,
  detail: `cycle ${charge.cycleIndex}`,
})

function resultThing(charge) {
  const paid = charge.result === 'paid'
  const speaker = charge.reachedBank === false ? 'Shopify' : 'the bank'
  return {
    of: 'charge',
    at: charge.at,
    kind: paid ? 'good' : 'bad',
    sign: paid ? '✓' : '✕',
    words: paid
      ? `${who(charge)} charged ${sum(charge)} and the bank paid.`
      : `${who(charge)} tried to charge ${sum(charge)}; ${speaker} said: ${codeWords(charge.result)}.`,
    detail: `cycle ${charge.cycleIndex}`,
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
    const news = `${TOPICS[topic] ?? topic}${again}`
    const lost = state === 'lost'
    return {
      of: 'webhook',
      at,
      kind: lost || (answers.length > 0 && !good) ? 'hook warn' : 'hook',
      sign: lost ? '?' : '→',
      words: lost ? `Lost on the way to the app: ${news}.` : `Shopify told the app: ${news}.`,
      detail: deliveryWords(state, answers),
    }
  })
}

function deliveryWords(state, answers) {
  if (answers.length > 0) return `webhook answered ${answers.join(', ')}`
  return state === 'lost' ? null : `webhook ${STANDINGS[state] ?? state}`
}

const mailThing = ({ at, id, subject, from }) => ({
  of: 'mail',
  at,
  kind: 'mail',
  sign: '✉',
  words: subject,
  href: `/mailbox/${encodeURIComponent(id)}`,
  detail: from === 'Shopify' ? 'sent by Shopify' : 'sent by Reprise',
})

const flagThing = ({ at, kind, detail }) => ({
  of: 'flag',
  at,
  kind: 'bad',
  sign: '!',
  words: `The money oracle raised a flag. ${flagWords(kind)}`,
  detail,
})
