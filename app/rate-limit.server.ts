/**
 * A light brake on one key, in the memory of one process. It keeps a stuck client or a curious one from loading the
 * database and Shopify; forged links cost no query and need no brake.
 */
export function rateLimit({ times, perMs }: { times: number; perMs: number }) {
  // In the order of their start, because all of them last equally long.
  const seen = new Map<string, { until: number; count: number }>()
  return {
    /** Counts one use; false when the key has used up its share for now. `realNowMs`: real time, milliseconds. */
    allows(key: string, realNowMs: number): boolean {
      const entry = seen.get(key)
      if (entry && entry.until > realNowMs) {
        entry.count += 1
        return entry.count <= times
      }
      seen.delete(key)
      seen.set(key, { until: realNowMs + perMs, count: 1 })
      if (seen.size > MAX_KEYS) seen.delete(seen.keys().next().value ?? key)
      return true
    },
  }
}

/** Keys kept at once: a bound on memory, about 2 MB. The oldest goes first. */
const MAX_KEYS = 10_000
