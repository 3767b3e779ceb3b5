import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node'
import { useFetcher, useLoaderData, useNavigate } from '@remix-run/react'
import { TitleBar, useAppBridge } from '@shopify/app-bridge-react'
import { Badge, Banner, BlockStack, Button, Card, InlineStack, Page, Text } from '@shopify/polaris'
import { useEffect, useState } from 'react'
import { now } from '../clock.server.ts'
import { PageProblem } from '../components/PageProblem.tsx'
import { PublishModal } from '../components/PublishModal.tsx'
import { inFlightOf } from '../dunning/in-flight.server.ts'
import { loadVersions, rollBack } from '../dunning/versions.server.ts'
import { publishedAnswer } from '../insight/sequence-page.ts'
import { comparedWith, versionsPage } from '../insight/versions-page.ts'
import { staffOf } from '../staff.server.ts'

const NOT_HERE = 'This shop has no such sequence.'

export const meta: MetaFunction = () => [{ title: 'Versions · Reprise' }]

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { shop } = await staffOf(request)
  const id = idFrom(params.id)
  const [found, inFlight] = await Promise.all([
    loadVersions(shop.shop, id),
    inFlightOf(shop.shop, id),
  ])
  if (!found) throw new Response(NOT_HERE, { status: 404 })
  const asked = Number(new URL(request.url).searchParams.get('compare'))
  return {
    ...versionsPage(found, shop, now()),
    inFlight,
    compared: comparedWith(found.versions, asked),
  }
}

export async function action({ request, params }: ActionFunctionArgs) {
  const { shop, actor } = await staffOf(request)
  const form = await request.formData()
  const said = (name: string) => String(form.get(name) ?? '')
  const choice = said('inFlight')
  const result = await rollBack(
    {
      shop: shop.shop,
      sequenceId: idFrom(params.id),
      to: versionFrom(said('to')),
      seen: versionFrom(said('seen')),
      note: said('note').trim() || null,
      inFlight: choice === 'move' || choice === 'end' ? choice : 'leave',
      actor,
    },
    now(),
  )
  if (!result) throw new Response(NOT_HERE, { status: 404 })
  return publishedAnswer(result)
}

/** The number of a version; what is none belongs to no version. */
function versionFrom(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new Response(NOT_HERE, { status: 404 })
}

function idFrom(param: string | undefined): string {
  if (param && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(param)) return param
  throw new Response(NOT_HERE, { status: 404 })
}

export default function Versions() {
  const { id, name, newest, versions, hasDraft, inFlight, compared } =
    useLoaderData<typeof loader>()
  const fetcher = useFetcher<typeof action>()
  const navigate = useNavigate()
  const shopify = useAppBridge()
  const [restoring, setRestoring] = useState<number | null>(null)
  const answer = fetcher.state === 'idle' ? fetcher.data : undefined
  useEffect(() => {
    if (answer?.type === 'published') shopify.toast.show(answer.text)
  }, [answer, shopify])
  return (
    <Page
      title={`Versions of ${name}`}
      backAction={{ content: name, url: `/app/sequences/${id}` }}
      subtitle="A version never changes. A case keeps the one that it was opened with, unless you say otherwise when you publish."
    >
      <TitleBar title="Versions" />
      <BlockStack gap="400">
        {answer?.type === 'outdated' ? (
          <Banner tone="warning" title="Somebody published a newer version meanwhile">
            It is in the list now. Look at it first, and bring the earlier one back again if you
            still want to.
          </Banner>
        ) : null}
        {answer?.type === 'refused' ? (
          <Banner tone="warning" title="That was not done">
            {answer.says.join(' ')}
          </Banner>
        ) : null}
        {hasDraft ? (
          <Banner tone="info" title="A draft waits to be published">
            It is not in this list. Bringing an earlier version back leaves the draft as it is.
          </Banner>
        ) : null}
        <ol className="card-list" aria-label="Versions, newest first">
          {versions.map(({ number, badge, published, note, cases, policy, restores }) => (
            <li key={number}>
              <Card>
                <BlockStack gap="300">
                  <InlineStack align="space-between" blockAlign="center" gap="200">
                    <InlineStack gap="200" blockAlign="center">
                      <Text as="h2" variant="headingMd">
                        Version {number}
                      </Text>
                      {badge ? <Badge tone="success">{badge}</Badge> : null}
                      {restores ? <Badge>{`Brings back version ${restores}`}</Badge> : null}
                    </InlineStack>
                    <InlineStack gap="200">
                      {number > 1 ? (
                        <Button
                          pressed={compared?.number === number}
                          accessibilityLabel={`What changed in version ${number}`}
                          onClick={() =>
                            navigate(compared?.number === number ? '?' : `?compare=${number}`, {
                              preventScrollReset: true,
                            })
                          }
                        >
                          What changed
                        </Button>
                      ) : null}
                      {number === newest ? null : (
                        <Button
                          accessibilityLabel={`Bring version ${number} back`}
                          onClick={() => setRestoring(number)}
                        >
                          Bring back
                        </Button>
                      )}
                    </InlineStack>
                  </InlineStack>
                  {note ? <Text as="p">{note}</Text> : null}
                  <Text as="p" tone="subdued">
                    {[published, cases, policy].filter(Boolean).join(' · ')}
                  </Text>
                  {compared?.number === number ? <Changes compared={compared} /> : null}
                </BlockStack>
              </Card>
            </li>
          ))}
        </ol>
      </BlockStack>
      <PublishModal
        key={restoring}
        open={restoring !== null}
        version={newest + 1}
        inFlight={inFlight}
        {...(restoring === null ? {} : { restores: restoring })}
        onClose={() => setRestoring(null)}
        onPublish={(words, choice) => {
          fetcher.submit(
            { to: String(restoring), seen: String(newest), note: words, inFlight: choice },
            { method: 'post' },
          )
          setRestoring(null)
        }}
      />
    </Page>
  )
}

function Changes({ compared }: { compared: NonNullable<ReturnType<typeof comparedWith>> }) {
  const { groups, before } = compared
  if (groups.length === 0)
    return (
      <Text as="p">Nothing differs from version {before}: the same plan was published again.</Text>
    )
  return (
    <section aria-label={`What changed since version ${before}`}>
      <BlockStack gap="300">
        {groups.map(({ title, says }) => (
          <BlockStack gap="100" key={title}>
            <Text as="h3" variant="headingSm">
              {title}
            </Text>
            <ul className="plain-bullets">
              {says.map((say) => (
                <li key={say}>{say}</li>
              ))}
            </ul>
          </BlockStack>
        ))}
      </BlockStack>
    </section>
  )
}

export const ErrorBoundary = PageProblem
