/** Shopify's own mail with a link to new payment details, asked for by a press on a signed page. */
import { randomUUID } from 'node:crypto'
import { db } from '../db.server.ts'
import {
  type Admin,
  ShopifyRejected,
  ShopifyUnavailable,
  ShopUnreachable,
} from '../shopify/admin.server.ts'
import { sendUpdateEmail } from '../shopify/payment-methods.server.ts'

/** Hours for which a second press says "already on its way" instead of having Shopify send another mail. Ours. */
export const SECURE_MAIL_HOURS = 24

/** What the press belongs to: a case, whose timeline tells of it, or a notice before a charge. */
export type Owner = { shop: string; customerId: string | null; customerLocale: string | null } & (
  | { caseId: string; correlationId: string }
  | { noticeId: string }
)

/**
 * One a day, however often it is pressed. The row comes before the call: an answer that is lost must not lead to a
 * second mail. `on_its_way`: it was mailed before, or nobody knows. Throws what else went wrong at Shopify.
 */
export async function mailSecureLink(
  admin: Admin,
  methodId: string,
  owner: Owner,
  now: Date,
): Promise<'mailed' | 'on_its_way' | 'refused'> {
  const message = await begin(owner, now)
  if (message === null) return 'on_its_way'
  try {
    const result = await sendUpdateEmail(admin, methodId)
    const because = result.ok
      ? 'Shopify mailed its secure link, asked for by the shopper'
      : `Shopify would not mail its secure link: ${result.message}`
    await settle(owner, message, result.ok ? 'sent' : 'failed', because, now)
    return result.ok ? 'mailed' : 'refused'
  } catch (error) {
    const unsure =
      error instanceof ShopifyUnavailable ? error.mayHaveActed : !isShopifyTrouble(error)
    const because = unsure
      ? 'nobody knows whether Shopify mailed its secure link: the answer was lost'
      : 'Shopify could not be asked for its secure link'
    await settle(owner, message, unsure ? 'uncertain' : 'failed', because, now)
    if (unsure && isShopifyTrouble(error)) return 'on_its_way'
    throw error
  }
}

export function isShopifyTrouble(error: unknown): boolean {
  return (
    error instanceof ShopifyUnavailable ||
    error instanceof ShopUnreachable ||
    error instanceof ShopifyRejected
  )
}

/** Shopify addresses this mail itself; we do not read the address for it. */
const TO_WHOM_SHOPIFY_KNOWS = 'none'

/** The outbox row of a press; null when one is on its way already. */
async function begin(owner: Owner, now: Date): Promise<string | null> {
  const of = 'caseId' in owner ? { caseId: owner.caseId } : { noticeId: owner.noticeId }
  const key = {
    ...of,
    triggerKey: `shopper:update_link:${now.toISOString().slice(0, 10)}`,
    recipientHash: TO_WHOM_SHOPIFY_KNOWS,
    channel: 'email',
  }
  const id = randomUUID()
  const { count } = await db.message.createMany({
    data: {
      ...key,
      id,
      shop: owner.shop,
      customerId: owner.customerId,
      template: 'update_link',
      locale: owner.customerLocale ?? 'en',
      state: 'sending',
      // Shopify's own mail counts like one of ours (dunning-practice, section 9).
      countsTowardCap: true,
      createdAt: now,
    },
    skipDuplicates: true,
  })
  if (count === 1) return id
  // A press that surely came to nothing may be made again the same day; only one presser gets the row.
  const again = await db.message.updateManyAndReturn({
    where: { ...key, state: 'failed' },
    data: { state: 'sending', createdAt: now, reason: null },
  })
  return again[0]?.id ?? null
}

async function settle(
  owner: Owner,
  id: string,
  state: 'sent' | 'failed' | 'uncertain',
  because: string,
  now: Date,
): Promise<void> {
  const settled = db.message.update({
    where: { id },
    data: { state, reason: because, sentAt: state === 'sent' ? now : null },
  })
  if (!('caseId' in owner)) {
    await settled
    return
  }
  const { caseId, correlationId } = owner
  await db.$transaction([
    settled,
    // Waits for whoever writes to this case now, so that two lines never claim one number.
    db.$executeRaw`SELECT FROM "RecoveryCase" WHERE id = ${caseId}::uuid FOR UPDATE`,
    db.$executeRaw`
      INSERT INTO "CaseEvent" ("caseId", seq, type, actor, because, at, "correlationId")
      SELECT ${caseId}::uuid, coalesce(max(seq), 0) + 1, ${`message_${state}`}, 'shopper', ${because}, ${now}, ${correlationId}
        FROM "CaseEvent" WHERE "caseId" = ${caseId}::uuid`,
  ])
}
