import { describe, expect, test } from 'vitest'
import { atRisk, type CohortRow, cohortFigures, recoveredFigures } from './metrics.ts'
import { monthBefore, monthOf } from './months.ts'

const row = (over: Partial<CohortRow>): CohortRow => ({
  currency: 'EUR',
  lane: 'FUNDS',
  lastClass: 'FUNDS',
  status: 'retrying',
  cases: 1,
  frozen: '10.0000',
  taken: over.frozen ?? '10.0000',
  ...over,
})

describe('the recovery rate of a cohort', () => {
  test('divides by every case opened, open ones included', () => {
    const [euro] = cohortFigures([
      row({ status: 'recovered', cases: 3, frozen: '60.0000' }),
      row({ status: 'retrying', cases: 2, frozen: '20.0000' }),
      row({ status: 'exhausted', cases: 1, frozen: '20.0000' }),
    ])
    expect(euro?.payment).toEqual({
      recovered: 3,
      opened: 6,
      stillOpen: 2,
      byCount: 0.5,
      byValue: 0.6,
    })
  })

  test('counts what a shopper left out of an order as not recovered', () => {
    const [euro] = cohortFigures([
      row({ status: 'recovered', frozen: '40.0000', taken: '10.0000' }),
      row({ status: 'retrying', frozen: '60.0000', taken: '20.0000' }),
    ])
    expect(euro?.payment).toMatchObject({ byCount: 0.5, byValue: 0.1 })
  })

  test('counts a skip, a cancel and a cycle paid another way as not recovered', () => {
    const [euro] = cohortFigures([
      row({ status: 'recovered' }),
      row({ status: 'skipped' }),
      row({ status: 'cancelled' }),
      row({ status: 'paid_elsewhere' }),
    ])
    expect(euro?.payment.byCount).toBe(0.25)
  })

  test('keeps failures on the shop’s side and cycles already paid apart', () => {
    const [euro] = cohortFigures([
      row({ status: 'recovered' }),
      row({ lane: 'STOCK', lastClass: 'MERCHANT', status: 'skipped' }),
      row({ lane: 'MERCHANT', lastClass: 'MERCHANT', status: 'awaiting_merchant' }),
      row({ lastClass: 'PAID', status: 'paid_elsewhere' }),
    ])
    expect([euro?.payment.opened, euro?.shop.opened, euro?.paid.opened]).toEqual([1, 2, 1])
    expect(euro?.payment.byCount).toBe(1)
  })

  test('never adds one currency to another', () => {
    const figures = cohortFigures([
      row({ currency: 'USD', status: 'recovered' }),
      row({ currency: 'EUR', status: 'exhausted' }),
    ])
    expect(figures.map(({ currency, payment }) => [currency, payment.byCount])).toEqual([
      ['EUR', 0],
      ['USD', 1],
    ])
  })

  test('is unknown, not zero, when nothing was opened', () => {
    expect(
      cohortFigures([row({ lane: 'STOCK', status: 'skipped' })])[0]?.payment.byCount,
    ).toBeNull()
    expect(cohortFigures([])).toEqual([])
  })
})

test('at risk is the money frozen in open cases, with the shop’s own side named', () => {
  expect(
    atRisk([
      row({ cases: 2, frozen: '49.8000' }),
      row({ lane: 'STOCK', status: 'awaiting_merchant', frozen: '0.1000' }),
      row({ status: 'recovered', frozen: '1000.0000' }),
    ]),
  ).toEqual([{ currency: 'EUR', cases: 3, amount: '49.9000', shopCases: 1, shopAmount: '0.1000' }])
})

test('recovered money stays in the currency of its order, net of refunds (F9), and an unknown total is counted apart', () => {
  expect(
    recoveredFigures([
      {
        recoveredCurrency: 'EUR',
        currency: 'EUR',
        cases: 2,
        known: 2,
        total: '51.4400',
        refunded: '10.0000',
      },
      {
        recoveredCurrency: null,
        currency: 'EUR',
        cases: 1,
        known: 0,
        total: '0',
        refunded: '0',
      },
      {
        recoveredCurrency: 'USD',
        currency: 'USD',
        cases: 1,
        known: 1,
        total: '9.9900',
        refunded: '0',
      },
    ]),
  ).toEqual([
    { currency: 'EUR', cases: 3, unknown: 1, total: '41.4400', refunded: '10.0000' },
    { currency: 'USD', cases: 1, unknown: 0, total: '9.9900', refunded: '0.0000' },
  ])
})

describe('a month', () => {
  test('runs on the shop’s wall clock, across the change to winter time', () => {
    expect(monthOf(new Date('2026-10-31T23:30:00Z'), 'Europe/Berlin')).toEqual({
      from: new Date('2026-10-31T23:00:00Z'),
      until: new Date('2026-11-30T23:00:00Z'),
    })
    expect(monthBefore(new Date('2026-11-01T00:30:00Z'), 'Europe/Berlin')).toEqual({
      from: new Date('2026-09-30T22:00:00Z'),
      until: new Date('2026-10-31T23:00:00Z'),
    })
  })
})
