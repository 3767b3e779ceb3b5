import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node'
import { useFetcher, useLoaderData } from '@remix-run/react'
import { SaveBar, TitleBar, useAppBridge } from '@shopify/app-bridge-react'
import {
  Badge,
  Banner,
  BlockStack,
  Box,
  Card,
  ChoiceList,
  InlineGrid,
  Page,
  Text,
  TextField,
} from '@shopify/polaris'
import { useEffect } from 'react'
import { now } from '../clock.server.ts'
import { LaneTimeline } from '../components/LaneTimeline.tsx'
import { PageProblem } from '../components/PageProblem.tsx'
import { useDraft } from '../components/useDraft.ts'
import { db } from '../db.server.ts'
import { loadSequence, publishEdits } from '../dunning/sequences.server.ts'
import { lanesOf, runningWords, versionWords } from '../insight/sequence-page.ts'
import { FINAL_ACTIONS } from '../insight/words.ts'
import { staffOf } from '../staff.server.ts'

const NOT_HERE = 'This shop has no such sequence.'

export const meta: MetaFunction = () => [{ title: 'Sequence · Reprise' }]

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { shop } = await staffOf(request)
  const sequence = await loadSequence(db, shop.shop, idFrom(params.id))
  if (!sequence) throw new Response(NOT_HERE, { status: 404 })
  const { name, isOn, version, body } = sequence
  return {
    name,
    isOn,
    version,
    published: `Version ${versionWords(sequence, shop, now())}.`,
    running: runningWords(sequence),
    knobs: {
      isOn,
      finalAction: body.finalAction,
      deadlineDays: String(body.deadlineDays),
      graceDays: String(body.graceDays),
      stockFinalAction: body.stockFinalAction,
    },
    lanes: lanesOf(body),
  }
}

export async function action({ request, params }: ActionFunctionArgs) {
  const { shop, actor } = await staffOf(request)
  const form = await request.formData()
  const said = (name: string) => String(form.get(name) ?? '')
  const result = await publishEdits(
    db,
    {
      shop: shop.shop,
      sequenceId: idFrom(params.id),
      basedOn: Number(said('basedOn')),
      edits: {
        isOn: said('isOn') === 'true',
        finalAction: said('finalAction'),
        deadlineDays: said('deadlineDays'),
        graceDays: said('graceDays'),
        stockFinalAction: said('stockFinalAction'),
      },
      actor,
    },
    now(),
  )
  if (!result) throw new Response(NOT_HERE, { status: 404 })
  return result
}

function idFrom(param: string | undefined): string {
  if (param && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(param)) return param
  throw new Response(NOT_HERE, { status: 404 })
}

export default function SequencePage() {
  const { name, isOn, version, published, running, knobs, lanes } = useLoaderData<typeof loader>()
  const { values, dirty, set, reset } = useDraft(knobs)
  const fetcher = useFetcher<typeof action>()
  const shopify = useAppBridge()
  const saving = fetcher.state !== 'idle'
  const result = fetcher.data

  useEffect(() => {
    if (fetcher.state !== 'idle' || !fetcher.data) return
    if (fetcher.data.type === 'published') {
      shopify.toast.show(`Version ${fetcher.data.version} published`)
    } else if (fetcher.data.type === 'kept') shopify.toast.show('Saved')
  }, [fetcher.state, fetcher.data, shopify])

  const problems = result?.type === 'refused' && dirty ? result.problems : []
  const problemOf = (field: string) => problems.find((problem) => problem.field === field)?.say
  const elsewhere = problems.filter(({ field }) => !(field in knobs))
  const save = () =>
    fetcher.submit(
      { ...values, isOn: String(values.isOn), basedOn: String(version) },
      { method: 'post' },
    )

  return (
    <Page
      backAction={{ content: 'Sequences', url: '/app/sequences' }}
      title={name}
      titleMetadata={
        <Badge {...(isOn ? { tone: 'success' as const } : {})}>{isOn ? 'On' : 'Off'}</Badge>
      }
      subtitle={published}
    >
      <TitleBar title="Sequence" />
      <SaveBar id="sequence-save-bar" open={dirty}>
        <button type="button" variant="primary" onClick={save} {...(saving ? { loading: '' } : {})}>
          Save
        </button>
        <button type="button" onClick={reset}>
          Discard
        </button>
      </SaveBar>
      <BlockStack gap="400">
        {result?.type === 'outdated' && dirty ? (
          <Banner tone="critical" title="Somebody published a newer version meanwhile">
            Version {result.version} is in force now. Discard your changes, look at it, and change
            it again if you still want to.
          </Banner>
        ) : null}
        {elsewhere.length > 0 ? (
          <Banner tone="critical" title="This version cannot be published">
            {elsewhere.map(({ say }) => say).join(' ')}
          </Banner>
        ) : null}
        <Card>
          <BlockStack gap="400">
            <Text as="h2" variant="headingMd">
              How it runs and how it ends
            </Text>
            <Text as="p" tone="subdued">
              Saving publishes a new version for failures from then on. Open cases keep the version
              that they were opened with: {lowerFirst(running)}.
            </Text>
            <ChoiceList
              title="Is this sequence on?"
              choices={[
                { value: 'true', label: 'On' },
                {
                  value: 'false',
                  label: 'Off',
                  helpText: 'New failures open no case. Cases that are open go on.',
                },
              ]}
              selected={[String(values.isOn)]}
              onChange={([chosen]) => set('isOn', chosen === 'true')}
            />
            <InlineGrid columns={{ xs: 1, sm: 2 }} gap="400">
              <TextField
                label="Deadline"
                suffix="days after the first failure"
                inputMode="numeric"
                autoComplete="off"
                value={values.deadlineDays}
                onChange={(value) => set('deadlineDays', value)}
                error={problemOf('deadlineDays') ?? false}
                helpText="Ends the case. A short plan ends earlier: at 70% of its interval, and a day before its next charge."
              />
              <TextField
                label="Grace"
                suffix="days after the first failure"
                inputMode="numeric"
                autoComplete="off"
                value={values.graceDays}
                onChange={(value) => set('graceDays', value)}
                error={problemOf('graceDays') ?? false}
                helpText="Benefits are withdrawn then. It never ends a case or a subscription."
              />
            </InlineGrid>
            <ChoiceList
              title="At the deadline, if the cycle is still unpaid"
              choices={FINAL_ACTIONS.map(({ value, label, help }) => ({
                value,
                label,
                helpText: help,
              }))}
              selected={[values.finalAction]}
              onChange={([chosen]) =>
                chosen && set('finalAction', chosen as typeof values.finalAction)
              }
              error={problemOf('finalAction') ?? ''}
            />
            <ChoiceList
              title="If the product is still out of stock after five days"
              choices={[
                { value: 'skip', label: 'Skip the cycle' },
                { value: 'leave', label: 'Leave it to your staff' },
              ]}
              selected={[values.stockFinalAction]}
              onChange={([chosen]) =>
                chosen && set('stockFinalAction', chosen as typeof values.stockFinalAction)
              }
              error={problemOf('stockFinalAction') ?? ''}
            />
          </BlockStack>
        </Card>
        <Box paddingInline={{ xs: '400', sm: '0' }}>
          <Text as="p" tone="subdued">
            One time line for each kind of failure, for a plan long enough to use the whole
            deadline. SMS is not set up, so text messages are recorded as skipped.
          </Text>
        </Box>
        {lanes.map(({ lane, title, about, drawing }) => (
          <Card key={lane}>
            <BlockStack gap="300">
              <BlockStack gap="100">
                <Text as="h2" variant="headingMd">
                  {title}
                </Text>
                <Text as="p" tone="subdued">
                  {about}
                </Text>
              </BlockStack>
              <LaneTimeline drawing={drawing} />
            </BlockStack>
          </Card>
        ))}
      </BlockStack>
    </Page>
  )
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)

export const ErrorBoundary = PageProblem
