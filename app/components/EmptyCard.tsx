import { BlockStack, Box, Card, InlineStack, Text } from '@shopify/polaris'

/** The empty state of a screen: what will stand here, and when. */
export function EmptyCard({
  title,
  children,
  action,
}: {
  title: string
  children: React.ReactNode
  action?: React.ReactNode
}) {
  return (
    <Card>
      <Box paddingBlock="600">
        <BlockStack gap="300" inlineAlign="center">
          <Text as="h2" variant="headingMd" alignment="center">
            {title}
          </Text>
          <Box maxWidth="32rem">
            <Text as="p" tone="subdued" alignment="center">
              {children}
            </Text>
          </Box>
          {action ? <InlineStack gap="200">{action}</InlineStack> : null}
        </BlockStack>
      </Box>
    </Card>
  )
}
