import type { Case } from './api.ts'

/** Something is to be done by the shopper. What lies with the shop is not their affair. */
export function needsShopper({ status, reason }: Case): boolean {
  return status === 'confirm' || (status === 'failing' && reason !== 'merchant')
}
