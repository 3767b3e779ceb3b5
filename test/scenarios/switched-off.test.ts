/** The switches: before "Start recovering", the merchant's stop, the operator's stop, a sequence that is off. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  caseOf,
  installedShop,
  ledger,
  on,
  stages,
  startedShop,
  subscription,
} from '../factories.ts'
import { type Stack, startStack } from '../stack.ts'

const noMoneyYet = { type: 'codes' as const, codes: ['INSUFFICIENT_FUNDS', 'OK'] }
const byUs = (lines: string[]) => lines.filter((line) => line.startsWith('app'))

describe('by the merchant', () => {
  let stack: Stack
  beforeAll(async () => {
    stack = await startStack({ workers: 2 })
  })
  afterAll(() => stack.stop())
  beforeEach(() => stack.reset())

  test('nothing happens before "Start recovering" is pressed', async () => {
    const shop = await installedShop(stack)
    const { contractId } = await subscription(stack, shop, noMoneyYet)
    await stack.sandbox.moveClock(on('12-01'))
    expect(await stack.db.recoveryCase.count()).toBe(0)
    expect(byUs(await ledger(stack, contractId))).toEqual([])
    expect(await stages(stack)).toEqual([])
  })

  test('the stop switch holds every charge and message back, and loses no rung', async () => {
    const shop = await startedShop(stack)
    const { contractId } = await subscription(stack, shop, noMoneyYet)
    await stack.sandbox.moveClock(on('11-12'))
    await stack.db.shop.update({
      where: { shop },
      data: { stoppedAt: new Date('2026-11-12T12:00:00Z'), stoppedBy: 'Ada' },
    })
    await stack.sandbox.moveClock(on('11-16', '20:00'))
    expect(byUs(await ledger(stack, contractId))).toEqual([])
    expect(await stages(stack)).toEqual([])
    const held = await caseOf(stack, contractId)
    expect(held.events.some((event) => event.because.includes('Ada'))).toBe(true)

    await stack.db.shop.update({ where: { shop }, data: { stoppedAt: null, stoppedBy: null } })
    await stack.sandbox.moveClock(on('11-18'))
    expect(byUs(await ledger(stack, contractId))).toEqual(['app: paid'])
  })

  test('the stop switch also holds back the final action, until it is lifted', async () => {
    const shop = await startedShop(stack)
    const { contractId } = await subscription(stack, shop, { type: 'expired' })
    await stack.sandbox.moveClock(on('11-30'))
    await stack.db.shop.update({
      where: { shop },
      data: { stoppedAt: new Date('2026-11-30T12:00:00Z'), stoppedBy: 'Ada' },
    })
    await stack.sandbox.moveClock(on('12-06'))
    expect(await caseOf(stack, contractId)).toMatchObject({
      status: 'awaiting_customer',
      actions: [],
    })
    await stack.db.shop.update({ where: { shop }, data: { stoppedAt: null, stoppedBy: null } })
    await stack.sandbox.moveClock(on('12-08'))
    expect(await caseOf(stack, contractId)).toMatchObject({ status: 'exhausted' })
  })

  test('with the sequence switched off a failure opens no case', async () => {
    const shop = await startedShop(stack)
    await stack.db.sequence.updateMany({ where: { shop }, data: { isOn: false } })
    const { contractId } = await subscription(stack, shop, noMoneyYet)
    await stack.sandbox.moveClock(on('11-20'))
    expect(await stack.db.recoveryCase.count()).toBe(0)
    expect(byUs(await ledger(stack, contractId))).toEqual([])
  })
})

describe('by the operator', () => {
  let stack: Stack
  beforeAll(async () => {
    stack = await startStack({ env: { REPRISE_STOP: '1' } })
  })
  afterAll(() => stack.stop())

  test('cases open and stand, nothing is charged or mailed for any shop', async () => {
    await stack.reset()
    const shop = await startedShop(stack)
    const { contractId } = await subscription(stack, shop, noMoneyYet)
    await stack.sandbox.moveClock(on('11-20'))
    expect(await caseOf(stack, contractId)).toMatchObject({ status: 'retrying' })
    expect(byUs(await ledger(stack, contractId))).toEqual([])
    expect(await stages(stack)).toEqual([])
    expect((await stack.health()).problems.join(' ')).toMatch(/REPRISE_STOP/)
  })
})
