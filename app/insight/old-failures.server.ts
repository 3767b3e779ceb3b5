/** What the merchant is shown of the payments that had failed before recovery was started. Reads only. */
import { Prisma, type Shop } from '@prisma/client'
import type { Db } from '../db.server.ts'
import { formatMoment, formatMoney } from './format.ts'

export type OldFailures = {
  /** The search at install has not come to its end. */
  looking: boolean
  /** Not started and not left alone. */
  waiting: number
  /** Of those that wait or were left: how many, and the money in each currency by itself. */
  ages: { age: string; count: string; money: string[] }[]
  total: string[]
  /** Cases a day; null: they are left alone; undefined while nobody has decided. */
  perDay: number | null | undefined
  decided: string | null
  nextBatch: string | null
  started: number
  left: number
  gone: number
  recoveryOn: boolean
}

/** Days since the failure, as the page groups them. */
const AGES = [
  { upTo: 7, age: 'Up to a week ago' },
  { upTo: 14, age: 'One to two weeks ago' },
  { upTo: 30, age: 'Two weeks to a month ago' },
  { upTo: null, age: 'More than a month ago' },
] as const

type Group = { band: number; currency: string; count: number; amount: string }

export async function oldFailures(db: Db, shop: Shop, now: Date): Promise<OldFailures> {
  const domain = shop.shop
  const [decision, clock, states, groups] = await Promise.all([
    db.backfill.findUnique({ where: { shop: domain } }),
    db.shopClock.findUnique({ where: { shop_job: { shop: domain, job: 'backfill' } } }),
    db.oldFailure.groupBy({ by: ['state'], where: { shop: domain }, _count: { _all: true } }),
    db.$queryRaw<Group[]>`
      SELECT ${bandSql(now)} AS band, currency, count(*)::int AS count, sum(amount)::text AS amount
        FROM "OldFailure" WHERE shop = ${domain} AND state IN ('found', 'picked', 'left')
       GROUP BY 1, currency ORDER BY 1, currency`,
  ])
  const of = (...wanted: string[]) =>
    states
      .filter(({ state }) => wanted.includes(state))
      .reduce((sum, { _count }) => sum + _count._all, 0)
  const money = (group: Pick<Group, 'amount' | 'currency'>) => formatMoney(group, shop)
  return {
    looking: !decision?.scannedAt,
    waiting: of('found', 'picked'),
    ages: AGES.flatMap(({ age }, band) => {
      const own = groups.filter((group) => group.band === band)
      const count = own.reduce((sum, group) => sum + group.count, 0)
      return count > 0 ? [{ age, count: payments(count), money: own.map(money) }] : []
    }),
    total: [...new Set(groups.map(({ currency }) => currency))].map((currency) =>
      money({
        currency,
        amount: groups
          .filter((group) => group.currency === currency)
          .reduce((sum, { amount }) => sum.plus(amount), new Prisma.Decimal(0))
          .toFixed(),
      }),
    ),
    perDay: decision?.decidedAt ? decision.perDay : undefined,
    decided: decision?.decidedAt ? formatMoment(decision.decidedAt, shop, now) : null,
    nextBatch:
      decision?.perDay && clock?.nextRunAt && clock.nextRunAt > now
        ? formatMoment(clock.nextRunAt, shop, now)
        : null,
    started: of('started'),
    left: of('left'),
    gone: of('gone'),
    recoveryOn: shop.recoveryStartedAt !== null,
  }
}

function bandSql(now: Date): Prisma.Sql {
  const bands = AGES.flatMap(({ upTo }, band) =>
    upTo === null
      ? []
      : [
          Prisma.sql`WHEN "failedAt" > ${new Date(now.getTime() - upTo * 86_400_000)} THEN ${band}::int`,
        ],
  )
  return Prisma.sql`CASE ${Prisma.join(bands, ' ')} ELSE ${AGES.length - 1}::int END`
}

const payments = (count: number) => (count === 1 ? '1 payment' : `${count} payments`)
