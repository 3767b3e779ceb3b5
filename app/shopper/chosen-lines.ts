/**
 * What of each line a shopper takes, as a form of the signed page or the extensions say it. Pure. Read strictly and not
 * compared with anything: what the order holds is asked of Shopify at the press.
 */

/** `id`: gid://shopify/SubscriptionLine/…; `quantity`: pieces, 0 leaves the line out. */
export type ChosenLine = { id: string; quantity: number }

/** Lines of one order, and pieces of one line. A larger order cannot be made smaller here. Ours. */
export const MOST_LINES = 50
export const MOST_PIECES = 1_000

const GID = 'gid://shopify/SubscriptionLine/'

/** The form's field for a line: its id's last part. */
export function fieldOf(lineId: string): string {
  return `line.${lineId.slice(lineId.lastIndexOf('/') + 1)}`
}

/** Null: not a choice that our page could have sent. */
export function linesOfForm(form: URLSearchParams): ChosenLine[] | null {
  const said = [...form].filter(([name]) => name !== 'press')
  return checked(
    said.map(([name, value]) => {
      const [, tail] = /^line\.([\w-]{1,100})$/.exec(name) ?? []
      if (tail === undefined || !/^\d{1,4}$/.test(value)) return null
      return { id: `${GID}${tail}`, quantity: Number(value) }
    }),
  )
}

/** `lines` of a JSON body. Null: it is none, or takes nothing at all. */
export function linesOfBody(lines: unknown): ChosenLine[] | null {
  if (!Array.isArray(lines)) return null
  const read = checked(lines.map(lineOf))
  return read && takesAny(read) ? read : null
}

/** At least one piece stays in the order. */
export function takesAny(lines: readonly ChosenLine[]): boolean {
  return lines.some(({ quantity }) => quantity > 0)
}

function lineOf(line: unknown): ChosenLine | null {
  if (typeof line !== 'object' || line === null) return null
  const { id, quantity } = line as Record<string, unknown>
  const isId =
    typeof id === 'string' && /^gid:\/\/shopify\/SubscriptionLine\/[\w-]{1,100}$/.test(id)
  return isId && typeof quantity === 'number' && Number.isInteger(quantity)
    ? { id, quantity }
    : null
}

/** All or nothing: a line that cannot be read, or stands there twice, spoils the choice. */
function checked(lines: (ChosenLine | null)[]): ChosenLine[] | null {
  const read = lines.filter((line) => line !== null)
  const isWhole = read.length === lines.length && read.length > 0 && read.length <= MOST_LINES
  const isOnce = new Set(read.map(({ id }) => id)).size === read.length
  const isRight = read.every(({ quantity }) => quantity >= 0 && quantity <= MOST_PIECES)
  return isWhole && isOnce && isRight ? read : null
}
