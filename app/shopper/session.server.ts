/**
 * Who asks, by the session token of a customer-account extension. Shopify's library checks signature and time and no
 * more: a token of another app, of the admin, or of a visitor who did not log in would pass.
 */
import { env } from '../env.server.ts'
import { authenticate } from '../shopify.server.ts'
import type { Shopper } from './snapshot.server.ts'

const CUSTOMER = /^gid:\/\/shopify\/Customer\/\d{1,20}$/
const SHOP = /^[a-z0-9][a-z0-9-]*\.myshopify\.com$/

/** The customer and their shop. Throws the answer to whoever is neither, and to a browser's question beforehand. */
export async function shopperOf(request: Request): Promise<Shopper> {
  const { sessionToken } = await authenticate.public
    .customerAccount(request, { corsHeaders: [KEY_HEADER] })
    .catch((thrown: unknown) => {
      throw thrown instanceof Response ? openToAll(thrown) : thrown
    })
  const { aud, dest, sub } = sessionToken
  const shop = (dest ?? '').replace(/^https:\/\//, '')
  const isOurs = aud === env().SHOPIFY_API_KEY && SHOP.test(shop) && CUSTOMER.test(sub ?? '')
  if (!isOurs || sub === undefined) throw refusal(401, 'token')
  return { shop, customerId: sub }
}

/** One for each action that a shopper means, and kept until its answer has come. */
export const KEY_HEADER = 'Idempotency-Key'

export function refusal(status: number, error: string, message?: string): Response {
  return openToAll(Response.json({ error, ...(message ? { message } : {}) }, { status }))
}

/** An answer without this header is a network error to the extension, whose worker has an origin of its own. */
export function openToAll(answer: Response): Response {
  const headers = new Headers(answer.headers)
  headers.set('Access-Control-Allow-Origin', '*')
  headers.set('Access-Control-Allow-Headers', `Authorization, Content-Type, ${KEY_HEADER}`)
  headers.set('Cache-Control', 'no-store')
  return new Response(answer.body, { status: answer.status, headers })
}
