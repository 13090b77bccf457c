import type { Sink } from '@audit/core'
import { sampleBatch } from '@audit/core/testing'
import { webhookSink } from '@audit/sink-webhook'
import { generateWebhookSecret } from '@audit/webhook-signature'
import { Pool } from 'undici'
import type { CaseOptions, Measurement } from '../benchmark.ts'
import { closeWhole, openAudit } from '../open-audit.ts'
import { perSecond, rate } from '../rate.ts'
import { BATCH_EVENTS, context, finishedEvents, payloads } from '../sample.ts'
import { startReceiver, type Receiver } from './receiver.ts'

// The rate at which events reach a receiver on the same machine, which reads them and answers 204.

const EVENTS = 100_000
const EVENTS_ALONE = 20_000
const BATCH = 100
const CONNECTIONS = 10

export const singleRequests: Measurement = (options) =>
  measure(options, EVENTS_ALONE, async (url, events) => {
    const pool = new Pool(new URL(url).origin, { connections: CONNECTIONS })
    let next = 0
    const sender = async () => {
      while (next < events) await post(pool, JSON.stringify(finishedEvents[next++ % BATCH_EVENTS]))
    }
    await Promise.all(Array.from({ length: CONNECTIONS }, sender))
    await pool.close()
  })

export const batchesOverTenConnections: Measurement = (options) => rawBatches(options, CONNECTIONS)
export const batchesInOrder: Measurement = (options) => rawBatches(options, 1)

function rawBatches(options: CaseOptions, connections: number) {
  return measure(options, EVENTS, async (url, events) => {
    const pool = new Pool(new URL(url).origin, { connections })
    const bodies = Array.from({ length: BATCH_EVENTS / BATCH }, (_, index) =>
      finishedEvents.slice(index * BATCH, (index + 1) * BATCH),
    )
    let next = 0
    const sender = async () => {
      while (next < events / BATCH) await post(pool, JSON.stringify(bodies[next++ % bodies.length]))
    }
    await Promise.all(Array.from({ length: connections }, sender))
    await pool.close()
  })
}

async function post(pool: Pool, body: string): Promise<void> {
  const answer = await pool.request({ path: '/', method: 'POST', headers: { 'content-type': 'application/json' }, body })
  await answer.body.dump()
  if (answer.statusCode !== 204) throw new Error(`The receiver answered ${answer.statusCode}.`)
}

export const sinkUnsigned: Measurement = (options) => sinkAlone(options, (url) => webhookSink({ url }))
export const sinkSigned: Measurement = (options) =>
  sinkAlone(options, (url) => webhookSink({ url, secret: generateWebhookSecret() }))

/** The sink alone, with batches like those of the library. */
function sinkAlone(options: CaseOptions, open: (url: string) => Sink) {
  return measure(options, EVENTS, async (url, events) => {
    const sink = open(url)
    const batch = sampleBatch(BATCH, (index) => finishedEvents[index]!)
    const { signal } = new AbortController()
    await rate({ warmUp: 0, times: events / BATCH, units: BATCH, work: () => sink.write(batch, { signal }) })
    await sink.close?.()
  })
}

/** A backlog in the journal: read, sent and acknowledged. */
export const fromJournal: Measurement = async (options) => {
  const receiver = await startReceiver()
  const audit = await openAudit(options)
  const events = scaled(EVENTS, options)
  await audit.run(context, async () => {
    for (let count = 0; count < events; count += BATCH_EVENTS) {
      await Promise.all(payloads.map((payload) => audit.record('flag:updated', payload)))
    }
  })
  await audit.synced({ timeoutMs: 60_000 })
  const start = performance.now()
  await audit.sinks.add({
    sink: webhookSink({ url: receiver.url, secret: generateWebhookSecret() }),
    from: 'oldest',
    batch: { maxEvents: BATCH },
  })
  await audit.flush({ timeoutMs: 120_000 })
  const eventsPerSecond = perSecond(events, start)
  await closeWhole(audit)
  await finish(receiver, events)
  return { eventsPerSecond }
}

async function measure(options: CaseOptions, count: number, work: (url: string, events: number) => Promise<void>) {
  const receiver = await startReceiver()
  const events = scaled(count, options)
  await work(receiver.url, events / 10)
  const start = performance.now()
  await work(receiver.url, events)
  const eventsPerSecond = perSecond(events, start)
  await finish(receiver, events)
  return { eventsPerSecond }
}

/** Scales the count to complete batches. */
function scaled(count: number, { scale }: CaseOptions): number {
  return Math.ceil((count * scale) / BATCH_EVENTS) * BATCH_EVENTS
}

/** Throws if the receiver got fewer bytes than the events have, because lost events would look fast. */
async function finish(receiver: Receiver, events: number): Promise<void> {
  const { bytes } = await receiver.received()
  await receiver.stop()
  if (bytes < events * 300) throw new Error(`The receiver got ${bytes} bytes for ${events} events.`)
}
