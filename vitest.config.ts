import { defineConfig } from 'vitest/config'

// Apart from vite.config.ts on purpose: the Remix plugin there is for the app's build, not for tests.
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
        test: {
          name: 'part',
          include: ['app/**/*.server.test.ts', 'scripts/**/*.test.ts'],
          env: { NODE_ENV: 'test', TZ: 'UTC' },
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'stack',
          include: ['test/**/*.test.ts'],
          setupFiles: ['test/failure-logs.ts'],
          env: { NODE_ENV: 'test', TZ: 'UTC' },
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
