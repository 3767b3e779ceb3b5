import { isRouteErrorResponse, useRevalidator, useRouteError } from '@remix-run/react'
import { BlockStack, Button, Card, InlineStack, Page, Text } from '@shopify/polaris'
import { boundary } from '@shopify/shopify-app-remix/server'

/** The error state of every screen: what is known, and the one thing to do about it. */
export function PageProblem() {
  const error = useRouteError()
  const { revalidate, state } = useRevalidator()

  if (isRouteErrorResponse(error) && error.status === 404) {
    return (
      <Problem title="This page is not here">
        <Text as="p">
          {typeof error.data === 'string' && error.data
            ? error.data
            : 'The address leads to nothing in this shop.'}
        </Text>
        <InlineStack>
          <Button url="/app/recoveries" variant="primary">
            Show all recoveries
          </Button>
        </InlineStack>
      </Problem>
    )
  }
  // Shopify's library answers with whole pages, for example to sign in again: they are shown as they are.
  if (isRouteErrorResponse(error)) return boundary.error(error)
  return (
    <Problem title="This page could not be loaded">
      <Text as="p">
        Nothing was changed, and charges and notices go on by their plan. Try again; if it keeps
        happening, tell the operator of this app when you saw it.
      </Text>
      <InlineStack>
        <Button variant="primary" onClick={revalidate} loading={state === 'loading'}>
          Try again
        </Button>
      </InlineStack>
    </Problem>
  )
}

function Problem({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <Page narrowWidth>
      <Card>
        <BlockStack gap="400">
          <Text as="h1" variant="headingLg">
            {title}
          </Text>
          {children}
        </BlockStack>
      </Card>
    </Page>
  )
}
