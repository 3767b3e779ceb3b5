/** Decimal strings in major units, exact to the cent. */

export const times = (amount: string, count: number): string => fromCents(cents(amount) * count)

export const plus = (left: string, right: string): string => fromCents(cents(left) + cents(right))

/** Adds a tax rate, half up: 0.19 means 19 %. */
export const withTax = (amount: string, rate: number): string =>
  fromCents(Math.round(cents(amount) * (1 + rate)))

/** As Shopify writes a Decimal: no trailing zeros, but one decimal place at least. "24.9", "25.0". */
export const asShopify = (amount: string): string => {
  const plain = fromCents(cents(amount))
  return plain.endsWith('0') ? plain.slice(0, -1) : plain
}

const cents = (amount: string): number => {
  if (!/^\d+(\.\d{1,2})?$/.test(amount)) throw new Error(`"${amount}" is no amount like "24.90".`)
  return Math.round(Number(amount) * 100)
}

const fromCents = (count: number): string => (count / 100).toFixed(2)
