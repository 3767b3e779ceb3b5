/**
 * What each kind of answer means. These run against made-up answers, because the shapes are Shopify's contract; that
 * the app and the sandbox agree on the rest is shown by the scenarios.
 */
import { getGlobalDispatcher, MockAgent, setGlobalDispatcher } from 'undici'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'

const SHOP = 'demo.myshopify.com'
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
const { adminFor, adminWith, ShopifyRejected, ShopUnreachable, waitForCost } = await import(
  './admin.server.ts'
)
const { openToken } = await import('./token-seal.server.ts')
const { createAttempt } = await import('./billing.server.ts')

const before = getGlobalDispatcher()
let network: MockAgent

beforeEach(async () => {
  network = new MockAgent()
  network.disableNetConnect()
  setGlobalDispatcher(network)
  await db.session.deleteMany()
})
afterEach(async () => {
  network.assertNoPendingInterceptors()
  await network.close()
})
afterAll(async () => {
  setGlobalDispatcher(before)
  await disconnect()
  await database.drop()
})

const admin = adminWith(SHOP, 'token')
const graphql = () =>
  network
    .get(`https://${SHOP}`)
    .intercept({ path: '/admin/api/2026-10/graphql.json', method: 'POST' })
const answers = (body: object, status = 200, headers = {}) =>
  void graphql().reply(status, body, {
    headers: { 'content-type': 'application/json', ...headers },
  })
const failsToConnect = (code: string) =>
  void graphql().replyWithError(Object.assign(new Error(code), { code }))
const ask = () => admin.request<{ shop: unknown }>('{ shop { name } }')

const throttled = {
  errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }],
  extensions: {
    cost: {
      requestedQueryCost: 400,
      throttleStatus: { currentlyAvailable: 100, restoreRate: 100 },
    },
  },
}

describe('an answer of the Admin API', () => {
  test('good data', async () => {
    answers({ data: { shop: { name: 'Demo' } } })
    expect(await ask()).toEqual({ shop: { name: 'Demo' } })
  })

  test('protected fields that Shopify held back stay null, and the rest is used', async () => {
    answers({
      data: { shop: { name: 'Demo', email: null } },
      errors: [
        { message: 'not approved', path: ['shop', 'email'], extensions: { code: 'ACCESS_DENIED' } },
      ],
    })
    expect(await ask()).toEqual({ shop: { name: 'Demo', email: null } })
  })

  test('a missing scope is our defect, not missing data', async () => {
    answers({
      data: { shop: null },
      errors: [{ message: 'Access denied', path: ['shop'], extensions: { code: 'ACCESS_DENIED' } }],
    })
    await expect(ask()).rejects.toThrow(ShopifyRejected)
  })

  test('a document that Shopify finds wrong', async () => {
    answers({
      errors: [{ message: "Field 'x' doesn't exist", extensions: { code: 'undefinedField' } }],
    })
    await expect(ask()).rejects.toThrow(/Field 'x' doesn't exist/)
  })

  test('throttled with HTTP 200: surely nothing happened, and the wait follows from the cost', async () => {
    answers(throttled)
    await expect(ask()).rejects.toMatchObject({
      name: 'ShopifyUnavailable',
      mayHaveActed: false,
      retryAfterMs: 3_500,
    })
  })

  test('too many requests', async () => {
    answers({}, 429, { 'retry-after': '2.0' })
    await expect(ask()).rejects.toMatchObject({ mayHaveActed: false, retryAfterMs: 2_000 })
  })

  test.each([500, 502, 503, 504])('%i: Shopify may have acted', async (status) => {
    answers({ errors: 'Internal' }, status)
    await expect(ask()).rejects.toMatchObject({ name: 'ShopifyUnavailable', mayHaveActed: true })
  })

  test('an inner error with HTTP 200: Shopify may have acted', async () => {
    answers({ errors: [{ message: 'boom', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] })
    await expect(ask()).rejects.toMatchObject({ name: 'ShopifyUnavailable', mayHaveActed: true })
  })

  test('an answer that is no JSON', async () => {
    graphql().reply(200, '<html>')
    await expect(ask()).rejects.toMatchObject({ name: 'ShopifyUnavailable', mayHaveActed: true })
  })

  test.each([401, 403, 402, 423, 404])('%i: the shop is out of reach', async (status) => {
    answers({ errors: 'no' }, status)
    await expect(ask()).rejects.toThrow(ShopUnreachable)
  })

  test('a connection that was refused: nothing left this machine', async () => {
    failsToConnect('ECONNREFUSED')
    await expect(ask()).rejects.toMatchObject({ name: 'ShopifyUnavailable', mayHaveActed: false })
  })

  test('a connection that was cut: Shopify may have acted', async () => {
    failsToConnect('ECONNRESET')
    await expect(ask()).rejects.toMatchObject({ name: 'ShopifyUnavailable', mayHaveActed: true })
  })
})

test('without a cost the wait is a plain one', () => {
  expect(waitForCost(undefined)).toBe(5_000)
  expect(waitForCost({ cost: { throttleStatus: { restoreRate: 0 } } })).toBe(5_000)
})

describe('asking for a charge', () => {
  const request = {
    contractId: 'gid://shopify/SubscriptionContract/1',
    cycleIndex: 3,
    key: 'key-1',
    actor: 'PARTNER' as const,
  }
  const create = () => createAttempt(admin, request)
  const payload = (subscriptionBillingAttemptCreate: object | null) =>
    answers({ data: { subscriptionBillingAttemptCreate } })

  test('names the key and the cycle', async () => {
    let sent: { variables?: unknown } = {}
    graphql().reply(200, ({ body }) => {
      sent = JSON.parse(String(body))
      return { data: { subscriptionBillingAttemptCreate: null } }
    })
    await create()
    expect(sent.variables).toMatchObject({
      contractId: request.contractId,
      input: { idempotencyKey: 'key-1', billingCycleSelector: { index: 3 } },
    })
  })

  test('accepted', async () => {
    payload({
      userErrors: [],
      subscriptionBillingAttempt: {
        id: 'gid://shopify/SubscriptionBillingAttempt/1',
        idempotencyKey: 'key-1',
        createdAt: '2026-11-12T08:00:00Z',
        completedAt: null,
        originTime: null,
        state: { __typename: 'SubscriptionBillingAttemptPendingState' },
      },
    })
    expect(await create()).toMatchObject({
      type: 'accepted',
      attempt: {
        shopifyId: 'gid://shopify/SubscriptionBillingAttempt/1',
        outcome: { type: 'pending' },
      },
    })
  })

  test('refused, with its code', async () => {
    payload({
      subscriptionBillingAttempt: null,
      userErrors: [{ code: 'CONTRACT_PAUSED', message: 'Contract is paused' }],
    })
    expect(await create()).toEqual({
      type: 'refused',
      code: 'CONTRACT_PAUSED',
      message: 'Contract is paused',
    })
  })

  test('the refusal THROTTLED is not the throttling of requests', async () => {
    payload({
      subscriptionBillingAttempt: null,
      userErrors: [{ code: 'THROTTLED', message: 'later' }],
    })
    expect(await create()).toMatchObject({ type: 'refused', code: 'THROTTLED' })
    answers(throttled)
    expect(await create()).toMatchObject({ type: 'not_accepted', retryAfterMs: 3_500 })
  })

  test('an outage leaves it unknown, a refused connection does not', async () => {
    answers({}, 500)
    expect(await create()).toMatchObject({ type: 'unknown' })
    failsToConnect('ECONNRESET')
    expect(await create()).toMatchObject({ type: 'unknown' })
    failsToConnect('ECONNREFUSED')
    expect(await create()).toMatchObject({ type: 'not_accepted' })
  })

  test('neither an attempt nor a reason is unknown too', async () => {
    payload(null)
    expect(await create()).toMatchObject({ type: 'unknown' })
  })
})

describe('the token of a shop', () => {
  const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000)
  const session = (expires: Date | null, refreshToken: string | null = 'refresh-1') =>
    db.session.create({
      data: {
        id: `offline_${SHOP}`,
        shop: SHOP,
        state: '',
        accessToken: 'old',
        expires,
        refreshToken,
      },
    })
  const refreshAnswers = (status: number, body: object) =>
    network
      .get(`https://${SHOP}`)
      .intercept({ path: '/admin/oauth/access_token', method: 'POST' })
      .reply(status, body, { headers: { 'content-type': 'application/json' } })
  const tokenUsed = async () => {
    let used: string | undefined
    graphql().reply(200, ({ headers }) => {
      used =
        new Headers(headers as Record<string, string>).get('x-shopify-access-token') ?? undefined
      return { data: {} }
    })
    await (await adminFor(SHOP)).request('{ shop { name } }')
    return used
  }

  test('is used while it lives longer than five minutes', async () => {
    await session(inMinutes(6))
    expect(await tokenUsed()).toBe('old')
  })

  test('is renewed before that, once for twenty who need it, and the pair is kept', async () => {
    await session(inMinutes(4))
    refreshAnswers(200, {
      access_token: 'new',
      scope: 'read_orders',
      expires_in: 3_600,
      refresh_token: 'refresh-2',
      refresh_token_expires_in: 7_776_000,
    })
    await Promise.all(Array.from({ length: 20 }, () => adminFor(SHOP)))
    const row = await db.session.findFirstOrThrow()
    expect(row.scope).toBe('read_orders')
    expect(openToken(row.accessToken, { id: row.id, column: 'accessToken' })).toBe('new')
    expect(openToken(row.refreshToken ?? '', { id: row.id, column: 'refreshToken' })).toBe(
      'refresh-2',
    )
    expect(JSON.stringify(row)).not.toMatch(/"new"|refresh-2/)
    expect(await tokenUsed()).toBe('new')
  })

  test.each([400, 401, 403])(
    'a renewal refused with %i means that the shop is gone',
    async (status) => {
      await session(inMinutes(-1))
      refreshAnswers(status, { error: 'invalid_grant' })
      await expect(adminFor(SHOP)).rejects.toThrow(ShopUnreachable)
    },
  )

  test('a renewal without an answer is only a delay', async () => {
    await session(inMinutes(-1))
    refreshAnswers(502, {})
    await expect(adminFor(SHOP)).rejects.toMatchObject({
      name: 'ShopifyUnavailable',
      mayHaveActed: false,
    })
  })

  test('none, or an emptied one, says that the merchant must open the app', async () => {
    await expect(adminFor(SHOP)).rejects.toThrow(/never opened it/)
    await db.session.create({
      data: { id: `offline_${SHOP}`, shop: SHOP, state: '', accessToken: '' },
    })
    await expect(adminFor(SHOP)).rejects.toThrow(ShopUnreachable)
  })
})
