/** What an installation found: cases that stood still because the app was removed. Nothing of them goes on by itself. */
import type { Shop } from '@prisma/client'
import type { Db } from '../db.server.ts'
import { formatMoney } from './format.ts'

export type FrozenCases = {
  count: number
  /** One sum for each currency, never one over currencies. */
  money: string[]
}

/** Null: none is left. */
export async function frozenCases(db: Db, shop: Shop): Promise<FrozenCases | null> {
  const groups = await db.recoveryCase.groupBy({
    by: ['currency'],
    where: { shop: shop.shop, status: 'held', reason: 'uninstalled' },
    _sum: { amount: true },
    _count: { _all: true },
    orderBy: { currency: 'asc' },
  })
  if (groups.length === 0) return null
  return {
    count: groups.reduce((sum, group) => sum + group._count._all, 0),
    money: groups.map(({ currency, _sum }) =>
      formatMoney({ amount: _sum.amount?.toString() ?? '0', currency }, shop),
    ),
  }
}
