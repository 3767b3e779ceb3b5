import { useFetcher } from '@remix-run/react'
import { TitleBar, useAppBridge } from '@shopify/app-bridge-react'
import {
  Badge,
  Banner,
  BlockStack,
  Button,
  ButtonGroup,
  Card,
  InlineStack,
  List,
  Page,
  Text,
} from '@shopify/polaris'
import { RedoIcon, UndoIcon } from '@shopify/polaris-icons'
import { useDeferredValue, useEffect, useMemo, useReducer, useRef, useState } from 'react'
import type { GuardRailContext } from '../dunning/guard-rails.ts'
import type { Lane, Sequence } from '../dunning/types.ts'
import { firstShopper, inLane, laneOfCode, type RealShopper } from '../insight/imagined-shopper.ts'
import { placeOf, type Remark, remarksOn } from '../insight/plan-checks.ts'
import { type Edit, edited, editorFor, isSamePlan, planText } from '../insight/sequence-edits.ts'
import { LANES } from '../insight/words.ts'
import { ConfirmModal } from './ConfirmModal.tsx'
import { LaneEditor, LaneTabs } from './LaneEditor.tsx'
import { LanePreview, type Place } from './LanePreview.tsx'
import { PlanSettings } from './PlanSettings.tsx'
import { type InFlightChoice, PublishModal } from './PublishModal.tsx'
import { RenameModal } from './RenameModal.tsx'
import { UnsavedBar } from './UnsavedBar.tsx'
import { useLeaveGuard } from './useDraft.ts'

/** As the route's loader gives it. */
export type EditorPage = {
  id: string
  name: string
  isOn: boolean
  version: number
  /** "2, published Nov 12 by staff member 7" */
  versionWords: string
  note: string | null
  published: Sequence
  draft: { sequence: Sequence; words: string; seen: string } | null
  inFlight: { open: number; onOlder: number; mayMove: number }
  context: GuardRailContext
  usedKeys: string[]
  shoppers: RealShopper[]
  place: Place
  nowIso: string
}

/** What the route's action answers. */
export type EditorAnswer =
  | { type: 'saved' | 'discarded' | 'renamed'; text: string }
  | { type: 'published'; text: string }
  | { type: 'outdated' }
  | { type: 'refused'; says: string[] }

type Shown = { plan: Sequence; seen: string; version: number }

const shownBy = ({ draft, published, version }: EditorPage): Shown => ({
  plan: draft?.sequence ?? published,
  seen: draft?.seen ?? '',
  version,
})

/** The editor of one sequence with its preview beside it. */
export function SequenceEditor({ page }: { page: EditorPage }) {
  const { context, place } = page
  const [base, setBase] = useState(() => shownBy(page))
  const [state, dispatch] = useReducer(edited, base.plan, (plan) => editorFor(plan, page.usedKeys))
  const { plan } = state
  const dirty = useMemo(() => !isSamePlan(plan, base.plan), [plan, base.plan])
  const [lane, setLane] = useState<Lane>('FUNDS')
  const [shopper, setShopper] = useState(() =>
    firstShopper('FUNDS', place.zone, new Date(page.nowIso)),
  )
  const fetcher = useFetcher<EditorAnswer>()
  const shopify = useAppBridge()
  const [asking, setAsking] = useState<'publish' | 'rename' | 'discard' | 'off' | null>(null)
  const busy = fetcher.state !== 'idle'
  useLeaveGuard(dirty)
  const sent = useRef('')
  const begin = (next: Shown) => {
    setBase(next)
    dispatch({ type: 'begin', plan: next.plan })
  }
  useFreshPage(page, dirty, sent, (next, isOurs) => (isOurs ? setBase(next) : begin(next)))

  // Playing and checking a plan may take a few hundredths of a second: typing does not wait for them.
  const settled = useDeferredValue(plan)
  const inBrowser = useInBrowser()
  const remarks = useMemo(
    () => (inBrowser ? remarksOn(settled, context) : []),
    [inBrowser, settled, context],
  )
  const whyNot = whyNotPublish(remarks, isSamePlan(plan, page.published), page.version)

  // A new step is where the next key press goes, in sight.
  const isNew = useRef(false)
  useEffect(() => {
    if (!isNew.current || !state.openStep) return
    isNew.current = false
    goTo(`step-${state.openStep}`)
  }, [state.openStep])
  const edit = (one: Edit) => {
    isNew.current = one.type === 'add' || one.type === 'duplicate'
    dispatch(one)
    if (one.type !== 'remove') return
    shopify.toast.show('Step removed', {
      action: 'Undo',
      onAction: () => dispatch({ type: 'undo' }),
    })
    document.getElementById('add-step')?.focus()
  }
  const showLane = (next: Lane) => {
    setLane(next)
    setShopper((before) => inLane(before, next))
  }
  const show = ({ stepKey, lane: where }: Pick<Remark, 'stepKey' | 'lane'>) => {
    if (where && where !== lane) showLane(where)
    if (stepKey) dispatch({ type: 'open_step', key: stepKey })
    // Its lane is drawn first.
    requestAnimationFrame(() => goTo(stepKey ? `step-${stepKey}` : where ? 'lane' : 'settings'))
  }
  const send = (fields: Record<string, string>) => {
    sent.current = planText(plan)
    fetcher.submit(
      { ...fields, seen: base.seen, version: String(base.version) },
      { method: 'post' },
    )
  }
  const save = () => send({ intent: 'save_draft', plan: planText(plan) })
  const publish = (note: string, inFlight: InFlightChoice) => {
    setAsking(null)
    send({ intent: 'publish', note, inFlight, plan: dirty ? planText(plan) : '' })
  }
  const answer = busy ? undefined : fetcher.data
  useEffect(() => {
    if (answer && 'text' in answer) shopify.toast.show(answer.text)
  }, [answer, shopify])
  useUndoKeys(dispatch)

  return (
    <Page
      fullWidth
      backAction={{ content: 'Sequences', url: '/app/sequences' }}
      title={page.name}
      titleMetadata={
        <InlineStack gap="100">
          <Badge {...(page.isOn ? { tone: 'success' as const } : {})}>
            {page.isOn ? 'On' : 'Off'}
          </Badge>
          {page.draft || dirty ? <Badge tone="attention">Draft</Badge> : null}
        </InlineStack>
      }
      subtitle={`Version ${page.versionWords}`}
      primaryAction={{
        content: 'Publish',
        disabled: whyNot !== null,
        loading: busy && fetcher.formData?.get('intent') === 'publish',
        accessibilityLabel: whyNot === null ? 'Publish' : `Publish: not possible. ${whyNot}`,
        onAction: () => setAsking('publish'),
      }}
      secondaryActions={[
        { content: 'Versions', url: `/app/sequences/${page.id}/versions` },
        { content: 'Replay', url: `/app/sequences/${page.id}/replay` },
        { content: 'Rename', onAction: () => setAsking('rename') },
        page.isOn
          ? { content: 'Turn off', onAction: () => setAsking('off') }
          : { content: 'Turn on', onAction: () => send({ intent: 'turn', isOn: 'true' }) },
        ...(page.draft
          ? [{ content: 'Discard draft', onAction: () => setAsking('discard' as const) }]
          : []),
      ]}
    >
      <TitleBar title="Sequence" />
      <UnsavedBar
        id="sequence-save-bar"
        open={dirty}
        saving={busy}
        onSave={save}
        onDiscard={() => dispatch({ type: 'begin', plan: base.plan })}
      />
      <div aria-live="polite" className="only-said">
        {/* The same words said twice are told apart, or the second time would be silent. */}
        {state.said.text}
        {state.said.count % 2 === 1 ? '\u00a0' : ''}
      </div>
      <BlockStack gap="400">
        <Answer
          answer={answer}
          isBehind={nameOf(shownBy(page)) !== nameOf(base)}
          onTake={() => begin(shownBy(page))}
        />
        <Standing page={page} whyNot={whyNot} dirty={dirty} />
        <Blocking remarks={remarks.filter(({ blocks }) => blocks)} show={show} />
        <ToKnow remarks={remarks.filter(({ blocks }) => !blocks)} show={show} />
        <div className="editor">
          <div className="editor-lanes">
            <Card padding="0">
              <LaneTabs lane={lane} remarks={remarks} onChoose={showLane} />
              <div
                className="lane-body"
                id="lane"
                role="tabpanel"
                aria-labelledby={`lane-${lane}`}
                tabIndex={-1}
              >
                <BlockStack gap="400">
                  <InlineStack align="space-between" blockAlign="start" gap="200" wrap={false}>
                    <BlockStack gap="100">
                      <Text as="h2" variant="headingMd">
                        {LANES.find((one) => one.lane === lane)?.title}
                      </Text>
                      <Text as="p" tone="subdued">
                        {LANES.find((one) => one.lane === lane)?.about}
                      </Text>
                    </BlockStack>
                    <ButtonGroup variant="segmented">
                      <Button
                        icon={UndoIcon}
                        accessibilityLabel="Undo"
                        disabled={state.past.length === 0}
                        onClick={() => dispatch({ type: 'undo' })}
                      />
                      <Button
                        icon={RedoIcon}
                        accessibilityLabel="Redo"
                        disabled={state.future.length === 0}
                        onClick={() => dispatch({ type: 'redo' })}
                      />
                    </ButtonGroup>
                  </InlineStack>
                  <div className="to-preview">
                    <Button variant="plain" onClick={() => goTo('preview')}>
                      See what will happen
                    </Button>
                  </div>
                  <LaneEditor
                    plan={plan}
                    lane={lane}
                    openStep={state.openStep}
                    remarks={remarks}
                    edit={edit}
                    open={(key) => dispatch({ type: 'open_step', key })}
                  />
                </BlockStack>
              </div>
            </Card>
          </div>
          <section className="editor-preview" id="preview" aria-label="Preview" tabIndex={-1}>
            {inBrowser ? (
              <LanePreview
                plan={settled}
                lane={lane}
                shopper={shopper}
                shoppers={page.shoppers}
                context={context}
                place={place}
                setShopper={(next) => {
                  setShopper(next)
                  if (next.caseId && next.caseId !== shopper.caseId) setLane(laneOfCode(next.code))
                }}
                openStep={(stepKey, where) => show({ stepKey, lane: where })}
              />
            ) : null}
          </section>
          <div className="editor-settings" id="settings" tabIndex={-1}>
            <PlanSettings
              plan={plan}
              remarks={remarks}
              onChange={(patch) => dispatch({ type: 'settings', patch })}
            />
          </div>
        </div>
      </BlockStack>
      <PublishModal
        open={asking === 'publish'}
        version={page.version + 1}
        inFlight={page.inFlight}
        onPublish={publish}
        onClose={() => setAsking(null)}
      />
      <RenameModal
        open={asking === 'rename'}
        name={page.name}
        onRename={(name) => {
          setAsking(null)
          send({ intent: 'rename', name })
        }}
        onClose={() => setAsking(null)}
      />
      <ConfirmModal
        id="discard-draft"
        open={asking === 'discard'}
        title="Discard the draft?"
        confirm="Discard draft"
        onConfirm={() => {
          setAsking(null)
          dispatch({ type: 'begin', plan: base.plan })
          send({ intent: 'discard_draft' })
        }}
        onClose={() => setAsking(null)}
      >
        {`What was saved since version ${page.version} is lost. The published version stays in force.`}
      </ConfirmModal>
      <ConfirmModal
        id="turn-off"
        open={asking === 'off'}
        title="Turn this sequence off?"
        confirm="Turn off"
        onConfirm={() => {
          setAsking(null)
          send({ intent: 'turn', isOn: 'false' })
        }}
        onClose={() => setAsking(null)}
      >
        New failures that it would serve open no case. Cases that are open go on.
      </ConfirmModal>
    </Page>
  )
}

function goTo(id: string): void {
  const place = document.getElementById(id)
  place?.scrollIntoView({ block: 'nearest' })
  place?.focus()
}

/** Why nothing can be published now; null: it can. */
function whyNotPublish(remarks: readonly Remark[], isSame: boolean, version: number) {
  const blocking = remarks.filter(({ blocks }) => blocks).length
  if (blocking > 0)
    return `Mend ${blocking === 1 ? 'what is' : `the ${blocking} things that are`} marked in red first.`
  return isSame ? `Nothing has changed since version ${version}.` : null
}

/** What is shown, what is in force, and whether it can be published. */
function Standing({
  page,
  whyNot,
  dirty,
}: {
  page: EditorPage
  whyNot: string | null
  dirty: boolean
}) {
  const { draft, version, inFlight, note } = page
  const cases =
    inFlight.open === 0
      ? 'No case is open.'
      : `${inFlight.open === 1 ? '1 case is' : `${inFlight.open} cases are`} open, ${inFlight.onOlder} on earlier versions.`
  return (
    <div className="page-inset">
      <Text as="p" tone="subdued">
        {draft
          ? `You are looking at a draft, ${draft.words}. Version ${version} stays in force until you publish. `
          : `Version ${version} is in force${note ? ` (“${note}”)` : ''}. `}
        {cases} {whyNot && (draft || dirty) ? whyNot : ''}
      </Text>
    </div>
  )
}

type Show = (remark: Remark) => void

/** What stands in the way of publishing, each a way to its place. */
function Blocking({ remarks, show }: { remarks: readonly Remark[]; show: Show }) {
  if (remarks.length === 0) return null
  return (
    <Banner
      tone="critical"
      title={
        remarks.length === 1
          ? 'One thing keeps this plan from being published'
          : `${remarks.length} things keep this plan from being published`
      }
    >
      <RemarkList remarks={remarks} show={show} />
    </Banner>
  )
}

/** What can be published all the same. */
function ToKnow({ remarks, show }: { remarks: readonly Remark[]; show: Show }) {
  const [isOpen, setOpen] = useState(false)
  if (remarks.length === 0) return null
  return (
    <div className="page-inset">
      <BlockStack gap="200">
        <div>
          <Button
            variant="plain"
            disclosure={isOpen ? 'up' : 'down'}
            ariaExpanded={isOpen}
            onClick={() => setOpen(!isOpen)}
          >
            {remarks.length === 1 ? 'One thing to know' : `${remarks.length} things to know`}
          </Button>
        </div>
        {isOpen ? <RemarkList remarks={remarks} show={show} /> : null}
      </BlockStack>
    </div>
  )
}

function RemarkList({ remarks, show }: { remarks: readonly Remark[]; show: Show }) {
  return (
    <List>
      {remarks.map((remark) => (
        <List.Item key={`${remark.stepKey} ${remark.lane} ${remark.input} ${remark.say}`}>
          <Button variant="plain" textAlign="left" onClick={() => show(remark)}>
            {placeOf(remark)}
          </Button>
          : {remark.say}
        </List.Item>
      ))}
    </List>
  )
}

function Answer({
  answer,
  isBehind,
  onTake,
}: {
  answer: EditorAnswer | undefined
  /** What is edited here began from a state that is over. */
  isBehind: boolean
  onTake: () => void
}) {
  if (answer?.type === 'outdated' && isBehind)
    return (
      <Banner
        tone="critical"
        title="Somebody changed this sequence meanwhile"
        action={{ content: 'Show it as it is now', onAction: onTake }}
      >
        Nothing of yours was saved. Look at the other change first: what you have on this page is
        lost then.
      </Banner>
    )
  if (answer?.type === 'refused')
    return (
      <Banner tone="critical" title="It was not saved">
        {answer.says.join(' ')}
      </Banner>
    )
  return null
}

/**
 * The page may bring another plan than the one that was begun with: ours, saved; or somebody else's, which never takes
 * away what is being written here. `sent`: the plan that we sent last.
 */
function useFreshPage(
  page: EditorPage,
  dirty: boolean,
  sent: React.RefObject<string>,
  take: (next: Shown, isOurs: boolean) => void,
) {
  const next = shownBy(page)
  const latest = useRef({ next, dirty, take })
  latest.current = { next, dirty, take }
  const name = nameOf(next)
  const known = useRef(name)
  useEffect(() => {
    if (known.current === name) return
    known.current = name
    const { next: fresh, dirty: isDirty, take: takeIt } = latest.current
    const isOurs = planText(fresh.plan) === sent.current
    if (isOurs || !isDirty) takeIt(fresh, isOurs)
  }, [name, sent])
}

/** What tells one state of the sequence from another. */
const nameOf = ({ seen, version }: Shown) => `${version} ${seen}`

/** False on the server: what depends on the browser's clock and words is drawn after the page has come alive. */
function useInBrowser(): boolean {
  const [is, setIs] = useState(false)
  useEffect(() => setIs(true), [])
  return is
}

/** Ctrl+Z and Ctrl+Shift+Z, where no text is being written. */
function useUndoKeys(dispatch: (action: { type: 'undo' | 'redo' }) => void) {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isWriting =
        event.target instanceof HTMLElement && event.target.closest('input, textarea, select')
      if (isWriting || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'z') return
      event.preventDefault()
      dispatch({ type: event.shiftKey ? 'redo' : 'undo' })
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [dispatch])
}
