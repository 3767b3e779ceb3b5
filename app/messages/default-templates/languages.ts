/** Every language that we have words in. */
import type { LanguageTag } from '../formats.ts'
import { ar } from './ar.ts'
import { de } from './de.ts'
import { en } from './en.ts'
import { es } from './es.ts'
import { fr } from './fr.ts'
import { ja } from './ja.ts'
import type { Language } from './language.ts'
import { nl } from './nl.ts'
import { ptBr } from './pt-br.ts'

const languages: Record<LanguageTag, Language> = { en, de, fr, es, nl, 'pt-BR': ptBr, ja, ar }

/** The words of a language. */
export function languageFor(tag: LanguageTag): Language {
  return languages[tag]
}
