import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freshWorld, openSandbox, SHOP, type TestSandbox } from './test-sandbox.ts'

const PRELOAD = fileURLToPath(new URL('./register.ts', import.meta.url))

let sandbox: TestSandbox
beforeAll(async () => {
  sandbox = await openSandbox()
})
afterAll(() => sandbox.close())
beforeEach(() => freshWorld(sandbox))

/** Runs a script in a process of its own with the preload; what it printed. */
function run(script: string, env: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', PRELOAD, '--input-type=module', '--eval', script],
      {
        env: {
          PATH: process.env.PATH,
          NODE_ENV: 'test',
          SANDBOX_URL: sandbox.url,
          SANDBOX_CLOCK_FILE: sandbox.sandbox.settings.clockFile,
          ...env,
        },
      },
      (_, stdout, stderr) => resolve(stdout.trim() || stderr),
    )
  })
}

test('fetch of a shop reaches the sandbox, which knows the shop that was meant', async () => {
  const { access_token } = await sandbox.token()
  const said = await run(`
    const answer = await fetch('https://${SHOP}/admin/api/2026-10/graphql.json', {
      method: 'POST',
      headers: { 'x-shopify-access-token': '${access_token}' },
      body: JSON.stringify({ query: '{ shop { name } }' }),
    })
    console.log(JSON.stringify((await answer.json()).data))`)
  expect(said).toBe('{"shop":{"name":"Test Shop"}}')
})

test('SendGrid’s client, which uses neither fetch nor undici, reaches the mailbox', async () => {
  const said = await run(`
    import sendgrid from '@sendgrid/mail'
    sendgrid.setApiKey('SG.local')
    const [{ statusCode }] = await sendgrid.send({
      to: 'mara@example.com', from: 'billing@reprise.example', subject: 'Hello', text: 'Hello',
    })
    console.log(statusCode)`)
  expect(said).toBe('202')
  const { messages } = await sandbox.get<{ messages: { to: string }[] }>('mailbox')
  expect(messages.map(({ to }) => to)).toEqual(['mara@example.com'])
})

test('every other host is refused, whichever way it is called', async () => {
  const said = await run(`
    import https from 'node:https'
    const why = await fetch('https://example.com').catch((error) => error.cause?.message ?? error.message)
    let other
    try { https.get('https://example.com') } catch (error) { other = error.message }
    console.log(JSON.stringify([why, other]))`)
  const refused =
    'The sandbox preload refused a call to example.com: nothing may leave this machine.'
  expect(JSON.parse(said)).toEqual([refused, refused])
})

test('the world’s clock hangs where the app looks, and jumps are told', async () => {
  const said = run(`
    const clock = globalThis.__repriseClock
    const before = clock.now()
    const keepAlive = setInterval(() => {}, 1000)
    clock.onJump(() => {
      console.log(JSON.stringify([before, clock.now()]))
      clearInterval(keepAlive)
    })
    await fetch('${sandbox.url}/control/clock', { method: 'POST', body: '{"by":"PT1H"}' })`)
  const start = Date.parse('2026-11-09T07:00:00Z')
  expect(JSON.parse(await said)).toEqual([start, start + 3_600_000])
})

test('the sandbox’s admin may frame the app’s pages', async () => {
  const said = await run(`
    import http from 'node:http'
    const server = http.createServer((req, res) => {
      res.setHeader('content-security-policy', 'frame-ancestors https://${SHOP} https://admin.shopify.com;')
      res.writeHead(200).end()
    }).listen(0, '127.0.0.1', async () => {
      const answer = await fetch('http://127.0.0.1:' + server.address().port)
      console.log(answer.headers.get('content-security-policy'))
      server.close()
    })`)
  expect(said).toBe(`frame-ancestors ${sandbox.url} https://${SHOP} https://admin.shopify.com;`)
})

test('production refuses to start with it', async () => {
  const said = await run('console.log("started")', { NODE_ENV: 'production' })
  expect(said).not.toBe('started')
  expect(said).toContain('must not be loaded in production')
})
