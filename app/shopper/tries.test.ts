import { describe, expect, test } from 'vitest'
import { begin, DAY, HOUR, later, situationOf } from '../../test/imaginary-world.ts'
import { unpaid } from '../../test/shopper/unpaid.ts'
import type { Switches } from '../dunning/types.ts'
import { permissions } from './permissions.ts'
import { type Known, triesOf } from './tries.ts'

const START = new Date('2026-11-12T08:00:00Z')
const watch = { decided() {}, charged() {}, acted() {}, rested() {} }

function known(code: string, changes: Partial<Known> = {}): Known {
  const world = begin(
    { code, interval: 'month', finalAction: 'pause', stockFinalAction: 'skip', startsAt: START },
    watch,
  )
  const { case: c, sequence, budget, switches, facts } = situationOf(world, { type: 'facts_read' })
  return { case: c, sequence, budget, switches, method: facts.method, ...changes }
}

const payWhen = (tries: ReturnType<typeof triesOf>) =>
  permissions(unpaid({ ...tries, days: null })).pay.because

describe('the next payment is promised from when every cap allows it', () => {
  const soon = later(START, HOUR)

  test('a day after the last one', () => {
    const tries = triesOf(known('INSUFFICIENT_FUNDS'), soon)
    expect(tries.tryAgainFrom).toEqual(later(START, DAY))
    expect(payWhen(tries)).toBe('wait_a_day')
    expect(payWhen(triesOf(known('INSUFFICIENT_FUNDS'), later(START, DAY)))).toBeNull()
  })

  test('three days after a code that nobody knows, and no day before is offered', () => {
    const tries = triesOf(known('A_CODE_OF_TOMORROW'), later(START, 25 * HOUR))
    expect(tries.tryAgainFrom).toEqual(later(START, 3 * DAY))
    expect(payWhen(tries)).toBe('not_yet')
    expect(!tries.days || tries.days.earliest >= '2026-11-15').toBe(true)
  })

  test('when the card has room again', () => {
    const budget = {
      methodAttempts30d: 10,
      methodFreeAt: later(START, 5 * DAY),
      methodStopUntil: null,
      lastMessageAt: null,
    }
    const tries = triesOf(known('INSUFFICIENT_FUNDS', { budget }), later(START, 2 * DAY))
    expect(tries.tryAgainFrom).toEqual(later(START, 5 * DAY))
    expect(payWhen(tries)).toBe('not_yet')
    expect(tries.days?.earliest).toBe('2026-11-17')
  })

  test('never after eight on the cycle, and another method is not promised either', () => {
    const one = known('INSUFFICIENT_FUNDS')
    const [attempt] = one.case.attempts
    if (!attempt) throw new Error('no attempt')
    const attempts = Array.from({ length: 8 }, (_, i) => ({
      ...attempt,
      id: `${i}`,
      key: `${i}`,
      shopifyId: `${i}`,
    }))
    const tries = triesOf({ ...one, case: { ...one.case, attempts } }, later(START, 2 * DAY))
    const other = { id: 'other', label: 'Visa', current: false, usable: true }
    const may = permissions(unpaid({ ...tries, days: null }), { methods: [other], order: null })
    expect(may.pay.because).toBe('tries_used_up')
    expect(may.use_method.because).toBe('tries_used_up')
    expect(tries.days).toBeNull()
  })

  test('not while the store-wide brake is on, or recovery is stopped', () => {
    const one = known('INSUFFICIENT_FUNDS')
    const reasons: Partial<Switches>[] = [
      { brake: { since: START, because: 'an outage' } },
      { stopped: 'Ada stopped recovery for this shop' },
    ]
    for (const more of reasons) {
      const switches = { ...one.switches, ...more }
      expect(triesOf({ ...one, switches }, later(START, 2 * DAY)).canTryAgain).toBe(false)
    }
  })
})
