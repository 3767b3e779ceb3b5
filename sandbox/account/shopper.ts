/** What a logged-in shopper's account shows: their orders, subscriptions and saved methods, and the app's extensions. */
import type { Sandbox } from '../sandbox.ts'
import { iso } from '../world/instants.ts'
import { find, type Method, shopOf } from '../world/world.ts'
import { deployedExtensions, languageIn } from './extensions.ts'

/** As account-data.ts reads it. `language`: the one chosen on the page; else the customer's own. */
export function accountOf(sandbox: Sandbox, customerId: string, language: string | null): object {
  const { world, settings, extensionSettings } = sandbox
  const customer = find(world.customers, customerId, 'customer')
  const shop = shopOf(world, customer.shop)
  const contracts = world.contracts.of('customer', customer.id)
  const titleOf = (contractId: string) =>
    contracts.find(({ id }) => id === contractId)?.productTitle ?? ''
  return {
    now: iso(world.now),
    appUrl: settings.appUrl,
    shop: {
      domain: shop.domain,
      name: shop.name,
      currency: shop.currency,
      country: shop.country,
      zone: shop.zone,
    },
    customer: {
      id: customer.id,
      firstName: customer.firstName,
      lastName: customer.lastName,
      email: customer.email,
      locale: customer.locale,
    },
    subscriptions: contracts.map(({ id, productTitle, status, methodId }) => ({
      id,
      productTitle,
      status,
      card: cardOf(methodId ? world.methods.get(methodId) : undefined),
    })),
    orders: world.orders
      .of('customer', customer.id)
      .map(({ id, name, total, currency, financialStatus, createdAt, contractId }) => ({
        id,
        name,
        total,
        currency,
        financialStatus,
        createdAt: iso(createdAt),
        productTitle: titleOf(contractId),
      })),
    methods: world.methods
      .of('customer', customer.id)
      .filter(({ revokedAt }) => revokedAt === null)
      .map(cardOf),
    // A shop without the app shows none of its extensions.
    extensions: (shop.installed ? deployedExtensions(settings.extensions) : []).map((one) => {
      const own = languageIn(one.texts, language ?? customer.locale)
      const [defaultTexts = {}] = one.texts.values()
      return {
        handle: one.handle,
        targets: one.targets,
        apiVersion: one.apiVersion,
        capabilities: one.capabilities,
        settings: extensionSettings.get(one.handle) ?? {},
        language: own,
        texts: one.texts.get(own) ?? defaultTexts,
        defaultTexts,
      }
    }),
  }
}

const cardOf = (method: Method | undefined) =>
  method ? { brand: method.brand, last4: method.last4, instrument: method.instrument } : null
