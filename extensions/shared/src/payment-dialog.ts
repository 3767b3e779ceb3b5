/** Shopify's own dialog for another payment method: we never see a card. */
import type { StandardApi } from '@shopify/ui-extensions/customer-account'

declare const shopify: Pick<StandardApi, 'intents'>

export async function replaceInShopify(contractId: string): Promise<'ok' | 'closed' | 'error'> {
  try {
    const activity = await shopify.intents.invoke({
      action: 'open',
      type: 'shopify/SubscriptionContract',
      value: contractId,
      data: { field: 'paymentMethod' },
    })
    const outcome = await activity.complete
    if (outcome.code === 'ok') return 'ok'
    if (outcome.code === 'closed') return 'closed'
    // On failure the code is optional: whatever is neither of the two is an error.
    return 'error'
  } catch {
    return 'error'
  }
}
