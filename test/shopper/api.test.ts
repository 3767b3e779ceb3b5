/** The extensions' door (/ext/v1): who gets in, what they see, and what a press does (S9, S10). */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Snapshot } from '../../app/shopper/snapshot.ts'
import { API_KEY, API_SECRET } from '../../scripts/local-stack.mjs'
import {
  BEAN_AND_BLOOM,
  BROWSER,
  card,
  caseOf,
  cleanOracle,
  ledger,
  on,
  reminders,
  startedShop,
  subscription,
  TIDELINE_TEA,
} from '../factories.ts'
import type { NewContract } from '../sandbox-client.ts'
import { type Stack, startStack } from '../stack.ts'
import { doorOf, onlyCase, text, token } from './door.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.stop())
beforeEach(() => stack.reset())

const { ask, act, stateFor } = doorOf(() => stack)

let shops = 0

/** A subscriber of a shop of their own, whose card has no money, and their token: presses in a minute are counted. */
async function short(order: Partial<NewContract> = {}) {
  shops += 1
  const shop = await startedShop(stack, {
    ...BEAN_AND_BLOOM,
    domain: `door-${shops}.myshopify.com`,
  })
  const noMoney = { type: 'code', code: 'INSUFFICIENT_FUNDS' } as const
  const made = await subscription(stack, shop, noMoney, order)
  await stack.sandbox.moveClock(on('11-12'))
  const { id } = await caseOf(stack, made.contractId)
  return { shop, ...made, caseId: id, mine: token({ dest: shop, sub: made.customerId }) }
}

test('only a customer’s own token for this app opens the door, and every answer may be read', async () => {
  const { shop, customerId, mine, caseId } = await short()
  const own = { dest: shop, sub: customerId }
  const past = Math.floor(Date.now() / 1000) - 3_600
  const unsigned = `${text({ alg: 'none' })}.${text({ ...own, aud: API_KEY, exp: past + 9_999 })}.`
  const wrong: Record<string, string | null> = {
    none: null,
    unsigned,
    'with another alg': token(own, API_SECRET, 'HS384'),
    'signed by somebody else': token(own, 'guessed'),
    expired: token({ ...own, exp: past }),
    'not valid yet': token({ ...own, nbf: past + 7_200 }),
    'for another app': token({ ...own, aud: 'another' }),
    'of a visitor who did not log in': token({ dest: shop }),
    'of the admin': await stack.sandbox.idToken(shop),
    'about an order': token({ ...own, sub: 'gid://shopify/Order/1' }),
    'of no shop': token({ ...own, dest: 'https://evil.example' }),
  }
  for (const [name, bearer] of Object.entries(wrong)) {
    for (const answer of [
      await ask('state', bearer),
      await act('stop', bearer ?? '', { caseId }),
    ]) {
      expect(answer.status, name).toBe(401)
      expect(answer.headers.get('access-control-allow-origin'), name).toBe('*')
      expect(await answer.text(), name).not.toMatch(/Roast|24\.9/)
    }
  }
  const before = await ask('stop', null, { method: 'OPTIONS' })
  expect(before.status).toBe(204)
  expect(before.headers.get('access-control-allow-headers')).toMatch(/Idempotency-Key/i)
  const line = { id: 'gid://shopify/SubscriptionLine/x', quantity: 1 }
  const refused: [Promise<Response>, number][] = [
    [ask('nowhere', mine), 404],
    [ask('stop', mine), 405],
    [ask('state', mine, { method: 'PUT' }), 405],
    [act('stop', mine, { caseId }, ''), 400],
    [act('stop', mine, { caseId: 7 }), 400],
    [act('offers/day', mine, { caseId, date: '2026-02-30' }), 400],
    [act('offers/smaller', mine, { caseId, lines: [] }), 400],
    [act('offers/smaller', mine, { caseId, lines: [{ ...line, quantity: '1' }] }), 400],
    [act('offers/smaller', mine, { caseId, lines: [{ ...line, quantity: 0 }] }), 400],
    [act('offers/smaller', mine, { caseId, lines: [line, line] }), 400],
    [act('offers/smaller', mine, { caseId, lines: [line] }), 409],
    [act('offers/whole', mine, { caseId }), 409],
    [act('__proto__', mine, { caseId }), 404],
    [ask('state', mine, { headers: { 'user-agent': 'Googlebot/2.1' } }), 410],
  ]
  for (const [asked, status] of refused) {
    const answer = await asked
    expect(answer.status).toBe(status)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  }
  expect((await stateFor(mine)).cases).toHaveLength(1)
  expect((await stateFor(token({ ...own, dest: `https://${shop}` }))).cases).toHaveLength(1)
})

test('nobody sees or moves what is another customer’s, or another shop’s', async () => {
  const { shop, contractId, customerId, caseId } = await short()
  const elsewhere = await startedShop(stack, TIDELINE_TEA)
  const before = await caseOf(stack, contractId)
  for (const stranger of [
    token({ dest: shop, sub: 'gid://shopify/Customer/1' }),
    token({ dest: elsewhere, sub: customerId }),
  ]) {
    expect((await stateFor(stranger)).cases).toEqual([])
    for (const path of ['stop', 'retry', 'offers/skip', 'payment-method/replaced'])
      expect((await act(path, stranger, { caseId })).status, path).toBe(404)
  }
  expect(await caseOf(stack, contractId)).toEqual(before)
})

test('another saved method pays what is owed, once, however often it is pressed', async () => {
  const shop = await startedShop(stack)
  const made = await subscription(stack, shop, { type: 'ok' })
  const { contractId, methodId, customerId } = made
  await stack.sandbox.changeMethod(contractId, card({ type: 'expired' }, { last4: '9999' }))
  await stack.sandbox.moveClock(on('11-12'))
  const mine = token({ dest: shop, sub: customerId })
  const [shown] = (await stateFor(mine)).cases
  expect(shown).toMatchObject({ status: 'failing', reason: 'card', updateRoute: 'intent' })
  expect(shown?.actions.pay).toEqual({ allowed: false, because: 'method_first' })
  expect(shown?.methods.map(({ label, current }) => [label, current])).toEqual(
    expect.arrayContaining([
      ['Visa ···· 4242', false],
      ['Visa ···· 9999', true],
    ]),
  )
  const key = randomUUID()
  const body = { caseId: shown?.id, methodId }
  const both = await Promise.all([1, 2].map(() => act('payment-method/use', mine, body, key)))
  for (const { status } of both) expect([200, 409]).toContain(status)
  expect((await act('payment-method/use', mine, body, key)).status).toBe(200)
  const other = { ...body, methodId: 'gid://shopify/CustomerPaymentMethod/other' }
  expect((await act('payment-method/use', mine, other, key)).status).toBe(409)
  // The key is this shopper’s: nobody else learns by it what came of their press.
  const stranger = token({ dest: shop, sub: 'gid://shopify/Customer/1' })
  expect((await act('payment-method/use', stranger, body, key)).status).toBe(404)
  await stack.sandbox.moveClock({ by: 'PT10M' })
  expect(await ledger(stack, contractId)).toEqual(['biller: EXPIRED_CARD', 'app: paid'])
  // A request that somebody caught, sent again word for word, or under a key of their own: it is over, and stays so.
  expect((await act('payment-method/use', mine, body, key)).status).toBe(200)
  await act('payment-method/use', mine, body)
  await stack.sandbox.moveClock({ by: 'P1D' })
  expect(await ledger(stack, contractId)).toEqual(['biller: EXPIRED_CARD', 'app: paid'])
  const ended = await onlyCase(await ask('state', mine))
  expect(ended).toMatchObject({ status: 'recovered', shipsNext: expect.any(String) })
  const answered = await act('feedback', mine, { caseId: ended.id, reason: 'easy', note: 'Danke' })
  expect((await onlyCase(answered)).feedback).toBeNull()
  const { events, feedbackNote } = await caseOf(stack, contractId)
  expect(feedbackNote).toBe('Danke')
  const said = events.filter(({ actor }) => actor === 'shopper').map(({ because }) => because)
  expect(said.join('\n')).toMatch(/another saved method: Visa ···· 4242[\s\S]*Danke/)
})

test('a payment that Shopify will not take now is not called done', async () => {
  const { contractId, caseId, mine } = await short()
  await stack.sandbox.moveClock(on('11-14'))
  const operation = 'subscriptionBillingAttemptCreate'
  await stack.sandbox.fault({ operation, mode: 'refuse', code: 'THROTTLED', times: 1 })
  const before = await ledger(stack, contractId)
  const pressed = await act('retry', mine, { caseId })
  expect(pressed.status).toBe(422)
  expect(await pressed.json()).toMatchObject({ error: 'not_started' })
  expect(await ledger(stack, contractId)).toEqual(before)
})

describe('the order itself', () => {
  test('is tried on another day, twice at most; then skipped, and nothing is charged', async () => {
    const { contractId, caseId, mine } = await short()
    const [shown] = (await stateFor(mine)).cases
    expect(shown?.actions.pay).toEqual({ allowed: false, because: 'wait_a_day' })
    expect(shown?.day).toMatchObject({ earliest: '2026-11-13', movesLeft: 2 })
    const pick = (date: string) => act('offers/day', mine, { caseId, date })
    expect((await pick('2026-12-31')).status).toBe(409)
    const moved = await onlyCase(await pick('2026-11-24'))
    expect(moved.nextRetryAt).toMatch(/^2026-11-24T/)
    expect(moved.day?.movesLeft).toBe(1)
    const again = await onlyCase(await pick('2026-11-20'))
    expect(again.nextRetryAt).toMatch(/^2026-11-20T/)
    expect(again.actions.day).toEqual({ allowed: false, because: 'moved_twice' })
    expect((await pick('2026-11-21')).status).toBe(409)

    const skipped = await onlyCase(await act('offers/skip', mine, { caseId }))
    expect(skipped.status).toBe('skipped')
    await stack.sandbox.moveClock(on('11-25'))
    expect(await ledger(stack, contractId)).toEqual(['biller: INSUFFICIENT_FUNDS'])
    const { status, events } = await caseOf(stack, contractId)
    expect(status).toBe('skipped')
    const pressed = events.filter(({ actor }) => actor === 'shopper').map(({ type }) => type)
    expect(pressed).toEqual(['shopper_day', 'shopper_day', 'shopper_day', 'shopper_skip'])
  })

  test('is charged for as much as the shopper takes, try after try, and the next one is whole', async () => {
    const shop = await startedShop(stack)
    const order = {
      quantity: 2,
      deliveryPrice: '3.00',
      also: [{ title: 'Paper filters', price: '4.50', quantity: 1 }],
    }
    const made = await subscription(stack, shop, { type: 'ok' }, order)
    const { contractId, customerId, methodId: spare } = made
    const empty = card({ type: 'code', code: 'INSUFFICIENT_FUNDS' }, { last4: '9999' })
    await stack.sandbox.changeMethod(contractId, empty)
    await stack.sandbox.moveClock(on('11-12'))
    const mine = token({ dest: shop, sub: customerId })
    const before = await onlyCase(await ask('state', mine))
    expect(before).toMatchObject({
      order: null,
      actions: { smaller: { because: 'not_offered' }, whole: { because: 'not_smaller' } },
    })
    await stack.db.shop.update({ where: { shop }, data: { smallerOrders: true } })
    const { id: caseId, order: offered, actions } = await onlyCase(await ask('state', mine))
    expect(actions.smaller.allowed).toBe(true)
    expect(offered).toMatchObject({
      whole: { amount: '57.3', currency: 'EUR' },
      lines: [
        { quantity: 2, chosen: 2, price: { amount: '24.90' } },
        { title: 'Paper filters', quantity: 1, chosen: 1, price: { amount: '4.50' } },
      ],
    })
    const [roast, filters] = offered?.lines.map(({ id }) => id) ?? []
    const take = (...pieces: number[]) => {
      const lines = [roast, filters].map((id, i) => ({ id, quantity: pieces[i] }))
      return act('offers/smaller', mine, { caseId, lines })
    }
    expect((await take(2, 1)).status).toBe(422)
    expect((await take(3, 1)).status).toBe(409)
    const alone = await act('offers/smaller', mine, { caseId, lines: [{ id: roast, quantity: 1 }] })
    expect(alone.status).toBe(409)
    expect((await onlyCase(await take(0, 1))).amount).toEqual({ amount: '7.5', currency: 'EUR' })
    expect((await onlyCase(await act('offers/whole', mine, { caseId }))).amount.amount).toBe('57.3')
    const less = await onlyCase(await take(1, 0))
    expect(less).toMatchObject({
      amount: { amount: '27.9' },
      order: { whole: { amount: '57.3' }, lines: [{ chosen: 1 }, { chosen: 0 }] },
      actions: { whole: { allowed: true } },
    })

    // The first try for less fails, too. Another card can still be chosen: Shopify lets nothing of a contract be changed
    // while an order of it stands edited.
    await stack.sandbox.moveClock(on('11-13', '13:00'))
    const amounts = async () => (await cleanOracle(stack)).charges.map(({ amount }) => amount)
    expect(await amounts()).toEqual(['57.30', '27.90'])
    expect((await onlyCase(await ask('state', mine))).amount.amount).toBe('27.9')
    const body = { caseId, methodId: spare }
    expect((await act('payment-method/use', mine, body)).status).toBe(200)
    await stack.sandbox.moveClock({ by: 'PT10M' })
    expect(await amounts()).toEqual(['57.30', '27.90', '27.90'])
    const paid = await onlyCase(await ask('state', mine))
    expect(paid).toMatchObject({ status: 'recovered', amount: { amount: '27.9' } })
    const { events, actions: done } = await caseOf(stack, contractId)
    const said = events.filter(({ actor }) => actor === 'shopper').map(({ because }) => because)
    expect(said.join('\n')).toMatch(/takes less of this order: 27\.90 EUR instead of 57\.30 EUR/)
    expect(done.find(({ kind }) => kind === 'whole_order')?.state).toBe('done')

    await stack.sandbox.moveClock(on('12-12'))
    expect((await amounts()).at(-1)).toBe('57.30')
  })

  test('waits while the shopper pauses it, and goes on when they resume it', async () => {
    const { caseId, mine, contractId } = await short()
    const paused = await onlyCase(await act('offers/pause', mine, { caseId }))
    expect(paused).toMatchObject({ status: 'paused', actions: { resume: { allowed: true } } })
    const resumed = await onlyCase(await act('offers/resume', mine, { caseId }))
    expect(resumed).toMatchObject({ status: 'failing', actions: { resume: { allowed: false } } })
    // What staff have paused is not the shopper’s to resume.
    await stack.sandbox.changeContract(contractId, 'pause')
    await stack.sandbox.moveClock({ by: 'PT10M' })
    expect((await onlyCase(await ask('state', mine))).actions.resume.allowed).toBe(false)
    expect((await act('offers/resume', mine, { caseId })).status).toBe(409)
    await cleanOracle(stack)
  })

  test('that ended paused can be resumed for ninety days', async () => {
    const { caseId, mine, contractId } = await short()
    await stack.sandbox.moveClock(on('12-04'))
    expect(await caseOf(stack, contractId)).toMatchObject({ status: 'exhausted' })
    const shown = await onlyCase(await ask('state', mine))
    expect(shown).toMatchObject({ status: 'paused', actions: { resume: { allowed: true } } })
    const after = await onlyCase(await act('offers/resume', mine, { caseId }))
    expect(shown.resumeUntil).toMatch(/^2027-03-0[34]T/)
    expect(after).toMatchObject({
      status: 'resumed',
      resumeUntil: null,
      actions: { resume: { allowed: false } },
    })
    // The signed page says the same.
    const [link] = /https?:\/\/\S+\/r\/\S+/.exec((await reminders(stack)).at(-1)?.text ?? '') ?? []
    const page = await (
      await fetch(link ?? 'no link', { headers: { 'user-agent': BROWSER } })
    ).text()
    expect(page).toContain('Your subscription goes on')
    expect(page).not.toMatch(/still open|<button[^>]*value="resume"/)
    const { actions } = await caseOf(stack, contractId)
    expect(actions).toMatchObject([{ kind: 'pause', state: 'undone' }])
  })
})

test('the JSON is what the extensions read, down to the kind of every value', async () => {
  const { shop, mine } = await short({ quantity: 2 })
  await stack.db.shop.update({ where: { shop }, data: { smallerOrders: true } })
  await stack.db.brand.create({
    data: {
      shop,
      logoAlt: '',
      accent: '#0f5c4d',
      background: '#f4f5f3',
      ink: '#1d2624',
      policy: 'https://kaffeehaus.example/payment',
      updatedAt: new Date('2026-11-01T00:00:00Z'),
      updatedBy: 'owner',
    },
  })
  const live = await stateFor(mine)
  const agreed = JSON.parse(readFileSync(new URL('snapshot.json', import.meta.url), 'utf8'))
  const { cases, ...about } = agreed as Snapshot
  expect(live.cases).toHaveLength(1)
  // A failing case to compare with a failing case; what neither has now is null in both.
  const twin = { ...about, cases: [{ ...cases[0], notice: live.cases[0]?.notice }] }
  expect(kindsOf(live)).toEqual(kindsOf(twin))
})

/** Fields and the kinds of their values; of a list, those of its first entry. */
function kindsOf(value: unknown): unknown {
  if (Array.isArray(value)) return [kindsOf(value[0])]
  if (typeof value !== 'object' || value === null) return value === null ? null : typeof value
  return Object.fromEntries(
    // What is allowed has no reason.
    Object.entries(value).map(([name, one]) => [name, name === 'because' ? 'code' : kindsOf(one)]),
  )
}
