/** The domain's words as staff read them. One place, so that list, case and filters agree. */

import type { DeclineClass, FinalAction, Lane, MessageStage, StepKind } from '../dunning/types.ts'

/** Polaris badge tones. Red is for errors only, so no state of a case is red. */
export type Tone = 'info' | 'attention' | 'warning' | 'success' | undefined

const STATUS: Record<string, { label: string; tone: Tone }> = {
  open: { label: 'New', tone: 'info' },
  retrying: { label: 'Retrying', tone: 'info' },
  awaiting_customer: { label: 'Waiting for shopper', tone: 'attention' },
  awaiting_merchant: { label: 'Waiting for you', tone: 'warning' },
  held: { label: 'On hold', tone: undefined },
  in_doubt: { label: 'Checking a charge', tone: 'warning' },
  recovered: { label: 'Recovered', tone: 'success' },
  paid_elsewhere: { label: 'Paid another way', tone: 'success' },
  exhausted: { label: 'Ended unpaid', tone: undefined },
  skipped: { label: 'Cycle skipped', tone: undefined },
  cancelled: { label: 'Cancelled', tone: undefined },
  superseded: { label: 'Replaced', tone: undefined },
  written_off: { label: 'Written off', tone: undefined },
}

export function statusWord(status: string): { label: string; tone: Tone } {
  return STATUS[status] ?? { label: status, tone: undefined }
}

/** What the filter offers: single states, and the groups that Home links to. */
export const STATE_FILTERS = [
  { value: 'all', label: 'All states' },
  { value: 'active', label: 'All open' },
  { value: 'retrying', label: 'Retrying' },
  { value: 'awaiting_customer', label: 'Waiting for shopper' },
  { value: 'awaiting_merchant', label: 'Waiting for you' },
  { value: 'held', label: 'On hold' },
  { value: 'stuck', label: 'Stuck' },
  { value: 'recovered', label: 'Recovered' },
  { value: 'paid_elsewhere', label: 'Paid another way' },
  { value: 'exhausted', label: 'Ended unpaid' },
  { value: 'stopped', label: 'Skipped, cancelled or written off' },
] as const

export type StateFilter = (typeof STATE_FILTERS)[number]['value']

export const CLASS_WORDS: Record<DeclineClass, string> = {
  FUNDS: 'Short of money',
  ISSUER: 'Bank said no',
  TECH: 'Technical failure',
  CARD: 'Payment details',
  AUTH: 'Bank wants confirmation',
  STOP: 'Never retry',
  MERCHANT: 'Shop or stock',
  PAID: 'Already paid',
}

export function classWord(code: string | null): string {
  return CLASS_WORDS[code as DeclineClass] ?? 'Not known yet'
}

export const LANES: { lane: Lane; title: string; about: string }[] = [
  {
    lane: 'FUNDS',
    title: 'Short of money',
    about: 'The account was short. Spaced retries, moved to a payday close by.',
  },
  {
    lane: 'ISSUER',
    title: 'Bank said no',
    about: 'The bank did not approve. Few retries, at varied times.',
  },
  {
    lane: 'TECH',
    title: 'Technical failure',
    about:
      'A processor or network fault. It usually clears by itself, so the shopper hears nothing at first.',
  },
  {
    lane: 'CARD',
    title: 'Payment details',
    about:
      'Expired or wrong details. The same card cannot pass: one charge follows when it changes.',
  },
  {
    lane: 'AUTH',
    title: 'Bank wants confirmation',
    about: 'Only the shopper can confirm with the bank, so nothing is charged without them.',
  },
  {
    lane: 'STOP',
    title: 'Never retry',
    about: 'More tries would be fined. One neutral note, then your review.',
  },
  {
    lane: 'MERCHANT',
    title: 'Your shop’s side',
    about:
      'A setting or address stands in the way. Your staff are asked; the shopper is not told about payment.',
  },
  {
    lane: 'STOCK',
    title: 'Out of stock',
    about: 'The product is missing. Tried again daily, without a word about payment.',
  },
  {
    lane: 'UNKNOWN',
    title: 'A reason we do not know',
    about:
      'Shopify sent a new reason. One careful retry, then another payment method is asked for.',
  },
]

export function laneWord(lane: string | null): string {
  return LANES.find((known) => known.lane === lane)?.title ?? lane ?? 'not chosen yet'
}

export const STEP_WORDS: Record<StepKind, string> = {
  retry: 'Charge the payment method',
  email: 'Send an e-mail',
  sms: 'Send a text message',
  account_notice: 'Show a notice on the account page',
  staff_task: 'Ask your staff',
  wait: 'Wait for an event',
  branch: 'Look at the facts and choose a side',
  contract_action: 'Act on the subscription',
  end: 'End the case',
}

const STAGE_WORDS: Record<MessageStage, string> = {
  first: 'first notice',
  reminder: 'reminder',
  options: 'ways to wait, skip or pay',
  plan: 'what happens next and when',
  last: 'last notice',
  address: 'request for the delivery address',
  recovered: 'thank-you',
  ended: 'what happened to the subscription',
  update_link: 'secure link to update the payment method',
}

export function stageWord(stage: string | null): string | null {
  if (stage === null) return null
  return STAGE_WORDS[stage as MessageStage] ?? stage
}

/** "Charge the payment method", "E-mail: reminder". */
export function stepWord({ kind, stage }: { kind: string; stage: string | null }): string {
  const about = stageWord(stage)
  if (kind === 'email') return about ? `E-mail: ${about}` : 'E-mail'
  if (kind === 'sms') return about ? `Text message: ${about}` : 'Text message'
  return STEP_WORDS[kind as StepKind] ?? kind
}

const STEP_STATES: Record<string, string> = {
  scheduled: 'Planned',
  claimed: 'Under way',
  done: 'Done',
  skipped: 'Skipped',
  missed: 'Missed',
  cancelled: 'Cancelled',
  failed: 'Failed',
}

export const stepStateWord = (state: string) => STEP_STATES[state] ?? state

const ATTEMPT_STATES: Record<string, string> = {
  intended: 'About to be sent',
  submitted: 'Sent, waiting for the result',
  succeeded: 'Paid',
  failed: 'Declined',
  refused: 'Shopify would not try',
  action_required: 'Bank wants confirmation',
  unknown: 'Answer lost',
  abandoned: 'Never sent',
}

export const attemptStateWord = (state: string) => ATTEMPT_STATES[state] ?? state

const TRIGGERS: Record<string, string> = {
  scheduled: 'planned retry',
  method_updated: 'payment method changed',
  shopper: 'asked by the shopper',
  merchant: 'asked by your staff',
  cause_cleared: 'the shop’s side was put right',
  native: 'first charge of the cycle',
  external: 'charged by another biller',
}

export const triggerWord = (trigger: string) => TRIGGERS[trigger] ?? trigger

const MESSAGE_STATES: Record<string, { label: string; tone: Tone }> = {
  intended: { label: 'About to be sent', tone: 'info' },
  sending: { label: 'Being sent', tone: 'info' },
  sent: { label: 'Sent', tone: 'success' },
  delivered: { label: 'Delivered', tone: 'success' },
  uncertain: { label: 'May or may not have been sent', tone: 'warning' },
  suppressed: { label: 'Not sent', tone: undefined },
  bounced: { label: 'Bounced', tone: 'warning' },
  dropped: { label: 'Not sent by the provider', tone: 'warning' },
  merged: { label: 'Told in another message', tone: 'success' },
  failed: { label: 'Could not be sent', tone: 'warning' },
}

export const messageStateWord = (state: string) =>
  MESSAGE_STATES[state] ?? { label: state, tone: undefined }

const SOURCES: Record<string, string> = {
  method_updated: 'after the payment method was updated',
  paid_by_link: 'by the link in a notice',
  shopper_retry: 'when the shopper tried again',
  retry_after_message: 'by a retry after a notice',
  silent_retry: 'by a silent retry',
  elsewhere: 'another way',
}

export const sourceWord = (source: string | null) => (source ? (SOURCES[source] ?? source) : null)

// `unpaid_order` is known to the policy but not offered: nothing makes such an order yet.
export const FINAL_ACTIONS: { value: FinalAction; label: string; help: string; ends: string }[] = [
  {
    value: 'pause',
    label: 'Pause the subscription',
    help: 'Nothing is charged until somebody resumes it. It can be resumed at any time.',
    ends: 'the subscription is paused',
  },
  {
    value: 'skip',
    label: 'Skip the unpaid cycle',
    help: 'The subscription goes on with its next cycle.',
    ends: 'the unpaid cycle is skipped',
  },
  {
    value: 'leave',
    label: 'Leave it active and unpaid',
    help: 'Nothing is changed. The cycle stays owed.',
    ends: 'nothing is changed and the cycle stays unpaid',
  },
  {
    value: 'cancel',
    label: 'Cancel the subscription',
    help: 'It cannot be resumed: the shopper would have to subscribe again.',
    ends: 'the subscription is cancelled for good',
  },
]

export function finalActionEnds(action: FinalAction): string {
  return FINAL_ACTIONS.find(({ value }) => value === action)?.ends ?? `“${action}” is applied`
}

/**
 * Step keys in the engine's reasons become the marks of the sequence's picture: "funds.r2: …" reads "R2: …".
 */
export function withMarks(because: string): string {
  return because.replace(STEP_KEY, (_, tail: string) => markOf(tail))
}

/** The mark of a step, from its key: "funds.r2" is R2, a step with a word for a name is called by it. */
export function markWord(stepKey: string): string {
  return markOf(stepKey.split('.').at(-1) ?? stepKey)
}

const STEP_KEY = /\b(?:funds|issuer|tech|card|auth|stop|merchant|stock|unknown)\.([a-z]+\d*)\b/g

function markOf(tail: string): string {
  return tail.length <= 3 ? tail.toUpperCase() : tail.charAt(0).toUpperCase() + tail.slice(1)
}

/** Who did it, from the actor column: engine, shopify, shopper, staff:<name>. */
export function actorWord(actor: string): string {
  if (actor === 'engine') return 'Reprise'
  if (actor === 'shopify') return 'Shopify'
  if (actor === 'shopper') return 'Shopper'
  return actor.startsWith('staff:') ? staffWord(actor.slice('staff:'.length)) : actor
}

/** Staff are known by the id in Shopify's session token; their names are not asked for. */
export function staffWord(by: string): string {
  return /^\d+$/.test(by) ? `staff member ${by}` : by
}
