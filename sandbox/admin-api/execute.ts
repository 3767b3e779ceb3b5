/**
 * Answers a GraphQL request as Shopify does: the document checked against the real schema, the token's scopes checked
 * at each field, the cost taken from the shop's bucket, the world shown or changed.
 */
import {
  execute,
  GraphQLError,
  type GraphQLFieldResolver,
  GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  isCompositeType,
  Kind,
  type OperationDefinitionNode,
} from 'graphql'
import { demandAccess } from './access.ts'
import { type Buckets, bucketOf, MOST_PER_QUERY, requestedCost, throttleStatus } from './cost.ts'
import type { View } from './nodes.ts'
import { MUTATIONS, QUERIES } from './root.ts'
import { type Checked, loadSchema, newChecker } from './schema.ts'

export type AdminApi = {
  schema: GraphQLSchema
  check: (source: string) => Checked
  buckets: Buckets
  /** Deprecated fields that the app used, and how often. */
  deprecations: Map<string, number>
  /** Fields that the app asked for and the sandbox does not play. */
  notPlayed: Set<string>
}

export function newAdminApi(schema = loadSchema()): AdminApi {
  return {
    schema,
    check: newChecker(schema),
    buckets: new Map(),
    deprecations: new Map(),
    notPlayed: new Set(),
  }
}

export type GraphqlRequest = {
  query: string
  variables?: Record<string, unknown> | null
  operationName?: string | null
}

/** The root fields of a request, for planned faults. Empty when the document is no good. */
export function rootFieldsOf(api: AdminApi, request: GraphqlRequest): string[] {
  const checked = api.check(request.query)
  if (checked.type === 'bad') return []
  const operation = getOperationAST(checked.document, request.operationName)
  return (operation?.selectionSet.selections ?? []).flatMap((each) =>
    each.kind === Kind.FIELD ? [each.name.value] : [],
  )
}

type Context = { api: AdminApi; view: View; objects: number }

export async function answerGraphql(
  api: AdminApi,
  view: View,
  request: GraphqlRequest,
  strict: boolean,
): Promise<object> {
  const checked = api.check(request.query)
  if (checked.type === 'bad') return { errors: checked.errors }
  for (const message of checked.deprecations)
    api.deprecations.set(message, (api.deprecations.get(message) ?? 0) + 1)
  if (strict && checked.deprecations.length > 0)
    return {
      errors: checked.deprecations.map((message) => ({
        message: `${message} The sandbox refuses deprecated fields; SANDBOX_STRICT=0 lets them through.`,
        extensions: { code: 'deprecatedField' },
      })),
    }
  const operation = getOperationAST(checked.document, request.operationName)
  if (!operation)
    return {
      errors: [
        { message: 'No operation of this name was found', extensions: { code: 'BAD_REQUEST' } },
      ],
    }

  const { plan, domain } = view.shop
  const variables = withDefaults(operation, request.variables ?? {})
  const requestedQueryCost = requestedCost(api.schema, checked.document, operation, variables)
  const bucket = bucketOf(api.buckets, domain, plan, view.world.now)
  const cost = (actualQueryCost: number | null) => ({
    cost: { requestedQueryCost, actualQueryCost, throttleStatus: throttleStatus(bucket, plan) },
  })
  if (requestedQueryCost > MOST_PER_QUERY)
    return {
      errors: [
        {
          message: `Query cost is ${requestedQueryCost}, which exceeds the single query max cost limit (${MOST_PER_QUERY}).`,
          extensions: {
            code: 'MAX_COST_EXCEEDED',
            cost: requestedQueryCost,
            maxCost: MOST_PER_QUERY,
          },
        },
      ],
    }
  if (bucket.level < requestedQueryCost) return { errors: [THROTTLED], extensions: cost(null) }

  bucket.level -= requestedQueryCost
  const context: Context = { api, view, objects: 0 }
  const result = await execute({
    schema: api.schema,
    document: checked.document,
    variableValues: request.variables ?? {},
    operationName: request.operationName ?? null,
    contextValue: context,
    fieldResolver: resolveField,
    typeResolver: (value: { __typename?: string }) => value.__typename,
  })
  const actual = Math.min(
    requestedQueryCost,
    operation.operation === 'mutation' ? 10 + context.objects : Math.max(1, context.objects),
  )
  bucket.level += requestedQueryCost - actual
  return {
    ...(result.errors ? { errors: result.errors.map(asShown) } : {}),
    ...(result.data === undefined ? {} : { data: result.data }),
    extensions: cost(actual),
  }
}

/** What Shopify says, with HTTP 200, when the bucket is empty. */
export const THROTTLED = {
  message: 'Throttled',
  extensions: {
    code: 'THROTTLED',
    documentation: 'https://shopify.dev/api/usage/rate-limits',
  },
}

const asShown = (error: GraphQLError): object => ({
  message: error.message,
  locations: error.locations,
  ...(error.path ? { path: error.path } : {}),
  ...(Object.keys(error.extensions).length > 0 ? { extensions: error.extensions } : {}),
})

const resolveField: GraphQLFieldResolver<unknown, Context> = (source, args, context, info) => {
  demandAccess(info, context.view.shop.scopes)
  const value = shownBy(source, args, context, info)
  if (isCompositeType(getNamedType(info.returnType)))
    context.objects += Array.isArray(value) ? value.length : value === null ? 0 : 1
  return value
}

function shownBy(
  source: unknown,
  args: Record<string, unknown>,
  { api, view }: Context,
  info: GraphQLResolveInfo,
): unknown {
  const { fieldName, parentType } = info
  if (parentType.name === 'Mutation' && view.refuse) return refusedPayload(view.refuse, info)
  const roots: Record<string, unknown> | null =
    parentType.name === 'QueryRoot' ? QUERIES : parentType.name === 'Mutation' ? MUTATIONS : null
  const found = roots ? roots[fieldName] : (source as Record<string, unknown>)[fieldName]
  if (typeof found === 'function') return found(args, view)
  if (found !== undefined && !roots) return found
  api.notPlayed.add(`${parentType.name}.${fieldName}`)
  throw new GraphQLError(
    `The sandbox does not play ${parentType.name}.${fieldName} yet. Add it to sandbox/admin-api/.`,
    { extensions: { code: 'NOT_PLAYED' } },
  )
}

/** The payload of a mutation that a planned fault refuses: nothing but the user error. */
function refusedPayload(code: string, { returnType }: GraphQLResolveInfo): object {
  const payload = getNamedType(returnType)
  const fields = payload instanceof GraphQLObjectType ? Object.keys(payload.getFields()) : []
  return {
    ...Object.fromEntries(fields.map((name) => [name, null])),
    userErrors: [{ field: null, message: `Refused with ${code}`, code }],
  }
}

/** Variables with the operation's defaults, for counting the cost. */
function withDefaults(
  operation: OperationDefinitionNode,
  given: Record<string, unknown>,
): Record<string, unknown> {
  const defaults = Object.fromEntries(
    (operation.variableDefinitions ?? []).map(({ variable, defaultValue }) => [
      variable.name.value,
      defaultValue && 'value' in defaultValue ? defaultValue.value : undefined,
    ]),
  )
  return { ...defaults, ...given }
}
