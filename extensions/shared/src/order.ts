/** What a smaller order changes about a case. */
import type { Case, Money } from './api.ts'

/** The shopper took something out of this order. */
export function isSmaller({ order }: Case): boolean {
  return order?.lines.some(({ quantity, chosen }) => chosen < quantity) ?? false
}

/** What failed on the first day: the whole order, also when less of it was chosen since. */
export function failedAmount(shown: Case): Money {
  return shown.order && isSmaller(shown) ? shown.order.whole : shown.amount
}
