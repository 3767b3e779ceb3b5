/**
 * Cases that wait for the shop are looked at daily. Some news makes a look worth it sooner: a product is back, a charge
 * passed elsewhere. They are only made due here; a worker claims them, reads the facts and decides, fairly between
 * shops, however many there are.
 */
import { pool } from '../db.server.ts'
import { WOKEN } from './cases.server.ts'
import { CLEARED_BY_A_CHARGE } from './causes.ts'

/** A case that was looked at less than so long ago is not woken by a passing charge. Hours, world time. */
const CALM_HOURS = 1

const WAKE = `
  UPDATE "RecoveryCase" c SET ${WOKEN('$2::timestamptz')}
   WHERE shop = $1 AND status = 'awaiting_merchant' AND "deadReason" IS NULL AND "deadlineAt" > $2`

/** A case of which something was done at Shopify that it could not read. */
export async function wakeCase(caseId: string, now: Date): Promise<void> {
  await pool.query(
    `UPDATE "RecoveryCase" c SET ${WOKEN('$2::timestamptz')} WHERE id = $1 AND "closedAt" IS NULL AND "deadReason" IS NULL`,
    [caseId, now],
  )
}

/** A variant can be sold again: cases that ship it. */
export async function wakeForStock(shop: string, variantId: string, now: Date): Promise<number> {
  const { rowCount } = await pool.query({
    name: 'wake-for-stock',
    text: `${WAKE} AND lane = 'STOCK' AND "variantIds" @> ARRAY[$3]`,
    values: [shop, now, variantId],
  })
  return rowCount ?? 0
}

/** A decline finished this method: the cases that would charge it on their days ask for another one at once. */
export async function wakeForStop(shop: string, methodId: string, now: Date): Promise<void> {
  await pool.query({
    name: 'wake-for-stop',
    text: `UPDATE "RecoveryCase" c SET ${WOKEN('$3::timestamptz')}
            WHERE shop = $1 AND "methodId" = $2 AND "closedAt" IS NULL AND "deadReason" IS NULL AND status <> 'held'
              AND lane IN ('FUNDS', 'ISSUER', 'TECH', 'UNKNOWN', 'AUTH')`,
    values: [shop, methodId, now],
  })
}

/** A charge of this shop passed: cases whose provider may be back. Their next look is a day after their last. */
export async function wakeForProvider(shop: string, now: Date): Promise<number> {
  const { rowCount } = await pool.query({
    name: 'wake-for-provider',
    text: `${WAKE} AND lane = 'MERCHANT' AND "lastCode" = ANY ($3)
             AND "lookAgainAt" < $2::timestamptz + interval '${24 - CALM_HOURS} hours'`,
    values: [shop, now, CLEARED_BY_A_CHARGE],
  })
  return rowCount ?? 0
}
