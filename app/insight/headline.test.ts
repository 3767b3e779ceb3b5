import { describe, expect, test } from 'vitest'
import { type HeadlineFacts, headline } from './headline.ts'

const now = new Date('2026-11-12T09:00:00Z')
const facts = (over: Partial<HeadlineFacts>): HeadlineFacts => ({
  status: 'retrying',
  reason: null,
  deadReason: null,
  customerName: 'Lena Vogt',
  instrument: 'card',
  nextRetryAt: new Date('2026-11-13T08:14:00Z'),
  nextNoticeAt: null,
  deadlineAt: new Date('2026-12-03T08:00:00Z'),
  finalAction: 'pause',
  frozenAt: null,
  closedAt: null,
  recovered: null,
  recoverySource: null,
  stopped: null,
  place: { zone: 'Europe/Berlin', locale: 'en' },
  ...over,
})

describe('the headline of a case', () => {
  test('names the next charge on the shopper’s wall clock, and what the deadline brings', () => {
    const { title, detail } = headline(facts({}), now)
    expect(title).toMatch(/^Next charge on Fri, Nov 13.*9:14.*\(Berlin time\)$/)
    expect(detail).toMatch(/still unpaid on Thursday, December 3, the subscription is paused/)
  })

  test('puts a notice first when it comes before the charge', () => {
    const { title } = headline(facts({ nextNoticeAt: new Date('2026-11-12T12:00:00Z') }), now)
    expect(title).toMatch(/^Lena Vogt gets a notice next/)
  })

  test('an order that waits for its money: nobody is asked for another card', () => {
    const { title, detail } = headline(
      facts({ status: 'awaiting_customer', reason: 'order', nextRetryAt: null }),
      now,
    )
    expect(title).toMatch(/^Waiting for the order/)
    expect(detail).toMatch(/nothing else is charged/)
  })

  test('says why an expired card is left alone', () => {
    const { title, detail } = headline(
      facts({ status: 'awaiting_customer', reason: 'method', nextRetryAt: null }),
      now,
    )
    expect(title).toBe('Waiting for Lena Vogt to update the payment method')
    expect(detail).toMatch(/same details would fail again/)
  })

  test('promises nothing while the shop is stopped', () => {
    const { title } = headline(facts({ stopped: 'The stop switch is on.' }), now)
    expect(title).toBe('Stopped: nothing is charged or sent')
  })

  test('tells an ended case as it ended, also while the shop is stopped', () => {
    const { title, detail } = headline(
      facts({
        status: 'recovered',
        closedAt: new Date('2026-11-16T08:14:00Z'),
        recovered: { amount: '24.9000', currency: 'EUR' },
        recoverySource: 'retry_after_message',
        stopped: 'The stop switch is on.',
      }),
      now,
    )
    expect(title).toMatch(/^Recovered on Mon, Nov 16/)
    expect(detail).toMatch(/€24\.90 was paid, by a retry after a notice/)
  })
})
