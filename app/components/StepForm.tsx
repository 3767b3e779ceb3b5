import { Banner, BlockStack, Checkbox, InlineGrid, Select, Text, TextField } from '@shopify/polaris'
import {
  CONTRACT_ACTIONS,
  LAST_STEP_DAY,
  MOST_HOURS_AFTER,
  SCRIPT_LENGTH,
} from '../dunning/sequence.ts'
import type { BranchSide, IfMissed, Sequence, Step, WaitEvent } from '../dunning/types.ts'
import { realDay } from '../insight/lane-axis.ts'
import type { Remark } from '../insight/plan-checks.ts'
import { withChildren } from '../insight/sequence-edits.ts'
import { hourWord, STAGES, WAIT_EVENTS } from '../insight/step-words.ts'
import { markWord, stageWord } from '../insight/words.ts'
import { ConditionsField, ListField } from './ConditionsField.tsx'
import { NumberField } from './NumberField.tsx'

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** The inputs of one step, each with what is wrong with it. */
export function StepForm({
  step,
  plan,
  remarks,
  onChange,
}: {
  step: Step
  plan: Sequence
  /** Those of this step. */
  remarks: readonly Remark[]
  onChange: (step: Step, input: string) => void
}) {
  const at = (input: string) => remarks.filter((remark) => remark.input === input)
  const errorOf = (input: string) =>
    at(input)
      .filter(({ blocks }) => blocks)
      .map(({ say }) => say)
      .join(' ') || false
  const caution = (...inputs: string[]) => (
    <Cautions remarks={inputs.flatMap(at).filter(({ blocks }) => !blocks)} />
  )
  const isMessage = step.kind === 'email' || step.kind === 'sms' || step.kind === 'account_notice'
  const general = [...at('kind'), ...at('onlyForCodes')].filter(({ blocks }) => blocks)
  return (
    <BlockStack gap="400">
      {general.length > 0 ? (
        <Banner tone="critical">{general.map(({ say }) => say).join(' ')}</Banner>
      ) : null}
      {caution('kind')}
      <Content step={step} errorOf={errorOf} onChange={onChange} />
      {caution('stage', 'commercial', 'task', 'phone', 'until', 'action')}
      <When step={step} plan={plan} error={errorOf('offset')} onChange={onChange} />
      {caution('offset')}
      {step.kind === 'wait' || step.kind === 'branch' ? null : (
        <>
          <OwnHours step={step} plan={plan} error={errorOf('window')} onChange={onChange} />
          {caution('window')}
        </>
      )}
      <ConditionsField
        title={
          step.kind === 'branch'
            ? 'It takes the “yes” side if all of these hold'
            : 'Only if all of these hold when it comes due'
        }
        conditions={step.when ?? []}
        error={errorOf('when')}
        onChange={(when) => onChange(without(step, 'when', when.length > 0 && { when }), 'when')}
      />
      {caution('when')}
      <InlineGrid columns={{ xs: 1, sm: 2 }} gap="300">
        <Side step={step} plan={plan} error={errorOf('branch')} onChange={onChange} />
        <Select
          label="If it was missed by more than a day"
          options={MISSED}
          value={step.ifMissed}
          onChange={(missed) => onChange({ ...step, ifMissed: missed as IfMissed }, 'ifMissed')}
        />
        {isMessage || step.kind === 'retry' || step.kind === 'staff_task' ? (
          <ListField
            label="Only for these decline codes"
            labelHidden={false}
            value={step.onlyForCodes ?? []}
            helpText="Empty: for all reasons of this lane. It then runs at once."
            onChange={(onlyForCodes) =>
              onChange(
                without(step, 'onlyForCodes', onlyForCodes.length > 0 && { onlyForCodes }),
                'onlyForCodes',
              )
            }
          />
        ) : null}
      </InlineGrid>
      {caution('branch', 'onlyForCodes')}
    </BlockStack>
  )
}

const MISSED: { value: IfMissed; label: string }[] = [
  { value: 'next_window', label: 'Do it at the next chance' },
  { value: 'merge', label: 'Join it with the next message' },
  { value: 'skip', label: 'Leave it out' },
]

type Field = {
  step: Step
  onChange: (step: Step, input: string) => void
}

/** The step without one of its properties, or with another value of it. */
function without<K extends keyof Step>(step: Step, name: K, instead: Pick<Step, K> | false): Step {
  const { [name]: _, ...rest } = step
  return { ...rest, ...(instead || {}) } as Step
}

/** What it says or does. */
function Content({
  step,
  errorOf,
  onChange,
}: Field & { errorOf: (input: string) => string | false }) {
  switch (step.kind) {
    case 'retry':
      return (
        <Checkbox
          label="Move it to a payday close by"
          helpText="The nearest 1st, 15th or last working day, within two days"
          checked={step.payday === true}
          error={errorOf('payday')}
          onChange={(on) => onChange(without(step, 'payday', on && { payday: true }), 'payday')}
        />
      )
    case 'email':
    case 'sms':
    case 'account_notice':
      return (
        <BlockStack gap="200">
          <Select
            label="What it says"
            options={STAGES.map((stage) => ({
              value: stage,
              label: capital(stageWord(stage) ?? stage),
            }))}
            value={step.stage ?? ''}
            error={errorOf('stage')}
            onChange={(chosen) => {
              const stage = STAGES.find((one) => one === chosen)
              if (stage) onChange({ ...step, stage }, 'stage')
            }}
          />
          <Checkbox
            label="Its words carry an offer"
            helpText="Then only shoppers who agreed to offers get it"
            checked={step.commercial === true}
            error={errorOf('commercial')}
            onChange={(on) =>
              onChange(without(step, 'commercial', on && { commercial: true }), 'commercial')
            }
          />
        </BlockStack>
      )
    case 'staff_task':
      return <Task step={step} errorOf={errorOf} onChange={onChange} />
    case 'wait':
      return (
        <InlineGrid columns={{ xs: 1, sm: 2 }} gap="300">
          <Select
            label="It waits for"
            options={Object.entries(WAIT_EVENTS).map(([value, label]) => ({
              value,
              label: capital(label),
            }))}
            value={step.until?.event ?? ''}
            onChange={(event) =>
              onChange(
                { ...step, until: { days: 3, ...step.until, event: event as WaitEvent } },
                'until event',
              )
            }
          />
          <NumberField
            label="For so long"
            suffix="days"
            value={step.until?.days ?? Number.NaN}
            error={errorOf('until')}
            helpText="Steps due in these days are left out unless it has happened."
            onChange={(days) =>
              onChange(
                { ...step, until: { event: 'method_changed', ...step.until, days } },
                'until days',
              )
            }
          />
        </InlineGrid>
      )
    case 'contract_action':
      return (
        <Select
          label="What happens to the subscription"
          options={CONTRACT_ACTIONS.map((value) => ({ value, label: ACTIONS[value] }))}
          value={step.action ?? ''}
          error={errorOf('action')}
          helpText="The case ends with it, before its deadline."
          onChange={(chosen) => {
            const action = CONTRACT_ACTIONS.find((one) => one === chosen)
            if (action) onChange({ ...step, action }, 'action')
          }}
        />
      )
    case 'branch':
      return null
    case 'end':
      return (
        <Text as="p" tone="subdued">
          The case ends here. The subscription stays as it is and the cycle stays unpaid.
        </Text>
      )
  }
}

const ACTIONS = {
  pause: 'Pause it until somebody resumes it',
  skip: 'Skip the unpaid cycle',
  cancel: 'Cancel it for good',
}

const A_CALL = 'Hello, this is … from … . Your last renewal could not be charged. …'

function Task({ step, errorOf, onChange }: Field & { errorOf: (input: string) => string | false }) {
  return (
    <BlockStack gap="200">
      <TextField
        label="What staff should do"
        autoComplete="off"
        multiline={2}
        value={step.task ?? ''}
        error={errorOf('task')}
        onChange={(task) => onChange({ ...step, task }, 'task')}
      />
      <Checkbox
        label="It is a phone call"
        helpText="Staff see the number, the shopper's local time and your script"
        checked={step.phone !== undefined}
        onChange={(on) =>
          onChange(without(step, 'phone', on && { phone: { script: A_CALL } }), 'phone')
        }
      />
      {step.phone ? (
        <TextField
          label="What to say"
          autoComplete="off"
          multiline={4}
          maxLength={SCRIPT_LENGTH}
          value={step.phone.script}
          error={errorOf('phone')}
          onChange={(script) => onChange({ ...step, phone: { script } }, 'script')}
        />
      ) : null}
    </BlockStack>
  )
}

/** Days from the first failure or from coming into the lane; or hours after a retry. */
function When({ step, plan, error, onChange }: Field & { plan: Sequence; error: string | false }) {
  const { offset } = step
  const retries = plan.steps.filter(
    (one) => one.lane === step.lane && one.kind === 'retry' && one.key !== step.key,
  )
  const follows = step.kind === 'retry' ? [] : retries
  const day = offset.from === 'step' ? 0 : offset.days
  const real = realDay(day, plan)
  const range = `0 to ${LAST_STEP_DAY}`
  const choose = (chosen: string) => {
    if (chosen === 'anchor' || chosen === 'lane') {
      const days = offset.from === 'step' ? Math.floor(followedDay(step, plan)) : offset.days
      onChange({ ...step, offset: { from: chosen, days } }, 'offset from')
    } else {
      const hours = offset.from === 'step' ? offset.hours : 2
      onChange({ ...step, offset: { from: 'step', stepKey: chosen, hours } }, 'offset from')
    }
  }
  return (
    <InlineGrid columns={{ xs: 1, sm: 2 }} gap="300">
      <Select
        label="Counted from"
        options={[
          { value: 'anchor', label: 'The first failure' },
          { value: 'lane', label: 'Coming into this lane' },
          ...follows.map(({ key }) => ({ value: key, label: `Charge ${markWord(key)}` })),
        ]}
        value={offset.from === 'step' ? offset.stepKey : offset.from}
        onChange={choose}
      />
      {offset.from === 'step' ? (
        <NumberField
          label="Hours after it"
          suffix="hours"
          value={offset.hours}
          error={error}
          helpText={`0 to ${MOST_HOURS_AFTER}`}
          onChange={(hours) => onChange({ ...step, offset: { ...offset, hours } }, 'offset')}
        />
      ) : (
        <NumberField
          label="Day"
          value={offset.days}
          error={error}
          helpText={
            real === day || !Number.isFinite(day)
              ? `${range}; 0 is at once`
              : `${range}, written for 21 days: your deadline makes it day ${real}`
          }
          onChange={(days) => onChange({ ...step, offset: { ...offset, days } }, 'offset')}
        />
      )}
    </InlineGrid>
  )
}

function followedDay({ offset }: Step, { steps }: Sequence): number {
  if (offset.from !== 'step') return offset.days
  const other = steps.find(({ key }) => key === offset.stepKey)
  const day = other && other.offset.from !== 'step' ? other.offset.days : 0
  return day + offset.hours / 24
}

/** The usual hours of its kind, or its own; always by the shopper's clock. */
function OwnHours({
  step,
  plan,
  error,
  onChange,
}: Field & { plan: Sequence; error: string | false }) {
  const { window } = step
  const usual =
    step.kind === 'retry'
      ? `the plan's: ${hourWord(plan.retryWindow.fromHour)} to ${hourWord(plan.retryWindow.untilHour)}`
      : 'the usual ones'
  const first = step.kind === 'retry' ? { ...plan.retryWindow } : { fromHour: 9, untilHour: 12 }
  return (
    <InlineGrid columns={{ xs: 1, sm: 3 }} gap="300">
      <Select
        label="Hours, by the shopper's clock"
        options={[
          { value: 'usual', label: capital(usual) },
          { value: 'own', label: 'Its own' },
        ]}
        value={window ? 'own' : 'usual'}
        error={window ? false : error}
        onChange={(chosen) =>
          onChange(without(step, 'window', chosen === 'own' && { window: first }), 'window')
        }
      />
      {window ? (
        <>
          <HourSelect
            label="From"
            value={window.fromHour}
            error={error}
            onChange={(fromHour) =>
              onChange({ ...step, window: { ...window, fromHour } }, 'window')
            }
          />
          <HourSelect
            label="Until"
            value={window.untilHour}
            error={error !== false}
            onChange={(untilHour) =>
              onChange({ ...step, window: { ...window, untilHour } }, 'window')
            }
          />
        </>
      ) : null}
    </InlineGrid>
  )
}

const HOURS = Array.from({ length: 25 }, (_, hour) => ({
  value: String(hour),
  label: hourWord(hour),
}))

export function HourSelect({
  label,
  value,
  error,
  onChange,
}: {
  label: string
  value: number
  error?: string | boolean
  onChange: (hour: number) => void
}) {
  return (
    <Select
      label={label}
      options={HOURS}
      value={String(value)}
      error={error ?? false}
      onChange={(hour) => onChange(Number(hour))}
    />
  )
}

/** Which side of which branch it stands on. */
function Side({ step, plan, error, onChange }: Field & { plan: Sequence; error: string | false }) {
  const below = new Set(withChildren(step.key, plan.steps).map(({ key }) => key))
  const forks = plan.steps.filter(
    ({ key, kind, lane }) => kind === 'branch' && lane === step.lane && !below.has(key),
  )
  if (forks.length === 0 && !step.branch) return null
  const sides: BranchSide[] = ['yes', 'no']
  return (
    <Select
      label="Runs"
      options={[
        { value: '', label: 'Whatever a branch says' },
        ...forks.flatMap(({ key }) =>
          sides.map((side) => ({
            value: `${side} ${key}`,
            label: `Only if ${markWord(key)} says ${side}`,
          })),
        ),
      ]}
      value={step.branch ? `${step.branch.side} ${step.branch.stepKey}` : ''}
      error={error}
      onChange={(chosen) => {
        const side = sides.find((one) => chosen.startsWith(`${one} `))
        const stepKey = chosen.slice(chosen.indexOf(' ') + 1)
        onChange(
          without(step, 'branch', side !== undefined && { branch: { stepKey, side } }),
          'branch',
        )
      }}
    />
  )
}

/** What publishing allows, and what a merchant should know all the same. */
export function Cautions({ remarks }: { remarks: readonly Remark[] }) {
  if (remarks.length === 0) return null
  return (
    <ul className="cautions">
      {remarks.map(({ say }) => (
        <li key={say}>{say}</li>
      ))}
    </ul>
  )
}
