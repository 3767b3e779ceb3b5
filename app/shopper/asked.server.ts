/** What Shopify is asked for while a page is shown: at most once a minute, and left out when it is not there soon. */
import { realNow } from '../clock.server.ts'

const KEPT_MS = 60_000
const PATIENCE_MS = 1_500
const MOST_KEPT = 2_000

export type Asked<T> = {
  /** `known`: what the answer depends on; another one asks anew. */
  read(key: string, known: string, ask: () => Promise<T>): Promise<T>
  forget(key: string): void
}

export function askedOnceAMinute<T>(otherwise: T): Asked<T> {
  const kept = new Map<string, { until: number; known: string; answer: Promise<T> }>()
  return {
    async read(key, known, ask) {
      const at = realNow().getTime()
      let entry = kept.get(key)
      if (!entry || entry.until <= at || entry.known !== known) {
        entry = { until: at + KEPT_MS, known, answer: ask() }
        kept.delete(key)
        kept.set(key, entry)
        if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value ?? key)
      }
      let timer: NodeJS.Timeout | undefined
      const patience = new Promise<T>((resolve) => {
        timer = setTimeout(() => resolve(otherwise), PATIENCE_MS)
      })
      return Promise.race([entry.answer, patience]).finally(() => clearTimeout(timer))
    },
    forget: (key) => {
      kept.delete(key)
    },
  }
}
