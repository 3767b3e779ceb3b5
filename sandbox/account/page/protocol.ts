/** What the account page and the worker of an extension say to each other. */

/** A row of the generated table (scripts/extension-elements.mjs). */
export type Row = {
  props: Record<string, { kind: Kind; words?: string[] }>
  events: string[]
  methods: string[]
}
export type Kind = 'boolean' | 'number' | 'array' | 'string' | 'any'
/** Tag to row. */
export type Table = Record<string, Row>

/** Properties that the shopper changes. They travel in `event.detail`, which is all that Remote DOM forwards. */
export const MIRRORED = ['value', 'values', 'checked', 'open', 'hidden']

/** What the worker is told about the extension that it is to run. */
export type Boot = {
  table: Table
  target: string
  apiVersion: string
  /** Address of the built bundle. */
  bundle: string
  /** Where the app listens: calls of `/ext/…` go there, whatever address the bundle was built for. */
  appUrl: string | null
  /** BCP 47: of the account, and of the extension's texts, which may lack the other. */
  language: string
  extensionLanguage: string
  texts: Tree
  /** Of the language that every key must have. */
  defaultTexts: Tree
  currency: string
  country: string
  customerId: string
  shopDomain: string
  shopName: string
  settings: Record<string, string | number | boolean>
  /** Where the extension is shown, e.g. `extension:/`. */
  url: string
  /** Of the order that the page is about. */
  order: { id: string; name: string } | null
  /** Granted in its shopify.extension.toml, e.g. `network_access`. */
  capabilities: string[]
}
export type Tree = { [key: string]: string | Tree }

/** Worker to page. */
export type FromWorker =
  | { type: 'call'; id: number; name: string; args: unknown[] }
  | { type: 'mutate'; records: unknown }
  /** Something that would not work at Shopify either, or a text that is missing. */
  | { type: 'fault'; message: string }
  /** The app took a change that the shopper made. */
  | { type: 'acted' }
  | { type: 'ready' }

/** Page to worker. */
export type ToWorker =
  | { type: 'boot'; boot: Boot }
  | { type: 'answer'; id: number; value?: unknown; error?: string }
  | { type: 'event'; callback: string; detail: unknown }
