import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node'
import { useFetcher, useLoaderData } from '@remix-run/react'
import { TitleBar } from '@shopify/app-bridge-react'
import {
  Badge,
  Banner,
  BlockStack,
  Button,
  Card,
  InlineStack,
  Layout,
  Link,
  Page,
  Select,
  Text,
  TextField,
} from '@shopify/polaris'
import { useEffect, useState } from 'react'
import { now } from '../clock.server.ts'
import { PageProblem } from '../components/PageProblem.tsx'
import { Terms } from '../components/Terms.tsx'
import { useFreshOnReturn } from '../components/useFreshOnReturn.ts'
import { db } from '../db.server.ts'
import { auditRead } from '../dunning/audit.server.ts'
import { taskPage } from '../staff/inbox.server.ts'
import { phoneOf } from '../staff/phone.server.ts'
import { NOTE_LENGTH, outcomesOf, SNOOZES, snoozeUntil } from '../staff/task-rules.ts'
import {
  assignTask,
  finishTask,
  noteOnTask,
  reopenTask,
  snoozeTask,
} from '../staff/tasks.server.ts'
import { staffOf } from '../staff.server.ts'

export const meta: MetaFunction = () => [{ title: 'Task · Reprise' }]

const NOT_HERE = 'This shop has no such task.'

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { shop, actor } = await staffOf(request)
  const found = await taskPage(db, shop, actor, params.taskId ?? '', now())
  if (!found) throw new Response(NOT_HERE, { status: 404 })
  const { customerId, ...task } = found
  if (task.case) await auditRead(db, { shop: shop.shop, actor, caseId: task.case.id }, now())
  const number = task.call && !task.done ? await phoneOf(shop.shop, customerId) : null
  return { ...task, number }
}

type Answer = { intent: string; error: string | null }

export async function action({ request, params }: ActionFunctionArgs): Promise<Answer> {
  const { shop, actor } = await staffOf(request)
  const id = params.taskId ?? ''
  const who = { shop: shop.shop, actor }
  const form = await request.formData()
  const intent = String(form.get('intent'))
  const said = async (): Promise<string | null> => {
    switch (intent) {
      case 'assign':
        return assignTask(db, who, id, 'me', now())
      case 'unassign':
        return assignTask(db, who, id, 'nobody', now())
      case 'note':
        return noteOnTask(db, who, id, String(form.get('note') ?? '').slice(0, NOTE_LENGTH), now())
      case 'finish':
        return finishTask(db, who, id, String(form.get('outcome')), now())
      case 'reopen':
        return reopenTask(db, who, id, now())
      case 'snooze': {
        const asked = { choice: form.get('until'), date: form.get('date') }
        const put = snoozeUntil(asked, shop.zone, now())
        return 'error' in put ? put.error : snoozeTask(db, who, id, put.until, now())
      }
      case 'wake':
        return snoozeTask(db, who, id, now(), now())
      default:
        throw new Response('There is no such action.', { status: 400 })
    }
  }
  return { intent, error: await said() }
}

type PageData = ReturnType<typeof useLoaderData<typeof loader>>

export default function Task() {
  const page = useLoaderData<typeof loader>()
  useFreshOnReturn()
  return (
    <Page
      backAction={{ content: 'Tasks', url: '/app/tasks' }}
      title={page.title}
      subtitle={page.state}
      titleMetadata={
        <InlineStack gap="200">
          {page.phone ? <Badge tone="info">Phone call</Badge> : null}
          {page.urgent ? <Badge tone="warning">Runs out soon</Badge> : null}
          {page.done ? <Badge tone="success">Done</Badge> : null}
        </InlineStack>
      }
    >
      <TitleBar title="Task" />
      <Layout>
        <Layout.Section>
          <BlockStack gap="400">
            <Card>
              <BlockStack gap="200">
                <Text as="h2" variant="headingMd">
                  What happened
                </Text>
                <Text as="p" breakWord>
                  {page.body}
                </Text>
              </BlockStack>
            </Card>
            {page.call && !page.done ? <Call call={page.call} phone={page.number} /> : null}
            {page.done ? <Over byStaff={page.byStaff} /> : <Finish call={page.phone} />}
            <Note note={page.note} />
          </BlockStack>
        </Layout.Section>
        <Layout.Section variant="oneThird">
          <BlockStack gap="400">
            {page.case ? (
              <Card>
                <BlockStack gap="300">
                  <Text as="h2" variant="headingMd">
                    Recovery
                  </Text>
                  <Terms items={page.case.facts} />
                  <Link url={`/app/recoveries/${page.case.id}`}>Open the recovery</Link>
                </BlockStack>
              </Card>
            ) : null}
            {page.done ? null : <WhoAndWhen page={page} />}
          </BlockStack>
        </Layout.Section>
      </Layout>
    </Page>
  )
}

function Call({ call, phone }: { call: NonNullable<PageData['call']>; phone: PageData['number'] }) {
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          The call
        </Text>
        {phone?.number ? (
          <Text as="p" variant="headingLg">
            <Link url={`tel:${phone.number.replace(/[^+\d]/g, '')}`} target="_top">
              {phone.number}
            </Link>
          </Text>
        ) : (
          <Text as="p">{phone?.why}</Text>
        )}
        <Banner tone={call.good ? 'success' : 'warning'}>{call.when}</Banner>
        {call.script ? (
          <BlockStack gap="100">
            <Text as="h3" variant="headingSm">
              What to say
            </Text>
            <div className="task-text">{call.script}</div>
          </BlockStack>
        ) : null}
        <Text as="p" tone="subdued" variant="bodySm">
          Never ask for card details on the phone: the secure link in the notice is for that.
        </Text>
      </BlockStack>
    </Card>
  )
}

function Finish({ call }: { call: boolean }) {
  const fetcher = useFetcher<typeof action>()
  const outcomes = outcomesOf(call)
  // How a call went is never a guess of ours.
  const [outcome, setOutcome] = useState<string>(call ? '' : 'done')
  return (
    <Card>
      <fetcher.Form method="post">
        <input type="hidden" name="intent" value="finish" />
        <BlockStack gap="300">
          <Select
            label="How did it go?"
            name="outcome"
            options={outcomes}
            {...(call ? { placeholder: 'Choose' } : {})}
            value={outcome}
            onChange={setOutcome}
            error={fetcher.data?.error ?? false}
          />
          <InlineStack>
            <Button submit variant="primary" loading={fetcher.state !== 'idle'}>
              Mark as done
            </Button>
          </InlineStack>
        </BlockStack>
      </fetcher.Form>
    </Card>
  )
}

function Over({ byStaff }: { byStaff: boolean }) {
  const fetcher = useFetcher<typeof action>()
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="p">
          {byStaff ? 'This task is done.' : 'Reprise closed this task: what it asked is over.'}
        </Text>
        {byStaff ? (
          <fetcher.Form method="post">
            <input type="hidden" name="intent" value="reopen" />
            <Button submit loading={fetcher.state !== 'idle'}>
              Open again
            </Button>
          </fetcher.Form>
        ) : null}
        <Problem said={fetcher.data} />
      </BlockStack>
    </Card>
  )
}

function Note({ note }: { note: string }) {
  const fetcher = useFetcher<typeof action>()
  const [text, setText] = useState(note)
  useEffect(() => setText(note), [note])
  return (
    <Card>
      <fetcher.Form method="post">
        <input type="hidden" name="intent" value="note" />
        <BlockStack gap="300">
          <TextField
            label="Note for your staff"
            name="note"
            multiline={3}
            maxLength={NOTE_LENGTH}
            autoComplete="off"
            value={text}
            onChange={setText}
            helpText="Shoppers never see it. It is erased with the task."
            error={fetcher.data?.error ?? false}
          />
          <InlineStack>
            <Button submit loading={fetcher.state !== 'idle'} disabled={text === note}>
              Save note
            </Button>
          </InlineStack>
        </BlockStack>
      </fetcher.Form>
    </Card>
  )
}

function WhoAndWhen({
  page: { assignee, mine, snoozed },
}: {
  page: Pick<PageData, 'assignee' | 'mine' | 'snoozed'>
}) {
  const assign = useFetcher<typeof action>()
  const snooze = useFetcher<typeof action>()
  const [until, setUntil] = useState<string>('tomorrow')
  const [date, setDate] = useState('')
  return (
    <Card>
      <BlockStack gap="400">
        <BlockStack gap="200">
          <Text as="h2" variant="headingMd">
            Who and when
          </Text>
          <Text as="p">{assignee ? `Taken by ${assignee}.` : 'Nobody has taken it.'}</Text>
          <assign.Form method="post">
            <input type="hidden" name="intent" value={mine ? 'unassign' : 'assign'} />
            <Button submit loading={assign.state !== 'idle'}>
              {mine ? 'Give it back' : 'Assign to me'}
            </Button>
          </assign.Form>
          <Problem said={assign.data} />
        </BlockStack>
        <snooze.Form method="post">
          <input type="hidden" name="intent" value={snoozed ? 'wake' : 'snooze'} />
          {snoozed ? (
            <Button submit loading={snooze.state !== 'idle'}>
              Bring it back now
            </Button>
          ) : (
            <BlockStack gap="200">
              <Select
                label="Snooze until"
                name="until"
                options={SNOOZES.map(({ value, label }) => ({ value, label }))}
                value={until}
                onChange={setUntil}
              />
              {until === 'date' ? (
                <TextField
                  label="Date"
                  name="date"
                  type="date"
                  autoComplete="off"
                  value={date}
                  onChange={setDate}
                />
              ) : null}
              <InlineStack>
                <Button submit loading={snooze.state !== 'idle'}>
                  Snooze
                </Button>
              </InlineStack>
            </BlockStack>
          )}
        </snooze.Form>
        <Problem said={snooze.data} />
      </BlockStack>
    </Card>
  )
}

function Problem({ said }: { said: { error: string | null } | undefined }) {
  return (
    <div aria-live="polite">
      {said?.error ? (
        <Text as="p" tone="critical">
          {said.error}
        </Text>
      ) : null}
    </div>
  )
}

export const ErrorBoundary = PageProblem
