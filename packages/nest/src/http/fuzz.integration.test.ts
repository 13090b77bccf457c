import { fuzzControls, runAdapterFuzz } from '@audit/core/testing/adapter'
import { describe, expect, test } from 'vitest'
import { fuzzedNest } from '../../test/fuzz/fuzzed-nest.ts'
import { platforms } from '../../test/http/serve.ts'

/** `AUDIT_FUZZ_REQUESTS=10000` for the long form. */
const count = Number(process.env['AUDIT_FUZZ_REQUESTS'] ?? 300)

describe.each(platforms)('%s: odd requests to an application that keeps its own ledger', (platform) => {
  test('the trail agrees', { timeout: 300_000 + count * 50 }, async () => {
    const { requests, violations } = await runAdapterFuzz(fuzzedNest(platform), { seed: 15, count })
    expect(violations).toEqual([])
    expect(requests).toBe(count)
  })

  test.each(fuzzControls)('an adapter that is broken is found: %s', async (control) => {
    const { violations } = await runAdapterFuzz(fuzzedNest(platform), { seed: 15, count: 300, control })
    expect(violations.length).toBeGreaterThan(0)
  })
})
