/**
 * A fuzz run: thousands of spoilt requests to a running app, and what became of them. Nothing may answer with a server
 * error, nothing forged may be let in, nothing may change at Shopify, at the bank, in a shopper's mailbox or in the
 * victim's rows, and the worker must get through every webhook that was taken.
 */
import { Agent, request } from 'node:http'
import type { PrismaClient } from '@prisma/client'
import { randomFrom } from '../../sandbox/random.ts'
import { BEAN_AND_BLOOM, caseOf, on, reminders, startedShop, subscription } from '../factories.ts'
import type { Health, Stack } from '../stack.ts'
import { type Aim, nextShot, type Shot } from './targets.ts'

export type FuzzOptions = { seed: number; inputs: number }
type Place = Pick<Stack, 'sandbox' | 'db' | 'appUrl' | 'health'>

export type Verdict = {
  /** Target and status, and how often. */
  answers: Map<string, number>
  /** The first of each kind, in full; the count of all. */
  offences: { count: number; what: string; shot: Shot }[]
  /** What must not change, before and after. */
  before: unknown
  after: unknown
  health: Health
  /** Topic and state of the webhooks that were taken and could not be handled. */
  unhandled: string[]
}

/** Requests under way at once. */
const LANES = 12
/** After so many the calendar moves on by a minute, so that Shopify's limits refill and the worker catches up. */
const STRETCH = 500
/** How long a session token is used; it lives for a minute. Real milliseconds. */
const TOKEN_MS = 20_000

const FARM = {
  ...BEAN_AND_BLOOM,
  domain: 'fuzz-farm.myshopify.com',
  name: 'Fuzz Farm',
  email: 'owner@fuzz-farm.example',
}
const LEAVING = {
  ...BEAN_AND_BLOOM,
  domain: 'leaving.myshopify.com',
  name: 'Leaving',
  email: 'owner@leaving.example',
}

export async function fuzz(
  stack: Stack,
  { seed, inputs }: FuzzOptions,
  afterStretch: (done: number) => void = () => {},
): Promise<Verdict> {
  const aim = await preparedWorld(stack)
  const before = await effects(stack, aim)
  const answers = new Map<string, number>()
  const offences = new Map<string, Verdict['offences'][number]>()
  const random = randomFrom(seed)
  const agent = new Agent({ keepAlive: true, maxSockets: LANES })
  let tokenAt = performance.now()

  for (let done = 0; done < inputs; ) {
    const until = Math.min(done + STRETCH, inputs)
    const lane = async () => {
      while (done < until) {
        done += 1
        const shot = nextShot(random, aim)
        const answer = await send(stack.appUrl, agent, shot)
        const name = `${shot.target}: ${answer}`
        answers.set(name, (answers.get(name) ?? 0) + 1)
        const offence = offenceOf(shot, answer)
        if (!offence) continue
        const known = offences.get(`${shot.target} ${offence}`)
        if (known) known.count += 1
        else offences.set(`${shot.target} ${offence}`, { count: 1, what: offence, shot })
      }
    }
    if (performance.now() - tokenAt > TOKEN_MS) {
      aim.farm.token = await stack.sandbox.idToken(aim.farm.shop)
      tokenAt = performance.now()
    }
    await Promise.all(Array.from({ length: LANES }, lane))
    await stack.sandbox.moveClock({ by: 'PT1M' })
    afterStretch(done)
  }
  agent.destroy()
  return {
    answers,
    offences: [...offences.values()],
    before,
    after: await effects(stack, aim),
    health: await stack.health(),
    unhandled: await unhandled(stack.db),
  }
}

/** One line for each offence; the first shot of each in full. */
export function told({ offences }: Verdict): string[] {
  return offences.map(({ count, what, shot: { target, method, path, headers, body } }) => {
    const text = body.toString()
    return (
      `${count} × ${target}: ${what}\n  ${method} ${path}\n  ${JSON.stringify(headers)}\n` +
      `  ${JSON.stringify(text.slice(0, 2_000))}${text.length > 2_000 ? ` (${text.length} characters)` : ''}`
    )
  })
}

function offenceOf({ mustFail }: Shot, answer: number | string): string | null {
  if (typeof answer === 'string') return `no answer (${answer})`
  if (answer >= 500) return `answered ${answer}`
  if (mustFail && answer < 300 && answer !== 202) return `let in with ${answer}`
  return null
}

/** Three shops: one that must not change, one whose staff send the forms, one that Shopify says has left. */
async function preparedWorld(stack: Stack): Promise<Aim> {
  const { sandbox, db } = stack
  const shops = [BEAN_AND_BLOOM, FARM, LEAVING]
  for (const shop of shops) await startedShop(stack, shop)
  const made = []
  for (const { domain } of shops) made.push(await subscription(stack, domain, { type: 'expired' }))
  const [ofVictim, ofFarm] = made
  if (!ofVictim || !ofFarm) throw new Error('There is no subscription.')
  await sandbox.moveClock(on('11-12'))
  const links = (await reminders(stack)).map(({ text }) => /\/r\/([^\s?]+)/.exec(text)?.[1])
  const victim = await caseOf(stack, ofVictim.contractId)
  const { id: caseId } = await caseOf(stack, ofFarm.contractId)
  const { id: sequenceId } = await db.sequence.findFirstOrThrow({ where: { shop: FARM.domain } })
  const bodies: Record<string, object> = {}
  for (const { topic, body } of await db.webhookEvent.findMany({
    where: { shop: BEAN_AND_BLOOM.domain },
  }))
    bodies[topic] = JSON.parse(body) as object
  const link = links.find((one) => one !== undefined)
  if (!link) throw new Error('No mail with a link was sent.')
  return {
    appUrl: stack.appUrl,
    victim: { shop: BEAN_AND_BLOOM.domain, bodies: { ...madeUpBodies(victim), ...bodies }, link },
    farm: { shop: FARM.domain, caseId, sequenceId, token: await sandbox.idToken(FARM.domain) },
    leaving: LEAVING.domain,
  }
}

/** Bodies of the topics that did not come by themselves. Fields: sandbox/world/bodies.ts. */
function madeUpBodies({
  contractId,
  customerId,
  methodId,
}: {
  contractId: string
  customerId: string | null
  methodId: string | null
}): Record<string, object> {
  const number = (gid: string | null) => Number(gid?.split('/').at(-1) ?? 1)
  const contract = { id: number(contractId), admin_graphql_api_id: contractId, status: 'active' }
  const cycle = {
    subscription_contract_id: number(contractId),
    admin_graphql_api_subscription_contract_id: contractId,
    cycle_index: 1,
    skipped: true,
  }
  const method = {
    token: methodId?.split('/').at(-1),
    admin_graphql_api_id: methodId,
    customer_id: number(customerId),
    admin_graphql_api_customer_id: customerId,
    instrument_type: 'CustomerCreditCard',
  }
  const person = { id: number(customerId), email: 'mara@example.com', phone: null }
  return {
    'subscription_billing_attempts/success': { id: 1, ...cycle },
    'subscription_billing_attempts/challenged': { id: 1, ...cycle },
    'subscription_contracts/update': contract,
    'subscription_contracts/cancel': contract,
    'subscription_contracts/pause': contract,
    'subscription_billing_cycles/skip': cycle,
    'subscription_billing_cycle_edits/update': cycle,
    'customer_payment_methods/update': method,
    'customer_payment_methods/revoke': method,
    'orders/paid': { id: 1, admin_graphql_api_id: 'gid://shopify/Order/1' },
    'refunds/create': { id: 1, order_id: 1 },
    'variants/in_stock': { id: 1, admin_graphql_api_id: 'gid://shopify/ProductVariant/1' },
    'app/uninstalled': { id: 1, domain: LEAVING.domain },
    'app/scopes_update': { id: 1, previous: ['read_orders'], current: ['read_orders'] },
    'customers/redact': { shop_id: 1, shop_domain: LEAVING.domain, customer: person },
    'shop/redact': { shop_id: 1, shop_domain: LEAVING.domain },
    'no/such_topic': { id: 1 },
  }
}

/** What no spoilt request may change. */
async function effects({ sandbox, db }: Place, { victim, farm }: Aim): Promise<unknown> {
  const { charges, flags } = await sandbox.oracle()
  const { contracts } = await sandbox.state<{ contracts: { shop: string; status: string }[] }>()
  // The farm's staff may send a test to themselves: a form that was not spoilt enough.
  const toShoppers = (await sandbox.mailbox()).filter(
    ({ to, categories }) => !to.includes('owner@') && !categories.includes('test'),
  )
  const ofVictim = { where: { shop: victim.shop } }
  const [cases, steps, attempts, messages, shop, versions, sessions, audit, ofFarm] =
    await Promise.all([
      db.recoveryCase.findMany({
        ...ofVictim,
        select: { id: true, status: true, closedAt: true, recoveredAmount: true },
      }),
      db.stepRun.findMany({
        where: { case: ofVictim.where },
        select: { id: true, state: true, dueAt: true },
        orderBy: { id: 'asc' },
      }),
      db.attempt.count({ where: { case: ofVictim.where } }),
      db.message.count(ofVictim),
      db.shop.findUniqueOrThrow(ofVictim),
      db.sequenceVersion.count({ where: { sequence: ofVictim.where } }),
      db.session.count(ofVictim),
      db.auditEntry.count(ofVictim),
      db.attempt.count({ where: { case: { shop: farm.shop } } }),
    ])
  return {
    bank: { charges: charges.length, flags },
    // The farm's staff may press "pause": a form that was not spoilt enough.
    shopify: contracts.map((one) => (one.shop === farm.shop ? { ...one, status: null } : one)),
    mails: toShoppers.length,
    victim: { cases, steps, attempts, messages, shop, versions, sessions, audit },
    farm: { attempts: ofFarm },
  }
}

/** Apart from payloads that do not say what only they could say: those are given up at once, and staff are told. */
async function unhandled(db: PrismaClient): Promise<string[]> {
  const rows = await db.webhookEvent.groupBy({
    by: ['topic', 'state', 'error'],
    where: {
      state: { in: ['received', 'failed', 'dead'] },
      NOT: { state: 'dead', tries: 1, topic: { in: ['customers/redact', 'app/scopes_update'] } },
    },
    _count: true,
  })
  return rows.map(({ topic, state, error, _count }) => `${_count} × ${topic} ${state}: ${error}`)
}

/** The status, or why there is none. */
function send(appUrl: string, agent: Agent, shot: Shot): Promise<number | string> {
  const { hostname, port } = new URL(appUrl)
  const { method, path, headers, body } = shot
  const length =
    headers['transfer-encoding'] === undefined && method !== 'GET'
      ? { 'content-length': String(Buffer.byteLength(body)) }
      : {}
  return new Promise((answered) => {
    const sent = request(
      { hostname, port, path, method, agent, headers: { ...headers, ...length } },
      (res) => {
        res.resume()
        res.on('end', () => answered(res.statusCode ?? 0))
        res.on('error', (error) => answered(error.message))
      },
    )
    sent.on('error', (error) => answered(error.message))
    sent.setTimeout(30_000, () => sent.destroy(new Error('no answer within 30 s')))
    sent.end(method === 'GET' ? undefined : body)
  })
}
