/**
 * Shopify's own Admin schema, 2026-10, and the documents that were checked against it.
 *
 * `scripts/fetch-schema.mjs` puts the schema into an ignored folder. Nothing of it is written by us.
 */
import { existsSync, readFileSync } from 'node:fs'
import {
  buildSchema,
  type DocumentNode,
  GraphQLEnumType,
  GraphQLError,
  type GraphQLSchema,
  NoDeprecatedCustomRule,
  parse,
  specifiedRules,
  validate,
} from 'graphql'

export const SCHEMA_FILE = '.cache/shopify-schema/admin-2026-10.graphql'

export function loadSchema(file = SCHEMA_FILE): GraphQLSchema {
  if (!existsSync(file))
    throw new Error(`${file} is missing. Run \`npm run schema\` to fetch Shopify's Admin schema.`)
  const schema = buildSchema(readFileSync(file, 'utf8'), { assumeValid: true, noLocation: true })
  for (const name of CODE_ENUMS) letThroughUnknownCodes(schema, name)
  return schema
}

/** The enums of decline codes. Shopify adds to them, so an app must live with a code that its schema lacks. */
const CODE_ENUMS = [
  'SubscriptionBillingAttemptPaymentErrorCode',
  'SubscriptionBillingAttemptGeneralErrorCode',
  'SubscriptionBillingAttemptInventoryErrorCode',
]

function letThroughUnknownCodes(schema: GraphQLSchema, name: string): void {
  const type = schema.getType(name)
  if (type instanceof GraphQLEnumType) type.serialize = (value) => String(value)
}

export type Checked =
  | { type: 'good'; document: DocumentNode; deprecations: string[] }
  | { type: 'bad'; errors: object[] }

/** Parses and checks documents; each text once. */
export function newChecker(schema: GraphQLSchema): (source: string) => Checked {
  const known = new Map<string, Checked>()
  return (source) => {
    const checked = known.get(source) ?? check(schema, source)
    known.set(source, checked)
    return checked
  }
}

function check(schema: GraphQLSchema, source: string): Checked {
  let document: DocumentNode
  try {
    document = parse(source)
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    return { type: 'bad', errors: [{ message: error.message, locations: error.locations }] }
  }
  const errors = validate(schema, document, specifiedRules)
  if (errors.length > 0) return { type: 'bad', errors: errors.map(inShopifysWords) }
  const deprecations = validate(schema, document, [NoDeprecatedCustomRule])
  return { type: 'good', document, deprecations: deprecations.map(({ message }) => message) }
}

/** Validation errors with Shopify's codes, and its words for the common ones. */
function inShopifysWords({ message, locations }: GraphQLError): object {
  for (const [pattern, code, words] of WORDS) {
    const match = pattern.exec(message)
    if (match) return { message: words(match), locations, extensions: { code } }
  }
  return { message, locations, extensions: { code: 'invalidDocument' } }
}

const WORDS: [RegExp, string, (match: RegExpExecArray) => string][] = [
  [
    /^Cannot query field "(\w+)" on type "(\w+)"/,
    'undefinedField',
    ([, field, type]) => `Field '${field}' doesn't exist on type '${type}'`,
  ],
  [
    /^Unknown argument "(\w+)" on field "\w+\.(\w+)"/,
    'argumentNotAccepted',
    ([, argument, field]) => `Field '${field}' doesn't accept argument '${argument}'`,
  ],
  [
    /^Field "(\w+)" argument "(\w+)" of type "[^"]+" is required/,
    'missingRequiredArguments',
    ([, field, argument]) => `Field '${field}' is missing required arguments: ${argument}`,
  ],
  [
    /^Field "(\w+)" of type "([^"]+)" must have a selection of subfields/,
    'selectionMismatch',
    ([, field, type]) =>
      `Field must have selections (field '${field}' returns ${type} but has no selections. Did you mean '${field} { ... }'?)`,
  ],
]
