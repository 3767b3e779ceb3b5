/** What the editor of a sequence needs from the database beside the sequence itself. */

import type { Db } from '../db.server.ts'
import { parseTraits } from '../dunning/conditions.ts'
import { localDate, wallTime } from '../dunning/schedule.ts'
import type { Instrument } from '../dunning/types.ts'
import { formatShortDay, type Place, zoneWord } from './format.ts'
import { INSTRUMENTS, INTERVALS, type RealShopper } from './imagined-shopper.ts'
import { classWord } from './words.ts'

/** How many real shoppers the preview offers. Ours: a list that can be read. */
const SHOPPERS = 12

/** The shoppers of the newest cases: where they live, why it failed, how often and how they pay. Nothing names them. */
export async function recentShoppers(
  db: Db,
  shop: string,
  place: Place,
  now: Date,
): Promise<RealShopper[]> {
  const rows = await db.recoveryCase.findMany({
    where: { shop, lastCode: { not: null } },
    orderBy: { openedAt: 'desc' },
    take: SHOPPERS,
    select: {
      id: true,
      anchorAt: true,
      expectedAt: true,
      nextExpectedAt: true,
      zone: true,
      lastCode: true,
      lastClass: true,
      instrument: true,
      amount: true,
      currency: true,
      traits: true,
    },
  })
  return rows.map((row) => {
    const traits = parseTraits(row.traits, { amount: String(row.amount), currency: row.currency })
    const { unit, count } = traits.interval ?? { unit: 'DAY' as const, count: daysBetween(row) }
    const interval = INTERVALS.find(({ value }) => value === `${count} ${unit}`) ?? nearest(row)
    const instrument = (Object.keys(INSTRUMENTS) as Instrument[]).find(
      (one) => one === row.instrument,
    )
    const wall = wallTime(row.anchorAt, row.zone)
    const pays = INSTRUMENTS[instrument ?? 'card'].toLowerCase()
    return {
      caseId: row.id,
      label: `${formatShortDay(row.anchorAt, place, now)}: ${classWord(row.lastClass).toLowerCase()}, ${interval.label.toLowerCase()}, ${pays}, ${zoneWord(row.zone)}`,
      zone: row.zone,
      code: row.lastCode ?? '',
      instrument: instrument ?? 'card',
      interval: interval.value,
      failedOn: localDate(row.anchorAt, row.zone),
      failedMinute: Number(wall.slice(11, 13)) * 60 + Number(wall.slice(14, 16)),
      agreedToTexts: traits.consent.sms,
    }
  })
}

type Dates = { expectedAt: Date; nextExpectedAt: Date | null }

function daysBetween({ expectedAt, nextExpectedAt }: Dates): number {
  if (!nextExpectedAt) return 30
  return Math.round((nextExpectedAt.getTime() - expectedAt.getTime()) / (24 * 3_600_000))
}

/** Old cases do not know how often their plan renews: the distance of two charges says about so. */
function nearest(dates: Dates): (typeof INTERVALS)[number] {
  const days = daysBetween(dates)
  const unitDays = { DAY: 1, WEEK: 7, MONTH: 30.4, YEAR: 365 }
  const far = ({ value }: (typeof INTERVALS)[number]) => {
    const [count, unit] = value.split(' ')
    return Math.abs(Number(count) * (unitDays[unit as keyof typeof unitDays] ?? 30.4) - days)
  }
  return INTERVALS.reduce((best, one) => (far(one) < far(best) ? one : best))
}

/** Every name that a step of this sequence ever had, in any version. */
export async function usedStepKeys(db: Db, sequenceId: string): Promise<string[]> {
  const rows = await db.$queryRaw<{ key: string }[]>`
    SELECT DISTINCT step->>'key' AS "key"
    FROM "SequenceVersion", jsonb_array_elements("body"->'steps') AS step
    WHERE "sequenceId" = ${sequenceId}::uuid AND step->>'key' IS NOT NULL`
  return rows.map(({ key }) => key)
}
