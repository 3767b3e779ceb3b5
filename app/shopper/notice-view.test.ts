import { describe, expect, test } from 'vitest'
import { type NoticeSnapshot, noticeView } from './notice-view.ts'

const NOW = new Date('2026-11-27T10:00:00Z')

function snapshot(changes: Partial<NoticeSnapshot> = {}): NoticeSnapshot {
  return {
    kind: 'card_expires',
    instrument: 'card',
    methodLabel: 'Visa ···· 4242',
    methodExpiresAt: new Date('2026-11-30T12:00:00Z'),
    productTitle: 'Morning Roast',
    amount: { amount: '24.9', currency: 'EUR' },
    chargeAt: new Date('2026-12-02T08:00:00Z'),
    zone: 'Europe/Berlin',
    locale: 'en',
    shopLocale: 'en',
    shopName: 'Bean & Bloom Coffee',
    contact: 'hello@beanandbloom.example',
    accountUrl: 'https://bean-and-bloom.myshopify.com/account',
    secureMailAt: null,
    canUpdate: true,
    hasStopped: false,
    ...changes,
  }
}

const view = (changes: Partial<NoticeSnapshot> = {}, now = NOW) =>
  noticeView(snapshot(changes), now)

describe('a card that ends before the charge', () => {
  test('is told with both days and one thing to do, and nothing is said to have failed', () => {
    const { title, paragraphs, action } = view()
    const said = [title, ...paragraphs].join(' ')
    expect(said).toContain('Wednesday 2 December')
    expect(said).toContain('Monday 30 November')
    expect(said).not.toMatch(/fail|declin|not gone through|could not/i)
    expect(action).toMatchObject({ press: 'update', label: 'Send me the secure link' })
  })

  test('leads to Shop Pay where that is the method, and nowhere where Shopify has no page', () => {
    expect(view({ instrument: 'shop_pay' }).action?.label).toBe('Update in Shop Pay')
    expect(view({ instrument: 'bank_account' }).action).toBeNull()
  })

  test('says that the secure link is on its way, in place of the button', () => {
    const asked = view({ secureMailAt: NOW })
    expect(asked.action).toBeNull()
    expect(asked.sent).toMatch(/on its way/)
  })
})

test('a renewal says how much, when, and how to change or cancel it', () => {
  const { title, paragraphs, accountUrl } = view({ kind: 'renewal' })
  const said = [title, ...paragraphs].join(' ')
  expect(said).toContain('Wednesday 2 December')
  expect(said).toContain('€24.90')
  expect(said).toMatch(/cancel/)
  expect(accountUrl).toContain('/account')
})

test('whoever said stop, and an order that has been charged, are asked for nothing', () => {
  for (const over of [view({ hasStopped: true }), view({}, new Date('2026-12-02T09:00:00Z'))]) {
    expect(over).toMatchObject({ action: null, canStop: false, sent: null })
  }
})
