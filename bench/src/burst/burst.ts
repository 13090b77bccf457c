import type { Sink } from '@audit/core'
import { BatchLogRecordProcessor, LoggerProvider, type LogRecordExporter } from '@opentelemetry/sdk-logs'
import type { Measurement } from '../benchmark.ts'
import { openAudit } from '../open-audit.ts'
import { context, finishedEvents, payloads } from '../sample.ts'

// More events than any queue has room for, in one turn of the event loop: counts the result of each.

const BURST_EVENTS = 50_000
const WARM_UPS = 20
const WARM_UP_EVENTS = 1_000

export const recordBurst: Measurement = async (options) => {
  let delivered = 0
  const sink: Sink = {
    name: 'counting',
    write: async ({ events }) => void (delivered += events.filter(({ type }) => type !== 'audit').length),
  }
  const audit = await openAudit(options, [sink])
  const call = (index: number) => void audit.record('flag:updated', payloads[index % payloads.length]!)
  const results = await audit.run(context, () => burst(call, () => audit.flush({ timeoutMs: 60_000 })))
  const { submitted, recorded, lost, rejected } = audit.stats()
  await audit.close()
  const warmUp = WARM_UPS * WARM_UP_EVENTS
  if (submitted !== warmUp + BURST_EVENTS || recorded !== delivered) throw new Error('The counters do not balance.')
  return accountFor(results.callMicroseconds, delivered - warmUp, lost + rejected)
}

/** With its defaults: a queue of 2,048, batches of 512. Only a meter, an experimental option, counts what it drops. */
export const openTelemetryBurst: Measurement = async () => {
  let delivered = 0
  const exporter: LogRecordExporter = {
    export(records, done) {
      delivered += records.length
      done({ code: 0 })
    },
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  }
  const provider = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter })] })
  const logger = provider.getLogger('bench')
  const call = (index: number) => {
    const { type, action, metadata, payload, id, status } = finishedEvents[index % finishedEvents.length]!
    logger.emit({ eventName: `${type}:${action}`, body: payload, attributes: { id, status, metadata } })
  }
  const results = await burst(call, () => provider.forceFlush())
  await provider.shutdown()
  return accountFor(results.callMicroseconds, delivered - WARM_UPS * WARM_UP_EVENTS, 0)
}

/** Small bursts that fit, each to its end, and then the large one. */
async function burst(call: (index: number) => void, flush: () => Promise<unknown>) {
  for (let index = 0; index < WARM_UPS; index++) {
    run(WARM_UP_EVENTS, call)
    await flush()
  }
  const callMicroseconds = run(BURST_EVENTS, call)
  await flush()
  return { callMicroseconds }
}

function run(count: number, call: (index: number) => void): number {
  const start = performance.now()
  for (let index = 0; index < count; index++) call(index)
  return ((performance.now() - start) * 1_000) / count
}

function accountFor(callMicroseconds: number, delivered: number, counted: number) {
  return { callMicroseconds, delivered, counted, vanished: BURST_EVENTS - delivered - counted }
}
