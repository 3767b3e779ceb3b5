/**
 * What Shopify knows of the app: its key and secret, where it listens, and `shopify.app.toml`, read as on a deploy.
 *
 * The file is read again whenever it has changed.
 */
import { readFileSync, statSync } from 'node:fs'
import { parse } from 'smol-toml'

export type Settings = {
  apiKey: string
  apiSecret: string
  /** Where the app listens, e.g. http://localhost:3000. Null: there is no app, nothing is delivered. */
  appUrl: string | null
  /** Where this sandbox listens. Set once it does. */
  ownUrl: string
  /** Refuse documents that use deprecated fields. */
  strict: boolean
  clockFile: string
  /** The folder of the app's extensions, with their built bundles. */
  extensions: string
  /** SendGrid and Twilio tell the app of every message by themselves. Otherwise only when asked to (`/control/mailbox/events`). */
  mailEvents: boolean
  deployed: () => Deployed
}

/** What `shopify app deploy` would have told Shopify. */
export type Deployed = {
  scopes: string[]
  /** Topic, e.g. `app/uninstalled`, to the path or address of its endpoint. */
  endpoints: Map<string, string>
  /** Topics whose body is cut down to these fields. */
  fields: Map<string, string[]>
  apiVersion: string
}

export const COMPLIANCE = ['customers/data_request', 'customers/redact', 'shop/redact']

export function settingsFrom(
  env: Record<string, string | undefined>,
  tomlFile = 'shopify.app.toml',
): Settings {
  return {
    apiKey: env.SHOPIFY_API_KEY ?? 'sandbox-key',
    apiSecret: env.SHOPIFY_API_SECRET ?? 'sandbox-secret',
    appUrl: env.APP_URL || null,
    ownUrl: '',
    strict: env.SANDBOX_STRICT !== '0',
    clockFile: env.SANDBOX_CLOCK_FILE ?? '.data/sandbox-clock',
    extensions: env.SANDBOX_EXTENSIONS || 'extensions',
    mailEvents: env.SANDBOX_MAIL_EVENTS === '1',
    deployed: deployedFrom(tomlFile),
  }
}

function deployedFrom(file: string): () => Deployed {
  let readAt = -1
  let known: Deployed | null = null
  return () => {
    const { mtimeMs } = statSync(file)
    if (!known || mtimeMs !== readAt) {
      known = asDeployed(readFileSync(file, 'utf8'))
      readAt = mtimeMs
    }
    return known
  }
}

type AppToml = {
  access_scopes?: { scopes?: string }
  webhooks?: {
    api_version?: string
    subscriptions?: {
      topics?: string[]
      compliance_topics?: string[]
      uri?: string
      include_fields?: string[]
    }[]
  }
}

export function asDeployed(toml: string): Deployed {
  const app = parse(toml) as AppToml
  const endpoints = new Map<string, string>()
  const fields = new Map<string, string[]>()
  for (const subscription of app.webhooks?.subscriptions ?? []) {
    const { topics = [], compliance_topics = [], uri, include_fields } = subscription
    for (const topic of [...topics, ...compliance_topics]) {
      if (!uri) throw new Error(`shopify.app.toml: the subscription to ${topic} has no uri.`)
      if (endpoints.has(topic))
        throw new Error(`shopify.app.toml: ${topic} is subscribed to twice and would come twice.`)
      endpoints.set(topic, uri)
      if (include_fields) fields.set(topic, include_fields)
    }
  }
  return {
    scopes: (app.access_scopes?.scopes ?? '')
      .split(',')
      .map((scope) => scope.trim())
      .filter(Boolean),
    endpoints,
    fields,
    apiVersion: app.webhooks?.api_version ?? '2026-10',
  }
}
