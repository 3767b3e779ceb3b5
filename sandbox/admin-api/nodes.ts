/**
 * The world as the Admin API shows it: one function per type, fields as Shopify names them.
 *
 * A field that is not here fails loudly when it is asked for (see execute.ts): the sandbox never answers a made-up null.
 */
import { GraphQLError } from 'graphql'
import { instrumentType } from '../world/bodies.ts'
import { type Cycle, cycleOf, linesOf } from '../world/cycles.ts'
import { iso } from '../world/instants.ts'
import { asShopify, plus, times } from '../world/money.ts'
import { financialStatus } from '../world/orders.ts'
import {
  type BillingAttempt,
  type Contract,
  type Customer,
  type Draft,
  type Line,
  type Method,
  type Order,
  type Shop,
  tail,
  type Variant,
  type World,
} from '../world/world.ts'
import { connection, type Paging } from './connections.ts'

/** What every node needs to know: the world, whose token asks, and where this sandbox listens. */
export type View = {
  world: World
  shop: Shop
  ownUrl: string
  apiKey: string
  /** The app's pages in the customer account. */
  accountPages: () => { uid: string; handle: string }[]
  /** A planned fault: the code with which mutations are refused. */
  refuse: string | null
}

const money = (amount: string, currencyCode: string) => ({
  amount: asShopify(amount),
  currencyCode,
})
const moneyBag = (amount: string, currencyCode: string) => ({
  shopMoney: money(amount, currencyCode),
  presentmentMoney: money(amount, currencyCode),
})
const optionalIso = (at: number | null) => (at === null ? null : iso(at))
const count = (length: number) => ({ count: length, precision: 'EXACT' })

export function shopNode({ shop, ownUrl }: View): object {
  return {
    __typename: 'Shop',
    id: shop.id,
    name: shop.name,
    email: shop.email,
    contactEmail: shop.email,
    shopOwnerName: 'Sam Merchant',
    myshopifyDomain: shop.domain,
    url: `https://${shop.domain}`,
    primaryDomain: { id: `${shop.id}/domain`, host: shop.domain, url: `https://${shop.domain}` },
    ianaTimezone: shop.zone,
    currencyCode: shop.currency,
    createdAt: iso(shop.createdAt),
    customerAccountsV2: {
      customerAccountsVersion: 'NEW_CUSTOMER_ACCOUNTS',
      url: `${ownUrl}/account/of/${shop.domain}`,
    },
    taxesIncluded: true,
    setupRequired: false,
    plan: {
      partnerDevelopment: false,
      publicDisplayName: shop.plan,
      shopifyPlus: shop.plan === 'plus',
    },
    features: {
      eligibleForSubscriptions: true,
      sellsSubscriptions: true,
      legacySubscriptionGatewayEnabled: false,
    },
    billingAddress: { countryCodeV2: shop.country },
    shopAddress: { countryCodeV2: shop.country },
  }
}

export function contractNode(view: View, contract: Contract): object {
  const { world, shop } = view
  return {
    __typename: 'SubscriptionContract',
    id: contract.id,
    status: contract.status,
    nextBillingDate: optionalIso(contract.nextBillingDate),
    currencyCode: shop.currency,
    lastPaymentStatus: contract.lastPaymentStatus,
    lastBillingAttemptErrorType: contract.lastErrorType,
    createdAt: iso(contract.createdAt),
    updatedAt: iso(contract.updatedAt),
    revisionId: String(contract.revision),
    note: null,
    customAttributes: [],
    appAdminUrl: null,
    app: () => appNode(view),
    billingPolicy: {
      interval: contract.interval,
      intervalCount: contract.intervalCount,
      minCycles: null,
      maxCycles: null,
      anchors: [],
    },
    deliveryPolicy: {
      interval: contract.interval,
      intervalCount: contract.intervalCount,
      anchors: [],
    },
    deliveryPrice: money(contract.deliveryPrice, shop.currency),
    deliveryMethod: () => deliveryMethodNode(view, contract),
    customer: () => customerNode(view, known(world.customers.get(contract.customerId))),
    customerPaymentMethod: ({ showRevoked }: { showRevoked?: boolean }) => {
      const method = contract.methodId ? world.methods.get(contract.methodId) : undefined
      if (!method || (method.revokedAt !== null && !showRevoked)) return null
      return methodNode(view, method)
    },
    originOrder: () => orderNode(view, known(world.orders.get(contract.originOrderId))),
    ...linesPart(view, contract, linesOf(contract)),
    discounts: (paging: Paging) => connection<never>([], paging, String, String),
    billingAttempts: (paging: Paging) =>
      attemptsConnection(view, world.attempts.of('contract', contract.id), paging),
    orders: (paging: Paging) =>
      connection(
        world.orders.of('contract', contract.id),
        paging,
        ({ id }) => id,
        (order) => orderNode(view, order),
      ),
  }
}

const linesPart = (view: View, contract: Contract, lines: Line[]): object => ({
  linesCount: count(lines.length),
  lines: (paging: Paging) =>
    connection(
      lines,
      paging,
      ({ id }) => id,
      (line) => lineNode(view, contract, line),
    ),
})

export function lineNode({ shop, world }: View, { taxRate }: Contract, line: Line): object {
  const variant = known(world.variants.get(line.variantId))
  return {
    __typename: 'SubscriptionLine',
    id: line.id,
    title: line.title,
    variantTitle: null,
    sku: null,
    productId: variant.productId,
    variantId: variant.id,
    variantImage: variant.pictureUrl && {
      __typename: 'Image',
      url: variant.pictureUrl,
      altText: null,
    },
    quantity: line.quantity,
    requiresShipping: true,
    taxable: taxRate > 0,
    sellingPlanId: null,
    sellingPlanName: null,
    pricingPolicy: null,
    customAttributes: [],
    discountAllocations: [],
    concatenatedOriginContract: null,
    currentPrice: money(line.price, shop.currency),
    // The line as a whole, after discounts: price times quantity.
    lineDiscountedPrice: money(times(line.price, line.quantity), shop.currency),
  }
}

function deliveryMethodNode(view: View, contract: Contract): object {
  const customer = known(view.world.customers.get(contract.customerId))
  return {
    __typename: 'SubscriptionDeliveryMethodShipping',
    address: { ...addressNode(customer), ...shippedTo(contract) },
    shippingOption: { code: 'Standard', title: 'Standard', presentmentTitle: 'Standard' },
  }
}

const shippedTo = ({ shipsTo }: Contract): object =>
  shipsTo ? { address1: shipsTo.address1, city: shipsTo.city, zip: shipsTo.zip } : {}

function addressNode(customer: Customer): object {
  const name = `${customer.firstName} ${customer.lastName}`
  return {
    __typename: 'MailingAddress',
    id: `gid://shopify/MailingAddress/${tail(customer.id)}?model_name=CustomerAddress`,
    firstName: customer.firstName,
    lastName: customer.lastName,
    name,
    company: null,
    address1: '1 Main Street',
    address2: null,
    city: customer.city,
    zip: null,
    province: customer.province,
    provinceCode: customer.province,
    country: customer.country,
    countryCodeV2: customer.country,
    phone: null,
    timeZone: null,
    formatted: [name, '1 Main Street'],
  }
}

export function cycleNode(view: View, cycle: Cycle): object {
  const { world } = view
  return {
    __typename: 'SubscriptionBillingCycle',
    cycleIndex: cycle.index,
    cycleStartAt: iso(cycle.startAt),
    cycleEndAt: iso(cycle.endAt),
    billingAttemptExpectedDate: iso(cycle.expectedAt),
    status: cycle.billedBy ? 'BILLED' : 'UNBILLED',
    skipped: cycle.skipped,
    edited: cycle.edited,
    editedContract: () => cycle.lines && editedContractNode(view, cycle, cycle.lines),
    sourceContract: () => contractNode(view, cycle.contract),
    billingAttempts: (paging: Paging) =>
      attemptsConnection(
        view,
        world.attempts
          .of('contract', cycle.contract.id)
          .filter((each) => each.cycleIndex === cycle.index && !each.unlisted),
        paging,
      ),
  }
}

/** A cycle's own copy of its contract. All but the lines is the contract's, its payment method included. */
export function editedContractNode(view: View, cycle: Cycle, lines: Line[]): object {
  return {
    ...contractNode(view, cycle.contract),
    ...linesPart(view, cycle.contract, lines),
    __typename: 'SubscriptionBillingCycleEditedContract',
    billingCycles: (paging: Paging) =>
      cyclesConnection(view, cycle.contract, [cycle.index], paging),
  }
}

export function cyclesConnection(
  view: View,
  contract: Contract,
  indexes: number[],
  paging: Paging,
): object {
  return connection(
    indexes,
    paging,
    (index) => `${contract.id}/${index}`,
    (index) => cycleNode(view, cycleOf(view.world, contract, index)),
  )
}

export const attemptsConnection = (
  view: View,
  all: readonly BillingAttempt[],
  paging: Paging,
): object =>
  connection(
    all,
    paging,
    ({ id }) => id,
    (attempt) => attemptNode(view, attempt),
  )

export function attemptNode(view: View, attempt: BillingAttempt): object {
  return {
    __typename: 'SubscriptionBillingAttempt',
    id: attempt.id,
    idempotencyKey: attempt.key,
    originTime: optionalIso(attempt.originTime),
    createdAt: iso(attempt.createdAt),
    completedAt: optionalIso(attempt.completedAt),
    respectInventoryPolicy: !attempt.allowOverselling,
    paymentGroupId: null,
    paymentSessionId: null,
    state: () => stateNode(view, attempt),
    transactions: (paging: Paging) =>
      connection(
        attempt.charged ? [attempt] : [],
        paging,
        ({ id }) => id,
        () => transactionNode(attempt),
      ),
    subscriptionContract: () =>
      contractNode(view, known(view.world.contracts.get(attempt.contractId))),
    ...deprecatedFields(attempt),
  }
}

/** The record of the payment that an attempt tried. A card shows its last four and its expiry, PayPal nothing. */
function transactionNode({ id, createdAt, outcome, charged }: BillingAttempt): object {
  const results = {
    pending: 'PENDING',
    action_required: 'PENDING',
    succeeded: 'SUCCESS',
    failed: 'FAILURE',
  }
  return {
    __typename: 'OrderTransaction',
    id: `gid://shopify/OrderTransaction/${tail(id)}`,
    kind: 'SALE',
    status: results[outcome.type],
    test: false,
    createdAt: iso(createdAt),
    paymentDetails:
      charged && (charged.instrument === 'card' || charged.instrument === 'shop_pay')
        ? {
            __typename: 'CardPaymentDetails',
            company: charged.brand,
            number: `•••• •••• •••• ${charged.last4}`,
            expirationMonth: charged.expiryMonth,
            expirationYear: charged.expiryYear,
          }
        : null,
  }
}

function stateNode(view: View, attempt: BillingAttempt): object {
  const { outcome } = attempt
  switch (outcome.type) {
    case 'pending':
      return { __typename: 'SubscriptionBillingAttemptPendingState', processing: true }
    case 'succeeded':
      return {
        __typename: 'SubscriptionBillingAttemptSuccessState',
        order: () => {
          const order = view.world.orders.get(outcome.orderId)
          return order ? orderNode(view, order) : null
        },
      }
    case 'action_required':
      return {
        __typename: 'SubscriptionBillingAttemptActionRequiredState',
        action: {
          __typename: 'SubscriptionBillingAttemptPaymentChallenge',
          nextActionUrl: `${view.ownUrl}/challenge/${tail(attempt.id)}`,
          status: outcome.status,
        },
      }
    case 'failed':
      return {
        __typename: 'SubscriptionBillingAttemptFailedState',
        error: errorNode(view, attempt, outcome),
      }
  }
}

function errorNode(
  view: View,
  attempt: BillingAttempt,
  { code, family }: { code: string; family: string },
): object {
  switch (family) {
    case 'inventory':
      return {
        __typename: 'SubscriptionBillingAttemptInventoryError',
        code,
        insufficientStockProductVariants: (paging: Paging) => {
          const contract = known(view.world.contracts.get(attempt.contractId))
          const variant = known(view.world.variants.get(contract.variantId))
          return connection(
            [variant],
            paging,
            ({ id }) => id,
            (each) => variantNode(view, each),
          )
        },
      }
    case 'general':
      return { __typename: 'SubscriptionBillingAttemptGeneralError', code }
    case 'unexpected':
      return {
        __typename: 'SubscriptionBillingAttemptUnexpectedError',
        message: 'Something went wrong',
      }
    default:
      return { __typename: 'SubscriptionBillingAttemptPaymentError', code }
  }
}

/** Still served by Shopify in 2026-10. The sandbox answers them only with SANDBOX_STRICT=0. */
function deprecatedFields({ outcome }: BillingAttempt): object {
  return {
    ready: outcome.type === 'succeeded' || outcome.type === 'failed',
    errorCode: outcome.type === 'failed' ? outcome.code : null,
    errorMessage: outcome.type === 'failed' ? outcome.code : null,
  }
}

export function customerNode(view: View, customer: Customer): object {
  const { past } = customer
  const paid = view.world.orders
    .of('customer', customer.id)
    .filter(({ financialStatus: status }) => status === 'PAID')
  return {
    __typename: 'Customer',
    id: customer.id,
    legacyResourceId: tail(customer.id),
    firstName: customer.firstName,
    lastName: customer.lastName,
    displayName: `${customer.firstName} ${customer.lastName}`.trim(),
    locale: customer.locale,
    createdAt: iso(customer.createdAt),
    state: 'ENABLED',
    tags: past?.tags ?? [],
    numberOfOrders: String((past?.orders ?? 0) + paid.length),
    amountSpent: money(
      paid.reduce((sum, { total }) => plus(sum, total), past?.spent ?? '0.00'),
      view.shop.currency,
    ),
    note: null,
    defaultAddress: () => addressNode(customer),
    defaultPhoneNumber: customer.phone
      ? {
          phoneNumber: customer.phone,
          smsMarketingConsent: {
            state: customer.acceptsTexts ? 'SUBSCRIBED' : 'NEVER_SUBSCRIBED',
          },
        }
      : null,
    defaultEmailAddress: customer.email
      ? {
          emailAddress: customer.email,
          validFormat: true,
          marketingState: past?.acceptsEmail ? 'SUBSCRIBED' : 'NOT_SUBSCRIBED',
          openTrackingLevel: 'UNKNOWN',
        }
      : null,
    addressesV2: (paging: Paging) =>
      connection(
        [customer],
        paging,
        ({ id }) => id,
        () => addressNode(customer),
      ),
    paymentMethods: ({ showRevoked, ...paging }: Paging & { showRevoked?: boolean }) =>
      connection(
        view.world.methods
          .of('customer', customer.id)
          .filter((each) => showRevoked || each.revokedAt === null),
        paging,
        ({ id }) => id,
        (method) => methodNode(view, method),
      ),
    subscriptionContracts: (paging: Paging) =>
      connection(
        view.world.contracts.of('customer', customer.id),
        paging,
        ({ id }) => id,
        (contract) => contractNode(view, contract),
      ),
  }
}

export function methodNode(view: View, method: Method): object {
  return {
    __typename: 'CustomerPaymentMethod',
    id: method.id,
    revokedAt: optionalIso(method.revokedAt),
    revokedReason: method.revokedReason,
    customer: () => customerNode(view, known(view.world.customers.get(method.customerId))),
    instrument: () => instrumentNode(view, method),
    subscriptionContracts: (paging: Paging) =>
      connection(
        view.world.contracts
          .of('customer', method.customerId)
          .filter((each) => each.methodId === method.id),
        paging,
        ({ id }) => id,
        (contract) => contractNode(view, contract),
      ),
  }
}

function instrumentNode(view: View, method: Method): object {
  const customer = known(view.world.customers.get(method.customerId))
  const name = `${customer.firstName} ${customer.lastName}`
  const __typename = instrumentType(method)
  if (method.instrument === 'paypal')
    return {
      __typename,
      paypalAccountEmail: customer.email,
      inactive: method.inactive || method.revokedAt !== null,
      isRevocable: true,
      billingAddress: null,
    }
  if (method.instrument === 'bank_account')
    return {
      __typename,
      bankName: method.brand,
      lastDigits: method.last4,
      accountType: 'CHECKING',
      accountHolderType: 'INDIVIDUAL',
      billingAddress: null,
    }
  const monthsLeft =
    (method.expiryYear - new Date(view.world.now).getUTCFullYear()) * 12 +
    (method.expiryMonth - 1 - new Date(view.world.now).getUTCMonth())
  const card = {
    __typename,
    name,
    lastDigits: method.last4,
    maskedNumber: `•••• •••• •••• ${method.last4}`,
    expiryMonth: method.expiryMonth,
    expiryYear: method.expiryYear,
    expiresSoon: monthsLeft <= 1,
    isRevocable: true,
    billingAddress: null,
  }
  return method.instrument === 'shop_pay'
    ? { ...card, inactive: method.inactive || method.revokedAt !== null }
    : {
        ...card,
        brand: method.brand.toLowerCase(),
        firstDigits: null,
        source: null,
        virtualLastDigits: null,
      }
}

export function orderNode(view: View, order: Order): object {
  return {
    __typename: 'Order',
    id: order.id,
    legacyResourceId: tail(order.id),
    name: order.name,
    createdAt: iso(order.createdAt),
    processedAt: iso(order.createdAt),
    updatedAt: iso(order.createdAt),
    cancelledAt: null,
    test: false,
    currencyCode: order.currency,
    displayFinancialStatus: financialStatus(order),
    displayFulfillmentStatus: 'UNFULFILLED',
    fullyPaid: order.financialStatus === 'PAID',
    unpaid: order.financialStatus !== 'PAID',
    totalPriceSet: moneyBag(order.total, order.currency),
    currentTotalPriceSet: moneyBag(order.total, order.currency),
    totalReceivedSet: moneyBag(
      order.financialStatus === 'PAID' ? order.total : '0.00',
      order.currency,
    ),
    totalRefundedSet: moneyBag(order.refunded, order.currency),
    customer: () => customerNode(view, known(view.world.customers.get(order.customerId))),
  }
}

export function variantNode(view: View, variant: Variant): object {
  const product = {
    __typename: 'Product',
    id: variant.productId,
    title: variant.title,
    status: 'ACTIVE',
  }
  return {
    __typename: 'ProductVariant',
    id: variant.id,
    legacyResourceId: tail(variant.id),
    title: 'Default Title',
    displayName: variant.title,
    sku: null,
    // An untracked variant sells without end; Shopify shows its quantity as 0.
    inventoryPolicy: variant.stock === null ? 'CONTINUE' : 'DENY',
    inventoryQuantity: variant.stock ?? 0,
    sellableOnlineQuantity: variant.stock ?? 0,
    availableForSale: variant.stock === null || variant.stock > 0,
    inventoryItem: {
      __typename: 'InventoryItem',
      id: `gid://shopify/InventoryItem/${tail(variant.id)}`,
      tracked: variant.stock !== null,
      sku: null,
    },
    product: () => ({ ...product, totalInventory: variant.stock ?? 0 }),
    price: () => {
      for (const contract of view.world.contracts.values())
        for (const line of linesOf(contract))
          if (line.variantId === variant.id) return asShopify(line.price)
      return asShopify('0.00')
    },
  }
}

export function draftNode(view: View, draft: Draft): object {
  const contract = known(view.world.contracts.get(draft.contractId))
  return {
    __typename: 'SubscriptionDraft',
    id: draft.id,
    status: draft.status ?? contract.status,
    currencyCode: view.shop.currency,
    nextBillingDate: optionalIso(draft.nextBillingDate ?? contract.nextBillingDate),
    deliveryPrice: money(contract.deliveryPrice, view.shop.currency),
    note: null,
    customAttributes: [],
    originalContract: () => contractNode(view, contract),
    billingCycle: () =>
      draft.cycleIndex && cycleNode(view, cycleOf(view.world, contract, draft.cycleIndex)),
    ...linesPart(view, contract, draft.lines ?? linesOf(contract)),
    customer: () => customerNode(view, known(view.world.customers.get(contract.customerId))),
    customerPaymentMethod: () => {
      const method = view.world.methods.get(draft.paymentMethodId ?? contract.methodId ?? '')
      return method ? methodNode(view, method) : null
    },
  }
}

export function appNode({ apiKey, ownUrl, shop }: View): object {
  return {
    __typename: 'App',
    id: 'gid://shopify/App/1',
    apiKey,
    title: 'Reprise',
    handle: 'reprise',
    embedded: true,
    installation: () => installationNode({ apiKey, ownUrl, shop }),
  }
}

export function installationNode(view: Pick<View, 'apiKey' | 'ownUrl' | 'shop'>): object {
  const { shop, ownUrl, apiKey } = view
  return {
    __typename: 'AppInstallation',
    id: `gid://shopify/AppInstallation/${tail(shop.id)}`,
    accessScopes: shop.scopes.map((handle) => ({
      __typename: 'AccessScope',
      handle,
      description: handle.replaceAll('_', ' '),
    })),
    launchUrl: `${ownUrl}/store/${shop.domain.replace('.myshopify.com', '')}/apps/${apiKey}`,
    uninstallUrl: null,
    activeSubscriptions: [],
    app: () => ({
      __typename: 'App',
      id: 'gid://shopify/App/1',
      apiKey,
      title: 'Reprise',
      handle: 'reprise',
    }),
  }
}

function known<T>(value: T | undefined): T {
  if (value === undefined)
    throw new GraphQLError('The sandbox lost something it had: this is a defect of the sandbox.')
  return value
}
