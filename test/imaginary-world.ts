/**
 * A world in memory for the properties of the state machine: one subscription at a pretend Shopify, one case, one
 * clock. It does with `decide`'s commands what the shell does (handle-event.server.ts, perform.server.ts): an intent
 * is written before the call, an answer comes back as an event, a killed worker leaves its intent behind.
 *
 * The world knows the truth that the case can only read. The rules in state-machine.test.ts are checked against it.
 */
import { afterDecision } from '../app/dunning/after-decision.ts'
import { afterTheEnd } from '../app/dunning/after-the-end.ts'
import { emptyTraits, type Traits } from '../app/dunning/conditions.ts'
import { decide, type Situation, stateOf } from '../app/dunning/decide.ts'
import { declineFrom, familyOf } from '../app/dunning/declines.ts'
import { dueEvent, isLive, isTerminal, nextActionAt } from '../app/dunning/due.ts'
import { openCase } from '../app/dunning/open-case.ts'
import { defaultSequence } from '../app/dunning/sequence.ts'
import type {
  Attempt,
  AttemptFact,
  Budget,
  Command,
  ContractStatus,
  Decision,
  DunningEvent,
  Facts,
  FinalAction,
  PaymentMethod,
  RecoveryCase,
  Sequence,
  Switches,
} from '../app/dunning/types.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** What the bank says to a charge. `silence`: Shopify never tells what became of it. */
export type Bank =
  | { type: 'ok' }
  | { type: 'says'; code: string }
  | { type: 'challenge' }
  | { type: 'silence' }

/** How the next request for a charge goes. */
export type Answer =
  | { type: 'accepted' }
  | { type: 'refused'; code: string }
  | { type: 'not_accepted' }
  /** The answer is lost; the charge was made, or was not. */
  | { type: 'lost'; made: boolean }
  /** The worker is killed before or after the request. */
  | { type: 'killed'; made: boolean }

export type ActionAnswer = 'done' | 'refused' | 'not_reached' | 'answer_lost'

/** A charge as Shopify has it. */
export type Charge = {
  shopifyId: string
  key: string
  createdAt: Date
  completedAt: Date | null
  by: 'us' | 'other'
  fingerprint: string | null
  methodId: string | null
  outcome: AttemptFact['outcome']
  will: Bank
}

export type Beginning = {
  code: string
  interval: 'day' | 'week' | 'month' | 'year' | 'none'
  finalAction: FinalAction
  stockFinalAction: 'skip' | 'leave'
  startsAt: Date
  /** The merchant's plan; the default one unless another is named. */
  sequence?: Sequence
  /** Its hash moves all times of the case by some minutes (schedule.ts). */
  caseId?: string
  zone?: string
  traits?: Traits
  smsReady?: boolean
}

export type World = {
  now: Date
  caseId: string
  traits: Traits
  zone: string
  sequence: Sequence
  contract: ContractStatus | null
  cycle: Facts['cycle']
  nextExpectedAt: Date | null
  method: PaymentMethod | null
  charges: Charge[]
  bank: Bank
  answer: Answer
  actionAnswer: ActionAnswer
  /** What the cycle's order costs where a smaller one stands in place; null: it is whole. */
  smallerInPlace: string | null
  /** Whether Shopify would make the order smaller before the next charge. */
  orderAnswer: 'made' | 'refused' | 'not_reached'
  webhooksGetLost: boolean
  switches: Switches
  /** Charges on the present method for other subscriptions, and mails to this customer about them. */
  elsewhere: Date[]
  /** What STOP declines of other subscriptions have finished, as fingerprints. */
  stopsElsewhere?: () => string[]
  otherMailAt: Date | null
  case: RecoveryCase
  /** Earlier cases of the cycle, which nothing may touch any more. */
  ended: RecoveryCase[]
  lookAgainAt: Date | null
  /** The column that the sweep reads. */
  wakeAt: Date | null
  actions: Map<string, { state: 'intended' | 'done' | 'dropped' | 'undone'; asked: boolean }>
  story: string[]
  lastLine: string
  /** Lines of the timeline, as the merchant reads them. */
  lines: number
}

/** Looks at one decision before it is carried out; throws when a rule is broken. */
export type Watch = {
  decided(world: World, situation: Situation, decision: Decision): void
  /** Shopify is about to make this charge of ours. `since`: when the facts were read. */
  charged(world: World, attempt: Attempt): void
  acted(world: World, kind: string): void
  rested(world: World): void
}

export class BrokenRule extends Error {
  override name = 'BrokenRule'
}

/** A case may have so many things due at one moment; more means that a rule does not move it on. As in the shell. */
const ROUNDS = 25

const CASE_ID = 'b36a2a51-5f0c-4f39-8b2f-6a3c8d1e7f10'

export const firstCard: PaymentMethod = {
  id: 'method 1',
  instrument: 'card',
  label: 'Visa ···· 4242',
  fingerprint: '1/4242/2030-01',
  revokedAt: null,
  revokedReason: null,
  expiresAt: null,
}

/** A world in which the first charge of a cycle has just failed, and its case is open. */
export function begin({ code, interval, ...start }: Beginning, watch: Watch): World {
  const days = { day: 1, week: 7, month: 30, year: 365, none: 0 }[interval]
  const now = start.startsAt
  const world: World = {
    now,
    caseId: start.caseId ?? CASE_ID,
    traits: start.traits ?? emptyTraits({ amount: '24.90', currency: 'EUR' }),
    zone: start.zone ?? 'Europe/Berlin',
    sequence: {
      ...(start.sequence ?? defaultSequence()),
      finalAction: start.finalAction,
      stockFinalAction: start.stockFinalAction,
    },
    contract: 'ACTIVE',
    cycle: { status: 'UNBILLED', skipped: false, expectedAt: now },
    nextExpectedAt: days > 0 ? later(now, days * DAY) : null,
    method: firstCard,
    charges: [],
    bank: { type: 'says', code },
    answer: { type: 'accepted' },
    actionAnswer: 'done',
    smallerInPlace: null,
    orderAnswer: 'made',
    webhooksGetLost: false,
    switches: {
      stopped: null,
      uninstalled: false,
      suppressed: null,
      smsReady: start.smsReady ?? false,
    },
    elsewhere: [],
    otherMailAt: null,
    case: undefined as never,
    ended: [],
    lookAgainAt: null,
    wakeAt: null,
    actions: new Map(),
    story: [],
    lastLine: '',
    lines: 0,
  }
  world.charges.push(newCharge(world, 'the first charge', 'other', world.bank))
  settleCharges(world)
  tell(world, `the first charge of the cycle: ${said(world.bank)}`)
  if (!open(world, [], watch)) throw new Error('the first failure opened no case')
  return world
}

// ---------------------------------------------------------------- what Shopify and the bank do

export function charge(world: World, by: 'us' | 'other', key?: string): Charge {
  const made = newCharge(world, key ?? `foreign ${world.charges.length + 1}`, by, world.bank)
  world.charges.push(made)
  return made
}

function newCharge({ now, method, charges }: World, key: string, by: 'us' | 'other', will: Bank) {
  const made: Charge = {
    shopifyId: `charge ${charges.length + 1}`,
    key,
    createdAt: now,
    completedAt: null,
    by,
    fingerprint: method?.fingerprint ?? null,
    methodId: method?.id ?? null,
    outcome: { type: 'pending' },
    will,
  }
  return made
}

/** Every charge under way gets the answer that the bank has for it. */
export function settleCharges(world: World): boolean {
  let changed = false
  for (const one of world.charges) {
    if (one.outcome.type !== 'pending' || one.will.type === 'silence') continue
    one.outcome = outcomeOf(one.will)
    changed = true
    if (one.outcome.type !== 'action_required') one.completedAt = world.now
    if (one.outcome.type === 'succeeded' && world.cycle) world.cycle = paidCycle(world.cycle)
  }
  return changed
}

const paidCycle = (cycle: NonNullable<Facts['cycle']>) => ({ ...cycle, status: 'BILLED' as const })

function outcomeOf(bank: Exclude<Bank, { type: 'silence' }>): AttemptFact['outcome'] {
  if (bank.type === 'ok')
    return {
      type: 'succeeded',
      orderId: 'an order',
      total: { amount: '24.90', currency: 'EUR' },
    }
  if (bank.type === 'challenge') return { type: 'action_required' }
  return { type: 'failed', decline: declineFrom(bank.code, familyOf(bank.code) ?? 'payment') }
}

/** The shopper passes the bank's challenge, fails it, or lets it run out. */
export function answerChallenge(world: World, bank: Exclude<Bank, { type: 'silence' }>): boolean {
  const open = world.charges.find(({ outcome }) => outcome.type === 'action_required')
  if (!open) return false
  open.outcome = outcomeOf(bank)
  open.completedAt = world.now
  if (open.outcome.type === 'succeeded' && world.cycle) world.cycle = paidCycle(world.cycle)
  return true
}

export function factsOf(world: World): Facts {
  return {
    readAt: world.now,
    contract: world.contract ? { status: world.contract } : null,
    cycle: world.cycle,
    nextExpectedAt: world.nextExpectedAt,
    method: world.method,
    attempts: world.charges.map(({ shopifyId, key, createdAt, completedAt, outcome }) => ({
      shopifyId,
      key,
      createdAt,
      completedAt,
      originTime: null,
      outcome,
    })),
    inStock: null,
  }
}

function budgetOf(world: World): Budget {
  const since = world.now.getTime() - 30 * DAY
  const own = world.case.attempts.filter(
    (a) => a.methodId === world.method?.id && a.state !== 'refused' && a.state !== 'abandoned',
  )
  const used = [...own.map((a) => a.intendedAt), ...world.elsewhere]
    .filter((at) => at.getTime() > since)
    .sort((a, b) => b.getTime() - a.getTime())
  const mails = [world.case, ...world.ended].flatMap((c) =>
    c.messages.filter(({ countsTowardCap }) => countsTowardCap).map((m) => m.createdAt.getTime()),
  )
  const last = Math.max(0, world.otherMailAt?.getTime() ?? 0, ...mails)
  const tenth = used[9]
  return {
    methodAttempts30d: used.length,
    methodFreeAt: tenth ? later(tenth, 30 * DAY) : null,
    methodStopUntil: null,
    methodStops: [
      ...world.case.attempts.flatMap((a) =>
        a.class === 'STOP' ? [a.methodFingerprint ?? ''] : [],
      ),
      ...(world.stopsElsewhere?.() ?? []),
    ],
    lastMessageAt: last > 0 ? new Date(last) : null,
  }
}

// ---------------------------------------------------------------- the shell, in thought

/** Opens a case for a failure that no case knows yet. False: there is nothing to recover. */
function open(world: World, known: Attempt[], watch: Watch): boolean {
  const fresh = openCase({
    id: world.caseId,
    facts: factsOf(world),
    sequence: world.sequence,
    zone: world.zone,
    emailWindow: { fromHour: 8, untilHour: 20 },
    known,
    seenAt: world.now,
    traits: world.traits,
  })
  if (!fresh) return false
  const before = world.case
  world.case = fresh
  const situation = situationOf(world, { type: 'facts_read' })
  const decision = decide(situation)
  if (isTerminal(decision.state)) {
    world.case = before
    return false
  }
  if (before) world.ended.push(before)
  // The order is the debt's, not the case's: whatever stands in place still does.
  world.actions = new Map([...world.actions].filter(([kind]) => kind === 'smaller_order'))
  world.case = { ...fresh, weDid: weDid(world) }
  world.lookAgainAt = null
  save(world, situation, decision, watch)
  drive(world, null, watch)
  return true
}

/** A failure of somebody else's charge after the end of the case: a new need opens a linked case. */
export function reopen(world: World, watch: Watch): boolean {
  if (!isTerminal(world.case.state) || world.switches.uninstalled) return false
  return open(world, world.case.attempts, watch)
}

/** A result that came after the end: it is written down, and money is taken up by a linked case. */
export function lookAfterTheEnd(world: World, watch: Watch): void {
  const { case: ended, now } = world
  if (world.switches.uninstalled || !isTerminal(ended.state)) return
  const situation = situationOf(world, { type: 'facts_read' })
  const found = afterTheEnd(situation, world.caseId)
  if (found.type === 'note') {
    world.case = afterDecision(ended, found.decision, now)
    for (const command of found.decision.commands) intend(world, command)
    tell(world, `    noted after the end: ${found.decision.because}`)
  }
  if (found.type === 'note') drive(world, null, watch)
  if (found.type !== 'linked_case') return
  world.ended.push(ended)
  world.case = found.case
  world.actions = new Map(found.case.weDid.map((kind) => [kind, { state: 'done', asked: true }]))
  save(world, { ...situation, case: found.case }, found.decision, watch)
  drive(world, null, watch)
}

export function situationOf(world: World, event: DunningEvent, facts = factsOf(world)): Situation {
  const { case: c, sequence, switches, now } = world
  return { case: c, event, facts, sequence, budget: budgetOf(world), switches, now }
}

/** Works on the case until nothing of it is due. */
export function drive(world: World, asked: DunningEvent | null, watch: Watch): void {
  if (world.switches.uninstalled) return // Shopify refuses us the shop
  let event = asked
  for (let round = 0; ; round++) {
    if (round === ROUNDS)
      throw new BrokenRule(
        `something of the case is due again after ${ROUNDS} rounds at one moment`,
      )
    const intended = [...world.actions].find(([, { state }]) => state === 'intended')
    if (intended) {
      if (performAction(world, intended[0], watch) === 'later') {
        watch.rested(world)
        return
      }
      continue
    }
    if (isTerminal(world.case.state)) break
    const due = nextActionAt(world.case, world.lookAgainAt)
    if (!event && !(due && due <= world.now)) break
    const survived = decideAndAct(world, event ?? dueEvent(world.case, world.now), watch)
    event = null
    if (!survived) return
  }
  world.wakeAt = nextActionAt(world.case, world.lookAgainAt)
  watch.rested(world)
}

/** False when the worker was killed in the middle of it. */
function decideAndAct(world: World, event: DunningEvent, watch: Watch): boolean {
  const situation = situationOf(world, event)
  const decision = decide(situation)
  save(world, situation, decision, watch)
  for (const command of decision.commands) {
    if (command.type !== 'attempt_billing' && command.type !== 'resend_attempt') continue
    const attempt = world.case.attempts.find((a) =>
      command.type === 'resend_attempt' ? a.id === command.attemptId : a.state === 'intended',
    )
    if (!attempt) throw new BrokenRule('a charge was ordered and no attempt is written down')
    const answered = request(world, attempt, watch)
    if (answered === 'killed') {
      world.wakeAt = world.now
      return false
    }
    const after = situationOf(world, answered, situation.facts)
    save(world, after, decide(after), watch)
  }
  return true
}

/** Asks Shopify for the charge. A key that it knows already makes no second one. */
function request(world: World, attempt: Attempt, watch: Watch): DunningEvent | 'killed' {
  const { answer } = world
  world.answer = { type: 'accepted' }
  const make = () => {
    const same = world.charges.find(({ key }) => key === attempt.key)
    if (same) return same
    watch.charged(world, attempt)
    return charge(world, 'us', attempt.key)
  }
  const attemptId = attempt.id
  const unlike = putOrder(world, attemptId)
  if (unlike) return unlike
  const turnedDown = answer.type === 'refused' ? answer.code : refusalBy(world)
  if (turnedDown && answer.type !== 'killed') {
    tell(world, `Shopify refuses the charge: ${turnedDown}`)
    return { type: 'attempt_refused', attemptId, code: turnedDown }
  }
  switch (answer.type) {
    case 'not_accepted': {
      tell(world, 'Shopify is too busy for the charge')
      const retryAt = later(world.now, MINUTE)
      return { type: 'attempt_not_accepted', attemptId, retryAt, because: 'busy' }
    }
    case 'lost':
      tell(world, `the charge is ${answer.made ? 'made' : 'not made'}, and the answer is lost`)
      if (answer.made) make()
      return { type: 'attempt_unanswered', attemptId, because: 'timed out' }
    case 'killed':
      tell(world, `the worker is killed ${answer.made ? 'after' : 'before'} the request`)
      if (answer.made) make()
      return 'killed'
    default: {
      const { shopifyId } = make()
      tell(world, `Shopify takes the charge on ${world.method?.label ?? 'no method'}`)
      return { type: 'attempt_accepted', attemptId, shopifyId }
    }
  }
}

/** As perform.server.ts does it: the order is what the shopper chose before it is charged. */
function putOrder(world: World, attemptId: string): DunningEvent | null {
  const amount = world.case.smaller?.amount ?? null
  const how = world.orderAnswer
  world.orderAnswer = 'made'
  if (amount === world.smallerInPlace) return null
  if (how === 'not_reached')
    return {
      type: 'attempt_not_accepted',
      attemptId,
      retryAt: later(world.now, MINUTE),
      because: 'no answer',
    }
  if (amount !== null) {
    world.actions.set('smaller_order', { state: 'done', asked: true })
    world.case = { ...world.case, weDid: weDid(world) }
  }
  if (how === 'refused') return { type: 'order_not_changed', attemptId, because: 'it is shut' }
  world.smallerInPlace = amount
  tell(world, amount === null ? 'the order is whole' : `the order is one of ${amount}`)
  return null
}

function weDid({ actions }: World): RecoveryCase['weDid'] {
  return [...actions].flatMap(([kind, { state }]) =>
    state === 'done' &&
    (kind === 'pause' || kind === 'skip' || kind === 'cancel' || kind === 'smaller_order')
      ? [kind]
      : [],
  )
}

function refusalBy({ contract, cycle }: World): string | null {
  if (!contract) return 'CONTRACT_NOT_FOUND'
  if (contract === 'PAUSED') return 'CONTRACT_PAUSED'
  if (contract === 'CANCELLED' || contract === 'EXPIRED') return 'CONTRACT_TERMINATED'
  return cycle?.skipped ? 'BILLING_CYCLE_SKIPPED' : null
}

function save(world: World, situation: Situation, decision: Decision, watch: Watch): void {
  watch.decided(world, situation, decision)
  const { now } = world
  const c = afterDecision(world.case, decision, now)
  const attempts = [...c.attempts]
  for (const fact of decision.foreignAttempts)
    if (!attempts.some((a) => a.shopifyId === fact.shopifyId))
      attempts.push(foreignRow(world, fact, attempts.length + 1))
  for (const command of decision.commands)
    if (command.type === 'attempt_billing')
      attempts.push(ownRow(world, command, attempts.length + 1))
  const messages = decision.commands.flatMap((command) => {
    const isNew =
      command.type === 'send_message' &&
      !c.messages.some(({ triggerKey }) => triggerKey === command.triggerKey)
    return isNew ? [{ ...command, state: 'sent', createdAt: now }] : []
  })
  for (const command of decision.commands) intend(world, command)
  if (situation.event.type === 'final_action_done')
    world.actions.set(situation.event.action, { state: 'done', asked: true })
  if (situation.event.type === 'final_action_dropped')
    world.actions.set(situation.event.action, { state: 'dropped', asked: true })
  if (decision.pauseOver) world.actions.set('shopper_pause', { state: 'undone', asked: true })
  world.case = {
    ...c,
    attempts,
    messages: [...c.messages, ...messages],
    shopperPaused: world.actions.get('shopper_pause')?.state === 'done',
    weDid: weDid(world),
  }
  world.lookAgainAt = decision.lookAgainAt
  noteDecision(world, situation.event, decision)
}

function intend(world: World, command: Command): void {
  const kind =
    command.type === 'apply_final_action'
      ? command.action
      : command.type === 'activate_contract'
        ? 'activate'
        : command.type === 'pause_contract'
          ? 'staff_pause'
          : command.type === 'shopper_contract'
            ? `shopper_${command.action}`
            : command.type === 'restore_order'
              ? 'whole_order'
              : null
  if (!kind) return
  const row = world.actions.get(kind)
  const again = !row || row.state === 'dropped' || row.state === 'undone' || isSide(kind)
  if (again) world.actions.set(kind, { state: 'intended', asked: false })
}

function ownRow(
  { now, method }: World,
  { trigger, stepKey }: Extract<Command, { type: 'attempt_billing' }>,
  number: number,
): Attempt {
  return {
    id: `attempt ${number}`,
    number,
    trigger,
    stepKey,
    countsTowardLadder: trigger === 'scheduled',
    key: `our key ${number}`,
    state: 'intended',
    code: null,
    class: null,
    methodId: method?.id ?? null,
    methodFingerprint: method?.fingerprint ?? null,
    shopifyId: null,
    intendedAt: now,
    settledAt: null,
  }
}

function foreignRow({ method }: World, fact: AttemptFact, number: number): Attempt {
  const failed = fact.outcome.type === 'failed' ? fact.outcome.decline : null
  return {
    id: `attempt ${number}`,
    number,
    trigger: 'external',
    stepKey: null,
    countsTowardLadder: false,
    key: `external/${fact.shopifyId}`,
    state: stateOf(fact),
    code: failed?.code ?? null,
    class: failed?.class ?? null,
    methodId: method?.id ?? null,
    methodFingerprint: method?.fingerprint ?? null,
    shopifyId: fact.shopifyId,
    intendedAt: fact.createdAt,
    settledAt: isLive({ state: stateOf(fact) }) ? null : (fact.completedAt ?? fact.createdAt),
  }
}

/** What staff and the shopper may do again and again. */
function isSide(kind: string): boolean {
  return ['staff_pause', 'shopper_pause', 'shopper_resume', 'whole_order'].includes(kind)
}

/** One contract action, as perform.server.ts does it: the contract is read again, and whoever changed it is right. */
function performAction(world: World, kind: string, watch: Watch): 'finished' | 'later' {
  const row = world.actions.get(kind)
  if (kind === 'shopper_skip') {
    watch.acted(world, kind)
    world.actions.set(kind, { state: 'done', asked: true })
    if (world.cycle) world.cycle = { ...world.cycle, skipped: true }
    tell(world, 'the cycle is skipped for the shopper')
    return 'finished'
  }
  if (kind === 'whole_order') {
    world.smallerInPlace = null
    world.actions.set('whole_order', { state: 'done', asked: true })
    world.actions.set('smaller_order', { state: 'undone', asked: true })
    world.case = { ...world.case, weDid: weDid(world) }
    tell(world, 'the order is whole again')
    return 'finished'
  }
  if (kind === 'activate' || isSide(kind)) {
    const lifts = kind === 'activate' || kind === 'shopper_resume'
    const isAllowed = lifts ? world.contract === 'PAUSED' : world.contract === 'ACTIVE'
    watch.acted(world, kind)
    if (isAllowed) world.contract = lifts ? 'ACTIVE' : 'PAUSED'
    world.actions.set(kind, { state: isAllowed ? 'done' : 'dropped', asked: true })
    if (kind === 'activate' && isAllowed)
      world.actions.set('pause', { state: 'undone', asked: true })
    if (kind === 'shopper_resume' && isAllowed)
      world.actions.set('shopper_pause', { state: 'undone', asked: true })
    const undone = kind === 'activate' && isAllowed
    world.case = {
      ...world.case,
      shopperPaused: world.actions.get('shopper_pause')?.state === 'done',
      weDid: undone ? world.case.weDid.filter((one) => one !== 'pause') : world.case.weDid,
    }
    tell(world, isAllowed ? `the contract is ${world.contract}` : `Shopify refuses to ${kind}`)
    return 'finished'
  }
  const action = kind as FinalAction
  const facts = factsOf(world)
  const event = finalAction(world, action, row?.asked ?? false, watch)
  const situation = situationOf(world, event, facts)
  save(world, situation, decide(situation), watch)
  if (event.type !== 'final_action_delayed') return 'finished'
  const next = nextActionAt(world.case, world.lookAgainAt) ?? world.now
  const dueMs = world.now.getTime() - next.getTime()
  world.wakeAt = later(world.now, Math.min(Math.max(dueMs / 4, 15 * MINUTE), HOUR))
  return 'later'
}

function finalAction(
  world: World,
  action: FinalAction,
  asked: boolean,
  watch: Watch,
): DunningEvent {
  const { contract, cycle } = world
  const delayed = (because: string): DunningEvent => ({
    type: 'final_action_delayed',
    action,
    retryAt: later(world.now, 15 * MINUTE),
    because,
  })
  const dropped = (because: string): DunningEvent => ({
    type: 'final_action_dropped',
    action,
    because,
  })
  const isThere =
    action === 'pause'
      ? contract === 'PAUSED'
      : action === 'cancel'
        ? contract === 'CANCELLED'
        : action === 'skip' && cycle?.skipped === true
  if (asked && isThere) return { type: 'final_action_done', action }
  if (isTerminal(world.case.state)) return dropped('the case is over already')
  if (cycle?.status !== 'UNBILLED' || cycle.skipped)
    return dropped('the cycle is not open any more')
  if (action === 'unpaid_order') return dropped('nothing makes an unpaid order yet')
  if (world.switches.stopped) return delayed(world.switches.stopped)
  if (world.charges.some(({ outcome }) => outcome.type === 'pending'))
    return delayed('the result of a charge is awaited')
  if (contract !== 'ACTIVE') return dropped('the contract was changed already')
  const how = world.actionAnswer
  world.actionAnswer = 'done'
  world.actions.set(action, { state: 'intended', asked: true })
  if (how === 'refused') return dropped(`Shopify refused to ${action}`)
  if (how === 'not_reached') return delayed('Shopify did not answer')
  watch.acted(world, action)
  if (action === 'pause') world.contract = 'PAUSED'
  if (action === 'cancel') world.contract = 'CANCELLED'
  if (action === 'skip' && world.cycle) world.cycle = { ...world.cycle, skipped: true }
  tell(
    world,
    `we ${action} it at Shopify${how === 'answer_lost' ? ', and the answer is lost' : ''}`,
  )
  return how === 'answer_lost'
    ? delayed('the answer was lost')
    : { type: 'final_action_done', action }
}

/** After an uninstall: the case stands still at once, without a look at Shopify. */
export function freeze(world: World): void {
  const { case: c, now } = world
  world.switches = { ...world.switches, uninstalled: true }
  if (isTerminal(c.state)) return
  const since = c.state.status === 'held' ? c.state.frozenAt : now
  world.case = { ...c, state: { status: 'held', reason: 'uninstalled', frozenAt: since } }
  world.wakeAt = null
}

// ---------------------------------------------------------------- time, and the story so far

export function later(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms)
}

/** Time passes; the bank's answers come in, with a webhook unless they get lost. */
export function pass(world: World, ms: number, watch: Watch): void {
  if (ms > MINUTE && world.charges.some((one) => one.outcome.type === 'pending')) {
    world.now = later(world.now, MINUTE)
    ms -= MINUTE
    if (settleCharges(world) && !world.webhooksGetLost) {
      tell(world, 'the result of the charge is told')
      drive(world, { type: 'facts_read' }, watch)
      lookAfterTheEnd(world, watch)
    }
  }
  world.now = later(world.now, ms)
}

export function said(bank: Bank): string {
  return bank.type === 'says'
    ? bank.code
    : { ok: 'approved', challenge: 'the bank asks the shopper', silence: 'no answer, ever' }[
        bank.type
      ]
}

export function tell(world: World, what: string): void {
  const at = world.now.toISOString().slice(0, 16).replace('T', ' ')
  world.story.push(`${at}  ${what}`)
}

function noteDecision(world: World, event: DunningEvent, decision: Decision): void {
  const { state, because, commands } = decision
  const does = commands.map(({ type }) => type).join(', ')
  if (because === 'nothing new' && !does) return
  const reason = 'reason' in state ? `/${state.reason}` : ''
  const line = `→ ${state.status}${reason}: ${because}${does ? ` [${does}]` : ''}`
  // The engine does not say the same thing twice running (cases.server.ts).
  if (line === world.lastLine) return
  world.story.push(`    ${event.type} ${line}`)
  world.lines++
  world.lastLine = line
}
