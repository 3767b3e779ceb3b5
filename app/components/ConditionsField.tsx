import {
  BlockStack,
  Button,
  ChoiceList,
  InlineError,
  Select,
  Text,
  TextField,
} from '@shopify/polaris'
import { DeleteIcon, PlusIcon } from '@shopify/polaris-icons'
import { useId, useState } from 'react'
import {
  CONDITION_FACTS,
  type Condition,
  type ConditionFact,
  type FactOffer,
  MOST_CONDITIONS,
  wrongWithCondition,
} from '../dunning/conditions.ts'
import { NumberField } from './NumberField.tsx'

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

const COMPARISONS = {
  number: [
    { value: 'at_least', label: 'at least' },
    { value: 'at_most', label: 'at most' },
  ],
  list: [
    { value: 'one_of', label: 'one of' },
    { value: 'none_of', label: 'none of' },
  ],
}

/** Conditions that must all hold, each with what is wrong with it beside it. */
export function ConditionsField({
  title,
  conditions,
  offers = CONDITION_FACTS,
  error,
  onChange,
}: {
  title: string
  conditions: readonly Condition[]
  offers?: readonly FactOffer[]
  error?: string | false
  onChange: (conditions: Condition[]) => void
}) {
  const id = useId()
  // Conditions have no names: one is told from another by its place.
  const numbered = conditions.map((condition, i) => ({ condition, nth: i + 1 }))
  const isSaidBeside = conditions.some(wrongWithCondition)
  return (
    <fieldset className="plain-group">
      <legend>
        <Text as="span" variant="bodyMd">
          {title}
        </Text>
      </legend>
      <BlockStack gap="200">
        {numbered.map(({ condition, nth }) => (
          <OneCondition
            key={nth}
            condition={condition}
            offers={offers}
            nth={nth}
            onChange={(next) =>
              onChange(numbered.map((one) => (one.nth === nth ? next : one.condition)))
            }
            onRemove={() =>
              onChange(numbered.flatMap((one) => (one.nth === nth ? [] : one.condition)))
            }
          />
        ))}
        {error && !isSaidBeside ? <InlineError message={error} fieldID={id} /> : null}
        {conditions.length < MOST_CONDITIONS ? (
          <div>
            <Button
              id={id}
              size="slim"
              icon={PlusIcon}
              onClick={() =>
                onChange([...conditions, { fact: 'amount', is: 'at_least', value: 50 }])
              }
            >
              {conditions.length > 0 ? 'And another condition' : 'Add a condition'}
            </Button>
          </div>
        ) : null}
      </BlockStack>
    </fieldset>
  )
}

function OneCondition({
  condition,
  offers,
  nth,
  onChange,
  onRemove,
}: {
  condition: Condition
  offers: readonly FactOffer[]
  nth: number
  onChange: (condition: Condition) => void
  onRemove: () => void
}) {
  const offer = offers.find(({ fact }) => fact === condition.fact)
  const takes = offer?.takes ?? 'number'
  const wrong = wrongWithCondition(condition) ?? false
  return (
    <div className="condition-row">
      <Select
        label={`Fact of condition ${nth}`}
        labelHidden
        options={offers.map(({ fact, label }) => ({ value: fact, label: capital(label) }))}
        value={condition.fact}
        onChange={(fact) => onChange(emptyCondition(fact as ConditionFact, offers))}
      />
      <Select
        label={`Comparison of condition ${nth}`}
        labelHidden
        options={COMPARISONS[takes]}
        value={condition.is}
        onChange={(is) => onChange({ ...condition, is: is as Condition['is'] })}
      />
      <div className="condition-value">
        {typeof condition.value === 'number' ? (
          <NumberField
            label={`Value of condition ${nth}`}
            labelHidden
            value={condition.value}
            helpText={offer?.hint ?? ''}
            error={wrong}
            onChange={(value) => onChange({ ...condition, value })}
          />
        ) : offer?.choices ? (
          <ChoiceList
            title={`Values of condition ${nth}`}
            titleHidden
            allowMultiple
            choices={offer.choices.map((value) => ({ value, label: value }))}
            selected={condition.value}
            error={wrong || ''}
            onChange={(value) => onChange({ ...condition, value })}
          />
        ) : (
          <ListField
            label={`Values of condition ${nth}`}
            value={condition.value}
            helpText={offer?.hint ?? ''}
            error={wrong}
            onChange={(value) => onChange({ ...condition, value })}
          />
        )}
      </div>
      <Button
        icon={DeleteIcon}
        variant="tertiary"
        accessibilityLabel={`Remove condition ${nth}`}
        onClick={onRemove}
      />
    </div>
  )
}

function emptyCondition(fact: ConditionFact, offers: readonly FactOffer[]): Condition {
  const offer = offers.find((one) => one.fact === fact)
  if (offer?.takes === 'number') return { fact, is: 'at_least', value: 1 }
  return { fact, is: 'one_of', value: offer?.choices?.slice(0, 1).map(String) ?? [] }
}

/** Several values between commas. What is being typed stays as it is typed. */
export function ListField({
  value,
  onChange,
  labelHidden = true,
  ...field
}: {
  label: string
  value: readonly string[]
  onChange: (value: string[]) => void
  labelHidden?: boolean
  helpText?: string
  error?: string | false
}) {
  const [text, setText] = useState('')
  const written = value.join(', ')
  return (
    <TextField
      {...field}
      labelHidden={labelHidden}
      autoComplete="off"
      value={valuesFrom(text).join(', ') === written ? text : written}
      onChange={(next) => {
        setText(next)
        onChange(valuesFrom(next))
      }}
    />
  )
}

function valuesFrom(text: string): string[] {
  return text.split(',').flatMap((one) => (one.trim() ? [one.trim()] : []))
}
