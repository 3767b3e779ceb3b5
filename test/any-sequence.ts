/**
 * Any sequence that the editor can produce: made-up steps of every kind in the lanes of a plan, added one after the
 * other as long as the check of the form lets the whole be published.
 */
import fc from 'fast-check'
import type { Condition } from '../app/dunning/conditions.ts'
import { checkSequence, defaultSequence, STEP_KINDS } from '../app/dunning/sequence.ts'
import type { Lane, Sequence, Step, StepKind } from '../app/dunning/types.ts'

/** A step as it is clicked together: what does not fit its kind is not looked at. */
type Clicked = {
  lane: Lane
  kind: StepKind
  from: 'anchor' | 'lane' | 'step'
  day: number
  hours: number
  nth: number
  side: 'yes' | 'no' | null
  window: number | null
  when: Condition | null
  pick: number
  payday: boolean
  forCode: string | null
  commercial: boolean
}

const anyCondition: fc.Arbitrary<Condition> = fc.oneof(
  fc
    .tuple(fc.constantFrom('at_least' as const, 'at_most' as const), fc.constantFrom(10, 24.9, 100))
    .map(([is, value]): Condition => ({ fact: 'amount', is, value })),
  fc
    .tuple(fc.constantFrom('at_least' as const, 'at_most' as const), fc.integer({ min: 0, max: 5 }))
    .chain(([is, value]) =>
      fc
        .constantFrom('attempts' as const, 'messages' as const, 'orders' as const)
        .map((fact): Condition => ({ fact, is, value })),
    ),
  fc
    .constantFrom('one_of' as const, 'none_of' as const)
    .map((is): Condition => ({ fact: 'country', is, value: ['DE'] })),
  fc.constant<Condition>({ fact: 'clicked', is: 'one_of', value: ['no'] }),
  fc.constant<Condition>({ fact: 'class', is: 'one_of', value: ['FUNDS', 'CARD'] }),
)

/** One in so many, else nothing. */
function seldom<T>(one: fc.Arbitrary<T>, outOf: number): fc.Arbitrary<T | null> {
  return fc.oneof(
    { weight: outOf - 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: one },
  )
}

const anyClick: fc.Arbitrary<Clicked> = fc.record({
  lane: fc.oneof(
    { weight: 6, arbitrary: fc.constant<Lane>('FUNDS') },
    {
      weight: 5,
      arbitrary: fc.constantFrom<Lane>(
        'ISSUER',
        'CARD',
        'AUTH',
        'STOP',
        'TECH',
        'STOCK',
        'UNKNOWN',
      ),
    },
  ),
  kind: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom<StepKind>('retry', 'email') },
    { weight: 5, arbitrary: fc.constantFrom(...STEP_KINDS) },
  ),
  from: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('anchor' as const, 'lane' as const) },
    { weight: 1, arbitrary: fc.constant('step' as const) },
  ),
  day: fc.integer({ min: 0, max: 20 }),
  hours: fc.integer({ min: 0, max: 72 }),
  nth: fc.nat(20),
  side: seldom(fc.constantFrom('yes' as const, 'no' as const), 2),
  window: seldom(fc.integer({ min: 6, max: 20 }), 3),
  when: seldom(anyCondition, 3),
  pick: fc.nat(20),
  payday: fc.boolean(),
  forCode: seldom(fc.constantFrom('INSUFFICIENT_FUNDS', 'CALL_ISSUER'), 9),
  commercial: seldom(fc.constant(true), 9).map((is) => is !== null),
})

/** `most`: steps that are clicked together; those that the check refuses fall away. */
export function anySequence({ most = 24 }: { most?: number } = {}): fc.Arbitrary<Sequence> {
  return fc
    .record({
      clicks: fc.array(anyClick, { maxLength: most, size: 'max' }),
      deadlineDays: fc.oneof(fc.constant(21), fc.integer({ min: 5, max: 21 })),
      graceDays: fc.integer({ min: 0, max: 40 }),
      finalAction: fc.constantFrom<Sequence['finalAction']>(
        'pause',
        'skip',
        'leave',
        'cancel',
        'unpaid_order',
      ),
      fromHour: fc.constantFrom(6, 9, 14, 21),
    })
    .map(({ clicks, fromHour, ...settings }) => {
      const others = new Set(clicks.map(({ lane }) => lane))
      const base = defaultSequence()
      let sequence: Sequence = {
        ...base,
        ...settings,
        retryWindow: { fromHour, untilHour: fromHour + 1 },
        steps: base.steps.filter(({ lane }) => !others.has(lane)),
      }
      for (const [i, click] of clicks.entries()) sequence = withClick(sequence, click, i)
      return sequence
    })
}

/** Another version of a sequence: some steps are gone, moved or new. */
export function anyChangeOf(sequence: Sequence): fc.Arbitrary<Sequence> {
  return fc
    .record({
      gone: fc.array(fc.nat(60), { maxLength: 4 }),
      moved: fc.array(fc.tuple(fc.nat(60), fc.integer({ min: 0, max: 20 })), { maxLength: 6 }),
      clicks: fc.array(anyClick, { maxLength: 6 }),
      deadlineDays: fc.oneof(
        { weight: 2, arbitrary: fc.constant(sequence.deadlineDays) },
        { weight: 1, arbitrary: fc.integer({ min: 5, max: 21 }) },
      ),
      graceDays: fc.constantFrom(sequence.graceDays, 3, 30),
    })
    .map(({ gone, moved, clicks, ...settings }) => {
      let changed: Sequence = { ...sequence, ...settings }
      for (const nth of gone) {
        const steps = changed.steps.filter((_, i) => i !== nth)
        if (isPublishable({ ...changed, steps })) changed = { ...changed, steps }
      }
      for (const [nth, days] of moved) {
        const steps = changed.steps.map(
          (step, i): Step =>
            i === nth && step.offset.from !== 'step'
              ? { ...step, offset: { ...step.offset, days } }
              : step,
        )
        if (isPublishable({ ...changed, steps })) changed = { ...changed, steps }
      }
      for (const [i, click] of clicks.entries()) changed = withClick(changed, click, 100 + i)
      return changed
    })
}

function withClick(sequence: Sequence, click: Clicked, i: number): Sequence {
  const step = stepOf(sequence, click, i)
  const grown = { ...sequence, steps: [...sequence.steps, step] }
  return isPublishable(grown) ? grown : sequence
}

function isPublishable(sequence: Sequence): boolean {
  return checkSequence(sequence).ok
}

function stepOf({ steps }: Sequence, click: Clicked, i: number): Step {
  const { lane, kind, pick } = click
  const ofKind = (wanted: StepKind) =>
    steps.filter((step) => step.lane === lane && step.kind === wanted)
  const rungs = ofKind('retry')
  const rung = click.from === 'step' ? rungs[click.nth % Math.max(1, rungs.length)] : undefined
  const step: Step = {
    key: `${lane.toLowerCase()}.${kind}-${i}`,
    lane,
    kind,
    offset: rung
      ? { from: 'step', stepKey: rung.key, hours: click.hours }
      : { from: click.from === 'step' ? 'lane' : click.from, days: click.day },
    ifMissed: (['skip', 'next_window', 'merge'] as const)[pick % 3] ?? 'skip',
  }
  const forks = ofKind('branch')
  const fork = forks[click.nth % Math.max(1, forks.length)]
  if (fork && click.side) step.branch = { stepKey: fork.key, side: click.side }
  if (kind === 'retry' && click.payday) step.payday = true
  if (kind === 'email' || kind === 'sms' || kind === 'account_notice') {
    step.stage = (['first', 'reminder', 'options', 'plan', 'last'] as const)[pick % 5] ?? 'first'
    if (click.commercial) step.commercial = true
  }
  if (kind === 'staff_task') {
    step.task = 'Look at it'
    if (pick % 2) step.phone = { script: 'Hello' }
  }
  if (kind === 'wait')
    step.until = {
      event: (['method_changed', 'task_done', 'clicked'] as const)[pick % 3] ?? 'clicked',
      days: 1 + (pick % 6),
    }
  if (kind === 'contract_action')
    step.action = (['pause', 'skip', 'cancel'] as const)[pick % 3] ?? 'pause'
  if (kind !== 'wait' && kind !== 'branch' && click.window !== null)
    step.window = { fromHour: click.window, untilHour: click.window + 1 + (pick % 3) }
  if (click.when) step.when = [click.when]
  if (kind === 'branch' && !click.when)
    step.when = [{ fact: 'amount', is: 'at_least', value: 20 + pick }]
  if (click.forCode) step.onlyForCodes = [click.forCode]
  return step
}
