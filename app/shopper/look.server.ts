/** How a shop's page looks: its own colours, made readable as in its mails, and its logo. */
import { createHash } from 'node:crypto'
import { coloursOf } from '../messages/mail-html.ts'
import { type Brand, DEFAULT_BRAND, pictureAddress } from '../messages/template.ts'
import { styleFor } from './style.ts'

export type Look = {
  style: string
  /** SHA-256 of the style, by which the page's policy allows it. */
  hash: string
  logo: { url: string; alt: string } | null
}

export function lookOf(brand: Brand): Look {
  const style = styleFor(coloursOf(brand))
  let hash = hashes.get(style)
  if (!hash) {
    hash = createHash('sha256').update(style).digest('base64')
    if (hashes.size >= MOST_KEPT) hashes.clear()
    hashes.set(style, hash)
  }
  const url = pictureAddress(brand.logoUrl)
  return { style, hash, logo: url ? { url, alt: brand.logoAlt } : null }
}

/** Styles whose hash is kept: one for each brand. */
const MOST_KEPT = 500
const hashes = new Map<string, string>()

/** Of pages that are no shop's. */
export const PLAIN_LOOK = lookOf(DEFAULT_BRAND)
