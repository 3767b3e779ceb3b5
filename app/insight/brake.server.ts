/** What Home says of the store-wide brake while it is on. Reads only. */
import type { Shop } from '@prisma/client'
import type { Db } from '../db.server.ts'
import { formatMoment, zoneWord } from './format.ts'

export type BrakePage = {
  since: string
  /** What was seen, as one sentence. */
  because: string
  /** Recoveries that wait for its end. */
  held: number
  /** What is tried next, and when, or why nothing is. */
  next: string
}

/** Null: the shop is not held back. */
export async function brakePage(db: Db, shop: Shop, now: Date): Promise<BrakePage | null> {
  const brake = await db.brake.findFirst({ where: { shop: shop.shop, releasedAt: null } })
  if (!brake) return null
  const held = await db.recoveryCase.count({
    where: { shop: shop.shop, status: 'held', reason: 'brake' },
  })
  const at = (moment: Date) => `${formatMoment(moment, shop, now)} (${zoneWord(shop.zone)})`
  const tried = brake.lastProbeAt
    ? `A payment was last tried ${formatMoment(brake.lastProbeAt, shop, now)}. `
    : ''
  const next = brake.nextProbeAt ? `The next is tried ${at(brake.nextProbeAt)}, if one may be.` : ''
  return {
    since: at(brake.engagedAt),
    because: `${brake.because.charAt(0).toUpperCase()}${brake.because.slice(1)}.`,
    held,
    next: brake.probeNote ? `${brake.probeNote} ${next}` : `${tried}${next}`,
  }
}
