#!/usr/bin/env node
/**
 * Fetches Shopify's published Admin schema, so that the sandbox and the document test answer to the real one.
 *
 * The schema is neither ours nor committed. Shopify publishes it inside the npm package of its developer tool; the
 * package is packed (not installed), both hashes below are checked, and the result lands in an ignored folder.
 */

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gunzipSync } from 'node:zlib'

/** What is fetched, and how we know that it is that. Change all of it together, never one line alone. */
export const SCHEMA_SOURCE = {
  apiVersion: '2026-10',
  package: '@shopify/dev-mcp@1.16.0',
  /** sha512 of the package's tarball, as the registry states it. */
  tarballIntegrity:
    'sha512-tqgRnK7sQhjew+htxtleTH23nXB5fZcsrhWgEkomsorGXvLOB2mh2upwZm8uzuTDNTZnqtLMe64yIwh6s2awtw==',
  member: 'package/dist/data/admin_2026-10.json.gz',
  /** sha256 of the unpacked introspection result. */
  contentSha256: '6be93b48f31eaa37b1d1d32a753ce605d4036892271d213c7852fa06b409e9d3',
}

const schemaFolder = fileURLToPath(new URL('../.cache/shopify-schema', import.meta.url))

/**
 * Makes sure that both forms of the schema are there and are the pinned ones.
 *
 * @returns {Promise<{json: string, sdl: string, fetched: boolean}>} the files: `json` is the introspection result,
 *   quick to load; `sdl` is for people and editors.
 */
export async function ensureSchema({
  source = SCHEMA_SOURCE,
  folder = schemaFolder,
  pack = packWithNpm,
} = {}) {
  const { json, sdl } = filesOf(source, folder)
  if (schemaIsThere({ source, folder })) return { json, sdl, fetched: false }

  const content = unpack(source, pack)
  mkdirSync(dirname(json), { recursive: true })
  writeWhole(json, content)
  const { buildClientSchema, printSchema } = await import('graphql')
  const introspection = JSON.parse(content.toString('utf8'))
  writeWhole(sdl, printSchema(buildClientSchema(introspection.data ?? introspection)))
  return { json, sdl, fetched: true }
}

/** Whether both files are there and the introspection result is the pinned one. */
export function schemaIsThere({ source = SCHEMA_SOURCE, folder = schemaFolder } = {}) {
  const { json, sdl } = filesOf(source, folder)
  return existsSync(sdl) && existsSync(json) && sha256(readFileSync(json)) === source.contentSha256
}

function filesOf({ apiVersion }, folder) {
  return {
    json: join(folder, `admin-${apiVersion}.json`),
    sdl: join(folder, `admin-${apiVersion}.graphql`),
  }
}

function unpack(source, pack) {
  const folder = mkdtempSync(join(tmpdir(), 'shopify-schema-'))
  try {
    const tarball = pack(source.package, folder)
    check(
      'package',
      source.tarballIntegrity,
      `sha512-${hash('sha512', readFileSync(tarball), 'base64')}`,
    )
    execFileSync('tar', ['-xzf', tarball, '-C', folder, source.member])
    const content = gunzipSync(readFileSync(join(folder, source.member)))
    check('schema', source.contentSha256, sha256(content))
    return content
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** npm takes it from its own cache when it has it. */
function packWithNpm(name, folder) {
  const options = { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' }
  try {
    const answer = execFileSync('npm', ['pack', name, '--json'], {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return join(folder, JSON.parse(answer)[0].filename)
  } catch (cause) {
    throw new Error(
      `Could not fetch ${name}, which carries Shopify's Admin schema. Check that npm reaches its registry, then run again.\n${cause.stderr ?? ''}`,
      { cause },
    )
  }
}

function check(what, expected, actual) {
  if (actual === expected) return
  throw new Error(
    `The downloaded ${what} is not the pinned one: expected ${expected}, got ${actual}. Nothing was written. If Shopify published a new one on purpose, review it and change SCHEMA_SOURCE in scripts/fetch-schema.mjs.`,
  )
}

const hash = (algorithm, content, encoding) =>
  createHash(algorithm).update(content).digest(encoding)
const sha256 = (content) => hash('sha256', content, 'hex')

/** Written beside and renamed: a reader never meets half a file. */
function writeWhole(file, content) {
  const beside = `${file}.${process.pid}`
  writeFileSync(beside, content)
  renameSync(beside, file)
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { sdl, fetched } = await ensureSchema()
  console.log(`${fetched ? 'fetched' : 'already there'}: ${sdl}`)
}
