import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{packages,apps}/*/{src,test}/**/*.test.ts'],
    testTimeout: 20_000,
    reporters: ['./scripts/closing-count-reporter.mjs'],
  },
})
