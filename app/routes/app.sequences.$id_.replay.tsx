import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node'
import { Link, useFetcher, useLoaderData } from '@remix-run/react'
import { TitleBar } from '@shopify/app-bridge-react'
import {
  Banner,
  BlockStack,
  Box,
  Button,
  Card,
  InlineStack,
  Page,
  ProgressBar,
  Text,
} from '@shopify/polaris'
import { useEffect, useState } from 'react'
import { now } from '../clock.server.ts'
import { EmptyCard } from '../components/EmptyCard.tsx'
import { PageProblem } from '../components/PageProblem.tsx'
import { Terms } from '../components/Terms.tsx'
import { loadForEditing } from '../dunning/drafts.server.ts'
import { REPLAY_CASES, REPLAY_DAYS, replayChunk } from '../dunning/replay.server.ts'
import { sumUp } from '../dunning/replay.ts'
import { replayRow, replayTerms } from '../insight/replay-page.ts'
import { staffOf } from '../staff.server.ts'

const NOT_HERE = 'This shop has no such sequence.'

export const meta: MetaFunction = () => [{ title: 'Replay · Reprise' }]

/** The first failures with the page; the page asks for the rest, a few at a time (`?skip=25`). */
export async function loader({ request, params }: LoaderFunctionArgs) {
  const { shop } = await staffOf(request)
  const at = now()
  const id = idFrom(params.id)
  const skip = Number(new URL(request.url).searchParams.get('skip') ?? 0)
  const [editing, chunk] = await Promise.all([
    loadForEditing(shop.shop, id, at),
    replayChunk(
      { shop: shop.shop, sequenceId: id, skip: Number.isInteger(skip) && skip > 0 ? skip : 0 },
      at,
    ),
  ])
  if (!editing || !chunk) throw new Response(NOT_HERE, { status: 404 })
  const { name, draft, version } = editing
  const head = {
    id,
    name,
    days: REPLAY_DAYS,
    most: REPLAY_CASES,
    plan: draft ? 'the draft' : `version ${version}`,
    /** Another plan is another replay. */
    stamp: draft ? draft.savedAt.toISOString() : String(version),
  }
  if (chunk.type === 'refused')
    return { ...head, refused: chunk.problems.map(({ say }) => say), chunk: null }
  const { cases, total, next } = chunk
  const rows = cases.map((one) => ({ ...replayRow(one, shop, at), numbers: one }))
  return { ...head, refused: null, chunk: { rows, total, next } }
}

function idFrom(param: string | undefined): string {
  if (param && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(param)) return param
  throw new Response(NOT_HERE, { status: 404 })
}

type PageData = ReturnType<typeof useLoaderData<typeof loader>>
type Rows = NonNullable<PageData['chunk']>['rows']

export default function ReplayPage() {
  const page = useLoaderData<typeof loader>()
  return <Replay key={page.stamp} page={page} />
}

function Replay({ page }: { page: PageData }) {
  const { rows, total, next } = useAllChunks(page)
  const { id, name, plan, refused } = page
  const numbers = rows.map((row) => ({
    ...row.numbers,
    failedAt: new Date(row.numbers.failedAt),
    happened: { ...row.numbers.happened, at: null },
    would: { ...row.numbers.would, at: null, firstMessageAt: null },
  }))
  return (
    <Page
      title={`Replay of ${name}`}
      backAction={{ content: name, url: `/app/sequences/${id}` }}
      subtitle={`Your failures of the last ${page.days} days, at most ${page.most}, as ${plan} would have treated them.`}
    >
      <TitleBar title="Replay" />
      <BlockStack gap="400">
        <Banner tone="info" title="What this cannot say">
          Nobody knows what a bank would have answered on another day. So every charge counts as
          declined until the day on which the money really came, and this page tells of charges,
          messages and dates: never of money.
        </Banner>
        {refused ? (
          <Banner tone="warning" title="This draft cannot be played yet">
            {refused.join(' ')}
          </Banner>
        ) : null}
        {!refused && total === 0 ? (
          <EmptyCard
            title="No failures to replay yet"
            action={<Button url={`/app/sequences/${id}`}>Back to the sequence</Button>}
          >
            Once payments have failed, you see here what this plan would have done about each. Until
            then the preview beside the editor shows it for imagined shoppers.
          </EmptyCard>
        ) : null}
        {total > 0 ? (
          <>
            <Card>
              <BlockStack gap="300">
                <Text as="h2" variant="headingMd">
                  All of them together
                </Text>
                {next === null ? null : (
                  <BlockStack gap="100">
                    <Text as="p" tone="subdued">
                      {rows.length} of {total} played so far
                    </Text>
                    <ProgressBar
                      progress={(rows.length / total) * 100}
                      size="small"
                      ariaLabelledBy="replay-progress"
                    />
                    <Text as="span" id="replay-progress" visuallyHidden>
                      Failures played
                    </Text>
                  </BlockStack>
                )}
                <Terms items={replayTerms(sumUp(numbers))} />
              </BlockStack>
            </Card>
            <Card padding="0">
              <Box padding="400">
                <InlineStack>
                  <Text as="h2" variant="headingMd">
                    One by one
                  </Text>
                </InlineStack>
              </Box>
              <Table rows={rows} plan={plan} />
            </Card>
          </>
        ) : null}
      </BlockStack>
    </Page>
  )
}

/** Asks for one chunk after another until all are here. */
function useAllChunks({ chunk, id }: PageData): { rows: Rows; total: number; next: number | null } {
  const [later, setLater] = useState<Rows>([])
  const { data, load, state } = useFetcher<typeof loader>()
  const rows = [...(chunk?.rows ?? []), ...later]
  const total = chunk?.total ?? 0
  const next = later.length === 0 ? (chunk?.next ?? null) : (data?.chunk?.next ?? null)
  useEffect(() => {
    if (state === 'idle' && next !== null) load(`/app/sequences/${id}/replay?skip=${next}`)
  }, [state, next, load, id])
  const fresh = data?.chunk?.rows
  useEffect(() => {
    if (!fresh) return
    setLater((before) => [
      ...before,
      ...fresh.filter((row) => !before.some(({ caseId }) => caseId === row.caseId)),
    ])
  }, [fresh])
  return { rows, total, next }
}

function Table({ rows, plan }: { rows: Rows; plan: string }) {
  return (
    <table className="replay-table">
      <thead>
        <tr>
          <th scope="col">Failure</th>
          <th scope="col">What was done</th>
          <th scope="col">What {plan} would have done</th>
          <th scope="col">Held back or moved by</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ caseId, failed, code, happened, would, held }) => (
          <tr key={caseId}>
            <th scope="row">
              <Link to={`/app/recoveries/${caseId}`}>{failed}</Link>
              <br />
              <Text as="span" tone="subdued" variant="bodySm">
                {code}
              </Text>
            </th>
            <td data-label="Done">{happened}</td>
            <td data-label="Would have done">{would}</td>
            <td data-label="Held back or moved by">{held}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

export const ErrorBoundary = PageProblem
