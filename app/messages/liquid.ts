/**
 * Liquid for texts that people write: plain text in, plain text out. Pure, and bounded on every side: no loop, no file,
 * no property of an object, and a limit on length, memory and time. So no template can hang a worker.
 */
import { Liquid } from 'liquidjs'

/** The words cannot be used, and what to change. */
export class TemplateFault extends Error {
  override name = 'TemplateFault'
}

/** What is wrong with one text, where, and how to mend it. */
export type TextProblem = { line: number | null; say: string; mend: string }

/** Characters of one text's source. Ours have under 900. */
export const MAX_SOURCE = 10_000

/** Characters that one text may yield, far above any letter. */
export const MAX_OUTPUT = 50_000

/**
 * Milliseconds that one text may take; ours take a twentieth of one. It is high because a busy machine may stop us in
 * the middle: without loops, source and memory bound the work already.
 */
const MAX_RENDER_MS = 1_000

/**
 * Tags that are not there. Loops have nothing to go through, since all variables are plain text, and could run for
 * ever; the others read files or keep counters.
 */
const NO_TAGS = [
  'for',
  'tablerow',
  'break',
  'continue',
  'cycle',
  'increment',
  'decrement',
  'include',
  'render',
  'layout',
  'block',
  'liquid',
]

const engine = new Liquid({
  parseLimit: MAX_SOURCE,
  renderLimit: MAX_RENDER_MS,
  memoryLimit: 500_000,
  strictVariables: true,
  strictFilters: true,
  ownPropertyOnly: true,
  // No file is ever read.
  templates: {},
})
for (const name of NO_TAGS) delete engine.tags[name]

/** Fills one text; an unknown variable, also in a branch not taken, is an error that names it. */
export function fill(source: string, variables: Readonly<Record<string, string | null>>): string {
  // Most of our own texts are a variable or a sentence without one.
  if (!source.includes('{')) return source
  const { template, uses } = parse(source)
  for (const { name } of uses) {
    if (!Object.hasOwn(variables, name)) {
      throw new TemplateFault(
        `The template uses {{ ${name} }}, which does not exist. It can use: ${Object.keys(variables).sort().join(', ')}.`,
      )
    }
  }
  let filled: string
  try {
    filled = engine.renderSync(template, variables)
  } catch (error) {
    throw faultOf(error)
  }
  if (filled.length <= MAX_OUTPUT) return filled
  throw new TemplateFault(`The template yields over ${MAX_OUTPUT} characters. Make it shorter.`)
}

/** Everything that would make `fill` refuse this text; empty: it can be used. */
export function problemsInText(
  source: string,
  examples: Readonly<Record<string, string | null>>,
): TextProblem[] {
  try {
    const unknown = parse(source).uses.filter(({ name }) => !Object.hasOwn(examples, name))
    if (unknown.length === 0) {
      fill(source, examples)
      return []
    }
    return unknown.map(({ name, line }) => ({
      line,
      say: `{{ ${name} }} does not exist.`,
      mend: mendName(name, Object.keys(examples)),
    }))
  } catch (error) {
    const fault = faultOf(error)
    return [{ line: lineOf(fault), ...explain(fault.message) }]
  }
}

type Parsed = {
  template: ReturnType<typeof engine.parse>
  uses: { name: string; line: number | null }[]
}

function parse(source: string): Parsed {
  const known = parsedSources.get(source)
  if (known) return known
  if (source.length > MAX_SOURCE) {
    throw new TemplateFault(
      `The template has ${source.length} characters; ${MAX_SOURCE} is the limit.`,
    )
  }
  let fresh: Parsed
  try {
    const template = engine.parse(source)
    const { globals } = engine.analyzeSync(template)
    const uses = Object.entries(globals).map(([name, places]) => ({
      name: String(name),
      line: places[0]?.location.row ?? null,
    }))
    fresh = { template, uses }
  } catch (error) {
    throw faultOf(error)
  }
  if (parsedSources.size >= MAX_PARSED) parsedSources.clear()
  parsedSources.set(source, fresh)
  return fresh
}

/** Parsing costs ten times what filling does. Our own texts are about 1,500; the rest is for merchants' words. */
const MAX_PARSED = 4_000
const parsedSources = new Map<string, Parsed>()

function faultOf(error: unknown): TemplateFault {
  if (error instanceof TemplateFault) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new TemplateFault(`The template cannot be used: ${reason}.`, { cause: error })
}

/** Liquid counts lines from 1 and tells them at the end of its message. */
function lineOf(fault: TemplateFault): number | null {
  const [, line] = /line:(\d+)/.exec(fault.message) ?? []
  return line ? Number(line) : null
}

/** Liquid's own words, in ours. */
function explain(message: string): { say: string; mend: string } {
  const tag = /tag "([^"]+)" not found/.exec(message)?.[1]
  if (tag && NO_TAGS.includes(tag)) {
    return {
      say: `{% ${tag} %} is not possible here.`,
      mend: 'Variables are plain texts, so there is nothing to repeat: write the sentence once, and use {% if %} where it depends on something.',
    }
  }
  if (tag) {
    const closes = tag.startsWith('end') || tag === 'else' || tag === 'elsif'
    return {
      say: `{% ${tag} %} ${closes ? 'closes nothing that was opened' : 'is not a tag of Liquid'}.`,
      mend: closes
        ? 'Put the {% if %} that belongs to it before it, or delete it.'
        : 'Use {% if %}, {% unless %} or {% case %}, or delete it.',
    }
  }
  const filter = /undefined filter: (\S+?),/.exec(message)?.[1]
  if (filter) {
    return {
      say: `The filter "${filter}" does not exist.`,
      mend: 'Delete it together with the "|" before it, or use one such as upcase, capitalize or default.',
    }
  }
  const open = /tag \{%-?\s*(\w+).*?not closed/.exec(message)?.[1]
  if (open) {
    return {
      say: `{% ${open} %} is never closed.`,
      mend: `Add {% end${open} %} where it shall end.`,
    }
  }
  if (/not closed/.test(message)) {
    return {
      say: 'A "{{" or "{%" is never closed.',
      mend: 'Add "}}" or "%}" behind it. To show braces as they are, put them between {% raw %} and {% endraw %}.',
    }
  }
  if (/undefined variable/.test(message)) {
    return {
      say: 'It reaches into a value that is a plain text.',
      mend: 'Use the variable alone, without a dot or brackets behind it.',
    }
  }
  if (/limit|over \d+ characters|is the limit/i.test(message)) {
    return { say: 'This text is too long or takes too long.', mend: 'Make it shorter.' }
  }
  return {
    say: `Liquid cannot read this: ${message.replace(/^The template cannot be used: /, '')}`,
    mend: 'Check the braces and quotation marks in this line, or insert the variable again from the list.',
  }
}

function mendName(name: string, known: readonly string[]): string {
  const plain = name.toLowerCase().replace(/[^a-z0-9]+/g, '_')
  const near = known
    .map((one) => ({ one, off: distance(plain, one) }))
    .sort((a, b) => a.off - b.off)[0]
  return near && near.off <= Math.max(2, name.length / 3)
    ? `Did you mean {{ ${near.one} }}?`
    : 'Choose a variable from the list, or delete it.'
}

/** How many letters must change to turn one word into the other (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const change = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, change))
    }
    row = next
  }
  return row[to.length] ?? 0
}
