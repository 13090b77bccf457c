import { defineConfig } from 'vitest/config'

const integration = '{packages,apps}/*/{src,test}/**/*.integration.test.ts'
/** Tests that hold the time of a call against a limit; they run when all others are done, one after the other. */
const timed = [
  'packages/core/src/hostile-payloads{,.integration}.test.ts',
  'packages/core/src/event/plain-copy{,.property}.test.ts',
]

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
      { extends: true, test: { name: 'timed', include: timed, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
})
