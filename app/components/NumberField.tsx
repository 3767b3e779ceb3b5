import { TextField } from '@shopify/polaris'
import { useState } from 'react'

/** A whole number that may be half typed: then its value is NaN, and what was typed stays. */
export function NumberField({
  value,
  onChange,
  ...field
}: {
  label: string
  value: number
  onChange: (value: number) => void
  labelHidden?: boolean
  suffix?: string
  helpText?: string
  error?: string | false
}) {
  const [text, setText] = useState('')
  const typed = numberFrom(text)
  const shown = text !== '' && Object.is(typed, value) ? text : written(value)
  return (
    <TextField
      {...field}
      autoComplete="off"
      inputMode="decimal"
      value={Number.isNaN(value) ? (Number.isNaN(typed) ? text : '') : shown}
      onChange={(next) => {
        setText(next)
        onChange(numberFrom(next))
      }}
    />
  )
}

const numberFrom = (text: string) => (text.trim() === '' ? Number.NaN : Number(text))

const written = (value: number) => (Number.isNaN(value) ? '' : String(value))
