/** What befalls a case from outside, beside the decisions that `saveDecision` writes down. */
import type { PoolClient } from 'pg'
import { now } from '../clock.server.ts'

/** A line of the timeline, on a case that is locked. The new version makes a worker that is at the case read it again. */
export async function tellCase(
  client: PoolClient,
  caseId: string,
  type: string,
  because: string,
): Promise<void> {
  await client.query('UPDATE "RecoveryCase" SET version = version + 1 WHERE id = $1', [caseId])
  await client.query(
    `INSERT INTO "CaseEvent" ("caseId", seq, type, actor, because, at, "correlationId")
     SELECT c.id, (SELECT coalesce(max(seq), 0) + 1 FROM "CaseEvent" e WHERE e."caseId" = c.id), $2, 'engine', $3, $4, c."correlationId"
       FROM "RecoveryCase" c WHERE c.id = $1`,
    [caseId, type, because, now()],
  )
}
