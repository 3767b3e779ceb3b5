/**
 * What has happened at Shopify lately, asked for instead of waited for: attempts by their date, contracts by their last
 * billing error, and a shop's contracts page by page. Only ids, dates and outcomes: whoever acts reads the facts again.
 */
import type { Admin } from './admin.server.ts'

/** An attempt as a list shows it, whoever made it. */
export type SeenAttempt = {
  id: string
  key: string
  contractId: string
  /** When it ended; while it waits, when it was made. */
  at: Date
  outcome: 'pending' | 'action_required' | 'failed' | 'succeeded'
}

/** One page of a list; `after` leads to the next, null: this was the last. */
export type Listed<T> = { items: T[]; after: string | null }

/** A contract with its newest attempts, newest first. */
export type SeenContract = { id: string; attempts: SeenAttempt[] }

/** Shopify's kinds of a last billing error. Its search takes one at a time. */
export const ERROR_TYPES = ['PAYMENT_ERROR', 'INVENTORY_ERROR', 'CUSTOMER_ERROR', 'OTHER'] as const
export type ErrorType = (typeof ERROR_TYPES)[number]

/**
 * Attempts since one date, and contracts that changed since another and whose last charge failed. One request: asked
 * for, it costs some 520 points of the 2,000 that the smallest plan saves up; what is not found is given back, so that
 * an idle shop pays about ten. Source: https://shopify.dev/docs/api/usage/limits (2026-11).
 */
export async function readNews(
  admin: Admin,
  since: { attempts: Date; contracts: Date },
): Promise<{
  attempts: Listed<SeenAttempt>
  contracts: Record<ErrorType, Listed<SeenContract>>
}> {
  const answer = await admin.request<{ attempts: AttemptList } & Record<ErrorType, ContractList>>(
    NEWS,
    {
      attempts: createdSince(since.attempts),
      ...Object.fromEntries(ERROR_TYPES.map((type) => [type, failedSince(type, since.contracts)])),
    },
  )
  return {
    attempts: listed(answer.attempts, attemptFrom),
    contracts: {
      PAYMENT_ERROR: listed(answer.PAYMENT_ERROR, contractFrom),
      INVENTORY_ERROR: listed(answer.INVENTORY_ERROR, contractFrom),
      CUSTOMER_ERROR: listed(answer.CUSTOMER_ERROR, contractFrom),
      OTHER: listed(answer.OTHER, contractFrom),
    },
  }
}

/** The next page of what `readNews` began. */
export async function attemptsSince(
  admin: Admin,
  since: Date,
  after: string,
): Promise<Listed<SeenAttempt>> {
  const { attempts } = await admin.request<{ attempts: AttemptList }>(ATTEMPTS_SINCE, {
    query: createdSince(since),
    after,
  })
  return listed(attempts, attemptFrom)
}

/** Contracts whose last charge failed in this way and that changed since; of all times without a date. */
export async function failingContracts(
  admin: Admin,
  type: ErrorType,
  since: Date | null,
  after: string | null,
): Promise<Listed<SeenContract>> {
  const query = since ? failedSince(type, since) : `${failed(type)} status:ACTIVE`
  return contracts(admin, query, after)
}

/** Every active contract of the shop. */
export function activeContracts(admin: Admin, after: string | null): Promise<Listed<SeenContract>> {
  return contracts(admin, 'status:ACTIVE', after)
}

async function contracts(
  admin: Admin,
  query: string,
  after: string | null,
): Promise<Listed<SeenContract>> {
  const { found } = await admin.request<{ found: ContractList }>(CONTRACTS, { query, after })
  return listed(found, contractFrom)
}

const createdSince = (at: Date) => `created_at:>='${at.toISOString()}'`
const failed = (type: ErrorType) => `last_billing_attempt_error_type:${type}`
const failedSince = (type: ErrorType, at: Date) =>
  `${failed(type)} updated_at:>='${at.toISOString()}'`

// ---------------------------------------------------------------- from Shopify's words to ours

type Page<T> = { nodes: T[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } }
type AttemptNode = {
  id: string
  idempotencyKey: string
  createdAt: string
  completedAt: string | null
  state: { __typename: string }
}
type AttemptList = Page<AttemptNode & { subscriptionContract: { id: string } }>
type ContractList = Page<{ id: string; billingAttempts: { nodes: AttemptNode[] } }>

function listed<N, T>({ nodes, pageInfo }: Page<N>, from: (node: N) => T): Listed<T> {
  return { items: nodes.map(from), after: pageInfo.hasNextPage ? pageInfo.endCursor : null }
}

function attemptFrom(node: AttemptList['nodes'][number]): SeenAttempt {
  return seen(node, node.subscriptionContract.id)
}

function contractFrom({ id, billingAttempts }: ContractList['nodes'][number]): SeenContract {
  return { id, attempts: billingAttempts.nodes.map((node) => seen(node, id)) }
}

function seen(node: AttemptNode, contractId: string): SeenAttempt {
  return {
    id: node.id,
    key: node.idempotencyKey,
    contractId,
    at: new Date(node.completedAt ?? node.createdAt),
    outcome: OUTCOMES[node.state.__typename] ?? 'pending',
  }
}

const OUTCOMES: Record<string, SeenAttempt['outcome']> = {
  SubscriptionBillingAttemptSuccessState: 'succeeded',
  SubscriptionBillingAttemptFailedState: 'failed',
  SubscriptionBillingAttemptActionRequiredState: 'action_required',
}

// ---------------------------------------------------------------- documents

const SEEN = `#graphql
  fragment Seen on SubscriptionBillingAttempt {
    id
    idempotencyKey
    createdAt
    completedAt
    state {
      __typename
    }
  }
`

const FAILING = `#graphql
  fragment Contracts on SubscriptionContractConnection {
    nodes {
      id
      billingAttempts(first: 3, reverse: true) {
        nodes {
          ...Seen
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
`

const NEWS = `#graphql
  query News($attempts: String!, $PAYMENT_ERROR: String!, $INVENTORY_ERROR: String!, $CUSTOMER_ERROR: String!, $OTHER: String!) {
    attempts: subscriptionBillingAttempts(first: 50, sortKey: CREATED_AT, query: $attempts) {
      nodes {
        ...Seen
        subscriptionContract {
          id
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
    PAYMENT_ERROR: subscriptionContracts(first: 10, query: $PAYMENT_ERROR) {
      ...Contracts
    }
    INVENTORY_ERROR: subscriptionContracts(first: 10, query: $INVENTORY_ERROR) {
      ...Contracts
    }
    CUSTOMER_ERROR: subscriptionContracts(first: 10, query: $CUSTOMER_ERROR) {
      ...Contracts
    }
    OTHER: subscriptionContracts(first: 10, query: $OTHER) {
      ...Contracts
    }
  }
  ${FAILING}
  ${SEEN}
`

const ATTEMPTS_SINCE = `#graphql
  query AttemptsSince($query: String!, $after: String!) {
    attempts: subscriptionBillingAttempts(first: 50, after: $after, sortKey: CREATED_AT, query: $query) {
      nodes {
        ...Seen
        subscriptionContract {
          id
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
  ${SEEN}
`

const CONTRACTS = `#graphql
  query Contracts($query: String!, $after: String) {
    found: subscriptionContracts(first: 10, after: $after, query: $query) {
      ...Contracts
    }
  }
  ${FAILING}
  ${SEEN}
`
