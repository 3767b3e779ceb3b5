/**
 * Cases that were given up after repeated errors: staff are told once, and a person, or an access that came back, has
 * them driven again.
 */
import { randomUUID } from 'node:crypto'
import { pool } from '../db.server.ts'
import { count } from '../metrics.server.ts'

/** How the reason of a case begins that failed because Shopify would not let us in: the error's own name. */
const NO_ACCESS = 'ShopUnreachable:'

/** Tells staff, if this case was just set aside. */
export async function tellIfSetAside(caseId: string, at: Date): Promise<void> {
  const { rowCount } = await pool.query({
    name: 'tell-set-aside',
    text: `INSERT INTO "StaffTask" (id, shop, "caseId", kind, title, body, "createdAt", subject)
           SELECT $2, shop, id, 'case_set_aside', 'A recovery was set aside after repeated errors',
                  'Nothing is charged or sent for it. Put the cause right, then press “Drive again” on its page. The reason: '
                    || "deadReason", $3, id::text
             FROM "RecoveryCase" WHERE id = $1 AND "deadReason" IS NOT NULL AND "closedAt" IS NULL
           ON CONFLICT DO NOTHING`,
    values: [caseId, randomUUID(), at],
  })
  if (rowCount) count('cases_set_aside_total')
}

/** Staff have a case that was set aside tried again at once, its errors forgotten. False: there is none to drive. */
export async function driveCaseAgain(
  shop: string,
  caseId: string,
  actor: string,
  at: Date,
): Promise<boolean> {
  const driven = await wake(shop, caseId, '', actor, 'driven again after it had been set aside', at)
  return driven > 0
}

/** The shop lets us in again: what was set aside because it did not is driven again. Answers how many cases. */
export async function driveAgainWithAccess(shop: string, at: Date): Promise<number> {
  return wake(
    shop,
    null,
    NO_ACCESS,
    'engine',
    'driven again: the app has access to the shop again',
    at,
  )
}

/** Case, task, timeline and audit row in one statement. */
async function wake(
  shop: string,
  caseId: string | null,
  reason: string,
  actor: string,
  because: string,
  at: Date,
): Promise<number> {
  const { rowCount } = await pool.query({
    name: 'drive-again',
    text: `WITH woken AS (
             UPDATE "RecoveryCase" SET "deadReason" = NULL, tries = 0, "nextActionAt" = $6, "leaseUntil" = NULL,
                    "leaseBy" = NULL
              WHERE shop = $1 AND ($2::uuid IS NULL OR id = $2) AND "deadReason" IS NOT NULL
                AND starts_with("deadReason", $3) AND "closedAt" IS NULL
             RETURNING id
           ), told AS (
             UPDATE "StaffTask" t SET "doneAt" = $6, "doneBy" = $4 FROM woken
              WHERE t.shop = $1 AND t.kind = 'case_set_aside' AND t.subject = woken.id::text AND t."doneAt" IS NULL
           ), timeline AS (
             INSERT INTO "CaseEvent" ("caseId", seq, type, actor, because, at)
             SELECT id, (SELECT coalesce(max(seq), 0) + 1 FROM "CaseEvent" e WHERE e."caseId" = woken.id), 'driven_again',
                    $4, $5, $6 FROM woken
           ), audited AS (
             INSERT INTO "AuditEntry" (id, shop, actor, action, target, at)
             SELECT gen_random_uuid(), $1, $4, 'case.driven_again', id::text, $6 FROM woken
           )
           SELECT id FROM woken`,
    values: [shop, caseId, reason, actor, because, at],
  })
  return rowCount ?? 0
}
