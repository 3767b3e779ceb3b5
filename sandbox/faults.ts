/** Planned faults of the Admin API: an answer lost after the work was done, errors, silence, refusals. */
import { NotPossible } from './world/world.ts'

export type FaultMode = 'lose_answer' | 'http_500' | 'throttled' | 'timeout' | 'refuse'

export type Fault = {
  /** A root field, `*` for any, or `access_token` for the token endpoint. */
  operation: string
  mode: FaultMode
  /** With `refuse`: the code of the user error. */
  code: string | null
  times: number
  shop: string | null
}

const MODES: string[] = ['lose_answer', 'http_500', 'throttled', 'timeout', 'refuse']

export function asFault(given: Record<string, unknown>): Fault {
  const mode = String(given.mode)
  if (!MODES.includes(mode))
    throw new NotPossible(`A fault's mode is one of ${MODES.join(', ')}, not "${mode}".`, 400)
  return {
    operation: String(given.operation ?? '*'),
    mode: mode as FaultMode,
    code: given.code === undefined ? null : String(given.code),
    times: Number(given.times ?? 1),
    shop: given.shop === undefined ? null : String(given.shop),
  }
}

/** `times: 0`: the outage is over, whatever was left of it. */
export function endFaults(faults: Fault[], over: Fault): void {
  const isOver = (fault: Fault) =>
    fault.operation === over.operation && fault.mode === over.mode && fault.shop === over.shop
  faults.splice(0, faults.length, ...faults.filter((fault) => !isOver(fault)))
}

/** The fault that strikes this request, used up by one; null when none does. */
export function takeFault(
  faults: Fault[],
  operations: string[],
  shop: string | null,
): Fault | null {
  const index = faults.findIndex(
    (fault) =>
      (fault.shop === null || fault.shop === shop) &&
      (operations.includes(fault.operation) ||
        (fault.operation === '*' && !operations.includes('access_token'))),
  )
  const fault = faults[index]
  if (!fault) return null
  fault.times -= 1
  if (fault.times <= 0) faults.splice(index, 1)
  return fault
}
