/** The dated rows of what is looked at by the clock, one for each shop and job, and what a turn of a job is. */
import type { Shop } from '@prisma/client'
import type { Tx } from '../db.server.ts'
import type { Admin } from '../shopify/admin.server.ts'

export type LookJob =
  | 'reconcile'
  | 'sweep'
  | 'scan'
  | 'backfill'
  | 'brake'
  | 'versions'
  | 'upcoming'
  | 'notices'
  | 'domain'

/** What one turn is given. */
export type Turn = {
  shop: Shop
  admin: Admin
  /** When this run began; a run may take many turns. */
  startedAt: Date
  /** When the last finished run began; null: this is the first. */
  lastRunAt: Date | null
  /** Where the turn before stopped; null: at the beginning. */
  cursor: string | null
  correlationId: string
  /** Call it before anything that may take long: keeps the claim. */
  stillMine(): Promise<void>
}

/** How a turn ended. */
export type TurnEnd =
  /** The run is finished; the next one comes at its time. */
  | { type: 'done' }
  /** There is more: the next turn follows at once. */
  | { type: 'go_on'; cursor: string }
  /** The run is finished; the next one comes at `at`, or never. */
  | { type: 'next'; at: Date | null }

/** A job runs for shops that have the app and, except for the search at install, have started recovery. */
export const RUNS = `s."uninstalledAt" IS NULL AND (c.job = 'scan' OR s."recoveryStartedAt" IS NOT NULL)`

/**
 * At install, and again after a reinstall: every look is due at once, and what the merchant decided of old failures is
 * asked anew. Cases that are to meet a version, and a domain that is to be checked, are still there.
 */
export async function startClocks(tx: Tx, shop: string, at: Date): Promise<void> {
  await tx.shopClock.deleteMany({ where: { shop, job: { notIn: ['versions', 'domain'] } } })
  await tx.shopClock.createMany({
    data: ['reconcile', 'sweep', 'scan', 'upcoming'].map((job) => ({ shop, job, nextRunAt: at })),
  })
  await tx.backfill.deleteMany({ where: { shop } })
  await tx.oldFailure.updateMany({
    where: { shop, state: { in: ['picked', 'left'] } },
    data: { state: 'found', pickedAt: null },
  })
}
