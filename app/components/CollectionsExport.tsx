import { useAppBridge } from '@shopify/app-bridge-react'
import { Banner, BlockStack, Button, Card, InlineStack, Text } from '@shopify/polaris'
import { useState } from 'react'

/** The file of what is still owed; shown only where the merchant has switched it on. */
export function CollectionsExport({ cases }: { cases: number }) {
  const [busy, setBusy] = useState(false)
  const [failed, setFailed] = useState(false)
  const shopify = useAppBridge()

  /** Inside the admin only `fetch` carries the session token, so a plain link would not be let in. */
  async function download() {
    setBusy(true)
    setFailed(false)
    try {
      // An empty form: what is sent as anything else is refused (http-guard.server.ts).
      const body = new URLSearchParams()
      const answer = await fetch('/app/recoveries/collections', { method: 'POST', body })
      if (!answer.ok) throw new Error(`${answer.status}`)
      const link = document.createElement('a')
      link.href = URL.createObjectURL(await answer.blob())
      link.download =
        /filename="([^"]+)"/.exec(answer.headers.get('content-disposition') ?? '')?.[1] ??
        'still-owed.csv'
      link.click()
      URL.revokeObjectURL(link.href)
      shopify.toast.show('Exported')
    } catch {
      setFailed(true)
    }
    setBusy(false)
  }

  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          Still owed after the end
        </Text>
        <Text as="p">
          {cases === 0
            ? 'No case is owed after its last notice.'
            : `${cases} ${cases === 1 ? 'case is' : 'cases are'} owed still: a last notice went out, the deadline passed, and the order was left open. The file holds names, products and amounts; every export is recorded.`}
        </Text>
        {failed ? (
          <Banner tone="critical" title="The file could not be made">
            Nothing was exported. Try again in a minute.
          </Banner>
        ) : null}
        <InlineStack>
          <Button onClick={download} loading={busy} disabled={cases === 0}>
            Export what is still owed (CSV)
          </Button>
        </InlineStack>
      </BlockStack>
    </Card>
  )
}
