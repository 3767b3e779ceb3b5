/**
 * Why a payment method cannot be charged any more, and whose turn it is then. Shopify's webhook does not say why it
 * revoked a method, so the reason is read from the method itself.
 */
import type { PaymentMethod } from './types.ts'

/**
 * Who can mend the loss. `nobody`: it is none, the contract follows to another method. `shopper`: another method is
 * needed. `shop`: the shop's own payment settings lost it, so staff hear of it and the shopper nothing (I8).
 */
type Turn = 'nobody' | 'shopper' | 'shop'

type Revocation = { turn: Turn; because: string }

const shopper = (because: string): Revocation => ({ turn: 'shopper', because })
const shop = (because: string): Revocation => ({ turn: 'shop', because })

/**
 * Every value of Shopify's `CustomerPaymentMethodRevocationReason`, 2026-10, and RETRY_DECLINED, which comes with
 * 2027-01. A reason of a gateway that is switched off, or that does not know us, is the shop's: it hits many shoppers
 * at once, and none of them can do anything about it.
 * Source: https://shopify.dev/docs/api/admin-graphql/2026-10/enums/CustomerPaymentMethodRevocationReason
 */
export const REVOCATIONS: Readonly<Record<string, Revocation>> = {
  MERGED: { turn: 'nobody', because: 'it was merged into another one of the same customer' },
  CUSTOMER_REDACTED: shopper('the customer removed it'),
  MANUALLY_REVOKED: shopper('it was removed by hand'),
  TOO_MANY_CONSECUTIVE_FAILURES: shopper('too many charges in a row failed on it'),
  RETRY_DECLINED: shopper('its processor refuses any further charge'),
  CVV_ATTEMPTS_LIMIT_EXCEEDED: shopper('its security code was entered wrongly too often'),
  PAYMENT_METHOD_VERIFICATION_FAILED: shopper('it could not be verified'),
  THREE_D_SECURE_FLOW_IN_VERIFICATION_NOT_IMPLEMENTED: shopper(
    'its bank wants a confirmation that Shopify cannot ask for here',
  ),
  FAILED_TO_UPDATE_CREDIT_CARD: shopper('the new card could not be saved'),
  FAILED_TO_RETRIEVE_BILLING_ADDRESS: shopper('its billing address could not be read'),
  BRAINTREE_PAYMENT_METHOD_NOT_CARD: shopper('Braintree holds no card behind it'),
  STRIPE_PAYMENT_METHOD_NOT_CARD: shopper('Stripe holds no card behind it'),
  AUTHORIZE_NET_GATEWAY_NOT_ENABLED: shop('Authorize.net is not switched on in this shop'),
  AUTHORIZE_NET_RETURNED_NO_PAYMENT_METHOD: shop(
    'Authorize.net does not know it: the account linked to this shop may be the wrong one',
  ),
  BRAINTREE_API_AUTHENTICATION_ERROR: shop('Braintree refuses the keys of this shop'),
  BRAINTREE_GATEWAY_NOT_ENABLED: shop('Braintree is not switched on in this shop'),
  BRAINTREE_RETURNED_NO_PAYMENT_METHOD: shop(
    'Braintree does not know it: the account linked to this shop may be the wrong one',
  ),
  STRIPE_API_AUTHENTICATION_ERROR: shop('Stripe refuses the keys of this shop'),
  STRIPE_API_INVALID_REQUEST_ERROR: shop('Stripe could not be asked for it'),
  STRIPE_GATEWAY_NOT_ENABLED: shop('Stripe is not switched on in this shop'),
  STRIPE_RETURNED_NO_PAYMENT_METHOD: shop(
    'Stripe does not know it: the account linked to this shop may be the wrong one',
  ),
}

/** Whether this method could be charged now. */
export function isUsable(method: PaymentMethod | null): method is PaymentMethod {
  return method !== null && method.revokedAt === null && !method.isInactive
}

/**
 * Why nothing can be charged, and whose turn it is; null: there is a usable method, or one is on its way.
 *
 * A reason that we do not know is taken for a loss that the shopper can mend: asking for another method is never
 * wrong, charging this one would be.
 */
export function lossOf(method: PaymentMethod | null): Revocation | null {
  if (!method) return shopper('the contract has no payment method')
  const { revokedAt, revokedReason: reason, isInactive } = method
  if (revokedAt === null)
    return isInactive ? shopper('the agreement with the shopper is not active any more') : null
  const known = reason === null ? null : REVOCATIONS[reason.toUpperCase()]
  if (known?.turn === 'nobody') return null
  return {
    turn: known?.turn ?? 'shopper',
    because: `Shopify revoked the payment method: ${known?.because ?? 'for a reason that is new to us'} (${reason ?? 'no reason given'})`,
  }
}

/** Revoked, yet no loss: Shopify moves the contract to another method of the same customer. */
export function isBeingReplaced(method: PaymentMethod | null): boolean {
  return method !== null && method.revokedAt !== null && lossOf(method) === null
}
