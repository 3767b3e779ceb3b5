import { afterDecision, withChanges } from './after-decision.ts'
import { pathsOf, ruledOut, takenSide } from './branches.ts'
import { causeCleared, mayClearByItself } from './causes.ts'
import { allHold, type ConditionFacts, sayMoney } from './conditions.ts'
import { isStockCode, laneFor, refusalMeaning } from './declines.ts'
import {
  CHALLENGE_HOURS,
  DOUBT_HOURS,
  endsAt,
  isLive,
  isTerminal,
  RESULT_DAYS,
  scheduled,
} from './due.ts'
import {
  chargedFingerprint,
  chargedMethod,
  isGivenAgain,
  isStopped,
  nextChargeAt,
  whyNoAttempt,
} from './limits.ts'
import { DAY_MOVES, dayBounds, slotOn } from './pick-day.ts'
import { isUsable, lossOf } from './revocations.ts'
import {
  addHours,
  addLocalDays,
  hoursWithin,
  type LaneContext,
  type LanePlan,
  localDate,
  localHour,
  moveRung,
  nextEmailTime,
  nextSmsTime,
  planLane,
  pushLater,
  retryHours,
  scaledDays,
  shiftBy,
  slotOnOrAfter,
} from './schedule.ts'
import { finalActionFor, renewsOften, TEXTS_PER_LANE } from './sequence.ts'
import type { Place } from './text-hours.ts'
import type {
  Attempt,
  AttemptChange,
  AttemptFact,
  AttemptTrigger,
  BranchSide,
  Budget,
  CaseState,
  Command,
  Decision,
  Decline,
  DunningEvent,
  Entry,
  Facts,
  FinalAction,
  HoldReason,
  Lane,
  RecoveryCase,
  RecoverySource,
  Sequence,
  ShopperAction,
  SmallerOrder,
  Step,
  StepChange,
  StepRun,
  Switches,
  WaitEvent,
} from './types.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** A step later than this is late: merged, moved or missed, never simply fired. Hours. Source: dunning-practice 9. */
export const LATE_AFTER_HOURS = 24
/** E-mails a case may send, receipts and answers not counted. Source: dunning-practice 9. */
export const EMAILS_PER_CASE = 5
/** Texts a case may send. Source: dunning-practice 9. */
export const TEXTS_PER_CASE = TEXTS_PER_LANE
/** Least time between two messages to one customer, over all cases. Hours. Source: dunning-practice 9. */
export const MESSAGE_GAP_HOURS = 24
/** The reason of a step that waits because of it. */
export const ONE_MESSAGE_A_DAY = `one message in ${MESSAGE_GAP_HOURS} h`
/** The same issuer code so many times running ends the retries: the issuer has made up its mind. */
export const SAME_CODE_LIMIT = 3
/** Back-off after Shopify's trust-based THROTTLED, by how often it came. Hours. Source: dunning-practice 4. */
export const THROTTLED_HOURS = [1, 4, 12, 24] as const
/** A message before a recovery counts as its cause for so long. Days. Source: dunning-practice 14. */
const MESSAGE_CREDIT_DAYS = 7

export type Situation = {
  case: RecoveryCase
  event: DunningEvent
  facts: Facts
  sequence: Sequence
  budget: Budget
  switches: Switches
  now: Date
}

/** What one rule wants: `decide` fills in what it left open. */
type Ruling = Partial<Omit<Decision, 'because'>> & { because: string }

/**
 * The whole dunning policy. Pure and total: the same arguments give the same decision, and every event has a rule
 * in every state.
 *
 * The order is the policy's spine: what Shopify says of our attempts is written down first; then the ways out are
 * derived from the facts, not listened for; then a person who says stop is heard; then a pause freezes the case; then
 * a new failure may change its lane; then a truly changed payment method is tried at once; only then the event itself
 * has its say.
 */
export function decide(situation: Situation): Decision {
  const { case: before, event, now } = situation
  if (isTerminal(before.state)) {
    return complete(before, { because: `the case is already ${before.state.status}` }, null)
  }
  const settled = settle(before, situation.facts, event)
  const known: Situation = { ...situation, case: settled.case }

  const ruling =
    wayOut(known, settled) ??
    ownEffect(known, settled) ??
    stopByPerson(known) ??
    heldOrResumed(known, settled) ??
    waitingOrder(known, settled) ??
    newFailure(known, settled) ??
    challenge(known, settled) ??
    takenUpAgain(known) ??
    doubtful(known) ??
    lostMethod(known) ??
    changedMethod(known) ??
    clearedCause(known) ??
    theEvent(known)

  const decision = withWholeOrder(known, complete(known.case, ruling, null))
  const after = afterDecision(known.case, decision, now)
  const lastDecline = decision.lastDecline ?? settled.failure?.decline
  const causePrint = printToKeep(before, settled, situation.facts)
  // A new pause of the shopper's takes the place of the one that is over.
  const isPauseOver =
    before.shopperPaused === true &&
    situation.facts.contract?.status === 'ACTIVE' &&
    !decision.commands.some((one) => one.type === 'shopper_contract' && one.action === 'pause')
  return {
    ...decision,
    ...(isPauseOver ? { pauseOver: true, entries: [...decision.entries, PAUSE_OVER] } : {}),
    ...(lastDecline ? { lastDecline } : {}),
    ...(causePrint ? { causePrint } : {}),
    attempts: [...settled.changes, ...decision.attempts],
    foreignAttempts: settled.foreign,
    nextExpectedAt: situation.facts.nextExpectedAt,
    lookAgainAt:
      decision.lookAgainAt ??
      (charges(decision) || failedOnOldMethod(after, settled, situation.facts)
        ? now
        : (methodDueAt({ ...known, case: after }) ?? lookAgain(after, now))),
  }
}

/** Whoever pauses the subscription from now on, it is not the shopper's pause any more. */
const PAUSE_OVER: Entry = {
  type: 'pause_over',
  because: 'the subscription is active again: the shopper’s own pause is over',
}

/**
 * A charge failed, and by now its method is lost or another: that is looked at in the same breath, for no webhook will
 * speak of it again.
 */
function failedOnOldMethod(c: RecoveryCase, { failure }: Settled, { method }: Facts): boolean {
  if (!failure || isTerminal(c.state) || c.state.status === 'held' || c.attempts.some(isLive))
    return false
  if (!isUsable(method)) return losesByMethod(c.lane) && lossOf(method) !== null
  const charged = lastCharged(c)
  return charged !== null && charged !== method.fingerprint
}

/**
 * A smaller order stands in place only while its charge is under way: an edited cycle keeps its contract from being
 * changed, its payment method included.
 */
export function withWholeOrder({ case: c, switches, now }: Situation, d: Decision): Decision {
  const isPaid = d.state.status === 'recovered' || d.state.status === 'paid_elsewhere'
  if (!c.weDid.includes('smaller_order') || isPaid || charges(d) || switches.uninstalled) return d
  if (afterDecision(c, d, now).attempts.some(isLive)) return d
  return { ...d, commands: [...d.commands, { type: 'restore_order' }] }
}

/** What the cause looks like at the failure, or as soon as it was read: what a later look is compared with. */
function printToKeep(c: RecoveryCase, { failure }: Settled, { cause }: Facts): string | null {
  return failure || c.causePrint == null ? (cause?.print ?? null) : null
}

/** A charge that is written down is due at once, so that whoever follows a killed worker sends it. */
function charges({ commands }: Decision): boolean {
  return commands.some((one) => one.type === 'attempt_billing' || one.type === 'resend_attempt')
}

// ---------------------------------------------------------------- what the facts say of the attempts

type Settled = {
  /** The case with its attempts as Shopify tells them. */
  case: RecoveryCase
  changes: AttemptChange[]
  foreign: AttemptFact[]
  /** The newest failure that nobody had written down yet. */
  failure: { attempt: AttemptFact; decline: Decline; ours: boolean } | null
  challenged: boolean
  /** The event answers a charge of which Shopify's word is known already. */
  stray: boolean
  success: { fact: AttemptFact; attempt: Attempt | null } | null
  /** An order was made for the cycle, and its money has not come yet. */
  unpaidOrder: boolean
}

/** What Shopify says of the attempts of a case, beside what is written down of them. */
export function settle(c: RecoveryCase, facts: Facts, event: DunningEvent): Settled {
  const changes: AttemptChange[] = []
  const foreign: AttemptFact[] = []
  let failure: Settled['failure'] = null
  let success: Settled['success'] = null
  let challenged = false
  let unpaidOrder = false

  for (const fact of [...facts.attempts].sort(byCreation)) {
    const row = c.attempts.find((a) => a.shopifyId === fact.shopifyId || a.key === fact.key)
    if (fact.outcome.type === 'succeeded') {
      if (fact.outcome.unpaid) unpaidOrder = true
      else success = { fact, attempt: row ?? null }
    }
    if (row && !isLive(row)) continue
    if (fact.outcome.type === 'failed')
      failure = { attempt: fact, decline: fact.outcome.decline, ours: row !== undefined }
    if (fact.outcome.type === 'action_required') challenged = true
    if (!row) foreign.push(fact)
    else {
      const change = changeOf(row, fact)
      if (change) changes.push(change)
    }
  }
  let stray = false
  if ('attemptId' in event) {
    const row = c.attempts.find((a) => a.id === event.attemptId)
    const answered = changes.some((change) => change.attemptId === event.attemptId)
    stray = !row || !isLive(row) || answered
    const change = row && !stray ? answerOf(row, event, c.state) : null
    if (change) changes.push(change)
  }
  const attempts = [
    ...withChanges(c.attempts, changes, facts.readAt),
    ...foreign.map((fact, i) => foreignAttempt(fact, c.attempts.length + i + 1, facts)),
  ]
  // An older failure that turns up late is written down; it no longer steers the case.
  const newest = Math.max(0, ...c.attempts.map((a) => a.intendedAt.getTime()))
  if (failure && !failure.ours && failure.attempt.createdAt.getTime() < newest) failure = null
  return {
    case: { ...c, attempts },
    changes,
    foreign,
    failure,
    challenged,
    success,
    unpaidOrder: unpaidOrder && success === null,
    stray,
  }
}

function changeOf(row: Attempt, fact: AttemptFact): AttemptChange | null {
  const seen = { attemptId: row.id, shopifyId: fact.shopifyId }
  switch (fact.outcome.type) {
    case 'pending':
      return row.state === 'submitted' ? null : { ...seen, to: 'submitted' }
    case 'succeeded':
      return { ...seen, to: 'succeeded', orderId: fact.outcome.orderId }
    case 'action_required':
      return row.state === 'action_required' ? null : { ...seen, to: 'action_required' }
    case 'failed':
      return { ...seen, to: 'failed', decline: fact.outcome.decline }
  }
}

/** Shopify's answer to our own request, which the facts, read before it, do not know yet. */
function answerOf({ id }: Attempt, event: DunningEvent, state: CaseState): AttemptChange | null {
  switch (event.type) {
    case 'attempt_accepted':
      return { attemptId: id, to: 'submitted', shopifyId: event.shopifyId }
    case 'attempt_refused': {
      const to = refusalMeaning(event.code).effect === 'look_again' ? 'unknown' : 'refused'
      return { attemptId: id, to, refusal: event.code }
    }
    case 'attempt_unanswered':
      return { attemptId: id, to: 'unknown' }
    case 'order_not_changed':
      // Shopify was not asked for the charge this time; whether it was before, nobody knows.
      return state.status === 'in_doubt'
        ? { attemptId: id, to: 'unknown' }
        : { attemptId: id, to: 'refused', refusal: 'ORDER_NOT_CHANGED' }
    default:
      return null
  }
}

function foreignAttempt(fact: AttemptFact, number: number, facts: Facts): Attempt {
  const failed = fact.outcome.type === 'failed' ? fact.outcome.decline : null
  return {
    id: fact.shopifyId,
    number,
    trigger: 'external',
    stepKey: null,
    countsTowardLadder: false,
    key: `external/${fact.shopifyId}`,
    state: stateOf(fact),
    code: failed?.code ?? null,
    class: failed?.class ?? null,
    ...chargedMethod(fact, {
      methodId: facts.method?.id ?? null,
      methodFingerprint: facts.method?.fingerprint ?? null,
    }),
    shopifyId: fact.shopifyId,
    intendedAt: fact.createdAt,
    settledAt: isLive({ state: stateOf(fact) }) ? null : (fact.completedAt ?? fact.createdAt),
  }
}

export function stateOf(fact: AttemptFact): Attempt['state'] {
  return fact.outcome.type === 'pending' ? 'submitted' : fact.outcome.type
}

// ---------------------------------------------------------------- ways out, derived from the facts

function wayOut(s: Situation, settled: Settled): Ruling | null {
  const { case: c, facts, switches } = s
  const underWay = c.attempts.some(
    (a) => (a.state === 'submitted' || a.state === 'action_required') && !isStale(a, s.now),
  )
  const isBilled = facts.cycle?.status === 'BILLED' && !underWay && !settled.unpaidOrder
  if (settled.success || isBilled) return paid(s, settled)
  if (switches.uninstalled) return uninstalled(c, s.now)
  if (s.event.type === 'final_action_done') return null // what the facts show is our own doing
  // Money may still move: whatever else changed, its result is awaited before the case can end. A challenge that
  // nobody has answered for a day is awaited no longer: should it be passed after all, a linked case takes it up.
  if (c.attempts.some((a) => isLive(a) && !isStale(a, s.now))) return null
  if (!facts.contract) {
    return end(c, { status: 'cancelled' }, 'Shopify no longer shows this contract', {
      commands: [
        task(
          'contract_missing',
          'A subscription is no longer visible',
          'Shopify no longer shows the contract of this case: it was deleted, or it belongs to another app. The case was closed.',
        ),
      ],
    })
  }
  const { status } = facts.contract
  if (status === 'CANCELLED' || status === 'EXPIRED')
    return end(c, { status: 'cancelled' }, `the contract is ${status.toLowerCase()}`)
  if (!facts.cycle) return end(c, { status: 'superseded' }, 'the billing cycle no longer exists')
  if (facts.cycle.skipped) return end(c, { status: 'skipped' }, 'the billing cycle was skipped')
  return null
}

function paid(s: Situation, { success }: Settled): Ruling {
  const { case: c } = s
  const money = success?.fact.outcome
  const total = money?.type === 'succeeded' ? money.total : null
  const orderId = money?.type === 'succeeded' ? money.orderId : null
  const paying = success?.attempt ?? null
  // Another biller's charge that waited for the bank, passed by a shopper whom we had written to, is a recovery, too.
  const throughUs = paying?.state === 'action_required' && wasWrittenTo(c)
  const ours = paying && (paying.trigger !== 'external' || throughUs) ? paying : null
  const state: CaseState = ours
    ? { status: 'recovered', source: sourceOf(c, ours), orderId, total }
    : { status: 'paid_elsewhere', orderId, total }
  const commands: Command[] = []
  if (c.weDid.includes('pause')) commands.push({ type: 'activate_contract' })
  // Thank only a shopper whom we had troubled.
  if (wasWrittenTo(c)) commands.push(receipt('recovered'))
  const because = ours
    ? 'the charge went through'
    : success
      ? 'the cycle was paid through another biller'
      : 'Shopify shows the cycle as billed'
  return end(c, state, because, { commands: [...allowedNow(s, commands), ...ifPaidTwice(s.facts)] })
}

/** Another biller charged while a charge of ours was under way: nobody could have held either back. */
function ifPaidTwice({ attempts }: Facts): Command[] {
  // An order whose money has not come is no payment.
  const isPaid = ({ outcome }: AttemptFact) => outcome.type === 'succeeded' && !outcome.unpaid
  if (attempts.filter(isPaid).length < 2) return []
  return [
    task(
      'paid_twice',
      'A cycle was paid twice',
      'Somebody else charged this cycle while a charge was under way, and both payments went through. Refund one of the two orders.',
    ),
  ]
}

function wasWrittenTo(c: RecoveryCase): boolean {
  return c.messages.some(({ state }) => ['sent', 'delivered', 'uncertain'].includes(state))
}

function sourceOf(c: RecoveryCase, attempt: Attempt): RecoverySource {
  if (attempt.state === 'action_required') return 'paid_by_link'
  if (attempt.trigger === 'method_updated') return 'method_updated'
  if (attempt.trigger === 'shopper') return 'shopper_retry'
  const since = attempt.intendedAt.getTime() - MESSAGE_CREDIT_DAYS * DAY
  const told = c.messages.some(
    (m) =>
      m.createdAt.getTime() >= since &&
      m.createdAt <= attempt.intendedAt &&
      m.state !== 'suppressed' &&
      m.state !== 'failed',
  )
  return told ? 'retry_after_message' : 'silent_retry'
}

function uninstalled(c: RecoveryCase, now: Date): Ruling {
  if (c.state.status === 'held' && c.state.reason === 'uninstalled')
    return { because: 'the app was uninstalled: nothing is done' }
  // The clock has stood still since the first hold, not since the last.
  const frozenAt = c.state.status === 'held' ? c.state.frozenAt : now
  return {
    state: { status: 'held', reason: 'uninstalled', frozenAt },
    because: 'the app was uninstalled: nothing is charged or sent any more',
  }
}

// ---------------------------------------------------------------- our own effects, come back

function ownEffect(s: Situation, { stray, failure, challenged }: Settled): Ruling | null {
  const { case: c, event } = s
  if (stray) {
    // What is new steers the case; the answer itself says nothing any more.
    return failure || challenged ? null : { because: 'that charge was answered already' }
  }
  switch (event.type) {
    case 'attempt_accepted':
      return {
        state: c.state.status === 'held' ? c.state : { status: 'retrying' },
        because: 'Shopify took the charge; its result follows',
      }
    case 'attempt_unanswered':
      return {
        state: { status: 'in_doubt' },
        because: `the answer to the charge was lost (${event.because}): nothing else is charged until Shopify says what became of it`,
      }
    case 'attempt_not_accepted':
      return {
        because: `Shopify did not take the charge (${event.because}): the same request is sent again`,
        lookAgainAt: event.retryAt,
      }
    case 'attempt_refused':
      return refused(s, event.attemptId, event.code)
    case 'order_not_changed':
      return notAsChosen(s, event.attemptId, event.because)
    case 'final_action_done':
      return ended(s, event.action)
    case 'final_action_dropped':
      return end(c, { status: 'exhausted' }, event.because, {
        commands: [
          task(
            'final_action_dropped',
            'A subscription was left as it is',
            `The deadline came unpaid, and what should have happened then (${event.action}) did not: ${event.because}. Look at this subscription and decide.`,
          ),
        ],
      })
    case 'final_action_delayed':
      return { lookAgainAt: event.retryAt, because: event.because }
    case 'deadline_reached':
      return deadlineDuringCharge(s)
    default:
      return null
  }
}

/**
 * A result that is on its way is awaited, past the deadline if need be (due.ts), yet not for ever: then the case is
 * written off, nothing is done to the subscription, and staff are asked to look. The attempt stays live, so nobody
 * charges beside it (H1); what it turns out to be after all belongs to a linked case (after-the-end.ts).
 */
function deadlineDuringCharge({ case: c, now }: Situation): Ruling | null {
  const awaited = c.attempts.filter((a) => isLive(a) && !isStale(a, now))
  if (awaited.length === 0) return null
  const until = endsAt(c)
  if (until && until > now)
    return { because: 'the deadline came while a charge is under way: its result is awaited' }
  const because = 'Shopify never said what became of a charge, and it is not waited for any longer'
  return end(c, { status: 'written_off' }, because, {
    commands: [
      task(
        'in_doubt',
        'A charge never got its answer',
        `${because}. Check the orders of this subscription: the charge may have passed.`,
      ),
    ],
  })
}

/**
 * A bank's challenge that nobody answered for a day. It still forbids any other charge, for it may be passed yet (H1);
 * but the case does not wait for it, whether or not anybody tells us that it ran out.
 */
function isStale({ state, intendedAt }: Attempt, now: Date): boolean {
  return state === 'action_required' && now >= addHours(intendedAt, CHALLENGE_HOURS)
}

/** A rung that Shopify refused was not run, and the case says so. */
function refused(s: Situation, attemptId: string, code: string): Ruling {
  const ruling = afterRefusal(s, attemptId, code)
  if (refusalMeaning(code).effect === 'look_again') return ruling
  const attempt = s.case.attempts.find(({ id }) => id === attemptId)
  const rung = s.case.steps.findLast(
    ({ kind, state, stepKey }) =>
      kind === 'retry' && state === 'done' && stepKey === attempt?.stepKey,
  )
  if (!rung || attempt?.trigger !== 'scheduled') return ruling
  const { because } = ruling
  const notRun: StepChange = { stepRunId: rung.id, to: 'skipped', because }
  return { ...ruling, steps: [...(ruling.steps ?? []), notRun] }
}

/** A refusal used no rung: the step comes back under a new occurrence where time can mend it. */
function afterRefusal(s: Situation, attemptId: string, code: string): Ruling {
  const { case: c, now } = s
  const { effect, because } = refusalMeaning(code)
  const attempt = c.attempts.find((a) => a.id === attemptId)
  const say = `Shopify would not create the charge (${code}): ${because}`
  const state = afterAnswer(c, attempt)
  // These two attempts are no step, so nothing else would bring them back.
  const isNoStep = attempt?.trigger === 'method_updated' || attempt?.trigger === 'cause_cleared'
  const lookAt = (at: Date) => (isNoStep ? { lookAgainAt: at } : {})
  switch (effect) {
    case 'move_to_expected_date': {
      const from = expectedAfter(s)
      return { state, newSteps: again(s, attempt, from), because: say, ...lookAt(from) }
    }
    case 'close_skipped':
      return end(c, { status: 'skipped' }, say)
    case 'close_cancelled':
      return end(c, { status: 'cancelled' }, say, {
        commands: [task('contract_refused', 'A subscription could not be charged any more', say)],
      })
    case 'hold_paused':
      return {
        state: { status: 'held', reason: 'paused', frozenAt: now },
        newSteps: again(s, attempt, addHours(now, 1)),
        because: say,
        commands: c.weDid.includes('pause')
          ? [task('our_defect', 'Our own pause stopped a charge', say)]
          : [],
      }
    case 'await_review':
      return {
        state: { status: 'awaiting_merchant', reason: 'review' },
        newSteps: again(s, attempt, addHours(now, 24)),
        because: say,
        commands: [
          task(
            'under_review',
            'An order is under review',
            `${say}. Review the first order of this subscription in Shopify; the charge is tried again each day.`,
          ),
        ],
      }
    case 'back_off_shop': {
      const hours = backOffHours(c)
      return {
        state,
        newSteps: again(s, attempt, addHours(now, hours)),
        because:
          attempt?.trigger === 'merchant'
            ? `${say}: press again in ${hours} h`
            : `${say}; waiting ${hours} h`,
        ...lookAt(addHours(now, hours)),
      }
    }
    case 'look_again':
      return {
        state: { status: 'in_doubt' },
        because: say,
      }
    case 'our_defect':
      return {
        state: { status: 'awaiting_merchant', reason: 'review' },
        steps: scheduled(c)
          .filter((step) => step.kind === 'retry')
          .map((step) => ({ stepRunId: step.id, to: 'cancelled' as const, because: say })),
        because: say,
        commands: [
          task(
            'our_defect',
            `Shopify refused a charge: ${code}`,
            `${say}. This is a defect on our side; the case is held until it is mended.`,
          ),
        ],
      }
  }
}

/** Nothing was charged and nothing is in doubt: the case waits for whom it waited for before (rulings.md 16). */
function afterAnswer({ state, lane }: RecoveryCase, attempt: Attempt | undefined): CaseState {
  const isTrying = state.status === 'retrying' || state.status === 'in_doubt'
  if (!isTrying || !lane) return state
  if (lane === 'MERCHANT' || lane === 'STOCK') return stateIn(lane)
  // In any other lane only a review is over by itself.
  if (attempt?.trigger === 'cause_cleared') return { status: 'awaiting_merchant', reason: 'review' }
  return state.status === 'in_doubt' ? stateIn(lane) : state
}

/**
 * The shopper was promised a smaller order, and Shopify would not make it. The whole one is never charged in its place:
 * staff decide.
 */
function notAsChosen(s: Situation, attemptId: string, because: string): Ruling {
  const { case: c, now } = s
  const attempt = c.attempts.find(({ id }) => id === attemptId)
  if (attempt && isLive(attempt))
    return {
      commands: [
        task(
          'in_doubt',
          'A charge is in doubt',
          `Shopify never said what became of a charge, and it is not sent again: the smaller order that the shopper had chosen cannot be made any more (${because}). Check the orders of this subscription, then close the case.`,
        ),
      ],
      because: `the charge in doubt is not sent again: the order cannot be what the shopper had chosen (${because})`,
    }
  const frozenAt = c.state.status === 'held' ? c.state.frozenAt : now
  const said = c.smaller
    ? `not charged: the smaller order that the shopper had chosen could not be made (${because})`
    : `not charged: the whole order, which the shopper takes again, could not be made (${because})`
  const rung = c.steps.findLast(
    ({ kind, state, stepKey }) =>
      kind === 'retry' && state === 'done' && stepKey === attempt?.stepKey,
  )
  return {
    // The clock may have stood still before, as for a try under the brake.
    ...hold('merchant', frozenAt, said),
    smaller: null,
    newSteps: again(s, attempt, addHours(now, 24)),
    steps:
      rung && attempt?.trigger === 'scheduled'
        ? [{ stepRunId: rung.id, to: 'skipped', because: said }]
        : [],
    commands: [
      task(
        'smaller_order',
        c.smaller ? 'A smaller order could not be made' : 'An order could not be made whole again',
        `The shopper had chosen to take ${c.smaller ? 'less' : 'all'} of this order, and Shopify would not change it: ${because}. Nothing was charged, and the case is held. Agree with the shopper on what to send, then release the case: it goes on with the whole order.`,
      ),
    ],
  }
}

/** How long Shopify's newest refusal is waited out, by how often it refused. Hours. */
function backOffHours(c: RecoveryCase): number {
  const times = c.attempts.filter((a) => a.state === 'refused').length
  return THROTTLED_HOURS[Math.min(times, THROTTLED_HOURS.length) - 1] ?? THROTTLED_HOURS[0]
}

/** The cycle's date or, where Shopify refuses although it has come, a day from now: it is not asked in a circle. */
function expectedAfter({ facts, now }: Situation): Date {
  const expectedAt = facts.cycle?.expectedAt
  return expectedAt && expectedAt > now ? expectedAt : addHours(now, 24)
}

/** The rung that a refusal gave back, in the next retry window not before `from`. */
function again(s: Situation, attempt: Attempt | undefined, from: Date): Decision['newSteps'] {
  const { case: c, sequence } = s
  const step = c.steps.find((run) => run.stepKey === attempt?.stepKey && run.kind === 'retry')
  if (!step || attempt?.trigger !== 'scheduled') return []
  const dueAt = moveRung(step.dueAt, from, c.zone, retryHours(sequence, step.stepKey))
  if (dueAt >= c.deadlineAt) return []
  return withOccurrences(c, [
    { stepKey: step.stepKey, occurrence: 0, lane: step.lane, kind: 'retry', stage: null, dueAt },
  ])
}

function ended(s: Situation, action: FinalAction): Ruling {
  const why = s.now < s.case.deadlineAt ? 'the plan ends here unpaid' : 'the deadline came unpaid'
  const said = {
    pause: `${why}: the subscription was paused`,
    skip: 'this cycle was skipped',
    cancel: `${why}: the subscription was cancelled`,
    leave: `${why}: the subscription was left as it is`,
    unpaid_order: `${why}: an unpaid order was made`,
  }[action]
  const stockOut = s.case.lane === 'STOCK'
  const state: CaseState = stockOut ? { status: 'skipped' } : { status: 'exhausted' }
  return end(s.case, state, stockOut ? `out of stock five times: ${said}` : said, {
    commands: stockOut ? [] : allowedNow(s, wordOfTheEnd(s)),
  })
}

/**
 * Where a cycle may end every day, only a shopper who was written to about it hears of its end, and no sooner than a
 * day after the last word.
 */
function wordOfTheEnd({ case: c, budget: { lastMessageAt }, now }: Situation): Command[] {
  const heardLately = lastMessageAt !== null && addHours(lastMessageAt, MESSAGE_GAP_HOURS) > now
  return renewsOften(c) && (heardLately || !wasWrittenTo(c)) ? [] : [receipt('ended')]
}

// ---------------------------------------------------------------- held

/** Who says stop means it, whatever else the same look brought to light. Nobody has to press twice. */
function stopByPerson(s: Situation): Ruling | null {
  const { case: c, event, now } = s
  const { state } = c
  // The clock has stood still since the first hold, not since the last.
  const since = state.status === 'held' ? state.frozenAt : now
  const isHeldBy = (reason: HoldReason) => state.status === 'held' && state.reason === reason
  switch (event.type) {
    case 'shopper_stop':
      return {
        ...hold('shopper_stop', since, 'the shopper says: already cancelled, or not me'),
        steps: cancelAll(c, 'the shopper asked us to stop'),
        commands: [
          task(
            'shopper_stop',
            'A shopper asked us to stop',
            'The shopper pressed "already cancelled / not me" for this payment. No retry and no message follows. Check the subscription, then cancel it or close the case.',
          ),
        ],
      }
    case 'staff_hold':
      if (isHeldBy('shopper_stop') || isHeldBy('merchant'))
        return { because: 'the case is held already' }
      return hold('merchant', since, `held by ${event.by}: the clock stands still`)
    case 'staff_pause_contract':
      // Staff may stop the subscription whatever becomes of the case, held or in doubt.
      return s.facts.contract?.status === 'PAUSED'
        ? { because: 'the subscription is paused already' }
        : {
            commands: [{ type: 'pause_contract' }],
            because: `${event.by} pauses the subscription`,
          }
    case 'shopper_skip':
    case 'shopper_pause':
    case 'shopper_resume':
      return ofShopper(s, event.type)
    case 'staff_close': {
      const open = c.attempts.find((a) => a.state === 'unknown' || a.state === 'intended')
      if (open)
        return end(
          c,
          { status: 'written_off' },
          `closed by ${event.by} while a charge was in doubt`,
          {
            attempts: [{ attemptId: open.id, to: 'abandoned' }],
          },
        )
      if (c.attempts.some((a) => isLive(a) && !isStale(a, now)))
        return { because: 'a charge is under way: close the case when its result is known' }
      return end(c, { status: 'written_off' }, `closed by ${event.by}`)
    }
    default:
      return null
  }
}

/** The shopper's own choices about the subscription. What the shop's people paused, they alone resume. */
function ofShopper(
  s: Situation,
  asked: 'shopper_skip' | 'shopper_pause' | 'shopper_resume',
): Ruling {
  const { case: c, facts } = s
  const action = (
    { shopper_skip: 'skip', shopper_pause: 'pause', shopper_resume: 'resume' } as const
  )[asked]
  const refuse = (why: string): Ruling => ({ because: `${SHOPPER_ASKED[action].not}: ${why}` })
  const halt = stopped(s)
  if (halt) return refuse(halt)
  const status = facts.contract?.status
  if (action === 'resume') {
    if (status !== 'PAUSED') return refuse('the subscription is not paused')
    if (!c.shopperPaused) return refuse('the pause is not the shopper\u2019s')
  } else {
    if (c.attempts.some((a) => isLive(a) && !isStale(a, s.now)))
      return refuse('a charge is under way')
    if (status !== 'ACTIVE' && status !== 'FAILED')
      return refuse(`the subscription is ${status?.toLowerCase() ?? 'gone'}`)
  }
  return { commands: [{ type: 'shopper_contract', action }], because: SHOPPER_ASKED[action].does }
}

const SHOPPER_ASKED: Record<ShopperAction, { does: string; not: string }> = {
  skip: { does: 'the shopper skips this order', not: 'not skipped' },
  pause: { does: 'the shopper pauses the subscription', not: 'not paused' },
  resume: { does: 'the shopper resumes the subscription', not: 'not resumed' },
}

function heldOrResumed(s: Situation, settled: Settled): Ruling | null {
  const { case: c, facts, now, event, switches } = s
  const status = facts.contract?.status
  const outsidePause = (status === 'PAUSED' || status === 'FAILED') && !c.weDid.includes('pause')
  if (c.state.status !== 'held') {
    if (!outsidePause) return braked(s, settled)
    return hold(
      'paused',
      now,
      status === 'FAILED'
        ? 'the contract is marked failed in Shopify: it must be activated before it can be charged; the clock stands still'
        : 'the contract is paused: the clock stands still until it is activated',
    )
  }
  if (c.state.reason === 'paused') {
    if (outsidePause) return { because: 'the contract is still paused' }
    if (switches.brake) return hold('brake', c.state.frozenAt, heldBecause('brake'))
    return resume(s, 'the contract is active again')
  }
  if (c.state.reason === 'brake') {
    if (outsidePause) return hold('paused', c.state.frozenAt, heldBecause('paused'))
    return switches.brake ? underBrake(s, settled, c.state) : released(s, settled)
  }
  if (event.type === 'staff_release') {
    if (switches.brake && c.state.reason !== 'shopper_stop')
      return hold('brake', c.state.frozenAt, `released by ${event.by}, but ${heldBecause('brake')}`)
    return resume(s, `released by ${event.by}`)
  }
  if (c.state.reason === 'uninstalled')
    return { because: 'the app was uninstalled: a person must resume this case' }
  if (event.type === 'deadline_reached')
    return end(
      c,
      { status: 'written_off' },
      'nobody released the case before the next charge was due',
    )
  return { because: `the case is held: ${heldBecause(c.state.reason)}` }
}

function hold(reason: HoldReason, frozenAt: Date, because: string): Ruling {
  return { state: { status: 'held', reason, frozenAt }, because, lookAgainAt: null }
}

// ---------------------------------------------------------------- the store-wide brake

/**
 * The brake is on, and the case is not held yet: its clock stands still from the moment at which the brake engaged.
 * A charge in doubt is settled first, and what waits for staff anyway and charges nothing by itself is left to them,
 * until they try it.
 */
function braked(s: Situation, settled: Settled): Ruling | null {
  const { case: c, event, now, switches } = s
  if (!switches.brake || c.state.status === 'in_doubt') return null
  if (c.attempts.some((a) => a.state === 'unknown' || a.state === 'intended')) return null
  const isLeftToStaff = c.state.status === 'awaiting_merchant' && event.type !== 'staff_retry'
  if (isLeftToStaff && !scheduled(c).some(({ kind }) => kind === 'retry')) return null
  const frozenAt = c.lane === null ? now : switches.brake.since
  return underBrake(s, settled, { status: 'held', reason: 'brake', frozenAt })
}

/** Nothing goes out by itself. One payment may be tried, by staff or for the brake's own probe, under every cap. */
function underBrake(
  s: Situation,
  { failure }: Settled,
  state: Extract<CaseState, { status: 'held' }>,
): Ruling {
  const { case: c, event, now } = s
  const held = `the case is held: ${heldBecause('brake')}`
  switch (event.type) {
    case 'staff_retry':
      return tryOne(s, state, 'merchant', `charged now, asked for by ${event.by}`)
    case 'brake_probe':
      if (localHour(now, c.zone) < 6)
        return { state, because: 'not charged for a probe: it is night' }
      return tryOne(s, state, 'scheduled', 'charged to see whether payments go through again')
    case 'shopper_pay':
      return { state, because: `not charged: ${heldBecause('brake')}` }
    case 'staff_release':
      return { state, because: `${held}; it goes on when the brake is released on Home` }
    case 'deadline_reached':
      if (c.state.status !== 'held') break
      return end(
        c,
        { status: 'written_off' },
        'payments of the whole shop failed until the next charge was due',
      )
    default:
      if (failure) return { state, because: `declined: ${failure.decline.code}; ${held}` }
      if (c.state.status === 'held')
        return { because: event.type === 'facts_read' ? 'nothing new' : held }
  }
  return { state, because: `${heldBecause('brake')}: the clock stands still until it is over` }
}

/** A rung that is left is used up, so that a probe adds no charge to the plan. */
function tryOne(
  s: Situation,
  state: CaseState,
  trigger: 'merchant' | 'scheduled',
  because: string,
): Ruling {
  const obstacle = whyNoAttempt(s.case, s.facts, s.budget, trigger, s.now) ?? pausedShop(s)
  const forbidden = stopped(s) ?? obstacle?.because
  if (forbidden) return { state, because: `not charged: ${forbidden}` }
  const rung = trigger === 'scheduled' && scheduled(s.case).find(({ kind }) => kind === 'retry')
  const stepKey = rung ? rung.stepKey : null
  return {
    state,
    because,
    steps: rung ? [{ stepRunId: rung.id, to: 'done', because }] : [],
    commands: [{ type: 'attempt_billing', trigger, stepKey }],
  }
}

/** What failed meanwhile decides on which plan the case goes on. Staff were told of the fault once for the shop. */
function released(s: Situation, { failure }: Settled): Ruling {
  const lastDecline = failure?.decline ?? s.case.lastDecline
  // The bank still waits for the shopper: that is newer than the last decline.
  const isChallenged = s.case.attempts.some(({ state }) => state === 'action_required')
  const known = { ...s, case: { ...s.case, lastDecline: isChallenged ? null : lastDecline } }
  const ruling = resume(known, s.switches.brakeEnded ?? 'the shop is not held back any more')
  if (ruling.state && isTerminal(ruling.state)) return ruling
  const isCleared = lastDecline?.class === 'TECH' || causeCleared(known.case, s.facts, s.now)
  const isAsked = ({ kind }: { kind: StepRun['kind'] }) => !isCleared || kind !== 'staff_task'
  const asked = new Map(s.case.steps.map((step) => [step.id, isAsked(step)]))
  const because = 'staff were told once for the whole shop'
  return {
    ...ruling,
    newSteps: (ruling.newSteps ?? []).filter(isAsked),
    steps: (ruling.steps ?? []).map((change) =>
      asked.get(change.stepRunId) === false && change.to === 'scheduled'
        ? { stepRunId: change.stepRunId, to: 'skipped', because }
        : change,
    ),
    // A card that was given meanwhile, or a cause that is cleared, is seen by the next look.
    lookAgainAt: s.now,
  }
}

// ---------------------------------------------------------------- held and gone on

/** The clock stood still: what was to come is later by the frozen time, never past the next expected charge. */
function resume(s: Situation, why: string): Ruling {
  const { case: c, facts, now, sequence } = s
  if (c.state.status !== 'held') return { because: why }
  const frozenMs = now.getTime() - c.state.frozenAt.getTime()
  const { steps, deadlineAt } = shiftBy(
    scheduled(c),
    c.deadlineAt,
    frozenMs,
    nextChargeAt(c, facts),
    c.zone,
    { sequence, emailWindow: c.emailWindow },
  )
  // Whoever let it go on wants the subscription to run: it is not paused or cancelled in the same breath.
  if (deadlineAt <= now && !c.attempts.some((a) => isLive(a) && !isStale(a, now)))
    return end(c, { status: 'written_off' }, `${why}, but the next charge was due by then`)
  // A plan that begins only now has lost no day either. What is stored stays the time of the failure.
  const anchorAt = new Date(c.anchorAt.getTime() + frozenMs)
  const shifted: RecoveryCase = { ...c, anchorAt, deadlineAt, state: { status: 'open' } }
  const target = c.lastDecline ? laneNow(c, c.lastDecline) : c.lane
  const lane = target && target !== c.lane ? enterLane({ ...s, case: shifted }, target, why) : null
  return {
    state: stateIn(target ?? 'FUNDS'),
    deadlineAt,
    graceEndsAt: c.graceEnded ? c.graceEndsAt : new Date(c.graceEndsAt.getTime() + frozenMs),
    steps: lane?.steps ?? steps,
    newSteps: lane?.newSteps ?? [],
    entries: lane?.entries ?? [],
    ...(lane?.lane ? { lane: lane.lane } : {}),
    // The cause may have gone while nothing was looked at.
    ...(target === 'MERCHANT' || target === 'STOCK' ? { lookAgainAt: now } : {}),
    because: `${why}: dates moved by the time the clock stood still`,
  }
}

function heldBecause(reason: HoldReason): string {
  return {
    paused: 'the contract is paused',
    merchant: 'staff are looking at it',
    brake: 'unlike payments of this shop fail in the same way, so all of them are held back',
    shopper_stop: 'the shopper asked us to stop',
    uninstalled: 'the app was uninstalled',
  }[reason]
}

// ---------------------------------------------------------------- an order that waits to be paid

/**
 * Somebody made an order for this cycle without taking money (an unpaid order, a bank debit under way). The debt is
 * that order's from now on: nothing is charged and nobody is asked for another card. It ends when the order is paid.
 */
function waitingOrder(s: Situation, { unpaidOrder }: Settled): Ruling | null {
  const { case: c, event } = s
  if (!unpaidOrder || event.type === 'grace_ended') return null
  if (event.type === 'deadline_reached')
    return end(c, { status: 'exhausted' }, 'the deadline came and the order is still not paid', {
      commands: [
        task(
          'order_unpaid',
          'An order of a renewal is still not paid',
          'An order was made for this cycle without taking the money, and the deadline came before it was paid. Nothing was done to the subscription: look at the order and decide.',
        ),
      ],
    })
  if (c.state.status === 'awaiting_customer' && c.state.reason === 'order')
    return event.type === 'facts_read'
      ? { because: 'nothing new' }
      : { because: 'nothing is done: the order of this cycle waits to be paid' }
  const because = 'an order was made for this cycle and waits to be paid: nothing more is charged'
  return {
    state: { status: 'awaiting_customer', reason: 'order' },
    steps: cancelAll(c, because),
    because,
  }
}

// ---------------------------------------------------------------- failures and lanes

function newFailure(s: Situation, { failure }: Settled): Ruling | null {
  if (!failure) return null
  const { case: c } = s
  const { decline } = failure
  const commands: Command[] = []
  if (decline.unknown) {
    commands.push({
      type: 'open_staff_task',
      kind: 'unknown_code',
      subject: decline.code,
      title: `Shopify sent a decline code that is new to us: ${decline.code}`,
      body: `It is treated as ${decline.class} because it came from the ${decline.family ?? 'unreadable'} family.`,
    })
  }
  const said = `declined: ${decline.code}`
  const base = { lastDecline: decline, commands }

  if (decline.class === 'PAID') {
    return {
      ...base,
      state: { status: 'awaiting_merchant', reason: 'review' },
      steps: cancelAll(c, 'Shopify says this is paid already'),
      commands: [
        ...commands,
        task(
          'already_paid',
          'Shopify says this cycle is paid, yet shows it unbilled',
          'The charge was answered with INVOICE_ALREADY_PAID while the billing cycle is still open. Nothing more is charged; check the orders of this subscription.',
        ),
      ],
      because: `${said}: Shopify says it is paid already, so nothing more is charged`,
    }
  }
  const lane = laneNow(c, decline)
  if (lane !== c.lane) return { ...base, ...enterLane(s, lane, said, decline) }

  const left = scheduled(c).filter((step) => step.kind === 'retry')
  if (lane === 'STOCK' && left.length === 0) return { ...base, ...outOfStock(s, said) }
  if (lane === 'TECH' && left.length === 0)
    return {
      ...base,
      ...enterLane(s, 'ISSUER', `${said}: the outage lasts, so it is treated as the issuer's no`),
    }
  if (lane === 'ISSUER' && sameCodeRunning(c, decline.code) >= SAME_CODE_LIMIT) {
    return {
      ...base,
      state: { status: 'awaiting_customer', reason: 'method' },
      steps: left.map((step) => ({
        stepRunId: step.id,
        to: 'cancelled' as const,
        because: `${decline.code} came ${SAME_CODE_LIMIT} times running`,
      })),
      because: `${said} for the third time running: no more retries, the shopper must choose`,
    }
  }
  const isRetryLane = ['FUNDS', 'ISSUER', 'UNKNOWN'].includes(lane)
  if (isRetryLane && left.length === 0) {
    return {
      ...base,
      state: { status: 'awaiting_customer', reason: 'method' },
      because: `${said}: no retry is left, the shopper must act`,
    }
  }
  return { ...base, state: stateIn(lane), because: said }
}

/** An outage that outlasted its own ladder stays the issuer's: it gets no fresh rungs for failing again. */
function laneNow(c: RecoveryCase, decline: Decline): Lane {
  const lane = laneFor(decline)
  const outlasted =
    lane === 'TECH' && c.lane === 'ISSUER' && c.steps.some((step) => step.lane === 'TECH')
  return outlasted ? 'ISSUER' : lane
}

/** The same code at the end of the list of attempts, however often. */
export function sameCodeRunning(c: RecoveryCase, code: string): number {
  const failed = c.attempts
    .filter((a) => a.state === 'failed')
    .sort((a, b) => a.intendedAt.getTime() - b.intendedAt.getTime())
  let count = 0
  for (const attempt of failed.reverse()) {
    if (attempt.code !== code) break
    count++
  }
  return count
}

function outOfStock(s: Situation, said: string): Ruling {
  if (s.sequence.stockFinalAction === 'leave' || stopped(s)) {
    return {
      state: { status: 'awaiting_merchant', reason: 'stock' },
      because: `${said}: still out of stock, left to staff`,
      commands: [
        task(
          'stock',
          'Still out of stock',
          'The product of this subscription was out of stock on each of the five tries. The cycle is left to you: restock and press "retry now", or skip it.',
        ),
      ],
    }
  }
  return {
    state: { status: 'awaiting_merchant', reason: 'stock' },
    commands: [{ type: 'apply_final_action', action: 'skip' }],
    because: `${said}: out of stock on every try, so this cycle is skipped`,
  }
}

/** Leaves the old lane with a reason and dates the new lane's steps that are still to come. */
function enterLane(s: Situation, lane: Lane, why: string, decline?: Decline): Ruling {
  const { case: c, now } = s
  const first = c.lane === null
  const { runs, dropped } = planFor(s, lane, decline)
  return {
    state: stateIn(lane),
    lane: { to: lane, at: first ? c.anchorAt : now },
    steps: cancelAll(c, `the case moved to the ${lane} lane`),
    newSteps: withOccurrences(c, runs),
    entries: leftOut(dropped),
    because: first ? why : `${why}: the plan for ${lane} applies from here`,
  }
}

/** What the sequence holds for a lane that is entered now: what gets a date, and what gets none. */
function planFor({ case: c, now, sequence }: Situation, lane: Lane, decline?: Decline): LanePlan {
  return planLane(sequence, lane, {
    ...laneContext(c, now),
    laneEnteredAt: c.lane === null ? c.anchorAt : now,
    lastCode: decline?.code ?? c.lastDecline?.code ?? null,
  })
}

/** What dating the steps of its lane needs to know of a case. */
export function laneContext(c: RecoveryCase, now: Date): LaneContext {
  return {
    caseId: c.id,
    anchorAt: c.anchorAt,
    laneEnteredAt: c.laneEnteredAt,
    now,
    deadlineAt: c.deadlineAt,
    zone: c.zone,
    emailWindow: c.emailWindow,
    lastAttemptAt: lastAttemptAt(c),
    sentStages: c.messages.filter((m) => wasSent(m.state)).map((m) => m.stage),
    lastCode: c.lastDecline?.code ?? null,
  }
}

/** A step of a lane that got no date, as the timeline's data hold it. */
export type LeftOut = Pick<LanePlan['dropped'][number], 'stepKey' | 'kind' | 'because'>

/** Steps of the lane that get no date, told in one line. */
function leftOut(dropped: LanePlan['dropped']): Entry[] {
  if (dropped.length === 0) return []
  const reasons = [...new Set(dropped.map(({ because }) => because))]
  const said = reasons.map((reason) => {
    const keys = dropped.filter(({ because }) => because === reason)
    return `${keys.map(({ stepKey }) => stepKey).join(', ')}: ${reason}`
  })
  const steps: LeftOut[] = dropped.map(({ stepKey, kind, because }) => ({ stepKey, kind, because }))
  return [
    {
      type: 'steps_left_out',
      because: `not part of this plan. ${said.join('; ')}`,
      data: { steps },
    },
  ]
}

/** A lane entered a second time makes its steps again, under the next occurrence. */
export function withOccurrences(
  c: RecoveryCase,
  steps: Decision['newSteps'],
): Decision['newSteps'] {
  return steps.map((step) => ({
    ...step,
    occurrence: c.steps.filter((run) => run.stepKey === step.stepKey).length,
  }))
}

function stateIn(lane: Lane): CaseState {
  switch (lane) {
    case 'FUNDS':
    case 'ISSUER':
    case 'TECH':
    case 'UNKNOWN':
      return { status: 'retrying' }
    case 'CARD':
    case 'STOP':
      return { status: 'awaiting_customer', reason: 'method' }
    case 'AUTH':
      return { status: 'awaiting_customer', reason: 'challenge' }
    case 'MERCHANT':
      return { status: 'awaiting_merchant', reason: 'config' }
    case 'STOCK':
      return { status: 'awaiting_merchant', reason: 'stock' }
  }
}

function challenge(s: Situation, { challenged }: Settled): Ruling | null {
  const { case: c } = s
  if (!challenged) return null
  const waiting = c.state.status === 'awaiting_customer' && c.state.reason === 'challenge'
  // A charge of ours in doubt beside another biller's challenge goes first: the two do not take turns.
  const isInDoubt = c.attempts.some((a) => a.state === 'unknown' || a.state === 'intended')
  if (c.lane === 'AUTH' && (waiting || isInDoubt)) return null
  if (c.lane === 'AUTH')
    return { state: stateIn('AUTH'), because: 'the bank wants the shopper to confirm' }
  return enterLane(s, 'AUTH', 'the bank wants the shopper to confirm this payment')
}

/** A linked case for a failure that was known before: nothing new has failed, and no plan applies yet. */
function takenUpAgain(s: Situation): Ruling | null {
  const { state, lane, lastDecline } = s.case
  if (state.status !== 'open' || lane !== null || !lastDecline) return null
  return enterLane(s, laneFor(lastDecline), `it had failed with ${lastDecline.code}`)
}

// ---------------------------------------------------------------- in doubt

/**
 * An intent without an answer. The facts were just read, so what Shopify has seen is settled already; what is left
 * here Shopify has not got. The same key is sent again, unless the facts now forbid it or a day has gone by.
 */
function doubtful(s: Situation): Ruling | null {
  const { case: c, event, switches } = s
  const open = c.attempts.find((a) => a.state === 'unknown' || a.state === 'intended')
  if (!open) return null
  if (event.type === 'grace_ended') return null // charges nothing, and would come due again at once
  if (event.type !== 'facts_read' && event.type !== 'step_due') {
    return { because: 'a charge is in doubt: nothing else is done until it is settled' }
  }
  const wait = postpone(s, 'a charge is in doubt')
  const obstacle = whyNotResend(s, open)
  if (obstacle?.allowedAt)
    return {
      ...wait,
      state: { status: 'in_doubt' },
      because: `the charge in doubt is not sent again yet: ${obstacle.because}`,
      lookAgainAt: obstacle.allowedAt,
    }
  if (obstacle) {
    const { because } = obstacle
    return {
      ...wait,
      state: { status: 'in_doubt' },
      commands: [
        task(
          'in_doubt',
          'A charge is in doubt',
          `Shopify never said what became of a charge, and it is not sent again: ${because}. Check the orders of this subscription, then close the case.`,
        ),
      ],
      because: `the charge is in doubt and is not sent again: ${because}`,
    }
  }
  // A probe, or staff's own try, was asked for under the brake; all else waits for its end.
  if (switches.brake && open.intendedAt < switches.brake.since)
    return {
      ...wait,
      state: { status: 'in_doubt' },
      because: `the charge in doubt is not sent again now: ${heldBecause('brake')}`,
    }
  return {
    ...wait,
    state: { status: 'in_doubt' },
    commands: [{ type: 'resend_attempt', attemptId: open.id }],
    because:
      'Shopify has no charge under this key: the same request is sent again, under the same key',
  }
}

/**
 * The caps hold for a request that is sent again as for any other, in what has come about since: it is not live beside
 * itself, nor counted twice. `allowedAt`: when the obstacle goes by itself, and the day of doubt is not over by then.
 */
function whyNotResend(s: Situation, open: Attempt): { because: string; allowedAt?: Date } | null {
  const { case: c, facts, budget, now } = s
  const untilAt = addHours(open.intendedAt, DOUBT_HOURS)
  if (now >= untilAt) return { because: `${DOUBT_HOURS} hours have gone by` }
  if (facts.contract?.status !== 'ACTIVE') return { because: 'the contract is not active any more' }
  if (facts.method && open.methodFingerprint && facts.method.fingerprint !== open.methodFingerprint)
    return { because: 'the payment method has changed since' }
  const halt = stopped(s)
  if (halt) return { because: halt }
  const others = { ...c, attempts: c.attempts.filter((a) => a !== open) }
  const isCounted = facts.method?.id === open.methodId
  const withoutIt = {
    ...budget,
    methodAttempts30d: budget.methodAttempts30d - (isCounted ? 1 : 0),
  }
  const obstacle = whyNoAttempt(others, facts, withoutIt, open.trigger, now) ?? pausedShop(s)
  if (!obstacle) return null
  const { because, allowedAt } = obstacle
  return allowedAt && allowedAt < untilAt ? { because, allowedAt } : { because }
}

// ---------------------------------------------------------------- the payment method

/** No live method: nothing can pass, whatever the code said. MERGED is no loss: the contract follows. */
function lostMethod(s: Situation): Ruling | null {
  const { case: c, facts, budget } = s
  // A charge or a challenge that is under way on it may still pass: its result comes first.
  if (!losesByMethod(c.lane) || c.attempts.some(isLive)) return null
  const loss = lossOf(facts.method)
  if (!loss)
    return facts.method && isStopped(facts.method, budget)
      ? enterLane(s, 'STOP', 'a decline elsewhere says that this payment method is finished')
      : null
  if (loss.turn !== 'shop') return enterLane(s, 'CARD', loss.because)
  // The shop's own settings lost it, perhaps for many at once: staff are asked, and no shopper is (I8).
  const asked = `${loss.because}. Mend the payment settings of the shop, or ask this shopper for another payment method: it is charged as soon as it is saved.`
  return {
    ...enterLane(s, 'MERCHANT', loss.because),
    commands: [task('merchant.task', 'A renewal lost its payment method', asked)],
  }
}

/** Lanes that wait for a charge on the present method. The others wait for another method, or for the shop, already. */
function losesByMethod(lane: Lane | null): boolean {
  return lane !== null && ['FUNDS', 'ISSUER', 'TECH', 'UNKNOWN', 'AUTH'].includes(lane)
}

/**
 * A method that truly changed since the last attempt, or whose security code or address was entered again, is tried
 * once, at once, on this same cycle.
 */
function changedMethod(s: Situation): Ruling | null {
  const { facts, event } = s
  if (event.type === 'deadline_reached' || !hasUntriedMethod(s)) return null
  const forbidden = whyNot(s, 'method_updated')
  if (forbidden)
    return event.type === 'facts_read' || event.type === 'shopper_method'
      ? {
          because: `the payment method changed, but it is not charged now: ${forbidden.because}`,
          lookAgainAt: forbidden.allowedAt,
        }
      : null
  return {
    state: { status: 'retrying' },
    commands: [{ type: 'attempt_billing', trigger: 'method_updated', stepKey: null }],
    because: `the payment method changed to ${facts.method?.label}: one attempt at once`,
  }
}

function hasUntriedMethod({ case: c, facts }: Situation): boolean {
  if (waitsForShop(c) || !c.lane || c.attempts.some(isLive)) return false
  const charged = lastCharged(c)
  if (!isUsable(facts.method) || !charged) return false
  return facts.method.fingerprint !== charged || isGivenAgain(c, facts)
}

/** When such a method may be tried that may not be yet, so that no other event in between puts the look off. */
function methodDueAt(s: Situation): Date | null {
  const { state } = s.case
  if (isTerminal(state) || state.status === 'held' || !hasUntriedMethod(s)) return null
  return whyNot(s, 'method_updated')?.allowedAt ?? null
}

/** The cause lies with the shop, and another method does not clear it. A method that the shop lost, it does. */
function waitsForShop({ state, lastDecline }: RecoveryCase): boolean {
  if (state.status !== 'awaiting_merchant') return false
  return state.reason !== 'config' || lastDecline === null || lastDecline.class === 'MERCHANT'
}

/** What the shop had to put right is right again, as the facts show: the cycle is charged by itself. */
function clearedCause(s: Situation): Ruling | null {
  const { case: c, facts, event, now } = s
  if (c.state.status !== 'awaiting_merchant' || event.type !== 'facts_read') return null
  if (c.attempts.some(isLive)) return null
  const cleared = causeCleared(c, facts, now)
  if (!cleared) return null
  const forbidden = whyNot(s, 'cause_cleared')
  const asked = forbidden && asksForMethod(s, forbidden, cleared)
  if (asked) return asked
  if (forbidden)
    return {
      because: `${cleared}, but nothing is charged now: ${forbidden.because}`,
      lookAgainAt: forbidden.allowedAt,
    }
  return {
    state: { status: 'retrying' },
    commands: [{ type: 'attempt_billing', trigger: 'cause_cleared', stepKey: null }],
    because: `${cleared}: charged again`,
  }
}

/** The shop has done its part, and the method was lost or finished meanwhile: now it is the shopper's turn. */
function asksForMethod(
  s: Situation,
  { cap, allowedAt, because }: NonNullable<ReturnType<typeof whyNot>>,
  cleared: string,
): Ruling | null {
  const { case: c, facts, budget } = s
  if (cap !== 'H5' || allowedAt || (c.lane !== 'MERCHANT' && c.lane !== 'STOCK')) return null
  if (lossOf(facts.method)?.turn === 'shop') return null
  const isFinished = facts.method !== null && isStopped(facts.method, budget)
  return enterLane(s, isFinished ? 'STOP' : 'CARD', `${cleared}, but ${because}`)
}

// ---------------------------------------------------------------- the event itself

function theEvent(s: Situation): Ruling {
  const { event } = s
  switch (event.type) {
    case 'facts_read':
      return { because: 'nothing new' }
    case 'step_due':
      return stepDue(s, event.stepRunId)
    case 'deadline_reached':
      return deadline(s)
    case 'grace_ended':
      return { graceEnded: true, because: 'the grace period is over: benefits may be withdrawn' }
    case 'staff_retry':
      return byHand(s, 'merchant', event.by)
    case 'shopper_pay':
      return byHand(s, 'shopper', 'the shopper')
    case 'shopper_method':
      return { because: 'the shopper looked at the payment method: it is the same as before' }
    case 'shopper_day':
      return anotherDay(s, event.day)
    case 'shopper_smaller':
      return takesLess(s, event.smaller)
    case 'shopper_whole':
      return takesAll(s)
    case 'brake_probe':
      return { because: 'no probe: this case is not held back' }
    case 'staff_release':
      return { because: 'the case is not held' }
    case 'staff_pause_contract':
    case 'staff_hold':
    case 'staff_close':
    case 'shopper_stop':
    case 'shopper_skip':
    case 'shopper_pause':
    case 'shopper_resume':
    case 'attempt_accepted':
    case 'attempt_refused':
    case 'attempt_not_accepted':
    case 'attempt_unanswered':
    case 'order_not_changed':
    case 'final_action_done':
    case 'final_action_dropped':
    case 'final_action_delayed':
      return { because: 'answered already' } // each has its rule further up
    default:
      return unreachable(event)
  }
}

function stepDue(s: Situation, stepRunId: string): Ruling {
  const { case: c, now } = s
  const step = c.steps.find((run) => run.id === stepRunId)
  if (step?.state !== 'scheduled') return { because: 'that step is not scheduled any more' }
  if (step.dueAt > now) return { because: 'that step is not due yet' }
  const late = now.getTime() - step.dueAt.getTime() > LATE_AFTER_HOURS * HOUR
  const meant = meantBy(s, step)
  if (late && step.kind !== 'branch' && step.kind !== 'wait') {
    const successor = scheduled(c).find(
      (other) => other.dueAt > step.dueAt && other.dueAt <= now && standsIn(s, other, step),
    )
    if (successor)
      return settleStep(
        step,
        'missed',
        `more than ${LATE_AFTER_HOURS} h late: merged into ${successor.stepKey}`,
      )
    if (meant?.ifMissed === 'skip')
      return settleStep(step, 'missed', `more than ${LATE_AFTER_HOURS} h late`)
  }
  const wrongSide = whyWrongSide(s, step)
  if (wrongSide) return settleStep(step, 'skipped', `${step.stepKey} is not run: ${wrongSide}`)
  // These two do nothing to anybody, and the steps after them count on them.
  if (step.kind === 'branch') return branchDue(s, step)
  if (step.kind === 'wait') return waitDue(s, step)
  const halt = stopped(s)
  if (halt) {
    return {
      steps: moveWithLater(s, step, addHours(now, 24)),
      because: `${step.stepKey} waits a day: ${halt}`,
    }
  }
  const unmet = whyNotAsked(s, step)
  if (unmet) return settleStep(step, 'skipped', `${step.stepKey} is not run: ${unmet}`)
  switch (step.kind) {
    case 'retry':
      return retryDue(s, step, late)
    case 'email':
    case 'sms':
      return messageDue(s, step, step.kind)
    case 'account_notice':
      return accountNoticeDue(s, step)
    case 'staff_task':
      return staffTaskDue(s, step)
    case 'contract_action':
    case 'end':
      return endingDue(s, step)
    default:
      return unreachable(step.kind)
  }
}

/** The step of the plan that a run carries out; none when a later version has dropped it. */
function meantBy({ sequence }: Situation, { stepKey }: StepRun): Step | undefined {
  return sequence.steps.find(({ key }) => key === stepKey)
}

/** Whether a later run says or does the same in place of one that is late, and surely will. */
function standsIn(s: Situation, other: StepRun, step: StepRun): boolean {
  if (other.kind !== step.kind || step.kind === 'contract_action' || step.kind === 'end')
    return false
  const meant = meantBy(s, other)
  return !meant?.when?.length && meant?.branch?.stepKey === meantBy(s, step)?.branch?.stepKey
}

// ---------------------------------------------------------------- conditions, branches and waits

/** What the conditions of a step look at, as it is now. */
export function conditionFacts(c: RecoveryCase, { method }: Pick<Facts, 'method'>): ConditionFacts {
  return {
    ...c.traits,
    class: c.lastDecline?.class ?? c.traits.class,
    code: c.lastDecline?.code ?? c.traits.code,
    instrument: method?.instrument ?? c.traits.instrument,
    attempts: c.attempts.filter(({ state }) => state !== 'refused' && state !== 'abandoned').length,
    messages: c.messages.filter((m) => m.countsTowardCap && wasSent(m.state)).length,
    clicked: c.happenings.some(({ event }) => event === 'clicked'),
  }
}

/** Why a step is not run although its day has come: its conditions, or a wait that covers it. */
function whyNotAsked(s: Situation, step: StepRun): string | null {
  const meant = meantBy(s, step)
  const asked = allHold(meant?.when ?? [], conditionFacts(s.case, s.facts))
  if (!asked.holds) return asked.because
  const waiting = waitingFor(s, step)
  if (waiting) return `we wait for ${WAITED_FOR[waiting]}`
  if (meant?.commercial && (step.kind === 'email' || step.kind === 'sms')) {
    if (!s.case.traits.consent[step.kind]) return 'the shopper has not agreed to offers'
  }
  return null
}

/** Why a step stands on a side that its branch did not take; null: it is run, or stands on no side. */
function whyWrongSide(s: Situation, step: StepRun): string | null {
  const { case: c, sequence, facts } = s
  const meant = meantBy(s, step)
  if (!meant?.branch) return null
  const ofLane = sequence.steps.filter(({ lane }) => lane === meant.lane)
  for (const [key, side] of pathsOf(ofLane)(meant)) {
    const branch = ofLane.find((one) => one.key === key)
    if (!branch) continue
    if (scheduled(c).some(({ stepKey }) => stepKey === key)) return `${key} is not decided yet`
    const taken = takenSide(c, ofLane, key) ?? sideOf(branch, conditionFacts(c, facts)).side
    if (taken !== side) return `${key} took the other side`
  }
  return null
}

function sideOf(branch: Step, facts: ConditionFacts): { side: BranchSide; because: string } {
  const { holds, because } = allHold(branch.when ?? [], facts)
  return { side: holds ? 'yes' : 'no', because }
}

function branchDue(s: Situation, step: StepRun): Ruling {
  const { case: c, sequence, facts } = s
  const meant = meantBy(s, step)
  if (!meant) return settleStep(step, 'skipped', `${step.stepKey} has no condition any more`)
  const { side, because } = sideOf(meant, conditionFacts(c, facts))
  const said = `${step.stepKey}: ${because}, so the side "${side}" is taken`
  const ofLane = sequence.steps.filter(({ lane }) => lane === step.lane)
  const others = ruledOut(c.steps, ofLane, step.stepKey, side)
  return {
    because: said,
    steps: [
      { stepRunId: step.id, to: 'done', because: said },
      ...others.map(({ id }) => ({ stepRunId: id, to: 'cancelled' as const, because: said })),
    ],
  }
}

function waitDue(s: Situation, step: StepRun): Ruling {
  const until = meantBy(s, step)?.until
  if (!until) return settleStep(step, 'skipped', `${step.stepKey} waits for nothing any more`)
  const what = WAITED_FOR[until.event]
  if (until.event === 'task_done' && !askedBefore(s.case, step))
    return settleStep(step, 'skipped', `${step.stepKey} waits for nothing: staff were not asked`)
  if (hasHappened(s, until.event, step))
    return settleStep(step, 'done', `${step.stepKey}: ${what} has come already`)
  const days = scaledDays(until.days, s.case)
  return settleStep(
    step,
    'done',
    `${step.stepKey}: for ${days === 1 ? 'a day' : `${days} days`} we wait for ${what}`,
  )
}

const WAITED_FOR: Record<WaitEvent, string> = {
  method_changed: 'another payment method',
  task_done: "the outcome of the staff's task",
  clicked: 'the shopper to follow a link',
}

/** The event that a wait has begun for, whose days cover this step, and that has not come. */
function waitingFor(s: Situation, step: StepRun): WaitEvent | null {
  const { case: c } = s
  for (const wait of c.steps) {
    if (wait.kind !== 'wait' || wait.lane !== step.lane || wait.state !== 'done') continue
    const until = meantBy(s, wait)?.until
    if (!until || wait.dueAt < c.laneEnteredAt || step.dueAt < wait.dueAt) continue
    const endsAt = addLocalDays(wait.dueAt, scaledDays(until.days, c), c.zone)
    if (step.dueAt <= endsAt && !hasHappened(s, until.event, wait)) return until.event
  }
  return null
}

/** Since the case came to its lane. A task: the last one that staff were asked before the wait began. */
function hasHappened({ case: c, facts }: Situation, event: WaitEvent, wait: StepRun): boolean {
  const since = c.laneEnteredAt
  if (event === 'method_changed') {
    const charged = lastCharged(c)
    if (charged && facts.method && facts.method.fingerprint !== charged) return true
    if (c.attempts.some((a) => a.trigger === 'method_updated' && a.intendedAt >= since)) return true
  }
  const asked = event === 'task_done' ? askedBefore(c, wait)?.stepKey : undefined
  return c.happenings.some(
    (one) =>
      one.event === event && one.at >= since && (!asked || !one.stepKey || one.stepKey === asked),
  )
}

/** The last task for staff that was opened before a wait began. */
function askedBefore(c: RecoveryCase, wait: StepRun): StepRun | undefined {
  return c.steps
    .filter(
      (run) =>
        run.kind === 'staff_task' &&
        run.state === 'done' &&
        run.lane === wait.lane &&
        run.dueAt >= c.laneEnteredAt &&
        run.dueAt <= wait.dueAt,
    )
    .sort((a, b) => b.dueAt.getTime() - a.dueAt.getTime())[0]
}

// ---------------------------------------------------------------- the steps, by kind

function staffTaskDue(s: Situation, step: StepRun): Ruling {
  const { case: c } = s
  const meant = meantBy(s, step)
  const { phone } = meant ?? {}
  const title = phone ? 'Call a shopper about a renewal' : taskTitle(c)
  const asked = task(step.stepKey, title, meant?.task ?? title)
  return {
    ...settleStep(step, 'done', `${step.stepKey}: staff were asked to ${phone ? 'call' : 'act'}`),
    commands: [{ ...asked, ...(phone ? { phone } : {}) }],
  }
}

/** It stands on the account page from now on: the run itself is what the page shows. */
function accountNoticeDue(s: Situation, step: StepRun): Ruling {
  const unfit = wrongWords(s.case, step) ?? nothingOwed(s.facts)
  if (unfit) return settleStep(step, 'skipped', unfit)
  return settleStep(step, 'done', `${step.stepKey}: the account page tells the shopper`)
}

/** Words that do not fit the case whatever the facts say. */
function wrongWords({ state }: RecoveryCase, step: StepRun): string | null {
  if (!step.stage) return `${step.stepKey} has no words`
  return state.status === 'awaiting_merchant' && step.stage !== 'address'
    ? "the cause is not the shopper's: nothing is said about payment"
    : null
}

/** Of the facts, what says whether a cycle is still to be paid. */
export type Owed = {
  contract: Pick<NonNullable<Facts['contract']>, 'status'> | null
  cycle: Pick<NonNullable<Facts['cycle']>, 'status' | 'skipped'> | null
}

/** An open challenge keeps a case from ending, yet nobody may be asked to pay what is paid or over. */
export function nothingOwed({ contract, cycle }: Owed): string | null {
  const isOwed = contract?.status === 'ACTIVE' && cycle?.status === 'UNBILLED' && !cycle.skipped
  return isOwed ? null : 'not sent: nothing is owed for this cycle now'
}

/** The end of the case before its deadline, with or without an action on the subscription. */
function endingDue(s: Situation, step: StepRun): Ruling {
  const { case: c, facts, now, sequence } = s
  if (c.state.status === 'awaiting_merchant')
    return settleStep(step, 'skipped', `${step.stepKey} is not run: the cause is not the shopper's`)
  if (c.attempts.some((a) => isLive(a) && !isStale(a, now)))
    return { ...postpone(s, 'a charge is under way'), because: WAITS_FOR_CHARGE }
  const action = meantBy(s, step)?.action
  if (step.kind === 'end' || !action) {
    const ruling = ended(s, 'leave')
    const rest = (ruling.steps ?? []).filter(({ stepRunId }) => stepRunId !== step.id)
    const done: StepChange = { stepRunId: step.id, to: 'done', because: ruling.because }
    return { ...ruling, steps: [done, ...rest] }
  }
  if (facts.contract?.status !== 'ACTIVE')
    return settleStep(step, 'skipped', `${step.stepKey} is not run: the contract is not active`)
  return {
    ...settleStep(step, 'done', `${step.stepKey}: the plan ends here and the cycle is unpaid`),
    commands: [
      {
        type: 'apply_final_action',
        action: finalActionFor({ ...sequence, finalAction: action }, c),
      },
    ],
  }
}

function retryDue(s: Situation, step: StepRun, late: boolean): Ruling {
  const { case: c, now, sequence } = s
  // A look that finds nothing is no charge. The last of them always is one: Shopify's word decides, not our reading.
  if (c.lane === 'STOCK' && s.facts.inStock === false && hasLaterRung(c, step))
    return settleStep(
      step,
      'skipped',
      `${step.stepKey}: still out of stock, so nothing is charged today`,
    )
  const forbidden = whyNot(s, 'scheduled')
  if (forbidden) {
    // A charge under way is no reason to lose a rung: it comes after its result, a day apart.
    const allowedAt = forbidden.cap === 'H1' ? afterCharge(s) : forbidden.allowedAt
    if (!allowedAt)
      return settleStep(
        step,
        'skipped',
        `${step.stepKey} is not run: ${forbidden.because} (${forbidden.cap})`,
      )
    const moved = moveWithLater(s, step, allowedAt)
    // Another method would help at once, so the shopper hears of it in time, whatever this one has used up.
    const steps = forbidden.cap === 'H4' ? moved.filter((one) => isRetry(c, one)) : moved
    if (steps.some(({ stepRunId, to }) => stepRunId === step.id && to === 'skipped'))
      return settleStep(
        step,
        'skipped',
        `${step.stepKey} is not run: ${forbidden.because} (${forbidden.cap}), and that lasts until after the deadline`,
      )
    const because =
      forbidden.cap === 'H1'
        ? WAITS_FOR_CHARGE
        : `${step.stepKey} moves: ${forbidden.because} (${forbidden.cap})`
    return { steps, because }
  }
  // After an outage of ours the rung waits for its usual hour; a little late by day is no reason to wait.
  if (late || localHour(now, c.zone) < 6) {
    const dueAt = slotOnOrAfter(now, c.id, c.zone, retryHours(sequence, step.stepKey))
    if (dueAt > now)
      return {
        steps: moveWithLater(s, step, dueAt),
        because: `${step.stepKey} is late: it waits for its usual hour`,
      }
  }
  return {
    ...settleStep(step, 'done', `${step.stepKey}: charged again as planned`),
    state: c.lane === 'STOCK' ? stateIn('STOCK') : { status: 'retrying' },
    commands: [{ type: 'attempt_billing', trigger: 'scheduled', stepKey: step.stepKey }],
  }
}

function hasLaterRung(c: RecoveryCase, { id, dueAt }: StepRun): boolean {
  return scheduled(c).some((one) => one.kind === 'retry' && one.id !== id && one.dueAt >= dueAt)
}

/** The timeline names the step; the step itself need not. */
function notSent(step: StepRun, because: string): Ruling {
  const ruling = settleStep(step, 'skipped', `not sent: ${because}`)
  return { ...ruling, because: `${step.stepKey}: not sent: ${because}` }
}

function messageDue(s: Situation, step: StepRun, channel: 'email' | 'sms'): Ruling {
  const { case: c, now, budget, switches } = s
  if (channel === 'sms' && !switches.smsReady)
    return settleStep(step, 'skipped', 'SMS is not set up')
  const wrong = wrongWords(c, step)
  if (wrong || !step.stage) return settleStep(step, 'skipped', wrong ?? '')
  if (c.attempts.some((a) => isLive(a) && a.state !== 'action_required')) {
    return {
      ...postpone(s, 'a charge is under way'),
      because: WAITS_FOR_CHARGE,
    }
  }
  const unowed = nothingOwed(s.facts)
  if (unowed) return settleStep(step, 'skipped', unowed)
  const forbidden = switches.suppressed ?? (channel === 'sms' ? switches.smsForbidden : null)
  if (forbidden) return notSent(step, forbidden)
  const sent = c.messages.filter(
    (m) => m.countsTowardCap && m.channel === channel && wasSent(m.state),
  )
  const most = channel === 'email' ? EMAILS_PER_CASE : TEXTS_PER_CASE
  if (sent.length >= most)
    return notSent(
      step,
      `${most} ${channel === 'email' ? 'e-mails' : 'texts'} were sent for this case`,
    )

  const free = budget.lastMessageAt ? addHours(budget.lastMessageAt, MESSAGE_GAP_HOURS) : now
  const earliest = free > now ? free : now
  const { window } = meantBy(s, step) ?? {}
  const sendAt =
    channel === 'email'
      ? nextEmailTime(earliest, c.zone, hoursWithin(window, c.emailWindow))
      : nextSmsTime(earliest, c.zone, window, placeOf(c))
  if (sendAt > now) {
    const next = scheduled(c).find(
      (o) => o.dueAt > step.dueAt && o.dueAt <= sendAt && standsIn(s, o, step),
    )
    if (next)
      return settleStep(step, 'skipped', `merged into ${next.stepKey}: ${ONE_MESSAGE_A_DAY}`)
    if (sendAt >= c.deadlineAt) return notSent(step, 'the deadline comes first')
    return {
      steps: [
        {
          stepRunId: step.id,
          to: 'scheduled',
          dueAt: sendAt,
          because: free > now ? ONE_MESSAGE_A_DAY : 'quiet hours',
        },
      ],
      because:
        free > now
          ? `${step.stepKey} waits: the shopper heard from us less than ${MESSAGE_GAP_HOURS} h ago`
          : `${step.stepKey} waits for the morning: quiet hours`,
    }
  }
  return {
    ...settleStep(step, 'done', `${step.stepKey}: the shopper is written to`),
    commands: [
      {
        type: 'send_message',
        channel,
        stage: step.stage,
        triggerKey: `${step.stepKey}#${step.occurrence}`,
        stepRunId: step.id,
        countsTowardCap: true,
      },
    ],
  }
}

/** Where a text would go: by law, the hours of that place count. */
export function placeOf({ traits }: RecoveryCase): Place {
  return { country: traits.country, province: traits.province ?? null }
}

function deadline(s: Situation): Ruling {
  const { case: c, sequence } = s
  if (c.state.status === 'awaiting_merchant')
    return end(
      c,
      { status: 'written_off' },
      'the cause was not cleared before the next charge was due',
    )
  const halt = stopped(s)
  if (halt) return waitForRelease(s, halt)
  const action = finalActionFor(sequence, c)
  if (action === 'leave') return ended(s, 'leave')
  return {
    commands: [{ type: 'apply_final_action', action }],
    because: 'the deadline came and the cycle is still unpaid',
  }
}

/** Nothing is done while recovery is stopped, and nothing is made up for once the next charge is due (H6). */
function waitForRelease(s: Situation, halt: string): Ruling {
  const { case: c, facts, now } = s
  const nextAt = nextChargeAt(c, facts)
  if (nextAt && now >= nextAt)
    return end(c, { status: 'written_off' }, `${halt}, and the next charge is due by now`)
  const tomorrow = addHours(now, 24)
  return {
    deadlineAt: nextAt && nextAt < tomorrow ? nextAt : tomorrow,
    because: `the deadline waits, a day at most: ${halt}`,
  }
}

/** A button. The caps hold for it as for everything; it uses no rung (rulings.md 15). */
function byHand(s: Situation, trigger: AttemptTrigger, who: string): Ruling {
  const halt = stopped(s)
  if (halt) return { because: `not charged: ${halt}` }
  const forbidden = whyNot(s, trigger)
  if (forbidden) return { because: `not charged: ${forbidden.because} (${forbidden.cap})` }
  return {
    state: { status: 'retrying' },
    commands: [{ type: 'attempt_billing', trigger, stepKey: null }],
    because: `charged now, asked for by ${who}`,
  }
}

/** The next try moves to the day that the shopper picked, and what follows it keeps its distance. */
function anotherDay(s: Situation, day: string): Ruling {
  const { case: c, sequence, now } = s
  const refuse = (why: string): Ruling => ({ because: `the day was not changed: ${why}` })
  const halt = stopped(s)
  if (halt) return refuse(halt)
  if (c.attempts.some(isLive)) return refuse('a charge is under way')
  const rung = scheduled(c)
    .filter(({ kind }) => kind === 'retry')
    .sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime())[0]
  if (!rung) return refuse('no further try is planned')
  // Pressed twice, or picked again: a change that changes nothing is none.
  if (localDate(rung.dueAt, c.zone) === day)
    return { because: `the next try is planned for ${day} already` }
  const moves = c.dayMoves ?? 0
  if (moves >= DAY_MOVES) return refuse(`it was changed ${DAY_MOVES} times already`)
  const { at: freeFrom } = chargeableFrom(s, 'scheduled')
  if (!freeFrom) return refuse('no further try is allowed')
  const place = {
    caseId: c.id,
    zone: c.zone,
    window: retryHours(sequence, rung.stepKey),
    deadlineAt: c.deadlineAt,
    nextChargeAt: nextChargeAt(c, s.facts),
    freeFrom,
  }
  const bounds = dayBounds(place, now)
  if (!bounds || !(day >= bounds.earliest && day <= bounds.latest))
    return refuse(`${day} is not a day on which it can be tried`)
  const steps = pushLater(scheduled(c), rung.id, slotOn(day, place), {
    sequence,
    deadlineAt: c.deadlineAt,
    zone: c.zone,
    emailWindow: c.emailWindow,
  })
  return {
    steps,
    dayMoved: true,
    because: `the shopper picked ${day} for the next try (change ${moves + 1} of ${DAY_MOVES})`,
  }
}

/**
 * What the shopper takes of this order, from the next charge on. Only for want of money: nothing else is mended by
 * taking less.
 */
function takesLess(s: Situation, smaller: SmallerOrder): Ruling {
  const { case: c } = s
  const refuse = (why: string): Ruling => ({ because: `the order was not made smaller: ${why}` })
  const halt = stopped(s)
  if (halt) return refuse(halt)
  if (c.lane !== 'FUNDS') return refuse('the payment does not lack money')
  if (c.attempts.some(isLive)) return refuse('a charge is under way')
  const { amount: whole } = c.traits
  if (!(Number(smaller.amount) > 0 && Number(smaller.amount) < Number(whole.amount)))
    return refuse('it would not cost less')
  return {
    smaller,
    because: `the shopper takes less of this order: ${sayMoney({ ...whole, amount: smaller.amount })} instead of ${sayMoney(whole)}, before tax`,
  }
}

function takesAll({ case: c }: Situation): Ruling {
  if (!c.smaller) return { because: 'the order is whole already' }
  if (c.attempts.some(isLive))
    return { because: 'the order was not made whole: a charge is under way' }
  return { smaller: null, because: 'the shopper takes the whole order again' }
}

// ---------------------------------------------------------------- pieces

function whyNot(s: Situation, trigger: AttemptTrigger) {
  const halt = stopped(s)
  if (halt) return { cap: 'stop', because: halt, allowedAt: addHours(s.now, 24) }
  if (s.switches.brake)
    return { cap: 'brake', because: heldBecause('brake'), allowedAt: addHours(s.now, 1) }
  return (
    whyNoAttempt(s.case, s.facts, s.budget, trigger, s.now) ??
    pausedShop(s) ??
    (trigger === 'method_updated' || trigger === 'cause_cleared' ? backOff(s) : null)
  )
}

/** Obstacles in a row that time removes. More means that one of them never goes. */
const MOST_OBSTACLES = 10

/**
 * From when on a charge is allowed, when nothing comes about but time; `at` null: only an outside event brings it, and
 * `obstacle` says what stands in its way.
 */
export function chargeableFrom(
  s: Situation,
  trigger: AttemptTrigger,
): { at: Date; obstacle: null } | { at: null; obstacle: { cap: string; because: string } } {
  const { methodFreeAt } = s.budget
  let then = s
  for (let left = MOST_OBSTACLES; ; left--) {
    const obstacle = whyNot(then, trigger)
    if (!obstacle) return { at: then.now, obstacle }
    const { cap, allowedAt } = obstacle
    const isByTime = cap !== 'stop' && cap !== 'brake' && allowedAt !== null && allowedAt > then.now
    if (!isByTime || left === 0) return { at: null, obstacle }
    const hasRoom = methodFreeAt !== null && methodFreeAt <= allowedAt
    const budget = hasRoom ? { ...s.budget, methodAttempts30d: 0 } : s.budget
    then = { ...s, budget, now: allowedAt }
  }
}

function pausedShop({ switches: { attemptsPausedUntil: until }, now }: Situation) {
  if (!until || until <= now) return null
  const because = 'Shopify refuses new charges of this shop for some hours'
  return { cap: 'wait', because, allowedAt: until }
}

/** Shopify refused lately. A rung carries its wait in its date; these attempts have none. */
function backOff({ case: c, now }: Situation) {
  const last = c.attempts
    .filter((a) => a.state === 'refused')
    .reduce((latest, a) => Math.max(latest, a.intendedAt.getTime()), 0)
  const allowedAt = addHours(new Date(last), backOffHours(c))
  if (last === 0 || allowedAt <= now) return null
  return { cap: 'wait', because: 'Shopify refused lately and is not asked again yet', allowedAt }
}

function stopped({ switches }: Situation): string | null {
  return switches.uninstalled ? 'the app was uninstalled' : switches.stopped
}

/** Messages only when the shop may speak and the shopper may be written to. */
function allowedNow(s: Situation, commands: Command[]): Command[] {
  const silent = stopped(s) !== null || s.switches.suppressed !== null
  return commands.filter((one) => !(silent && one.type === 'send_message'))
}

function end(
  c: RecoveryCase,
  state: CaseState,
  because: string,
  more: Partial<Ruling> = {},
): Ruling {
  return { ...more, state, steps: cancelAll(c, because), because }
}

function cancelAll(c: RecoveryCase, because: string): StepChange[] {
  return scheduled(c).map((step) => ({ stepRunId: step.id, to: 'cancelled', because }))
}

function settleStep(step: StepRun, to: 'done' | 'skipped' | 'missed', because: string): Ruling {
  return { steps: [{ stepRunId: step.id, to, because }], because }
}

/** Moves a rung to the next window after `notBefore`, and pushes the later ones where they would come too close. */
function moveWithLater(s: Situation, step: StepRun, notBefore: Date): StepChange[] {
  const { case: c, sequence } = s
  const { window } = meantBy(s, step) ?? {}
  if (step.kind !== 'retry') {
    const dueAt =
      step.kind === 'sms'
        ? nextSmsTime(notBefore, c.zone, window, placeOf(c))
        : nextEmailTime(notBefore, c.zone, hoursWithin(window, c.emailWindow))
    return [{ stepRunId: step.id, to: 'scheduled', dueAt, because: 'moved' }]
  }
  const dueAt = moveRung(step.dueAt, notBefore, c.zone, window ?? sequence.retryWindow)
  return pushLater(scheduled(c), step.id, dueAt, {
    sequence,
    deadlineAt: c.deadlineAt,
    zone: c.zone,
    emailWindow: c.emailWindow,
  })
}

function isRetry(c: RecoveryCase, { stepRunId }: StepChange): boolean {
  return c.steps.some(({ id, kind }) => id === stepRunId && kind === 'retry')
}

/** Without the name of a step: a timeline does not tell of each how it waits, over and over. */
const WAITS_FOR_CHARGE = 'what is due waits: a charge on this cycle is under way (H1)'

/** What is due now waits for what becomes of a charge. */
function postpone(s: Situation, because: string): { steps: StepChange[] } {
  const { now } = s
  const dueAt = afterCharge(s)
  return {
    steps: scheduled(s.case)
      .filter((step) => step.dueAt <= now)
      .map((step) => ({ stepRunId: step.id, to: 'scheduled', dueAt, because })),
  }
}

/** When a charge under way may have said what became of it: soon at first, more rarely the longer it is silent. */
function afterCharge({ case: c, now }: Situation): Date {
  const begun = Math.min(now.getTime(), ...c.attempts.filter(isLive).map((a) => +a.intendedAt))
  const elapsedHours = (now.getTime() - begun) / HOUR
  return addHours(now, Math.min(12, Math.max(0.5, elapsedHours / 4)))
}

function receipt(stage: 'recovered' | 'ended'): Command {
  return {
    type: 'send_message',
    channel: 'email',
    stage,
    triggerKey: stage,
    stepRunId: null,
    countsTowardCap: false,
  }
}

/** A task for staff about this case. */
export function task(
  kind: string,
  title: string,
  body: string,
): Extract<Command, { type: 'open_staff_task' }> {
  return { type: 'open_staff_task', kind, subject: null, title, body }
}

function taskTitle(c: RecoveryCase): string {
  const code = c.lastDecline?.code
  if (code && isStockCode(code)) return 'A renewal waits for stock'
  return `A renewal needs you${code ? `: ${code}` : ''}`
}

export function wasSent(state: string): boolean {
  return [
    'intended',
    'sending',
    'sent',
    'uncertain',
    'delivered',
    'bounced',
    'dropped',
    'merged',
  ].includes(state)
}

function lastAttemptAt(c: RecoveryCase): Date | null {
  return latestAttempt(c)?.intendedAt ?? null
}

function latestAttempt(c: RecoveryCase): Attempt | undefined {
  return c.attempts
    .filter((a) => a.state !== 'refused' && a.state !== 'abandoned')
    .sort((a, b) => b.intendedAt.getTime() - a.intendedAt.getTime())[0]
}

/** What the last attempt was made with; null: there was none, or nobody knows. */
function lastCharged(c: RecoveryCase): string | null {
  const last = latestAttempt(c)
  return last ? chargedFingerprint(last) : null
}

const byCreation = (a: AttemptFact, b: AttemptFact) => a.createdAt.getTime() - b.createdAt.getTime()

function complete(c: RecoveryCase, ruling: Ruling, lookAgainAt: Date | null): Decision {
  const entries: Entry[] = []
  return {
    state: c.state,
    commands: [],
    steps: [],
    newSteps: [],
    attempts: [],
    foreignAttempts: [],
    entries,
    lookAgainAt,
    ...ruling,
  }
}

/**
 * When to ask Shopify again by ourselves, since any webhook can be lost: soon after a charge, then ever more
 * rarely. Null where the case's own steps and its deadline suffice.
 */
function lookAgain(c: RecoveryCase, now: Date): Date | null {
  if (isTerminal(c.state)) return null
  const open = c.attempts.find(isLive)
  if (open) {
    const elapsed = now.getTime() - open.intendedAt.getTime()
    const [least, most] = {
      // After a day it is with staff: nothing is sent again, and only Shopify's list could still settle it.
      intended: [60_000, elapsed < DOUBT_HOURS * HOUR ? HOUR : 12 * HOUR],
      unknown: [60_000, elapsed < DOUBT_HOURS * HOUR ? HOUR : 12 * HOUR],
      submitted: [10 * 60_000, elapsed < RESULT_DAYS * DAY ? 6 * HOUR : DAY],
      action_required: [HOUR, 12 * HOUR],
    }[open.state as 'intended' | 'unknown' | 'submitted' | 'action_required'] as [number, number]
    return new Date(now.getTime() + Math.min(most, Math.max(least, elapsed)))
  }
  const { state } = c
  // What lets these two go on may be missed: the webhook that is lost, the worker that dies.
  if (state.status === 'held')
    return state.reason === 'paused' || state.reason === 'brake' ? addHours(now, 24) : null
  if (state.status === 'awaiting_customer' && state.reason === 'order') return addHours(now, 24)
  if (mayClearByItself(c) && now < c.deadlineAt) return addHours(now, 24)
  return null
}

function unreachable(event: never): never {
  throw new Error(`No rule for ${JSON.stringify(event)}`)
}
