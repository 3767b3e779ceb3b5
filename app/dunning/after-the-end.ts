/**
 * A case can end while the bank still waits for the shopper, who may confirm days later, or while an order waits for its
 * money; and somebody else may charge the cycle yet. The case stays as it ended (I2); what became of the charge is
 * written down, and money that came after all is taken up by a linked case. Pure.
 */
import { decide, type Situation, settle, task, withWholeOrder } from './decide.ts'
import { isLive, isTerminal } from './due.ts'
import type { Command, Decision, RecoveryCase, TerminalStatus } from './types.ts'

export type Aftermath =
  | { type: 'nothing' }
  /** What is noted on the case that had ended. Its state does not change. */
  | { type: 'note'; decision: Decision }
  /** A linked case that takes the debt up again and is over as soon as it is opened. */
  | { type: 'linked_case'; case: RecoveryCase; decision: Decision }

/** Ends that took the debt for unpaid. */
export const UNPAID = [
  'exhausted',
  'written_off',
  'skipped',
  'cancelled',
  'superseded',
] as const satisfies TerminalStatus[]

/**
 * Money may come yet after the end of a case, unless a linked case has its debt by now. A charge of it may pass: its bank
 * was not answered, or staff gave it up while it was in doubt. Or it ended unpaid, and whoever pays for the cycle pays it.
 */
export function mayStillBePaid(c: RecoveryCase): boolean {
  if (!isTerminal(c.state) || c.hasSuccessor) return false
  return endedUnpaid(c) || c.attempts.some((a) => isLive(a) || a.state === 'abandoned')
}

function endedUnpaid({ state }: RecoveryCase): boolean {
  return UNPAID.some((status) => status === state.status)
}

/** What follows for a case that has ended, now that the facts were read again. `id`: of the linked case, if one is needed. */
export function afterTheEnd(s: Situation, id: string): Aftermath {
  const { case: c, facts } = s
  if (!mayStillBePaid(c)) return { type: 'nothing' }
  const { changes, success, foreign } = settle(c, facts, { type: 'facts_read' })
  const isAnswer =
    success?.attempt?.state === 'abandoned' ||
    changes.some(({ to }) => to === 'succeeded' && success)
  if (success && endedUnpaid(c)) return takenUp(s, id, isAnswer)
  const isPaid = isAnswer && success !== null
  // Its order is how we hear of the money.
  const unpaidOrders = foreign.filter(
    ({ outcome }) => outcome.type === 'succeeded' && outcome.unpaid,
  )
  if (changes.length + unpaidOrders.length === 0 && !isPaid) return { type: 'nothing' }
  const because = isPaid
    ? 'the bank’s question was answered after the end, and the cycle was paid a second time'
    : unpaidOrders.length > 0
      ? 'an order was made for this cycle after the end, and waits to be paid'
      : 'what became of the last charge is known now: nothing was paid'
  const noted: Decision = {
    state: c.state,
    because,
    commands: isPaid ? [paidTwice()] : [],
    steps: [],
    newSteps: [],
    attempts: changes,
    foreignAttempts: unpaidOrders,
    lookAgainAt: null,
    entries: [],
  }
  return { type: 'note', decision: isPaid ? noted : withWholeOrder(s, noted) }
}

/** The same debt, so the same dates and attempts; its plan is over. Only our own pause is undone (I7). */
function takenUp(s: Situation, id: string, isAnswer: boolean): Aftermath {
  const { case: c, facts } = s
  const ourPause = c.weDid.includes('pause') && facts.contract?.status === 'PAUSED'
  const linked: RecoveryCase = {
    ...c,
    id,
    state: { status: 'open' },
    steps: [],
    weDid: ourPause ? ['pause'] : [],
  }
  const decision = decide({ ...s, case: linked, event: { type: 'facts_read' } })
  // The thanks say that the subscription goes on; where it does not, Shopify's own confirmation is enough.
  const goesOn = ourPause || facts.contract?.status === 'ACTIVE'
  const commands = decision.commands.filter((one) => goesOn || one.type !== 'send_message')
  const word = wordForStaff(c, { ourPause, goesOn, isAnswer })
  return {
    type: 'linked_case',
    case: linked,
    decision: {
      ...decision,
      commands: word ? [...commands, word] : commands,
      because: `money came after the case had ended (${c.state.status}): ${decision.because}`,
    },
  }
}

function wordForStaff(
  c: RecoveryCase,
  { ourPause, goesOn, isAnswer }: { ourPause: boolean; goesOn: boolean; isAnswer: boolean },
): Command | null {
  const came = isAnswer
    ? 'The shopper met their bank after the case had ended, and the payment went through.'
    : 'The money for this order came after the case had ended.'
  if (ourPause)
    return task(
      'paid_late',
      'A payment came after its subscription was paused',
      `${came} The pause that Reprise had made is being lifted. Check that the next order is due when it should be.`,
    )
  if (!goesOn)
    return task(
      'paid_late',
      'A payment came after its subscription had ended',
      `${came} The subscription does not run any more, and Reprise starts none again. Ship the order or refund it.`,
    )
  if (c.weDid.includes('skip'))
    return task(
      'paid_late',
      'A payment came for an order that was skipped',
      `${came} Ship the order or refund it.`,
    )
  return null
}

function paidTwice(): Command {
  return task(
    'paid_twice',
    'A cycle was paid twice',
    'This cycle was paid already when the shopper met their bank for an earlier charge, and that went through, too. Refund one of the two orders.',
  )
}
