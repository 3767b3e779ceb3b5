import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startEmbedded } from './embedded-postgres.mjs'

const launcher = new URL('./embedded-postgres.mjs', import.meta.url).pathname
const settings = { max_connections: '20' }
let dir: string

beforeAll(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'reprise-postgres-')), 'server')
})

afterAll(async () => {
  if (existsSync(dir)) await (await startEmbedded({ dir, settings })).stop()
  rmSync(join(dir, '..'), { recursive: true, force: true })
})

describe('the embedded database server', { timeout: 60_000 }, () => {
  test('two starts at once end up on one server', async () => {
    const answers = await Promise.all([inAnotherProcess(dir), inAnotherProcess(dir)])
    expect(answers[0]).toBe(answers[1])
    expect(await versionAt(answers[0])).toBe(18)
  })

  test('a later start joins the server that runs, and finds its data', async () => {
    const first = await startEmbedded({ dir, settings })
    await query(first.url, 'create table kept (word text)')
    await query(first.url, "insert into kept values ('yes')")
    const second = await startEmbedded({ dir, settings })
    expect(second.adopted).toBe(true)
    expect(second.pid).toBe(first.pid)
    expect(await query(second.url, 'select word from kept')).toEqual([{ word: 'yes' }])
    await second.stop()
    await first.stop()
  })

  test('the server ends with its last user, not with the first that leaves', async () => {
    const first = await startEmbedded({ dir, settings })
    const second = await startEmbedded({ dir, settings })
    expect(await first.stop()).toBe(false)
    expect(await versionAt(second.url)).toBe(18)
    expect(await second.stop()).toBe(true)
    await expect(versionAt(second.url)).rejects.toThrow()
  })

  test('after kill -9 the next start brings it back with its data', async () => {
    const killed = await startEmbedded({ dir, settings })
    process.kill(killed.pid ?? Number.NaN, 'SIGKILL')
    const again = await startEmbedded({ dir, settings })
    expect(again.pid).not.toBe(killed.pid)
    expect(await query(again.url, 'select word from kept')).toEqual([{ word: 'yes' }])
    await again.stop()
  })

  test('restarted like a crash it breaks every connection, comes back on its port and has lost nothing', async () => {
    const server = await startEmbedded({ dir, settings })
    await query(server.url, 'create table survivors (word text)')
    await query(server.url, "insert into survivors values ('me')")
    const client = new pg.Client({ connectionString: server.url })
    const broken = new Promise((resolve) => client.on('error', resolve))
    await client.connect()
    await server.restart('immediate', 100)
    await broken
    expect(await query(server.url, 'select word from survivors')).toEqual([{ word: 'me' }])
    expect(await server.stop()).toBe(true)
  })

  test('it asks for the password, and only its owner can read it', async () => {
    const server = await startEmbedded({ dir, settings })
    const wrong = new URL(server.url)
    wrong.password = 'guessed'
    await expect(versionAt(wrong.href)).rejects.toThrow(/password authentication failed/)
    expect(statSync(join(server.dir, 'password')).mode & 0o077).toBe(0)
    await server.stop()
  })

  test('it listens on this machine only', async () => {
    const server = await startEmbedded({ dir, settings })
    expect(await query(server.url, 'show listen_addresses')).toEqual([
      { listen_addresses: '127.0.0.1' },
    ])
    await server.stop()
  })

  test('production is told to bring its own', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    await expect(startEmbedded({ dir })).rejects.toThrow(/set DATABASE_URL/)
    vi.unstubAllEnvs()
  })
})

async function inAnotherProcess(folder: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [launcher, folder])
  return stdout.trim()
}

async function versionAt(url: string): Promise<number> {
  const rows = await query(url, 'show server_version_num')
  return Math.floor(Number(rows[0]?.server_version_num) / 10_000)
}

async function query(url: string, sql: string): Promise<Record<string, string>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 })
  await client.connect()
  try {
    return (await client.query<Record<string, string>>(sql)).rows
  } finally {
    await client.end()
  }
}
