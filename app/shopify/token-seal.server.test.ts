import { Session } from '@shopify/shopify-api'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'

const SHOP = 'demo.myshopify.com'
const ID = `offline_${SHOP}`
const older = Buffer.alloc(32, 'o')
const newer = Buffer.alloc(32, 'n')

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
const { env } = await import('../env.server.ts')
const { adminFor, ShopUnreachable } = await import('./admin.server.ts')
const { SealedSessionStorage } = await import('./sessions.server.ts')
const { openToken, sealToken, UnreadableToken } = await import('./token-seal.server.ts')

const storage = new SealedSessionStorage(db)
afterAll(async () => {
  await disconnect()
  await database.drop()
})
beforeEach(async () => {
  await db.session.deleteMany()
  use(older)
})

/** What TOKEN_KEYS holds from now on. */
function use(...keys: Buffer[]) {
  env().TOKEN_KEYS.splice(0, Number.POSITIVE_INFINITY, ...keys)
}

const session = () =>
  new Session({
    id: ID,
    shop: SHOP,
    state: 'x',
    isOnline: false,
    scope: 'read_orders',
    accessToken: 'shpat_access',
    refreshToken: 'shprt_refresh',
    expires: new Date(Date.now() + 3_600_000),
  })
const row = () => db.session.findUniqueOrThrow({ where: { id: ID } })

describe('a token at rest', () => {
  const place = { id: ID, column: 'accessToken' } as const

  test('is never the same text twice, and opens to what it was', () => {
    const texts = [1, 2].map(() => sealToken('shpat_access', place))
    expect(texts[0]).not.toBe(texts[1])
    for (const text of texts) {
      expect(text).not.toContain('shpat')
      expect(openToken(text, place)).toBe('shpat_access')
    }
  })

  test('does not open in another row or column, or with a letter changed', () => {
    const text = sealToken('shpat_access', place)
    const broken = text.slice(0, -3) + (text.at(-3) === 'A' ? 'B' : 'A') + text.slice(-2)
    expect(() => openToken(text, { ...place, id: 'offline_other.myshopify.com' })).toThrow(
      UnreadableToken,
    )
    expect(() => openToken(text, { ...place, column: 'refreshToken' })).toThrow(UnreadableToken)
    expect(() => openToken(broken, place)).toThrow(UnreadableToken)
    expect(() => openToken('sealed1', place)).toThrow(UnreadableToken)
    expect(() => openToken(text.split('.').slice(0, -1).join('.'), place)).toThrow(UnreadableToken)
  })
})

describe('the sessions of Shopify’s library', () => {
  test('are stored without a readable token, and come back whole', async () => {
    await storage.storeSession(session())
    const stored = await row()
    expect(JSON.stringify(stored)).not.toMatch(/shpat|shprt/)
    expect(await storage.loadSession(ID)).toMatchObject({
      accessToken: 'shpat_access',
      refreshToken: 'shprt_refresh',
      scope: 'read_orders',
    })
    expect(await storage.findSessionsByShop(SHOP)).toMatchObject([{ accessToken: 'shpat_access' }])
  })

  test('from before the encryption still read, here and for the workers', async () => {
    const plain = { id: ID, shop: SHOP, state: '', accessToken: 'shpat_plain', refreshToken: null }
    await db.session.create({ data: plain })
    expect(await storage.loadSession(ID)).toMatchObject({ accessToken: 'shpat_plain' })
    expect((await adminFor(SHOP)).shop).toBe(SHOP)
  })

  test('sealed with an older key open, and the next store uses the newer one', async () => {
    await storage.storeSession(session())
    const before = (await row()).accessToken.split('.')[1]
    use(newer, older)
    const loaded = await storage.loadSession(ID)
    expect(loaded?.accessToken).toBe('shpat_access')
    if (loaded) await storage.storeSession(loaded)
    expect((await row()).accessToken.split('.')[1]).not.toBe(before)
    use(newer)
    expect(await storage.loadSession(ID)).toMatchObject({ accessToken: 'shpat_access' })
  })

  test('whose key is gone count as none: the library asks anew, a worker says what to do', async () => {
    await storage.storeSession(session())
    use(newer)
    expect(await storage.loadSession(ID)).toBeUndefined()
    await expect(adminFor(SHOP)).rejects.toThrow(ShopUnreachable)
    await expect(adminFor(SHOP)).rejects.toThrow(/key that is not in TOKEN_KEYS/)
  })
})
