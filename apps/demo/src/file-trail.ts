import { dirname, join } from 'node:path'
import type { Writable } from 'node:stream'
import { consoleSink, createAudit, fileJournal, type Audit, type Logger } from '@audit/core'
import { fileSink } from '@audit/sink-file'
import { events } from './audit-events.ts'

export type FlagsAudit = Audit<typeof events>

export interface TrailOptions {
  /** The file the trail is delivered to. The journal is beside it. */
  readonly path: string
  /** `flipt`: the members Flipt writes and no others; of failures it knows nothing. Default `native`. */
  readonly format?: 'native' | 'flipt'
  /** Where it can be watched. Default stdout. */
  readonly output?: Writable
  /** Told of trouble. Default: stderr. */
  readonly logger?: Logger
}

/** The audit trail of the service: on the console to read, in a file to keep. */
export function openAudit({ path, format = 'native', output = process.stdout, logger }: TrailOptions): FlagsAudit {
  return createAudit({
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
}
