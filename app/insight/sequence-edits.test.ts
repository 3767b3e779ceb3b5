import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anySequence } from '../../test/any-sequence.ts'
import { pathsOf } from '../dunning/branches.ts'
import { presets } from '../dunning/presets.ts'
import {
  checkSequence,
  defaultSequence,
  LANES,
  LAST_STEP_DAY,
  leastDay,
  STEP_KINDS,
  whyNotIn,
} from '../dunning/sequence.ts'
import type { Sequence, Step } from '../dunning/types.ts'
import { laneAxis, laneRows } from './lane-axis.ts'
import {
  type Edit,
  type EditorAction,
  type EditorState,
  edited,
  editorFor,
  isSamePlan,
  planText,
  withChildren,
  writtenDay,
} from './sequence-edits.ts'

const begin = (plan: Sequence = defaultSequence()) => editorFor(plan)
const doing = (state: EditorState, ...actions: EditorAction[]) => actions.reduce(edited, state)
const stepOf = ({ plan }: EditorState, key: string) => plan.steps.find((step) => step.key === key)
const daysOf = (state: EditorState, key: string) => {
  const step = stepOf(state, key)
  return step ? Math.floor(writtenDay(step, state.plan.steps)) : null
}

describe('one edit', () => {
  test('a new step stands where there is room, and is right as it is', () => {
    for (const lane of LANES) {
      for (const kind of STEP_KINDS) {
        if (whyNotIn(lane, kind)) continue
        const roomy = { ...defaultSequence(), steps: [] }
        const { plan, openStep } = doing(begin(roomy), { type: 'add', lane, kind })
        expect([lane, kind, checkSequence(plan)]).toMatchObject([lane, kind, { ok: true }])
        expect(plan.steps.at(-1)?.key).toBe(openStep)
      }
    }
    const state = doing(begin(), { type: 'add', lane: 'FUNDS', kind: 'email' })
    expect(daysOf(state, 'funds.e6')).toBe(15)
    expect(state.said.text).toBe('E6 (e-mail) added on day 15')
  })

  test('a name that was once in use is not given again', () => {
    const state = doing(
      editorFor(defaultSequence(), ['funds.e6', 'funds.e7']),
      { type: 'remove', key: 'funds.e5' },
      { type: 'add', lane: 'FUNDS', kind: 'email' },
    )
    expect(state.openStep).toBe('funds.e8')
  })

  test('a message that follows a retry keeps following it while it is near, then gets a day of its own', () => {
    const near = doing(begin(), { type: 'move', key: 'funds.e1', days: 2 })
    expect(stepOf(near, 'funds.e1')?.offset).toEqual({
      from: 'step',
      stepKey: 'funds.r1',
      hours: 50,
    })
    const far = doing(near, { type: 'move', key: 'funds.e1', days: 2 })
    expect(stepOf(far, 'funds.e1')?.offset).toEqual({ from: 'anchor', days: 5 })
    const before = doing(begin(), { type: 'move', key: 'funds.e2', days: -1 })
    expect(stepOf(before, 'funds.e2')?.offset).toEqual({ from: 'anchor', days: 3 })
  })

  test('a step goes no further than the plan, and says so', () => {
    const first = doing(begin(), { type: 'move', key: 'funds.r1', days: -1 })
    expect(first.plan).toEqual(defaultSequence())
    expect(first.past).toEqual([])
    expect(first.said.text).toBe('R1 (charge) stays on day 1: it can go no further')
    expect(daysOf(doing(begin(), { type: 'move', key: 'funds.r1', days: 99 }), 'funds.r1')).toBe(20)
  })

  test('what followed a removed retry keeps its day', () => {
    const state = doing(begin(), { type: 'remove', key: 'funds.r2' })
    expect(stepOf(state, 'funds.r2')).toBeUndefined()
    expect(stepOf(state, 'funds.e2')?.offset).toEqual({ from: 'anchor', days: 4 })
  })

  test('a copy has a name and a day of its own', () => {
    const state = doing(begin(), { type: 'duplicate', key: 'funds.r1' })
    expect(state.openStep).toBe('funds.r5')
    expect(daysOf(state, 'funds.r5')).toBe(2)
    expect(checkSequence(state.plan).ok).toBe(true)
  })

  test('one that takes a side is drawn, moved, copied and removed with its branch', () => {
    const forked = doing(
      begin({ ...defaultSequence(), steps: [] }),
      { type: 'add', lane: 'FUNDS', kind: 'branch' },
      { type: 'add', lane: 'FUNDS', kind: 'email', branch: { stepKey: 'funds.b1', side: 'no' } },
      { type: 'add', lane: 'FUNDS', kind: 'sms', branch: { stepKey: 'funds.b1', side: 'yes' } },
    )
    expect(laneRows(forked.plan, 'FUNDS').map(({ step, depth }) => [step.key, depth])).toEqual([
      ['funds.b1', 0],
      ['funds.s1', 1],
      ['funds.e1', 1],
    ])
    const moved = doing(forked, { type: 'move', key: 'funds.b1', days: 2 })
    for (const key of ['funds.b1', 'funds.e1', 'funds.s1'])
      expect(daysOf(moved, key)).toBe((daysOf(forked, key) ?? 0) + 2)
    const copied = doing(forked, { type: 'duplicate', key: 'funds.b1' })
    expect(stepOf(copied, 'funds.e2')?.branch).toEqual({ stepKey: 'funds.b2', side: 'no' })
    expect(doing(forked, { type: 'remove', key: 'funds.b1' }).plan.steps).toEqual([])
  })
})

describe('undo', () => {
  test('typing into one input, and one drag, are undone as a whole', () => {
    const e5 = defaultSequence().steps.find(({ key }) => key === 'funds.e5')
    if (!e5) throw new Error('The default sequence has lost its last notice.')
    const typed = [1, 19, 17].map(
      (days): Edit => ({
        type: 'change',
        step: { ...e5, offset: { from: 'anchor', days } },
        input: 'offset',
      }),
    )
    const drag = [1, 1, 1].map(
      (days): Edit => ({ type: 'move', key: 'funds.e5', days, gesture: 'drag 1' }),
    )
    const state = doing(begin(), ...typed, ...drag)
    expect(daysOf(state, 'funds.e5')).toBe(20)
    expect(daysOf(doing(state, { type: 'undo' }), 'funds.e5')).toBe(17)
    expect(doing(state, { type: 'undo' }, { type: 'undo' }).plan).toEqual(defaultSequence())
    expect(doing(begin(), { type: 'undo' }).said.text).toBe('Nothing to undo')
  })
})

describe('whatever is clicked, in any order', () => {
  const anyEdit = fc.oneof(
    fc.record({
      type: fc.constant('add' as const),
      lane: fc.constantFrom(...LANES),
      kind: fc.constantFrom(...STEP_KINDS),
    }),
    fc.record({
      type: fc.constantFrom('move' as const, 'duplicate' as const, 'remove' as const),
      nth: fc.nat(60),
      days: fc.integer({ min: -25, max: 25 }),
    }),
    fc.record({
      type: fc.constant('settings' as const),
      patch: fc.record({ deadlineDays: fc.integer({ min: 5, max: 21 }) }),
    }),
  )

  /** The nth step of the plan as it is by then; null: the plan has none. */
  function toEdit({ plan }: EditorState, raw: fc.Arbitrary<typeof anyEdit> | unknown): Edit | null {
    const edit = raw as { type: string; nth: number; days: number } | Edit
    if (edit.type === 'add' || edit.type === 'settings') return edit as Edit
    const { nth, days, type } = edit as { type: 'move'; nth: number; days: number }
    const step = plan.steps[nth % Math.max(1, plan.steps.length)]
    if (!step) return null
    return type === 'move' ? { type, key: step.key, days } : { type, key: step.key }
  }

  const played = (plan: Sequence, edits: readonly unknown[]) => {
    const states = [begin(plan)]
    for (const raw of edits) {
      const state = states.at(-1) ?? begin(plan)
      const edit = toEdit(state, raw)
      if (edit) states.push(edited(state, edit))
    }
    return states
  }

  test('undo goes back to exactly what was, and redo to exactly what is', () => {
    fc.assert(
      fc.property(
        anySequence({ most: 10 }),
        fc.array(anyEdit, { maxLength: 25 }),
        (plan, edits) => {
          const states = played(plan, edits)
          const last = states.at(-1) ?? begin(plan)
          let back = last
          while (back.past.length > 0) back = edited(back, { type: 'undo' })
          expect(back.plan).toEqual(plan)
          while (back.future.length > 0) back = edited(back, { type: 'redo' })
          expect(back.plan).toEqual(last.plan)
        },
      ),
      { numRuns: 25 },
    )
  })

  test('names stay unique, steps stay on the plan, and nobody loses the step that they follow', () => {
    fc.assert(
      fc.property(
        anySequence({ most: 10 }),
        fc.array(anyEdit, { maxLength: 25 }),
        (plan, edits) => {
          for (const { plan: now } of played(plan, edits)) {
            const keys = now.steps.map(({ key }) => key)
            expect(new Set(keys).size).toBe(keys.length)
            for (const step of now.steps) {
              const { offset, branch } = step
              if (offset.from === 'step') expect(keys).toContain(offset.stepKey)
              else {
                expect(offset.days).toBeGreaterThanOrEqual(leastDay(step.kind))
                expect(offset.days).toBeLessThanOrEqual(LAST_STEP_DAY)
              }
              if (branch) expect(keys).toContain(branch.stepKey)
            }
            const drawn = LANES.flatMap((lane) => laneRows(now, lane).map(({ step }) => step.key))
            expect(drawn.sort()).toEqual([...keys].sort())
          }
        },
      ),
      { numRuns: 25 },
    )
  })

  test('a branch that is moved keeps the distances on its sides', () => {
    fc.assert(
      fc.property(anySequence({ most: 20 }), fc.nat(60), fc.integer(), (plan, nth, days) => {
        const forks = plan.steps.filter(({ kind }) => kind === 'branch')
        const fork = forks[nth % Math.max(1, forks.length)]
        if (!fork) return
        const own = (step: Step) => step.offset.from !== 'step'
        const group = withChildren(fork.key, plan.steps).filter(own)
        const { plan: moved } = edited(begin(plan), { type: 'move', key: fork.key, days })
        const shifts = group.map((step) => {
          const now = moved.steps.find(({ key }) => key === step.key)
          return now ? writtenDay(now, moved.steps) - writtenDay(step, plan.steps) : Number.NaN
        })
        expect(new Set(shifts).size).toBeLessThanOrEqual(1)
        const paths = pathsOf(plan.steps)
        for (const step of moved.steps) expect(pathsOf(moved.steps)(step)).toEqual(paths(step))
      }),
      { numRuns: 40 },
    )
  })
})

test('a plan is the same whatever order its properties stand in', () => {
  for (const { sequence } of presets()) {
    const turned = JSON.parse(
      JSON.stringify(sequence, (_, value: unknown) =>
        typeof value === 'object' && value !== null && !Array.isArray(value)
          ? Object.fromEntries(Object.entries(value).reverse())
          : value,
      ),
    ) as Sequence
    expect(isSamePlan(sequence, turned)).toBe(true)
    expect(planText({ ...sequence, graceDays: 3 })).not.toBe(planText(sequence))
  }
})

test('an axis has a track for what the lane holds; near marks lie below each other; a short deadline renames its days', () => {
  const { tracks, ticks } = laneAxis({ ...defaultSequence(), deadlineDays: 10 }, 'STOCK')
  expect(tracks.map(({ name, marks, rows }) => [name, marks.length, rows])).toEqual([
    ['Charges', 5, 3],
    ['Staff', 1, 1],
  ])
  expect(ticks.map(({ label }) => label)).toEqual(['Start', 'Day 3', 'Day 7', 'Day 10'])
})
