/** The queries and mutations that the sandbox plays. Whatever is not here says so when it is called. */
import { GraphQLError } from 'graphql'
import { requestAttempt } from '../world/attempts.ts'
import { changed, type StatusChange } from '../world/contract-news.ts'
import {
  editOrder,
  forgetEdits,
  hasFutureEdits,
  moveCycle,
  setSkipped,
  setStatus,
  underWay,
} from '../world/contracts.ts'
import { cycleOf, indexAt, lastIndex, linesOf } from '../world/cycles.ts'
import {
  type Contract,
  type Draft,
  type Line,
  NotPossible,
  newId,
  tail,
  type World,
} from '../world/world.ts'
import { demandAccessTo } from './access.ts'
import { connection, type Paging } from './connections.ts'
import {
  appNode,
  attemptNode,
  attemptsConnection,
  contractNode,
  customerNode,
  cycleNode,
  cyclesConnection,
  draftNode,
  editedContractNode,
  installationNode,
  lineNode,
  methodNode,
  orderNode,
  shopNode,
  type View,
  variantNode,
} from './nodes.ts'
import { search } from './search.ts'

type Id = { id: string }
type Selector = { index?: number | null; date?: string | null }
type CycleInput = { contractId: string; selector: Selector }
type UserError = { field: string[] | null; message: string; code?: string | null }

/** Root fields by name. Arguments are those of the schema, already checked by graphql-js. */
export type Root = Record<string, (args: never, view: View) => unknown>

export const QUERIES = {
  shop: (_: object, view: View) => shopNode(view),
  subscriptionContract: ({ id }: Id, view: View) =>
    show(ours(view, view.world.contracts, gid(id, 'SubscriptionContract')), (found) =>
      contractNode(view, found),
    ),
  subscriptionContracts: (args: Paging & { query?: string; sortKey?: string }, view: View) => {
    const found = search(view.world.contracts.of('shop', view.shop.domain), args.query, {
      id: (each) => tail(each.id),
      status: (each) => each.status,
      created_at: (each) => each.createdAt,
      updated_at: (each) => each.updatedAt,
      customer_id: (each) => tail(each.customerId),
      last_billing_attempt_error_type: (each) => each.lastErrorType,
      product_variant_id: (each) => tail(each.variantId),
    })
    return connection(
      args.sortKey === 'UPDATED_AT' ? [...found].sort((a, b) => a.updatedAt - b.updatedAt) : found,
      args,
      ({ id }) => id,
      (contract) => contractNode(view, contract),
    )
  },
  subscriptionBillingCycle: (
    { billingCycleInput }: { billingCycleInput: CycleInput },
    view: View,
  ) => {
    const contract = ours(
      view,
      view.world.contracts,
      gid(billingCycleInput.contractId, 'SubscriptionContract'),
    )
    const index = contract && chosenIndex(view.world, contract, billingCycleInput.selector)
    return contract && index ? cycleNode(view, cycleOf(view.world, contract, index)) : null
  },
  subscriptionBillingCycles: (args: CyclesArgs, view: View) => {
    const contract = ours(view, view.world.contracts, gid(args.contractId, 'SubscriptionContract'))
    if (!contract)
      throw new GraphQLError('Subscription contract does not exist', {
        extensions: { code: 'RESOURCE_NOT_FOUND' },
      })
    return cyclesConnection(view, contract, indexesOf(view.world, contract, args), args)
  },
  subscriptionBillingAttempt: ({ id }: Id, view: View) =>
    show(ours(view, view.world.attempts, gid(id, 'SubscriptionBillingAttempt')), (found) =>
      attemptNode(view, found),
    ),
  subscriptionBillingAttempts: (args: Paging & { query?: string }, view: View) =>
    attemptsConnection(
      view,
      search(view.world.attempts.of('shop', view.shop.domain), args.query, {
        id: (each) => tail(each.id),
        created_at: (each) => each.createdAt,
        error_code: (each) => (each.outcome.type === 'failed' ? each.outcome.code : null),
        error_message: (each) => (each.outcome.type === 'failed' ? each.outcome.code : null),
      }),
      args,
    ),
  customer: ({ id }: Id, view: View) =>
    show(ours(view, view.world.customers, gid(id, 'Customer')), (found) =>
      customerNode(view, found),
    ),
  customers: (args: Paging & { query?: string }, view: View) =>
    connection(
      search(all(view, view.world.customers), args.query, {
        id: (each) => tail(each.id),
        email: (each) => each.email,
      }),
      args,
      ({ id }) => id,
      (customer) => customerNode(view, customer),
    ),
  customerAccountPages: (args: Paging, view: View) =>
    connection(
      view.shop.installed ? view.accountPages() : [],
      args,
      ({ uid }) => uid,
      ({ uid, handle }) => ({
        __typename: 'CustomerAccountAppExtensionPage',
        id: `gid://shopify/CustomerAccountAppExtensionPage/${uid}`,
        title: handle,
        handle,
        defaultCursor: uid,
        appExtensionUuid: uid,
      }),
    ),
  customerPaymentMethod: ({ id, showRevoked }: Id & { showRevoked?: boolean }, view: View) => {
    const method = ours(view, view.world.methods, gid(id, 'CustomerPaymentMethod'))
    return method && (method.revokedAt === null || showRevoked) ? methodNode(view, method) : null
  },
  order: ({ id }: Id, view: View) =>
    show(ours(view, view.world.orders, gid(id, 'Order')), (found) => orderNode(view, found)),
  orders: (args: Paging & { query?: string }, view: View) =>
    connection(
      search(view.world.orders.of('shop', view.shop.domain), args.query, {
        id: (each) => tail(each.id),
        created_at: (each) => each.createdAt,
        name: (each) => each.name,
        customer_id: (each) => tail(each.customerId),
        financial_status: (each) => each.financialStatus,
      }),
      args,
      ({ id }) => id,
      (order) => orderNode(view, order),
    ),
  productVariant: ({ id }: Id, view: View) =>
    show(ours(view, view.world.variants, gid(id, 'ProductVariant')), (found) =>
      variantNode(view, found),
    ),
  app: (_: object, view: View) => appNode(view),
  appInstallation: (_: object, view: View) => installationNode(view),
  currentAppInstallation: (_: object, view: View) => installationNode(view),
  /** Subscriptions of shopify.app.toml are not shown here, and the sandbox knows no others. */
  webhookSubscriptions: (args: Paging, _: View) => connection<never>([], args, String, String),
  node: ({ id }: Id, view: View) => nodeOf(view, id),
  nodes: ({ ids }: { ids: string[] }, view: View) => ids.map((id) => nodeOf(view, id)),
}

type CyclesArgs = Paging & {
  contractId: string
  billingCyclesIndexRangeSelector?: { startIndex: number; endIndex: number } | null
  billingCyclesDateRangeSelector?: { startDate: string; endDate: string } | null
}

/** Cycles of a range, by index or by expected date; without one, all from the first to the last that is known. */
function indexesOf(world: World, contract: Contract, args: CyclesArgs): number[] {
  const byIndex = args.billingCyclesIndexRangeSelector
  const byDate = args.billingCyclesDateRangeSelector
  const last = lastIndex(world, contract)
  const from = byIndex ? Math.max(1, byIndex.startIndex) : 1
  const until = byIndex ? Math.min(last, byIndex.endIndex) : last
  const indexes = Array.from({ length: Math.max(0, until - from + 1) }, (_, place) => from + place)
  if (!byDate) return indexes
  const start = date(byDate.startDate, 'startDate')
  const end = date(byDate.endDate, 'endDate')
  return indexes.filter((index) => {
    const { expectedAt } = cycleOf(world, contract, index)
    return expectedAt >= start && expectedAt <= end
  })
}

const statusChange =
  (change: StatusChange) =>
  ({ subscriptionContractId }: { subscriptionContractId: string }, view: View) => {
    const contract = ours(
      view,
      view.world.contracts,
      gid(subscriptionContractId, 'SubscriptionContract'),
    )
    if (!contract)
      return failed('contract', {
        field: ['subscriptionContractId'],
        message: 'Subscription contract does not exist',
        code: 'INVALID',
      })
    const refusal = setStatus(view.world, contract, change)
    if (refusal) return failed('contract', { field: ['subscriptionContractId'], ...refusal })
    return { contract: contractNode(view, contract), userErrors: [] }
  }

export const MUTATIONS = {
  subscriptionBillingAttemptCreate: (
    { subscriptionContractId, subscriptionBillingAttemptInput: input }: AttemptArgs,
    view: View,
  ) => {
    const taken = requestAttempt(view.world, view.shop, {
      contractId: gid(subscriptionContractId, 'SubscriptionContract'),
      key: input.idempotencyKey,
      selector: {
        index: input.billingCycleSelector?.index ?? null,
        date: optionalDate(input.billingCycleSelector?.date, 'date'),
      },
      originTime: optionalDate(input.originTime, 'originTime'),
      allowOverselling: input.inventoryPolicy === 'ALLOW_OVERSELLING',
      createUnpaidOrder: input.paymentProcessingPolicy === 'SKIP_PAYMENT_AND_CREATE_UNPAID_ORDER',
      by: 'app',
      actor: input.actor ?? null,
    })
    if (taken.type === 'refused') {
      const { field, message, code } = taken
      return failed('subscriptionBillingAttempt', { field, message, code })
    }
    return { subscriptionBillingAttempt: attemptNode(view, taken.attempt), userErrors: [] }
  },

  subscriptionContractPause: statusChange('pause'),
  subscriptionContractActivate: statusChange('activate'),
  subscriptionContractCancel: statusChange('cancel'),
  subscriptionContractExpire: statusChange('expire'),
  subscriptionContractFail: statusChange('fail'),
  subscriptionContractSetNextBillingDate: (
    { contractId, date: to }: { contractId: string; date: string },
    view: View,
  ) => {
    const contract = ours(view, view.world.contracts, gid(contractId, 'SubscriptionContract'))
    if (!contract)
      return failed('contract', {
        field: ['contractId'],
        message: 'Subscription contract does not exist',
        code: 'INVALID',
      })
    contract.nextBillingDate = date(to, 'date')
    changed(view.world, contract)
    return { contract: contractNode(view, contract), userErrors: [] }
  },

  subscriptionContractUpdate: ({ contractId }: { contractId: string }, view: View) => {
    const contract = ours(view, view.world.contracts, gid(contractId, 'SubscriptionContract'))
    if (!contract)
      return failed('draft', {
        field: ['contractId'],
        message: 'Subscription contract does not exist',
        code: 'INVALID',
      })
    if (hasFutureEdits(view.world, contract))
      return failed(
        'draft',
        draftError('contractId', 'An order of this contract is edited', 'HAS_FUTURE_EDITS'),
      )
    const draft = beginDraft(view.world, contract, null)
    return { draft: draftNode(view, draft), userErrors: [] }
  },
  subscriptionDraftUpdate: ({ draftId, input }: DraftArgs, view: View) => {
    const draft = view.world.drafts.get(gid(draftId, 'SubscriptionDraft'))
    if (!draft || draft.committed)
      return failed('draft', draftError('draftId', 'Draft was committed or is gone', 'COMMITTED'))
    if (draft.cycleIndex !== null)
      throw new GraphQLError("The sandbox drafts only the lines of a billing cycle's order.")
    const known = ['paymentMethodId', 'status', 'nextBillingDate']
    const unknown = Object.keys(input).filter((key) => !known.includes(key))
    if (unknown.length > 0)
      throw new GraphQLError(
        `The sandbox drafts only ${known.join(', ')}, not ${unknown.join(', ')}.`,
      )
    if (input.paymentMethodId) {
      const method = ours(
        view,
        view.world.methods,
        gid(input.paymentMethodId, 'CustomerPaymentMethod'),
      )
      const contract = view.world.contracts.get(draft.contractId)
      if (!method || method.revokedAt !== null)
        return failed('draft', draftError('paymentMethodId', 'Payment method is gone', 'INVALID'))
      if (method.customerId !== contract?.customerId)
        return failed(
          'draft',
          draftError(
            'paymentMethodId',
            'Payment method is of another customer',
            'CUSTOMER_MISMATCH',
          ),
        )
      draft.paymentMethodId = method.id
    }
    if (input.status) draft.status = input.status
    if (input.nextBillingDate)
      draft.nextBillingDate = date(input.nextBillingDate, 'nextBillingDate')
    return { draft: draftNode(view, draft), userErrors: [] }
  },
  subscriptionDraftCommit: ({ draftId }: { draftId: string }, view: View) => {
    const draft = view.world.drafts.get(gid(draftId, 'SubscriptionDraft'))
    const contract = draft && view.world.contracts.get(draft.contractId)
    if (!draft || !contract || draft.committed)
      return failed(
        'contract',
        draftError('draftId', 'Draft was committed or is gone', 'COMMITTED'),
      )
    if (draft.cycleIndex !== null)
      return failed(
        'contract',
        draftError('draftId', 'The draft is of a billing cycle', 'BILLING_CYCLE_PRESENT'),
      )
    if (draft.revision !== contract.revision)
      return failed(
        'contract',
        draftError('draftId', 'The contract has changed since the draft', 'STALE_CONTRACT'),
      )
    draft.committed = true
    if (draft.paymentMethodId) contract.methodId = draft.paymentMethodId
    if (draft.nextBillingDate !== null) contract.nextBillingDate = draft.nextBillingDate
    if (draft.status) contract.status = draft.status
    changed(view.world, contract)
    return { contract: contractNode(view, contract), userErrors: [] }
  },

  subscriptionBillingCycleContractEdit: (
    { billingCycleInput: { contractId, selector } }: { billingCycleInput: CycleInput },
    view: View,
  ) => {
    const contract = ours(view, view.world.contracts, gid(contractId, 'SubscriptionContract'))
    if (!contract)
      return failed(
        'draft',
        draftError('billingCycleInput', 'Subscription contract does not exist', 'INVALID'),
      )
    const index = chosenIndex(view.world, contract, selector)
    if (!index)
      return failed(
        'draft',
        draftError('billingCycleInput', 'Billing cycle does not exist', 'CYCLE_INDEX_OUT_OF_RANGE'),
      )
    const shut = whyOrderIsShut(view.world, contract, index)
    if (shut) return failed('draft', draftError('billingCycleInput', shut, 'INVALID'))
    const draft = beginDraft(view.world, contract, index)
    return { draft: draftNode(view, draft), userErrors: [] }
  },
  subscriptionDraftLineUpdate: (
    { draftId, lineId, input }: { draftId: string; lineId: string; input: { quantity?: number } },
    view: View,
  ) => {
    const unknown = Object.keys(input).filter((key) => key !== 'quantity')
    if (unknown.length > 0)
      throw new GraphQLError(
        `The sandbox drafts only a line's quantity, not ${unknown.join(', ')}.`,
      )
    const found = lineOfDraft(view, draftId, lineId)
    if ('refusal' in found) return { ...failed('draft', found.refusal), lineUpdated: null }
    const { draft, contract, line } = found
    const { quantity = line.quantity } = input
    if (quantity < 1)
      return {
        ...failed(
          'draft',
          draftError('quantity', 'Quantity must be 1 or more', 'GREATER_THAN_OR_EQUAL_TO'),
        ),
        lineUpdated: null,
      }
    const changedLine = { ...line, quantity }
    draft.lines = (draft.lines ?? []).map((each) => (each.id === line.id ? changedLine : each))
    return {
      draft: draftNode(view, draft),
      lineUpdated: lineNode(view, contract, changedLine),
      userErrors: [],
    }
  },
  subscriptionDraftLineRemove: (
    { draftId, lineId }: { draftId: string; lineId: string },
    view: View,
  ) => {
    const found = lineOfDraft(view, draftId, lineId)
    const none = { lineRemoved: null, discountsUpdated: null }
    if ('refusal' in found) return { ...failed('draft', found.refusal), ...none }
    const { draft, contract, line } = found
    const left = (draft.lines ?? []).filter(({ id }) => id !== line.id)
    if (left.length === 0)
      return {
        ...failed('draft', draftError('lineId', 'Must have at least one line', 'INVALID_LINES')),
        ...none,
      }
    draft.lines = left
    return {
      draft: draftNode(view, draft),
      lineRemoved: lineNode(view, contract, line),
      discountsUpdated: [],
      userErrors: [],
    }
  },
  subscriptionBillingCycleContractDraftCommit: ({ draftId }: { draftId: string }, view: View) => {
    const no = (message: string, code: string) =>
      failed('contract', draftError('draftId', message, code))
    const found = openDraft(view, draftId)
    if (!found) return no('Draft was committed or is gone', 'COMMITTED')
    const { draft, contract } = found
    const { cycleIndex: index, lines } = draft
    if (index === null || lines === null)
      return no('The draft is of no billing cycle', 'BILLING_CYCLE_ABSENT')
    if (draft.revision !== contract.revision)
      return no('The contract has changed since the draft', 'STALE_CONTRACT')
    const shut = whyOrderIsShut(view.world, contract, index)
    if (shut) return no(shut, 'INVALID')
    draft.committed = true
    editOrder(view.world, contract, index, lines)
    const cycle = cycleOf(view.world, contract, index)
    return { contract: editedContractNode(view, cycle, lines), userErrors: [] }
  },

  subscriptionBillingCycleSkip: (args: { billingCycleInput: CycleInput }, view: View) =>
    skipping(view, args.billingCycleInput, true),
  subscriptionBillingCycleUnskip: (args: { billingCycleInput: CycleInput }, view: View) =>
    skipping(view, args.billingCycleInput, false),
  subscriptionBillingCycleScheduleEdit: (
    { billingCycleInput, input }: { billingCycleInput: CycleInput; input: ScheduleEdit },
    view: View,
  ) => {
    if (input.skip == null && !input.billingDate)
      return failed('billingCycle', {
        field: ['input'],
        message: 'Set skip or a billing date',
        code: 'EMPTY_BILLING_CYCLE_EDIT_SCHEDULE_INPUT',
      })
    return editing(view, billingCycleInput, 'CYCLE_NOT_FOUND', (contract, index) => {
      if (input.skip && input.billingDate)
        return {
          field: ['input'],
          message: 'A skipped cycle has no billing date',
          code: 'BILLING_DATE_SET_ON_SKIPPED',
        }
      if (input.skip != null) setSkipped(view.world, contract, index, input.skip)
      if (input.billingDate)
        moveCycle(view.world, contract, index, date(input.billingDate, 'billingDate'))
      return null
    })
  },

  subscriptionBillingCycleEditDelete: (
    { billingCycleInput }: { billingCycleInput: CycleInput },
    view: View,
  ) => {
    const { billingCycle, userErrors } = editing(
      view,
      billingCycleInput,
      'CYCLE_NOT_FOUND',
      (contract, index) => {
        if (!cycleOf(view.world, contract, index).edited)
          return {
            field: ['billingCycleInput'],
            message: 'There are no edits to delete',
            code: 'NO_CYCLE_EDITS',
          }
        forgetEdits(view.world, contract, index)
        return null
      },
    )
    return { billingCycles: billingCycle ? [billingCycle] : null, userErrors }
  },

  customerPaymentMethodSendUpdateEmail: (
    {
      customerPaymentMethodId,
      email,
    }: { customerPaymentMethodId: string; email?: Record<string, unknown> },
    view: View,
  ) => {
    const method = ours(
      view,
      view.world.methods,
      gid(customerPaymentMethodId, 'CustomerPaymentMethod'),
    )
    const customer = method && view.world.customers.get(method.customerId)
    if (!method || !customer)
      return failed('customer', {
        field: ['customerPaymentMethodId'],
        message: 'Payment method does not exist',
      })
    // A revoked method has nothing to update, and only cards, PayPal and Shop Pay have a page for it.
    if (method.revokedAt !== null)
      return failed('customer', {
        field: ['customerPaymentMethodId'],
        message: 'Payment method is revoked',
      })
    if (method.instrument === 'bank_account')
      return failed('customer', {
        field: ['customerPaymentMethodId'],
        message: 'Payment method cannot be updated by email',
      })
    const extra = Object.keys(email ?? {}).filter((key) => key !== 'from' && key !== 'bcc')
    if (extra.length > 0)
      return failed('customer', {
        field: ['email'],
        message: `Only from and bcc are accepted, not ${extra.join(', ')}`,
      })
    if (!customer.email)
      return failed('customer', { field: ['email'], message: 'Customer has no email address' })
    view.world.mail({
      shop: view.shop.domain,
      to: customer.email,
      subject: `Update your payment method for ${view.shop.name}`,
      text: `${customer.firstName}, use this link to update the payment method of your subscription with ${view.shop.name}.`,
      link: `${view.ownUrl}/payment-method/${method.token}`,
    })
    return { customer: customerNode(view, customer), userErrors: [] }
  },
  customerPaymentMethodGetUpdateUrl: (
    { customerPaymentMethodId }: { customerPaymentMethodId: string },
    view: View,
  ) => {
    const method = ours(
      view,
      view.world.methods,
      gid(customerPaymentMethodId, 'CustomerPaymentMethod'),
    )
    const field = ['customerPaymentMethodId']
    if (!method || method.revokedAt !== null)
      return failed('updatePaymentMethodUrl', {
        field,
        message: 'Payment method does not exist',
        code: 'PAYMENT_METHOD_DOES_NOT_EXIST',
      })
    if (method.instrument !== 'shop_pay')
      return failed('updatePaymentMethodUrl', {
        field,
        message: 'Only Shop Pay has an update URL',
        code: 'INVALID_INSTRUMENT',
      })
    return {
      updatePaymentMethodUrl: `${view.ownUrl}/payment-method/${method.token}`,
      userErrors: [],
    }
  },
}

type AttemptArgs = {
  subscriptionContractId: string
  subscriptionBillingAttemptInput: {
    idempotencyKey: string
    billingCycleSelector?: Selector | null
    originTime?: string | null
    inventoryPolicy?: string | null
    paymentProcessingPolicy?: string | null
    actor?: string | null
  }
}
type DraftArgs = {
  draftId: string
  input: { paymentMethodId?: string; status?: Contract['status']; nextBillingDate?: string }
}
type ScheduleEdit = { skip?: boolean | null; billingDate?: string | null; reason: string }

function skipping(view: View, input: CycleInput, skipped: boolean): object {
  return editing(view, input, 'INVALID', (contract, index) => {
    setSkipped(view.world, contract, index, skipped)
    return null
  })
}

/** Changes one cycle, unless an attempt on it is in flight. `missing`: the code of this mutation for no such cycle. */
function editing(
  view: View,
  { contractId, selector }: CycleInput,
  missing: string,
  edit: (contract: Contract, index: number) => UserError | null,
): { billingCycle?: object | null; userErrors: UserError[] } {
  const contract = ours(view, view.world.contracts, gid(contractId, 'SubscriptionContract'))
  const index = contract && chosenIndex(view.world, contract, selector)
  const field = ['billingCycleInput']
  if (!contract || !index)
    return failed('billingCycle', { field, message: 'Billing cycle does not exist', code: missing })
  // Skip and Unskip know one code only: INVALID. The schedule edit has one for this.
  const busy = missing === 'INVALID' ? 'INVALID' : 'INCOMPLETE_BILLING_ATTEMPTS'
  if (underWay(view.world, contract, index))
    return failed('billingCycle', {
      field,
      message: 'Billing cycle has billing attempts in progress',
      code: busy,
    })
  try {
    const problem = edit(contract, index)
    if (problem) return failed('billingCycle', problem)
  } catch (error) {
    if (!(error instanceof NotPossible)) throw error
    return failed('billingCycle', { field, message: error.message, code: 'INVALID' })
  }
  return { billingCycle: cycleNode(view, cycleOf(view.world, contract, index)), userErrors: [] }
}

/** A payload that holds nothing but what was wrong. */
const failed = (result: string, error: UserError): { userErrors: UserError[] } => ({
  ...{ [result]: null },
  userErrors: [{ ...error }],
})

function beginDraft(world: World, contract: Contract, cycleIndex: number | null): Draft {
  const draft: Draft = {
    id: newId(world, 'SubscriptionDraft'),
    contractId: contract.id,
    cycleIndex,
    lines: cycleIndex === null ? null : linesOf(contract, cycleIndex),
    revision: contract.revision,
    committed: false,
    paymentMethodId: null,
    status: null,
    nextBillingDate: null,
  }
  world.drafts.set(draft.id, draft)
  return draft
}

/** A draft of this shop that is not committed yet. */
function openDraft(view: View, draftId: string): { draft: Draft; contract: Contract } | null {
  const draft = view.world.drafts.get(gid(draftId, 'SubscriptionDraft'))
  const contract = draft && ours(view, view.world.contracts, draft.contractId)
  return draft && contract && !draft.committed ? { draft, contract } : null
}

function lineOfDraft(
  view: View,
  draftId: string,
  lineId: string,
): { draft: Draft; contract: Contract; line: Line } | { refusal: UserError } {
  const found = openDraft(view, draftId)
  if (!found)
    return { refusal: draftError('draftId', 'Draft was committed or is gone', 'COMMITTED') }
  const { draft, contract } = found
  if (draft.cycleIndex === null)
    throw new GraphQLError('The sandbox drafts the lines of a billing cycle only.')
  const isIt = ({ id }: Line) => id === gid(lineId, 'SubscriptionLine')
  const line = draft.lines?.find(isIt)
  if (line) return { draft, contract, line }
  const wasThere = linesOf(contract, draft.cycleIndex).some(isIt)
  return {
    refusal: wasThere
      ? draftError('lineId', 'Line has already been removed', 'ALREADY_REMOVED')
      : draftError('lineId', 'Line does not exist', 'INVALID'),
  }
}

/** Why the order of a cycle cannot be edited any more. Ours: Shopify names no code for it, so it is INVALID. */
function whyOrderIsShut(world: World, contract: Contract, index: number): string | null {
  const { billedBy, skipped } = cycleOf(world, contract, index)
  if (contract.status === 'CANCELLED' || contract.status === 'EXPIRED')
    return 'Contract has been terminated'
  if (billedBy) return 'Billing cycle is billed'
  if (skipped) return 'Billing cycle is skipped'
  return underWay(world, contract, index) ? 'Billing cycle has billing attempts in progress' : null
}

const draftError = (field: string, message: string, code: string): UserError => ({
  field: [field],
  message,
  code,
})

function chosenIndex(world: World, contract: Contract, selector: Selector): number | null {
  if ((selector.index == null) === (selector.date == null))
    throw new GraphQLError('Select a billing cycle by index or by date, not by both.')
  const index = selector.index ?? indexAt(world, contract, date(selector.date, 'date'))
  return index >= 1 && index <= lastIndex(world, contract) ? index : null
}

function nodeOf(view: View, id: string): unknown {
  const type = /^gid:\/\/shopify\/(\w+)\//.exec(id)?.[1] ?? ''
  const finder = NODES[type]
  if (!finder) throw new GraphQLError(`The sandbox cannot look up a node of type "${type}" yet.`)
  demandAccessTo(type, view.shop.scopes)
  return finder({ id }, view)
}

const NODES: Record<string, (args: Id, view: View) => unknown> = {
  SubscriptionContract: QUERIES.subscriptionContract,
  SubscriptionBillingAttempt: QUERIES.subscriptionBillingAttempt,
  Customer: QUERIES.customer,
  CustomerPaymentMethod: ({ id }, view) =>
    QUERIES.customerPaymentMethod({ id, showRevoked: true }, view),
  Order: QUERIES.order,
  ProductVariant: QUERIES.productVariant,
}

/** An app sees its own shop only. */
function ours<T extends { id: string; shop: string }>(
  view: View,
  everything: Map<string, T>,
  id: string,
): T | null {
  const found = everything.get(id)
  return found && found.shop === view.shop.domain ? found : null
}

const all = <T extends { shop: string }>(view: View, everything: Map<string, T>): T[] =>
  [...everything.values()].filter((each) => each.shop === view.shop.domain)

const show = <T>(found: T | null, node: (found: T) => object): object | null =>
  found === null ? null : node(found)

/** An id must be a gid of the right type, as Shopify demands. */
function gid(id: string, type: string): string {
  if (id.startsWith(`gid://shopify/${type}/`)) return id
  throw new GraphQLError(`Invalid global id '${id}'`, {
    extensions: { code: 'INVALID_VARIABLE', problems: [{ explanation: `not a ${type}` }] },
  })
}

function date(text: unknown, name: string): number {
  const at = Date.parse(String(text))
  if (Number.isNaN(at)) throw new GraphQLError(`${name}: "${String(text)}" is no DateTime.`)
  return at
}

const optionalDate = (text: unknown, name: string): number | null =>
  text == null ? null : date(text, name)
