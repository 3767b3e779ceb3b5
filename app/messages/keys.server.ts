/** Keys for our own signatures, one for each purpose, all derived from the app's Shopify secret. */
import { hkdfSync } from 'node:crypto'
import { env } from '../env.server.ts'

/**
 * A 32-byte key for one purpose (HKDF-SHA-256, RFC 5869). A leak of one purpose's key tells nothing of the others, and
 * nothing of the secret. When the secret is rotated, links in old mails stop working and lead to a friendly page.
 */
export function keyFor(purpose: 'case link' | 'notice link' | 'recipient' | 'unsubscribe'): Buffer {
  const secret = env().SHOPIFY_API_SECRET
  const known = keys.get(`${purpose}:${secret}`)
  if (known) return known
  const key = Buffer.from(hkdfSync('sha256', secret, '', `reprise ${purpose} v1`, 32))
  keys.set(`${purpose}:${secret}`, key)
  return key
}

const keys = new Map<string, Buffer>()
