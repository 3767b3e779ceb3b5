import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { freshDatabase } from '../test/database.ts'

const HERE = 'https://reprise.example'

const database = await freshDatabase()
Object.assign(process.env, {
  DATABASE_URL: database.url,
  SHOPIFY_API_KEY: 'test-key',
  SHOPIFY_API_SECRET: 'test-secret',
  SHOPIFY_APP_URL: HERE,
  SCOPES: 'read_orders',
  LOG_LEVEL: 'silent',
})
const { disconnect, pool } = await import('./db.server.ts')
const { env } = await import('./env.server.ts')
const { findPlace, operatorStop } = await import('./place.server.ts')

afterAll(async () => {
  vi.unstubAllEnvs()
  await disconnect()
  await database.drop()
})
beforeEach(() => pool.query('DELETE FROM "Deployment"'))

/** A process starts; why it may not act, or null. */
async function start(
  origin: string,
  { NODE_ENV = 'production', moved = false } = {},
): Promise<string | null> {
  vi.stubEnv('NODE_ENV', NODE_ENV)
  Object.assign(env(), { SHOPIFY_APP_URL: origin, REPRISE_HOST_MOVED: moved })
  await findPlace()
  return operatorStop()
}

describe('S20 a database', () => {
  test('belongs to the address of the first production process, and to all others there', async () => {
    expect(await start(`${HERE}/`)).toBeNull()
    expect(await start(HERE)).toBeNull()
  })

  test('that was copied to another address is not acted upon, in production or development', async () => {
    await start(HERE)
    for (const NODE_ENV of ['production', 'development'])
      expect(await start('https://staging.example', { NODE_ENV })).toMatch(
        /belongs to https:\/\/reprise\.example and this process to https:\/\/staging\.example.*REPRISE_HOST_MOVED=1/,
      )
    expect(await start(HERE)).toBeNull()
  })

  test('that moved is acted upon when the operator says so, and no longer at the old address', async () => {
    await start(HERE)
    expect(await start('https://new.example', { moved: true })).toBeNull()
    expect(await start('https://new.example')).toBeNull()
    expect(await start(HERE)).toMatch(/belongs to https:\/\/new\.example/)
  })

  test('of a developer follows the tunnel, until production takes it', async () => {
    for (const tunnel of ['https://a.trycloudflare.com', 'https://b.trycloudflare.com'])
      expect(await start(tunnel, { NODE_ENV: 'development' })).toBeNull()
    expect(await start(HERE)).toBeNull()
    expect(await start('https://c.trycloudflare.com', { NODE_ENV: 'development' })).not.toBeNull()
  })

  test('is the same for many processes that start at once', async () => {
    await Promise.all(Array.from({ length: 10 }, () => start(HERE)))
    const { rows } = await pool.query('SELECT origin FROM "Deployment"')
    expect(rows).toEqual([{ origin: HERE }])
  })
})

test('a process that cannot ask counts as stopped', async () => {
  await start(HERE)
  const asked = findPlace()
  expect(operatorStop()).toMatch(/does not know yet/)
  await asked
  expect(operatorStop()).toBeNull()
})

test('the operator’s own switch comes first', async () => {
  await start(HERE)
  Object.assign(env(), { REPRISE_STOP: true })
  expect(operatorStop()).toBe('the operator has stopped all recovery')
  Object.assign(env(), { REPRISE_STOP: false })
})
