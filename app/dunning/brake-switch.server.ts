/** Whether the store-wide brake of a shop is on, as the engine's switches say it. */
import { pool } from '../db.server.ts'
import type { Switches } from './types.ts'

/** How the shop's last brake stands, for the statement that loads a case `c`. */
export const BRAKE_OF_CASE = `
  (SELECT jsonb_build_object('engagedAt', b."engagedAt", 'because', b.because, 'releasedAt', b."releasedAt",
                             'releasedBecause', b."releasedBecause")
     FROM "Brake" b WHERE b.shop = c.shop ORDER BY b."engagedAt" DESC LIMIT 1) AS brake`

export type BrakeOfCase = {
  engagedAt: string
  because: string
  releasedAt: string | null
  releasedBecause: string | null
} | null

export function brakeSwitches(row: BrakeOfCase): Pick<Switches, 'brake' | 'brakeEnded'> {
  if (!row) return { brake: null, brakeEnded: null }
  return row.releasedAt
    ? { brake: null, brakeEnded: row.releasedBecause }
    : { brake: { since: new Date(row.engagedAt), because: row.because }, brakeEnded: null }
}

/** The same for a case that is about to be opened. */
export async function brakeOfShop(shop: string): Promise<Pick<Switches, 'brake' | 'brakeEnded'>> {
  const { rows } = await pool.query<{ brake: BrakeOfCase }>({
    name: 'brake-of-shop',
    text: `SELECT ${BRAKE_OF_CASE} FROM (SELECT $1::text AS shop) AS c`,
    values: [shop],
  })
  return brakeSwitches(rows[0]?.brake ?? null)
}
