/**
 * Shopify's three compliance topics. Erasing means erasing: after `customers/redact` no row tells who the
 * customer was, after `shop/redact` nothing of the shop is left but the row that says so. Sums stay: a recovered
 * amount without a person behind it is no personal data.
 *
 * When a table is added, `privacy.server.test.ts` scans it too.
 */
import { Prisma } from '@prisma/client'
import { now } from '../clock.server.ts'
import { db, type Tx } from '../db.server.ts'
import { recipientHash } from '../messages/recipients.server.ts'
import { eraseDomain } from '../messages/sender-domain.server.ts'
import { UnreadablePayload } from './unreadable.ts'

type Payload = Record<string, unknown>

/** Days within which a request for data must be answered. Source: Shopify's rules for the compliance topics. */
const ANSWER_DAYS = 30

/** Answers `customers/data_request`: staff get a task that says what Reprise holds. */
export async function recordDataRequest(shop: string, payload: Payload): Promise<void> {
  const { id, gid } = customerOf(payload)
  const cases = await db.recoveryCase.findMany({
    where: { shop, customerId: gid },
    select: { id: true },
    orderBy: { openedAt: 'asc' },
  })
  const messages = await db.message.count({
    where: { shop, OR: [{ customerId: gid }, { caseId: { in: cases.map((found) => found.id) } }] },
  })
  const early = await db.earlyNotice.count({ where: { shop, customerId: gid } })
  const held = [
    cases.length > 0
      ? `${cases.length} recoveries with name, language, payment method label, what was known of the customer as they opened (country, products, tags, orders), timeline and what they answered at the end (${cases.map((found) => `/app/recoveries/${found.id}`).join(', ')})`
      : null,
    early > 0
      ? `${early} notices before a charge, sent or left out, with product, date and payment method label`
      : null,
    messages > 0 ? `the record of ${messages} notices (never their addresses)` : null,
  ].filter((each) => each !== null)
  const says =
    held.length === 0
      ? 'Reprise holds nothing about this customer.'
      : `Reprise holds ${held.join('; ')}.`
  await db.staffTask.createMany({
    data: [
      {
        id: crypto.randomUUID(),
        shop,
        kind: 'data_request',
        subject: requestOf(payload) ?? gid,
        title: `Customer ${id} asked for their data`,
        body: `${says} Send the customer what is held within ${ANSWER_DAYS} days of the request.`,
        createdAt: now(),
        dueAt: new Date(now().getTime() + ANSWER_DAYS * 86_400_000),
      },
    ],
    skipDuplicates: true,
  })
}

/** Answers `customers/redact`. Open cases of the customer end; nobody is left to write to. */
export async function eraseCustomer(
  shop: string,
  payload: Payload,
  webhookRowId: string,
): Promise<void> {
  const { id, gid, email } = customerOf(payload)
  const at = now()
  await db.$transaction(async (tx) => {
    const cases = await tx.recoveryCase.findMany({
      where: { shop, customerId: gid },
      select: { id: true, closedAt: true },
    })
    const ids = cases.map((found) => found.id)
    const inCases = { caseId: { in: ids } }
    await endCases(
      tx,
      cases.filter((found) => found.closedAt === null).map((found) => found.id),
      at,
    )
    const methods = await tx.attempt.findMany({
      where: { ...inCases, methodId: { not: null } },
      select: { methodId: true },
      distinct: ['methodId'],
    })

    const ofCustomer = { shop, OR: [{ customerId: gid }, inCases] }
    // Addresses that the customer had before, which the payload does not know.
    const written = await tx.message.findMany({
      where: { ...ofCustomer, addressHash: { not: null } },
      select: { addressHash: true },
      distinct: ['addressHash'],
    })
    const addresses = written.flatMap(({ addressHash }) => addressHash ?? [])
    await tx.message.deleteMany({ where: ofCustomer })
    await tx.earlyNotice.deleteMany({ where: { shop, customerId: gid } })
    await tx.shopperKey.deleteMany({ where: { shop, customerId: gid } })
    await tx.caseEvent.deleteMany({ where: inCases })
    await tx.staffTask.deleteMany({
      where: { shop, OR: [inCases, { subject: gid }, { title: { contains: `Customer ${id} ` } }] },
    })
    await tx.attempt.updateMany({
      where: inCases,
      data: { methodId: null, methodFingerprint: null },
    })
    await tx.methodBudget.deleteMany({
      where: { shop, methodId: { in: methods.flatMap(({ methodId }) => methodId ?? []) } },
    })
    await tx.suppression.deleteMany({
      where: {
        shop,
        recipient: { in: [gid, ...addresses, ...(email === null ? [] : [recipientHash(email)])] },
      },
    })
    await tx.auditEntry.deleteMany({ where: { shop, target: { in: [gid, ...ids] } } })
    await tx.recoveryCase.updateMany({
      where: { id: { in: ids } },
      data: {
        customerId: null,
        customerName: null,
        customerLocale: null,
        methodId: null,
        methodFingerprint: null,
        methodLabel: null,
        causePrint: null,
        feedback: null,
        feedbackAt: null,
        feedbackNote: null,
        traits: Prisma.DbNull,
        version: { increment: 1 },
      },
    })
    await tx.caseEvent.createMany({
      data: ids.map((caseId) => ({
        caseId,
        seq: 1,
        type: 'erased',
        actor: 'shopify',
        because: 'the customer asked the shop to erase their data; the timeline went with it',
        at,
      })),
    })
    await eraseBodies(tx, shop, id, email)
    await tx.webhookEvent.update({ where: { id: webhookRowId }, data: { body: '{}' } })
  })
}

/**
 * Answers `shop/redact`, 48 hours after an uninstall: everything of the shop goes. `webhookRowId`: the request itself,
 * which is being worked on; null when it never came (retention.server.ts). What SendGrid holds of it is removed
 * afterwards, by `forgetErasedDomains`.
 */
export async function eraseShop(shop: string, webhookRowId: string | null): Promise<void> {
  await db.$transaction(async (tx) => {
    // Children go with their case or sequence; cases go before the sequence versions that they point to.
    await tx.recoveryCase.deleteMany({ where: { shop } })
    await tx.sequence.deleteMany({ where: { shop } })
    await eraseDomain(tx, shop)
    await eraseOtherRows(tx, shop)
    const request = webhookRowId === null ? {} : { id: { not: webhookRowId } }
    await tx.webhookEvent.deleteMany({ where: { shop, ...request } })
    await tx.webhookEvent.updateMany({ where: { shop }, data: { body: '{}' } })
    await tx.shop.update({
      where: { shop },
      data: {
        name: '',
        email: null,
        senderName: null,
        replyTo: null,
        accountPage: null,
        digest: 'off',
        digestNextAt: null,
        alertsTo: null,
        alertsOn: false,
        alertAbove: null,
        stoppedBy: null,
        recoveryStartedAt: null,
        redactedAt: now(),
      },
    })
  })
}

/** Every table that has a shop, also those that are added after this was written. */
async function eraseOtherRows(tx: Tx, shop: string): Promise<void> {
  const tables = await tx.$queryRaw<{ name: string }[]>`
    SELECT c."table_name" AS name
      FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, "table_name")
     WHERE table_schema = current_schema() AND column_name = 'shop' AND table_type = 'BASE TABLE'
       AND "table_name" NOT IN ('Shop', 'WebhookEvent')`
  // The names come from the database's own catalogue, never from a request.
  for (const { name } of tables)
    await tx.$executeRawUnsafe(`DELETE FROM "${name}" WHERE shop = $1`, shop)
}

/** Ends open cases without a word to anyone. The new version makes a worker that is at it start over. */
async function endCases(tx: Tx, ids: string[], at: Date): Promise<void> {
  await tx.recoveryCase.updateMany({
    where: { id: { in: ids } },
    data: {
      status: 'written_off',
      reason: 'erased',
      closedAt: at,
      nextActionAt: null,
      frozenAt: null,
      leaseUntil: null,
      leaseBy: null,
      version: { increment: 1 },
    },
  })
  await tx.stepRun.updateMany({
    where: { caseId: { in: ids }, state: { in: ['scheduled', 'claimed'] } },
    data: { state: 'cancelled', reason: 'the customer’s data was erased', settledAt: at },
  })
}

/**
 * Stored webhook bodies that speak of the customer: the payload's own id and links to it, matched whole, so that
 * customer 12 does not erase customer 123. What was not handled yet has nobody left to act for.
 */
async function eraseBodies(tx: Tx, shop: string, id: string, email: string | null): Promise<void> {
  const speaksOfCustomer = [
    `gid://shopify/Customer/${id}[^0-9]`,
    `"customer_id"[[:space:]]*:[[:space:]]*"?${id}[^0-9]`,
    `"customer"[[:space:]]*:[[:space:]]*[{][^}]*"id"[[:space:]]*:[[:space:]]*"?${id}[^0-9]`,
  ].join('|')
  await tx.$executeRaw`
    UPDATE "WebhookEvent"
       SET "body" = '{}', "flag" = COALESCE("flag", 'erased'), "error" = NULL,
           "state" = 'done', "doneAt" = COALESCE("doneAt", ${now()}), "nextTryAt" = NULL
     WHERE "shop" = ${shop} AND "topic" <> 'customers/redact'
       AND ("body" ~ ${speaksOfCustomer} OR position(lower(${email ?? ''}) IN lower("body")) > 1)`
}

function customerOf(payload: Payload): { id: string; gid: string; email: string | null } {
  const customer = payload.customer as Payload | null | undefined
  const id = String(customer?.id ?? '')
  if (!/^\d{1,40}$/.test(id))
    throw new UnreadablePayload('The payload names no customer: ask Shopify whose data is meant.')
  // PostgreSQL's text holds no NUL, and no address does.
  const email = typeof customer?.email === 'string' ? customer.email.replaceAll('\0', '') : ''
  return { id, gid: `gid://shopify/Customer/${id}`, email: email || null }
}

function requestOf(payload: Payload): string | null {
  const request = payload.data_request as Payload | null | undefined
  const id = String(request?.id ?? '')
  return /^\d{1,40}$/.test(id) ? id : null
}
