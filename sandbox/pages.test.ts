import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Table } from './account/page/protocol.ts'
import { pages } from './pages.ts'

let server: Server
let base: string

beforeAll(async () => {
  server = createServer(async (req, res) => {
    const answered = await pages(req, res, new URL(req.url ?? '/', 'http://sandbox'))
    if (!answered) res.writeHead(404).end('not a page')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => {
  server.close()
})

const get = (path: string, init: RequestInit = {}) => fetch(base + path, init)

describe('the pages of the sandbox', () => {
  test.each([
    ['/', 'A local Shopify to break things in'],
    ['/mailbox', 'Mailbox'],
    ['/mailbox/some-id', 'Mailbox'],
    ['/phone', 'Phone'],
    ['/phone/%2B4917139200001', 'Phone'],
    ['/oracle', 'Money oracle'],
    ['/deliveries', 'Webhook deliveries'],
    ['/challenge/12', 'Your bank'],
    ['/payment-method/abc', 'Payment method'],
    ['/account/1003', 'Stand-in customer account'],
    ['/account/1003/pages/recovery-page', 'Stand-in customer account'],
    ['/store/bean-and-bloom/apps/reprise/app/recoveries/7', 'Stand-in admin'],
  ])('%s shows "%s"', async (path, words) => {
    const response = await get(path)
    expect(response.headers.get('content-type')).toMatch(/^text\/html/)
    expect(await response.text()).toContain(words)
  })

  test('every script and style that a document asks for is served', async () => {
    const documents = [
      '/',
      '/mailbox',
      '/phone',
      '/oracle',
      '/deliveries',
      '/challenge/1',
      '/store/a/apps/b',
      '/account/1',
    ]
    for (const path of [...documents, '/payment-method/1']) {
      const html = await (await get(path)).text()
      const parts = [...html.matchAll(/(?:src|href)="(\/[a-z-]+\/[a-z-]+\.\w+)"/g)]
      expect(parts.length).toBeGreaterThan(1)
      for (const [, part] of parts) expect((await get(part ?? '')).status, part).toBe(200)
    }
  })

  test('App Bridge is where the app is told to look for it', async () => {
    const response = await get('/app-bridge.js')
    expect(response.headers.get('content-type')).toMatch(/^text\/javascript/)
  })

  test('the short way to the admin opens the demo shop', async () => {
    const response = await get('/admin', { redirect: 'manual' })
    expect(response.headers.get('location')).toBe('/store/bean-and-bloom/apps/reprise/app')
  })

  test('the table of elements is what the types of @shopify/ui-extensions hold', async () => {
    const table = (await (await get('/account-parts/elements.json')).json()) as Table
    expect(Object.keys(table).length).toBeGreaterThanOrEqual(70)
    expect(table['s-button']).toEqual({
      events: ['click'],
      methods: [],
      props: expect.objectContaining({
        disabled: { kind: 'boolean' },
        variant: { kind: 'string', words: ['auto', 'primary', 'secondary'] },
      }),
    })
    expect(table['s-choice-list']?.props.values).toEqual({ kind: 'array' })
    expect(table['s-modal']?.methods).toContain('hideOverlay')
    expect(table).not.toHaveProperty('div')
  })

  test.each([
    '/extension-bundles/..%2fshared.js',
    '/account-parts/../pages.ts',
    '/account-parts/worker.ts',
    '/pages.ts',
    '/front-page/front-page.html.bak',
    '/front-page/..%2fpages.ts',
    '/page-parts/..%2f..%2f.env',
    '/start.mjs',
  ])('%s stays unanswered', async (path) => {
    expect((await get(path)).status).toBe(404)
  })

  test('nothing is changed through a page: only GET and HEAD are answered', async () => {
    expect((await get('/', { method: 'POST' })).status).toBe(404)
  })
})
