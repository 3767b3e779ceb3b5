/** Lists as Shopify pages them: `first`/`after` or `last`/`before`, opaque cursors. */
import { GraphQLError } from 'graphql'

export type Paging = {
  first?: number | null
  last?: number | null
  after?: string | null
  before?: string | null
  reverse?: boolean | null
}

/** The largest page. Source: Shopify refuses `first` over 250. */
const LARGEST_PAGE = 250

/** One page of `all`. `node` makes the shown object of an item; `id` tells items apart. */
export function connection<T>(
  all: readonly T[],
  paging: Paging,
  id: (item: T) => string,
  node: (item: T) => unknown,
): object {
  const { first, last } = paging
  if (first == null && last == null)
    throw new GraphQLError('you must provide one of first or last', {
      extensions: { code: 'BAD_REQUEST' },
    })
  if ((first ?? 0) > LARGEST_PAGE || (last ?? 0) > LARGEST_PAGE)
    throw new GraphQLError(`first and last cannot exceed ${LARGEST_PAGE}`, {
      extensions: { code: 'BAD_REQUEST' },
    })
  const ordered = paging.reverse ? [...all].reverse() : all
  const place = (cursor: string) => {
    const wanted = idOf(cursor)
    return ordered.findIndex((item) => id(item) === wanted)
  }
  const from = paging.after ? place(paging.after) + 1 : 0
  const until = paging.before ? place(paging.before) : ordered.length
  const between = ordered.slice(from, Math.max(from, until))
  const page = first != null ? between.slice(0, first) : between.slice(-(last ?? 0))
  const edges = page.map((item) => ({ cursor: cursorOf(id(item)), node: () => node(item) }))
  const firstShown = page[0]
  const lastShown = page.at(-1)
  return {
    edges,
    nodes: () => page.map(node),
    pageInfo: {
      hasNextPage: lastShown !== undefined && lastShown !== ordered.at(-1),
      hasPreviousPage: firstShown !== undefined && firstShown !== ordered[0],
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}

const cursorOf = (id: string): string =>
  Buffer.from(JSON.stringify({ last_id: id })).toString('base64')

function idOf(cursor: string): string {
  try {
    const read = JSON.parse(Buffer.from(cursor, 'base64').toString()) as { last_id?: string }
    return read.last_id ?? ''
  } catch {
    throw new GraphQLError('Invalid cursor', { extensions: { code: 'BAD_REQUEST' } })
  }
}
