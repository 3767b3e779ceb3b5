/** Planned faults of the Admin API: an answer lost after the work was done, errors, silence, refusals; or by chance. */
import { pick, type Random, randomFrom } from './random.ts'
import { NotPossible } from './world/world.ts'

export type FaultMode =
  | 'lose_answer'
  | 'late'
  | 'then'
  | 'http_500'
  | 'throttled'
  | 'timeout'
  | 'refuse'

export type Fault = {
  /** A root field, `*` for any, or `access_token` for the token endpoint. */
  operation: string
  mode: FaultMode
  /** With `refuse`: the code of the user error. */
  code: string | null
  /** With `then`: what of the control API is done once the answer is ready and before it goes out. */
  path: string
  body: unknown
  times: number
  shop: string | null
  /** With `late`: how long the answer waits. Milliseconds, real time. */
  lateMs: number
  /** Strikes by chance, as often as this says; null: at once, `times` times. */
  chance: { probability: number; random: Random } | null
}

const MODES: string[] = [
  'lose_answer',
  'late',
  'then',
  'http_500',
  'throttled',
  'timeout',
  'refuse',
]

/** What goes wrong by chance, and how often each. An app gives up after ten seconds, so silence is rare. */
const BY_CHANCE: [FaultMode, number][] = [
  ['http_500', 0.35],
  ['throttled', 0.25],
  ['lose_answer', 0.2],
  ['late', 0.199],
  ['timeout', 0.001],
]
/** The longest a late answer takes. Milliseconds, real time. */
const LATEST_MS = 800

export function asFault(given: Record<string, unknown>): Fault {
  const chance =
    given.mode === 'random'
      ? {
          probability: Number(given.probability ?? 0.05),
          random: randomFrom(Number(given.seed ?? 1)),
        }
      : null
  if (chance && !(chance.probability >= 0 && chance.probability <= 1))
    throw new NotPossible('A probability lies between 0 and 1.', 400)
  const mode = chance ? 'http_500' : String(given.mode)
  if (!MODES.includes(mode))
    throw new NotPossible(
      `A fault's mode is random or one of ${MODES.join(', ')}, not "${mode}".`,
      400,
    )
  return {
    operation: String(given.operation ?? '*'),
    mode: mode as FaultMode,
    code: given.code === undefined ? null : String(given.code),
    path: String(given.path ?? ''),
    body: given.body,
    times: chance ? Number.POSITIVE_INFINITY : Number(given.times ?? 1),
    shop: given.shop === undefined ? null : String(given.shop),
    lateMs: Number(given.lateMs ?? LATEST_MS),
    chance,
  }
}

/** Whether this only says that faults of its kind are over. */
export const isEnd = ({ times, chance }: Fault): boolean =>
  chance ? chance.probability === 0 : times <= 0

/** `times: 0`, or a probability of 0: the outage is over, whatever was left of it. */
export function endFaults(faults: Fault[], over: Fault): void {
  const isOver = (fault: Fault) =>
    fault.operation === over.operation &&
    (over.chance ? fault.chance !== null : fault.mode === over.mode) &&
    fault.shop === over.shop
  faults.splice(0, faults.length, ...faults.filter((fault) => !isOver(fault)))
}

/** The fault that strikes this request, used up by one; null when none does. */
export function takeFault(
  faults: Fault[],
  operations: string[],
  shop: string | null,
): Fault | null {
  const strikes = (fault: Fault) =>
    (fault.shop === null || fault.shop === shop) &&
    (operations.includes(fault.operation) ||
      (fault.operation === '*' && !operations.includes('access_token')))
  // What was planned comes before what chance brings.
  const planned = faults.findIndex((fault) => fault.chance === null && strikes(fault))
  const index = planned >= 0 ? planned : faults.findIndex(strikes)
  const fault = faults[index]
  if (!fault) return null
  if (fault.chance) return byChance(fault, fault.chance)
  fault.times -= 1
  if (fault.times <= 0) faults.splice(index, 1)
  return fault
}

function byChance(
  fault: Fault,
  { probability, random }: NonNullable<Fault['chance']>,
): Fault | null {
  if (random() >= probability) return null
  // Most are a little late, few by the whole.
  const lateMs = Math.ceil(random() ** 3 * fault.lateMs)
  return { ...fault, mode: pick(random, BY_CHANCE), lateMs }
}
