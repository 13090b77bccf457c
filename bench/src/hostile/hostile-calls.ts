import { createAudit, defineEvents, memoryJournal } from '@audit/core'
import { hostilePayloads, tripwire } from '@audit/core/testing/arbitraries'
import fc from 'fast-check'
import { z } from 'zod'
import type { Measurement } from '../benchmark.ts'
import { percentile } from '../statistics.ts'

const GENERATED = 20_000
/** If one call is slow, the machine or garbage collection was the cause; if every call with a payload is slow, the library was. */
const TIMES = 3
const SEED = 20_261_129

/** Values whose size is the attack. */
const large: readonly (() => unknown)[] = [
  () => 'x'.repeat(10_000_000),
  () => '\u0001'.repeat(10_000_000),
  () => Array.from({ length: 1_000_000 }, (_, index) => index),
  () => {
    let value: unknown = 'bottom'
    for (let level = 0; level < 10_000; level++) value = { inner: value }
    return value
  },
  () => new Map(Array.from({ length: 100_000 }, (_, index) => [index, `${index}`])),
]

/** The fastest of three calls for each payload: the time that a caller waits. */
export const hostileCalls: Measurement = async ({ scale }) => {
  const events = defineEvents({ thing: { any: z.any() } })
  const logger = { warn: () => undefined, error: () => undefined }
  const audit = createAudit({ service: 'hostile', events, journal: memoryJournal(), seal: false, logger })
  await audit.ready()
  const generated = fc.sample(hostilePayloads(tripwire().trip), { numRuns: Math.ceil(GENERATED * scale), seed: SEED })
  const times: number[] = []
  for (const make of [...generated, ...large]) {
    const payload = make()
    let fastestMs = Infinity
    for (let time = 0; time < TIMES; time++) {
      const start = performance.now()
      const recorded = audit.record('thing:any', payload)
      fastestMs = Math.min(fastestMs, performance.now() - start)
      await recorded
    }
    times.push(fastestMs)
  }
  await audit.close()
  const sorted = Float64Array.from(times)
  return { p99: percentile(sorted, 99) * 1_000, slowest: Math.max(...times) }
}
