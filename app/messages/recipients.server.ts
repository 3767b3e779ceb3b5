/** Knowing an address again without keeping it. */
import { createHmac } from 'node:crypto'
import { keyFor } from './keys.server.ts'

/** HMAC-SHA-256 of the normalised address, 64 hex digits: what the outbox and the suppression list keep. */
export function recipientHash(email: string): string {
  return createHmac('sha256', keyFor('recipient')).update(normalised(email)).digest('hex')
}

/**
 * One spelling for one mailbox: outer space off, Unicode composed, lower case. Dots and "+tags" stay: only the mailbox's
 * own provider knows what they mean.
 */
function normalised(email: string): string {
  return email.trim().normalize('NFC').toLowerCase()
}
