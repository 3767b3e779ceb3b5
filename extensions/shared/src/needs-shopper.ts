import type { Case, ReasonCode } from './api.ts'

/** Something is to be done by the shopper. What lies with the shop, or is a fault of the technique, is not theirs. */
export function needsShopper({ status, reason }: Case): boolean {
  return status === 'confirm' || (status === 'failing' && !NOT_THEIRS.has(reason))
}

const NOT_THEIRS = new Set<ReasonCode>(['merchant', 'tech'])
