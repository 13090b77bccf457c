import { consoleSink, createAudit, type Audit } from '@audit/core'
import { fileSink } from '@audit/sink-file'
import { events } from './audit-events.ts'

export type FlagsAudit = Audit<typeof events>

export interface TrailOptions {
  /** Where the trail is kept. */
  readonly path: string
  /** `flipt`: the members Flipt writes and no others; of failures it knows nothing. Default `native`. */
  readonly format?: 'native' | 'flipt'
}

/** The audit trail of the service: on the console to read, in a file to keep. */
export function openAudit({ path, format = 'native' }: TrailOptions): FlagsAudit {
  return createAudit({
    service: 'flags',
    events,
    sinks: [
      { sink: consoleSink({ format: 'readable' }), events: ['*:created', '*:updated', '*:deleted'], batch: { maxAgeMs: 20 } },
      {
        sink: fileSink({ path, format }),
        batch: { maxAgeMs: 20 },
        // One line a request: what `closed` events write before the deed is on the console only.
        ...(format === 'native' && { statuses: ['success', 'failure', 'denied'] }),
      },
    ],
  })
}
