import type { StoredRecord } from '../journal/file/record-line.ts'

/** Gives the lines of one log that count, one after the other. */
export interface SourceReader {
  /** The next line; nothing at the end, for now. A promise only if the disk is asked: a turn for each line would take longer. */
  next(): StoredRecord | undefined | Promise<StoredRecord | undefined>
  /** Closes what it has open; to go on it opens that again. */
  release(): Promise<void>
}
