import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  freshWorld,
  type Made,
  openSandbox,
  plainContract,
  SHOP,
  type TestSandbox,
} from '../test-sandbox.ts'

let sandbox: TestSandbox
beforeAll(async () => {
  sandbox = await openSandbox()
})
afterAll(() => sandbox.close())
beforeEach(() => freshWorld(sandbox))

const subscribe = (more: object = {}): Promise<Made> =>
  sandbox.post('contracts', { ...plainContract, ...more })

const CREATE = `mutation ($contractId: ID!, $input: SubscriptionBillingAttemptInput!) {
  subscriptionBillingAttemptCreate(
    subscriptionContractId: $contractId
    subscriptionBillingAttemptInput: $input
  ) {
    subscriptionBillingAttempt { id idempotencyKey state { __typename } }
    userErrors { code field message }
  }
}`
const charge = async (contractId: string, key: string, input: object = {}) => {
  const answer = await sandbox.admin(CREATE, {
    contractId,
    input: { idempotencyKey: key, billingCycleSelector: { index: 1 }, ...input },
  })
  expect(answer.errors).toBeUndefined()
  const at = (path: string) => answer.at(`subscriptionBillingAttemptCreate.${path}`)
  return {
    id: at('subscriptionBillingAttempt.id'),
    state: at('subscriptionBillingAttempt.state.__typename'),
    refusal: at('userErrors.0.code'),
  }
}
const refusal = async (...args: Parameters<typeof charge>) => (await charge(...args)).refusal

describe('a document', () => {
  test('with a field that Shopify lacks is refused in Shopify’s words', async () => {
    const { status, errors, data } = await sandbox.admin('{ shop { name mood } }')
    expect(status).toBe(200)
    expect(data).toBeUndefined()
    expect(errors).toEqual([
      expect.objectContaining({
        message: "Field 'mood' doesn't exist on type 'Shop'",
        extensions: { code: 'undefinedField' },
      }),
    ])
  })

  test('with an argument or an enum value that Shopify lacks is refused', async () => {
    const argument = await sandbox.admin('{ shop { name(loud: true) } }')
    expect(argument.errors?.[0]?.message).toBe("Field 'name' doesn't accept argument 'loud'")
    const value = await sandbox.admin(
      '{ subscriptionContracts(first: 1, sortKey: MOOD) { nodes { id } } }',
    )
    expect(value.errors?.[0]?.message).toMatch(/MOOD/)
  })

  test('with a deprecated field is refused and reported', async () => {
    const { contractId } = await subscribe()
    const { errors, data } = await sandbox.admin(
      'query ($id: ID!) { subscriptionContract(id: $id) { lineCount } }',
      { id: contractId },
    )
    expect(data).toBeUndefined()
    expect(errors?.[0]?.message).toMatch(/lineCount is deprecated/)
    const { deprecations } = await sandbox.get<{ deprecations: { message: string }[] }>('state')
    expect(deprecations[0]?.message).toMatch(/lineCount/)
  })

  test('with a field that the sandbox does not play fails loudly', async () => {
    const { errors } = await sandbox.admin('{ shop { weightUnit } }')
    expect(errors?.[0]?.message).toMatch(/does not play Shop.weightUnit/)
    expect((await sandbox.get<{ notPlayed: string[] }>('state')).notPlayed).toEqual([
      'Shop.weightUnit',
    ])
  })

  test('says what it cost and what is left', async () => {
    const { extensions } = await sandbox.admin(
      '{ subscriptionContracts(first: 50) { nodes { id status } } }',
    )
    expect(extensions?.cost).toMatchObject({
      requestedQueryCost: 52,
      actualQueryCost: 1,
      throttleStatus: { maximumAvailable: 20000, restoreRate: 1000 },
    })
  })

  test('that costs more than 1,000 is refused', async () => {
    const { errors } = await sandbox.admin(
      '{ subscriptionContracts(first: 100) { nodes { lines(first: 50) { nodes { id } } } } }',
    )
    expect(errors?.[0]?.extensions?.code).toBe('MAX_COST_EXCEEDED')
  })

  test('is throttled with HTTP 200 when the bucket is empty', async () => {
    const domain = 'small.myshopify.com'
    await sandbox.post('shops', { ...SMALL, domain, plan: 'standard' })
    const { api, world } = sandbox.sandbox
    api.buckets.set(SHOP, { level: 10, realAt: Date.now() + 60_000, worldAt: world.now })
    const { status, errors } = await sandbox.admin(
      '{ subscriptionContracts(first: 50) { nodes { id } } }',
    )
    expect(status).toBe(200)
    expect(errors?.[0]?.extensions?.code).toBe('THROTTLED')
  })
})

const SMALL = { name: 'Small', zone: 'UTC', currency: 'USD', country: 'US' }

describe('access scopes', () => {
  const grant = (scopes: string[]) => sandbox.post(`shops/${SHOP}/scopes`, { scopes })

  test('a mutation without its scope is denied', async () => {
    const { contractId } = await subscribe()
    await grant(['read_own_subscription_contracts'])
    const { errors, data } = await sandbox.admin(
      'mutation ($id: ID!) { subscriptionContractPause(subscriptionContractId: $id) { userErrors { code } } }',
      { id: contractId },
    )
    expect(data?.subscriptionContractPause).toBeNull()
    expect(errors?.[0]).toMatchObject({
      message: expect.stringMatching(/^Access denied for subscriptionContractPause field/),
      path: ['subscriptionContractPause'],
      extensions: { code: 'ACCESS_DENIED' },
    })
  })

  test('a field deep in an answer without its scope is null with an error', async () => {
    const { contractId } = await subscribe()
    await grant(['read_own_subscription_contracts', 'read_customers'])
    const { errors, data } = await sandbox.admin(
      'query ($id: ID!) { subscriptionContract(id: $id) { status customer { id } customerPaymentMethod { id } } }',
      { id: contractId },
    )
    expect(data?.subscriptionContract).toMatchObject({
      status: 'ACTIVE',
      customerPaymentMethod: null,
    })
    expect(errors?.map(({ path }) => path)).toEqual([
      ['subscriptionContract', 'customerPaymentMethod'],
    ])
  })
})

describe('creating a billing attempt', () => {
  test('is answered as pending; the result comes with the calendar', async () => {
    const { contractId } = await subscribe()
    await sandbox.post('clock', { to: '2026-11-11T09:00:00Z' })
    const accepted = await charge(contractId, 'k1')
    expect(accepted.state).toMatch(/PendingState$/)
    await sandbox.post('clock', { by: 'PT1M' })
    const { data } = await sandbox.admin(
      `query ($id: ID!) { subscriptionBillingAttempt(id: $id) { completedAt state {
        ... on SubscriptionBillingAttemptSuccessState { order { totalPriceSet { shopMoney { amount } } } }
      } } }`,
      { id: accepted.id },
    )
    expect(data?.subscriptionBillingAttempt).toEqual({
      completedAt: '2026-11-11T09:00:08Z',
      state: { order: { totalPriceSet: { shopMoney: { amount: '24.9' } } } },
    })
  })

  test('with the same key gives the same attempt and asks the bank once', async () => {
    const { contractId } = await subscribe()
    await sandbox.post('clock', { to: '2026-11-12T07:00:00Z' })
    const first = await charge(contractId, 'same')
    const second = await charge(contractId, 'same')
    expect(first.id).toMatch(/^gid:/)
    expect(second.id).toBe(first.id)
    await sandbox.post('clock', { by: 'PT1M' })
    const { charges } = await sandbox.get<{ charges: { key: string }[] }>('oracle')
    expect(charges.map(({ key }) => key)).toEqual(['same'])
  })

  test('is refused for every reason that the world can give', async () => {
    const { contractId } = await subscribe({ firstChargeAt: '2026-11-10T08:00:00Z' })
    expect(await refusal(contractId, '')).toBe('BLANK')
    expect(await refusal('gid://shopify/SubscriptionContract/1', 'a')).toBe('CONTRACT_NOT_FOUND')
    expect(await refusal(contractId, 'b', { billingCycleSelector: { index: 0 } })).toBe(
      'CYCLE_INDEX_OUT_OF_RANGE',
    )
    expect(await refusal(contractId, 'c', { billingCycleSelector: { index: 900 } })).toBe(
      'UPCOMING_CYCLE_LIMIT_EXCEEDED',
    )
    expect(
      await refusal(contractId, 'd', { billingCycleSelector: { date: '2026-01-01T00:00:00Z' } }),
    ).toBe('CYCLE_START_DATE_OUT_OF_RANGE')
    expect(
      await refusal(contractId, 'e', {
        billingCycleSelector: { index: 1, date: '2026-11-12T00:00:00Z' },
      }),
    ).toBe('INVALID')
    expect(await refusal(contractId, 'f', { billingCycleSelector: { index: 2 } })).toBe(
      'BILLING_CYCLE_CHARGE_BEFORE_EXPECTED_DATE',
    )
    expect(await refusal(contractId, 'g', { originTime: '2020-01-01T00:00:00Z' })).toBe(
      'ORIGIN_TIME_BEFORE_CONTRACT_CREATION',
    )
    expect(await refusal(contractId, 'h', { originTime: '2029-01-01T00:00:00Z' })).toBe(
      'ORIGIN_TIME_OUT_OF_RANGE',
    )
    const path = `contracts/${encodeURIComponent(contractId)}`
    await sandbox.post(`${path}/cycles/1/skip`)
    expect(await refusal(contractId, 'i')).toBe('BILLING_CYCLE_SKIPPED')
    await sandbox.post(`${path}/review`, { on: true })
    expect(await refusal(contractId, 'j')).toBe('CONTRACT_UNDER_REVIEW')
    await sandbox.post(`${path}/pause`)
    expect(await refusal(contractId, 'k')).toBe('CONTRACT_PAUSED')
    await sandbox.post(`${path}/cancel`)
    expect(await refusal(contractId, 'l')).toBe('CONTRACT_TERMINATED')
    await sandbox.post('faults', {
      operation: 'subscriptionBillingAttemptCreate',
      mode: 'refuse',
      code: 'PROCESSING_FAILED',
      times: 1,
    })
    expect(await refusal(contractId, 'm')).toBe('PROCESSING_FAILED')
    const { charges } = await sandbox.get<{ charges: unknown[] }>('oracle')
    expect(charges).toEqual([])
  })

  test('of a shop’s contract by another shop finds nothing', async () => {
    const domain = 'other.myshopify.com'
    await sandbox.post('shops', { ...SMALL, domain })
    const { contractId } = await subscribe({ shop: domain })
    expect(await refusal(contractId, 'a')).toBe('CONTRACT_NOT_FOUND')
  })
})

describe('a decline', () => {
  const FAILED = `query ($id: ID!) { subscriptionContract(id: $id) { billingAttempts(first: 5) { nodes { state {
    ... on SubscriptionBillingAttemptFailedState { error { __typename
      ... on SubscriptionBillingAttemptPaymentError { paymentCode: code }
      ... on SubscriptionBillingAttemptGeneralError { generalCode: code }
      ... on SubscriptionBillingAttemptInventoryError { inventoryCode: code }
    } } } } } } }`
  const errorOf = async (contractId: string) => {
    await sandbox.post('clock', { to: '2026-11-12T08:01:00Z' })
    const answer = await sandbox.admin(FAILED, { id: contractId })
    expect(answer.errors).toBeUndefined()
    return answer.at('subscriptionContract.billingAttempts.nodes.0.state.error')
  }

  test.each([
    ['INSUFFICIENT_FUNDS', { paymentCode: 'INSUFFICIENT_FUNDS' }],
    ['PAYMENT_METHOD_NOT_FOUND', { generalCode: 'PAYMENT_METHOD_NOT_FOUND' }],
    ['INVENTORY_ALLOCATIONS_NOT_FOUND', { inventoryCode: 'INVENTORY_ALLOCATIONS_NOT_FOUND' }],
    ['UNEXPECTED_ERROR', { __typename: 'SubscriptionBillingAttemptUnexpectedError' }],
    ['general:MARTIAN_ERROR', { generalCode: 'MARTIAN_ERROR' }],
  ])('%s comes in its member of the error union', async (code, shown) => {
    const { contractId } = await subscribe({ card: { script: { type: 'code', code } } })
    expect(await errorOf(contractId)).toMatchObject(shown)
  })

  test('for want of stock happens before the bank is asked', async () => {
    const { contractId } = await subscribe({ stock: 0 })
    expect(await errorOf(contractId)).toMatchObject({ inventoryCode: 'INSUFFICIENT_INVENTORY' })
    const { charges } = await sandbox.get<{ charges: { reachedBank: boolean }[] }>('oracle')
    expect(charges.map(({ reachedBank }) => reachedBank)).toEqual([false])
  })
})

describe('cycles', () => {
  test('are found by index, by a date within, and by ranges', async () => {
    const { contractId } = await subscribe()
    const { data } = await sandbox.admin(
      `query ($id: ID!) {
        byIndex: subscriptionBillingCycle(billingCycleInput: { contractId: $id, selector: { index: 2 } }) { billingAttemptExpectedDate }
        byDate: subscriptionBillingCycle(billingCycleInput: { contractId: $id, selector: { date: "2026-12-20T00:00:00Z" } }) { cycleIndex }
        range: subscriptionBillingCycles(contractId: $id, first: 9, billingCyclesIndexRangeSelector: { startIndex: 2, endIndex: 4 }) { nodes { cycleIndex } }
        dates: subscriptionBillingCycles(contractId: $id, first: 9, billingCyclesDateRangeSelector: { startDate: "2027-01-01T00:00:00Z", endDate: "2027-02-28T00:00:00Z" }) { nodes { cycleIndex } }
      }`,
      { id: contractId },
    )
    expect(data).toEqual({
      byIndex: { billingAttemptExpectedDate: '2026-12-12T08:00:00Z' },
      byDate: { cycleIndex: 2 },
      range: { nodes: [{ cycleIndex: 2 }, { cycleIndex: 3 }, { cycleIndex: 4 }] },
      dates: { nodes: [{ cycleIndex: 3 }, { cycleIndex: 4 }] },
    })
  })

  test('with an attempt in flight cannot be skipped', async () => {
    const { contractId } = await subscribe()
    await sandbox.post('clock', { to: '2026-11-12T08:00:00Z' })
    const SKIP = `mutation ($cycle: SubscriptionBillingCycleInput!) {
      subscriptionBillingCycleSkip(billingCycleInput: $cycle) { billingCycle { skipped } userErrors { message } } }`
    const cycle = { contractId, selector: { index: 1 } }
    const busy = await sandbox.admin(SKIP, { cycle })
    expect(busy.at('subscriptionBillingCycleSkip.userErrors.0.message')).toMatch(/in progress/)
    const next = await sandbox.admin(SKIP, { cycle: { contractId, selector: { index: 2 } } })
    expect(next.at('subscriptionBillingCycleSkip')).toMatchObject({
      billingCycle: { skipped: true },
      userErrors: [],
    })
  })
})

describe('the order of one cycle', () => {
  const CYCLE = 'billingCycleInput: { contractId: $id, selector: { index: 1 } }'
  const begin = async (id: string, root = 'subscriptionBillingCycleContractEdit') => {
    const { at } = await sandbox.admin(
      `mutation ($id: ID!) { ${root}(${root.endsWith('Edit') ? CYCLE : 'contractId: $id'}) {
        draft { id billingCycle { cycleIndex } } userErrors { code message } } }`,
      { id },
    )
    return {
      draft: at(`${root}.draft.id`),
      of: at(`${root}.draft.billingCycle.cycleIndex`),
      refusal: at(`${root}.userErrors.0.code`),
    }
  }
  const LINES = 'lines(first: 5) { nodes { title quantity lineDiscountedPrice { amount } } }'
  const orders = async (id: string) => {
    const { data } = await sandbox.admin(
      `query ($id: ID!) {
        subscriptionContract(id: $id) { lines(first: 5) { nodes { id } } }
        cycle: subscriptionBillingCycle(${CYCLE}) { edited editedContract { ${LINES} } }
        next: subscriptionBillingCycle(billingCycleInput: { contractId: $id, selector: { index: 2 } }) { edited editedContract { ${LINES} } }
      }`,
      { id },
    )
    return data as {
      subscriptionContract: { lines: { nodes: { id: string }[] } }
      cycle: object
      next: object
    }
  }
  const update = async (draft: unknown, line: unknown, quantity: number) => {
    const { at, errors } = await sandbox.admin(
      `mutation ($draft: ID!, $line: ID!, $quantity: Int!) {
        subscriptionDraftLineUpdate(draftId: $draft, lineId: $line, input: { quantity: $quantity }) {
          lineUpdated { quantity } userErrors { code } } }`,
      { draft, line, quantity },
    )
    expect(errors).toBeUndefined()
    return at('subscriptionDraftLineUpdate.userErrors.0.code') ?? 'done'
  }
  const remove = async (draft: unknown, line: unknown) => {
    const { at } = await sandbox.admin(
      `mutation ($draft: ID!, $line: ID!) {
        subscriptionDraftLineRemove(draftId: $draft, lineId: $line) { lineRemoved { id } userErrors { code } } }`,
      { draft, line },
    )
    return at('subscriptionDraftLineRemove.userErrors.0.code') ?? 'done'
  }
  const commit = async (draft: unknown, root = 'subscriptionBillingCycleContractDraftCommit') => {
    const { at } = await sandbox.admin(
      `mutation ($draft: ID!) { ${root}(draftId: $draft) { contract { updatedAt } userErrors { code } } }`,
      { draft },
    )
    return at(`${root}.userErrors.0.code`) ?? 'done'
  }
  const beans = {
    price: '10.00',
    quantity: 3,
    also: [{ title: 'Filters', price: '4.50', quantity: 1 }],
  }

  test('is edited by a draft of its own; the contract and the next order stay as they are', async () => {
    const { contractId } = await subscribe(beans)
    const [first, second] = (await orders(contractId)).subscriptionContract.lines.nodes
    const { draft, of } = await begin(contractId)
    expect(of).toBe(1)
    expect(await update(draft, first?.id, 0)).toBe('GREATER_THAN_OR_EQUAL_TO')
    expect(await update(draft, 'gid://shopify/SubscriptionLine/1', 1)).toBe('INVALID')
    expect(await update(draft, first?.id, 2)).toBe('done')
    expect(await remove(draft, second?.id)).toBe('done')
    expect(await remove(draft, second?.id)).toBe('ALREADY_REMOVED')
    expect(await remove(draft, first?.id)).toBe('INVALID_LINES')
    expect((await orders(contractId)).cycle).toEqual({ edited: false, editedContract: null })

    expect(await commit(draft, 'subscriptionDraftCommit')).toBe('BILLING_CYCLE_PRESENT')
    expect(await commit(draft)).toBe('done')
    expect(await commit(draft)).toBe('COMMITTED')
    const after = await orders(contractId)
    expect(after.subscriptionContract.lines.nodes).toHaveLength(2)
    expect(after.next).toEqual({ edited: false, editedContract: null })
    const left = { title: 'House espresso', quantity: 2, lineDiscountedPrice: { amount: '20.0' } }
    expect(after.cycle).toEqual({ edited: true, editedContract: { lines: { nodes: [left] } } })

    // Charged as edited; the one after it as the contract says.
    await sandbox.post('clock', { to: '2026-12-12T08:05:00Z' })
    const { charges } = await sandbox.get<{ charges: { amount: string }[] }>('oracle')
    expect(charges.map(({ amount }) => amount)).toEqual(['20.00', '34.50'])
  })

  test('is refused while it is charged or once it is billed, and when somebody was faster', async () => {
    const { contractId } = await subscribe(beans)
    const [first] = (await orders(contractId)).subscriptionContract.lines.nodes
    const early = await begin(contractId)
    const late = await begin(contractId)
    const ofContract = await begin(contractId, 'subscriptionContractUpdate')
    expect(await commit(ofContract.draft)).toBe('BILLING_CYCLE_ABSENT')
    expect(await update(early.draft, first?.id, 1)).toBe('done')
    expect(await commit(early.draft)).toBe('done')
    expect(await commit(late.draft)).toBe('STALE_CONTRACT')
    // Not until that order is billed: so says Shopify of its drafts.
    expect((await begin(contractId, 'subscriptionContractUpdate')).refusal).toBe('HAS_FUTURE_EDITS')

    await sandbox.post('clock', { to: '2026-11-12T08:00:00Z' })
    expect((await begin(contractId)).refusal).toBe('INVALID')
    await sandbox.post('clock', { by: 'PT5M' })
    expect((await begin(contractId)).refusal).toBe('INVALID')
    expect((await begin(contractId, 'subscriptionContractUpdate')).refusal).toBeUndefined()
  })
})

describe('payment methods', () => {
  test('a revoked one shows only to those who ask for it', async () => {
    const { contractId, methodId } = await subscribe()
    await sandbox.post(`methods/${encodeURIComponent(methodId)}/revoke`, {
      reason: 'MANUALLY_REVOKED',
    })
    const { data } = await sandbox.admin(
      `query ($id: ID!) { subscriptionContract(id: $id) {
        plain: customerPaymentMethod { id } all: customerPaymentMethod(showRevoked: true) { revokedReason } } }`,
      { id: contractId },
    )
    expect(data?.subscriptionContract).toEqual({
      plain: null,
      all: { revokedReason: 'MANUALLY_REVOKED' },
    })
  })

  test('a draft moves the contract to another of the customer’s methods', async () => {
    const { contractId, methodId } = await subscribe()
    const other = await sandbox.post<{ methodId: string }>(
      `contracts/${encodeURIComponent(contractId)}/method`,
      { mode: 'replace', card: { last4: '1111' } },
    )
    const started = await sandbox.admin(
      'mutation ($id: ID!) { subscriptionContractUpdate(contractId: $id) { draft { id } userErrors { code } } }',
      { id: contractId },
    )
    const draftId = started.at('subscriptionContractUpdate.draft.id')
    const { at, errors } = await sandbox.admin(
      `mutation ($draft: ID!, $method: ID!) {
        subscriptionDraftUpdate(draftId: $draft, input: { paymentMethodId: $method }) { userErrors { code } }
        subscriptionDraftCommit(draftId: $draft) { contract { customerPaymentMethod { id } } userErrors { code } }
      }`,
      { draft: draftId, method: methodId },
    )
    expect(errors).toBeUndefined()
    expect(other.methodId).not.toBe(methodId)
    expect(at('subscriptionDraftCommit.contract.customerPaymentMethod.id')).toBe(methodId)
  })

  test('Shopify mails its own link; only Shop Pay has an address of its own', async () => {
    const { methodId } = await subscribe()
    const { at } = await sandbox.admin(
      `mutation ($id: ID!) {
        customerPaymentMethodSendUpdateEmail(customerPaymentMethodId: $id) { userErrors { message } }
        customerPaymentMethodGetUpdateUrl(customerPaymentMethodId: $id) { userErrors { code } } }`,
      { id: methodId },
    )
    expect(at('customerPaymentMethodSendUpdateEmail.userErrors')).toEqual([])
    expect(at('customerPaymentMethodGetUpdateUrl.userErrors')).toEqual([
      { code: 'INVALID_INSTRUMENT' },
    ])
    const { messages } = await sandbox.get<{ messages: { from: string; to: string }[] }>('mailbox')
    expect(messages).toEqual([expect.objectContaining({ from: 'Shopify', to: 'mara@example.com' })])

    await sandbox.post(`methods/${encodeURIComponent(methodId)}/revoke`, {
      reason: 'MANUALLY_REVOKED',
    })
    const revoked = await sandbox.admin(
      'mutation ($id: ID!) { customerPaymentMethodSendUpdateEmail(customerPaymentMethodId: $id) { userErrors { message } } }',
      { id: methodId },
    )
    expect(revoked.at('customerPaymentMethodSendUpdateEmail.userErrors')).toEqual([
      { message: 'Payment method is revoked' },
    ])
  })
})

describe('planned faults', () => {
  test('a lost answer: the attempt was made, the caller heard nothing', async () => {
    const { contractId } = await subscribe()
    await sandbox.post('clock', { to: '2026-11-12T07:00:00Z' })
    await sandbox.post('faults', {
      operation: 'subscriptionBillingAttemptCreate',
      mode: 'lose_answer',
      times: 1,
    })
    await expect(charge(contractId, 'k1')).rejects.toThrow('fetch failed')
    const { charges } = await sandbox.get<{ charges: { key: string }[] }>('oracle')
    expect(charges.map(({ key }) => key)).toEqual(['k1'])
  })

  test('an error or a throttle strikes before anything is done, as often as planned', async () => {
    const { contractId } = await subscribe()
    await sandbox.post('clock', { to: '2026-11-12T07:00:00Z' })
    const send = () =>
      sandbox.admin(CREATE, {
        contractId,
        input: { idempotencyKey: 'k', billingCycleSelector: { index: 1 } },
      })
    await sandbox.post('faults', { operation: '*', mode: 'http_500', times: 1 })
    await sandbox.post('faults', { operation: '*', mode: 'throttled', times: 1 })
    expect((await send()).status).toBe(500)
    expect((await send()).errors).toMatchObject([{ extensions: { code: 'THROTTLED' } }])
    expect((await sandbox.get<{ charges: unknown[] }>('oracle')).charges).toEqual([])
    expect((await send()).status).toBe(200)
  })
})
