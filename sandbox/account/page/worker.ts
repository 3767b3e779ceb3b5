/**
 * Where an extension runs: a Web Worker with a document of its own, as at Shopify. No window, no cookies; `s-*` elements
 * made from the generated table; the globals `shopify` and `navigation`. What the built bundle asks for and Shopify
 * lacks is a fault, which the page shows and the tests fail on.
 */
import '@remote-dom/core/polyfill'
import {
  BatchingRemoteConnection,
  connectRemoteNode,
  RemoteElement,
  setRemoteId,
} from '@remote-dom/core/elements'
import {
  type Boot,
  type FromWorker,
  type Kind,
  MIRRORED,
  type Row,
  type Table,
  type ToWorker,
  type Tree,
} from './protocol.ts'

type Callback = (...args: unknown[]) => unknown
type Scope = {
  postMessage(message: FromWorker): void
  importScripts(address: string): void
  onmessage: (event: { data: ToWorker }) => void
  addEventListener(type: string, listener: (event: Happened) => void): void
  fetch: typeof fetch
  shopify?: unknown
  navigation?: unknown
}
type Happened = { message?: string; reason?: unknown }
const scope = globalThis as unknown as Scope

const fault = (message: string) => scope.postMessage({ type: 'fault', message })

// ---------------------------------------------------------------- calls to the page

let lastId = 0
const waiting = new Map<number, { resolve(value: unknown): void; reject(cause: Error): void }>()

function callPage<Value>(name: string, ...args: unknown[]): Promise<Value> {
  return new Promise((resolve, reject) => {
    lastId += 1
    waiting.set(lastId, { resolve: (value) => resolve(value as Value), reject })
    scope.postMessage({ type: 'call', id: lastId, name, args })
  })
}

scope.onmessage = ({ data }) => {
  switch (data.type) {
    case 'answer': {
      const call = waiting.get(data.id)
      waiting.delete(data.id)
      if (data.error === undefined) call?.resolve(data.value)
      else call?.reject(new Error(data.error))
      return
    }
    case 'event':
      callbacks.get(data.callback)?.(data.detail)
      return
    case 'boot':
      boot(data.boot).catch((error: unknown) => fault(words(error)))
  }
}
scope.addEventListener('error', ({ message }) => fault(String(message)))
scope.addEventListener('unhandledrejection', ({ reason }) => fault(words(reason)))

const words = (error: unknown) =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)

async function boot(options: Boot): Promise<void> {
  defineElements(options.table)
  makeGlobals(options)
  const body = document.body
  setRemoteId(body, '~') // the id under which the page's receiver knows the root
  connectRemoteNode(body, connection)
  scope.importScripts(options.bundle)
  const draw = targets.get(options.target)
  if (!draw) {
    const known = [...targets.keys()].join(', ') || 'none at all'
    return fault(`The bundle ${options.bundle} has no ${options.target}; it has ${known}.`)
  }
  await draw()
  scope.postMessage({ type: 'ready' })
}

// ---------------------------------------------------------------- elements

/** Functions cannot cross to the page: they travel as ids. */
const callbacks = new Map<string, Callback>()
const ids = new WeakMap<Callback, string>()

function idOf(callback: Callback): string {
  const known = ids.get(callback)
  if (known) return known
  lastId += 1
  const id = `callback-${lastId}`
  ids.set(callback, id)
  callbacks.set(id, callback)
  return id
}

function encode(value: unknown): unknown {
  if (typeof value === 'function') return { $callback: idOf(value as Callback) }
  if (Array.isArray(value)) return value.map(encode)
  if (!value || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, encode(part)]))
}

const connection = new BatchingRemoteConnection({
  mutate: (records) => scope.postMessage({ type: 'mutate', records: encode(records) }),
  call: (id, method, ...args) => callPage('element', id, method, ...args),
})

const CONSTRUCTORS: Record<Kind, unknown> = {
  boolean: Boolean,
  number: Number,
  array: Array,
  string: String,
  any: Object,
}

/** What plain HTML has and Shopify's elements have not. */
const HTML_ONLY = ['className', 'innerHTML', 'outerHTML', 'style']

function defineElements(table: Table): void {
  for (const [tag, row] of Object.entries(table)) customElements.define(tag, elementOf(tag, row))
}

function elementOf(tag: string, { props, events, methods }: Row) {
  /** What the shopper has changed can be read off the element before the handler runs. */
  function mirror(this: Record<string, unknown>, detail?: Record<string, unknown>) {
    for (const name of MIRRORED)
      if (detail && name in detail && name in props) this[name] = detail[name]
  }
  const allowed = new Set(['slot', ...Object.keys(props).map((name) => name.toLowerCase())])

  class Element extends RemoteElement {
    static override get remoteProperties() {
      const kinds = Object.entries(props)
      return Object.fromEntries(
        kinds.map(([name, { kind }]) => [name, { type: CONSTRUCTORS[kind] }]),
      ) as never
    }
    static override get remoteAttributes() {
      return ['slot'] as never
    }
    static override get remoteMethods() {
      return methods as never
    }
    static override get remoteEvents() {
      return Object.fromEntries(events.map((name) => [name, { dispatchEvent: mirror }])) as never
    }
    override setAttribute(name: string, value: string) {
      if (!allowed.has(name.toLowerCase())) fault(`Shopify's ${tag} has no property "${name}".`)
      super.setAttribute(name, value)
    }
    override addEventListener(type: string, ...rest: [never, never]) {
      if (!events.includes(type)) fault(`Shopify's ${tag} has no event "${type}".`)
      super.addEventListener(type, ...rest)
    }
  }
  for (const name of HTML_ONLY.filter((each) => !(each in props)))
    Object.defineProperty(Element.prototype, name, {
      set: () => fault(`Shopify's ${tag} has no property "${name}".`),
    })
  // Preact listens for "Dismiss" with a capital letter unless the element has an `ondismiss`.
  for (const name of events)
    if (!(`on${name}` in Element.prototype))
      Object.defineProperty(Element.prototype, `on${name}`, { value: null, writable: true })
  return Element
}

// ---------------------------------------------------------------- the globals

const targets = new Map<string, () => unknown>()

function makeGlobals(options: Boot): void {
  const { target, apiVersion, language, extensionLanguage, currency, order } = options
  const inLocale = (own?: boolean) => (own ? extensionLanguage : language)
  type Format<Options> = Options & { inExtensionLocale?: boolean }
  scope.shopify = {
    extend: (name: string, draw: () => unknown) => targets.set(name, draw),
    reload() {},
    extensionPoint: target,
    version: apiVersion,
    extension: {
      target,
      apiVersion,
      version: undefined,
      capabilities: constant(options.capabilities),
      rendered: constant(true),
      editor: undefined,
    },
    i18n: {
      translate: translator(options),
      formatNumber(
        n: number,
        { inExtensionLocale, ...more }: Format<Intl.NumberFormatOptions> = {},
      ) {
        return new Intl.NumberFormat(inLocale(inExtensionLocale), more).format(n)
      },
      formatCurrency(
        n: number,
        { inExtensionLocale, ...more }: Format<Intl.NumberFormatOptions> = {},
      ) {
        const format = { style: 'currency', currency, ...more } as const
        return new Intl.NumberFormat(inLocale(inExtensionLocale), format).format(n)
      },
      formatDate(
        date: Date,
        { inExtensionLocale, ...more }: Format<Intl.DateTimeFormatOptions> = {},
      ) {
        return new Intl.DateTimeFormat(inLocale(inExtensionLocale), more).format(date)
      },
    },
    localization: {
      language: constant({ isoCode: language }),
      extensionLanguage: constant({ isoCode: extensionLanguage }),
      country: constant({ isoCode: options.country }),
    },
    authenticatedAccount: {
      customer: constant({ id: options.customerId }),
      purchasingCompany: constant(undefined),
    },
    authenticationState: constant('fully_authenticated'),
    requireLogin: async () => {},
    shop: constant({ name: options.shopName, myshopifyDomain: options.shopDomain }),
    order: constant(order ? { id: order.id, name: order.name } : undefined),
    orderId: order?.id,
    lines: constant([]),
    settings: constant(options.settings),
    storage: {
      read: (key: string) => callPage('storage.read', key),
      write: (key: string, data: unknown) => callPage('storage.write', key, data),
      delete: (key: string) => callPage('storage.delete', key),
    },
    sessionToken: { get: () => callPage('sessionToken') },
    intents: {
      invoke: async (query: unknown, more?: unknown) => ({
        complete: callPage('intent', query, more),
      }),
    },
    toast: {
      async show(text: string) {
        const id = await callPage('toast', text)
        return { hide: () => void callPage('toast.hide', id) }
      },
    },
    analytics: { publish: async () => true, visitor: async () => ({ type: 'success' }) },
    customerPrivacy: constant({}),
    query: async () => {
      throw new Error('The stand-in does not play the Storefront API.')
    },
    close: () => void callPage('close'),
  }
  scope.navigation = navigationOf(options.url)
  scope.fetch = network(options)
}

/** A signal that never changes: `x.value` is what extensions read, and who subscribes hears it at once. */
function constant<Value>(value: Value) {
  return {
    value,
    current: value,
    v: value,
    peek: () => value,
    subscribe(listener: (now: Value) => void) {
      listener(value)
      return () => {}
    },
  }
}

function navigationOf(url: string) {
  let state: unknown = null
  return {
    navigate: (address: string) => void callPage('navigate', address),
    currentEntry: { key: '0', url, getState: () => structuredClone(state) },
    updateCurrentEntry: (more: { state: unknown }) => {
      state = more.state
    },
    addEventListener() {},
    removeEventListener() {},
  }
}

/** `/ext/…` is the app's, wherever it listens today; the rest of the world is not reached from a stand-in. */
function network({ appUrl }: Boot): typeof fetch {
  const real = scope.fetch.bind(globalThis)
  return async (input, init) => {
    const asked = new URL(input instanceof Request ? input.url : String(input))
    if (!asked.pathname.startsWith('/ext/')) {
      fault(
        `The extension asked ${asked.origin}${asked.pathname}; the stand-in reaches the app only.`,
      )
      throw new TypeError('Failed to fetch')
    }
    if (!appUrl) throw new TypeError('Failed to fetch: no app runs beside this sandbox')
    const answer = await real(new URL(asked.pathname + asked.search, appUrl), init)
    if (init?.method === 'POST' && answer.ok) scope.postMessage({ type: 'acted' })
    return answer
  }
}

// ---------------------------------------------------------------- texts

function translator({ extensionLanguage, texts, defaultTexts }: Boot) {
  const known = { ...flat(defaultTexts), ...flat(texts) }
  const plurals = new Intl.PluralRules(extensionLanguage)
  const numbers = new Intl.NumberFormat(extensionLanguage)

  return (key: string, values: Record<string, unknown> = {}) => {
    const wanted =
      'count' in values
        ? [`${key}.${plurals.select(Number(values.count))}`, `${key}.other`, key]
        : [key]
    const text = wanted.map((each) => known[each]).find((each) => each !== undefined)
    if (text === undefined) {
      fault(`No text has the key "${key}".`)
      return key
    }
    return text.replace(/{{\s*(\w+)\s*}}/g, (_, name: string) => {
      if (!(name in values)) fault(`The text "${key}" wants {{${name}}}, which it was not given.`)
      return name === 'count' ? numbers.format(Number(values.count)) : String(values[name])
    })
  }
}

/** `{a: {b: 'x'}}` -> `{'a.b': 'x'}` */
function flat(tree: Tree, prefix = ''): Record<string, string> {
  return Object.assign(
    {},
    ...Object.entries(tree).map(([key, value]) =>
      typeof value === 'string' ? { [prefix + key]: value } : flat(value, `${prefix}${key}.`),
    ),
  )
}
