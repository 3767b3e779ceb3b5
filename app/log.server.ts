/**
 * Structured logs, one JSON object per line on stdout. Nothing personal gets in: fields that hold an address, a
 * name or a secret are hidden by their key, and e-mail addresses, query strings and passwords in URLs are hidden
 * wherever they stand in the text, stack traces included.
 *
 * `log.child({ correlationId })` carries one id from the webhook to the charge.
 */
import { pino } from 'pino'

const HIDDEN = '[hidden]'

const PRIVATE_KEY =
  /^(.*e-?mail(_?address)?|.*token|.*secret|.*password|authorization|cookie|hmac|.*phone|(first|last|full|customer|recipient)?_?name|.*address\d?|zip|city|recipient|to|subject)$/i

/** Deeper structures are cut, so that one log line stays one line's worth of work. */
const MAX_DEPTH = 6

export const log = pino({
  level: process.env.LOG_LEVEL?.trim() || (process.env.NODE_ENV === 'test' ? 'warn' : 'info'),
  base: { pid: process.pid },
  timestamp: () => `,"time":"${new Date().toISOString()}"`, // real time: logs are read beside other logs
  formatters: {
    level: (level) => ({ level }),
    log: (fields) => hideFields(fields) as Record<string, unknown>,
    bindings: (fields) => hideFields(fields) as Record<string, unknown>,
  },
  serializers: { err: (fields: unknown) => fields }, // already made readable by hideFields
  hooks: { streamWrite: hideText },
})

/** Hides the values of private keys; errors become message, stack and cause. */
export function hideFields(value: unknown, depth = 0): unknown {
  if (value instanceof Error) return errorFields(value, depth)
  if (value instanceof Date || typeof value !== 'object' || value === null) return value
  if (depth >= MAX_DEPTH) return '[cut]'
  if (Array.isArray(value)) return value.map((item) => hideFields(item, depth + 1))
  const fields: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) {
    fields[key] =
      PRIVATE_KEY.test(key) && item !== null && item !== undefined
        ? HIDDEN
        : hideFields(item, depth + 1)
  }
  return fields
}

/** Hides what no key announces: addresses and secrets inside a text. */
export function hideText(line: string): string {
  return line
    .replace(/[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}/g, HIDDEN)
    .replace(/:\/\/[^\s"/@]+@/g, `://${HIDDEN}@`)
    .replace(/(\/[^\s"?]*)\?[^\s"]+/g, `$1?${HIDDEN}`)
}

function errorFields(error: Error, depth: number): Record<string, unknown> {
  const fields: Record<string, unknown> = {
    type: error.name,
    message: error.message,
    stack: error.stack,
  }
  if ('code' in error) fields.code = error.code
  if (error.cause !== undefined && depth < MAX_DEPTH)
    fields.cause = hideFields(error.cause, depth + 1)
  return fields
}
