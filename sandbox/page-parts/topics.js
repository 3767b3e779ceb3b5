/** What a webhook says, in plain words. A topic that is not here is shown as it is. */
export const TOPICS = {
  'subscription_billing_attempts/success': 'a charge was paid',
  'subscription_billing_attempts/failure': 'a charge failed',
  'subscription_billing_attempts/challenged': 'the bank wants the shopper to confirm',
  'subscription_contracts/create': 'a subscription began',
  'subscription_contracts/update': 'the subscription changed',
  'subscription_contracts/activate': 'the subscription is active',
  'subscription_contracts/pause': 'the subscription was paused',
  'subscription_contracts/cancel': 'the subscription was cancelled',
  'subscription_contracts/fail': 'the subscription was marked failed',
  'subscription_contracts/expire': 'the subscription has expired',
  'subscription_billing_cycles/skip': 'a cycle was skipped',
  'subscription_billing_cycles/unskip': 'a skipped cycle is back',
  'customer_payment_methods/create': 'a payment method was added',
  'customer_payment_methods/update': 'the payment method changed',
  'customer_payment_methods/revoke': 'the payment method was removed',
  'app/uninstalled': 'the shop uninstalled it',
  'app/scopes_update': 'its permissions changed',
  'orders/paid': 'an order was paid',
}

/** Where a delivery stands when the app has not taken it. */
export const STANDINGS = {
  planned: 'on its way',
  under_way: 'on its way',
  lost: 'lost: it never arrives',
  given_up: 'given up',
  not_subscribed: 'not subscribed',
}
