import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { caseLink, caseToken, readCaseToken } from './links.server.ts'

const id = '0193f0c2-7a4b-7c1e-9d55-3f1a2b4c5d6e'

beforeAll(() => {
  Object.assign(process.env, {
    DATABASE_URL: 'postgresql://nobody@localhost/none',
    SHOPIFY_API_KEY: 'key',
    SHOPIFY_API_SECRET: 'a secret of the tests',
    SHOPIFY_APP_URL: 'https://app.example/',
    SCOPES: 'read_customers',
  })
})

describe('the link of a case', () => {
  test('leads to the page on our own host and names nobody', () => {
    const link = new URL(caseLink(id, 0))
    expect(link.origin).toBe('https://app.example')
    expect(link.pathname).toMatch(/^\/r\/[A-Za-z0-9_-]{43}$/)
    expect(link.search).toBe('')
  })

  test('is the same every time', () => {
    expect(caseLink(id, 0)).toBe(caseLink(id, 0))
  })

  test('gives its case back', () => {
    expect(readCaseToken(caseToken(id))).toEqual({ caseId: id, turn: 0 })
  })
})

describe('a link of a later turn', () => {
  test('is another link, and says which turn it is of', () => {
    expect(caseLink(id, 1)).not.toBe(caseLink(id, 0))
    expect(caseLink(id, 2)).not.toBe(caseLink(id, 1))
    expect(readCaseToken(caseToken(id, 'case link', 258))).toEqual({ caseId: id, turn: 258 })
  })

  test('is not made of an earlier one', () => {
    const later = Buffer.from(caseToken(id, 'case link', 1), 'base64url')
    later.writeUInt16BE(2, 16)
    expect(readCaseToken(later.toString('base64url'))).toBeNull()
    const first = Buffer.from(caseToken(id), 'base64url')
    const grown = Buffer.concat([first.subarray(0, 16), Buffer.from([0, 1]), first.subarray(16)])
    expect(readCaseToken(grown.toString('base64url'))).toBeNull()
    expect(readCaseToken(caseToken(id, 'unsubscribe', 1))).toBeNull()
  })
})

describe('a token that we did not sign', () => {
  test('is never found by guessing: ten thousand times', () => {
    const known = Buffer.from(caseToken(id), 'base64url').subarray(0, 16)
    for (let i = 0; i < 10_000; i++) {
      // Half of them know the case, and guess its signature only.
      const guessed = i % 2 ? randomBytes(32) : Buffer.concat([known, randomBytes(16)])
      expect(readCaseToken(guessed.toString('base64url'))).toBeNull()
    }
  })

  test('is refused with any one letter changed', () => {
    for (const token of [caseToken(id), caseToken(id, 'case link', 1)])
      for (let at = 0; at < token.length; at++) {
        for (const letter of 'AZaz09_-') {
          if (letter === token[at]) continue
          expect(readCaseToken(token.slice(0, at) + letter + token.slice(at + 1))).toBeNull()
        }
      }
  })

  test('is refused when the signature of another case is put on', () => {
    const other = caseToken('0193f0c2-7a4b-7c1e-9d55-3f1a2b4c5d6f')
    const bytes = Buffer.from(caseToken(id), 'base64url')
    Buffer.from(other, 'base64url').copy(bytes, 16, 16)
    expect(readCaseToken(bytes.toString('base64url'))).toBeNull()
  })

  test.each([
    '',
    'x',
    '../../etc',
    'a'.repeat(43),
    `${'A'.repeat(42)}=`,
    '%00'.repeat(20),
    'ü'.repeat(43),
  ])('is refused: %j', (token) => {
    expect(readCaseToken(token)).toBeNull()
  })
})

test('an id that is no UUID is our own defect', () => {
  expect(() => caseToken('42')).toThrow(/UUID/)
})
