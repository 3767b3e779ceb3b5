/** What is told of a contract, and that it changed. */
import { contractBody } from './bodies.ts'
import { type Contract, shopOf, type World } from './world.ts'

export type StatusChange = 'pause' | 'activate' | 'cancel' | 'expire' | 'fail'

export function tellContract(
  world: World,
  contract: Contract,
  what: 'create' | 'update' | StatusChange,
): void {
  const body = { ...contractBody(contract), currency_code: shopOf(world, contract.shop).currency }
  world.tell({ topic: `subscription_contracts/${what}`, shop: contract.shop, body })
}

/** Something about the contract changed that has no topic of its own. */
export function changed(world: World, contract: Contract): void {
  touch(world, contract)
  tellContract(world, contract, 'update')
}

/** Marks a contract as changed now. */
export function touch(world: World, contract: Contract): void {
  contract.updatedAt = world.now
  world.changedAt = world.now
  contract.revision += 1
}
