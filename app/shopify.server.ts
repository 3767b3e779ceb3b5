/**
 * Shopify's library: installation, session tokens and the embedded admin. Calls to the Admin API go through
 * `shopify/admin.server.ts`, webhooks through `intake/webhooks.server.ts`: both need less than the library does.
 */
import '@shopify/shopify-app-remix/server/adapters/node' // first: the library looks for its runtime on import
import {
  ApiVersion,
  AppDistribution,
  LogSeverity,
  shopifyApp,
} from '@shopify/shopify-app-remix/server'
import { now } from './clock.server.ts'
import { db } from './db.server.ts'
import { installShop } from './dunning/sequences.server.ts'
import { env } from './env.server.ts'
import { log } from './log.server.ts'
import { adminWith } from './shopify/admin.server.ts'
import { SealedSessionStorage } from './shopify/sessions.server.ts'
import { readShop } from './shopify/shops.server.ts'

/** Answers like the one and only instance; also where Vite or the Remix build evaluates this module again. */
const shopify = shopifyApp({
  apiKey: env().SHOPIFY_API_KEY,
  apiSecretKey: env().SHOPIFY_API_SECRET,
  appUrl: env().SHOPIFY_APP_URL,
  scopes: env().SCOPES,
  authPathPrefix: '/auth',
  apiVersion: ApiVersion.October26,
  distribution: AppDistribution.AppStore,
  sessionStorage: new SealedSessionStorage(db),
  future: { unstable_newEmbeddedAuthStrategy: true, expiringOfflineAccessTokens: true },
  logger: {
    level: LogSeverity.Warning,
    log: async (severity, message) => {
      if (severity === LogSeverity.Error) log.error(message)
      else log.warn(message)
    },
  },
  hooks: {
    // Runs once for each parallel loader of the first page, so it must be harmless when repeated.
    afterAuth: async ({ session }) => {
      if (!session.accessToken) throw new Error(`Shopify gave ${session.shop} no access token.`)
      const facts = await readShop(adminWith(session.shop, session.accessToken))
      await installShop(db, { shop: session.shop, ...facts }, now())
      log.info({ shop: session.shop }, 'installed or refreshed')
    },
  },
})

export default shopify
export const authenticate = shopify.authenticate
export const unauthenticated = shopify.unauthenticated
export const sessionStorage = shopify.sessionStorage
export const addDocumentResponseHeaders = shopify.addDocumentResponseHeaders
