import type { StoredRecord } from '../log-format/record-line.ts'
import type { TrailLine, TrailSelection } from './trail-selection.ts'

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

/** The selected events of one log, one at a time. */
export class TrailStream {
  readonly #reader: SourceReader
  readonly #selection: TrailSelection
  #head: TrailLine | undefined
  #sequence = -1

  constructor(reader: SourceReader, selection: TrailSelection) {
    this.#reader = reader
    this.#selection = selection
  }

  /** The current event, once `look` has found one. */
  get head(): TrailLine | undefined {
    return this.#head
  }

  /** Sequence of the last line it read. */
  get sequence(): number {
    return this.#sequence
  }

  /** Finds the next selected event, unless there is a current one. */
  async look(signal?: AbortSignal): Promise<void> {
    while (!this.#head) {
      if (signal?.aborted) return
      const next = this.#reader.next()
      const record = next instanceof Promise ? await next : next
      if (!record) return
      this.#sequence = record.sequence
      this.#head = this.#selection.select(record.line)
    }
  }

  take(): TrailLine {
    const event = this.#head!
    this.#head = undefined
    return event
  }

  release(): Promise<void> {
    return this.#reader.release()
  }
}
