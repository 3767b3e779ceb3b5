import {
  ActionList,
  BlockStack,
  Button,
  InlineStack,
  Popover,
  Text,
  TextField,
} from '@shopify/polaris'
import { useId, useRef, useState } from 'react'
import { type Warning, withVariable } from '../messages/editing.ts'
import { type Problem, VARIABLES } from '../messages/template.ts'

/** A text with variables: its insert menu, and under it what is wrong with it and how it sounds. */
export function WordsField({
  label,
  value,
  onChange,
  problems,
  warnings,
  lines = 1,
  help,
  labelHidden = false,
}: {
  label: string
  /** The heading above says it already. */
  labelHidden?: boolean
  value: string
  onChange: (value: string) => void
  problems: Problem[]
  warnings: Warning[]
  /** More than one: the field grows with its text. */
  lines?: number
  help?: string
}) {
  const id = useId()
  const [open, setOpen] = useState(false)
  // Where the cursor was when the menu opened; the field forgets it while another thing has the focus.
  const cursor = useRef({ start: value.length, end: value.length })
  const field = () => document.getElementById(id) as HTMLInputElement | null

  const remember = () => {
    const at = field()
    if (at) cursor.current = { start: at.selectionStart ?? 0, end: at.selectionEnd ?? 0 }
  }
  const insert = (name: string) => {
    const { text, caret } = withVariable(value, name, cursor.current.start, cursor.current.end)
    onChange(text)
    cursor.current = { start: caret, end: caret }
    setOpen(false)
    // After the menu has given the focus back.
    requestAnimationFrame(() => {
      field()?.focus()
      field()?.setSelectionRange(caret, caret)
    })
  }

  const stops = problems.filter(({ stops: isInTheWay }) => isInTheWay)
  const advice = problems.filter(({ stops: isInTheWay }) => !isInTheWay)
  return (
    <BlockStack gap="150">
      <TextField
        id={id}
        label={label}
        labelHidden={labelHidden}
        value={value}
        onChange={onChange}
        onBlur={remember}
        autoComplete="off"
        {...(lines > 1 ? { multiline: lines } : {})}
        {...(help === undefined ? {} : { helpText: help })}
        error={stops.length > 0 ? <Said findings={stops} /> : false}
      />
      {advice.length > 0 || warnings.length > 0 ? (
        <div className="words-advice">
          <Said findings={advice} />
          {warnings.map(({ rule, found, suggest }) => (
            <Text key={`${rule} ${found}`} as="p" variant="bodySm" breakWord>
              <strong>{TONE_WORDS[rule]}:</strong> “{found}”. {suggest}
            </Text>
          ))}
        </div>
      ) : null}
      <InlineStack>
        <Popover
          active={open}
          onClose={() => setOpen(false)}
          preferredAlignment="left"
          activator={
            <Button
              variant="plain"
              disclosure
              onClick={() => setOpen(!open)}
              accessibilityLabel={`Insert a variable into: ${label}`}
            >
              Insert a variable
            </Button>
          }
        >
          <ActionList
            actionRole="menuitem"
            allowFiltering
            filterLabel="Search variables"
            items={VARIABLES.map(({ name, says }) => ({
              content: name,
              helpText: says,
              onAction: () => insert(name),
            }))}
          />
        </Popover>
      </InlineStack>
    </BlockStack>
  )
}

const TONE_WORDS: Record<Warning['rule'], string> = {
  threat: 'Sounds like a threat',
  blame: 'Sounds like blame',
  urgency: 'Sounds pressing',
  shouting: 'Sounds like shouting',
  legal: 'Sounds like a lawyer',
  promise: 'Promises too much',
  length: 'Hard to read',
}

/** Line, what is wrong, and how to mend it. */
export function Said({ findings }: { findings: Problem[] }) {
  return (
    <>
      {findings.map(({ line, say, mend }) => (
        <span className="words-finding" key={`${line} ${say}`}>
          {line === null ? '' : `Line ${line}: `}
          {say} {mend}
        </span>
      ))}
    </>
  )
}
