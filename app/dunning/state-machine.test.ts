/**
 * The whole state machine as properties: made-up lives of a case, thousands of them, in which everything that can
 * happen happens at any time and in any order. The rules of the engine must hold in each. A life that breaks one is
 * shrunk to the shortest that does and printed as a dated story.
 *
 * A short form belongs to `npm test`; FC_RUNS=5000 FC_SEED=0 is a long one (test/property-seed.ts).
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anySequence } from '../../test/any-sequence.ts'
import {
  type Answer,
  answerChallenge,
  type Bank,
  type Beginning,
  BrokenRule,
  begin,
  charge,
  DAY,
  drive,
  firstCard,
  freeze,
  HOUR,
  later,
  lookAfterTheEnd,
  MINUTE,
  pass,
  reopen,
  said,
  settleCharges,
  situationOf,
  tell,
  type Watch,
  type World,
} from '../../test/imaginary-world.ts'
import { unpaid } from '../../test/shopper/unpaid.ts'
import { permissions } from '../shopper/permissions.ts'
import { triesOf } from '../shopper/tries.ts'
import {
  decide,
  EMAILS_PER_CASE,
  MESSAGE_GAP_HOURS,
  type Situation,
  TEXTS_PER_CASE,
} from './decide.ts'
import { isStockCode, KNOWN_CODES, KNOWN_REFUSALS } from './declines.ts'
import { isLive, isTerminal, RESULT_DAYS, scheduled } from './due.ts'
import { DAY_MOVES } from './pick-day.ts'
import { localHour } from './schedule.ts'
import { defaultSequence } from './sequence.ts'
import type {
  Attempt,
  CaseState,
  ContractStatus,
  Decision,
  DunningEvent,
  RecoveryCase,
} from './types.ts'

const RUNS = Number(process.env.FC_RUNS ?? 200)

// ---------------------------------------------------------------- what can happen

type Move =
  | { do: 'wait until something is due' }
  | { do: 'wait'; hours: number }
  | { do: 'outage'; days: number }
  | { do: 'bank'; bank: Bank }
  | { do: 'challenge'; bank: Exclude<Bank, { type: 'silence' }> }
  | { do: 'method'; to: 'another' | 'new expiry' | 'the first' | 'none' }
  | { do: 'revoke'; reason: string }
  | { do: 'contract'; to: ContractStatus | null }
  | { do: 'cycle'; to: 'skipped' | 'unskipped' | 'paid elsewhere' | 'gone' }
  | { do: 'foreign charge'; bank: Bank }
  | { do: 'press'; event: DunningEvent }
  | { do: 'answer'; answer: Answer }
  | { do: 'action answer'; answer: World['actionAnswer'] }
  | { do: 'order answer'; answer: World['orderAnswer'] }
  | { do: 'webhooks'; lost: boolean }
  | { do: 'stop switch'; isOn: boolean }
  | { do: 'uninstall' }
  | { do: 'reinstall' }
  | { do: 'brake'; isOn: boolean }
  | { do: 'suppress' }
  | { do: 'Shopify pauses charges'; hours: number }
  | { do: 'charged elsewhere'; times: number }
  | { do: 'other mail' }
  | { do: 'webhook again' }
  | { do: 'next date'; days: number }
  | {
      do: 'stray answer'
      type: 'accepted' | 'refused' | 'not_accepted' | 'unanswered'
      nth: number
    }
  | { do: 'stray step'; nth: number }

const anyCode = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('INSUFFICIENT_FUNDS', 'CARD_DECLINED', 'DO_NOT_HONOR') },
  { weight: 5, arbitrary: fc.constantFrom(...KNOWN_CODES, 'A_CODE_OF_TOMORROW') },
)
const settledBank = fc.oneof(
  { weight: 5, arbitrary: anyCode.map((code): Bank => ({ type: 'says', code })) },
  { weight: 1, arbitrary: fc.constant<Bank>({ type: 'ok' }) },
  { weight: 2, arbitrary: fc.constant<Bank>({ type: 'challenge' }) },
) as fc.Arbitrary<Exclude<Bank, { type: 'silence' }>>
const anyBank = fc.oneof(
  { weight: 12, arbitrary: settledBank },
  { weight: 1, arbitrary: fc.constant<Bank>({ type: 'silence' }) },
)
const anyAnswer = fc.oneof(
  fc
    .constantFrom(...KNOWN_REFUSALS, 'A_REFUSAL_OF_TOMORROW')
    .map((code): Answer => ({ type: 'refused', code })),
  fc.constant<Answer>({ type: 'not_accepted' }),
  fc.boolean().map((made): Answer => ({ type: 'lost', made })),
  fc.boolean().map((made): Answer => ({ type: 'killed', made })),
)
const presses: DunningEvent[] = [
  { type: 'staff_retry', by: 'Ada' },
  { type: 'staff_hold', by: 'Ada' },
  { type: 'staff_release', by: 'Ada' },
  { type: 'staff_close', by: 'Ada' },
  { type: 'staff_pause_contract', by: 'Ada' },
  { type: 'shopper_stop' },
  { type: 'shopper_pay' },
  { type: 'shopper_method' },
  { type: 'shopper_day', day: '2026-11-20' },
  { type: 'shopper_day', day: '2026-12-05' },
  { type: 'shopper_smaller', smaller: { lines: [], amount: '12.40' } },
  { type: 'shopper_smaller', smaller: { lines: [], amount: '7.00' } },
  { type: 'shopper_whole' },
  { type: 'shopper_skip' },
  { type: 'shopper_pause' },
  { type: 'shopper_resume' },
  { type: 'brake_probe' },
]

const anyMove = fc.oneof(
  { weight: 24, arbitrary: fc.constant<Move>({ do: 'wait until something is due' }) },
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 60 }).map((hours) => ({ do: 'wait', hours })) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 45 }).map((days) => ({ do: 'outage', days })) },
  { weight: 5, arbitrary: anyBank.map((bank) => ({ do: 'bank', bank })) },
  { weight: 2, arbitrary: settledBank.map((bank) => ({ do: 'challenge', bank })) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom('another', 'new expiry', 'the first', 'none')
      .map((to) => ({ do: 'method', to }) as Move),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        'MERGED',
        'FAILED_TO_UPDATE_CREDIT_CARD',
        'MANUALLY_REVOKED',
        'CVV_ATTEMPTS_LIMIT_EXCEEDED',
      )
      .map((reason) => ({ do: 'revoke', reason })),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom<ContractStatus | null>(
        'ACTIVE',
        'ACTIVE',
        'PAUSED',
        'PAUSED',
        'FAILED',
        'CANCELLED',
        'EXPIRED',
        null,
      )
      .map((to) => ({ do: 'contract', to })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('skipped', 'unskipped', 'paid elsewhere', 'gone')
      .map((to) => ({ do: 'cycle', to }) as Move),
  },
  { weight: 2, arbitrary: anyBank.map((bank) => ({ do: 'foreign charge', bank })) },
  { weight: 6, arbitrary: fc.constantFrom(...presses).map((event) => ({ do: 'press', event })) },
  { weight: 4, arbitrary: anyAnswer.map((answer) => ({ do: 'answer', answer })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('refused', 'not_reached', 'answer_lost')
      .map((answer) => ({ do: 'action answer', answer }) as Move),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('refused', 'not_reached')
      .map((answer) => ({ do: 'order answer', answer }) as Move),
  },
  { weight: 2, arbitrary: fc.boolean().map((lost) => ({ do: 'webhooks', lost })) },
  { weight: 2, arbitrary: fc.boolean().map((isOn) => ({ do: 'stop switch', isOn })) },
  { weight: 1, arbitrary: fc.constantFrom<Move>({ do: 'uninstall' }, { do: 'reinstall' }) },
  { weight: 1, arbitrary: fc.boolean().map((isOn) => ({ do: 'brake', isOn })) },
  { weight: 1, arbitrary: fc.constant<Move>({ do: 'suppress' }) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 1, max: 24 })
      .map((hours) => ({ do: 'Shopify pauses charges', hours })),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 9 }).map((times) => ({ do: 'charged elsewhere', times })),
  },
  { weight: 1, arbitrary: fc.constant<Move>({ do: 'other mail' }) },
  { weight: 2, arbitrary: fc.constant<Move>({ do: 'webhook again' }) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: -5, max: 10 }).map((days) => ({ do: 'next date', days })),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('stray answer' as const),
      type: fc.constantFrom('accepted', 'refused', 'not_accepted', 'unanswered'),
      nth: fc.nat(8),
    }) as fc.Arbitrary<Move>,
  },
  { weight: 1, arbitrary: fc.nat(30).map((nth) => ({ do: 'stray step', nth })) },
) as fc.Arbitrary<Move>

const anyBeginning: fc.Arbitrary<Beginning> = fc.record({
  code: anyCode,
  interval: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('month', 'week') },
    { weight: 1, arbitrary: fc.constantFrom('day', 'year', 'none') },
  ) as fc.Arbitrary<Beginning['interval']>,
  finalAction: fc.constantFrom('pause', 'skip', 'leave', 'cancel', 'unpaid_order'),
  stockFinalAction: fc.constantFrom('skip', 'leave'),
  startsAt: fc.constantFrom(
    new Date('2026-11-12T08:00:00Z'),
    new Date('2026-11-12T15:40:00Z'),
    // The nights of a clock change in Berlin lie in these two.
    new Date('2027-03-20T01:30:00Z'),
    new Date('2026-10-17T21:10:00Z'),
  ),
  smsReady: fc.boolean(),
  sequence: fc.oneof(
    { weight: 3, arbitrary: fc.constant(defaultSequence()) },
    { weight: 2, arbitrary: anySequence() },
  ),
})

/** In plain English, for the story. */
function sentence(move: Move): string | null {
  switch (move.do) {
    case 'outage':
      return `nothing of ours runs for ${move.days} days`
    case 'bank':
      return `from now on the bank says: ${said(move.bank)}`
    case 'challenge':
      return `the shopper answers the bank's question: ${said(move.bank)}`
    case 'method':
      return `the payment method is now: ${move.to}`
    case 'revoke':
      return `the payment method is revoked: ${move.reason}`
    case 'contract':
      return move.to ? `somebody makes the contract ${move.to}` : 'the contract is gone'
    case 'cycle':
      return `the cycle is ${move.to}`
    case 'foreign charge':
      return `another biller charges the cycle: ${said(move.bank)}`
    case 'press':
      return 'by' in move.event ? `${move.event.by}: ${move.event.type}` : move.event.type
    case 'action answer':
      return `the next final action: ${move.answer}`
    case 'order answer':
      return `the next change of the order: ${move.answer}`
    case 'webhooks':
      return move.lost ? 'webhooks get lost from now on' : 'webhooks come again'
    case 'stop switch':
      return move.isOn ? 'staff stop recovery' : 'staff start recovery again'
    case 'uninstall':
      return 'the app is uninstalled'
    case 'reinstall':
      return 'the app is installed again'
    case 'brake':
      return move.isOn ? 'the store-wide brake engages' : 'the store-wide brake is released'
    case 'suppress':
      return 'the shopper may not be written to any more'
    case 'Shopify pauses charges':
      return `Shopify refuses charges of this shop for ${move.hours} h`
    case 'charged elsewhere':
      return `the method is charged ${move.times} times for other subscriptions`
    case 'other mail':
      return 'another subscription writes to the shopper'
    case 'webhook again':
      return 'a webhook comes a second time'
    case 'next date':
      return `the next charge is moved by ${move.days} days`
    case 'stray answer':
      return `an old answer comes once more: ${move.type} for attempt ${move.nth + 1}`
    default:
      return null // the clock, or what shows when it takes effect
  }
}

function make(world: World, move: Move): void {
  const told = sentence(move)
  if (told) tell(world, told)
  const changed = change(world, move)
  if (changed && !world.webhooksGetLost) {
    drive(world, { type: 'facts_read' }, rules)
    lookAfterTheEnd(world, rules)
    reopen(world, rules)
  }
}

/** Answers whether Shopify would send a webhook about it. */
function change(world: World, move: Move): boolean {
  switch (move.do) {
    case 'wait until something is due':
      waitUntilDue(world)
      return false
    case 'wait': {
      const until = later(world.now, move.hours * HOUR)
      while (world.wakeAt && world.wakeAt <= until && !isTerminal(world.case.state)) {
        const before = world.wakeAt
        waitUntilDue(world)
        if (world.wakeAt === before) break
      }
      if (world.now < until) pass(world, until.getTime() - world.now.getTime(), rules)
      return false
    }
    case 'outage':
      world.now = later(world.now, move.days * DAY)
      settleCharges(world)
      if (!world.switches.uninstalled) drive(world, null, rules)
      return false
    case 'bank':
      world.bank = move.bank
      return false
    case 'challenge':
      return answerChallenge(world, move.bank)
    case 'method':
      world.method = methodOf(world, move.to)
      return true
    case 'revoke':
      if (!world.method) return false
      world.method = { ...world.method, revokedAt: world.now, revokedReason: move.reason }
      return true
    case 'contract':
      if (world.contract === 'CANCELLED' || world.contract === 'EXPIRED' || !world.contract)
        return false
      world.contract = move.to
      return true
    case 'cycle':
      return changeCycle(world, move.to)
    case 'foreign charge': {
      // Shopify itself lets nobody charge a paid cycle or a contract that does not run.
      if (world.contract !== 'ACTIVE' || world.cycle?.status !== 'UNBILLED') return false
      const bank = world.bank
      world.bank = move.bank
      charge(world, 'other')
      world.bank = bank
      settleCharges(world)
      return true
    }
    case 'press':
      if (!world.switches.uninstalled) drive(world, move.event, rules)
      return false
    case 'answer':
      world.answer = move.answer
      return false
    case 'action answer':
      world.actionAnswer = move.answer
      return false
    case 'order answer':
      world.orderAnswer = move.answer
      return false
    case 'webhooks':
      world.webhooksGetLost = move.lost
      return false
    case 'stop switch':
      world.switches = { ...world.switches, stopped: move.isOn ? 'Ada stopped recovery' : null }
      return false
    case 'uninstall':
      freeze(world)
      return false
    case 'reinstall':
      world.switches = { ...world.switches, uninstalled: false }
      return false
    case 'brake':
      world.switches = {
        ...world.switches,
        brake: move.isOn
          ? (world.switches.brake ?? { since: world.now, because: 'cards fail in the same way' })
          : null,
      }
      // Whoever engages or releases it wakes the cases of the shop.
      drive(world, { type: 'facts_read' }, rules)
      return false
    case 'suppress':
      world.switches = { ...world.switches, suppressed: 'the address bounced' }
      return false
    case 'Shopify pauses charges':
      world.switches = {
        ...world.switches,
        attemptsPausedUntil: later(world.now, move.hours * HOUR),
      }
      return false
    case 'charged elsewhere':
      for (let i = 0; i < move.times; i++) world.elsewhere.push(world.now)
      return false
    case 'other mail':
      world.otherMailAt = world.now
      return false
    case 'webhook again':
      return true
    case 'next date':
      if (!world.nextExpectedAt) return false
      world.nextExpectedAt = later(world.nextExpectedAt, move.days * DAY)
      return true
    case 'stray answer':
      return strayAnswer(world, move)
    case 'stray step': {
      const step = world.case.steps[move.nth % Math.max(1, world.case.steps.length)]
      if (step) drive(world, { type: 'step_due', stepRunId: step.id }, rules)
      return false
    }
  }
}

function waitUntilDue(world: World): void {
  const { wakeAt } = world
  if (!wakeAt || isTerminal(world.case.state)) return
  pass(world, Math.max(0, wakeAt.getTime() - world.now.getTime()), rules)
  drive(world, null, rules)
}

function methodOf(world: World, to: 'another' | 'new expiry' | 'the first' | 'none') {
  const number = 2 + Math.floor(world.now.getTime() / HOUR)
  switch (to) {
    case 'none':
      return null
    case 'the first':
      return firstCard
    case 'new expiry':
      return { ...(world.method ?? firstCard), fingerprint: `${number}/4242/2035`, revokedAt: null }
    case 'another':
      return { ...firstCard, id: `method ${number}`, fingerprint: `${number}/1111/2031-01` }
  }
}

function changeCycle(
  world: World,
  to: 'skipped' | 'unskipped' | 'paid elsewhere' | 'gone',
): boolean {
  if (!world.cycle || world.cycle.status === 'BILLED') return false
  if (to === 'gone') world.cycle = null
  else if (to === 'paid elsewhere') world.cycle = { ...world.cycle, status: 'BILLED' }
  else world.cycle = { ...world.cycle, skipped: to === 'skipped' }
  return true
}

/** Only an answer to an attempt that is settled can come twice: a live one has the worker that waits for it. */
function strayAnswer(world: World, { type, nth }: Extract<Move, { do: 'stray answer' }>): boolean {
  const attempt = world.case.attempts[nth]
  if (!attempt || isLive(attempt) || attempt.trigger === 'external') return false
  const attemptId = attempt.id
  const event: DunningEvent = {
    accepted: { type: 'attempt_accepted' as const, attemptId, shopifyId: attempt.shopifyId ?? 'x' },
    refused: { type: 'attempt_refused' as const, attemptId, code: 'INVALID' },
    not_accepted: {
      type: 'attempt_not_accepted' as const,
      attemptId,
      retryAt: later(world.now, MINUTE),
      because: 'busy',
    },
    unanswered: { type: 'attempt_unanswered' as const, attemptId, because: 'timed out' },
  }[type]
  drive(world, event, rules)
  return false
}

// ---------------------------------------------------------------- the rules

function must(isSo: boolean, rule: string): asserts isSo {
  if (!isSo) throw new BrokenRule(rule)
}

const rules: Watch = {
  decided(world, situation, decision) {
    const { case: before, event } = situation
    must(decision.because.trim().length > 0, 'every decision says why')
    if (isTerminal(before.state)) return terminalStays(before, decision)
    onlyLiveThingsChange(situation, decision)
    oneCharge(world, situation, decision)
    messagesKeepTheirLimits(world, situation, decision)
    undoesOnlyItsOwn(situation, decision)
    clockStandsStill(situation, decision)
    if (isTerminal(decision.state)) endsCleanly(situation, decision)
    // A case that takes up late money says more than its decision (after-the-end.ts).
    const isLate = decision.because.startsWith('money came after')
    if (world.story.length % 7 === 0 && !isLate) stable(situation, decision)
    must(
      !event.type.startsWith('attempt_') || decision.commands.every((one) => !isCharge(one)),
      'I6: an answer to a charge, decided on facts from before it, charges nothing',
    )
  },
  charged: capsHold,
  acted(world, kind) {
    if (kind === 'activate')
      must(world.case.weDid.includes('pause'), 'I7: only our own pause is undone')
    if (kind === 'shopper_resume')
      must(world.case.shopperPaused === true, 'only the shopper’s own pause is lifted for them')
    if (kind === 'activate' || kind === 'staff_pause' || kind.startsWith('shopper_')) return
    const { lane } = world.case
    must(lane !== 'MERCHANT', 'ruling 16: no final action for what the shop has to mend')
    must(
      kind === 'skip' || lane !== 'STOCK',
      'ruling 16: a stock-out skips its cycle, and does nothing else',
    )
    must(!world.switches.stopped, 'nothing is done to a contract while the shop is stopped')
    must(world.contract === 'ACTIVE', 'I7: a contract that somebody changed is left alone')
    must(world.cycle?.status === 'UNBILLED', 'no final action on a paid cycle')
    // A bank's question that nobody has answered for a day is no charge under way.
    const isOpen = (one: World['charges'][number]) =>
      isUnderWay(one) &&
      !(one.outcome.type === 'action_required' && later(one.createdAt, DAY) <= world.now)
    must(!world.charges.some(isOpen), 'no final action while a charge is under way')
  },
  rested(world) {
    const { case: c } = world
    must(
      world.smallerInPlace === null ||
        world.switches.uninstalled ||
        world.cycle?.status === 'BILLED' ||
        c.attempts.some(isLive),
      'a smaller order stands in place only while it is charged',
    )
    if (isTerminal(c.state)) return
    const isNamed =
      c.state.status === 'held' && (c.state.reason === 'paused' || c.state.reason === 'uninstalled')
    must(
      world.wakeAt !== null || isNamed,
      'I3: an open case has a next action time, or waits for a named outside event',
    )
    must(!world.wakeAt || world.wakeAt > world.now, 'what is due is done')
    keepsWhatThePagePromises(world)
    must(Number.isFinite(c.deadlineAt.getTime()), 'I3: an open case has a deadline')
  },
}

/** As long as Shopify shows nothing new, what the page offers is done at the press. */
function keepsWhatThePagePromises(world: World): void {
  const pressed = (event: DunningEvent) => decide(situationOf(world, event))
  const { case: c, switches, sequence } = world
  if (switches.uninstalled || pressed({ type: 'facts_read' }).because !== 'nothing new') return
  const { budget, facts } = situationOf(world, { type: 'facts_read' })
  // Sent again later under its own key: the page counts the day from the first time, the engine from Shopify's word.
  const isLater = (one: Attempt) =>
    facts.attempts.some(({ key, createdAt }) => key === one.key && createdAt > one.intendedAt)
  if (c.attempts.some(isLater)) return
  const { days, ...tries } = triesOf(
    { case: c, sequence, switches, budget, method: facts.method },
    world.now,
  )
  const may = permissions(
    unpaid({
      ...tries,
      status: c.state.status,
      reason: 'reason' in c.state ? c.state.reason : null,
      lane: c.lane ?? 'UNKNOWN',
      hasMethod: facts.method !== null && facts.method.revokedAt === null,
      halted: switches.stopped !== null,
      challengeOpen: c.attempts.some(({ state }) => state === 'action_required'),
      underWay: c.attempts.some(({ state }) => state === 'intended' || state === 'submitted'),
      days: days && { ...days, movesLeft: DAY_MOVES - (c.dayMoves ?? 0) },
    }),
  )
  if (may.pay.allowed)
    must(
      pressed({ type: 'shopper_pay' }).commands.some(isCharge),
      'where the page offers to pay, a press charges',
    )
  if (!may.day.allowed || !days) return
  for (const day of [days.earliest, days.latest]) {
    const { because, dayMoved } = pressed({ type: 'shopper_day', day })
    must(dayMoved || because.endsWith('already'), 'a day that the page offers can be picked')
  }
}

const isCharge = ({ type }: { type: string }) =>
  type === 'attempt_billing' || type === 'resend_attempt'
const isUnderWay = ({ outcome }: World['charges'][number]) =>
  outcome.type === 'pending' || outcome.type === 'action_required'

function terminalStays({ state }: RecoveryCase, d: Decision): void {
  const { commands, steps, newSteps, attempts, foreignAttempts } = d
  must(sameState(d.state, state), 'I2: an end is final')
  must(
    commands.length + steps.length + newSteps.length + attempts.length + foreignAttempts.length ===
      0,
    'I2: after its end nothing is done for a case',
  )
}

const sameState = (a: CaseState, b: CaseState) => JSON.stringify(a) === JSON.stringify(b)

function onlyLiveThingsChange({ case: before, event, now }: Situation, d: Decision): void {
  const ids = d.steps.map(({ stepRunId }) => stepRunId)
  must(new Set(ids).size === ids.length, 'a step changes once in a decision')
  for (const change of d.steps) {
    const step = before.steps.find(({ id }) => id === change.stepRunId)
    // A rung whose charge Shopify would not even create was not run.
    const isRefused =
      step?.state === 'done' &&
      change.to === 'skipped' &&
      (event.type === 'attempt_refused' || event.type === 'order_not_changed')
    must(
      step?.state === 'scheduled' || isRefused,
      'only a scheduled step changes, and settled is settled',
    )
    must(change.because.length > 0, 'every change of a step says why')
    if (change.to === 'scheduled' && before.state.status !== 'held')
      must(change.dueAt > now, 'a step moves into the future')
  }
  for (const change of d.attempts) {
    const attempt = before.attempts.find(({ id }) => id === change.attemptId)
    must(attempt !== undefined && isLive(attempt), 'F10: a settled attempt stays as it is')
    must(change.to !== 'intended', 'an attempt never goes back to intended')
  }
  const keys = new Set(before.steps.map((step) => `${step.stepKey}#${step.occurrence}`))
  for (const step of d.newSteps) {
    const key = `${step.stepKey}#${step.occurrence}`
    must(!keys.has(key), `a step is made once: ${key}`)
    keys.add(key)
    must(step.dueAt >= now, 'F7: a step of a lane is never dated in the past')
  }
  if (d.lane) {
    const kept = before.steps.filter(
      (step) =>
        step.state === 'scheduled' &&
        !d.steps.some(({ stepRunId, to }) => stepRunId === step.id && to !== 'scheduled'),
    )
    must(kept.length === 0, 'F1: a lane that is left keeps no step')
  }
}

function oneCharge({ switches }: World, { case: before, event }: Situation, d: Decision): void {
  const charges = d.commands.filter(isCharge)
  must(charges.length <= 1, 'one charge in a decision')
  if (charges.length === 0) return
  const isNew = charges[0]?.type === 'attempt_billing'
  must(!isTerminal(d.state), 'nothing is charged for a case that ends')
  const isTried = event.type === 'staff_retry' || event.type === 'brake_probe'
  must(!switches.brake || isTried || !isNew, 'under the brake only a probe or staff charge')
  must(
    d.state.status !== 'held' || (isTried && d.state.reason === 'brake'),
    'nothing is charged for a case that is held',
  )
  must(!switches.stopped && !switches.uninstalled, 'a stopped shop charges nothing')
  const after = before.attempts.map((a) => ({
    state: d.attempts.find(({ attemptId }) => attemptId === a.id)?.to ?? a.state,
  }))
  const foreign = d.foreignAttempts.some(({ outcome }) => outcome.type === 'pending')
  const live = after.filter(isLive).length + (foreign ? 1 : 0)
  must(live === (isNew ? 0 : 1), 'I4: no new attempt while one is live')
}

/** The caps, counted anew from what the bank has seen. */
function capsHold(world: World, attempt: Attempt): void {
  const { now, charges, case: c, method, cycle, contract, switches } = world
  must(!charges.some(isUnderWay), 'H1: one live attempt on a cycle')
  must(
    world.smallerInPlace === (c.smaller?.amount ?? null),
    'a charge is for what the shopper chose, no more and no less',
  )
  const seen = charges.map((one) => ({
    ...one,
    // Shopify does not say which method somebody else has charged: the row holds what we could know.
    fingerprint:
      one.by === 'us'
        ? one.fingerprint
        : (c.attempts.find((a) => a.shopifyId === one.shopifyId)?.methodFingerprint ?? null),
  }))
  must(method !== null && !method.revokedAt, 'H5: a lost method is not charged')
  const today = seen.filter((one) => one.createdAt.getTime() > now.getTime() - DAY)
  must(
    today.every((one) => one.fingerprint !== null && one.fingerprint !== method.fingerprint),
    'H2: 24 h between attempts, unless the method truly changed',
  )
  must(charges.length < 8, 'H3: at most 8 attempts on a cycle')
  const month = now.getTime() - 30 * DAY
  const onMethod =
    charges.filter(
      (one) => one.by === 'us' && one.methodId === method.id && one.createdAt.getTime() > month,
    ).length + world.elsewhere.filter((at) => at.getTime() > month).length
  must(onMethod < 10, 'H4: at most 10 attempts on a method in 30 days')
  const last = seen.filter(({ outcome }) => outcome.type === 'failed').at(-1)
  if (last?.outcome.type === 'failed') {
    const { class: group, code } = last.outcome.decline
    const isChanged = last.fingerprint !== null && last.fingerprint !== method.fingerprint
    const isForbidden =
      ['CARD', 'AUTH', 'STOP', 'MERCHANT', 'PAID'].includes(group) && !isStockCode(code)
    const isAsked =
      (group === 'AUTH' && attempt.trigger === 'shopper') ||
      (group === 'MERCHANT' && ['merchant', 'cause_cleared'].includes(attempt.trigger))
    must(
      !isForbidden || isAsked || (isChanged && group !== 'PAID'),
      `H5: no charge after ${code} before the outside event`,
    )
  }
  must(contract === 'ACTIVE' || contract === 'FAILED', 'H6: only a contract that runs')
  must(cycle?.status === 'UNBILLED' && !cycle.skipped, 'H6: only an open cycle')
  must(now >= cycle.expectedAt, 'H6: not before the date of the cycle')
  must(now < c.deadlineAt, 'H6: not after the deadline')
  const next = world.nextExpectedAt
  must(!next || now < next || next <= c.anchorAt, 'H6: a debt never meets the next charge')
  must(!switches.stopped && !switches.uninstalled, 'a stopped shop charges nothing')
  must(
    !(switches.attemptsPausedUntil && switches.attemptsPausedUntil > now),
    'while Shopify limits the shop nothing is charged',
  )
}

function messagesKeepTheirLimits({ switches, zone }: World, s: Situation, d: Decision): void {
  const { case: before, budget, now } = s
  for (const command of d.commands) {
    if (command.type !== 'send_message') continue
    must(!switches.stopped && !switches.uninstalled, 'a stopped shop writes to nobody')
    must(!switches.suppressed, 'who may not be written to is not')
    const isReceipt = command.stage === 'recovered' || command.stage === 'ended'
    must(isReceipt === isTerminal(d.state), 'a receipt at the end, a notice before it')
    if (isReceipt) continue
    must(
      d.state.status !== 'awaiting_merchant' || command.stage === 'address',
      'I8: no payment message while the merchant is waited for',
    )
    must(d.state.status !== 'held' && d.state.status !== 'in_doubt', 'a case at rest is silent')
    const { channel } = command
    const sent = before.messages.filter((m) => m.countsTowardCap && m.channel === channel).length
    must(
      sent < (channel === 'email' ? EMAILS_PER_CASE : TEXTS_PER_CASE),
      'five e-mails and two texts for a case',
    )
    must(channel === 'email' || switches.smsReady, 'no text where texts are not set up')
    const { lastMessageAt } = budget
    must(
      !lastMessageAt || now.getTime() - lastMessageAt.getTime() >= MESSAGE_GAP_HOURS * HOUR,
      'one message in 24 h',
    )
    const hour = localHour(now, zone)
    must(hour >= 8 && hour < 20, 'no mail at night')
    must(s.facts.cycle?.status === 'UNBILLED', 'nobody is asked to pay what is paid')
  }
}

function undoesOnlyItsOwn({ case: before, event }: Situation, d: Decision): void {
  for (const { type } of d.commands) {
    if (type === 'activate_contract')
      must(before.weDid.includes('pause'), 'I7: only our own pause is undone')
    if (type === 'pause_contract')
      must(event.type === 'staff_pause_contract', 'only staff pause a contract at once')
  }
}

/** While a case is held its clock stands still; afterwards everything is later by as long. */
function clockStandsStill({ case: before, facts, now }: Situation, d: Decision): void {
  const { state } = before
  if (state.status !== 'held') {
    if (d.state.status === 'held')
      must(
        d.state.frozenAt.getTime() === now.getTime() ||
          (d.state.reason === 'brake' && d.state.frozenAt < now),
        'the clock stops when the case is held, or when the brake engaged',
      )
    return
  }
  if (d.state.status === 'held') {
    must(d.state.frozenAt.getTime() === state.frozenAt.getTime(), 'F14: the clock stopped once')
    must(d.deadlineAt === undefined, 'F14: a held case keeps its deadline')
    const isProbe = d.commands.some(isCharge)
    must(
      d.steps.every(({ to }) => to === 'cancelled' || (to === 'done' && isProbe)),
      'F14: a held case keeps its dates',
    )
    return
  }
  if (isTerminal(d.state)) return
  const frozenMs = now.getTime() - state.frozenAt.getTime()
  const full = later(before.deadlineAt, frozenMs)
  // A cycle that failed after that date is not held back by it.
  const next = facts.nextExpectedAt
  const limit = next && next > before.anchorAt ? next : null
  const expected = limit && limit < full ? limit : full
  must(
    (d.deadlineAt ?? before.deadlineAt).getTime() === expected.getTime(),
    'F14: the deadline moves by the frozen time, never past the next charge',
  )
  for (const step of scheduled(before)) {
    const change = d.steps.find(({ stepRunId }) => stepRunId === step.id)
    if (change?.to !== 'scheduled') continue
    must(change.dueAt >= later(step.dueAt, frozenMs), 'F14: a step moves by the frozen time')
    if (step.kind === 'email')
      must(
        change.dueAt.getTime() < step.dueAt.getTime() + frozenMs + 2 * DAY,
        'F14: a step moves by the frozen time and to its hour, no further',
      )
  }
}

function endsCleanly({ case: before, now }: Situation, d: Decision): void {
  const cancelled = new Set(d.steps.map(({ stepRunId }) => stepRunId))
  must(
    scheduled(before).every(({ id }) => cancelled.has(id)) && d.newSteps.length === 0,
    'F9: with the case all its steps end',
  )
  const after = before.attempts.filter(
    (a) => isLive(a) && !d.attempts.some(({ attemptId }) => attemptId === a.id),
  )
  const isPaid = d.state.status === 'recovered' || d.state.status === 'paid_elsewhere'
  const isGivenUp = ({ state, intendedAt }: Attempt) =>
    later(intendedAt, (state === 'action_required' ? 1 : RESULT_DAYS) * DAY) <= now
  must(
    isPaid || after.every(isGivenUp),
    'F2: no case ends while its charge may still move money, but for one that was silent for a week',
  )
}

/** The same arguments give the same decision, and are left as they were. */
function stable(situation: Situation, decision: Decision): void {
  const before = JSON.stringify(situation)
  const again = decide(situation)
  must(JSON.stringify(again) === JSON.stringify(decision), 'the same facts, the same decision')
  must(JSON.stringify(situation) === before, 'a decision changes nothing it was given')
}

// ---------------------------------------------------------------- a life, and its end

/** The longest that a case may last once the world is quiet. Days; a yearly plan waits for staff for a year. */
const QUIET_DAYS = { day: 40, week: 45, month: 75, year: 420, none: 75 }

function live(beginning: Beginning, moves: readonly Move[]): World {
  const world = begin(beginning, rules)
  try {
    for (const move of moves) make(world, move)
    quiet(world, QUIET_DAYS[beginning.interval])
  } catch (error) {
    throw new BrokenLife(world, error)
  }
  return world
}

/** Nothing happens any more but what the case does by itself. It must end, and without much talk. */
function quiet(world: World, days: number): void {
  tell(world, '--- from here on the world is quiet')
  world.webhooksGetLost = false
  world.answer = { type: 'accepted' }
  world.actionAnswer = 'done'
  world.switches = { ...world.switches, stopped: null, uninstalled: false, brake: null }
  drive(world, { type: 'facts_read' }, rules)
  const until = later(world.now, days * DAY)
  const linesBefore = world.lines
  for (let wakes = 0; !isTerminal(world.case.state); wakes++) {
    must(wakes < 1_000, 'a quiet case is not looked at for ever')
    must(world.now <= until, 'S15: every case ends')
    const { state } = world.case
    if (state.status === 'held' && state.reason === 'uninstalled')
      make(world, { do: 'press', event: { type: 'staff_release', by: 'Ada' } })
    else if (state.status === 'held' && state.reason === 'paused')
      make(world, { do: 'contract', to: 'ACTIVE' })
    else waitUntilDue(world)
  }
  must(world.lines - linesBefore < 80, 'a quiet case says little')
  lookAfterTheEnd(world, rules)
  const isPaid = [...world.ended, world.case].some(
    ({ state }) => state.status === 'recovered' || state.status === 'paid_elsewhere',
  )
  must(
    isPaid || !world.charges.some(({ by, outcome }) => by === 'us' && outcome.type === 'succeeded'),
    'F3: money that came by a charge of ours is told of, whenever it came',
  )
}

class BrokenLife extends Error {
  override name = 'BrokenLife'
  constructor(world: World, cause: unknown) {
    const rule = cause instanceof Error ? cause.message : String(cause)
    const at = world.now.toISOString().slice(0, 16).replace('T', ' ')
    const next = world.wakeAt?.toISOString().slice(0, 16).replace('T', ' ') ?? 'never'
    super(`${rule}\n\n${world.story.join('\n')}\n${at}  (next: ${next}) BROKEN: ${rule}\n`, {
      cause,
    })
  }
}

describe('the state machine', () => {
  test('keeps I2 to I8, H1 to H6 and its message caps in every life, and every case ends (F1, F2, F7, F10, S15)', () => {
    const details = fc.check(
      fc.property(
        anyBeginning,
        fc.array(anyMove, { maxLength: 60, size: 'max' }),
        (beginning, moves) => {
          live(beginning, moves)
        },
      ),
      { numRuns: RUNS },
    )
    if (details.failed) {
      const { errorInstance, seed, numRuns, numShrinks } = details
      const how = `after ${numRuns} lives, ${numShrinks} times shortened; FC_SEED=${seed} repeats it`
      throw new Error(`${(errorInstance as Error).message}\n${how}`, {
        cause: (errorInstance as Error).cause,
      })
    }
    expect(details.numRuns).toBe(RUNS)
  }, 600_000)

  test('a shop whose own try Shopify throttles is asked to the end, and its subscriber is not paused', () => {
    const world = live(
      {
        code: 'MERCHANT_RULE',
        interval: 'month',
        finalAction: 'pause',
        stockFinalAction: 'skip',
        startsAt: new Date('2026-11-12T08:00:00Z'),
      },
      [
        { do: 'wait', hours: 25 },
        { do: 'answer', answer: { type: 'refused', code: 'THROTTLED' } },
        { do: 'press', event: { type: 'staff_retry', by: 'Ada' } },
      ],
    )
    expect(world.case.state).toEqual({ status: 'written_off' })
    expect(world.contract).toBe('ACTIVE')
  })
})
