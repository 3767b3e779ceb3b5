/**
 * When the next payment may be tried, from what is stored: what the caps say to the press, asked before it, so that no
 * page promises what they refuse. Pure.
 */
import { chargeableFrom, type Situation } from '../dunning/decide.ts'
import { scheduled } from '../dunning/due.ts'
import { HOURS_BETWEEN_ATTEMPTS, nextChargeAt } from '../dunning/limits.ts'
import { dayBounds } from '../dunning/pick-day.ts'
import { addHours, retryHours } from '../dunning/schedule.ts'
import type { Facts, PaymentMethod, RecoveryCase } from '../dunning/types.ts'

export type Tries = {
  /** Null: now, or never by itself. */
  tryAgainFrom: Date | null
  canTryAgain: boolean
  /** Longer than the day between two attempts. */
  restsLonger: boolean
  /** The cycle has had all its attempts, with whatever method (H3). */
  triesUsedUp: boolean
  /** Days to which the next try may be moved, YYYY-MM-DD; null: none. */
  days: { earliest: string; latest: string } | null
}

export const NO_TRIES: Tries = {
  tryAgainFrom: null,
  canTryAgain: false,
  restsLonger: false,
  triesUsedUp: false,
  days: null,
}

export type Known = Pick<Situation, 'case' | 'sequence' | 'budget' | 'switches'> & {
  method: Pick<PaymentMethod, 'id' | 'fingerprint' | 'instrument' | 'revokedAt'> | null
}

export function triesOf({ method, ...known }: Known, now: Date): Tries {
  const { case: c, sequence } = known
  const facts = asStored(c, method, now)
  const s: Situation = { ...known, facts, event: { type: 'shopper_pay' }, now }
  const { at, obstacle } = chargeableFrom(s, 'shopper')
  const { at: freeFrom } = chargeableFrom(s, 'scheduled')
  const last = Math.max(0, ...c.attempts.map(({ intendedAt }) => intendedAt.getTime()))
  const rung = scheduled(c)
    .filter(({ kind }) => kind === 'retry')
    .sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime())[0]
  const place = rung &&
    freeFrom && {
      caseId: c.id,
      zone: c.zone,
      window: retryHours(sequence, rung.stepKey),
      deadlineAt: c.deadlineAt,
      nextChargeAt: nextChargeAt(c, facts),
      freeFrom,
    }
  return {
    tryAgainFrom: at && at > now ? at : null,
    canTryAgain: at !== null,
    restsLonger: at !== null && at > now && at > addHours(new Date(last), HOURS_BETWEEN_ATTEMPTS),
    triesUsedUp: obstacle?.cap === 'H3',
    days: place ? dayBounds(place, now) : null,
  }
}

/** As it was when it was last read, and the subscription running. */
function asStored(c: RecoveryCase, method: Known['method'], readAt: Date): Facts {
  return {
    readAt,
    contract: { status: 'ACTIVE' },
    cycle: { status: 'UNBILLED', skipped: false, expectedAt: c.expectedAt },
    nextExpectedAt: c.nextExpectedAt,
    method: method && { label: '', revokedReason: null, expiresAt: null, ...method },
    attempts: [],
    inStock: null,
  }
}
