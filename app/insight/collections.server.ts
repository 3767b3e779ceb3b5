/**
 * What is still owed when everything is over, as a file for whoever collects it. The last step of all, and off by
 * default: only debts that the shop's own final action left open, after a last notice that went out.
 */
import type { Prisma, PrismaClient, Shop } from '@prisma/client'
import type { Db } from '../db.server.ts'
import { audit } from '../dunning/audit.server.ts'
import { csvOf } from './csv.ts'
import { plainAmount } from './format.ts'

/** Rows of one file; the newest. More than a person reads, and what a request can carry. */
const MOST_ROWS = 5_000

/** Switches the export on or off. */
export async function allowCollections(
  db: PrismaClient,
  shop: Shop,
  actor: string,
  on: boolean,
  now: Date,
): Promise<void> {
  if (on === shop.collectionsExport) return
  await db.$transaction(async (tx) => {
    await tx.shop.update({ where: { shop: shop.shop }, data: { collectionsExport: on } })
    const action = on ? 'collections.on' : 'collections.off'
    await audit(tx, { shop: shop.shop, actor, action }, now)
  })
}

/** How many cases the file would hold. */
export function countCollections(db: Db, shop: string): Promise<number> {
  return db.recoveryCase.count({ where: stillOwed(shop) })
}

const HEADER = [
  'case',
  'customer_number',
  'customer',
  'product',
  'subscription_number',
  'order_number',
  'amount_before_tax',
  'currency',
  'due_on',
  'first_failed_on',
  'last_notice_on',
  'closed_on',
]

/** The file, with a line on every timeline and one audit row. Null: the merchant has not switched it on. */
export async function exportCollections(
  db: PrismaClient,
  shop: Shop,
  actor: string,
  now: Date,
): Promise<string | null> {
  if (!shop.collectionsExport) return null
  const found = await db.recoveryCase.findMany({
    where: stillOwed(shop.shop),
    include: { messages: { where: LAST_NOTICE, orderBy: { sentAt: 'desc' }, take: 1 } },
    orderBy: { closedAt: 'desc' },
    take: MOST_ROWS,
  })
  await db.$transaction(async (tx) => {
    const ids = found.map(({ id }) => id)
    // Under the lock of the case, which every decision takes first: no number of the timeline is given out twice.
    await tx.$queryRaw`SELECT id FROM "RecoveryCase" WHERE id = ANY (${ids}::uuid[]) ORDER BY id FOR NO KEY UPDATE`
    await tx.$executeRaw`
      INSERT INTO "CaseEvent" ("caseId", seq, type, actor, because, at)
      SELECT c.id, (SELECT coalesce(max(seq), 0) + 1 FROM "CaseEvent" e WHERE e."caseId" = c.id),
             'collections_export', ${actor}, 'exported as still owed, for collection outside Reprise', ${now}
        FROM "RecoveryCase" c WHERE c.id = ANY (${ids}::uuid[])
         AND NOT EXISTS (SELECT FROM "CaseEvent" e WHERE e."caseId" = c.id AND e.type = 'collections_export')`
    const data = { cases: ids.length }
    await audit(tx, { shop: shop.shop, actor, action: 'collections.exported', data }, now)
  })
  const day = (at: Date | null | undefined) => at?.toISOString().slice(0, 10) ?? ''
  return csvOf(
    HEADER,
    found.map((row) => [
      row.id,
      tail(row.customerId),
      row.customerName ?? '',
      row.productTitle ?? '',
      tail(row.contractId),
      tail(row.orderId),
      // What the last notice told: less, where the shopper took less.
      plainAmount({
        amount: (row.smallerAmount ?? row.amount).toString(),
        currency: row.currency,
      }),
      row.currency,
      day(row.expectedAt),
      day(row.anchorAt),
      day(row.messages[0]?.sentAt),
      day(row.closedAt),
    ]),
  )
}

/** A last notice that went out. What was promised in it is kept: nobody is handed on without having heard. */
const LAST_NOTICE: Prisma.MessageWhereInput = {
  template: 'last',
  state: { in: ['sent', 'delivered'] },
}

/**
 * The deadline came, the debt was left open on purpose (not skipped, paused or cancelled), and nobody took it up again.
 * Whose data was erased has no customer any more and is not among them.
 */
function stillOwed(shop: string): Prisma.RecoveryCaseWhereInput {
  return {
    shop,
    status: 'exhausted',
    successorId: null,
    customerId: { not: null },
    recoveredAmount: null,
    messages: { some: LAST_NOTICE },
    actions: {
      none: {
        kind: { in: ['pause', 'skip', 'cancel'] },
        state: { in: ['intended', 'done'] },
        undoneAt: null,
      },
    },
  }
}

/** "gid://shopify/Order/12" → "12". */
const tail = (gid: string | null) => gid?.split('/').at(-1) ?? ''
