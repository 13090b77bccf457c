import { crc32 } from 'node:zlib'
import { LogReader } from '../log-format/log-reader.ts'
import type { StoredRecord } from '../log-format/record-line.ts'
import type { SourceReader } from './trail-stream.ts'
import type { SourceSegments } from './source-segments.ts'

/** Little at first, since each of many logs keeps some in memory; more when reading goes on. */
const READ_BYTES = { first: 16 << 10, most: 512 << 10 }
/** More than the last groups of an owner: it writes the group of a failed write again, perhaps with other lines. */
const REMEMBERED = 4_096
/** A file that has not changed for this many looks is closed, since there may be many. */
const PATIENCE = 20

export interface ForwardOptions {
  readonly segments: SourceSegments
  /** Segments whose newest line is long before this time are skipped. */
  readonly since: number
  /** Begins with this sequence. Left out: with the oldest. */
  readonly from?: number | undefined
}

/** Reads one log from the oldest line to the newest, and continues while its owner writes it. */
export class ForwardReader implements SourceReader {
  readonly #segments: SourceSegments
  readonly #since: number
  readonly #reader: LogReader
  /** Sequence of the next line to be read. */
  #next: number | undefined
  #records: readonly StoredRecord[] = []
  #index = 0
  #readBytes = READ_BYTES.first
  /** Bytes of the last segment when there was nothing more in it. */
  #exhausted: number | undefined
  /** Number of looks in a row that found nothing more. */
  #idle = 0
  /** Checksums of the last lines that were returned, by sequence. */
  readonly #given = new Map<number, number>()

  constructor({ segments, since, from }: ForwardOptions) {
    this.#segments = segments
    this.#since = since
    this.#next = from
    this.#reader = new LogReader(segments)
  }

  next(): StoredRecord | undefined | Promise<StoredRecord | undefined> {
    return this.#records[this.#index++] ?? this.#read()
  }

  release(): Promise<void> {
    return this.#reader.release()
  }

  async #read(): Promise<StoredRecord | undefined> {
    this.#records = []
    this.#index = 0
    const size = (await this.#lookAgain()) ? undefined : await this.#segments.lastSize()
    if (size !== undefined && size === this.#exhausted) {
      if (++this.#idle === PATIENCE) await this.release()
      return undefined
    }
    this.#exhausted = undefined
    this.#idle = 0
    while (this.#records.length === 0) {
      const from = (this.#next ??= await this.#first())
      if (from === undefined) return undefined
      const { records } = await this.#reader.read(from, this.#readBytes)
      // A hole may be a file that was replaced before it could be opened: then the list now has its replacement.
      if (records[0]?.sequence !== from && (await this.#lookAgain())) continue
      if (records.length === 0) {
        this.#exhausted = size
        return undefined
      }
      this.#records = records.filter((record) => this.#isNew(record))
      this.#next = records.at(-1)!.end
      this.#readBytes = Math.min(READ_BYTES.most, this.#readBytes * 2)
    }
    return this.#records[this.#index++]
  }

  /** Goes back to the beginning of a new segment of a later generation: the lines that were there are void. */
  async #lookAgain(): Promise<boolean> {
    const changedFrom = await this.#segments.refresh()
    if (changedFrom !== undefined && this.#next !== undefined && changedFrom < this.#next)
      this.#next = Math.max(changedFrom, this.#next - this.#given.size)
    return changedFrom !== undefined
  }

  /** True unless the line was returned before, from the segment that this one voids. */
  #isNew({ sequence, line }: StoredRecord): boolean {
    const checksum = crc32(line)
    if (this.#given.get(sequence) === checksum) return false
    this.#given.set(sequence, checksum)
    this.#given.delete(sequence - REMEMBERED)
    return true
  }

  /** Returns the beginning of the first segment that may hold the requested lines. */
  async #first(): Promise<number | undefined> {
    let from: number | undefined
    for (const { segment, first, end } of this.#segments.extents.toReversed()) {
      if (end !== Infinity && (await this.#segments.isOlder(segment, this.#since))) break
      from = first
    }
    return from
  }
}
