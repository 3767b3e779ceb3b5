import { describe, expect, test } from 'vitest'
import { chargedWith, knownAs, type MethodNode, paymentMethod } from './methods.ts'

const visa: MethodNode = {
  id: 'gid://shopify/CustomerPaymentMethod/a',
  revokedAt: null,
  revokedReason: null,
  instrument: {
    __typename: 'CustomerCreditCard',
    brand: 'visa',
    lastDigits: '4242',
    expiryMonth: 11,
    expiryYear: 2026,
  },
}
const withInstrument = (instrument: MethodNode['instrument']) =>
  paymentMethod({ ...visa, instrument })

describe('a payment method in our words', () => {
  test('a card: brand, last four, good through its last day', () => {
    expect(paymentMethod(visa)).toMatchObject({
      instrument: 'card',
      label: 'Visa ···· 4242',
      expiresAt: new Date('2026-11-30T23:59:59.999Z'),
    })
  })

  test.each([
    [
      {
        __typename: 'CustomerShopPayAgreement',
        lastDigits: '1',
        expiryMonth: 1,
        expiryYear: 2030,
        inactive: false,
      },
      'shop_pay',
      'Shop Pay ···· 1',
    ],
    [{ __typename: 'CustomerPaypalBillingAgreement', inactive: false }, 'paypal', 'PayPal'],
    [{ __typename: 'BankAccount' }, 'bank_account', 'Bank account'],
    [null, 'other', 'Payment method'],
  ] as const)('%j', (instrument, kind, label) => {
    expect(withInstrument(instrument)).toMatchObject({ instrument: kind, label })
  })

  test.each([
    ['master', 'Mastercard ···· 4242'],
    ['american_express', 'American Express ···· 4242'],
    ['Visa', 'Visa ···· 4242'],
  ])('the brand %s reads as people write it', (brand, label) => {
    if (visa.instrument?.__typename !== 'CustomerCreditCard') throw new Error('a card is expected')
    expect(withInstrument({ ...visa.instrument, brand }).label).toBe(label)
  })

  test('a new number or date under the same id counts as another method', () => {
    if (visa.instrument?.__typename !== 'CustomerCreditCard') throw new Error('a card is expected')
    const before = paymentMethod(visa).fingerprint
    expect(withInstrument({ ...visa.instrument, lastDigits: '1111' }).fingerprint).not.toBe(before)
    expect(withInstrument({ ...visa.instrument, expiryYear: 2030 }).fingerprint).not.toBe(before)
    expect(paymentMethod({ ...visa, revokedAt: '2026-11-01T00:00:00Z' }).fingerprint).toBe(before)
  })

  test('F8: the same digits and date under a new id are another method', () => {
    const again = { ...visa, id: 'gid://shopify/CustomerPaymentMethod/b' }
    expect(paymentMethod(again).fingerprint).not.toBe(paymentMethod(visa).fingerprint)
  })

  test('a PayPal agreement that is dead cannot be charged, and approved again it is another method', () => {
    const paypal = (inactive: boolean) =>
      withInstrument({ __typename: 'CustomerPaypalBillingAgreement', inactive })
    expect(paypal(true)).toMatchObject({ isInactive: true })
    expect(paypal(false)).not.toHaveProperty('isInactive')
    expect(paypal(true).fingerprint).not.toBe(paypal(false).fingerprint)
  })
})

describe('F8: which card an attempt was made with', () => {
  const record = (number: string | null, expirationMonth = 11, expirationYear = 2026) => ({
    __typename: 'CardPaymentDetails',
    number,
    expirationMonth,
    expirationYear,
  })

  test('another number or date than the one saved now: it changed since', () => {
    const present = paymentMethod(visa).fingerprint
    for (const other of [record('•••• 0002'), record('•••• 4242', 11, 2024)]) {
      const made = chargedWith(other, visa)
      expect(made?.methodId).toBeNull()
      expect(made?.fingerprint).not.toBe(present)
    }
  })

  test('a card that was charged before keeps its name; nobody else’s is taken for it', () => {
    const old = { methodId: visa.id, methodFingerprint: paymentMethod(visa).fingerprint }
    const renewed: MethodNode = {
      ...visa,
      instrument: {
        __typename: 'CustomerCreditCard',
        brand: 'visa',
        lastDigits: '1111',
        expiryMonth: 11,
        expiryYear: 2026,
      },
    }
    const made = (number: string) => {
      const other = chargedWith(record(number), renewed)
      if (!other) throw new Error('it is another card')
      return knownAs(other, [{ methodId: null, methodFingerprint: null }, old])
    }
    expect(made('•••• 4242')).toEqual({ methodId: visa.id, fingerprint: old.methodFingerprint })
    expect(made('•••• 0002').methodId).toBeNull()
  })

  test('the same card, or no record to tell by: nothing is claimed', () => {
    expect(chargedWith(record('•••• •••• •••• 4242'), visa)).toBeUndefined()
    expect(chargedWith(record(null), visa)).toBeUndefined()
    expect(chargedWith({ __typename: 'PaypalWalletPaymentDetails' }, visa)).toBeUndefined()
    expect(chargedWith(null, visa)).toBeUndefined()
    expect(chargedWith(record('•••• 4242'), null)).toBeUndefined()
  })
})
