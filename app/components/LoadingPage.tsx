import { useLocation, useNavigation } from '@remix-run/react'
import { BlockStack, Card, SkeletonBodyText, SkeletonPage } from '@shopify/polaris'
import { useEffect, useState } from 'react'

/** How long a page may take before its outline is shown. Shorter waits would only flicker. Milliseconds. */
const PATIENCE_MS = 200

/** The outline of the page to come, once another page takes longer than a blink; else the present one. */
export function WhileLoading({ children }: { children: React.ReactNode }) {
  const navigation = useNavigation()
  const { pathname } = useLocation()
  const leaving =
    navigation.state === 'loading' &&
    navigation.formMethod === undefined &&
    navigation.location.pathname !== pathname
  const [slow, setSlow] = useState(false)

  useEffect(() => {
    if (!leaving) return
    const timer = setTimeout(() => setSlow(true), PATIENCE_MS)
    return () => {
      clearTimeout(timer)
      setSlow(false)
    }
  }, [leaving])

  return leaving && slow ? <LoadingPage /> : children
}

function LoadingPage() {
  return (
    <SkeletonPage title="Loading" primaryAction={false}>
      <BlockStack gap="400">
        <Card>
          <SkeletonBodyText lines={3} />
        </Card>
        <Card>
          <SkeletonBodyText lines={8} />
        </Card>
      </BlockStack>
    </SkeletonPage>
  )
}
