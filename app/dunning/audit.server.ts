/** Who changed what: one row for each thing that staff or the app changed on a shop's behalf. */

import { randomUUID } from 'node:crypto'
import type { Prisma } from '@prisma/client'
import type { Db } from '../db.server.ts'

export type Audited = {
  shop: string
  /** engine, or staff:<id>. */
  actor: string
  /** Past tense, dotted: "settings.saved". */
  action: string
  /** What it was done to, when that is not the shop itself. */
  target?: string
  data?: Prisma.InputJsonObject
}

export async function audit(
  db: Db,
  { shop, actor, action, target, data }: Audited,
  now: Date,
): Promise<void> {
  await db.auditEntry.create({
    data: {
      id: randomUUID(),
      shop,
      actor,
      action,
      target: target ?? null,
      ...(data ? { data } : {}),
      at: now,
    },
  })
}
