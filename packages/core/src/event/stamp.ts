import type { Clock } from '../clock.ts'
import { createEventIds } from './event-id.ts'

/** Makes events distinct and ordered. One per audit, so that the library's own events are in order with all others. */
export interface Stamp {
  /** A UUIDv7, greater than every one before. */
  readonly id: () => string
  /** RFC 3339, UTC, milliseconds. */
  readonly timestamp: () => string
}

export function createStamp(clock: Clock): Stamp {
  let lastMs = Number.NaN
  let text = ''
  return {
    id: createEventIds(clock),
    timestamp() {
      const now = clock.now()
      // The text is kept for its millisecond: making it costs as much as encoding an event.
      if (now !== lastMs) [lastMs, text] = [now, new Date(now).toISOString()]
      return text
    },
  }
}
