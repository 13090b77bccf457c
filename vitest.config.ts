import { defineConfig } from 'vitest/config'

const integration = '{packages,apps}/*/{src,test}/**/*.integration.test.ts'
/** Install other versions of tools from the registry. `npm run test:versions` runs them, `npm test` does not. */
const versions = '{packages,apps}/*/test/**/*.versions.test.ts'
/** Try the pages of the documentation in empty projects. `npm run test:packed` runs them, `npm test` does not. */
const packed = '{packages,apps}/*/test/**/*.packed.test.ts'
const nestCompanions = ['packages/nest/src/**/{graphql,jobs}.integration.test.ts']

function nest11() {
  const packages = new URL('./compat/nest-11/node_modules/', import.meta.url).pathname
  return [{ find: /^(@nestjs\/[a-z.-]+|rxjs|reflect-metadata)$/, replacement: `${packages}$1` }]
}

export default defineConfig({
  test: {
    // A deadline is for a test that hangs: no test may fail because its machine is slow.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 120_000, interval: 20 } },
    maxWorkers: '100%',
    // One line per file. Output is shown only for failed tests.
    silent: 'passed-only',
    slowTestThreshold: Infinity,
    setupFiles: ['./scripts/seed-properties.ts'],
    reporters: ['./scripts/closing-count-reporter.mjs'],
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['{packages,apps}/*/{src,test}/**/*.test.ts'], exclude: [integration, versions, packed] },
      },
      { extends: true, test: { name: 'integration', include: [integration] } },
      { extends: true, test: { name: 'versions', include: [versions] } },
      { extends: true, test: { name: 'packed', include: [packed], globalSetup: ['packages/core/test/guides/setup.ts'] } },
      {
        extends: true,
        // The same tests of @audit/nest, on the other supported major of Nest. GraphQL, BullMQ and their like have no part in that.
        resolve: { alias: nest11() },
        test: { name: 'nest 11', include: ['packages/nest/src/**/*.test.ts'], exclude: nestCompanions, provide: { nest: 11 } },
      },
    ],
  },
})
