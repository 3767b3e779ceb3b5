/**
 * What the order of one billing cycle holds, and less of it in its place. Shopify edits the cycle's own copy of the
 * contract; the contract and later orders stay as they are.
 */
import type { Money, SmallerOrder } from '../dunning/types.ts'
import type { Admin } from './admin.server.ts'
import { perPiece, sameDecimal, sumOfDecimals } from './amounts.ts'
import { type Done, doneOr, type Payload } from './contracts.server.ts'
import type { CycleRef } from './facts.server.ts'

export type WholeOrder = {
  /** `price`: of one piece, its discounts in it, before tax; rounded to the currency's smallest coin. */
  lines: { id: string; title: string; quantity: number; price: Money }[]
  /** With delivery, before tax. */
  whole: Money
  /** Somebody has changed this order already, or its date. */
  isEdited: boolean
}

/** Null: Shopify does not show it, or it has more than 50 lines. */
export async function readOrder(admin: Admin, cycle: CycleRef): Promise<WholeOrder | null> {
  const { contract, cycle: node } = await ask(admin, cycle)
  if (!contract || !node || contract.lines.pageInfo.hasNextPage) return null
  const currency = contract.currencyCode
  return {
    lines: contract.lines.nodes.map(
      ({ id, title, variantTitle, quantity, lineDiscountedPrice }) => ({
        id,
        title: variantTitle ? `${title} (${variantTitle})` : title,
        quantity,
        price: { amount: perPiece(lineDiscountedPrice.amount, quantity, currency), currency },
      }),
    ),
    whole: { amount: costOf(contract), currency },
    isEdited: node.edited,
  }
}

type Priced = { ok: true; amount: string; draftId: string } | Extract<Done, { ok: false }>

/**
 * What less of an order would cost, asked of Shopify with a draft that is never committed: nothing changes by it. Refused
 * where Shopify would not make such an order.
 */
export async function priceSmaller(
  admin: Admin,
  cycle: CycleRef,
  lines: SmallerOrder['lines'],
): Promise<Priced> {
  const { contract } = await ask(admin, cycle)
  return contract ? draft(admin, cycle, contract.lines.nodes, lines) : refused('it is gone')
}

/**
 * Puts less of an order in place of the whole, as it was priced before; done already is done. A change that somebody
 * else made to this order, or to its prices, is left as it is, and refuses ours.
 */
export async function putSmaller(
  admin: Admin,
  cycle: CycleRef,
  wanted: SmallerOrder,
): Promise<Done> {
  const { contract, cycle: node } = await ask(admin, cycle)
  if (!contract || !node) return refused('it is gone')
  const whole = contract.lines.nodes
  if (isInPlace(node, whole, wanted)) return { ok: true }
  if (node.edited) return refused('the shop has changed this order itself')
  const drafted = await draft(admin, cycle, whole, wanted.lines)
  if (!drafted.ok) return drafted
  if (!sameDecimal(drafted.amount, wanted.amount))
    return refused(`it costs ${drafted.amount} by now, not ${wanted.amount}`)
  const { subscriptionBillingCycleContractDraftCommit: answer } = await admin.request<{
    subscriptionBillingCycleContractDraftCommit: Payload
  }>(COMMIT, { draftId: drafted.draftId })
  return doneOr(answer)
}

/**
 * Takes back what `putSmaller` put in place, and nothing that somebody else did; done already is done. Shopify deletes
 * all edits of a cycle at once, so one that was skipped or put off meanwhile keeps them all: it would be due again.
 */
export async function putWhole(
  admin: Admin,
  cycle: CycleRef,
  inPlace: SmallerOrder,
  now: Date,
): Promise<Done> {
  const { contract, cycle: node } = await ask(admin, cycle)
  if (!contract || !node?.editedContract || node.status === 'BILLED') return { ok: true }
  if (node.skipped) return { ok: false, code: SKIPPED, message: 'this order was skipped meanwhile' }
  if (new Date(node.billingAttemptExpectedDate) > now)
    return refused('this order was put off meanwhile')
  if (!isInPlace(node, contract.lines.nodes, inPlace))
    return { ok: false, code: NOT_OURS, message: 'the shop has changed this order itself' }
  const { subscriptionBillingCycleEditDelete: answer } = await admin.request<{
    subscriptionBillingCycleEditDelete: Payload
  }>(DELETE_EDIT, { cycle: selected(cycle) })
  const done = doneOr(answer)
  return !done.ok && done.code === 'NO_CYCLE_EDITS' ? { ok: true } : done
}

/** Two orders are the same when they hold the same pieces at the same sum: an edited one may name its lines anew. */
function isInPlace({ editedContract: edited }: CycleNode, whole: LineNode[], wanted: SmallerOrder) {
  if (!edited || !sameDecimal(costOf(edited), wanted.amount)) return false
  const expected = taken(whole, wanted.lines)
  return expected !== null && piecesOf(edited.lines.nodes) === piecesOf(expected)
}

/** The lines that are left; null: these are not the lines of this order, or not less of it. */
function taken(whole: readonly LineNode[], lines: SmallerOrder['lines']): LineNode[] | null {
  const wanted = new Map(lines.map(({ id, quantity }) => [id, quantity]))
  const isOfThis = wanted.size === whole.length && whole.every(({ id }) => wanted.has(id))
  const left = whole.map((line) => ({ ...line, quantity: wanted.get(line.id) ?? 0 }))
  const isLess = left.some(({ quantity }, i) => quantity < (whole[i]?.quantity ?? 0))
  const isMore = left.some(({ quantity }, i) => quantity > (whole[i]?.quantity ?? 0))
  const some = left.filter(({ quantity }) => quantity > 0)
  return isOfThis && isLess && !isMore && some.length > 0 ? some : null
}

function piecesOf(lines: readonly LineNode[]): string {
  return lines
    .map((line) => `${whatOf(line)} ${line.quantity}`)
    .sort()
    .join('\n')
}

function whatOf({ variantId, title }: LineNode): string {
  return variantId ?? title
}

async function draft(
  admin: Admin,
  cycle: CycleRef,
  whole: readonly LineNode[],
  lines: SmallerOrder['lines'],
): Promise<Priced> {
  const left = taken(whole, lines)
  if (!left) return refused('the order holds something else by now')
  const { subscriptionBillingCycleContractEdit: begun } = await admin.request<{
    subscriptionBillingCycleContractEdit: DraftPayload
  }>(BEGIN, { cycle: selected(cycle) })
  const opened = begun?.draft
  if (!opened) return refusalOf(begun)
  let now = opened
  for (const [i, line] of whole.entries()) {
    const quantity = left.find(({ id }) => id === line.id)?.quantity ?? 0
    if (quantity === line.quantity) continue
    const own = opened.lines.nodes.find(({ id }) => id === line.id) ?? opened.lines.nodes[i]
    if (!own || whatOf(own) !== whatOf(line) || own.quantity !== line.quantity)
      return refused('the order holds something else by now')
    const answer = await draftLine(admin, opened.id, own.id, quantity)
    if (!answer?.draft) return refusalOf(answer)
    now = answer.draft
  }
  return { ok: true, amount: costOf(now), draftId: opened.id }
}

async function draftLine(
  admin: Admin,
  draftId: string,
  lineId: string,
  quantity: number,
): Promise<DraftPayload> {
  if (quantity === 0) {
    const { subscriptionDraftLineRemove: removed } = await admin.request<{
      subscriptionDraftLineRemove: DraftPayload
    }>(REMOVE_LINE, { draftId, lineId })
    return removed
  }
  const { subscriptionDraftLineUpdate: updated } = await admin.request<{
    subscriptionDraftLineUpdate: DraftPayload
  }>(SET_QUANTITY, { draftId, lineId, quantity })
  return updated
}

function costOf({ lines, deliveryPrice }: OrderNode): string {
  // `lineDiscountedPrice` is the whole line: its quantity and discounts are in it already.
  const prices = lines.nodes.map(({ lineDiscountedPrice }) => lineDiscountedPrice.amount)
  return sumOfDecimals([...prices, deliveryPrice?.amount ?? '0'])
}

/** The order is another than the one that was put in place: whoever changed it is right. */
export const NOT_OURS = 'NOT_OURS'

/** The order is skipped, and would not be once its edit is deleted: from then on it is what it is. */
export const SKIPPED = 'SKIPPED'

function refused(message: string): Extract<Done, { ok: false }> {
  return { ok: false, code: 'NOT_POSSIBLE', message }
}

function refusalOf(payload: Payload): Extract<Done, { ok: false }> {
  const done = doneOr(payload)
  return done.ok ? refused('Shopify gave neither a draft nor a reason') : done
}

function selected({ contractId, cycleIndex }: CycleRef) {
  return { contractId, selector: { index: cycleIndex } }
}

function ask(admin: Admin, { contractId, cycleIndex }: CycleRef): Promise<OrderAnswer> {
  return admin.request<OrderAnswer>(ORDER, { contractId, cycleIndex })
}

type OrderAnswer = {
  contract:
    | (OrderNode & { currencyCode: string; lines: { pageInfo: { hasNextPage: boolean } } })
    | null
  cycle: CycleNode | null
}

type CycleNode = {
  status: 'BILLED' | 'UNBILLED'
  skipped: boolean
  billingAttemptExpectedDate: string
  edited: boolean
  editedContract: OrderNode | null
}

type OrderNode = { deliveryPrice: { amount: string } | null; lines: { nodes: LineNode[] } }

type LineNode = {
  id: string
  title: string
  variantTitle: string | null
  variantId: string | null
  quantity: number
  lineDiscountedPrice: { amount: string }
}

type DraftPayload = (NonNullable<Payload> & { draft: (OrderNode & { id: string }) | null }) | null

const LINE = `#graphql
  fragment OrderLine on SubscriptionLine {
    id
    title
    variantTitle
    variantId
    quantity
    lineDiscountedPrice {
      amount
    }
  }
`

const DRAFT = `#graphql
  fragment OrderDraft on SubscriptionDraft {
    id
    deliveryPrice {
      amount
    }
    lines(first: 50) {
      nodes {
        ...OrderLine
      }
    }
  }
`

const ORDER = `#graphql
  query OrderInParts($contractId: ID!, $cycleIndex: Int!) {
    contract: subscriptionContract(id: $contractId) {
      currencyCode
      deliveryPrice {
        amount
      }
      lines(first: 50) {
        nodes {
          ...OrderLine
        }
        pageInfo {
          hasNextPage
        }
      }
    }
    cycle: subscriptionBillingCycle(billingCycleInput: { contractId: $contractId, selector: { index: $cycleIndex } }) {
      status
      skipped
      billingAttemptExpectedDate
      edited
      editedContract {
        deliveryPrice {
          amount
        }
        lines(first: 50) {
          nodes {
            ...OrderLine
          }
        }
      }
    }
  }
  ${LINE}
`

const BEGIN = `#graphql
  mutation BeginOrderDraft($cycle: SubscriptionBillingCycleInput!) {
    subscriptionBillingCycleContractEdit(billingCycleInput: $cycle, actor: CUSTOMER) {
      draft {
        ...OrderDraft
      }
      userErrors {
        code
        message
      }
    }
  }
  ${DRAFT}
  ${LINE}
`

const SET_QUANTITY = `#graphql
  mutation DraftLineQuantity($draftId: ID!, $lineId: ID!, $quantity: Int!) {
    subscriptionDraftLineUpdate(draftId: $draftId, lineId: $lineId, input: { quantity: $quantity }) {
      draft {
        ...OrderDraft
      }
      userErrors {
        code
        message
      }
    }
  }
  ${DRAFT}
  ${LINE}
`

const REMOVE_LINE = `#graphql
  mutation DraftLineOut($draftId: ID!, $lineId: ID!) {
    subscriptionDraftLineRemove(draftId: $draftId, lineId: $lineId) {
      draft {
        ...OrderDraft
      }
      userErrors {
        code
        message
      }
    }
  }
  ${DRAFT}
  ${LINE}
`

const COMMIT = `#graphql
  mutation CommitOrderDraft($draftId: ID!) {
    subscriptionBillingCycleContractDraftCommit(draftId: $draftId) {
      userErrors {
        code
        message
      }
    }
  }
`

const DELETE_EDIT = `#graphql
  mutation WholeOrderAgain($cycle: SubscriptionBillingCycleInput!) {
    subscriptionBillingCycleEditDelete(billingCycleInput: $cycle) {
      userErrors {
        code
        message
      }
    }
  }
`
