/** The adapters of app/shopify/ against the local Shopify, which runs their documents on the real schema. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { launch } from '../scripts/processes.mjs'
import { freshDatabase } from './database.ts'
import { type NewContract, SandboxClient } from './sandbox-client.ts'

const SHOP = 'demo.myshopify.com'
const START = new Date('2026-11-09T07:00:00Z')
/** Thursday the 12th, 09:00 in Berlin. */
const CHARGE_AT = '2026-11-12T08:00:00.000Z'
const KEY = 'adapter-test-key'
const SECRET = 'adapter-test-secret'

const folder = mkdtempSync(join(tmpdir(), 'reprise-adapters-'))
const database = await freshDatabase()
const sandboxProcess = launch('sandbox', ['sandbox/server.ts'], {
  NODE_ENV: 'test',
  SANDBOX_PORT: '0',
  SANDBOX_CLOCK_FILE: join(folder, 'clock'),
  SHOPIFY_API_KEY: KEY,
  SHOPIFY_API_SECRET: SECRET,
})
const sandboxUrl = `http://localhost:${await sandboxProcess.listening()}`
const sandbox = new SandboxClient(sandboxUrl)
Object.assign(process.env, {
  DATABASE_URL: database.url,
  SANDBOX_URL: sandboxUrl,
  SANDBOX_CLOCK_FILE: join(folder, 'clock'),
  SHOPIFY_API_KEY: KEY,
  SHOPIFY_API_SECRET: SECRET,
  SHOPIFY_APP_URL: 'http://localhost:3000',
  SCOPES: 'read_orders',
  LOG_LEVEL: 'silent',
})
await import('../sandbox/register.ts')
const { db, disconnect } = await import('../app/db.server.ts')
const { adminFor } = await import('../app/shopify/admin.server.ts')
const { createAttempt } = await import('../app/shopify/billing.server.ts')
const { activateContract, cancelContract, pauseContract, setPaymentMethod, skipCycle } =
  await import('../app/shopify/contracts.server.ts')
const {
  findCycle,
  findCycleOfAttempt,
  readAttempt,
  readChallengeUrl,
  readFacts,
  readForOpening,
  readRecipient,
} = await import('../app/shopify/facts.server.ts')
const { NOT_OURS, priceSmaller, putSmaller, putWhole, readOrder } = await import(
  '../app/shopify/order-edits.server.ts'
)
const { sendUpdateEmail, shopPayUpdateUrl } = await import(
  '../app/shopify/payment-methods.server.ts'
)
const { readShop } = await import('../app/shopify/shops.server.ts')
const { readBeforeCharge } = await import('../app/shopify/upcoming.server.ts')

let admin: Awaited<ReturnType<typeof adminFor>>

afterAll(async () => {
  await sandboxProcess.stop()
  await disconnect()
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  await sandbox.reset(START)
  await sandbox.createShop({
    domain: SHOP,
    name: 'Demo Coffee',
    zone: 'Europe/Berlin',
    currency: 'EUR',
    country: 'DE',
    email: 'owner@demo.example.test',
  })
  await signIn()
  admin = await adminFor(SHOP)
})

/** What Shopify's library does at the first page: exchanges the id token and keeps the result. */
async function signIn(): Promise<void> {
  const response = await fetch(`https://${SHOP}/admin/oauth/access_token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({
      client_id: KEY,
      client_secret: SECRET,
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: await sandbox.idToken(SHOP),
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      requested_token_type: 'urn:shopify:params:oauth:token-type:offline-access-token',
      expiring: '1',
    }),
  })
  const token = (await response.json()) as {
    access_token: string
    refresh_token: string
    expires_in: number
  }
  const data = {
    shop: SHOP,
    state: '',
    accessToken: token.access_token,
    refreshToken: token.refresh_token,
    expires: new Date(Date.now() + token.expires_in * 1_000),
  }
  await db.session.upsert({
    where: { id: `offline_${SHOP}` },
    create: { id: `offline_${SHOP}`, ...data },
    update: data,
  })
}

const visa = {
  instrument: 'card',
  brand: 'visa',
  last4: '4242',
  expiryMonth: 12,
  expiryYear: 2030,
} as const

async function makeContract(changes: Partial<NewContract> = {}) {
  return sandbox.createContract({
    shop: SHOP,
    customer: {
      firstName: 'Jonas',
      lastName: 'Weber',
      email: 'jonas@example.test',
      locale: 'de',
      country: 'DE',
      province: 'BE',
    },
    card: { ...visa, script: { type: 'codes', codes: ['INSUFFICIENT_FUNDS', 'OK'] } },
    interval: 'MONTH',
    intervalCount: 1,
    firstChargeAt: CHARGE_AT,
    price: '24.90',
    productTitle: 'House blend',
    ...changes,
  })
}

/** The merchant's own app leaves out all but one of the first cycle's first line. */
async function editOrder(contractId: string): Promise<void> {
  type Begun = {
    subscriptionBillingCycleContractEdit: {
      draft: { id: string; lines: { nodes: { id: string }[] } }
    }
  }
  const { subscriptionBillingCycleContractEdit: begun } = await admin.request<Begun>(
    `mutation ($contractId: ID!) {
      subscriptionBillingCycleContractEdit(billingCycleInput: { contractId: $contractId, selector: { index: 1 } }) {
        draft { id lines(first: 5) { nodes { id } } }
      }
    }`,
    { contractId },
  )
  const { id, lines } = begun.draft
  const [kept, left] = lines.nodes
  const said = await admin.request<Record<string, { userErrors: object[] }>>(
    `mutation ($draft: ID!, $kept: ID!, $left: ID!) {
      subscriptionDraftLineUpdate(draftId: $draft, lineId: $kept, input: { quantity: 1 }) { userErrors { message } }
      subscriptionDraftLineRemove(draftId: $draft, lineId: $left) { userErrors { message } }
      subscriptionBillingCycleContractDraftCommit(draftId: $draft) { userErrors { message } }
    }`,
    { draft: id, kept: kept?.id, left: left?.id },
  )
  expect(Object.values(said).flatMap(({ userErrors }) => userErrors)).toEqual([])
}

/** Past the biller's own charge of the first cycle and its answer. */
async function afterFirstCharge(): Promise<void> {
  await sandbox.moveClock({ to: new Date('2026-11-12T08:05:00Z') })
}

describe('the facts', () => {
  test('before the first charge', async () => {
    const { contractId, methodId } = await makeContract()
    const facts = await readFacts(admin, { contractId, cycleIndex: 1 })
    expect(facts).toMatchObject({
      contract: { status: 'ACTIVE' },
      cycle: { status: 'UNBILLED', skipped: false, expectedAt: new Date(CHARGE_AT) },
      nextExpectedAt: new Date('2026-12-12T08:00:00.000Z'),
      method: { id: methodId, instrument: 'card', label: 'Visa ···· 4242', revokedAt: null },
      attempts: [],
      inStock: null,
    })
  })

  test('after the biller’s charge failed', async () => {
    const { contractId } = await makeContract()
    await afterFirstCharge()
    const { attempts } = await readFacts(admin, { contractId, cycleIndex: 1 })
    expect(attempts).toHaveLength(1)
    expect(attempts[0]).toMatchObject({
      key: expect.stringMatching(/^native-/),
      outcome: {
        type: 'failed',
        decline: { code: 'INSUFFICIENT_FUNDS', family: 'payment', class: 'FUNDS', unknown: false },
      },
    })
  })

  test('after it was paid, with the order’s total', async () => {
    const { contractId } = await makeContract({
      card: {
        instrument: 'card',
        brand: 'visa',
        last4: '4242',
        expiryMonth: 12,
        expiryYear: 2030,
        script: { type: 'ok' },
      },
    })
    await afterFirstCharge()
    const facts = await readFacts(admin, { contractId, cycleIndex: 1 })
    expect(facts.cycle?.status).toBe('BILLED')
    expect(facts.attempts[0]?.outcome).toEqual({
      type: 'succeeded',
      orderId: expect.stringMatching(/^gid:\/\/shopify\/Order\//),
      total: { amount: expect.stringMatching(/^24\.90?$/), currency: 'EUR' },
    })
  })

  test('of a contract that is not there', async () => {
    const facts = await readFacts(admin, {
      contractId: 'gid://shopify/SubscriptionContract/999999',
      cycleIndex: 1,
    })
    expect(facts).toMatchObject({ contract: null, cycle: null, method: null, attempts: [] })
  })

  test('for opening a case: the line prices with their quantity, and whom it is about', async () => {
    const { contractId, customerId } = await makeContract({ quantity: 3 })
    expect(await readForOpening(admin, { contractId, cycleIndex: 1 })).toMatchObject({
      amount: { amount: expect.stringMatching(/^74\.70?$/), currency: 'EUR' },
      customer: {
        id: customerId,
        name: 'Jonas Weber',
        firstName: 'Jonas',
        locale: 'de',
        country: 'DE',
        province: 'BE',
      },
      productTitle: 'House blend',
      since: expect.any(Date),
      known: {
        interval: { unit: 'MONTH', count: 1 },
        products: ['House blend', expect.stringMatching(/^gid:\/\/shopify\/Product\//)],
        country: 'DE',
        province: 'BE',
        language: 'de',
        tags: [],
        orders: 1,
        lifetimeValue: { amount: expect.stringMatching(/^74\.70?$/), currency: 'EUR' },
        consent: { email: false, sms: false },
      },
      facts: { contract: { status: 'ACTIVE' } },
    })
  })

  test('a foreign attempt leads to its contract and its cycle', async () => {
    const { contractId } = await makeContract()
    await afterFirstCharge()
    const { attempts } = await readFacts(admin, { contractId, cycleIndex: 1 })
    const read = await readAttempt(admin, attempts[0]?.shopifyId ?? '')
    expect(read).toEqual({ contractId, attempt: attempts[0] })
    if (!read) throw new Error('the attempt is expected')
    const cycle = { cycleIndex: 1, expectedAt: new Date(CHARGE_AT) }
    expect(await findCycleOfAttempt(admin, contractId, read.attempt)).toEqual(cycle)
    expect(
      await findCycleOfAttempt(admin, contractId, { ...read.attempt, originTime: null }),
    ).toEqual(cycle)
    expect(await findCycle(admin, contractId, new Date('2026-12-20T00:00:00Z'))).toMatchObject({
      cycleIndex: 2,
    })
  })

  test('an attempt that is not there', async () => {
    expect(await readAttempt(admin, 'gid://shopify/SubscriptionBillingAttempt/999999')).toBeNull()
  })

  test('whom to write to', async () => {
    const { customerId } = await makeContract()
    expect(await readRecipient(admin, customerId)).toEqual({
      email: 'jonas@example.test',
      takesOffers: false,
      firstName: 'Jonas',
      locale: 'de',
      items: [],
    })
  })

  test('whom to write to, and what the order holds', async () => {
    const pictureUrl = 'https://cdn.shopify.com/s/files/1/0000/0001/products/blend.jpg'
    const { customerId, contractId } = await makeContract({ quantity: 2, pictureUrl })
    const cycle = { contractId, cycleIndex: 1 }
    expect((await readRecipient(admin, customerId, cycle)).items).toEqual([
      {
        id: expect.stringContaining('/SubscriptionLine/'),
        title: 'House blend',
        quantity: 2,
        pictureUrl,
      },
    ])
  })

  test('an order that was edited is owed, told of and charged as edited', async () => {
    const { contractId, customerId, methodId } = await makeContract({
      price: '10.00',
      quantity: 3,
      also: [{ title: 'Filters', price: '4.50', quantity: 1 }],
    })
    const cycle = { contractId, cycleIndex: 1 }
    expect((await readForOpening(admin, cycle)).amount.amount).toMatch(/^34\.50?$/)
    await editOrder(contractId)

    const { amount, variantIds } = await readForOpening(admin, cycle)
    expect(amount).toEqual({ amount: expect.stringMatching(/^10(\.00?)?$/), currency: 'EUR' })
    expect(variantIds).toHaveLength(1)
    expect((await readRecipient(admin, customerId, cycle)).items).toEqual([
      {
        id: expect.stringContaining('/SubscriptionLine/'),
        title: 'House blend',
        quantity: 1,
        pictureUrl: null,
      },
    ])
    const range = { from: START, until: new Date('2026-12-20T00:00:00Z') }
    const ahead = await readBeforeCharge(admin, contractId, range)
    expect(ahead?.charges.map((charge) => Number(charge.amount.amount))).toEqual([10, 34.5])
    // Shopify changes nothing of the contract until that order is billed, and we say so instead of failing.
    expect(await setPaymentMethod(admin, contractId, methodId)).toMatchObject({
      ok: false,
      code: 'HAS_FUTURE_EDITS',
    })
    await afterFirstCharge()
    expect((await sandbox.oracle()).charges).toMatchObject([{ amount: '10.00' }])
  })

  test('nobody to write to: Shopify has no address', async () => {
    const { customerId } = await makeContract({
      customer: { firstName: 'Jonas', lastName: 'Weber', email: null, locale: 'de', country: 'DE' },
    })
    expect(await readRecipient(admin, customerId)).toMatchObject({ email: null })
  })

  test('of the shop', async () => {
    expect(await readShop(admin)).toEqual({
      name: 'Demo Coffee',
      email: 'owner@demo.example.test',
      zone: 'Europe/Berlin',
      currency: 'EUR',
      locale: 'en',
      ownsContracts: false,
      accountPage: expect.stringMatching(
        /\/account\/of\/[a-z-]+\.myshopify\.com\/pages\/[0-9a-f-]{36}$/,
      ),
    })
    await makeContract()
    expect(await readShop(admin)).toMatchObject({ ownsContracts: true })
    // A shop that has not granted the scope yet goes without the link, and without an error.
    await sandbox.withholdScope(SHOP, 'read_content')
    await signIn()
    expect(await readShop(await adminFor(SHOP))).toMatchObject({ accountPage: null })
  })
})

describe('a charge', () => {
  test('is accepted once for a key, and found again under it', async () => {
    const { contractId } = await makeContract()
    await sandbox.moveClock({ to: new Date('2026-11-13T09:00:00Z') })
    const request = { contractId, cycleIndex: 1, key: 'case-1/1', actor: 'PARTNER' as const }
    const first = await createAttempt(admin, request)
    expect(first).toMatchObject({ type: 'accepted', attempt: { key: 'case-1/1' } })
    expect(await createAttempt(admin, request)).toMatchObject({
      type: 'accepted',
      attempt: { shopifyId: first.type === 'accepted' ? first.attempt.shopifyId : '' },
    })
    const { charges } = await sandbox.oracle({ contract: contractId })
    expect(charges.filter(({ by }) => by === 'app')).toHaveLength(1)
    const { attempts } = await readFacts(admin, { contractId, cycleIndex: 1 })
    expect(attempts.map(({ key }) => key)).toContain('case-1/1')
  })

  test('that was accepted while the answer was lost is unknown, and is in the facts', async () => {
    const { contractId } = await makeContract()
    await sandbox.moveClock({ to: new Date('2026-11-13T09:00:00Z') })
    await sandbox.fault({
      operation: 'subscriptionBillingAttemptCreate',
      mode: 'lose_answer',
      times: 1,
    })
    expect(
      await createAttempt(admin, { contractId, cycleIndex: 1, key: 'lost-1', actor: 'PARTNER' }),
    ).toMatchObject({
      type: 'unknown',
    })
    const { attempts } = await readFacts(admin, { contractId, cycleIndex: 1 })
    expect(attempts.map(({ key }) => key)).toContain('lost-1')
  })

  test('that was throttled surely did not happen', async () => {
    const { contractId } = await makeContract()
    await sandbox.moveClock({ to: new Date('2026-11-13T09:00:00Z') })
    await sandbox.fault({
      operation: 'subscriptionBillingAttemptCreate',
      mode: 'throttled',
      times: 1,
    })
    expect(
      await createAttempt(admin, { contractId, cycleIndex: 1, key: 'k', actor: 'PARTNER' }),
    ).toMatchObject({
      type: 'not_accepted',
    })
  })

  test.each([
    ['before its date', '1', 'BILLING_CYCLE_CHARGE_BEFORE_EXPECTED_DATE'],
    ['on a paused contract', 'pause', 'CONTRACT_PAUSED'],
    ['on a cancelled contract', 'cancel', 'CONTRACT_TERMINATED'],
    ['on a skipped cycle', 'skip', 'BILLING_CYCLE_SKIPPED'],
  ])('%s is refused', async (_, change, code) => {
    const { contractId } = await makeContract()
    if (change !== '1') await afterFirstCharge()
    if (change === 'pause') expect(await pauseContract(admin, contractId)).toEqual({ ok: true })
    if (change === 'cancel') expect(await cancelContract(admin, contractId)).toEqual({ ok: true })
    if (change === 'skip') expect(await skipCycle(admin, contractId, 1)).toEqual({ ok: true })
    expect(
      await createAttempt(admin, { contractId, cycleIndex: 1, key: 'k', actor: 'PARTNER' }),
    ).toMatchObject({
      type: 'refused',
      code,
    })
  })
})

describe('a contract', () => {
  test('is paused and activated again', async () => {
    const { contractId } = await makeContract()
    await pauseContract(admin, contractId)
    expect((await readFacts(admin, { contractId, cycleIndex: 1 })).contract?.status).toBe('PAUSED')
    expect(await activateContract(admin, contractId)).toEqual({ ok: true })
    expect((await readFacts(admin, { contractId, cycleIndex: 1 })).contract?.status).toBe('ACTIVE')
  })

  test('that is cancelled cannot be paused', async () => {
    const { contractId } = await makeContract()
    await cancelContract(admin, contractId)
    expect(await pauseContract(admin, contractId)).toMatchObject({
      ok: false,
      code: 'CONTRACT_TERMINATED',
    })
  })
})

describe('less of an order', () => {
  const beans = {
    price: '10.00',
    quantity: 3,
    deliveryPrice: '3.90',
    productTitle: 'House espresso',
    also: [{ title: 'Filter papers', price: '4.50', quantity: 1 }],
  }

  /** An owed order of three beans and one pack of papers, and what to ask for one of the beans. */
  async function owed() {
    const codes = ['INSUFFICIENT_FUNDS', 'INSUFFICIENT_FUNDS']
    const { contractId } = await makeContract({
      ...beans,
      card: { ...visa, script: { type: 'codes', codes } },
    })
    await afterFirstCharge()
    const cycle = { contractId, cycleIndex: 1 }
    const order = await readOrder(admin, cycle)
    const [first, second] = order?.lines ?? []
    if (!first || !second) throw new Error('no lines')
    const lines = [
      { id: first.id, title: first.title, quantity: 1 },
      { id: second.id, title: second.title, quantity: 0 },
    ]
    return { cycle, order, lines, smaller: { lines, amount: '13.90' } }
  }

  test('is priced by Shopify, and nothing changes by it', async () => {
    const { cycle, order, lines } = await owed()
    const EUR = (amount: string) => ({ amount, currency: 'EUR' })
    expect(order).toMatchObject({
      whole: EUR('38.4'),
      isEdited: false,
      lines: [
        { title: 'House espresso', quantity: 3, price: EUR('10.00') },
        { title: 'Filter papers', quantity: 1, price: EUR('4.50') },
      ],
    })
    expect(await priceSmaller(admin, cycle, lines)).toMatchObject({ ok: true, amount: '13.9' })
    const [beansLine, papers] = lines
    if (!beansLine || !papers) throw new Error('no lines')
    for (const wrong of [
      [beansLine],
      [{ ...beansLine, quantity: 4 }, papers],
      [{ ...beansLine, quantity: 0 }, papers],
      [
        { ...beansLine, quantity: 3 },
        { ...papers, quantity: 1 },
      ],
      [{ ...beansLine, id: 'gid://shopify/SubscriptionLine/1' }, papers],
    ])
      expect(await priceSmaller(admin, cycle, wrong), JSON.stringify(wrong)).toMatchObject({
        ok: false,
      })
    expect(await readOrder(admin, cycle)).toEqual(order)
  })

  test('is put in place once, charged, and taken back; the next order stays whole', async () => {
    const { cycle, order, smaller } = await owed()
    expect(await putSmaller(admin, cycle, smaller)).toEqual({ ok: true })
    // Somebody killed in between asks for it again.
    expect(await putSmaller(admin, cycle, smaller)).toEqual({ ok: true })
    expect((await readOrder(admin, cycle))?.isEdited).toBe(true)
    expect((await readOrder(admin, { ...cycle, cycleIndex: 2 }))?.isEdited).toBe(false)
    await sandbox.moveClock({ by: 'P2D' })
    await createAttempt(admin, { ...cycle, key: 'less', actor: 'CUSTOMER' })
    expect(await putWhole(admin, cycle, smaller, await sandbox.now())).toMatchObject({
      ok: false,
      code: 'INCOMPLETE_BILLING_ATTEMPTS',
    })
    await sandbox.moveClock({ by: 'PT5M' })
    const { charges } = await sandbox.oracle()
    expect(charges.map(({ amount }) => amount)).toEqual(['38.40', '13.90'])
    const now = await sandbox.now()
    expect(await putWhole(admin, cycle, smaller, now)).toEqual({ ok: true })
    expect(await putWhole(admin, cycle, smaller, now)).toEqual({ ok: true })
    expect(await readOrder(admin, cycle)).toEqual(order)
  })

  test('stays where the order was skipped or put off meanwhile: Shopify would take that back with it', async () => {
    const { cycle, smaller } = await owed()
    const { contractId } = cycle
    const now = await sandbox.now()
    expect(await putSmaller(admin, cycle, smaller)).toEqual({ ok: true })
    await sandbox.changeCycle(contractId, 1, 'skip')
    expect(await putWhole(admin, cycle, smaller, now)).toMatchObject({ ok: false })
    expect((await readFacts(admin, cycle)).cycle?.skipped).toBe(true)
    await sandbox.changeCycle(contractId, 1, 'unskip')
    const later = new Date(now.getTime() + 86_400_000)
    await sandbox.moveCycle(contractId, 1, later.toISOString())
    expect(await putWhole(admin, cycle, smaller, now)).toMatchObject({ ok: false })
    expect((await readFacts(admin, cycle)).cycle?.expectedAt).toEqual(later)
    expect(await putWhole(admin, cycle, smaller, later)).toEqual({ ok: true })
  })

  test('gives way to what the shop itself changed in the order', async () => {
    const { cycle, lines, smaller } = await owed()
    // The shop takes the papers out, and keeps all of the beans.
    const papers = ({ title }: { title: string }) => title === 'Filter papers'
    const kept = lines.map((line) => (papers(line) ? line : { ...line, quantity: 3 }))
    expect(await putSmaller(admin, cycle, { lines: kept, amount: '33.90' })).toEqual({ ok: true })
    expect(await putSmaller(admin, cycle, smaller)).toMatchObject({ ok: false })
    const now = await sandbox.now()
    expect(await putWhole(admin, cycle, smaller, now)).toMatchObject({ ok: false, code: NOT_OURS })
    expect((await readOrder(admin, cycle))?.isEdited).toBe(true)
  })

  test('gives way to new prices: nobody is charged another sum than the one they saw', async () => {
    const { cycle, smaller } = await owed()
    await sandbox.editContract(cycle.contractId, { price: '12.00' })
    expect(await putSmaller(admin, cycle, smaller)).toMatchObject({
      ok: false,
      message: 'it costs 15.9 by now, not 13.90',
    })
    expect((await readOrder(admin, cycle))?.isEdited).toBe(false)
  })
})

describe('mending a payment method', () => {
  test('a card: Shopify mails its own link', async () => {
    const { methodId } = await makeContract()
    expect(await shopPayUpdateUrl(admin, methodId)).toBeNull()
    expect(await sendUpdateEmail(admin, methodId)).toEqual({ ok: true })
    expect((await sandbox.mailbox()).at(-1)).toMatchObject({
      from: 'Shopify',
      to: 'jonas@example.test',
    })
  })

  test('Shop Pay: Shopify’s hosted page', async () => {
    const { methodId } = await makeContract({
      card: {
        instrument: 'shop_pay',
        brand: 'visa',
        last4: '1111',
        expiryMonth: 1,
        expiryYear: 2030,
        script: { type: 'ok' },
      },
    })
    expect(await shopPayUpdateUrl(admin, methodId)).toMatch(/^https?:\/\//)
  })

  test('a challenge of the bank: its link, while it waits', async () => {
    const { contractId } = await makeContract({
      card: {
        instrument: 'card',
        brand: 'visa',
        last4: '3220',
        expiryMonth: 1,
        expiryYear: 2030,
        script: { type: 'challenge', then: 'OK' },
      },
    })
    await afterFirstCharge()
    const { attempts } = await readFacts(admin, { contractId, cycleIndex: 1 })
    expect(attempts[0]?.outcome).toEqual({ type: 'action_required' })
    expect(await readChallengeUrl(admin, attempts[0]?.shopifyId ?? '')).toMatch(/^https?:\/\//)
  })
})
