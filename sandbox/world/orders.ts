/** Orders, and what a cycle costs. */
import { orderBody, refundBody } from './bodies.ts'
import { linesOf } from './cycles.ts'
import { plus, times, withTax } from './money.ts'
import { type Contract, NotPossible, newId, type Order, shopOf, type World } from './world.ts'

/** What the shopper pays for a cycle: lines, delivery, tax. Without an index: for the first order. */
export const orderTotal = (contract: Contract, index: number | null): string =>
  withTax(
    linesOf(contract, index)
      .map(({ price, quantity }) => times(price, quantity))
      .reduce(plus, contract.deliveryPrice),
    contract.taxRate,
  )

export function makeOrder(
  world: World,
  contract: Contract,
  index: number | null,
  financialStatus: 'PAID' | 'PENDING',
): string {
  const id = newId(world, 'Order')
  world.orders.set(id, {
    id,
    shop: contract.shop,
    contractId: contract.id,
    customerId: contract.customerId,
    name: `#${1000 + world.orders.size + 1}`,
    total: orderTotal(contract, index),
    currency: shopOf(world, contract.shop).currency,
    financialStatus,
    refunded: '0.00',
    createdAt: world.now,
  })
  return id
}

/** An order that was made without money gets it: its link was followed, or the merchant marked it as paid. */
export function payOrder(world: World, order: Order): void {
  if (order.financialStatus === 'PAID')
    throw new NotPossible(`Order ${order.name} is paid already.`)
  order.financialStatus = 'PAID'
  world.changedAt = world.now
  world.tell({ topic: 'orders/paid', shop: order.shop, body: orderBody(world, order.id) })
}

/** The merchant gives money back, all of it unless told otherwise. The cycle stays billed. */
export function refundOrder(world: World, order: Order, amount: string): void {
  const refunded = plus(order.refunded, amount)
  if (order.financialStatus !== 'PAID' || Number(refunded) > Number(order.total))
    throw new NotPossible(`Order ${order.name} has not taken ${amount} that could be given back.`)
  order.refunded = refunded
  const id = newId(world, 'Refund')
  world.tell({
    topic: 'refunds/create',
    shop: order.shop,
    body: refundBody(id, order.id, amount, world.now),
  })
}

/** What Shopify shows beside an order. */
export function financialStatus({ financialStatus: status, refunded, total }: Order): string {
  if (Number(refunded) === 0) return status
  return Number(refunded) < Number(total) ? 'PARTIALLY_REFUNDED' : 'REFUNDED'
}
