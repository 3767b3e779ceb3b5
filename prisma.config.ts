import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'prisma/config'

if (existsSync('.env')) process.loadEnvFile('.env')

// Read before the CLI looks for its native schema engine, so that nothing is downloaded. PRISMA_NATIVE_ENGINE=1 goes
// back to Prisma's own. Windows cannot run a script as a program, so there it is always Prisma's own.
if (!process.env.PRISMA_NATIVE_ENGINE && process.platform !== 'win32') {
  process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= fileURLToPath(
    new URL('./scripts/prisma-schema-engine.mjs', import.meta.url),
  )
}
process.env.PRISMA_HIDE_UPDATE_MESSAGE ??= '1'

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  // Empty where a command needs no database, as `generate`.
  datasource: { url: process.env.DATABASE_URL ?? '' },
})
