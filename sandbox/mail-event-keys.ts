/** The key pair with which the sandbox's SendGrid signs its events. */
import {
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
} from 'node:crypto'

/**
 * Made from the app's secret at the sandbox, so that nothing has to be handed over or kept in a file.
 * `publicKey`: base64 of DER, as SendGrid shows it, for SENDGRID_EVENT_KEY.
 */
export function mailEventKeys(secret: string): { privateKey: KeyObject; publicKey: string } {
  const d = createHash('sha256').update(`mail events ${secret}`).digest()
  const curve = createECDH('prime256v1')
  curve.setPrivateKey(d)
  const point = curve.getPublicKey() // 0x04, x, y
  const privateKey = createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      d: d.toString('base64url'),
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
  })
  const der = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  return { privateKey, publicKey: der.toString('base64') }
}
