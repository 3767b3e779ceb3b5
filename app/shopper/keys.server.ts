/** A press counts once: its key is written down before it is acted on, and what came of it afterwards. */
import { createHash, randomUUID } from 'node:crypto'
import { db } from '../db.server.ts'
import type { Shopper } from './snapshot.server.ts'

/** A process that died leaves a key under way; after so long another press may take it over. Milliseconds, world time. */
const TAKEN_OVER_MS = 2 * 60_000

export type Pressed = Shopper & { key: string; action: string; body: unknown }

export type Once =
  /** What came of it, now or the first time: "done", or a refusal's code. */
  | { type: 'outcome'; outcome: string }
  /** The same key was used for something else. */
  | { type: 'other_request' }
  /** The first press with this key is still being worked on. */
  | { type: 'under_way' }

/**
 * Runs `work` once for a key. What it answers is remembered, unless it is null: then nothing came of it, or something
 * that must be read anew each time, and the key is free again. So is it when `work` throws.
 */
export async function once(
  { shop, customerId, key, action, body }: Pressed,
  now: Date,
  work: () => Promise<string | null>,
): Promise<Once> {
  const id = randomUUID()
  const request = createHash('sha256')
    .update(JSON.stringify([action, body]))
    .digest('hex')
  const { count } = await db.shopperKey.createMany({
    data: [{ id, shop, customerId, key, request, at: now }],
    skipDuplicates: true,
  })
  if (count === 0) {
    const known = await db.shopperKey.findUnique({
      where: { shop_customerId_key: { shop, customerId, key } },
    })
    if (known && known.request !== request) return { type: 'other_request' }
    if (known?.outcome) return { type: 'outcome', outcome: known.outcome }
    const before = new Date(now.getTime() - TAKEN_OVER_MS)
    const taken = await db.shopperKey.updateMany({
      where: { shop, customerId, key, outcome: null, at: { lt: before } },
      data: { id, at: now },
    })
    if (taken.count === 0) return { type: 'under_way' }
  }
  let outcome: string | null = null
  try {
    outcome = await work()
  } finally {
    if (outcome === null) await db.shopperKey.deleteMany({ where: { id } })
    else await db.shopperKey.updateMany({ where: { id }, data: { outcome } })
  }
  return { type: 'outcome', outcome: outcome ?? 'done' }
}
