/**
 * Renews a shop's offline token. Shopify's library does the same in one request, but without a limit of time, and
 * it turns a refusal and an outage into one and the same answer; here they mean different things.
 */
import { realNow } from '../clock.server.ts'
import { env } from '../env.server.ts'

/** The columns of the shop's Session row that a renewal changes. */
export type RenewedToken = {
  accessToken: string
  scope: string | null
  expires: Date | null
  refreshToken: string | null
  refreshTokenExpires: Date | null
}

export type Refreshed =
  | { type: 'renewed'; token: RenewedToken }
  | { type: 'refused'; because: string }
  | { type: 'no_answer'; cause: unknown }

/**
 * The caller holds the shop's lock: Shopify rotates the refresh token with each use. The previous one stays valid
 * until the new one is used (since 2026-08-28), so a lost answer does not lock us out.
 */
export async function refreshOfflineToken(
  shop: string,
  refreshToken: string,
  timeoutMs: number,
): Promise<Refreshed> {
  try {
    const response = await askForToken(shop, timeoutMs, {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
    })
    if (response.status >= 500 || response.status === 429)
      return { type: 'no_answer', cause: new Error(`Shopify answered ${response.status}`) }
    if (!response.ok) return { type: 'refused', because: `answer ${response.status}` }
    return readToken((await response.json()) as Record<string, unknown>)
  } catch (cause) {
    return { type: 'no_answer', cause }
  }
}

/**
 * The verified address of the person behind an id token of the admin; null: Shopify tells none. It comes with a token
 * of their own (online), which is dropped at once: nothing is done in their name.
 */
export async function addressBehind(
  shop: string,
  idToken: string,
  timeoutMs: number,
): Promise<string | null> {
  try {
    const response = await askForToken(shop, timeoutMs, {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: idToken,
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      requested_token_type: 'urn:shopify:params:oauth:token-type:online-access-token',
    })
    if (!response.ok) return null
    const { associated_user: user } = (await response.json()) as {
      associated_user?: { email?: unknown; email_verified?: unknown }
    }
    return user?.email_verified === true ? text(user.email) : null
  } catch {
    return null
  }
}

function askForToken(
  shop: string,
  timeoutMs: number,
  grant: Record<string, string>,
): Promise<Response> {
  return fetch(`https://${shop}/admin/oauth/access_token`, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify({
      client_id: env().SHOPIFY_API_KEY,
      client_secret: env().SHOPIFY_API_SECRET,
      ...grant,
    }),
    // A redirect would carry the secret and what is exchanged to wherever it points.
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  })
}

function readToken(answer: Record<string, unknown>): Refreshed {
  if (typeof answer.access_token !== 'string' || answer.access_token === '')
    return { type: 'refused', because: 'an answer without a token' }
  return {
    type: 'renewed',
    token: {
      accessToken: answer.access_token,
      scope: text(answer.scope),
      expires: inSeconds(answer.expires_in),
      refreshToken: text(answer.refresh_token),
      refreshTokenExpires: inSeconds(answer.refresh_token_expires_in),
    },
  }
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function inSeconds(value: unknown): Date | null {
  return typeof value === 'number' ? new Date(realNow().getTime() + value * 1_000) : null
}
