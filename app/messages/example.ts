/** Imaginary shoppers for previews, checks and tests. The first: a coffee subscriber in Berlin, short of money. */
import type { NoticeInput } from './render.ts'

export function exampleNotice(changes: Partial<NoticeInput> = {}): NoticeInput {
  return {
    stage: 'first',
    lane: 'FUNDS',
    code: 'INSUFFICIENT_FUNDS',
    instrument: 'card',
    shopName: 'Bean & Bloom Coffee',
    firstName: 'Mara',
    productTitle: 'Morning Roast',
    amount: { amount: '24.90', currency: 'EUR' },
    methodLabel: 'Visa ···· 4242',
    nextTryAt: new Date('2026-11-15T08:30:00Z'),
    deadlineAt: new Date('2026-12-03T08:00:00Z'),
    finalAction: 'pause',
    recovered: changes.stage === 'recovered' ? PAID : null,
    zone: 'Europe/Berlin',
    locale: 'en-DE',
    link: 'https://app.example/r/AbCdEfGhIjKlMnOpQrStUvWxYz0123456789_-AbCdE',
    replyTo: 'hello@beanandbloom.example',
    chargeAt: new Date('2026-12-04T08:00:00Z'),
    methodExpiresAt: new Date('2026-11-30T22:00:00Z'),
    ...changes,
  }
}

const PAID = { total: { amount: '26.63', currency: 'EUR' } }

export type Shopper = {
  key: string
  /** Who it is, in one line. */
  label: string
  changes: Partial<NoticeInput>
}

/** One for each thing that changes the words: reason, instrument, ending, currency, and what is not known. */
export const SHOPPERS: readonly [Shopper, ...Shopper[]] = [
  { key: 'mara', label: 'Mara, Berlin: short of money, Visa', changes: {} },
  {
    key: 'ken',
    label: 'Ken, Tokyo: expired card in Shop Pay',
    changes: {
      lane: 'CARD',
      code: 'EXPIRED_PAYMENT_METHOD',
      instrument: 'shop_pay',
      firstName: 'Ken',
      productTitle: 'Sencha 100 g',
      amount: { amount: '1800', currency: 'JPY' },
      methodLabel: 'Shop Pay Visa ···· 1881',
      nextTryAt: null,
      finalAction: 'skip',
      zone: 'Asia/Tokyo',
    },
  },
  {
    key: 'lea',
    label: 'Léa, Lyon: her bank wants her to confirm',
    changes: {
      lane: 'AUTH',
      code: 'AUTHENTICATION_ERROR',
      firstName: 'Léa',
      methodLabel: 'Mastercard ···· 5100',
      nextTryAt: null,
      finalAction: 'leave',
      zone: 'Europe/Paris',
    },
  },
  {
    key: 'joao',
    label: 'João, São Paulo: PayPal said no, ends with cancelling',
    changes: {
      lane: 'ISSUER',
      code: null,
      instrument: 'paypal',
      firstName: 'João',
      amount: { amount: '149.90', currency: 'BRL' },
      methodLabel: 'PayPal',
      finalAction: 'cancel',
      zone: 'America/Sao_Paulo',
    },
  },
  {
    key: 'sam',
    label: 'Sam, Boston: a card that must not be tried again',
    changes: {
      lane: 'STOP',
      code: null,
      firstName: 'Sam',
      amount: { amount: '32.00', currency: 'USD' },
      nextTryAt: null,
      finalAction: 'unpaid_order',
      zone: 'America/New_York',
    },
  },
  {
    key: 'noor',
    label: 'Noor, Riyadh: a technical failure',
    changes: {
      lane: 'TECH',
      code: null,
      firstName: 'نور',
      amount: { amount: '95.00', currency: 'SAR' },
      zone: 'Asia/Riyadh',
    },
  },
  {
    key: 'nobody',
    label: 'Nobody knows: no name, no product, no method',
    changes: {
      lane: 'UNKNOWN',
      code: null,
      instrument: 'other',
      firstName: null,
      productTitle: null,
      methodLabel: null,
      nextTryAt: null,
      zone: 'Europe/London',
    },
  },
  {
    key: 'long',
    label: 'Everything as long as it can be',
    changes: {
      firstName: 'Maximiliane-Alexandrina Friederike von der Ah',
      productTitle:
        'Single-Origin Ethiopia Yirgacheffe Kochere Natural Anaerobic, whole bean, 1 kg bag',
      amount: { amount: '12345678.90', currency: 'EUR' },
      methodLabel: 'American Express Corporate ···· 1005',
    },
  },
]
