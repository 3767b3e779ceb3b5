/**
 * What will happen by itself: results of charges, deliveries, the biller's dates, deadlines of challenges.
 * Earliest first; of two at one instant, the one that was planned first.
 */
export type Entry = { at: number; order: number; what: string; run: () => void }

export type Agenda = { entries: Entry[]; planned: number }

export const newAgenda = (): Agenda => ({ entries: [], planned: 0 })

/** Plans `run` for `at`. `what` is shown by the calendar. */
export function plan(agenda: Agenda, at: number, what: string, run: () => void): Entry {
  agenda.planned += 1
  const entry = { at, order: agenda.planned, what, run }
  let low = 0
  let high = agenda.entries.length
  while (low < high) {
    const middle = (low + high) >> 1
    const other = agenda.entries[middle]
    if (other && other.at <= at) low = middle + 1
    else high = middle
  }
  agenda.entries.splice(low, 0, entry)
  return entry
}

export const nextOf = (agenda: Agenda): Entry | null => agenda.entries[0] ?? null

/** Runs everything planned for `now` or earlier, and what that plans for `now` in turn. */
export function runDue(agenda: Agenda, now: number): string[] {
  const done: string[] = []
  for (let next = agenda.entries[0]; next && next.at <= now; next = agenda.entries[0]) {
    agenda.entries.shift()
    next.run()
    done.push(next.what)
  }
  return done
}
