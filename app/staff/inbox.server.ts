/** What the tasks inbox and the page of one task show. Reads only. */

import type { Prisma, Shop, StaffTask } from '@prisma/client'
import { z } from 'zod'
import type { Db } from '../db.server.ts'
import { addHours } from '../dunning/schedule.ts'
import {
  formatDay,
  formatMoment,
  formatMoney,
  formatShortDay,
  zoneWord,
} from '../insight/format.ts'
import { smallerOrder } from '../insight/smaller-order.ts'
import { actorWord } from '../insight/words.ts'
import { goodTimeToCall, outcomeWord, URGENT_HOURS } from './task-rules.ts'

export const TASK_FILTERS = ['open', 'mine', 'snoozed', 'done'] as const
export type TaskFilter = (typeof TASK_FILTERS)[number]

/** Rows of one page. */
const LISTED = 50

export type TaskRow = {
  id: string
  title: string
  body: string
  phone: boolean
  urgent: boolean
  /** Whose payment: "Mara Lindqvist · €24.90"; null: the task is about no case. */
  about: string | null
  /** "9:14 AM for the shopper (Berlin time)". */
  localTime: string | null
  /** Since when, until when, or how it went. */
  state: string
  assignee: string | null
}

export type Inbox = {
  filter: TaskFilter
  counts: Record<Exclude<TaskFilter, 'done'>, number>
  rows: TaskRow[]
  /** There are more than fit on the page. */
  more: boolean
}

/** Open, and not put off. */
export function openAt(now: Date): Prisma.StaffTaskWhereInput {
  return { doneAt: null, OR: [{ snoozedUntil: null }, { snoozedUntil: { lte: now } }] }
}

function whereFor(filter: TaskFilter, actor: string, now: Date): Prisma.StaffTaskWhereInput {
  switch (filter) {
    case 'open':
      return openAt(now)
    case 'mine':
      return { ...openAt(now), assignee: actor }
    case 'snoozed':
      return { doneAt: null, snoozedUntil: { gt: now } }
    case 'done':
      return { doneAt: { not: null } }
  }
}

export async function inbox(
  db: Db,
  shop: Shop,
  actor: string,
  filter: TaskFilter,
  now: Date,
): Promise<Inbox> {
  const of = (one: TaskFilter) => ({ shop: shop.shop, ...whereFor(one, actor, now) })
  const soon = addHours(now, URGENT_HOURS)
  const pressing: Prisma.StaffTaskWhereInput = { OR: [{ phone: true }, { dueAt: { lt: soon } }] }
  const calm: Prisma.StaffTaskWhereInput = {
    phone: false,
    OR: [{ dueAt: null }, { dueAt: { gte: soon } }],
  }
  const isOpen = filter === 'open' || filter === 'mine'
  const [openCount, mine, snoozed, first] = await Promise.all([
    db.staffTask.count({ where: of('open') }),
    db.staffTask.count({ where: of('mine') }),
    db.staffTask.count({ where: of('snoozed') }),
    isOpen
      ? db.staffTask.findMany({
          where: { AND: [of(filter), pressing] },
          orderBy: [
            { dueAt: { sort: 'asc', nulls: 'last' } },
            { createdAt: 'desc' },
            { id: 'asc' },
          ],
          take: LISTED + 1,
        })
      : [],
  ])
  const then = await db.staffTask.findMany({
    where: { AND: [of(filter), ...(isOpen ? [calm] : [])] },
    orderBy: [ORDER[filter], { id: 'asc' }],
    take: LISTED + 1 - first.length,
  })
  const found = [...first, ...then]
  const shown = found.slice(0, LISTED)
  const cases = await casesOf(db, shop.shop, shown)
  return {
    filter,
    counts: { open: openCount, mine, snoozed },
    rows: shown.map((task) => row(task, cases.get(task.caseId ?? ''), shop, actor, now)),
    more: found.length > LISTED,
  }
}

const ORDER: Record<TaskFilter, Prisma.StaffTaskOrderByWithRelationInput> = {
  open: { createdAt: 'desc' },
  mine: { createdAt: 'desc' },
  snoozed: { snoozedUntil: 'asc' },
  done: { doneAt: 'desc' },
}

type CaseOfTask = Prisma.RecoveryCaseGetPayload<{ select: typeof OF_CASE }>
const OF_CASE = {
  id: true,
  customerId: true,
  customerName: true,
  productTitle: true,
  amount: true,
  smallerLines: true,
  smallerAmount: true,
  currency: true,
  status: true,
  closedAt: true,
  zone: true,
  zoneSource: true,
} satisfies Prisma.RecoveryCaseSelect

async function casesOf(db: Db, shop: string, tasks: StaffTask[]): Promise<Map<string, CaseOfTask>> {
  const ids = tasks.flatMap(({ caseId }) => caseId ?? [])
  const found = await db.recoveryCase.findMany({
    where: { shop, id: { in: ids } },
    select: OF_CASE,
  })
  return new Map(found.map((one) => [one.id, one]))
}

function row(
  task: StaffTask,
  of: CaseOfTask | undefined,
  shop: Shop,
  actor: string,
  now: Date,
): TaskRow {
  const { id, title, body, phone } = task
  return {
    id,
    title,
    body,
    phone,
    urgent: isUrgent(task, now),
    about: of ? `${nameOf(of)} · ${amountOf(of, shop)}` : null,
    localTime: of ? localTime(of, shop, now) : null,
    state: stateOf(task, shop, now),
    assignee: takenBy(task, actor),
  }
}

function isUrgent({ doneAt, dueAt }: StaffTask, now: Date): boolean {
  return doneAt === null && dueAt !== null && dueAt < addHours(now, URGENT_HOURS)
}

function stateOf(task: StaffTask, place: Shop, now: Date): string {
  if (task.doneAt) {
    const how = task.outcome ? outcomeWord(task.outcome) : 'Closed'
    return `${how}, ${formatShortDay(task.doneAt, place, now)}, by ${byWhom(task.doneBy)}`
  }
  if (task.snoozedUntil && task.snoozedUntil > now)
    return `Comes back on ${formatDay(task.snoozedUntil, place, now)}`
  const since = `Since ${formatDay(task.createdAt, place, now)}`
  return task.dueAt ? `${since}, until ${formatMoment(task.dueAt, place, now)}` : since
}

function byWhom(doneBy: string | null): string {
  return doneBy === null || doneBy === 'case closed'
    ? 'Reprise: the case is over'
    : actorWord(doneBy)
}

function takenBy({ assignee }: StaffTask, actor: string): string | null {
  if (assignee === null) return null
  return assignee === actor ? 'you' : actorWord(assignee)
}

const nameOf = ({ customerName }: CaseOfTask) => customerName ?? 'Customer without a name'

/** What the shopper has been told that they owe: less, where they took less. */
function amountOf({ amount, smallerAmount, currency }: CaseOfTask, shop: Shop): string {
  return formatMoney({ amount: (smallerAmount ?? amount).toString(), currency }, shop)
}

function localTime({ zone }: CaseOfTask, { locale }: Shop, now: Date): string {
  return `${formatMoment(now, { zone, locale }, now)} (${zoneWord(zone)})`
}

// ---------------------------------------------------------------- one task

export type TaskPage = TaskRow & {
  done: boolean
  snoozed: boolean
  /** It can be opened again: staff closed it. */
  byStaff: boolean
  mine: boolean
  note: string
  case: { id: string; facts: { term: string; text: string }[] } | null
  call: { script: string | null; good: boolean; when: string } | null
  /** Whose number is read from Shopify, now; never sent to the page. */
  customerId: string | null
}

/** Null: this shop has no such task. */
export async function taskPage(
  db: Db,
  shop: Shop,
  actor: string,
  taskId: string,
  now: Date,
): Promise<TaskPage | null> {
  if (!z.guid().safeParse(taskId).success) return null
  const task = await db.staffTask.findFirst({ where: { id: taskId, shop: shop.shop } })
  if (!task) return null
  const of = (await casesOf(db, shop.shop, [task])).get(task.caseId ?? '')
  return {
    ...row(task, of, shop, actor, now),
    done: task.doneAt !== null,
    snoozed: task.doneAt === null && task.snoozedUntil !== null && task.snoozedUntil > now,
    byStaff: task.doneBy?.startsWith('staff:') ?? false,
    mine: task.assignee === actor,
    note: task.note ?? '',
    case: of ? { id: of.id, facts: factsOf(of, shop, now) } : null,
    call: task.phone && of ? callOf(task, of, shop, now) : null,
    customerId: of?.customerId ?? null,
  }
}

function factsOf(of: CaseOfTask, shop: Shop, now: Date): { term: string; text: string }[] {
  return [
    { term: 'Shopper', text: nameOf(of) },
    { term: 'Amount', text: `${amountOf(of, shop)} before tax` },
    ...smallerOrder(of, shop),
    ...(of.productTitle ? [{ term: 'Product', text: of.productTitle }] : []),
    { term: 'Their time now', text: `${localTime(of, shop, now)}, by the ${of.zoneSource}` },
  ]
}

function callOf({ script }: StaffTask, { zone }: CaseOfTask, { locale }: Shop, now: Date) {
  const from = goodTimeToCall(now, zone)
  return {
    script,
    good: from === null,
    when:
      from === null
        ? 'A good time to call: between 9:00 and 20:00 for the shopper, on Sunday from 12:00.'
        : `Not a good time to call. It is again from ${formatMoment(from, { zone, locale }, now)} (${zoneWord(zone)}).`,
  }
}
