/** The other biller: makes the first charge of every cycle. */
import { plan } from './agenda.ts'
import { requestAttempt } from './attempts.ts'
import { cycleOf } from './cycles.ts'
import { type Contract, NotPossible, shopOf, tail, type World } from './world.ts'

/**
 * The merchant's biller: charges each cycle once, on its date, with keys of its own. It never retries. A cycle whose
 * date is moved gets a new plan; the old one finds another date and does nothing.
 */
export function planBiller(
  world: World,
  contract: Contract,
  index: number,
  statesOrigin: boolean,
): void {
  const { expectedAt } = cycleOf(world, contract, index)
  plan(world.agenda, Math.max(expectedAt, world.now), `first charge of cycle ${index}`, () => {
    const cycle = cycleOf(world, contract, index)
    if (cycle.expectedAt > world.now) {
      planBiller(world, contract, index, statesOrigin)
      return
    }
    planBiller(world, contract, index + 1, statesOrigin)
    contract.nextBillingDate = cycleOf(world, contract, index + 1).expectedAt
    const shop = shopOf(world, contract.shop)
    if (contract.status !== 'ACTIVE' || cycle.skipped || cycle.billedBy || !shop.installed) return
    requestAttempt(world, shop, {
      contractId: contract.id,
      key: `native-${tail(contract.id)}-${index}`,
      selector: { index },
      originTime: statesOrigin ? expectedAt : null,
      allowOverselling: false,
      createUnpaidOrder: false,
      by: 'biller',
    })
  })
}

/** The biller charges a cycle now, once more or before its date. It says neither which cycle nor when that is due. */
export function chargeAgain(
  world: World,
  contract: Contract,
  index: number,
  unlisted: boolean,
): string {
  const taken = requestAttempt(world, shopOf(world, contract.shop), {
    contractId: contract.id,
    key: `native-again-${world.lastId}`,
    selector: { index },
    originTime: null,
    allowOverselling: false,
    createUnpaidOrder: false,
    by: 'biller',
  })
  if (taken.type === 'refused') throw new NotPossible(`${taken.code}: ${taken.message}`)
  taken.attempt.unlisted = unlisted
  return taken.attempt.id
}
