import { fuzzControls, runAdapterFuzz } from '@audit/core/testing/adapter'
import { describe, expect, test } from 'vitest'
import { fuzzedKoa } from '../test/fuzzed-koa.ts'
import { load } from '../test/versions.ts'

// One router of each kind. `koa.integration.test.ts` has all of them.
const routers = ['@koa/router-15.7.0', '@koa/router-14.0.0', '@koa/router-13.1.1', 'koa-router-7.4.0']
const platforms = ['koa', 'koa2'].flatMap((koa) =>
  routers.map((router) => fuzzedKoa(`${koa} with ${router}`, { Koa: load(koa), Router: load(router) })),
)

const REQUESTS = 200
const TIMEOUT_MS = 120_000

// `faults/run.ts --only F24` sends 10,000 to each.
describe('fuzzed requests to an application that keeps its own ledger', () => {
  test.each(platforms.map((platform) => [platform.name, platform] as const))(
    '%s: fuzzed requests are recorded as the ledger says',
    async (_, platform) => {
      const { requests, violations } = await runAdapterFuzz(platform, { seed: 15, count: REQUESTS })
      expect(violations).toEqual([])
      expect(requests).toBe(REQUESTS)
    },
    TIMEOUT_MS,
  )

  test.each(fuzzControls)(
    'fuzzed requests reveal a broken adapter: %s',
    async (control) => {
      const { violations } = await runAdapterFuzz(platforms[0]!, { seed: 15, count: REQUESTS, control })
      expect(violations.length).toBeGreaterThan(0)
    },
    TIMEOUT_MS,
  )
})
