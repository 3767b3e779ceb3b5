#!/usr/bin/env node
/** Finds a Chromium for the browser tests, or installs one. */

import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { installedBin, SetUpFailed, toolEnvironment } from './setup.mjs'

const PROGRAMS = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'chrome',
  'microsoft-edge',
]

const USUAL_PLACES = [
  '/usr/bin',
  '/usr/local/bin',
  '/snap/bin',
  '/opt/google/chrome',
  '/usr/lib/chromium',
]

const APPLICATIONS = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
]

/**
 * The path of a Chromium: $CHROMIUM, one on this machine, one of Playwright's, else one installed now.
 *
 * @param {{ log?: (text: string) => void }} [options]
 * @returns {Promise<string>}
 */
export async function ensureChromium({ log = () => {} } = {}) {
  const found = findChromium()
  if (found) return found

  if (isRoot() && existsSync('/usr/bin/apt-get')) {
    log('installing Chromium (apt-get install chromium)')
    const apt = (...args) =>
      spawnSync('apt-get', args, {
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
        stdio: 'ignore',
      })
    apt('update', '-qq')
    apt('install', '-y', '-qq', '--no-install-recommends', 'chromium')
  } else {
    log('installing Chromium (playwright-core install chromium)')
    spawnSync(installedBin('playwright-core'), ['install', 'chromium'], {
      env: toolEnvironment(),
      shell: process.platform === 'win32',
      stdio: 'ignore',
    })
  }
  const installed = findChromium()
  if (installed) return installed
  throw new SetUpFailed(
    'The browser tests need Chromium, and none was found or could be installed here: install Chromium or Chrome, or set CHROMIUM to its path.',
  )
}

/** @returns {string | undefined} */
export function findChromium() {
  const named = process.env.CHROMIUM
  if (named) {
    if (runs(named)) return named
    throw new SetUpFailed(`CHROMIUM is set to ${named}, which is not a program.`)
  }
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...USUAL_PLACES]
  const candidates = PROGRAMS.flatMap((name) => folders.map((folder) => join(folder, name)))
  return [...candidates, ...APPLICATIONS, ...fromPlaywright()].find(runs)
}

/** What Playwright's own installer keeps, newest first. */
function fromPlaywright() {
  const cache =
    process.env.PLAYWRIGHT_BROWSERS_PATH ??
    {
      darwin: join(homedir(), 'Library/Caches/ms-playwright'),
      win32: join(homedir(), 'AppData/Local/ms-playwright'),
    }[process.platform] ??
    join(homedir(), '.cache/ms-playwright')
  if (!existsSync(cache)) return []
  return readdirSync(cache)
    .filter((name) => /^chromium/.test(name))
    .sort()
    .reverse()
    .flatMap((name) =>
      [
        ...['chrome-linux/chrome', 'chrome-linux64/chrome', 'chrome-linux/headless_shell'],
        ...['chrome-headless-shell-linux64/chrome-headless-shell', 'chrome-win/chrome.exe'],
        'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
      ].map((inside) => join(cache, name, inside)),
    )
}

function runs(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const isRoot = () => process.getuid?.() === 0

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(await ensureChromium({ log: console.error }))
}
