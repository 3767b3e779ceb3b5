import { describe, expect, test } from 'vitest'
import { hideFields, hideText } from './log.server.ts'

describe('what a log line may hold', () => {
  test('names, addresses and secrets are hidden by their key, at any depth', () => {
    expect(
      hideFields({
        shop: 'a.myshopify.com',
        customer: { firstName: 'Anna', email: 'anna@example.test', id: 7 },
        session: [{ accessToken: 'abc', refreshToken: 'def', expires: null }],
        address1: 'Main Street 1',
        name: 'Anna Schmidt',
      }),
    ).toEqual({
      shop: 'a.myshopify.com',
      customer: { firstName: '[hidden]', email: '[hidden]', id: 7 },
      session: [{ accessToken: '[hidden]', refreshToken: '[hidden]', expires: null }],
      address1: '[hidden]',
      name: '[hidden]',
    })
  })

  test('what is not there is not called hidden', () => {
    expect(hideFields({ email: null })).toEqual({ email: null })
  })

  test('an error keeps message, stack, code and cause', () => {
    const error = Object.assign(new Error('outer', { cause: new TypeError('inner') }), {
      code: 'E1',
    })
    expect(hideFields({ error })).toMatchObject({
      error: {
        type: 'Error',
        message: 'outer',
        code: 'E1',
        stack: expect.stringContaining('log.server.test.ts'),
        cause: { type: 'TypeError', message: 'inner' },
      },
    })
  })

  test.each([
    ['mail to anna.s+x@shop.example.test bounced', 'mail to [hidden] bounced'],
    ['GET https://x.test/app?id_token=abc&hmac=d failed', 'GET https://x.test/app?[hidden] failed'],
    ['/app?id_token=abc', '/app?[hidden]'],
    [
      'connect postgresql://app:pass@127.0.0.1:5432/app',
      'connect postgresql://[hidden]@127.0.0.1:5432/app',
    ],
    ['at node_modules/@shopify/x/y.mjs:1:2', 'at node_modules/@shopify/x/y.mjs:1:2'],
    ['why was it charged? Because.', 'why was it charged? Because.'],
  ])('%s', (text, safe) => {
    expect(hideText(text)).toBe(safe)
  })
})
