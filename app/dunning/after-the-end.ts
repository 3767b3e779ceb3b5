/**
 * A case can end while the bank still waits for the shopper, who may confirm days later. The case stays as it ended
 * (I2); what became of the charge is written down, and money that came after all is taken up by a linked case. Pure.
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
const UNPAID: readonly string[] = [
  'exhausted',
  'written_off',
  'skipped',
  'cancelled',
  'superseded',
] satisfies TerminalStatus[]

/** A charge of a case that has ended may pass yet: its bank was not answered, or staff gave it up while it was in doubt. */
export function mayStillBePaid({ state, attempts }: RecoveryCase): boolean {
  return isTerminal(state) && attempts.some((a) => isLive(a) || a.state === 'abandoned')
}

/** What follows for a case that has ended, now that the facts were read again. `id`: of the linked case, if one is needed. */
export function afterTheEnd(s: Situation, id: string): Aftermath {
  const { case: c, facts } = s
  if (!mayStillBePaid(c)) return { type: 'nothing' }
  const { changes, success } = settle(c, facts, { type: 'facts_read' })
  const isPaid =
    success?.attempt?.state === 'abandoned' ||
    changes.some(({ to }) => to === 'succeeded' && success)
  if (changes.length === 0 && !isPaid) return { type: 'nothing' }
  if (isPaid && UNPAID.includes(c.state.status)) return takenUp(s, id)
  const because = isPaid
    ? 'the bank’s question was answered after the end, and the cycle was paid a second time'
    : 'what became of the last charge is known now: nothing was paid'
  const noted: Decision = {
    state: c.state,
    because,
    commands: isPaid ? [paidTwice()] : [],
    steps: [],
    newSteps: [],
    attempts: changes,
    foreignAttempts: [],
    lookAgainAt: null,
    entries: [],
  }
  return { type: 'note', decision: isPaid ? noted : withWholeOrder(s, noted) }
}

/** The same debt, so the same dates and attempts; its plan is over. Only our own pause is undone (I7). */
function takenUp(s: Situation, id: string): Aftermath {
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
  const word = wordForStaff(c, ourPause, goesOn)
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

function wordForStaff(c: RecoveryCase, ourPause: boolean, goesOn: boolean): Command | null {
  const came = 'The shopper met their bank after the case had ended, and the payment went through.'
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
