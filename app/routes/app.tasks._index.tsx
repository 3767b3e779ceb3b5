import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node'
import { Link as RouterLink, useLoaderData } from '@remix-run/react'
import { Badge, BlockStack, Button, Card, InlineStack, Text } from '@shopify/polaris'
import { now } from '../clock.server.ts'
import { EmptyCard } from '../components/EmptyCard.tsx'
import { PageProblem } from '../components/PageProblem.tsx'
import { Screen } from '../components/Screen.tsx'
import { useFreshOnReturn } from '../components/useFreshOnReturn.ts'
import { db } from '../db.server.ts'
import { inbox, TASK_FILTERS } from '../staff/inbox.server.ts'
import { staffOf } from '../staff.server.ts'

export const meta: MetaFunction = () => [{ title: 'Tasks · Reprise' }]

export async function loader({ request }: LoaderFunctionArgs) {
  const { shop, actor } = await staffOf(request)
  const said = new URL(request.url).searchParams.get('show')
  const filter = TASK_FILTERS.find((known) => known === said) ?? 'open'
  return inbox(db, shop, actor, filter, now())
}

type PageData = ReturnType<typeof useLoaderData<typeof loader>>

export default function Tasks() {
  const { filter, counts, rows, more } = useLoaderData<typeof loader>()
  useFreshOnReturn()
  return (
    <Screen title="Tasks">
      <BlockStack gap="400">
        <Filters filter={filter} counts={counts} />
        {rows.length === 0 ? (
          <Empty filter={filter} />
        ) : (
          <Card padding="0">
            <ul className="case-list" aria-label={LISTS[filter]}>
              {rows.map((row) => (
                <li key={row.id}>
                  <TaskRow {...row} />
                </li>
              ))}
            </ul>
          </Card>
        )}
        {more ? (
          <Text as="p" tone="subdued" alignment="center">
            The first 50 are shown.
          </Text>
        ) : null}
      </BlockStack>
    </Screen>
  )
}

const FILTERS: { value: PageData['filter']; label: string }[] = [
  { value: 'open', label: 'Open' },
  { value: 'mine', label: 'Mine' },
  { value: 'snoozed', label: 'Snoozed' },
  { value: 'done', label: 'Done' },
]

const LISTS: Record<PageData['filter'], string> = {
  open: 'Open tasks, most urgent first',
  mine: 'Your open tasks, most urgent first',
  snoozed: 'Snoozed tasks, the next one first',
  done: 'Tasks that are done, newest first',
}

function Filters({ filter, counts }: Pick<PageData, 'filter' | 'counts'>) {
  return (
    <nav aria-label="Which tasks">
      <ul className="task-filters">
        {FILTERS.map(({ value, label }) => (
          <li key={value}>
            <RouterLink
              to={value === 'open' ? '/app/tasks' : `/app/tasks?show=${value}`}
              className="task-filter"
              aria-current={value === filter ? 'page' : undefined}
            >
              {value === 'done' ? label : `${label} (${counts[value]})`}
            </RouterLink>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function TaskRow({
  id,
  title,
  body,
  phone,
  urgent,
  about,
  localTime,
  state,
  assignee,
}: PageData['rows'][number]) {
  return (
    <RouterLink to={`/app/tasks/${id}`} className="task-row">
      <InlineStack gap="200" blockAlign="center">
        <Text as="span" fontWeight="semibold">
          {title}
        </Text>
        {phone ? <Badge tone="info">Phone call</Badge> : null}
        {urgent ? <Badge tone="warning">Runs out soon</Badge> : null}
        {assignee ? <Badge>{`Taken by ${assignee}`}</Badge> : null}
      </InlineStack>
      <span className="task-row-body">{body}</span>
      <Text as="span" tone="subdued" variant="bodySm">
        {[about, localTime ? `there it is ${localTime}` : null, state].filter(Boolean).join(' · ')}
      </Text>
    </RouterLink>
  )
}

function Empty({ filter }: Pick<PageData, 'filter'>) {
  switch (filter) {
    case 'open':
      return (
        <EmptyCard
          title="Nothing waits for your staff"
          action={<Button url="/app/recoveries">See the recoveries</Button>}
        >
          When a payment needs a person (a phone call, stock, an address, a review), it stands here
          with what happened and what to do.
        </EmptyCard>
      )
    case 'mine':
      return (
        <EmptyCard
          title="You have taken no task"
          action={<Button url="/app/tasks">See all open tasks</Button>}
        >
          Open a task and choose “Assign to me”: then nobody else does it too.
        </EmptyCard>
      )
    case 'snoozed':
      return (
        <EmptyCard
          title="No task is snoozed"
          action={<Button url="/app/tasks">See all open tasks</Button>}
        >
          A snoozed task comes back by itself at 8:00 on the day that you choose.
        </EmptyCard>
      )
    case 'done':
      return (
        <EmptyCard
          title="No task is done so far"
          action={<Button url="/app/tasks">See all open tasks</Button>}
        >
          Tasks that are done stay here for 90 days, with how they went and who did them.
        </EmptyCard>
      )
  }
}

export const ErrorBoundary = PageProblem
