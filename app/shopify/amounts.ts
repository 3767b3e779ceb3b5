/** Decimal money without floating point. Pure. */

/** Adds decimal strings exactly: "19.90" and "5" give "24.90". */
export function sumOfDecimals(amounts: string[]): string {
  const scale = Math.max(0, ...amounts.map((amount) => fraction(amount).length))
  const total = amounts.reduce((sum, amount) => sum + scaled(amount, scale), 0n)
  if (scale === 0) return total.toString()
  const digits = (total < 0n ? -total : total).toString().padStart(scale + 1, '0')
  return `${total < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

function scaled(amount: string, scale: number): bigint {
  if (!/^-?\d+(\.\d+)?$/.test(amount)) throw new Error(`"${amount}" is no decimal amount`)
  return BigInt(amount.replace('.', '') + '0'.repeat(scale - fraction(amount).length))
}

function fraction(amount: string): string {
  return amount.split('.')[1] ?? ''
}
