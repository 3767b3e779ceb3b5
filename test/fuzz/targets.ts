/**
 * Everything that a stranger, a broken client or a bored member of staff can send to the app. One entry for each way
 * in; whoever adds a way in adds it here, and its routes are checked against this list.
 */
import { createHmac, sign as signWith } from 'node:crypto'
import { defaultSequence } from '../../app/dunning/sequence.ts'
import { defaultTemplate } from '../../app/messages/template.ts'
import { mailEventKeys } from '../../sandbox/mail-event-keys.ts'
import { pick, type Random } from '../../sandbox/random.ts'
import { twilioAccount } from '../../sandbox/twilio-account.ts'
import { API_SECRET } from '../../scripts/local-stack.mjs'
import { BROWSER } from '../factories.ts'
import { anyOf, below, spoiltForm, spoiltJson, spoiltText } from './mutate.ts'

/** One request as it will be sent. */
export type Shot = {
  target: string
  method: string
  path: string
  headers: Record<string, string>
  body: string | Buffer
  /** It must not be let in: an answer below 300 is an offence. */
  mustFail: boolean
}

/** What the shots are made from. */
export type Aim = {
  appUrl: string
  /** Nothing of this shop may change. */
  victim: { shop: string; bodies: Record<string, object>; link: string }
  /** Its staff send the forms. */
  farm: { shop: string; caseId: string; sequenceId: string; token: string }
  /** It gets what is taken at its word: an uninstall, a redaction. */
  leaving: string
}

type Target = {
  name: string
  /** How often, against the others. */
  weight: number
  /** The files of app/routes whose actions it calls. */
  routes?: string[]
  shoot: (random: Random, aim: Aim) => Omit<Shot, 'target' | 'mustFail'> & { mustFail?: boolean }
}

export function nextShot(random: Random, aim: Aim): Shot {
  const target = pick(
    random,
    TARGETS.map((each) => [each, each.weight] as const),
  )
  const shot = target.shoot(random, aim)
  return { target: target.name, mustFail: false, ...shot }
}

/** Routes that have their target. */
export const aimedAt = (): string[] => TARGETS.flatMap(({ routes }) => routes ?? [])

/** Topics whose payload is the only source: they act on what they say. */
const TAKEN_AT_ITS_WORD = [
  'app/uninstalled',
  'app/scopes_update',
  'customers/redact',
  'shop/redact',
]

const signed = (body: string | Buffer, secret = API_SECRET) =>
  createHmac('sha256', secret).update(body).digest('base64')

const hex = (random: Random, digits: number) =>
  Array.from({ length: digits }, () => below(random, 16).toString(16)).join('')

const id = (random: Random) =>
  `${hex(random, 8)}-${hex(random, 4)}-${hex(random, 4)}-${hex(random, 4)}-${hex(random, 12)}`

/** Printable, so that it can stand in a header or an address. */
const plain = (text: string) => text.replaceAll(/[^\x20-\x7e]/g, '?')

/** Each visitor from an address of their own; else the brake on one address would answer for the pages. */
const visitor = (random: Random): Record<string, string> => ({
  'user-agent': BROWSER,
  accept: 'text/html',
  'x-forwarded-for': `198.51.${below(random, 100)}.${below(random, 250)}`,
})

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

function webhookHeaders(random: Random, shop: string, topic: string): Record<string, string> {
  return {
    'content-type': 'application/json',
    'x-shopify-shop-domain': shop,
    'x-shopify-topic': topic,
    'x-shopify-webhook-id': id(random),
    'x-shopify-event-id': id(random),
    'x-shopify-api-version': '2026-10',
    'x-shopify-triggered-at': '2026-11-12T11:00:00Z',
  }
}

/** The page's form as its own script would send it. */
const FORMS: {
  route: string
  path: (aim: Aim) => string
  intents?: string[]
  fields: Record<string, string>
}[] = [
  {
    route: 'app._index',
    path: () => '/app.data?index',
    intents: ['finish_task', 'drive_event', 'release_brake'],
    fields: { id: '6b1f3a52-4a53-4a57-9a6a-0f4f0f4f0f4f' },
  },
  { route: 'app.old-failures', path: () => '/app/old-failures.data', fields: { perDay: '10' } },
  {
    route: 'app.recoveries.$caseId',
    path: ({ farm }) => `/app/recoveries/${farm.caseId}.data`,
    intents: ['retry', 'hold', 'release', 'close', 'pause', 'finish_task', 'drive_again'],
    fields: { id: '6b1f3a52-4a53-4a57-9a6a-0f4f0f4f0f4f' },
  },
  {
    route: 'app.tasks.$taskId',
    path: () => '/app/tasks/6b1f3a52-4a53-4a57-9a6a-0f4f0f4f0f4f.data',
    intents: ['assign', 'unassign', 'note', 'snooze', 'wake', 'finish', 'reopen'],
    fields: { note: 'Called', outcome: 'done', until: 'date', date: '2026-12-01' },
  },
  {
    route: 'app.sequences.$id',
    path: ({ farm }) => `/app/sequences/${farm.sequenceId}.data`,
    intents: ['save_draft', 'discard_draft', 'publish', 'rename', 'turn'],
    fields: {
      plan: JSON.stringify(defaultSequence()),
      seen: '',
      version: '1',
      note: 'A note',
      inFlight: 'move',
      name: 'A name',
      isOn: 'true',
    },
  },
  {
    route: 'app.sequences._index',
    path: () => '/app/sequences.data?index',
    intents: ['create', 'duplicate', 'turn', 'archive', 'restore', 'default'],
    fields: { id: '6b1f3a52-4a53-4a57-9a6a-0f4f0f4f0f4f', preset: 'gentle', isOn: 'true' },
  },
  {
    route: 'app.sequences.$id_.versions',
    path: ({ farm }) => `/app/sequences/${farm.sequenceId}/versions.data`,
    fields: { to: '1', seen: '1', note: 'A note', inFlight: 'leave' },
  },
  {
    route: 'app.segments',
    path: () => '/app/segments.data',
    intents: ['save', 'delete', 'move', 'count'],
    fields: {
      id: '',
      name: 'A segment',
      sequenceId: '6b1f3a52-4a53-4a57-9a6a-0f4f0f4f0f4f',
      conditions: JSON.stringify([{ fact: 'amount', is: 'at_least', value: 50 }]),
      by: '1',
    },
  },
  {
    route: 'app.messages.$stage',
    path: () => '/app/messages/first.data?lane=*&channel=email&language=en',
    intents: ['save', 'reset', 'test'],
    fields: {
      template: JSON.stringify(defaultTemplate('en', 'first', 'FUNDS', 'pause')),
      basedOn: '0',
      shopper: 'card',
    },
  },
  {
    route: 'app.messages.brand',
    path: () => '/app/messages/brand.data',
    fields: {
      logoUrl: 'https://cdn.shopify.com/logo.png',
      logoAlt: 'A logo',
      accent: '#1f6f54',
      background: '#f6f6f7',
      ink: '#202223',
      policy: 'Terms',
      postalAddress: '1 High Street',
    },
  },
  {
    route: 'app.settings_.notices',
    path: () => '/app/settings/notices.data',
    fields: {
      cardOn: 'on',
      cardDays: '14',
      renewalOn: 'on',
      plans: 'yearly',
      renewalDays: '7',
      yearlyDays: '30',
    },
  },
  {
    route: 'app.settings_.sending',
    path: () => '/app/settings/sending.data',
    intents: ['add', 'check', 'remove'],
    fields: { domain: 'mail.fuzz-farm.example' },
  },
  {
    route: 'app.recoveries.collections',
    path: () => '/app/recoveries/collections',
    fields: { from: '2026-11-01' },
  },
  {
    route: 'app.settings',
    path: () => '/app/settings.data',
    intents: ['save', 'stop', 'resume', 'test_mail'],
    fields: {
      senderName: 'Fuzz Farm',
      replyTo: 'hello@fuzz-farm.example',
      emailFromHour: '9',
      emailUntilHour: '20',
      otherNotices: 'on',
      smallerOrders: 'on',
    },
  },
  {
    route: 'app.welcome',
    path: () => '/app/welcome.data',
    intents: ['check_again', 'other_notices', 'sender', 'test_mail', 'start'],
    fields: { otherNotices: 'off', senderName: 'Fuzz Farm', replyTo: 'hello@fuzz-farm.example' },
  },
]

const PAGES = [
  '/app',
  '/app/recoveries',
  '/app/recoveries.data',
  '/app/sequences',
  '/app/segments',
  '/app/messages',
  '/app/settings.data',
  '/app/settings/sending',
  '/app/welcome',
  '/app/old-failures.data',
]

const QUERIES: Record<string, string> = {
  search: 'Mara',
  after: '1762934400000_6b1f3a52-4a53-4a57-9a6a-0f4f0f4f0f4f',
  from: '2026-11-01',
  to: '2026-11-30',
  state: 'held',
  index: '',
  later: '1',
  shop: 'bean-and-bloom.myshopify.com',
  host: 'YWRtaW4uc2hvcGlmeS5jb20',
  id_token: 'a.b.c',
  _data: 'root',
  _routes: 'routes/app',
}

/** As SendGrid tells it, of a mail that is none of ours: an event of one that is would rightly change it. */
const mailEvent = (random: Random) => ({
  email: 'mara@example.com',
  timestamp: 1_794_475_200,
  event: anyOf(random, ['processed', 'delivered', 'bounce', 'spamreport', 'dropped', 'open']),
  type: anyOf(random, ['bounce', 'blocked']),
  reason: '550 5.1.1 <mara@example.com>: no such user',
  sg_event_id: id(random),
  message_id: id(random),
})

function mailEventShot(body: string, sign: (text: string) => string) {
  const timestamp = '1794475200'
  const headers = {
    'content-type': 'application/json',
    'x-twilio-email-event-webhook-timestamp': timestamp,
    'x-twilio-email-event-webhook-signature': sign(`${timestamp}${body}`),
  }
  return { method: 'POST', path: '/events/sendgrid', headers, body }
}

const signedByMail = (text: string | Buffer) =>
  signWith('sha256', Buffer.from(text), mailEventKeys(API_SECRET).privateKey).toString('base64')

/** Of a text that is none of ours, and from a number that nobody has. */
const textStatus = (random: Random) => ({
  MessageSid: `SM${hex(random, 32)}`,
  MessageStatus: anyOf(random, ['queued', 'sent', 'delivered', 'undelivered', 'failed', 'odd']),
  ErrorCode: anyOf(random, ['', '30003', '21610']),
})
const textAnswer = (random: Random) => ({
  MessageSid: `SM${hex(random, 32)}`,
  From: '+12125550999',
  To: '+12125550100',
  Body: anyOf(random, ['STOP', 'START', 'HELP', 'What is this?', '']),
})

function signedByTwilio(url: string, form: URLSearchParams, token: string): string {
  const names = [...new Set(form.keys())].sort()
  const text = names.flatMap((name) => form.getAll(name).map((value) => `${name}${value}`))
  return createHmac('sha1', token)
    .update([url, ...text].join(''))
    .digest('base64')
}

const TARGETS: Target[] = [
  {
    name: 'signed events of mails with a spoilt body',
    weight: 6,
    shoot(random) {
      const list = Array.from({ length: below(random, 4) }, () => mailEvent(random))
      const whole = random() < 0.3
      const told = list.map((each) => (whole ? JSON.stringify(each) : spoiltJson(random, each)))
      const body = random() < 0.9 ? `[${told}]` : spoiltText(random, `[${told}]`)
      return mailEventShot(body, signedByMail)
    },
  },
  {
    name: 'forged events of mails',
    weight: 4,
    shoot(random) {
      const body = JSON.stringify([mailEvent(random)])
      const forged = (text: string) =>
        anyOf(random, [
          signedByMail(`${text} `),
          signedByMail(text).slice(0, below(random, 60)),
          createHmac('sha256', 'guessed').update(text).digest('base64'),
          plain(anyOf(random, ['=', '', 'null', 'A'.repeat(3_000)])),
        ])
      return { ...mailEventShot(body, forged), mustFail: true }
    },
  },
  {
    name: 'a signed webhook with a spoilt body',
    weight: 30,
    shoot(random, { victim, leaving }) {
      const topic = anyOf(random, Object.keys(victim.bodies))
      const shop = TAKEN_AT_ITS_WORD.includes(topic) ? leaving : victim.shop
      const body = spoiltJson(random, victim.bodies[topic] ?? {})
      const headers = webhookHeaders(random, shop, topic)
      headers['x-shopify-hmac-sha256'] = signed(body)
      if (random() < 0.1) headers['content-type'] = plain(spoiltText(random, 'application/json'))
      if (random() < 0.1) headers['transfer-encoding'] = 'chunked'
      return { method: 'POST', path: '/webhooks', headers, body }
    },
  },
  {
    name: 'a signed webhook with spoilt headers',
    weight: 10,
    shoot(random, { victim, leaving }) {
      const topic = anyOf(random, Object.keys(victim.bodies))
      const body = JSON.stringify(victim.bodies[topic])
      const headers = webhookHeaders(
        random,
        TAKEN_AT_ITS_WORD.includes(topic) ? leaving : victim.shop,
        topic,
      )
      headers['x-shopify-hmac-sha256'] = signed(body)
      const name = anyOf(random, Object.keys(headers))
      // A topic or a shop that is cut can be another's: those that act are sent to nobody.
      const harmless = !TAKEN_AT_ITS_WORD.includes(topic)
      if (random() < 0.3) delete headers[name]
      else if (harmless) headers[name] = plain(spoiltText(random, headers[name] ?? ''))
      else headers[name] = random() < 0.5 ? '' : 'x'.repeat(300)
      return { method: 'POST', path: '/webhooks', headers, body }
    },
  },
  {
    name: 'a forged webhook',
    weight: 10,
    shoot(random, { victim }) {
      const topic = anyOf(random, Object.keys(victim.bodies))
      const body = JSON.stringify(victim.bodies[topic])
      const headers = webhookHeaders(random, victim.shop, topic)
      const good = signed(body)
      headers['x-shopify-hmac-sha256'] = anyOf(random, [
        signed(body, 'guessed'),
        signed(`${body} `),
        Buffer.from(good, 'base64').toString('hex'),
        good.slice(0, below(random, 40)),
        'A'.repeat(43),
        plain(anyOf(random, ['=', '%', '', 'null'])),
      ])
      return { method: 'POST', path: '/webhooks', headers, body, mustFail: true }
    },
  },
  {
    name: 'a webhook that is too large, or sent otherwise',
    weight: 0.2,
    shoot(random, { victim }) {
      const topic = 'subscription_contracts/update'
      const body = `{"pad":"${'x'.repeat(below(random, 1_400_000))}"}`
      const headers = webhookHeaders(random, victim.shop, topic)
      headers['x-shopify-hmac-sha256'] = signed(body)
      if (random() < 0.5) headers['transfer-encoding'] = 'chunked'
      return { method: anyOf(random, ['POST', 'PUT', 'PATCH']), path: '/webhooks', headers, body }
    },
  },
  {
    name: 'a spoilt session token',
    weight: 12,
    shoot(random, { farm }) {
      const headers: Record<string, string> = {
        ...visitor(random),
        ...bearer(spoiltToken(random, farm.token)),
      }
      const path = anyOf(random, PAGES)
      const post = path.endsWith('.data') && random() < 0.5
      if (post) headers['content-type'] = 'application/x-www-form-urlencoded'
      return {
        method: post ? 'POST' : 'GET',
        path,
        headers,
        body: post ? 'intent=stop' : '',
        mustFail: true,
      }
    },
  },
  {
    name: 'a spoilt form of the admin',
    weight: 22,
    routes: FORMS.map(({ route }) => route),
    shoot(random, aim) {
      const { path, intents, fields } = anyOf(random, FORMS)
      const said = intents ? { intent: anyOf(random, intents), ...fields } : fields
      const form = spoiltForm(random, said)
      const type = random() < 0.9 ? 'application/x-www-form-urlencoded' : anyOf(random, TYPES)
      const headers = {
        ...visitor(random),
        ...bearer(aim.farm.token),
        'sec-fetch-site': 'same-origin',
        'content-type': type,
      }
      return { method: 'POST', path: path(aim), headers, body: form.toString() }
    },
  },
  {
    name: 'a spoilt address of the admin',
    weight: 8,
    shoot(random, aim) {
      const [path = '', query = ''] = anyOf(random, [
        ...PAGES,
        ...FORMS.map((form) => form.path(aim)),
      ]).split('?')
      const name = anyOf(random, Object.keys(QUERIES))
      const asked = new URLSearchParams(query)
      asked.set(
        name,
        random() < 0.5 ? (QUERIES[name] ?? '') : spoiltText(random, QUERIES[name] ?? ''),
      )
      const walked = random() < 0.6 ? path : spoiltPath(random, path)
      const headers = { ...visitor(random), ...bearer(aim.farm.token) }
      return { method: 'GET', path: `${walked}?${asked}`, headers, body: '' }
    },
  },
  {
    name: "a spoilt link of the shopper's page",
    weight: 10,
    routes: ['r.$token'],
    shoot(random, { victim }) {
      const headers = visitor(random)
      const spoil = random() < 0.7
      const path = spoil
        ? `/r/${encodeURIComponent(spoiltLink(random, victim.link))}`
        : `/r/${victim.link}`
      if (random() < 0.4) return { method: 'GET', path, headers, body: '' }
      headers['content-type'] =
        random() < 0.8 ? 'application/x-www-form-urlencoded' : anyOf(random, TYPES)
      // With a good link only presses that are none: a true one has its effect.
      const press = anyOf(random, ['updat', 'PAY', 'stop\0', '', 'stop;pay', '__proto__', 'pay '])
      // Of a card that has expired nobody takes less, however the lines are said.
      const form =
        random() < 0.3
          ? spoiltForm(random, { press: 'smaller', 'line.1': '1', 'line.2': '0' })
          : new URLSearchParams({ press: spoil ? 'stop' : press })
      return { method: 'POST', path, headers, body: form.toString() }
    },
  },
  {
    name: "a spoilt request of the shopper's extension",
    weight: 6,
    routes: ['ext.v1.$'],
    shoot(random, { farm, victim }) {
      const known = anyOf(random, EXTENSION_PATHS)
      const isKnown = random() < 0.7
      const path = `/ext/v1/${isKnown ? known : spoiltPath(random, known).slice(1)}`
      const headers = {
        ...visitor(random),
        origin: 'https://extensions.example',
        // The admin's token is a good one, and opens nothing here.
        authorization: `Bearer ${random() < 0.4 ? farm.token : spoiltToken(random, farm.token)}`,
        'idempotency-key': plain(spoiltText(random, 'a-key-of-a-press')),
        'content-type': random() < 0.8 ? 'application/json' : anyOf(random, TYPES),
      }
      const method = anyOf(random, ['GET', 'POST', 'POST', 'POST'])
      const lines = [{ id: 'gid://shopify/SubscriptionLine/1', quantity: 1 }]
      const asked = {
        caseId: victim.link,
        methodId: 'x',
        date: '2026-11-20',
        reason: 'easy',
        lines,
      }
      const body = method === 'GET' ? '' : spoiltJson(random, asked)
      return { method, path, headers, body, mustFail: isKnown }
    },
  },
  {
    name: 'an event of a text message, signed or forged',
    weight: 6,
    shoot(random, { appUrl }) {
      const isAnswer = random() < 0.5
      const path = isAnswer ? '/events/twilio/answer' : '/events/twilio/status'
      const form = spoiltForm(random, isAnswer ? textAnswer(random) : textStatus(random))
      const forged = random() < 0.3
      const { token } = twilioAccount(forged ? 'guessed' : API_SECRET)
      const headers = {
        ...visitor(random),
        'content-type': 'application/x-www-form-urlencoded',
        'x-twilio-signature': signedByTwilio(`${appUrl}${path}`, form, token),
      }
      return { method: 'POST', path, headers, body: form.toString(), mustFail: forged }
    },
  },
  {
    name: 'a spoilt link that ends offers',
    weight: 4,
    routes: ['u.$token'],
    shoot(random, { victim }) {
      const path = `/u/${encodeURIComponent(spoiltLink(random, victim.link))}`
      const headers = {
        ...visitor(random),
        'content-type': 'application/x-www-form-urlencoded',
      }
      const method = random() < 0.4 ? 'GET' : 'POST'
      const body = method === 'GET' ? '' : spoiltForm(random, { 'List-Unsubscribe': 'One-Click' })
      return { method, path, headers, body: body.toString() }
    },
  },
  {
    name: 'an address that anybody may ask',
    weight: 8,
    shoot(random) {
      const base = anyOf(random, ['/health', '/metrics', '/', '/auth/login', '/auth/session-token'])
      const name = anyOf(random, Object.keys(QUERIES))
      const asked = new URLSearchParams({ [name]: spoiltText(random, QUERIES[name] ?? '') })
      const path = random() < 0.7 ? base : spoiltPath(random, base)
      const headers = visitor(random)
      if (random() < 0.3)
        headers[anyOf(random, ODD_HEADERS)] = plain(spoiltText(random, 'evil.example'))
      const method =
        random() < 0.85 ? 'GET' : anyOf(random, ['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'])
      return { method, path: `${path}?${asked}`, headers, body: '' }
    },
  },
]

const EXTENSION_PATHS = [
  'state',
  'payment-method/replaced',
  'payment-method/update-link',
  'payment-method/use',
  'confirm',
  'retry',
  'offers/day',
  'offers/smaller',
  'offers/whole',
  'offers/skip',
  'offers/pause',
  'offers/resume',
  'stop',
  'feedback',
]

const TYPES = [
  'text/plain',
  'application/json',
  'multipart/form-data',
  'multipart/form-data; boundary=',
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded; charset=utf-7',
  'image/png',
  ';',
]

const ODD_HEADERS = [
  'accept',
  'cookie',
  'origin',
  'referer',
  'range',
  'x-forwarded-host',
  'if-none-match',
  'authorization',
]

/** Only what may stand in a request line. */
const spoiltPath = (random: Random, path: string) =>
  `/${encodeURI(plain(spoiltText(random, path)).replaceAll(/[\\^`{|}"<> #?]/g, '_')).replace(/^\/+/, '')}`

/** A link whose token does not mean the same any more. */
function spoiltLink(random: Random, link: string): string {
  const spoilt = plain(spoiltText(random, link))
  return bytesOf(spoilt).equals(bytesOf(link)) ? 'x' : spoilt
}

const bytesOf = (text: string) => Buffer.from(text.trim(), 'base64url')

/** A token that was never given: other claims, another signature, another text. */
function spoiltToken(random: Random, token: string): string {
  const [head = '', claims = '', signature = ''] = token.split('.')
  const told = JSON.parse(Buffer.from(claims, 'base64url').toString()) as object
  const encoded = (text: string) => Buffer.from(text).toString('base64url')
  switch (below(random, 5)) {
    case 0: {
      const other = encoded(spoiltJson(random, told))
      // A change may put the same value back.
      return other === claims ? 'a.b.c' : `${head}.${other}.${signature}`
    }
    case 1:
      return `${encoded(spoiltJson(random, { alg: 'HS256', typ: 'JWT' }))}.${claims}.`
    case 2: {
      const text = `${head}.${encoded(JSON.stringify({ ...told, sub: '1', sid: 'x' }))}`
      return `${text}.${createHmac('sha256', 'guessed').update(text).digest('base64url')}`
    }
    case 3:
      return plain(
        anyOf(random, ['a.b.c', '..', '', 'null', `${head}.${claims}`, `${token}.${token}`]),
      )
    default: {
      const spoilt = plain(spoiltText(random, token)).trim()
      const [first, second, third = ''] = spoilt.split('.')
      const means = first === head && second === claims && bytesOf(third).equals(bytesOf(signature))
      return means ? 'a.b.c' : spoilt
    }
  }
}
