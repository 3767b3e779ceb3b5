import { BlockStack, Card, ChoiceList, InlineGrid, Text } from '@shopify/polaris'
import type { Sequence } from '../dunning/types.ts'
import type { Remark } from '../insight/plan-checks.ts'
import { FINAL_ACTIONS } from '../insight/words.ts'
import { NumberField } from './NumberField.tsx'
import { Cautions, HourSelect } from './StepForm.tsx'

/** What holds for all lanes: how long it goes on, and how it ends. */
export function PlanSettings({
  plan,
  remarks,
  onChange,
}: {
  plan: Sequence
  remarks: readonly Remark[]
  onChange: (patch: Partial<Omit<Sequence, 'steps'>>) => void
}) {
  const of = (input: string) => remarks.filter((one) => one.stepKey === null && one.input === input)
  const errorOf = (input: string) =>
    of(input)
      .filter(({ blocks }) => blocks)
      .map(({ say }) => say)
      .join(' ') || false
  const caution = (input: string) => (
    <Cautions remarks={of(input).filter(({ blocks }) => !blocks)} />
  )
  const { retryWindow } = plan
  return (
    <Card>
      <BlockStack gap="400">
        <Text as="h2" variant="headingMd">
          How it runs and how it ends
        </Text>
        <InlineGrid columns={{ xs: 1, sm: 2 }} gap="400">
          <BlockStack gap="200">
            <NumberField
              label="Deadline"
              suffix="days after the first failure"
              value={plan.deadlineDays}
              error={errorOf('deadlineDays')}
              helpText="Ends the case. A short plan ends earlier: at 70% of its interval, and a day before its next charge."
              onChange={(deadlineDays) => onChange({ deadlineDays })}
            />
            {caution('deadlineDays')}
          </BlockStack>
          <BlockStack gap="200">
            <NumberField
              label="Grace"
              suffix="days after the first failure"
              value={plan.graceDays}
              error={errorOf('graceDays')}
              helpText="Benefits are withdrawn then. It never ends a case or a subscription."
              onChange={(graceDays) => onChange({ graceDays })}
            />
            {caution('graceDays')}
          </BlockStack>
          <HourSelect
            label="Charges from"
            value={retryWindow.fromHour}
            error={errorOf('retryWindow')}
            onChange={(fromHour) => onChange({ retryWindow: { ...retryWindow, fromHour } })}
          />
          <HourSelect
            label="Charges until"
            value={retryWindow.untilHour}
            error={errorOf('retryWindow') !== false}
            onChange={(untilHour) => onChange({ retryWindow: { ...retryWindow, untilHour } })}
          />
        </InlineGrid>
        <ChoiceList
          title="At the deadline, if the cycle is still unpaid"
          choices={FINAL_ACTIONS.map(({ value, label, help }) => ({
            value,
            label,
            helpText: help,
          }))}
          selected={[plan.finalAction]}
          error={errorOf('finalAction') || ''}
          onChange={([chosen]) => {
            const finalAction = FINAL_ACTIONS.find(({ value }) => value === chosen)?.value
            if (finalAction) onChange({ finalAction })
          }}
        />
        {caution('finalAction')}
        <ChoiceList
          title="If the product is still out of stock after five days"
          choices={[
            { value: 'skip', label: 'Skip the cycle' },
            { value: 'leave', label: 'Leave it to your staff' },
          ]}
          selected={[plan.stockFinalAction]}
          error={errorOf('stockFinalAction') || ''}
          onChange={([chosen]) =>
            onChange({ stockFinalAction: chosen === 'leave' ? 'leave' : 'skip' })
          }
        />
      </BlockStack>
    </Card>
  )
}
