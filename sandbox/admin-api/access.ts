/**
 * Which access scope each type and mutation asks for.
 *
 * Copied by hand from the `requiredAccess` texts of the 2026-10 introspection, for what the sandbox plays; the
 * schema in its text form does not carry them.
 */
import { GraphQLError, type GraphQLResolveInfo, getNamedType } from 'graphql'

/** Every inner list is a choice: one of its scopes is enough. All lists must be met. */
type Needed = { text: string; scopes: string[][] }

const one = (...scopes: string[]): Needed => ({
  text: `${scopes.map((scope) => `\`${scope}\``).join(' or ')} access scope.`,
  scopes: [scopes],
})

const CONTRACTS = one('read_own_subscription_contracts', 'write_own_subscription_contracts')
const READ_CONTRACTS = one('read_own_subscription_contracts')
const WRITE_CONTRACTS = one('write_own_subscription_contracts')
const METHODS: Needed = {
  text: '`read_customers` access scope. Also: Requires `read_customer_payment_methods` scope.',
  scopes: [['read_customers'], ['read_customer_payment_methods']],
}

/** What a field must hold to return one of these types. */
const TYPES: Record<string, Needed> = {
  SubscriptionContract: CONTRACTS,
  SubscriptionContractConnection: CONTRACTS,
  SubscriptionLine: CONTRACTS,
  SubscriptionLineConnection: CONTRACTS,
  SubscriptionBillingCycle: CONTRACTS,
  SubscriptionBillingCycleConnection: CONTRACTS,
  SubscriptionBillingCycleEditedContract: CONTRACTS,
  SubscriptionBillingAttempt: READ_CONTRACTS,
  SubscriptionBillingAttemptConnection: READ_CONTRACTS,
  SubscriptionDraft: READ_CONTRACTS,
  CustomerPaymentMethod: METHODS,
  CustomerPaymentMethodConnection: METHODS,
  Customer: one('read_customers'),
  CustomerConnection: one('read_customers'),
  Order: one('read_orders'),
  OrderConnection: one('read_orders'),
  OrderTransactionConnection: one('read_orders'),
  ProductVariant: one('read_products'),
  ProductVariantConnection: one('read_products'),
  Product: one('read_products'),
  CustomerAccountPageConnection: one('read_content', 'read_online_store_pages'),
}

/** What reading any field of these types asks for, beyond the field that led there. */
const INSIDE: Record<string, Needed> = {
  BankAccount: one('read_payment_mandate'),
}

const MUTATIONS: [RegExp, Needed][] = [
  [/^subscription/, WRITE_CONTRACTS],
  [/^customerPaymentMethod(GetUpdateUrl|SendUpdateEmail)$/, one('write_customers')],
  [
    /^customerPaymentMethod/,
    {
      text: '`write_customers` access scope. Also: Requires `write_customer_payment_methods` scope.',
      scopes: [['write_customers'], ['write_customer_payment_methods']],
    },
  ],
]

/** `node` and `nodes` return any type: which one, only the id says. */
export function demandAccessTo(type: string, scopes: string[]): void {
  demand(TYPES[type], 'node', scopes)
}

/** Throws Shopify's ACCESS_DENIED when the token lacks what the field asks for. */
export function demandAccess(info: GraphQLResolveInfo, scopes: string[]): void {
  const parent = info.parentType.name
  const needed =
    parent === 'Mutation'
      ? MUTATIONS.find(([pattern]) => pattern.test(info.fieldName))?.[1]
      : (INSIDE[parent] ?? TYPES[getNamedType(info.returnType).name])
  demand(needed, info.fieldName, scopes)
}

function demand(needed: Needed | undefined, field: string, scopes: string[]): void {
  if (!needed) return
  const held = needed.scopes.every((choice) => choice.some((scope) => scopes.includes(scope)))
  if (held) return
  throw new GraphQLError(`Access denied for ${field} field. Required access: ${needed.text}`, {
    extensions: {
      code: 'ACCESS_DENIED',
      documentation: 'https://shopify.dev/api/usage/access-scopes',
      requiredAccess: needed.text,
    },
  })
}
