import { describe, expect, test } from 'vitest'
import { happenings } from './happenings.js'

const charge = (result: string, more = {}) => ({
  at: '2026-11-12T08:00:00Z',
  key: 'native-7-1',
  by: 'biller',
  amount: '24.90',
  currency: 'EUR',
  cycleIndex: 1,
  result,
  reachedBank: true,
  ...more,
})

const delivery = (what: string, more = {}) => ({
  at: '2026-11-12T08:00:00Z',
  triggeredAt: '2026-11-12T08:00:00Z',
  topic: `subscription_billing_attempts/${what}`,
  state: 'delivered',
  body: { idempotency_key: 'native-7-1' },
  tries: [{ at: '2026-11-12T08:00:02Z', status: 200, ms: 4 }],
  ...more,
})

const told = (world: object) =>
  happenings({ charges: [], flags: [], messages: [], deliveries: [], ...world }).map(
    ({ words, detail }) => `${words} ${detail ?? ''}`,
  )

describe('what happened outside', () => {
  test('a declined charge, then the webhook about it, at the time when the app was told', () => {
    expect(
      told({ charges: [charge('INSUFFICIENT_FUNDS')], deliveries: [delivery('failure')] }),
    ).toEqual([
      'The merchant’s biller tried to charge €24.90; the bank said: insufficient funds. cycle 1',
      'Shopify told the app: a charge failed. webhook answered 200',
    ])
  })

  test('a charge that the shopper confirmed a day later is two lines, a day apart', () => {
    const lines = happenings({
      charges: [charge('paid')],
      flags: [],
      messages: [],
      deliveries: [
        delivery('challenged'),
        delivery('success', { triggeredAt: '2026-11-13T18:00:00Z', tries: [] }),
      ],
    }).filter(({ of }) => of === 'charge')
    expect(lines.map(({ at }) => at)).toEqual(['2026-11-12T08:00:00Z', '2026-11-13T18:00:00Z'])
    expect(lines[0]?.words).toMatch(/wants the shopper to confirm/)
    expect(lines[1]?.words).toMatch(/the bank paid/)
  })

  test('a charge that is still under way is neither paid nor declined', () => {
    expect(told({ charges: [charge('pending')] })[0]).toMatch(/answer is still to come/)
  })

  test('a refusal that never reached the bank is not put in the bank’s mouth', () => {
    const charges = [charge('INSUFFICIENT_INVENTORY', { reachedBank: false })]
    expect(told({ charges })[0]).toMatch(/Shopify said: insufficient inventory/)
  })

  test('a lost webhook says so', () => {
    const deliveries = [delivery('success', { state: 'lost', tries: [] })]
    expect(told({ deliveries })[0]).toMatch(/^Lost on the way to the app: a charge was paid/)
  })

  test('the same webhook twice at one instant is one line', () => {
    expect(told({ deliveries: [delivery('failure'), delivery('failure')] })).toEqual([
      'Shopify told the app: a charge failed, 2 times. webhook answered 200, 200',
    ])
  })
})
