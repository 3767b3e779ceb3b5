import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askUntil, isFree, launch } from './processes.mjs'

const processesModule = new URL('./processes.mjs', import.meta.url).href
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reprise-processes-'))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a launched process', { timeout: 30_000 }, () => {
  test('tells its port, and frees it when it is stopped', async () => {
    const server = launch('server', [script('server', SERVER)], {})
    const port = await server.listening()
    expect(await isFree(port)).toBe(false)
    await server.stop()
    expect(server.isRunning()).toBe(false)
    expect(await isFree(port)).toBe(true)
  })

  test('that ends before it is ready is reported with its last words', async () => {
    const broken = launch('broken', [script('broken', 'throw new Error("no database")')], {})
    await expect(broken.listening()).rejects.toThrow(/broken ended with status 1.*no database/s)
  })

  test('that ignores SIGTERM is ended all the same', async () => {
    const stubborn = launch(
      'stubborn',
      [script('stubborn', `process.on('SIGTERM', () => {})\n${SERVER}`)],
      {},
    )
    await stubborn.listening()
    expect(await stubborn.stop()).toBe('SIGKILL')
  })

  test('does not outlive the one who launched it, even after kill -9', async () => {
    const server = script('left', SERVER)
    const parent = launch(
      'parent',
      [
        script(
          'parent',
          `const { launch } = await import(${JSON.stringify(processesModule)})
           const child = launch('left', [${JSON.stringify(server)}], {})
           console.log(JSON.stringify({ listening: await child.listening() }))
           setInterval(() => {}, 1000)`,
        ),
      ],
      {},
    )
    const port = await parent.listening()
    expect(await isFree(port)).toBe(false)
    await parent.kill9()
    const freed = await askUntil(async () => (await isFree(port)) || undefined, {
      timeoutMs: 10_000,
      otherwise: () => 'the child is still there',
    })
    expect(freed).toBe(true)
  })
})

const SERVER = `
  const { createServer } = await import('node:http')
  const server = createServer().listen(0, '127.0.0.1', () => {
    console.log(JSON.stringify({ listening: server.address().port }))
  })`

function script(name: string, source: string): string {
  const file = join(folder, `${name}.mjs`)
  writeFileSync(file, source)
  return file
}
