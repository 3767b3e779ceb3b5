import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  freshWorld,
  type Made,
  openSandbox,
  plainContract,
  type Received,
  SECRET,
  SHOP,
  type TestSandbox,
} from './test-sandbox.ts'

const FAILURE = 'subscription_billing_attempts/failure'
const SUCCESS = 'subscription_billing_attempts/success'
const AFTER_CHARGE = '2026-11-12T08:01:00Z'

let sandbox: TestSandbox
beforeAll(async () => {
  sandbox = await openSandbox()
})
afterAll(() => sandbox.close())
beforeEach(() => freshWorld(sandbox))

const subscribe = (script: object): Promise<Made> =>
  sandbox.post('contracts', { ...plainContract, card: { script } })
const failing = () => subscribe({ type: 'codes', codes: ['INSUFFICIENT_FUNDS', 'OK'] })
const heard = (topic: string): Received[] =>
  sandbox.app.received.filter(({ headers }) => headers['x-shopify-topic'] === topic)
const deliveries = async (topic: string) =>
  (
    await sandbox.get<{ deliveries: { topic: string; state: string; tries: { at: string }[] }[] }>(
      'deliveries',
    )
  ).deliveries.filter((each) => each.topic === topic)

describe('a delivery', () => {
  test('has Shopify’s headers, a signature over the raw body, and a lower-case code', async () => {
    const { contractId } = await failing()
    await sandbox.post('clock', { to: AFTER_CHARGE })
    const [delivery] = heard(FAILURE)
    expect(delivery?.path).toBe('/webhooks')
    expect(delivery?.headers).toMatchObject({
      'x-shopify-shop-domain': SHOP,
      'x-shopify-api-version': '2026-10',
      'x-shopify-triggered-at': '2026-11-12T08:00:08.000Z',
      'x-shopify-event-id': expect.any(String),
      'x-shopify-webhook-id': expect.any(String),
      'x-shopify-hmac-sha256': createHmac('sha256', SECRET)
        .update(delivery?.body ?? '')
        .digest('base64'),
    })
    expect(JSON.parse(delivery?.body ?? '{}')).toMatchObject({
      admin_graphql_api_subscription_contract_id: contractId,
      error_code: 'insufficient_funds',
      order_id: null,
      ready: true,
    })
  })

  test('that is not answered with 2xx is tried again with the same body and ids', async () => {
    sandbox.app.answers.push(200, 200, 500, 302)
    await failing()
    await sandbox.post('clock', { to: '2026-11-12T09:00:00Z' })
    const tries = heard(FAILURE)
    expect(tries.map(({ at }) => at)).toEqual([
      '2026-11-12T08:00:10.000Z',
      '2026-11-12T08:01:10.000Z',
      '2026-11-12T08:03:10.000Z',
    ])
    expect(new Set(tries.map(({ body }) => body)).size).toBe(1)
    expect(new Set(tries.map(({ headers }) => headers['x-shopify-webhook-id'])).size).toBe(1)
  })

  test('is given up after eight retries within four hours', async () => {
    await failing()
    await sandbox.post('clock', { to: '2026-11-12T08:00:09Z' })
    sandbox.app.answers.push(...Array.from({ length: 20 }, () => 500))
    await sandbox.post('clock', { to: '2026-11-12T20:00:00Z' })
    const [delivery] = await deliveries(FAILURE)
    expect(delivery?.state).toBe('given_up')
    expect(delivery?.tries).toHaveLength(9)
    expect(delivery?.tries.at(-1)?.at).toBe('2026-11-12T12:00:10Z')
  })

  test('goes nowhere once the app is uninstalled, except the uninstall itself and the privacy topics', async () => {
    await sandbox.post(`shops/${SHOP}/uninstall`)
    await failing()
    await sandbox.post('clock', { to: AFTER_CHARGE })
    expect(sandbox.app.received.map(({ headers }) => headers['x-shopify-topic'])).toEqual([
      'app/uninstalled',
      'shop/redact',
    ])
  })
})

describe('a story may want', () => {
  test('a delivery twice: two webhook ids, one event id', async () => {
    await sandbox.post('webhook-policy', { topic: FAILURE, mode: 'twice', times: 1 })
    await failing()
    await sandbox.post('clock', { to: AFTER_CHARGE })
    const ids = (name: string) => new Set(heard(FAILURE).map(({ headers }) => headers[name]))
    expect(heard(FAILURE)).toHaveLength(2)
    expect(ids('x-shopify-event-id').size).toBe(1)
    expect(ids('x-shopify-webhook-id').size).toBe(2)
  })

  test('a delivery late, with the time of the event in its header', async () => {
    await sandbox.post('webhook-policy', { topic: FAILURE, mode: 'late', delay: 'PT20H' })
    await failing()
    await sandbox.post('clock', { to: '2026-11-13T08:00:00Z' })
    expect(heard(FAILURE).map(({ at }) => at)).toEqual(['2026-11-13T04:00:08.000Z'])
    expect(heard(FAILURE)[0]?.headers['x-shopify-triggered-at']).toBe('2026-11-12T08:00:08.000Z')
  })

  test('a delivery lost', async () => {
    await sandbox.post('webhook-policy', { topic: SUCCESS, mode: 'lost', times: 1 })
    await subscribe({ type: 'ok' })
    await sandbox.post('clock', { to: '2026-11-14T08:00:00Z' })
    expect(heard(SUCCESS)).toEqual([])
    expect((await deliveries(SUCCESS)).map(({ state }) => state)).toEqual(['lost'])
  })

  test('a delivery after the one that came later', async () => {
    await sandbox.post('webhook-policy', { topic: FAILURE, mode: 'out_of_order', times: 1 })
    const { contractId } = await failing()
    await sandbox.post('clock', { to: AFTER_CHARGE })
    await sandbox.post(`contracts/${encodeURIComponent(contractId)}/pause`)
    await sandbox.post('clock', { by: 'PT1M' })
    expect(sandbox.app.received.slice(-2).map(({ headers }) => headers['x-shopify-topic'])).toEqual(
      ['subscription_contracts/pause', FAILURE],
    )
  })
})

test('in a lean world of chance deliveries go wrong in every way, and only the acknowledged are remembered', async () => {
  await sandbox.post('reset', { now: '2026-11-09T07:00:00Z', lean: true })
  await sandbox.post('shops', {
    domain: SHOP,
    name: 'Test Shop',
    zone: 'Europe/Berlin',
    currency: 'EUR',
    country: 'DE',
  })
  await sandbox.post('webhook-policy', { topic: '*', mode: 'random', probability: 0.6, seed: 5 })
  const { contractId } = await subscribe({ type: 'ok' })
  for (let turn = 0; turn < 10; turn++)
    for (const what of ['pause', 'activate'])
      await sandbox.post(`contracts/${encodeURIComponent(contractId)}/${what}`)
  await sandbox.post('clock', { by: 'P2D', hop: 'P1D' })
  const { counts, acknowledged } = await sandbox.get<{
    counts: Record<string, number>
    acknowledged: { eventId: string }[]
  }>('deliveries/acknowledged')
  const ids = acknowledged.map(({ eventId }) => eventId)
  expect(counts.lost).toBeGreaterThan(0)
  expect(ids).toHaveLength(counts.delivered ?? 0)
  expect(new Set(ids).size).toBeLessThan(ids.length) // some came twice
  const arrived = sandbox.app.received.map(({ headers }) => headers['x-shopify-triggered-at'])
  expect(arrived).toHaveLength(ids.length)
  expect(await deliveries('subscription_contracts/pause')).toEqual([])
})

describe('a delivery of the tester’s own', () => {
  const custom = { shop: SHOP, topic: FAILURE, body: { id: 1 } }

  test('goes out at once, in copies, and answers the statuses', async () => {
    sandbox.app.answers.push(200, 401)
    const { statuses } = await sandbox.post<{ statuses: number[] }>('webhooks', {
      ...custom,
      copies: 2,
    })
    expect(statuses.toSorted()).toEqual([200, 401])
  })

  test('may be signed badly, not at all, or lack a header', async () => {
    await sandbox.post('webhooks', { ...custom, hmac: 'bad' })
    await sandbox.post('webhooks', {
      ...custom,
      hmac: 'none',
      headers: { 'X-Shopify-Topic': null },
    })
    const [bad, none] = sandbox.app.received
    const good = createHmac('sha256', SECRET).update('{"id":1}').digest('base64')
    expect(bad?.headers['x-shopify-hmac-sha256']).not.toBe(good)
    expect(none?.headers['x-shopify-hmac-sha256']).toBeUndefined()
    expect(none?.headers['x-shopify-topic']).toBeUndefined()
  })
})
