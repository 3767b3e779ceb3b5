import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  freshWorld,
  KEY,
  type Made,
  openSandbox,
  plainContract,
  SECRET,
  SHOP,
  type TestSandbox,
} from './test-sandbox.ts'

let sandbox: TestSandbox
beforeAll(async () => {
  sandbox = await openSandbox()
})
afterAll(() => sandbox.close())
beforeEach(() => freshWorld(sandbox))

const refresh = (refresh_token: string | undefined) =>
  sandbox.exchange({ grant_type: 'refresh_token', refresh_token })

/** Asks for the shop's name with a token; the HTTP status. */
const use = async (token: string | undefined): Promise<number> => {
  const answer = await fetch(`${sandbox.url}/admin/api/2026-10/graphql.json`, {
    method: 'POST',
    headers: { 'x-standin-host': SHOP, 'x-shopify-access-token': token ?? '' },
    body: JSON.stringify({ query: '{ shop { name } }' }),
  })
  await answer.arrayBuffer()
  return answer.status
}

describe('token exchange', () => {
  test('gives an expiring offline token with the scopes of shopify.app.toml', async () => {
    const token = await sandbox.token()
    expect(token).toMatchObject({ expires_in: 3600, refresh_token_expires_in: 7_776_000 })
    expect(token.scope).toContain('write_own_subscription_contracts')
    expect(await use(token.access_token)).toBe(200)
  })

  test('gives a person’s token with who they are, and without a refresh token', async () => {
    const token = await sandbox.token('online')
    expect(token.associated_user).toMatchObject({ id: 42, email_verified: true })
    expect(token.refresh_token).toBeUndefined()
  })

  test('refuses a forged id token and a wrong secret', async () => {
    const forged = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: 'a.b.c',
      requested_token_type: 'urn:shopify:params:oauth:token-type:offline-access-token',
    }
    expect((await sandbox.exchange(forged)).body.error).toBe('invalid_subject_token')
    expect((await sandbox.exchange({ ...forged, client_secret: 'x' })).status).toBe(400)
  })

  test('a made-up token opens nothing', async () => {
    expect(await use('made-up')).toBe(401)
  })
})

describe('refresh', () => {
  test('gives a new pair; the old refresh token works until the new one is used', async () => {
    const first = await sandbox.token()
    const second = await refresh(first.refresh_token)
    expect(await use(second.body.access_token)).toBe(200)
    const again = await refresh(first.refresh_token)
    expect(again.status).toBe(200)
    await refresh(again.body.refresh_token)
    expect((await refresh(first.refresh_token)).body.error).toBe('invalid_grant')
  })

  test('helps after an access token has run out', async () => {
    const token = await sandbox.token()
    await sandbox.post(`shops/${SHOP}/expire-tokens`)
    expect(await use(token.access_token)).toBe(401)
    const { body } = await refresh(token.refresh_token)
    expect(await use(body.access_token)).toBe(200)
  })
})

test('an uninstall ends every token at once', async () => {
  const token = await sandbox.token()
  await sandbox.post(`shops/${SHOP}/uninstall`)
  expect(await use(token.access_token)).toBe(401)
  expect((await refresh(token.refresh_token)).status).toBe(400)
})

describe('the launch address', () => {
  test('is the app’s path with a query signed as the admin signs it', async () => {
    const { url } = await sandbox.get<{ url: string }>(`shops/${SHOP}/launch?path=/app/recoveries`)
    const launched = new URL(url)
    expect(launched.origin).toBe(sandbox.app.url)
    expect(launched.pathname).toBe('/app/recoveries')
    const { hmac, ...rest } = Object.fromEntries(launched.searchParams)
    const text = Object.keys(rest)
      .sort()
      .map((key) => `${key}=${rest[key]}`)
      .join('&')
    expect(hmac).toBe(createHmac('sha256', SECRET).update(text).digest('hex'))
  })

  test('carries an id token for this app and this shop', async () => {
    const { token } = await sandbox.get<{ token: string }>(`shops/${SHOP}/id-token`)
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    expect(claims).toMatchObject({
      aud: KEY,
      dest: `https://${SHOP}`,
      iss: `https://${SHOP}/admin`,
    })
  })
})

test('a customer account hands its extensions a token about the customer, signed with the app’s secret, for five minutes', async () => {
  const { customerId } = (await sandbox.control(
    'POST',
    '/control/contracts',
    plainContract,
  )) as Made
  const path = `/control/account/${customerId.split('/').at(-1)}/session-token`
  const { token } = (await (await fetch(sandbox.url + path)).json()) as { token: string }
  const [head, body, signature] = token.split('.')
  expect(signature).toBe(createHmac('sha256', SECRET).update(`${head}.${body}`).digest('base64url'))
  const claims = JSON.parse(Buffer.from(body ?? '', 'base64url').toString())
  expect(claims).toMatchObject({ dest: SHOP, aud: KEY, sub: customerId })
  expect(claims.exp - claims.iat).toBe(300)
  expect(claims.nbf).toBe(claims.iat)
})
