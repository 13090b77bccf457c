import type { StoredRecord } from '../log-format/stored-record.ts'

/** Returns the valid lines of one log, one after the other. */
export interface SourceReader {
  /**
   * Returns the next line; undefined at the current end. A promise only if the disk is read: a turn for each line would be
   * slower.
   */
  next(): StoredRecord | undefined | Promise<StoredRecord | undefined>
  /** Closes its files; the next call opens them again. */
  release(): Promise<void>
}
