/**
 * How many segments a text message takes, as carriers count and bill it. Pure.
 * Source: 3GPP TS 23.038 (GSM 7-bit default alphabet and its extension) and 23.040 (concatenation).
 */

export type Encoding = 'GSM-7' | 'UCS-2'

/** Units of one segment: alone, and as a part of several (each gives some up for the header that joins them). */
const ROOM: Record<Encoding, { alone: number; joined: number }> = {
  'GSM-7': { alone: 160, joined: 153 },
  'UCS-2': { alone: 70, joined: 67 },
}

const GSM_7 =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'

/** Each takes two units: an escape and the letter. */
const GSM_7_EXTENSION = '\f^{}\\[~]|€'

const BASIC = new Set(GSM_7)
const EXTENDED = new Set(GSM_7_EXTENSION)

export function countSegments(text: string): { segments: number; encoding: Encoding } {
  const letters = Array.from(text)
  const encoding: Encoding = letters.every((letter) => BASIC.has(letter) || EXTENDED.has(letter))
    ? 'GSM-7'
    : 'UCS-2'
  // No letter is cut in two: an escape stays with its letter, and so do the halves of an emoji.
  const sizes = letters.map((letter) =>
    encoding === 'UCS-2' ? letter.length : EXTENDED.has(letter) ? 2 : 1,
  )
  const { alone, joined } = ROOM[encoding]
  const all = sizes.reduce((sum, size) => sum + size, 0)
  if (all <= alone) return { segments: all === 0 ? 0 : 1, encoding }
  let segments = 1
  let filled = 0
  for (const size of sizes) {
    if (filled + size > joined) {
      segments++
      filled = 0
    }
    filled += size
  }
  return { segments, encoding }
}

/** Signs that look alike in GSM-7: a curly apostrophe alone would more than double what a text costs. */
export function inPlainSigns(text: string): string {
  return text
    .replace(/[‘’‚′]/g, "'")
    .replace(/[“”„″]/g, '"')
    .replace(/[‐‑–—]/g, '-')
    .replace(/…/g, '...')
    .replace(/[\u00A0\u2007\u2009\u202F]/g, ' ')
    .replace(/[\u2066-\u2069]/g, '')
}
