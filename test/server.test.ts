/** The web process as an operator meets it: refusals at the start, headers, logs, the end. */
import { spawn } from 'node:child_process'
import { afterAll, describe, expect, test } from 'vitest'
import { launch } from '../scripts/processes.mjs'
import { nodeProgram } from '../scripts/setup.mjs'
import { freshDatabase } from './database.ts'

const database = await freshDatabase()
afterAll(() => database.drop())

const settings = {
  DATABASE_URL: database.url,
  PORT: '0',
  NODE_ENV: 'test',
  LOG_LEVEL: 'info',
  SHOPIFY_API_KEY: 'test-key',
  SHOPIFY_API_SECRET: 'test-secret',
  SHOPIFY_APP_URL: 'http://localhost:3000',
  SCOPES: 'read_orders',
}

/** Starts the web process with just these variables and waits for its end. */
function startAndEnd(env: Record<string, string>, args: string[] = []) {
  return new Promise<{ status: number | null; said: string }>((ended) => {
    const variables: NodeJS.ProcessEnv = { NODE_ENV: 'test', PATH: process.env.PATH, ...env }
    const child = spawn(nodeProgram(), [...args, 'server.ts'], { env: variables })
    let said = ''
    child.stdout.on('data', (text: Buffer) => (said += text))
    child.stderr.on('data', (text: Buffer) => (said += text))
    child.on('close', (status) => ended({ status, said }))
  })
}

describe('the web process refuses to start', () => {
  const { DATABASE_URL: _, ...withoutDatabase } = settings

  test('in production without a database, and says what to do', async () => {
    const { status, said } = await startAndEnd({ ...withoutDatabase, NODE_ENV: 'production' })
    expect(status).toBe(1)
    expect(said).toMatch(
      /^DATABASE_URL is not set\. .*set it to the address of your PostgreSQL.*\n$/,
    )
  })

  test('in production with the sandbox preload', async () => {
    const { status, said } = await startAndEnd({ ...settings, NODE_ENV: 'production' }, [
      '--import',
      './sandbox/register.ts',
    ])
    expect(status).toBe(1)
    expect(said).toMatch(/must not be loaded in production/)
  })

  test('without the secret that webhooks are checked with', async () => {
    const { status, said } = await startAndEnd({ ...settings, SHOPIFY_API_SECRET: '' })
    expect(status).toBe(1)
    expect(said).toMatch(/^SHOPIFY_API_SECRET is not set\./)
  })
})

test('the web process: headers, health without a worker, quiet logs, a clean end', async () => {
  const lines: string[] = []
  const web = launch('web', ['server.ts'], settings, (line) => lines.push(line))
  const url = `http://127.0.0.1:${await web.listening()}`
  const get = (path: string) =>
    fetch(`${url}${path}`, {
      redirect: 'manual',
      headers: { 'user-agent': 'Mozilla/5.0 Chrome/140.0.0.0 Safari/537.36' },
    })

  const landing = await get('/?x=hidden-query')
  expect(landing.status).toBe(200)
  expect(landing.headers.get('x-powered-by')).toBeNull()
  expect(landing.headers.get('x-content-type-options')).toBe('nosniff')
  expect(landing.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  const page = await landing.text()
  expect(page).not.toMatch(/<input/) // no shop-domain field: Reprise installs only from Shopify

  const script = /src="(\/assets\/[^"]+)"|href="(\/assets\/[^"]+\.js)"/.exec(page)
  const asset = await get(script?.[1] ?? script?.[2] ?? '/no-asset-found')
  expect(asset.status).toBe(200)
  expect(asset.headers.get('cache-control')).toMatch(/max-age=31536000, immutable/)

  const fromShopify = await get('/?shop=demo.myshopify.com&host=abc')
  expect(fromShopify.headers.get('location')).toBe('/app?shop=demo.myshopify.com&host=abc')

  expect((await get('/webhooks')).status).toBe(405)
  expect((await get('/auth/login')).status).toBe(401)

  // Webhooks are taken in without a worker, and /health says that nobody works on them.
  const health = await get('/health')
  expect(health.status).toBe(503)
  expect(await health.json()).toMatchObject({
    live: true,
    ready: false,
    pending: 0,
    problems: [expect.stringMatching(/npm run start:worker/)],
  })

  await web.stop()
  expect(await web.ended).toBe('status 0')
  const log = lines.join('\n')
  expect(log).toContain('"path":"/"')
  expect(log).not.toMatch(/hidden-query|host=abc/)
})
