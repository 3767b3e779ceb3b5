/** A notice on the shopper's account page: a title, a few sentences and one button. Pure. Whoever shows it escapes it. */
import { directionOf, type LanguageTag } from './formats.ts'
import { fill } from './liquid.ts'
import type { Piece } from './mail-html.ts'
import { type NoticeInput, oneLine, piecesOf, wordsFor } from './render.ts'
import { defaultAccount, MAX_SUBJECT, type Template } from './template.ts'

export type AccountNotice = {
  title: string
  pieces: Piece[]
  /** Null: there is nothing to do. */
  button: string | null
  locale: LanguageTag
  dir: 'ltr' | 'rtl'
}

export function renderAccountNotice(input: NoticeInput, template?: Template): AccountNotice {
  const { tag, variables } = wordsFor(input)
  const words = template ?? defaultAccount(tag, input.stage, input.lane, input.finalAction)
  const labels = words.blocks.flatMap((block) => (block.type === 'button' ? [block.label] : []))
  return {
    title: oneLine(fill(words.subject, variables), MAX_SUBJECT),
    pieces: words.blocks.flatMap((block) =>
      block.type === 'text' ? piecesOf(fill(block.text, variables)) : [],
    ),
    button: labels.map((label) => oneLine(fill(label, variables), 60)).find(Boolean) ?? null,
    locale: tag,
    dir: directionOf(tag),
  }
}
