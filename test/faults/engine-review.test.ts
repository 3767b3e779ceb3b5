/** Faults in the middle of an effect: what was begun is finished once, and nothing else of the case waits for it. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  caseOf,
  ledger,
  newCard,
  on,
  stages,
  startedShop,
  subscription,
  tasksOf,
} from '../factories.ts'
import { type Stack, startStack } from '../stack.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.stop())
beforeEach(() => stack.reset())

const expired = { type: 'expired' } as const
const noMoney = { type: 'code', code: 'INSUFFICIENT_FUNDS' } as const

/** The moment before the case's deadline, with `fault` waiting for the final action. */
async function untilJustBeforeTheEnd(contractId: string): Promise<Date> {
  const { deadlineAt } = await caseOf(stack, contractId)
  await stack.sandbox.moveClock({ to: new Date(deadlineAt.getTime() - 60_000) })
  return deadlineAt
}

test('the answer to our pause is lost: it is known as ours, the shopper is told once', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, expired)
  await stack.sandbox.moveClock(on('11-12'))
  await untilJustBeforeTheEnd(contractId)
  await stack.sandbox.fault({
    operation: 'subscriptionContractPause',
    mode: 'lose_answer',
    times: 1,
  })
  await stack.sandbox.moveClock({ by: 'P2D' })
  const closed = await caseOf(stack, contractId)
  expect(closed).toMatchObject({ status: 'exhausted', deadReason: null })
  expect(closed.actions).toMatchObject([{ kind: 'pause', state: 'done' }])
  expect((await stages(stack)).filter((stage) => stage === 'ended')).toHaveLength(1)
})

test('Shopify fails each pause for hours: it is asked now and then, and the case still ends', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, expired)
  await stack.sandbox.moveClock(on('11-12'))
  await untilJustBeforeTheEnd(contractId)
  await stack.sandbox.fault({
    operation: 'subscriptionContractPause',
    mode: 'http_500',
    times: 6,
  })
  await stack.sandbox.moveClock({ by: 'PT21M' })
  // Two of the six faults at most are used up after twenty minutes: no storm.
  expect(await caseOf(stack, contractId)).toMatchObject({ closedAt: null, tries: 0 })
  await stack.sandbox.moveClock({ by: 'P1D' })
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'exhausted', deadReason: null })
})

test('paid while the pause waits to be tried again: nothing is paused', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, expired)
  await stack.sandbox.moveClock(on('11-12'))
  const { cycleIndex } = await caseOf(stack, contractId)
  await untilJustBeforeTheEnd(contractId)
  await stack.sandbox.fault({
    operation: 'subscriptionContractPause',
    mode: 'http_500',
    times: 1,
  })
  await stack.sandbox.webhookPolicy({ topic: '*', mode: 'lost' })
  await stack.sandbox.moveClock({ by: 'PT2M' })
  await stack.sandbox.changeCycle(contractId, cycleIndex, 'bill-elsewhere')
  await stack.sandbox.moveClock({ by: 'P1D' })
  const closed = await caseOf(stack, contractId)
  expect(closed).toMatchObject({ status: 'paid_elsewhere' })
  expect(closed.actions).toMatchObject([{ kind: 'pause', state: 'dropped' }])
})

test('the mail service is down for a day: charging goes on, and nobody is dunned after paying', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, noMoney)
  await stack.sandbox.moveClock(on('11-12'))
  await stack.sandbox.mailBehaviour(500)
  await stack.sandbox.moveClock(on('11-13', '14:00'))
  await stack.sandbox.changeMethod(contractId, newCard)
  await stack.sandbox.moveClock(on('11-13', '15:00'))
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'recovered' })
  await stack.sandbox.mailBehaviour(202)
  const before = (await stages(stack)).length
  await stack.sandbox.moveClock(on('11-14', '20:00'))
  expect((await stages(stack)).slice(before).filter((stage) => stage !== 'recovered')).toEqual([])
  expect(await stack.db.webhookEvent.count({ where: { state: { not: 'done' } } })).toBe(0)
  expect((await stack.health()).pending).toBe(0)
})

test('a new card is charged at once, though the old one used up its attempts', async () => {
  const shop = await startedShop(stack)
  const { contractId, methodId } = await subscription(stack, shop, expired)
  await stack.sandbox.moveClock(on('11-12'))
  await stack.db.methodBudget.upsert({
    where: { shop_methodId: { shop, methodId } },
    create: { shop, methodId, countedAt: new Date(), stopUntil: new Date('2026-12-01T00:00:00Z') },
    update: { stopUntil: new Date('2026-12-01T00:00:00Z') },
  })
  for (const topic of ['customer_payment_methods/create', 'customer_payment_methods/revoke'])
    await stack.sandbox.webhookPolicy({ topic, mode: 'lost' })
  await stack.sandbox.changeMethod(contractId, newCard)
  await stack.sandbox.moveClock({ by: 'PT1H' })
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'recovered' })
  expect(await ledger(stack, contractId)).toEqual(['biller: EXPIRED_CARD', 'app: paid'])
})

test('Shopify throttles the charge of a new card: a few requests, hours apart, then it is paid', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, expired)
  await stack.sandbox.moveClock(on('11-12'))
  await stack.sandbox.fault({
    operation: 'subscriptionBillingAttemptCreate',
    mode: 'refuse',
    code: 'THROTTLED',
    times: 2,
  })
  await stack.sandbox.changeMethod(contractId, newCard)
  await stack.sandbox.moveClock({ by: 'P1D' })
  const closed = await caseOf(stack, contractId)
  expect(closed).toMatchObject({ status: 'recovered', deadReason: null })
  expect(closed.attempts.map(({ state }) => state)).toEqual([
    'failed',
    'refused',
    'refused',
    'succeeded',
  ])
})

test('what comes in after the end leaves a closed case exactly as it was', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, {
    type: 'codes',
    codes: ['INSUFFICIENT_FUNDS', 'OK'],
  })
  await stack.sandbox.moveClock(on('11-14'))
  const before = await caseOf(stack, contractId)
  expect(before.status).toBe('recovered')
  await stack.sandbox.sendWebhook({
    shop,
    topic: 'subscription_billing_attempts/failure',
    body: {
      admin_graphql_api_id: before.attempts[0]?.shopifyId,
      admin_graphql_api_subscription_contract_id: contractId,
    },
    eventId: 'days-late',
  })
  await stack.sandbox.moveClock(on('11-20'))
  expect(await caseOf(stack, contractId)).toEqual(before)
  expect(await tasksOf(stack, shop)).toEqual([])
})

test('a case that cannot be read is set aside with its reason, and holds up nobody', async () => {
  const shop = await startedShop(stack)
  const script = { type: 'codes' as const, codes: ['INSUFFICIENT_FUNDS', 'OK'] }
  const broken = await subscription(stack, shop, script)
  const fine = await subscription(stack, shop, script)
  await stack.sandbox.moveClock(on('11-12'))
  const sequence = await stack.db.sequence.findFirstOrThrow({ where: { shop } })
  const unreadable = await stack.db.sequenceVersion.create({
    data: {
      id: randomUUID(),
      sequenceId: sequence.id,
      number: 99,
      body: { steps: 'of a version that this one does not know' },
      hash: 'x',
      publishedAt: await stack.sandbox.now(),
      publishedBy: 'a later release',
    },
  })
  await stack.db.recoveryCase.updateMany({
    where: { contractId: broken.contractId },
    data: { sequenceVersionId: unreadable.id },
  })
  await stack.db.sequence.update({ where: { id: sequence.id }, data: { isOn: false } })
  await stack.sandbox.moveClock(on('11-15'))
  expect(await caseOf(stack, fine.contractId)).toMatchObject({ status: 'recovered' })
  const aside = await caseOf(stack, broken.contractId)
  expect(aside).toMatchObject({ nextActionAt: null, leaseBy: null })
  expect(aside.deadReason).not.toBeNull()
})

test('an attempt that another cycle has written down neither pays nor steers this one', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, noMoney)
  await stack.sandbox.moveClock(on('11-12'))
  const found = await caseOf(stack, contractId)
  const {
    attempts,
    stepRuns,
    messages,
    events,
    actions,
    traits: _,
    smallerLines: __,
    ...row
  } = found
  expect([stepRuns.length > 0, messages, actions]).toEqual([true, [], []])
  const other = { id: randomUUID(), cycleIndex: 7 }
  const at = events[0]?.at ?? row.openedAt
  await stack.db.recoveryCase.create({
    data: { ...row, ...other, status: 'exhausted', closedAt: at, nextActionAt: null },
  })
  await stack.db.attempt.updateMany({
    where: { id: { in: attempts.map(({ id }) => id) } },
    data: { cycleIndex: other.cycleIndex, caseId: other.id },
  })
  await stack.sandbox.moveClock(on('11-14'))
  const after = await stack.db.recoveryCase.findUniqueOrThrow({
    where: { id: row.id },
    include: { attempts: true },
  })
  expect(after).toMatchObject({ lane: 'FUNDS', deadReason: null, tries: 0 })
  expect(after.attempts).toMatchObject([{ trigger: 'scheduled', state: 'failed' }])
  expect(await ledger(stack, contractId)).toHaveLength(2)
})
