import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { buildSchema, introspectionFromSchema } from 'graphql'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ensureSchema, schemaIsThere } from './fetch-schema.mjs'

const content = JSON.stringify({
  data: introspectionFromSchema(buildSchema('type Query { shop: String! }')),
})
let folder: string
let tarball: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reprise-schema-'))
  mkdirSync(join(folder, 'package'))
  writeFileSync(join(folder, 'package', 'admin.json.gz'), gzipSync(content))
  tarball = join(folder, 'published.tgz')
  execFileSync('tar', ['-czf', tarball, '-C', folder, 'package/admin.json.gz'])
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe("fetching Shopify's schema", () => {
  test('what has the pinned hashes is written, as introspection and as SDL', async () => {
    const { json, sdl, fetched } = await fetchInto('cache', pinned())
    expect(fetched).toBe(true)
    expect(readFileSync(json, 'utf8')).toBe(content)
    expect(readFileSync(sdl, 'utf8')).toContain('shop: String!')
  })

  test('a second time there is nothing to fetch', async () => {
    await fetchInto('cache', pinned())
    const again = await ensureSchema({
      source: pinned(),
      folder: join(folder, 'cache'),
      pack: () => expect.unreachable('it was fetched again'),
    })
    expect(again.fetched).toBe(false)
  })

  test('another package under the same name is refused, and nothing is written', async () => {
    const source = { ...pinned(), tarballIntegrity: 'sha512-somethingElse' }
    await expect(fetchInto('cache', source)).rejects.toThrow(/package is not the pinned one/)
    expect(existsSync(join(folder, 'cache'))).toBe(false)
  })

  test('another schema inside the package is refused, and nothing is written', async () => {
    const source = { ...pinned(), contentSha256: '0'.repeat(64) }
    await expect(fetchInto('cache', source)).rejects.toThrow(/schema is not the pinned one/)
    expect(existsSync(join(folder, 'cache'))).toBe(false)
  })

  test('a file that was changed afterwards is not taken for the schema', async () => {
    const { json } = await fetchInto('cache', pinned())
    writeFileSync(json, `${content} `)
    expect(schemaIsThere({ source: pinned(), folder: join(folder, 'cache') })).toBe(false)
  })
})

function fetchInto(name: string, source: ReturnType<typeof pinned>) {
  return ensureSchema({ source, folder: join(folder, name), pack: () => tarball })
}

function pinned() {
  return {
    apiVersion: '2026-10',
    package: 'published@1.0.0',
    tarballIntegrity: `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`,
    member: 'package/admin.json.gz',
    contentSha256: createHash('sha256').update(content).digest('hex'),
  }
}
