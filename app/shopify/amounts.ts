/** Decimal money without floating point. Pure. */

/** Adds decimal strings exactly: "19.90" and "5" give "24.90". */
export function sumOfDecimals(amounts: string[]): string {
  const scale = Math.max(0, ...amounts.map((amount) => fraction(amount).length))
  const total = amounts.reduce((sum, amount) => sum + scaled(amount, scale), 0n)
  if (scale === 0) return total.toString()
  const digits = (total < 0n ? -total : total).toString().padStart(scale + 1, '0')
  return `${total < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** Whether two decimal strings are the same amount: "12" and "12.00" are. */
export function sameDecimal(one: string, other: string): boolean {
  const negated = other.startsWith('-') ? other.slice(1) : `-${other}`
  return /^[0.]+$/.test(sumOfDecimals([one, negated]))
}

/** What one of several pieces costs, in the currency's smallest coin, halves rounded up. */
export function perPiece(amount: string, pieces: number, currency: string): string {
  const digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions()
  const scale = Math.max(digits.maximumFractionDigits ?? 2, 0)
  const [extra, count] = [fraction(amount).length, BigInt(pieces)]
  const wide = scaled(amount, extra + scale)
  const divisor = count * 10n ** BigInt(extra)
  const coins = (2n * wide + divisor) / (2n * divisor)
  if (scale === 0) return coins.toString()
  const text = coins.toString().padStart(scale + 1, '0')
  return `${text.slice(0, -scale)}.${text.slice(-scale)}`
}

function scaled(amount: string, scale: number): bigint {
  if (!/^-?\d+(\.\d+)?$/.test(amount)) throw new Error(`"${amount}" is no decimal amount`)
  return BigInt(amount.replace('.', '') + '0'.repeat(scale - fraction(amount).length))
}

function fraction(amount: string): string {
  return amount.split('.')[1] ?? ''
}
