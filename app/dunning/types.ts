/**
 * The words of the dunning policy: what a case is, what can happen to it, what may be done about it.
 * Instants are `Date`; wall-clock time and zones live in `schedule.ts`; money is a decimal string with its currency.
 */

import type { Condition, Traits } from './conditions.ts'

// ---------------------------------------------------------------- declines

/** Our eight groups of decline codes. The class decides the treatment; `declines.ts` names each code's class. */
export type DeclineClass =
  | 'FUNDS'
  | 'ISSUER'
  | 'TECH'
  | 'CARD'
  | 'AUTH'
  | 'STOP'
  | 'MERCHANT'
  | 'PAID'

/** The member of Shopify's error union that carried the code. `null`: could not be read. */
export type DeclineFamily = 'payment' | 'general' | 'inventory' | 'unexpected' | null

/** Why one attempt failed, in our words. */
export type Decline = {
  /** Upper case, as in Shopify's enum. `UNEXPECTED_ERROR` for the code-less Unexpected member. */
  code: string
  family: DeclineFamily
  class: DeclineClass
  /** The code is none of the 59 we know; the class came from the family (declines.ts). */
  unknown: boolean
}

/** The part of a sequence that serves one class. UNKNOWN: a code we do not know, of the payment family. */
export type Lane =
  | 'FUNDS'
  | 'ISSUER'
  | 'TECH'
  | 'CARD'
  | 'AUTH'
  | 'STOP'
  | 'MERCHANT'
  | 'STOCK'
  | 'UNKNOWN'

// ---------------------------------------------------------------- sequences

export type StepKind =
  | 'retry'
  | 'email'
  | 'sms'
  /** A notice on the shopper's account page. It reaches nobody by itself, so no cap counts it. */
  | 'account_notice'
  | 'staff_task'
  /** What comes due in the days after it waits for an event, and is skipped where it does not come. */
  | 'wait'
  /** Looks at facts once; the steps of the side that it does not take are cancelled. */
  | 'branch'
  /** The final action, before the deadline. */
  | 'contract_action'
  | 'end'

/** The stage of a notice; with lane, code and instrument it picks the words. */
export type MessageStage =
  | 'first'
  | 'reminder'
  | 'options'
  | 'plan'
  | 'last'
  | 'address'
  | 'recovered'
  | 'ended'
  | 'update_link'

/** Where a step's day is counted from. `after`: hours after another step of the lane has come due. */
export type StepOffset =
  | { from: 'anchor'; days: number }
  | { from: 'lane'; days: number }
  | { from: 'step'; stepKey: string; hours: number }

/** What becomes of a step that was not run in time (over 24 h late). */
export type IfMissed = 'skip' | 'next_window' | 'merge'

/** What a `wait` step can wait for. */
export type WaitEvent = 'method_changed' | 'task_done' | 'clicked'

export type BranchSide = 'yes' | 'no'

/** Local hours from `fromHour` up to, not including, `untilHour`. */
export type Hours = { fromHour: number; untilHour: number }

export type Step = {
  /** Unique in the version, stable across versions: `funds.r1`. */
  key: string
  lane: Lane
  kind: StepKind
  offset: StepOffset
  ifMissed: IfMissed
  /** Retries only: move to the nearest payday within two days (rulings.md 11). */
  payday?: boolean
  /** E-mail, SMS and account notice only. */
  stage?: MessageStage
  /** Staff tasks only: what is asked of staff. */
  task?: string
  /** Run at once, not before the first rung: e.g. CALL_ISSUER. Codes, upper case. */
  onlyForCodes?: string[]
  /** Local hours that the merchant chose, inside those that the kind allows; absent: the usual ones. */
  window?: Hours
  /** All must hold when the step comes due, else it is skipped. On a branch: they decide its side. */
  when?: Condition[]
  /** Staff tasks only: a phone call, and what to say. */
  phone?: { script: string }
  /** Waits only. `days`: how long, drawn together like every offset when the deadline is short. */
  until?: { event: WaitEvent; days: number }
  /** The branch of the same lane that this step belongs to; it is run only where the branch takes that side. */
  branch?: { stepKey: string; side: BranchSide }
  /** Contract actions only. */
  action?: 'pause' | 'skip' | 'cancel'
  /** Messages only: their template carries an offer, so they need the shopper's consent. */
  commercial?: boolean
}

export type FinalAction = 'pause' | 'skip' | 'leave' | 'unpaid_order' | 'cancel'

/** A checked plan. Only `sequence.ts` makes one. */
export type Sequence = {
  steps: Step[]
  /** What ends a case whose deadline came unpaid. */
  finalAction: FinalAction
  /** Days from the anchor; the earliest of this, 70 % of the interval and a day before the next charge holds. */
  deadlineDays: number
  /** Days from the anchor until benefits are withdrawn. Its own knob: it never ends a case. */
  graceDays: number
  /** After the fifth stock-out: skip the cycle, or leave it to staff. */
  stockFinalAction: 'skip' | 'leave'
  /** Local hours between which a retry may fire; never 00:00 to 06:00. */
  retryWindow: { fromHour: number; untilHour: number }
}

// ---------------------------------------------------------------- facts: what Shopify says now

export type ContractStatus = 'ACTIVE' | 'PAUSED' | 'CANCELLED' | 'EXPIRED' | 'FAILED'

export type Instrument = 'card' | 'shop_pay' | 'paypal' | 'bank_account' | 'other'

export type PaymentMethod = {
  id: string
  instrument: Instrument
  /** Brand and last four at most, e.g. "Visa ···· 4242". */
  label: string
  /** Changes when the method truly changed: id, last four, expiry, or an agreement that was renewed. */
  fingerprint: string
  /** PayPal and Shop Pay only: the agreement behind it is not active, so it cannot be charged. */
  isInactive?: boolean
  revokedAt: Date | null
  /** Upper case, e.g. MERGED. */
  revokedReason: string | null
  expiresAt: Date | null
}

/** One billing attempt as Shopify tells it, ours or another biller's. */
export type AttemptFact = {
  shopifyId: string
  key: string
  createdAt: Date
  completedAt: Date | null
  originTime: Date | null
  /**
   * The method that it was made with, where that is known to differ from the one that was read with it. Absent: nobody
   * can tell, so the method of the reading is taken. The id is never told.
   */
  chargedWith?: { methodId: string | null; fingerprint: string }
  outcome:
    | { type: 'pending' }
    /** `unpaid`: an order was made and its money has not come yet. */
    | { type: 'succeeded'; orderId: string | null; total: Money | null; unpaid?: true }
    | { type: 'action_required' }
    | { type: 'failed'; decline: Decline }
}

/**
 * What can show that a cause is gone.
 *
 * - `stock`: every variant that the cycle ships can be sold in its quantity.
 * - `address`: the delivery address is another than at the failure.
 * - `amount`: prices, quantities or delivery price are others than at the failure.
 * - `provider`: after the failure another charge in this shop passed: a real order, the same kind of instrument, the
 *   same currency.
 * - `method`: the contract's payment method is another than the one that failed.
 */
export type Evidence = 'stock' | 'address' | 'amount' | 'provider' | 'method'

/** A decimal string in major units, e.g. "24.90". */
export type Money = { amount: string; currency: string }

/** What a shopper takes of one order instead of the whole. */
export type SmallerOrder = {
  /** Every line of the contract by its id, with the pieces that are taken; 0: left out. */
  lines: { id: string; title: string; quantity: number }[]
  /** What Shopify says it costs, before tax: a decimal string in major units of the case's currency. */
  amount: string
}

/** Everything `decide` may know about the outside, read at one moment inside the claim. */
export type Facts = {
  readAt: Date
  contract: { status: ContractStatus } | null
  cycle: { status: 'BILLED' | 'UNBILLED'; skipped: boolean; expectedAt: Date } | null
  /** When the following cycle is to be charged; null when there is none. */
  nextExpectedAt: Date | null
  method: PaymentMethod | null
  /** Attempts of this cycle, oldest first, from the cycle's and the contract's list together. */
  attempts: AttemptFact[]
  /** Stock of what this cycle ships; null when it was not asked for, or may not be read. */
  inStock: boolean | null
  /** Read only after a failure whose cause lies with the shop (causes.ts). */
  cause?: CauseFacts
}

/** What Shopify shows about a cause that lies with the shop. */
export type CauseFacts = {
  /** Tells one delivery address or amount from another; null where the code is about neither. */
  print: string | null
  /** When a real charge in this shop last passed after the failure, same instrument and currency; null: none did. */
  paidSince: Date | null
}

/** Who may act at all, read with the facts. */
export type Switches = {
  /** The operator's environment switch, or the merchant's stop switch: why nothing goes out, or null. */
  stopped: string | null
  uninstalled: boolean
  /** Shopify's trust limit: it refuses new attempts of the whole shop until then. */
  attemptsPausedUntil?: Date | null
  /** The store-wide brake is on since then, for this reason. */
  brake?: { since: Date; because: string } | null
  /** How the last store-wide brake of the shop ended. */
  brakeEnded?: string | null
  /** The customer or the address may not be written to, and why. */
  suppressed: string | null
  smsReady: boolean
  /** Why this shopper may get no text (no consent, STOP, no number); null or absent: they may. */
  smsForbidden?: string | null
}

// ---------------------------------------------------------------- the case

export type OpenStatus =
  | 'open'
  | 'retrying'
  | 'awaiting_customer'
  | 'awaiting_merchant'
  | 'held'
  | 'in_doubt'

export type TerminalStatus =
  | 'recovered'
  | 'paid_elsewhere'
  | 'exhausted'
  | 'skipped'
  | 'cancelled'
  | 'superseded'
  | 'written_off'

/** `order`: an order was made for the cycle and waits to be paid. */
export type AwaitReason = 'method' | 'challenge' | 'order'
export type MerchantReason = 'stock' | 'config' | 'review'
export type HoldReason = 'paused' | 'merchant' | 'brake' | 'shopper_stop' | 'uninstalled'

/** Each status carries only the facts that are true in it. */
export type CaseState =
  | { status: 'open' }
  | { status: 'retrying' }
  | { status: 'awaiting_customer'; reason: AwaitReason }
  | { status: 'awaiting_merchant'; reason: MerchantReason }
  | { status: 'held'; reason: HoldReason; frozenAt: Date }
  | { status: 'in_doubt' }
  | { status: 'recovered'; source: RecoverySource; orderId: string | null; total: Money | null }
  | { status: 'paid_elsewhere'; orderId: string | null; total: Money | null }
  | { status: 'exhausted' }
  | { status: 'skipped' }
  | { status: 'cancelled' }
  | { status: 'superseded' }
  | { status: 'written_off' }

/** Section 14, "Source": one per case, the first that fits. */
export type RecoverySource =
  | 'method_updated'
  | 'paid_by_link'
  | 'shopper_retry'
  | 'retry_after_message'
  | 'silent_retry'
  | 'elsewhere'

export type AttemptState =
  | 'intended'
  | 'submitted'
  | 'succeeded'
  | 'failed'
  | 'refused'
  | 'action_required'
  | 'unknown'
  | 'abandoned'

export type AttemptTrigger =
  | 'scheduled'
  | 'method_updated'
  | 'shopper'
  | 'merchant'
  | 'cause_cleared'
  | 'native'
  | 'external'

/** One attempt on this cycle, ours or another's. */
export type Attempt = {
  id: string
  number: number
  trigger: AttemptTrigger
  stepKey: string | null
  countsTowardLadder: boolean
  key: string
  state: AttemptState
  code: string | null
  class: DeclineClass | null
  /** Why Shopify would not create it, upper case. */
  refusal?: string | null
  methodId: string | null
  methodFingerprint: string | null
  shopifyId: string | null
  intendedAt: Date
  settledAt: Date | null
}

export type StepRunState = 'scheduled' | 'done' | 'skipped' | 'missed' | 'cancelled' | 'failed'

export type StepRun = {
  id: string
  stepKey: string
  occurrence: number
  lane: Lane
  kind: StepKind
  stage: MessageStage | null
  dueAt: Date
  state: StepRunState
}

export type SentMessage = {
  triggerKey: string
  stage: MessageStage
  channel: 'email' | 'sms'
  state: string
  countsTowardCap: boolean
  createdAt: Date
}

/** Something that staff or the shopper did about the case. */
export type Happening = {
  event: WaitEvent
  at: Date
  /** Of a task that is done: the step that asked for it; null: none did. */
  stepKey?: string | null
}

/** A case as `decide` sees it. Counts are derived from its attempts, never stored. */
export type RecoveryCase = {
  id: string
  state: CaseState
  /** Null only while the case is being opened. */
  lane: Lane | null
  laneEnteredAt: Date
  /** Day n of the plan counts from here: the first failure or, for an old failure, the day on which it was started. */
  anchorAt: Date
  expectedAt: Date
  nextExpectedAt: Date | null
  deadlineAt: Date
  graceEndsAt: Date
  graceEnded: boolean
  zone: string
  lastDecline: Decline | null
  /** What the cause of the last failure looked like then (`CauseFacts.print`). */
  causePrint?: string | null
  /** When Shopify last said that the method, the same one, was saved again. */
  methodSavedAt?: Date | null
  attempts: Attempt[]
  steps: StepRun[]
  messages: SentMessage[]
  /** What we did to the contract and have not undone. */
  weDid: ('pause' | 'skip' | 'cancel' | 'smaller_order')[]
  /** It is over, and a linked case took its debt up. */
  hasSuccessor?: boolean
  /** The shopper paused the subscription through us and has not resumed it. */
  shopperPaused?: boolean
  /** How often the shopper picked another day for the next try. */
  dayMoves?: number
  /** What the shopper takes of this order; null or absent: all of it. Each charge of ours is for that much. */
  smaller?: SmallerOrder | null
  /** What was known of the shopper and the subscription when the case opened. */
  traits: Traits
  /** What a `wait` step can wait for and has happened, oldest first. A changed method is seen from the facts, too. */
  happenings: Happening[]
  emailWindow: { fromHour: number; untilHour: number }
}

/** What the method and the customer used up across all their cases, read under the lock (H4, section 9). */
export type Budget = {
  /** Attempts on the present method in the last 30 days, all contracts. */
  methodAttempts30d: number
  /** When the method has room again, because its oldest attempts leave the 30 days; null: it has room. */
  methodFreeAt: Date | null
  /** No attempt on this method before, whatever the count says. */
  methodStopUntil: Date | null
  /** Fingerprints of the present method that a STOP decline has finished, whichever contract it came on. */
  methodStops?: readonly string[]
  /** When this customer was last sent a message that counts, over all cases; null: never. */
  lastMessageAt: Date | null
}

// ---------------------------------------------------------------- events, commands, decisions

/** What happened. Past tense; it cannot be refused. */
export type DunningEvent =
  /** Something outside may have changed (a webhook, a check): the facts were read again. */
  | { type: 'facts_read' }
  | { type: 'step_due'; stepRunId: string }
  | { type: 'deadline_reached' }
  | { type: 'grace_ended' }
  /** Shopify took the request; its result comes later. */
  | { type: 'attempt_accepted'; attemptId: string; shopifyId: string }
  /** Shopify would not create the attempt. */
  | { type: 'attempt_refused'; attemptId: string; code: string }
  /** Shopify surely did nothing (throttled, unreachable): the same key is sent again later. */
  | { type: 'attempt_not_accepted'; attemptId: string; retryAt: Date; because: string }
  /** The answer to the request was lost. */
  | { type: 'attempt_unanswered'; attemptId: string; because: string }
  /** Nothing was charged, because Shopify would not make the order what the shopper had chosen. */
  | { type: 'order_not_changed'; attemptId: string; because: string }
  | { type: 'final_action_done'; action: FinalAction }
  /** Somebody else changed the contract first, or Shopify refused for good. */
  | { type: 'final_action_dropped'; action: FinalAction; because: string }
  | { type: 'final_action_delayed'; action: FinalAction; retryAt: Date; because: string }
  | { type: 'staff_retry'; by: string }
  | { type: 'staff_hold'; by: string }
  | { type: 'staff_release'; by: string }
  | { type: 'staff_close'; by: string }
  | { type: 'staff_pause_contract'; by: string }
  | { type: 'shopper_stop' }
  | { type: 'shopper_pay' }
  /** Shopify's payment dialog was finished, or another saved method chosen: the facts say what came of it. */
  | { type: 'shopper_method' }
  /** `day`: in the zone of the case, YYYY-MM-DD. */
  | { type: 'shopper_day'; day: string }
  /** Less of this order, priced by Shopify just now. */
  | { type: 'shopper_smaller'; smaller: SmallerOrder }
  | { type: 'shopper_whole' }
  | { type: 'shopper_skip' }
  | { type: 'shopper_pause' }
  | { type: 'shopper_resume' }
  /** The brake tries one payment of the shop, to see whether they go through again. */
  | { type: 'brake_probe' }

/** What a shopper may do to the subscription: skip the owed order, pause, and go on after a pause. */
export type ShopperAction = 'skip' | 'pause' | 'resume'

/** What to do next. Imperative; it can fail and be tried again. */
export type Command =
  | { type: 'attempt_billing'; trigger: AttemptTrigger; stepKey: string | null }
  /** Send the same key again: Shopify never saw the first request. */
  | { type: 'resend_attempt'; attemptId: string }
  | {
      type: 'send_message'
      channel: 'email' | 'sms'
      stage: MessageStage
      triggerKey: string
      stepRunId: string | null
      countsTowardCap: boolean
      /** Told in this message of another case of the customer instead of one of its own. */
      mergedInto?: string
    }
  /** `subject` keeps a task single: one open task for each kind and subject; null: this case. */
  | {
      type: 'open_staff_task'
      kind: string
      subject: string | null
      title: string
      body: string
      /** A phone call, and what to say. */
      phone?: { script: string }
    }
  | { type: 'apply_final_action'; action: FinalAction }
  /** Undoes a pause of ours, never anybody else's. */
  | { type: 'activate_contract' }
  /** Staff asked for it: theirs, so we never undo it. */
  | { type: 'pause_contract' }
  /** The shopper asked for it. */
  | { type: 'shopper_contract'; action: ShopperAction }
  /** Takes back the smaller order that stood in place for a charge. */
  | { type: 'restore_order' }

/** What becomes of one step run. */
export type StepChange =
  | { stepRunId: string; to: Exclude<StepRunState, 'scheduled'>; because: string }
  | { stepRunId: string; to: 'scheduled'; dueAt: Date; because: string }

/** What an attempt turned out to be. */
export type AttemptChange = {
  attemptId: string
  to: AttemptState
  shopifyId?: string
  decline?: Decline
  refusal?: string
  orderId?: string | null
}

/** A step run to be made: a lane was entered. */
export type NewStepRun = {
  stepKey: string
  occurrence: number
  lane: Lane
  kind: StepKind
  stage: MessageStage | null
  dueAt: Date
}

/** One line of the timeline. */
export type Entry = { type: string; because: string; data?: Record<string, unknown> }

/** All that changes, and why. Nothing else may change. */
export type Decision = {
  state: CaseState
  /** Printed on the timeline: why a card was, or was not, charged. */
  because: string
  commands: Command[]
  /** Set when the case enters another lane. */
  lane?: { to: Lane; at: Date }
  steps: StepChange[]
  newSteps: NewStepRun[]
  attempts: AttemptChange[]
  /** Attempts of other billers that we had no row for. */
  foreignAttempts: AttemptFact[]
  lastDecline?: Decline
  causePrint?: string | null
  deadlineAt?: Date
  graceEndsAt?: Date
  graceEnded?: true
  /** The shopper picked another day: counted. */
  dayMoved?: true
  /** The shopper had paused the subscription, and it is active again, by whomever. */
  pauseOver?: true
  /** What the shopper had chosen before, and what Shopify has not heard of. */
  takenBack?: ('shopper_skip' | 'shopper_pause')[]
  /** Set when the shopper takes less of this order, or null: all of it again. */
  smaller?: SmallerOrder | null
  nextExpectedAt?: Date | null
  /** When to look at the case again by itself; null: only its steps, deadline or an outside event. */
  lookAgainAt: Date | null
  /** More lines for the timeline, before `because`. */
  entries: Entry[]
}
