import { createHmac, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { emptyTables } from '../../scripts/migrate.mjs'
import { freshDatabase } from '../../test/database.ts'
import { caseRow, DEMO_COFFEE, stepRow } from '../../test/rows.ts'

const { shop: SHOP } = DEMO_COFFEE
const APP = 'https://app.example.test'
const TOKEN = '12345'
const NUMBER = '+4917139200001'
const AT = new Date('2026-11-17T08:00:00Z')

Object.assign(globalThis, { __repriseClock: { now: () => AT.getTime(), onJump: () => {} } })
const database = await freshDatabase()
Object.assign(process.env, {
  DATABASE_URL: database.url,
  SHOPIFY_API_KEY: 'test-key',
  SHOPIFY_API_SECRET: 'test-secret',
  SHOPIFY_APP_URL: APP,
  SCOPES: 'read_orders',
  TWILIO_ACCOUNT_SID: 'AC1',
  TWILIO_AUTH_TOKEN: TOKEN,
  TWILIO_FROM: '+12125550100',
  LOG_LEVEL: 'silent',
})
const { db, disconnect, pool } = await import('../db.server.ts')
const { installShop } = await import('../dunning/sequences.server.ts')
const { recipientHash } = await import('../messages/recipients.server.ts')
const { isSignedByTwilio, twiml } = await import('../messages/sms.server.ts')
const { receiveTextAnswer, receiveTextEvent } = await import('./text-events.server.ts')

const server = createServer((req, res) =>
  req.url?.includes('status') ? receiveTextEvent(req, res) : receiveTextAnswer(req, res),
)
const caseId = randomUUID()

beforeAll(() => new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready)))
afterAll(async () => {
  await new Promise((closed) => {
    server.close(closed)
    server.closeAllConnections()
  })
  await disconnect()
  await database.drop()
})
beforeEach(async () => {
  await emptyTables(database.url)
  await installShop(db, DEMO_COFFEE, AT)
  const { id: versionId } = await db.sequenceVersion.findFirstOrThrow()
  const dueAt = new Date('2026-11-25T08:00:00Z')
  await db.recoveryCase.create({
    data: {
      ...caseRow(AT, versionId, { id: caseId }),
      stepRuns: {
        create: ['sms', 'email'].map((kind) =>
          stepRow(dueAt, versionId, { stepKey: `funds.${kind}`, kind }),
        ),
      },
    },
  })
})

async function textInState(state: string): Promise<string> {
  const id = randomUUID()
  await db.message.create({
    data: {
      id,
      caseId,
      shop: SHOP,
      customerId: 'gid://shopify/Customer/1',
      triggerKey: id,
      recipientHash: 'of the customer',
      addressHash: recipientHash(NUMBER),
      channel: 'sms',
      template: 'reminder',
      locale: 'de',
      state,
      createdAt: AT,
      sentAt: AT,
    },
  })
  return id
}

const sid = (letter: string) => `SM${letter.repeat(32)}`

async function post(
  path: string,
  fields: Record<string, string>,
  token = TOKEN,
): Promise<Response> {
  const names = Object.keys(fields).sort()
  const signed = `${APP}${path}${names.map((name) => `${name}${fields[name]}`).join('')}`
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, {
    method: 'POST',
    headers: { 'x-twilio-signature': createHmac('sha1', token).update(signed).digest('base64') },
    body: new URLSearchParams(fields),
  })
}

const status = (message: string, MessageStatus: string, more: Record<string, string> = {}) =>
  post(`/events/twilio/status?message=${message}`, {
    MessageSid: sid('a'),
    MessageStatus,
    ...more,
  })
const answer = (Body: string, letter: string, more: Record<string, string> = {}) =>
  post('/events/twilio/answer', { MessageSid: sid(letter), From: NUMBER, Body, ...more })
const message = (id: string) => db.message.findUniqueOrThrow({ where: { id } })
const because = async () =>
  (await db.caseEvent.findMany({ where: { caseId }, orderBy: { seq: 'asc' } })).map(
    (e) => e.because,
  )

test('the signature is the one that Twilio publishes, and every field and the address count', () => {
  const form = new URLSearchParams({
    CallSid: 'CA1234567890ABCDE',
    Caller: '+14158675309',
    Digits: '1234',
    From: '+14158675309',
    To: '+18005551212',
  })
  const url = 'https://mycompany.com/myapp.php?foo=1&bar=2'
  const signature = 'RSOYDt4T1cUTdK1PDd93/VVr8B8='
  expect(isSignedByTwilio('12345', { url, form, signature })).toBe(true)
  expect(isSignedByTwilio('12346', { url, form, signature })).toBe(false)
  expect(isSignedByTwilio('12345', { url: `${url}&x=1`, form, signature })).toBe(false)
  form.set('Digits', '1235')
  expect(isSignedByTwilio('12345', { url, form, signature })).toBe(false)
  expect(isSignedByTwilio('12345', { url, form, signature: '' })).toBe(false)
})

test('a forged or unsigned request changes nothing', async () => {
  const id = await textInState('sent')
  const path = `/events/twilio/status?message=${id}`
  const fields = { MessageSid: sid('a'), MessageStatus: 'delivered' }
  expect((await post(path, fields, 'another token')).status).toBe(401)
  const unsigned = await fetch(
    `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    {
      method: 'POST',
      body: new URLSearchParams(fields),
    },
  )
  expect(unsigned.status).toBe(401)
  expect((await post(path, { MessageStatus: 'delivered' })).status).toBe(400)
  expect(await message(id)).toMatchObject({ state: 'sent' })
  expect(await db.messageEvent.count()).toBe(0)
})

test('F12, S17: a text in doubt is settled by its status, copies count once, and nothing goes backward', async () => {
  const id = await textInState('uncertain')
  const statuses = await Promise.all(
    Array.from({ length: 12 }, async () => (await status(id, 'delivered')).status),
  )
  expect(new Set(statuses)).toEqual(new Set([200]))
  expect((await status(id, 'sent')).status).toBe(200)
  expect(await message(id)).toMatchObject({ state: 'delivered', deliveredAt: AT })
  expect(await because()).toEqual(['the text did go out: Twilio has it'])
  expect(await db.messageEvent.count()).toBe(2)
})

test('a number that does not exist gets no text any more, and the timeline says why', async () => {
  const id = await textInState('sent')
  await status(id, 'undelivered', { ErrorCode: '30005' })
  expect(await message(id)).toMatchObject({ state: 'bounced' })
  expect(await db.suppression.findMany()).toMatchObject([
    { channel: 'sms', recipient: recipientHash(NUMBER), reason: 'there is no such mobile number' },
  ])
  expect(await db.stepRun.findMany({ orderBy: { kind: 'asc' } })).toMatchObject([
    { kind: 'email', state: 'scheduled' },
    { kind: 'sms', state: 'cancelled', reason: 'not sent: there is no such mobile number' },
  ])
  expect(await because()).toEqual([
    'the text did not reach the phone: there is no such mobile number (30005)',
    'no more texts go to this number: there is no such mobile number; 1 planned text was cancelled',
  ])
})

test('STOP ends texts, is answered in the shopper’s language, counts once; START lifts it', async () => {
  await textInState('delivered')
  const stopped = await answer('Stopp', '1')
  expect(stopped.headers.get('content-type')).toMatch(/xml/)
  expect(await stopped.text()).toMatch(/<Message>Demo Coffee: .*START.*<\/Message>/)
  expect(await (await answer('Stopp', '1')).text()).toBe(twiml(null)) // the same once more
  expect(await db.suppression.findMany()).toMatchObject([{ channel: 'sms' }])
  expect((await db.stepRun.findMany({ where: { kind: 'sms' } }))[0]?.state).toBe('cancelled')
  expect(await (await answer('START', '2')).text()).toContain('<Message>')
  expect(await db.suppression.count()).toBe(0)
  expect(await (await answer('Hilfe', '3')).text()).toContain('owner@demo.example.test')
  expect((await because()).at(-1)).toBe('the shopper answered START: texts may go again')
})

test('a STOP that comes while the carrier tells that the number is gone: neither waits for ever', async () => {
  // Another case of the shopper, locked before ours by whoever takes both.
  const other = '00000000-0000-4000-8000-000000000001'
  const { id: versionId } = await db.sequenceVersion.findFirstOrThrow()
  const contractId = 'gid://shopify/SubscriptionContract/2'
  await db.recoveryCase.create({ data: caseRow(AT, versionId, { id: other, contractId }) })
  const id = await textInState('sent')
  const holder = await pool.connect()
  const waiting = async (some: number) =>
    expect
      .poll(async () => {
        const { rows } = await holder.query<{ count: number }>(
          `SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        )
        return rows[0]?.count
      })
      .toBe(some)
  await holder.query('BEGIN')
  await holder.query('SELECT FROM "RecoveryCase" WHERE id = $1 FOR UPDATE', [other])
  const stop = answer('STOP', '1')
  await waiting(1)
  const gone = status(id, 'undelivered', { ErrorCode: '30005' })
  await waiting(2)
  await holder.query('COMMIT')
  holder.release()
  expect([(await stop).status, (await gone).status]).toEqual([200, 200])
  expect(await db.suppression.count()).toBe(1)
})

test('where Twilio has answered already, we only note it', async () => {
  await textInState('delivered')
  expect(await (await answer('ciao', '1', { OptOutType: 'STOP' })).text()).toBe(twiml(null))
  expect(await db.suppression.count()).toBe(1)
})

test('anything else is read by staff, and a stranger changes nothing', async () => {
  expect(await (await answer('STOP', '1')).text()).toBe(twiml(null))
  expect(await db.suppression.count()).toBe(0)
  await textInState('delivered')
  expect(await (await answer('Can I pay <tomorrow>?', '2')).text()).toBe(twiml(null))
  await answer('Or on Friday', '3')
  expect(await db.staffTask.findMany()).toMatchObject([
    {
      kind: 'text_answer',
      caseId,
      body: expect.stringMatching(/^“Or on Friday” “Can I pay <tomorrow>\?” Answer them/),
    },
  ])
})

test('two machines that answer each other come to an end', async () => {
  await textInState('delivered')
  const answers: string[] = []
  for (let n = 0; n < 9; n++) answers.push(await (await answer('HELP', `${n}`)).text())
  expect(answers.at(-1)).toBe(twiml(null))
})
