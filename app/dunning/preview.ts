/**
 * Plays the policy over an imaginary shopper whose charges keep failing: what a sequence would do, and when. It calls
 * the same `decide` as the engine, so what the editor shows is what will happen.
 */

import { Temporal } from 'temporal-polyfill'
import { afterDecision } from './after-decision.ts'
import { emptyTraits, type IntervalUnit, type Traits } from './conditions.ts'
import { decide, type LeftOut } from './decide.ts'
import { declineFrom, familyOf } from './declines.ts'
import { dueEvent, isTerminal, nextActionAt } from './due.ts'
import { openCase } from './open-case.ts'
import { localDate } from './schedule.ts'
import type {
  Attempt,
  AttemptFact,
  CaseState,
  Command,
  Decision,
  DunningEvent,
  Facts,
  FinalAction,
  Hours,
  Instrument,
  MessageStage,
  Money,
  PaymentMethod,
  RecoveryCase,
  Sequence,
  StepKind,
  StepRun,
  Switches,
} from './types.ts'

/** The shopper for whom a sequence is played. */
export type ImaginedShopper = {
  zone: string
  /** BCP 47; how the local times are written. English unless given. */
  locale?: string
  /** The code with which every charge fails. A code that is new to us counts as one of the payment family. */
  code: string
  instrument?: Instrument
  /** How often the subscription renews. */
  interval: { unit: IntervalUnit; count: number }
  /** Of a real shopper: when the next cycle is charged. Else an interval after the failure. */
  nextExpectedAt?: Date | null
  amount?: Money
  traits?: Partial<Traits>
  /** When the first charge of the cycle fails. */
  failedAt: Date
  /** What happens later, at so many days (and parts of a day) after the first failure. */
  events?: ImaginedEvent[]
  /** Local hours for e-mail; 08:00 to 20:00 unless given. */
  emailWindow?: Hours
  /** Whether the shop can send texts; it can unless given. */
  smsReady?: boolean
  /** Whether they agreed to texts of the shop; they did unless told otherwise. */
  agreedToTexts?: boolean
}

export type ImaginedEvent = {
  afterDays: number
  type:
    | 'method_changed'
    | 'task_done'
    | 'clicked'
    | 'pays'
    | 'stops'
    | 'contract_paused'
    | 'contract_cancelled'
}

export type PreviewKind =
  | 'failure'
  | StepKind
  | 'grace'
  /** Something that the imagined shopper or staff do. */
  | 'happening'
  /** A step whose day comes and that is not run. */
  | 'skipped'

export type PreviewLine = {
  at: Date
  /** What the shopper's clock shows then, in their language: "Mon, Nov 23, 09:30". */
  local: string
  /** Whole days since the first failure, by the shopper's calendar. */
  day: number
  kind: PreviewKind
  /** The step that this line belongs to; null for what no step caused. */
  stepKey: string | null
  what: string
  because: string
  /** What forbade it, or moved it here; null: nothing did. */
  capped: CapName | null
}

/** H1 to H6 are the hard caps (limits.ts). */
export type CapName =
  | 'H1'
  | 'H2'
  | 'H3'
  | 'H4'
  | 'H5'
  | 'H6'
  | 'one message in 24 h'
  | 'after the last notice'
  | 'messages of a case'
  | 'quiet hours'
  | 'deadline'
  | 'condition'
  | 'branch'
  | 'wait'
  | 'consent'
  | 'not set up'
  | 'not needed'

export type Preview = {
  lines: PreviewLine[]
  /** When the case ends at the latest, as it stood at its beginning. */
  deadlineAt: Date
  graceEndsAt: Date
  /** How the case ended; null: it never did. */
  ended: CaseState['status'] | null
  endedAt: Date | null
  /** Charges on the cycle, the first included. */
  attempts: number
  /** Messages to the shopper, that of how it ended included; thanks for a payment are not counted. */
  messages: number
}

/** What would happen to this shopper, in order of time, until the case has ended. */
export function previewCase(sequence: Sequence, imagined: ImaginedShopper): Preview {
  const world = firstFailure(imagined)
  const page: Page = { lines: [], world, sequence }
  write(page, {
    at: world.now,
    kind: 'failure',
    what: 'The first charge fails',
    because: `declined: ${world.code}`,
  })
  const opened = openCase({
    id: IMAGINARY_CASE,
    facts: world.facts,
    sequence,
    zone: imagined.zone,
    emailWindow: imagined.emailWindow ?? { fromHour: 8, untilHour: 20 },
    known: [],
    traits: world.traits,
  })
  if (!opened) throw new Error('an imagined failure opened no case')

  let c = opened
  let asked: DunningEvent | null = { type: 'facts_read' }
  for (let turn = 0; turn < MOST_TURNS && !isTerminal(c.state); turn++) {
    const event: DunningEvent = asked ?? dueEvent(c, world.now)
    const decision = decide({
      case: c,
      event,
      facts: { ...world.facts, readAt: world.now },
      sequence,
      budget: budgetOf(c, world.now),
      switches: world.switches,
      now: world.now,
    })
    writeDecision(page, c, event, decision)
    c = withDecision(c, decision, world)
    const next = nextActionAt(c, decision.lookAgainAt)
    asked = effectOf(c, decision, world)
    if (asked) continue
    const happening = world.events[0]
    if (happening && (!next || happening.at <= next)) {
      world.events.shift()
      world.now = later(happening.at, world.now)
      c = happen(page, c, happening.type)
      asked = happening.type === 'stops' ? { type: 'shopper_stop' } : { type: 'facts_read' }
    } else if (next) {
      world.now = later(next, world.now)
    } else break
  }
  return {
    lines: page.lines,
    deadlineAt: opened.deadlineAt,
    graceEndsAt: opened.graceEndsAt,
    ended: isTerminal(c.state) ? c.state.status : null,
    endedAt: isTerminal(c.state) ? world.now : null,
    attempts: c.attempts.length,
    messages: c.messages.filter(({ stage }) => stage !== 'recovered').length,
  }
}

/** An id whose jitter is nought: the editor shows the middle of the window, around which real cases spread. */
const IMAGINARY_CASE = 'preview-26'

/** Far above what any sequence can fill; a plan that renews yearly may be looked at daily until then. */
const MOST_TURNS = 2000

// ---------------------------------------------------------------- the imagined world

type World = {
  now: Date
  code: string
  family: NonNullable<ReturnType<typeof familyOf>>
  facts: Facts
  traits: Traits
  switches: Switches
  events: { at: Date; type: ImaginedEvent['type'] }[]
  /** From now on the bank says yes. */
  passes: boolean
  zone: string
  /** The shopper's calendar day of the first failure, as UTC midnight. */
  firstDayMs: number
  clock: Intl.DateTimeFormat
  /** Why steps were put off, by their run. */
  moves: Map<string, string>
}

function firstFailure(imagined: ImaginedShopper): World {
  const { code, zone, interval, failedAt, smsReady, agreedToTexts } = imagined
  const upper = code.trim().toUpperCase()
  const family = familyOf(upper) ?? 'payment'
  const start = Temporal.Instant.fromEpochMilliseconds(failedAt.getTime()).toZonedDateTimeISO(zone)
  const next = start.add({ [UNITS[interval.unit]]: interval.count })
  const method = { ...IMAGINARY_METHOD, instrument: imagined.instrument ?? 'card' }
  const amount = imagined.amount ?? { amount: '24.90', currency: 'EUR' }
  const world: World = {
    now: failedAt,
    code: upper,
    family,
    facts: {
      readAt: failedAt,
      contract: { status: 'ACTIVE' },
      cycle: { status: 'UNBILLED', skipped: false, expectedAt: failedAt },
      nextExpectedAt:
        imagined.nextExpectedAt === undefined
          ? new Date(next.epochMilliseconds)
          : imagined.nextExpectedAt,
      method,
      attempts: [],
      inStock: null,
    },
    traits: {
      ...emptyTraits(amount),
      interval,
      instrument: method.instrument,
      ...imagined.traits,
    },
    switches: {
      stopped: null,
      uninstalled: false,
      suppressed: null,
      smsReady: smsReady ?? true,
      smsForbidden: agreedToTexts === false ? NOT_AGREED : null,
    },
    events: (imagined.events ?? [])
      .map(({ afterDays, type }) => ({
        at: new Date(failedAt.getTime() + afterDays * 86_400_000),
        type,
      }))
      .sort((a, b) => a.at.getTime() - b.at.getTime()),
    passes: false,
    zone,
    firstDayMs: Date.parse(localDate(failedAt, zone)),
    clock: clockFor(imagined.locale ?? 'en', zone),
    moves: new Map(),
  }
  world.facts = withAnswer(world, 1)
  return world
}

/** In the words of the text that is not sent (texts.server.ts). */
const NOT_AGREED = 'the shopper has not agreed to texts'

const UNITS = { DAY: 'days', WEEK: 'weeks', MONTH: 'months', YEAR: 'years' } as const

const IMAGINARY_METHOD: PaymentMethod = {
  id: 'an imaginary card',
  instrument: 'card',
  label: 'Visa ···· 4242',
  fingerprint: 'an imaginary card',
  revokedAt: null,
  revokedReason: null,
  expiresAt: null,
}

/** The facts with one more attempt, which the bank has answered. */
function withAnswer({ code, family, facts, now, passes }: World, number: number): Facts {
  const fact: AttemptFact = {
    shopifyId: `attempt ${number}`,
    key: `attempt ${number}`,
    createdAt: now,
    completedAt: now,
    originTime: now,
    outcome: passes
      ? { type: 'succeeded', orderId: null, total: null }
      : { type: 'failed', decline: declineFrom(code, family) },
  }
  return { ...facts, attempts: [...facts.attempts, fact] }
}

function later(at: Date, now: Date): Date {
  return at > now ? at : now
}

/** What the shopper, staff or the merchant do, and how that is seen. */
function happen(page: Page, c: RecoveryCase, type: ImaginedEvent['type']): RecoveryCase {
  const { world } = page
  const { now, facts } = world
  write(page, { at: now, kind: 'happening', what: HAPPENINGS[type], because: 'you imagined it' })
  switch (type) {
    case 'method_changed': {
      const method = { ...IMAGINARY_METHOD, label: 'Visa ···· 1881', fingerprint: `new ${+now}` }
      world.facts = { ...facts, method }
      world.passes = true
      return { ...c, happenings: [...c.happenings, { event: 'method_changed', at: now }] }
    }
    case 'task_done':
    case 'clicked':
      return { ...c, happenings: [...c.happenings, { event: type, at: now }] }
    case 'pays':
      if (facts.cycle) world.facts = { ...facts, cycle: { ...facts.cycle, status: 'BILLED' } }
      return c
    case 'contract_paused':
      world.facts = { ...facts, contract: { status: 'PAUSED' } }
      return c
    case 'contract_cancelled':
      world.facts = { ...facts, contract: { status: 'CANCELLED' } }
      return c
    case 'stops':
      return c
  }
}

const HAPPENINGS: Record<ImaginedEvent['type'], string> = {
  method_changed: 'The shopper gives another payment method',
  task_done: 'Staff note the outcome of their task',
  clicked: 'The shopper follows the link of a message',
  pays: 'The shopper pays by other means',
  stops: 'The shopper says: already cancelled, or not me',
  contract_paused: 'Somebody pauses the subscription',
  contract_cancelled: 'Somebody cancels the subscription',
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
function withDecision(c: RecoveryCase, decision: Decision, { now, facts }: World): RecoveryCase {
  const after = afterDecision(c, decision, now)
  const attempts = [...after.attempts, ...foreign(c, decision)]
  const charge = decision.commands.find((one) => one.type === 'attempt_billing')
  if (charge) attempts.push(attemptOf(charge, attempts.length + 1, facts, now))
  return {
    ...after,
    attempts,
    messages: [
      ...after.messages,
      ...decision.commands.flatMap((command) =>
        command.type === 'send_message' ? [{ ...command, state: 'sent', createdAt: now }] : [],
      ),
    ],
  }
}

/** Lets the bank and Shopify answer at once; null: nothing was asked of them. */
function effectOf(c: RecoveryCase, { commands }: Decision, world: World): DunningEvent | null {
  for (const command of commands) {
    if (command.type === 'attempt_billing') {
      world.facts = withAnswer(world, c.attempts.length)
      return { type: 'facts_read' }
    }
    if (command.type === 'apply_final_action')
      return { type: 'final_action_done', action: command.action }
  }
  return null
}

function attemptOf(
  { trigger, stepKey }: Extract<Command, { type: 'attempt_billing' }>,
  number: number,
  { method }: Facts,
  now: Date,
): Attempt {
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
    methodId: method?.id ?? null,
    methodFingerprint: method?.fingerprint ?? null,
    shopifyId: `attempt ${number}`,
    intendedAt: now,
    settledAt: null,
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
      methodId: IMAGINARY_METHOD.id,
      methodFingerprint: IMAGINARY_METHOD.fingerprint,
      shopifyId: fact.shopifyId,
      intendedAt: fact.createdAt,
      settledAt: fact.completedAt,
    }
  })
}

// ---------------------------------------------------------------- what is shown

type Page = { lines: PreviewLine[]; world: World; sequence: Sequence }

function write(
  { lines, world }: Page,
  line: Pick<PreviewLine, 'at' | 'kind' | 'what' | 'because'> &
    Partial<Pick<PreviewLine, 'stepKey' | 'capped'>>,
): void {
  const sinceMs = Date.parse(localDate(line.at, world.zone)) - world.firstDayMs
  lines.push({
    stepKey: null,
    capped: null,
    ...line,
    local: world.clock.format(line.at),
    day: Math.round(sinceMs / 86_400_000),
  })
}

/** What a merchant would notice of one decision; mere looking is left out. */
function writeDecision(page: Page, c: RecoveryCase, event: DunningEvent, decision: Decision): void {
  const { now: at, moves } = page.world
  const { commands, state } = decision
  const step =
    event.type === 'step_due' ? c.steps.find(({ id }) => id === event.stepRunId) : undefined
  const change = step && decision.steps.find(({ stepRunId }) => stepRunId === step.id)
  const moved = step ? moves.get(step.id) : undefined
  const because = moved ? `${decision.because} (put off: ${moved})` : decision.because
  const line = { at, stepKey: step?.stepKey ?? null, because, capped: moved ? capOf(moved) : null }

  for (const { data } of decision.entries) writeLeftOut(page, data?.steps)
  for (const command of commands) {
    const told = toldOf(command)
    if (told) write(page, { ...line, ...told })
  }
  const isQuiet = commands.length === 0 && !isTerminal(state)
  if (step && change?.to === 'done' && isQuiet)
    write(page, { ...line, kind: step.kind, what: wordsOf(step) })
  if (step && (change?.to === 'skipped' || change?.to === 'missed'))
    writeSkipped(page, step, change.because)
  if (step && change?.to === 'scheduled') moves.set(step.id, change.because)
  if (decision.graceEnded)
    write(page, { at, kind: 'grace', what: 'The grace period ends', because: decision.because })
  if (isTerminal(state)) write(page, { ...line, kind: 'end', what: 'The case ends' })
}

function writeSkipped(
  page: Page,
  step: Pick<StepRun, 'stepKey' | 'kind'> & { stage?: MessageStage | null },
  because: string,
): void {
  write(page, {
    at: page.world.now,
    kind: 'skipped',
    stepKey: step.stepKey,
    what: `Not run: ${wordsOf(step)}`,
    because,
    capped: capOf(because),
  })
}

/** Steps that got no date when the case came to a lane (decide.ts). */
function writeLeftOut(page: Page, steps: unknown): void {
  if (!Array.isArray(steps)) return
  for (const left of steps as LeftOut[]) {
    const meant = page.sequence.steps.find(({ key }) => key === left.stepKey)
    writeSkipped(page, { ...left, stage: meant?.stage ?? null }, left.because)
  }
}

function toldOf(command: Command): Pick<PreviewLine, 'kind' | 'what'> | null {
  switch (command.type) {
    case 'attempt_billing':
      return { kind: 'retry', what: 'The payment method is charged again' }
    case 'send_message':
      return { kind: command.channel, what: STAGES[command.stage] }
    case 'open_staff_task':
      return { kind: 'staff_task', what: command.title }
    case 'apply_final_action':
      return { kind: 'contract_action', what: ACTIONS[command.action] }
    default:
      return null
  }
}

function wordsOf({ kind, stage }: { kind: StepKind; stage?: MessageStage | null }): string {
  if (stage) return kind === 'account_notice' ? `${STAGES[stage]} (account page)` : STAGES[stage]
  return KINDS[kind]
}

const KINDS: Record<StepKind, string> = {
  retry: 'Another charge',
  email: 'A message to the shopper',
  sms: 'A text to the shopper',
  account_notice: 'A notice on the account page',
  staff_task: 'A task for staff',
  wait: 'A wait begins',
  branch: 'The plan takes a side',
  contract_action: 'An action on the subscription',
  end: 'The end of the plan',
}

const ACTIONS: Record<FinalAction, string> = {
  pause: 'The subscription is paused',
  skip: 'This cycle is skipped',
  cancel: 'The subscription is cancelled',
  leave: 'The subscription is left as it is',
  unpaid_order: 'An unpaid order is made',
}

const STAGES: Record<MessageStage, string> = {
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

/** Which limit a reason of `decide` speaks of. */
function capOf(because: string): CapName | null {
  const hard = /\((H[1-6])\)/.exec(because)?.[1]
  if (hard) return hard as CapName
  return CAPS.find(([words]) => words.test(because))?.[1] ?? null
}

const CAPS: readonly [RegExp, CapName][] = [
  [/one message in \d+ h|less than a day before the last notice/, 'one message in 24 h'],
  [/would come after the last notice/, 'after the last notice'],
  [/(e-mails|texts) were sent for this case/, 'messages of a case'],
  [/quiet hours/, 'quiet hours'],
  [/deadline|one retry only|two days would be left/, 'deadline'],
  [/we wait for/, 'wait'],
  [/other side|not decided/, 'branch'],
  [/agreed to (offers|texts)/, 'consent'],
  [/not set up/, 'not set up'],
  [/already told|had passed|nothing is owed|staff were not asked/, 'not needed'],
  [/is not run: /, 'condition'],
]

/** Making one costs more than all else of a preview. */
const clocks = new Map<string, Intl.DateTimeFormat>()

function clockFor(locale: string, zone: string): Intl.DateTimeFormat {
  const name = `${locale} ${zone}`
  const known = clocks.get(name)
  if (known) return known
  const made = new Intl.DateTimeFormat(locale, {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  clocks.set(name, made)
  return made
}
