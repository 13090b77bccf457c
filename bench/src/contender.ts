import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import pino from 'pino'
import winston from 'winston'
import type { CaseOptions } from './benchmark.ts'
import { openAudit } from './open-audit.ts'
import { context, finishedEvents, payloads } from './sample.ts'

/** Takes an event in one synchronous call. */
export interface Contender {
  /** Not awaited; the index selects a sample event. */
  readonly call: (index: number) => void
  /** The calls are made in here. */
  readonly inContext: <T>(work: () => Promise<T>) => Promise<T>
  /** Resolves when all calls so far are done. */
  readonly settled: () => Promise<unknown>
  /** Number of events that it counted as lost. */
  readonly lost: () => number
  readonly close: () => Promise<unknown>
}

export type OpenContender = (options: CaseOptions) => Promise<Contender>

/** Needs no context, is done after each call, and reports no loss. */
const bare: Pick<Contender, 'inContext' | 'settled' | 'lost'> = {
  inContext: (work) => work(),
  settled: async () => undefined,
  lost: () => 0,
}

/** Calls inside the context of a request, as an application does. */
export const openRecord: OpenContender = async (options) => {
  const audit = await openAudit(options)
  return {
    // Nothing waits for it, as for the events of an adapter.
    call: (index) => void audit.record('flag:updated', payloads[index % payloads.length]!, { linger: true }),
    inContext: (work) => audit.run(context, work),
    settled: () => audit.synced({ timeoutMs: 60_000 }),
    lost: () => audit.stats().lost,
    close: () => audit.close(),
  }
}

/** The system has each line when the call returns; no line is synced to the disk. */
export const openPino: OpenContender = async ({ directory }) => {
  const destination = pino.destination({ dest: join(directory, 'pino.ndjson'), sync: true })
  const logger = pino(destination)
  return {
    ...bare,
    call: (index) => logger.info(finishedEvents[index % finishedEvents.length]!),
    close: async () => destination.end(),
  }
}

/** Lines wait in the memory of a stream. */
export const openWinston: OpenContender = async ({ directory }) => {
  const stream = createWriteStream(join(directory, 'winston.ndjson'))
  const logger = winston.createLogger({ format: winston.format.json(), transports: [new winston.transports.Stream({ stream })] })
  return {
    ...bare,
    call: (index) => void logger.info('flag:updated', finishedEvents[index % finishedEvents.length]!),
    settled: async () => {
      while (stream.writableLength > 0) await new Promise((resolve) => setImmediate(resolve))
    },
    close: () => new Promise((resolve) => logger.once('finish', () => stream.end(resolve)).end()),
  }
}

/** Cost of the loop around the calls. */
export const openNothing: OpenContender = async () => ({
  ...bare,
  call: () => undefined,
  close: async () => undefined,
})
