/**
 * The webhook topics that Reprise subscribes to in shopify.app.toml. `process.server.ts` has a rule for each;
 * anything else is stored and flagged.
 */
export const TOPICS = [
  'subscription_billing_attempts/success',
  'subscription_billing_attempts/failure',
  'subscription_billing_attempts/challenged',
  'subscription_contracts/create',
  'subscription_contracts/update',
  'subscription_contracts/activate',
  'subscription_contracts/pause',
  'subscription_contracts/cancel',
  'subscription_contracts/fail',
  'subscription_contracts/expire',
  'subscription_billing_cycles/skip',
  'subscription_billing_cycles/unskip',
  'subscription_billing_cycle_edits/create',
  'subscription_billing_cycle_edits/update',
  'subscription_billing_cycle_edits/delete',
  'customer_payment_methods/create',
  'customer_payment_methods/update',
  'customer_payment_methods/revoke',
  'orders/paid',
  'refunds/create',
  'variants/in_stock',
  'app/uninstalled',
  'app/scopes_update',
  'customers/data_request',
  'customers/redact',
  'shop/redact',
] as const

export type Topic = (typeof TOPICS)[number]

const known: ReadonlySet<string> = new Set(TOPICS)

export function isKnownTopic(topic: string): topic is Topic {
  return known.has(topic)
}
