import { useFetcher } from '@remix-run/react'
import {
  BlockStack,
  Button,
  Card,
  ChoiceList,
  InlineError,
  InlineStack,
  Link,
  Text,
} from '@shopify/polaris'
import { useState } from 'react'

/** As app/insight/old-failures.server.ts makes it. */
export type OldFailuresProps = {
  waiting: number
  left: number
  ages: { age: string; count: string; money: string[] }[]
  total: string[]
  perDay?: number | null
  recoveryOn: boolean
}

/** Where the decision is posted, from whichever page it is asked on. */
const PAGE = '/app/old-failures'

/** On Home and in first run: the payments from before, until the merchant has decided and none waits any more. */
export function OldFailures({ failures }: { failures: OldFailuresProps }) {
  const { waiting, perDay } = failures
  if (waiting === 0) return null
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          Payments that failed before you started
        </Text>
        {perDay === undefined ? (
          <>
            <WhatWasFound {...failures} />
            <Decide {...failures} />
          </>
        ) : (
          <>
            <Text as="p">
              {waiting} still wait; {perDay} a day are started, the newest first.
            </Text>
            <Link url={PAGE}>Payments from before</Link>
          </>
        )}
      </BlockStack>
    </Card>
  )
}

/** How old they are and how much they come to, each currency by itself. */
export function WhatWasFound({
  waiting,
  left,
  ages,
  total,
}: Pick<OldFailuresProps, 'waiting' | 'left' | 'ages' | 'total'>) {
  return (
    <BlockStack gap="300">
      <Text as="p">
        {count(waiting + left)} of active subscriptions failed before recovery was started and are
        unpaid still: {total.join(' and ')} before tax. Reprise has charged nothing for them and
        written to nobody.
      </Text>
      <ul className="plain-list">
        {ages.map(({ age, count: payments, money }) => (
          <li key={age}>
            <InlineStack align="space-between" gap="200">
              <Text as="span">
                {age}: {payments}
              </Text>
              <Text as="span" numeric>
                {money.join(' · ')}
              </Text>
            </InlineStack>
          </li>
        ))}
      </ul>
    </BlockStack>
  )
}

const CHOICES = [
  { value: '10', label: 'Start 10 a day' },
  { value: '25', label: 'Start 25 a day' },
  { value: '50', label: 'Start 50 a day' },
  { value: 'leave', label: 'Leave them alone' },
]

/** The merchant's word. Nothing starts without it, nor before recovery itself is on. */
export function Decide({ perDay, recoveryOn }: Pick<OldFailuresProps, 'perDay' | 'recoveryOn'>) {
  const fetcher = useFetcher<{ error: string | null }>()
  const saved = perDay === undefined ? '10' : String(perDay ?? 'leave')
  const [chosen, setChosen] = useState(saved)
  const busy = fetcher.state !== 'idle'
  if (!recoveryOn)
    return <Text as="p">You decide what becomes of them once recovery is started.</Text>
  return (
    <fetcher.Form method="post" action={PAGE}>
      <input type="hidden" name="perDay" value={chosen} />
      <BlockStack gap="300">
        <ChoiceList
          title="What should become of them?"
          choices={CHOICES}
          selected={[chosen]}
          onChange={([next = saved]) => setChosen(next)}
        />
        <Text as="p" tone="subdued">
          The newest come first. Each is read again before it is started, so what was paid or
          cancelled meanwhile is left out. Its plan and its deadline count from that day; the first
          retry and the first notice follow your sequence.
        </Text>
        <InlineStack>
          <Button
            id="decide-old-failures"
            submit
            loading={busy}
            disabled={perDay !== undefined && chosen === saved}
          >
            {chosen === 'leave' ? 'Leave them alone' : `Start ${chosen} a day`}
          </Button>
        </InlineStack>
        {fetcher.data?.error && !busy ? (
          <InlineError message={fetcher.data.error} fieldID="decide-old-failures" />
        ) : null}
      </BlockStack>
    </fetcher.Form>
  )
}

const count = (payments: number) => (payments === 1 ? '1 payment' : `${payments} payments`)
