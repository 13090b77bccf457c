import type { StoredRecord } from './record-line.ts'

/** The newest records of a log, in memory, for readers that keep up: they never wait for the disk. */
export class RecentRecords {
  readonly #maxBytes: number
  #records: StoredRecord[] = []
  #head = 0
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The sequence from which on everything is here, if anything is. */
  get first(): number | undefined {
    return this.#records[this.#head]?.sequence
  }

  /** Must be there. */
  at(sequence: number): StoredRecord {
    const head = this.#records[this.#head]!
    return this.#records[this.#head + sequence - head.sequence]!
  }

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
