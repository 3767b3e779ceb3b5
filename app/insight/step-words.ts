/** How the editor calls a step. Pure. */

import type { Condition } from '../dunning/conditions.ts'
import { sayCondition } from '../dunning/conditions.ts'
import type { Hours, MessageStage, Step, StepKind, WaitEvent } from '../dunning/types.ts'
import { markWord, stageWord } from './words.ts'

/** What can be added, and what it does, in one line. */
export const KINDS: readonly { kind: StepKind; label: string; help: string }[] = [
  { kind: 'retry', label: 'Charge', help: 'The payment method is charged again' },
  { kind: 'email', label: 'E-mail', help: 'One of the shop’s messages' },
  { kind: 'sms', label: 'Text message', help: 'Short words and a link, by day only' },
  { kind: 'account_notice', label: 'Account notice', help: 'Shown when the shopper signs in' },
  { kind: 'staff_task', label: 'Task for staff', help: 'Also a phone call with a script' },
  { kind: 'wait', label: 'Wait', help: 'What follows is run only once something has happened' },
  { kind: 'branch', label: 'Branch', help: 'Looks at facts and takes one of two sides' },
  {
    kind: 'contract_action',
    label: 'Act on the subscription',
    help: 'Pauses, skips or cancels before the deadline',
  },
  { kind: 'end', label: 'End', help: 'Ends the case before the deadline, and changes nothing' },
]

export const STAGES: readonly MessageStage[] = [
  'first',
  'reminder',
  'options',
  'plan',
  'last',
  'address',
]

export const WAIT_EVENTS: Record<WaitEvent, string> = {
  method_changed: 'another payment method',
  task_done: 'the outcome of a task',
  clicked: 'a click on a link of ours',
}

/** "E2 (e-mail)": the mark that every screen uses, and what it is. */
export function stepName({ key, kind }: Pick<Step, 'key' | 'kind'>): string {
  return `${markWord(key)} (${kindWord(kind)})`
}

const SHORT: Record<StepKind, string> = {
  retry: 'charge',
  email: 'e-mail',
  sms: 'text message',
  account_notice: 'account notice',
  staff_task: 'task for staff',
  wait: 'wait',
  branch: 'branch',
  contract_action: 'action on the subscription',
  end: 'end',
}

export const kindWord = (kind: StepKind) => SHORT[kind]

/** What a step does, without its day: "E-mail: reminder". */
export function stepTitle(step: Step): string {
  switch (step.kind) {
    case 'retry':
      return step.payday ? 'Charge, near a payday' : 'Charge'
    case 'email':
      return said('E-mail', step)
    case 'sms':
      return said('Text message', step)
    case 'account_notice':
      return said('Account notice', step)
    case 'staff_task':
      return `${step.phone ? 'Phone call' : 'Staff'}: ${step.task?.trim() || 'say what to do'}`
    case 'wait':
      return step.until
        ? `Wait up to ${days(step.until.days)} for ${WAIT_EVENTS[step.until.event]}`
        : 'Wait'
    case 'branch':
      return `Branch: ${conditionsWord(step.when ?? [])}?`
    case 'contract_action':
      return {
        pause: 'Pause the subscription',
        skip: 'Skip the cycle',
        cancel: 'Cancel the subscription',
      }[step.action ?? 'pause']
    case 'end':
      return 'End the case, change nothing'
  }
}

const said = (what: string, { stage, commercial }: Step) =>
  `${what}: ${stageWord(stage ?? null) ?? 'choose what it says'}${commercial ? ', with an offer' : ''}`

const days = (count: number) =>
  Number.isFinite(count) ? (count === 1 ? '1 day' : `${count} days`) : '… days'

/** Under the title: hours, conditions and codes, where a step has any. */
export function stepLimits(step: Step): string[] {
  const limits: string[] = []
  if (step.window) limits.push(`${hoursWord(step.window)} by the shopper's clock`)
  if (step.kind !== 'branch' && step.when?.length)
    limits.push(`only if ${conditionsWord(step.when)}`)
  if (step.onlyForCodes?.length) limits.push(`only for ${step.onlyForCodes.join(', ')}`)
  return limits
}

export function conditionsWord(conditions: readonly Condition[]): string {
  const said = conditions.map((one) => sayCondition(one).replace(/(NaN| )$/, ' …'))
  return said.length > 0 ? said.join(', and ') : 'no condition yet'
}

export function hoursWord({ fromHour, untilHour }: Hours): string {
  return `${hourWord(fromHour)}–${hourWord(untilHour)}`
}

export const hourWord = (hour: number) => `${String(hour).padStart(2, '0')}:00`
