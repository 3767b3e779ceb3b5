import { randomUUID } from 'node:crypto'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Prisma } from '@prisma/client'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'

const SHOP = 'demo.myshopify.com'
/** Thursday, 8:00 in Berlin. */
const EIGHT = new Date('2026-11-12T07:00:00Z')
const minutes = (count: number, from = EIGHT) => new Date(from.getTime() + count * 60_000)

const database = await freshDatabase()
Object.assign(process.env, {
  DATABASE_URL: database.url,
  SHOPIFY_API_KEY: 'test-key',
  SHOPIFY_API_SECRET: 'test-secret',
  SHOPIFY_APP_URL: 'https://app.example.test',
  SCOPES: 'read_orders',
  SENDGRID_API_KEY: 'SG.of-the-tests',
  MAIL_FROM: 'notices@mail.example',
  LOG_LEVEL: 'silent',
})
const { db, disconnect } = await import('../db.server.ts')
const { installShop } = await import('../dunning/sequences.server.ts')
const { findPlace } = await import('../place.server.ts')
const { sendStaffMail } = await import('./staff-mail.server.ts')
const { saveStaffMail, wrongInStaffMail } = await import('./mail-settings.server.ts')

type Mail = { subject: string; to: string; text: string; html: string }
let mails: Mail[] = []
let status = 202
/** A stand-in for api.sendgrid.com: its package speaks HTTPS to a fixed host, here HTTP to us. */
const server = http.createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(chunks).toString())
    const part = (type: string) =>
      body.content.find((one: { type: string }) => one.type === type)?.value
    if (status === 202) {
      const [{ to }] = body.personalizations
      mails.push({
        subject: body.subject,
        to: to[0].email,
        text: part('text/plain'),
        html: part('text/html'),
      })
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"errors":[]}')
  })
})
const secureRequest = https.request

beforeAll(async () => {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address() as AddressInfo
  https.request = ((options: https.RequestOptions, listener: (r: http.IncomingMessage) => void) =>
    http.request(
      { ...options, protocol: 'http:', hostname: '127.0.0.1', port, agent: false },
      listener,
    )) as typeof https.request
  await findPlace()
})
afterAll(async () => {
  https.request = secureRequest
  server.closeAllConnections()
  await new Promise((closed) => server.close(closed))
  await disconnect()
  await database.drop()
})
beforeEach(async () => {
  mails = []
  status = 202
  await db.staffMail.deleteMany()
  await db.staffTask.deleteMany()
  await db.brake.deleteMany()
  await db.recoveryCase.deleteMany()
  await installShop(
    db,
    {
      shop: SHOP,
      name: 'Demo <Coffee>',
      email: 'owner@demo.example.test',
      zone: 'Europe/Berlin',
      currency: 'EUR',
      locale: 'en',
      ownsContracts: true,
    },
    minutes(-9_000),
  )
  await shopIs({
    recoveryStartedAt: minutes(-9_000),
    digest: 'off',
    digestNextAt: null,
    alertsTo: null,
    alertsOn: false,
    alertAbove: null,
    uninstalledAt: null,
  })
})

const shopIs = (data: Prisma.ShopUpdateInput) => db.shop.update({ where: { shop: SHOP }, data })
const nextDigest = async () =>
  (await db.shop.findUniqueOrThrow({ where: { shop: SHOP } })).digestNextAt

async function task(changes: Partial<Prisma.StaffTaskUncheckedCreateInput> = {}) {
  const id = randomUUID()
  const data = { id, shop: SHOP, kind: 'review', title: 'Look <here>', body: 'b', subject: id }
  await db.staffTask.create({ data: { ...data, createdAt: minutes(-600), ...changes } })
}

async function failure(amount: string, openedAt: Date) {
  const id = randomUUID()
  const version = await db.sequenceVersion.findFirstOrThrow()
  await db.recoveryCase.create({
    data: {
      id,
      shop: SHOP,
      contractId: id,
      cycleIndex: 1,
      expectedAt: openedAt,
      anchorAt: openedAt,
      openedAt,
      status: 'retrying',
      amount,
      currency: 'EUR',
      zone: 'Europe/Berlin',
      zoneSource: 'shop',
      lane: 'FUNDS',
      laneEnteredAt: openedAt,
      customerName: 'Mara Lindqvist',
      sequenceVersionId: version.id,
      nextActionAt: minutes(9_000),
      deadlineAt: minutes(30_000),
      graceEndsAt: minutes(40_000),
      source: 'webhook',
      correlationId: id,
    },
  })
}

describe('the digest', () => {
  beforeEach(() => shopIs({ digest: 'daily', digestNextAt: EIGHT }))

  test('comes once at its hour, whoever of the workers looks; its words are escaped', async () => {
    await task()
    await failure('24.90', minutes(-600))
    await sendStaffMail(minutes(-1))
    expect(mails).toEqual([])
    await Promise.all([1, 2, 3].map(() => sendStaffMail(minutes(1))))
    await sendStaffMail(minutes(2))
    expect(mails).toHaveLength(1)
    expect(mails[0]).toMatchObject({
      to: 'owner@demo.example.test',
      subject: 'Demo <Coffee>: 1 task for your staff',
    })
    expect(mails[0]?.text).toContain('At risk now\n- €24.90 in 1 recovery')
    expect(mails[0]?.text).toContain('/admin/apps/test-key/app/tasks')
    expect(mails[0]?.html).toContain('Look &lt;here&gt;')
    expect(mails[0]?.text).not.toContain('Mara')
    expect(await nextDigest()).toEqual(minutes(24 * 60))
    expect(await db.staffMail.findMany()).toMatchObject([
      { kind: 'digest', period: '2026-11-12', state: 'sent' },
    ])
  })

  test('is not sent when there is nothing to tell, a shop left, or the operator stopped all', async () => {
    await sendStaffMail(minutes(1))
    expect(await nextDigest()).toEqual(minutes(24 * 60))
    await task()
    await shopIs({ digestNextAt: EIGHT, uninstalledAt: minutes(-5) })
    await sendStaffMail(minutes(1))
    await shopIs({ uninstalledAt: null })
    const kept = globalThis as { __reprisePlace?: string | null }
    kept.__reprisePlace = 'a copy'
    await sendStaffMail(minutes(1))
    expect(mails).toEqual([])
    kept.__reprisePlace = null
    await sendStaffMail(minutes(1))
    expect(mails).toHaveLength(1)
  })

  test('that SendGrid could not take goes out later the same day; one that may have gone does not', async () => {
    await task()
    status = 200
    await sendStaffMail(minutes(1))
    expect(await db.staffMail.findMany()).toMatchObject([{ state: 'uncertain' }])
    await db.staffMail.deleteMany()
    await shopIs({ digestNextAt: EIGHT })
    status = 429
    await sendStaffMail(minutes(1))
    expect(await nextDigest()).toEqual(minutes(11))
    status = 202
    await sendStaffMail(minutes(12))
    await sendStaffMail(minutes(13))
    expect(mails).toHaveLength(1)
    expect(await nextDigest()).toEqual(minutes(24 * 60))
  })

  test('after a long outage is left out, not sent at night', async () => {
    await task()
    await sendStaffMail(minutes(13 * 60))
    expect(mails).toEqual([])
    expect(await nextDigest()).toEqual(minutes(24 * 60))
  })
})

describe('alerts', () => {
  test('are off until they are chosen', async () => {
    await failure('500', minutes(-5))
    await task({ kind: 'webhook_dead', createdAt: minutes(-5) })
    await sendStaffMail(EIGHT)
    expect(mails).toEqual([])
  })

  test('large failures: one mail for several, at most one an hour, none is lost', async () => {
    await shopIs({ alertAbove: '100', alertsTo: 'staff@demo.example.test' })
    await failure('99.99', minutes(-5))
    await failure('100', minutes(-5))
    await failure('250', minutes(-4))
    await Promise.all([1, 2, 3, 4, 5, 6].map(() => sendStaffMail(EIGHT)))
    expect(mails).toHaveLength(1)
    expect(mails[0]?.to).toBe('staff@demo.example.test')
    expect(mails[0]?.text).toContain('- €250.00\n- €100.00\n')
    expect(mails[0]?.text).not.toMatch(/99\.99|Mara/)
    await failure('300', minutes(10))
    await failure('400', minutes(59))
    await sendStaffMail(minutes(30))
    expect(mails).toHaveLength(1)
    await sendStaffMail(minutes(61))
    expect(mails).toHaveLength(2)
    expect(mails[1]?.text).toContain('- €400.00\n- €300.00\n')
    await sendStaffMail(minutes(200))
    expect(mails).toHaveLength(2)
  })

  test('the brake and dead letters: one mail each, and again after SendGrid was away', async () => {
    await shopIs({ alertsOn: true })
    await task({ kind: 'webhook_dead', title: 'An event is dead', createdAt: minutes(-5) })
    await db.brake.create({
      data: {
        id: randomUUID(),
        shop: SHOP,
        engagedAt: minutes(-5),
        fault: 'processor',
        code: 'X',
        cards: 3,
        because: 'unlike cards were answered with X',
      },
    })
    status = 429
    await sendStaffMail(EIGHT)
    expect(mails).toEqual([])
    status = 202
    await sendStaffMail(minutes(1))
    await sendStaffMail(minutes(2))
    expect(mails.map(({ subject }) => subject)).toEqual([
      'Demo <Coffee>: recovery is held back',
      'Demo <Coffee>: something could not be handled',
    ])
    expect(mails[0]?.text).toContain('unlike cards were answered with X')
  })
})

test('saving: errors stand beside their field, a choice sets the date, and the trail keeps no address', async () => {
  const said = {
    digest: 'weekly',
    alertsTo: 'staff@demo.example.test',
    alertsOn: 'on',
    alertAbove: '',
  }
  expect(wrongInStaffMail({ ...said, alertsTo: 'nobody' })).toEqual({
    alertsTo: expect.stringMatching(/e-mail address/),
  })
  expect(wrongInStaffMail({ ...said, alertAbove: '-5' })).toEqual({
    alertAbove: expect.stringMatching(/amount/),
  })
  expect(wrongInStaffMail(said)).toBeNull()
  const shop = await db.shop.findUniqueOrThrow({ where: { shop: SHOP } })
  await saveStaffMail(db, shop, 'staff:1', said, EIGHT)
  const saved = await db.shop.findUniqueOrThrow({ where: { shop: SHOP } })
  expect(saved).toMatchObject({
    digest: 'weekly',
    digestNextAt: new Date('2026-11-16T07:00:00Z'),
    alertsOn: true,
    alertAbove: null,
  })
  const [row] = await db.auditEntry.findMany({ where: { action: 'staff_mail.saved' } })
  expect(row).toMatchObject({ actor: 'staff:1', data: { digest: 'weekly', ownAddress: true } })
  expect(JSON.stringify(row)).not.toContain('staff@')
  await saveStaffMail(db, saved, 'staff:1', { ...said, digest: 'off' }, EIGHT)
  expect(await nextDigest()).toBeNull()
})
