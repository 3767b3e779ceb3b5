/**
 * The two ways in which Shopify itself lets a shopper mend a payment method. There is no card field of ours
 * anywhere.
 */
import type { PaymentMethod } from '../dunning/types.ts'
import type { Admin } from './admin.server.ts'
import { METHOD, type MethodNode, paymentMethod } from './methods.ts'

/** Shopify's hosted page, for Shop Pay only; null for any other method. Short-lived: fetch it at the click. */
export async function shopPayUpdateUrl(admin: Admin, methodId: string): Promise<string | null> {
  const { customerPaymentMethodGetUpdateUrl: payload } = await admin.request<{
    customerPaymentMethodGetUpdateUrl: { updatePaymentMethodUrl: string | null } | null
  }>(UPDATE_URL, { methodId })
  return payload?.updatePaymentMethodUrl ?? null
}

/** The customer's live payment methods. More than twenty are nobody's. */
export async function readSavedMethods(admin: Admin, customerId: string): Promise<PaymentMethod[]> {
  const { customer } = await admin.request<{
    customer: { paymentMethods: { nodes: MethodNode[] } } | null
  }>(SAVED_METHODS, { customerId })
  return (customer?.paymentMethods.nodes ?? []).map(paymentMethod)
}

/** Has Shopify mail its secure update link. It counts as one of our messages. */
export async function sendUpdateEmail(
  admin: Admin,
  methodId: string,
): Promise<{ ok: true } | { ok: false; code: string; message: string }> {
  const { customerPaymentMethodSendUpdateEmail: payload } = await admin.request<{
    customerPaymentMethodSendUpdateEmail: { userErrors: { message: string }[] } | null
  }>(SEND_UPDATE_EMAIL, { methodId })
  if (!payload) return { ok: false, code: 'NO_ANSWER', message: 'Shopify gave no answer' }
  const [refusal] = payload.userErrors
  return refusal ? { ok: false, code: 'REFUSED', message: refusal.message } : { ok: true }
}

const SAVED_METHODS = `#graphql
  query SavedMethods($customerId: ID!) {
    customer(id: $customerId) {
      paymentMethods(first: 20) {
        nodes {
          ...Method
        }
      }
    }
  }
  ${METHOD}
`

const UPDATE_URL = `#graphql
  mutation ShopPayUpdateUrl($methodId: ID!) {
    customerPaymentMethodGetUpdateUrl(customerPaymentMethodId: $methodId) {
      updatePaymentMethodUrl
      userErrors {
        code
        message
      }
    }
  }
`

const SEND_UPDATE_EMAIL = `#graphql
  mutation SendUpdateEmail($methodId: ID!) {
    customerPaymentMethodSendUpdateEmail(customerPaymentMethodId: $methodId) {
      userErrors {
        message
      }
    }
  }
`
