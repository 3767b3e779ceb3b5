/** Shops, subscriptions and what became of them, for stories that run through the sandbox. */
import { expect } from 'vitest'
import type { Card, CardScript, MadeContract, Mail, NewContract, Oracle } from './sandbox-client.ts'
import type { Stack } from './stack.ts'

/** Where a story plays: the whole app in its processes, or the engine driven by hand (hand-driven.ts). */
export type Place = Pick<Stack, 'sandbox' | 'db'>

/** What a browser calls itself; the library answers 410 to programs. */
export const BROWSER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

export const BEAN_AND_BLOOM = {
  domain: 'bean-and-bloom.myshopify.com',
  name: 'Bean & Bloom Coffee',
  zone: 'Europe/Berlin',
  currency: 'EUR',
  country: 'DE',
  email: 'owner@beanandbloom.example',
}

export const TIDELINE_TEA = {
  domain: 'tideline-tea.myshopify.com',
  name: 'Tideline Tea',
  zone: 'America/New_York',
  currency: 'USD',
  country: 'US',
  email: 'owner@tidelinetea.example',
}

/** The first charge of the stories: 09:00 in Berlin on Thursday, 12 November 2026. */
export const THE_12TH = '2026-11-12T08:00:00Z'

/** A shop that has installed the app through its browser and pressed "Start recovering". */
export async function startedShop(stack: Stack, shop = BEAN_AND_BLOOM): Promise<string> {
  await installedShop(stack, shop)
  await stack.db.shop.update({
    where: { shop: shop.domain },
    data: { recoveryStartedAt: await stack.sandbox.now() },
  })
  return shop.domain
}

/** A shop that has installed the app and pressed nothing yet. */
export async function installedShop(stack: Stack, shop = BEAN_AND_BLOOM): Promise<string> {
  await stack.sandbox.createShop(shop)
  await openApp(stack, shop.domain)
  return shop.domain
}

/** What the merchant's browser does first: the app's page in the admin's frame, with a session token. */
export async function openApp(stack: Stack, domain: string): Promise<void> {
  const answer = await fetch(await stack.sandbox.launchUrl(domain), {
    headers: { 'user-agent': BROWSER, accept: 'text/html' },
  })
  if (!answer.ok) throw new Error(`The app answered ${answer.status}: ${await answer.text()}`)
}

export function card(script: CardScript, more: Partial<Card> = {}): Card {
  return {
    instrument: 'card',
    brand: 'visa',
    last4: '4242',
    expiryMonth: 1,
    expiryYear: 2030,
    script,
    ...more,
  }
}

export const newCard = card({ type: 'ok' }, { last4: '1111', expiryYear: 2031 })

/** A monthly coffee, charged by the merchant's biller for the first time at THE_12TH. */
export function subscription(
  stack: Place,
  shop: string,
  script: CardScript,
  more: Partial<NewContract> = {},
): Promise<MadeContract> {
  return stack.sandbox.createContract({
    shop,
    customer: {
      firstName: 'Mara',
      lastName: 'Lindqvist',
      email: 'mara@example.com',
      locale: 'en',
      country: 'DE',
    },
    card: card(script),
    interval: 'MONTH',
    intervalCount: 1,
    firstChargeAt: THE_12TH,
    price: '24.90',
    productTitle: 'Morning Roast 1 kg',
    stock: 100,
    ...more,
  })
}

/** What staff press on a case's page. */
export async function press(
  stack: Stack,
  shop: string,
  caseId: string,
  intent: 'retry' | 'hold' | 'release' | 'close' | 'pause',
): Promise<void> {
  const answer = await fetch(`${stack.appUrl}/app/recoveries/${caseId}.data`, {
    method: 'POST',
    headers: {
      'user-agent': BROWSER,
      'sec-fetch-site': 'same-origin',
      authorization: `Bearer ${await stack.sandbox.idToken(shop)}`,
    },
    body: new URLSearchParams({ intent }),
  })
  if (!answer.ok) throw new Error(`The app answered ${answer.status}: ${await answer.text()}`)
}

export const on = (day: string, time = '12:00') => ({ to: `2026-${day}T${time}:00+01:00` })

/** The only case of a contract, with all that belongs to it. Fails when there are none or several. */
export async function caseOf(stack: Place, contractId: string) {
  const found = await stack.db.recoveryCase.findMany({
    where: { contractId },
    include: {
      attempts: { orderBy: { number: 'asc' } },
      stepRuns: { orderBy: { dueAt: 'asc' } },
      messages: { orderBy: { createdAt: 'asc' } },
      events: { orderBy: { seq: 'asc' } },
      actions: true,
    },
  })
  expect(found).toHaveLength(1)
  const [only] = found
  if (!only) throw new Error('no case')
  return only
}

export async function tasksOf(stack: Place, shop: string): Promise<string[]> {
  const tasks = await stack.db.staffTask.findMany({
    where: { shop },
    orderBy: { createdAt: 'asc' },
  })
  return tasks.map((task) => task.kind)
}

/** Mails that Reprise sent, as their stages; Shopify's own are left out. */
export async function stages(stack: Place): Promise<string[]> {
  return (await reminders(stack)).map(stageOf)
}

export async function reminders(stack: Place): Promise<Mail[]> {
  return (await stack.sandbox.mailbox()).filter((mail) => !mail.from.includes('Shopify'))
}

function stageOf(mail: Mail): string {
  return (
    mail.categories.find((one) => one.startsWith('stage-'))?.slice('stage-'.length) ?? 'unknown'
  )
}

/** The bank's side of a story: what was charged, in order, and that nothing was charged that should not be. */
export async function ledger(stack: Place, contractId: string): Promise<string[]> {
  const oracle = await cleanOracle(stack, { contract: contractId })
  return oracle.charges.map((charge) => `${charge.by}: ${charge.result}`)
}

/** Every scenario ends by asking the bank: no flag, whatever happened. */
export async function cleanOracle(
  stack: Place,
  of: { shop?: string; contract?: string } = {},
): Promise<Oracle> {
  const oracle = await stack.sandbox.oracle(of)
  expect(oracle.flags).toEqual([])
  return oracle
}
