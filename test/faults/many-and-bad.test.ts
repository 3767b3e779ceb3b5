/**
 * One bad row holds up nobody (F13), a worker that is asked to end leaves nothing lying, and what happened can be read
 * afterwards: one id from webhook to charge, and the figures of /metrics.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  BROWSER,
  caseOf,
  cleanOracle,
  on,
  startedShop,
  subscription,
  TIDELINE_TEA,
  tasksOf,
} from '../factories.ts'
import { type Stack, startStack } from '../stack.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ env: { LOG_LEVEL: 'info' } })
})
afterAll(() => stack.stop())
beforeEach(() => stack.reset())

const payLater = { type: 'codes', codes: ['INSUFFICIENT_FUNDS', 'OK'] } as const
const customer = (n: number) => ({
  firstName: `Shopper ${n}`,
  lastName: 'Berg',
  email: `shopper${n}@example.com`,
  locale: 'en',
  country: 'DE',
})

describe('a shop that shuts us out (F13)', () => {
  test('holds up nobody, is set aside with its reason, and goes on when the merchant opens the app', async () => {
    const shop = await startedShop(stack)
    const other = await startedShop(stack, TIDELINE_TEA)
    const script = { type: 'codes' as const, codes: [...payLater.codes] }
    const good = await subscription(stack, shop, script, { customer: customer(1) })
    const revoked = await subscription(stack, other, script, { customer: customer(97) })
    await stack.sandbox.moveClock(on('11-12'))
    await stack.db.session.updateMany({
      where: { shop: other },
      data: { accessToken: 'revoked', refreshToken: null, expires: null },
    })
    await stack.sandbox.moveClock(on('11-14', '20:00'))
    expect((await caseOf(stack, good.contractId)).status).toBe('recovered')

    // Two days of refusals, then the case is left, with its reason on screen and a button.
    await stack.sandbox.moveClock(on('11-17'))
    const aside = await caseOf(stack, revoked.contractId)
    expect(aside.deadReason).toMatch(/^ShopUnreachable: /)
    expect(aside.nextActionAt).toBeNull()
    expect(await tasksOf(stack, other)).toContain('case_set_aside')
    expect(await tasksOf(stack, shop)).not.toContain('case_set_aside')
    expect((await stack.health()).problems.join()).toMatch(/set aside/)
    expect((await metrics()).get('reprise_cases_set_aside')).toBe(1)

    // The merchant opens the app: the access is there again, and so is the case.
    const launch = await fetch(await stack.sandbox.launchUrl(other), {
      headers: { 'user-agent': BROWSER, accept: 'text/html' },
    })
    expect(launch.status).toBe(200)
    await stack.sandbox.moveClock(on('11-19'))
    expect(await caseOf(stack, revoked.contractId)).toMatchObject({
      status: 'recovered',
      deadReason: null,
    })
    expect(
      await stack.db.staffTask.count({ where: { kind: 'case_set_aside', doneAt: null } }),
    ).toBe(0)
    await cleanOracle(stack)
  })
})

describe('what can be read afterwards', () => {
  test('one correlation id leads from the webhook to the charge', async () => {
    const shop = await startedShop(stack)
    const { contractId } = await subscription(stack, shop, {
      type: 'codes',
      codes: [...payLater.codes],
    })
    await stack.sandbox.moveClock(on('11-14'))
    const { id } = await caseOf(stack, contractId)
    const webhook = await stack.db.webhookEvent.findFirstOrThrow({
      where: { topic: 'subscription_billing_attempts/failure', body: { contains: contractId } },
      orderBy: { receivedAt: 'asc' },
    })
    const lines = stack
      .tail(400)
      .split('\n')
      .filter((line) => line.startsWith('{') && line.includes(webhook.correlationId))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines).toContainEqual(expect.objectContaining({ msg: 'webhook handled', shop }))
    expect(lines).toContainEqual(
      expect.objectContaining({
        msg: 'Shopify was asked for a charge',
        caseId: id,
        answer: 'attempt_accepted',
      }),
    )
    const { events } = await caseOf(stack, contractId)
    expect(
      events.filter(({ correlationId }) => correlationId === webhook.correlationId).length,
    ).toBeGreaterThan(1)
  })

  test('/metrics counts what happened, and is not for strangers', async () => {
    const shop = await startedShop(stack)
    await subscription(stack, shop, { type: 'codes', codes: [...payLater.codes] })
    const before = await metrics()
    await stack.sandbox.moveClock(on('11-14'))
    // The worker adds its counts every five seconds; the calendar cannot wait for that, a stop can.
    await stack.stopWorker(stack.startWorker() - 1)
    const after = await metrics()
    const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0)
    expect(grown('reprise_attempts_total{result="succeeded"}')).toBeGreaterThanOrEqual(1)
    expect(grown('reprise_webhooks_received_total{answer="200"}')).toBeGreaterThanOrEqual(2)
    expect(after.get('reprise_queue_lag_seconds{queue="cases"}')).toBe(0)
    expect([...after.keys()].some((name) => name.includes(shop))).toBe(false)
    const stranger = await fetch(`${stack.appUrl}/metrics`, {
      headers: { 'x-forwarded-for': '203.0.113.9' },
    })
    expect(stranger.status).toBe(404)
  })
})

describe('a worker that is asked to end', () => {
  test('finishes or gives back its work, and the next one goes on with it', async () => {
    const shop = await startedShop(stack)
    const made = await Promise.all(
      Array.from({ length: 6 }, (_, n) =>
        subscription(
          stack,
          shop,
          { type: 'codes', codes: [...payLater.codes] },
          { customer: customer(n) },
        ),
      ),
    )
    await stack.sandbox.moveClock(on('11-12'))
    const last = (await stack.db.recoveryCase.aggregate({ _max: { nextActionAt: true } }))._max
      .nextActionAt
    const worker = stack.startWorker() // so that the index is the newest one's
    const moving = stack.sandbox.moveClock({ to: new Date((last?.getTime() ?? 0) + 1_000) })
    for (let at = 0; at <= worker; at++) await stack.stopWorker(at)
    expect(await stack.db.recoveryCase.count({ where: { leaseBy: { not: null } } })).toBe(0)
    expect(await stack.db.webhookEvent.count({ where: { leaseBy: { not: null } } })).toBe(0)
    stack.startWorker()
    await moving
    await stack.sandbox.moveClock(on('11-14', '20:00'))
    for (const { contractId } of made)
      expect((await caseOf(stack, contractId)).status).toBe('recovered')
    await cleanOracle(stack)
  })
})

async function metrics(): Promise<Map<string, number>> {
  const answer = await fetch(`${stack.appUrl}/metrics`)
  expect(answer.status).toBe(200)
  const lines = (await answer.text()).split('\n').filter((line) => line && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ')
      return [line.slice(0, at), Number(line.slice(at + 1))]
    }),
  )
}
