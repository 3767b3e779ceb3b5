/**
 * A template while it is edited: what it was, what it is now, and the way back. Pure; the editor runs it in the
 * browser. Blocks have numbers here, so that a block stays itself when it moves.
 */
import type { LanguageTag } from './formats.ts'
import type { Block, Channel, Template } from './template.ts'
import { type ToneFinding, toneOf } from './tone.ts'

export type DraftBlock = { id: number; block: Block }
export type Draft = Omit<Template, 'blocks'> & { blocks: DraftBlock[] }

/** What the draft started from: the words as they are saved, and their version (null: ours). */
export type Base = { template: Template; version: number | null }

export type Editing = {
  base: Base
  /** Somebody saved other words while these were edited. */
  theirs: Base | null
  draft: Draft
  past: Draft[]
  future: Draft[]
  nextId: number
  /** The field that is being typed in: its letters are undone together. */
  typing: string | null
}

export type Edit =
  | { type: 'subject' | 'preview'; text: string }
  | { type: 'commercial'; isOn: boolean }
  | { type: 'block'; id: number; block: Block }
  | { type: 'add'; block: Block }
  /** `to`: the place it shall have, counted from 0. */
  | { type: 'move'; id: number; to: number }
  | { type: 'delete'; id: number }
  /** Other words for the whole; they can be undone. */
  | { type: 'replace'; template: Template }
  | { type: 'undo' | 'redo' | 'discard' }
  /** These words were saved, whatever was typed since. */
  | { type: 'saved'; base: Base }
  /** The page was read again. */
  | { type: 'loaded'; base: Base }
  /** Go on from their words; one's own can be brought back by undoing. */
  | { type: 'take_theirs' }
  /** Save one's own over theirs, knowing of them. */
  | { type: 'keep_mine' }

/** Steps that can be undone. */
const MAX_PAST = 100

export function startEditing(base: Base): Editing {
  const { draft, nextId } = draftOf(base.template, 1)
  return { base, theirs: null, draft, past: [], future: [], nextId, typing: null }
}

export function edited(state: Editing, edit: Edit): Editing {
  const { draft } = state
  switch (edit.type) {
    case 'subject':
    case 'preview':
      return changed(state, { ...draft, [edit.type]: edit.text }, edit.type)
    case 'commercial':
      return changed(state, { ...draft, commercial: edit.isOn })
    case 'block': {
      const blocks = draft.blocks.map((one) =>
        one.id === edit.id ? { id: one.id, block: edit.block } : one,
      )
      return changed(state, { ...draft, blocks }, `block ${edit.id}`)
    }
    case 'add': {
      const blocks = [...draft.blocks, { id: state.nextId, block: edit.block }]
      return changed({ ...state, nextId: state.nextId + 1 }, { ...draft, blocks })
    }
    case 'move':
      return moved(state, edit.id, edit.to)
    case 'delete':
      return changed(state, {
        ...draft,
        blocks: draft.blocks.filter(({ id }) => id !== edit.id),
      })
    case 'replace':
      return replaced(state, edit.template)
    case 'undo': {
      const before = state.past.at(-1)
      if (!before) return state
      const past = state.past.slice(0, -1)
      return { ...state, draft: before, past, future: [draft, ...state.future], typing: null }
    }
    case 'redo': {
      const [after, ...future] = state.future
      if (!after) return state
      return { ...state, draft: after, past: [...state.past, draft], future, typing: null }
    }
    case 'discard':
      return isDirty(state) ? replaced(state, state.base.template) : state
    case 'saved':
      return { ...state, base: edit.base, theirs: null, typing: null }
    case 'loaded':
      return loaded(state, edit.base)
    case 'take_theirs':
      return state.theirs
        ? { ...replaced(state, state.theirs.template), base: state.theirs, theirs: null }
        : state
    case 'keep_mine':
      return state.theirs ? { ...state, base: state.theirs, theirs: null } : state
  }
}

export function templateOf({ blocks, ...rest }: Draft): Template {
  return { ...rest, blocks: blocks.map(({ block }) => block) }
}

export function isDirty({ base, draft }: Editing): boolean {
  return !isSame(base.template, templateOf(draft))
}

/** What a new block of this kind begins with: words that are right as they are, wherever that is possible. */
export function newBlock(type: Block['type']): Block {
  switch (type) {
    case 'heading':
      return { type, text: '{{ title }}' }
    case 'text':
      return { type, text: '{{ next }}' }
    case 'button':
      return { type, label: '{{ button }}' }
    case 'order':
      return { type, pictures: true }
    case 'policy':
      return { type, text: '' }
    case 'picture':
      return { type, url: '', alt: '' }
    default:
      return { type }
  }
}

/** The blocks that a channel can show. */
export function blocksFor(channel: Channel): Block['type'][] {
  if (channel === 'sms') return ['text']
  if (channel === 'account') return ['text', 'button']
  return [
    'heading',
    'text',
    'button',
    'order',
    'method',
    'dates',
    'policy',
    'divider',
    'picture',
    'feedback',
  ]
}

/** A variable put where the cursor is, or over what is selected; and where the cursor stands then. */
export function withVariable(
  text: string,
  name: string,
  start: number,
  end: number,
): { text: string; caret: number } {
  const word = `{{ ${name} }}`
  const [from, to] = [Math.min(start, end), Math.max(start, end)]
  return { text: text.slice(0, from) + word + text.slice(to), caret: from + word.length }
}

export type Warning = ToneFinding & {
  /** As in `Problem.where`. */
  where: string
}

/** How a template sounds, text by text. Warnings, never a lock. */
export function warningsOf({ subject, preview, blocks }: Template, tag: LanguageTag): Warning[] {
  const texts = [
    ['subject', subject],
    ['preview', preview],
    ...blocks.map((block, i) => [`blocks.${i}`, wordsIn(block)]),
  ] as [string, string][]
  return texts.flatMap(([where, text]) =>
    toneOf(text, tag).map((finding) => ({ where, ...finding })),
  )
}

function wordsIn(block: Block): string {
  if (block.type === 'heading' || block.type === 'text' || block.type === 'policy')
    return block.text
  return block.type === 'button' ? block.label : ''
}

function changed(state: Editing, draft: Draft, typing: string | null = null): Editing {
  const goesOn = typing !== null && typing === state.typing
  const past = goesOn ? state.past : [...state.past, state.draft].slice(-MAX_PAST)
  return { ...state, draft, past, future: [], typing }
}

function moved(state: Editing, id: number, to: number): Editing {
  const { blocks } = state.draft
  const from = blocks.findIndex((one) => one.id === id)
  const place = Math.max(0, Math.min(to, blocks.length - 1))
  const block = blocks[from]
  if (!block || place === from) return state
  const rest = blocks.filter((one) => one !== block)
  return changed(state, {
    ...state.draft,
    blocks: [...rest.slice(0, place), block, ...rest.slice(place)],
  })
}

function replaced(state: Editing, template: Template): Editing {
  const { draft, nextId } = draftOf(template, state.nextId)
  return changed({ ...state, nextId }, draft)
}

/** Who has changed nothing follows; who has keeps their words, and learns of the others. */
function loaded(state: Editing, base: Base): Editing {
  if (base.version === state.base.version && isSame(base.template, state.base.template))
    return state.theirs ? { ...state, theirs: null } : state
  if (isDirty(state)) return { ...state, theirs: base }
  return { ...replaced(state, base.template), base, theirs: null }
}

function draftOf({ blocks, ...rest }: Template, firstId: number) {
  return {
    draft: { ...rest, blocks: blocks.map((block, i) => ({ id: firstId + i, block })) },
    nextId: firstId + blocks.length,
  }
}

function isSame(one: Template, other: Template): boolean {
  return comparable(one) === comparable(other)
}

/** The database gives fields back in an order of its own. */
function comparable({ subject, preview, commercial, blocks }: Template): string {
  const ordered = blocks.map((block) => Object.entries(block).sort(([a], [b]) => (a < b ? -1 : 1)))
  return JSON.stringify([subject, preview, commercial, ordered])
}
