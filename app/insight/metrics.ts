/**
 * What the tiles on Home count. Pure: rows of counts in, figures out.
 * Definitions: dunning practice, section 14; rulings.md 12. One currency at a time, never summed across.
 */

import { addDecimals, divideDecimals, subtractDecimals } from './decimal.ts'

/** How many cases, and how much was frozen at open, share these facts. */
export type CohortRow = {
  currency: string
  /** Null before the first failure was read. */
  lane: string | null
  /** Class of the latest decline; null before the first was read. */
  lastClass: string | null
  status: string
  cases: number
  /** Decimal string, major units. */
  frozen: string
  /** The same, with what shoppers took less of counted as that. */
  taken: string
}

/** Whose side the failure is on: the two smaller groups are shown apart from the rate. */
export type Side = 'payment' | 'shop' | 'paid'

export type Rate = {
  recovered: number
  /** The denominator: every case opened in the cohort, open ones included. */
  opened: number
  stillOpen: number
  /** Share of cases recovered; null when none was opened. */
  byCount: number | null
  /** Share of the money frozen at open; what a shopper left out of an order was not recovered. Null when none was opened. */
  byValue: number | null
}

export type CohortFigures = { currency: string } & Record<Side, Rate>

const OPEN = new Set([
  'open',
  'retrying',
  'awaiting_customer',
  'awaiting_merchant',
  'held',
  'in_doubt',
])

export function isOpen(status: string): boolean {
  return OPEN.has(status)
}

/** Open statuses in SQL's order of asking. */
export const OPEN_STATUSES = [...OPEN]

/**
 * Recovery rates of one cohort: the cases whose anchor fell in one calendar month of the shop's zone.
 * Only `recovered` counts as recovered; skips, cancels and cycles paid some other way do not.
 */
export function cohortFigures(rows: CohortRow[]): CohortFigures[] {
  return byCurrency(rows).map(([currency, own]) => ({
    currency,
    payment: rateOf(own.filter((row) => sideOf(row) === 'payment')),
    shop: rateOf(own.filter((row) => sideOf(row) === 'shop')),
    paid: rateOf(own.filter((row) => sideOf(row) === 'paid')),
  }))
}

export function sideOf({ lane, lastClass }: Pick<CohortRow, 'lane' | 'lastClass'>): Side {
  if (lane === 'MERCHANT' || lane === 'STOCK') return 'shop'
  return lastClass === 'PAID' ? 'paid' : 'payment'
}

function rateOf(rows: CohortRow[]): Rate {
  const recovered = rows.filter((row) => row.status === 'recovered')
  const opened = count(rows)
  return {
    recovered: count(recovered),
    opened,
    stillOpen: count(rows.filter((row) => isOpen(row.status))),
    byCount: opened === 0 ? null : count(recovered) / opened,
    byValue: divideDecimals(sum(recovered, 'taken'), sum(rows)),
  }
}

export type AtRisk = {
  currency: string
  cases: number
  /** Sum of frozen amounts of open cases: before tax. */
  amount: string
  /** The part in cases that wait for the shop's own side. */
  shopCases: number
  shopAmount: string
}

/** "At risk now": open cases of any month. */
export function atRisk(rows: CohortRow[]): AtRisk[] {
  const open = rows.filter((row) => isOpen(row.status))
  return byCurrency(open).map(([currency, own]) => {
    const shop = own.filter((row) => sideOf(row) === 'shop')
    return {
      currency,
      cases: count(own),
      amount: sum(own),
      shopCases: count(shop),
      shopAmount: sum(shop),
    }
  })
}

export type RecoveredRow = {
  /** Of the order; null where Shopify's order was not read. */
  recoveredCurrency: string | null
  /** Of the case. */
  currency: string
  cases: number
  /** How many of them have a known order total. */
  known: number
  /** Sum of the known order totals. */
  total: string
  /** Sum of what was given back of them. */
  refunded: string
}

export type Recovered = {
  currency: string
  cases: number
  unknown: number
  /** Net of `refunded`. */
  total: string
  refunded: string
}

/**
 * Recovered money of one period, each currency by itself, net of refunds, whenever those came. A case without a known total
 * counts, its money does not.
 */
export function recoveredFigures(rows: RecoveredRow[]): Recovered[] {
  const paidIn = rows.map((row) => ({ ...row, currency: row.recoveredCurrency ?? row.currency }))
  return byCurrency(paidIn).map(([currency, own]) => {
    const cases = own.reduce((sum, row) => sum + row.cases, 0)
    const sumOf = (of: 'total' | 'refunded') =>
      own.reduce((sum, row) => addDecimals(sum, row[of]), '0.0000')
    const refunded = sumOf('refunded')
    return {
      currency,
      cases,
      unknown: cases - own.reduce((sum, row) => sum + row.known, 0),
      total: subtractDecimals(sumOf('total'), refunded),
      refunded,
    }
  })
}

function byCurrency<T extends { currency: string }>(rows: T[]): [string, T[]][] {
  const found = new Map<string, T[]>()
  for (const row of rows) found.set(row.currency, [...(found.get(row.currency) ?? []), row])
  return [...found].sort(([left], [right]) => left.localeCompare(right))
}

const count = (rows: CohortRow[]) => rows.reduce((total, row) => total + row.cases, 0)
const sum = (rows: CohortRow[], of: 'frozen' | 'taken' = 'frozen') =>
  rows.reduce((total, row) => addDecimals(total, row[of]), '0.0000')
