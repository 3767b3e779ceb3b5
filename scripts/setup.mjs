#!/usr/bin/env node
/**
 * Brings a fresh clone to where everything can run, and does nothing that is already done.
 *
 * It starts before anything is installed and on Node 20, so this file imports only what Node itself has; what needs a
 * package is loaded after the installation.
 */

import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join, sep } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'

export const projectFolder = fileURLToPath(new URL('../', import.meta.url))
const inProject = (...names) => join(projectFolder, ...names)
const cacheFolder = inProject('.cache')

/** The oldest Node that runs our TypeScript files without a flag. */
const OLDEST_NODE = [22, 18]

/**
 * Installs, generates, fetches the schema and builds, each only when its sources changed.
 *
 * @param {object} [options]
 * @param {boolean} [options.build] also the app's pages; true unless told otherwise
 * @param {(text: string) => void} [options.log] told what is being done, once per step that has work
 */
export async function setUp({ build = true, log = () => {} } = {}) {
  await ensureInstalled(log)
  await ensureClient(log)
  await ensureShopifySchema(log)
  await ensureExtensions(log)
  await ensureAccount(log)
  if (build) await ensureBuilt(log)
}

/** `npm ci`, unless what is installed is what the lockfile says. */
export async function ensureInstalled(log = () => {}) {
  if (installedAsLocked()) return
  await alone('install', async () => {
    if (installedAsLocked()) return
    log('installing packages (npm ci)')
    runOrExplain('npm', ['ci', '--no-audit', '--no-fund'], {
      // npm must not run on the very Node that it is about to replace.
      env: { ...process.env, PATH: pathWithout(inProject('node_modules', '.bin')) },
      says: 'npm ci did not finish. Check that npm reaches its registry, then run again.',
    })
    // The package's own postinstall script has just generated the database client.
    stamp('client', digest(clientSources))
  })
}

/** npm keeps a copy of the lockfile with what it really installed; only packages for other systems may be missing. */
function installedAsLocked() {
  try {
    const wanted = readJson(inProject('package-lock.json')).packages
    const present = readJson(inProject('node_modules', '.package-lock.json')).packages
    const own = readJson(inProject('package.json'))
    for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies']) {
      if (JSON.stringify(own[kind]) !== JSON.stringify(wanted[''][kind])) return false
    }
    return Object.entries(wanted).every(
      ([path, { version, optional }]) =>
        path === '' || (present[path] ? present[path].version === version : optional),
    )
  } catch {
    return false
  }
}

const clientSources = [inProject('prisma/schema.prisma'), inProject('package-lock.json')]

/** `prisma generate`, when the tables changed since. */
export async function ensureClient(log = () => {}) {
  await whenChanged(
    'client',
    clientSources,
    inProject('node_modules/.prisma/client/index.js'),
    () => {
      log('generating the database client')
      runOrExplain(installedBin('prisma'), ['generate'], {
        says: 'prisma generate failed: the message above names the line of prisma/schema.prisma.',
      })
    },
  )
}

/** Shopify's Admin schema, for the sandbox and the document test. */
export async function ensureShopifySchema(log = () => {}) {
  const { ensureSchema, schemaIsThere } = await import('./fetch-schema.mjs')
  if (schemaIsThere()) return
  await alone('schema', async () => {
    if (schemaIsThere()) return
    log("fetching Shopify's Admin schema")
    await ensureSchema()
  })
}

/** The bundles of extensions/, as `shopify app build` would make them. */
export async function ensureExtensions(log = () => {}) {
  const isSource = (file) => !/[\\/](dist|tests)[\\/]/.test(file)
  const sources = [
    ...filesUnder(inProject('extensions')).filter(isSource),
    ...['scripts/build-extensions.mjs', 'shopify.app.toml', 'package-lock.json'].map((name) =>
      inProject(name),
    ),
  ]
  const result = inProject('extensions/recovery-page/dist/recovery-page.js')
  await whenChanged('extensions', sources, result, () => {
    log('bundling the extensions')
    runOrExplain(nodeProgram(), [inProject('scripts/build-extensions.mjs')], {
      says: 'The extensions were not built as they should be: the lines above say which, and why.',
    })
  })
}

/** What the sandbox's customer account runs on: Shopify's elements, read from its types, and two scripts. */
export async function ensureAccount(log = () => {}) {
  const own = ['scripts/build-account.mjs', 'scripts/extension-elements.mjs', 'package-lock.json']
  const elements = own.map((name) => inProject(name))
  await whenChanged('elements', elements, inProject('.cache/account/elements.json'), async () => {
    log("reading Shopify's elements from the types of @shopify/ui-extensions")
    const { writeElementTable } = await import('./build-account.mjs')
    writeElementTable()
  })
  const pages = [inProject('sandbox/account/page'), inProject('sandbox/page-parts')]
  const scripts = [...elements, ...pages.flatMap(filesUnder)]
  await whenChanged('account', scripts, inProject('.cache/account/account.js'), async () => {
    log('bundling the stand-in customer account')
    const { bundleAccount } = await import('./build-account.mjs')
    await bundleAccount()
  })
}

/** `remix vite:build`, when the app's sources changed since. */
export async function ensureBuilt(log = () => {}) {
  const sources = [
    ...filesUnder(inProject('app')).filter((file) => !file.endsWith('.test.ts')),
    ...['vite.config.ts', 'package-lock.json', 'tsconfig.json'].map((name) => inProject(name)),
  ]
  await whenChanged('build', sources, inProject('build/server/index.js'), () => {
    log("building the app's pages")
    const fresh = inProject('.cache', 'build')
    runOrExplain(installedBin('remix'), ['vite:build'], {
      env: { ...toolEnvironment(), NODE_ENV: 'production', BUILD_FOLDER: '.cache/build' },
      says: 'The build failed: the message above names the file.',
    })
    swapFolders(fresh, inProject('build'))
  })
}

/** The old one is there until the new one is whole, so that what starts meanwhile finds one of them. */
function swapFolders(fresh, current) {
  const old = inProject('.cache', 'build-before')
  fs.rmSync(old, { recursive: true, force: true })
  if (fs.existsSync(current)) fs.renameSync(current, old)
  fs.renameSync(fresh, current)
  fs.rmSync(old, { recursive: true, force: true })
}

/**
 * Goes on in this process when its Node is new enough, else runs the same script on the Node from the packages and
 * ends with its status. Call it after ensureInstalled().
 */
export async function onNode22(script) {
  if (isNewEnough(process.versions.node)) return
  const node = nodeProgram()
  const child = spawn(node, [fileURLToPath(script), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  whenNpmIsGone(() => child.kill('SIGTERM'))
  const [code, signal] = await new Promise((done, fail) => {
    child.on('error', fail)
    child.on('exit', (...result) => done(result))
  })
  process.exit(code ?? 128 + constants.signals[signal])
}

/**
 * Calls back when the `npm run` that started this script was ended: npm passes a signal on to the shell between the
 * two, which keeps it to itself.
 */
export function whenNpmIsGone(listener) {
  if (!process.env.npm_lifecycle_event) return
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    listener()
  }, 500)
  watch.unref()
}

/** A Node that runs our TypeScript: the one that runs this script, else the one from the packages. */
export function nodeProgram() {
  const bundled = inProject(
    'node_modules',
    'node',
    'bin',
    process.platform === 'win32' ? 'node.exe' : 'node',
  )
  if (fs.existsSync(bundled)) return bundled
  if (isNewEnough(process.versions.node)) return process.execPath
  throw new Error(
    `Node ${OLDEST_NODE.join('.')} or newer is needed and this is ${process.version}. The package "node" brings one, but its install script did not run: run "npm rebuild node", or install a newer Node.`,
  )
}

/** The environment in which every tool that a child starts finds our Node and our tools first. */
export function toolEnvironment(env = process.env) {
  return {
    ...env,
    PATH: [inProject('node_modules', '.bin'), env.PATH].filter(Boolean).join(delimiter),
  }
}

export const installedBin = (name) =>
  inProject('node_modules', '.bin', process.platform === 'win32' ? `${name}.cmd` : name)

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number)
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])
}

/** Runs `work` when one of `sources` differs from the last time it succeeded, or its `result` is missing. */
async function whenChanged(name, sources, result, work) {
  const stampFile = join(cacheFolder, 'stamps', name)
  const upToDate = () =>
    fs.existsSync(result) &&
    fs.existsSync(stampFile) &&
    fs.readFileSync(stampFile, 'utf8') === digest(sources)
  if (upToDate()) return
  await alone(name, async () => {
    if (upToDate()) return
    const before = digest(sources)
    await work()
    stamp(name, before)
  })
}

function stamp(name, sourcesDigest) {
  fs.mkdirSync(join(cacheFolder, 'stamps'), { recursive: true })
  fs.writeFileSync(join(cacheFolder, 'stamps', name), sourcesDigest)
}

function digest(files) {
  const hash = createHash('sha256')
  for (const file of files) {
    hash.update(file.slice(projectFolder.length)).update('\0')
    if (fs.existsSync(file)) hash.update(fs.readFileSync(file))
    hash.update('\0')
  }
  return hash.digest('hex')
}

function filesUnder(folder) {
  if (!fs.existsSync(folder)) return []
  return fs
    .readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
}

/** One process at a time does `work`; the others wait for it. A lock whose owner died is taken over. */
async function alone(name, work) {
  const lock = join(cacheFolder, 'locks', name)
  fs.mkdirSync(join(cacheFolder, 'locks'), { recursive: true })
  while (!takes(lock)) {
    const owner = Number(fs.existsSync(lock) && fs.readFileSync(lock, 'utf8'))
    if (owner && !isAlive(owner)) fs.rmSync(lock, { force: true })
    await wait(100)
  }
  try {
    return await work()
  } finally {
    fs.rmSync(lock, { force: true })
  }
}

function takes(lock) {
  try {
    fs.writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    return false
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Quiet unless it fails: then all that it said is shown, and what to do. */
function runOrExplain(program, args, { says, env = toolEnvironment() }) {
  const { status, signal, error, stdout, stderr } = spawnSync(program, args, {
    cwd: projectFolder,
    encoding: 'utf8',
    env,
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (status === 0) return
  if (signal) throw new SetUpFailed(`Stopped by ${signal}.`)
  process.stderr.write([stdout, stderr].filter(Boolean).join('\n'))
  throw new SetUpFailed(says, { cause: error })
}

/** Its message says what to do; no stack is worth printing. */
export class SetUpFailed extends Error {}

/** Says in one line why a script ended, and ends it. */
export function endWith(error) {
  console.error(`\n${error instanceof SetUpFailed ? error.message : (error?.stack ?? error)}`)
  process.exit(1)
}

const readJson = (file) => JSON.parse(fs.readFileSync(file, 'utf8'))

const pathWithout = (folder) =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter((part) => part !== folder && !part.endsWith(`${sep}node_modules${sep}.bin`))
    .join(delimiter)

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await setUp({ log: (text) => console.log(text) }).catch(endWith)
}
