import { Banner } from '@shopify/polaris'
import type { FrozenCases } from '../insight/frozen.server.ts'

/** After a reinstall: what stood still, and that it is the merchant who lets it go on. */
export function FrozenNotice({ frozen }: { frozen: FrozenCases | null }) {
  if (!frozen) return null
  const { count, money } = frozen
  const cases = count === 1 ? '1 recovery is' : `${count} recoveries are`
  return (
    <Banner
      tone="info"
      title={`${cases} on hold since Reprise was removed: ${money.join(' and ')}`}
      action={{ content: 'Show what is on hold', url: '/app/recoveries?state=held' }}
    >
      Nothing of it was resumed: no charge and no notice goes out by itself. Open a case and press
      “Release” to go on with it, or close it.
    </Banner>
  )
}
