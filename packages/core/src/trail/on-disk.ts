import type { AuditEvent } from '../event/event.ts'
import { readTrail as readTrailOf } from './read-trail.ts'
import type { TrailOptions } from './read-trail.ts'

// The build makes this load the reader when the first trail is read. See file-journal/on-disk.ts.

/**
 * Reads the trail that file journals have written to a directory: all its logs, merged by timestamp, each log in its own order.
 * It changes nothing, takes no lock, and may run while services write. Unreadable lines are skipped; `audit verify` reports if
 * the trail is complete. Throws `AUDIT_INVALID_OPTIONS` and `AUDIT_INVALID_PATTERN`; the iteration rejects with
 * `AUDIT_JOURNAL_UNAVAILABLE` if the directory does not exist.
 */
export function readTrail(directory: string, options: TrailOptions = {}): AsyncIterable<AuditEvent> {
  return readTrailOf(directory, options)
}
