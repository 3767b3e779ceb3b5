import { useFetcher } from '@remix-run/react'
import { useAppBridge } from '@shopify/app-bridge-react'
import { BlockStack, Button, InlineError, InlineStack, Text } from '@shopify/polaris'
import { useEffect } from 'react'

/** Sends a test mail through the action of the page that it stands on (`intent: test_mail`). */
export function TestMail({
  to,
  sent,
  blocked,
}: {
  to: string | null
  sent: string | null
  /** Why it cannot be sent now, or null. */
  blocked: string | null
}) {
  const fetcher = useFetcher<{ error: string | null }>()
  const shopify = useAppBridge()
  const busy = fetcher.state !== 'idle'
  const error = busy ? null : fetcher.data?.error

  useEffect(() => {
    if (fetcher.state === 'idle' && fetcher.data && !fetcher.data.error) {
      shopify.toast.show('Test mail sent')
    }
  }, [fetcher.state, fetcher.data, shopify])

  return (
    <fetcher.Form method="post">
      <input type="hidden" name="intent" value="test_mail" />
      <BlockStack gap="200">
        <Text as="p">
          {to
            ? `A test mail goes to ${to}, the address of this shop.`
            : 'Shopify gave no address for this shop.'}
        </Text>
        <InlineStack gap="300" blockAlign="center">
          <Button id="test-mail" submit disabled={blocked !== null || to === null} loading={busy}>
            Send a test mail
          </Button>
          <Text as="span" tone="subdued" variant="bodySm">
            {blocked ?? sent ?? 'None was sent so far.'}
          </Text>
        </InlineStack>
        {error ? <InlineError message={error} fieldID="test-mail" /> : null}
      </BlockStack>
    </fetcher.Form>
  )
}
