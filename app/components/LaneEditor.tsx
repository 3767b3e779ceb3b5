import {
  ActionList,
  Badge,
  BlockStack,
  Button,
  Icon,
  InlineStack,
  Popover,
  Text,
} from '@shopify/polaris'
import {
  ArrowDownIcon,
  ArrowUpIcon,
  DeleteIcon,
  DuplicateIcon,
  PlusIcon,
} from '@shopify/polaris-icons'
import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react'
import { whyNotIn } from '../dunning/sequence.ts'
import type { BranchSide, Lane, Sequence, Step, StepKind } from '../dunning/types.ts'
import {
  type AxisMark,
  type LaneAxis,
  type LaneRow,
  laneAxis,
  laneRows,
} from '../insight/lane-axis.ts'
import type { Remark } from '../insight/plan-checks.ts'
import type { Edit } from '../insight/sequence-edits.ts'
import { KINDS, stepLimits, stepName, stepTitle } from '../insight/step-words.ts'
import { LANES, markWord } from '../insight/words.ts'
import { Cautions, StepForm } from './StepForm.tsx'

export type LaneEditorProps = {
  plan: Sequence
  lane: Lane
  openStep: string | null
  remarks: readonly Remark[]
  edit: (edit: Edit) => void
  open: (key: string | null) => void
}

/** One lane: its time line, and its steps in the order of their days. */
export function LaneEditor({ plan, lane, openStep, remarks, edit, open }: LaneEditorProps) {
  const rows = laneRows(plan, lane)
  const here = remarks.filter((remark) => remark.input === 'lane' && remark.lane === lane)
  return (
    <BlockStack gap="400">
      {here.length > 0 ? (
        <BlockStack gap="200">
          {here.map(({ say, blocks }) => (
            <p key={say} className={blocks ? 'remark remark-blocks' : 'remark'}>
              {say}
            </p>
          ))}
        </BlockStack>
      ) : null}
      {rows.length > 0 ? (
        <TimeLine axis={laneAxis(plan, lane)} openStep={openStep} edit={edit} open={open} />
      ) : (
        <Text as="p" tone="subdued">
          This lane is empty. Add its first step.
        </Text>
      )}
      <ol className="steps" aria-label="Steps of this lane">
        {rows.map((row) => (
          <StepRow
            key={row.step.key}
            row={row}
            plan={plan}
            isOpen={row.step.key === openStep}
            remarks={remarks.filter(({ stepKey }) => stepKey === row.step.key)}
            edit={edit}
            open={open}
          />
        ))}
      </ol>
      <div>
        <AddStep lane={lane} edit={edit} />
      </div>
    </BlockStack>
  )
}

// ---------------------------------------------------------------- the time line

type Drag = { key: string; x: number; dayWidth: number; moved: number; id: number }

/** Marks are dragged, or moved by the arrow keys, a day at a time. */
function TimeLine({
  axis,
  openStep,
  edit,
  open,
}: Pick<LaneEditorProps, 'openStep' | 'edit' | 'open'> & { axis: LaneAxis }) {
  const drag = useRef<Drag | null>(null)
  const drags = useRef(0)
  const line = useRef<HTMLDivElement>(null)
  const place = (day: number) => ({ left: `${(day / axis.days) * 100}%` })

  const begin = (event: PointerEvent, key: string) => {
    if (event.button !== 0) return
    const width = line.current?.getBoundingClientRect().width ?? 0
    if (width === 0) return
    drags.current += 1
    event.currentTarget.setPointerCapture(event.pointerId)
    drag.current = {
      key,
      x: event.clientX,
      dayWidth: width / axis.days,
      moved: 0,
      id: drags.current,
    }
  }
  const pull = (event: PointerEvent) => {
    const held = drag.current
    if (!held) return
    const days = Math.round((event.clientX - held.x) / held.dayWidth)
    if (days === held.moved) return
    edit({ type: 'move', key: held.key, days: days - held.moved, gesture: `drag ${held.id}` })
    held.moved = days
  }
  const press = (event: KeyboardEvent, mark: AxisMark) => {
    if (event.key === 'Delete') edit({ type: 'remove', key: mark.key })
    const days = KEYS[event.key]
    if (days === undefined) return
    event.preventDefault()
    edit({ type: 'move', key: mark.key, days })
  }
  return (
    <div className="time-line" ref={line}>
      {axis.ticks.map(({ at, label }) => (
        <div key={at} aria-hidden="true">
          <div
            className={at === axis.days ? 'time-tick time-tick-end' : 'time-tick'}
            style={place(at)}
          />
          <div className="time-tick-day" style={place(at)}>
            {label}
          </div>
        </div>
      ))}
      {axis.tracks.map(({ name, marks, rows }) => (
        <fieldset key={name} className="time-track" style={{ height: `${rows * 1.9 + 0.5}rem` }}>
          <legend className="time-track-name">{name}</legend>
          {marks.map((mark) => (
            <button
              key={mark.key}
              type="button"
              role="slider"
              className={`time-mark time-mark-${mark.kind}${mark.key === openStep ? ' time-mark-open' : ''}`}
              style={{ ...place(mark.at), top: `${mark.row * 1.9 + 0.35}rem` }}
              title={`${mark.when}: ${mark.title}`}
              aria-label={`${mark.short}, ${mark.title}`}
              aria-orientation="horizontal"
              aria-valuemin={0}
              aria-valuemax={axis.days - 1}
              aria-valuenow={Math.floor(mark.at)}
              aria-valuetext={mark.when}
              onKeyDown={(event) => press(event, mark)}
              onPointerDown={(event) => begin(event, mark.key)}
              onPointerMove={pull}
              onPointerUp={() => {
                if (drag.current?.moved === 0) open(mark.key)
                drag.current = null
              }}
              onPointerCancel={() => {
                drag.current = null
              }}
              onClick={(event) => {
                // A key press has no pointer; a pointer has opened it already, or dragged it.
                if (event.detail === 0) open(mark.key)
              }}
            >
              {mark.short}
            </button>
          ))}
        </fieldset>
      ))}
    </div>
  )
}

/** Days by which a key moves a mark. */
const KEYS: Record<string, number | undefined> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -7,
  PageUp: 7,
  Home: -99,
  End: 99,
}

// ---------------------------------------------------------------- the list

function StepRow({
  row,
  plan,
  isOpen,
  remarks,
  edit,
  open,
}: Pick<LaneEditorProps, 'plan' | 'remarks' | 'edit' | 'open'> & {
  row: LaneRow
  isOpen: boolean
}) {
  const { step, depth, side, when } = row
  const name = stepName(step)
  const blocking = remarks.filter(({ blocks }) => blocks)
  const limits = stepLimits(step)
  return (
    <li className="step" style={{ marginInlineStart: `${Math.min(depth, 4) * 1.25}rem` }}>
      <div className="step-head">
        <button
          id={`step-${step.key}`}
          type="button"
          className="step-open"
          aria-expanded={isOpen}
          onClick={() => open(isOpen ? null : step.key)}
        >
          <span className={`step-mark time-mark-${step.kind}`}>{markWord(step.key)}</span>
          <span className="step-words">
            <span className="step-title">{stepTitle(step)}</span>
            <span className="step-when">
              {[side ? `If ${side === 'yes' ? 'so' : 'not'}` : null, when, ...limits]
                .filter(Boolean)
                .join(' · ')}
            </span>
          </span>
          {blocking.length > 0 ? <Badge tone="critical">To mend</Badge> : null}
          {blocking.length === 0 && remarks.length > 0 ? (
            <Badge tone="attention">Look</Badge>
          ) : null}
        </button>
        <div className="step-actions">
          <IconButton
            icon={ArrowUpIcon}
            label={`Earlier: ${name}`}
            tip="A day earlier"
            onClick={() => edit({ type: 'move', key: step.key, days: -1 })}
          />
          <IconButton
            icon={ArrowDownIcon}
            label={`Later: ${name}`}
            tip="A day later"
            onClick={() => edit({ type: 'move', key: step.key, days: 1 })}
          />
          <IconButton
            icon={DuplicateIcon}
            label={`Duplicate ${name}`}
            tip="Duplicate"
            onClick={() => edit({ type: 'duplicate', key: step.key })}
          />
          <IconButton
            icon={DeleteIcon}
            label={`Remove ${name}`}
            tip="Remove"
            onClick={() => edit({ type: 'remove', key: step.key })}
          />
        </div>
      </div>
      {isOpen ? (
        <div className="step-form">
          <StepForm
            step={step}
            plan={plan}
            remarks={remarks}
            onChange={(changed, input) => edit({ type: 'change', step: changed, input })}
          />
          {step.kind === 'branch' ? <Sides step={step} edit={edit} /> : null}
        </div>
      ) : remarks.length > 0 ? (
        <div className="step-remarks">
          {blocking.map(({ say }) => (
            <p key={say} className="remark remark-blocks">
              {say}
            </p>
          ))}
          <Cautions remarks={remarks.filter(({ blocks }) => !blocks)} />
        </div>
      ) : null}
    </li>
  )
}

function IconButton({
  icon,
  label,
  tip,
  onClick,
}: {
  icon: React.FunctionComponent<React.SVGProps<SVGSVGElement>>
  label: string
  tip: string
  onClick: () => void
}) {
  return (
    <button type="button" className="icon-button" aria-label={label} title={tip} onClick={onClick}>
      <Icon source={icon} />
    </button>
  )
}

function Sides({ step, edit }: { step: Step; edit: LaneEditorProps['edit'] }) {
  return (
    <div className="step-sides">
      <InlineStack gap="200">
        <AddStep lane={step.lane} edit={edit} branch={{ stepKey: step.key, side: 'yes' }} />
        <AddStep lane={step.lane} edit={edit} branch={{ stepKey: step.key, side: 'no' }} />
      </InlineStack>
    </div>
  )
}

function AddStep({
  lane,
  edit,
  branch,
}: {
  lane: Lane
  edit: LaneEditorProps['edit']
  branch?: { stepKey: string; side: BranchSide }
}) {
  const [isOpen, setOpen] = useState(false)
  const add = (kind: StepKind) => {
    setOpen(false)
    edit({ type: 'add', lane, kind, ...(branch ? { branch } : {}) })
  }
  return (
    <Popover
      active={isOpen}
      onClose={() => setOpen(false)}
      autofocusTarget="first-node"
      activator={
        <Button
          {...(branch ? {} : { id: 'add-step' })}
          icon={PlusIcon}
          disclosure={isOpen ? 'up' : 'down'}
          onClick={() => setOpen(!isOpen)}
        >
          {branch ? `Add to the “${branch.side}” side` : 'Add step'}
        </Button>
      }
    >
      <ActionList
        actionRole="menuitem"
        items={KINDS.map(({ kind, label, help }) => {
          const why = whyNotIn(lane, kind)
          return {
            content: label,
            helpText: why ?? help,
            disabled: why !== null,
            onAction: () => add(kind),
          }
        })}
      />
    </Popover>
  )
}

/** The lanes, all in sight; arrow keys walk from one to the next. */
export function LaneTabs({
  lane,
  remarks,
  onChoose,
}: {
  lane: Lane
  remarks: readonly Remark[]
  onChoose: (lane: Lane) => void
}) {
  const walk = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (by === 0) return
    event.preventDefault()
    const at = LANES.findIndex((one) => one.lane === lane)
    const next = LANES[(at + by + LANES.length) % LANES.length]
    if (!next) return
    onChoose(next.lane)
    document.getElementById(`lane-${next.lane}`)?.focus()
  }
  return (
    <div className="lane-tabs" role="tablist" aria-label="Kinds of failure" onKeyDown={walk}>
      {LANES.map((one) => {
        const count = remarks.filter((remark) => remark.lane === one.lane && remark.blocks).length
        const isChosen = one.lane === lane
        return (
          <button
            key={one.lane}
            id={`lane-${one.lane}`}
            type="button"
            role="tab"
            className="lane-tab"
            aria-selected={isChosen}
            aria-controls="lane"
            aria-label={count > 0 ? `${one.title}: ${count} to mend` : one.title}
            tabIndex={isChosen ? 0 : -1}
            onClick={() => onChoose(one.lane)}
          >
            {one.title}
            {count > 0 ? <Badge tone="critical">{String(count)}</Badge> : null}
          </button>
        )
      })}
    </div>
  )
}
