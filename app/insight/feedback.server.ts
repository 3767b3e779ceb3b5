/** What shoppers said when it was over. Reads only. */
import type { Db } from '../db.server.ts'
import { languageFor } from '../messages/default-templates/languages.ts'

/** Days that are counted. */
const DAYS = 90

export type Feedback = {
  lines: { label: string; count: number }[]
  /** What was counted, and over what time. */
  meaning: string
}

/** Null: nobody has said anything. */
export async function feedbackOf(db: Db, shop: string, now: Date): Promise<Feedback | null> {
  const groups = await db.recoveryCase.groupBy({
    by: ['feedback'],
    where: {
      shop,
      status: { in: ['recovered', 'exhausted', 'skipped', 'cancelled'] },
      closedAt: { gte: new Date(now.getTime() - DAYS * 86_400_000) },
    },
    _count: { _all: true },
  })
  const asked = groups.reduce((sum, group) => sum + group._count._all, 0)
  const said = groups.filter(({ feedback }) => feedback !== null)
  const answers = said.reduce((sum, group) => sum + group._count._all, 0)
  if (answers === 0) return null
  const { answers: words } = languageFor('en').feedback
  return {
    lines: Object.entries(words).map(([answer, label]) => ({
      label,
      count: said.find(({ feedback }) => feedback === answer)?._count._all ?? 0,
    })),
    meaning: `${answers} of ${asked} cases closed in the last ${DAYS} days were answered, on the page that the last mail leads to.`,
  }
}
