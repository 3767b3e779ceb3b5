/** A shopper's phone number, read when staff are about to call. Never stored. */
import type { Admin } from './admin.server.ts'

/** Null: the customer has none, or Shopify holds it back (protected customer data). */
export async function readPhone(admin: Admin, customerId: string): Promise<string | null> {
  const { customer } = await admin.request<{
    customer: { defaultPhoneNumber: { phoneNumber: string | null } | null } | null
  }>(PHONE, { id: customerId })
  return customer?.defaultPhoneNumber?.phoneNumber || null
}

const PHONE = `#graphql
  query PhoneOfCustomer($id: ID!) {
    customer(id: $id) {
      defaultPhoneNumber {
        phoneNumber
      }
    }
  }
`
