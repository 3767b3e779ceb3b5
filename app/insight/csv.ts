/** Tables for spreadsheets. Pure. */

/** RFC 4180, with a mark that tells spreadsheets it is UTF-8. */
export function csvOf(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `${cells.map(cell).join(',')}\r\n`
  return `\uFEFF${line(header)}${rows.map(line).join('')}`
}

/**
 * A cell is text and nothing else: what a shopper or a product is called must not become a formula. Source: OWASP, "CSV
 * Injection"; the wide forms are read as formulas by spreadsheets of East Asian languages.
 */
function cell(value: string): string {
  const line = value.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
  const harmless = /^\s*[=+\-@＝＋－＠]/u.test(line) ? `'${line}` : line
  return `"${harmless.replaceAll('"', '""')}"`
}
