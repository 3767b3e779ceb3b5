/**
 * Makes what the stand-in customer account (sandbox/account/) runs on: the table of Shopify's elements, and its two
 * scripts. They lie in .cache/account/, from where the sandbox serves them.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { elementTable } from './extension-elements.mjs'

const projectFolder = fileURLToPath(new URL('../', import.meta.url))
const accountFolder = join(projectFolder, '.cache', 'account')

export function writeElementTable() {
  mkdirSync(accountFolder, { recursive: true })
  writeFileSync(join(accountFolder, 'elements.json'), JSON.stringify(elementTable()))
}

export async function bundleAccount() {
  await build({
    absWorkingDir: projectFolder,
    entryPoints: ['sandbox/account/page/account.ts', 'sandbox/account/page/worker.ts'],
    outdir: accountFolder,
    bundle: true,
    format: 'iife',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'error',
  })
}
