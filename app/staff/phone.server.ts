/** The number for a phone task: asked of Shopify when the task is opened, shown, and forgotten. */

import { adminFor, ShopifyUnavailable, ShopUnreachable } from '../shopify/admin.server.ts'
import { readPhone } from '../shopify/phones.server.ts'

export type Phone = { number: string; why: null } | { number: null; why: string }

export async function phoneOf(shop: string, customerId: string | null): Promise<Phone> {
  if (customerId === null)
    return { number: null, why: 'Shopify does not tell this app who the shopper is.' }
  try {
    const number = await readPhone(await adminFor(shop), customerId)
    if (number) return { number, why: null }
    const why =
      'Shopify gives no phone number: the customer has none, or this app is not approved for phone numbers ' +
      '(protected customer data). Look in the customer’s page in Shopify.'
    return { number: null, why }
  } catch (error) {
    if (!(error instanceof ShopifyUnavailable || error instanceof ShopUnreachable)) throw error
    return {
      number: null,
      why: 'Shopify does not answer at the moment. Load this page again in a minute.',
    }
  }
}
