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
})
