import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Email, sendEmail } from './email.server.ts'

/** What a stand-in for api.sendgrid.com received, and how it is to answer the next request. */
let received: { headers: http.IncomingHttpHeaders; path: string; body: Record<string, unknown> }[]
let answer: (response: http.ServerResponse) => void
const accept = (response: http.ServerResponse) =>
  response.writeHead(202, { 'x-message-id': 'id-of-sendgrid' }).end()
const refuse = (status: number, message: string) => (response: http.ServerResponse) =>
  response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify({ errors: [{ message, field: 'personalizations.0.to' }] }))

const server = http.createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(chunks).toString())
    received.push({ headers: request.headers, path: request.url ?? '', body })
    answer(response)
  })
})

const secureRequest = https.request

beforeAll(async () => {
  Object.assign(process.env, {
    DATABASE_URL: 'postgresql://nobody@localhost/none',
    SHOPIFY_API_KEY: 'key',
    SHOPIFY_API_SECRET: 'a secret of the tests',
    SHOPIFY_APP_URL: 'https://app.example',
    SCOPES: 'read_customers',
    SENDGRID_API_KEY: 'SG.of-the-tests',
    MAIL_FROM: 'notices@mail.example',
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  // SendGrid's package speaks HTTPS to a fixed host; here it speaks HTTP to the stand-in.
  https.request = ((options: https.RequestOptions, listener: (r: http.IncomingMessage) => void) => {
    expect(options.hostname).toBe('api.sendgrid.com')
    const { port } = server.address() as AddressInfo
    return http.request(
      {
        ...options,
        protocol: 'http:',
        hostname: '127.0.0.1',
        port: portInUse ?? port,
        agent: false,
      },
      listener,
    )
  }) as typeof https.request
})

/** Set to a port where nobody listens. */
let portInUse: number | null = null

afterEach(() => {
  portInUse = null
})

afterAll(async () => {
  https.request = secureRequest
  server.closeAllConnections()
  await new Promise((closed) => server.close(closed))
})

const email: Email = {
  to: 'mara@shopper.example',
  fromName: 'Bean & Bloom "Coffee"\r\nBcc: everyone@example.com',
  replyTo: 'hello@beanandbloom.example',
  subject: 'The payment for Morning Roast has not gone through yet',
  html: '<p>Hello</p>',
  text: 'Hello',
  customArgs: { message: '0193f0c2-7a4b-7c1e-9d55-3f1a2b4c5d6e' },
  categories: ['first'],
}

async function sendTo(how: typeof answer, timeoutMs?: number) {
  received = []
  answer = how
  return sendEmail(email, timeoutMs === undefined ? {} : { timeoutMs })
}

describe('what SendGrid is told', () => {
  test('is one mail with both parts, and no tracking of any kind', async () => {
    expect(await sendTo(accept)).toEqual({ state: 'sent', providerId: 'id-of-sendgrid' })
    const [request] = received
    expect(request?.path).toBe('/v3/mail/send')
    expect(request?.headers.authorization).toBe('Bearer SG.of-the-tests')
    expect(request?.body).toMatchObject({
      from: {
        email: 'notices@mail.example',
        name: 'Bean & Bloom "Coffee" Bcc: everyone@example.com',
      },
      reply_to: { email: 'hello@beanandbloom.example' },
      subject: 'The payment for Morning Roast has not gone through yet',
      personalizations: [{ to: [{ email: 'mara@shopper.example' }] }],
      content: [
        { type: 'text/plain', value: 'Hello' },
        { type: 'text/html', value: '<p>Hello</p>' },
      ],
      custom_args: { message: '0193f0c2-7a4b-7c1e-9d55-3f1a2b4c5d6e' },
      categories: ['first'],
      headers: { 'Auto-Submitted': 'auto-generated' },
      tracking_settings: {
        click_tracking: { enable: false, enable_text: false },
        open_tracking: { enable: false },
        subscription_tracking: { enable: false },
        ganalytics: { enable: false },
      },
    })
    expect(request?.body).not.toHaveProperty('send_at')
  })
})

describe('what the answer means', () => {
  test.each([
    [400, 'failed', /refused the mail \(400\): Does not contain a valid address/],
    [413, 'failed', /413/],
    [401, 'failed', /SENDGRID_API_KEY/],
    [403, 'failed', /MAIL_FROM/],
    [429, 'try_later', /429/],
    [500, 'try_later', /500/],
    [503, 'try_later', /503/],
    [200, 'uncertain', /200 instead of 202/],
  ])('%i is %s', async (status, state, because) => {
    const result = await sendTo(refuse(status, 'Does not contain a valid address'))
    expect(result.state).toBe(state)
    expect(result).toHaveProperty('because', expect.stringMatching(because))
    expect(received).toHaveLength(1)
  })

  test('an address that SendGrid quotes does not get into our reason', async () => {
    const result = await sendTo(refuse(400, 'The address mara@shopper.example is not valid.'))
    expect(JSON.stringify(result)).not.toContain('mara@')
  })

  test('silence is uncertain, and nothing is sent a second time', async () => {
    const result = await sendTo(() => undefined, 100)
    expect(result).toMatchObject({
      state: 'uncertain',
      because: expect.stringMatching(/did not answer in time/),
    })
    expect(received).toHaveLength(1)
  })

  test('a connection cut after the mail was handed over is uncertain', async () => {
    const result = await sendTo((response) => response.destroy())
    expect(result).toMatchObject({
      state: 'uncertain',
      because: expect.stringMatching(/connection to SendGrid broke/),
    })
    expect(received).toHaveLength(1)
  })

  test('a connection that never came about may be tried later', async () => {
    const closed = http.createServer()
    await new Promise<void>((ready) => closed.listen(0, '127.0.0.1', ready))
    portInUse = (closed.address() as AddressInfo).port
    await new Promise((done) => closed.close(done))
    expect(await sendTo(accept)).toMatchObject({
      state: 'try_later',
      because: expect.stringMatching(/ECONNREFUSED/),
    })
  })
})
