import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node'
import { useLoaderData } from '@remix-run/react'
import { Badge, BlockStack, Box, Button, Card, InlineStack, Text } from '@shopify/polaris'
import { now } from '../clock.server.ts'
import { EmptyCard } from '../components/EmptyCard.tsx'
import { PageProblem } from '../components/PageProblem.tsx'
import { Screen } from '../components/Screen.tsx'
import { Terms } from '../components/Terms.tsx'
import { db } from '../db.server.ts'
import { listSequences } from '../dunning/sequences.server.ts'
import { sequenceSummary } from '../insight/sequence-page.ts'
import { staffOf } from '../staff.server.ts'

export const meta: MetaFunction = () => [{ title: 'Sequences · Reprise' }]

export async function loader({ request }: LoaderFunctionArgs) {
  const { shop } = await staffOf(request)
  const sequences = await listSequences(db, shop.shop)
  return { sequences: sequences.map((one) => sequenceSummary(one, shop, now())) }
}

export default function Sequences() {
  const { sequences } = useLoaderData<typeof loader>()
  return (
    <Screen title="Sequences">
      <BlockStack gap="400">
        <Box paddingInline={{ xs: '400', sm: '0' }}>
          <Text as="p" tone="subdued">
            What happens after a failure: which charges and notices, on which day, and how it ends.
          </Text>
        </Box>
        {sequences.length === 0 ? (
          <EmptyCard title="No sequence yet">
            The default sequence is made when the app is installed. Close the app and open it again
            from the admin.
          </EmptyCard>
        ) : null}
        {sequences.map(({ id, name, isOn, facts }) => (
          <Card key={id}>
            <BlockStack gap="300">
              <InlineStack gap="200" align="space-between" blockAlign="center">
                <InlineStack gap="200" blockAlign="center">
                  <Text as="h2" variant="headingMd">
                    {name}
                  </Text>
                  <Badge {...(isOn ? { tone: 'success' as const } : {})}>
                    {isOn ? 'On' : 'Off'}
                  </Badge>
                </InlineStack>
                <Button url={`/app/sequences/${id}`} accessibilityLabel={`Open ${name}`}>
                  Open
                </Button>
              </InlineStack>
              <Terms items={facts} />
            </BlockStack>
          </Card>
        ))}
      </BlockStack>
    </Screen>
  )
}

export const ErrorBoundary = PageProblem
