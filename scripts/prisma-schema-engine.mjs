#!/usr/bin/env node
/**
 * Lets the Prisma CLI work without its native schema engine, which it would otherwise download at the first command.
 *
 * The CLI speaks line-delimited JSON-RPC to whatever program PRISMA_SCHEMA_ENGINE_BINARY names (prisma.config.ts
 * names this one). The calls are passed on to Prisma's own engine in WebAssembly, @prisma/schema-engine-wasm, over
 * the same driver that the app uses. The file must stay executable. All Prisma packages must be of one version.
 */

import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils'
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'
import { parse } from 'pg-connection-string'

const engineFile = (name) => new URL(name, import.meta.resolve('@prisma/schema-engine-wasm'))

/** PostgreSQL's number for the type "char", and for text. Source: pg_type.dat. */
const CHAR = 18
const TEXT = 25
/** "char", int2vector, regproc, pg_node_tree, regclass, regtype, regnamespace: the driver cannot read them. */
const READ_AS_TEXT = new Set([CHAR, 22, 24, 194, 2205, 2206, 4089])

const args = readArguments(process.argv.slice(2))
if (args.version) {
  console.log(
    `schema-engine-wasm ${JSON.parse(readFileSync(engineFile('./package.json'), 'utf8')).version}`,
  )
  process.exit(0)
}
if (args.command[0] === 'cli') process.exit(await runCliCommand(args.command[1], args.url))

/** The id of the call being answered. */
let inFlight = null
globalThis.PRISMA_WASM_PANIC_REGISTRY = {
  message: '',
  set_message(text) {
    this.message = `RuntimeError: ${text}`
  },
}
// A panic surfaces as an uncaught exception. Answer the call first: on a bare exit the CLI can end with status 0.
process.on('uncaughtException', (error) => {
  const message = globalThis.PRISMA_WASM_PANIC_REGISTRY.message || error?.stack || String(error)
  logError({ message, is_panic: false })
  if (inFlight === null) process.exit(1)
  const data = { is_panic: false, message }
  write({ id: inFlight, error: { code: 4466, message: 'schema engine panic', data } }, () =>
    process.exit(1),
  )
})

const engine = await loadEngine(args)
serve(engine)

function readArguments(argv) {
  const out = { datamodels: [], url: undefined, command: [], version: argv.includes('--version') }
  for (let i = 0; i < argv.length; i++) {
    if (argv[i] === '--datamodels') {
      const file = argv[++i]
      out.datamodels.push([file, out.version ? '' : readFileSync(file, 'utf8')])
    } else if (argv[i] === '--datasource') out.url = JSON.parse(argv[++i]).url
    else if (argv[i] === '--enabled-preview-features' || argv[i] === '--extension-types') i++
    else out.command.push(argv[i])
  }
  return out
}

/** can-connect-to-database, create-database and drop-database arrive as a command line, not as calls. */
async function runCliCommand(command, url) {
  process.stderr.write('\n') // the CLI drops the first line
  const target = new URL(url)
  const name = decodeURIComponent(target.pathname.slice(1)) || 'postgres'
  const query = async (connectionString, sql) => {
    const client = new pg.Client({ connectionString })
    await client.connect()
    try {
      await client.query(sql)
    } finally {
      await client.end()
    }
  }
  const maintenance = new URL(url)
  maintenance.pathname = '/postgres'
  const quoted = `"${name.replaceAll('"', '""')}"`
  try {
    if (command === 'can-connect-to-database') await query(url, 'SELECT 1')
    else if (command === 'drop-database') await query(maintenance.href, `DROP DATABASE ${quoted}`)
    else if (command === 'create-database') {
      await query(maintenance.href, `CREATE DATABASE ${quoted}`).catch((error) => {
        if (!['42P04', '23505'].includes(error.code)) throw error // someone else created it: fine
      })
    } else throw new Error(`unknown command ${command}`)
    return 0
  } catch (error) {
    const code = { '3D000': 'P1003', '28P01': 'P1000' }[error.code] ?? 'P1001'
    const message =
      code === 'P1003'
        ? `Database \`${name}\` does not exist`
        : `Can't reach database server at \`${target.host}\`: ${error.message}`
    logError({ error_code: code, message, is_panic: false })
    return 1
  }
}

async function loadEngine({ datamodels, url }) {
  const wasm = readFileSync(engineFile('./schema_engine_bg.wasm'))
  const { instance } = await WebAssembly.instantiate(wasm, { './schema_engine_bg.js': glue })
  glue.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  const debug = (text) => {
    if (process.env.DEBUG)
      process.stderr.write(
        `${JSON.stringify({ level: 'INFO', fields: { message: String(text) } })}\n`,
      )
  }
  const adapters = bindMigrationAwareSqlAdapterFactory(adapterFactory(url))
  return glue.SchemaEngine.new(
    { datamodels: datamodels.length ? datamodels : undefined },
    debug,
    adapters,
  )
}

function adapterFactory(url) {
  const connection = url ? connectionFrom(url) : {}
  const schema = url ? new URL(url).searchParams.get('schema') : null

  class Factory extends PrismaPg {
    async connect() {
      return harden(await super.connect())
    }

    // The adapter's own version drops the shadow database while its pool still holds a connection to it.
    async connectToShadowDb() {
      const database = `prisma_migrate_shadow_db_${crypto.randomUUID()}`
      const asAdmin = async (sql) => {
        const client = new pg.Client({ ...connection })
        await client.connect()
        try {
          await client.query(sql)
        } finally {
          await client.end()
        }
      }
      await asAdmin(`CREATE DATABASE "${database}"`)
      const shadow = await new PrismaPg({ ...connection, database }).connect()
      const dispose = shadow.dispose.bind(shadow)
      shadow.dispose = async () => {
        await dispose()
        await asAdmin(`DROP DATABASE IF EXISTS "${database}"`)
      }
      return harden(shadow)
    }
  }
  // max 1: the session-level advisory lock and the work it guards must share a connection
  return new Factory({ ...connection, max: 1 }, schema ? { schema } : undefined)
}

/**
 * Never hand a connectionString to the pool here: a shadow connection is made as {...config, database}, and pg
 * lets connectionString win, so the "shadow" would be the main database.
 */
function connectionFrom(url) {
  const { schema: _, connection_limit: __, ...parsed } = parse(url)
  const given = Object.fromEntries(
    Object.entries(parsed).filter(([, value]) => value !== null && value !== ''),
  )
  return { ...given, port: given.port ? Number(given.port) : undefined }
}

function harden(adapter) {
  readCatalogTypes(adapter)
  const pool = adapter.underlyingDriver()
  // The adapter splits scripts on ';', which breaks function bodies and literals. One simple query does not, and
  // is one transaction: a failing migration leaves nothing behind.
  adapter.executeScript = async (script) => {
    try {
      await pool.query(script)
    } catch (error) {
      adapter.onError(error)
    }
  }
  const startTransaction = adapter.startTransaction.bind(adapter)
  adapter.startTransaction = async (...a) => readCatalogTypes(await startTransaction(...a))
  return adapter
}

function readCatalogTypes(queryable) {
  const base = Object.getPrototypeOf(queryable)
  queryable.queryRaw = async (query) => {
    let isChar = []
    const view = Object.create(queryable, {
      performIO: {
        value: async (io) => {
          const result = await queryable.performIO(io)
          isChar = result.fields.map((field) => field.dataTypeID === CHAR)
          for (const field of result.fields)
            if (READ_AS_TEXT.has(field.dataTypeID)) field.dataTypeID = TEXT
          return result
        },
      },
    })
    const result = await base.queryRaw.call(view, query)
    // the engine reads "char" as a character: called text, it works on PostgreSQL 15 and panics on 18
    result.columnTypes = result.columnTypes.map((type, i) =>
      isChar[i] ? ColumnTypeEnum.Character : type,
    )
    return result
  }
  return queryable
}

function serve(engine) {
  const RENAMED = { getDatabaseVersion: 'version' }
  const printed = new Map()
  let prints = 0

  /** diff returns its output; the CLI wants to be asked to print it. */
  async function print(content) {
    const id = `print-${++prints}`
    const done = new Promise((resolve) => printed.set(id, resolve))
    write({ id, method: 'print', params: { content } })
    await done
  }

  async function answer({ id, method, params }) {
    inFlight = id
    try {
      if (method === 'createDatabase') return write({ id, result: { databaseName: '' } })
      let result = await engine[RENAMED[method] ?? method](params)
      if (method === 'diff' && result?.stdout != null) {
        await print(result.stdout)
        result = { exitCode: result.exitCode }
      }
      write({ id, result: result ?? {} })
    } catch (error) {
      const panic = globalThis.PRISMA_WASM_PANIC_REGISTRY.message
      if (panic) logError({ message: panic })
      const message = panic || (error?.message ?? String(error))
      const data = { is_panic: false, message, meta: null, error_code: error?.code }
      write({
        id,
        error: {
          code: 4466,
          message: 'An error happened. Check the data field for details.',
          data,
        },
      })
    } finally {
      inFlight = null
    }
  }

  let queue = Promise.resolve()
  const lines = createInterface({ input: process.stdin })
  lines.on('line', (line) => {
    if (!line.trim()) return
    const message = JSON.parse(line)
    if (message.method === undefined) {
      printed.get(message.id)?.()
      printed.delete(message.id)
    } else queue = queue.then(() => answer(message))
  })
  lines.on('close', () => queue.then(() => process.exit(0)))
}

function write(message, then) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`, then)
}

function logError(fields) {
  const entry = {
    timestamp: new Date().toISOString(),
    level: 'ERROR',
    fields,
    target: 'schema_engine::logger',
  }
  process.stderr.write(`${JSON.stringify(entry)}\n`)
}
