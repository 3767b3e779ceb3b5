/** The local Shopify as one thing: its world, its clock, its API, its mailbox, and what it knows of the app. */
import { type AdminApi, newAdminApi } from './admin-api/execute.ts'
import { type Calendar, newCalendar, writeClock } from './calendar.ts'
import type { Fault } from './faults.ts'
import { type Keeper, nobodyKeepsIt } from './keeper.ts'
import { keepShopifyMail, type Mailbox, newMailbox } from './mailbox.ts'
import { newPhones, type Phones } from './phones.ts'
import type { Settings } from './settings.ts'
import { newTokens, type Tokens } from './tokens.ts'
import { newWebhooks, publish, type Webhooks } from './webhooks.ts'
import { iso } from './world/instants.ts'
import { openShop } from './world/shops.ts'
import { emptyWorld, type World } from './world/world.ts'

export type RunningStory = {
  name: string
  title: string
  shop: string
  contractId: string
  customerId: string
  /** World time, ISO. */
  startedAt: string
}

export type Sandbox = {
  settings: Settings
  api: AdminApi
  calendar: Calendar
  world: World
  webhooks: Webhooks
  mailbox: Mailbox
  phones: Phones
  tokens: Tokens
  faults: Fault[]
  /** What a merchant has set for an extension in the editor, by its handle; nothing until then. */
  extensionSettings: Map<string, Record<string, string | number | boolean>>
  story: RunningStory | null
  keeper: Keeper
}

/** Where the demo's world begins: Monday, 9 November 2026, 08:00 in Berlin. */
export const DEMO_START = Date.parse('2026-11-09T08:00:00+01:00')

export function newSandbox(settings: Settings): Sandbox {
  const sandbox: Sandbox = {
    settings,
    api: newAdminApi(),
    calendar: newCalendar(
      settings,
      () => sandbox.world,
      () => sandbox.webhooks,
    ),
    ...emptyParts(settings, DEMO_START, () => sandbox),
    keeper: nobodyKeepsIt,
  }
  openDemoShops(sandbox)
  writeClock(settings, sandbox.world.now)
  return sandbox
}

/** Everything anew, with no shops; `lean`: texts and finished deliveries are not kept. Waits for deliveries on their way, so that none falls into the new world. */
export async function resetSandbox(sandbox: Sandbox, now: number, lean = false): Promise<void> {
  await Promise.all(sandbox.webhooks.underWay)
  Object.assign(
    sandbox,
    emptyParts(sandbox.settings, now, () => sandbox, lean),
  )
  sandbox.api.buckets.clear()
  sandbox.api.deprecations.clear()
  sandbox.api.notPlayed.clear()
  writeClock(sandbox.settings, now)
}

function emptyParts(settings: Settings, now: number, sandbox: () => Sandbox, lean = false) {
  const webhooks = newWebhooks(!lean)
  const mailbox = newMailbox(!lean, settings.mailEvents ? 'deliver' : 'quiet')
  const world: World = emptyWorld(
    now,
    (news) => publish(webhooks, settings, world, news),
    (mail) => keepShopifyMail(mailbox, iso(sandbox().world.now), mail),
  )
  const faults: Fault[] = []
  const phones = newPhones(settings.mailEvents ? 'deliver' : 'quiet')
  return {
    world,
    webhooks,
    mailbox,
    phones,
    tokens: newTokens(),
    faults,
    extensionSettings: new Map(),
    story: null,
  }
}

/** The two shops of the demo. Stories open them again when they are not there. */
export function openDemoShops({ world, settings }: Sandbox): void {
  for (const shop of DEMO_SHOPS) {
    if (!world.shops.has(shop.domain))
      openShop(world, { ...shop, plan: 'plus', scopes: settings.deployed().scopes })
  }
}

export const DEMO_SHOPS = [
  {
    domain: 'bean-and-bloom.myshopify.com',
    name: 'Bean & Bloom Coffee',
    email: 'hello@bean-and-bloom.example',
    zone: 'Europe/Berlin',
    currency: 'EUR',
    country: 'DE',
  },
  {
    domain: 'tideline-tea.myshopify.com',
    name: 'Tideline Tea',
    email: 'hello@tideline-tea.example',
    zone: 'America/New_York',
    currency: 'USD',
    country: 'US',
  },
] as const
