/**
 * Billing cycles: when each one is expected, in the shop's zone.
 *
 * A cycle runs from its plain date to the next one's. Local time stays the same across daylight saving; months are
 * counted from the first charge, so the 31st gives the 28th in February and the 31st again in March.
 */
import { Temporal } from 'temporal-polyfill'
import { type Contract, type CycleNote, type Line, shopOf, tail, type World } from './world.ts'

export type Cycle = {
  contract: Contract
  index: number
  startAt: number
  endAt: number
  /** When it is to be charged: the edited date, else the plain one. */
  expectedAt: number
  skipped: boolean
  edited: boolean
  /** What it ships, when its order was edited. */
  lines: Line[] | null
  billedBy: string | null
}

/** How many cycles beyond today's can be read and billed. Ours: Shopify states no number. */
export const UPCOMING_CYCLES = 120

export function cycleOf(world: World, contract: Contract, index: number): Cycle {
  const note = contract.cycles.get(index)
  const startAt = plainDate(world, contract, index)
  return {
    contract,
    index,
    startAt,
    endAt: plainDate(world, contract, index + 1),
    expectedAt: note?.billingDate ?? startAt,
    skipped: note?.skipped ?? false,
    edited: note?.edited ?? false,
    lines: note?.lines ?? null,
    billedBy: note?.billedBy ?? null,
  }
}

/** The index of the cycle that holds this instant; 0 when it lies before the first. */
export function indexAt(world: World, contract: Contract, at: number): number {
  if (at < contract.firstChargeAt) return 0
  const days = { DAY: 1, WEEK: 7, MONTH: 30.4375, YEAR: 365.25 }[contract.interval]
  const length = days * contract.intervalCount * 86_400_000
  let index = Math.max(1, Math.floor((at - contract.firstChargeAt) / length))
  while (plainDate(world, contract, index + 1) <= at) index += 1
  while (index > 1 && plainDate(world, contract, index) > at) index -= 1
  return index
}

/** The last index that can be read or billed today. */
export const lastIndex = (world: World, contract: Contract): number =>
  indexAt(world, contract, world.now) + UPCOMING_CYCLES

/** The entry of a cycle that is about to change. */
export function noteOf(contract: Contract, index: number): CycleNote {
  const known = contract.cycles.get(index)
  if (known) return known
  const fresh: CycleNote = {
    skipped: false,
    edited: false,
    billingDate: null,
    lines: null,
    billedBy: null,
  }
  contract.cycles.set(index, fresh)
  return fresh
}

/** What is shipped and charged: a cycle's own lines where its order was edited, else those of the contract. */
export function linesOf(contract: Contract, index: number | null = null): Line[] {
  const edited = index === null ? null : contract.cycles.get(index)?.lines
  if (edited) return edited
  const { id, variantId, productTitle: title, price, quantity, also } = contract
  return [
    { id: `gid://shopify/SubscriptionLine/${tail(id)}`, variantId, title, price, quantity },
    ...also,
  ]
}

/** First charge, interval and the shop's zone never change, so a date is worked out once. */
const plainDates = new WeakMap<Contract, Map<number, number>>()

function plainDate(world: World, contract: Contract, index: number): number {
  const dates = plainDates.get(contract) ?? new Map<number, number>()
  plainDates.set(contract, dates)
  const known = dates.get(index)
  if (known !== undefined) return known
  const at = datedAnew(world, contract, index)
  dates.set(index, at)
  return at
}

function datedAnew(world: World, contract: Contract, index: number): number {
  const first = Temporal.Instant.fromEpochMilliseconds(contract.firstChargeAt).toZonedDateTimeISO(
    shopOf(world, contract.shop).zone,
  )
  const count = (index - 1) * contract.intervalCount
  const unit = { DAY: 'days', WEEK: 'weeks', MONTH: 'months', YEAR: 'years' }[contract.interval]
  return first
    .toPlainDateTime()
    .add({ [unit]: count })
    .toZonedDateTime(first.timeZoneId).epochMilliseconds
}

/** The shop's calendar day of an instant, e.g. "2026-11-12". */
export const dayIn = (zone: string, at: number): string =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate().toString()
