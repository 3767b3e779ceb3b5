// What the money oracle says, in a line.
import { el } from './el.js'
import { count } from './words.js'

const FLAGS = {
  double_charge: 'Charged twice: this cycle was paid already.',
  closed_cycle: 'Charge on a cycle that is billed, skipped, paused or cancelled.',
  before_date: 'Charge before the cycle’s date.',
  within_24h: 'Two attempts within 24 hours on an unchanged method.',
  forbidden_class: 'Retry after an answer that forbids one.',
}

/** A charge that is neither paid nor declined: under way, or the bank waits for the shopper. */
const WAITING = ['pending', 'action_required']

export const flagWords = (kind) => FLAGS[kind] ?? kind

/** "1 success", "2 declines", "no flags" as pills: green when all is well, red when something is flagged. */
export function verdictPills({ charges, flags }) {
  const paid = charges.filter(({ result }) => result === 'paid').length
  const waiting = charges.filter(({ result }) => WAITING.includes(result)).length
  const declined = charges.length - paid - waiting
  return [
    el('span', { class: paid ? 'pill good' : 'pill' }, count(paid, 'success', 'successes')),
    el('span', { class: 'pill' }, count(declined, 'decline')),
    waiting ? el('span', { class: 'pill warn' }, `${waiting} without an answer yet`) : null,
    flags.length
      ? el('span', { class: 'pill bad' }, count(flags.length, 'flag'))
      : el('span', { class: 'pill good' }, 'no flags'),
  ]
}
