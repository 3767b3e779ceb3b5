/** What a story needs to set its scene: people, dates, and things that happen later by themselves. */
import { Temporal } from 'temporal-polyfill'
import { asFault } from '../faults.ts'
import { DEMO_SHOPS, type Sandbox } from '../sandbox.ts'
import type { Policy } from '../webhooks.ts'
import { plan } from '../world/agenda.ts'
import { asCard } from '../world/cards.ts'
import { type MadeContract, makeContract, type NewContract } from '../world/contracts.ts'
import { type CardScript, NotPossible, shopOf, type World } from '../world/world.ts'

export type Person = {
  firstName: string
  lastName: string
  country?: string
  province?: string
  city?: string
  locale?: string
  /** They agreed to texts of the shop. Everybody has a phone. */
  acceptsTexts?: boolean
}

export type Offer = {
  person: Person
  product: string
  price: string
  script: CardScript
  shop?: string
  /** Local date and time in the shop's zone; tomorrow at 09:00 when it is not said. */
  firstChargeAt?: number
  stock?: number
  /** Pieces; one when it is not said. */
  quantity?: number
  /** Further lines. */
  also?: NewContract['also']
}

export type Scene = {
  world: World
  home: string
  /** Tomorrow, `days` after today's local date, at this local time of a shop. */
  day: (days: number, time: string, shop?: string) => number
  /** The next such day of a month that is still to come, at this local time, in the home shop. */
  nextDayOfMonth: (day: number, time: string) => number
  subscribe: (offer: Offer) => MadeContract
  /** Something happens by itself when the calendar gets there. */
  later: (at: number, what: string, run: () => void) => void
  webhooksGo: (
    policy: Omit<Policy, 'delayMs' | 'times'> & { delayMs?: number; times?: number },
  ) => void
  fault: (operation: string, mode: string) => void
  sandbox: Sandbox
}

export function sceneOf(sandbox: Sandbox): Scene {
  const { world } = sandbox
  const home = DEMO_SHOPS[0].domain
  const localNow = (shop: string) =>
    Temporal.Instant.fromEpochMilliseconds(world.now).toZonedDateTimeISO(shopOf(world, shop).zone)
  const day: Scene['day'] = (days, time, shop = home) =>
    localNow(shop).add({ days }).withPlainTime(time).epochMilliseconds
  return {
    sandbox,
    world,
    home,
    day,
    nextDayOfMonth: (date, time) => {
      const today = localNow(home)
      const inMonth = today.with({ day: date }).withPlainTime(time)
      const next = inMonth.epochMilliseconds > world.now ? inMonth : inMonth.add({ months: 1 })
      return next.epochMilliseconds
    },
    subscribe: (offer) => subscribe(sandbox, offer, day),
    later: (at, what, run) => {
      plan(world.agenda, at, what, () => {
        try {
          run()
        } catch (error) {
          // The story went another way: what was planned has become impossible, and that is no error.
          if (!(error instanceof NotPossible)) throw error
        }
      })
    },
    webhooksGo: (policy) => sandbox.webhooks.policies.push({ delayMs: 0, times: 1, ...policy }),
    fault: (operation, mode) =>
      sandbox.faults.push(asFault({ operation, mode, times: 1, shop: home })),
  }
}

function subscribe(sandbox: Sandbox, offer: Offer, day: Scene['day']): MadeContract {
  const { world } = sandbox
  const domain = offer.shop ?? DEMO_SHOPS[0].domain
  const shop = shopOf(world, domain)
  const { person } = offer
  return makeContract(world, shop, {
    customer: {
      firstName: person.firstName,
      lastName: person.lastName,
      email: freeAddress(world, person),
      locale: person.locale ?? 'en',
      country: person.country ?? shop.country,
      province: person.province ?? null,
      city: person.city ?? null,
      phone: freeNumber(world, person.country ?? shop.country),
      acceptsTexts: person.acceptsTexts ?? false,
    },
    card: asCard({ script: offer.script, last4: lastFour(world) }),
    interval: 'MONTH',
    intervalCount: 1,
    firstChargeAt: offer.firstChargeAt ?? day(1, '09:00', domain),
    price: offer.price,
    quantity: offer.quantity ?? 1,
    also: offer.also ?? [],
    deliveryPrice: '0.00',
    taxRate: 0,
    productTitle: offer.product,
    stock: offer.stock ?? null,
    billerStatesOrigin: true,
    sharing: null,
  })
}

/** An address nobody in this world has yet, so that a story played twice does not mix its mails. */
function freeAddress(world: World, { firstName, lastName }: Person): string {
  const plain = `${firstName}.${lastName}`
    .normalize('NFD')
    .replace(/[^A-Za-z.]/g, '')
    .toLowerCase()
  const taken = new Set([...world.customers.values()].map(({ email }) => email))
  const address = (count: number) => `${plain}${count > 1 ? `+${count}` : ''}@example.com`
  let count = 1
  while (taken.has(address(count))) count += 1
  return address(count)
}

/** A number that is kept for films and never given to anybody, and that nobody in this world has yet. */
function freeNumber(world: World, country: string): string {
  const taken = new Set([...world.customers.values()].map(({ phone }) => phone))
  const number = (count: number) =>
    country === 'US'
      ? `+1212555${String(100 + count).padStart(4, '0')}`
      : `+49171392${String(count).padStart(4, '0')}`
  let count = 1
  while (taken.has(number(count))) count += 1
  return number(count)
}

const lastFour = (world: World): string => String(1000 + ((world.lastId * 37) % 9000))
