/** A small world without HTTP, for the tests of this folder. */
import { runDue } from './agenda.ts'
import { asCard } from './cards.ts'
import { type MadeContract, makeContract, type NewContract } from './contracts.ts'
import { openShop } from './shops.ts'
import { type CardScript, emptyWorld, type News, shopOf, type World } from './world.ts'

export const DOMAIN = 'test-shop.myshopify.com'
/** Nine in the morning in Berlin on 12 November 2026: when a plain contract is first charged. */
export const DUE = Date.parse('2026-11-12T08:00:00Z')
export const HOUR = 3_600_000

/** One shop, three days before `DUE`. `news` collects what would become webhooks. */
export function testWorld(zone = 'Europe/Berlin', now = DUE - 72 * HOUR): World & { news: News[] } {
  const news: News[] = []
  const world = emptyWorld(
    now,
    (each) => news.push(each),
    () => undefined,
  )
  openShop(world, {
    domain: DOMAIN,
    name: 'Test Shop',
    email: 'owner@example.com',
    zone,
    currency: 'EUR',
    country: 'DE',
    plan: 'plus',
    scopes: [],
  })
  return { ...world, news }
}

/** A monthly contract first charged at `DUE`, unless told otherwise. */
export const subscribe = (
  world: World,
  script: CardScript,
  more: Partial<NewContract> = {},
): MadeContract =>
  makeContract(world, shopOf(world, DOMAIN), {
    customer: {
      firstName: 'Mara',
      lastName: 'Lindqvist',
      email: null,
      locale: 'en',
      country: 'DE',
      province: null,
      city: null,
    },
    card: asCard({ script }),
    interval: 'MONTH',
    intervalCount: 1,
    firstChargeAt: DUE,
    price: '24.90',
    quantity: 1,
    deliveryPrice: '0.00',
    taxRate: 0,
    productTitle: 'House espresso',
    stock: null,
    billerStatesOrigin: true,
    sharing: null,
    ...more,
  })

/** Plays the world up to an instant, stop by stop. */
export function goTo(world: World, at: number): void {
  for (let next = world.agenda.entries[0]; next && next.at <= at; next = world.agenda.entries[0]) {
    world.now = next.at
    runDue(world.agenda, world.now)
  }
  world.now = at
}
