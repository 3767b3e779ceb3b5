/**
 * What Shopify shows about a cause that lies with the shop: stock, delivery address, amount, and whether charges pass
 * elsewhere in the shop. Read beside the facts, and only for the code in question: most cases never need it.
 */
import { createHash } from 'node:crypto'
import type { Evidence, Facts, Instrument } from '../dunning/types.ts'
import { log } from '../log.server.ts'
import { type Admin, ShopifyRejected } from './admin.server.ts'
import type { CycleRef } from './facts.server.ts'
import { kindOf } from './methods.ts'

export type CauseAsked = {
  evidence: readonly Evidence[]
  /** The attempt that failed. */
  failedAt: Date
  instrument: Instrument | null
  currency: string
}

/** The part of the facts that this code depends on. A shop that has not granted a scope shows nothing: null. */
export async function readCause(
  admin: Admin,
  cycle: CycleRef,
  asked: CauseAsked,
): Promise<Pick<Facts, 'inStock' | 'cause'>> {
  const has = (one: Evidence) => asked.evidence.includes(one)
  const ships =
    has('stock') || has('address') || has('amount') ? await readShipment(admin, cycle) : null
  return {
    inStock: ships && has('stock') ? await readStock(admin, ships.lines) : null,
    cause: {
      print: ships && has('address') ? ships.address : ships && has('amount') ? ships.amount : null,
      paidSince: has('provider') ? await readPaidSince(admin, asked) : null,
    },
  }
}

type Line = { variantId: string | null; quantity: number; price: string }

/** What the cycle ships, where to, for how much; address and amount only as hashes, which say whether they changed. */
async function readShipment(admin: Admin, cycle: CycleRef) {
  const { subscriptionContract, cycle: node } = await admin.request<{
    subscriptionContract: ShipmentNode | null
    cycle: { editedContract: ShipmentNode | null } | null
  }>(SHIPMENT, cycle)
  const ships = node?.editedContract ?? subscriptionContract
  if (!ships) return null
  const lines: Line[] = ships.lines.nodes.map((line) => ({
    variantId: line.variantId,
    quantity: line.quantity,
    price: line.lineDiscountedPrice.amount,
  }))
  const { contractId } = cycle
  return {
    lines,
    address: hash([contractId, ships.deliveryMethod?.address ?? null]),
    amount: hash([contractId, lines, ships.deliveryPrice.amount]),
  }
}

/**
 * Whether every line can be sold now. Null where that is not to be known: no `read_products` yet, or no line has a
 * variant. A variant that may be oversold is never short, and one that is not tracked shows a quantity of nought while
 * it is for sale.
 */
async function readStock(admin: Admin, lines: Line[]): Promise<boolean | null> {
  const wanted = new Map<string, number>()
  for (const { variantId, quantity } of lines)
    if (variantId) wanted.set(variantId, (wanted.get(variantId) ?? 0) + quantity)
  if (wanted.size === 0) return null
  try {
    const { nodes } = await admin.request<{ nodes: (VariantNode | null)[] }>(STOCK, {
      ids: [...wanted.keys()],
    })
    const found = nodes.filter((node) => node !== null)
    // One that is not shown was deleted or is kept from us: nobody can tell.
    if (found.length < wanted.size) return null
    return found.every((one) => sells(one, wanted.get(one.id) ?? 1))
  } catch (error) {
    if (!(error instanceof ShopifyRejected)) throw error
    log.info({ error, shop: admin.shop }, 'stock may not be read; the daily charges go on without')
    return null
  }
}

function sells(variant: VariantNode, quantity: number): boolean {
  const { inventoryPolicy, sellableOnlineQuantity: left, availableForSale } = variant
  return inventoryPolicy === 'CONTINUE' || left >= quantity || (availableForSale && left <= 0)
}

/** The newest real charge after the failure, with the same kind of instrument and the same currency. */
async function readPaidSince(
  admin: Admin,
  { failedAt, instrument, currency }: CauseAsked,
): Promise<Date | null> {
  const { attempts } = await admin.request<{ attempts: { nodes: PaidNode[] } }>(PAID_SINCE, {
    query: `created_at:>='${failedAt.toISOString()}'`,
  })
  const passed = attempts.nodes.find(
    ({ createdAt, state, subscriptionContract: { currencyCode, customerPaymentMethod } }) =>
      new Date(createdAt) > failedAt &&
      state.order != null &&
      !state.order.test &&
      state.order.displayFinancialStatus === 'PAID' &&
      currencyCode === currency &&
      kindOf(customerPaymentMethod?.instrument ?? null) === instrument,
  )
  return passed ? new Date(passed.createdAt) : null
}

/** Short on purpose: it says whether an address changed, and many addresses share it. */
const hash = (what: unknown): string =>
  createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 8)

// ---------------------------------------------------------------- documents

type ShipmentNode = {
  deliveryPrice: { amount: string }
  deliveryMethod: { address?: Record<string, string | null> } | null
  lines: {
    nodes: {
      variantId: string | null
      quantity: number
      lineDiscountedPrice: { amount: string }
    }[]
  }
}

type VariantNode = {
  id: string
  inventoryPolicy: 'CONTINUE' | 'DENY'
  sellableOnlineQuantity: number
  availableForSale: boolean
}

type PaidNode = {
  createdAt: string
  state: { order?: { test: boolean; displayFinancialStatus: string | null } | null }
  subscriptionContract: {
    currencyCode: string
    customerPaymentMethod: { instrument: { __typename: string } | null } | null
  }
}

const SHIPMENT = `#graphql
  query Shipment($contractId: ID!, $cycleIndex: Int!) {
    subscriptionContract(id: $contractId) {
      ...Ships
    }
    cycle: subscriptionBillingCycle(billingCycleInput: { contractId: $contractId, selector: { index: $cycleIndex } }) {
      editedContract {
        ...Ships
      }
    }
  }
  fragment Ships on SubscriptionContractBase {
    deliveryPrice {
      amount
    }
    deliveryMethod {
      ... on SubscriptionDeliveryMethodShipping {
        address {
          ...Address
        }
      }
      ... on SubscriptionDeliveryMethodLocalDelivery {
        address {
          ...Address
        }
      }
    }
    lines(first: 100) {
      nodes {
        variantId
        quantity
        lineDiscountedPrice {
          amount
        }
      }
    }
  }
  fragment Address on MailingAddress {
    firstName
    lastName
    address1
    address2
    city
    zip
    provinceCode
    countryCodeV2
  }
`

const STOCK = `#graphql
  query Stock($ids: [ID!]!) {
    nodes(ids: $ids) {
      ... on ProductVariant {
        id
        inventoryPolicy
        sellableOnlineQuantity
        availableForSale
      }
    }
  }
`

const PAID_SINCE = `#graphql
  query PaidSince($query: String!) {
    attempts: subscriptionBillingAttempts(first: 20, reverse: true, sortKey: CREATED_AT, query: $query) {
      nodes {
        createdAt
        state {
          ... on SubscriptionBillingAttemptSuccessState {
            order {
              test
              displayFinancialStatus
            }
          }
        }
        subscriptionContract {
          currencyCode
          customerPaymentMethod {
            instrument {
              __typename
            }
          }
        }
      }
    }
  }
`
