/**
 * Every GraphQL document of the app against Shopify's real schema, and shopify.app.toml against what the documents
 * and the topics need. `npm run schema` fetches the schema; without it these tests fail, they do not skip.
 */
import { globSync, readFileSync } from 'node:fs'
import {
  buildSchema,
  type GraphQLSchema,
  isEnumType,
  NoDeprecatedCustomRule,
  parse,
  specifiedRules,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { parse as parseToml } from 'smol-toml'
import { beforeAll, describe, expect, test } from 'vitest'
import { TOPICS } from '../app/intake/topics.ts'
import { API_VERSION } from '../app/shopify/version.ts'

const SCHEMA = `.cache/shopify-schema/admin-${API_VERSION}.graphql`
const rules = [...specifiedRules, NoDeprecatedCustomRule]

const texts = globSync('app/**/*.{ts,tsx}').flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/(\w+) = `#graphql([^`]*)`/g)].map(
    ([, constant = '', written = '']) => ({ file, constant, written }),
  ),
)
/** Fragments that several documents share; the only thing that is put into one. */
const fragments = new Map(
  texts
    .filter(({ written }) => /^\s*fragment /.test(written))
    .map(({ constant, written }) => [constant, written]),
)
const documents = texts
  .filter(({ constant }) => !fragments.has(constant))
  .map(({ file, written }) => ({
    file,
    name: /(?:query|mutation)\s+(\w+)/.exec(written)?.[1] ?? 'without a name',
    source: written.replace(/\$\{(\w+)\}/g, (put, name: string) => fragments.get(name) ?? put),
  }))

type AppToml = {
  access_scopes: { scopes: string }
  webhooks: {
    api_version: string
    subscriptions: { topics?: string[]; compliance_topics?: string[]; uri: string }[]
  }
}
const toml = parseToml(readFileSync('shopify.app.toml', 'utf8')) as unknown as AppToml
const scopes = toml.access_scopes.scopes.split(',')
const topics = toml.webhooks.subscriptions.flatMap((one) => one.topics ?? [])
const complianceTopics = toml.webhooks.subscriptions.flatMap((one) => one.compliance_topics ?? [])

let schema: GraphQLSchema
beforeAll(() => {
  schema = buildSchema(readFileSync(SCHEMA, 'utf8'), { assumeValidSDL: true })
})

describe('GraphQL documents', () => {
  const problems = (source: string) =>
    validate(schema, parse(source), rules).map(({ message }) => message)

  test('were found, each with a name of its own', () => {
    expect(documents.length).toBeGreaterThan(10)
    expect(new Set(documents.map(({ name }) => name)).size).toBe(documents.length)
  })

  test.each(documents)('$name is valid and uses nothing deprecated ($file)', ({ source }) => {
    expect(problems(source)).toEqual([])
  })

  test.each(documents)(
    '$name is one whole text, with nothing put in but fragments',
    ({ source, name }) => {
      expect(source).not.toContain('${')
      expect(name).toMatch(/^[A-Z]/)
    },
  )

  test('a deprecated field is caught', () => {
    const [message] = problems(
      '{ subscriptionBillingAttempt(id: "gid://shopify/SubscriptionBillingAttempt/1") { errorCode } }',
    )
    expect(message).toMatch(/deprecated/)
  })
})

describe('what must never be asked of Shopify', () => {
  const banned: [field: string, because: string][] = [
    ['errorCode', 'deprecated: read `state`'],
    ['errorMessage', 'deprecated: read `state`'],
    ['ready', 'deprecated: read `state`'],
    ['lastPaymentStatus', 'it may belong to another cycle'],
    ['subscriptionBillingCycleCharge', 'it has no idempotency key: a lost answer charges twice'],
    ['subscriptionBillingCycleBulkCharge', 'it cannot leave out paid contracts'],
    ['subscriptionContractSetNextBillingDate', 'the date belongs to the merchant’s biller'],
    ['customerPaymentMethodCreditCardUpdate', 'no card field of ours anywhere'],
    ['customerPaymentMethodCreditCardCreate', 'no card field of ours anywhere'],
  ]
  const fields = new Set<string>()
  beforeAll(() => {
    for (const { source } of documents)
      visit(parse(source), { Field: (node) => void fields.add(node.name.value) })
  })

  test.each(banned)('%s: %s', (field) => {
    expect(fields.has(field)).toBe(false)
  })

  test('every billing attempt names its key and its cycle', () => {
    const adapter = readFileSync('app/shopify/billing.server.ts', 'utf8')
    expect(adapter).toMatch(/idempotencyKey: request\.key/)
    expect(adapter).toMatch(/billingCycleSelector: \{ index: request\.cycleIndex \}/)
  })
})

describe('shopify.app.toml', () => {
  test('pins the version that the documents are tested against', () => {
    expect(toml.webhooks.api_version).toBe(API_VERSION)
  })

  test.each(topics)('%s exists in WebhookSubscriptionTopic', (topic) => {
    const type = schema.getType('WebhookSubscriptionTopic')
    if (!isEnumType(type)) throw new Error('the schema has no WebhookSubscriptionTopic')
    const known = type.getValues().map(({ name }) => name)
    expect(known).toContain(topic.replace('/', '_').toUpperCase())
  })

  test('subscribes to exactly the topics that intake has a rule for', () => {
    expect([...topics, ...complianceTopics].sort()).toEqual([...TOPICS].sort())
  })

  test('names the three compliance topics apart, since they are not in the enum', () => {
    expect(complianceTopics.sort()).toEqual([
      'customers/data_request',
      'customers/redact',
      'shop/redact',
    ])
  })

  test('sends everything to /webhooks', () => {
    expect([...new Set(toml.webhooks.subscriptions.map(({ uri }) => uri))]).toEqual(['/webhooks'])
  })

  test('names beside each topic the file that answers it', () => {
    const text = readFileSync('shopify.app.toml', 'utf8')
    for (const topic of [...topics, ...complianceTopics]) {
      const line = text.split('\n').find((one) => one.includes(`"${topic}"`)) ?? ''
      const file = /# .*?((?:app\/)[\w./-]+\.ts)/.exec(line)?.[1]
      expect(file, `no file beside ${topic}`).toBeDefined()
      expect(globSync(file ?? '')).toHaveLength(1)
    }
  })

  test.each(scopes)('%s is needed by a document or a topic', (scope) => {
    expect([...neededScopes()].sort()).toContain(scope)
  })

  test('asks for every scope that a document or a topic needs', () => {
    for (const scope of neededScopes()) expect(scopes).toContain(scope)
  })
})

/**
 * Which scope stands behind a type or a root field. The schema says it in prose only (`requiredAccess`), so this
 * table repeats it for what we use. Source: the descriptions in the schema; shopify-platform reference, sections
 * 6.1 and 9.
 */
const SCOPE_OF_TYPE: Record<string, string[]> = {
  SubscriptionContract: ['read_own_subscription_contracts'],
  SubscriptionBillingCycle: ['read_own_subscription_contracts'],
  SubscriptionBillingAttempt: ['read_own_subscription_contracts'],
  Customer: ['read_customers'],
  CustomerPaymentMethod: ['read_customers', 'read_customer_payment_methods'],
  Order: ['read_orders'],
  ProductVariant: ['read_products'],
  CustomerAccountPageConnection: ['read_content'],
}
const SCOPE_OF_MUTATION: Record<string, string[]> = {
  subscriptionBillingAttemptCreate: ['write_own_subscription_contracts'],
  subscriptionContractPause: ['write_own_subscription_contracts'],
  subscriptionContractActivate: ['write_own_subscription_contracts'],
  subscriptionContractCancel: ['write_own_subscription_contracts'],
  subscriptionBillingCycleSkip: ['write_own_subscription_contracts'],
  subscriptionContractUpdate: ['write_own_subscription_contracts'],
  subscriptionDraftUpdate: ['write_own_subscription_contracts', 'read_customer_payment_methods'],
  subscriptionDraftCommit: ['write_own_subscription_contracts'],
  subscriptionBillingCycleContractEdit: ['write_own_subscription_contracts'],
  subscriptionDraftLineUpdate: ['write_own_subscription_contracts'],
  subscriptionDraftLineRemove: ['write_own_subscription_contracts'],
  subscriptionBillingCycleContractDraftCommit: ['write_own_subscription_contracts'],
  subscriptionBillingCycleEditDelete: ['write_own_subscription_contracts'],
  customerPaymentMethodGetUpdateUrl: ['write_customers'],
  customerPaymentMethodSendUpdateEmail: ['write_customers'],
}
const SCOPE_OF_TOPIC: [prefix: string, scopes: string[]][] = [
  ['subscription_', ['read_own_subscription_contracts']],
  ['customer_payment_methods/', ['read_customer_payment_methods']],
  ['orders/', ['read_orders']],
  ['refunds/', ['read_orders']],
  ['variants/', ['read_products']],
]

function neededScopes(): Set<string> {
  const needed = new Set<string>()
  const need = (list: string[] | undefined) => list?.forEach((scope) => void needed.add(scope))
  for (const { source } of documents) {
    const info = new TypeInfo(schema)
    visit(
      parse(source),
      visitWithTypeInfo(info, {
        Field: (node) => {
          if (info.getParentType() === schema.getMutationType()) {
            const known = SCOPE_OF_MUTATION[node.name.value]
            if (!known) throw new Error(`Say in this test which scope ${node.name.value} needs.`)
            need(known)
          }
          need(SCOPE_OF_TYPE[String(info.getType()).replace(/[[\]!]/g, '')])
        },
      }),
    )
  }
  for (const topic of topics) need(SCOPE_OF_TOPIC.find(([prefix]) => topic.startsWith(prefix))?.[1])
  return needed
}
