import type {
  Attempt,
  AttemptState,
  CaseState,
  DunningEvent,
  RecoveryCase,
  StepRun,
  TerminalStatus,
} from './types.ts'

/** How long an attempt may stay in doubt before staff decide. Hours. Source: rulings.md 13. */
export const DOUBT_HOURS = 24
/** How long a case waits for the shopper to meet their bank before it may end. Hours. Ours: Shopify names no limit. */
export const CHALLENGE_HOURS = 24
/**
 * How long a charge whose result nobody knows keeps its case open past the deadline. Days. Ours: most results take
 * seconds, staff have had their task since the first day, and one who is away comes back within a week.
 */
export const RESULT_DAYS = 7

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

/** Live: the money may still move. Unknown counts as live (H1). */
export function isLive({ state }: { state: AttemptState }): boolean {
  return ['intended', 'submitted', 'action_required', 'unknown'].includes(state)
}

/** Scheduled steps, earliest first; of several at one moment, what decides about the others comes first. */
export function scheduled(c: Pick<RecoveryCase, 'steps'>): StepRun[] {
  return c.steps
    .filter((step) => step.state === 'scheduled')
    .sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime() || rank(a) - rank(b))
}

function rank({ kind }: StepRun): number {
  if (kind === 'branch' || kind === 'wait') return 0
  return kind === 'contract_action' || kind === 'end' ? 2 : 1
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
  const end = ownEnd(c)
  if (!end) return null
  return c.attempts.filter(isLive).reduce((at, one) => latest(at, awaitedUntil(one)), end)
}

function ownEnd(c: RecoveryCase): Date | null {
  switch (c.state.status) {
    case 'held':
      if (c.state.reason === 'paused' || c.state.reason === 'uninstalled') return null
      if (c.state.reason === 'brake' && !c.nextExpectedAt) return null
      return latest(c.deadlineAt, c.nextExpectedAt)
    case 'awaiting_merchant':
      return latest(c.deadlineAt, c.nextExpectedAt)
    default:
      return c.deadlineAt
  }
}

/** How long the result of a live attempt is awaited before its case may end. */
function awaitedUntil({ state, intendedAt }: Attempt): Date {
  const hours = state === 'action_required' ? CHALLENGE_HOURS : RESULT_DAYS * 24
  return new Date(intendedAt.getTime() + hours * 3_600_000)
}

function latest(a: Date, b: Date | null): Date {
  return b && b > a ? b : a
}

function earliest(times: (Date | null)[]): Date | null {
  return times.reduce<Date | null>((min, at) => (at && (!min || at < min) ? at : min), null)
}
