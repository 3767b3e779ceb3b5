import { BlockStack, Box, InlineGrid, Text } from '@shopify/polaris'

/** What a group of settings is for, beside the group; above it on a phone. */
export function Section({
  title,
  about,
  children,
}: {
  title: string
  about: string
  children: React.ReactNode
}) {
  return (
    <InlineGrid columns={{ xs: 1, md: ['oneThird', 'twoThirds'] }} gap="400" alignItems="start">
      <Box paddingInline={{ xs: '400', sm: '0' }} paddingBlockStart={{ xs: '0', md: '400' }}>
        <BlockStack gap="200">
          <Text as="h2" variant="headingMd">
            {title}
          </Text>
          <Text as="p" tone="subdued">
            {about}
          </Text>
        </BlockStack>
      </Box>
      {children}
    </InlineGrid>
  )
}
