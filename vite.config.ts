import { vitePlugin as remix } from '@remix-run/dev'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [
    remix({
      // scripts/setup.mjs builds beside the running build and swaps the two.
      buildDirectory: process.env.BUILD_FOLDER ?? 'build',
      ignoredRouteFiles: ['**/.*', '**/*.test.{ts,tsx}'],
      future: {
        v3_fetcherPersist: true,
        // Off: it touches sessionStorage unguarded, and in a frame with blocked storage navigation would die.
        v3_lazyRouteDiscovery: false,
        v3_relativeSplatPath: true,
        v3_routeConfig: false,
        v3_singleFetch: true,
        v3_throwAbortReason: true,
      },
    }),
  ],
  build: { assetsInlineLimit: 0 },
  optimizeDeps: {
    // Named here, or the first development load optimises them in the middle: two Reacts, or a reload under the
    // click. The scanner follows server imports of routes, hence the server entries.
    include: [
      '@shopify/app-bridge-react',
      '@shopify/polaris',
      '@shopify/polaris-icons',
      '@shopify/shopify-app-remix/react',
      '@shopify/shopify-app-remix/server',
      '@shopify/shopify-app-remix/server/adapters/node',
      // The preview of messages runs in the browser.
      'liquidjs',
      // The preview of sequences does, too.
      'temporal-polyfill',
    ],
    // Every server package that a route reaches belongs here.
    exclude: [
      '@prisma/adapter-pg',
      '@prisma/client',
      '@sendgrid/mail',
      '@shopify/shopify-app-session-storage-prisma',
      'pg',
      'pg-boss',
      'pino',
    ],
  },
})
