import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node'
import { Form, Link as RouterLink, useLoaderData, useNavigation, useSubmit } from '@remix-run/react'
import {
  Badge,
  BlockStack,
  Button,
  Card,
  InlineGrid,
  InlineStack,
  Select,
  Text,
  TextField,
} from '@shopify/polaris'
import { useEffect, useRef, useState } from 'react'
import { now } from '../clock.server.ts'
import { CollectionsExport } from '../components/CollectionsExport.tsx'
import { EmptyCard } from '../components/EmptyCard.tsx'
import { PageProblem } from '../components/PageProblem.tsx'
import { Screen } from '../components/Screen.tsx'
import { useFreshOnReturn } from '../components/useFreshOnReturn.ts'
import { db } from '../db.server.ts'
import { countCollections } from '../insight/collections.server.ts'
import { recoveriesPage, recoveriesQuery } from '../insight/recoveries.server.ts'
import { CLASS_WORDS, STATE_FILTERS } from '../insight/words.ts'
import { staffOf } from '../staff.server.ts'

export const meta: MetaFunction = () => [{ title: 'Recoveries · Reprise' }]

export async function loader({ request }: LoaderFunctionArgs) {
  const { shop } = await staffOf(request)
  const query = recoveriesQuery(new URL(request.url).searchParams)
  const { after, before, ...filters } = query
  return {
    ...(await recoveriesPage(db, shop, query, now())),
    filters,
    collections: shop.collectionsExport ? await countCollections(db, shop.shop) : null,
  }
}

type Filters = ReturnType<typeof useLoaderData<typeof loader>>['filters']

export default function Recoveries() {
  const { rows, newer, older, currencies, empty, filters, collections } =
    useLoaderData<typeof loader>()
  useFreshOnReturn()

  if (empty) {
    return (
      <Screen title="Recoveries">
        <EmptyCard
          title="No failed payment so far"
          action={<Button url="/app/sequences">See what happens after a failure</Button>}
        >
          Each failed renewal becomes one case here, with its reason, its next step and its whole
          history.
        </EmptyCard>
      </Screen>
    )
  }
  return (
    <Screen title="Recoveries">
      <BlockStack gap="400">
        <FilterBar filters={filters} currencies={currencies} />
        {rows.length === 0 ? (
          <EmptyCard
            title="No case fits"
            action={<Button url="/app/recoveries">Clear all filters</Button>}
          >
            Choose other filters, or search for a customer, a product or a subscription number.
          </EmptyCard>
        ) : (
          <Card padding="0">
            <ul className="case-list" aria-label="Cases, newest first">
              {rows.map((row) => (
                <li key={row.id}>
                  <CaseRow {...row} />
                </li>
              ))}
            </ul>
          </Card>
        )}
        {newer || older ? (
          <InlineStack align="center" gap="200">
            <Button
              disabled={newer === null}
              {...(newer === null ? {} : { url: address(filters, { before: newer }) })}
            >
              Newer cases
            </Button>
            <Button
              disabled={older === null}
              {...(older === null ? {} : { url: address(filters, { after: older }) })}
            >
              Older cases
            </Button>
          </InlineStack>
        ) : null}
        {collections === null ? null : <CollectionsExport cases={collections} />}
      </BlockStack>
    </Screen>
  )
}

function CaseRow({
  id,
  customer,
  product,
  amount,
  status,
  why,
  next,
  opened,
}: ReturnType<typeof useLoaderData<typeof loader>>['rows'][number]) {
  return (
    <RouterLink to={`/app/recoveries/${id}`} className="case-row">
      <span>
        <Text as="span" fontWeight="semibold">
          {customer}
        </Text>
        <br />
        <Text as="span" tone="subdued" variant="bodySm">
          {product}
        </Text>
      </span>
      <span className="case-row-state">
        <Badge {...(status.tone ? { tone: status.tone } : {})}>{status.label}</Badge>
        <br />
        <Text as="span" tone="subdued" variant="bodySm">
          {why}
        </Text>
      </span>
      <Text as="span" variant="bodySm">
        {next}
      </Text>
      <span className="case-row-money">
        <Text as="span" fontWeight="semibold" numeric>
          {amount}
        </Text>
        <br />
        <Text as="span" tone="subdued" variant="bodySm">
          Opened {opened}
        </Text>
      </span>
    </RouterLink>
  )
}

function FilterBar({ filters, currencies }: { filters: Filters; currencies: string[] }) {
  const submit = useSubmit()
  const busy = useNavigation().state !== 'idle'
  const form = useRef<HTMLFormElement>(null)
  const [values, setValues] = useState(filters)
  const shown = JSON.stringify(filters)
  useEffect(() => setValues(JSON.parse(shown)), [shown])

  const set = (name: keyof Filters) => (value: string) =>
    setValues((before) => ({ ...before, [name]: value }))
  /** A choice applies at once; what is typed applies by Enter or the button. */
  const choose = (name: keyof Filters) => (value: string) => {
    const chosen = { ...values, [name]: value }
    setValues(chosen)
    submit(said(chosen), { method: 'get', preventScrollReset: true })
  }
  return (
    <Card>
      <Form method="get" ref={form} role="search" aria-label="Filter the cases">
        <BlockStack gap="300">
          <TextField
            label="Search"
            name="search"
            type="search"
            autoComplete="off"
            placeholder="Customer, product or subscription number"
            value={values.search}
            onChange={set('search')}
            connectedRight={
              <Button submit loading={busy}>
                Search
              </Button>
            }
          />
          <InlineGrid
            columns={{ xs: 2, md: currencies.length > 1 ? 5 : 4 }}
            gap="300"
            alignItems="end"
          >
            <Select
              label="State"
              name="state"
              options={STATE_FILTERS.map(({ value, label }) => ({ value, label }))}
              value={values.state}
              onChange={choose('state')}
            />
            <Select
              label="Why it failed"
              name="class"
              options={[
                { value: 'all', label: 'All reasons' },
                ...Object.entries(CLASS_WORDS).map(([value, label]) => ({ value, label })),
              ]}
              value={values.class}
              onChange={choose('class')}
            />
            <TextField
              label="Amount from"
              name="from"
              inputMode="decimal"
              autoComplete="off"
              value={values.from}
              onChange={set('from')}
            />
            <TextField
              label="Amount to"
              name="to"
              inputMode="decimal"
              autoComplete="off"
              value={values.to}
              onChange={set('to')}
            />
            {currencies.length > 1 ? (
              <Select
                label="Currency"
                name="currency"
                options={[
                  { value: 'all', label: 'All currencies' },
                  ...currencies.map((currency) => ({ value: currency, label: currency })),
                ]}
                value={values.currency}
                onChange={choose('currency')}
              />
            ) : null}
          </InlineGrid>
        </BlockStack>
      </Form>
    </Card>
  )
}

/** Only what was chosen, so that an address stays short enough to share. */
function said(filters: Filters): Record<string, string> {
  return Object.fromEntries(
    Object.entries(filters).filter(([, value]) => value !== '' && value !== 'all'),
  )
}

function address(filters: Filters, cursor: Record<string, string | null>): string {
  const params = new URLSearchParams(said(filters))
  for (const [name, value] of Object.entries(cursor)) if (value) params.set(name, value)
  return `/app/recoveries?${params}`
}

export const ErrorBoundary = PageProblem
