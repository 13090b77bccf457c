import type { JournalRecord } from '../event/batch.ts'
import type { EventHeader } from '../event/event.ts'

/** An event in the file journal. */
export interface StoredRecord extends JournalRecord, EventHeader {
  readonly sequence: number
  /** Time of the append on the monotonic clock; long ago if another process appended it. */
  readonly at: number
}
