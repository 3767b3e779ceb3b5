/** Every language that we have words in. */
import type { LanguageTag } from '../formats.ts'
import { en } from './en.ts'
import type { Language } from './language.ts'

const languages: Record<LanguageTag, Language> = { en }

/** The words of a language. */
export function languageFor(tag: LanguageTag): Language {
  return languages[tag]
}
