import { defineConfig } from 'vitest/config'

// Apart from vite.config.ts on purpose: the Remix plugin there is for the app's build, not for tests.
/**
 * Files that put the sandbox's preload, or stopped workers, into their own process: nobody else can use it after them.
 * And chaos, which has a database server of its own, and the longest of all. Projects run in the order of their names,
 * so that these long ones begin first.
 */
const ALONE = [
  'test/adapters.test.ts',
  'test/browser/admin.test.ts',
  'test/faults/chaos.test.ts',
  'test/faults/killed-anywhere.test.ts',
  'test/faults/races.test.ts',
]

export default defineConfig({
  test: {
    environment: 'node',
    // The tests wait for other processes more than they compute, so two cores carry four files at a time.
    maxWorkers: 4,
    globalSetup: ['test/setup.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['app/**/*.test.ts', 'sandbox/**/*.test.ts'],
          exclude: ['app/**/*.server.test.ts'],
          setupFiles: ['test/property-seed.ts'],
          // Plain functions on plain data leave nothing behind: their files share a process and what it has loaded.
          isolate: false,
          env: { NODE_ENV: 'test', TZ: 'UTC' },
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
        test: {
          name: 'extensions',
          include: ['extensions/**/*.test.{ts,tsx}'],
          environment: 'jsdom',
          // It ships its sources.
          server: { deps: { inline: ['@shopify/ui-extensions-tester'] } },
          env: { NODE_ENV: 'test', TZ: 'UTC', APP_URL: 'https://reprise.example.test' },
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'part',
          include: ['app/**/*.server.test.ts', 'scripts/**/*.test.ts'],
          setupFiles: ['test/own-modules.ts'],
          isolate: false,
          env: { NODE_ENV: 'test', TZ: 'UTC' },
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'stack',
          include: ['test/**/*.test.ts'],
          exclude: ALONE,
          setupFiles: ['test/own-modules.ts', 'test/failure-logs.ts'],
          isolate: false,
          env: { NODE_ENV: 'test', TZ: 'UTC' },
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ALONE,
          setupFiles: ['test/failure-logs.ts'],
          env: { NODE_ENV: 'test', TZ: 'UTC' },
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
