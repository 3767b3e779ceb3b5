/**
 * What Shopify says now about a contract and one of its billing cycles. Read again inside every claim, because a
 * webhook or our own memory may be hours old.
 */

import { realNow } from '../clock.server.ts'
import type { Traits } from '../dunning/conditions.ts'
import type { AttemptFact, ContractStatus, Facts, Money } from '../dunning/types.ts'
import type { Admin } from './admin.server.ts'
import { sumOfDecimals } from './amounts.ts'
import { ATTEMPT, type AttemptNode, attemptFact } from './attempts.ts'
import {
  type ChargedCardNode,
  chargedWith,
  METHOD,
  type MethodNode,
  paymentMethod,
} from './methods.ts'

export type CycleRef = { contractId: string; cycleIndex: number }

/** Everything `decide` may know, in one request. */
export async function readFacts(admin: Admin, cycle: CycleRef): Promise<Facts> {
  const answer = await admin.request<CycleFacts>(CYCLE_FACTS, variablesFor(cycle))
  return factsFrom(answer, cycle, await listedEarlier(admin, answer, cycle))
}

export type Opening = {
  facts: Facts
  /** Before tax; frozen for the life of the case (rulings.md 12). */
  amount: Money
  customer: {
    id: string
    name: string | null
    firstName: string | null
    locale: string | null
    /** Of the delivery address. */
    country: string | null
    province: string | null
  } | null
  productTitle: string | null
  /** Product variants that the cycle ships. */
  variantIds: string[]
  /** When the subscription began. */
  since: Date
  /** What conditions may look at; null or empty where Shopify holds it back (protected customer data). */
  known: Pick<
    Traits,
    | 'lifetimeValue'
    | 'orders'
    | 'interval'
    | 'products'
    | 'country'
    | 'province'
    | 'language'
    | 'tags'
    | 'consent'
  >
}

/** The facts and what a new case keeps. Throws when Shopify does not show the contract. */
export async function readForOpening(admin: Admin, cycle: CycleRef): Promise<Opening> {
  const answer = await admin.request<OpeningFacts>(OPENING_FACTS, variablesFor(cycle))
  const contract = answer.subscriptionContract
  if (!contract) throw new Error(`Shopify does not show ${cycle.contractId}`)
  // A cycle that was edited ships and costs what its own copy of the contract says.
  const billed = answer.cycle?.editedContract ?? contract
  const lines = billed.lines.nodes
  const address = billed.deliveryMethod?.address ?? null
  const { customer } = contract
  return {
    facts: factsFrom(answer, cycle, await listedEarlier(admin, answer, cycle)),
    amount: {
      // `lineDiscountedPrice` is the whole line: its quantity and discounts are in it already.
      amount: sumOfDecimals([
        ...lines.map((line) => line.lineDiscountedPrice.amount),
        billed.deliveryPrice.amount,
      ]),
      currency: contract.currencyCode,
    },
    customer: customer && {
      id: customer.id,
      name: [customer.firstName, customer.lastName].filter(Boolean).join(' ') || null,
      firstName: customer.firstName,
      locale: customer.locale,
      country: address?.countryCodeV2 ?? null,
      province: address?.provinceCode ?? null,
    },
    productTitle: lines[0]?.title ?? null,
    variantIds: lines.flatMap(({ variantId }) => (variantId ? [variantId] : [])),
    since: new Date(contract.createdAt),
    known: {
      ...knownOf(customer),
      interval: {
        unit: contract.billingPolicy.interval,
        count: contract.billingPolicy.intervalCount,
      },
      products: [
        ...new Set(
          lines.flatMap(({ title, productId }) => (productId ? [title, productId] : [title])),
        ),
      ],
      country: address?.countryCodeV2 ?? null,
      province: address?.provinceCode ?? null,
    },
  }
}

/** Every field may be held back by itself. Consent is given, never taken for granted. */
function knownOf(customer: OpeningCustomer | null) {
  const spent = customer?.amountSpent
  const orders = Number(customer?.numberOfOrders ?? Number.NaN)
  return {
    lifetimeValue: spent ? { amount: spent.amount, currency: spent.currencyCode } : null,
    orders: Number.isInteger(orders) ? orders : null,
    language: customer?.locale ?? null,
    tags: customer?.tags ?? null,
    consent: {
      email: customer?.defaultEmailAddress?.marketingState === 'SUBSCRIBED',
      sms: customer?.defaultPhoneNumber?.smsMarketingConsent?.state === 'SUBSCRIBED',
    },
  }
}

/** One attempt by its id, ours or another biller's; null when Shopify does not show it. */
export async function readAttempt(
  admin: Admin,
  attemptId: string,
): Promise<{ attempt: AttemptFact; contractId: string } | null> {
  const { subscriptionBillingAttempt: node } = await admin.request<{
    subscriptionBillingAttempt: OneAttemptNode | null
  }>(ONE_ATTEMPT, { id: attemptId })
  if (!node) return null
  const { subscriptionContract: contract, transactions } = node
  const paidWith = transactions.nodes[0]?.paymentDetails ?? null
  const other = chargedWith(paidWith, contract.customerPaymentMethod)
  const attempt = { ...attemptFact(node), ...(other ? { chargedWith: other } : {}) }
  return { attempt, contractId: contract.id }
}

type OneAttemptNode = AttemptNode & {
  subscriptionContract: { id: string; customerPaymentMethod: MethodNode | null }
  transactions: { nodes: { paymentDetails: ChargedCardNode | null }[] }
}

/** The cycle that an instant lies in. */
export async function findCycle(
  admin: Admin,
  contractId: string,
  at: Date,
): Promise<{ cycleIndex: number; expectedAt: Date } | null> {
  const { subscriptionBillingCycle: node } = await admin.request<{
    subscriptionBillingCycle: { cycleIndex: number; billingAttemptExpectedDate: string } | null
  }>(CYCLE_AT, { contractId, at: at.toISOString() })
  return (
    node && { cycleIndex: node.cycleIndex, expectedAt: new Date(node.billingAttemptExpectedDate) }
  )
}

/**
 * The cycle that another biller's attempt was for. An attempt does not say: its origin time does, else the lists
 * of the recent cycles, else the time it was made (rulings.md 14). Null: nobody can tell; never guess.
 */
export async function findCycleOfAttempt(
  admin: Admin,
  contractId: string,
  attempt: AttemptFact,
): Promise<{ cycleIndex: number; expectedAt: Date } | null> {
  if (attempt.originTime) return findCycle(admin, contractId, attempt.originTime)
  const around = await findCycle(admin, contractId, attempt.createdAt)
  // A charge may come a day early, so one from before the first cycle may still be the first cycle's.
  const near = around?.cycleIndex ?? 1
  const cycles = await recentCycles(admin, contractId, { from: near - CYCLES_BACK, to: near + 1 })
  const listed = cycles.find((cycle) =>
    cycle.billingAttempts.nodes.some(({ id }) => id === attempt.shopifyId),
  )
  if (!listed) return around
  return { cycleIndex: listed.cycleIndex, expectedAt: new Date(listed.billingAttemptExpectedDate) }
}

/** How many cycles back an old debt is looked for: a quarter of a year of weekly ones. */
const CYCLES_BACK = 12

async function recentCycles(
  admin: Admin,
  contractId: string,
  { from, to }: { from: number; to: number },
): Promise<NeighbourNode[]> {
  const { subscriptionBillingCycles } = await admin.request<{
    subscriptionBillingCycles: { nodes: NeighbourNode[] }
  }>(RECENT_CYCLES, { contractId, range: { startIndex: Math.max(1, from), endIndex: to } })
  return subscriptionBillingCycles.nodes
}

/** Where the shopper confirms a waiting payment with their bank; null when nothing waits. Short-lived: never stored. */
export async function readChallengeUrl(admin: Admin, attemptId: string): Promise<string | null> {
  const { subscriptionBillingAttempt: node } = await admin.request<{
    subscriptionBillingAttempt: { state: { action?: { nextActionUrl?: string } } } | null
  }>(CHALLENGE, { id: attemptId })
  return node?.state.action?.nextActionUrl ?? null
}

/** Whether a cycle is still to be paid: the least that must be true when a message leaves. */
export async function readOwed(
  admin: Admin,
  { contractId, cycleIndex }: CycleRef,
): Promise<{
  contract: { status: ContractStatus } | null
  cycle: { status: 'BILLED' | 'UNBILLED'; skipped: boolean } | null
}> {
  const { subscriptionContract: contract, cycle } = await admin.request<{
    subscriptionContract: { status: ContractStatus } | null
    cycle: { status: 'BILLED' | 'UNBILLED'; skipped: boolean } | null
  }>(OWED, { contractId, cycleIndex })
  return { contract, cycle }
}

export type Recipient = {
  email: string | null
  /** They have agreed to offers by e-mail, and not taken it back. */
  takesOffers: boolean
  firstName: string | null
  locale: string | null
  /** What the order holds, for a mail that shows it; empty without a cycle. */
  items: { id: string; title: string; quantity: number; pictureUrl: string | null }[]
}

/**
 * Whom to write to, and with a cycle what its order holds. Each field is null where Shopify holds it back or the
 * address cannot be valid.
 */
export async function readRecipient(
  admin: Admin,
  customerId: string,
  cycle: CycleRef | null = null,
): Promise<Recipient> {
  const {
    customer,
    subscriptionContract,
    cycle: edited,
  } = await admin.request<RecipientNode>(cycle ? RECIPIENT_AND_ORDER : RECIPIENT, {
    id: customerId,
    ...cycle,
  })
  const address = customer?.defaultEmailAddress
  const lines = (edited?.editedContract ?? subscriptionContract)?.lines.nodes ?? []
  return {
    email: (address?.validFormat !== false && address?.emailAddress) || null,
    takesOffers: address?.marketingState === 'SUBSCRIBED',
    firstName: customer?.firstName ?? null,
    locale: customer?.locale ?? null,
    items: lines.map(({ id, title, quantity, variantImage }) => ({
      id,
      title,
      quantity,
      pictureUrl: variantImage?.url ?? null,
    })),
  }
}

// ---------------------------------------------------------------- from Shopify's words to ours

type RecipientNode = {
  customer: {
    firstName: string | null
    locale: string | null
    defaultEmailAddress: {
      emailAddress: string | null
      validFormat: boolean | null
      marketingState: string | null
    } | null
  } | null
  subscriptionContract?: OrderNode | null
  cycle?: { editedContract: OrderNode | null } | null
}

type OrderNode = {
  lines: {
    nodes: { id: string; title: string; quantity: number; variantImage: { url: string } | null }[]
  }
}

type CycleFacts = {
  subscriptionContract: ContractNode | null
  previous: NeighbourNode | null
  cycle: CycleNode | null
  next: NeighbourNode | null
}

type ContractNode = {
  status: ContractStatus
  customerPaymentMethod: MethodNode | null
  billingAttempts: { nodes: AttemptNode[] }
}

type CycleNode = {
  cycleIndex: number
  status: 'BILLED' | 'UNBILLED'
  skipped: boolean
  cycleStartAt: string
  cycleEndAt: string
  billingAttemptExpectedDate: string
  billingAttempts: { nodes: AttemptNode[] }
}

type NeighbourNode = {
  cycleIndex: number
  billingAttemptExpectedDate: string
  billingAttempts: { nodes: { id: string }[] }
}

type OpeningFacts = Omit<CycleFacts, 'subscriptionContract' | 'cycle'> & {
  subscriptionContract:
    | (ContractNode &
        BilledNode & {
          currencyCode: string
          createdAt: string
          billingPolicy: { interval: 'DAY' | 'WEEK' | 'MONTH' | 'YEAR'; intervalCount: number }
          customer: OpeningCustomer | null
        })
    | null
  cycle: (CycleNode & { editedContract: BilledNode | null }) | null
}

type OpeningCustomer = {
  id: string
  firstName: string | null
  lastName: string | null
  locale: string | null
  amountSpent: { amount: string; currencyCode: string } | null
  /** An unsigned 64-bit number, which comes as text. */
  numberOfOrders: string | null
  tags: string[] | null
  defaultEmailAddress: { marketingState: string | null } | null
  defaultPhoneNumber: { smsMarketingConsent: { state: string | null } | null } | null
}

type BilledNode = {
  deliveryPrice: { amount: string }
  deliveryMethod: {
    address?: { countryCodeV2: string | null; provinceCode: string | null } | null
  } | null
  lines: {
    nodes: {
      title: string
      productId: string | null
      variantId: string | null
      lineDiscountedPrice: { amount: string }
    }[]
  }
}

function variablesFor({ contractId, cycleIndex }: CycleRef) {
  return {
    contractId,
    cycleIndex,
    previousIndex: Math.max(1, cycleIndex - 1),
    nextIndex: cycleIndex + 1,
  }
}

function factsFrom(answer: CycleFacts, { cycleIndex }: CycleRef, elsewhere: Set<string>): Facts {
  const { subscriptionContract: contract, cycle, next } = answer
  const method = contract?.customerPaymentMethod
  return {
    readAt: realNow(),
    contract: contract && { status: contract.status },
    cycle: cycle && {
      status: cycle.status,
      skipped: cycle.skipped,
      expectedAt: new Date(cycle.billingAttemptExpectedDate),
    },
    // Past the last cycle Shopify may answer with the last one instead of none.
    nextExpectedAt:
      next && next.cycleIndex > cycleIndex ? new Date(next.billingAttemptExpectedDate) : null,
    method: method ? paymentMethod(method) : null,
    attempts: attemptsOf(answer, elsewhere),
    inStock: null, // read beside the facts, and only by a case that waits for stock (causes.server.ts)
  }
}

/**
 * The cycle's own list, and what it misses: Shopify has been seen to leave an attempt out of a cycle's list, and a
 * single source is not to be trusted with money. An attempt of the contract's list belongs here when its origin
 * time says so or, without one, when it was made between this cycle's date and the next and no other cycle lists it.
 */
function attemptsOf(answer: CycleFacts, elsewhere: Set<string>): AttemptFact[] {
  const listed = answer.cycle?.billingAttempts.nodes.map(attemptFact) ?? []
  const missed = missedIn(answer).filter(({ shopifyId }) => !elsewhere.has(shopifyId))
  return [...listed, ...missed].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
}

/** Attempts that no list near shows and that fall into the cycle. */
function missedIn({ subscriptionContract, previous, cycle, next }: CycleFacts): AttemptFact[] {
  if (!cycle) return []
  const taken = new Set(
    [cycle, ...neighbours(cycle, previous, next)].flatMap(({ billingAttempts }) =>
      billingAttempts.nodes.map(({ id }) => id),
    ),
  )
  return (subscriptionContract?.billingAttempts.nodes ?? [])
    .map(attemptFact)
    .filter((attempt) => !taken.has(attempt.shopifyId) && fallsInto(cycle, next, attempt))
}

/**
 * Attempts that the lists of earlier cycles show. Somebody may be paid for an older debt in the time of this one, and
 * without an origin time its date alone would call this one paid. Asked for only where that is in doubt.
 */
async function listedEarlier(
  admin: Admin,
  answer: CycleFacts,
  { contractId, cycleIndex }: CycleRef,
): Promise<Set<string>> {
  const isInDoubt = cycleIndex > 2 && missedIn(answer).some(({ originTime }) => !originTime)
  if (!isInDoubt) return new Set()
  const range = { from: cycleIndex - CYCLES_BACK, to: cycleIndex - 2 }
  const cycles = await recentCycles(admin, contractId, range)
  return new Set(cycles.flatMap((one) => one.billingAttempts.nodes.map(({ id }) => id)))
}

function neighbours(
  { cycleIndex }: CycleNode,
  ...nodes: (NeighbourNode | null)[]
): NeighbourNode[] {
  return nodes.filter((node) => node !== null).filter((node) => node.cycleIndex !== cycleIndex)
}

/** Shopify takes a charge up to 24 hours before the cycle's date. */
const EARLY_MS = 24 * 3_600_000

function fallsInto(cycle: CycleNode, next: NeighbourNode | null, attempt: AttemptFact): boolean {
  const { originTime, createdAt } = attempt
  if (originTime)
    return originTime >= new Date(cycle.cycleStartAt) && originTime < new Date(cycle.cycleEndAt)
  const from = new Date(cycle.billingAttemptExpectedDate).getTime() - EARLY_MS
  const followedBy = next && next.cycleIndex > cycle.cycleIndex ? next : null
  const until = new Date(followedBy?.billingAttemptExpectedDate ?? cycle.cycleEndAt).getTime()
  return createdAt.getTime() >= from && createdAt.getTime() < until - EARLY_MS
}

// ---------------------------------------------------------------- documents

const NEIGHBOUR = `#graphql
  fragment Neighbour on SubscriptionBillingCycle {
    cycleIndex
    billingAttemptExpectedDate
    billingAttempts(first: 15, reverse: true) {
      nodes {
        id
      }
    }
  }
`

const CYCLE_FACTS = `#graphql
  query CycleFacts($contractId: ID!, $cycleIndex: Int!, $previousIndex: Int!, $nextIndex: Int!) {
    subscriptionContract(id: $contractId) {
      status
      customerPaymentMethod(showRevoked: true) {
        ...Method
      }
      billingAttempts(first: 15, reverse: true) {
        nodes {
          ...Attempt
        }
      }
    }
    previous: subscriptionBillingCycle(billingCycleInput: { contractId: $contractId, selector: { index: $previousIndex } }) {
      ...Neighbour
    }
    cycle: subscriptionBillingCycle(billingCycleInput: { contractId: $contractId, selector: { index: $cycleIndex } }) {
      cycleIndex
      status
      skipped
      cycleStartAt
      cycleEndAt
      billingAttemptExpectedDate
      billingAttempts(first: 15, reverse: true) {
        nodes {
          ...Attempt
        }
      }
    }
    next: subscriptionBillingCycle(billingCycleInput: { contractId: $contractId, selector: { index: $nextIndex } }) {
      ...Neighbour
    }
  }
  ${NEIGHBOUR}
  ${METHOD}
  ${ATTEMPT}
`

const OPENING_FACTS = `#graphql
  query OpeningFacts($contractId: ID!, $cycleIndex: Int!, $previousIndex: Int!, $nextIndex: Int!) {
    subscriptionContract(id: $contractId) {
      status
      currencyCode
      createdAt
      billingPolicy {
        interval
        intervalCount
      }
      customer {
        id
        firstName
        lastName
        locale
        tags
        numberOfOrders
        amountSpent {
          amount
          currencyCode
        }
        defaultEmailAddress {
          marketingState
        }
        defaultPhoneNumber {
          smsMarketingConsent {
            state
          }
        }
      }
      ...Billed
      customerPaymentMethod(showRevoked: true) {
        ...Method
      }
      billingAttempts(first: 15, reverse: true) {
        nodes {
          ...Attempt
        }
      }
    }
    previous: subscriptionBillingCycle(billingCycleInput: { contractId: $contractId, selector: { index: $previousIndex } }) {
      ...Neighbour
    }
    cycle: subscriptionBillingCycle(billingCycleInput: { contractId: $contractId, selector: { index: $cycleIndex } }) {
      cycleIndex
      status
      skipped
      cycleStartAt
      cycleEndAt
      billingAttemptExpectedDate
      editedContract {
        ...Billed
      }
      billingAttempts(first: 15, reverse: true) {
        nodes {
          ...Attempt
        }
      }
    }
    next: subscriptionBillingCycle(billingCycleInput: { contractId: $contractId, selector: { index: $nextIndex } }) {
      ...Neighbour
    }
  }
  fragment Billed on SubscriptionContractBase {
    deliveryPrice {
      amount
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
    lines(first: 100) {
      nodes {
        title
        productId
        variantId
        lineDiscountedPrice {
          amount
        }
      }
    }
  }
  ${NEIGHBOUR}
  ${METHOD}
  ${ATTEMPT}
`

const ONE_ATTEMPT = `#graphql
  query OneAttempt($id: ID!) {
    subscriptionBillingAttempt(id: $id) {
      ...Attempt
      subscriptionContract {
        id
        customerPaymentMethod(showRevoked: true) {
          ...Method
        }
      }
      transactions(first: 1, reverse: true) {
        nodes {
          paymentDetails {
            __typename
            ... on CardPaymentDetails {
              number
              expirationMonth
              expirationYear
            }
          }
        }
      }
    }
  }
  ${METHOD}
  ${ATTEMPT}
`

const CYCLE_AT = `#graphql
  query CycleAt($contractId: ID!, $at: DateTime!) {
    subscriptionBillingCycle(billingCycleInput: { contractId: $contractId, selector: { date: $at } }) {
      cycleIndex
      billingAttemptExpectedDate
    }
  }
`

const RECENT_CYCLES = `#graphql
  query RecentCycles($contractId: ID!, $range: SubscriptionBillingCyclesIndexRangeSelector!) {
    subscriptionBillingCycles(contractId: $contractId, billingCyclesIndexRangeSelector: $range, first: 14) {
      nodes {
        cycleIndex
        billingAttemptExpectedDate
        billingAttempts(first: 15, reverse: true) {
          nodes {
            id
          }
        }
      }
    }
  }
`

const CHALLENGE = `#graphql
  query Challenge($id: ID!) {
    subscriptionBillingAttempt(id: $id) {
      state {
        ... on SubscriptionBillingAttemptActionRequiredState {
          action {
            ... on SubscriptionBillingAttemptPaymentChallenge {
              nextActionUrl
            }
          }
        }
      }
    }
  }
`

const OWED = `#graphql
  query StillOwed($contractId: ID!, $cycleIndex: Int!) {
    subscriptionContract(id: $contractId) {
      status
    }
    cycle: subscriptionBillingCycle(billingCycleInput: { contractId: $contractId, selector: { index: $cycleIndex } }) {
      status
      skipped
    }
  }
`

const RECIPIENT = `#graphql
  query Recipient($id: ID!) {
    customer(id: $id) {
      firstName
      locale
      defaultEmailAddress {
        emailAddress
        validFormat
        marketingState
      }
    }
  }
`

const RECIPIENT_AND_ORDER = `#graphql
  query RecipientAndOrder($id: ID!, $contractId: ID!, $cycleIndex: Int!) {
    customer(id: $id) {
      firstName
      locale
      defaultEmailAddress {
        emailAddress
        validFormat
        marketingState
      }
    }
    subscriptionContract(id: $contractId) {
      lines(first: 4) {
        nodes {
          ...Item
        }
      }
    }
    cycle: subscriptionBillingCycle(billingCycleInput: { contractId: $contractId, selector: { index: $cycleIndex } }) {
      editedContract {
        lines(first: 4) {
          nodes {
            ...Item
          }
        }
      }
    }
  }
  fragment Item on SubscriptionLine {
    id
    title
    quantity
    variantImage {
      url(transform: { maxWidth: 192, maxHeight: 192 })
    }
  }
`
