import { defineConfig } from 'vitest/config'

const integration = '{packages,apps}/*/{src,test}/**/*.integration.test.ts'
/** Tests that hold the time of a call against a limit; they run when all others are done, one after the other. */
const timed = [
  'packages/core/src/hostile-payloads{,.integration}.test.ts',
  'packages/core/src/event/plain-copy{,.property}.test.ts',
]

const nestCompanions = ['packages/nest/src/**/{graphql,jobs}.integration.test.ts']

function nest11() {
  const packages = new URL('./compat/nest-11/node_modules/', import.meta.url).pathname
  return [{ find: /^(@nestjs\/[a-z.-]+|rxjs|reflect-metadata)$/, replacement: `${packages}$1` }]
}

export default defineConfig({
  test: {
    testTimeout: 20_000,
    setupFiles: ['./scripts/seed-properties.ts'],
    reporters: ['./scripts/closing-count-reporter.mjs'],
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['{packages,apps}/*/{src,test}/**/*.test.ts'], exclude: [integration, ...timed] },
      },
      { extends: true, test: { name: 'integration', include: [integration], exclude: timed } },
      {
        extends: true,
        // The same tests of @audit/nest, on the other supported major of Nest. GraphQL, BullMQ and their like have no part in that.
        resolve: { alias: nest11() },
        test: { name: 'nest 11', include: ['packages/nest/src/**/*.test.ts'], exclude: nestCompanions, provide: { nest: 11 } },
      },
      { extends: true, test: { name: 'timed', include: timed, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
})
