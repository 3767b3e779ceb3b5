/**
 * Ending offers by e-mail: one press, without signing in. Notices about a payment are no offers and go on; who wants none
 * of these either says so on the case's page. Looking does nothing, because mail scanners open every link.
 */
import { randomUUID } from 'node:crypto'
import { now, realNow } from '../clock.server.ts'
import { db } from '../db.server.ts'
import { log } from '../log.server.ts'
import { languageFor } from '../messages/default-templates/languages.ts'
import { directionOf, type LanguageTag, wordsLocale } from '../messages/formats.ts'
import { readCaseToken } from '../messages/links.server.ts'
import { rateLimit } from '../rate-limit.server.ts'
import { plainPage, unsubscribePage } from './document.server.tsx'

/** Per case and web process. Ours. */
const presses = rateLimit({ times: 30, perMs: 10 * 60_000 })

export async function askToUnsubscribe(token: string): Promise<Response> {
  return forCase(token, async (found, recipients) =>
    unsubscribePage(found, (await isUnsubscribed(found, recipients)) ? 'done' : 'ask'),
  )
}

/**
 * A mail program presses by itself, from another site and without cookies: the token alone is the permission. Pressing
 * twice does nothing twice.
 */
export async function unsubscribeByLink(request: Request, token: string): Promise<Response> {
  if (request.method !== 'POST') return plainPage(405)
  if (Number(request.headers.get('content-length') ?? 0) > 1_000) return plainPage(413)
  return forCase(token, async (found, recipients) => {
    await unsubscribe(found, recipients)
    return unsubscribePage(found, 'done')
  })
}

export type Unsubscriber = {
  caseId: string
  shop: string
  customerId: string | null
  shopName: string
  lang: LanguageTag
  dir: 'ltr' | 'rtl'
  /** "Unsubscribe from offers", in their language. */
  label: string
}

async function forCase(
  token: string,
  answer: (found: Unsubscriber, recipients: string[]) => Promise<Response>,
): Promise<Response> {
  const read = readCaseToken(token, 'unsubscribe')
  if (!read) return plainPage(404)
  if (!presses.allows(read.caseId, realNow().getTime())) return plainPage(429)
  try {
    const row = await db.recoveryCase.findUnique({
      where: { id: read.caseId },
      include: { shopRow: true },
    })
    if (!row || row.shopRow.redactedAt) return plainPage(404)
    const { tag } = wordsLocale(row.customerLocale ?? '', row.zone, row.shopRow.locale)
    const found: Unsubscriber = {
      caseId: row.id,
      shop: row.shop,
      customerId: row.customerId,
      shopName: row.shopRow.senderName ?? row.shopRow.name,
      lang: tag,
      dir: directionOf(tag),
      label: languageFor(tag).foot.unsubscribe,
    }
    const recipients = await recipientsOf(found)
    // Forgotten by its time, or erased: to say "done" would be untrue.
    return recipients.length === 0
      ? unsubscribePage(found, 'too_old')
      : await answer(found, recipients)
  } catch (error) {
    log.error({ error }, 'an unsubscription could not be taken')
    return plainPage(503)
  }
}

/** The customer, and every address that mail of this case went to: whichever comes first stops the next offer. */
async function recipientsOf({ caseId, customerId }: Unsubscriber): Promise<string[]> {
  const written = await db.message.findMany({
    where: { caseId, channel: 'email', addressHash: { not: null } },
    select: { addressHash: true },
    distinct: ['addressHash'],
  })
  return [...written.map(({ addressHash }) => addressHash), customerId].filter(
    (one) => one !== null,
  )
}

async function isUnsubscribed({ shop }: Unsubscriber, recipients: string[]): Promise<boolean> {
  const where = { shop, recipient: { in: recipients }, channel: 'offers' }
  return (await db.suppression.count({ where })) > 0
}

async function unsubscribe({ caseId, shop }: Unsubscriber, recipients: string[]): Promise<void> {
  const at = now()
  const reason = 'the shopper unsubscribed from offers'
  const { count } = await db.suppression.createMany({
    data: recipients.map((recipient) => ({
      id: randomUUID(),
      shop,
      recipient,
      channel: 'offers',
      reason,
      at,
    })),
    skipDuplicates: true,
  })
  if (count === 0) return
  await db.$transaction([
    db.$executeRaw`SELECT FROM "RecoveryCase" WHERE id = ${caseId}::uuid FOR UPDATE`,
    db.$executeRaw`
      INSERT INTO "CaseEvent" ("caseId", seq, type, actor, because, at, "correlationId")
      SELECT c.id, (SELECT coalesce(max(seq), 0) + 1 FROM "CaseEvent" e WHERE e."caseId" = c.id), 'offers_ended',
             'shopper', ${`${reason}: no more are sent; notices about the payment go on`}, ${at}, c."correlationId"
        FROM "RecoveryCase" c WHERE c.id = ${caseId}::uuid`,
  ])
}
