import { expect, test } from 'vitest'
import { segmentRows } from './segments-page.ts'

const matching = { cases: 8, unread: 0, byRule: [], byDefault: 8 }
const standard = { id: 'sequence', name: 'Standard', isOn: true, isDefault: true }
const rule = { id: 'rule', name: 'Loyal', sequenceId: 'sequence' }

test('a segment says for whom it is', () => {
  const conditions = [{ fact: 'orders', is: 'at_least', value: 10 } as const]
  expect(segmentRows([{ ...rule, conditions }], [standard], matching)).toMatchObject([
    {
      says: expect.stringMatching(/^If .*number of orders is at least 10$/),
      isSkipped: false,
      gets: 'Standard',
    },
  ])
})

test('one that cannot be read says that it is passed over, and what to do', () => {
  const unreadable = 'a condition asks for a fact that we do not know'
  const [row] = segmentRows([{ ...rule, conditions: [], unreadable }], [standard], matching)
  expect(row?.isSkipped).toBe(true)
  expect(row?.says).toMatch(/cannot be read: a condition .*\. .*next segment\. Edit it/)
})
