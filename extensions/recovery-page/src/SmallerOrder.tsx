/** Less of this one order: fewer of a line, or a line left out. What it then costs, the server asks Shopify. */
import { useState } from 'preact/hooks'
import type { OrderInParts, OrderLine } from '../../shared/src/api.ts'
import { money, t } from '../../shared/src/words.ts'
import type { Part } from './CaseSection.tsx'

/** Pieces. A longer list is no easier than typing the number. */
const MOST_LISTED = 20

/** What was picked and not sent yet. */
type Draft = {
  /** The order that it was picked from; of any other one it says nothing. */
  of: string
  /** As the fields have it, by line. */
  quantities: Record<string, string>
  lastPicked: string | null
  wasPressed: boolean
}

export function SmallerOrder({
  case: shown,
  order: { lines },
  isBusy,
  anyBusy,
  press,
}: Part & { order: OrderInParts }) {
  const of = JSON.stringify(lines.map(({ id, quantity, chosen }) => [id, quantity, chosen]))
  const nothing: Draft = { of, quantities: {}, lastPicked: null, wasPressed: false }
  const [kept, setDraft] = useState(nothing)
  const draft = kept.of === of ? kept : nothing
  // Forgotten for good: the order may become again what it was, and the shopper has chosen anew since.
  if (draft !== kept) setDraft(draft)

  const textOf = ({ id, chosen }: OrderLine) => draft.quantities[id] ?? String(chosen)
  const wanted = lines.map((line) => ({ id: line.id, quantity: quantityIn(textOf(line), line) }))
  const fault = faultOf(lines, wanted, draft.wasPressed)
  const atFault = draft.lastPicked ?? lines[lines.length - 1]?.id

  function errorAt({ id, quantity }: OrderLine): string | null {
    if (wanted.some((each) => each.id === id && each.quantity === null))
      return t('choice.smaller.number', { most: quantity })
    return fault && id === atFault ? t(fault) : null
  }

  function choose() {
    setDraft({ ...draft, wasPressed: true })
    const chosen = wanted.flatMap(({ id, quantity }) => (quantity === null ? [] : { id, quantity }))
    if (chosen.length === lines.length && !faultOf(lines, wanted, true))
      press({ name: 'smaller', path: 'offers/smaller', body: { lines: chosen } }, 'done.smaller')
  }

  return (
    <s-details id={`smaller-${shown.id}`}>
      <s-summary>{t('choice.smaller.title')}</s-summary>
      <s-stack gap="small">
        <s-paragraph>{t('choice.smaller.means')}</s-paragraph>
        {lines.map((line) => (
          <Quantity
            key={line.id}
            line={line}
            value={textOf(line)}
            error={errorAt(line)}
            onPick={(value) =>
              setDraft({
                of,
                quantities: { ...draft.quantities, [line.id]: value },
                lastPicked: line.id,
                wasPressed: false,
              })
            }
          />
        ))}
        <s-button
          variant="secondary"
          loading={isBusy('smaller')}
          disabled={anyBusy && !isBusy('smaller')}
          onClick={choose}
        >
          {t('choice.smaller.do')}
        </s-button>
      </s-stack>
    </s-details>
  )
}

/** Undoes it: nothing is charged, so one press is enough. As wide as its words: it is one of the quieter ways. */
export function WholeOrder({ isBusy, anyBusy, press }: Part) {
  return (
    <s-stack direction="inline">
      <s-button
        variant="secondary"
        loading={isBusy('whole')}
        disabled={anyBusy && !isBusy('whole')}
        onClick={() => press({ name: 'whole', path: 'offers/whole' }, 'done.whole')}
      >
        {t('choice.smaller.whole')}
      </s-button>
    </s-stack>
  )
}

type Picked = { id: string; quantity: number | null }

/** Why this cannot be taken; said at once, but nobody is told of the whole order who has not touched it. */
function faultOf(
  lines: OrderLine[],
  wanted: Picked[],
  wasPressed: boolean,
): 'choice.smaller.none_left' | 'choice.smaller.nothing_less' | null {
  if (wanted.every(({ quantity }) => quantity === 0)) return 'choice.smaller.none_left'
  const isWhole = lines.every(({ quantity }, at) => wanted[at]?.quantity === quantity)
  const isChanged = lines.some(({ chosen }, at) => wanted[at]?.quantity !== chosen)
  return isWhole && (isChanged || wasPressed) ? 'choice.smaller.nothing_less' : null
}

/** null: no number of pieces that this line has. */
function quantityIn(text: string, { quantity }: OrderLine): number | null {
  const number = /^\d+$/.test(text) ? Number(text) : quantity + 1
  return number <= quantity ? number : null
}

function Quantity({
  line: { title, quantity, price },
  value,
  error,
  onPick,
}: {
  line: OrderLine
  value: string
  error: string | null
  onPick: (value: string) => void
}) {
  const shared = {
    label: t('choice.smaller.line', { title, price: money(price) }),
    value,
    ...(error && { error }),
  }
  if (quantity > MOST_LISTED)
    return (
      <s-number-field
        {...shared}
        min={0}
        max={quantity}
        step={1}
        inputMode="numeric"
        controls="stepper"
        onChange={(event) =>
          onPick((event.currentTarget as HTMLElementTagNameMap['s-number-field']).value ?? '')
        }
      />
    )
  return (
    <s-select
      {...shared}
      onChange={(event) =>
        onPick((event.currentTarget as HTMLElementTagNameMap['s-select']).value ?? '')
      }
    >
      {[...Array(quantity + 1).keys()].map((pieces) => (
        <s-option key={pieces} value={String(pieces)}>
          {pieces === 0 ? t('choice.smaller.none') : String(pieces)}
        </s-option>
      ))}
    </s-select>
  )
}
