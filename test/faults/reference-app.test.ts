/** R1 to R10: what Shopify's reference app gets wrong, each with the test that holds us to better. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  BEAN_AND_BLOOM,
  BROWSER,
  caseOf,
  cleanOracle,
  ledger,
  on,
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
const appCharges = (lines: string[]) => lines.filter((line) => line.startsWith('app'))

/** The body of the failure webhook that the sandbox itself delivered for this contract. */
async function failureBody(contractId: string): Promise<Record<string, unknown>> {
  const row = await stack.db.webhookEvent.findFirst({
    where: { topic: 'subscription_billing_attempts/failure', body: { contains: contractId } },
  })
  return JSON.parse(row?.body ?? '{}') as Record<string, unknown>
}

describe('R1 delays are kept', () => {
  test('with the clock still, a failure charges nothing', async () => {
    const shop = await startedShop(stack)
    const { contractId } = await subscription(stack, shop, noMoney)
    await stack.sandbox.moveClock(on('11-12', '09:05'))
    await stack.idle()
    expect(await caseOf(stack, contractId)).toMatchObject({ status: 'retrying' })
    expect(appCharges(await ledger(stack, contractId))).toEqual([])
  })

  test.each(['server.ts', 'worker.ts'])(
    'production refuses to start %s without a database',
    (file) => {
      const { PATH = '' } = process.env
      const run = spawnSync(process.execPath, [file], {
        encoding: 'utf8',
        env: {
          PATH,
          NODE_ENV: 'production',
          SHOPIFY_API_KEY: 'k',
          SHOPIFY_API_SECRET: 's',
          SHOPIFY_APP_URL: 'https://app.example.com',
          SCOPES: 'read_customers',
        },
      })
      expect(run.status).not.toBe(0)
      expect(run.stderr).toMatch(/DATABASE_URL/)
    },
  )
})

test('R2 twenty copies of one delivery: one inbox row, one case, one charge', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, noMoney)
  await stack.sandbox.webhookPolicy({
    topic: 'subscription_billing_attempts/failure',
    mode: 'late',
    delay: 'PT1H',
    times: 1,
  })
  await stack.sandbox.moveClock(on('11-12', '10:30'))
  const body = await failureBody(contractId)
  await stack.db.webhookEvent.deleteMany({})
  const statuses = await stack.sandbox.sendWebhook({
    shop,
    topic: 'subscription_billing_attempts/failure',
    body,
    copies: 20,
    eventId: 'event-of-r2',
  })
  expect(statuses).toEqual(Array.from({ length: 20 }, () => 200))
  await stack.sandbox.moveClock(on('11-13', '12:00'))
  expect(await stack.db.webhookEvent.count({ where: { eventId: 'event-of-r2' } })).toBe(1)
  expect(await stack.db.recoveryCase.count()).toBe(1)
  expect(appCharges(await ledger(stack, contractId))).toHaveLength(1)
})

test.each([
  ['HTTP 500', { operation: '*', mode: 'http_500' as const, times: 6 }],
  ['THROTTLED', { operation: '*', mode: 'throttled' as const, times: 6 }],
  [
    'lost answers',
    { operation: 'subscriptionBillingAttemptCreate', mode: 'lose_answer' as const, times: 3 },
  ],
])('R3 %s in mid-run with four in flight: the process lives and all finish', async (_, fault) => {
  const shop = await startedShop(stack)
  const contracts = await Promise.all(
    Array.from({ length: 4 }, () =>
      subscription(stack, shop, { type: 'codes', codes: ['INSUFFICIENT_FUNDS', 'OK'] }),
    ),
  )
  await stack.sandbox.moveClock(on('11-12'))
  await stack.sandbox.fault(fault)
  await stack.sandbox.moveClock(on('11-14'))
  for (const { contractId } of contracts) {
    expect(await caseOf(stack, contractId)).toMatchObject({ status: 'recovered', deadReason: null })
    expect(appCharges(await ledger(stack, contractId))).toEqual(['app: paid'])
  }
  expect((await stack.health()).ready).toBe(true)
})

test('R4 every route without credentials: nobody gets in, nothing has an effect', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, noMoney)
  await stack.sandbox.moveClock(on('11-12'))
  const opened = await caseOf(stack, contractId)
  const paths = readdirSync('app/routes')
    .filter((file) => file.startsWith('app'))
    .map(
      (file) =>
        `/${file
          .replace(/\.tsx$/, '')
          .replace(/\._index$/, '')
          .replaceAll('.', '/')}`,
    )
    .map((path) => path.replace('$caseId', opened.id).replace('$id', opened.sequenceVersionId))
  expect(paths.length).toBeGreaterThan(5)
  const others = ['/internal/jobs/run', '/webhooks', '/r/guess', `/r/${opened.id}`]
  for (const path of [...paths, ...others]) {
    for (const method of ['GET', 'POST']) {
      const answer = await fetch(`${stack.appUrl}${path}`, {
        method,
        redirect: 'manual',
        headers: {
          'user-agent': BROWSER,
          ...(method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        },
        ...(method === 'POST' ? { body: 'intent=retry&action=stop' } : {}),
      })
      const text = await answer.text()
      expect(text, `${method} ${path}`).not.toContain('Lindqvist')
      expect(text, `${method} ${path}`).not.toContain('Morning Roast')
      expect(answer.status, `${method} ${path}`).toBeLessThan(500)
    }
  }
  const after = await caseOf(stack, contractId)
  expect(after.version).toBe(opened.version)
  expect(appCharges(await ledger(stack, contractId))).toEqual([])
})

test('R5 paused by the shopper, then paid: it stays paused', async () => {
  const shop = await startedShop(stack)
  const { contractId } = await subscription(stack, shop, noMoney)
  await stack.sandbox.moveClock(on('11-12'))
  await stack.sandbox.changeContract(contractId, 'pause')
  await stack.sandbox.moveClock(on('11-13'))
  await stack.sandbox.changeCycle(contractId, 1, 'bill-elsewhere')
  await stack.sandbox.moveClock(on('11-16'))
  const closed = await caseOf(stack, contractId)
  expect(closed.status).toBe('paid_elsewhere')
  expect(closed.actions).toEqual([])
  const state = await stack.sandbox.state<{ contracts: { id: string; status: string }[] }>()
  expect(state.contracts.find((one) => one.id === contractId)?.status).toBe('PAUSED')
})

test('R6 stock-outs leave the payment ladder whole', async () => {
  const shop = await startedShop(stack)
  const { contractId, productVariantId } = await subscription(
    stack,
    shop,
    { type: 'codes', codes: ['INSUFFICIENT_FUNDS', 'INSUFFICIENT_FUNDS', 'OK'] },
    { stock: 0 },
  )
  await stack.sandbox.moveClock(on('11-15'))
  await stack.sandbox.setStock(productVariantId, 5)
  await stack.sandbox.moveClock(on('11-16'))
  const moved = await caseOf(stack, contractId)
  expect(moved.lane).toBe('FUNDS')
  expect(
    moved.stepRuns.filter((step) => step.kind === 'retry' && step.state === 'scheduled').length,
  ).toBeGreaterThanOrEqual(2)
  await stack.sandbox.moveClock(on('11-30'))
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'recovered' })
  const money = (await ledger(stack, contractId)).filter(
    (line) => !line.endsWith('INSUFFICIENT_INVENTORY'),
  )
  expect(money).toEqual(['app: INSUFFICIENT_FUNDS', 'app: INSUFFICIENT_FUNDS', 'app: paid'])
})

test('R8 killed at random: every acknowledged event is finished, nothing is charged twice', async () => {
  const kills = 4
  let seed = 20261122
  const random = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    return seed / 2 ** 32
  }
  const shop = await startedShop(stack)
  const contracts = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      subscription(
        stack,
        shop,
        { type: 'codes', codes: ['INSUFFICIENT_FUNDS', 'INSUFFICIENT_FUNDS', 'OK'] },
        {
          firstChargeAt: `2026-11-12T08:0${i}:00Z`,
          customer: {
            firstName: 'Nr',
            lastName: String(i),
            email: `nr${i}@example.com`,
            locale: 'en',
            country: 'DE',
          },
        },
      ),
    ),
  )
  // A second worker carries on while the first is dead: what the dead one had claimed is freed at once.
  let worker = 0
  let survivor = stack.startWorker()
  for (let i = 0; i < kills; i++) {
    const move = stack.sandbox.moveClock({ by: `PT${6 + Math.floor(random() * 10)}H` })
    // Some way into the work of this stretch, not at its end: after a seeded number of health checks.
    for (let peek = Math.floor(random() * 12); peek > 0; peek--) await stack.health()
    await stack.kill9Worker(worker)
    ;[worker, survivor] = [survivor, stack.startWorker()]
    await move
  }
  await stack.sandbox.moveClock(on('11-28'))
  await stack.idle()
  expect(await stack.db.webhookEvent.count({ where: { state: { notIn: ['done'] } } })).toBe(0)
  for (const { contractId } of contracts) {
    const closed = await caseOf(stack, contractId)
    expect(closed.status).toBe('recovered')
    expect((await ledger(stack, contractId)).filter((line) => line.endsWith('paid'))).toHaveLength(
      1,
    )
    const steps = closed.messages.map((message) => message.triggerKey)
    expect(new Set(steps).size).toBe(steps.length)
  }
  const sent = (await stack.sandbox.mailbox()).map((mail) => mail.customArgs.message_id)
  expect(new Set(sent).size).toBe(sent.length)
}, 240_000)

test('R9 five codes in turn, then success: one case, closed, nothing due', async () => {
  const shop = await startedShop(stack)
  const codes = [
    'INSUFFICIENT_FUNDS',
    'DO_NOT_HONOR',
    'PROCESSING_ERROR',
    'CARD_DECLINED',
    'TRANSACTION_LIMIT_EXCEEDED',
  ]
  const { contractId } = await subscription(stack, shop, { type: 'codes', codes: [...codes, 'OK'] })
  await stack.sandbox.moveClock(on('12-08'))
  const closed = await caseOf(stack, contractId)
  expect(closed).toMatchObject({ status: 'recovered', nextActionAt: null })
  expect(closed.stepRuns.filter((step) => step.state === 'scheduled')).toEqual([])
  expect(
    (await cleanOracle(stack, { contract: contractId })).charges.map((charge) => charge.result),
  ).toEqual([...codes, 'paid'])
})

test('R10 a failure of a paused contract: held, no charge, goes on when it is activated', async () => {
  const shop = await startedShop(stack)
  await stack.sandbox.webhookPolicy({
    topic: 'subscription_billing_attempts/failure',
    mode: 'late',
    delay: 'PT2H',
    times: 1,
  })
  const { contractId } = await subscription(stack, shop, {
    type: 'codes',
    codes: ['INSUFFICIENT_FUNDS', 'OK'],
  })
  await stack.sandbox.moveClock(on('11-12', '10:00'))
  await stack.sandbox.changeContract(contractId, 'pause')
  await stack.sandbox.moveClock(on('11-16'))
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'held', reason: 'paused' })
  expect(appCharges(await ledger(stack, contractId))).toEqual([])
  await stack.sandbox.changeContract(contractId, 'activate')
  await stack.sandbox.moveClock(on('11-20'))
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'recovered' })
})

test('F13 one shop without a token holds up nobody else', async () => {
  const broken = await startedShop(stack, TIDELINE_TEA)
  const fine = await startedShop(stack, BEAN_AND_BLOOM)
  const script = { type: 'codes' as const, codes: ['INSUFFICIENT_FUNDS', 'OK'] }
  await subscription(stack, broken, script)
  const { contractId } = await subscription(stack, fine, script)
  await stack.sandbox.moveClock(on('11-12'))
  await stack.db.session.deleteMany({ where: { shop: broken } })
  await stack.sandbox.moveClock(on('11-14'))
  expect(await caseOf(stack, contractId)).toMatchObject({ status: 'recovered' })
})
