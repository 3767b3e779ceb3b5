/** The merchant's word on whether shoppers may take less of one order. */
import type { PrismaClient, Shop } from '@prisma/client'
import { audit } from '../dunning/audit.server.ts'

/** Switches the offer on or off. What was chosen before stays chosen. */
export async function offerSmallerOrders(
  db: PrismaClient,
  shop: Shop,
  actor: string,
  on: boolean,
  now: Date,
): Promise<void> {
  if (on === shop.smallerOrders) return
  await db.$transaction(async (tx) => {
    await tx.shop.update({ where: { shop: shop.shop }, data: { smallerOrders: on } })
    const action = on ? 'smaller_orders.on' : 'smaller_orders.off'
    await audit(tx, { shop: shop.shop, actor, action }, now)
  })
}
