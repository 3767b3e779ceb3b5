// Who may import whom: the arrows of the README's layout, held by `npm run lint`.

const TEST = '[.]test[.]tsx?$'
const SERVER_FILE = '[.]server[.]tsx?$'

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'policy-is-pure',
      comment:
        'The policy is plain functions on plain data: the preview runs it in the browser, and a test in milliseconds.',
      severity: 'error',
      from: { path: '^app/dunning/', pathNot: [SERVER_FILE, TEST] },
      to: { pathNot: ['^app/dunning/(?!.*[.]server[.])', 'node_modules/temporal-polyfill/'] },
    },
    {
      name: 'adapters-do-not-decide',
      comment:
        'shopify/ and messages/ translate the outside into the words of the domain; they never load or change a case. Both leave a trace of what was changed.',
      severity: 'error',
      from: { path: '^app/(shopify|messages)/', pathNot: TEST },
      to: { path: `^app/dunning/.*${SERVER_FILE}`, pathNot: '/audit[.]server[.]ts$' },
    },
    {
      name: 'adapters-speak-only-the-words',
      comment:
        'Of the policy, shopify/ and messages/ know the types, the decline codes, the traits and how to say a time.',
      severity: 'error',
      from: { path: '^app/(shopify|messages)/', pathNot: TEST },
      to: {
        path: '^app/dunning/',
        pathNot: ['/(types|declines|schedule|conditions)[.]ts$', SERVER_FILE],
      },
    },
    {
      name: 'adapters-are-strangers',
      comment:
        'One file per outside thing: what speaks to Shopify does not know how mail is sent, nor the reverse.',
      severity: 'error',
      from: { path: '^app/(shopify|messages)/', pathNot: TEST },
      to: { path: '^app/(shopify|messages)/', pathNot: '^app/$1/' },
    },
    {
      name: 'routes-stand-alone',
      comment:
        'A route authenticates, parses, calls one function and answers. What two routes share lives elsewhere.',
      severity: 'error',
      from: { path: '^app/routes/' },
      to: { path: ['^app/routes/', '^worker[.]ts$', '^server[.]ts$'] },
    },
    {
      name: 'routes-do-not-speak-prisma',
      comment: 'How a row looks is known in one file per table, not in a page.',
      severity: 'error',
      from: { path: '^app/routes/' },
      to: { path: 'node_modules/@?prisma/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nobody-imports-a-route',
      comment: 'Routes are entered over HTTP.',
      severity: 'error',
      from: { pathNot: '^app/routes/' },
      to: { path: '^app/routes/' },
    },
    {
      name: 'sandbox-and-app-meet-over-http',
      comment: 'Then signatures, tokens, errors and redelivery run for real.',
      severity: 'error',
      from: { path: '^(app/|server[.]ts|worker[.]ts)' },
      to: { path: '^sandbox/' },
    },
    {
      name: 'app-runs-without-its-tools',
      comment: 'A production image needs none of them. Tests may use what tests share.',
      severity: 'error',
      from: { path: '^(app/|server[.]ts|worker[.]ts)', pathNot: TEST },
      to: { path: '^(test|bench|scripts)/' },
    },
    {
      name: 'sandbox-knows-no-app-code',
      comment: 'What Shopify does must not be learned from the code that is tested against it.',
      severity: 'error',
      from: { path: '^sandbox/' },
      to: { path: ['^app/', '^server[.]ts$', '^worker[.]ts$', '^prisma/', '^(test|bench)/'] },
    },
    {
      name: 'extensions-and-app-share-json-only',
      comment:
        'A bundle in a shopper’s browser holds nothing of the app. What both know is one JSON, which a test on each side reads.',
      severity: 'error',
      from: { path: '^extensions/' },
      to: {
        path: ['^(app|sandbox|prisma|bench|scripts|test)/', '^(server|worker)[.]ts$'],
        pathNot: '^test/shopper/snapshot[.]json$',
      },
    },
    {
      name: 'nobody-imports-an-extension',
      comment: 'They are built, and run by Shopify or by the stand-in account.',
      severity: 'error',
      from: { pathNot: '^extensions/' },
      to: { path: '^extensions/' },
    },
    {
      name: 'extensions-are-small',
      comment: 'Every package lands in the bundle, which a phone on the road downloads.',
      severity: 'error',
      from: { path: '^extensions/', pathNot: '/tests/' },
      to: {
        path: 'node_modules/',
        pathNot: 'node_modules/(preact|@preact/signals|@shopify/ui-extensions)/',
      },
    },
    {
      name: 'no-cycle',
      comment: 'Two files that need each other are one file, or three.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'nothing-missing',
      comment: 'An import that resolves to nothing fails only when it runs.',
      severity: 'error',
      // The sandbox's own pages name their scripts by the address they are served at.
      from: { pathNot: '^sandbox/.*[.]js$' },
      to: { couldNotResolve: true, pathNot: ['^virtual:', '^[.]/build/server/'] },
    },
    {
      name: 'no-development-package-in-production',
      comment: '`npm ci --omit=dev` must run. Vite is loaded by `server.ts --dev` alone.',
      severity: 'error',
      from: { path: '^(app/|server[.]ts|worker[.]ts)', pathNot: TEST },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only', 'dynamic-import'],
        pathNot: ['node_modules/@types/', 'node_modules/vite/'],
      },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(build|[.]cache|[.]data)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
}
