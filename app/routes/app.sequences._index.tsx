import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node'
import { redirect } from '@remix-run/node'
import { useFetcher, useLoaderData } from '@remix-run/react'
import { Modal, TitleBar, useAppBridge } from '@shopify/app-bridge-react'
import {
  ActionList,
  Badge,
  Banner,
  BlockStack,
  Box,
  Button,
  Card,
  ChoiceList,
  InlineStack,
  Page,
  Popover,
  Text,
} from '@shopify/polaris'
import { MenuHorizontalIcon } from '@shopify/polaris-icons'
import { useEffect, useState } from 'react'
import { now } from '../clock.server.ts'
import { ConfirmModal } from '../components/ConfirmModal.tsx'
import { EmptyCard } from '../components/EmptyCard.tsx'
import { PageProblem } from '../components/PageProblem.tsx'
import { Terms } from '../components/Terms.tsx'
import { useFreshOnReturn } from '../components/useFreshOnReturn.ts'
import { db } from '../db.server.ts'
import { type PresetKey, presets } from '../dunning/presets.ts'
import {
  archiveSequence,
  createSequence,
  duplicateSequence,
  listSequences,
  makeDefault,
  turnSequence,
} from '../dunning/sequences.server.ts'
import { sequenceSummary } from '../insight/sequence-page.ts'
import { staffOf } from '../staff.server.ts'

export const meta: MetaFunction = () => [{ title: 'Sequences · Reprise' }]

export async function loader({ request }: LoaderFunctionArgs) {
  const { shop } = await staffOf(request)
  const sequences = await listSequences(db, shop.shop)
  return {
    sequences: sequences.map((one) => sequenceSummary(one, shop, now())),
    presets: presets().map(({ key, name, sentence }) => ({ key, name, sentence })),
  }
}

export async function action({ request }: ActionFunctionArgs) {
  const { shop, actor } = await staffOf(request)
  const form = await request.formData()
  const said = (name: string) => String(form.get(name) ?? '')
  const which = { shop: shop.shop, sequenceId: idFrom(said('id')), actor }
  const at = now()
  switch (said('intent')) {
    case 'create': {
      const made = await createSequence(db, { ...which, preset: said('preset') as PresetKey }, at)
      return made.type === 'made' ? redirect(`/app/sequences/${made.id}`) : made
    }
    case 'duplicate': {
      const made = found(await duplicateSequence(db, which, at))
      return made.type === 'made' ? { type: 'done' as const, text: 'Copied' } : made
    }
    case 'turn': {
      const { isOn } = found(
        await turnSequence(db, { ...which, isOn: said('isOn') === 'true' }, at),
      )
      return { type: 'done' as const, text: isOn ? 'Turned on' : 'Turned off' }
    }
    case 'make_default': {
      const { name } = found(await makeDefault(db, which, at))
      return { type: 'done' as const, text: `${name} is the default now` }
    }
    case 'archive': {
      const archived = found(await archiveSequence(db, which, at))
      return archived.type === 'archived' ? { type: 'done' as const, text: 'Archived' } : archived
    }
    default:
      throw new Response('The page asked for something that it cannot do. Reload it.', {
        status: 400,
      })
  }
}

/** Empty where the form names none. What is no id finds no sequence. */
function idFrom(said: string): string {
  const nobody = '00000000-0000-0000-0000-000000000000'
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(said) ? said : nobody
}

function found<T>(result: T | null): T {
  if (result === null) throw new Response('This shop has no such sequence.', { status: 404 })
  return result
}

type One = ReturnType<typeof useLoaderData<typeof loader>>['sequences'][number]

export default function Sequences() {
  const { sequences, presets: offered } = useLoaderData<typeof loader>()
  const fetcher = useFetcher<typeof action>()
  const shopify = useAppBridge()
  const [adding, setAdding] = useState(false)
  const [asking, setAsking] = useState<{ what: 'archive' | 'off'; one: One } | null>(null)
  useFreshOnReturn()
  const answer = fetcher.state === 'idle' ? fetcher.data : undefined
  useEffect(() => {
    if (answer?.type === 'done') shopify.toast.show(answer.text)
  }, [answer, shopify])

  const send = (intent: string, one: One, more: Record<string, string> = {}) =>
    fetcher.submit({ intent, id: one.id, ...more }, { method: 'post' })
  return (
    <Page
      title="Sequences"
      subtitle="What happens after a failure: which charges and messages, on which day, and how it ends."
      primaryAction={{ content: 'New sequence', onAction: () => setAdding(true) }}
      secondaryActions={[{ content: 'Segments', url: '/app/segments' }]}
    >
      <TitleBar title="Sequences" />
      <BlockStack gap="400">
        {answer?.type === 'refused' ? (
          <Banner tone="warning" title="That was not done">
            {answer.say}
          </Banner>
        ) : null}
        {sequences.length === 0 ? (
          <EmptyCard
            title="No sequence yet"
            action={<Button onClick={() => setAdding(true)}>Begin with a preset</Button>}
          >
            The default sequence is made when the app is installed. Close the app and open it again
            from the admin.
          </EmptyCard>
        ) : null}
        {sequences.map((one) => (
          <Card key={one.id}>
            <BlockStack gap="300">
              <InlineStack gap="200" align="space-between" blockAlign="center">
                <InlineStack gap="200" blockAlign="center">
                  <Text as="h2" variant="headingMd">
                    {one.name}
                  </Text>
                  <Badge {...(one.isOn ? { tone: 'success' as const } : {})}>
                    {one.isOn ? 'On' : 'Off'}
                  </Badge>
                  {one.isDefault ? <Badge tone="info">Default</Badge> : null}
                  {one.hasDraft ? <Badge tone="attention">Draft</Badge> : null}
                </InlineStack>
                <InlineStack gap="200">
                  <Button url={`/app/sequences/${one.id}`} accessibilityLabel={`Open ${one.name}`}>
                    Open
                  </Button>
                  <More
                    one={one}
                    onSend={(intent, more) => send(intent, one, more)}
                    onAsk={(what) => setAsking({ what, one })}
                  />
                </InlineStack>
              </InlineStack>
              <Terms items={one.facts} />
            </BlockStack>
          </Card>
        ))}
      </BlockStack>
      <NewSequence
        open={adding}
        offered={offered}
        onClose={() => setAdding(false)}
        onCreate={(preset) => {
          setAdding(false)
          fetcher.submit({ intent: 'create', preset }, { method: 'post' })
        }}
      />
      <ConfirmModal
        id="confirm-sequence"
        open={asking !== null}
        title={
          asking?.what === 'archive'
            ? `Archive ${asking.one.name}?`
            : `Turn off ${asking?.one.name ?? ''}?`
        }
        confirm={asking?.what === 'archive' ? 'Archive' : 'Turn off'}
        onClose={() => setAsking(null)}
        onConfirm={() => {
          if (asking?.what === 'archive') send('archive', asking.one)
          if (asking?.what === 'off') send('turn', asking.one, { isOn: 'false' })
          setAsking(null)
        }}
      >
        {asking?.what === 'archive'
          ? 'It leaves this list and serves nobody any more, and its draft is dropped. Its versions are kept, and cases that are open on it go on as they were told.'
          : 'New failures that it would serve open no case: nothing is charged again and nobody is written to. Cases that are open go on.'}
      </ConfirmModal>
    </Page>
  )
}

function More({
  one,
  onSend,
  onAsk,
}: {
  one: One
  onSend: (intent: string, more?: Record<string, string>) => void
  onAsk: (what: 'archive' | 'off') => void
}) {
  const [open, setOpen] = useState(false)
  return (
    <Popover
      active={open}
      onClose={() => setOpen(false)}
      activator={
        <Button
          icon={MenuHorizontalIcon}
          accessibilityLabel={`More for ${one.name}`}
          onClick={() => setOpen(!open)}
        />
      }
    >
      <ActionList
        actionRole="menuitem"
        onActionAnyItem={() => setOpen(false)}
        items={[
          { content: 'Versions', url: `/app/sequences/${one.id}/versions` },
          { content: 'Replay past failures', url: `/app/sequences/${one.id}/replay` },
          { content: 'Duplicate', onAction: () => onSend('duplicate') },
          one.isOn
            ? { content: 'Turn off', onAction: () => onAsk('off') }
            : { content: 'Turn on', onAction: () => onSend('turn', { isOn: 'true' }) },
          ...(one.isDefault
            ? []
            : [
                // One that is off would leave almost every failure without a case.
                ...(one.isOn
                  ? [{ content: 'Make it the default', onAction: () => onSend('make_default') }]
                  : []),
                { content: 'Archive', destructive: true, onAction: () => onAsk('archive') },
              ]),
        ]}
      />
    </Popover>
  )
}

function NewSequence({
  open,
  offered,
  onCreate,
  onClose,
}: {
  open: boolean
  offered: { key: string; name: string; sentence: string }[]
  onCreate: (preset: string) => void
  onClose: () => void
}) {
  const [preset, setPreset] = useState('standard')
  return (
    <Modal id="new-sequence" open={open} onHide={onClose}>
      <Box padding="400">
        <ChoiceList
          title="Begin with"
          choices={offered.map(({ key, name, sentence }) => ({
            value: key,
            label: name,
            helpText: sentence,
          }))}
          selected={[preset]}
          onChange={([chosen]) => chosen && setPreset(chosen)}
        />
      </Box>
      <TitleBar title="New sequence">
        <button type="button" variant="primary" onClick={() => onCreate(preset)}>
          Create
        </button>
        <button type="button" onClick={onClose}>
          Not now
        </button>
      </TitleBar>
    </Modal>
  )
}

export const ErrorBoundary = PageProblem
