/**
 * What became of a webhook after it was stored: a worker claims its row, and the topic decides who looks. The
 * payload is taken as a hint that something changed; the facts are read again from Shopify, since deliveries come
 * twice, late, out of order and always with the body of their first try.
 */
import type { Shop, WebhookEvent } from '@prisma/client'
import { now, realNow } from '../clock.server.ts'
import { db, pool } from '../db.server.ts'
import { noteSuccess } from '../dunning/brake.server.ts'
import {
  freezeShop,
  lookAtAttempt,
  lookAtContract,
  lookAtOrder,
  lookAtPaymentMethod,
} from '../dunning/handle-event.server.ts'
import { noteRefund } from '../dunning/refunds.server.ts'
import { shopsOf } from '../dunning/sweep.server.ts'
import { wakeForProvider, wakeForStock } from '../dunning/wake.server.ts'
import { log } from '../log.server.ts'
import { forgetErasedDomains } from '../messages/sender-domain.server.ts'
import { count } from '../metrics.server.ts'
import { ShopifyUnavailable } from '../shopify/admin.server.ts'
import { eraseCustomer, eraseShop, recordDataRequest } from './privacy.server.ts'
import { updateScopes } from './scopes.server.ts'
import { isKnownTopic, type Topic } from './topics.ts'
import { UnreadablePayload } from './unreadable.ts'

/** How long a worker may work on one event before another may take it. Real milliseconds. */
export const LEASE_MS = 30_000

/**
 * Waits between tries of a failing event. Minutes of world time. Eight tries within a day, so that an outage of
 * Shopify or of ours over a night loses nothing; then the event is dead and shown to staff.
 */
const RETRY_MINUTES = [0.5, 2, 8, 30, 120, 360, 720]
export const MAX_TRIES = RETRY_MINUTES.length + 1

/**
 * How long an event id is remembered so that a redelivery is dropped. Days.
 *
 * Shopify redelivers up to 8 times over 4 hours, always with the original payload, and deliveries can be a day
 * late; thirty days also cover a reinstall. rulings.md 3.
 */
export const WEBHOOK_EVENT_DAYS = 30

/** Of what may be claimed at once, so much may be one shop's: part of the whole. */
const SHARE_OF_ONE_SHOP = 0.5

/** $1 world time, $2 lease until, $3 by whom, $4 real time, $5 at once, $6 of one shop. As cases are claimed. */
export const CLAIM_WEBHOOK_EVENTS = `
  WITH RECURSIVE ${shopsOf('WebhookEvent', `state IN ('received', 'failed')`)}, held AS (
    SELECT shop, count(*)::int AS events FROM "WebhookEvent"
     WHERE "leaseUntil" >= $4 AND state IN ('received', 'failed') GROUP BY shop
  ), waiting AS MATERIALIZED (
    SELECT s.shop, coalesce(h.events, 0) AS held FROM shops s LEFT JOIN held h USING (shop)
     WHERE coalesce(h.events, 0) < $6::int
       AND EXISTS (SELECT FROM "WebhookEvent" e
                    WHERE e.shop = s.shop AND e.state IN ('received', 'failed') AND e."nextTryAt" <= $1)
  ), room AS (
    SELECT greatest(0, $5::int - (SELECT coalesce(sum(events), 0) FROM held)) AS events,
           (SELECT greatest(1, count(*)) FROM waiting) AS shops
  ), turns AS MATERIALIZED (
    SELECT due.id, due."nextTryAt", w.held + row_number() OVER (PARTITION BY w.shop ORDER BY due."nextTryAt", due."receivedAt") AS turn
      FROM waiting w CROSS JOIN room CROSS JOIN LATERAL (
        SELECT e.id, e."nextTryAt", e."receivedAt" FROM "WebhookEvent" e
         WHERE e.shop = w.shop AND e.state IN ('received', 'failed') AND e."nextTryAt" <= $1
           AND (e."leaseUntil" IS NULL OR e."leaseUntil" < $4)
         ORDER BY e."nextTryAt"
         LIMIT greatest(0, least($6::int - w.held, (room.events + room.shops - 1) / room.shops))) AS due
     ORDER BY turn, due."nextTryAt"
     LIMIT (SELECT events FROM room)
  ), free AS MATERIALIZED (
    SELECT e.id FROM "WebhookEvent" e WHERE e.id = ANY (ARRAY(SELECT id FROM turns))
       AND e.state IN ('received', 'failed') AND e."nextTryAt" <= $1 AND (e."leaseUntil" IS NULL OR e."leaseUntil" < $4)
       FOR UPDATE SKIP LOCKED
  )
  UPDATE "WebhookEvent" e SET "leaseUntil" = $2, "leaseBy" = $3 WHERE e.id = ANY (ARRAY(SELECT id FROM free))
  RETURNING e.*, (SELECT turn::int FROM turns WHERE turns.id = e.id) AS turn`

/**
 * Takes what is due under a lease, shop after shop and each shop's oldest first. `atOnce` counts what all workers
 * hold. Several workers never get the same row.
 */
export async function claimWebhookEvents(atOnce: number, worker: string): Promise<WebhookEvent[]> {
  const realAt = realNow()
  const { rows } = await pool.query<WebhookEvent & { turn: number }>({
    name: 'claim-webhook-events',
    text: CLAIM_WEBHOOK_EVENTS,
    values: [
      now(),
      new Date(realAt.getTime() + LEASE_MS),
      worker,
      realAt,
      atOnce,
      Math.max(1, Math.ceil(atOnce * SHARE_OF_ONE_SHOP)),
    ],
  })
  return rows
    .sort((a, b) => a.turn - b.turn || a.receivedAt.getTime() - b.receivedAt.getTime())
    .map(({ turn: _, ...event }) => event)
}

/** Handles one claimed event. Never throws: a bad row must not stop the others. */
export async function processWebhookEvent(row: WebhookEvent): Promise<void> {
  // Claimed twice because a queue was slow, and finished in between.
  if (row.state !== 'received' && row.state !== 'failed') return
  const logged = log.child({ correlationId: row.correlationId, shop: row.shop, topic: row.topic })
  try {
    await settle(row, await handle(row))
  } catch (error) {
    logged.error({ error, tries: row.tries + 1 }, 'a webhook could not be handled')
    await recordFailure(row, error).catch((second: unknown) =>
      // The lease runs out and the event is claimed again.
      logged.error({ error: second }, 'the failure could not be recorded either'),
    )
  }
}

/** Forgets finished events after thirty days. Answers how many. */
export async function forgetOldWebhookEvents(): Promise<number> {
  const before = new Date(now().getTime() - WEBHOOK_EVENT_DAYS * 86_400_000)
  const { count } = await db.webhookEvent.deleteMany({
    where: { receivedAt: { lt: before }, state: { in: ['done', 'dead'] } },
  })
  return count
}

/** How an event ended. A flag says why it had no effect. */
type Outcome = { flag: string | null }
const DONE: Outcome = { flag: null }

type Delivered = { row: WebhookEvent; shop: Shop; payload: Payload }
type Payload = Record<string, unknown>

/** Where each topic goes. TypeScript refuses a topic of shopify.app.toml that has no rule. */
const RULES: Record<Topic, (delivered: Delivered) => Promise<Outcome>> = {
  'subscription_billing_attempts/success': attemptChanged,
  'subscription_billing_attempts/failure': attemptChanged,
  'subscription_billing_attempts/challenged': attemptChanged,
  'subscription_contracts/create': contractChanged,
  'subscription_contracts/update': contractChanged,
  'subscription_contracts/activate': contractChanged,
  'subscription_contracts/pause': contractChanged,
  'subscription_contracts/cancel': contractChanged,
  'subscription_contracts/fail': contractChanged,
  'subscription_contracts/expire': contractChanged,
  'subscription_billing_cycles/skip': cycleChanged,
  'subscription_billing_cycles/unskip': cycleChanged,
  'subscription_billing_cycle_edits/create': cycleChanged,
  'subscription_billing_cycle_edits/update': cycleChanged,
  'subscription_billing_cycle_edits/delete': cycleChanged,
  'customer_payment_methods/create': methodChanged,
  'customer_payment_methods/update': methodChanged,
  'customer_payment_methods/revoke': methodChanged,
  'orders/paid': orderPaid,
  'refunds/create': orderRefunded,
  'variants/in_stock': backInStock,
  'app/uninstalled': uninstalled,
  'app/scopes_update': scopesChanged,
  'customers/data_request': async ({ row, payload }) => {
    await recordDataRequest(row.shop, payload)
    return DONE
  },
  'customers/redact': async ({ row, payload }) => {
    await eraseCustomer(row.shop, payload, row.id)
    return DONE
  },
  'shop/redact': shopRedacted,
}

/** These act after an uninstall too; all others find no token any more. */
const ACTS_AFTER_UNINSTALL: readonly string[] = [
  'app/uninstalled',
  'customers/data_request',
  'customers/redact',
  'shop/redact',
]

async function handle(row: WebhookEvent): Promise<Outcome> {
  if (row.flag !== null) return { flag: row.flag }
  if (!isKnownTopic(row.topic)) return { flag: 'unknown topic' }
  const shop = await db.shop.findUnique({ where: { shop: row.shop } })
  if (!shop) return { flag: 'unknown shop' }
  if (shop.uninstalledAt && !ACTS_AFTER_UNINSTALL.includes(row.topic))
    return { flag: 'the shop has uninstalled Reprise' }
  return RULES[row.topic]({ row, shop, payload: JSON.parse(row.body) as Payload })
}

async function attemptChanged({ row, payload }: Delivered): Promise<Outcome> {
  const attemptId = gid('SubscriptionBillingAttempt', payload.admin_graphql_api_id ?? payload.id)
  const contractId = contractOf(payload)
  if (attemptId === null || contractId === null) return UNREADABLE
  await lookAtAttempt({ ...origin(row), attemptId, contractId })
  if (row.topic.endsWith('/success')) {
    await noteSuccess(row.shop, now())
    await wakeForProvider(row.shop, now())
  }
  return DONE
}

async function orderPaid({ row, payload }: Delivered): Promise<Outcome> {
  const orderId = gid('Order', payload.admin_graphql_api_id ?? payload.id)
  if (orderId === null) return UNREADABLE
  await lookAtOrder({ ...origin(row), orderId })
  return DONE
}

async function orderRefunded({ row, payload }: Delivered): Promise<Outcome> {
  const orderId = gid('Order', payload.order_id)
  if (orderId === null) return UNREADABLE
  await noteRefund({ ...origin(row), orderId })
  return DONE
}

async function backInStock({ row, payload }: Delivered): Promise<Outcome> {
  const variantId = gid('ProductVariant', payload.admin_graphql_api_id ?? payload.id)
  if (variantId === null) return UNREADABLE
  await wakeForStock(row.shop, variantId, now())
  return DONE
}

async function contractChanged({ row, payload }: Delivered): Promise<Outcome> {
  const contractId = gid('SubscriptionContract', payload.admin_graphql_api_id ?? payload.id)
  if (contractId === null) return UNREADABLE
  await lookAtContract({ ...origin(row), contractId })
  return DONE
}

async function cycleChanged({ row, payload }: Delivered): Promise<Outcome> {
  const contractId = contractOf(payload)
  if (contractId === null) return UNREADABLE
  await lookAtContract({ ...origin(row), contractId })
  return DONE
}

async function methodChanged({ row, payload }: Delivered): Promise<Outcome> {
  const methodId = gid('CustomerPaymentMethod', payload.admin_graphql_api_id ?? payload.token)
  const customerId = gid('Customer', payload.admin_graphql_api_customer_id ?? payload.customer_id)
  if (methodId === null) return UNREADABLE
  const savedAt = row.topic.endsWith('/update') ? row.triggeredAt : null
  await lookAtPaymentMethod({ ...origin(row), methodId, customerId, savedAt })
  return DONE
}

async function uninstalled({ row, shop }: Delivered): Promise<Outcome> {
  if (olderThanInstall(row, shop)) return { flag: 'from before the shop installed again' }
  await markUninstalled(row, shop)
  return DONE
}

async function shopRedacted({ row, shop }: Delivered): Promise<Outcome> {
  if (olderThanInstall(row, shop)) return { flag: 'from before the shop installed again' }
  // Shopify sends it 48 hours after an uninstall; we may have lost the webhook that told us.
  if (!shop.uninstalledAt) await markUninstalled(row, shop)
  await eraseShop(row.shop, row.id)
  await forgetErasedDomains()
  return DONE
}

/** The only payload that is taken at its word: there is nothing to read again, so its age decides. */
async function scopesChanged({ row, payload }: Delivered): Promise<Outcome> {
  const newer = await db.webhookEvent.count({
    where: {
      shop: row.shop,
      topic: row.topic,
      state: 'done',
      triggeredAt: { gt: row.triggeredAt ?? row.receivedAt },
    },
  })
  if (newer > 0) return { flag: 'older than what is known' }
  await updateScopes(row.shop, payload)
  return DONE
}

async function markUninstalled(row: WebhookEvent, shop: Shop): Promise<void> {
  await db.shop.update({
    where: { shop: shop.shop },
    data: { uninstalledAt: shop.uninstalledAt ?? now() },
  })
  await db.session.deleteMany({ where: { shop: shop.shop } }) // the tokens are dead by now
  await freezeShop(origin(row))
}

function olderThanInstall(row: WebhookEvent, shop: Shop): boolean {
  return row.triggeredAt !== null && row.triggeredAt < shop.installedAt
}

const UNREADABLE: Outcome = { flag: 'the payload lacks the ids it should have' }

async function settle(row: WebhookEvent, { flag }: Outcome): Promise<void> {
  const { correlationId, shop, topic } = row
  if (flag !== null) log.warn({ correlationId, shop, topic, flag }, 'webhook had no effect')
  else log.info({ correlationId, shop, topic }, 'webhook handled')
  count('webhooks_handled_total', { result: flag === null ? 'done' : 'without_effect' })
  await db.webhookEvent.updateMany({
    where: { id: row.id, leaseBy: row.leaseBy },
    data: { state: 'done', doneAt: now(), flag, error: null, nextTryAt: null, ...NO_LEASE },
  })
}

const NO_LEASE = { leaseUntil: null, leaseBy: null }

async function recordFailure(row: WebhookEvent, error: unknown): Promise<void> {
  // An outage of Shopify's lasts as long as it lasts: its notices are tried twice a day, and never given up for it.
  const isOutage = error instanceof ShopifyUnavailable
  const tries = isOutage ? Math.min(row.tries + 1, MAX_TRIES - 1) : row.tries + 1
  const minutes = error instanceof UnreadablePayload ? undefined : RETRY_MINUTES[tries - 1]
  const text = (error instanceof Error ? error.message : String(error)).slice(0, 1_000)
  const { count: changed } = await db.webhookEvent.updateMany({
    where: { id: row.id, leaseBy: row.leaseBy },
    data: {
      state: minutes === undefined ? 'dead' : 'failed',
      tries,
      error: text,
      nextTryAt: minutes === undefined ? null : nextTry(minutes, error),
      ...NO_LEASE,
    },
  })
  count('webhooks_handled_total', { result: minutes === undefined ? 'dead' : 'failed' })
  if (minutes === undefined && changed === 1) await tellStaff(row, text)
}

function nextTry(minutes: number, error: unknown): Date {
  const asked = error instanceof ShopifyUnavailable ? error.retryAfterMs : 0
  return new Date(now().getTime() + Math.max(minutes * 60_000, asked))
}

async function tellStaff(row: WebhookEvent, error: string): Promise<void> {
  const shop = await db.shop.findUnique({ where: { shop: row.shop }, select: { shop: true } })
  if (!shop) return
  await db.staffTask.createMany({
    data: [
      {
        id: crypto.randomUUID(),
        shop: row.shop,
        kind: 'webhook_dead',
        subject: row.id,
        title: 'A notice from Shopify could not be handled',
        body: `Reprise could not handle "${row.topic}" and gave up, tries: ${row.tries + 1}. ${error}`,
        createdAt: now(),
      },
    ],
    skipDuplicates: true,
  })
}

function origin(row: WebhookEvent): { shop: string; correlationId: string } {
  return { shop: row.shop, correlationId: row.correlationId }
}

function contractOf(payload: Payload): string | null {
  return gid(
    'SubscriptionContract',
    payload.admin_graphql_api_subscription_contract_id ?? payload.subscription_contract_id,
  )
}

/** Payloads carry a whole gid or its bare tail, as text or as a number. */
function gid(type: string, value: unknown): string | null {
  if (typeof value === 'number' && Number.isSafeInteger(value))
    return `gid://shopify/${type}/${value}`
  if (typeof value !== 'string' || value === '') return null
  const start = `gid://shopify/${type}/`
  const tail = value.startsWith(start) ? value.slice(start.length) : value
  return /^[\w-]{1,100}$/.test(tail) ? start + tail : null
}
