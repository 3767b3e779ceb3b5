import { useFetcher } from '@remix-run/react'
import { Banner, BlockStack, Text } from '@shopify/polaris'
import { useState } from 'react'
import type { BrakePage } from '../insight/brake.server.ts'
import { ConfirmModal } from './ConfirmModal.tsx'

/** The whole shop is held back: what was seen, what happens meanwhile, and the one button that ends it. */
export function BrakeNotice({ brake }: { brake: BrakePage | null }) {
  const fetcher = useFetcher()
  const [asking, setAsking] = useState(false)
  if (!brake) return null
  const { since, because, held, next } = brake
  const recoveries = held === 0 ? 'No recovery' : held === 1 ? '1 recovery' : `${held} recoveries`
  return (
    <>
      <Banner
        tone="critical"
        title="Payments fail for everyone: recovery is held back"
        action={{
          content: 'Release',
          accessibilityLabel: 'Release: go on with the recoveries that are held back',
          onAction: () => setAsking(true),
          loading: fetcher.state !== 'idle',
        }}
        secondaryAction={{ content: 'Show what is on hold', url: '/app/recoveries?state=held' }}
      >
        <BlockStack gap="200">
          <Text as="p">
            {because} Since {since} nothing is charged by itself and no shopper is written to about
            payment. {recoveries} {held > 1 ? 'are' : 'is'} on hold; dates and deadlines wait.
          </Text>
          <Text as="p">
            {next} As soon as one goes through, recovery goes on by itself. Look at your payment
            settings and at your provider’s status page meanwhile.
          </Text>
        </BlockStack>
      </Banner>
      <ConfirmModal
        id="release-brake"
        open={asking}
        title="Go on with all recoveries?"
        confirm="Release"
        onConfirm={() => {
          setAsking(false)
          fetcher.submit({ intent: 'release_brake' }, { method: 'post' })
        }}
        onClose={() => setAsking(false)}
      >
        {`${held === 0 ? 'Recovery' : recoveries} will go on. Retries, notices and deadlines move by the time that they waited, and what falls due together is charged slowly, one payment after the other. If payments still fail in the same way, everything is held back again.`}
      </ConfirmModal>
    </>
  )
}
