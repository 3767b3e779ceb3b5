/**
 * A light brake on one key, in the memory of one process. It keeps a stuck client or a curious one from loading the
 * database and Shopify; forged links cost no query and need no brake.
 */
export function rateLimit({ times, perMs }: { times: number; perMs: number }) {
  const seen = new Map<string, { until: number; count: number }>()
  return {
    /** Counts one use; false when the key has used up its share for now. `realNowMs`: real time, milliseconds. */
    allows(key: string, realNowMs: number): boolean {
      const entry = seen.get(key)
      if (entry && entry.until > realNowMs) {
        entry.count += 1
        return entry.count <= times
      }
      if (seen.size >= MAX_KEYS) forgetOld(seen, realNowMs)
      seen.set(key, { until: realNowMs + perMs, count: 1 })
      return true
    },
  }
}

/** Keys kept at once: a bound on memory, about 2 MB. */
const MAX_KEYS = 10_000

function forgetOld(seen: Map<string, { until: number }>, realNowMs: number): void {
  for (const [key, { until }] of seen) if (until <= realNowMs) seen.delete(key)
  // All of them fresh: the first come go first.
  for (const key of seen.keys()) {
    if (seen.size < MAX_KEYS) break
    seen.delete(key)
  }
}
