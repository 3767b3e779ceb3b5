/**
 * The page's end of one running extension: mirrors its document into drawn elements and answers its calls. What
 * Shopify's page would refuse (unknown elements, raw HTML, a property of the wrong type) is refused here too, by the
 * generated table, and becomes a fault.
 */
import { type DOMRemoteElementPolicy, DOMRemoteReceiver } from '@remote-dom/core/receivers'
import type { Boot, FromWorker, Table, ToWorker } from './protocol.ts'

/** What the page does in Shopify's place. */
export type Host = {
  sessionToken(): Promise<string>
  intent(query: unknown, more: unknown): Promise<unknown>
  navigate(address: string): void
  toast(text: string): number
  hideToast(id: number): void
  close(): void
  /** The app took a change. */
  acted(): void
  fault(message: string): void
}

/** Starts an extension in `root`; gives back how to end it. */
export function run(root: HTMLElement, boot: Boot, host: Host): () => void {
  const worker = new Worker('/account-parts/worker.js')
  const receiver = new DOMRemoteReceiver({ root, elements: policyOf(boot.table) })
  const say = (message: ToWorker) => worker.postMessage(message)
  const stored = (key: unknown) => `stand-in ${boot.shopDomain} ${String(key)}`

  const calls: Record<string, (...args: unknown[]) => unknown> = {
    sessionToken: () => host.sessionToken(),
    intent: (query, more) => host.intent(query, more),
    navigate: (address) => host.navigate(String(address)),
    toast: (text) => host.toast(String(text)),
    'toast.hide': (id) => host.hideToast(Number(id)),
    close: () => host.close(),
    'storage.read': (key) => JSON.parse(localStorage.getItem(stored(key)) ?? 'null') as unknown,
    'storage.write': (key, data) => localStorage.setItem(stored(key), JSON.stringify(data)),
    'storage.delete': (key) => localStorage.removeItem(stored(key)),
    element: (id, method, ...args) => receiver.connection.call(String(id), String(method), ...args),
  }

  async function answer(id: number, name: string, args: unknown[]): Promise<void> {
    try {
      say({ type: 'answer', id, value: await calls[name]?.(...args) })
    } catch (error) {
      say({ type: 'answer', id, error: String(error) })
    }
  }

  const decode = decoder((callback, detail) => say({ type: 'event', callback, detail }))
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    switch (data.type) {
      case 'mutate':
        try {
          receiver.connection.mutate(decode(data.records) as never)
        } catch (error) {
          host.fault(String(error))
        }
        return
      case 'call':
        void answer(data.id, data.name, data.args)
        return
      case 'fault':
        host.fault(data.message)
        return
      case 'acted':
        host.acted()
        return
      case 'ready':
        root.dataset.ready = boot.target
    }
  }
  worker.onerror = ({ message }) => host.fault(message)
  say({ type: 'boot', boot })
  return () => worker.terminate()
}

function policyOf(table: Table): Record<string, DOMRemoteElementPolicy> {
  return Object.fromEntries(
    Object.entries(table).map(([tag, { props, events, methods }]) => [
      tag,
      {
        properties: Object.fromEntries(
          Object.entries(props).map(([name, { kind }]) => [
            name,
            kind === 'any' ? {} : { type: kind },
          ]),
        ),
        attributes: ['slot'],
        events: Object.fromEntries(events.map((name) => [name, {}])),
        methods,
      },
    ]),
  )
}

/** Ids back to functions. The same id gives the same function, or the end of listening would go unheard. */
function decoder(emit: (callback: string, detail: unknown) => void): (value: unknown) => unknown {
  const known = new Map<string, (detail: unknown) => void>()
  const functionOf = (id: string) => {
    const found = known.get(id) ?? ((detail) => emit(id, isPlain(detail) ? detail : undefined))
    known.set(id, found)
    return found
  }
  const decode = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(decode)
    if (!value || typeof value !== 'object') return value
    if ('$callback' in value) return functionOf(String(value.$callback))
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, decode(part)]))
  }
  return decode
}

const isPlain = (value: unknown) =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
