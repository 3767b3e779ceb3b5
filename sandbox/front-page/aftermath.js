// What was broken and what became of it, in words and figures. Pure: data of GET /control/breakage.
import { count } from '../page-parts/words.js'

/** Whole seconds between two instants. */
const seconds = (from, to) => Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000))

/**
 * The worker: its process as its owner knows it, and its sign of life as the app's /health tells it.
 * `state`: running, gone, starting (the process is there and has not swept yet), none (nobody here started one).
 */
export function byWords({ at, worker, app }) {
  if (!worker)
    return {
      state: 'none',
      pill: 'not here',
      words: 'This sandbox runs alone. With npm run demo there is a worker to kill.',
    }
  if (worker.state === 'gone')
    return {
      state: 'gone',
      pill: 'gone',
      words: `Killed ${seconds(worker.since, at)} s ago. It is started again in ${seconds(at, worker.backAt ?? at)} s.`,
    }
  const sign = app?.signAt
  // The sign's age is told in whole seconds.
  if (!sign || Date.parse(sign) < Date.parse(worker.since) - 1000)
    return { state: 'starting', pill: 'starting', words: 'It is back and has given no sign yet.' }
  return {
    state: 'running',
    pill: 'running',
    words: `Last sign of life ${seconds(sign, at)} s ago.`,
  }
}

/** One sentence on how things stand, and its kind: good, warn or bad. */
export function standOf(found) {
  const { app, counts } = found
  if (counts.flags.double_charge || counts.mailedTwice)
    return { kind: 'bad', words: 'Something was done twice. That is a defect: look at the oracle.' }
  if (app?.webhooksDead || app?.casesStuck)
    return { kind: 'bad', words: 'Something was given up or stands still: see Home in the admin.' }
  if (!app) return { kind: '', words: 'There is no app beside this sandbox.' }
  if (!app.answers || app.pending === null)
    return { kind: 'warn', words: 'The app does not answer just now.' }
  const waits = waiting(app)
  const { state } = byWords(found)
  if (state === 'gone')
    return {
      kind: 'warn',
      words: waits
        ? `No worker; ${count(waits, 'thing')} ${waits === 1 ? 'waits' : 'wait'} for the next one.`
        : 'No worker. Nothing is due yet: move the clock and see it wait.',
    }
  if (waits) return { kind: 'warn', words: `${count(waits, 'thing')} under way.` }
  const still = broken(found)
  if (still.length > 0)
    return { kind: 'warn', words: `Broken now: ${still.join(', ')}. Move the clock and watch.` }
  return { kind: 'good', words: 'All that came in is done, and nothing was done twice.' }
}

const waiting = ({ pending, webhooksOpen }) => Math.max(pending ?? 0, webhooksOpen ?? 0)

function broken({ webhooks, shopify, processors, deathPlanned }) {
  return [
    webhooks === 'lost' && 'webhooks get lost',
    webhooks === 'twice' && 'webhooks come twice',
    Object.values(processors).some(Boolean) && 'the payment processor is down',
    shopify !== 'normal' && 'Shopify answers 500',
    deathPlanned && 'the worker dies at its next charge',
  ].filter(Boolean)
}

/** What is counted, each with how good it is. */
export function figuresOf({ app, counts }) {
  const { accepted, charges, paid, flags, mails, mailedTwice } = counts
  const open = app?.webhooksOpen ?? null
  const done = open === null ? null : Math.max(0, accepted - open - app.webhooksDead)
  const double = flags.double_charge ?? 0
  const others = Object.values(flags).reduce((sum, each) => sum + each, 0) - double
  const ofMany = (value, kind, name, more) => ({ name, value: value ?? '–', more, kind })
  const never = (value, name, more) => ofMany(value, value ? 'bad' : 'good', name, more)
  return [
    ofMany(done, done === accepted ? 'good' : '', 'Webhooks', `done of ${accepted}`),
    ofMany(app?.pending, '', 'Waiting', 'due, not done'),
    ofMany(app?.casesOpen, '', 'Recoveries', 'that are open'),
    never(app?.casesStuck ?? 0, 'Stuck', 'nothing to come'),
    ofMany(charges, '', 'Charges', `asked for, ${paid} paid`),
    never(double, 'Charged twice', 'says the bank'),
    never(others, 'Against a rule', 'says the oracle'),
    never(mailedTwice, 'Mailed twice', `of ${count(mails, 'mail')}`),
  ]
}

/** What has changed since the panel last asked, newest first: `{ words }`. Nothing the first time. */
export function newsOf(before, found, shopName = 'the shop') {
  if (!before) return []
  return [
    ...workerNews(before, found),
    ...switched(before.webhooks, found.webhooks, {
      lost: 'Every webhook gets lost from now on. Reprise also asks Shopify itself, every 15 minutes of the world’s time.',
      twice: 'Every webhook comes twice. The second one is known by its id and has no effect.',
      normal: 'Webhooks arrive again. What was lost meanwhile is found by asking Shopify.',
    }),
    ...processorNews(before, found, shopName),
    ...switched(before.shopify, found.shopify, {
      http_500: 'Shopify answers 500 to everything. Work is put off, and no attempt is used up.',
      normal: 'Shopify answers again. What was put off goes on in its time.',
    }),
    ...(!before.deathPlanned && found.deathPlanned
      ? [
          {
            words:
              'The worker will die right after it has asked for the next charge, before it reads the answer. Move the clock.',
          },
        ]
      : []),
  ]
}

const switched = (before, now, words) =>
  before !== now && words[now] ? [{ words: words[now] }] : []

function workerNews(before, found) {
  const [was, is] = [byWords(before).state, byWords(found).state]
  if (was === is) return []
  if (is === 'gone') {
    const how = before.deathPlanned ? 'in the middle of a charge' : 'with kill −9'
    return [{ words: `The worker was killed ${how}. Webhooks are still accepted and kept.` }]
  }
  if (is === 'running' && was !== 'none')
    return [
      {
        words: found.app.pending
          ? `The worker is back and takes over ${count(found.app.pending, 'thing')} that waited.`
          : 'The worker is back, and nothing is left to do.',
      },
    ]
  return []
}

function processorNews(before, found, shopName) {
  const down = ({ processors }) => Object.values(processors).some(Boolean)
  if (down(before) === down(found)) return found.app?.braked && !before.app?.braked ? [BRAKED] : []
  return [
    {
      words: down(found)
        ? `The payment processor of ${shopName} is down: every charge fails, whatever the card. Shoppers are not to blame and hear nothing of it.`
        : `The payment processor of ${shopName} works again. The next payment that passes shows it.`,
    },
  ]
}

const BRAKED = {
  words: 'Too many payments failed alike: Reprise holds the shop back until one passes again.',
}
