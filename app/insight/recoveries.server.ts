/** One page of the list of cases: filtered, searched, newest first, paged by the index on (shop, openedAt, id). */

import type { Prisma, Shop } from '@prisma/client'
import { z } from 'zod'
import type { Db } from '../db.server.ts'
import { formatMoment, formatMoney, formatShortDay } from './format.ts'
import { isOpen, OPEN_STATUSES } from './metrics.ts'
import { CLASS_WORDS, classWord, STATE_FILTERS, statusWord, stepWord, type Tone } from './words.ts'

/** Cases on one page. */
const PAGE = 25

const amountText = z
  .string()
  .trim()
  .transform((text) => text.replace(',', '.'))
  .pipe(z.union([z.literal(''), z.string().regex(/^\d{1,12}(\.\d{1,4})?$/)]))

// Milliseconds up to the year 5138, and the id of a case: nothing that the database would refuse.
const cursorText = z.string().regex(/^\d{1,14}_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)

/** What the address of the list may say. Anything else is read as "not said". */
const queryShape = z.object({
  search: z
    .string()
    .transform((text) => text.replace(/\p{Cc}/gu, ' ').trim())
    .pipe(z.string().max(100))
    .catch(''),
  state: z.enum(STATE_FILTERS.map(({ value }) => value)).catch('all'),
  class: z.enum(['all', ...Object.keys(CLASS_WORDS)]).catch('all'),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .or(z.literal('all'))
    .catch('all'),
  from: amountText.catch(''),
  to: amountText.catch(''),
  after: cursorText.nullable().catch(null),
  before: cursorText.nullable().catch(null),
})

export type RecoveriesQuery = z.infer<typeof queryShape>

export function recoveriesQuery(params: URLSearchParams): RecoveriesQuery {
  const said = (name: string) => params.get(name)
  return queryShape.parse({
    search: said('search') ?? '',
    state: said('state') ?? 'all',
    class: said('class') ?? 'all',
    currency: said('currency') ?? 'all',
    from: said('from') ?? '',
    to: said('to') ?? '',
    after: said('after'),
    before: said('before'),
  })
}

export type RecoveryRow = {
  id: string
  customer: string
  product: string
  amount: string
  status: { label: string; tone: Tone }
  why: string
  next: string
  opened: string
}

export type RecoveriesPage = {
  rows: RecoveryRow[]
  newer: string | null
  older: string | null
  /** Currencies that this shop's cases have; the filter is shown from two on. */
  currencies: string[]
  /** No case at all, whatever the filters say. */
  empty: boolean
}

export async function recoveriesPage(
  db: Db,
  shop: Shop,
  query: RecoveriesQuery,
  now: Date,
): Promise<RecoveriesPage> {
  const backwards = query.before !== null
  const [found, currencies] = await Promise.all([
    db.recoveryCase.findMany({
      where: { AND: [filtersOf(shop.shop, query), beyond(query)] },
      orderBy: backwards
        ? [{ openedAt: 'asc' }, { id: 'asc' }]
        : [{ openedAt: 'desc' }, { id: 'desc' }],
      take: PAGE + 1,
      include: { stepRuns: { where: { state: 'scheduled' }, orderBy: { dueAt: 'asc' }, take: 1 } },
    }),
    // Counted by the database: Prisma's own "distinct" would fetch every case of the shop.
    db.$queryRaw<{ currency: string }[]>`
      SELECT DISTINCT currency FROM "RecoveryCase" WHERE shop = ${shop.shop} ORDER BY currency`,
  ])
  const more = found.length > PAGE
  const page = found.slice(0, PAGE)
  if (backwards) page.reverse()
  const [first, last] = [page[0], page.at(-1)]

  return {
    rows: page.map((row) => {
      const place = { zone: row.zone, locale: shop.locale }
      const step = row.stepRuns[0]
      return {
        id: row.id,
        customer: row.customerName ?? 'Customer without a name',
        product: row.productTitle ?? 'Subscription',
        amount: formatMoney({ amount: row.amount.toString(), currency: row.currency }, place),
        status: row.deadReason
          ? { label: 'Set aside', tone: 'warning' as const }
          : statusWord(row.status),
        why: classWord(row.lastClass),
        next: nextWords(row, step, place, now),
        opened: formatShortDay(row.openedAt, { ...place, zone: shop.zone }, now),
      }
    }),
    newer: first && (backwards ? more : query.after !== null) ? cursorOf(first) : null,
    older: last && (backwards || more) ? cursorOf(last) : null,
    currencies: currencies.map(({ currency }) => currency),
    empty: currencies.length === 0,
  }
}

function nextWords(
  row: { status: string; closedAt: Date | null; deadReason: string | null },
  step: { kind: string; template: string | null; dueAt: Date } | undefined,
  place: { zone: string; locale: string },
  now: Date,
): string {
  if (!isOpen(row.status)) {
    return row.closedAt ? `Closed ${formatMoment(row.closedAt, place, now)}` : 'Closed'
  }
  if (row.deadReason) return 'Nothing until it is driven again'
  if (row.status === 'held') return 'Nothing until it is released'
  if (!step) return 'Nothing planned'
  return `${stepWord({ kind: step.kind, stage: step.template })}, ${formatMoment(step.dueAt, place, now)}`
}

function filtersOf(shop: string, query: RecoveriesQuery): Prisma.RecoveryCaseWhereInput {
  const { search, from, to } = query
  const contains = { contains: search, mode: 'insensitive' as const }
  return {
    shop,
    ...stateWhere(query.state),
    ...(query.class === 'all' ? {} : { lastClass: query.class }),
    ...(query.currency === 'all' ? {} : { currency: query.currency }),
    ...(from === '' && to === ''
      ? {}
      : { amount: { ...(from === '' ? {} : { gte: from }), ...(to === '' ? {} : { lte: to }) } }),
    ...(search === ''
      ? {}
      : {
          OR: [
            { customerName: contains },
            { productTitle: contains },
            // The number that the admin shows is the tail of Shopify's id.
            { contractId: { endsWith: `/${search.replace(/^#/, '')}` } },
          ],
        }),
  }
}

function stateWhere(state: RecoveriesQuery['state']): Prisma.RecoveryCaseWhereInput {
  switch (state) {
    case 'all':
      return {}
    case 'active':
      return { status: { in: OPEN_STATUSES } }
    case 'retrying':
      return { status: { in: ['open', 'retrying'] } }
    case 'stuck':
      return {
        status: { in: OPEN_STATUSES },
        AND: [{ OR: [{ status: 'in_doubt' }, { deadReason: { not: null } }] }],
      }
    case 'stopped':
      return { status: { in: ['skipped', 'cancelled', 'superseded', 'written_off'] } }
    default:
      return { status: state }
  }
}

/** Rows on the far side of the cursor: a seek into the index, not a count of pages. */
function beyond({ after, before }: RecoveriesQuery): Prisma.RecoveryCaseWhereInput {
  const cursor = before ?? after
  if (cursor === null) return {}
  const [time = '', id = ''] = cursor.split('_')
  const openedAt = new Date(Number(time))
  return before === null
    ? { OR: [{ openedAt: { lt: openedAt } }, { openedAt, id: { lt: id } }] }
    : { OR: [{ openedAt: { gt: openedAt } }, { openedAt, id: { gt: id } }] }
}

const cursorOf = ({ openedAt, id }: { openedAt: Date; id: string }) => `${openedAt.getTime()}_${id}`
