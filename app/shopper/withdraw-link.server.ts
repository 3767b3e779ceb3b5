/** Staff take back the link that the notices of a case carry: it was forwarded, or reached somebody else. */
import type { PrismaClient } from '@prisma/client'
import { audit } from '../dunning/audit.server.ts'

/**
 * From now on the links of this case that are out open nothing, those of the cases before it for the same debt included.
 * The next notice carries a new one. `by`: who asked, for the timeline. False: this shop has no such case.
 */
export async function withdrawLink(
  db: PrismaClient,
  { shop, caseId, actor, by }: { shop: string; caseId: string; actor: string; by: string },
  now: Date,
): Promise<boolean> {
  const because = `${by} withdrew the link in the notices sent so far: it opens nothing any more, and the next notice carries a new one`
  return db.$transaction(async (tx) => {
    // Waits for whoever writes to this case now, so that two lines never claim one number.
    const locked = await tx.$queryRaw<{ correlationId: string }[]>`
      SELECT "correlationId" FROM "RecoveryCase" WHERE id = ${caseId}::uuid AND shop = ${shop} FOR UPDATE`
    const [found] = locked
    if (!found) return false
    await tx.$executeRaw`
      WITH RECURSIVE debt AS (
        SELECT id, "predecessorId" FROM "RecoveryCase" WHERE id = ${caseId}::uuid
        UNION
        SELECT p.id, p."predecessorId" FROM "RecoveryCase" p JOIN debt d ON p.id = d."predecessorId" AND p.shop = ${shop}
      )
      UPDATE "RecoveryCase" c SET "linkTurn" = c."linkTurn" + 1 FROM debt WHERE c.id = debt.id`
    await tx.$executeRaw`
      INSERT INTO "CaseEvent" ("caseId", seq, type, actor, because, at, "correlationId")
      SELECT ${caseId}::uuid, coalesce(max(seq), 0) + 1, 'link_withdrawn', ${actor}, ${because}, ${now}, ${found.correlationId}
        FROM "CaseEvent" WHERE "caseId" = ${caseId}::uuid`
    await audit(tx, { shop, actor, action: 'case.link_withdrawn', target: caseId }, now)
    return true
  })
}
