/**
 * Money that is given back after a recovery. It is no exit and opens nothing again: the debt was paid, and what the
 * merchant does afterwards is the merchant's. Figures of recovered money are net of it (dunning-practice 14).
 */
import { now } from '../clock.server.ts'
import { pool } from '../db.server.ts'
import { adminFor } from '../shopify/admin.server.ts'
import { readRefunded } from '../shopify/orders.server.ts'

/** An order of this shop was refunded, in whole or in part. The order is read again: the notice may be old or double. */
export async function noteRefund({
  shop,
  orderId,
  correlationId,
}: {
  shop: string
  orderId: string
  correlationId: string
}): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(
    `SELECT id FROM "RecoveryCase" WHERE shop = $1 AND "orderId" = $2`,
    [shop, orderId],
  )
  const [found] = rows
  if (!found) return // nearly every refund: the order is none of ours
  const refunded = await readRefunded(await adminFor(shop), orderId)
  if (!refunded) return
  await pool.query(
    `WITH changed AS (
       UPDATE "RecoveryCase" SET "refundedAmount" = $2::numeric
        WHERE id = $1 AND coalesce("refundedAmount", 0) <> $2::numeric
       RETURNING id
     )
     INSERT INTO "CaseEvent" ("caseId", seq, type, actor, because, at, "correlationId")
     SELECT id, (SELECT coalesce(max(seq), 0) + 1 FROM "CaseEvent" e WHERE e."caseId" = changed.id), 'order_refunded',
            'shopify', $3, $4, $5 FROM changed`,
    [
      found.id,
      refunded.amount,
      `${refunded.amount} ${refunded.currency} of the order was given back; the case stays as it ended`,
      now(),
      correlationId,
    ],
  )
}
