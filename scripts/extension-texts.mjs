/**
 * Holds the texts of an extension against each other and against its source: Shopify's build checks none of it, and a
 * missing text would show its key to a shopper.
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** Those of the messages. */
export const LANGUAGES = ['en', 'de', 'fr', 'es', 'nl', 'pt-BR', 'ja', 'ar']
const HOLE = /\{\{(\w+)\}\}/g
const CATEGORIES = ['zero', 'one', 'two', 'few', 'many', 'other']

/** What is wrong with the texts of one extension; empty: nothing. */
export function textProblems(folder) {
  const name = basename(folder)
  const source = globSync('src/**/*.{ts,tsx}', { cwd: folder })
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n')
  const texts = new Map()
  for (const language of LANGUAGES) {
    const file = join(folder, 'locales', `${language === 'en' ? 'en.default' : language}.json`)
    if (!existsSync(file)) return [`${name}: there is no ${basename(file)}.`]
    texts.set(language, flat(JSON.parse(readFileSync(file, 'utf8'))))
  }
  return problemsOf(texts, source).map((problem) => `${name}: ${problem}`)
}

/** @param {Map<string, Map<string, string | Record<string, string>>>} texts by language; English is the pattern */
export function problemsOf(texts, source) {
  const pattern = texts.get('en')
  const problems = []
  for (const [language, own] of texts) {
    const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories
    for (const key of pattern.keys()) {
      if (!own.has(key)) problems.push(`${language} lacks ${key}.`)
    }
    for (const [key, text] of own) {
      const wanted = pattern.get(key)
      if (wanted === undefined) {
        problems.push(`${language} has ${key}, which English lacks.`)
        continue
      }
      if (String(holesIn(text)) !== String(holesIn(wanted))) {
        problems.push(`${language}: ${key} has other {{holes}} than English.`)
      }
      if (typeof text !== typeof wanted)
        problems.push(`${language}: ${key} is a plural in one only.`)
      else if (typeof text === 'object' && !sameWords(Object.keys(text), categories)) {
        problems.push(`${language}: ${key} needs exactly ${categories.join(', ')}.`)
      }
      for (const form of formsOf(text)) {
        if (form.trim() === '' || /[{}]/.test(form.replaceAll(HOLE, ''))) {
          problems.push(`${language}: ${key} is empty, or has a broken {{hole}}.`)
        }
      }
    }
  }
  return [...problems, ...problemsOfUse(pattern, source)]
}

/** Each key that the source names exists, and each that exists is named. */
function problemsOfUse(pattern, source) {
  const keys = [...pattern.keys()]
  const groups = new Set(keys.filter((key) => key.includes('.')).map((key) => key.split('.')[0]))
  const named = [...source.matchAll(/(['"`])([a-z_]+(?:\.(?:\w|\$\{[^}]+\})+)*)\1/g)]
    .map(([, , text]) => text)
    .filter((text) => keys.includes(text) || (text.includes('.') && groups.has(text.split('.')[0])))
    .map((text) => ({ text, fits: new RegExp(`^${text.replace(/\$\{[^}]+\}/g, '\\w+')}$`) }))
  const missing = named
    .filter(({ fits }) => !keys.some((key) => fits.test(key)))
    .map(({ text }) => `the source names ${text}, which has no text.`)
  const unused = keys
    .filter((key) => key !== 'name' && !named.some(({ fits }) => fits.test(key)))
    .map((key) => `nothing uses ${key}.`)
  return [...missing, ...unused]
}

/** Nested texts as key -> text; a plural, an object whose keys are all plural categories, stays one. */
export function flat(texts, path = '') {
  return new Map(
    Object.entries(texts).flatMap(([key, text]) => {
      const whole = path + key
      if (typeof text === 'string' || isPlural(text)) return [[whole, text]]
      return [...flat(text, `${whole}.`)]
    }),
  )
}

function isPlural(text) {
  const keys = Object.keys(text)
  return keys.includes('other') && keys.every((key) => CATEGORIES.includes(key))
}

const formsOf = (text) => (typeof text === 'string' ? [text] : Object.values(text))

/** A count may be said in words, so a plural owes it in its general form only; every other hole is owed by each form. */
function holesIn(text) {
  const forms = formsOf(text).map(
    (form) => new Set([...form.matchAll(HOLE)].map(([, hole]) => hole)),
  )
  const all = new Set(forms.flatMap((holes) => [...holes]))
  return [...all]
    .filter((hole) => hole === 'count' || forms.every((holes) => holes.has(hole)))
    .sort()
}

function sameWords(some, others) {
  return some.length === others.length && some.every((one) => others.includes(one))
}
