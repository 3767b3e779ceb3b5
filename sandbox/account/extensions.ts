/**
 * The customer-account extensions of the app, as Shopify knows them after a deploy: what each
 * `extensions/<handle>/shopify.extension.toml` says, its texts, and the bundle that was built of it. Read anew each
 * time, so that a rebuilt bundle is there at the next load of the page.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'smol-toml'

export type Extension = {
  handle: string
  /** The extension's own for ever; the address of a full page holds it. */
  uid: string
  targets: string[]
  apiVersion: string
  capabilities: string[]
  /** The default locale's tag first. */
  texts: Map<string, object>
}

/** Those that are built; a collection has no bundle. */
export function deployedExtensions(folder: string): Extension[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .sort()
    .filter((name) => existsSync(join(folder, name, 'shopify.extension.toml')))
    .flatMap((name) => extensionsOf(join(folder, name)))
    .filter(({ handle }) => existsSync(bundleOf(folder, handle)))
}

/** Those that are pages of their own in a customer account. */
export function accountPages(folder: string): Extension[] {
  return deployedExtensions(folder).filter(({ targets }) =>
    targets.includes('customer-account.page.render'),
  )
}

export const bundleOf = (folder: string, handle: string): string =>
  join(folder, handle, 'dist', `${handle}.js`)

type ExtensionToml = {
  api_version: string
  extensions?: {
    uid: string
    handle: string
    type: string
    targeting?: { target: string }[]
    capabilities?: Record<string, boolean>
  }[]
}

function extensionsOf(folder: string): Extension[] {
  const text = readFileSync(join(folder, 'shopify.extension.toml'), 'utf8')
  const { api_version, extensions = [] } = parse(text) as ExtensionToml
  return extensions
    .filter(({ type }) => type === 'ui_extension')
    .map(({ uid, handle, targeting = [], capabilities = {} }) => ({
      handle,
      uid,
      targets: targeting.map(({ target }) => target),
      apiVersion: api_version,
      capabilities: Object.keys(capabilities).filter((name) => capabilities[name]),
      texts: textsIn(join(folder, 'locales')),
    }))
}

function textsIn(folder: string): Map<string, object> {
  if (!existsSync(folder)) return new Map([['en', {}]])
  const isDefault = (file: string) => file.endsWith('.default.json')
  return new Map(
    readdirSync(folder)
      .filter((file) => file.endsWith('.json') && !file.endsWith('.schema.json'))
      .sort((one, other) => Number(isDefault(other)) - Number(isDefault(one)))
      .map((file) => [
        file.replace(/(\.default)?\.json$/, ''),
        JSON.parse(readFileSync(join(folder, file), 'utf8')) as object,
      ]),
  )
}

/** The extension's language for a wanted one: the same, else its base, else the default. */
export function languageIn(texts: Map<string, object>, wanted: string): string {
  const [base = ''] = wanted.split('-')
  const tags = [...texts.keys()]
  const sibling = tags.find((tag) => tag.split('-')[0] === base)
  return tags.find((tag) => tag === wanted) ?? sibling ?? tags[0] ?? 'en'
}
