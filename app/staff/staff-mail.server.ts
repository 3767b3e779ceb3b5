/**
 * Mail to a shop's own staff: the digest at its hour, and alerts at once. A row of `StaffMail` is written before the
 * send call, so that of many workers one sends, and what may have gone out is not sent again.
 */
import { randomUUID } from 'node:crypto'
import type { Prisma, Shop } from '@prisma/client'
import { db, pool } from '../db.server.ts'
import { addHours, localDate } from '../dunning/schedule.ts'
import { env } from '../env.server.ts'
import { subtractDecimals } from '../insight/decimal.ts'
import { formatMoney, formatShortDay } from '../insight/format.ts'
import { log } from '../log.server.ts'
import { type SendResult, sendEmail } from '../messages/email.server.ts'
import { operatorStop } from '../place.server.ts'
import { openAt } from './inbox.server.ts'
import {
  type Digest,
  digestSince,
  nextDigestAt,
  renderStaffMail,
  type StaffMailWords,
} from './staff-mail.ts'

/** A digest that could not be sent for so long is not news any more. Hours. */
const DIGEST_LATE_HOURS = 12

/** SendGrid could not take a digest: it is tried again. Minutes. */
const TRY_AGAIN_MINUTES = 10

/** Of one kind at most one alert for a shop in this time; what came meanwhile is in the next. Hours; ours. */
const ALERT_EVERY_HOURS = 1

/** What is older than this is for the digest. Hours; ours. */
const ALERT_REACH_HOURS = 24

/** What was decided is saved at the latest so much later: only up to there an alert can have seen all. Milliseconds. */
const SETTLED_MS = 60_000

/** Lines of one list in a mail. */
const LISTED = 10

/** Run by every worker once a minute; heartbeat `staff_mail`. */
export async function sendStaffMail(now: Date): Promise<void> {
  if (operatorStop()) return
  for (const shop of await shopsWithDigest(now)) await sendDigest(shop, now)
  for (const kind of ALERTS)
    for (const shop of await shopsToAlert(kind, now)) await alert(shop, kind, now)
}

// ---------------------------------------------------------------- digest

function shopsWithDigest(now: Date): Promise<Shop[]> {
  return db.shop.findMany({
    where: {
      digestNextAt: { lte: now },
      digest: { not: 'off' },
      uninstalledAt: null,
      recoveryStartedAt: { not: null },
    },
    orderBy: { digestNextAt: 'asc' },
  })
}

async function sendDigest(shop: Shop, now: Date): Promise<void> {
  const dueAt = shop.digestNextAt
  if (!dueAt) return
  const digest: Digest = shop.digest === 'weekly' ? 'weekly' : 'daily'
  const date = localDate(dueAt, shop.zone)
  const to = shop.alertsTo ?? shop.email
  const words =
    to && addHours(dueAt, DIGEST_LATE_HOURS) > now
      ? await digestWords(shop, digest, digestSince(digest, shop.zone, date), now)
      : null
  const id = randomUUID()
  // Whoever moves the date sends; the unique row holds also when the date was set again by hand.
  const { rows } = await pool.query<{ id: string }>({
    name: 'claim-digest',
    text: `
      WITH due AS (
        UPDATE "Shop" SET "digestNextAt" = $3 WHERE shop = $1 AND "digestNextAt" = $2 RETURNING shop
      )
      INSERT INTO "StaffMail" (id, shop, kind, period, state, at)
      SELECT $4::uuid, shop, 'digest', $5, 'sending', $6 FROM due WHERE $7
      ON CONFLICT DO NOTHING RETURNING id`,
    values: [shop.shop, dueAt, nextDigestAt(digest, shop.zone, now), id, date, now, words !== null],
  })
  if (rows.length === 0 || !words || !to) return
  const result = await send(to, 'digest', words)
  if (result.state !== 'try_later') return settle(id, result, now)
  const again = new Date(now.getTime() + TRY_AGAIN_MINUTES * 60_000)
  if (localDate(again, shop.zone) !== date) {
    return settle(id, { state: 'failed', because: result.because }, now)
  }
  await db.$transaction([
    db.staffMail.delete({ where: { id } }),
    db.shop.updateMany({
      where: { shop: shop.shop, digest: shop.digest },
      data: { digestNextAt: again },
    }),
  ])
}

/** Null: there is nothing to tell. */
async function digestWords(
  shop: Shop,
  digest: Digest,
  since: Date,
  now: Date,
): Promise<StaffMailWords | null> {
  const open = { shop: shop.shop, ...openAt(now) }
  const [taskCount, tasks, atRisk, recovered] = await Promise.all([
    db.staffTask.count({ where: open }),
    db.staffTask.findMany({
      where: open,
      orderBy: [{ dueAt: { sort: 'asc', nulls: 'last' } }, { createdAt: 'desc' }],
      take: LISTED,
      select: { title: true, dueAt: true },
    }),
    db.recoveryCase.groupBy({
      by: ['currency'],
      where: { shop: shop.shop, closedAt: null, successorId: null },
      _sum: { amount: true },
      _count: { _all: true },
      orderBy: { currency: 'asc' },
    }),
    db.recoveryCase.groupBy({
      by: ['recoveredCurrency', 'currency'],
      where: { shop: shop.shop, status: 'recovered', closedAt: { gte: since, lt: now } },
      _sum: { recoveredAmount: true, refundedAmount: true },
      _count: { _all: true },
      orderBy: { currency: 'asc' },
    }),
  ])
  if (taskCount === 0 && atRisk.length === 0 && recovered.length === 0) return null
  const money = (amount: { toString(): string } | null, currency: string) =>
    formatMoney({ amount: amount?.toString() ?? '0', currency }, shop)
  const until = (dueAt: Date | null) =>
    dueAt ? ` (until ${formatShortDay(dueAt, shop, now)})` : ''
  const span = digest === 'daily' ? 'yesterday' : 'last week'
  return {
    subject: `${shop.name}: ${taskCount === 1 ? '1 task' : `${taskCount} tasks`} for your staff`,
    intro: `Failed renewals of ${shop.name}${shop.stoppedAt ? '. Recovery is stopped: the stop switch in Settings is on' : ''}.`,
    parts: [
      {
        title: `Open tasks: ${taskCount}`,
        lines: [
          ...tasks.map(({ title, dueAt }) => `${title}${until(dueAt)}`),
          ...(taskCount > LISTED ? [`and ${taskCount - LISTED} more`] : []),
        ],
      },
      {
        title: 'At risk now',
        lines: atRisk.map(
          ({ currency, _sum, _count }) =>
            `${money(_sum.amount, currency)} in ${cases(_count._all)}`,
        ),
      },
      {
        title: `Recovered since ${span}, 8:00`,
        lines: recovered.map(
          ({ currency, recoveredCurrency, _sum, _count }) =>
            `${money(net(_sum), recoveredCurrency ?? currency)} in ${cases(_count._all)}`,
        ),
      },
    ].map((part) => (part.lines.length > 0 ? part : { ...part, lines: ['none'] })),
    link: { label: 'Open the tasks', url: adminUrl(shop, '/app/tasks') },
    why: `You get this ${digest === 'daily' ? 'every day' : 'every Monday'} because it is switched on in Reprise › Settings.`,
  }
}

/** What was given back is not recovered. */
function net(sum: {
  recoveredAmount: Prisma.Decimal | null
  refundedAmount: Prisma.Decimal | null
}) {
  return subtractDecimals(
    sum.recoveredAmount?.toString() ?? '0',
    sum.refundedAmount?.toString() ?? '0',
  )
}

const cases = (count: number) => (count === 1 ? '1 recovery' : `${count} recoveries`)

// ---------------------------------------------------------------- alerts

const ALERTS = ['brake', 'dead_letters', 'high_value'] as const
type Alert = (typeof ALERTS)[number]

/** What happened, and when, in SQL: of the shop `s`. */
const NEWS: Record<Alert, { isOn: string; happened: string }> = {
  brake: {
    isOn: 's."alertsOn"',
    happened: `SELECT b."engagedAt" AS at, b.because AS line FROM "Brake" b
                WHERE b.shop = s.shop AND b."releasedAt" IS NULL`,
  },
  dead_letters: {
    isOn: 's."alertsOn"',
    happened: `SELECT t."createdAt" AS at, t.title AS line FROM "StaffTask" t
                WHERE t.shop = s.shop AND t."doneAt" IS NULL AND t.kind IN ('webhook_dead', 'case_set_aside')`,
  },
  high_value: {
    isOn: 's."alertAbove" IS NOT NULL',
    happened: `SELECT c."openedAt" AS at, c.amount::text AS line FROM "RecoveryCase" c
                WHERE c.shop = s.shop AND c."closedAt" IS NULL AND c."predecessorId" IS NULL
                  AND c.amount >= s."alertAbove" AND c.currency = s.currency`,
  },
}

type ToAlert = { shop: string; count: number; lines: string[] }

/** Shops with something new of a kind, and no mail of that kind within the hour. */
async function shopsToAlert(kind: Alert, now: Date): Promise<ToAlert[]> {
  const { isOn, happened } = NEWS[kind]
  const { rows } = await pool.query<ToAlert>({
    name: `shops-to-alert-${kind}`,
    text: `
      SELECT s.shop, count(*)::int AS count, (array_agg(news.line ORDER BY news.at DESC))[1:${LISTED}] AS lines
        FROM "Shop" s
        LEFT JOIN LATERAL (SELECT max(m.at) AS at FROM "StaffMail" m WHERE m.shop = s.shop AND m.kind = $1) last ON true
        JOIN LATERAL (${happened}) news
          ON news.at > greatest(last.at, $2::timestamptz) AND news.at <= $3::timestamptz
       WHERE ${isOn} AND s."uninstalledAt" IS NULL AND s."recoveryStartedAt" IS NOT NULL
         AND (last.at IS NULL OR last.at <= $4::timestamptz)
       GROUP BY s.shop`,
    values: [
      kind,
      addHours(now, -ALERT_REACH_HOURS),
      settled(now),
      addHours(settled(now), -ALERT_EVERY_HOURS),
    ],
  })
  return rows
}

const settled = (now: Date) => new Date(now.getTime() - SETTLED_MS)

async function alert(found: ToAlert, kind: Alert, now: Date): Promise<void> {
  const id = await claimAlert(found.shop, kind, settled(now))
  if (!id) return
  const shop = await db.shop.findUniqueOrThrow({ where: { shop: found.shop } })
  const to = shop.alertsTo ?? shop.email
  if (!to) return settle(id, { state: 'failed', because: 'the shop has no address' }, now)
  const result = await send(to, kind, alertWords(shop, kind, found))
  // Not gone for sure: without its row, the next minute finds the same news.
  if (result.state === 'try_later') await db.staffMail.delete({ where: { id } })
  else await settle(id, result, now)
}

/** Under the lock of the shop, so that of two workers the second sees the row of the first. Null: one was sent. */
function claimAlert(shop: string, kind: Alert, at: Date): Promise<string | null> {
  return db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT shop FROM "Shop" WHERE shop = ${shop} FOR NO KEY UPDATE`
    const since = addHours(at, -ALERT_EVERY_HOURS)
    if (await tx.staffMail.findFirst({ where: { shop, kind, at: { gt: since } } })) return null
    const id = randomUUID()
    await tx.staffMail.create({
      data: { id, shop, kind, period: at.toISOString(), state: 'sending', at },
    })
    return id
  })
}

function alertWords(shop: Shop, kind: Alert, { count, lines }: ToAlert): StaffMailWords {
  const more = count > lines.length ? [`and ${count - lines.length} more`] : []
  const why = `You get this because alerts are switched on in Reprise › Settings; at most one of its kind an hour.`
  switch (kind) {
    case 'brake':
      return {
        subject: `${shop.name}: recovery is held back`,
        intro:
          'Payments fail for everyone. Until they go through again nothing is charged by itself and no shopper is written to.',
        parts: [{ title: 'What was seen', lines }],
        link: { label: 'Open Reprise', url: adminUrl(shop, '/app') },
        why,
      }
    case 'dead_letters':
      return {
        subject: `${shop.name}: something could not be handled`,
        intro: 'It was tried several times and is kept. Your staff can try it again.',
        parts: [{ title: 'What waits', lines: [...lines, ...more] }],
        link: { label: 'Open the tasks', url: adminUrl(shop, '/app/tasks') },
        why,
      }
    case 'high_value': {
      const amounts = lines.map((amount) => formatMoney({ amount, currency: shop.currency }, shop))
      return {
        subject: `${shop.name}: a large renewal failed`,
        intro: 'Recovery has begun by itself. Look whether a call would help.',
        parts: [{ title: 'Amounts before tax', lines: [...amounts, ...more] }],
        link: { label: 'Open the recoveries', url: adminUrl(shop, '/app/recoveries?state=active') },
        why,
      }
    }
  }
}

// ---------------------------------------------------------------- sending

async function send(to: string, kind: string, words: StaffMailWords): Promise<SendResult> {
  return sendEmail({
    to,
    fromName: 'Reprise',
    replyTo: null,
    subject: words.subject,
    ...renderStaffMail(words),
    customArgs: {},
    categories: [`staff_${kind}`],
  })
}

async function settle(
  id: string,
  result: Exclude<SendResult, { state: 'try_later' }>,
  now: Date,
): Promise<void> {
  const because = 'because' in result ? result.because.slice(0, 500) : null
  if (because) log.warn({ id, because }, 'a mail to staff was not sent for sure')
  await db.staffMail.update({
    where: { id },
    data: { state: result.state, because, sentAt: result.state === 'sent' ? now : null },
  })
}

/** A page of ours inside the shop's admin. */
function adminUrl({ shop }: Shop, path: string): string {
  return `https://${shop}/admin/apps/${env().SHOPIFY_API_KEY}${path}`
}
