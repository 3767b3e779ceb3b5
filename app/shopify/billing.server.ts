/**
 * Asks Shopify to charge one billing cycle. Three outcomes that are not a charge are kept apart: refused (Shopify
 * would not create it), not accepted (surely nothing happened, ask again) and unknown (find out before anything else).
 */
import type { AttemptFact } from '../dunning/types.ts'
import { type Admin, ShopifyUnavailable } from './admin.server.ts'
import { ATTEMPT, type AttemptNode, attemptFact } from './attempts.ts'

export type AttemptRequest = {
  contractId: string
  /** Required: without it Shopify bills today's cycle, not the one that is owed. */
  cycleIndex: number
  /** The row's own key. The same key never charges twice. */
  key: string
  /** Who asked for the charge, as Shopify's own history shows it. */
  actor: 'CUSTOMER' | 'MERCHANT' | 'PARTNER'
}

export type AttemptAnswer =
  /** Created, or found under this key. Its result comes later. */
  | { type: 'accepted'; attempt: AttemptFact }
  /** A code of `BillingAttemptUserErrorCode`, e.g. CONTRACT_PAUSED. Nothing was tried. */
  | { type: 'refused'; code: string; message: string }
  /** Surely not created: the same key may be sent again after the wait. */
  | { type: 'not_accepted'; retryAfterMs: number; because: string }
  /** Perhaps created: look for the key before anything else. */
  | { type: 'unknown'; because: string }

/** Throws only when the shop cannot be reached at all, or when Shopify finds our document wrong. */
export async function createAttempt(admin: Admin, request: AttemptRequest): Promise<AttemptAnswer> {
  let payload: CreatePayload | null
  try {
    const answer = await admin.request<{ subscriptionBillingAttemptCreate: CreatePayload | null }>(
      CREATE_ATTEMPT,
      {
        contractId: request.contractId,
        input: {
          idempotencyKey: request.key,
          billingCycleSelector: { index: request.cycleIndex },
          inventoryPolicy: 'PRODUCT_VARIANT_INVENTORY_POLICY',
          paymentProcessingPolicy: 'FAIL_UNLESS_VALID_PAYMENT_METHOD',
          actor: request.actor,
        },
      },
    )
    payload = answer.subscriptionBillingAttemptCreate
  } catch (error) {
    if (!(error instanceof ShopifyUnavailable)) throw error
    if (error.mayHaveActed) return { type: 'unknown', because: error.message }
    return { type: 'not_accepted', retryAfterMs: error.retryAfterMs, because: error.message }
  }
  const [refusal] = payload?.userErrors ?? []
  if (refusal) return { type: 'refused', code: refusal.code ?? 'NO_CODE', message: refusal.message }
  const attempt = payload?.subscriptionBillingAttempt
  if (!attempt)
    return { type: 'unknown', because: 'Shopify answered with neither an attempt nor a reason' }
  return { type: 'accepted', attempt: attemptFact(attempt) }
}

type CreatePayload = {
  subscriptionBillingAttempt: AttemptNode | null
  userErrors: { code: string | null; message: string }[]
}

const CREATE_ATTEMPT = `#graphql
  mutation CreateAttempt($contractId: ID!, $input: SubscriptionBillingAttemptInput!) {
    subscriptionBillingAttemptCreate(subscriptionContractId: $contractId, subscriptionBillingAttemptInput: $input) {
      subscriptionBillingAttempt {
        ...Attempt
      }
      userErrors {
        code
        message
      }
    }
  }
  ${ATTEMPT}
`
