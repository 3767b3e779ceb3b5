/** Spoils what a well-meaning sender would send: texts, JSON and forms. The same seed spoils in the same way. */
import type { Random } from '../../sandbox/random.ts'

/** Texts that have broken somebody's program before. */
const NASTY_TEXTS = [
  '',
  ' ',
  '\0',
  '\u202e\u200b\ufeff',
  '\ud800',
  'Ä𝕏👩‍👩‍👧',
  '٣',
  "' OR 1=1 --",
  '{{ 7 | times: 191 }}{% for i in (1..999999) %}x{% endfor %}',
  '<script>alert(1)</script>',
  '../../../etc/passwd',
  '%00%0d%0a',
  '\r\nx-injected: yes',
  '-1',
  '0',
  '1.5',
  '0x10',
  '1e309',
  'NaN',
  '9'.repeat(40),
  'null',
  'undefined',
  '[object Object]',
  '__proto__',
  'constructor',
  'toString',
  '2026-13-45T99:99:99Z',
  'gid://shopify/SubscriptionContract/',
  'gid://shopify/Product/1',
  'gid://shopify/SubscriptionContract/1?x="){id}}',
  'a'.repeat(5_000),
]

/** Values of every type, and of sizes that nobody means. */
const NASTY_VALUES: unknown[] = [
  ...NASTY_TEXTS,
  null,
  true,
  false,
  0,
  -1,
  1.5,
  2 ** 53,
  1e308,
  [],
  {},
  [[[[]]]],
  [null],
  { id: null },
  { length: -1 },
]

/** Raw JSON that no object of ours can be written to. */
const RAW_VALUES = [
  '1e999',
  '-0',
  '9'.repeat(400),
  '{"__proto__":{"isAdmin":true}}',
  '{"constructor":{"prototype":{"x":1}}}',
  '{"toJSON":1,"then":1}',
  `${'['.repeat(3_000)}${']'.repeat(3_000)}`,
  `${'{"a":'.repeat(1_000)}1${'}'.repeat(1_000)}`,
  '"\\ud800"',
  '"\\u0000"',
]

export const below = (random: Random, limit: number): number => Math.floor(random() * limit)

export function anyOf<T>(random: Random, list: readonly T[]): T {
  const chosen = list[below(random, list.length)]
  if (chosen === undefined) throw new Error('There is nothing to choose from.')
  return chosen
}

/** A text with a few of its characters changed, cut, doubled or replaced, or another text altogether. */
export function spoiltText(random: Random, text: string): string {
  const at = below(random, text.length + 1)
  switch (below(random, 7)) {
    case 0:
      return anyOf(random, NASTY_TEXTS)
    case 1:
      return text.slice(0, at)
    case 2:
      return text.slice(0, at) + String.fromCharCode(below(random, 0x300)) + text.slice(at + 1)
    case 3:
      return text.slice(0, at) + anyOf(random, NASTY_TEXTS) + text.slice(at)
    case 4:
      return text + text
    case 5:
      return random() < 0.5 ? text.toUpperCase() : text.toLowerCase()
    default:
      return text.slice(at) + text.slice(0, at)
  }
}

/** The text of an object's JSON after one to three changes; now and then it is none any more. */
export function spoiltJson(random: Random, body: object): string {
  const copy = structuredClone(body) as Record<string, unknown>
  let raw: string | null = null
  for (let changes = 1 + below(random, 3); changes > 0; changes--) {
    const keys = Object.keys(copy)
    const key = keys.length > 0 ? anyOf(random, keys) : 'id'
    switch (below(random, 6)) {
      case 0:
        delete copy[key]
        break
      case 1:
        copy[key] = copy[anyOf(random, [...keys, key])]
        break
      case 2:
        copy[anyOf(random, NASTY_TEXTS)] = anyOf(random, NASTY_VALUES)
        break
      case 3:
        copy[key] = RAW
        raw = anyOf(random, RAW_VALUES)
        break
      default:
        copy[key] = anyOf(random, NASTY_VALUES)
    }
  }
  const text = JSON.stringify(copy).replaceAll(JSON.stringify(RAW), raw ?? 'null')
  if (random() < 0.1) return spoiltText(random, text)
  if (random() < 0.03) return raw ?? anyOf(random, RAW_VALUES)
  return text
}

const RAW = 'put raw JSON here'

/** A form with fields spoilt, dropped, doubled or added. */
export function spoiltForm(random: Random, fields: Record<string, string>): URLSearchParams {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    const luck = random()
    if (luck < 0.08) continue
    form.append(luck < 0.14 ? spoiltText(random, name) : name, value)
    if (luck > 0.94) form.append(name, spoiltText(random, value))
  }
  const name = anyOf(random, Object.keys(fields))
  form.set(name, spoiltText(random, fields[name] ?? ''))
  if (random() < 0.05) form.append(anyOf(random, NASTY_TEXTS), anyOf(random, NASTY_TEXTS))
  return form
}
