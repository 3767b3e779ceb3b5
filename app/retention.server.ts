/**
 * How long what is kept, and the job that holds to it; docs/privacy.md says why. World time, because the rows carry it.
 * What is deleted is deleted in portions, so that the first run on an old database locks nothing for long.
 */
import { now, realNow } from './clock.server.ts'
import { db, pool } from './db.server.ts'
import { eraseShop } from './intake/privacy.server.ts'
import { forgetOldWebhookEvents } from './intake/process.server.ts'
import { log } from './log.server.ts'
import { forgetErasedDomains } from './messages/sender-domain.server.ts'

/** Days. A delivery is handled within a day; a week is for finding out what went wrong. Its id stays for 30. */
export const WEBHOOK_BODY_DAYS = 7

/**
 * Days from the end of a case until nobody can tell whose it was. Thirteen months: a bank may ask about a charge for
 * up to 120 days, and a yearly subscriber meets the case again at the next renewal. Sums and reasons stay for reports.
 */
export const CASE_PERSON_DAYS = 395

/** Days. Staff look up who did what within the year; one more for disputes. */
export const AUDIT_DAYS = 730

/** Days after a task was done. Its text may name a customer. */
export const DONE_TASK_DAYS = 90

/** Days. What was told before a charge is remembered as long as a case: a yearly plan meets its next one after a year. */
export const EARLY_NOTICE_DAYS = 395

/** Days. Rows of mail to staff hold no text; the unique row has long done its work. */
export const STAFF_MAIL_DAYS = 90

/** Days. A press that was lost is repeated within minutes; a day is for a phone that was offline. */
export const SHOPPER_KEY_DAYS = 1

/** Days. The budgets of a card look back 35 days at most (dunning/limits.ts). */
export const METHOD_BUDGET_DAYS = 60

/** Days. SendGrid repeats an event for a day or two; soft bounces are counted over the mails of a quarter. */
export const MESSAGE_EVENT_DAYS = 90

/** Days. Shopify asks for the erasure 48 hours after an uninstall; when that was lost, we do it unasked. */
export const UNINSTALLED_SHOP_DAYS = 90

/** Days after the erasure for which the bare domain is kept, so that a late delivery still finds a closed door. */
export const ERASED_SHOP_DAYS = 395

/** Rows of one portion. */
const PORTION = 1_000

export type Forgotten = Record<
  | 'webhookEvents'
  | 'webhookBodies'
  | 'cases'
  | 'earlyNotices'
  | 'auditEntries'
  | 'tasks'
  | 'staffMails'
  | 'methodBudgets'
  | 'shopperKeys'
  | 'messageEvents'
  | 'sessions'
  | 'shops'
  | 'senderDomains',
  number
>

/** Enforces every retention period of docs/privacy.md. Safe to run twice at once, and to be stopped in the middle. */
export async function enforceRetention(): Promise<Forgotten> {
  const at = now()
  const forgotten: Forgotten = {
    webhookEvents: await forgetOldWebhookEvents(),
    webhookBodies: await inPortions(EMPTY_BODIES, daysBefore(at, WEBHOOK_BODY_DAYS)),
    cases: await inPortions(FORGET_PERSONS, daysBefore(at, CASE_PERSON_DAYS)),
    earlyNotices: await inPortions(
      deleteFrom('"EarlyNotice"', 'id', '"createdAt" < $1'),
      daysBefore(at, EARLY_NOTICE_DAYS),
    ),
    auditEntries: await inPortions(
      deleteFrom('"AuditEntry"', 'id', 'at < $1'),
      daysBefore(at, AUDIT_DAYS),
    ),
    tasks: await inPortions(
      deleteFrom('"StaffTask"', 'id', '"doneAt" < $1'),
      daysBefore(at, DONE_TASK_DAYS),
    ),
    staffMails: await inPortions(
      deleteFrom('"StaffMail"', 'id', 'at < $1'),
      daysBefore(at, STAFF_MAIL_DAYS),
    ),
    methodBudgets: await inPortions(
      deleteFrom(
        '"MethodBudget"',
        'ctid',
        '"countedAt" < $1 AND ("stopUntil" IS NULL OR "stopUntil" < $1)',
      ),
      daysBefore(at, METHOD_BUDGET_DAYS),
    ),
    shopperKeys: await inPortions(
      deleteFrom('"ShopperKey"', 'id', 'at < $1'),
      daysBefore(at, SHOPPER_KEY_DAYS),
    ),
    messageEvents: await inPortions(
      deleteFrom('"MessageEvent"', 'id', '"receivedAt" < $1'),
      daysBefore(at, MESSAGE_EVENT_DAYS),
    ),
    // Dead by Shopify's own rule: 90 days after its last use nothing can be done with it.
    sessions: await inPortions(
      deleteFrom('"Session"', 'id', `"refreshTokenExpires" < ($1::timestamptz AT TIME ZONE 'UTC')`),
      realNow(),
    ),
    shops: await forgetShops(at),
    senderDomains: await forgetErasedDomains(),
  }
  const rows = Object.values(forgotten).reduce((sum, count) => sum + count, 0)
  if (rows > 0) log.info({ forgotten }, 'what is past its time was erased')
  return forgotten
}

const EMPTY_BODIES = `
  UPDATE "WebhookEvent" SET body = '{}'
   WHERE id IN (SELECT id FROM "WebhookEvent"
                 WHERE "receivedAt" < $1 AND state = 'done' AND body <> '{}' LIMIT $2)`

/** The case stays with its sums and states. Timeline, notices and staff's tasks speak of a person and go. */
const FORGET_PERSONS = `
  WITH old AS (
    SELECT id FROM "RecoveryCase"
     WHERE "closedAt" < $1 AND "closedAt" IS NOT NULL
       AND ("customerId" IS NOT NULL OR "customerName" IS NOT NULL OR "methodFingerprint" IS NOT NULL
            OR traits IS NOT NULL)
     LIMIT $2 FOR UPDATE SKIP LOCKED
  ), messages AS (DELETE FROM "Message" WHERE "caseId" IN (SELECT id FROM old)
  ), events AS (DELETE FROM "CaseEvent" WHERE "caseId" IN (SELECT id FROM old)
  ), tasks AS (DELETE FROM "StaffTask" WHERE "caseId" IN (SELECT id FROM old)
  ), attempts AS (
    UPDATE "Attempt" SET "methodId" = NULL, "methodFingerprint" = NULL
     WHERE "caseId" IN (SELECT id FROM old)
  )
  UPDATE "RecoveryCase"
     SET "customerId" = NULL, "customerName" = NULL, "customerLocale" = NULL, "methodId" = NULL,
         "methodFingerprint" = NULL, "methodLabel" = NULL, "causePrint" = NULL, "feedbackNote" = NULL, traits = NULL, version = version + 1
   WHERE id IN (SELECT id FROM old)`

function deleteFrom(table: string, key: string, condition: string): string {
  return `DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${table} WHERE ${condition} LIMIT $2)`
}

async function inPortions(text: string, before: Date): Promise<number> {
  let total = 0
  for (;;) {
    const { rowCount } = await pool.query(text, [before, PORTION])
    total += rowCount ?? 0
    if ((rowCount ?? 0) < PORTION) return total
  }
}

/** Shops whose erasure was never asked for, and domains that were erased long ago. */
async function forgetShops(at: Date): Promise<number> {
  const left = await db.shop.findMany({
    where: { redactedAt: null, uninstalledAt: { lt: daysBefore(at, UNINSTALLED_SHOP_DAYS) } },
    select: { shop: true },
  })
  for (const { shop } of left) await eraseShop(shop, null)
  const { count } = await db.shop.deleteMany({
    where: {
      uninstalledAt: { not: null },
      redactedAt: { lt: daysBefore(at, ERASED_SHOP_DAYS) },
      cases: { none: {} },
      sequences: { none: {} },
      tasks: { none: {} },
    },
  })
  return left.length + count
}

function daysBefore(at: Date, days: number): Date {
  return new Date(at.getTime() - days * 86_400_000)
}
