import type { JournalStatus } from '../journal/journal.ts'

/**
 * Counts the events of the journal's log that the audit was notified of. Notification comes a moment after the journal has the
 * events, so a reader that is opened in that moment counts some as pending that are notified later.
 */
export class Tally {
  #told = 0
  /** The log, and the offset in it where notification began. */
  #source: string | undefined
  #base = 0

  /** Call when the audit was notified of everything in the log. */
  begin({ source, end }: JournalStatus): void {
    this.#source = source
    this.#base = end - this.#told
  }

  told(count: number): void {
    this.#told += count
  }

  /** Number of events in the log that the audit will be notified of next. */
  untold(status: JournalStatus): number {
    // The journal has begun another log, whose offsets have nothing to do with those of the first.
    if (status.source !== this.#source) this.begin(status)
    return Math.max(0, status.end - this.#base - this.#told)
  }
}

/** Skips the first events of a stream. */
export class Head {
  #left: number

  constructor(count: number) {
    this.#left = count
  }

  /** Returns the later events of the next part. */
  rest<T>(part: readonly T[]): readonly T[] {
    if (this.#left === 0) return part
    const passed = Math.min(this.#left, part.length)
    this.#left -= passed
    return part.slice(passed)
  }
}
