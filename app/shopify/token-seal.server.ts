/**
 * Tokens at rest: AES-256-GCM under the first of TOKEN_KEYS, so that a copy of the database alone opens no shop.
 *
 * A sealed text is bound to its row and column: moved to another shop's row it does not open. Any of the keys opens;
 * what an older one sealed is sealed anew with the next store, within the hour that an access token lives. Rows from
 * before the encryption hold plain text, and still read.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { env } from '../env.server.ts'

export type TokenColumn = 'accessToken' | 'refreshToken'

/** Which token it is: the id of its Session row, and the column. */
export type TokenPlace = { id: string; column: TokenColumn }

/** Sealed with a key that TOKEN_KEYS no longer has, or altered. */
export class UnreadableToken extends Error {
  override name = 'UnreadableToken'
}

/** For the database. Null stays null. */
export function sealToken<T extends string | null>(
  token: T,
  place: TokenPlace,
  keys: Buffer[] = env().TOKEN_KEYS,
): T | string {
  const [key] = keys
  if (token === null || token === '') return token
  if (!key) throw new Error('There is no key to encrypt tokens with: TOKEN_KEYS is empty.')
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(boundTo(place))
  const sealed = Buffer.concat([cipher.update(token, 'utf8'), cipher.final()])
  const parts = [iv, sealed, cipher.getAuthTag()].map((part) => part.toString('base64url'))
  return [MARK, nameOf(key), ...parts].join('.')
}

/** The token as Shopify gave it. Throws UnreadableToken. */
export function openToken(
  stored: string,
  place: TokenPlace,
  keys: Buffer[] = env().TOKEN_KEYS,
): string {
  const [mark, name, ...parts] = stored.split('.')
  if (mark !== MARK) return stored
  const key = keys.find((known) => nameOf(known) === name)
  if (!key) {
    throw new UnreadableToken(
      `A token of ${place.id} was encrypted with a key that is not in TOKEN_KEYS. ` +
        'Put that key back behind the first one, or have the merchant open Reprise once.',
    )
  }
  const [iv, sealed, tag] = parts.map((part) => Buffer.from(part, 'base64url'))
  try {
    if (!iv || !sealed || tag?.length !== TAG_BYTES) throw new Error('a part is missing')
    const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(boundTo(place))
    decipher.setAuthTag(tag)
    return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8')
  } catch (cause) {
    throw new UnreadableToken(
      `A token of ${place.id} does not open: its row was altered, or copied from another. ` +
        'The merchant must open Reprise once.',
      { cause },
    )
  }
}

/** Shopify's tokens begin with "shp" and hold no dot, so none is taken for a sealed one. */
const MARK = 'sealed1'

/** Bytes. NIST SP 800-38D: 96 random bits for each encryption, and the whole tag. */
const IV_BYTES = 12
const TAG_BYTES = 16

/** Tells keys apart without telling anything of them. */
function nameOf(key: Buffer): string {
  return createHash('sha256').update('reprise token key').update(key).digest('hex').slice(0, 8)
}

function boundTo({ id, column }: TokenPlace): Buffer {
  return Buffer.from(`${id}/${column}`)
}
