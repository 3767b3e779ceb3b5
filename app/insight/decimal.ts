/** Sums of decimal strings without a float in between. Four places, as the columns hold them. */

const PLACES = 4

/** "24.9" + "0.1" → "25.0000". */
export function addDecimals(left: string, right: string): string {
  return fromUnits(toUnits(left) + toUnits(right))
}

/** "24.9" − "0.1" → "24.8000". */
export function subtractDecimals(left: string, right: string): string {
  return fromUnits(toUnits(left) - toUnits(right))
}

/** left ÷ right as a plain number, null when right is zero. Only for rates, never for money. */
export function divideDecimals(left: string, right: string): number | null {
  const below = toUnits(right)
  return below === 0n ? null : Number(toUnits(left)) / Number(below)
}

export function isZero(amount: string): boolean {
  return toUnits(amount) === 0n
}

function toUnits(amount: string): bigint {
  const negative = amount.startsWith('-')
  const [whole = '0', fraction = ''] = (negative ? amount.slice(1) : amount).split('.')
  const units = BigInt(whole + fraction.padEnd(PLACES, '0').slice(0, PLACES))
  return negative ? -units : units
}

function fromUnits(units: bigint): string {
  const digits = (units < 0n ? -units : units).toString().padStart(PLACES + 1, '0')
  return `${units < 0n ? '-' : ''}${digits.slice(0, -PLACES)}.${digits.slice(-PLACES)}`
}
