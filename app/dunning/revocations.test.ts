import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { isBeingReplaced, isUsable, lossOf, REVOCATIONS } from './revocations.ts'
import type { PaymentMethod } from './types.ts'

/** Shopify's published schema. `npm run schema` fetches it; without it this file fails, as it should. */
const schema = readFileSync('.cache/shopify-schema/admin-2026-10.graphql', 'utf8')
const body =
  /^enum CustomerPaymentMethodRevocationReason \{\n([\s\S]*?)^\}/m.exec(schema)?.[1] ?? ''
const reasons = [...body.replace(/"""[\s\S]*?"""/g, '').matchAll(/^ {2}([A-Z][A-Z0-9_]*)/gm)].map(
  (match) => match[1] ?? '',
)

const visa: PaymentMethod = {
  id: 'gid://shopify/CustomerPaymentMethod/a',
  instrument: 'card',
  label: 'Visa ···· 4242',
  fingerprint: 'a 4242 2030-1',
  revokedAt: null,
  revokedReason: null,
  expiresAt: null,
}
const revoked = (revokedReason: string | null): PaymentMethod => ({
  ...visa,
  revokedAt: new Date('2026-11-13T08:00:00Z'),
  revokedReason,
})

describe('F8: every reason for which Shopify revokes a method', () => {
  test('there are 20 of them, and one more is announced', () => {
    expect(reasons).toHaveLength(20)
    expect(Object.keys(REVOCATIONS).sort()).toEqual([...reasons, 'RETRY_DECLINED'].sort())
  })

  test.each(reasons)('%s says whose turn it is, in words that name it', (reason) => {
    expect(isUsable(revoked(reason))).toBe(false)
    const loss = lossOf(revoked(reason))
    expect(isBeingReplaced(revoked(reason))).toBe(reason === 'MERGED')
    if (reason === 'MERGED') expect(loss).toBeNull()
    else expect(loss?.because).toContain(reason)
  })

  test('the gateway’s own trouble is the shop’s, everything else the shopper’s', () => {
    const turnOf = (reason: string) => lossOf(revoked(reason))?.turn ?? 'nobody'
    expect(reasons.filter((reason) => turnOf(reason) === 'shop').sort()).toEqual(
      reasons
        .filter((reason) => /GATEWAY_NOT_ENABLED|_API_|RETURNED_NO_PAYMENT_METHOD/.test(reason))
        .sort(),
    )
    expect(reasons.filter((reason) => turnOf(reason) === 'nobody')).toEqual(['MERGED'])
  })

  test.each([['martian_reason'], [null]])('%s, which nobody knows, asks the shopper', (reason) => {
    expect(lossOf(revoked(reason))).toMatchObject({ turn: 'shopper' })
  })

  test('a PayPal or Shop Pay agreement that is not active cannot be charged either', () => {
    const paypal: PaymentMethod = { ...visa, instrument: 'paypal', isInactive: true }
    expect(isUsable(paypal)).toBe(false)
    expect(lossOf(paypal)).toMatchObject({ turn: 'shopper' })
    expect(lossOf({ ...paypal, isInactive: false })).toBeNull()
  })

  test('no method at all is a loss', () => {
    expect(lossOf(null)).toMatchObject({ turn: 'shopper' })
    expect(isBeingReplaced(null)).toBe(false)
  })
})
