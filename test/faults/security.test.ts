/**
 * Hostile callers and hostile texts, against the whole app (R4, S2, S10, S20, S21). The world is made once; the tests
 * leave it as they found it, and those that cannot come last.
 */
import { createHmac, randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { request as rawRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultSequence } from '../../app/dunning/sequence.ts'
import {
  BEAN_AND_BLOOM,
  BROWSER,
  caseOf,
  cleanOracle,
  installedShop,
  on,
  openApp,
  reminders,
  startedShop,
  subscription,
  TIDELINE_TEA,
} from '../factories.ts'
import type { MadeContract } from '../sandbox-client.ts'
import { type Stack, startStack } from '../stack.ts'

const BEAN = BEAN_AND_BLOOM.domain
const TEA = TIDELINE_TEA.domain

/** Every kind of text that a customer, a merchant or a bank can hand us. */
const MARKUP = `</script><script>window.pwned=1</script><img src=x onerror="pwned=1">'"`
const LIQUID = '{{ 1009 | times: 1000003 }}{% include "/etc/passwd" %}'
/** What it makes when it is worked out. Ten digits, which no id or token holds by chance. */
const WORKED_OUT = '1009003027'
/** What the markup would be if anybody forgot to escape it. */
const ALIVE = /<script>window\.pwned|<img src=x onerror/

let stack: Stack
let made: MadeContract
let caseId: string
let sequenceId: string
let link: string

beforeAll(async () => {
  stack = await startStack()
  await stack.reset()
  await startedShop(stack)
  await startedShop(stack, TIDELINE_TEA)
  made = await subscription(
    stack,
    BEAN,
    { type: 'expired' },
    {
      productTitle: `${LIQUID} ${MARKUP}`,
      customer: {
        firstName: `Mara${LIQUID}`,
        lastName: MARKUP,
        email: 'mara@example.com',
        locale: 'en',
        country: 'DE',
      },
    },
  )
  await stack.db.shop.update({
    where: { shop: BEAN },
    data: { senderName: `Bean ${MARKUP}\r\nBcc: thief@evil.example ${LIQUID}` },
  })
  await stack.sandbox.moveClock(on('11-12'))
  caseId = (await caseOf(stack, made.contractId)).id
  sequenceId = (await stack.db.sequence.findFirstOrThrow({ where: { shop: BEAN } })).id
  link = /https?:\/\/\S+\/r\/\S+/.exec((await reminders(stack)).at(-1)?.text ?? '')?.[0] ?? ''
  expect(link).not.toBe('')
})
afterAll(() => stack.stop())

// ---------------------------------------------------------------- callers

type Call = { method?: string; headers?: Record<string, string>; body?: BodyInit }

const call = (path: string, { headers, ...rest }: Call = {}) =>
  fetch(path.startsWith('http') ? path : `${stack.appUrl}${path}`, {
    redirect: 'manual',
    headers: { 'user-agent': BROWSER, accept: 'text/html', ...headers },
    ...rest,
  })

const form = (said: Record<string, string>) => new URLSearchParams(said)

/** Letter for letter as given; fetch would tidy the path up first. */
function raw(path: string, { method = 'GET', headers = {}, body = '' } = {}): Promise<number> {
  const { hostname, port } = new URL(stack.appUrl)
  return new Promise((answered, failed) => {
    const sent = rawRequest(
      { hostname, port, path, method, headers: { 'user-agent': BROWSER, ...headers } },
      (res) => {
        res.resume()
        answered(res.statusCode ?? 0)
      },
    )
    sent.on('error', failed)
    sent.end(body)
  })
}

/** The screens, as the files of app/routes name them. */
const screens = readdirSync('app/routes')
  .map((file) => file.replace(/\.tsx?$/, ''))
  .filter((name) => /^app([.]|$)/.test(name))

function pathOf(name: string): string {
  const parts = name.split('.').filter((part) => part !== '_index')
  return `/${parts
    .join('/')
    .replace('$caseId', caseId)
    .replace('$id', sequenceId)
    .replace('$stage', 'first')
    .replace('$token', 'x'.repeat(43))
    .replace('$', 'anything')}`
}

/** A screen as a form of its own addresses it. */
const screen = (name: string) => `${pathOf(name)}${name.endsWith('_index') ? '?index' : ''}`

/** Its data alone, as the router's script asks for it. */
const dataOf = (name: string) => screen(name).replace(/(\?|$)/, '.data$1')

const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')

/** A session token of the admin. The key and secret are those that every local stack has. */
async function token(claims: object = {}, { alg = 'HS256', secret = '' } = {}): Promise<string> {
  const given = (await stack.sandbox.idToken(BEAN)).split('.')[1] ?? ''
  const told = JSON.parse(Buffer.from(given, 'base64url').toString()) as object
  const text = `${encoded({ alg, typ: 'JWT' })}.${encoded({ ...told, ...claims })}`
  if (alg === 'none') return `${text}.`
  return `${text}.${createHmac('sha256', secret || 'local-shopify-secret-5f1d0c6e8b7a49d2')
    .update(text)
    .digest('base64url')}`
}

const bearer = (value: string) => ({ authorization: `Bearer ${value}` })

/** Everything that an attack could change. Reading is no change, so the webhooks' and workers' own columns are out. */
async function effects(): Promise<unknown> {
  const { db } = stack
  const [cases, attempts, messages, shops, tasks, sequences, audit, events] = await Promise.all([
    db.recoveryCase.findMany({ select: { id: true, status: true, version: true } }),
    db.attempt.count(),
    db.message.count(),
    db.shop.findMany({ orderBy: { shop: 'asc' } }),
    db.staffTask.findMany({ select: { id: true, doneAt: true } }),
    db.sequenceVersion.count(),
    db.auditEntry.count(),
    db.webhookEvent.count(),
  ])
  const words = [await db.messageTemplate.count(), await db.brand.count()]
  const mails = (await stack.sandbox.mailbox()).length
  return { cases, attempts, messages, shops, tasks, sequences, audit, events, words, mails }
}

const PERSONAL = /Mara|mara@example|24[.,]90|owner@|Bean & Bloom/

async function expectNothing(answer: Response): Promise<void> {
  expect([202, 301, 302, 303, 400, 401, 403, 404, 405, 410]).toContain(answer.status)
  expect(await answer.text()).not.toMatch(PERSONAL)
}

describe('R4 without credentials', () => {
  test('no route tells anything or does anything', async () => {
    const before = await effects()
    const names = readdirSync('app/routes').map((file) => file.replace(/\.tsx?$/, ''))
    expect(names.length).toBeGreaterThan(10)
    for (const name of names.filter((each) => each !== '_index')) {
      for (const path of [screen(name), dataOf(name), `${screen(name)}?_data=x`]) {
        // The bounce page of Shopify's library is for everybody: it only loads App Bridge.
        await expectNothing(await call(path))
        await expectNothing(
          await call(path, { method: 'POST', body: form({ intent: 'stop', id: randomUUID() }) }),
        )
        await expectNothing(await call(path, { method: 'DELETE' }))
      }
    }
    expect((await call('/health')).status).toBeLessThan(504)
    expect((await call('/webhooks', { method: 'POST', body: '{}' })).status).toBe(400)
    expect(await effects()).toEqual(before)
  })

  test('a webhook without a good signature is not even stored', async () => {
    const before = await effects()
    const forged = { shop: BEAN, topic: 'app/uninstalled', body: { id: 1 } }
    expect(await stack.sandbox.sendWebhook({ ...forged, hmac: 'bad' })).toEqual([401])
    expect(await stack.sandbox.sendWebhook({ ...forged, hmac: 'none' })).toEqual([400])
    expect(await effects()).toEqual(before)
  })
})

describe('a session token', () => {
  const now = () => Math.floor(Date.now() / 1000)
  const wrong: [string, () => Promise<string>][] = [
    ['that has expired', () => token({ exp: now() - 600, iat: now() - 660, nbf: now() - 660 })],
    ['that is not valid yet', () => token({ nbf: now() + 3_600 })],
    ['for another app', () => token({ aud: 'another-app' })],
    ['signed by somebody else', () => token({}, { secret: 'guessed' })],
    ['with alg none', () => token({}, { alg: 'none' })],
    ['with another alg', () => token({}, { alg: 'HS512' })],
    ['whose signature is cut off', async () => (await token()).replace(/\.[^.]*$/, '.')],
    ['that is none', async () => 'Robert"); DROP TABLE'],
  ]

  test.each(wrong)('%s opens no screen and does nothing', async (_, make) => {
    const before = await effects()
    const headers = bearer(await make())
    const pressed = () => ({ headers, method: 'POST', body: form({ intent: 'stop' }) })
    await Promise.all(
      screens.map(async (name) => {
        await expectNothing(await call(screen(name), { headers }))
        await expectNothing(await call(dataOf(name), pressed()))
      }),
    )
    expect(await effects()).toEqual(before)
  })

  test('in the address is not enough to change anything (CSRF)', async () => {
    const before = await effects()
    const idToken = await token()
    const address = await stack.sandbox.launchUrl(BEAN, '/app/settings')
    for (const path of [address, `${dataOf('app.settings')}?id_token=${idToken}`]) {
      const answer = await call(path, {
        method: 'POST',
        body: form({ intent: 'stop' }),
        headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      })
      expect(answer.status).toBe(401)
    }
    expect(await effects()).toEqual(before)
  })
})

const ANYTHING_OF = {
  'app.recoveries.$caseId': ['retry', 'hold', 'close', 'finish_task', 'pause', 'withdraw_link'],
  'app.sequences.$id': ['save_draft', 'discard_draft', 'publish', 'rename', 'turn'],
}

describe('S10 a good token of another shop', () => {
  const other = async () => bearer(await stack.sandbox.idToken(TEA))

  test('finds no case and no sequence, in the path or in a form', async () => {
    const before = await effects()
    const headers = await other()
    const plan = JSON.stringify(defaultSequence())
    for (const name of ['app.recoveries.$caseId', 'app.sequences.$id'] as const) {
      expect((await call(screen(name), { headers })).status).toBe(404)
      expect((await call(dataOf(name), { headers })).status).toBe(404)
      for (const intent of ANYTHING_OF[name]) {
        const said = {
          intent,
          id: caseId,
          isOn: 'false',
          name: 'Mine',
          plan,
          seen: '',
          version: '1',
        }
        const answer = await call(dataOf(name), { headers, method: 'POST', body: form(said) })
        expect(answer.status).toBe(404)
        expect(await answer.text()).not.toMatch(PERSONAL)
      }
    }
    expect(await effects()).toEqual(before)
  })

  test('finishes no task and drives no delivery of ours', async () => {
    const task = { shop: BEAN, kind: 'review', title: 't', body: 'b', createdAt: new Date() }
    const { id } = await stack.db.staffTask.create({
      data: { ...task, id: randomUUID(), subject: 'x' },
    })
    const event = await stack.db.webhookEvent.findFirstOrThrow({ where: { shop: BEAN } })
    await stack.db.webhookEvent.update({ where: { id: event.id }, data: { state: 'dead' } })
    const before = await effects()
    const headers = await other()
    const home = dataOf('app._index')
    for (const said of [
      { intent: 'finish_task', id },
      { intent: 'drive_event', id: event.id },
      { intent: 'finish_task', id: "' OR 1=1 --" },
      { intent: 'drive_event', id: '\0' },
    ]) {
      const answer = await call(home, { headers, method: 'POST', body: form(said) })
      expect(answer.status).toBeLessThan(500)
    }
    expect(await effects()).toEqual(before)
    await stack.db.staffTask.delete({ where: { id } })
    await stack.db.webhookEvent.update({ where: { id: event.id }, data: { state: event.state } })
  })

  test('sees its own shop also where the address names ours', async () => {
    const address = new URL(await stack.sandbox.launchUrl(BEAN, '/app/recoveries'))
    address.searchParams.set('id_token', await stack.sandbox.idToken(TEA))
    expect(await (await call(address.href)).text()).not.toMatch(PERSONAL)
    const settings = await call(`${screen('app.settings')}?shop=${BEAN}`, {
      headers: await other(),
    })
    expect(await settings.text()).toContain(TIDELINE_TEA.name)
  })
})

describe('tampered requests', () => {
  test.each([
    '/app/recoveries/%00',
    '/app/recoveries/..%2f..%2fetc%2fpasswd',
    "/app/sequences/' OR 1=1 --".replaceAll(' ', '%20'),
    '/app/%2e%2e/%2e%2e/.env',
    '/assets/../../../server.ts',
    '/assets/%2e%2e/%2e%2e/.env',
    '/assets/..%5c..%5c.env',
    '/.env',
    '/%',
    '/%ff%fe',
    '/r/%00',
    '/r/%',
    '/r/..%2f..%2fhealth',
    '//evil.example/%2f..',
    '/\\evil.example',
    '/app?shop=a%0d%0aset-cookie:x&host=x',
    '/auth/session-token?shop=a%0d%0aset-cookie:x',
    '/auth/session-token?shop=x;script-src%20*',
    '/auth/exit-iframe?shop=bean-and-bloom.myshopify.com&exitIframe=%00',
    '/?shop=%0d%0alocation:x',
  ])('%s is refused, or leads nowhere', async (path) => {
    const status = await raw(path)
    expect(status).toBeGreaterThanOrEqual(300)
    expect(status).toBeLessThan(500)
  })

  test('odd words in a query or a form are no fault of ours', async () => {
    const headers = async () => bearer(await token())
    for (const query of [
      'search=%00',
      `after=9999999999999999_${'-'.repeat(36)}`,
      'after=1_00000000-0000-0000-0000-000000000000',
      'from=1e9&to=-1',
      `search=${encodeURIComponent("%_\\'")}`,
      'search=%ed%a0%80',
    ]) {
      expect((await call(`/app/recoveries?${query}`, { headers: await headers() })).status).toBe(
        200,
      )
    }
    const before = await stack.db.shop.findUniqueOrThrow({ where: { shop: BEAN } })
    for (const said of [
      { senderName: 'a\r\nBcc: x@evil.example' },
      { senderName: 'a\u0000b' },
      { senderName: 'a\u2028b' },
      { senderName: '<b>' },
      { replyTo: 'a@example.com\r\nBcc: x@evil.example' },
      { replyTo: '<script>@example.com' },
    ]) {
      const answer = await call(dataOf('app.settings'), {
        method: 'POST',
        headers: await headers(),
        body: form({
          intent: 'save',
          senderName: 'Bean',
          replyTo: 'a@example.com',
          emailFromHour: '8',
          emailUntilHour: '20',
          ...said,
        }),
      })
      expect(answer.status).toBe(200)
      expect(await answer.text()).toMatch(/Leave out|Enter an e-mail/)
    }
    expect(await stack.db.shop.findUniqueOrThrow({ where: { shop: BEAN } })).toEqual(before)
  })

  test('too large, of unknown size, or too long: refused before it is read', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const large = `intent=${'x'.repeat(70_000)}`
    const post = (path: string, more: object, body: string) =>
      raw(path, { method: 'POST', headers: { ...headers, ...more }, body })
    expect(await post('/app/settings', { 'content-length': large.length }, large)).toBe(413)
    expect(await post('/app/settings', { 'transfer-encoding': 'chunked' }, 'a=b')).toBe(411)
    const seven = 'press=stop'.padEnd(7_000, '&')
    expect(await post(new URL(link).pathname, { 'content-length': seven.length }, seven)).toBe(413)
    expect(await raw(`/app?x=${'x'.repeat(9_000)}`)).toBe(414)
  })

  test('on a path that leads elsewhere once it is resolved: no page of ours is asked', async () => {
    const headers = { 'content-type': 'application/json', 'content-length': 2 }
    for (const path of ['/ext/v1/../../etc/passwd', '/ext/v1/%2E%2e/app', '/r/./x', '/app/..'])
      expect(await raw(path, { method: 'POST', headers, body: '{}' }), path).toBe(400)
  })
})

describe('addresses that come from outside', () => {
  const leadsOnlyHome = (to: string | null) => {
    if (to === null) return
    const { origin, hostname } = new URL(to, stack.appUrl)
    const allowed = [stack.appUrl, stack.sandbox.url].map((url) => new URL(url).origin)
    expect(allowed.includes(origin) || hostname === 'admin.shopify.com', to).toBe(true)
  }
  const host = (text: string) => Buffer.from(text).toString('base64url')

  test('a launch with a foreign host or shop leads to Shopify, to us, or nowhere', async () => {
    for (const query of [
      'shop=evil.example&host=x',
      `shop=${BEAN}&host=${host('evil.example/store/bean')}`,
      `shop=${BEAN}&host=${host('admin.shopify.com.evil.example')}&embedded=1`,
      `shop=${BEAN}&host=${host('admin.shopify.com@evil.example/')}`,
      'shop=//evil.example',
      'shop=javascript:alert(1)',
      `shop=${BEAN}&host=${host('admin.shopify.com/store/bean')}&shopify-reload=https://evil.example`,
    ]) {
      for (const path of ['/', '/app', '/auth/anything', '/auth/login']) {
        const answer = await call(`${path}?${query}`, {
          headers: { 'x-forwarded-host': 'evil.example' },
        })
        expect(answer.status, `${path}?${query}`).toBeLessThan(500)
        leadsOnlyHome(answer.headers.get('location'))
      }
    }
  })

  test.each([
    'https://evil.example/',
    '//evil.example',
    'javascript:alert(1)',
    'https://admin.shopify.com@evil.example/',
    `https://${BEAN}/products/x`,
    `"</script><script>pwned=1</script>`,
  ])('leaving the frame toward %s is refused, or stays with us', async (to) => {
    const answer = await call(`/auth/exit-iframe?shop=${BEAN}&exitIframe=${encodeURIComponent(to)}`)
    const page = await answer.text()
    if (answer.status === 400) return
    expect(answer.status).toBe(200)
    const [, target] = /window\.open\("([^"]*)"/.exec(page) ?? []
    expect(new URL(target ?? '', stack.appUrl).origin).toBe(stack.appUrl)
    expect(page.match(/<script/g)).toHaveLength(2)
  })

  test('leaving the frame toward the admin works, by a script that the policy allows', async () => {
    const to = encodeURIComponent('https://admin.shopify.com/store/bean/charges/1')
    const answer = await call(`/auth/exit-iframe?shop=${BEAN}&exitIframe=${to}`)
    const nonce = /'nonce-([^']+)'/.exec(answer.headers.get('content-security-policy') ?? '')?.[1]
    expect(await answer.text()).toContain(`<script nonce="${nonce}">window.open("https://admin.`)
  })
})

describe('words of a merchant', () => {
  const post = async (name: string, said: Record<string, string>, who = BEAN) =>
    call(dataOf(name), {
      method: 'POST',
      headers: bearer(await stack.sandbox.idToken(who)),
      body: form(said),
    })

  test.each([
    'javascript:alert(1)',
    'data:image/svg+xml,<svg onload=alert(1)>',
    'http://cdn.shopify.com/x.png',
    'https://evil.example/x.png',
    'https://cdn.shopify.com.evil.example/x.png',
    'https://cdn.shopify.com@evil.example/x.png',
    'https://cdn.shopify.com:8443/x.png',
    'http://169.254.169.254/latest/meta-data',
    'http://localhost:3000/',
    '//cdn.shopify.com/x.png',
    `https://cdn.shopify.com/"><script>`.replace('https', 'file'),
  ])('no picture from %s', async (url) => {
    const before = await effects()
    const colours = { accent: '#0f5c4d', background: '#f4f5f3', ink: '#1d2624' }
    await post('app.messages.brand', { ...colours, logoUrl: url, logoAlt: 'Logo' })
    const blocks = [{ type: 'picture', url, alt: 'Logo' }]
    const template = JSON.stringify({ subject: 'Hi', preview: '', blocks, commercial: false })
    const answer = await post('app.messages.$stage', { intent: 'save', template, basedOn: '' })
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('refused')
    expect(await effects()).toEqual(before)
  })

  test('lose the NUL that PostgreSQL cannot hold', async () => {
    const colours = { accent: '#0f5c4d', background: '#f4f5f3', ink: '#1d2624' }
    const answer = await post('app.messages.brand', { ...colours, policy: 'Pay\0 at the door' })
    expect(answer.status).toBe(200)
    const { policy } = await stack.db.brand.findUniqueOrThrow({ where: { shop: BEAN } })
    expect(policy).toBe('Pay at the door')
    await stack.db.brand.deleteMany()
  })

  test('are refused where they would run, reach out or never end, and mail nobody', async () => {
    const before = await effects()
    for (const text of [LIQUID, '{% for a in (1..9) %}{% endfor %}', '{{ x.constructor }}', '{%']) {
      const blocks = [{ type: 'text', text }]
      const template = JSON.stringify({ subject: 'Hi', preview: '', blocks, commercial: false })
      for (const intent of ['save', 'test']) {
        const answer = await post('app.messages.$stage', { intent, template, basedOn: '' })
        expect(await answer.text()).toMatch(/refused|Mend what is marked/)
      }
    }
    for (const template of ['', '[]', '{"subject":1}', '{"__proto__":{"blocks":[]}}', '\0'])
      expect((await post('app.messages.$stage', { intent: 'save', template })).status).toBe(200)
    for (const query of ['lane=STOCK', 'channel=fax', 'language=xx'])
      expect(
        (await call(`/app/messages/first?${query}`, { headers: bearer(await token()) })).status,
      ).toBe(404)
    expect(await effects()).toEqual(before)
  })

  test('S10 of one shop are not changed from another', async () => {
    const blocks = [{ type: 'text', text: 'Ours' }]
    const template = JSON.stringify({ subject: 'Ours', preview: '', blocks, commercial: false })
    await post('app.messages.$stage', { intent: 'save', template, basedOn: '' })
    await post('app.messages.$stage', { intent: 'reset', basedOn: '1' }, TEA)
    await post(
      'app.messages.$stage',
      { intent: 'save', template: template.replaceAll('Ours', 'T'), basedOn: '1' },
      TEA,
    )
    const kept = await stack.db.messageTemplate.findMany({ select: { shop: true, subject: true } })
    expect(kept).toEqual([{ shop: BEAN, subject: 'Ours' }])
    await stack.db.messageTemplate.deleteMany()
  })
})

describe('hostile texts', () => {
  beforeAll(async () => {
    const at = await stack.sandbox.now()
    await stack.db.caseEvent.create({
      data: { caseId, seq: 1_000, type: 'facts_read', actor: 'engine', because: MARKUP, at },
    })
    await stack.db.recoveryCase.update({
      where: { id: caseId },
      data: { lastCode: MARKUP, methodLabel: `Visa ${MARKUP}` },
    })
    await stack.db.staffTask.create({
      data: {
        id: randomUUID(),
        shop: BEAN,
        caseId,
        kind: 'review',
        title: MARKUP,
        body: MARKUP,
        subject: 'hostile',
        createdAt: new Date(),
      },
    })
    await stack.db.sequence.update({ where: { id: sequenceId }, data: { name: MARKUP } })
    // Past every check of the editor, as if one of them had failed.
    const by = { version: 1, updatedAt: at, updatedBy: MARKUP }
    const text = `${LIQUID} ${MARKUP}`
    const blocks = [
      { type: 'text', text },
      { type: 'picture', url: 'javascript:pwned=1', alt: MARKUP },
    ]
    const key = { shop: BEAN, stage: 'first', lane: '*', channel: 'email', language: 'en' }
    const words = { subject: text, preview: text, blocks, commercial: false }
    await stack.db.messageTemplate.create({ data: { id: randomUUID(), ...key, ...words, ...by } })
    const colours = { accent: `red;}${MARKUP}`, background: MARKUP, ink: MARKUP }
    const brand = {
      ...colours,
      logoUrl: 'http://169.254.169.254/',
      logoAlt: MARKUP,
      policy: MARKUP,
    }
    await stack.db.brand.create({
      data: { shop: BEAN, ...brand, updatedAt: at, updatedBy: MARKUP },
    })
  })
  afterAll(async () => {
    await stack.db.messageTemplate.deleteMany()
    await stack.db.brand.deleteMany()
  })

  test('stay texts on every screen of the admin, and every script there has the nonce', async () => {
    const pages = ['app._index', 'app.recoveries._index', 'app.recoveries.$caseId']
    pages.push('app.sequences._index', 'app.sequences.$id', 'app.settings', 'app.welcome')
    pages.push('app.tasks._index')
    pages.push('app.messages._index', 'app.messages.$stage', 'app.messages.brand')
    for (const name of pages) {
      const answer = await call(await stack.sandbox.launchUrl(BEAN, pathOf(name)))
      expect(answer.status, name).toBe(200)
      const page = await answer.text()
      expect(page, name).not.toMatch(ALIVE)
      expect(page, name).not.toContain(WORKED_OUT)
      const policy = answer.headers.get('content-security-policy') ?? ''
      expect(policy).toMatch(/frame-ancestors .*https:\/\/bean-and-bloom\.myshopify\.com/)
      expect(policy).not.toMatch(/script-src[^;]*('unsafe-inline'|'unsafe-eval'|\*)/)
      const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? 'none'
      const scripts = page.match(/<script(?![^>]*\ssrc=)[^>]*>/g) ?? []
      expect(scripts.length).toBeGreaterThan(0)
      for (const script of scripts) expect(script).toContain(`nonce="${nonce}"`)
    }
  })

  test('stay texts in the mail and on the shopper’s page, and no template is run', async () => {
    const mail = (await reminders(stack)).at(-1)
    for (const text of [mail?.html ?? '', await (await call(link)).text()]) {
      expect(text).not.toMatch(ALIVE)
      expect(text).not.toContain(WORKED_OUT)
      expect(text).not.toContain('root:')
      expect(text).toContain('{{ 1009 | times: 1000003 }}')
    }
    expect(mail?.text).not.toContain(WORKED_OUT)
    expect(`${mail?.from}${mail?.subject}`).not.toMatch(/[\r\n]/)
    expect(mail?.to).not.toContain('evil.example')
  })

  test('make no line of their own in a log', async () => {
    await raw('/app/%0a%7B%22level%22:%22fatal%22%7D', { headers: { 'x-forwarded-for': 'a b' } })
    await stack.sandbox.sendWebhook({
      shop: BEAN,
      topic: 'x/y "}{"level":"fatal"',
      body: { text: '\n{"level":"fatal"}' },
    })
    for (const line of stack.tail(500).split('\n')) {
      if (line === '' || line.startsWith('---')) continue
      expect(() => JSON.parse(line), line).not.toThrow()
      expect(line).not.toMatch(/mara@example|shpua_|shprt_|id_token=|^\{"level":"fatal"/)
    }
  })
})

test('every HTML answer has a policy, and says that its type is meant', async () => {
  const nobody = ['/', '/nowhere', '/app/nowhere', '/auth/login', '/r/x', link]
  for (const path of [...nobody, `/auth/session-token?shop=${BEAN}`]) {
    const answer = await call(path)
    const { headers } = answer
    await answer.text()
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    if (!headers.get('content-type')?.includes('html')) continue
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy, path).toMatch(/default-src '(self|none)'/)
    expect(policy, path).toMatch(/base-uri 'none'/)
    expect(policy, path).toMatch(/frame-ancestors /)
    expect(policy, path).not.toMatch(/script-src[^;]*'unsafe-inline'/)
    if (nobody.includes(path) && !path.startsWith('/a')) {
      expect(policy, path).toContain("frame-ancestors 'none'")
      expect(headers.get('x-frame-options'), path).toBe('DENY')
    }
  }
})

test('the tokens of the shops stand encrypted in the database', async () => {
  const rows = await stack.db.session.findMany()
  expect(rows).toHaveLength(2)
  expect(JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? 0 : value))).not.toMatch(
    /shpua_|shprt_/,
  )
  for (const row of rows) expect(row.refreshToken).toMatch(/^sealed1\./)
})

test('opening a case leaves one row for that person and day', async () => {
  const reads = () =>
    stack.db.auditEntry.count({ where: { action: 'case.read', target: caseId, shop: BEAN } })
  const headers = bearer(await token({ sub: '99' }))
  const before = await reads()
  for (let n = 0; n < 3; n++) await call(screen('app.recoveries.$caseId'), { headers })
  expect(await reads()).toBe(before + 1)
})

test('whoever asks /auth without end is told to wait; others are not', async () => {
  const ask = (from: string) =>
    raw('/auth/session-token', { headers: { 'x-forwarded-for': `1.2.3.4, ${from}` } })
  const answers = await Promise.all(Array.from({ length: 310 }, () => ask('203.0.113.7')))
  expect(answers.filter((status) => status === 429)).toHaveLength(10)
  expect(await ask('203.0.113.8')).not.toBe(429)
})

// ---------------------------------------------------------------- leaving, coming back, being erased

/** Every row of every table as text, whatever tables there will be. */
async function everything(): Promise<string> {
  const tables = await stack.db.$queryRaw<{ name: string }[]>`
    SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname IN ('public', 'pgboss') AND tablename <> '_prisma_migrations'`
  const texts = await Promise.all(
    tables.map(async ({ name }) => {
      const rows = await stack.db.$queryRawUnsafe<{ text: string }[]>(
        `SELECT t::text AS text FROM ${name} t`,
      )
      return rows.map(({ text }) => `${name}: ${text}`)
    }),
  )
  return texts.flat().join('\n')
}

describe('S2 S21 an uninstall', () => {
  test.each([
    ['timeout', 'timeout'],
    ['500', 'http_500'],
    ['a refusal', 'refuse'],
  ] as const)(
    'with a dead token (the renewal answers: %s) freezes, and the compliance topics are done',
    async (_, mode) => {
      await stack.reset()
      await startedShop(stack)
      const { contractId, customerId } = await subscription(stack, BEAN, {
        type: 'code',
        code: 'INSUFFICIENT_FUNDS',
      })
      await stack.sandbox.moveClock(on('11-12'))
      const idToken = await stack.sandbox.idToken(BEAN)
      await stack.db.session.updateMany({ data: { expires: new Date(0) } })
      await stack.sandbox.fault({ operation: 'access_token', mode, times: 99 })
      await stack.sandbox.uninstall(BEAN)
      const customer = {
        id: Number(customerId.split('/').at(-1)),
        email: 'mara@example.com',
        phone: '+49 30 1234567',
      }
      const about = { shop_id: 1, shop_domain: BEAN, customer }
      const tell = (topic: string, body: object) =>
        stack.sandbox.sendWebhook({ shop: BEAN, topic, body })
      expect(await tell('customers/data_request', { ...about, data_request: { id: 9 } })).toEqual([
        200,
      ])
      expect(await tell('customers/redact', { ...about, orders_to_redact: [] })).toEqual([200])
      await stack.sandbox.moveClock({ by: 'PT1M' })
      expect((await caseOf(stack, contractId)).closedAt).not.toBeNull()
      const left = await everything()
      for (const trace of ['mara@example.com', 'Mara', 'Lindqvist', '1234567'])
        expect(left).not.toContain(trace)

      // A session token from before the uninstall lives for another minute, and opens nothing.
      if (mode !== 'timeout') {
        const replayed = await call(screen('app.settings'), { headers: bearer(idToken) })
        expect([401, 403, 503]).toContain(replayed.status)
        expect(await replayed.text()).not.toMatch(PERSONAL)
      }

      expect(await tell('shop/redact', { shop_id: 1, shop_domain: BEAN })).toEqual([200])
      await stack.sandbox.moveClock({ by: 'PT1M' })
      const nothing = await everything()
      for (const trace of ['Bean & Bloom', 'owner@beanandbloom', contractId])
        expect(nothing).not.toContain(trace)
      const rows = nothing
        .split('\n')
        .filter((line) => /^public\./.test(line) && line.includes(BEAN))
      expect(rows.map((line) => line.split(':')[0]).sort()).toEqual([
        'public."Shop"',
        'public."WebhookEvent"',
      ])
    },
  )

  test('charges and mails nobody any more; a reinstall says what it found and resumes nothing', async () => {
    await stack.reset()
    await startedShop(stack)
    const { contractId } = await subscription(stack, BEAN, {
      type: 'code',
      code: 'INSUFFICIENT_FUNDS',
    })
    await stack.sandbox.moveClock(on('11-12'))
    await stack.sandbox.uninstall(BEAN)
    await stack.sandbox.moveClock({ by: 'PT10M' })
    const mails = (await reminders(stack)).length
    const charges = async () =>
      (await cleanOracle(stack, { contract: contractId })).charges.filter(({ by }) => by === 'app')
        .length
    const before = await charges()
    expect(await stack.db.session.count()).toBe(0)

    await stack.sandbox.moveClock({ by: 'P1D' })
    await installedShop(stack).catch(() => openApp(stack, BEAN))
    const welcome = await (await call(await stack.sandbox.launchUrl(BEAN, '/app/welcome'))).text()
    expect(welcome).toMatch(/1 recovery is.*on hold since Reprise was removed.*€24\.90/s)
    await stack.db.shop.update({
      where: { shop: BEAN },
      data: { recoveryStartedAt: await stack.sandbox.now() },
    })
    const home = await (await call(await stack.sandbox.launchUrl(BEAN))).text()
    expect(home).toContain('on hold since Reprise was removed')
    expect(home).toContain('/app/recoveries?state=held')
    await stack.sandbox.moveClock({ by: 'P5D' })
    expect(await reminders(stack)).toHaveLength(mails)
    expect(await charges()).toBe(before)
    expect(await caseOf(stack, contractId)).toMatchObject({ status: 'held', reason: 'uninstalled' })
  })
})

test('S20 a copy of production under another address charges and mails nothing', async () => {
  await stack.reset()
  await startedShop(stack)
  const { contractId } = await subscription(stack, BEAN, { type: 'expired' })
  const code = { type: 'code', code: 'INSUFFICIENT_FUNDS' } as const
  const short = await subscription(stack, BEAN, code, { productTitle: 'Other' })
  await stack.db.$executeRaw`
    INSERT INTO "Deployment" (id, origin, production, since)
    VALUES (1, 'https://reprise.example', true, ${new Date()})`
  await stack.stopWorker(0)
  stack.startWorker()
  await stack.sandbox.moveClock(on('11-16'))
  expect((await caseOf(stack, contractId)).events.map(({ because }) => because).join()).toMatch(
    /this database belongs to https:\/\/reprise\.example/,
  )
  expect(await reminders(stack)).toEqual([])
  const { charges } = await cleanOracle(stack)
  expect(charges.filter(({ by }) => by === 'app')).toEqual([])
  expect((await caseOf(stack, short.contractId)).closedAt).toBeNull()
})
