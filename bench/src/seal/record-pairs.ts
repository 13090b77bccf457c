import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { generateKeyPair } from '@audit/proof'
import type { Measurement } from '../benchmark.ts'
import { closeWhole, openAudit, type BenchAudit } from '../open-audit.ts'
import { context, payloads } from '../sample.ts'

const PER_SECOND = 5_000
const WINDOW_MS = 4_000
/** Pause after each window, long enough that its events are sealed. */
const REST_MS = 1_500
const PAIRS = 10

/** In turn, so that other work of the machine affects both equally. */
export const recordPairs: Measurement = async (options) => {
  const { directory, scale } = options
  const key = generateKeyPair('bench').signingKey
  const sealed = await openAudit({ ...options, directory: join(directory, 'sealed') }, [], { key })
  const plain = await openAudit({ ...options, directory: join(directory, 'plain') }, [], false)
  for (const audit of [sealed, plain]) await p99(audit, WINDOW_MS * scale)
  const ratios: number[] = []
  for (let pair = 0; pair < Math.max(1, PAIRS * scale); pair++) {
    const times = new Map<BenchAudit, number>()
    for (const audit of pair % 2 === 0 ? [sealed, plain] : [plain, sealed]) {
      times.set(audit, await p99(audit, WINDOW_MS))
      await wait(REST_MS)
    }
    ratios.push(times.get(sealed)! / times.get(plain)!)
  }
  await closeWhole(sealed)
  await closeWhole(plain)
  return { ratio: ratios.toSorted((one, other) => one - other)[Math.floor(ratios.length / 2)]! }
}

/** 99th percentile of the time from the call until it is durable. */
async function p99(audit: BenchAudit, durationMs: number): Promise<number> {
  const times: number[] = []
  const start = performance.now()
  const pending: Promise<unknown>[] = []
  for (let count = 0, elapsed = 0; elapsed < durationMs; elapsed = performance.now() - start) {
    for (const due = (elapsed / 1_000) * PER_SECOND; count < due; count++) {
      const called = performance.now()
      const recorded = audit.run(context, () => audit.record('flag:updated', payloads[count % payloads.length]!))
      pending.push(recorded.then(() => times.push(performance.now() - called)))
    }
    await wait(1)
  }
  await Promise.all(pending)
  return times.toSorted((one, other) => one - other)[Math.floor(times.length * 0.99)]!
}
