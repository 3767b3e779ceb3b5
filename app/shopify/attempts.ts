/** Billing attempts as the Admin API tells them, in our words. Pure. */
import { declineFrom } from '../dunning/declines.ts'
import type { AttemptFact, Decline } from '../dunning/types.ts'

/** What each document asks of an attempt. */
export const ATTEMPT = `#graphql
  fragment Attempt on SubscriptionBillingAttempt {
    id
    idempotencyKey
    createdAt
    completedAt
    originTime
    state {
      __typename
      ... on SubscriptionBillingAttemptSuccessState {
        order {
          id
          displayFinancialStatus
          totalPriceSet {
            presentmentMoney {
              amount
              currencyCode
            }
          }
        }
      }
      ... on SubscriptionBillingAttemptFailedState {
        error {
          __typename
          ... on SubscriptionBillingAttemptPaymentError {
            paymentCode: code
          }
          ... on SubscriptionBillingAttemptInventoryError {
            inventoryCode: code
          }
          ... on SubscriptionBillingAttemptGeneralError {
            generalCode: code
          }
        }
      }
    }
  }
`

export type AttemptNode = {
  id: string
  idempotencyKey: string
  createdAt: string
  completedAt: string | null
  originTime: string | null
  state: AttemptStateNode
}

type AttemptStateNode =
  | { __typename: 'SubscriptionBillingAttemptPendingState' }
  | { __typename: 'SubscriptionBillingAttemptSuccessState'; order: OrderNode | null }
  | { __typename: 'SubscriptionBillingAttemptActionRequiredState' }
  | { __typename: 'SubscriptionBillingAttemptFailedState'; error: AttemptErrorNode }

/** Null when the order was deleted: the money moved all the same. */
type OrderNode = {
  id: string
  /** OrderDisplayFinancialStatus; null: Shopify gives none. */
  displayFinancialStatus?: string | null
  totalPriceSet: { presentmentMoney: { amount: string; currencyCode: string } }
}

/** One member of Shopify's error union. Each has its own enum of codes, hence the aliases in the documents. */
type AttemptErrorNode =
  | { __typename: 'SubscriptionBillingAttemptPaymentError'; paymentCode: string }
  | { __typename: 'SubscriptionBillingAttemptInventoryError'; inventoryCode: string }
  | { __typename: 'SubscriptionBillingAttemptGeneralError'; generalCode: string }
  | { __typename: 'SubscriptionBillingAttemptUnexpectedError' }

export function attemptFact(node: AttemptNode): AttemptFact {
  return {
    shopifyId: node.id,
    key: node.idempotencyKey,
    createdAt: new Date(node.createdAt),
    completedAt: node.completedAt === null ? null : new Date(node.completedAt),
    originTime: node.originTime === null ? null : new Date(node.originTime),
    outcome: outcomeOf(node.state),
  }
}

function outcomeOf(state: AttemptStateNode): AttemptFact['outcome'] {
  switch (state.__typename) {
    case 'SubscriptionBillingAttemptSuccessState': {
      const money = state.order?.totalPriceSet.presentmentMoney
      return {
        type: 'succeeded',
        orderId: state.order?.id ?? null,
        total: money ? { amount: money.amount, currency: money.currencyCode } : null,
        ...(isUnpaid(state.order) ? { unpaid: true } : {}),
      }
    }
    case 'SubscriptionBillingAttemptActionRequiredState':
      return { type: 'action_required' }
    case 'SubscriptionBillingAttemptFailedState':
      return { type: 'failed', decline: declineOf(state.error) }
    default:
      // Pending, or a state that Shopify invents one day: nothing is charged while it lasts.
      return { type: 'pending' }
  }
}

/** An attempt may make an order without taking money, and a bank debit takes days to arrive. A refund is no debt. */
function isUnpaid(order: OrderNode | null): boolean {
  return UNPAID.has(order?.displayFinancialStatus ?? '')
}

const UNPAID = new Set(['PENDING', 'PARTIALLY_PAID', 'EXPIRED', 'VOIDED'])

function declineOf(error: AttemptErrorNode): Decline {
  switch (error.__typename) {
    case 'SubscriptionBillingAttemptPaymentError':
      return declineFrom(error.paymentCode, 'payment')
    case 'SubscriptionBillingAttemptInventoryError':
      return declineFrom(error.inventoryCode, 'inventory')
    case 'SubscriptionBillingAttemptGeneralError':
      return declineFrom(error.generalCode, 'general')
    case 'SubscriptionBillingAttemptUnexpectedError':
      return declineFrom(null, 'unexpected')
    default:
      return declineFrom(null, null)
  }
}
