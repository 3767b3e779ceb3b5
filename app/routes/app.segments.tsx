import type {
  ActionFunctionArgs,
  LinksFunction,
  LoaderFunctionArgs,
  MetaFunction,
} from '@remix-run/node'
import { useFetcher, useLoaderData } from '@remix-run/react'
import { TitleBar, useAppBridge } from '@shopify/app-bridge-react'
import {
  Badge,
  Banner,
  BlockStack,
  Box,
  Button,
  ButtonGroup,
  Card,
  InlineStack,
  Page,
  Select,
  Text,
  TextField,
} from '@shopify/polaris'
import { ArrowDownIcon, ArrowUpIcon } from '@shopify/polaris-icons'
import { useEffect, useRef, useState } from 'react'
import { now } from '../clock.server.ts'
import { ConditionsField } from '../components/ConditionsField.tsx'
import { ConfirmModal } from '../components/ConfirmModal.tsx'
import { PageProblem } from '../components/PageProblem.tsx'
import editorStyles from '../components/sequence-editor.css?url'
import { UnsavedBar } from '../components/UnsavedBar.tsx'
import { useLeaveGuard } from '../components/useDraft.ts'
import { db } from '../db.server.ts'
import { type Condition, parseConditions, SEGMENT_FACTS } from '../dunning/conditions.ts'
import {
  deleteRule,
  loadRules,
  moveRule,
  saveRule,
  whoWouldMatch,
} from '../dunning/segments.server.ts'
import { MOST_RULES, RULE_NAME_LENGTH } from '../dunning/segments.ts'
import { listSequences } from '../dunning/sequences.server.ts'
import { defaultRow, matchWord, segmentRows, unreadWord } from '../insight/segments-page.ts'
import { staffOf } from '../staff.server.ts'

export const meta: MetaFunction = () => [{ title: 'Segments · Reprise' }]

export const links: LinksFunction = () => [{ rel: 'stylesheet', href: editorStyles }]

export async function loader({ request }: LoaderFunctionArgs) {
  const { shop } = await staffOf(request)
  const [rules, sequences] = await Promise.all([loadRules(shop.shop), listSequences(db, shop.shop)])
  const matching = await whoWouldMatch(shop.shop, rules, now())
  return {
    rows: segmentRows(rules, sequences, matching),
    other: defaultRow(sequences, matching),
    unread: unreadWord(matching),
    sequences: sequences.map(({ id, name, isOn }) => ({
      value: id,
      label: isOn ? name : `${name} (off)`,
    })),
  }
}

export async function action({ request }: ActionFunctionArgs) {
  const { shop, actor } = await staffOf(request)
  const form = await request.formData()
  const said = (name: string) => String(form.get(name) ?? '')
  const id = said('id') === '' ? null : idFrom(said('id'))
  const which = { shop: shop.shop, actor }
  const at = now()
  switch (said('intent')) {
    case 'save': {
      const sequenceId = said('sequenceId') === '' ? '' : idFrom(said('sequenceId'))
      const conditions = jsonFrom(said('conditions'))
      return saveRule({ ...which, id, name: said('name'), sequenceId, conditions }, at)
    }
    case 'delete':
      if (id) await deleteRule({ ...which, id }, at)
      return { type: 'done' as const, text: 'Segment deleted' }
    case 'move':
      if (id) await moveRule({ ...which, id, by: said('by') === '-1' ? -1 : 1 }, at)
      return { type: 'done' as const, text: 'Order saved' }
    case 'count':
      return count(shop.shop, id, jsonFrom(said('conditions')), at)
    default:
      throw new Response('The page asked for something that it cannot do. Reload it.', {
        status: 400,
      })
  }
}

/** Whom the segment would take as it is being edited, where it stands or, when new, at the end. */
async function count(shop: string, id: string | null, json: unknown, at: Date) {
  const conditions = parseConditions(json)
  if (typeof conditions === 'string') return { type: 'counted' as const, text: null }
  const saved = await loadRules(shop)
  const edited = { id: id ?? NEW, name: '', sequenceId: '', conditions }
  const rules = id ? saved.map((one) => (one.id === id ? edited : one)) : [...saved, edited]
  const matching = await whoWouldMatch(shop, rules, at)
  const found = matching.byRule.find(({ ruleId }) => ruleId === edited.id)
  return { type: 'counted' as const, text: matchWord(found, matching.cases) }
}

/** Stands for a rule that is not saved yet. */
const NEW = 'new'

function idFrom(said: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(said)) return said
  throw new Response('This shop has no such segment.', { status: 404 })
}

function jsonFrom(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

type Row = ReturnType<typeof useLoaderData<typeof loader>>['rows'][number]
type Edited = Pick<Row, 'name' | 'sequenceId' | 'conditions'> & { id: string | null }

export default function Segments() {
  const { rows, other, unread, sequences } = useLoaderData<typeof loader>()
  const fetcher = useFetcher<typeof action>()
  const shopify = useAppBridge()
  const [edited, setEdited] = useState<{ begun: Edited; now: Edited } | null>(null)
  const [deleting, setDeleting] = useState<Row | null>(null)
  const busy = fetcher.state !== 'idle'
  const answer = busy ? undefined : fetcher.data
  const dirty = edited !== null && JSON.stringify(edited.now) !== JSON.stringify(edited.begun)
  useLeaveGuard(dirty)
  useEffect(() => {
    if (answer?.type === 'done') shopify.toast.show(answer.text)
    if (answer?.type !== 'saved') return
    shopify.toast.show('Segment saved')
    setEdited(null)
  }, [answer, shopify])

  const edit = (begun: Edited) => setEdited({ begun, now: begun })
  const save = () => {
    if (!edited) return
    const { id, name, sequenceId, conditions } = edited.now
    fetcher.submit(
      { intent: 'save', id: id ?? '', name, sequenceId, conditions: JSON.stringify(conditions) },
      { method: 'post' },
    )
  }
  const form = edited ? (
    <SegmentForm
      edited={edited.now}
      sequences={sequences}
      problems={answer?.type === 'refused' ? answer.problems : []}
      onChange={(next) => setEdited({ ...edited, now: next })}
      onClose={dirty ? null : () => setEdited(null)}
    />
  ) : null
  return (
    <Page
      title="Segments"
      backAction={{ content: 'Sequences', url: '/app/sequences' }}
      subtitle="Which sequence a new case gets. The first segment that fits wins; cases that are open keep their sequence."
      primaryAction={{
        content: 'Add segment',
        disabled: edited !== null || rows.length >= MOST_RULES,
        onAction: () =>
          edit({ id: null, name: '', sequenceId: sequences[0]?.value ?? '', conditions: [] }),
      }}
    >
      <TitleBar title="Segments" />
      <UnsavedBar
        id="segment-save-bar"
        open={dirty}
        saving={busy}
        onSave={save}
        onDiscard={() => setEdited(null)}
      />
      <BlockStack gap="400">
        {answer?.type === 'gone' ? (
          <Banner tone="warning" title="That was not saved">
            The segment or its sequence is gone: somebody deleted it meanwhile.
          </Banner>
        ) : null}
        <ol className="card-list" aria-label="Segments, the first that fits wins">
          {rows.map((row, i) => (
            <li key={row.id}>
              {edited?.now.id === row.id ? (
                form
              ) : (
                <SegmentCard
                  row={row}
                  place={i + 1}
                  isLast={i === rows.length - 1}
                  locked={edited !== null || busy}
                  onEdit={() => edit(row)}
                  onDelete={() => setDeleting(row)}
                  onMove={(by) =>
                    fetcher.submit(
                      { intent: 'move', id: row.id, by: String(by) },
                      { method: 'post' },
                    )
                  }
                />
              )}
            </li>
          ))}
          {edited && edited.now.id === null ? <li key={NEW}>{form}</li> : null}
          <li key="default">
            <Card>
              <BlockStack gap="200">
                <InlineStack gap="200" blockAlign="center">
                  <Text as="h2" variant="headingMd">
                    {rows.length === 0 ? 'Every failure' : 'Whatever belongs to none of them'}
                  </Text>
                  <Badge tone="info">Default</Badge>
                </InlineStack>
                <Gets {...other} />
                <Text as="p" tone="subdued">
                  Matches now: {other.matches}. This row is always the last one, so that every
                  failure has a sequence. Which one it is, is chosen under Sequences.
                </Text>
              </BlockStack>
            </Card>
          </li>
        </ol>
        {unread ? (
          <Box paddingInline={{ xs: '400', sm: '0' }}>
            <Text as="p" tone="subdued">
              {unread}
            </Text>
          </Box>
        ) : null}
      </BlockStack>
      <ConfirmModal
        id="delete-segment"
        open={deleting !== null}
        title={`Delete ${deleting?.name ?? ''}?`}
        confirm="Delete"
        onClose={() => setDeleting(null)}
        onConfirm={() => {
          if (deleting) fetcher.submit({ intent: 'delete', id: deleting.id }, { method: 'post' })
          setDeleting(null)
        }}
      >
        New failures that it took go to the next segment that fits, or to the default sequence.
        Cases that are open keep their sequence.
      </ConfirmModal>
    </Page>
  )
}

function Gets({ gets, off }: { gets: string; off: string | null }) {
  return (
    <BlockStack gap="100">
      <InlineStack gap="200" blockAlign="center">
        <Text as="p">
          gets <b>{gets}</b>
        </Text>
        {off ? <Badge tone="warning">Not worked</Badge> : null}
      </InlineStack>
      {off ? <Text as="p">{off}</Text> : null}
    </BlockStack>
  )
}

function SegmentCard({
  row,
  place,
  isLast,
  locked,
  onEdit,
  onDelete,
  onMove,
}: {
  row: Row
  place: number
  isLast: boolean
  locked: boolean
  onEdit: () => void
  onDelete: () => void
  onMove: (by: -1 | 1) => void
}) {
  return (
    <Card>
      <BlockStack gap="200">
        <InlineStack align="space-between" blockAlign="center" gap="200">
          <InlineStack gap="200" blockAlign="center">
            <Text as="h2" variant="headingMd">
              {place}. {row.name}
            </Text>
            {row.isSkipped ? <Badge tone="critical">Cannot be read: skipped</Badge> : null}
          </InlineStack>
          <InlineStack gap="200">
            <ButtonGroup variant="segmented">
              <Button
                icon={ArrowUpIcon}
                accessibilityLabel={`Move ${row.name} up`}
                disabled={locked || place === 1}
                onClick={() => onMove(-1)}
              />
              <Button
                icon={ArrowDownIcon}
                accessibilityLabel={`Move ${row.name} down`}
                disabled={locked || isLast}
                onClick={() => onMove(1)}
              />
            </ButtonGroup>
            <Button disabled={locked} accessibilityLabel={`Edit ${row.name}`} onClick={onEdit}>
              Edit
            </Button>
            <Button
              disabled={locked}
              tone="critical"
              variant="tertiary"
              accessibilityLabel={`Delete ${row.name}`}
              onClick={onDelete}
            >
              Delete
            </Button>
          </InlineStack>
        </InlineStack>
        <Text as="p">{row.says}</Text>
        <Gets gets={row.gets} off={row.off} />
        <Text as="p" tone="subdued">
          Matches now: {row.matches}
        </Text>
      </BlockStack>
    </Card>
  )
}

function SegmentForm({
  edited,
  sequences,
  problems,
  onChange,
  onClose,
}: {
  edited: Edited
  sequences: { value: string; label: string }[]
  problems: { field: string; say: string }[]
  onChange: (next: Edited) => void
  /** Null while there is something to save or to discard. */
  onClose: (() => void) | null
}) {
  const problemOf = (field: string) => problems.find((one) => one.field === field)?.say ?? false
  const ofConditions = problems.find(({ field }) => field.startsWith('conditions'))?.say ?? false
  return (
    <Card>
      <BlockStack gap="400">
        <InlineStack align="space-between" blockAlign="center">
          <Text as="h2" variant="headingMd">
            {edited.id === null ? 'New segment' : 'Edit segment'}
          </Text>
          {onClose ? <Button onClick={onClose}>Close</Button> : null}
        </InlineStack>
        <TextField
          label="Name"
          autoComplete="off"
          maxLength={RULE_NAME_LENGTH}
          value={edited.name}
          error={problemOf('name')}
          helpText="Stands on the timeline of each case that it chose."
          onChange={(name) => onChange({ ...edited, name })}
        />
        <ConditionsField
          title="It fits when all of these hold. What is not known never holds."
          conditions={edited.conditions}
          offers={SEGMENT_FACTS}
          error={ofConditions}
          onChange={(conditions) => onChange({ ...edited, conditions })}
        />
        <Select
          label="Its cases get"
          options={sequences}
          value={edited.sequenceId}
          error={problemOf('sequenceId')}
          onChange={(sequenceId) => onChange({ ...edited, sequenceId })}
        />
        <WhoNow id={edited.id} conditions={edited.conditions} />
      </BlockStack>
    </Card>
  )
}

/** How long after the last keystroke the server is asked. Milliseconds. */
const CALM_MS = 400

function WhoNow({ id, conditions }: { id: string | null; conditions: Condition[] }) {
  const { data, submit } = useFetcher<typeof action>()
  const ask = useRef(submit)
  ask.current = submit
  const json = JSON.stringify(conditions)
  useEffect(() => {
    const timer = setTimeout(
      () => ask.current({ intent: 'count', id: id ?? '', conditions: json }, { method: 'post' }),
      CALM_MS,
    )
    return () => clearTimeout(timer)
  }, [id, json])
  const text = data?.type === 'counted' ? data.text : null
  return (
    <div aria-live="polite">
      <Text as="p" tone="subdued">
        Who would match now:{' '}
        {conditions.length === 0 ? 'nobody, it has no condition' : (text ?? '…')}
      </Text>
    </div>
  )
}

export const ErrorBoundary = PageProblem
