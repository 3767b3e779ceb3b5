import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { emptyTables } from '../../scripts/migrate.mjs'
import { freshDatabase } from '../../test/database.ts'
import { caseRow, DEMO_COFFEE, stepRow } from '../../test/rows.ts'

const { shop: SHOP } = DEMO_COFFEE
const AT = new Date('2026-11-12T08:00:00Z')
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })

Object.assign(globalThis, { __repriseClock: { now: () => AT.getTime(), onJump: () => {} } })
const database = await freshDatabase()
Object.assign(process.env, {
  DATABASE_URL: database.url,
  SHOPIFY_API_KEY: 'test-key',
  SHOPIFY_API_SECRET: 'test-secret',
  SHOPIFY_APP_URL: 'https://app.example.test',
  SCOPES: 'read_orders',
  SENDGRID_EVENT_KEY: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
  LOG_LEVEL: 'silent',
})
const { db, disconnect } = await import('../db.server.ts')
const { installShop } = await import('../dunning/sequences.server.ts')
const { receiveMailEvents } = await import('./mail-events.server.ts')
const { MAX_BODY_BYTES } = await import('./webhooks.server.ts')

const server = createServer(receiveMailEvents)
let caseId: string

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
  caseId = await openCase('1')
})

/** A case with one e-mail and one retry still to come. */
async function openCase(contract: string): Promise<string> {
  const { id: versionId } = await db.sequenceVersion.findFirstOrThrow()
  const dueAt = new Date('2026-11-15T08:00:00Z')
  const { id } = await db.recoveryCase.create({
    data: {
      ...caseRow(AT, versionId, { contractId: `gid://shopify/SubscriptionContract/${contract}` }),
      stepRuns: {
        create: [
          stepRow(dueAt, versionId, { stepKey: 'funds.m2', kind: 'email' }),
          stepRow(dueAt, versionId, { stepKey: 'funds.r2', kind: 'retry' }),
        ],
      },
    },
  })
  return id
}

async function mail(state: string, more: object = {}): Promise<string> {
  const id = randomUUID()
  await db.message.create({
    data: {
      id,
      caseId,
      shop: SHOP,
      customerId: 'gid://shopify/Customer/1',
      triggerKey: id,
      recipientHash: 'of the customer',
      addressHash: 'of the address',
      channel: 'email',
      template: 'first',
      locale: 'en',
      subject: 'Your payment',
      state,
      createdAt: AT,
      ...more,
    },
  })
  return id
}

let clock = AT.getTime() / 1000
/** Each event a second after the one before. */
const event = (messageId: string, kind: string, more: object = {}) => ({
  email: 'anna@example.test',
  timestamp: clock++,
  event: kind,
  sg_event_id: randomUUID(),
  message_id: messageId,
  ...more,
})

type Sent = { body?: Buffer; key?: KeyObject; timestamp?: string; signature?: string | null }

async function post(events: unknown, sent: Sent = {}): Promise<number> {
  const body = Buffer.from(typeof events === 'string' ? events : JSON.stringify(events))
  const timestamp = String(AT.getTime() / 1000)
  const signed = Buffer.concat([Buffer.from(timestamp), body])
  const good = sign('sha256', signed, sent.key ?? privateKey).toString('base64')
  const signature = sent.signature === undefined ? good : sent.signature
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, {
    method: 'POST',
    headers: {
      ...(signature === null ? {} : { 'x-twilio-email-event-webhook-signature': signature }),
      'x-twilio-email-event-webhook-timestamp': sent.timestamp ?? timestamp,
    },
    body: new Uint8Array(sent.body ?? body),
  })
  return answer.status
}

const stateOf = async (id: string) => (await db.message.findUniqueOrThrow({ where: { id } })).state
const timeline = async () =>
  (await db.caseEvent.findMany({ where: { caseId }, orderBy: { seq: 'asc' } })).map(
    ({ type, because }) => `${type}: ${because}`,
  )

describe('S17: forged', () => {
  test('an altered byte, another key, another time or no signature: 401, and nothing is kept', async () => {
    const id = await mail('sent')
    const events = [event(id, 'delivered')]
    const altered = Buffer.from(JSON.stringify(events).replace('delivered', 'delivereD'))
    const stranger = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
    expect(await post(events, { body: altered })).toBe(401)
    expect(await post(events, { key: stranger })).toBe(401)
    expect(await post(events, { timestamp: '1' })).toBe(401)
    expect(await post(events, { signature: null })).toBe(401)
    for (const signature of ['', 'x', 'AAAA', 'A'.repeat(2_000)])
      expect(await post(events, { signature })).toBe(401)
    expect(await db.messageEvent.count()).toBe(0)
    expect(await stateOf(id)).toBe('sent')
    expect(await post(events)).toBe(200)
    expect(await stateOf(id)).toBe('delivered')
  })

  test('a body that is too large is not read; one that is no list is taken and left', async () => {
    expect(await post(`["${'x'.repeat(MAX_BODY_BYTES)}"]`)).toBe(413)
    for (const body of ['{}', 'null', '[', '']) expect(await post(body)).toBe(200)
    expect(await post([null, 7, {}, { event: 'open' }])).toBe(200)
    expect(await db.messageEvent.count()).toBe(0)
  })
})

describe('S17: doubled, late and unknown', () => {
  test('46 copies, some at once, count once', async () => {
    const id = await mail('sent')
    const bounced = [event(id, 'bounce', { reason: '550 <anna@example.test> unknown' })]
    await Promise.all(Array.from({ length: 6 }, () => post(bounced)))
    for (let n = 0; n < 4; n++) await post(Array.from({ length: 10 }, () => bounced[0]))
    expect(await db.messageEvent.count()).toBe(1)
    expect((await timeline()).filter((line) => line.startsWith('message_bounced'))).toHaveLength(1)
    expect(await db.staffTask.count()).toBe(1)
  })

  test('"delivered" after a bounce is kept and changes nothing', async () => {
    const id = await mail('sent')
    await post([event(id, 'bounce', { reason: '550 <anna@example.test> unknown' })])
    await post([event(id, 'delivered')])
    const found = await db.message.findUniqueOrThrow({ where: { id }, include: { events: true } })
    expect(found).toMatchObject({
      state: 'bounced',
      eventNote: 'it came back: 550 [address] unknown',
    })
    expect(found.events.map(({ type }) => type)).toEqual(['bounce', 'delivered'])
  })

  test('an event of no message of ours, or of a kind we do not know, is kept without effect', async () => {
    const id = await mail('sent')
    const strange = [
      event(randomUUID(), 'bounce'),
      event('not an id', 'delivered'),
      event(id, 'quantum_leap'),
      event(id, 'open'),
    ]
    expect(await post(strange)).toBe(200)
    expect(await db.messageEvent.count()).toBe(4)
    expect(await stateOf(id)).toBe('sent')
    expect(await db.suppression.count()).toBe(0)
  })
})

describe('F12: a mail in doubt', () => {
  test.each([
    ['processed', 'sent', 'message_sent'],
    ['delivered', 'delivered', 'message_delivered'],
    ['bounce', 'bounced', 'message_bounced'],
  ])('is settled by "%s": %s', async (kind, state, line) => {
    const id = await mail('uncertain')
    await post([event(id, kind)])
    expect(await stateOf(id)).toBe(state)
    expect((await timeline())[0]).toContain(line)
  })

  test('that was to be tried again, but did go out, is not sent a second time', async () => {
    const id = await mail('intended')
    await post([event(id, 'delivered')])
    expect(await db.message.findUnique({ where: { id } })).toMatchObject({
      state: 'delivered',
      sentAt: expect.any(Date),
      deliveredAt: expect.any(Date),
    })
  })
})

describe('a mail that told of another debt, too, and did not arrive', () => {
  /** A second case whose notice is told in the mail of the first. */
  async function toldIn(messageId: string): Promise<string> {
    const other = await openCase('2')
    const run = await db.stepRun.findFirstOrThrow({ where: { caseId: other, kind: 'email' } })
    await db.stepRun.update({
      where: { id: run.id },
      data: { state: 'skipped', reason: 'told in another mail', settledAt: AT },
    })
    const told = { caseId: other, stepRunId: run.id, mergedInto: messageId, addressHash: null }
    await mail('merged', told)
    return other
  }
  const notices = async (id: string) =>
    (
      await db.stepRun.findMany({
        where: { caseId: id, kind: 'email' },
        orderBy: { occurrence: 'asc' },
      })
    ).map(({ occurrence, state, dueAt }) => ({ occurrence, state, dueAt }))

  test('gives the other its notice back, due now, and wakes its case', async () => {
    const id = await mail('sent')
    const other = await toldIn(id)
    await db.recoveryCase.update({
      where: { id: other },
      data: { nextActionAt: new Date('2026-11-20T08:00:00Z') },
    })
    await post([event(id, 'bounce', { type: 'blocked', reason: 'mailbox full' })])
    expect(await notices(other)).toMatchObject([
      { occurrence: 0, state: 'skipped' },
      { occurrence: 1, state: 'scheduled', dueAt: AT },
    ])
    expect(await db.message.findFirst({ where: { mergedInto: id } })).toMatchObject({
      state: 'failed',
    })
    expect(await db.recoveryCase.findUnique({ where: { id: other } })).toMatchObject({
      nextActionAt: AT,
      wakes: 1,
    })
    expect(await db.caseEvent.findMany({ where: { caseId: other } })).toMatchObject([
      {
        because:
          'the mail that told of it was not sent: it came back: mailbox full; its own notice is due now',
      },
    ])
    // Told twice, it is given back once.
    await post([event(id, 'dropped', { reason: 'Bounced Address' })])
    expect(await notices(other)).toHaveLength(2)
  })

  test('but nothing goes to an address that is not written to any more', async () => {
    const id = await mail('sent')
    const other = await toldIn(id)
    await post([event(id, 'bounce', { reason: '550 unknown' })])
    expect(await notices(other)).toMatchObject([{ occurrence: 0, state: 'skipped' }])
    expect((await db.caseEvent.findMany({ where: { caseId: other } }))[0]?.because).toBe(
      'the mail that told of it was not sent: it came back: 550 unknown',
    )
  })
})

describe('an address that is not written to any more', () => {
  const plans = async () =>
    (await db.stepRun.findMany({ where: { caseId }, orderBy: { stepKey: 'asc' } })).map(
      ({ stepKey, state }) => `${stepKey} ${state}`,
    )

  test('S17: a complaint mid-sequence cancels the later e-mails of all their cases, and opens one task', async () => {
    const first = await mail('delivered')
    const second = await mail('sent')
    const other = await openCase('2')
    const { version } = await db.recoveryCase.findUniqueOrThrow({ where: { id: caseId } })
    await post([event(first, 'spamreport')])
    await post([event(second, 'spamreport')])

    expect(await db.suppression.findMany()).toMatchObject([
      { shop: SHOP, recipient: 'of the address', channel: 'email' },
    ])
    expect(await plans()).toEqual(['funds.m2 cancelled', 'funds.r2 scheduled'])
    const said =
      'address_blocked: no more e-mail goes to this address: the shopper reported a notice as spam; 1 planned e-mail was cancelled'
    expect(await timeline()).toEqual([said])
    expect(await db.caseEvent.findMany({ where: { caseId: other } })).toHaveLength(1)
    expect(await db.staffTask.findMany()).toMatchObject([{ kind: 'address_blocked', caseId }])
    // A worker that holds the case reads it again.
    const after = await db.recoveryCase.findUniqueOrThrow({ where: { id: caseId } })
    expect(after.version).toBeGreaterThan(version)
  })

  test('two soft bounces are waited out, and a delivery begins the count anew', async () => {
    const soft = async () =>
      post([event(await mail('sent'), 'bounce', { type: 'blocked', reason: 'mailbox full' })])
    await soft()
    await soft()
    await post([event(await mail('sent'), 'deferred')])
    await post([event(await mail('sent'), 'delivered')])
    await soft()
    await soft()
    expect(await db.suppression.count()).toBe(0)
    expect(await plans()).toEqual(['funds.m2 scheduled', 'funds.r2 scheduled'])
    await soft()
    expect(await db.suppression.count()).toBe(1)
    expect(await plans()).toEqual(['funds.m2 cancelled', 'funds.r2 scheduled'])
  })
})
