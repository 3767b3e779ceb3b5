import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node'
import { useLoaderData } from '@remix-run/react'
import { TitleBar } from '@shopify/app-bridge-react'
import { BlockStack, Button, Card, Page, Text } from '@shopify/polaris'
import { now } from '../clock.server.ts'
import { EmptyCard } from '../components/EmptyCard.tsx'
import { Decide, WhatWasFound } from '../components/OldFailures.tsx'
import { PageProblem } from '../components/PageProblem.tsx'
import { Terms } from '../components/Terms.tsx'
import { useFreshOnReturn } from '../components/useFreshOnReturn.ts'
import { db } from '../db.server.ts'
import { decideOldFailures, RAMPS } from '../dunning/backfill.server.ts'
import { oldFailures } from '../insight/old-failures.server.ts'
import { staffOf } from '../staff.server.ts'

export const meta: MetaFunction = () => [{ title: 'Payments from before · Reprise' }]

export async function loader({ request }: LoaderFunctionArgs) {
  const { shop } = await staffOf(request)
  return oldFailures(db, shop, now())
}

export async function action({ request }: ActionFunctionArgs) {
  const { shop, actor } = await staffOf(request)
  if (!shop.recoveryStartedAt) return { error: 'Start recovering first.' }
  const said = String((await request.formData()).get('perDay'))
  const perDay = said === 'leave' ? null : RAMPS.find((ramp) => String(ramp) === said)
  if (perDay === undefined) throw new Response('There is no such choice.', { status: 400 })
  await decideOldFailures(db, shop.shop, actor, perDay, now())
  return { error: null }
}

export default function OldFailuresPage() {
  const page = useLoaderData<typeof loader>()
  useFreshOnReturn()
  const open = page.waiting + page.left
  const none = open + page.started + page.gone === 0
  return (
    <Page
      narrowWidth
      title="Payments that failed before you started"
      backAction={{ content: 'Home', url: '/app' }}
    >
      <TitleBar title="Payments from before" />
      <BlockStack gap="400">
        {none ? (
          <EmptyCard
            title={page.looking ? 'The search is under way' : 'None was found'}
            action={<Button url="/app">Go to Home</Button>}
          >
            Reprise asks Shopify for renewals that failed before you started and are unpaid still.
            Nothing is charged for them unless you say so here.
          </EmptyCard>
        ) : null}
        {open > 0 ? (
          <Card>
            <BlockStack gap="300">
              <WhatWasFound {...page} />
              <Decide
                key={String(page.perDay)}
                recoveryOn={page.recoveryOn}
                {...(page.perDay === undefined ? {} : { perDay: page.perDay })}
              />
            </BlockStack>
          </Card>
        ) : null}
        {page.decided ? (
          <Card>
            <BlockStack gap="300">
              <Text as="h2" variant="headingMd">
                So far
              </Text>
              <Terms
                items={[
                  { term: 'Decided', text: page.decided },
                  { term: 'Started', text: String(page.started) },
                  { term: 'Waiting', text: String(page.waiting) },
                  { term: 'Left alone', text: String(page.left) },
                  { term: 'Dropped: paid, ended or too late', text: String(page.gone) },
                  ...(page.nextBatch ? [{ term: 'Next ones', text: page.nextBatch }] : []),
                ]}
              />
            </BlockStack>
          </Card>
        ) : null}
      </BlockStack>
    </Page>
  )
}

export const ErrorBoundary = PageProblem
