/** Instants as Shopify writes and reads them: to the second, in UTC. */
import { NotPossible } from './world.ts'

/** "2026-11-12T08:00:00Z". Shopify's DateTime carries no milliseconds. */
export const iso = (at: number): string => new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z')

/** Reads an instant with its zone or offset. Milliseconds since the epoch. */
export function instant(text: unknown, name: string): number {
  const at = typeof text === 'number' ? text : Date.parse(String(text))
  if (Number.isNaN(at))
    throw new NotPossible(
      `${name} must be an instant like 2026-11-12T08:00:00Z, not ${JSON.stringify(text)}.`,
      400,
    )
  return at
}
