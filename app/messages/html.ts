/**
 * HTML in which everything is escaped unless it was made here. A string put into `html` becomes text, whatever is in it;
 * only what `html` itself returned goes in as it is. So forgetting to escape is not possible.
 */

/** A piece of HTML that is safe to put into another. Only `html` makes one. */
export class Markup {
  readonly #text: string
  private constructor(text: string) {
    this.#text = text
  }

  static from(parts: TemplateStringsArray, values: readonly Piece[]): Markup {
    let text = parts[0] ?? ''
    for (const [i, value] of values.entries()) text += write(value) + (parts[i + 1] ?? '')
    return new Markup(text)
  }

  toString(): string {
    return this.#text
  }
}

type Piece = string | number | Markup | readonly Markup[] | null | false

export function html(parts: TemplateStringsArray, ...values: readonly Piece[]): Markup {
  return Markup.from(parts, values)
}

function write(value: Piece): string {
  if (value === null || value === false) return ''
  if (value instanceof Markup) return value.toString()
  if (typeof value === 'object') return value.map((each) => each.toString()).join('')
  return escaped(String(value))
}

/** Safe in text and in an attribute between double quotation marks. */
export function escaped(text: string): string {
  return /[&<>"']/.test(text) ? text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '') : text
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
}
