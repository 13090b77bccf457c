import type { CoveredLines } from './covered-lines.ts'
import { LogReader } from '../../log-format/log-reader.ts'
import type { LogWriter } from '../log/log-writer.ts'

/** A range of a log that differs from its checkpoint. */
export interface Difference {
  /** `unreadable`: lines are missing or incomplete. */
  readonly reason: 'changed' | 'unreadable'
  /** The sequence of the first changed or unreadable event. */
  readonly from: number
  /** The sequence after the last one of the same range. */
  readonly to: number
  readonly count: number
}

/** Bytes per read: few, because the process has other work. */
const READ_BYTES = 64 << 10

/** Reads the covered lines of a log once, the oldest first, until it finds a difference. */
export class CoveredScan {
  readonly #log: LogWriter
  readonly #covered: CoveredLines
  readonly #reader: LogReader
  #next: number

  constructor(log: LogWriter, covered: CoveredLines) {
    this.#log = log
    this.#covered = covered
    this.#reader = new LogReader(log)
    this.#next = log.first
  }

  get isDone(): boolean {
    return this.#next >= Math.min(this.#covered.size, this.#log.end)
  }

  /**
   * Reads about this many more bytes. Resolves with the first difference, and then has nothing more to read. Rejects if the disk
   * fails.
   */
  async advance(maxBytes: number): Promise<Difference | undefined> {
    let difference: Difference | undefined
    for (let bytes = 0; bytes < maxBytes && !this.isDone && !difference;) {
      // Old segments may be removed while it reads.
      this.#next = Math.max(this.#next, this.#log.first)
      const { records, readTo } = await this.#reader.read(this.#next, READ_BYTES)
      const changed = await this.#covered.changed(records)
      difference = changed.length > 0 ? changedIn(changed) : this.#gapIn(records, readTo)
      for (const { byteLength } of records) bytes += byteLength
      this.#next = difference ? Infinity : readTo
    }
    if (this.isDone) await this.#reader.release()
    return difference
  }

  #gapIn(records: readonly { readonly sequence: number; readonly end: number }[], readTo: number): Difference | undefined {
    let next = this.#next
    for (const { sequence, end } of [...records, { sequence: readTo, end: readTo }]) {
      const to = Math.min(sequence, this.#covered.size)
      const isGone = next < this.#log.first
      if (to > next && !isGone) return { reason: 'unreadable', from: next, to, count: to - next }
      next = end
    }
    return undefined
  }
}

/** Ranges of changed lines, from their sequences in order. */
export function changedIn(sequences: readonly number[]): Difference {
  return { reason: 'changed', from: sequences[0]!, to: sequences.at(-1)! + 1, count: sequences.length }
}
