/** What the tests of the extensions share: a case to start from, the server's answers, and real texts. */
import { vi } from 'vitest'
import fixture from '../../../test/shopper/snapshot.json'
import { ACTION_NAMES, type ActionName, type Case, type Snapshot } from '../src/api.ts'

export const recorded = fixture as Snapshot

/** The failing case of the recorded answer, with what the test is about. */
export function aCase(changes: Partial<Case> = {}): Case {
  return { ...structuredClone(recorded.cases[0] as Case), ...changes }
}

/** Only these may be done; the others are refused for this reason. */
export function only(allowed: ActionName[], because: string | null = null): Case['actions'] {
  const permissions = ACTION_NAMES.map((name) => [
    name,
    allowed.includes(name) ? { allowed: true, because: null } : { allowed: false, because },
  ])
  return Object.fromEntries(permissions) as Case['actions']
}

export function snapshotOf(...cases: Case[]): Snapshot {
  return { ...recorded, cases }
}

export type Sent = { method: string; path: string; key: string | null; body: unknown }
type Reply = object | number | 'no connection'

/**
 * The server: each request gets the next reply, the last one for ever. A number is a refusal with that status.
 * @returns what was sent, in order
 */
export function server(extension: { fetch: typeof fetch }, ...replies: Reply[]): Sent[] {
  const sent: Sent[] = []
  extension.fetch = vi.fn(async (address: RequestInfo | URL, init: RequestInit = {}) => {
    const headers = new Headers(init.headers)
    sent.push({
      method: init.method ?? 'GET',
      path: String(address).replace('https://reprise.example.test/ext/v1/', ''),
      key: headers.get('Idempotency-Key'),
      body: init.body ? JSON.parse(String(init.body)) : null,
    })
    const reply = replies.length > 1 ? replies.shift() : replies[0]
    if (reply === 'no connection') throw new TypeError('Failed to fetch')
    if (typeof reply === 'number') return Response.json({ error: 'refused' }, { status: reply })
    return Response.json(reply)
  }) as typeof fetch
  return sent
}

type Texts = { [key: string]: string | Texts }
type Host = {
  i18n: {
    translate: unknown
    formatCurrency: unknown
    formatDate: unknown
  }
}

/** Shopify's translation with the extension's own texts. A text that is missing is an error, not its key. */
export function speak(shopify: Host, texts: object, language: string): void {
  shopify.i18n.translate = (key: string, values: Record<string, string | number> = {}) => {
    const found = key
      .split('.')
      .reduce<Texts | string | undefined>(
        (at, part) => (typeof at === 'object' ? at[part] : undefined),
        texts as Texts,
      )
    const form =
      typeof found === 'object'
        ? found[new Intl.PluralRules(language).select(Number(values.count))]
        : found
    if (typeof form !== 'string') throw new Error(`${language} has no text for ${key}`)
    return form.replace(/\{\{(\w+)\}\}/g, (_, hole: string) => {
      if (values[hole] === undefined) throw new Error(`${key} got no ${hole}`)
      return String(values[hole])
    })
  }
  type Own = { inExtensionLocale?: boolean }
  shopify.i18n.formatCurrency = (
    amount: number,
    { inExtensionLocale: _, ...options }: Own & Intl.NumberFormatOptions,
  ) => new Intl.NumberFormat(language, { style: 'currency', ...options }).format(amount)
  shopify.i18n.formatDate = (
    date: Date,
    { inExtensionLocale: _, ...options }: Own & Intl.DateTimeFormatOptions,
  ) => new Intl.DateTimeFormat(language, options).format(date)
}

/** All that can be read, headings and labels included. */
export function readable(): string {
  const parts = [...document.body.querySelectorAll('*')].flatMap((element) => [
    element.getAttribute('heading'),
    element.getAttribute('label'),
    element.getAttribute('error'),
    ...[...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.nodeValue),
  ])
  return parts.filter(Boolean).join('\n')
}

export function button(text: string): HTMLElement {
  const found = [...document.body.querySelectorAll<HTMLElement>('s-button')].find(
    (each) => each.textContent === text,
  )
  if (!found) throw new Error(`There is no button "${text}" in:\n${readable()}`)
  return found
}
