/** What is in stock, and the news that a product can be sold again. */
import { variantBody } from './bodies.ts'
import type { Variant, World } from './world.ts'

/** Shopify tells once, when a variant that could not be sold can be. */
export function setStock(world: World, variant: Variant, quantity: number): void {
  const wasSoldOut = variant.stock !== null && variant.stock <= 0
  variant.stock = quantity
  if (wasSoldOut && quantity > 0)
    world.tell({ topic: 'variants/in_stock', shop: variant.shop, body: variantBody(variant) })
}
