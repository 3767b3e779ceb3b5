/**
 * Where a press on the case page may lead. Pure.
 *
 * The rule: only to an address that Shopify itself answered for this very press (a bank's challenge lives on the bank's
 * own host, so hosts cannot be listed), and only if it is a public web page over TLS: no other scheme, no user or
 * password, no other port, no address of a machine in a private network. Nothing that a request or a mail carries, and
 * nothing that was stored, ever becomes such an address.
 */
export function onwardAddress(
  address: string | null,
  { sandbox }: { sandbox: boolean },
): URL | null {
  const url = address === null || address.length > MAX_LENGTH ? null : URL.parse(address)
  if (url?.username !== '' || url.password !== '') return null
  // The sandbox plays Shopify and the bank on this machine, without TLS.
  if (sandbox && url.protocol === 'http:' && LOCAL.test(url.hostname)) return url
  const isPublic = url.protocol === 'https:' && url.port === '' && NAMED.test(url.hostname)
  return isPublic && !LOCAL.test(url.hostname) ? url : null
}

const MAX_LENGTH = 4_000
const LOCAL = /^(localhost|127(\.\d+){3}|\[::1\])$|\.(localhost|local|internal)$/
/** A name with a dot that does not end in a number: no IP address, no name of a machine next door. */
const NAMED = /^([a-z0-9_-]+\.)+[a-z][a-z0-9-]*\.?$/i
