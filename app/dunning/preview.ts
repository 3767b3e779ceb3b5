/**
 * Plays the policy over an imaginary card that keeps failing: what a sequence would do, and when. It calls the same
 * `decide` as the engine, so what the editor shows is what will happen.
 */

import { Temporal } from 'temporal-polyfill'
import { decide } from './decide.ts'
import { declineFrom, familyOf } from './declines.ts'
import { dueEvent, isTerminal, nextActionAt } from './due.ts'
import { openCase } from './open-case.ts'
import type {
  Attempt,
  AttemptFact,
  Command,
  Decision,
  DunningEvent,
  Facts,
  PaymentMethod,
  RecoveryCase,
  Sequence,
  StepChange,
  StepRun,
} from './types.ts'

export type PreviewInput = {
  /** The code with which every charge fails. A code that is new to us counts as one of the payment family. */
  code: string
  zone: string
  /** How often the imaginary subscription renews. */
  interval: { unit: 'DAY' | 'WEEK' | 'MONTH' | 'YEAR'; count: number }
  /** When the first charge of the cycle fails. */
  openedAt: Date
  /** Local hours for e-mail; 08:00 to 20:00 unless given. */
  emailWindow?: { fromHour: number; untilHour: number }
}

export type PreviewKind = 'failure' | 'retry' | 'email' | 'sms' | 'staff_task' | 'grace' | 'end'

export type PreviewLine = {
  at: Date
  kind: PreviewKind
  /** The step that this line belongs to; null for what no step caused. */
  stepKey: string | null
  what: string
  because: string
}

/** What would happen, in order of time, until the case has ended. */
export function preview(sequence: Sequence, input: PreviewInput): PreviewLine[] {
  const world = firstFailure(input)
  const opened = openCase({
    id: IMAGINARY_CASE,
    facts: world.facts,
    sequence,
    zone: input.zone,
    emailWindow: input.emailWindow ?? { fromHour: 8, untilHour: 20 },
    known: [],
  })
  const lines: PreviewLine[] = [
    {
      at: input.openedAt,
      kind: 'failure',
      stepKey: null,
      what: 'The first charge fails',
      because: `declined: ${world.code}`,
    },
  ]
  if (!opened) return lines

  let c = opened
  let now = input.openedAt
  let event: DunningEvent = { type: 'facts_read' }
  for (let turn = 0; turn < MOST_TURNS && !isTerminal(c.state); turn++) {
    const decision = decide({
      case: c,
      event,
      facts: { ...world.facts, readAt: now },
      sequence,
      budget: budgetOf(c, now),
      switches: { stopped: null, uninstalled: false, suppressed: null, smsReady: true },
      now,
    })
    lines.push(...linesOf(c, event, decision, now))
    c = withDecision(c, decision, now)

    const charge = decision.commands.find((one) => one.type === 'attempt_billing')
    const ending = decision.commands.find((one) => one.type === 'apply_final_action')
    if (charge) {
      c = { ...c, attempts: [...c.attempts, attemptOf(charge, c, world, now)] }
      world.facts = withFailure(world, c.attempts.length, now)
      event = { type: 'facts_read' }
    } else if (ending) {
      event = { type: 'final_action_done', action: ending.action }
    } else {
      const next = nextActionAt(c, decision.lookAgainAt)
      if (!next) break
      if (next > now) now = next
      event = dueEvent(c, now)
    }
  }
  return lines
}

/** An id whose jitter is nought: the editor shows the middle of the window, around which real cases spread. */
const IMAGINARY_CASE = 'preview-26'

/** Far above what any sequence can fill; a plan that renews yearly may be looked at daily until then. */
const MOST_TURNS = 2000

type World = { code: string; family: NonNullable<ReturnType<typeof familyOf>>; facts: Facts }

function firstFailure({ code, zone, interval, openedAt }: PreviewInput): World {
  const upper = code.trim().toUpperCase()
  const family = familyOf(upper) ?? 'payment'
  const start = Temporal.Instant.fromEpochMilliseconds(openedAt.getTime()).toZonedDateTimeISO(zone)
  const next = start.add({ [UNITS[interval.unit]]: interval.count })
  const world: World = {
    code: upper,
    family,
    facts: {
      readAt: openedAt,
      contract: { status: 'ACTIVE' },
      cycle: { status: 'UNBILLED', skipped: false, expectedAt: openedAt },
      nextExpectedAt: new Date(next.epochMilliseconds),
      method: IMAGINARY_CARD,
      attempts: [],
      inStock: null,
    },
  }
  return { ...world, facts: withFailure(world, 1, openedAt) }
}

const UNITS = { DAY: 'days', WEEK: 'weeks', MONTH: 'months', YEAR: 'years' } as const

const IMAGINARY_CARD: PaymentMethod = {
  id: 'an imaginary card',
  instrument: 'card',
  label: 'Visa ···· 4242',
  fingerprint: 'an imaginary card',
  revokedAt: null,
  revokedReason: null,
  expiresAt: null,
}

/** The facts with one more failed attempt. */
function withFailure({ code, family, facts }: World, number: number, at: Date): Facts {
  const failed: AttemptFact = {
    shopifyId: `attempt ${number}`,
    key: `attempt ${number}`,
    createdAt: at,
    completedAt: at,
    originTime: at,
    outcome: { type: 'failed', decline: declineFrom(code, family) },
  }
  return { ...facts, attempts: [...facts.attempts, failed] }
}

function attemptOf(
  { trigger, stepKey }: Extract<Command, { type: 'attempt_billing' }>,
  c: RecoveryCase,
  { facts }: World,
  now: Date,
): Attempt {
  const number = c.attempts.length + 1
  return {
    id: `attempt ${number}`,
    number,
    trigger,
    stepKey,
    countsTowardLadder: trigger === 'scheduled',
    key: `attempt ${number}`,
    state: 'submitted',
    code: null,
    class: null,
    methodId: facts.method?.id ?? null,
    methodFingerprint: facts.method?.fingerprint ?? null,
    shopifyId: `attempt ${number}`,
    intendedAt: now,
    settledAt: null,
  }
}

function budgetOf(c: RecoveryCase, now: Date) {
  const since = now.getTime() - 30 * 24 * 3_600_000
  return {
    methodAttempts30d: c.attempts.filter((one) => one.intendedAt.getTime() > since).length,
    // One cycle alone never fills it: H3 comes first.
    methodFreeAt: null,
    methodStopUntil: null,
    lastMessageAt: c.messages.findLast((one) => one.countsTowardCap)?.createdAt ?? null,
  }
}

// ---------------------------------------------------------------- a decision, carried out in thought

/** The case as it is once the decision has been saved and everything it asked for has been done. */
function withDecision(c: RecoveryCase, decision: Decision, now: Date): RecoveryCase {
  return {
    ...c,
    state: decision.state,
    lane: decision.lane?.to ?? c.lane,
    laneEnteredAt: decision.lane?.at ?? c.laneEnteredAt,
    lastDecline: decision.lastDecline ?? c.lastDecline,
    deadlineAt: decision.deadlineAt ?? c.deadlineAt,
    graceEndsAt: decision.graceEndsAt ?? c.graceEndsAt,
    graceEnded: decision.graceEnded ?? c.graceEnded,
    attempts: [...c.attempts.map((one) => settled(one, decision, now)), ...foreign(c, decision)],
    steps: [
      ...c.steps.map((step) =>
        changed(
          step,
          decision.steps.find(({ stepRunId }) => stepRunId === step.id),
        ),
      ),
      ...decision.newSteps.map(
        (step): StepRun => ({
          ...step,
          id: `${step.stepKey}#${step.occurrence}`,
          state: 'scheduled',
        }),
      ),
    ],
    messages: [
      ...c.messages,
      ...decision.commands.flatMap((command) =>
        command.type === 'send_message' ? [{ ...command, state: 'sent', createdAt: now }] : [],
      ),
    ],
  }
}

function settled(attempt: Attempt, decision: Decision, now: Date): Attempt {
  const change = decision.attempts.find(({ attemptId }) => attemptId === attempt.id)
  if (!change) return attempt
  return {
    ...attempt,
    state: change.to,
    code: change.decline?.code ?? attempt.code,
    class: change.decline?.class ?? attempt.class,
    settledAt: now,
  }
}

/** The first charge, which somebody else made. */
function foreign(c: RecoveryCase, { foreignAttempts }: Decision): Attempt[] {
  return foreignAttempts.map((fact, i) => {
    const decline = fact.outcome.type === 'failed' ? fact.outcome.decline : null
    return {
      id: fact.shopifyId,
      number: c.attempts.length + i + 1,
      trigger: 'native',
      stepKey: null,
      countsTowardLadder: false,
      key: fact.key,
      state: 'failed',
      code: decline?.code ?? null,
      class: decline?.class ?? null,
      methodId: IMAGINARY_CARD.id,
      methodFingerprint: IMAGINARY_CARD.fingerprint,
      shopifyId: fact.shopifyId,
      intendedAt: fact.createdAt,
      settledAt: fact.completedAt,
    }
  })
}

function changed(step: StepRun, change: StepChange | undefined): StepRun {
  if (!change) return step
  return change.to === 'scheduled'
    ? { ...step, state: 'scheduled', dueAt: change.dueAt }
    : { ...step, state: change.to }
}

// ---------------------------------------------------------------- what is shown

/** What a merchant would notice of one decision; moves of the clock and mere looking are left out. */
function linesOf(
  c: RecoveryCase,
  event: DunningEvent,
  decision: Decision,
  at: Date,
): PreviewLine[] {
  const { because, commands } = decision
  const step =
    event.type === 'step_due' ? c.steps.find(({ id }) => id === event.stepRunId) : undefined
  const stepKey = step?.stepKey ?? null
  const lines: PreviewLine[] = []
  for (const command of commands) {
    if (command.type === 'attempt_billing') {
      lines.push({ at, kind: 'retry', stepKey, what: 'The card is charged again', because })
    } else if (command.type === 'send_message') {
      lines.push({ at, kind: 'email', stepKey, what: WORDS[command.stage], because })
    } else if (command.type === 'open_staff_task') {
      lines.push({ at, kind: 'staff_task', stepKey, what: command.title, because })
    }
  }
  const isDone = decision.steps.some(({ stepRunId, to }) => stepRunId === step?.id && to === 'done')
  if (step?.kind === 'sms' && step.stage && isDone && lines.length === 0) {
    lines.push({ at, kind: 'sms', stepKey, what: WORDS[step.stage], because })
  }
  if (decision.graceEnded) {
    lines.push({ at, kind: 'grace', stepKey: null, what: 'The grace period ends', because })
  }
  if (isTerminal(decision.state)) {
    lines.push({ at, kind: 'end', stepKey: null, what: 'The case ends', because })
  }
  return lines
}

const WORDS: Record<Extract<Command, { type: 'send_message' }>['stage'], string> = {
  first: 'First notice to the shopper',
  reminder: 'Reminder to the shopper',
  options: 'The shopper may skip, shrink or wait',
  plan: 'The shopper learns what happens and when',
  last: 'Last notice to the shopper',
  address: 'The shopper is asked for a delivery address',
  recovered: 'Thanks: it worked',
  ended: 'The shopper learns how it ended',
  update_link: 'A link to mend the payment',
}
