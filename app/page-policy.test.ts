import { describe, expect, test } from 'vitest'
import { isShopDomain, pagePolicy } from './page-policy.ts'

const LIBRARY = 'frame-ancestors https://demo.myshopify.com https://admin.shopify.com;'
const policyOf = (url: string, more: object = {}) =>
  pagePolicy({ url, nonce: 'n0nce', fromLibrary: LIBRARY, appBridgeUrl: null, dev: false, ...more })

describe('who may frame a page', () => {
  test.each([
    ['/app?shop=demo.myshopify.com', 'https://demo.myshopify.com https://admin.shopify.com'],
    ['/app/recoveries', 'https://admin.shopify.com'],
    ['/auth/session-token?shop=evil.example', 'https://admin.shopify.com'],
    ['/auth/session-token?shop=x;script-src%20*', 'https://admin.shopify.com'],
    ['/', "'none'"],
    ['/application', "'none'"],
    ['/r/whatever?shop=demo.myshopify.com', "'none'"],
  ])('%s: %s', (url, expected) => {
    expect(policyOf(url)).toMatch(new RegExp(`frame-ancestors ${expected.replaceAll('.', '\\.')}$`))
  })

  test('a list of the library that holds more than hosts is not taken', () => {
    const policy = policyOf('/app?shop=demo.myshopify.com', {
      fromLibrary: 'frame-ancestors https://x; script-src *',
    })
    expect(policy).toMatch(/frame-ancestors https:\/\/admin\.shopify\.com$/)
    expect(policy).not.toContain('script-src *')
  })
})

test('scripts need the nonce of this answer or come from Shopify; nothing is inline, nothing is evaluated', () => {
  const scripts = /script-src ([^;]*)/.exec(policyOf('/app'))?.[1]
  expect(scripts).toBe("'self' 'nonce-n0nce' https://cdn.shopify.com")
})

test.each([
  ['demo.myshopify.com', true],
  ['a-1.myshopify.com', true],
  ['demo.myshopify.com.evil.example', false],
  ['demo.myshopify.com\r\nx: y', false],
  ['evil.example/demo.myshopify.com', false],
  ['-.myshopify.com', false],
  ['DEMO.myshopify.com', false],
  ['', false],
  [null, false],
])('%j is a shop: %s', (text, expected) => {
  expect(isShopDomain(text)).toBe(expected)
})
