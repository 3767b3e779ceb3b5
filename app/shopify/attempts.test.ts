import { describe, expect, test } from 'vitest'
import { type AttemptNode, attemptFact } from './attempts.ts'

const node = (state: AttemptNode['state']): AttemptNode => ({
  id: 'gid://shopify/SubscriptionBillingAttempt/1',
  idempotencyKey: 'key-1',
  createdAt: '2026-11-12T08:00:00Z',
  completedAt: null,
  originTime: null,
  state,
})
const outcome = (state: AttemptNode['state']) => attemptFact(node(state)).outcome

describe('an attempt as Shopify tells it', () => {
  test('pending', () => {
    expect(outcome({ __typename: 'SubscriptionBillingAttemptPendingState' })).toEqual({
      type: 'pending',
    })
  })

  test('succeeded, with the order’s total', () => {
    const order = {
      id: 'gid://shopify/Order/9',
      totalPriceSet: { presentmentMoney: { amount: '24.90', currencyCode: 'EUR' } },
    }
    expect(outcome({ __typename: 'SubscriptionBillingAttemptSuccessState', order })).toEqual({
      type: 'succeeded',
      orderId: 'gid://shopify/Order/9',
      total: { amount: '24.90', currency: 'EUR' },
    })
  })

  test('succeeded although the order was deleted', () => {
    expect(outcome({ __typename: 'SubscriptionBillingAttemptSuccessState', order: null })).toEqual({
      type: 'succeeded',
      orderId: null,
      total: null,
    })
  })

  test('waiting for the shopper’s bank', () => {
    expect(outcome({ __typename: 'SubscriptionBillingAttemptActionRequiredState' })).toEqual({
      type: 'action_required',
    })
  })

  test.each([
    [
      { __typename: 'SubscriptionBillingAttemptPaymentError', paymentCode: 'INSUFFICIENT_FUNDS' },
      'INSUFFICIENT_FUNDS',
      'payment',
      'FUNDS',
    ],
    [
      {
        __typename: 'SubscriptionBillingAttemptInventoryError',
        inventoryCode: 'INSUFFICIENT_INVENTORY',
      },
      'INSUFFICIENT_INVENTORY',
      'inventory',
      'MERCHANT',
    ],
    [
      {
        __typename: 'SubscriptionBillingAttemptGeneralError',
        generalCode: 'PAYMENT_METHOD_NOT_FOUND',
      },
      'PAYMENT_METHOD_NOT_FOUND',
      'general',
      'CARD',
    ],
    [
      { __typename: 'SubscriptionBillingAttemptUnexpectedError' },
      'UNEXPECTED_ERROR',
      'unexpected',
      'TECH',
    ],
  ] as const)('failed: %j', (error, code, family, declineClass) => {
    expect(outcome({ __typename: 'SubscriptionBillingAttemptFailedState', error })).toEqual({
      type: 'failed',
      decline: { code, family, class: declineClass, unknown: false },
    })
  })

  test('a code that nobody knows yet keeps its family', () => {
    const error = {
      __typename: 'SubscriptionBillingAttemptPaymentError',
      paymentCode: 'MARTIAN',
    } as const
    expect(outcome({ __typename: 'SubscriptionBillingAttemptFailedState', error })).toMatchObject({
      decline: { code: 'MARTIAN', family: 'payment', unknown: true },
    })
  })
})
