/**
 * The page behind a notice before a charge. Nothing has failed and nothing is owed, so it offers new payment details and
 * a way to say "not me", and no more. Looking at it has no effect.
 */
import { randomUUID } from 'node:crypto'
import { inSandbox } from '../clock.server.ts'
import { db } from '../db.server.ts'
import type { NoticeKind } from '../dunning/before-failure.ts'
import type { Instrument } from '../dunning/types.ts'
import { log } from '../log.server.ts'
import { readNoticeToken } from '../messages/links.server.ts'
import { loadBrand } from '../messages/templates.server.ts'
import { operatorStop } from '../place.server.ts'
import { adminFor } from '../shopify/admin.server.ts'
import { shopPayUpdateUrl } from '../shopify/payment-methods.server.ts'
import { noticeView } from './notice-view.ts'
import { onwardAddress } from './onward.ts'
import type { PressResult, ShopperPage } from './page.server.ts'
import { isShopifyTrouble, mailSecureLink, SECURE_MAIL_HOURS } from './secure-mail.server.ts'
import type { Press, ShopperView } from './view.ts'

/** How long after the charge the link still opens. Days. */
const LINK_DAYS_AFTER_CHARGE = 30
const HOUR_MS = 3_600_000

export async function loadNoticePage(token: string, now: Date): Promise<ShopperPage> {
  const found = await find(token, now)
  if (found.status !== 200) return found
  const brand = await loadBrand(db, found.row.shop)
  return { status: 200, view: found.view, brand, snapshot: null }
}

/** One press of a button. Everything is checked again; pressing twice does nothing twice. */
export async function pressOnNotice(token: string, what: Press, now: Date): Promise<PressResult> {
  const found = await find(token, now)
  if (found.status !== 200) return found
  const { view, row } = found
  if (what === 'stop') return view.canStop ? stop(row, now) : back(null)
  if (what !== 'update' || row.methodId === null) return back('not_possible')
  if (view.action === null) return back(view.sent === null ? 'not_possible' : null)
  await noteClick(row.id, now)
  try {
    const admin = await adminFor(row.shop)
    if (row.instrument === 'shop_pay') {
      const sandbox = inSandbox()
      const to = onwardAddress(await shopPayUpdateUrl(admin, row.methodId), { sandbox })
      if (to) return { status: 303, to }
      // Shopify gave no page for it: its mail serves every method.
    }
    const answer = await mailSecureLink(admin, row.methodId, { ...row, noticeId: row.id }, now)
    return back(answer === 'refused' ? 'mail_refused' : null)
  } catch (error) {
    if (!isShopifyTrouble(error)) throw error
    log.warn(
      { error, noticeId: row.id },
      'a press on the page of a notice could not be carried out',
    )
    return back('not_now')
  }
}

type Row = NonNullable<Awaited<ReturnType<typeof readRow>>>

async function find(
  token: string,
  now: Date,
): Promise<{ status: 200; row: Row; view: ShopperView } | { status: 404 | 410 }> {
  const read = readNoticeToken(token)
  const row = read && (await readRow(read.noticeId))
  if (!row) return { status: 404 }
  const shop = await db.shop.findUnique({ where: { shop: row.shop } })
  if (!shop) return { status: 404 }
  const isOld = now.getTime() > row.chargeAt.getTime() + LINK_DAYS_AFTER_CHARGE * 24 * HOUR_MS
  if (shop.uninstalledAt || shop.redactedAt || isOld) return { status: 410 }
  const { shop: domain, customerId } = row
  const where = { shop_recipient_channel: { shop: domain, recipient: customerId, channel: 'all' } }
  const hasStopped = (await db.suppression.findUnique({ where })) !== null
  const mailed = row.messages[0]?.createdAt ?? null
  const view = noticeView(
    {
      kind: row.kind as NoticeKind,
      instrument: row.instrument as Instrument,
      methodLabel: row.methodLabel,
      methodExpiresAt: row.methodExpiresAt,
      productTitle: row.productTitle,
      amount: { amount: row.amount.toString(), currency: row.currency },
      chargeAt: row.chargeAt,
      zone: row.zone,
      locale: row.customerLocale ?? shop.locale,
      shopLocale: shop.locale,
      shopName: shop.senderName ?? shop.name,
      contact: shop.replyTo ?? shop.email,
      accountUrl: `https://${row.shop}/account`,
      secureMailAt:
        mailed && now.getTime() - mailed.getTime() < SECURE_MAIL_HOURS * HOUR_MS ? mailed : null,
      canUpdate: row.methodId !== null && operatorStop() === null && shop.stoppedAt === null,
      hasStopped,
    },
    now,
  )
  return { status: 200, row, view }
}

function readRow(id: string) {
  return db.earlyNotice.findUnique({
    where: { id },
    include: {
      messages: {
        where: { template: 'update_link', state: { in: ['sending', 'sent', 'uncertain'] } },
        orderBy: { createdAt: 'desc' },
        take: 1,
      },
    },
  })
}

async function noteClick(noticeId: string, now: Date): Promise<void> {
  await db.message.updateMany({
    where: { noticeId, clickedAt: null, template: { not: 'update_link' } },
    data: { clickedAt: now },
  })
}

/** Who says stop is not written to any more, about this order or a later one; a person of the shop looks at it. */
async function stop({ id, shop, customerId, productTitle }: Row, now: Date): Promise<PressResult> {
  const reason = 'the shopper asked us to stop'
  await db.$transaction([
    db.suppression.createMany({
      data: [{ id: randomUUID(), shop, recipient: customerId, channel: 'all', reason, at: now }],
      skipDuplicates: true,
    }),
    db.earlyNotice.updateMany({
      where: { shop, customerId, state: 'planned' },
      data: { state: 'skipped', reason: `not sent: ${reason}`, settledAt: now },
    }),
    db.staffTask.createMany({
      data: [
        {
          id: randomUUID(),
          shop,
          kind: 'shopper_stop',
          subject: customerId,
          title: 'A shopper says: cancelled, or not me',
          body: `They answered a notice before a charge (${productTitle ?? 'a subscription'}, Shopify customer ${customerId.split('/').at(-1)}). They get no further message. Look whether the subscription should go on.`,
          createdAt: now,
        },
      ],
      skipDuplicates: true,
    }),
  ])
  log.info({ shop, noticeId: id }, 'a shopper asked us to stop')
  return back(null)
}

function back(notice: Extract<PressResult, { notice: unknown }>['notice']): PressResult {
  return { status: 303, notice }
}
