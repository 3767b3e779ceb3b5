import type { Shop } from '@prisma/client'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'
import { DEFAULT_BRAND, defaultTemplate, type Template } from './template.ts'

const database = await freshDatabase()
Object.assign(process.env, {
  DATABASE_URL: database.url,
  SHOPIFY_API_KEY: 'test-key',
  SHOPIFY_API_SECRET: 'test-secret',
  SHOPIFY_APP_URL: 'https://app.example.test',
  SCOPES: 'read_orders',
  LOG_LEVEL: 'silent',
})
const { db, disconnect } = await import('../db.server.ts')
const { loadBrand, ownTemplates, resetTemplate, saveBrand, saveTemplate, templateFor } =
  await import('./templates.server.ts')
const { sendTestNotice } = await import('./test-send.server.ts')

const SHOP = 'demo.myshopify.com'
const AT = new Date('2026-11-22T09:00:00Z')
const KEY = { stage: 'first', lane: 'CARD', channel: 'email', tag: 'de' } as const

const own = (subject: string): Template => ({
  subject,
  preview: '',
  blocks: [{ type: 'text', text: '{{ happened }}' }],
  commercial: false,
})

afterAll(async () => {
  await disconnect()
  await database.drop()
})
beforeEach(async () => {
  await db.messageTemplate.deleteMany()
  await db.brand.deleteMany()
  await db.auditEntry.deleteMany()
})

const subjectFor = async (key: Parameters<typeof templateFor>[2]) => {
  const found = await templateFor(db, SHOP, key)
  return found && `${found.source}: ${found.template.subject}`
}

describe('the words for a message', () => {
  test('are the shop’s for the lane, else the shop’s for every lane, else ours', async () => {
    const ours = defaultTemplate('de', 'first', 'CARD', null).subject
    expect(await subjectFor(KEY)).toBe(`default: ${ours}`)
    await saveTemplate(db, SHOP, 'staff:1', { ...KEY, lane: '*' }, own('Jede'), null, AT)
    expect(await subjectFor(KEY)).toBe('own_any_lane: Jede')
    await saveTemplate(db, SHOP, 'staff:1', KEY, own('Karte'), null, AT)
    expect(await subjectFor(KEY)).toBe('own: Karte')
    expect(await subjectFor({ ...KEY, lane: 'FUNDS' })).toBe('own_any_lane: Jede')
    expect(await subjectFor({ ...KEY, tag: 'fr' })).toMatch(/^default: /)
    expect(await subjectFor({ ...KEY, channel: 'sms' })).toMatch(/^default: /)
    expect((await templateFor(db, 'other.myshopify.com', KEY))?.source).toBe('default')
  })

  test('of a payment never reach the shop’s own lanes', async () => {
    const key = { ...KEY, stage: 'recovered' } as const
    await saveTemplate(db, SHOP, 'staff:1', { ...key, lane: '*' }, own('Bezahlt'), null, AT)
    expect(await subjectFor(key)).toBe('own_any_lane: Bezahlt')
    expect(await subjectFor({ ...key, lane: 'STOCK' })).toMatch(/^default: /)
  })

  test('of a text message: none where there is nothing to say', async () => {
    expect(await subjectFor({ ...KEY, channel: 'sms', stage: 'recovered' })).toBeNull()
  })
})

describe('saving', () => {
  const save = (subject: string, basedOn: number | null, actor = 'staff:1') =>
    saveTemplate(db, SHOP, actor, KEY, own(subject), basedOn, AT)

  test('counts up, and leaves a trace each time', async () => {
    expect(await save('Eins', null)).toEqual({ version: 1, problems: [] })
    expect(await save('Zwei', 1, 'staff:2')).toEqual({ version: 2, problems: [] })
    expect(await ownTemplates(db, SHOP)).toMatchObject([
      { key: KEY, template: own('Zwei'), version: 2, updatedBy: 'staff:2' },
    ])
    expect(await resetTemplate(db, SHOP, 'staff:1', KEY, 1, AT)).toBe(false)
    expect(await resetTemplate(db, SHOP, 'staff:1', KEY, 2, AT)).toBe(true)
    expect(await resetTemplate(db, SHOP, 'staff:1', KEY, 2, AT)).toBe(false)
    expect((await templateFor(db, SHOP, KEY))?.source).toBe('default')
    const trace = await db.auditEntry.findMany({ select: { action: true, target: true } })
    expect(trace).toEqual([
      { action: 'template.saved', target: 'email/first/CARD/de' },
      { action: 'template.saved', target: 'email/first/CARD/de' },
      { action: 'template.reset', target: 'email/first/CARD/de' },
    ])
  })

  test('never overwrites what somebody else saved meanwhile', async () => {
    await save('Eins', null)
    for (const basedOn of [null, 7]) {
      const { version, problems } = await save('Zwei', basedOn)
      expect(version).toBeNull()
      expect(problems[0]?.say).toMatch(/Somebody else/)
    }
    expect(await subjectFor(KEY)).toBe('own: Eins')
    expect(await db.auditEntry.count()).toBe(1)
  })

  test('keeps what cannot be sent out, and says why', async () => {
    const { version, problems } = await save('{{ typo }}', null)
    expect(version).toBeNull()
    expect(problems).toMatchObject([{ where: 'subject', stops: true }])
    for (const value of [null, 'x', { subject: 'x', blocks: [{ type: 'script' }] }]) {
      expect((await saveTemplate(db, SHOP, 'staff:1', KEY, value, null, AT)).version).toBeNull()
    }
    const long = { type: 'text' as const, text: '{{ body }} '.repeat(150) }
    const huge = { ...own('Zu lang'), blocks: Array.from({ length: 8 }, () => long) }
    const answer = await saveTemplate(db, SHOP, 'staff:1', KEY, huge, null, AT)
    expect(answer).toMatchObject({
      version: null,
      problems: [{ say: expect.stringMatching(/Gmail would hide/) }],
    })
    expect(await db.messageTemplate.count()).toBe(0)
  })
})

test('a brand is ours until it is saved, and only a readable one is', async () => {
  expect(await loadBrand(db, SHOP)).toEqual(DEFAULT_BRAND)
  const brand = { ...DEFAULT_BRAND, accent: '#aa0055', postalAddress: 'Lindenstr. 1, Berlin' }
  expect(await saveBrand(db, SHOP, 'staff:1', { ...brand, accent: 'red' }, AT)).toHaveLength(1)
  expect(await loadBrand(db, SHOP)).toEqual(DEFAULT_BRAND)
  expect(await saveBrand(db, SHOP, 'staff:1', brand, AT)).toEqual([])
  expect(await saveBrand(db, SHOP, 'staff:1', { ...brand, ink: '#222222' }, AT)).toEqual([])
  expect(await loadBrand(db, SHOP)).toEqual({ ...brand, ink: '#222222' })
  expect(await db.auditEntry.count({ where: { action: 'brand.saved' } })).toBe(2)
})

describe('a test mail to oneself', () => {
  const shop = (name: string) =>
    ({ shop: name, name, senderName: null, replyTo: null, email: null }) as unknown as Shop
  const ask = (of: string, changes: Partial<Parameters<typeof sendTestNotice>[3]> = {}) =>
    sendTestNotice(
      db,
      shop(of),
      'staff:1',
      { key: KEY, template: own('Eins'), shopper: 'mara', address: 'ada@shop.example', ...changes },
      AT,
    )

  test('goes to an address that Shopify told, with words that could be sent', async () => {
    const says = async (changes: Parameters<typeof ask>[1]) =>
      JSON.stringify(await ask('a', changes))
    expect(await says({ address: null })).toMatch(/told no address/)
    expect(await says({ template: own('{{ typo }}') })).toMatch(/Mend what is marked/)
    expect(await says({ template: 'x' })).toMatch(/Mend what is marked/)
    expect(await says({ key: { ...KEY, channel: 'sms' } })).toMatch(/Only e-mails/)
  })

  test('is asked for twenty times an hour at most, and only what was sent leaves a trace', async () => {
    for (let i = 0; i < 20; i++)
      expect(JSON.stringify(await ask('b'))).toMatch(/SENDGRID_API_KEY is not set/)
    expect(JSON.stringify(await ask('b'))).toMatch(/Twenty tests/)
    expect(JSON.stringify(await ask('c'))).not.toMatch(/Twenty tests/)
    expect(await db.auditEntry.count()).toBe(0)
  })
})
