/**
 * Webhooks: signs what happened and delivers it to the app, as punctually or as badly as the story wants.
 *
 * Delays and retries go by world time, the five-second limit by real time. A retry carries the original body.
 */
import { createHmac, randomUUID } from 'node:crypto'
import { pick, type Random, randomFrom } from './random.ts'
import { COMPLIANCE, type Settings } from './settings.ts'
import { plan } from './world/agenda.ts'
import { NotPossible, type World } from './world/world.ts'

/** From the event to its first delivery. World time. */
const DELIVERY_AFTER_MS = 2_000
/** How long the app may take to answer. Real time. Source: shopify-platform.md, 6.3. */
const ANSWER_WITHIN_MS = 5_000
/** World minutes from the first try to each of the eight retries, which span four hours. The steps are ours. */
const RETRY_MINUTES = [1, 3, 10, 25, 50, 90, 150, 240]
/** How long a delivery that waits for a later one waits at most. World time. */
const OUT_OF_ORDER_MS = 24 * 3_600_000

export type Try = { at: number; status: number; ms: number }

export type Delivery = {
  id: string
  eventId: string
  webhookId: string
  topic: string
  shop: string
  body: string
  triggeredAt: number
  /** When it was planned: the event's instant. */
  at: number
  tries: Try[]
  state: 'planned' | 'under_way' | 'delivered' | 'given_up' | 'lost' | 'not_subscribed'
}

export type PolicyMode = 'normal' | 'twice' | 'late' | 'lost' | 'out_of_order'
export type Policy = { topic: string; mode: PolicyMode; delayMs: number; times: number }
/** Each delivery draws its lot. */
export type ChancePolicy = { topic: string; mode: 'random'; probability: number; random: Random }

export const policyByChance = (topic: string, probability: number, seed: number): ChancePolicy => ({
  topic,
  mode: 'random',
  probability,
  random: randomFrom(seed),
})

const BY_CHANCE: [PolicyMode, number][] = [
  ['twice', 0.3],
  ['lost', 0.25],
  ['out_of_order', 0.3],
  ['late', 0.15],
]
/** The latest that a delivery comes by chance: a day, as has been seen. World time. */
const LATEST_MS = 24 * 3_600_000

export type Webhooks = {
  deliveries: Delivery[]
  policies: (Policy | ChancePolicy)[]
  /** Answers that are still awaited, real time. */
  underWay: Set<Promise<unknown>>
  /** Held back until a later one has gone. */
  held: Delivery[]
  /** Deliveries that the app answered with 2xx. */
  acknowledged: { eventId: string; shop: string; topic: string; at: number }[]
  /** How many deliveries ended how. */
  counts: Map<Delivery['state'], number>
  /** False: a delivery that is over is forgotten but for the two above. */
  keepAll: boolean
}

export const newWebhooks = (keepAll = true): Webhooks => ({
  keepAll,
  acknowledged: [],
  counts: new Map(),
  deliveries: [],
  policies: [],
  underWay: new Set(),
  held: [],
})

/** Something happened: plans its delivery. */
export function publish(
  webhooks: Webhooks,
  settings: Settings,
  world: World,
  news: { topic: string; shop: string; body: unknown },
): void {
  const policy = takePolicy(webhooks, news.topic)
  const fields = settings.deployed().fields.get(news.topic)
  // An array as replacer names the keys that stay.
  const body = JSON.stringify(news.body, fields)
  const delivery = newDelivery(world, news.topic, news.shop, body)
  if (webhooks.keepAll) webhooks.deliveries.push(delivery)
  if (!reaches(settings, world, news.topic, news.shop)) {
    end(webhooks, delivery, 'not_subscribed')
    return
  }
  const go = (each: Delivery, after: number) =>
    plan(world.agenda, world.now + after, `delivery of ${each.topic}`, () =>
      send(webhooks, settings, world, each),
    )

  if (policy.mode !== 'out_of_order') {
    for (const waiting of webhooks.held.splice(0)) go(waiting, DELIVERY_AFTER_MS * 2)
  }
  switch (policy.mode) {
    case 'normal':
      go(delivery, DELIVERY_AFTER_MS)
      break
    case 'late':
      go(delivery, policy.delayMs)
      break
    case 'lost':
      end(webhooks, delivery, 'lost')
      break
    case 'twice': {
      const copy = { ...delivery, id: randomUUID(), webhookId: randomUUID(), tries: [] }
      if (webhooks.keepAll) webhooks.deliveries.push(copy)
      go(delivery, DELIVERY_AFTER_MS)
      go(copy, DELIVERY_AFTER_MS)
      break
    }
    case 'out_of_order':
      webhooks.held.push(delivery)
      plan(world.agenda, world.now + OUT_OF_ORDER_MS, `held delivery of ${delivery.topic}`, () => {
        if (!webhooks.held.includes(delivery)) return
        webhooks.held = webhooks.held.filter((each) => each !== delivery)
        send(webhooks, settings, world, delivery)
      })
  }
}

/** Compliance topics come to everybody; the rest needs a subscription and an installed app. */
function reaches(settings: Settings, world: World, topic: string, shop: string): boolean {
  if (!settings.appUrl || !settings.deployed().endpoints.has(topic)) return false
  return COMPLIANCE.includes(topic) || (world.shops.get(shop)?.installed ?? false)
}

function takePolicy({ policies }: Webhooks, topic: string): Policy {
  const index = policies.findIndex((each) => each.topic === topic || each.topic === '*')
  const policy = policies[index]
  const normal: Policy = { topic, mode: 'normal', delayMs: 0, times: 1 }
  if (!policy) return normal
  if (policy.mode === 'random') {
    const { random, probability } = policy
    if (random() >= probability) return normal
    return { ...normal, mode: pick(random, BY_CHANCE), delayMs: Math.ceil(random() * LATEST_MS) }
  }
  policy.times -= 1
  if (policy.times <= 0) policies.splice(index, 1)
  return policy
}

function newDelivery(world: World, topic: string, shop: string, body: string): Delivery {
  return {
    id: randomUUID(),
    eventId: randomUUID(),
    webhookId: randomUUID(),
    topic,
    shop,
    body,
    triggeredAt: world.now,
    at: world.now,
    tries: [],
    state: 'planned',
  }
}

function end(webhooks: Webhooks, delivery: Delivery, state: Delivery['state']): void {
  delivery.state = state
  webhooks.counts.set(state, (webhooks.counts.get(state) ?? 0) + 1)
}

/** One try. Anything but 2xx is tried again at Shopify's pace, then given up. */
function send(webhooks: Webhooks, settings: Settings, world: World, delivery: Delivery): void {
  delivery.state = 'under_way'
  const first = delivery.tries[0]?.at ?? world.now
  const trying = post(settings, world, delivery, signedHeaders(settings, delivery))
    .then((tried) => {
      delivery.tries.push(tried)
      if (tried.status >= 200 && tried.status < 300) {
        end(webhooks, delivery, 'delivered')
        const { eventId, shop, topic } = delivery
        webhooks.acknowledged.push({ eventId, shop, topic, at: tried.at })
        return
      }
      const wait = RETRY_MINUTES[delivery.tries.length - 1]
      if (wait === undefined) {
        end(webhooks, delivery, 'given_up')
        return
      }
      delivery.state = 'planned'
      const at = Math.max(first + wait * 60_000, world.now + 1_000)
      plan(world.agenda, at, `try ${delivery.tries.length + 1} of ${delivery.topic}`, () =>
        send(webhooks, settings, world, delivery),
      )
    })
    .finally(() => webhooks.underWay.delete(trying))
  webhooks.underWay.add(trying)
}

async function post(
  settings: Settings,
  world: World,
  delivery: Delivery,
  headers: Record<string, string>,
): Promise<Try> {
  const at = world.now
  const started = performance.now()
  const done = (status: number): Try => ({
    at,
    status,
    ms: Math.round(performance.now() - started),
  })
  const url = endpointOf(settings, delivery.topic)
  if (!url) return done(0)
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers,
      body: delivery.body,
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    await answer.arrayBuffer()
    return done(answer.status)
  } catch {
    return done(0) // no answer, or none in time
  }
}

function endpointOf(settings: Settings, topic: string): string | null {
  const uri = settings.deployed().endpoints.get(topic) ?? '/webhooks'
  if (uri.startsWith('http')) return uri
  return settings.appUrl ? new URL(uri, settings.appUrl).href : null
}

const signedHeaders = (settings: Settings, delivery: Delivery): Record<string, string> => ({
  'content-type': 'application/json',
  'user-agent': 'Shopify-Captain-Hook',
  'x-shopify-topic': delivery.topic,
  'x-shopify-hmac-sha256': sign(settings, delivery.body),
  'x-shopify-shop-domain': delivery.shop,
  'x-shopify-api-version': settings.deployed().apiVersion,
  'x-shopify-webhook-id': delivery.webhookId,
  'x-shopify-event-id': delivery.eventId,
  'x-shopify-triggered-at': new Date(delivery.triggeredAt).toISOString(),
})

const sign = (settings: Settings, body: string): string =>
  createHmac('sha256', settings.apiSecret).update(body).digest('base64')

export type CustomSend = {
  shop: string
  topic: string
  body: string
  copies: number
  headers: Record<string, string | null>
  hmac: 'good' | 'bad' | 'none'
  eventId?: string
  webhookId?: string
}

/** A delivery of the tester's own making, sent now, all copies at once. Answers the statuses. */
export async function sendCustom(
  settings: Settings,
  world: World,
  custom: CustomSend,
): Promise<number[]> {
  if (!settings.appUrl) throw new NotPossible('APP_URL is not set: there is no app to deliver to.')
  const delivery = {
    ...newDelivery(world, custom.topic, custom.shop, custom.body),
    ...(custom.eventId ? { eventId: custom.eventId } : {}),
  }
  const tries = Array.from({ length: custom.copies }, () => {
    const copy = { ...delivery, webhookId: custom.webhookId ?? randomUUID() }
    const headers = signedHeaders(settings, copy)
    if (custom.hmac === 'bad') headers['x-shopify-hmac-sha256'] = sign(settings, `${custom.body} `)
    if (custom.hmac === 'none') delete headers['x-shopify-hmac-sha256']
    for (const [name, value] of Object.entries(custom.headers)) {
      if (value === null) delete headers[name.toLowerCase()]
      else headers[name.toLowerCase()] = value
    }
    return post(settings, world, copy, headers)
  })
  return (await Promise.all(tries)).map(({ status }) => status)
}
