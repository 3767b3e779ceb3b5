/**
 * What a query costs, and the bucket it is paid from.
 *
 * An object is 1, a connection 2 plus its size times what one of its nodes costs, a mutation 10, a scalar nothing.
 * What was asked for is taken first; what was not used comes back.
 * Source: https://shopify.dev/docs/api/usage/limits (2026-11), for the documented parts.
 */
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  TypeInfo,
  valueFromASTUntyped,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import type { Plan } from '../world/world.ts'

/** No single query may cost more. */
export const MOST_PER_QUERY = 1000
const MUTATION_COST = 10

/** Points per second, and how many can be saved up. */
const RATES: Record<Plan, { restoreRate: number; maximumAvailable: number }> = {
  standard: { restoreRate: 100, maximumAvailable: 2000 },
  advanced: { restoreRate: 200, maximumAvailable: 4000 },
  plus: { restoreRate: 1000, maximumAvailable: 20000 },
}

type Bucket = { level: number; realAt: number; worldAt: number }
export type Buckets = Map<string, Bucket>

/**
 * The shop's bucket as it stands now. It fills by whichever clock has gone further: in the sandbox hours of world time
 * pass within a real second, and a queue of real requests can stand at one world instant.
 */
export function bucketOf(buckets: Buckets, shop: string, plan: Plan, worldNow: number): Bucket {
  const { restoreRate, maximumAvailable } = RATES[plan]
  const realNow = Date.now()
  const known = buckets.get(shop) ?? { level: maximumAvailable, realAt: realNow, worldAt: worldNow }
  const passed = Math.max(realNow - known.realAt, worldNow - known.worldAt, 0) / 1000
  known.level = Math.min(maximumAvailable, known.level + passed * restoreRate)
  known.realAt = realNow
  known.worldAt = worldNow
  buckets.set(shop, known)
  return known
}

export const throttleStatus = (bucket: Bucket, plan: Plan) => ({
  maximumAvailable: RATES[plan].maximumAvailable,
  currentlyAvailable: Math.floor(bucket.level),
  restoreRate: RATES[plan].restoreRate,
})

/** The most this operation can cost with these variables. */
export function requestedCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): number {
  const composite = compositeFields(schema, document)
  const fragments = new Map(
    document.definitions.flatMap((each) =>
      each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each.selectionSet] as const] : [],
    ),
  )
  const costOf = (set: SelectionSetNode): number => {
    let plain = 0
    const byType = new Map<string, number>()
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        plain += costOfField(selection)
        continue
      }
      const inner =
        selection.kind === Kind.INLINE_FRAGMENT
          ? selection.selectionSet
          : fragments.get(selection.name.value)
      const type =
        selection.kind === Kind.INLINE_FRAGMENT
          ? (selection.typeCondition?.name.value ?? '')
          : selection.name.value
      byType.set(type, (byType.get(type) ?? 0) + (inner ? costOf(inner) : 0))
    }
    return plain + Math.max(0, ...byType.values())
  }
  const costOfField = (field: FieldNode): number => {
    if (!field.selectionSet || !composite.has(field)) return 0
    const inner = costOf(field.selectionSet)
    const size = sizeOf(field, variables)
    if (size !== null) return 2 + size * Math.max(1, inner)
    return 1 + inner
  }
  if (operation.operation === 'mutation') {
    const roots = operation.selectionSet.selections.length
    return roots * MUTATION_COST + Math.max(0, costOf(operation.selectionSet) - roots)
  }
  return Math.max(1, costOf(operation.selectionSet))
}

/** `first` or `last` of a connection; null when the field has neither. */
function sizeOf(field: FieldNode, variables: Record<string, unknown>): number | null {
  const size = field.arguments?.find(({ name }) => name.value === 'first' || name.value === 'last')
  return size ? Number(valueFromASTUntyped(size.value, variables) ?? 0) : null
}

/** Each document is read once: the app has some twenty. */
const compositeOf = new WeakMap<DocumentNode, Set<FieldNode>>()

function compositeFields(schema: GraphQLSchema, document: DocumentNode): Set<FieldNode> {
  const known = compositeOf.get(document)
  if (known) return known
  const found = new Set<FieldNode>()
  compositeOf.set(document, found)
  const info = new TypeInfo(schema)
  visit(
    document,
    visitWithTypeInfo(info, {
      Field(node) {
        const type = info.getType()
        if (!type || !isCompositeType(getNamedType(type))) return
        if (!['nodes', 'edges', 'node', 'pageInfo'].includes(node.name.value)) found.add(node)
        else if (node.selectionSet) found.add(node)
      },
    }),
  )
  return found
}
