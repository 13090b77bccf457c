import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Writable } from 'node:stream'
import { consoleSink, createAudit, fileJournal, type Logger } from '@audit/core'
import { fliptLogFormat } from '@audit/flipt'
import { fileSink } from '@audit/sink-file'
import { events } from './audit-events.ts'
import { readTrail } from './trail-file.ts'
import { MAX_WAIT_MS, type Trail } from './trail.ts'

export interface FileTrailOptions {
  /** The file of the trail. The journal is next to it. */
  readonly path: string
  /** `flipt`: only the members that Flipt writes, and no failures. Default `native`. */
  readonly format?: 'native' | 'flipt'
  /** The stream that shows the events. Default stdout. */
  readonly output?: Writable
  /** Receives warnings and errors. Default: stderr. */
  readonly logger?: Logger
}

/** Creates the trail in code: readable on the console, and kept in a file. */
export async function fileTrail({ path, format = 'native', output = process.stdout, logger }: FileTrailOptions): Promise<Trail> {
  const before = await stat(path).then(
    ({ size }) => size,
    () => 0,
  )
  const audit = createAudit({
    service: 'flags',
    events,
    journal: fileJournal({ directory: join(dirname(path), '.audit') }),
    maxWaitMs: MAX_WAIT_MS,
    ...(logger && { logger }),
    sinks: [
      {
        sink: consoleSink({ stream: output, format: 'readable' }),
        events: ['*:created', '*:updated', '*:deleted'],
        batch: { maxAgeMs: 20 },
      },
      {
        sink: fileSink({ path, ...(format === 'flipt' && { format: fliptLogFormat() }) }),
        batch: { maxAgeMs: 20 },
        // One line per request: `attempted` events, which fail-closed events write before the operation, are on the console only.
        ...(format === 'native' && { statuses: ['success', 'failure', 'denied'] }),
      },
    ],
  })
  return {
    audit,
    goesTo: `to ${path} and follows here`,
    knowsNoFailures: format === 'flipt',
    read: () => readTrail(path, before),
    problems: () => [],
    release: async () => undefined,
  }
}
