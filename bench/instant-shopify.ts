/**
 * A Shopify that answers the two requests of a retry and the account pages' questions for saved methods and for what an
 * order holds, and knows nothing else, because a real one's cost, or the sandbox's, must not be measured. Each contract's cycle 3 failed once
 * at CHARGED_AT, for want of money. Its query points never run low: what a shop may ask is not what is measured.
 *
 * Reads CHARGED_AT (ISO). `GET /counts` tells how often each was asked; `GET /latency/100` has every later answer take
 * 100 ms, and none at first.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import { CYCLE_INDEX, firstAttemptId, methodId } from './due-cases.ts'

const chargedAt = new Date(process.env.CHARGED_AT ?? '')
const inDays = (days: number) => new Date(chargedAt.getTime() + days * 86_400_000).toISOString()
const counts = { reads: 0, writes: 0, others: 0 }
let made = 0
let latencyMs = 0

const COST = {
  requestedQueryCost: 40,
  actualQueryCost: 20,
  throttleStatus: { maximumAvailable: 20_000, currentlyAvailable: 19_900, restoreRate: 1_000 },
}

const server = createServer((req, res) => {
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.on('end', () => {
    if (req.method === 'GET') {
      latencyMs = Number(/^\/latency\/(\d+)$/.exec(req.url ?? '')?.[1] ?? latencyMs)
      return answer(res, counts)
    }
    const said = graphql(Buffer.concat(chunks).toString('utf8'))
    const whole = { ...said, extensions: { cost: COST } }
    if (latencyMs === 0) answer(res, whole)
    else setTimeout(answer, latencyMs, res, whole)
  })
})

function answer(res: ServerResponse, said: object): void {
  const body = JSON.stringify(said)
  res
    .writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    })
    .end(body)
}

server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.stdout.write(`${JSON.stringify({ listening: port })}\n`)
})

function graphql(text: string): object {
  const { query, variables } = JSON.parse(text) as {
    query: string
    variables: { contractId: string; customerId?: string; input?: { idempotencyKey: string } }
  }
  if (query.includes('query CycleFacts(')) {
    counts.reads++
    return { data: facts(variables.contractId) }
  }
  if (query.includes('subscriptionBillingAttemptCreate(')) {
    counts.writes++
    return {
      data: { subscriptionBillingAttemptCreate: created(variables.input?.idempotencyKey ?? '') },
    }
  }
  if (query.includes('query SavedMethods(')) {
    counts.reads++
    const n = variables.customerId?.split('/').at(-1)
    return { data: { customer: { paymentMethods: { nodes: [method(`/${n}`)] } } } }
  }
  if (query.includes('query OrderInParts(')) {
    counts.reads++
    return { data: order(variables.contractId) }
  }
  counts.others++
  return { errors: [{ message: 'This bench has no answer to that request.' }] }
}

function created(key: string): object {
  const subscriptionBillingAttempt = {
    id: `gid://shopify/SubscriptionBillingAttempt/9${++made}`,
    idempotencyKey: key,
    createdAt: new Date().toISOString(),
    completedAt: null,
    originTime: null,
    state: { __typename: 'SubscriptionBillingAttemptPendingState' },
  }
  return { subscriptionBillingAttempt, userErrors: [] }
}

function facts(contractId: string): object {
  const failed = {
    id: firstAttemptId(contractId),
    idempotencyKey: `native-${contractId}`,
    createdAt: inDays(0),
    completedAt: inDays(0),
    originTime: inDays(0),
    state: {
      __typename: 'SubscriptionBillingAttemptFailedState',
      error: {
        __typename: 'SubscriptionBillingAttemptPaymentError',
        paymentCode: 'INSUFFICIENT_FUNDS',
      },
    },
  }
  return {
    subscriptionContract: {
      status: 'ACTIVE',
      customerPaymentMethod: method(contractId),
      billingAttempts: { nodes: [failed] },
    },
    previous: neighbour(CYCLE_INDEX - 1, -30),
    cycle: {
      cycleIndex: CYCLE_INDEX,
      status: 'UNBILLED',
      skipped: false,
      cycleStartAt: inDays(0),
      cycleEndAt: inDays(30),
      billingAttemptExpectedDate: inDays(0),
      billingAttempts: { nodes: [failed] },
    },
    next: neighbour(CYCLE_INDEX + 1, 30),
  }
}

function method(contractId: string): object {
  return {
    id: methodId(contractId),
    revokedAt: null,
    revokedReason: null,
    instrument: {
      __typename: 'CustomerCreditCard',
      brand: 'VISA',
      lastDigits: '4242',
      expiryMonth: 1,
      expiryYear: 2030,
    },
  }
}

/** Two bags of coffee. */
function order(contractId: string): object {
  const lineDiscountedPrice = { amount: '24.90' }
  const bags = { title: 'Morning Roast', variantTitle: null, variantId: null, quantity: 2 }
  const line = { id: contractId.replace('Contract', 'Line'), ...bags, lineDiscountedPrice }
  const lines = { nodes: [line], pageInfo: { hasNextPage: false } }
  return {
    contract: { currencyCode: 'EUR', deliveryPrice: { amount: '0.0' }, lines },
    cycle: { status: 'UNBILLED', edited: false, skipped: false, editedContract: null },
  }
}

function neighbour(cycleIndex: number, days: number): object {
  return { cycleIndex, billingAttemptExpectedDate: inDays(days), billingAttempts: { nodes: [] } }
}
