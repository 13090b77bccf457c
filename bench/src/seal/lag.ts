import { setTimeout as wait } from 'node:timers/promises'
import { generateKeyPair } from '@audit/proof'
import type { Measurement } from '../benchmark.ts'
import { closeWhole, openAudit } from '../open-audit.ts'
import { context, payloads } from '../sample.ts'

const PER_SECOND = 50_000
const DURATION_MS = 20_000
const MOST_WAITING = 5_000

/** The largest age of an event that no checkpoint covered. */
export const lag: Measurement = async (options) => {
  const audit = await openAudit(options, [], { key: generateKeyPair('bench').signingKey })
  const start = performance.now()
  /** The number of events in the log over time. */
  const ends: { readonly end: number; readonly at: number }[] = []
  let [worst, oldest, count] = [0, 0, 0]
  await audit.run(context, async () => {
    for (let elapsed = 0; elapsed < DURATION_MS * options.scale; elapsed = performance.now() - start) {
      // A machine that stopped for a moment does not catch up at once.
      const due = Math.min((elapsed / 1_000) * PER_SECOND, audit.stats().recorded + MOST_WAITING)
      for (; count < due; count++) void audit.record('flag:updated', payloads[count % payloads.length]!)
      const { end, seal } = audit.health().journal
      ends.push({ end, at: performance.now() })
      while (oldest < ends.length && ends[oldest]!.end <= seal!.size) oldest++
      if (oldest < ends.length) worst = Math.max(worst, performance.now() - ends[oldest]!.at)
      await wait(1)
    }
  })
  const reached = count / ((performance.now() - start) / 1_000)
  await closeWhole(audit)
  return { lag: worst, eventsPerSecond: reached }
}
