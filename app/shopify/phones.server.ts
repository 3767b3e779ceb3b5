/** A shopper's phone number: read when staff are about to call, or a text is about to be sent. Never stored. */
import type { Admin } from './admin.server.ts'

/** Null: the customer has none, or Shopify holds it back (protected customer data). */
export async function readPhone(admin: Admin, customerId: string): Promise<string | null> {
  const { customer } = await admin.request<{
    customer: { defaultPhoneNumber: { phoneNumber: string | null } | null } | null
  }>(PHONE, { id: customerId })
  return customer?.defaultPhoneNumber?.phoneNumber || null
}

export type Texting = {
  /** E.164; null: there is none, or Shopify holds it back. */
  number: string | null
  /** They have agreed to texts of this shop, and not taken it back. */
  agreed: boolean
  firstName: string | null
  locale: string | null
}

/** Whether, where and in which language a shopper may be sent a text. */
export async function readTexting(admin: Admin, customerId: string): Promise<Texting> {
  const { customer } = await admin.request<{
    customer: {
      firstName: string | null
      locale: string | null
      defaultPhoneNumber: {
        phoneNumber: string | null
        smsMarketingConsent: { state: string } | null
      } | null
    } | null
  }>(TEXTING, { id: customerId })
  const phone = customer?.defaultPhoneNumber
  const number = phone?.phoneNumber?.replace(/[^\d+]/g, '') ?? ''
  return {
    number: /^\+[1-9]\d{6,14}$/.test(number) ? number : null,
    agreed: phone?.smsMarketingConsent?.state === 'SUBSCRIBED',
    firstName: customer?.firstName ?? null,
    locale: customer?.locale ?? null,
  }
}

const TEXTING = `#graphql
  query TextingOfCustomer($id: ID!) {
    customer(id: $id) {
      firstName
      locale
      defaultPhoneNumber {
        phoneNumber
        smsMarketingConsent {
          state
        }
      }
    }
  }
`

const PHONE = `#graphql
  query PhoneOfCustomer($id: ID!) {
    customer(id: $id) {
      defaultPhoneNumber {
        phoneNumber
      }
    }
  }
`
