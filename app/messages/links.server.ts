/**
 * The link in every mail of a case: one signed page, the same link until the case is long over, unless staff withdraw
 * it. The token is a capability. It holds the case's id and a signature, and nothing about a person.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { env } from '../env.server.ts'
import { keyFor } from './keys.server.ts'

/** The address of the case's page, on the app's own host. `turn`: how often its link was withdrawn before. */
export function caseLink(caseId: string, turn: number): string {
  return new URL(`/r/${caseToken(caseId, 'case link', turn)}`, env().SHOPIFY_APP_URL).href
}

/** The page of a notice before a charge: nothing has failed, so there is no case. */
export function noticeLink(noticeId: string): string {
  return new URL(`/r/${caseToken(noticeId, 'notice link')}`, env().SHOPIFY_APP_URL).href
}

export function readNoticeToken(token: string): { noticeId: string } | null {
  const read = readCaseToken(token, 'notice link')
  return read && { noticeId: read.caseId }
}

/** Where one press ends offers by e-mail: the same for all commercial mail of a case (RFC 8058). */
export function unsubscribeLink(caseId: string): string {
  return new URL(`/u/${caseToken(caseId, 'unsubscribe')}`, env().SHOPIFY_APP_URL).href
}

/** A token of one purpose opens nothing of the other. */
type Purpose = 'case link' | 'notice link' | 'unsubscribe'

/**
 * 16 bytes of case id and 16 bytes of signature, as 43 letters that are safe in an address; from the first withdrawal on
 * two bytes of turn between them, so that a link tells by itself which turn it is of.
 */
export function caseToken(caseId: string, purpose: Purpose = 'case link', turn = 0): string {
  const id = Buffer.from(caseId.replaceAll('-', ''), 'hex')
  if (id.length !== ID_BYTES) throw new TypeError(`A case id is a UUID, not "${caseId}".`)
  const said = Buffer.concat([id, turnBytes(turn)])
  return Buffer.concat([said, signatureOf(said, purpose)]).toString('base64url')
}

/** The case and turn that a token was signed for; null when it was not signed by us, or was altered. */
export function readCaseToken(
  token: string,
  purpose: Purpose = 'case link',
): { caseId: string; turn: number } | null {
  if (!/^[A-Za-z0-9_-]{43}([A-Za-z0-9_-]{3})?$/.test(token)) return null
  const bytes = Buffer.from(token, 'base64url')
  // The last letter carries spare bits: only the one true spelling counts.
  if (bytes.toString('base64url') !== token) return null
  const said = bytes.subarray(0, -SIGNATURE_BYTES)
  if (!timingSafeEqual(bytes.subarray(-SIGNATURE_BYTES), signatureOf(said, purpose))) return null
  const hex = said.toString('hex', 0, ID_BYTES)
  return {
    turn: said.length > ID_BYTES ? said.readUInt16BE(ID_BYTES) : 0,
    caseId: [
      hex.slice(0, 8),
      hex.slice(8, 12),
      hex.slice(12, 16),
      hex.slice(16, 20),
      hex.slice(20),
    ].join('-'),
  }
}

function turnBytes(turn: number): Buffer {
  const bytes = Buffer.alloc(turn === 0 ? 0 : 2)
  if (turn > 0) bytes.writeUInt16BE(turn)
  return bytes
}

/** Bytes of a UUID. */
const ID_BYTES = 16

/** Bytes of the signature that are kept: 128 bits cannot be guessed, and the link stays short enough to read. */
const SIGNATURE_BYTES = 16

function signatureOf(said: Buffer, purpose: Purpose): Buffer {
  return createHmac('sha256', keyFor(purpose)).update(said).digest().subarray(0, SIGNATURE_BYTES)
}
