import type { PageWords } from './page-words/words.ts'
import type { ShopperSnapshot } from './view.ts'

/**
 * Whether what a press was answered still fits how things stand: it stays in the address, and the page is loaded again.
 * Pure.
 */
export function stillFits(
  notice: keyof PageWords['notices'],
  { status, reason, underWay }: ShopperSnapshot,
): boolean {
  if (status === 'recovered' || status === 'paid_elsewhere' || status === 'skipped') return false
  const isCharged = underWay || status === 'in_doubt'
  if (notice === 'not_started') return !isCharged
  if (notice === 'going_on') return !isCharged && !(status === 'held' && reason === 'paused')
  return true
}
