import { createRequire } from 'node:module'
import { fuzzControls, runAdapterFuzz } from '@audit/core/testing/adapter'
import { describe, expect, test } from 'vitest'
import { fuzzedKoa } from '../test/fuzzed-koa.ts'

const require = createRequire(import.meta.url)

function load(name: string): any {
  const loaded = require(name) as { readonly default?: unknown }
  return loaded.default ?? loaded
}
const platforms = ['koa', 'koa2'].flatMap((koa) =>
  ['@koa/router', 'router14', 'router13'].map((router) =>
    fuzzedKoa(`${koa} with ${router}`, { Koa: load(koa), Router: load(router) }),
  ),
)

const REQUESTS = 200
const TIMEOUT_MS = 120_000

// `faults/run.ts --only F24` sends 10,000 to each.
describe('odd requests to an application that keeps its own ledger', () => {
  test.each(platforms.map((platform) => [platform.name, platform] as const))(
    '%s: the trail agrees',
    async (_, platform) => {
      const { requests, violations } = await runAdapterFuzz(platform, { seed: 15, count: REQUESTS })
      expect(violations).toEqual([])
      expect(requests).toBe(REQUESTS)
    },
    TIMEOUT_MS,
  )

  test.each(fuzzControls)(
    'an adapter that is broken is found: %s',
    async (control) => {
      const { violations } = await runAdapterFuzz(platforms[0]!, { seed: 15, count: REQUESTS, control })
      expect(violations.length).toBeGreaterThan(0)
    },
    TIMEOUT_MS,
  )
})
