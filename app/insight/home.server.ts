/** What Home shows: live figures of one shop, each currency by itself. Reads only. */

import { Prisma, type Shop } from '@prisma/client'
import type { Db } from '../db.server.ts'
import { openAt } from '../staff/inbox.server.ts'
import { isZero } from './decimal.ts'
import {
  formatDay,
  formatMoment,
  formatMoney,
  formatMonth,
  formatRate,
  type Place,
  zoneWord,
} from './format.ts'
import {
  atRisk,
  type CohortRow,
  cohortFigures,
  OPEN_STATUSES,
  type Rate,
  recoveredFigures,
} from './metrics.ts'
import { monthBefore, monthOf } from './months.ts'
import { statusWord, stepWord } from './words.ts'

export type Tile = {
  title: string
  /** One line for each currency; never a sum over currencies. */
  lines: { value: string; detail: string }[]
  /** What was counted and over what time. */
  meaning: string
}

export type HomePage = {
  tiles: Tile[]
  waiting: { shopper: number; staff: number; stuck: number; held: number }
  tasks: {
    id: string
    caseId: string | null
    title: string
    body: string
    phone: boolean
    since: string
  }[]
  upcoming: { caseId: string; who: string; what: string; when: string; amount: string }[]
  deadEvents: { id: string; topic: string; received: string; error: string }[]
  /** No case was ever opened. */
  empty: boolean
  /** Seconds since a worker was last heard; null: never. */
  workerAgeSeconds: number | null
}

/** After this long without a worker's heartbeat, Home says that nothing is being done. Seconds of real time. */
export const WORKER_SILENT_SECONDS = 60

/** How many rows a list on Home shows; the rest is one link away. */
const LIST = 5

export async function homePage(db: Db, shop: Shop, now: Date, realNow: Date): Promise<HomePage> {
  const place = { zone: shop.zone, locale: shop.locale }
  const [open, figures, recovered, waiting, tasks, upcoming, deadEvents, any, worker] =
    await Promise.all([
      rows(db, shop.shop, Prisma.sql`status = ANY (${OPEN_STATUSES})`),
      rateTiles(db, shop.shop, place, now),
      recoveredTile(db, shop.shop, place, now),
      waitingCounts(db, shop.shop),
      openTasks(db, shop.shop, place, now),
      comingUp(db, shop.shop, place.locale, now),
      deadWebhookEvents(db, shop.shop, place, now),
      db.recoveryCase.findFirst({ where: { shop: shop.shop }, select: { id: true } }),
      db.jobHeartbeat.findFirst({ where: { job: 'sweep' } }),
    ])

  return {
    tiles: [atRiskTile(open, place, shop.currency), recovered, ...figures],
    waiting,
    tasks,
    upcoming,
    deadEvents,
    empty: any === null,
    workerAgeSeconds: worker
      ? Math.round((realNow.getTime() - worker.lastRunAt.getTime()) / 1000)
      : null,
  }
}

function atRiskTile(open: CohortRow[], place: Place, currency: string): Tile {
  const lines = atRisk(open).map((risk) => ({
    value: formatMoney({ amount: risk.amount, currency: risk.currency }, place),
    detail:
      cases(risk.cases) +
      (risk.shopCases > 0
        ? `, of which ${formatMoney({ amount: risk.shopAmount, currency: risk.currency }, place)} waits for stock or your settings`
        : ''),
  }))
  return {
    title: 'At risk now',
    lines:
      lines.length > 0
        ? lines
        : [{ value: formatMoney({ amount: '0', currency }, place), detail: 'no open case' }],
    meaning: 'Open cases, amounts frozen when they opened, before tax.',
  }
}

/** Order totals paid after a failure, by the date of the recovery in the shop's zone (rulings.md 12). */
async function recoveredTile(db: Db, shop: string, place: Place, now: Date): Promise<Tile> {
  const { from, until } = monthOf(now, place.zone)
  const groups = await db.recoveryCase.groupBy({
    by: ['status', 'recoveredCurrency', 'currency'],
    where: {
      shop,
      status: { in: ['recovered', 'paid_elsewhere'] },
      closedAt: { gte: from, lt: until },
    },
    _sum: { recoveredAmount: true, refundedAmount: true },
    _count: { _all: true, recoveredAmount: true },
  })
  const recovered = groups
    .filter((group) => group.status === 'recovered')
    .map((group) => ({
      recoveredCurrency: group.recoveredCurrency,
      currency: group.currency,
      cases: group._count._all,
      known: group._count.recoveredAmount,
      total: group._sum.recoveredAmount?.toString() ?? '0',
      refunded: group._sum.refundedAmount?.toString() ?? '0',
    }))
  const lines = recoveredFigures(recovered).map((figure) => ({
    value: formatMoney({ amount: figure.total, currency: figure.currency }, place),
    detail:
      cases(figure.cases) +
      (figure.unknown > 0 ? `, ${figure.unknown} without a known order total` : '') +
      (isZero(figure.refunded)
        ? ''
        : `, after ${formatMoney({ amount: figure.refunded, currency: figure.currency }, place)} of refunds`),
  }))
  const elsewhere = groups
    .filter((group) => group.status === 'paid_elsewhere')
    .reduce((total, group) => total + group._count._all, 0)
  return {
    title: 'Recovered this month',
    lines: lines.length > 0 ? lines : [{ value: '–', detail: 'none yet' }],
    meaning:
      `Order totals paid after a failure in ${formatMonth(now, place)}.` +
      (elsewhere > 0 ? ` ${cases(elsewhere)} paid another way not counted.` : ''),
  }
}

/** This month's cohort and, once it has cases, the one before: a young cohort's rate still moves. */
async function rateTiles(db: Db, shop: string, place: Place, now: Date): Promise<Tile[]> {
  const months = [monthOf(now, place.zone), monthBefore(now, place.zone)]
  const tiles = await Promise.all(
    months.map(async ({ from, until }, age) => {
      const opened = Prisma.sql`"anchorAt" >= ${from} AND "anchorAt" < ${until}`
      const figures = cohortFigures(await rows(db, shop, opened))
      if (age > 0 && figures.length === 0) return []
      const lines = figures
        .filter(({ payment }) => payment.opened > 0)
        .map(({ currency, payment }) => ({
          value: formatRate(payment.byCount, place),
          detail: rateWords(payment, currency, place),
        }))
      const apart = figures
        .flatMap(({ currency, shop: shopSide, paid }) => [
          shopSide.opened > 0
            ? `${shopSide.recovered} of ${cases(shopSide.opened)} on the shop’s side recovered (${currency})`
            : null,
          paid.opened > 0 ? `${cases(paid.opened)} found already paid (${currency})` : null,
        ])
        .filter((line) => line !== null)
      return [
        {
          title: `Recovery rate, ${formatMonth(from, place)}`,
          lines: lines.length > 0 ? lines : [{ value: '–', detail: 'no payment case yet' }],
          meaning:
            'Of all cases opened in that month, the open ones included.' +
            (apart.length > 0 ? ` Apart: ${apart.join('; ')}.` : ''),
        },
      ]
    }),
  )
  return tiles.flat()
}

function rateWords(rate: Rate, currency: string, place: Place): string {
  return (
    `${rate.recovered} of ${cases(rate.opened)} in ${currency}, ${rate.stillOpen} still open; ` +
    `${formatRate(rate.byValue, place)} by value`
  )
}

function rows(db: Db, shop: string, which: Prisma.Sql): Promise<CohortRow[]> {
  // A debt that a linked case took up again is counted once, by that case.
  return db.$queryRaw<CohortRow[]>`
    SELECT currency, lane, "lastClass", status, count(*)::int AS cases, sum(amount)::text AS frozen,
           sum(coalesce("smallerAmount", amount))::text AS taken
      FROM "RecoveryCase"
     WHERE shop = ${shop} AND "successorId" IS NULL AND ${which}
     GROUP BY currency, lane, "lastClass", status`
}

async function waitingCounts(db: Db, shop: string): Promise<HomePage['waiting']> {
  const [groups, dead, flagged] = await Promise.all([
    db.recoveryCase.groupBy({
      by: ['status'],
      where: {
        shop,
        deadReason: null,
        status: { in: ['awaiting_customer', 'awaiting_merchant', 'held', 'in_doubt'] },
      },
      _count: { _all: true },
    }),
    db.recoveryCase.count({
      where: { shop, deadReason: { not: null }, status: { in: OPEN_STATUSES } },
    }),
    db.staffTask.count({ where: { shop, kind: 'case_stuck', doneAt: null } }),
  ])
  const of = (status: string) => groups.find((group) => group.status === status)?._count._all ?? 0
  return {
    shopper: of('awaiting_customer'),
    staff: of('awaiting_merchant'),
    held: of('held'),
    stuck: of('in_doubt') + dead + flagged,
  }
}

async function openTasks(
  db: Db,
  shop: string,
  place: Place,
  now: Date,
): Promise<HomePage['tasks']> {
  const found = await db.staffTask.findMany({
    where: { shop, ...openAt(now) },
    orderBy: [{ phone: 'desc' }, { createdAt: 'desc' }],
    take: LIST,
  })
  return found.map(({ id, caseId, title, body, phone, createdAt }) => ({
    id,
    caseId,
    title,
    body,
    phone,
    since: formatDay(createdAt, place, now),
  }))
}

async function comingUp(
  db: Db,
  shop: string,
  locale: string,
  now: Date,
): Promise<HomePage['upcoming']> {
  const found = await db.recoveryCase.findMany({
    where: {
      shop,
      deadReason: null,
      status: { in: ['open', 'retrying', 'awaiting_customer'] },
      nextActionAt: { not: null },
    },
    orderBy: [{ nextActionAt: 'asc' }, { id: 'asc' }],
    take: LIST,
    select: {
      id: true,
      status: true,
      zone: true,
      customerName: true,
      amount: true,
      smallerAmount: true,
      currency: true,
      nextActionAt: true,
      stepRuns: { where: { state: 'scheduled' }, orderBy: { dueAt: 'asc' }, take: 1 },
    },
  })
  return found.flatMap(({ stepRuns: [step], nextActionAt, ...case_ }) => {
    const dueAt = step?.dueAt ?? nextActionAt
    if (!dueAt) return []
    return [
      {
        caseId: case_.id,
        who: case_.customerName ?? 'A shopper',
        what: step
          ? stepWord({ kind: step.kind, stage: step.template })
          : statusWord(case_.status).label,
        when: `${formatMoment(dueAt, { zone: case_.zone, locale }, now)}, ${zoneWord(case_.zone)}`,
        amount: formatMoney(
          // What would be charged.
          {
            amount: (case_.smallerAmount ?? case_.amount).toString(),
            currency: case_.currency,
          },
          { locale },
        ),
      },
    ]
  })
}

/** Deliveries that failed eight times over: nobody but staff will look at them again. */
async function deadWebhookEvents(
  db: Db,
  shop: string,
  place: Place,
  now: Date,
): Promise<HomePage['deadEvents']> {
  const found = await db.webhookEvent.findMany({
    where: { shop, state: 'dead' },
    orderBy: { receivedAt: 'desc' },
    take: LIST,
    select: { id: true, topic: true, receivedAt: true, error: true },
  })
  return found.map(({ id, topic, receivedAt, error }) => ({
    id,
    topic,
    received: formatMoment(receivedAt, place, now),
    error: error ?? 'No reason was recorded.',
  }))
}

const cases = (count: number) => (count === 1 ? '1 case' : `${count} cases`)
