import { describe, expect, test } from 'vitest'
import {
  blocksFor,
  type Edit,
  type Editing,
  edited,
  isDirty,
  newBlock,
  startEditing,
  templateOf,
  warningsOf,
  withVariable,
} from './editing.ts'
import { LANGUAGES } from './formats.ts'
import { type Block, defaultTemplate, problemsOf, type Template } from './template.ts'

const base = { template: defaultTemplate('en', 'first', '*', null), version: null }
const other = (subject: string): Template => ({ ...base.template, subject })

const played = (edits: Edit[], start: Editing = startEditing(base)) => edits.reduce(edited, start)
const kinds = (state: Editing) => state.draft.blocks.map(({ block }) => block.type).join(' ')
const nth = (state: Editing, i: number) => state.draft.blocks[i]?.id ?? 0

describe('blocks', () => {
  const start = startEditing(base)
  const before = 'heading text button order method dates'

  test('move to where they are put, and not past the ends', () => {
    expect(kinds(start)).toBe(before)
    const move = (from: number, to: number) =>
      kinds(played([{ type: 'move', id: nth(start, from), to }]))
    expect(move(1, 2)).toBe('heading button text order method dates')
    expect(move(5, 0)).toBe('dates heading text button order method')
    expect(move(0, 99)).toBe('text button order method dates heading')
    expect(move(0, -1)).toBe(before)
    expect(played([{ type: 'move', id: 999, to: 0 }])).toEqual(start)
  })

  test('keep their number when they move, so that a cursor in one stays there', () => {
    const id = nth(start, 1)
    const moved = played([{ type: 'move', id, to: 4 }])
    expect(nth(moved, 4)).toBe(id)
  })

  test('are added at the end with words that can be saved, and deleted', () => {
    for (const type of blocksFor('email').filter((each) => each !== 'picture')) {
      const state = played([{ type: 'add', block: newBlock(type) }])
      expect(kinds(state)).toBe(`${before} ${type}`)
      expect(problemsOf(templateOf(state.draft)).filter(({ stops }) => stops)).toEqual([])
    }
    expect(kinds(played([{ type: 'delete', id: nth(start, 0) }]))).toBe(before.slice(8))
    const added: Edit = { type: 'add', block: newBlock('divider') }
    const ids = played([added, { type: 'delete', id: 7 }, added]).draft.blocks.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('undo', () => {
  test('takes back one thing at a time, but what was typed in one field at once', () => {
    const type = (text: string): Edit => ({ type: 'subject', text })
    const typed = played([type('a'), type('ab'), { type: 'preview', text: 'p' }, type('abc')])
    expect(typed.past).toHaveLength(3)
    const back = played([{ type: 'undo' }], typed)
    expect([back.draft.subject, back.draft.preview]).toEqual(['ab', 'p'])
    const start = played([{ type: 'undo' }, { type: 'undo' }, { type: 'undo' }], back)
    expect(templateOf(start.draft)).toEqual(base.template)
    const again = played(
      [{ type: 'redo' }, { type: 'redo' }, { type: 'redo' }, { type: 'redo' }],
      start,
    )
    expect(again.draft).toEqual(typed.draft)
  })

  test('any edits undone are as if they had never been', () => {
    const kindsOfEdit: ((n: number, state: Editing) => Edit)[] = [
      (n) => ({ type: 'subject', text: `s${n}` }),
      (n, state) => ({ type: 'move', id: nth(state, n % 7), to: n % 5 }),
      (n, state) => ({ type: 'delete', id: nth(state, n % 3) }),
      (n) => ({ type: 'add', block: newBlock(blocksFor('email')[n % 10] ?? 'text') }),
      (n, state) => ({ type: 'block', id: nth(state, 0), block: { type: 'text', text: `t${n}` } }),
      () => ({ type: 'replace', template: other('whole') }),
    ]
    let seed = 7
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed
    }
    for (let run = 0; run < 50; run++) {
      let state = startEditing(base)
      for (let i = 0; i < 30; i++) {
        const make = kindsOfEdit[random() % kindsOfEdit.length]
        if (make) state = edited(state, make(random() % 100, state))
      }
      const end = state.draft
      const steps = state.past.length
      for (let i = 0; i < steps; i++) state = edited(state, { type: 'undo' })
      expect(isDirty(state)).toBe(false)
      for (let i = 0; i < steps; i++) state = edited(state, { type: 'redo' })
      expect(state.draft).toEqual(end)
    }
  })

  test('brings back what was discarded', () => {
    const gone = played([{ type: 'subject', text: 'Mine' }, { type: 'discard' }])
    expect(isDirty(gone)).toBe(false)
    expect(played([{ type: 'undo' }], gone).draft.subject).toBe('Mine')
    expect(played([{ type: 'discard' }])).toEqual(startEditing(base))
  })
})

describe('when somebody else saves', () => {
  const theirs = { template: other('Theirs'), version: 1 }

  test('who has changed nothing follows', () => {
    const state = played([{ type: 'loaded', base: theirs }])
    expect(state.draft.subject).toBe('Theirs')
    expect([isDirty(state), state.theirs]).toEqual([false, null])
  })

  test('who has changed something keeps it, and can go on from theirs', () => {
    const state = played([
      { type: 'subject', text: 'Mine' },
      { type: 'loaded', base: theirs },
    ])
    expect([state.draft.subject, state.base.version]).toEqual(['Mine', null])
    expect(state.theirs).toEqual(theirs)
    const taken = played([{ type: 'take_theirs' }], state)
    expect([taken.draft.subject, taken.base.version, taken.theirs]).toEqual(['Theirs', 1, null])
    expect(played([{ type: 'undo' }], taken).draft.subject).toBe('Mine')
    const kept = played([{ type: 'keep_mine' }], state)
    expect([kept.draft.subject, kept.base.version, isDirty(kept)]).toEqual(['Mine', 1, true])
  })

  test('one’s own saving is no conflict, whatever was typed meanwhile', () => {
    const mine = { template: other('Mine'), version: 1 }
    const state = played([
      { type: 'subject', text: 'Mine' },
      { type: 'subject', text: 'Mine, and more' },
      { type: 'saved', base: mine },
      { type: 'loaded', base: mine },
    ])
    expect([isDirty(state), state.theirs, state.base.version]).toEqual([true, null, 1])
  })
})

test('fields in another order are no change: the database orders them', () => {
  const picture = { type: 'picture', url: 'u', alt: 'a' } as const
  const turned = { alt: 'a', url: 'u', type: 'picture' } as const
  const draft = startEditing({ ...base, template: { ...base.template, blocks: [picture] } })
  expect(
    isDirty({ ...draft, base: { version: 1, template: { ...base.template, blocks: [turned] } } }),
  ).toBe(false)
})

test('a variable goes where the cursor is, or over what is selected', () => {
  expect(withVariable('Dear , hi', 'first_name', 5, 5)).toEqual({
    text: 'Dear {{ first_name }}, hi',
    caret: 21,
  })
  expect(withVariable('Dear NAME, hi', 'first_name', 9, 5).text).toBe('Dear {{ first_name }}, hi')
})

describe('tone', () => {
  test('is told for the text that it is in', () => {
    const shouting = 'FINAL WARNING: pay now or lose everything!!!'
    const blocks: Block[] = [
      { type: 'order', pictures: true },
      { type: 'text', text: shouting },
    ]
    const found = warningsOf({ subject: shouting, preview: '', blocks, commercial: false }, 'en')
    for (const where of ['subject', 'blocks.1']) {
      const rules = found.filter((one) => one.where === where).map(({ rule }) => rule)
      expect(rules).toEqual(expect.arrayContaining(['threat', 'shouting']))
    }
    expect(found.some(({ where }) => where === 'blocks.0')).toBe(false)
  })

  test('finds nothing in our own words', () => {
    for (const tag of LANGUAGES)
      expect(warningsOf(defaultTemplate(tag, 'last', 'FUNDS', 'cancel'), tag)).toEqual([])
  })
})
