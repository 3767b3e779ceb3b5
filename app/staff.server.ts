/** Who is at the screen: a member of one shop's staff, known by the session token of the admin. */

import type { Shop } from '@prisma/client'
import { now } from './clock.server.ts'
import { db } from './db.server.ts'
import { installShop } from './dunning/sequences.server.ts'
import { driveAgainWithAccess } from './dunning/set-aside.server.ts'
import { loadShop } from './dunning/settings.server.ts'
import { adminFor, ShopUnreachable } from './shopify/admin.server.ts'
import { readShop } from './shopify/shops.server.ts'
import { addressBehind } from './shopify/tokens.server.ts'
import { authenticate } from './shopify.server.ts'

/** Every query of a screen is for this shop and no other. */
export async function staffOf(request: Request) {
  const { session, sessionToken, redirect } = await signedIn(request)
  const id = sessionToken?.sub ?? 'unknown'
  // The merchant is here, so the shop has let us in again: what failed for that reason goes on.
  await driveAgainWithAccess(session.shop, now())
  const shop = await loadShop(db, session.shop)
  return {
    // Gone by our books: Shopify says whether it is back, or whether this session token is from before.
    shop: shop && !shop.uninstalledAt ? shop : await installNow(session.shop),
    /** For audit rows and timelines. */
    actor: `staff:${id}`,
    /** As the engine's reasons name them. */
    by: `staff member ${id}`,
    redirect,
  }
}

/** The address of the staff member who sent this request, by Shopify's word; null: it tells none. */
export function staffAddress(request: Request, shop: string): Promise<string | null> {
  const [, idToken] = /^Bearer (\S+)$/.exec(request.headers.get('authorization') ?? '') ?? []
  return idToken ? addressBehind(shop, idToken, SIGN_IN_MS) : Promise.resolve(null)
}

/** How long Shopify's library may take to trade a session token. Milliseconds; it sets no limit of its own. */
const SIGN_IN_MS = 10_000

/** Who asks, by Shopify's library. What Shopify does not answer, or not in time, is no error of ours. */
export async function signedIn(request: Request) {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(notNow()), SIGN_IN_MS)
  })
  try {
    return await Promise.race([authenticate.admin(request), late])
  } catch (answer) {
    // The library's word for a token exchange that Shopify refused: after an uninstall, or in an outage.
    throw answer instanceof Response && answer.status === 500 ? notNow() : answer
  } finally {
    clearTimeout(timer)
  }
}

function notNow(): Response {
  return new Response(
    'Shopify does not let this app in at the moment. Reload the page in a minute; if the app was removed, install it again.',
    { status: 503 },
  )
}

/** Asks Shopify again what this shop is and whether it has contracts of ours. */
export async function installNow(domain: string): Promise<Shop> {
  const facts = await adminFor(domain).then(readShop).catch(refused)
  await installShop(db, { shop: domain, ...facts }, now())
  const shop = await loadShop(db, domain)
  if (!shop) throw new Error(`${domain} was installed but has no row. Open the app again.`)
  return shop
}

/** A session token from before an uninstall leads here: the shop's own tokens are dead. */
function refused(error: unknown): never {
  if (error instanceof ShopUnreachable)
    throw new Response('Reprise is not installed in this shop any more.', { status: 403 })
  throw error
}
