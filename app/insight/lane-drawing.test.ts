import { expect, test } from 'vitest'
import type { Sequence } from '../dunning/types.ts'
import { drawLane } from './lane-drawing.ts'

const sequence: Sequence = {
  steps: [
    {
      key: 'funds.e1',
      lane: 'FUNDS',
      kind: 'email',
      offset: { from: 'step', stepKey: 'funds.r1', hours: 2 },
      ifMissed: 'merge',
      stage: 'first',
    },
    {
      key: 'funds.r1',
      lane: 'FUNDS',
      kind: 'retry',
      offset: { from: 'anchor', days: 1 },
      ifMissed: 'next_window',
    },
    {
      key: 'funds.r2',
      lane: 'FUNDS',
      kind: 'retry',
      offset: { from: 'anchor', days: 4 },
      ifMissed: 'next_window',
      payday: true,
    },
  ],
  finalAction: 'pause',
  deadlineDays: 21,
  graceDays: 21,
  stockFinalAction: 'skip',
  retryWindow: { fromHour: 9, untilHour: 10 },
}

test('a lane is drawn in the order of its days, each step in words too', () => {
  const drawing = drawLane(sequence, 'FUNDS')
  expect(drawing?.marks.map(({ text }) => text)).toEqual([
    'R1 · Day 1: charge',
    'E1 · Day 1, 2 hours after R1: e-mail: first notice',
    'R2 · Day 4: charge, moved to a payday within two days',
  ])
  expect(drawing?.tracks.map(({ name }) => name)).toEqual(['Charges', 'E-mails'])
  expect(drawing?.ticks).toEqual([0, 7, 14])
})

test('a shorter deadline draws the steps together', () => {
  const drawing = drawLane({ ...sequence, deadlineDays: 10 }, 'FUNDS')
  expect(drawing?.marks.map(({ day }) => Math.floor(day))).toEqual([0, 0, 2])
})

test('a lane without steps is not drawn', () => {
  expect(drawLane(sequence, 'STOP')).toBeNull()
})
