/** What `GET /control/account/:customerId` answers: everything that the account page shows. */
import type { Tree } from './protocol.ts'

export type Card = { brand: string; last4: string; instrument: string }
export type Subscription = {
  id: string
  productTitle: string
  status: string
  card: Card | null
}
export type Order = {
  id: string
  name: string
  total: string
  currency: string
  financialStatus: 'PAID' | 'PENDING'
  createdAt: string
  productTitle: string
}
export type Extension = {
  handle: string
  targets: string[]
  apiVersion: string
  capabilities: string[]
  settings: Record<string, string | number | boolean>
  /** The language of `texts`: the closest that the extension has. */
  language: string
  texts: Tree
  defaultTexts: Tree
}
export type AccountData = {
  now: string
  appUrl: string | null
  shop: { domain: string; name: string; currency: string; country: string; zone: string }
  customer: {
    id: string
    firstName: string
    lastName: string
    email: string | null
    locale: string
  }
  subscriptions: Subscription[]
  orders: Order[]
  methods: Card[]
  extensions: Extension[]
}
