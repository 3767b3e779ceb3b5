/** A new version meets a case in the middle of its plan. The properties for any two versions: any-sequence.test.ts. */
import { describe, expect, test } from 'vitest'
import { begin, drive, pass, type Watch, type World } from '../../test/imaginary-world.ts'
import { afterDecision } from './after-decision.ts'
import { isTerminal } from './due.ts'
import { decisionOfMove, endOnPublish, mayMove, moveToVersion } from './publish.ts'
import { wallTime } from './schedule.ts'
import { after, anchorDay, checkSequence, defaultSequence, email, retry } from './sequence.ts'
import type { RecoveryCase, Sequence, Step } from './types.ts'

const BERLIN = 'Europe/Berlin'
const DAY = 24 * 3_600_000
const still: Watch = { decided() {}, charged() {}, acted() {}, rested() {} }

/** The FUNDS lane of these steps, with the default ones elsewhere. */
function version(steps: Step[], settings: Partial<Sequence> = {}): Sequence {
  const base = defaultSequence()
  const made = {
    ...base,
    ...settings,
    steps: [...steps, ...base.steps.filter(({ lane }) => lane !== 'FUNDS')],
  }
  expect(checkSequence(made)).toMatchObject({ ok: true })
  return made
}

const r1 = retry('funds.r1', anchorDay(1))
const e1 = email('funds.e1', after('funds.r1', 2), 'first')
const r2 = retry('funds.r2', anchorDay(6))
const e2 = email('funds.e2', after('funds.r2', 2), 'reminder')
const r3 = retry('funds.r3', anchorDay(12))
const e9 = email('funds.e9', anchorDay(18), 'last')
const first = version([r1, e1, r2, e2, r3, e9])

/** A case of the first version, so many days after its failure on Monday, 2 November, at nine. */
function daysLater(days: number, sequence = first): World {
  const world = begin(
    {
      code: 'INSUFFICIENT_FUNDS',
      interval: 'month',
      finalAction: sequence.finalAction,
      stockFinalAction: 'skip',
      startsAt: new Date('2026-11-02T08:00:00Z'),
      sequence,
      caseId: 'preview-26',
    },
    still,
  )
  const until = new Date(world.now.getTime() + days * DAY)
  while (world.wakeAt && world.wakeAt <= until && !isTerminal(world.case.state)) {
    pass(world, world.wakeAt.getTime() - world.now.getTime(), still)
    drive(world, null, still)
  }
  world.now = until
  return world
}

/** What is still to come once the case has moved: "funds.r2 2026-11-08T09:30". */
function toCome(c: RecoveryCase): string[] {
  return c.steps
    .filter(({ state }) => state === 'scheduled')
    .sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime())
    .map(({ stepKey, dueAt }) => `${stepKey} ${wallTime(dueAt, BERLIN)}`)
}

function move(world: World, to: Sequence, from = first) {
  const made = moveToVersion(world.case, from, to, world.now)
  return { ...made, case: afterDecision(world.case, decisionOfMove(world.case, made), world.now) }
}

describe('a case moves to a new version', () => {
  test('what did not change keeps its date, what is new is dated, what is gone is cancelled with its reason', () => {
    const next = version([r1, e1, r2, e2, email('funds.e3', anchorDay(14), 'options'), e9])
    const moved = move(daysLater(3), next)
    expect(toCome(moved.case)).toEqual([
      'funds.r2 2026-11-08T09:30',
      'funds.e2 2026-11-08T11:30',
      'funds.e3 2026-11-16T11:30',
      'funds.e9 2026-11-20T11:30',
    ])
    expect(moved.cancel).toEqual([
      { stepRunId: 'funds.r3#0', because: 'the new version does not have this step' },
    ])
    expect(moved.because).toBe(
      'moved to the new version: 1 step cancelled, 1 step planned; what is done stays done',
    )
  })

  test('a step that moved gets its new day, and the message that hangs on it goes along', () => {
    const next = version([r1, e1, { ...r2, offset: anchorDay(8) }, e2, r3, e9])
    expect(toCome(move(daysLater(3), next).case).slice(0, 2)).toEqual([
      'funds.r2 2026-11-10T09:30',
      'funds.e2 2026-11-10T11:30',
    ])
  })

  test('what is done stays done, wherever the new version puts it', () => {
    const next = version([{ ...r1, offset: anchorDay(5) }, e1, r2, e2, r3, e9])
    const moved = move(daysLater(3), next)
    expect(moved.add).toEqual([])
    expect(moved.case.steps.filter(({ stepKey }) => stepKey === 'funds.r1')).toHaveLength(1)
  })

  test('a day that has passed is not made up for', () => {
    const early = retry('funds.r0', anchorDay(2))
    const sooner = { ...r3, offset: anchorDay(3) }
    const moved = move(daysLater(4), version([r1, e1, early, r2, e2, sooner, e9]))
    expect(moved.add).toEqual([])
    expect(moved.cancel).toMatchObject([{ because: /its day had passed/ }])
  })

  test('rolled back, the plan is what it was', () => {
    const world = daysLater(3)
    const bare = version([r1, e1, r2, e9])
    const there = move(world, bare)
    const back = moveToVersion(there.case, bare, first, world.now)
    const again = afterDecision(there.case, decisionOfMove(there.case, back), world.now)
    expect(toCome(again)).toEqual(toCome(world.case))
    expect(back.add.map(({ stepKey, occurrence }) => `${stepKey}#${occurrence}`)).toEqual([
      'funds.e2#1',
      'funds.r3#1',
    ])
  })

  test('other words for staff move nothing', () => {
    const call: Step = {
      key: 'funds.call',
      lane: 'FUNDS',
      kind: 'staff_task',
      offset: anchorDay(9),
      ifMissed: 'next_window',
      task: 'Call',
    }
    const before = version([r1, e1, call, e9])
    const next = version([r1, e1, { ...call, task: 'Call her', phone: { script: 'Hello' } }, e9])
    expect(move(daysLater(3, before), next, before)).toMatchObject({ cancel: [], add: [] })
  })

  test('the deadline moves with its setting, and leaves three days at least', () => {
    const moved = move(daysLater(3), version([r1, e1, r2, e2, r3, e9], { deadlineDays: 14 }))
    expect(moved.deadlineAt && wallTime(moved.deadlineAt, BERLIN)).toBe('2026-11-16T09:00')
    const late = move(daysLater(9), version([r1, e1, r2, e2, r3, e9], { deadlineDays: 7 }))
    expect(late.deadlineAt && wallTime(late.deadlineAt, BERLIN)).toBe('2026-11-14T09:00')
    expect(late.cancel.every(({ because }) => because.length > 0)).toBe(true)
    const longer = version([r1, e1], { deadlineDays: 10, graceDays: 10 })
    const back = move(daysLater(3, longer), version([r1, e1], { graceDays: 30 }), longer)
    expect(back.deadlineAt && wallTime(back.deadlineAt, BERLIN)).toBe('2026-11-23T09:00')
    expect(back.graceEndsAt && wallTime(back.graceEndsAt, BERLIN)).toBe('2026-12-02T09:00')
  })

  test('the issuer who said no three times running is not asked again by a new version', () => {
    const base = defaultSequence()
    const issuer = [1, 2, 3, 10].map((day, i) => retry(`issuer.r${i}`, anchorDay(day)))
    const rest = base.steps.filter(({ lane }) => lane !== 'ISSUER')
    const before: Sequence = { ...base, steps: [...issuer, ...rest] }
    const next: Sequence = {
      ...before,
      steps: before.steps.map((step) =>
        step.key === 'issuer.r3' ? { ...step, offset: anchorDay(12) } : step,
      ),
    }
    const world = begin(
      {
        code: 'CARD_DECLINED',
        interval: 'month',
        finalAction: 'pause',
        stockFinalAction: 'skip',
        startsAt: new Date('2026-11-02T08:00:00Z'),
        sequence: before,
      },
      still,
    )
    while (
      world.case.attempts.length < 3 ||
      world.charges.some(({ outcome }) => outcome.type === 'pending')
    ) {
      pass(world, Math.max(60_000, (world.wakeAt?.getTime() ?? 0) - world.now.getTime()), still)
      drive(world, null, still)
    }
    expect(world.case.state).toEqual({ status: 'awaiting_customer', reason: 'method' })
    expect(moveToVersion(world.case, before, next, world.now)).toMatchObject({
      cancel: [],
      add: [],
    })
  })

  test.each<[string, Partial<RecoveryCase>, RegExp]>([
    ['held', { state: { status: 'held', reason: 'merchant', frozenAt: new Date() } }, /held/],
    ['in doubt', { state: { status: 'in_doubt' } }, /charge is under way/],
    ['over', { state: { status: 'exhausted' } }, /over/],
    ['waiting for an order', { state: { status: 'awaiting_customer', reason: 'order' } }, /order/],
    ['under review', { state: { status: 'awaiting_merchant', reason: 'review' } }, /staff/],
  ])('not while it is %s', (_what, change, because) => {
    const world = daysLater(3)
    world.case = { ...world.case, ...change }
    expect(mayMove(world.case)).toMatchObject({ may: false })
    const made = moveToVersion(world.case, first, version([r1]), world.now)
    expect(made).toMatchObject({ cancel: [], add: [] })
    expect(made.because).toMatch(because)
  })
})

test('a case whose version is given up ends, unless a charge is under way', () => {
  const { case: c } = daysLater(3)
  expect(endOnPublish(c)).toMatchObject({
    state: { status: 'written_off' },
    cancel: expect.arrayContaining([expect.objectContaining({ stepRunId: 'funds.r3#0' })]),
  })
  const live = { ...c, attempts: c.attempts.map((a) => ({ ...a, state: 'submitted' as const })) }
  expect(endOnPublish(live)).toBeNull()
})
