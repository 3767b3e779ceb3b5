/**
 * The settings of a process, read from its environment once and checked as a whole, so that a missing one is
 * named at the start and not at the first payment.
 */
import { createPublicKey, hkdfSync, type KeyObject } from 'node:crypto'
import { existsSync } from 'node:fs'
import process from 'node:process'

/** Each field carries the name of the variable it came from. */
export type Env = {
  NODE_ENV: 'production' | 'development' | 'test'
  DATABASE_URL: string
  HOST: string
  /** 0: any free port. */
  PORT: number
  SHOPIFY_API_KEY: string
  SHOPIFY_API_SECRET: string
  SHOPIFY_APP_URL: string
  SCOPES: string[]
  /** Null: reminders cannot be sent. */
  SENDGRID_API_KEY: string | null
  /** Sender address of our own authenticated domain; null: reminders cannot be sent. */
  MAIL_FROM: string | null
  /** SendGrid's public key for the events of its webhook; null: none are taken, and bounces stay unknown. */
  SENDGRID_EVENT_KEY: KeyObject | null
  /** Null, and with it all of Twilio's: no text message is sent. */
  TWILIO_ACCOUNT_SID: string | null
  /** Signs what Twilio tells us, too. */
  TWILIO_AUTH_TOKEN: string | null
  /** A messaging service, or else a number: whom texts come from. */
  TWILIO_MESSAGING_SERVICE_SID: string | null
  TWILIO_FROM: string | null
  /** Calling codes that the sender above may write to, without "+". */
  SMS_COUNTRY_CODES: string[]
  /** Null: App Bridge comes from Shopify's CDN. */
  APP_BRIDGE_URL: string | null
  /** 32 bytes each. The first encrypts the shops' tokens, all decrypt. Never empty. */
  TOKEN_KEYS: Buffer[]
  /** The operator says that the database moved to this address on purpose (place.server.ts). */
  REPRISE_HOST_MOVED: boolean
  /** Whoever shows it may read /metrics; null: only this machine may. */
  METRICS_TOKEN: string | null
  /** Cases that one worker works on side by side, in twenties. They mostly wait for Shopify. */
  WORKER_CASES_AT_ONCE: number
  /** The operator's stop switch: nothing is charged and nothing is mailed, for any shop. */
  REPRISE_STOP: boolean
  LOG_LEVEL: string
}

/** A setting that the process cannot work without. Its message says what to do. */
export class MissingSetting extends Error {
  override name = 'MissingSetting'
}

let checked: Env | undefined

export function env(): Env {
  checked ??= readEnv(withDotEnv(process.env))
  return checked
}

/** Pure: the same variables give the same settings, or the same complaint. */
export function readEnv(variables: Record<string, string | undefined>): Env {
  const NODE_ENV = nodeEnv(variables.NODE_ENV)
  // `shopify app dev` hands over the public address as HOST.
  const publicHost = /^https?:/.test(variables.HOST ?? '') ? variables.HOST : undefined
  return {
    NODE_ENV,
    DATABASE_URL: required(
      variables,
      'DATABASE_URL',
      NODE_ENV === 'production'
        ? 'Production never starts a database of its own: set it to the address of your PostgreSQL, ' +
            'for example postgresql://user:password@host:5432/reprise.'
        : 'Run `npm run demo`, which brings a database of its own, or put the address of your PostgreSQL into .env.',
    ),
    HOST: (publicHost === undefined ? optional(variables.HOST) : null) ?? '127.0.0.1',
    PORT: port(variables.PORT),
    SHOPIFY_API_KEY: required(
      variables,
      'SHOPIFY_API_KEY',
      'It is the client id of your app: copy it from the Shopify dev dashboard into .env.',
    ),
    SHOPIFY_API_SECRET: required(
      variables,
      'SHOPIFY_API_SECRET',
      'It is the client secret of your app, and no webhook can be checked without it: ' +
        'copy it from the Shopify dev dashboard into .env.',
    ),
    SHOPIFY_APP_URL: required(
      { SHOPIFY_APP_URL: publicHost, ...variables },
      'SHOPIFY_APP_URL',
      'It is the public address of this server, the application_url of shopify.app.toml.',
    ).replace(/\/+$/, ''),
    SCOPES: required(
      variables,
      'SCOPES',
      'Copy the line `scopes` of shopify.app.toml, separated by commas.',
    )
      .split(',')
      .map((scope) => scope.trim())
      .filter((scope) => scope !== ''),
    SENDGRID_API_KEY: optional(variables.SENDGRID_API_KEY),
    MAIL_FROM: optional(variables.MAIL_FROM),
    SENDGRID_EVENT_KEY: eventKey(optional(variables.SENDGRID_EVENT_KEY)),
    ...twilio(variables),
    APP_BRIDGE_URL: optional(variables.APP_BRIDGE_URL),
    TOKEN_KEYS: tokenKeys(variables, NODE_ENV),
    REPRISE_HOST_MOVED: isSwitchedOn(variables.REPRISE_HOST_MOVED),
    METRICS_TOKEN: optional(variables.METRICS_TOKEN),
    WORKER_CASES_AT_ONCE: casesAtOnce(variables.WORKER_CASES_AT_ONCE),
    REPRISE_STOP: isSwitchedOn(variables.REPRISE_STOP),
    LOG_LEVEL: optional(variables.LOG_LEVEL) ?? 'info',
  }
}

function withDotEnv(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  // Tests name everything themselves; a developer's own keys must not reach them.
  // Variables that are set already win over the file.
  if (variables.NODE_ENV !== 'test' && existsSync('.env')) process.loadEnvFile('.env')
  return variables
}

function nodeEnv(value: string | undefined): Env['NODE_ENV'] {
  return value === 'production' || value === 'test' ? value : 'development'
}

/** Bytes of a key for AES-256. */
const TOKEN_KEY_BYTES = 32

function tokenKeys(
  variables: Record<string, string | undefined>,
  NODE_ENV: Env['NODE_ENV'],
): Buffer[] {
  const made = 'Make one with: node -p \'crypto.randomBytes(32).toString("base64")\''
  if (NODE_ENV !== 'production' && optional(variables.TOKEN_KEYS) === null) {
    // A developer's database needs no key of its own.
    const secret = variables.SHOPIFY_API_SECRET ?? ''
    return [Buffer.from(hkdfSync('sha256', secret, '', 'reprise token key v1', TOKEN_KEY_BYTES))]
  }
  const keys = required(
    variables,
    'TOKEN_KEYS',
    `The shops' access tokens are encrypted with it. ${made}`,
  )
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text) => Buffer.from(text, 'base64'))
  if (keys.length > 0 && keys.every((key) => key.length === TOKEN_KEY_BYTES)) return keys
  throw new MissingSetting(
    `TOKEN_KEYS must be keys of ${TOKEN_KEY_BYTES} bytes in base64, separated by commas, the newest first. ${made}`,
  )
}

/** SendGrid shows it as base64 of DER (SPKI), in one line. */
function eventKey(text: string | null): KeyObject | null {
  if (text === null) return null
  const copy =
    'Copy the verification key as SendGrid shows it under Settings > Mail Settings > Event Webhook.'
  const wrong = (what: string) => new MissingSetting(`SENDGRID_EVENT_KEY is ${what}. ${copy}`)
  if (/PRIVATE KEY/.test(text)) throw wrong('a private key, and SendGrid keeps that for itself')
  if (/-----|PUBLIC KEY/.test(text))
    throw wrong('in PEM: leave out the lines with BEGIN and END, and join the rest to one line')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw wrong('not base64 in one line')
  const key = publicKeyIn(Buffer.from(text, 'base64'))
  if (!key) throw wrong('base64, but no public key in DER')
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw wrong('a public key of another kind, where ECDSA with the curve P-256 is needed')
  return key
}

function publicKeyIn(key: Buffer): KeyObject | null {
  try {
    return createPublicKey({ key, format: 'der', type: 'spki' })
  } catch {
    return null
  }
}

/**
 * Where texts may go unless the operator says otherwise: the countries of our eight languages whose numbers a sender of
 * Twilio's commonly reaches. Calling codes, ITU-T E.164.
 */
const USUAL_COUNTRY_CODES = '1,31,32,33,34,39,41,43,44,45,46,47,49,55,61,64,81,351,352,353,358'

/** All of it, or nothing: half a sender would fail at the first text. */
function twilio(variables: Record<string, string | undefined>) {
  const read = {
    TWILIO_ACCOUNT_SID: optional(variables.TWILIO_ACCOUNT_SID),
    TWILIO_AUTH_TOKEN: optional(variables.TWILIO_AUTH_TOKEN),
    TWILIO_MESSAGING_SERVICE_SID: optional(variables.TWILIO_MESSAGING_SERVICE_SID),
    TWILIO_FROM: optional(variables.TWILIO_FROM),
  }
  const { TWILIO_ACCOUNT_SID: sid, TWILIO_AUTH_TOKEN: token } = read
  const { TWILIO_MESSAGING_SERVICE_SID: service, TWILIO_FROM: from } = read
  const codes = (optional(variables.SMS_COUNTRY_CODES) ?? USUAL_COUNTRY_CODES)
    .split(',')
    .map((code) => code.trim().replace(/^\+/, ''))
    .filter((code) => code !== '')
  const unreadable = codes.find((code) => !/^[1-9]\d{0,2}$/.test(code))
  if (unreadable !== undefined)
    throw new MissingSetting(
      `SMS_COUNTRY_CODES has "${unreadable}". Name calling codes of countries, separated by commas: 1,44,49.`,
    )
  const isOff = !sid && !token && !service && !from
  if (!isOff && !(sid && token && (service || from))) {
    const missing = !sid
      ? 'TWILIO_ACCOUNT_SID'
      : !token
        ? 'TWILIO_AUTH_TOKEN'
        : 'TWILIO_MESSAGING_SERVICE_SID (or TWILIO_FROM)'
    throw new MissingSetting(
      `${missing} is not set, though other settings of Twilio are. Copy it from the Twilio console, or leave all of them empty: no text is sent then.`,
    )
  }
  if (from && !/^\+[1-9]\d{6,14}$/.test(from))
    throw new MissingSetting(`TWILIO_FROM is "${from}". Write the number as +14155550100.`)
  return { ...read, SMS_COUNTRY_CODES: codes }
}

function isSwitchedOn(value: string | undefined): boolean {
  return !['', '0', 'false'].includes((value ?? '').trim().toLowerCase())
}

function required(
  variables: Record<string, string | undefined>,
  name: string,
  advice: string,
): string {
  const value = optional(variables[name])
  if (value === null) throw new MissingSetting(`${name} is not set. ${advice}`)
  return value
}

function optional(value: string | undefined): string | null {
  const trimmed = value?.trim()
  return trimmed === undefined || trimmed === '' ? null : trimmed
}

/**
 * Two requests of 100 ms in a step and 200 steps a second need forty cases in hand; as many again wait for the
 * slowest of their twenty. More than the workers may claim together (sweep.server.ts) would stand idle.
 */
const CASES_AT_ONCE = { usual: 80, most: 200 }

function casesAtOnce(value: string | undefined): number {
  const text = optional(value) ?? String(CASES_AT_ONCE.usual)
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= CASES_AT_ONCE.most) return number
  throw new MissingSetting(
    `WORKER_CASES_AT_ONCE is "${text}". Set it to a number from 1 to ${CASES_AT_ONCE.most}.`,
  )
}

function port(value: string | undefined): number {
  const text = optional(value) ?? '3000'
  const number = Number(text)
  if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number
  throw new MissingSetting(`PORT is "${text}". Set it to a number from 0 (any free port) to 65535.`)
}
