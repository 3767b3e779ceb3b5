/**
 * Loaded before our processes: keeps our files without their types, so that only the first start after a change pays
 * for taking them out. Node does it anew at each start, up to a third of its cost; what runs is the same text. Not in
 * production, which writes no files.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL(`../.cache/stripped/${process.version}/`, import.meta.url))
if (process.env.NODE_ENV !== 'production') {
  mkdirSync(folder, { recursive: true })
  registerHooks({
    load(url, context, nextLoad) {
      if (!url.startsWith('file:') || !url.endsWith('.ts') || url.includes('/node_modules/'))
        return nextLoad(url, context)
      return {
        format: 'module',
        source: stripped(readFileSync(new URL(url), 'utf8')),
        shortCircuit: true,
      }
    },
  })
}

function stripped(text) {
  const file = join(folder, createHash('sha1').update(text).digest('hex'))
  try {
    return readFileSync(file, 'utf8')
  } catch {
    const plain = stripTypeScriptTypes(text)
    // Several processes start at once: each file is whole or not there.
    const own = `${file}.${process.pid}`
    writeFileSync(own, plain)
    renameSync(own, file)
    return plain
  }
}
