import type { StoredRecord } from '../../log-format/record-line.ts'

/** Keeps the newest records of a log in memory, so that cursors without a backlog never wait for the disk. */
export class RecordCache {
  readonly #maxBytes: number
  #records: StoredRecord[] = []
  #head = 0
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The sequence of the oldest record in memory. Undefined if there is no record. */
  get first(): number | undefined {
    return this.#records[this.#head]?.sequence
  }

  /** Returns a record, which must be in memory. */
  at(sequence: number): StoredRecord {
    const head = this.#records[this.#head]!
    return this.#records[this.#head + sequence - head.sequence]!
  }

  /** Forgets all records: without a reader they only take memory. The next ones need not follow them. */
  clear(): void {
    if (this.#records.length > 0) this.#records = []
    this.#head = 0
    this.#bytes = 0
  }

  /** Adds the records that follow those in memory. */
  add(records: readonly StoredRecord[]): void {
    for (const record of records) {
      this.#records.push(record)
      this.#bytes += record.byteLength
    }
    while (this.#bytes > this.#maxBytes) this.#bytes -= this.#records[this.#head++]!.byteLength
    if (this.#head > 1_024 && this.#head * 2 > this.#records.length) {
      this.#records = this.#records.slice(this.#head)
      this.#head = 0
    }
  }
}
