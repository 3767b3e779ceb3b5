/** Orders, and what a cycle costs. */
import { plus, times, withTax } from './money.ts'
import { type Contract, newId, shopOf, type World } from './world.ts'

/** What the shopper pays: lines, delivery, tax. */
export const orderTotal = (contract: Contract): string =>
  withTax(plus(times(contract.price, contract.quantity), contract.deliveryPrice), contract.taxRate)

export function makeOrder(
  world: World,
  contract: Contract,
  financialStatus: 'PAID' | 'PENDING',
): string {
  const id = newId(world, 'Order')
  world.orders.set(id, {
    id,
    shop: contract.shop,
    contractId: contract.id,
    customerId: contract.customerId,
    name: `#${1000 + world.orders.size + 1}`,
    total: orderTotal(contract),
    currency: shopOf(world, contract.shop).currency,
    financialStatus,
    createdAt: world.now,
  })
  return id
}
