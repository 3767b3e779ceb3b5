/**
 * The two shops of the demo, past their first run, so that its first story needs no set-up by hand.
 * Run it natively: `node prisma/seed.ts`. Running it again changes nothing that was changed by hand.
 */

import { now } from '../app/clock.server.ts'
import { db, disconnect } from '../app/db.server.ts'
import { installShop, type NewShop } from '../app/dunning/sequences.server.ts'

/** Domains, zones and currencies as the sandbox makes them. */
const SHOPS: NewShop[] = [
  {
    shop: 'bean-and-bloom.myshopify.com',
    name: 'Bean & Bloom Coffee',
    email: 'owner@bean-and-bloom.example',
    zone: 'Europe/Berlin',
    currency: 'EUR',
    locale: 'en',
    ownsContracts: true,
  },
  {
    shop: 'tideline-tea.myshopify.com',
    name: 'Tideline Tea',
    email: 'owner@tideline-tea.example',
    zone: 'America/New_York',
    currency: 'USD',
    locale: 'en',
    ownsContracts: true,
  },
]

const at = now()
for (const shop of SHOPS) {
  await installShop(db, shop, at)
  // Only where nothing was answered yet.
  await db.shop.updateMany({
    where: { shop: shop.shop, recoveryStartedAt: null },
    data: {
      senderName: shop.name,
      replyTo: shop.email,
      otherNoticesOffAt: at,
      smsOn: true,
      testMailSentAt: at,
      recoveryStartedAt: at,
    },
  })
}
await disconnect()
