/** Of an order, what a case may still need once it was made: how much of it was given back. */
import type { Money } from '../dunning/types.ts'
import type { Admin } from './admin.server.ts'

/** All refunds of an order together; null when Shopify does not show it. */
export async function readRefunded(admin: Admin, orderId: string): Promise<Money | null> {
  const { order } = await admin.request<{
    order: {
      totalRefundedSet: { presentmentMoney: { amount: string; currencyCode: string } }
    } | null
  }>(REFUNDED, { id: orderId })
  const money = order?.totalRefundedSet.presentmentMoney
  return money ? { amount: money.amount, currency: money.currencyCode } : null
}

const REFUNDED = `#graphql
  query Refunded($id: ID!) {
    order(id: $id) {
      totalRefundedSet {
        presentmentMoney {
          amount
          currencyCode
        }
      }
    }
  }
`
