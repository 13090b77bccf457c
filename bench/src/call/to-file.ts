import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileSink } from '@audit/sink-file'
import { sampleBatch } from '@audit/core/testing'
import type { CaseOptions, Measurement } from '../benchmark.ts'
import { openPino, openWinston, type OpenContender } from '../contender.ts'
import { closeWhole, openAudit } from '../open-audit.ts'
import { perSecond } from '../rate.ts'
import { BATCH_EVENTS, context, finishedEvents, payloads } from '../sample.ts'

// The rate at which events reach an ordinary file, which is never synced.

const BATCHES = 200

/** The whole way: call, journal, delivery, file. */
export const recordToFile: Measurement = async (options) => {
  const path = join(options.directory, 'sink', 'audit.ndjson')
  const audit = await openAudit(options, [fileSink({ path })])
  const work = async (batches: number) => {
    for (let batch = 0; batch < batches; batch++)
      await Promise.all(payloads.map((payload) => audit.record('flag:updated', payload)))
    await audit.flush({ timeoutMs: 60_000 })
  }
  const eventsPerSecond = await audit.run(context, () => batched(options, work))
  await closeWhole(audit)
  await assertFilled(path, options)
  return { eventsPerSecond }
}

/** The sink alone, with batches like those of the library. */
export const sinkAlone: Measurement = async (options) => {
  const path = join(options.directory, 'audit.ndjson')
  const sink = fileSink({ path })
  const batch = sampleBatch(BATCH_EVENTS, (index) => finishedEvents[index]!)
  const { signal } = new AbortController()
  const eventsPerSecond = await batched(options, async (batches) => {
    for (let index = 0; index < batches; index++) await sink.write(batch, { signal })
  })
  await sink.close?.()
  await assertFilled(path, options)
  return { eventsPerSecond }
}

export const pinoToFile: Measurement = (options) => callToFile(options, openPino, 'pino.ndjson')
export const winstonToFile: Measurement = (options) => callToFile(options, openWinston, 'winston.ndjson')

async function callToFile(options: CaseOptions, open: OpenContender, file: string) {
  const contender = await open(options)
  const eventsPerSecond = await batched(options, async (batches) => {
    for (let batch = 0; batch < batches; batch++) {
      for (let index = 0; index < BATCH_EVENTS; index++) contender.call(index)
      await contender.settled()
    }
  })
  await contender.close()
  await assertFilled(join(options.directory, file), options)
  return { eventsPerSecond }
}

async function batched({ scale }: CaseOptions, work: (batches: number) => Promise<void>): Promise<number> {
  const batches = Math.ceil(BATCHES * scale)
  await work(Math.ceil(batches / 10))
  const start = performance.now()
  await work(batches)
  return perSecond(batches * BATCH_EVENTS, start)
}

/** Throws if the file is too small for the events, because lost events would look fast. */
async function assertFilled(path: string, { scale }: CaseOptions): Promise<void> {
  const { size } = await stat(path)
  const least = Math.ceil(BATCHES * scale) * BATCH_EVENTS * 300
  if (size < least) throw new Error(`${path} has ${size} bytes; at least ${least} were to be written.`)
}
