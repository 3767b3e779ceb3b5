/** What must hold for every sequence that the editor can produce, whatever is clicked together. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyChangeOf, anySequence } from '../../test/any-sequence.ts'
import { begin, drive, pass, type Watch, type World } from '../../test/imaginary-world.ts'
import { afterDecision } from './after-decision.ts'
import { emptyTraits, type Traits } from './conditions.ts'
import { laneContext } from './decide.ts'
import { isTerminal, scheduled } from './due.ts'
import { guardRails } from './guard-rails.ts'
import { type ImaginedShopper, previewCase } from './preview.ts'
import { decisionOfMove, endOnPublish, mayMove, moveToVersion } from './publish.ts'
import { planLane } from './schedule.ts'
import { checkSequence, parseSequence } from './sequence.ts'
import type { RecoveryCase, Sequence } from './types.ts'

const RUNS = Number(process.env.FC_RUNS ?? 80)

const anyShopper = fc.record({
  code: fc.constantFrom(
    'INSUFFICIENT_FUNDS',
    'INSUFFICIENT_FUNDS',
    'INSUFFICIENT_FUNDS',
    'CALL_ISSUER',
    'EXPIRED_CARD',
    'INSUFFICIENT_INVENTORY',
    'A_CODE_OF_TOMORROW',
  ),
  interval: fc.constantFrom('week' as const, 'month' as const, 'year' as const),
  startsAt: fc
    .integer({ min: 0, max: 366 * 24 })
    .map((hour) => new Date(Date.UTC(2026, 5, 1) + hour * 3_600_000)),
  zone: fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Kathmandu'),
  country: fc.constantFrom('DE', 'US', null),
})

/** The same milliseconds for the imagined shopper and for the imaginary world. */
const INTERVALS = {
  week: { unit: 'DAY', count: 7 },
  month: { unit: 'DAY', count: 30 },
  year: { unit: 'DAY', count: 365 },
} as const

type Shopper = typeof anyShopper extends fc.Arbitrary<infer T> ? T : never

function traitsOf({ country }: Shopper): Traits {
  return { ...emptyTraits({ amount: '24.90', currency: 'EUR' }), country, orders: 3 }
}

/** A clock change between makes 30 days of 24 hours something else than 30 days; UTC has none. */
function imagined(shopper: Shopper): ImaginedShopper {
  return {
    code: shopper.code,
    zone: shopper.zone,
    interval: INTERVALS[shopper.interval],
    failedAt: shopper.startsAt,
    traits: traitsOf(shopper),
  }
}

type Fate = { key: string; fate: string; at: number }

describe('any sequence', () => {
  test('can be published, is stored as it is, and its guard rails always have an answer', () => {
    fc.assert(
      fc.property(anySequence(), (sequence) => {
        const checked = checkSequence(sequence)
        expect(checked.ok).toBe(true)
        expect(parseSequence(JSON.parse(JSON.stringify(sequence)))).toEqual(sequence)
        const context = {
          interval: null,
          emailWindow: { fromHour: 8, untilHour: 20 },
          smsReady: true,
        }
        for (const rail of guardRails(sequence, context)) {
          expect(rail.say).not.toBe('')
          expect(rail.mend).not.toBe('')
        }
      }),
      { numRuns: RUNS },
    )
  })

  test('preview and engine agree step by step: the same steps at the same times, for the same reasons', () => {
    fc.assert(
      fc.property(anySequence(), anyShopper, (sequence, shopper) => {
        const engine = lived(sequence, shopper)
        const shown = shownBy(sequence, shopper, engine.world.nextExpectedAt)
        expect(shown.fates.map(({ key, fate }) => `${key}: ${fate}`)).toEqual(
          engine.fates.map(({ key, fate }) => `${key}: ${fate}`),
        )
        // The bank of the engine takes a minute for each answer, and a message due in that minute waits half an hour.
        for (const [i, { at }] of shown.fates.entries())
          expect(Math.abs(at - (engine.fates[i]?.at ?? 0))).toBeLessThan(45 * 60_000)
        expect(shown.ended).toBe(engine.world.case.state.status)
        expect(shown.attempts).toBe(engine.world.charges.length)
      }),
      { numRuns: RUNS },
    )
  })

  test('N means N: every step of the lane is run once, or says why not, or lies behind the end', () => {
    fc.assert(
      fc.property(anySequence(), anyShopper, (sequence, shopper) => {
        const { world, fates } = lived(sequence, shopper)
        const c = world.case
        const lanes = new Set(c.steps.map(({ lane }) => lane))
        const told = new Set(fates.map(({ key }) => key))
        for (const step of sequence.steps.filter(({ lane }) => lanes.has(lane))) {
          const runs = c.steps.filter(({ stepKey }) => stepKey === step.key)
          expect(runs.filter(({ state }) => state === 'done').length).toBeLessThanOrEqual(1)
          if (step.onlyForCodes && runs.length === 0) continue
          // Without a date it was told why on entering; with one it was settled, or cancelled with the case or its side.
          expect([step.key, runs.length > 0 || told.has(step.key)]).toEqual([step.key, true])
          expect(runs.every(({ state }) => state !== 'scheduled')).toBe(true)
        }
        const charges = c.attempts.filter(({ trigger }) => trigger === 'scheduled').length
        const rungs = c.steps.filter(
          ({ kind, state }) => kind === 'retry' && state === 'done',
        ).length
        expect(charges).toBe(rungs)
      }),
      { numRuns: RUNS },
    )
  })
})

describe('publishing with cases in flight', () => {
  const anyVersions = anySequence().chain((before) =>
    fc.tuple(fc.constant(before), anyChangeOf(before)),
  )

  test('never loses or doubles a step, and what is done stays done', () => {
    fc.assert(
      fc.property(anyVersions, anyShopper, fc.nat(14), ([before, after], shopper, turns) => {
        const world = start(before, shopper)
        for (let i = 0; i < turns && !isTerminal(world.case.state); i++) turn(world)
        const c = world.case
        const move = moveToVersion(c, before, after, world.now)
        if (!mayMove(c).may) {
          expect([move.cancel, move.add]).toEqual([[], []])
          return
        }
        moveIsSound(c, after, move, world.now)
        loses(c, before, after, move, world.now)
        const moved = afterDecision(c, decisionOfMove(c, move), world.now)
        const again = moveToVersion(moved, after, after, world.now)
        expect([again.cancel, again.add]).toEqual([[], []])
        finish({ ...world, case: moved, sequence: after })
      }),
      { numRuns: RUNS },
    )
  })

  test('to the same version changes nothing', () => {
    fc.assert(
      fc.property(anySequence(), anyShopper, fc.nat(14), (sequence, shopper, turns) => {
        const world = start(sequence, shopper)
        for (let i = 0; i < turns && !isTerminal(world.case.state); i++) turn(world)
        const { cancel, add, deadlineAt, graceEndsAt } = moveToVersion(
          world.case,
          sequence,
          structuredClone(sequence),
          world.now,
        )
        expect([cancel, add, deadlineAt, graceEndsAt]).toEqual([[], [], undefined, undefined])
      }),
      { numRuns: Math.ceil(RUNS / 2) },
    )
  })

  test('there and back again is as if nothing had been published', () => {
    fc.assert(
      fc.property(anyVersions, anyShopper, fc.nat(8), ([before, after], shopper, turns) => {
        const world = start(before, shopper)
        for (let i = 0; i < turns && !isTerminal(world.case.state); i++) turn(world)
        const c = world.case
        if (!mayMove(c).may || after.deadlineDays !== before.deadlineDays) return
        const keysOf = (one: RecoveryCase) =>
          scheduled(one)
            .map(({ stepKey }) => stepKey)
            .sort()
        const there = afterMove(c, before, after, world.now)
        const back = afterMove(there, after, before, world.now)
        // Nothing new comes in by the detour, and nothing is there twice.
        const keys = keysOf(back)
        expect(new Set(keys).size).toBe(keys.length)
        for (const key of keysOf(c)) {
          const isPlanned = planLane(
            before,
            c.lane ?? 'FUNDS',
            laneContext(c, world.now),
          ).runs.some(({ stepKey }) => stepKey === key)
          if (isPlanned) expect(keys).toContain(key)
        }
      }),
      { numRuns: Math.ceil(RUNS / 2) },
    )
  })

  test('or ends the old ones: nothing is left to come, and the subscription is left as it is', () => {
    fc.assert(
      fc.property(anySequence({ most: 10 }), anyShopper, fc.nat(8), (sequence, shopper, turns) => {
        const world = start(sequence, shopper)
        for (let i = 0; i < turns && !isTerminal(world.case.state); i++) turn(world)
        const c = world.case
        const end = endOnPublish(c)
        if (isTerminal(c.state)) expect(end).toBeNull()
        else if (end) {
          expect(end.state).toEqual({ status: 'written_off' })
          expect(end.cancel.map(({ stepRunId }) => stepRunId)).toEqual(
            scheduled(c).map(({ id }) => id),
          )
        }
      }),
      { numRuns: Math.ceil(RUNS / 4) },
    )
  })
})

function afterMove(c: RecoveryCase, before: Sequence, after: Sequence, now: Date): RecoveryCase {
  return afterDecision(c, decisionOfMove(c, moveToVersion(c, before, after, now)), now)
}

function moveIsSound(
  c: RecoveryCase,
  after: Sequence,
  move: ReturnType<typeof moveToVersion>,
  now: Date,
): void {
  const gone = new Set(move.cancel.map(({ stepRunId }) => stepRunId))
  expect(gone.size).toBe(move.cancel.length)
  for (const { because } of move.cancel) expect(because).not.toBe('')
  for (const run of c.steps.filter(({ id }) => gone.has(id))) expect(run.state).toBe('scheduled')
  const left = scheduled(c).filter(({ id }) => !gone.has(id))
  const toCome = [...left, ...move.add].map(({ stepKey }) => stepKey)
  expect(new Set(toCome).size).toBe(toCome.length)
  for (const one of move.add) {
    expect(one.dueAt.getTime()).toBeGreaterThanOrEqual(now.getTime())
    expect(one.lane).toBe(c.lane)
    const earlier = c.steps.filter(({ stepKey }) => stepKey === one.stepKey)
    expect(earlier.some(({ state }) => ['done', 'skipped', 'missed'].includes(state))).toBe(false)
    expect(one.occurrence).toBe(earlier.length)
  }
  // What is still to come is in the new version; what the new version plans anew and was never settled is to come.
  for (const key of toCome) expect(after.steps.some((step) => step.key === key)).toBe(true)
  for (const run of left)
    expect(after.steps.find(({ key }) => key === run.stepKey)?.lane).toBe(c.lane)
}

/** What the new version plans, and the case has not been through, is to come. Retries and branches have more rules. */
function loses(
  c: RecoveryCase,
  before: Sequence,
  after: Sequence,
  move: ReturnType<typeof moveToVersion>,
  now: Date,
): void {
  const moved = { ...c, deadlineAt: move.deadlineAt ?? c.deadlineAt }
  const gone = new Set(move.cancel.map(({ stepRunId }) => stepRunId))
  const left = scheduled(c).filter(({ id }) => !gone.has(id))
  const toCome = new Set([...left, ...move.add].map(({ stepKey }) => stepKey))
  for (const { stepKey, kind } of planLane(after, c.lane ?? 'FUNDS', laneContext(moved, now))
    .runs) {
    const step = after.steps.find(({ key }) => key === stepKey)
    const isOld = before.steps.some(({ key }) => key === stepKey)
    const isSettled = c.steps.some((run) => run.stepKey === stepKey && run.state !== 'scheduled')
    if (kind === 'retry' || step?.branch || isOld || isSettled) continue
    expect([stepKey, toCome.has(stepKey)]).toEqual([stepKey, true])
  }
}

// ---------------------------------------------------------------- the engine, in thought

const still: Watch = { decided() {}, charged() {}, acted() {}, rested() {} }

function start(sequence: Sequence, shopper: Shopper, watch: Watch = still): World {
  return begin(
    {
      code: shopper.code,
      interval: shopper.interval,
      finalAction: sequence.finalAction,
      stockFinalAction: sequence.stockFinalAction,
      startsAt: shopper.startsAt,
      sequence,
      caseId: 'preview-26',
      zone: shopper.zone,
      traits: traitsOf(shopper),
      smsReady: true,
    },
    watch,
  )
}

function turn(world: World, watch: Watch = still): void {
  const { wakeAt } = world
  if (!wakeAt) return
  pass(world, Math.max(0, wakeAt.getTime() - world.now.getTime()), watch)
  drive(world, null, watch)
}

function finish(world: World, watch: Watch = still): void {
  drive(world, { type: 'facts_read' }, watch)
  for (let i = 0; !isTerminal(world.case.state); i++) {
    if (i > 800) throw new Error('the case does not end')
    turn(world, watch)
  }
}

function lived(sequence: Sequence, shopper: Shopper): { world: World; fates: Fate[] } {
  const fates: Fate[] = []
  const watch: Watch = {
    ...still,
    decided(world, { case: before, event }, decision) {
      const at = world.now.getTime()
      for (const { data } of decision.entries) fates.push(...leftOut(data?.steps, at))
      if (event.type !== 'step_due') return
      const run = before.steps.find(({ id }) => id === event.stepRunId)
      const change = decision.steps.find(({ stepRunId }) => stepRunId === run?.id)
      if (run && change && change.to !== 'scheduled')
        fates.push({ key: run.stepKey, fate: fateOf(change.to, change.because), at })
    },
  }
  const world = start(sequence, shopper, watch)
  finish(world, watch)
  return { world, fates }
}

function leftOut(steps: unknown, at: number): Fate[] {
  return ((steps ?? []) as { stepKey: string; because: string }[]).map(({ stepKey, because }) => ({
    key: stepKey,
    fate: fateOf('skipped', because),
    at,
  }))
}

function fateOf(to: string, because: string): string {
  return to === 'done' ? 'run' : `not run, ${because}`
}

function shownBy(sequence: Sequence, shopper: Shopper, next: Date | null) {
  const shown = previewCase(sequence, { ...imagined(shopper), nextExpectedAt: next })
  const fates: Fate[] = []
  for (const { stepKey, kind, because, at } of shown.lines) {
    if (stepKey === null) continue
    const fate = kind === 'skipped' ? fateOf('skipped', because) : 'run'
    const last = fates.at(-1)
    // A mail of farewell and the end itself belong to the one step that brought them.
    if (last?.key === stepKey && last.at === at.getTime() && fate === 'run') continue
    fates.push({ key: stepKey, fate, at: at.getTime() })
  }
  return { fates, ended: shown.ended, attempts: shown.attempts }
}
