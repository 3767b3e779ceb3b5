/** An imaginary shopper for previews, checks and tests: a coffee subscriber in Berlin whose card was short of money. */
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
