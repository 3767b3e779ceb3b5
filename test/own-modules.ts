/**
 * Files of one process share what it loaded from packages, which costs a second each time, and nothing of ours: modules,
 * settings and what we hang on `globalThis` are new for each file.
 */
import { afterAll, vi } from 'vitest'

vi.resetModules()
const settings = { ...process.env }
const globals = new Set(Object.keys(globalThis))

afterAll(() => {
  for (const name of Object.keys(process.env)) if (!(name in settings)) delete process.env[name]
  Object.assign(process.env, settings)
  for (const name of Object.keys(globalThis))
    if (name.startsWith('__reprise') && !globals.has(name)) Reflect.deleteProperty(globalThis, name)
})
