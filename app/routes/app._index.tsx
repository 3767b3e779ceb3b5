import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node'
import { useFetcher, useLoaderData } from '@remix-run/react'
import {
  Banner,
  BlockStack,
  Button,
  Card,
  InlineGrid,
  InlineStack,
  Link,
  Text,
} from '@shopify/polaris'
import { now, realNow } from '../clock.server.ts'
import { BrakeNotice } from '../components/BrakeNotice.tsx'
import { EmptyCard } from '../components/EmptyCard.tsx'
import { FrozenNotice } from '../components/FrozenNotice.tsx'
import { OldFailures } from '../components/OldFailures.tsx'
import { PageProblem } from '../components/PageProblem.tsx'
import { Screen } from '../components/Screen.tsx'
import { Tiles } from '../components/Tiles.tsx'
import { useFreshOnReturn } from '../components/useFreshOnReturn.ts'
import { db } from '../db.server.ts'
import { releaseBrake } from '../dunning/brake.server.ts'
import { driveEventAgain } from '../dunning/settings.server.ts'
import { brakePage } from '../insight/brake.server.ts'
import { type Feedback, feedbackOf } from '../insight/feedback.server.ts'
import { frozenCases } from '../insight/frozen.server.ts'
import { type HomePage, homePage, WORKER_SILENT_SECONDS } from '../insight/home.server.ts'
import { oldFailures } from '../insight/old-failures.server.ts'
import { whyStopped } from '../insight/recovery.server.ts'
import { operatorStop } from '../place.server.ts'
import { finishTask } from '../staff/tasks.server.ts'
import { staffOf } from '../staff.server.ts'

export const meta: MetaFunction = () => [{ title: 'Home · Reprise' }]

export async function loader({ request }: LoaderFunctionArgs) {
  const { shop, redirect } = await staffOf(request)
  const later = new URL(request.url).searchParams.has('later')
  if (!shop.recoveryStartedAt && !later) throw redirect('/app/welcome')
  const page = await homePage(db, shop, now(), realNow())
  return {
    ...page,
    brake: await brakePage(db, shop, now()),
    frozen: await frozenCases(db, shop),
    feedback: await feedbackOf(db, shop.shop, now()),
    oldFailures: await oldFailures(db, shop, now()),
    started: shop.recoveryStartedAt !== null,
    stopped: whyStopped(shop, operatorStop()),
    workerSilent: page.workerAgeSeconds === null || page.workerAgeSeconds >= WORKER_SILENT_SECONDS,
  }
}

export async function action({ request }: ActionFunctionArgs) {
  const { shop, actor, by } = await staffOf(request)
  const form = await request.formData()
  const id = String(form.get('id'))
  if (form.get('intent') === 'finish_task')
    await finishTask(db, { shop: shop.shop, actor }, id, 'done', now())
  if (form.get('intent') === 'drive_event') await driveEventAgain(db, shop.shop, id, actor, now())
  if (form.get('intent') === 'release_brake')
    await releaseBrake(shop.shop, actor, `the shop was let go on by ${by}`, now())
  return null
}

export default function Home() {
  const page = useLoaderData<typeof loader>()
  useFreshOnReturn()

  return (
    <Screen title="Home">
      <BlockStack gap="400">
        <Notice {...page} />
        <BrakeNotice brake={page.brake} />
        <FrozenNotice frozen={page.frozen} />
        <OldFailures failures={page.oldFailures} />
        {page.empty ? (
          <EmptyCard
            title="No failed payment so far"
            action={<Button url="/app/sequences">See what happens after a failure</Button>}
          >
            When Shopify reports that a renewal of yours failed, it appears here with its amount,
            the reason the bank gave, and the date of the next step.
          </EmptyCard>
        ) : null}
        <Tiles tiles={page.tiles} />
        <InlineGrid columns={{ xs: 1, md: 2 }} gap="400" alignItems="start">
          <Waiting {...page.waiting} />
          <Upcoming upcoming={page.upcoming} />
        </InlineGrid>
        <Tasks tasks={page.tasks} />
        <Said feedback={page.feedback} />
        <DeadEvents events={page.deadEvents} />
      </BlockStack>
    </Screen>
  )
}

/** One notice at most, the weightiest first. */
function Notice({
  started,
  stopped,
  workerSilent,
  workerAgeSeconds,
}: {
  started: boolean
  stopped: string | null
  workerSilent: boolean
  workerAgeSeconds: number | null
}) {
  if (!started) {
    return (
      <Banner
        tone="info"
        title="Recovery is off"
        action={{ content: 'Finish setting up', url: '/app/welcome' }}
      >
        Nothing is charged and nobody is written to until you press “Start recovering”.
      </Banner>
    )
  }
  if (stopped) {
    return (
      <Banner
        tone="warning"
        title="Everything is stopped"
        action={{ content: 'Open Settings', url: '/app/settings' }}
      >
        {stopped} Nothing is charged and nobody is written to.
      </Banner>
    )
  }
  if (workerSilent) {
    return (
      <Banner tone="warning" title="No worker is running">
        {workerAgeSeconds === null
          ? 'None was ever heard of.'
          : `The last sign of one was ${workerAgeSeconds} seconds ago.`}{' '}
        Failures are still received and kept, but nothing is charged or sent until the operator of
        this app starts a worker.
      </Banner>
    )
  }
  return null
}

function Waiting({
  shopper,
  staff,
  stuck,
  held,
}: {
  shopper: number
  staff: number
  stuck: number
  held: number
}) {
  const lines = [
    { state: 'awaiting_customer', label: 'Waiting for the shopper', count: shopper },
    { state: 'awaiting_merchant', label: 'Waiting for your staff', count: staff },
    { state: 'stuck', label: 'Stuck: a charge in doubt, or set aside', count: stuck },
    { state: 'held', label: 'On hold', count: held },
  ]
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          Waiting
        </Text>
        <ul className="plain-list">
          {lines.map(({ state, label, count }) => (
            <li key={state}>
              <InlineStack align="space-between" gap="200" wrap={false}>
                {count === 0 ? (
                  <Text as="span" tone="subdued">
                    {label}
                  </Text>
                ) : (
                  <Link url={`/app/recoveries?state=${state}`}>{label}</Link>
                )}
                <Text as="span" fontWeight={count === 0 ? 'regular' : 'semibold'} numeric>
                  {count}
                </Text>
              </InlineStack>
            </li>
          ))}
        </ul>
      </BlockStack>
    </Card>
  )
}

function Upcoming({
  upcoming,
}: {
  upcoming: { caseId: string; who: string; what: string; when: string; amount: string }[]
}) {
  return (
    <Card>
      <BlockStack gap="300">
        <InlineStack align="space-between">
          <Text as="h2" variant="headingMd">
            Coming up
          </Text>
          <Link url="/app/recoveries?state=active">All open cases</Link>
        </InlineStack>
        {upcoming.length === 0 ? (
          <Text as="p" tone="subdued">
            Nothing is planned.
          </Text>
        ) : (
          <ul className="plain-list">
            {upcoming.map(({ caseId, who, what, when, amount }) => (
              <li key={caseId}>
                <InlineStack align="space-between" gap="200" wrap={false}>
                  <Link url={`/app/recoveries/${caseId}`}>{who}</Link>
                  <Text as="span" numeric>
                    {amount}
                  </Text>
                </InlineStack>
                <Text as="p" tone="subdued" variant="bodySm">
                  {what} · {when}
                </Text>
              </li>
            ))}
          </ul>
        )}
      </BlockStack>
    </Card>
  )
}

function Tasks({ tasks }: { tasks: HomePage['tasks'] }) {
  const fetcher = useFetcher()
  if (tasks.length === 0) return null
  return (
    <Card>
      <BlockStack gap="300">
        <InlineStack align="space-between">
          <Text as="h2" variant="headingMd">
            For your staff
          </Text>
          <Link url="/app/tasks">All tasks</Link>
        </InlineStack>
        <ul className="plain-list">
          {tasks.map(({ id, caseId, title, body, since, phone }) => (
            <li key={id}>
              <BlockStack gap="200">
                <Text as="h3" variant="headingSm">
                  <Link url={`/app/tasks/${id}`}>{title}</Link>
                </Text>
                <Text as="p" breakWord>
                  {body}
                </Text>
                <InlineStack gap="300" blockAlign="center">
                  {caseId ? <Link url={`/app/recoveries/${caseId}`}>Open the case</Link> : null}
                  {phone ? null : (
                    <fetcher.Form method="post">
                      <input type="hidden" name="id" value={id} />
                      <input type="hidden" name="intent" value="finish_task" />
                      <Button submit accessibilityLabel={`Mark as done: ${title}`}>
                        Mark as done
                      </Button>
                    </fetcher.Form>
                  )}
                  <Text as="span" tone="subdued" variant="bodySm">
                    Since {since}
                  </Text>
                </InlineStack>
              </BlockStack>
            </li>
          ))}
        </ul>
      </BlockStack>
    </Card>
  )
}

function Said({ feedback }: { feedback: Feedback | null }) {
  if (feedback === null) return null
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          How it was for shoppers
        </Text>
        <ul className="plain-list">
          {feedback.lines.map(({ label, count }) => (
            <li key={label}>
              <InlineStack align="space-between" gap="200" wrap={false}>
                <Text as="span">{label}</Text>
                <Text as="span" numeric>
                  {count}
                </Text>
              </InlineStack>
            </li>
          ))}
        </ul>
        <Text as="p" tone="subdued" variant="bodySm">
          {feedback.meaning}
        </Text>
      </BlockStack>
    </Card>
  )
}

function DeadEvents({
  events,
}: {
  events: { id: string; topic: string; received: string; error: string }[]
}) {
  const fetcher = useFetcher()
  if (events.length === 0) return null
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          Messages from Shopify that could not be handled
        </Text>
        <Text as="p" tone="subdued">
          Each was tried eight times. Nothing is lost: it is kept and can be tried again.
        </Text>
        <ul className="plain-list">
          {events.map(({ id, topic, received, error }) => (
            <li key={id}>
              <BlockStack gap="200">
                <Text as="h3" variant="headingSm">
                  {topic}, {received}
                </Text>
                <Text as="p" breakWord>
                  {error}
                </Text>
                <fetcher.Form method="post">
                  <input type="hidden" name="id" value={id} />
                  <input type="hidden" name="intent" value="drive_event" />
                  <Button submit accessibilityLabel={`Try again: ${topic}, ${received}`}>
                    Try again
                  </Button>
                </fetcher.Form>
              </BlockStack>
            </li>
          ))}
        </ul>
      </BlockStack>
    </Card>
  )
}

export const ErrorBoundary = PageProblem
