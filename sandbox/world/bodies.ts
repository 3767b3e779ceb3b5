/**
 * Webhook bodies: snake case, numeric ids, lower-case codes and statuses.
 *
 * They say less than the Admin API: no amount, no cycle, no reason of a revocation. Source: shopify-platform.md, 6.2.
 */

import type { Cycle } from './cycles.ts'
import { cycleOf } from './cycles.ts'
import { iso } from './instants.ts'
import {
  type BillingAttempt,
  type Contract,
  type Customer,
  find,
  type Method,
  type Shop,
  tail,
  type Variant,
  type World,
} from './world.ts'

const number = (id: string): number => Number(tail(id))

export function attemptBody(attempt: BillingAttempt): object {
  const { outcome } = attempt
  const orderId = outcome.type === 'succeeded' ? outcome.orderId : null
  const code = outcome.type === 'failed' ? outcome.code.toLowerCase() : null
  return {
    id: number(attempt.id),
    admin_graphql_api_id: attempt.id,
    idempotency_key: attempt.key,
    order_id: orderId ? number(orderId) : null,
    admin_graphql_api_order_id: orderId,
    subscription_contract_id: number(attempt.contractId),
    admin_graphql_api_subscription_contract_id: attempt.contractId,
    ready: outcome.type !== 'pending' && outcome.type !== 'action_required',
    error_message: code,
    error_code: code,
  }
}

export function contractBody(contract: Contract): object {
  const interval = contract.interval.toLowerCase()
  const policy = { interval, interval_count: contract.intervalCount }
  return {
    id: number(contract.id),
    admin_graphql_api_id: contract.id,
    status: contract.status.toLowerCase(),
    billing_policy: { ...policy, min_cycles: null, max_cycles: null },
    delivery_policy: policy,
    customer_id: number(contract.customerId),
    admin_graphql_api_customer_id: contract.customerId,
    origin_order_id: number(contract.originOrderId),
    admin_graphql_api_origin_order_id: contract.originOrderId,
    revision_id: contract.revision,
  }
}

export function cycleBody(cycle: Cycle): object {
  return {
    subscription_contract_id: number(cycle.contract.id),
    admin_graphql_api_subscription_contract_id: cycle.contract.id,
    cycle_index: cycle.index,
    cycle_start_at: iso(cycle.startAt),
    cycle_end_at: iso(cycle.endAt),
    billing_attempt_expected_date: iso(cycle.expectedAt),
    skipped: cycle.skipped,
    edited: cycle.edited,
    contract_edit: null,
  }
}

const INSTRUMENT_TYPES = {
  card: 'CustomerCreditCard',
  shop_pay: 'CustomerShopPayAgreement',
  paypal: 'CustomerPaypalBillingAgreement',
  bank_account: 'BankAccount',
}

export const instrumentType = (method: Method): string => INSTRUMENT_TYPES[method.instrument]

export function methodBody(method: Method): object {
  return {
    admin_graphql_api_id: method.id,
    token: method.token,
    customer_id: number(method.customerId),
    admin_graphql_api_customer_id: method.customerId,
    instrument_type: instrumentType(method),
    payment_instrument:
      method.instrument === 'paypal'
        ? { paypal_account_email: null }
        : {
            last_digits: method.last4,
            month: method.expiryMonth,
            year: method.expiryYear,
            name: null,
            brand: method.brand,
          },
  }
}

export function orderBody(world: World, orderId: string): object {
  const order = find(world.orders, orderId, 'order')
  return {
    id: number(order.id),
    admin_graphql_api_id: order.id,
    name: order.name,
    currency: order.currency,
    total_price: order.total,
    financial_status: order.financialStatus.toLowerCase(),
    created_at: iso(order.createdAt),
    customer: { id: number(order.customerId), admin_graphql_api_id: order.customerId },
  }
}

export const refundBody = (id: string, orderId: string, amount: string, at: number): object => ({
  id: number(id),
  admin_graphql_api_id: id,
  order_id: number(orderId),
  created_at: iso(at),
  transactions: [{ kind: 'refund', status: 'success', amount }],
})

export const variantBody = (variant: Variant): object => ({
  id: number(variant.id),
  admin_graphql_api_id: variant.id,
  product_id: number(variant.productId),
  title: 'Default Title',
  inventory_quantity: variant.stock ?? 0,
})

export const shopBody = (shop: Shop): object => ({
  id: number(shop.id),
  name: shop.name,
  email: shop.email,
  domain: shop.domain,
  myshopify_domain: shop.domain,
  iana_timezone: shop.zone,
  currency: shop.currency,
  country: shop.country,
  plan_name: shop.plan,
})

export type ComplianceTopic = 'customers/data_request' | 'customers/redact' | 'shop/redact'

export function complianceBody(
  world: World,
  shop: Shop,
  topic: ComplianceTopic,
  customer: Customer | null,
): object {
  const head = { shop_id: number(shop.id), shop_domain: shop.domain }
  if (topic === 'shop/redact') return head
  const orders = world.orders.of('customer', customer?.id ?? '').map(({ id }) => number(id))
  const who = customer && {
    id: number(customer.id),
    email: customer.email,
    phone: customer.phone ?? null,
  }
  return topic === 'customers/redact'
    ? { ...head, customer: who, orders_to_redact: orders }
    : { ...head, orders_requested: orders, customer: who, data_request: { id: world.lastId + 1 } }
}

/** The body of a cycle's news, by contract and index. */
export const cycleBodyOf = (world: World, contract: Contract, index: number): object =>
  cycleBody(cycleOf(world, contract, index))
