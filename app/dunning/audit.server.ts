/** Who changed what: one row for each thing that staff or the app changed on a shop's behalf. */

import { createHash, randomUUID } from 'node:crypto'
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

/**
 * Staff looked at a customer's data. One row for each staff member, case and day (UTC), however often the page loads:
 * its id is made of the four, so that the second one finds the first.
 */
export async function auditRead(
  db: Db,
  { shop, actor, caseId }: { shop: string; actor: string; caseId: string },
  now: Date,
): Promise<void> {
  const day = now.toISOString().slice(0, 10)
  const hash = createHash('sha256').update([shop, actor, caseId, day].join('\n')).digest('hex')
  await db.auditEntry.createMany({
    data: [{ id: asUuid(hash), shop, actor, action: 'case.read', target: caseId, at: now }],
    skipDuplicates: true,
  })
}

/** The first 16 bytes of a hash in the form of a UUID (RFC 9562, version 8: our own making). */
function asUuid(hex: string): string {
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ]
  return parts.join('-')
}
