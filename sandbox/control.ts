/** The control API: everything that tests, the front page and a curious visitor may do to the world, as JSON. */
import { Temporal } from 'temporal-polyfill'
import { z } from 'zod'
import { accountOf } from './account/shopper.ts'
import { breakage } from './breakage.ts'
import { asFault, endFaults, isEnd } from './faults.ts'
import { EVENTS, tellMailEvent } from './mail-events.ts'
import { FATES, mailByChance } from './mailbox.ts'
import { overview } from './overview.ts'
import { reply, TEXT_FATES, tellStatus } from './phones.ts'
import { resetSandbox, type Sandbox } from './sandbox.ts'
import { tellDomain } from './sender-domains.ts'
import { listStories, startStory } from './stories/stories.ts'
import { customerToken, expireAccess, idToken, launchUrl, revokeTokens } from './tokens.ts'
import { policyByChance, sendCustom } from './webhooks.ts'
import { answerChallenge, billElsewhere } from './world/attempts.ts'
import { chargeAgain } from './world/biller.ts'
import { asCard } from './world/cards.ts'
import type { StatusChange } from './world/contract-news.ts'
import {
  editContract,
  makeContract,
  moveCycle,
  removeMethod,
  setSkipped,
  setStatus,
} from './world/contracts.ts'
import { lastIndex } from './world/cycles.ts'
import { instant, iso } from './world/instants.ts'
import { replaceMethod, revokeMethod, setAgreement, updateMethod } from './world/methods.ts'
import { flagsOf } from './world/oracle.ts'
import { payOrder, refundOrder } from './world/orders.ts'
import {
  askForPrivacy,
  breakProcessor,
  grantScopes,
  mendProcessor,
  openShop,
  uninstall,
} from './world/shops.ts'
import { setStock } from './world/stock.ts'
import { type Contract, find, NotPossible, shopOf } from './world/world.ts'

type Call = {
  sandbox: Sandbox
  /** What the pattern caught, decoded. */
  parts: string[]
  query: URLSearchParams
  body: unknown
}
type Route = [method: 'GET' | 'POST', path: RegExp, answer: (call: Call) => unknown]

/** Answers `/control/...`, in or out of process. Throws NotPossible with what to do instead. */
export async function control(
  sandbox: Sandbox,
  method: string,
  path: string,
  body: unknown = {},
): Promise<unknown> {
  const url = new URL(path, 'http://sandbox')
  for (const [wanted, pattern, answer] of ROUTES) {
    const match = pattern.exec(url.pathname)
    if (match && wanted === method) {
      const parts = match.slice(1).map(decodeURIComponent)
      return (await answer({ sandbox, parts, query: url.searchParams, body })) ?? {}
    }
  }
  throw new NotPossible(
    `There is no ${method} ${url.pathname}. sandbox/README.md lists what there is.`,
    404,
  )
}

const ROUTES: Route[] = [
  ['GET', /^\/control\/state$/, ({ sandbox }) => overview(sandbox)],
  ['POST', /^\/control\/reset$/, reset],
  ['GET', /^\/control\/clock$/, ({ sandbox }) => ({ now: iso(sandbox.world.now) })],
  ['POST', /^\/control\/clock$/, moveClock],
  ['POST', /^\/control\/shops$/, createShop],
  ['POST', /^\/control\/shops\/([^/]+)\/uninstall$/, uninstallApp],
  ['POST', /^\/control\/shops\/([^/]+)\/compliance$/, comply],
  ['POST', /^\/control\/shops\/([^/]+)\/scopes$/, setScopes],
  ['POST', /^\/control\/shops\/([^/]+)\/expire-tokens$/, expireTokens],
  ['POST', /^\/control\/shops\/([^/]+)\/processor$/, setProcessor],
  ['GET', /^\/control\/shops\/([^/]+)\/launch$/, launch],
  ['GET', /^\/control\/shops\/([^/]+)\/id-token$/, giveIdToken],
  ['POST', /^\/control\/contracts$/, createContract],
  ['POST', /^\/control\/contracts\/([^/]+)\/(pause|activate|cancel|expire|fail)$/, changeStatus],
  ['POST', /^\/control\/contracts\/([^/]+)\/method$/, changeMethod],
  ['POST', /^\/control\/contracts\/([^/]+)\/mended$/, mend],
  ['POST', /^\/control\/contracts\/([^/]+)\/review$/, putUnderReview],
  ['POST', /^\/control\/contracts\/([^/]+)\/edit$/, edit],
  [
    'POST',
    /^\/control\/contracts\/([^/]+)\/cycles\/(\d+)\/(skip|unskip|move|bill-elsewhere|unpaid-order|charge)$/,
    changeCycle,
  ],
  ['POST', /^\/control\/methods\/([^/]+)\/revoke$/, revoke],
  ['POST', /^\/control\/methods\/([^/]+)\/agreement$/, changeAgreement],
  ['POST', /^\/control\/attempts\/([^/]+)\/challenge$/, meetBank],
  ['POST', /^\/control\/contracts\/([^/]+)\/challenge$/, meetBankOf],
  ['POST', /^\/control\/variants\/([^/]+)\/stock$/, changeStock],
  ['POST', /^\/control\/orders\/([^/]+)\/(pay|refund)$/, changeOrder],
  ['POST', /^\/control\/faults$/, addFault],
  ['GET', /^\/control\/breakage$/, ({ sandbox }) => breakage(sandbox)],
  ['POST', /^\/control\/worker$/, askKeeper],
  ['POST', /^\/control\/webhook-policy$/, addPolicy],
  ['POST', /^\/control\/webhooks$/, sendWebhook],
  ['GET', /^\/control\/account\/([^/]+)$/, showAccount],
  ['GET', /^\/control\/account\/([^/]+)\/session-token$/, giveCustomerToken],
  ['POST', /^\/control\/extensions\/([^/]+)\/settings$/, setExtension],
  ['GET', /^\/control\/oracle$/, askOracle],
  ['GET', /^\/control\/mailbox$/, readMailbox],
  ['POST', /^\/control\/mailbox\/behaviour$/, setBehaviour],
  ['POST', /^\/control\/mailbox\/fate$/, setFate],
  ['GET', /^\/control\/mailbox\/domains$/, ({ sandbox }) => ({ domains: sandbox.mailbox.domains })],
  ['POST', /^\/control\/mailbox\/domains$/, setDomain],
  ['POST', /^\/control\/mailbox\/events$/, sendMailEvent],
  ['GET', /^\/control\/phones$/, readPhones],
  ['POST', /^\/control\/phones\/behaviour$/, setTextBehaviour],
  ['POST', /^\/control\/phones\/fate$/, setTextFate],
  ['POST', /^\/control\/phones\/reply$/, replyToText],
  ['POST', /^\/control\/phones\/status$/, sendTextStatus],
  ['POST', /^\/control\/customers\/([^/]+)\/texts$/, setAcceptsTexts],
  ['GET', /^\/control\/deliveries$/, listDeliveries],
  ['GET', /^\/control\/deliveries\/acknowledged$/, listAcknowledged],
  ['GET', /^\/control\/stories$/, listStories],
  [
    'POST',
    /^\/control\/stories\/([a-z-]+)$/,
    ({ sandbox, parts }) => startStory(sandbox, part(parts, 0)),
  ],
]

// ---------------------------------------------------------------- world and clock

async function reset({ sandbox, body }: Call): Promise<object> {
  const { now, lean } = read(
    z.object({ now: z.union([z.string(), z.number()]), lean: z.boolean().default(false) }),
    body,
  )
  await resetSandbox(sandbox, instant(now, 'now'), lean)
  return { now: iso(sandbox.world.now) }
}

const Clock = z.union([
  z.object({ to: z.union([z.string(), z.number()]), hop: z.string().optional() }),
  z.object({ by: z.string(), hop: z.string().optional() }),
  z.object({ until: z.literal('next') }),
])

function moveClock({ sandbox, body }: Call): Promise<object> {
  const wanted = read(Clock, body)
  if ('until' in wanted) return sandbox.calendar.moveTo('next')
  const target = 'to' in wanted ? instant(wanted.to, 'to') : later(sandbox, wanted.by)
  return wanted.hop
    ? sandbox.calendar.hopTo(target, milliseconds(wanted.hop))
    : sandbox.calendar.moveTo(target)
}

/** Adds an ISO duration by the first shop's calendar: P1D is the same local time tomorrow, also when clocks change. */
function later({ world }: Sandbox, duration: string): number {
  const zone = [...world.shops.values()][0]?.zone ?? 'UTC'
  return Temporal.Instant.fromEpochMilliseconds(world.now)
    .toZonedDateTimeISO(zone)
    .add(asDuration(duration)).epochMilliseconds
}

function asDuration(text: string): Temporal.Duration {
  try {
    return Temporal.Duration.from(text)
  } catch {
    throw new NotPossible(`"${text}" is no ISO duration like P1D or PT6H.`, 400)
  }
}

const milliseconds = (duration: string): number =>
  asDuration(duration).total({ unit: 'millisecond', relativeTo: '2026-01-01' })

// ---------------------------------------------------------------- shops

const NewShop = z.object({
  domain: z.string(),
  name: z.string(),
  zone: z.string(),
  currency: z.string().length(3),
  country: z.string().length(2),
  email: z.string().optional(),
  plan: z.enum(['standard', 'advanced', 'plus']).optional(),
  scopes: z.array(z.string()).optional(),
})

function createShop({ sandbox, body }: Call): object {
  const { email, plan, scopes, ...wanted } = read(NewShop, body)
  const shop = openShop(sandbox.world, {
    ...wanted,
    email: email ?? `owner@${wanted.domain.replace('.myshopify.com', '.example')}`,
    plan: plan ?? 'plus',
    scopes: scopes ?? sandbox.settings.deployed().scopes,
  })
  return { id: shop.id, domain: shop.domain }
}

function uninstallApp({ sandbox, parts }: Call): void {
  const shop = shopOf(sandbox.world, part(parts, 0))
  uninstall(sandbox.world, shop)
  revokeTokens(sandbox.tokens, shop.domain)
}

function comply({ sandbox, parts, body }: Call): void {
  const { topic, customerId } = read(
    z.object({
      topic: z.enum(['customers/data_request', 'customers/redact', 'shop/redact']),
      customerId: z.string().optional(),
    }),
    body,
  )
  askForPrivacy(sandbox.world, shopOf(sandbox.world, part(parts, 0)), topic, customerId ?? null)
}

function setScopes({ sandbox, parts, body }: Call): void {
  const { scopes } = read(z.object({ scopes: z.array(z.string()) }), body)
  grantScopes(sandbox.world, shopOf(sandbox.world, part(parts, 0)), scopes)
}

function expireTokens({ sandbox, parts }: Call): void {
  expireAccess(sandbox.tokens, shopOf(sandbox.world, part(parts, 0)).domain)
}

const Processor = z.union([
  z.object({ state: z.literal('up') }),
  z.object({ state: z.literal('down'), code: z.string().default('PAYMENT_PROVIDER_ERROR') }),
])

function setProcessor({ sandbox, parts, body }: Call): object {
  const shop = shopOf(sandbox.world, part(parts, 0))
  const wanted = read(Processor, body)
  if (wanted.state === 'up') mendProcessor(sandbox.world, shop)
  else breakProcessor(shop, wanted.code)
  return { state: wanted.state, code: shop.processorFault }
}

/** Opening the app on a shop that had removed it installs it again, as a click in the App Store would. */
function launch({ sandbox, parts, query }: Call): object {
  const shop = shopOf(sandbox.world, part(parts, 0))
  shop.installed = true
  return { url: launchUrl(sandbox.settings, shop.domain, query.get('path') ?? '/app') }
}

function giveIdToken({ sandbox, parts }: Call): object {
  return { token: idToken(sandbox.settings, shopOf(sandbox.world, part(parts, 0)).domain) }
}

// ---------------------------------------------------------------- customer accounts

function showAccount({ sandbox, parts, query }: Call): object {
  return accountOf(sandbox, part(parts, 0), query.get('language'))
}

function giveCustomerToken({ sandbox, parts }: Call): object {
  const { id, shop } = find(sandbox.world.customers, part(parts, 0), 'customer')
  return { token: customerToken(sandbox.settings, shop, id) }
}

/** What the merchant sets for an extension in the editor; all of its settings at once. */
function setExtension({ sandbox, parts, body }: Call): void {
  const value = z.union([z.string(), z.number(), z.boolean()])
  sandbox.extensionSettings.set(part(parts, 0), read(z.record(z.string(), value), body))
}

// ---------------------------------------------------------------- contracts, cards, cycles

const Amount = z.string().regex(/^\d+(\.\d{1,2})?$/, 'an amount like "24.90"')

const Script = z.union([
  z.object({ type: z.enum(['ok', 'expired']) }),
  z.object({ type: z.literal('code'), code: z.string() }),
  z.object({ type: z.enum(['codes', 'code_a_day']), codes: z.array(z.string()).min(1) }),
  z.object({ type: z.literal('no_money_until'), at: z.iso.datetime({ offset: true }) }),
  z.object({ type: z.literal('no_money_above'), amount: Amount }),
  z.object({
    type: z.literal('moody'),
    codes: z.array(z.string()).min(1),
    okOnAttempt: z.number().int().positive(),
  }),
  z.object({ type: z.literal('processor_down'), until: z.iso.datetime({ offset: true }) }),
  z.object({ type: z.literal('challenge'), then: z.string() }),
])

const CardShape = z
  .object({
    instrument: z.enum(['card', 'shop_pay', 'paypal', 'bank_account']),
    brand: z.string(),
    last4: z.string(),
    expiryMonth: z.number().int().min(1).max(12),
    expiryYear: z.number().int(),
    script: Script,
  })
  .partial()

const ShipsTo = z.object({
  address1: z.string(),
  city: z.string().nullable().default(null),
  zip: z.string().nullable().default(null),
  accepted: z.boolean().default(true),
})

const NewContract = z.object({
  shop: z.string(),
  customer: z
    .object({
      firstName: z.string(),
      lastName: z.string(),
      email: z.string().nullable(),
      locale: z.string(),
      country: z.string(),
      province: z.string().nullish(),
      city: z.string().nullish(),
      tags: z.array(z.string()).optional(),
      spent: Amount.optional(),
      orders: z.number().int().min(0).optional(),
      acceptsEmail: z.boolean().optional(),
      phone: z.string().nullish(),
      acceptsTexts: z.boolean().optional(),
    })
    .optional(),
  card: CardShape.optional(),
  /** Instead of customer and card: a saved method that this contract shares. */
  methodId: z.string().optional(),
  interval: z.enum(['DAY', 'WEEK', 'MONTH', 'YEAR']),
  intervalCount: z.number().int().positive(),
  firstChargeAt: z.union([z.string(), z.number()]),
  price: Amount,
  deliveryPrice: Amount.optional(),
  shipsTo: ShipsTo.optional(),
  taxRate: z.number().min(0).max(1).optional(),
  quantity: z.number().int().positive().optional(),
  productTitle: z.string(),
  stock: z.number().int().min(0).nullish(),
  pictureUrl: z.url().nullish(),
  also: z
    .array(z.object({ title: z.string(), price: Amount, quantity: z.number().int().positive() }))
    .optional(),
  billerStatesOrigin: z.boolean().optional(),
})

function createContract({ sandbox, body }: Call): object {
  const { world } = sandbox
  const wanted = read(NewContract, body)
  const sharing = wanted.methodId ? find(world.methods, wanted.methodId, 'payment method') : null
  if (!wanted.customer && !sharing)
    throw new NotPossible('Say who the customer is, or which methodId the contract shares.', 400)
  const made = makeContract(world, shopOf(world, wanted.shop), {
    customer: {
      firstName: wanted.customer?.firstName ?? '',
      lastName: wanted.customer?.lastName ?? '',
      email: wanted.customer?.email ?? null,
      locale: wanted.customer?.locale ?? 'en',
      country: wanted.customer?.country ?? 'US',
      province: wanted.customer?.province ?? null,
      city: wanted.customer?.city ?? null,
      phone: wanted.customer?.phone ?? null,
      acceptsTexts: wanted.customer?.acceptsTexts ?? false,
      past: {
        tags: wanted.customer?.tags ?? [],
        spent: wanted.customer?.spent ?? '0.00',
        orders: wanted.customer?.orders ?? 0,
        acceptsEmail: wanted.customer?.acceptsEmail ?? false,
      },
    },
    card: asCard(wanted.card as Parameters<typeof asCard>[0]),
    interval: wanted.interval,
    intervalCount: wanted.intervalCount,
    firstChargeAt: instant(wanted.firstChargeAt, 'firstChargeAt'),
    price: wanted.price,
    quantity: wanted.quantity ?? 1,
    deliveryPrice: wanted.deliveryPrice ?? '0.00',
    shipsTo: wanted.shipsTo ?? null,
    taxRate: wanted.taxRate ?? 0,
    productTitle: wanted.productTitle,
    stock: wanted.stock ?? null,
    pictureUrl: wanted.pictureUrl ?? null,
    also: wanted.also ?? [],
    billerStatesOrigin: wanted.billerStatesOrigin ?? true,
    sharing,
  })
  return {
    contractId: made.contract.id,
    customerId: made.customer.id,
    methodId: made.method.id,
    productVariantId: made.variant.id,
  }
}

function changeStatus({ sandbox, parts }: Call): void {
  const refusal = setStatus(
    sandbox.world,
    contractAt(sandbox, parts),
    part(parts, 1) as StatusChange,
  )
  if (refusal) throw new NotPossible(refusal.message)
}

function changeMethod({ sandbox, parts, body }: Call): object {
  const { world } = sandbox
  const contract = contractAt(sandbox, parts)
  const { card: given, mode } = read(
    z.union([
      z.object({ card: CardShape, mode: z.enum(['replace', 'update']) }),
      z.object({ mode: z.literal('remove'), card: z.undefined().optional() }),
    ]),
    body,
  )
  if (mode === 'remove') {
    removeMethod(world, contract)
    return { methodId: null }
  }
  const card = asCard(given as Parameters<typeof asCard>[0])
  if (mode === 'replace') {
    const customer = find(world.customers, contract.customerId, 'customer')
    return { methodId: replaceMethod(world, contract, customer, card).id }
  }
  if (!contract.methodId) throw new NotPossible('The contract has no method to update: replace it.')
  const method = find(world.methods, contract.methodId, 'payment method')
  updateMethod(world, method, card)
  return { methodId: method.id }
}

/** Tells the oracle that the cause of the last failure is gone, or that the shopper has acted. */
function mend({ sandbox, parts }: Call): void {
  contractAt(sandbox, parts).mendedAt = sandbox.world.now
}

function edit({ sandbox, parts, body }: Call): void {
  const change = read(
    z.object({
      price: Amount.optional(),
      shipsTo: ShipsTo.optional(),
      without: z.string().optional(),
    }),
    body,
  )
  editContract(sandbox.world, contractAt(sandbox, parts), change)
}

function putUnderReview({ sandbox, parts, body }: Call): void {
  contractAt(sandbox, parts).underReview = read(z.object({ on: z.boolean() }), body).on
}

function changeCycle({ sandbox, parts, body }: Call): object {
  const { world } = sandbox
  const contract = contractAt(sandbox, parts)
  const index = Number(part(parts, 1))
  if (index < 1 || index > lastIndex(world, contract))
    throw new NotPossible(`The contract has no cycle ${index} yet.`, 404)
  switch (part(parts, 2)) {
    case 'skip':
      setSkipped(world, contract, index, true)
      break
    case 'unskip':
      setSkipped(world, contract, index, false)
      break
    case 'move':
      moveCycle(world, contract, index, instant(read(z.object({ to: z.string() }), body).to, 'to'))
      break
    case 'bill-elsewhere':
      return { attemptId: billElsewhere(world, contract, index).id }
    case 'unpaid-order': {
      const { id, outcome } = billElsewhere(world, contract, index, 'PENDING')
      return { attemptId: id, orderId: outcome.type === 'succeeded' ? outcome.orderId : null }
    }
    case 'charge': {
      const { unlisted } = read(z.object({ unlisted: z.boolean().optional() }), body)
      return { attemptId: chargeAgain(world, contract, index, unlisted ?? false) }
    }
  }
  return {}
}

function revoke({ sandbox, parts, body }: Call): void {
  const { reason, into } = read(z.object({ reason: z.string(), into: z.string().optional() }), body)
  const { world } = sandbox
  const method = find(world.methods, part(parts, 0), 'payment method')
  revokeMethod(world, method, reason, into ? find(world.methods, into, 'payment method') : null)
}

function changeAgreement({ sandbox, parts, body }: Call): void {
  const { active } = read(z.object({ active: z.boolean() }), body)
  setAgreement(sandbox.world, find(sandbox.world.methods, part(parts, 0), 'payment method'), active)
}

function meetBank({ sandbox, parts, body }: Call): object {
  const { result } = read(Challenged, body)
  const attempt = find(sandbox.world.attempts, part(parts, 0), 'billing attempt')
  answerChallenge(sandbox.world, attempt, result)
  return { outcome: attempt.outcome }
}

const Challenged = z.object({ result: z.enum(['pass', 'fail', 'expire', 'abandon']) })

/** The same for whoever does not know the attempt: the contract's newest one that waits. */
function meetBankOf({ sandbox, parts, body }: Call): object {
  const { result } = read(Challenged, body)
  const { id } = contractAt(sandbox, parts)
  const attempt = sandbox.world.attempts
    .of('contract', id)
    .findLast(({ outcome }) => outcome.type === 'action_required')
  if (!attempt) throw new NotPossible('No attempt of this contract waits for its shopper.')
  answerChallenge(sandbox.world, attempt, result)
  return { attemptId: attempt.id, outcome: attempt.outcome }
}

function changeStock({ sandbox, parts, body }: Call): void {
  const { quantity } = read(z.object({ quantity: z.number().int().min(0) }), body)
  setStock(sandbox.world, find(sandbox.world.variants, part(parts, 0), 'product variant'), quantity)
}

function changeOrder({ sandbox, parts, body }: Call): void {
  const { world } = sandbox
  const order = find(world.orders, part(parts, 0), 'order')
  if (part(parts, 1) === 'pay') {
    payOrder(world, order)
  } else {
    const { amount } = read(z.object({ amount: Amount.optional() }), body)
    refundOrder(world, order, amount ?? order.total)
  }
}

// ---------------------------------------------------------------- faults, webhooks, oracle, mail

/** How often, and from which seed, what happens by chance does. */
const Chance = {
  probability: z.number().min(0).max(1).default(0.05),
  seed: z.number().int().default(1),
}

function addFault({ sandbox, body }: Call): void {
  const fault = asFault(read(z.record(z.string(), z.unknown()), body))
  if (isEnd(fault)) endFaults(sandbox.faults, fault)
  else sandbox.faults.push(fault)
}

function askKeeper({ sandbox, body }: Call): Promise<object> {
  return sandbox.keeper.ask(read(z.object({ do: z.enum(['kill', 'start']) }), body).do)
}

function addPolicy({ sandbox, body }: Call): void {
  const { topic, mode, delay, times, probability, seed } = read(
    z.object({
      topic: z.string(),
      mode: z.enum(['twice', 'late', 'lost', 'out_of_order', 'normal', 'random']),
      delay: z.string().optional(),
      times: z.number().int().positive().optional(),
      ...Chance,
    }),
    body,
  )
  if (mode === 'late' && !delay) throw new NotPossible('How late? Say delay, e.g. PT6H.', 400)
  const { webhooks } = sandbox
  webhooks.policies = webhooks.policies.filter((each) => each.topic !== topic)
  if (mode === 'normal') return
  const delayMs = delay ? milliseconds(delay) : 0
  webhooks.policies.push(
    mode === 'random'
      ? policyByChance(topic, probability, seed)
      : { topic, mode, delayMs, times: times ?? Number.POSITIVE_INFINITY },
  )
}

async function sendWebhook({ sandbox, body }: Call): Promise<object> {
  const custom = read(
    z.object({
      shop: z.string(),
      topic: z.string(),
      body: z.union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown())]),
      copies: z.number().int().positive().optional(),
      headers: z.record(z.string(), z.string().nullable()).optional(),
      hmac: z.enum(['good', 'bad', 'none']).optional(),
      eventId: z.string().optional(),
      webhookId: z.string().optional(),
    }),
    body,
  )
  const statuses = await sendCustom(sandbox.settings, sandbox.world, {
    shop: custom.shop,
    topic: custom.topic,
    body: typeof custom.body === 'string' ? custom.body : JSON.stringify(custom.body),
    copies: custom.copies ?? 1,
    headers: custom.headers ?? {},
    hmac: custom.hmac ?? 'good',
    ...(custom.eventId ? { eventId: custom.eventId } : {}),
    ...(custom.webhookId ? { webhookId: custom.webhookId } : {}),
  })
  return { statuses }
}

function askOracle({ sandbox, query }: Call): object {
  const { world } = sandbox
  const contract = query.get('contract')
  const id = contract ? find(world.contracts, contract, 'contract').id : null
  const shop = query.get('shop')
  const fits = (each: { shop: string; contractId: string }) =>
    (id === null || each.contractId === id) && (shop === null || each.shop === shop)
  const charges = world.charges.filter(fits)
  return {
    charges: charges.map(({ seen: _, ...charge }) => ({
      ...charge,
      at: iso(charge.at),
      settledAt: charge.settledAt === null ? null : iso(charge.settledAt),
    })),
    // Judged by everything that was asked for: what one card may still do, other contracts decide, too.
    flags: flagsOf(world.charges)
      .filter(({ contractId }) =>
        fits({ contractId, shop: find(world.contracts, contractId, 'contract').shop }),
      )
      .map((flag) => ({ ...flag, at: iso(flag.at) })),
    refused: world.refusals.filter(fits).map((each) => ({ ...each, at: iso(each.at) })),
  }
}

function setBehaviour({ sandbox, body }: Call): void {
  const { answer, times, probability, seed } = read(
    z.object({
      answer: z.union([
        z.literal(202),
        z.literal(400),
        z.literal(413),
        z.literal(429),
        z.literal(500),
        z.literal('silent'),
        z.literal('cut'),
        z.literal('random'),
      ]),
      times: z.number().int().positive().optional(),
      ...Chance,
    }),
    body,
  )
  sandbox.mailbox.behaviour =
    answer === 202
      ? null
      : answer === 'random'
        ? mailByChance(probability, seed)
        : { answer, times: times ?? Number.POSITIVE_INFINITY }
}

/** What becomes of the mails to an address from now on; without one, of all others. */
function setFate({ sandbox, body }: Call): void {
  const { to, fate } = read(z.object({ to: z.string().optional(), fate: z.enum(FATES) }), body)
  sandbox.mailbox.fates.set(to ?? '*', fate)
}

/** `messageId`: the mail's id here, or the app's own from custom_args. `late`: when it is told, e.g. PT6H; else at once. */
async function sendMailEvent({ sandbox, body }: Call): Promise<object> {
  const { messageId, event, copies, late, signature } = read(
    z.object({
      messageId: z.string(),
      event: z.enum(EVENTS),
      copies: z.number().int().positive().max(100).default(1),
      late: z.string().optional(),
      signature: z.enum(['good', 'bad']).default('good'),
    }),
    body,
  )
  const mail = sandbox.mailbox.messages.find(
    ({ id, customArgs }) => id === messageId || customArgs.message_id === messageId,
  )
  if (!mail) throw new NotPossible(`No mail has the id ${messageId}.`, 404)
  const lateMs = late ? milliseconds(late) : 0
  return { statuses: await tellMailEvent(sandbox, mail, { event, copies, lateMs, signature }) }
}

/** Whether SendGrid finds the DNS entries of a domain from now on. */
function setDomain({ sandbox, body }: Call): void {
  const { domain, valid } = read(z.object({ domain: z.string(), valid: z.boolean() }), body)
  tellDomain(sandbox.mailbox.domains, domain, valid)
}

/** `to`: of one address only. */
function readMailbox({ sandbox, query }: Call): object {
  const to = query.get('to')
  const { messages } = sandbox.mailbox
  return { messages: to === null ? messages : messages.filter((mail) => mail.to === to) }
}

/** `number`: of one phone only. */
function readPhones({ sandbox, query }: Call): object {
  const number = query.get('number')
  const { texts, fates } = sandbox.phones
  const people = [...sandbox.world.customers.values()].flatMap((one) =>
    one.phone
      ? [
          {
            number: one.phone,
            name: `${one.firstName} ${one.lastName}`,
            acceptsTexts: one.acceptsTexts === true,
            fate: fates.get(one.phone) ?? fates.get('*') ?? 'quiet',
          },
        ]
      : [],
  )
  return { people, texts: texts.filter((text) => number === null || text.number === number) }
}

function setTextBehaviour({ sandbox, body }: Call): void {
  const { answer, times } = read(
    z.object({
      answer: z.union([
        z.literal(201),
        z.literal(429),
        z.literal(500),
        z.literal(503),
        z.literal('silent'),
        z.literal('cut'),
      ]),
      times: z.number().int().positive().default(1_000_000),
    }),
    body,
  )
  sandbox.phones.behaviour = answer === 201 ? null : { answer, times }
}

/** What becomes of texts to a number from now on; without one, to all others. */
function setTextFate({ sandbox, body }: Call): void {
  const { number, fate } = read(
    z.object({ number: z.string().optional(), fate: z.enum(TEXT_FATES) }),
    body,
  )
  sandbox.phones.fates.set(number ?? '*', fate)
}

/** The shopper answers on their phone. */
async function replyToText({ sandbox, body }: Call): Promise<object> {
  const wanted = read(
    z.object({
      number: z.string(),
      text: z.string().min(1).max(1600),
      copies: z.number().int().positive().max(100).default(1),
      signature: z.enum(['good', 'bad']).default('good'),
    }),
    body,
  )
  return { statuses: await reply(sandbox, wanted) }
}

/** Twilio tells at once what became of a text, as often as wanted. */
async function sendTextStatus({ sandbox, body }: Call): Promise<object> {
  const { sid, status, code, copies, signature } = read(
    z.object({
      sid: z.string(),
      status: z.string(),
      code: z.string().optional(),
      copies: z.number().int().positive().max(100).default(1),
      signature: z.enum(['good', 'bad']).default('good'),
    }),
    body,
  )
  const text = sandbox.phones.texts.find((one) => one.sid === sid)
  if (!text) throw new NotPossible(`No text has the id ${sid}.`, 404)
  const tellings = Array.from({ length: copies }, () =>
    tellStatus(sandbox, text, status, { code, signature }),
  )
  return { statuses: await Promise.all(tellings) }
}

/** The shopper agrees to texts of the shop, or takes it back, as Shopify knows it. */
function setAcceptsTexts({ sandbox, parts, body }: Call): void {
  const { on } = read(z.object({ on: z.boolean() }), body)
  find(sandbox.world.customers, part(parts, 0), 'customer').acceptsTexts = on
}

function listDeliveries({ sandbox }: Call): object {
  const deliveries = sandbox.webhooks.deliveries.map(
    ({ body, at, triggeredAt, tries, ...each }) => ({
      ...each,
      at: iso(at),
      triggeredAt: iso(triggeredAt),
      contractId: contractOf(body),
      body: JSON.parse(body) as unknown,
      tries: tries.map((one) => ({ ...one, at: iso(one.at), status: one.status || null })),
    }),
  )
  return { deliveries }
}

/** What the app answered with 2xx and so must have kept, and how many deliveries there were of each state. */
function listAcknowledged({ sandbox }: Call): object {
  const { acknowledged, counts } = sandbox.webhooks
  return {
    counts: Object.fromEntries(counts),
    acknowledged: acknowledged.map((each) => ({ ...each, at: iso(each.at) })),
  }
}

/** The contract that a body speaks of, for the pages; null when it names none. */
function contractOf(body: string): string | null {
  const about = JSON.parse(body) as Record<string, unknown>
  const id = about.admin_graphql_api_subscription_contract_id ?? about.admin_graphql_api_id
  return String(id ?? '').startsWith('gid://shopify/SubscriptionContract/') ? String(id) : null
}

// ---------------------------------------------------------------- reading what was sent

/** Checks a body; says what is wrong with it in one line. */
function read<T>(shape: z.ZodType<T>, body: unknown): T {
  const parsed = shape.safeParse(body)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'the body'}: ${message}`,
  )
  throw new NotPossible(`${problems.join('; ')}. See sandbox/README.md.`, 400)
}

const contractAt = ({ world }: Sandbox, parts: string[]): Contract =>
  find(world.contracts, part(parts, 0), 'contract')

const part = (parts: string[], index: number): string => parts[index] ?? ''
