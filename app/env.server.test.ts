import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { MissingSetting, readEnv } from './env.server.ts'

const whole = {
  DATABASE_URL: 'postgresql://app@localhost/app',
  SHOPIFY_API_KEY: 'key',
  SHOPIFY_API_SECRET: 'secret',
  SHOPIFY_APP_URL: 'https://app.example.test/',
  SCOPES: 'read_orders, write_customers,',
}

describe('the settings of a process', () => {
  test('are read with sensible defaults', () => {
    expect(readEnv(whole)).toMatchObject({
      NODE_ENV: 'development',
      HOST: '127.0.0.1',
      PORT: 3000,
      SHOPIFY_APP_URL: 'https://app.example.test',
      SCOPES: ['read_orders', 'write_customers'],
      SENDGRID_API_KEY: null,
      REPRISE_STOP: false,
    })
  })

  test('an empty variable counts as not set', () => {
    expect(readEnv({ ...whole, MAIL_FROM: ' ', REPRISE_STOP: '' })).toMatchObject({
      MAIL_FROM: null,
      REPRISE_STOP: false,
    })
  })

  test('production without a database says what to do', () => {
    const production = () => readEnv({ ...whole, DATABASE_URL: '', NODE_ENV: 'production' })
    expect(production).toThrow(MissingSetting)
    expect(production).toThrow(
      /DATABASE_URL is not set. .* set it to the address of your PostgreSQL/,
    )
  })

  test.each([['1'], ['true'], ['yes']])('REPRISE_STOP=%s stops everything', (value) => {
    expect(readEnv({ ...whole, REPRISE_STOP: value }).REPRISE_STOP).toBe(true)
  })

  test.each([['0'], ['false'], ['']])('REPRISE_STOP=%s stops nothing', (value) => {
    expect(readEnv({ ...whole, REPRISE_STOP: value }).REPRISE_STOP).toBe(false)
  })

  test('a port that is none is named', () => {
    expect(() => readEnv({ ...whole, PORT: 'eighty' })).toThrow(/PORT is "eighty"/)
  })

  test('the public address that Shopify’s CLI hands over as HOST is no address to listen on', () => {
    const { SHOPIFY_APP_URL: _, ...cli } = whole
    expect(readEnv({ ...cli, HOST: 'https://tunnel.example.test' })).toMatchObject({
      HOST: '127.0.0.1',
      SHOPIFY_APP_URL: 'https://tunnel.example.test',
    })
  })

  describe("S17: the key of SendGrid's events", () => {
    const made = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve })
    const { publicKey, privateKey } = made('prime256v1')
    const der = (key: KeyObject, type: 'spki' | 'pkcs8') =>
      key.export({ format: 'der', type }).toString('base64')
    const withKey = (SENDGRID_EVENT_KEY: string) => readEnv({ ...whole, SENDGRID_EVENT_KEY })

    test('is the base64 of DER that SendGrid shows, or not set', () => {
      expect(withKey(` ${der(publicKey, 'spki')} `).SENDGRID_EVENT_KEY?.equals(publicKey)).toBe(
        true,
      )
      expect(withKey('').SENDGRID_EVENT_KEY).toBeNull()
    })

    test.each<[string, string, RegExp]>([
      ['PEM', String(publicKey.export({ format: 'pem', type: 'spki' })), /is in PEM: leave out/],
      [
        'a private key',
        String(privateKey.export({ format: 'pem', type: 'pkcs8' })),
        /a private key/,
      ],
      ['a private key in DER', der(privateKey, 'pkcs8'), /no public key in DER/],
      ['a key cut off', der(publicKey, 'spki').slice(0, 60), /no public key in DER/],
      ['an API key', 'SG.abc-def', /is not base64 in one line/],
      ['another curve', der(made('secp384r1').publicKey, 'spki'), /P-256 is needed/],
    ])('%s is named, with the way to mend it', (_, value, says) => {
      expect(() => withKey(value)).toThrow(MissingSetting)
      expect(() => withKey(value)).toThrow(says)
      expect(() => withKey(value)).toThrow(/Copy the verification key/)
    })
  })

  describe('the keys that tokens are encrypted with', () => {
    const key = (letter: string) => Buffer.alloc(32, letter).toString('base64')
    const production = { ...whole, NODE_ENV: 'production' }

    test('come in the order in which they stand: the first encrypts', () => {
      const { TOKEN_KEYS } = readEnv({ ...production, TOKEN_KEYS: ` ${key('n')} , ${key('o')},` })
      expect(TOKEN_KEYS.map((each) => each.toString('base64'))).toEqual([key('n'), key('o')])
    })

    test('are required in production, and the complaint says how to make one', () => {
      expect(() => readEnv(production)).toThrow(/TOKEN_KEYS is not set\. .*randomBytes\(32\)/)
    })

    test.each([['short'], [`${key('n')},short`], [',']])('%s is no key', (TOKEN_KEYS) => {
      expect(() => readEnv({ ...production, TOKEN_KEYS })).toThrow(/keys of 32 bytes in base64/)
    })

    test('are derived from the secret for a developer, who has nothing to set', () => {
      const [derived] = readEnv(whole).TOKEN_KEYS
      expect(derived).toHaveLength(32)
      expect(readEnv({ ...whole, SHOPIFY_API_SECRET: 'other' }).TOKEN_KEYS[0]).not.toEqual(derived)
    })
  })

  describe('Twilio', () => {
    const twilio = {
      ...whole,
      TWILIO_ACCOUNT_SID: 'AC1',
      TWILIO_AUTH_TOKEN: 'secret',
      TWILIO_FROM: '+14155550100',
    }

    test('is off when nothing of it is set, and knows where texts may go', () => {
      expect(readEnv(whole)).toMatchObject({ TWILIO_ACCOUNT_SID: null, TWILIO_FROM: null })
      expect(readEnv(whole).SMS_COUNTRY_CODES).toContain('49')
      expect(readEnv({ ...twilio, SMS_COUNTRY_CODES: '+1, 44' })).toMatchObject({
        TWILIO_ACCOUNT_SID: 'AC1',
        SMS_COUNTRY_CODES: ['1', '44'],
      })
    })

    test.each([
      ['TWILIO_AUTH_TOKEN', ''],
      ['TWILIO_ACCOUNT_SID', ''],
      ['TWILIO_FROM', ''],
      ['TWILIO_FROM', '4155550100'],
      ['SMS_COUNTRY_CODES', '1,DE'],
    ])('%s "%s" is named at the start', (name, value) => {
      expect(() => readEnv({ ...twilio, [name]: value })).toThrow(new RegExp(name))
    })
  })
})
