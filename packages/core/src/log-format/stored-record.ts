import type { JournalRecord } from '../event/batch.ts'
import type { EventFacts } from '../event/event.ts'

/** An event in the file journal. */
export interface StoredRecord extends JournalRecord, EventFacts {
  readonly sequence: number
  /** Time of the append on the monotonic clock; long ago if another process appended it. */
  readonly at: number
}
