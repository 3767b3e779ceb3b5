/** The state of the world at a glance, for the front page and for tests that want to look around. */
import type { Sandbox } from './sandbox.ts'
import { cycleOf, indexAt } from './world/cycles.ts'
import { iso } from './world/instants.ts'
import { flagsOf } from './world/oracle.ts'
import { type BillingAttempt, type Contract, find, type World } from './world/world.ts'

/** Cycles shown beyond today's. */
const UPCOMING_SHOWN = 2

export function overview(sandbox: Sandbox): object {
  const { world, settings, api, tokens, webhooks, mailbox, faults, story } = sandbox
  return {
    now: iso(world.now),
    appUrl: settings.appUrl,
    apiKey: settings.apiKey,
    story,
    next: world.agenda.entries.slice(0, 5).map(({ at, what }) => ({ at: iso(at), what })),
    shops: [...world.shops.values()].map(
      ({ domain, name, zone, currency, country, installed, scopes, processorFault }) => ({
        domain,
        name,
        zone,
        currency,
        country,
        installed,
        scopes,
        processorFault,
      }),
    ),
    contracts: [...world.contracts.values()].map((contract) => contractView(world, contract)),
    counts: {
      contracts: world.contracts.size,
      charges: world.charges.length,
      flags: flagsOf(world.charges).length,
      messages: mailbox.messages.length,
      texts: sandbox.phones.texts.length,
      deliveries: webhooks.deliveries.length,
      faults: faults.length,
    },
    tokens: tokens.counts,
    deprecations: [...api.deprecations].map(([message, times]) => ({ message, times })),
    notPlayed: [...api.notPlayed],
  }
}

function contractView(world: World, contract: Contract): object {
  const customer = find(world.customers, contract.customerId, 'customer')
  const method = contract.methodId ? world.methods.get(contract.methodId) : undefined
  const until = Math.max(1, indexAt(world, contract, world.now)) + UPCOMING_SHOWN
  const attempts = world.attempts.of('contract', contract.id)
  return {
    id: contract.id,
    shop: contract.shop,
    status: contract.status,
    interval: contract.interval,
    intervalCount: contract.intervalCount,
    price: contract.price,
    quantity: contract.quantity,
    productTitle: contract.productTitle,
    variantId: contract.variantId,
    stock: world.variants.get(contract.variantId)?.stock ?? null,
    methodId: contract.methodId,
    customer: {
      id: customer.id,
      firstName: customer.firstName,
      lastName: customer.lastName,
      email: customer.email,
      locale: customer.locale,
      city: customer.city,
      country: customer.country,
    },
    card: method
      ? {
          id: method.id,
          instrument: method.instrument,
          brand: method.brand,
          last4: method.last4,
          expiryMonth: method.expiryMonth,
          expiryYear: method.expiryYear,
          script: method.script,
          revokedReason: method.revokedReason,
        }
      : null,
    cycles: Array.from({ length: until }, (_, place) => {
      const cycle = cycleOf(world, contract, place + 1)
      return {
        index: cycle.index,
        expectedAt: iso(cycle.expectedAt),
        status: cycle.billedBy ? 'BILLED' : 'UNBILLED',
        skipped: cycle.skipped,
        /** Its order, not only its date. */
        edited: cycle.lines !== null,
      }
    }).slice(-12),
    attempts: attempts.slice(-10).map(attemptView),
  }
}

const attemptView = (attempt: BillingAttempt): object => ({
  id: attempt.id,
  at: iso(attempt.createdAt),
  cycleIndex: attempt.cycleIndex,
  key: attempt.key,
  by: attempt.by,
  outcome: attempt.outcome,
})
