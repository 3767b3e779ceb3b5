/** What a press of a shopper's leaves behind: pressed twice, pressed while Shopify is busy, pressed by mistake. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  BEAN_AND_BLOOM,
  card,
  caseOf,
  ledger,
  newCard,
  on,
  press,
  startedShop,
  subscription,
} from '../factories.ts'
import type { Fault } from '../sandbox-client.ts'
import { type Stack, startStack } from '../stack.ts'
import { doorOf, onlyCase, token } from './door.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.stop())
beforeEach(() => stack.reset())

const { ask, act, stateFor } = doorOf(() => stack)

const NO_MONEY = { type: 'code', code: 'INSUFFICIENT_FUNDS' } as const

/** A shop for each test: presses are counted for each customer of each shop, over all tests of the process. */
let shops = 0
const freshShop = () =>
  startedShop(stack, { ...BEAN_AND_BLOOM, domain: `presses-${++shops}.myshopify.com` })

/** A subscriber whose card has no money, and their token. */
async function short() {
  const shop = await freshShop()
  const made = await subscription(stack, shop, NO_MONEY)
  await stack.sandbox.moveClock(on('11-12'))
  const { id } = await caseOf(stack, made.contractId)
  return { shop, ...made, caseId: id, mine: token({ dest: shop, sub: made.customerId }) }
}

describe('another day', () => {
  test('picked twice at a time, and again, is one move', async () => {
    const { contractId, caseId, mine } = await short()
    const pick = (date: string) => act('offers/day', mine, { caseId, date })
    const both = await Promise.all([pick('2026-11-24'), pick('2026-11-24')])
    expect(both.map(({ status }) => status)).toEqual([200, 200])
    expect((await caseOf(stack, contractId)).dayMoves).toBe(1)
    expect((await pick('2026-11-20')).status).toBe(200)
    const last = await onlyCase(await pick('2026-11-20'))
    expect(last.nextRetryAt).toMatch(/^2026-11-20T/)
    expect((await caseOf(stack, contractId)).dayMoves).toBe(2)
  })
})

type Each = { contractId: string; caseId: string; mine: string }

describe('the shopper’s own pause', () => {
  test('is theirs to lift until the subscription is active again, by whomever, paid or cancelled', async () => {
    const shop = await freshShop()
    const made = await Promise.all([1, 2, 3].map(() => subscription(stack, shop, NO_MONEY)))
    await stack.sandbox.moveClock(on('11-12'))
    const each = await Promise.all(
      made.map(async ({ contractId, customerId }) => {
        const { id: caseId } = await caseOf(stack, contractId)
        const mine = token({ dest: shop, sub: customerId })
        const shown = await onlyCase(await act('offers/pause', mine, { caseId }))
        expect(shown.actions.resume.allowed).toBe(true)
        return { contractId, caseId, mine }
      }),
    )
    const [again, paid, cancelled] = each as [Each, Each, Each]
    for (const { contractId } of [again, paid])
      await stack.sandbox.changeContract(contractId, 'activate')
    await stack.sandbox.changeContract(cancelled.contractId, 'cancel')
    await stack.sandbox.moveClock({ by: 'PT10M' })
    await stack.sandbox.changeContract(again.contractId, 'pause')
    await stack.sandbox.changeMethod(paid.contractId, newCard)
    await stack.sandbox.moveClock({ by: 'PT10M' })

    for (const [{ mine, caseId, contractId }, status] of [
      [again, 'paused'],
      [paid, 'recovered'],
      [cancelled, 'ended'],
    ] as const) {
      const shown = await onlyCase(await ask('state', mine))
      expect(shown).toMatchObject({ status, actions: { resume: { allowed: false } } })
      expect((await act('offers/resume', mine, { caseId })).status).toBe(409)
      const { actions } = await caseOf(stack, contractId)
      const state = contractId === cancelled.contractId ? 'done' : 'undone'
      expect(actions.find(({ kind }) => kind === 'shopper_pause')?.state).toBe(state)
    }
    await stack.sandbox.moveClock(on('11-28'))
    for (const { mine } of [paid, cancelled]) expect((await stateFor(mine)).cases).toEqual([])
  })

  test('can be paused a second time, and resumed again', async () => {
    const { caseId, mine } = await short()
    for (const path of ['offers/pause', 'offers/resume', 'offers/pause'])
      expect((await act(path, mine, { caseId })).status, path).toBe(200)
    const shown = await onlyCase(await ask('state', mine))
    expect(shown).toMatchObject({ status: 'paused', actions: { resume: { allowed: true } } })
  })
})

describe('while Shopify is busy', () => {
  const faulty = async (
    path: string,
    operation: string,
    mode: Fault['mode'],
    body: object = {},
  ) => {
    const made = await short()
    await stack.sandbox.moveClock(on('11-14', '18:00'))
    await stack.sandbox.fault({ operation, mode, times: 1 })
    const answer = await act(path, made.mine, { caseId: made.caseId, ...body })
    expect([answer.status, await answer.json()]).toEqual([503, { error: 'going_on' }])
    return made
  }

  test.each([
    ['offers/skip', 'subscriptionBillingCycleSkip', 'skipped'],
    ['offers/pause', 'subscriptionContractPause', 'paused'],
  ])('%s is said to go on, and is done by itself', async (path, operation, status) => {
    const { mine } = await faulty(path, operation, 'throttled')
    await stack.sandbox.moveClock({ by: 'PT10M' })
    expect(await onlyCase(await ask('state', mine))).toMatchObject({ status })
  })

  test('who skips and then would rather pay, pays: Shopify had not heard of the skip', async () => {
    const { contractId, caseId, mine } = await faulty(
      'offers/skip',
      'subscriptionBillingCycleSkip',
      'throttled',
    )
    expect((await act('retry', mine, { caseId })).status).toBe(200)
    await stack.sandbox.moveClock({ by: 'PT1H' })
    const { attempts, actions, events, status } = await caseOf(stack, contractId)
    expect(status).toBe('retrying')
    expect(attempts.at(-1)).toMatchObject({ trigger: 'shopper', state: 'failed' })
    expect(actions).toMatchObject([{ kind: 'shopper_skip', state: 'dropped' }])
    const taken = events.find(({ because }) => because.startsWith('not skipped after all'))
    expect(taken?.actor).toBe('shopper')
  })

  test('who skips and then picks a day that is not taken down has skipped', async () => {
    const { contractId, caseId, mine } = await faulty(
      'offers/skip',
      'subscriptionBillingCycleSkip',
      'throttled',
    )
    const charges = await ledger(stack, contractId)
    await stack.sandbox.fault({ operation: 'subscriptionContract', mode: 'throttled', times: 1 })
    const picked = await act('offers/day', mine, { caseId, date: '2026-11-24' })
    expect([picked.status, await picked.json()]).toEqual([503, { error: 'not_now' }])
    await stack.sandbox.moveClock(on('11-25'))
    expect(await caseOf(stack, contractId)).toMatchObject({
      status: 'skipped',
      dayMoves: 0,
      actions: [{ kind: 'shopper_skip', state: 'done' }],
    })
    expect(await ledger(stack, contractId)).toEqual(charges)
  })

  test('who skips and then picks a day that cannot be has skipped', async () => {
    const { contractId, caseId, mine } = await faulty(
      'offers/skip',
      'subscriptionBillingCycleSkip',
      'throttled',
    )
    const picked = await act('offers/day', mine, { caseId, date: '2027-11-24' })
    expect(picked.status).not.toBe(200)
    await stack.sandbox.moveClock({ by: 'PT10M' })
    expect(await caseOf(stack, contractId)).toMatchObject({
      status: 'skipped',
      dayMoves: 0,
      actions: [{ kind: 'shopper_skip', state: 'done' }],
    })
  })

  test('who skips and then picks a day has the day', async () => {
    const { contractId, caseId, mine } = await faulty(
      'offers/skip',
      'subscriptionBillingCycleSkip',
      'throttled',
    )
    expect((await act('offers/day', mine, { caseId, date: '2026-11-24' })).status).toBe(200)
    await stack.sandbox.moveClock({ by: 'PT10M' })
    expect(await caseOf(stack, contractId)).toMatchObject({
      status: 'retrying',
      dayMoves: 1,
      actions: [{ kind: 'shopper_skip', state: 'dropped' }],
    })
  })

  test('who skips and then would rather pay does not pay where Shopify may have skipped it', async () => {
    const { contractId, caseId, mine } = await faulty(
      'offers/skip',
      'subscriptionBillingCycleSkip',
      'lose_answer',
    )
    const charges = await ledger(stack, contractId)
    await act('retry', mine, { caseId })
    await stack.sandbox.moveClock({ by: 'PT10M' })
    expect(await caseOf(stack, contractId)).toMatchObject({ status: 'skipped' })
    expect(await ledger(stack, contractId)).toEqual(charges)
  })

  test('another method that was saved is never said to be unchanged, and is charged by itself', async () => {
    const shop = await freshShop()
    const { contractId, methodId, customerId } = await subscription(stack, shop, { type: 'ok' })
    await stack.sandbox.changeMethod(contractId, card({ type: 'expired' }, { last4: '9999' }))
    await stack.sandbox.moveClock(on('11-12'))
    const mine = token({ dest: shop, sub: customerId })
    const { id: caseId } = await onlyCase(await ask('state', mine))
    await stack.sandbox.webhookPolicy({ topic: '*', mode: 'lost' })
    await stack.sandbox.fault({ operation: 'subscriptionContract', mode: 'throttled', times: 1 })
    const answer = await act('payment-method/use', mine, { caseId, methodId })
    expect([answer.status, await answer.json()]).toEqual([503, { error: 'going_on' }])
    await stack.sandbox.moveClock({ by: 'PT30M' })
    expect(await ledger(stack, contractId)).toEqual(['biller: EXPIRED_CARD', 'app: paid'])
  })
})

describe('"already cancelled, or not you"', () => {
  test('who stops one order can still pay another, and staff who release it undo the whole stop', async () => {
    const { shop, customerId, contractId, methodId, mine } = await short()
    const tea = await subscription(stack, shop, NO_MONEY, { productTitle: 'Tea', methodId })
    const { id } = await caseOf(stack, contractId)
    for (const turn of [1, 2])
      expect((await act('stop', mine, { caseId: id })).status, `press ${turn}`).toBe(200)
    await stack.sandbox.moveClock({ by: 'PT1H' })
    const other = await caseOf(stack, tea.contractId)
    const dayLater = new Date((other.attempts.at(-1)?.intendedAt.getTime() ?? 0) + 25 * 3_600_000)
    await stack.sandbox.moveClock({ to: dayLater })
    const shownOf = async (caseId: string) =>
      (await stateFor(mine)).cases.find((one) => one.id === caseId)
    expect(await shownOf(id)).toMatchObject({
      status: 'ended',
      actions: { pay: { because: 'over' }, replace: { because: 'over' }, stop: { allowed: false } },
    })
    expect(await shownOf(other.id)).toMatchObject({
      status: 'failing',
      actions: { pay: { allowed: true }, replace: { allowed: true }, stop: { allowed: true } },
    })
    const silenced = () => stack.db.suppression.count({ where: { shop, recipient: customerId } })
    expect(await silenced()).toBe(1)
    expect((await act('retry', mine, { caseId: other.id })).status).toBe(200)
    expect((await caseOf(stack, tea.contractId)).attempts.at(-1)).toMatchObject({
      trigger: 'shopper',
    })
    await stack.sandbox.changeMethod(tea.contractId, card({ type: 'ok' }, { last4: '4321' }))
    await stack.sandbox.moveClock({ by: 'PT10M' })
    expect(await shownOf(other.id)).toMatchObject({ status: 'recovered' })
    expect(other.messages.filter(({ state }) => state === 'sent')).toEqual([])

    await press(stack, shop, id, 'release')
    expect(await silenced()).toBe(0)
    expect((await shownOf(id))?.actions).toMatchObject({
      pay: { allowed: true },
      replace: { allowed: true },
      stop: { allowed: true },
    })
    const { events } = await caseOf(stack, contractId)
    expect(events.map(({ type }) => type)).toContain('stop_lifted')
  })

  test('a second stop holds when the first one is released', async () => {
    const { shop, customerId, contractId, methodId, mine } = await short()
    const tea = await subscription(stack, shop, NO_MONEY, { productTitle: 'Tea', methodId })
    await stack.sandbox.moveClock({ by: 'PT1H' })
    const [first, second] = [await caseOf(stack, contractId), await caseOf(stack, tea.contractId)]
    for (const { id } of [first, second])
      expect((await act('stop', mine, { caseId: id })).status).toBe(200)
    const silenced = () => stack.db.suppression.count({ where: { shop, recipient: customerId } })
    await press(stack, shop, first.id, 'release')
    expect(await silenced()).toBe(1)
    await press(stack, shop, second.id, 'release')
    expect(await silenced()).toBe(0)
  })

  test('stays as it is while a release does not get through, and goes with one that does', async () => {
    const { shop, customerId, contractId, caseId, mine } = await short()
    await act('stop', mine, { caseId })
    const silenced = () => stack.db.suppression.count({ where: { shop, recipient: customerId } })
    await stack.sandbox.fault({ operation: 'subscriptionContract', mode: 'throttled', times: 1 })
    await press(stack, shop, caseId, 'release')
    const stopped = await caseOf(stack, contractId)
    expect(stopped).toMatchObject({ status: 'held', reason: 'shopper_stop' })
    expect(stopped.events.map(({ type }) => type)).not.toContain('stop_lifted')
    expect(await silenced()).toBe(1)
    await press(stack, shop, caseId, 'release')
    expect((await caseOf(stack, contractId)).status).toBe('retrying')
    expect(await silenced()).toBe(0)
  })

  test('is lifted by a second release where the first one was cut short', async () => {
    const { shop, customerId, contractId, caseId, mine } = await short()
    await act('stop', mine, { caseId })
    const [kept] = await stack.db.suppression.findMany({ where: { shop, recipient: customerId } })
    if (!kept) throw new Error('The stop was not written down.')
    await press(stack, shop, caseId, 'release')
    await stack.db.caseEvent.deleteMany({ where: { caseId, type: 'stop_lifted' } })
    await stack.db.suppression.create({ data: kept })
    await press(stack, shop, caseId, 'release')
    expect(await stack.db.suppression.count({ where: { id: kept.id } })).toBe(0)
    const { events } = await caseOf(stack, contractId)
    expect(events.filter(({ type }) => type === 'stop_lifted')).toHaveLength(1)
  })
})
