/**
 * The world goes on in mid-case: paid by somebody else, an order marked paid, paused, cancelled, skipped, uninstalled;
 * other debts of the same shopper. And how it ends.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { countCollections } from '../../app/insight/collections.server.ts'
import {
  BEAN_AND_BLOOM,
  caseOf,
  cleanOracle,
  ledger,
  newCard,
  on,
  openApp,
  press,
  reminders,
  stages,
  startedShop,
  subscription,
  TIDELINE_TEA,
} from '../factories.ts'
import { type Stack, startStack } from '../stack.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.stop())
beforeEach(() => stack.reset())

const noMoney = { type: 'code', code: 'INSUFFICIENT_FUNDS' } as const
const casesOf = (contractId: string) =>
  stack.db.recoveryCase.findMany({ where: { contractId }, orderBy: { openedAt: 'asc' } })
const openTasks = async (shop: string) =>
  (await stack.db.staffTask.findMany({ where: { shop, doneAt: null } })).map(({ kind }) => kind)
/** "Already cancelled / not me" on the page that the newest mail leads to. */
async function pressStop(): Promise<void> {
  const mail = (await reminders(stack)).at(-1)
  const link = /https?:\/\/[^\s"<]+\/r\/[^\s"<]+/.exec(mail?.text ?? '')?.[0] ?? ''
  const answer = await fetch(link, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: new URL(link).origin },
    body: new URLSearchParams({ press: 'stop' }),
  })
  expect(answer.status).toBe(303)
}
const chargedByUs = (lines: string[]) => lines.filter((line) => line.startsWith('app'))

test('F9 marked paid: while an order waits for its money nothing is charged or said, and paying it ends the case', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, noMoney)
  await stack.sandbox.moveClock(on('11-12'))
  const { orderId } = await stack.sandbox.unpaidOrder(contractId, 1)
  await stack.sandbox.moveClock(on('11-15'))
  expect(await caseOf(stack, contractId)).toMatchObject({
    status: 'awaiting_customer',
    reason: 'order',
  })
  expect(await stages(stack)).toEqual([])
  await stack.sandbox.payOrder(orderId)
  await stack.sandbox.moveClock(on('11-15', '12:10'))
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'paid_elsewhere', orderId })
  expect(chargedByUs(await ledger(stack, contractId))).toEqual([])
})

test('F9 the order of an ended case is paid late: a linked case counts the money, and the debt is not handed on', async () => {
  const shop = await startedShop(stack)
  await stack.db.shop.update({ where: { shop }, data: { collectionsExport: true } })
  const { contractId } = await subscription(stack, shop, noMoney, { interval: 'WEEK' })
  await stack.sandbox.moveClock(on('11-12'))
  const { orderId } = await stack.sandbox.unpaidOrder(contractId, 1)
  await stack.sandbox.moveClock(on('11-18'))
  const ended = await caseOf(stack, contractId)
  expect(ended.status).toBe('exhausted')
  expect(await openTasks(shop)).toEqual(['order_unpaid'])

  // What cannot be closed together with the linked case is not half done: there is no linked case yet.
  await stack.db.$executeRaw`
    CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'cut short'; END $$`
  try {
    await stack.db.$executeRaw`
      CREATE TRIGGER fails BEFORE UPDATE ON "StaffTask" FOR EACH ROW EXECUTE FUNCTION fails()`
    await stack.sandbox.payOrder(orderId)
    await stack.sandbox.moveClock({ by: 'PT1M' })
    expect(await casesOf(contractId)).toHaveLength(1)
  } finally {
    await stack.db.$executeRaw`DROP FUNCTION fails() CASCADE`
  }
  await stack.sandbox.moveClock(on('11-18', '20:00'))
  const [first, linked, ...more] = await casesOf(contractId)
  expect(more).toEqual([])
  expect(first).toMatchObject({ id: ended.id, status: 'exhausted', successorId: linked?.id })
  expect(linked).toMatchObject({ status: 'paid_elsewhere', orderId, predecessorId: ended.id })
  expect(await openTasks(shop)).toEqual([])
  // The same notice again, and the night's look.
  await stack.sandbox.moveClock(on('11-18', '23:30'))
  expect(await casesOf(contractId)).toHaveLength(2)
  expect(chargedByUs(await ledger(stack, contractId))).toEqual([])
})

test.each(['told', 'lost'] as const)(
  'F9 another biller is paid after the end, and the notice of it is %s: the debt is not handed to collections',
  async (notice) => {
    const shop = await startedShop(stack)
    await stack.db.shop.update({ where: { shop }, data: { collectionsExport: true } })
    const first = await stack.db.sequenceVersion.findFirstOrThrow({ where: { sequence: { shop } } })
    const body = { ...(first.body as object), finalAction: 'leave' }
    await stack.db.sequenceVersion.create({
      data: { ...first, id: randomUUID(), number: 2, hash: 'left as it is', body },
    })
    const { contractId } = await subscription(stack, shop, noMoney)
    await stack.sandbox.moveClock(on('12-04'))
    const ended = await caseOf(stack, contractId)
    expect(ended).toMatchObject({ status: 'exhausted', actions: [] })
    expect(await countCollections(stack.db, shop)).toBe(1)

    const topic = 'subscription_billing_attempts/success'
    if (notice === 'lost') await stack.sandbox.webhookPolicy({ topic, mode: 'lost' })
    await stack.sandbox.changeCycle(contractId, 1, 'bill-elsewhere')
    await stack.sandbox.moveClock(on('12-04', '12:35'))
    const [old, linked, ...more] = await casesOf(contractId)
    expect(more).toEqual([])
    expect(old).toMatchObject({ status: 'exhausted', successorId: linked?.id })
    expect(linked).toMatchObject({ status: 'paid_elsewhere', predecessorId: ended.id })
    expect(await countCollections(stack.db, shop)).toBe(0)
  },
)

test('F9 refunded after the recovery: the case stays recovered, and its money counts net', async () => {
  const shop = await startedShop(stack)
  const script = { type: 'codes' as const, codes: ['INSUFFICIENT_FUNDS', 'OK'] }
  const { contractId } = await subscription(stack, shop, script)
  await stack.sandbox.moveClock(on('11-14'))
  const { orderId } = await caseOf(stack, contractId)
  await stack.sandbox.refundOrder(orderId ?? '', '10.00')
  await stack.sandbox.refundOrder(orderId ?? '', '4.90')
  await stack.sandbox.moveClock(on('11-14', '12:10'))
  const refunded = await caseOf(stack, contractId)
  expect(refunded).toMatchObject({ status: 'recovered', recoverySource: 'silent_retry' })
  expect(refunded.refundedAmount?.toString()).toBe('14.9')
  expect(refunded.events.at(-1)?.type).toBe('order_refunded')
  await stack.sandbox.moveClock(on('11-17'))
  expect(await ledger(stack, contractId)).toEqual(['biller: INSUFFICIENT_FUNDS', 'app: paid'])
})

test('F9 two of a shopper’s three debts are paid: those two close; S14: of the three, one message a day', async () => {
  const shop = await startedShop(stack)
  const first = await subscription(stack, shop, noMoney)
  const { methodId } = first
  const second = await subscription(stack, shop, noMoney, { methodId })
  const third = await subscription(stack, shop, noMoney, { methodId })
  await stack.sandbox.moveClock(on('11-13', '20:00'))
  expect(await reminders(stack)).toHaveLength(1)
  await stack.sandbox.changeCycle(first.contractId, 1, 'bill-elsewhere')
  await stack.sandbox.changeCycle(second.contractId, 1, 'bill-elsewhere')
  await stack.sandbox.moveClock(on('11-15'))
  const elsewhere = { status: 'paid_elsewhere', recoverySource: 'elsewhere' }
  expect(await caseOf(stack, first.contractId)).toMatchObject(elsewhere)
  expect(await caseOf(stack, second.contractId)).toMatchObject(elsewhere)
  expect((await ledger(stack, first.contractId)).at(-1)).toBe('biller: paid')
  expect(await caseOf(stack, third.contractId)).toMatchObject({ status: 'retrying' })
  await cleanOracle(stack)
})

test('S14 the next cycle falls due and fails: two cases, one message a day, and paying one leaves the other open', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, noMoney)
  await stack.sandbox.moveClock(on('11-12'))
  await stack.sandbox.changeCycle(contractId, 2, 'move', { to: '2026-11-16T08:00:00Z' })
  await stack.sandbox.moveClock(on('11-16'))
  await stack.sandbox.changeCycle(contractId, 2, 'charge')
  await stack.sandbox.moveClock(on('11-21'))

  const sent = (await reminders(stack)).map(({ at }) => Date.parse(at))
  expect(sent.length).toBeGreaterThan(2)
  for (const [i, at] of sent.slice(1).entries())
    expect(at - (sent[i] ?? 0)).toBeGreaterThanOrEqual(24 * 3_600_000)
  const debts = () =>
    stack.db.recoveryCase.findMany({ where: { contractId }, orderBy: { cycleIndex: 'asc' } })
  expect((await debts()).map((one) => one.closedAt)).toEqual([null, null])
  const messages = await stack.db.message.findMany({ distinct: ['caseId'] })
  expect(messages).toHaveLength(2) // each has its turn

  await stack.sandbox.changeCycle(contractId, 2, 'bill-elsewhere')
  await stack.sandbox.moveClock(on('11-22'))
  const [old, new_] = await debts()
  expect(new_).toMatchObject({ cycleIndex: 2, status: 'paid_elsewhere' })
  expect(old).toMatchObject({ cycleIndex: 1, closedAt: null })
  await cleanOracle(stack)
})

test('a card that is finished on one subscription is not charged for another: the shopper is asked, and the new one pays', async () => {
  const shop = await startedShop(stack)
  const script = {
    type: 'codes' as const,
    codes: ['INSUFFICIENT_FUNDS', 'FRAUD_SUSPECTED', 'OK'],
  }
  const coffee = await subscription(stack, shop, script)
  const { methodId } = coffee
  const firstChargeAt = '2026-11-12T12:00:00Z'
  const tea = await subscription(stack, shop, script, { methodId, firstChargeAt })
  await stack.sandbox.moveClock(on('11-12'))
  expect(await caseOf(stack, coffee.contractId)).toMatchObject({ lane: 'FUNDS' })
  await stack.sandbox.moveClock(on('11-12', '13:30'))
  expect(await caseOf(stack, tea.contractId)).toMatchObject({ lane: 'STOP' })
  const asked = { status: 'awaiting_customer', reason: 'method', lane: 'STOP' }
  expect(await caseOf(stack, coffee.contractId)).toMatchObject(asked)
  await stack.sandbox.moveClock(on('11-17'))
  expect(await ledger(stack, coffee.contractId)).toEqual(['biller: INSUFFICIENT_FUNDS'])
  expect(await stages(stack)).toContain('first')

  await stack.sandbox.changeMethod(coffee.contractId, newCard)
  await stack.sandbox.moveClock(on('11-17', '12:10'))
  expect(await caseOf(stack, coffee.contractId)).toMatchObject({
    status: 'recovered',
    recoverySource: 'method_updated',
  })
  expect(await ledger(stack, tea.contractId)).toEqual(['biller: FRAUD_SUSPECTED'])
})

test('S15 no payment method at all: nothing can be charged, and yet it is told of, and it ends', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, { type: 'ok' })
  await stack.sandbox.removeMethod(contractId)
  await stack.sandbox.moveClock(on('12-04'))
  expect(await ledger(stack, contractId)).toEqual(['biller: PAYMENT_METHOD_NOT_SPECIFIED'])
  const closed = await caseOf(stack, contractId)
  expect(closed).toMatchObject({ status: 'exhausted', lane: 'CARD' })
  expect(closed.actions).toMatchObject([{ kind: 'pause', state: 'done' }])
  expect(await stages(stack)).toEqual(['first', 'reminder', 'plan', 'last', 'ended'])
})

test('S15 no payment method at all, and then the shopper saves one: it is charged once, at once', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, { type: 'ok' })
  await stack.sandbox.removeMethod(contractId)
  await stack.sandbox.moveClock(on('11-15'))
  expect(await stages(stack)).toContain('first')
  await stack.sandbox.changeMethod(contractId, newCard)
  await stack.sandbox.moveClock(on('11-15', '12:10'))
  expect(await caseOf(stack, contractId)).toMatchObject({
    status: 'recovered',
    recoverySource: 'method_updated',
  })
  await stack.sandbox.moveClock(on('11-20'))
  expect(await ledger(stack, contractId)).toEqual([
    'biller: PAYMENT_METHOD_NOT_SPECIFIED',
    'app: paid',
  ])
})

test('S15 no payment method at all, heard of only after the shopper saved one: it is charged once, at once', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, { type: 'ok' })
  await stack.sandbox.removeMethod(contractId)
  const topic = 'subscription_billing_attempts/failure'
  await stack.sandbox.webhookPolicy({ topic, mode: 'lost' })
  await stack.sandbox.moveClock(on('11-12', '09:02'))
  await stack.sandbox.changeMethod(contractId, newCard)
  await stack.sandbox.moveClock(on('11-12', '09:30'))
  const { source, status, recoverySource, attempts } = await caseOf(stack, contractId)
  expect({ source, status, recoverySource }).toEqual({
    source: 'reconcile',
    status: 'recovered',
    recoverySource: 'method_updated',
  })
  expect(attempts[0]).toMatchObject({ methodId: null, methodFingerprint: null })
  expect(await ledger(stack, contractId)).toEqual([
    'biller: PAYMENT_METHOD_NOT_SPECIFIED',
    'app: paid',
  ])
})

test('staff pause the subscription of a case that they hold: it is paused all the same', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, noMoney)
  await stack.sandbox.moveClock(on('11-12'))
  const { id } = await caseOf(stack, contractId)
  await press(stack, shop, id, 'hold')
  await press(stack, shop, id, 'pause')
  await stack.sandbox.moveClock(on('11-12', '12:10'))
  const { contracts } = await stack.sandbox.state<{ contracts: { status: string }[] }>()
  expect(contracts).toMatchObject([{ status: 'PAUSED' }])
  expect(await caseOf(stack, contractId)).toMatchObject({
    status: 'held',
    reason: 'merchant',
    actions: [{ kind: 'staff_pause', state: 'done' }],
  })
})

test('Shopify refuses the final action: the case ends, and staff are told that nothing was done', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, noMoney, { interval: 'WEEK' })
  const operation = 'subscriptionContractPause'
  await stack.sandbox.fault({ operation, mode: 'refuse', code: 'INVALID', times: 1 })
  await stack.sandbox.moveClock(on('11-18'))
  expect(await caseOf(stack, contractId)).toMatchObject({
    status: 'exhausted',
    actions: [{ kind: 'pause', state: 'dropped' }],
  })
  const open = await stack.db.staffTask.findMany({ where: { shop, doneAt: null } })
  expect(open.map(({ kind }) => kind)).toContain('final_action_dropped')
  expect(await stages(stack)).not.toContain('ended')
})

test('paused in mid-case: the clock stands still, and goes on when the contract is activated', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, {
    type: 'codes',
    codes: ['INSUFFICIENT_FUNDS', 'OK'],
  })
  await stack.sandbox.moveClock(on('11-12'))
  await stack.sandbox.changeContract(contractId, 'pause')
  await stack.sandbox.moveClock(on('11-18'))
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'held', reason: 'paused' })
  expect(chargedByUs(await ledger(stack, contractId))).toEqual([])

  await stack.sandbox.changeContract(contractId, 'activate')
  await stack.sandbox.moveClock(on('11-20', '20:00'))
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'recovered' })
  expect(chargedByUs(await ledger(stack, contractId))).toEqual(['app: paid'])
})

test('cancelled in mid-case: the case closes, nothing is charged or said', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, noMoney)
  await stack.sandbox.moveClock(on('11-12'))
  await stack.sandbox.changeContract(contractId, 'cancel')
  await stack.sandbox.moveClock(on('11-15'))
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'cancelled' })
  expect(chargedByUs(await ledger(stack, contractId))).toEqual([])
  expect(await stages(stack)).toEqual([])
})

test('skipped in mid-case: the case closes', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, noMoney)
  await stack.sandbox.moveClock(on('11-12'))
  await stack.sandbox.changeCycle(contractId, 1, 'skip')
  await stack.sandbox.moveClock(on('11-15'))
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'skipped' })
  expect(chargedByUs(await ledger(stack, contractId))).toEqual([])
})

test.each([
  ['told', '11-12', 10],
  ['lost', '11-13', 24 * 60],
] as const)(
  'skipped and unskipped, and the notice of it is %s: a linked case recovers what is owed after all',
  async (notice, day, minutes) => {
    const shop = await startedShop(stack)
    const script = { type: 'codes' as const, codes: ['INSUFFICIENT_FUNDS', 'OK'] }
    const { contractId } = await subscription(stack, shop, script)
    await stack.sandbox.moveClock(on('11-12'))
    await stack.sandbox.changeCycle(contractId, 1, 'skip')
    await stack.sandbox.moveClock(on('11-12', '12:10'))
    const ended = await caseOf(stack, contractId)
    expect(ended.status).toBe('skipped')

    const topic = 'subscription_billing_cycles/unskip'
    if (notice === 'lost') await stack.sandbox.webhookPolicy({ topic, mode: 'lost' })
    await stack.sandbox.changeCycle(contractId, 1, 'unskip')
    await stack.sandbox.moveClock({ by: `PT${minutes}M` })
    const [old, linked, ...more] = await casesOf(contractId)
    expect(more).toEqual([])
    expect(old).toMatchObject({ id: ended.id, status: 'skipped', successorId: linked?.id })
    expect(linked).toMatchObject({
      source: 'unskipped',
      status: 'retrying',
      anchorAt: old?.anchorAt,
    })
    expect((await stack.sandbox.now()).toISOString()).toContain(day)
    await stack.sandbox.moveClock(on('11-16'))
    expect((await casesOf(contractId)).map(({ status }) => status)).toEqual([
      'skipped',
      'recovered',
    ])
    expect(await ledger(stack, contractId)).toEqual(['biller: INSUFFICIENT_FUNDS', 'app: paid'])
  },
)

test.each([
  ['its shopper had stopped it', 'stop', 'already cancelled / not me'],
  ['staff had held it', 'hold', 'staff had held its recovery'],
  ['its shopper had chosen a smaller order', 'smaller', 'to take less of it'],
] as const)(
  'skipped and unskipped after %s: nothing is charged or said, and staff decide, once',
  async (_, word, why) => {
    const shop = await startedShop(stack)
    const { contractId } = await subscription(stack, shop, noMoney)
    await stack.sandbox.moveClock(on('11-13', '13:00'))
    const { id } = await caseOf(stack, contractId)
    if (word === 'stop') await pressStop()
    if (word === 'hold') await press(stack, shop, id, 'hold')
    if (word === 'smaller')
      await stack.db.recoveryCase.update({
        where: { id },
        data: { smallerAmount: '8.00', smallerLines: [] },
      })
    await stack.sandbox.changeCycle(contractId, 1, 'skip')
    await stack.sandbox.moveClock({ by: 'PT10M' })
    expect((await caseOf(stack, contractId)).status).toBe('skipped')
    const before = { charged: await ledger(stack, contractId), said: await stages(stack) }

    await stack.sandbox.changeCycle(contractId, 1, 'unskip')
    await stack.sandbox.moveClock({ by: 'PT10M' })
    const told = { where: { shop, kind: 'unskipped' } }
    expect(await stack.db.staffTask.findMany(told)).toMatchObject([
      { doneAt: null, body: expect.stringContaining(why) },
    ])
    await stack.db.staffTask.updateMany({ ...told, data: { doneAt: await stack.sandbox.now() } })
    await stack.sandbox.moveClock(on('12-08'))
    expect(await casesOf(contractId)).toHaveLength(1)
    expect({ charged: await ledger(stack, contractId), said: await stages(stack) }).toEqual(before)
    expect(await stack.db.staffTask.count(told)).toBe(1)
  },
)

test('skipped and unskipped after staff had released it: it is recovered', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, noMoney)
  await stack.sandbox.moveClock(on('11-12'))
  const { id } = await caseOf(stack, contractId)
  await press(stack, shop, id, 'hold')
  await press(stack, shop, id, 'release')
  await stack.sandbox.changeCycle(contractId, 1, 'skip')
  await stack.sandbox.moveClock({ by: 'PT10M' })
  await stack.sandbox.changeCycle(contractId, 1, 'unskip')
  await stack.sandbox.moveClock({ by: 'PT10M' })
  expect((await casesOf(contractId)).map(({ status }) => status)).toEqual(['skipped', 'retrying'])
  expect(await openTasks(shop)).toEqual([])
})

test('unskipped when the next charge is near: no case, and staff hear of the debt once', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, noMoney, { interval: 'WEEK' })
  await stack.sandbox.moveClock(on('11-12'))
  await stack.sandbox.changeCycle(contractId, 1, 'skip')
  await stack.sandbox.moveClock(on('11-16'))
  await stack.sandbox.changeCycle(contractId, 1, 'unskip')
  await stack.sandbox.moveClock(on('11-17'))
  const told = { where: { shop, kind: 'unskipped' } }
  expect(await stack.db.staffTask.findMany(told)).toMatchObject([
    { doneAt: null, body: expect.stringContaining('too near to try again') },
  ])
  await stack.db.staffTask.updateMany({ ...told, data: { doneAt: await stack.sandbox.now() } })
  await stack.sandbox.moveClock(on('11-19', '08:00'))
  expect(await stack.db.staffTask.count(told)).toBe(1)
  expect(await openTasks(shop)).toEqual([])
  expect((await casesOf(contractId)).map(({ status }) => status)).toEqual(['skipped'])
  expect(chargedByUs(await ledger(stack, contractId))).toEqual([])
})

test('skipped and unskipped, and Shopify calls it paid: nobody is told to charge it', async () => {
  const shop = await startedShop(stack)
  const isPaid = { type: 'code', code: 'INVOICE_ALREADY_PAID' } as const
  const { contractId } = await subscription(stack, shop, isPaid)
  await stack.sandbox.moveClock(on('11-12'))
  await stack.sandbox.changeCycle(contractId, 1, 'skip')
  await stack.sandbox.moveClock({ by: 'PT10M' })
  await stack.sandbox.changeCycle(contractId, 1, 'unskip')
  await stack.sandbox.moveClock(on('11-14'))
  expect((await casesOf(contractId)).map(({ status }) => status)).toEqual(['skipped'])
  expect(await openTasks(shop)).toEqual([])
})

test('uninstalled in mid-case: every case stands still, nothing is charged or sent', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, noMoney)
  await stack.sandbox.moveClock(on('11-12'))
  await stack.sandbox.uninstall(shop)
  await stack.sandbox.moveClock(on('11-13', '20:00'))
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'held', reason: 'uninstalled' })
  expect(chargedByUs(await ledger(stack, contractId))).toEqual([])
  expect(await stages(stack)).toEqual([])
  expect(await stack.db.session.count({ where: { shop } })).toBe(0)

  // Two days later Shopify asks for erasure; nothing personal is left, and still nothing is charged.
  await stack.sandbox.moveClock(on('12-10'))
  expect(chargedByUs(await ledger(stack, contractId))).toEqual([])
  expect(await stack.db.recoveryCase.count({ where: { shop, customerName: { not: null } } })).toBe(
    0,
  )
})

test('installed again: nothing resumes by itself', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, noMoney)
  await stack.sandbox.moveClock(on('11-12'))
  await stack.sandbox.uninstall(shop)
  await stack.sandbox.moveClock(on('11-13', '20:00'))
  await openApp(stack, shop)
  const second = await subscription(stack, shop, noMoney, { firstChargeAt: '2026-11-16T08:00:00Z' })
  await stack.sandbox.moveClock(on('11-25'))
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'held', reason: 'uninstalled' })
  expect(chargedByUs(await ledger(stack, contractId))).toEqual([])
  expect(chargedByUs(await ledger(stack, second.contractId))).toEqual([])
  expect(await stages(stack)).toEqual([])
})

test('the deadline: paused, then said so, with every promised rung before it', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, noMoney)
  await stack.sandbox.moveClock(on('12-08'))
  const closed = await caseOf(stack, contractId)
  expect(closed).toMatchObject({ status: 'exhausted' })
  expect(closed.attempts.filter((a) => a.countsTowardLadder)).toHaveLength(4)
  expect(chargedByUs(await ledger(stack, contractId))).toHaveLength(4)
  expect(closed.actions).toMatchObject([{ kind: 'pause', state: 'done' }])
  const sent = await stages(stack)
  expect(sent.at(-1)).toBe('ended')
  expect(sent.filter((stage) => stage !== 'ended').length).toBeLessThanOrEqual(5)
})

test('two shops at once, in two zones: each at nine in its own morning, each in its own money', async () => {
  const berlin = await startedShop(stack, BEAN_AND_BLOOM)
  const boston = await startedShop(stack, TIDELINE_TEA)
  const script = { type: 'codes' as const, codes: ['INSUFFICIENT_FUNDS', 'OK'] }
  const coffee = await subscription(stack, berlin, script)
  const tea = await subscription(stack, boston, script, {
    customer: {
      firstName: 'Ann',
      lastName: 'Doe',
      email: 'ann@example.com',
      locale: 'en-US',
      country: 'US',
      province: 'MA',
    },
  })
  await stack.sandbox.moveClock(on('11-15'))
  const zones: [string, string, string][] = [
    [coffee.contractId, 'Europe/Berlin', 'EUR'],
    [tea.contractId, 'America/New_York', 'USD'],
  ]
  for (const [contractId, zone, currency] of zones) {
    const recovered = await caseOf(stack, contractId)
    expect(recovered).toMatchObject({ status: 'recovered', zone, recoveredCurrency: currency })
    const rung = recovered.stepRuns.find((step) => step.kind === 'retry' && step.state === 'done')
    expect(rung?.wallTime).toMatch(/T09:/)
  }
  await cleanOracle(stack)
})
