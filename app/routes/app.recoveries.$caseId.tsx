import { randomUUID } from 'node:crypto'
import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node'
import { useFetcher, useLoaderData } from '@remix-run/react'
import { TitleBar } from '@shopify/app-bridge-react'
import {
  Badge,
  Banner,
  BlockStack,
  Box,
  Button,
  Card,
  InlineError,
  InlineStack,
  Layout,
  Link,
  Page,
  Text,
} from '@shopify/polaris'
import { useState } from 'react'
import { now } from '../clock.server.ts'
import { ConfirmModal } from '../components/ConfirmModal.tsx'
import { PageProblem } from '../components/PageProblem.tsx'
import { Terms } from '../components/Terms.tsx'
import { useFreshOnReturn } from '../components/useFreshOnReturn.ts'
import { db } from '../db.server.ts'
import { audit, auditRead } from '../dunning/audit.server.ts'
import { handleEvent } from '../dunning/handle-event.server.ts'
import { driveCaseAgain } from '../dunning/set-aside.server.ts'
import type { DunningEvent } from '../dunning/types.ts'
import { STAFF_ACTIONS, type StaffAction, type StaffActions } from '../insight/actions.ts'
import { hasCase, recoveryPage } from '../insight/recovery.server.ts'
import { operatorStop } from '../place.server.ts'
import { withdrawLink } from '../shopper/withdraw-link.server.ts'
import { finishTask } from '../staff/tasks.server.ts'
import { staffOf } from '../staff.server.ts'

const NOT_HERE = 'This shop has no such case. It may have been opened for another shop.'

export const meta: MetaFunction = () => [{ title: 'Recovery · Reprise' }]

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { shop, actor } = await staffOf(request)
  const caseId = caseIdFrom(params.caseId)
  const page = await recoveryPage(db, shop, caseId, operatorStop(), now())
  if (!page) throw new Response(NOT_HERE, { status: 404 })
  await auditRead(db, { shop: shop.shop, actor, caseId }, now())
  return page
}

export async function action({ request, params }: ActionFunctionArgs) {
  const { shop, actor, by } = await staffOf(request)
  const caseId = caseIdFrom(params.caseId)
  if (!(await hasCase(db, shop.shop, caseId))) throw new Response(NOT_HERE, { status: 404 })
  const form = await request.formData()
  const intent = String(form.get('intent'))

  if (intent === 'finish_task') {
    const who = { shop: shop.shop, actor }
    const error = await finishTask(db, who, String(form.get('id')), 'done', now())
    return { because: null, error }
  }
  if (intent === 'drive_again') {
    const driven = await driveCaseAgain(shop.shop, caseId, actor, now())
    return driven
      ? { because: 'The case is driven again.', error: null }
      : { because: null, error: 'The case is not set aside any more.' }
  }
  if (intent === 'withdraw_link') {
    const withdrawn = await withdrawLink(db, { shop: shop.shop, caseId, actor, by }, now())
    return withdrawn
      ? { because: 'The link opens nothing any more.', error: null }
      : { because: null, error: NOT_HERE }
  }
  const wanted = STAFF_ACTIONS.find((known) => known === intent)
  if (!wanted) throw new Response('There is no such action.', { status: 400 })
  const correlationId = randomUUID()
  await audit(db, { shop: shop.shop, actor, action: `case.${wanted}_asked`, target: caseId }, now())
  const answer = await handleEvent({
    shop: shop.shop,
    caseId,
    event: eventFor(wanted, by),
    actor,
    correlationId,
  })
  return 'error' in answer
    ? { because: null, error: answer.error }
    : { because: answer.because, error: null }
}

function caseIdFrom(param: string | undefined): string {
  if (param && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(param)) return param
  throw new Response(NOT_HERE, { status: 404 })
}

function eventFor(action: StaffAction, by: string): DunningEvent {
  switch (action) {
    case 'retry':
      return { type: 'staff_retry', by }
    case 'hold':
      return { type: 'staff_hold', by }
    case 'release':
      return { type: 'staff_release', by }
    case 'close':
      return { type: 'staff_close', by }
    case 'pause':
      return { type: 'staff_pause_contract', by }
  }
}

type PageData = ReturnType<typeof useLoaderData<typeof loader>>

export default function Recovery() {
  const page = useLoaderData<typeof loader>()
  useFreshOnReturn()

  return (
    <Page
      backAction={{ content: 'Recoveries', url: '/app/recoveries' }}
      title={page.customer}
      subtitle={`${page.product} · ${page.amount}`}
      titleMetadata={
        <Badge {...(page.status.tone ? { tone: page.status.tone } : {})}>{page.status.label}</Badge>
      }
    >
      <TitleBar title="Recovery" />
      <Layout>
        <Layout.Section>
          <BlockStack gap="400">
            <Card>
              <BlockStack gap="200">
                <Text as="h2" variant="headingLg">
                  {page.headline.title}
                </Text>
                <Text as="p" breakWord>
                  {page.headline.detail}
                </Text>
                {page.setAside ? <DriveAgain /> : null}
                <Text as="p" tone="subdued" variant="bodySm">
                  {page.zone}
                </Text>
              </BlockStack>
            </Card>
            <Steps
              next={page.next}
              past={page.past}
              terminal={page.terminal}
              frozen={page.frozen}
            />
            <Timeline entries={page.timeline} />
            <Messages messages={page.messages} />
          </BlockStack>
        </Layout.Section>
        <Layout.Section variant="oneThird">
          <BlockStack gap="400">
            {page.terminal ? null : <Actions actions={page.actions} customer={page.customer} />}
            <Tasks tasks={page.tasks} />
            <Card>
              <BlockStack gap="300">
                <Text as="h2" variant="headingMd">
                  Details
                </Text>
                <Terms items={page.facts} />
                <InlineStack gap="400">
                  {page.links.map(({ label, url }) => (
                    <Link key={url} url={url} target="_top">
                      {label}
                    </Link>
                  ))}
                </InlineStack>
              </BlockStack>
            </Card>
            <Payment method={page.method} decline={page.decline} attempts={page.attempts} />
          </BlockStack>
        </Layout.Section>
      </Layout>
    </Page>
  )
}

/** For a case that was set aside: its cause is put right, and it goes on. */
function DriveAgain() {
  const fetcher = useFetcher<typeof action>()
  const error = fetcher.data?.error
  return (
    <fetcher.Form method="post">
      <input type="hidden" name="intent" value="drive_again" />
      <BlockStack gap="200">
        <InlineStack>
          <Button submit variant="primary" loading={fetcher.state !== 'idle'}>
            Drive again
          </Button>
        </InlineStack>
        {error ? <InlineError message={error} fieldID="drive-again" /> : null}
      </BlockStack>
    </fetcher.Form>
  )
}

function Steps({
  next,
  past,
  terminal,
  frozen,
}: Pick<PageData, 'next' | 'past' | 'terminal' | 'frozen'>) {
  const [open, setOpen] = useState(false)
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          Next steps
        </Text>
        {next.length === 0 ? (
          <Text as="p" tone="subdued">
            {terminal ? 'None: this case has ended.' : 'None is planned.'}
          </Text>
        ) : (
          <>
            {frozen ? (
              <Text as="p" tone="subdued">
                While on hold none of it happens; the dates move by the time that it lasts.
              </Text>
            ) : null}
            <ol className="plain-list">
              {next.map(({ id, mark, what, when }) => (
                <li key={id}>
                  <InlineStack align="space-between" gap="200">
                    <Text as="span" fontWeight="medium">
                      {mark} · {what}
                    </Text>
                    <Text as="span">{when}</Text>
                  </InlineStack>
                </li>
              ))}
            </ol>
          </>
        )}
        {past.length > 0 ? (
          <InlineStack>
            <Button
              variant="plain"
              ariaExpanded={open}
              ariaControls="past-steps"
              disclosure={open ? 'up' : 'down'}
              onClick={() => setOpen(!open)}
            >
              {`Earlier steps (${past.length})`}
            </Button>
          </InlineStack>
        ) : null}
        <div id="past-steps" hidden={!open}>
          <ul className="plain-list">
            {past.map(({ id, mark, what, when, state, reason }) => (
              <li key={id}>
                <InlineStack align="space-between" gap="200">
                  <Text as="span">
                    {mark} · {what}: {state.toLowerCase()}
                  </Text>
                  <Text as="span" tone="subdued">
                    {when}
                  </Text>
                </InlineStack>
                {reason ? (
                  <Text as="p" tone="subdued" variant="bodySm">
                    {reason}
                  </Text>
                ) : null}
              </li>
            ))}
          </ul>
        </div>
      </BlockStack>
    </Card>
  )
}

function Timeline({ entries }: { entries: PageData['timeline'] }) {
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          What happened, and why
        </Text>
        <ol className="case-timeline" reversed aria-label="Timeline, newest first">
          {entries.map(({ seq, when, who, because }) => (
            <li key={seq}>
              <Text as="p" breakWord>
                {because}
              </Text>
              <Text as="p" tone="subdued" variant="bodySm">
                {when} · {who}
              </Text>
            </li>
          ))}
        </ol>
      </BlockStack>
    </Card>
  )
}

const BUTTONS: { action: StaffAction; label: string }[] = [
  { action: 'retry', label: 'Retry now' },
  { action: 'hold', label: 'Put on hold' },
  { action: 'release', label: 'Release' },
  { action: 'pause', label: 'Pause subscription' },
  { action: 'close', label: 'Close case' },
]

/** What a confirmation says before something that staff cannot take back here. */
const CONFIRM: Partial<
  Record<StaffAction, { title: string; text: (who: string) => string; yes: string }>
> = {
  pause: {
    title: 'Pause this subscription?',
    text: (who) =>
      `${who} is not charged and gets no delivery until somebody resumes it. The case waits meanwhile.`,
    yes: 'Pause subscription',
  },
  close: {
    title: 'Close this case?',
    text: (who) =>
      `Reprise makes no further attempt and sends ${who} no further notice for this cycle. The cycle stays unpaid, and the case cannot be opened again.`,
    yes: 'Close case',
  },
}

function Actions({ actions, customer }: { actions: StaffActions; customer: string }) {
  const fetcher = useFetcher<typeof action>()
  const [asking, setAsking] = useState<StaffAction | null>(null)
  const busy = fetcher.state !== 'idle'
  const sent = fetcher.formData?.get('intent')
  const send = (intent: StaffAction) => fetcher.submit({ intent }, { method: 'post' })
  // Hold and release exclude each other: only the one that applies is shown.
  const shown = BUTTONS.filter(({ action }) =>
    action === 'release' ? actions.hold !== null : action === 'hold' ? actions.hold === null : true,
  )
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          What you can do
        </Text>
        {shown.map(({ action, label }) => {
          const whyNot = actions[action]
          return (
            <BlockStack key={action} gap="100">
              <Button
                fullWidth
                variant={action === 'retry' && whyNot === null ? 'primary' : 'secondary'}
                {...(action === 'close' ? { tone: 'critical' as const } : {})}
                disabled={whyNot !== null || (busy && sent !== action)}
                loading={busy && sent === action}
                accessibilityLabel={whyNot === null ? label : `${label}: not possible. ${whyNot}`}
                onClick={() => (CONFIRM[action] ? setAsking(action) : send(action))}
              >
                {label}
              </Button>
              {whyNot === null ? null : (
                <Text as="p" tone="subdued" variant="bodySm">
                  {whyNot}
                </Text>
              )}
            </BlockStack>
          )
        })}
        <div aria-live="polite">
          {fetcher.data?.because && !busy ? (
            <Banner tone="info" title="Answer">
              {capital(fetcher.data.because)}
            </Banner>
          ) : null}
          {fetcher.data?.error && !busy ? (
            <InlineError message={fetcher.data.error} fieldID="case-actions" />
          ) : null}
        </div>
      </BlockStack>
      {(['pause', 'close'] as const).map((action) => {
        const words = CONFIRM[action]
        if (!words) return null
        return (
          <ConfirmModal
            key={action}
            id={`confirm-${action}`}
            open={asking === action}
            title={words.title}
            confirm={words.yes}
            onConfirm={() => {
              setAsking(null)
              send(action)
            }}
            onClose={() => setAsking(null)}
          >
            {words.text(customer)}
          </ConfirmModal>
        )
      })}
    </Card>
  )
}

function Tasks({ tasks }: { tasks: PageData['tasks'] }) {
  const fetcher = useFetcher()
  if (tasks.length === 0) return null
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          For your staff
        </Text>
        <ul className="plain-list">
          {tasks.map(({ id, title, body, since, done, phone }) => (
            <li key={id}>
              <BlockStack gap="200">
                <Text as="h3" variant="headingSm">
                  <Link url={`/app/tasks/${id}`}>{title}</Link>
                </Text>
                <Text as="p" breakWord>
                  {body}
                </Text>
                <Text as="p" tone="subdued" variant="bodySm">
                  {done ?? `Since ${since}`}
                </Text>
                {done || phone ? null : (
                  <fetcher.Form method="post">
                    <input type="hidden" name="intent" value="finish_task" />
                    <input type="hidden" name="id" value={id} />
                    <Button submit accessibilityLabel={`Mark as done: ${title}`}>
                      Mark as done
                    </Button>
                  </fetcher.Form>
                )}
              </BlockStack>
            </li>
          ))}
        </ul>
      </BlockStack>
    </Card>
  )
}

function Payment({ method, decline, attempts }: Pick<PageData, 'method' | 'decline' | 'attempts'>) {
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          Payment
        </Text>
        {method ? (
          <BlockStack gap="100">
            <Text as="p" fontWeight="semibold">
              {method.label}
            </Text>
            <Text as="p" variant="bodySm">
              {method.onCycle}
            </Text>
            <Text as="p" variant="bodySm">
              {method.onMethod}
            </Text>
          </BlockStack>
        ) : (
          <Text as="p">Shopify shows no payment method for this subscription.</Text>
        )}
        {decline ? (
          <Box>
            <Text as="p" fontWeight="semibold">
              Latest reason: {decline.kind}
            </Text>
            <Text as="p" variant="bodySm" breakWord>
              {decline.meaning} ({decline.code})
            </Text>
          </Box>
        ) : null}
        <Text as="h3" variant="headingSm">
          Attempts
        </Text>
        <ol className="plain-list">
          {attempts.map(({ id, number, when, why, result }) => (
            <li key={id}>
              <Text as="p" breakWord>
                {number}. {result}
              </Text>
              <Text as="p" tone="subdued" variant="bodySm">
                {when} · {why}
              </Text>
            </li>
          ))}
        </ol>
      </BlockStack>
    </Card>
  )
}

function Messages({ messages }: { messages: PageData['messages'] }) {
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          Notices to the shopper
        </Text>
        {messages.length === 0 ? (
          <Text as="p" tone="subdued">
            None so far.
          </Text>
        ) : (
          <ul className="plain-list">
            {messages.map(({ id, what, when, state, tone, reason }) => (
              <li key={id}>
                <BlockStack gap="100">
                  <Text as="p" breakWord>
                    {what}
                  </Text>
                  <InlineStack gap="200" blockAlign="center">
                    <Badge {...(tone ? { tone } : {})}>{state}</Badge>
                    <Text as="span" tone="subdued" variant="bodySm">
                      {when}
                    </Text>
                  </InlineStack>
                  {reason ? (
                    <Text as="p" tone="subdued" variant="bodySm">
                      {reason}
                    </Text>
                  ) : null}
                </BlockStack>
              </li>
            ))}
          </ul>
        )}
        {messages.length > 0 ? <WithdrawLink /> : null}
      </BlockStack>
    </Card>
  )
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

export const ErrorBoundary = PageProblem

/** For a notice that was forwarded, or reached somebody else. */
function WithdrawLink() {
  const fetcher = useFetcher<typeof action>()
  const [asking, setAsking] = useState(false)
  const busy = fetcher.state !== 'idle'
  return (
    <BlockStack gap="200">
      <InlineStack>
        <Button variant="plain" loading={busy} onClick={() => setAsking(true)}>
          Withdraw the link in these notices
        </Button>
      </InlineStack>
      <div aria-live="polite">
        {fetcher.data?.because && !busy ? <Text as="p">{fetcher.data.because}</Text> : null}
        {fetcher.data?.error && !busy ? (
          <InlineError message={fetcher.data.error} fieldID="withdraw-link" />
        ) : null}
      </div>
      <ConfirmModal
        id="confirm-withdraw"
        open={asking}
        title="Withdraw the link?"
        confirm="Withdraw the link"
        onConfirm={() => {
          setAsking(false)
          fetcher.submit({ intent: 'withdraw_link' }, { method: 'post' })
        }}
        onClose={() => setAsking(false)}
      >
        The link in the notices sent so far opens nothing any more, for anybody who has it. The next
        notice carries a new one; the account page stays open to the shopper. Nothing else changes.
      </ConfirmModal>
    </BlockStack>
  )
}
