/**
 * Shopify's search syntax, as far as it is played: `field:value`, `field:>'value'`, joined by a space or AND.
 * A field that Shopify does not document for the list is an error here; Shopify would ignore it and answer everything.
 */
import { GraphQLError } from 'graphql'

type Comparison = '=' | '>' | '>=' | '<' | '<='
export type Readers<T> = Record<string, (item: T) => string | number | null>

/** Keeps what the query asks for. Instants are compared as numbers, ids by their last part. */
export function search<T>(
  all: readonly T[],
  query: string | null | undefined,
  readers: Readers<T>,
): readonly T[] {
  const terms = [...(query ?? '').matchAll(/(\w+):(>=|<=|>|<)?(?:'([^']*)'|"([^"]*)"|(\S+))/g)]
  const rest = (query ?? '').replace(/(\w+):(>=|<=|>|<)?(?:'[^']*'|"[^"]*"|\S+)/g, '').trim()
  if (rest.replaceAll('AND', '').trim() !== '')
    throw new GraphQLError(
      `The sandbox cannot search for "${query}": it plays field:value and AND only.`,
    )
  return terms.reduce((kept, [, field = '', sign, single, double, bare]) => {
    const read = readers[field]
    if (!read) throw new GraphQLError(`Shopify has no search filter "${field}" on this list.`)
    const wanted = single ?? double ?? bare ?? ''
    return kept.filter((item) => compare(read(item), (sign ?? '=') as Comparison, wanted))
  }, all)
}

function compare(have: string | number | null, sign: Comparison, wanted: string): boolean {
  if (have === null) return false
  if (typeof have === 'string') return sign === '=' && have.toLowerCase() === plain(wanted)
  const number = /^\d+$/.test(wanted) ? Number(wanted) : Date.parse(wanted)
  switch (sign) {
    case '=':
      return have === number
    case '>':
      return have > number
    case '>=':
      return have >= number
    case '<':
      return have < number
    case '<=':
      return have <= number
  }
}

const plain = (text: string): string => text.slice(text.lastIndexOf('/') + 1).toLowerCase()
