/**
 * The caps H1 to H6 against every plan a merchant may publish, every code, every instrument, and several subscriptions
 * on one payment method, lived through by the clock: retries, buttons, other billers, new cards, lost answers, stops and
 * pauses. What is checked is what the bank of the imaginary world saw, not what the engine says of itself.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Answer,
  type Bank,
  BrokenRule,
  begin,
  type Charge,
  charge,
  DAY,
  drive,
  firstCard,
  HOUR,
  later,
  pass,
  said,
  settleCharges,
  tell,
  type Watch,
  type World,
} from '../../test/imaginary-world.ts'
import { declineFrom, familyOf, isStockCode, KNOWN_CODES, KNOWN_REFUSALS } from './declines.ts'
import { isTerminal } from './due.ts'
import {
  ATTEMPTS_PER_CYCLE,
  ATTEMPTS_PER_METHOD,
  HOURS_BETWEEN_ATTEMPTS,
  METHOD_WINDOW_DAYS,
} from './limits.ts'
import { checkSequence, defaultSequence, LEAST_DEADLINE_DAYS } from './sequence.ts'
import type {
  Attempt,
  DunningEvent,
  Instrument,
  Lane,
  PaymentMethod,
  Sequence,
  Step,
} from './types.ts'

const RUNS = Number(process.env.FC_RUNS ?? 500)
const START = new Date('2026-11-12T08:00:00Z')

// ---------------------------------------------------------------- what a merchant may set

const RETRY_LANES: [lane: Lane, most: number, firstDay: number][] = [
  ['FUNDS', 7, 1],
  ['ISSUER', 4, 1],
  ['TECH', 7, 1],
  ['STOCK', 7, 1],
  ['UNKNOWN', 1, 3],
]

/** As many retries as the editor takes, on any days, in any hours: from none to one each day. */
const anyPlan: fc.Arbitrary<Sequence> = fc
  .record({
    days: fc.tuple(
      ...RETRY_LANES.map(([, most, firstDay]) =>
        fc.oneof(
          fc.uniqueArray(fc.integer({ min: firstDay, max: 20 }), { maxLength: most }),
          fc.constant(Array.from({ length: most }, (_, i) => firstDay + i)),
        ),
      ),
    ),
    payday: fc.boolean(),
    from: fc.constantFrom('anchor' as const, 'lane' as const),
    deadlineDays: fc.constantFrom(LEAST_DEADLINE_DAYS, 14, 21),
    retryWindow: fc.constantFrom(
      { fromHour: 9, untilHour: 10 },
      { fromHour: 6, untilHour: 7 },
      { fromHour: 6, untilHour: 23 },
      { fromHour: 22, untilHour: 23 },
    ),
  })
  .map(({ days, payday, from, deadlineDays, retryWindow }) => {
    const retries = RETRY_LANES.flatMap(([lane], l) =>
      (days[l] ?? []).map((day, n): Step => {
        const key = `${lane.toLowerCase()}.r${n + 1}`
        const offset = { from, days: day }
        return { key, lane, kind: 'retry', offset, ifMissed: 'next_window', payday }
      }),
    )
    const others = defaultSequence().steps.filter(
      ({ kind, offset }) => kind !== 'retry' && offset.from !== 'step',
    )
    const draft = { ...defaultSequence(), steps: [...others, ...retries] }
    const checked = checkSequence({ ...draft, deadlineDays, retryWindow })
    if (!checked.ok) throw new Error(JSON.stringify(checked.problems))
    return checked.sequence
  })

// ---------------------------------------------------------------- what can happen

type Household = {
  worlds: World[]
  /** What the bank saw, of all subscriptions, oldest first. */
  ledger: { world: World; charge: Charge; before: Charge[] }[]
  cards: number
}

type Move =
  | { do: 'wait'; hours: number }
  | { do: 'next' }
  | { do: 'bank'; bank: Bank }
  | { do: 'press'; on: number; event: DunningEvent }
  | { do: 'foreign'; on: number }
  | { do: 'card'; to: 'another' | 'new expiry' | 'the first' }
  | { do: 'contract'; on: number; to: 'ACTIVE' | 'PAUSED' }
  | { do: 'answer'; on: number; answer: Answer }
  | { do: 'stop'; isOn: boolean }
  | { do: 'webhooks'; lost: boolean }

const anyCode = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('INSUFFICIENT_FUNDS', 'CARD_DECLINED') },
  { weight: 3, arbitrary: fc.constantFrom(...KNOWN_CODES, 'A_CODE_OF_TOMORROW') },
)
const on = fc.nat(2)
const anyMove: fc.Arbitrary<Move> = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Move>({ do: 'next' }) },
  {
    weight: 6,
    arbitrary: fc.integer({ min: 1, max: 80 }).map((hours): Move => ({ do: 'wait', hours })),
  },
  {
    weight: 3,
    arbitrary: anyCode.map((code): Move => ({ do: 'bank', bank: { type: 'says', code } })),
  },
  { weight: 1, arbitrary: fc.constant<Move>({ do: 'bank', bank: { type: 'challenge' } }) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        on,
        fc.constantFrom<DunningEvent>(
          { type: 'staff_retry', by: 'Ada' },
          { type: 'staff_retry', by: 'Ada' },
          { type: 'shopper_pay' },
          { type: 'shopper_pay' },
          { type: 'staff_hold', by: 'Ada' },
          { type: 'staff_release', by: 'Ada' },
        ),
      )
      .map(([k, event]): Move => ({ do: 'press', on: k, event })),
  },
  { weight: 3, arbitrary: on.map((k): Move => ({ do: 'foreign', on: k })) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom('another' as const, 'new expiry' as const, 'the first' as const)
      .map((to): Move => ({ do: 'card', to })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(on, fc.constantFrom('ACTIVE' as const, 'PAUSED' as const))
      .map(([k, to]): Move => ({ do: 'contract', on: k, to })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        on,
        fc.oneof(
          fc.constantFrom(...KNOWN_REFUSALS).map((code): Answer => ({ type: 'refused', code })),
          fc.constant<Answer>({ type: 'not_accepted' }),
          fc.boolean().map((made): Answer => ({ type: 'lost', made })),
          fc.boolean().map((made): Answer => ({ type: 'killed', made })),
        ),
      )
      .map(([k, answer]): Move => ({ do: 'answer', on: k, answer })),
  },
  { weight: 1, arbitrary: fc.boolean().map((isOn): Move => ({ do: 'stop', isOn })) },
  { weight: 1, arbitrary: fc.boolean().map((lost): Move => ({ do: 'webhooks', lost })) },
)

const anyLife = fc.record({
  plan: anyPlan,
  instrument: fc.constantFrom<Instrument>('card', 'shop_pay', 'paypal', 'bank_account', 'other'),
  subscriptions: fc.array(
    fc.record({
      code: anyCode,
      interval: fc.constantFrom('day', 'week', 'month', 'month', 'year'),
      finalAction: fc.constantFrom('pause', 'skip', 'leave', 'cancel'),
      stockFinalAction: fc.constantFrom('skip', 'leave'),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  moves: fc.array(anyMove, { minLength: 1, maxLength: 70 }),
})

// ---------------------------------------------------------------- living it

function live({
  plan,
  instrument,
  subscriptions,
  moves,
}: typeof anyLife extends fc.Arbitrary<infer T> ? T : never) {
  const house: Household = { worlds: [], ledger: [], cards: 1 }
  const watch = watchOf(house)
  for (const start of subscriptions) {
    const world = begin({ ...start, startsAt: START, sequence: plan }, watch)
    if (world.method) world.method = { ...world.method, instrument }
    world.stopsElsewhere = () => stopsOf(house)
    for (const { charge: one } of house.ledger) world.elsewhere.push(one.createdAt)
    house.worlds.push(world)
    note(house, world)
  }
  for (const move of moves) make(house, move, watch)
  return house
}

/** The cards of which a bank has said that they are finished. */
function stopsOf({ ledger }: Household): string[] {
  return ledger.flatMap(({ charge: { outcome, fingerprint } }) =>
    fingerprint && outcome.type === 'failed' && outcome.decline.class === 'STOP'
      ? [fingerprint]
      : [],
  )
}

function make(house: Household, move: Move, watch: Watch): void {
  const { worlds } = house
  const world = 'on' in move ? worlds[move.on % worlds.length] : undefined
  switch (move.do) {
    case 'wait':
      waitUntil(house, later(nowIn(house), move.hours * HOUR), watch)
      return
    case 'next': {
      const due = worlds.filter(isOpen).flatMap(({ wakeAt }) => (wakeAt ? [wakeAt.getTime()] : []))
      if (due.length > 0)
        waitUntil(house, new Date(Math.max(Math.min(...due), nowIn(house).getTime())), watch)
      return
    }
    case 'bank':
      for (const each of worlds) each.bank = move.bank
      return
    case 'press':
      if (world) act(house, world, () => drive(world, move.event, watch))
      return
    case 'foreign':
      if (world?.contract !== 'ACTIVE' || world.cycle?.status !== 'UNBILLED') return
      charge(world, 'other')
      tell(world, `another biller charges the cycle: ${said(world.bank)}`)
      settleCharges(world)
      note(house, world)
      if (!world.webhooksGetLost)
        act(house, world, () => drive(world, { type: 'facts_read' }, watch))
      return
    case 'card':
      changeCard(house, move.to, watch)
      return
    case 'contract':
      if (!world?.contract || !['ACTIVE', 'PAUSED'].includes(world.contract)) return
      world.contract = move.to
      tell(world, `somebody makes the contract ${move.to}`)
      act(house, world, () => drive(world, { type: 'facts_read' }, watch))
      return
    case 'answer':
      if (world) world.answer = move.answer
      return
    case 'stop':
      for (const each of worlds)
        each.switches = { ...each.switches, stopped: move.isOn ? 'Ada stopped recovery' : null }
      return
    case 'webhooks':
      for (const each of worlds) each.webhooksGetLost = move.lost
  }
}

const isOpen = (world: World) => !isTerminal(world.case.state)
const nowIn = ({ worlds }: Household) =>
  new Date(Math.max(...worlds.map(({ now }) => now.getTime())))

function act(house: Household, world: World, work: () => void): void {
  work()
  note(house, world)
}

/** Every subscription's clock comes to `until`, in the order in which things fall due. */
function waitUntil(house: Household, until: Date, watch: Watch): void {
  for (let turn = 0; turn < 400; turn++) {
    const [first] = house.worlds
      .filter((world) => isOpen(world) && world.wakeAt && world.wakeAt <= until)
      .sort((a, b) => (a.wakeAt?.getTime() ?? 0) - (b.wakeAt?.getTime() ?? 0))
    if (!first?.wakeAt) break
    const { wakeAt } = first
    for (const world of house.worlds) comeTo(house, world, wakeAt, watch)
    act(house, first, () => drive(first, null, watch))
  }
  for (const world of house.worlds) comeTo(house, world, until, watch)
}

function comeTo(house: Household, world: World, at: Date, watch: Watch): void {
  const ms = at.getTime() - world.now.getTime()
  if (ms > 0) act(house, world, () => pass(world, ms, watch))
}

function changeCard(house: Household, to: 'another' | 'new expiry' | 'the first', watch: Watch) {
  house.cards++
  for (const world of house.worlds) {
    const present = world.method ?? firstCard
    const cards: Record<typeof to, PaymentMethod> = {
      'the first': { ...firstCard, instrument: present.instrument },
      'new expiry': { ...present, fingerprint: `${present.id} of ${house.cards}` },
      another: { ...present, id: `method ${house.cards}`, fingerprint: `card ${house.cards}` },
    }
    world.method = cards[to]
    tell(world, `the payment method is now: ${to}`)
    if (!world.webhooksGetLost) act(house, world, () => drive(world, { type: 'facts_read' }, watch))
  }
}

/** Charges that are new since the last look count for the other subscriptions of the method, too. */
function note(house: Household, world: World): void {
  const known = new Set(house.ledger.map((line) => line.charge))
  for (const one of world.charges.filter((made) => !known.has(made))) {
    house.ledger.push({ world, charge: one, before: [] })
    for (const other of house.worlds)
      if (other !== world && other.method?.id === one.methodId) other.elsewhere.push(one.createdAt)
  }
}

// ---------------------------------------------------------------- the caps, as the bank sees them

function watchOf(house: Household): Watch {
  return {
    decided: () => {},
    acted: () => {},
    rested: () => {},
    charged(world, attempt) {
      capsHold(house, world, attempt)
    },
  }
}

function must(isSo: boolean, rule: string): asserts isSo {
  if (!isSo) throw new BrokenRule(rule)
}

function capsHold(house: Household, world: World, attempt: Attempt): void {
  const { now, method, charges, cycle } = world
  const c = world.case
  const since = (hours: number) => (one: Charge) =>
    now.getTime() - one.createdAt.getTime() < hours * HOUR
  must(
    charges.every(({ outcome }) => outcome.type === 'failed' || outcome.type === 'succeeded'),
    'H1: one live attempt on a cycle',
  )

  const today = charges.filter(since(HOURS_BETWEEN_ATTEMPTS))
  must(
    today.every(({ fingerprint }) => fingerprint !== method?.fingerprint),
    'H2: a day between two attempts, but for a card that is new since',
  )

  must(charges.length < ATTEMPTS_PER_CYCLE, 'H3: eight attempts on a cycle')

  const onMethod = [...house.ledger.map((line) => line.charge), ...charges]
    .filter((one, i, all) => all.indexOf(one) === i)
    .filter(({ methodId }) => methodId === method?.id)
    .filter(since(METHOD_WINDOW_DAYS * 24))
  must(onMethod.length < ATTEMPTS_PER_METHOD, 'H4: ten attempts on a method in 30 days')

  must(
    !stopsOf(house).includes(method?.fingerprint ?? ''),
    'H5: a card that is finished is finished for every subscription',
  )

  const last = charges.findLast(({ outcome }) => outcome.type === 'failed')
  if (last?.outcome.type === 'failed') {
    const { code } = last.outcome.decline
    const { class: kind } = declineFrom(code, familyOf(code) ?? 'payment')
    const asked = attempt.trigger
    const isSame = last.fingerprint === method?.fingerprint
    must(kind !== 'PAID', 'H5: what is paid is not charged')
    must(!(isSame && (kind === 'CARD' || kind === 'STOP')), `H5: ${kind} asks for another card`)
    must(!(isSame && kind === 'AUTH' && asked !== 'shopper'), 'H5: only the shopper passes AUTH')
    must(
      !(isSame && kind === 'MERCHANT' && !isStockCode(code) && asked !== 'merchant'),
      'H5: the cause must be cleared first',
    )
  }

  must(cycle?.status === 'UNBILLED' && !cycle.skipped, 'H6: only an open cycle')
  must(cycle !== null && now >= cycle.expectedAt, 'H6: nothing before its date')
  must(now < c.deadlineAt, 'H6: nothing after the deadline')
  const next = world.nextExpectedAt
  must(!next || now < next, 'H6: nothing once the next charge is due')
}

describe('F5, S7: whatever a merchant sets and whoever asks', () => {
  test('no bank ever sees a charge beyond a cap', { timeout: 120_000 }, () => {
    let ours = 0
    fc.assert(
      fc.property(anyLife, (life) => {
        const house = live(life)
        ours += house.ledger.filter(({ charge: one }) => one.by === 'us').length
      }),
      { numRuns: RUNS },
    )
    // Lives in which nothing is ever charged would prove nothing.
    expect(ours).toBeGreaterThan(RUNS / 2)
  })

  test('one daily press on each of three subscriptions for two months fills the method and no more', () => {
    const code = 'INSUFFICIENT_FUNDS'
    const start = {
      code,
      interval: 'month',
      finalAction: 'leave',
      stockFinalAction: 'leave',
    } as const
    const house = live({
      plan: defaultSequence(),
      instrument: 'card',
      subscriptions: [start, start, start],
      moves: Array.from({ length: 60 }, (): Move[] => [
        { do: 'wait', hours: 24 },
        { do: 'press', on: 0, event: { type: 'staff_retry', by: 'Ada' } },
        { do: 'press', on: 1, event: { type: 'shopper_pay' } },
        { do: 'press', on: 2, event: { type: 'staff_retry', by: 'Ada' } },
      ]).flat(),
    })
    const inThirtyDays = house.ledger.filter(
      ({ charge: one }) => one.createdAt.getTime() < START.getTime() + 30 * DAY,
    )
    expect(inThirtyDays).toHaveLength(ATTEMPTS_PER_METHOD)
  })

  test('a stop that outlasts the next expected date: nothing is made up for when it is lifted', () => {
    const house = live({
      plan: defaultSequence(),
      instrument: 'card',
      subscriptions: [
        {
          code: 'INSUFFICIENT_FUNDS',
          interval: 'month',
          finalAction: 'pause',
          stockFinalAction: 'skip',
        },
      ],
      moves: [
        { do: 'stop', isOn: true },
        { do: 'wait', hours: 31 * 24 },
        { do: 'stop', isOn: false },
        { do: 'press', on: 0, event: { type: 'staff_retry', by: 'Ada' } },
        { do: 'wait', hours: 7 * 24 },
      ],
    })
    expect(house.ledger).toHaveLength(1)
    expect(house.worlds[0]?.case.state).toEqual({ status: 'written_off' })
    expect(house.worlds[0]?.contract).toBe('ACTIVE')
  })
})
