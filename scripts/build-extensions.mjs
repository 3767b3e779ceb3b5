#!/usr/bin/env node
/**
 * `npm run build:extensions`: bundles each customer-account extension as `shopify app build` does, offline and without
 * a login, into extensions/<handle>/dist/<handle>.js, and ends with 1 when a bundle is too big, says what it must not,
 * or lacks a text. APP_URL is where the bundles find the app; unset, it is the address in shopify.app.toml.
 */
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { parse } from 'smol-toml'
import { textProblems } from './extension-texts.mjs'

const projectFolder = fileURLToPath(new URL('../', import.meta.url))
const extensionsFolder = join(projectFolder, 'extensions')

/** KB, compressed. Shopify allows 128 for a page and 64 for the rest; a phone on the road is the reason for less. */
const MOST_KB = { 'recovery-page': 32 }
const MOST_KB_ELSE = 15

/** What each extension's shopify.extension.toml says; a collection has nothing to bundle. */
export function extensions() {
  return globSync('*/shopify.extension.toml', { cwd: extensionsFolder })
    .sort()
    .flatMap((file) => {
      const { api_version, extensions: found } = parse(
        readFileSync(join(extensionsFolder, file), 'utf8'),
      )
      const folder = dirname(join(extensionsFolder, file))
      return found.map((each) => ({ ...each, folder, apiVersion: api_version }))
    })
}

/**
 * @param {object} [options]
 * @param {string} [options.appUrl] where the bundles find the app
 * @param {string} [options.into] a folder that takes <handle>/dist/<handle>.js; each extension's own unless told
 * @returns {Promise<{handle: string, code: string}[]>}
 */
export async function buildExtensions({ appUrl = ownAppUrl(), into = extensionsFolder } = {}) {
  const address = new URL(appUrl).origin
  return await Promise.all(
    extensions()
      .filter(({ type }) => type === 'ui_extension')
      .map(async ({ handle, folder, targeting }) => {
        const code = await bundle(folder, targeting, address)
        const file = join(into, handle, 'dist', `${handle}.js`)
        mkdirSync(dirname(file), { recursive: true })
        writeFileSync(file, code)
        return { handle, code }
      }),
  )
}

/** All targets of an extension share one script, which tells Shopify what draws where. */
async function bundle(folder, targeting, appUrl) {
  const { outputFiles } = await build({
    absWorkingDir: folder,
    stdin: {
      resolveDir: folder,
      loader: 'tsx',
      contents: targeting
        .map(
          ({ target, module }, at) =>
            `import target${at} from '${module}'\nshopify.extend('${target}', (...given) => target${at}(...given))`,
        )
        .join('\n'),
    },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es6',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    legalComments: 'none',
    logLevel: 'error',
    define: {
      'process.env.NODE_ENV': '"production"',
      'process.env.APP_URL': JSON.stringify(appUrl),
    },
  })
  return outputFiles[0].text
}

/** What is wrong with a bundle; empty: nothing. */
export function bundleProblems({ handle, code }, { appUrl = ownAppUrl(), env = process.env } = {}) {
  const kb = gzipSync(code, { level: 9 }).length / 1024
  const most = MOST_KB[handle] ?? MOST_KB_ELSE
  const secrets = Object.entries(env).filter(
    ([name, value]) => /SECRET|TOKEN|PASSWORD|KEY|DATABASE_URL/.test(name) && value.length >= 8,
  )
  return [
    kb > most && `${handle}: ${kb.toFixed(1)} KB compressed, at most ${most}.`,
    // A worker has no `process`; and whatever name stood there was not meant to be shipped.
    /\bprocess\b/.test(code) && `${handle}: the bundle speaks of "process".`,
    /shpss_|shpat_|postgres(ql)?:\/\//.test(code) && `${handle}: the bundle holds a secret.`,
    ...secrets.map(
      ([name, value]) =>
        code.includes(value) && `${handle}: the bundle holds the value of ${name}.`,
    ),
    !code.includes(new URL(appUrl).origin) &&
      `${handle}: the bundle does not know the app's address.`,
  ].filter(Boolean)
}

/** Twice the same uid would make one extension take another's place at deploy. */
export function configProblems() {
  const all = extensions()
  const handles = new Set(all.map(({ handle }) => handle))
  const missing = all.flatMap(({ handle, folder, includes = [], targeting = [] }) => [
    ...includes.filter((one) => !handles.has(one)).map((one) => `${handle}: includes no ${one}.`),
    ...targeting
      .filter(({ module }) => !existsSync(join(folder, module)))
      .map(({ module }) => `${handle}: there is no ${module}.`),
  ])
  const uids = new Set(all.map(({ uid }) => uid))
  return uids.size === all.length ? missing : [...missing, 'Two extensions have the same uid.']
}

function ownAppUrl() {
  if (process.env.APP_URL) return process.env.APP_URL
  return parse(readFileSync(join(projectFolder, 'shopify.app.toml'), 'utf8')).application_url
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) {
  const built = await buildExtensions()
  for (const { handle, code } of built) {
    const kb = gzipSync(code, { level: 9 }).length / 1024
    console.log(`${handle}: ${kb.toFixed(1)} KB compressed`)
  }
  const problems = [
    ...configProblems(),
    ...built.flatMap((each) => bundleProblems(each)),
    ...extensions().flatMap(({ type, folder }) =>
      type === 'ui_extension' ? textProblems(folder) : [],
    ),
  ]
  for (const problem of problems) console.error(problem)
  process.exitCode = problems.length === 0 ? 0 : 1
}
