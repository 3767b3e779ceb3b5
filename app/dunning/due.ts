import type { CaseState, DunningEvent, RecoveryCase, StepRun, TerminalStatus } from './types.ts'

const TERMINAL: readonly string[] = [
  'recovered',
  'paid_elsewhere',
  'exhausted',
  'skipped',
  'cancelled',
  'superseded',
  'written_off',
] satisfies TerminalStatus[]

export function isTerminal(
  state: CaseState,
): state is Extract<CaseState, { status: TerminalStatus }> {
  return TERMINAL.includes(state.status)
}

/** Scheduled steps, earliest first. */
export function scheduled(c: RecoveryCase): StepRun[] {
  return c.steps
    .filter((step) => step.state === 'scheduled')
    .sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime())
}

/**
 * When this case must be looked at next by itself, or null when only an outside event can move it.
 * `lookAgainAt` is what the last decision asked for.
 */
export function nextActionAt(c: RecoveryCase, lookAgainAt: Date | null): Date | null {
  if (isTerminal(c.state)) return null
  const times = [lookAgainAt, endsAt(c)]
  if (c.state.status !== 'held') {
    times.push(scheduled(c)[0]?.dueAt ?? null)
    if (!c.graceEnded) times.push(c.graceEndsAt)
  }
  return earliest(times)
}

/** What came due first at `now`; `facts_read` when nothing of the case's own did. */
export function dueEvent(c: RecoveryCase, now: Date): DunningEvent {
  const end = endsAt(c)
  const candidates: { at: Date; event: DunningEvent }[] = []
  const step = c.state.status === 'held' ? undefined : scheduled(c)[0]
  if (step) candidates.push({ at: step.dueAt, event: { type: 'step_due', stepRunId: step.id } })
  if (end) candidates.push({ at: end, event: { type: 'deadline_reached' } })
  if (!c.graceEnded && c.state.status !== 'held')
    candidates.push({ at: c.graceEndsAt, event: { type: 'grace_ended' } })
  const [first] = candidates
    .filter(({ at }) => at <= now)
    .sort((a, b) => a.at.getTime() - b.at.getTime())
  return first?.event ?? { type: 'facts_read' }
}

/**
 * When the case ends by itself. The deadline ends an ordinary case. One that waits for staff ends at the next
 * expected charge (rulings.md 16), and so does one that staff or the shopper stopped. A paused contract's clock
 * stands still, and an uninstalled shop's cases wait for the merchant.
 */
export function endsAt(c: RecoveryCase): Date | null {
  switch (c.state.status) {
    case 'held':
      if (c.state.reason === 'paused' || c.state.reason === 'uninstalled') return null
      return latest(c.deadlineAt, c.nextExpectedAt)
    case 'awaiting_merchant':
      // The later of both: a deadline past the next charge was moved there, to await a result.
      return latest(c.deadlineAt, c.nextExpectedAt)
    default:
      return c.deadlineAt
  }
}

function latest(a: Date, b: Date | null): Date {
  return b && b > a ? b : a
}

function earliest(times: (Date | null)[]): Date | null {
  return times.reduce<Date | null>((min, at) => (at && (!min || at < min) ? at : min), null)
}
