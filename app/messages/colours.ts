/** Colours of a mail, and whether they can be read. Pure. Contrast as WCAG 2.2 counts it (1.4.3): 1 to 21. */

/** What normal text needs against its ground (WCAG 2.2, level AA). */
export const READABLE = 4.5

/** "#abc" or "#aabbcc", in any case -> "#aabbcc"; null: not a colour that mail clients know. */
export function readColour(value: string): string | null {
  const hex = value.trim().toLowerCase()
  if (/^#[0-9a-f]{6}$/.test(hex)) return hex
  const [, r, g, b] = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/.exec(hex) ?? []
  return r && g && b ? `#${r}${r}${g}${g}${b}${b}` : null
}

/** From 1 (the same) to 21 (black on white). Both are "#rrggbb". */
export function contrast(one: string, other: string): number {
  const [a, b] = [luminance(one), luminance(other)]
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
}

/** Black or white, whichever reads better on this ground: always at least 4.58 to 1. */
export function inkOn(ground: string): string {
  return contrast(ground, '#ffffff') >= contrast(ground, '#000000') ? '#ffffff' : '#000000'
}

/** The colour itself, or the nearest shade of it that can be read on every one of these grounds. */
export function readableOn(colour: string, ...grounds: readonly string[]): string {
  const goal = inkOn(grounds[0] ?? '#ffffff')
  for (let share = 0; share <= 1; share += 0.05) {
    const shade = mixed(colour, goal, share)
    if (grounds.every((ground) => contrast(shade, ground) >= READABLE)) return shade
  }
  return goal
}

/** `share` of the second colour in the first, 0 to 1. */
export function mixed(one: string, other: string, share: number): string {
  const [a, b] = [channels(one), channels(other)]
  const mix = (i: 0 | 1 | 2) => Math.round(a[i] + (b[i] - a[i]) * share)
  return `#${[mix(0), mix(1), mix(2)].map((value) => value.toString(16).padStart(2, '0')).join('')}`
}

function luminance(colour: string): number {
  const [r, g, b] = channels(colour).map((value) => {
    const part = value / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function channels(colour: string): [number, number, number] {
  const value = Number.parseInt(colour.slice(1), 16)
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255]
}
