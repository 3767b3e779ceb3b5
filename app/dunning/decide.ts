import { isStockCode, laneFor, refusalMeaning } from './declines.ts'
import { isTerminal, scheduled } from './due.ts'
import { HOURS_BETWEEN_ATTEMPTS, whyNoAttempt } from './limits.ts'
import {
  addHours,
  localHour,
  materialise,
  moveRung,
  nextEmailTime,
  pushLater,
  shiftBy,
  slotOnOrAfter,
} from './schedule.ts'
import type {
  Attempt,
  AttemptChange,
  AttemptFact,
  AttemptTrigger,
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
  StepChange,
  StepRun,
  Switches,
} from './types.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** A step later than this is late: merged, moved or missed, never simply fired. Hours. Source: dunning-practice 9. */
export const LATE_AFTER_HOURS = 24
/** E-mails a case may send, receipts and answers not counted. Source: dunning-practice 9. */
export const EMAILS_PER_CASE = 5
/** Least time between two messages to one customer, over all cases. Hours. Source: dunning-practice 9. */
export const MESSAGE_GAP_HOURS = 24
/** The same issuer code so many times running ends the retries: the issuer has made up its mind. */
export const SAME_CODE_LIMIT = 3
/** How long an attempt may stay in doubt before staff decide. Hours. Source: rulings.md 13. */
export const DOUBT_HOURS = 24
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
    ownEffect(known) ??
    stopByPerson(known) ??
    heldOrResumed(known) ??
    newFailure(known, settled) ??
    challenge(known, settled) ??
    doubtful(known) ??
    lostMethod(known) ??
    changedMethod(known) ??
    theEvent(known)

  const decision = complete(known.case, ruling, null)
  const after = applied(known.case, decision)
  const lastDecline = decision.lastDecline ?? settled.failure?.decline
  return {
    ...decision,
    ...(lastDecline ? { lastDecline } : {}),
    attempts: [...settled.changes, ...decision.attempts],
    foreignAttempts: settled.foreign,
    nextExpectedAt: situation.facts.nextExpectedAt,
    lookAgainAt: decision.lookAgainAt ?? (charges(decision) ? now : lookAgain(after, now)),
  }
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
  success: { fact: AttemptFact; attempt: Attempt | null } | null
}

function settle(c: RecoveryCase, facts: Facts, event: DunningEvent): Settled {
  const changes: AttemptChange[] = []
  const foreign: AttemptFact[] = []
  let failure: Settled['failure'] = null
  let success: Settled['success'] = null
  let challenged = false

  for (const fact of [...facts.attempts].sort(byCreation)) {
    const row = c.attempts.find((a) => a.shopifyId === fact.shopifyId || a.key === fact.key)
    if (fact.outcome.type === 'succeeded') success = { fact, attempt: row ?? null }
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
  if ('attemptId' in event) {
    const row = c.attempts.find((a) => a.id === event.attemptId)
    const answered = changes.some((change) => change.attemptId === event.attemptId)
    const change = row && isLive(row) && !answered ? answerOf(row, event) : null
    if (change) changes.push(change)
  }
  const attempts = [
    ...c.attempts.map((a) => withChange(a, changes, facts.readAt)),
    ...foreign.map((fact, i) => foreignAttempt(fact, c.attempts.length + i + 1, facts)),
  ]
  // An older failure that turns up late is written down; it no longer steers the case.
  const newest = Math.max(0, ...c.attempts.map((a) => a.intendedAt.getTime()))
  if (failure && !failure.ours && failure.attempt.createdAt.getTime() < newest) failure = null
  return { case: { ...c, attempts }, changes, foreign, failure, challenged, success }
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

function withChange(a: Attempt, changes: AttemptChange[], at: Date): Attempt {
  const change = changes.find((one) => one.attemptId === a.id)
  if (!change) return a
  return {
    ...a,
    state: change.to,
    shopifyId: change.shopifyId ?? a.shopifyId,
    code: change.decline?.code ?? a.code,
    class: change.decline?.class ?? a.class,
    settledAt: isLive({ state: change.to }) ? null : at,
  }
}

/** Shopify's answer to our own request, which the facts, read before it, do not know yet. */
function answerOf({ id }: Attempt, event: DunningEvent): AttemptChange | null {
  switch (event.type) {
    case 'attempt_accepted':
      return { attemptId: id, to: 'submitted', shopifyId: event.shopifyId }
    case 'attempt_refused': {
      const to = refusalMeaning(event.code).effect === 'look_again' ? 'unknown' : 'refused'
      return { attemptId: id, to, refusal: event.code }
    }
    case 'attempt_unanswered':
      return { attemptId: id, to: 'unknown' }
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
    methodId: facts.method?.id ?? null,
    methodFingerprint: facts.method?.fingerprint ?? null,
    shopifyId: fact.shopifyId,
    intendedAt: fact.createdAt,
    settledAt: fact.completedAt,
  }
}

export function stateOf(fact: AttemptFact): Attempt['state'] {
  return fact.outcome.type === 'pending' ? 'submitted' : fact.outcome.type
}

/** Live: the money may still move. Unknown counts as live (H1). */
export function isLive({ state }: { state: Attempt['state'] }): boolean {
  return ['intended', 'submitted', 'action_required', 'unknown'].includes(state)
}

// ---------------------------------------------------------------- ways out, derived from the facts

function wayOut(s: Situation, settled: Settled): Ruling | null {
  const { case: c, facts, switches } = s
  const underWay = c.attempts.some((a) => a.state === 'submitted' || a.state === 'action_required')
  if (settled.success || (facts.cycle?.status === 'BILLED' && !underWay)) return paid(s, settled)
  if (switches.uninstalled) return uninstalled(c, s.now)
  if (s.event.type === 'final_action_done') return null // what the facts show is our own doing
  // Money may still move: whatever else changed, its result is awaited before the case can end.
  if (c.attempts.some(isLive)) return null
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
  return end(c, state, because, { commands: allowedNow(s, commands) })
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
  return {
    state: { status: 'held', reason: 'uninstalled', frozenAt: now },
    because: 'the app was uninstalled: nothing is charged or sent any more',
  }
}

// ---------------------------------------------------------------- our own effects, come back

function ownEffect(s: Situation): Ruling | null {
  const { case: c, event, now } = s
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
    case 'final_action_done':
      return ended(s, event.action)
    case 'final_action_dropped':
      return end(c, { status: 'exhausted' }, event.because)
    case 'final_action_delayed':
      return { deadlineAt: event.retryAt, because: event.because }
    case 'deadline_reached':
      // A challenge that nobody answered by now is no charge under way: it must not keep the case open for ever.
      if (!c.attempts.some((a) => isLive(a) && !isStale(a, now))) return null
      return {
        deadlineAt: addHours(now, 1),
        because: 'the deadline came while a charge is under way: its result is awaited',
      }
    default:
      return null
  }
}

/** A bank's challenge runs out within a day, whether or not anybody tells us. */
function isStale({ state, intendedAt }: Attempt, now: Date): boolean {
  return state === 'action_required' && now >= addHours(intendedAt, HOURS_BETWEEN_ATTEMPTS)
}

/** A refusal used no rung: the step comes back under a new occurrence where time can mend it. */
function refused(s: Situation, attemptId: string, code: string): Ruling {
  const { case: c, facts, now } = s
  const { effect, because } = refusalMeaning(code)
  const attempt = c.attempts.find((a) => a.id === attemptId)
  const say = `Shopify would not create the charge (${code}): ${because}`
  // A refusal is an answer: nothing is in doubt any more.
  const state = c.state.status === 'in_doubt' && c.lane ? stateIn(c.lane) : c.state
  switch (effect) {
    case 'move_to_expected_date':
      return {
        state,
        newSteps: again(s, attempt, facts.cycle?.expectedAt ?? addHours(now, 24)),
        because: say,
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
        because: `${say}; waiting ${hours} h`,
        // The one attempt for a changed method is no step, so nothing else would bring it back.
        ...(attempt?.trigger === 'method_updated' ? { lookAgainAt: addHours(now, hours) } : {}),
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

/** How long Shopify's newest refusal is waited out, by how often it refused. Hours. */
function backOffHours(c: RecoveryCase): number {
  const times = c.attempts.filter((a) => a.state === 'refused').length
  return THROTTLED_HOURS[Math.min(times, THROTTLED_HOURS.length) - 1] ?? THROTTLED_HOURS[0]
}

/** The rung that a refusal gave back, in the next retry window not before `from`. */
function again(s: Situation, attempt: Attempt | undefined, from: Date): Decision['newSteps'] {
  const { case: c, sequence } = s
  const step = c.steps.find((run) => run.stepKey === attempt?.stepKey && run.kind === 'retry')
  if (!step || attempt?.trigger !== 'scheduled') return []
  const dueAt = moveRung(step.dueAt, from, c.zone, sequence.retryWindow)
  if (dueAt >= c.deadlineAt) return []
  return withOccurrences(c, [
    { stepKey: step.stepKey, occurrence: 0, lane: step.lane, kind: 'retry', stage: null, dueAt },
  ])
}

function ended(s: Situation, action: FinalAction): Ruling {
  const said = {
    pause: 'the deadline came unpaid: the subscription was paused',
    skip: 'this cycle was skipped',
    cancel: 'the deadline came unpaid: the subscription was cancelled',
    leave: 'the deadline came unpaid: the subscription was left as it is',
    unpaid_order: 'the deadline came unpaid: an unpaid order was made',
  }[action]
  const stockOut = s.case.lane === 'STOCK'
  const state: CaseState = stockOut ? { status: 'skipped' } : { status: 'exhausted' }
  return end(s.case, state, stockOut ? `out of stock five times: ${said}` : said, {
    commands: stockOut ? [] : allowedNow(s, [receipt('ended')]),
  })
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

function heldOrResumed(s: Situation): Ruling | null {
  const { case: c, facts, now, event } = s
  const status = facts.contract?.status
  const outsidePause = (status === 'PAUSED' || status === 'FAILED') && !c.weDid.includes('pause')
  if (c.state.status !== 'held') {
    if (!outsidePause) return null
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
    return resume(s, 'the contract is active again')
  }
  if (event.type === 'staff_release') return resume(s, `released by ${event.by}`)
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

/** The clock stood still: what was to come is later by the frozen time, never past the next expected charge. */
function resume(s: Situation, why: string): Ruling {
  const { case: c, facts, now, sequence } = s
  if (c.state.status !== 'held') return { because: why }
  const frozenMs = now.getTime() - c.state.frozenAt.getTime()
  const { steps, deadlineAt } = shiftBy(
    scheduled(c),
    c.deadlineAt,
    frozenMs,
    facts.nextExpectedAt,
    c.zone,
    {
      retry: sequence.retryWindow,
      email: c.emailWindow,
    },
  )
  // Whoever let it go on wants the subscription to run: it is not paused or cancelled in the same breath.
  if (deadlineAt <= now)
    return end(c, { status: 'written_off' }, `${why}, but the next charge was due by then`)
  const shifted: RecoveryCase = { ...c, deadlineAt, state: { status: 'open' } }
  const target = c.lastDecline ? laneNow(c, c.lastDecline) : c.lane
  const lane = target && target !== c.lane ? enterLane({ ...s, case: shifted }, target, why) : null
  return {
    state: stateIn(target ?? 'FUNDS'),
    deadlineAt,
    graceEndsAt: c.graceEnded ? c.graceEndsAt : new Date(c.graceEndsAt.getTime() + frozenMs),
    steps: lane?.steps ?? steps,
    newSteps: lane?.newSteps ?? [],
    ...(lane?.lane ? { lane: lane.lane } : {}),
    because: `${why}: dates moved by the time the clock stood still`,
  }
}

function heldBecause(reason: HoldReason): string {
  return {
    paused: 'the contract is paused',
    merchant: 'staff are looking at it',
    brake: 'many payments fail at once in this shop',
    shopper_stop: 'the shopper asked us to stop',
    uninstalled: 'the app was uninstalled',
  }[reason]
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
function sameCodeRunning(c: RecoveryCase, code: string): number {
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
  const { case: c, now, sequence } = s
  const first = c.lane === null
  const newSteps = materialise(sequence, lane, {
    caseId: c.id,
    anchorAt: c.anchorAt,
    laneEnteredAt: first ? c.anchorAt : now,
    now,
    deadlineAt: c.deadlineAt,
    zone: c.zone,
    emailWindow: c.emailWindow,
    lastAttemptAt: lastAttemptAt(c),
    sentStages: c.messages.filter((m) => wasSent(m.state)).map((m) => m.stage),
    lastCode: decline?.code ?? c.lastDecline?.code ?? null,
  })
  return {
    state: stateIn(lane),
    lane: { to: lane, at: first ? c.anchorAt : now },
    steps: cancelAll(c, `the case moved to the ${lane} lane`),
    newSteps: withOccurrences(c, newSteps),
    because: first ? why : `${why}: the plan for ${lane} applies from here`,
  }
}

/** A lane entered a second time makes its steps again, under the next occurrence. */
function withOccurrences(c: RecoveryCase, steps: Decision['newSteps']): Decision['newSteps'] {
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
  if (c.lane === 'AUTH' && waiting) return null
  if (c.lane === 'AUTH')
    return { state: stateIn('AUTH'), because: 'the bank wants the shopper to confirm' }
  return enterLane(s, 'AUTH', 'the bank wants the shopper to confirm this payment')
}

// ---------------------------------------------------------------- in doubt

/**
 * An intent without an answer. The facts were just read, so what Shopify has seen is settled already; what is left
 * here Shopify has not got. The same key is sent again, unless the facts now forbid it or a day has gone by.
 */
function doubtful(s: Situation): Ruling | null {
  const { case: c, facts, now, event } = s
  const open = c.attempts.find((a) => a.state === 'unknown' || a.state === 'intended')
  if (!open) return null
  if (event.type === 'grace_ended') return null // charges nothing, and would come due again at once
  if (event.type !== 'facts_read' && event.type !== 'step_due') {
    return { because: 'a charge is in doubt: nothing else is done until it is settled' }
  }
  const wait = postpone(s, 'a charge is in doubt')
  const because = whyNotResend(c, facts, open, now) ?? stopped(s)
  if (because) {
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
  return {
    ...wait,
    state: { status: 'in_doubt' },
    commands: [{ type: 'resend_attempt', attemptId: open.id }],
    because:
      'Shopify has no charge under this key: the same request is sent again, under the same key',
  }
}

function whyNotResend(c: RecoveryCase, facts: Facts, open: Attempt, now: Date): string | null {
  if (now.getTime() - open.intendedAt.getTime() >= DOUBT_HOURS * HOUR)
    return `${DOUBT_HOURS} hours have gone by`
  if (facts.contract?.status !== 'ACTIVE') return 'the contract is not active any more'
  if (facts.cycle?.status !== 'UNBILLED' || facts.cycle.skipped)
    return 'the cycle is not open any more'
  if (now >= c.deadlineAt) return 'the deadline has come'
  if (facts.method && open.methodFingerprint && facts.method.fingerprint !== open.methodFingerprint)
    return 'the payment method has changed since'
  return null
}

// ---------------------------------------------------------------- the payment method

/** No live method: nothing can pass, whatever the code said. MERGED is no loss: the contract follows. */
function lostMethod(s: Situation): Ruling | null {
  const { case: c, facts } = s
  if (facts.method && !facts.method.revokedAt) return null
  if (!c.lane || !['FUNDS', 'ISSUER', 'TECH', 'UNKNOWN'].includes(c.lane)) return null
  if (facts.method?.revokedReason === 'MERGED') return null
  const why = facts.method
    ? `Shopify revoked the payment method (${facts.method.revokedReason ?? 'no reason given'})`
    : 'the contract has no payment method'
  return enterLane(s, 'CARD', why)
}

/** A method that truly changed since the last attempt is tried once, at once, on this same cycle. */
function changedMethod(s: Situation): Ruling | null {
  const { case: c, facts, event } = s
  if (event.type === 'deadline_reached') return null
  if (c.state.status === 'awaiting_merchant' || !c.lane || c.attempts.some(isLive)) return null
  const last = latestAttempt(c)
  if (!facts.method || facts.method.revokedAt || !last?.methodFingerprint) return null
  if (facts.method.fingerprint === last.methodFingerprint) return null
  const forbidden = whyNot(s, 'method_updated')
  if (forbidden)
    return event.type === 'facts_read'
      ? {
          because: `the payment method changed, but it is not charged now: ${forbidden.because}`,
          lookAgainAt: forbidden.allowedAt,
        }
      : null
  return {
    state: { status: 'retrying' },
    commands: [{ type: 'attempt_billing', trigger: 'method_updated', stepKey: null }],
    because: `the payment method changed to ${facts.method.label}: one attempt at once`,
  }
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
    case 'staff_release':
      return { because: 'the case is not held' }
    case 'staff_pause_contract':
      return {
        commands: [{ type: 'pause_contract' }],
        because: `${event.by} pauses the subscription`,
      }
    case 'staff_hold':
    case 'staff_close':
    case 'shopper_stop':
    case 'attempt_accepted':
    case 'attempt_refused':
    case 'attempt_not_accepted':
    case 'attempt_unanswered':
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
  if (late) {
    const successor = scheduled(c).find(
      (other) => other.kind === step.kind && other.dueAt > step.dueAt && other.dueAt <= now,
    )
    const rule = s.sequence.steps.find((one) => one.key === step.stepKey)?.ifMissed
    if (successor)
      return settleStep(
        step,
        'missed',
        `more than ${LATE_AFTER_HOURS} h late: merged into ${successor.stepKey}`,
      )
    if (rule === 'skip') return settleStep(step, 'missed', `more than ${LATE_AFTER_HOURS} h late`)
  }
  const halt = stopped(s)
  if (halt) {
    return {
      steps: moveWithLater(s, step, addHours(now, 24)),
      because: `${step.stepKey} waits a day: ${halt}`,
    }
  }
  switch (step.kind) {
    case 'retry':
      return retryDue(s, step, late)
    case 'email':
      return emailDue(s, step)
    case 'sms':
      return settleStep(step, 'skipped', 'SMS is not set up')
    case 'staff_task':
      return {
        ...settleStep(step, 'done', `${step.stepKey}: staff were asked to act`),
        commands: [
          task(
            step.stepKey,
            taskTitle(c),
            s.sequence.steps.find((one) => one.key === step.stepKey)?.task ?? taskTitle(c),
          ),
        ],
      }
  }
}

function retryDue(s: Situation, step: StepRun, late: boolean): Ruling {
  const { case: c, now, sequence } = s
  const forbidden = whyNot(s, 'scheduled')
  if (forbidden) {
    // A charge under way is no reason to lose a rung: it comes after its result, a day apart.
    const allowedAt = forbidden.cap === 'H1' ? addHours(now, 1) : forbidden.allowedAt
    if (!allowedAt)
      return settleStep(
        step,
        'skipped',
        `${step.stepKey} is not run: ${forbidden.because} (${forbidden.cap})`,
      )
    return {
      steps: moveWithLater(s, step, allowedAt),
      because: `${step.stepKey} moves: ${forbidden.because} (${forbidden.cap})`,
    }
  }
  // After an outage of ours the rung waits for its usual hour; a little late by day is no reason to wait.
  if (late || localHour(now, c.zone) < 6) {
    const dueAt = slotOnOrAfter(now, c.id, c.zone, sequence.retryWindow)
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

function emailDue(s: Situation, step: StepRun): Ruling {
  const { case: c, now, budget, switches } = s
  if (!step.stage) return settleStep(step, 'skipped', `${step.stepKey} has no words`)
  if (c.state.status === 'awaiting_merchant' && step.stage !== 'address')
    return settleStep(
      step,
      'skipped',
      "the cause is not the shopper's: nothing is said about payment",
    )
  if (c.attempts.some((a) => isLive(a) && a.state !== 'action_required')) {
    return {
      ...postpone(s, 'a charge is under way'),
      because: `${step.stepKey} waits for the charge under way`,
    }
  }
  // An open challenge keeps a case from ending, yet nobody may be asked to pay what is paid or over.
  const { contract, cycle } = s.facts
  const isOwed = contract?.status === 'ACTIVE' && cycle?.status === 'UNBILLED' && !cycle.skipped
  if (!isOwed) return settleStep(step, 'skipped', 'not sent: nothing is owed for this cycle now')
  if (switches.suppressed) return settleStep(step, 'skipped', `not sent: ${switches.suppressed}`)
  const sent = c.messages.filter(
    (m) => m.countsTowardCap && m.channel === 'email' && wasSent(m.state),
  )
  if (sent.length >= EMAILS_PER_CASE)
    return settleStep(
      step,
      'skipped',
      `not sent: ${EMAILS_PER_CASE} e-mails were sent for this case`,
    )

  const free = budget.lastMessageAt ? addHours(budget.lastMessageAt, MESSAGE_GAP_HOURS) : now
  const sendAt = nextEmailTime(free > now ? free : now, c.zone, c.emailWindow)
  if (sendAt > now) {
    const next = scheduled(c).find(
      (o) => o.kind === 'email' && o.dueAt > step.dueAt && o.dueAt <= sendAt,
    )
    if (next)
      return settleStep(
        step,
        'skipped',
        `merged into ${next.stepKey}: one message in ${MESSAGE_GAP_HOURS} h`,
      )
    if (sendAt >= c.deadlineAt)
      return settleStep(step, 'skipped', 'not sent: the deadline comes first')
    return {
      steps: [
        {
          stepRunId: step.id,
          to: 'scheduled',
          dueAt: sendAt,
          because: free > now ? `one message in ${MESSAGE_GAP_HOURS} h` : 'quiet hours',
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
        channel: 'email',
        stage: step.stage,
        triggerKey: `${step.stepKey}#${step.occurrence}`,
        stepRunId: step.id,
        countsTowardCap: true,
      },
    ],
  }
}

function deadline(s: Situation): Ruling {
  const { case: c, now, sequence } = s
  if (c.state.status === 'awaiting_merchant')
    return end(
      c,
      { status: 'written_off' },
      'the cause was not cleared before the next charge was due',
    )
  const halt = stopped(s)
  if (halt) return { deadlineAt: addHours(now, 24), because: `the deadline waits a day: ${halt}` }
  if (sequence.finalAction === 'leave') return ended(s, 'leave')
  return {
    commands: [{ type: 'apply_final_action', action: sequence.finalAction }],
    because: 'the deadline came and the cycle is still unpaid',
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

// ---------------------------------------------------------------- pieces

function whyNot(s: Situation, trigger: AttemptTrigger) {
  const halt = stopped(s)
  if (halt) return { cap: 'stop', because: halt, allowedAt: addHours(s.now, 24) }
  return (
    whyNoAttempt(s.case, s.facts, s.budget, trigger, s.now) ??
    pausedShop(s) ??
    (trigger === 'method_updated' ? backOff(s) : null)
  )
}

function pausedShop({ switches: { attemptsPausedUntil: until }, now }: Situation) {
  if (!until || until <= now) return null
  const because = 'Shopify refuses new charges of this shop for some hours'
  return { cap: 'wait', because, allowedAt: until }
}

/** Shopify refused lately. A rung carries its wait in its date; the attempt for a changed method has none. */
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
  if (step.kind !== 'retry') {
    const dueAt = nextEmailTime(notBefore, c.zone, c.emailWindow)
    return [{ stepRunId: step.id, to: 'scheduled', dueAt, because: 'moved' }]
  }
  const dueAt = moveRung(step.dueAt, notBefore, c.zone, sequence.retryWindow)
  return pushLater(scheduled(c), step.id, dueAt, {
    sequence,
    deadlineAt: c.deadlineAt,
    zone: c.zone,
    emailWindow: c.emailWindow,
  })
}

/** What is due now waits half an hour: a charge under way will have said by then what became of it. */
function postpone(s: Situation, because: string): { steps: StepChange[] } {
  const { now } = s
  return {
    steps: scheduled(s.case)
      .filter((step) => step.dueAt <= now)
      .map((step) => ({ stepRunId: step.id, to: 'scheduled', dueAt: addHours(now, 0.5), because })),
  }
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

function task(kind: string, title: string, body: string): Command {
  return { type: 'open_staff_task', kind, subject: null, title, body }
}

function taskTitle(c: RecoveryCase): string {
  const code = c.lastDecline?.code
  if (code && isStockCode(code)) return 'A renewal waits for stock'
  return `A renewal needs you${code ? `: ${code}` : ''}`
}

export function wasSent(state: string): boolean {
  return ['intended', 'sending', 'sent', 'uncertain', 'delivered', 'bounced'].includes(state)
}

function lastAttemptAt(c: RecoveryCase): Date | null {
  return latestAttempt(c)?.intendedAt ?? null
}

function latestAttempt(c: RecoveryCase): Attempt | undefined {
  return c.attempts
    .filter((a) => a.state !== 'refused' && a.state !== 'abandoned')
    .sort((a, b) => b.intendedAt.getTime() - a.intendedAt.getTime())[0]
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

/** The case as it will be once the decision is saved; what to look at next is derived from it. */
function applied(c: RecoveryCase, d: Decision): RecoveryCase {
  return {
    ...c,
    state: d.state,
    attempts: c.attempts.map((a) => withChange(a, d.attempts, a.settledAt ?? a.intendedAt)),
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
      intended: [60_000, HOUR],
      unknown: [60_000, HOUR],
      submitted: [10 * 60_000, 6 * HOUR],
      action_required: [HOUR, 12 * HOUR],
    }[open.state as 'intended' | 'unknown' | 'submitted' | 'action_required'] as [number, number]
    return new Date(now.getTime() + Math.min(most, Math.max(least, elapsed)))
  }
  const { state } = c
  if (state.status === 'held') return state.reason === 'paused' ? addHours(now, 24) : null
  if (state.status === 'awaiting_merchant' && state.reason === 'review') return addHours(now, 24)
  return null
}

function unreachable(event: never): never {
  throw new Error(`No rule for ${JSON.stringify(event)}`)
}
