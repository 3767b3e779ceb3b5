import { BlockStack, Card, InlineGrid, Text } from '@shopify/polaris'

export type TileProps = {
  title: string
  /** One line for each currency. */
  lines: { value: string; detail: string }[]
  meaning: string
}

/** Key figures, each with what was counted. They stack on a phone. */
export function Tiles({ tiles }: { tiles: TileProps[] }) {
  const columns = tiles.length > 3 ? 4 : 3
  return (
    <InlineGrid columns={{ xs: 1, sm: 2, lg: columns }} gap="400">
      {tiles.map(({ title, lines, meaning }) => (
        <Card key={title + meaning}>
          <BlockStack gap="200">
            <Text as="h2" variant="headingSm">
              {title}
            </Text>
            {lines.map(({ value, detail }) => (
              <div key={value + detail} className="tile-value">
                <Text as="p" variant="headingXl">
                  {value}
                </Text>
                <Text as="p">{detail}</Text>
              </div>
            ))}
            <Text as="p" tone="subdued" variant="bodySm">
              {meaning}
            </Text>
          </BlockStack>
        </Card>
      ))}
    </InlineGrid>
  )
}
