/** What staff do with a task: take it, note, put off, finish, open again. Each change leaves an audit row. */

import type { PrismaClient, StaffTask } from '@prisma/client'
import { z } from 'zod'
import type { Tx } from '../db.server.ts'
import { audit } from '../dunning/audit.server.ts'
import { type Outcome, outcomeOf, outcomeWord } from './task-rules.ts'

export type Who = { shop: string; actor: string }

/** Null: done as asked. Otherwise why not, in words for staff. */
export type Refusal = string | null

const GONE = 'This task does not exist any more.'
const OVER = 'This task is done already. Open it again first.'

export async function assignTask(
  db: PrismaClient,
  { shop, actor }: Who,
  taskId: string,
  to: 'me' | 'nobody',
  now: Date,
): Promise<Refusal> {
  return change(db, shop, taskId, async (tx, task) => {
    if (task.doneAt) return OVER
    const assignee = to === 'me' ? actor : null
    if (task.assignee === assignee) return null
    await tx.staffTask.update({ where: { id: task.id }, data: { assignee } })
    const action = assignee ? 'task.assigned' : 'task.unassigned'
    await audit(
      tx,
      { shop, actor, action, target: task.id, data: { before: task.assignee, assignee } },
      now,
    )
    return null
  })
}

/** Keeps what staff wrote in place of what was there. The audit row says that, not the text. */
export async function noteOnTask(
  db: PrismaClient,
  { shop, actor }: Who,
  taskId: string,
  said: string,
  now: Date,
): Promise<Refusal> {
  const note = tidy(said)
  return change(db, shop, taskId, async (tx, task) => {
    if (note === (task.note ?? '')) return null
    await tx.staffTask.update({ where: { id: task.id }, data: { note: note || null } })
    await audit(tx, { shop, actor, action: 'task.noted', target: task.id }, now)
    return null
  })
}

/** PostgreSQL's text holds no NUL, and a note needs no other control character than the line break. */
function tidy(said: string): string {
  return said.replace(/[^\P{Cc}\n]/gu, '').trim()
}

export async function snoozeTask(
  db: PrismaClient,
  { shop, actor }: Who,
  taskId: string,
  until: Date,
  now: Date,
): Promise<Refusal> {
  return change(db, shop, taskId, async (tx, task) => {
    if (task.doneAt) return OVER
    await tx.staffTask.update({ where: { id: task.id }, data: { snoozedUntil: until } })
    const data = { until: until.toISOString() }
    await audit(tx, { shop, actor, action: 'task.snoozed', target: task.id, data }, now)
    return null
  })
}

/** Closes a task with how it went; of a case, its timeline says so too. */
export async function finishTask(
  db: PrismaClient,
  { shop, actor }: Who,
  taskId: string,
  said: string,
  now: Date,
): Promise<Refusal> {
  return change(db, shop, taskId, async (tx, task) => {
    if (task.doneAt) return OVER
    const outcome = outcomeOf(task.phone, said)
    if (!outcome) return 'Say first how it went.'
    await tx.staffTask.update({
      where: { id: task.id },
      data: { doneAt: now, doneBy: actor, outcome, snoozedUntil: null },
    })
    await audit(tx, { shop, actor, action: 'task.done', target: task.id, data: { outcome } }, now)
    if (task.caseId) await tellCase(tx, task.caseId, actor, task.title, outcome, now)
    return null
  })
}

/** Only what staff closed: what the engine closed is over. */
export async function reopenTask(
  db: PrismaClient,
  { shop, actor }: Who,
  taskId: string,
  now: Date,
): Promise<Refusal> {
  return change(db, shop, taskId, async (tx, task) => {
    if (!task.doneAt) return null
    if (!task.doneBy?.startsWith('staff:'))
      return 'Reprise closed this task: what it asked is over.'
    const { kind, subject } = task
    const again = await tx.staffTask.count({ where: { shop, kind, subject, doneAt: null } })
    if (again > 0) return 'The same was asked again meanwhile: see the open tasks.'
    await tx.staffTask.update({
      where: { id: task.id },
      data: { doneAt: null, doneBy: null, outcome: null },
    })
    await audit(tx, { shop, actor, action: 'task.reopened', target: task.id }, now)
    return null
  })
}

/** One change at a time: the row is locked, so that of two members of staff the second sees what the first did. */
async function change(
  db: PrismaClient,
  shop: string,
  taskId: string,
  work: (tx: Tx, task: StaffTask) => Promise<Refusal>,
): Promise<Refusal> {
  // A form may say anything; the database takes only a UUID.
  if (!z.guid().safeParse(taskId).success) return GONE
  return db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT id FROM "StaffTask" WHERE id = ${taskId}::uuid AND shop = ${shop} FOR UPDATE`
    const task = await tx.staffTask.findFirst({ where: { id: taskId, shop } })
    return task ? work(tx, task) : GONE
  })
}

/** Under the lock of the case, which every decision takes first: no number of the timeline is given out twice. */
async function tellCase(
  tx: Tx,
  caseId: string,
  actor: string,
  title: string,
  outcome: Outcome,
  now: Date,
): Promise<void> {
  const because = `“${title}”: ${outcomeWord(outcome).toLowerCase()}`
  await tx.$queryRaw`SELECT id FROM "RecoveryCase" WHERE id = ${caseId}::uuid FOR NO KEY UPDATE`
  await tx.$executeRaw`
    INSERT INTO "CaseEvent" ("caseId", seq, type, actor, because, at)
    SELECT ${caseId}::uuid, coalesce(max(seq), 0) + 1, 'task_done', ${actor}, ${because}, ${now}
      FROM "CaseEvent" WHERE "caseId" = ${caseId}::uuid`
}
