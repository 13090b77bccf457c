import type { JournalStatus } from '../journal/journal.ts'

/**
 * How many events of the journal's log the audit was told of. It is told a moment after the journal has them, so a reader that is
 * opened in that moment counts some as pending that are told of only then.
 */
export class Tally {
  #told = 0
  /** The log, and the place in it before which nothing was told. */
  #source: string | undefined
  #base = 0

  /** Nothing of what is in the log is still to be told. */
  begin({ source, end }: JournalStatus): void {
    this.#source = source
    this.#base = end - this.#told
  }

  told(count: number): void {
    this.#told += count
  }

  /** So many are in the log and will be told of next. */
  untold(status: JournalStatus): number {
    // The journal has begun another log, and a place in that one says nothing of the first.
    if (status.source !== this.#source) this.begin(status)
    return Math.max(0, status.end - this.#base - this.#told)
  }
}

/** The first events of a stream, which are passed over. */
export class Head {
  #left: number

  constructor(count: number) {
    this.#left = count
  }

  /** What of the next part is behind them. */
  rest<T>(part: readonly T[]): readonly T[] {
    if (this.#left === 0) return part
    const passed = Math.min(this.#left, part.length)
    this.#left -= passed
    return part.slice(passed)
  }
}
