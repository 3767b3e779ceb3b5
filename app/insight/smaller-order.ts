/** What a shopper takes of one order, as staff read it. Pure. */
import type { SmallerOrder } from '../dunning/types.ts'
import { formatMoney, type Place } from './format.ts'

type Chosen = {
  /** As the engine keeps them; null: the whole order. */
  smallerLines: unknown
  /** Before tax. */
  smallerAmount: { toString(): string } | null
  currency: string
  status: string
  closedAt: Date | null
}

/** Beside what is unpaid; nothing where the whole order is due, or the case ended without less being paid. */
export function smallerOrder(found: Chosen, place: Pick<Place, 'locale'>) {
  const { smallerLines, smallerAmount, currency, status, closedAt } = found
  if (!smallerAmount || (closedAt && status !== 'recovered')) return []
  // Only `chosen-lines.ts` and Shopify's answer make them.
  const lines = (smallerLines ?? []) as SmallerOrder['lines']
  const taken = lines.filter(({ quantity }) => quantity > 0)
  const out = lines.filter(({ quantity }) => quantity === 0)
  const sum = formatMoney({ amount: smallerAmount.toString(), currency }, place)
  // Titles have commas of their own, and a number stays with what it counts.
  const order = taken.map(({ title, quantity }) => `${quantity}\u00a0× ${title}`).join('; ')
  const without = out.map(({ title }) => title).join('; ')
  return [
    {
      term: closedAt ? 'Shopper took less' : 'Shopper takes less',
      text: `${sum} before tax, for this order only: ${order}${without && `. Left out: ${without}`}`,
    },
  ]
}
