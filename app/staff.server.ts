/** Who is at the screen: a member of one shop's staff, known by the session token of the admin. */

import type { Shop } from '@prisma/client'
import { now } from './clock.server.ts'
import { db } from './db.server.ts'
import { installShop } from './dunning/sequences.server.ts'
import { loadShop } from './dunning/settings.server.ts'
import { adminFor } from './shopify/admin.server.ts'
import { readShop } from './shopify/shops.server.ts'
import { authenticate } from './shopify.server.ts'

/** Every query of a screen is for this shop and no other. */
export async function staffOf(request: Request) {
  const { session, sessionToken, redirect } = await authenticate.admin(request)
  const id = sessionToken?.sub ?? 'unknown'
  return {
    shop: (await loadShop(db, session.shop)) ?? (await installNow(session.shop)),
    /** For audit rows and timelines. */
    actor: `staff:${id}`,
    /** As the engine's reasons name them. */
    by: `staff member ${id}`,
    redirect,
  }
}

/** Asks Shopify again what this shop is and whether it has contracts of ours. */
export async function installNow(domain: string): Promise<Shop> {
  const facts = await readShop(await adminFor(domain))
  await installShop(db, { shop: domain, ...facts }, now())
  const shop = await loadShop(db, domain)
  if (!shop) throw new Error(`${domain} was installed but has no row. Open the app again.`)
  return shop
}
