/** The quieter ways: another saved method, another day, a smaller order, a skipped one, a pause, a stop. */
import { useState } from 'preact/hooks'
import { day, t } from '../../shared/src/words.ts'
import type { Part } from './CaseSection.tsx'
import { SmallerOrder, WholeOrder } from './SmallerOrder.tsx'
import { spokenMethod } from './spoken-method.ts'

const OFFERED = ['use_method', 'day', 'skip', 'pause', 'stop'] as const

export function Choices(part: Part) {
  const { actions, order } = part.case
  const mayChangeOrder = order && (actions.smaller.allowed || actions.whole.allowed)
  // An empty stack would still leave its gap.
  if (!mayChangeOrder && !OFFERED.some((name) => actions[name].allowed)) return null
  return (
    <s-stack gap="small">
      {actions.use_method.allowed && <OtherMethod {...part} />}
      {actions.day.allowed && <OtherDay {...part} />}
      {order && actions.smaller.allowed && <SmallerOrder {...part} order={order} />}
      {order && actions.whole.allowed && <WholeOrder {...part} />}
      {actions.skip.allowed && (
        <Simple {...part} name="skip" path="offers/skip" done="done.skipped" />
      )}
      {actions.pause.allowed && (
        <Simple {...part} name="pause" path="offers/pause" done="done.paused" />
      )}
      {actions.stop.allowed && <Simple {...part} name="stop" path="stop" done="done.stopped" />}
    </s-stack>
  )
}

/** Opened first, so that what it means is read before it is pressed. */
function Simple({
  case: shown,
  name,
  path,
  done,
  isBusy,
  anyBusy,
  press,
  snapshot,
}: Part & {
  name: 'skip' | 'pause' | 'stop'
  path: 'offers/skip' | 'offers/pause' | 'stop'
  done: string
}) {
  return (
    <s-details id={`${name}-${shown.id}`}>
      <s-summary>{t(`choice.${name}.title`)}</s-summary>
      <s-stack gap="small">
        <s-paragraph>{t(`choice.${name}.means`, { shop: snapshot.shopName })}</s-paragraph>
        <s-button
          variant="secondary"
          loading={isBusy(name)}
          disabled={anyBusy && !isBusy(name)}
          onClick={() => press({ name, path }, done)}
        >
          {t(`choice.${name}.do`)}
        </s-button>
      </s-stack>
    </s-details>
  )
}

function OtherMethod({ case: shown, isBusy, anyBusy, press }: Part) {
  const others = shown.methods.filter(({ current, usable }) => usable && !current)
  const [chosen, setChosen] = useState(others[0]?.id)
  if (others.length === 0) return null
  // What was chosen may have gone since.
  const methodId = others.find(({ id }) => id === chosen)?.id ?? others[0]?.id
  return (
    <s-details id={`methods-${shown.id}`}>
      <s-summary>{t('choice.method.title')}</s-summary>
      <s-stack gap="small">
        <s-choice-list
          label={t('choice.method.label')}
          name={`method-${shown.id}`}
          onChange={(event) => setChosen(chosenIn(event))}
        >
          {others.map(({ id, label }) => (
            <s-choice key={id} value={id} selected={id === methodId}>
              {spokenMethod(label)}
            </s-choice>
          ))}
        </s-choice-list>
        <s-button
          variant="secondary"
          loading={isBusy('use_method')}
          disabled={anyBusy && !isBusy('use_method')}
          onClick={() =>
            methodId &&
            press(
              { name: 'use_method', path: 'payment-method/use', body: { methodId } },
              'done.method',
            )
          }
        >
          {t('choice.method.do')}
        </s-button>
      </s-stack>
    </s-details>
  )
}

function OtherDay({ case: shown, isBusy, anyBusy, press }: Part) {
  const [date, setDate] = useState('')
  const [wrong, setWrong] = useState(false)
  if (!shown.day) return null
  const { earliest, latest, movesLeft } = shown.day
  const bounds = { earliest: day(earliest, shown.zone), latest: day(latest, shown.zone) }

  function choose() {
    const fits = /^\d{4}-\d\d-\d\d$/.test(date) && date >= earliest && date <= latest
    setWrong(!fits)
    if (fits) press({ name: 'day', path: 'offers/day', body: { date } }, 'done.day')
  }

  return (
    <s-details id={`day-${shown.id}`}>
      <s-summary>{t('choice.day.title')}</s-summary>
      <s-stack gap="small">
        <s-paragraph>{t('choice.day.means', bounds)}</s-paragraph>
        <s-date-field
          label={t('choice.day.label')}
          allow={`${earliest}--${latest}`}
          defaultView={earliest.slice(0, 7)}
          value={date}
          {...(wrong && { error: t('choice.day.wrong', bounds) })}
          onChange={(event) => {
            setDate((event.currentTarget as HTMLElementTagNameMap['s-date-field']).value ?? '')
            setWrong(false)
          }}
        />
        {date && !wrong && (
          <s-paragraph key="chosen">
            {t('choice.day.chosen', { day: day(date, shown.zone) })}
          </s-paragraph>
        )}
        <s-button
          variant="secondary"
          loading={isBusy('day')}
          disabled={anyBusy && !isBusy('day')}
          onClick={choose}
        >
          {t('choice.day.do')}
        </s-button>
        <s-paragraph color="subdued">{t('choice.day.moves', { count: movesLeft })}</s-paragraph>
      </s-stack>
    </s-details>
  )
}

export function chosenIn(event: Event): string | undefined {
  return (event.currentTarget as HTMLElementTagNameMap['s-choice-list']).values?.[0]
}
