/** What a chaos run is asked for. */

export type ChaosOptions = {
  /** Everything that is drawn comes from it. */
  seed: number
  /** Failed renewals at least. */
  cases: number
  /** Days of world time. */
  days: number
  /** Hours of world time that the calendar jumps at once. */
  hop: number
  /** Times that a worker is killed with signal 9. */
  kills: number
  /** Times that the database is stopped and started again. */
  restarts: number
  workers: number
  /** How often each of these goes wrong: requests to Shopify, webhooks, mails. A part of one. */
  faults: number
}

/** The full form, as promised. */
export const FULL: ChaosOptions = {
  seed: 20261122,
  cases: 10_000,
  days: 60,
  hop: 1,
  kills: 200,
  restarts: 10,
  workers: 3,
  faults: 0.05,
}

/** Monday, 9 November 2026, 08:00 in Berlin: where every world of ours begins. */
export const BEGINS = Date.parse('2026-11-09T07:00:00Z')

export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS

/** Hours at the end in which nothing goes wrong any more. A held or late webhook comes within a day. */
export const CALM_HOURS = 30
