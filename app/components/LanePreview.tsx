import {
  Badge,
  BlockStack,
  Box,
  Button,
  Card,
  Checkbox,
  InlineGrid,
  InlineStack,
  Select,
  Text,
  TextField,
} from '@shopify/polaris'
import { DeleteIcon, PlusIcon } from '@shopify/polaris-icons'
import { useRef, useState } from 'react'
import { meaningOf } from '../dunning/declines.ts'
import type { GuardRailContext } from '../dunning/guard-rails.ts'
import type { ImaginedEvent, Preview, PreviewLine } from '../dunning/preview.ts'
import type { Lane, Sequence } from '../dunning/types.ts'
import { zoneWord } from '../insight/format.ts'
import {
  codesOfLane,
  factsAskedFor,
  HAPPENINGS,
  INSTRUMENTS,
  INTERVALS,
  laneOfCode,
  likeReal,
  type RealShopper,
  type ShopperForm,
  zonesWith,
} from '../insight/imagined-shopper.ts'
import { played } from '../insight/played-plan.ts'
import { laneWord, markWord, statusWord, withMarks } from '../insight/words.ts'
import { NumberField } from './NumberField.tsx'

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

export type Place = { zone: string; locale: string; currency: string }

/** What the plan would do to one shopper, played again at each change. */
export function LanePreview({
  plan,
  lane,
  shopper,
  shoppers,
  context,
  place,
  setShopper,
  openStep,
}: {
  plan: Sequence
  lane: Lane
  shopper: ShopperForm
  shoppers: readonly RealShopper[]
  context: GuardRailContext
  place: Place
  setShopper: (shopper: ShopperForm) => void
  openStep: (key: string, lane: Lane) => void
}) {
  const last = useRef<Preview | null>(null)
  const preview = played(plan, shopper, context, place)
  if (preview) last.current = preview
  const shown = preview ?? last.current
  return (
    <Card>
      <BlockStack gap="400">
        <Text as="h2" variant="headingMd">
          What will happen
        </Text>
        <Who
          plan={plan}
          lane={lane}
          shopper={shopper}
          shoppers={shoppers}
          place={place}
          setShopper={setShopper}
        />
        {preview ? null : (
          <p className="remark remark-blocks" role="status">
            {shown
              ? 'This is how it was before your last change: a number is missing.'
              : 'Nothing can be played yet: a number or a date is missing.'}
          </p>
        )}
        {shown ? (
          <Story
            preview={shown}
            plan={plan}
            place={place}
            zone={shopper.zone}
            openStep={openStep}
          />
        ) : null}
      </BlockStack>
    </Card>
  )
}

// ---------------------------------------------------------------- for whom

function Who({
  plan,
  lane,
  shopper,
  shoppers,
  place,
  setShopper,
}: {
  plan: Sequence
  lane: Lane
  shopper: ShopperForm
  shoppers: readonly RealShopper[]
  place: Place
  setShopper: (shopper: ShopperForm) => void
}) {
  const set = (patch: Partial<ShopperForm>) => setShopper({ ...shopper, caseId: null, ...patch })
  const [isOpen, setOpen] = useState(false)
  const asked = factsAskedFor(plan)
  const codes = codesOfLane(lane)
  const hasOffer = plan.steps.some(({ commercial }) => commercial)
  const hasTexts = plan.steps.some(({ kind }) => kind === 'sms')
  const zones = zonesWith(place.zone, shopper.zone, ...shoppers.map(({ zone }) => zone))
  return (
    <BlockStack gap="300">
      {shoppers.length > 0 ? (
        <Select
          label="Shopper"
          options={[
            { value: '', label: 'An imaginary one' },
            ...shoppers.map(({ caseId, label }) => ({ value: caseId, label })),
          ]}
          value={shopper.caseId ?? ''}
          onChange={(chosen) => {
            const real = shoppers.find(({ caseId }) => caseId === chosen)
            setShopper(real ? likeReal(shopper, real) : { ...shopper, caseId: null })
          }}
        />
      ) : null}
      <div>
        <Button
          variant="plain"
          textAlign="left"
          disclosure={isOpen ? 'up' : 'down'}
          ariaExpanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          {whoWords(shopper)}
        </Button>
      </div>
      {laneOfCode(shopper.code) === lane ? null : (
        <Text as="p" tone="subdued">
          This shopper goes through the lane “{laneWord(laneOfCode(shopper.code))}”.
        </Text>
      )}
      {isOpen ? (
        <BlockStack gap="300">
          <InlineGrid columns={2} gap="300">
            <Select
              label="Reason"
              options={(codes.includes(shopper.code) ? codes : [shopper.code, ...codes]).map(
                (code) => ({
                  value: code,
                  label: reasonWord(code),
                }),
              )}
              value={shopper.code}
              onChange={(code) => set({ code })}
            />
            <Select
              label="Plan"
              options={INTERVALS.map((interval) => ({ ...interval }))}
              value={shopper.interval}
              onChange={(interval) => set({ interval })}
            />
            <Select
              label="Lives by"
              options={zones.map((zone) => ({ value: zone, label: zoneWord(zone) }))}
              value={shopper.zone}
              onChange={(zone) => set({ zone })}
            />
            <Select
              label="Pays with"
              options={Object.entries(INSTRUMENTS).map(([value, label]) => ({ value, label }))}
              value={shopper.instrument}
              onChange={(instrument) =>
                set({ instrument: instrument as ShopperForm['instrument'] })
              }
            />
            <TextField
              label="First charge fails on"
              type="date"
              autoComplete="off"
              value={shopper.failedOn}
              onChange={(failedOn) => set({ failedOn })}
            />
            {asked.map(({ fact, label, hint }) => (
              <TextField
                key={fact}
                label={capital(label)}
                helpText={fact === 'amount' ? hint : `${hint}. Empty: not known`}
                autoComplete="off"
                value={shopper.facts[fact] ?? ''}
                onChange={(value) => set({ facts: { ...shopper.facts, [fact]: value } })}
              />
            ))}
            {hasTexts ? (
              <Checkbox
                label="Agreed to texts"
                checked={shopper.agreedToTexts}
                onChange={(agreedToTexts) => set({ agreedToTexts })}
              />
            ) : null}
            {hasOffer ? (
              <Checkbox
                label="Agreed to offers"
                checked={shopper.consent}
                onChange={(consent) => set({ consent })}
              />
            ) : null}
          </InlineGrid>
          <Happenings shopper={shopper} setShopper={setShopper} />
        </BlockStack>
      ) : null}
    </BlockStack>
  )
}

/** "Insufficient funds, monthly, Berlin time, card; pays by other means on day 5" */
function whoWords({ code, interval, zone, instrument, events }: ShopperForm): string {
  const plan = INTERVALS.find(({ value }) => value === interval)?.label ?? interval
  const who = [reasonWord(code), plan.toLowerCase(), zoneWord(zone), INSTRUMENTS[instrument]]
  const acts = events.map(({ afterDays, type }) => `${HAPPENINGS[type]} on day ${afterDays}`)
  return [who.join(', '), ...acts].join('; ')
}

/** "Insufficient funds": a code as a person reads it. */
function reasonWord(code: string): string {
  return code === 'A_NEW_CODE'
    ? 'A code that is new'
    : capital(code.toLowerCase().replaceAll('_', ' '))
}

function Happenings({
  shopper,
  setShopper,
}: {
  shopper: ShopperForm
  setShopper: (shopper: ShopperForm) => void
}) {
  const put = (events: ImaginedEvent[]) => setShopper({ ...shopper, events })
  const numbered = shopper.events.map((event, i) => ({ event, nth: i + 1 }))
  const change = (nth: number, next: ImaginedEvent[]) =>
    put(numbered.flatMap((one) => (one.nth === nth ? next : [one.event])))
  return (
    <BlockStack gap="200">
      {numbered.map(({ event, nth }) => (
        <div key={nth} className="happening-row">
          <NumberField
            label={`Day of happening ${nth}`}
            labelHidden
            suffix="days on"
            value={event.afterDays}
            onChange={(afterDays) => change(nth, [{ ...event, afterDays }])}
          />
          <Select
            label={`Happening ${nth}`}
            labelHidden
            options={Object.entries(HAPPENINGS).map(([value, label]) => ({ value, label }))}
            value={event.type}
            onChange={(type) => change(nth, [{ ...event, type: type as ImaginedEvent['type'] }])}
          />
          <Button
            icon={DeleteIcon}
            variant="tertiary"
            accessibilityLabel={`Remove happening ${nth}`}
            onClick={() => change(nth, [])}
          />
        </div>
      ))}
      {shopper.events.length < 5 ? (
        <div>
          <Button
            size="slim"
            icon={PlusIcon}
            onClick={() => put([...shopper.events, { afterDays: 5, type: 'pays' }])}
          >
            What if the shopper acts?
          </Button>
        </div>
      ) : null}
    </BlockStack>
  )
}

// ---------------------------------------------------------------- what happens

function Story({
  preview,
  plan,
  place,
  zone,
  openStep,
}: {
  preview: Preview
  plan: Sequence
  place: Place
  zone: string
  openStep: (key: string, lane: Lane) => void
}) {
  const { lines, attempts, messages, ended, endedAt, deadlineAt, graceEndsAt } = preview
  const moment = new Intl.DateTimeFormat(place.locale, {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  return (
    <BlockStack gap="300">
      <Box background="bg-surface-secondary" padding="300" borderRadius="200">
        <dl className="story-facts">
          <dt>In all</dt>
          <dd>
            {attempts === 1 ? '1 charge' : `${attempts} charges`} with the first,{' '}
            {messages === 1 ? '1 message' : `${messages} messages`}
          </dd>
          <dt>Deadline</dt>
          <dd>{moment.format(deadlineAt)}</dd>
          <dt>Benefits</dt>
          <dd>until {moment.format(graceEndsAt)}</dd>
          <dt>Outcome</dt>
          <dd>
            {ended && endedAt
              ? `${statusWord(ended).label}, ${moment.format(endedAt)}`
              : 'It stays open'}
          </dd>
        </dl>
      </Box>
      <ol className="story" aria-label="What will happen, step by step">
        {lines.map((line, i) => (
          <StoryLine
            key={`${line.at.getTime()} ${line.kind} ${line.stepKey} ${line.what}`}
            line={line}
            isNewDay={lines[i - 1]?.day !== line.day}
            lane={plan.steps.find(({ key }) => key === line.stepKey)?.lane ?? null}
            openStep={openStep}
          />
        ))}
      </ol>
      <Text as="p" tone="subdued" variant="bodySm">
        Times are those of {zoneWord(zone)}, in the middle of their hours: real cases spread around
        them. Nothing here says whether a charge will pass.
      </Text>
    </BlockStack>
  )
}

function StoryLine({
  line,
  isNewDay,
  lane,
  openStep,
}: {
  line: PreviewLine
  isNewDay: boolean
  lane: Lane | null
  openStep: (key: string, lane: Lane) => void
}) {
  const { kind, stepKey, what, because, capped, local, day } = line
  const said = stepKey ? `${markWord(stepKey)} · ${what}` : what
  const reason = withMarks(
    because.replace(/^[\w.-]+: /, (lead) => (stepKey && lead.startsWith(stepKey) ? '' : lead)),
  )
  return (
    <li className={`story-line story-${kind}`}>
      {isNewDay ? <span className="story-day">{day === 0 ? 'Start' : `Day ${day}`}</span> : null}
      <div className="story-body">
        <span className="story-time">{local}</span>
        {stepKey && lane ? (
          <button type="button" className="story-what" onClick={() => openStep(stepKey, lane)}>
            {said}
          </button>
        ) : (
          <span className="story-what">{said}</span>
        )}
        {capped || kind === 'skipped' ? (
          <InlineStack gap="100">
            <Badge tone={kind === 'skipped' ? 'warning' : 'info'}>
              {`${kind === 'skipped' ? 'Not done' : 'Moved'}${capped ? `: ${CAPS[capped] ?? capped}` : ''}`}
            </Badge>
          </InlineStack>
        ) : null}
        <span className="story-because">
          {kind === 'failure' ? meaningOf(because.replace('declined: ', '')) : capital(reason)}
        </span>
      </div>
    </li>
  )
}

/** What held it back, where its name says too little: the hard caps (app/dunning/limits.ts), and the plan itself. */
const CAPS: Record<string, string> = {
  H1: 'one charge at a time',
  H2: '24 hours between charges',
  H3: 'eight charges a cycle',
  H4: 'ten charges a method',
  H5: 'no charge for this reason',
  H6: 'no charge outside its cycle',
  wait: 'the plan waits',
  branch: 'the other side',
  condition: 'its condition',
  consent: 'no consent',
}
