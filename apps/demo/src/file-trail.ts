import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Writable } from 'node:stream'
import { consoleSink, createAudit, fileJournal, type Logger } from '@audit/core'
import { fileSink } from '@audit/sink-file'
import { events } from './audit-events.ts'
import { readTrail } from './trail-file.ts'
import type { Trail } from './trail.ts'

export interface FileTrailOptions {
  /** The file the trail is delivered to. The journal is beside it. */
  readonly path: string
  /** `flipt`: the members Flipt writes and no others; of failures it knows nothing. Default `native`. */
  readonly format?: 'native' | 'flipt'
  /** Where it can be watched. Default stdout. */
  readonly output?: Writable
  /** Told of trouble. Default: stderr. */
  readonly logger?: Logger
}

/** The trail as code says it: on the console to read, in a file to keep. */
export async function fileTrail({ path, format = 'native', output = process.stdout, logger }: FileTrailOptions): Promise<Trail> {
  const before = await stat(path).then(
    ({ size }) => size,
    () => 0,
  )
  const audit = createAudit({
    service: 'flags',
    events,
    journal: fileJournal({ directory: join(dirname(path), '.audit') }),
    ...(logger && { logger }),
    sinks: [
      {
        sink: consoleSink({ stream: output, format: 'readable' }),
        events: ['*:created', '*:updated', '*:deleted'],
        batch: { maxAgeMs: 20 },
      },
      {
        sink: fileSink({ path, format }),
        batch: { maxAgeMs: 20 },
        // One line a request: what `closed` events write before the deed is on the console only.
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
