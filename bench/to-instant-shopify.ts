/**
 * A preload for the worker: every outgoing request goes to SHOPIFY_URL on loopback, over plain HTTP. TLS to Shopify is
 * left out of the figures, and no call can leave the machine. Costs nothing per request, unlike the sandbox's preload.
 */
import process from 'node:process'
import { Agent, Pool, setGlobalDispatcher } from 'undici'

const shopify = process.env.SHOPIFY_URL
if (!shopify?.startsWith('http://127.0.0.1:'))
  throw new Error('Set SHOPIFY_URL to the address that bench/instant-shopify.ts listens on.')

setGlobalDispatcher(new Agent({ factory: (_origin, options) => new Pool(shopify, options) }))
