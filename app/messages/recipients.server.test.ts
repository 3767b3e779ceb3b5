import { beforeAll, expect, test } from 'vitest'
import { recipientHash } from './recipients.server.ts'

beforeAll(() => {
  Object.assign(process.env, {
    DATABASE_URL: 'postgresql://nobody@localhost/none',
    SHOPIFY_API_KEY: 'key',
    SHOPIFY_API_SECRET: 'a secret of the tests',
    SHOPIFY_APP_URL: 'https://app.example',
    SCOPES: 'read_customers',
  })
})

test('one mailbox has one hash, however it was typed', () => {
  const hash = recipientHash('mara@example.com')
  expect(hash).toMatch(/^[0-9a-f]{64}$/)
  expect(recipientHash('  Mara@Example.COM\n')).toBe(hash)
})

test('composed and decomposed letters are the same mailbox', () => {
  expect(recipientHash('jos\u00e9@example.com')).toBe(recipientHash('jose\u0301@example.com'))
})

test('two mailboxes have two hashes; tags and dots are left to the provider', () => {
  const hashes = ['mara@example.com', 'mara+coffee@example.com', 'ma.ra@example.com'].map(
    recipientHash,
  )
  expect(new Set(hashes).size).toBe(3)
})
