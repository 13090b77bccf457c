import { fuzzControls, runAdapterFuzz } from '@audit/core/testing/adapter'
import * as common from '@nestjs/common'
import * as core from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import * as rxjs from 'rxjs'
import { describe, expect, test } from 'vitest'
import { fuzzedNest } from '../../test/fuzz/fuzzed-nest.ts'
import * as nest from '../index.ts'

const REQUESTS = 300

const platforms = {
  express: () => new ExpressAdapter(),
  fastify: () => new FastifyAdapter() as unknown as core.AbstractHttpAdapter,
}

// `faults/run.ts --only F24` sends 10,000 to each.
describe.each(['express', 'fastify'] as const)('%s: fuzzed requests to an application that keeps its own ledger', (platform) => {
  const fuzzed = fuzzedNest({ name: platform, platform, common, core, rxjs, adapter: platforms[platform], nest })

  test('fuzzed requests are recorded as the ledger says', async () => {
    const { requests, violations } = await runAdapterFuzz(fuzzed, { seed: 15, count: REQUESTS })
    expect(violations).toEqual([])
    expect(requests).toBe(REQUESTS)
  })

  test.each(fuzzControls)('fuzzed requests reveal a broken adapter: %s', async (control) => {
    const { violations } = await runAdapterFuzz(fuzzed, { seed: 15, count: REQUESTS, control })
    expect(violations.length).toBeGreaterThan(0)
  })
})
