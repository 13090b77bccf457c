import type { CaseOptions, Measurement } from '../benchmark.ts'
import { closeWhole, openAudit, type BenchAudit } from '../open-audit.ts'
import { perSecond } from '../rate.ts'
import { BATCH_EVENTS, context, payloads } from '../sample.ts'

const EVENTS = 200_000
const EVENTS_ALONE = 2_000

export const fourCallersOfBatches: Measurement = (options) => batches(options, 4)
export const oneCallerOfBatches: Measurement = (options) => batches(options, 1)

function batches(options: CaseOptions, callers: number) {
  return measure(options, EVENTS, async (audit, events) => {
    const times = Math.ceil(events / callers / BATCH_EVENTS)
    const caller = async () => {
      for (let index = 0; index < times; index++) await held(payloads.map((payload) => audit.record('flag:updated', payload)))
    }
    await Promise.all(Array.from({ length: callers }, caller))
    return times * callers * BATCH_EVENTS
  })
}

export const manyAwaitingCallers: Measurement = (options) =>
  measure(options, EVENTS, async (audit, events) => {
    const times = Math.ceil(events / payloads.length)
    await Promise.all(payloads.map((payload) => recordRepeatedly(audit, payload, times)))
    return times * payloads.length
  })

export const oneAwaitingCaller: Measurement = (options) =>
  measure(options, EVENTS_ALONE, async (audit, events) => {
    await recordRepeatedly(audit, payloads[0]!, events)
    return events
  })

async function recordRepeatedly(audit: BenchAudit, payload: (typeof payloads)[number], times: number): Promise<void> {
  for (let index = 0; index < times; index++) await held([audit.record('flag:updated', payload)])
}

/** Throws for a receipt before the journal's acknowledgement. */
async function held(records: readonly ReturnType<BenchAudit['record']>[]): Promise<void> {
  for (const receipt of await Promise.all(records)) {
    if (receipt.held !== 'journal') throw new Error(`An event is held by ${receipt.held}, not by the journal.`)
  }
}

/** A tenth of the work to warm up, then all of it. */
async function measure(
  options: CaseOptions,
  events: number,
  work: (audit: BenchAudit, events: number) => Promise<number>,
): Promise<{ readonly eventsPerSecond: number }> {
  const audit = await openAudit(options)
  const asked = Math.ceil(events * options.scale)
  const eventsPerSecond = await audit.run(context, async () => {
    await work(audit, Math.ceil(asked / 10))
    const start = performance.now()
    return perSecond(await work(audit, asked), start)
  })
  await closeWhole(audit)
  return { eventsPerSecond }
}
