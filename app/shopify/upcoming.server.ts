/**
 * Charges that come up. Shopify's list of contracts has no filter by date, so every active contract is shown with what
 * rules it out; only what is left is read with its cycles.
 */
import type { Traits } from '../dunning/conditions.ts'
import type { ContractStatus, Money, PaymentMethod } from '../dunning/types.ts'
import type { Admin } from './admin.server.ts'
import { sumOfDecimals } from './amounts.ts'
import { METHOD, type MethodNode, paymentMethod } from './methods.ts'
import type { Listed } from './news.server.ts'

type Interval = NonNullable<Traits['interval']>

export type ActiveContract = {
  id: string
  customerId: string | null
  interval: Interval
  /** The biller's own note; null: it keeps none. */
  nextBillingDate: Date | null
  method: PaymentMethod | null
}

/** One page of active contracts. Costs some 300 points of the 2,000 that the smallest plan saves up. */
export async function listActiveContracts(
  admin: Admin,
  after: string | null,
): Promise<Listed<ActiveContract>> {
  const { found } = await admin.request<{
    found: {
      nodes: ListedNode[]
      pageInfo: { hasNextPage: boolean; endCursor: string | null }
    }
  }>(ACTIVE_CONTRACTS, { after })
  const { nodes, pageInfo } = found
  return {
    items: nodes.map((node) => ({
      id: node.id,
      customerId: node.customer?.id ?? null,
      interval: intervalOf(node.billingPolicy),
      nextBillingDate: node.nextBillingDate === null ? null : new Date(node.nextBillingDate),
      method: node.customerPaymentMethod && paymentMethod(node.customerPaymentMethod),
    })),
    after: pageInfo.hasNextPage ? pageInfo.endCursor : null,
  }
}

export type ContractBeforeCharge = {
  status: ContractStatus
  interval: Interval
  method: PaymentMethod | null
  customer: { id: string; locale: string | null } | null
  /** Of the delivery address. */
  country: string | null
  province: string | null
  /** Cycles that are neither paid nor skipped, by their date. */
  charges: {
    cycleIndex: number
    expectedAt: Date
    /** Before tax. */
    amount: Money
    productTitle: string | null
  }[]
}

/** A contract and its charges between two dates; null when Shopify does not show it. */
export async function readBeforeCharge(
  admin: Admin,
  contractId: string,
  range: { from: Date; until: Date },
): Promise<ContractBeforeCharge | null> {
  const { subscriptionContract: contract, subscriptionBillingCycles: cycles } =
    await admin.request<{
      subscriptionContract: ContractNode | null
      subscriptionBillingCycles: { nodes: CycleNode[] }
    }>(BEFORE_CHARGE, {
      contractId,
      range: { startDate: range.from.toISOString(), endDate: range.until.toISOString() },
    })
  if (!contract) return null
  const address = contract.deliveryMethod?.address ?? null
  return {
    status: contract.status,
    interval: intervalOf(contract.billingPolicy),
    method: contract.customerPaymentMethod && paymentMethod(contract.customerPaymentMethod),
    customer: contract.customer,
    country: address?.countryCodeV2 ?? null,
    province: address?.provinceCode ?? null,
    charges: cycles.nodes
      .filter((cycle) => cycle.status === 'UNBILLED' && !cycle.skipped)
      .map((cycle) => {
        const billed = cycle.editedContract ?? contract
        const prices = billed.lines.nodes.map((line) => line.lineDiscountedPrice.amount)
        return {
          cycleIndex: cycle.cycleIndex,
          expectedAt: new Date(cycle.billingAttemptExpectedDate),
          amount: {
            amount: sumOfDecimals([...prices, billed.deliveryPrice.amount]),
            currency: contract.currencyCode,
          },
          productTitle: billed.lines.nodes[0]?.title ?? null,
        }
      })
      .sort((a, b) => a.expectedAt.getTime() - b.expectedAt.getTime()),
  }
}

// ---------------------------------------------------------------- from Shopify's words to ours

type PolicyNode = { interval: Interval['unit']; intervalCount: number }

type ListedNode = {
  id: string
  nextBillingDate: string | null
  billingPolicy: PolicyNode
  customer: { id: string } | null
  customerPaymentMethod: MethodNode | null
}

type PricedNode = {
  deliveryPrice: { amount: string }
  lines: { nodes: { title: string; lineDiscountedPrice: { amount: string } }[] }
}

type ContractNode = PricedNode & {
  status: ContractStatus
  currencyCode: string
  billingPolicy: PolicyNode
  customer: { id: string; locale: string | null } | null
  customerPaymentMethod: MethodNode | null
  deliveryMethod: {
    address?: { countryCodeV2: string | null; provinceCode: string | null } | null
  } | null
}

type CycleNode = {
  cycleIndex: number
  status: 'BILLED' | 'UNBILLED'
  skipped: boolean
  billingAttemptExpectedDate: string
  editedContract: PricedNode | null
}

const intervalOf = ({ interval, intervalCount }: PolicyNode): Interval => ({
  unit: interval,
  count: intervalCount,
})

// ---------------------------------------------------------------- documents

const ACTIVE_CONTRACTS = `#graphql
  query ActiveContracts($after: String) {
    found: subscriptionContracts(first: 50, after: $after, query: "status:ACTIVE") {
      nodes {
        id
        nextBillingDate
        billingPolicy {
          interval
          intervalCount
        }
        customer {
          id
        }
        customerPaymentMethod {
          ...Method
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
  ${METHOD}
`

const BEFORE_CHARGE = `#graphql
  query BeforeCharge($contractId: ID!, $range: SubscriptionBillingCyclesDateRangeSelector!) {
    subscriptionContract(id: $contractId) {
      status
      currencyCode
      billingPolicy {
        interval
        intervalCount
      }
      customer {
        id
        locale
      }
      customerPaymentMethod(showRevoked: true) {
        ...Method
      }
      deliveryMethod {
        ... on SubscriptionDeliveryMethodShipping {
          address {
            countryCodeV2
            provinceCode
          }
        }
        ... on SubscriptionDeliveryMethodLocalDelivery {
          address {
            countryCodeV2
            provinceCode
          }
        }
      }
      ...Priced
    }
    subscriptionBillingCycles(contractId: $contractId, billingCyclesDateRangeSelector: $range, first: 2) {
      nodes {
        cycleIndex
        status
        skipped
        billingAttemptExpectedDate
        editedContract {
          ...Priced
        }
      }
    }
  }
  fragment Priced on SubscriptionContractBase {
    deliveryPrice {
      amount
    }
    lines(first: 50) {
      nodes {
        title
        lineDiscountedPrice {
          amount
        }
      }
    }
  }
  ${METHOD}
`
